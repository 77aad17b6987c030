//! Pages that are forms for procedures rather than procedures: most of their steps are still to be written.
//!
//! Looks at the first line of each step as written. Commands and links hold brackets of their own and do not count.

use super::group::Group;
use crate::page::Page;
use crate::text::UNWRITTEN;

/// More than half of the steps hold a place to fill in.
pub(crate) fn is_template(page: &Page, groups: &[Group]) -> bool {
    let steps: Vec<_> = groups.iter().flat_map(|g| &g.steps).collect();
    let open = steps.iter().filter(|s| unwritten(page.source.slice(s.span).lines().next().unwrap_or(""))).count();
    open * 2 > steps.len()
}

/// "TODO", "TBD", "[describe the step]", "<name of the team>", "{{SERVICE}}" outside code and links.
fn unwritten(line: &str) -> bool {
    let text: String = line.split('`').step_by(2).collect();
    let marked = text.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| UNWRITTEN.contains(&w));
    marked || held(&text, "[", "]", phrase) || held(&text, "<", ">", |i| phrase(i) && i.contains(' ')) || held(&text, "{{", "}}", name)
}

/// Something between two marks that is a place to fill in; an address behind it makes it a link, and a bracket before it the name of one.
fn held(text: &str, open: &str, close: &str, fits: impl Fn(&str) -> bool) -> bool {
    text.match_indices(open).any(|(at, _)| {
        let rest = &text[at + open.len()..];
        let named = text[..at].ends_with(']');
        !named
            && rest.find(close).is_some_and(|end| {
                let behind = &rest[end + close.len()..];
                fits(rest[..end].trim()) && !behind.starts_with(['(', '[', ':'])
            })
    })
}

/// Words as a writer leaves them for the next one: all small ("name of the team"), or told to ("Insert name").
fn phrase(inner: &str) -> bool {
    let plain = inner.len() > 1 && inner.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '/' | '\'' | '.' | ','));
    let first = inner.split(' ').next().unwrap_or("").to_lowercase();
    let told = inner.contains(' ')
        && matches!(first.as_str(), "insert" | "describe" | "enter" | "add" | "your" | "name" | "explain" | "list" | "specify");
    plain && (told || inner.starts_with(|c: char| c.is_lowercase()))
}

/// A variable in capitals or in words: "SERVICE_NAME", "service name".
fn name(inner: &str) -> bool {
    let shout = inner.len() > 1 && inner.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | ' '));
    shout || inner.contains(' ') && phrase(inner)
}

#[cfg(test)]
mod tests {
    use super::unwritten;

    #[test]
    fn places_to_fill_in() {
        for line in ["1. TODO", "2. [Describe the first step]", "Send it to [approver]", "Open {{SERVICE_NAME}}", "Ask <name of the team>"]
        {
            assert!(unwritten(line), "{line}");
        }
        for line in [
            "Start it with the [`run`][run-command] command",
            "Read the [manual][the-manual]",
            "Click [Save]",
            "Open [the form](a.md)",
            "See [the form][a]",
            "Run `ssh [host] <user name>`",
            "- [x] Send it",
            "{{< ref \"a\" >}}",
        ] {
            assert!(!unwritten(line), "{line}");
        }
    }
}
