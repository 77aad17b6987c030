//! Boxes and tabs, and the lines between the tags of MDX: read line by line, each written with the marks of what is open around it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::mdx::{Cut, Form};
use super::{Plain, closes_fence, opens_fence};

/// Boxes, tabs and tags inside each other. What opens deeper stays as it is written, or each line of a hostile page would be written with as many
/// marks as it has lines.
const DEEPEST: usize = 32;

/// True if a line outside code begins a box or a tab.
pub(super) fn any(text: &str) -> bool {
    const MARKS: [&str; 4] = [":::", "!!!", "???", "==="];
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return false;
    }
    let mut fence: Option<(u8, usize)> = None;
    text.lines().map(str::trim).any(|line| {
        if let Some((mark, length)) = fence {
            if closes_fence(line, mark, length) {
                fence = None;
            }
            return false;
        }
        fence = opens_fence(line);
        MARKS.iter().any(|mark| line.starts_with(mark)) && (COLONS.is_match(line) || INDENTED.is_match(line))
    })
}

/// Puts a text into CommonMark, without what is cut out.
pub(super) fn read(text: &str, cuts: Vec<Cut>, out: Plain) -> Plain {
    Reader { text, cuts, open: Vec::new(), tabs: None, fence: None, blank: true, last: last_ends(text), out }.read()
}

/// Where the last line of so many colons and nothing else begins, by their number.
fn last_ends(text: &str) -> BTreeMap<usize, usize> {
    let mut at = 0;
    let mut last = BTreeMap::new();
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if trimmed.starts_with(":::") && trimmed.bytes().all(|b| b == b':') {
            last.insert(trimmed.len(), at);
        }
        at += line.len();
    }
    last
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
    /// `!!! note`: content is four columns further in.
    Indented,
    /// `=== "Tab"`, the same.
    Tab,
    /// A tag of MDX, and the column its content begins at.
    Tag(usize),
}

struct Reader<'t> {
    text: &'t str,
    cuts: Vec<Cut>,
    open: Vec<Open>,
    /// The line at hand goes on with tabs: how many containers were around the tab that ended before it.
    tabs: Option<usize>,
    /// Mark and length of the fence that is open, and how many containers were open then.
    fence: Option<(u8, usize, usize)>,
    /// The line before was blank.
    blank: bool,
    /// See [`last_ends`].
    last: BTreeMap<usize, usize>,
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
        self.close(0, at, false);
        self.out
    }

    fn line(&mut self, line: Range<usize>) {
        let raw = &self.text[line.clone()];
        let trimmed = raw.trim();
        let indent = columns(raw);
        self.tabs = None;
        if !trimmed.is_empty() {
            self.close_left(indent, line.start, trimmed);
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
        let room = self.open.len() < DEEPEST;
        match trimmed.as_bytes().first() {
            Some(b':') if trimmed.starts_with(":::") => {
                let colons = trimmed.bytes().take_while(|b| *b == b':').count();
                let innermost = self.open.iter().rposition(|o| matches!(o.kind, Kind::Colons(n) if n == colons));
                if let Some(index) = innermost.filter(|_| colons == trimmed.len()) {
                    self.close(index, line.start, false);
                    return self.blank_line(line);
                }
                if let Some(found) = COLONS.captures(trimmed).filter(|_| room && self.closes(line.end, colons)) {
                    let title = found.get(3).or_else(|| found.get(4)).map(|m| start + m.start()..start + m.end());
                    return self.open_box(line, indent, Kind::Colons(colons), alert(&found[2]), title);
                }
            }
            Some(b'!' | b'?' | b'=') => {
                if let Some(found) = INDENTED.captures(trimmed).filter(|_| room && self.indents(line.end, indent + 4)) {
                    if let Some(name) = found.get(3) {
                        return self.open_tab(&line, indent, start + name.start()..start + name.end());
                    }
                    let title = found.get(2).map(|m| start + m.start()..start + m.end());
                    return self.open_box(line, indent, Kind::Indented, alert(&found[1]), title);
                }
            }
            _ => {}
        }
        self.tagged(line, indent);
    }

    /// Ends boxes and tabs whose content is further in than this line.
    fn close_left(&mut self, indent: usize, at: usize, trimmed: &str) {
        let ends = self.open.iter().position(|o| matches!(o.kind, Kind::Indented | Kind::Tab) && indent < o.indent + 4);
        if let Some(index) = ends {
            let first = &self.open[index];
            let next = matches!(first.kind, Kind::Tab)
                && first.indent == indent
                && trimmed.starts_with("===")
                && !trimmed.starts_with("===!")
                && INDENTED.is_match(trimmed);
            self.close(index, at, next);
            self.tabs = next.then_some(index);
            // Else the line would go on with the last paragraph of the box.
            if !self.blank {
                self.out.put("\n", at);
                self.blank = true;
            }
        }
    }

    /// Ends all containers but the first so many. Tabs that end here get their mark, unless `next` says that the outermost goes on with another tab.
    fn close(&mut self, keep: usize, at: usize, next: bool) {
        while self.open.len() > keep {
            let Some(last) = self.open.pop() else { return };
            if !matches!(last.kind, Kind::Tab) {
                continue;
            }
            let before = self.before(last.indent);
            let bar = format!("{}\n", before.trim_end());
            if !self.out.text.ends_with('\n') {
                self.out.put("\n", at);
            }
            // Code that nobody closes ends with its tab, not with the page.
            if let Some((mark, length, _)) = self.fence.filter(|(.., depth)| *depth > self.open.len()) {
                self.out.put(&format!("{before}{}\n", String::from(char::from(mark)).repeat(length)), at);
                (self.fence, self.blank) = (None, false);
            }
            if !self.blank {
                self.out.put(&bar, at);
                self.blank = true;
            }
            if !next || self.open.len() > keep {
                self.out.put(&format!("{before}<!-- tabs:end -->\n{bar}"), at);
            }
        }
    }

    /// True if a line of as many colons follows.
    fn closes(&self, from: usize, colons: usize) -> bool {
        self.last.get(&colons).is_some_and(|last| *last >= from)
    }

    /// True if the next line with anything on it begins at `column` or further in.
    fn indents(&self, from: usize, column: usize) -> bool {
        self.text[from..].lines().find(|l| !l.trim().is_empty()).is_some_and(|l| columns(l) >= column)
    }

    fn open_box(&mut self, line: Range<usize>, indent: usize, kind: Kind, alert: &str, title: Option<Range<usize>>) {
        let title = title.filter(|t| !self.text[t.clone()].trim().is_empty());
        let at = line.start;
        let nested = self.open.iter().any(|o| !o.prefix.is_empty());
        let before = self.before(indent);
        // An alert inside another is an ordinary quote.
        if !nested {
            self.out.put(&format!("{before}> [!{alert}]\n"), at);
        } else if !self.blank {
            self.out.put(&format!("{}\n", before.trim_end()), at);
        }
        if let Some(title) = title {
            self.title(&format!("{before}> "), title);
        }
        self.blank = true;
        self.open.push(Open { kind, indent, prefix: "> " });
    }

    /// A tab, with the marks that the website reads: the first of several begins them, and each is named in a comment and in bold.
    fn open_tab(&mut self, line: &Range<usize>, indent: usize, name: Range<usize>) {
        let at = line.start;
        let before = self.before(indent);
        let bar = format!("{}\n", before.trim_end());
        if !self.blank {
            self.out.put(&bar, at);
        }
        if self.tabs != Some(self.open.len()) {
            self.out.put(&format!("{before}<!-- tabs:start -->\n{bar}"), at);
        }
        let said = self.text[name.clone()].replace("--", "—");
        self.out.put(&format!("{before}<!-- tab:{said} -->\n"), at);
        self.title(&before, name);
        self.blank = true;
        self.open.push(Open { kind: Kind::Tab, indent, prefix: "" });
    }

    /// A title in bold, unless it has marks of its own, and a blank line.
    fn title(&mut self, before: &str, title: Range<usize>) {
        let bold = if self.text[title.clone()].contains(['*', '`', '[']) { "" } else { "**" };
        self.out.put(&format!("{before}{bold}"), title.start);
        self.out.take(self.text, title.clone());
        self.out.put(&format!("{bold}\n{}\n", before.trim_end()), title.end);
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
                Kind::Colons(_) | Kind::Indented | Kind::Tab => {
                    let own = open.indent.min(indent);
                    out.push_str(&" ".repeat(own.saturating_sub(column)));
                    out.push_str(open.prefix);
                    column = if matches!(open.kind, Kind::Indented | Kind::Tab) { own.saturating_add(4) } else { own }.max(column);
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
                Kind::Indented | Kind::Tab => (self.open[n].indent, self.open[n].indent + 4),
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
        let raw = &self.text[line.clone()];
        let first = line.start + (raw.len() - raw.trim_start().len());
        // Only the first of them can have begun on an earlier line.
        let leads = |cut: &Cut| match cut.range.start {
            at if at >= line.start => at == first,
            at => self.text[..at].rsplit('\n').next().is_none_or(|before| before.trim().is_empty()),
        };
        let here = self.cuts[self.cuts_in(&line)].iter().filter(|c| line.contains(&c.range.start) || c.range.end <= line.end);
        let own: Vec<(Form, bool)> = here.map(|c| (c.form, leads(c))).collect();
        if own.iter().any(|(form, leads)| *form == Form::Closes && *leads)
            && let Some(index) = self.open.iter().rposition(|o| matches!(o.kind, Kind::Tag(_)))
        {
            self.close(index, line.start, false);
        }
        self.copy(line.clone(), false);
        let opens = own.last().is_some_and(|(form, leads)| *form == Form::Opens && *leads) && self.ends_line(&line);
        if opens && self.open.len() < DEEPEST {
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
