//! Links of storage format: `ac:link` with its resource identifiers (`ri:`).

use super::super::document::{Inline, PageRef, Target, UserRef};
use super::super::dom::Element;
use super::super::elements::{Reader, shorten};
use super::super::flow::Piece;
use super::super::losses::Outcome;

/// An `ac:link`.
pub(super) fn link(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    let anchor = e.some("ac:anchor").map(str::to_owned);
    let body = e.elements().find(|c| matches!(c.name.as_str(), "ac:link-body" | "ac:plain-text-link-body"));
    let resource_element = e.elements().find(|c| c.name.starts_with("ri:"));
    if let Some(user_element) = resource_element.filter(|r| r.name == "ri:user") {
        let mut person = user(user_element);
        person.name = body.map(|b| b.text().trim().to_owned()).filter(|n| !n.is_empty());
        return vec![Piece::Inline(Inline::Mention(person))];
    }
    let mut content = body.map(|b| reader.flow(&b.children)).unwrap_or_default();
    if body.is_none() {
        // Old editors leave the text directly inside.
        let text: Vec<_> =
            e.children.iter().filter(|n| !matches!(n, super::super::dom::Node::Element(c) if c.name.starts_with("ri:"))).cloned().collect();
        content = reader.flow(&text);
        if content.iter().all(|p| matches!(p, Piece::Inline(Inline::Text(t)) if t.trim().is_empty())) {
            content.clear();
        }
    }
    let mut target = resource_element.map_or(Target::Nothing, resource);
    match (&mut target, anchor) {
        (Target::Page(_, slot), Some(anchor)) => *slot = Some(anchor),
        (Target::Nothing, Some(anchor)) if resource_element.is_none() => target = Target::Anchor(anchor),
        _ => {}
    }
    if target == Target::Nothing {
        if let Some(r) = resource_element.filter(|r| r.name == "ri:shortcut") {
            let words = format!("{}@{}", r.attr("ri:parameter"), r.attr("ri:key"));
            reader.ctx.record("shortcut link", words.clone(), Outcome::KeptAsText);
            return if content.is_empty() { vec![Piece::Inline(Inline::Text(words))] } else { content };
        }
        let words = super::super::elements::words_of(&content);
        reader.ctx.record("link without target", shorten(&words, 200), Outcome::KeptAsText);
        return content;
    }
    if content.is_empty() {
        if let Target::Anchor(anchor) = &target {
            content.push(Piece::Inline(Inline::Text(anchor.clone())));
        } else {
            return vec![Piece::Inline(Inline::Link { target, content: Vec::new() })];
        }
    }
    reader.link(target, content)
}

/// A resource identifier that stands where no link is around it.
pub(super) fn bare(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    let target = resource(e);
    if target == Target::Nothing {
        return reader.flow(&e.children);
    }
    vec![Piece::Inline(Inline::Link { target, content: Vec::new() })]
}

/// Where a resource identifier points.
pub(super) fn resource(e: &Element) -> Target {
    match e.name.as_str() {
        "ri:page" | "ri:blog-post" => match (page(e), e.some("ri:space-key")) {
            (Some(page), _) => Target::Page(page, None),
            (None, Some(key)) => Target::Space(key.to_owned()),
            (None, None) => Target::Nothing,
        },
        "ri:attachment" => {
            let Some(name) = e.some("ri:filename") else { return Target::Nothing };
            let owner = e.elements().find_map(page);
            Target::Attachment { page: owner, name: name.to_owned(), id: None }
        }
        "ri:content-entity" => page(e).map_or(Target::Nothing, |p| Target::Page(p, None)),
        "ri:url" => e.some("ri:value").map_or(Target::Nothing, |v| Target::Url(v.to_owned())),
        "ri:space" => e.some("ri:space-key").map_or(Target::Nothing, |k| Target::Space(k.to_owned())),
        "ri:user" => Target::User(user(e)),
        _ => Target::Nothing,
    }
}

/// The page that a resource identifier names.
pub(super) fn page(e: &Element) -> Option<PageRef> {
    match e.name.as_str() {
        "ri:page" | "ri:blog-post" => {
            let title = e.some("ri:content-title")?.to_owned();
            Some(PageRef {
                space: e.some("ri:space-key").map(str::to_owned),
                title: Some(title),
                id: e.some("ri:content-id").map(str::to_owned),
                file: None,
            })
        }
        "ri:content-entity" => Some(PageRef { id: Some(e.some("ri:content-id")?.to_owned()), ..PageRef::default() }),
        _ => None,
    }
}

/// The person that `ri:user` names.
pub(super) fn user(e: &Element) -> UserRef {
    let id = e.some("ri:account-id").or_else(|| e.some("ri:userkey")).or_else(|| e.some("ri:username")).unwrap_or_default();
    UserRef { id: id.to_owned(), name: None }
}
