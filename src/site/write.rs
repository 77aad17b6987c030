//! Puts the site on disk: only what changed, whole files only, and all at the end.
//!
//! Changed files go to a staging folder inside the output while the site is rendered, and are moved into place when everything is there, so that a
//! build killed at any moment leaves the old site as it was. Files of an earlier build that no longer belong to the site are then removed, by the
//! list it left; files that stepwright did not write are never touched.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::SiteError;

/// List of the files of a build, in the output folder.
const MANIFEST: &str = ".stepwright-files";
/// Staging folder inside the output folder.
const STAGING: &str = ".stepwright-staging";

/// An output folder being filled.
#[derive(Debug)]
pub struct Output {
    root: PathBuf,
    staged: BTreeMap<String, PathBuf>,
    files: BTreeSet<String>,
    next: usize,
}

/// What a build did to the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Files of the site.
    pub files: usize,
    /// Of these, new or different from before.
    pub changed: usize,
    /// Old files removed.
    pub removed: usize,
    /// The files that changed, by path in the output.
    pub names: BTreeSet<String>,
}

impl Output {
    /// Opens (and makes) the output folder, clearing what a killed build may have left in staging.
    pub fn open(root: &Path) -> Result<Self, SiteError> {
        let staging = root.join(STAGING);
        match std::fs::remove_dir_all(&staging) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed(&staging, e)),
        }
        std::fs::create_dir_all(&staging).map_err(|e| failed(&staging, e))?;
        Ok(Self { root: root.to_path_buf(), staged: BTreeMap::new(), files: BTreeSet::new(), next: 0 })
    }

    fn staging_path(&mut self) -> PathBuf {
        self.next += 1;
        self.root.join(STAGING).join(self.next.to_string())
    }

    /// Adds a file of the site.
    pub fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), SiteError> {
        self.files.insert(path.to_owned());
        let target = self.root.join(path);
        if same(&target, bytes) {
            return Ok(());
        }
        let staged = self.staging_path();
        std::fs::write(&staged, bytes).map_err(|e| failed(&staged, e))?;
        self.staged.insert(path.to_owned(), staged);
        Ok(())
    }

    /// Adds a copy of a file, unless the copy there has the same length and time already.
    pub fn copy(&mut self, path: &str, from: &Path) -> Result<(), SiteError> {
        self.files.insert(path.to_owned());
        let source = std::fs::metadata(from).map_err(|e| failed(from, e))?;
        let target = self.root.join(path);
        if let Ok(there) = std::fs::metadata(&target)
            && there.len() == source.len()
            && there.modified().ok() == source.modified().ok()
        {
            return Ok(());
        }
        let staged = self.staging_path();
        std::fs::copy(from, &staged).map_err(|e| failed(from, e))?;
        if let (Ok(time), Ok(file)) = (source.modified(), std::fs::File::options().write(true).open(&staged)) {
            // Without the time the file is merely copied again next time.
            let _ = file.set_modified(time);
        }
        self.staged.insert(path.to_owned(), staged);
        Ok(())
    }

    /// Moves everything into place and removes what an earlier build left over.
    pub fn finish(mut self) -> Result<Written, SiteError> {
        let mut written =
            Written { files: self.files.len(), changed: self.staged.len(), removed: 0, names: self.staged.keys().cloned().collect() };
        let old = std::fs::read_to_string(self.root.join(MANIFEST)).unwrap_or_default();
        let stale: Vec<&str> = old.lines().filter(|l| safe(l) && !self.files.contains(*l)).collect();
        let mut made = BTreeSet::new();
        for (path, staged) in &self.staged {
            let target = self.root.join(path);
            self.make_parent(path, &mut made)?;
            std::fs::rename(staged, &target).map_err(|e| failed(&target, e))?;
        }
        // The list is written before anything is removed: a build killed here removes the rest next time.
        let list = lines(self.files.iter().map(String::as_str));
        let kept = lines(stale.iter().copied());
        self.write_list(&format!("{list}{kept}"))?;
        for path in &stale {
            if std::fs::remove_file(self.root.join(path)).is_ok() {
                written.removed += 1;
            }
            let mut dir = Path::new(path).parent();
            while let Some(d) = dir.filter(|d| !d.as_os_str().is_empty()) {
                if std::fs::remove_dir(self.root.join(d)).is_err() {
                    break;
                }
                dir = d.parent();
            }
        }
        if !stale.is_empty() {
            self.write_list(&list)?;
        }
        Ok(written)
    }

    fn make_parent(&self, path: &str, made: &mut BTreeSet<String>) -> Result<(), SiteError> {
        let Some((dir, _)) = path.rsplit_once('/') else { return Ok(()) };
        if made.contains(dir) {
            return Ok(());
        }
        let full = self.root.join(dir);
        // A page `a.html` of old may stand where a folder must be now, or the other way round.
        std::fs::create_dir_all(&full).map_err(|e| failed(&full, e))?;
        made.insert(dir.to_owned());
        Ok(())
    }

    fn write_list(&mut self, list: &str) -> Result<(), SiteError> {
        let target = self.root.join(MANIFEST);
        if same(&target, list.as_bytes()) {
            return Ok(());
        }
        let staged = self.staging_path();
        std::fs::write(&staged, list).and_then(|()| std::fs::rename(&staged, &target)).map_err(|e| failed(&target, e))
    }
}

fn lines<'l>(all: impl Iterator<Item = &'l str>) -> String {
    all.fold(String::new(), |mut out, line| {
        out.push_str(line);
        out.push('\n');
        out
    })
}

impl Drop for Output {
    fn drop(&mut self) {
        // A build that was given up leaves nothing behind; one that was killed is cleaned up by the next.
        let _ = std::fs::remove_dir_all(self.root.join(STAGING));
    }
}

/// Puts one file of a built site in its place, whole or not at all.
pub fn replace(root: &Path, path: &str, bytes: &[u8]) -> Result<(), SiteError> {
    let target = root.join(path);
    if let Some(dir) = target.parent() {
        std::fs::create_dir_all(dir).map_err(|e| failed(dir, e))?;
    }
    let staged = root.join(format!("{STAGING}-one"));
    std::fs::write(&staged, bytes).and_then(|()| std::fs::rename(&staged, &target)).map_err(|e| failed(&target, e))
}

/// A line of the list that stays inside the output folder.
fn safe(line: &str) -> bool {
    !line.is_empty() && Path::new(line).components().all(|c| matches!(c, std::path::Component::Normal(_)))
}

fn same(path: &Path, bytes: &[u8]) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() == bytes.len() as u64)
        && std::fs::read(path).is_ok_and(|there| there == bytes)
}

fn failed(path: &Path, source: io::Error) -> SiteError {
    SiteError::Write { path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_are_written_and_only_our_leftovers_removed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("public");
        let mut out = Output::open(&root).unwrap();
        out.put("a/b.html", b"1").unwrap();
        out.put("c.html", b"2").unwrap();
        let written = out.finish().unwrap();
        assert_eq!((written.files, written.changed, written.removed), (2, 2, 0));
        std::fs::write(root.join("CNAME"), "mine").unwrap();
        let mut out = Output::open(&root).unwrap();
        out.put("c.html", b"2").unwrap();
        assert!(root.join("a/b.html").exists(), "nothing goes before the end");
        let written = out.finish().unwrap();
        assert_eq!((written.files, written.changed, written.removed), (1, 0, 1));
        assert!(root.join("CNAME").exists() && !root.join("a").exists() && !root.join(STAGING).exists());
    }

    #[test]
    fn a_build_that_stops_leaves_the_old_site() {
        let dir = tempfile::tempdir().unwrap();
        let mut out = Output::open(dir.path()).unwrap();
        out.put("c.html", b"old").unwrap();
        out.finish().unwrap();
        let mut killed = Output::open(dir.path()).unwrap();
        killed.put("c.html", b"new").unwrap();
        drop(killed);
        assert_eq!(std::fs::read(dir.path().join("c.html")).unwrap(), b"old");
    }

    #[test]
    fn a_list_that_was_tampered_with_reaches_nothing_outside() {
        assert!(!safe("../x") && !safe("/etc/passwd") && !safe("a/../../x") && safe("a/b.html"));
    }
}
