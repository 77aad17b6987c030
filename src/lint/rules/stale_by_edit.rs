//! `stale-by-edit`: nobody changed the words of a page for longer than its kind may stay untouched, and nobody confirmed them either.

use jiff::civil::Date;

use super::place;
use crate::config::Severity;
use crate::history::{Edited, PageHistory};
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::text::date;
use crate::workspace::Kind;

pub(super) struct StaleByEdit;

static META: RuleMeta = RuleMeta {
    name: "stale-by-edit",
    code: "SW302",
    what: "The prose of a procedure has not changed for longer than `freshness.procedure-limit`, and it was not reviewed in that time.",
    why: "Systems, people and names change faster than that. Somebody should say that the page still holds.",
    how: "Read it. If it is right, set `reviewed:` to today; if not, correct it first.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Clock,
    scope: Scope::Page,
    fix: FixKind::None,
    on_records: false,
    bad: &["=== content/a.md\n---\nkind: procedure\n---\n# A\n=== history\ncontent/a.md 2024-03-11\n", "=== content/a.md\n---\nkind: procedure\n---\n# A\n=== history\ncontent/a.md imported 2019-05-06\n"],
    good: &[
        "=== content/a.md\n---\nkind: procedure\n---\n# A\n=== history\ncontent/a.md 2026-03-11\n",
        "=== content/a.md\n---\nkind: procedure\nreviewed: 2026-01-02\n---\n# A\n=== history\ncontent/a.md 2020-03-11\n",
        "=== content/a.md\n---\nkind: procedure\n---\n# A\n=== history\ncontent/a.md shallow\n",
        "=== content/a.md\n---\nkind: reference\n---\n# A\n=== history\ncontent/a.md 2020-03-11\n",
    ],
    precision: "The date is that of the last commit that changed words; it agrees with a slow reference on every page of the repositories tried. Whether old is wrong, only a person can say.",
};

impl Rule for StaleByEdit {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        if cx.workspace.kind(cx.id) == Kind::Mixed {
            return;
        }
        let Some(limit) = cx.workspace.age_limit(cx.id) else { return };
        let history = cx.workspace.history.page(cx.page.path());
        let Some(edited) = history.edited.date() else { return };
        let now = cx.workspace.now;
        let too_old = |day: Date| cx.workspace.is_past(day, limit);
        let reviewed = cx.page.meta.reviewed.as_ref().and_then(|r| date::parse(&r.value));
        // Where a review interval is agreed, `stale-by-review` speaks.
        let reviewed_by_rule = reviewed.is_some() && cx.workspace.review_every(cx.id).is_some();
        if !too_old(edited) || reviewed.is_some_and(|r| !too_old(r)) || reviewed_by_rule {
            return;
        }
        let message = format!("words unchanged for {}, and no review in that time", place::age(date::days_between(edited, now)));
        let mut finding = Finding::new(&META, &cx.page.source, place::page(cx.page), message).evidence(last_edit(history));
        finding = finding.evidence(match reviewed {
            Some(day) => format!("last reviewed {day}, limit {limit}"),
            None => format!("never reviewed, limit {limit}"),
        });
        if let Some(skipped) = skipped(history) {
            finding = finding.evidence(skipped);
        }
        let who = cx.workspace.owner(cx.id).unwrap_or_else(|| "whoever knows it".to_owned());
        out.push(finding.help(Help::Next(format!("{who} reads the page, corrects it, sets `reviewed: {now}`"))));
    }
}

fn last_edit(history: &PageHistory) -> String {
    match &history.edited {
        Edited::Commit(c) => format!("last change of words {} by {}: \"{}\" ({})", c.date, c.author, c.subject, c.id),
        Edited::Imported(day) => format!("last change in the wiki {day}, imported since"),
        Edited::Unknown(why) => why.to_string(),
    }
}

/// The newer commits that do not count, in one line.
fn skipped(history: &PageHistory) -> Option<String> {
    let (newest, why) = history.skipped.first()?;
    let more = match history.skipped.len() - 1 {
        0 => String::new(),
        n => format!(", and {n} more"),
    };
    Some(format!("not counted: {} \"{}\" ({why}){more}", newest.date, newest.subject))
}
