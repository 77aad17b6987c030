//! Titles for steps whose sentence only leads over to a command: "Run:", "Log in, and then run:".
//!
//! Knows strings and the code below them, nothing of pages.

use super::entry::tidy;
use super::flow;
use super::words::Words;

/// Words that say that a command follows and nothing of what it does.
const EMPTY: [&str; 29] = [
    "run",
    "runs",
    "execute",
    "type",
    "enter",
    "use",
    "issue",
    "invoke",
    "and",
    "then",
    "now",
    "next",
    "finally",
    "please",
    "the",
    "this",
    "these",
    "a",
    "following",
    "command",
    "commands",
    "below",
    "script",
    "line",
    "in",
    "terminal",
    "shell",
    "your",
    "to",
];

/// Nothing but "run", "then execute the following command".
pub(crate) fn is_bare(title: &str) -> bool {
    let mut words = title.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).peekable();
    let verb = title.to_lowercase();
    let runs = ["run", "execute", "type", "enter", "use", "issue", "invoke"]
        .iter()
        .any(|v| verb.split(' ').any(|w| w.trim_matches([':', ',']) == *v));
    words.peek().is_some() && runs && words.all(|w| EMPTY.contains(&w.as_str()))
}

/// "Log in to the host, and then run:" without the part that leads over.
pub(crate) fn without_run(text: &str) -> &str {
    let Some(body) = text.trim_end().strip_suffix(':') else { return text };
    let cut = body.rmatch_indices(" and ").map(|(at, _)| at).find(|at| is_bare(&body[*at..]));
    match cut {
        Some(at) if body[..at].split_whitespace().count() > 1 => body[..at].trim_end_matches([',', ' ']),
        _ => text,
    }
}

/// What the sentence is for ("To check the state, run:"), else the command itself.
pub(crate) fn title(sentence: &str, code: Option<&str>, words: &Words) -> Option<String> {
    let tokens = flow::tokenize(sentence, 0, &[]);
    let purpose = tokens.windows(2).position(|p| p[0].low == "to" && words.base(&p[1].low).is_some()).filter(|at| *at < 2);
    if let Some(at) = purpose {
        let end = tokens[at..].iter().find(|t| matches!(t.low.as_str(), "," | ":")).map_or(sentence.len(), |t| t.start);
        let told = tidy(&sentence[tokens[at + 1].start..end]);
        if told.split(' ').count() > 1 && !is_bare(&told) {
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
        assert!(
            is_bare("Then run")
                && is_bare("Execute the following command")
                && !is_bare("Run the migration")
                && !is_bare("Enter"[..0].trim())
        );
        assert_eq!(without_run("Log in to the host, and then run:"), "Log in to the host");
        assert_eq!(without_run("Build and run the image:"), "Build and run the image:");
        let w = english();
        assert_eq!(title("To check the state, run:", Some("app status"), w).as_deref(), Some("Check the state"));
        assert_eq!(title("Then run:", Some("$ app flush --all\n"), w).as_deref(), Some("Run app flush --all"));
        assert_eq!(title("Then run:", None, w), None);
    }
}
