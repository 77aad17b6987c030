//! A run sheet: Markdown with boxes to tick, for an issue body or for paper. Says everything; enforces nothing, so gates say STOP.

use super::{Loss, Names, field_hint, lose};
use crate::blueprint::graph::blocked;
use crate::blueprint::model::{Action, Approval, Blocks, Blueprint, Need, NoteKind, OnReject, Order, Step};

pub(super) fn write(b: &Blueprint, names: &Names<'_>, losses: &mut Vec<Loss>) -> String {
    let mut out = format!("# {}\n\n", b.title);
    if let Some(summary) = &b.summary {
        out.push_str(&format!("{summary}\n\n"));
    }
    if let Some(control) = &b.control {
        let parts = [
            control.number.clone(),
            control.version.as_ref().map(|v| format!("version {v}")),
            control.owner.as_ref().map(|o| format!("owner: {}", names.role(o))),
        ];
        let line: Vec<String> = parts.into_iter().flatten().collect();
        if !line.is_empty() {
            out.push_str(&format!("{}\n\n", line.join(" · ")));
        }
    }
    out.push_str("Started: ____________  By: ____________\n\n");
    if !b.inputs.is_empty() {
        out.push_str("## Before the first step\n\n");
        for field in &b.inputs {
            out.push_str(&format!("- {}{}: ____________\n", field.label, field_hint(field)));
        }
        out.push('\n');
    }
    let mut phase: Option<&str> = None;
    for (i, step) in b.steps.iter().enumerate() {
        if i == 0 || step.phase.as_deref() != phase {
            phase = step.phase.as_deref();
            let title = phase.and_then(|p| b.phase(p)).map_or("Steps", |p| p.title.as_str());
            let free = phase.and_then(|p| b.phase(p)).and_then(|p| p.order).unwrap_or(b.order) == Order::Any;
            out.push_str(&format!("## {title}\n\n{}", if free { "In any order, unless a step says what it waits for.\n\n" } else { "" }));
        }
        one(b, i, step, names, &mut out);
    }
    for rule in &b.rules {
        let then: Vec<String> = rule.then.iter().map(|a| action(b, a, names)).collect();
        out.push_str(&format!("> If {}: {}.\n\n", names.condition(&rule.when), then.join("; ")));
    }
    if b.steps.iter().any(|s| s.approval.is_some()) {
        lose(losses, None, "approvals are written, paper does not enforce them", "a line that begins with STOP", false);
    }
    out
}

fn one(b: &Blueprint, i: usize, step: &Step, names: &Names<'_>, out: &mut String) {
    let mut facts = Vec::new();
    if !step.owner.is_empty() {
        facts.push(names.roles(&step.owner, if step.everyone { " and " } else { " or " }));
    }
    facts.extend(step.due.iter().map(|d| format!("due {}", names.due(d))));
    if let Some(repeat) = &step.repeat {
        let until = b.step(&repeat.until).map_or(repeat.until.clone(), |s| format!("\"{}\" is done", s.title));
        facts.push(format!("again every {} until {until}", repeat.every));
    }
    facts.extend(step.optional.then(|| "optional".to_owned()));
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join("; ")) };
    for note in step.notes.iter().filter(|n| n.kind >= NoteKind::Caution) {
        out.push_str(&format!("> **{}:** {}\n\n", capital(note.kind.as_str()), note.text.replace('\n', "\n> ")));
    }
    out.push_str(&format!("- [ ] **{}. {}**{facts}\n", i + 1, step.title));
    let mut line = |text: &str| {
        for part in text.trim_end().split('\n') {
            out.push_str(format!("  {part}").trim_end());
            out.push('\n');
        }
    };
    if let Some(when) = &step.when {
        line(&format!("- Only if {}; otherwise leave it out.", names.condition(when)));
    }
    if let Some(after) = step.after.as_ref().filter(|a| !a.is_empty()) {
        let titles: Vec<String> =
            after.iter().filter_map(|id| b.step_index(id)).map(|n| format!("{} ({})", n + 1, b.steps[n].title)).collect();
        line(&format!("- Waits for {}.", titles.join(", ")));
    }
    if let Some(approval) = &step.approval {
        for text in gate(b, i, approval, names) {
            line(&format!("- {text}"));
        }
    }
    if let Some(text) = &step.text {
        line("");
        line(text);
        line("");
    }
    for check in &step.checklist {
        let owner = check.owner.as_ref().map(|o| format!(" ({})", names.role(o))).unwrap_or_default();
        line(&format!("- [ ] {}{owner}{}", check.text.replace('\n', " "), if check.optional { " (optional)" } else { "" }));
    }
    for field in &step.fields {
        line(&format!("- {}{}: ____________", field.label, field_hint(field)));
    }
    for note in step.notes.iter().filter(|n| n.kind < NoteKind::Caution) {
        line(&format!("- _{}:_ {}", capital(note.kind.as_str()), note.text));
    }
    if let Some(result) = &step.result {
        line(&format!("- Result: {result}"));
    }
    for link in &step.links {
        line(&format!("- See [{}]({})", link.label(), link.target()));
    }
    if let Some(notify) = &step.notify {
        line(&format!("- Then tell {}: {}", names.roles(&notify.to, ", "), notify.subject));
    }
    out.push('\n');
}

/// What a person at a gate needs to know.
fn gate(b: &Blueprint, i: usize, approval: &Approval, names: &Names<'_>) -> Vec<String> {
    let who = match approval.need {
        Need::Any => names.roles(&approval.by, " or "),
        Need::All => names.roles(&approval.by, " and "),
        Need::Count(n) => format!("{n} of {}", names.roles(&approval.by, ", ")),
    };
    let held = match &approval.blocks {
        Blocks::Rest => "nothing below begins".to_owned(),
        Blocks::Steps(_) => {
            let steps: Vec<String> = blocked(b, i, &approval.blocks).into_iter().map(|s| (s + 1).to_string()).collect();
            format!("step {} does not begin", steps.join(", "))
        }
    };
    let mut out = vec![format!("STOP: {held} before {who} approves.  Name: ____________  Date: ____________")];
    out.push(match &approval.on_reject {
        OnReject::Stop => "If refused: the run ends here.".to_owned(),
        OnReject::BackTo(id) => {
            let place = b.step_index(id).map_or_else(|| id.clone(), |n| format!("step {} ({})", n + 1, b.steps[n].title));
            format!("If refused: back to {place}, and everything from there again.")
        }
    });
    if !approval.not_same_as.is_empty() {
        let steps: Vec<String> = approval.not_same_as.iter().filter_map(|id| b.step_index(id)).map(|n| (n + 1).to_string()).collect();
        out.push(format!("Not by whoever did step {}.", steps.join(", ")));
    }
    if let Some(escalate) = &approval.escalate {
        out.push(format!("No answer after {}: ask {}.", escalate.after, names.role(&escalate.to)));
    }
    out
}

fn action(b: &Blueprint, action: &Action, names: &Names<'_>) -> String {
    let title = |id: &str| b.step(id).map_or_else(|| id.to_owned(), |s| format!("\"{}\"", s.title));
    match action {
        Action::Assign(a) => format!("{} does {}", names.role(&a.assign), title(&a.step)),
        Action::SetDue(a) => format!("{} is due {}", title(&a.step), names.due(&a.set_due)),
        Action::Reopen(a) => format!("do {} again", title(&a.reopen)),
        Action::Notify(send) => format!("tell {}: {}", names.roles(&send.notify.to, ", "), send.notify.subject),
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}
