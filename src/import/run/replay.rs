//! Page versions of the wiki as git commits, so that freshness is right from day one.
//!
//! Objects are written directly, into packs, and nothing is checked out. Only for repositories without commits: history cannot be put under what is
//! already there. Memory does not grow with the number of versions but for one small entry each.

use std::path::Path;

use git2::{IndexAddOption, Oid, Repository, Signature, Time};
use jiff::civil::DateTime;
use rayon::prelude::*;

use super::convert::convert_version;
use super::packs::{Packs, Person, Tree};
use super::pages::pool;
use super::{Listener, Prepared, Request};
use crate::import::ledger::LedgerError;
use crate::import::links::Links;
use crate::import::package::Details;
use crate::import::resolve::Resolver;

/// Versions converted before any of them is committed.
const BATCH: usize = 512;

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
    /// The disk refuses.
    #[error("a pack of objects cannot be written")]
    Pack(#[from] std::io::Error),
    /// Stopped by a person. Nothing is lost: the same command replays it from its beginning.
    #[error("stopped while the history was committed; the pages are there")]
    Stopped,
    /// The ledger is damaged.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
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

/// One version of one page: when it was saved, and where to find it.
struct Version {
    when: DateTime,
    at: u32,
    number: u64,
    /// Place among the page's earlier versions; `None` for the page as it is now.
    earlier: Option<u32>,
}

/// A version ready to be committed.
struct Ready {
    path: String,
    person: Person,
    message: String,
    text: String,
}

/// Commits every version of every imported page in the order they were saved, then what else the import wrote.
pub(super) fn replay(
    request: &Request<'_>,
    prepared: &Prepared,
    links: &Links<'_>,
    listener: &dyn Listener,
) -> Result<Replayed, ReplayError> {
    let repo = open(&request.into)?;
    let mut out = Replayed::default();
    let versions = versions(request, prepared, &mut out);
    if let (Some(first), Some(last)) = (versions.first(), versions.last()) {
        out.first = first.when.date().to_string();
        out.last = last.when.date().to_string();
    }
    let pool = pool();
    // A handle of its own: what is written through it waits until a pack is full.
    let writing = Repository::open(&request.into)?;
    let odb = writing.odb()?;
    let mut packs = Packs::new(&writing, &odb)?;
    let mut tree = Tree::default();
    let mut head: Option<Oid> = None;
    for (n, batch) in versions.chunks(BATCH).enumerate() {
        if request.stop.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(ReplayError::Stopped);
        }
        listener.progress("history", (n * BATCH) as u64, versions.len() as u64, "");
        let work = || batch.par_iter().map(|version| ready(request, prepared, links, version)).collect::<Vec<_>>();
        let converted = match &pool {
            Some(pool) => pool.install(work),
            None => work(),
        };
        for (version, ready) in batch.iter().zip(converted) {
            let Some(ready) = ready? else {
                out.left_out += 1;
                continue;
            };
            let blob = packs.blob(ready.text.as_bytes(), &ready.path)?;
            if !tree.set(&ready.path, blob) {
                continue;
            }
            let root = tree.write(&mut packs)?;
            let seconds = jiff::tz::Offset::UTC.to_timestamp(version.when).map_or(0, jiff::Timestamp::as_second);
            head = Some(packs.commit(root, head, &ready.person, seconds, &ready.message)?);
            out.commits += 1;
        }
    }
    packs.finish()?;
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

/// Every version of every page that was written, in the order they were saved.
fn versions(request: &Request<'_>, prepared: &Prepared, out: &mut Replayed) -> Vec<Version> {
    let mut versions = Vec::new();
    for at in (0..prepared.package.pages.len()).filter(|at| prepared.take[*at]) {
        let page = &prepared.package.pages[at];
        if !request.into.join(request.in_content(&prepared.layout.pages[at])).is_file() {
            continue;
        }
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut add = |details: &Details, earlier: Option<usize>| match when(details) {
            Some(when) => versions.push(Version { when, at: small(at), number: details.version.unwrap_or(0), earlier: earlier.map(small) }),
            None => out.left_out += usize::from(earlier.is_some()),
        };
        let package = &prepared.package;
        page.history.iter().enumerate().for_each(|(n, version)| add(&package.details_of(version).unwrap_or_default(), Some(n)));
        add(&package.details(page).unwrap_or_default(), None);
    }
    versions.sort_by_key(|v| (v.when, v.at, v.number, v.earlier.is_none(), v.earlier));
    versions
}

/// What a version is committed as; `None` when it cannot be converted or looks as if it held secrets.
fn ready(request: &Request<'_>, prepared: &Prepared, links: &Links<'_>, version: &Version) -> Result<Option<Ready>, ReplayError> {
    let at = version.at as usize;
    let now = &prepared.package.pages[at];
    let path = request.in_content(&prepared.layout.pages[at]);
    let package = &prepared.package;
    let (details, text) = match version.earlier {
        Some(n) => {
            let page = &now.history[n as usize];
            let Some(text) = convert_version(request, prepared, links, at, page)? else { return Ok(None) };
            (package.details_of(page), text)
        }
        None => {
            let file = request.into.join(&path);
            let text = std::fs::read_to_string(&file).map_err(|source| ReplayError::Read { path: file.display().to_string(), source })?;
            (package.details(now), text)
        }
    };
    let details = details.unwrap_or_default();
    let tells = |c: &&str| !c.is_empty() && (request.allow_secrets || crate::text::secrets::find(c).is_empty());
    let comment = details.comment.as_deref().map(str::trim).filter(tells);
    let message = comment.map_or_else(|| format!("Edit {}", now.title), |c| format!("{}: {c}", now.title));
    let author = details.editor.as_ref().or(details.creator.as_ref());
    let person = Person::new(author.and_then(|user| links.of(at).user_name(user)).as_deref());
    Ok(Some(Ready { path, person, message: crate::text::secrets::without_mail(&message), text }))
}

/// When a version was saved, to the second where the export says so; noon otherwise.
fn when(page: &Details) -> Option<DateTime> {
    let text = page.updated.as_deref().or(page.created.as_deref())?;
    let date = crate::text::date::parse(text.get(..10)?)?;
    let time = text.get(11..19).and_then(|t| t.parse().ok()).unwrap_or_else(|| jiff::civil::time(12, 0, 0, 0));
    Some(date.to_datetime(time))
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
