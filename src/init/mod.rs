//! `init`: what a docs repository needs beside its pages, planned as files and written only where nothing stands.
//!
//! Owns the first files of a repository and the look at what is there. Never prints, never asks, never changes a file that exists.

mod ci;
pub mod detect;
mod files;
pub mod fit;

use std::path::Path;

pub use crate::config::generator::Generator;
pub use detect::{Found, Host};
pub use fit::Fit;

use crate::config::{FILE, Project, Settings};
use crate::text::Source;
use crate::workspace::{Workspace, WorkspaceError};

/// What the team wants; answers of a person or flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wishes {
    /// The site's title.
    pub title: String,
    /// Content folder relative to the root; empty for the root itself.
    pub content: String,
    /// Role id that answers for the first pages.
    pub owner: String,
    /// GitHub or GitLab names (`@acme/docs`) that hold that role and approve changes to blueprints.
    pub approvers: Vec<String>,
    /// Where CI runs.
    pub hosts: Vec<Host>,
    /// Write first pages where there are none.
    pub pages: bool,
}

/// What becomes of a planned file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is written.
    Written,
    /// The same text stands there already.
    Same,
    /// Something else stands there and stays.
    Kept,
}

/// One file of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Path relative to the root.
    pub path: String,
    /// Its text.
    pub text: String,
    /// What it is for, in a few words.
    pub about: &'static str,
    /// What becomes of it.
    pub fate: Fate,
    /// For a file that is kept: what to add to it by hand, or what the file that is there already does.
    pub advice: Option<String>,
}

/// Everything `init` would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What was there.
    pub found: Found,
    /// The files, in the order they are shown.
    pub files: Vec<Planned>,
    /// Settings stood there before.
    pub again: bool,
}

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path}")]
pub struct WriteError {
    /// Path relative to the root.
    pub path: String,
    /// The system's reason.
    #[source]
    pub source: std::io::Error,
}

/// Plans the files for a folder. `settings` are those that hold already, if any.
pub fn plan(root: &Path, found: &Found, settings: Option<&Settings>, wishes: &Wishes) -> Plan {
    let mut wishes = wishes.clone();
    if let Some(settings) = settings {
        wishes.content.clone_from(&settings.content);
        wishes.title.clone_from(&settings.site.title);
    }
    let mut files = files::all(root, found, &wishes);
    for file in &mut files {
        settle(root, file);
    }
    // A page belongs to its blueprint and the other way round: one without the other would be a finding.
    let kept: Vec<String> = files.iter().filter(|f| f.fate == Fate::Kept).filter_map(|f| partner(&f.path)).collect();
    files.retain(|f| !kept.contains(&f.path));
    Plan { found: found.clone(), files, again: settings.is_some() }
}

fn partner(path: &str) -> Option<String> {
    match path.strip_suffix(crate::blueprint::EXTENSION) {
        Some(stem) => Some(format!("{stem}.md")),
        None => path.strip_suffix(".md").map(|stem| format!("{stem}{}", crate::blueprint::EXTENSION)),
    }
}

/// Decides the fate of a file: what exists stays as it is.
fn settle(root: &Path, file: &mut Planned) {
    let elsewhere = files::stands_for(root, &file.path);
    let at = elsewhere.clone().unwrap_or_else(|| file.path.clone());
    let Ok(there) = std::fs::read(root.join(&at)) else {
        file.fate = if root.join(&at).exists() { Fate::Kept } else { Fate::Written };
        return;
    };
    if there == file.text.as_bytes() && elsewhere.is_none() {
        file.fate = Fate::Same;
        return;
    }
    file.fate = Fate::Kept;
    file.advice = files::advice(file, &String::from_utf8_lossy(&there));
    file.path = at;
}

/// Writes what the plan says, each file whole or not at all. Gives the number of files written.
pub fn write(root: &Path, plan: &Plan) -> Result<usize, WriteError> {
    let mut written = 0;
    for file in plan.files.iter().filter(|f| f.fate == Fate::Written) {
        write_new(&root.join(&file.path), &file.text).map_err(|source| WriteError { path: file.path.clone(), source })?;
        written += 1;
    }
    Ok(written)
}

/// Writes a new file whole, never over one somebody made in the meantime.
fn write_new(target: &Path, text: &str) -> std::io::Result<()> {
    crate::disk::create(target, text.as_bytes())?;
    runnable(target)
}

/// Scripts can be run.
#[cfg(unix)]
fn runnable(target: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if target.extension().is_some_and(|e| e == "sh") {
        std::fs::set_permissions(target, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn runnable(_target: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Measures how the pages of a folder fit, under the settings that are planned or there.
pub fn fit(root: &Path, plan: &Plan, settings: Option<&Settings>, now: jiff::civil::Date) -> Result<Option<Fit>, WorkspaceError> {
    let planned = || {
        let file = plan.files.iter().find(|f| f.path == FILE)?;
        crate::config::parse(&Source::new(FILE, file.text.clone()), &[]).ok()
    };
    let Some(settings) = settings.cloned().or_else(planned) else { return Ok(None) };
    if !root.join(&settings.content).is_dir() {
        return Ok(None);
    }
    let workspace = Workspace::load(&Project { root: root.to_path_buf(), settings, source: None }, now)?;
    Ok((!workspace.corpus.pages.is_empty()).then(|| fit::measure(&workspace)))
}
