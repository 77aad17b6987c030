//! One page from its raw body to the text of its file. Pure: reads the package, touches no disk.

use std::panic::{AssertUnwindSafe, catch_unwind};

use unicode_normalization::UnicodeNormalization as _;

use super::{Prepared, Request};
use crate::import::body::{self, BodyContext};
use crate::import::front::{Front, scalar};
use crate::import::ledger::{LedgerError, hash};
use crate::import::links::Links;
use crate::import::losses::{Loss, Outcome, without_tags};
use crate::import::markdown;
use crate::import::package::{Attachment, Details, Earlier, ImportPage, PageStatus, PageType, RawBody};
use crate::import::people::Named;
use crate::import::{comala, decisions, properties};
use crate::text::secrets;

/// A converted page.
pub(super) struct Converted {
    /// The whole file.
    pub(super) text: String,
    /// Its hash.
    pub(super) hash: String,
    /// Losses, and macros that came over.
    pub(super) losses: Vec<Loss>,
    /// Its version in the wiki.
    pub(super) version: Option<u64>,
    /// People it names.
    pub(super) people: Named,
    /// Addresses it had here before.
    pub(super) former: Vec<String>,
}

/// Why a page could not be converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// It cannot be read or there is a fault in the program.
    Failed {
        /// Why.
        why: String,
        /// What to do.
        next: &'static str,
    },
    /// Something in it looks like a secret.
    Secret {
        /// What, masked, and where.
        found: Vec<String>,
    },
}

/// Converts page `at`, which had the addresses `former` before.
pub(super) fn convert(
    request: &Request<'_>,
    prepared: &Prepared,
    links: &Links<'_>,
    at: usize,
    former: Vec<String>,
) -> Result<Converted, Refused> {
    let page = &prepared.package.pages[at];
    let unread = |e: std::io::Error| Refused::Failed { why: e.to_string(), next: "export again, then the same command" };
    let details = prepared.package.details(page).map_err(unread)?;
    let raw = prepared.package.body(page).map_err(unread)?;
    if !request.allow_secrets && !prepared.plan.allows_secrets(&prepared.keys[at]) {
        look_for_secrets(&raw)?;
    }
    let work = || {
        let mut ctx = BodyContext::new(&page.title);
        let blocks = body::read(&raw, &mut ctx);
        links.know(at, &blocks);
        let mut losses = ctx.losses;
        let blocks = decisions::without(&prepared.decisions.not_needed(), blocks, &mut losses);
        let here = links.of(at);
        let written = markdown::write(&blocks, &here, &mut losses);
        let properties = properties::of(&blocks, &here);
        (written, losses, properties, here.named())
    };
    let (written, mut losses, mut properties, people) = catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let why =
            panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default();
        Refused::Failed {
            why: format!("a bug in stepwright: {why}"),
            next: "report it with the page's source; the other pages are imported",
        }
    })?;
    in_reading_order(&mut losses);
    if page.kind == PageType::Folder && written.trim().is_empty() {
        losses.push(Loss {
            element: "folder".into(),
            place: String::new(),
            detail: "a folder has no text".into(),
            outcome: Outcome::Translated,
        });
    }
    losses.extend(comments(prepared, &details));
    losses.extend(missing_files(page));
    losses.extend(renamed_files(page, &prepared.layout.files[at]));
    if let Some((entry, lost)) = workflow(&raw, prepared, &details) {
        properties.push((comala::KEY.to_owned(), entry));
        losses.extend(lost);
    }
    let front = Front { properties, ..front(prepared, at, &details, &former) }.text();
    let text = if written.is_empty() { front } else { format!("{front}\n{written}") };
    let hash = hash(text.as_bytes());
    Ok(Converted { text, hash, losses, version: details.version, people, former })
}

/// What reading and what writing lost, by the place on the page; the reader meets every place first.
fn in_reading_order(losses: &mut [Loss]) {
    let mut places: Vec<String> = Vec::new();
    for loss in losses.iter() {
        if !places.contains(&loss.place) {
            places.push(loss.place.clone());
        }
    }
    losses.sort_by_cached_key(|loss| places.iter().position(|p| *p == loss.place));
}

/// An earlier version of page `at` as the text of its file; `None` when it cannot be read or looks as if it held secrets.
pub(super) fn convert_version(
    request: &Request<'_>,
    prepared: &Prepared,
    links: &Links<'_>,
    at: usize,
    version: &Earlier,
) -> Result<Option<String>, LedgerError> {
    let package = &prepared.package;
    let Ok(raw) = package.body_of(version) else { return Ok(None) };
    let (Ok(now), Ok(then)) = (package.details(&package.pages[at]), package.details_of(version)) else { return Ok(None) };
    if !request.allow_secrets && look_for_secrets(&raw).is_err() {
        return Ok(None);
    }
    let work = || {
        let mut ctx = BodyContext::new(&version.title);
        let blocks = decisions::without(&prepared.decisions.not_needed(), body::read(&raw, &mut ctx), &mut []);
        let here = links.of(at);
        (markdown::write(&blocks, &here, &mut Vec::new()), properties::of(&blocks, &here))
    };
    let Ok((written, properties)) = catch_unwind(AssertUnwindSafe(work)) else { return Ok(None) };
    let mut front = front(prepared, at, &now, &prepared.former(at)?);
    front.properties = properties;
    if !version.title.trim().is_empty() {
        front.title = title(&version.title, package.pages[at].id.as_deref());
    }
    front.source.retain(|(key, _)| !matches!(*key, "version" | "updated"));
    let at_created = front.source.iter().position(|(key, _)| *key == "created").map_or(front.source.len(), |i| i + 1);
    let updated = then.updated.as_deref().and_then(|t| t.get(..10)).map(|day| ("updated", day.to_owned()));
    let number = then.version.map(|v| ("version", v.to_string()));
    for (offset, entry) in number.into_iter().chain(updated).enumerate() {
        front.source.insert(at_created + offset, entry);
    }
    let front = front.text();
    Ok(Some(if written.is_empty() { front } else { format!("{front}\n{written}") }))
}

/// The workflow that governs a page: its own, else that of a side file for one of its labels.
fn workflow(raw: &RawBody, prepared: &Prepared, page: &Details) -> Option<(String, Vec<Loss>)> {
    let own = match raw {
        RawBody::Wiki(text) | RawBody::Storage(text) if text.contains("{workflow:") => comala::parse(text).into_iter().next(),
        _ => None,
    };
    if let Some(own) = own {
        return Some(own.entry());
    }
    let governs = |label: &str| page.labels.iter().any(|l| l.eq_ignore_ascii_case(label));
    let mut fitting = prepared.package.workflows.iter().filter(|w| w.label().is_some_and(governs));
    let (entry, mut losses) = fitting.next()?.entry();
    losses.extend(fitting.map(|other| Loss {
        element: "workflow".into(),
        place: String::new(),
        detail: format!("{}: a page has one; the first for its labels was taken", other.name()),
        outcome: Outcome::Dropped,
    }));
    Some((entry, losses))
}

fn look_for_secrets(raw: &RawBody) -> Result<(), Refused> {
    let (RawBody::Storage(text) | RawBody::Html(text) | RawBody::Wiki(text) | RawBody::Adf(text)) = raw else { return Ok(()) };
    let found = secrets::find(text);
    if found.is_empty() {
        return Ok(());
    }
    Err(Refused::Secret { found: found.iter().take(5).map(|s| s.shown(text).replacen(": ", " of the body: ", 1)).collect() })
}

fn front(prepared: &Prepared, at: usize, details: &Details, former: &[String]) -> Front {
    let page = &prepared.package.pages[at];
    let day = |text: &Option<String>| text.as_deref().and_then(|t| t.get(..10)).map(str::to_owned);
    let mut source: Vec<(&'static str, String)> = vec![("system", "confluence".to_owned())];
    let mut add = |key: &'static str, value: Option<String>| source.extend(value.map(|v| (key, v)));
    add("space", page.space.as_deref().map(scalar));
    add("id", page.id.as_ref().map(|id| serde_json::Value::String(id.clone()).to_string()));
    add("version", details.version.map(|v| v.to_string()));
    add("file", Some(scalar(page.file.as_deref().unwrap_or("entities.xml"))));
    add("created", day(&details.created));
    add("updated", day(&details.updated));
    add("url", url(prepared, details).as_deref().map(scalar));
    add("restricted", page.restricted.then(|| "true".to_owned()));
    if page.status == PageStatus::Archived {
        add("archived", Some("true".to_owned()));
    }
    let mut aliases = details.addresses.clone();
    aliases.extend_from_slice(former);
    Front {
        title: title(&page.title, page.id.as_deref()),
        order: order(prepared, at),
        tags: details.labels.clone(),
        aliases,
        properties: Vec::new(),
        source,
    }
}

fn title(title: &str, id: Option<&str>) -> String {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() { id.map_or("Untitled".to_owned(), |id| format!("Page {id}")) } else { title }
}

/// The place among siblings, only where it differs from the order of titles: numbers that say nothing would change with every new page.
fn order(prepared: &Prepared, at: usize) -> Option<i64> {
    let layout = &prepared.layout;
    let pages = &prepared.package.pages;
    let siblings: &[usize] = match layout.parents[at].filter(|_| pages[at].kind != PageType::BlogPost) {
        Some(parent) => &layout.children[parent],
        None => layout.tops.get(pages[at].space.as_deref().unwrap_or_default())?,
    };
    if siblings.len() < 2 || pages[at].kind == PageType::BlogPost {
        return None;
    }
    let sorted = siblings.windows(2).all(|w| pages[w[0]].title.to_lowercase() <= pages[w[1]].title.to_lowercase());
    (!sorted).then(|| layout.order[at] * 10)
}

fn url(prepared: &Prepared, page: &Details) -> Option<String> {
    let host = prepared.package.hosts.first().filter(|_| prepared.package.hosts.len() == 1)?;
    let address = page.addresses.iter().find(|a| a.contains("/pages/")).or_else(|| page.addresses.first())?;
    Some(format!("https://{host}{address}"))
}

/// Comments are not carried over: each is named in the report with its words.
fn comments(prepared: &Prepared, page: &Details) -> Vec<Loss> {
    let mut out = Vec::new();
    for comment in &page.comments {
        let text = comment.body.and_then(|b| prepared.package.store.text(b).ok()).unwrap_or_default();
        let words = secrets::without_mail(&without_tags(&text));
        let date = comment.date.as_deref().and_then(|d| d.get(..10)).unwrap_or("without a date");
        out.push(Loss { element: "comment".into(), place: String::new(), detail: format!("{date}: {words}"), outcome: Outcome::Dropped });
    }
    out
}

fn missing_files(page: &ImportPage) -> Vec<Loss> {
    let missing = page.attachments.iter().filter(|a| !a.is_here());
    // Where the export would have it, for whoever asks for the rest of it.
    let detail = |a: &Attachment| match a.id.as_deref().filter(|id| id.contains('/')) {
        Some(path) => format!("{} ({path}) is not in the export", a.name),
        None => format!("{} is not in the export", a.name),
    };
    missing.map(|a| Loss { element: "attachment".into(), place: String::new(), detail: detail(a), outcome: Outcome::Dropped }).collect()
}

/// Files that no file system, or not this folder, takes under the name they have in the wiki. One that only got its extension needs no word.
fn renamed_files(page: &ImportPage, paths: &[String]) -> Vec<Loss> {
    let here = page.attachments.iter().zip(paths).filter(|(a, path)| a.is_here() && !path.is_empty());
    let renamed = here.filter_map(|(attachment, path)| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let own: String = attachment.name.nfc().collect();
        (!name.starts_with(&own)).then(|| format!("{} is {name} here", attachment.name))
    });
    let loss = |detail| Loss { element: "attachment name".into(), place: String::new(), detail, outcome: Outcome::KeptAsText };
    renamed.map(loss).collect()
}
