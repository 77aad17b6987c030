//! The user's own git, run as a program: their identity, credentials, signing and filters count. A branch is built beside the working
//! tree (own index, plumbing only), so nothing that is checked out, staged or uncommitted is touched. Never forces anything.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The trailer that says what a commit of ours held. A commit somebody amended, rebased or made holds something else.
const TRAILER: &str = "Stepwright-Tree";

/// Why git did not do it.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(super) struct GitError {
    /// What was tried, or what is in the way.
    pub(super) what: String,
    /// Git's own words, or the reason.
    pub(super) why: String,
    /// What to do.
    pub(super) next: String,
}

impl GitError {
    pub(super) fn new(what: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into(), next: next.into() }
    }
}

/// A repository, seen from the folder of the project.
pub(super) struct Git {
    root: PathBuf,
    /// The project's folder below the top of the repository, with a slash at the end unless empty.
    pub(super) prefix: String,
}

/// Blobs by path below the project.
pub(super) type Blobs = BTreeMap<String, String>;

impl Git {
    pub(super) fn open(root: &Path) -> Result<Self, GitError> {
        let git = Self { root: root.to_path_buf(), prefix: String::new() };
        let prefix = git.run(&["rev-parse", "--show-prefix"]).map_err(|e| {
            GitError::new(format!("{} is not in a git repository", root.display()), e.why, "git init, and commit the pages first")
        })?;
        Ok(Self { prefix, ..git })
    }

    /// What git prints, without the line end.
    pub(super) fn run(&self, args: &[&str]) -> Result<String, GitError> {
        self.with(args, &[], None)
    }

    fn with(&self, args: &[&str], env: &[(&str, &Path)], input: Option<&str>) -> Result<String, GitError> {
        use std::io::Write;
        let failed = |why: String| GitError::new(format!("git {} failed", args.first().unwrap_or(&"")), why, "git status");
        let mut command = Command::new("git");
        command.args(args).current_dir(&self.root).env("LC_ALL", "C").envs(env.iter().copied());
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() }).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| failed(format!("git cannot be run ({e})")))?;
        // Dropped at once, so that git sees the end; what it answers is short until then.
        if let (Some(text), Some(mut pipe)) = (input, child.stdin.take()) {
            pipe.write_all(text.as_bytes()).map_err(|e| failed(e.to_string()))?;
        }
        let out = child.wait_with_output().map_err(|e| failed(e.to_string()))?;
        if !out.status.success() {
            let words = String::from_utf8_lossy(&out.stderr).trim().to_owned();
            return Err(failed(if words.is_empty() { out.status.to_string() } else { words }));
        }
        Ok(String::from_utf8_lossy(&out.stdout).trim_end_matches(['\n', '\r']).to_owned())
    }

    /// The commit a name stands for.
    pub(super) fn commit(&self, name: &str) -> Option<String> {
        self.run(&["rev-parse", "--quiet", "--verify", &format!("{name}^{{commit}}")]).ok()
    }

    pub(super) fn is_ancestor(&self, old: &str, new: &str) -> bool {
        old == new || self.run(&["merge-base", "--is-ancestor", old, new]).is_ok()
    }

    /// The blobs of a commit below the project.
    pub(super) fn blobs(&self, commit: &str) -> Result<Blobs, GitError> {
        let listed = self.run(&["ls-tree", "-r", "-z", "--full-tree", commit])?;
        let entries = listed.split('\0').filter_map(|entry| {
            let (head, path) = entry.split_once('\t')?;
            let blob = head.split(' ').nth(2)?;
            Some((path.strip_prefix(&self.prefix)?.to_owned(), blob.to_owned()))
        });
        Ok(entries.collect())
    }

    /// Writes files of the working tree to the object store, as `git add` would.
    pub(super) fn store(&self, paths: &[&str]) -> Result<Blobs, GitError> {
        let mut all = Blobs::new();
        // In parts that fit a pipe both ways, as git answers while it is still being told.
        for part in paths.chunks(200) {
            // Git reads these from the top of the repository, wherever it runs.
            let list: String = part.iter().map(|p| format!("{}{p}\n", self.prefix)).collect();
            let said = self.with(&["hash-object", "-w", "--stdin-paths"], &[], Some(&list))?;
            all.extend(part.iter().map(|p| (*p).to_owned()).zip(said.lines().map(str::to_owned)));
        }
        Ok(all)
    }

    /// A commit on `parent` with these blobs put in; `None` when `parent` holds them already.
    pub(super) fn commit_with(&self, parent: &str, blobs: &Blobs, message: &str) -> Result<Option<String>, GitError> {
        let folder = tempfile::tempdir().map_err(|e| GitError::new("no temporary folder", e.to_string(), "check TMPDIR"))?;
        let index = folder.path().join("index");
        let env: [(&str, &Path); 1] = [("GIT_INDEX_FILE", &index)];
        self.with(&["read-tree", parent], &env, None)?;
        for (path, blob) in blobs {
            let entry = format!("100644,{blob},{}{path}", self.prefix);
            self.with(&["update-index", "--add", "--cacheinfo", &entry], &env, None)?;
        }
        let tree = self.with(&["write-tree"], &env, None)?;
        if tree == self.run(&["rev-parse", &format!("{parent}^{{tree}}")])? {
            return Ok(None);
        }
        let mut args = vec!["commit-tree", &tree, "-p", parent];
        if self.run(&["config", "--type=bool", "commit.gpgsign"]).is_ok_and(|v| v == "true") {
            args.push("-S");
        }
        let made = self.with(&args, &[], Some(&format!("{message}\n\n{TRAILER}: {tree}\n")));
        made.map(Some)
            .map_err(|e| GitError::new("git cannot make the commit", e.why, "set user.name and user.email, or mend what git names"))
    }

    /// True for a commit that holds what we put into it and nothing else.
    pub(super) fn ours(&self, commit: &str) -> bool {
        let shown = self.run(&["log", "-1", &format!("--format=%T%n%(trailers:key={TRAILER},valueonly)"), commit]).unwrap_or_default();
        let mut lines = shown.lines().map(str::trim).filter(|l| !l.is_empty());
        lines.next().is_some_and(|tree| lines.any(|l| l == tree))
    }

    /// Where the branch is on the other side, and what the other side calls its main branch.
    pub(super) fn ask(&self, remote: &str, branch: &str) -> Result<(Option<String>, Option<String>), GitError> {
        let full = format!("refs/heads/{branch}");
        let told = self.run(&["ls-remote", "--symref", remote, "HEAD", &full]).map_err(|e| {
            GitError::new(format!("cannot reach {remote}"), e.why, "check the address and your access, or --no-push to stay here")
        })?;
        let mut tip = None;
        let mut main = None;
        for line in told.lines() {
            match line.split_once('\t') {
                Some((id, name)) if name == full => tip = Some(id.to_owned()),
                Some((head, "HEAD")) => main = head.strip_prefix("ref: refs/heads/").map(str::to_owned).or(main),
                _ => {}
            }
        }
        Ok((tip, main))
    }

    /// Brings branches of the other side up to date here, as tracking branches.
    pub(super) fn fetch(&self, remote: &str, branches: &[&str]) -> Result<(), GitError> {
        let specs: Vec<String> = branches.iter().map(|b| format!("+refs/heads/{b}:refs/remotes/{remote}/{b}")).collect();
        let mut args = vec!["fetch", "--quiet", "--no-tags", remote];
        args.extend(specs.iter().map(String::as_str));
        self.run(&args).map(|_| ()).map_err(|e| GitError::new(format!("cannot fetch from {remote}"), e.why, "check --base and your access"))
    }

    /// True when some working tree has the branch checked out.
    pub(super) fn checked_out(&self, branch: &str) -> bool {
        let line = format!("branch refs/heads/{branch}");
        self.run(&["worktree", "list", "--porcelain"]).is_ok_and(|l| l.lines().any(|x| x == line))
    }

    /// Moves a branch forward; fails when it is not where it was.
    pub(super) fn set_branch(&self, branch: &str, to: &str, from: Option<&str>) -> Result<(), GitError> {
        let zero = "0".repeat(to.len());
        self.run(&["update-ref", "-m", "stepwright propose", &format!("refs/heads/{branch}"), to, from.unwrap_or(&zero)]).map(|_| ())
    }

    /// Pushes one commit to one branch, forward only.
    pub(super) fn push(&self, remote: &str, commit: &str, branch: &str) -> Result<(), GitError> {
        let done = self.run(&["push", "--quiet", remote, &format!("{commit}:refs/heads/{branch}")]);
        done.map(|_| ()).map_err(|e| {
            GitError::new(format!("{remote} did not take {branch}"), e.why, format!("the branch is here; git push {remote} {branch}"))
        })
    }
}
