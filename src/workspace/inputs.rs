//! What a run depends on, brought down to one digest: the files it reads, what git knows, the settings, the day, the program itself.
//!
//! Two runs with the same digest come to the same result. A file counts as unchanged while its size, its times and its inode are: the time of the
//! last change (`ctime`) cannot be set back, so nothing is read again to be sure. Whoever reads a further file names it here, or tells
//! [`crate::page::Corpus::note`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::civil::Date;

use super::{ROLES, Workspace};
use crate::config::{Project, codeowners};
use crate::disk::{self, Stamp};
use crate::history::{Edited, Unknown, revision, trace};
use crate::lint::baseline;
use crate::page::corpus;

/// The state of files and of other facts, one after the other.
#[derive(Debug, Default)]
pub struct Stamps {
    hasher: blake3::Hasher,
    newest: Option<SystemTime>,
}

impl Stamps {
    /// Adds a fact.
    pub fn fact(&mut self, name: &str, value: &str) {
        for text in [name, value] {
            self.hasher.update(&text.len().to_le_bytes());
            self.hasher.update(text.as_bytes());
        }
    }

    /// Adds the state of a file.
    pub fn file(&mut self, path: &Path) {
        let stamp = Stamp::of(path);
        self.newest = self.newest.max(stamp.changed);
        self.hasher.update(path.as_os_str().as_encoded_bytes());
        self.fact("", &stamp.text);
    }

    /// The digest.
    pub fn digest(&self) -> String {
        self.hasher.finalize().to_hex().to_string()
    }

    /// The digest of files that were just written. Waits until whatever changes them after this call gets another time than they have.
    pub fn written(&self) -> Option<String> {
        let missing = disk::unsettled(self.newest, SystemTime::now());
        if missing <= disk::TICK {
            std::thread::sleep(missing);
        }
        (missing <= disk::TICK).then(|| self.digest())
    }
}

/// The digest of everything that a run of `command` on this project reads; taken before anything is read. `further` are files that the command
/// line names. `None` where something could change without a trace (a partial clone, a repository that git refuses, a file being written).
pub fn of(project: &Project, now: Date, command: &str, further: &[PathBuf]) -> Option<String> {
    for _ in 0..3 {
        let began = SystemTime::now();
        let stamps = take(project, now, command, further)?;
        // A file changed just before may have changed once more since then, and show it not.
        let missing = disk::unsettled(stamps.newest, began);
        if missing.is_zero() {
            return Some(stamps.digest());
        }
        std::thread::sleep(missing.min(disk::TICK));
    }
    None
}

fn take(project: &Project, now: Date, command: &str, further: &[PathBuf]) -> Option<Stamps> {
    let root = &project.root;
    let mut stamps = Stamps::default();
    stamps.fact("program", env!("CARGO_PKG_VERSION"));
    stamps.file(&std::env::current_exe().ok()?);
    stamps.fact("command", command);
    stamps.fact("root", &root.to_string_lossy());
    stamps.fact("settings", &serde_json::to_string(&project.settings).ok()?);
    stamps.fact("day", &now.to_string());
    let layout = project.settings.layout();
    let files = corpus::list(root, &layout).ok()?;
    for path in corpus::list_statics(root, &layout) {
        stamps.file(&path);
    }
    for path in &files {
        stamps.file(path);
    }
    let named = [ROLES, baseline::FILE].into_iter().chain(codeowners::PLACES).map(|name| root.join(name));
    for path in named.chain(further.iter().cloned()) {
        stamps.file(&path);
    }
    let theme = walkdir::WalkDir::new(root.join("themes").join(&project.settings.site.theme)).sort_by_file_name();
    for entry in theme.into_iter().flatten() {
        stamps.file(entry.path());
    }
    let mut folders: Vec<&Path> = files.iter().filter_map(|path| path.parent()).collect();
    folders.dedup();
    stamps.fact("git", &trace(root, &folders)?);
    for version in &project.settings.site.versions {
        stamps.fact("version", &revision::commit(root, &version.revision).ok()?);
    }
    Some(stamps)
}

/// Files outside the content that the run asked for, with their states then; `None` if the run itself could not learn all it wanted to know.
pub fn asked(workspace: &Workspace) -> Option<BTreeMap<String, String>> {
    let gap = |edited: &Edited| matches!(edited, Edited::Unknown(Unknown::MissingObjects | Unknown::Unreadable(_)));
    let whole = workspace.corpus.unreadable.is_empty() && !workspace.corpus.iter().any(|(id, _)| gap(&workspace.page_history(id).edited));
    whole.then(|| workspace.corpus.asked())
}

/// True if these files are as they were.
pub fn same_answers(root: &Path, asked: &BTreeMap<String, String>) -> bool {
    asked.iter().all(|(path, state)| Stamp::of(&root.join(path)).text == *state)
}
