//! `blueprint-drift`: the page moved on and its blueprint did not.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::blueprint::check::{Code, Problem};
use crate::blueprint::sync::Change;
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};
use crate::page::PageId;

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
        let mut drifting: BTreeMap<Option<PageId>, Vec<(usize, &Problem)>> = BTreeMap::new();
        for (index, problems) in run.problems().iter().enumerate() {
            let found = problems.iter().find(|p| p.code == Code::Drift);
            drifting.entry(run.workspace.page_of(index)).or_default().extend(found.map(|problem| (index, problem)));
        }
        let moved = drifting.into_par_iter().flat_map_iter(|(page, found)| {
            let indices: Vec<usize> = found.iter().map(|(index, _)| *index).collect();
            let moved = match page.filter(|_| !indices.is_empty()) {
                Some(page) => run.workspace.all_moved(page, &indices),
                None => vec![None; indices.len()],
            };
            found.into_iter().zip(moved)
        });
        out.par_extend(moved.filter_map(|((index, problem), moved)| {
            let source = run.workspace.blueprints[index].source();
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

#[cfg(test)]
mod tests {
    use crate::lint::{Request, run};
    use crate::workspace::Workspace;

    #[test]
    fn each_blueprint_of_a_page_is_told_its_own_steps() {
        let blueprint = |id: &str, heading: &str, step: &str| {
            format!(
                "=== content/{id}.blueprint.yaml\nblueprint: 1\nid: {id}\ntitle: {heading}\nsource:\n  page: content/users.md\n  heading: {heading}\n  hash: \"blake3:0123456789abcdef\"\nsteps:\n  - id: {step}\n    title: {step} the account\n"
            )
        };
        let page = "=== content/users.md\n---\nkind: procedure\n---\n# Manage users\n\n## How to add a user\n\n1. Open the account.\n2. Send the password.\n\n## How to remove a user\n\n1. Lock the account.\n2. Collect the badge.\n";
        let text = [page, &blueprint("add", "How to add a user", "Open"), &blueprint("remove", "How to remove a user", "Lock")].concat().replace("id: Open", "id: open").replace("id: Lock", "id: lock");
        let found = run(&Workspace::from_example(&text), &Request { only: vec!["blueprint-drift".into()], ..Request::default() });
        let told: Vec<(&str, String)> = found.iter().map(|f| (f.path(), f.evidence.join("; "))).collect();
        let [(add, of_add), (remove, of_remove)] = &told[..] else { panic!("{told:?}") };
        assert_eq!((*add, *remove), ("content/add.blueprint.yaml", "content/remove.blueprint.yaml"));
        assert!(of_add.contains("password") && !of_add.contains("badge"), "{of_add}");
        assert!(of_remove.contains("badge") && !of_remove.contains("password"), "{of_remove}");
    }
}
