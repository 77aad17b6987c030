//! What the rules of one run share: looked up when the first of them asks, kept for the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use rayon::prelude::*;

use crate::blueprint::check::Problem;
use crate::config::generator;
use crate::page::Page;
use crate::workspace::Workspace;

/// One run of the rules over a workspace.
pub struct Run<'w> {
    /// Everything.
    pub workspace: &'w Workspace,
    problems: OnceLock<Vec<Vec<Problem>>>,
    elsewhere: OnceLock<bool>,
    tops: OnceLock<BTreeSet<&'w str>>,
    names: OnceLock<BTreeMap<String, Vec<&'w str>>>,
}

impl<'w> Run<'w> {
    pub(super) fn new(workspace: &'w Workspace) -> Self {
        Self { workspace, problems: OnceLock::new(), elsewhere: OnceLock::new(), tops: OnceLock::new(), names: OnceLock::new() }
    }

    /// What the blueprint checks say of each blueprint, in the order of the workspace. A page that changed in any word counts as moved.
    pub(super) fn problems(&self) -> &[Vec<Problem>] {
        self.problems.get_or_init(|| {
            let all: Vec<usize> = (0..self.workspace.blueprints.len()).collect();
            all.into_par_iter().map(|index| super::rules::first_look(self.workspace, index, false)).collect()
        })
    }

    /// True if another generator builds this repository: it makes pages from other sources and moves them to other addresses, so that a page
    /// missing here need not be missing on the site, and it checks its links itself.
    pub(super) fn built_elsewhere(&self) -> bool {
        *self.elsewhere.get_or_init(|| generator::moves_pages(&|path| self.workspace.corpus.exists(path)))
    }

    /// True for addresses from the top of a site (`/img/x.png`) whose first folder the content folder does not have: other generators serve
    /// those from places this tool does not know, unless the settings name them under `static:`.
    pub(super) fn foreign_root(&self, dest: &str) -> bool {
        let Some(rest) = dest.strip_prefix('/') else { return false };
        let Some((top, _)) = rest.split_once('/') else { return true };
        !self.tops().contains(top)
    }

    /// Folders at the top of the site: those of the content folder, and those of the static folders.
    fn tops(&self) -> &BTreeSet<&'w str> {
        self.tops.get_or_init(|| {
            let corpus = &self.workspace.corpus;
            let paths = corpus.pages.iter().map(Page::path).chain(corpus.files.iter().map(String::as_str));
            paths.filter_map(|path| corpus.inside(path).split_once('/').map(|(top, _)| top)).collect()
        })
    }

    /// Files whose name is that of a path, whatever their folder and their upper and lower case.
    pub(super) fn files_named(&self, path: &str) -> &[&'w str] {
        let names = self.names.get_or_init(|| {
            let mut names: BTreeMap<String, Vec<&str>> = BTreeMap::new();
            for file in &self.workspace.corpus.files {
                names.entry(name_of(file)).or_default().push(file);
            }
            names
        });
        names.get(&name_of(path)).map_or(&[], Vec::as_slice)
    }
}

fn name_of(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_lowercase()
}
