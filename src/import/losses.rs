//! The loss report: what an import could not carry over, where it was, and what became of it.

/// What became of something the target cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Said in Markdown, fully.
    Translated,
    /// Its text is there, its form or behaviour is not.
    KeptAsText,
    /// A visible marker stands in its place; lint finds it.
    Marker,
    /// Not in the page; the report is the only trace.
    Dropped,
}

impl Outcome {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Translated => "translated",
            Self::KeptAsText => "kept as text",
            Self::Marker => "left as marker",
            Self::Dropped => "dropped",
        }
    }
}

/// One loss on one page. The words lost are named, so that the report cannot excuse what it does not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The element: `macro jira`, `merged cell`, `text colour`, `attachment` …
    pub element: String,
    /// Where on the page: the heading it stands under, or empty.
    pub place: String,
    /// What it was: the words, parameters or address.
    pub detail: String,
    /// What became of it.
    pub outcome: Outcome,
}
