//! Puts the site on disk: only what changed, whole files only, and all at the end.
//!
//! Changed files go to a staging folder inside the output while the site is rendered, and are moved into place when everything is there, so that a
//! build killed at any moment leaves the old site as it was. Files of an earlier build that no longer belong to the site are then removed, by the
//! list it left; files that stepwright did not write are never touched.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::SiteError;

/// List of the files of a build, in the output folder.
pub(crate) const MANIFEST: &str = ".stepwright-files";
/// Staging folder inside the output folder.
const STAGING: &str = ".stepwright-staging";

/// An output folder being filled.
#[derive(Debug)]
pub struct Output {
    root: PathBuf,
    /// Nothing stood there before.
    new: bool,
    /// Files in the staging folder, each at its own path there.
    staged: BTreeSet<String>,
    files: BTreeSet<String>,
    /// Folders made in the staging folder.
    made: BTreeSet<String>,
}

/// The files that the last build left in an output folder, by its own list, the list itself among them.
pub fn listed(root: &Path) -> Vec<PathBuf> {
    let list = std::fs::read_to_string(root.join(MANIFEST)).unwrap_or_default();
    [MANIFEST].into_iter().chain(list.lines().filter(|line| safe(line))).map(|name| root.join(name)).collect()
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

impl Written {
    /// What the next build will have done if nothing changes.
    #[must_use]
    pub fn again(&self) -> Self {
        Self { files: self.files, ..Self::default() }
    }
}

impl Output {
    /// Opens (and makes) the output folder, clearing what a killed build may have left in staging.
    pub fn open(root: &Path) -> Result<Self, SiteError> {
        let staging = root.join(STAGING);
        let new = !root.exists();
        match std::fs::remove_dir_all(&staging) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed(&staging, e)),
        }
        std::fs::create_dir_all(&staging).map_err(|e| failed(&staging, e))?;
        Ok(Self { root: root.to_path_buf(), new, staged: BTreeSet::new(), files: BTreeSet::new(), made: BTreeSet::new() })
    }

    /// Where a file waits until everything is there.
    fn stage(&mut self, path: &str) -> Result<PathBuf, SiteError> {
        let staging = self.root.join(STAGING);
        if let Some((dir, _)) = path.rsplit_once('/')
            && !self.made.contains(dir)
        {
            let full = staging.join(dir);
            std::fs::create_dir_all(&full).map_err(|e| failed(&full, e))?;
            self.made.insert(dir.to_owned());
        }
        self.staged.insert(path.to_owned());
        Ok(staging.join(path))
    }

    /// Adds a file of the site.
    pub fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), SiteError> {
        self.files.insert(path.to_owned());
        if !self.new && same(&self.root.join(path), bytes) {
            return Ok(());
        }
        let staged = self.stage(path)?;
        std::fs::write(&staged, bytes).map_err(|e| failed(&staged, e))
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
        let staged = self.stage(path)?;
        std::fs::copy(from, &staged).map_err(|e| failed(from, e))?;
        if let (Ok(time), Ok(file)) = (source.modified(), std::fs::File::options().write(true).open(&staged)) {
            // Without the time the file is merely copied again next time.
            let _ = file.set_modified(time);
        }
        Ok(())
    }

    /// Moves everything into place and removes what an earlier build left over.
    pub fn finish(mut self) -> Result<Written, SiteError> {
        let mut written =
            Written { files: self.files.len(), changed: self.staged.len(), removed: 0, names: std::mem::take(&mut self.staged) };
        let old = std::fs::read_to_string(self.root.join(MANIFEST)).unwrap_or_default();
        let stale: Vec<&str> = old.lines().filter(|l| safe(l) && !self.files.contains(*l)).collect();
        self.move_into_place(&written.names)?;
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

    /// Moves staged files to where they belong; a folder that the site did not have yet goes as a whole.
    fn move_into_place(&self, staged: &BTreeSet<String>) -> Result<(), SiteError> {
        let mut there: BTreeSet<&str> = BTreeSet::new();
        let mut moved: Option<&str> = None;
        for path in staged {
            if moved.is_some_and(|dir| path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))) {
                continue;
            }
            moved = None;
            for dir in path.match_indices('/').map(|(at, _)| &path[..at]) {
                if !there.contains(dir) && !self.root.join(dir).exists() {
                    moved = Some(dir);
                    break;
                }
                there.insert(dir);
            }
            let what = moved.unwrap_or(path);
            let target = self.root.join(what);
            match std::fs::rename(self.root.join(STAGING).join(what), &target) {
                // Where case does not count, the folders `Ops` and `ops` are one, and went together.
                Err(e) if e.kind() == io::ErrorKind::NotFound && target.exists() => {}
                moved => moved.map_err(|e| failed(&target, e))?,
            }
        }
        Ok(())
    }

    fn write_list(&mut self, list: &str) -> Result<(), SiteError> {
        let target = self.root.join(MANIFEST);
        if same(&target, list.as_bytes()) {
            return Ok(());
        }
        let staged = self.root.join(STAGING).join(MANIFEST);
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

/// Puts one file of a built site in its place, whole or not at all. False if it stood there already.
pub fn replace(root: &Path, path: &str, bytes: &[u8]) -> Result<bool, SiteError> {
    let target = root.join(path);
    if same(&target, bytes) {
        return Ok(false);
    }
    if let Some(dir) = target.parent() {
        std::fs::create_dir_all(dir).map_err(|e| failed(dir, e))?;
    }
    let staged = root.join(format!("{STAGING}-one"));
    std::fs::write(&staged, bytes).and_then(|()| std::fs::rename(&staged, &target)).map_err(|e| failed(&target, e))?;
    Ok(true)
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
    fn new_folders_and_new_files_in_old_ones_find_their_place() {
        let dir = tempfile::tempdir().unwrap();
        let build = |files: &[&str]| {
            let mut out = Output::open(dir.path()).unwrap();
            for f in files {
                out.put(f, f.as_bytes()).unwrap();
            }
            out.finish().unwrap().changed
        };
        assert_eq!(build(&["a/b/c.html", "a/x.html", "a-b/y.html", "z.html"]), 4);
        let all = ["a/b/c.html", "a/b/d/e.html", "a/b/d/f/g.html", "a/b2/h.html", "a/x.html", "a-b/i/j.html", "a-b/y.html", "z.html"];
        assert_eq!(build(&all), 4);
        assert!(all.iter().all(|f| std::fs::read(dir.path().join(f)).unwrap() == f.as_bytes()));
        assert!(!dir.path().join(STAGING).exists());
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
