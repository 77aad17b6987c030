//! Conditions said of a whole section: its heading ("If the account is locked") or its first sentence ("Use this procedure only if …").
//!
//! Every step below waits on it. Where it holds for a whole procedure it decides whether that begins, and stands once, at the first step.

use super::clause::Mood;
use super::entry::{OVER_LIST, Reader};
use super::flow::Flow;
use super::group::Group;
use super::outline::Section;
use super::steps::{Step, one_line};
use crate::page::BlockKind;

/// Where the condition comes from, as kept with the step.
const RULE: &str = "condition over the section";

/// Gives the steps of a section the condition said of it, where they have none of their own.
pub(crate) fn apply(reader: &Reader<'_>, section: &Section<'_>, groups: &mut [Group]) {
    let Some(when) = groups.first().and_then(|_| over(reader, section)) else { return };
    for step in groups.iter_mut().flat_map(|g| &mut g.steps).filter(|s| s.when.is_none()) {
        step.wait_on(RULE, when.clone());
    }
}

/// One condition over every step of a procedure stays at the first of them.
pub(crate) fn settle(steps: &mut [Step]) {
    let over = |s: &Step| s.why.iter().any(|w| w.at == "when" && matches!(w.rule.as_str(), RULE | OVER_LIST));
    let Some(first) = steps.first().filter(|s| over(s)).and_then(|s| s.when.clone()) else { return };
    let shared = |s: &Step| over(s) && s.when.as_ref() == Some(&first);
    // A step may have a condition of its own beside it.
    if !steps.iter().all(|s| shared(s) || !over(s) && s.when.is_some()) {
        return;
    }
    for step in steps[1..].iter_mut().filter(|s| shared(s)) {
        step.when = None;
        step.why.retain(|w| w.at != "when");
        step.marks.retain(|m| m.at != "when");
    }
}

fn over(reader: &Reader<'_>, section: &Section<'_>) -> Option<String> {
    heading(reader, section).or_else(|| {
        let BlockKind::Paragraph(inlines) = &section.own.first()?.kind else { return None };
        let list = section.own.get(1).is_some_and(|b| matches!(b.kind, BlockKind::List(_) | BlockKind::Table(_)));
        intro(reader, section, &Flow::of(inlines)).filter(|_| list)
    })
}

/// "If the account is locked", "In case of fire" as the whole heading.
fn heading(reader: &Reader<'_>, section: &Section<'_>) -> Option<String> {
    let head = section.head.as_ref()?;
    let c = &head.clause;
    let alone = matches!(c.mood, Mood::Fact | Mood::Noun) && !c.help && !c.trailing && section.level > 1;
    if let Some(case) = case(reader, section).filter(|_| section.level > 1) {
        return Some(case);
    }
    let opens = reader.words.conditions.at(&head.flow.tokens(&head.words), 0).is_some();
    c.when.as_ref().filter(|_| alone && opens).map(|w| one_line(head.flow.slice(w)))
}

/// "For EU customers", "Contractors only", "For the night shift only" as the whole heading: the case.
fn case(reader: &Reader<'_>, section: &Section<'_>) -> Option<String> {
    let (head, w) = (section.head.as_ref()?, reader.words);
    let tokens: Vec<_> = head.flow.tokens(&head.words).into_iter().filter(super::flow::Token::is_word).collect();
    let opens = tokens.first().is_some_and(|t| w.group_opener.contains(&t.low));
    let from = usize::from(opens);
    let only = tokens.last().is_some_and(|t| w.only.contains(&t.low));
    let to = tokens.len() - usize::from(only);
    let inside = tokens.get(from..to).filter(|i| !i.is_empty() && i.len() <= 6)?;
    let named = inside.last().is_some_and(|t| w.is_role(&t.low));
    let general = w.not_groups.contains(&inside[0].low) && !(only && w.articles.contains(&inside[0].low));
    let acts = inside.iter().any(|t| w.gerund(&t.low).is_some()) || !opens && w.base(&inside[0].low).is_some();
    let fits = opens && (named || only) && !general || !opens && only && named;
    (fits && !acts).then(|| one_line(head.flow.slice(&(inside[0].start..inside[inside.len() - 1].end))))
}

/// "If the report is wrong, you can reject it", "Use this procedure only if …", "This section applies only to …", alone before the steps.
fn intro(reader: &Reader<'_>, section: &Section<'_>, flow: &Flow) -> Option<String> {
    let said = reader.read(flow, &(0..flow.text.len()));
    let [only] = said.as_slice() else { return None };
    let c = &only.clause;
    let tokens = flow.tokens(&(c.core..c.range.end));
    let this = tokens
        .windows(2)
        .position(|pair| reader.words.grammar.this.contains(&pair[0].low) && reader.words.leads.whole.contains(&pair[1].low));
    if let Some(when) = c.when.as_ref().filter(|_| !c.help) {
        // Over a whole page the same words say whom the page is for.
        let may = c.mood == Mood::YouMay && !c.trailing && section.level > 1;
        // "Follow these steps if your name has changed" tells what they are for; "only if" and "unless" decide.
        let (only, unless) = (&reader.words.only, &reader.words.grammar.unless);
        let strict = !c.trailing || tokens.iter().any(|t| only.contains(&t.low) || unless.contains(&t.low));
        // "If the customer withdraws, these are the steps to follow."
        let announces = section.level > 1 && !c.trailing && reader.words.leads.steps.within(&tokens);
        return (may || announces || this.is_some() && strict).then(|| one_line(flow.slice(when)));
    }
    let w = reader.words;
    let applies = this.filter(|at| *at == 0 && tokens.len() > 5 && w.grammar.applies.contains(&tokens[2].low))?;
    let from = (applies + 3..applies + 5).find(|i| w.to.contains(&tokens[*i].low))?;
    let limited = w.only.contains(&tokens[3].low) || w.only.contains(&tokens[from + 1].low);
    limited
        .then(|| one_line(flow.slice(&(tokens[from].start..c.range.end))).trim_end_matches('.').to_owned())
        .map(|w| format!("applies {w}"))
}

#[cfg(test)]
mod tests {
    use crate::page::Page;
    use crate::text::Source;

    /// The conditions of the steps drafted from a section "Close an account" with this heading and sentence over its list.
    fn conditions(heading: &str, sentence: &str) -> Vec<Option<String>> {
        let text = format!("# Accounts\n\n## {heading}\n\n{sentence}\n\n1. Open the account.\n2. Delete the data.\n");
        let page = Page::parse(Source::new("p.md", text));
        super::super::draft(&page).into_iter().flat_map(|d| d.steps).map(|s| s.when).collect()
    }

    #[test]
    fn a_condition_over_the_whole_procedure_stands_once_at_its_first_step() {
        for (heading, sentence, when) in [
            ("If the account is locked", "", "the account is locked"),
            ("Close an account", "Use this procedure only if the customer has left.", "the customer has left"),
            ("Close an account", "If the customer has left, you can close the account.", "the customer has left"),
            ("Close an account", "This procedure applies only to customers in the EU.", "applies to customers in the EU"),
            ("Close an account", "If the customer has left, follow these steps:", "the customer has left"),
            ("Close an account", "If the customer has left, these are the steps to follow.", "the customer has left"),
            ("For EU customers", "", "EU customers"),
            ("For the night shift only", "", "the night shift"),
            ("Contractors only", "", "Contractors"),
        ] {
            assert_eq!(conditions(heading, sentence), [Some(when.to_owned()), None], "{heading}: {sentence}");
        }
    }

    #[test]
    fn what_the_steps_are_for_is_no_condition() {
        for sentence in [
            "Follow these steps if the customer has left.",
            "If you have any questions, you can ask support.",
            "This page applies to Linux.",
        ] {
            assert_eq!(conditions("Close an account", sentence), [None, None], "{sentence}");
        }
    }
}
