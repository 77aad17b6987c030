//! One in-memory model of a docs repository that lint, blueprints and website share: settings, corpus, judgements, blueprints, roles,
//! history. A page is read, parsed and judged once per run, whatever the command.

mod ages;
pub mod inputs;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use globset::{Glob, GlobSet, GlobSetBuilder};
use jiff::civil::Date;
use rayon::prelude::*;

use crate::blueprint::draft::{self, steps::Draft};
use crate::blueprint::sync::{self, Action, Change};
use crate::blueprint::{Blueprint, page_hash, parse as blueprint, roles};
use crate::config::codeowners::CodeOwners;
use crate::config::{Project, Settings};
use crate::history::revision::version;
use crate::history::{Commit, Edited, History, PageHistory, Unknown};
use crate::judge::{self, Judgement, Verdict};
use crate::page::corpus::{Corpus, CorpusError, Target};
use crate::page::front_matter::PageKind;
use crate::page::{Page, PageId, records};
use crate::text::Source;
pub use ages::{OldParts, OldSection};

/// What a page is, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Front matter or a path rule says so.
    Declared(PageKind),
    /// The detector is sure.
    Detected(PageKind),
    /// The detector sees a procedure inside a reference page.
    Mixed,
    /// Nobody is sure.
    Unsure,
}

impl Kind {
    /// True when people do what the page says, by declaration or by a confident judgement.
    pub fn is_procedure(self) -> bool {
        matches!(self, Self::Declared(PageKind::Procedure) | Self::Detected(PageKind::Procedure))
    }

    /// True when the page tells what was, so that nothing in it has to hold today.
    pub fn is_record(self) -> bool {
        matches!(self, Self::Declared(PageKind::Record) | Self::Detected(PageKind::Record))
    }
}

/// The model.
#[derive(Debug)]
pub struct Workspace {
    /// Settings.
    pub settings: Settings,
    /// Pages, blueprint files, attachments.
    pub corpus: Corpus,
    /// The detector's judgement per page.
    pub judgements: Vec<Judgement>,
    /// Kind per page.
    pub kinds: Vec<Kind>,
    /// Blueprint files as read, in path order.
    pub blueprints: Vec<blueprint::Loaded>,
    /// `roles.yaml`, if there is one.
    pub roles: Option<roles::LoadedRoles>,
    /// When each page changed.
    pub history: History,
    /// Today, for the rules that read the clock.
    pub now: Date,
    /// Globs of `settings.overrides`, in order.
    pub override_globs: Vec<GlobSet>,
    default_globs: Vec<GlobSet>,
    old_versions: std::collections::BTreeSet<String>,
    code_owners: CodeOwners,
    page_of: Vec<Option<PageId>>,
    blueprints_of: BTreeMap<PageId, Vec<usize>>,
}

/// The model cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The content folder cannot be read.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A glob in the settings is not one.
    #[error("`{glob}` is not a glob: {why}")]
    Glob {
        /// As written.
        glob: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Workspace {
    /// Reads, parses and judges everything the project's settings name.
    pub fn load(project: &Project, now: Date) -> Result<Self, WorkspaceError> {
        let (corpus, judgements) = Corpus::load_with(&project.root, &project.settings.layout(), judge::judge)?;
        let history = History::load(&corpus, &project.settings.history);
        let roles = std::fs::read_to_string(project.root.join(ROLES)).ok().map(|text| roles::load(&Source::new(ROLES, text)));
        let mut workspace = Self::tie(project.settings.clone(), corpus, judgements, roles, history, now)?;
        workspace.code_owners = CodeOwners::load(&project.root);
        Ok(workspace)
    }

    /// The model of an older version: its files lie at the project's root and come from `commit` of the repository around `repository`. `fetch` brings a
    /// file that a page takes in and that is not there yet; false if the commit has none.
    pub fn load_version(
        project: &Project,
        repository: &Path,
        commit: &str,
        fetch: &dyn Fn(&str) -> bool,
        now: Date,
    ) -> Result<Self, WorkspaceError> {
        let (mut corpus, judgements) = Corpus::load_with(&project.root, &project.settings.layout(), judge::judge)?;
        loop {
            let missing: Vec<String> = corpus.parts.iter().filter(|(_, part)| part.is_err()).map(|(path, _)| path.clone()).collect();
            let brought: Vec<&String> = missing.iter().filter(|path| fetch(path)).collect();
            if brought.is_empty() {
                break;
            }
            for path in brought {
                corpus.parts.remove(path);
            }
            corpus.load_parts();
            // Each round knows more files; what could not be brought or read stays as it is.
            if corpus.parts.iter().all(|(path, part)| part.is_ok() || missing.contains(path)) {
                break;
            }
        }
        let history = History::load_at(&corpus, repository, Some(commit), &project.settings.history);
        let roles = std::fs::read_to_string(project.root.join(ROLES)).ok().map(|text| roles::load(&Source::new(ROLES, text)));
        Self::tie(project.settings.clone(), corpus, judgements, roles, history, now)
    }

    /// The model over a corpus that is already read.
    pub fn new(
        settings: Settings,
        corpus: Corpus,
        roles: Option<roles::LoadedRoles>,
        history: History,
        now: Date,
    ) -> Result<Self, WorkspaceError> {
        let judgements = corpus.pages.par_iter().map(judge::judge).collect();
        Self::tie(settings, corpus, judgements, roles, history, now)
    }

    fn tie(
        settings: Settings,
        corpus: Corpus,
        judgements: Vec<Judgement>,
        roles: Option<roles::LoadedRoles>,
        history: History,
        now: Date,
    ) -> Result<Self, WorkspaceError> {
        let override_globs = settings.overrides.iter().map(|o| globs(&o.paths)).collect::<Result<_, _>>()?;
        let default_globs: Vec<GlobSet> = settings.defaults.iter().map(|d| globs(&d.paths)).collect::<Result<_, _>>()?;
        let blueprints: Vec<blueprint::Loaded> = corpus.blueprints.par_iter().map(blueprint::load).collect();
        let page_of: Vec<Option<PageId>> = blueprints.iter().map(|b| source_page(&corpus, b)).collect();
        let mut blueprints_of: BTreeMap<PageId, Vec<usize>> = BTreeMap::new();
        for (index, page) in page_of.iter().enumerate() {
            if let Some(page) = page {
                blueprints_of.entry(*page).or_default().push(index);
            }
        }
        let mut workspace = Self {
            settings,
            corpus,
            judgements,
            kinds: Vec::new(),
            blueprints,
            roles,
            history,
            now,
            override_globs,
            default_globs,
            old_versions: std::collections::BTreeSet::new(),
            code_owners: CodeOwners::default(),
            page_of,
            blueprints_of,
        };
        workspace.old_versions = records::old_versions(workspace.corpus.pages.iter().map(Page::path));
        workspace.kinds = workspace.corpus.iter().map(|(id, page)| workspace.kind_of(id, page)).collect();
        Ok(workspace)
    }

    /// A model from the text of an example: one page, or files each headed by a line `=== path`. Settings may be among them as
    /// `=== stepwright.yaml`, roles as `=== roles.yaml`, and dates of last edits as lines `path YYYY-MM-DD` (or `path shallow`, `path imported YYYY-MM-DD`;
    /// `path:LINE …` for the section or step that begins on a line) below `=== history`. The clock stands at 2026-11-22.
    pub fn from_example(text: &str) -> Self {
        let mut files: Vec<(String, String)> = Vec::new();
        if text.starts_with("=== ") {
            for line in text.split_inclusive('\n') {
                match (line.strip_prefix("=== "), files.last_mut()) {
                    (Some(path), _) => files.push((path.trim().to_owned(), String::new())),
                    (None, Some((_, body))) => body.push_str(line),
                    (None, None) => {}
                }
            }
        } else {
            files.push(("content/page.md".into(), text.to_owned()));
        }
        let mut settings = Settings::default();
        let mut roles_file = None;
        let mut edits = Vec::new();
        let mut part_edits = Vec::new();
        let mut owners = CodeOwners::default();
        let mut pages = Vec::new();
        let mut corpus = Corpus::default();
        for (path, body) in files {
            if path == crate::config::FILE {
                settings = crate::config::parse(&Source::new(path, body), &[]).unwrap_or_default();
            } else if path == ROLES {
                roles_file = Some(roles::load(&Source::new(path, body)));
            } else if path == "CODEOWNERS" {
                owners = CodeOwners::parse(&path, &body);
            } else if path == "history" {
                for (path, history) in body.lines().filter_map(made_up_edit) {
                    match path.rsplit_once(':').and_then(|(page, line)| Some((page.to_owned(), line.parse().ok()?))) {
                        Some(part) => part_edits.push((part, history.edited)),
                        None => edits.push((path, history)),
                    }
                }
            } else if crate::page::is_page(&path) {
                pages.push(Page::parse(Source::new(path, body)));
            } else if path.ends_with(".blueprint.yaml") {
                corpus.blueprints.push(Source::new(path, body));
            } else {
                // Whatever it is, a page may take it in.
                corpus.parts.insert(path.clone(), Ok(Arc::new(Page::parse(Source::new(path.clone(), body)))));
                corpus.files.insert(path);
            }
        }
        let mut all = Corpus::laid_out(pages, settings.layout());
        all.blueprints = corpus.blueprints;
        all.files = corpus.files;
        all.parts = corpus.parts;
        let history = History::made_up(edits, part_edits);
        let now = jiff::civil::date(2026, 11, 22);
        let mut workspace = Self::new(settings, all, roles_file, history, now).expect("examples hold valid globs");
        workspace.code_owners = owners;
        workspace
    }

    /// Puts another text of the same page in its place (an editor's unsaved text); its history stays.
    pub fn replace_page(&mut self, id: PageId, page: Page) {
        self.judgements[id.index()] = judge::judge(&page);
        self.corpus.pages[id.index()] = page;
        self.corpus.load_parts();
        self.kinds[id.index()] = self.kind_of(id, self.corpus.page(id));
    }

    /// Puts another text of the same blueprint in its place.
    pub fn replace_blueprint(&mut self, index: usize, loaded: blueprint::Loaded) {
        let page = source_page(&self.corpus, &loaded);
        if let Some(old) = std::mem::replace(&mut self.page_of[index], page) {
            self.blueprints_of.entry(old).or_default().retain(|i| *i != index);
        }
        if let Some(new) = page {
            let all = self.blueprints_of.entry(new).or_default();
            all.push(index);
            all.sort_unstable();
        }
        self.corpus.blueprints[index] = Arc::clone(loaded.source());
        self.blueprints[index] = loaded;
    }

    fn kind_of(&self, id: PageId, page: &Page) -> Kind {
        if let Some(kind) = &page.meta.kind {
            return Kind::Declared(kind.value);
        }
        if let Some(kind) = self.path_default(page.path(), |d| d.kind) {
            return Kind::Declared(kind);
        }
        let old = self.old_versions.iter().any(|folder| page.path().starts_with(folder));
        if old || records::holds(self.corpus.inside(page.path())) {
            return Kind::Detected(PageKind::Record);
        }
        match self.judgements[id.index()].verdict {
            // Read as part of the pages it is put into.
            Verdict::Procedure | Verdict::Mixed if records::is_part(self.corpus.inside(page.path())) => Kind::Unsure,
            Verdict::Procedure => Kind::Detected(PageKind::Procedure),
            Verdict::Reference => Kind::Detected(PageKind::Reference),
            Verdict::Mixed => Kind::Mixed,
            Verdict::Unsure => Kind::Unsure,
        }
    }

    /// The last matching entry of `settings.defaults` that has the value.
    fn path_default<T>(&self, path: &str, value: impl Fn(&crate::config::PathDefaults) -> Option<T>) -> Option<T> {
        self.default_globs.iter().zip(&self.settings.defaults).rev().filter(|(globs, _)| globs.is_match(path)).find_map(|(_, d)| value(d))
    }

    /// The kind that the settings give a path.
    pub fn path_kind(&self, path: &str) -> Option<PageKind> {
        self.path_default(path, |d| d.kind)
    }

    /// The page's owner: front matter, else the settings for its path.
    pub fn owner(&self, id: PageId) -> Option<String> {
        let page = self.corpus.page(id);
        page.meta.owner.as_ref().map(|o| o.value.clone()).or_else(|| self.path_default(page.path(), |d| d.owner.clone()))
    }

    /// The page's review interval in words: front matter, else the settings for its path.
    pub fn review_every(&self, id: PageId) -> Option<String> {
        let page = self.corpus.page(id);
        page.meta.review_every.as_ref().map(|o| o.value.clone()).or_else(|| self.path_default(page.path(), |d| d.review_every.clone()))
    }

    /// CODEOWNERS of the repository.
    pub fn code_owners(&self) -> &CodeOwners {
        &self.code_owners
    }

    /// What git knows of a page.
    pub fn page_history(&self, id: PageId) -> &PageHistory {
        self.history.page(self.corpus.page(id).path())
    }

    /// Blueprints drafted from or written for a page: positions in `blueprints`.
    pub fn blueprints_of(&self, id: PageId) -> &[usize] {
        self.blueprints_of.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Blueprints drafted from a text of a page (as it stands, or as it was), each with the draft it was written from.
    pub fn drafts(&self, id: PageId, page: &Page) -> Vec<(Draft, Blueprint)> {
        let resolve = |dest: &str| match self.corpus.resolve(id, dest) {
            Target::Page(target, _) => Some(self.corpus.page(target).path().to_owned()),
            _ => None,
        };
        let drafts = draft::draft(page).into_iter().map(|d| {
            let blueprint = draft::write::blueprint(&d, page, &resolve);
            (d, blueprint)
        });
        drafts.collect()
    }

    /// What is drafted from the page as a blueprint last saw it, which may be what is drafted from it `now`; `None` if git does not have that
    /// text.
    pub fn drafts_as_seen<'d>(&self, id: PageId, file: &Blueprint, now: &'d [Blueprint]) -> Option<Cow<'d, [Blueprint]>> {
        let hash = file.source.as_ref()?.hash.as_ref()?;
        let page = self.corpus.page(id);
        if page_hash(page) == *hash {
            return Some(Cow::Borrowed(now));
        }
        let parse = |text: &str| Page::parse(Source::new(page.path(), text));
        let seen = version(&self.corpus.root, page.path(), VERSIONS_BACK, &|text| page_hash(&parse(text)) == *hash).ok()??;
        Some(self.drafts(id, &parse(&seen)).into_iter().map(|(_, b)| b).collect())
    }

    /// What a sync would do to a blueprint whose page has changed since the two were held against each other; `None` if the page holds no
    /// procedure any more that the blueprint could follow, or the blueprint cannot be read.
    pub fn moved(&self, index: usize) -> Option<Vec<Change>> {
        self.all_moved(self.page_of(index)?, &[index]).pop().flatten()
    }

    /// The same for several blueprints of one page, which is drafted once for all of them.
    pub fn all_moved(&self, id: PageId, indices: &[usize]) -> Vec<Option<Vec<Change>>> {
        let page = self.corpus.page(id);
        let now: Vec<Blueprint> = self.drafts(id, page).into_iter().map(|(_, b)| b).collect();
        let headings: Vec<&str> = page.body.headings.iter().map(|h| h.text.as_str()).chain([page.title.as_str()]).collect();
        let mut seen: BTreeMap<Option<&String>, Option<Cow<'_, [Blueprint]>>> = BTreeMap::new();
        let mut moved = |index: usize| {
            let loaded = &self.blueprints[index];
            let file = loaded.blueprint.as_ref().filter(|_| !loaded.partial)?;
            let page = sync::counterpart(file, &now)?;
            // Blueprints drafted together saw the same text.
            let hash = file.source.as_ref().and_then(|s| s.hash.as_ref());
            let seen = seen.entry(hash).or_insert_with(|| self.drafts_as_seen(id, file, &now));
            let base = seen.as_deref().and_then(|drafts| sync::counterpart(file, drafts));
            let sides = sync::Sides { page: &page, base: base.as_deref(), headings: &headings, only: None, take: sync::Take::Ask };
            let changes = sync::sync(loaded.source(), &sides)?.changes;
            Some(changes.into_iter().filter(|c| !matches!(c.action, Action::Kept | Action::Out)).collect())
        };
        indices.iter().map(|index| moved(*index)).collect()
    }

    /// The page a blueprint belongs to: the one its `source.page` names, else the one it stands beside.
    pub fn page_of(&self, blueprint: usize) -> Option<PageId> {
        self.page_of[blueprint]
    }

    /// The judgement of a page.
    pub fn judgement(&self, id: PageId) -> &Judgement {
        &self.judgements[id.index()]
    }

    /// The kind of a page.
    pub fn kind(&self, id: PageId) -> Kind {
        self.kinds[id.index()]
    }
}

/// Commits back that the text a blueprint was drafted from is looked for.
const VERSIONS_BACK: usize = 5_000;

/// The bindings of roles to people, beside the settings.
pub const ROLES: &str = "roles.yaml";

fn source_page(corpus: &Corpus, loaded: &blueprint::Loaded) -> Option<PageId> {
    let named = loaded.doc.root.at(&["source", "page"]).and_then(|n| n.text()).and_then(|path| corpus.find(path));
    let stem = loaded.source().path().strip_suffix(crate::blueprint::EXTENSION);
    named.or_else(|| crate::page::ENDINGS.iter().find_map(|end| corpus.find(&format!("{}{end}", stem?))))
}

/// `path YYYY-MM-DD` or `path shallow` from an example.
fn made_up_edit(line: &str) -> Option<(String, PageHistory)> {
    let (path, when) = line.trim().split_once(' ')?;
    if when == "shallow" {
        return Some((path.to_owned(), PageHistory::unknown(Unknown::Shallow)));
    }
    if let Some(day) = when.strip_prefix("imported ") {
        let edited = Edited::Imported(crate::text::date::parse(day)?);
        return Some((path.to_owned(), PageHistory { edited, ..PageHistory::unknown(Unknown::Untracked) }));
    }
    let date = crate::text::date::parse(when)?;
    let commit = Commit { id: "0123456789".into(), date, author: "A. Writer".into(), subject: "Describe the process".into() };
    let edited = Edited::Commit(commit.clone());
    Some((
        path.to_owned(),
        PageHistory { edited, skipped: Vec::new(), authors: vec![("A. Writer".into(), 1)], first: Some(commit), former: Vec::new() },
    ))
}

/// The globs of a key of the settings as one set.
pub(crate) fn globs(patterns: &[String]) -> Result<GlobSet, WorkspaceError> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = Glob::new(pattern).map_err(|e| WorkspaceError::Glob { glob: pattern.clone(), why: e.kind().to_string() })?;
        builder.add(glob);
    }
    builder.build().map_err(|e| WorkspaceError::Glob { glob: patterns.join(", "), why: e.kind().to_string() })
}

/// Paths a command was given, as a filter on pages: a file itself, or everything below a folder. Empty means everything.
#[derive(Debug, Clone, Default)]
pub struct Selection(Vec<String>);

impl Selection {
    /// From paths relative to the current directory; `Err` names the first that does not exist.
    pub fn new(root: &Path, paths: &[std::path::PathBuf]) -> Result<Self, String> {
        let mut out = Vec::new();
        for path in paths {
            let full = path.canonicalize().map_err(|_| path.display().to_string())?;
            let inside = full.strip_prefix(root).map_err(|_| path.display().to_string())?;
            out.push(crate::text::path::slashed(inside));
        }
        Ok(Self(out))
    }

    /// The first path, relative to the root.
    pub fn first(&self) -> Option<String> {
        self.0.first().cloned()
    }

    /// True if `path` (relative to the root) is selected.
    pub fn has(&self, path: &str) -> bool {
        self.0.is_empty()
            || self.0.iter().any(|s| s.is_empty() || path == s || path.strip_prefix(s.as_str()).is_some_and(|r| r.starts_with('/')))
    }
}

/// The same source behind an `Arc`, for findings about files that are not pages.
pub fn bare_source(path: &str) -> Arc<Source> {
    Source::new(path, "")
}
