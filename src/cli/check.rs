//! `stepwright check`: lint, blueprint check and build in one pass over one model. What CI runs.

use std::path::PathBuf;

use clap::Args;

use super::args::Global;
use super::build::{site_failed, site_settings, site_words, write_site};
use super::lint::{Asked, FindingArgs, judge, outcome, show};
use super::review::{self, AgainstArgs};
use super::term::Term;
use super::{Outcome, workspace};
use crate::lint::Finding;
use crate::report::Counts;
use crate::text::count;
use crate::workspace::Workspace;

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright check\n  stepwright check --fail-on warning --format json\n  stepwright check --base origin/main --format github --report sarif=findings.sarif --review markdown=review.md"
)]
pub struct CheckArgs {
    /// What to run and how to show it.
    #[command(flatten)]
    pub findings: FindingArgs,
    /// The review of a pull request.
    #[command(flatten)]
    pub against: AgainstArgs,
    /// Folder for the website, instead of the one in the settings
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

pub(super) fn run(args: &CheckArgs, global: &Global, term: &Term) -> Outcome {
    let Some((project, workspace)) = workspace("check", global, term) else { return Outcome::Failed };
    let Some(judged) = judge("check", &args.findings, Asked::default(), &workspace, term) else { return Outcome::Failed };
    let reviewed = review::after(
        "check",
        &args.against,
        (args.findings.format, args.findings.fail_on),
        &judged.findings,
        (&project, &workspace),
        term,
    );
    match (&reviewed, &args.against.base) {
        (None, Some(_)) => return Outcome::Failed,
        (None, None) => show(&judged.findings, &args.findings, &workspace, term),
        (Some(_), _) => {}
    }
    let counts = Counts::of(&judged.findings);
    term.phase("lint", &format!("{} on {}{}", counts.words(), count(judged.pages, "page"), judged.hidden_words()));
    term.phase("blueprints", &blueprint_words(&workspace, &judged.findings));
    let Some(older) = super::versions::load(&project, workspace.now, term) else { return Outcome::Failed };
    let output = args.output.clone().unwrap_or_else(|| project.root.join(&workspace.settings.site.output));
    match write_site(&workspace, &older, &site_settings(&project.root, &workspace), Some(&judged.findings), &output) {
        Ok(written) => term.phase("site", &site_words(&written, &output)),
        Err(error) => {
            site_failed(&error, term);
            term.last(&format!("check: fails, no site; {}", counts.words()));
            return Outcome::Failed;
        }
    }
    let found = counts.at_least(args.findings.fail_on.into()) > 0;
    let stale = super::mend::stale_baseline(&judged, &args.findings, &workspace, term);
    let failed = (reviewed.as_ref().map_or(found, |r| r.fails) || stale) && !args.findings.exit_zero;
    if let Some(reviewed) = &reviewed {
        term.phase("review", &reviewed.headline);
    }
    let verdict = if failed { "fails" } else { "passes" };
    let pages = count(judged.pages, "page");
    let blueprints = count(workspace.blueprints.len(), "blueprint");
    term.last(&format!("check: {verdict}, {pages}, {blueprints}, {}{}", counts.words(), judged.hidden_words()));
    outcome(failed, &workspace)
}

/// `24 valid`, or how many of them are not.
fn blueprint_words(workspace: &Workspace, findings: &[Finding]) -> String {
    let all = workspace.blueprints.len();
    let bad: std::collections::BTreeSet<&str> = findings.iter().filter(|f| f.rule.name == "blueprint-invalid").map(Finding::path).collect();
    if bad.is_empty() { format!("{} valid", crate::text::thousands(all)) } else { format!("{} of {all} not valid", bad.len()) }
}
