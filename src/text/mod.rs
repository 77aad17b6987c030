//! Text with places in it: files as read, byte spans, line/column positions, edits, and YAML with a span for every value.
//!
//! Owns everything that says *where*. Knows nothing of pages, rules or blueprints, and never touches the disk.

pub mod date;
pub mod schema;
pub mod source;
pub mod suggest;
pub mod yaml;

pub use source::{Position, Source, Span};
pub use suggest::nearest;
