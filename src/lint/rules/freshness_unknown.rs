//! `freshness-unknown`: says once per run why ages are not known.

use std::collections::BTreeMap;

use crate::config::Severity;
use crate::history::Unknown;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};
use crate::page::Page;
use crate::text::{Span, count};

pub(super) struct FreshnessUnknown;

static META: RuleMeta = RuleMeta {
    name: "freshness-unknown",
    code: "SW303",
    what: "Git cannot say when pages were last edited. Said once per reason, with the number of pages.",
    why: "An unknown age is neither fresh nor stale. Silence would look like fresh.",
    how: "Fetch the whole history, or commit the pages.",
    severity: Some(Severity::Info),
    confidence: Confidence::High,
    class: Class::History,
    scope: Scope::Site,
    fix: FixKind::None,
    on_records: true,
    bad: &["=== content/a.md\n# A\n=== history\ncontent/a.md shallow\n", "# A\n"],
    good: &["=== content/a.md\n# A\n=== history\ncontent/a.md 2026-03-11\n"],
    precision: "Follows from the state of the clone.",
};

impl Rule for FreshnessUnknown {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        let mut reasons: BTreeMap<&Unknown, Vec<&Page>> = BTreeMap::new();
        for (_, page) in workspace.corpus.iter() {
            if let Some(why) = workspace.history.page(page.path()).edited.unknown() {
                reasons.entry(why).or_default().push(page);
            }
        }
        for (why, pages) in reasons {
            let message = format!("edit date of {} unknown: {why}", count(pages.len(), "page"));
            let mut finding = Finding::new(&META, &pages[0].source, Span::default(), message);
            if pages.len() > 1 {
                let names: Vec<&str> = pages.iter().take(3).map(|p| p.path()).collect();
                let more = if pages.len() > 3 { ", …" } else { "" };
                finding = finding.evidence(format!("{}{more}", names.join(", ")));
            }
            if let Some(remedy) = why.remedy() {
                finding = finding.help(Help::Next(remedy.to_owned()));
            }
            out.push(finding);
        }
    }
}
