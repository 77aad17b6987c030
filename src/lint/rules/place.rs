//! Where findings about a whole page point: one line that a person can look at or change.

use crate::page::{Block, Page};
use crate::text::Span;

/// The title heading, else the front matter's title, else the first block, else the file as such. A heading further down is no title.
pub(super) fn page(page: &Page) -> Span {
    let heading = page.body.headings.first().filter(|h| h.level == 1).map(|h| h.span);
    let title = page.meta.title.as_ref().map(|t| t.span);
    // Last, because a page with neither has to be parsed for it where nobody holds its tree.
    heading.or(title).or_else(|| page.tree().first().map(|b| line_of(page, b))).unwrap_or_default()
}

/// The first line of a block.
pub(super) fn line_of(page: &Page, block: &Block) -> Span {
    first_line(page, block.span)
}

/// A span cut off at its first line end.
pub(super) fn first_line(page: &Page, span: Span) -> Span {
    let length = page.source.slice(span).lines().next().map_or(0, str::len);
    Span::new(span.range().start, span.range().start + length)
}

/// The edit that adds a line to the front matter, making one if there is none.
pub(super) fn new_key(page: &Page, line: &str) -> (Span, String) {
    let end = page.meta.span.range().end;
    if page.meta.span.range().start > 0 {
        return (Span::new(end, end), format!("{line}\n"));
    }
    let start = if page.source.text().starts_with('\u{feff}') { 3 } else { 0 };
    (Span::new(start, start), format!("---\n{line}\n---\n\n"))
}

/// `3 days`, `2 months`, `4 years`: an age as people say it, rounded down.
pub(super) fn age(days: i64) -> String {
    let n = |n: i64| usize::try_from(n).unwrap_or(0);
    match days {
        0..=59 => crate::text::count(n(days), "day"),
        60..=729 => crate::text::count(n(days / 30), "month"),
        _ => crate::text::count(n(days / 365), "year"),
    }
}
