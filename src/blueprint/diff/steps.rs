//! Everything about single steps that is not a gate.

use std::collections::BTreeSet;

use super::conditions::{implies, words};
use super::{Change, Pair, Risk, content_words, quoted, similarity};
use crate::blueprint::due::{Anchor, Due, Offset, Unit};
use crate::blueprint::model::{Check, Field, FieldType, NoteKind, Step};

pub(super) fn changes(pair: &Pair<'_>, out: &mut Vec<Change>) {
    for (i, step) in pair.old.steps.iter().enumerate().filter(|(i, _)| pair.forward[*i].is_none()) {
        removed(pair, i, step, out);
    }
    for (j, step) in pair.new.steps.iter().enumerate() {
        match pair.back[j] {
            None => added(pair, j, step, out),
            Some(i) => changed(pair, i, j, out),
        }
    }
}

fn removed(pair: &Pair<'_>, _at: usize, step: &Step, out: &mut Vec<Change>) {
    if step.approval.is_some() {
        return; // told by `gates`
    }
    let files: Vec<&str> = step.fields.iter().filter(|f| f.required && f.kind == FieldType::File).map(|f| f.id.as_str()).collect();
    let danger = step.notes.iter().any(|n| n.kind == NoteKind::Danger);
    let (risk, why) = if !files.is_empty() {
        (Risk::Danger, Some(format!("the required file {} is no longer asked for", quoted(files))))
    } else if danger {
        (Risk::Danger, Some("it carried a note of kind danger".to_owned()))
    } else {
        (Risk::High, None)
    };
    let mut change = Change::new(risk, Some(&step.id), "step-removed", format!("step removed: {}", step.title));
    change.why = why;
    if !pair.new.retired.contains(&step.id) {
        let hint = "its id is not under `retired`".to_owned();
        change.why = Some(change.why.map_or(hint.clone(), |w| format!("{w}; {hint}")));
    }
    out.push(change);
}

fn added(pair: &Pair<'_>, j: usize, step: &Step, out: &mut Vec<Change>) {
    if let Some(approval) = &step.approval {
        let what = format!("approval by {} added: {}", quoted(approval.by.iter().map(String::as_str)), step.title);
        out.push(Change::new(Risk::Medium, Some(&step.id), "approval-added", what));
        return;
    }
    let mut change = Change::new(Risk::Medium, Some(&step.id), "step-added", format!("step added: {}", step.title));
    let twin = pair.old.steps.iter().enumerate().find(|(i, s)| pair.forward[*i].is_none() && similarity(&s.title, &step.title) >= 0.75);
    if let Some((_, old)) = twin {
        change.why = Some(format!("if it is `{}` renamed, say so: `formerly: [{}]`", old.id, old.id));
    } else if pair.new_graph.gates[j].is_empty() && pair.new.steps.iter().any(|s| s.approval.is_some()) {
        change.why = Some("no approval holds it".to_owned());
    }
    out.push(change);
}

fn changed(pair: &Pair<'_>, i: usize, j: usize, out: &mut Vec<Change>) {
    let (old, new) = (&pair.old.steps[i], &pair.new.steps[j]);
    let id = Some(new.id.as_str());
    let mut say = |risk, kind, what: String| out.push(Change::new(risk, id, kind, what));
    if old.id != new.id {
        say(Risk::Low, "id-changed", format!("id `{}` → `{}`, declared under `formerly`", old.id, new.id));
    }
    if old.approval.is_none() && new.approval.is_some() {
        say(Risk::Medium, "approval-added", "task turned into an approval".to_owned());
    }
    title(old, new, &mut say);
    owner(old, new, &mut say);
    if old.optional != new.optional {
        let (risk, what) = if new.optional { (Risk::High, "may now be skipped") } else { (Risk::Medium, "may no longer be skipped") };
        say(risk, "optional-changed", what.to_owned());
    }
    if old.approval.is_none() || new.approval.is_none() {
        when(old, new, &mut say);
    }
    due(pair, old, new, &mut say);
    if old.repeat != new.repeat {
        let shown = |r: &Option<crate::blueprint::due::Repeat>| r.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
        say(Risk::High, "repeat-changed", format!("repeat {} → {}", shown(&old.repeat), shown(&new.repeat)));
    }
    fields(&old.fields, &new.fields, "", &mut say);
    checklist(&old.checklist, &new.checklist, &mut say);
    notes(old, new, &mut say);
    if old.notify != new.notify {
        say(Risk::Medium, "notify-changed", "message on completion changed".to_owned());
    }
    for (kind, what, differs) in [
        ("text-changed", "text reworded", old.text != new.text),
        ("result-changed", "result reworded", old.result != new.result),
        ("links-changed", "links changed", old.links != new.links),
        ("phase-changed", "moved to another phase", old.phase != new.phase),
    ] {
        if differs {
            say(Risk::Low, kind, what.to_owned());
        }
    }
    let settled = old.review.iter().filter(|m| !new.review.contains(m)).count();
    if settled > 0 {
        say(Risk::None, "marks-settled", format!("{} settled by a person", crate::text::count(settled, "open question")));
    }
    if old.source != new.source && old == &(Step { source: old.source.clone(), ..new.clone() }) {
        say(Risk::None, "source-refreshed", "provenance refreshed, nothing else".to_owned());
    }
    order(pair, i, j, out);
}

fn title(old: &Step, new: &Step, say: &mut impl FnMut(Risk, &'static str, String)) {
    if old.title == new.title {
        return;
    }
    let verb = |t: &str| t.split_whitespace().next().unwrap_or_default().to_lowercase();
    let same = content_words(&old.title) == content_words(&new.title)
        || (verb(&old.title) == verb(&new.title) && similarity(&old.title, &new.title) >= 0.5);
    let (risk, kind) = if same { (Risk::Low, "title-reworded") } else { (Risk::Medium, "title-changed") };
    let word = if same { "reworded" } else { "says something else" };
    say(risk, kind, format!("title {word}: \"{}\" → \"{}\"", old.title, new.title));
}

fn owner(old: &Step, new: &Step, say: &mut impl FnMut(Risk, &'static str, String)) {
    let names = |s: &Step| quoted(s.owner.iter().map(String::as_str));
    let (a, b): (BTreeSet<&String>, BTreeSet<&String>) = (old.owner.iter().collect(), new.owner.iter().collect());
    if a != b && new.approval.is_none() && old.approval.is_none() {
        match (a.is_empty(), b.is_empty()) {
            (false, true) => say(Risk::High, "owner-removed", format!("owner {} removed", names(old))),
            (true, false) => say(Risk::Medium, "owner-added", format!("owner {} named", names(new))),
            _ => say(Risk::High, "owner-changed", format!("owner {} → {}", names(old), names(new))),
        }
    }
    if old.everyone != new.everyone {
        let (risk, what) =
            if new.everyone { (Risk::Medium, "every owner has to finish it") } else { (Risk::High, "one owner is enough now") };
        say(risk, "everyone-changed", what.to_owned());
    }
}

fn when(old: &Step, new: &Step, say: &mut impl FnMut(Risk, &'static str, String)) {
    match (&old.when, &new.when) {
        (None, Some(b)) => say(Risk::High, "condition-added", format!("done only if {}", words(b))),
        (Some(a), None) => say(Risk::High, "condition-removed", format!("always done (was: only if {})", words(a))),
        (Some(a), Some(b)) if a != b => {
            let how = match (implies(a, b), implies(b, a)) {
                (true, false) => ", done more often",
                (false, true) => ", done less often",
                _ => "",
            };
            say(Risk::High, "condition-changed", format!("done if {} → if {}{how}", words(a), words(b)));
        }
        _ => {}
    }
}

fn due(pair: &Pair<'_>, old: &Step, new: &Step, say: &mut impl FnMut(Risk, &'static str, String)) {
    match (&old.due, &new.due) {
        (Some(a), None) => say(Risk::High, "due-removed", format!("due {a} removed")),
        (None, Some(b)) => say(Risk::Medium, "due-added", format!("due {b} added")),
        (Some(a), Some(b)) if a != b => {
            let a_now = renamed(pair, a);
            if a_now == *b {
                return;
            }
            let (risk, kind, tail) = match compare(pair, &a_now, b) {
                Some(std::cmp::Ordering::Less) => (Risk::High, "due-loosened", ""),
                Some(std::cmp::Ordering::Greater) => (Risk::Medium, "due-tightened", ""),
                _ => (Risk::High, "due-changed", " (sooner or later cannot be told)"),
            };
            say(risk, kind, format!("due {a} → {b}{tail}"));
        }
        _ => {}
    }
}

/// The old rule with the ids of today.
fn renamed(pair: &Pair<'_>, due: &Due) -> Due {
    let anchor = match &due.anchor {
        Anchor::Step(step) => Anchor::Step(pair.id_of_owned(step)),
        Anchor::Field { step, field } => Anchor::Field { step: pair.id_of_owned(step), field: field.clone() },
        other => other.clone(),
    };
    Due { anchor, ..due.clone() }
}

impl Pair<'_> {
    fn id_of_owned(&self, id: &str) -> String {
        self.old.step_index(id).map_or_else(|| id.to_owned(), |i| self.id_now(i).to_owned())
    }
}

/// `Less`: `a` is sooner. `None`: cannot be told.
fn compare(pair: &Pair<'_>, a: &Due, b: &Due) -> Option<std::cmp::Ordering> {
    use std::cmp::Ordering;
    let anchors = match (&a.anchor, &b.anchor) {
        (one, other) if one == other => Ordering::Equal,
        (Anchor::Start, Anchor::Step(_) | Anchor::Available) => Ordering::Less,
        (Anchor::Step(_) | Anchor::Available, Anchor::Start) => Ordering::Greater,
        (Anchor::Step(one), Anchor::Step(other)) => {
            let (first, second) = (pair.new.step_index(one)?, pair.new.step_index(other)?);
            if pair.new_graph.before[second].contains(&first) {
                Ordering::Less
            } else if pair.new_graph.before[first].contains(&second) {
                Ordering::Greater
            } else {
                return None;
            }
        }
        _ => return None,
    };
    let amounts = offsets(a, b)?;
    match (anchors, amounts) {
        (Ordering::Equal, Ordering::Equal) => Some(match (a.at, b.at) {
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (one, other) => one.cmp(&other),
        }),
        (Ordering::Equal, other) | (other, Ordering::Equal) => Some(other),
        (one, other) if one == other => Some(one),
        _ => None,
    }
}

fn offsets(a: &Due, b: &Due) -> Option<std::cmp::Ordering> {
    let signed = |d: &Due| match d.offset {
        Offset::After(amount) => i128::from(amount.minutes()),
        Offset::Before(amount) => -i128::from(amount.minutes()),
        Offset::On => 0,
    };
    let business = |d: &Due| d.amount().is_some_and(|x| x.unit == Unit::BusinessDay);
    let order = signed(a).cmp(&signed(b));
    match (business(a), business(b)) {
        (x, y) if x == y => Some(order),
        // The same number of days: business days reach further from the anchor.
        (false, true) if signed(a) >= 0 && order.is_le() => Some(std::cmp::Ordering::Less),
        (true, false) if signed(b) >= 0 && order.is_ge() => Some(std::cmp::Ordering::Greater),
        _ => None,
    }
}

/// Fields of a step or the inputs of the whole; `prefix` names which.
pub(super) fn fields(old: &[Field], new: &[Field], prefix: &str, say: &mut impl FnMut(Risk, &'static str, String)) {
    for a in old {
        let name = format!("{prefix}field `{}`", a.id);
        let Some(b) = new.iter().find(|f| f.id == a.id) else {
            let (risk, word) = if a.required && a.kind == FieldType::File {
                (Risk::Danger, "required file")
            } else if a.required || a.kind == FieldType::File {
                (Risk::High, if a.required { "required" } else { "file" })
            } else {
                (Risk::Medium, "optional")
            };
            say(risk, "field-removed", format!("{name} removed ({word})"));
            continue;
        };
        if a.required != b.required {
            let (risk, word) = if b.required { (Risk::Medium, "now required") } else { (Risk::High, "no longer required") };
            say(risk, "field-required-changed", format!("{name} {word}"));
        }
        if a.kind != b.kind {
            say(Risk::Medium, "field-type-changed", format!("{name}: type {} → {}", a.kind, b.kind));
        }
        let lost: Vec<&str> = a.options.iter().filter(|o| !b.options.contains(o)).map(String::as_str).collect();
        if !lost.is_empty() && !b.options.is_empty() {
            say(Risk::Medium, "option-removed", format!("{name}: option {} removed, old answers have no home", quoted(lost)));
        }
        let won: Vec<&str> = b.options.iter().filter(|o| !a.options.contains(o)).map(String::as_str).collect();
        if !won.is_empty() && !a.options.is_empty() {
            say(Risk::Medium, "option-added", format!("{name}: option {} added", quoted(won)));
        }
        if a.accept != b.accept || a.min != b.min || a.max != b.max || a.columns != b.columns || a.unit != b.unit || a.default != b.default
        {
            say(Risk::Medium, "field-changed", format!("{name}: what it takes changed"));
        }
        if a.label != b.label || a.help != b.help || a.template != b.template {
            say(Risk::Low, "field-reworded", format!("{name} reworded"));
        }
    }
    for b in new.iter().filter(|b| !old.iter().any(|a| a.id == b.id)) {
        let word = if b.required { "required" } else { "optional" };
        say(Risk::Medium, "field-added", format!("{prefix}field `{}` added ({word})", b.id));
    }
}

fn checklist(old: &[Check], new: &[Check], say: &mut impl FnMut(Risk, &'static str, String)) {
    let same = |a: &Check, b: &Check| (a.id.is_some() && a.id == b.id) || a.text == b.text;
    let mut left: Vec<&Check> = new.iter().filter(|b| !old.iter().any(|a| same(a, b))).collect();
    for a in old {
        match new.iter().find(|b| same(a, b)) {
            Some(b) => {
                if a.optional != b.optional {
                    let (risk, word) =
                        if b.optional { (Risk::High, "may be left out now") } else { (Risk::Medium, "is no longer optional") };
                    say(risk, "check-optional-changed", format!("\"{}\" {word}", b.text));
                }
                if a.text != b.text {
                    say(Risk::Low, "check-reworded", format!("checklist reworded: \"{}\" → \"{}\"", a.text, b.text));
                }
                if a.owner != b.owner {
                    say(Risk::High, "check-owner-changed", format!("\"{}\" has another owner", b.text));
                }
            }
            None => {
                // An entry without an id that is close to a new one was reworded.
                if let Some(at) = left.iter().position(|b| similarity(&a.text, &b.text) >= 0.6) {
                    let b = left.remove(at);
                    say(Risk::Low, "check-reworded", format!("checklist reworded: \"{}\" → \"{}\"", a.text, b.text));
                } else {
                    say(Risk::High, "check-removed", format!("\"{}\" removed from the checklist", a.text));
                }
            }
        }
    }
    for b in left {
        say(Risk::Medium, "check-added", format!("\"{}\" added to the checklist", b.text));
    }
}

fn notes(old: &Step, new: &Step, say: &mut impl FnMut(Risk, &'static str, String)) {
    if old.notes == new.notes {
        return;
    }
    let loud = |s: &Step| s.notes.iter().filter(|n| n.kind >= NoteKind::Warning).count();
    if loud(new) < loud(old) {
        say(Risk::High, "warning-removed", "a warning was removed or made a mere note".to_owned());
    } else {
        say(Risk::Low, "notes-changed", "notes changed".to_owned());
    }
}

/// What a step waits for, gates apart.
fn order(pair: &Pair<'_>, i: usize, j: usize, out: &mut Vec<Change>) {
    let task = |b: &crate::blueprint::model::Blueprint, at: usize| b.steps[at].approval.is_none();
    let was: BTreeSet<usize> = pair.old_graph.before[i].iter().filter(|s| task(pair.old, **s)).filter_map(|s| pair.forward[*s]).collect();
    let is: BTreeSet<usize> =
        pair.new_graph.before[j].iter().filter(|s| pair.back[**s].is_some() && task(pair.new, **s)).copied().collect();
    let names = |set: BTreeSet<usize>| quoted(set.into_iter().map(|s| pair.new.steps[s].id.as_str()).collect::<Vec<_>>());
    let lost: BTreeSet<usize> = was.difference(&is).filter(|s| task(pair.new, **s)).copied().collect();
    let won: BTreeSet<usize> = is.difference(&was).copied().collect();
    let id = Some(pair.new.steps[j].id.as_str());
    if !lost.is_empty() {
        out.push(Change::new(Risk::Medium, id, "order-loosened", format!("no longer waits for {}", names(lost))));
    }
    if !won.is_empty() {
        out.push(Change::new(Risk::Medium, id, "order-tightened", format!("now waits for {}", names(won))));
    }
}
