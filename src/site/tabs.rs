//! Tabs: blocks between `<!-- tabs:start -->` and `<!-- tabs:end -->`. Each comment `<!-- tab:NAME -->` among them begins a tab; without such comments each
//! heading of the highest rank does, and without headings each code block with a title. Elsewhere, and without a script, they stand below each other
//! under their names. All of this is docsify-tabs' form; tabs may stand inside tabs.

use crate::page::{Block, BlockKind, InlineKind, Inlines};

/// The mark that begins tabs.
pub const START: &str = "tabs:start";
/// The mark that ends them.
pub const END: &str = "tabs:end";
/// Begins the mark of a tab that has its name in a comment.
const NAME: &str = "tab:";

/// A tab.
#[derive(Debug)]
pub struct Tab<'b> {
    /// The name to write above its blocks; a tab that begins with a heading or a titled listing has it there.
    pub name: Option<Name<'b>>,
    /// What stands in it.
    pub blocks: &'b [Block],
}

/// The name of a tab that a comment begins.
#[derive(Debug)]
pub enum Name<'b> {
    /// As the comment says it.
    Said(&'b str),
    /// As the line below the comment says it, for readers that show no comments.
    Written(&'b Inlines),
}

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
    let mut depth = 0;
    for (n, block) in blocks.iter().enumerate().skip(from) {
        match comment(block) {
            Some(START) => depth += 1,
            Some(END) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((from, n));
        }
    }
    None
}

/// What stands before the first tab, and the tabs; `level` gives the rank of a heading by its position in the body.
pub fn split(blocks: &[Block], level: impl Fn(usize) -> u8) -> (&[Block], Vec<Tab<'_>>) {
    let own = own(blocks);
    let rank = |block: &Block| match &block.kind {
        BlockKind::Heading(index, _) => Some(level(*index)),
        _ => None,
    };
    let titled = |block: &Block| match &block.kind {
        BlockKind::Code { info, .. } => super::html::code_info(info).1.is_some() || crate::page::include::of_info(info).is_some(),
        _ => false,
    };
    let named = own.iter().any(|n| name(&blocks[*n]).is_some());
    let top = own.iter().filter_map(|n| rank(&blocks[*n])).min();
    let begins = |block: &Block| match (named, top) {
        (true, _) => name(block).is_some(),
        (false, Some(_)) => rank(block) == top,
        (false, None) => titled(block),
    };
    let starts: Vec<usize> = own.into_iter().filter(|n| begins(&blocks[*n])).collect();
    let Some(first) = starts.first() else { return (blocks, Vec::new()) };
    let ends = starts.iter().skip(1).copied().chain([blocks.len()]);
    (&blocks[..*first], starts.iter().zip(ends).map(|(from, to)| tab(&blocks[*from..to])).collect())
}

/// Positions of the blocks that stand in no tabs inside these.
fn own(blocks: &[Block]) -> Vec<usize> {
    let mut depth = 0usize;
    let mut out = Vec::new();
    for (n, block) in blocks.iter().enumerate() {
        match comment(block) {
            Some(START) => depth += 1,
            Some(END) => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(n),
            _ => {}
        }
    }
    out
}

fn name(block: &Block) -> Option<&str> {
    comment(block)?.strip_prefix(NAME).map(str::trim)
}

/// A tab from its blocks, of which the first begins it.
fn tab(blocks: &[Block]) -> Tab<'_> {
    let Some(said) = name(&blocks[0]) else { return Tab { name: None, blocks } };
    let rest = &blocks[1..];
    let same = |text: &str| letters(text).eq(letters(said));
    match rest.first().map(|b| &b.kind) {
        Some(BlockKind::Paragraph(inlines)) if is_line(inlines) && same(&inlines.text()) => {
            Tab { name: Some(Name::Written(inlines)), blocks: &rest[1..] }
        }
        Some(BlockKind::Heading(_, inlines)) if same(&inlines.text()) => Tab { name: None, blocks: rest },
        _ => Tab { name: Some(Name::Said(said)), blocks: rest },
    }
}

/// The name with signs of Markdown and without them is the same name.
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric())
}

fn is_line(inlines: &Inlines) -> bool {
    !inlines.nodes.iter().any(|n| matches!(n.kind, InlineKind::SoftBreak | InlineKind::HardBreak))
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
        Some((before.len(), tabs.iter().map(|t| t.blocks.len()).collect()))
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

    #[test]
    fn comments_name_tabs_whatever_stands_in_them() {
        let text =
            "<!-- tabs:start -->\n\n<!-- tab:A -->\n**A**\n\n## high\n\n**bold**\n\n<!-- tab: B *c* -->\n\ntwo\n\n<!-- tabs:end -->\n";
        assert_eq!(shape(text), Some((0, vec![2, 1])));
        let page = Page::parse(Source::new("p.md", text));
        let tree = page.tree();
        let names: Vec<String> = split(&tree[1..tree.len() - 1], |_| 2)
            .1
            .iter()
            .map(|t| match &t.name {
                Some(Name::Said(name)) => format!("said {name}"),
                Some(Name::Written(inlines)) => format!("written {}", inlines.text()),
                None => "none".to_owned(),
            })
            .collect();
        assert_eq!(names, ["written A", "said B *c*"]);
    }

    #[test]
    fn tabs_inside_tabs_belong_to_the_inner_ones() {
        let inner = "<!-- tabs:start -->\n\n# C\n\n# D\n\n<!-- tabs:end -->\n\n";
        let text = format!("<!-- tabs:start -->\n\n## A\n\n{inner}## B\n\ntwo\n\n<!-- tabs:end -->\n");
        assert_eq!(shape(&text), Some((0, vec![5, 2])));
    }
}
