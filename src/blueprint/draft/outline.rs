//! A page as a tree of sections: what a heading is for, its number, and which blocks are its own.
//!
//! Bold paragraphs that serve as headings ("**Prerequisites**", "Step 2:") are sections too. Knows heading words, not steps.

use std::ops::Range;

use super::clause::{self, Clause, Mood};
use super::flow::{Flow, Token};
use super::words::Words;
use crate::page::{Block, BlockKind, Inline, InlineKind, Page};

/// What a section is for, by the words of its heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing known.
    Plain,
    /// Read, not done: background, examples, references.
    Reference,
    /// What must be there before.
    Prerequisite,
    /// What a role answers for.
    Responsibility,
    /// Says that steps follow.
    Procedure,
}

/// The number of a heading: "Step 3", "3.", "3.1".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number {
    /// Its parts.
    pub(crate) path: Vec<u32>,
    /// It says "Step".
    pub(crate) labelled: bool,
}

/// A heading.
#[derive(Debug)]
pub(crate) struct Head {
    /// Its text.
    pub(crate) flow: Flow,
    /// The text without number and marks.
    pub(crate) words: Range<usize>,
    /// Its number.
    pub(crate) number: Option<Number>,
    /// How its words read.
    pub(crate) clause: Clause,
    /// First byte in the source.
    pub(crate) at: u32,
    /// One past its last byte in the source.
    pub(crate) end: u32,
}

impl Head {
    /// The head of what stands after a bold heading's list: no words of its own.
    fn none(block: &Block) -> Self {
        Self { flow: Flow::default(), words: 0..0, number: None, clause: Clause::none(), at: block.span.start, end: block.span.start }
    }

    /// The heading as shown.
    pub(crate) fn title(&self) -> &str {
        self.flow.slice(&self.words).trim_end_matches([':', '.', ','])
    }
}

/// A heading and what stands under it.
#[derive(Debug)]
pub(crate) struct Section<'p> {
    /// `None` for the page itself.
    pub(crate) head: Option<Head>,
    /// 0 for the page, 7 for bold paragraphs.
    pub(crate) level: u8,
    /// What it is for.
    pub(crate) kind: Kind,
    /// Blocks before the first heading below.
    pub(crate) own: Vec<&'p Block>,
    /// Sections below.
    pub(crate) children: Vec<Section<'p>>,
}

impl Section<'_> {
    /// Heading text, or nothing for the page.
    pub(crate) fn title(&self) -> &str {
        self.head.as_ref().map_or("", Head::title)
    }
}

/// Cuts the blocks of a page into sections.
pub(crate) fn cut<'p>(page: &Page, blocks: impl Iterator<Item = &'p Block>, words: &Words) -> Section<'p> {
    let mut stack = vec![Section { head: None, level: 0, kind: Kind::Plain, own: Vec::new(), children: Vec::new() }];
    let blocks: Vec<&Block> = blocks.collect();
    for (i, block) in blocks.iter().enumerate() {
        match &block.kind {
            BlockKind::Heading(index, inlines) => {
                // Headings of re-read text are not in the page's list; their level is in the source.
                let level =
                    page.body.headings.get(*index).filter(|h| h.span == block.span).map_or_else(|| hashes(page, block), |h| h.level);
                open(&mut stack, head(Flow::of(inlines), block, words), level, words);
            }
            BlockKind::Paragraph(inlines) => {
                let flow = Flow::of(inlines);
                match bold_heading(&inlines.nodes, flow, block, blocks.get(i + 1).copied(), words) {
                    Some(head) => {
                        let level = if head.number.is_some() { 8 } else { 7 };
                        open(&mut stack, head, level, words);
                    }
                    None => push(&mut stack, block),
                }
            }
            _ => {
                // A bold "Prerequisites" covers the list below it; what follows belongs to the section again.
                let numbered = matches!(&block.kind, BlockKind::List(l) if l.start.is_some());
                let covers = stack.last().is_none_or(|s| {
                    let read_only = s.level >= 7 && s.kind != Kind::Procedure && s.head.as_ref().is_some_and(|h| h.number.is_none());
                    let listed = s.own.iter().any(|b| matches!(b.kind, BlockKind::List(_) | BlockKind::Table(_)));
                    !read_only || !listed && (!numbered || s.own.is_empty())
                });
                if !covers {
                    close(&mut stack);
                    let title = Head::none(block);
                    stack.push(Section { head: Some(title), level: 7, kind: Kind::Plain, own: Vec::new(), children: Vec::new() });
                }
                push(&mut stack, block);
            }
        }
    }
    while stack.len() > 1 {
        close(&mut stack);
    }
    stack.remove(0)
}

fn hashes(page: &Page, block: &Block) -> u8 {
    let n = page.source.slice(block.span).chars().take_while(|c| *c == '#').count();
    u8::try_from(n.clamp(1, 6)).unwrap_or(2)
}

fn push<'p>(stack: &mut [Section<'p>], block: &'p Block) {
    if let Some(top) = stack.last_mut() {
        top.own.push(block);
    }
}

fn open(stack: &mut Vec<Section<'_>>, head: Head, level: u8, words: &Words) {
    while stack.len() > 1 && stack.last().is_some_and(|s| s.level >= level) {
        close(stack);
    }
    let kind = if level == 1 { Kind::Plain } else { kind_of(&head, words) };
    stack.push(Section { head: Some(head), level, kind, own: Vec::new(), children: Vec::new() });
}

fn close(stack: &mut Vec<Section<'_>>) {
    if let Some(done) = stack.pop()
        && let Some(parent) = stack.last_mut()
    {
        parent.children.push(done);
    }
}

/// Reads a heading: marks, number, words.
pub(crate) fn head(flow: Flow, block: &Block, words: &Words) -> Head {
    let all = 0..flow.text.len();
    let tokens = flow.tokens(&all);
    let (number, from) = number(&flow, &tokens, words);
    let start = tokens.get(from).map_or(all.end, |t| t.start);
    let range = start..flow.text.trim_end().len().max(start);
    let clause = clause::read(&flow, &range, words);
    Head { words: range, number, clause, at: block.span.start, end: block.span.end, flow }
}

/// "Step 3:", "3.", "3.1", "3)" at the head of a text, and the token after it.
pub(crate) fn number(flow: &Flow, tokens: &[Token], words: &Words) -> (Option<Number>, usize) {
    let Some(first) = tokens.iter().position(Token::is_word) else { return (None, 0) };
    let labelled = words.step_labels.contains(&tokens[first].low);
    let (at, text) = if labelled {
        (first + 1, tokens.get(first + 1).map_or("", |t| t.low.as_str()))
    } else {
        match glued(&tokens[first].low, words) {
            // "step2": the label and the number written as one word.
            Some(rest) => return (Some(Number { path: vec![rest], labelled: true }), after_marks(tokens, first + 1)),
            None => (first, tokens[first].low.as_str()),
        }
    };
    let digits = text.trim_end_matches('.');
    let path: Option<Vec<u32>> = digits.split('.').map(|p| p.parse().ok()).collect();
    let path = path.or_else(|| words.numbers.get(digits).filter(|_| labelled && digits.len() > 2).map(|n| vec![*n]));
    let Some(path) = path.filter(|p| !p.is_empty() && p.iter().all(|n| *n < 200)) else { return (None, first) };
    let end = tokens[at].end;
    let rest = &flow.text[end..];
    // "3 ways to …" is no number; "3.1 Delete", "3. Delete", "3) Delete" are.
    // A heading may be nothing but its number, with the title below it.
    let alone = rest.trim().is_empty() && first == 0 && path.len() == 1;
    let marked = rest.starts_with(['.', ')', ':']) || path.len() > 1 && rest.starts_with(' ') || alone;
    if !(labelled || marked) {
        return (None, first);
    }
    (Some(Number { path, labelled }), after_marks(tokens, at + 1))
}

fn glued(word: &str, words: &Words) -> Option<u32> {
    words.step_labels.iter().find_map(|l| word.strip_prefix(l.as_str())?.parse().ok())
}

fn after_marks(tokens: &[Token], mut at: usize) -> usize {
    while tokens.get(at).is_some_and(|t| !t.is_word() && matches!(t.low.as_str(), "." | ")" | ":" | "-" | "–" | "—" | "|")) {
        at += 1;
    }
    at
}

/// What a heading's words say the section is for.
fn kind_of(head: &Head, words: &Words) -> Kind {
    let tokens: Vec<Token> =
        head.flow.tokens(&head.words).into_iter().filter(|t| t.is_word() && !words.articles.contains(&t.low)).collect();
    let h = &words.headings;
    let acts = head.clause.acts() && head.clause.sure;
    if h.prerequisite.is(&tokens) {
        return Kind::Prerequisite;
    }
    if h.responsibility.is(&tokens) {
        return Kind::Responsibility;
    }
    if h.procedure.is(&tokens) {
        return Kind::Procedure;
    }
    if h.reference.is(&tokens) {
        return Kind::Reference;
    }
    if h.prerequisite.at(&tokens, 0).is_some() && tokens.len() <= 5 {
        return Kind::Prerequisite;
    }
    // "Access policy", "Owner responsibilities": the last word says it; "Process for …", "How to …": the first.
    if h.procedure.at(&tokens, 0).is_some() && !acts {
        return Kind::Procedure;
    }
    let named = !acts && !matches!(head.clause.mood, Mood::Gerund);
    if let Some(last) = tokens.last().filter(|_| tokens.len() <= 4 && named) {
        if h.responsibility.has(&last.low) {
            return Kind::Responsibility;
        }
        if h.procedure.has(&last.low) {
            return Kind::Procedure;
        }
        if h.reference_words.contains(&last.low) {
            return Kind::Reference;
        }
    }
    let about = h
        .reference
        .at(&tokens, 0)
        .and_then(|n| tokens.get(n))
        .is_some_and(|t| words.prepositions.contains(&t.low) || t.low == "information");
    if about && tokens.len() <= 5 && named || head.flow.slice(&head.words).ends_with('?') && h.responsibility.within(&tokens) {
        return if h.responsibility.within(&tokens) { Kind::Responsibility } else { Kind::Reference };
    }
    Kind::Plain
}

/// A paragraph that is a heading: bold and of a known kind, or labelled "Step N".
fn bold_heading(nodes: &[Inline], flow: Flow, block: &Block, next: Option<&Block>, words: &Words) -> Option<Head> {
    let whole: Vec<&Inline> = nodes.iter().filter(|n| !blank(n)).collect();
    let bold = matches!(whole.as_slice(), [Inline { kind: InlineKind::Strong(_), .. }]);
    let count = flow.text.split_whitespace().count();
    let long = count > 14;
    if next.is_none() || count == 0 {
        return None;
    }
    let first = flow.tokens(&(0..flow.text.len()));
    let n = &words.notes;
    if [&n.note, &n.tip, &n.caution, &n.warning].iter().any(|p| p.at(&first, 0).is_some()) || words.examples.at(&first, 0).is_some() {
        // "**Note:**" heads the next paragraph, not a section.
        return None;
    }
    let tokens = flow.tokens(&(0..flow.text.len()));
    let (number, behind) = number(&flow, &tokens, words);
    // A sentence may begin with "Step 3 takes an hour"; a label is set off from what it labels.
    let set_off = behind > 0 && tokens.get(behind - 1).is_some_and(|t| !t.is_word());
    let labelled = number.is_some_and(|n| n.labelled) && (!long || set_off);
    if !(bold && !long || labelled) {
        return None;
    }
    let mut head = head(flow, block, words);
    // "**Step 3: Tell people** Write to …": the bold part is the title.
    if let Some(strong) = head.flow.strong.first().filter(|s| labelled && !bold && s.start < head.words.start && s.end > head.words.start) {
        let title = head.words.start..strong.end;
        if head.flow.slice(&title).trim().contains(' ') {
            head.clause = clause::read(&head.flow, &title, words);
            head.words = title;
        }
    }
    // A bold line over "Step 1:" names the procedure.
    let names = bold && next.is_some_and(|b| matches!(&b.kind, BlockKind::Paragraph(i) if is_labelled(&Flow::of(i), words)));
    if labelled || names || count <= 8 && kind_of(&head, words) != Kind::Plain { Some(head) } else { None }
}

/// The page's title says that it is read, not done: a policy, a role, release notes.
pub(crate) fn title_is_reference(title: &str, words: &Words) -> bool {
    let tokens: Vec<Token> = super::flow::tokenize(title, 0, &[]).into_iter().filter(Token::is_word).collect();
    let marked = title.contains(':');
    let last = tokens.len().checked_sub(1).is_some_and(|i| words.headings.titles.at(&tokens, i) == Some(1));
    let adr = tokens.first().is_some_and(|t| {
        words.headings.titles.has(t.low.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-'))
            && t.low.ends_with(|c: char| c.is_ascii_digit())
    });
    adr || last || marked && words.headings.titles.at(&tokens, 0).is_some() || words.headings.titles.is(&tokens)
}

/// A section's heading as the title of a blueprint: "Actions" and "Rollback" say nothing without the heading over them, "For EU customers" not
/// enough.
pub(crate) fn full_title(heading: &str, over: &str, page_title: &str, words: &Words) -> String {
    let tokens: Vec<Token> = super::flow::tokenize(heading, 0, &[]).into_iter().filter(Token::is_word).collect();
    let over = if over.is_empty() { page_title } else { over };
    let over = over.trim_end_matches([':', '.', ',']);
    let contingency = words.phases.contingency.is(&tokens);
    let case = words.conditions.at(&tokens, 0).is_some() || tokens.first().is_some_and(|t| words.group_opener.contains(&t.low));
    if contingency || case {
        format!("{over}: {heading}")
    } else if words.headings.procedure.is(&tokens) {
        over.to_owned()
    } else {
        heading.to_owned()
    }
}

/// The text begins with "Step N".
pub(crate) fn is_labelled(flow: &Flow, words: &Words) -> bool {
    let tokens = flow.tokens(&(0..flow.text.len()));
    number(flow, &tokens, words).0.is_some_and(|n| n.labelled)
}

fn blank(node: &Inline) -> bool {
    match &node.kind {
        InlineKind::Text(t) => t.trim().trim_matches(':').is_empty(),
        InlineKind::SoftBreak | InlineKind::HardBreak => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::english;
    use super::*;
    use crate::text::Source;

    fn outline(text: &str) -> Vec<(String, Kind, Option<Vec<u32>>)> {
        let page = Page::parse(Source::new("p.md", text));
        let tree = page.tree();
        let root = cut(&page, tree.iter(), english());
        let mut out = Vec::new();
        fn walk(s: &Section<'_>, out: &mut Vec<(String, Kind, Option<Vec<u32>>)>) {
            if let Some(h) = &s.head {
                out.push((h.title().to_owned(), s.kind, h.number.clone().map(|n| n.path)));
            }
            s.children.iter().for_each(|c| walk(c, out));
        }
        walk(&root, &mut out);
        out
    }

    #[test]
    fn headings_have_numbers_and_kinds() {
        let got = outline(
            "# T\n\n## 📋 Prerequisites\n\n## 🪪 Step 1: Find the key\n\n### 3.1 Delete data\n\n## 3 ways to win\n\n## Access policy\n\nx\n\n**See also**\n\n- y\n",
        );
        assert_eq!(
            got,
            [
                ("T".into(), Kind::Plain, None),
                ("Prerequisites".into(), Kind::Prerequisite, None),
                ("Find the key".into(), Kind::Plain, Some(vec![1])),
                ("Delete data".into(), Kind::Plain, Some(vec![3, 1])),
                ("3 ways to win".into(), Kind::Plain, None),
                ("Access policy".into(), Kind::Reference, None),
                ("See also".into(), Kind::Reference, None),
            ]
        );
    }
}
