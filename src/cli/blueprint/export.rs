//! `stepwright blueprint export`: hands blueprints over to whatever runs them, and says what could not be said there.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::blueprint::export::{Dialect, Loss, Target, codeowners, export, losses_table, tallyfy_calls};
use crate::blueprint::model::Status;
use crate::cli::args::Global;
use crate::cli::term::Term;
use crate::cli::{Outcome, workspace};
use crate::text::count;

/// Arguments of `blueprint export`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright blueprint export run-sheet content/ops/outage.blueprint.yaml > outage.md\n  stepwright blueprint export bpmn --dialect camunda8 --into build/bpmn\n  stepwright blueprint export codeowners >> .github/CODEOWNERS\n  stepwright blueprint export github-form content/ops --into .github/ISSUE_TEMPLATE --strict"
)]
pub struct ExportArgs {
    /// What to write
    pub target: TargetName,
    /// Blueprints or folders (default: everything)
    pub paths: Vec<PathBuf>,
    /// Folder to write to; stdout for a single blueprint otherwise
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// Exit 1 when a gate, a condition or a required file cannot be said
    #[arg(long)]
    pub strict: bool,
    /// Engine the BPMN is for
    #[arg(long, value_name = "NAME", default_value = "spiff")]
    pub dialect: DialectName,
    /// Also those whose status is draft or retired
    #[arg(long)]
    pub allow_draft: bool,
    /// Say what would be written, write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TargetName {
    /// Markdown to tick off
    RunSheet,
    /// BPMN 2.0 with diagram
    Bpmn,
    /// GitHub issue form
    GithubForm,
    /// schema.org HowTo (JSON-LD)
    HowTo,
    /// Tallyfy: the mapping, and with --into also the calls
    Tallyfy,
    /// CODEOWNERS lines of all blueprints, from their approvers
    Codeowners,
}

/// Engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DialectName {
    /// SpiffWorkflow (Python)
    Spiff,
    /// Camunda 7 (JUEL)
    Camunda7,
    /// Camunda 8 (FEEL)
    Camunda8,
}

impl ExportArgs {
    /// `None` for what is one text over all blueprints.
    fn target(&self) -> Option<Target> {
        let dialect = match self.dialect {
            DialectName::Spiff => Dialect::Spiff,
            DialectName::Camunda7 => Dialect::Camunda7,
            DialectName::Camunda8 => Dialect::Camunda8,
        };
        Some(match self.target {
            TargetName::RunSheet => Target::RunSheet,
            TargetName::Bpmn => Target::Bpmn(dialect),
            TargetName::GithubForm => Target::GithubForm,
            TargetName::HowTo => Target::HowTo,
            TargetName::Tallyfy => Target::Tallyfy,
            TargetName::Codeowners => return None,
        })
    }
}

/// One blueprint, ready to be written.
struct Made {
    id: String,
    text: String,
    losses: Vec<Loss>,
    /// A file beside it: the ending, and its text.
    beside: Option<(&'static str, String)>,
}

pub(super) fn run(args: &ExportArgs, global: &Global, term: &Term) -> Outcome {
    let Some((_, workspace)) = workspace("blueprint export", global, term) else { return Outcome::Failed };
    let selection = match super::selection(&workspace, &args.paths, global) {
        Ok(selection) => selection,
        Err(path) => {
            return not_started(
                term,
                &format!("there is no {path} in {}", workspace.corpus.root.display()),
                "name a blueprint or folder inside the repository",
            );
        }
    };
    let roles = workspace.roles.as_ref().map(|r| &r.file);
    let prefix = prefix(&workspace.corpus.root);
    let (mut made, mut left) = (Vec::new(), 0);
    for index in (0..workspace.blueprints.len()).filter(|i| selection.has(workspace.blueprints[*i].source().path())) {
        let path = workspace.blueprints[index].source().path();
        let bad = crate::lint::rules::blueprint_problems(&workspace, index, false)
            .into_iter()
            .any(|p| p.level == crate::blueprint::check::Level::Error);
        let Some(blueprint) = workspace.blueprints[index].blueprint.as_ref().filter(|_| !bad) else {
            term.error(&format!("{path} is not exported, it has errors"), &[("next", &format!("stepwright blueprint check {path}"))]);
            left += 1;
            continue;
        };
        let status = blueprint.control.as_ref().and_then(|c| c.status);
        if let Some(status) = status.filter(|s| matches!(s, Status::Draft | Status::Retired) && !args.allow_draft) {
            term.warning(&format!("{path} is not exported, its status is {status}"), &[("next", "--allow-draft takes it along")]);
            continue;
        }
        let (text, losses) = match args.target() {
            Some(target) => export(blueprint, roles, target),
            None => codeowners(blueprint, roles, &format!("{prefix}{path}"), &prefix),
        };
        let beside = (args.target() == Some(Target::Tallyfy)).then(|| (".tallyfy-calls.jsonl", tallyfy_calls(blueprint, roles)));
        made.push(Made { id: blueprint.id.clone(), text, losses, beside });
    }
    if made.is_empty() && left == 0 {
        return not_started(term, "no blueprint to export", "name one, or take drafts along with --allow-draft");
    }
    if !deliver(args, global, term, &made) {
        return Outcome::Failed;
    }
    finish(args, term, &made, left)
}

/// The project's folder below the top of the repository, with a slash at the end unless it is the top.
fn prefix(root: &Path) -> String {
    let top = root.ancestors().find(|a| a.join(".git").exists()).unwrap_or(root);
    let inside = root.strip_prefix(top).unwrap_or(Path::new(""));
    inside.components().map(|c| format!("{}/", c.as_os_str().to_string_lossy())).collect()
}

fn not_started(term: &Term, message: &str, next: &str) -> Outcome {
    term.error(message, &[("next", next)]);
    term.say("blueprint export: not started");
    Outcome::Failed
}

/// Writes to the folder, or the one text to stdout; false after a message.
fn deliver(args: &ExportArgs, global: &Global, term: &Term, made: &[Made]) -> bool {
    let Some(target) = args.target() else { return deliver_codeowners(args, global, term, made) };
    let Some(into) = &args.into else {
        if let [one] = made {
            term.answer(&one.text);
            return true;
        }
        not_started(
            term,
            &format!("{} do not fit on stdout", count(made.len(), "blueprint")),
            "name one blueprint, or a folder with --into DIR",
        );
        return false;
    };
    let folder = global.dir.join(into);
    for one in made {
        let mut files = vec![(format!("{}{}", one.id, target.ending()), one.text.clone())];
        files.extend(one.beside.iter().map(|(ending, text)| (format!("{}{ending}", one.id), text.clone())));
        if !one.losses.is_empty() {
            files.push((format!("{}{}.losses.md", one.id, target.ending()), losses_table(&one.losses)));
        }
        for (name, text) in files {
            if args.dry_run {
                term.answer(&format!("would write {}\n", into.join(&name).display()));
            } else if let Err(error) = crate::disk::replace(&folder.join(&name), text.as_bytes()) {
                term.error(&format!("cannot write {}", folder.join(&name).display()), &[("why", &error.to_string())]);
                term.say("blueprint export: stopped");
                return false;
            }
        }
    }
    true
}

/// One text over all; never over a CODEOWNERS file that people keep.
fn deliver_codeowners(args: &ExportArgs, global: &Global, term: &Term, made: &[Made]) -> bool {
    let text: String = made.iter().map(|m| m.text.as_str()).collect();
    let Some(into) = args.into.as_ref().filter(|_| !args.dry_run) else {
        term.answer(&text);
        return true;
    };
    let file = global.dir.join(into).join("CODEOWNERS");
    let written = crate::disk::create(&file, text.as_bytes());
    if let Err(error) = &written {
        let next = "without --into the lines come to stdout, to be put in by hand";
        term.error(&format!("{} is not written", file.display()), &[("why", &error.to_string()), ("next", next)]);
        term.say("blueprint export: stopped");
    }
    written.is_ok()
}

fn finish(args: &ExportArgs, term: &Term, made: &[Made], left: usize) -> Outcome {
    let serious = made.iter().flat_map(|m| &m.losses).filter(|l| l.serious).count();
    for one in made {
        for loss in one.losses.iter().filter(|l| l.serious || args.into.is_none()) {
            let step = loss.step.as_ref().map(|s| format!(" `{s}`")).unwrap_or_default();
            let line = format!("{}{step}: {} ({})", one.id, loss.what, loss.became);
            if loss.serious {
                term.warning(&line, &[]);
            } else {
                term.detail(&line);
            }
        }
    }
    let total: usize = made.iter().map(|m| m.losses.len()).sum();
    let failed = args.strict && serious > 0;
    let verdict = if failed || left > 0 { "fails" } else { "passes" };
    let nothing = if args.dry_run { ", nothing written" } else { "" };
    term.last(&format!(
        "blueprint export: {verdict}, {} written, {} of which {serious} weaken the process{nothing}",
        count(made.len(), "blueprint"),
        count(total, "loss").replace("losss", "losses")
    ));
    match (left, failed) {
        (1.., _) => Outcome::Failed,
        (0, true) => Outcome::Findings,
        (0, false) => Outcome::Fine,
    }
}
