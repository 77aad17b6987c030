//! Names: what is referred to exists, what is declared is declared once, pages are there, and nothing looks at what comes later.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, Code, Level, Path, at};
use crate::blueprint::due::Anchor;
use crate::blueprint::model::{Action, Blocks, Condition, Field, LAUNCHER, Link, Notify, OnReject, Ref};
use crate::text::nearest;
use crate::text::yaml::Node;

pub(super) fn run(checker: &mut Checker<'_>) {
    duplicates(checker);
    steps(checker);
    roles(checker);
    rules(checker);
    links(checker);
    run_name(checker);
}

/// Ids in a list of the file, also of entries that were cut out because something else in them is wrong.
fn written_ids(list: Option<&Node>) -> impl Iterator<Item = &str> {
    list.map(Node::items).unwrap_or_default().iter().filter_map(|n| n.get("id")).filter_map(Node::text)
}

fn duplicates(c: &mut Checker<'_>) {
    let blueprint = c.blueprint;
    twice(c, "step", blueprint.steps.iter().enumerate().map(|(i, s)| (s.id.as_str(), at!["steps", i, "id"])).collect());
    twice(c, "phase", blueprint.phases.iter().enumerate().map(|(i, p)| (p.id.as_str(), at!["phases", i, "id"])).collect());
    twice(c, "input", blueprint.inputs.iter().enumerate().map(|(i, f)| (f.id.as_str(), at!["inputs", i, "id"])).collect());
    twice(c, "rule", blueprint.rules.iter().enumerate().map(|(i, r)| (r.id.as_str(), at!["rules", i, "id"])).collect());
    for (i, step) in c.steps() {
        twice(c, "field", step.fields.iter().enumerate().map(|(j, f)| (f.id.as_str(), at!["steps", i, "fields", j, "id"])).collect());
        let checks = step.checklist.iter().enumerate().filter_map(|(j, k)| Some((k.id.as_deref()?, at!["steps", i, "checklist", j, "id"])));
        twice(c, "checklist entry", checks.collect());
        for (j, _) in step.fields.iter().enumerate().filter(|(_, f)| f.id == "outcome") {
            c.report(Code::Dup, &at!["steps", i, "fields", j, "id"], "`outcome` is what an approval yields and no name for a field");
        }
        if matches!(step.id.as_str(), "start" | "available") {
            c.report(Code::Dup, &at!["steps", i, "id"], format!("`{}` has a meaning in due rules and is no id for a step", step.id));
        }
    }
    let used: BTreeSet<&str> = blueprint.steps.iter().map(|s| s.id.as_str()).collect();
    for (i, step) in c.steps() {
        if blueprint.retired.contains(&step.id) {
            c.report(Code::Dup, &at!["steps", i, "id"], format!("`{}` is retired and must not be used again", step.id));
        }
        for (j, id) in step.formerly.iter().enumerate().filter(|(_, id)| used.contains(id.as_str())) {
            c.report(
                Code::Dup,
                &at!["steps", i, "formerly", j],
                format!("`{id}` is the id of a step, so `{}` cannot have been it", step.id),
            );
        }
    }
    let mut former: BTreeMap<&str, &str> = BTreeMap::new();
    for (i, step) in c.steps() {
        for (j, id) in step.formerly.iter().enumerate() {
            if let Some(other) = former.insert(id, &step.id).filter(|other| *other != step.id) {
                c.report(Code::Dup, &at!["steps", i, "formerly", j], format!("`{other}` was `{id}` too"));
            }
        }
    }
}

fn twice(c: &mut Checker<'_>, what: &str, ids: Vec<(&str, Path)>) {
    let mut first: BTreeMap<&str, Path> = BTreeMap::new();
    for (id, path) in ids {
        if let Some(earlier) = first.get(id) {
            let line = c.line(earlier);
            c.report(Code::Dup, &path, format!("two {}s are called `{id}`", what.replace("entry", "entrie"))).label =
                Some(format!("first in line {line}"));
        } else {
            first.insert(id, path);
        }
    }
}

/// Reports an id that no step has.
fn step_id(c: &mut Checker<'_>, id: &str, path: &Path, sentence: &str) -> bool {
    if c.blueprint.step(id).is_some() || written_ids(c.loaded.doc.root.get("steps")).any(|known| known == id) {
        return true;
    }
    if let Some(new) = c.blueprint.steps.iter().find(|s| s.formerly.iter().any(|f| f == id)) {
        let new = new.id.clone();
        did_you_mean(
            c,
            Code::Ref,
            path,
            format!("{sentence} `{id}`, which is now called `{new}`"),
            Some((new.clone(), step_line(c, &new))),
        );
        return false;
    }
    let near = nearest(id, c.blueprint.steps.iter().map(|s| s.id.as_str())).map(str::to_owned);
    let near = near.map(|n| (n.clone(), step_line(c, &n)));
    did_you_mean(c, Code::Ref, path, format!("{sentence} `{id}`, which does not exist"), near);
    false
}

fn step_line(c: &Checker<'_>, id: &str) -> Option<usize> {
    c.blueprint.step_index(id).map(|i| c.line(&at!["steps", i, "id"]))
}

fn did_you_mean(c: &mut Checker<'_>, code: Code, path: &Path, message: String, near: Option<(String, Option<usize>)>) {
    let problem = c.report(code, path, message);
    if let Some((name, line)) = near {
        let place = line.map(|l| format!(" (line {l})")).unwrap_or_default();
        problem.label = Some(format!("did you mean `{name}`{place}?"));
        problem.suggestion = Some(name);
    }
}

fn steps(c: &mut Checker<'_>) {
    for (i, step) in c.steps() {
        let id = &step.id;
        if let Some(phase) = step.phase.as_ref().filter(|p| c.blueprint.phase(p).is_none()) {
            let near = nearest(phase, c.blueprint.phases.iter().map(|p| p.id.as_str())).map(|n| (n.to_owned(), None));
            did_you_mean(c, Code::Ref, &at!["steps", i, "phase"], format!("step `{id}` is in phase `{phase}`, which does not exist"), near);
        }
        for (j, other) in step.after.iter().flatten().enumerate() {
            step_id(c, other, &at!["steps", i, "after", j], &format!("step `{id}` comes after"));
        }
        if let Some(when) = &step.when {
            condition(c, when, &at!["steps", i, "when"], Some(i), &format!("step `{id}`"));
        }
        if let Some(due) = &step.due {
            anchor(c, &due.anchor, i, &at!["steps", i, "due"]);
        }
        if let Some(repeat) = &step.repeat {
            let path = at!["steps", i, "repeat"];
            if step_id(c, &repeat.until, &path, &format!("step `{id}` is repeated until"))
                && c.blueprint.step_index(&repeat.until).is_some_and(|u| u == i || c.graph.before[i].contains(&u))
            {
                let message = format!("step `{id}` is repeated until `{}`, which is done before it begins", repeat.until);
                c.report(Code::Forward, &path, message);
            }
        }
        if let Some(approval) = &step.approval {
            approval_names(c, i, approval);
        }
    }
}

fn approval_names(c: &mut Checker<'_>, i: usize, approval: &crate::blueprint::model::Approval) {
    let id = &c.blueprint.steps[i].id;
    if let Blocks::Steps(blocks) = &approval.blocks {
        for (j, other) in blocks.iter().enumerate() {
            let path = at!["steps", i, "approval", "blocks", j];
            if step_id(c, other, &path, &format!("approval `{id}` blocks")) {
                match c.blueprint.step_index(other) {
                    Some(at) if at == i => {
                        c.report(Code::Cycle, &path, format!("approval `{id}` blocks itself"));
                    }
                    Some(at) if at < i => {
                        c.report(Code::Cycle, &path, format!("approval `{id}` blocks `{other}`, which stands before it"));
                    }
                    _ => {}
                }
            }
        }
    }
    if let OnReject::BackTo(other) = &approval.on_reject {
        let path = at!["steps", i, "approval", "on-reject", "back-to"];
        if step_id(c, other, &path, &format!("a refusal of `{id}` goes back to"))
            && c.blueprint.step_index(other).is_some_and(|j| j >= i || !c.graph.before[i].contains(&j))
        {
            c.report(Code::Cycle, &path, format!("a refusal of `{id}` goes back to `{other}`, which `{id}` does not wait for"));
        }
    }
    for (j, other) in approval.not_same_as.iter().enumerate() {
        step_id(c, other, &at!["steps", i, "approval", "not-same-as", j], &format!("approval `{id}` names"));
    }
}

fn anchor(c: &mut Checker<'_>, anchor: &Anchor, i: usize, path: &Path) {
    let id = c.blueprint.steps[i].id.clone();
    match anchor {
        Anchor::Available | Anchor::Start => {}
        Anchor::Input(field) => {
            input(c, field, path, &format!("step `{id}` is due by"));
        }
        Anchor::Step(other) => {
            if step_id(c, other, path, &format!("step `{id}` is due by")) {
                later(c, other, i, path, "is due by");
            }
        }
        Anchor::Field { step, field } => {
            if step_id(c, step, path, &format!("step `{id}` is due by a field of")) && step_field(c, step, field, path) {
                later(c, step, i, path, "is due by a field of");
            }
        }
    }
}

/// A due rule may count from any step that can be finished before the step is; not from the step itself or one that waits for it.
fn later(c: &mut Checker<'_>, other: &str, i: usize, path: &Path, verb: &str) {
    let id = c.blueprint.steps[i].id.clone();
    let Some(j) = c.blueprint.step_index(other) else { return };
    if j == i {
        c.report(Code::Forward, path, format!("step `{id}` {verb} itself"));
    } else if c.graph.before[j].contains(&i) {
        c.report(Code::Forward, path, format!("step `{id}` {verb} `{other}`, which waits for it"));
    }
}

fn input(c: &mut Checker<'_>, field: &str, path: &Path, sentence: &str) -> bool {
    let known = c.blueprint.input(field).is_some() || written_ids(c.loaded.doc.root.get("inputs")).any(|id| id == field);
    if !known {
        let near = nearest(field, c.blueprint.inputs.iter().map(|f| f.id.as_str())).map(|n| (format!("inputs.{n}"), None));
        did_you_mean(c, Code::Ref, path, format!("{sentence} `inputs.{field}`, which does not exist"), near);
    }
    known
}

fn step_field(c: &mut Checker<'_>, step: &str, field: &str, path: &Path) -> bool {
    let Some(owner) = c.blueprint.step(step) else { return false };
    let written = c.loaded.doc.root.get("steps").map(Node::items).unwrap_or_default();
    let cut = written.iter().any(|n| n.get("id").and_then(Node::text) == Some(step) && written_ids(n.get("fields")).any(|id| id == field));
    if owner.field(field).is_some() || cut {
        return true;
    }
    let near = nearest(field, owner.fields.iter().map(|f| f.id.as_str())).map(|n| (format!("steps.{step}.{n}"), None));
    did_you_mean(c, Code::Ref, path, format!("step `{step}` has no field `{field}`"), near);
    false
}

/// `step`: position of the step the condition belongs to; rules have none and may look at everything.
fn condition(c: &mut Checker<'_>, condition: &Condition, path: &Path, step: Option<usize>, what: &str) {
    for (k, test) in condition.tests().iter().enumerate() {
        let mut place = path.clone();
        match condition {
            Condition::One(_) => {}
            Condition::All(_) => place.extend(at!["all", k]),
            Condition::Any(_) => place.extend(at!["any", k]),
        }
        let reference = [place, at!["ref"]].concat();
        let exists = match &test.reference {
            Ref::Input(field) => input(c, field, &reference, &format!("{what} depends on")),
            Ref::Step(other) => step_id(c, other, &reference, &format!("{what} depends on step")),
            Ref::Field { step: other, field } => {
                step_id(c, other, &reference, &format!("{what} depends on step")) && step_field(c, other, field, &reference)
            }
            Ref::Outcome(other) => {
                let known = step_id(c, other, &reference, &format!("{what} depends on step"));
                if known && c.blueprint.step(other).is_some_and(|s| s.approval.is_none()) {
                    c.report(Code::Type, &reference, format!("step `{other}` is no approval and has no outcome"));
                }
                known
            }
        };
        if let (true, Some(i), Some(other)) = (exists, step, test.reference.step())
            && let Some(j) = c.blueprint.step_index(other)
            && !c.graph.before[i].contains(&j)
        {
            let how = if i == j { "is itself" } else { "can come later" };
            c.report(Code::Forward, &reference, format!("{what} depends on step `{other}`, which {how}")).label =
                (i != j).then(|| format!("add `{other}` to `after:`"));
        }
    }
}

fn roles(c: &mut Checker<'_>) {
    let blueprint = c.blueprint;
    let mut uses: Vec<(&str, Path)> = Vec::new();
    for (i, step) in c.steps() {
        uses.extend(list(&step.owner, &at!["steps", i, "owner"]));
        uses.extend(
            step.checklist.iter().enumerate().filter_map(|(j, k)| Some((k.owner.as_deref()?, at!["steps", i, "checklist", j, "owner"]))),
        );
        if let Some(approval) = &step.approval {
            let long = c.node(&at!["steps", i, "approval", "by"]).is_some();
            uses.extend(list(&approval.by, &if long { at!["steps", i, "approval", "by"] } else { at!["steps", i, "approval"] }));
            uses.extend(approval.escalate.iter().map(|e| (e.to.as_str(), at!["steps", i, "approval", "escalate"])));
        }
        if let Some(Notify { to, .. }) = &step.notify {
            uses.extend(list(to, &at!["steps", i, "notify", "to"]));
        }
    }
    for (i, rule) in blueprint.rules.iter().enumerate() {
        for (j, action) in rule.then.iter().enumerate() {
            match action {
                Action::Assign(a) => uses.push((&a.assign, at!["rules", i, "then", j, "assign"])),
                Action::Notify(send) => uses.extend(list(&send.notify.to, &at!["rules", i, "then", j, "notify", "to"])),
                Action::SetDue(_) | Action::Reopen(_) => {}
            }
        }
    }
    if let Some(control) = &blueprint.control {
        uses.extend(control.owner.iter().map(|o| (o.as_str(), at!["control", "owner"])));
        uses.extend(control.approvers.iter().enumerate().map(|(i, r)| (r.as_str(), at!["control", "approvers", i])));
    }
    let bound = || c.context.roles.iter().flat_map(|f| f.roles.keys()).map(String::as_str);
    let cut = || c.loaded.doc.root.get("roles").map(Node::entries).unwrap_or_default().iter().map(|e| e.key.as_str());
    let known: BTreeSet<&str> = blueprint.roles.keys().map(String::as_str).chain(bound()).chain(cut()).chain([LAUNCHER]).collect();
    let declared = known.len() > 1;
    for (role, path) in uses {
        if known.contains(role) {
            continue;
        }
        let near = nearest(role, known.iter().copied()).map(|n| (n.to_owned(), None));
        let message = format!("role `{role}` is not declared, neither under `roles:` nor in roles.yaml");
        did_you_mean(c, Code::Ref, &path, message, near);
        if !declared && let Some(last) = c.out.last_mut() {
            // A file that declares no role at all is unfinished, not contradictory.
            last.level = Level::Warning;
        }
    }
}

/// The entries of a key that takes one id or a list.
fn list<'a>(ids: &'a [String], path: &Path) -> Vec<(&'a str, Path)> {
    match ids {
        [one] => vec![(one.as_str(), path.clone())],
        many => many.iter().enumerate().map(|(i, id)| (id.as_str(), [path.clone(), at![i]].concat())).collect(),
    }
}

fn rules(c: &mut Checker<'_>) {
    for (i, rule) in c.blueprint.rules.iter().enumerate() {
        condition(c, &rule.when, &at!["rules", i, "when"], None, &format!("rule `{}`", rule.id));
        for (j, action) in rule.then.iter().enumerate() {
            let path = at!["rules", i, "then", j];
            let sentence = format!("rule `{}` changes step", rule.id);
            match action {
                Action::Assign(a) => {
                    step_id(c, &a.step, &[path, at!["step"]].concat(), &sentence);
                }
                Action::SetDue(a) => {
                    if step_id(c, &a.step, &[path.clone(), at!["step"]].concat(), &sentence)
                        && let Some(at) = c.blueprint.step_index(&a.step)
                    {
                        anchor(c, &a.set_due.anchor, at, &[path, at!["set-due"]].concat());
                    }
                }
                Action::Reopen(a) => {
                    step_id(c, &a.reopen, &[path, at!["reopen"]].concat(), &format!("rule `{}` reopens step", rule.id));
                }
                Action::Notify(_) => {}
            }
        }
    }
}

fn links(c: &mut Checker<'_>) {
    let Some(exists) = c.context.exists else { return };
    let mut uses: Vec<(&str, Path)> = Vec::new();
    let blueprint = c.blueprint;
    let pages = |links: &'_ [Link], path: &Path| -> Vec<usize> {
        let _ = path;
        links.iter().enumerate().filter(|(_, l)| matches!(l, Link::Page(_))).map(|(i, _)| i).collect()
    };
    uses.extend(blueprint.source.iter().map(|s| (s.page.as_str(), at!["source", "page"])));
    uses.extend(pages(&blueprint.links, &at!["links"]).into_iter().map(|i| (blueprint.links[i].target(), at!["links", i, "page"])));
    let templates =
        |fields: &'_ [Field]| -> Vec<usize> { fields.iter().enumerate().filter(|(_, f)| f.template.is_some()).map(|(i, _)| i).collect() };
    for i in templates(&blueprint.inputs) {
        uses.extend(blueprint.inputs[i].template.as_deref().map(|t| (t, at!["inputs", i, "template"])));
    }
    for (i, step) in c.steps() {
        uses.extend(pages(&step.links, &at!["links"]).into_iter().map(|j| (step.links[j].target(), at!["steps", i, "links", j, "page"])));
        for j in templates(&step.fields) {
            uses.extend(step.fields[j].template.as_deref().map(|t| (t, at!["steps", i, "fields", j, "template"])));
        }
    }
    for (target, path) in uses {
        let file = target.split('#').next().unwrap_or(target);
        if !file.is_empty() && !exists(file) {
            let what = if path.first().is_some_and(|p| p == "source") { "the page it came from" } else { "a page or file" };
            c.report(Code::Link, &path, format!("there is no {file} in this repository ({what}; paths begin at the repository's root)"));
        }
    }
}

/// `{{inputs.x}}` in the name of a run and in messages.
fn run_name(c: &mut Checker<'_>) {
    let mut texts: Vec<(&str, Path)> = Vec::new();
    let blueprint = c.blueprint;
    texts.extend(blueprint.starts.iter().filter_map(|s| Some((s.name.as_deref()?, at!["starts", "name"]))));
    for (i, step) in c.steps() {
        if let Some(notify) = &step.notify {
            texts.push((&notify.subject, at!["steps", i, "notify", "subject"]));
            texts.extend(notify.message.iter().map(|m| (m.as_str(), at!["steps", i, "notify", "message"])));
        }
    }
    for (text, path) in texts {
        for part in text.split("{{").skip(1).filter_map(|p| p.split_once("}}")).map(|(inner, _)| inner.trim()) {
            match part.parse::<Ref>() {
                Ok(Ref::Input(field)) => {
                    input(c, &field, &path, "the text names");
                }
                Ok(Ref::Field { step, field }) => {
                    if step_id(c, &step, &path, "the text names step") {
                        step_field(c, &step, &field, &path);
                    }
                }
                Ok(_) | Err(_) => {
                    c.report(
                        Code::Ref,
                        &path,
                        format!("`{{{{{part}}}}}` stands for no answer; write `{{{{inputs.FIELD}}}}` or `{{{{steps.STEP.FIELD}}}}`"),
                    );
                }
            }
        }
    }
}
