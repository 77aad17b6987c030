//! `missing-review-interval`: a procedure that is never due.

use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

pub(super) struct MissingReviewInterval;

static META: RuleMeta = RuleMeta {
    name: "missing-review-interval",
    code: "SW305",
    what: "A procedure has no `review-every`, neither its own nor one for its path.",
    why: "It can be reviewed once and never again, and no report will say so.",
    how: "Set `review-every:` on the page, or for a folder under `defaults:` in stepwright.yaml.",
    severity: Some(Severity::Info),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Page,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "---\nkind: procedure\n---\n# Deploy\n",
    ],
    good: &[
        "---\nkind: procedure\nreview-every: 6 months\n---\n# Deploy\n",
        "---\nkind: reference\n---\n# A\n",
    ],
    precision: "Certain where the page is declared a procedure; off by default where only the detector says so.",
};

impl Rule for MissingReviewInterval {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let kind = cx.workspace.kind(cx.id);
        if !kind.is_procedure() || cx.workspace.review_every(cx.id).is_some() {
            return;
        }
        let declared = matches!(kind, crate::workspace::Kind::Declared(_));
        let folder = cx.page.path().rsplit_once('/').map_or(".", |(folder, _)| folder);
        out.push(
            Finding::new(&META, &cx.page.source, super::place::page(cx.page), "procedure without a review interval")
                .confidence(if declared { Confidence::High } else { Confidence::Medium })
                .evidence(format!("no `review-every:` here, none for {folder} in stepwright.yaml"))
                .help(Help::Next("name an interval in the front matter, or for the folder under `defaults:` in stepwright.yaml".into()))
                .help(Help::Example("review-every: 6 months".into())),
        );
    }
}
