//! Makes git repositories with dated commits in a temporary folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use git2::{Index, IndexEntry, IndexTime, Oid, Repository, Signature, Time};

/// The files of a commit: path to text.
pub(crate) type Files = BTreeMap<String, String>;

/// A repository under construction. The working tree follows the last commit made.
pub(crate) struct Repo {
    pub(crate) dir: tempfile::TempDir,
    git: Repository,
    files: Files,
    head: Option<Oid>,
}

impl Repo {
    /// An empty repository on branch `main`.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut options = git2::RepositoryInitOptions::new();
        let git = Repository::init_opts(dir.path(), options.initial_head("main")).unwrap();
        Self { dir, git, files: Files::new(), head: None }
    }

    /// Its top folder.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Changes a file for the next commit.
    pub(crate) fn write(&mut self, path: &str, text: &str) -> &mut Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Removes a file in the next commit.
    pub(crate) fn remove(&mut self, path: &str) -> &mut Self {
        self.files.remove(path);
        self
    }

    /// Moves a file in the next commit.
    pub(crate) fn rename(&mut self, from: &str, to: &str) -> &mut Self {
        let text = self.files.remove(from).unwrap();
        self.write(to, &text)
    }

    /// Commits on top of the last commit. `day` is `YYYY-MM-DD`.
    pub(crate) fn commit(&mut self, day: &str, author: &str, message: &str) -> Oid {
        let parents: Vec<Oid> = self.head.into_iter().collect();
        let files = self.files.clone();
        self.commit_on(&parents, &files, day, author, message)
    }

    /// Commits any files on top of any parents, and makes the result HEAD.
    pub(crate) fn commit_on(&mut self, parents: &[Oid], files: &Files, day: &str, author: &str, message: &str) -> Oid {
        let oid = self.commit_object(parents, files, seconds(day), author, message);
        self.check_out(oid, files);
        oid
    }

    /// Writes a commit without moving anything. `seconds` since 1970, used for author and committer.
    pub(crate) fn commit_object(&self, parents: &[Oid], files: &Files, seconds: i64, author: &str, message: &str) -> Oid {
        let mut index = Index::new().unwrap();
        for (path, text) in files {
            let id = self.git.blob(text.as_bytes()).unwrap();
            let time = IndexTime::new(0, 0);
            let entry = IndexEntry {
                ctime: time,
                mtime: time,
                dev: 0,
                ino: 0,
                mode: 0o100_644,
                uid: 0,
                gid: 0,
                file_size: 0,
                id,
                flags: 0,
                flags_extended: 0,
                path: path.clone().into_bytes(),
            };
            index.add(&entry).unwrap();
        }
        let tree = self.git.find_tree(index.write_tree_to(&self.git).unwrap()).unwrap();
        let address = format!("{}@example.org", author.to_lowercase().replace([' ', '[', ']'], "-"));
        let who = Signature::new(author, &address, &Time::new(seconds, 0)).unwrap();
        let parents: Vec<_> = parents.iter().map(|p| self.git.find_commit(*p).unwrap()).collect();
        let parents: Vec<_> = parents.iter().collect();
        self.git.commit(None, &who, &who, message, &tree, &parents).unwrap()
    }

    /// Makes a commit the tip of `main` and writes its files.
    pub(crate) fn check_out(&mut self, oid: Oid, files: &Files) {
        self.git.reference("refs/heads/main", oid, true, "test").unwrap();
        for path in self.files.keys().chain(files.keys()) {
            let full = self.path().join(path);
            match files.get(path) {
                Some(text) => {
                    std::fs::create_dir_all(full.parent().unwrap()).unwrap();
                    std::fs::write(full, text).unwrap();
                }
                None => {
                    let _ = std::fs::remove_file(full);
                }
            }
        }
        // Files of an earlier commit that were taken out of `files` through `remove`.
        let listed = git(self.path(), &["ls-files"]);
        for path in listed.lines().filter(|l| !files.contains_key(*l)) {
            let _ = std::fs::remove_file(self.path().join(path));
        }
        git(self.path(), &["reset", "-q", "--mixed"]);
        self.files.clone_from(files);
        self.head = Some(oid);
    }

    /// A clone of the last `depth` commits.
    pub(crate) fn shallow_clone(&self, depth: usize) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("file://{}", self.path().display());
        git(dir.path(), &["clone", "-q", "--depth", &depth.to_string(), &url, "clone"]);
        let path = dir.path().join("clone");
        (dir, path)
    }
}

/// Noon of a day, in seconds since 1970.
pub(crate) fn seconds(day: &str) -> i64 {
    let date: jiff::civil::Date = day.parse().unwrap();
    let days = jiff::civil::date(1970, 1, 1).until(date).unwrap().get_days();
    i64::from(days) * 86_400 + 43_200
}

/// Runs git and gives what it prints.
pub(crate) fn git(dir: &Path, args: &[&str]) -> String {
    let out = Command::new("git")
        .args(["-c", "protocol.file.allow=always", "-c", "user.name=T", "-c", "user.email=t@example.org"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}
