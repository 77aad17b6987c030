//! A page as a reader meets it: with the files that it takes in in their places.
//!
//! Whoever shows, searches or publishes a page starts from a [`Whole`]: then nobody has to remember includes, and each file is read once for all of them.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::include::{self, Follow};
use super::{Block, BlockKind, Body, Corpus, Include, Page, Tree};
use crate::text::{Source, Span};

/// A page, or another text in Markdown, with what it takes in.
#[derive(Debug)]
pub struct Whole<'c> {
    source: &'c Source,
    body: &'c Body,
    tree: Arc<Tree>,
    /// By the place of the comment or code block, in order. What cannot be taken in is missing; lint says why.
    taken: Vec<(Span, Taken<'c>)>,
}

/// What a comment or a code block takes in.
#[derive(Debug)]
pub enum Taken<'c> {
    /// Markdown to read in its place.
    Part(Part<'c>),
    /// The lines that a code block shows.
    Code(String),
}

/// A file of Markdown, or a section of one, that stands in another text.
#[derive(Debug)]
pub struct Part<'c> {
    /// The file with what it takes in itself.
    pub whole: Whole<'c>,
    blocks: Range<usize>,
    bytes: Range<usize>,
}

/// A block on the way through a [`Whole`].
#[derive(Debug, Clone, Copy)]
pub struct Met<'w> {
    /// The block.
    pub block: &'w Block,
    /// Written on the page itself, so that positions in the block are those of the page's own lists.
    pub own: bool,
    /// In no other block.
    pub top: bool,
    /// The number that stands before it: it begins an item of a numbered list.
    pub number: Option<u64>,
    /// What a code block shows.
    pub code: Option<&'w str>,
}

impl Met<'_> {
    /// Adds the text a reader sees in this block, without that of blocks inside it.
    pub fn write_text(&self, out: &mut String) {
        match self.code {
            Some(code) => out.push_str(code),
            None => self.block.write_own_text(out),
        }
    }
}

impl<'c> Whole<'c> {
    /// A page of the corpus.
    pub fn of(corpus: &'c Corpus, page: &'c Page) -> Self {
        Self::of_text(corpus, page.path(), &page.source, &page.body, page.tree())
    }

    /// A text that stands in the file at `path`.
    pub fn of_text(corpus: &'c Corpus, path: &str, source: &'c Source, body: &'c Body, tree: Arc<Tree>) -> Self {
        Self::read(corpus, &mut Follow::new(path), source, body, tree, &(0..usize::MAX))
    }

    fn read(corpus: &'c Corpus, follow: &mut Follow, source: &'c Source, body: &'c Body, tree: Arc<Tree>, within: &Range<usize>) -> Self {
        let wanted = body.includes.iter().filter(|i| i.fault.is_none() && within.contains(&i.span.range().start));
        let taken = wanted.filter_map(|i| Some((i.span, take(corpus, follow, i)?))).collect();
        Self { source, body, tree, taken }
    }

    /// Path of the file it is written in, relative to the repository root.
    pub fn path(&self) -> &'c str {
        self.source.path()
    }

    /// Headings, links and images that positions in its own blocks count in.
    pub fn body(&self) -> &'c Body {
        self.body
    }

    /// The text as written.
    pub fn source(&self) -> &'c Source {
        self.source
    }

    /// Its own blocks.
    pub fn blocks(&self) -> &[Block] {
        &self.tree
    }

    /// What one of its own blocks takes in.
    pub fn taken(&self, block: &Block) -> Option<&Taken<'c>> {
        let at = self.taken.binary_search_by_key(&block.span.start, |(span, _)| span.start).ok()?;
        Some(&self.taken[at].1)
    }

    /// Calls `visit` for every block in order, outermost first, with what is taken in in its place.
    pub fn walk(&self, visit: &mut dyn FnMut(Met<'_>)) {
        for block in self.blocks() {
            self.meet(Met { block, own: true, top: true, number: None, code: None }, visit);
        }
    }

    fn meet(&self, met: Met<'_>, visit: &mut dyn FnMut(Met<'_>)) {
        let taken = self.taken(met.block);
        if let Some(Taken::Part(part)) = taken {
            for block in part.blocks() {
                part.whole.meet(Met { block, own: false, top: false, number: None, code: None }, visit);
            }
            return;
        }
        let code = match (&met.block.kind, taken) {
            (BlockKind::Code { .. }, Some(Taken::Code(text))) | (BlockKind::Code { text, .. }, _) => Some(text.as_str()),
            _ => None,
        };
        visit(Met { code, ..met });
        let mut inside = |blocks: &[Block], mut number: Option<u64>| {
            for block in blocks {
                self.meet(Met { block, top: false, number: number.take(), code: None, ..met }, visit);
            }
        };
        match &met.block.kind {
            BlockKind::List(list) => {
                let numbers = list.numbers();
                list.items.iter().enumerate().for_each(|(n, item)| inside(&item.blocks, numbers.get(n).copied()));
            }
            BlockKind::Quote(_, blocks) | BlockKind::Footnote(_, blocks) => inside(blocks, None),
            BlockKind::Definitions(entries) => entries.iter().flat_map(|(_, bodies)| bodies).for_each(|body| inside(body, None)),
            _ => {}
        }
    }

    /// Its Markdown without the front matter, with what it takes in. Links inside stay as they are written there.
    pub fn markdown(&self) -> Cow<'c, str> {
        let text = self.source.text();
        let start = self.body.start as usize;
        if self.taken.is_empty() {
            return Cow::Borrowed(&text[start..]);
        }
        let mut out = String::with_capacity(text.len() * 2);
        self.write_markdown(&(start..text.len()), &mut out);
        Cow::Owned(out)
    }

    fn write_markdown(&self, range: &Range<usize>, out: &mut String) {
        let text = self.source.text();
        let mut at = range.start;
        for (span, taken) in &self.taken {
            let span = span.range();
            if span.start < at || !range.contains(&span.start) {
                continue;
            }
            out.push_str(&text[at..span.start]);
            at = span.start;
            match taken {
                Taken::Code(code) => {
                    let written = &text[span.clone()];
                    let fence: String = written.chars().take_while(|c| matches!(c, '`' | '~')).collect();
                    if let (Some(first), true) = (written.lines().next(), fence.len() >= 3) {
                        out.push_str(&format!("{first}\n{code}{fence}"));
                        at = span.end;
                    }
                }
                Taken::Part(part) => {
                    part.whole.write_markdown(&part.bytes, out);
                    while out.ends_with('\n') {
                        out.pop();
                    }
                    at = span.end;
                }
            }
        }
        out.push_str(&text[at..range.end]);
    }
}

impl Part<'_> {
    /// The blocks that stand in the place of the include.
    pub fn blocks(&self) -> &[Block] {
        &self.whole.blocks()[self.blocks.clone()]
    }
}

fn take<'c>(corpus: &'c Corpus, follow: &mut Follow, include: &Include) -> Option<Taken<'c>> {
    if include.code {
        return follow.code(corpus, &include.dest).ok().map(Taken::Code);
    }
    let page = follow.enter(corpus, &include.dest).ok()?;
    let tree = page.tree();
    let start = page.body.start as usize;
    let (blocks, bytes) = match include::parts(&include.dest).1.map(|anchor| include::section(&tree, page, anchor)) {
        None => (0..tree.len(), start..page.source.text().len()),
        Some(None) => (0..0, start..start),
        Some(Some(range)) => {
            let bytes = match (tree.get(range.start), tree[..range.end].last()) {
                (Some(first), Some(last)) => first.span.range().start..last.span.range().end,
                _ => start..start,
            };
            (range, bytes)
        }
    };
    let whole = Whole::read(corpus, follow, &page.source, &page.body, tree, &bytes);
    follow.leave();
    Some(Taken::Part(Part { whole, blocks, bytes }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::PageId;

    fn corpus(pages: &[(&str, &str)]) -> Corpus {
        Corpus::from_pages(pages.iter().map(|(path, text)| Page::parse(Source::new(*path, *text))).collect())
    }

    fn seen(corpus: &Corpus, path: &str) -> Vec<String> {
        let mut out = Vec::new();
        Whole::of(corpus, corpus.page(corpus.find(path).unwrap())).walk(&mut |met| {
            let mut text = met.number.map_or_else(String::new, |n| format!("{n}. "));
            met.write_text(&mut text);
            if !text.is_empty() {
                out.push(format!("{}{}", if met.own { "" } else { "+" }, text.trim_end()));
            }
        });
        out
    }

    #[test]
    fn every_block_is_met_once_in_the_place_where_it_is_read() {
        let corpus = corpus(&[
            ("a.md", "# A\n\n4. one\n5. two\n\n   <!-- @include: b.md#b -->\n\n> quoted\n\n```sh file=x.md#L1\nold\n```\n"),
            ("b.md", "above\n\n## B\n\ninside\n\n<!-- @include: c.md -->\n\n## After\n"),
            ("c.md", "deep\n"),
            ("x.md", "ls\n"),
        ]);
        assert_eq!(seen(&corpus, "a.md"), ["A", "4. one", "5. two", "+B", "+inside", "+deep", "quoted", "ls"]);
        assert_eq!(seen(&corpus, "b.md"), ["above", "B", "inside", "+deep", "After"]);
        let page = corpus.page(corpus.find("a.md").unwrap());
        let markdown = Whole::of(&corpus, page).markdown().into_owned();
        assert!(markdown.contains("## B\n\ninside\n\ndeep\n\n> quoted\n\n```sh file=x.md#L1\nls\n```"), "{markdown}");
    }

    #[test]
    fn a_section_follows_only_what_it_takes_in_itself() {
        let corpus =
            corpus(&[("a.md", "# A\n\n<!-- @include: b.md -->\n\n## Part\n\npart\n"), ("b.md", "b\n\n<!-- @include: a.md#part -->\n")]);
        assert_eq!(seen(&corpus, "b.md"), ["b", "+Part", "+part"]);
        // A circle ends where it closes.
        assert_eq!(seen(&corpus, "a.md"), ["A", "+b", "Part", "part"]);
    }

    #[test]
    fn what_cannot_be_taken_in_leaves_the_rest_as_it_is() {
        let corpus = corpus(&[("a.md", "a\n\n<!-- @include: gone.md -->\n\n```sh file=gone.sh\nold\n```\n\nb\n")]);
        assert_eq!(seen(&corpus, "a.md"), ["a", "old", "b"]);
        let page = corpus.page(PageId(0));
        assert_eq!(Whole::of(&corpus, page).markdown(), page.source.text());
    }
}
