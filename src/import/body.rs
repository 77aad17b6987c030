//! The seam between packages and bodies: a raw body goes in, document blocks and losses come out, whatever the format.
//!
//! Knows which reader reads which format; knows no file, no path and no other page.

use super::document::Block;
use super::losses::{Loss, Outcome};
use super::package::RawBody;
use super::{adf, html, storage, wiki};

/// What a body reader knows about the page at hand, and what it reports back.
///
/// Losses with [`Outcome::Translated`] are the readers' count of macros that came over whole: one entry per macro met (`macro info`, …), so that the
/// per-macro table can be complete. Everything else is a loss.
#[derive(Debug, Clone, Default)]
pub struct BodyContext {
    /// The page's title: a first heading that only repeats it is left out (Word exports, old templates).
    pub title: String,
    /// The heading the reader is under, kept by the reader.
    pub place: String,
    /// What was lost, and which macros came over, in reading order.
    pub losses: Vec<Loss>,
}

impl BodyContext {
    /// A context for the page called `title`.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Records what became of something at the current place.
    pub fn record(&mut self, element: impl Into<String>, detail: impl Into<String>, outcome: Outcome) {
        self.losses.push(Loss { element: element.into(), place: self.place.clone(), detail: detail.into(), outcome });
    }
}

/// Reads a body of any format. Never fails: what cannot be read is kept as text and recorded in `ctx`.
pub fn read(body: &RawBody, ctx: &mut BodyContext) -> Vec<Block> {
    match body {
        RawBody::Storage(text) => storage::read(text, ctx),
        RawBody::Html(text) => html::read(text, ctx),
        RawBody::Wiki(text) => wiki::read(text, ctx),
        RawBody::Adf(text) => adf::read(text, ctx),
        RawBody::Empty => Vec::new(),
    }
}
