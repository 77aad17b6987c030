//! From an export to Markdown in a repository: container readers, body readers, one document tree, one Markdown writer, one loss report.
//!
//! Container (zip, folder, MHTML, JSON) → [`package::ImportPage`]s with raw bodies → [`document::Block`]s → Markdown and files on disk.
//! Knows how pages are written, never how they are judged, linted or published.

pub mod document;
pub mod losses;
pub mod package;
