//! From "these commits touched the file" to "this commit last changed its words": versions are compared newest first, until one really differs.
//!
//! Follows pure renames: a page that appears in a commit in which a file with the same prose disappears is that file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use jiff::civil::Date;

use super::git::{Id, Missing, Store};
use super::prose::Prose;
use super::walk::{Area, Commits, Touch, Touches, Trees};
use super::{Commit, Edited, PageHistory, Skip, Tracked, Unknown};

/// Everything needed to answer for the pages of one repository.
pub(super) struct Resolver<'s> {
    pub(super) store: &'s Store,
    pub(super) commits: &'s Commits,
    pub(super) touches: &'s Touches,
    pub(super) area: &'s Area,
    /// Per commit position, why it does not count.
    pub(super) skips: &'s [Option<Skip>],
    pub(super) trees: Trees<'s>,
    proses: HashMap<Id, Prose>,
    /// Per commit and parent: files that disappeared.
    removed: HashMap<(u32, u32), Rc<Removed>>,
    told: HashMap<u32, Commit>,
}

/// Files that a commit removed, by blob and by prose.
#[derive(Default)]
struct Removed {
    by_blob: BTreeMap<Id, Vec<String>>,
    files: Vec<(String, Id)>,
    /// Filled when first needed.
    by_prose: std::cell::OnceCell<BTreeMap<Prose, Vec<String>>>,
}

/// Why a page cannot be answered yet.
enum Stop {
    Missing,
    /// These older names lie outside the area walked so far.
    Names(Vec<String>),
}

impl From<Missing> for Stop {
    fn from(_: Missing) -> Self {
        Self::Missing
    }
}

/// How a version of a page came out of the parents of its commit.
struct Origin {
    /// Some parent had the same words, under this or another name.
    same: bool,
    /// No parent had the file under its name.
    appeared: bool,
    /// Older names.
    from: Vec<String>,
}

impl<'s> Resolver<'s> {
    pub(super) fn new(store: &'s Store, commits: &'s Commits, touches: &'s Touches, area: &'s Area, skips: &'s [Option<Skip>]) -> Self {
        Self {
            store,
            commits,
            touches,
            area,
            skips,
            trees: Trees::new(store),
            proses: HashMap::new(),
            removed: HashMap::new(),
            told: HashMap::new(),
        }
    }

    /// The history of a page (`path` from the top of the git repository), or the older names that must be walked first.
    pub(super) fn page(&mut self, path: &str, page: &Tracked) -> Result<PageHistory, Vec<String>> {
        match self.follow(path, page) {
            Ok(history) => Ok(history),
            Err(Stop::Missing) => Ok(PageHistory::unknown(Unknown::MissingObjects)),
            Err(Stop::Names(names)) => Err(names),
        }
    }

    fn follow(&mut self, path: &str, page: &Tracked) -> Result<PageHistory, Stop> {
        let mut todo: BTreeSet<(Touch, String)> = self.touches.after(path, None).iter().map(|t| (*t, path.to_owned())).collect();
        let mut edited: Option<Edited> = None;
        let mut skipped: Vec<(u32, Skip)> = Vec::new();
        let mut authors: BTreeMap<u32, u32> = BTreeMap::new();
        let mut first: Option<u32> = None;
        let mut cut = false;
        let mut former: Vec<String> = Vec::new();
        while let Some((Touch { at, new }, name)) = todo.pop_first() {
            let commit = &self.commits.list[at as usize];
            if commit.cut {
                // Only what is seen on this side of the cut is known.
                cut = true;
                edited.get_or_insert(Edited::Unknown(Unknown::Shallow));
            }
            let skip = self.skips[at as usize];
            if !matches!(skip, Some(Skip::Bot)) {
                *authors.entry(commit.author).or_default() += 1;
            }
            first = Some(at);
            let settled = edited.is_some();
            if settled && !new {
                continue;
            }
            let origin = self.origin(at, &name, !settled)?;
            if origin.appeared {
                todo.retain(|(_, n)| *n != name);
            }
            let outside: Vec<String> = origin.from.iter().filter(|n| !self.area.covers(n)).cloned().collect();
            if !outside.is_empty() {
                return Err(Stop::Names(outside));
            }
            for older in &origin.from {
                if older != path && !former.contains(older) {
                    former.push(older.clone());
                }
                todo.extend(self.touches.after(older, Some(at)).iter().map(|t| (*t, older.clone())));
            }
            if settled {
                continue;
            }
            let why = if origin.same { Some(if origin.from.is_empty() { Skip::Cosmetic } else { Skip::Rename }) } else { skip };
            match why {
                Some(why) => skipped.push((at, why)),
                None => edited = Some(Edited::Commit(self.tell(at)?)),
            }
        }
        let edited = conclude(edited, &skipped, page.imported);
        Ok(PageHistory {
            edited,
            skipped: skipped.into_iter().map(|(at, why)| Ok((self.tell(at)?, why))).collect::<Result<_, Missing>>()?,
            authors: self.names(&authors),
            first: if cut { None } else { first.map(|at| self.tell(at)).transpose()? },
            former,
        })
    }

    /// Compares a version with those of all parents. Without `closely` the words are compared only where a rename has to be told.
    fn origin(&mut self, at: u32, name: &str, closely: bool) -> Result<Origin, Stop> {
        let commit = &self.commits.list[at as usize];
        let Some(blob) = self.trees.file(commit.tree, name)? else {
            return Ok(Origin { same: false, appeared: true, from: Vec::new() });
        };
        let mut origin = Origin { same: false, appeared: true, from: Vec::new() };
        for (nth, parent) in (0_u32..).zip(&commit.parents) {
            let parent = &self.commits.list[*parent as usize];
            if let Some(old) = self.trees.file(parent.tree, name)? {
                origin.appeared = false;
                origin.same |= closely && self.prose(old)? == self.prose(blob)?;
            } else if let Some(older) = self.renamed(at, nth, commit.tree, parent.tree, name, blob)? {
                origin.same = true;
                if !origin.from.contains(&older) {
                    origin.from.push(older);
                }
            }
        }
        Ok(origin)
    }

    /// The file that `name` was before this commit, if one with the same bytes or else the same words disappeared in it.
    fn renamed(&mut self, at: u32, nth: u32, tree: Id, parent: Id, name: &str, blob: Id) -> Result<Option<String>, Missing> {
        let removed = match self.removed.get(&(at, nth)) {
            Some(removed) => Rc::clone(removed),
            None => {
                let mut removed = Removed { files: self.trees.removed(tree, parent)?, ..Removed::default() };
                for (path, blob) in &removed.files {
                    removed.by_blob.entry(*blob).or_default().push(path.clone());
                }
                let removed = Rc::new(removed);
                self.removed.insert((at, nth), Rc::clone(&removed));
                removed
            }
        };
        if removed.files.is_empty() {
            return Ok(None);
        }
        let prose = self.prose(blob)?;
        if prose.is_empty() {
            return Ok(None);
        }
        if let Some(paths) = removed.by_blob.get(&blob) {
            return Ok(nearest(paths, name));
        }
        if removed.by_prose.get().is_none() {
            let mut by_prose: BTreeMap<Prose, Vec<String>> = BTreeMap::new();
            for (path, old) in &removed.files {
                by_prose.entry(self.prose(*old)?).or_default().push(path.clone());
            }
            let _ = removed.by_prose.set(by_prose);
        }
        Ok(removed.by_prose.get().and_then(|map| nearest(map.get(&prose)?, name)))
    }

    fn prose(&mut self, blob: Id) -> Result<Prose, Missing> {
        if let Some(prose) = self.proses.get(&blob) {
            return Ok(*prose);
        }
        let prose = Prose::of_file(&String::from_utf8_lossy(&self.store.read(blob)?));
        self.proses.insert(blob, prose);
        Ok(prose)
    }

    fn tell(&mut self, at: u32) -> Result<Commit, Missing> {
        if let Some(told) = self.told.get(&at) {
            return Ok(told.clone());
        }
        let commit = &self.commits.list[at as usize];
        let told = describe(self.store, commit.id)?;
        self.told.insert(at, told.clone());
        Ok(told)
    }

    /// Authors by name, most commits first.
    fn names(&self, authors: &BTreeMap<u32, u32>) -> Vec<(String, u32)> {
        let mut by_name: BTreeMap<&str, u32> = BTreeMap::new();
        for (author, count) in authors {
            *by_name.entry(name_of(&self.commits.authors[*author as usize])).or_default() += count;
        }
        let mut list: Vec<(String, u32)> = by_name.into_iter().map(|(n, c)| (n.to_owned(), c)).collect();
        list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        list
    }
}

/// The answer, with the wiki's own date where imports brought the last words.
fn conclude(edited: Option<Edited>, skipped: &[(u32, Skip)], imported: Option<Date>) -> Edited {
    let by_import = skipped.iter().any(|(_, why)| *why == Skip::Import);
    match (edited, imported) {
        (Some(Edited::Commit(commit)), Some(date)) if by_import && date > commit.date => Edited::Imported(date),
        (Some(edited), _) => edited,
        (None, Some(date)) if by_import => Edited::Imported(date),
        (None, None) if by_import => Edited::Unknown(Unknown::ImportUndated),
        (None, _) => Edited::Unknown(Unknown::OnlyIgnored),
    }
}

/// Among files with equal content the one with the same file name, else the first.
fn nearest(paths: &[String], name: &str) -> Option<String> {
    let file = |p: &str| p.rsplit('/').next().unwrap_or(p).to_owned();
    paths.iter().find(|p| file(p) == file(name)).or_else(|| paths.first()).cloned()
}

/// `Name` of `Name <address>`; the address if there is no name.
pub(super) fn name_of(author: &str) -> &str {
    let name = author.split('<').next().unwrap_or("").trim();
    if name.is_empty() { author.trim() } else { name }
}

/// A commit for people.
pub(super) fn describe(store: &Store, id: Id) -> Result<Commit, Missing> {
    let raw = store.commit(id)?;
    Ok(Commit {
        id: id.hex()[..10].to_owned(),
        date: day(raw.authored),
        author: name_of(&raw.author).to_owned(),
        subject: raw.message.trim_start().lines().next().unwrap_or("").to_owned(),
    })
}

/// The calendar day (UTC) of a moment in seconds since 1970; absurd values become 1970-01-01.
pub(super) fn day(seconds: i64) -> Date {
    let start = jiff::civil::date(1970, 1, 1);
    let days = jiff::Span::new().try_days(seconds.div_euclid(86_400));
    days.ok().and_then(|d| start.checked_add(d).ok()).unwrap_or(start)
}
