//! `blueprint-unreviewed-import`: questions the drafting left open.

use crate::blueprint::check::Code;
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Rule, RuleMeta, Run, Scope};

pub(super) struct BlueprintUnreviewed;

static META: RuleMeta = RuleMeta {
    name: "blueprint-unreviewed-import",
    code: "SW207",
    what: "A blueprint still has `review:` marks of its drafting.",
    why: "Each mark is a question the page could not answer; until somebody does, the blueprint is a guess there.",
    how: "Settle the question, then delete the mark.",
    severity: Some(Severity::Info),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: false,
    bad: &["=== content/a.md\n# A\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n  - id: pay\n    title: Pay the invoice\n    owner: accountant\n    review:\n      - code: owner-vague\n        evidence: somebody pays\n"],
    good: &["=== content/a.md\n# A\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n  - id: pay\n    title: Pay the invoice\n    owner: accountant\n"],
    precision: "Follows from the file.",
};

impl Rule for BlueprintUnreviewed {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        super::blueprints::report(run, &META, Some("answer the question in the blueprint or in the page, then delete its `review:` entry"), |p| p.code == Code::Open, out);
    }
}
