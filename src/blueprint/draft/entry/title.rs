//! The title of a step: an imperative from whatever the page says.

use std::ops::Range;

use super::{Entry, Reader, Said};
use crate::blueprint::draft::clause::Mood;
use crate::blueprint::draft::flow::Flow;
use crate::blueprint::draft::lead_in;
use crate::blueprint::draft::steps::Step;
use crate::page::BlockKind;

impl<'p> Reader<'p> {
    pub(super) fn title(&self, step: &mut Step, main: &Said<'_>, titled: bool, entry: &Entry<'p>) {
        let c = &main.clause;
        let lead_text = entry.lead.slice(&entry.part);
        let text = match (c.mood, &c.verb, &c.verb_at) {
            // "The laptop is prepared by IT": what is done stands in front.
            (Mood::Role, Some(verb), Some(at))
                if !self.words.verb_final && c.actor.as_ref().is_some_and(|a| a.start > at.end) && self.told_of(main).is_some() =>
            {
                let actor = c.actor.clone().unwrap_or_default();
                let behind = main.flow.text.get(actor.end..c.range.end).unwrap_or("");
                format!("{verb} {}{behind}", self.told_of(main).unwrap_or_default())
            }
            (Mood::Role | Mood::You | Mood::We | Mood::YouMay, Some(verb), Some(at))
                if self.words.base(verb).is_some() && !self.words.verb_final =>
            {
                format!("{verb}{}", &main.flow.text[at.end..c.range.end])
            }
            // "muss die Leitung den Antrag freigeben": what follows the doer, verb last.
            (Mood::Role, Some(_), Some(at))
                if self.words.verb_final && c.actor.as_ref().is_some_and(|a| a.end < at.start && at.end + 1 >= c.range.end) =>
            {
                let from = c.actor.as_ref().map_or(c.core, |a| a.end);
                main.flow.text[from..c.range.end].to_owned()
            }
            (Mood::Gerund, Some(verb), Some(at)) => format!("{verb}{}", &main.flow.text[at.end..c.range.end]),
            _ if titled => lead_text.to_owned(),
            _ => main.flow.text.get(c.core..c.range.end).unwrap_or("").to_owned(),
        };
        step.title = tidy(lead_in::without_run(&text));
        if lead_in::is_bare(&step.title) {
            let code = entry.rest.iter().find_map(|b| match &b.kind {
                BlockKind::Code { text, .. } => Some(text.as_str()),
                _ => None,
            });
            step.title = lead_in::title(main.flow.slice(&c.range), code, self.words).unwrap_or_else(|| std::mem::take(&mut step.title));
        }
        if step.title.is_empty() {
            step.title = tidy(main.flow.slice(&c.range));
        }
        if step.title.is_empty() && entry.lead.image {
            step.mark("picture-step", "title", true, "picture only");
        }
        step.because("step", format!("{}, read as {:?}", entry.shape.as_str(), c.mood), main.flow.slice(&c.range));
        if !c.may_act() {
            step.mark("step-guessed", "title", true, main.flow.slice(&c.range));
        }
    }

    /// The subject of a passive sentence: the words before "is" or "must be".
    fn told_of(&self, main: &Said<'_>) -> Option<String> {
        let c = &main.clause;
        let verb = c.verb_at.as_ref()?;
        let tokens = main.flow.tokens(&(c.core..verb.start));
        let end = (1..tokens.len()).find(|i| self.words.be.contains(&tokens[*i].low) || self.words.modals.at(&tokens, *i).is_some())?;
        let subject = main.flow.slice(&(tokens[0].start..tokens[end - 1].end));
        let mut chars = subject.chars();
        let first = chars.next().filter(|_| self.words.articles.contains(&tokens[0].low))?;
        Some(first.to_lowercase().chain(chars).collect())
    }
}

/// A whole paragraph in bold, or a heading: a title over the text that follows.
pub(super) fn is_title(flow: &Flow, part: &Range<usize>) -> bool {
    let text = flow.slice(part);
    !text.is_empty() && flow.strong.iter().any(|s| flow.slice(s).trim_end_matches(':').len() + 2 >= text.trim_end_matches(':').len())
}

/// A title: first letter large, no colon or stop at the end, cut at a word if very long.
pub(crate) fn tidy(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let trimmed = joined.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '.' | ',' | ';' | '-' | '–' | '—' | '*' | '_'));
    let mut out = trimmed.to_owned();
    if let Some((at, _)) = trimmed.char_indices().nth(140) {
        let cut = trimmed[..at].rfind(' ').unwrap_or(at);
        out = format!("{}…", trimmed[..cut].trim_end_matches([',', ';', ':']));
    }
    let mut chars = out.chars();
    match chars.next() {
        Some(first) if first.is_lowercase() => first.to_uppercase().chain(chars).collect(),
        _ => out,
    }
}
