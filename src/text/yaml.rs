//! YAML with a span for every key and value: the one reader for settings, front matter, roles and blueprints.
//!
//! Follows YAML 1.2 (core schema for plain scalars) and refuses what a reviewed, hand-edited file should not hold: anchors,
//! aliases, tags, duplicate keys, more than one document. All problems of a file are reported, not only the first.

use std::collections::BTreeMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::Value;

use super::{Source, Span};

/// Most values that aliases of one text may stand for.
const MAX_COPIED: usize = 1_000;

/// Deepest nesting accepted; a page of brackets must not overflow the stack.
const MAX_DEPTH: usize = 64;

/// A problem in a YAML text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, in the source the YAML came from.
    pub span: Span,
    /// What is wrong and, where it can be said, what would be right. One sentence without a full stop.
    pub message: String,
    /// What to write instead, if one answer is likely.
    pub suggestion: Option<String>,
}

impl Problem {
    /// A problem without a suggestion.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), suggestion: None }
    }

    /// Adds the nearest valid name.
    #[must_use]
    pub fn suggest(mut self, suggestion: Option<&str>) -> Self {
        self.suggestion = suggestion.map(str::to_owned);
        self
    }
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value's bytes (for collections from their first to the end of their last entry).
    pub span: Span,
    /// The value.
    pub kind: Kind,
}

/// What a [`Node`] holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A scalar; `plain` when written without quotes or block marks, so that its type follows from its form.
    Scalar {
        /// The text after unfolding and unescaping.
        text: String,
        /// Written without quotes.
        plain: bool,
    },
    /// A list.
    Seq(Vec<Node>),
    /// A map, in file order.
    Map(Vec<Entry>),
}

/// One key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// The key's place.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value of `key` if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|e| &e.value)
    }

    /// The entry of `key` if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|e| e.key == key)
    }

    /// The entries of a map; empty for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; empty for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Seq(items) => items,
            _ => &[],
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Values in it, itself among them.
    fn size(&self) -> usize {
        match &self.kind {
            Kind::Scalar { .. } => 1,
            Kind::Seq(items) => 1 + items.iter().map(Node::size).sum::<usize>(),
            Kind::Map(entries) => 1 + entries.iter().map(|e| e.value.size()).sum::<usize>(),
        }
    }

    /// The node at a path of keys and list positions, e.g. `["steps", "2", "due"]`.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, part| match &node.kind {
            Kind::Map(_) => node.get(part),
            Kind::Seq(items) => part.parse::<usize>().ok().and_then(|i| items.get(i)),
            Kind::Scalar { .. } => None,
        })
    }

    /// The value as JSON, plain scalars typed by the YAML 1.2 core schema.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Scalar { text, plain } => {
                if *plain {
                    plain_value(text)
                } else {
                    Value::String(text.clone())
                }
            }
            Kind::Seq(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            Kind::Map(entries) => Value::Object(entries.iter().map(|e| (e.key.clone(), e.value.to_json())).collect()),
        }
    }
}

fn plain_value(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.trim_start_matches(['-', '+']);
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if numeric {
        if let Ok(n) = text.trim_start_matches('+').parse::<i64>() {
            return n.into();
        }
        if let Some(n) = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64) {
            return Value::Number(n);
        }
    }
    Value::String(text.to_owned())
}

/// A parsed YAML file.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file the spans point into.
    pub source: Arc<Source>,
    /// The root value; an empty map for an empty document.
    pub root: Node,
    /// Everything refused by the profile above.
    pub problems: Vec<Problem>,
    /// What this reader takes and other readers refuse, each with the text to write instead.
    pub doubts: Vec<Problem>,
}

/// Parses a whole file.
pub fn parse(source: &Arc<Source>) -> Document {
    read(source, Span::new(0, source.text().len()), false)
}

/// Parses the part of a file that `span` covers and that other tools read too, such as the front matter of a page: anchors are resolved and tags
/// passed over. Spans point into the whole file.
pub fn parse_part(source: &Arc<Source>, span: Span) -> Document {
    read(source, span, true)
}

fn read(source: &Arc<Source>, span: Span, lenient: bool) -> Document {
    let text = source.slice(span);
    let mut builder = Builder {
        lenient,
        anchors: BTreeMap::new(),
        copied: 0,
        offsets: CharOffsets::new(text),
        base: span.range().start,
        stack: Vec::new(),
        root: None,
        problems: Vec::new(),
        doubts: Vec::new(),
        text,
        documents: 0,
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, place)) => {
                if !builder.event(event, place.start.index(), place.end.index()) {
                    break;
                }
            }
            Err(error) => {
                let at = builder.span(error.marker().index(), error.marker().index());
                builder.problems.push(Problem::new(at, format!("not YAML: {}", error.info())));
                break;
            }
        }
    }
    let empty = Node { span: Span::new(span.range().start, span.range().start), kind: Kind::Map(Vec::new()) };
    let root = match builder.root.take() {
        Some(Node { kind: Kind::Scalar { text, plain: true }, .. }) if text.is_empty() => empty,
        Some(node) => node,
        None => builder.abandoned().unwrap_or(empty),
    };
    Document { source: Arc::clone(source), root, problems: builder.problems, doubts: builder.doubts }
}

/// Maps the parser's character offsets to bytes; ASCII texts need no table.
struct CharOffsets {
    table: Option<Vec<u32>>,
    len: usize,
}

impl CharOffsets {
    fn new(text: &str) -> Self {
        let table = (!text.is_ascii()).then(|| {
            let mut table: Vec<u32> = text.char_indices().map(|(i, _)| Span::new(i, i).start).collect();
            table.push(Span::new(text.len(), text.len()).start);
            table
        });
        Self { table, len: text.len() }
    }

    fn byte(&self, index: usize) -> usize {
        match &self.table {
            None => index.min(self.len),
            Some(table) => table.get(index).map_or(self.len, |b| *b as usize),
        }
    }
}

enum Open {
    Seq { start: usize, items: Vec<Node>, anchor: usize },
    Map { start: usize, entries: Vec<Entry>, key: Option<(String, Span)>, anchor: usize },
}

struct Builder<'t> {
    /// Anchors and tags are taken.
    lenient: bool,
    /// Values that have an anchor.
    anchors: BTreeMap<usize, Node>,
    /// Nodes put in for aliases; bounded, because aliases of aliases multiply.
    copied: usize,
    text: &'t str,
    doubts: Vec<Problem>,
    offsets: CharOffsets,
    base: usize,
    stack: Vec<Open>,
    root: Option<Node>,
    problems: Vec<Problem>,
    documents: usize,
}

impl Builder<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.base + self.offsets.byte(start), self.base + self.offsets.byte(end))
    }

    /// Takes one parser event; false stops reading.
    fn event(&mut self, event: Event<'_>, start: usize, end: usize) -> bool {
        let span = self.span(start, end);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.problems.push(Problem::new(span, "a second document begins here; one file holds one"));
                    return false;
                }
            }
            Event::Alias(id) if self.lenient => {
                let known = self.anchors.get(&id).cloned();
                let mut node = known.unwrap_or(Node { span, kind: Kind::Scalar { text: String::new(), plain: true } });
                self.copied += node.size();
                if self.copied > MAX_COPIED {
                    self.problems.push(Problem::new(span, format!("aliases stand for more than {MAX_COPIED} values")));
                    return false;
                }
                node.span = span;
                self.value(node);
            }
            Event::Alias(_) => {
                self.problems.push(Problem::new(span, "an alias (`*name`) is not accepted; write the value out"));
                self.value(Node { span, kind: Kind::Scalar { text: String::new(), plain: true } });
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_marks(span, anchor, tag.is_some());
                let plain = matches!(style, ScalarStyle::Plain);
                if plain && text.contains('?') && self.in_braces(end) {
                    let message = "plain text with `?` inside braces or brackets: other YAML readers stop at it";
                    let quoted = serde_json::Value::from(text.as_ref()).to_string();
                    self.doubts.push(Problem::new(span, message).suggest(Some(&quoted)));
                }
                let node = Node { span, kind: Kind::Scalar { text: text.into_owned(), plain } };
                if anchor != 0 && self.lenient {
                    self.anchors.insert(anchor, node.clone());
                }
                self.value(node);
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_marks(span, anchor, tag.is_some());
                self.stack.push(Open::Seq { start: span.range().start, items: Vec::new(), anchor });
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_marks(span, anchor, tag.is_some());
                self.stack.push(Open::Map { start: span.range().start, entries: Vec::new(), key: None, anchor });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            _ => {}
        }
        if self.stack.len() > MAX_DEPTH {
            self.problems.push(Problem::new(span, format!("nested deeper than {MAX_DEPTH} levels")));
            return false;
        }
        true
    }

    /// True if a plain scalar that ends here stands in `{…}` or `[…]`: outside them the line would have to end.
    fn in_braces(&self, end: usize) -> bool {
        self.text[self.offsets.byte(end)..].trim_start().starts_with([',', '}', ']'])
    }

    fn refuse_marks(&mut self, span: Span, anchor: usize, tagged: bool) {
        if self.lenient {
            return;
        }
        if anchor != 0 {
            self.problems.push(Problem::new(span, "an anchor (`&name`) is not accepted; write the value out"));
        }
        if tagged {
            self.problems.push(Problem::new(span, "a tag (`!name`) is not accepted"));
        }
    }

    fn close(&mut self, end: Span) {
        let Some(open) = self.stack.pop() else { return };
        // Block collections end where the next token begins: trim to the last entry so that carets stay on the value.
        let (Open::Seq { anchor, .. } | Open::Map { anchor, .. }) = open;
        let node = match open {
            Open::Seq { start, items, .. } => {
                let last = items.last().map_or(end.range().end, |n| n.span.range().end.max(end_if_flow(end)));
                Node { span: Span::new(start, last), kind: Kind::Seq(items) }
            }
            Open::Map { start, entries, .. } => {
                let last = entries.last().map_or(end.range().end, |e| e.value.span.range().end.max(end_if_flow(end)));
                Node { span: Span::new(start, last), kind: Kind::Map(entries) }
            }
        };
        if anchor != 0 && self.lenient {
            self.anchors.insert(anchor, node.clone());
        }
        self.value(node);
    }

    fn value(&mut self, node: Node) {
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Open::Seq { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                None => match node.kind {
                    Kind::Scalar { text, .. } => *key = Some((text, node.span)),
                    _ => {
                        self.problems.push(Problem::new(node.span, "a key must be a plain word"));
                        *key = Some((String::new(), node.span));
                    }
                },
                Some((name, key_span)) => {
                    if entries.iter().any(|e| e.key == name) {
                        self.problems.push(Problem::new(key_span, format!("`{name}` is given twice")));
                    } else {
                        entries.push(Entry { key: name, key_span, value: node });
                    }
                }
            },
        }
    }

    /// What was read before a syntax error, so that the rest of a page's front matter still counts.
    fn abandoned(&mut self) -> Option<Node> {
        while self.stack.len() > 1 {
            self.close(Span::default());
        }
        match self.stack.pop()? {
            Open::Map { start, entries, .. } => {
                let end = entries.last().map_or(start, |e| e.value.span.range().end);
                Some(Node { span: Span::new(start, end), kind: Kind::Map(entries) })
            }
            Open::Seq { .. } => None,
        }
    }
}

/// A flow collection's end token (`]`, `}`) has a width; a block collection's end is empty.
fn end_if_flow(end: Span) -> usize {
    if end.is_empty() { 0 } else { end.range().end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place_also_after_wide_characters() {
        let source = Source::new("x.yaml", "title: Größe ☕\nsteps:\n  - id: a\n    after: [b, c]\n");
        let doc = parse(&source);
        assert!(doc.problems.is_empty(), "{:?}", doc.problems);
        let after = doc.root.at(&["steps", "0", "after", "1"]).unwrap();
        assert_eq!(source.slice(after.span), "c");
        assert_eq!(source.slice(doc.root.at(&["steps", "0", "after"]).unwrap().span), "[b, c]");
        assert_eq!(source.slice(doc.root.get("title").unwrap().span), "Größe ☕");
    }

    #[test]
    fn refuses_duplicates_aliases_and_second_documents() {
        let source = Source::new("x.yaml", "a: &x 1\na: 2\nb: *x\n---\nc: 3\n");
        let messages: Vec<_> = parse(&source).problems.into_iter().map(|p| p.message).collect();
        assert_eq!(messages.len(), 4, "{messages:?}");
    }

    #[test]
    fn a_syntax_error_keeps_what_came_before_and_says_where() {
        let source = Source::new("x.md", "title: T\ntags: [deploy, prod\nowner: x\n");
        let doc = parse(&source);
        assert_eq!(doc.root.get("title").and_then(Node::text), Some("T"));
        assert_eq!(doc.problems.len(), 1);
    }

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        let source = Source::new("x.yaml", "a: 017\nb: yes\nc: 1.10\nd: '1'\ne: true\nf:\ng: 2026-01-02\n");
        let json = parse(&source).root.to_json();
        assert_eq!(json["a"], 17);
        assert_eq!(json["b"], "yes");
        assert_eq!(json["d"], "1");
        assert_eq!(json["e"], true);
        assert!(json["f"].is_null());
        assert_eq!(json["g"], "2026-01-02");
    }

    #[test]
    fn other_tools_may_use_anchors_in_what_they_read_too() {
        let source = Source::new("x.md", "version: &v v3.4\nlinkTitle: *v\ncascade: &c {a: [1, 2]}\nmore: *c\nx: !!str 1\n");
        let doc = parse_part(&source, Span::new(0, source.text().len()));
        assert!(doc.problems.is_empty(), "{:?}", doc.problems);
        assert_eq!(doc.root.to_json()["linkTitle"], "v3.4");
        assert_eq!(doc.root.to_json()["more"]["a"][1], 2);
        assert_eq!(source.slice(doc.root.get("linkTitle").unwrap().span), "*v");
        let laughs: String = (1..40).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)).collect();
        let source = Source::new("x.md", format!("a0: &a0 [x, x]\n{laughs}"));
        assert_eq!(parse_part(&source, Span::new(0, source.text().len())).problems.len(), 1);
    }

    #[test]
    fn question_marks_inside_braces_are_doubtful() {
        let source = Source::new("x.yaml", "a: What now?\nb: {t: Who pays?, u: [https://e.org/?q=1, x]}\nc: {t: \"Why?\"}\n- ?\n");
        let doc = parse(&source);
        let said: Vec<_> = doc.doubts.iter().map(|d| (source.slice(d.span), d.suggestion.as_deref().unwrap())).collect();
        assert_eq!(said, [("Who pays?", "\"Who pays?\""), ("https://e.org/?q=1", "\"https://e.org/?q=1\"")]);
    }

    #[test]
    fn nesting_is_bounded() {
        let source = Source::new("x.yaml", "[".repeat(20_000));
        assert!(!parse(&source).problems.is_empty());
    }
}
