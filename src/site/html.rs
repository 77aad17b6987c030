//! A parsed page body to HTML: no second parse, addresses rewritten to output files, raw HTML sanitised.
//!
//! Step numbers are addresses people say aloud: they are written as text and never renumbered behind the author's back.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::highlight;
use super::html_raw as raw;
use super::math;
use super::plan::Plan;
use super::routes;
use super::tabs;
use super::words::Words;
use crate::page::corpus::{Target, is_external};
use crate::page::include;
use crate::page::whole::{Part, Taken};
use crate::page::{Alert, Block, BlockKind, Body, Inline, InlineKind, Inlines, List, PageId, Row, Table, Whole, markdown};
use crate::text::Source;

/// Appends `text` with the characters that mean something in HTML escaped; fit for text and for quoted attributes.
pub fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = next_special(rest.as_bytes()) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Where the next character stands that means something. Sixteen bytes at a time are looked at without a branch: most texts have none in them.
fn next_special(bytes: &[u8]) -> Option<usize> {
    let special = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"');
    let (blocks, _) = bytes.as_chunks::<16>();
    let clean = blocks.iter().take_while(|block| !block.iter().fold(false, |any, byte| any | special(*byte))).count() * 16;
    bytes[clean..].iter().position(|byte| special(*byte)).map(|at| clean + at)
}

/// [`escape`] into a new string.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    escape(text, &mut out);
    out
}

/// Ends the box that [`Writer::table_box`] begins.
const TABLE_END: &str = "</div>";

/// An entry of a page's contents.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Level as rendered: 2 or 3.
    pub level: u8,
    /// Plain text.
    pub text: String,
    /// Anchor.
    pub anchor: String,
}

/// A rendered body.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The HTML after the page's own `h1`.
    pub body: String,
    /// Anchor of the title heading that the template prints in the body's stead.
    pub title_anchor: Option<String>,
    /// Contents.
    pub contents: Vec<Entry>,
}

/// What rendering needs besides the page.
#[derive(Debug, Clone, Copy)]
pub struct Renderer<'a> {
    /// The site.
    pub plan: &'a Plan<'a>,
    /// The theme's words.
    pub words: &'a Words,
    /// Width and height of images, by path.
    pub sizes: &'a BTreeMap<String, (u32, u32)>,
}

impl Renderer<'_> {
    /// Renders the body of a page as it stands in the file `output`.
    pub fn page(&self, id: PageId, whole: &Whole<'_>, output: &str) -> Rendered {
        let page = self.plan.input.corpus.page(id);
        let tree = whole.blocks();
        let mut writer = Writer::new(self, whole, Some(id), output);
        writer.out.reserve(page.source.text().len() * 2);
        writer.old = Some(&self.plan.input.facts[id.index()].old_sections);
        writer.spine = self.plan.input.facts[id.index()].kind.followed();
        if !page.body.includes.is_empty() {
            writer.anchors = page.body.headings.iter().map(|h| h.anchor.clone()).collect();
        }
        let blocks = writer.without_title(tree, page.title.trim());
        writer.collect_notes(tree);
        writer.blocks(blocks);
        writer.footnotes();
        writer.rendered.body = writer.out;
        writer.rendered
    }

    /// Renders a piece of Markdown from another file; links are read as if it stood on `page`. `bare` gives only what may
    /// stand in a paragraph: several paragraphs become lines, and of other blocks their text is left.
    pub fn fragment(&self, text: &str, page: Option<PageId>, output: &str, bare: bool) -> String {
        let source = Source::new("", text);
        let (body, tree) = markdown::parse(&source, 0);
        let corpus = self.plan.input.corpus;
        let path = page.map_or("", |id| corpus.page(id).path());
        let whole = Whole::of_text(corpus, path, &source, &body, Arc::new(tree));
        let mut writer = Writer::new(self, &whole, page, output);
        // Headings of a fragment stand below that of the step they belong to.
        writer.last_level = 3;
        writer.top = false;
        if !bare {
            writer.blocks(whole.blocks());
            return writer.out;
        }
        for (n, block) in whole.blocks().iter().enumerate() {
            writer.out.push_str(if n > 0 { "<br>" } else { "" });
            match &block.kind {
                BlockKind::Paragraph(inlines) => writer.inlines(&inlines.nodes),
                _ => writer.out.push_str(&escaped(&block.text()).replace('\n', "<br>")),
            }
        }
        writer.out
    }
}

struct Writer<'r> {
    site: &'r Renderer<'r>,
    id: Option<PageId>,
    whole: &'r Whole<'r>,
    body: &'r Body,
    output: &'r str,
    spine: bool,
    out: String,
    last_level: u8,
    rendered: Rendered,
    notes: BTreeMap<&'r str, &'r [Block]>,
    /// Labels in the order they were first referred to, with their numbers.
    note_order: Vec<(usize, &'r str)>,
    /// Notes of the page and of what it takes in: numbers so far, and those that are written.
    note_count: usize,
    notes_done: Vec<(usize, String)>,
    steps: BTreeSet<u64>,
    top: bool,
    /// The file that is written, if it is one that the page takes in.
    part: Option<&'r str>,
    /// Anchors that headings of files taken in must leave alone.
    anchors: BTreeSet<String>,
    /// Sections of the page that have not changed for long.
    old: Option<&'r BTreeMap<usize, jiff::civil::Date>>,
}

impl<'r> Writer<'r> {
    fn new(site: &'r Renderer<'r>, whole: &'r Whole<'r>, id: Option<PageId>, output: &'r str) -> Self {
        Self {
            site,
            id,
            whole,
            body: whole.body(),
            output,
            spine: false,
            out: String::new(),
            last_level: 1,
            rendered: Rendered::default(),
            notes: BTreeMap::new(),
            note_order: Vec::new(),
            note_count: 0,
            notes_done: Vec::new(),
            steps: BTreeSet::new(),
            top: true,
            part: None,
            anchors: BTreeSet::new(),
            old: None,
        }
    }

    fn escape(&mut self, text: &str) {
        escape(text, &mut self.out);
    }

    /// The blocks without a first heading that only repeats the title.
    fn without_title(&mut self, blocks: &'r [Block], title: &str) -> &'r [Block] {
        if let Some(Block { kind: BlockKind::Heading(index, _), .. }) = blocks.first() {
            let heading = &self.body.headings[*index];
            if heading.level == 1 && heading.text.trim() == title {
                self.rendered.title_anchor = Some(heading.anchor.clone());
                return &blocks[1..];
            }
        }
        blocks
    }

    fn collect_notes(&mut self, blocks: &'r [Block]) {
        for block in blocks {
            if let BlockKind::Footnote(label, inner) = &block.kind {
                self.notes.insert(label, inner);
            }
        }
    }

    fn blocks(&mut self, mut blocks: &'r [Block]) {
        while let Some((from, to)) = tabs::region(blocks) {
            self.run(&blocks[..from]);
            self.tabs(&blocks[from + 1..to]);
            blocks = &blocks[to + 1..];
        }
        self.run(blocks);
    }

    /// Blocks between the marks of tabs: without a script they stand below each other under their names.
    fn tabs(&mut self, blocks: &'r [Block]) {
        let (before, tabs) = tabs::split(blocks, |index| self.body.headings[index].level);
        self.blocks(before);
        if tabs.is_empty() {
            return;
        }
        self.out.push_str("<div class=\"sw-tabs\">\n");
        for tab in tabs {
            self.out.push_str("<section class=\"sw-tab\">\n");
            if let Some(name) = tab.name {
                self.out.push_str("<p class=\"sw-label\">");
                match name {
                    tabs::Name::Said(name) => self.escape(name),
                    tabs::Name::Written(inlines) => self.inlines(&inlines.nodes),
                }
                self.out.push_str("</p>\n");
            }
            self.blocks(tab.blocks);
            self.out.push_str("</section>\n");
        }
        self.out.push_str("</div>\n");
    }

    /// Puts a file, or a section of one, where the page takes it in.
    fn taken_in(&mut self, part: &'r Part<'r>) {
        let mut inner = Writer::new(self.site, &part.whole, self.id, self.output);
        (inner.part, inner.spine, inner.top) = (Some(part.whole.path()), self.spine, self.top);
        inner.collect_notes(part.whole.blocks());
        hand_over(self, &mut inner);
        inner.blocks(part.blocks());
        inner.write_notes();
        hand_over(&mut inner, self);
    }

    /// The address of `dest` as it must stand in the file that is written.
    fn address(&self, dest: &str) -> Option<String> {
        address(self.site.plan, self.id, self.part, self.output, dest)
    }

    fn run(&mut self, blocks: &'r [Block]) {
        let has_raw = blocks.iter().any(|b| matches!(&b.kind, BlockKind::Html(h) if !raw::is_comment(h)));
        if !has_raw || self.site.plan.input.settings.allow_html {
            for block in blocks {
                self.block(block);
            }
            return;
        }
        // Tags of raw HTML may open in one block and close in another, so the whole run is sanitised at once, with a mark in the place of each of
        // our own blocks.
        let mut mixed = String::new();
        let mut own = Vec::new();
        for block in blocks {
            match &block.kind {
                BlockKind::Html(html) if include::of_comment(html).is_none() => mixed.push_str(html),
                _ => {
                    let before = std::mem::take(&mut self.out);
                    self.block(block);
                    let html = std::mem::replace(&mut self.out, before);
                    raw::mark(own.len(), &mut mixed);
                    own.push(html);
                }
            }
        }
        let clean = self.sanitise(&mixed);
        let before = self.table_box(None);
        raw::restore(&raw::around_tables(&clean, &before, TABLE_END), &own, &mut self.out);
    }

    fn sanitise(&self, mixed: &str) -> String {
        let (site, id, part, output) = (self.site, self.id, self.part, self.output);
        raw::sanitise(mixed, move |dest| address(site.plan, id, part, output, dest))
    }

    fn block(&mut self, block: &'r Block) {
        match &block.kind {
            BlockKind::Heading(index, inlines) => self.heading(*index, inlines),
            BlockKind::Paragraph(inlines) if self.figure(&inlines.nodes) => {}
            BlockKind::Paragraph(inlines) => {
                self.out.push_str("<p>");
                self.inlines(&inlines.nodes);
                self.out.push_str("</p>\n");
            }
            BlockKind::List(list) => self.list(list),
            BlockKind::Code { info, text } => {
                let taken = match self.whole.taken(block) {
                    Some(Taken::Code(taken)) => taken,
                    _ => text,
                };
                self.code(info, taken);
            }
            BlockKind::Quote(alert, blocks) => self.quote(*alert, blocks),
            BlockKind::Table(table) => self.table(table),
            BlockKind::Html(html) => match self.whole.taken(block) {
                Some(Taken::Part(part)) => self.taken_in(part),
                _ if include::of_comment(html).is_some() => {}
                _ if self.site.plan.input.settings.allow_html => self.out.push_str(html),
                _ => {}
            },
            BlockKind::Footnote(..) => {}
            BlockKind::Rule => self.out.push_str("<hr>\n"),
            BlockKind::Definitions(entries) => {
                self.out.push_str("<dl>\n");
                for (term, bodies) in entries {
                    self.out.push_str("<dt>");
                    self.inlines(&term.nodes);
                    self.out.push_str("</dt>\n");
                    for body in bodies {
                        self.out.push_str("<dd>");
                        self.nested(|w| w.tight(body));
                        self.out.push_str("</dd>\n");
                    }
                }
                self.out.push_str("</dl>\n");
            }
        }
    }

    fn nested(&mut self, write: impl FnOnce(&mut Self)) {
        let top = std::mem::replace(&mut self.top, false);
        write(self);
        self.top = top;
    }

    fn heading(&mut self, index: usize, inlines: &'r Inlines) {
        let heading = &self.body.headings[index];
        let anchor = self.free_anchor(&heading.anchor);
        // The page's title is its only h1, and no level is left out on the way down, whatever the author wrote.
        let level = heading.level.clamp(2, self.last_level + 1).min(6);
        self.last_level = level;
        self.out.push_str(&format!("<h{level} id=\""));
        self.escape(&anchor);
        self.out.push_str("\">");
        self.inlines(&inlines.nodes);
        self.out.push_str(" <a class=\"sw-anchor\" href=\"#");
        self.escape(&anchor);
        self.out.push_str("\" aria-label=\"");
        let label = self.site.words.fill("heading-link", &[("text", &heading.text)]);
        self.escape(&label);
        self.out.push_str(&format!("\">#</a></h{level}>\n"));
        if let Some(since) = self.old.and_then(|old| old.get(&index)) {
            let said = self.site.words.fill("section-old", &[("date", &self.site.words.time(*since))]);
            self.out.push_str(&format!("<p class=\"sw-tail\">{said}</p>\n"));
        }
        if level <= 3 {
            self.rendered.contents.push(Entry { level, text: heading.text.clone(), anchor });
        }
    }

    /// The anchor of a heading: its own, unless it comes from another file and the page has that one already.
    fn free_anchor(&mut self, wanted: &str) -> String {
        if self.part.is_none() {
            return wanted.to_owned();
        }
        let mut anchor = wanted.to_owned();
        let mut n = 1;
        while !self.anchors.insert(anchor.clone()) {
            anchor = format!("{wanted}-{n}");
            n += 1;
        }
        anchor
    }

    fn list(&mut self, list: &'r List) {
        let numbers = list.numbers();
        let spine = self.spine && self.top && list.start.is_some() && list.items.len() > 1;
        match (list.start, spine) {
            (Some(_), true) => self.out.push_str("<ol class=\"sw-spine\" role=\"list\">\n"),
            (Some(1), false) => self.out.push_str("<ol>\n"),
            (Some(n), false) => self.out.push_str(&format!("<ol start=\"{n}\">\n")),
            (None, _) if list.items.iter().any(|i| i.task.is_some()) => self.out.push_str("<ul class=\"sw-tasks\">\n"),
            (None, _) => self.out.push_str("<ul>\n"),
        }
        for (n, item) in list.items.iter().enumerate() {
            let number = numbers.get(n).copied();
            match number {
                Some(number) if spine => self.step(number),
                Some(number) if n > 0 && numbers[n - 1] + 1 != number => self.out.push_str(&format!("<li value=\"{number}\">")),
                _ => self.out.push_str("<li>"),
            }
            if let Some(done) = item.task {
                let text = item.lead().map(Inlines::text).unwrap_or_default();
                let label = self.site.words.fill(if done { "task-done" } else { "task-open" }, &[("text", &text)]);
                self.out.push_str("<input type=\"checkbox\" disabled");
                self.out.push_str(if done { " checked aria-label=\"" } else { " aria-label=\"" });
                self.escape(&label);
                self.out.push_str("\"> ");
            }
            self.nested(|w| if list.tight { w.tight(&item.blocks) } else { w.blocks(&item.blocks) });
            self.out.push_str(if spine { "</div></li>\n" } else { "</li>\n" });
        }
        self.out.push_str(if list.start.is_some() { "</ol>\n" } else { "</ul>\n" });
    }

    fn step(&mut self, number: u64) {
        self.out.push_str("<li class=\"sw-step\"");
        if self.steps.insert(number) {
            self.out.push_str(&format!(" id=\"step-{number}\""));
        }
        self.out.push_str(&format!("><span class=\"sw-num\">{number}</span><div class=\"sw-what\">"));
    }

    /// Blocks of a tight item: paragraphs without their tags.
    fn tight(&mut self, blocks: &'r [Block]) {
        if blocks.iter().any(|b| matches!(b.kind, BlockKind::Html(_))) {
            self.blocks(blocks);
            return;
        }
        for (n, block) in blocks.iter().enumerate() {
            if let BlockKind::Paragraph(inlines) = &block.kind {
                if n > 0 {
                    self.out.push('\n');
                }
                self.inlines(&inlines.nodes);
            } else {
                if n > 0 {
                    self.out.push('\n');
                }
                self.block(block);
            }
        }
    }

    fn code(&mut self, info: &str, text: &str) {
        let (mut lang, mut title) = code_info(info);
        if lang == Some("math") && math::mathml(text, true).is_some() {
            self.out.push_str("<p>");
            self.formula(text, true);
            self.out.push_str("</p>\n");
            return;
        }
        if let Some(dest) = include::of_info(info) {
            let file = include::parts(dest).0.rsplit('/').next().unwrap_or(dest);
            title = title.or_else(|| Some(file.to_owned()));
            lang = lang.or_else(|| file.rsplit_once('.').map(|(_, ending)| ending));
        }
        if let Some(title) = &title {
            self.out.push_str("<figure class=\"sw-listing\"><figcaption>");
            self.escape(title);
            self.out.push_str("</figcaption>");
        }
        self.out.push_str("<pre");
        if text.lines().any(|l| l.len() > 30) {
            let label = match (&title, lang) {
                (Some(title), _) => title.clone(),
                (None, Some(lang)) => self.site.words.fill("code-name-lang", &[("lang", lang)]),
                (None, None) => self.site.words.get("code-name").to_owned(),
            };
            self.out.push_str(" tabindex=\"0\" role=\"group\" aria-label=\"");
            self.escape(&label);
            self.out.push('"');
        }
        self.out.push_str("><code");
        if let Some(lang) = lang {
            self.out.push_str(" class=\"language-");
            self.escape(lang);
            self.out.push('"');
        }
        self.out.push('>');
        self.listing(lang, info, text);
        self.out.push_str("</code></pre>");
        self.out.push_str(if title.is_some() { "</figure>\n" } else { "\n" });
    }

    /// The lines of a listing, in colours where the language is known, with the marked ones marked.
    fn listing(&mut self, lang: Option<&str>, info: &str, text: &str) {
        let marked = marked_lines(info);
        let coloured = lang.filter(|_| self.site.plan.input.settings.highlight).and_then(|l| highlight::lines(l, text));
        if marked.is_empty() && coloured.is_none() {
            self.escape(text);
            return;
        }
        let lines = coloured.unwrap_or_else(|| text.split_inclusive('\n').map(escaped).collect());
        for (n, line) in (1..).zip(&lines) {
            if marked.iter().any(|range| range.contains(&n)) {
                let bare = line.strip_suffix('\n').unwrap_or(line);
                self.out.push_str("<mark class=\"sw-line\">");
                self.out.push_str(bare);
                self.out.push_str("</mark>");
                self.out.push_str(&line[bare.len()..]);
            } else {
                self.out.push_str(line);
            }
        }
    }

    fn quote(&mut self, alert: Option<Alert>, blocks: &'r [Block]) {
        let Some(alert) = alert else {
            self.out.push_str("<blockquote>\n");
            self.nested(|w| w.blocks(blocks));
            self.out.push_str("</blockquote>\n");
            return;
        };
        let kind = match alert {
            Alert::Note => "note",
            Alert::Tip => "tip",
            Alert::Important => "important",
            Alert::Warning => "warning",
            Alert::Caution => "caution",
        };
        self.out.push_str(&format!("<div class=\"sw-note\" data-kind=\"{kind}\">"));
        if kind == "caution" {
            self.out.push_str(super::templates::glyph("overdue"));
        }
        self.out.push_str("<strong class=\"sw-word\">");
        self.escape(self.site.words.get(kind));
        self.out.push_str(".</strong>\n");
        self.nested(|w| w.blocks(blocks));
        self.out.push_str("</div>\n");
    }

    fn table(&mut self, table: &'r Table) {
        let first = table.head.cells.iter().map(Inlines::text).find(|t| !t.trim().is_empty());
        let before = self.table_box(first.as_deref());
        self.out.push_str(&before);
        self.out.push_str("<table>\n");
        if first.is_some() {
            self.out.push_str("<thead>");
            self.row(&table.head, &table.align, true);
            self.out.push_str("</thead>\n");
        }
        self.out.push_str("<tbody>\n");
        for row in &table.rows {
            self.row(row, &table.align, false);
        }
        self.out.push_str("</tbody></table>");
        self.out.push_str(TABLE_END);
        self.out.push('\n');
    }

    /// The start tag of the box a table scrolls in, named by the table's first heading.
    fn table_box(&self, first: Option<&str>) -> String {
        let label = match first {
            Some(text) => self.site.words.fill("table-name", &[("text", text)]),
            None => self.site.words.get("table-name-bare").to_owned(),
        };
        format!("<div class=\"sw-table\" tabindex=\"0\" role=\"group\" aria-label=\"{}\">", escaped(&label))
    }

    fn row(&mut self, row: &'r Row, align: &[Option<&'static str>], head: bool) {
        self.out.push_str("<tr>");
        for (n, cell) in row.cells.iter().enumerate() {
            // An empty header names nothing; assistive software would announce it.
            let th = head && !cell.nodes.is_empty();
            self.out.push_str(if th { "<th scope=\"col\"" } else { "<td" });
            if let Some(width) = width_of(cell, th) {
                self.out.push_str(&format!(" class=\"{width}\""));
            }
            if let Some(align @ ("center" | "right")) = align.get(n).copied().flatten() {
                self.out.push_str(&format!(" data-align=\"{align}\""));
            }
            self.out.push('>');
            self.inlines(&cell.nodes);
            self.out.push_str(if th { "</th>" } else { "</td>" });
        }
        self.out.push_str("</tr>\n");
    }

    /// Writes the notes that were referred to, for the end of the page.
    fn write_notes(&mut self) {
        let mut n = 0;
        // A footnote may refer to another one, so the list can grow while it is written.
        while n < self.note_order.len() {
            let (number, label) = self.note_order[n];
            n += 1;
            if let Some(blocks) = self.notes.get(label).copied() {
                let before = std::mem::take(&mut self.out);
                self.nested(|w| w.blocks(blocks));
                let html = std::mem::replace(&mut self.out, before);
                self.notes_done.push((number, html));
            }
        }
        self.note_order.clear();
    }

    fn footnotes(&mut self) {
        self.write_notes();
        if self.notes_done.is_empty() {
            return;
        }
        self.notes_done.sort();
        self.out.push_str("<section class=\"sw-footnotes\" aria-label=\"");
        self.escape(self.site.words.get("footnotes"));
        self.out.push_str("\"><ol>\n");
        for (n, html) in std::mem::take(&mut self.notes_done) {
            self.out.push_str(&format!("<li id=\"fn-{n}\">"));
            self.out.push_str(&html);
            self.out.push_str(&format!("<a class=\"sw-back\" href=\"#fnref-{n}\">"));
            self.escape(self.site.words.get("footnote-back"));
            self.out.push_str("</a></li>\n");
        }
        self.out.push_str("</ol></section>\n");
    }

    fn inlines(&mut self, nodes: &'r [Inline]) {
        let has_raw = nodes.iter().any(|n| matches!(&n.kind, InlineKind::Html(h) if !raw::is_comment(h)));
        if !has_raw || self.site.plan.input.settings.allow_html {
            for node in nodes {
                self.inline(node);
            }
            return;
        }
        let mut mixed = String::new();
        let mut own = Vec::new();
        for node in nodes {
            if let InlineKind::Html(html) = &node.kind {
                mixed.push_str(html);
            } else {
                let before = std::mem::take(&mut self.out);
                self.inline(node);
                let html = std::mem::replace(&mut self.out, before);
                raw::mark(own.len(), &mut mixed);
                own.push(html);
            }
        }
        let clean = self.sanitise(&mixed);
        raw::restore(&clean, &own, &mut self.out);
    }

    fn inline(&mut self, node: &'r Inline) {
        match &node.kind {
            InlineKind::Text(text) => self.escape(text),
            InlineKind::Code(text) => {
                self.out.push_str("<code>");
                self.escape(text);
                self.out.push_str("</code>");
            }
            InlineKind::Emphasis(inner) => self.wrap("em", inner),
            InlineKind::Strong(inner) => self.wrap("strong", inner),
            InlineKind::Strike(inner) => self.wrap("del", inner),
            InlineKind::Link(index, title, inner) => self.link(*index, title, inner),
            InlineKind::Image(index, title) => self.image(*index, title),
            InlineKind::Html(html) if self.site.plan.input.settings.allow_html => self.out.push_str(html),
            InlineKind::Html(_) => {}
            InlineKind::FootnoteRef(label) => self.footnote_ref(label),
            InlineKind::Math(text, display) => self.formula(text, *display),
            InlineKind::SoftBreak => self.out.push('\n'),
            InlineKind::HardBreak => self.out.push_str("<br>\n"),
        }
    }

    fn formula(&mut self, tex: &str, display: bool) {
        let set = math::mathml(tex, display);
        if display {
            self.out.push_str("<span class=\"sw-math\"");
            if tex.len() > 30 {
                self.out.push_str(" tabindex=\"0\" role=\"group\" aria-label=\"");
                self.escape(self.site.words.get("formula"));
                self.out.push('"');
            }
            self.out.push('>');
        }
        match set {
            Some(set) => self.out.push_str(&set),
            None => {
                self.out.push_str("<code>");
                self.escape(tex);
                self.out.push_str("</code>");
            }
        }
        self.out.push_str(if display { "</span>" } else { "" });
    }

    fn wrap(&mut self, tag: &str, inner: &'r [Inline]) {
        self.out.push('<');
        self.out.push_str(tag);
        self.out.push('>');
        self.inlines(inner);
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
    }

    fn link(&mut self, index: usize, title: &str, inner: &'r [Inline]) {
        let dest = &self.body.links[index].dest;
        let Some(href) = self.address(dest) else {
            self.inlines(inner);
            return;
        };
        self.out.push_str("<a href=\"");
        self.escape(&href);
        self.out.push('"');
        if is_active(self.site.plan, self.id, self.part, dest) {
            self.out.push_str(" download");
        }
        self.title(title);
        self.out.push('>');
        // A link around nothing but an image without words would have no name.
        if crate::page::body::text_of(inner).trim().is_empty() && !inner.iter().any(|n| matches!(n.kind, InlineKind::Image(..))) {
            self.escape(dest);
        } else {
            self.inlines(inner);
        }
        self.out.push_str("</a>");
    }

    fn title(&mut self, title: &str) {
        if !title.is_empty() {
            self.out.push_str(" title=\"");
            self.escape(title);
            self.out.push('"');
        }
    }

    /// Writes a picture that stands alone with a caption: its title, or emphasised words on the line below it.
    fn figure(&mut self, nodes: &'r [Inline]) -> bool {
        let (image, caption) = match nodes {
            [image] => (image, None),
            [image, Inline { kind: InlineKind::HardBreak | InlineKind::SoftBreak, .. }, words] => match &words.kind {
                InlineKind::Emphasis(inner) => (image, Some(inner)),
                _ => return false,
            },
            _ => return false,
        };
        let InlineKind::Image(index, title) = &image.kind else { return false };
        if is_external(&self.body.images[*index].dest) || (caption.is_none() && title.is_empty()) {
            return false;
        }
        self.out.push_str("<figure>");
        self.image(*index, if caption.is_some() { title } else { "" });
        self.out.push_str("<figcaption>");
        match caption {
            Some(inner) => self.inlines(inner),
            None => self.escape(title),
        }
        self.out.push_str("</figcaption></figure>\n");
        true
    }

    fn image(&mut self, index: usize, title: &str) {
        let image = &self.body.images[index];
        if is_external(&image.dest) {
            // No page makes the reader's browser call another host: the picture is one click away instead.
            self.image_elsewhere(&image.dest, &image.alt);
            return;
        }
        let target = self.id.map(|id| resolve(self.site.plan, id, self.part, &image.dest));
        if matches!(target, Some(Target::Missing(_))) {
            // A broken picture's mark says less than words do.
            let text = self.site.words.fill("image-missing", &[("alt", if image.alt.is_empty() { &image.dest } else { &image.alt })]);
            self.out.push_str("<span class=\"sw-tail\">");
            self.escape(&text);
            self.out.push_str("</span>");
            return;
        }
        let Some(src) = self.address(&image.dest) else {
            self.escape(&image.alt);
            return;
        };
        self.out.push_str("<img src=\"");
        self.escape(&src);
        self.out.push_str("\" alt=\"");
        self.escape(&image.alt);
        self.out.push_str("\" loading=\"lazy\" decoding=\"async\"");
        if let Some(Target::File(path)) = &target
            && let Some((w, h)) = self.site.sizes.get(path)
        {
            self.out.push_str(&format!(" width=\"{w}\" height=\"{h}\""));
        }
        self.title(title);
        self.out.push('>');
    }

    fn image_elsewhere(&mut self, dest: &str, alt: &str) {
        let host = dest.split("//").nth(1).and_then(|r| r.split(['/', '?', '#']).next()).unwrap_or("");
        let alt = if alt.is_empty() { self.site.words.get("image") } else { alt };
        let text = self.site.words.fill("image-elsewhere", &[("host", host), ("alt", alt)]);
        if let Some(href) = self.address(dest) {
            self.out.push_str("<a href=\"");
            self.escape(&href);
            self.out.push_str("\">");
            self.escape(&text);
            self.out.push_str("</a>");
        } else {
            self.escape(alt);
        }
    }

    fn footnote_ref(&mut self, label: &'r str) {
        if !self.notes.contains_key(label) {
            self.escape(&format!("[^{label}]"));
            return;
        }
        let (n, first) = match self.note_order.iter().find(|(_, l)| *l == label) {
            Some((n, _)) => (*n, false),
            None => {
                self.note_count += 1;
                self.note_order.push((self.note_count, label));
                (self.note_count, true)
            }
        };
        let id = if first { format!(" id=\"fnref-{n}\"") } else { String::new() };
        self.out.push_str(&format!("<sup class=\"sw-ref\"{id}><a href=\"#fn-{n}\">{n}</a></sup>"));
    }
}

/// Lets another writer go on where one stopped, in the same output.
fn hand_over(from: &mut Writer<'_>, to: &mut Writer<'_>) {
    to.out = std::mem::take(&mut from.out);
    to.rendered = std::mem::take(&mut from.rendered);
    to.steps = std::mem::take(&mut from.steps);
    to.anchors = std::mem::take(&mut from.anchors);
    to.notes_done = std::mem::take(&mut from.notes_done);
    (to.last_level, to.note_count) = (from.last_level, from.note_count);
}

/// The class of a cell by its text, so that a narrow table neither breaks dates and names apart nor squeezes sentences into a column of words.
fn width_of(cell: &Inlines, head: bool) -> Option<&'static str> {
    let text = cell.text();
    let (length, words) = (text.chars().take(41).count(), text.split_whitespace().take(2).count());
    match (length, words) {
        (0, _) => None,
        (..=24, 1) => Some("sw-one"),
        (..=12, _) if !head => Some("sw-one"),
        _ if head => None,
        (..=40, _) => Some("sw-some"),
        _ => Some("sw-much"),
    }
}

/// Language and title of an info string such as `sh title="Restart"`.
pub(super) fn code_info(info: &str) -> (Option<&str>, Option<String>) {
    let lang = info.split([' ', ',', '{']).next().filter(|l| !l.is_empty() && !l.contains('='));
    let title = info.split_once("title=").map(|(_, rest)| match rest.chars().next() {
        Some(q @ ('"' | '\'')) => rest[1..].split(q).next().unwrap_or("").to_owned(),
        _ => rest.split(' ').next().unwrap_or("").to_owned(),
    });
    (lang, title.filter(|t| !t.is_empty()))
}

/// Lines of `{2,4-6}` in an info string, counted from 1.
fn marked_lines(info: &str) -> Vec<RangeInclusive<usize>> {
    let Some((_, rest)) = info.split_once('{') else { return Vec::new() };
    let list = rest.split('}').next().unwrap_or("");
    let range = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some(from.trim().parse().ok()?..=to.trim().parse().ok()?)
    };
    list.split(',').filter_map(range).collect()
}

/// Schemes that a link may have; everything else (scripts, data, files of the reader's machine) loses its address.
pub(super) const SCHEMES: [&str; 13] =
    ["http", "https", "mailto", "tel", "sms", "ftp", "sftp", "ssh", "git", "irc", "xmpp", "slack", "msteams"];

/// What `dest` leads to, written on page `id` or in a file that the page takes in.
fn resolve(plan: &Plan<'_>, id: PageId, part: Option<&str>, dest: &str) -> Target {
    let corpus = plan.input.corpus;
    part.map_or_else(|| corpus.resolve(id, dest), |path| corpus.resolve_in(path, id, dest))
}

/// The address of `dest`, written on page `id` or in the file `part` that it takes in, as it must stand in the file `output`; `None` if it may not
/// be a link.
pub fn address(plan: &Plan<'_>, id: Option<PageId>, part: Option<&str>, output: &str, dest: &str) -> Option<String> {
    let dest = dest.trim();
    let corpus = plan.input.corpus;
    let Some(id) = id else {
        let fits = if is_external(dest) { may_leave(dest) } else { !could_be_scheme(dest) };
        return fits.then(|| dest.to_owned());
    };
    match resolve(plan, id, part, dest) {
        Target::External => may_leave(dest).then(|| dest.to_owned()),
        Target::Page(to, anchor) => {
            let place = plan.place(to)?;
            let mut href = if place.output == output && anchor.is_some() { String::new() } else { routes::relative(output, &place.output) };
            if let Some(anchor) = anchor {
                href.push('#');
                routes::encode(&anchor, &mut href);
            }
            Some(href)
        }
        Target::File(path) => {
            let target = plan.files.get(&path).map_or_else(|| corpus.inside(&path), String::as_str);
            let mut href = routes::relative(output, target);
            if let Some((_, anchor)) = dest.split_once('#') {
                href.push('#');
                href.push_str(anchor);
            }
            Some(href)
        }
        Target::Folder(path) => {
            let inside = if path == corpus.content { "" } else { corpus.inside(&path) };
            plan.sections.iter().find(|s| s.path == inside).map(|s| routes::relative(output, &s.output))
        }
        // Nobody knows better than the author; lint says that it leads nowhere.
        Target::Missing(_) => (!could_be_scheme(dest)).then(|| dest.to_owned()),
    }
}

/// True for an address elsewhere that a link may have.
fn may_leave(dest: &str) -> bool {
    dest.starts_with("//") || SCHEMES.contains(&dest.split(':').next().unwrap_or("").to_lowercase().as_str())
}

/// True for a relative address with a colon in its first part: browsers leave out control characters and would see a scheme.
pub(super) fn could_be_scheme(dest: &str) -> bool {
    dest.split(['/', '?', '#']).next().unwrap_or("").contains(':')
}

/// Endings of files that a browser runs scripts of when it opens them.
const ACTIVE: [&str; 9] = ["html", "htm", "xhtml", "xht", "shtml", "svg", "svgz", "xml", "mht"];

/// True for a link from an imported page to a file that would run its own scripts in the site's name.
fn is_active(plan: &Plan<'_>, id: Option<PageId>, part: Option<&str>, dest: &str) -> bool {
    let Some(id) = id.filter(|id| plan.input.corpus.page(*id).meta.origin.is_some()) else { return false };
    match resolve(plan, id, part, dest) {
        Target::File(path) => path.rsplit_once('.').is_some_and(|(_, ending)| ACTIVE.contains(&ending.to_ascii_lowercase().as_str())),
        _ => false,
    }
}
