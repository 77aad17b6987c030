//! YAML text → marked tree → typed blueprint, with every problem at its place.
//!
//! The schema judges the tree first, so that all problems of form are reported at once with suggestions. What it refuses is cut out and
//! the rest is still read, so that a misspelt key does not hide a missing gate. Knows nothing of other files.

use std::sync::Arc;

use serde_json::Value;

use super::due::{DUE_EXPECTED, Due, ESCALATE_EXPECTED, Escalation, INTERVAL_EXPECTED, Interval, REPEAT_EXPECTED, Repeat, WordsError};
use super::model::Blueprint;
use crate::text::yaml::{self, Document, Entry, Kind, Node, Problem};
use crate::text::{Source, Span, schema};

/// A blueprint file as read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What could be understood; `None` when not even an id, a title and a step were left.
    pub blueprint: Option<Blueprint>,
    /// True when something wrong was cut out of `blueprint`.
    pub partial: bool,
    /// The tree `blueprint` was read from: paths of the typed value find their spans here.
    pub tree: Node,
    /// The file's whole marked tree and its source.
    pub doc: Document,
    /// Problems of form: YAML and schema. Meaning is judged by `check`.
    pub problems: Vec<Problem>,
}

impl Loaded {
    /// The file.
    pub fn source(&self) -> &Arc<Source> {
        &self.doc.source
    }

    /// The place of the value at a path, e.g. `["steps", "2", "due"]`; of its nearest parent that exists otherwise.
    pub fn span(&self, path: &[&str]) -> Span {
        (0..=path.len()).rev().find_map(|n| self.tree.at(&path[..n])).map_or_else(Span::default, |node| node.span)
    }

    /// The place of the key at a path; of the value for list entries and for what does not exist.
    pub fn key_span(&self, path: &[&str]) -> Span {
        let Some((last, parents)) = path.split_last() else { return self.tree.span };
        self.tree.at(parents).and_then(|parent| parent.entry(last)).map_or_else(|| self.span(path), |entry| entry.key_span)
    }
}

/// Reads a blueprint file.
pub fn load(source: &Arc<Source>) -> Loaded {
    let doc = yaml::parse(source);
    let form = super::schema::blueprint();
    let found = schema::check(&doc.root, form);
    let tree = salvage(&doc.root, form, &found);
    let mut problems = doc.problems.clone();
    problems.extend(found.into_iter().map(|p| in_our_words(source, p)));
    let partial = !problems.is_empty();
    let read = tree.map(|tree| (serde_json::from_value::<Blueprint>(tree.to_json()), tree));
    let (blueprint, tree) = match read {
        Some((Ok(blueprint), tree)) => (Some(blueprint), tree),
        Some((Err(error), tree)) if problems.is_empty() => {
            problems.push(Problem::new(first_place(&doc.root), format!("not a blueprint: {error}")));
            (None, tree)
        }
        Some((Err(_), tree)) => (None, tree),
        None => (None, doc.root.clone()),
    };
    Loaded { blueprint, partial, tree, doc, problems }
}

fn first_place(root: &Node) -> Span {
    root.entries().first().map_or(Span::new(root.span.range().start, root.span.range().start), |e| e.key_span)
}

/// A pattern that failed on a due rule, repeat, escalation or interval: the grammar knows what exactly is wrong.
fn in_our_words(source: &Source, problem: Problem) -> Problem {
    fn explain<T: std::str::FromStr<Err = WordsError>>(text: &str) -> Option<WordsError> {
        let mut error = text.parse::<T>().err()?;
        // A suggestion that is wrong in another place helps nobody.
        error.suggestion = error.suggestion.filter(|s| s.parse::<T>().is_ok());
        Some(error)
    }
    // The span of a quoted scalar holds the quotes.
    let text = source.slice(problem.span).trim_matches(['"', '\'']);
    let error = if problem.message.ends_with(DUE_EXPECTED) {
        explain::<Due>(text)
    } else if problem.message.ends_with(REPEAT_EXPECTED) {
        explain::<Repeat>(text)
    } else if problem.message.ends_with(ESCALATE_EXPECTED) {
        explain::<Escalation>(text)
    } else if problem.message.ends_with(INTERVAL_EXPECTED) {
        explain::<Interval>(text)
    } else {
        None
    };
    match error {
        Some(error) if !text.is_empty() => Problem { message: error.to_string(), suggestion: error.suggestion, ..problem },
        _ => problem,
    }
}

/// The tree without what the schema refused: first the values and keys named by the problems, then, as long as something required is
/// missing, the list entry or key around it. `None` if nothing acceptable is left.
pub(super) fn salvage(root: &Node, form: &Value, found: &[Problem]) -> Option<Node> {
    let mut tree = root.clone();
    let mut places: Vec<Span> = found.iter().map(|p| p.span).collect();
    for round in 0..6 {
        if places.is_empty() {
            return Some(tree);
        }
        tree = without(&tree, &places, round > 0)?;
        places = schema::check(&tree, form).iter().map(|p| p.span).collect();
    }
    places.is_empty().then_some(tree)
}

/// `node` without the values at `places`; with `around`, without the smallest list entry (or key, outside lists) that holds one.
fn without(node: &Node, places: &[Span], around: bool) -> Option<Node> {
    let hit = |span: Span| places.contains(&span);
    if hit(node.span) {
        return None;
    }
    let kind = match &node.kind {
        Kind::Scalar { .. } => return Some(node.clone()),
        Kind::Seq(items) => {
            let kept: Vec<Node> = items
                .iter()
                .filter_map(|item| {
                    let inner = places.iter().any(|p| item.span.contains(*p));
                    if around && inner && !holds_inner_list_entry(item, places) { None } else { without(item, places, around) }
                })
                .collect();
            if kept.is_empty() && !items.is_empty() {
                return None;
            }
            Kind::Seq(kept)
        }
        Kind::Map(entries) => {
            Kind::Map(entries.iter().filter(|e| !hit(e.key_span)).filter_map(|e| entry_without(e, places, around)).collect())
        }
    };
    Some(Node { span: node.span, kind })
}

fn entry_without(entry: &Entry, places: &[Span], around: bool) -> Option<Entry> {
    without(&entry.value, places, around).map(|value| Entry { value, ..entry.clone() })
}

/// True if a list deeper inside `node` has an entry with one of the places, so that the entry goes and not the whole.
fn holds_inner_list_entry(node: &Node, places: &[Span]) -> bool {
    match &node.kind {
        Kind::Scalar { .. } => false,
        Kind::Seq(items) => items.iter().any(|item| places.iter().any(|p| item.span.contains(*p))),
        Kind::Map(entries) => entries.iter().any(|e| holds_inner_list_entry(&e.value, places)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(usize, String, Option<String>)> {
        let loaded = load(&Source::new("x.blueprint.yaml", text));
        loaded.problems.iter().map(|p| (loaded.source().line_of(p.span.start), p.message.clone(), p.suggestion.clone())).collect()
    }

    const HEAD: &str = "blueprint: 1\nid: x\ntitle: X\nsteps:\n";

    #[test]
    fn the_smallest_blueprint_is_a_step_with_id_and_title() {
        let loaded = load(&Source::new("x.blueprint.yaml", format!("{HEAD}  - id: a\n    title: Do it\n")));
        assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
        assert_eq!(loaded.blueprint.unwrap().steps, [super::super::model::Step::new("a", "Do it")]);
    }

    #[test]
    fn words_are_corrected_and_the_rest_is_still_read() {
        let text = format!(
            "{HEAD}  - id: a\n    title: Do it\n    due: 2 bussines days\n    onwer: cfo\n  - id: b\n    title: Then that\n    approval: {{by: cfo, escalate: to ceo in 1 day}}\n"
        );
        let found = problems(&text);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(
            found[0],
            (
                7,
                "`2 bussines days` is not a due rule such as `2 business days after start`: `bussines days` is not one of minutes, hours, days, business days, weeks".to_owned(),
                Some("2 business days".to_owned())
            )
        );
        assert_eq!(found[1], (8, "unknown key `onwer`".to_owned(), Some("owner".to_owned())));
        assert_eq!(found[2].2, Some("to ceo after 1 day".to_owned()));
        let loaded = load(&Source::new("x.blueprint.yaml", text.as_str()));
        let blueprint = loaded.blueprint.unwrap();
        assert!(loaded.partial);
        assert_eq!(blueprint.steps[0].due, None);
        assert_eq!(blueprint.steps[1].approval.as_ref().map(|a| a.by.clone()), Some(vec!["cfo".to_owned()]));
    }

    #[test]
    fn short_and_long_forms_have_errors_of_their_own() {
        let text = format!(
            "{HEAD}  - id: a\n    title: T\n    approval: {{by: cfo, blokcs: rest}}\n    checklist:\n      - {{txet: x}}\n      - Fine\n    when: {{ref: inputs.x, iz: 3}}\n  - id: b\n    title: T\n    approval: 3\n"
        );
        let found: Vec<_> =
            problems(&text).into_iter().map(|(line, message, near)| format!("{line}: {message} -> {}", near.unwrap_or_default())).collect();
        assert!(found.contains(&"7: unknown key `blokcs` -> blocks".to_owned()), "{found:#?}");
        assert!(found.contains(&"9: unknown key `txet` -> text".to_owned()), "{found:#?}");
        assert!(found.contains(&"11: unknown key `iz` -> is".to_owned()), "{found:#?}");
        assert!(found.iter().any(|f| f.starts_with("14: `3` is not ")), "{found:#?}");
    }

    #[test]
    fn a_step_without_an_id_is_left_out_and_reported() {
        let loaded = load(&Source::new("x.blueprint.yaml", format!("{HEAD}  - title: No id\n  - id: b\n    title: B\n")));
        assert_eq!(loaded.problems.len(), 1);
        assert_eq!(loaded.blueprint.as_ref().map(|b| b.steps.len()), Some(1));
        assert_eq!(loaded.source().line_of(loaded.span(&["steps", "0", "title"]).start), 7);
    }

    #[test]
    fn text_that_yaml_reads_as_a_number_wants_quotes() {
        let found = problems(&format!("{HEAD}  - id: a\n    title: 2026\ncontrol:\n  version: 1.10\n"));
        assert_eq!(found[0].1, "`2026` is not text; put it in quotes");
        assert_eq!(found[1].1, "`1.10` is not text; put it in quotes");
    }

    #[test]
    fn an_empty_file_and_a_list_are_reported_not_panicked_on() {
        assert!(!problems("").is_empty());
        assert!(!problems("- a\n- b\n").is_empty());
        assert!(!problems("blueprint: 2\nid: x\ntitle: X\nsteps: []\n").is_empty());
    }
}
