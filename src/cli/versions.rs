//! Older versions of the docs, as the settings name them: read from git into the cache, never into the working tree.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::term::Term;
use crate::config::{self, Project, Settings};
use crate::disk;
use crate::history::past::Within;
use crate::history::revision::{self, RevisionError};
use crate::lint;
use crate::workspace::{ROLES, Workspace, WorkspaceError};

/// A version and what its site is made from.
pub(super) struct Older {
    pub(super) name: String,
    pub(super) root: PathBuf,
    pub(super) workspace: Workspace,
}

/// Why a version cannot be built.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Revision(#[from] RevisionError),
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    #[error("cannot write below {0}")]
    Disk(PathBuf, #[source] std::io::Error),
}

/// Where versions are kept between builds, one folder per commit.
const CACHE: &str = ".stepwright/cache/versions";

/// Reads every version that the settings name, or says why one cannot be read and gives `None`.
pub(super) fn load(project: &Project, now: Date, term: &Term) -> Option<Vec<Older>> {
    let cache = project.root.join(CACHE);
    let mut out = Vec::new();
    let mut commits = Vec::new();
    for version in &project.settings.site.versions {
        match one(project, &cache, &version.name, &version.revision, now) {
            Ok((commit, older)) => {
                commits.push(commit);
                out.push(older);
            }
            Err(trouble) => {
                let why = std::error::Error::source(&trouble).map_or_else(|| trouble.to_string(), |inner| format!("{trouble}: {inner}"));
                let mut notes = vec![("why", why.as_str())];
                if matches!(trouble, Trouble::Revision(_)) {
                    notes.push(("next", "git fetch --tags --unshallow   brings tags and branches (in GitHub Actions: fetch-depth: 0)"));
                }
                term.error(&format!("cannot build version {} from `{}`", version.name, version.revision), &notes);
                return None;
            }
        }
    }
    tidy(&cache, &commits);
    Some(out)
}

fn one(project: &Project, cache: &Path, name: &str, revision: &str, now: Date) -> Result<(String, Older), Trouble> {
    let commit = revision::commit(&project.root, revision)?;
    let root = cache.join(&commit);
    let put = |path: &str, bytes: &[u8]| disk::replace(&root.join(path), bytes).map(drop).map_err(|e| Trouble::Disk(root.clone(), e));
    let mut settings = settings_at(project, &commit)?;
    let content = format!("{}/", settings.content.trim_end_matches('/'));
    let statics: Vec<String> = settings.layout().statics.iter().map(|folder| format!("{folder}/")).collect();
    let served = |path: &str| statics.iter().any(|folder| path.starts_with(folder.as_str()));
    let inside = |path: &str| {
        settings.content.is_empty() && !path.starts_with(".stepwright/") || path.starts_with(&content) || path == ROLES || served(path)
    };
    let within = Within::new(statics.iter().map(String::as_str).chain([settings.content.as_str(), ROLES]));
    // Files are written whole, and the list of them last: a build that was killed begins again.
    let done = cache.join(format!("{commit}.done"));
    if !done.exists() {
        let mut failed = None;
        revision::each_file(&project.root, &commit, &within, &inside, &mut |path, bytes| {
            if failed.is_none() {
                failed = put(&path, &bytes).err();
            }
        })?;
        if let Some(trouble) = failed {
            return Err(trouble);
        }
        disk::replace(&done, b"").map_err(|e| Trouble::Disk(done.clone(), e))?;
    }
    // How the site looks is decided today; what its pages are was decided then.
    settings.site = project.settings.site.clone();
    let then = Project { root: root.clone(), settings, source: None };
    let fetch = |path: &str| {
        let read = revision::file_at(&project.root, &commit, path);
        read.is_ok_and(|found| found.is_some_and(|bytes| put(path, &bytes).is_ok()))
    };
    let workspace = Workspace::load_version(&then, &project.root, &commit, &fetch, now)?;
    Ok((commit, Older { name: name.to_owned(), root: project.root.clone(), workspace }))
}

/// The settings a commit had; today's where it had none, or none that can be read today.
fn settings_at(project: &Project, commit: &str) -> Result<Settings, Trouble> {
    let name = project.source.as_ref().map_or(config::FILE, |s| s.path());
    let text = revision::file_at(&project.root, commit, name)?.and_then(|bytes| String::from_utf8(bytes).ok());
    let read = text.and_then(|text| config::parse(&crate::text::Source::new(name, text), &lint::rules::names()).ok());
    Ok(read.unwrap_or_else(|| project.settings.clone()))
}

/// Removes versions that are not built any more.
fn tidy(cache: &Path, commits: &[String]) {
    let Ok(entries) = std::fs::read_dir(cache) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !commits.iter().any(|c| name.starts_with(c.as_str())) {
            // What cannot be removed now is removed next time.
            let _ = if entry.path().is_dir() { std::fs::remove_dir_all(entry.path()) } else { std::fs::remove_file(entry.path()) };
        }
    }
}
