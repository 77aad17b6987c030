//! What an earlier run walked: handed out once, so that only new commits are read.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::git::Id;

/// What a commit says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) tree: Id,
    pub(super) parents: Vec<Id>,
    /// Position in [`Commits::authors`].
    pub(super) author: u32,
    /// Positions of those its message names as co-authors.
    pub(super) with: Vec<u32>,
    /// Seconds since 1970.
    pub(super) authored: i64,
    pub(super) committed: i64,
    /// Its message says that an import made it.
    pub(super) import: bool,
    /// First line of the message.
    pub(super) subject: String,
}

/// A file's touches: position of the commit, the file there and in each parent.
pub(super) type StoredTouch = (u32, Id, Vec<Option<Id>>);

/// Files with their touches.
pub(super) type StoredFiles = BTreeMap<String, Vec<StoredTouch>>;

/// A walk as it was kept.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Recalled {
    authors: Vec<String>,
    commits: Vec<(Id, Facts)>,
    /// The folders walked.
    area: String,
    /// What was touched in them.
    inside: StoredFiles,
    /// Files that were asked for by name.
    named: StoredFiles,
}

impl Recalled {
    /// Hands out commits by id, each with its position in the memo, and the names of their authors.
    pub(super) fn take_commits(&mut self) -> (Vec<String>, HashMap<Id, (u32, Facts)>) {
        let commits = std::mem::take(&mut self.commits);
        let by_id = (0_u32..).zip(commits).map(|(at, (id, facts))| (id, (at, facts))).collect();
        (std::mem::take(&mut self.authors), by_id)
    }

    /// Hands out what was touched in folders, if they were walked before.
    pub(super) fn take_area(&mut self, area: &str) -> Option<StoredFiles> {
        (self.area == area).then(|| std::mem::take(&mut self.inside))
    }

    /// Hands out the touches of a file that was asked for by name before.
    pub(super) fn take_file(&mut self, path: &str) -> Option<Vec<StoredTouch>> {
        self.named.remove(path)
    }

    /// Files that were asked for by name before, and not yet handed out.
    pub(super) fn files(&self) -> Vec<String> {
        self.named.keys().cloned().collect()
    }
}
