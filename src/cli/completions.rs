//! `stepwright completions`: shell completions, made in memory first so that a closed pipe is no crash.

use clap::{Args, CommandFactory};

use super::Outcome;
use super::term::Term;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

pub(super) fn run(args: &CompletionsArgs, term: &Term) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::args::Cli::command(), "stepwright", &mut script);
    term.answer(&String::from_utf8_lossy(&script));
    Outcome::Fine
}
