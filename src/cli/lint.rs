//! `stepwright lint`: findings, in the form asked for.

use std::path::PathBuf;

use clap::Args;

use super::args::{FailOn, FindingFormat, Global};
use super::changes::Since;
use super::mend;
use super::review::{self, AgainstArgs};
use super::term::Term;
use super::{Outcome, stats, workspace};
use crate::config::Severity;
use crate::history::revision::RevisionError;
use crate::history::{Depth, Unknown};
use crate::lint::baseline::Baseline;
use crate::lint::{self, Finding, Request};
use crate::report::{Counts, json, text as report_text};
use crate::text::{count, thousands};
use crate::workspace::{Selection, Workspace};

/// Findings shown in full on a terminal before the rest is only counted.
const TERMINAL_LIMIT: usize = 50;

/// Arguments of `lint`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright lint\n  stepwright lint content/ops --fail-on warning\n  stepwright lint --format json > findings.json"
)]
pub struct LintArgs {
    /// Pages or folders (default: everything)
    pub paths: Vec<PathBuf>,
    /// Mend what can be mended without changing what a page says
    #[arg(long)]
    pub fix: bool,
    /// With --fix or --diff: mend also where the meaning could change
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Show what --fix would change, and write nothing
    #[arg(long)]
    pub diff: bool,
    /// Accept all present findings: write them to the baseline
    #[arg(long, conflicts_with_all = ["new_from", "changed", "base"])]
    pub write_baseline: bool,
    /// Take entries out of the baseline that match nothing any more
    #[arg(long, conflicts_with_all = ["new_from", "changed", "only", "paths", "write_baseline"])]
    pub prune_baseline: bool,
    /// How often each rule fired and how long it took, instead of the findings
    #[arg(long, conflicts_with_all = ["fix", "diff", "format"])]
    pub stats: bool,
    /// What to run and how to show it.
    #[command(flatten)]
    pub findings: FindingArgs,
    /// The review of a pull request.
    #[command(flatten)]
    pub against: AgainstArgs,
}

/// Flags shared by the commands that show findings.
#[derive(Debug, Args)]
pub struct FindingArgs {
    /// Form of stdout
    #[arg(long, value_name = "NAME", default_value = "text", hide_default_value = true)]
    pub format: FindingFormat,
    /// Severity at which the exit code is 1
    #[arg(long, value_name = "LEVEL", default_value = "error")]
    pub fail_on: FailOn,
    /// Exit 0 also when there are findings
    #[arg(long)]
    pub exit_zero: bool,
    /// Only this rule (repeatable)
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Lowest confidence to run (default: high, or what the preset says)
    #[arg(long, value_name = "LEVEL")]
    pub confidence: Option<ConfidenceArg>,
    /// A further report, as NAME=PATH (repeatable)
    #[arg(long, value_name = "NAME=PATH", value_parser = report_target)]
    pub report: Vec<(FindingFormat, PathBuf)>,
    /// Accepted old findings (default: .stepwright/baseline.yaml, if it is there)
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Only findings that the change since this revision brought
    #[arg(long, value_name = "REV", conflicts_with = "changed")]
    pub new_from: Option<String>,
    /// Only findings on pages that changed since this revision
    #[arg(long, value_name = "REV")]
    pub changed: Option<String>,
    /// Findings shown in full (0 = all; default 50 on a terminal, all in a pipe)
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Refuse to judge without the whole git history
    #[arg(long)]
    pub require_history: bool,
    /// Succeed when there is nothing to look at
    #[arg(long)]
    pub allow_empty: bool,
}

/// How sure findings must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ConfidenceArg {
    /// All
    Low,
    /// Mostly right
    Medium,
    /// Right nine times in ten
    High,
}

fn report_target(text: &str) -> Result<(FindingFormat, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or_else(|| "write it as NAME=PATH, e.g. sarif=findings.sarif".to_owned())?;
    let format = <FindingFormat as clap::ValueEnum>::from_str(name, false).map_err(|_| format!("no report is called `{name}`"))?;
    Ok((format, PathBuf::from(path)))
}

pub(super) fn run(args: &LintArgs, global: &Global, term: &Term) -> Outcome {
    let Some((project, workspace)) = workspace("lint", global, term) else { return Outcome::Failed };
    let asked = Asked { paths: &args.paths, timed: args.stats };
    let Some(judged) = judge("lint", &args.findings, asked, &workspace, term) else { return Outcome::Failed };
    if args.write_baseline {
        return mend::write_baseline(&judged, &args.findings, &workspace, term);
    }
    if args.prune_baseline {
        return mend::prune_baseline(&judged, &args.findings, &workspace, term);
    }
    if args.fix || args.diff {
        return mend::fix(args, &judged, &workspace, term);
    }
    if args.against.base.is_some() {
        let form = (args.findings.format, args.findings.fail_on);
        let reviewed = review::after("lint", &args.against, form, &judged.findings, (&project, &workspace), term);
        let Some(reviewed) = reviewed else { return Outcome::Failed };
        term.last(&format!("lint: {}", reviewed.headline));
        return outcome(reviewed.fails && !args.findings.exit_zero, &workspace);
    }
    if args.stats {
        term.answer(&stats::table(&judged, &workspace));
    } else {
        term.answer(&shown(&judged.findings, &args.findings, &workspace, term));
    }
    let counts = Counts::of(&judged.findings);
    let stale = mend::stale_baseline(&judged, &args.findings, &workspace, term);
    let failed = (counts.at_least(args.findings.fail_on.into()) > 0 || stale) && !args.findings.exit_zero;
    let verdict = if failed { "fails" } else { "passes" };
    let pages = count(judged.pages, "page");
    term.last(&format!("lint: {verdict}, {}{} in {pages}{}", counts.words(), unread_words(&workspace), judged.hidden_words()));
    outcome(failed, &workspace)
}

/// The findings of a run and what they are about.
pub(super) struct Judged {
    /// Findings on the selected pages.
    pub findings: Vec<Finding>,
    /// Pages looked at.
    pub pages: usize,
    /// Findings that people silenced with a reason.
    pub suppressed: Vec<Finding>,
    /// Findings that the baseline accepts.
    pub baselined: Vec<Finding>,
    /// Entries of the baseline that still match.
    pub baseline: Baseline,
    /// Entries that match nothing any more, where the run could tell.
    pub gone: usize,
    /// Time spent in each rule, if it was measured.
    pub times: std::collections::BTreeMap<&'static str, std::time::Duration>,
}

/// What a run is about besides its flags.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked<'a> {
    /// Pages or folders; none means all.
    pub paths: &'a [PathBuf],
    /// Measure how long rules take.
    pub timed: bool,
}

impl Judged {
    /// `; 2 suppressed, 12 baselined`, or nothing.
    pub(super) fn hidden_words(&self) -> String {
        let parts = [(self.suppressed.len(), "suppressed"), (self.baselined.len(), "baselined")];
        let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", thousands(*n))).collect();
        if parts.is_empty() { String::new() } else { format!("; {}", parts.join(", ")) }
    }
}

/// Unreadable input is exit 2, whatever the findings say.
pub(super) fn outcome(failed: bool, workspace: &Workspace) -> Outcome {
    if !workspace.corpus.unreadable.is_empty() {
        Outcome::Failed
    } else if failed {
        Outcome::Findings
    } else {
        Outcome::Fine
    }
}

/// Runs the rules over the selected pages; `None` after a message when the request itself cannot be served.
pub(super) fn judge(command: &str, args: &FindingArgs, asked: Asked<'_>, workspace: &Workspace, term: &Term) -> Option<Judged> {
    let names = lint::rules::names();
    for name in &args.only {
        if !names.contains(&name.as_str()) {
            let near = crate::text::nearest(name, names.iter().copied());
            let next = near.map_or_else(|| "stepwright rule lists all names".to_owned(), |n| format!("did you mean `{n}`?"));
            term.error(&format!("no rule is called `{name}`"), &[("next", &next)]);
            term.say(&format!("{command}: not started, unknown rule"));
            return None;
        }
    }
    let selection = match Selection::new(&workspace.corpus.root, asked.paths) {
        Ok(selection) => selection,
        Err(path) => {
            term.error(
                &format!("there is no {path} in {}", workspace.corpus.root.display()),
                &[("next", "name a page or folder inside the repository, or name none for all")],
            );
            term.say(&format!("{command}: not started, path missing"));
            return None;
        }
    };
    let pages = workspace.corpus.pages.iter().filter(|p| selection.has(p.path())).count();
    for bad in &workspace.corpus.unreadable {
        term.error(&format!("{}: {}", bad.path, bad.why), &[("next", "save the file as UTF-8; the other pages were read")]);
    }
    if pages == 0 && workspace.corpus.unreadable.is_empty() && !args.allow_empty {
        let place = workspace.corpus.root.join(&workspace.corpus.content);
        term.error(
            &format!("no Markdown pages below {}", place.display()),
            &[("next", "set `content:` in stepwright.yaml, name a folder with -C, or pass --allow-empty")],
        );
        term.say(&format!("{command}: not started, nothing to look at"));
        return None;
    }
    if args.require_history && workspace.history.depth != Depth::Full {
        let (why, next) = match &workspace.history.depth {
            Depth::None(why) => (why.to_string(), why.remedy().unwrap_or("run in a clone of the repository")),
            _ => ("the clone is cut off".to_owned(), Unknown::Shallow.remedy().unwrap_or_default()),
        };
        term.error("the history is not whole", &[("why", &why), ("next", next)]);
        term.say(&format!("{command}: not started, history missing"));
        return None;
    }
    let confidence = args.confidence.map(|c| match c {
        ConfidenceArg::Low => lint::Confidence::Low,
        ConfidenceArg::Medium => lint::Confidence::Medium,
        ConfidenceArg::High => lint::Confidence::High,
    });
    let request = Request { only: args.only.clone(), confidence, timed: asked.timed };
    let lint::Report { mut findings, mut suppressed, times, .. } = lint::run_all(workspace, &request);
    findings.retain(|f| selection.has(f.path()));
    suppressed.retain(|f| selection.has(f.path()));
    let (baseline, baselined, gone) = match mend::baseline(args.baseline.as_deref(), workspace) {
        Ok(mut baseline) => {
            let entries = baseline.len();
            let baselined = baseline.take(&mut findings);
            // Only a run of everything, on whole history, can tell that an entry matches nothing.
            let cut = workspace.history.depth == Depth::Shallow;
            let whole = asked.paths.is_empty() && args.only.is_empty() && args.confidence.is_none() && !cut;
            let gone = if whole { entries - baseline.len() } else { 0 };
            (baseline, baselined, gone)
        }
        Err(error) => {
            term.error(&error, &[("next", "mend the file, or write it anew with stepwright lint --write-baseline")]);
            term.say(&format!("{command}: not started, baseline not readable"));
            return None;
        }
    };
    let findings = match since(args, findings, workspace) {
        Ok(findings) => findings,
        Err(error) => {
            super::changes::no_base(command, &error, term);
            return None;
        }
    };
    let judged = Judged { findings, pages, suppressed, baselined, baseline, gone, times };
    for (format, path) in &args.report {
        let files: Vec<&str> = workspace.corpus.pages.iter().map(crate::page::Page::path).collect();
        if let Err(error) = crate::disk::replace(path, rendered(*format, &judged.findings, &files, workspace).as_bytes()) {
            term.error(&format!("cannot write {} ({error})", path.display()), &[("next", "name a folder that exists and can be written")]);
            return None;
        }
    }
    Some(judged)
}

/// Leaves what belongs to a change, when one is named.
fn since(args: &FindingArgs, findings: Vec<Finding>, workspace: &Workspace) -> Result<Vec<Finding>, RevisionError> {
    if let Some(revision) = &args.new_from {
        let since = Since::load(workspace, revision)?;
        let mut due = since.due_here(&findings);
        let mut findings = since.news(findings, workspace);
        findings.append(&mut due);
        findings.sort_by(|a, b| (a.path(), a.span, a.rule.name, &a.message).cmp(&(b.path(), b.span, b.rule.name, &b.message)));
        return Ok(findings);
    }
    let Some(revision) = &args.changed else { return Ok(findings) };
    let since = Since::load(workspace, revision)?;
    Ok(findings.into_iter().filter(|f| since.changed.has(f.path())).collect())
}

/// Findings in a form for machines or for a pipe; `files` are those looked at.
pub(super) fn rendered(format: FindingFormat, findings: &[Finding], files: &[&str], workspace: &Workspace) -> String {
    use crate::report::{budget, github, gitlab, junit, markdown, reviewdog, sarif};
    let look = report_text::Look { color: false, width: None };
    match format {
        FindingFormat::Text => report_text::findings(findings, look),
        FindingFormat::Concise => findings.iter().map(|f| report_text::concise(f) + "\n").collect(),
        FindingFormat::Json => format!("{:#}\n", json::document(findings, &json_run(workspace))),
        FindingFormat::JsonLines => json::lines(findings),
        FindingFormat::Sarif => format!("{}\n", sarif::document(findings, &json_run(workspace))),
        FindingFormat::Github => github::commands(findings),
        FindingFormat::Gitlab => format!("{}\n", gitlab::document(findings)),
        FindingFormat::Junit => junit::document(findings, files),
        FindingFormat::Rdjson => format!("{}\n", reviewdog::document(findings)),
        FindingFormat::Rdjsonl => reviewdog::lines(findings),
        FindingFormat::Markdown => markdown::summary(findings, files.len(), budget::COMMENT_LIMIT),
    }
}

/// What a run knew, for the JSON report.
pub(super) fn json_run(workspace: &Workspace) -> json::Run {
    json::Run {
        now: workspace.now.to_string(),
        head: workspace.history.head.as_ref().map(|c| c.id.clone()),
        history: workspace.history.depth.word(),
        errors: workspace.corpus.unreadable.iter().map(|u| (u.path.clone(), u.why.clone())).collect(),
    }
}

/// The findings as stdout gets them.
pub(super) fn shown(findings: &[Finding], args: &FindingArgs, workspace: &Workspace, term: &Term) -> String {
    if args.format == FindingFormat::Text {
        return shown_text(findings, args.limit, term);
    }
    let files: Vec<&str> = workspace.corpus.pages.iter().map(crate::page::Page::path).collect();
    rendered(args.format, findings, &files, workspace)
}

fn shown_text(findings: &[Finding], limit: Option<usize>, term: &Term) -> String {
    let limit = match limit.unwrap_or(if term.width.is_some() { TERMINAL_LIMIT } else { 0 }) {
        0 => usize::MAX,
        n => n,
    };
    // When not all fit, errors come first; else the reading order is by file and line.
    let mut order: Vec<&Finding> = findings.iter().collect();
    if findings.len() > limit {
        order.sort_by_key(|f| std::cmp::Reverse(f.severity));
    }
    let mut out = String::new();
    out.push_str(&report_text::findings(order.iter().copied().take(limit), term.look()));
    if findings.len() > limit {
        let mut rest: std::collections::BTreeMap<(std::cmp::Reverse<Severity>, &str), usize> = std::collections::BTreeMap::new();
        for finding in order.iter().skip(limit) {
            *rest.entry((std::cmp::Reverse(finding.severity), finding.rule.name)).or_default() += 1;
        }
        for ((severity, rule), n) in &rest {
            out.push_str(&format!("{:>7} more {} of {rule}\n", thousands(*n), severity.0.word()));
        }
        out.push_str(&format!("{} more: --limit 0\n", thousands(findings.len() - limit)));
    }
    out
}

/// `; 2 files unreadable`, or nothing.
pub(super) fn unread_words(workspace: &Workspace) -> String {
    match workspace.corpus.unreadable.len() {
        0 => String::new(),
        n => format!(", {} unreadable,", count(n, "file")),
    }
}
