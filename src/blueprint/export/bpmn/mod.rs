//! BPMN 2.0 that runs: blocks become sequences and parallel gateways, conditions go round a step, gates stay shut until somebody says
//! `approved`.
//!
//! A gate is a user task that sets `outcome_<step>`, followed by an exclusive gateway. Its default is refusal: a form that sets nothing
//! opens nothing. A refusal ends the run (terminate event) or goes back in front of the block that holds the step named.

mod conditions;
mod diagram;
mod xml;

use std::collections::BTreeMap;

use super::blocks::{Block, members, structure};
use super::{Loss, Names, lose};
use crate::blueprint::model::{Approval, Blueprint, Need, OnReject, Step};
use conditions::{Variables, expression};

/// Which engine's words are used for conditions, groups and forms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dialect {
    /// SpiffWorkflow: Python expressions.
    #[default]
    Spiff,
    /// Camunda 7 and its descendants: JUEL, `camunda:` attributes.
    Camunda7,
    /// Camunda 8: FEEL, `zeebe:` elements.
    Camunda8,
}

/// A part of the process before it has places.
#[derive(Debug)]
enum Piece {
    /// A user task of a step.
    Task {
        id: String,
        step: usize,
        groups: Vec<String>,
    },
    /// Sets variables (Python only).
    Script {
        id: String,
        script: String,
    },
    /// Where refusals of these gates come back to.
    Merge {
        id: String,
        gates: Vec<usize>,
    },
    /// Goes on if `ok`, else refuses.
    Check {
        id: String,
        gate: usize,
        ok: String,
    },
    /// Only if `condition`; else through `skipped`.
    Optional {
        id: String,
        condition: String,
        words: String,
        inner: Box<Piece>,
        skipped: Option<Box<Piece>>,
    },
    Series(Vec<Piece>),
    Parallel {
        id: String,
        branches: Vec<Piece>,
    },
}

pub(super) fn write(b: &Blueprint, names: &Names<'_>, dialect: Dialect, losses: &mut Vec<Loss>) -> String {
    // SpiffWorkflow's parallel join counts arrivals of an earlier round, so what a refusal repeats is never side by side there.
    let structure = structure(b, dialect == Dialect::Spiff);
    let mut maker = Maker {
        b,
        names,
        dialect,
        variables: Variables::of(b),
        backs: BTreeMap::new(),
        losses,
        forks: 0,
        repeated: structure.repeated.clone(),
    };
    for (step, other) in &structure.extra {
        let what = format!("also waits for `{}`", b.steps[*other].id);
        lose(maker.losses, Some(&b.steps[*step].id), what, "a block begins when the one before has ended", false);
    }
    let root = maker.block(&structure.root);
    maker.report();
    let backs = maker.backs;
    let drawing = diagram::draw(b, &root, &backs);
    xml::write(b, names, dialect, &drawing)
}

struct Maker<'a, 'l> {
    b: &'a Blueprint,
    names: &'a Names<'a>,
    dialect: Dialect,
    variables: Variables,
    /// Gates that send back, by position; the id of their merge.
    backs: BTreeMap<usize, String>,
    losses: &'l mut Vec<Loss>,
    forks: usize,
    repeated: std::collections::BTreeSet<usize>,
}

impl Maker<'_, '_> {
    fn block(&mut self, block: &Block) -> Piece {
        match block {
            Block::Step(step) => self.step(*step),
            Block::Parallel(blocks) => {
                self.forks += 1;
                let id = format!("parallel_{}", self.forks);
                Piece::Parallel { id, branches: blocks.iter().map(|b| self.block(b)).collect() }
            }
            Block::Series(blocks) => {
                let mut out = Vec::new();
                for (i, part) in blocks.iter().enumerate() {
                    let inside = members(part);
                    let gates: Vec<usize> = blocks[i + 1..]
                        .iter()
                        .filter_map(|later| if let Block::Step(step) = later { Some(*step) } else { None })
                        .filter(|gate| self.back_of(*gate).is_some_and(|target| inside.contains(&target)))
                        .collect();
                    if !gates.is_empty() {
                        let id = format!("again_{}", name(&self.b.steps[*inside.first().expect("a block holds a step")].id));
                        for gate in &gates {
                            self.backs.insert(*gate, id.clone());
                            self.repeats_more(*gate, &inside);
                        }
                        out.push(Piece::Merge { id, gates });
                    }
                    out.push(self.block(part));
                }
                Piece::Series(out)
            }
        }
    }

    fn back_of(&self, gate: usize) -> Option<usize> {
        match &self.b.steps[gate].approval.as_ref()?.on_reject {
            OnReject::BackTo(id) => self.b.step_index(id),
            OnReject::Stop => None,
        }
    }

    /// A refusal goes back in front of a whole block; what else is in it is done again too.
    fn repeats_more(&mut self, gate: usize, block: &std::collections::BTreeSet<usize>) {
        let target = self.back_of(gate);
        let more: Vec<&str> = block.iter().filter(|s| Some(**s) != target).map(|s| self.b.steps[*s].id.as_str()).collect();
        if !more.is_empty() {
            let what = format!("a refusal repeats only what is between; here also {}", more.join(", "));
            lose(self.losses, Some(&self.b.steps[gate].id), what, "the block is done again as a whole", false);
        }
    }

    fn step(&mut self, at: usize) -> Piece {
        let step = &self.b.steps[at];
        let id = name(&step.id);
        let core = match &step.approval {
            Some(approval) => self.gate(at, approval),
            None if step.everyone && step.owner.len() > 1 => {
                self.forks += 1;
                let branch = |role: &String| Piece::Task { id: format!("{id}__{}", name(role)), step: at, groups: vec![role.clone()] };
                let branches = step.owner.iter().map(branch).collect();
                if self.dialect == Dialect::Spiff && self.repeated.contains(&at) {
                    Piece::Series(branches)
                } else {
                    Piece::Parallel { id: format!("parallel_{}", self.forks), branches }
                }
            }
            None => Piece::Task { id: id.clone(), step: at, groups: step.owner.clone() },
        };
        let core = match self.script_after(&step.id, true) {
            Some(script) => Piece::Series(vec![core, Piece::Script { id: format!("note_{id}"), script }]),
            None => core,
        };
        let Some(when) = &step.when else { return core };
        let skipped = self.script_after(&step.id, false).map(|script| Box::new(Piece::Script { id: format!("skip_{id}"), script }));
        Piece::Optional {
            condition: expression(self.b, when, self.dialect),
            words: self.names.condition(when),
            id: format!("if_{id}"),
            inner: Box::new(core),
            skipped,
        }
    }

    /// Python knows no absent variable: what a condition looks at later gets a value on either way.
    fn script_after(&self, step: &str, done: bool) -> Option<String> {
        (self.dialect == Dialect::Spiff).then(|| self.variables.script(step, done)).flatten()
    }

    fn gate(&mut self, at: usize, approval: &Approval) -> Piece {
        let step = &self.b.steps[at];
        let id = name(&step.id);
        let ok = conditions::approved(&step.id, self.dialect);
        // One after the other: a refusal is known at once, and no branch can carry an older answer past a newer one.
        let rounds: Vec<Vec<String>> = match approval.need {
            Need::Any => vec![approval.by.clone()],
            Need::All => approval.by.iter().map(|r| vec![r.clone()]).collect(),
            Need::Count(n) => vec![approval.by.clone(); n as usize],
        };
        let single = rounds.len() == 1;
        let pieces = rounds.into_iter().enumerate().flat_map(|(n, groups)| {
            let suffix = if single { String::new() } else { format!("__{}", n + 1) };
            [
                Piece::Task { id: format!("{id}{suffix}"), step: at, groups },
                Piece::Check { id: format!("decided_{id}{suffix}"), gate: at, ok: ok.clone() },
            ]
        });
        Piece::Series(pieces.collect())
    }

    fn report(&mut self) {
        let losses = &mut *self.losses;
        for step in &self.b.steps {
            let id = Some(step.id.as_str());
            if let Some(approval) = &step.approval {
                if !approval.not_same_as.is_empty() {
                    lose(losses, id, "separation of duties (`not-same-as`)", "words in the documentation", true);
                }
                if matches!(approval.need, Need::Count(_)) {
                    lose(losses, id, "that the approvals come from different people", "asked one after the other", true);
                }
                if approval.escalate.is_some() {
                    lose(losses, id, "escalation", "words in the documentation", false);
                }
            }
            for (what, there) in [
                ("due rule", step.due.is_some()),
                ("repeat", step.repeat.is_some()),
                ("that it may be skipped", step.optional),
                ("message on completion", step.notify.is_some()),
            ] {
                if there {
                    lose(losses, id, what, "words in the documentation", false);
                }
            }
            if self.dialect != Dialect::Camunda7
                && step.fields.iter().any(|f| f.required && f.kind == crate::blueprint::model::FieldType::File)
            {
                lose(losses, id, "that a file is required", "words in the documentation", true);
            }
        }
        if self.dialect != Dialect::Spiff && self.variables.uses_state() {
            lose(losses, None, "conditions on whether a step was done or skipped", "a variable the engine has to set", true);
        }
        if !self.b.rules.is_empty() {
            lose(losses, None, "rules", "left out", false);
        }
    }
}

/// An id that XML and Python take for a name.
fn name(id: &str) -> String {
    id.replace('-', "_")
}

/// What a person doing the task needs to read.
fn documentation(step: &Step, names: &Names<'_>) -> String {
    let mut lines = Vec::new();
    lines.extend(step.text.clone());
    lines.extend(step.checklist.iter().map(|c| format!("- {}{}", c.text, if c.optional { " (optional)" } else { "" })));
    lines.extend(step.notes.iter().map(|n| format!("{}: {}", n.kind, n.text)));
    lines.extend(step.fields.iter().map(|f| format!("Record: {}{}", f.label, super::field_hint(f))));
    lines.extend(step.due.iter().map(|d| format!("Due {}.", names.due(d))));
    lines.extend(step.repeat.iter().map(|r| format!("Repeat {r}.")));
    lines.extend(step.optional.then(|| "May be skipped.".to_owned()));
    if let Some(approval) = &step.approval {
        lines.push(format!("Set outcome_{} to approved or rejected.", name(&step.id)));
        if !approval.not_same_as.is_empty() {
            lines.push(format!("Not by whoever did {}.", approval.not_same_as.join(", ")));
        }
        lines.extend(approval.escalate.iter().map(|e| format!("No answer after {}: ask {}.", e.after, names.role(&e.to))));
    }
    lines.extend(step.notify.iter().map(|n| format!("When done, tell {}: {}", names.roles(&n.to, ", "), n.subject)));
    lines.extend(step.links.iter().map(|l| format!("See {} ({})", l.label(), l.target())));
    lines.join("\n")
}
