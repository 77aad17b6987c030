//! Value by value: what follows the page, what stays, what is asked; steps that came and went.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::edit::Op;
use super::pair::pairs;
use super::run::{Run, STEP_ORDER};
use super::values::{KEYS, moved, names, rename, values};
use super::{Action, Sides, Take, partners};
use crate::blueprint::model::{Blueprint, Step};

impl Run {
    pub(super) fn three_way(
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
    pub(super) fn two_way(&mut self, file: &Blueprint, sides: &Sides<'_>, to_page: &[Option<usize>], renamed: &BTreeMap<String, String>) {
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
            self.declare(&value, "owner", sides.page);
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

    /// The page did not move: what people changed is told, nothing is written.
    pub(super) fn report_kept(&mut self, file: &Blueprint, sides: &Sides<'_>, base: &Blueprint) {
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
    pub(super) fn settle(&mut self, file: &Blueprint, sides: &Sides<'_>) {
        let to_page = partners(file, sides);
        let renamed = names(file, sides.page, &to_page);
        for (i, step) in file.steps.iter().enumerate() {
            if sides.only.is_some_and(|o| o != step.id) {
                continue;
            }
            let now = to_page[i].map(|n| values(&sides.page.steps[n], &renamed));
            let have = values(step, &BTreeMap::new());
            for mark in step.review.iter().filter(|m| m.code == "both-changed") {
                let Some(key) = mark.at.as_deref().filter(|k| KEYS.contains(k) || *k == "order") else { continue };
                let Some(path) = self.path_of(&step.id) else { continue };
                let page_value = now.as_ref().and_then(|n| n.get(key));
                let done = match (sides.take, page_value, have.contains_key(key)) {
                    (Take::Page, _, _) if key == "order" => self.take_order(file, &to_page),
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
}
