//! Page versions of the wiki as git commits, so that freshness is right from day one.
//!
//! Objects are written directly, one tree update per version; nothing is checked out. Only for repositories without commits: history cannot be put
//! under what is already there.

use std::path::Path;

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, IndexAddOption, Oid, Repository, Signature, Time};
use jiff::civil::DateTime;

use super::convert::convert_version;
use super::{Prepared, Request};
use crate::import::document::UserRef;
use crate::import::links::Links;
use crate::import::package::ImportPage;
use crate::import::resolve::Resolver;

/// What was replayed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Commits made, the last one (everything else of the import) included.
    pub commits: usize,
    /// Day of the first version, `YYYY-MM-DD`.
    pub first: String,
    /// Day of the last version.
    pub last: String,
    /// Earlier versions left out: they could not be converted, or looked as if they held secrets.
    pub left_out: usize,
}

/// History cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There are commits already.
    #[error("{path} has commits already; history can only be replayed into a repository without any")]
    HasCommits {
        /// The repository.
        path: String,
    },
    /// Git refuses.
    #[error("git: {0}")]
    Git(#[from] git2::Error),
    /// A file of the import cannot be read back.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: String,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
}

/// One version of one page, ready to be committed.
struct Version {
    when: DateTime,
    at: usize,
    number: u64,
    author: Option<UserRef>,
    message: String,
    text: String,
}

/// Commits every version of every imported page in the order they were saved, then what else the import wrote.
pub(super) fn replay(request: &Request<'_>, prepared: &Prepared) -> Result<Replayed, ReplayError> {
    let repo = open(&request.into)?;
    let mut out = Replayed::default();
    let links = Links::new(&prepared.package, &prepared.layout);
    let mut versions = Vec::new();
    for at in (0..prepared.package.pages.len()).filter(|at| prepared.take[*at]) {
        collect(request, prepared, &links, at, &mut versions, &mut out)?;
    }
    versions.sort_by_key(|v| (v.when, v.at, v.number));
    let mut head: Option<Oid> = None;
    for version in &versions {
        let path = request.in_content(&prepared.layout.pages[version.at]);
        let name = version.author.as_ref().and_then(|user| links.of(version.at).user_name(user));
        if let Some(commit) = commit_version(&repo, head, &path, version, name.as_deref())? {
            head = Some(commit);
            out.commits += 1;
        }
    }
    if let (Some(first), Some(last)) = (versions.first(), versions.last()) {
        out.first = first.when.date().to_string();
        out.last = last.when.date().to_string();
    }
    if let Some(rest) = commit_rest(&repo, head, request)? {
        head = Some(rest);
        out.commits += 1;
    }
    // The branch appears whole, at the very end: a replay that was killed before leaves a repository without commits, and runs again.
    if let (Some(head), Ok(unborn)) = (head, repo.find_reference("HEAD")) {
        let branch = unborn.symbolic_target()?.unwrap_or("refs/heads/main").to_owned();
        repo.reference(&branch, head, false, "import with history")?;
    }
    Ok(out)
}

/// Whether history can be replayed there at all: asked before anything is written.
pub(super) fn possible(root: &Path) -> Result<(), ReplayError> {
    match Repository::open(root).and_then(|repo| repo.head().map(|_| ())) {
        Ok(()) => Err(ReplayError::HasCommits { path: root.display().to_string() }),
        Err(_) => Ok(()),
    }
}

fn open(root: &Path) -> Result<Repository, ReplayError> {
    let repo = match Repository::open(root) {
        Ok(repo) => repo,
        Err(_) => {
            let mut options = git2::RepositoryInitOptions::new();
            options.initial_head("main").external_template(false);
            Repository::init_opts(root, &options)?
        }
    };
    match repo.head() {
        Err(error) if error.code() == git2::ErrorCode::UnbornBranch => {}
        Err(error) => return Err(error.into()),
        Ok(_) => return Err(ReplayError::HasCommits { path: root.display().to_string() }),
    }
    Ok(repo)
}

/// The versions of page `at`: its earlier ones, and the file as the import wrote it.
fn collect(
    request: &Request<'_>,
    prepared: &Prepared,
    links: &Links<'_>,
    at: usize,
    versions: &mut Vec<Version>,
    out: &mut Replayed,
) -> Result<(), ReplayError> {
    let page = &prepared.package.pages[at];
    let file = request.into.join(request.in_content(&prepared.layout.pages[at]));
    if !file.is_file() {
        return Ok(());
    }
    for earlier in &page.history {
        match (when(earlier), convert_version(request, prepared, links, at, earlier)) {
            (Some(when), Some(text)) => versions.push(version(when, at, earlier, &page.title, text)),
            _ => out.left_out += 1,
        }
    }
    let text = std::fs::read_to_string(&file).map_err(|source| ReplayError::Read { path: file.display().to_string(), source })?;
    if let Some(when) = when(page) {
        versions.push(version(when, at, page, &page.title, text));
    }
    Ok(())
}

fn version(when: DateTime, at: usize, page: &ImportPage, title: &str, text: String) -> Version {
    let comment = page.comment.as_deref().map(str::trim).filter(|c| !c.is_empty());
    let message = comment.map_or_else(|| format!("Edit {title}"), |c| format!("{title}: {c}"));
    Version { when, at, number: page.version.unwrap_or(0), author: page.editor.clone().or_else(|| page.creator.clone()), message, text }
}

/// When a version was saved, to the second where the export says so; noon otherwise.
fn when(page: &ImportPage) -> Option<DateTime> {
    let text = page.updated.as_deref().or(page.created.as_deref())?;
    let date = crate::text::date::parse(text.get(..10)?)?;
    let time = text.get(11..19).and_then(|t| t.parse().ok()).unwrap_or_else(|| jiff::civil::time(12, 0, 0, 0));
    Some(date.to_datetime(time))
}

fn commit_version(
    repo: &Repository,
    head: Option<Oid>,
    path: &str,
    version: &Version,
    name: Option<&str>,
) -> Result<Option<Oid>, git2::Error> {
    let blob = repo.blob(version.text.as_bytes())?;
    let parent = head.map(|id| repo.find_commit(id)).transpose()?;
    let base = match &parent {
        Some(commit) => commit.tree()?,
        None => repo.find_tree(repo.treebuilder(None)?.write()?)?,
    };
    let tree = TreeUpdateBuilder::new().upsert(path, blob, FileMode::Blob).create_updated(repo, &base)?;
    if tree == base.id() {
        return Ok(None);
    }
    let name = name.unwrap_or("Former user");
    let seconds = jiff::tz::Offset::UTC.to_timestamp(version.when).map_or(0, jiff::Timestamp::as_second);
    // Addresses stay out of git: one that cannot exist stands for each person.
    let mail = format!("{}@wiki.invalid", crate::page::slug::ascii(name));
    let author = Signature::new(name, &mail, &Time::new(seconds, 0))?;
    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
    let id = repo.commit(None, &author, &author, &version.message, &repo.find_tree(tree)?, &parents)?;
    Ok(Some(id))
}

/// Attachments, ledger and reports in one commit that freshness never counts.
fn commit_rest(repo: &Repository, head: Option<Oid>, request: &Request<'_>) -> Result<Option<Oid>, git2::Error> {
    let mut index = repo.index()?;
    let parent = head.map(|id| repo.find_commit(id)).transpose()?;
    if let Some(commit) = &parent {
        index.read_tree(&commit.tree()?)?;
    }
    index.add_all([request.content.as_str(), ".stepwright"], IndexAddOption::DEFAULT, None)?;
    index.write()?;
    let tree = index.write_tree()?;
    if parent.as_ref().is_some_and(|p| p.tree_id() == tree) {
        return Ok(None);
    }
    let seconds = crate::text::date::parse(&request.day)
        .and_then(|day| jiff::tz::Offset::UTC.to_timestamp(day.at(12, 0, 0, 0)).ok())
        .map_or(0, jiff::Timestamp::as_second);
    let us = Signature::new("stepwright", "import@stepwright.invalid", &Time::new(seconds, 0))?;
    let message = format!("Import {}\n\nAttachments, ledger and loss report.\n\nStepwright-Import: {}\n", request.name(), request.name());
    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
    Ok(Some(repo.commit(None, &us, &us, &message, &repo.find_tree(tree)?, &parents)?))
}
