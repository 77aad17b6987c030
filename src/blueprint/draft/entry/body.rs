//! The Markdown of an entry without what became values: the how-to of the step.

use super::Entry;
use crate::blueprint::draft::steps::Shape;
use crate::page::{Block, Page};
use crate::text::Span;

/// The Markdown of an entry without what became values: the how-to of the step. `below` is what stays of the blocks under its first line.
///
/// A part of a step has its words in the checklist, so that only what they leave out is kept.
pub(super) fn body_text(page: &Page, entry: &Entry<'_>, part: bool, below: Vec<String>) -> String {
    let mut parts = Vec::new();
    let lead = entry.lead.slice(&entry.part);
    // The lead is kept where the title does not say all of it.
    let sentences = entry.lead.sentences().iter().filter(|s| s.start >= entry.part.start && s.end <= entry.part.end).count();
    let paragraph = sentences > 1 && lead.chars().count() > 140;
    if (entry.shape != Shape::Heading || paragraph)
        && !lead.is_empty()
        && (sentences > 1 || lead.chars().count() > 140 || !part && (!entry.lead.links.is_empty() || !entry.lead.code.is_empty()))
    {
        let from = entry.lead.source(entry.part.start);
        let to = closed(page, entry.lead.source(entry.part.end.saturating_sub(1)) + 1);
        let first = page.source.slice(Span { start: from, end: to.max(from) });
        let whole = first_paragraph(page, entry).filter(|_| entry.shape != Shape::Prose).unwrap_or(first);
        parts.push(dedent(whole));
    }
    parts.extend(below);
    parts.into_iter().filter(|p| !p.trim().is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Behind the marks that close what ends at a byte: the address of a link, the end of bold or code.
fn closed(page: &Page, at: u32) -> u32 {
    let rest = page.source.text().get(at as usize..).unwrap_or("");
    let marks = rest.len() - rest.trim_start_matches(['*', '_', '`']).len();
    let link = rest[marks..].strip_prefix("](").and_then(|r| r.find([')', '\n']).filter(|i| r[*i..].starts_with(')'))).map_or(0, |i| i + 3);
    at + u32::try_from(marks + link).unwrap_or(0)
}

fn first_paragraph<'a>(page: &'a Page, entry: &Entry<'_>) -> Option<&'a str> {
    // The lead's own source, marks included: from the first to the last piece of the paragraph.
    let start = entry.lead.source(0);
    let text = page.source.slice(entry.span);
    let offset = (start as usize).checked_sub(entry.span.start as usize)?;
    let rest = text.get(offset..)?;
    if entry.shape == Shape::Row {
        return text.get(before(text, offset)..offset + cell_end(rest));
    }
    let end = rest.find("\n\n").unwrap_or(rest.len());
    let stop = rest[..end].match_indices('\n').find(|(i, _)| {
        let line = rest[i + 1..].trim_start();
        line.starts_with(['-', '*', '+', '`', '>', '|'])
            || line.starts_with(|c: char| c.is_ascii_digit())
                && line.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['.', ')'])
    });
    text.get(before(text, offset)..offset + stop.map_or(end, |(i, _)| i))
}

/// Marks such as `**` or `[` stand just before the first text.
fn before(text: &str, offset: usize) -> usize {
    text[..offset].rfind([' ', '\n', '|']).map_or(offset, |i| i + 1)
}

/// Where a table's cell ends: at the next bar without a backslash, as GFM has it even in code.
fn cell_end(rest: &str) -> usize {
    rest.match_indices('|').map(|(i, _)| i).find(|i| !rest[..*i].ends_with('\\')).unwrap_or(rest.len())
}

pub(super) fn dedent_block(page: &Page, block: &Block) -> String {
    let start = block.span.start as usize;
    let column = page.source.text()[..start].rfind('\n').map_or(start, |n| start - n - 1);
    let text = page.source.slice(block.span);
    let mut lines = text.lines();
    let mut out: Vec<&str> = lines.next().into_iter().collect();
    out.extend(lines.map(|l| {
        let spaces = l.len() - l.trim_start_matches(' ').len();
        &l[spaces.min(column)..]
    }));
    out.join("\n")
}

fn dedent(text: &str) -> String {
    text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n").trim().to_owned()
}
