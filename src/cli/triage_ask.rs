//! `triage --interactive`: one page after the other, one key each.
//!
//! Owns the order of questions, the keys and what is written for them. Knows no terminal: showing, reading a key and writing a file are a [`Desk`].

use std::io;

use super::triage::with_kind;
use crate::page::Page;
use crate::report::text::printable;

/// A page that somebody has to decide.
pub(super) struct Question<'p> {
    pub(super) page: &'p Page,
    /// As shown.
    pub(super) path: &'p str,
    pub(super) probability: f64,
    /// Reasons, with their lines.
    pub(super) why: Vec<String>,
}

/// What the walk needs of the world.
pub(super) trait Desk {
    /// Shows text.
    fn show(&mut self, text: &str);
    /// Waits for a key; `None` when there will be no more.
    fn key(&mut self) -> Option<char>;
    /// Replaces the page's file.
    fn write(&mut self, page: &Page, text: &str) -> io::Result<()>;
}

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) procedures: usize,
    pub(super) references: usize,
    pub(super) skipped: usize,
    /// Not asked, because somebody stopped.
    pub(super) left: usize,
    pub(super) failed: usize,
}

/// What is known of one question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Open,
    Procedure,
    Reference,
    Skipped,
    Failed,
}

const KEYS: &str = "  p procedure   r reference   s skip   b back   q stop   ";
/// Reasons shown for a page.
const REASONS: usize = 4;

/// Asks until all are answered or somebody stops. Each answer is on disk before the next question, so stopping by any means loses nothing.
pub(super) fn walk(questions: &[Question], desk: &mut dyn Desk) -> Answers {
    let mut answers = vec![Answer::Open; questions.len()];
    let mut at = 0;
    while at < questions.len() {
        let question = &questions[at];
        desk.show(&text(question, at + 1, questions.len()));
        let answer = loop {
            match desk.key().map(|k| k.to_ascii_lowercase()) {
                Some('p') => break Some(Answer::Procedure),
                Some('r') => break Some(Answer::Reference),
                Some('s' | ' ' | '\n') => break Some(Answer::Skipped),
                Some('b') if at > 0 => break None,
                Some('q') | None => {
                    desk.show("stop\n");
                    return count(&answers);
                }
                Some(_) => {}
            }
        };
        let Some(answer) = answer else {
            desk.show("back\n");
            at -= 1;
            // As if it had not been asked.
            if matches!(answers[at], Answer::Procedure | Answer::Reference) {
                let page = questions[at].page;
                if let Err(error) = desk.write(page, page.source.text()) {
                    desk.show(&format!("  {} is not written: {error}\n", printable(questions[at].path)));
                }
            }
            answers[at] = Answer::Open;
            continue;
        };
        answers[at] = record(question, answer, desk);
        at += 1;
    }
    count(&answers)
}

fn record(question: &Question, answer: Answer, desk: &mut dyn Desk) -> Answer {
    let kind = match answer {
        Answer::Procedure => "procedure",
        Answer::Reference => "reference",
        _ => {
            desk.show("skip\n");
            return answer;
        }
    };
    desk.show(&format!("{kind}\n"));
    let written = match with_kind(question.page, kind) {
        Some(text) => desk.write(question.page, &text).map_err(|e| e.to_string()),
        None => Err("its front matter has a `kind` of another meaning, or is not plain YAML".to_owned()),
    };
    match written {
        Ok(()) => answer,
        Err(why) => {
            desk.show(&format!("  {} is not written: {why}\n", printable(question.path)));
            Answer::Failed
        }
    }
}

fn text(question: &Question, nth: usize, all: usize) -> String {
    let mut out = format!(
        "\n{nth} of {all}  {}\n  {}\n  = probability: {:.2} that it is a procedure\n",
        printable(question.path),
        printable(&question.page.title),
        question.probability
    );
    for reason in question.why.iter().take(REASONS) {
        out.push_str(&format!("  = evidence: {}\n", printable(reason)));
    }
    out.push_str(KEYS);
    out
}

fn count(answers: &[Answer]) -> Answers {
    let n = |kind: Answer| answers.iter().filter(|a| **a == kind).count();
    Answers {
        procedures: n(Answer::Procedure),
        references: n(Answer::Reference),
        skipped: n(Answer::Skipped),
        left: n(Answer::Open),
        failed: n(Answer::Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;
    use std::collections::BTreeMap;

    /// A desk with the keys typed in advance.
    struct Typed {
        keys: Vec<char>,
        shown: String,
        files: BTreeMap<String, String>,
    }

    impl Desk for Typed {
        fn show(&mut self, text: &str) {
            self.shown.push_str(text);
        }

        fn key(&mut self) -> Option<char> {
            (!self.keys.is_empty()).then(|| self.keys.remove(0))
        }

        fn write(&mut self, page: &Page, text: &str) -> io::Result<()> {
            if page.path() == "locked.md" {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "read-only"));
            }
            self.files.insert(page.path().to_owned(), text.to_owned());
            Ok(())
        }
    }

    fn ask(names: &[&str], keys: &str) -> (Answers, Typed) {
        let pages: Vec<Page> = names.iter().map(|n| Page::parse(Source::new(*n, "# Title\n\nText.\n"))).collect();
        let questions: Vec<Question> = pages
            .iter()
            .map(|page| Question { page, path: page.path(), probability: 0.6, why: vec!["line 3: a reason".to_owned()] })
            .collect();
        let mut desk = Typed { keys: keys.chars().collect(), shown: String::new(), files: BTreeMap::new() };
        (walk(&questions, &mut desk), desk)
    }

    #[test]
    fn one_key_decides_a_page_and_writes_it() {
        let (answers, desk) = ask(&["a.md", "b.md", "c.md"], "pxRs");
        assert_eq!(answers, Answers { procedures: 1, references: 1, skipped: 1, ..Answers::default() });
        assert_eq!(desk.files["a.md"], "---\nkind: procedure\n---\n# Title\n\nText.\n");
        assert_eq!(desk.files["b.md"], "---\nkind: reference\n---\n# Title\n\nText.\n");
        assert!(!desk.files.contains_key("c.md"));
        assert!(desk.shown.contains("2 of 3  b.md\n  Title\n  = probability: 0.60"), "{}", desk.shown);
        assert!(desk.shown.contains("  = evidence: line 3: a reason\n"));
    }

    #[test]
    fn back_takes_an_answer_away_and_stop_keeps_the_rest() {
        let (answers, desk) = ask(&["a.md", "b.md", "c.md"], "pbsrq");
        assert_eq!(answers, Answers { references: 1, skipped: 1, left: 1, ..Answers::default() });
        assert_eq!(desk.files["a.md"], "# Title\n\nText.\n");
        assert!(desk.files["b.md"].contains("kind: reference"));
    }

    #[test]
    fn the_end_of_input_stops_and_a_failed_write_is_told() {
        let (answers, desk) = ask(&["locked.md", "b.md"], "p");
        assert_eq!(answers, Answers { failed: 1, left: 1, ..Answers::default() });
        assert!(desk.shown.contains("locked.md is not written: read-only"), "{}", desk.shown);
    }
}
