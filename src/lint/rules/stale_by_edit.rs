//! `stale-by-edit`: nobody changed the words of a page for longer than its kind may stay untouched, and nobody confirmed them either.

use jiff::civil::Date;

use super::place;
use crate::config::Severity;
use crate::history::{Edited, PageHistory};
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::page::Page;
use crate::page::front_matter::PageKind;
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
    precision: "The date is that of the last commit that changed words; it agrees with a slow reference on every page of the repositories tried. Whether old is wrong, only a person can say. Where nobody but the detector says that a page of more than 2,000 words is a procedure, confidence is medium. Where a key of another tool (`last_reviewed_on`) names a day within the limit, confidence is medium and the finding is off by default.",
};

impl Rule for StaleByEdit {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn asks_edits(&self) -> bool {
        true
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
        let unchanged = format!("words unchanged for {}", place::age(date::days_between(edited, now)));
        let elsewhere = foreign_review(cx.page).filter(|_| reviewed.is_none());
        if let Some((key, day)) = elsewhere.filter(|(_, day)| !too_old(*day)) {
            let message = format!("{unchanged}, and the review of {day} is in a key that does not count here");
            let finding = Finding::new(&META, &cx.page.source, place::page(cx.page), message).confidence(Confidence::Medium);
            let next = Help::Next(format!("if `{key}` says that a person read it, name the key `reviewed`"));
            out.push(finding.evidence(last_edit(history)).evidence(format!("{key}: {day}, limit {limit}")).help(next));
            return;
        }
        let mut finding = Finding::new(&META, &cx.page.source, place::page(cx.page), format!("{unchanged}, and no review in that time")).evidence(last_edit(history));
        finding = finding.evidence(match (reviewed, elsewhere) {
            (Some(day), _) => format!("last reviewed {day}, limit {limit}"),
            (None, Some((key, day))) => format!("last reviewed {day} ({key}), limit {limit}"),
            (None, None) => format!("never reviewed, limit {limit}"),
        });
        if let Some(skipped) = skipped(history) {
            finding = finding.evidence(skipped);
        }
        if cx.workspace.kind(cx.id) == Kind::Detected(PageKind::Procedure) && super::procedure_shaped::too_long(cx).is_some() {
            finding = finding.confidence(Confidence::Medium);
        }
        let who = cx.workspace.owner(cx.id).unwrap_or_else(|| "whoever knows it".to_owned());
        out.push(finding.help(Help::Next(format!("{who} reads the page, corrects it, sets `reviewed: {now}`"))));
    }
}

/// A day of review in a key that other tools read (`last_reviewed_on`), and the key.
fn foreign_review(page: &Page) -> Option<(&str, Date)> {
    page.meta.extra.iter().find_map(|(key, value)| {
        let name = key.to_lowercase();
        // `next_review` and `review_by` name a day to come.
        let past = name.contains("reviewed") || name.contains("review") && name.contains("last");
        let day = value.as_str().filter(|_| past)?;
        Some((key.as_str(), date::parse(day.get(..10)?)?))
    })
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

#[cfg(test)]
mod tests {
    use crate::lint::{Confidence, Finding, Request, run};
    use crate::workspace::Workspace;

    fn found(front_matter: &str, confidence: Confidence) -> Vec<Finding> {
        let text = format!("=== content/a.md\n---\nkind: procedure\n{front_matter}\n---\n# A\n=== history\ncontent/a.md 2020-03-11\n");
        let request = Request { confidence: Some(confidence), ..Request::default() };
        run(&Workspace::from_example(&text), &request).into_iter().filter(|f| f.rule.name == "stale-by-edit").collect()
    }

    #[test]
    fn a_review_in_a_key_of_another_tool_is_seen() {
        let fresh = "last_reviewed_on: 2026-10-01";
        assert!(found(fresh, Confidence::High).is_empty());
        assert!(found(fresh, Confidence::Medium)[0].message.contains("the review of 2026-10-01"));
        let old = found("last_reviewed_at: 2021-05-16T17:00:00.000Z", Confidence::High);
        assert!(old[0].evidence.contains(&"last reviewed 2021-05-16 (last_reviewed_at), limit 18 months".to_owned()), "{:?}", old[0].evidence);
        let planned = found("next_review: 2027-01-01", Confidence::High);
        assert!(planned[0].evidence.contains(&"never reviewed, limit 18 months".to_owned()), "a day to come is no review");
    }
}
