//! `stepwright review`: what a change does, for the person who approves it and for the gate that lets it through.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::{FailOn, FindingFormat, Global};
use super::blueprint::diff::{FailOnRisk, Files, compare};
use super::build::{site_settings, with_input};
use super::changes::{Since, no_base};
use super::term::Term;
use super::{Outcome, workspace};
use crate::blueprint::diff::Risk;
use crate::blueprint::diff::show::{self, FileDiff, Paint, counts};
use crate::blueprint::parse as blueprint;
use crate::config::Project;
use crate::lint::changed::Changed;
use crate::lint::{self, Finding, Request};
use crate::page::{Page, PageId};
use crate::report::budget::COMMENT_LIMIT;
use crate::report::review::{self, Note, Process, Review, Touched, Unpaired};
use crate::report::text::Look;
use crate::report::{Counts, owners::Row};
use crate::site::plan::Plan;
use crate::site::routes;
use crate::text::Source;
use crate::workspace::Workspace;

/// Arguments of `review`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright review --base origin/main\n  stepwright review --base origin/main --format markdown > review.md\n  stepwright review --base HEAD~1 --fail-on warning --fail-on-risk high"
)]
pub struct ReviewArgs {
    /// Revision the change is compared with, from where the two parted
    #[arg(long, value_name = "REV")]
    pub base: String,
    /// Form of stdout
    #[arg(long, value_name = "NAME", default_value = "text", hide_default_value = true)]
    pub format: Form,
    /// Severity of new findings at which the exit code is 1
    #[arg(long, value_name = "LEVEL", default_value = "error")]
    pub fail_on: FailOn,
    /// Risk of changes to the process at which the exit code is 1
    #[arg(long, value_name = "RISK", default_value = "danger")]
    pub fail_on_risk: FailOnRisk,
    /// Exit 0 also when the review fails
    #[arg(long)]
    pub exit_zero: bool,
    /// A further report, as NAME=PATH (repeatable)
    #[arg(long, value_name = "NAME=PATH", value_parser = report_target)]
    pub report: Vec<(Form, PathBuf)>,
    /// Accepted old findings (default: .stepwright/baseline.yaml, if it is there)
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Address of a preview of the site, for links to touched pages
    #[arg(long, value_name = "URL")]
    pub preview: Option<String>,
    /// Longest Markdown, in bytes (default: what a GitHub comment takes)
    #[arg(long, value_name = "N", default_value_t = COMMENT_LIMIT, hide_default_value = true)]
    pub max_bytes: usize,
}

/// The review as part of `check` and `lint`: one run, one judgement of all pages.
#[derive(Debug, Args)]
pub struct AgainstArgs {
    /// Review the change since this revision too; stdout and exit code are then those of the review
    #[arg(long, value_name = "REV", conflicts_with_all = ["new_from", "changed"])]
    pub base: Option<String>,
    /// With --base: risk of changes to the process at which the exit code is 1
    #[arg(long, value_name = "RISK", default_value = "danger", requires = "base", hide_default_value = true)]
    pub fail_on_risk: FailOnRisk,
    /// With --base: a report of the review, as NAME=PATH (repeatable)
    #[arg(long, value_name = "NAME=PATH", value_parser = report_target, requires = "base")]
    pub review: Vec<(Form, PathBuf)>,
    /// With --base: address of a preview of the site, for links to touched pages
    #[arg(long, value_name = "URL", requires = "base")]
    pub preview: Option<String>,
}

/// Forms of the review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Frames and lines
    Text,
    /// For a comment or a job summary
    Markdown,
    /// GitHub annotations
    Github,
    /// One JSON document
    Json,
}

pub(super) fn run(args: &ReviewArgs, global: &Global, term: &Term) -> Outcome {
    let Some((project, workspace)) = workspace("review", global, term) else { return Outcome::Failed };
    for bad in &workspace.corpus.unreadable {
        term.error(&format!("{}: {}", bad.path, bad.why), &[("next", "save the file as UTF-8; the other pages were read")]);
    }
    let Some(judged) = findings(args, &workspace, term) else { return Outcome::Failed };
    let wish = Wish {
        base: &args.base,
        fail_on: args.fail_on,
        fail_on_risk: args.fail_on_risk,
        preview: args.preview.as_deref(),
        reports: &args.report,
        format: args.format,
        max_bytes: args.max_bytes,
    };
    match show("review", &wish, judged, &project, &workspace, term) {
        Some(Shown { unread: true, .. }) | None => Outcome::Failed,
        Some(Shown { fails, headline, .. }) => {
            term.last(&format!("review: {headline}"));
            if fails && !args.exit_zero { Outcome::Findings } else { Outcome::Fine }
        }
    }
}

/// What a review is asked for.
struct Wish<'a> {
    base: &'a str,
    fail_on: FailOn,
    fail_on_risk: FailOnRisk,
    preview: Option<&'a str>,
    reports: &'a [(Form, PathBuf)],
    format: Form,
    max_bytes: usize,
}

/// What came of a review.
pub(super) struct Shown {
    /// Something in it is at or above its level.
    pub(super) fails: bool,
    /// A blueprint or a page could not be read, so that it does not say everything.
    unread: bool,
    /// `passes, …` in one line.
    pub(super) headline: String,
}

/// The review of a run that has judged all pages already: `check --base`, `lint --base`. `None` after a message if it cannot be made.
pub(super) fn after(
    command: &str,
    args: &AgainstArgs,
    (format, fail_on): (FindingFormat, FailOn),
    judged: &[Finding],
    (project, workspace): (&Project, &Workspace),
    term: &Term,
) -> Option<Shown> {
    let base = args.base.as_deref()?;
    let format = match format {
        FindingFormat::Github => Form::Github,
        FindingFormat::Json => Form::Json,
        FindingFormat::Markdown => Form::Markdown,
        _ => Form::Text,
    };
    let wish = Wish {
        base,
        fail_on,
        fail_on_risk: args.fail_on_risk,
        preview: args.preview.as_deref(),
        reports: &args.review,
        format,
        max_bytes: COMMENT_LIMIT,
    };
    show(command, &wish, judged.to_vec(), project, workspace, term)
}

/// Makes the review of findings that nobody accepted, writes its reports and shows it.
fn show(command: &str, wish: &Wish<'_>, judged: Vec<Finding>, project: &Project, workspace: &Workspace, term: &Term) -> Option<Shown> {
    let since = match Since::load(workspace, wish.base) {
        Ok(since) => since,
        Err(error) => {
            no_base(command, &error, term);
            return None;
        }
    };
    let findings = since.news(judged, workspace);
    let (old, changed) = (&since.old, &since.changed);
    let (files, broken) = compare(old, &since.new);
    for (path, why) in &broken {
        term.error(&format!("{path}: {why}"), &[("next", "stepwright blueprint check   shows what is wrong with it")]);
    }
    let unread = !broken.is_empty() || !workspace.corpus.unreadable.is_empty();
    let risky = files.iter().flat_map(|f| &f.changes).any(|c| c.risk >= wish.fail_on_risk.into());
    let fails = risky || unread || Counts::of(&findings).at_least(wish.fail_on.into()) > 0;
    let review = Review {
        base: since.base.chars().take(10).collect(),
        passes: !fails,
        findings,
        process: process(&files),
        notes: gates(&files, workspace),
        unpaired: unpaired(workspace, old, changed),
        touched: touched(project, workspace, changed, wish.preview),
        removed: changed.removed.iter().filter(|p| crate::page::is_page(p)).cloned().collect(),
        preview: wish.preview.map(str::to_owned),
    };
    for (form, path) in wish.reports {
        let text = rendered(*form, &review, wish.max_bytes, Look { color: false, width: None });
        if let Err(error) = crate::disk::replace(path, text.as_bytes()) {
            term.error(&format!("cannot write {} ({error})", path.display()), &[("next", "name a folder that exists and can be written")]);
            term.say(&format!("{command}: stopped"));
            return None;
        }
    }
    term.answer(&rendered(wish.format, &review, wish.max_bytes, term.look()));
    Some(Shown { fails, unread, headline: review.headline() })
}

fn rendered(form: Form, review: &Review, max_bytes: usize, look: Look) -> String {
    match form {
        Form::Text => review::text(review, look),
        Form::Markdown => review::markdown(review, max_bytes),
        Form::Github => review::annotations(review),
        Form::Json => format!("{:#}\n", review::json(review)),
    }
}

fn report_target(text: &str) -> Result<(Form, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or_else(|| "write it as NAME=PATH, e.g. markdown=review.md".to_owned())?;
    let form = <Form as ValueEnum>::from_str(name, false).map_err(|_| format!("no report is called `{name}`"))?;
    Ok((form, PathBuf::from(path)))
}

/// Findings of the whole repository that nobody accepted before.
fn findings(args: &ReviewArgs, workspace: &Workspace, term: &Term) -> Option<Vec<Finding>> {
    let mut findings = lint::run(workspace, &Request::default());
    match super::mend::baseline(args.baseline.as_deref(), workspace) {
        Ok(mut baseline) => {
            baseline.take(&mut findings);
            Some(findings)
        }
        Err(error) => {
            term.error(&error, &[("next", "mend the file, or write it anew with stepwright lint --write-baseline")]);
            term.say("review: not started, baseline not readable");
            None
        }
    }
}

/// A change of a process on the line of its step.
fn gates(files: &[FileDiff], workspace: &Workspace) -> Vec<Note> {
    let mut notes = Vec::new();
    for file in files {
        let loaded = workspace.blueprints.iter().find(|b| b.source().path() == file.path);
        for change in &file.changes {
            let step = change.step.as_ref().and_then(|id| {
                let steps = loaded?.doc.root.get("steps")?.items();
                steps.iter().find(|s| s.get("id").and_then(|i| i.text()) == Some(id))
            });
            let line = step.zip(loaded).map_or(1, |(s, l)| l.source().line_of(s.span.start));
            let why = change.why.as_ref().map(|w| format!("\n{w}")).unwrap_or_default();
            let note = Note { path: file.path.clone(), line, danger: change.risk == Risk::Danger, text: format!("{}{why}", change.what) };
            notes.push((change.risk, note));
        }
    }
    notes.retain(|(risk, _)| *risk >= Risk::High);
    notes.sort_by(|(a, m), (b, n)| b.cmp(a).then_with(|| (&m.path, m.line).cmp(&(&n.path, n.line))));
    notes.into_iter().map(|(_, note)| note).collect()
}

fn process(files: &[FileDiff]) -> Process {
    let touched: Vec<&FileDiff> = files.iter().filter(|f| !f.changes.is_empty()).collect();
    Process {
        markdown: touched.iter().map(|f| show::markdown(std::slice::from_ref(*f)).replacen("### ", "#### ", 1)).collect(),
        text: show::text(files, Paint::default()),
        json: show::json(files),
        counts: counts(files),
        changes: touched.iter().map(|f| f.changes.len()).sum(),
    }
}

/// Pages whose words changed without their blueprint, and blueprints whose meaning changed without their page.
fn unpaired(workspace: &Workspace, old: &Files, changed: &Changed) -> Vec<Unpaired> {
    let mut out = Vec::new();
    for (index, loaded) in workspace.blueprints.iter().enumerate() {
        let path = loaded.source().path();
        let Some(page) = workspace.page_of(index).map(|id| workspace.corpus.page(id)) else { continue };
        let page_changed = changed.files.get(page.path()).is_some_and(|c| words_changed(page, c.from.as_ref().and_then(|f| old.get(f))));
        let before = changed.files.get(path).map(|c| c.from.as_ref().and_then(|f| old.get(f)));
        let blueprint_changed = before.is_some_and(|b| meaning_changed(loaded, b));
        // A blueprint and a page that both are new belong together.
        if page_changed != blueprint_changed && (page_changed || !changed.has(page.path())) {
            out.push(Unpaired { page: page.path().to_owned(), blueprint: path.to_owned(), page_changed });
        }
    }
    out
}

fn words_changed(page: &Page, before: Option<&String>) -> bool {
    let now = crate::blueprint::page_hash(page);
    before.is_none_or(|text| crate::blueprint::page_hash(&Page::parse(Source::new(page.path(), text.as_str()))) != now)
}

fn meaning_changed(now: &blueprint::Loaded, before: Option<&String>) -> bool {
    let Some(before) = before else { return false };
    let old = blueprint::load(&Source::new(now.source().path(), before.as_str())).blueprint;
    match (old, &now.blueprint) {
        (Some(old), Some(new)) => !crate::blueprint::diff::diff(&old, new).is_empty(),
        _ => true,
    }
}

/// The pages of the change, with their place in the preview and what is the matter with their review.
fn touched(project: &Project, workspace: &Workspace, changed: &Changed, preview: Option<&str>) -> Vec<Touched> {
    let settings = site_settings(&project.root, workspace);
    with_input(workspace, &settings, None, |input| {
        let plan = Plan::new(input);
        let one = |(id, page): (PageId, &Page)| {
            let place = plan.place(id);
            let row: Option<Row> = place.and_then(|p| super::report::row(page.path(), &page.title, &p.trust, None));
            Touched {
                path: page.path().to_owned(),
                title: page.title.clone(),
                preview: preview.zip(place).map(|(base, p)| routes::absolute(base, &p.output)),
                stale: row.filter(Row::needs_someone).map(|r| r.words()),
            }
        };
        workspace.corpus.iter().filter(|(_, page)| changed.has(page.path())).map(one).collect()
    })
}
