//! What is said of the whole: its title, the section it stands under, its phases, the order of its steps, and where everything came from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::edit::Op;
use super::pair::pairs;
use super::run::{Run, STEP_ORDER};
use super::{Action, Sides};
use crate::blueprint::model::{Blueprint, Condition, OnReject, Ref, Step};
use crate::text::letters;

/// Order of keys in `source:` of the whole and of a step.
const SOURCE_ORDER: &[&str] = &["page", "heading", "hash", "origin"];
const STEP_SOURCE_ORDER: &[&str] = &["heading", "item", "hash"];

impl Run {
    /// `source: heading:` follows the section's heading where it was renamed. A heading that people wrote and the page has stays.
    pub(super) fn section(&mut self, file: &Blueprint, sides: &Sides<'_>) {
        let Some(source) = &file.source else { return };
        let heading = |b: &Blueprint| b.source.as_ref().and_then(|s| s.heading.clone());
        let (have, now) = (&source.heading, heading(sides.page));
        if *have == now {
            return;
        }
        let stale = have.as_ref().is_some_and(|h| !sides.headings.iter().any(|k| letters(k) == letters(h)));
        let untouched = sides.base.is_some_and(|b| heading(b) == *have);
        if !stale && !untouched {
            return;
        }
        let (op, detail) = match &now {
            Some(now) => {
                let was = have.as_ref().map_or_else(|| "none".to_owned(), |h| format!("\"{h}\""));
                let op = Op::Set { path: vec!["source".into()], key: "heading".into(), value: json!(now), order: SOURCE_ORDER };
                (op, format!("section {was} → \"{now}\""))
            }
            None => {
                let was = have.as_deref().unwrap_or_default();
                (Op::Remove { path: vec!["source".into()], key: "heading".into() }, format!("section \"{was}\" → the whole page"))
            }
        };
        if self.edit(&op) {
            self.note(Action::Update, "", "source", detail);
        }
    }

    /// Title and phases: the page's new words where people left the old ones.
    pub(super) fn titles(&mut self, file: &Blueprint, sides: &Sides<'_>, base: &Blueprint, to_page: &[Option<usize>]) {
        let (have, was, now) = (&file.title, &base.title, &sides.page.title);
        if have == was && now != was && self.edit(&Op::Set { path: Vec::new(), key: "title".into(), value: json!(now), order: &[] }) {
            self.note(Action::Update, "", "title", format!("title {was} → {now}"));
        }
        let to_base = pairs(&file.steps, &base.steps);
        let (on_page, in_base) = (phases(file, sides.page, to_page), phases(file, base, &to_base));
        for (at, phase) in file.phases.iter().enumerate() {
            let title = |known: &BTreeMap<String, String>, b: &Blueprint| {
                known.iter().find(|(_, ours)| **ours == phase.id).and_then(|(id, _)| b.phase(id)).map(|p| p.title.clone())
            };
            let (Some(was), Some(now)) = (title(&in_base, base), title(&on_page, sides.page)) else { continue };
            let path = vec!["phases".to_owned(), at.to_string()];
            if phase.title == was && now != was && self.edit(&Op::Set { path, key: "title".into(), value: json!(now), order: &[] }) {
                self.note(Action::Update, "", "phases", format!("phase {was} → {now}"));
            }
        }
        for (i, step) in file.steps.iter().enumerate() {
            let (Some(n), Some(b)) = (to_page[i], to_base[i]) else { continue };
            let named = |known: &BTreeMap<String, String>, id: &Option<String>| id.as_ref().and_then(|p| known.get(p)).cloned();
            let (was, now) = (named(&in_base, &base.steps[b].phase), named(&on_page, &sides.page.steps[n].phase));
            let (Some(now), true) = (now, step.phase == was) else { continue };
            if step.phase.as_ref() == Some(&now) || sides.only.is_some_and(|o| o != step.id) {
                continue;
            }
            let Some(path) = self.path_of(&step.id) else { continue };
            if self.edit(&Op::Set { path, key: "phase".into(), value: json!(now), order: STEP_ORDER }) {
                self.note(Action::Update, &step.id, "phase", format!("phase {} → {now}", was.as_deref().unwrap_or("none")));
            }
        }
    }

    /// Steps that the page tells in another order than before. Where people ordered them too, theirs stays and a mark asks.
    pub(super) fn order(&mut self, file: &Blueprint, sides: &Sides<'_>, base: Option<&Blueprint>, to_page: &[Option<usize>]) {
        let shared: Vec<usize> = (0..file.steps.len()).filter(|i| to_page[*i].is_some()).collect();
        let page_order = sorted(&shared, to_page);
        if page_order == shared || sides.only.is_some() {
            return;
        }
        let moved = moved(&shared, to_page);
        let told = |i: usize| {
            let at = page_order.iter().position(|x| *x == i).unwrap_or(0);
            at.checked_sub(1).map_or_else(|| "at the head".to_owned(), |before| format!("after {}", file.steps[page_order[before]].id))
        };
        let Some(base) = base else {
            for i in moved {
                self.note(Action::Unsure, &file.steps[i].id, "order", format!("the page has it {}", told(i)));
            }
            return;
        };
        let to_base = pairs(&file.steps, &base.steps);
        let known: Vec<usize> = shared.iter().copied().filter(|i| to_base[*i].is_some()).collect();
        let base_order = sorted(&known, &to_base);
        if base_order == sorted(&known, to_page) {
            self.note(Action::Kept, "", "order", "people ordered the steps; the page did not move them".to_owned());
            return;
        }
        let wanted = reordered(file.steps.len(), &page_order, &moved);
        // Steps that were added meanwhile keep their place behind the step they came after.
        if base_order == known && looks_back(file, &wanted) && self.reorder(file, &wanted) {
            for i in &moved {
                self.note(Action::Update, &file.steps[*i].id, "order", format!("moved {}", told(*i)));
            }
            return;
        }
        for i in moved {
            let step = &file.steps[i];
            self.mark(step, "both-changed", "order", &told(i));
            self.note(Action::Both, &step.id, "order", format!("the page has it {}; the file's order stays", told(i)));
        }
    }

    /// Puts the steps that were in the file at the start in an order; steps added since stay behind the step before them.
    fn reorder(&mut self, file: &Blueprint, wanted: &[usize]) -> bool {
        let Some(now) = self.steps() else { return false };
        let mut out: Vec<usize> = Vec::new();
        let place = |id: &str| now.iter().position(|s| s == id);
        let old: BTreeSet<usize> = file.steps.iter().filter_map(|s| place(&s.id)).collect();
        out.extend((0..now.len()).take_while(|i| !old.contains(i)));
        for i in wanted {
            let Some(at) = place(&file.steps[*i].id) else { return false };
            out.push(at);
            out.extend((at + 1..now.len()).take_while(|j| !old.contains(j)));
        }
        self.edit(&Op::Reorder { path: vec!["steps".into()], order: out })
    }

    /// `--take page` for the order of a step: the page's.
    pub(super) fn take_order(&mut self, file: &Blueprint, to_page: &[Option<usize>]) -> bool {
        let shared: Vec<usize> = (0..file.steps.len()).filter(|i| to_page[*i].is_some()).collect();
        let wanted = reordered(file.steps.len(), &sorted(&shared, to_page), &moved(&shared, to_page));
        wanted.is_sorted() || looks_back(file, &wanted) && self.reorder(file, &wanted)
    }

    /// Where each step came from, after a sync.
    pub(super) fn refresh(&mut self, file: &Blueprint, sides: &Sides<'_>, to_page: &[Option<usize>]) {
        for (i, step) in file.steps.iter().enumerate() {
            let Some(n) = to_page[i] else { continue };
            let Some(now) = &sides.page.steps[n].source else { continue };
            let Some(old) = &step.source else { continue };
            let Some(path) = self.path_of(&step.id) else { continue };
            let path: Vec<String> = path.into_iter().chain(["source".to_owned()]).collect();
            for (key, was, is) in [("heading", &old.heading, &now.heading), ("item", &old.item, &now.item), ("hash", &old.hash, &now.hash)]
            {
                if let (true, Some(value)) = (was != is, is) {
                    self.edit(&Op::Set { path: path.clone(), key: key.into(), value: json!(value), order: STEP_SOURCE_ORDER });
                }
            }
        }
        if let (Some(_), Some(now)) = (&file.source, sides.page.source.as_ref().and_then(|s| s.hash.clone())) {
            self.edit(&Op::Set { path: vec!["source".into()], key: "hash".into(), value: json!(now), order: SOURCE_ORDER });
        }
    }
}

/// Phases of a draft to phases of the file: those whose steps are mostly the same.
fn phases(file: &Blueprint, draft: &Blueprint, to_draft: &[Option<usize>]) -> BTreeMap<String, String> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (step, n) in file.steps.iter().zip(to_draft) {
        if let (Some(ours), Some(theirs)) = (&step.phase, n.and_then(|n| draft.steps[n].phase.as_ref())) {
            *counts.entry((theirs.clone(), ours.clone())).or_default() += 1;
        }
    }
    let mut best: Vec<_> = counts.into_iter().collect();
    best.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let (mut out, mut used) = (BTreeMap::new(), BTreeSet::new());
    for ((theirs, ours), _) in best {
        if !out.contains_key(&theirs) && used.insert(ours.clone()) {
            out.insert(theirs, ours);
        }
    }
    out
}

/// Steps of the file in the order of their partners.
fn sorted(steps: &[usize], partner: &[Option<usize>]) -> Vec<usize> {
    let mut out = steps.to_vec();
    out.sort_by_key(|i| partner[*i]);
    out
}

/// The fewest steps that have to be moved for the file to follow its partners' order.
fn moved(steps: &[usize], partner: &[Option<usize>]) -> Vec<usize> {
    // Longest run that is in order already, by the usual quadratic table: blueprints have tens of steps.
    let n = steps.len();
    let (mut length, mut before) = (vec![1; n], vec![None; n]);
    for i in 0..n {
        for j in 0..i {
            if partner[steps[j]] < partner[steps[i]] && length[j] + 1 > length[i] {
                length[i] = length[j] + 1;
                before[i] = Some(j);
            }
        }
    }
    let mut stays = BTreeSet::new();
    let mut at = (0..n).rev().max_by_key(|i| length[*i]);
    while let Some(i) = at {
        stays.insert(i);
        at = before[i];
    }
    (0..n).filter(|i| !stays.contains(i)).map(|i| steps[i]).collect()
}

/// All steps of the file with the moved ones behind the step the page has before them.
fn reordered(len: usize, page_order: &[usize], moved: &[usize]) -> Vec<usize> {
    let mut out: Vec<usize> = (0..len).filter(|i| !moved.contains(i)).collect();
    for (at, step) in page_order.iter().enumerate().filter(|(_, s)| moved.contains(s)) {
        let place = at.checked_sub(1).and_then(|b| out.iter().position(|x| *x == page_order[b])).map_or_else(
            // At the head of what the page knows, not before steps people put in front.
            || page_order.iter().filter_map(|p| out.iter().position(|x| x == p)).min().unwrap_or(0),
            |b| b + 1,
        );
        out.insert(place, *step);
    }
    out
}

/// No step would look at something that comes after it, unless it did so before.
fn looks_back(file: &Blueprint, wanted: &[usize]) -> bool {
    let place = |id: &str| wanted.iter().position(|i| file.steps[*i].id == id);
    wanted.iter().enumerate().all(|(at, i)| {
        let step: &Step = &file.steps[*i];
        let seen = step.when.iter().flat_map(Condition::tests).filter_map(|t| Ref::step(&t.reference));
        let waited = step.after.iter().flatten().map(String::as_str);
        let back = match step.approval.as_ref().map(|a| &a.on_reject) {
            Some(OnReject::BackTo(id)) => Some(id.as_str()),
            _ => None,
        };
        seen.chain(waited).chain(back).all(|id| {
            let was_ahead = file.step_index(id).is_some_and(|f| f > *i);
            was_ahead || place(id).is_none_or(|p| p <= at)
        })
    })
}
