//! The blueprint as a whole: document control, start, inputs, rules, order, roles.

use super::steps::fields;
use super::{Change, Pair, Risk, quoted};
use crate::blueprint::model::{Control, Status};

pub(super) fn changes(pair: &Pair<'_>, out: &mut Vec<Change>) {
    let (old, new) = (pair.old, pair.new);
    let mut say = |risk, kind, what: String| out.push(Change::new(risk, None, kind, what));
    fields(&old.inputs, &new.inputs, "input ", &mut say);
    let (a, b) = (old.control.clone().unwrap_or_default(), new.control.clone().unwrap_or_default());
    control(&a, &b, &mut say);
    if old.starts != new.starts {
        say(Risk::Medium, "start-changed", "what starts a run, or how it is named, changed".to_owned());
    }
    if old.order != new.order {
        say(Risk::Medium, "order-changed", format!("order {} → {}", old.order, new.order));
    }
    for rule in &old.rules {
        match new.rules.iter().find(|r| r.id == rule.id) {
            None => say(Risk::High, "rule-removed", format!("rule `{}` removed", rule.id)),
            Some(now) if now != rule => say(Risk::High, "rule-changed", format!("rule `{}` changed", rule.id)),
            Some(_) => {}
        }
    }
    for rule in new.rules.iter().filter(|r| !old.rules.iter().any(|o| o.id == r.id)) {
        say(Risk::Medium, "rule-added", format!("rule `{}` added", rule.id));
    }
    let unretired: Vec<&str> = old.retired.iter().filter(|id| !new.retired.contains(id)).map(String::as_str).collect();
    if !unretired.is_empty() {
        say(Risk::Medium, "unretired", format!("{} may be used as an id again", quoted(unretired)));
    }
    for (kind, what, differs) in [
        ("title-reworded", "title reworded", old.title != new.title),
        ("summary-reworded", "summary reworded", old.summary != new.summary),
        ("tags-changed", "tags changed", old.tags != new.tags),
        ("kind-changed", "kind changed", old.kind != new.kind),
        ("links-changed", "links changed", old.links != new.links),
        ("roles-reworded", "roles reworded", old.roles != new.roles),
        ("phases-changed", "phases changed", old.phases != new.phases),
    ] {
        if differs {
            say(Risk::Low, kind, what.to_owned());
        }
    }
    let settled = old.review.iter().filter(|m| !new.review.contains(m)).count();
    if settled > 0 {
        say(Risk::None, "marks-settled", format!("{} settled by a person", crate::text::count(settled, "open question")));
    }
    if old.source != new.source {
        say(Risk::None, "source-refreshed", "provenance refreshed".to_owned());
    }
}

fn control(a: &Control, b: &Control, say: &mut impl FnMut(Risk, &'static str, String)) {
    let status = |c: &Control| c.status.unwrap_or_default();
    if status(a) != status(b) {
        if status(b) == Status::Approved {
            let who = if b.approvers.is_empty() {
                "nobody is named to approve it".to_owned()
            } else {
                format!("needs a review by {}", quoted(b.approvers.iter().map(String::as_str)))
            };
            say(Risk::Danger, "status-approved", format!("status {} → approved; {who}", status(a)));
        } else {
            say(Risk::Medium, "status-changed", format!("status {} → {}", status(a), status(b)));
        }
    }
    let gone: Vec<&str> = a.approvers.iter().filter(|r| !b.approvers.contains(r)).map(String::as_str).collect();
    if !gone.is_empty() {
        say(Risk::Danger, "document-approver-removed", format!("{} no longer approves this document", quoted(gone)));
    }
    let more: Vec<&str> = b.approvers.iter().filter(|r| !a.approvers.contains(r)).map(String::as_str).collect();
    if !more.is_empty() {
        say(Risk::Medium, "document-approver-added", format!("{} approves this document", quoted(more)));
    }
    if a.owner != b.owner {
        let shown = |o: &Option<String>| o.as_ref().map_or_else(|| "nobody".to_owned(), |r| format!("`{r}`"));
        say(Risk::High, "document-owner-changed", format!("document owner {} → {}", shown(&a.owner), shown(&b.owner)));
    }
    interval(a.keep_records, b.keep_records, false, "keep-records", say);
    interval(a.review_every, b.review_every, true, "review-every", say);
    if a.review_by != b.review_by {
        let later = match (&a.review_by, &b.review_by) {
            (Some(a), Some(b)) => b > a,
            (Some(_), None) => true,
            _ => false,
        };
        let shown = |d: &Option<String>| d.clone().unwrap_or_else(|| "none".to_owned());
        let risk = if later { Risk::High } else { Risk::Low };
        say(risk, "review-by-changed", format!("review-by {} → {}", shown(&a.review_by), shown(&b.review_by)));
    }
    if a.classification != b.classification {
        let shown = |d: &Option<String>| d.clone().unwrap_or_else(|| "none".to_owned());
        say(Risk::High, "classification-changed", format!("classification {} → {}", shown(&a.classification), shown(&b.classification)));
    }
    let rest = |c: &Control| Control {
        status: None,
        approvers: Vec::new(),
        owner: None,
        keep_records: None,
        review_every: None,
        review_by: None,
        classification: None,
        ..c.clone()
    };
    if rest(a) != rest(b) {
        say(Risk::Low, "control-changed", "document control: other entries changed".to_owned());
    }
}

/// `longer_is_worse`: reviews; records are the other way round.
fn interval(
    a: Option<crate::blueprint::due::Interval>,
    b: Option<crate::blueprint::due::Interval>,
    longer_is_worse: bool,
    key: &'static str,
    say: &mut impl FnMut(Risk, &'static str, String),
) {
    if a == b {
        return;
    }
    let shown = |i: Option<crate::blueprint::due::Interval>| i.map_or_else(|| "none".to_owned(), |i| i.to_string());
    let worse = match (a, b) {
        (Some(_), None) => true,
        (None, _) => false,
        (Some(a), Some(b)) => (b.minutes() > a.minutes()) == longer_is_worse,
    };
    let kind = if key == "keep-records" { "retention-changed" } else { "review-interval-changed" };
    say(if worse { Risk::High } else { Risk::Low }, kind, format!("{key} {} → {}", shown(a), shown(b)));
}
