//! Everything before the first write: read the exports, choose pages, find places, and see what stands in the way.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use walkdir::WalkDir;

use super::{Listener, Request, RunError};
use crate::import::decisions::Decisions;
use crate::import::front;
use crate::import::journal::Journal;
use crate::import::ledger::{Ledger, LedgerError, PageState, digest, hash};
use crate::import::links::Links;
use crate::import::notice::{Notice, plural};
use crate::import::package::{ImportPage, Package, PageType};
use crate::import::paths::{self, Layout, Wishes};
use crate::import::people::Roles;
use crate::import::plan::Plan;
use crate::import::sniff::{self, OpenOptions};

/// Why a page is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// Only some people may see it.
    Restricted,
    /// A page above it is restricted.
    BelowRestricted,
    /// It is in somebody's personal space.
    Personal,
    /// The plan says so.
    Plan,
    /// It was deleted in the repository.
    DeletedHere,
}

impl LeftOut {
    /// In words.
    pub fn why(self) -> &'static str {
        match self {
            Self::Restricted => "restricted in the wiki",
            Self::BelowRestricted => "below a restricted page",
            Self::Personal => "in a personal space",
            Self::Plan => "left out by the plan",
            Self::DeletedHere => "deleted here",
        }
    }
}

/// An import ready to run.
#[derive(Default)]
pub struct Prepared {
    /// What was read.
    pub package: Package,
    /// What the last import left.
    pub ledger: Ledger,
    /// What people decided about spaces and pages.
    pub plan: Plan,
    /// What they decided about macros.
    pub decisions: Decisions,
    /// Which pages are taken.
    pub take: Vec<bool>,
    /// Which are not, and why.
    pub left_out: Vec<(usize, LeftOut)>,
    /// Where pages go.
    pub layout: Layout,
    /// Each page's key in the ledger.
    pub keys: Vec<String>,
    /// Each page's parent in the wiki, taken or not.
    above: Vec<Option<u32>>,
    /// Folder of each space.
    pub folders: BTreeMap<String, String>,
    /// Keys of pages that people moved here, with the path they gave them (relative to the root).
    pub(super) moved_here: HashMap<String, String>,
    notices: Vec<Notice>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").field("pages", &self.package.pages.len()).finish_non_exhaustive()
    }
}

impl Prepared {
    /// The index of links, with what people decided.
    pub(super) fn links(&self, request: &Request<'_>) -> Links<'_> {
        Links::new(&self.package, &self.layout).with_roles(self.roles(request)).without(&self.decisions.not_needed())
    }

    /// The roles that stand for people: those of the plan, else those of `roles.yaml`.
    pub(super) fn roles(&self, request: &Request<'_>) -> Roles {
        let decided = self.plan.people.iter().filter_map(|(name, person)| Some((name.as_str(), person.role.as_deref()?)));
        Roles::new(&request.roles, decided.filter(|(_, role)| !role.is_empty()))
    }

    /// Everything noticed so far, worst first.
    pub fn notices(&self) -> impl Iterator<Item = &Notice> {
        let mut all: Vec<&Notice> = self.package.notices.iter().chain(&self.layout.notices).chain(&self.notices).collect();
        all.sort_by_key(|n| (!n.blocks, n.level));
        all.into_iter()
    }
}

/// Reads the exports and finds a place for every page. Writes nothing.
pub fn prepare(request: &Request<'_>, listener: &dyn Listener) -> Result<Prepared, RunError> {
    let ledger = request.ledger()?;
    let plan = Plan::read(&request.plan_path()).map_err(RunError::Plan)?.unwrap_or_default();
    let decisions = Decisions::read(&request.macros_path()).map_err(RunError::Plan)?;
    let cache = request.cache();
    let scratch = (!request.dry_run).then_some(()).and_then(|()| std::fs::create_dir_all(&cache).ok()).map(|()| cache);
    let progress = |done: u64, total: u64| listener.progress("read", done / 1_000_000, total / 1_000_000, "MB");
    let options = OpenOptions { history: request.history, scratch, progress: Some(&progress), ..OpenOptions::default() };
    let package = sniff::open(&request.exports, &options).map_err(RunError::Exports)?;
    let files: usize = package.pages.iter().map(|p| p.attachments.len()).sum();
    let people = if package.counts.users > 0 { format!(", {}", plural(package.counts.users, "user")) } else { String::new() };
    listener.phase("read", &format!("{}, {}{people}", plural(package.pages.len() as u64, "page"), plural(files as u64, "file")));
    let twice = paths::ids_twice(&package.pages);
    let keys: Vec<String> = package.pages.iter().map(|p| paths::key(p, &twice)).collect();
    let above = above(&package);
    let mut out = Prepared { package, ledger, plan, decisions, keys, above, ..Prepared::default() };
    out.notices.extend(request.fetched.iter().flat_map(|f| f.notices.clone()));
    out.choose();
    out.follow_people(request)?;
    let wishes = out.wishes(request)?;
    out.layout = paths::lay_out(&out.package, &out.take, &wishes);
    out.folders = out.used_folders(&wishes);
    out.in_the_way(request)?;
    Ok(out)
}

impl Prepared {
    /// Which pages are taken: everything but what is private or what the plan leaves out.
    fn choose(&mut self) {
        let pages = &self.package.pages;
        // A site export holds everybody's spaces; a personal space exported by itself was meant.
        let several = self.package.spaces.values().filter(|s| !s.personal).count() > 0 && self.package.spaces.len() > 1;
        let restricted_above = |at: usize| {
            let mut seen = HashSet::new();
            let mut up = self.parent(at);
            while let Some(parent) = up.filter(|parent| seen.insert(*parent)) {
                if pages[parent].restricted && !self.plan.takes(&self.keys[parent]) {
                    return true;
                }
                up = self.parent(parent);
            }
            false
        };
        let mut left_out = Vec::new();
        self.take = (0..pages.len())
            .map(|at| {
                let page = &pages[at];
                let named = self.plan.takes(&self.keys[at]);
                let personal = several && page.space.as_ref().and_then(|k| self.package.spaces.get(k)).is_some_and(|s| s.personal);
                let why = if self.plan.leaves(&self.keys[at]) || page.space.as_ref().is_some_and(|s| self.plan.leaves_space(s)) {
                    Some(LeftOut::Plan)
                } else if named {
                    None
                } else if page.restricted {
                    Some(LeftOut::Restricted)
                } else if restricted_above(at) {
                    Some(LeftOut::BelowRestricted)
                } else if personal && !page.space.as_ref().is_some_and(|s| self.plan.takes_space(s)) {
                    Some(LeftOut::Personal)
                } else {
                    None
                };
                left_out.extend(why.map(|w| (at, w)));
                why.is_none()
            })
            .collect();
        self.left_out = left_out;
        let n = |why: &[LeftOut]| self.left_out.iter().filter(|(_, w)| why.contains(w)).count() as u64;
        let restricted = n(&[LeftOut::Restricted, LeftOut::BelowRestricted]);
        if restricted > 0 {
            let titles: Vec<String> = self
                .left_out
                .iter()
                .filter(|(_, w)| *w == LeftOut::Restricted)
                .take(3)
                .map(|(at, _)| format!("\"{}\"", pages[*at].title))
                .collect();
            self.notices.push(
                Notice::warning(format!("{} left out", plural(restricted, "restricted page")))
                    .why(format!("only some people may see them in the wiki: {}", titles.join(", ")))
                    .next("to take one, set `import: true` for it in the plan"),
            );
        }
        let personal = n(&[LeftOut::Personal]);
        if personal > 0 {
            self.notices.push(
                Notice::warning(format!("{} in personal spaces left out", plural(personal, "page")))
                    .why("they belong to single people")
                    .next("to take a space, set `import: true` for it in the plan"),
            );
        }
    }

    /// Finds pages that people moved or deleted since the last import.
    fn follow_people(&mut self, request: &Request<'_>) -> Result<(), LedgerError> {
        if self.ledger.pages.is_empty() {
            return Ok(());
        }
        let index: HashMap<&str, usize> = self.keys.iter().enumerate().map(|(at, k)| (k.as_str(), at)).collect();
        let written = |state: PageState| matches!(state, PageState::Done | PageState::Conflict | PageState::Gone);
        let (mut missing, mut deleted) = (Vec::new(), Vec::new());
        for page in self.ledger.pages.iter() {
            let (key, entry) = page?;
            let Some(at) = index.get(key).filter(|at| self.take[**at]) else { continue };
            if written(entry.state) && !entry.path.is_empty() && !request.into.join(&entry.path).exists() {
                missing.push((key.to_owned(), *at));
            } else if entry.state == PageState::Skipped && entry.why.as_deref() == Some(LeftOut::DeletedHere.why()) {
                deleted.push((key.to_owned(), *at));
            }
        }
        if missing.is_empty() && deleted.is_empty() {
            return Ok(());
        }
        let known = self.ledger.pages.iter().map(|page| Ok(page?.1.path)).collect::<Result<HashSet<String>, LedgerError>>()?;
        let found = pages_by_source(request, &known);
        let mut gone = Vec::new();
        for (key, at) in missing.into_iter().chain(deleted) {
            let id = self.package.pages[at].id.clone().unwrap_or_else(|| key.clone());
            if let Some(path) = found.get(&id) {
                self.moved_here.insert(key, path.clone());
            } else if !self.plan.takes(&key) {
                self.take[at] = false;
                self.left_out.push((at, LeftOut::DeletedHere));
                gone.push(self.package.pages[at].title.clone());
            }
        }
        if let Some(first) = gone.first() {
            self.notices.push(
                Notice::info(format!("{} deleted here since the last import, left out", plural(gone.len() as u64, "page")))
                    .why(format!("first \"{first}\""))
                    .next("to have one back, set `import: true` for it in the plan"),
            );
        }
        Ok(())
    }

    /// Places of pages that an earlier import wrote and this one does not touch: they are gone from the wiki, or left out now.
    fn reserved(&self, request: &Request<'_>, prefix: &str) -> Result<BTreeSet<String>, LedgerError> {
        let touched: HashSet<&str> = self.keys.iter().zip(&self.take).filter(|(_, take)| **take).map(|(key, _)| key.as_str()).collect();
        let mut out = BTreeSet::new();
        for page in self.ledger.pages.iter() {
            let (key, entry) = page?;
            if touched.contains(key) || entry.path.is_empty() {
                continue;
            }
            let paths = entry.files.iter().map(|f| &f.path).chain([&entry.path]);
            let there = paths.filter(|path| request.into.join(path).exists());
            out.extend(there.filter_map(|path| path.strip_prefix(prefix).map(str::to_owned)));
        }
        Ok(out)
    }

    /// Places that are decided already: by the plan, by people who moved files, by the last import for pages that stayed where they were in the wiki.
    fn wishes(&self, request: &Request<'_>) -> Result<Wishes, LedgerError> {
        let mut out = Wishes { fallback: request.name(), ..Wishes::default() };
        out.folders.clone_from(&self.ledger.spaces);
        out.folders.extend(self.plan.folders());
        if self.ledger.pages.is_empty() && self.plan.pages.is_empty() {
            return Ok(out);
        }
        let prefix = if request.content.is_empty() { String::new() } else { format!("{}/", request.content) };
        out.reserved = self.reserved(request, &prefix)?;
        let mut pinned: HashMap<usize, bool> = HashMap::new();
        for at in 0..self.package.pages.len() {
            self.pin(at, &mut pinned)?;
        }
        for (at, key) in self.keys.iter().enumerate().filter(|(at, _)| self.take[*at]) {
            if let Some(path) = self.plan.path(key) {
                out.paths.insert(key.clone(), path.to_owned());
            } else if let Some(path) = self.moved_here.get(key).and_then(|p| p.strip_prefix(&prefix)) {
                out.paths.insert(key.clone(), path.to_owned());
            } else if pinned.get(&at) == Some(&true)
                && let Some(path) = self.ledger.pages.get(key)?.and_then(|e| e.path.strip_prefix(&prefix).map(str::to_owned))
                && !path.is_empty()
            {
                out.paths.insert(key.clone(), path);
            }
        }
        Ok(out)
    }

    /// Whether page `at` has the title and the parents it had at the last import.
    fn pin(&self, at: usize, pinned: &mut HashMap<usize, bool>) -> Result<bool, LedgerError> {
        let mut trail = Vec::new();
        let mut here = at;
        let base = loop {
            if let Some(known) = pinned.get(&here) {
                break *known;
            }
            // Circles end here too: what is on the trail counts as pinned until shown otherwise.
            pinned.insert(here, true);
            trail.push(here);
            match self.parent(here) {
                Some(parent) => here = parent,
                None => break true,
            }
        };
        let mut good = base;
        for here in trail.into_iter().rev() {
            let page = &self.package.pages[here];
            let entry = self.ledger.pages.get(&self.keys[here])?;
            let same = entry.is_some_and(|e| e.title == page.title && e.parent.as_deref() == self.parent_key(here));
            // A page left out has no place that could move.
            good = good && (same || !self.take[here]);
            pinned.insert(here, good);
        }
        Ok(good)
    }

    fn parent(&self, at: usize) -> Option<usize> {
        self.above[at].map(|p| p as usize)
    }

    /// The key of the parent of `at`, for the ledger.
    pub(super) fn parent_key(&self, at: usize) -> Option<&str> {
        self.parent(at).map(|p| self.keys[p].as_str())
    }

    /// Addresses that page `at` had here before.
    pub(super) fn former(&self, at: usize) -> Result<Vec<String>, LedgerError> {
        let Some(earlier) = self.ledger.pages.get(&self.keys[at])? else { return Ok(Vec::new()) };
        let address = |path: &str| {
            let stem = paths::own_folder(path);
            if stem.is_empty() { "/".to_owned() } else { format!("/{stem}/") }
        };
        let mut out = earlier.former;
        if let Some((_, was)) = earlier.path.split_once('/').filter(|(_, was)| !was.is_empty()) {
            out.push(address(was));
        }
        // A page that came back to an earlier place has that address by itself.
        let now = address(&self.layout.pages[at]);
        let mut seen = HashSet::new();
        out.retain(|a| *a != now && seen.insert(a.clone()));
        Ok(out)
    }

    fn used_folders(&self, wishes: &Wishes) -> BTreeMap<String, String> {
        let mut out = wishes.folders.clone();
        for (space, tops) in &self.layout.tops {
            let first = self.layout.homes.get(space).or_else(|| tops.iter().find(|t| self.package.pages[**t].kind != PageType::BlogPost));
            if let Some(path) = first.map(|at| &self.layout.pages[*at]).filter(|p| !p.is_empty()) {
                let folder = path.split('/').next().unwrap_or_default();
                if path.contains('/') {
                    out.entry(space.clone()).or_insert_with(|| folder.to_owned());
                }
            }
        }
        out.retain(|space, _| !space.is_empty());
        out
    }

    /// Files of people where pages would go.
    fn in_the_way(&mut self, request: &Request<'_>) -> Result<(), LedgerError> {
        let journal = request.journal_path();
        let journal = if journal.exists() && !request.dry_run { Journal::open(journal).ok() } else { None };
        let mut ours = HashSet::new();
        for (key, _) in self.keys.iter().zip(&self.take).filter(|(_, take)| **take) {
            ours.extend(self.ledger.pages.get(key)?.map(|entry| digest(&[&entry.path])));
        }
        let mut blocked = Vec::new();
        let mut same = HashMap::new();
        for (at, page) in self.package.pages.iter().enumerate().filter(|(at, _)| self.take[*at]) {
            let path = request.in_content(&self.layout.pages[at]);
            if let Some(other) = same.insert(digest(&[&path.to_lowercase()]), at) {
                let why = format!("the plan gives it the path of \"{}\"", self.package.pages[other].title);
                blocked.push(
                    Notice::error(format!("\"{}\" ({}) would replace {path}", page.title, self.keys[at]))
                        .why(why)
                        .next(self.remedy(request, at))
                        .blocking(),
                );
                continue;
            }
            if ours.contains(&digest(&[&path])) || self.moved_here.get(&self.keys[at]).is_some_and(|p| *p == path) {
                continue;
            }
            let Ok(bytes) = std::fs::read(request.into.join(&path)) else { continue };
            if journal.as_ref().is_some_and(|j| j.announced(&path, &hash(&bytes))) || is_of(&bytes, page) {
                continue;
            }
            blocked.push(
                Notice::error(format!("\"{}\" ({}) would replace {path}, which is not its own", page.title, self.keys[at]))
                    .why("people wrote that file, or it is a page that is gone from the wiki")
                    .next(self.remedy(request, at))
                    .blocking(),
            );
        }
        self.notices.extend(blocked);
        Ok(())
    }

    fn remedy(&self, request: &Request<'_>, at: usize) -> String {
        let plan = request.plan_path();
        let plan = plan.strip_prefix(&request.into).unwrap_or(&plan);
        format!("choose `path:` or `import: false` for {} in {}", self.keys[at], plan.display())
    }
}

/// The parent of each page, found by its id or file.
fn above(package: &Package) -> Vec<Option<u32>> {
    let mut by_name: HashMap<(usize, &str), u32> = HashMap::new();
    for (page, at) in package.pages.iter().zip(0u32..) {
        by_name.extend([page.id.as_deref(), page.file.as_deref()].into_iter().flatten().map(|name| ((page.export, name), at)));
    }
    package.pages.iter().map(|page| by_name.get(&(page.export, page.parent.as_deref()?)).copied()).collect()
}

/// Whether a file is the page itself, from an import whose ledger was lost.
fn is_of(bytes: &[u8], page: &ImportPage) -> bool {
    let text = String::from_utf8_lossy(bytes);
    page.id.is_some() && source_id(&text) == page.id
}

/// `source: id:` of a page's front matter.
fn source_id(text: &str) -> Option<String> {
    let (head, _) = front::split(text);
    let (_, after) = head.split_once("\nsource:")?;
    if let Some(flow) = after.trim_start_matches(' ').strip_prefix('{') {
        let id = flow.split_once("id:")?.1.trim_start().trim_start_matches(['"', '\'']);
        return Some(id.chars().take_while(char::is_ascii_alphanumeric).collect());
    }
    let line = after.lines().skip(1).take_while(|l| l.starts_with(' ')).find_map(|l| l.trim().strip_prefix("id:"))?;
    Some(line.trim().trim_matches(['"', '\'']).to_owned())
}

/// Pages of the repository by the id of their source, without those the ledger knows.
fn pages_by_source(request: &Request<'_>, known: &HashSet<String>) -> HashMap<String, String> {
    let mut out = HashMap::new();
    let root: &Path = &request.into;
    for file in WalkDir::new(root.join(&request.content)).sort_by_file_name().into_iter().flatten() {
        if !file.file_type().is_file() || file.path().extension().is_none_or(|e| e != "md") {
            continue;
        }
        let path = file.path().strip_prefix(root).unwrap_or(file.path()).to_string_lossy().replace('\\', "/");
        if known.contains(path.as_str()) {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(file.path()) else { continue };
        if let Some(id) = source_id(&text) {
            out.entry(id).or_insert(path);
        }
    }
    out
}
