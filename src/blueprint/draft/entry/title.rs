//! The title of a step: an imperative from whatever the page says.

use std::ops::Range;

use super::{Entry, Reader, Said};
use crate::blueprint::draft::clause::Mood;
use crate::blueprint::draft::flow::{Flow, Token, tokenize};
use crate::blueprint::draft::lead_in;
use crate::blueprint::draft::steps::{Shape, Step};
use crate::blueprint::draft::wording::tidy;
use crate::page::BlockKind;

impl<'p> Reader<'p> {
    pub(super) fn title(&self, step: &mut Step, main: &Said<'_>, titled: bool, entry: &Entry<'p>) {
        let c = &main.clause;
        let lead_text = entry.lead.slice(&entry.part);
        // A condition told behind stands as the step's condition.
        let whole = |text: &str| {
            let mut words = text.split_whitespace();
            words.next().is_some() && words.next_back().is_some_and(|w| !self.words.prepositions.contains(&w.to_lowercase()))
        };
        let end = c.behind.filter(|b| main.flow.text.get(c.core..*b).is_some_and(whole)).unwrap_or(c.range.end);
        // "Step 1: …" over a whole paragraph is a label, not a title.
        let paragraph = lead_text.chars().count() > 140 && entry.shape == Shape::Heading;
        let text = match (c.mood, &c.verb, &c.verb_at) {
            // "The laptop is prepared by IT": what is done stands in front.
            (Mood::Role, Some(verb), Some(at))
                if !self.words.verb_final && c.actor.as_ref().is_some_and(|a| a.start > at.end) && self.told_of(main).is_some() =>
            {
                let actor = c.actor.clone().unwrap_or_default();
                let behind = main.flow.text.get(actor.end..end).unwrap_or("");
                let more = self.more_acts(&main.flow.tokens(&(at.end..actor.start)));
                format!("{verb}{more} {}{behind}", self.told_of(main).unwrap_or_default())
            }
            (Mood::Role | Mood::You | Mood::We | Mood::YouMay, Some(verb), Some(at))
                if self.words.base(verb).is_some() && !self.words.verb_final =>
            {
                // "The clerk declares an incident and names a scribe": every verb of the doer becomes a command.
                let told = c.mood == Mood::Role && main.flow.slice(at).to_lowercase() != *verb;
                let rest = main.flow.text.get(at.end..end).unwrap_or("");
                if told { format!("{verb}{}", self.commands(rest)) } else { format!("{verb}{rest}") }
            }
            // "muss die Leitung den Antrag freigeben": what follows the doer, verb last.
            (Mood::Role, Some(_), Some(at))
                if self.words.verb_final && c.actor.as_ref().is_some_and(|a| a.end < at.start && at.end + 1 >= c.range.end) =>
            {
                let from = c.actor.as_ref().map_or(c.core, |a| a.end);
                main.flow.text[from..c.range.end].to_owned()
            }
            (Mood::Role, _, Some(at)) if self.words.verb_final => {
                self.verb_last(main, at, end).unwrap_or_else(|| main.flow.text.get(c.core..end).unwrap_or("").to_owned())
            }
            (Mood::Gerund, Some(verb), Some(at)) => format!("{verb}{}", main.flow.text.get(at.end..end).unwrap_or("")),
            _ if titled && !paragraph => {
                let own = std::ptr::eq(main.flow, &raw const entry.lead) && end < c.range.end && end > entry.part.start;
                if own { entry.lead.slice(&(entry.part.start..end)).to_owned() } else { lead_text.to_owned() }
            }
            _ => main.flow.text.get(c.field.unwrap_or(c.core)..end).unwrap_or("").to_owned(),
        };
        let text = text.trim_end_matches(['.', ',', ' ']);
        let open = |w: &str| self.words.joins(w) || self.words.grammar.next.contains(w);
        let text = text.rsplit_once(' ').filter(|(_, last)| open(last)).map_or(text, |(before, _)| before);
        step.title = tidy(lead_in::without_means(lead_in::without_run(text, self.words), self.words));
        if lead_in::is_bare(&step.title, self.words) {
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

    /// "Der Fahrer gibt die Sache ab", "… überträgt die Leitung die Sache": what is done, with its verb at the end: "die Sache abgeben". Not
    /// where the doer does more than one thing.
    fn verb_last(&self, main: &Said<'_>, at: &Range<usize>, end: usize) -> Option<String> {
        let w = self.words;
        let base = w.third(&main.flow.slice(at).to_lowercase())?;
        let from = main.clause.actor.as_ref()?.end.max(at.end);
        let tokens: Vec<Token> = main.flow.tokens(&(from..end)).into_iter().filter(Token::is_word).collect();
        let more = tokens.windows(2).any(|p| w.both.contains(&p[0].low) && w.third(&p[1].low).is_some());
        let last = tokens.last().filter(|_| !more)?;
        let whole = format!("{}{base}", last.low);
        let (to, verb) =
            if w.separable.contains(&last.low) && w.base(&whole).is_some() { (last.start, whole.as_str()) } else { (last.end, base) };
        let what = main.flow.text.get(from..to)?.trim();
        (!what.is_empty()).then(|| format!("{what} {verb}"))
    }

    /// "declares an incident and names a scribe" without its first verb: the others as commands.
    fn commands(&self, rest: &str) -> String {
        let w = self.words;
        let tokens = tokenize(rest, 0, &[]);
        let mut out = String::new();
        let mut done = 0;
        for i in 1..tokens.len() {
            let before = if w.ends_as_adverb(&tokens[i - 1].low) && i > 1 { &tokens[i - 2] } else { &tokens[i - 1] };
            let joined = before.low == "," || w.joins(&before.low) || w.grammar.next.contains(&before.low);
            let Some(base) = w.third(&tokens[i].low).filter(|_| joined && !tokens[i].code && !tokens[i].capital) else { continue };
            // "names and addresses of the customers": a word that is also a noun needs an object behind it.
            let object = tokens.get(i + 1).is_some_and(|t| w.determiners.contains(&t.low) || w.pronouns.contains(&t.low));
            if object || !w.noun_like.contains(base) && tokens.get(i + 1).is_some_and(Token::is_word) {
                out.push_str(&rest[done..tokens[i].start]);
                out.push_str(base);
                done = tokens[i].end;
            }
        }
        out + &rest[done..]
    }

    /// " and send" from "and sent by" between the first participle and its doer.
    fn more_acts(&self, tokens: &[Token]) -> String {
        let joint = tokens.first().filter(|t| self.words.joins(&t.low));
        let base = tokens.get(1).and_then(|t| self.words.participle(&t.low));
        joint.zip(base).map_or_else(String::new, |(joint, base)| format!(" {} {base}", joint.low))
    }

    /// The subject of a passive sentence: the words before "is" or "must be".
    fn told_of(&self, main: &Said<'_>) -> Option<String> {
        let c = &main.clause;
        let verb = c.verb_at.as_ref()?;
        let tokens = main.flow.tokens(&(c.core..verb.start));
        let end = (1..tokens.len()).find(|i| self.words.be.contains(&tokens[*i].low) || self.words.modals.at(&tokens, *i).is_some())?;
        let subject = main.flow.slice(&(tokens[0].start..tokens[end - 1].end));
        let mut chars = subject.chars();
        let first = chars.next().filter(|_| !self.words.pronouns.contains(&tokens[0].low) && end <= 8)?;
        // A name keeps its capital where it has others: "SSO accounts".
        if tokens[0].acronym || tokens[0].code {
            return Some(subject.to_owned());
        }
        Some(first.to_lowercase().chain(chars).collect())
    }
}

/// A whole paragraph in bold, or a heading: a title over the text that follows.
pub(super) fn is_title(flow: &Flow, part: &Range<usize>) -> bool {
    let text = flow.slice(part);
    !text.is_empty() && flow.strong.iter().any(|s| flow.slice(s).trim_end_matches(':').len() + 2 >= text.trim_end_matches(':').len())
}
