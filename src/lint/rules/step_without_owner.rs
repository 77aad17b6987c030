//! `step-without-owner`: a step of a blueprint that nobody does.

use crate::blueprint::check::Code;
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Rule, RuleMeta, Scope};
use crate::workspace::Workspace;

pub(super) struct StepWithoutOwner;

static META: RuleMeta = RuleMeta {
    name: "step-without-owner",
    code: "SW105",
    what: "A step of a blueprint has no owner and no approval.",
    why: "A step nobody is asked to do is not done, or done by whoever reads it first.",
    how: "Set `owner:` to a role.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Line,
    fix: FixKind::None,
    bad: &["=== content/a.md\n# A\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n  - id: pay\n    title: Pay the invoice\n"],
    good: &["=== content/a.md\n# A\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n  - id: pay\n    title: Pay the invoice\n    owner: accountant\n"],
    precision: "Follows from the file.",
};

impl Rule for StepWithoutOwner {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, workspace: &Workspace, out: &mut Vec<Finding>) {
        super::blueprints::report(workspace, &META, Some("name the role that does it, or settle it in the page and sync"), |p| p.code == Code::NoOwner, out);
    }
}
