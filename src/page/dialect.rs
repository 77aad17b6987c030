//! Ways of writing that other generators know and CommonMark does not, put into CommonMark before it is parsed: boxes (`:::note`, `!!! note`)
//! become alerts, tabs (`=== "Linux"`) their content under a bold name, and of MDX the statements, tags and comments are taken out.
//!
//! Every offset of the new text leads back to the file, so that findings and edits still point at what people wrote. Sources: the
//! documentation of Docusaurus (admonitions, MDX), Python-Markdown (admonition, details), PyMdown Extensions (tabbed).

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A text in CommonMark, and where its parts stand in the text it was made from.
pub(super) struct Plain {
    /// The new text.
    pub(super) text: String,
    /// Values of `id=` on tags that were taken out.
    pub(super) anchors: Vec<String>,
    pieces: Vec<Piece>,
}

/// A run of the new text: taken from `from` on, or put in at `from`.
struct Piece {
    at: usize,
    from: usize,
    taken: bool,
}

impl Plain {
    /// The range of the old text that a range of the new one comes from.
    pub(super) fn origin(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.old(range.start, range.start);
        let end = if range.end > range.start { self.old(range.end - 1, range.end) } else { start };
        start..end.max(start)
    }

    /// `at` in the old text, by the piece that `within` lies in.
    fn old(&self, within: usize, at: usize) -> usize {
        let piece = self.pieces.partition_point(|p| p.at <= within).saturating_sub(1);
        self.pieces.get(piece).map_or(at, |p| if p.taken { p.from + (at - p.at) } else { p.from })
    }

    fn take(&mut self, text: &str, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let goes_on = self.pieces.last().is_some_and(|p| p.taken && p.from + (self.text.len() - p.at) == range.start);
        if !goes_on {
            self.pieces.push(Piece { at: self.text.len(), from: range.start, taken: true });
        }
        self.text.push_str(&text[range]);
    }

    fn put(&mut self, text: &str, from: usize) {
        if !text.is_empty() {
            self.pieces.push(Piece { at: self.text.len(), from, taken: false });
            self.text.push_str(text);
        }
    }
}

/// The text in CommonMark; `None` if it is that already. `mdx` says that the file's name promises MDX.
pub(super) fn plain(text: &str, mdx: bool) -> Option<Plain> {
    let mdx = mdx || has_import(text);
    let boxes = ["\n:::", "\n!!!", "\n???", "\n==="].iter().any(|mark| text.contains(mark))
        || [":::", "!!!", "???", "==="].iter().any(|mark| text.starts_with(mark))
        || [" :::", " !!!", " ???", " ===", "\t!!!", "\t==="].iter().any(|mark| text.contains(mark));
    if !mdx && !boxes {
        return None;
    }
    let mut out = Plain { text: String::with_capacity(text.len()), anchors: Vec::new(), pieces: Vec::new() };
    let cuts = if mdx { cuts(text, &mut out.anchors) } else { Vec::new() };
    if cuts.is_empty() && !boxes {
        return None;
    }
    Reader { text, cuts, open: Vec::new(), fence: None, blank: true, out }.read().into()
}

/// A box, tab or tag whose content is being read.
struct Open {
    kind: Kind,
    /// Columns before the mark.
    indent: usize,
    /// Put before every line of the content.
    prefix: &'static str,
}

enum Kind {
    /// `:::note`, with its number of colons.
    Colons(usize),
    /// `!!! note` or `=== "Tab"`: content is four columns further in.
    Indented,
    /// A tag of MDX, and the column its content begins at.
    Tag(usize),
}

/// Something to leave out, or a tag that opens or closes around whole lines.
struct Cut {
    range: Range<usize>,
    form: Form,
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Form {
    Opens,
    Closes,
    Alone,
    Comment,
}

struct Reader<'t> {
    text: &'t str,
    cuts: Vec<Cut>,
    open: Vec<Open>,
    /// Mark and length of the fence that is open, and how many containers were open then.
    fence: Option<(u8, usize, usize)>,
    /// The line before was blank.
    blank: bool,
    out: Plain,
}

static COLONS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(:{3,})[ \t]*(note|tip|info|warning|danger|caution|important|success|secondary|details)\b[ \t]*(?:\{[^}\n]*\}|\[(.*)\]|(.*?))[ \t]*$")
        .expect("a fixed pattern")
});

static INDENTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:!!!|\?\?\?\+?)[ \t]+([A-Za-z][\w-]*)(?:[ \t]+[A-Za-z][\w-]*)*[ \t]*(?:"(.*)")?[ \t]*$|^===[!+]?[ \t]+"(.+)"[ \t]*$"#)
        .expect("a fixed pattern")
});

impl Reader<'_> {
    fn read(mut self) -> Plain {
        let mut at = 0;
        while at < self.text.len() {
            let end = self.text[at..].find('\n').map_or(self.text.len(), |n| at + n + 1);
            self.line(at..end);
            at = end;
        }
        self.out
    }

    fn line(&mut self, line: Range<usize>) {
        let raw = &self.text[line.clone()];
        let trimmed = raw.trim();
        let indent = columns(raw);
        if !trimmed.is_empty() {
            self.close_left(indent, line.start);
        }
        if let Some((mark, length, depth)) = self.fence {
            if closes_fence(trimmed, mark, length) || depth > self.open.len() {
                self.fence = None;
            }
            return self.copy(line, true);
        }
        if let Some((mark, length)) = opens_fence(trimmed) {
            self.fence = Some((mark, length, self.open.len()));
            return self.copy(line, true);
        }
        let start = line.start + (raw.len() - raw.trim_start().len());
        match trimmed.as_bytes().first() {
            Some(b':') if trimmed.starts_with(":::") => {
                let colons = trimmed.bytes().take_while(|b| *b == b':').count();
                let innermost = self.open.iter().rposition(|o| matches!(o.kind, Kind::Colons(n) if n == colons));
                if let Some(index) = innermost.filter(|_| colons == trimmed.len()) {
                    self.open.truncate(index);
                    return self.blank_line(line);
                }
                if let Some(found) = COLONS.captures(trimmed).filter(|_| self.closes(line.end, colons)) {
                    let title = found.get(3).or_else(|| found.get(4)).map(|m| start + m.start()..start + m.end());
                    return self.open_box(line, indent, Kind::Colons(colons), alert(&found[2]), title);
                }
            }
            Some(b'!' | b'?' | b'=') => {
                if let Some(found) = INDENTED.captures(trimmed).filter(|_| self.indents(line.end, indent + 4)) {
                    let kind = found.get(1).map(|m| alert(m.as_str()));
                    let title = found.get(2).or_else(|| found.get(3)).map(|m| start + m.start()..start + m.end());
                    return self.open_box(line, indent, Kind::Indented, kind.unwrap_or(""), title);
                }
            }
            _ => {}
        }
        self.tagged(line, indent);
    }

    /// Ends boxes whose content is further in than this line.
    fn close_left(&mut self, indent: usize, at: usize) {
        let ends = self.open.iter().position(|o| matches!(o.kind, Kind::Indented) && indent < o.indent + 4);
        if let Some(index) = ends {
            self.open.truncate(index);
            // Else the line would go on with the last paragraph of the box.
            if !self.blank {
                self.out.put("\n", at);
                self.blank = true;
            }
        }
    }

    /// True if a line of as many colons follows.
    fn closes(&self, from: usize, colons: usize) -> bool {
        self.text[from..].lines().any(|l| {
            let l = l.trim();
            l.len() == colons && l.bytes().all(|b| b == b':')
        })
    }

    /// True if the next line with anything on it begins at `column` or further in.
    fn indents(&self, from: usize, column: usize) -> bool {
        self.text[from..].lines().find(|l| !l.trim().is_empty()).is_some_and(|l| columns(l) >= column)
    }

    fn open_box(&mut self, line: Range<usize>, indent: usize, kind: Kind, alert: &str, title: Option<Range<usize>>) {
        let title = title.filter(|t| !self.text[t.clone()].trim().is_empty());
        let at = line.start;
        let tab = alert.is_empty();
        let nested = self.open.iter().any(|o| !o.prefix.is_empty());
        let before = self.before(indent);
        if tab && !self.blank {
            self.out.put(&format!("{}\n", before.trim_end()), at);
        }
        let mark = if tab { "" } else { "> " };
        let bar = format!("{before}{}\n", mark.trim_end());
        // An alert inside another is an ordinary quote.
        if !tab && !nested {
            self.out.put(&format!("{before}> [!{alert}]\n"), at);
        } else if !tab && !self.blank {
            self.out.put(&format!("{}\n", before.trim_end()), at);
        }
        if let Some(title) = title {
            let bold = if self.text[title.clone()].contains(['*', '`', '[']) { "" } else { "**" };
            self.out.put(&format!("{before}{mark}{bold}"), title.start);
            self.out.take(self.text, title.clone());
            self.out.put(&format!("{bold}\n{bar}"), title.end);
        }
        self.blank = true;
        self.open.push(Open { kind, indent, prefix: mark });
    }

    /// What stands before a line at `indent` in the boxes around it.
    fn before(&self, indent: usize) -> String {
        let (mut out, column) = self.marks(indent);
        out.push_str(&" ".repeat(indent.saturating_sub(column)));
        out
    }

    /// The marks of the boxes around a line, and the column up to which they stand for its white space.
    fn marks(&self, indent: usize) -> (String, usize) {
        let mut out = String::new();
        let mut column = 0;
        for open in &self.open {
            match open.kind {
                Kind::Tag(to) => column = column.max(to.min(indent)),
                Kind::Colons(_) | Kind::Indented => {
                    let own = open.indent.min(indent);
                    out.push_str(&" ".repeat(own.saturating_sub(column)));
                    out.push_str(open.prefix);
                    column = if matches!(open.kind, Kind::Indented) { own.saturating_add(4) } else { own }.max(column);
                }
            }
        }
        (out, column)
    }

    fn blank_line(&mut self, line: Range<usize>) {
        let before = self.marks(usize::MAX).0;
        self.out.put(before.trim_end(), line.start);
        self.out.put("\n", line.start);
        self.blank = true;
    }

    /// A line as it is, with the marks of the boxes around it, and without what is cut out.
    fn copy(&mut self, line: Range<usize>, whole: bool) {
        let raw = &self.text[line.clone()];
        if raw.trim().is_empty() {
            if self.open.is_empty() {
                self.out.take(self.text, line);
            } else {
                self.blank_line(line);
            }
            self.blank = true;
            return;
        }
        let mut at = line.start;
        let mut column = 0;
        for n in 0..self.open.len() {
            let (own, skip) = match self.open[n].kind {
                Kind::Tag(to) => (column, to),
                Kind::Colons(_) => (self.open[n].indent, 0),
                Kind::Indented => (self.open[n].indent, self.open[n].indent + 4),
            };
            let stop = advance(self.text, at..line.end, &mut column, own);
            self.out.take(self.text, at..stop);
            self.out.put(self.open[n].prefix, stop);
            at = advance(self.text, stop..line.end, &mut column, skip);
        }
        let cuts = if whole { 0..0 } else { self.cuts_in(&line) };
        let length = self.out.text.len();
        for cut in cuts {
            let Cut { range, form } = &self.cuts[cut];
            if range.start > at {
                self.out.take(self.text, at..range.start.min(line.end));
            }
            if *form == Form::Comment && range.start >= line.start {
                self.out.put("<!--", range.start);
                self.out.take(self.text, range.start + 3..range.end.min(line.end).saturating_sub(3).max(range.start + 3));
                self.out.put("-->", range.end.min(line.end));
            }
            at = at.max(range.end.min(line.end));
        }
        if at < line.end {
            self.out.take(self.text, at..line.end);
        } else if !self.out.text.ends_with('\n') {
            self.out.put("\n", line.end);
        }
        self.blank = self.out.text[length.min(self.out.text.len())..].trim().is_empty();
    }

    fn cuts_in(&self, line: &Range<usize>) -> Range<usize> {
        let first = self.cuts.partition_point(|c| c.range.end <= line.start);
        let last = self.cuts.partition_point(|c| c.range.start < line.end);
        first..last.max(first)
    }

    /// A line outside code, which tags of MDX may open or close.
    fn tagged(&mut self, line: Range<usize>, indent: usize) {
        let here = self.cuts_in(&line);
        let own: Vec<(Form, bool)> = here
            .map(|n| &self.cuts[n])
            .filter(|c| line.contains(&c.range.start) || c.range.end <= line.end)
            .map(|c| (c.form, self.text[line_start(self.text, c.range.start)..c.range.start].trim().is_empty()))
            .collect();
        if own.iter().any(|(form, leads)| *form == Form::Closes && *leads)
            && let Some(index) = self.open.iter().rposition(|o| matches!(o.kind, Kind::Tag(_)))
        {
            self.open.truncate(index);
        }
        self.copy(line.clone(), false);
        let opens = own.last().is_some_and(|(form, leads)| *form == Form::Opens && *leads) && self.ends_line(&line);
        if opens {
            let next = self.text[line.end..].lines().find(|l| !l.trim().is_empty()).map_or(indent, columns);
            self.open.push(Open { kind: Kind::Tag(next), indent, prefix: "" });
        }
    }

    /// True if what is cut out goes on to the end of the line, and ends there.
    fn ends_line(&self, line: &Range<usize>) -> bool {
        let end = line.start + self.text[line.clone()].trim_end().len();
        self.cuts[self.cuts_in(line)].iter().any(|c| c.range.end == end)
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |n| n + 1)
}

/// Columns of white space at the head of a line; a tab goes to the next fourth.
fn columns(line: &str) -> usize {
    line.bytes().take_while(|b| matches!(b, b' ' | b'\t')).fold(0, |n, b| if b == b'\t' { n / 4 * 4 + 4 } else { n + 1 })
}

/// Goes over white space up to a column; gives the offset.
fn advance(text: &str, range: Range<usize>, column: &mut usize, to: usize) -> usize {
    let mut at = range.start;
    while at < range.end && *column < to {
        match text.as_bytes()[at] {
            b' ' => *column += 1,
            b'\t' => *column = *column / 4 * 4 + 4,
            _ => break,
        }
        at += 1;
    }
    at
}

/// The alert that comes nearest to a box.
fn alert(kind: &str) -> &'static str {
    match kind.to_lowercase().as_str() {
        "tip" | "hint" | "success" | "check" | "done" => "TIP",
        "important" => "IMPORTANT",
        "warning" | "attention" => "WARNING",
        "caution" | "danger" | "error" | "failure" | "bug" => "CAUTION",
        _ => "NOTE",
    }
}

static IMPORT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?m)^import\s+(?:[\w${}*,\s]+\s+from\s+)?['"][^'"\n]+['"];?[ \t]*$"#).expect("a fixed pattern"));

/// True if a line outside code imports a component: Docusaurus reads `.md` as MDX.
fn has_import(text: &str) -> bool {
    if !text.contains("import ") {
        return false;
    }
    IMPORT.find_iter(text).any(|found| found.as_str().contains(" from ") && !in_fence(text, found.start()))
}

fn in_fence(text: &str, at: usize) -> bool {
    text[..at].lines().filter(|l| l.trim_start().starts_with("```") || l.trim_start().starts_with("~~~")).count() % 2 == 1
}

/// Mark and length of the fence that a line opens; a backtick behind backticks makes it code in a sentence.
fn opens_fence(trimmed: &str) -> Option<(u8, usize)> {
    let mark = trimmed.bytes().next().filter(|b| matches!(b, b'`' | b'~'))?;
    let run = trimmed.bytes().take_while(|b| *b == mark).count();
    (run >= 3 && !(mark == b'`' && trimmed[run..].contains('`'))).then_some((mark, run))
}

fn closes_fence(trimmed: &str, mark: u8, length: usize) -> bool {
    trimmed.len() >= length && trimmed.bytes().all(|b| b == mark)
}

/// What MDX adds to Markdown: statements, tags with components or expressions, comments. In order, none inside another.
fn cuts(text: &str, anchors: &mut Vec<String>) -> Vec<Cut> {
    let mut out: Vec<Cut> = Vec::new();
    let mut at = 0;
    let mut fence: Option<(u8, usize)> = None;
    let mut statement = true;
    while at < text.len() {
        let end = text[at..].find('\n').map_or(text.len(), |n| at + n + 1);
        let line = &text[at..end];
        let trimmed = line.trim();
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
        if statement && let Some(to) = statement_end(text, at) {
            out.push(Cut { range: at..to, form: Form::Alone });
            at = text[to..].find('\n').map_or(text.len(), |n| to + n + 1);
            continue;
        }
        statement = trimmed.is_empty();
        at = inline_cuts(text, at, end, anchors, &mut out);
    }
    out
}

/// The end of an `import` or `export` that begins here.
fn statement_end(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let export =
        ["export const ", "export let ", "export default ", "export function ", "export async "].iter().any(|w| rest.starts_with(w));
    if !export && !rest.starts_with("import ") && !rest.starts_with("import{") {
        return None;
    }
    let mut depth = 0i32;
    let mut end = at;
    for line in rest.split_inclusive('\n').take(200) {
        depth += line.bytes().map(|b| i32::from(matches!(b, b'{' | b'(' | b'[')) - i32::from(matches!(b, b'}' | b')' | b']'))).sum::<i32>();
        end += line.len();
        let said = text[at..end].trim_end();
        if depth <= 0 && (export || IMPORT.is_match(said)) {
            return Some(at + said.len());
        }
        if line.trim().is_empty() && depth <= 0 {
            return None;
        }
    }
    None
}

/// Cuts that begin on a line; gives the offset to go on from, which is beyond the line where a tag spans several.
fn inline_cuts(text: &str, from: usize, end: usize, anchors: &mut Vec<String>, out: &mut Vec<Cut>) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < end {
        match bytes[at] {
            b'`' => {
                let run = bytes[at..end].iter().take_while(|b| **b == b'`').count();
                let mark = &text[at..at + run];
                at = text[at + run..end].find(mark).map_or(at + run, |n| at + 2 * run + n);
            }
            b'\\' => at = (at + 2).min(end),
            b'{' if text[at..].starts_with("{/*") => {
                let stop = text[at..].find("*/}").map_or(end, |n| at + n + 3);
                // A comment over several lines, or one that nobody closes, is left out whole.
                let closed = text[at..stop].ends_with("*/}") && !text[at..stop].contains('\n');
                let form = if closed { Form::Comment } else { Form::Alone };
                out.push(Cut { range: at..stop, form });
                at = stop;
            }
            b'<' => match tag_end(text, at) {
                Some(stop) => {
                    let tag = &text[at..stop];
                    if let Some(id) = tag.find(" id=\"").and_then(|n| tag[n + 5..].split('"').next()) {
                        anchors.push(id.to_owned());
                    }
                    let form = match tag {
                        _ if tag.starts_with("</") => Form::Closes,
                        _ if tag.ends_with("/>") && tag.len() > 2 => Form::Alone,
                        _ => Form::Opens,
                    };
                    out.push(Cut { range: at..stop, form });
                    at = stop;
                }
                None => at += 1,
            },
            _ => at += 1,
        }
    }
    // The rest of a line on which a tag of several lines ends is read as well.
    if at > end {
        let line_end = text[at..].find('\n').map_or(text.len(), |n| at + n + 1);
        if at < line_end && bytes[at - 1] != b'\n' {
            return inline_cuts(text, at, line_end, anchors, out);
        }
    }
    at.max(end)
}

/// The end of a tag that only MDX knows: a component, a fragment, or any tag with an expression in it.
fn tag_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut next = at + 1;
    if bytes.get(next) == Some(&b'/') {
        next += 1;
    }
    let first = *bytes.get(next)?;
    if first == b'>' {
        return Some(next + 1);
    }
    if !first.is_ascii_alphabetic() {
        return None;
    }
    let component = first.is_ascii_uppercase();
    let mut expression = false;
    let mut depth = 0usize;
    let mut quote = 0u8;
    for (n, byte) in bytes.iter().enumerate().skip(next).take(8_000) {
        match byte {
            b if quote != 0 => quote = if *b == quote { 0 } else { quote },
            b'"' | b'\'' | b'`' if depth > 0 || matches!(bytes[n - 1], b'=') => quote = *byte,
            b'{' => {
                expression = true;
                depth += 1;
            }
            b'}' => depth = depth.saturating_sub(1),
            b'>' if depth == 0 => return (component || expression).then_some(n + 1),
            b'<' if depth == 0 => return None,
            b'\n' if depth == 0 && bytes.get(n + 1) == Some(&b'\n') => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> String {
        plain(text, false).map_or_else(|| "unchanged".to_owned(), |p| p.text)
    }

    fn mdx(text: &str) -> String {
        plain(text, true).map_or_else(|| "unchanged".to_owned(), |p| p.text)
    }

    #[test]
    fn code_in_a_sentence_opens_no_fence_and_what_nobody_closes_ends_with_the_page() {
        assert_eq!(mdx("```a``` <A b={1}/>x\n"), "```a``` x\n");
        for text in ["a\\", "{/* ééab", "\\é"] {
            let _ = plain(text, true);
        }
    }

    #[test]
    fn boxes_with_colons_become_alerts() {
        assert_eq!(of("A\n\n:::note\n\nText\n\n:::\n\nB\n"), "A\n\n> [!NOTE]\n>\n> Text\n>\n\n\nB\n");
        assert_eq!(of(":::danger[Hot *pan*]\nText\n:::\n"), "> [!CAUTION]\n> Hot *pan*\n>\n> Text\n\n");
        assert_eq!(
            of("1. a\n\n   :::tip Title\n   Text\n\n   - x\n   :::\n\n2. b\n"),
            "1. a\n\n   > [!TIP]\n   > **Title**\n   >\n   > Text\n   >\n   > - x\n\n\n2. b\n"
        );
        for text in [
            ":::note\nnever closed\n",
            "::: package.module.Class\n:::\n",
            ":::image type=\"content\" source=\"a.png\":::\n",
            "```\n:::note\n:::\n```\n",
        ] {
            assert!(plain(text, false).is_none_or(|p| p.text == text), "{text}");
        }
    }

    #[test]
    fn indented_boxes_and_tabs_lose_their_indent() {
        assert_eq!(
            of("A\n!!! warning \"Hot\"\n    Text\n\n        code\n\nB\n"),
            "A\n> [!WARNING]\n> **Hot**\n>\n> Text\n>\n>     code\n>\nB\n"
        );
        assert_eq!(
            of("1. a\n\n    ??? note\n        - x\n            - y\n    end\n"),
            "1. a\n\n    > [!NOTE]\n    > - x\n    >     - y\n\n    end\n"
        );
        assert_eq!(
            of("=== \"Linux\"\n\n    ```sh\n    ls\n    ```\n\n=== \"Mac\"\n\n    1. a\n"),
            "**Linux**\n\n\n```sh\nls\n```\n\n**Mac**\n\n\n1. a\n"
        );
        assert_eq!(of("!!! note\n\nNot in it.\n"), "!!! note\n\nNot in it.\n");
    }

    #[test]
    fn of_mdx_only_the_markdown_stays() {
        let text = "import Tabs from '@theme/Tabs';\nimport {\n  A,\n} from './a';\n\nexport const x = {\n  a: 1,\n};\n\n# T {/* c */}\n\n<Tabs\n  groupId=\"os\"\n  values={[{label: 'a > b'}]}>\n  <TabItem value=\"a\">\n\n    1. Stop `<A>` it.\n    2. Start <Key id=\"k\">Enter</Key> it.\n\n  </TabItem>\n</Tabs>\n\nimport is a word. x < y\n";
        let got = mdx(text);
        assert!(!got.contains("import Tabs") && !got.contains("const x") && !got.contains("<Tab") && !got.contains("values="), "{got}");
        assert!(
            got.contains("# T <!-- c -->\n")
                && got.contains("\n1. Stop `<A>` it.\n2. Start Enter it.\n")
                && got.ends_with("import is a word. x < y\n"),
            "{got}"
        );
        assert_eq!(plain(text, true).unwrap().anchors, ["k"]);
        assert_eq!(of("import antigravity\n\nText about import 'x'.\n"), "unchanged");
    }

    #[test]
    fn places_lead_back_to_the_file() {
        let text = "!!! note\n    Größe 1\n\n    - zwei\n\nend\n";
        let plain = plain(text, false).unwrap();
        for word in ["Größe 1", "zwei", "- zwei", "end"] {
            let at = plain.text.find(word).unwrap();
            assert_eq!(&text[plain.origin(&(at..at + word.len()))], word);
        }
    }

    proptest! {
        #[test]
        fn every_place_is_one_of_the_file(text in "(:::note\n|:::\n|!!! tip\n|    |=== \"a\"\n|```\n|import a from 'b'\n|<A>|</A>|<a b=\\{1\\}>|\\{/\\* é \\*/\\}|\\{/\\*|\\\\|- |1\\. |é|\n|\n\n|x ){0,40}") {
            if let Some(plain) = plain(&text, true) {
                let mut last = 0;
                for (at, c) in plain.text.char_indices() {
                    let origin = plain.origin(&(at..at + c.len_utf8()));
                    prop_assert!(text.get(origin.clone()).is_some() && origin.start >= last, "{origin:?}");
                    last = origin.start;
                }
            }
        }
    }
}
