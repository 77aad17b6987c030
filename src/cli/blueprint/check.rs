//! `stepwright blueprint check`: form, references, order, gates, leftovers of every blueprint named.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use crate::blueprint::check::{Level, Problem};
use crate::cli::args::{FailOn, FindingFormat, Global};
use crate::cli::term::Term;
use crate::cli::{Outcome, workspace};
use crate::config::Severity;
use crate::lint::{Finding, rules};
use crate::report::{Counts, text as report_text};
use crate::text::{Source, count};
use crate::workspace::{Selection, Workspace};

/// Arguments of `blueprint check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright blueprint check\n  stepwright blueprint check content/fin --fail-on warning\n  stepwright blueprint check content/fin/refund.blueprint.yaml --format json"
)]
pub struct CheckArgs {
    /// Blueprints or folders (default: everything)
    pub paths: Vec<PathBuf>,
    /// Form of stdout
    #[arg(long, value_name = "NAME", default_value = "text", hide_default_value = true)]
    pub format: FindingFormat,
    /// Severity at which the exit code is 1
    #[arg(long, value_name = "LEVEL", default_value = "error")]
    pub fail_on: FailOn,
    /// Open questions of the drafting are errors, as on a main branch
    #[arg(long)]
    pub no_marks: bool,
    /// Succeed when there is no blueprint
    #[arg(long)]
    pub allow_empty: bool,
}

/// A problem and the finding it is shown as.
struct Shown {
    problem: Problem,
    finding: Finding,
}

pub(super) fn run(args: &CheckArgs, global: &Global, term: &Term) -> Outcome {
    let Some((_, workspace)) = workspace("blueprint check", global, term) else { return Outcome::Failed };
    let selection = match super::selection(&workspace, &args.paths, global) {
        Ok(selection) => selection,
        Err(path) => {
            term.error(
                &format!("there is no {path} in {}", workspace.corpus.root.display()),
                &[("next", "name a blueprint or folder inside the repository, or name none for all")],
            );
            term.say("blueprint check: not started, path missing");
            return Outcome::Failed;
        }
    };
    let chosen: Vec<usize> = (0..workspace.blueprints.len()).filter(|i| selection.has(workspace.blueprints[*i].source().path())).collect();
    let unread = unreadable(&workspace, &selection, term);
    if chosen.is_empty() && unread == 0 && !args.allow_empty {
        let place = workspace.corpus.root.join(&workspace.corpus.content);
        term.error(
            &format!("no blueprints (*{}) below {}", crate::blueprint::EXTENSION, place.display()),
            &[("next", "stepwright blueprint draft PAGE   writes one; or pass --allow-empty")],
        );
        term.say("blueprint check: not started, nothing to look at");
        return Outcome::Failed;
    }
    let shown: Vec<Shown> = chosen.iter().flat_map(|i| judge(&workspace, *i, args.no_marks)).collect();
    show(&shown, args.format, &workspace, term);
    finish(&shown, args, chosen.len(), unread, term)
}

/// Says which blueprint files are no text; they are part of the verdict.
fn unreadable(workspace: &Workspace, selection: &Selection, term: &Term) -> usize {
    let bad: Vec<_> =
        workspace.corpus.unreadable.iter().filter(|u| u.path.ends_with(crate::blueprint::EXTENSION) && selection.has(&u.path)).collect();
    for file in &bad {
        term.error(&format!("{}: {}", file.path, file.why), &[("next", "save the file as UTF-8; the others were read")]);
    }
    bad.len()
}

fn judge(workspace: &Workspace, index: usize, marks_are_errors: bool) -> Vec<Shown> {
    let source = workspace.blueprints[index].source();
    let shown = |problem: Problem| Shown { finding: finding(source, &problem), problem };
    rules::blueprint_problems(workspace, index, marks_are_errors).into_iter().map(shown).collect()
}

fn finding(source: &Arc<Source>, problem: &Problem) -> Finding {
    let mut finding = Finding::new(rules::blueprint_meta(), source, problem.span, problem.message.clone());
    finding.severity = match problem.level {
        Level::Error => Severity::Error,
        Level::Warning => Severity::Warning,
    };
    finding.label.clone_from(&problem.label);
    finding
}

fn show(shown: &[Shown], format: FindingFormat, workspace: &Workspace, term: &Term) {
    match format {
        FindingFormat::Text => term.answer(&shown.iter().map(|s| report_text::finding(&s.finding, term.look())).collect::<String>()),
        FindingFormat::Concise => {
            term.answer(&shown.iter().map(|s| report_text::concise(&s.finding) + "\n").collect::<String>());
        }
        FindingFormat::Json => {
            let findings: Vec<Finding> = shown.iter().map(|s| s.finding.clone()).collect();
            let run = crate::cli::lint::json_run(workspace);
            let mut document = crate::report::json::document(&findings, &run);
            for (value, shown) in document["findings"].as_array_mut().into_iter().flatten().zip(shown) {
                value["check"] = Value::from(shown.problem.code.as_str());
                value["suggestion"] = json!(shown.problem.suggestion);
            }
            term.answer(&format!("{document:#}\n"));
        }
        other => {
            let findings: Vec<Finding> = shown.iter().map(|s| s.finding.clone()).collect();
            let files: Vec<&str> = workspace.blueprints.iter().map(|b| b.source().path()).collect();
            term.answer(&crate::cli::lint::rendered(other, &findings, &files, workspace));
        }
    }
}

fn finish(shown: &[Shown], args: &CheckArgs, blueprints: usize, unread: usize, term: &Term) -> Outcome {
    let findings: Vec<Finding> = shown.iter().map(|s| s.finding.clone()).collect();
    let counts = Counts::of(&findings);
    let failed = counts.at_least(args.fail_on.into()) > 0;
    let touched: std::collections::BTreeSet<&str> = findings.iter().map(Finding::path).collect();
    let place = if touched.is_empty() {
        count(blueprints, "blueprint")
    } else {
        format!("{} of {}", touched.len(), count(blueprints, "blueprint"))
    };
    let unread_words = if unread > 0 { format!(", {} unreadable", count(unread, "file")) } else { String::new() };
    let verdict = if failed || unread > 0 { "fails" } else { "passes" };
    term.last(&format!("blueprint check: {verdict}, {} in {place}{unread_words}", counts.words()));
    match (unread, failed) {
        (1.., _) => Outcome::Failed,
        (0, true) => Outcome::Findings,
        (0, false) => Outcome::Fine,
    }
}
