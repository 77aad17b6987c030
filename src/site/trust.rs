//! The trust state of a page: can what it says be followed today? One rule for pages, lists, search and health.
//!
//! Precedence: retired, draft, overdue, suspect, unknown, never, due soon, in date. A reference page that asks for no review has no state.

use jiff::civil::Date;

use super::input::{Edited, Facts, Suspect};
use crate::page::Page;
use crate::text::date;

/// States in the order they are counted on the health page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Reviewed, and the next review is not near.
    InDate,
    /// The last tenth of the interval (7 to 30 days) has begun.
    DueSoon,
    /// The review day has passed.
    Overdue,
    /// A file it describes changed after the review.
    Suspect,
    /// No review on record, and the history is known.
    Never,
    /// Cannot be said.
    Unknown,
    /// Not for use yet.
    Draft,
    /// Not for use any more.
    Retired,
    /// A reference page that asks for no review.
    Plain,
}

impl State {
    /// States that the health page counts, in its order.
    pub const COUNTED: [State; 6] = [State::InDate, State::DueSoon, State::Overdue, State::Suspect, State::Never, State::Unknown];

    /// Name in `data-state`, in files and in the words of the theme.
    pub fn id(self) -> &'static str {
        match self {
            State::InDate => "in-date",
            State::DueSoon => "due-soon",
            State::Overdue => "overdue",
            State::Suspect => "suspect",
            State::Never => "never",
            State::Unknown => "unknown",
            State::Draft => "draft",
            State::Retired => "retired",
            State::Plain => "plain",
        }
    }

    /// How much it needs someone: larger is worse.
    pub fn urgency(self) -> u8 {
        match self {
            State::Overdue => 5,
            State::Suspect => 4,
            State::Never => 3,
            State::Unknown => 2,
            State::DueSoon => 1,
            _ => 0,
        }
    }
}

/// What the trust line says.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The state.
    pub state: State,
    /// Last review.
    pub reviewed: Option<Date>,
    /// Role that reviewed.
    pub reviewed_by: Option<String>,
    /// Next review.
    pub due: Option<Date>,
    /// First day on which the review counts as due soon.
    pub soon: Option<Date>,
    /// Days past due; negative while it is not.
    pub days_late: Option<i64>,
    /// Last change of the prose.
    pub edited: Edited,
    /// Role that answers for it.
    pub owner: Option<String>,
    /// What changed underneath.
    pub suspect: Option<Suspect>,
    /// Why the state is not known.
    pub reason: Option<String>,
}

/// Judges one page on a day.
pub fn judge(page: &Page, facts: &Facts, now: Date) -> Trust {
    let meta = &page.meta;
    let reviewed = meta.reviewed.as_ref().and_then(|r| date::parse(&r.value));
    let asks = facts.kind.followed() || meta.review_every.is_some();
    let interval = facts.review_every.as_deref().filter(|_| asks);
    let due = reviewed.zip(interval.and_then(date::parse_interval)).and_then(|(day, every)| day.checked_add(every).ok());
    let soon = reviewed.zip(due).map(|(from, to)| soon_from(from, to));
    let days_late = due.map(|due| date::days_between(due, now));
    let unknown_edit = match &facts.edited {
        Edited::Unknown(why) => Some(why.clone()),
        Edited::On(_) => None,
    };
    let (state, reason) = if is_retired(page) {
        (State::Retired, None)
    } else if meta.draft {
        (State::Draft, None)
    } else if days_late.is_some_and(|d| d > 0) {
        (State::Overdue, None)
    } else if facts.suspect.is_some() {
        (State::Suspect, None)
    } else if facts.suspect_unknown.is_some() && reviewed.is_some() {
        (State::Unknown, facts.suspect_unknown.clone())
    } else if reviewed.is_none() && !asks {
        (State::Plain, None)
    } else if reviewed.is_none() {
        if unknown_edit.is_some() { (State::Unknown, unknown_edit) } else { (State::Never, None) }
    } else if soon.is_some_and(|s| s <= now) {
        (State::DueSoon, None)
    } else {
        (State::InDate, None)
    };
    Trust {
        state,
        reviewed,
        reviewed_by: meta.reviewed_by.as_ref().map(|r| r.value.clone()),
        due,
        soon,
        days_late,
        edited: facts.edited.clone(),
        owner: facts.owner.clone(),
        suspect: facts.suspect.clone(),
        reason,
    }
}

/// The trust of something that is no page: review dates alone.
pub fn from_dates(reviewed: Option<Date>, due: Option<Date>, now: Date) -> Trust {
    let soon = reviewed.zip(due).map(|(from, to)| soon_from(from, to));
    let days_late = due.map(|due| date::days_between(due, now));
    let state = match (reviewed, days_late) {
        (_, Some(late)) if late > 0 => State::Overdue,
        (None, _) => State::Never,
        _ if soon.is_some_and(|s| s <= now) => State::DueSoon,
        _ => State::InDate,
    };
    let edited = Edited::Unknown("it has no page".to_owned());
    Trust { state, reviewed, reviewed_by: None, due, soon, days_late, edited, owner: None, suspect: None, reason: None }
}

/// A page is retired by `status: retired` or `retired: true`, keys that several generators share and we do not own.
fn is_retired(page: &Page) -> bool {
    page.meta.extra.get("retired").is_some_and(|v| v == true) || page.meta.extra.get("status").is_some_and(|v| v == "retired")
}

/// True if a review on `reviewed`, asked for every `every`, stands on `day` and the next is not near: what [`State::InDate`] says of a page.
pub fn in_date(reviewed: &str, every: &str, day: Date) -> bool {
    let Some((reviewed, every)) = date::parse(reviewed).zip(date::parse_interval(every)) else { return false };
    let due = reviewed.checked_add(every).ok();
    due.is_some_and(|due| reviewed <= day && day < soon_from(reviewed, due))
}

/// The last tenth of the interval, but at least 7 and at most 30 days before `due`.
fn soon_from(reviewed: Date, due: Date) -> Date {
    let days = (date::days_between(reviewed, due) / 10).clamp(7, 30);
    due.checked_sub(jiff::Span::new().days(days)).unwrap_or(due)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::input::Kind;
    use crate::text::Source;

    fn state(front: &str, kind: Kind, edited: Option<&str>, now: &str) -> State {
        let page = Page::parse(Source::new("p.md", format!("---\n{front}\n---\n# P\n")));
        let mut facts = Facts::unknown(kind, "not in git yet");
        if let Some(day) = edited {
            facts.edited = Edited::On(date::parse(day).unwrap());
        }
        facts.review_every = Some("6 months".to_owned());
        judge(&page, &facts, date::parse(now).unwrap()).state
    }

    #[test]
    fn states_follow_the_table() {
        let reviewed = "reviewed: 2026-01-01\nreview-every: 6 months";
        assert_eq!(state(reviewed, Kind::Procedure, None, "2026-03-01"), State::InDate);
        assert_eq!(state(reviewed, Kind::Procedure, None, "2026-06-20"), State::DueSoon);
        assert_eq!(state(reviewed, Kind::Procedure, None, "2026-07-01"), State::DueSoon, "due today is not overdue");
        assert_eq!(state(reviewed, Kind::Procedure, None, "2026-07-02"), State::Overdue);
        assert_eq!(state("title: P", Kind::Procedure, Some("2025-01-01"), "2026-07-02"), State::Never);
        assert_eq!(state("title: P", Kind::Procedure, None, "2026-07-02"), State::Unknown);
        assert_eq!(state("title: P", Kind::Reference, None, "2026-07-02"), State::Plain);
        assert_eq!(state("draft: true", Kind::Procedure, None, "2026-07-02"), State::Draft);
        assert_eq!(state("reviewed: 2026-01-01", Kind::Mixed, None, "2026-07-02"), State::Overdue, "the default interval counts");
    }
}
