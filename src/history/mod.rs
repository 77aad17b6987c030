//! What git knows about pages: when their prose last changed, who wrote them, since when they exist, or why that is unknown.
//!
//! Loaded once per run for all pages, from one walk over the commits. Plain data comes out; only `git.rs` names git2. Never falls back to
//! file times or to today: what is not known is [`Edited::Unknown`] with its reason. Knows nothing of rules or of the website.

mod ages;
mod git;
mod known;
mod load;
mod memo;
pub mod parts;
pub mod past;
pub mod prose;
pub mod quick;
mod recall;
mod resolve;
pub mod revision;
mod walk;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use serde::Serialize;

pub use crate::config::HistorySettings;
use crate::page::{Corpus, Page};
use crate::text::Source;
pub use ages::{Ages, PartAge};
use load::Asked;
use parts::Parts;

/// A commit, as far as people are told about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// First ten digits of the commit id.
    pub id: String,
    /// Day it was written (author date, UTC).
    pub date: Date,
    /// Author's name.
    pub author: String,
    /// First line of the message.
    pub subject: String,
}

/// When the prose of a page last changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// By this commit.
    Commit(Commit),
    /// Before the page came into git: the wiki's own date (`source.updated`).
    Imported(Date),
    /// Not known.
    Unknown(Unknown),
}

impl Edited {
    /// The day, if it is known.
    pub fn date(&self) -> Option<Date> {
        match self {
            Self::Commit(commit) => Some(commit.date),
            Self::Imported(date) => Some(*date),
            Self::Unknown(_) => None,
        }
    }

    /// Why there is no date, if there is none.
    pub fn unknown(&self) -> Option<&Unknown> {
        match self {
            Self::Unknown(why) => Some(why),
            _ => None,
        }
    }
}

/// Why a date is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unknown {
    /// The folder is in no git repository.
    NoGit,
    /// The repository has no commit yet.
    NoCommits,
    /// The page is not committed yet.
    Untracked,
    /// The clone is cut off and the last change lies behind the cut.
    Shallow,
    /// The clone left out the objects that would tell (partial clone).
    MissingObjects,
    /// Only commits that are ignored (bots, listed revisions) wrote the page.
    OnlyIgnored,
    /// Only imports wrote the page, and its front matter has no `source.updated`.
    ImportUndated,
    /// The repository cannot be read; the reason as git gives it.
    Unreadable(String),
}

impl Unknown {
    /// One word for machine formats.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NoGit => "no-git",
            Self::NoCommits => "no-commits",
            Self::Untracked => "untracked",
            Self::Shallow => "shallow",
            Self::MissingObjects => "missing-objects",
            Self::OnlyIgnored => "only-ignored",
            Self::ImportUndated => "import-undated",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// What a person can do about it, as one sentence; `None` when time or the next commit settles it.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Shallow => Some("git fetch --unshallow   (in GitHub Actions: fetch-depth: 0)"),
            Self::MissingObjects => Some("git fetch --refetch --no-filter   fetches what the clone left out"),
            Self::Untracked | Self::NoCommits => Some("git add and git commit the page"),
            Self::NoGit => Some("run in a git repository"),
            Self::Unreadable(_) => Some("git status   tells whether git itself can read the repository"),
            Self::OnlyIgnored | Self::ImportUndated => None,
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoGit => "not in a git repository",
            Self::NoCommits => "the repository has no commits yet",
            Self::Untracked => "not committed yet",
            Self::Shallow => "the clone is cut off before the last change",
            Self::MissingObjects => "the clone left out the versions to compare",
            Self::OnlyIgnored => "only ignored commits touched it",
            Self::ImportUndated => "imported, and the export gave no date",
            Self::Unreadable(why) => return write!(f, "git cannot read the repository ({why})"),
        })
    }
}

/// Why a newer commit than the deciding one did not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// The words stayed the same: markup, links, front matter or white space only.
    Cosmetic,
    /// The page moved and its words stayed the same.
    Rename,
    /// Listed in the ignore file or the settings.
    Ignored,
    /// Written by a bot.
    Bot,
    /// An import wrote it.
    Import,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cosmetic => "words unchanged",
            Self::Rename => "renamed only",
            Self::Ignored => "on the ignore list",
            Self::Bot => "by a bot",
            Self::Import => "an import",
        })
    }
}

/// What git knows about one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageHistory {
    /// When the prose last changed.
    pub edited: Edited,
    /// Commits newer than that, newest first, with the reason why they do not count.
    pub skipped: Vec<(Commit, Skip)>,
    /// People who committed to the page, with their number of commits; most commits first, then by name. Bots are left out.
    pub authors: Vec<(String, u32)>,
    /// The commit that brought the page into the repository, under whatever name; `None` when unknown.
    pub first: Option<Commit>,
    /// Paths it had before, relative to the root, newest first.
    pub former: Vec<String>,
}

impl PageHistory {
    /// A page of which nothing is known.
    pub fn unknown(why: Unknown) -> Self {
        Self { edited: Edited::Unknown(why), skipped: Vec::new(), authors: Vec::new(), first: None, former: Vec::new() }
    }
}

/// How much history there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Depth {
    /// All of it.
    Full,
    /// Cut off (`git clone --depth`).
    Shallow,
    /// None, and why.
    None(Unknown),
}

impl Depth {
    /// One word for machine formats.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Shallow => "shallow",
            Self::None(_) => "none",
        }
    }
}

/// A page as this module needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// Path relative to the root, with `/`.
    pub path: String,
    /// `source.updated` of the front matter.
    pub imported: Option<Date>,
}

/// Everything of git that the history of files below `root` depends on, as one text; `folders` are those that may be repositories of their own.
/// `None` where the answer could change without a trace: objects that a partial clone left out, a repository that git refuses to read.
pub fn trace(root: &std::path::Path, folders: &[&std::path::Path]) -> Option<String> {
    load::trace(root, folders)
}

/// Ages by path, with the text they are of.
type KnownAges = BTreeMap<String, (Arc<Source>, Arc<Ages>)>;

/// The history of all pages.
#[derive(Debug, Clone)]
pub struct History {
    /// How much of it there is (of the repository the root is in).
    pub depth: Depth,
    /// The commit checked out.
    pub head: Option<Commit>,
    /// The branch checked out is the one others start from.
    pub default_branch: bool,
    pages: BTreeMap<String, PageHistory>,
    rest: PageHistory,
    /// What was read of each repository.
    walks: Vec<Arc<Mutex<load::Walk>>>,
    /// Position in `walks` of the repository that has the page.
    walk_of: BTreeMap<String, usize>,
    /// Ages already found, by path, with the text they are of.
    known_ages: Arc<Mutex<KnownAges>>,
    /// Ages made up by hand, by path and line.
    made_up_ages: BTreeMap<(String, usize), Edited>,
}

impl History {
    /// Reads the history of every page of a corpus. Never fails: what cannot be read is unknown, with its reason.
    pub fn load(corpus: &Corpus, settings: &HistorySettings) -> Self {
        Self::load_at(corpus, &corpus.root, None, settings)
    }

    /// The history up to `revision` of a corpus whose files were taken from it; the repository is the one around `root`.
    pub fn load_at(corpus: &Corpus, root: &std::path::Path, revision: Option<&str>, settings: &HistorySettings) -> Self {
        let tracked = |page: &crate::page::Page| Tracked {
            path: page.path().to_owned(),
            imported: page.meta.origin.as_ref().and_then(|o| crate::text::date::parse(o.updated.as_deref()?)),
        };
        let mut pages: Vec<Tracked> = corpus.pages.iter().map(tracked).collect();
        pages.extend(corpus.parts.iter().filter(|(_, part)| part.is_ok()).map(|(path, _)| Tracked { path: path.clone(), imported: None }));
        let texts = corpus.pages.iter().map(|page| (page.path(), page.source.text())).collect();
        let mut history = load::load(root, &corpus.content, &Asked { pages: &pages, texts, revision }, settings);
        for page in corpus.pages.iter().filter(|p| !p.body.includes.is_empty()) {
            history.take_in(page.path(), &corpus.inputs(page));
        }
        history
    }

    /// A page changed when it or a file that it takes in did: the newest of these edits is the page's.
    fn take_in(&mut self, page: &str, inputs: &std::collections::BTreeSet<String>) {
        let newest = inputs.iter().filter_map(|path| self.pages.get(path)?.edited.date().map(|date| (date, path))).max();
        let Some((date, path)) = newest else { return };
        let edited = self.pages[path].edited.clone();
        if let Some(own) = self.pages.get_mut(page)
            && own.edited.date().is_some_and(|d| d < date)
        {
            own.edited = edited;
        }
    }

    /// Reads the history of pages below `root`/`content` (both may be the repository's top, a folder in it, a worktree or a submodule).
    pub fn of_pages(root: &std::path::Path, content: &str, pages: &[Tracked], settings: &HistorySettings) -> Self {
        load::load(root, content, &Asked { pages, texts: HashMap::new(), revision: None }, settings)
    }

    /// A history of which nothing is known, for runs without git and for tests.
    pub fn none(why: Unknown) -> Self {
        Self {
            depth: Depth::None(why.clone()),
            head: None,
            default_branch: false,
            pages: BTreeMap::new(),
            rest: PageHistory::unknown(why),
            walks: Vec::new(),
            walk_of: BTreeMap::new(),
            known_ages: Arc::default(),
            made_up_ages: BTreeMap::new(),
        }
    }

    /// A history made up by hand, for tests of whatever reads it. `parts` gives parts, by path and first line, another age than their page.
    pub fn made_up(
        pages: impl IntoIterator<Item = (String, PageHistory)>,
        parts: impl IntoIterator<Item = ((String, usize), Edited)>,
    ) -> Self {
        let pages = pages.into_iter().collect();
        Self { depth: Depth::Full, pages, made_up_ages: parts.into_iter().collect(), ..Self::none(Unknown::Untracked) }
    }

    fn take(&mut self, walk: load::Walk, found: Vec<(String, PageHistory)>) {
        self.walk_of.extend(found.iter().map(|(path, _)| (path.clone(), self.walks.len())));
        self.pages.extend(found);
        self.walks.push(Arc::new(Mutex::new(walk)));
    }

    /// What is known of the page at a path.
    pub fn page(&self, path: &str) -> &PageHistory {
        self.pages.get(path).unwrap_or(&self.rest)
    }

    /// When the sections and steps of pages last changed, as the pages stand in the working tree; in their order. Reads every version of a page until
    /// all of its parts are settled, so ask for many at once, and not from a thread that others wait for.
    pub fn ages(&self, pages: &[&Page]) -> Vec<Arc<Ages>> {
        let mut known = self.known_ages.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wanted: BTreeMap<usize, Vec<&Page>> = BTreeMap::new();
        for page in pages {
            let same = |of: &Arc<Source>| Arc::ptr_eq(of, &page.source) || of.text() == page.source.text();
            if known.get(page.path()).is_some_and(|(of, _)| same(of)) {
                continue;
            }
            match self.walk_of.get(page.path()) {
                Some(walk) => wanted.entry(*walk).or_default().push(*page),
                None => {
                    let ages = Arc::new(self.without_git(page, &Parts::of_page(page)));
                    known.insert(page.path().to_owned(), (Arc::clone(&page.source), ages));
                }
            }
        }
        for (walk, wanted) in wanted {
            let found = self.walks[walk].lock().unwrap_or_else(PoisonError::into_inner).ages(&wanted);
            for (page, ages) in wanted.iter().zip(found) {
                known.insert(page.path().to_owned(), (Arc::clone(&page.source), Arc::new(ages)));
            }
        }
        pages.iter().map(|p| known.get(p.path()).map(|(_, ages)| Arc::clone(ages)).unwrap_or_default()).collect()
    }

    /// Every part as old as its page, unless made up otherwise.
    fn without_git(&self, page: &Page, parts: &Parts) -> Ages {
        let mut ages = Ages::same(parts, &self.page(page.path()).edited);
        for part in &mut ages.0 {
            let line = page.source.line_of(part.span.start);
            if let Some(edited) = self.made_up_ages.get(&(page.path().to_owned(), line)) {
                part.edited = edited.clone();
            }
        }
        ages
    }
}
