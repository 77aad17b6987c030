//! `stepwright report`: what is stale or due, by the role that answers for it. For a scheduled run, a calendar, a feed reader.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::args::Global;
use super::build::{role_titles, site_settings, with_input};
use super::term::Term;
use super::{Outcome, workspace};
use crate::report::owners::{self, Owner, Row, Urgency};
use crate::report::reviews;
use crate::site::plan::Plan;
use crate::site::routes;
use crate::site::trust::{State, Trust};
use crate::text::{count, thousands};
use crate::workspace::Workspace;

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright report --owners\n  stepwright report --owners --role ops-lead --format markdown\n  stepwright report --owners --format icalendar > reviews.ics\n  stepwright report --owners --into /tmp/reviews     one Markdown file per role"
)]
pub struct ReportArgs {
    /// What is stale or due, by owner
    #[arg(long, required = true)]
    pub owners: bool,
    /// Only this role (repeatable)
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    pub role: Vec<String>,
    /// Form of stdout
    #[arg(long, value_name = "NAME", default_value = "text", hide_default_value = true)]
    pub format: Form,
    /// Write one Markdown file per role into this folder instead, named ROLE.md
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    pub into: Option<PathBuf>,
}

/// Forms of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A list for reading
    Text,
    /// One section per role, for an issue
    Markdown,
    /// One JSON document
    Json,
    /// Review days for a calendar
    Icalendar,
    /// What is stale or due, for a feed reader
    Atom,
}

pub(super) fn run(args: &ReportArgs, global: &Global, term: &Term) -> Outcome {
    let Some((project, workspace)) = workspace("report", global, term) else { return Outcome::Failed };
    let mut owners = collect(&project.root, &workspace);
    let pages: usize = owners.iter().map(|o| o.rows.len()).sum();
    if let Some(outcome) = narrow(args, &mut owners, &workspace, term) {
        return outcome;
    }
    let now = workspace.now;
    let settings = &workspace.settings.site;
    if let Some(folder) = &args.into {
        return write_each(folder, &owners, now, term);
    }
    let base = settings.base_url.as_deref();
    term.answer(&match args.format {
        Form::Text => owners::text(&owners),
        Form::Markdown => open(&owners).map(|o| owners::markdown(o, now)).collect::<Vec<_>>().join("\n"),
        Form::Json => format!("{:#}\n", owners::json(&owners, now)),
        Form::Icalendar => reviews::icalendar(&owners, &settings.title, now),
        Form::Atom => reviews::atom(&owners, &settings.title, base, now),
    });
    let asking = if pages == 1 { "1 page asks".to_owned() } else { format!("{} pages ask", thousands(pages)) };
    term.last(&format!("report: {}; {asking} for reviews", owners::tally(owners.iter().flat_map(|o| &o.rows))));
    Outcome::Fine
}

fn open(owners: &[Owner]) -> impl Iterator<Item = &Owner> {
    owners.iter().filter(|o| o.open().next().is_some())
}

/// Leaves the roles that were asked for; a role nobody knows is refused.
fn narrow(args: &ReportArgs, owners: &mut Vec<Owner>, workspace: &Workspace, term: &Term) -> Option<Outcome> {
    if args.role.is_empty() {
        return None;
    }
    let mut known: Vec<String> = role_titles(workspace).into_keys().collect();
    known.extend(owners.iter().filter_map(|o| o.role.clone()));
    if let Some(unknown) = args.role.iter().find(|r| !known.contains(r)) {
        let near = crate::text::nearest(unknown, known.iter().map(String::as_str));
        let next =
            near.map_or_else(|| "roles are named in roles.yaml and in `owner:` of pages".to_owned(), |n| format!("did you mean `{n}`?"));
        term.error(&format!("no page or file names a role `{unknown}`"), &[("next", &next)]);
        term.say("report: not started, unknown role");
        return Some(Outcome::Failed);
    }
    owners.retain(|o| o.role.as_ref().is_some_and(|r| args.role.contains(r)));
    None
}

/// Everything that has or needs a review, by owner.
fn collect(root: &Path, workspace: &Workspace) -> Vec<Owner> {
    let settings = site_settings(root, workspace);
    let rows = with_input(workspace, &settings, None, |input| {
        let plan = Plan::new(input);
        let row = |(id, place): (crate::page::PageId, &crate::site::plan::Place)| {
            let page = workspace.corpus.page(id);
            let url = settings.base_url.as_ref().map(|base| routes::absolute(base, &place.output));
            Some((workspace.owner(id), row(page.path(), &page.title, &place.trust, url)?))
        };
        let places = workspace.corpus.iter().filter_map(|(id, _)| Some((id, plan.place(id)?)));
        places.filter_map(row).collect::<Vec<_>>()
    });
    let bindings = workspace.roles.iter().flat_map(|r| &r.file.roles);
    let github: BTreeMap<String, Vec<String>> = bindings.map(|(id, b)| (id.clone(), b.github.clone())).collect();
    owners::group(rows, &role_titles(workspace), &github)
}

/// A page as a row; `None` for pages that ask for no review.
pub(super) fn row(path: &str, title: &str, trust: &Trust, url: Option<String>) -> Option<Row> {
    let urgency = match trust.state {
        State::Overdue => Urgency::Overdue,
        State::Suspect => Urgency::Suspect,
        State::Never => Urgency::Never,
        State::Unknown => Urgency::Unknown,
        State::DueSoon => Urgency::DueSoon,
        State::InDate => Urgency::InDate,
        State::Draft | State::Retired | State::Plain => return None,
    };
    let edited = match &trust.edited {
        crate::site::Edited::On(day) => Some(*day),
        crate::site::Edited::Unknown(_) => None,
    };
    let suspect = trust.suspect.as_ref().map(|s| format!("{} changed {}, after the review", s.path, s.changed));
    Some(Row {
        path: path.to_owned(),
        title: title.to_owned(),
        urgency,
        reviewed: trust.reviewed,
        due: trust.due,
        days_late: trust.days_late,
        edited,
        why: suspect.or_else(|| trust.reason.clone()),
        url,
    })
}

/// Writes one Markdown file per role with something to do. Files of roles that have nothing left are taken away.
fn write_each(folder: &Path, owners: &[Owner], now: jiff::civil::Date, term: &Term) -> Outcome {
    let mut written = 0;
    for owner in owners {
        let name = owner.role.as_deref().unwrap_or("nobody").trim_start_matches('@').replace(['/', '\\'], "-");
        let path = folder.join(format!("{name}.md"));
        let result = if owner.open().next().is_some() {
            written += 1;
            crate::disk::replace(&path, owners::markdown(owner, now).as_bytes()).map(drop)
        } else {
            std::fs::remove_file(&path).or_else(|e| if e.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
        };
        if let Err(error) = result {
            term.error(&format!("cannot write {}", path.display()), &[("why", &error.to_string())]);
            term.say("report: stopped");
            return Outcome::Failed;
        }
    }
    term.last(&format!("report: {} in {}", count(written, "file"), folder.display()));
    Outcome::Fine
}
