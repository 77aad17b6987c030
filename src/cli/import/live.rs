//! `--rest URL --space KEY`: the wiki itself in place of an export. Takes the token from the environment and nowhere else.

use std::path::PathBuf;

use tempfile::TempDir;

use super::{Source, Talk, say};
use crate::cli::Outcome;
use crate::cli::term::Term;
use crate::import::live::{self, Account, HttpError, Patience};
use crate::import::run::Request;

/// The name of an import from a live wiki, from the key of its first space.
pub(super) fn name(args: &Source) -> Option<String> {
    args.rest.as_ref()?;
    let key = args.space.first().map(|k| crate::page::slug::ascii(k)).filter(|k| !k.is_empty());
    Some(key.unwrap_or_else(|| "wiki".to_owned()))
}

/// What names the source on a command line, for messages that repeat it.
pub(super) fn arguments(args: &Source) -> String {
    let Some(address) = &args.rest else {
        return args.exports.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(" ");
    };
    let spaces: Vec<String> = args.space.iter().map(|s| format!("--space {s}")).collect();
    format!("--rest {address} {}", spaces.join(" "))
}

/// Reads the wiki, if one is named, and makes what was read the export of `request`. The folder given back must live as long as the request.
pub(super) fn fetch(args: &Source, request: &mut Request<'_>, talk: &Talk<'_>, command: &str) -> Result<Option<TempDir>, Outcome> {
    let Some(address) = &args.rest else { return Ok(None) };
    let term: &Term = talk.term;
    let (folder, temporary) = match folder(args, request) {
        Ok(found) => found,
        Err(error) => {
            term.error("what is read from the wiki cannot be kept", &[("why", &error.to_string())]);
            term.say(&format!("{command}: not started"));
            return Err(Outcome::Failed);
        }
    };
    let set = |name: &str| std::env::var(name).ok().map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
    let account = Account { name: set("CONFLUENCE_EMAIL"), token: set("CONFLUENCE_TOKEN") };
    if account.token.is_none() {
        term.phase("fetch", "as an anonymous visitor; set CONFLUENCE_TOKEN (and CONFLUENCE_EMAIL for Cloud) to see more");
    }
    let source = live::Source {
        address: address.clone(),
        spaces: args.space.clone(),
        account,
        patience: Patience::default(),
        history: request.history,
    };
    match live::fetch(&source, &folder, talk, request.stop) {
        Ok(fetched) => {
            request.exports = vec![folder];
            request.fetched = Some(fetched);
            Ok(temporary)
        }
        Err(HttpError::Stopped) => {
            talk.clear();
            term.say(&format!("= next: stepwright {command} {}   goes on where this one stopped", arguments(args)));
            term.last(&format!("{command}: stopped while the wiki was read, no page written"));
            Err(Outcome::Stopped)
        }
        Err(error) => {
            talk.clear();
            say(term, &error.notice());
            term.last(&format!("{command}: not started, {error}"));
            Err(Outcome::Failed)
        }
    }
}

/// Where it is kept: below the state folder, which git leaves out; in a folder that goes away when nothing may be written.
fn folder(args: &Source, request: &Request<'_>) -> std::io::Result<(PathBuf, Option<TempDir>)> {
    if args.dry_run {
        let temporary = tempfile::tempdir()?;
        return Ok((temporary.path().join(request.name()), Some(temporary)));
    }
    let state = request.into.join(".stepwright");
    match crate::disk::create(&state.join(".gitignore"), b"cache/\n") {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    Ok((state.join("cache").join("rest").join(request.name()), None))
}
