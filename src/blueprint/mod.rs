//! Blueprints: the format, its checks and schema, drafting from prose, keeping in step, diff by risk, hand-over.
//!
//! Owns everything about `<id>.blueprint.yaml` and `roles.yaml`. Reads pages through [`crate::page`] only, and never prints or walks
//! the disk: callers hand in texts and get values, problems with spans, or texts back.

pub mod check;
pub mod diff;
pub mod draft;
pub mod due;
pub mod emit;
pub mod export;
pub mod graph;
pub mod model;
pub mod parse;
pub mod roles;
pub mod schema;
pub mod sync;

pub use check::{Context, check};
pub use emit::to_yaml;
pub use model::Blueprint;
pub use parse::{Loaded, load};

/// File name ending of blueprints.
pub const EXTENSION: &str = ".blueprint.yaml";

/// Hash of a piece of page text for `source.hash`: the text after NFC with every run of white space made one space and the ends
/// trimmed, so that re-wrapping a paragraph changes nothing and changing a word does. 16 hex digits are plenty to see drift.
pub fn text_hash(markdown: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let folded: String = markdown.nfc().collect();
    let words: Vec<&str> = folded.split_whitespace().collect();
    format!("blake3:{}", &blake3::hash(words.join(" ").as_bytes()).to_hex()[..16])
}

/// Hash of a page's text without its front matter, for `source.hash` of a blueprint.
pub fn page_hash(page: &crate::page::Page) -> String {
    text_hash(page.source.text().get(page.body.start as usize..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #[test]
    fn wrapping_does_not_change_a_hash_but_a_word_does() {
        let hash = super::text_hash("Open the\n  ticket.\n");
        assert_eq!(hash, super::text_hash("Open the ticket."));
        assert_ne!(hash, super::text_hash("Open a ticket."));
        assert_eq!(hash.len(), "blake3:".len() + 16);
    }
}
