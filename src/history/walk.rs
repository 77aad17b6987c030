//! One walk over all commits: their order, and which of them touched which page-like file.
//!
//! Own tree comparison on raw tree objects: whole folders are pruned as soon as they equal those of any parent, because a file counts as touched only if
//! it differs from *every* parent (what `git log -c` shows). Knows nothing of what a page says.

use std::collections::{BinaryHeap, HashMap};
use std::rc::Rc;

use super::git::{EntryKind, Id, Missing, Store, entries};

/// A commit of the walk.
pub(super) struct Commit {
    pub(super) id: Id,
    pub(super) tree: Id,
    /// Positions in [`Commits::list`].
    pub(super) parents: Vec<u32>,
    /// Position in [`Commits::authors`].
    pub(super) author: u32,
    /// Parents exist and cannot be seen: everything in it looks new and may be old.
    pub(super) cut: bool,
    /// Its message says that an import made it.
    pub(super) import: bool,
    committed: i64,
}

/// All commits reachable from HEAD, in the order of `git log --date-order`: no parent before its children, else newest committer date first.
pub(super) struct Commits {
    pub(super) list: Vec<Commit>,
    /// `Name <address>`.
    pub(super) authors: Vec<String>,
}

/// Line of a commit message that marks an import.
const IMPORT_TRAILER: &str = "\nStepwright-Import:";

impl Commits {
    /// Reads every commit.
    pub(super) fn load(store: &Store, head: Id) -> Result<Self, Missing> {
        let mut authors = Authors::default();
        let mut index: HashMap<Id, u32> = HashMap::new();
        let mut found: Vec<Commit> = Vec::new();
        let mut parents: Vec<Vec<Id>> = Vec::new();
        let mut todo = vec![head];
        while let Some(id) = todo.pop() {
            if index.contains_key(&id) {
                continue;
            }
            // A missing HEAD is an error; any other missing commit is a cut.
            let raw = match store.commit(id) {
                Ok(raw) => raw,
                Err(missing) if id == head => return Err(missing),
                Err(_) => continue,
            };
            index.insert(id, as_u32(found.len()));
            todo.extend(raw.parents.iter().rev());
            found.push(Commit {
                id,
                tree: raw.tree,
                parents: Vec::new(),
                author: authors.intern(raw.author),
                cut: store.shallow.contains(&id),
                import: raw.message.contains(IMPORT_TRAILER),
                committed: raw.committed,
            });
            parents.push(raw.parents);
        }
        for (commit, ids) in found.iter_mut().zip(&parents) {
            commit.parents = ids.iter().filter_map(|id| index.get(id).copied()).collect();
            commit.cut |= commit.parents.len() < ids.len();
        }
        Ok(Self { list: sorted(found), authors: authors.list })
    }
}

#[derive(Default)]
struct Authors {
    list: Vec<String>,
    index: HashMap<String, u32>,
}

impl Authors {
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
        free.push((found[at as usize].committed, counter, at));
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
#[derive(Default)]
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
            None => Rc::from(self.store.read(id)?),
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
    rest: std::iter::Peekable<Box<dyn Iterator<Item = super::git::Entry<'t>> + 't>>,
}

impl<'t> Cursor<'t> {
    fn new(raw: &'t [u8]) -> Self {
        let all: Box<dyn Iterator<Item = super::git::Entry<'t>> + 't> = Box::new(entries(raw));
        Self { rest: all.peekable() }
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Touch {
    /// Its position in [`Commits::list`].
    pub(super) at: u32,
    /// Some parent lacks the file: it may have been renamed.
    pub(super) new: bool,
}

/// For each file the commits that touched it, newest first.
#[derive(Default)]
pub(super) struct Touches {
    by_path: HashMap<String, Vec<Touch>>,
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

    /// Walks all commits and records what they touched inside `area`.
    pub(super) fn record(&mut self, commits: &Commits, trees: &mut Trees<'_>, area: &Area) -> Result<(), Missing> {
        for (at, commit) in (0_u32..).zip(&commits.list) {
            let parents: Vec<Option<Id>> = commit.parents.iter().map(|p| Some(commits.list[*p as usize].tree)).collect();
            if parents.contains(&Some(commit.tree)) {
                continue;
            }
            self.compare(trees, Some(area), commit.tree, &parents, &mut String::new(), at)?;
        }
        Ok(())
    }

    /// `area` is `None` inside a folder that counts as a whole.
    fn compare(
        &mut self,
        trees: &mut Trees<'_>,
        area: Option<&Area>,
        tree: Id,
        parents: &[Option<Id>],
        path: &mut String,
        at: u32,
    ) -> Result<(), Missing> {
        let area = area.filter(|a| !a.all);
        let ours = trees.get(tree)?;
        let theirs: Vec<Option<Rc<[u8]>>> = parents.iter().map(|p| p.map(|id| trees.get(id)).transpose()).collect::<Result<_, _>>()?;
        let mut cursors: Vec<Cursor<'_>> = theirs.iter().map(|t| Cursor::new(t.as_deref().unwrap_or(&[]))).collect();
        for entry in entries(&ours) {
            let inner = match area {
                None => None,
                Some(area) => match area.children.get(entry.name) {
                    Some(child) => Some(child),
                    None => continue,
                },
            };
            let wanted = match entry.kind {
                EntryKind::Tree => true,
                // A file asked for by its own name counts whatever it is.
                EntryKind::File => inner.map_or_else(|| recorded(entry.name), |a| a.all),
                EntryKind::Other => false,
            };
            if !wanted {
                continue;
            }
            let same: Vec<Option<Id>> = cursors.iter_mut().map(|c| c.seek(entry.name, entry.kind)).collect();
            if same.contains(&Some(entry.id)) {
                continue;
            }
            let length = path.len();
            path.push_str(&String::from_utf8_lossy(entry.name));
            if entry.kind == EntryKind::Tree {
                path.push('/');
                self.compare(trees, inner, entry.id, &same, path, at)?;
            } else {
                self.note(path, Touch { at, new: same.contains(&None) });
            }
            path.truncate(length);
        }
        Ok(())
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
