//! Keeps a blueprint in step with its page: page moved, blueprint moved, both or neither, decided per step and value.
//!
//! Three-way: the page as it was when the blueprint last saw it (base), the page now, the file. A value nobody touched follows the page; a
//! value people changed stays; where both changed, the file stays and a mark holds the page's words. Ids are never derived again. Text goes
//! in and comes out; nothing is read or written here.

mod edit;
mod pair;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::model::{Blueprint, Step};
use super::parse;
use crate::text::Source;
use edit::Op;
use pair::pairs;

/// Values of a step that the page speaks about.
const KEYS: [&str; 11] = ["title", "owner", "optional", "when", "due", "text", "notes", "checklist", "fields", "approval", "links"];

/// Order of keys in a step, for keys that are added.
const STEP_ORDER: &[&str] = &[
    "id",
    "title",
    "formerly",
    "phase",
    "owner",
    "everyone",
    "optional",
    "after",
    "when",
    "due",
    "repeat",
    "text",
    "notes",
    "checklist",
    "fields",
    "approval",
    "notify",
    "result",
    "links",
    "source",
    "review",
];

/// Order of keys at the top.
const TOP_ORDER: &[&str] =
    &["blueprint", "id", "title", "summary", "kind", "tags", "source", "control", "starts", "roles", "inputs", "phases", "order", "steps"];

/// Whose value wins where both sides changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Neither; a mark asks.
    Ask,
    /// The page's, marks of the step are settled.
    Page,
    /// The file's, marks of the step are settled.
    Blueprint,
}

/// What happened to a step or value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The page moved, the file follows.
    Update,
    /// A step of the page that the file did not have.
    Add,
    /// People changed it in the file; it stays.
    Kept,
    /// Both changed; a mark asks.
    Both,
    /// The page no longer has the step; a mark asks.
    Gone,
    /// A step people took out of the file stays out.
    Out,
    /// The change cannot be made in place, or not without history.
    Unsure,
}

impl Action {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Add => "add",
            Self::Kept => "kept",
            Self::Both => "both",
            Self::Gone => "gone",
            Self::Out => "out",
            Self::Unsure => "unsure",
        }
    }

    /// True for what waits for a person.
    pub fn open(self) -> bool {
        matches!(self, Self::Both | Self::Gone | Self::Unsure)
    }
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub action: Action,
    /// Step id.
    pub step: String,
    /// The value, empty for the whole step.
    pub key: String,
    /// In words: `due 30 minutes → 15 minutes`.
    pub detail: String,
}

/// The outcome for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synced {
    /// The file's new text.
    pub text: String,
    /// What happened, in step order.
    pub changes: Vec<Change>,
}

/// What a sync looks at.
#[derive(Debug)]
pub struct Sides<'a> {
    /// Drafted from the page now.
    pub page: &'a Blueprint,
    /// Drafted, with today's rules, from the page as the file last saw it; `None` without history.
    pub base: Option<&'a Blueprint>,
    /// Only this step.
    pub only: Option<&'a str>,
    /// Who wins where both changed.
    pub take: Take,
}

/// Brings a file in step with its page.
pub fn sync(source: &Arc<Source>, sides: &Sides<'_>) -> Option<Synced> {
    let loaded = parse::load(source);
    let file = loaded.blueprint.filter(|_| !loaded.partial)?;
    let mut run = Run { text: source.text().to_owned(), path: source.path().to_owned(), changes: Vec::new() };
    if sides.take != Take::Ask {
        run.settle(&file, sides);
        return Some(Synced { text: run.text, changes: run.changes });
    }
    let to_page = partners(&file, sides);
    let renamed = names(&file, sides.page, &to_page);
    let known_hash = file.source.as_ref().and_then(|s| s.hash.clone());
    let same_page = known_hash.is_some() && known_hash == sides.page.source.as_ref().and_then(|s| s.hash.clone());
    if !same_page {
        match sides.base {
            Some(base) => run.three_way(&file, sides, base, &to_page, &renamed),
            None => run.two_way(&file, sides, &to_page, &renamed),
        }
        if sides.only.is_none() {
            run.refresh(&file, sides, &to_page);
        }
    } else if let Some(base) = sides.base {
        run.report_kept(&file, sides, base);
    }
    run.changes.sort_by_key(|c| file.step_index(&c.step));
    Some(Synced { text: run.text, changes: run.changes })
}

/// Which of a page's drafts a blueprint belongs to: the one of its heading, else the one most of its steps are in.
///
/// A blueprint of one section, whose section is now read as a phase of a longer procedure, belongs to that phase alone: the steps of the
/// other sections are in blueprints of their own.
pub fn counterpart<'d>(file: &Blueprint, drafts: &'d [Blueprint]) -> Option<Cow<'d, Blueprint>> {
    let heading = |b: &Blueprint| b.source.as_ref().and_then(|s| s.heading.clone());
    let named: Vec<&Blueprint> = drafts.iter().filter(|d| heading(d) == heading(file)).collect();
    if let [one] = named[..] {
        return Some(Cow::Borrowed(one));
    }
    if let Some(section) = heading(file)
        && let Some(part) = drafts.iter().find_map(|d| only_phase(d, &section))
    {
        return Some(Cow::Owned(part));
    }
    let shared = |d: &&Blueprint| pairs(&file.steps, &d.steps).iter().flatten().count();
    drafts.iter().rev().max_by_key(shared).filter(|d| shared(d) > 0).map(Cow::Borrowed)
}

/// The steps of the phase with a title, as a blueprint without phases.
fn only_phase(draft: &Blueprint, title: &str) -> Option<Blueprint> {
    let id = draft.phases.iter().find(|p| p.title == title)?.id.clone();
    let mut part = draft.clone();
    part.phases.clear();
    part.steps.retain(|s| s.phase.as_ref() == Some(&id));
    for step in &mut part.steps {
        step.phase = None;
    }
    Some(part)
}

/// Each step's partner on the page: by way of the page as it was, where people's new words cannot hide a step, else directly.
fn partners(file: &Blueprint, sides: &Sides<'_>) -> Vec<Option<usize>> {
    let direct = pairs(&file.steps, &sides.page.steps);
    let Some(base) = sides.base else { return direct };
    let (to_base, onward) = (pairs(&file.steps, &base.steps), pairs(&base.steps, &sides.page.steps));
    let mut out: Vec<Option<usize>> = to_base.iter().map(|b| b.and_then(|b| onward[b])).collect();
    let mut taken: BTreeSet<usize> = out.iter().flatten().copied().collect();
    for (i, straight) in direct.iter().enumerate() {
        if let (None, Some(n)) = (out[i], straight)
            && taken.insert(*n)
        {
            out[i] = Some(*n);
        }
    }
    out
}

/// Ids of the page's draft to ids of the file.
fn names(file: &Blueprint, draft: &Blueprint, to_draft: &[Option<usize>]) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (i, to) in to_draft.iter().enumerate() {
        if let Some(j) = to {
            out.insert(draft.steps[*j].id.clone(), file.steps[i].id.clone());
        }
    }
    out
}

/// A step as its values, with references in the file's names.
fn values(step: &Step, renamed: &BTreeMap<String, String>) -> Map<String, Value> {
    let mut value = serde_json::to_value(step).unwrap_or_default();
    rename(&mut value, renamed);
    let Value::Object(map) = value else { return Map::new() };
    map.into_iter().filter(|(k, _)| KEYS.contains(&k.as_str())).collect()
}

fn rename(value: &mut Value, renamed: &BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                if let (true, Value::String(text)) = (matches!(key.as_str(), "due" | "ref"), &mut *inner) {
                    *text = text.split(' ').map(|w| renamed_word(w, renamed)).collect::<Vec<_>>().join(" ");
                } else {
                    rename(inner, renamed);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|i| rename(i, renamed)),
        _ => {}
    }
}

fn renamed_word(word: &str, renamed: &BTreeMap<String, String>) -> String {
    let Some(rest) = word.strip_prefix("steps.") else { return word.to_owned() };
    let (id, field) = rest.split_once('.').map_or((rest, None), |(a, b)| (a, Some(b)));
    let id = renamed.get(id).map_or(id, String::as_str);
    field.map_or_else(|| format!("steps.{id}"), |f| format!("steps.{id}.{f}"))
}

struct Run {
    text: String,
    path: String,
    changes: Vec<Change>,
}

impl Run {
    fn note(&mut self, action: Action, step: &str, key: &str, detail: String) {
        self.changes.push(Change { action, step: step.to_owned(), key: key.to_owned(), detail });
    }

    /// Makes an edit; false if it cannot be made in place or leaves no blueprint behind.
    fn edit(&mut self, op: &Op) -> bool {
        let source = Source::new(self.path.clone(), self.text.clone());
        match edit::apply(&source, op) {
            Ok(text) => {
                let holds = parse::load(&Source::new(self.path.clone(), text.clone()));
                let fine = holds.blueprint.is_some() && !holds.partial;
                if fine {
                    self.text = text;
                }
                fine
            }
            Err(_) => false,
        }
    }

    /// Where a step stands in the text now.
    fn index(&self, id: &str) -> Option<usize> {
        parse::load(&Source::new(self.path.clone(), self.text.clone())).blueprint?.step_index(id)
    }

    fn path_of(&self, id: &str) -> Option<Vec<String>> {
        Some(vec!["steps".to_owned(), self.index(id)?.to_string()])
    }

    fn three_way(
        &mut self,
        file: &Blueprint,
        sides: &Sides<'_>,
        base: &Blueprint,
        to_page: &[Option<usize>],
        renamed: &BTreeMap<String, String>,
    ) {
        let to_base = pairs(&file.steps, &base.steps);
        let base_names = names(file, base, &to_base);
        for (i, step) in file.steps.iter().enumerate() {
            if sides.only.is_some_and(|o| o != step.id) {
                continue;
            }
            let was = to_base[i].map(|b| values(&base.steps[b], &base_names));
            match (to_page[i], was) {
                (Some(n), was) => self.merge(step, &values(&sides.page.steps[n], renamed), was.as_ref(), sides.page),
                (None, Some(_)) => self.gone(step),
                (None, None) => {}
            }
        }
        let from_base: Vec<Option<usize>> = pairs(&sides.page.steps, &base.steps);
        self.added(file, sides, to_page, renamed, |n| from_base[n].is_some());
    }

    /// Without history only marks are added: what changed on which side cannot be told.
    fn two_way(&mut self, file: &Blueprint, sides: &Sides<'_>, to_page: &[Option<usize>], renamed: &BTreeMap<String, String>) {
        for (i, step) in file.steps.iter().enumerate() {
            if sides.only.is_some_and(|o| o != step.id) {
                continue;
            }
            let Some(n) = to_page[i] else {
                if step.source.is_some() {
                    self.gone(step);
                }
                continue;
            };
            let page = &sides.page.steps[n];
            if step.source.as_ref().and_then(|s| s.hash.as_ref()) == page.source.as_ref().and_then(|s| s.hash.as_ref()) {
                continue;
            }
            let (now, have) = (values(page, renamed), values(step, &BTreeMap::new()));
            for key in KEYS {
                if now.get(key) != have.get(key) && now.contains_key(key) {
                    self.both(step, key, now.get(key));
                }
            }
        }
        let matched: BTreeSet<usize> = to_page.iter().flatten().copied().collect();
        for (n, step) in sides.page.steps.iter().enumerate() {
            if !matched.contains(&n) && sides.only.is_none() {
                self.note(
                    Action::Unsure,
                    &step.id,
                    "",
                    format!("the page has a step \"{}\"; without history it cannot be told whether it is new", step.title),
                );
            }
        }
    }

    fn merge(&mut self, step: &Step, now: &Map<String, Value>, was: Option<&Map<String, Value>>, page: &Blueprint) {
        let have = values(step, &BTreeMap::new());
        for key in KEYS {
            let (n, f) = (now.get(key), have.get(key));
            let b = was.map_or(f, |w| w.get(key));
            if was.is_none() && n != f {
                // The base knew no such step: whether people wrote this value cannot be told.
                if n.is_some() {
                    self.both(step, key, n);
                }
                continue;
            }
            if n == b || n == f {
                if n == b && f != b {
                    self.note(Action::Kept, &step.id, key, format!("people edited `{key}`; the page did not move"));
                }
                continue;
            }
            // A step that became an approval by hand has no owner; the page's owner must not come back beside it.
            let clash = key == "owner" && have.contains_key("approval") || key == "approval" && have.contains_key("owner") && n.is_some();
            if f == b && !clash {
                self.follow(step, key, n, f, page);
            } else {
                self.both(step, key, n);
            }
        }
    }

    fn follow(&mut self, step: &Step, key: &str, now: Option<&Value>, have: Option<&Value>, page: &Blueprint) {
        let Some(path) = self.path_of(&step.id) else { return };
        let before = self.text.clone();
        if let Some(value) = now {
            self.declare(value, key, page);
        }
        let op = match now {
            Some(value) => Op::Set { path, key: key.to_owned(), value: value.clone(), order: STEP_ORDER },
            None => Op::Remove { path, key: key.to_owned() },
        };
        if self.edit(&op) {
            self.note(Action::Update, &step.id, key, moved(key, have, now));
        } else {
            self.text = before;
            self.both(step, key, now);
        }
    }

    /// Roles and dates that a new value names must be declared.
    fn declare(&mut self, value: &Value, key: &str, page: &Blueprint) {
        let mut roles = BTreeSet::new();
        if matches!(key, "owner" | "approval" | "checklist") {
            texts(value, &mut roles);
        }
        for role in roles {
            let Some(known) = page.roles.get(&role) else { continue };
            let source = Source::new(self.path.clone(), self.text.clone());
            let has = parse::load(&source).blueprint.map(|b| (b.roles.contains_key(&role), b.roles.is_empty()));
            let value = serde_json::to_value(known).unwrap_or_default();
            match has {
                Some((false, false)) => self.edit(&Op::Set { path: vec!["roles".into()], key: role, value, order: &[] }),
                Some((false, true)) => {
                    self.edit(&Op::Set { path: Vec::new(), key: "roles".into(), value: json!({role: value}), order: TOP_ORDER })
                }
                _ => true,
            };
        }
        let mut words = BTreeSet::new();
        texts(value, &mut words);
        let named =
            words.iter().flat_map(|w| w.split(' ')).filter_map(|w| w.strip_prefix("inputs.")).map(str::to_owned).collect::<BTreeSet<_>>();
        for id in named {
            let Some(field) = page.input(&id) else { continue };
            let source = Source::new(self.path.clone(), self.text.clone());
            let have = parse::load(&source).blueprint.map(|b| (b.input(&id).is_some(), b.inputs.len()));
            let value = serde_json::to_value(field).unwrap_or_default();
            match have {
                Some((false, 0)) => self.edit(&Op::Set { path: Vec::new(), key: "inputs".into(), value: json!([value]), order: TOP_ORDER }),
                Some((false, n)) => self.edit(&Op::Insert { path: vec!["inputs".into()], behind: Some(n - 1), value }),
                _ => true,
            };
        }
    }

    fn both(&mut self, step: &Step, key: &str, now: Option<&Value>) {
        let words = now.map_or_else(|| "the page no longer says it".to_owned(), plain);
        self.mark(step, "both-changed", key, &words);
        self.note(
            Action::Both,
            &step.id,
            key,
            format!("page and people changed `{key}`; the file stays, the page says: {}", short(&words)),
        );
    }

    fn gone(&mut self, step: &Step) {
        if !step.review.iter().any(|r| r.code == "step-gone") {
            self.mark(step, "step-gone", "title", &step.title);
            self.note(Action::Gone, &step.id, "", "the page no longer has this step; remove it, or delete the mark".to_owned());
        }
    }

    fn mark(&mut self, step: &Step, code: &str, at: &str, evidence: &str) {
        let mark = json!({"code": code, "at": at, "confidence": "low", "evidence": short(evidence)});
        let Some(mut path) = self.path_of(&step.id) else { return };
        let source = Source::new(self.path.clone(), self.text.clone());
        let marks = parse::load(&source).blueprint.and_then(|b| b.step(&step.id).map(|s| s.review.clone())).unwrap_or_default();
        if let Some(old) = marks.iter().position(|m| m.code == code && m.at.as_deref() == Some(at)) {
            path.extend(["review".to_owned(), old.to_string()]);
            self.edit(&Op::Set { path, key: "evidence".into(), value: json!(short(evidence)), order: &[] });
        } else if marks.is_empty() {
            self.edit(&Op::Set { path, key: "review".into(), value: json!([mark]), order: STEP_ORDER });
        } else {
            path.push("review".to_owned());
            self.edit(&Op::Insert { path, behind: Some(marks.len() - 1), value: mark });
        }
    }

    fn added(
        &mut self,
        file: &Blueprint,
        sides: &Sides<'_>,
        to_page: &[Option<usize>],
        renamed: &BTreeMap<String, String>,
        in_base: impl Fn(usize) -> bool,
    ) {
        if sides.only.is_some() {
            return;
        }
        let mut renamed = renamed.clone();
        let mut ids: BTreeSet<String> =
            file.steps.iter().flat_map(|s| s.formerly.iter().chain([&s.id])).chain(&file.retired).cloned().collect();
        let mut last: Option<String> = None;
        for (n, step) in sides.page.steps.iter().enumerate() {
            if let Some(i) = to_page.iter().position(|p| *p == Some(n)) {
                last = Some(file.steps[i].id.clone());
                continue;
            }
            if in_base(n) {
                self.note(Action::Out, &step.id, "", format!("\"{}\" was taken out of the blueprint and stays out", step.title));
                continue;
            }
            let mut id = step.id.clone();
            let mut k = 2;
            while !ids.insert(id.clone()) {
                id = format!("{}-{k}", step.id);
                k += 1;
            }
            renamed.insert(step.id.clone(), id.clone());
            let mut value = serde_json::to_value(step).unwrap_or_default();
            rename(&mut value, &renamed);
            value["id"] = json!(id);
            if let Some(map) = value.as_object_mut() {
                if step.phase.as_ref().is_none_or(|p| file.phase(p).is_none()) {
                    map.shift_remove("phase");
                }
                if map.get("when").is_some_and(|w| !self.known_refs(w)) {
                    map.shift_remove("when");
                }
            }
            self.declare(&value.clone(), "owner", sides.page);
            self.declare_roles_of(step, sides.page);
            let behind = last.as_ref().and_then(|l| self.index(l));
            if self.edit(&Op::Insert { path: vec!["steps".into()], behind, value }) {
                let place = last.as_ref().map_or_else(|| "at the head".to_owned(), |l| format!("after {l}"));
                self.note(Action::Add, &id, "", format!("{place}: {}", step.title));
                last = Some(id);
            } else {
                self.note(Action::Unsure, &id, "", format!("\"{}\" is new on the page and cannot be written in place", step.title));
            }
        }
    }

    fn declare_roles_of(&mut self, step: &Step, page: &Blueprint) {
        let who = json!([
            step.owner,
            step.approval.as_ref().map(|a| a.by.clone()),
            step.checklist.iter().filter_map(|c| c.owner.clone()).collect::<Vec<_>>()
        ]);
        self.declare(&who, "owner", page);
    }

    /// Everything a condition looks at exists in the file.
    fn known_refs(&self, when: &Value) -> bool {
        let mut words = BTreeSet::new();
        texts(when, &mut words);
        let Some(file) = parse::load(&Source::new(self.path.clone(), self.text.clone())).blueprint else { return false };
        words.iter().all(|w| match w.split('.').collect::<Vec<_>>()[..] {
            ["inputs", field] => file.input(field).is_some(),
            ["steps", step, field] => file.step(step).is_some_and(|s| s.field(field).is_some()),
            _ => true,
        })
    }

    /// Where each step came from, after a sync.
    fn refresh(&mut self, file: &Blueprint, sides: &Sides<'_>, to_page: &[Option<usize>]) {
        for (i, step) in file.steps.iter().enumerate() {
            let Some(n) = to_page[i] else { continue };
            let Some(now) = &sides.page.steps[n].source else { continue };
            let Some(old) = &step.source else { continue };
            let Some(path) = self.path_of(&step.id) else { continue };
            let path: Vec<String> = path.into_iter().chain(["source".to_owned()]).collect();
            for (key, was, is) in [("heading", &old.heading, &now.heading), ("item", &old.item, &now.item), ("hash", &old.hash, &now.hash)]
            {
                if let (true, Some(value)) = (was != is, is) {
                    self.edit(&Op::Set { path: path.clone(), key: key.into(), value: json!(value), order: &["heading", "item", "hash"] });
                }
            }
        }
        if let (Some(_), Some(now)) = (&file.source, sides.page.source.as_ref().and_then(|s| s.hash.clone())) {
            self.edit(&Op::Set { path: vec!["source".into()], key: "hash".into(), value: json!(now), order: &["page", "heading", "hash"] });
        }
    }

    /// The page did not move: what people changed is told, nothing is written.
    fn report_kept(&mut self, file: &Blueprint, sides: &Sides<'_>, base: &Blueprint) {
        let to_base = pairs(&file.steps, &base.steps);
        let base_names = names(file, base, &to_base);
        for (i, step) in file.steps.iter().enumerate() {
            if sides.only.is_some_and(|o| o != step.id) {
                continue;
            }
            let Some(b) = to_base[i] else { continue };
            let (was, have) = (values(&base.steps[b], &base_names), values(step, &BTreeMap::new()));
            for key in KEYS.iter().filter(|k| was.get(**k) != have.get(**k)) {
                self.note(Action::Kept, &step.id, key, format!("people edited `{key}`; the page did not move"));
            }
        }
    }

    /// `--take`: settles the open marks of a step.
    fn settle(&mut self, file: &Blueprint, sides: &Sides<'_>) {
        let to_page = partners(file, sides);
        let renamed = names(file, sides.page, &to_page);
        for (i, step) in file.steps.iter().enumerate() {
            if sides.only.is_some_and(|o| o != step.id) {
                continue;
            }
            let now = to_page[i].map(|n| values(&sides.page.steps[n], &renamed));
            let have = values(step, &BTreeMap::new());
            for mark in step.review.iter().filter(|m| m.code == "both-changed") {
                let Some(key) = mark.at.as_deref().filter(|k| KEYS.contains(k)) else { continue };
                let Some(path) = self.path_of(&step.id) else { continue };
                let page_value = now.as_ref().and_then(|n| n.get(key));
                let done = match (sides.take, page_value, have.contains_key(key)) {
                    (Take::Page, Some(value), _) => {
                        self.declare(value, key, sides.page);
                        self.edit(&Op::Set { path: path.clone(), key: key.to_owned(), value: value.clone(), order: STEP_ORDER })
                    }
                    (Take::Page, None, true) => self.edit(&Op::Remove { path: path.clone(), key: key.to_owned() }),
                    _ => true,
                };
                if done {
                    self.unmark(&step.id, key);
                    let whose = if sides.take == Take::Page { "the page's" } else { "the file's" };
                    self.note(Action::Update, &step.id, key, format!("{whose} `{key}` was taken"));
                } else {
                    self.note(Action::Unsure, &step.id, key, format!("`{key}` cannot be written in place"));
                }
            }
        }
    }

    fn unmark(&mut self, id: &str, key: &str) {
        let Some(path) = self.path_of(id) else { return };
        let source = Source::new(self.path.clone(), self.text.clone());
        let Some(marks) = parse::load(&source).blueprint.and_then(|b| b.step(id).map(|s| s.review.clone())) else { return };
        let Some(at) = marks.iter().position(|m| m.code == "both-changed" && m.at.as_deref() == Some(key)) else { return };
        if marks.len() == 1 {
            self.edit(&Op::Remove { path, key: "review".into() });
        } else {
            let path = path.into_iter().chain(["review".to_owned()]).collect();
            self.edit(&Op::Drop { path, at });
        }
    }
}

/// All texts in a value.
fn texts(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            out.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|i| texts(i, out)),
        Value::Object(map) => map.values().for_each(|v| texts(v, out)),
        _ => {}
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn short(text: &str) -> String {
    super::draft::steps::one_line(text)
}

fn moved(key: &str, have: Option<&Value>, now: Option<&Value>) -> String {
    let small = |v: Option<&Value>| v.map(plain).filter(|t| t.len() < 60 && !t.contains('\n'));
    match (have, now, small(have), small(now)) {
        (Some(_), Some(_), Some(a), Some(b)) => format!("{key} {a} → {b}"),
        (None, Some(_), _, Some(b)) => format!("{key} {b}, new"),
        (Some(_), None, Some(a), _) => format!("{key} {a}, no longer on the page"),
        (_, None, _, _) => format!("{key}, no longer on the page"),
        _ => format!("{key} reworded"),
    }
}
