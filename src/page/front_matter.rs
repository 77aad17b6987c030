//! The YAML block at the head of a page: our keys typed and with spans, foreign keys kept, near misses of ours reported.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::text::yaml::{self, Node, Problem};
use crate::text::{Source, Span, nearest, schema};

/// A value with its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// What a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PageKind {
    /// People do what it says.
    Procedure,
    /// People read it.
    Reference,
    /// It tells what was: minutes, a post, release notes, a past run. Nobody keeps it current.
    Record,
}

impl PageKind {
    /// The word in front matter.
    pub fn word(self) -> &'static str {
        match self {
            Self::Procedure => "procedure",
            Self::Reference => "reference",
            Self::Record => "record",
        }
    }
}

/// Where an imported page came from; written by the importers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Origin {
    /// The wiki's kind, e.g. `confluence`.
    pub system: String,
    /// Space key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space: Option<String>,
    /// Page id in the wiki, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Version number in the wiki.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Path of the file inside the export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Creation date as the wiki gave it, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Last change as the wiki gave it, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// Address in the wiki.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The wiki restricted who may see the page.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub restricted: bool,
}

/// A suppression for a whole page.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PageIgnore {
    /// The rule's name.
    pub rule: String,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// Last day on which it holds, `YYYY-MM-DD`.
    #[serde(default)]
    pub until: Option<String>,
}

/// Settings of stepwright inside a page's front matter (`stepwright:`).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct PageSettings {
    /// Rules silenced for the page.
    pub ignore: Vec<PageIgnore>,
}

/// A list of texts, or a single text that stands for a list of one, as people write `tags: Runbook`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum TextList {
    /// One entry, taken whole: a comma in it parts nothing.
    One(String),
    /// The entries.
    Many(Vec<String>),
}

impl Default for TextList {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// The keys of ours as one schema (published by `stepwright schema front-matter`). Foreign keys are allowed beside them.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
#[schemars(title = "stepwright front matter")]
pub struct FrontMatter {
    /// Title; the first level-1 heading otherwise.
    pub title: Option<String>,
    /// The human verdict; beats the detector.
    pub kind: Option<PageKind>,
    /// Role id of who answers for the page.
    #[schemars(extend("x-expected" = "a role id such as `reliability-lead`"))]
    pub owner: Option<String>,
    /// Day on which a person read the page and found it right.
    #[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), extend("x-expected" = "a date written YYYY-MM-DD"))]
    pub reviewed: Option<String>,
    /// Role id of who reviewed it.
    pub reviewed_by: Option<String>,
    /// Review interval in words.
    #[schemars(regex(pattern = r"^[1-9][0-9]* (days?|weeks?|months?|years?)$"), extend("x-expected" = "an interval such as `6 months`, `2 weeks` or `1 year`"))]
    pub review_every: Option<String>,
    /// Files this page describes (globs from the repository root); when they change, the page is suspect.
    pub documents: TextList,
    /// Place among siblings, smallest first.
    pub order: Option<i64>,
    /// Tags.
    pub tags: TextList,
    /// Old addresses that must still work.
    pub aliases: TextList,
    /// Not published when true.
    pub draft: bool,
    /// The page's blueprint, by id, where it is not simply the file beside it.
    pub blueprint: Option<String>,
    /// Written by the importers.
    pub source: Option<Origin>,
    /// Page settings.
    pub stepwright: Option<PageSettings>,
}

/// The JSON Schema of [`FrontMatter`].
pub fn front_matter_schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(FrontMatter).into());
    &SCHEMA
}

/// A page's front matter.
#[derive(Debug, Default)]
pub struct Meta {
    /// The YAML between the `---` lines; empty if there is none.
    pub span: Span,
    /// The keys, for templates (`page.extra`) and for whoever needs a key's place.
    pub keys: BTreeMap<String, (Span, Span)>,
    /// See [`FrontMatter`].
    pub title: Option<Spanned<String>>,
    /// See [`FrontMatter`].
    pub kind: Option<Spanned<PageKind>>,
    /// See [`FrontMatter`].
    pub owner: Option<Spanned<String>>,
    /// See [`FrontMatter`]; the text as written (checked to be a date by `date::parse`).
    pub reviewed: Option<Spanned<String>>,
    /// See [`FrontMatter`].
    pub reviewed_by: Option<Spanned<String>>,
    /// See [`FrontMatter`].
    pub review_every: Option<Spanned<String>>,
    /// See [`FrontMatter`].
    pub documents: Vec<Spanned<String>>,
    /// See [`FrontMatter`].
    pub order: Option<i64>,
    /// See [`FrontMatter`].
    pub tags: Vec<Spanned<String>>,
    /// See [`FrontMatter`].
    pub aliases: Vec<Spanned<String>>,
    /// See [`FrontMatter`].
    pub draft: bool,
    /// See [`FrontMatter`].
    pub blueprint: Option<Spanned<String>>,
    /// See [`FrontMatter`].
    pub origin: Option<Origin>,
    /// See [`FrontMatter`].
    pub settings: PageSettings,
    /// Foreign keys with their values.
    pub extra: serde_json::Map<String, Value>,
    /// Everything wrong with it: syntax, types, near misses. The page goes on without the bad keys.
    pub problems: Vec<Problem>,
    /// What other YAML readers refuse; see [`yaml::Document::doubts`].
    pub doubts: Vec<Problem>,
}

/// Splits and reads the front matter; returns it and the byte offset where the body begins.
pub fn parse(source: &Arc<Source>) -> (Meta, usize) {
    let Some((span, body_start)) = split(source.text()) else {
        let bom = if source.text().starts_with('\u{feff}') { 3 } else { 0 };
        return (Meta::default(), bom);
    };
    let doc = yaml::parse_part(source, span);
    if !doc.problems.is_empty() && doc.root.entries().is_empty() {
        // A page that begins with a rule (`---`) and prose: nothing of it is YAML, so all of it is the body.
        return (Meta::default(), 0);
    }
    let mut meta = Meta { span, problems: doc.problems.clone(), doubts: doc.doubts.clone(), ..Meta::default() };
    let known = schema::properties(front_matter_schema());
    for entry in doc.root.entries() {
        meta.keys.insert(entry.key.clone(), (entry.key_span, entry.value.span));
        if known.contains(&entry.key.as_str()) {
            continue;
        }
        if let Some(near) = near_miss(&entry.key, &known) {
            let message = format!("`{}` is not a key of stepwright, and close to one that is", entry.key);
            meta.problems.push(Problem::new(entry.key_span, message).suggest(Some(near)));
        }
        meta.extra.insert(entry.key.clone(), entry.value.to_json());
    }
    let empty_values_removed = without_empty(&doc.root);
    let wrong = schema::check(&empty_values_removed, front_matter_schema());
    fill(&mut meta, &empty_values_removed, &wrong);
    meta.problems.extend(wrong);
    meta.problems.sort_by_key(|p| p.span);
    (meta, body_start)
}

/// Keys other generators use that are spelled almost like ours and mean something else.
const FOREIGN: [&str; 5] = ["alias", "document", "sources", "reviewer", "reviewers"];

fn near_miss<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    if key.len() < 4 || FOREIGN.contains(&key.to_lowercase().as_str()) {
        return None;
    }
    let dashed = key.replace('_', "-");
    let dashed_hit = known.iter().find(|k| **k == dashed.to_lowercase()).copied();
    dashed_hit.or_else(|| nearest(key, known.iter().copied()))
}

/// An empty value (`owner:`) means "not given", as people leave keys from a template standing.
fn without_empty(root: &Node) -> Node {
    let mut root = root.clone();
    if let yaml::Kind::Map(entries) = &mut root.kind {
        entries.retain(|e| !matches!(&e.value.kind, yaml::Kind::Scalar { text, plain: true } if text.is_empty()));
    }
    root
}

fn fill(meta: &mut Meta, root: &Node, wrong: &[Problem]) {
    let good = |key: &str| -> Option<&Node> {
        let node = root.get(key)?;
        let bad = wrong.iter().any(|p| node.span.contains(p.span));
        (!bad).then_some(node)
    };
    let text = |key: &str| -> Option<Spanned<String>> {
        let node = good(key)?;
        node.text().map(|t| Spanned { value: t.to_owned(), span: node.span })
    };
    let list = |key: &str| -> Vec<Spanned<String>> {
        let Some(node) = good(key) else { return Vec::new() };
        let entries = if node.text().is_some() { std::slice::from_ref(node) } else { node.items() };
        let said = entries.iter().filter_map(|n| n.text().map(|t| Spanned { value: t.to_owned(), span: n.span }));
        said.filter(|t| !t.value.trim().is_empty()).collect()
    };
    meta.title = text("title").filter(|t| !t.value.trim().is_empty());
    meta.kind = good("kind").and_then(|n| {
        let value = serde_json::from_value(n.to_json()).ok()?;
        Some(Spanned { value, span: n.span })
    });
    meta.owner = text("owner");
    meta.reviewed = text("reviewed");
    meta.reviewed_by = text("reviewed-by");
    meta.review_every = text("review-every");
    meta.documents = list("documents");
    meta.order = good("order").and_then(|n| n.to_json().as_i64());
    meta.tags = list("tags");
    meta.aliases = list("aliases");
    meta.draft = good("draft").is_some_and(|n| n.to_json() == Value::Bool(true));
    meta.blueprint = text("blueprint");
    meta.origin = good("source").and_then(|n| serde_json::from_value(n.to_json()).ok());
    meta.settings = good("stepwright").and_then(|n| serde_json::from_value(n.to_json()).ok()).unwrap_or_default();
}

/// Byte offset where the body of a page begins, without reading its front matter.
pub fn body_start(text: &str) -> usize {
    split(text).map_or(if text.starts_with('\u{feff}') { 3 } else { 0 }, |(_, start)| start)
}

/// The YAML between a first line `---` and the next line `---` or `...`, and where the body begins.
fn split(text: &str) -> Option<(Span, usize)> {
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let rest = &text[bom..];
    let first_len = rest.find('\n')? + 1;
    if rest[..first_len].trim_end() != "---" {
        return None;
    }
    let start = bom + first_len;
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return Some((Span::new(start, at), at + line.len()));
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(text: &str) -> Meta {
        parse(&Source::new("p.md", text)).0
    }

    #[test]
    fn keys_are_typed_and_foreign_ones_kept() {
        let m = meta(
            "---\ntitle: A\nreviewed: 2026-08-01\ntags: [a, b]\nweight: 3\nhero: {image: x}\nsource: {system: confluence, id: \"12\"}\n---\n# A\n",
        );
        assert!(m.problems.is_empty(), "{:?}", m.problems);
        assert_eq!(m.reviewed.unwrap().value, "2026-08-01");
        assert_eq!(m.tags.len(), 2);
        assert_eq!(m.extra["weight"], 3);
        assert_eq!(m.origin.unwrap().id.unwrap(), "12");
    }

    #[test]
    fn one_text_is_a_list_of_one() {
        let m = meta("---\ntags: Resource, first aid\naliases: /old/\ndocuments: \"src/*.rs\"\n---\n");
        assert!(m.problems.is_empty(), "{:?}", m.problems);
        let said = |list: &[Spanned<String>]| list.iter().map(|t| t.value.clone()).collect::<Vec<_>>();
        assert_eq!(
            (said(&m.tags), said(&m.aliases), said(&m.documents)),
            (vec!["Resource, first aid".into()], vec!["/old/".into()], vec!["src/*.rs".into()])
        );

        let m = meta("---\ntags: {a: b}\naliases: [/old/, 7]\ndocuments: \"\"\n---\n");
        let said: Vec<_> = m.problems.iter().map(|p| p.message.as_str()).collect();
        assert_eq!(said, ["a map is not text or a list", "`7` is not text; put it in quotes"]);
        assert!(m.documents.is_empty());
    }

    #[test]
    fn near_misses_and_bad_values_are_reported_and_the_rest_counts() {
        let m = meta("---\ntitle: A\nreview_every: 6 months\nreviewed: 1.8.2026\nkind: procedur\norder: [1]\n---\n");
        let said: Vec<_> = m.problems.iter().map(|p| (p.message.as_str(), p.suggestion.as_deref())).collect();
        assert_eq!(
            said,
            [
                ("`review_every` is not a key of stepwright, and close to one that is", Some("review-every")),
                ("`1.8.2026` is not a date written YYYY-MM-DD", None),
                ("`procedur` is not one of procedure, reference, record", Some("procedure")),
                ("a list is not a whole number", None),
            ]
        );
        assert_eq!(m.title.unwrap().value, "A");
        assert!(m.kind.is_none());
    }

    #[test]
    fn a_page_without_front_matter_keeps_its_first_rule() {
        let (m, start) = parse(&Source::new("p.md", "Text\n---\nmore\n"));
        assert_eq!((m.problems.len(), start), (0, 0));
        let (_, start) = parse(&Source::new("p.md", "---\ntitle: x\n"));
        assert_eq!(start, 0, "an unclosed block is text");
    }
}
