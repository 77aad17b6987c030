//! Atlassian Document Format (REST answers of Cloud) into document blocks.
//!
//! Node and mark names are those of the published schema; unknown nodes give their content.

use serde_json::Value;

use super::context::BodyContext;
use super::document::{Block, Cell, Inline, ListItem, Marker, Tab, Table, Target, UserRef};
use super::dom::{Element, Node};
use super::elements::{code_block, language, record_colours, shorten};
use super::emoji;
use super::flow::{self, Mark, Piece};
use super::losses::{Loss, Outcome};
use super::storage;

/// Reads an ADF document. Text that is no JSON is kept as it is.
pub fn read(raw: &str, ctx: &mut BodyContext) -> Vec<Block> {
    // serde_json refuses nesting beyond 128 levels by itself, so everything below may recurse.
    match serde_json::from_str::<Value>(raw) {
        Ok(doc) => {
            let blocks = flow::blocks(children(&doc, ctx));
            let (coloured, losses): (Vec<Loss>, Vec<Loss>) =
                std::mem::take(&mut ctx.losses).into_iter().partition(|l| l.element == COLOURED);
            ctx.losses = losses;
            record_colours(&coloured.into_iter().map(|l| l.detail).collect::<Vec<_>>(), ctx);
            blocks
        }
        Err(error) => {
            ctx.record("broken markup", format!("not readable as JSON ({error}); kept as text"), Outcome::KeptAsText);
            code_block(raw.to_owned(), Some("json".to_owned()), None)
                .into_iter()
                .filter_map(|p| if let Piece::Block(b) = p { Some(b) } else { None })
                .collect()
        }
    }
}

fn nodes(node: &Value) -> impl Iterator<Item = &Value> {
    node.get("content").and_then(Value::as_array).into_iter().flatten()
}

fn children(node: &Value, ctx: &mut BodyContext) -> Vec<Piece> {
    nodes(node).flat_map(|n| self::node(n, ctx)).collect()
}

fn blocks(node: &Value, ctx: &mut BodyContext) -> Vec<Block> {
    flow::blocks(children(node, ctx))
}

fn text_of(node: &Value, name: &str) -> String {
    match node.get("attrs").and_then(|a| a.get(name)) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn number_of(node: &Value, name: &str) -> Option<u64> {
    text_of(node, name).parse().ok()
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|t| !t.is_empty())
}

fn one(inline: Inline) -> Vec<Piece> {
    vec![Piece::Inline(inline)]
}

fn block(block: Block) -> Vec<Piece> {
    vec![Piece::Block(block)]
}

fn node(n: &Value, ctx: &mut BodyContext) -> Vec<Piece> {
    match n.get("type").and_then(Value::as_str).unwrap_or_default() {
        "text" => text(n, ctx),
        "hardBreak" => one(Inline::Break),
        "heading" => heading(n, ctx),
        "rule" => block(Block::Rule),
        "blockquote" => non_empty(blocks(n, ctx), Block::Quote),
        "bulletList" | "decisionList" => list(n, None, ctx),
        "orderedList" => list(n, Some(number_of(n, "order").unwrap_or(1).min(999_999_999)), ctx),
        "taskList" => task_list(n, ctx),
        "codeBlock" => {
            code_block(nodes(n).filter_map(|c| c.get("text").and_then(Value::as_str)).collect(), language(&text_of(n, "language")), None)
        }
        "panel" => {
            let kind = storage::panel_kind(&text_of(n, "panelType"));
            non_empty(blocks(n, ctx), |blocks| Block::Callout { kind, title: Vec::new(), blocks })
        }
        "expand" | "nestedExpand" => {
            let title = some(text_of(n, "title")).unwrap_or_else(|| "Details".to_owned());
            non_empty(blocks(n, ctx), |blocks| Block::Expand { title: vec![Inline::Text(title)], blocks })
        }
        "table" => table(n, ctx),
        "mediaSingle" => media_single(n, ctx),
        "media" | "mediaInline" | "image" => media(n, Vec::new(), ctx),
        "emoji" => one(Inline::Emoji(emoji_text(n))),
        "mention" => {
            let name = some(text_of(n, "text").trim_start_matches('@').to_owned());
            one(Inline::Mention(UserRef { id: text_of(n, "id"), name }))
        }
        "date" => date(n),
        "status" => one(Inline::Status { text: text_of(n, "text"), colour: text_of(n, "color") }),
        "inlineCard" | "blockCard" | "embedCard" => card(n, ctx),
        "extension" | "bodiedExtension" | "inlineExtension" | "multiBodiedExtension" => extension(n, ctx),
        "placeholder" => {
            ctx.record("template hint", text_of(n, "text"), Outcome::Dropped);
            Vec::new()
        }
        "paragraph" | "layoutSection" | "layoutColumn" | "mediaGroup" | "caption" => blocks(n, ctx).into_iter().map(Piece::Block).collect(),
        _ => children(n, ctx),
    }
}

fn non_empty(blocks: Vec<Block>, around: impl FnOnce(Vec<Block>) -> Block) -> Vec<Piece> {
    if blocks.is_empty() { Vec::new() } else { block(around(blocks)) }
}

/// Element of a passage that lost its colour, until all of them are one record.
const COLOURED: &str = "coloured passage";

/// A text node with its marks, innermost first.
fn text(n: &Value, ctx: &mut BodyContext) -> Vec<Piece> {
    let words = n.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    let marks: Vec<&Value> = n.get("marks").and_then(Value::as_array).into_iter().flatten().collect();
    let kind = |m: &Value| m.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    if marks.iter().any(|m| matches!(kind(m).as_str(), "textColor" | "backgroundColor")) && !words.trim().is_empty() {
        ctx.record(COLOURED, shorten(&words, 60), Outcome::KeptAsText);
    }
    let is_code = marks.iter().any(|m| kind(m) == "code");
    let mut inline = if is_code && !words.trim().is_empty() { Inline::Code(words) } else { Inline::Text(words) };
    for mark in &marks {
        inline = match kind(mark).as_str() {
            "strong" => Mark::Strong.around(vec![inline]),
            "em" => Mark::Emphasis.around(vec![inline]),
            "strike" => Mark::Strike.around(vec![inline]),
            "subsup" if text_of(mark, "type") == "sup" => Mark::Sup.around(vec![inline]),
            "subsup" => Mark::Sub.around(vec![inline]),
            _ => inline,
        };
    }
    if let Some(link) = marks.iter().find(|m| kind(m) == "link") {
        let href = text_of(link, "href");
        let target = target(&href);
        if target == Target::Nothing {
            ctx.record("link without target", super::anchors::plain(std::slice::from_ref(&inline)), Outcome::KeptAsText);
        } else {
            inline = Inline::Link { target, content: vec![inline] };
        }
    }
    one(inline)
}

fn target(href: &str) -> Target {
    match href.strip_prefix('#') {
        Some("") => Target::Nothing,
        Some(anchor) => Target::Anchor(crate::page::corpus::percent_decode(anchor)),
        None if href.is_empty() => Target::Nothing,
        None => Target::Url(href.to_owned()),
    }
}

fn heading(n: &Value, ctx: &mut BodyContext) -> Vec<Piece> {
    let level = u8::try_from(number_of(n, "level").unwrap_or(1).clamp(1, 6)).unwrap_or(1);
    let (content, rest) = flow::inlines(children(n, ctx));
    let mut out = Vec::new();
    if !content.is_empty() {
        super::anchors::plain(&content).trim().clone_into(&mut ctx.place);
        out.push(Piece::Block(Block::Heading { level, content }));
    }
    out.extend(rest.into_iter().map(Piece::Block));
    out
}

fn list(n: &Value, start: Option<u64>, ctx: &mut BodyContext) -> Vec<Piece> {
    let items: Vec<ListItem> = nodes(n).map(|i| ListItem { task: None, blocks: blocks(i, ctx) }).filter(|i| !i.blocks.is_empty()).collect();
    if items.is_empty() { Vec::new() } else { block(Block::List { start, items }) }
}

/// A task list; nested lists stand beside the task they belong to.
fn task_list(n: &Value, ctx: &mut BodyContext) -> Vec<Piece> {
    let mut items: Vec<ListItem> = Vec::new();
    for child in nodes(n) {
        let kind = child.get("type").and_then(Value::as_str).unwrap_or_default();
        if matches!(kind, "taskItem" | "blockTaskItem") {
            let blocks = blocks(child, ctx);
            if !blocks.is_empty() {
                items.push(ListItem { task: Some(text_of(child, "state") == "DONE"), blocks });
            }
            continue;
        }
        let blocks = flow::blocks(node(child, ctx));
        match items.last_mut() {
            Some(last) => last.blocks.extend(blocks),
            None => items.extend(blocks.into_iter().flat_map(|b| match b {
                Block::List { items, .. } => items,
                other => vec![ListItem { task: None, blocks: vec![other] }],
            })),
        }
    }
    if items.is_empty() { Vec::new() } else { block(Block::List { start: None, items }) }
}

fn table(n: &Value, ctx: &mut BodyContext) -> Vec<Piece> {
    let mut table = Table::default();
    for row in nodes(n) {
        let mut cells = Vec::new();
        for cell in nodes(row) {
            let span = |name| u32::try_from(number_of(cell, name).unwrap_or(1).clamp(1, 1000)).unwrap_or(1);
            let header = cell.get("type").and_then(Value::as_str) == Some("tableHeader");
            cells.push(Cell { header, colspan: span("colspan"), rowspan: span("rowspan"), blocks: blocks(cell, ctx) });
        }
        if !cells.is_empty() {
            table.rows.push(cells);
        }
    }
    if table.rows.iter().flatten().all(|c| c.blocks.is_empty()) { Vec::new() } else { block(Block::Table(table)) }
}

fn media_single(n: &Value, ctx: &mut BodyContext) -> Vec<Piece> {
    let is_caption = |c: &Value| c.get("type").and_then(Value::as_str) == Some("caption");
    let caption = nodes(n).find(|c| is_caption(c)).map(|c| flow::inlines(children(c, ctx)).0).unwrap_or_default();
    let mut pieces = Vec::new();
    for child in nodes(n).filter(|c| !is_caption(c)) {
        pieces.extend(media(child, caption.clone(), ctx));
    }
    flow::blocks(pieces).into_iter().map(Piece::Block).collect()
}

/// A file: by address, or by an id that the package joins with its attachments; the file's name is there only sometimes.
fn media(n: &Value, caption: Vec<Inline>, ctx: &mut BodyContext) -> Vec<Piece> {
    let name = some(text_of(n, "__fileName")).or_else(|| some(text_of(n, "alt"))).unwrap_or_default();
    let source = match some(text_of(n, "url")) {
        Some(url) => Target::Url(url),
        None => Target::Attachment { page: None, name: name.clone(), id: some(text_of(n, "id")) },
    };
    let is_file = text_of(n, "type") == "file" && n.get("type").and_then(Value::as_str) == Some("mediaInline");
    if name.is_empty() && matches!(&source, Target::Attachment { id: None, .. }) {
        ctx.record("image without source", "", Outcome::Dropped);
        return Vec::new();
    }
    let link = n.get("marks").and_then(Value::as_array).into_iter().flatten().find_map(|m| some(text_of(m, "href")));
    let alt = Some(text_of(n, "alt")).filter(|a| *a != text_of(n, "__fileName")).unwrap_or_default();
    let inline = if is_file && !name.is_empty() {
        Inline::Link { target: source, content: Vec::new() }
    } else {
        Inline::Image { source, alt, title: None, width: number_of(n, "width").and_then(|w| u32::try_from(w).ok()), caption }
    };
    match link {
        Some(href) => one(Inline::Link { target: target(&href), content: vec![inline] }),
        None => one(inline),
    }
}

fn emoji_text(n: &Value) -> String {
    let text = text_of(n, "text");
    let short = text_of(n, "shortName");
    some(text)
        .filter(|t| !t.starts_with(':'))
        .or_else(|| emoji::from_code_points(&text_of(n, "id")))
        .or_else(|| emoji::from_name(&short).map(str::to_owned))
        .unwrap_or(short)
}

/// A date: milliseconds since 1970 as text.
fn date(n: &Value) -> Vec<Piece> {
    let day = text_of(n, "timestamp").parse::<i64>().ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    day.map(|t| one(Inline::Date(jiff::tz::Offset::UTC.to_datetime(t).date().to_string()))).unwrap_or_default()
}

fn card(n: &Value, ctx: &mut BodyContext) -> Vec<Piece> {
    let data = n.get("attrs").and_then(|a| a.get("data"));
    let from_data = |key: &str| data.and_then(|d| d.get(key)).and_then(Value::as_str).map(str::to_owned);
    let Some(url) = some(text_of(n, "url")).or_else(|| from_data("url")) else {
        ctx.record("link without target", from_data("name").unwrap_or_default(), Outcome::KeptAsText);
        return from_data("name").map(|name| one(Inline::Text(name))).unwrap_or_default();
    };
    let content = from_data("name").map(Inline::Text).into_iter().collect();
    let link = Inline::Link { target: target(&url), content };
    if n.get("type").and_then(Value::as_str) == Some("inlineCard") { one(link) } else { block(Block::Paragraph(vec![link])) }
}

/// A macro of the new editor. The classic ones that need more than their content are few; the rest get a marker.
/// Stands for the content of a macro while the macro itself is read by the rules of the storage format.
const HELD: &str = "\u{e002}";

/// A macro: those of the wiki itself by the rules of the storage format, which has the same names and parameters; others leave a marker.
fn extension(n: &Value, ctx: &mut BodyContext) -> Vec<Piece> {
    let name = some(text_of(n, "extensionKey")).unwrap_or_else(|| "extension".to_owned());
    let is_inline = n.get("type").and_then(Value::as_str) == Some("inlineExtension");
    let attrs = n.get("attrs");
    let parameters = attrs.and_then(|a| a.pointer("/parameters/macroParams").or_else(|| a.get("macroParams"))).and_then(Value::as_object);
    let value = |v: &Value| match v.get("value").unwrap_or(v) {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let parameters: Vec<(String, String)> = parameters.into_iter().flatten().map(|(k, v)| (k.clone(), value(v))).collect();
    let content = blocks(n, ctx);
    if name == "details" {
        ctx.record("macro details", "", Outcome::Translated);
        return content.into_iter().map(|b| Piece::Block(if let Block::Table(t) = b { Block::Properties(t) } else { b })).collect();
    }
    if storage::knows_macro(&name) {
        let read = storage::read_tree(&as_storage(&name, &parameters, !content.is_empty()), ctx);
        let mut held = Some(content);
        let mut read = put_back(read, &mut held);
        // A rule that drops the macro must not drop what people wrote in it.
        read.extend(held.into_iter().flatten());
        return pieces(read, is_inline);
    }
    let shown = |key: &str| if key.is_empty() { "value".to_owned() } else { key.to_owned() };
    let parameters: Vec<(String, String)> = parameters.iter().map(|(k, v)| (shown(k), shorten(v, 300))).collect();
    let detail = parameters.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(", ");
    ctx.record(format!("macro {name}"), detail, Outcome::Marker);
    pieces(vec![Block::Marker(Marker { name, parameters, blocks: content })], is_inline)
}

/// Blocks as pieces; one paragraph or marker may stand inside a sentence.
fn pieces(blocks: Vec<Block>, is_inline: bool) -> Vec<Piece> {
    let mut out = Vec::with_capacity(blocks.len());
    for block in blocks {
        match block {
            Block::Paragraph(content) if is_inline => out.extend(content.into_iter().map(Piece::Inline)),
            Block::Marker(marker) if is_inline => out.push(Piece::Inline(Inline::Marker(marker))),
            block => out.push(Piece::Block(block)),
        }
    }
    out
}

/// The macro as the storage format writes it.
fn as_storage(name: &str, parameters: &[(String, String)], has_content: bool) -> Element {
    let node = |name: &str, attributes: &[(&str, &str)], children| Node::Element(Element::new(name, attributes, children));
    let text = |t: &str| vec![Node::Text(t.to_owned())];
    let mut children: Vec<Node> = parameters
        .iter()
        .map(|(key, value)| match key.as_str() {
            "__bodyContent" => node("ac:plain-text-body", &[], text(value)),
            key => node("ac:parameter", &[("ac:name", key)], text(value)),
        })
        .collect();
    if has_content {
        children.push(node("ac:rich-text-body", &[], vec![node("p", &[], text(HELD))]));
    }
    Element::new("root", &[], vec![node("ac:structured-macro", &[("ac:name", name)], children)])
}

/// Puts the content of a macro where it was held.
fn put_back(read: Vec<Block>, held: &mut Option<Vec<Block>>) -> Vec<Block> {
    let mut out = Vec::with_capacity(read.len());
    for block in read {
        match block {
            Block::Paragraph(inlines) if inlines.iter().any(|i| matches!(i, Inline::Text(t) if t.contains(HELD))) => {
                out.extend(held.take().into_iter().flatten());
            }
            Block::Quote(blocks) => out.push(Block::Quote(put_back(blocks, held))),
            Block::Callout { kind, title, blocks } => out.push(Block::Callout { kind, title, blocks: put_back(blocks, held) }),
            Block::Expand { title, blocks } => out.push(Block::Expand { title, blocks: put_back(blocks, held) }),
            Block::Excerpt { name, blocks, hidden } => out.push(Block::Excerpt { name, blocks: put_back(blocks, held), hidden }),
            Block::Tabs(tabs) => {
                out.push(Block::Tabs(tabs.into_iter().map(|t| Tab { name: t.name, blocks: put_back(t.blocks, held) }).collect()));
            }
            Block::Marker(Marker { name, parameters, blocks }) => {
                out.push(Block::Marker(Marker { name, parameters, blocks: put_back(blocks, held) }));
            }
            Block::List { start, items } => {
                let items = items.into_iter().map(|i| ListItem { task: i.task, blocks: put_back(i.blocks, held) }).collect();
                out.push(Block::List { start, items });
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(json: &str) -> Vec<Block> {
        read(json, &mut BodyContext::new("Page"))
    }

    #[test]
    fn tasks_nest_and_keep_their_state() {
        let got = read_text(
            r#"{"type":"doc","version":1,"content":[{"type":"taskList","content":[
              {"type":"taskItem","attrs":{"state":"DONE"},"content":[{"type":"text","text":"a"}]},
              {"type":"taskList","content":[{"type":"taskItem","attrs":{"state":"TODO"},"content":[{"type":"text","text":"b"}]}]}]}]}"#,
        );
        let [Block::List { items, .. }] = got.as_slice() else { panic!("{got:?}") };
        assert_eq!((items.len(), items[0].task), (1, Some(true)));
        assert!(matches!(&items[0].blocks[1], Block::List { items, .. } if items[0].task == Some(false)));
    }

    #[test]
    fn marks_links_and_dates() {
        let got = read_text(
            r#"{"type":"doc","content":[{"type":"paragraph","content":[
              {"type":"text","text":"x","marks":[{"type":"strong"},{"type":"link","attrs":{"href":"https://e.org"}}]},
              {"type":"date","attrs":{"timestamp":"1740787200000"}}]}]}"#,
        );
        let [Block::Paragraph(content)] = got.as_slice() else { panic!("{got:?}") };
        assert!(
            matches!(&content[0], Inline::Strong(c) if matches!(&c[0], Inline::Link { target: Target::Url(u), .. } if u == "https://e.org"))
        );
        assert_eq!(content[1], Inline::Date("2025-03-01".to_owned()));
    }

    #[test]
    fn colours_of_a_page_are_one_loss_with_their_words() {
        let mut ctx = BodyContext::new("Page");
        read(
            r##"{"type":"doc","content":[{"type":"paragraph","content":[
              {"type":"text","text":"mind","marks":[{"type":"textColor","attrs":{"color":"#ff0000"}}]},{"type":"text","text":" the "},
              {"type":"text","text":"gap","marks":[{"type":"backgroundColor","attrs":{"color":"#ff0000"}}]}]}]}"##,
            &mut ctx,
        );
        let said: Vec<(&str, &str)> = ctx.losses.iter().map(|l| (l.element.as_str(), l.detail.as_str())).collect();
        assert_eq!(said, [("text colour", "2 passages: mind; gap")]);
    }

    #[test]
    fn macros_of_the_wiki_follow_the_rules_of_the_storage_format() {
        let got = read_text(
            r#"{"type":"doc","content":[
              {"type":"bodiedExtension","attrs":{"extensionKey":"expand","parameters":{"macroParams":{"title":{"value":"More"}}}},
                "content":[{"type":"paragraph","content":[{"type":"text","text":"inside"}]}]},
              {"type":"bodiedExtension","attrs":{"extensionKey":"details","parameters":{"macroParams":{}}},"content":[{"type":"table","content":[
                {"type":"tableRow","content":[{"type":"tableHeader","content":[{"type":"paragraph","content":[{"type":"text","text":"Owner"}]}]}]}]}]},
              {"type":"paragraph","content":[{"type":"text","text":"See "},{"type":"inlineExtension","attrs":{"extensionKey":"jira","macroParams":{"key":{"value":"OPS-1"}}}}]},
              {"type":"extension","attrs":{"extensionKey":"include","parameters":{"macroParams":{"":{"value":"Glossary"}}}}}]}"#,
        );
        assert!(
            matches!(&got[0], Block::Expand { blocks, .. } if matches!(&blocks[0], Block::Paragraph(c) if c[0] == Inline::Text("inside".into()))),
            "{got:?}"
        );
        assert!(matches!(&got[1], Block::Properties(t) if t.rows.len() == 1), "{got:?}");
        assert!(
            matches!(&got[2], Block::Paragraph(c) if matches!(&c[1], Inline::Link { target: Target::Issue(key), .. } if key == "OPS-1")),
            "{got:?}"
        );
        assert!(matches!(&got[3], Block::Include { page, .. } if page.title.as_deref() == Some("Glossary")), "{got:?}");
    }

    #[test]
    fn what_is_no_json_is_kept() {
        assert_eq!(read_text("{oops").len(), 1);
    }
}
