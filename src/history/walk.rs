//! One walk over all commits: their order, and which of them touched which page-like file.
//!
//! Own tree comparison on raw tree objects: whole folders are pruned as soon as they equal those of any parent, because a file counts as touched only if
//! it differs from *every* parent (what `git log -c` shows). Knows nothing of what a page says.

use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::rc::Rc;

use jiff::civil::Date;
use rayon::prelude::*;

use super::git::{Entries, Entry, EntryKind, Id, Missing, RawCommit, Store, entries};
use super::recall::{Facts, Recalled, StoredTouch};

/// A commit of the walk.
#[derive(Debug)]
pub(super) struct Commit {
    pub(super) id: Id,
    pub(super) facts: Facts,
    /// Positions in [`Commits::list`].
    pub(super) parents: Vec<u32>,
    /// Parents exist and cannot be seen: everything in it looks new and may be old.
    pub(super) cut: bool,
    /// Position in the memo, for a commit that an earlier run read.
    known: Option<u32>,
}

impl Commit {
    pub(super) fn tree(&self) -> Id {
        self.facts.tree
    }
}

/// All commits reachable from HEAD, in the order of `git log --date-order`: no parent before its children, else newest committer date first.
#[derive(Debug)]
pub(super) struct Commits {
    pub(super) list: Vec<Commit>,
    /// `Name <address>`.
    pub(super) authors: Vec<String>,
    /// Positions by position in the memo.
    pub(super) recalled: Vec<Option<u32>>,
}

/// Line of a commit message that marks an import.
const IMPORT_TRAILER: &str = "\nStepwright-Import:";

impl Commits {
    /// Reads every commit that the memo does not have.
    pub(super) fn load(store: &Store, head: Id, memo: &mut Recalled) -> Result<Self, Missing> {
        let (names, mut kept) = memo.take_commits();
        let mut recalled = vec![None; kept.len()];
        let mut authors = Authors::new(names);
        let mut index: HashMap<Id, u32> = HashMap::new();
        let mut found: Vec<Commit> = Vec::new();
        let mut todo = vec![head];
        while let Some(id) = todo.pop() {
            if index.contains_key(&id) {
                continue;
            }
            let (known, facts) = match kept.remove(&id) {
                Some((at, facts)) => (Some(at), facts),
                // A missing HEAD is an error; any other missing commit is a cut.
                None => match store.commit(id) {
                    Ok(raw) => (None, Facts::new(raw, &mut authors)),
                    Err(missing) if id == head => return Err(missing),
                    Err(_) => continue,
                },
            };
            index.insert(id, as_u32(found.len()));
            todo.extend(facts.parents.iter().rev());
            found.push(Commit { id, facts, parents: Vec::new(), cut: store.shallow.contains(&id), known });
        }
        for commit in &mut found {
            commit.parents = commit.facts.parents.iter().filter_map(|id| index.get(id).copied()).collect();
            if commit.parents.len() < commit.facts.parents.len() {
                commit.cut = true;
                // What is missing now may be there in the next run.
                commit.known = None;
            }
        }
        let list = sorted(found);
        for (at, commit) in (0_u32..).zip(&list) {
            if let Some(known) = commit.known {
                recalled[known as usize] = Some(at);
            }
        }
        Ok(Self { list, authors: authors.list, recalled })
    }

    /// What the commits say, in order, for the memo.
    pub(super) fn facts(&self) -> Vec<(Id, &Facts)> {
        self.list.iter().map(|c| (c.id, &c.facts)).collect()
    }

    /// True if an earlier run read them all.
    pub(super) fn all_known(&self) -> bool {
        self.list.iter().all(|c| c.known.is_some()) && self.list.len() == self.recalled.len()
    }

    /// Positions of the commits that must be looked at: all, or those that no earlier run read.
    fn open(&self, known: bool) -> Vec<u32> {
        (0_u32..).zip(&self.list).filter(|(_, c)| !(known && c.known.is_some())).map(|(at, _)| at).collect()
    }

    /// A commit for people.
    pub(super) fn told(&self, at: u32) -> super::Commit {
        let commit = &self.list[at as usize];
        super::Commit {
            id: commit.id.hex()[..10].to_owned(),
            date: day(commit.facts.authored),
            author: name_of(&self.authors[commit.facts.author as usize]).to_owned(),
            subject: commit.facts.subject.clone(),
        }
    }
}

impl Facts {
    fn new(raw: RawCommit, authors: &mut Authors) -> Self {
        Self {
            tree: raw.tree,
            parents: raw.parents,
            author: authors.intern(raw.author),
            with: co_authors(&raw.message).map(|name| authors.intern(name.to_owned())).collect(),
            authored: raw.authored,
            committed: raw.committed,
            import: raw.message.contains(IMPORT_TRAILER),
            subject: raw.message.trim_start().lines().next().unwrap_or("").to_owned(),
        }
    }
}

/// Trailer by which hosts name the people whose work a commit holds.
const CO_AUTHOR: &str = "co-authored-by:";

fn co_authors(message: &str) -> impl Iterator<Item = &str> {
    message.lines().filter_map(|line| {
        let (key, name) = line.split_at_checked(CO_AUTHOR.len())?;
        key.eq_ignore_ascii_case(CO_AUTHOR).then(|| name.trim()).filter(|name| !name.is_empty())
    })
}

#[derive(Default)]
struct Authors {
    list: Vec<String>,
    index: HashMap<String, u32>,
}

impl Authors {
    fn new(list: Vec<String>) -> Self {
        let index = (0_u32..).zip(&list).map(|(at, name)| (name.clone(), at)).collect();
        Self { list, index }
    }

    fn intern(&mut self, name: String) -> u32 {
        if let Some(at) = self.index.get(&name) {
            return *at;
        }
        let at = as_u32(self.list.len());
        self.list.push(name.clone());
        self.index.insert(name, at);
        at
    }
}

/// `Name` of `Name <address>`; the address if there is no name.
pub(super) fn name_of(author: &str) -> &str {
    let name = author.split('<').next().unwrap_or("").trim();
    if name.is_empty() { author.trim() } else { name }
}

/// The calendar day (UTC) of a moment in seconds since 1970; absurd values become 1970-01-01.
pub(super) fn day(seconds: i64) -> Date {
    let start = jiff::civil::date(1970, 1, 1);
    let days = jiff::Span::new().try_days(seconds.div_euclid(86_400));
    days.ok().and_then(|d| start.checked_add(d).ok()).unwrap_or(start)
}

fn as_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Children before parents, newest committer date first among those that are free; equal dates in the order of discovery.
fn sorted(found: Vec<Commit>) -> Vec<Commit> {
    let mut waiting = vec![0_u32; found.len()];
    for parent in found.iter().flat_map(|c| &c.parents) {
        waiting[*parent as usize] += 1;
    }
    let mut order: Vec<u32> = Vec::with_capacity(found.len());
    let mut free = BinaryHeap::new();
    let mut counter = u64::MAX;
    let mut push = |free: &mut BinaryHeap<(i64, u64, u32)>, at: u32| {
        free.push((found[at as usize].facts.committed, counter, at));
        counter -= 1;
    };
    if !found.is_empty() {
        push(&mut free, 0);
    }
    while let Some((_, _, at)) = free.pop() {
        order.push(at);
        for parent in &found[at as usize].parents {
            waiting[*parent as usize] -= 1;
            if waiting[*parent as usize] == 0 {
                push(&mut free, *parent);
            }
        }
    }
    let mut position = vec![0_u32; found.len()];
    for (new, old) in order.iter().enumerate() {
        position[*old as usize] = as_u32(new);
    }
    let mut slots: Vec<Option<Commit>> = found.into_iter().map(Some).collect();
    let take = |old: &u32| {
        let mut commit = slots[*old as usize].take()?;
        commit.parents.iter_mut().for_each(|p| *p = position[*p as usize]);
        Some(commit)
    };
    order.iter().filter_map(take).collect()
}

/// Where the walk looks: folders of which every page-like file counts, and single files.
#[derive(Debug, Default)]
pub(super) struct Area {
    all: bool,
    children: HashMap<Vec<u8>, Area>,
}

impl Area {
    /// Adds a folder (`""` is everything) or a single file.
    pub(super) fn add(&mut self, path: &str) {
        let mut node = self;
        for part in path.split('/').filter(|p| !p.is_empty()) {
            node = node.children.entry(part.as_bytes().to_vec()).or_default();
        }
        node.all = true;
    }

    /// What was added, as one text.
    fn name(&self) -> String {
        let mut names = Vec::new();
        self.names(&mut String::new(), &mut names);
        names.sort_unstable();
        names.join("\n")
    }

    fn names(&self, path: &mut String, out: &mut Vec<String>) {
        if self.all {
            out.push(path.clone());
            return;
        }
        // Sorted by the caller.
        #[allow(clippy::iter_over_hash_type)]
        for (name, child) in &self.children {
            let length = path.len();
            path.push('/');
            path.push_str(&String::from_utf8_lossy(name));
            child.names(path, out);
            path.truncate(length);
        }
    }

    /// True if the walk would see this file.
    pub(super) fn covers(&self, path: &str) -> bool {
        let mut node = self;
        for part in path.split('/') {
            if node.all {
                return true;
            }
            match node.children.get(part.as_bytes()) {
                Some(child) => node = child,
                None => return false,
            }
        }
        node.all
    }
}

/// True for files that can be pages, or say what was imported.
pub(super) fn page_like(name: &[u8]) -> bool {
    [&b".md"[..], b".markdown", b".mdx"].iter().any(|end| name.ends_with(end))
}

/// True for files that a whole folder's record holds.
pub(super) fn recorded(name: &[u8]) -> bool {
    page_like(name) || name.ends_with(b".yaml")
}

/// Raw tree objects with a bounded memory: two generations, the older one dropped when the younger is full.
pub(super) struct Trees<'s> {
    store: &'s Store,
    young: HashMap<Id, Rc<[u8]>>,
    old: HashMap<Id, Rc<[u8]>>,
    bytes: usize,
}

/// Bytes of tree objects in one generation.
const GENERATION: usize = 48 << 20;

impl<'s> Trees<'s> {
    pub(super) fn new(store: &'s Store) -> Self {
        Self { store, young: HashMap::new(), old: HashMap::new(), bytes: 0 }
    }

    fn get(&mut self, id: Id) -> Result<Rc<[u8]>, Missing> {
        if let Some(tree) = self.young.get(&id) {
            return Ok(Rc::clone(tree));
        }
        let tree = match self.old.remove(&id) {
            Some(tree) => tree,
            None => self.store.with(id, |raw| Rc::from(raw))?,
        };
        self.bytes += tree.len() + 64;
        if self.bytes > GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.bytes = tree.len();
        }
        self.young.insert(id, Rc::clone(&tree));
        Ok(tree)
    }

    /// The file at a path of a tree, if there is one.
    pub(super) fn file(&mut self, tree: Id, path: &str) -> Result<Option<Id>, Missing> {
        let mut at = tree;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let raw = self.get(at)?;
            let wanted = if parts.peek().is_some() { EntryKind::Tree } else { EntryKind::File };
            match entries(&raw).find(|e| e.name == part.as_bytes() && e.kind == wanted) {
                Some(entry) => at = entry.id,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    /// Page-like files that `parent` has and `child` lacks, with their blobs, by path.
    pub(super) fn removed(&mut self, child: Id, parent: Id) -> Result<Vec<(String, Id)>, Missing> {
        let mut out = Vec::new();
        self.removed_in(Some(child), parent, &mut String::new(), &mut out)?;
        Ok(out)
    }

    fn removed_in(&mut self, child: Option<Id>, parent: Id, path: &mut String, out: &mut Vec<(String, Id)>) -> Result<(), Missing> {
        if child == Some(parent) {
            return Ok(());
        }
        let theirs = self.get(parent)?;
        let ours = child.map(|c| self.get(c)).transpose()?;
        let mut ours = Cursor::new(ours.as_deref().unwrap_or(&[]));
        for entry in entries(&theirs) {
            let same = ours.seek(entry.name, entry.kind);
            let length = path.len();
            path.push_str(&String::from_utf8_lossy(entry.name));
            match entry.kind {
                EntryKind::Tree => {
                    path.push('/');
                    self.removed_in(same, entry.id, path, out)?;
                }
                EntryKind::File if same.is_none() && page_like(entry.name) => out.push((path.clone(), entry.id)),
                _ => {}
            }
            path.truncate(length);
        }
        Ok(())
    }
}

/// Looks names up in a tree in ascending order of git's own sorting.
struct Cursor<'t> {
    rest: std::iter::Peekable<Entries<'t>>,
}

impl<'t> Cursor<'t> {
    fn new(raw: &'t [u8]) -> Self {
        Self { rest: entries(raw).peekable() }
    }

    fn seek(&mut self, name: &[u8], kind: EntryKind) -> Option<Id> {
        while let Some(entry) = self.rest.peek() {
            match order(entry.name, entry.kind, name, kind) {
                std::cmp::Ordering::Less => {
                    self.rest.next();
                }
                std::cmp::Ordering::Equal => return (entry.kind == kind).then_some(entry.id),
                std::cmp::Ordering::Greater => return None,
            }
        }
        None
    }
}

/// Git sorts a folder as if its name ended in `/`.
fn order(a: &[u8], a_kind: EntryKind, b: &[u8], b_kind: EntryKind) -> std::cmp::Ordering {
    let end = |kind| if kind == EntryKind::Tree { b'/' } else { 0 };
    let shared = a.len().min(b.len());
    a[..shared].cmp(&b[..shared]).then_with(|| {
        let next = |name: &[u8], kind| name.get(shared).copied().unwrap_or_else(|| end(kind));
        next(a, a_kind).cmp(&next(b, b_kind)).then_with(|| a.len().cmp(&b.len()))
    })
}

/// A commit that touched a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Touch {
    /// Its position in [`Commits::list`].
    pub(super) at: u32,
    /// The file in this commit.
    pub(super) blob: Id,
    /// The file in each parent.
    pub(super) before: Box<[Option<Id>]>,
}

impl Touch {
    /// Some parent lacks the file: it may have been renamed.
    pub(super) fn is_new(&self) -> bool {
        self.before.contains(&None)
    }
}

/// For each file the commits that touched it, newest first.
#[derive(Debug, Default)]
pub(super) struct Touches {
    by_path: HashMap<String, Vec<Touch>>,
    /// The folders walked, as one name.
    pub(super) area: String,
    /// Files that were asked for by name.
    pub(super) files: BTreeSet<String>,
    /// Some of it was not in the memo.
    pub(super) learnt: bool,
}

impl Touches {
    /// The commits after position `from` that touched `path`.
    pub(super) fn after(&self, path: &str, from: Option<u32>) -> &[Touch] {
        let all = self.by_path.get(path).map_or(&[][..], Vec::as_slice);
        let start = from.map_or(0, |f| all.partition_point(|t| t.at <= f));
        &all[start..]
    }

    /// Files touched so far, in no order.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&String, &Vec<Touch>)> {
        self.by_path.iter()
    }

    /// Walks all commits and records what they touched in the folders of `area`; those that the memo has are not looked at.
    pub(super) fn record(&mut self, commits: &Commits, trees: &mut Trees<'_>, area: &Area, memo: &mut Recalled) -> Result<(), Missing> {
        self.area = area.name();
        let recalled = memo.take_area(&self.area);
        let open = commits.open(recalled.is_some());
        for (path, list) in recalled.into_iter().flatten() {
            self.recall(&path, list, commits);
        }
        for (path, touch) in self.walk(commits, trees, area, &open)? {
            self.note(&path, touch);
        }
        // Each list by itself, so the order does not matter.
        #[allow(clippy::iter_over_hash_type)]
        for list in self.by_path.values_mut() {
            list.sort_by_key(|t| t.at);
        }
        Ok(())
    }

    /// [`Touches::record`] for single files, whatever they are and wherever they lie.
    pub(super) fn record_files(
        &mut self,
        commits: &Commits,
        trees: &mut Trees<'_>,
        names: &[String],
        memo: &mut Recalled,
    ) -> Result<(), Missing> {
        let (mut known, mut new) = (Area::default(), Area::default());
        let mut fresh: BTreeSet<&str> = BTreeSet::new();
        for name in names {
            if !self.files.insert(name.clone()) {
                continue;
            }
            fresh.insert(name);
            match memo.take_file(name) {
                Some(list) => {
                    self.recall(name, list, commits);
                    known.add(name);
                }
                None => new.add(name),
            }
        }
        for (area, known) in [(&known, true), (&new, false)] {
            let open = if area.children.is_empty() { Vec::new() } else { commits.open(known) };
            for (path, touch) in self.walk(commits, trees, area, &open)? {
                // Where a folder had the name of the file, what lay in it was not asked for.
                if fresh.contains(path.as_str()) {
                    self.note(&path, touch);
                }
            }
        }
        for name in fresh {
            if let Some(list) = self.by_path.get_mut(name) {
                list.sort_by_key(|t| t.at);
            }
        }
        Ok(())
    }

    /// What the `open` commits touched inside `area`.
    fn walk(&mut self, commits: &Commits, trees: &mut Trees<'_>, area: &Area, open: &[u32]) -> Result<Vec<(String, Touch)>, Missing> {
        self.learnt |= !open.is_empty();
        let threads = rayon::current_num_threads();
        if open.len() < WORTH_THREADS || threads < 2 {
            let mut found = Vec::new();
            Comparison { commits, trees, out: &mut found }.all(open, area)?;
            return Ok(found);
        }
        // Neighbours share most of their trees, so each thread takes a run of commits.
        let folder = trees.store.folder();
        let runs: Vec<Result<Vec<(String, Touch)>, Missing>> = open
            .par_chunks(open.len().div_ceil(threads))
            .map(|run| {
                let store = Store::open(&folder)?;
                let mut found = Vec::new();
                Comparison { commits, trees: &mut Trees::new(&store), out: &mut found }.all(run, area)?;
                Ok(found)
            })
            .collect();
        Ok(runs.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    fn recall(&mut self, path: &str, list: Vec<StoredTouch>, commits: &Commits) {
        for (at, blob, before) in list {
            if let Some(at) = commits.recalled.get(at as usize).copied().flatten() {
                self.note(path, Touch { at, blob, before: before.into_boxed_slice() });
            }
        }
    }

    fn note(&mut self, path: &str, touch: Touch) {
        match self.by_path.get_mut(path) {
            Some(list) => list.push(touch),
            None => {
                self.by_path.insert(path.to_owned(), vec![touch]);
            }
        }
    }
}

/// Commits from which on a walk is worth more than one thread.
const WORTH_THREADS: usize = 512;

/// Compares commits with their parents, and collects the page-like files that differ from those of every parent.
struct Comparison<'c, 's, 't> {
    commits: &'c Commits,
    trees: &'c mut Trees<'s>,
    out: &'t mut Vec<(String, Touch)>,
}

impl Comparison<'_, '_, '_> {
    fn all(&mut self, run: &[u32], area: &Area) -> Result<(), Missing> {
        for at in run {
            let commit = &self.commits.list[*at as usize];
            let parents: Vec<Option<Id>> = commit.parents.iter().map(|p| Some(self.commits.list[*p as usize].tree())).collect();
            if parents.contains(&Some(commit.tree())) {
                continue;
            }
            self.folder(Some(area), commit.tree(), &parents, &mut String::new(), *at)?;
        }
        Ok(())
    }

    /// `area` is `None` inside a folder that counts as a whole.
    fn folder(&mut self, area: Option<&Area>, tree: Id, parents: &[Option<Id>], path: &mut String, at: u32) -> Result<(), Missing> {
        let area = area.filter(|a| !a.all);
        let ours = self.trees.get(tree)?;
        if let [parent] = parents {
            let theirs = parent.map(|id| self.trees.get(id)).transpose()?;
            let (mut ours, mut theirs) = (entries(&ours), entries(theirs.as_deref().unwrap_or(&[])));
            loop {
                ours.skip_same(&mut theirs);
                let mut ahead = theirs.clone();
                let Some(entry) = ours.next() else { return Ok(()) };
                let mut before = None;
                while let Some(other) = ahead.next() {
                    match order(other.name, other.kind, entry.name, entry.kind) {
                        std::cmp::Ordering::Less => theirs = ahead.clone(),
                        std::cmp::Ordering::Equal => {
                            theirs = ahead.clone();
                            before = (other.kind == entry.kind).then_some(other.id);
                            break;
                        }
                        std::cmp::Ordering::Greater => break,
                    }
                }
                self.entry(area, &entry, &[before], path, at)?;
            }
        }
        let theirs: Vec<Option<Rc<[u8]>>> = parents.iter().map(|p| p.map(|id| self.trees.get(id)).transpose()).collect::<Result<_, _>>()?;
        let mut cursors: Vec<Cursor<'_>> = theirs.iter().map(|t| Cursor::new(t.as_deref().unwrap_or(&[]))).collect();
        let mut before = Vec::with_capacity(parents.len());
        for entry in entries(&ours) {
            before.clear();
            before.extend(cursors.iter_mut().map(|c| c.seek(entry.name, entry.kind)));
            self.entry(area, &entry, &before, path, at)?;
        }
        Ok(())
    }

    /// An entry of a folder, with what it is in each parent.
    fn entry(&mut self, area: Option<&Area>, entry: &Entry<'_>, before: &[Option<Id>], path: &mut String, at: u32) -> Result<(), Missing> {
        if before.contains(&Some(entry.id)) {
            return Ok(());
        }
        let inner = match area {
            None => None,
            Some(area) => match area.children.get(entry.name) {
                Some(child) => Some(child),
                None => return Ok(()),
            },
        };
        let wanted = match entry.kind {
            EntryKind::Tree => true,
            // A file asked for by its own name counts whatever it is.
            EntryKind::File => inner.map_or_else(|| recorded(entry.name), |a| a.all),
            EntryKind::Other => false,
        };
        if !wanted {
            return Ok(());
        }
        let length = path.len();
        path.push_str(&String::from_utf8_lossy(entry.name));
        if entry.kind == EntryKind::Tree {
            path.push('/');
            self.folder(inner, entry.id, before, path, at)?;
        } else {
            self.out.push((path.clone(), Touch { at, blob: entry.id, before: before.into() }));
        }
        path.truncate(length);
        Ok(())
    }
}
