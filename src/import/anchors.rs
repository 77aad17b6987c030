//! From anchors in the wiki's dialects to anchors of the Markdown we write.
//!
//! Confluence names a heading `PageTitle-HeadingText` without blanks (old editor) or `Heading-text` (new editor), percent-encoded in links, with `.1`, `.2`
//! for repeats; anchors set by hand keep their name, with the page title before it in rendered HTML.

use std::collections::BTreeMap;

use super::document::{Block, Inline};
use crate::page::slug;

/// The anchors of one page.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    /// Page title without what the dialects drop.
    title: String,
    /// Squeezed heading or anchor name → the anchor in our Markdown.
    known: BTreeMap<String, String>,
}

impl Anchors {
    /// Collects headings and hand-set anchors of a page.
    pub fn of(title: &str, blocks: &[Block]) -> Self {
        let mut out = Self { title: squeeze(title), known: BTreeMap::new() };
        let mut seen = BTreeMap::new();
        out.collect(blocks, &mut seen);
        out
    }

    /// Whether the page has none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// As bytes, for a store. The title is not in them.
    pub fn bytes(&self) -> Vec<u8> {
        // Neither a squeezed name nor an anchor holds a line's end.
        self.known.iter().map(|(key, anchor)| format!("{key}\n{anchor}\n")).collect::<String>().into_bytes()
    }

    /// Back from bytes.
    pub fn from_bytes(title: &str, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines();
        let mut known = BTreeMap::new();
        while let (Some(key), Some(anchor)) = (lines.next(), lines.next()) {
            known.insert(key.to_owned(), anchor.to_owned());
        }
        Self { title: squeeze(title), known }
    }

    fn collect(&mut self, blocks: &[Block], seen: &mut BTreeMap<String, usize>) {
        for block in blocks {
            match block {
                Block::Heading { content, .. } => self.heading(content, seen),
                Block::Paragraph(content) => self.placed(content),
                Block::List { items, .. } => items.iter().for_each(|i| self.collect(&i.blocks, seen)),
                Block::Quote(inner) | Block::Excerpt { blocks: inner, hidden: false, .. } => self.collect(inner, seen),
                Block::Callout { title, blocks: inner, .. } | Block::Expand { title, blocks: inner } => {
                    self.placed(title);
                    self.collect(inner, seen);
                }
                Block::Tabs(tabs) => tabs.iter().for_each(|t| self.collect(&t.blocks, seen)),
                Block::Table(table) | Block::Properties(table) => table.rows.iter().flatten().for_each(|c| self.collect(&c.blocks, seen)),
                Block::Marker(marker) => self.collect(&marker.blocks, seen),
                Block::Code { .. }
                | Block::Rule
                | Block::Children { .. }
                | Block::Files { .. }
                | Block::Include { .. }
                | Block::Excerpt { .. } => {}
            }
        }
    }

    /// A heading, and the anchors set by hand in it, which lead to it.
    fn heading(&mut self, content: &[Inline], seen: &mut BTreeMap<String, usize>) {
        let text = plain(content);
        let base = slug::anchor(&text);
        let n = seen.entry(base.clone()).or_insert(0);
        let anchor = if *n == 0 { base } else { format!("{base}-{n}") };
        // Rendered pages number repeats `.1`, `.2`, the new editor too.
        if *n > 0 {
            self.known.entry(squeeze(&format!("{text}.{n}"))).or_insert_with(|| anchor.clone());
        }
        *n += 1;
        self.known.entry(squeeze(&text)).or_insert_with(|| anchor.clone());
        visit_anchors(content, &mut |name| {
            self.known.entry(squeeze(name)).or_insert_with(|| anchor.clone());
        });
    }

    fn placed(&mut self, content: &[Inline]) {
        visit_anchors(content, &mut |name| {
            self.known.entry(squeeze(name)).or_insert_with(|| slug::anchor(name));
        });
    }

    /// The anchor in our Markdown for one in the wiki's dialect, if the page has it.
    pub fn resolve(&self, wiki: &str) -> Option<String> {
        let key = squeeze(wiki);
        let bare = key.strip_prefix(&self.title).unwrap_or(&key);
        // 1.x put the space's key before the title.
        let far = || key.split_once(&self.title).filter(|_| !self.title.is_empty()).map(|(_, rest)| rest);
        let found = self.known.get(&key).or_else(|| self.known.get(bare));
        found.or_else(|| self.known.get(far()?)).cloned()
    }
}

/// Letters and digits only, lower case: what all dialects agree on.
fn squeeze(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Calls `visit` for every anchor set by hand.
fn visit_anchors(content: &[Inline], visit: &mut dyn FnMut(&str)) {
    for inline in content {
        match inline {
            Inline::Anchor(name) => visit(name),
            Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) | Inline::Sub(inner) | Inline::Sup(inner) => {
                visit_anchors(inner, visit);
            }
            Inline::Link { content, .. } | Inline::Excerpt { content, .. } => visit_anchors(content, visit),
            _ => {}
        }
    }
}

/// The words of inline content.
pub(super) fn plain(content: &[Inline]) -> String {
    let mut out = String::new();
    for inline in content {
        match inline {
            Inline::Text(text) | Inline::Code(text) | Inline::Date(text) | Inline::Emoji(text) => out.push_str(text),
            Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) | Inline::Sub(inner) | Inline::Sup(inner) => {
                out.push_str(&plain(inner));
            }
            Inline::Link { content, .. } | Inline::Excerpt { content, .. } => out.push_str(&plain(content)),
            Inline::Break => out.push(' '),
            Inline::Status { text, .. } => out.push_str(text),
            Inline::Mention(user) => out.push_str(user.name.as_deref().unwrap_or_default()),
            Inline::Image { .. } | Inline::Anchor(_) | Inline::Marker(_) => {}
        }
    }
    out
}
