//! Keeps a blueprint in step with its page: page moved, blueprint moved, both or neither, decided per step and value.
//!
//! Three-way: the page as it was when the blueprint last saw it (base), the page now, the file. A value nobody touched follows the page; a
//! value people changed stays; where both changed, the file stays and a mark holds the page's words. Ids are never derived again. Text goes
//! in and comes out; nothing is read or written here.
//!
//! `pair` says which step is which, `merge` decides about steps and values, `whole` about title, section, phases and order, `run` holds the
//! file meanwhile, `edit` makes the edits in its text.

mod edit;
mod merge;
mod pair;
mod run;
mod values;
mod whole;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::model::{Blueprint, Step};
use super::parse;
use crate::text::Source;
use pair::pairs;
use run::Run;
use values::names;

/// Whose value wins where both sides changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Neither; a mark asks.
    Ask,
    /// The page's; marks `both-changed` of the step are settled.
    Page,
    /// The file's; marks `both-changed` of the step are settled.
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
    /// Headings of the page now, its title among them.
    pub headings: &'a [&'a str],
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
    if sides.only.is_none() {
        run.section(&file, sides);
    }
    if !same_page {
        match sides.base {
            Some(base) => {
                run.three_way(&file, sides, base, &to_page, &renamed);
                run.titles(&file, sides, base, &to_page);
            }
            None => run.two_way(&file, sides, &to_page, &renamed),
        }
        run.order(&file, sides, sides.base, &to_page);
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
    let best = drafts.iter().rev().max_by_key(shared).filter(|d| shared(d) > 0)?;
    let part = heading(file).and_then(|_| only_sections(file, best));
    Some(part.map_or(Cow::Borrowed(best), Cow::Owned))
}

/// What of a longer procedure stands under the headings that a blueprint of one section has its steps from; `None` if that is all of it.
fn only_sections(file: &Blueprint, draft: &Blueprint) -> Option<Blueprint> {
    let over = |s: &Step| s.source.as_ref().and_then(|s| s.heading.clone());
    let ours: BTreeSet<Option<String>> = pairs(&file.steps, &draft.steps).into_iter().flatten().map(|n| over(&draft.steps[n])).collect();
    let mut part = draft.clone();
    part.steps.retain(|s| ours.contains(&over(s)));
    if part.steps.len() == draft.steps.len() {
        return None;
    }
    part.phases.retain(|p| part.steps.iter().any(|s| s.phase.as_ref() == Some(&p.id)));
    if let (1, Some(Some(heading))) = (ours.len(), ours.first()) {
        part.title.clone_from(heading);
        if let Some(source) = &mut part.source {
            source.heading = Some(heading.clone());
        }
    }
    Some(part)
}

/// The steps of the phase with a title, as a blueprint without phases.
fn only_phase(draft: &Blueprint, title: &str) -> Option<Blueprint> {
    let id = draft.phases.iter().find(|p| p.title == title)?.id.clone();
    let mut part = draft.clone();
    if let Some(source) = &mut part.source {
        source.heading = Some(title.to_owned());
    }
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
