//! `yaml-ambiguous`: YAML that this tool reads and others refuse.

use std::sync::Arc;

use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Run, Scope};
use crate::text::Source;
use crate::text::yaml::Problem;

pub(super) struct YamlAmbiguous;

static META: RuleMeta = RuleMeta {
    name: "yaml-ambiguous",
    code: "SW605",
    what: "Plain text inside `{…}` or `[…]` holds a question mark.",
    why: "The YAML standard allows it; PyYAML and readers built like it stop with an error, so that the file works here and fails in another tool.",
    how: "Put the text in quotes (`stepwright lint --fix`).",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Line,
    fix: FixKind::Safe,
    on_records: true,
    bad: &[
        "---\nquestions: {first: Who pays?}\n---\n# Refund\n",
        "=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n  - {id: ask, title: Is it paid?, owner: clerk}\n",
    ],
    good: &[
        "---\nquestions: {first: \"Who pays?\"}\nlast: Who signs?\n---\n# Refund\n",
        "=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: Is it A?\nsteps:\n  - {id: ask, title: Ask, owner: clerk}\n",
    ],
    precision: "Follows from the file; tried with PyYAML 6.0.",
};

impl Rule for YamlAmbiguous {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        report(&cx.page.source, &cx.page.meta.doubts, out);
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        for loaded in &workspace.blueprints {
            report(loaded.source(), &loaded.doc.doubts, out);
        }
        if let Some(roles) = &workspace.roles {
            report(&roles.doc.source, &roles.doc.doubts, out);
        }
    }
}

fn report(source: &Arc<Source>, doubts: &[Problem], out: &mut Vec<Finding>) {
    for doubt in doubts {
        let quoted = doubt.suggestion.clone().unwrap_or_default();
        let finding = Finding::new(&META, source, doubt.span, doubt.message.clone());
        out.push(finding.help(Help::Fix(format!("write {quoted}, or let `stepwright lint --fix` do it"))).edit(doubt.span, quoted));
    }
}
