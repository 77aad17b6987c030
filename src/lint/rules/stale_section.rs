//! `stale-section`: steps that nobody changed for long, on a page that small edits keep young.

use super::place;
use crate::config::Severity;
use crate::history::Edited;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};
use crate::text::date;

pub(super) struct StaleSection;

static META: RuleMeta = RuleMeta {
    name: "stale-section",
    code: "SW313",
    what: "A section with steps has not changed for longer than `freshness.procedure-limit`, while other parts of its page have, and nobody reviewed the page in that time.",
    why: "A typo mended at the top makes the page look cared for; the rollback steps below are as old as ever.",
    how: "Read the section. If it is right, set `reviewed:` to today; if not, correct it first.",
    severity: Some(Severity::Info),
    confidence: Confidence::Medium,
    class: Class::Clock,
    scope: Scope::Block,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "=== content/a.md\n---\nkind: procedure\n---\n# Outage\n\nCall Anna.\n\n## Roll back\n\n1. Open the valve.\n2. Tell the hall.\n=== history\ncontent/a.md 2026-11-01\ncontent/a.md:8 2021-03-02\n",
    ],
    good: &[
        "=== content/a.md\n---\nkind: procedure\n---\n# Outage\n\nCall Anna.\n\n## Roll back\n\n1. Open the valve.\n=== history\ncontent/a.md 2026-11-01\ncontent/a.md:8 2026-03-02\n",
        "=== content/a.md\n---\nkind: procedure\nreviewed: 2026-08-01\n---\n# Outage\n\nCall Anna.\n\n## Roll back\n\n1. Open the valve.\n=== history\ncontent/a.md 2026-11-01\ncontent/a.md:9 2021-03-02\n",
        "=== content/a.md\n---\nkind: procedure\n---\n# Outage\n\nCall Anna.\n\n## Roll back\n\n1. Open the valve.\n=== history\ncontent/a.md 2026-11-01\ncontent/a.md:8 shallow\n",
        "=== content/a.md\n---\nkind: procedure\n---\n# Outage\n\nCall Anna.\n\n## Background\n\nIt is old.\n=== history\ncontent/a.md 2026-11-01\ncontent/a.md:8 2021-03-02\n",
    ],
    precision: "The dates agree with a slow reference on every section of the repositories tried. How often old steps are wrong steps is not measured, so it is off unless asked for (`--confidence medium`, or its name in the settings).",
};

/// Further sections named in the evidence.
const NAMED: usize = 3;

impl Rule for StaleSection {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn asks_edits(&self) -> bool {
        true
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        for (id, old) in workspace.old_parts() {
            let old: Vec<_> = old.sections.into_iter().filter(|s| s.steps).collect();
            // The oldest speaks for all of a page.
            let Some(oldest) = old.iter().min_by_key(|s| (s.since, s.span)) else { continue };
            let page = workspace.corpus.page(id);
            let age = |day| place::age(date::days_between(day, workspace.now));
            let edited = workspace.page_history(id).edited.date();
            let message = format!("the steps under \"{}\" have not changed for {}", oldest.title, age(oldest.since));
            let mut finding = Finding::new(&META, &page.source, place::first_line(page, oldest.span), message).evidence(match &oldest.edited {
                Edited::Commit(c) => format!("last change {} by {}: \"{}\" ({})", c.date, c.author, c.subject, c.id),
                _ => format!("last change in the wiki {} at the latest, imported since", oldest.since),
            });
            if let Some(day) = edited {
                finding = finding.evidence(format!("the page was last changed {day}, elsewhere"));
            }
            let others: Vec<String> =
                old.iter().filter(|s| s.span != oldest.span).take(NAMED).map(|s| format!("\"{}\" {}", s.title, s.since)).collect();
            if !others.is_empty() {
                let more = (old.len() - 1).saturating_sub(NAMED);
                let more = if more > 0 { format!(", and {more} more") } else { String::new() };
                finding = finding.evidence(format!("as old: {}{more}", others.join(", ")));
            }
            let who = workspace.owner(id).unwrap_or_else(|| "whoever knows it".to_owned());
            out.push(finding.help(Help::Next(format!("{who} reads the section, corrects it, sets `reviewed: {}`", workspace.now))));
        }
    }
}
