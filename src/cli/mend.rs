//! What `lint` writes: mended pages, the baseline. And `stepwright suppressions`, the list of what is silenced.

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::Global;
use super::lint::{FindingArgs, Judged, LintArgs};
use super::term::Term;
use super::{Outcome, workspace};
use crate::lint::baseline::{self, Baseline};
use crate::lint::{Finding, Request, fix, run_all};
use crate::text::count;
use crate::workspace::Workspace;

/// The baseline that holds for a run; empty when there is none and none was named.
pub(super) fn baseline(named: Option<&Path>, workspace: &Workspace) -> Result<Baseline, String> {
    let path = place(named, workspace);
    match std::fs::read_to_string(&path) {
        Ok(text) => Baseline::parse(&path.display().to_string(), &text).map_err(|e| e.to_string()),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(Baseline::default()),
        Err(error) => Err(format!("cannot read {} ({error})", path.display())),
    }
}

fn place(named: Option<&Path>, workspace: &Workspace) -> PathBuf {
    named.map_or_else(|| workspace.corpus.root.join(baseline::FILE), Path::to_path_buf)
}

/// Accepts every finding of the run, old and new.
pub(super) fn write_baseline(judged: &Judged, args: &FindingArgs, workspace: &Workspace, term: &Term) -> Outcome {
    let mut all: Vec<Finding> = judged.findings.iter().chain(&judged.baselined).cloned().collect();
    all.sort_by(|a, b| (a.path(), a.span, a.rule.name, &a.message).cmp(&(b.path(), b.span, b.rule.name, &b.message)));
    let path = place(args.baseline.as_deref(), workspace);
    let baseline = Baseline::of(&all);
    if let Err(error) = crate::disk::replace(&path, baseline.to_yaml().as_bytes()) {
        term.error(&format!("cannot write {} ({error})", path.display()), &[("next", "check that the folder can be written")]);
        return Outcome::Failed;
    }
    term.last(&format!("lint: wrote {} accepted findings to {}, {} of them new", baseline.len(), path.display(), judged.findings.len()));
    Outcome::Fine
}

/// Takes entries out of the baseline that match nothing any more.
pub(super) fn prune_baseline(judged: &Judged, args: &FindingArgs, workspace: &Workspace, term: &Term) -> Outcome {
    let path = place(args.baseline.as_deref(), workspace);
    if judged.gone > 0
        && let Err(error) = crate::disk::replace(&path, judged.baseline.to_yaml().as_bytes())
    {
        term.error(&format!("cannot write {} ({error})", path.display()), &[("next", "check that the folder can be written")]);
        return Outcome::Failed;
    }
    let gone = count(judged.gone, "entry");
    term.last(&format!("lint: took {gone} out of {}, {} left", path.display(), judged.baseline.len()));
    Outcome::Fine
}

/// Says that accepted findings are gone; true where that fails the run: in CI, so that the file shrinks with the change that mends them.
pub(super) fn stale_baseline(judged: &Judged, args: &FindingArgs, workspace: &Workspace, term: &Term) -> bool {
    if judged.gone == 0 {
        return false;
    }
    let path = place(args.baseline.as_deref(), workspace);
    let shown = path.strip_prefix(&workspace.corpus.root).unwrap_or(&path).display().to_string();
    let verb = if judged.gone == 1 { "entry matches" } else { "entries match" };
    let message = format!("{} {verb} nothing any more in {shown}", judged.gone);
    let next = [("next", "stepwright lint --prune-baseline   takes them out; commit the file")];
    let in_ci = std::env::var_os("CI").is_some_and(|v| !v.is_empty() && v != "false");
    if in_ci {
        term.error(&message, &next);
    } else {
        term.warning(&message, &next);
    }
    in_ci
}

/// Mends pages, or shows what would change.
pub(super) fn fix(args: &LintArgs, judged: &Judged, workspace: &Workspace, term: &Term) -> Outcome {
    let files = fix::apply(&judged.findings, args.unsafe_fixes);
    let mended: usize = files.iter().map(|f| f.findings).sum();
    let left = judged.findings.len() - mended;
    if args.diff {
        let diff: String = files.iter().map(diff).collect();
        term.answer(&diff);
        term.last(&format!(
            "lint: would mend {} in {}, {left} left; nothing written",
            count(mended, "finding"),
            count(files.len(), "file")
        ));
        return Outcome::Fine;
    }
    for file in &files {
        let path = workspace.corpus.root.join(&file.path);
        if let Err(error) = crate::disk::replace(&path, file.after.as_bytes()) {
            term.error(
                &format!("cannot write {} ({error})", file.path),
                &[("next", "check that the file can be written; files before it are mended")],
            );
            return Outcome::Failed;
        }
    }
    let mendable = |f: &Finding| {
        let allowed = f.rule.fix == crate::lint::FixKind::Safe || args.unsafe_fixes && f.rule.fix == crate::lint::FixKind::Unsafe;
        allowed && !f.edits.is_empty()
    };
    let open = judged.findings.iter().filter(|f| f.severity >= args.findings.fail_on.into() && !mendable(f)).count();
    let verdict = if open > 0 && !args.findings.exit_zero { "fails" } else { "passes" };
    term.last(&format!("lint: {verdict}, mended {} in {}, {left} left", count(mended, "finding"), count(files.len(), "file")));
    if verdict == "fails" { Outcome::Findings } else { Outcome::Fine }
}

fn diff(file: &fix::Fixed) -> String {
    let diff = similar::TextDiff::from_lines(&file.before, &file.after);
    diff.unified_diff().context_radius(2).header(&format!("a/{}", file.path), &format!("b/{}", file.path)).to_string()
}

/// Arguments of `suppressions`.
#[derive(Debug, Args)]
pub struct SuppressionsArgs {}

/// `stepwright suppressions`: one line each, with place, rule, whether it is of use, and why.
pub(super) fn suppressions(global: &Global, term: &Term) -> Outcome {
    let Some((_, workspace)) = workspace("suppressions", global, term) else { return Outcome::Failed };
    let report = run_all(&workspace, &Request { confidence: Some(crate::lint::Confidence::Low), ..Request::default() });
    let mut out = String::new();
    for one in &report.suppressions {
        let used = if one.used { "used" } else { "unused" };
        let until = one.until.map(|d| format!(", until {d}")).unwrap_or_default();
        let reason = one.reason.as_deref().unwrap_or("no reason given");
        out.push_str(&format!("{}:{}: {} ({used}{until}): {reason}\n", one.source.path(), one.source.line_of(one.span.start), one.rule));
    }
    term.answer(&out);
    let unused = report.suppressions.iter().filter(|s| !s.used).count();
    term.last(&format!("suppressions: {}, {unused} unused", count(report.suppressions.len(), "suppression")));
    Outcome::Fine
}
