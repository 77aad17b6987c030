//! The seam between packages and bodies: a raw body goes in, document blocks and losses come out, whatever the format.
//!
//! Knows which reader reads which format; knows no file, no path and no other page.

pub use super::context::BodyContext;
use super::document::Block;
use super::package::RawBody;
use super::{adf, html, storage, wiki};

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
