//! `deadline-in-prose`: a time limit that only the page names.

use crate::config::Severity;
use std::sync::LazyLock;

use regex::Regex;

use crate::page::BlockKind;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

pub(super) struct DeadlineInProse;

static META: RuleMeta = RuleMeta {
    name: "deadline-in-prose",
    code: "SW106",
    what: "A numbered step names a time limit and the page's blueprint has no due rule at all.",
    why: "On paper there is a deadline; in the run nobody is reminded.",
    how: "Run `stepwright blueprint sync`, or add `due:` to the step.",
    severity: Some(Severity::Info),
    confidence: Confidence::Medium,
    class: Class::Cross,
    scope: Scope::Block,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "=== content/a.md\n---\nkind: procedure\n---\n# Refund\n\n1. Answer the customer within 2 business days.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: Refund\nsteps:\n  - id: answer\n    title: Answer the customer\n    owner: clerk\n",
    ],
    good: &[
        "=== content/a.md\n---\nkind: procedure\n---\n# Refund\n\n1. Answer the customer within 2 business days.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: Refund\nsteps:\n  - id: answer\n    title: Answer the customer\n    owner: clerk\n    due: 2 business days\n",
    ],
    precision: "Expected, to be measured.",
};

impl Rule for DeadlineInProse {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let blueprints: Vec<_> = cx.workspace.blueprints_of(cx.id).iter().filter_map(|at| cx.workspace.blueprints[*at].blueprint.as_ref()).collect();
        if blueprints.is_empty() || blueprints.iter().any(|b| b.steps.iter().any(|s| s.due.is_some())) {
            return;
        }
        cx.tree().walk(&mut |block| {
            let BlockKind::List(list) = &block.kind else { return };
            for lead in list.items.iter().filter(|_| list.start.is_some()).filter_map(|i| i.lead()) {
                let run = super::prose::run(cx.page, lead);
                let Some(found) = LIMIT.find(&run.text) else { continue };
                out.push(
                    Finding::new(&META, &cx.page.source, run.at(found.range()), format!("the page names a time limit (\"{}\"), its blueprint has none", found.as_str()))
                        .evidence(format!("phrase \"{}\"", found.as_str()))
                        .help(Help::Fix("stepwright blueprint sync   (or add `due: 2 business days` or the like to the step by hand)".into())),
                );
            }
        });
    }
}

static LIMIT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:within|no later than|at the latest|not later than|at most) (?:the (?:first|next) )?(?:\d+|one|two|three|four|five|seven|ten|fourteen|thirty) (?:business |working |calendar )?(?:minutes?|hours?|days?|weeks?)\b").expect("a fixed pattern")
});
