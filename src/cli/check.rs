//! `stepwright check`: lint, blueprint check and build in one pass over one model. What CI runs.

use clap::Args;

use super::args::Global;
use super::lint::{FindingArgs, judge, outcome, show};
use super::term::Term;
use super::{Outcome, workspace};
use crate::report::Counts;
use crate::text::count;

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  stepwright check\n  stepwright check --fail-on warning --format json")]
pub struct CheckArgs {
    /// What to run and how to show it.
    #[command(flatten)]
    pub findings: FindingArgs,
}

pub(super) fn run(args: &CheckArgs, global: &Global, term: &Term) -> Outcome {
    let Some((_, workspace)) = workspace("check", global, term) else { return Outcome::Failed };
    let Some(judged) = judge("check", &args.findings, &[], &workspace, term) else { return Outcome::Failed };
    show(&judged.findings, &args.findings, &workspace, term);
    let counts = Counts::of(&judged.findings);
    let failed = counts.at_least(args.findings.fail_on.into()) > 0 && !args.findings.exit_zero;
    let verdict = if failed { "fails" } else { "passes" };
    term.last(&format!("check: {verdict}, {}, {}", count(judged.pages, "page"), counts.words()));
    outcome(failed, &workspace)
}
