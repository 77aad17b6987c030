//! Forms that stand on the page: lists and tables of what to give, blanks to fill, boxes to tick.
//!
//! Reads text and tables only; whether they belong to a step, and to which, is decided by the callers.

use super::fields::kind_of;
use super::flow::{Flow, tokenize};
use super::steps::Field;
use super::words::Words;
use crate::page::{Inlines, Table};

/// Marks of an empty box.
const BOXES: [char; 5] = ['☐', '□', '⬜', '🔲', '❏'];

/// Separators between the name of a field and what is said of it.
const SEPARATORS: [char; 4] = [':', '–', '—', '('];

/// A nested item that names data to give: "**Title** – a short description", "AMI ID", "Urgency: High or Low".
pub(crate) fn from_item(text: &str, words: &Words) -> Option<Field> {
    if let Some(field) = question(text, words) {
        return Some(field);
    }
    let (label, rest) = match text.find(SEPARATORS).or_else(|| text.find(" - ")) {
        Some(at) => (text[..at].trim(), text[at..].trim_matches([':', '–', '—', '-', ' ', '(', ')'])),
        None => (text.trim(), ""),
    };
    let label = label.trim_matches(['.', ',', ';', '?', '*', '_', ' ', '`']).trim();
    let tokens = tokenize(label, 0, &[]);
    let count = label.split_whitespace().count();
    let sentence = tokens.first().is_some_and(|t| words.you.contains(&t.low) || words.pronouns.contains(&t.low));
    if label.is_empty() || count > 8 || sentence || label.contains(['[', ']', '{', '}', '<', '|']) {
        return None;
    }
    let options = alternatives(rest, words);
    let kind = if options.len() > 1 { "choice".to_owned() } else { kind_of(label, words) };
    Some(Field { label: label.to_owned(), kind, options })
}

/// "How long is the term? (6 months, 1 year or 2 years)".
fn question(text: &str, words: &Words) -> Option<Field> {
    let (asked, rest) = text.trim().split_once('?')?;
    let options = alternatives(rest.trim().trim_matches(['(', ')']), words);
    if asked.split_whitespace().count() > 14 || asked.contains(['.', '[', '{', ':']) {
        return None;
    }
    let kind = if options.len() > 1 { "choice".to_owned() } else { "text".to_owned() };
    Some(Field { label: format!("{}?", asked.trim()), kind, options })
}

/// "6 months, 1 year, or 2 years", "High or Low": short alternatives and nothing else.
fn alternatives(text: &str, words: &Words) -> Vec<String> {
    let tokens = tokenize(text, 0, &[]);
    let from = tokens.first().filter(|t| words.fields.choose.has(&t.low)).map_or(0, |_| tokens.get(1).map_or(text.len(), |t| t.start));
    let text = text[from..].trim().trim_end_matches(['.', ')']);
    let or = |text: String, word: &str| text.replace(&format!(", {word} "), ", ").replace(&format!(" {word} "), ", ");
    let joined = words.either.iter().map(String::as_str).chain(["/"]).fold(text.to_owned(), or);
    let parts: Vec<String> = joined.split(", ").map(|p| p.trim_matches(['`', '*', '"', '“', '”', ' ']).to_owned()).collect();
    let disjoint = text.split(' ').rev().skip(1).any(|w| w == "/" || words.either.contains(w));
    let short = parts.iter().all(|p| !p.is_empty() && p.split_whitespace().count() <= 3);
    if disjoint && short && parts.len() > 1 { parts } else { Vec::new() }
}

/// An item whose first words are set off as the name of a field: "**Assign to** – pick the person".
pub(crate) fn is_labelled(flow: &Flow) -> bool {
    let Some(strong) = flow.strong.first().filter(|s| flow.text[..s.start].trim().is_empty()) else { return false };
    let inside = flow.slice(strong).ends_with(':');
    inside || flow.text[strong.end..].trim_start().starts_with([':', '–', '—', '-'])
}

/// Blanks and boxes in one text: "Serial number: ______", "Seal intact? ☐ yes ☐ no".
pub(crate) fn blanks(text: &str, words: &Words) -> Vec<Field> {
    let mut out = Vec::new();
    for line in text.lines() {
        let boxes = line.matches(BOXES).count();
        if boxes > 1 {
            out.extend(boxed(line));
            continue;
        }
        let mut rest = line;
        while let Some((at, len)) = blank(rest) {
            let before = &rest[..at];
            let from = before.rfind([';', ',', '|', '.']).map_or(0, |i| i + 1);
            if let Some(label) = label_of(&before[from..]) {
                out.push(Field { kind: kind_of(&label, words), label, options: Vec::new() });
            }
            rest = &rest[at + len..];
        }
    }
    out
}

/// The first run of underscores or dots long enough to write on.
fn blank(text: &str) -> Option<(usize, usize)> {
    ["___", "....", "……"].iter().filter_map(|run| text.find(run)).min().map(|at| {
        let len = text[at..].find(|c: char| !matches!(c, '_' | '.' | '…')).unwrap_or(text.len() - at);
        (at, len)
    })
}

fn boxed(line: &str) -> Option<Field> {
    let mut parts = line.split(BOXES);
    let label = label_of(parts.next()?)?;
    let options: Vec<String> = parts.map(|p| p.trim().trim_end_matches([',', ';', '/']).trim().to_owned()).collect();
    options.iter().all(|o| !o.is_empty() && o.split_whitespace().count() <= 6).then(|| Field { label, kind: "choice".to_owned(), options })
}

fn label_of(text: &str) -> Option<String> {
    let label = text.trim().trim_end_matches([':', '?', '-', '–', '*', ' ']).trim_start_matches(['-', '*', ' ']).trim();
    (!label.is_empty() && label.split_whitespace().count() <= 8).then(|| label.to_owned())
}

/// The rows of a table that is a form: its head says so, or the cells to fill are empty. `told` if the sentence over it asks for data.
pub(crate) fn from_table(table: &Table, told: bool, words: &Words) -> Vec<Field> {
    let text = |c: Option<&Inlines>| c.map(Inlines::text).unwrap_or_default().trim().to_owned();
    let head = tokenize(&text(table.head.cells.first()), 0, &[]);
    let named = words.columns.field.is(&head);
    let empty = |t: &str| t.is_empty() || blank(t).is_some_and(|(at, len)| at == 0 && len == t.len());
    let to_fill = table.head.cells.len() > 1
        && table.rows.len() > 1
        && table.rows.iter().all(|r| !text(r.cells.first()).is_empty() && r.cells.iter().skip(1).all(|c| empty(c.text().trim())));
    if !(named && told || to_fill && !words.columns.step.is(&head)) {
        return Vec::new();
    }
    let rows = table.rows.iter().filter_map(|r| {
        let mut field = from_item(&text(r.cells.first()), words)?;
        field.options = r.cells.get(1).map(|c| after_colon(&c.text(), words)).unwrap_or_default();
        if field.options.len() > 1 {
            "choice".clone_into(&mut field.kind);
        }
        Some(field)
    });
    rows.collect()
}

/// "What to clean: images, volumes, or both": the alternatives behind the colon.
fn after_colon(text: &str, words: &Words) -> Vec<String> {
    text.rsplit_once(':').map(|(_, rest)| alternatives(rest, words)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::words::english;
    use super::*;
    use crate::page::{BlockKind, Page};
    use crate::text::Source;

    fn names(fields: &[Field]) -> Vec<&str> {
        fields.iter().map(|f| f.label.as_str()).collect()
    }

    #[test]
    fn blanks_and_boxes_are_fields() {
        let w = english();
        assert_eq!(names(&blanks("Serial number: ______", w)), ["Serial number"]);
        assert_eq!(names(&blanks("Name: ____ Date: ____", w)), ["Name", "Date"]);
        let seal = blanks("Seal intact? ☐ yes ☐ no", w);
        assert_eq!((names(&seal), &seal[0].options), (vec!["Seal intact"], &vec!["yes".to_owned(), "no".to_owned()]));
        assert!(blanks("Wait for the reply... then go on", w).is_empty());
        assert!(blanks("☐ Lock the door", w).is_empty());
    }

    #[test]
    fn items_name_data_with_their_choices() {
        let w = english();
        let urgency = from_item("Urgency: High or Low", w).unwrap();
        assert_eq!((urgency.kind.as_str(), urgency.options), ("choice", vec!["High".to_owned(), "Low".to_owned()]));
        assert_eq!(from_item("Title – a short description of what happened", w).unwrap().label, "Title");
        let term = from_item("How long is the term? (6 months, 1 year, or 2 years)", w).unwrap();
        assert_eq!((term.label.as_str(), term.options.len()), ("How long is the term?", 3));
        assert!(from_item("You can use [templates", w).is_none());
    }

    fn table(text: &str, told: bool) -> Vec<String> {
        let page = Page::parse(Source::new("p.md", text));
        let tree = page.tree();
        let BlockKind::Table(table) = &tree[0].kind else { panic!("no table") };
        from_table(table, told, english()).into_iter().map(|f| f.label).collect()
    }

    #[test]
    fn tables_to_fill_are_forms_and_tables_of_facts_are_not() {
        assert_eq!(table("| Reading | Value |\n|---|---|\n| Pressure | |\n| Flow | |\n", false), ["Pressure", "Flow"]);
        assert_eq!(table("| Field | Meaning |\n|---|---|\n| Region | where |\n", true), ["Region"]);
        assert!(table("| Field | Meaning |\n|---|---|\n| Region | where |\n", false).is_empty());
        assert!(table("| Step | Done |\n|---|---|\n| Lock the door | |\n| Arm the alarm | |\n", false).is_empty());
    }
}
