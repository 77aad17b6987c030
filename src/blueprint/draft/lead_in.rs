//! Titles for steps whose sentence only leads over to a command: "Run:", "Log in, and then run:".
//!
//! Knows strings and the code below them, nothing of pages.

use super::flow;
use super::wording::tidy;
use super::words::Words;

/// Nothing but "run", "then execute the following command".
pub(crate) fn is_bare(title: &str, words: &Words) -> bool {
    let l = &words.lead_ins;
    let mut said = title.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).peekable();
    let runs = title.to_lowercase().split(' ').any(|w| l.runs.contains(w.trim_matches([':', ','])));
    said.peek().is_some() && runs && said.all(|w| l.empty.contains(&w))
}

/// "Log in to the host, and then run:" without the part that leads over.
pub(crate) fn without_run<'t>(text: &'t str, words: &Words) -> &'t str {
    let Some(body) = text.trim_end().strip_suffix(':') else { return text };
    let tokens = flow::tokenize(body, 0, &[]);
    let joints = tokens.iter().rev().filter(|t| words.both.contains(&t.low)).filter_map(|t| t.start.checked_sub(1));
    let cut = joints.into_iter().find(|at| is_bare(body.get(*at..).unwrap_or(""), words));
    match cut {
        Some(at) if body[..at].split_whitespace().count() > 1 => body[..at].trim_end_matches([',', ' ']),
        _ => text,
    }
}

/// "Run the following command to see the pods" is about seeing the pods; "Clone it using the following command" about cloning.
pub(crate) fn without_means<'t>(text: &'t str, words: &Words) -> &'t str {
    let text = text.trim_end().trim_end_matches([':', '.', ',']);
    let tokens: Vec<flow::Token> = flow::tokenize(text, 0, &[]);
    let low = |i: usize| tokens.get(i).map_or("", |t| t.low.as_str());
    let empty = |from: usize, to: usize| (from..to).all(|i| words.lead_ins.empty.contains(low(i)));
    let runs = |w: &str| words.lead_ins.runs.contains(w);
    if runs(low(0))
        && let Some(to) = (1..tokens.len().min(7)).find(|i| words.to.contains(low(*i)))
        && to > 1
        && empty(1, to)
        && words.base(low(to + 1)).is_some()
        && tokens.len() > to + 2
    {
        return &text[tokens[to + 1].start..];
    }
    for at in 2..tokens.len() {
        let by = words.by.contains(low(at)) && words.gerund(low(at + 1)).is_some_and(runs) && empty(at + 2, tokens.len());
        let with = words.lead_ins.means.contains(low(at)) && at + 1 < tokens.len() && empty(at + 1, tokens.len());
        if by || with {
            return text[..tokens[at].start].trim_end_matches([',', ' ']);
        }
    }
    text
}

/// What the sentence is for ("To check the state, run:"), else the command itself.
pub(crate) fn title(sentence: &str, code: Option<&str>, words: &Words) -> Option<String> {
    let tokens = flow::tokenize(sentence, 0, &[]);
    let purpose = tokens.windows(2).position(|p| words.to.contains(&p[0].low) && words.base(&p[1].low).is_some()).filter(|at| *at < 2);
    if let Some(at) = purpose {
        let end = tokens[at..].iter().find(|t| matches!(t.low.as_str(), "," | ":")).map_or(sentence.len(), |t| t.start);
        let told = tidy(&sentence[tokens[at + 1].start..end]);
        if told.split(' ').count() > 1 && !is_bare(&told, words) {
            return Some(told);
        }
    }
    let line = code?.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with(['#', '`', '~']))?;
    Some(tidy(&format!("Run {}", line.trim_start_matches("$ "))))
}

#[cfg(test)]
mod tests {
    use super::super::words::english;
    use super::*;

    #[test]
    fn bare_lead_ins_take_their_purpose_or_their_command() {
        let w = english();
        assert!(
            is_bare("Then run", w) && is_bare("Execute the following command", w) && !is_bare("Run the migration", w) && !is_bare("", w)
        );
        assert_eq!(without_run("Log in to the host, and then run:", w), "Log in to the host");
        assert_eq!(without_run("Build and run the image:", w), "Build and run the image:");
        assert_eq!(title("To check the state, run:", Some("app status"), w).as_deref(), Some("Check the state"));
        assert_eq!(title("Then run:", Some("$ app flush --all\n"), w).as_deref(), Some("Run app flush --all"));
        assert_eq!(title("Then run:", None, w), None);
        for (text, wanted) in [
            ("Run the following command to see the pods:", "see the pods"),
            ("Run this command to list what is left", "list what is left"),
            ("Clone the repository using the following command:", "Clone the repository"),
            ("Open the folder by typing the following command in your terminal:", "Open the folder"),
            ("Check the state by calling:", "Check the state"),
            ("Use the form to order parts", "Use the form to order parts"),
            ("Run the tests to the end", "Run the tests to the end"),
            ("Write to them using the portal", "Write to them using the portal"),
        ] {
            assert_eq!(without_means(text, w), wanted);
        }
    }
}
