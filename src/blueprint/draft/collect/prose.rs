//! Sentences as steps.

use super::{From, Group, append};
use crate::blueprint::draft::approval;
use crate::blueprint::draft::clause::{self, Mood};
use crate::blueprint::draft::entry::{Around, Reader, Said, is_pointer};
use crate::blueprint::draft::flow::Flow;
use crate::blueprint::draft::lead_in;
use crate::blueprint::draft::outline::{Kind, Section};
use crate::blueprint::draft::steps::Step;
use crate::page::BlockKind;
use crate::text::Span;

impl<'p> Reader<'p> {
    /// Sentences as steps, where a section has no list but tells what to do.
    pub(super) fn prose(&self, section: &Section<'p>, around: &Around) -> Option<Group> {
        if matches!(section.kind, Kind::Responsibility) {
            return None;
        }
        let mut group =
            Group { heading: around.heading.clone(), from: From::Prose, announced: section.kind == Kind::Procedure, ..Group::default() };
        let mut paragraphs = 0;
        let mut telling = 0;
        for (i, block) in section.own.iter().enumerate() {
            if let (BlockKind::Code { text, .. }, Some(step)) = (&block.kind, group.steps.last_mut()) {
                if lead_in::is_bare(&step.title, self.words) {
                    step.title = lead_in::title("", Some(text), self.words).unwrap_or_else(|| std::mem::take(&mut step.title));
                }
                append(&mut step.text, self.page.source.slice(block.span));
                continue;
            }
            let BlockKind::Paragraph(inlines) = &block.kind else { continue };
            let flow = Flow::of(inlines);
            // An address or a name alone tells nobody anything, and a footnote is read with what it belongs to.
            let text = flow.text.trim();
            if !text.contains(char::is_whitespace) || text.starts_with(['*', '†']) {
                continue;
            }
            paragraphs += 1;
            let below = section.own.get(i + 1).map(|b| &b.kind);
            let command = matches!(below, Some(BlockKind::Code { .. }));
            // "Check the pumps:" over what to look at.
            let list = match below {
                Some(BlockKind::List(list)) if self.likely && self.over(&flow).1 != Some(true) => Some(list),
                _ => None,
            };
            if flow.text.trim_end().ends_with([':', ',']) && !command && list.is_none() {
                continue;
            }
            let mut steps = self.spoken(&flow, block.span, section.kind == Kind::Procedure, command, around);
            if let (Some(list), Some(step)) = (list, steps.last_mut()) {
                let collects = self.read(&flow, &(0..flow.text.len())).last().is_some_and(|s| self.collects(s));
                let explained = self.nested(step, list, false, collects, Some(&flow));
                append(&mut step.text, &explained);
            }
            telling += usize::from(!steps.is_empty());
            group.coded += usize::from(command && !steps.is_empty());
            group.steps.extend(steps);
        }
        let share = if section.kind == Kind::Procedure { 3 } else { 5 };
        (telling * 10 >= paragraphs * share && !group.steps.is_empty()).then_some(group)
    }

    /// "Reception prints a badge and the security officer checks the card": where the next doer begins.
    fn other_doers(&self, said: &Said<'_>) -> Vec<usize> {
        let w = self.words;
        if said.clause.mood != Mood::Role {
            return Vec::new();
        }
        let tokens = said.flow.tokens(&said.clause.range);
        let verb = said.clause.verb_at.as_ref().map_or(0, |v| v.end);
        let mut out = Vec::new();
        for i in 1..tokens.len() {
            let joint = (w.joins_acts(&tokens[i].low) || tokens[i].low == ",") && tokens[i].start > verb;
            if !joint || out.last() == Some(&tokens[i].start) {
                continue;
            }
            let from = i + 1 + usize::from(tokens.get(i + 1).is_some_and(|t| w.grammar.next.contains(&t.low)));
            let Some((_, end)) = clause::noun_phrase(&tokens, from, w) else { continue };
            let acts = tokens.get(end).is_some_and(|t| w.third(&t.low).is_some() || w.modals.at(&tokens, end).is_some());
            let comma = i.checked_sub(1).filter(|j| tokens[*j].low == ",").map_or(tokens[i].start, |j| tokens[j].start);
            if acts && from < tokens.len() {
                out.push(comma);
            }
        }
        out
    }

    /// The steps of a paragraph. `command` says that code follows.
    fn spoken(&self, flow: &Flow, span: Span, procedure: bool, command: bool, around: &Around) -> Vec<Step> {
        let said = self.read(flow, &(0..flow.text.len()));
        // "Update DaemonSet" under "Mitigation": where a procedure is told, what can be a command is one.
        let believed = procedure && self.held;
        // Nothing but commands, one after the other: each is a step.
        let all = (procedure || self.held)
            && said.len() > 1
            && said.iter().all(|s| {
                let c = &s.clause;
                c.mood == Mood::Imperative && (c.sure || believed) && (procedure || !c.optional) && !is_pointer(s, self.words)
            });
        let noted = said.first().is_some_and(|s| matches!(s.clause.mood, Mood::Note(_) | Mood::Example));
        let first_acts = said.first().is_some_and(|s| s.clause.acts() && !is_pointer(s, self.words));
        let mut out: Vec<(usize, usize)> = Vec::new();
        let mut last = None;
        for (i, s) in said.iter().enumerate() {
            let c = &s.clause;
            let sure = c.sure || (i == 0 || all) && believed && c.mood == Mood::Imperative;
            let plain = matches!(c.mood, Mood::Imperative | Mood::Role | Mood::You) && sure && !c.help && !is_pointer(s, self.words);
            let own = c.when.is_some() || c.mood == Mood::Role && !c.actor_guessed;
            let opens = i == 0 && first_acts && matches!(c.mood, Mood::Imperative | Mood::Role | Mood::You);
            // Behind what a role does, a command is for somebody else.
            let handed = c.mood == Mood::Imperative && last == Some(Mood::Role);
            let duty = self.likely && c.mood == Mood::Role && !c.actor_guessed;
            // "The volume is nearly full. To see what fills it, run:" – the command below belongs to the last sentence.
            let over_code = command && !noted && self.held && i + 1 == said.len() && c.mood == Mood::Imperative;
            let later = i > 0 && ((own || handed) && (first_acts || procedure) || all || duty || over_code);
            // "Contracts above 50,000 euros also need the approval of the CFO": a decision in its own right.
            let decided = i > 0
                && (first_acts || procedure)
                && !c.acts()
                && approval::find(s.flow, c, self.words).is_some_and(|g| !g.refers && g.by.is_some());
            if plain && (opens || later) || decided {
                last = Some(c.mood);
                let mut start = c.range.start;
                for cut in self.other_doers(s) {
                    out.push((start, cut));
                    start = cut;
                }
                out.push((start, c.range.end));
            } else if let Some(last) = out.last_mut() {
                last.1 = c.range.end;
            }
        }
        out.into_iter().map(|(a, b)| self.step(&Self::sentence(flow.clone(), a..b, span), around)).collect()
    }
}
