//! `blueprint-drift`: the page moved on and its blueprint did not.

use crate::blueprint::check::Code;
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Rule, RuleMeta, Scope};
use crate::workspace::Workspace;

pub(super) struct BlueprintDrift;

static META: RuleMeta = RuleMeta {
    name: "blueprint-drift",
    code: "SW201",
    what: "The page of a blueprint has changed since the two were last held against each other.",
    why: "People follow the page, systems follow the blueprint; from here on they do different things.",
    how: "Run `stepwright blueprint sync`: it proposes what moved and touches nothing that people wrote.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Page,
    fix: FixKind::None,
    bad: &["=== content/a.md\n# A\n\n1. Pay it twice.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsource:\n  page: content/a.md\n  hash: \"blake3:0123456789abcdef\"\nsteps:\n  - id: pay\n    title: Pay it\n"],
    good: &["=== content/a.md\n# A\n\n1. Pay it.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsource:\n  page: content/a.md\nsteps:\n  - id: pay\n    title: Pay it\n"],
    precision: "Follows from a hash of the page's words.",
};

impl Rule for BlueprintDrift {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, workspace: &Workspace, out: &mut Vec<Finding>) {
        super::blueprints::report(workspace, &META, Some("stepwright blueprint sync   shows what moved and takes it over where nobody wrote by hand"), |p| p.code == Code::Drift, out);
    }
}
