//! Confluence storage format (4.x to Cloud) into document blocks: elements with the prefixes `ac:`, `ri:` and `at:`.
//!
//! Macros are looked up in [`macros`], links in [`links`]; everything that is plain HTML is the common reader's.

mod links;
mod macros;
mod rules;

use super::context::BodyContext;
use super::document::{Block, CalloutKind, Inline, ListItem, Target};
use super::dom::{self, Element, Node};
use super::elements::{Dialect, Reader, shorten};
use super::emoji;
use super::flow::{self, Piece};
use super::losses::Outcome;

/// Reads a storage-format body.
pub fn read(raw: &str, ctx: &mut BodyContext) -> Vec<Block> {
    let parsed = dom::parse_storage(raw);
    for fault in parsed.faults {
        ctx.record("broken markup", fault, Outcome::KeptAsText);
    }
    read_tree(&parsed.root, ctx)
}

/// Reads a tree of storage-format elements.
pub(super) fn read_tree(root: &Element, ctx: &mut BodyContext) -> Vec<Block> {
    Reader::new(ctx, &Storage).body(root)
}

/// True if the macro has a translation.
pub(super) fn knows_macro(name: &str) -> bool {
    macros::is_known(name)
}

/// Storage format's own elements.
struct Storage;

impl Dialect for Storage {
    fn element(&self, e: &Element, reader: &mut Reader<'_>) -> Option<Vec<Piece>> {
        let (prefix, name) = e.name.split_once(':')?;
        match (prefix, name) {
            ("ac", "structured-macro" | "macro") => Some(macros::read(e, reader)),
            ("ac", "link") => Some(links::link(e, reader)),
            ("ac", "image") => Some(image(e, reader)),
            ("ac", "emoticon") => Some(vec![emoticon(e)]),
            ("ac", "task-list") => Some(task_list(e, reader)),
            ("ac", "task") => Some(task(e, reader).map(single_item).into_iter().collect()),
            ("ac", "placeholder") => {
                let words = e.text();
                if !words.trim().is_empty() {
                    reader.ctx.record("template hint", shorten(words.trim(), 200), Outcome::Dropped);
                }
                Some(Vec::new())
            }
            ("ac", "adf-extension") => Some(adf_extension(e, reader)),
            ("ac", "adf-node") => Some(adf_node(e, reader)),
            ("ac", "adf-fallback" | "adf-attribute" | "parameter" | "default-parameter" | "task-id" | "task-uuid" | "task-status")
            | ("at", "declarations") => Some(Vec::new()),
            ("ac", "plain-text-body") => Some(super::elements::code_block(e.text(), None, None)),
            ("ac", "inline-comment-marker" | "link-body" | "plain-text-link-body" | "adf-mark") => Some(reader.flow(&e.children)),
            ("at", "var") => {
                let name = e.some("at:name").unwrap_or("variable").to_owned();
                Some(vec![Piece::Inline(Inline::Text(format!("[{name}]")))])
            }
            ("ri", "user") => Some(vec![Piece::Inline(Inline::Mention(links::user(e)))]),
            ("ri", _) => Some(links::bare(e, reader)),
            // Layouts, bodies, captions and whatever comes next: their content in reading order.
            _ => Some(reader.as_blocks(e)),
        }
    }

    fn is_boxed(&self, e: &Element) -> bool {
        macros::is_element(e) && macros::is_boxed(e)
    }

    fn target(&self, _: &Element, address: &str) -> Target {
        match address.strip_prefix('#') {
            Some("") => Target::Nothing,
            Some(anchor) => Target::Anchor(anchor.to_owned()),
            None => Target::Url(address.trim().to_owned()),
        }
    }
}

fn image(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    let caption = e.child("ac:caption").map(|c| reader.inlines(c).0).unwrap_or_default();
    let source = e.elements().find(|c| c.name.starts_with("ri:")).map_or(Target::Nothing, links::resource);
    if let Target::Url(address) = &source
        && let Some(emoji) = emoji::of_address(address)
    {
        return vec![Piece::Inline(Inline::Emoji(emoji.to_owned()))];
    }
    if source == Target::Nothing {
        reader.ctx.record("image without source", shorten(&e.text(), 200), Outcome::Dropped);
        return caption.into_iter().map(Piece::Inline).collect();
    }
    let image = Inline::Image {
        source,
        alt: e.attr("ac:alt").trim().to_owned(),
        title: e.some("ac:title").map(str::to_owned),
        width: e.attr("ac:width").trim().parse().ok(),
        caption,
    };
    vec![Piece::Inline(image)]
}

/// An emoticon. For emoji outside the old set the name is a dummy, so the fallback character comes first.
fn emoticon(e: &Element) -> Piece {
    let fallback = e.some("ac:emoji-fallback").map(emoji::unescaped).filter(|f| !f.starts_with(':'));
    let text = fallback
        .or_else(|| e.some("ac:emoji-id").and_then(emoji::from_code_points))
        .or_else(|| e.some("ac:emoji-shortname").and_then(emoji::from_name).map(str::to_owned))
        .or_else(|| e.some("ac:name").filter(|_| !e.has_attr("ac:emoji-shortname")).and_then(emoji::named))
        .or_else(|| e.some("ac:emoji-shortname").map(str::to_owned))
        .unwrap_or_else(|| format!(":{}:", e.attr("ac:name").trim()));
    Piece::Inline(Inline::Emoji(text))
}

/// A task list; lists nested in it stand beside the task they belong to.
fn task_list(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    let mut items: Vec<ListItem> = Vec::new();
    for node in &e.children {
        match node {
            Node::Element(child) if child.name == "ac:task" => items.extend(task(child, reader)),
            Node::Element(child) => {
                let blocks: Vec<Block> = flow::blocks(reader.element(child));
                match items.last_mut() {
                    Some(last) => last.blocks.extend(blocks),
                    None => items.extend(unnest(blocks)),
                }
            }
            Node::Text(text) if text.trim().is_empty() => {}
            Node::Text(text) => items.push(ListItem { task: None, blocks: flow::blocks(vec![Piece::Inline(Inline::Text(text.clone()))]) }),
        }
    }
    if items.is_empty() {
        return Vec::new();
    }
    vec![Piece::Block(Block::List { start: None, items })]
}

/// A list without an item to belong to gives its own items.
fn unnest(blocks: Vec<Block>) -> Vec<ListItem> {
    let mut out = Vec::new();
    for block in blocks {
        match block {
            Block::List { items, .. } => out.extend(items),
            other => out.push(ListItem { task: None, blocks: vec![other] }),
        }
    }
    out
}

fn task(e: &Element, reader: &mut Reader<'_>) -> Option<ListItem> {
    let done = e.child("ac:task-status").is_some_and(|s| s.text().trim() == "complete");
    let blocks = e.child("ac:task-body").map(|b| reader.blocks(b)).unwrap_or_default();
    (!blocks.is_empty()).then_some(ListItem { task: Some(done), blocks })
}

fn single_item(item: ListItem) -> Piece {
    Piece::Block(Block::List { start: None, items: vec![item] })
}

/// New-editor content that storage has no element for: the node, or else its fallback, never both.
fn adf_extension(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    if let Some(node) = e.child("ac:adf-node") {
        return adf_node(node, reader);
    }
    e.child("ac:adf-content").or_else(|| e.child("ac:adf-fallback")).map(|c| reader.as_blocks(c)).unwrap_or_default()
}

fn adf_node(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    let attribute = |key: &str| {
        e.elements().find(|c| c.name == "ac:adf-attribute" && c.attr("key").replace('_', "-") == key).map(|c| c.text().trim().to_owned())
    };
    match e.attr("type") {
        "panel" => {
            let kind = panel_kind(attribute("panel-type").as_deref().unwrap_or(""));
            reader.ctx.record("macro panel", "", Outcome::Translated);
            let blocks = adf_content(e, reader);
            if blocks.is_empty() { Vec::new() } else { vec![Piece::Block(Block::Callout { kind, title: Vec::new(), blocks })] }
        }
        "decision-list" => {
            let items: Vec<ListItem> = e
                .elements()
                .filter(|c| c.name.starts_with("ac:adf-node") || c.name == "ac:adf-content")
                .map(|c| ListItem { task: None, blocks: adf_content(c, reader) })
                .filter(|i| !i.blocks.is_empty())
                .collect();
            reader.ctx.record("macro decision-list", "", Outcome::Translated);
            if items.is_empty() { Vec::new() } else { vec![Piece::Block(Block::List { start: None, items })] }
        }
        "extension" | "bodied-extension" | "inline-extension" => {
            let name = attribute("extension-key").or_else(|| attribute("extensionKey")).unwrap_or_else(|| "extension".to_owned());
            let parameters = attribute("text").map(|t| ("text".to_owned(), t)).into_iter().collect();
            let blocks = adf_content(e, reader);
            macros::marker(name, parameters, blocks, reader)
        }
        _ => adf_content(e, reader).into_iter().map(Piece::Block).collect(),
    }
}

fn adf_content(e: &Element, reader: &mut Reader<'_>) -> Vec<Block> {
    let mut pieces = Vec::new();
    for node in &e.children {
        match node {
            Node::Element(c) if matches!(c.name.as_str(), "ac:adf-attribute" | "ac:adf-fallback") => {}
            Node::Element(c) => pieces.extend(reader.element(c)),
            Node::Text(text) => pieces.push(Piece::Inline(Inline::Text(text.clone()))),
        }
    }
    flow::blocks(pieces)
}

/// The callout that a panel of the new editor is.
pub(super) fn panel_kind(name: &str) -> CalloutKind {
    match name {
        "note" => CalloutKind::Important,
        "success" | "tip" => CalloutKind::Tip,
        "warning" => CalloutKind::Warning,
        "error" => CalloutKind::Caution,
        _ => CalloutKind::Note,
    }
}
