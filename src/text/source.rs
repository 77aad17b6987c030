//! A file as read, with its line index, and byte spans into it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A half-open range of bytes in one [`Source`]; both ends lie on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from byte offsets; offsets beyond 4 GiB saturate (files that large are refused when read).
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The span as a range of `usize`, for slicing.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// True when the span covers nothing.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// True when `other` lies wholly inside.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// A place for people: line and column, both from 1; **columns count characters**, as editors show them, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One text file: its path as shown to people, its text, and where its lines begin.
#[derive(Debug)]
pub struct Source {
    path: String,
    text: String,
    /// Counted when somebody asks for a line: of most files nobody does.
    line_starts: OnceLock<Vec<u32>>,
}

impl Source {
    /// Wraps a text. `path` is relative to the repository root and written with `/`.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: text.into(), line_starts: OnceLock::new() })
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let mut starts = Vec::with_capacity(self.text.len() / 32);
            starts.push(0);
            starts.extend(self.text.match_indices('\n').map(|(i, _)| Span::new(i + 1, i + 1).start));
            starts
        })
    }

    /// Path relative to the repository root, with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty if the span does not fit this source.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// Line number (from 1) of a byte offset.
    pub fn line_of(&self, offset: u32) -> usize {
        self.line_starts().partition_point(|start| *start <= offset)
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_of(offset);
        let start = self.line_starts()[line - 1] as usize;
        let end = (offset as usize).min(self.text.len());
        let column = self.text.get(start..end).map_or(1, |s| s.chars().count() + 1);
        Position { line, column }
    }

    /// Byte span of a line (from 1) without its line end; `None` past the last line.
    pub fn line_span(&self, line: usize) -> Option<Span> {
        let start = *self.line_starts().get(line.checked_sub(1)?)? as usize;
        let end = self.line_starts().get(line).map_or(self.text.len(), |n| *n as usize);
        let body = self.text[start..end].trim_end_matches(['\n', '\r']);
        Some(Span::new(start, start + body.len()))
    }

    /// Byte offset of a line (from 1) and character column (from 1), clamped to the line.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let Some(span) = self.line_span(line) else {
            return self.text.len();
        };
        let body = self.slice(span);
        let inside = body.char_indices().nth(column.saturating_sub(1)).map_or(body.len(), |(i, _)| i);
        span.range().start + inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let source = Source::new("a.md", "één\r\nzwei ☕ drei\n");
        let drei = Span::from(source.text().find("drei").map(|i| i..i + 4).unwrap());
        assert_eq!(source.position(drei.start), Position { line: 2, column: 8 });
        assert_eq!(source.slice(source.line_span(1).unwrap()), "één");
        assert_eq!(source.offset(2, 8), drei.range().start);
        assert_eq!(source.line_span(4), None);
    }
}
