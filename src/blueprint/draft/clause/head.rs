//! The head of the main clause: a command, "you must", code, a German verb at the end; anything else has a subject.

use super::subject::noun_phrase;
use super::{Mood, Reader};
use crate::blueprint::draft::flow::Token;

impl Reader<'_> {
    /// The head of the main clause.
    pub(super) fn head(&mut self) {
        let w = self.words;
        let h = self.at;
        let Some(token) = self.tokens.get(h) else {
            self.clause.mood = if self.clause.when.is_some() { Mood::Fact } else { Mood::Noun };
            return;
        };
        if token.code || matches!(token.low.as_str(), "!" | "/" | "$") {
            self.command(h);
            return;
        }
        let time = w.grammar.time_to.at(self.tokens, h).map(|n| h + n);
        if let Some(to) = time.and_then(|from| (from..self.tokens.len().min(h + 5)).find(|i| w.grammar.infinitive.contains(self.low(*i)))) {
            self.verb(to + 1, Mood::You);
            return;
        }
        if self.responsibility(h) || self.step_is(h) {
            return;
        }
        if w.you.contains(&token.low) && w.both.contains(self.low(h + 1)) {
            // "You and the contracting officer will …": the other one is named.
            self.subject(h + 2);
            return;
        }
        if w.you.contains(&token.low) {
            self.person(h + 1, Mood::You, Mood::YouMay);
            return;
        }
        if w.we.contains(&token.low) {
            self.person(h + 1, Mood::We, Mood::Fact);
            return;
        }
        if w.negations.at(self.tokens, h).is_some() {
            self.clause.mood = Mood::Negative;
            return;
        }
        if w.verb_final && self.verb_final(h) {
            return;
        }
        let asked = self.question && w.questioning.contains(&token.low);
        if !asked && w.base(&token.low).is_some() && self.imperative(h) {
            return;
        }
        if self.question {
            self.clause.mood = Mood::Question;
            return;
        }
        if w.gerund(&token.low).is_some() && w.third(&token.low).is_none() {
            self.clause.mood = Mood::Gerund;
            self.clause.verb = w.gerund(&token.low).map(str::to_owned);
            self.clause.verb_at = Some(token.start..token.end);
            return;
        }
        self.subject(h);
    }

    /// "It is the responsibility of the manager to check the desk".
    fn responsibility(&mut self, h: usize) -> bool {
        let w = self.words;
        let Some(n) = w.duty_of.at(self.tokens, h) else { return false };
        let Some((actor, end)) = noun_phrase(self.tokens, h + n, w) else { return false };
        let to = w.to.contains(self.low(end)) && w.base(self.low(end + 1)).is_some();
        if to {
            self.clause.actor = Some(actor);
            self.verb(end + 1, Mood::Role);
        }
        to
    }

    /// "The first step is naming an owner", "The next step is to name an owner".
    fn step_is(&mut self, h: usize) -> bool {
        let w = self.words;
        let Some(n) = w.step_is.at(self.tokens, h) else { return false };
        let at = h + n + usize::from(w.to.contains(self.low(h + n)));
        let base = if at > h + n { w.base(self.low(at)) } else { w.gerund(self.low(at)) };
        let Some(base) = base.map(str::to_owned) else { return false };
        self.clause.mood = Mood::You;
        self.clause.verb = Some(base);
        self.clause.verb_at = self.tokens.get(at).map(|t| t.start..t.end);
        true
    }

    /// A command line or a sentence that begins with code.
    fn command(&mut self, h: usize) {
        let w = self.words;
        let next = self.low(h + 1);
        let code = self.tokens[h].code;
        if code && (w.be.contains(next) || w.third(next).is_some() || w.modals.at(self.tokens, h + 1).is_some()) {
            self.clause.mood = Mood::System;
        } else if code && (matches!(next, ":" | "-" | "–" | "—" | "=" | ",") || w.either.contains(next)) {
            self.clause.mood = Mood::Definition;
        } else if code && !w.prepositions.contains(next) && self.tokens.len() > h + 1 && self.tokens[h + 1].is_word() {
            self.clause.mood = Mood::Noun;
        } else {
            self.clause.mood = Mood::Command;
            self.clause.sure = !code || self.tokens.len() > h + 1;
        }
    }

    fn imperative(&mut self, h: usize) -> bool {
        let w = self.words;
        let low = self.low(h).to_owned();
        if self.low(h + 1) == ":" && h + 2 == self.tokens.len() && h > 0 {
            self.clause.mood = Mood::Imperative;
            self.set_verb(h);
            return true;
        }
        if w.noun_like.contains(&low) && self.names(h) {
            return false;
        }
        if w.noun_like.contains(&low) && !self.object_follows(h + 1) {
            // "Alert rules are defined …" is a statement, "Review dependabot changes" and "Set rules on who may enter" are commands.
            let finite = (h + 1..self.tokens.len().min(h + 9))
                .take_while(|i| {
                    let low = self.low(*i);
                    !(matches!(low, "," | "(" | ";") || w.grammar.clause_ends.contains(low))
                })
                .find(|i| w.be.contains(self.low(*i)) || w.modals.at(self.tokens, *i).is_some());
            if finite.is_some() || matches!(self.low(h + 1), ":" | "–" | "—" | "'") || w.is_role(self.low(h + 1)) && w.is_role(&low) {
                return false;
            }
            // After a condition a base form can only be the command.
            self.clause.sure = self.clause.when.is_some();
        }
        let next = self.low(h + 1);
        if w.be.contains(next) && !w.grammar.has.contains(next) || w.modals.at(self.tokens, h + 1).is_some() {
            return false;
        }
        self.clause.mood = Mood::Imperative;
        self.clause.optional |= w.optional.has(&low);
        self.set_verb(h);
        true
    }

    /// True for a base form that reads as a verb here.
    pub(super) fn base_here(&self, at: usize) -> bool {
        let w = self.words;
        let Some(token) = self.tokens.get(at) else { return false };
        if token.code || w.base(&token.low).is_none() {
            return false;
        }
        let next = self.tokens.get(at + 1);
        let Some(next) = next else { return !w.noun_like.contains(&token.low) };
        if next.low == ":" && at + 2 == self.tokens.len() && at > 0 {
            // "To remove it, run:" over a command.
            return true;
        }
        if matches!(next.low.as_str(), ":" | "–" | "—" | "=") && w.noun_like.contains(&token.low) || next.low == "'" {
            return false;
        }
        if w.be.contains(&next.low) && !w.grammar.has.contains(&next.low) || w.modals.at(self.tokens, at + 1).is_some() {
            return false;
        }
        !w.noun_like.contains(&token.low) || self.object_follows(at + 1) && !self.names(at)
    }

    /// "Process for …", "Release of …": a noun and what it is of.
    fn names(&self, at: usize) -> bool {
        let w = self.words;
        let next = self.low(at + 1);
        w.grammar.of.contains(next) || w.grammar.for_.contains(next) && !w.searching.contains(self.low(at))
    }

    pub(super) fn object_follows(&self, at: usize) -> bool {
        let w = self.words;
        let Some(next) = self.tokens.get(at) else { return false };
        next.code
            || next.low.starts_with(|c: char| c.is_ascii_digit())
            || matches!(next.low.as_str(), "\"" | "“" | "'" | "‘" | "<" | "#" | "(" | "[" | "@" | "-" | ">" | "/" | "&")
            || w.determiners.contains(&next.low) && self.tokens.get(at + 1).is_some_and(Token::is_word)
            || w.prepositions.contains(&next.low)
            || self.flow.strong.iter().any(|s| {
                s.start <= next.start && next.start < s.end && s.end < self.clause.range.end + 1 && s.start > self.clause.range.start
            })
            || self.flow.links.iter().any(|(l, _)| l.start == next.start)
            || w.ends_as_adverb(&next.low)
    }

    /// "Formular ausfüllen", "Öffnen Sie das Formular", "Öffne das Formular".
    fn verb_final(&mut self, h: usize) -> bool {
        let w = self.words;
        // After a condition the verb comes first: "…, muss die Leitung den Antrag freigeben", "…, prüft die Buchhaltung den Beleg".
        let modal = w.modals.at(self.tokens, h);
        let inverted = h > 0 && (modal.is_some() || w.third(self.low(h)).is_some());
        if let (true, Some((actor, _))) = (inverted, noun_phrase(self.tokens, h + modal.unwrap_or(1), w)) {
            let verb = if modal.is_some() { self.last_word() } else { h };
            self.clause.actor = Some(actor);
            self.verb(verb, Mood::Role);
            return true;
        }
        let polite = w.base(self.low(h)).is_some() && w.you.contains(self.low(h + 1));
        let short = w.third(self.low(h)).is_some() && !w.is_role(self.low(h + 1)) && h + 1 < self.tokens.len();
        if polite || short {
            self.clause.mood = Mood::Imperative;
            self.set_verb(h);
            return true;
        }
        // "Den Schlüssel sperren, es sei denn, …": a condition behind the command does not hold its verb.
        let behind = |i: usize| self.low(i) == "," && w.conditions.at(self.tokens, i + 1).is_some();
        let end = (h..self.tokens.len()).take_while(|i| !matches!(self.low(*i), ":" | "." | "(" | "–" | ";") && !behind(*i)).last();
        let Some(last) = end.filter(|e| *e > h) else { return false };
        let to = |i: usize| i.checked_sub(1).map(|i| self.low(i)).is_some_and(|p| w.grammar.infinitive.contains(p));
        let finite = (h..last).any(|i| w.be.contains(self.low(i)) || w.modals.at(self.tokens, i).is_some());
        if w.base(self.low(last)).is_some() && !finite && !to(last) {
            self.clause.mood = Mood::Imperative;
            self.set_verb(last);
            return true;
        }
        false
    }

    /// After "you" or "we".
    fn person(&mut self, mut at: usize, duty: Mood, may: Mood) {
        let w = self.words;
        at = self.skip_adverbs(at);
        if let Some(n) = w.may.at(self.tokens, at) {
            self.clause.mood = may;
            let verb = self.skip_adverbs(at + n);
            let experience = w.experience.contains(self.low(verb));
            if experience {
                self.clause.mood = Mood::Fact;
            } else {
                self.set_verb(verb);
            }
            return;
        }
        let Some(n) = w.modals.at(self.tokens, at) else {
            self.clause.mood = Mood::Fact;
            return;
        };
        let mut verb = self.skip_adverbs(at + n);
        if w.grammar.infinitive.contains(self.low(verb)) {
            verb = self.skip_adverbs(verb + 1);
        } else if let Some(n) = w.grammar.need_to.at(self.tokens, verb) {
            verb = self.skip_adverbs(verb + n);
        }
        // "You will get the approval of …" tells of something to be had.
        let had = w.approve.asks.contains(self.low(verb)) && w.approve.nouns.within(self.tokens);
        let experience = w.experience.contains(self.low(verb)) && !had;
        if experience || w.base(self.low(verb)).is_none() {
            self.clause.mood = if self.low(verb).is_empty() { duty } else { Mood::Fact };
            return;
        }
        self.verb(verb, duty);
    }
}
