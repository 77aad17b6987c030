//! Tells without parsing that the words of a page changed: parsing two versions of every page is what a first look at a repository would spend its
//! time on.
//!
//! An answer is certain; where there is none they are parsed. Most edits bring a word or take one away, in plain text. Both ends of the proof are careful: a word
//! counts as *shown* only where nothing can hide it (no tag, comment, link, definition, table row or attribute is near), and the other version *may
//! show* it wherever its letters stand, and wherever markup could join it from pieces. If one version shows a word more often than the other may,
//! their prose differs.

use crate::page::{front_matter, markdown};

/// Words to try of each version.
const TRIED: usize = 12;

/// Words that `prose` puts in by itself: they need not stand in the text.
const OWN: [&str; 7] = ["Note", "Tip", "Important", "Warning", "Caution", "link", "x"];

/// Signs that stand around words in plain text, or dress them.
const AROUND: [char; 14] = ['*', '_', '~', '`', '(', ')', '"', '\'', '.', ',', ';', ':', '!', '?'];

/// Signs that markup never takes away between two letters.
const STAY: [char; 13] = ['.', ',', ';', ':', '?', ')', '"', '\'', '/', '-', '=', '|', '>'];

/// Entities that stand for no letter and no digit.
const SIGNS: [&str; 12] = ["amp", "lt", "gt", "quot", "apos", "nbsp", "ndash", "mdash", "hellip", "rarr", "larr", "copy"];

/// Whether two versions of a Markdown file have the same prose; `None` where only parsing tells.
pub fn same_words(old: &str, new: &str) -> Option<bool> {
    let (old, new) = (body(old), body(new));
    if old == new {
        return Some(true);
    }
    let (old, new) = (markdown::as_commonmark(old), markdown::as_commonmark(new));
    let (gone, came) = between(&old, &new);
    (shows_more(&new, &old, came) || shows_more(&old, &new, gone)).then_some(false)
}

fn body(text: &str) -> &str {
    &text[front_matter::body_start(text)..]
}

/// What lies between the equal beginnings and the equal ends of two texts, in whole words.
fn between<'t>(a: &'t str, b: &'t str) -> (&'t str, &'t str) {
    let (x, y) = (a.as_bytes(), b.as_bytes());
    let head = x.iter().zip(y).take_while(|(a, b)| a == b).count();
    let start = x[..head].iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1);
    let tail = x[start..].iter().rev().zip(y[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let ends = &x[x.len() - tail..];
    let tail = ends.iter().position(u8::is_ascii_whitespace).map_or(0, |at| tail - at);
    (&a[start..x.len() - tail], &b[start..y.len() - tail])
}

/// True if `text` shows a word of `part`, a piece of it, more often than `other` may.
fn shows_more(text: &str, other: &str, part: &str) -> bool {
    let mut words: Vec<&str> = Vec::new();
    for word in part.split_whitespace().flat_map(plain_words) {
        if !words.contains(&word) {
            words.push(word);
            if words.len() == TRIED {
                break;
            }
        }
    }
    if words.is_empty() || has_letters_as_entities(other) {
        return false;
    }
    let may = may_show(other, &words);
    let mut shown = vec![0_u32; words.len()];
    each_shown(text, &mut |word| {
        if let Some(at) = words.iter().position(|w| *w == word) {
            shown[at] += 1;
        }
    });
    shown.iter().zip(&may).any(|(shown, may)| shown > may)
}

/// The words of a piece of plain text between white space, if it is no more than that.
fn plain_words(piece: &str) -> impl Iterator<Item = &str> {
    let core = piece.trim_start_matches(AROUND);
    let (core, after) = core.split_at(core.trim_end_matches(AROUND).len());
    let plain = core.chars().all(|c| c.is_alphanumeric() || STAY.contains(&c));
    // `2.` and `2)` number an item, and numbers of items do not count.
    let number = core.trim_start_matches(|c: char| !c.is_alphanumeric());
    let numbers = after.starts_with(['.', ')']) && number.bytes().all(|b| b.is_ascii_digit());
    core.split(STAY).filter(move |word| plain && !numbers && !word.is_empty() && !OWN.contains(word))
}

/// How often a text may show each of `words`: as it stands, or put together from a beginning that markup follows and what comes after it.
fn may_show(text: &str, words: &[&str]) -> Vec<u32> {
    let mut out = vec![0; words.len()];
    let mut rest = text;
    while let Some(at) = rest.find(char::is_alphanumeric) {
        rest = &rest[at..];
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let goes_on = after.chars().next().is_some_and(|c| !c.is_whitespace() && !STAY.contains(&c));
        for (count, word) in out.iter_mut().zip(words) {
            *count += u32::from(run == *word || goes_on && word.starts_with(run));
        }
        rest = after;
    }
    out
}

/// True if some entity may stand for letters or digits.
fn has_letters_as_entities(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| {
        let rest = &text[at + 1..];
        let name = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '#').unwrap_or(rest.len())];
        rest[name.len()..].starts_with(';') && !SIGNS.contains(&name)
    })
}

/// Calls `shown` with every word that nothing can hide, as often as it stands there.
fn each_shown<'t>(text: &'t str, shown: &mut dyn FnMut(&'t str)) {
    let mut in_comment = false;
    for chunk in chunks(text) {
        if in_comment || chunk.contains('<') {
            match after_tags(chunk, in_comment) {
                Some(open) => in_comment = open,
                None => return,
            }
            continue;
        }
        // Definitions of links, footnotes, images: what belongs to them may stand on several lines.
        if ["]:", "[^", "!["].iter().any(|mark| chunk.contains(mark)) {
            continue;
        }
        words_of(chunk, shown);
    }
}

/// Pieces of a text between blank lines: no inline markup reaches beyond one.
fn chunks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = 0;
        for line in rest.split_inclusive('\n') {
            end += line.len();
            if line.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')) {
                break;
            }
        }
        let (chunk, after) = rest.split_at(end);
        rest = after;
        Some(chunk)
    })
}

/// Whether a comment is still open after a chunk; `None` if something is open that this does not follow.
fn after_tags(chunk: &str, in_comment: bool) -> Option<bool> {
    let mut rest = chunk;
    let mut in_comment = in_comment;
    loop {
        if in_comment {
            match rest.find("-->") {
                Some(end) => rest = &rest[end + 3..],
                None => return Some(true),
            }
        }
        let Some(at) = rest.find('<') else { return Some(false) };
        rest = &rest[at + 1..];
        in_comment = rest.starts_with("!--");
        if in_comment {
            rest = &rest[3..];
        } else if rest.starts_with(['!', '?']) || LONG.iter().any(|tag| rest.get(..tag.len()).is_some_and(|t| t.eq_ignore_ascii_case(tag)))
        {
            return None;
        }
    }
}

/// Tags whose blocks go on over blank lines.
const LONG: [&str; 4] = ["pre", "script", "style", "textarea"];

/// The words of a chunk without tags, up to a link of which it is not plain where it ends.
fn words_of<'t>(chunk: &'t str, shown: &mut dyn FnMut(&'t str)) {
    for line in chunk.lines() {
        // Cells beyond the width of a table, attributes of headings and words after a fence are not shown.
        let hides = ["|", "{", "```", "~~~"].iter().any(|mark| line.contains(mark));
        for piece in line.split_whitespace() {
            let ends = |opens: &str, closes: char, else_than: &[char]| {
                piece.match_indices(opens).all(|(at, _)| {
                    let inner = &piece[at + opens.len()..];
                    inner.find(closes).is_some_and(|end| !inner[..end].contains(else_than))
                })
            };
            if !ends("](", ')', &['(', '\\']) || !ends("][", ']', &['[', '\\']) {
                return;
            }
            if !hides {
                plain_words(piece).for_each(&mut *shown);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "---\ntitle: Stop\n---\n# Stop\n\nTo stop the *main* pump, see [the plan](plan.md) and wait 10 minutes.\n\n\
        1. Close the valve.\n2. Call Anna.\n\n```sh\nstop --now\n```\n\n<!-- the end -->\n\nDone & over.\n";

    #[test]
    fn common_edits_are_told_at_once() {
        for (from, to) in [
            ("10 minutes", "15 minutes"),
            ("10 minutes", "10 or more minutes"),
            ("Call Anna", "Call Ben"),
            ("2. Call Anna.\n", ""),
            ("stop --now", "stop --now all"),
            ("over.", "out."),
            ("Call Anna", "Call anna@example.org or B.-J. Smith"),
            ("# Stop", "# Stop it"),
        ] {
            assert_eq!(same_words(PAGE, &PAGE.replace(from, to)), Some(false), "{from} -> {to}");
            assert_eq!(same_words(&PAGE.replace(from, to), PAGE), Some(false), "{to} -> {from}");
        }
        assert_eq!(same_words(PAGE, &PAGE.replace("title: Stop", "title: Halt")), Some(true));
    }

    #[test]
    fn what_may_be_hidden_is_left_to_parsing() {
        for (from, to) in [
            ("the end", "an end"),
            ("plan.md", "map.md \"where it all stands\""),
            ("```sh", "```sh with words"),
            ("# Stop", "# Stop {#stop .big}"),
            ("*main*", "main"),
            ("10 minutes", "10\nminutes"),
            ("Done", "[old plan]: plan.md\n'which nobody uses'\n\nDone"),
        ] {
            assert_eq!(same_words(PAGE, &PAGE.replace(from, to)), None, "{from} -> {to}");
        }
        for text in ["Clo*se* the", "Clo<b>se</b> the", "&#67;lose the", "[Clo](a)se the"] {
            assert_eq!(same_words(PAGE, &PAGE.replace("Close the", text)), None, "{text}");
        }
    }
}
