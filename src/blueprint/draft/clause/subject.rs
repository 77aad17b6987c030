//! Sentences that begin with their subject: their verb, and whether the subject is a party that acts.

use std::ops::Range;

use super::{Mood, Reader};
use crate::blueprint::draft::flow::Token;
use crate::blueprint::draft::words::Words;

enum Form {
    Modal(usize),
    May,
    Be,
    Verb(String),
    ToDo,
}

enum Party {
    /// A party named in the clause in front, meant by a pronoun.
    Front,
    Role(usize),
    Guess(usize),
    None,
}

impl Reader<'_> {
    /// A sentence that begins with a noun phrase: find its verb, then ask who the subject is.
    pub(super) fn subject(&mut self, h: usize) {
        let w = self.words;
        if self.definition(h) {
            self.clause.mood = Mood::Definition;
            return;
        }
        let finite = self.finite(h);
        let Some((at, form)) = finite else {
            self.no_verb(h);
            return;
        };
        // "Frobnicate the widget (it turns red)": a subject has no article inside.
        if at > h + 1 && self.unknown_verb(h) && !self.tokens[h..at].iter().any(|t| t.low == "," || w.grammar.subordinate.contains(&t.low))
        {
            self.no_verb(h);
            return;
        }
        // "The recruiter then sets up …": the adverb is no part of the name.
        let named = (h + 1..=at).rev().find(|end| !self.is_adverb(end - 1)).unwrap_or(at);
        let subject = &self.tokens[h..named];
        let mut party = self.party(subject, &form);
        if matches!(party, Party::None) && h + 1 == at && w.grammar.parties.contains(self.low(h)) {
            // "Once Finance has checked it, they will send it on": the party of the clause in front.
            if let Some(range) = self.party_in_front(h) {
                self.clause.actor = Some(range);
                party = Party::Front;
            }
        }
        let actor = match &party {
            Party::Role(n) | Party::Guess(n) => Some(self.span(h, h + n)),
            Party::Front => self.clause.actor.take(),
            Party::None => None,
        };
        self.clause.actor_guessed = matches!(party, Party::Guess(_));
        let is_role = actor.is_some();
        match form {
            Form::Modal(n) => self.modal(at, n, is_role, actor),
            Form::May => {
                self.clause.mood = if is_role { Mood::RoleMay } else { Mood::Fact };
                self.clause.actor = actor;
                let n = w.may.at(self.tokens, at).unwrap_or(1);
                self.set_verb(self.skip_adverbs(at + n));
            }
            Form::Be => self.passive_now(at),
            Form::Verb(base) => {
                self.clause.verb = Some(base);
                self.clause.verb_at = Some(self.tokens[at].start..self.tokens[at].end);
                self.clause.mood = if is_role { Mood::Role } else { Mood::System };
                if is_role {
                    self.clause.actor = actor;
                }
            }
            Form::ToDo => {
                self.clause.mood = if is_role { Mood::Role } else { Mood::Noun };
                if is_role {
                    self.clause.actor = actor;
                    self.set_verb(at + 1);
                }
            }
        }
    }

    fn party_in_front(&self, h: usize) -> Option<Range<usize>> {
        let from = (0..h)
            .find(|i| self.words.order_openers.at(self.tokens, *i).is_some() || self.words.conditions.at(self.tokens, *i).is_some())?;
        let range = noun_phrase(&self.tokens[..h], from + 1, self.words).map(|(r, _)| r)?;
        (range.start < self.tokens[h].start).then_some(range)
    }

    fn modal(&mut self, at: usize, n: usize, is_role: bool, actor: Option<Range<usize>>) {
        let w = self.words;
        let g = &w.grammar;
        let strong = !g.weak_modals.contains(self.low(at));
        let mut verb = self.skip_adverbs(at + n);
        if w.verb_final && w.base(self.low(self.last_word())).is_some() {
            // "Die Leitung muss den Antrag genehmigen": the verb stands at the end.
            verb = self.last_word();
        }
        if is_role && g.answers_for.at(self.tokens, verb).is_some() {
            self.clause.actor = actor;
            self.clause.mood = Mood::Role;
            return;
        }
        if g.auxiliaries.contains(self.low(verb)) || w.verb_final && w.participle(self.low(self.last_word())).is_some() {
            if let Some(agent) = self.agent(verb) {
                self.clause.actor = Some(agent);
                self.clause.mood = Mood::Role;
                return;
            }
            let participle = self.skip_adverbs(verb + 1);
            let base = w.participle(self.low(participle)).map(str::to_owned);
            self.clause.mood = if strong && base.is_some() && !is_role { Mood::Passive } else { Mood::Fact };
            if base.is_some() {
                self.clause.verb = base;
                self.clause.verb_at = self.tokens.get(participle).map(|t| t.start..t.end);
            }
            return;
        }
        if is_role && !self.tokens.get(verb).is_some_and(Token::is_word) {
            // "The support team should:" over a list.
            self.clause.actor = actor;
            self.clause.mood = Mood::Role;
            return;
        }
        let verb = g.need_to.at(self.tokens, verb).map_or(verb, |n| verb + n);
        let known = w.base(self.low(verb)).is_some();
        if is_role && (known || w.gerund(self.low(verb)).is_some()) {
            self.clause.actor = actor;
            self.verb(verb, Mood::Role);
        } else {
            self.clause.mood = if is_role { Mood::Fact } else { Mood::System };
            self.set_verb(verb);
        }
    }

    /// "The report is reviewed by the controller".
    fn passive_now(&mut self, at: usize) {
        let w = self.words;
        let participle = self.skip_adverbs(at + 1);
        let base = w.participle(self.low(participle)).map(str::to_owned);
        let past = w.grammar.past.contains(self.low(at));
        if let (Some(base), Some(agent), false) = (base, self.agent(participle), past) {
            self.clause.actor = Some(agent);
            self.clause.verb = Some(base);
            self.clause.verb_at = self.tokens.get(participle).map(|t| t.start..t.end);
            self.clause.mood = Mood::Role;
        } else {
            self.clause.mood = Mood::Fact;
        }
    }

    /// The role after "by" within the next words.
    fn agent(&self, from: usize) -> Option<Range<usize>> {
        let by = (from..self.tokens.len().min(from + 10)).find(|i| self.words.by.contains(self.low(*i)))?;
        noun_phrase(self.tokens, by + 1, self.words).map(|(range, _)| range)
    }

    /// "**Term** - meaning", "Term: meaning" where the term is no command and the meaning follows.
    fn definition(&self, h: usize) -> bool {
        let separator = (h + 1..self.tokens.len().min(h + 9)).find(|i| {
            matches!(self.low(*i), ":" | "–" | "—") || self.low(*i) == "-" && self.flow.text[..self.tokens[*i].start].ends_with(' ')
        });
        separator.is_some_and(|at| at + 1 < self.tokens.len())
    }

    fn no_verb(&mut self, h: usize) {
        if self.unknown_verb(h) {
            // An unknown word before "the", "your", "all" … can only be a verb.
            self.clause.sure = false;
            self.verb(h, Mood::Imperative);
        } else {
            self.clause.mood = Mood::Noun;
        }
    }

    /// A word that no table knows, of the shape of a verb, before the article of its object.
    fn unknown_verb(&self, h: usize) -> bool {
        let w = self.words;
        let Some(first) = self.tokens.get(h) else { return false };
        let closed = w.determiners.contains(&first.low)
            || w.prepositions.contains(&first.low)
            || w.pronouns.contains(&first.low)
            || w.be.contains(&first.low);
        let determined =
            self.tokens.get(h + 1).is_some_and(|t| w.determiners.contains(&t.low) && !w.grammar.weak_determiners.contains(&t.low));
        let shape = first.is_word() && first.low.chars().all(|c| c.is_alphabetic() || c == '-') && first.low.len() > 2 && !first.acronym;
        let ending = first.low.ends_with("ing") || first.low.ends_with("ed") || first.low.ends_with("ly") || first.low.ends_with("tion");
        !w.verb_final && !closed && determined && shape && !ending && !w.is_role(&first.low) && !w.is_thing(&first.low)
    }

    /// The finite verb of the clause that begins at `h`.
    fn finite(&self, h: usize) -> Option<(usize, Form)> {
        let w = self.words;
        for i in h..self.tokens.len().min(h + 20) {
            let low = self.low(i);
            if matches!(low, ":" | ";" | "–" | "—") {
                return None;
            }
            if i == h {
                continue;
            }
            if let Some(n) = w.may.at(self.tokens, i) {
                let longer = w.modals.at(self.tokens, i).is_some_and(|m| m > n);
                if !longer {
                    return Some((i, Form::May));
                }
            }
            if w.grammar.not.contains(low) {
                // "do not need to": a statement.
                return Some((i, Form::Be));
            }
            if let Some(n) = w.modals.at(self.tokens, i) {
                return Some((i, Form::Modal(n)));
            }
            // "The recruiter then sets up …", "the clerk and the lead both sign": the doer stands before the adverb.
            let adverb = w.grammar.behind_doer.contains(self.low(i - 1)) || w.floating.contains(self.low(i - 1));
            let near = if i > h + 1 && adverb { i - 2 } else { i - 1 };
            let previous = self.low(near);
            // "This is done by …": the pronoun is the subject.
            let alone = i == h + 1 && w.pronouns.contains(previous) && w.participle(self.low(self.skip_adverbs(i + 1))).is_some();
            // "IT creates the account": capitals are a name, not the pronoun.
            let inside = !self.tokens[near].acronym
                && (w.determiners.contains(previous) && !alone || w.prepositions.contains(previous) && !w.grammar.that.contains(previous));
            if w.to.contains(low) && w.base(self.low(i + 1)).is_some() && w.is_role(previous) {
                return Some((i, Form::ToDo));
            }
            if inside || self.tokens[i].code {
                continue;
            }
            if w.be.contains(low) {
                return Some((i, Form::Be));
            }
            let role_before = w.is_role(previous) || self.tokens[near].acronym || previous == ")" || w.ends_as_adverb(previous);
            if let Some(base) = w.third(low)
                && (role_before || !self.tokens[i].capital && (self.object_follows(i + 1) || w.singular_subject(previous)))
            {
                return Some((i, Form::Verb(base.to_owned())));
            }
            // Plural subjects take the base form: "Managers approve the request".
            let plural = previous.ends_with('s') || w.verb_final || self.tokens[h..i].iter().any(|t| w.both.contains(&t.low));
            if w.base(low).is_some() && w.is_role(previous) && plural && !self.tokens[i].capital {
                return Some((i, Form::Verb(low.to_owned())));
            }
        }
        None
    }

    /// Who the subject is.
    fn party(&self, subject: &[Token], form: &Form) -> Party {
        let w = self.words;
        // "at least one member of …" begins with a preposition that governs nothing.
        let g = &w.grammar;
        let lead = if subject.first().is_some_and(|t| g.counting.contains(&t.low)) { 2.min(subject.len()) } else { 0 };
        let cut = subject
            .iter()
            .enumerate()
            .position(|(i, t)| {
                i >= lead
                    && (i > 0 && (t.low == "(" || w.gerund(&t.low).is_some() && w.is_role(&subject[i - 1].low))
                        || t.low == ","
                        || g.subordinate.contains(&t.low)
                        // "The doctor responsible for it", not "the responsible doctor".
                        || g.attributes.contains(&t.low) && i > 0 && w.is_role(&subject[i - 1].low)
                        || w.prepositions.contains(&t.low) && !w.joins(&t.low))
            })
            .unwrap_or(subject.len());
        let words: Vec<&Token> = subject[..cut].iter().filter(|t| t.is_word()).collect();
        let Some(head) = words.last() else { return Party::None };
        let end = subject[..cut].iter().rposition(Token::is_word).map_or(cut, |i| i + 1);
        // "one engineer", "a member of the operations team": the phrase with its "of …" is the better name.
        let full = member_phrase(subject, cut, w).unwrap_or(end);
        let vague = w.vague_owners.is(&subject[..end]);
        if vague {
            return Party::None;
        }
        let modifier = words.len().checked_sub(2).and_then(|i| words.get(i)).map_or("", |t| t.low.as_str());
        let thing = w.is_thing(&head.low);
        if w.is_role(&head.low) && (!thing || !w.machines.contains(modifier)) {
            return Party::Role(full);
        }
        let head_part = head.low.split(['/', '-']).next_back().unwrap_or("");
        if !thing && head_part != head.low && w.is_role(head_part) {
            return Party::Role(full);
        }
        let duty = matches!(form, Form::Modal(_) | Form::Verb(_) | Form::ToDo);
        let named = words.iter().all(|t| t.capital || w.determiners.contains(&t.low));
        // "PagerDuty sends …" names a product: a party is written in capitals throughout.
        let capitals = self.flow.text.get(head.start..head.end).is_some_and(|t| !t.trim_end_matches('s').chars().any(char::is_lowercase));
        if head.acronym && capitals && !thing && duty && named && words.iter().all(|t| !w.is_thing(&t.low)) {
            return Party::Guess(end);
        }
        Party::None
    }
}

/// "a member of the … team", "one of the engineers": the end of the phrase if a role stands after "of".
fn member_phrase(subject: &[Token], cut: usize, words: &Words) -> Option<usize> {
    let of = subject.get(cut)?;
    if !words.grammar.member_of.contains(&of.low) {
        return None;
    }
    let rest = &subject[cut + 1..];
    let role = rest.iter().rposition(|t| words.is_role(&t.low))?;
    Some(cut + 2 + role)
}

impl Words {
    fn singular_subject(&self, previous: &str) -> bool {
        self.is_thing(previous) && !previous.ends_with('s')
    }
}

/// The noun phrase of a role at `from`: its place in the flow and the token after it.
pub(crate) fn noun_phrase(tokens: &[Token], from: usize, words: &Words) -> Option<(Range<usize>, usize)> {
    let mut end = None;
    let mut i = from;
    while let Some(token) = tokens.get(i) {
        if i - from > 9 || !(token.is_word() || matches!(token.low.as_str(), "&" | "/" | "'" | "-" | "(" | ")")) {
            break;
        }
        let low = token.low.as_str();
        // "IT support", "HR operations".
        let tail = end == Some(i) && tokens[i - 1].acronym && words.party_tails.contains(low);
        if words.is_role(low) && !token.code || token.acronym && !words.is_thing(low) && end.is_none() || tail {
            end = Some(i + 1);
        } else if end.is_some() && words.grammar.name_joins.contains(low) {
            // The phrase goes on only if another role follows soon.
            let ahead = &tokens[i + 1..tokens.len().min(i + 6)];
            let Some(more) = ahead.iter().take_while(|t| t.is_word()).position(|t| words.is_role(&t.low)) else { break };
            // "the employee and the line manager": what stands before the role belongs to it, unless it is a verb or begins another phrase.
            let named = ahead[..more].iter().all(|t| {
                let verb = words.base(&t.low).is_some_and(|_| !words.noun_like.contains(&t.low)) || words.third(&t.low).is_some();
                !(verb || words.prepositions.contains(&t.low) || words.be.contains(&t.low))
            });
            if more > 0 && named {
                i += more;
            }
        } else if words.prepositions.contains(low)
            || words.be.contains(low)
            || words.modals.at(tokens, i).is_some()
            || end.is_some() && !(token.capital || matches!(low, "(" | ")" | "-" | "'")) && !words.determiners.contains(low)
        {
            break;
        }
        i += 1;
    }
    let end = end?;
    Some((tokens[from].start..tokens[end - 1].end, end))
}
