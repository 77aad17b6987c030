//! Values that the page gives a label or a column of their own: "Owner: finance", a column "Due", "Approval: site manager".
//!
//! Sets them on a step. Which labels there are is data; must not know lists or tables.

use std::ops::Range;

use super::due;
use super::entry::{Reader, clean_role};
use super::flow::Flow;
use super::steps::{Due, Gate, Party, Step, one_line};

/// What a label or the head of a column stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    Owner,
    Due,
    Approval,
    Condition,
}

/// Longest label, in words.
const LABEL: usize = 4;

impl Reader<'_> {
    /// Sets the values that the sentences of a part of a flow give behind a label. True if any did.
    pub(crate) fn labelled_attributes(&self, step: &mut Step, flow: &Flow, part: &Range<usize>) -> bool {
        let mut any = false;
        for sentence in flow.sentences().into_iter().filter(|s| s.start >= part.start && s.end <= part.end) {
            let Some((what, value)) = self.label(flow, &sentence) else { continue };
            any |= self.attribute(step, what, flow, &value, "label");
        }
        any
    }

    /// "Owner: finance": what it is and where the value stands.
    fn label(&self, flow: &Flow, sentence: &Range<usize>) -> Option<(Attribute, Range<usize>)> {
        let columns = &self.words.columns;
        let tokens = flow.tokens(sentence);
        let colon = tokens.iter().take(LABEL + 1).position(|t| t.low == ":")?;
        let value = tokens.get(colon + 1)?.start..sentence.end;
        let label = &tokens[..colon];
        [
            (Attribute::Owner, &columns.owner),
            (Attribute::Due, &columns.due),
            (Attribute::Approval, &columns.approval),
            (Attribute::Condition, &columns.condition),
        ]
        .into_iter()
        .find(|(_, phrases)| phrases.is(label))
        .map(|(what, _)| (what, value))
    }

    /// Sets one value from the words behind a label or in a cell. `place` is for `--explain`. False if the words hold none.
    pub(crate) fn attribute(&self, step: &mut Step, what: Attribute, flow: &Flow, value: &Range<usize>, place: &str) -> bool {
        let text = flow.slice(value).trim_end_matches(['.', ';']).trim();
        if matches!(text, "" | "-" | "–" | "—" | "n/a" | "N/A") {
            return false;
        }
        match what {
            Attribute::Owner => {
                let name = clean_role(text, self.words);
                step.because("owner", format!("owner {place}"), &name);
                step.marks.retain(|m| m.at != "owner");
                step.owner = Some(Party { name, inherited: false });
            }
            Attribute::Due => return self.due_value(step, flow, value, place),
            Attribute::Approval => {
                if self.words.none.contains(&text.to_lowercase()) {
                    return false;
                }
                let role = flow.tokens(value).iter().any(|t| self.words.is_role(&t.low));
                let by = if role { vec![clean_role(text, self.words)] } else { Vec::new() };
                step.because("approval", format!("sign-off {place}"), text);
                step.approval = Some(Gate { by, words: one_line(text), before: false });
            }
            Attribute::Condition => {
                step.wait_on(format!("condition {place}"), one_line(text));
            }
        }
        true
    }

    fn due_value(&self, step: &mut Step, flow: &Flow, value: &Range<usize>, place: &str) -> bool {
        let found = due::find(flow, value, self.words);
        step.due = match found {
            Some(found) => Some(found.due(flow)),
            None => match due::amount(&flow.tokens(value), 0, self.words) {
                Some((amount, _)) => {
                    step.mark("due-anchor-guessed", "due", false, flow.slice(value));
                    Some(Due { amount: amount.words(), before: false, anchor: None, to: String::new() })
                }
                None => return false,
            },
        };
        step.because("due", format!("due {place}"), flow.slice(value));
        true
    }
}
