//! Lines of wiki markup gathered into blocks: lists by their markers, tables by their bars, paragraphs by blank lines.

use super::{CLOSE, OPEN, Parser, node};
use crate::import::dom::Node;

/// Lines gathered into blocks.
pub(super) struct Lines<'p> {
    parser: &'p mut Parser,
    out: Vec<Node>,
    paragraph: Vec<Node>,
    /// Open lists, outermost first: marker, finished items, and the content of the open item.
    lists: Vec<(char, Vec<Node>, Vec<Node>)>,
    rows: Vec<Node>,
}

impl<'p> Lines<'p> {
    /// No lines yet.
    pub(super) fn new(parser: &'p mut Parser) -> Self {
        Self { parser, out: Vec::new(), paragraph: Vec::new(), lists: Vec::new(), rows: Vec::new() }
    }
}

impl Lines<'_> {
    pub(super) fn line(&mut self, line: &str) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            self.flush();
            return;
        }
        if let Some((level, rest)) = heading(trimmed) {
            self.flush();
            let content = self.parser.inline(rest);
            self.out.push(node(&format!("h{level}"), &[], content));
        } else if trimmed.len() >= 4 && trimmed.bytes().all(|b| b == b'-') {
            self.flush();
            self.out.push(node("hr", &[], Vec::new()));
        } else if let Some(rest) = trimmed.strip_prefix("bq.") {
            self.flush();
            let content = self.parser.inline(rest.trim());
            self.out.push(node("blockquote", &[], vec![node("p", &[], content)]));
        } else if let Some((markers, rest)) = list_item(trimmed) {
            self.flush_text();
            self.item(markers, rest);
        } else if trimmed.starts_with('|') {
            self.flush_lists();
            self.flush_paragraph();
            self.row(trimmed);
        } else {
            self.flush_rows();
            let content = self.parser.inline(trimmed);
            if let Some((_, _, item)) = self.lists.last_mut() {
                item.push(node("br", &[], Vec::new()));
                item.extend(content);
            } else {
                if !self.paragraph.is_empty() {
                    self.paragraph.push(node("br", &[], Vec::new()));
                }
                self.paragraph.extend(content);
            }
        }
    }

    fn item(&mut self, markers: &str, rest: &str) {
        let markers: Vec<char> = markers.chars().take(20).collect();
        while self.lists.len() > markers.len()
            || self.lists.len() == markers.len() && self.lists.last().is_some_and(|(m, ..)| Some(m) != markers.last())
        {
            self.close_list();
        }
        if self.lists.len() == markers.len() {
            self.close_item();
        }
        for marker in markers.iter().skip(self.lists.len()) {
            self.lists.push((*marker, Vec::new(), Vec::new()));
        }
        let content = self.parser.inline(rest);
        if let Some((_, _, item)) = self.lists.last_mut() {
            item.extend(content);
        }
    }

    fn close_item(&mut self) {
        if let Some((_, items, item)) = self.lists.last_mut()
            && !item.is_empty()
        {
            let content = std::mem::take(item);
            items.push(node("li", &[], content));
        }
    }

    fn close_list(&mut self) {
        self.close_item();
        let Some((marker, items, _)) = self.lists.pop() else { return };
        let list = node(if marker == '#' { "ol" } else { "ul" }, &[], items);
        match self.lists.last_mut() {
            Some((_, _, item)) => item.push(list),
            None => self.out.push(list),
        }
    }

    fn row(&mut self, line: &str) {
        let mut cells = Vec::new();
        let mut header = false;
        let mut current = String::new();
        let mut started = false;
        let (mut brackets, mut held) = (0u32, false);
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                OPEN => held = true,
                CLOSE => held = false,
                '[' => brackets += 1,
                ']' => brackets = brackets.saturating_sub(1),
                '\\' if chars.peek() == Some(&'|') => {
                    current.push('|');
                    chars.next();
                    continue;
                }
                '|' if brackets == 0 && !held => {
                    if started {
                        cells.push((header, std::mem::take(&mut current)));
                    }
                    started = true;
                    header = chars.next_if_eq(&'|').is_some();
                    continue;
                }
                _ => {}
            }
            current.push(c);
        }
        if !current.trim().is_empty() {
            cells.push((header, current));
        }
        let cells =
            cells.into_iter().map(|(header, t)| node(if header { "th" } else { "td" }, &[], self.parser.inline(t.trim()))).collect();
        self.rows.push(node("tr", &[], cells));
    }

    fn flush_paragraph(&mut self) {
        if !self.paragraph.is_empty() {
            let content = std::mem::take(&mut self.paragraph);
            self.out.push(node("p", &[], content));
        }
    }

    fn flush_rows(&mut self) {
        if !self.rows.is_empty() {
            let rows = std::mem::take(&mut self.rows);
            self.out.push(node("table", &[], rows));
        }
    }

    fn flush_lists(&mut self) {
        while !self.lists.is_empty() {
            self.close_list();
        }
    }

    fn flush_text(&mut self) {
        self.flush_paragraph();
        self.flush_rows();
    }

    fn flush(&mut self) {
        self.flush_text();
        self.flush_lists();
    }

    pub(super) fn finish(mut self) -> Vec<Node> {
        self.flush();
        self.out
    }
}

fn heading(line: &str) -> Option<(u8, &str)> {
    let rest = line.strip_prefix('h')?;
    let level = rest.as_bytes().first()?.checked_sub(b'0').filter(|l| (1..=6).contains(l))?;
    Some((level, rest[1..].strip_prefix('.')?.trim()))
}

fn list_item(line: &str) -> Option<(&str, &str)> {
    let end = line.find(|c| !matches!(c, '*' | '#' | '-'))?;
    let rest = line[end..].strip_prefix([' ', '\t'])?;
    (end > 0 && !line.starts_with("--")).then_some((&line[..end], rest.trim()))
}
