//! Deadlines in a sentence: an amount, a unit and what it counts from.

use std::ops::Range;

use super::flow::{Flow, Token};
use super::steps::Due;
use super::words::Words;

/// A number of units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Amount {
    /// The upper bound where a range is written.
    pub(crate) number: u32,
    /// `minutes`, `hours`, `days`, `weeks`, `months`, `years`.
    pub(crate) unit: String,
    /// Working days.
    pub(crate) business: bool,
    /// The page gives a range.
    pub(crate) range: bool,
}

impl Amount {
    /// In the words of the format: `3 business days`, `1 hour`.
    pub(crate) fn words(&self) -> String {
        let unit = if self.number == 1 { self.unit.trim_end_matches('s') } else { &self.unit };
        let business = if self.business && self.unit == "days" { "business " } else { "" };
        format!("{} {business}{unit}", self.number)
    }
}

/// Which side of the anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// At most this long after.
    After,
    /// At least this long before.
    Before,
}

/// A deadline found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) amount: Amount,
    pub(crate) side: Side,
    /// The words of the anchor, in the flow.
    pub(crate) anchor: Option<Range<usize>>,
    /// "within …" or "no later than …" stands before it: without an anchor it counts from when the step can be begun.
    pub(crate) explicit: bool,
    /// All its words.
    pub(crate) words: Range<usize>,
}

impl Found {
    /// As a deadline of the draft, its anchor still in the page's words.
    pub(crate) fn due(&self, flow: &Flow) -> Due {
        Due {
            amount: self.amount.words(),
            before: self.side == Side::Before,
            anchor: self.anchor.as_ref().map(|a| flow.slice(a).to_owned()),
            to: String::new(),
        }
    }
}

/// The amount at a token and the token after it: `3 business days`, `12h`, `6-7 months`, `two weeks`.
pub(crate) fn amount(tokens: &[Token], at: usize, words: &Words) -> Option<(Amount, usize)> {
    let first = tokens.get(at)?;
    let (mut number, mut glued) = number(&first.low, words)?;
    let mut next = at + 1;
    let mut range = first.low.contains('-') && first.low.starts_with(|c: char| c.is_ascii_digit());
    while glued.is_empty()
        && tokens.get(next).is_some_and(|t| matches!(t.low.as_str(), "-" | "–") || words.deadlines.ranges.contains(&t.low))
    {
        let Some((upper, rest)) = tokens.get(next + 1).and_then(|t| self::number(&t.low, words)) else { break };
        (number, glued) = (upper, rest);
        range = true;
        next += 2;
    }
    let mut business = false;
    if glued.is_empty() {
        while let Some(token) = tokens.get(next) {
            if words.business.contains(&token.low) {
                business = true;
            } else if !words.calendar.contains(&token.low) {
                break;
            }
            next += 1;
        }
        glued.clone_from(&tokens.get(next)?.low);
        next += 1;
    }
    let glued = glued.trim_start_matches('-');
    let unit = words.units.get(glued).or_else(|| {
        // "3-business-day" and German compounds such as "werktage" carry the kind in the word.
        words.units.iter().find(|(k, _)| k.len() > 2 && glued.ends_with(k.as_str())).map(|(_, v)| v)
    })?;
    let business = business || words.business.iter().any(|b| b.len() > 3 && glued.starts_with(b.as_str()) && glued.len() > b.len());
    (number > 0).then(|| (Amount { number, unit: unit.clone(), business, range }, next))
}

/// A number, and letters glued to it (`12h`).
fn number(word: &str, words: &Words) -> Option<(u32, String)> {
    if let Some(n) = words.numbers.get(word) {
        return Some((*n, String::new()));
    }
    let word = word.trim_start_matches('~');
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    let n: u32 = digits.parse().ok()?;
    let rest = &word[digits.len()..];
    // "6-7": the upper bound; "48-hour": the unit.
    if let Some(upper) = rest.strip_prefix(['-', '–']) {
        return number(upper, words).or_else(|| Some((n, upper.to_owned())));
    }
    Some((n, rest.to_owned()))
}

/// Finds the deadline in a sentence. Durations of work, waiting times and what machines do are not deadlines.
pub(crate) fn find(flow: &Flow, sentence: &Range<usize>, words: &Words) -> Option<Found> {
    let tokens = flow.tokens(sentence);
    for i in 0..tokens.len() {
        if let Some(n) = words.within.at(&tokens, i)
            && let Some((amount, next)) = amount(&tokens, skip_about(&tokens, i + n, words), words)
            && !stays(&tokens, i, words)
        {
            let (side, anchor, end) = anchor(&tokens, next, words).unwrap_or((Side::After, None, next));
            return Some(Found { explicit: true, ..found(&tokens, i, end, amount, side, anchor) });
        }
        let Some((amount, next)) = amount(&tokens, i, words) else { continue };
        let Some((side, anchor, end)) = anchor(&tokens, next, words) else { continue };
        let weak = words.deadlines.weak.contains(&tokens[next].low);
        if weak
            || amount.number == 1 && words.numbers.contains_key(&tokens[i].low)
            || stays(&tokens, i, words)
            || anchor.is_none() && side == Side::After
        {
            continue;
        }
        return Some(found(&tokens, i, end, amount, side, anchor));
    }
    None
}

fn found(tokens: &[Token], from: usize, end: usize, amount: Amount, side: Side, anchor: Option<Range<usize>>) -> Found {
    Found { amount, side, anchor, explicit: false, words: tokens[from].start..tokens[end.max(from + 1) - 1].end }
}

fn skip_about(tokens: &[Token], mut at: usize, words: &Words) -> usize {
    while tokens.get(at).is_some_and(|t| words.deadlines.about.contains(&t.low)) && tokens.len() > at + 1 {
        let amount_word = words.numbers.contains_key(&tokens[at].low) && !tokens[at + 1].low.starts_with(|c: char| c.is_ascii_digit());
        if amount_word {
            break;
        }
        at += 1;
    }
    at
}

/// The verb in front says how long something takes, waits, lasts or is kept.
fn stays(tokens: &[Token], at: usize, words: &Words) -> bool {
    let from = (0..at).rev().find(|i| matches!(tokens[*i].low.as_str(), "." | ";" | "(")).map_or(0, |i| i + 1);
    // "the last day" names one, "the last 30 days" a time that has passed.
    let named = |i: usize| i > 0 && i + 1 < at && words.determiners.contains(&tokens[i - 1].low);
    (from..at).any(|i| words.not_due.at(&tokens[..at], i).is_some() && !named(i))
}

/// "of receiving it", "before the meeting", and where the words end.
fn anchor(tokens: &[Token], at: usize, words: &Words) -> Option<(Side, Option<Range<usize>>, usize)> {
    let (side, n) = if let Some(n) = words.before.at(tokens, at) {
        (Side::Before, n)
    } else if let Some(n) = words.after.at(tokens, at) {
        (Side::After, n)
    } else {
        return None;
    };
    let from = at + n;
    let mut end = from;
    while let Some(token) = tokens.get(end) {
        let stop = !token.is_word() && !matches!(token.low.as_str(), "'" | "\"" | "“" | "”" | "&" | "-" | "(" | ")")
            || words.deadlines.stops.contains(&token.low)
            || end > from && (words.to.contains(&token.low) || words.deadlines.later_stops.contains(&token.low))
            || end > from && words.by.contains(&token.low) && tokens.get(end + 1).is_some_and(|t| words.gerund(&t.low).is_some())
            || end - from >= 8
            || end > from + 1 && (words.modals.at(tokens, end).is_some());
        if stop {
            break;
        }
        end += 1;
    }
    let range = (end > from).then(|| tokens[from].start..tokens[end - 1].end);
    Some((side, range, end))
}

#[cfg(test)]
mod tests {
    use super::super::words::english;
    use super::*;
    use crate::page::{BlockKind, Page};
    use crate::text::Source;

    fn due(text: &str) -> Option<(String, Side, Option<String>)> {
        let page = Page::parse(Source::new("p.md", text));
        let BlockKind::Paragraph(inlines) = &page.tree()[0].kind else { panic!("no paragraph") };
        let flow = Flow::of(inlines);
        let sentence = flow.sentences().remove(0);
        find(&flow, &sentence, english()).map(|f| (f.amount.words(), f.side, f.anchor.map(|a| flow.slice(&a).to_owned())))
    }

    #[test]
    fn deadlines_have_an_amount_a_side_and_an_anchor() {
        assert_eq!(
            due("Send it within 3 business days of receiving the form."),
            Some(("3 business days".into(), Side::After, Some("receiving the form".into())))
        );
        assert_eq!(
            due("60 days before the end of an engagement BD sends it"),
            Some(("60 days".into(), Side::Before, Some("the end of an engagement BD sends it".into())))
        );
        assert_eq!(
            due("This should be done **no more than 12h before** the start of the exam."),
            Some(("12 hours".into(), Side::Before, Some("the start of the exam".into())))
        );
        assert_eq!(
            due("6-7 months before a term ends, send the list."),
            Some(("7 months".into(), Side::Before, Some("a term ends".into())))
        );
        assert_eq!(due("Notify them (within ten business days)."), Some(("10 business days".into(), Side::After, None)));
    }

    #[test]
    fn times_of_work_and_waiting_are_no_deadlines() {
        for text in [
            "Wait up to 5 business days for the changes.",
            "Your cards will arrive 7-10 business days after that.",
            "Retain the data for at least one year after the end.",
            "Open it within the console.",
            "Look within 5% of the limit.",
        ] {
            assert_eq!(due(text), None, "{text}");
        }
    }
}
