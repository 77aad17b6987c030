//! What rules on blueprints agree on: they all show what the blueprint checks found, each its own codes.

use crate::blueprint::check::Problem;
use crate::lint::{Finding, Help, RuleMeta, Run};

/// Adds a finding for every problem of every blueprint that `mine` claims.
pub(super) fn report(run: &Run<'_>, rule: &'static RuleMeta, next: Option<&str>, mine: impl Fn(&Problem) -> bool, out: &mut Vec<Finding>) {
    for (loaded, problems) in run.workspace.blueprints.iter().zip(run.problems()) {
        for problem in problems.iter().filter(|p| mine(p)) {
            let mut finding = Finding::new(rule, loaded.source(), problem.span, &problem.message);
            finding.label.clone_from(&problem.label);
            if let Some(next) = next {
                finding = finding.help(Help::Next(next.to_owned()));
            }
            out.push(finding);
        }
    }
}
