//! What the sentence over a list says of everything in it.

use std::ops::Range;

use super::values::clean_role;
use super::{Around, Reader};
use crate::blueprint::draft::clause::{self, Mood};
use crate::blueprint::draft::due;
use crate::blueprint::draft::flow::{Flow, Token};
use crate::blueprint::draft::steps::one_line;

impl Reader<'_> {
    /// What the sentence over a list says about it: owner, condition, deadline; `Some(true)` if it says that no steps follow, `Some(false)`
    /// if it says that steps follow.
    pub(crate) fn over(&self, lead: &Flow) -> (Around, Option<bool>) {
        let mut around = Around::default();
        let said = self.read(lead, &(0..lead.text.len()));
        let Some(last) = said.last() else { return (around, None) };
        let tokens = lead.tokens(&last.clause.range);
        let ends = lead.slice(&last.clause.range).ends_with([':', ',', '…']) || !lead.text.trim_end().ends_with(['.', '!', '?', ')', ';']);
        let c = &last.clause;
        if ends {
            if let (Mood::Role, Some(actor), false) = (c.mood, &c.actor, c.actor_guessed) {
                around.owner = Some(clean_role(lead.slice(actor), self.words));
            } else if let Some(actor) = self.bare_duty(&tokens) {
                around.owner = Some(clean_role(lead.slice(&actor), self.words));
            }
            around.when = c.when.as_ref().filter(|_| !c.help && !c.trailing).map(|w| one_line(lead.slice(w)));
            around.optional = self.words.leads.optional.within(&tokens);
            around.due = due::find(lead, &c.range, self.words).map(|f| f.due(lead));
        }
        let purpose = self.words.to.contains(tokens.first().map_or("", |t| t.low.as_str()))
            && tokens.get(1).is_some_and(|t| self.words.base(&t.low).is_some())
            && ends;
        let steps = self.words.leads.steps.within(&tokens) || purpose && !self.words.leads.not_steps.within(&tokens);
        let not = ends && self.words.leads.not_steps.within(&tokens);
        let verdict = match (steps, not) {
            (true, _) => Some(false),
            (false, true) => Some(true),
            _ => None,
        };
        (around, verdict)
    }

    /// "Approvers are notified by email and must:" – a role at the head and a duty at the end.
    fn bare_duty(&self, tokens: &[Token]) -> Option<Range<usize>> {
        let end = tokens.iter().rposition(Token::is_word)?;
        let duty = (end.saturating_sub(2)..=end).any(|i| self.words.modals.at(tokens, i).is_some_and(|n| i + n > end));
        let (range, _) = clause::noun_phrase(
            tokens,
            tokens.iter().position(|t| self.words.is_role(&t.low) || self.words.determiners.contains(&t.low))?,
            self.words,
        )?;
        duty.then_some(range)
    }
}
