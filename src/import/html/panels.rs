//! Boxes of rendered pages: callouts, panels, code with its header, parts that open on demand, layouts made of tables.

use super::super::document::{Block, CalloutKind, Inline};
use super::super::dom::{Element, Node};
use super::super::elements::{self, Reader};
use super::super::flow::{self, Piece};
use super::super::losses::Outcome;
use super::classes::language_of;

/// Reads a box; `None` if the element is none.
pub(super) fn read(e: &Element, reader: &mut Reader<'_>) -> Option<Vec<Piece>> {
    let has = |class: &str| e.has_class(class);
    if has("confluence-information-macro") || (has("aui-message") && e.name == "div") {
        return Some(information(e, reader));
    }
    if e.name == "table" {
        if let Some(kind) = e.classes().find_map(|c| c.strip_suffix("Macro")).and_then(kind_named) {
            return Some(callout_table(e, kind, reader));
        }
        if has("sectionMacro") || has("sectionMacroWithBorder") {
            return Some(layout_table(e, reader));
        }
        return None;
    }
    if has("expand-container") {
        return Some(expand(e, reader));
    }
    if e.name == "div" && (has("code") || has("preformatted")) {
        return Some(code(e, reader));
    }
    if e.name == "div" && has("panel") {
        return Some(panel(e, reader));
    }
    None
}

fn kind_named(name: &str) -> Option<CalloutKind> {
    Some(match name {
        "information" | "info" | "generic" => CalloutKind::Note,
        "tip" | "hint" | "success" => CalloutKind::Tip,
        "note" => CalloutKind::Important,
        "warning" | "problem" => CalloutKind::Warning,
        "error" => CalloutKind::Caution,
        _ => return None,
    })
}

fn callout(kind: CalloutKind, title: Vec<Inline>, blocks: Vec<Block>) -> Vec<Piece> {
    if title.is_empty() && blocks.is_empty() { Vec::new() } else { vec![Piece::Block(Block::Callout { kind, title, blocks })] }
}

fn information(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    let suffix = |c: &str| c.rsplit('-').next().and_then(kind_named);
    let kind = e.classes().find_map(suffix).unwrap_or(CalloutKind::Note);
    reader.ctx.record(format!("macro {}", name_of(kind)), "", Outcome::Translated);
    let mut title = Vec::new();
    let mut pieces = Vec::new();
    for node in &e.children {
        match node {
            Node::Element(c) if c.has_class("title") && title.is_empty() => title = reader.inlines(c).0,
            Node::Element(c) => pieces.extend(reader.element(c)),
            Node::Text(text) => pieces.push(Piece::Inline(Inline::Text(text.clone()))),
        }
    }
    callout(kind, title, flow::blocks(pieces))
}

fn name_of(kind: CalloutKind) -> &'static str {
    match kind {
        CalloutKind::Note => "info",
        CalloutKind::Tip => "tip",
        CalloutKind::Important => "note",
        CalloutKind::Warning | CalloutKind::Caution => "warning",
    }
}

/// Callouts of 2.x and 3.x: a table whose first cell holds the icon.
fn callout_table(e: &Element, kind: CalloutKind, reader: &mut Reader<'_>) -> Vec<Piece> {
    reader.ctx.record(format!("macro {}", name_of(kind)), "", Outcome::Translated);
    let mut content = e.clone();
    without_icon(&mut content);
    let blocks = flow::blocks(layout_table(&content, reader));
    callout(kind, Vec::new(), blocks)
}

/// Takes out the first image, if it comes before any words: the callout's icon.
fn without_icon(e: &mut Element) -> bool {
    let mut i = 0;
    while i < e.children.len() {
        match &mut e.children[i] {
            Node::Text(text) if text.trim().is_empty() => {}
            Node::Text(_) => return true,
            Node::Element(c) if c.name == "img" => {
                e.children.remove(i);
                return true;
            }
            Node::Element(c) => {
                if without_icon(c) {
                    return true;
                }
            }
        }
        i += 1;
    }
    false
}

/// A table that only places things: its cells in reading order.
fn layout_table(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    let mut out = Vec::new();
    for child in e.elements() {
        match child.name.as_str() {
            "tbody" | "thead" | "tfoot" | "tr" => out.extend(layout_table(child, reader)),
            "td" | "th" => out.extend(reader.as_blocks(child)),
            "colgroup" | "col" => {}
            _ => out.extend(reader.element(child)),
        }
    }
    out
}

fn expand(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    reader.ctx.record("macro expand", "", Outcome::Translated);
    let control = e.find(&|c| c.has_class("expand-control-text")).or_else(|| e.find(&|c| c.has_class("expand-control")));
    let mut title = control.map(|c| reader.inlines(c).0).unwrap_or_default();
    if title.is_empty() {
        title.push(Inline::Text("Details".to_owned()));
    }
    let mut pieces = Vec::new();
    for node in &e.children {
        match node {
            Node::Element(c) if c.has_class("expand-control") => {}
            Node::Element(c) => pieces.extend(reader.element(c)),
            Node::Text(text) => pieces.push(Piece::Inline(Inline::Text(text.clone()))),
        }
    }
    vec![Piece::Block(Block::Expand { title, blocks: flow::blocks(pieces) })]
}

/// A code or preformatted panel: header and `pre`; whatever else is inside stays.
fn code(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    reader.ctx.record("macro code", "", Outcome::Translated);
    let header = e.find(&|c| c.has_class("codeHeader") || c.has_class("preformattedHeader") || c.has_class("panelHeader"));
    let title = header.map(|h| h.text().split_whitespace().collect::<Vec<_>>().join(" ")).filter(|t| !t.is_empty());
    let Some(found) = e.find(&|c| c.name == "pre") else { return reader.as_blocks(e) };
    let mut out = pre(found, title);
    // A second block in the same box, as hand-edited exports have it.
    let rest = e
        .elements()
        .filter(|c| !c.has_class("codeHeader") && !c.has_class("panelHeader") && c.name != "pre" && c.find(&|p| p.name == "pre").is_none());
    for child in rest {
        out.extend(reader.element(child));
    }
    out
}

/// A `pre` with the language that its attributes name.
pub(super) fn pre(e: &Element, title: Option<String>) -> Vec<Piece> {
    elements::code_block(elements::preformatted(e), language_of(e), title)
}

fn panel(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    reader.ctx.record("macro panel", "", Outcome::Translated);
    let mut title = Vec::new();
    let mut pieces = Vec::new();
    for node in &e.children {
        match node {
            Node::Element(c) if c.has_class("panelHeader") && title.is_empty() => {
                let (words, rest) = reader.inlines(c);
                title = words;
                pieces.extend(rest.into_iter().map(Piece::Block));
            }
            Node::Element(c) => pieces.extend(reader.element(c)),
            Node::Text(text) => pieces.push(Piece::Inline(Inline::Text(text.clone()))),
        }
    }
    // A title in bold is a title.
    if let [Inline::Strong(inner)] = title.as_mut_slice() {
        title = std::mem::take(inner);
    }
    callout(CalloutKind::Note, title, flow::blocks(pieces))
}
