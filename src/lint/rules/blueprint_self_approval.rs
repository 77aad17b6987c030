//! `blueprint-self-approval`: somebody may approve their own work.

use crate::blueprint::check::Code;
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Rule, RuleMeta, Run, Scope};

pub(super) struct BlueprintSelfApproval;

static META: RuleMeta = RuleMeta {
    name: "blueprint-self-approval",
    code: "SW206",
    what: "The role that does a step may approve it too.",
    why: "An approval by the person who did the work is no control.",
    how: "Name another role, or add `not-same-as:` to the approval.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: false,
    bad: &["=== content/a.md\n# A\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n  - id: pay\n    title: Pay the invoice\n    owner: accountant\n  - id: ok\n    title: Approve the payment\n    approval:\n      by: [accountant]\n"],
    good: &["=== content/a.md\n# A\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n  - id: pay\n    title: Pay the invoice\n    owner: accountant\n  - id: ok\n    title: Approve the payment\n    approval:\n      by: [cfo]\n"],
    precision: "Follows from the file; whether two roles are held by one person is not looked at here.",
};

impl Rule for BlueprintSelfApproval {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        super::blueprints::report(run, &META, Some("add it beside `by:`, or let another role approve"), |p| p.code == Code::SelfApproval, out);
    }
}
