//! The parsed body of a page: a tree of blocks and inlines, and flat lists of what is asked for most.
//!
//! The lists stay as long as the page; the tree is several times the size of the text and lives only while somebody looks at it.

use super::Include;
use crate::text::Span;

/// What is asked of a body again and again: its headings, links, images.
#[derive(Debug, Default)]
pub struct Body {
    /// Byte offset where the body begins (after the front matter).
    pub start: u32,
    /// First words of the page, for descriptions: its first paragraph with words, on one line of at most 160 characters.
    pub lead: String,
    /// Every heading in order, whatever it is nested in.
    pub headings: Vec<Heading>,
    /// Every link and autolink in order.
    pub links: Vec<Link>,
    /// Every image in order.
    pub images: Vec<Image>,
    /// Anchors that raw HTML sets (`<a id="x">`, `name=`).
    pub html_anchors: Vec<String>,
    /// Every HTML comment: its text without the delimiters, and its place.
    pub comments: Vec<(String, Span)>,
    /// Every file the page takes in, in order.
    pub includes: Vec<Include>,
}

/// The tree of a body: its top-level blocks in order.
#[derive(Debug, Default)]
pub struct Tree(pub Vec<Block>);

impl std::ops::Deref for Tree {
    type Target = [Block];

    fn deref(&self) -> &[Block] {
        &self.0
    }
}

impl Tree {
    /// Calls `visit` for every block of the page, outermost first, in order.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Block)) {
        walk_all(&self.0, visit);
    }
}

/// A heading.
#[derive(Debug, Clone)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Plain text.
    pub text: String,
    /// Unique on the page, in GitHub's dialect; stable while the text stays.
    pub anchor: String,
    /// Its line.
    pub span: Span,
}

/// How a link was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// `[text](dest)`.
    Inline,
    /// `[text][label]` and its short forms.
    Reference,
    /// `<https://…>`.
    Auto,
}

/// A link.
#[derive(Debug, Clone)]
pub struct Link {
    /// Destination after Markdown unescaping.
    pub dest: String,
    /// Plain text of the link.
    pub text: String,
    /// How it was written.
    pub kind: LinkKind,
    /// The whole link.
    pub span: Span,
    /// The destination alone, where it stands inside `span`; else the whole link.
    pub dest_span: Span,
}

/// An image.
#[derive(Debug, Clone)]
pub struct Image {
    /// Address after Markdown unescaping.
    pub dest: String,
    /// Alternative text.
    pub alt: String,
    /// The whole image.
    pub span: Span,
}

/// A block with its place; the span has no trailing line end.
#[derive(Debug)]
pub struct Block {
    /// Its bytes.
    pub span: Span,
    /// What it is.
    pub kind: BlockKind,
}

/// GitHub's alert kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    /// `[!NOTE]`
    Note,
    /// `[!TIP]`
    Tip,
    /// `[!IMPORTANT]`
    Important,
    /// `[!WARNING]`
    Warning,
    /// `[!CAUTION]`
    Caution,
}

/// What a block is.
#[derive(Debug)]
pub enum BlockKind {
    /// A heading: its position in [`Body::headings`] and its content.
    Heading(usize, Inlines),
    /// A paragraph.
    Paragraph(Inlines),
    /// A list.
    List(List),
    /// A code block: info string (`sh title="x"`) and text.
    Code {
        /// The info string after the fence; empty for indented code.
        info: String,
        /// The code, ending with a line end unless empty.
        text: String,
    },
    /// A quote, or an alert.
    Quote(Option<Alert>, Vec<Block>),
    /// A table.
    Table(Table),
    /// Raw HTML as written.
    Html(String),
    /// A thematic break.
    Rule,
    /// A footnote definition.
    Footnote(String, Vec<Block>),
    /// A definition list: terms and their definitions.
    Definitions(Vec<(Inlines, Vec<Vec<Block>>)>),
}

/// A list.
#[derive(Debug)]
pub struct List {
    /// First number if ordered.
    pub start: Option<u64>,
    /// No blank lines between items.
    pub tight: bool,
    /// Depth: 0 for a list that is in no other.
    pub depth: u8,
    /// Items in order.
    pub items: Vec<Item>,
}

/// A list item.
#[derive(Debug)]
pub struct Item {
    /// The number as written, which Markdown renderers ignore after the first item.
    pub number: Option<u64>,
    /// The item with its marker.
    pub span: Span,
    /// Ticked or not, for task items.
    pub task: Option<bool>,
    /// Content. The text of a tight item is a paragraph like any other.
    pub blocks: Vec<Block>,
}

impl List {
    /// The numbers to show: as written while they rise (gaps are the author's), else counted on from the first, as every renderer does. None for
    /// bullets.
    pub fn numbers(&self) -> Vec<u64> {
        let Some(start) = self.start else { return Vec::new() };
        let written: Option<Vec<u64>> = self.items.iter().map(|i| i.number).collect();
        match written {
            Some(w) if w.windows(2).all(|p| p[0] < p[1]) => w,
            _ => (start..).take(self.items.len()).collect(),
        }
    }
}

impl Item {
    /// The item's own first text: its first paragraph's inlines, if it begins with one.
    pub fn lead(&self) -> Option<&Inlines> {
        match self.blocks.first().map(|b| &b.kind) {
            Some(BlockKind::Paragraph(inlines)) => Some(inlines),
            _ => None,
        }
    }
}

/// A table.
#[derive(Debug)]
pub struct Table {
    /// Column alignment: `None` as given by default, else `"left"`, `"center"`, `"right"`.
    pub align: Vec<Option<&'static str>>,
    /// Header cells.
    pub head: Row,
    /// Body rows.
    pub rows: Vec<Row>,
}

/// A table row.
#[derive(Debug)]
pub struct Row {
    /// Its line.
    pub span: Span,
    /// Its cells.
    pub cells: Vec<Inlines>,
}

/// A run of inline content.
#[derive(Debug, Default, Clone)]
pub struct Inlines {
    /// Its bytes.
    pub span: Span,
    /// The content.
    pub nodes: Vec<Inline>,
}

/// A piece of inline content with its place.
#[derive(Debug, Clone)]
pub struct Inline {
    /// Its bytes.
    pub span: Span,
    /// What it is.
    pub kind: InlineKind,
}

/// What a piece of inline content is.
#[derive(Debug, Clone)]
pub enum InlineKind {
    /// Text after unescaping.
    Text(String),
    /// A code span.
    Code(String),
    /// Emphasis.
    Emphasis(Vec<Inline>),
    /// Strong emphasis.
    Strong(Vec<Inline>),
    /// Struck out.
    Strike(Vec<Inline>),
    /// A link: position in [`Body::links`], title, content.
    Link(usize, String, Vec<Inline>),
    /// An image: position in [`Body::images`], title.
    Image(usize, String),
    /// Raw HTML as written (one tag or comment).
    Html(String),
    /// A footnote reference.
    FootnoteRef(String),
    /// Inline or display mathematics, as written without the dollar signs.
    Math(String, bool),
    /// A line break in the source without meaning.
    SoftBreak,
    /// A line break with meaning.
    HardBreak,
}

impl Inlines {
    /// The text a reader sees: code spans included, images by their nothing, soft breaks as spaces.
    pub fn text(&self) -> String {
        let mut out = String::new();
        plain(&self.nodes, &mut out);
        out
    }

    /// Adds [`Inlines::text`] to `out`.
    pub fn write_text(&self, out: &mut String) {
        plain(&self.nodes, out);
    }
}

fn plain(nodes: &[Inline], out: &mut String) {
    for node in nodes {
        match &node.kind {
            InlineKind::Text(t) | InlineKind::Code(t) | InlineKind::Math(t, _) => out.push_str(t),
            InlineKind::Emphasis(n) | InlineKind::Strong(n) | InlineKind::Strike(n) | InlineKind::Link(_, _, n) => plain(n, out),
            InlineKind::SoftBreak | InlineKind::HardBreak => out.push(' '),
            InlineKind::Image(..) | InlineKind::Html(_) | InlineKind::FootnoteRef(_) => {}
        }
    }
}

/// Plain text of inline nodes.
pub fn text_of(nodes: &[Inline]) -> String {
    let mut out = String::new();
    plain(nodes, &mut out);
    out
}

impl Block {
    /// Calls `visit` for this block and every block inside it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Block)) {
        visit(self);
        match &self.kind {
            BlockKind::List(list) => list.items.iter().for_each(|i| walk_all(&i.blocks, visit)),
            BlockKind::Quote(_, blocks) | BlockKind::Footnote(_, blocks) => walk_all(blocks, visit),
            BlockKind::Definitions(entries) => {
                entries.iter().flat_map(|(_, bodies)| bodies).for_each(|body| walk_all(body, visit));
            }
            _ => {}
        }
    }

    /// The text a reader sees in this block and all inside it, paragraphs joined by line ends; code included.
    pub fn text(&self) -> String {
        self.opening(usize::MAX)
    }

    /// [`Block::text`] up to the block inside it with which there are `enough` bytes.
    pub fn opening(&self, enough: usize) -> String {
        let mut out = String::new();
        self.walk(&mut |block| {
            let has_text = matches!(
                block.kind,
                BlockKind::Heading(..) | BlockKind::Paragraph(_) | BlockKind::Code { .. } | BlockKind::Table(_) | BlockKind::Definitions(_)
            );
            if has_text && out.len() < enough {
                if !out.is_empty() {
                    out.push('\n');
                }
                block.write_own_text(&mut out);
            }
        });
        out
    }

    /// Adds the text of this block without that of blocks inside it.
    pub fn write_own_text(&self, out: &mut String) {
        match &self.kind {
            BlockKind::Heading(_, i) | BlockKind::Paragraph(i) => i.write_text(out),
            BlockKind::Code { text, .. } => out.push_str(text),
            BlockKind::Table(table) => {
                for (n, row) in std::iter::once(&table.head).chain(&table.rows).enumerate() {
                    out.push_str(if n > 0 { "\n" } else { "" });
                    write_all(&row.cells, '\t', out);
                }
            }
            BlockKind::Definitions(entries) => write_all(entries.iter().map(|(term, _)| term), '\n', out),
            _ => {}
        }
    }
}

fn write_all<'i>(all: impl IntoIterator<Item = &'i Inlines>, between: char, out: &mut String) {
    for (n, inlines) in all.into_iter().enumerate() {
        if n > 0 {
            out.push(between);
        }
        inlines.write_text(out);
    }
}

/// [`Block::walk`] over several blocks.
pub fn walk_all<'a>(blocks: &'a [Block], visit: &mut dyn FnMut(&'a Block)) {
    for block in blocks {
        block.walk(visit);
    }
}

impl Body {
    /// True if `anchor` is a heading's or an HTML anchor of this page.
    pub fn has_anchor(&self, anchor: &str) -> bool {
        self.headings.iter().any(|h| h.anchor == anchor) || self.html_anchors.iter().any(|a| a == anchor)
    }
}
