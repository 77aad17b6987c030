//! What MDX adds to Markdown: statements, tags with components or expressions, comments.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{closes_fence, opens_fence};

/// Something to leave out, or a tag that opens or closes around whole lines.
pub(super) struct Cut {
    pub(super) range: Range<usize>,
    pub(super) form: Form,
}

/// What a cut is.
#[derive(PartialEq, Eq, Clone, Copy)]
pub(super) enum Form {
    /// An opening tag.
    Opens,
    /// A closing tag.
    Closes,
    /// A statement, a tag without content, or a comment of several lines.
    Alone,
    /// A comment on one line.
    Comment,
}

static IMPORT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?m)^import\s+(?:[\w${}*,\s]+\s+from\s+)?['"][^'"\n]+['"];?[ \t]*$"#).expect("a fixed pattern"));

/// True if a line outside code imports a component: Docusaurus reads `.md` as MDX.
pub(super) fn has_import(text: &str) -> bool {
    if !text.contains("import ") {
        return false;
    }
    // Each piece of text between two statements is looked through for fences once.
    let (mut seen, mut fenced) = (0, false);
    IMPORT.find_iter(text).any(|found| {
        let marks = text[seen..found.start()].lines().map(str::trim_start).filter(|l| l.starts_with("```") || l.starts_with("~~~"));
        fenced ^= marks.count() % 2 == 1;
        seen = found.start();
        found.as_str().contains(" from ") && !fenced
    })
}

/// What MDX adds to a text. In order, none inside another.
pub(super) fn cuts(text: &str, anchors: &mut Vec<String>) -> Vec<Cut> {
    // Texts that are really MDX need a small part of this.
    let patience = 4 * text.len() + 65_536;
    let mut cutter = Cutter { text, anchors, out: Vec::new(), comments_end: true, patience };
    cutter.run();
    cutter.out
}

struct Cutter<'t> {
    text: &'t str,
    anchors: &'t mut Vec<String>,
    out: Vec<Cut>,
    /// A comment that begins here may end somewhere.
    comments_end: bool,
    /// Bytes that may still be looked at in vain. A page of openings that nobody closes would else be read from each of them on.
    patience: usize,
}

impl Cutter<'_> {
    fn run(&mut self) {
        let text = self.text;
        let mut at = 0;
        let mut fence: Option<(u8, usize)> = None;
        let mut statement = true;
        while at < text.len() {
            let end = self.line_end(at);
            let trimmed = text[at..end].trim();
            if let Some((mark, length)) = fence {
                if closes_fence(trimmed, mark, length) {
                    fence = None;
                }
                at = end;
                continue;
            }
            fence = opens_fence(trimmed);
            if fence.is_some() {
                at = end;
                continue;
            }
            if statement && let Some(to) = self.statement_end(at) {
                self.out.push(Cut { range: at..to, form: Form::Alone });
                at = self.line_end(to);
                continue;
            }
            statement = trimmed.is_empty();
            at = self.inline(at, end);
        }
    }

    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |n| at + n + 1)
    }

    /// Takes note of bytes that were looked at in vain; false when there were too many of them.
    fn in_vain(&mut self, bytes: usize) -> bool {
        self.patience = self.patience.saturating_sub(bytes);
        self.patience > 0
    }

    /// The end of an `import` or `export` that begins here.
    fn statement_end(&mut self, at: usize) -> Option<usize> {
        let text = self.text;
        let rest = &text[at..];
        let export =
            ["export const ", "export let ", "export default ", "export function ", "export async "].iter().any(|w| rest.starts_with(w));
        if !export && !rest.starts_with("import ") && !rest.starts_with("import{") {
            return None;
        }
        let mut depth = 0i32;
        let mut end = at;
        for line in rest.split_inclusive('\n').take(200) {
            if !self.in_vain(line.len()) {
                return None;
            }
            depth +=
                line.bytes().map(|b| i32::from(matches!(b, b'{' | b'(' | b'[')) - i32::from(matches!(b, b'}' | b')' | b']'))).sum::<i32>();
            end += line.len();
            let said = text[at..end].trim_end();
            if depth <= 0 && (export || said.ends_with(['\'', '"', ';']) && self.in_vain(said.len()) && IMPORT.is_match(said)) {
                return Some(at + said.len());
            }
            if line.trim().is_empty() && depth <= 0 {
                return None;
            }
        }
        None
    }

    /// Cuts that begin on a line; gives the offset to go on from, which is beyond the line where a tag spans several.
    fn inline(&mut self, from: usize, mut end: usize) -> usize {
        let text = self.text;
        let bytes = text.as_bytes();
        let mut at = from;
        loop {
            while at < end {
                at = match bytes[at] {
                    b'`' => self.code_end(at, end),
                    b'\\' => (at + 2).min(end),
                    b'{' if text[at..].starts_with("{/*") => self.comment(at, end),
                    b'<' => self.tag(at).unwrap_or(at + 1),
                    _ => at + 1,
                };
            }
            // The rest of a line on which a tag of several lines ends is read as well.
            if at == end || at >= text.len() || bytes[at - 1] == b'\n' {
                return at;
            }
            end = self.line_end(at);
        }
    }

    /// The end of the code that begins at `at` and has to end before `end`; else the end of its mark.
    fn code_end(&mut self, at: usize, end: usize) -> usize {
        let text = self.text;
        let run = text[at..end].bytes().take_while(|b| *b == b'`').count();
        let (mark, rest) = (&text[at..at + run], &text[at + run..end]);
        let close = if self.patience > 0 { rest.find(mark) } else { None };
        match close {
            Some(n) => at + 2 * run + n,
            None => {
                self.in_vain(rest.len());
                at + run
            }
        }
    }

    /// Cuts out a comment, and gives its end.
    fn comment(&mut self, at: usize, end: usize) -> usize {
        let text = self.text;
        let close = if self.comments_end { text[at..].find("*/}").map(|n| at + n + 3) } else { None };
        self.comments_end &= close.is_some();
        // A comment over several lines, or one that nobody closes, is left out whole.
        let stop = close.unwrap_or(end);
        let form = if close.is_some() && !text[at..stop].contains('\n') { Form::Comment } else { Form::Alone };
        self.out.push(Cut { range: at..stop, form });
        stop
    }

    /// Cuts out a tag, if one begins here, and gives its end.
    fn tag(&mut self, at: usize) -> Option<usize> {
        let stop = self.tag_end(at)?;
        let tag = &self.text[at..stop];
        if let Some(id) = tag.find(" id=\"").and_then(|n| tag[n + 5..].split('"').next()) {
            self.anchors.push(id.to_owned());
        }
        let form = match tag {
            _ if tag.starts_with("</") => Form::Closes,
            _ if tag.ends_with("/>") && tag.len() > 2 => Form::Alone,
            _ => Form::Opens,
        };
        self.out.push(Cut { range: at..stop, form });
        Some(stop)
    }

    /// The end of a tag that only MDX knows: a component, a fragment, or any tag with an expression in it.
    fn tag_end(&mut self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut next = at + 1;
        if bytes.get(next) == Some(&b'/') {
            next += 1;
        }
        let first = *bytes.get(next)?;
        if first == b'>' {
            return Some(next + 1);
        }
        if !first.is_ascii_alphabetic() || self.patience == 0 {
            return None;
        }
        let component = first.is_ascii_uppercase();
        let mut expression = false;
        let mut depth = 0usize;
        let mut quote = 0u8;
        let mut seen = next;
        for (n, byte) in bytes.iter().enumerate().skip(next).take(8_000) {
            seen = n;
            match byte {
                b if quote != 0 => quote = if *b == quote { 0 } else { quote },
                b'"' | b'\'' | b'`' if depth > 0 || matches!(bytes[n - 1], b'=') => quote = *byte,
                b'{' => {
                    expression = true;
                    depth += 1;
                }
                b'}' => depth = depth.saturating_sub(1),
                b'>' if depth == 0 && (component || expression) => return Some(n + 1),
                b'>' | b'<' if depth == 0 => break,
                b'\n' if depth == 0 && bytes.get(n + 1) == Some(&b'\n') => break,
                _ => {}
            }
        }
        self.in_vain(seen - at);
        None
    }
}
