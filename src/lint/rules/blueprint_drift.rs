//! `blueprint-drift`: the page moved on and its blueprint did not.

use rayon::prelude::*;

use crate::blueprint::check::Code;
use crate::blueprint::sync::Change;
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};

pub(super) struct BlueprintDrift;

static META: RuleMeta = RuleMeta {
    name: "blueprint-drift",
    code: "SW201",
    what: "Steps on the page of a blueprint have changed since the two were last held against each other.",
    why: "People follow the page, systems follow the blueprint; from here on they do different things.",
    how: "Run `stepwright blueprint sync`: it proposes what moved and touches nothing that people wrote.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Page,
    fix: FixKind::None,
    on_records: false,
    bad: &["=== content/a.md\n# A\n\n1. Pay it twice.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsource:\n  page: content/a.md\n  hash: \"blake3:0123456789abcdef\"\nsteps:\n  - id: pay\n    title: Pay it\n"],
    good: &[
        "=== content/a.md\n# A\n\n1. Pay it.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsource:\n  page: content/a.md\nsteps:\n  - id: pay\n    title: Pay it\n",
        "=== content/a.md\n---\nkind: procedure\n---\n# Refund\n\nWhat to do, spelt right now.\n\n## Steps\n\n1. Open the case.\n2. Pay the money back.\n3. Close the case.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: refund\ntitle: Refund\nsource:\n  page: content/a.md\n  hash: \"blake3:0123456789abcdef\"\nsteps:\n  - id: open-the-case\n    title: Open the case\n  - id: pay-the-money-back\n    title: Pay the money back\n  - id: close-the-case\n    title: Close the case\n",
    ],
    precision: "The page is read as steps again and compared with the text the blueprint was drafted from, where git has it; a word changed elsewhere on the page is left alone.",
};

/// Steps named in the evidence.
const NAMED: usize = 4;

fn evidence(moved: Option<&[Change]>) -> Vec<String> {
    let Some(moved) = moved else { return vec!["the page holds no procedure any more that this could be".to_owned()] };
    let line = |c: &Change| if c.step.is_empty() { c.detail.clone() } else { format!("step `{}`: {}", c.step, c.detail) };
    let mut lines: Vec<String> = moved.iter().take(NAMED).map(line).collect();
    if moved.len() > NAMED {
        lines.push(format!("and {} more", moved.len() - NAMED));
    }
    lines
}

impl Rule for BlueprintDrift {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let drifting = run.problems().par_iter().enumerate().filter_map(|(index, problems)| Some((index, problems.iter().find(|p| p.code == Code::Drift)?)));
        out.par_extend(drifting.filter_map(|(index, problem)| {
            let source = run.workspace.blueprints[index].source();
            let moved = run.workspace.moved(index);
            if moved.as_ref().is_some_and(Vec::is_empty) {
                return None;
            }
            let mut finding = Finding::new(&META, source, problem.span, &problem.message);
            finding.evidence = evidence(moved.as_deref());
            let path = source.path();
            Some(finding.help(if moved.is_some() {
                Help::Fix(format!("stepwright blueprint sync {path}   (shows what moved, takes it over where nobody wrote by hand)"))
            } else {
                Help::Next(format!("write the steps back, name the page that has them now as `source.page`, or delete {path}"))
            }))
        }));
    }
}
