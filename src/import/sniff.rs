//! Which exports are in a container: looked at file by file, so that one foreign file never stops the rest.
//!
//! Knows the signs of each format and who reads it; reads nothing further itself.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::archive::{Archive, Entry, Limits, shown};
use super::notice::{Notice, plural};
use super::package::Package;
use super::store::Store;
use super::xml_export::ReadOptions;
use super::{comala, html_export, rest_json, word, xml_export};

/// The largest workflow that is read, in bytes.
const MOST_MARKUP: u64 = 1 << 20;

/// How to read exports.
#[derive(Default)]
pub struct OpenOptions<'a> {
    /// Keep earlier versions of pages.
    pub history: bool,
    /// Folder for temporary files.
    pub scratch: Option<PathBuf>,
    /// Limits of containers.
    pub limits: Limits,
    /// Learns (bytes read, bytes there are) of large files.
    pub progress: Option<&'a dyn Fn(u64, u64)>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Entities,
    Html,
    Word,
    Json,
    Fragment,
    Zip,
    /// A workflow of documents, as markup text.
    Workflow,
    /// Belongs to an export and is no page.
    Part,
    Foreign,
}

/// Reads all exports at `paths` as one package. Errors are those of exports that cannot be opened at all; the others are read all the same, and
/// `Err` only means that none could.
pub fn open(paths: &[PathBuf], options: &OpenOptions<'_>) -> Result<Package, Vec<Notice>> {
    let mut out = Package { store: Store::new(options.scratch.clone()), ..Package::default() };
    let mut errors = Vec::new();
    for path in paths {
        match Archive::open(path, options.limits) {
            Ok(archive) => take(archive, options, &mut out, 0, &mut errors),
            Err(error) => errors.push(error.notice()),
        }
    }
    if out.exports.is_empty() && !errors.is_empty() {
        return Err(errors);
    }
    out.notices.splice(0..0, errors);
    out.hosts.sort();
    out.hosts.dedup();
    Ok(out)
}

fn take(mut archive: Archive, options: &OpenOptions<'_>, out: &mut Package, depth: u32, errors: &mut Vec<Notice>) {
    let at = out.exports.len();
    out.notices.append(&mut archive.notices);
    let signs = signs(&archive);
    let with = |sign: Sign| {
        let signed = archive.entries().iter().zip(&signs).filter(move |(_, s)| **s == sign);
        signed.map(|(e, _)| e.name.clone()).collect::<Vec<_>>()
    };
    let read = ReadOptions { history: options.history };
    let mut foreign: Vec<String> = Vec::new();
    for name in with(Sign::Entities) {
        let total = archive.find(&name).map_or(0, |e| e.size);
        let progress = |n: u64| {
            if let Some(tell) = options.progress {
                tell(n, total);
            }
        };
        xml_export::read(&archive, at, &name, out, read, &progress);
    }
    let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in with(Sign::Html) {
        folders.entry(name.rsplit_once('/').map_or(String::new(), |(d, _)| d.to_owned())).or_default().push(name);
    }
    for names in folders.values() {
        foreign.extend(html_export::read(&archive, at, names, out));
    }
    for name in with(Sign::Word) {
        if !word::read(&archive, at, &name, out) {
            foreign.push(name);
        }
    }
    foreign.extend(rest_json::read(&archive, at, &with(Sign::Json), out));
    foreign.extend(rest_json::read_fragments(&archive, at, &with(Sign::Fragment), out));
    let governs = with(Sign::Workflow);
    for name in &governs {
        workflows(&archive, name, out);
    }
    let nothing = out.pages.iter().all(|p| p.export != at);
    let zips = with(Sign::Zip);
    if nothing && depth == 0 && !zips.is_empty() && archive.path.is_dir() {
        for name in zips {
            match Archive::open(&archive.path.join(&name), options.limits) {
                Ok(inner) => take(inner, options, out, depth + 1, errors),
                Err(error) => errors.push(error.notice()),
            }
        }
        return;
    }
    if nothing && !governs.is_empty() {
        return;
    }
    foreign.extend(zips);
    foreign.extend(with(Sign::Foreign));
    foreign.sort();
    if nothing {
        let blamed =
            out.notices.iter().any(|n| n.level == super::notice::Level::Error && n.what.contains(&*archive.path.display().to_string()));
        if !blamed {
            errors.push(no_export(&archive, &foreign));
        }
        // It stays in the list only if something was read from it or said about it.
        if blamed {
            out.exports.push(archive);
        }
        return;
    }
    if !foreign.is_empty() {
        out.notices.push(left_alone(&archive, &foreign));
    }
    out.exports.push(archive);
}

/// Reads the workflows of a side file, and says which pages they are for.
fn workflows(archive: &Archive, name: &str, out: &mut Package) {
    let bytes = archive.find(name).and_then(|e| archive.bytes(e, MOST_MARKUP).ok()).unwrap_or_default();
    let found = comala::parse(&String::from_utf8_lossy(&bytes));
    for flow in &found {
        let what = format!("workflow {} in {}", flow.name(), shown(name));
        out.notices.push(match flow.label() {
            Some(label) => Notice::info(format!("{what} goes to pages with the label {label}")),
            None => Notice::warning(format!("{what} goes to no page"))
                .why("it names no label")
                .next("add `|label=…` to its first tag, with a label of the pages it governs"),
        });
    }
    out.workflows.extend(found);
}

fn left_alone(archive: &Archive, foreign: &[String]) -> Notice {
    let names: Vec<String> = foreign.iter().take(5).map(|n| shown(n)).collect();
    let more = if foreign.len() > 5 { format!(" and {} more", foreign.len() - 5) } else { String::new() };
    Notice::info(format!("{} in {} not part of an export, left alone", plural(foreign.len() as u64, "file"), archive.path.display()))
        .why(format!("{}{more}", names.join(", ")))
}

fn no_export(archive: &Archive, foreign: &[String]) -> Notice {
    let path = archive.path.display();
    let ext = |wanted: &str| foreign.iter().filter(|n| n.to_lowercase().ends_with(wanted)).count();
    let next = "give the zip or folder that Space settings > Export space made (XML or HTML), a Word export, or answers of the REST API";
    if ext(".csv") > 0 && ext(".csv") * 2 >= foreign.len() {
        return Notice::error(format!("{path} is a CSV export, which holds no page text that can be used"))
            .why(format!("found {}", shown(&foreign[0])))
            .next("ask for a space export as XML: Space settings > Export space > XML");
    }
    if ext(".pdf") > 0 && ext(".pdf") * 2 >= foreign.len() {
        return Notice::error(format!("{path} is a PDF export, which has lost headings, tables and links"))
            .why(format!("found {}", shown(&foreign[0])))
            .next("ask for a space export as XML: Space settings > Export space > XML");
    }
    if let Some(inner) = foreign.iter().find(|n| n.to_lowercase().ends_with(".zip")) {
        return Notice::error(format!("{path} holds no Confluence export itself, but {}", shown(inner)))
            .why("a zip inside a zip is not looked into")
            .next("unpack it and plan the zip that was inside");
    }
    let why = match archive.entries().len() {
        0 => "it holds no files".to_owned(),
        n => {
            let first: Vec<String> = archive.entries().iter().take(3).map(|e| shown(&e.name)).collect();
            format!("{} looked at, none of a known form: {}{}", plural(n as u64, "file"), first.join(", "), if n > 3 { ", …" } else { "" })
        }
    };
    Notice::error(format!("{path} holds no Confluence export")).why(why).next(next)
}

/// What each of an archive's entries is.
fn signs(archive: &Archive) -> Vec<Sign> {
    let mut bases: HashSet<String> = HashSet::new();
    let mut out = Vec::with_capacity(archive.entries().len());
    for entry in archive.entries() {
        let base = entry.name.rsplit('/').next().unwrap_or_default().to_lowercase();
        if base.starts_with("entities") && has_extension(&base, &["xml"]) {
            let known = base == "entities.xml" || head(archive, entry).contains("<hibernate-generic");
            if known {
                bases.insert(entry.name[..entry.name.len() - base.len()].to_owned());
            }
        }
    }
    let inside_xml = |name: &str| {
        bases.iter().any(|b| {
            name.strip_prefix(b.as_str()).is_some_and(|rest| {
                ["attachments/", "config/", "plugin-data/", "resources/"].iter().any(|f| rest.starts_with(f))
                    || rest == "exportDescriptor.properties"
                    || rest.starts_with("AO_") && rest.ends_with(".csv")
            })
        })
    };
    for entry in archive.entries() {
        let sign = if inside_xml(&entry.name) { Sign::Part } else { sign(archive, entry, &bases) };
        out.push(sign);
    }
    out
}

fn has_extension(name: &str, list: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, e)| list.contains(&e))
}

fn sign(archive: &Archive, entry: &Entry, bases: &HashSet<String>) -> Sign {
    let lower = entry.name.to_lowercase();
    let base = lower.rsplit('/').next().unwrap_or_default();
    let folder_of_files = entry.name.split('/').rev().skip(1).any(|p| {
        matches!(p, "attachments" | "images" | "icons" | "styles" | "border" | "emoticons" | "thumbnails" | "css")
            || p.ends_with("_attachments")
    });
    if base.starts_with("entities") && has_extension(base, &["xml"]) && bases.contains(&entry.name[..entry.name.len() - base.len()]) {
        return if base == "entities.xml" || head(archive, entry).contains("<hibernate-generic") { Sign::Entities } else { Sign::Foreign };
    }
    if folder_of_files {
        return Sign::Part;
    }
    if has_extension(base, &["html", "htm"]) {
        let start = head(archive, entry);
        let fragment = !start.to_lowercase().contains("<html") && (start.contains("<ac:") || start.contains("<ri:"));
        return if fragment { Sign::Fragment } else { Sign::Html };
    }
    if has_extension(base, &["doc", "mht", "mhtml"]) {
        return Sign::Word;
    }
    if has_extension(base, &["json"]) {
        return Sign::Json;
    }
    let text = has_extension(base, &["xml", "xhtml", "storage", "txt"]) || !base.contains('.');
    if text || has_extension(base, &["workflow", "comala", "markup"]) {
        let start = head(archive, entry);
        if comala::is_markup(&start) {
            return Sign::Workflow;
        }
        if start.contains("<ac:") || start.contains("<ri:") {
            return Sign::Fragment;
        }
        // A body without macros has no sign of its own but the extension.
        let trimmed = start.trim_start_matches('\u{feff}').trim_start();
        let looks = trimmed.starts_with('<') && !trimmed.starts_with("<?xml") && !trimmed.starts_with("<!");
        let body = looks && ["<p", "<h1", "<h2", "<h3", "<table", "<ul", "<ol", "<div"].iter().any(|t| trimmed.starts_with(t));
        return if has_extension(base, &["xhtml", "storage"]) && body { Sign::Fragment } else { Sign::Foreign };
    }
    if has_extension(base, &["zip"]) { Sign::Zip } else { Sign::Foreign }
}

fn head(archive: &Archive, entry: &Entry) -> String {
    let bytes = archive.head(entry, 64 << 10).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A name for an import from the path of its export: `Wiki Export.zip` becomes `wiki-export`.
pub fn name_for(path: &Path) -> String {
    let full = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let name = full.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = if full.is_dir() { name.as_str() } else { name.split('.').next().unwrap_or(&name) };
    let parent = full.parent().and_then(Path::file_name).map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = if stem.eq_ignore_ascii_case("entities") { parent.as_str() } else { stem };
    let slug = crate::page::slug::ascii(stem);
    if slug.is_empty() { "import".to_owned() } else { slug }
}
