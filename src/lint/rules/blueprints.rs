//! What rules on blueprints agree on: they all show what the blueprint checks found, each its own codes.

use crate::blueprint::check::Problem;
use crate::lint::{Finding, Help, RuleMeta};
use crate::workspace::Workspace;

/// Adds a finding for every problem of every blueprint that `mine` claims.
pub(super) fn report(
    workspace: &Workspace,
    rule: &'static RuleMeta,
    next: Option<&str>,
    mine: impl Fn(&Problem) -> bool,
    out: &mut Vec<Finding>,
) {
    for (index, loaded) in workspace.blueprints.iter().enumerate() {
        for problem in super::blueprint_invalid::first_look(workspace, index, false).into_iter().filter(&mine) {
            let mut finding = Finding::new(rule, loaded.source(), problem.span, problem.message);
            if let Some(label) = problem.label {
                finding = finding.label(label);
            }
            if let Some(next) = next {
                finding = finding.help(Help::Next(next.to_owned()));
            }
            out.push(finding);
        }
    }
}
