//! What a sentence is in a procedure: a command, a duty of a role, a statement of what a system does, a question, a name.
//!
//! Reads tokens from left to right: labels, openers ("If …,", "Once …,", "In the … pane,"), then the head of the main clause. Knows words by
//! category only ([`Words`]); must not know pages or steps.

use std::ops::Range;

use super::flow::{Flow, Token};
use super::words::Words;

/// The kind of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// "Open the ticket".
    Imperative,
    /// "Do not open the ticket".
    Negative,
    /// "You must open the ticket".
    You,
    /// "You can open the ticket".
    YouMay,
    /// "We should open the ticket".
    We,
    /// "The supervisor opens the ticket", "The supervisor must open the ticket".
    Role,
    /// "The supervisor can open a ticket".
    RoleMay,
    /// "The ticket should be opened".
    Passive,
    /// A command line.
    Command,
    /// "The server opens a ticket".
    System,
    /// A statement.
    Fact,
    /// A question.
    Question,
    /// "Opening the ticket".
    Gerund,
    /// No verb found.
    Noun,
    /// "Note: …" and its like.
    Note(Label),
    /// "Example: …".
    Example,
    /// "Login service: the thing that …": a term and what it means.
    Definition,
}

/// The label of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    Note,
    Tip,
    Caution,
    Warning,
}

/// A sentence as understood.
#[derive(Debug, Clone)]
pub(crate) struct Clause {
    /// The sentence in the flow.
    pub(crate) range: Range<usize>,
    /// What it is.
    pub(crate) mood: Mood,
    /// Where the main clause begins.
    pub(crate) core: usize,
    /// The condition in front, without "if" (with "unless").
    pub(crate) when: Option<Range<usize>>,
    /// The condition stands behind the main clause.
    pub(crate) trailing: bool,
    /// "Once …," in front: order, not a condition.
    pub(crate) order: Option<Range<usize>>,
    /// It may be left out.
    pub(crate) optional: bool,
    /// "If you have questions, …": help, not part of the work.
    pub(crate) help: bool,
    /// Who does it, where named as subject, label or agent.
    pub(crate) actor: Option<Range<usize>>,
    /// The actor is only guessed to be a party (an abbreviation).
    pub(crate) actor_guessed: bool,
    /// Base form of the verb of the main clause.
    pub(crate) verb: Option<String>,
    /// Where the verb's form stands.
    pub(crate) verb_at: Option<Range<usize>>,
    /// The reading is certain enough to stand alone.
    pub(crate) sure: bool,
}

impl Clause {
    /// Nothing said.
    pub(crate) fn none() -> Self {
        Self {
            range: 0..0,
            mood: Mood::Noun,
            core: 0,
            when: None,
            trailing: false,
            order: None,
            optional: false,
            help: false,
            actor: None,
            actor_guessed: false,
            verb: None,
            verb_at: None,
            sure: true,
        }
    }

    /// Somebody is told to do something.
    pub(crate) fn acts(&self) -> bool {
        !self.help && matches!(self.mood, Mood::Imperative | Mood::You | Mood::Role | Mood::Passive | Mood::Command)
    }

    /// It could be meant as something to do.
    pub(crate) fn may_act(&self) -> bool {
        self.acts() || !self.help && matches!(self.mood, Mood::YouMay | Mood::We)
    }
}

/// Reads one sentence.
pub(crate) fn read(flow: &Flow, range: &Range<usize>, words: &Words) -> Clause {
    let tokens = flow.tokens(range);
    let clause = Clause { range: range.clone(), core: range.start, ..Clause::none() };
    let question = flow.slice(range).ends_with('?');
    let mut reader = Reader { words, flow, tokens: &tokens, at: 0, clause, question };
    reader.sentence();
    reader.clause
}

struct Reader<'a> {
    words: &'a Words,
    flow: &'a Flow,
    tokens: &'a [Token],
    at: usize,
    clause: Clause,
    question: bool,
}

impl Reader<'_> {
    fn low(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |t| t.low.as_str())
    }

    fn span(&self, from: usize, to: usize) -> Range<usize> {
        let start = self.tokens.get(from).map_or(self.clause.range.end, |t| t.start);
        let end = to.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(start, |t| t.end);
        start..end.max(start)
    }

    fn sentence(&mut self) {
        self.skip_marks();
        if self.label() {
            return;
        }
        if self.purpose() {
            return;
        }
        self.openers();
        self.clause.core = self.tokens.get(self.at).map_or(self.clause.range.end, |t| t.start);
        self.trailing();
        let labelled = self.clause.actor.clone();
        self.head();
        if self.clause.trailing && !self.clause.may_act() {
            self.clause.when = None;
            self.clause.trailing = false;
        }
        if labelled.is_some() && self.clause.acts() {
            self.clause.mood = Mood::Role;
            self.clause.actor = labelled;
        } else if self.clause.mood == Mood::Imperative {
            self.role_behind();
        }
    }

    /// "To start the server:" and nothing else, over what does it: the purpose is the command. True if read so.
    fn purpose(&mut self) -> bool {
        let at = self.at;
        let ends = self.tokens.len() > at + 2 && self.tokens.last().is_some_and(|t| t.low == ":");
        if !ends || self.low(at) != "to" || self.words.base(self.low(at + 1)).is_none() || self.clause.actor.is_some() {
            return false;
        }
        let rest = &self.tokens[at + 2..self.tokens.len() - 1];
        let more = rest.iter().any(|t| matches!(t.low.as_str(), "," | ":" | ";") || self.words.you.contains(&t.low));
        if more || self.words.modals.find(rest, 0).is_some() || self.late_verb(at + 2).is_some() {
            return false;
        }
        self.clause.core = self.tokens[at + 1].start;
        self.verb(at + 1, Mood::Imperative);
        true
    }

    /// "Check the desk (line manager).": who does it, in brackets at the end, unless they explain the name before them.
    fn role_behind(&mut self) {
        let Some((open, close)) = last_bracket(self.tokens).filter(|(open, _)| *open > self.at + 1) else { return };
        let inside = &self.tokens[open + 1..close];
        let before = &self.tokens[open - 1];
        let explains = self.words.is_role(&before.low) || before.capital || before.acronym || before.code;
        if inside.len() <= 4 && self.names_role(inside) && !explains {
            self.clause.actor = Some(self.span(open + 1, close));
            self.clause.mood = Mood::Role;
        }
    }

    /// Bullets, emoji, boxes and other marks before the first word; "(Optional)" and "(if …)" in brackets.
    fn skip_marks(&mut self) {
        while let Some(token) = self.tokens.get(self.at) {
            if token.low == "(" {
                let Some(close) = (self.at..self.tokens.len()).find(|i| self.low(*i) == ")") else { break };
                let inside = &self.tokens[self.at + 1..close];
                if self.words.optional.within(inside) {
                    self.clause.optional = true;
                } else if self.at == 0 && inside.len() <= 4 && self.names_role(inside) {
                    self.clause.actor = Some(self.span(self.at + 1, close));
                } else if let Some(n) = self.words.conditions.at(inside, 0) {
                    self.clause.when = Some(self.span(self.at + 1 + n, close));
                }
                self.at = close + 1;
            } else if token.low == "["
                && let Some(close) = (self.at + 1..self.tokens.len().min(self.at + 6)).find(|i| self.low(*i) == "]")
                && self.names_role(&self.tokens[self.at + 1..close])
            {
                self.clause.actor = Some(self.span(self.at + 1, close));
                self.at = close + 1;
            } else if token.is_word() || matches!(token.low.as_str(), "!" | "/" | "$" | "\"" | "“" | "'") {
                break;
            } else {
                self.at += 1;
            }
        }
    }

    /// "Note:", "Example:", "Optional:", "ROLE:". True if the sentence ends with it.
    fn label(&mut self) -> bool {
        let words = self.words;
        for (phrases, label) in [
            (&words.notes.tip, Label::Tip),
            (&words.notes.note, Label::Note),
            (&words.notes.caution, Label::Caution),
            (&words.notes.warning, Label::Warning),
        ] {
            let Some(n) = phrases.at(self.tokens, self.at) else { continue };
            let next = self.low(self.at + n);
            let shouting = self.tokens[self.at].low.len() > 1 && self.raw(self.at).chars().all(|c| !c.is_lowercase());
            let that = next == "that" && matches!(label, Label::Note | Label::Caution);
            if matches!(next, ":" | "!") || that || shouting && matches!(next, "," | "-" | "–") {
                self.clause.mood = Mood::Note(label);
                self.at += n + 1;
                self.clause.core = self.tokens.get(self.at).map_or(self.clause.range.end, |t| t.start);
                return true;
            }
        }
        if let Some(n) = words.examples.at(self.tokens, self.at)
            && matches!(self.low(self.at + n), ":" | "," | "-" | "–")
        {
            self.clause.mood = Mood::Example;
            return true;
        }
        if let Some(n) = words.optional.at(self.tokens, self.at)
            && matches!(self.low(self.at + n), ":" | "," | "-" | "–")
        {
            self.clause.optional = true;
            self.at += n + 1;
        }
        self.role_label();
        false
    }

    fn raw(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |t| &self.flow.text[t.start..t.end])
    }

    /// "Finance: check the ledger", "Finance – check the ledger", "(Finance) Check the ledger"; "Contractors only: sign it" as a condition.
    fn role_label(&mut self) {
        let from = self.at;
        let reach = self.tokens.len().min(from + 6);
        let dashed = |i: usize| {
            let low = self.low(i);
            matches!(low, "–" | "—") || low == "-" && self.flow.text[..self.tokens[i].start].ends_with(' ')
        };
        let Some(colon) = (from..reach).find(|i| self.low(*i) == ":" || dashed(*i)) else { return };
        let subject = &self.tokens[from..colon];
        let plain = subject.iter().all(|t| t.is_word() || matches!(t.low.as_str(), "&" | "/" | "(" | ")"));
        if !plain || subject.is_empty() || colon + 1 >= self.tokens.len() {
            return;
        }
        if self.low(colon) == ":" && self.only_group(subject) {
            self.clause.when = Some(self.span(from, colon));
            self.at = colon + 1;
            return;
        }
        // "For EU customers: compute the tax": the case, as with a comma, and nobody who does it.
        let grouped = |t: &Token| self.words.group_opener.contains(&t.low);
        if let [opener, first, ..] = subject
            && grouped(opener)
            && self.words.is_role(&subject[subject.len() - 1].low)
            && !self.words.not_groups.contains(&first.low)
        {
            self.clause.when = Some(self.span(from + 1, colon));
            self.at = colon + 1;
            return;
        }
        if self.names_role(subject) && (self.low(colon) == ":" || self.base_here(colon + 1)) {
            self.clause.actor = Some(self.span(from, colon));
            self.at = colon + 1;
        }
    }

    /// "contractors only", "Linux only": cases, where "support only" names who does it.
    fn only_group(&self, tokens: &[Token]) -> bool {
        let [.., group, only] = tokens else { return false };
        let cases = super::words::singular(&group.low).is_some() || self.words.phases.way_names.has(&group.low);
        self.words.only.contains(&only.low) && cases
    }

    /// The tokens are the name of a role and nothing else.
    fn names_role(&self, subject: &[Token]) -> bool {
        let w = self.words;
        let Some(first) = subject.first() else { return false };
        let head = subject.iter().rfind(|t| t.is_word()).map_or("", |t| t.low.as_str());
        let verb_first = w.base(&first.low).is_some() && !w.is_role(&first.low);
        w.is_role(head) && !w.is_thing(head) && !verb_first
    }

    /// Everything that may stand before the main clause.
    fn openers(&mut self) {
        for _ in 0..6 {
            let before = self.at;
            self.skip_marks();
            self.opener();
            if self.at == before {
                break;
            }
        }
    }

    fn opener(&mut self) {
        let words = self.words;
        if let Some(n) = words.condition_off.at(self.tokens, self.at) {
            self.clause.help = true;
            self.at = self.comma_after(self.at + n, 40).map_or(self.tokens.len(), |c| c + 1);
            return;
        }
        if let Some(n) = words.optional.at(self.tokens, self.at)
            && !self.base_here(self.at)
            && (self.low(self.at + n) == "," || self.base_here(self.at + n))
        {
            self.clause.optional = true;
            self.at += n + usize::from(self.low(self.at + n) == ",");
            return;
        }
        if let Some(n) = words.conditions.at(self.tokens, self.at) {
            self.condition(n);
            return;
        }
        if let Some(n) = words.sequence.at(self.tokens, self.at) {
            let next = self.at + n;
            if self.low(next) == "," {
                self.at = next + 1;
                return;
            }
            if self.main_begins(next) || self.openers_at(next) {
                self.at = next;
                return;
            }
        }
        if self.amount_at(self.at) {
            self.dated();
            return;
        }
        let group = words.group_opener.contains(self.low(self.at)) && !words.not_groups.contains(self.low(self.at + 1));
        if let Some(n) = words.order_openers.at(self.tokens, self.at) {
            if let Some(comma) = self.comma_after(self.at + n, 45) {
                self.clause.order = Some(self.span(self.at, comma));
                self.at = comma + 1;
            } else if let Some(verb) =
                self.late_party(self.at + n).or_else(|| self.late_verb(self.at + n)).or_else(|| self.late_you(self.at + n))
            {
                self.clause.order = Some(self.span(self.at, verb));
                self.at = verb;
            }
            return;
        }
        let least = self.low(self.at) == "at" && matches!(self.low(self.at + 1), "least" | "most");
        if let Some(n) = words.place_openers.at(self.tokens, self.at).filter(|_| !least) {
            let comma = self.comma_after(self.at + n, 32);
            if let Some(comma) = comma {
                let purpose = (self.at + n..comma).any(|i| self.words.to.contains(self.low(i)));
                if group && !purpose && self.clause.when.is_none() {
                    self.clause.when = Some(self.span(self.at + n, comma));
                }
                self.at = comma + 1;
            } else if let Some(verb) = self.late_verb(self.at + n).or_else(|| self.late_subject(self.at + n)) {
                self.at = verb;
            }
        }
    }

    /// "Once finalised the infrastructure team publishes …": where the party begins that acts.
    fn late_party(&self, from: usize) -> Option<usize> {
        let w = self.words;
        let verb = (from + 1..self.tokens.len().min(from + 16)).find(|i| {
            let acts = w.third(self.low(*i)).is_some() || w.base(self.low(*i)).is_some() || w.modals.at(self.tokens, *i).is_some();
            acts && w.is_role(self.low(i - 1)) && !w.be.contains(self.low(*i))
        })?;
        let article = (from..verb).rev().find(|i| w.articles.contains(self.low(*i)))?;
        // What stands before the article must end the clause in front: "finalised the …", "have closed the …".
        let done = article.checked_sub(1).filter(|i| *i >= from).is_some_and(|i| w.participle(self.low(i)).is_some());
        (done && verb - article <= 8).then_some(article)
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
                || matches!(low, "of" | "least")
                || low.starts_with(|c: char| c.is_ascii_digit());
            if !part || low == "these" || low == "this" {
                break;
            }
            subject -= 1;
        }
        // "at least one": the preposition belongs to the number.
        if self.low(subject) == "least" && self.low(subject - 1) == "at" {
            subject -= 1;
        }
        (subject < verb && self.tokens[subject..verb].iter().any(|t| w.is_role(&t.low))).then_some(subject)
    }

    fn openers_at(&self, at: usize) -> bool {
        let w = self.words;
        [&w.conditions, &w.order_openers, &w.place_openers].iter().any(|p| p.at(self.tokens, at).is_some())
    }

    /// The first comma outside brackets within `reach` tokens after which a main clause (or another opener) begins, else the first comma.
    fn comma_after(&self, from: usize, reach: usize) -> Option<usize> {
        let mut depth = 0;
        let mut first = None;
        for i in from..self.tokens.len().min(from + reach) {
            match self.low(i) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                "," if depth <= 0 => {
                    if self.main_begins(i + 1) || self.openers_at(i + 1) && self.low(i + 1) != "and" {
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
            || w.sequence.at(self.tokens, at).is_some()
            || w.negations.at(self.tokens, at).is_some()
            || token.code
            || token.acronym
    }

    /// "If …," and the words of the condition; a condition without an end takes the whole sentence.
    fn condition(&mut self, opener: usize) {
        let keeps =
            !matches!(self.low(self.at), "if" | "wenn" | "falls" | "sofern" | "in" | "im" | "should" | "provided" | "assuming" | "only");
        let from = if keeps { self.at } else { self.at + opener };
        let then = (from..self.tokens.len()).find(|i| self.low(*i) == "then" && *i > from);
        let comma = self.comma_after(self.at + opener, 60);
        let (end, next) = match (comma, then) {
            (Some(c), Some(t)) if t < c => (t, t + 1),
            (Some(c), _) => (c, c + 1),
            (None, Some(t)) => (t, t + 1),
            (None, None) => match self.clause_after_condition(from) {
                Some(at) => (at, at),
                None => (self.tokens.iter().rposition(Token::is_word).map_or(self.tokens.len(), |i| i + 1), self.tokens.len()),
            },
        };
        let words = self.span(from, end);
        let inside = &self.tokens[self.at..end.max(self.at)];
        if self.words.optional.is(inside) {
            self.clause.optional = true;
        } else if self.clause.when.is_none() && !words.is_empty() {
            self.clause.when = Some(words);
        }
        self.at = next;
    }

    /// In "If X is not there the files can be copied by hand" the place of "the files".
    fn clause_after_condition(&self, from: usize) -> Option<usize> {
        let w = self.words;
        let verb = (from..self.tokens.len())
            .find(|i| w.be.contains(self.low(*i)) || w.modals.at(self.tokens, *i).is_some() || w.third(self.low(*i)).is_some())?;
        (verb + 2..self.tokens.len()).find(|i| {
            let previous = self.low(i - 1);
            let joins = w.prepositions.contains(previous) || w.determiners.contains(previous) || self.low(*i - 1) == "not";
            !joins
                && (w.you.contains(self.low(*i))
                    || matches!(self.low(*i), "please" | "the")
                        && !w.prepositions.contains(previous)
                        && w.base(previous).is_none()
                        && w.third(previous).is_none()
                        && w.gerund(previous).is_none()
                        && w.participle(previous).is_none_or(|_| true))
        })
    }

    fn amount_at(&self, at: usize) -> bool {
        let Some((_, next)) = super::due::amount(self.tokens, at, self.words) else { return false };
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

    /// "Under Actions click Export": the verb after a place that has no comma.
    fn late_verb(&self, from: usize) -> Option<usize> {
        let w = self.words;
        (from + 1..self.tokens.len().min(from + 12)).take_while(|i| !matches!(self.low(*i), ":" | "–" | ";")).find(|i| {
            let previous = self.low(i - 1);
            // "logged in click": the particle of a participle does not govern what follows.
            let particle = *i > from
                && w.participle(self.low(i.saturating_sub(2))).is_some()
                && matches!(previous, "in" | "up" | "out" | "off" | "down");
            let open = w.determiners.contains(previous)
                || w.prepositions.contains(previous) && !particle
                || w.modals.at(self.tokens, i - 1).is_some()
                || w.be.contains(previous);
            w.base(self.low(*i)).is_some()
                && !w.be.contains(self.low(*i))
                && !self.tokens[*i].capital
                && !w.noun_like.contains(self.low(*i))
                && !open
                && self.low(i - 1) != "to"
        })
    }

    /// Marks that stand behind: "…, if on GCP", "(optional)", "as required".
    fn trailing(&mut self) {
        let w = self.words;
        let tokens = &self.tokens[self.at.min(self.tokens.len())..];
        let strong = |i: usize| matches!(tokens[i].low.as_str(), "if" | "as" | "where" | "when" | "optional" | "optionally" | "not");
        if let Some((at, n)) = w.optional.find(tokens, 1)
            && strong(at)
        {
            let rest = &tokens[at + n..];
            let ends = rest.iter().all(|t| !t.is_word()) || matches!(rest[0].low.as_str(), ")" | "," | "." | ":");
            // "set up if needed for the audit" says when, not whether.
            self.clause.optional |= ends;
        }
        if self.clause.when.is_some() || self.clause.optional {
            return;
        }
        // "Sign the agreement (contractors only)".
        if let Some((open, close)) = last_bracket(tokens)
            && close - open <= 6
            && self.only_group(&tokens[open + 1..close])
        {
            self.clause.when = Some(tokens[open + 1].start..tokens[close - 1].end);
            self.clause.trailing = true;
            return;
        }
        for i in 2..tokens.len() {
            let Some(n) = w.conditions.at(tokens, i) else { continue };
            let low = tokens[i].low.as_str();
            // "the folder where …", "how much should the …": only in front do they open a condition.
            if matches!(low, "where" | "should") {
                continue;
            }
            // "only if", "unless", "in case": never what somebody asks or tells.
            let firm = !matches!(low, "if" | "wenn" | "falls" | "ob");
            let asked = !firm
                && (w.asking.contains(&tokens[i - 1].low)
                    || matches!(tokens[i - 1].low.as_str(), "what" | "as" | "even" | "you" | "sure" | "to"));
            let off = w.condition_off.at(tokens, i).is_some() || w.optional.at(tokens, i).is_some();
            // "tell them if …", "A or just B if …", "if no errors then …": not what decides about the step.
            let told = tokens[..i].iter().enumerate().any(|(j, t)| match t.low.as_str() {
                "whether" | "or" | "that" | "which" => true,
                "notify" | "tell" | "inform" | "ask" | "know" | "confirm" => !firm,
                "(" => j + 1 < i,
                _ => false,
            });
            let then = tokens[i..].iter().any(|t| t.low == "then");
            if asked || off || told || then {
                continue;
            }
            let from = if tokens[i].low == "unless" { i } else { i + n };
            let close = (from..tokens.len()).find(|j| matches!(tokens[*j].low.as_str(), ")" | "." | ";")).unwrap_or(tokens.len());
            if from < close {
                self.clause.when = Some(tokens[from].start..tokens[close - 1].end);
                self.clause.trailing = true;
            }
            return;
        }
    }

    /// True for a base form that reads as a verb here.
    fn base_here(&self, at: usize) -> bool {
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
        if w.be.contains(&next.low) && !matches!(next.low.as_str(), "has" | "have")
            || w.modals.at(self.tokens, at + 1).is_some() && next.low != "have to"
        {
            return false;
        }
        !w.noun_like.contains(&token.low) || self.object_follows(at + 1) && !self.names(at)
    }

    /// "Process for …", "Release of …": a noun and what it is of.
    fn names(&self, at: usize) -> bool {
        let w = self.words;
        match self.low(at + 1) {
            "of" => true,
            "for" => !w.searching.contains(self.low(at)),
            _ => false,
        }
    }

    fn object_follows(&self, at: usize) -> bool {
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
            || next.low.ends_with("ly")
    }

    /// The head of the main clause.
    fn head(&mut self) {
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
        let time = token.low == "it's" && self.low(h + 1) == "time" || token.low == "it" && self.low(h + 2) == "time";
        if let Some(to) = (h..self.tokens.len().min(h + 5)).find(|i| time && self.low(*i) == "to") {
            self.verb(to + 1, Mood::You);
            return;
        }
        if self.responsibility(h) || self.step_is(h) {
            return;
        }
        if w.you.contains(&token.low) && self.low(h + 1) == "and" {
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
        if w.base(&token.low).is_some() && self.imperative(h) {
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
        } else if code && matches!(next, ":" | "-" | "–" | "—" | "=" | "," | "or") {
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
            // "Alert rules are defined …" is a statement, "Review dependabot changes" is a command.
            let finite = (h + 1..self.tokens.len().min(h + 9))
                .take_while(|i| !matches!(self.low(*i), "," | "and" | "that" | "which" | "(" | ";"))
                .find(|i| w.be.contains(self.low(*i)) || w.modals.at(self.tokens, *i).is_some());
            if finite.is_some() || matches!(self.low(h + 1), ":" | "–" | "—" | "'") || w.is_role(self.low(h + 1)) && w.is_role(&low) {
                return false;
            }
            // After a condition a base form can only be the command.
            self.clause.sure = self.clause.when.is_some();
        }
        let next = self.low(h + 1);
        if w.be.contains(next) && !matches!(next, "has" | "have") || w.modals.at(self.tokens, h + 1).is_some() {
            return false;
        }
        self.clause.mood = Mood::Imperative;
        self.clause.optional |= w.optional.has(&low);
        self.set_verb(h);
        true
    }

    fn set_verb(&mut self, at: usize) {
        if let Some(token) = self.tokens.get(at) {
            self.clause.verb = Some(token.low.clone());
            self.clause.verb_at = Some(token.start..token.end);
        }
    }

    fn verb(&mut self, at: usize, mood: Mood) {
        self.clause.mood = mood;
        self.set_verb(at);
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
        let end = (h..self.tokens.len()).take_while(|i| !matches!(self.low(*i), ":" | "." | "(" | "–" | ";")).last();
        let Some(last) = end.filter(|e| *e > h) else { return false };
        let to = |i: usize| i.checked_sub(1).map(|i| self.low(i)).is_some_and(|p| matches!(p, "zu" | "to"));
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
        if self.low(verb) == "to" {
            verb = self.skip_adverbs(verb + 1);
        } else if matches!(self.low(verb), "need" | "have") && self.low(verb + 1) == "to" {
            verb = self.skip_adverbs(verb + 2);
        }
        let experience = w.experience.contains(self.low(verb)) && !matches!(self.low(verb), "get" if w.approve.nouns.within(self.tokens));
        if experience || w.participle(self.low(verb)).is_some() && w.base(self.low(verb)).is_none() || w.base(self.low(verb)).is_none() {
            self.clause.mood = if w.base(self.low(verb)).is_none() && self.low(verb).is_empty() { duty } else { Mood::Fact };
            return;
        }
        self.verb(verb, duty);
    }

    fn skip_adverbs(&self, mut at: usize) -> usize {
        while self.low(at).ends_with("ly")
            || matches!(self.low(at), "also" | "then" | "now" | "always" | "first" | "only" | "just" | "auch" | "dann")
        {
            at += 1;
        }
        at
    }

    /// A sentence that begins with a noun phrase: find its verb, then ask who the subject is.
    fn subject(&mut self, h: usize) {
        let w = self.words;
        if let Some(separator) = self.definition(h) {
            let _ = separator;
            self.clause.mood = Mood::Definition;
            return;
        }
        let finite = self.finite(h);
        let Some((at, form)) = finite else {
            self.no_verb(h);
            return;
        };
        // "Frobnicate the widget (it turns red)": a subject has no article inside.
        if at > h + 1 && self.unknown_verb(h) && !self.tokens[h..at].iter().any(|t| matches!(t.low.as_str(), "that" | "which" | ",")) {
            self.no_verb(h);
            return;
        }
        let subject = &self.tokens[h..at];
        let mut party = self.party(subject, &form);
        if matches!(party, Party::None) && h + 1 == at && matches!(self.low(h), "they" | "he" | "she") {
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
        let _ = w;
    }

    fn party_in_front(&self, h: usize) -> Option<Range<usize>> {
        let from = (0..h)
            .find(|i| self.words.order_openers.at(self.tokens, *i).is_some() || self.words.conditions.at(self.tokens, *i).is_some())?;
        let range = noun_phrase(&self.tokens[..h], from + 1, self.words).map(|(r, _)| r)?;
        (range.start < self.tokens[h].start).then_some(range)
    }

    fn modal(&mut self, at: usize, n: usize, is_role: bool, actor: Option<Range<usize>>) {
        let w = self.words;
        let strong = !matches!(self.low(at), "will" | "'ll" | "would" | "wird" | "werden");
        let mut verb = self.skip_adverbs(at + n);
        if w.verb_final && w.base(self.low(self.last_word())).is_some() {
            // "Die Leitung muss den Antrag genehmigen": the verb stands at the end.
            verb = self.last_word();
        }
        if is_role && self.low(verb) == "be" && self.low(verb + 1) == "responsible" {
            self.clause.actor = actor;
            self.clause.mood = Mood::Role;
            return;
        }
        if matches!(self.low(verb), "be" | "have") || w.verb_final && w.participle(self.low(self.last_word())).is_some() {
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
        let verb = if matches!(self.low(verb), "need" | "have") && self.low(verb + 1) == "to" { verb + 2 } else { verb };
        let known = w.base(self.low(verb)).is_some();
        if is_role && (known || w.gerund(self.low(verb)).is_some()) {
            self.clause.actor = actor;
            self.verb(verb, Mood::Role);
        } else {
            self.clause.mood = if is_role { Mood::Fact } else { Mood::System };
            self.set_verb(verb);
        }
    }

    fn last_word(&self) -> usize {
        self.tokens.iter().rposition(Token::is_word).unwrap_or(0)
    }

    /// "The report is reviewed by the controller".
    fn passive_now(&mut self, at: usize) {
        let w = self.words;
        let participle = self.skip_adverbs(at + 1);
        let base = w.participle(self.low(participle)).map(str::to_owned);
        let past = matches!(self.low(at), "was" | "were" | "has" | "have" | "had" | "wurde");
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
    fn definition(&self, h: usize) -> Option<usize> {
        let separator = (h + 1..self.tokens.len().min(h + 9)).find(|i| {
            matches!(self.low(*i), ":" | "–" | "—") || self.low(*i) == "-" && self.flow.text[..self.tokens[*i].start].ends_with(' ')
        })?;
        (separator + 1 < self.tokens.len()).then_some(separator)
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
        let determined = self
            .tokens
            .get(h + 1)
            .is_some_and(|t| w.determiners.contains(&t.low) && !matches!(t.low.as_str(), "as" | "only" | "new" | "one" | "other"));
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
            if matches!(low, "not" | "nicht") {
                // "do not need to": a statement.
                return Some((i, Form::Be));
            }
            if let Some(n) = w.modals.at(self.tokens, i) {
                return Some((i, Form::Modal(n)));
            }
            let previous = self.low(i - 1);
            // "This is done by …": the pronoun is the subject.
            let alone = i == h + 1 && w.pronouns.contains(previous) && w.participle(self.low(self.skip_adverbs(i + 1))).is_some();
            let inside = w.determiners.contains(previous) && !alone || w.prepositions.contains(previous) && !matches!(previous, "that");
            if w.to.contains(low) && w.base(self.low(i + 1)).is_some() && w.is_role(previous) {
                return Some((i, Form::ToDo));
            }
            if inside || self.tokens[i].code {
                continue;
            }
            if w.be.contains(low) {
                return Some((i, Form::Be));
            }
            let role_before = w.is_role(previous) || self.tokens[i - 1].acronym || previous == ")" || previous.ends_with("ly");
            if let Some(base) = w.third(low)
                && (role_before || !self.tokens[i].capital && (self.object_follows(i + 1) || w.singular_subject(previous)))
            {
                return Some((i, Form::Verb(base.to_owned())));
            }
            // Plural subjects take the base form: "Managers approve the request".
            let plural = previous.ends_with('s') || self.tokens[h..i].iter().any(|t| matches!(t.low.as_str(), "and" | "&" | "und"));
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
        let lead = if matches!(subject.first().map(|t| t.low.as_str()), Some("at" | "up")) { 2.min(subject.len()) } else { 0 };
        let cut = subject
            .iter()
            .enumerate()
            .position(|(i, t)| {
                i >= lead
                    && (i > 0 && (t.low == "(" || w.gerund(&t.low).is_some() && w.is_role(&subject[i - 1].low))
                        || matches!(t.low.as_str(), "who" | "that" | "which" | "leading" | "responsible" | "working" | "assigned" | ",")
                        || w.prepositions.contains(&t.low) && t.low != "and" && t.low != "or")
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
        if head.acronym && !thing && duty && named && words.iter().all(|t| !w.is_thing(&t.low)) {
            return Party::Guess(end);
        }
        Party::None
    }
}

/// The places of the brackets at the very end of a sentence.
fn last_bracket(tokens: &[Token]) -> Option<(usize, usize)> {
    let end = tokens.iter().rposition(|t| !matches!(t.low.as_str(), "." | "!" | ":"))?;
    let open = tokens[..end].iter().rposition(|t| t.low == "(")?;
    (tokens[end].low == ")" && open + 1 < end).then_some((open, end))
}

/// "a member of the … team", "one of the engineers": the end of the phrase if a role stands after "of".
fn member_phrase(subject: &[Token], cut: usize, words: &Words) -> Option<usize> {
    let of = subject.get(cut)?;
    if !matches!(of.low.as_str(), "of" | "from" | "der" | "des" | "on") {
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
        } else if end.is_some() && matches!(low, "of" | "or" | "and" | "in" | "for" | "&" | "/" | "on") {
            // The phrase goes on only if another role follows soon.
            let more = tokens[i + 1..tokens.len().min(i + 6)].iter().take_while(|t| t.is_word()).any(|t| words.is_role(&t.low));
            if !more {
                break;
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

#[cfg(test)]
mod tests {
    use super::super::words::english;
    use super::*;
    use crate::page::{BlockKind, Page};
    use crate::text::Source;

    fn clause(text: &str) -> (Flow, Clause) {
        let page = Page::parse(Source::new("p.md", text));
        let BlockKind::Paragraph(inlines) = &page.tree()[0].kind else { panic!("no paragraph: {text}") };
        let flow = Flow::of(inlines);
        let range = flow.sentences().remove(0);
        let clause = read(&flow, &range, english());
        (flow, clause)
    }

    fn mood(text: &str) -> Mood {
        clause(text).1.mood
    }

    #[test]
    fn commands_with_and_without_openers() {
        for text in [
            "Open the ticket",
            "Check ssh key",
            "In the **Custom** section, add the permission sets",
            "Under \"Actions\" click \"Export as CSV\".",
            "If the test is successful, delete the original key.",
            "Once logged in click on the profile icon",
            "On the right sidebar under \"Time\", select all the completed months",
            "Finally select `Approve and deploy`",
            "As of July 2024, ping the finance channel",
            "Frobnicate the widget",
            "Frobnicate the customer (orders over 500 euros)",
        ] {
            assert_eq!(mood(text), Mood::Imperative, "{text}");
        }
    }

    #[test]
    fn statements_and_machines_are_not_commands() {
        for text in [
            "You will be taken to the start page.",
            "The Cluster Operator detects the annotated resource and instructs the controller to rebalance.",
            "The job will first check the connection that has been entered.",
            "Request status is shown in the list.",
            "Alert rules are defined in the repository.",
            "You should receive a health notification from the provider",
            "there's a problem with connectivity from the machine.",
        ] {
            let clause = clause(text).1;
            assert!(!clause.may_act(), "{text}: {clause:?}");
        }
    }

    #[test]
    fn roles_act() {
        for (text, who) in [
            ("The on-call engineer acknowledges the page.", "The on-call engineer"),
            ("Supervisors and Directors will consider the performance.", "Supervisors and Directors"),
            ("Your [HR Specialist](x) will review the application.", "Your HR Specialist"),
            ("60 days before the end of an engagement BD initiates a renewal process", "BD"),
            ("Finance: check the ledger", "Finance"),
            ("Finance to confirm the total", "Finance"),
            ("The report is reviewed by the controller.", "the controller"),
            ("At least one member of the platform team will need to add a review.", "At least one member of the platform team"),
        ] {
            let (flow, clause) = clause(text);
            assert_eq!(clause.mood, Mood::Role, "{text}: {clause:?}");
            assert_eq!(flow.slice(&clause.actor.clone().unwrap()), who, "{text}");
        }
    }

    #[test]
    fn roles_in_brackets_labels_and_phrases_of_duty() {
        for (text, who) in [
            ("(HR) Send the contract.", "HR"),
            ("[HR] Send the contract.", "HR"),
            ("HR – send the contract.", "HR"),
            ("Send the contract (HR).", "HR"),
            ("It is the responsibility of the manager to check the list.", "the manager"),
            ("The line manager and HR agree the start date.", "The line manager and HR"),
            ("The laptop is prepared by IT support.", "IT support"),
            ("This is done by the receptionist.", "the receptionist"),
            ("Once finalised the billing team publishes the list.", "the billing team"),
        ] {
            let (flow, clause) = clause(text);
            assert_eq!(clause.mood, Mood::Role, "{text}: {clause:?}");
            assert_eq!(flow.slice(&clause.actor.clone().unwrap()), who, "{text}");
        }
        for text in ["Call the help desk (IT support).", "Ask Mona (line manager) for the form.", "Get the permit (ATO)."] {
            assert_eq!(clause(text).1.actor, None, "{text}");
        }
        let (_, c) = clause("The first step is naming an owner.");
        assert_eq!((c.mood, c.verb.as_deref()), (Mood::You, Some("name")));
    }

    #[test]
    fn conditions_in_front_and_behind() {
        for (text, when) in [
            ("Contractors only: sign the agreement.", "Contractors only"),
            ("For EU customers: compute the tax.", "EU customers"),
            ("Sign the agreement (contractors only).", "contractors only"),
            ("Where the amount exceeds 500 euros, attach two quotes.", "Where the amount exceeds 500 euros"),
            ("Create a backup unless one exists.", "unless one exists"),
            ("Notify the client only if the delay exceeds one day.", "the delay exceeds one day"),
            ("Tell the customer in case the delivery is late.", "the delivery is late"),
            ("Order parts (if out of stock).", "out of stock"),
            ("As long as the valve is open, watch the gauge.", "As long as the valve is open"),
        ] {
            let (flow, c) = clause(text);
            assert!(c.acts(), "{text}: {c:?}");
            assert_eq!(c.when.map(|w| flow.slice(&w).to_owned()).as_deref(), Some(when), "{text}");
        }
        for text in ["Tell the client if the price has changed.", "Open the folder where the form is kept.", "Grant access (support only)."]
        {
            assert_eq!(clause(text).1.when, None, "{text}");
        }
    }

    #[test]
    fn conditions_options_and_help() {
        let (flow, c) = clause("If the community decides to end the service, continue this process.");
        assert_eq!(flow.slice(&c.when.unwrap()), "the community decides to end the service");
        let (flow, c) = clause("Test access to the logs if on GCP");
        assert_eq!(flow.slice(&c.when.unwrap()), "on GCP");
        let (_, c) = clause("Verify if it is a problem of the network");
        assert!(c.when.is_none());
        assert!(clause("(Optional) Add them as an admin").1.optional);
        assert!(clause("Add budget lines as required.").1.optional);
        assert!(clause("If you have any questions, please email the team.").1.help);
    }
}
