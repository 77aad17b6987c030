//! `stepwright blueprint`: everything about procedures as data, one file per subcommand.

mod check;
pub(super) mod diff;
mod draft;
mod export;
mod sync;

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(super) use draft::draft_all;

use super::Outcome;
use super::args::Global;
use super::term::Term;
use crate::workspace::{Selection, Workspace};

/// Arguments of `blueprint`.
#[derive(Debug, Args)]
pub struct BlueprintArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: BlueprintCommand,
}

/// The subcommands of `blueprint`.
#[derive(Debug, Subcommand)]
pub enum BlueprintCommand {
    /// Hold blueprints against the format and against themselves
    Check(check::CheckArgs),
    /// What changed in the processes, by risk
    Diff(diff::DiffArgs),
    /// Procedures in prose to blueprints beside their pages
    Draft(draft::DraftArgs),
    /// Keep blueprints and their pages in step
    Sync(sync::SyncArgs),
    /// Hand over: run sheet, BPMN, Tallyfy, issue form, HowTo, CODEOWNERS
    Export(export::ExportArgs),
}

/// The blueprints or folders named, relative to `-C`; `Err` names the first that does not exist.
fn selection(workspace: &Workspace, paths: &[PathBuf], global: &Global) -> Result<Selection, String> {
    let paths: Vec<PathBuf> = paths.iter().map(|p| global.dir.join(p)).collect();
    Selection::new(&workspace.corpus.root, &paths)
}

pub(super) fn run(args: &BlueprintArgs, global: &Global, term: &Term) -> Outcome {
    match &args.command {
        BlueprintCommand::Check(args) => check::run(args, global, term),
        BlueprintCommand::Diff(args) => diff::run(args, global, term),
        BlueprintCommand::Draft(args) => draft::run(args, global, term),
        BlueprintCommand::Sync(args) => sync::run(args, global, term),
        BlueprintCommand::Export(args) => export::run(args, global, term),
    }
}
