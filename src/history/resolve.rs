//! From "these commits touched the file" to "this commit last changed its words": versions are compared newest first, until one really differs.
//!
//! Follows pure renames: a page that appears in a commit in which a file with the same prose disappears is that file.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;

use super::git::{Id, Missing, Store};
use super::known::{Known, Removed};
use super::parts::{Lines, Parts};
use super::prose::Prose;
use super::quick;
use super::walk::{Area, Commits, Touch, Touches, Trees, name_of};
use super::{Edited, PageHistory, Skip, Tracked, Unknown};

/// Everything needed to answer for the pages of one repository.
pub(super) struct Resolver<'s> {
    pub(super) store: &'s Store,
    pub(super) commits: &'s Commits,
    pub(super) touches: &'s Touches,
    pub(super) area: &'s Area,
    /// Per commit position, why it does not count.
    pub(super) skips: &'s [Option<Skip>],
    pub(super) trees: Trees<'s>,
    /// What was known before.
    known: &'s Known,
    /// What was learnt since, shared by those who work side by side.
    fresh: &'s Mutex<Known>,
    at_hand: AtHand<'s>,
    /// Versions taken apart, of the page at hand.
    pub(super) versions: HashMap<Id, Rc<Parts>>,
    pub(super) lines: HashMap<Id, Rc<Lines>>,
}

/// The page that is asked for as it was read from the working tree, and what git would call that.
#[derive(Default)]
struct AtHand<'s> {
    text: Option<&'s str>,
    id: OnceCell<Option<Id>>,
}

/// Commits to look at, newest first, for a file and the names it had.
pub(super) struct Todo<'t>(BTreeMap<(u32, String), &'t Touch>);

impl<'t> Todo<'t> {
    pub(super) fn new(touches: &'t Touches, path: &str) -> Self {
        let mut todo = Self(BTreeMap::new());
        todo.add(touches, path, None);
        todo
    }

    fn add(&mut self, touches: &'t Touches, path: &str, from: Option<u32>) {
        self.0.extend(touches.after(path, from).iter().map(|t| ((t.at, path.to_owned()), t)));
    }

    pub(super) fn next(&mut self) -> Option<(String, &'t Touch)> {
        self.0.pop_first().map(|((_, name), touch)| (name, touch))
    }

    fn forget(&mut self, name: &str) {
        self.0.retain(|(_, n), _| n != name);
    }
}

/// Why a page cannot be answered yet.
pub(super) enum Stop {
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
    pub(super) fn new(
        store: &'s Store,
        commits: &'s Commits,
        touches: &'s Touches,
        area: &'s Area,
        skips: &'s [Option<Skip>],
        known: &'s Known,
        fresh: &'s Mutex<Known>,
    ) -> Self {
        Self {
            store,
            commits,
            touches,
            area,
            skips,
            trees: Trees::new(store),
            known,
            fresh,
            at_hand: AtHand::default(),
            versions: HashMap::new(),
            lines: HashMap::new(),
        }
    }

    /// The history of a page (`path` from the top of the git repository), or the older names that must be walked first.
    /// `text` is the page as read, which often is the newest version.
    pub(super) fn page(&mut self, path: &str, page: &Tracked, text: Option<&'s str>) -> Result<PageHistory, Vec<String>> {
        self.at_hand = AtHand { text, id: OnceCell::new() };
        match self.follow(path, page) {
            Ok(history) => Ok(history),
            Err(Stop::Missing) => Ok(PageHistory::unknown(Unknown::MissingObjects)),
            Err(Stop::Names(names)) => Err(names),
        }
    }

    fn follow(&mut self, path: &str, page: &Tracked) -> Result<PageHistory, Stop> {
        let mut todo = Todo::new(self.touches, path);
        let mut edited: Option<Edited> = None;
        let mut skipped: Vec<(u32, Skip)> = Vec::new();
        let mut authors: BTreeMap<u32, u32> = BTreeMap::new();
        let mut first: Option<u32> = None;
        let mut cut = false;
        let mut former: Vec<String> = Vec::new();
        while let Some((name, touch)) = todo.next() {
            let at = touch.at;
            let commit = &self.commits.list[at as usize];
            if commit.cut {
                // Only what is seen on this side of the cut is known.
                cut = true;
                edited.get_or_insert(Edited::Unknown(Unknown::Shallow));
            }
            let skip = self.skips[at as usize];
            if !matches!(skip, Some(Skip::Bot)) {
                *authors.entry(commit.facts.author).or_default() += 1;
            }
            first = Some(at);
            let settled = edited.is_some();
            if settled && !touch.is_new() {
                continue;
            }
            let origin = self.origin(&name, touch, !settled)?;
            if origin.appeared {
                todo.forget(&name);
            }
            self.go_on(&mut todo, &origin.from, at)?;
            for older in origin.from.iter().filter(|older| *older != path) {
                if !former.contains(older) {
                    former.push(older.clone());
                }
            }
            if settled {
                continue;
            }
            let why = if origin.same { Some(if origin.from.is_empty() { Skip::Cosmetic } else { Skip::Rename }) } else { skip };
            match why {
                Some(why) => skipped.push((at, why)),
                None => edited = Some(Edited::Commit(self.commits.told(at))),
            }
        }
        let edited = conclude(edited, &skipped, page.imported);
        Ok(PageHistory {
            edited,
            skipped: skipped.into_iter().map(|(at, why)| (self.commits.told(at), why)).collect(),
            authors: self.names(&authors),
            first: if cut { None } else { first.map(|at| self.commits.told(at)) },
            former,
        })
    }

    /// Follows older names from a commit on; they must lie inside the area walked.
    pub(super) fn go_on(&self, todo: &mut Todo<'s>, from: &[String], at: u32) -> Result<(), Stop> {
        let outside: Vec<String> = from.iter().filter(|n| !self.area.covers(n)).cloned().collect();
        if !outside.is_empty() {
            return Err(Stop::Names(outside));
        }
        for older in from {
            todo.add(self.touches, older, Some(at));
        }
        Ok(())
    }

    /// Compares a version with those of all parents. Without `closely` the words are compared only where a rename has to be told.
    fn origin(&mut self, name: &str, touch: &Touch, closely: bool) -> Result<Origin, Stop> {
        let mut origin = Origin { same: false, appeared: true, from: Vec::new() };
        for (nth, old) in (0_u32..).zip(&touch.before) {
            if let Some(old) = old {
                origin.appeared = false;
                origin.same |= closely && self.same_words(*old, touch.blob)?;
            } else if let Some((older, _)) = self.renamed(touch.at, nth, name, touch.blob)? {
                origin.same = true;
                if !origin.from.contains(&older) {
                    origin.from.push(older);
                }
            }
        }
        Ok(origin)
    }

    /// The file that `name` was before this commit, if one with the same bytes or else the same words disappeared in it; with its blob.
    pub(super) fn renamed(&mut self, at: u32, nth: u32, name: &str, blob: Id) -> Result<Option<(String, Id)>, Missing> {
        let removed = self.removed(at, nth)?;
        if removed.files.is_empty() {
            return Ok(None);
        }
        let prose = self.prose(blob)?;
        if prose.is_empty() {
            return Ok(None);
        }
        let same_bytes: Vec<&(String, Id)> = removed.files.iter().filter(|(_, old)| *old == blob).collect();
        if !same_bytes.is_empty() {
            return Ok(nearest(&same_bytes, name));
        }
        let mut same_words = Vec::new();
        for file in &removed.files {
            if self.prose(file.1)? == prose {
                same_words.push(file);
            }
        }
        Ok(nearest(&same_words, name))
    }

    /// Files that disappeared in a commit, compared with one of its parents.
    pub(super) fn removed(&mut self, at: u32, nth: u32) -> Result<Arc<Removed>, Missing> {
        let kept = self.known.removed.get(&(at, nth)).cloned().or_else(|| self.fresh().removed.get(&(at, nth)).cloned());
        if let Some(removed) = kept {
            return Ok(removed);
        }
        let commit = &self.commits.list[at as usize];
        let parent = &self.commits.list[commit.parents[nth as usize] as usize];
        let removed = Arc::new(Removed { files: self.trees.removed(commit.tree(), parent.tree())? });
        self.fresh().removed.insert((at, nth), Arc::clone(&removed));
        Ok(removed)
    }

    /// True if two versions have the same prose; parses them only where that is not plain.
    fn same_words(&self, old: Id, new: Id) -> Result<bool, Missing> {
        if let (Some(old), Some(new)) = (self.known_prose(old), self.known_prose(new)) {
            return Ok(old == new);
        }
        if let Some(same) = self.known.same.get(&(old, new)).copied().or_else(|| self.fresh().same.get(&(old, new)).copied()) {
            return Ok(same);
        }
        let (before, after) = (self.text(old)?, self.text(new)?);
        if let Some(same) = quick::same_words(&before, &after) {
            self.fresh().same.insert((old, new), same);
            return Ok(same);
        }
        Ok(self.prose_of(old, &before) == self.prose_of(new, &after))
    }

    fn prose(&self, blob: Id) -> Result<Prose, Missing> {
        match self.known_prose(blob) {
            Some(prose) => Ok(prose),
            None => Ok(self.prose_of(blob, &self.text(blob)?)),
        }
    }

    fn known_prose(&self, blob: Id) -> Option<Prose> {
        self.known.proses.get(&blob).copied().or_else(|| self.fresh().proses.get(&blob).copied())
    }

    fn prose_of(&self, blob: Id, text: &str) -> Prose {
        self.known_prose(blob).unwrap_or_else(|| {
            let prose = Prose::of_file(text);
            self.fresh().proses.insert(blob, prose);
            prose
        })
    }

    pub(super) fn text(&self, blob: Id) -> Result<Cow<'s, str>, Missing> {
        if let Some(text) = self.at_hand.text.filter(|text| *self.at_hand.id.get_or_init(|| Id::of_file(text)) == Some(blob)) {
            return Ok(Cow::Borrowed(text));
        }
        self.store.with(blob, |raw| Cow::Owned(String::from_utf8_lossy(raw).into_owned()))
    }

    /// What was learnt, by all that work side by side.
    fn fresh(&self) -> MutexGuard<'_, Known> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
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
fn nearest(files: &[&(String, Id)], name: &str) -> Option<(String, Id)> {
    files.iter().find(|(p, _)| file_name(p) == file_name(name)).or_else(|| files.first()).map(|f| (*f).clone())
}

pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
