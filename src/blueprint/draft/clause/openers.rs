//! What may stand before the main clause: "If …,", "Once …,", "In the … pane,", "Using the …,", "60 days before …,".
//!
//! [`OPENERS`] is the whole list, in the order in which they are tried. An opener that stands at a place moves the reader behind itself, or
//! leaves it where it is when it cannot tell where it ends; then nothing else is tried there.

use super::{Reader, noun_phrase};
use crate::blueprint::draft::{due, words};

/// An opener: true if it stands here.
type Opener = fn(&mut Reader<'_>) -> bool;

/// First match wins.
const OPENERS: [Opener; 8] =
    [|r| r.help(), |r| r.option(), |r| r.conditional(), |r| r.sequence(), |r| r.time(), |r| r.order(), |r| r.place(), |r| r.manner()];

/// Most openers before one main clause.
const MOST: usize = 6;

impl Reader<'_> {
    /// Everything that may stand before the main clause.
    pub(super) fn openers(&mut self) {
        for _ in 0..MOST {
            let before = self.at;
            self.skip_marks();
            let _ = OPENERS.iter().any(|stands| stands(self));
            if self.at == before {
                break;
            }
        }
    }

    /// "If you have questions, …".
    fn help(&mut self) -> bool {
        let Some(n) = self.words.condition_off.at(self.tokens, self.at) else { return false };
        self.clause.help = true;
        self.at = self.comma_after(self.at + n, 40).map_or(self.tokens.len(), |c| c + 1);
        true
    }

    /// "Optionally, …", "If needed, …".
    fn option(&mut self) -> bool {
        let Some(n) = self.words.optional.at(self.tokens, self.at) else { return false };
        let comma = self.low(self.at + n) == ",";
        let stands = !self.base_here(self.at) && (comma || self.base_here(self.at + n));
        if stands {
            self.clause.optional = true;
            self.at += n + usize::from(comma);
        }
        stands
    }

    /// "If …,", "Unless …,".
    fn conditional(&mut self) -> bool {
        let Some(n) = self.words.conditions.at(self.tokens, self.at) else { return false };
        self.condition(n);
        true
    }

    /// "Then", "Next,", "Otherwise,": the words that stand at a token.
    fn sequence_at(&self, at: usize) -> Option<usize> {
        self.words.sequence.at(self.tokens, at).or_else(|| self.words.otherwise.at(self.tokens, at))
    }

    /// "Then", "Next,", "Please".
    fn sequence(&mut self) -> bool {
        let Some(n) = self.sequence_at(self.at) else { return false };
        let next = self.at + n;
        let comma = self.low(next) == ",";
        let stands = comma || self.main_begins(next) || self.openers_at(next);
        if stands {
            self.at = next + usize::from(comma);
        }
        stands
    }

    /// "60 days before the end of the term, …".
    fn time(&mut self) -> bool {
        let stands = self.amount_at(self.at);
        if stands {
            self.dated();
        }
        stands
    }

    /// "Once …,", "After …,": order, not a condition.
    fn order(&mut self) -> bool {
        let Some(n) = self.words.order_openers.at(self.tokens, self.at) else { return false };
        let from = self.at + n;
        let comma = self.comma_after(from, 45);
        if let Some(party) = self.party_before(from, comma) {
            self.clause.order = Some(self.span(self.at, party));
            self.at = party;
        } else if let Some(comma) = comma {
            self.clause.order = Some(self.span(self.at, comma));
            self.at = comma + 1;
        } else if let Some(main) = self
            .turned(from)
            .or_else(|| self.late_party(from, self.tokens.len()))
            .or_else(|| self.late_verb(from))
            .or_else(|| self.late_you(from))
        {
            self.clause.order = Some(self.span(self.at, main));
            self.at = main;
        }
        true
    }

    /// "In the … pane,", "Under Actions"; "For new customers," is a case.
    fn place(&mut self) -> bool {
        let w = self.words;
        let least = w.grammar.at_least.at(self.tokens, self.at).is_some();
        let Some(n) = w.place_openers.at(self.tokens, self.at).filter(|_| !least) else { return false };
        let from = self.at + n;
        let comma = self.comma_after(from, 32);
        if let Some(party) = self.party_before(from, comma) {
            self.at = party;
        } else if let Some(comma) = comma {
            let opens = w.group_opener.contains(self.low(self.at));
            let group = opens && !w.not_groups.contains(self.low(self.at + 1));
            let purpose = (from..comma).any(|i| w.to.contains(self.low(i)));
            // "For the cost centre, enter 4711": the name of a field on a form.
            let f = &w.fields;
            let field = [&f.record, &f.choose].iter().any(|verbs| verbs.at(self.tokens, comma + 1).is_some())
                && words::singular(self.low(comma - 1)).is_none();
            if opens && field {
                self.clause.field = Some(self.tokens[self.at].start);
            } else if group && !purpose && self.clause.when.is_none() {
                self.clause.when = Some(self.span(from, comma));
            }
            self.at = comma + 1;
        } else if let Some(main) = self
            .turned(from)
            .or_else(|| self.late_party(from, self.tokens.len()))
            .or_else(|| self.late_verb(from))
            .or_else(|| self.late_subject(from))
        {
            self.at = main;
        }
        true
    }

    /// "Using the master key, open …": how it is done, before a command or "you".
    fn manner(&mut self) -> bool {
        let w = self.words;
        if w.gerund(self.low(self.at)).is_none() {
            return false;
        }
        let main = |comma: &usize| self.base_here(comma + 1) || w.you.contains(self.low(comma + 1));
        let comma = self.comma_after(self.at + 1, 25).filter(main);
        if let Some(comma) = comma {
            self.at = comma + 1;
        }
        comma.is_some()
    }

    fn amount_at(&self, at: usize) -> bool {
        let Some((_, next)) = due::amount(self.tokens, at, self.words) else { return false };
        self.words.before.at(self.tokens, next).is_some() || self.words.after.at(self.tokens, next).is_some()
    }

    /// "60 days before the end of the term, …", with or without the comma.
    fn dated(&mut self) {
        let start = self.at;
        if let Some(comma) = self.comma_after(start, 30) {
            self.at = comma + 1;
            return;
        }
        // Without a comma the main clause begins with its subject: an acting party before a verb.
        let from = start + 3;
        let verb = (from..self.tokens.len().min(from + 25)).find(|i| {
            self.words.third(self.low(*i)).is_some() && !self.words.determiners.contains(self.low(i - 1))
                || self.words.modals.at(self.tokens, *i).is_some()
        });
        let Some(verb) = verb else { return };
        let mut subject = verb;
        while subject > from {
            let token = &self.tokens[subject - 1];
            if !(token.capital || token.acronym || self.words.is_role(&token.low) || self.words.determiners.contains(&token.low)) {
                break;
            }
            subject -= 1;
        }
        if subject < verb {
            self.at = subject;
        }
    }

    fn openers_at(&self, at: usize) -> bool {
        let w = self.words;
        [&w.conditions, &w.order_openers, &w.place_openers].iter().any(|p| p.at(self.tokens, at).is_some())
    }

    /// The first comma outside brackets within `reach` tokens after which a main clause (or another opener) begins, else the first comma.
    pub(super) fn comma_after(&self, from: usize, reach: usize) -> Option<usize> {
        let mut depth = 0;
        let mut first = None;
        for i in from..self.tokens.len().min(from + reach) {
            match self.low(i) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                "," if depth <= 0 => {
                    if self.main_begins(i + 1) || self.openers_at(i + 1) && !self.words.both.contains(self.low(i + 1)) {
                        return Some(i);
                    }
                    first = first.or(Some(i));
                }
                ":" if i + 1 < self.tokens.len() && depth <= 0 && self.main_begins(i + 1) => return Some(i),
                _ => {}
            }
        }
        first
    }

    /// True if a main clause can begin at a token: a verb, "you", a determiner, a sequence word, a capitalised name.
    fn main_begins(&self, at: usize) -> bool {
        let w = self.words;
        let Some(token) = self.tokens.get(at) else { return false };
        self.base_here(at)
            || w.you.contains(&token.low)
            || w.we.contains(&token.low)
            || w.pronouns.contains(&token.low)
            || w.determiners.contains(&token.low) && !w.conditions.has(&token.low)
            || self.sequence_at(at).is_some()
            || w.negations.at(self.tokens, at).is_some()
            || token.code
            || token.acronym
    }

    /// "Once finalised the infrastructure team publishes …", "before the end of the month the clerk and the lead both sign …": where the
    /// party begins that acts.
    fn late_party(&self, from: usize, until: usize) -> Option<usize> {
        let w = self.words;
        let verb = (from + 1..until.min(from + 20)).find(|i| {
            let acts = w.third(self.low(*i)).is_some() || w.base(self.low(*i)).is_some() || w.modals.at(self.tokens, *i).is_some();
            let doer = if w.floating.contains(self.low(i - 1)) { i - 2 } else { i - 1 };
            acts && w.is_role(self.low(doer)) && !w.be.contains(self.low(*i))
        })?;
        let article_before = |end: usize| (from..end).rev().find(|i| w.articles.contains(self.low(*i)));
        let mut article = article_before(verb)?;
        // "the clerk and the lead": the first of them.
        while article >= from + 2 && w.both.contains(self.low(article - 1)) && w.is_role(self.low(article - 2)) {
            article = article_before(article - 2)?;
        }
        // What stands before the article must end the clause in front: "finalised the …", "have closed the …", "the end of the month the …".
        let last = article.checked_sub(1).filter(|i| *i >= from)?;
        (self.ends_clause(last, from) && verb - article <= 12).then_some(article)
    }

    /// "On the last day the employee returns the badge, and …": the comma ends the act, not what stands before it.
    fn party_before(&self, from: usize, comma: Option<usize>) -> Option<usize> {
        let ends = |i: usize| self.words.grammar.clause_ends.contains(self.low(i));
        // "In the room the clerk uses, open the window": behind the comma stands the command.
        let comma = comma.filter(|comma| !self.base_here(comma + 1))?;
        self.late_party(from, comma).filter(|party| !(from..*party).any(ends))
    }

    /// A participle, or a noun that nothing behind it can belong to.
    fn ends_clause(&self, at: usize, from: usize) -> bool {
        let w = self.words;
        let low = self.low(at);
        let governs = w.prepositions.contains(low)
            || w.determiners.contains(low)
            || w.to.contains(low)
            || w.be.contains(low)
            || w.third(low).is_some()
            || w.modals.at(self.tokens, at).is_some()
            || w.base(low).is_some() && !w.noun_like.contains(low)
            || w.gerund(low).is_some() && (at == from || !w.determiners.contains(self.low(at - 1)));
        w.participle(low).is_some() || self.tokens[at].is_word() && at > from && !governs
    }

    /// "Nach vier Wochen überträgt die Leitung …": the verb between the opener and the party, where a language turns them round.
    fn turned(&self, from: usize) -> Option<usize> {
        let w = self.words;
        let verb = |i: &usize| w.third(self.low(*i)).is_some() || w.modals.at(self.tokens, *i).is_some();
        let at = (from + 1..self.tokens.len().min(from + 12)).filter(|_| w.verb_final).find(verb)?;
        let party = at + w.modals.at(self.tokens, at).unwrap_or(1);
        noun_phrase(self.tokens, party, w).is_some_and(|(_, end)| end <= party + 6).then_some(at)
    }

    /// "While the script runs you will need to …": the place of "you".
    fn late_you(&self, from: usize) -> Option<usize> {
        (from + 1..self.tokens.len()).find(|i| self.words.you.contains(self.low(*i)) && self.words.modals.at(self.tokens, i + 1).is_some())
    }

    /// "To merge these at least one member of the team will need to …": where the subject before the first duty begins.
    fn late_subject(&self, from: usize) -> Option<usize> {
        let w = self.words;
        let verb = (from + 2..self.tokens.len().min(from + 30)).find(|i| w.modals.at(self.tokens, *i).is_some())?;
        let mut subject = verb;
        while subject > from + 1 {
            let token = &self.tokens[subject - 1];
            let low = token.low.as_str();
            let part = token.capital
                || token.code
                || w.is_role(low)
                || w.determiners.contains(low)
                || w.grammar.in_subject.contains(low)
                || low.starts_with(|c: char| c.is_ascii_digit());
            if !part || w.grammar.other_subject.contains(low) {
                break;
            }
            subject -= 1;
        }
        // "at least one": the preposition belongs to the number.
        if w.grammar.at_least.at(self.tokens, subject - 1).is_some() {
            subject -= 1;
        }
        (subject < verb && self.tokens[subject..verb].iter().any(|t| w.is_role(&t.low))).then_some(subject)
    }

    /// "Under Actions click Export": the verb after a place that has no comma.
    pub(super) fn late_verb(&self, from: usize) -> Option<usize> {
        let w = self.words;
        (from + 1..self.tokens.len().min(from + 12)).take_while(|i| !matches!(self.low(*i), ":" | "–" | ";")).find(|i| {
            let previous = self.low(i - 1);
            // "logged in click": the particle of a participle does not govern what follows.
            let particle = *i > from && w.participle(self.low(i.saturating_sub(2))).is_some() && w.grammar.particles.contains(previous);
            let open = w.determiners.contains(previous)
                || w.prepositions.contains(previous) && !particle
                || w.modals.at(self.tokens, i - 1).is_some()
                || w.be.contains(previous);
            // "To print a label use the blue button": "use" is the verb where an object follows.
            let noun = w.noun_like.contains(self.low(*i)) && !w.determiners.contains(self.low(*i + 1));
            w.base(self.low(*i)).is_some()
                && !w.be.contains(self.low(*i))
                && !self.tokens[*i].capital
                && !noun
                && !open
                && !w.grammar.infinitive.contains(previous)
        })
    }
}
