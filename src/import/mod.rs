//! From an export to Markdown in a repository: container readers, body readers, one document tree, one Markdown writer, one loss report.
//!
//! Container (zip, folder, MHTML, JSON) → [`package::ImportPage`]s with raw bodies → [`document::Block`]s → Markdown and files on disk.
//! Knows how pages are written, never how they are judged, linted or published.

pub mod adf;
pub mod anchors;
pub mod body;
pub mod document;
mod dom;
mod elements;
mod emoji;
mod flow;
pub mod html;
pub mod losses;
pub mod markdown;
pub mod package;
pub mod resolve;
pub mod storage;
pub mod wiki;
