//! What is stale or due, by the role that answers for it: as text, Markdown (one issue per role) and JSON.
//!
//! Takes rows as plain values; what makes a page stale is decided elsewhere, in one place with the website.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::budget::{Budget, COMMENT_LIMIT, code, escaped};
use crate::text::count;

/// How urgent a page is, most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Its review day has passed.
    Overdue,
    /// A file it describes changed after the review.
    Suspect,
    /// It asks for reviews and never had one.
    Never,
    /// Cannot be told.
    Unknown,
    /// The review day is near.
    DueSoon,
    /// Nothing to do before the review day.
    InDate,
}

impl Urgency {
    /// The word for machine formats and headings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Suspect => "suspect",
            Self::Never => "never-reviewed",
            Self::Unknown => "unknown",
            Self::DueSoon => "due-soon",
            Self::InDate => "in-date",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Overdue => "Overdue",
            Self::Suspect => "What they describe has changed",
            Self::Never => "Never reviewed",
            Self::Unknown => "Not known",
            Self::DueSoon => "Due soon",
            Self::InDate => "In date",
        }
    }
}

/// One page that has, or needs, a review.
#[derive(Debug, Clone)]
pub struct Row {
    /// Path of the page.
    pub path: String,
    /// Its title.
    pub title: String,
    /// How urgent.
    pub urgency: Urgency,
    /// Last review.
    pub reviewed: Option<Date>,
    /// Day of the next review.
    pub due: Option<Date>,
    /// Days past due; negative before.
    pub days_late: Option<i64>,
    /// Last change of the words.
    pub edited: Option<Date>,
    /// Why, where the state alone does not say it.
    pub why: Option<String>,
    /// Address on the published site.
    pub url: Option<String>,
}

impl Row {
    /// True when somebody has to do something, and the history that says so is known.
    pub fn needs_someone(&self) -> bool {
        !matches!(self.urgency, Urgency::InDate | Urgency::Unknown)
    }

    /// What is the matter, in words.
    pub fn words(&self) -> String {
        let days = |n: i64| count(usize::try_from(n.unsigned_abs()).unwrap_or(0), "day");
        let why = self.why.as_deref().unwrap_or("no reason given");
        match (self.urgency, self.due) {
            (Urgency::Overdue, Some(due)) => format!("due {due}, {} late", days(self.days_late.unwrap_or(0))),
            (Urgency::Suspect, _) => why.to_owned(),
            (Urgency::Never, _) => match self.edited {
                Some(day) => format!("never reviewed, last changed {day}"),
                None => "never reviewed".to_owned(),
            },
            (Urgency::Unknown, _) => format!("not known: {why}"),
            (Urgency::DueSoon | Urgency::InDate, Some(due)) => match self.days_late.unwrap_or(0) {
                0 => format!("due {due}, today"),
                n => format!("due {due}, in {}", days(n)),
            },
            _ => "no date".to_owned(),
        }
    }
}

/// Everything one role answers for.
#[derive(Debug, Clone)]
pub struct Owner {
    /// Role id, or a CODEOWNERS name; `None` for pages nobody answers for.
    pub role: Option<String>,
    /// Title for people.
    pub title: String,
    /// GitHub users and teams bound to it.
    pub github: Vec<String>,
    /// Its pages, most urgent first.
    pub rows: Vec<Row>,
}

impl Owner {
    /// Pages that need somebody now or soon.
    pub fn open(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|r| r.urgency != Urgency::InDate)
    }
}

/// Sorts rows into owners: roles by id, nobody last; rows by urgency, then by due date, then by path.
pub fn group(rows: Vec<(Option<String>, Row)>, titles: &BTreeMap<String, String>, github: &BTreeMap<String, Vec<String>>) -> Vec<Owner> {
    let mut by_role: BTreeMap<(bool, Option<String>), Vec<Row>> = BTreeMap::new();
    for (role, row) in rows {
        by_role.entry((role.is_none(), role)).or_default().push(row);
    }
    let owner = |((_, role), mut rows): ((bool, Option<String>), Vec<Row>)| {
        rows.sort_by(|a, b| (a.urgency, a.due.is_none(), a.due, &a.path).cmp(&(b.urgency, b.due.is_none(), b.due, &b.path)));
        let title = role.as_ref().map_or("Nobody", |r| titles.get(r).map_or(r, String::as_str)).to_owned();
        let github = role.as_ref().and_then(|r| github.get(r)).cloned().unwrap_or_default();
        Owner { role, title, github, rows }
    };
    by_role.into_iter().map(owner).collect()
}

/// `3 overdue, 1 due-soon`, over one owner or several.
pub fn tally<'a>(rows: impl Iterator<Item = &'a Row>) -> String {
    let mut counts: BTreeMap<Urgency, usize> = BTreeMap::new();
    for row in rows.filter(|r| r.urgency != Urgency::InDate) {
        *counts.entry(row.urgency).or_default() += 1;
    }
    if counts.is_empty() {
        return "nothing stale or due".to_owned();
    }
    let part = |(urgency, n): (Urgency, usize)| format!("{} {}", crate::text::thousands(n), urgency.word().replace('-', " "));
    counts.into_iter().map(part).collect::<Vec<_>>().join(", ")
}

/// The report for a terminal or a pipe.
pub fn text(owners: &[Owner]) -> String {
    let mut out = String::new();
    for owner in owners.iter().filter(|o| o.open().next().is_some()) {
        let id = owner.role.as_deref().unwrap_or("nobody");
        out.push_str(&format!("{id}: {}\n", tally(owner.rows.iter())));
        let width = owner.open().map(|r| r.path.chars().count()).max().unwrap_or(0).min(60);
        for row in owner.open() {
            out.push_str(&format!("  {:<width$}  {}\n", row.path, row.words()));
        }
    }
    out
}

/// The heading line of a role's Markdown, by which scripts find the issue again.
pub fn marker(owner: &Owner) -> String {
    format!("<!-- stepwright:reviews:{} -->", owner.role.as_deref().unwrap_or("nobody").replace("--", "-"))
}

/// One role's pages as Markdown that fits an issue.
pub fn markdown(owner: &Owner, now: Date) -> String {
    let mut doc = Budget::new(COMMENT_LIMIT, 300);
    let mut head = format!("{}\n", marker(owner));
    match &owner.role {
        Some(_) => head.push_str(&format!(
            "**{}** answers for these pages. State of {now}: {}.\n",
            escaped(&owner.title),
            tally(owner.rows.iter())
        )),
        None => head.push_str(&format!("Nobody answers for these pages. State of {now}: {}.\n", tally(owner.rows.iter()))),
    }
    let _ = doc.add(&head);
    let mut rows: Vec<&Row> = owner.open().collect();
    while let Some(first) = rows.first().map(|r| r.urgency) {
        let n = rows.iter().take_while(|r| r.urgency == first).count();
        let items: Vec<String> = rows.drain(..n).map(item).collect();
        if !doc.add(&format!("\n### {} ({n})\n\n", first.heading())) {
            break;
        }
        doc.list(&items, |n| format!("- {n} more: `stepwright report --owners`\n"));
    }
    let tail = match &owner.role {
        Some(_) => {
            "\nRead each page from top to bottom, correct it, then set `reviewed:` to that day. Do not set the date without reading.\n"
        }
        None => "\nSet `owner:` in the page, or give its folder an owner under `defaults:` in stepwright.yaml.\n",
    };
    doc.finish(tail)
}

fn item(row: &Row) -> String {
    let name = match &row.url {
        Some(url) => format!("[{}]({url})", escaped(&row.title)),
        None => escaped(&row.title),
    };
    format!("- {name} ({}): {}\n", code(&row.path), escaped(&row.words()))
}

/// Everything as one JSON document, schema 1.
pub fn json(owners: &[Owner], now: Date) -> Value {
    let row = |r: &Row| {
        json!({
            "path": r.path, "title": r.title, "state": r.urgency.word(), "reviewed": r.reviewed.map(|d| d.to_string()),
            "due": r.due.map(|d| d.to_string()), "days-late": r.days_late, "edited": r.edited.map(|d| d.to_string()),
            "message": r.words(), "url": r.url,
        })
    };
    let owner = |o: &Owner| json!({"role": o.role, "title": o.title, "github": o.github, "open": o.open().count(), "pages": o.rows.iter().map(row).collect::<Vec<_>>()});
    json!({"schema": 1, "tool": "stepwright", "version": env!("CARGO_PKG_VERSION"), "now": now.to_string(), "owners": owners.iter().map(owner).collect::<Vec<_>>()})
}
