//! `review-date-invalid`: a review date that cannot be true.

use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::text::date;

pub(super) struct ReviewDateInvalid;

static META: RuleMeta = RuleMeta {
    name: "review-date-invalid",
    code: "SW306",
    what: "`reviewed` is a day that does not exist, lies in the future, or lies before the page was first written.",
    why: "The page looks confirmed and is not.",
    how: "Set `reviewed:` to the day on which a person read the page and found it right, or take the key out.",
    severity: Some(Severity::Error),
    confidence: Confidence::High,
    class: Class::Clock,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "---\nreviewed: 2026-02-30\n---\n# A\n",
        "---\nreviewed: 2027-01-01\n---\n# A\n",
        "---\nreviewed: 2018-01-01\nsource: {system: confluence, created: 2019-03-04}\n---\n# A\n",
    ],
    good: &["---\nreviewed: 2026-11-22\n---\n# Today\n", "---\nreviewed: 2019-03-04\nsource: {system: confluence, created: 2019-03-04}\n---\n# A\n"],
    precision: "Follows from written dates. A value that is no date at all is `front-matter-invalid`.",
};

impl Rule for ReviewDateInvalid {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let Some(reviewed) = &cx.page.meta.reviewed else { return };
        let created = cx.page.meta.origin.as_ref().and_then(|o| date::parse(o.created.as_deref()?));
        let message = match (date::parse(&reviewed.value), created) {
            (None, _) => format!("{} is not a day of the calendar", reviewed.value),
            (Some(day), _) if day > cx.workspace.now => format!("reviewed {day} lies in the future, today is {}", cx.workspace.now),
            (Some(day), Some(created)) if day < created => format!("reviewed {day}, but the page was first written {created}"),
            _ => return,
        };
        out.push(
            Finding::new(&META, &cx.page.source, reviewed.span, message)
                .evidence(format!("reviewed: {}", reviewed.value))
                .help(Help::Next("write the day on which a person read the page and found it right, or take the key out".into())),
        );
    }
}
