//! What a sentence is in a procedure: a command, a duty of a role, a statement of what a system does, a question, a name.
//!
//! Reads tokens from left to right, as a small grammar:
//!
//! ```text
//! sentence = marks [label] {opener} main [role in brackets]
//! label    = "Note:" | "Example:" | "Optional:" | ROLE ":"
//! opener   = help | option | condition | sequence | time | order | place      (see `openers`)
//! main     = [you | we | subject] verb object [condition behind]
//! ```
//!
//! Knows words by category only ([`Words`]); must not know pages or steps.

mod conditions;
mod head;
mod labels;
mod openers;
mod subject;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::flow::{Flow, Token};
use super::words::Words;
pub(crate) use subject::noun_phrase;

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
    /// Where a condition begins that ends the sentence, its "if" or bracket included.
    pub(crate) behind: Option<usize>,
    /// "Once …," in front: order, not a condition.
    pub(crate) order: Option<Range<usize>>,
    /// "For the cost centre, enter 4711": where the phrase begins that names the field.
    pub(crate) field: Option<usize>,
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
            behind: None,
            order: None,
            field: None,
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

    fn raw(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |t| &self.flow.text[t.start..t.end])
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
            self.clause.behind = None;
        }
        if labelled.is_some() && self.clause.acts() {
            self.clause.mood = Mood::Role;
            self.clause.actor = labelled;
        } else if self.clause.mood == Mood::Imperative {
            self.role_behind();
        }
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

    fn skip_adverbs(&self, mut at: usize) -> usize {
        while self.is_adverb(at) {
            at += 1;
        }
        at
    }

    fn is_adverb(&self, at: usize) -> bool {
        let low = self.low(at);
        self.words.ends_as_adverb(low) || self.words.floating.contains(low) || self.words.grammar.adverbs.contains(low)
    }

    fn last_word(&self) -> usize {
        self.tokens.iter().rposition(Token::is_word).unwrap_or(0)
    }
}
