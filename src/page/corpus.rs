//! All files of a docs repository at once: pages, blueprint files, attachments, and how links between them resolve.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use super::Page;
use super::include::{self, Fault};
use crate::disk::{self, Stamp};
use crate::text::Source;
use crate::text::path::slashed;

/// A page's position in [`Corpus::pages`]; pages are sorted by path, so ids are stable within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId(pub u32);

impl PageId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A file that could not be read as text.
#[derive(Debug, Clone)]
pub struct Unreadable {
    /// Path relative to the repository root.
    pub path: String,
    /// What is wrong and where, as one sentence.
    pub why: String,
}

/// Where the files of a repository stand, all relative to its root, with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Content folder; empty when the root itself is the content.
    pub content: String,
    /// Folders below the content folder that are read; all of them when empty.
    pub folders: Vec<String>,
    /// Folders whose files are served from the top of the site.
    pub statics: Vec<String>,
    /// Patterns of addresses by section (top folder); see [`super::permalink`].
    pub permalinks: Vec<(String, String)>,
}

impl Layout {
    /// True if a file at `path` is below the content folder, and below one of its folders where some are named.
    pub fn holds(&self, path: &str) -> bool {
        let Some(inside) = below(&self.content, path) else { return false };
        self.folders.is_empty() || self.folders.iter().any(|folder| below(folder, inside).is_some())
    }

    /// True for a folder that may hold what is read: one of the named ones, or on the way to one.
    fn leads(&self, path: &str) -> bool {
        let Some(inside) = below(&self.content, path) else { return true };
        self.folders.is_empty() || self.folders.iter().any(|folder| below(folder, inside).is_some() || below(inside, folder).is_some())
    }
}

/// `path` below `folder`; `None` if it is elsewhere.
fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    if folder.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// Everything below the content folder.
#[derive(Debug, Default)]
pub struct Corpus {
    /// Absolute path of the repository root (where `stepwright.yaml` stands, or the folder given).
    pub root: PathBuf,
    /// Content folder relative to the root with `/`; empty when the root itself is the content.
    pub content: String,
    /// Pages, sorted by path.
    pub pages: Vec<Page>,
    /// Blueprint files (`*.blueprint.yaml`), sorted by path.
    pub blueprints: Vec<Arc<Source>>,
    /// Every other file, sorted: attachments, and what the folders of static files hold.
    pub files: BTreeSet<String>,
    /// Where pages and static files stand.
    pub layout: Layout,
    /// Files that could not be read as UTF-8 text.
    pub unreadable: Vec<Unreadable>,
    /// Files that pages take in and that are no pages themselves, by path relative to the root; or why one cannot be used.
    pub parts: BTreeMap<String, Result<Arc<Page>, String>>,
    by_path: BTreeMap<String, PageId>,
    by_stem: BTreeMap<String, Vec<PageId>>,
    by_address: BTreeMap<String, PageId>,
    has_mdx: bool,
    /// See [`Corpus::note`].
    asked: Mutex<BTreeMap<String, String>>,
}

/// Keys in which other generators keep the address of a page.
const ADDRESS_KEYS: [&str; 3] = ["url", "permalink", "slug"];

/// Cannot list the content folder at all.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The folder is missing or cannot be listed.
    #[error("cannot read the content folder {path}")]
    Folder {
        /// As given.
        path: String,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
}

/// What a link from a page leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Another site, mail, or another scheme.
    External,
    /// A page, and the anchor on it if one is named.
    Page(PageId, Option<String>),
    /// A file that is not a page (path relative to the root).
    File(String),
    /// A folder with pages in it and none of its own (path relative to the root); the website lists its pages.
    Folder(String),
    /// Nothing that exists; the path it would have (relative to the root).
    Missing(String),
}

/// Folders never looked into, besides hidden ones.
const SKIPPED: [&str; 3] = ["node_modules", "target", "public"];

/// True for what a walk over the content folder looks at.
pub fn looked_into(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() == 0 || !(name.starts_with('.') || entry.file_type().is_dir() && SKIPPED.contains(&name.as_ref()))
}

impl Corpus {
    /// Reads and parses everything below `root/content` in parallel.
    pub fn load(root: &Path, content: &str) -> Result<Self, CorpusError> {
        let layout = Layout { content: content.to_owned(), ..Layout::default() };
        Self::load_with(root, &layout, |_| ()).map(|(corpus, _)| corpus)
    }

    /// [`Corpus::load`]; also calls `look` for each page while its tree is there, and returns the answers in page order.
    pub fn load_with<T: Send>(root: &Path, layout: &Layout, look: impl Fn(&Page) -> T + Sync) -> Result<(Self, Vec<T>), CorpusError> {
        let content = layout.content.as_str();
        let paths = list(root, layout)?;
        let read: Vec<Loaded<T>> = paths.par_iter().map(|path| load_file(root, path, &look)).collect();
        let mut pages = Vec::new();
        let mut corpus = Self { root: root.to_path_buf(), content: content.to_owned(), layout: layout.clone(), ..Self::default() };
        corpus.files.extend(list_statics(root, layout).iter().map(|path| slashed(path.strip_prefix(root).unwrap_or(path))));
        for loaded in read {
            match loaded {
                Loaded::Page(page, seen) => pages.push((*page, seen)),
                Loaded::Blueprint(source) => corpus.blueprints.push(source),
                Loaded::File(path) => {
                    corpus.files.insert(path);
                }
                Loaded::Unreadable(bad) => corpus.unreadable.push(bad),
            }
        }
        pages.sort_by(|(a, _), (b, _)| a.path().cmp(b.path()));
        let (pages, seen) = pages.into_iter().unzip();
        corpus.pages = pages;
        corpus.index();
        corpus.load_parts();
        Ok((corpus, seen))
    }

    /// A corpus of pages already parsed, for tests and single pages.
    pub fn from_pages(pages: Vec<Page>) -> Self {
        Self::laid_out(pages, Layout::default())
    }

    /// [`Corpus::from_pages`] where they stand as the settings say.
    pub fn laid_out(pages: Vec<Page>, layout: Layout) -> Self {
        let mut corpus = Self { pages, content: layout.content.clone(), layout, ..Self::default() };
        corpus.index();
        corpus
    }

    fn index(&mut self) {
        self.pages.sort_by(|a, b| a.path().cmp(b.path()));
        self.blueprints.sort_by(|a, b| a.path().cmp(b.path()));
        self.by_path = (0u32..).zip(&self.pages).map(|(i, p)| (p.path().to_owned(), PageId(i))).collect();
        self.has_mdx = self.pages.iter().any(|p| p.path().ends_with(".mdx"));
        self.by_stem.clear();
        self.by_address.clear();
        for (path, id) in &self.by_path {
            self.by_stem.entry(stem(path)).or_default().push(*id);
        }
        for (id, page) in (0u32..).map(PageId).zip(&self.pages) {
            let foreign = ADDRESS_KEYS.iter().filter_map(|key| page.meta.extra.get(*key)?.as_str());
            let claimed = page.meta.aliases.iter().map(|a| a.value.as_str()).chain(foreign).filter(|a| a.starts_with('/'));
            let mut addresses: Vec<String> = claimed.map(|a| a.trim_matches('/').to_owned()).collect();
            // Hugo and Docusaurus put a slug in the place of the file's name, and Docusaurus leaves the numbers away that sort files.
            let inside = super::stem(self.inside(page.path()));
            let slug = page.meta.extra.get("slug").and_then(|s| s.as_str()).filter(|s| !s.contains('/') && !s.is_empty());
            if let Some(slug) = slug {
                addresses.push(inside.rsplit_once('/').map_or_else(|| slug.to_owned(), |(folder, _)| format!("{folder}/{slug}")));
            }
            addresses.extend(without_numbers(inside));
            let section = self.layout.permalinks.iter().find(|(s, _)| inside.split_once('/').is_some_and(|(top, _)| top == s));
            addresses.extend(section.and_then(|(_, pattern)| super::permalink::of(pattern, page, self.inside(page.path()))));
            for address in addresses {
                self.by_address.entry(address).or_insert(id);
            }
        }
    }

    /// Reads the files that pages take in, and those that they take in, unless they are known already. Whoever puts another text of a page in its
    /// place calls it again.
    pub fn load_parts(&mut self) {
        let mut wanted: Vec<String> = self.pages.iter().flat_map(|p| self.named_by(p, true)).collect();
        while let Some(path) = wanted.pop() {
            if self.find(&path).is_some() || self.parts.contains_key(&path) {
                continue;
            }
            self.note(&path);
            let part = include::read(&self.root, &path).map(Arc::new);
            if let Ok(page) = &part {
                wanted.extend(self.named_by(page, true));
            }
            self.parts.insert(path, part);
        }
    }

    /// Paths of the files a page or part takes in itself; those shown as code only with `code`.
    fn named_by(&self, page: &Page, code: bool) -> Vec<String> {
        page.body
            .includes
            .iter()
            .filter(|i| code || !i.code)
            .filter_map(|i| self.included_path(page.path(), include::parts(&i.dest).0))
            .collect()
    }

    /// Paths of all files that a page takes in, directly or through others, each once, in order.
    pub fn inputs(&self, page: &Page) -> BTreeSet<String> {
        self.inputs_of(page, true)
    }

    /// [`Corpus::inputs`] without files that are shown as code.
    pub fn inputs_as_markdown(&self, page: &Page) -> BTreeSet<String> {
        self.inputs_of(page, false)
    }

    fn inputs_of(&self, page: &Page, code: bool) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        let mut wanted = self.named_by(page, code);
        while let Some(path) = wanted.pop() {
            if let Ok(part) = self.included(&path)
                && out.insert(path)
            {
                wanted.extend(self.named_by(part, code));
            }
        }
        out
    }

    /// The file that `file`, written in the file at `from`, means; `None` if it may not be read.
    pub(super) fn included_path(&self, from: &str, file: &str) -> Option<String> {
        let path = self.join(from, &percent_decode(file));
        include::allowed(&path).then_some(path)
    }

    /// The page or part at a path.
    pub(super) fn included(&self, path: &str) -> Result<&Page, Fault> {
        if let Some(id) = self.find(path) {
            return Ok(self.page(id));
        }
        match self.parts.get(path) {
            Some(Ok(page)) => Ok(page),
            Some(Err(why)) => Err(Fault::Unusable { path: path.to_owned(), why: why.clone() }),
            None => Err(Fault::Unusable { path: path.to_owned(), why: "is not there".to_owned() }),
        }
    }

    /// The page a wrong path most likely means: the only one of that name elsewhere, else the nearest name in the same folder.
    pub fn nearest(&self, path: &str) -> Option<&Page> {
        let wanted = stem(path.trim_end_matches('/'));
        if let Some([one]) = self.by_stem.get(&wanted).map(Vec::as_slice) {
            return Some(self.page(*one));
        }
        // One or two letters off only means something when the name is long enough; a huge folder is not searched to its end.
        if wanted.chars().count() < 4 {
            return None;
        }
        let folder = path.rsplit_once('/').map_or("", |(f, _)| f);
        let siblings: Vec<(String, PageId)> = self
            .by_path
            .range(format!("{folder}/")..)
            .take_while(|(p, _)| p.starts_with(folder))
            .filter(|(p, _)| p.rsplit_once('/').map_or("", |(f, _)| f) == folder)
            .take(200)
            .map(|(p, id)| (stem(p), *id))
            .collect();
        let near = crate::text::nearest(&wanted, siblings.iter().map(|(s, _)| s.as_str()))?;
        siblings.iter().find(|(s, _)| s == near).map(|(_, id)| self.page(*id))
    }

    /// The page at a path relative to the root.
    pub fn find(&self, path: &str) -> Option<PageId> {
        self.by_path.get(path).copied()
    }

    /// The page with an id.
    pub fn page(&self, id: PageId) -> &Page {
        &self.pages[id.index()]
    }

    /// All pages with their ids, in path order.
    pub fn iter(&self) -> impl Iterator<Item = (PageId, &Page)> {
        (0u32..).map(PageId).zip(&self.pages)
    }

    /// A path below the content folder: `content/ops/a.md` becomes `ops/a.md`.
    pub fn inside<'p>(&self, path: &'p str) -> &'p str {
        if let Some(rest) = self.layout.statics.iter().find_map(|folder| below(folder, path)) {
            return rest;
        }
        match path.strip_prefix(self.content.as_str()) {
            Some(rest) if !self.content.is_empty() => rest.trim_start_matches('/'),
            _ => path,
        }
    }

    /// True if there is a file or folder at a path relative to the root, inside the content or not.
    pub fn exists(&self, path: &str) -> bool {
        self.note(path).changed.is_some()
    }

    /// Notes that what a run comes to depends on a file that may lie outside the content; to be called before the file is read. Gives its state.
    pub fn note(&self, path: &str) -> Stamp {
        let stamp = Stamp::of(&self.root.join(path));
        let settled = disk::unsettled(stamp.changed, SystemTime::now()).is_zero();
        // No file is ever in that state, so whoever compares it finds a difference.
        let state = if settled { stamp.text.clone() } else { "changing".to_owned() };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), state);
        stamp
    }

    /// The files that were noted, with their states then.
    pub fn asked(&self) -> BTreeMap<String, String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where a link written on `from` leads. Understands relative and content-absolute paths, folders (their `_index.md`, `index.md`
    /// or `README.md`), addresses without `.md`, and addresses that a page claims as its own or as an alias.
    pub fn resolve(&self, from: PageId, dest: &str) -> Target {
        self.resolve_in(self.page(from).path(), from, dest)
    }

    /// [`Corpus::resolve`] for a link in the file at `path_of_file`, which the page `from` takes in: the path decides, except that `#anchor` alone is a place
    /// on the page.
    pub fn resolve_in(&self, path_of_file: &str, from: PageId, dest: &str) -> Target {
        let dest = dest.trim();
        if is_external(dest) {
            return Target::External;
        }
        let (path, anchor) = dest.split_once('#').map_or((dest, None), |(p, a)| (p, Some(a)));
        let anchor = anchor.filter(|a| !a.is_empty()).map(percent_decode);
        let path = percent_decode(path.split('?').next().unwrap_or(""));
        if path.is_empty() {
            return Target::Page(from, anchor);
        }
        let full = self.join(path_of_file, &path);
        let trimmed = full.trim_end_matches('/');
        if let Some(id) = self.page_at(&full) {
            return Target::Page(id, anchor);
        }
        if self.files.contains(trimmed) || self.blueprints.binary_search_by(|b| b.path().cmp(trimmed)).is_ok() {
            return Target::File(trimmed.to_owned());
        }
        if let Some(target) = self.as_served(path_of_file, &path, anchor.as_ref()) {
            return target;
        }
        let address = self.inside(trimmed);
        let claimed = self.by_address.get(address).or_else(|| self.by_address.get(address.strip_suffix(".html")?));
        if let Some(id) = claimed.filter(|_| !trimmed.is_empty()) {
            return Target::Page(*id, anchor);
        }
        if let Some(address) = path.strip_prefix('/') {
            if let Some(file) = self.layout.statics.iter().map(|folder| format!("{folder}/{address}")).find(|f| self.files.contains(f)) {
                return Target::File(file);
            }
            // Other generators serve the content folder under its own name: `/docs/a` is `docs/a.md`.
            if let Some(id) = self.page_at(&normalise(address.split('/'))).filter(|_| !self.content.is_empty()) {
                return Target::Page(id, anchor);
            }
        }
        let html = ["/_index.html", "/index.html", ".html"].iter().map(|end| format!("{trimmed}{end}"));
        if let Some(file) = html.into_iter().find(|f| self.files.contains(f)) {
            return Target::File(file);
        }
        if self.holds_pages(trimmed) {
            return Target::Folder(trimmed.to_owned());
        }
        Target::Missing(full)
    }

    /// Where an address leads from a page that is served as a folder (`ops/a.md` at `/ops/a/`, as Hugo, Jekyll and Middleman do): `../b/` is then its
    /// neighbour. Asked only for what does not lead anywhere in the repository, and not for names of Markdown files.
    fn as_served(&self, from: &str, path: &str, anchor: Option<&String>) -> Option<Target> {
        if path.starts_with('/') || super::is_page(path) {
            return None;
        }
        let full = self.join(&format!("{}/", super::stem(from).trim_end_matches(".html")), path);
        if let Some(id) = self.page_at(&full) {
            return Some(Target::Page(id, anchor.cloned()));
        }
        let file = full.trim_end_matches('/');
        self.files.contains(file).then(|| Target::File(file.to_owned()))
    }

    /// The page that an address stands for, relative to the root: its path with or without ending, or its folder.
    fn page_at(&self, full: &str) -> Option<PageId> {
        if let Some(id) = self.find(full) {
            return Some(id);
        }
        let trimmed = full.trim_end_matches('/');
        let shown = trimmed.strip_suffix(".html");
        // Middleman names a page `x.html.md`.
        let md = ["", ".html", "/_index", "/index", "/README"].iter().map(|end| format!("{trimmed}{end}.md"));
        let md = md.chain(shown.map(|s| format!("{s}.md")));
        let mdx = ["", "/index"].iter().filter(|_| self.has_mdx).map(|end| format!("{trimmed}{end}.mdx"));
        md.chain(mdx).find_map(|candidate| self.find(&candidate))
    }

    /// True for the content folder, or a folder below it, with a page anywhere in it.
    fn holds_pages(&self, folder: &str) -> bool {
        if folder == self.content {
            return !self.pages.is_empty();
        }
        let inside = format!("{folder}/");
        (self.content.is_empty() || self.inside(&inside).len() < inside.len())
            && self.by_path.range(inside.clone()..).next().is_some_and(|(path, _)| path.starts_with(&inside))
    }

    /// `path` as written on the page at `from`, relative to the root with `.` and `..` resolved.
    fn join(&self, from: &str, path: &str) -> String {
        let mut parts: Vec<&str> = if let Some(absolute) = path.strip_prefix('/') {
            return normalise(self.content.split('/').chain(absolute.split('/')));
        } else {
            from.split('/').collect()
        };
        parts.pop();
        normalise(parts.into_iter().chain(path.split('/')))
    }
}

/// Every file below the content folder that a corpus is made from, in the order of the walk.
pub fn list(root: &Path, layout: &Layout) -> Result<Vec<PathBuf>, CorpusError> {
    let base = if layout.content.is_empty() { root.to_path_buf() } else { root.join(&layout.content) };
    let mut paths = Vec::new();
    let wanted = |e: &DirEntry| {
        let relative = || slashed(e.path().strip_prefix(root).unwrap_or(e.path()));
        looked_into(e) && (layout.folders.is_empty() || e.depth() == 0 || layout.leads(&relative()))
    };
    for entry in WalkDir::new(&base).sort_by_file_name().into_iter().filter_entry(wanted) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => paths.push(entry.into_path()),
            Ok(_) => {}
            Err(error) if error.depth() == 0 => {
                let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of links"));
                return Err(CorpusError::Folder { path: base.display().to_string(), source });
            }
            Err(_) => {}
        }
    }
    Ok(paths)
}

/// Every file in the folders whose files are served from the top of the site.
pub fn list_statics(root: &Path, layout: &Layout) -> Vec<PathBuf> {
    let walk = |folder: &String| {
        WalkDir::new(root.join(folder)).sort_by_file_name().into_iter().filter_entry(|e| e.depth() == 0 || looked_into(e))
    };
    let files = layout.statics.iter().flat_map(walk).filter_map(Result::ok).filter(|e| e.file_type().is_file());
    files.map(DirEntry::into_path).collect()
}

/// A file's name without folder and `.md`, in lower case.
fn stem(path: &str) -> String {
    super::stem(path.rsplit('/').next().unwrap_or(path)).to_lowercase()
}

/// A path without the numbers at the head of its parts that only sort them (`02-guides/01-start`); `None` if there are none.
fn without_numbers(inside: &str) -> Option<String> {
    let bare = |part: &str| -> Option<String> {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let rest =
            part[digits..].trim_start_matches([' ', '.']).strip_prefix(['-', '_', '.']).or_else(|| part[digits..].strip_prefix(". "))?;
        (digits > 0 && digits < 4 && rest.starts_with(char::is_alphabetic)).then(|| rest.to_owned())
    };
    let any = inside.split('/').any(|p| p.starts_with(|c: char| c.is_ascii_digit()) && bare(p).is_some());
    any.then(|| inside.split('/').map(|p| bare(p).unwrap_or_else(|| p.to_owned())).collect::<Vec<_>>().join("/"))
}

fn normalise<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut trailing = false;
    for part in parts {
        trailing = part.is_empty();
        match part {
            "" | "." => {}
            ".." => {
                // A path that leaves the repository keeps its dots and so matches nothing.
                if out.last().is_none_or(|l| *l == "..") {
                    out.push("..");
                } else {
                    out.pop();
                }
            }
            part => out.push(part),
        }
    }
    let mut joined = out.join("/");
    if trailing && !joined.is_empty() {
        joined.push('/');
    }
    joined
}

/// True for addresses with a scheme or a host: nothing in the repository can answer them.
pub fn is_external(dest: &str) -> bool {
    if dest.starts_with("//") {
        return true;
    }
    let Some((scheme, _)) = dest.split_once(':') else { return false };
    scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Undoes `%41` escapes; bytes that are not UTF-8 afterwards leave the text as it was.
pub fn percent_decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

enum Loaded<T> {
    Page(Box<Page>, T),
    Blueprint(Arc<Source>),
    File(String),
    Unreadable(Unreadable),
}

fn load_file<T>(root: &Path, path: &Path, look: &impl Fn(&Page) -> T) -> Loaded<T> {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let name = slashed(relative);
    let page = super::is_page(&name);
    if !page && !name.ends_with(".blueprint.yaml") {
        return Loaded::File(name);
    }
    let text = match std::fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let bytes = error.as_bytes();
                let at = error.utf8_error().valid_up_to();
                let line = bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
                let why = format!("not UTF-8 text: byte 0x{:02X} on line {line}", bytes[at]);
                return Loaded::Unreadable(Unreadable { path: name, why });
            }
        },
        Err(error) => return Loaded::Unreadable(Unreadable { path: name, why: format!("cannot be read ({error})") }),
    };
    let source = Source::new(name, text);
    if !page {
        return Loaded::Blueprint(source);
    }
    // Kept for the length of the look only.
    let (page, _tree) = Page::parse_whole(source);
    let seen = look(&page);
    Loaded::Page(Box::new(page), seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(paths: &[&str]) -> Corpus {
        let mut corpus = Corpus::from_pages(paths.iter().map(|p| Page::parse(Source::new(*p, "# x\n"))).collect());
        corpus.content = "content".into();
        corpus.files.insert("content/ops/a/plan one.png".into());
        corpus
    }

    #[test]
    fn links_resolve_as_people_write_them() {
        let c = corpus(&["content/_index.md", "content/ops/_index.md", "content/ops/a.md", "content/b.md"]);
        let a = c.find("content/ops/a.md").unwrap();
        let b = c.find("content/b.md").unwrap();
        let ops = c.find("content/ops/_index.md").unwrap();
        assert_eq!(c.resolve(a, "../b.md#x%20y"), Target::Page(b, Some("x y".into())));
        assert_eq!(c.resolve(a, "/b"), Target::Page(b, None));
        assert_eq!(c.resolve(b, "ops/"), Target::Page(ops, None));
        assert_eq!(c.resolve(a, "#top"), Target::Page(a, Some("top".into())));
        assert_eq!(c.resolve(a, "a/plan%20one.png"), Target::File("content/ops/a/plan one.png".into()));
        assert_eq!(c.resolve(a, "../../../etc/passwd"), Target::Missing("../etc/passwd".into()));
        assert_eq!(c.resolve(a, "mailto:x@example.org"), Target::External);
        assert_eq!(c.resolve(a, "c.md"), Target::Missing("content/ops/c.md".into()));
        assert_eq!(c.resolve(b, "../ops/a/#x"), Target::Page(a, Some("x".into())), "from a page served as a folder");
        assert_eq!(c.resolve(b, "../ops/a.md"), Target::Missing("ops/a.md".into()), "a file is named from the file");
    }

    #[test]
    fn links_to_folders_and_to_addresses_that_pages_claim() {
        let page = |path: &str, text: &str| Page::parse(Source::new(path, text));
        let mut c = Corpus::from_pages(vec![
            page("content/b.md", "# b\n"),
            page("content/news/2022-05-01-may.md", "---\nurl: /news/2022/05/may/\naliases: [/may, old/may]\n---\n# May\n"),
        ]);
        c.content = "content".into();
        c.files.insert("content/team/index.html".into());
        let mut named = Corpus::from_pages(vec![page("content/b.md", "# b\n"), page("content/c.html.md", "# c\n")]);
        named.content = "content".into();
        let (from, to) = (named.find("content/b.md").unwrap(), named.find("content/c.html.md").unwrap());
        assert_eq!(named.resolve(from, "/c.html"), Target::Page(to, None));
        let b = c.find("content/b.md").unwrap();
        let may = c.find("content/news/2022-05-01-may.md").unwrap();
        assert_eq!(c.resolve(b, "/news/2022/05/may#x"), Target::Page(may, Some("x".into())));
        assert_eq!(c.resolve(b, "/may/"), Target::Page(may, None));
        assert_eq!(c.resolve(b, "/old/may"), Target::Missing("content/old/may".into()), "relative to a place unknown");
        assert_eq!(c.resolve(b, "/"), Target::Folder("content".into()));
        assert_eq!(c.resolve(b, "news"), Target::Folder("content/news".into()));
        assert_eq!(c.resolve(b, "../"), Target::Missing(String::new()), "above the content");
        assert_eq!(c.resolve(b, "/team/"), Target::File("content/team/index.html".into()));
    }
}
