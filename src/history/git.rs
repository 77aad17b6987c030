//! The only place that names git2: opens a repository and hands out raw objects as plain bytes.
//!
//! Commits are read raw, so that what git itself puts between objects and answers (the shallow list, grafts, replaced objects) is applied
//! here, in one place, and visibly. Uses no index and no working tree: sparse checkouts and worktrees make no difference.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType, Oid, Repository};

use serde::{Deserialize, Serialize};

use super::Unknown;

/// An object id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Id(pub(super) [u8; 20]);

impl Id {
    /// Reads 40 hexadecimal digits.
    pub(super) fn from_hex(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != 40 {
            return None;
        }
        Oid::from_str(text).ok().map(Self::from)
    }

    /// The id that git gives a file with this text.
    pub(super) fn of_file(text: &str) -> Option<Self> {
        Oid::hash_object(ObjectType::Blob, text.as_bytes()).ok().map(Self::from)
    }

    /// The id in hexadecimal.
    pub(super) fn hex(self) -> String {
        Oid::from_bytes(&self.0).map_or_else(|_| String::new(), |oid| oid.to_string())
    }
}

impl From<Oid> for Id {
    fn from(oid: Oid) -> Self {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(oid.as_bytes());
        Self(bytes)
    }
}

/// An object that is not there (partial clone, damage).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing;

/// The parts of a commit object that matter here.
#[derive(Debug, Clone)]
pub(super) struct RawCommit {
    pub(super) tree: Id,
    pub(super) parents: Vec<Id>,
    /// `Name <address>`.
    pub(super) author: String,
    /// Seconds since 1970.
    pub(super) authored: i64,
    pub(super) committed: i64,
    pub(super) message: String,
}

/// An open repository.
pub(super) struct Store {
    repo: Repository,
    /// Commits whose parents were cut off.
    pub(super) shallow: HashSet<Id>,
    replaced: HashMap<Id, Id>,
    grafts: HashMap<Id, Vec<Id>>,
}

impl Store {
    /// The folder that [`Store::open`] takes, for another handle in another thread.
    pub(super) fn folder(&self) -> PathBuf {
        self.repo.path().to_path_buf()
    }

    /// Opens a repository by its git folder.
    pub(super) fn open(folder: &Path) -> Result<Self, Missing> {
        Repository::open(folder).map(Self::around).map_err(|_| Missing)
    }

    /// Opens the repository a folder lies in.
    pub(super) fn discover(folder: &Path) -> Result<Self, Unknown> {
        // Objects are read as git reads them: what they are packed with tells damage, and their names are not computed anew each time.
        git2::opts::strict_hash_verification(false);
        // What is read twice is kept by those who read it, in the form they need.
        git2::opts::enable_caching(false);
        let repo = Repository::discover(folder).map_err(|error| match error.code() {
            ErrorCode::NotFound => Unknown::NoGit,
            ErrorCode::Owner => Unknown::Unreadable(format!(
                "it belongs to another user; git config --global --add safe.directory {} lets it be read",
                folder.display()
            )),
            _ => Unknown::Unreadable(error.message().to_owned()),
        })?;
        Ok(Self::around(repo))
    }

    fn around(repo: Repository) -> Self {
        let common = repo.commondir().to_path_buf();
        let lines = |name: &str| std::fs::read_to_string(common.join(name)).unwrap_or_default();
        let shallow = lines("shallow").lines().filter_map(Id::from_hex).collect();
        let grafts = lines("info/grafts")
            .lines()
            .filter(|l| !l.starts_with('#'))
            .filter_map(|l| {
                let mut ids = l.split_whitespace().map(Id::from_hex);
                Some((ids.next()??, ids.collect::<Option<Vec<_>>>()?))
            })
            .collect();
        let mut replaced = HashMap::new();
        if let Ok(names) = repo.references_glob("refs/replace/*") {
            for reference in names.flatten() {
                let old = reference.name().ok().and_then(|n| Id::from_hex(n.strip_prefix("refs/replace/")?));
                if let (Some(old), Some(new)) = (old, reference.target()) {
                    replaced.insert(old, Id::from(new));
                }
            }
        }
        Self { repo, shallow, replaced, grafts }
    }

    /// What stands between objects and answers, as one text: what is kept of commits holds only while it is the same.
    pub(super) fn state(&self) -> String {
        let shallow: BTreeSet<&Id> = self.shallow.iter().collect();
        let replaced: BTreeMap<&Id, &Id> = self.replaced.iter().collect();
        let grafts: BTreeMap<&Id, &Vec<Id>> = self.grafts.iter().collect();
        blake3::hash(format!("{shallow:?} {replaced:?} {grafts:?}").as_bytes()).to_hex().to_string()
    }

    /// Everything in the repository that decides what history says, as one text. `None` for a partial clone, where objects may come later.
    pub(super) fn trace(&self) -> Option<String> {
        let packs = std::fs::read_dir(self.repo.commondir().join("objects/pack")).into_iter().flatten().flatten();
        if packs.map(|entry| entry.path()).any(|path| path.extension().is_some_and(|end| end == "promisor")) {
            return None;
        }
        let head = self.head().ok()?;
        let (top, default) = (self.top(), self.on_default_branch());
        Some(format!("{} {default} {head:?} {}", top.display(), self.state()))
    }

    /// Top of the working tree, or the git directory of a bare repository.
    pub(super) fn top(&self) -> PathBuf {
        self.repo.workdir().unwrap_or_else(|| self.repo.path()).to_path_buf()
    }

    /// The commit checked out; `None` before the first commit.
    pub(super) fn head(&self) -> Result<Option<Id>, Unknown> {
        match self.repo.head().and_then(|h| h.peel_to_commit()) {
            Ok(commit) => Ok(Some(Id::from(commit.id()))),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => Ok(None),
            Err(error) => Err(Unknown::Unreadable(error.message().to_owned())),
        }
    }

    /// True on the branch that the remote calls its default, or on `main`, `master` or `trunk` where no remote says. Never with a detached HEAD.
    pub(super) fn on_default_branch(&self) -> bool {
        let Ok(head) = self.repo.head() else { return false };
        let Some(branch) = head.name().ok().and_then(|n| n.strip_prefix("refs/heads/")) else { return false };
        let remote = self.repo.find_reference("refs/remotes/origin/HEAD").ok();
        let default = remote.as_ref().and_then(|r| r.symbolic_target().ok().flatten()).and_then(|t| t.strip_prefix("refs/remotes/origin/"));
        default.map_or(matches!(branch, "main" | "master" | "trunk"), |name| name == branch)
    }

    /// The commit a name (branch, tag, id, `HEAD~2`) means.
    pub(super) fn named(&self, name: &str) -> Option<Id> {
        let object = self.repo.revparse_single(name).ok()?;
        Some(Id::from(object.peel_to_commit().ok()?.id()))
    }

    /// The best common commit of two.
    pub(super) fn common(&self, a: Id, b: Id) -> Option<Id> {
        let (a, b) = (Oid::from_bytes(&a.0).ok()?, Oid::from_bytes(&b.0).ok()?);
        self.repo.merge_base(a, b).ok().map(Id::from)
    }

    /// The raw bytes of an object.
    pub(super) fn read(&self, id: Id) -> Result<Vec<u8>, Missing> {
        self.with(id, <[u8]>::to_vec)
    }

    /// What `look` makes of the raw bytes of an object.
    pub(super) fn with<T>(&self, id: Id, look: impl FnOnce(&[u8]) -> T) -> Result<T, Missing> {
        let id = self.stand_in(id);
        let odb = self.repo.odb().map_err(|_| Missing)?;
        let oid = Oid::from_bytes(&id.0).map_err(|_| Missing)?;
        let object = odb.read(oid).map_err(|_| Missing)?;
        Ok(look(object.data()))
    }

    /// What `git replace` put in the place of an object, or the object itself. Git gives up on longer chains.
    fn stand_in(&self, id: Id) -> Id {
        (0..5).try_fold(id, |id, _| self.replaced.get(&id).copied().ok_or(id)).unwrap_or_else(|last| last)
    }

    /// Reads and takes apart a commit, with its parents as git sees them.
    pub(super) fn commit(&self, id: Id) -> Result<RawCommit, Missing> {
        let mut commit = self.with(id, parse_commit)?.ok_or(Missing)?;
        if self.shallow.contains(&id) {
            commit.parents.clear();
        } else if let Some(parents) = self.grafts.get(&id) {
            commit.parents.clone_from(parents);
        }
        Ok(commit)
    }
}

/// Takes a commit object apart; see gitformat-commit: header lines, an empty line, the message.
fn parse_commit(raw: &[u8]) -> Option<RawCommit> {
    let text = String::from_utf8_lossy(raw);
    let (header, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut tree = None;
    let mut parents = Vec::new();
    let mut author = (String::new(), 0);
    let mut committed = 0;
    for line in header.lines() {
        let Some((key, value)) = line.split_once(' ') else { continue };
        match key {
            "tree" => tree = Id::from_hex(value),
            "parent" => parents.push(Id::from_hex(value)?),
            "author" => author = signature(value),
            "committer" => committed = signature(value).1,
            _ => {}
        }
    }
    Some(RawCommit { tree: tree?, parents, author: author.0, authored: author.1, committed, message: message.to_owned() })
}

/// `Name <address> seconds zone`; broken ones exist in old repositories and give what can be read of them.
fn signature(value: &str) -> (String, i64) {
    let end = value.rfind('>').map_or(0, |at| at + 1);
    let seconds = value[end..].split_whitespace().next().and_then(|s| s.parse().ok()).unwrap_or(0);
    (value[..end].to_owned(), seconds)
}

/// An entry of a tree object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'t> {
    pub(super) name: &'t [u8],
    pub(super) kind: EntryKind,
    pub(super) id: Id,
}

/// What a tree entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    Tree,
    File,
    /// A submodule or a symbolic link: never a page.
    Other,
}

/// Iterates over the entries of a raw tree object in git's order; stops at damage.
pub(super) fn entries(raw: &[u8]) -> Entries<'_> {
    Entries { rest: raw }
}

/// See [`entries`].
#[derive(Debug, Clone)]
pub(super) struct Entries<'t> {
    rest: &'t [u8],
}

impl<'t> Iterator for Entries<'t> {
    type Item = Entry<'t>;

    fn next(&mut self) -> Option<Entry<'t>> {
        let rest = self.rest;
        let space = rest.iter().position(|b| *b == b' ')?;
        let nul = space + 1 + rest[space + 1..].iter().position(|b| *b == 0)?;
        let mut id = [0; 20];
        id.copy_from_slice(rest.get(nul + 1..nul + 21)?);
        let kind = match &rest[..space] {
            b"40000" => EntryKind::Tree,
            b"100644" | b"100755" | b"100664" => EntryKind::File,
            _ => EntryKind::Other,
        };
        self.rest = &rest[nul + 21..];
        Some(Entry { name: &rest[space + 1..nul], kind, id: Id(id) })
    }
}

impl Entries<'_> {
    /// Goes on in both past entries that are the same: most are, and comparing bytes is quicker than taking entries apart.
    pub(super) fn skip_same(&mut self, other: &mut Entries<'_>) {
        let same = self.rest.iter().zip(other.rest).take_while(|(a, b)| a == b).count();
        let mut at = 0;
        while let Some(nul) = self.rest[at..same].iter().position(|b| *b == 0) {
            let end = at + nul + 21;
            if end > same {
                break;
            }
            at = end;
        }
        self.rest = &self.rest[at..];
        other.rest = &other.rest[at..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_signatures_give_what_can_be_read() {
        assert_eq!(signature("A B <a@b> 1700000000 +0100"), ("A B <a@b>".to_owned(), 1_700_000_000));
        assert_eq!(signature("A B <a@b>"), ("A B <a@b>".to_owned(), 0));
        assert_eq!(signature("nonsense"), (String::new(), 0));
    }
}
