//! The sections and steps of a page, and whether an older version had them in the same words.
//!
//! A part is a piece of the page's prose (`prose.rs`). It is unchanged wherever an older version holds the same words in the same order as a whole
//! part: at another place, under another heading level, in another list. A section ends where the next heading begins, whatever its level, so that a
//! step taken out of it or put into it changes it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use jiff::civil::Date;

use super::prose::{self, CELL, END, OPEN, Prose, is_mark};
use crate::page::{Body, Page, Tree, front_matter, markdown};
use crate::text::{Source, Span, date};

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// A heading and what follows until the next one. The heading's position in [`Body::headings`]; `None` for what stands above the first.
    Section(Option<usize>),
    /// A list item with everything in it; `step` if it is numbered or can be ticked.
    Item {
        /// See above.
        step: bool,
    },
    /// A row of a table.
    Row,
    /// A paragraph that is in nothing else.
    Paragraph,
}

impl PartKind {
    /// Parts of one sort can be versions of each other.
    fn sort(self) -> u8 {
        match self {
            Self::Section(None) => 0,
            Self::Section(Some(_)) => 1,
            Self::Item { .. } => 2,
            Self::Row => 3,
            Self::Paragraph => 4,
        }
    }
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Its place in the file.
    pub span: Span,
    /// Its place in the words of the page.
    pub(super) words: Range<usize>,
}

/// One version of a page, taken apart.
#[derive(Debug)]
pub struct Parts {
    words: String,
    list: Vec<Part>,
    /// Where in `words` lines of headings begin.
    headings: BTreeSet<usize>,
    known: HashSet<(u8, [u8; 16])>,
    /// `source.updated` of its front matter: the wiki's date of an imported version.
    pub(super) updated: Option<Date>,
    prose: Prose,
}

/// A part that is looked for in other versions.
#[derive(Debug, Clone)]
pub struct Sought {
    kind: PartKind,
    words: String,
    key: (u8, [u8; 16]),
}

/// Lines that are headings somewhere: a line that became a heading bounds sections also where it was none yet.
pub type Headings = BTreeSet<String>;

impl Parts {
    /// Takes a Markdown file apart.
    pub fn of_file(text: &str) -> Self {
        let source = Source::new("", text);
        let (meta, start) = front_matter::parse(&source);
        let (body, tree) = markdown::parse(&source, start);
        let updated = meta.origin.and_then(|o| date::parse(o.updated.as_deref()?));
        Self { updated, ..Self::of_body(&body, &tree) }
    }

    /// Takes a page apart.
    pub fn of_page(page: &Page) -> Self {
        Self::of_body(&page.body, &page.tree())
    }

    /// Takes a parsed page apart.
    pub fn of_body(body: &Body, tree: &Tree) -> Self {
        let (words, list) = prose::words(body, tree);
        let headings = list.iter().filter(|p| matches!(p.kind, PartKind::Section(Some(_)))).map(|p| p.words.start).collect();
        let known = list.iter().map(|p| key(p.kind, &words[p.words.clone()])).collect();
        let prose = Prose::of_words(&words);
        Self { words, list, headings, known, updated: None, prose }
    }

    /// The parts in no particular order.
    pub fn list(&self) -> &[Part] {
        &self.list
    }

    /// The prose of the whole.
    pub fn prose(&self) -> Prose {
        self.prose
    }

    /// A part of this version, to be looked for in others.
    pub fn sought(&self, part: &Part) -> Sought {
        let words = self.words[part.words.clone()].to_owned();
        Sought { kind: part.kind, key: key(part.kind, &words), words }
    }

    /// The lines of headings.
    pub fn headings(&self) -> Headings {
        self.headings.iter().map(|at| line(&self.words[*at..]).to_owned()).collect()
    }

    /// True if this version has the part in the same words.
    pub fn holds(&self, sought: &Sought, headings: &Headings) -> bool {
        self.known.contains(&sought.key) || self.finds(sought, headings)
    }

    /// [`Parts::holds`] by looking through the words.
    fn finds(&self, sought: &Sought, headings: &Headings) -> bool {
        let mut from = 0;
        while let Some(found) = self.words[from..].find(&sought.words) {
            let at = from + found;
            if self.begins(sought.kind, at, headings) && self.ends(sought.kind, at + sought.words.len(), headings) {
                return true;
            }
            from = at + self.words[at..].chars().next().map_or(1, char::len_utf8);
        }
        false
    }

    fn begins(&self, kind: PartKind, at: usize, headings: &Headings) -> bool {
        let before = self.words[..at].chars().next_back();
        match kind {
            PartKind::Section(None) => before.is_none() || before == Some(END) && self.is_heading(self.line_before(at), headings),
            PartKind::Item { .. } => matches!(before, Some(OPEN | CELL)),
            PartKind::Row => matches!(before, Some(OPEN | END)),
            PartKind::Section(Some(_)) | PartKind::Paragraph => before.is_none_or(is_mark),
        }
    }

    fn ends(&self, kind: PartKind, at: usize, headings: &Headings) -> bool {
        !matches!(kind, PartKind::Section(_)) || at == self.words.len() || self.is_heading(at, headings)
    }

    fn is_heading(&self, at: usize, headings: &Headings) -> bool {
        self.headings.contains(&at) || headings.contains(line(&self.words[at..]))
    }

    /// Start of the line that ends at `at`.
    fn line_before(&self, at: usize) -> usize {
        let inner = &self.words[..at - END.len_utf8()];
        inner.char_indices().rev().find(|(_, c)| is_mark(*c)).map_or(0, |(n, c)| n + c.len_utf8())
    }

    /// The part that `sought` most likely was before somebody reworded it: of the same sort, with at least half of its words the same, and not
    /// among those that `newer` still has.
    pub fn nearest(&self, sought: &Sought, newer: &Self, headings: &Headings) -> Option<(f64, Sought)> {
        let wanted = bag(&sought.words);
        let mut best: Option<(f64, Sought)> = None;
        for part in self.list.iter().filter(|p| p.kind.sort() == sought.kind.sort()) {
            let likeness = likeness(&wanted, &bag(&self.words[part.words.clone()]));
            if likeness >= ALIKE && best.as_ref().is_none_or(|(b, _)| likeness > *b) {
                let candidate = self.sought(part);
                if !newer.holds(&candidate, headings) {
                    best = Some((likeness, candidate));
                }
            }
        }
        best
    }

    /// Its lines, to be compared with those of other versions.
    pub fn lines(&self) -> Lines {
        let mut all: Vec<u64> = self.words.split(is_mark).filter(|l| !l.is_empty()).map(hash).collect();
        all.sort_unstable();
        Lines(all)
    }
}

/// The lines of a version, as sorted hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines(Vec<u64>);

impl Lines {
    /// How much of two versions is the same: twice what they share over what they hold, 0 to 1.
    pub fn likeness(&self, other: &Self) -> f64 {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut shared = 0_u32;
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => drop(a.next()),
                std::cmp::Ordering::Greater => drop(b.next()),
                std::cmp::Ordering::Equal => {
                    shared += 1;
                    a.next();
                    b.next();
                }
            }
        }
        let all = u32::try_from(self.0.len() + other.0.len()).unwrap_or(u32::MAX);
        if all == 0 { 0.0 } else { f64::from(2 * shared) / f64::from(all) }
    }
}

/// From here on something reworded is taken for the same thing.
pub const ALIKE: f64 = 0.5;

fn key(kind: PartKind, words: &str) -> (u8, [u8; 16]) {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(words.as_bytes()).as_bytes()[..16]);
    (kind.sort(), short)
}

/// The line at the beginning of `words`, without its end.
fn line(words: &str) -> &str {
    words.split(is_mark).next().unwrap_or("")
}

fn bag(words: &str) -> BTreeMap<&str, u32> {
    let mut out = BTreeMap::new();
    for word in words.split(|c: char| c.is_whitespace() || is_mark(c)).filter(|w| !w.is_empty()) {
        *out.entry(word).or_default() += 1;
    }
    out
}

fn hash(line: &str) -> u64 {
    let mut short = [0; 8];
    short.copy_from_slice(&blake3::hash(line.as_bytes()).as_bytes()[..8]);
    u64::from_le_bytes(short)
}

/// Twice what two bags share over what they hold.
fn likeness(a: &BTreeMap<&str, u32>, b: &BTreeMap<&str, u32>) -> f64 {
    let all: u32 = a.values().chain(b.values()).sum();
    let shared: u32 = a.iter().filter_map(|(word, n)| Some(*b.get(word)?.min(n))).sum();
    if all == 0 { 0.0 } else { f64::from(2 * shared) / f64::from(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of `new` that `old` does not hold, by their first words.
    fn changed(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (Parts::of_file(old), Parts::of_file(new));
        let mut out: Vec<String> = new
            .list()
            .iter()
            .filter(|p| !old.holds(&new.sought(p), &new.headings()))
            .map(|p| {
                format!("{} {}", ["top", "section", "item", "row", "paragraph"][p.kind.sort() as usize], line(&new.words[p.words.clone()]))
            })
            .collect();
        out.sort();
        out
    }

    const PAGE: &str = "Intro.\n\n# Stop\n\nFirst:\n\n1. Close the valve.\n2. Call Anna.\n\n## Undo\n\n| a | b |\n|--|--|\n| 1 | 2 |\n";

    #[test]
    fn moves_and_dress_change_no_part() {
        let moved = "Intro\n\n### Undo\n\n|a|b|\n|:-|-|\n|**1**|2|\n\nStop\n====\n\nFirst:\n\n- Close the valve\n- *Call Anna.*\n";
        assert_eq!(changed(PAGE, moved), Vec::<String>::new());
        assert_eq!(changed(moved, PAGE), Vec::<String>::new());
    }

    #[test]
    fn a_changed_step_changes_its_section_and_no_other() {
        assert_eq!(changed(PAGE, &PAGE.replace("Anna", "Ben")), ["item Call Ben", "section Stop"]);
        assert_eq!(changed(PAGE, &PAGE.replace("2 |\n", "3 |\n")), ["row 1", "section Undo"]);
        assert_eq!(changed(PAGE, &PAGE.replace("# Undo", "# Undo it")), ["section Undo it"]);
    }

    #[test]
    fn what_was_taken_out_at_the_end_changes_the_section() {
        assert_eq!(changed(PAGE, &PAGE.replace("2. Call Anna.\n", "")), ["section Stop"]);
        assert_eq!(changed("# A\n\nOne.\n\nTwo.\n", "# A\n\nOne.\n"), ["section A"]);
        assert_eq!(changed("One.\n\nTwo.\n\n# A\n", "Two.\n\n# A\n"), ["top Two"]);
        assert_eq!(changed("- a\n  - b\n", "- a\n"), ["item a", "top "]);
    }

    #[test]
    fn order_within_a_section_counts() {
        assert_eq!(changed("# A\n\n1. x\n2. y\n", "# A\n\n1. y\n2. x\n"), ["section A"]);
    }

    #[test]
    fn a_line_that_became_a_heading_leaves_the_sections_around_it_alone() {
        let bold = "# A\n\nOne.\n\n**Rollback:**\n\nTwo.\n";
        let heading = "# A\n\nOne.\n\n## Rollback\n\nTwo.\n";
        assert_eq!(changed(bold, heading), Vec::<String>::new());
        assert_eq!(changed(heading, bold), Vec::<String>::new());
    }

    #[test]
    fn the_beginning_of_a_longer_line_is_not_the_part() {
        assert_eq!(changed("One two.\n", "two\n"), ["paragraph two", "top two"]);
        assert_eq!(changed("- [x] a\n", "- a\n"), ["item a", "top "]);
    }

    #[test]
    fn the_nearest_is_what_was_reworded() {
        let old = Parts::of_file("- Close the main valve & wait.\n- Close the main valve now.\n");
        let new = Parts::of_file("- Close the main valve and wait.\n- Close the main valve now.\n");
        let sought = new.sought(&new.list()[0]);
        let (likeness, was) = old.nearest(&sought, &new, &new.headings()).unwrap();
        assert!(likeness > 0.8 && was.words.contains('&'), "{likeness} {was:?}");
        let other = Parts::of_file("- Something else.\n");
        assert!(other.nearest(&sought, &new, &new.headings()).is_none());
    }
}
