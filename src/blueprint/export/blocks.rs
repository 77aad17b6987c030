//! The steps as nested blocks: one after the other, or side by side. What block-structured targets (BPMN) are built from.
//!
//! Any order of steps is cut into series and parallel parts. Where it is neither (an "N" of waits), the steps that can begin now are put
//! before the rest: nothing can begin too early, and a run can never get stuck; what waits longer than asked is listed in `extra`.

use std::collections::BTreeSet;

use crate::blueprint::graph::Graph;
use crate::blueprint::model::{Blueprint, OnReject};

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// A step, by position.
    Step(usize),
    /// One after the other.
    Series(Vec<Block>),
    /// Side by side.
    Parallel(Vec<Block>),
}

/// The blocks, and pairs `(step, other)` where a step waits for another it need not wait for.
#[derive(Debug)]
pub(super) struct Structure {
    pub(super) root: Block,
    pub(super) extra: Vec<(usize, usize)>,
    /// Steps that a refusal can make happen again.
    pub(super) repeated: BTreeSet<usize>,
}

/// Cuts the steps of a blueprint into blocks. Every gate that sends back stands in the same series as the block it goes back to, so that
/// a refusal never leaves a parallel block. With `serial_loops`, nothing that a refusal repeats is side by side.
pub(super) fn structure(blueprint: &Blueprint, serial_loops: bool) -> Structure {
    let graph = Graph::new(blueprint);
    let mut before = graph.before.clone();
    // A ring cannot be run; checks report it, here its members simply follow the file.
    for (i, set) in before.iter_mut().enumerate() {
        if set.contains(&i) {
            *set = (0..i).collect();
        }
    }
    let all: BTreeSet<usize> = (0..blueprint.steps.len()).collect();
    let root = loop {
        let root = build(&all, &before);
        match misplaced(blueprint, &root) {
            None => break root,
            Some((gate, beside)) => {
                for other in beside {
                    add(&mut before, other, gate);
                }
            }
        }
    };
    let mut repeated = BTreeSet::new();
    loops(blueprint, &root, &mut repeated);
    let root = if serial_loops { without_parallel(blueprint, root, false) } else { root };
    let mut waits: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); all.len()];
    imposed(&root, &BTreeSet::new(), &mut waits);
    let extra = all.iter().flat_map(|i| waits[*i].difference(&graph.before[*i]).map(move |j| (*i, *j))).collect();
    Structure { root, extra, repeated }
}

/// For a series: the ranges between a block and the gate that sends back to it, both included.
fn ranges(blueprint: &Blueprint, blocks: &[Block]) -> Vec<std::ops::RangeInclusive<usize>> {
    let mut out = Vec::new();
    for (k, part) in blocks.iter().enumerate() {
        let Block::Step(gate) = part else { continue };
        let back = match blueprint.steps[*gate].approval.as_ref().map(|a| &a.on_reject) {
            Some(OnReject::BackTo(id)) => blueprint.step_index(id),
            _ => None,
        };
        out.extend(back.and_then(|target| blocks[..k].iter().position(|b| members(b).contains(&target))).map(|i| i..=k));
    }
    out
}

/// Collects every step that a refusal can make happen again.
fn loops(blueprint: &Blueprint, block: &Block, out: &mut BTreeSet<usize>) {
    let (Block::Series(blocks) | Block::Parallel(blocks)) = block else { return };
    for part in blocks {
        loops(blueprint, part, out);
    }
    if matches!(block, Block::Series(_)) {
        out.extend(ranges(blueprint, blocks).into_iter().flat_map(|r| blocks[r].iter().flat_map(members).collect::<Vec<_>>()));
    }
}

/// Puts parallel blocks that are repeated one after the other; those around or beside a loop stay as they are.
fn without_parallel(blueprint: &Blueprint, block: Block, repeated: bool) -> Block {
    match block {
        Block::Step(_) => block,
        Block::Series(blocks) => {
            let ranges = ranges(blueprint, &blocks);
            let inside = |i: usize| repeated || ranges.iter().any(|r| r.contains(&i));
            series(blocks.into_iter().enumerate().map(|(i, b)| without_parallel(blueprint, b, inside(i))))
        }
        Block::Parallel(blocks) => {
            let inner = blocks.into_iter().map(|b| without_parallel(blueprint, b, repeated));
            if repeated { series(inner) } else { Block::Parallel(inner.collect()) }
        }
    }
}

/// Makes `later` wait for `earlier`, and keeps the relation transitive.
fn add(before: &mut [BTreeSet<usize>], earlier: usize, later: usize) {
    let gained: BTreeSet<usize> = before[earlier].iter().copied().chain([earlier]).collect();
    for (i, set) in before.iter_mut().enumerate() {
        if i == later || set.contains(&later) {
            set.extend(gained.iter().copied().filter(|g| *g != i));
        }
    }
}

fn build(steps: &BTreeSet<usize>, before: &[BTreeSet<usize>]) -> Block {
    if let [only] = steps.iter().copied().collect::<Vec<_>>()[..] {
        return Block::Step(only);
    }
    let ordered = |a: usize, b: usize| before[a].contains(&b) || before[b].contains(&a);
    let side_by_side = components(steps, &ordered);
    if side_by_side.len() > 1 {
        return Block::Parallel(side_by_side.iter().map(|part| build(part, before)).collect());
    }
    let mut in_series = components(steps, &|a, b| !ordered(a, b));
    if in_series.len() > 1 {
        in_series.sort_by_key(|part| part.first().map_or(0, |s| before[*s].intersection(steps).filter(|b| !part.contains(b)).count()));
        return series(in_series.iter().map(|part| build(part, before)));
    }
    let now: BTreeSet<usize> = steps.iter().copied().filter(|s| before[*s].is_disjoint(steps)).collect();
    let rest: BTreeSet<usize> = steps.difference(&now).copied().collect();
    if now.is_empty() || rest.is_empty() {
        return series(steps.iter().map(|s| Block::Step(*s)));
    }
    series([build(&now, before), build(&rest, before)])
}

/// A series without series inside.
fn series(blocks: impl IntoIterator<Item = Block>) -> Block {
    let mut out = Vec::new();
    for block in blocks {
        match block {
            Block::Series(inner) => out.extend(inner),
            other => out.push(other),
        }
    }
    Block::Series(out)
}

fn components(steps: &BTreeSet<usize>, linked: &dyn Fn(usize, usize) -> bool) -> Vec<BTreeSet<usize>> {
    let mut left = steps.clone();
    let mut out = Vec::new();
    while let Some(first) = left.pop_first() {
        let mut part = BTreeSet::from([first]);
        let mut open = vec![first];
        while let Some(at) = open.pop() {
            let near: Vec<usize> = left.iter().copied().filter(|s| linked(at, *s)).collect();
            for step in near {
                left.remove(&step);
                part.insert(step);
                open.push(step);
            }
        }
        out.push(part);
    }
    out
}

/// All steps in a block.
pub(super) fn members(block: &Block) -> BTreeSet<usize> {
    match block {
        Block::Step(step) => BTreeSet::from([*step]),
        Block::Series(blocks) | Block::Parallel(blocks) => blocks.iter().flat_map(members).collect(),
    }
}

/// A gate that sends back from inside a parallel block to before it, with the steps beside it there.
fn misplaced(blueprint: &Blueprint, block: &Block) -> Option<(usize, BTreeSet<usize>)> {
    let (Block::Series(blocks) | Block::Parallel(blocks)) = block else { return None };
    if matches!(block, Block::Series(_)) {
        for part in blocks.iter().filter(|b| !matches!(b, Block::Step(_))) {
            let inside = members(part);
            for gate in inside.iter().copied() {
                let back = match blueprint.steps[gate].approval.as_ref().map(|a| &a.on_reject) {
                    Some(OnReject::BackTo(id)) => blueprint.step_index(id),
                    _ => None,
                };
                if back.is_some_and(|b| !inside.contains(&b)) {
                    let beside = inside.iter().copied().filter(|s| beside(part, *s, gate)).collect();
                    return Some((gate, beside));
                }
            }
        }
    }
    blocks.iter().find_map(|b| misplaced(blueprint, b))
}

/// True if the two stand in different branches of a parallel block.
fn beside(block: &Block, a: usize, b: usize) -> bool {
    match block {
        Block::Step(_) => false,
        Block::Series(blocks) => blocks.iter().any(|part| {
            let inside = members(part);
            inside.contains(&a) && inside.contains(&b) && beside(part, a, b)
        }),
        Block::Parallel(blocks) => {
            let of = |s: usize| blocks.iter().position(|part| members(part).contains(&s));
            match (of(a), of(b)) {
                (Some(x), Some(y)) if x == y => beside(&blocks[x], a, b),
                (Some(_), Some(_)) => true,
                _ => false,
            }
        }
    }
}

/// What the blocks make each step wait for.
fn imposed(block: &Block, earlier: &BTreeSet<usize>, waits: &mut [BTreeSet<usize>]) {
    match block {
        Block::Step(step) => waits[*step].clone_from(earlier),
        Block::Parallel(blocks) => blocks.iter().for_each(|b| imposed(b, earlier, waits)),
        Block::Series(blocks) => {
            let mut so_far = earlier.clone();
            for part in blocks {
                imposed(part, &so_far, waits);
                so_far.extend(members(part));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blueprint::model::{Approval, Step};

    fn blueprint(steps: &[(&str, &[&str])]) -> Blueprint {
        let mut b = Blueprint::new("x", "X");
        b.steps = steps
            .iter()
            .map(|(id, after)| Step { after: Some(after.iter().map(|a| (*a).to_owned()).collect()), ..Step::new(*id, *id) })
            .collect();
        b
    }

    #[test]
    fn series_and_parallel_parts_are_found() {
        let s = structure(&blueprint(&[("a", &[]), ("b", &["a"]), ("c", &["a"]), ("d", &["b", "c"])]), false);
        use Block::{Parallel, Series, Step};
        assert_eq!(s.root, Series(vec![Step(0), Parallel(vec![Step(1), Step(2)]), Step(3)]));
        assert!(s.extra.is_empty());
    }

    #[test]
    fn an_n_of_waits_begins_nothing_too_early_and_says_what_waits_longer() {
        let s = structure(&blueprint(&[("a", &[]), ("b", &[]), ("c", &["a"]), ("d", &["a", "b"])]), false);
        assert_eq!(s.extra, [(2, 1)]);
    }

    #[test]
    fn a_gate_that_sends_back_out_of_a_branch_waits_for_the_other_branches() {
        let mut b = blueprint(&[("t", &[]), ("work", &["t"]), ("gate", &["t"]), ("end", &["work", "gate"])]);
        b.steps[2].approval = Some(Approval {
            on_reject: OnReject::BackTo("t".into()),
            blocks: crate::blueprint::model::Blocks::Steps(vec!["end".into()]),
            ..Approval::by("cfo")
        });
        use Block::{Series, Step};
        assert_eq!(structure(&b, false).root, Series(vec![Step(0), Step(1), Step(2), Step(3)]));
    }
}
