//! Tabs: blocks between `<!-- tabs:start -->` and `<!-- tabs:end -->` (docsify's form). Each heading of the highest rank among them begins a tab; where
//! there is none, each code block with a title is one. Elsewhere, and without a script, they are headings with text like any other.

use crate::page::{Block, BlockKind};

/// The mark that begins tabs.
pub const START: &str = "tabs:start";
/// The mark that ends them.
pub const END: &str = "tabs:end";

/// The text of a block that is one comment and nothing else.
fn comment(block: &Block) -> Option<&str> {
    match &block.kind {
        BlockKind::Html(html) => html.trim().strip_prefix("<!--")?.strip_suffix("-->").map(str::trim),
        _ => None,
    }
}

/// Positions of the first pair of marks among blocks that are siblings.
pub fn region(blocks: &[Block]) -> Option<(usize, usize)> {
    let from = blocks.iter().position(|b| comment(b) == Some(START))?;
    let to = from + 1 + blocks[from + 1..].iter().position(|b| comment(b) == Some(END))?;
    Some((from, to))
}

/// What stands before the first tab, and the tabs; `level` gives the rank of a heading by its position in the body.
pub fn split(blocks: &[Block], level: impl Fn(usize) -> u8) -> (&[Block], Vec<&[Block]>) {
    let rank = |block: &Block| match &block.kind {
        BlockKind::Heading(index, _) => Some(level(*index)),
        _ => None,
    };
    let titled = |block: &Block| match &block.kind {
        BlockKind::Code { info, .. } => super::html::code_info(info).1.is_some() || crate::page::include::of_info(info).is_some(),
        _ => false,
    };
    let top = blocks.iter().filter_map(rank).min();
    let begins = |block: &Block| if top.is_some() { rank(block) == top } else { titled(block) };
    let starts: Vec<usize> = blocks.iter().enumerate().filter(|(_, b)| begins(b)).map(|(n, _)| n).collect();
    let Some(first) = starts.first() else { return (blocks, Vec::new()) };
    let ends = starts.iter().skip(1).copied().chain([blocks.len()]);
    (&blocks[..*first], starts.iter().zip(ends).map(|(from, to)| &blocks[*from..to]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Page;
    use crate::text::Source;

    fn shape(text: &str) -> Option<(usize, Vec<usize>)> {
        let page = Page::parse(Source::new("p.md", text));
        let tree = page.tree();
        let (from, to) = region(&tree)?;
        let (before, tabs) = split(&tree[from + 1..to], |n| page.body.headings[n].level);
        Some((before.len(), tabs.iter().map(|t| t.len()).collect()))
    }

    #[test]
    fn headings_of_the_highest_rank_begin_tabs_else_titled_code_does() {
        let text = "a\n\n<!-- tabs:start -->\n\nintro\n\n### A\n\none\n\n#### deeper\n\n### B\n\ntwo\n\n<!-- tabs:end -->\n\nb\n";
        assert_eq!(shape(text), Some((1, vec![3, 2])));
        let text = "<!-- tabs:start -->\n\n```sh title=\"apt\"\na\n```\n\n```sh title=\"dnf\"\nb\n```\n\n<!-- tabs:end -->\n";
        assert_eq!(shape(text), Some((0, vec![1, 1])));
        let text = "<!-- tabs:start -->\n\n```sh profile=x\na\n```\n\n<!-- tabs:end -->\n";
        assert_eq!(shape(text), Some((1, vec![])), "a profile is no file");
        assert_eq!(shape("<!-- tabs:start -->\n\n### A\n"), None, "no end");
    }
}
