//! `roles.yaml`: the same person on both sides of a gate is a change of the process, though no blueprint changed.

use std::collections::BTreeSet;

use super::{Change, Risk, quoted};
use crate::blueprint::graph::Graph;
use crate::blueprint::model::{Blueprint, Step};
use crate::blueprint::roles::RolesFile;

/// Approvals of `blueprint` that somebody may now give to their own work because of a change of roles.
pub fn roles_changes(blueprint: &Blueprint, old: &RolesFile, new: &RolesFile) -> Vec<Change> {
    let graph = Graph::new(blueprint);
    let mut out = Vec::new();
    for (i, gate) in blueprint.steps.iter().enumerate() {
        let Some(approval) = &gate.approval else { continue };
        for j in &graph.before[i] {
            let step = &blueprint.steps[*j];
            let both = |file: &RolesFile| -> BTreeSet<String> {
                holders(file, &approval.by).intersection(&holders(file, owners(step))).cloned().collect()
            };
            let (was, is) = (both(old), both(new));
            let fresh = is.difference(&was).count();
            // Who it is stays in roles.yaml; a diff is published.
            if fresh > 0 {
                let people = crate::text::count(fresh, "person").replace("persons", "people");
                let what = format!(
                    "{people} who may do `{}` now also holds {}, which approves it",
                    step.id,
                    quoted(approval.by.iter().map(String::as_str))
                );
                out.push(Change::new(Risk::Danger, Some(&gate.id), "approver-is-owner", what).because("roles.yaml changed"));
            }
        }
    }
    out
}

fn owners(step: &Step) -> &[String] {
    &step.owner
}

fn holders(file: &RolesFile, roles: &[String]) -> BTreeSet<String> {
    roles.iter().filter_map(|r| file.roles.get(r)).flat_map(|b| b.people.iter().chain(&b.teams)).cloned().collect()
}
