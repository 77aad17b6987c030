//! What changed since a revision, for every command that looks only at that: `review`, `lint --new-from`, `lint --changed`.

use std::collections::BTreeSet;

use super::blueprint::diff::{Files, sources, working_tree};
use super::term::Term;
use crate::blueprint::{EXTENSION, roles};
use crate::config::{Project, Severity};
use crate::history::revision::{RevisionError, common, files_at};
use crate::history::{Depth, History, Unknown};
use crate::lint::changed::{Changed, brought};
use crate::lint::{self, Class, Finding, Request};
use crate::page::corpus::Corpus;
use crate::page::{Page, is_page};
use crate::text::Source;
use crate::workspace::{ROLES, Workspace};

/// The working tree against the commit where it parted from a revision.
pub(super) struct Since {
    /// That commit.
    pub base: String,
    /// Pages, blueprints and roles there.
    pub old: Files,
    /// The same in the working tree.
    pub new: Files,
    /// What differs.
    pub changed: Changed,
}

impl Since {
    /// Compares; the base has to be in the clone.
    pub(super) fn load(workspace: &Workspace, revision: &str) -> Result<Self, RevisionError> {
        let root = &workspace.corpus.root;
        let settings = workspace.settings.clone();
        let wanted = move |path: &str| path == ROLES || (is_page(path) || path.ends_with(EXTENSION)) && settings.holds(path);
        let within = sources(&workspace.settings);
        let (base, old) = match common(root, revision, "HEAD") {
            Ok(base) => (base.clone(), files_at(root, &base, &within, &wanted)?),
            // Before the first commit everything is new, and a hook has to let it be made.
            Err(RevisionError::NoSuch(_)) if revision == "HEAD" && workspace.history.depth == Depth::None(Unknown::NoCommits) => {
                (String::new(), Files::new())
            }
            Err(error) => return Err(error),
        };
        let project = Project { root: root.clone(), settings: workspace.settings.clone(), source: None };
        let new = working_tree(&project, &wanted);
        let changed = Changed::between(&old, &new);
        Ok(Self { base, old, new, changed })
    }

    /// The findings the change brought, of all those a run made. The older texts are only judged where a finding between files stands
    /// on a page that the change did not touch, and only by the rules of such findings: nothing else needs to know how it was before.
    pub(super) fn news(&self, mut findings: Vec<Finding>, workspace: &Workspace) -> Vec<Finding> {
        // That a page which is being committed has no date yet is no news.
        findings.retain(|f| f.rule.name != "freshness-unknown");
        let far = |f: &&Finding| f.rule.class == Class::Cross && !self.changed.concerns(f, workspace);
        let rules: BTreeSet<&str> = findings.iter().filter(far).map(|f| f.rule.name).collect();
        let request = Request { only: rules.into_iter().map(str::to_owned).collect(), ..Request::default() };
        let before = match request.only.as_slice() {
            [] => Vec::new(),
            _ => self.before(workspace).map(|w| lint::run(&w, &request)).unwrap_or_default(),
        };
        brought(findings, &before, &self.changed, workspace)
    }

    /// Findings by the clock on touched pages: worth saying, as somebody is there already, and never a reason to fail.
    pub(super) fn due_here(&self, findings: &[Finding]) -> Vec<Finding> {
        let here = findings.iter().filter(|f| f.rule.class == Class::Clock && self.changed.has(f.path()));
        here.cloned().map(|f| Finding { severity: Severity::Info, ..f }).collect()
    }

    /// The model over the older texts, for the rules that read several files. Attachments are taken as they are now, history is left out.
    fn before(&self, workspace: &Workspace) -> Option<Workspace> {
        let (texts, pages): (Vec<_>, Vec<_>) = self.old.iter().filter(|(p, _)| *p != ROLES).partition(|(p, _)| p.ends_with(EXTENSION));
        let source = |(path, text): (&String, &String)| Source::new(path.as_str(), text.as_str());
        let mut corpus = Corpus::laid_out(pages.into_iter().map(|f| Page::parse(source(f))).collect(), workspace.corpus.layout.clone());
        corpus.blueprints = texts.into_iter().map(source).collect();
        corpus.files.clone_from(&workspace.corpus.files);
        corpus.parts.clone_from(&workspace.corpus.parts);
        corpus.root.clone_from(&workspace.corpus.root);
        let roles = self.old.get(ROLES).map(|text| roles::load(&Source::new(ROLES, text.as_str())));
        Workspace::new(workspace.settings.clone(), corpus, roles, History::none(Unknown::NoCommits), workspace.now).ok()
    }
}

/// Says why a revision cannot be compared with, and how to get it.
pub(super) fn no_base(command: &str, error: &RevisionError, term: &Term) {
    let (message, next) = super::blueprint::diff::told(error);
    term.error(&message, &[("next", &next)]);
    term.say(&format!("{command}: not started, base commit missing"));
}
