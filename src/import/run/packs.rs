//! Blobs, trees and commits straight into packs: thousands of versions without a file each, without an index, without a checkout.
//!
//! Knows git's objects; knows nothing of wikis.

use std::collections::BTreeMap;
use std::io::Write as _;

use git2::{Mempack, ObjectType, Odb, Oid, Repository};

use super::replay::ReplayError;

/// Bytes of objects collected before they become a pack.
const PACK: usize = 96 << 20;

/// Collects objects and writes them as packs.
pub(super) struct Packs<'a> {
    repo: &'a Repository,
    odb: &'a Odb<'a>,
    memory: Mempack<'a>,
    new: Vec<(Oid, String)>,
    bytes: usize,
}

/// Who a version is by.
#[derive(Debug, Clone)]
pub(super) struct Person {
    name: String,
}

impl Person {
    /// The person of that name; somebody who left if there is none.
    pub(super) fn new(name: Option<&str>) -> Self {
        let clean = |c: char| if c.is_control() || matches!(c, '<' | '>') { ' ' } else { c };
        let name: String = name.unwrap_or_default().chars().map(clean).collect();
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        // Git drops these from the ends of a name, and refuses one that has nothing else.
        let name = name.trim_matches(|c| matches!(c, '.' | ',' | ':' | ';' | '"' | '\\' | '\'')).trim();
        Self { name: if name.is_empty() { "Former user".to_owned() } else { name.to_owned() } }
    }

    /// Addresses stay out of git: one that cannot exist stands for each person.
    fn line(&self, seconds: i64) -> String {
        format!("{} <{}@wiki.invalid> {seconds} +0000", self.name, crate::page::slug::ascii(&self.name))
    }
}

impl<'a> Packs<'a> {
    /// Collects objects for `repo`, whose object database is `odb`. From now on all that is written to that database waits for [`Packs::finish`].
    pub(super) fn new(repo: &'a Repository, odb: &'a Odb<'a>) -> Result<Self, ReplayError> {
        Ok(Self { repo, odb, memory: odb.add_new_mempack_backend(1000)?, new: Vec::new(), bytes: 0 })
    }

    /// A file's bytes. Objects with the same `place` are likely to be alike.
    pub(super) fn blob(&mut self, bytes: &[u8], place: &str) -> Result<Oid, ReplayError> {
        self.put(ObjectType::Blob, bytes, place)
    }

    /// A commit by `person`, in UTC.
    pub(super) fn commit(
        &mut self,
        tree: Oid,
        parent: Option<Oid>,
        person: &Person,
        seconds: i64,
        message: &str,
    ) -> Result<Oid, ReplayError> {
        let parent = parent.map(|p| format!("parent {p}\n")).unwrap_or_default();
        let who = person.line(seconds);
        let message = message.replace('\0', "");
        let text = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{}\n", message.trim_end());
        self.put(ObjectType::Commit, text.as_bytes(), "")
    }

    fn put(&mut self, kind: ObjectType, bytes: &[u8], place: &str) -> Result<Oid, ReplayError> {
        let id = self.odb.write(kind, bytes)?;
        self.new.push((id, place.to_owned()));
        self.bytes += bytes.len();
        if self.bytes > PACK {
            self.finish()?;
        }
        Ok(id)
    }

    /// Writes what was collected.
    pub(super) fn finish(&mut self) -> Result<(), ReplayError> {
        if self.new.is_empty() {
            return Ok(());
        }
        let mut pack = self.repo.packbuilder()?;
        pack.set_threads(0);
        for (id, place) in self.new.drain(..) {
            pack.insert_object(id, Some(&place))?;
        }
        let mut out = self.odb.packwriter()?;
        let mut failed = None;
        let done = pack.foreach(|bytes| match out.write_all(bytes) {
            Ok(()) => true,
            Err(error) => {
                failed = Some(error);
                false
            }
        });
        if let Some(error) = failed {
            return Err(error.into());
        }
        done?;
        out.commit()?;
        drop(out);
        self.memory.reset()?;
        self.bytes = 0;
        Ok(())
    }
}

/// A tree of files in memory that knows which of its folders changed since they were written.
#[derive(Debug, Default)]
pub(super) struct Tree {
    entries: BTreeMap<String, Node>,
    written: Option<Oid>,
}

#[derive(Debug)]
enum Node {
    File(Oid),
    Folder(Tree),
}

impl Tree {
    /// Puts a file at `path`. False if that very file is there.
    pub(super) fn set(&mut self, path: &str, blob: Oid) -> bool {
        let changed = match path.split_once('/') {
            Some((folder, rest)) => {
                let slot = self.entries.entry(folder.to_owned()).or_insert_with(|| Node::Folder(Self::default()));
                if let Node::File(_) = slot {
                    *slot = Node::Folder(Self::default());
                }
                match slot {
                    Node::Folder(tree) => tree.set(rest, blob),
                    Node::File(_) => false,
                }
            }
            None => {
                let same = matches!(self.entries.get(path), Some(Node::File(there)) if *there == blob);
                if !same {
                    self.entries.insert(path.to_owned(), Node::File(blob));
                }
                !same
            }
        };
        if changed {
            self.written = None;
        }
        changed
    }

    /// Writes what changed.
    pub(super) fn write(&mut self, packs: &mut Packs<'_>) -> Result<Oid, ReplayError> {
        self.write_at("", packs)
    }

    fn write_at(&mut self, place: &str, packs: &mut Packs<'_>) -> Result<Oid, ReplayError> {
        if let Some(id) = self.written {
            return Ok(id);
        }
        let mut rows: Vec<(String, &str, Oid)> = Vec::with_capacity(self.entries.len());
        for (name, node) in &mut self.entries {
            rows.push(match node {
                Node::File(id) => (name.clone(), "100644", *id),
                // Git sorts a folder as if its name ended in a slash.
                Node::Folder(tree) => (format!("{name}/"), "40000", tree.write_at(&format!("{place}/{name}"), packs)?),
            });
        }
        rows.sort();
        let mut bytes = Vec::with_capacity(rows.len() * 48);
        for (name, mode, id) in &rows {
            bytes.extend_from_slice(mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(name.trim_end_matches('/').as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(id.as_bytes());
        }
        let id = packs.put(ObjectType::Tree, &bytes, place)?;
        self.written = Some(id);
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_what_git_would_have_written() {
        let dir = tempfile::tempdir().unwrap();
        let repo = Repository::init(dir.path()).unwrap();
        let odb = repo.odb().unwrap();
        let mut packs = Packs::new(&repo, &odb).unwrap();
        let mut tree = Tree::default();
        // `a-b` stands before the folder `a`, and `a.md` too.
        for (n, path) in ["a/x.md", "a-b.md", "a.md", "a/y/z.md"].iter().enumerate() {
            let blob = packs.blob(format!("text {n}").as_bytes(), path).unwrap();
            assert!(tree.set(path, blob));
            assert!(!tree.set(path, blob));
        }
        let root = tree.write(&mut packs).unwrap();
        let commit = packs.commit(root, None, &Person::new(Some("  J. <o> Doe\n. ")), 1_700_000_000, "first\n\n").unwrap();
        packs.finish().unwrap();
        let fresh = Repository::open(dir.path()).unwrap();
        let commit = fresh.find_commit(commit).unwrap();
        let said = (commit.author().name().ok().map(str::to_owned), commit.message().ok().map(str::to_owned), commit.time().seconds());
        assert_eq!(said, (Some("J. o Doe".to_owned()), Some("first\n".to_owned()), 1_700_000_000));
        let mut index = git2::Index::new().unwrap();
        index.read_tree(&commit.tree().unwrap()).unwrap();
        assert_eq!(index.write_tree_to(&fresh).unwrap(), root, "sorted as git sorts");
        assert_eq!(std::fs::read_dir(dir.path().join(".git/objects")).unwrap().count(), 2, "no loose objects");
    }

    #[test]
    fn nobody_is_somebody_who_left() {
        assert_eq!(Person::new(None).line(0), "Former user <former-user@wiki.invalid> 0 +0000");
        assert_eq!(Person::new(Some("<>")).name, "Former user");
    }
}
