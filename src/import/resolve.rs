//! What the Markdown writer asks about the rest of the export: where links lead, who people are, what other pages hold.
//!
//! Implemented by whoever knows all pages; the writer knows only this trait.

use super::document::{Block, PageRef, Target, UserRef};

/// Where a link target lies once all pages have their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the tree that is being written.
    Here {
        /// Path relative to the page being written, `/` between parts, not percent-encoded; empty for the page itself.
        path: String,
        /// Anchor on it, already in the dialect of our headings (see [`super::anchors`]).
        anchor: Option<String>,
        /// The target's own title or file name, shown by links without text.
        title: String,
    },
    /// A file that belongs in the tree and that the export lacks: the path keeps its place, so that putting the file there mends the page.
    Absent {
        /// Path relative to the page being written.
        path: String,
        /// Its own name.
        title: String,
    },
    /// A file of a page that no list of the export names: as [`Place::Absent`], and the writer records a loss.
    Unlisted {
        /// Path relative to the page being written.
        path: String,
        /// Its own name.
        title: String,
    },
    /// Outside: an address for the link as it is.
    Away(String),
    /// The wiki's own, but not in the export. The writer keeps the words, links to the address if there is one, and records a loss.
    Missing {
        /// The target's address in the wiki, where it can be told.
        url: Option<String>,
    },
}

/// A page in a list of child pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildPage {
    /// Path relative to the page being written, as in [`Place::Here`].
    pub path: String,
    /// Title.
    pub title: String,
    /// Its own children, as far as the depth asked for.
    pub children: Vec<ChildPage>,
}

/// Content of another page.
#[derive(Debug, Clone, PartialEq)]
pub struct Included {
    /// The page it comes from, with space and id or title filled in: the writer re-reads relative references from there.
    pub page: PageRef,
    /// The blocks: the whole page's or its excerpt's.
    pub blocks: Vec<Block>,
}

/// Answers the writer's questions about everything outside the page at hand.
pub trait Resolver {
    /// Where `target` leads, seen from the page being written. `Target::Url` may turn out to be a page of the export.
    fn place(&self, target: &Target) -> Place;
    /// The name to write for a person; `None` if nobody knows it. Never an e-mail address.
    fn user_name(&self, user: &UserRef) -> Option<String>;
    /// What to write for a person who is mentioned: the role that stands for them, else their name.
    fn mention(&self, user: &UserRef) -> Option<String> {
        self.user_name(user)
    }
    /// The id of the role that stands for a person who owns the page.
    fn owner(&self, _user: &UserRef) -> Option<String> {
        None
    }
    /// The id of the role that stands for the person of that name.
    fn role(&self, _name: &str) -> Option<String> {
        None
    }
    /// Whether somebody needs what a macro did; of one nobody needs no marker is left.
    fn needs(&self, _macro_name: &str) -> bool {
        true
    }
    /// Pages below `of` (`None`: below the page being written), `depth` levels deep (0: all). `None` when that page is not in the export.
    fn children(&self, of: Option<&PageRef>, depth: u32) -> Option<Vec<ChildPage>>;
    /// Files of `of` (`None`: of the page being written) as path and name. `None` when that page is not in the export.
    fn files(&self, of: Option<&PageRef>) -> Option<Vec<(String, String)>>;
    /// The content of `page`, or of its (named, if `name` is given) excerpt. `None` when it is not in the export.
    fn include(&self, page: &PageRef, excerpt: bool, name: Option<&str>) -> Option<Included>;
}

/// A resolver that knows no other page: links stay as they are. For single bodies and tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Resolver for Alone {
    fn place(&self, target: &Target) -> Place {
        match target {
            Target::Url(url) => Place::Away(url.clone()),
            Target::Anchor(anchor) => Place::Here { path: String::new(), anchor: Some(anchor.clone()), title: anchor.clone() },
            _ => Place::Missing { url: None },
        }
    }

    fn user_name(&self, user: &UserRef) -> Option<String> {
        user.name.clone()
    }

    fn children(&self, _: Option<&PageRef>, _: u32) -> Option<Vec<ChildPage>> {
        None
    }

    fn files(&self, _: Option<&PageRef>) -> Option<Vec<(String, String)>> {
        None
    }

    fn include(&self, _: &PageRef, _: bool, _: Option<&str>) -> Option<Included> {
        None
    }
}
