//! `stepwright review`: what a change does, for the person who approves it and for the gate that lets it through.

use clap::{Args, ValueEnum};

use super::args::{FailOn, Global};
use super::blueprint::diff::{FailOnRisk, Files, compare, told, working_tree};
use super::build::{site_settings, with_input};
use super::term::Term;
use super::{Outcome, workspace};
use crate::blueprint::diff::show::{self, FileDiff, Paint, counts};
use crate::blueprint::{EXTENSION, parse as blueprint, roles};
use crate::config::Project;
use crate::history::revision::{RevisionError, common, files_at};
use crate::history::{History, Unknown};
use crate::lint::changed::{Changed, brought};
use crate::lint::{self, Finding, Request};
use crate::page::corpus::Corpus;
use crate::page::{Page, PageId};
use crate::report::budget::COMMENT_LIMIT;
use crate::report::review::{self, Process, Review, Touched, Unpaired};
use crate::report::{Counts, owners::Row};
use crate::site::plan::Plan;
use crate::site::routes;
use crate::text::Source;
use crate::workspace::{ROLES, Workspace};

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
    /// Address of a preview of the site, for links to touched pages
    #[arg(long, value_name = "URL")]
    pub preview: Option<String>,
    /// Longest Markdown, in bytes (default: what a GitHub comment takes)
    #[arg(long, value_name = "N", default_value_t = COMMENT_LIMIT, hide_default_value = true)]
    pub max_bytes: usize,
}

/// Forms of the review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Frames and lines
    Text,
    /// For a comment or a job summary
    Markdown,
    /// One JSON document
    Json,
}

pub(super) fn run(args: &ReviewArgs, global: &Global, term: &Term) -> Outcome {
    let Some((project, workspace)) = workspace("review", global, term) else { return Outcome::Failed };
    let (base, old, new) = match sides(&project, &args.base) {
        Ok(sides) => sides,
        Err(error) => {
            let (message, next) = told(&error);
            term.error(&message, &[("next", &next)]);
            term.say("review: not started, base commit missing");
            return Outcome::Failed;
        }
    };
    for bad in &workspace.corpus.unreadable {
        term.error(&format!("{}: {}", bad.path, bad.why), &[("next", "save the file as UTF-8; the other pages were read")]);
    }
    let changed = Changed::between(&old, &new);
    let findings = news(&workspace, &old, &changed);
    let (files, broken) = compare(&old, &new);
    for (path, why) in &broken {
        term.error(&format!("{path}: {why}"), &[("next", "stepwright blueprint check   shows what is wrong with it")]);
    }
    let unread = !broken.is_empty() || !workspace.corpus.unreadable.is_empty();
    let risky = files.iter().flat_map(|f| &f.changes).any(|c| c.risk >= args.fail_on_risk.into());
    let fails = risky || unread || Counts::of(&findings).at_least(args.fail_on.into()) > 0;
    let review = Review {
        base: base.chars().take(10).collect(),
        passes: !fails,
        findings,
        process: process(&files),
        unpaired: unpaired(&workspace, &old, &changed),
        touched: touched(&project, &workspace, &changed, args.preview.as_deref()),
        removed: changed.removed.iter().filter(|p| p.ends_with(".md")).cloned().collect(),
        preview: args.preview.clone(),
    };
    term.answer(&match args.format {
        Form::Text => review::text(&review, term.look()),
        Form::Markdown => review::markdown(&review, args.max_bytes),
        Form::Json => format!("{:#}\n", review::json(&review)),
    });
    term.last(&format!("review: {}", review.headline()));
    match (unread, fails && !args.exit_zero) {
        (true, _) => Outcome::Failed,
        (false, true) => Outcome::Findings,
        (false, false) => Outcome::Fine,
    }
}

/// The commit where the change parted from its base, the texts there, and those of the working tree.
fn sides(project: &Project, base: &str) -> Result<(String, Files, Files), RevisionError> {
    let content = project.settings.content.clone();
    let wanted = move |path: &str| {
        let below = content.is_empty() || path.strip_prefix(content.as_str()).is_some_and(|r| r.starts_with('/'));
        path == ROLES || below && (path.ends_with(".md") || path.ends_with(".markdown") || path.ends_with(EXTENSION))
    };
    let base = common(&project.root, base, "HEAD")?;
    let old = files_at(&project.root, &base, &wanted)?;
    let new = working_tree(project, &wanted);
    Ok((base, old, new))
}

/// The findings the change brought.
fn news(workspace: &Workspace, old: &Files, changed: &Changed) -> Vec<Finding> {
    let findings = lint::run(workspace, &Request::default());
    let before = before(workspace, old).map(|w| lint::run(&w, &Request::default())).unwrap_or_default();
    brought(findings, &before, changed, workspace)
}

/// The model over the older texts, for the rules that read several files. Attachments are taken as they are now, history is left out.
fn before(workspace: &Workspace, old: &Files) -> Option<Workspace> {
    let (texts, pages): (Vec<_>, Vec<_>) = old.iter().filter(|(p, _)| *p != ROLES).partition(|(p, _)| p.ends_with(EXTENSION));
    let source = |(path, text): (&String, &String)| Source::new(path.as_str(), text.as_str());
    let mut corpus = Corpus::from_pages(pages.into_iter().map(|f| Page::parse(source(f))).collect());
    corpus.blueprints = texts.into_iter().map(source).collect();
    corpus.files.clone_from(&workspace.corpus.files);
    corpus.root.clone_from(&workspace.corpus.root);
    corpus.content.clone_from(&workspace.corpus.content);
    let roles = old.get(ROLES).map(|text| roles::load(&Source::new(ROLES, text.as_str())));
    Workspace::new(workspace.settings.clone(), corpus, roles, History::none(Unknown::NoCommits), workspace.now).ok()
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
