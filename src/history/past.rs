//! Files as they were at the end of given days, for what is shown over time. Reads objects only, along first parents: what the branch held then.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use jiff::civil::Date;

use super::Unknown;
use super::git::{EntryKind, Id, Missing, Store, entries};
use super::walk::day;

/// Folders and files that are looked for in old versions: the rest of the tree is not even read.
#[derive(Debug, Clone, Default)]
pub struct Within(BTreeSet<String>);

impl Within {
    /// Names relative to the root; `""` and `.` are the whole of it.
    pub fn new<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        let clean = |path: &str| path.trim_start_matches("./").trim_matches('/').to_owned();
        Self(paths.into_iter().map(|path| if path == "." { String::new() } else { clean(path) }).collect())
    }

    /// True for a folder that is, lies in, or leads to one of these.
    fn leads(&self, folder: &str) -> bool {
        let mut around = folder.match_indices('/').map(|(at, _)| &folder[..at]).chain(["", folder]);
        let inside = format!("{folder}/");
        around.any(|name| self.0.contains(name)) || self.0.range(inside.clone()..).next().is_some_and(|path| path.starts_with(&inside))
    }
}

/// What was read of each wanted file at the end of a day, by path relative to the root; empty before the first commit, `None` where the history
/// is cut off.
pub type Then<T> = Option<BTreeMap<String, T>>;

/// Reads the `wanted` files below `root` as they were at the end of each of `days` (UTC, ascending). `read` is called once for each text of a file.
/// Files that are not UTF-8 are left out.
pub fn at_days<T: Clone>(
    root: &Path,
    days: &[Date],
    wanted: &BTreeSet<&str>,
    read: &mut dyn FnMut(&str) -> T,
) -> Result<Vec<Then<T>>, Unknown> {
    let within = Within::new(wanted.iter().copied());
    let named = |path: &str| wanted.contains(path);
    let store = Store::discover(root)?;
    let mut out: Vec<Then<T>> = vec![None; days.len()];
    let mut open = days.len();
    let mut known = HashMap::new();
    let mut next = store.head()?;
    while let Some(id) = next {
        let Ok(commit) = store.commit(id) else { return Ok(out) };
        let committed = day(commit.committed);
        while open > 0 && committed <= days[open - 1] {
            open -= 1;
            out[open] = files(&store, commit.tree, root, (&within, &named), read, &mut known).ok();
        }
        if open == 0 || store.shallow.contains(&id) {
            return Ok(out);
        }
        next = commit.parents.first().copied();
    }
    // Before the first commit there was nothing.
    out[..open].fill(Some(BTreeMap::new()));
    Ok(out)
}

/// The tree of the folder `root` in the repository's `tree`; `Ok(None)` where it was not there.
pub(super) fn folder(store: &Store, mut tree: Id, root: &Path) -> Result<Option<Id>, Missing> {
    let top = store.top().canonicalize().map_err(|_| Missing)?;
    let full = root.canonicalize().map_err(|_| Missing)?;
    for part in full.strip_prefix(&top).unwrap_or(Path::new("")).components() {
        let raw = store.read(tree)?;
        let name = part.as_os_str().to_string_lossy();
        match entries(&raw).find(|e| e.kind == EntryKind::Tree && e.name == name.as_bytes()) {
            Some(entry) => tree = entry.id,
            None => return Ok(None),
        }
    }
    Ok(Some(tree))
}

/// The wanted files of one commit, each text read once for all commits.
fn files<T: Clone>(
    store: &Store,
    tree: Id,
    root: &Path,
    wanted: Wanted<'_>,
    read: &mut dyn FnMut(&str) -> T,
    known: &mut HashMap<Id, T>,
) -> Result<BTreeMap<String, T>, Missing> {
    let mut out = BTreeMap::new();
    let Some(tree) = folder(store, tree, root)? else { return Ok(out) };
    walk(store, tree, "", wanted, &mut |path, id| {
        let value = match known.get(&id) {
            Some(value) => value.clone(),
            None => {
                let Ok(text) = String::from_utf8(store.read(id)?) else { return Ok(()) };
                let value = read(&text);
                known.insert(id, value.clone());
                value
            }
        };
        out.insert(path, value);
        Ok(())
    })?;
    Ok(out)
}

/// Where to look, and which of the files there are wanted.
pub(super) type Wanted<'w> = (&'w Within, &'w dyn Fn(&str) -> bool);

/// Calls `visit` with path and blob of every wanted file below a tree, in the order of its entries.
pub(super) fn walk(
    store: &Store,
    tree: Id,
    folder: &str,
    (within, wanted): Wanted<'_>,
    visit: &mut dyn FnMut(String, Id) -> Result<(), Missing>,
) -> Result<(), Missing> {
    let raw = store.read(tree)?;
    for entry in entries(&raw) {
        let Ok(name) = std::str::from_utf8(entry.name) else { continue };
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        match entry.kind {
            EntryKind::Tree if within.leads(&path) => walk(store, entry.id, &path, (within, wanted), visit)?,
            EntryKind::File if wanted(&path) => visit(path, entry.id)?,
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_entered_that_are_wanted_or_lead_there() {
        let within = Within::new(["docs/en/", "roles.yaml", "./a/b.md"]);
        for folder in ["docs", "docs/en", "docs/en/x", "a"] {
            assert!(within.leads(folder), "{folder}");
        }
        for folder in ["doc", "docs/de", "docs-old", "a/c", "roles"] {
            assert!(!within.leads(folder), "{folder}");
        }
        assert!(Within::new(["."]).leads("anything") && Within::new([""]).leads("any/thing"));
        assert!(!Within::new([]).leads("anything"));
    }
}
