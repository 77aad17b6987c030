//! From an export to Markdown in a repository: container readers, body readers, one document tree, one Markdown writer, one loss report.
//!
//! Container (zip, folder, MHTML, JSON) → [`package::ImportPage`]s with raw bodies → [`document::Block`]s → Markdown and files on disk.
//! Knows how pages are written, never how they are judged, linted or published.

pub mod adf;
pub mod anchors;
pub mod archive;
pub mod body;
pub mod comala;
pub mod context;
pub mod dates;
pub mod decisions;
pub mod document;
mod dom;
mod elements;
mod emoji;
pub mod encoding;
mod flow;
pub mod front;
pub mod html;
mod html_export;
pub mod journal;
pub mod ledger;
pub mod links;
pub mod listener;
pub mod live;
pub mod losses;
pub mod markdown;
pub mod notice;
pub mod package;
pub mod paths;
pub mod people;
pub mod plan;
pub mod properties;
pub mod resolve;
mod rest_json;
pub mod run;
pub mod sniff;
pub mod storage;
pub mod store;
pub mod wiki;
mod word;
mod xml_export;

/// The largest page that is read, in bytes: 7,500 printed pages. As a table of small cells it takes a gigabyte of memory while it is converted.
pub const MAX_PAGE_BYTES: u64 = 16 << 20;
