//! From pages to places: which folder, which file name, for pages and their attachments.
//!
//! Hierarchy becomes folders, pages with children become `_index.md`, names become ASCII slugs that every file system takes. Decides names only;
//! touches no disk.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use super::ledger::digest;
use super::notice::{Notice, plural};
use super::package::{Attachment, ImportPage, Package, PageType};
use crate::page::slug;

/// Longest slug of one page.
const MAX_SLUG: usize = 60;
/// Folders longer than this get no deeper ones.
const MAX_FOLDER: usize = 140;
/// Longest file name of an attachment, in characters, and in bytes, of which file systems take 255.
const MAX_FILE: usize = 120;
const MAX_FILE_BYTES: usize = 240;

/// Longest path in the content folder that is aimed at, in characters: with the folder's own name, all of it can be checked out on Windows.
const MAX_PATH: usize = 190;
/// Shorter than this no name is cut for the sake of its path.
const MIN_NAME: usize = 24;

/// Names that are something else to an operating system, to Markdown tools or to the content reader.
const RESERVED: [&str; 12] =
    ["con", "prn", "aux", "nul", "index", "readme", "node_modules", "node-modules", "target", "public", "blog", "license"];

/// What was decided outside.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Folder of a space, relative to the content folder, by key.
    pub folders: BTreeMap<String, String>,
    /// Path of a page, relative to the content folder, by page key: from the plan or from an earlier import.
    pub paths: BTreeMap<String, String>,
    /// Paths, relative to the content folder, that belong to pages no longer in the export: nobody else gets them.
    pub reserved: BTreeSet<String>,
    /// Folder for pages without a space.
    pub fallback: String,
}

/// Where everything goes. All paths are relative to the content folder, with `/`.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// File of each page, by its place in [`Package::pages`]; empty for pages left out.
    pub pages: Vec<String>,
    /// Files of each page's attachments.
    pub files: Vec<Vec<String>>,
    /// Parent of each page, as a place in [`Package::pages`].
    pub parents: Vec<Option<usize>>,
    /// Children of each page, in order.
    pub children: Vec<Vec<usize>>,
    /// Number among siblings, from 1.
    pub order: Vec<i64>,
    /// Pages on top, by space key, in order.
    pub tops: BTreeMap<String, Vec<usize>>,
    /// Home page by space key.
    pub homes: BTreeMap<String, usize>,
    /// What was noticed.
    pub notices: Vec<Notice>,
}

/// What identifies a page from one import to the next: its id, else its file, else space and title.
pub fn key(page: &ImportPage, twice: &BTreeSet<String>) -> String {
    match (&page.id, &page.file) {
        (Some(id), Some(file)) if twice.contains(id) => format!("{id}:{file}"),
        (Some(id), _) => id.clone(),
        (None, Some(file)) => file.clone(),
        (None, None) => format!("{}:{}", page.space.as_deref().unwrap_or_default(), page.title),
    }
}

/// Ids that several pages have (two exports of the same space side by side).
pub fn ids_twice(pages: &[ImportPage]) -> BTreeSet<String> {
    let mut seen = HashSet::new();
    pages.iter().filter_map(|p| p.id.as_ref()).filter(|id| !seen.insert(*id)).cloned().collect()
}

/// Lays out the pages for which `take` is true. Children of pages left out hang on the next page above that is in.
pub fn lay_out(package: &Package, take: &[bool], wishes: &Wishes) -> Layout {
    let n = package.pages.len();
    let mut out = Layout { pages: vec![String::new(); n], files: vec![Vec::new(); n], order: vec![0; n], ..Layout::default() };
    out.parents = parents(package, &mut out.notices);
    for at in 0..n {
        let mut up = out.parents[at];
        while let Some(p) = up.filter(|p| !take[*p]) {
            up = out.parents[p];
        }
        out.parents[at] = up;
    }
    let space_of = |at: usize| package.pages[at].space.clone().unwrap_or_default();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); n];
    for at in (0..n).filter(|at| take[*at]) {
        match out.parents[at].filter(|_| package.pages[at].kind != PageType::BlogPost) {
            Some(parent) => children[parent].push(at),
            None => out.tops.entry(space_of(at)).or_default().push(at),
        }
    }
    for list in children.iter_mut().chain(out.tops.values_mut()) {
        list.sort_by_cached_key(|at| sibling_key(&package.pages[*at]));
        for (i, at) in list.iter().enumerate() {
            out.order[*at] = i64::try_from(i).unwrap_or(0) + 1;
        }
    }
    out.children = children;
    homes(package, take, &mut out);
    Namer { package, wishes, twice: ids_twice(&package.pages), used: Used::default(), collisions: 0, example: None }.name_all(&mut out);
    out
}

fn sibling_key(page: &ImportPage) -> (bool, i64, String, Option<u64>) {
    let number = page.id.as_ref().and_then(|i| i.parse().ok());
    (page.position.is_none(), page.position.unwrap_or(0), page.title.to_lowercase(), number)
}

/// Parents as places; cycles are cut where they were entered.
fn parents(package: &Package, notices: &mut Vec<Notice>) -> Vec<Option<usize>> {
    let mut by_name: HashMap<(usize, &str), usize> = HashMap::new();
    for (at, page) in package.pages.iter().enumerate() {
        for name in [page.id.as_deref(), page.file.as_deref()].into_iter().flatten() {
            by_name.entry((page.export, name)).or_insert(at);
        }
    }
    let mut out: Vec<Option<usize>> = package
        .pages
        .iter()
        .enumerate()
        .map(|(at, page)| page.parent.as_deref().and_then(|p| by_name.get(&(page.export, p)).copied()).filter(|p| *p != at))
        .collect();
    let mut state = vec![0u8; out.len()];
    for start in 0..out.len() {
        let mut trail = Vec::new();
        let mut at = start;
        while state[at] == 0 {
            state[at] = 1;
            trail.push(at);
            match out[at] {
                Some(parent) if state[parent] == 1 => {
                    let page = &package.pages[at];
                    notices.push(
                        Notice::warning(format!("\"{}\" ({}) put below its space", page.title, page.id.as_deref().unwrap_or("no id")))
                            .why("its parents lead in a circle back to it"),
                    );
                    out[at] = None;
                }
                Some(parent) => at = parent,
                None => {}
            }
        }
        for at in trail {
            state[at] = 2;
        }
    }
    out
}

fn homes(package: &Package, take: &[bool], out: &mut Layout) {
    for (key, space) in &package.spaces {
        let Some(home) = &space.home else { continue };
        let found = package
            .pages
            .iter()
            .position(|p| p.space.as_ref() == Some(key) && (p.id.as_ref() == Some(home) || p.file.as_ref() == Some(home)));
        if let Some(at) = found.filter(|at| take[*at]) {
            out.homes.insert(key.clone(), at);
        }
    }
}

/// Every path taken, whatever its case. A digest of each will do: at worst, two that meet cost a page a number in its name.
#[derive(Default)]
struct Used(HashSet<u64>);

impl Used {
    fn take(&mut self, path: &str) {
        self.0.insert(digest(&[&path.to_lowercase()]));
    }

    fn has(&self, path: &str) -> bool {
        self.0.contains(&digest(&[&path.to_lowercase()]))
    }
}

struct Namer<'a> {
    package: &'a Package,
    wishes: &'a Wishes,
    twice: BTreeSet<String>,
    used: Used,
    collisions: u64,
    example: Option<String>,
}

impl Namer<'_> {
    fn name_all(mut self, out: &mut Layout) {
        self.wishes.reserved.iter().for_each(|path| self.used.take(path));
        // Wished and earlier paths come first, so that a newcomer never takes them.
        for page in &self.package.pages {
            if let Some(path) = self.wishes.paths.get(&key(page, &self.twice)) {
                self.used.take(path);
            }
        }
        let spaces: Vec<String> = out.tops.keys().cloned().collect();
        let mut folders: BTreeMap<String, String> = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for space in &spaces {
            let wished = self.wishes.folders.get(space).cloned();
            let name = wished.unwrap_or_else(|| self.space_folder(space));
            let mut unique = name.clone();
            let mut n = 2;
            while !taken.insert(unique.clone()) {
                unique = format!("{name}-{n}");
                n += 1;
            }
            folders.insert(space.clone(), unique);
        }
        for space in spaces {
            let root = folders[&space].clone();
            let tops = out.tops[&space].clone();
            let index = format!("{}_index.md", slash(&root));
            let home = out.homes.get(&space).copied();
            // The space has another home now, and the one before is still there: the new one stands beside it.
            let home = home.filter(|at| !self.used.has(&index) || self.wished(*at).is_some_and(|path| *path == index));
            // (page, folder its file goes to)
            let mut queue: Vec<(usize, String)> = Vec::new();
            if let Some(home) = home {
                self.place(home, &index, &root, out);
            }
            let mut level: Vec<usize> = tops.into_iter().filter(|t| Some(*t) != home).collect();
            if let Some(home) = home {
                level.extend(out.children[home].clone());
            }
            self.group(&level, &root, &mut queue, out);
            while let Some((at, folder)) = queue.pop() {
                let below: Vec<usize> = out.children[at].iter().copied().filter(|c| Some(*c) != home).collect();
                self.group(&below, &folder, &mut queue, out);
            }
        }
        if self.collisions > 0 {
            let example = self.example.unwrap_or_default();
            out.notices.push(
                Notice::warning(format!(
                    "{} would share a file name with another; their id is added to it",
                    plural(self.collisions, "page")
                ))
                .why(format!("titles differ only in case or signs, first {example}"))
                .next("to choose names, write `path:` for them into the plan"),
            );
        }
    }

    fn wished(&self, at: usize) -> Option<&String> {
        self.wishes.paths.get(&key(&self.package.pages[at], &self.twice))
    }

    fn space_folder(&self, key: &str) -> String {
        let space = self.package.spaces.get(key);
        let by_name = space.map(|s| slug::ascii(&s.name)).filter(|s| !s.is_empty());
        let by_key = Some(slug::ascii(key)).filter(|s| !s.is_empty());
        let chosen = if key.starts_with('~') { by_name.or(by_key) } else { by_key.or(by_name) };
        shorten(&chosen.unwrap_or_else(|| self.wishes.fallback.clone()), MAX_SLUG)
    }

    /// Places siblings in `folder`, oldest first so that a newer page with the same name gets the suffix.
    fn group(&mut self, pages: &[usize], folder: &str, queue: &mut Vec<(usize, String)>, out: &mut Layout) {
        let mut sorted: Vec<usize> = pages.to_vec();
        sorted.sort_by_cached_key(|at| {
            let page = &self.package.pages[*at];
            (page.id.as_ref().and_then(|i| i.parse::<u64>().ok()).unwrap_or(u64::MAX), page.file.clone(), *at)
        });
        for at in sorted {
            let page = &self.package.pages[at];
            let mut folder = folder.to_owned();
            let mut name = page_slug(page);
            if page.kind == PageType::BlogPost {
                folder = format!("{}blog", slash(&folder));
                if let Some(day) = self.package.details(page).ok().and_then(|d| d.created).as_deref().and_then(|d| d.get(..10)) {
                    name = format!("{day}-{name}");
                }
            }
            let has_children = !out.children[at].is_empty();
            let deep = folder.len() + name.len() > MAX_FOLDER;
            let ending = if has_children && !deep { "/_index.md" } else { ".md" };
            name = shorten(&name, MAX_PATH.saturating_sub(folder.len() + 1 + ending.len()).max(MIN_NAME));
            let wished = self.wishes.paths.get(&key(page, &self.twice)).cloned();
            if let Some(path) = wished {
                let below = path.strip_suffix("/_index.md").or_else(|| path.strip_suffix(".md")).unwrap_or(&path).to_owned();
                self.place(at, &path, &below, out);
                queue.push((at, below));
                continue;
            }
            let stem = self.free_stem(page, &folder, &name);
            let own = format!("{}{stem}", slash(&folder));
            self.used.take(&own);
            let path = if has_children && !deep { format!("{own}/_index.md") } else { format!("{own}.md") };
            self.place(at, &path, &own, out);
            queue.push((at, if deep { folder } else { own }));
        }
    }

    fn free_stem(&mut self, page: &ImportPage, folder: &str, name: &str) -> String {
        let free = |used: &Used, stem: &str| {
            let own = format!("{}{stem}", slash(folder));
            !used.has(&own) && !used.has(&format!("{own}.md")) && !used.has(&format!("{own}/_index.md"))
        };
        if free(&self.used, name) {
            return name.to_owned();
        }
        self.collisions += 1;
        self.example.get_or_insert_with(|| format!("\"{}\" in {folder}", page.title));
        let suffix = page.id.clone().map(|i| slug::ascii(&i)).filter(|i| !i.is_empty() && i.len() <= 24);
        let with_id = suffix.map(|s| format!("{name}-{s}"));
        if let Some(stem) = with_id.as_ref().filter(|s| free(&self.used, s)) {
            return stem.clone();
        }
        let base = with_id.unwrap_or_else(|| name.to_owned());
        let mut n = 2u64;
        loop {
            let stem = format!("{base}-{n}");
            if free(&self.used, &stem) {
                return stem;
            }
            n += 1;
        }
    }

    fn place(&mut self, at: usize, path: &str, folder: &str, out: &mut Layout) {
        self.used.take(path);
        path.clone_into(&mut out.pages[at]);
        let page = &self.package.pages[at];
        let short = short_folder(folder, page);
        let folder = short.as_deref().unwrap_or(folder);
        let mut files = vec![String::new(); page.attachments.len()];
        // Files that are here come first: one that is missing never takes a name from them, it shares it.
        let (here, missing): (Vec<usize>, Vec<usize>) = (0..files.len()).partition(|i| page.attachments[*i].is_here());
        for i in here {
            let attachment = &page.attachments[i];
            let name = file_name_in(folder, attachment);
            let mut chosen = format!("{}{name}", slash(folder));
            let mut n = 2;
            while self.used.has(&chosen) {
                let tag = attachment.id.as_deref().filter(|i| n == 2 && i.len() <= 24).map_or_else(|| n.to_string(), slug::ascii);
                chosen = format!("{}{}", slash(folder), with_suffix(&name, &tag));
                n += 1;
            }
            self.used.take(&chosen);
            files[i] = chosen;
        }
        for i in missing {
            files[i] = format!("{}{}", slash(folder), file_name_in(folder, &page.attachments[i]));
        }
        out.files[at] = files;
    }
}

/// Where the files of a page go whose own folder has a path too long for their names: in one called by the page's id.
fn short_folder(folder: &str, page: &ImportPage) -> Option<String> {
    let longest = page.attachments.iter().map(|a| file_name(a).chars().count()).max()?;
    let id = page.id.as_deref().map(slug::ascii).filter(|id| !id.is_empty())?;
    let (above, own) = folder.rsplit_once('/')?;
    let too_long = folder.len() + 1 + longest > MAX_PATH;
    (too_long && id.len() < own.len()).then(|| format!("{above}/{id}"))
}

/// A folder with the slash after it.
pub(super) fn slash(folder: &str) -> String {
    if folder.is_empty() { String::new() } else { format!("{folder}/") }
}

fn page_slug(page: &ImportPage) -> String {
    let name = shorten(&slug::ascii(&page.title), MAX_SLUG);
    if name.is_empty() {
        let id = page.id.as_deref().map(slug::ascii).filter(|i| !i.is_empty());
        return format!("page-{}", id.unwrap_or_else(|| blake3::hash(page.title.as_bytes()).to_hex()[..8].to_owned()));
    }
    let device = name.len() == 4 && (name.starts_with("com") || name.starts_with("lpt")) && name.as_bytes()[3].is_ascii_digit();
    if RESERVED.contains(&name.as_str()) || device { format!("{name}-page") } else { name }
}

/// The last place at or before `at` where a text can be cut.
pub(super) fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

/// Cuts at a hyphen.
fn shorten(slug: &str, max: usize) -> String {
    if slug.len() <= max {
        return slug.to_owned();
    }
    let cut = &slug[..floor(slug, max)];
    let end = cut.rfind('-').filter(|i| *i > max / 2).unwrap_or(cut.len());
    cut[..end].trim_end_matches('-').to_owned()
}

fn with_suffix(name: &str, tag: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, ext)) if !stem.is_empty() && ext.len() <= 5 => format!("{stem}-{tag}.{ext}"),
        _ => format!("{name}-{tag}"),
    }
}

/// The attachment's own name, made safe for every file system and for the content folder.
pub fn file_name(attachment: &Attachment) -> String {
    let mut name: String = attachment
        .name
        .nfc()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            c => c,
        })
        .filter(|c| {
            !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        })
        .collect();
    name = String::from(name.trim().trim_end_matches(['.', ' ']));
    if name.is_empty() {
        name = format!("attachment-{}", attachment.id.as_deref().map(slug::ascii).unwrap_or_default());
    }
    if name.starts_with(['.', '_']) {
        name.insert(0, '-');
    }
    let extension = name
        .rsplit_once('.')
        .map(|(_, e)| e.to_lowercase())
        .filter(|e| (1..=5).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_alphanumeric()));
    // Who fetches a missing file from the wiki gets it under its own name, so that is where its links lead.
    if extension.is_none()
        && attachment.is_here()
        && let Some(ext) = attachment.extension
    {
        name = format!("{name}.{ext}");
    }
    let lower = name.to_lowercase();
    // A page reader would take these for pages or blueprints of ours.
    if lower.ends_with(".md") || lower.ends_with(".markdown") || lower.ends_with(".blueprint.yaml") {
        name.push_str(".txt");
    }
    name = cut(name, MAX_FILE);
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    let device = stem.len() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) && stem.as_bytes()[3].is_ascii_digit();
    if matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || device { format!("file-{name}") } else { name }
}

/// The name of a file in `folder`: its own, cut where the whole path would be too long.
pub(super) fn file_name_in(folder: &str, attachment: &Attachment) -> String {
    let room = MAX_PATH.saturating_sub(slash(folder).chars().count());
    cut(file_name(attachment), room.max(MIN_NAME + 20))
}

/// At most `max` characters of a file name, and its extension; a hash keeps it apart from others that begin alike.
fn cut(name: String, max: usize) -> String {
    if name.chars().count() <= max && name.len() <= MAX_FILE_BYTES {
        return name;
    }
    let (stem, ext) = name.rsplit_once('.').map_or((name.as_str(), String::new()), |(s, e)| (s, format!(".{e}")));
    let ext = &ext[..floor(&ext, 20)];
    let hash = &blake3::hash(name.as_bytes()).to_hex()[..8];
    let room = |whole: usize| whole.saturating_sub(ext.len() + 9);
    let stem: String = stem[..floor(stem, room(MAX_FILE_BYTES))].chars().take(room(max)).collect();
    format!("{stem}-{hash}{ext}")
}

/// What a file is to a reader of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// Browsers show it in place.
    Picture,
    /// It is opened or played elsewhere.
    Document,
}

/// The kind of a file, by its extension; `None` when it tells nothing.
pub(super) fn kind_of_file(path: &str) -> Option<FileKind> {
    let extension = path.split(['?', '#']).next()?.rsplit('/').next()?.rsplit_once('.')?.1.to_ascii_lowercase();
    Some(match extension.as_str() {
        "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "bmp" | "avif" | "ico" => FileKind::Picture,
        "pdf" | "doc" | "docx" | "xls" | "xlsx" | "ppt" | "pptx" | "odt" | "ods" | "odp" | "csv" | "zip" | "7z" | "gz" | "tar" | "mp3"
        | "wav" | "mp4" | "mov" | "avi" | "mkv" | "webm" | "wmv" => FileKind::Document,
        _ => return None,
    })
}

/// A readable title for a file without one.
pub(super) fn readable_file(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let stem = name.rsplit_once('.').map_or(name, |(s, _)| s);
    slug::readable(&format!("{stem}.md"))
}

/// The folder of a page's own files, by the page's path.
pub(super) fn own_folder(page: &str) -> &str {
    let own = page.strip_suffix("_index.md").or_else(|| page.strip_suffix(".md"));
    own.unwrap_or(page).trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::package::{Space, extension_of};

    fn page(id: &str, title: &str, parent: Option<&str>) -> ImportPage {
        ImportPage {
            id: Some(id.into()),
            title: title.into(),
            parent: parent.map(Into::into),
            space: Some("OPS".into()),
            ..ImportPage::default()
        }
    }

    fn package(pages: Vec<ImportPage>) -> Package {
        let mut package = Package { pages, ..Package::default() };
        package
            .spaces
            .insert("OPS".into(), Space { key: "OPS".into(), name: "Operations".into(), home: Some("1".into()), personal: false });
        package
    }

    fn paths(pages: Vec<ImportPage>) -> Vec<String> {
        let n = pages.len();
        lay_out(&package(pages), &vec![true; n], &Wishes::default()).pages
    }

    #[test]
    fn hierarchy_becomes_folders_and_names_never_collide() {
        let got = paths(vec![
            page("1", "Home", None),
            page("2", "Deploy", Some("1")),
            page("3", "deploy", Some("1")),
            page("4", "Übergabe (Schicht 2)", Some("2")),
            page("5", "CON", Some("1")),
            page("6", "日本", Some("1")),
            page("7", "", Some("1")),
            page("8", &"long title ".repeat(40), None),
        ]);
        assert_eq!(
            got,
            [
                "ops/_index.md",
                "ops/deploy/_index.md",
                "ops/deploy-3.md",
                "ops/deploy/ubergabe-schicht-2.md",
                "ops/con-page.md",
                "ops/ri-ben.md",
                "ops/page-7.md",
                "ops/long-title-long-title-long-title-long-title-long-title-long.md"
            ]
        );
    }

    #[test]
    fn circles_and_great_depth_end() {
        let mut pages = vec![page("1", "Home", None), page("a", "A", Some("b")), page("b", "B", Some("a"))];
        for n in 0..10_000u32 {
            let parent = if n == 0 { "1".to_owned() } else { format!("{}", 100 + n - 1) };
            pages.push(page(&format!("{}", 100 + n), &format!("Level {n} of a very deep tree"), Some(&parent)));
        }
        let n = pages.len();
        let layout = lay_out(&package(pages), &vec![true; n], &Wishes::default());
        assert!(layout.pages.iter().all(|p| !p.is_empty() && p.len() <= MAX_PATH));
        assert_eq!(layout.pages.iter().map(|p| p.to_lowercase()).collect::<BTreeSet<_>>().len(), n);
        assert!(layout.notices.iter().any(|n| n.why.as_deref().unwrap_or_default().contains("circle")));
    }

    #[test]
    fn attachments_keep_their_names_as_far_as_file_systems_allow() {
        let attachment =
            |n: &str, m: Option<&str>| Attachment { name: n.into(), extension: m.and_then(extension_of), ..Attachment::default() };
        let name = |n: &str, m: Option<&str>| file_name(&Attachment { entry: Some("1".into()), ..attachment(n, m) });
        assert_eq!(file_name(&attachment("automation_rule", Some("image/png"))), "automation_rule");
        assert_eq!(name("06:18:04 15.27.25.jpg", None), "06-18-04 15.27.25.jpg");
        assert_eq!(name("automation_rule", Some("image/png")), "automation_rule.png");
        assert_eq!(name("notes.md", None), "notes.md.txt");
        assert_eq!(name("../../x", None), "-..-..-x");
        assert_eq!(name("gpj.\u{202e}exe", None), "gpj.exe");
        assert_eq!(name(&"ä".repeat(300), Some("image/png")).chars().count(), MAX_FILE);
        assert!(name(&"統".repeat(100), Some("image/png")).len() <= MAX_FILE_BYTES);
        assert_eq!(name(&format!("{}.pdf", "統".repeat(60)), None), format!("{}.pdf", "統".repeat(60)));
    }

    #[test]
    fn files_of_deep_pages_are_cut_to_what_can_be_checked_out() {
        let attachment = Attachment { name: format!("{}.png", "a".repeat(100)).into(), entry: Some("1".into()), ..Attachment::default() };
        assert_eq!(file_name_in("ops", &attachment), *attachment.name);
        let deep = "d".repeat(130);
        let name = file_name_in(&deep, &attachment);
        assert!(name.starts_with("aaaa") && name.ends_with(".png"), "{name}");
        assert_eq!(deep.len() + 1 + name.len(), MAX_PATH);
        assert_eq!((own_folder("ops/a.md"), own_folder("ops/_index.md"), own_folder("_index.md")), ("ops/a", "ops", ""));
    }

    #[test]
    fn files_with_long_names_on_deep_pages_keep_them_in_a_shorter_folder() {
        let mut pages = vec![page("1", "Home", None)];
        for (id, parent) in [("2", "1"), ("3", "2"), ("77", "3")] {
            pages.push(page(id, "A page with quite a long title, as they are in deep trees", Some(parent)));
        }
        let name = format!("{}.png", "a".repeat(60));
        pages[3].attachments.push(Attachment { name: name.as_str().into(), entry: Some("1".into()), ..Attachment::default() });
        pages[1].attachments.push(Attachment { name: "b.png".into(), entry: Some("2".into()), ..Attachment::default() });
        let layout = lay_out(&package(pages), &[true; 4], &Wishes::default());
        let above = layout.pages[3].rsplit_once('/').unwrap().0;
        assert_eq!(layout.files[3], [format!("{above}/77/{name}")]);
        assert_eq!(layout.files[1][0], layout.pages[1].replace("_index.md", "b.png"));
    }
}
