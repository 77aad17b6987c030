//! The running text of a page for rules that look for phrases: as written, so that offsets stay true, with everything blanked that is not prose.

use crate::lint::PageContext;
use crate::page::{BlockKind, Inline, InlineKind, Inlines, Page, Tree};
use crate::text::Span;

/// A paragraph, heading, table cell or item text.
pub(super) struct Run {
    /// The source text with code, HTML, link targets and images replaced by spaces; same length as the source.
    pub(super) text: String,
    /// Its place.
    pub(super) span: Span,
}

impl Run {
    /// The place of a match in [`Run::text`].
    pub(super) fn at(&self, range: std::ops::Range<usize>) -> Span {
        let base = self.span.range().start;
        Span::new(base + range.start, base + range.end)
    }
}

/// Every run of a page, in order.
pub(super) fn runs(cx: &PageContext<'_>) -> Vec<Run> {
    runs_in(cx.page, cx.tree())
}

fn runs_in(page: &Page, tree: &Tree) -> Vec<Run> {
    let mut out = Vec::new();
    tree.walk(&mut |block| match &block.kind {
        BlockKind::Heading(_, inlines) | BlockKind::Paragraph(inlines) => push(page, inlines, &mut out),
        BlockKind::Table(table) => {
            let rows = std::iter::once(&table.head).chain(&table.rows);
            rows.flat_map(|r| &r.cells).for_each(|cell| push(page, cell, &mut out));
        }
        BlockKind::Definitions(entries) => entries.iter().for_each(|(term, _)| push(page, term, &mut out)),
        _ => {}
    });
    out
}

/// True if a line of the page can be an item of a numbered list; a page without any need not be parsed for one.
pub(super) fn may_be_numbered(page: &Page) -> bool {
    page.source.text().lines().any(|line| {
        let rest = line.trim_start_matches([' ', '\t', '>', '-', '*', '+']);
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && matches!(rest.as_bytes().get(digits), Some(b'.' | b')'))
    })
}

/// One run.
pub(super) fn run(page: &Page, inlines: &Inlines) -> Run {
    let mut bytes = page.source.slice(inlines.span).as_bytes().to_vec();
    blank(&inlines.nodes, inlines.span.range().start, &mut bytes);
    Run { text: String::from_utf8(bytes).unwrap_or_default(), span: inlines.span }
}

fn push(page: &Page, inlines: &Inlines, out: &mut Vec<Run>) {
    if !inlines.nodes.is_empty() {
        out.push(run(page, inlines));
    }
}

fn blank(nodes: &[Inline], base: usize, bytes: &mut [u8]) {
    let mut wipe = |from: usize, to: usize| {
        if let Some(part) = bytes.get_mut(from.saturating_sub(base)..to.saturating_sub(base)) {
            part.iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
        }
    };
    for node in nodes {
        let span = node.span.range();
        match &node.kind {
            InlineKind::Code(_) | InlineKind::Html(_) | InlineKind::Math(..) | InlineKind::Image(..) => wipe(span.start, span.end),
            InlineKind::Link(_, _, content) => match (content.first(), content.last()) {
                (Some(first), Some(last)) => {
                    wipe(span.start, first.span.range().start);
                    wipe(last.span.range().end, span.end);
                }
                _ => wipe(span.start, span.end),
            },
            _ => {}
        }
    }
    for node in nodes {
        match &node.kind {
            InlineKind::Emphasis(inner) | InlineKind::Strong(inner) | InlineKind::Strike(inner) | InlineKind::Link(_, _, inner) => {
                blank(inner, base, bytes);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    #[test]
    fn only_prose_is_left_and_offsets_hold() {
        let page = Page::parse(Source::new("p.md", "Do **not** `TODO` [this TBD](x/TODO.md) ☕ ![TODO](y.png) now\n"));
        let run = &runs_in(&page, &page.tree())[0];
        assert!(!run.text.contains("TODO"), "{}", run.text);
        let at = run.text.find("TBD").unwrap();
        assert_eq!(page.source.slice(run.at(at..at + 3)), "TBD");
    }
}
