//! `index.html` of an HTML export: the space and the tree of its pages, the only place where their order stands.

use std::collections::BTreeMap;

use scraper::{ElementRef, Html, Selector};

use super::page::{collapse, local, selector};

/// A page in the tree.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// Its parent's file.
    pub(super) parent: Option<String>,
    /// Its place in reading order.
    pub(super) order: i64,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// Space key.
    pub(super) key: Option<String>,
    /// Space name.
    pub(super) name: Option<String>,
    /// File of the home page.
    pub(super) home: Option<String>,
    /// The rows that no page can hold, as `label: value`.
    pub(super) details: Vec<String>,
    /// Titles in the tree that lead nowhere: pages that were not exported.
    pub(super) unlinked: Vec<String>,
    /// The file it was read from.
    pub(super) file: String,
    /// Titles by file.
    pub(super) titles: BTreeMap<String, String>,
    /// By file.
    pub(super) pages: BTreeMap<String, Entry>,
}

/// The index in `document`, if it is one: a page called "Space Details:" or a list of pages under "Available Pages:".
pub(super) fn read(document: &Html, file: &str) -> Option<Index> {
    let title =
        document.select(selector!("#title-text, .pagetitle")).map(|e| collapse(&e.text().collect::<String>())).find(|t| !t.is_empty());
    let heading =
        document.select(selector!(".pageSectionTitle, h2")).any(|e| collapse(&e.text().collect::<String>()).starts_with("Available Pages"));
    if !heading && !title.is_some_and(|t| t.starts_with("Space Details")) {
        return None;
    }
    let mut out = Index { file: file.to_owned(), ..Index::default() };
    for row in document.select(selector!("#main-content tr, table.confluenceTable tr, table.grid tr")) {
        let cells: Vec<String> = row.select(selector!("th, td")).map(|c| collapse(&c.text().collect::<String>())).collect();
        let [label, value, ..] = cells.as_slice() else { continue };
        let label = label.trim_end_matches([':', '：', ' ']);
        match label {
            _ if value.is_empty() => {}
            "Key" => out.key = Some(value.clone()),
            "Name" => out.name = Some(value.clone()),
            _ => out.details.push(format!("{label}: {value}")),
        }
    }
    let li = selector!("li");
    for (order, item) in document.select(li).enumerate() {
        let Some(link) = own_link(item) else {
            out.unlinked.extend(own_words(item));
            continue;
        };
        let Some(page) = link.attr("href").and_then(|h| local(file, h)) else { continue };
        out.titles.insert(page.clone(), collapse(&link.text().collect::<String>()));
        let parent = item
            .ancestors()
            .filter_map(ElementRef::wrap)
            .filter(|e| e.value().name() == "li")
            .find_map(|e| own_link(e)?.attr("href").and_then(|h| local(file, h)))
            .filter(|p| *p != page);
        let is_home = item.children().filter_map(ElementRef::wrap).any(|e| e.attr("src").is_some_and(|s| s.contains("home_page")));
        if is_home && out.home.is_none() {
            out.home = Some(page.clone());
        }
        let order = i64::try_from(order).unwrap_or(i64::MAX);
        out.pages.entry(page).or_insert(Entry { parent, order });
    }
    if out.home.is_none() {
        let mut roots = out.pages.iter().filter(|(_, e)| e.parent.is_none());
        out.home = roots.next().map(|(f, _)| f.clone()).filter(|_| roots.next().is_none());
    }
    Some(out)
}

/// The words of a list item without link, not of the lists in it.
fn own_words(item: ElementRef<'_>) -> Option<String> {
    let of_lists = |e: &ElementRef<'_>| matches!(e.value().name(), "ul" | "ol");
    let own = item.children().map(|child| match ElementRef::wrap(child) {
        Some(element) if of_lists(&element) => String::new(),
        Some(element) => element.text().collect(),
        None => child.value().as_text().map(|t| t.to_string()).unwrap_or_default(),
    });
    Some(collapse(&own.collect::<String>())).filter(|words| !words.is_empty())
}

/// The link of a list item itself, not of the lists in it.
fn own_link(item: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let a: &Selector = selector!("a[href]");
    item.select(a)
        .find(|link| link.ancestors().filter_map(ElementRef::wrap).find(|e| e.value().name() == "li").is_some_and(|e| e.id() == item.id()))
}
