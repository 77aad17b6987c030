//! The content model: a page as parsed once, immutable ever after, with a byte span for everything that can be wrong.
//!
//! Later knowledge (verdicts, ages, routes, back-links) lives in side tables keyed by [`PageId`]. Knows nothing of rules, git or HTML.

pub mod body;
pub mod corpus;
pub mod front_matter;
pub mod markdown;
pub mod slug;

use std::sync::Arc;

pub use body::{Alert, Block, BlockKind, Body, Heading, Image, Inline, InlineKind, Inlines, Item, Link, LinkKind, List, Row, Table};
pub use corpus::{Corpus, PageId};
pub use front_matter::Meta;

use crate::text::Source;

/// One page of the repository.
#[derive(Debug)]
pub struct Page {
    /// The file.
    pub source: Arc<Source>,
    /// Front matter, typed, with spans and its problems.
    pub meta: Meta,
    /// The parsed Markdown.
    pub body: Body,
    /// Front matter title, else the first level-1 heading, else the file name made readable.
    pub title: String,
}

impl Page {
    /// Parses a page. Never fails: what is wrong with it stands in `meta.problems` or is found by rules.
    pub fn parse(source: Arc<Source>) -> Self {
        let (meta, body_start) = front_matter::parse(&source);
        let body = markdown::parse(&source, body_start);
        let title = meta
            .title
            .as_ref()
            .map(|t| t.value.clone())
            .or_else(|| body.headings.iter().find(|h| h.level == 1).map(|h| h.text.clone()))
            .unwrap_or_else(|| slug::readable(source.path()));
        Self { source, meta, body, title }
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
