//! From a stream of inline pieces and blocks, as markup nests them, to clean blocks: paragraphs grouped, blanks collapsed as a browser would, marks merged
//! and their blanks moved outside.
//!
//! Knows the document tree only.

use std::mem;

use super::document::{Block, Inline, ListItem, Target};

/// What an element turns into: markup may put blocks inside inline elements and the other way round.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// Inline content.
    Inline(Inline),
    /// A block.
    Block(Block),
}

/// A kind of mark around inline content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Strong.
    Strong,
    /// Emphasis.
    Emphasis,
    /// Struck out.
    Strike,
    /// Subscript.
    Sub,
    /// Superscript.
    Sup,
}

impl Mark {
    /// The inline that puts this mark around `content`.
    pub(super) fn around(self, content: Vec<Inline>) -> Inline {
        match self {
            Self::Strong => Inline::Strong(content),
            Self::Emphasis => Inline::Emphasis(content),
            Self::Strike => Inline::Strike(content),
            Self::Sub => Inline::Sub(content),
            Self::Sup => Inline::Sup(content),
        }
    }
}

/// The mark an inline is, and its content.
fn mark_of(inline: &mut Inline) -> Option<(Mark, &mut Vec<Inline>)> {
    match inline {
        Inline::Strong(c) => Some((Mark::Strong, c)),
        Inline::Emphasis(c) => Some((Mark::Emphasis, c)),
        Inline::Strike(c) => Some((Mark::Strike, c)),
        Inline::Sub(c) => Some((Mark::Sub, c)),
        Inline::Sup(c) => Some((Mark::Sup, c)),
        _ => None,
    }
}

/// Puts inline wrappers around runs of inline pieces and into the paragraphs of blocks.
pub(super) fn wrap(pieces: Vec<Piece>, around: &dyn Fn(Vec<Inline>) -> Inline) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut run = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Inline(inline) => run.push(inline),
            Piece::Block(block) => {
                if !run.is_empty() {
                    out.push(Piece::Inline(around(mem::take(&mut run))));
                }
                out.push(Piece::Block(wrap_block(block, around)));
            }
        }
    }
    if !run.is_empty() {
        out.push(Piece::Inline(around(run)));
    }
    out
}

fn wrap_block(block: Block, around: &dyn Fn(Vec<Inline>) -> Inline) -> Block {
    let all = |blocks: Vec<Block>| blocks.into_iter().map(|b| wrap_block(b, around)).collect::<Vec<_>>();
    match block {
        Block::Paragraph(content) => Block::Paragraph(tidy(vec![around(content)])),
        Block::List { start, items } => {
            let items = items.into_iter().map(|i| ListItem { task: i.task, blocks: all(i.blocks) }).collect();
            Block::List { start, items }
        }
        Block::Quote(blocks) => Block::Quote(all(blocks)),
        Block::Table(mut table) => {
            for cell in table.rows.iter_mut().flatten() {
                cell.blocks = all(mem::take(&mut cell.blocks));
            }
            Block::Table(table)
        }
        other => other,
    }
}

/// Groups pieces into blocks: runs of inlines become paragraphs, adjacent bullet lists one list.
pub(super) fn blocks(pieces: Vec<Piece>) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut run = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Inline(inline) => run.push(inline),
            Piece::Block(block) => {
                paragraphs(mem::take(&mut run), &mut out);
                push_block(block, &mut out);
            }
        }
    }
    paragraphs(run, &mut out);
    out
}

fn push_block(block: Block, out: &mut Vec<Block>) {
    if let (Some(Block::List { start: first, items }), Block::List { start, items: more }) = (out.last_mut(), &block) {
        let tasks = |items: &[ListItem]| items.iter().any(|i| i.task.is_some());
        let continues = match (*first, *start) {
            (None, None) => tasks(items) == tasks(more),
            // A list that goes on counting where the last one stopped is the same list, cut in two by the editor.
            (Some(a), Some(b)) => b > 1 && a + items.len() as u64 == b,
            _ => false,
        };
        if continues {
            items.extend(more.iter().cloned());
            return;
        }
    }
    out.push(block);
}

/// Paragraphs of a run: two line breaks in a row start a new one.
fn paragraphs(run: Vec<Inline>, out: &mut Vec<Block>) {
    if run.is_empty() {
        return;
    }
    for part in split_at_blank_lines(tidy(run)) {
        let part = tidy(part);
        let is_marker = |i: &Inline| matches!(i, Inline::Marker(_));
        let is_between = |i: &Inline| *i == Inline::Break || matches!(i, Inline::Text(t) if t.chars().all(is_blank));
        if part.is_empty() {
            continue;
        }
        // Markers without words around them are blocks.
        if part.iter().any(is_marker) && part.iter().all(|i| is_marker(i) || is_between(i)) {
            out.extend(part.into_iter().filter_map(|i| if let Inline::Marker(marker) = i { Some(Block::Marker(marker)) } else { None }));
        } else {
            out.push(Block::Paragraph(part));
        }
    }
}

/// Cuts tidy inlines where at least two breaks follow each other, inside marks too.
fn split_at_blank_lines(inlines: Vec<Inline>) -> Vec<Vec<Inline>> {
    let mut parts = vec![Vec::new()];
    let mut iter = inlines.into_iter().peekable();
    while let Some(mut inline) = iter.next() {
        if inline == Inline::Break && iter.peek() == Some(&Inline::Break) {
            while iter.peek() == Some(&Inline::Break) {
                iter.next();
            }
            parts.push(Vec::new());
            continue;
        }
        if let Some((mark, content)) = mark_of(&mut inline) {
            let mut inner = split_at_blank_lines(mem::take(content)).into_iter();
            if let (Some(first), Some(last)) = (inner.next(), parts.last_mut()) {
                last.push(mark.around(first));
            }
            parts.extend(inner.map(|p| vec![mark.around(p)]));
            continue;
        }
        if let Some(last) = parts.last_mut() {
            last.push(inline);
        }
    }
    parts
}

/// Inline content of pieces where only inline content can stand (headings, link texts, titles); blocks give their words, and what is no text is returned.
pub(super) fn inlines(pieces: Vec<Piece>) -> (Vec<Inline>, Vec<Block>) {
    let mut out = Vec::new();
    let mut rest = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Inline(inline) => out.push(inline),
            Piece::Block(Block::Paragraph(content)) => {
                out.push(Inline::Text(" ".to_owned()));
                out.extend(content);
                out.push(Inline::Text(" ".to_owned()));
            }
            Piece::Block(Block::Heading { content, .. }) => {
                out.push(Inline::Text(" ".to_owned()));
                out.extend(content);
                out.push(Inline::Text(" ".to_owned()));
            }
            Piece::Block(block) => rest.push(block),
        }
    }
    (tidy(out), rest)
}

/// Collapses blanks, merges adjacent equal marks, moves blanks out of marks, drops empty marks, trims both ends.
pub(super) fn tidy(inlines: Vec<Inline>) -> Vec<Inline> {
    let lifted = lift(inlines, &[]);
    let mut after_blank = true;
    let mut out = collapse(lifted, &mut after_blank);
    trim_end(&mut out);
    while out.first() == Some(&Inline::Break) {
        out.remove(0);
    }
    merge(out)
}

/// Trims blanks and breaks at the end.
fn trim_end(out: &mut Vec<Inline>) {
    while let Some(last) = out.last_mut() {
        match last {
            Inline::Break => {
                out.pop();
            }
            Inline::Text(text) => {
                let keep = text.trim_end_matches(' ').len();
                text.truncate(keep);
                if keep > 0 {
                    break;
                }
                out.pop();
            }
            _ => break,
        }
    }
}

/// True for what a browser collapses, and for the no-break blanks that wiki editors sprinkle.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{a0}' || c == '\u{2028}'
}

/// Characters nobody sees: they only break searches and words.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{feff}' | '\u{ad}' | '\u{2060}' | '\u{200e}' | '\u{200f}')
}

/// Splits the blanks off both ends of inline content: (before, content, after).
fn split_blanks(mut content: Vec<Inline>) -> (Vec<Inline>, Vec<Inline>, Vec<Inline>) {
    let mut before = Vec::new();
    let mut after = Vec::new();
    while let Some(first) = content.first_mut() {
        match first {
            Inline::Break => before.push(content.remove(0)),
            Inline::Text(text) => {
                let trimmed = text.trim_start_matches(is_blank);
                if trimmed.len() < text.len() {
                    let rest = trimmed.to_owned();
                    before.push(Inline::Text(" ".to_owned()));
                    *text = rest;
                }
                if !text.is_empty() {
                    break;
                }
                content.remove(0);
            }
            _ => break,
        }
    }
    while let Some(last) = content.last_mut() {
        match last {
            Inline::Break => after.extend(content.pop()),
            Inline::Text(text) => {
                let keep = text.trim_end_matches(is_blank).len();
                if keep < text.len() {
                    after.push(Inline::Text(" ".to_owned()));
                    text.truncate(keep);
                }
                if keep > 0 {
                    break;
                }
                content.pop();
            }
            _ => break,
        }
    }
    after.reverse();
    (before, content, after)
}

/// Dissolves marks inside the same mark, moves blanks out of marks and links, drops what is empty, merges equal neighbours.
fn lift(inlines: Vec<Inline>, inside: &[Mark]) -> Vec<Inline> {
    let mut out = Vec::new();
    for mut inline in inlines {
        if let Some((mark, content)) = mark_of(&mut inline) {
            let content = mem::take(content);
            if inside.contains(&mark) {
                out.extend(lift(content, inside));
                continue;
            }
            let mut within = inside.to_vec();
            within.push(mark);
            let (before, content, after) = split_blanks(lift(content, &within));
            out.extend(before);
            // A mark around nothing but a place that links name, an image or a full stop marks nothing.
            if content.iter().any(|i| is_visible(i, mark)) {
                out.push(mark.around(content));
            } else {
                out.extend(content);
            }
            out.extend(after);
            continue;
        }
        match inline {
            Inline::Link { target, content } => {
                let had_words = !content.is_empty();
                let (before, content, after) = split_blanks(lift(content, inside));
                out.extend(before);
                // Only blanks between the tags: nothing to click on.
                if !(had_words && content.is_empty()) {
                    out.push(link_in_marks(target, content));
                }
                out.extend(after);
            }
            Inline::Excerpt { name, content } => out.push(Inline::Excerpt { name, content: lift(content, inside) }),
            Inline::Text(mut text) => {
                if text.contains(is_invisible) {
                    text.retain(|c| !is_invisible(c));
                }
                if !text.is_empty() {
                    out.push(Inline::Text(text));
                }
            }
            other => out.push(other),
        }
    }
    merge(out)
}

/// A link whose words all carry one mark is a marked link, so that it can be part of what is marked around it.
fn link_in_marks(target: Target, mut content: Vec<Inline>) -> Inline {
    if let [only] = content.as_mut_slice()
        && let Some((mark @ (Mark::Strong | Mark::Emphasis | Mark::Strike), inner)) = mark_of(only)
    {
        let inner = mem::take(inner);
        return mark.around(vec![link_in_marks(target, inner)]);
    }
    Inline::Link { target, content }
}

fn is_visible(inline: &Inline, mark: Mark) -> bool {
    match inline {
        Inline::Anchor(_) | Inline::Image { .. } | Inline::Break => false,
        Inline::Text(text) => matches!(mark, Mark::Sub | Mark::Sup) || text.chars().any(char::is_alphanumeric),
        _ => true,
    }
}

/// Merges equal neighbours: text, marks (blanks between them go in), code, links with the same target.
fn merge(inlines: Vec<Inline>) -> Vec<Inline> {
    let mut out = Vec::with_capacity(inlines.len());
    for inline in inlines {
        push_merged(&mut out, inline);
    }
    out
}

/// Adds an inline, as part of the last one where they are of a kind. Touches only the seam, so that long runs stay linear.
fn push_merged(out: &mut Vec<Inline>, mut inline: Inline) {
    if let Some((mark, content)) = mark_of(&mut inline)
        && !matches!(mark, Mark::Sub | Mark::Sup)
        && let Some(at) = same_mark(out, mark)
    {
        let content = mem::take(content);
        let between = out.split_off(at + 1);
        if let Some((_, last)) = out.last_mut().and_then(mark_of) {
            for piece in between.into_iter().chain(content) {
                push_merged(last, piece);
            }
        }
        return;
    }
    match (out.last_mut(), inline) {
        (Some(Inline::Text(last)), Inline::Text(text)) => last.push_str(&text),
        (Some(Inline::Code(last)), Inline::Code(text)) => last.push_str(&text),
        (Some(Inline::Anchor(last)), Inline::Anchor(name)) if *last == name => {}
        (Some(Inline::Link { target: a, content: last }), Inline::Link { target: b, content })
            if *a == b && !last.is_empty() && !content.is_empty() =>
        {
            for piece in content {
                push_merged(last, piece);
            }
        }
        (_, inline) => out.push(inline),
    }
}

/// The place of the mark that one more of its kind would go on: nothing is between them but blanks, or code in an emphasised sentence, which wikis cannot
/// emphasise. After a colon the code is what a label labels.
fn same_mark(out: &mut [Inline], mark: Mark) -> Option<usize> {
    let is_between = |i: &Inline| match i {
        Inline::Text(text) => text.chars().all(is_blank),
        Inline::Code(_) => mark == Mark::Emphasis,
        _ => false,
    };
    let at = out.iter().rposition(|i| !is_between(i))?;
    let (up_to, between) = out.split_at_mut(at + 1);
    let has_code = between.iter().any(|i| matches!(i, Inline::Code(_)));
    let (found, content) = mark_of(up_to.last_mut()?)?;
    let is_label = matches!(content.last(), Some(Inline::Text(t)) if t.trim_end().ends_with(':'));
    (found == mark && between.len() <= 3 && !(has_code && is_label)).then_some(at)
}

/// Collapses blanks across element borders; no blank after a break or at the start.
fn collapse(inlines: Vec<Inline>, after_blank: &mut bool) -> Vec<Inline> {
    let mut out = Vec::new();
    for mut inline in inlines {
        match &mut inline {
            Inline::Text(text) => {
                let mut clean = String::with_capacity(text.len());
                for c in text.chars() {
                    if is_blank(c) {
                        if !*after_blank {
                            clean.push(' ');
                        }
                        *after_blank = true;
                    } else {
                        clean.push(c);
                        *after_blank = false;
                    }
                }
                if clean.is_empty() {
                    continue;
                }
                *text = clean;
            }
            Inline::Break => {
                trim_blank(&mut out);
                *after_blank = true;
            }
            // Shows its target's name.
            Inline::Link { content, .. } if content.is_empty() => *after_blank = false,
            Inline::Link { content, .. } | Inline::Excerpt { content, .. } => *content = collapse(mem::take(content), after_blank),
            Inline::Anchor(_) => {}
            Inline::Code(_)
            | Inline::Image { .. }
            | Inline::Mention(_)
            | Inline::Date(_)
            | Inline::Emoji(_)
            | Inline::Status { .. }
            | Inline::Marker(_) => {
                *after_blank = false;
            }
            Inline::Strong(content) | Inline::Emphasis(content) | Inline::Strike(content) | Inline::Sub(content) | Inline::Sup(content) => {
                *content = collapse(mem::take(content), after_blank);
                if content.is_empty() {
                    continue;
                }
            }
        }
        out.push(inline);
    }
    out
}

/// Takes a blank off the end of the last text.
fn trim_blank(out: &mut Vec<Inline>) {
    if let Some(Inline::Text(text)) = out.last_mut() {
        let keep = text.trim_end_matches(' ').len();
        text.truncate(keep);
        if keep == 0 {
            out.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(t: &str) -> Inline {
        Inline::Text(t.to_owned())
    }

    #[test]
    fn equal_marks_merge_and_blanks_move_out() {
        let got = tidy(vec![
            text("  a\n "),
            Inline::Strong(vec![text("b ")]),
            Inline::Strong(vec![text("c\u{a0}")]),
            text(" d"),
            Inline::Emphasis(vec![text(" ")]),
            Inline::Break,
        ]);
        assert_eq!(got, vec![text("a "), Inline::Strong(vec![text("b c")]), text(" d")]);
    }

    #[test]
    fn a_mark_in_the_same_mark_is_one_mark() {
        let got = tidy(vec![Inline::Strong(vec![text("a "), Inline::Emphasis(vec![Inline::Strong(vec![text("b")])])])]);
        assert_eq!(got, vec![Inline::Strong(vec![text("a "), Inline::Emphasis(vec![text("b")])])]);
    }

    #[test]
    fn blank_lines_cut_paragraphs_inside_marks_too() {
        let got = blocks(vec![
            Piece::Inline(Inline::Strong(vec![text("a"), Inline::Break, Inline::Break, text("b")])),
            Piece::Inline(text(" c")),
        ]);
        assert_eq!(got.len(), 2);
        assert_eq!(got[1], Block::Paragraph(vec![Inline::Strong(vec![text("b")]), text(" c")]));
    }

    #[test]
    fn lists_that_go_on_counting_are_one() {
        let item = |t: &str| ListItem { task: None, blocks: vec![Block::Paragraph(vec![text(t)])] };
        let list = |start, t: &str| Piece::Block(Block::List { start, items: vec![item(t)] });
        assert_eq!(blocks(vec![list(Some(1), "a"), list(Some(2), "b")]).len(), 1);
        assert_eq!(blocks(vec![list(Some(1), "a"), list(Some(1), "b")]).len(), 2);
        assert_eq!(blocks(vec![list(None, "a"), list(None, "b")]).len(), 1);
    }
}
