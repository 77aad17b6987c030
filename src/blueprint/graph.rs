//! What waits for what: `order`, phases, `after` and gates turned into one graph over step positions.
//!
//! The meaning of order lives here and nowhere else; checks, diff and exporters ask this graph. Knows nothing of files or spans.
//!
//! Rules: steps that stand together under one phase (or under none) are a group. In a strict group each step waits for the one before
//! it; in an `any` group none waits for another. The first steps of a group wait for everything the group before leads to. `after`
//! on a step replaces all that. A gate (a step with `approval`) also holds back what it `blocks`, whatever the order.

use std::collections::BTreeSet;

use super::model::{Blocks, Blueprint, Order};

/// The graph. Positions are those in `steps`.
#[derive(Debug, Clone)]
pub struct Graph {
    /// Direct predecessors by order and `after`.
    pub waits: Vec<BTreeSet<usize>>,
    /// Gates that hold a step.
    pub gates: Vec<BTreeSet<usize>>,
    /// Everything that is finished before a step can begin; holds the step itself if it is in a cycle.
    pub before: Vec<BTreeSet<usize>>,
}

impl Graph {
    /// The graph of a blueprint. Ids that do not exist are passed over.
    pub fn new(blueprint: &Blueprint) -> Self {
        let waits = waits(blueprint);
        let mut gates = vec![BTreeSet::new(); blueprint.steps.len()];
        for (gate, step) in blueprint.steps.iter().enumerate() {
            for held in step.approval.iter().flat_map(|a| blocked(blueprint, gate, &a.blocks)) {
                gates[held].insert(gate);
            }
        }
        let before = (0..blueprint.steps.len()).map(|i| closure(i, &waits, &gates)).collect();
        Self { waits, gates, before }
    }

    /// Direct predecessors of a step, gates included.
    pub fn predecessors(&self, step: usize) -> BTreeSet<usize> {
        self.waits[step].union(&self.gates[step]).copied().collect()
    }

    /// Direct predecessors without those that another direct predecessor already waits for.
    pub fn reduced(&self, step: usize) -> BTreeSet<usize> {
        let all = self.predecessors(step);
        all.iter().copied().filter(|p| !all.iter().any(|q| q != p && self.before[*q].contains(p))).collect()
    }

    /// True if the step waits for itself in the end.
    pub fn in_cycle(&self, step: usize) -> bool {
        self.before[step].contains(&step)
    }

    /// True if any step waits for itself.
    pub fn has_cycle(&self) -> bool {
        (0..self.before.len()).any(|i| self.in_cycle(i))
    }

    /// The steps a cycle through `step` runs over, in order, beginning with `step`.
    pub fn cycle(&self, step: usize) -> Vec<usize> {
        let mut path = vec![step];
        let mut at = step;
        while let Some(next) =
            self.predecessors(at).into_iter().find(|p| *p == step || (self.before[*p].contains(&step) && !path.contains(p)))
        {
            if next == step {
                break;
            }
            path.push(next);
            at = next;
        }
        path
    }
}

/// Positions an approval at `gate` holds back.
pub fn blocked(blueprint: &Blueprint, gate: usize, blocks: &Blocks) -> BTreeSet<usize> {
    match blocks {
        Blocks::Rest => (gate + 1..blueprint.steps.len()).collect(),
        Blocks::Steps(ids) => ids.iter().filter_map(|id| blueprint.step_index(id)).collect(),
    }
}

fn waits(blueprint: &Blueprint) -> Vec<BTreeSet<usize>> {
    let steps = &blueprint.steps;
    let mut waits: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); steps.len()];
    let mut before_group: BTreeSet<usize> = BTreeSet::new();
    let mut start = 0;
    while start < steps.len() {
        let phase = steps[start].phase.as_deref();
        let end = steps[start..].iter().position(|s| s.phase.as_deref() != phase).map_or(steps.len(), |n| start + n);
        let order = phase.and_then(|p| blueprint.phase(p)).and_then(|p| p.order).unwrap_or(blueprint.order);
        for i in start..end {
            waits[i] = match &steps[i].after {
                Some(ids) => ids.iter().filter_map(|id| blueprint.step_index(id)).collect(),
                None if order == Order::Strict && i > start => BTreeSet::from([i - 1]),
                None => before_group.clone(),
            };
        }
        let inner: BTreeSet<usize> = (start..end).flat_map(|i| waits[i].iter().copied()).collect();
        before_group = (start..end).filter(|i| !inner.contains(i)).collect();
        start = end;
    }
    waits
}

fn closure(step: usize, waits: &[BTreeSet<usize>], gates: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<usize> = waits[step].union(&gates[step]).copied().collect();
    while let Some(at) = open.pop() {
        if seen.insert(at) {
            open.extend(waits[at].union(&gates[at]));
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blueprint::model::{Approval, Phase, Step};

    fn blueprint(steps: &[(&str, Option<&str>)]) -> Blueprint {
        let mut b = Blueprint::new("x", "X");
        b.phases = vec![
            Phase { id: "p".into(), title: "P".into(), order: Some(Order::Any) },
            Phase { id: "q".into(), title: "Q".into(), order: None },
        ];
        b.steps = steps.iter().map(|(id, phase)| Step { phase: phase.map(str::to_owned), ..Step::new(*id, *id) }).collect();
        b
    }

    #[test]
    fn a_strict_group_waits_for_all_of_a_free_group_before_it() {
        let graph = Graph::new(&blueprint(&[("a", Some("p")), ("b", Some("p")), ("c", Some("q")), ("d", Some("q"))]));
        assert!(graph.waits[1].is_empty());
        assert_eq!(graph.waits[2], BTreeSet::from([0, 1]));
        assert_eq!(graph.waits[3], BTreeSet::from([2]));
    }

    #[test]
    fn a_gate_holds_the_rest_even_past_an_empty_after() {
        let mut b = blueprint(&[("a", None), ("gate", None), ("c", None)]);
        b.steps[1].approval = Some(Approval::by("cfo"));
        b.steps[2].after = Some(vec![]);
        let graph = Graph::new(&b);
        assert!(graph.waits[2].is_empty());
        assert_eq!(graph.before[2], BTreeSet::from([0, 1]));
        assert!(!graph.has_cycle());
    }

    #[test]
    fn cycles_are_found_and_named_in_order() {
        let mut b = blueprint(&[("a", None), ("b", None), ("c", None)]);
        b.steps[0].after = Some(vec!["c".into()]);
        let graph = Graph::new(&b);
        assert!(graph.in_cycle(0));
        assert_eq!(graph.cycle(0), [0, 2, 1]);
    }

    #[test]
    fn reduction_drops_what_is_waited_for_anyway() {
        let mut b = blueprint(&[("a", None), ("b", None), ("c", None)]);
        b.steps[2].after = Some(vec!["a".into(), "b".into()]);
        assert_eq!(Graph::new(&b).reduced(2), BTreeSet::from([1]));
    }
}
