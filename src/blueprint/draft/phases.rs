//! Which sections are stages of one procedure, which are alternatives and which are procedures of their own.
//!
//! Judges sibling sections by the words of their headings and by how their first steps read; the words are data. Must not know what a step
//! is made of.

use super::clause::{self, Mood};
use super::flow::{Flow, Token, tokenize};
use super::group::{Group, Whole};
use super::outline::{Kind, Section};
use super::steps::Shape;
use super::wording::similar;
use super::words::{self, Words};

/// What a heading says of its section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// "Prepare", "Approval", "After the release": a stage or a time.
    Stage,
    /// "Tell people", "Write it": an act on something known.
    Act,
    /// "On Linux", "Option A": one of several ways.
    Way,
    /// "Rollback", "If it fails": only when something goes wrong.
    Contingency,
    /// A subject, or a task of its own: "Business cards", "Add a user".
    Own,
}

/// Marks the groups below a section as phases of one procedure, or as alternatives, where their headings say so. `below` holds the groups
/// of each child section.
pub(crate) fn settle(parent: &Section<'_>, page_title: &str, own: &mut [Group], below: &mut [(usize, Vec<Group>)], words: &Words) {
    let parts: Vec<Part> = below.iter().map(|(i, _)| part(&parent.children[*i], page_title, words)).collect();
    let ways = parts.iter().filter(|p| **p == Part::Way).count();
    if ways > 1 {
        for ((_, groups), _) in below.iter_mut().zip(&parts).filter(|(_, p)| **p == Part::Way) {
            for group in groups {
                group.variant = true;
            }
        }
        return;
    }
    let staged: Vec<usize> = (0..below.len()).filter(|i| !below[*i].1.is_empty() && parts[*i] != Part::Contingency).collect();
    let single = |groups: &[Group]| groups.len() == 1 || groups.iter().all(|g| g.whole.is_some() && g.whole == groups[0].whole);
    if staged.len() < 2 || own.len() > 1 || ways > 0 || !staged.iter().all(|i| single(&below[*i].1)) {
        return;
    }
    let heads: Vec<&Section<'_>> = staged.iter().map(|i| &parent.children[below[*i].0]).collect();
    let firsts: Vec<&Group> = staged.iter().filter_map(|i| below[*i].1.first()).collect();
    let kinds: Vec<Part> = staged.iter().map(|i| parts[*i]).collect();
    let over = if parent.level > 1 { parent.title() } else { page_title };
    let ticked = firsts.iter().all(|g| g.steps.iter().all(|s| s.shape == Shape::Task));
    let Some(doubt) = verdict(&kinds, goes_on(&firsts), ticked, is_one_action(over, words)) else { return };
    if apart(&heads, &firsts, words) {
        return;
    }
    let whole = Whole {
        at: parent.head.as_ref().map_or(0, |h| h.at + 1),
        heading: if parent.level > 1 { parent.title().to_owned() } else { String::new() },
        doubt,
    };
    for group in own.iter_mut() {
        group.whole = Some(whole.clone());
        group.unphased = true;
    }
    for i in staged {
        for group in &mut below[i].1 {
            group.whole = Some(whole.clone());
        }
    }
}

/// Whether parts of these kinds are phases, and if so whether that is in doubt.
fn verdict(kinds: &[Part], goes_on: bool, ticked: bool, one_action: bool) -> Option<bool> {
    let stages = kinds.iter().filter(|k| **k == Part::Stage).count();
    let others = kinds.iter().filter(|k| **k == Part::Own).count();
    let total = kinds.len();
    if goes_on || stages == total {
        return Some(false);
    }
    let mostly = stages * 2 >= total && (others == 0 || others * 3 <= total && stages > 1);
    // Boxes to tick under subjects ("Accounts", "Equipment") are parts of the one checklist that the page is.
    let acts = (others == 0 || ticked) && one_action;
    (mostly || acts).then_some(true)
}

/// The numbers of each list go on from the list before.
fn goes_on(groups: &[&Group]) -> bool {
    groups.windows(2).all(|pair| matches!((pair[0].last, pair[1].first), (Some(last), Some(first)) if first == last + 1))
}

/// Signs that the sections are pieces of work of their own, whatever they are called: the same verb for other things, verbs that undo one
/// another, or the same first step.
pub(crate) fn apart(sections: &[&Section<'_>], groups: &[&Group], words: &Words) -> bool {
    let verbs: Vec<String> = sections.iter().filter_map(|s| verb(s, words)).collect();
    for (i, a) in verbs.iter().enumerate() {
        for b in &verbs[i + 1..] {
            let undoes = |x: &str, y: &str| {
                words.opposites.get(x).is_some_and(|o| o == y)
                    || ["un", "un-", "de", "de-", "dis"].iter().any(|p| x.strip_prefix(p) == Some(y))
            };
            if a == b || undoes(a, b) || undoes(b, a) {
                return true;
            }
        }
    }
    let first = |g: &Group| g.steps.first().map(|s| s.title.clone()).filter(|t| t.split(' ').count() > 2);
    let titles: Vec<String> = groups.iter().filter_map(|g| first(g)).collect();
    titles.iter().enumerate().any(|(i, a)| titles[i + 1..].iter().any(|b| similar(a, b, words) >= 0.8))
}

/// The base form of a heading's verb.
fn verb(section: &Section<'_>, words: &Words) -> Option<String> {
    let head = section.head.as_ref()?;
    let tokens: Vec<Token> = head.flow.tokens(&head.words).into_iter().filter(Token::is_word).collect();
    let at = words.headings.how_to.at(&tokens, 0).unwrap_or(0);
    let low = tokens.get(at)?.low.as_str();
    words.gerund(low).or_else(|| words.base(low)).map(str::to_owned)
}

/// The heading names a stage or a time: "Containment phase", "After the release".
pub(crate) fn is_stage(section: &Section<'_>, page_title: &str, words: &Words) -> bool {
    part(section, page_title, words) == Part::Stage
}

fn part(section: &Section<'_>, page_title: &str, words: &Words) -> Part {
    let Some(head) = &section.head else { return Part::Own };
    // "Containment phase (technical)": what stands in brackets does not say what it is.
    let all = head.flow.tokens(&head.words).into_iter().enumerate();
    let tokens: Vec<Token> = all.take_while(|(i, t)| *i == 0 || t.low != "(").map(|(_, t)| t).filter(Token::is_word).collect();
    let p = &words.phases;
    let Some(first) = tokens.first() else { return Part::Own };
    if p.contingency.at(&tokens, 0).is_some() || p.contingency.is(&tokens) || words.conditions.at(&tokens, 0).is_some() {
        return Part::Contingency;
    }
    let timed = p.times.at(&tokens, 0).is_some() && words.headings.how_to.at(&tokens, 0).is_none();
    if timed {
        return Part::Stage;
    }
    if p.ways.at(&tokens, 0).is_some() || p.way_names.is(&tokens) {
        return Part::Way;
    }
    let plain: Vec<&Token> = tokens
        .iter()
        .filter(|t| {
            !(words.determiners.contains(&t.low)
                || words.prepositions.contains(&t.low)
                || words.articles.contains(&t.low)
                || words.stop.contains(&t.low)
                || t.low.starts_with(|c: char| c.is_ascii_digit()))
        })
        .collect();
    let titled = |t: &Token| tokenize(page_title, 0, &[]).iter().any(|o| stem(&o.low, words) == stem(&t.low, words));
    let stage = |t: &Token| p.stages.contains(&t.low) || p.stages.contains(stem(&t.low, words).as_str());
    let indefinite = tokens.get(1).is_some_and(|t| words.grammar.indefinite.contains(&t.low));
    if !indefinite && plain.iter().any(|t| stage(t)) && plain.iter().all(|t| stage(t) || titled(t)) {
        return Part::Stage;
    }
    let how = words.headings.how_to.at(&tokens, 0).is_some();
    if matches!(section.kind, Kind::Procedure) && plain.len() <= 2 && !how {
        return Part::Stage;
    }
    let told = head.clause.mood == Mood::Imperative || head.clause.mood == Mood::Gerund;
    if told && !how && !indefinite && words.base(&first.low).or_else(|| words.gerund(&first.low)).is_some() {
        return Part::Act;
    }
    Part::Own
}

/// The base form of a verb form, the singular of a plural, else the word.
fn stem(word: &str, words: &Words) -> String {
    words
        .gerund(word)
        .or_else(|| words.participle(word))
        .map(str::to_owned)
        .or_else(|| words::singular(word))
        .unwrap_or_else(|| word.to_owned())
}

/// A title that names one piece of work: "Release a version", "Onboarding of a new colleague", "Release process"; not "Manage users".
fn is_one_action(title: &str, words: &Words) -> bool {
    let flow = Flow::plain(title);
    let all = 0..flow.text.len();
    let tokens: Vec<Token> = flow.tokens(&all).into_iter().filter(Token::is_word).collect();
    let how = words.headings.how_to.at(&tokens, 0).unwrap_or(0);
    let Some(first) = tokens.get(how) else { return false };
    let verb = words.gerund(&first.low).or_else(|| words.base(&first.low));
    let last_names_work = tokens.last().is_some_and(|t| words.phases.works.contains(&t.low));
    let Some(verb) = verb else { return last_names_work };
    if words.phases.collections.contains(verb) {
        return false;
    }
    let told = how > 0 || matches!(clause::read(&flow, &all, words).mood, Mood::Imperative | Mood::Gerund) || last_names_work;
    // "Rotate keys", "Approve expense reports": many of a kind, so many procedures.
    let object: Vec<&Token> =
        tokens[how + 1..].iter().take_while(|t| !words.prepositions.contains(&t.low) || words.determiners.contains(&t.low)).collect();
    let bare_plural = object.last().is_some_and(|t| words::singular(&t.low).is_some() && !t.acronym)
        && !object.first().is_some_and(|t| words.articles.contains(&t.low) || words.determiners.contains(&t.low));
    told && !bare_plural
}

/// The headings are numbered.
pub(crate) fn numbered(section: &Section<'_>) -> bool {
    section.children.iter().filter(|c| c.head.as_ref().is_some_and(|h| h.number.is_some())).count() > 1
}

/// The groups below a heading that says "Procedure" as the phases of one.
pub(crate) fn join(own: Vec<Group>, below: Vec<Group>, heading: &str) -> Vec<Group> {
    if below.len() < 2 || own.len() > 1 {
        return own.into_iter().chain(below).collect();
    }
    let mut joined = own.into_iter().next().unwrap_or_else(|| Group { heading: heading.to_owned(), any_order: true, ..Group::default() });
    joined.unphased = true;
    for group in below {
        joined.append(group);
    }
    vec![joined]
}

/// Groups that are phases of the same procedure, made one.
pub(crate) fn merge(groups: Vec<Group>) -> Vec<Group> {
    let mut out: Vec<Group> = Vec::new();
    for mut group in groups {
        match out.last_mut() {
            Some(last) if group.whole.is_some() && last.whole == group.whole => last.append(group),
            _ => {
                if group.whole.is_some() {
                    group.open_phases();
                }
                out.push(group);
            }
        }
    }
    for group in &mut out {
        let Some(whole) = group.whole.take() else { continue };
        if group.phases.len() > 1 {
            group.heading = whole.heading;
            group.phases_guessed = whole.doubt;
        } else {
            group.close_phases();
        }
    }
    out
}
