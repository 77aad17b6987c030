//! `expired-marker`: a date after which the text itself says it is void.

use crate::config::Severity;
use std::sync::LazyLock;

use regex::Regex;

use crate::text::{Span, date};
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

pub(super) struct ExpiredMarker;

static META: RuleMeta = RuleMeta {
    name: "expired-marker",
    code: "SW310",
    what: "A page says `expires YYYY-MM-DD` (or valid until, remove after) and the day has passed.",
    why: "The author wrote down when to look again; that day has come.",
    how: "Take the text out, or set a new date after reading it.",
    severity: Some(Severity::Error),
    confidence: Confidence::High,
    class: Class::Clock,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "<!-- expires 2026-01-31 -->\nUse the old login page.\n",
        "The exception is valid until 2026-03-01.\n",
    ],
    good: &[
        "<!-- expires 2027-01-31 -->\nUse the old login page.\n",
        "The certificate was valid until the end of 2025.\n",
        "`expires 2020-01-01`\n",
        "- Valid until: 2020-06-04 (expired)\n",
    ],
    precision: "Only ISO dates right after the words count; where the text says that the thing is over, it is silent.",
};

impl Rule for ExpiredMarker {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        if cx.workspace.kind(cx.id).is_record() {
            return;
        }
        let mut say = |text: &str, place: &dyn Fn(std::ops::Range<usize>) -> Span| {
            for found in MARKER.captures_iter(text) {
                let (Some(all), Some(day)) = (found.get(0), date::parse(&found[2])) else { continue };
                if OVER.is_match(text) {
                    continue;
                }
                let left = date::days_between(cx.workspace.now, day);
                if left > SOON {
                    continue;
                }
                let (message, severity) = if left < 0 {
                    (format!("\"{}\" passed {} ago", all.as_str(), super::place::age(-left)), Severity::Error)
                } else {
                    (format!("\"{}\" is due in {}", all.as_str(), super::place::age(left)), Severity::Info)
                };
                let mut finding = Finding::new(&META, &cx.page.source, place(all.range()), message).evidence(format!("{day}, today is {}", cx.workspace.now));
                finding.severity = severity;
                out.push(finding.help(Help::Next("take the text out, or set a new date after reading it".into())));
            }
        };
        if !MARKER.is_match(cx.page.source.text()) {
            return;
        }
        for run in super::prose::runs(cx) {
            say(&run.text, &|range| run.at(range));
        }
        for (comment, span) in &cx.page.body.comments {
            say(comment, &|_| super::place::first_line(cx.page, *span));
        }
    }
}

/// The text says itself that the thing is over: a list of old certificates, not a mark that was forgotten.
static OVER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:expired|ended|revoked|retired|withdrawn|replaced|superseded|no longer|was|were)\b").expect("a fixed pattern"));

/// Days before the date from which on it is mentioned.
const SOON: i64 = -1;

static MARKER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(expires?(?: on)?:?|valid until:?|remove after:?|review by:?|delete after:?) (\d{4}-\d{2}-\d{2})\b").expect("a fixed pattern")
});
