//! Gates: removed, weakened, or walked around.
//!
//! What an approval holds is read off the graph, so that a moved step, a shortened `after` or an edited `blocks` list are all seen for
//! what they do.

use std::collections::BTreeSet;

use super::conditions::{implies, words};
use super::{Change, Pair, Risk, content_words, quoted, similarity};
use crate::blueprint::model::{Action, Approval, Condition, Field, Need, OnReject, Ref, Step};

/// Share of words from which two sentences are taken for the same work.
const SAME_WORK: f64 = 0.75;

pub(super) fn changes(pair: &Pair<'_>, out: &mut Vec<Change>) {
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    for (i, step) in pair.old.steps.iter().enumerate() {
        let Some(old) = &step.approval else { continue };
        let now = pair.forward[i].map(|j| &pair.new.steps[j]);
        match now.and_then(|s| s.approval.as_ref().map(|a| (s, a))) {
            Some((now, new)) => {
                terms(pair, now, old, new, out);
                condition(step, now, out);
                ground_of_condition(pair, now, out);
            }
            None => {
                gone.insert(i);
                out.push(removed(pair, i, now));
            }
        }
    }
    walked_around(pair, &gone, out);
    twins(pair, out);
    own_work(pair, out);
    rules(pair, out);
}

/// What a gate held in the old version, by the ids of today.
fn held<'a>(pair: &Pair<'a>, gate: usize) -> Vec<&'a str> {
    (0..pair.old.steps.len()).filter(|s| pair.old_graph.gates[*s].contains(&gate)).map(|s| pair.id_now(s)).collect()
}

fn removed(pair: &Pair<'_>, gate: usize, now: Option<&Step>) -> Change {
    let held = held(pair, gate);
    let what = match now {
        Some(_) => "approval turned into a task",
        None => "approval removed",
    };
    let holding = if held.is_empty() { String::new() } else { format!("; it held {}", quoted(held)) };
    let roles = quoted(pair.old.steps[gate].approval.iter().flat_map(|a| a.by.iter().map(String::as_str)));
    Change::new(Risk::Danger, Some(pair.id_now(gate)), "approval-removed", format!("{what}{holding}"))
        .because(format!("{roles} no longer decides"))
}

fn terms(pair: &Pair<'_>, now: &Step, old: &Approval, new: &Approval, out: &mut Vec<Change>) {
    let id = Some(now.id.as_str());
    let (before, after): (BTreeSet<&String>, BTreeSet<&String>) = (old.by.iter().collect(), new.by.iter().collect());
    let added: Vec<&str> = after.difference(&before).map(|r| r.as_str()).collect();
    let dropped: Vec<&str> = before.difference(&after).map(|r| r.as_str()).collect();
    // Under `all` one more role is one more approval; under `any` it is one more way to get it.
    let stricter = |a: &Approval| matches!(a.need, Need::All) || a.by.len() == 1;
    if !added.is_empty() && !dropped.is_empty() {
        out.push(Change::new(Risk::Danger, id, "approver-changed", format!("approver {} → {}", quoted(dropped), quoted(added))));
    } else if !added.is_empty() {
        if matches!(new.need, Need::All) && stricter(old) {
            out.push(Change::new(Risk::Medium, id, "approver-added", format!("{} has to approve too", quoted(added))));
        } else {
            out.push(Change::new(Risk::Danger, id, "approver-added", format!("{} may approve instead", quoted(added))));
        }
    } else if !dropped.is_empty() {
        let risk = if matches!(old.need, Need::All) { Risk::Danger } else { Risk::High };
        out.push(Change::new(risk, id, "approver-removed", format!("{} no longer approves", quoted(dropped))));
    }
    if old.need != new.need {
        let weaker = votes(new) < votes(old);
        let (risk, kind) = if weaker { (Risk::Danger, "need-lowered") } else { (Risk::Medium, "need-raised") };
        if votes(new) != votes(old) || before == after {
            out.push(Change::new(risk, id, kind, format!("approvals needed {} → {}", old.need, new.need)));
        }
    }
    on_reject(pair, now, old, new, out);
    let kept: BTreeSet<&str> = new.not_same_as.iter().map(String::as_str).collect();
    let lost: Vec<&str> = old.not_same_as.iter().filter_map(|s| successor(pair, s)).filter(|s| !kept.contains(s)).collect();
    if !lost.is_empty() {
        let what = format!("whoever does {} may now approve it", quoted(lost));
        out.push(Change::new(Risk::Danger, id, "separation-removed", what));
    }
    let had: BTreeSet<&str> = old.not_same_as.iter().map(|s| pair.id_of(s)).collect();
    let won: Vec<&str> = kept.difference(&had).copied().collect();
    if !won.is_empty() {
        out.push(Change::new(Risk::Medium, id, "separation-added", format!("whoever does {} may no longer approve it", quoted(won))));
    }
    escalation(now, old, new, out);
}

/// The step that does today what `old_id` did: itself, or a new step with its words where it is gone.
fn successor<'a>(pair: &Pair<'a>, old_id: &'a str) -> Option<&'a str> {
    let i = pair.old.step_index(old_id)?;
    let fresh = || pair.new.steps.iter().enumerate().filter(|(j, _)| pair.back[*j].is_none()).map(|(_, s)| s);
    let heir = || fresh().find(|s| similarity(&s.title, &pair.old.steps[i].title) >= SAME_WORK).map(|s| s.id.as_str());
    pair.forward[i].map(|j| pair.new.steps[j].id.as_str()).or_else(heir)
}

/// How many people have to say yes.
fn votes(approval: &Approval) -> u32 {
    match approval.need {
        Need::Any => 1,
        Need::All => u32::try_from(approval.by.len()).unwrap_or(u32::MAX),
        Need::Count(n) => n,
    }
}

fn on_reject(pair: &Pair<'_>, now: &Step, old: &Approval, new: &Approval, out: &mut Vec<Change>) {
    let id = Some(now.id.as_str());
    match (&old.on_reject, &new.on_reject) {
        (OnReject::Stop, OnReject::BackTo(step)) => {
            out.push(Change::new(Risk::Danger, id, "on-reject-weaker", format!("a refusal stopped the run, now it goes back to `{step}`")));
        }
        (OnReject::BackTo(_), OnReject::Stop) => {
            out.push(Change::new(Risk::Medium, id, "on-reject-stricter", "a refusal now stops the run".to_owned()));
        }
        (OnReject::BackTo(a), OnReject::BackTo(b)) if pair.id_of(a) != b => {
            // Going back less far repeats less of the work.
            let later = match (pair.new.step_index(pair.id_of(a)), pair.new.step_index(b)) {
                (Some(a), Some(b)) => b > a,
                _ => true,
            };
            let risk = if later { Risk::Danger } else { Risk::Medium };
            out.push(Change::new(risk, id, "on-reject-changed", format!("a refusal goes back to `{b}` instead of `{}`", pair.id_of(a))));
        }
        _ => {}
    }
}

fn escalation(now: &Step, old: &Approval, new: &Approval, out: &mut Vec<Change>) {
    let id = Some(now.id.as_str());
    match (&old.escalate, &new.escalate) {
        (Some(a), None) => out.push(Change::new(Risk::High, id, "escalation-removed", format!("escalation removed (was {a})"))),
        (None, Some(b)) => {
            out.push(
                Change::new(Risk::High, id, "escalation-added", format!("escalation added: {b}"))
                    .because(format!("`{}` can decide then", b.to)),
            );
        }
        (Some(a), Some(b)) if a != b => {
            let risk = if a.to != b.to || b.after.minutes() > a.after.minutes() { Risk::High } else { Risk::Medium };
            out.push(Change::new(risk, id, "escalation-changed", format!("escalation {a} → {b}")));
        }
        _ => {}
    }
}

/// `when` on a gate: everything that may let it be skipped is a danger.
fn condition(old: &Step, new: &Step, out: &mut Vec<Change>) {
    let id = Some(new.id.as_str());
    match (&old.when, &new.when) {
        (None, Some(when)) => {
            let what = format!("approval is asked for only if {}", words(when));
            out.push(Change::new(Risk::Danger, id, "gate-conditional", what).because("it was always asked for"));
        }
        (Some(when), None) => {
            out.push(Change::new(
                Risk::Medium,
                id,
                "gate-unconditional",
                format!("approval is always asked for (was: only if {})", words(when)),
            ));
        }
        (Some(a), Some(b)) if a != b => {
            let safe = implies(a, b);
            let (risk, tail) =
                if safe { (Risk::Medium, "asked for more often") } else { (Risk::Danger, "it may be skipped where it was not") };
            out.push(Change::new(risk, id, "gate-condition-changed", format!("approval if {} → if {}", words(a), words(b))).because(tail));
        }
        _ => {}
    }
}

/// A gate with a condition can also be switched off where the condition gets its answer.
fn ground_of_condition(pair: &Pair<'_>, gate: &Step, out: &mut Vec<Change>) {
    for test in gate.when.iter().flat_map(Condition::tests) {
        let (old, new) = match &test.reference {
            Ref::Input(field) => (pair.old.input(field), pair.new.input(field)),
            Ref::Field { step, field } => {
                let j = pair.new.step_index(step);
                let i = j.and_then(|j| pair.back[j]);
                if let (Some(i), Some(j)) = (i, j) {
                    source_step(pair, gate, (i, j), out);
                }
                (i.and_then(|i| pair.old.steps[i].field(field)), j.and_then(|j| pair.new.steps[j].field(field)))
            }
            Ref::Step(_) | Ref::Outcome(_) => continue,
        };
        if let (Some(old), Some(new)) = (old, new) {
            for what in field_slips(old, new) {
                let what = format!("{what} of `{}`, which decides whether this approval is asked for", test.reference);
                out.push(Change::new(Risk::Danger, Some(&gate.id), "gate-input-changed", what));
            }
        }
    }
}

fn source_step(pair: &Pair<'_>, gate: &Step, (i, j): (usize, usize), out: &mut Vec<Change>) {
    let (old, new) = (&pair.old.steps[i], &pair.new.steps[j]);
    let skipped = (old.when != new.when && new.when.is_some()) || (!old.optional && new.optional);
    if skipped {
        let what = format!("`{}` can now be skipped; without its answer this approval is not asked for", new.id);
        out.push(Change::new(Risk::Danger, Some(&gate.id), "gate-input-skippable", what));
    }
}

/// Changes of a field that change what a condition on it means.
fn field_slips(old: &Field, new: &Field) -> Vec<String> {
    let mut slips = Vec::new();
    if old.kind != new.kind {
        slips.push(format!("type {} → {}", old.kind, new.kind));
    }
    if old.options != new.options {
        slips.push("other options".to_owned());
    }
    if old.default != new.default {
        let shown = |d: &Option<crate::blueprint::model::Scalar>| d.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
        slips.push(format!("default {} → {}", shown(&old.default), shown(&new.default)));
    }
    if old.required && !new.required {
        slips.push("no longer required: the answer".to_owned());
    }
    slips
}

/// Steps that a gate held and holds no longer, although the gate is still there.
fn walked_around(pair: &Pair<'_>, gone: &BTreeSet<usize>, out: &mut Vec<Change>) {
    for (i, old) in pair.old.steps.iter().enumerate().filter(|(i, s)| s.approval.is_some() && !gone.contains(i)) {
        let Some(gate) = pair.forward[i] else { continue };
        let free: Vec<&str> = pair
            .matched()
            .filter(|(a, b)| pair.old_graph.before[*a].contains(&i) && !pair.new_graph.before[*b].contains(&gate) && *b != gate)
            .map(|(_, b)| pair.new.steps[b].id.as_str())
            .collect();
        if !free.is_empty() {
            let verb = if free.len() == 1 { "no longer waits" } else { "no longer wait" };
            let what = format!("{} {verb} for this approval", quoted(free));
            let why = old.approval.as_ref().zip(pair.new.steps[gate].approval.as_ref()).filter(|(a, b)| a.blocks != b.blocks);
            let change = Change::new(Risk::Danger, Some(&pair.new.steps[gate].id), "gate-walked-around", what);
            out.push(match why {
                Some(_) => change.because("`blocks` changed"),
                None => change.because("order or `after` changed"),
            });
        }
    }
}

/// What a held step does, said anew where the gate does not hold it: a new step, a new title, a new entry of a checklist.
fn twins(pair: &Pair<'_>, out: &mut Vec<Change>) {
    for (j, new) in pair.new.steps.iter().enumerate().filter(|(_, s)| s.approval.is_none()) {
        let before = pair.back[j].map(|i| &pair.old.steps[i]);
        let mut said: Vec<(&str, &str)> = Vec::new();
        match before {
            None => said.push(("new step", &new.title)),
            Some(old) if old.title != new.title => said.push(("new title", &new.title)),
            Some(_) => {}
        }
        let had = |text: &str| before.is_some_and(|old| old.checklist.iter().any(|c| c.text == text));
        said.extend(new.checklist.iter().filter(|c| !had(&c.text)).map(|c| ("new checklist entry", c.text.as_str())));
        let found = said.iter().find_map(|(what, text)| Some((what, free_twin(pair, j, text)?)));
        if let Some((what, (held, gate))) = found {
            let what = format!("{what} does what `{}` does, and does not wait for `{}`", pair.id_now(held), pair.id_now(gate));
            out.push(Change::new(Risk::Danger, Some(&new.id), "gate-twin", what));
        }
    }
}

/// A held step of old that `text`, said at step `j` of today, repeats, and a gate of it that does not hold `j`. Not what `j` said before.
fn free_twin(pair: &Pair<'_>, j: usize, text: &str) -> Option<(usize, usize)> {
    // One word in common is no evidence outside a step of its own.
    let enough = pair.back[j].is_none() || content_words(text).len() > 1;
    let others = pair.old.steps.iter().enumerate().filter(|(i, s)| s.approval.is_none() && pair.back[j] != Some(*i));
    others.filter(|(_, old)| enough && similarity(text, &old.title) >= SAME_WORK).find_map(|(i, old)| {
        let known = pair.back[j].is_some_and(|own| similarity(&pair.old.steps[own].title, &old.title) >= SAME_WORK);
        let mut gates = pair.old_graph.gates[i].iter().copied().filter(|_| !known);
        gates.find(|g| pair.forward[*g].is_some_and(|g| !pair.new_graph.before[j].contains(&g))).map(|g| (i, g))
    })
}

/// Work given to a role that approves it later, with nothing that keeps the two apart.
fn own_work(pair: &Pair<'_>, out: &mut Vec<Change>) {
    for (g, gate) in pair.new.steps.iter().enumerate() {
        let (Some(approval), Some(was)) = (&gate.approval, pair.back[g]) else { continue };
        let apart = |id: &str| approval.not_same_as.iter().any(|s| s == id);
        let Some(old_approval) = &pair.old.steps[was].approval else { continue };
        for (i, j) in pair.matched().filter(|(_, j)| pair.new_graph.before[g].contains(j)) {
            let (old, new) = (&pair.old.steps[i], &pair.new.steps[j]);
            let known = |role: &String| old.owner.contains(role) && old_approval.by.contains(role);
            let both: Vec<&str> = new.owner.iter().filter(|r| approval.by.contains(r) && !known(r)).map(String::as_str).collect();
            if !both.is_empty() && new.approval.is_none() && !apart(&new.id) {
                let what = format!("{} now does `{}` and approves it", quoted(both), new.id);
                out.push(
                    Change::new(Risk::Danger, Some(&gate.id), "approver-is-owner", what).because("`not-same-as` does not name the step"),
                );
            }
        }
    }
}

/// A rule that gives an approval to another role replaces the approver.
fn rules(pair: &Pair<'_>, out: &mut Vec<Change>) {
    for rule in &pair.new.rules {
        if pair.old.rules.contains(rule) {
            continue;
        }
        for action in &rule.then {
            let Action::Assign(assign) = action else { continue };
            if pair.new.step(&assign.step).is_some_and(|s| s.approval.is_some()) {
                let what = format!("rule `{}` gives this approval to `{}` if {}", rule.id, assign.assign, words(&rule.when));
                out.push(Change::new(Risk::Danger, Some(&assign.step), "approver-by-rule", what));
            }
        }
    }
}
