//! Reads the elements every wiki body shares, HTML's own: paragraphs, lists, tables, marks, links, images. What an element means in one format only is asked
//! of that format's [`Dialect`] first.
//!
//! Knows HTML, not storage format and not the classes of rendered pages.

mod code;

use std::mem;

use super::anchors::plain;
use super::context::BodyContext;
use super::document::{Block, Cell, Inline, ListItem, Table, Target};
use super::dom::{Element, Node};
use super::emoji;
use super::flow::{self, Mark, Piece};
use super::losses::Outcome;
use super::notice::plural;
pub(super) use code::{code_block, language, preformatted};
use code::{code_span, into_code, is_own_text};

/// What a format adds to HTML.
pub(super) trait Dialect {
    /// Reads an element that means something special in this format; `None` leaves it to the common reader.
    fn element(&self, element: &Element, reader: &mut Reader<'_>) -> Option<Vec<Piece>>;
    /// Where an address in `href` or `src` leads.
    fn target(&self, element: &Element, address: &str) -> Target;
    /// True for what the wiki shows as a box of its own inside a sentence: a blank parts it from words, none from the punctuation after it.
    fn is_boxed(&self, element: &Element) -> bool;
}

/// Reads elements into pieces.
pub(super) struct Reader<'c> {
    /// Title, place and losses.
    pub(super) ctx: &'c mut BodyContext,
    /// The format.
    pub(super) dialect: &'c dyn Dialect,
    /// Words whose colour was dropped, for one record a page.
    coloured: Vec<String>,
}

impl<'c> Reader<'c> {
    /// A reader for one body.
    pub(super) fn new(ctx: &'c mut BodyContext, dialect: &'c dyn Dialect) -> Self {
        Self { ctx, dialect, coloured: Vec::new() }
    }

    /// Reads a whole body.
    pub(super) fn body(mut self, root: &Element) -> Vec<Block> {
        let blocks = self.blocks(root);
        self.report_colours();
        blocks
    }

    fn report_colours(&mut self) {
        let words = mem::take(&mut self.coloured);
        record_colours(&words, self.ctx);
    }

    /// The content of an element as blocks.
    pub(super) fn blocks(&mut self, element: &Element) -> Vec<Block> {
        let pieces = self.flow(&element.children);
        flow::blocks(pieces)
    }

    /// The content of an element as inlines; blocks that cannot be inline are returned beside them.
    pub(super) fn inlines(&mut self, element: &Element) -> (Vec<Inline>, Vec<Block>) {
        let pieces = self.flow(&element.children);
        flow::inlines(pieces)
    }

    /// The content of an element as blocks, as pieces.
    pub(super) fn as_blocks(&mut self, element: &Element) -> Vec<Piece> {
        self.blocks(element).into_iter().map(Piece::Block).collect()
    }

    /// Nodes as pieces.
    pub(super) fn flow(&mut self, nodes: &[Node]) -> Vec<Piece> {
        let mut out = Vec::new();
        let mut after_box = false;
        for node in nodes {
            match node {
                Node::Text(text) if after_box => out.push(Piece::Inline(Inline::Text(beside_box(text)))),
                Node::Text(text) => out.push(Piece::Inline(Inline::Text(text.clone()))),
                Node::Element(element) => {
                    let boxed = self.dialect.is_boxed(element);
                    let glued = matches!(out.last(), Some(Piece::Inline(Inline::Text(t))) if t.ends_with(char::is_alphanumeric));
                    if boxed && (after_box || glued) {
                        out.push(Piece::Inline(Inline::Text(" ".to_owned())));
                    }
                    out.extend(self.element(element));
                    after_box = boxed;
                    continue;
                }
            }
            after_box = false;
        }
        out
    }

    /// One element as pieces.
    pub(super) fn element(&mut self, element: &Element) -> Vec<Piece> {
        if let Some(pieces) = self.dialect.element(element, self) {
            return pieces;
        }
        self.html(element)
    }

    fn html(&mut self, e: &Element) -> Vec<Piece> {
        match e.name.as_str() {
            "script" | "style" | "head" | "meta" | "link" | "title" | "noscript" | "template" | "colgroup" | "col" | "map" | "area"
            | "select" | "option" | "textarea" | "param" | "base" => Vec::new(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading(e),
            "ul" | "ol" => self.list(e),
            "li" => self.stray_item(e),
            "table" => self.table(e),
            "pre" => code_block(preformatted(e), None, None),
            "blockquote" => {
                let blocks = self.blocks(e);
                if blocks.is_empty() { Vec::new() } else { vec![Piece::Block(Block::Quote(blocks))] }
            }
            "hr" => vec![Piece::Block(Block::Rule)],
            "br" => vec![Piece::Inline(Inline::Break)],
            "strong" | "b" => self.marked(e, Mark::Strong),
            "em" | "i" | "cite" | "dfn" | "var" => self.marked(e, Mark::Emphasis),
            "del" | "s" | "strike" => self.marked(e, Mark::Strike),
            "sub" => self.marked(e, Mark::Sub),
            "sup" => self.marked(e, Mark::Sup),
            "code" | "tt" | "samp" | "kbd" => self.inline_code(e),
            "a" => self.anchor_or_link(e),
            "img" => self.image(e),
            "time" => self.time(e),
            "dl" => self.definitions(e),
            "iframe" | "video" | "audio" | "object" | "embed" => self.embed(e),
            "input" => checkbox(e),
            "p" | "div" | "section" | "article" | "main" | "header" | "footer" | "aside" | "nav" | "center" | "address" | "figure"
            | "figcaption" | "fieldset" | "form" | "details" | "summary" | "body" | "html" | "root" | "caption" | "tbody" | "thead"
            | "tfoot" | "tr" | "td" | "th" | "dt" | "dd" | "legend" | "dialog" => self.container(e),
            _ => self.inline_container(e),
        }
    }

    fn container(&mut self, e: &Element) -> Vec<Piece> {
        if is_hidden_form(e) {
            return Vec::new();
        }
        let pieces = self.styled(e);
        flow::blocks(pieces).into_iter().map(Piece::Block).collect()
    }

    fn inline_container(&mut self, e: &Element) -> Vec<Piece> {
        let mut out = Vec::new();
        if e.name == "span"
            && let Some(id) = e.some("id").filter(|_| e.has_class("confluence-anchor-link"))
        {
            out.push(self.anchor(id));
        }
        out.extend(self.styled(e));
        out
    }

    /// Content with the marks that its `style` asks for.
    fn styled(&mut self, e: &Element) -> Vec<Piece> {
        let style = e.attr("style").to_ascii_lowercase().replace(' ', "");
        let pieces = self.flow(&e.children);
        if style.is_empty() && e.name != "font" {
            return pieces;
        }
        if coloured(e, &style) {
            let words = e.text();
            if !words.trim().is_empty() {
                self.coloured.push(shorten(words.trim(), 60));
            }
        }
        if style.contains("text-decoration:line-through") || style.contains("text-decoration-line:line-through") {
            return flow::wrap(pieces, &|c| Mark::Strike.around(c));
        }
        pieces
    }

    fn marked(&mut self, e: &Element, mark: Mark) -> Vec<Piece> {
        let pieces = self.styled(e);
        flow::wrap(pieces, &|content| mark.around(content))
    }

    fn heading(&mut self, e: &Element) -> Vec<Piece> {
        let level = e.name.as_bytes().get(1).map_or(1, |d| d - b'0').clamp(1, 6);
        let (content, rest) = self.inlines(e);
        let mut out = Vec::new();
        let words = plain(&content);
        if words.trim().is_empty() {
            // A heading without words is an empty line or a picture typed as heading.
            if !content.is_empty() {
                out.push(Piece::Block(Block::Paragraph(content)));
            }
        } else {
            words.trim().clone_into(&mut self.ctx.place);
            out.push(Piece::Block(Block::Heading { level, content }));
        }
        out.extend(rest.into_iter().map(Piece::Block));
        out
    }

    fn list(&mut self, e: &Element) -> Vec<Piece> {
        let start = (e.name == "ol").then(|| list_start(e));
        let mut items: Vec<ListItem> = Vec::new();
        let mut stray = Vec::new();
        for node in &e.children {
            match node {
                Node::Element(child) if child.name == "li" => {
                    flush_stray(&mut stray, &mut items);
                    items.push(ListItem { task: None, blocks: self.blocks(child) });
                }
                Node::Element(child) => stray.extend(self.element(child)),
                Node::Text(text) if text.trim().is_empty() => {}
                Node::Text(text) => stray.push(Piece::Inline(Inline::Text(text.clone()))),
            }
        }
        flush_stray(&mut stray, &mut items);
        items.retain(|i| !i.blocks.is_empty());
        if items.is_empty() {
            return Vec::new();
        }
        vec![Piece::Block(Block::List { start, items })]
    }

    fn stray_item(&mut self, e: &Element) -> Vec<Piece> {
        let blocks = self.blocks(e);
        if blocks.is_empty() {
            return Vec::new();
        }
        vec![Piece::Block(Block::List { start: None, items: vec![ListItem { task: None, blocks }] })]
    }

    fn definitions(&mut self, e: &Element) -> Vec<Piece> {
        let mut out = own_words(e);
        for child in e.elements() {
            let blocks = self.blocks(child);
            if child.name == "dt" {
                out.extend(flow::wrap(blocks.into_iter().map(Piece::Block).collect(), &|c| Mark::Strong.around(c)));
            } else {
                out.extend(blocks.into_iter().map(Piece::Block));
            }
        }
        out
    }

    /// A table with its cells; rows and cells where HTML wants them, everything else kept after it.
    pub(super) fn table(&mut self, e: &Element) -> Vec<Piece> {
        let mut table = Table::default();
        let mut stray = Vec::new();
        self.table_part(e, &mut table, &mut stray);
        table.rows.retain(|r| !r.is_empty());
        let empty = table.rows.iter().flatten().all(|c| c.blocks.is_empty());
        let mut out = Vec::new();
        if !empty {
            out.push(Piece::Block(Block::Table(table)));
        }
        out.extend(flow::blocks(stray).into_iter().map(Piece::Block));
        out
    }

    fn table_part(&mut self, e: &Element, table: &mut Table, stray: &mut Vec<Piece>) {
        stray.extend(own_words(e));
        for child in e.elements() {
            match child.name.as_str() {
                "tbody" | "thead" | "tfoot" => self.table_part(child, table, stray),
                "tr" => {
                    let row = self.row(child, stray);
                    table.rows.push(row);
                }
                "caption" => {
                    let (caption, rest) = self.inlines(child);
                    table.caption = caption;
                    stray.extend(rest.into_iter().map(Piece::Block));
                }
                "colgroup" | "col" => {}
                _ => stray.extend(self.element(child)),
            }
        }
    }

    fn row(&mut self, e: &Element, stray: &mut Vec<Piece>) -> Vec<Cell> {
        let mut row = Vec::new();
        stray.extend(own_words(e));
        for child in e.elements() {
            if matches!(child.name.as_str(), "td" | "th") {
                let span = |name| child.attr(name).trim().parse::<u32>().unwrap_or(1).clamp(1, 1000);
                let pieces = self.styled(child);
                row.push(Cell {
                    header: child.name == "th",
                    colspan: span("colspan"),
                    rowspan: span("rowspan"),
                    blocks: flow::blocks(pieces),
                });
            } else {
                stray.extend(self.element(child));
            }
        }
        row
    }

    fn inline_code(&mut self, e: &Element) -> Vec<Piece> {
        let pieces = self.styled(e);
        // The editor makes links of what looks like an address in a line of code; nobody meant them, and code cannot hold them. A link can hold code.
        let has_words = pieces.iter().any(|p| matches!(p, Piece::Inline(Inline::Text(t)) if !t.trim().is_empty()));
        let made_by_editor = |p: &Piece| match p {
            Piece::Inline(Inline::Link { target: Target::Url(url), content }) => has_words && is_own_text(url, content),
            _ => false,
        };
        let plain_text = pieces.iter().all(|p| matches!(p, Piece::Inline(Inline::Text(_))) || made_by_editor(p));
        if plain_text {
            for piece in &pieces {
                if let Piece::Inline(Inline::Link { target: Target::Url(url), .. }) = piece {
                    self.ctx.record("link in code", url.clone(), Outcome::KeptAsText);
                }
            }
        }
        if plain_text {
            return code_span(&e.text()).into_iter().map(Piece::Inline).collect();
        }
        pieces.into_iter().flat_map(into_code).collect()
    }

    fn anchor_or_link(&mut self, e: &Element) -> Vec<Piece> {
        let mut out = Vec::new();
        if let Some(name) = e.some("name").or_else(|| e.some("id")) {
            out.push(self.anchor(name));
        }
        let pieces = self.styled(e);
        let Some(href) = e.some("href") else {
            out.extend(pieces);
            return out;
        };
        let target = self.dialect.target(e, href);
        let shows = |p: &Piece| {
            !matches!(p, Piece::Inline(Inline::Text(t)) if t.trim().is_empty())
                && !matches!(p, Piece::Inline(Inline::Break | Inline::Anchor(_)))
        };
        if !pieces.iter().any(shows) && !href.starts_with('#') {
            self.ctx.record("link without words", href.to_owned(), Outcome::Dropped);
        }
        out.extend(self.link(target, pieces));
        out
    }

    /// A link around pieces; inner links give way.
    pub(super) fn link(&mut self, target: Target, pieces: Vec<Piece>) -> Vec<Piece> {
        if target == Target::Nothing {
            self.ctx.record("link without target", shorten(&words_of(&pieces), 200), Outcome::KeptAsText);
            return pieces;
        }
        let pieces: Vec<Piece> = pieces.into_iter().flat_map(unlink).collect();
        flow::wrap(pieces, &|content| Inline::Link { target: target.clone(), content })
    }

    /// A place that links name; the page title that rendered pages put before it is taken off.
    pub(super) fn anchor(&self, name: &str) -> Piece {
        let title: String = self.ctx.title.chars().filter(|c| !c.is_whitespace()).collect();
        let bare = name.strip_prefix(title.as_str()).and_then(|r| r.strip_prefix('-')).filter(|r| !r.is_empty()).unwrap_or(name);
        Piece::Inline(Inline::Anchor(bare.to_owned()))
    }

    fn image(&mut self, e: &Element) -> Vec<Piece> {
        let Some(src) = e.some("src").or_else(|| e.some("data-src")) else { return Vec::new() };
        if let Some(emoji) = emoji::of_address(src) {
            return vec![Piece::Inline(Inline::Emoji(emoji.to_owned()))];
        }
        let image = Inline::Image {
            source: self.dialect.target(e, src),
            alt: e.attr("alt").trim().to_owned(),
            title: e.some("title").map(str::to_owned),
            width: e.attr("width").trim().parse().ok(),
            caption: Vec::new(),
        };
        vec![Piece::Inline(image)]
    }

    fn time(&mut self, e: &Element) -> Vec<Piece> {
        // Rendered pages show the date in the reader's words: those stay. Storage has it in the attribute only.
        if e.text().trim().is_empty()
            && let Some(date) = e.some("datetime")
        {
            let day = date.get(..10).unwrap_or(date);
            return vec![Piece::Inline(Inline::Date(day.to_owned()))];
        }
        self.flow(&e.children)
    }

    fn embed(&mut self, e: &Element) -> Vec<Piece> {
        if is_hidden_form(e) {
            return Vec::new();
        }
        let mut out = self.flow(&e.children);
        if let Some(src) = e.some("src").or_else(|| e.some("data-src")).or_else(|| e.some("data")) {
            let target = self.dialect.target(e, src);
            self.ctx.record(format!("embedded {}", e.name), src, Outcome::KeptAsText);
            out.push(Piece::Inline(Inline::Link { target, content: Vec::new() }));
        }
        out
    }
}

/// Text that follows a box.
fn beside_box(text: &str) -> String {
    let words = text.trim_start_matches(flow::is_blank);
    match words.chars().next() {
        Some('.' | ',' | ')') => words.to_owned(),
        Some(c) if c.is_alphanumeric() => format!(" {words}"),
        _ => text.to_owned(),
    }
}

/// Words right inside an element that should hold only rows or cells: browsers show them, and so do we.
fn own_words(e: &Element) -> Vec<Piece> {
    let text = |node: &Node| match node {
        Node::Text(text) if !text.trim().is_empty() => Some(Piece::Inline(Inline::Text(text.clone()))),
        _ => None,
    };
    e.children.iter().filter_map(text).collect()
}

/// Blocks that stand in a list but in no item belong to the item before them: that is how nested lists are exported.
fn flush_stray(stray: &mut Vec<Piece>, items: &mut Vec<ListItem>) {
    let blocks = flow::blocks(mem::take(stray));
    if blocks.is_empty() {
        return;
    }
    match items.last_mut() {
        Some(last) => {
            let mut pieces: Vec<Piece> = mem::take(&mut last.blocks).into_iter().map(Piece::Block).collect();
            pieces.extend(blocks.into_iter().map(Piece::Block));
            last.blocks = flow::blocks(pieces);
        }
        None => items.push(ListItem { task: None, blocks }),
    }
}

/// The first number of an ordered list: `start`, or `value` of its first item.
fn list_start(e: &Element) -> u64 {
    let value = e.elements().find(|c| c.name == "li").map_or("", |li| li.attr("value"));
    e.attr("start").trim().parse().or_else(|_| value.trim().parse()).unwrap_or(1).min(999_999_999)
}

/// Takes links apart inside a link.
fn unlink(piece: Piece) -> Vec<Piece> {
    fn inside(content: Vec<Inline>) -> Vec<Inline> {
        let mut out = Vec::new();
        for inline in content {
            match inline {
                Inline::Link { content, .. } => out.extend(inside(content)),
                Inline::Strong(c) => out.push(Inline::Strong(inside(c))),
                Inline::Emphasis(c) => out.push(Inline::Emphasis(inside(c))),
                Inline::Strike(c) => out.push(Inline::Strike(inside(c))),
                other => out.push(other),
            }
        }
        out
    }
    match piece {
        Piece::Inline(inline) => inside(vec![inline]).into_iter().map(Piece::Inline).collect(),
        block @ Piece::Block(_) => vec![block],
    }
}

fn checkbox(e: &Element) -> Vec<Piece> {
    if !e.attr("type").eq_ignore_ascii_case("checkbox") || e.has_class("hidden") {
        return Vec::new();
    }
    let sign = if e.has_attr("checked") { "☑ " } else { "☐ " };
    vec![Piece::Inline(Inline::Text(sign.to_owned()))]
}

fn is_hidden_form(e: &Element) -> bool {
    matches!(e.name.as_str(), "form" | "fieldset" | "iframe") && (e.has_class("hidden") || e.attr("type") == "hidden")
}

/// True if the author coloured the text. Colours an editor writes by itself (black, inherit) do not count.
fn coloured(e: &Element, style: &str) -> bool {
    let colour = if e.name == "font" { e.attr("color").to_ascii_lowercase() } else { String::new() };
    let styled = style.split(';').find_map(|rule| rule.strip_prefix("color:")).unwrap_or(&colour);
    !styled.is_empty() && !matches!(styled, "inherit" | "black" | "#000" | "#000000" | "rgb(0,0,0)" | "rgb(23,43,77)" | "rgb(51,51,51)")
}

/// Records passages that lost their colour, as one loss a page.
pub(super) fn record_colours(passages: &[String], ctx: &mut BodyContext) {
    if !passages.is_empty() {
        ctx.place.clear();
        let detail = format!("{}: {}", plural(passages.len() as u64, "passage"), shorten(&passages.join("; "), 400));
        ctx.record("text colour", detail, Outcome::KeptAsText);
    }
}

/// The words of pieces, for reports.
pub(super) fn words_of(pieces: &[Piece]) -> String {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Inline(inline) => out.push(plain(std::slice::from_ref(inline))),
            Piece::Block(Block::Paragraph(content) | Block::Heading { content, .. }) => out.push(plain(content)),
            Piece::Block(_) => {}
        }
    }
    out.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `max` characters of one line, cut with an ellipsis.
pub(super) fn shorten(text: &str, max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max {
        return line;
    }
    line.chars().take(max - 1).chain(['…']).collect()
}
