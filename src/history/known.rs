//! What blobs and commits were found to be, by this run or an earlier one. Nothing of it can become wrong.

use std::collections::HashMap;
use std::sync::Arc;

use super::git::Id;
use super::prose::Prose;

/// What blobs and commits were found to be.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) proses: HashMap<Id, Prose>,
    /// Whether an older and a newer version have the same words, where that was told without their prose.
    pub(super) same: HashMap<(Id, Id), bool>,
    /// Per commit and parent: files that disappeared.
    pub(super) removed: HashMap<(u32, u32), Arc<Removed>>,
}

/// Files that a commit removed, with their blobs, by path.
#[derive(Debug)]
pub(super) struct Removed {
    pub(super) files: Vec<(String, Id)>,
}

impl Known {
    /// Adds what was learnt.
    pub(super) fn learn(&mut self, fresh: Self) -> bool {
        let learnt = !fresh.proses.is_empty() || !fresh.same.is_empty() || !fresh.removed.is_empty();
        self.proses.extend(fresh.proses);
        self.same.extend(fresh.same);
        self.removed.extend(fresh.removed);
        learnt
    }
}
