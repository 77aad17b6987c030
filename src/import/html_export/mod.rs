//! HTML space exports, from 2004 to Cloud: which files are pages, what they say of themselves, and how they hang together.
//!
//! Reads everything around the content part (title, breadcrumbs, metadata line, attachment list, comments); the content part is the body reader's.

mod index;
mod page;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::archive::{Archive, shown};
use super::encoding;
use super::losses::{Loss, Outcome};
use super::notice::{Notice, plural};
use super::package::{Beside, BodyPlace, Comment, Details, ImportPage, Package, Space};
use page::Facts;
pub(in crate::import) use page::{expand_self_closing, local};

/// Reads the HTML files `names`, all in one folder of `archive`, as one space, into `out`. Returns the files that are no pages of a wiki.
pub(super) fn read(archive: &Archive, at: usize, names: &[String], out: &mut Package) -> Vec<String> {
    let read: Vec<(String, Result<Read, String>)> = names.par_iter().map(|name| (name.clone(), parse(archive, name))).collect();
    let mut foreign = Vec::new();
    let mut pages = Vec::new();
    let mut index = None;
    for (name, parsed) in read {
        match parsed {
            Err(why) => {
                out.notices.push(
                    Notice::error(format!("{} in {} is left out", shown(&name), archive.path.display()))
                        .why(why)
                        .next("a page of that size is data: attach the data as a file in the wiki; else export again"),
                );
            }
            Ok((parsed, notices)) => {
                out.notices.extend(notices);
                match parsed {
                    Parsed::Index(found) => index = Some(found),
                    Parsed::Page(facts) => pages.push((name, *facts)),
                    Parsed::Foreign => foreign.push(name),
                }
            }
        }
    }
    if pages.is_empty() {
        return foreign;
    }
    assemble(archive, at, pages, index.unwrap_or_default(), out);
    foreign
}

type Read = (Parsed, Vec<Notice>);

enum Parsed {
    Index(index::Index),
    Page(Box<Facts>),
    Foreign,
}

fn parse(archive: &Archive, name: &str) -> Result<Read, String> {
    let entry = archive.find(name).ok_or("it is not in the export")?;
    let bytes = archive.bytes(entry, super::MAX_PAGE_BYTES).map_err(|e| e.to_string())?;
    let decoded = encoding::decode_html(&bytes);
    if !page::is_confluence(&decoded.text) {
        return Ok((Parsed::Foreign, Vec::new()));
    }
    let mut notices = Vec::new();
    if let Some(broken) = decoded.broken_at {
        let line = bytes[..broken].iter().filter(|b| **b == b'\n').count() + 1;
        let what = format!("{} in {} is not the encoding it claims", shown(name), archive.path.display());
        let taken = decoded.other.map_or("other characters are shown as \u{fffd}".to_owned(), |e| format!("it is read as {e}"));
        notices.push(Notice::warning(what).why(format!("line {line} is no UTF-8; {taken}")).next("look at the page's special characters"));
    }
    let text = page::expand_self_closing(&decoded.text);
    let document = scraper::Html::parse_document(&text);
    if let Some(index) = index::read(&document, name) {
        return Ok((Parsed::Index(index), notices));
    }
    Ok((Parsed::Page(Box::new(page::read(&document, name))), notices))
}

fn assemble(archive: &Archive, at: usize, mut pages: Vec<(String, Facts)>, mut index: index::Index, out: &mut Package) {
    let prefix = common_prefix(&pages, index.name.as_deref());
    let crumb =
        pages.iter().find_map(|(_, f)| f.breadcrumbs.first().filter(|(href, _)| href.ends_with("index.html")).map(|(_, t)| t.clone()));
    let name = index
        .name
        .clone()
        .or(crumb)
        .or_else(|| prefix.as_ref().map(|p| p.trim_end_matches([' ', ':', '-']).to_owned()))
        .filter(|n| !n.is_empty());
    let key = index.key.clone().or_else(|| name.clone());
    let files: BTreeSet<String> = pages.iter().map(|(n, _)| n.clone()).collect();
    let mut hosts: BTreeMap<String, usize> = BTreeMap::new();
    let mut undated = Vec::new();
    let mut missing = 0u64;
    let mut tops: Vec<String> = Vec::new();
    pages.sort_by(|a, b| a.0.cmp(&b.0));
    for (file, facts) in pages {
        for host in &facts.hosts {
            *hosts.entry(host.clone()).or_default() += 1;
        }
        let title = strip(&facts.title, name.as_deref(), prefix.as_deref());
        let entry = index.pages.get(&file);
        let crumb = facts.breadcrumbs.iter().rev().map(|(href, _)| href).find(|href| files.contains(*href) && **href != file).cloned();
        let parent = entry.and_then(|e| e.parent.clone()).or_else(|| if entry.is_some() { None } else { crumb });
        if let Some(why) = facts.undated {
            undated.push((file.clone(), why));
        }
        let mut attachments = facts.attachments;
        for attachment in &mut attachments {
            if attachment.entry.as_ref().is_some_and(|e| archive.find(e).is_none()) {
                attachment.id = attachment.entry.take();
                missing += 1;
            } else if attachment.id.is_none() {
                attachment.id.clone_from(&attachment.entry);
            }
        }
        // A picture of the page's chrome, or another site's file, is only wanted when it is really here.
        attachments.retain(|a| a.entry.is_some() || a.id.as_deref().is_some_and(|i| i.contains("attachments/")));
        let comments = facts.comments.into_iter().filter_map(|c| {
            let body = out.store.put(c.text.as_bytes()).ok();
            Some(Comment { date: c.date, body: Some(body?) })
        });
        let details = Details {
            created: facts.created,
            updated: facts.updated,
            creator: facts.creator,
            editor: facts.editor,
            addresses: addresses(
                index.key.as_deref(),
                facts.id.as_deref(),
                !facts.hosts.is_empty() && facts.hosts.iter().all(|h| h.ends_with(".atlassian.net")),
            ),
            labels: facts.labels,
            comments: comments.collect(),
            ..Details::default()
        };
        out.counts.comments += details.comments.len() as u64;
        let page = ImportPage {
            id: facts.id,
            space: key.clone(),
            title: if title.is_empty() { super::paths::readable_file(&file) } else { title },
            parent,
            position: entry.map(|e| e.order),
            body: BodyPlace::File,
            export: at,
            attachments,
            file: Some(file),
            ..ImportPage::default()
        };
        tops.extend(page.file.clone().filter(|_| page.parent.is_none()));
        out.add(page, &details);
    }
    if let Some((file, why)) = undated.first() {
        let n = undated.len() as u64;
        out.notices.push(
            Notice::warning(format!("{} without a date: their date has no single reading", plural(n, "page")))
                .why(format!("{} says {why}", shown(file)))
                .next("the pages are imported; `updated` stays empty for them"),
        );
    }
    if missing > 0 {
        out.notices.push(
            Notice::warning(format!("{} named by pages and not in {}", plural(missing, "attachment"), archive.path.display()))
                .why("the files are not there, or were left out when the export was copied")
                .next("fetch the whole export; until then pages keep a link to a missing file, which lint reports"),
        );
    }
    beside(&mut index, &files, archive, out);
    if let Some(key) = key {
        let home = index.home.or_else(|| tops.pop().filter(|_| tops.is_empty()));
        let personal = key.starts_with('~');
        out.spaces.entry(key.clone()).or_insert_with(|| Space { name: name.clone().unwrap_or_else(|| key.clone()), key, home, personal });
    }
    out.formats.push("Confluence HTML export".to_owned());
    out.hosts.extend(hosts.into_keys());
}

/// What the index says and no page can hold: the space's description and dates, and pages it lists that are not there.
fn beside(index: &mut index::Index, files: &BTreeSet<String>, archive: &Archive, out: &mut Package) {
    let unlinked = std::mem::take(&mut index.unlinked).into_iter();
    let gone = index.titles.iter().filter(|(file, _)| archive.find(file).is_none() && !files.contains(*file));
    let absent: Vec<String> = unlinked.chain(gone.map(|(file, title)| format!("{title} ({file})"))).collect();
    if let Some(first) = absent.first() {
        let n = absent.len() as u64;
        out.notices.push(
            Notice::warning(format!("{} listed in {} and not in the export", plural(n, "page"), shown(&index.file)))
                .why(format!("first {first}; whoever exported may not see them, or files were lost on the way"))
                .next("ask for the export again, from somebody who may see all pages"),
        );
    }
    let details = std::mem::take(&mut index.details).into_iter().map(|d| ("space details", d));
    let rows = details.chain(absent.into_iter().map(|title| ("page", format!("{title} is not in the export"))));
    out.beside.extend(rows.map(|(element, detail)| Beside {
        file: index.file.clone(),
        title: "Space Details".to_owned(),
        loss: Loss { element: element.into(), place: String::new(), detail, outcome: Outcome::Dropped },
    }));
}

/// What all titles begin with, up to a separator: the space's name as templates put it before the page's.
fn common_prefix(pages: &[(String, Facts)], space: Option<&str>) -> Option<String> {
    let first = &pages.first()?.1.title;
    if pages.len() == 1 {
        let at = first.find(" : ").map(|i| i + 3)?;
        return space.is_none().then(|| first[..at].to_owned());
    }
    [" : ", ": ", " - "].iter().find_map(|separator| {
        let prefix = &first[..first.find(separator)? + separator.len()];
        let with = pages.iter().filter(|(_, f)| f.title.starts_with(prefix)).count();
        (with * 10 >= pages.len() * 9).then(|| prefix.to_owned())
    })
}

fn strip(title: &str, space: Option<&str>, prefix: Option<&str>) -> String {
    let by_name = space.and_then(|s| title.strip_prefix(s)).and_then(|t| t.strip_prefix(" : ").or_else(|| t.strip_prefix(" :")));
    by_name.or_else(|| prefix.and_then(|p| title.strip_prefix(p))).unwrap_or(title).trim().to_owned()
}

fn addresses(key: Option<&str>, id: Option<&str>, cloud: bool) -> Vec<String> {
    match (key, id) {
        (Some(key), Some(id)) if cloud => vec![format!("/wiki/spaces/{key}/pages/{id}")],
        (_, Some(id)) => vec![format!("/pages/viewpage.action?pageId={id}")],
        _ => Vec::new(),
    }
}
