//! `stepwright lsp`: the language server over stdin and stdout.

use clap::Args;

use super::args::Global;
use super::term::Term;
use super::{Outcome, clock};
use crate::lsp::{self, Start};

/// Arguments of `lsp`.
#[derive(Debug, Args)]
#[command(
    after_help = "An editor starts it and speaks the Language Server Protocol over its streams. Recipes for VS Code and Neovim are in the documentation."
)]
pub struct LspArgs {
    /// Accepted because some editors pass it; there is no other way
    #[arg(long, hide = true)]
    pub stdio: bool,
}

pub(super) fn run(_args: &LspArgs, global: &Global, term: &Term) -> Outcome {
    let now = match clock(global) {
        Ok(now) => now,
        Err(message) => {
            term.error(&message, &[("example", "--now 2026-11-22")]);
            return Outcome::Failed;
        }
    };
    let start = Start { folder: global.dir.clone(), config: global.config.clone(), now };
    let (connection, threads) = lsp_server::Connection::stdio();
    let served = lsp::serve(&connection, start);
    // The writing thread ends when nothing can be sent any more.
    drop(connection);
    match (served, threads.join()) {
        (Ok(true), Ok(())) => Outcome::Fine,
        (Err(error), _) => {
            term.error(&error.to_string(), &[("next", "start it from an editor; by hand it only waits for one")]);
            Outcome::Failed
        }
        _ => Outcome::Failed,
    }
}
