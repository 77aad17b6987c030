//! A file under sync: its text, edited in place, and what happened to it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::edit::{self, Op};
use super::values::{plain, short, texts};
use super::{Action, Change};
use crate::blueprint::model::{Blueprint, Step};
use crate::blueprint::parse;
use crate::text::Source;

/// Order of keys in a step, for keys that are added.
pub(super) const STEP_ORDER: &[&str] = &[
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
pub(super) const TOP_ORDER: &[&str] =
    &["blueprint", "id", "title", "summary", "kind", "tags", "source", "control", "starts", "roles", "inputs", "phases", "order", "steps"];

/// The file as it is now.
pub(super) struct Run {
    pub(super) text: String,
    pub(super) path: String,
    pub(super) changes: Vec<Change>,
}

impl Run {
    pub(super) fn note(&mut self, action: Action, step: &str, key: &str, detail: String) {
        self.changes.push(Change { action, step: step.to_owned(), key: key.to_owned(), detail });
    }

    /// Makes an edit; false if it cannot be made in place or leaves no blueprint behind.
    pub(super) fn edit(&mut self, op: &Op) -> bool {
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

    /// The blueprint in the text now.
    fn now(&self) -> Option<Blueprint> {
        parse::load(&Source::new(self.path.clone(), self.text.clone())).blueprint
    }

    /// Ids of the steps in the text now.
    pub(super) fn steps(&self) -> Option<Vec<String>> {
        Some(self.now()?.steps.into_iter().map(|s| s.id).collect())
    }

    /// Where a step stands in the text now.
    pub(super) fn index(&self, id: &str) -> Option<usize> {
        self.now()?.step_index(id)
    }

    pub(super) fn path_of(&self, id: &str) -> Option<Vec<String>> {
        Some(vec!["steps".to_owned(), self.index(id)?.to_string()])
    }

    /// Roles and dates that a new value names must be declared.
    pub(super) fn declare(&mut self, value: &Value, key: &str, page: &Blueprint) {
        let mut roles = BTreeSet::new();
        if matches!(key, "owner" | "approval" | "checklist") {
            texts(value, &mut roles);
        }
        for role in roles {
            let Some(known) = page.roles.get(&role) else { continue };
            let has = self.now().map(|b| (b.roles.contains_key(&role), b.roles.is_empty()));
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
            let have = self.now().map(|b| (b.input(&id).is_some(), b.inputs.len()));
            let value = serde_json::to_value(field).unwrap_or_default();
            match have {
                Some((false, 0)) => self.edit(&Op::Set { path: Vec::new(), key: "inputs".into(), value: json!([value]), order: TOP_ORDER }),
                Some((false, n)) => self.edit(&Op::Insert { path: vec!["inputs".into()], behind: Some(n - 1), value }),
                _ => true,
            };
        }
    }

    /// Everything a condition looks at exists in the file.
    pub(super) fn known_refs(&self, when: &Value) -> bool {
        let mut words = BTreeSet::new();
        texts(when, &mut words);
        let Some(file) = self.now() else { return false };
        words.iter().all(|w| match w.split('.').collect::<Vec<_>>()[..] {
            ["inputs", field] => file.input(field).is_some(),
            ["steps", step, field] => file.step(step).is_some_and(|s| s.field(field).is_some()),
            _ => true,
        })
    }

    pub(super) fn both(&mut self, step: &Step, key: &str, now: Option<&Value>) {
        let words = now.map_or_else(|| "the page no longer says it".to_owned(), plain);
        self.mark(step, "both-changed", key, &words);
        self.note(
            Action::Both,
            &step.id,
            key,
            format!("page and people changed `{key}`; the file stays, the page says: {}", short(&words)),
        );
    }

    pub(super) fn gone(&mut self, step: &Step) {
        if !step.review.iter().any(|r| r.code == "step-gone") {
            self.mark(step, "step-gone", "title", &step.title);
            self.note(Action::Gone, &step.id, "", "the page no longer has this step; remove it, or delete the mark".to_owned());
        }
    }

    pub(super) fn mark(&mut self, step: &Step, code: &str, at: &str, evidence: &str) {
        let mark = json!({"code": code, "at": at, "confidence": "low", "evidence": short(evidence)});
        let Some(mut path) = self.path_of(&step.id) else { return };
        let marks = self.now().and_then(|b| b.step(&step.id).map(|s| s.review.clone())).unwrap_or_default();
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

    pub(super) fn unmark(&mut self, id: &str, key: &str) {
        let Some(path) = self.path_of(id) else { return };
        let Some(marks) = self.now().and_then(|b| b.step(id).map(|s| s.review.clone())) else { return };
        let Some(at) = marks.iter().position(|m| m.code == "both-changed" && m.at.as_deref() == Some(key)) else { return };
        if marks.len() == 1 {
            self.edit(&Op::Remove { path, key: "review".into() });
        } else {
            let path = path.into_iter().chain(["review".to_owned()]).collect();
            self.edit(&Op::Drop { path, at });
        }
    }
}
