//! `stepwright propose`: drafted or re-synced blueprints as a branch with a pull-request text, pushed with the user's own git.
//!
//! Owns what is proposed and what stands in the way. How git and the host are spoken to is in `git` and `host`, the words are in `text`.

mod git;
mod host;
mod text;

use std::path::PathBuf;

use clap::Args;

use self::git::{Blobs, Git, GitError};
use self::host::{Opened, Place, Wanted};
use self::text::{Proposal, Proposed};
use super::args::Global;
use super::blueprint::diff::{Files, compare, sources};
use super::term::Term;
use super::{Outcome, workspace};
use crate::blueprint::EXTENSION;
use crate::blueprint::check::Level;
use crate::history::revision::files_at;
use crate::text::count;
use crate::workspace::{ROLES, Selection, Workspace};

/// Where the text is kept, for whoever pastes it.
const TEXT: &str = ".stepwright/cache/pull-request.md";

/// Arguments of `propose`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright propose\n  stepwright propose content/ops --yes\n  stepwright propose --dry-run\n  stepwright propose --no-push --branch stepwright/finance"
)]
pub struct ProposeArgs {
    /// Blueprints or folders (default: every blueprint that differs from the base)
    pub paths: Vec<PathBuf>,
    /// Branch to make or go on with (default: stepwright/ID, or stepwright/blueprints for several)
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Branch it is proposed for (default: the main branch of the remote)
    #[arg(long, value_name = "NAME")]
    pub base: Option<String>,
    /// Where to push (default: origin, or the only one)
    #[arg(long, value_name = "NAME")]
    pub remote: Option<String>,
    /// Push without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Make the branch here, push nothing
    #[arg(long, conflicts_with = "yes")]
    pub no_push: bool,
    /// Push, but let people open the pull request
    #[arg(long)]
    pub no_open: bool,
    /// Show the text, change nothing
    #[arg(long)]
    pub dry_run: bool,
}

pub(super) fn run(args: &ProposeArgs, global: &Global, term: &Term) -> Outcome {
    let Some((_, workspace)) = workspace("propose", global, term) else { return Outcome::Failed };
    match propose(args, global, &workspace, term) {
        Ok(outcome) => outcome,
        Err(GitError { what, why, next }) => {
            let notes = [("why", why.as_str()), ("next", next.as_str())];
            term.error(&what, &notes.into_iter().filter(|(_, n)| !n.is_empty()).collect::<Vec<_>>());
            term.say("propose: not done, nothing was pushed");
            Outcome::Failed
        }
    }
}

fn propose(args: &ProposeArgs, global: &Global, workspace: &Workspace, term: &Term) -> Result<Outcome, GitError> {
    let git = Git::open(&workspace.corpus.root)?;
    if let Some(problem) = workspace.roles.as_ref().and_then(|r| r.problems.first()) {
        term.warning(&format!("{ROLES} is not valid, so accounts may be missing: {}", problem.message), &[("next", "stepwright lint")]);
    }
    let remote = remote(args, &git)?;
    let online = remote.as_deref().filter(|_| !args.no_push && !args.dry_run);
    if online.is_some() && !args.yes && !term.can_ask() {
        return Err(GitError::new("cannot ask before pushing", "this is no terminal", "--yes pushes, --no-push makes the branch only"));
    }
    let base = Base::find(args, &git, remote.as_deref(), online)?;
    let changed = Changed::find(args, global, workspace, &git, &base)?;
    if changed.files.is_empty() {
        term.last(&format!("propose: nothing to propose, every blueprint is as on {}", base.shown));
        return Ok(Outcome::Fine);
    }
    let (old, new) = texts(workspace, &base.commit, &changed)?;
    let (diffs, _) = compare(&old, &new);
    let diffs: Vec<_> = diffs.into_iter().filter(|d| changed.files.iter().any(|f| f.path == d.path)).collect();
    let proposal = Proposal { workspace, files: changed.files, diffs: &diffs, base: &base.name };
    let body = proposal.body();
    if args.dry_run {
        term.answer(&format!("# {}\n\n{body}", proposal.title()));
        term.last(&format!("propose: {} would be proposed, nothing changed", count(proposal.files.len(), "blueprint")));
        return Ok(Outcome::Fine);
    }
    let branch = branch_name(args, &git, &proposal)?;
    let tip = Tip::find(&git, &branch, remote.as_deref(), online, &base)?;
    not_over_people(&git, &branch, &tip, &base, &changed.blobs)?;
    let message = format!("{}\n\n{}", proposal.title(), proposal.message());
    let made = git.commit_with(&tip.parent, &changed.blobs, &message)?;
    let commit = made.clone().unwrap_or_else(|| tip.parent.clone());
    if tip.local.as_deref() != Some(commit.as_str()) {
        git.set_branch(&branch, &commit, tip.local.as_deref())?;
    }
    let file = workspace.corpus.root.join(TEXT);
    crate::disk::replace(&file, format!("# {}\n\n{body}", proposal.title()).as_bytes())
        .map_err(|e| GitError::new(format!("cannot write {TEXT}"), e.to_string(), "check that the folder can be written"))?;
    let reviewers = proposal.reviewers();
    let whom = if reviewers.is_empty() { String::new() } else { format!("; reviewers {}", reviewers.join(" ")) };
    let commits = if made.is_some() { "1 commit" } else { "no new commit" };
    term.say(&format!("branch {branch}, {commits}, {}{whom}", count(proposal.files.len(), "file")));
    let done =
        Done { args, git: &git, branch: &branch, base: &base, commit: &commit, proposal: &proposal, body: &body, reviewers: &reviewers };
    done.hand_over(online, tip.remote.as_deref(), workspace, term)
}

/// The remote to push to; `None` where there is none.
fn remote(args: &ProposeArgs, git: &Git) -> Result<Option<String>, GitError> {
    let listed = git.run(&["remote"])?;
    let known: Vec<&str> = listed.lines().collect();
    match &args.remote {
        Some(name) if known.contains(&name.as_str()) => Ok(Some(name.clone())),
        Some(name) => {
            Err(GitError::new(format!("there is no remote {name}"), format!("there are: {}", known.join(", ")), "git remote add"))
        }
        None if known.contains(&"origin") => Ok(Some("origin".to_owned())),
        None => match known[..] {
            [] => Ok(None),
            [only] => Ok(Some(only.to_owned())),
            _ => Err(GitError::new("several remotes, none is called origin", known.join(", "), "name one with --remote")),
        },
    }
}

/// What the proposal is made for.
struct Base {
    /// The branch.
    name: String,
    /// The name git knows it by here.
    shown: String,
    commit: String,
    /// Where the work here left it.
    fork: String,
}

impl Base {
    fn find(args: &ProposeArgs, git: &Git, remote: Option<&str>, online: Option<&str>) -> Result<Self, GitError> {
        let head = git
            .commit("HEAD")
            .ok_or_else(|| GitError::new("nothing is committed here yet", "", "git add and git commit the pages first"))?;
        let told = match (online, &args.base) {
            (Some(remote), None) => git.ask(remote, "-")?.1,
            _ => None,
        };
        let known = |r: &str| {
            let name = git.run(&["symbolic-ref", "--quiet", "--short", &format!("refs/remotes/{r}/HEAD")]).ok()?;
            name.strip_prefix(&format!("{r}/")).map(str::to_owned)
        };
        let current = || git.run(&["symbolic-ref", "--quiet", "--short", "HEAD"]).ok();
        let name = args.base.clone().or(told).or_else(|| remote.and_then(known)).or_else(current).ok_or_else(|| {
            GitError::new("no branch to propose for", "the remote names none, and HEAD is on none", "name it with --base")
        })?;
        if let Some(remote) = online {
            git.fetch(remote, &[&name])?;
        }
        let tracking = remote.map(|r| format!("{r}/{name}"));
        let here = |shown: String, full: String| git.commit(&full).map(|commit| (shown, commit));
        let found = tracking
            .and_then(|t| here(t.clone(), format!("refs/remotes/{t}")))
            .or_else(|| here(name.clone(), format!("refs/heads/{name}")));
        let (shown, commit) =
            found.ok_or_else(|| GitError::new(format!("there is no branch {name}"), "", "name one that exists with --base"))?;
        let fork = git.run(&["merge-base", &head, &commit]).map_err(|_| {
            GitError::new(
                format!("HEAD and {shown} share no commit here"),
                "the clone may be shallow",
                "git fetch --unshallow, or another --base",
            )
        })?;
        Ok(Self { name, shown, commit, fork })
    }
}

/// The blueprints that people or the tool changed since the base.
struct Changed<'a> {
    files: Vec<Proposed<'a>>,
    blobs: Blobs,
}

impl<'a> Changed<'a> {
    fn find(args: &ProposeArgs, global: &Global, workspace: &'a Workspace, git: &Git, base: &Base) -> Result<Self, GitError> {
        let paths: Vec<PathBuf> = args.paths.iter().map(|p| global.dir.join(p)).collect();
        let selection = Selection::new(&workspace.corpus.root, &paths).map_err(|path| {
            GitError::new(
                format!("there is no {path} in {}", workspace.corpus.root.display()),
                "",
                "name a blueprint or folder inside the repository",
            )
        })?;
        let (fork, tip) = (git.blobs(&base.fork)?, git.blobs(&base.commit)?);
        let all: Vec<usize> = (0..workspace.blueprints.len()).filter(|i| selection.has(workspace.blueprints[*i].source().path())).collect();
        let names: Vec<&str> = all.iter().map(|i| workspace.blueprints[*i].source().path()).collect();
        let blobs = git.store(&names)?;
        let mut out = Self { files: Vec::new(), blobs: Blobs::new() };
        for (index, path) in all.into_iter().zip(names) {
            let now = blobs.get(path);
            if now == fork.get(path) || now == tip.get(path) {
                continue;
            }
            if tip.get(path) != fork.get(path) {
                return Err(GitError::new(
                    format!("{path} was changed on {} too", base.shown),
                    "",
                    format!("bring {} in here first (git merge, git rebase)", base.shown),
                ));
            }
            let next = format!("stepwright blueprint check {path}");
            let bad = crate::lint::rules::blueprint_problems(workspace, index, false).into_iter().any(|p| p.level == Level::Error);
            let Some(blueprint) = workspace.blueprints[index].blueprint.as_ref().filter(|_| !bad) else {
                return Err(GitError::new(format!("{path} is not proposed, it has errors"), "", next));
            };
            let page = workspace.page_of(index).map(|id| workspace.corpus.page(id).path());
            let page_blob = page.map(|p| git.store(&[p])).transpose()?.and_then(|b| b.into_values().next());
            let page_moved = page_blob.is_some() && page_blob.as_ref() != page.and_then(|p| tip.get(p));
            out.files.push(Proposed { path: path.to_owned(), index, blueprint, new: !tip.contains_key(path), page_moved });
            out.blobs.extend(now.map(|b| (path.to_owned(), b.clone())));
        }
        Ok(out)
    }
}

/// Texts before and after: the base, and the base with what is proposed.
fn texts(workspace: &Workspace, base: &str, changed: &Changed<'_>) -> Result<(Files, Files), GitError> {
    let wanted = |path: &str| path == ROLES || crate::page::is_page(path) || path.ends_with(EXTENSION);
    let within = sources(&workspace.settings);
    let old = files_at(&workspace.corpus.root, base, &within, &wanted).map_err(|e| GitError::new(e.to_string(), "", "git fsck"))?;
    let mut new = old.clone();
    for file in &changed.files {
        new.insert(file.path.clone(), workspace.blueprints[file.index].source().text().to_owned());
    }
    Ok((old, new))
}

fn branch_name(args: &ProposeArgs, git: &Git, proposal: &Proposal<'_>) -> Result<String, GitError> {
    let name = args.branch.clone().unwrap_or_else(|| match &proposal.files[..] {
        [one] => format!("stepwright/{}", one.blueprint.id),
        _ => "stepwright/blueprints".to_owned(),
    });
    git.run(&["check-ref-format", "--branch", &name])
        .map_err(|e| GitError::new(format!("`{name}` cannot be a branch"), e.why, "another name with --branch"))?;
    if name == proposal.base {
        return Err(GitError::new(format!("{name} is the branch that is proposed for"), "", "another name with --branch"));
    }
    Ok(name)
}

/// Where the branch is, here and there, and what the commit goes on top of.
struct Tip {
    local: Option<String>,
    remote: Option<String>,
    parent: String,
}

impl Tip {
    fn find(git: &Git, branch: &str, remote: Option<&str>, online: Option<&str>, base: &Base) -> Result<Self, GitError> {
        if git.checked_out(branch) {
            return Err(GitError::new(
                format!("{branch} is checked out"),
                "it is not moved under the person who works on it",
                "commit there, or another name with --branch",
            ));
        }
        if let Some(name) = online
            && git.ask(name, branch)?.0.is_some()
        {
            git.fetch(name, &[branch])?;
        } else if let Some(name) = online {
            // Deleted there since: the tracking branch here says nothing any more.
            let _ = git.run(&["update-ref", "-d", &format!("refs/remotes/{name}/{branch}")]);
        }
        let local = git.commit(&format!("refs/heads/{branch}"));
        let there = remote.and_then(|r| git.commit(&format!("refs/remotes/{r}/{branch}")));
        let parent = match (&local, &there) {
            (None, None) => base.commit.clone(),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (Some(l), Some(r)) if git.is_ancestor(r, l) => l.clone(),
            (Some(l), Some(r)) if git.is_ancestor(l, r) => r.clone(),
            _ => {
                return Err(GitError::new(
                    format!("{branch} went different ways here and on {}", remote.unwrap_or("the remote")),
                    "neither is overwritten",
                    "merge the two, or another name with --branch",
                ));
            }
        };
        // Merged already: begin again from the base.
        let parent = if git.is_ancestor(&parent, &base.commit) { base.commit.clone() } else { parent };
        Ok(Self { local, remote: there, parent })
    }
}

/// Refuses where somebody else's work would be overwritten, or pushed without being asked for.
fn not_over_people(git: &Git, branch: &str, tip: &Tip, base: &Base, blobs: &Blobs) -> Result<(), GitError> {
    let range = format!("{}..{}", base.commit, tip.parent);
    if let (Some(local), from) = (&tip.local, tip.remote.as_deref().unwrap_or(&base.commit)) {
        let unpushed = git.run(&["rev-list", &format!("{from}..{local}"), "--not", &base.commit])?;
        if let Some(commit) = unpushed.lines().find(|c| !git.ours(c)) {
            return Err(GitError::new(
                format!("{branch} holds a commit of yours that is not pushed: {}", &commit[..10.min(commit.len())]),
                "pushing it is for you to decide",
                format!("git push REMOTE {branch}, or another name with --branch"),
            ));
        }
    }
    let there = git.blobs(&tip.parent)?;
    for (path, blob) in blobs {
        if there.get(path) == Some(blob) {
            continue;
        }
        let full = format!(":(top){}{path}", git.prefix);
        let touched = git.run(&["rev-list", "--first-parent", &range, "--", &full])?;
        if let Some(commit) = touched.lines().find(|c| !git.ours(c)) {
            return Err(GitError::new(
                format!("{path} was changed on {branch} by somebody: {}", &commit[..10.min(commit.len())]),
                "their change is not overwritten",
                format!("take it over (git checkout {} -- {path}), or another name with --branch", &commit[..10.min(commit.len())]),
            ));
        }
    }
    Ok(())
}

/// A branch that stands here, on its way out.
struct Done<'a> {
    args: &'a ProposeArgs,
    git: &'a Git,
    branch: &'a str,
    base: &'a Base,
    commit: &'a str,
    proposal: &'a Proposal<'a>,
    body: &'a str,
    reviewers: &'a [String],
}

impl Done<'_> {
    fn hand_over(&self, online: Option<&str>, there: Option<&str>, workspace: &Workspace, term: &Term) -> Result<Outcome, GitError> {
        let Some(remote) = online else {
            self.print(term);
            term.last(&format!("propose: branch {} stands here, not pushed; text in {TEXT}", self.branch));
            return Ok(Outcome::Fine);
        };
        let place = self.git.run(&["remote", "get-url", "--push", remote]).ok().and_then(|url| Place::parse(&url));
        if there != Some(self.commit) {
            let shown = place.as_ref().map_or_else(|| remote.to_owned(), |p| format!("{remote} ({}/{})", p.host, p.path));
            if !self.args.yes && !term.confirm(&format!("Push to {shown}")) {
                self.print(term);
                term.last(&format!("propose: branch {} stands here, not pushed; text in {TEXT}", self.branch));
                return Ok(Outcome::Stopped);
            }
            self.git.push(remote, self.commit, self.branch)?;
        }
        let title = self.proposal.title();
        let file = tempfile::NamedTempFile::new().and_then(|f| std::fs::write(f.path(), self.body).map(|()| f));
        let opened = match (&place, &file) {
            (Some(place), Ok(file)) if !self.args.no_open => {
                let wanted = Wanted {
                    branch: self.branch,
                    base: &self.base.name,
                    title: &title,
                    text: self.body,
                    file: file.path(),
                    reviewers: self.reviewers,
                };
                host::open(&workspace.corpus.root, place, &wanted)
            }
            _ => Opened::NoProgram,
        };
        match opened {
            Opened::New(url) => term.answer(&format!("opened {url}\n")),
            Opened::Before(url) => term.answer(&format!("already open: {url}; its text was left alone, today's is in {TEXT}\n")),
            Opened::NoProgram => self.by_hand(place.as_ref(), term),
            Opened::Failed(why) => {
                term.warning("the pull request could not be opened", &[("why", &why), ("next", "open it by hand with the text below")]);
                self.by_hand(place.as_ref(), term);
            }
        }
        term.last(&format!("propose: pushed {} to {remote}; text in {TEXT}", self.branch));
        Ok(Outcome::Fine)
    }

    fn by_hand(&self, place: Option<&Place>, term: &Term) {
        self.print(term);
        if let Some(place) = place {
            let (host, path, base, branch) = (&place.host, &place.path, &self.base.name, self.branch);
            let address = if host.contains("gitlab") {
                format!("https://{host}/{path}/-/merge_requests/new?merge_request%5Bsource_branch%5D={branch}")
            } else {
                format!("https://{host}/{path}/compare/{base}...{branch}")
            };
            term.say(&format!("= next: open {address}"));
        }
    }

    fn print(&self, term: &Term) {
        term.answer(&format!("# {}\n\n{}", self.proposal.title(), self.body));
    }
}
