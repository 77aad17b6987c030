//! `stepwright check`: lint, blueprint check and build in one pass over one model. What CI runs.

use std::path::PathBuf;

use clap::Args;

use super::args::Global;
use super::build::{site_failed, site_settings, site_words, write_site};
use super::lint::{Asked, FindingArgs, judge, outcome, shown};
use super::recall::{Recall, Said};
use super::review::{self, AgainstArgs};
use super::term::Term;
use super::{Outcome, load, project};
use crate::lint::Finding;
use crate::report::Counts;
use crate::site::Written;
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
    let Some((project, now)) = project("check", global, term) else { return Outcome::Failed };
    let output = args.output.clone().unwrap_or_else(|| project.root.join(&project.settings.site.output));
    let further: Vec<PathBuf> = args.findings.baseline.iter().filter_map(|file| std::path::absolute(file).ok()).collect();
    // What changed since a revision is a question to the working tree, and reports are files that somebody may have moved away.
    let compares = args.findings.new_from.is_some() || args.findings.changed.is_some() || args.against.base.is_some();
    let simple = !compares && args.findings.report.is_empty();
    let recall = simple.then(|| Recall::of("check", args, &further, &output, (&project, now), (global, term)));
    if let Some(outcome) = recall.as_ref().and_then(|recall| recall.repeat(term)) {
        return outcome;
    }
    let Some(workspace) = load("check", &project, now, term) else { return Outcome::Failed };
    let Some(judged) = judge("check", &args.findings, Asked::default(), &workspace, term) else { return Outcome::Failed };
    let reviewed = review::after(
        "check",
        &args.against,
        (args.findings.format, args.findings.fail_on),
        &judged.findings,
        (&project, &workspace),
        term,
    );
    let answer = shown(&judged.findings, &args.findings, &workspace, term);
    match (&reviewed, &args.against.base) {
        (None, Some(_)) => return Outcome::Failed,
        (None, None) => term.answer(&answer),
        (Some(_), _) => {}
    }
    let counts = Counts::of(&judged.findings);
    let lint = Term::phase_line("lint", &format!("{} on {}{}", counts.words(), count(judged.pages, "page"), judged.hidden_words()));
    let blueprints = Term::phase_line("blueprints", &blueprint_words(&workspace, &judged.findings));
    term.say(&lint);
    term.say(&blueprints);
    let Some(older) = super::versions::load(&project, now, term) else { return Outcome::Failed };
    let written = match write_site(&workspace, &older, &site_settings(&project.root, &workspace), Some(&judged.findings), &output) {
        Ok(written) => written,
        Err(error) => {
            site_failed(&error, term);
            term.last(&format!("check: fails, no site; {}", counts.words()));
            return Outcome::Failed;
        }
    };
    let site = |written: &Written| Term::phase_line("site", &site_words(written, &output));
    term.say(&site(&written));
    let found = counts.at_least(args.findings.fail_on.into()) > 0;
    let stale = super::mend::stale_baseline(&judged, &args.findings, &workspace, term);
    let failed = (reviewed.as_ref().map_or(found, |r| r.fails) || stale) && !args.findings.exit_zero;
    if let Some(reviewed) = &reviewed {
        term.phase("review", &reviewed.headline);
    }
    let verdict = if failed { "fails" } else { "passes" };
    let pages = count(judged.pages, "page");
    let processes = count(workspace.blueprints.len(), "blueprint");
    let last = format!("check: {verdict}, {pages}, {processes}, {}{}", counts.words(), judged.hidden_words());
    let outcome = outcome(failed, &workspace);
    term.last(&last);
    // What is said of a stale baseline is said each time, and whether it fails the run depends on where it runs.
    if let Some(recall) = recall.filter(|_| judged.gone == 0) {
        recall.keep(&workspace, Said { answer, lines: vec![lint, blueprints, site(&written.again())], last, outcome });
    }
    outcome
}

/// `24 valid`, or how many of them are not.
fn blueprint_words(workspace: &Workspace, findings: &[Finding]) -> String {
    let all = workspace.blueprints.len();
    let bad: std::collections::BTreeSet<&str> = findings.iter().filter(|f| f.rule.name == "blueprint-invalid").map(Finding::path).collect();
    if bad.is_empty() { format!("{} valid", crate::text::thousands(all)) } else { format!("{} of {all} not valid", bad.len()) }
}
