//! Tallyfy: the draft mapping its MCP server checks before anything is built, and the calls that build it, in order.
//!
//! Facts from Tallyfy's public repositories: `statement` on every condition, integer option ids, two vocabularies for deadlines, nine field
//! types, `summary` and not `description`. The API has no documented key for "hidden at the start"; that is left to a person and said.

mod calls;
mod rules;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use self::rules::{Atom, Rules, alias, value};
use super::{Loss, Names, lose};
use crate::blueprint::due::{Amount, Anchor, Due, Offset, Unit};
use crate::blueprint::graph::Graph;
use crate::blueprint::model::{Action, Blueprint, Field, FieldType, LAUNCHER, Need, NoteKind, OnReject, Step};
use crate::text::xml::escaped;

pub(super) use calls::calls;

/// The mapping as text.
pub(super) fn write(b: &Blueprint, names: &Names<'_>, losses: &mut Vec<Loss>) -> String {
    format!("{:#}\n", mapping(b, names, losses))
}

/// The mapping.
pub(super) fn mapping(b: &Blueprint, names: &Names<'_>, losses: &mut Vec<Loss>) -> Value {
    let mut maker = Maker { b, names, graph: Graph::new(b), losses };
    let shown = rules::shown(b);
    for step in &shown.words {
        lose(maker.losses, Some(&b.steps[*step].id), "condition", "words in the title; the step is always shown", true);
    }
    let steps: Vec<Value> = (0..b.steps.len()).map(|i| maker.step(i, shown.words.contains(&i))).collect();
    let mut automations = maker.shows(&shown.rules);
    automations.extend(maker.refusals(&shown.words));
    automations.extend(maker.rules());
    maker.whole(&shown.rules);
    let mut out = Map::new();
    out.insert("title".into(), cut(&b.title, 250).into());
    if let Some(summary) = &b.summary {
        out.insert("summary".into(), cut(summary, 2000).into());
    }
    out.insert("kickoff_form".into(), b.inputs.iter().enumerate().map(|(i, f)| field(f, &format!("kickoff_{}", f.id), i)).collect());
    out.insert("steps".into(), steps.into());
    out.insert("automations".into(), automations.into());
    Value::Object(out)
}

struct Maker<'a, 'l> {
    b: &'a Blueprint,
    names: &'a Names<'a>,
    graph: Graph,
    losses: &'l mut Vec<Loss>,
}

impl Maker<'_, '_> {
    fn lose(&mut self, step: &Step, what: impl Into<String>, became: &'static str, serious: bool) {
        lose(self.losses, Some(&step.id), what, became, serious);
    }

    fn step(&mut self, at: usize, words: bool) -> Value {
        let step = &self.b.steps[at];
        let phase = step.phase.as_deref().and_then(|p| self.b.phase(p)).map(|p| format!("{}: ", p.title)).unwrap_or_default();
        let only = step.when.as_ref().filter(|_| words).map(|w| format!(" (only if {})", self.names.condition(w))).unwrap_or_default();
        let mut out = Map::new();
        out.insert("temp_id".into(), step.id.clone().into());
        out.insert("position".into(), (at + 1).into());
        out.insert("title".into(), cut(&format!("{phase}{}{only}", step.title.replace('\n', " ")), 250).into());
        let deadline = step.due.as_ref().and_then(|due| self.deadline(at, due));
        let expires = step.optional && deadline.is_some();
        let kind = if step.approval.is_some() {
            "approval"
        } else if expires {
            "expiring"
        } else {
            "task"
        };
        out.insert("step_type".into(), kind.into());
        let body = self.body(step);
        if !body.is_empty() {
            out.insert("summary".into(), body.into());
        }
        self.people(step, &mut out);
        out.extend(deadline.map(|d| ("deadline".into(), d)));
        let mut fields: Vec<Value> = step.fields.iter().enumerate().map(|(i, f)| field(f, &alias(&step.id, &f.id), i)).collect();
        if !step.checklist.is_empty() {
            let options: Vec<Value> = step.checklist.iter().enumerate().map(|(i, c)| json!({"id": i + 1, "text": c.text})).collect();
            let must = step.checklist.iter().any(|c| !c.optional);
            fields.push(json!({
                "alias": format!("{}_checklist", step.id), "label": "Checklist", "field_type": "multiselect", "required": must,
                "position": fields.len() + 1, "options": options,
            }));
            self.lose(step, "every entry of the checklist has to be ticked", "a field that asks for at least one", false);
        }
        if !fields.is_empty() {
            out.insert("form_fields".into(), fields.into());
        }
        self.unsaid(step, expires);
        Value::Object(out)
    }

    fn unsaid(&mut self, step: &Step, expires: bool) {
        if step.optional && !expires {
            self.lose(step, "may be skipped", "words in the text", false);
        }
        if step.repeat.is_some() {
            self.lose(step, "repeated", "words in the text", false);
        }
        if step.notify.is_some() {
            self.lose(step, "message when it is finished", "words in the text", false);
        }
        for field in step.fields.iter().filter(|f| f.kind == FieldType::Number && (f.unit.is_some() || f.min.is_some() || f.max.is_some()))
        {
            self.lose(step, format!("unit or limits of `{}`", field.id), "words in the help text", false);
        }
        for field in step.fields.iter().filter(|f| !f.accept.is_empty()) {
            self.lose(step, format!("kinds of files `{}` takes", field.id), "words in the help text", false);
        }
        let Some(approval) = &step.approval else { return };
        if approval.need != Need::Any {
            self.lose(step, "how many have to approve", "every assignee has to finish it", approval.need != Need::All);
        }
        if !approval.not_same_as.is_empty() {
            self.lose(step, "whoever did the work may not approve it", "words in the text", true);
        }
        if approval.escalate.is_some() {
            self.lose(step, "who is asked next", "words in the text", false);
        }
    }

    /// HTML for people: text, notes, result, and what has no key of its own.
    fn body(&self, step: &Step) -> String {
        let mut parts: Vec<String> = Vec::new();
        for note in step.notes.iter().filter(|n| matches!(n.kind, NoteKind::Warning | NoteKind::Danger)) {
            parts.push(format!("<p><strong>{}:</strong> {}</p>", note.kind, escaped(&note.text)));
        }
        parts.extend(step.text.iter().map(|t| html(t)));
        for note in step.notes.iter().filter(|n| !matches!(n.kind, NoteKind::Warning | NoteKind::Danger)) {
            parts.push(format!("<p><em>{}:</em> {}</p>", note.kind, escaped(&note.text)));
        }
        parts.extend(step.result.iter().map(|r| format!("<p>Done when: {}</p>", escaped(r))));
        parts.extend(step.due.iter().map(|d| format!("<p>Due: {}</p>", escaped(&self.names.due(d)))));
        if step.optional {
            parts.push("<p>Optional.</p>".into());
        }
        if let Some(repeat) = &step.repeat {
            parts.push(format!("<p>Again every {} until {}.</p>", repeat.every, escaped(&repeat.until)));
        }
        if let Some(notify) = &step.notify {
            parts.push(format!("<p>When it is done, tell {}.</p>", escaped(&self.names.roles(&notify.to, ", "))));
        }
        if let Some(approval) = &step.approval {
            if !approval.not_same_as.is_empty() {
                let titles: Vec<&str> = approval.not_same_as.iter().filter_map(|s| self.b.step(s)).map(|s| s.title.as_str()).collect();
                parts.push(format!("<p>Not by whoever did: {}.</p>", escaped(&titles.join(", "))));
            }
            if let Some(next) = &approval.escalate {
                parts.push(format!("<p>Without an answer after {}: ask {}.</p>", next.after, escaped(&self.names.role(&next.to))));
            }
        }
        parts.concat()
    }

    fn people(&mut self, step: &Step, out: &mut Map<String, Value>) {
        let roles: &[String] = step.approval.as_ref().map_or(&step.owner, |a| &a.by);
        let people = assignees(self.names, roles);
        let all = step.everyone || step.approval.as_ref().is_some_and(|a| a.need != Need::Any);
        if roles.iter().any(|r| r == LAUNCHER) {
            out.insert("assign_run_starter".into(), true.into());
        }
        for role in roles.iter().filter(|r| *r != LAUNCHER) {
            if assignees(self.names, std::slice::from_ref(role)).is_none() {
                self.lose(step, format!("role `{role}`"), "nobody is assigned: no `tallyfy:` in roles.yaml", step.approval.is_some());
            }
        }
        out.extend(people.map(|p| ("assignees".into(), p)));
        if all {
            out.insert("everyone_must_complete".into(), true.into());
        }
    }

    fn deadline(&mut self, at: usize, due: &Due) -> Option<Value> {
        let step = &self.b.steps[at];
        let anchor = match &due.anchor {
            Anchor::Start => "start_run".to_owned(),
            Anchor::Step(id) => id.clone(),
            Anchor::Available => {
                let before: Vec<usize> = self.graph.reduced(at).into_iter().collect();
                match before[..] {
                    [] => "start_run".to_owned(),
                    [one] => self.b.steps[one].id.clone(),
                    _ => {
                        self.lose(step, "due rule that counts from several steps", "words in the text", false);
                        return None;
                    }
                }
            }
            Anchor::Input(_) | Anchor::Field { .. } => {
                self.lose(step, "due rule that counts from a date field", "words in the text", false);
                return None;
            }
        };
        let (amount, option) = match due.offset {
            Offset::After(amount) => (amount, "from"),
            Offset::Before(amount) => (amount, "prior_to"),
            Offset::On => (Amount::new(0, Unit::Day), "from"),
        };
        if amount.unit == Unit::BusinessDay {
            self.lose(step, "business days", "days; the organisation's working days decide", false);
        }
        if due.at.is_some() {
            self.lose(step, "time of day", "words in the text", false);
        }
        let (count, unit) = units(amount);
        Some(json!({"value": count, "unit": unit, "option": option, "step": anchor}))
    }

    /// One rule per alternative: any of them shows the step.
    fn shows(&self, rules: &[Rules]) -> Vec<Value> {
        let mut out = Vec::new();
        for (step, alternatives) in self.b.steps.iter().zip(rules) {
            for (n, alternative) in alternatives.iter().filter(|a| !a.is_empty()).enumerate() {
                let show = json!({"action_type": "visibility", "action_verb": "show", "target": step.id});
                out.push(self.automation(&format!("Show {} ({})", step.id, n + 1), alternative, vec![show]));
            }
        }
        out
    }

    /// A refusal opens again what the gate sends back to, and asks again afterwards.
    fn refusals(&mut self, words: &BTreeSet<usize>) -> Vec<Value> {
        let mut out = Vec::new();
        for (gate, step) in self.b.steps.iter().enumerate() {
            let Some(approval) = &step.approval else { continue };
            let OnReject::BackTo(id) = &approval.on_reject else {
                let free = (0..self.b.steps.len())
                    .any(|i| i != gate && !self.graph.before[i].contains(&gate) && !self.graph.before[gate].contains(&i));
                self.lose(step, "a refusal ends the run", "what waits for the approval stays hidden; a person archives the run", free);
                continue;
            };
            let Some(target) = self.b.step_index(id) else { continue };
            let between = |i: &usize| self.graph.before[*i].contains(&target) && self.graph.before[gate].contains(i);
            let again: Vec<usize> = (0..self.b.steps.len()).filter(|i| *i == target || between(i)).chain([gate]).collect();
            let act = |kind: &str, verb: &str, i: usize| json!({"action_type": kind, "action_verb": verb, "target": self.b.steps[i].id});
            let mut actions: Vec<Value> = again.iter().map(|i| act("status", "reopen", *i)).collect();
            // Where the first step may be skipped, nothing would show the others again.
            let hides = self.b.steps[target].when.is_none() || words.contains(&target);
            if hides {
                actions.extend(again.iter().filter(|i| **i != target).map(|i| act("visibility", "hide", *i)));
            }
            let beside = |i: usize| self.graph.before[i].contains(&target) && !self.graph.before[i].contains(&gate) && !again.contains(&i);
            if !hides || (0..self.b.steps.len()).any(beside) {
                self.lose(step, "order after a refusal", "some steps that wait for what is done again are open at once", false);
            }
            out.push(self.automation(&format!("Refused {}", step.id), &BTreeSet::from([Atom::Step(gate, "rejected")]), actions));
        }
        out
    }

    fn rules(&mut self) -> Vec<Value> {
        let mut out = Vec::new();
        for rule in &self.b.rules {
            let Some(alternatives) = rules::of_condition(self.b, &rule.when) else {
                lose(self.losses, None, format!("rule `{}`", rule.id), "left out", true);
                continue;
            };
            let actions: Vec<Value> = rule.then.iter().filter_map(|a| self.action(&rule.id, a)).collect();
            for (n, alternative) in alternatives.iter().enumerate().filter(|_| !actions.is_empty()) {
                out.push(self.automation(&format!("{} ({})", rule.id, n + 1), alternative, actions.clone()));
            }
        }
        out
    }

    fn action(&mut self, rule: &str, action: &Action) -> Option<Value> {
        let mut lost = |what: &str, serious: bool| {
            lose(self.losses, None, format!("rule `{rule}`: {what}"), "left out", serious);
            None
        };
        match action {
            Action::Reopen(r) => Some(json!({"action_type": "status", "action_verb": "reopen", "target": r.reopen})),
            Action::Assign(a) => match assignees(self.names, std::slice::from_ref(&a.assign)) {
                Some(people) => Some(json!({"action_type": "assignment", "action_verb": "assign", "target": a.step, "assignees": people})),
                None => lost("assigns a role that nobody in Tallyfy holds", true),
            },
            Action::SetDue(s) => {
                let (amount, option) = match s.set_due.offset {
                    Offset::After(amount) => (amount, "from"),
                    Offset::Before(amount) => (amount, "before"),
                    Offset::On => return lost("due on a date", false),
                };
                if s.set_due.anchor != Anchor::Available {
                    return lost("due rule with an anchor", false);
                }
                let (count, unit) = units(amount);
                Some(
                    json!({"action_type": "deadline", "action_verb": "deadline", "target": s.step, "deadline": {"value": count, "unit": unit, "option": option}}),
                )
            }
            Action::Notify(_) => lost("message", false),
        }
    }

    fn automation(&self, name: &str, conditions: &BTreeSet<Atom>, actions: Vec<Value>) -> Value {
        let conditions: Vec<Value> = conditions
            .iter()
            .map(|atom| match atom {
                Atom::Step(step, operation) => {
                    json!({"on": self.b.steps[*step].id, "type": "step", "operation": operation, "statement": "any_time", "logic": "and"})
                }
                Atom::Field(alias, operation, value) => {
                    json!({"on": alias, "type": "field", "operation": operation, "statement": value, "logic": "and"})
                }
            })
            .collect();
        json!({"automated_alias": name, "conditions": conditions, "then_actions": actions})
    }

    fn whole(&mut self, rules: &[Rules]) {
        let hidden = hidden(rules).count();
        if hidden > 0 {
            let gates = self.b.steps.iter().any(|s| s.approval.is_some() || s.when.is_some());
            let what = format!("hidden at the start: {hidden} of {} steps", self.b.steps.len());
            lose(self.losses, None, what, "a line for a person in the calls: no key of the API is documented", gates);
        }
        if self.b.starts.as_ref().is_some_and(|s| s.rrule.is_some() || s.event.is_some()) {
            lose(self.losses, None, "what starts a run", "a person starts it", false);
        }
        if self.b.control.is_some() {
            lose(self.losses, None, "document control", "left out", false);
        }
    }
}

/// Steps that something has to happen for, or a field has to say so, before they are shown.
fn hidden(rules: &[Rules]) -> impl Iterator<Item = usize> {
    rules.iter().enumerate().filter(|(_, r)| !r.iter().any(BTreeSet::is_empty)).map(|(i, _)| i)
}

fn assignees(names: &Names<'_>, roles: &[String]) -> Option<Value> {
    let bound = |role: &String| names.roles.and_then(|f| f.roles.get(role)).and_then(|b| b.tallyfy.as_ref());
    let ids: Vec<_> = roles.iter().filter_map(bound).collect();
    let users: Vec<u64> = ids.iter().flat_map(|t| t.members.clone()).collect();
    let groups: Vec<String> = ids.iter().flat_map(|t| t.groups.clone()).collect();
    let guests: Vec<String> = ids.iter().flat_map(|t| t.guests.clone()).collect();
    (!users.is_empty() || !groups.is_empty() || !guests.is_empty()).then(|| json!({"users": users, "groups": groups, "guests": guests}))
}

/// Tallyfy knows minutes to months; business days and years have no word there.
fn units(amount: Amount) -> (u32, &'static str) {
    match amount.unit {
        Unit::Minute => (amount.count, "minutes"),
        Unit::Hour => (amount.count, "hours"),
        Unit::Day | Unit::BusinessDay => (amount.count, "days"),
        Unit::Week => (amount.count, "weeks"),
        Unit::Month => (amount.count, "months"),
        Unit::Year => (amount.count * 12, "months"),
    }
}

fn field(f: &Field, alias: &str, at: usize) -> Value {
    let mut out = Map::new();
    out.insert("alias".into(), alias.into());
    out.insert("label".into(), f.label.clone().into());
    let options = |list: &[String]| -> Value { list.iter().enumerate().map(|(i, o)| json!({"id": i + 1, "text": o})).collect() };
    let (kind, extra): (&str, Option<(&str, Value)>) = match f.kind {
        FieldType::Text => ("text", None),
        FieldType::LongText => ("textarea", None),
        FieldType::Number => ("text", Some(("field_validation", json!(["numeric"])))),
        FieldType::Email => ("text", Some(("field_validation", json!(["email"])))),
        FieldType::Url => ("text", Some(("field_validation", json!(["url"])))),
        FieldType::Date => ("date", None),
        FieldType::Datetime => ("date", Some(("collect_time", true.into()))),
        FieldType::Choice => ("dropdown", Some(("options", options(&f.options)))),
        FieldType::Choices => ("multiselect", Some(("options", options(&f.options)))),
        FieldType::YesNo => ("radio", Some(("options", options(&["Yes".to_owned(), "No".to_owned()])))),
        FieldType::Person => ("assignees_form", None),
        FieldType::File => ("file", None),
        FieldType::Table => ("table", Some(("columns", f.columns.iter().map(|c| json!({"label": c})).collect()))),
    };
    out.insert("field_type".into(), kind.into());
    out.insert("required".into(), f.required.into());
    out.insert("position".into(), (at + 1).into());
    out.extend(extra.map(|(key, value)| (key.to_owned(), value)));
    let hints = [
        f.help.clone(),
        f.unit.as_ref().map(|u| format!("Unit: {u}.")),
        f.min.as_ref().map(|n| format!("At least {n}.")),
        f.max.as_ref().map(|n| format!("At most {n}.")),
        (!f.accept.is_empty()).then(|| format!("Files: {}.", f.accept.join(", "))),
        f.template.as_ref().map(|t| format!("Form to fill in: {t}.")),
    ];
    let guidance = hints.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if !guidance.is_empty() {
        out.insert("guidance".into(), guidance.into());
    }
    if let Some(default) = &f.default {
        out.insert("default_value".into(), value(default).into());
        out.insert("default_value_enabled".into(), true.into());
    }
    Value::Object(out)
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Markdown as plain HTML: paragraphs, and fenced code as it is.
fn html(text: &str) -> String {
    let mut out = String::new();
    for (i, part) in text.split("```").enumerate() {
        if i % 2 == 1 {
            let code = part.split_once('\n').map_or(part, |(_, code)| code);
            out.push_str(&format!("<pre>{}</pre>", escaped(code.trim_end())));
        } else {
            let paragraphs = part.split("\n\n").map(str::trim).filter(|p| !p.is_empty());
            paragraphs.for_each(|p| out.push_str(&format!("<p>{}</p>", escaped(p).replace('\n', "<br>"))));
        }
    }
    out
}
