//! Rendered wiki pages into document blocks: HTML space exports from 2004 to Cloud 2025, Word exports, `view` bodies of REST answers.
//!
//! Knows the classes that Confluence renders with, see [`classes`]; finds the content part of a whole page itself.

mod classes;
mod panels;

use super::context::BodyContext;
use super::document::{Block, PageRef, Target};
use super::dom::{self, Element, Node};
use super::elements::{Dialect, Reader};
use super::flow::Piece;
use super::losses::Outcome;
use crate::page::corpus::percent_decode;

/// Reads a rendered body: a whole exported page or a fragment.
pub fn read(raw: &str, ctx: &mut BodyContext) -> Vec<Block> {
    let parsed = dom::parse_html(raw);
    for fault in parsed.faults {
        // HTML is never well-formed: only what changes the text is worth a line.
        if fault.contains("deep") {
            ctx.record("broken markup", fault, Outcome::KeptAsText);
        }
    }
    let (mut content, own) = content_of(&parsed.root);
    if !own {
        drop_title(&mut content, &ctx.title);
    }
    Reader::new(ctx, &Rendered).body(&content)
}

/// The part of a page that its author wrote, and whether it holds nothing else.
fn content_of(root: &Element) -> (Element, bool) {
    let by_id = |id: &str| root.find(&|e| e.attr("id") == id).cloned();
    let by_class = |class: &str| root.find(&|e| e.has_class(class)).cloned();
    if let Some(main) = by_id("main-content") {
        return (main, true);
    }
    let found = by_class("pagebody")
        .or_else(|| by_class("Section1"))
        .or_else(|| root.find(&|e| e.name == "article").cloned())
        .or_else(|| by_class("wiki-content"))
        .or_else(|| root.find(&|e| e.name == "body").cloned());
    let mut content = found.unwrap_or_else(|| root.clone());
    without(&mut content, &is_frame);
    // Word exports and page templates repeat the title inside the content; elsewhere a heading like it is the author's.
    let own = content.name != "article" && root.find(&|e| e.has_class("Section1")).is_none();
    (content, own)
}

/// What exports put around the content: title, breadcrumbs, dates, attachment and comment lists.
fn is_frame(e: &Element) -> bool {
    const IDS: &[&str] =
        &["breadcrumbs", "breadcrumb-section", "footer", "main-header", "attachments", "comments", "labels", "title-heading", "title-text"];
    const CLASSES: &[&str] =
        &["pageheader", "pagesubheading", "pagecomments", "tabletitle", "greybox", "labels", "page-metadata", "pageSection", "pagetitle"];
    IDS.contains(&e.attr("id")) || e.classes().any(|c| CLASSES.contains(&c))
}

fn without(e: &mut Element, unwanted: &dyn Fn(&Element) -> bool) {
    e.children.retain(|n| !matches!(n, Node::Element(c) if unwanted(c)));
    for node in &mut e.children {
        if let Node::Element(child) = node {
            without(child, unwanted);
        }
    }
}

/// Takes out a first heading that only repeats the page's title. True once something visible was met.
fn drop_title(e: &mut Element, title: &str) -> bool {
    let squeeze = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let wanted = squeeze(title);
    let mut i = 0;
    while i < e.children.len() {
        match &mut e.children[i] {
            Node::Text(text) if text.trim().is_empty() => {}
            Node::Text(_) => return true,
            Node::Element(c) if matches!(c.name.as_str(), "script" | "style" | "head" | "hr") => {}
            Node::Element(c) if c.name == "h1" => {
                if squeeze(&c.text()) == wanted && !wanted.is_empty() {
                    e.children.remove(i);
                }
                return true;
            }
            Node::Element(c) => {
                if drop_title(c, title) {
                    return true;
                }
            }
        }
        i += 1;
    }
    false
}

/// Rendered HTML's own meaning of classes.
struct Rendered;

impl Dialect for Rendered {
    fn element(&self, e: &Element, reader: &mut Reader<'_>) -> Option<Vec<Piece>> {
        classes::read(e, reader)
    }

    fn is_boxed(&self, e: &Element) -> bool {
        e.has_class("jira-issue")
    }

    fn target(&self, e: &Element, address: &str) -> Target {
        target(e, address)
    }
}

/// Where an address leads: attachments and pages of the export are recognised, everything else is an address.
pub(super) fn target(e: &Element, address: &str) -> Target {
    let address = address.trim();
    if let Some(anchor) = address.strip_prefix('#') {
        return if anchor.is_empty() { Target::Nothing } else { Target::Anchor(percent_decode(anchor)) };
    }
    if address.is_empty() || address.to_ascii_lowercase().starts_with("javascript:") {
        return Target::Nothing;
    }
    if has_scheme(address) || address.starts_with("//") {
        return Target::Url(address.to_owned());
    }
    let clean = address.replace('\\', "/");
    let (path, anchor) =
        clean.split_once('#').map_or((clean.as_str(), None), |(p, a)| (p, Some(percent_decode(a)).filter(|a| !a.is_empty())));
    let path = path.split('?').next().unwrap_or(path);
    let file = percent_decode(path);
    if ["attachments/", "thumbnails/", "_attachments/", "embedded-page/"].iter().any(|part| file.contains(part)) {
        let name = e
            .some("data-linked-resource-default-alias")
            .or_else(|| e.some("data-filename"))
            .map_or_else(|| file.rsplit('/').next().unwrap_or(&file).to_owned(), str::to_owned);
        return Target::Attachment { page: None, name, id: Some(file) };
    }
    if file.to_ascii_lowercase().ends_with(".html") || file.to_ascii_lowercase().ends_with(".htm") {
        let id = page_id(&file).or_else(|| e.some("data-linked-resource-id").map(str::to_owned));
        return Target::Page(PageRef { file: Some(file), id, ..PageRef::default() }, anchor);
    }
    if e.name == "img" {
        return Target::Attachment { page: None, name: file.rsplit('/').next().unwrap_or(&file).to_owned(), id: Some(file) };
    }
    Target::Url(address.to_owned())
}

/// The page id in an exported file's name: `Title_123.html` or `123.html`.
fn page_id(file: &str) -> Option<String> {
    let stem = file.rsplit('/').next()?.rsplit_once('.')?.0;
    let id = stem.rsplit('_').next()?;
    (id.len() >= 3 && id.bytes().all(|b| b.is_ascii_digit())).then(|| id.to_owned())
}

fn has_scheme(address: &str) -> bool {
    address.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_an_export_are_recognised() {
        let e = Element { name: "a".to_owned(), ..Element::default() };
        assert_eq!(target(&e, "#T%C3%BCr"), Target::Anchor("Tür".to_owned()));
        let page = PageRef { file: Some("My-Page_123.html".to_owned()), id: Some("123".to_owned()), ..PageRef::default() };
        assert_eq!(target(&e, "My-Page_123.html#MyPage-A"), Target::Page(page, Some("MyPage-A".to_owned())));
        let file = Target::Attachment { page: None, name: "9.png".to_owned(), id: Some("attachments/1/9.png".to_owned()) };
        assert_eq!(target(&e, "attachments/1/9.png?width=760"), file);
        assert_eq!(target(&e, "javascript:void(0)"), Target::Nothing);
        assert_eq!(target(&e, "mailto:a@b.c"), Target::Url("mailto:a@b.c".to_owned()));
    }
}
