//! What stands before the first word of a sentence, and who is named there: bullets, brackets, "Note:", "Finance:".

use super::{Label, Mood, Reader};
use crate::blueprint::draft::flow::Token;
use crate::blueprint::draft::words::singular;

impl Reader<'_> {
    /// Bullets, emoji, boxes and other marks before the first word; "(Optional)" and "(if …)" in brackets.
    pub(super) fn skip_marks(&mut self) {
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
            } else if token.low == "["
                && let Some(close) = (self.at + 1..self.tokens.len().min(self.at + 7)).find(|i| self.low(*i) == "]")
                && self.tokens[self.at + 1..close].iter().all(Token::is_word)
            {
                // "[RECOVERY] Restore the volume": a tag.
                self.at = close + 1;
            } else if token.is_word() || matches!(token.low.as_str(), "!" | "/" | "$" | "\"" | "“" | "'") {
                break;
            } else {
                self.at += 1;
            }
        }
    }

    /// "Note:", "Example:", "Optional:", "ROLE:". True if the sentence ends with it.
    pub(super) fn label(&mut self) -> bool {
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
            let that = words.grammar.that.contains(next) && matches!(label, Label::Note | Label::Caution);
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
        // "If US-based candidate: …" is a condition.
        if self.words.conditions.at(subject, 0).is_some() {
            return;
        }
        if self.names_role(subject) && (self.low(colon) == ":" || self.base_here(colon + 1)) {
            self.clause.actor = Some(self.span(from, colon));
            self.at = colon + 1;
        }
    }

    /// "contractors only", "Linux only": cases, where "support only" names who does it.
    pub(super) fn only_group(&self, tokens: &[Token]) -> bool {
        let [.., group, only] = tokens else { return false };
        let cases = singular(&group.low).is_some() || self.words.phases.way_names.has(&group.low);
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

    /// "Check the desk (line manager).": who does it, in brackets at the end, unless they explain the name before them.
    pub(super) fn role_behind(&mut self) {
        let Some((open, close)) = last_bracket(self.tokens).filter(|(open, _)| *open > self.at + 1) else { return };
        let inside = &self.tokens[open + 1..close];
        let before = &self.tokens[open - 1];
        let explains = self.words.is_role(&before.low) || before.capital || before.acronym || before.code;
        if inside.len() <= 4 && self.names_role(inside) && !explains {
            self.clause.actor = Some(self.span(open + 1, close));
            self.clause.mood = Mood::Role;
        }
    }

    /// "To start the server:" and nothing else, over what does it: the purpose is the command. True if read so.
    pub(super) fn purpose(&mut self) -> bool {
        let at = self.at;
        let ends = self.tokens.len() > at + 2 && self.tokens.last().is_some_and(|t| t.low == ":");
        if !ends
            || !self.words.grammar.infinitive.contains(self.low(at))
            || self.words.base(self.low(at + 1)).is_none()
            || self.clause.actor.is_some()
        {
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
}

/// The places of the brackets at the very end of a sentence.
pub(super) fn last_bracket(tokens: &[Token]) -> Option<(usize, usize)> {
    let end = tokens.iter().rposition(|t| !matches!(t.low.as_str(), "." | "!" | ":"))?;
    let open = tokens[..end].iter().rposition(|t| t.low == "(")?;
    (tokens[end].low == ")" && open + 1 < end).then_some((open, end))
}
