//! Conditions and options in front of the main clause and behind it.

use super::Reader;
use super::labels::last_bracket;
use crate::blueprint::draft::flow::Token;

impl Reader<'_> {
    /// "If …," and the words of the condition; a condition without an end takes the whole sentence.
    pub(super) fn condition(&mut self, opener: usize) {
        let g = &self.words.grammar;
        let from = if g.condition_heads.contains(self.low(self.at)) { self.at + opener } else { self.at };
        let then = (from..self.tokens.len()).find(|i| g.then.contains(self.low(*i)) && *i > from);
        let comma = self.comma_after(self.at + opener, 60).map(|comma| self.whole_condition(from, comma));
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

    /// "If the lamps, the pump and the heater are off, …": a list of things does not end a condition that has no verb yet.
    fn whole_condition(&self, from: usize, comma: usize) -> usize {
        let w = self.words;
        let stated = |to: usize| {
            (from..to).any(|i| {
                let low = self.low(i);
                w.be.contains(low) || w.grammar.has.contains(low) || w.third(low).is_some() || w.modals.at(self.tokens, i).is_some()
            })
        };
        if stated(comma) {
            return comma;
        }
        let later = (comma + 1..self.tokens.len()).find(|i| self.low(*i) == "," && stated(*i));
        later.filter(|i| w.base(self.low(i + 1)).is_some() || w.you.contains(self.low(i + 1))).unwrap_or(comma)
    }

    /// In "If X is not there the files can be copied by hand" the place of "the files".
    fn clause_after_condition(&self, from: usize) -> Option<usize> {
        let w = self.words;
        let verb = (from..self.tokens.len())
            .find(|i| w.be.contains(self.low(*i)) || w.modals.at(self.tokens, *i).is_some() || w.third(self.low(*i)).is_some())?;
        (verb + 2..self.tokens.len()).find(|i| {
            let previous = self.low(i - 1);
            let joins = w.prepositions.contains(previous) || w.determiners.contains(previous) || w.grammar.not.contains(previous);
            !joins
                && (w.you.contains(self.low(*i))
                    || w.grammar.main_starts.contains(self.low(*i))
                        && !w.prepositions.contains(previous)
                        && w.base(previous).is_none()
                        && w.third(previous).is_none()
                        && w.gerund(previous).is_none())
        })
    }

    /// Where a condition behind the main clause ends: at a stop, at a dash, or at the bracket it stands in.
    fn condition_end(&self, tokens: &[Token], from: usize) -> usize {
        let mut depth = 0;
        for (at, token) in tokens.iter().enumerate().skip(from) {
            match token.low.as_str() {
                "(" => depth += 1,
                ")" if depth > 0 => depth -= 1,
                ")" | "." | ";" | "–" | "—" => return at,
                "-" if self.flow.text[..token.start].ends_with(' ') => return at,
                _ => {}
            }
        }
        tokens.len()
    }

    /// Marks that stand behind: "…, if on GCP", "(optional)", "as required".
    pub(super) fn trailing(&mut self) {
        let w = self.words;
        let tokens = &self.tokens[self.at.min(self.tokens.len())..];
        let g = &w.grammar;
        let strong = |i: usize| g.optional_behind.contains(&tokens[i].low);
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
            self.clause.behind = Some(tokens[open].start);
            return;
        }
        for i in 2..tokens.len() {
            let Some(n) = w.conditions.at(tokens, i) else { continue };
            let low = tokens[i].low.as_str();
            // "the folder where …", "how much should the …": only in front do they open a condition. "… If" begins a sentence of its own.
            if g.in_front.contains(low) || tokens[i].capital {
                continue;
            }
            // "only if", "unless", "in case": never what somebody asks or tells.
            let firm = !(g.ifs.contains(low) || g.whether.contains(low));
            let before = &tokens[i - 1].low;
            let asked = !firm && (w.asking.contains(before) || g.no_condition_after.contains(before));
            let off = w.condition_off.at(tokens, i).is_some() || w.optional.at(tokens, i).is_some();
            // "tell them if …", "A or just B if …", "if no errors then …": not what decides about the step.
            let told = tokens[..i].iter().enumerate().any(|(j, t)| {
                g.whether.contains(&t.low)
                    || g.alternatives.contains(&t.low)
                    || g.telling.contains(&t.low) && !firm
                    || t.low == "(" && j + 1 < i
            });
            let then = tokens[i..].iter().any(|t| g.then.contains(&t.low));
            if asked || off || told || then {
                continue;
            }
            // "Run it, and if all goes well you will see the page": a statement of its own.
            if (i + n..tokens.len()).any(|j| w.you.contains(&tokens[j].low) && j > i + n && w.modals.at(tokens, j + 1).is_some()) {
                return;
            }
            let from = if g.unless.contains(low) { i } else { i + n };
            let close = self.condition_end(tokens, from);
            // "(if you cannot get in, ask the owner)": advice for a case, not the case in which the step is done.
            let advice = |j: usize| tokens[j].low == "," && tokens.get(j + 1).is_some_and(|t| w.base(&t.low).is_some());
            if tokens[i - 1].low == "(" && (from..close).any(advice) {
                continue;
            }
            if from < close {
                self.clause.when = Some(tokens[from].start..tokens[close - 1].end);
                self.clause.trailing = true;
                let bracket = tokens[i - 1].low == "(";
                // With a comma in it, more than the condition may stand behind "if".
                if tokens[close..].iter().all(|t| !t.is_word()) && tokens[(i + n + 1).min(close)..close].iter().all(|t| t.low != ",") {
                    self.clause.behind = Some(tokens[i - usize::from(bracket)].start);
                }
            }
            return;
        }
    }
}
