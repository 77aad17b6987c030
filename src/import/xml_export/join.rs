//! Joins the flat objects of an XML export to pages: bodies to owners, versions to pages, attachments, labels, restrictions, people.
//!
//! Runs once, when all objects were seen.

use std::collections::{BTreeSet, HashMap};

use super::Descriptor;
use super::found::{Found, Id, RawAttachment, RawPage, id};
use crate::import::archive::Archive;
use crate::import::losses::{Loss, Outcome, without_tags};
use crate::import::notice::{Notice, plural};
use crate::import::package::{
    Attachment, Beside, BodyPlace, Comment, Details, Earlier, ImportPage, Package, PageType, Space, User, not_kept,
};
use crate::import::people;
use crate::text::secrets;

/// Joins everything and adds it to `out`.
pub(super) fn finish(
    mut found: Found,
    archive: &Archive,
    export: usize,
    base: &str,
    descriptor: &Descriptor,
    whole: bool,
    out: &mut Package,
) {
    let nothing = found.pages.is_empty() && found.versions.is_empty();
    if nothing && whole {
        out.notices.push(
            Notice::error(format!("{} holds no pages", archive.path.display()))
                .why(
                    format!(
                        "{} without a page they belong to were found",
                        plural((found.bodies.len() + found.loose_bodies.len()) as u64, "body")
                    )
                    .replace("bodys", "bodies"),
                )
                .next("ask for a full export of the space: Space settings > Export space > XML > Full export"),
        );
    }
    out.formats.push(if descriptor.cloud { "Confluence Cloud XML export" } else { "Confluence XML export" }.to_owned());
    let fallback = fallback_space(&found, descriptor);
    users(&mut found, out);
    let comments = found.comments.len() as u64;
    let (first, orphan_versions) = (out.pages.len(), orphan_versions(&found));
    pages(&mut found, archive, export, base, descriptor, fallback.as_deref(), out);
    report(&found, archive, &out.pages[first..], &mut out.notices);
    beside(&found, out);
    out.counts.versions += found.old_versions + orphan_versions;
    out.counts.drafts += found.drafts;
    out.counts.trashed += found.trashed.len() as u64;
    out.counts.templates += found.templates.len() as u64;
    out.counts.comments += comments;
    for (space, _) in found.spaces.into_values() {
        out.spaces.entry(space.key.clone()).or_insert(space);
    }
    if let Some(key) = fallback {
        out.spaces.entry(key.clone()).or_insert_with(|| Space { name: key.clone(), personal: key.starts_with('~'), key, home: None });
    }
}

/// A page without a space of its own that another names as its earlier version.
fn is_orphan(raw: &RawPage, found: &Found) -> bool {
    raw.space_id.is_none() && found.old_ids.contains(&id(raw.page.id.as_deref().unwrap_or_default()))
}

fn orphan_versions(found: &Found) -> u64 {
    found.pages.iter().filter(|raw| is_orphan(raw, found)).count() as u64
}

/// Joins the pages one by one: of each only what all others need stays at hand.
fn pages(
    found: &mut Found,
    archive: &Archive,
    export: usize,
    base: &str,
    descriptor: &Descriptor,
    fallback: Option<&str>,
    out: &mut Package,
) {
    let mut histories = histories(found);
    found.labellings.sort_unstable();
    found.comments.sort_by_key(|c| c.owner);
    let mut files: HashMap<Id, Vec<RawAttachment>> = HashMap::new();
    for raw in std::mem::take(&mut found.attachments) {
        files.entry(raw.owner).or_default().push(raw);
    }
    let mut missing = 0u64;
    let all = std::mem::take(&mut found.pages);
    out.pages.reserve_exact(all.len());
    for raw in all {
        let raw = *raw;
        let id = id(raw.page.id.as_deref().unwrap_or_default());
        if is_orphan(&raw, found) {
            found.ids.remove(&id);
            continue;
        }
        let body = body(&raw, found);
        let mut details: Details = match out.store.recall(raw.details) {
            Ok(details) => details,
            Err(error) => {
                out.notices.push(not_kept(&raw.page.title, &error));
                continue;
            }
        };
        let mut page = raw.page;
        let space = raw.space_id.as_ref().and_then(|s| found.spaces.get(s)).map(|(s, _)| s.key.as_str());
        page.space = space.or(fallback).map(str::to_owned);
        page.body = body;
        page.export = export;
        page.restricted = found.restricted.contains(&id);
        page.history = histories.remove(&id).unwrap_or_default();
        for raw in files.remove(&id).unwrap_or_default() {
            page.attachments.push(attachment(raw, found, archive, base));
        }
        page.attachments.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        missing += page.attachments.iter().filter(|a| !a.is_here()).count() as u64;
        details.addresses = addresses(&page, descriptor.cloud);
        let labels = of(&found.labellings, id, |(owner, _)| *owner).iter().filter_map(|(_, label)| found.labels.get(label));
        details.labels = labels.cloned().collect();
        details.labels.sort();
        details.labels.dedup();
        let comments = of(&found.comments, id, |c| c.owner).iter();
        details.comments = comments
            .map(|c| Comment { date: c.date.as_deref().map(str::to_owned), body: found.bodies.get(&c.id).map(|b| b.stored) })
            .collect();
        details.comments.sort_by(|a, b| (&a.date, a.body).cmp(&(&b.date, b.body)));
        out.add(page, &details);
    }
    if missing > 0 {
        out.notices.push(missing_files(missing, archive, descriptor));
    }
}

/// The items of `owner`, of a list sorted by owners.
fn of<T>(sorted: &[T], owner: Id, by: impl Fn(&T) -> Id) -> &[T] {
    let from = sorted.partition_point(|item| by(item) < owner);
    let len = sorted[from..].partition_point(|item| by(item) == owner);
    &sorted[from..from + len]
}

/// Earlier versions by their page, oldest first.
fn histories(found: &mut Found) -> HashMap<Id, Vec<Earlier>> {
    let mut versions = std::mem::take(&mut found.versions);
    versions.sort_by(|a, b| (a.original, a.number, &a.updated).cmp(&(b.original, b.number, &b.updated)));
    let mut histories: HashMap<Id, Vec<Earlier>> = HashMap::new();
    for version in versions {
        let body = body(&version.raw, found);
        histories.entry(version.original).or_default().push(Earlier::new(version.raw.page.title, body, version.raw.details));
    }
    histories
}

/// What the export says outside its pages: descriptions of spaces, templates.
fn beside(found: &Found, out: &mut Package) {
    let unnamed = found.description_ids.iter().filter_map(|of| out.store.text(found.bodies.get(&id(of))?.stored).ok());
    let texts: Vec<String> = found.descriptions.iter().cloned().chain(unnamed).collect();
    let mut add = |element: &str, detail: String| {
        let loss = Loss { element: element.to_owned(), place: String::new(), detail, outcome: Outcome::Dropped };
        out.beside.push(Beside { file: "entities.xml".to_owned(), title: String::new(), loss });
    };
    let words = texts.iter().map(|d| without_tags(d)).filter(|d| !d.is_empty());
    for description in words {
        let hides = !secrets::find(&description).is_empty();
        add("space description", if hides { "it looks as if it held a secret".to_owned() } else { description });
    }
    for template in &found.templates {
        add("page template", template.clone());
    }
}

/// The space of pages that name none: the one the descriptor names, or the only one there is.
fn fallback_space(found: &Found, descriptor: &Descriptor) -> Option<String> {
    if let Some(key) = &descriptor.space {
        return Some(key.clone());
    }
    let used: BTreeSet<&str> =
        found.pages.iter().filter_map(|p| p.space_id.as_ref()).filter_map(|id| found.spaces.get(id)).map(|(s, _)| s.key.as_str()).collect();
    let all: BTreeSet<&str> = found.spaces.values().map(|(s, _)| s.key.as_str()).collect();
    let only = |set: &BTreeSet<&str>| if set.len() == 1 { set.first().map(|k| (*k).to_owned()) } else { None };
    only(&used).or_else(|| only(&all))
}

fn body(raw: &RawPage, found: &Found) -> BodyPlace {
    let own = raw.page.id.as_deref().and_then(|i| found.bodies.get(&id(i)));
    let body = own.or_else(|| raw.body_ids.iter().find_map(|id| found.loose_bodies.get(id)));
    body.map_or(BodyPlace::None, |b| BodyPlace::Stored(b.format, b.stored))
}

fn users(found: &mut Found, out: &mut Package) {
    out.counts.users += found.users.len().max(found.names.len()) as u64;
    let mut insert = |id: String, user: &User| {
        if !id.is_empty() {
            out.users.entry(id).or_insert_with(|| user.clone());
        }
    };
    for (lower, mut user, ids) in std::mem::take(&mut found.users) {
        if let Some((shown, former)) = found.names.get(&lower) {
            user.name.clone_from(shown);
            user.former |= former;
        }
        user.name = people::presentable(user.name.as_deref(), &user.login);
        for id in ids {
            insert(id, &user);
        }
    }
    let mut names: Vec<_> = std::mem::take(&mut found.names).into_iter().collect();
    names.sort();
    for (login, (shown, former)) in names {
        let user = User { name: people::presentable(shown.as_deref(), &login), login: login.clone(), former };
        insert(login, &user);
    }
}

fn attachment(raw: RawAttachment, found: &Found, archive: &Archive, base: &str) -> Attachment {
    let own = id(&raw.id);
    let by_property = || {
        let properties = found.attachment_properties.get(&own).map_or(&[][..], |p| p);
        properties.iter().find_map(|p| found.property_values.get(p)).or_else(|| found.properties.get(&own)).copied()
    };
    let folder = format!("{base}attachments/{}/{}/", raw.owner_name, raw.id);
    let numbers = archive.below(&folder).filter_map(|e| e.name[folder.len()..].parse::<u64>().ok());
    let best = numbers.max_by_key(|n| (Some(*n) == raw.version, *n));
    let entry = best.map(|n| format!("{folder}{n}").into_boxed_str());
    Attachment { id: Some(raw.id), name: raw.name, entry, stored: None, extension: raw.extension.or_else(by_property) }
}

fn missing_files(missing: u64, archive: &Archive, descriptor: &Descriptor) -> Notice {
    let why = if descriptor.without_attachments {
        "the export was made without attachments"
    } else {
        "the export names them and does not hold them"
    };
    Notice::warning(format!("{} not in {}", plural(missing, "attachment"), archive.path.display()))
        .why(why)
        .next("export again with attachments; until then pages keep a link to a missing file, which lint reports")
}

fn addresses(page: &ImportPage, cloud: bool) -> Vec<String> {
    let mut out = Vec::new();
    let (Some(space), Some(id)) = (&page.space, &page.id) else { return out };
    if cloud {
        out.push(format!("/wiki/spaces/{space}/pages/{id}"));
    } else {
        if page.kind == PageType::Page && !page.title.is_empty() && !page.title.contains(['/', '?', '&', '#', '%', '+', '\\', ';', '"']) {
            out.push(format!("/display/{space}/{}", page.title.replace(' ', "+")));
        }
        out.push(format!("/pages/viewpage.action?pageId={id}"));
    }
    out
}

/// Says what was left out and what was odd.
fn report(found: &Found, archive: &Archive, live: &[ImportPage], notices: &mut Vec<Notice>) {
    let at = archive.path.display();
    let mut drop = |n: u64, what: &str, why: &str| {
        if n > 0 {
            notices.push(Notice::info(format!("{} in {at} left out", plural(n, what))).why(why));
        }
    };
    drop(found.drafts, "draft", "they were never published");
    drop(found.shadow_drafts, "unsaved edit", "each belongs to a page that is there as it was last published");
    drop(found.trashed.len() as u64, "page from the trash", "they were deleted in the wiki");
    drop(found.templates.len() as u64, "page template", "templates are not pages");
    for list in &found.twice {
        notices.push(Notice::warning(format!("page {list} is twice in {at}; the first one counts")).why("two objects have the same id"));
    }
    for (class, owner) in &found.cut {
        let title = live.iter().find(|p| p.id.as_ref() == Some(owner)).map_or("without a title", |p| p.title.as_str());
        notices.push(
            Notice::error(format!("\"{title}\" ({class} {owner}) is cut at {} MiB", crate::import::MAX_PAGE_BYTES >> 20))
                .why("a body of that size is data, not a page")
                .next("attach the data as a file in the wiki, then export again"),
        );
    }
    let orphans: Vec<&ImportPage> = live.iter().filter(|p| p.parent.as_ref().is_some_and(|p| !found.ids.contains(&id(p)))).collect();
    if let Some(first) = orphans.first() {
        let n = orphans.len() as u64;
        notices.push(Notice::warning(format!("{} without a parent in {at}, put below the space", plural(n, "page"))).why(format!(
            "the export names parents it does not hold, first for \"{}\" ({})",
            first.title,
            first.id.as_deref().unwrap_or_default()
        )));
    }
}
