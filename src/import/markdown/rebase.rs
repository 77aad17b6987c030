//! Content of one page shown on another: what it names relative to its own page is made to name that page.

use super::super::document::{Block, Cell, Inline, ListItem, Marker, PageRef, Tab, Table, Target};

/// Blocks of `origin`, ready to stand elsewhere.
pub(super) fn blocks(blocks: Vec<Block>, origin: &PageRef) -> Vec<Block> {
    blocks.into_iter().map(|b| block(b, origin)).collect()
}

fn block(b: Block, origin: &PageRef) -> Block {
    match b {
        Block::Heading { level, content } => Block::Heading { level, content: inlines(content, origin) },
        Block::Paragraph(content) => Block::Paragraph(inlines(content, origin)),
        Block::List { start, items } => {
            let items = items.into_iter().map(|i| ListItem { task: i.task, blocks: blocks(i.blocks, origin) }).collect();
            Block::List { start, items }
        }
        Block::Quote(inner) => Block::Quote(blocks(inner, origin)),
        Block::Callout { kind, title, blocks: inner } => {
            Block::Callout { kind, title: inlines(title, origin), blocks: blocks(inner, origin) }
        }
        Block::Expand { title, blocks: inner } => Block::Expand { title: inlines(title, origin), blocks: blocks(inner, origin) },
        Block::Tabs(tabs) => Block::Tabs(tabs.into_iter().map(|t| Tab { name: t.name, blocks: blocks(t.blocks, origin) }).collect()),
        Block::Table(t) => Block::Table(table(t, origin)),
        Block::Properties(t) => Block::Properties(table(t, origin)),
        Block::Children { of: None, depth } => Block::Children { of: Some(origin.clone()), depth },
        Block::Files { of: None, pictures } => Block::Files { of: Some(origin.clone()), pictures },
        Block::Include { page, excerpt, name } => Block::Include { page: self::page(page, origin), excerpt, name },
        Block::Excerpt { name, blocks: inner, hidden } => Block::Excerpt { name, blocks: blocks(inner, origin), hidden },
        Block::Marker(m) => Block::Marker(marker(m, origin)),
        other @ (Block::Code { .. } | Block::Rule | Block::Children { .. } | Block::Files { .. }) => other,
    }
}

fn table(t: Table, origin: &PageRef) -> Table {
    let cell = |c: Cell| Cell { blocks: blocks(c.blocks, origin), ..c };
    Table { caption: inlines(t.caption, origin), rows: t.rows.into_iter().map(|r| r.into_iter().map(cell).collect()).collect() }
}

fn marker(m: Marker, origin: &PageRef) -> Marker {
    Marker { blocks: blocks(m.blocks, origin), ..m }
}

fn inlines(content: Vec<Inline>, origin: &PageRef) -> Vec<Inline> {
    content.into_iter().map(|i| inline(i, origin)).collect()
}

fn inline(i: Inline, origin: &PageRef) -> Inline {
    match i {
        Inline::Strong(c) => Inline::Strong(inlines(c, origin)),
        Inline::Emphasis(c) => Inline::Emphasis(inlines(c, origin)),
        Inline::Strike(c) => Inline::Strike(inlines(c, origin)),
        Inline::Sub(c) => Inline::Sub(inlines(c, origin)),
        Inline::Sup(c) => Inline::Sup(inlines(c, origin)),
        Inline::Excerpt { name, content } => Inline::Excerpt { name, content: inlines(content, origin) },
        Inline::Link { target: t, content } => Inline::Link { target: target(t, origin), content: inlines(content, origin) },
        Inline::Image { source, alt, title, width, caption } => {
            Inline::Image { source: target(source, origin), alt, title, width, caption: inlines(caption, origin) }
        }
        Inline::Marker(m) => Inline::Marker(marker(m, origin)),
        other => other,
    }
}

fn target(t: Target, origin: &PageRef) -> Target {
    match t {
        Target::Page(p, anchor) => Target::Page(page(p, origin), anchor),
        Target::Attachment { page: None, name, id } => Target::Attachment { page: Some(origin.clone()), name, id },
        Target::Anchor(anchor) => Target::Page(origin.clone(), Some(anchor)),
        other => other,
    }
}

fn page(mut p: PageRef, origin: &PageRef) -> PageRef {
    if p.space.is_none() {
        p.space.clone_from(&origin.space);
    }
    p
}
