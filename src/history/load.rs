//! Puts a load together: which repository owns which page, one walk each, the answers; further walks only where pages came from outside the area.
//! What was walked is kept, so that ages of sections can be asked for later.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::ages::Ages;
use super::git::{Id, Missing, Store};
use super::known::Known;
use super::memo::{self, AgesMemo, Memo, StoredAges};
use super::parts::Parts;
use super::recall::Recalled;
use super::resolve::Resolver;
use super::walk::{Area, Commits, Touches, Trees, recorded};
use super::{Depth, Edited, History, HistorySettings, PageHistory, Skip, Tracked, Unknown};
use crate::page::Page;

/// Whose history is asked for.
pub(super) struct Asked<'a> {
    pub(super) pages: &'a [Tracked],
    /// Pages as they were read, by path, where somebody has read them.
    pub(super) texts: HashMap<&'a str, &'a str>,
    /// The revision to look from; what is checked out if `None`.
    pub(super) revision: Option<&'a str>,
}

/// See [`History::of_pages`].
pub(super) fn load(root: &Path, content: &str, asked: &Asked<'_>, settings: &HistorySettings) -> History {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    let store = match Store::discover(&root) {
        Ok(store) => store,
        Err(why) => return History::none(why),
    };
    let mut history = History::none(Unknown::Untracked);
    // What repositories lie inside today says nothing of an older revision.
    let pages = asked.pages;
    let groups = if asked.revision.is_some() { BTreeMap::from([(None, pages.iter().collect())]) } else { by_repository(&root, pages) };
    let place = |pages, revision| Within { root: &root, content, pages, texts: &asked.texts, revision };
    let own = groups.get(&None).map_or(&[][..], Vec::as_slice);
    match of_repository(&store, &place(own, asked.revision), settings) {
        Ok((walk, found)) => {
            history.depth = if store.shallow.is_empty() { Depth::Full } else { Depth::Shallow };
            history.head = Some(walk.commits.told(0));
            history.default_branch = store.on_default_branch();
            history.take(walk, found);
        }
        Err(why) => history = History::none(why),
    }
    for (top, inner) in groups.iter().filter_map(|(top, pages)| Some((top.as_ref()?, pages))) {
        let found = Store::discover(top).and_then(|store| of_repository(&store, &place(inner, None), settings));
        match found {
            Ok((walk, found)) => history.take(walk, found),
            Err(why) => history.pages.extend(inner.iter().map(|p| (p.path.clone(), PageHistory::unknown(why.clone())))),
        }
    }
    history
}

/// See [`super::trace`].
pub(super) fn trace(root: &Path, folders: &[&Path]) -> Option<String> {
    let inside: BTreeSet<&Path> = folders.iter().flat_map(|f| f.ancestors().take_while(|a| *a != root && a.starts_with(root))).collect();
    let tops = inside.into_iter().filter(|folder| folder.join(".git").exists()).chain([root]);
    let mut out = String::new();
    for top in tops {
        match Store::discover(top) {
            Ok(store) => {
                let ignored = std::fs::read_to_string(store.top().join(IGNORE_FILE)).unwrap_or_default();
                out.push_str(&format!("{}\n{ignored}\n", store.trace()?));
            }
            Err(Unknown::NoGit) => out.push_str("no repository\n"),
            Err(_) => return None,
        }
    }
    Some(out)
}

/// Pages by the repository that holds them: `None` is the root's own, else the folder of a submodule or another nested repository.
fn by_repository<'p>(root: &Path, pages: &'p [Tracked]) -> BTreeMap<Option<PathBuf>, Vec<&'p Tracked>> {
    let mut known: BTreeMap<PathBuf, Option<PathBuf>> = BTreeMap::new();
    let mut groups: BTreeMap<Option<PathBuf>, Vec<&Tracked>> = BTreeMap::new();
    for page in pages {
        let folder = root.join(&page.path).parent().map_or_else(|| root.to_path_buf(), Path::to_path_buf);
        let top = nested(root, &folder, &mut known);
        groups.entry(top).or_default().push(page);
    }
    groups
}

/// The nearest folder from `folder` up to, but without, `root` that is the top of a repository.
fn nested(root: &Path, folder: &Path, known: &mut BTreeMap<PathBuf, Option<PathBuf>>) -> Option<PathBuf> {
    if folder == root || !folder.starts_with(root) {
        return None;
    }
    if let Some(top) = known.get(folder) {
        return top.clone();
    }
    let top = if folder.join(".git").exists() { Some(folder.to_path_buf()) } else { nested(root, folder.parent()?, known) };
    known.insert(folder.to_path_buf(), top.clone());
    top
}

/// What was read of one repository, kept for whoever asks more.
#[derive(Debug)]
pub(super) struct Walk {
    /// The folder it is opened by.
    folder: PathBuf,
    place: Place,
    pub(super) commits: Commits,
    touches: Touches,
    /// What `touches` covers.
    area: Area,
    skips: Vec<Option<Skip>>,
    known: Known,
    memo: Recalled,
    kept: memo::Place,
    /// Read when ages are first asked for.
    ages: Option<AgesMemo>,
}

/// Where the project's root and the top of a repository lie to each other.
#[derive(Debug)]
struct Place {
    /// From the root down to the top, where the repository is nested in the project.
    deeper: String,
    /// From the top down to the root.
    prefix: String,
}

impl Place {
    fn new(root: &Path, top: &Path) -> Self {
        Self { deeper: inside(top, root).unwrap_or_default(), prefix: inside(root, top).unwrap_or_default() }
    }

    /// The way back: a path relative to the top as one relative to the root.
    fn back(&self, path: String) -> Option<String> {
        if !self.deeper.is_empty() {
            return Some(join(&self.deeper, &path));
        }
        if self.prefix.is_empty() {
            return Some(path);
        }
        path.strip_prefix(&self.prefix).and_then(|p| p.strip_prefix('/')).map(str::to_owned)
    }

    /// A path relative to the root as one relative to the top; `None` for one that lies outside.
    fn within(&self, path: &str) -> Option<String> {
        if self.deeper.is_empty() {
            return Some(join(&self.prefix, path));
        }
        path.strip_prefix(&self.deeper).map(|p| p.trim_start_matches('/').to_owned())
    }
}

type Found = Vec<(String, PageHistory)>;

/// What is asked of one repository.
struct Within<'a> {
    root: &'a Path,
    content: &'a str,
    pages: &'a [&'a Tracked],
    texts: &'a HashMap<&'a str, &'a str>,
    revision: Option<&'a str>,
}

fn of_repository(store: &Store, asked: &Within<'_>, settings: &HistorySettings) -> Result<(Walk, Found), Unknown> {
    let Within { root, content, pages, texts, revision } = *asked;
    let head = match revision {
        Some(revision) => store.named(revision),
        None => store.head()?,
    };
    let head = head.ok_or(Unknown::NoCommits)?;
    let top = store.top();
    let top = top.canonicalize().unwrap_or(top);
    let place = Place::new(root, &top);
    let wrap = |_: Missing| Unknown::MissingObjects;
    // What is kept is for the commit checked out; an older revision makes use of it, but would push it out.
    let kept = memo::Place::new(root, &top);
    let mut memo = Memo::load(&kept, store);
    let kept = if revision.is_some() { memo::Place::default() } else { kept };
    let commits = Commits::load(store, head, &mut memo.walk).map_err(wrap)?;
    let mut area = Area::default();
    area.add(&place.within(content).unwrap_or_default());
    let imports = place.within(IMPORTS).unwrap_or_else(|| IMPORTS.to_owned());
    area.add(&imports);
    let outside: Vec<String> =
        pages.iter().filter_map(|p| place.within(&p.path)).filter(|p| !area.covers(p) || !recorded(p.as_bytes())).collect();
    let mut touches = Touches::default();
    let mut trees = Trees::new(store);
    touches.record(&commits, &mut trees, &area, &mut memo.walk).map_err(wrap)?;
    // Files that pages take in may lie anywhere and be of any kind; and what an earlier run had to ask for will be asked for again.
    let named = [outside, memo.walk.files()].concat();
    touches.record_files(&commits, &mut trees, &named, &mut memo.walk).map_err(wrap)?;
    for path in &named {
        area.add(path);
    }
    let known = memo.take_known(&commits);
    let skips = skips(&commits, &touches, &format!("{imports}/"), &top, settings);
    let mut walk = Walk { folder: top, place, commits, touches, area, skips, known, memo: memo.walk, kept, ages: None };
    let mut learnt = !walk.commits.all_known();

    let mut found = Vec::new();
    let mut open: Vec<(String, &Tracked)> = Vec::new();
    for page in pages {
        let path = walk.place.within(&page.path).unwrap_or_default();
        match trees.file(walk.commits.list[0].tree(), &path) {
            Ok(Some(_)) => open.push((path, *page)),
            Ok(None) => found.push((page.path.clone(), PageHistory::unknown(Unknown::Untracked))),
            Err(Missing) => found.push((page.path.clone(), PageHistory::unknown(Unknown::MissingObjects))),
        }
    }
    while !open.is_empty() {
        let fresh = Mutex::new(Known::default());
        let answers = walk.histories(store, &open, texts, &fresh).map_err(wrap)?;
        let mut later = Vec::new();
        let mut names = Vec::new();
        for ((path, page), answer) in open.into_iter().zip(answers) {
            match answer {
                Ok(mut history) => {
                    history.former = std::mem::take(&mut history.former).into_iter().filter_map(|p| walk.place.back(p)).collect();
                    found.push((page.path.clone(), history));
                }
                Err(outside) => {
                    names.extend(outside);
                    later.push((path, page));
                }
            }
        }
        learnt |= walk.learn(fresh);
        walk.widen(&mut trees, &names).map_err(wrap)?;
        open = later;
    }
    walk.keep(store, learnt);
    Ok((walk, found))
}

/// Pages from which on looking at their histories is worth more than one thread.
const WORTH_THREADS: usize = 64;

/// Where ledgers of imports lie.
const IMPORTS: &str = ".stepwright/imports";

/// Ages with the names the page had, or names that must be walked first.
type Answer = Result<(Ages, Vec<String>), Vec<String>>;

impl Walk {
    fn resolver<'s>(&'s self, store: &'s Store, fresh: &'s Mutex<Known>) -> Resolver<'s> {
        Resolver::new(store, &self.commits, &self.touches, &self.area, &self.skips, &self.known, fresh)
    }

    /// The histories of pages, in their order, each the history or names that must be walked first.
    fn histories(
        &self,
        store: &Store,
        pages: &[(String, &Tracked)],
        texts: &HashMap<&str, &str>,
        fresh: &Mutex<Known>,
    ) -> Result<Vec<Result<PageHistory, Vec<String>>>, Missing> {
        let batch = |store: &Store, pages: &[(String, &Tracked)]| {
            let mut resolver = self.resolver(store, fresh);
            pages.iter().map(|(path, page)| resolver.page(path, page, texts.get(page.path.as_str()).copied())).collect()
        };
        let threads = rayon::current_num_threads();
        if pages.len() < WORTH_THREADS || threads < 2 {
            return Ok(batch(store, pages));
        }
        // Each with its own handle of the repository; small batches, as pages with a long history lie together.
        let (folder, size) = (store.folder(), pages.len().div_ceil(threads * 4));
        let runs: Vec<Result<Vec<_>, Missing>> = pages.par_chunks(size).map(|run| Ok(batch(&Store::open(&folder)?, run))).collect();
        Ok(runs.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// Adds what was learnt; true if that was anything.
    fn learn(&mut self, fresh: Mutex<Known>) -> bool {
        self.known.learn(fresh.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps the walk for the next run, if it knows more than was kept.
    fn keep(&mut self, store: &Store, learnt: bool) {
        if std::mem::take(&mut self.touches.learnt) || learnt {
            memo::keep(&self.kept, store, &self.commits, &self.touches, &self.known);
        }
    }

    /// Walks once more for files outside the area. Each time adds names that were not covered, and there are finitely many.
    fn widen(&mut self, trees: &mut Trees<'_>, names: &[String]) -> Result<(), Missing> {
        if names.is_empty() {
            return Ok(());
        }
        self.touches.record_files(&self.commits, trees, names, &mut self.memo)?;
        for name in names {
            self.area.add(name);
        }
        Ok(())
    }

    /// The ages of the parts of pages, in their order. A page is taken apart only where no earlier run is remembered.
    pub(super) fn ages(&mut self, pages: &[&Page]) -> Vec<Ages> {
        let unknown = |page: &Page, why: &Unknown| Ages::same(&Parts::of_page(page), &Edited::Unknown(why.clone()));
        let store = match Store::discover(&self.folder) {
            Ok(store) => store,
            Err(why) => return pages.iter().map(|page| unknown(page, &why)).collect(),
        };
        let mut kept = self.ages.take().unwrap_or_else(|| memo::load_ages(&self.kept, &store));
        let mut trees = Trees::new(&store);
        let mut out: Vec<Option<Ages>> = pages.iter().map(|page| self.as_kept(&kept, page, &mut trees)).collect();
        let (mut learnt, mut learnt_ages) = (false, false);
        loop {
            let fresh = Mutex::new(Known::default());
            let open: Vec<usize> = (0..pages.len()).filter(|n| out[*n].is_none()).collect();
            let this = &*self;
            // A batch shares what was read; batches run side by side, each with its own handle of the repository.
            let answers: Vec<(usize, Answer)> = open
                .par_chunks(open.len().div_ceil(rayon::current_num_threads()).max(1))
                .flat_map_iter(|batch| this.batch(batch, pages, &fresh))
                .collect();
            let mut names = Vec::new();
            for (n, answer) in answers {
                match answer {
                    Ok((ages, names)) => {
                        let page = pages[n];
                        let digest = self.digest(&names, page, &mut trees);
                        if let Some(stored) = digest.and_then(|digest| StoredAges::new(names, digest, &ages)) {
                            kept.insert(page.path().to_owned(), stored);
                            learnt_ages = true;
                        }
                        out[n] = Some(ages);
                    }
                    Err(outside) => names.extend(outside),
                }
            }
            learnt |= self.learn(fresh);
            if names.is_empty() || self.widen(&mut trees, &names).is_err() {
                break;
            }
        }
        self.keep(&store, learnt);
        if learnt_ages {
            memo::keep_ages(&self.kept, &store, &kept);
        }
        self.ages = Some(kept);
        out.into_iter().zip(pages).map(|(ages, page)| ages.unwrap_or_else(|| unknown(page, &Unknown::MissingObjects))).collect()
    }

    /// What an earlier run found, if nothing it depends on has changed since.
    fn as_kept(&self, kept: &AgesMemo, page: &Page, trees: &mut Trees<'_>) -> Option<Ages> {
        let stored = kept.get(page.path())?;
        (self.digest(&stored.names, page, trees)? == stored.digest).then(|| stored.ages()).flatten()
    }

    /// Everything that the ages of a page with these names depend on.
    fn digest(&self, names: &[String], page: &Page, trees: &mut Trees<'_>) -> Option<[u8; 32]> {
        let path = self.place.within(page.path())?;
        let blob = trees.file(self.commits.list[0].tree(), &path).ok()?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(page.source.text().as_bytes());
        hasher.update(format!("{path} {blob:?}").as_bytes());
        let mut touches: Vec<_> = names.iter().flat_map(|n| self.touches.after(n, None).iter().map(move |t| (t.at, n, t))).collect();
        touches.sort_by_key(|(at, name, _)| (*at, *name));
        for (at, name, touch) in touches {
            let commit = &self.commits.list[at as usize];
            hasher.update(&commit.id.0);
            hasher.update(format!("{name} {:?} {}", self.skips[at as usize], commit.cut).as_bytes());
            for blob in touch.before.iter().chain([&Some(touch.blob)]) {
                hasher.update(&blob.map_or([0; 20], |b| b.0));
            }
        }
        Some(*hasher.finalize().as_bytes())
    }

    fn batch(&self, batch: &[usize], pages: &[&Page], fresh: &Mutex<Known>) -> Vec<(usize, Answer)> {
        let unknown = |parts: &Parts, why: Unknown| Ok((Ages::same(parts, &Edited::Unknown(why)), Vec::new()));
        let store = match Store::discover(&self.folder) {
            Ok(store) => store,
            Err(why) => return batch.iter().map(|n| (*n, unknown(&Parts::of_page(pages[*n]), why.clone()))).collect(),
        };
        let mut resolver = self.resolver(&store, fresh);
        let head = self.commits.list[0].tree();
        let one = |n: &usize| {
            let parts = &Parts::of_page(pages[*n]);
            let path = self.place.within(pages[*n].path()).unwrap_or_default();
            let found = match resolver.trees.file(head, &path) {
                Ok(Some(blob)) => resolver.ages(&path, blob, parts),
                Ok(None) => unknown(parts, Unknown::Untracked),
                Err(Missing) => unknown(parts, Unknown::MissingObjects),
            };
            (*n, found)
        };
        batch.iter().map(one).collect()
    }
}

/// `inner` relative to `outer` with `/`; `None` if it lies elsewhere.
fn inside(inner: &Path, outer: &Path) -> Option<String> {
    let rest = inner.strip_prefix(outer).ok()?;
    Some(crate::text::path::slashed(rest))
}

fn join(prefix: &str, path: &str) -> String {
    match (prefix.is_empty(), path.is_empty()) {
        (true, _) => path.to_owned(),
        (_, true) => prefix.to_owned(),
        _ => format!("{prefix}/{path}"),
    }
}

/// Where git's own tools list commits to ignore, one full id a line.
const IGNORE_FILE: &str = ".git-blame-ignore-revs";

/// Why each commit does not count, if it does not.
fn skips(commits: &Commits, touches: &Touches, imports: &str, top: &Path, settings: &HistorySettings) -> Vec<Option<Skip>> {
    let listed = std::fs::read_to_string(top.join(IGNORE_FILE)).unwrap_or_default();
    let listed = listed.lines().map(|l| l.split('#').next().unwrap_or("").trim());
    let ids: Vec<String> = listed.chain(settings.ignore_revisions.iter().map(String::as_str)).map(str::to_lowercase).collect();
    let full: HashSet<Id> = ids.iter().filter_map(|id| Id::from_hex(id)).collect();
    let short: Vec<&String> = ids.iter().filter(|id| (7..40).contains(&id.len())).collect();
    let bots: Vec<bool> = commits.authors.iter().map(|a| is_bot(a, &settings.bots)).collect();
    // The ledger of an import changes only when an import runs, so a commit that changes one is that import's.
    let ledgers = touches.paths().filter(|(p, _)| p.starts_with(imports) && !p.ends_with(".plan.yaml")).flat_map(|(_, at)| at);
    let importing: HashSet<u32> = ledgers.map(|t| t.at).collect();
    let why = |at: u32, commit: &super::walk::Commit| {
        let hex = || commit.id.hex();
        if full.contains(&commit.id) || short.iter().any(|s| hex().starts_with(s.as_str())) {
            Some(Skip::Ignored)
        } else if bots[commit.facts.author as usize] && commit.facts.with.iter().all(|a| bots[*a as usize]) {
            // A workflow that lands or ports back a person's work says whose it is.
            Some(Skip::Bot)
        } else if commit.facts.import || importing.contains(&at) {
            Some(Skip::Import)
        } else {
            None
        }
    };
    (0_u32..).zip(&commits.list).map(|(at, c)| why(at, c)).collect()
}

/// True for authors no person stands behind.
fn is_bot(author: &str, patterns: &[String]) -> bool {
    let lower = author.to_lowercase();
    let (name, address) = lower.split_once('<').unwrap_or((&lower, ""));
    let (name, address) = (name.trim(), address.trim_end_matches('>'));
    name.ends_with("[bot]")
        || address.contains("[bot]@")
        || patterns.iter().map(|p| p.to_lowercase()).any(|p| [name, address, &lower].iter().any(|text| matches_pattern(&p, text)))
}

/// `*` stands for any characters, everything else for itself.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_told_by_their_suffix_or_by_pattern() {
        let patterns = ["*-ci".to_owned(), "sync".to_owned(), "build@*".to_owned()];
        assert!(is_bot("dependabot[bot] <49699333+dependabot[bot]@users.noreply.example>", &[]));
        assert!(is_bot("docs-CI <x@y>", &patterns));
        assert!(is_bot("Sync <x@y>", &patterns));
        assert!(is_bot("Somebody <build@example.org>", &patterns));
        assert!(!is_bot("Abbot Robotson <bot@y>", &patterns));
    }
}
