//! Body reader, first step: keeps the words as paragraphs and says so.

use super::body::BodyContext;
use super::document::{Block, Inline};
use super::losses::Outcome;

/// Reads a body.
pub fn read(raw: &str, ctx: &mut BodyContext) -> Vec<Block> {
    ctx.record("body", "form of the whole body", Outcome::KeptAsText);
    raw.split("\n\n").filter(|p| !p.trim().is_empty()).map(|p| Block::Paragraph(vec![Inline::Text(p.trim().to_owned())])).collect()
}
