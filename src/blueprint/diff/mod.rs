//! What changed in a process, by meaning and risk, not by lines.
//!
//! Compares two blueprints as models: steps are matched by id, then by `formerly`. Owns the classes of risk; knows nothing of git or of
//! how a change is shown (see [`show`]).

mod conditions;
mod gates;
mod people;
pub mod show;
mod steps;
mod whole;

use std::fmt;

use serde::Serialize;

use super::graph::Graph;
use super::model::Blueprint;
pub use conditions::{words as condition_words, words_with as condition_words_with};
pub use people::roles_changes;

/// How much a change can do. The order is that of the levels of `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// No effect on a run.
    None,
    /// Wording.
    Low,
    /// More work, or other work.
    Medium,
    /// Work may not be done, or later, or by somebody else.
    High,
    /// A gate is gone, or can be walked around.
    Danger,
}

impl Risk {
    /// All, most serious first.
    pub const ALL: [Self; 5] = [Self::Danger, Self::High, Self::Medium, Self::Low, Self::None];

    /// The word in machine formats and options.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Danger => "danger",
        }
    }
}

impl fmt::Display for Risk {
    /// The word for people: DANGER stands out without colour.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if *self == Self::Danger { "DANGER" } else { self.as_str() })
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// How serious.
    pub risk: Risk,
    /// The step it belongs to (its new id, or the old one of a removed step); `None` for the blueprint as a whole.
    pub step: Option<String>,
    /// Kind of change, for machines: `approval-removed`, `due-loosened` …
    pub kind: &'static str,
    /// What changed, in words.
    pub what: String,
    /// What follows from it, where that is not plain.
    pub why: Option<String>,
}

impl Change {
    fn new(risk: Risk, step: Option<&str>, kind: &'static str, what: impl Into<String>) -> Self {
        Self { risk, step: step.map(str::to_owned), kind, what: what.into(), why: None }
    }

    fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }
}

/// Both versions with their graphs and the matching of steps.
pub(super) struct Pair<'a> {
    old: &'a Blueprint,
    new: &'a Blueprint,
    old_graph: Graph,
    new_graph: Graph,
    /// Position in `new` of each step of `old`.
    forward: Vec<Option<usize>>,
    /// Position in `old` of each step of `new`.
    back: Vec<Option<usize>>,
}

impl<'a> Pair<'a> {
    fn new(old: &'a Blueprint, new: &'a Blueprint) -> Self {
        let mut back = vec![None; new.steps.len()];
        let mut forward = vec![None; old.steps.len()];
        for (j, step) in new.steps.iter().enumerate() {
            let same = old.step_index(&step.id);
            // A renamed step says so; an id that still exists cannot have been renamed away.
            let renamed = || step.formerly.iter().find_map(|id| old.step_index(id).filter(|_| new.step(id).is_none()));
            if let Some(i) = same.or_else(renamed).filter(|i| forward[*i].is_none()) {
                forward[i] = Some(j);
                back[j] = Some(i);
            }
        }
        Self { old, new, old_graph: Graph::new(old), new_graph: Graph::new(new), forward, back }
    }

    /// Matched steps as pairs of positions, in the new order.
    fn matched(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.back.iter().enumerate().filter_map(|(j, i)| i.map(|i| (i, j)))
    }

    /// The id a step of `old` has now; its old one if it is gone.
    fn id_now(&self, old: usize) -> &'a str {
        self.forward[old].map_or(&self.old.steps[old].id, |j| &self.new.steps[j].id)
    }

    /// The same for an id found in the old text.
    fn id_of(&self, old_id: &'a str) -> &'a str {
        self.old.step_index(old_id).map_or(old_id, |i| self.id_now(i))
    }
}

/// Every change from `old` to `new`, the most serious first, then in the order of the steps.
pub fn diff(old: &Blueprint, new: &Blueprint) -> Vec<Change> {
    let pair = Pair::new(old, new);
    let mut out = Vec::new();
    gates::changes(&pair, &mut out);
    steps::changes(&pair, &mut out);
    whole::changes(&pair, &mut out);
    let place = |c: &Change| {
        let step = c.step.as_deref()?;
        new.step_index(step).map(|n| 2 * n + 1).or_else(|| old.step_index(step).map(|n| 2 * n))
    };
    out.sort_by(|a, b| b.risk.cmp(&a.risk).then_with(|| place(a).cmp(&place(b))));
    out.dedup();
    out
}

/// `a`, `b` and `c`, each in backticks.
fn quoted<'s>(names: impl IntoIterator<Item = &'s str>) -> String {
    let names: Vec<String> = names.into_iter().map(|n| format!("`{n}`")).collect();
    match &names[..] {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Words that carry meaning, folded, for telling whether two titles say the same thing.
fn content_words(text: &str) -> std::collections::BTreeSet<String> {
    const STOP: [&str; 22] = [
        "a", "an", "the", "to", "of", "in", "on", "for", "and", "or", "by", "with", "from", "at", "is", "are", "be", "it", "its", "into",
        "your", "all",
    ];
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase);
    words
        .filter(|w| !STOP.contains(&w.as_str()))
        .map(|w| w.strip_suffix('s').filter(|s| s.len() > 2).map_or(w.clone(), str::to_owned))
        .collect()
}

/// Shared words over the smaller set, 0 to 1.
fn similarity(a: &str, b: &str) -> f64 {
    let (a, b) = (content_words(a), content_words(b));
    let smaller = a.len().min(b.len());
    if smaller == 0 {
        return 0.0;
    }
    #[allow(clippy::cast_precision_loss)] // titles have few words
    let share = a.intersection(&b).count() as f64 / smaller as f64;
    share
}

#[cfg(test)]
mod tests;
