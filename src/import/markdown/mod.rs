//! The one Markdown writer: document blocks become CommonMark + GFM as a careful writer would type it.
//!
//! Knows nothing of the wiki's formats; asks a [`Resolver`] about other pages and records what Markdown cannot say.

use super::anchors::plain;
use super::document::Block;
use super::losses::Loss;
use super::resolve::Resolver;

/// Writes a page's body (no front matter, no title). Ends in one newline unless it is empty.
pub fn write(blocks: &[Block], _resolver: &dyn Resolver, _losses: &mut Vec<Loss>) -> String {
    let mut parts = Vec::new();
    for block in blocks {
        match block {
            Block::Heading { level, content } => parts.push(format!("{} {}", "#".repeat(usize::from(*level)), plain(content))),
            Block::Paragraph(content) => parts.push(plain(content)),
            _ => {}
        }
    }
    if parts.is_empty() { String::new() } else { parts.join("\n\n") + "\n" }
}
