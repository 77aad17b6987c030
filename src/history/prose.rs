//! The words of a page without their dress: two versions with equal prose were not really edited between.
//!
//! Counts: words, numbers, their order, list nesting, ticks, table cells, code (exactly, but for white space at line ends), the kind of an
//! alert. Does not count: front matter, line breaks, emphasis, heading level and style, list markers, link targets, image paths, HTML tags and
//! comments, and punctuation at the end of a block.

use std::fmt;
use std::ops::Range;

use super::parts::{Part, PartKind};
use crate::page::{Block, BlockKind, Body, Inline, InlineKind, LinkKind, Tree, front_matter, markdown};
use crate::text::{Source, Span};

/// Equal for equal prose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Prose([u8; 16]);

impl Prose {
    /// The prose of a Markdown file.
    pub fn of_file(text: &str) -> Self {
        let source = Source::new("", text);
        let (body, tree) = markdown::parse(&source, front_matter::body_start(text));
        Self::of_body(&body, &tree)
    }

    /// The prose of a parsed page.
    pub fn of_body(body: &Body, tree: &Tree) -> Self {
        let mut pieces = Pieces { body, out: String::new(), parts: None };
        pieces.blocks(tree);
        Self::of_words(&pieces.out)
    }

    /// The prose of words that [`words`] gave.
    pub(super) fn of_words(words: &str) -> Self {
        let hash = blake3::hash(words.as_bytes());
        let mut short = [0; 16];
        short.copy_from_slice(&hash.as_bytes()[..16]);
        Self(if words.is_empty() { [0; 16] } else { short })
    }

    /// True for a page without any.
    pub fn is_empty(self) -> bool {
        self.0 == [0; 16]
    }
}

impl fmt::Debug for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4].iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

/// Marks of structure. Control characters do not occur in pages; if one did, two versions would at worst be told apart less sharply.
pub(super) const END: char = '\u{1}';
pub(super) const OPEN: char = '\u{2}';
const CLOSE: char = '\u{3}';
pub(super) const CELL: char = '\u{4}';
const CODE: char = '\u{5}';

/// True for the marks between the words.
pub(super) fn is_mark(c: char) -> bool {
    (END..=CODE).contains(&c)
}

/// The words of a page as one text with marks of structure, and where its parts lie in it.
pub(super) fn words(body: &Body, tree: &Tree) -> (String, Vec<Part>) {
    let mut pieces = Pieces { body, out: String::new(), parts: Some(Vec::new()) };
    let mut section: Option<(Option<usize>, Span, usize)> = None;
    for block in tree.iter() {
        let start = pieces.out.len();
        if let BlockKind::Heading(index, _) = block.kind {
            pieces.section(section.take());
            section = Some((Some(index), block.span, start));
        } else if section.is_none() {
            section = Some((None, block.span, start));
        }
        pieces.block(block);
        if matches!(block.kind, BlockKind::Paragraph(_)) {
            pieces.part(PartKind::Paragraph, block.span, start);
        }
        if let Some((_, span, _)) = &mut section {
            span.end = block.span.end;
        }
    }
    pieces.section(section);
    (pieces.out, pieces.parts.unwrap_or_default())
}

struct Pieces<'b> {
    body: &'b Body,
    out: String,
    /// Kept when asked for.
    parts: Option<Vec<Part>>,
}

impl Pieces<'_> {
    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    /// Notes a part that began at `start` and ends here.
    fn part(&mut self, kind: PartKind, span: Span, start: usize) {
        let words: Range<usize> = start..self.out.len();
        if let Some(parts) = self.parts.as_mut().filter(|_| !words.is_empty()) {
            parts.push(Part { kind, span, words });
        }
    }

    fn section(&mut self, section: Option<(Option<usize>, Span, usize)>) {
        if let Some((heading, span, start)) = section {
            self.part(PartKind::Section(heading), span, start);
        }
    }

    fn block(&mut self, block: &Block) {
        match &block.kind {
            BlockKind::Heading(_, inlines) | BlockKind::Paragraph(inlines) => self.line(&inlines.nodes),
            BlockKind::List(list) => {
                self.out.push(OPEN);
                for item in &list.items {
                    let start = self.out.len();
                    if let Some(done) = item.task {
                        self.out.push_str(if done { "[x]" } else { "[ ]" });
                    }
                    self.blocks(&item.blocks);
                    self.out.push(CELL);
                    self.part(PartKind::Item { step: item.number.is_some() || item.task.is_some() }, item.span, start);
                }
                self.out.push(CLOSE);
            }
            BlockKind::Code { text, .. } => {
                self.out.push(CODE);
                for line in text.trim_end().lines() {
                    self.out.push_str(line.trim_end());
                    self.out.push('\n');
                }
                self.out.push(END);
            }
            BlockKind::Quote(alert, blocks) => {
                if let Some(alert) = alert {
                    self.out.push_str(&format!("{alert:?}{END}"));
                }
                self.blocks(blocks);
            }
            BlockKind::Table(table) => {
                self.out.push(OPEN);
                for row in std::iter::once(&table.head).chain(&table.rows) {
                    let start = self.out.len();
                    for cell in &row.cells {
                        self.line(&cell.nodes);
                        self.out.push(CELL);
                    }
                    self.out.push(END);
                    self.part(PartKind::Row, row.span, start);
                }
                self.out.push(CLOSE);
            }
            BlockKind::Html(html) => {
                let words = without_tags(html);
                self.words(&words);
            }
            BlockKind::Rule => {}
            BlockKind::Footnote(_, blocks) => self.blocks(blocks),
            BlockKind::Definitions(entries) => {
                for (term, bodies) in entries {
                    self.line(&term.nodes);
                    for blocks in bodies {
                        self.out.push(OPEN);
                        self.blocks(blocks);
                        self.out.push(CLOSE);
                    }
                }
            }
        }
    }

    /// One run of inline content as a block of its own.
    fn line(&mut self, nodes: &[Inline]) {
        let mut text = String::new();
        self.inlines(nodes, &mut text);
        self.words(&text);
    }

    fn words(&mut self, text: &str) {
        let text = text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '…' | '。'));
        let mut words = text.split_whitespace();
        let Some(first) = words.next() else { return };
        self.out.push_str(first);
        for word in words {
            self.out.push(' ');
            self.out.push_str(word);
        }
        self.out.push(END);
    }

    fn inlines(&self, nodes: &[Inline], text: &mut String) {
        for node in nodes {
            match &node.kind {
                InlineKind::Text(t) | InlineKind::Code(t) | InlineKind::Math(t, _) => text.push_str(t),
                InlineKind::Emphasis(n) | InlineKind::Strong(n) => self.inlines(n, text),
                InlineKind::Strike(n) => {
                    // Struck-out words mean "no longer": that is more than dress.
                    text.push('~');
                    self.inlines(n, text);
                    text.push('~');
                }
                InlineKind::Link(index, _, n) => {
                    // The text of an autolink is its target, and targets do not count.
                    if self.body.links[*index].kind == LinkKind::Auto {
                        text.push_str("<link>");
                    } else {
                        self.inlines(n, text);
                    }
                }
                InlineKind::Image(index, _) => text.push_str(&self.body.images[*index].alt),
                InlineKind::FootnoteRef(_) => text.push_str("[^]"),
                InlineKind::Html(html) => {
                    if html.starts_with("<br") {
                        text.push(' ');
                    }
                }
                InlineKind::SoftBreak | InlineKind::HardBreak => text.push(' '),
            }
        }
    }
}

/// The text of raw HTML: comments and tags taken out.
fn without_tags(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        out.push(' ');
        rest = &rest[at..];
        let end = if rest.starts_with("<!--") { rest.find("-->").map(|e| e + 3) } else { rest.find('>').map(|e| e + 1) };
        rest = end.map_or("", |e| &rest[e..]);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        Prose::of_file(a) == Prose::of_file(b)
    }

    #[test]
    fn dress_does_not_count() {
        assert!(same("# Set up\n\nOpen *the* [door](a.md) now.\n", "Set up\n======\n\nOpen the **[door](../b/a.md#x)**\nnow\n"));
        assert!(same("---\ntitle: a\n---\n- one\n- two\n", "---\ntitle: b\nowner: c\n---\n* one\n* two\n"));
        assert!(same("1. one\n2. two\n", "1. one\r\n1. two\r\n"));
        assert!(same("![plan](a.png) `x`\n", "![plan](b.png) x\n"));
        assert!(same("a <!-- sw-ignore x: y --> b\n\n<!-- c -->\n", "a b\n"));
        assert!(same("```\nls  \n```\n", "```sh\nls\n```\n"));
        assert!(same("| a | b |\n|---|---|\n| 1 | 2 |\n", "|a|b|\n|:-:|--|\n|**1**|2|\n"));
        assert!(same("<https://a.example>\n", "<https://b.example>\n"));
        assert!(same("## Old\n", "### Old\n"));
    }

    #[test]
    fn substance_counts() {
        assert!(!same("Wait 10 minutes.\n", "Wait 15 minutes.\n"));
        assert!(!same("1. one\n2. two\n", "1. two\n2. one\n"));
        assert!(!same("- a\n  - b\n", "- a\n- b\n"));
        assert!(!same("```\na b\n```\n", "```\na  b\n```\n"));
        assert!(!same("    a\n", "      a\n"));
        assert!(!same("- [ ] a\n", "- [x] a\n"));
        assert!(!same("| a | b |\n|--|--|\n| 1 | |\n", "| a | b |\n|--|--|\n| | 1 |\n"));
        assert!(!same("> [!NOTE]\n> Hot.\n", "> [!WARNING]\n> Hot.\n"));
        assert!(!same("Keep it.\n", "~~Keep it.~~\n"));
        assert!(!same("<div>old</div>\n", "<div>new</div>\n"));
        assert!(!same("One. Two.\n", "One. Three.\n"));
    }

    #[test]
    fn a_page_without_words_is_empty() {
        assert!(Prose::of_file("---\ntitle: x\n---\n\n<!-- nothing -->\n\n---\n").is_empty());
        assert!(!Prose::of_file("x\n").is_empty());
    }
}
