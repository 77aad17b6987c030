//! Places: every piece becomes nodes and flows with coordinates, left to right, branches below each other.

use std::collections::BTreeMap;

use super::Piece;
use crate::blueprint::model::Blueprint;

const TASK: (i32, i32) = (130, 80);
const GATEWAY: (i32, i32) = (50, 50);
const EVENT: (i32, i32) = (36, 36);
const GAP: i32 = 50;
/// Height kept free for the way round a step and for the end of a refused run.
const LANE: i32 = 70;

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NodeKind {
    Start,
    End,
    Terminate,
    Task { step: usize, groups: Vec<String> },
    Script(String),
    Exclusive,
    Parallel,
}

/// A node with its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) kind: NodeKind,
    pub(super) name: String,
    pub(super) at: (i32, i32),
    pub(super) size: (i32, i32),
}

/// An arrow.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) name: String,
    pub(super) condition: Option<String>,
    /// The way out of an exclusive gateway when no condition holds.
    pub(super) default: bool,
    pub(super) points: Vec<(i32, i32)>,
}

/// The whole drawing.
#[derive(Debug, Default)]
pub(super) struct Drawing {
    pub(super) nodes: Vec<Node>,
    pub(super) flows: Vec<Flow>,
}

pub(super) fn draw(b: &Blueprint, root: &Piece, backs: &BTreeMap<usize, String>) -> Drawing {
    let mut pen = Pen { b, backs, merges: BTreeMap::new(), out: Drawing::default() };
    let (_, height) = size(root);
    let middle = 100 + height / 2;
    let begin = b.starts.as_ref().and_then(|s| s.event.clone().or_else(|| s.rrule.clone())).unwrap_or_else(|| "start".to_owned());
    let start = pen.node("start", NodeKind::Start, &begin, (100, middle), EVENT);
    let (entry, exit, right) = pen.piece(root, 100 + EVENT.0 + GAP, middle);
    pen.straight(start, entry, None, "");
    let end = pen.node("end", NodeKind::End, "done", (right + GAP, middle), EVENT);
    pen.leave(exit, end);
    pen.out
}

/// Width and height of a piece.
fn size(piece: &Piece) -> (i32, i32) {
    match piece {
        Piece::Task { .. } | Piece::Script { .. } => TASK,
        Piece::Merge { .. } => (GATEWAY.0, GATEWAY.1 + 2 * LANE),
        Piece::Check { .. } => (GATEWAY.0, GATEWAY.1 + 2 * (LANE + EVENT.1)),
        Piece::Optional { inner, .. } => {
            let (w, h) = size(inner);
            (w + 2 * (GATEWAY.0 + GAP), h + 2 * (LANE + TASK.1))
        }
        Piece::Series(parts) => {
            let sizes: Vec<(i32, i32)> = parts.iter().map(size).collect();
            let gaps = GAP * i32::try_from(parts.len().saturating_sub(1)).unwrap_or(0);
            (sizes.iter().map(|s| s.0).sum::<i32>() + gaps, sizes.iter().map(|s| s.1).max().unwrap_or(0))
        }
        Piece::Parallel { branches, .. } => {
            let sizes: Vec<(i32, i32)> = branches.iter().map(size).collect();
            let gaps = GAP * i32::try_from(branches.len().saturating_sub(1)).unwrap_or(0);
            (sizes.iter().map(|s| s.0).max().unwrap_or(0) + 2 * (GATEWAY.0 + GAP), sizes.iter().map(|s| s.1).sum::<i32>() + gaps)
        }
    }
}

/// How a piece is left: from a node, with the condition of the arrow out of it.
type Exit = (usize, Option<String>);

struct Pen<'a> {
    b: &'a Blueprint,
    backs: &'a BTreeMap<usize, String>,
    merges: BTreeMap<String, usize>,
    out: Drawing,
}

impl Pen<'_> {
    /// Adds a node whose left edge is at `x` and whose middle at `y`.
    fn node(&mut self, id: &str, kind: NodeKind, name: &str, (x, y): (i32, i32), size: (i32, i32)) -> usize {
        self.out.nodes.push(Node { id: id.to_owned(), kind, name: name.to_owned(), at: (x, y - size.1 / 2), size });
        self.out.nodes.len() - 1
    }

    fn left(&self, node: usize) -> (i32, i32) {
        let n = &self.out.nodes[node];
        (n.at.0, n.at.1 + n.size.1 / 2)
    }

    fn right(&self, node: usize) -> (i32, i32) {
        let n = &self.out.nodes[node];
        (n.at.0 + n.size.0, n.at.1 + n.size.1 / 2)
    }

    fn straight(&mut self, from: usize, to: usize, condition: Option<String>, name: &str) {
        let (a, b) = (self.right(from), self.left(to));
        let points = if a.1 == b.1 {
            vec![a, b]
        } else if self.out.nodes[from].kind == NodeKind::Parallel || self.out.nodes[from].kind == NodeKind::Exclusive {
            let x = a.0 - GATEWAY.0 / 2;
            vec![(x, a.1), (x, b.1), b]
        } else {
            let x = b.0 + GATEWAY.0 / 2;
            vec![a, (x, a.1), (x, b.1)]
        };
        self.out.flows.push(Flow { from, to, name: name.to_owned(), condition, default: false, points });
    }

    fn leave(&mut self, (node, condition): Exit, to: usize) {
        let name = if condition.is_some() { "approved" } else { "" };
        self.straight(node, to, condition, name);
    }

    /// Draws a piece from `x` on around the middle line `y`: entry, exit, right edge.
    fn piece(&mut self, piece: &Piece, x: i32, y: i32) -> (usize, Exit, i32) {
        match piece {
            Piece::Task { id, step, groups } => {
                let title = self.b.steps[*step].title.replace('\n', " ");
                let node = self.node(id, NodeKind::Task { step: *step, groups: groups.clone() }, &title, (x, y), TASK);
                (node, (node, None), x + TASK.0)
            }
            Piece::Script { id, script } => {
                let node = self.node(id, NodeKind::Script(script.clone()), "remember", (x, y), TASK);
                (node, (node, None), x + TASK.0)
            }
            Piece::Merge { id, gates } => {
                let node = self.node(id, NodeKind::Exclusive, "", (x, y), GATEWAY);
                debug_assert!(!gates.is_empty());
                self.merges.insert(id.clone(), node);
                (node, (node, None), x + GATEWAY.0)
            }
            Piece::Check { id, gate, ok } => self.check(id, *gate, ok, x, y),
            Piece::Optional { id, condition, words, inner, skipped } => {
                self.optional(id, (condition, words), inner, skipped.as_deref(), x, y)
            }
            Piece::Series(parts) => self.series(parts, x, y),
            Piece::Parallel { id, branches } => self.parallel(id, branches, x, y),
        }
    }

    fn check(&mut self, id: &str, gate: usize, ok: &str, x: i32, y: i32) -> (usize, Exit, i32) {
        let node = self.node(id, NodeKind::Exclusive, "approved?", (x, y), GATEWAY);
        let middle = x + GATEWAY.0 / 2;
        match self.backs.get(&gate).and_then(|id| self.merges.get(id)).copied() {
            Some(merge) => {
                let target = self.left(merge).0 + GATEWAY.0 / 2;
                let roof = y - GATEWAY.1 / 2 - LANE;
                let points = vec![(middle, y - GATEWAY.1 / 2), (middle, roof), (target, roof), (target, y - GATEWAY.1 / 2)];
                self.out.flows.push(Flow { from: node, to: merge, name: "refused".into(), condition: None, default: true, points });
            }
            None => {
                let floor = y + GATEWAY.1 / 2 + LANE;
                let end = self.node(&format!("refused_{id}"), NodeKind::Terminate, "refused", (middle - EVENT.0 / 2, floor), EVENT);
                let points = vec![(middle, y + GATEWAY.1 / 2), (middle, floor - EVENT.1 / 2)];
                self.out.flows.push(Flow { from: node, to: end, name: "refused".into(), condition: None, default: true, points });
            }
        }
        (node, (node, Some(ok.to_owned())), x + GATEWAY.0)
    }

    fn optional(
        &mut self,
        id: &str,
        (condition, words): (&str, &str),
        inner: &Piece,
        skipped: Option<&Piece>,
        x: i32,
        y: i32,
    ) -> (usize, Exit, i32) {
        let (_, height) = size(inner);
        let split = self.node(id, NodeKind::Exclusive, &format!("{words}?"), (x, y), GATEWAY);
        let (entry, exit, right) = self.piece(inner, x + GATEWAY.0 + GAP, y);
        self.straight(split, entry, Some(condition.to_owned()), "yes");
        let join = self.node(&format!("end_{id}"), NodeKind::Exclusive, "", (right + GAP, y), GATEWAY);
        self.leave(exit, join);
        let floor = y + height / 2 + LANE;
        let (from, to) = (x + GATEWAY.0 / 2, right + GAP + GATEWAY.0 / 2);
        let half = GATEWAY.1 / 2;
        match skipped {
            None => {
                let points = vec![(from, y + half), (from, floor), (to, floor), (to, y + half)];
                self.out.flows.push(Flow { from: split, to: join, name: "no".into(), condition: None, default: true, points });
            }
            Some(piece) => {
                let (note, _, edge) = self.piece(piece, x + GATEWAY.0 + GAP, floor);
                let points = vec![(from, y + half), (from, floor), (x + GATEWAY.0 + GAP, floor)];
                self.out.flows.push(Flow { from: split, to: note, name: "no".into(), condition: None, default: true, points });
                let points = vec![(edge, floor), (to, floor), (to, y + half)];
                self.out.flows.push(Flow { from: note, to: join, name: String::new(), condition: None, default: false, points });
            }
        }
        (split, (join, None), right + GAP + GATEWAY.0)
    }

    fn series(&mut self, parts: &[Piece], x: i32, y: i32) -> (usize, Exit, i32) {
        let mut at = x;
        let mut first = None;
        let mut last: Option<Exit> = None;
        for part in parts {
            let (entry, exit, right) = self.piece(part, at, y);
            if let Some(before) = last.take() {
                self.leave(before, entry);
            }
            first.get_or_insert(entry);
            last = Some(exit);
            at = right + GAP;
        }
        (first.expect("a series holds a piece"), last.expect("a series holds a piece"), at - GAP)
    }

    fn parallel(&mut self, id: &str, branches: &[Piece], x: i32, y: i32) -> (usize, Exit, i32) {
        let sizes: Vec<(i32, i32)> = branches.iter().map(size).collect();
        let gaps = GAP * i32::try_from(branches.len().saturating_sub(1)).unwrap_or(0);
        let height: i32 = sizes.iter().map(|s| s.1).sum::<i32>() + gaps;
        let width = sizes.iter().map(|s| s.0).max().unwrap_or(0);
        let fork = self.node(id, NodeKind::Parallel, "", (x, y), GATEWAY);
        let right = x + GATEWAY.0 + GAP + width + GAP;
        let join = self.node(&format!("end_{id}"), NodeKind::Parallel, "", (right, y), GATEWAY);
        let mut top = y - height / 2;
        for (branch, (_, h)) in branches.iter().zip(&sizes) {
            let (entry, exit, _) = self.piece(branch, x + GATEWAY.0 + GAP, top + h / 2);
            self.straight(fork, entry, None, "");
            self.leave(exit, join);
            top += h + GAP;
        }
        (fork, (join, None), right + GATEWAY.0)
    }
}
