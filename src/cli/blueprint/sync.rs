//! `stepwright blueprint sync`: brings blueprints in step with their pages, and says what people have to decide.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::blueprint::Blueprint;
use crate::blueprint::sync::{Action, Change, Sides, Synced, Take, counterpart, sync};
use crate::cli::args::Global;
use crate::cli::term::{PATH, Term};
use crate::cli::{Outcome, workspace};
use crate::text::count;
use crate::workspace::{Selection, Workspace};

/// Whose value wins where page and people changed the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TakeFrom {
    /// The page's words
    Page,
    /// What stands in the blueprint
    Blueprint,
}

/// Arguments of `blueprint sync`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright blueprint sync\n  stepwright blueprint sync content/ops --dry-run\n  stepwright blueprint sync --only restore-service --take page"
)]
pub struct SyncArgs {
    /// Blueprints or folders (default: everything)
    pub paths: Vec<PathBuf>,
    /// Only this step
    #[arg(long, value_name = "STEP")]
    pub only: Option<String>,
    /// Settle values that both sides changed
    #[arg(long, value_name = "SIDE")]
    pub take: Option<TakeFrom>,
    /// Write no file
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Default)]
struct Totals {
    written: usize,
    open: usize,
    in_step: usize,
    failed: bool,
}

pub(super) fn run(args: &SyncArgs, global: &Global, term: &Term) -> Outcome {
    let Some((_, workspace)) = workspace("blueprint sync", global, term) else { return Outcome::Failed };
    let selection = match Selection::new(&workspace.corpus.root, &args.paths) {
        Ok(selection) => selection,
        Err(path) => {
            term.error(
                &format!("there is no {path} in {}", workspace.corpus.root.display()),
                &[("next", "name a blueprint or folder inside the repository")],
            );
            term.say("blueprint sync: not started, path missing");
            return Outcome::Failed;
        }
    };
    let mut totals = Totals::default();
    for index in (0..workspace.blueprints.len()).filter(|i| selection.has(workspace.blueprints[*i].source().path())) {
        one(args, &workspace, index, term, &mut totals);
    }
    let written = if args.dry_run { "would be written" } else { "written" };
    let wait = if totals.open == 1 { "1 waits for a decision".to_owned() } else { format!("{} wait for a decision", totals.open) };
    term.last(&format!("blueprint sync: {} {written}, {wait}, {} in step", count(totals.written, "change"), totals.in_step));
    match (totals.failed, totals.open > 0) {
        (true, _) => Outcome::Failed,
        (false, true) => Outcome::Findings,
        (false, false) => Outcome::Fine,
    }
}

fn one(args: &SyncArgs, workspace: &Workspace, index: usize, term: &Term, totals: &mut Totals) {
    let loaded = &workspace.blueprints[index];
    let path = loaded.source().path();
    let Some(file) = loaded.blueprint.as_ref().filter(|_| !loaded.partial) else {
        term.error(&format!("{path} is not valid and was left alone"), &[("next", "stepwright blueprint check   says what is wrong")]);
        totals.failed = true;
        return;
    };
    let Some(id) = workspace.page_of(index) else {
        term.warning(&format!("{path} has no page"), &[("next", "set `source: {page: …}`, or remove the blueprint")]);
        totals.open += 1;
        return;
    };
    let page = workspace.corpus.page(id);
    let made = workspace.drafts(id, page);
    let now: Vec<Blueprint> = made.iter().map(|(_, b)| b.clone()).collect();
    let Some(new) = counterpart(file, &now) else {
        term.warning(
            &format!("{}: no procedure found that {path} could follow", page.path()),
            &[("next", "restore the steps on the page, or remove the blueprint")],
        );
        totals.open += 1;
        return;
    };
    let base = workspace.drafts_as_seen(id, file, &now);
    let base = base.as_deref().and_then(|b| counterpart(file, b));
    let take = match args.take {
        None => Take::Ask,
        Some(TakeFrom::Page) => Take::Page,
        Some(TakeFrom::Blueprint) => Take::Blueprint,
    };
    let headings: Vec<&str> = page.body.headings.iter().map(|h| h.text.as_str()).chain([page.title.as_str()]).collect();
    let sides = Sides { page: &new, base: base.as_deref(), headings: &headings, only: args.only.as_deref(), take };
    let Some(done) = sync(loaded.source(), &sides) else { return };
    let lines: BTreeMap<&str, usize> = made.iter().flat_map(|(d, _)| d.steps.iter().map(|s| (s.id.as_str(), s.line))).collect();
    report(&done, path, &lines, term);
    let open = done.changes.iter().filter(|c| c.action.open()).count();
    totals.open += open;
    totals.written += done.changes.iter().filter(|c| matches!(c.action, Action::Update | Action::Add)).count();
    totals.in_step += usize::from(open == 0 && done.text == loaded.source().text());
    if done.text != loaded.source().text() && !args.dry_run && !write(&workspace.corpus.root.join(path), &done.text, path, term) {
        totals.failed = true;
    }
}

fn report(done: &Synced, path: &str, lines: &BTreeMap<&str, usize>, term: &Term) {
    if done.changes.is_empty() {
        return;
    }
    let mut out = format!("{PATH}{path}{PATH:#}\n");
    for Change { action, step, key, detail } in &done.changes {
        let place = lines.get(step.as_str()).map_or_else(String::new, |l| format!("  (page :{l})"));
        out.push_str(&format!("  {:<7} {step:<24} {detail}{place}\n", action.as_str()));
        if *action == Action::Both && !step.is_empty() {
            out.push_str(&format!("                   = next: edit `{key}`, or --only {step} --take page\n"));
        }
    }
    term.answer(&out);
}

/// True when the file now holds `text`; says why where it does not.
fn write(full: &Path, text: &str, shown: &str, term: &Term) -> bool {
    let made = crate::disk::replace(full, text.as_bytes());
    if let Err(error) = &made {
        term.error(&format!("cannot write {shown}"), &[("why", &error.to_string())]);
    }
    made.is_ok()
}
