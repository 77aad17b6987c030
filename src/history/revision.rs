//! Files as they were at a revision: what comparing two versions needs. Reads objects only, never the working tree.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::Unknown;
use super::git::{EntryKind, Id, Store, entries};
use super::past::{self, Within};

/// Why a revision cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevisionError {
    /// No repository, or one that cannot be opened.
    #[error("no git history here")]
    NoHistory(Unknown),
    /// Nothing has that name.
    #[error("git knows no revision `{0}`")]
    NoSuch(String),
    /// The common commit is not in this clone.
    #[error("cannot compare with {with}, the common commit is not in this clone")]
    NoCommon {
        /// The revision asked for.
        with: String,
        /// The clone is shallow, so fetching more would help.
        shallow: bool,
    },
    /// An object is not there.
    #[error("git cannot read the files of `{0}`")]
    Unreadable(String),
}

/// The texts of all files at `revision` that lie `within` and whose path below `root` is `wanted`. Paths are relative to `root`, with `/`. Files that are not
/// UTF-8 are left out.
pub fn files_at(
    root: &Path,
    revision: &str,
    within: &Within,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, String>, RevisionError> {
    let (store, tree) = tree_at(root, revision)?;
    let Some(tree) = tree else { return Ok(BTreeMap::new()) };
    let mut out = BTreeMap::new();
    let walked = past::walk(&store, tree, "", (within, wanted), &mut |path, id| {
        if let Ok(text) = String::from_utf8(store.read(id)?) {
            out.insert(path, text);
        }
        Ok(())
    });
    walked.map_err(|_| RevisionError::Unreadable(revision.to_owned()))?;
    Ok(out)
}

/// The full id of the commit that `revision` names. A branch that only the remote has counts as well: that is what CI checks out.
pub fn commit(root: &Path, revision: &str) -> Result<String, RevisionError> {
    let store = Store::discover(root).map_err(RevisionError::NoHistory)?;
    let found = store.named(revision).or_else(|| store.named(&format!("origin/{revision}")));
    found.map(Id::hex).ok_or_else(|| RevisionError::NoSuch(revision.to_owned()))
}

/// Calls `visit` with path and bytes of all files at `revision` that lie `within` and whose path below `root` is `wanted`. Links and submodules are left out, and so are
/// names that would lead out of a folder the files are written to.
pub fn each_file(
    root: &Path,
    revision: &str,
    within: &Within,
    wanted: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(String, Vec<u8>),
) -> Result<(), RevisionError> {
    let (store, tree) = tree_at(root, revision)?;
    let Some(tree) = tree else { return Ok(()) };
    let wanted = |path: &str| safe(path) && wanted(path);
    let walked = past::walk(&store, tree, "", (within, &wanted), &mut |path, id| {
        visit(path, store.read(id)?);
        Ok(())
    });
    walked.map_err(|_| RevisionError::Unreadable(revision.to_owned()))
}

/// The bytes of one file at `revision`, by its path below `root`; `None` where the commit has none.
pub fn file_at(root: &Path, revision: &str, path: &str) -> Result<Option<Vec<u8>>, RevisionError> {
    let (store, tree) = tree_at(root, revision)?;
    let blob = tree.filter(|_| safe(path)).and_then(|tree| blob_at(&store, tree, path));
    blob.map(|id| store.read(id)).transpose().map_err(|_| RevisionError::Unreadable(revision.to_owned()))
}

/// The tree of the folder `root` at `revision`, if it was there.
fn tree_at(root: &Path, revision: &str) -> Result<(Store, Option<Id>), RevisionError> {
    let store = Store::discover(root).map_err(RevisionError::NoHistory)?;
    let commit = store.named(revision).ok_or_else(|| RevisionError::NoSuch(revision.to_owned()))?;
    let tree = store.commit(commit).and_then(|c| past::folder(&store, c.tree, root));
    let tree = tree.map_err(|_| RevisionError::Unreadable(revision.to_owned()))?;
    Ok((store, tree))
}

/// A path that leads out of no folder it is written to.
fn safe(path: &str) -> bool {
    !path.contains('\\') && path.split('/').all(|p| !matches!(p, "" | "." | "..") && !p.eq_ignore_ascii_case(".git"))
}

/// The id of the commit where `revision` and `other` parted: what a pull request is compared with.
pub fn common(root: &Path, revision: &str, other: &str) -> Result<String, RevisionError> {
    let store = Store::discover(root).map_err(RevisionError::NoHistory)?;
    let named = |name: &str| store.named(name).ok_or_else(|| RevisionError::NoSuch(name.to_owned()));
    let (a, b) = (named(revision)?, named(other)?);
    let shallow = !store.shallow.is_empty();
    store.common(a, b).map(Id::hex).ok_or(RevisionError::NoCommon { with: revision.to_owned(), shallow })
}

/// The newest text of a file that `fits`, from at most `limit` commits back. Merges are followed on all sides.
pub fn version(root: &Path, path: &str, limit: usize, fits: &dyn Fn(&str) -> bool) -> Result<Option<String>, RevisionError> {
    let store = Store::discover(root).map_err(RevisionError::NoHistory)?;
    let Ok(Some(head)) = store.head() else { return Ok(None) };
    let unreadable = || RevisionError::Unreadable("HEAD".to_owned());
    let top = store.top().canonicalize().map_err(|_| unreadable())?;
    let full = root.canonicalize().map_err(|_| unreadable())?;
    let inside = full.strip_prefix(&top).unwrap_or(Path::new("")).to_string_lossy().replace('\\', "/");
    let path = if inside.is_empty() { path.to_owned() } else { format!("{inside}/{path}") };
    let parts: Vec<&str> = path.split('/').collect();
    let (mut seen, mut tried, mut known) = (HashSet::new(), HashSet::new(), HashMap::new());
    let mut queue = std::collections::VecDeque::from([head]);
    while let Some(id) = queue.pop_front() {
        // A commit that is not in a shallow clone ends its line.
        let Ok(commit) = store.commit(id) else { continue };
        if let Some(blob) = blob_in(&store, commit.tree, &parts, &mut known)
            && tried.insert(blob)
            && let Some(text) = store.read(blob).ok().and_then(|raw| String::from_utf8(raw).ok())
            && fits(&text)
        {
            return Ok(Some(text));
        }
        for parent in commit.parents {
            if seen.len() < limit && seen.insert(parent) {
                queue.push_back(parent);
            }
        }
    }
    Ok(None)
}

fn blob_at(store: &Store, tree: Id, path: &str) -> Option<Id> {
    blob_in(store, tree, &path.split('/').collect::<Vec<_>>(), &mut HashMap::new())
}

/// The file at a path below a tree. `known` holds what was found in trees read before, by tree and length of the path left: most commits share all
/// folders but those on the way to what they changed.
fn blob_in(store: &Store, tree: Id, parts: &[&str], known: &mut HashMap<(Id, usize), Option<Id>>) -> Option<Id> {
    let (part, rest) = parts.split_first()?;
    if let Some(found) = known.get(&(tree, parts.len())) {
        return *found;
    }
    let kind = if rest.is_empty() { EntryKind::File } else { EntryKind::Tree };
    let child = store.read(tree).ok().and_then(|raw| entries(&raw).find(|e| e.kind == kind && e.name == part.as_bytes()).map(|e| e.id));
    let found = if rest.is_empty() { child } else { child.and_then(|child| blob_in(store, child, rest, known)) };
    known.insert((tree, parts.len()), found);
    found
}
