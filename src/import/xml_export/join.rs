//! Joins the flat objects of an XML export to pages: bodies to owners, versions to pages, attachments, labels, restrictions, people.
//!
//! Runs once, when all objects were seen.

use std::collections::{BTreeSet, HashMap};

use super::Descriptor;
use super::found::{Found, Id, RawPage, id};
use crate::import::archive::Archive;
use crate::import::losses::{Loss, Outcome, without_tags};
use crate::import::notice::{Notice, plural};
use crate::import::package::{Attachment, Beside, BodyPlace, ImportPage, Package, PageType, Space, User};
use crate::import::{people, secrets};

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
    let mut histories: HashMap<Id, Vec<ImportPage>> = HashMap::new();
    let mut live: Vec<ImportPage> = Vec::with_capacity(found.pages.len());
    let mut places: HashMap<Id, usize> = HashMap::with_capacity(found.pages.len());
    for raw in std::mem::take(&mut found.versions) {
        let original = raw.original.unwrap_or_default();
        let page = with_body(raw, &found);
        histories.entry(original).or_default().push(page);
    }
    let mut orphan_versions = 0u64;
    for raw in std::mem::take(&mut found.pages) {
        let id = id(raw.page.id.as_deref().unwrap_or_default());
        let space = raw.space_id.as_ref().and_then(|s| found.spaces.get(s)).map(|(s, _)| s.key.clone());
        if space.is_none() && raw.space_id.is_none() && found.old_ids.contains(&id) {
            orphan_versions += 1;
            continue;
        }
        let mut page = with_body(*raw, &found);
        page.space = space.or_else(|| fallback.clone());
        page.export = export;
        page.restricted = found.restricted.contains(&id);
        page.history = histories.remove(&id).unwrap_or_default();
        page.history.sort_by_key(|v| (v.version, v.updated.clone()));
        page.addresses = addresses(&page, descriptor.cloud);
        places.insert(id, live.len());
        live.push(page);
    }
    attach(&mut found, archive, base, descriptor, &places, &mut live, out);
    for (owner, label) in std::mem::take(&mut found.labellings) {
        if let (Some(at), Some(label)) = (places.get(&owner), found.labels.get(&label)) {
            live[*at].labels.push(label.clone());
        }
    }
    let comments = found.comments.len() as u64;
    for (owner, id, mut comment) in std::mem::take(&mut found.comments) {
        if let Some(at) = places.get(&owner) {
            comment.body = found.bodies.get(&id).map(|b| b.stored);
            live[*at].comments.push(comment);
        }
    }
    for page in &mut live {
        page.labels.sort();
        page.labels.dedup();
        page.comments.sort_by(|a, b| (&a.date, a.body).cmp(&(&b.date, b.body)));
        page.shrink();
    }
    report(&found, archive, &live, &places, out);
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
    out.pages.extend(live);
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

fn with_body(raw: RawPage, found: &Found) -> ImportPage {
    let mut page = raw.page;
    let own = page.id.as_deref().and_then(|i| found.bodies.get(&id(i)));
    let body = own.or_else(|| raw.body_ids.iter().find_map(|id| found.loose_bodies.get(id)));
    page.body = body.map_or(BodyPlace::None, |b| BodyPlace::Stored(b.format, b.stored));
    page
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

fn attach(
    found: &mut Found,
    archive: &Archive,
    base: &str,
    descriptor: &Descriptor,
    places: &HashMap<Id, usize>,
    live: &mut [ImportPage],
    out: &mut Package,
) {
    let mut missing = 0u64;
    for raw in std::mem::take(&mut found.attachments) {
        let Some(owner) = raw.owner else { continue };
        let Some(&at) = places.get(&id(&owner)) else { continue };
        let own = id(&raw.id);
        let (mut media, mut size) = found.properties.remove(&own).unwrap_or_default();
        for property in found.attachment_properties.remove(&own).unwrap_or_default() {
            match found.property_values.remove(&property) {
                Some((true, value)) => media = Some(value),
                Some((_, value)) => size = value.parse().ok(),
                None => {}
            }
        }
        let folder = format!("{base}attachments/{owner}/{}/", raw.id);
        let numbers = archive.below(&folder).filter_map(|e| e.name[folder.len()..].parse::<u64>().ok());
        let best = numbers.max_by_key(|n| (Some(*n) == raw.version, *n));
        let entry = best.map(|n| format!("{folder}{n}"));
        missing += u64::from(entry.is_none());
        let media_type = raw.media_type.or(media);
        live[at].attachments.push(Attachment {
            id: Some(raw.id),
            name: raw.name,
            entry,
            stored: None,
            media_type,
            size: raw.size.or(size),
        });
    }
    for page in live.iter_mut() {
        page.attachments.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    }
    if missing > 0 {
        let why = if descriptor.without_attachments {
            "the export was made without attachments"
        } else {
            "the export names them and does not hold them"
        };
        out.notices.push(
            Notice::warning(format!("{} not in {}", plural(missing, "attachment"), archive.path.display()))
                .why(why)
                .next("export again with attachments; until then pages keep a link to a missing file, which lint reports"),
        );
    }
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
fn report(found: &Found, archive: &Archive, live: &[ImportPage], places: &HashMap<Id, usize>, out: &mut Package) {
    let at = archive.path.display();
    let mut drop = |n: u64, what: &str, why: &str| {
        if n > 0 {
            out.notices.push(Notice::info(format!("{} in {at} left out", plural(n, what))).why(why));
        }
    };
    drop(found.drafts, "draft", "they were never published");
    drop(found.shadow_drafts, "unsaved edit", "each belongs to a page that is there as it was last published");
    drop(found.trashed.len() as u64, "page from the trash", "they were deleted in the wiki");
    drop(found.templates.len() as u64, "page template", "templates are not pages");
    for list in &found.twice {
        out.notices
            .push(Notice::warning(format!("page {list} is twice in {at}; the first one counts")).why("two objects have the same id"));
    }
    for (class, owner) in &found.cut {
        let title = places.get(&id(owner)).map_or("without a title", |i| live[*i].title.as_str());
        out.notices.push(
            Notice::error(format!("\"{title}\" ({class} {owner}) is cut at {} MiB", crate::import::MAX_PAGE_BYTES >> 20))
                .why("a body of that size is data, not a page")
                .next("attach the data as a file in the wiki, then export again"),
        );
    }
    let orphans: Vec<&ImportPage> = live.iter().filter(|p| p.parent.as_ref().is_some_and(|p| !places.contains_key(&id(p)))).collect();
    if let Some(first) = orphans.first() {
        let n = orphans.len() as u64;
        out.notices.push(Notice::warning(format!("{} without a parent in {at}, put below the space", plural(n, "page"))).why(format!(
            "the export names parents it does not hold, first for \"{}\" ({})",
            first.title,
            first.id.as_deref().unwrap_or_default()
        )));
    }
}
