//! What was read from a wiki, kept as the files that the reader of REST answers takes: one JSON file a page, attachments as an XML export lays them.
//!
//! Lies outside the content folder and outside git; whoever deletes it loses time and nothing else. Knows files, not the API.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::http::HttpError;

/// The cache of one import.
pub(super) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// Makes the folder, readable by its owner only: it may hold what few may see in the wiki.
    pub(super) fn new(root: &Path) -> Result<Self, HttpError> {
        let out = Self { root: root.to_path_buf() };
        std::fs::create_dir_all(root).map_err(|e| refused(root, e))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o700)).map_err(|e| refused(root, e))?;
        }
        Ok(out)
    }

    fn page_path(&self, space: &str, id: &str) -> PathBuf {
        self.root.join(folder(space)).join(format!("page-{id}.json"))
    }

    /// A page as it was read last.
    pub(super) fn page(&self, space: &str, id: &str) -> Option<Value> {
        read(&self.page_path(space, id))
    }

    /// Keeps a page. True if it is not as it was.
    pub(super) fn keep_page(&self, space: &str, id: &str, page: &Value) -> Result<bool, HttpError> {
        keep(&self.page_path(space, id), page)
    }

    fn version_path(&self, space: &str, id: &str, number: u64) -> PathBuf {
        self.root.join(folder(space)).join(format!("version-{id}-{number}.json"))
    }

    /// Whether an earlier version of a page is there.
    pub(super) fn has_version(&self, space: &str, id: &str, number: u64) -> bool {
        self.version_path(space, id, number).is_file()
    }

    /// Keeps an earlier version of a page.
    pub(super) fn keep_version(&self, space: &str, id: &str, number: u64, page: &Value) -> Result<bool, HttpError> {
        keep(&self.version_path(space, id, number), page)
    }

    /// People by id.
    pub(super) fn people(&self) -> Option<Value> {
        read(&self.root.join("people.json"))
    }

    /// Keeps people.
    pub(super) fn keep_people(&self, people: &Value) -> Result<bool, HttpError> {
        keep(&self.root.join("people.json"), people)
    }

    /// Where a version of an attachment lies.
    fn file_path(&self, space: &str, page: &str, attachment: &str, version: &str) -> PathBuf {
        self.root.join(folder(space)).join("attachments").join(page).join(attachment).join(version)
    }

    /// Whether that version of an attachment is there.
    pub(super) fn has_file(&self, space: &str, page: &str, attachment: &str, version: &str) -> bool {
        self.file_path(space, page, attachment, version).is_file()
    }

    /// Fills a version of an attachment by `fetch`; whole or not at all. Other versions go.
    pub(super) fn keep_file(&self, place: [&str; 4], fetch: impl FnOnce(&mut File) -> Result<(), HttpError>) -> Result<(), HttpError> {
        let [space, page, attachment, version] = place;
        let path = self.file_path(space, page, attachment, version);
        let folder = path.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder).map_err(|e| refused(folder, e))?;
        let mut file = crate::disk::temporary(&self.root).map_err(|e| refused(&self.root, e))?;
        fetch(file.as_file_mut())?;
        for old in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let _ = std::fs::remove_file(old.path());
        }
        file.persist(&path).map_err(|e| refused(&path, e.error))?;
        Ok(())
    }

    /// Takes away what the wiki no longer has: pages of `space` other than `ids`, spaces other than `spaces`.
    pub(super) fn forget_pages(&self, space: &str, ids: &BTreeSet<String>) {
        let folder = self.root.join(folder(space));
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let page = name.strip_prefix("page-").and_then(|n| n.strip_suffix(".json"));
            let version = || Some(name.strip_prefix("version-")?.strip_suffix(".json")?.rsplit_once('-')?.0);
            if page.or_else(version).is_some_and(|id| !ids.contains(id)) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        for entry in std::fs::read_dir(folder.join("attachments")).into_iter().flatten().flatten() {
            if !ids.contains(&*entry.file_name().to_string_lossy()) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Takes away spaces that are no longer asked for, and files of a run that was killed.
    pub(super) fn forget_spaces(&self, spaces: &[String]) {
        let wanted: BTreeSet<String> = spaces.iter().map(|s| folder(s)).collect();
        for entry in std::fs::read_dir(&self.root).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("space-") && !wanted.contains(&name) {
                let _ = std::fs::remove_dir_all(entry.path());
            } else if name.ends_with(".part") {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

fn refused(path: &Path, source: std::io::Error) -> HttpError {
    HttpError::Write { path: path.display().to_string(), source }
}

fn keep(path: &Path, value: &Value) -> Result<bool, HttpError> {
    crate::disk::replace(path, value.to_string().as_bytes()).map_err(|e| refused(path, e))
}

fn read(path: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn folder(space: &str) -> String {
    format!("space-{space}")
}

/// Whether an id may be part of a path.
pub(super) fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.len() <= 120 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_~".contains(&b))
}
