//! The content model: a page as parsed once, immutable ever after, with a byte span for everything that can be wrong.
//!
//! Later knowledge (verdicts, ages, routes, back-links) lives in side tables keyed by [`PageId`]. Knows nothing of rules, git or HTML.

pub mod body;
pub mod corpus;
mod dialect;
pub mod front_matter;
pub mod include;
pub mod markdown;
mod permalink;
pub mod records;
pub mod slug;
pub mod whole;

use std::sync::{Arc, Mutex, PoisonError, Weak};

pub use body::{Alert, Block, BlockKind, Body, Heading, Image, Inline, InlineKind, Inlines, Item, Link, LinkKind, List, Row, Table, Tree};
pub use corpus::{Corpus, PageId};
pub use front_matter::Meta;
pub use include::Include;
pub use whole::Whole;

use crate::text::Source;

/// Endings of the files that are pages.
pub const ENDINGS: [&str; 3] = [".md", ".markdown", ".mdx"];

/// True for the path of a page.
pub fn is_page(path: &str) -> bool {
    ENDINGS.iter().any(|end| path.ends_with(end))
}

/// A path without the ending of a page.
pub fn stem(path: &str) -> &str {
    ENDINGS.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path)
}

/// One page of the repository.
#[derive(Debug)]
pub struct Page {
    /// The file.
    pub source: Arc<Source>,
    /// Front matter, typed, with spans and its problems.
    pub meta: Meta,
    /// Headings, links and images of the Markdown; its tree is [`Page::tree`].
    pub body: Body,
    /// Front matter title, else the first level-1 heading, else the file name made readable.
    pub title: String,
    tree: Mutex<Weak<Tree>>,
}

impl Page {
    /// Parses a page. Never fails: what is wrong with it stands in `meta.problems` or is found by rules.
    pub fn parse(source: Arc<Source>) -> Self {
        Self::parse_whole(source).0
    }

    /// [`Page::parse`] with the tree, for whoever goes on to look at it.
    pub fn parse_whole(source: Arc<Source>) -> (Self, Arc<Tree>) {
        let (meta, body_start) = front_matter::parse(&source);
        let (body, tree) = markdown::parse(&source, body_start);
        let title = meta
            .title
            .as_ref()
            .map(|t| t.value.clone())
            .or_else(|| body.headings.iter().find(|h| h.level == 1).map(|h| h.text.clone()))
            .unwrap_or_else(|| slug::readable(source.path()));
        let tree = Arc::new(tree);
        (Self { source, meta, body, title, tree: Mutex::new(Arc::downgrade(&tree)) }, tree)
    }

    /// The tree of the page, parsed again unless somebody holds it. Whoever is about to ask several times, or to call others who do, holds it
    /// meanwhile: the trees of all pages at once would take several times the memory of their texts.
    pub fn tree(&self) -> Arc<Tree> {
        let mut known = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        known.upgrade().unwrap_or_else(|| {
            let tree = Arc::new(markdown::parse(&self.source, self.body.start as usize).1);
            *known = Arc::downgrade(&tree);
            tree
        })
    }

    /// Path relative to the repository root, with `/`.
    pub fn path(&self) -> &str {
        self.source.path()
    }

    /// Line (from 1) on which page-level findings point: the title heading, else the first line of the body.
    pub fn title_line(&self) -> usize {
        let at = self.body.headings.iter().find(|h| h.level == 1).map_or(self.body.start, |h| h.span.start);
        self.source.line_of(at)
    }
}
