//! What the website is made from: the corpus and what other modules found out about each page, as plain values.
//!
//! Knows nothing of how ages, verdicts or findings came about; whoever ties a run together fills these in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;
use serde::Serialize;

use crate::blueprint::Blueprint;
use crate::page::{Corpus, PageId};

/// Settings of the website.
#[derive(Debug, Clone)]
pub struct SiteSettings {
    /// Name of the site, at the start of every page.
    pub title: String,
    /// One sentence on what the site is.
    pub description: String,
    /// Language tag of pages and theme words, e.g. `en`.
    pub language: String,
    /// Address the site will have, for the sitemap, the feed and canonical links.
    pub base_url: Option<String>,
    /// Address for editing a page; `{path}` stands for its path in the repository.
    pub edit_url: Option<String>,
    /// Folder of the team's own theme (`themes/NAME`), whose files replace those of the built-in one.
    pub theme: Option<PathBuf>,
    /// Raw HTML in Markdown is passed on as written instead of being sanitised.
    pub allow_html: bool,
    /// Code is shown in colours.
    pub highlight: bool,
    /// Drafts are rendered (live preview).
    pub drafts: bool,
    /// Licence line in the footer.
    pub licence: Option<String>,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            title: "Handbook".to_owned(),
            description: String::new(),
            language: "en".to_owned(),
            base_url: None,
            edit_url: None,
            theme: None,
            allow_html: false,
            highlight: true,
            drafts: false,
            licence: None,
        }
    }
}

/// What kind of page it is, once a person, a path rule or the detector has said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// People do what it says.
    Procedure,
    /// Parts of it are a procedure.
    Mixed,
    /// People read it.
    #[default]
    Reference,
    /// The detector would not say.
    Unsure,
}

impl Kind {
    /// People follow it, wholly or in part.
    pub fn followed(self) -> bool {
        matches!(self, Kind::Procedure | Kind::Mixed)
    }
}

/// When the prose last changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// On this day.
    On(Date),
    /// Not known, and why, as a clause ("the history is cut off").
    Unknown(String),
}

/// A file the page describes has changed after the page's review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// The file that changed.
    pub path: String,
    /// When.
    pub changed: Date,
}

/// What is known of one page beyond its text.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Its kind.
    pub kind: Kind,
    /// Role that answers for it, from the page or the settings for its path.
    pub owner: Option<String>,
    /// Review interval in words, from the page or the settings for its path.
    pub review_every: Option<String>,
    /// Last change of the prose.
    pub edited: Edited,
    /// First commit with it.
    pub first_seen: Option<Date>,
    /// Who changed it, newest first.
    pub authors: Vec<String>,
    /// Set when `documents:` names a file that changed since the review.
    pub suspect: Option<Suspect>,
    /// `documents:` is given and could not be compared, and why.
    pub suspect_unknown: Option<String>,
    /// Last change of each step of a procedure, `None` where it is not known.
    pub step_dates: Vec<Option<Date>>,
    /// Sections that have not changed for long while the page has: position of the heading, and since when.
    pub old_sections: BTreeMap<usize, Date>,
    /// The same for steps that blueprints were drafted from: hash of the step's text on the page, and since when.
    pub old_steps: BTreeMap<String, Date>,
}

impl Facts {
    /// Facts of a page nobody looked at.
    pub fn unknown(kind: Kind, why: &str) -> Self {
        Self {
            kind,
            owner: None,
            review_every: None,
            edited: Edited::Unknown(why.to_owned()),
            first_seen: None,
            authors: Vec::new(),
            suspect: None,
            suspect_unknown: None,
            step_dates: Vec::new(),
            old_sections: BTreeMap::new(),
            old_steps: BTreeMap::new(),
        }
    }
}

/// A finding of lint, as the health page counts and lists it.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// Path of the page or file.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Rule name.
    pub rule: String,
    /// `error`, `warning` or `info`.
    pub level: String,
    /// One sentence.
    pub message: String,
}

/// The state of the repository at the end of a month.
#[derive(Debug, Clone)]
pub struct Month {
    /// First day of the month.
    pub month: Date,
    /// Pages that are procedures today and existed then.
    pub procedures: usize,
    /// Of these, how many were in date then.
    pub in_date: usize,
}

/// A blueprint and the page it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Process<'a> {
    /// Path of its file.
    pub path: &'a str,
    /// The blueprint.
    pub blueprint: &'a Blueprint,
    /// Its page.
    pub page: Option<PageId>,
}

/// Everything a build needs.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The pages.
    pub corpus: &'a Corpus,
    /// Settings of the site.
    pub settings: &'a SiteSettings,
    /// Facts of each page, in page order.
    pub facts: &'a [Facts],
    /// Blueprints, in path order.
    pub processes: &'a [Process<'a>],
    /// Titles of roles, by id.
    pub role_titles: &'a BTreeMap<String, String>,
    /// Findings of lint, if it ran.
    pub findings: Option<&'a [Finding]>,
    /// Months, oldest first; empty if the history is not known.
    pub months: &'a [Month],
    /// The history is not whole: the sentence that says so.
    pub history_gap: Option<&'a str>,
    /// Today.
    pub now: Date,
    /// Short id of the commit the site is built from.
    pub commit: Option<&'a str>,
}
