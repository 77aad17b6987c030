//! `stale-by-review`: the day on which a procedure had to be read again has passed.

use jiff::civil::Date;

use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::text::{count, date};

pub(super) struct StaleByReview;

static META: RuleMeta = RuleMeta {
    name: "stale-by-review",
    code: "SW301",
    what: "A page's `reviewed` date plus `review-every` is in the past.",
    why: "A procedure nobody has confirmed is followed as if somebody had.",
    how: "Its owner reads the page, corrects it, and sets `reviewed:` to that day. Never set the date without reading.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Clock,
    scope: Scope::Page,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "---\nreviewed: 2026-02-17\nreview-every: 6 months\n---\n# Deploy\n",
        "=== stepwright.yaml\ndefaults:\n  - paths: [\"content/ops/**\"]\n    review-every: 1 year\n=== content/ops/a.md\n---\nreviewed: 2025-11-21\n---\n# A\n",
    ],
    good: &[
        "---\nreviewed: 2026-08-01\nreview-every: 6 months\n---\n# Deploy\n",
        "---\nreviewed: 2026-05-22\nreview-every: 6 months\n---\n# Due today, not late\n",
        "---\nreview-every: 6 months\n---\n# Never reviewed\n",
    ],
    precision: "Follows from two written dates, nothing is estimated.",
};

impl Rule for StaleByReview {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let Some(reviewed) = &cx.page.meta.reviewed else { return };
        let Some(every) = cx.workspace.review_every(cx.id) else { return };
        let Some(due) = due(&reviewed.value, &every) else { return };
        let late = date::days_between(due, cx.workspace.now);
        if late <= 0 {
            return;
        }
        let who = cx.workspace.owner(cx.id);
        let subject = who.as_deref().unwrap_or("whoever knows it");
        let mut finding = Finding::new(&META, &cx.page.source, reviewed.span, format!("review is {} late", count(usize::try_from(late).unwrap_or(0), "day")))
            .evidence(format!("reviewed {}, review-every {every}, due {due}", reviewed.value))
            .evidence(who.as_ref().map_or_else(|| "no owner".to_owned(), |o| format!("owner {o}")))
            .help(Help::Next(format!("{subject} reads the page, corrects it, sets `reviewed: {}`", cx.workspace.now)));
        let grace = &cx.workspace.settings.freshness.grace;
        let last = date::parse_interval(grace).and_then(|g| due.checked_add(g).ok());
        if last.is_some_and(|last| cx.workspace.now > last) && cx.workspace.history.default_branch {
            finding = finding.severity(Severity::Error).evidence(format!("the grace period of {grace} is over too"));
        }
        out.push(finding);
    }
}

/// The day until which a review holds.
pub(super) fn due(reviewed: &str, every: &str) -> Option<Date> {
    date::parse(reviewed)?.checked_add(date::parse_interval(every)?).ok()
}
