//! Between the protocol's places and ours: URIs and paths, line and column against byte offsets.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use lsp_types::{Position, Range, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::page::corpus::percent_decode;
use crate::text::{Source, Span};

/// The path a `file:` URI names.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let path = percent_decode(&rest[rest.find('/')?..]);
    // `/C:/docs` on Windows.
    let drive = path.as_bytes().get(2) == Some(&b':') && path.as_bytes()[1].is_ascii_alphabetic();
    Some(PathBuf::from(if drive && cfg!(windows) { &path[1..] } else { &path }))
}

/// The URI of a path.
pub(super) fn uri_of(path: &Path) -> Option<Uri> {
    const KEPT: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':');
    let text = path.to_string_lossy().replace('\\', "/");
    Uri::from_str(&format!("file://{}{}", if text.starts_with('/') { "" } else { "/" }, utf8_percent_encode(&text, &KEPT))).ok()
}

/// Byte offset of a position; past the end of a line is its end.
pub(super) fn offset(source: &Source, at: Position, utf8: bool) -> usize {
    let Some(line) = source.line_span(at.line as usize + 1) else { return source.text().len() };
    let text = source.slice(line);
    let mut left = at.character as usize;
    for (index, c) in text.char_indices() {
        if left == 0 {
            return line.range().start + index;
        }
        left = left.saturating_sub(if utf8 { c.len_utf8() } else { c.len_utf16() });
    }
    line.range().end
}

/// The range of a span.
pub(super) fn range(source: &Source, span: Span, utf8: bool) -> Range {
    Range { start: position(source, span.start, utf8), end: position(source, span.end, utf8) }
}

fn position(source: &Source, offset: u32, utf8: bool) -> Position {
    let line = source.line_of(offset);
    let start = source.line_span(line).map_or(0, |s| s.range().start);
    let before = source.text().get(start..(offset as usize).min(source.text().len())).unwrap_or("");
    let column = if utf8 { before.len() } else { before.encode_utf16().count() };
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position { line: small(line - 1), character: small(column) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_follow_the_negotiated_encoding() {
        let source = Source::new("a.md", "x\n𝄞ü [a](b)\n");
        let at = source.text().find("[a]").unwrap();
        let span = Span::new(at, at + 3);
        assert_eq!(range(&source, span, false).start, Position { line: 1, character: 4 });
        assert_eq!(range(&source, span, true).start, Position { line: 1, character: 7 });
        assert_eq!(offset(&source, Position { line: 1, character: 4 }, false), at);
        assert_eq!(offset(&source, Position { line: 1, character: 99 }, false), source.text().len() - 1);
        assert_eq!(offset(&source, Position { line: 9, character: 0 }, false), source.text().len());
    }

    #[test]
    fn file_uris_are_paths_and_others_are_not() {
        let uri = Uri::from_str("file:///tmp/ops%20docs/gr%C3%B6%C3%9Fe.md").unwrap();
        assert_eq!(path_of(&uri).unwrap(), PathBuf::from("/tmp/ops docs/größe.md"));
        assert_eq!(uri_of(&path_of(&uri).unwrap()).unwrap(), uri);
        assert!(path_of(&Uri::from_str("untitled:Untitled-1").unwrap()).is_none());
    }
}
