//! `front-matter-invalid`: what the front matter reader could not take.

use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::config::Severity;

pub(super) struct FrontMatterInvalid;

static META: RuleMeta = RuleMeta {
    name: "front-matter-invalid",
    code: "SW601",
    what: "The front matter is not YAML, or one of stepwright's keys has a value it cannot have, or a key is a near miss of one.",
    why: "A key that is not read does not count: the page has no owner, no review date or no kind, and nobody notices.",
    how: "Correct the value or the spelling. Keys of other tools are left alone.",
    severity: Some(Severity::Error),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: true,
    bad: &[
        "---\nreviewed: 12.4.2026\n---\n# Deploy\n",
        "---\nreview_every: 6 months\n---\n# Deploy\n",
        "---\ntags: [deploy, prod\n---\n# Deploy\n",
    ],
    good: &["---\nreviewed: 2026-04-12\nweight: 10\nlayout: docs\n---\n# Deploy\n"],
    precision: "Follows from the schema; near misses are names at most two letters away from one of ours.",
};

impl Rule for FrontMatterInvalid {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        for problem in &cx.page.meta.problems {
            let mut finding = Finding::new(&META, &cx.page.source, problem.span, problem.message.clone());
            if let Some(name) = &problem.suggestion {
                finding = finding.label(format!("did you mean `{name}`?"));
            }
            if problem.message.contains("date written") {
                finding = finding.help(Help::Example("reviewed: 2026-11-22".into()));
            }
            if finding.label.is_none() && finding.help.is_empty() {
                finding = finding.help(Help::Next("correct the value; `stepwright schema front-matter` says what each key takes".into()));
            }
            out.push(finding);
        }
    }
}
