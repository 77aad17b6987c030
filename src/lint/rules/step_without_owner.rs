//! `step-without-owner`: a step of a blueprint that nobody does.

use crate::blueprint::check::Code;
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};

pub(super) struct StepWithoutOwner;

static META: RuleMeta = RuleMeta {
    name: "step-without-owner",
    code: "SW105",
    what: "Steps of a blueprint have no owner and no approval. One finding for a blueprint, with the steps as evidence.",
    why: "A step nobody is asked to do is not done, or done by whoever reads it first.",
    how: "Set `owner:` to a role.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: false,
    bad: &["=== content/a.md\n# A\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n  - id: pay\n    title: Pay the invoice\n"],
    good: &["=== content/a.md\n# A\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n  - id: pay\n    title: Pay the invoice\n    owner: accountant\n"],
    precision: "Follows from the file.",
};

impl Rule for StepWithoutOwner {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        for (loaded, problems) in run.workspace.blueprints.iter().zip(run.problems()) {
            let orphans: Vec<_> = problems.iter().filter(|p| p.code == Code::NoOwner).collect();
            // One decision usually settles all of them, so it is one finding.
            let Some(first) = orphans.first() else { continue };
            let source = loaded.source();
            let message = match orphans.len() {
                1 => first.message.clone(),
                n => format!("nobody does {n} of the steps"),
            };
            let mut finding = Finding::new(&META, source, first.span, message).label("add `owner:` with a role");
            if orphans.len() > 1 {
                let place = |p: &crate::blueprint::check::Problem| format!("line {}: {}", source.line_of(p.span.start), p.message);
                finding.evidence.extend(orphans.iter().take(SHOWN).copied().map(place));
                if orphans.len() > SHOWN {
                    finding.evidence.push(format!("and {} more", orphans.len() - SHOWN));
                }
            }
            out.push(finding.help(Help::Next("write `owner:` with a role id at each such step, or name who does it in the page and run stepwright blueprint sync".to_owned())));
        }
    }
}

/// Steps named in one finding.
const SHOWN: usize = 5;

#[cfg(test)]
mod tests {
    use crate::lint::{Request, run};
    use crate::workspace::Workspace;

    #[test]
    fn many_steps_without_an_owner_are_one_finding() {
        let steps: String = (1..=7).map(|n| format!("  - id: s{n}\n    title: Do part {n}\n")).collect();
        let example = format!("=== content/a.md\n# A\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n{steps}");
        let request = Request { only: vec!["step-without-owner".to_owned()], ..Request::default() };
        let found = run(&Workspace::from_example(&example), &request);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "nobody does 7 of the steps");
        assert_eq!(found[0].evidence.last().map(String::as_str), Some("and 2 more"));
    }
}
