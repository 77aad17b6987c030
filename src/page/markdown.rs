//! CommonMark + GFM text into a [`Body`] and its [`Tree`]: the only place that knows pulldown-cmark.
//!
//! Byte ranges of containers run past their last line in that crate; spans here are trimmed to what a reader would point at.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Range;

use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, LinkType, OffsetIter, Options, Parser, Tag, TagEnd};

use super::body::{
    Alert, Block, BlockKind, Body, Heading, Image, Inline, InlineKind, Inlines, Item, Link, LinkKind, List, Row, Table, Tree,
};
use super::{Include, dialect, include, slug};
use crate::text::{Source, Span, shortened};

/// Characters of [`Body::lead`].
const LEAD: usize = 160;
/// Containers inside each other, of blocks and of inlines each. What stands deeper counts as standing in the last of them: whoever walks a tree may
/// go down into it call by call, whatever a hostile page holds.
const DEEPEST: usize = 100;

/// What our Markdown is: CommonMark, the GFM extensions, definition lists, mathematics and explicit heading ids.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_MATH
}

/// The body of a Markdown file with everything that other generators know put into CommonMark, as it is parsed.
pub fn as_commonmark(body: &str) -> Cow<'_, str> {
    dialect::plain(body, false).map_or(Cow::Borrowed(body), |plain| Cow::Owned(plain.text))
}

/// Parses the text of `source` from byte `start` on. Never fails: every text is Markdown.
pub fn parse(source: &Source, start: usize) -> (Body, Tree) {
    let body = &source.text()[start..];
    let plain = dialect::plain(body, source.path().ends_with(".mdx"));
    let text = plain.as_ref().map_or(body, |p| p.text.as_str());
    let mut reader = Reader {
        plain: plain.as_ref(),
        events: Parser::new_ext(text, options()).into_offset_iter().peekable(),
        text: source.text(),
        base: start,
        body: Body { start: Span::new(start, start).start, ..Body::default() },
        anchors: BTreeMap::new(),
        list_depth: 0,
        blocks_deep: 0,
        inlines_deep: 0,
        open: Vec::new(),
    };
    let tree = Tree(reader.blocks());
    reader.body.html_anchors.extend(plain.iter().flat_map(|p| p.anchors.iter().cloned()));
    reader.body.lead = lead(&tree);
    (reader.body, tree)
}

fn lead(tree: &Tree) -> String {
    let words = |block: &Block| match &block.kind {
        BlockKind::Paragraph(inlines) => Some(shortened(&inlines.text(), LEAD)).filter(|t| !t.is_empty()),
        _ => None,
    };
    tree.iter().find_map(words).unwrap_or_default()
}

struct Reader<'t> {
    events: Peekable<OffsetIter<'t>>,
    /// Where the parsed text comes from, if it is not the file's own.
    plain: Option<&'t dialect::Plain>,
    text: &'t str,
    base: usize,
    body: Body,
    anchors: BTreeMap<String, usize>,
    list_depth: u8,
    /// How many containers of blocks and of inlines are being read.
    blocks_deep: usize,
    inlines_deep: usize,
    /// Inlines of the containers that are still open, innermost last. Each list is cut off when its container ends, and so has just the room it needs.
    open: Vec<Inline>,
}

impl<'t> Reader<'t> {
    /// A range of the parsed text in the file.
    fn origin(&self, range: &Range<usize>) -> Range<usize> {
        let inside = self.plain.map_or_else(|| range.clone(), |p| p.origin(range));
        inside.start + self.base..inside.end + self.base
    }

    fn span(&self, range: &Range<usize>) -> Span {
        let Range { start, end } = self.origin(range);
        let trimmed = self.text.get(start..end).map_or(0, |s| s.trim_end().len());
        Span::new(start, start + trimmed)
    }

    /// Blocks up to and including the end tag of the container they stand in (or the end of the text).
    fn blocks(&mut self) -> Vec<Block> {
        let mut out = Vec::new();
        let mut beyond = 0usize;
        self.blocks_deep += 1;
        while let Some((event, _)) = self.events.peek() {
            // Text of tight list items comes without a paragraph around it.
            if is_inline(event) {
                let inlines = self.loose_inlines();
                if !inlines.nodes.is_empty() {
                    out.push(Block { span: inlines.span, kind: BlockKind::Paragraph(inlines) });
                }
                continue;
            }
            let Some((event, range)) = self.events.next() else { break };
            match event {
                Event::Start(tag) if self.blocks_deep > DEEPEST && holds_blocks(&tag) => beyond += 1,
                Event::Start(tag) => self.block(tag, &range, &mut out),
                Event::End(tag) if is_inline_end(tag) => {}
                Event::End(_) if beyond > 0 => beyond -= 1,
                Event::End(_) => break,
                Event::Rule => out.push(Block { span: self.span(&range), kind: BlockKind::Rule }),
                _ => {}
            }
        }
        self.blocks_deep -= 1;
        out
    }

    fn block(&mut self, tag: Tag<'t>, range: &Range<usize>, out: &mut Vec<Block>) {
        let span = self.span(range);
        let kind = match tag {
            Tag::Heading { level, id, .. } => {
                let inlines = self.inlines();
                let index = self.heading(level, id.as_deref(), &inlines, span);
                BlockKind::Heading(index, inlines)
            }
            Tag::Paragraph => BlockKind::Paragraph(self.inlines()),
            Tag::List(start) => BlockKind::List(self.list(start)),
            Tag::CodeBlock(kind) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                if let Some(dest) = include::of_info(&info) {
                    self.body.includes.push(Include { dest: dest.to_owned(), code: true, span, fault: None });
                }
                BlockKind::Code { info, text: self.raw(range.len()) }
            }
            Tag::BlockQuote(kind) => BlockKind::Quote(kind.map(alert), self.blocks()),
            Tag::Table(align) => BlockKind::Table(self.table(&align)),
            Tag::HtmlBlock => {
                let html = self.raw(range.len());
                self.note_html(&html, span);
                self.note_include(&html, span, None);
                BlockKind::Html(html)
            }
            Tag::FootnoteDefinition(label) => BlockKind::Footnote(label.into_string(), self.blocks()),
            Tag::DefinitionList => BlockKind::Definitions(self.definitions()),
            _ => {
                out.extend(self.blocks());
                return;
            }
        };
        out.push(Block { span, kind });
    }

    fn heading(&mut self, level: HeadingLevel, id: Option<&str>, inlines: &Inlines, span: Span) -> usize {
        let text = inlines.text();
        let base = id.map_or_else(|| slug::anchor(&text), str::to_owned);
        let count = self.anchors.entry(base.clone()).or_insert(0);
        let anchor = if *count == 0 { base } else { format!("{base}-{count}") };
        *count += 1;
        self.body.headings.push(Heading { level: level as u8, text, anchor, span });
        self.body.headings.len() - 1
    }

    /// Text events up to the end of a code or HTML block of so many bytes.
    fn raw(&mut self, length: usize) -> String {
        let mut out = String::with_capacity(length);
        for (event, _) in self.events.by_ref() {
            match event {
                Event::Text(t) | Event::Html(t) | Event::InlineHtml(t) => out.push_str(&t),
                Event::SoftBreak | Event::HardBreak => out.push('\n'),
                Event::End(_) => break,
                _ => {}
            }
        }
        out
    }

    fn list(&mut self, start: Option<u64>) -> List {
        let depth = self.list_depth;
        self.list_depth = depth.saturating_add(1);
        let mut items = Vec::new();
        let mut tight = true;
        while let Some((event, range)) = self.events.next() {
            match event {
                Event::Start(Tag::Item) => {
                    let span = self.span(&range);
                    let mut task = None;
                    if let Some((Event::TaskListMarker(done), _)) = self.events.peek() {
                        task = Some(*done);
                        self.events.next();
                    } else if let Some((Event::Start(Tag::Paragraph), _)) = self.events.peek() {
                        tight = false;
                    }
                    let number = start.and_then(|_| self.number_at(span));
                    let blocks = self.item_blocks(&mut task);
                    items.push(Item { number, span, task, blocks });
                }
                Event::End(TagEnd::List(_)) => break,
                _ => {}
            }
        }
        self.list_depth = depth;
        List { start, tight, depth, items }
    }

    /// Blocks of an item; a task marker inside its first (loose) paragraph is taken out.
    fn item_blocks(&mut self, task: &mut Option<bool>) -> Vec<Block> {
        let mut blocks = Vec::new();
        if task.is_none()
            && let Some((Event::Start(Tag::Paragraph), range)) = self.events.peek()
        {
            let range = range.clone();
            self.events.next();
            if let Some((Event::TaskListMarker(done), _)) = self.events.peek() {
                *task = Some(*done);
                self.events.next();
            }
            let inlines = self.inlines();
            blocks.push(Block { span: self.span(&range), kind: BlockKind::Paragraph(inlines) });
        }
        blocks.extend(self.blocks());
        blocks
    }

    fn number_at(&self, item: Span) -> Option<u64> {
        let text = &self.text[item.range().start..];
        let digits: String = text.trim_start().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    }

    fn table(&mut self, align: &[Alignment]) -> Table {
        let align = align
            .iter()
            .map(|a| match a {
                Alignment::None => None,
                Alignment::Left => Some("left"),
                Alignment::Center => Some("center"),
                Alignment::Right => Some("right"),
            })
            .collect();
        let mut head = Row { span: Span::default(), cells: Vec::new() };
        let mut rows = Vec::new();
        while let Some((event, range)) = self.events.next() {
            match event {
                Event::Start(Tag::TableHead) => head = self.row(&range),
                Event::Start(Tag::TableRow) => {
                    let row = self.row(&range);
                    rows.push(row);
                }
                Event::End(TagEnd::Table) => break,
                _ => {}
            }
        }
        Table { align, head, rows }
    }

    fn row(&mut self, range: &Range<usize>) -> Row {
        let mut cells = Vec::new();
        while let Some((event, cell)) = self.events.next() {
            match event {
                Event::Start(Tag::TableCell) => {
                    let mut inlines = self.inlines();
                    if inlines.nodes.is_empty() {
                        inlines.span = self.span(&cell);
                    }
                    cells.push(inlines);
                }
                Event::End(TagEnd::TableHead | TagEnd::TableRow) => break,
                _ => {}
            }
        }
        Row { span: self.span(range), cells }
    }

    fn definitions(&mut self) -> Vec<(Inlines, Vec<Vec<Block>>)> {
        let mut entries: Vec<(Inlines, Vec<Vec<Block>>)> = Vec::new();
        while let Some((event, _)) = self.events.next() {
            match event {
                Event::Start(Tag::DefinitionListTitle) => {
                    let title = self.inlines();
                    entries.push((title, Vec::new()));
                }
                Event::Start(Tag::DefinitionListDefinition) => {
                    let blocks = self.blocks();
                    if let Some(last) = entries.last_mut() {
                        last.1.push(blocks);
                    }
                }
                Event::End(TagEnd::DefinitionList) => break,
                _ => {}
            }
        }
        entries
    }

    /// Inline content up to and including the end tag of its container.
    fn inlines(&mut self) -> Inlines {
        let start = self.open.len();
        let mut beyond = 0usize;
        self.inlines_deep += 1;
        while let Some((event, range)) = self.events.next() {
            match event {
                Event::Start(_) if self.inlines_deep > DEEPEST => beyond += 1,
                Event::End(_) if beyond > 0 => beyond -= 1,
                Event::End(_) => break,
                event => self.inline(event, &range, start),
            }
        }
        self.inlines_deep -= 1;
        gather(self.open.split_off(start))
    }

    /// Inline content that has no container of its own; stops before the next block event.
    fn loose_inlines(&mut self) -> Inlines {
        let start = self.open.len();
        while self.events.peek().is_some_and(|(event, _)| is_inline(event)) {
            if let Some((event, range)) = self.events.next() {
                self.inline(event, &range, start);
            }
        }
        gather(self.open.split_off(start))
    }

    /// Adds a piece of inline content to the open container, whose own begin at `start`.
    fn inline(&mut self, event: Event<'t>, range: &Range<usize>, start: usize) {
        let origin = self.origin(range);
        let span = Span::new(origin.start, origin.end);
        let kind = match event {
            Event::Text(t) => return self.push_text(&t, span, start),
            Event::Code(t) => InlineKind::Code(t.into_string()),
            Event::InlineMath(t) => match self.formula(&t, range) {
                Some(tex) => InlineKind::Math(tex, false),
                None => return self.push_text(&format!("${t}$"), span, start),
            },
            Event::DisplayMath(t) => InlineKind::Math(t.into_string(), true),
            Event::InlineHtml(t) | Event::Html(t) => {
                self.note_html(&t, span);
                self.note_include(&t, span, Some("it stands inside a line of text"));
                InlineKind::Html(t.into_string())
            }
            Event::FootnoteReference(t) => InlineKind::FootnoteRef(t.into_string()),
            Event::SoftBreak => InlineKind::SoftBreak,
            Event::HardBreak => InlineKind::HardBreak,
            Event::TaskListMarker(done) => InlineKind::Text(if done { "[x] " } else { "[ ] " }.to_owned()),
            Event::Start(Tag::Emphasis) => InlineKind::Emphasis(self.inlines().nodes),
            Event::Start(Tag::Strong) => InlineKind::Strong(self.inlines().nodes),
            Event::Start(Tag::Strikethrough) => InlineKind::Strike(self.inlines().nodes),
            Event::Start(Tag::Link { link_type, dest_url, title, .. }) => {
                self.link(link_type, dest_url.into_string(), title.into_string(), span)
            }
            Event::Start(Tag::Image { dest_url, title, .. }) => {
                let alt = self.inlines().text();
                self.body.images.push(Image { dest: dest_url.into_string(), alt, span });
                InlineKind::Image(self.body.images.len() - 1, title.into_string())
            }
            Event::Start(_) => {
                let inner = self.inlines().nodes;
                self.open.extend(inner);
                return;
            }
            Event::End(_) | Event::Rule => return,
        };
        self.open.push(Inline { span, kind });
    }

    /// Adds text to the open container, to the text before it if there is one.
    fn push_text(&mut self, more: &str, span: Span, start: usize) {
        if let Some(Inline { span: last, kind: InlineKind::Text(text) }) = self.open[start..].last_mut() {
            text.push_str(more);
            last.end = span.end;
        } else {
            self.open.push(Inline { span, kind: InlineKind::Text(more.to_owned()) });
        }
    }

    /// The TeX between two dollar signs, unless they are prices or variables: GitHub wants no letter or digit outside of either, and words with blanks
    /// and without any sign of mathematics are words.
    fn formula(&self, between: &str, range: &Range<usize>) -> Option<String> {
        let text = self.plain.map_or(&self.text[self.base..], |p| p.text.as_str());
        let beside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if beside(text[..range.start].chars().next_back()) || beside(text[range.end..].chars().next()) {
            return None;
        }
        // GitHub's other form: $`x`$.
        if let Some(tex) = between.strip_prefix('`').and_then(|t| t.strip_suffix('`')) {
            return Some(tex.to_owned());
        }
        let words = between.contains(char::is_whitespace) && !between.contains(['\\', '^', '_', '=', '+', '<', '>', '{', '/', '|', '(']);
        (!words).then(|| between.to_owned())
    }

    fn link(&mut self, link_type: LinkType, dest: String, title: String, span: Span) -> InlineKind {
        let index = self.body.links.len();
        let kind = match link_type {
            LinkType::Inline => LinkKind::Inline,
            LinkType::Autolink | LinkType::Email => LinkKind::Auto,
            _ => LinkKind::Reference,
        };
        // `<ops@example.org>` stands for a mail link.
        let dest = if link_type == LinkType::Email { format!("mailto:{dest}") } else { dest };
        // The place is kept before the content is read, so that links stay in the order they begin.
        self.body.links.push(Link { dest, text: String::new(), kind, span, dest_span: span });
        let content = self.inlines();
        let dest_span = self.dest_span(index, &content);
        let link = &mut self.body.links[index];
        link.text = content.text();
        link.dest_span = dest_span;
        InlineKind::Link(index, title, content.nodes)
    }

    /// Where the destination stands: pulldown-cmark gives only the whole link, so it is looked for after the link text.
    fn dest_span(&self, index: usize, content: &Inlines) -> Span {
        let link = &self.body.links[index];
        let from = if link.kind == LinkKind::Inline { content.span.end.max(link.span.start) } else { link.span.start };
        let area = &self.text[from as usize..link.span.range().end];
        area.rfind(link.dest.as_str())
            .filter(|_| !link.dest.is_empty())
            .map_or(link.span, |at| Span::new(from as usize + at, from as usize + at + link.dest.len()))
    }

    fn note_include(&mut self, html: &str, span: Span, fault: Option<&'static str>) {
        if let Some(dest) = include::of_comment(html) {
            self.body.includes.push(Include { dest: dest.to_owned(), code: false, span, fault });
        } else if html.trim_start_matches("<!--").trim_start().starts_with("@include") {
            let fault = Some("it is not a comment of its own of the form <!-- @include: FILE -->");
            self.body.includes.push(Include { dest: String::new(), code: false, span, fault });
        }
    }

    /// Comments and anchors in raw HTML.
    fn note_html(&mut self, html: &str, span: Span) {
        let mut rest = html;
        while let Some(at) = rest.find("<!--") {
            let inner = &rest[at + 4..];
            let end = inner.find("-->").unwrap_or(inner.len());
            self.body.comments.push((inner[..end].trim().to_owned(), span));
            rest = inner.get(end + 3..).unwrap_or("");
        }
        for key in ["id=\"", "name=\"", "id='", "name='"] {
            let mut rest = html;
            while let Some(at) = rest.find(key) {
                let value = &rest[at + key.len()..];
                let end = value.find(['"', '\'']).unwrap_or(value.len());
                self.body.html_anchors.push(value[..end].to_owned());
                rest = &value[end..];
            }
        }
    }
}

fn gather(nodes: Vec<Inline>) -> Inlines {
    let span = match (nodes.first(), nodes.last()) {
        (Some(a), Some(b)) => Span { start: a.span.start, end: b.span.end },
        _ => Span::default(),
    };
    Inlines { span, nodes }
}

fn alert(kind: BlockQuoteKind) -> Alert {
    match kind {
        BlockQuoteKind::Note => Alert::Note,
        BlockQuoteKind::Tip => Alert::Tip,
        BlockQuoteKind::Important => Alert::Important,
        BlockQuoteKind::Warning => Alert::Warning,
        BlockQuoteKind::Caution => Alert::Caution,
    }
}

/// True for containers that [`Reader::block`] reads by going down into them.
fn holds_blocks(tag: &Tag<'_>) -> bool {
    !matches!(tag, Tag::Heading { .. } | Tag::Paragraph | Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Table(_))
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Superscript | Tag::Subscript | Tag::Link { .. } | Tag::Image { .. }
    )
}

/// True for what stands inside a paragraph or the like.
fn is_inline(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => !is_block(tag),
        Event::End(_) | Event::Rule => false,
        _ => true,
    }
}

fn is_inline_end(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Superscript | TagEnd::Subscript | TagEnd::Link | TagEnd::Image
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Page;
    use proptest::prelude::*;

    fn page(text: &str) -> Page {
        Page::parse(Source::new("p.md", text))
    }

    #[test]
    fn numbers_are_kept_as_written_and_spans_point_at_items() {
        let p = page("---\ntitle: x\n---\n1. one\n2. two\n\n   ```sh\n   ls\n   ```\n2. three\n   - [x] done\n");
        let BlockKind::List(list) = &p.tree()[0].kind else { panic!("no list") };
        let numbers: Vec<_> = list.items.iter().map(|i| i.number.unwrap()).collect();
        assert_eq!(numbers, [1, 2, 2]);
        assert_eq!(p.source.line_of(list.items[2].span.start), 10);
        let BlockKind::List(inner) = &list.items[2].blocks[1].kind else { panic!("no inner list") };
        assert_eq!((inner.items[0].task, inner.depth), (Some(true), 1));
        assert_eq!(inner.items[0].lead().unwrap().text(), "done");
    }

    #[test]
    fn headings_get_unique_anchors_and_links_know_their_destination() {
        let p = page("# Set *up*\n\n## Set up\n\nSee [a `b`](x/y.md#z \"t\") and <https://e.org> and [r].\n\n[r]: q.md\n");
        let anchors: Vec<_> = p.body.headings.iter().map(|h| h.anchor.as_str()).collect();
        assert_eq!(anchors, ["set-up", "set-up-1"]);
        let link = &p.body.links[0];
        assert_eq!((link.text.as_str(), p.source.slice(link.dest_span)), ("a b", "x/y.md#z"));
        assert_eq!(p.body.links[1].kind, LinkKind::Auto);
        assert_eq!(p.body.links[2].dest, "q.md");
    }

    #[test]
    fn alerts_tables_footnotes_and_comments() {
        let p = page("> [!WARNING]\n> Hot.\n\n| a | b |\n|---|--:|\n| 1 | x \\| y |\n\nn[^1]\n\n[^1]: note\n\n<!-- sw: hi -->\n");
        assert!(matches!(&p.tree()[0].kind, BlockKind::Quote(Some(Alert::Warning), b) if b[0].text() == "Hot."));
        let BlockKind::Table(t) = &p.tree()[1].kind else { panic!("no table") };
        assert_eq!((t.rows[0].cells[1].text().as_str(), t.align[1]), ("x | y", Some("right")));
        assert!(matches!(&p.tree()[3].kind, BlockKind::Footnote(l, _) if l == "1"));
        assert_eq!(p.body.comments[0].0, "sw: hi");
    }

    #[test]
    fn dollars_are_formulas_only_where_they_look_like_one() {
        let math = |text: &str| -> Vec<String> {
            let p = page(text);
            let BlockKind::Paragraph(inlines) = &p.tree()[0].kind else { panic!("no paragraph") };
            let formula = |n: &Inline| if let InlineKind::Math(tex, _) = &n.kind { Some(tex.clone()) } else { None };
            inlines.nodes.iter().filter_map(formula).collect()
        };
        assert_eq!(math("Lag is $t_{now} - t$, ($x$) and $`a_b`$; $$y$$"), ["t_{now} - t", "x", "a_b", "y"]);
        for text in ["$HOME/$USER and $PATH", "costs $5 and 10$ more", "US$5 or A$7 or 8$", "a$b$c", "$5-$10", "\\$x\\$"] {
            let p = page(text);
            assert_eq!(math(text), [""; 0], "{text}");
            assert_eq!(p.tree()[0].text(), text.replace('\\', ""));
        }
    }

    #[test]
    fn loose_task_items_lose_their_marker() {
        let p = page("- [ ] one\n\n- [x] two\n");
        let BlockKind::List(list) = &p.tree()[0].kind else { panic!("no list") };
        assert_eq!(list.items[0].lead().unwrap().text(), "one");
        assert_eq!(list.items[1].task, Some(true));
        assert!(!list.tight);
    }

    #[test]
    fn what_is_nested_without_end_is_read_to_its_last_word() {
        let lists: String = (0..400).map(|n| format!("{}- a\n", "  ".repeat(n))).collect();
        let pages = [
            format!("{}quoted\n\nlast\n", ">".repeat(200_000)),
            format!("{lists}\nlast\n"),
            format!("{}a{} last\n", "*b **c ".repeat(50_000), "** *".repeat(50_000)),
            format!("{}a{} last\n", "[".repeat(50_000), "](b)".repeat(50_000)),
            format!("{}a{} last\n", "![".repeat(50_000), "](b)".repeat(50_000)),
        ];
        for text in pages {
            let tree = page(&text).tree();
            assert!(tree.last().unwrap().text().ends_with("last"), "{}", &text[..20]);
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_spans_lie_on_character_boundaries(text in "([ -~\n]|[#*>|`\\[\\]()-]|\n    |1\\. |- \\[ \\] |é|☕){0,80}") {
            let p = page(&text);
            p.tree().walk(&mut |b| assert!(p.source.text().get(b.span.range()).is_some()));
            for l in &p.body.links {
                assert!(p.source.text().get(l.dest_span.range()).is_some());
            }
        }
    }
}
