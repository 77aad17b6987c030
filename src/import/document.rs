//! The document tree every body reader delivers and the Markdown writer takes: what a wiki page says, free of any wiki's syntax.

use serde::{Deserialize, Serialize};

/// A block.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading, level 1 to 6.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Content.
        content: Vec<Inline>,
    },
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list; task lists are lists whose items have a state.
    List {
        /// First number of an ordered list; `None` for bullets.
        start: Option<u64>,
        /// Items in order.
        items: Vec<ListItem>,
    },
    /// A code block.
    Code {
        /// Language as Markdown highlighters name it.
        language: Option<String>,
        /// Title shown above.
        title: Option<String>,
        /// The text, exactly.
        text: String,
    },
    /// A quotation.
    Quote(Vec<Block>),
    /// A panel that calls for attention.
    Callout {
        /// Its kind.
        kind: CalloutKind,
        /// Its title.
        title: Vec<Inline>,
        /// Its content.
        blocks: Vec<Block>,
    },
    /// A part that opens on demand.
    Expand {
        /// The line one clicks.
        title: Vec<Inline>,
        /// What it hides.
        blocks: Vec<Block>,
    },
    /// Tabs: a name and content each.
    Tabs(Vec<Tab>),
    /// A table.
    Table(Table),
    /// A thematic break.
    Rule,
    /// Page properties (`details`): a table that also becomes front matter where its keys say owner, review date and the like.
    Properties(Table),
    /// A list of child pages that the wiki generated; written from the page tree at hand.
    Children {
        /// Whose children, when not of the page itself. A title of `@home`, `@parent` or `@none` (all top pages of the space) is relative to the page.
        of: Option<PageRef>,
        /// Levels, 0 for all.
        depth: u32,
    },
    /// The files of a page, as the wiki listed or showed them; written from the files at hand.
    Files {
        /// Whose files, when not the page's own.
        of: Option<PageRef>,
        /// Shown as pictures instead of listed.
        pictures: bool,
    },
    /// Another page's content (or its excerpt) shown in place.
    Include {
        /// Which page.
        page: PageRef,
        /// Only its excerpt.
        excerpt: bool,
        /// The excerpt's name, where it has one.
        name: Option<String>,
    },
    /// The part of the page that others may show as its excerpt.
    Excerpt {
        /// Its name, where it has one.
        name: Option<String>,
        /// The excerpt.
        blocks: Vec<Block>,
        /// Not shown on the page itself.
        hidden: bool,
    },
    /// A macro without translation: a visible marker, followed by whatever content it had.
    Marker(Marker),
}

/// Kinds of callout, named as GitHub's alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalloutKind {
    /// Information, or a panel without a kind.
    Note,
    /// Advice.
    Tip,
    /// Something to keep in mind.
    Important,
    /// Something may go wrong.
    Warning,
    /// Something will go wrong.
    Caution,
}

/// A list item.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListItem {
    /// Done or open, for tasks.
    pub task: Option<bool>,
    /// Content.
    pub blocks: Vec<Block>,
}

/// A tab.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tab {
    /// What one clicks.
    pub name: String,
    /// Content.
    pub blocks: Vec<Block>,
}

/// A table, possibly with merged cells and block content.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Caption.
    pub caption: Vec<Inline>,
    /// Rows in order.
    pub rows: Vec<Vec<Cell>>,
}

/// A table cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// A header cell.
    pub header: bool,
    /// Columns it covers, at least 1.
    pub colspan: u32,
    /// Rows it covers, at least 1.
    pub rowspan: u32,
    /// Content.
    pub blocks: Vec<Block>,
}

/// A piece of inline content.
#[derive(Debug, Clone, PartialEq)]
pub enum Inline {
    /// Text; white space already collapsed as a browser would.
    Text(String),
    /// Code.
    Code(String),
    /// Strong.
    Strong(Vec<Inline>),
    /// Emphasis.
    Emphasis(Vec<Inline>),
    /// Struck out.
    Strike(Vec<Inline>),
    /// Subscript.
    Sub(Vec<Inline>),
    /// Superscript.
    Sup(Vec<Inline>),
    /// A link.
    Link {
        /// Where to.
        target: Target,
        /// What is shown; empty means the target's own title.
        content: Vec<Inline>,
    },
    /// An image.
    Image {
        /// The file.
        source: Target,
        /// Alternative text.
        alt: String,
        /// Tooltip.
        title: Option<String>,
        /// Width in CSS pixels, where the author set one.
        width: Option<u32>,
        /// Caption.
        caption: Vec<Inline>,
    },
    /// A line break inside a paragraph.
    Break,
    /// A person, by whatever the source knows.
    Mention(UserRef),
    /// A date, `YYYY-MM-DD`.
    Date(String),
    /// An emoji as text.
    Emoji(String),
    /// A status lozenge.
    Status {
        /// Its words.
        text: String,
        /// Its colour's name, empty if none.
        colour: String,
    },
    /// A place that links name.
    Anchor(String),
    /// An excerpt inside a sentence.
    Excerpt {
        /// Its name, where it has one.
        name: Option<String>,
        /// The words.
        content: Vec<Inline>,
    },
    /// A macro without translation in running text.
    Marker(Marker),
}

/// Who is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UserRef {
    /// Account id, user key or login: whatever identifies the person in the export.
    pub id: String,
    /// Display name where the source shows one.
    pub name: Option<String>,
}

/// A page named in a link.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageRef {
    /// Space key; `None` means the page's own space.
    pub space: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Page id.
    pub id: Option<String>,
    /// File inside the export (HTML exports).
    pub file: Option<String>,
}

/// Where a link leads or an image lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An address outside, or one of the wiki's own that only the package's index can resolve.
    Url(String),
    /// A page, and an anchor on it in the wiki's dialect.
    Page(PageRef, Option<String>),
    /// An attachment: of which page (`None` = this one), by file name or by id.
    Attachment {
        /// Owner; `None` = the page itself.
        page: Option<PageRef>,
        /// File name as the body names it.
        name: String,
        /// Attachment id or path inside the export, where known.
        id: Option<String>,
    },
    /// An anchor on the same page, in the wiki's dialect.
    Anchor(String),
    /// A space.
    Space(String),
    /// A person.
    User(UserRef),
    /// An issue of the tracker beside the wiki, by key (`OPS-12`).
    Issue(String),
    /// The editor left a link without a target.
    Nothing,
}

/// A macro that has no translation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Marker {
    /// The macro's name.
    pub name: String,
    /// Parameters as written, in order.
    pub parameters: Vec<(String, String)>,
    /// Content it had, which is kept.
    pub blocks: Vec<Block>,
}
