//! `stepwright import plan|run|status`: what an export holds, the import itself, and how imports stand.

mod live;
mod plan;
mod status;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::args::Global;
use super::term::{Bar, Term};
use super::{Outcome, clock};
use crate::import::ledger::{Ledger, LedgerError, PageState, State};
use crate::import::losses::Outcome as Lost;
use crate::import::notice::{Level, Notice, count, plural};
use crate::import::people::Role;
use crate::import::run::{self, Listener, Request, RunError};

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// What to do
    #[command(subcommand)]
    pub what: ImportCommand,
}

/// The commands of `import`.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// What an export holds, what stands in the way, and an editable plan
    Plan(Source),
    /// Convert: pages, attachments, ledger, loss report
    Run(RunArgs),
    /// How the imports of this repository stand
    Status(StatusArgs),
}

/// Which exports, and where to.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright import plan wiki.zip\n  stepwright import plan exports/ops exports/fin --name wiki\n  stepwright import plan --rest https://example.atlassian.net/wiki --space OPS"
)]
pub struct Source {
    /// Zips, folders or files that Confluence exported
    #[arg(value_name = "EXPORT", required_unless_present = "rest", conflicts_with = "rest")]
    pub exports: Vec<PathBuf>,
    /// Read a live wiki instead; the token is taken from CONFLUENCE_TOKEN (for Cloud with CONFLUENCE_EMAIL)
    #[arg(long, value_name = "URL", requires = "space")]
    pub rest: Option<String>,
    /// Key of a space of the live wiki (repeatable)
    #[arg(long, value_name = "KEY", requires = "rest")]
    pub space: Vec<String>,
    /// Repository to import into
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// Name of the import (default: from the first export)
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Say what would be done, write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Form of the answer
    #[arg(long, value_name = "NAME", default_value = "text", hide_default_value = true)]
    pub format: Format,
}

/// Arguments of `import run`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright import run wiki.zip\n  stepwright import run wiki.zip --into docs --yes\n  stepwright import run wiki.zip --into docs --history\n  stepwright import run --rest https://wiki.example.com --space OPS --into docs"
)]
pub struct RunArgs {
    /// Exports and target
    #[command(flatten)]
    pub source: Source,
    /// Merge into pages that people edited, without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Import pages although their text looks like it holds secrets
    #[arg(long)]
    pub allow_secrets: bool,
    /// Commit every version of every page with the wiki's dates and authors; only into a repository without commits
    #[arg(long)]
    pub history: bool,
}

/// Arguments of `import status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Exports, to see only their import (default: all imports)
    #[arg(value_name = "EXPORT")]
    pub exports: Vec<PathBuf>,
    /// Repository imported into
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// Only this import
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Form of the answer
    #[arg(long, value_name = "NAME", default_value = "text", hide_default_value = true)]
    pub format: Format,
}

/// Forms of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
}

pub(super) fn run(args: &ImportArgs, global: &Global, term: &Term) -> Outcome {
    match &args.what {
        ImportCommand::Plan(args) => plan::plan(args, global, term),
        ImportCommand::Run(args) => import(args, global, term),
        ImportCommand::Status(args) => status::status(args, global, term),
    }
}

/// Progress as bars on a terminal, as lines elsewhere.
struct Talk<'a> {
    term: &'a Term,
    bar: Mutex<Option<(String, Bar)>>,
}

impl Talk<'_> {
    fn clear(&self) {
        if let Ok(mut bar) = self.bar.lock() {
            *bar = None;
        }
    }
}

impl Listener for Talk<'_> {
    fn progress(&self, verb: &str, done: u64, total: u64, what: &str) {
        let Ok(mut bar) = self.bar.lock() else { return };
        if bar.as_ref().is_some_and(|(of, _)| of != verb) {
            *bar = None;
        }
        bar.get_or_insert_with(|| (verb.to_owned(), self.term.bar())).1.show(verb, done, total, what);
    }

    fn phase(&self, verb: &str, text: &str) {
        self.clear();
        self.term.phase(verb, text);
    }
}

fn request<'a>(args: &Source, global: &Global, term: &Term, stop: &'a AtomicBool, command: &str) -> Option<Request<'a>> {
    let day = match clock(global) {
        Ok(day) => day.to_string(),
        Err(message) => {
            term.error(&message, &[("example", "--now 2026-11-22")]);
            term.say(&format!("{command}: not started, no clock"));
            return None;
        }
    };
    let into = args.into.clone().unwrap_or_else(|| global.dir.clone());
    Some(Request {
        exports: args.exports.clone(),
        content: content_folder(&into, global),
        name: args.name.as_deref().map(crate::page::slug::ascii).filter(|n| !n.is_empty()).or_else(|| live::name(args)),
        day,
        dry_run: args.dry_run,
        allow_secrets: false,
        history: false,
        fetched: None,
        roles: roles(&into),
        into,
        stop,
    })
}

/// Who holds which role in the repository imported into.
fn roles(into: &Path) -> Vec<Role> {
    let text = std::fs::read_to_string(into.join(crate::workspace::ROLES)).unwrap_or_default();
    let file = crate::blueprint::roles::load(&crate::text::Source::new(crate::workspace::ROLES, text)).file;
    file.roles.into_iter().map(|(id, role)| Role { id, title: role.title, people: role.people }).collect()
}

/// The content folder of the repository imported into; an import needs no settings.
fn content_folder(into: &Path, global: &Global) -> String {
    let found = into.join(crate::config::FILE).exists();
    let project = found.then(|| crate::config::load(into, global.config.as_deref(), &crate::lint::rules::names()).ok()).flatten();
    project.map_or_else(|| "content".to_owned(), |p| p.settings.content.trim_matches('/').to_owned())
}

fn say(term: &Term, notice: &Notice) {
    let mut notes: Vec<(&str, &str)> = Vec::new();
    notes.extend(notice.why.as_deref().map(|w| ("why", w)));
    notes.extend(notice.next.as_deref().map(|n| ("next", n)));
    match notice.level {
        Level::Error => term.error(&notice.what, &notes),
        Level::Warning => term.warning(&notice.what, &notes),
        Level::Info => term.detail(&format!("info: {}{}", notice.what, notice.why.as_ref().map(|w| format!(" ({w})")).unwrap_or_default())),
    }
}

fn notice_json(notice: &Notice) -> Value {
    json!({"level": notice.level.word(), "what": notice.what, "why": notice.why, "next": notice.next, "blocks": notice.blocks})
}

fn refused(error: &RunError, term: &Term, command: &str) -> Outcome {
    match error {
        RunError::Exports(notices) | RunError::Plan(notices) => {
            for notice in notices {
                say(term, notice);
            }
            let why = match (error, notices.as_slice()) {
                (RunError::Plan(_), _) => "the plan cannot be used".to_owned(),
                (_, [one]) => one.what.clone(),
                _ => "no export can be read".to_owned(),
            };
            term.say(&format!("{command}: not started, {why}"));
            Outcome::Failed
        }
        RunError::Blocked(prepared) => {
            for notice in prepared.notices() {
                say(term, notice);
            }
            let n = prepared.notices().filter(|n| n.blocks).count() as u64;
            let pages = prepared.take.iter().filter(|t| **t).count() as u64;
            let block = if n == 1 { "blocks" } else { "block" };
            term.last(&format!("{command}: not started, {} {block} {}", plural(n, "conflict"), plural(pages, "page")));
            Outcome::Failed
        }
        RunError::Ledger(error) => {
            unusable(error, term);
            term.say(&format!("{command}: stopped, {error}"));
            Outcome::Failed
        }
        _ => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            let notes: Vec<(&str, &str)> = why.iter().map(|w| ("why", w.as_str())).collect();
            term.error(&error.to_string(), &notes);
            term.say(&format!("{command}: stopped, {error}"));
            Outcome::Failed
        }
    }
}

fn unusable(error: &LedgerError, term: &Term) {
    let why = std::error::Error::source(error).map(ToString::to_string);
    let next = error.next();
    let notes = [("why", &why), ("next", &next)];
    term.error(&error.to_string(), &notes.iter().filter_map(|(key, text)| Some((*key, text.as_deref()?))).collect::<Vec<_>>());
}

fn import(args: &RunArgs, global: &Global, term: &Term) -> Outcome {
    const COMMAND: &str = "import run";
    static STOP: AtomicBool = AtomicBool::new(false);
    STOP.store(false, Ordering::Relaxed);
    let Some(mut request) = request(&args.source, global, term, &STOP, COMMAND) else { return Outcome::Failed };
    request.allow_secrets = args.allow_secrets;
    request.history = args.history;
    if !args.yes && !request.dry_run && !may_merge(&request, term, COMMAND) {
        return Outcome::Failed;
    }
    // A second signal ends the process at once; files are whole at any moment.
    let handler = || {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::abort();
        }
    };
    let _ = ctrlc::try_set_handler(handler);
    let talk = Talk { term, bar: Mutex::default() };
    let _kept = match live::fetch(&args.source, &mut request, &talk, COMMAND) {
        Ok(kept) => kept,
        Err(outcome) => return outcome,
    };
    let outcome = match run::run(&request, &talk) {
        Ok(outcome) => outcome,
        Err(error) => return refused(&error, term, COMMAND),
    };
    if args.source.format == Format::Json {
        term.answer(&format!("{:#}\n", run_json(&outcome)));
    }
    if let Some(history) = &outcome.replayed {
        let left = if history.left_out > 0 { format!(", {} left out", plural(history.left_out as u64, "version")) } else { String::new() };
        let between = if history.first.is_empty() { String::new() } else { format!(", edits from {} to {}", history.first, history.last) };
        term.phase("history", &format!("{}{between}{left}", plural(history.commits as u64, "commit")));
    }
    for notice in &outcome.notices {
        say(term, notice);
    }
    if outcome.losses > 0 {
        let kinds = outcome
            .macros
            .iter()
            .filter(|r| r.outcome != Lost::Translated)
            .map(|r| &r.element)
            .collect::<std::collections::BTreeSet<_>>()
            .len();
        let csv = format!(".stepwright/imports/{}.losses.csv", outcome.name);
        let kinds = if kinds == 1 { "1 kind".to_owned() } else { format!("{} kinds", count(kinds as u64)) };
        term.say(&format!("losses: {} in {kinds}, listed in {csv}", count(outcome.losses)));
    }
    if outcome.undecided > 0 {
        let table = format!(".stepwright/imports/{}.macros.csv", outcome.name);
        term.say(&format!("macros: {} undecided; decide in {table}, then run again", plural(outcome.undecided, "macro")));
    }
    finish(&outcome, &request, args, term)
}

/// How to commit an import so that it never counts as an edit.
fn how_to_commit(outcome: &run::Outcome, request: &Request<'_>, term: &Term) {
    let root = std::fs::canonicalize(&request.into).unwrap_or_else(|_| request.into.clone());
    let in_git = root.ancestors().any(|dir| dir.join(".git").exists());
    let ended = matches!(outcome.state, State::Finished | State::Incomplete);
    if in_git && ended && outcome.written > 0 && outcome.replayed.is_none() && !request.dry_run {
        let content = if request.content.is_empty() { "." } else { &request.content };
        term.say(&format!(
            "= next: git add {content} .stepwright && git commit -m \"Import {name}\" --trailer \"Stepwright-Import: {name}\"   the last part keeps the import out of edit dates",
            name = outcome.name
        ));
    }
}

fn finish(outcome: &run::Outcome, request: &Request<'_>, args: &RunArgs, term: &Term) -> Outcome {
    how_to_commit(outcome, request, term);
    let mut parts = Vec::new();
    let mut add = |n: u64, words: &str| {
        if n > 0 {
            parts.push(format!("{} {words}", count(n)));
        }
    };
    add(outcome.merged, "merged with edits made here");
    add(outcome.failed, "failed");
    add(outcome.held, if outcome.held == 1 { "file held back" } else { "files held back" });
    add(outcome.conflicts, "in conflict");
    add(outcome.skipped, "left out");
    add(outcome.gone, "gone from the wiki");
    let rest = if parts.is_empty() { String::new() } else { format!(", {}", parts.join(", ")) };
    let dry = if request.dry_run { ", nothing written" } else { "" };
    let again = || format!("stepwright import run {}", live::arguments(&args.source));
    match outcome.state {
        State::Stopped => {
            let left = outcome.total.saturating_sub(outcome.done + outcome.failed + outcome.conflicts);
            if left == 0 {
                term.say(&format!("= next: {}   commits the history, which has not begun", again()));
                term.last(&format!("import run: stopped, {} done, no history committed{rest}", plural(outcome.done, "page")));
                return Outcome::Stopped;
            }
            term.say(&format!("= next: {}   goes on with the other {}", again(), count(left)));
            term.last(&format!(
                "import run: stopped, {} of {} done, {} ready{rest}",
                count(outcome.done),
                plural(outcome.total, "page"),
                count(left)
            ));
            Outcome::Stopped
        }
        State::Failed => {
            term.last("import run: FAILED, no pages found");
            Outcome::Failed
        }
        State::Incomplete => {
            term.last(&format!("import run: INCOMPLETE, {} of {}{rest}{dry}", count(outcome.done), plural(outcome.total, "page")));
            Outcome::Findings
        }
        _ => {
            term.last(&format!("import run: FINISHED, {} and {}{rest}{dry}", plural(outcome.done, "page"), plural(outcome.files, "file")));
            Outcome::Fine
        }
    }
}

fn run_json(outcome: &run::Outcome) -> Value {
    let macros: Vec<Value> = outcome
        .macros
        .iter()
        .map(|r| json!({"element": r.element, "outcome": r.outcome.word(), "count": r.count, "pages": r.pages}))
        .collect();
    json!({
        "name": outcome.name, "state": outcome.state.word(), "pages": outcome.total, "done": outcome.done, "failed": outcome.failed,
        "conflicts": outcome.conflicts, "skipped": outcome.skipped, "gone": outcome.gone, "merged": outcome.merged, "files": outcome.files,
        "files-missing": outcome.files_missing, "losses": outcome.losses, "elements": macros,
        "notices": outcome.notices.iter().map(notice_json).collect::<Vec<_>>(),
    })
}

/// Merging into pages that people edited is asked for, or named by a flag.
fn may_merge(request: &Request<'_>, term: &Term, command: &str) -> bool {
    let Ok(Some(ledger)) = Ledger::read(&request.ledger_path()) else { return true };
    let edited = |path: &str, known: &str| {
        std::fs::read_to_string(request.into.join(path))
            .is_ok_and(|t| crate::import::ledger::hash(t.replace("\r\n", "\n").as_bytes()) != known)
    };
    let mut n = 0;
    for page in ledger.pages.iter() {
        match page {
            Ok((_, entry)) => n += u64::from(entry.state == PageState::Done && edited(&entry.path, &entry.hash)),
            Err(error) => {
                refused(&error.into(), term, command);
                return false;
            }
        }
    }
    if n == 0 || ledger.state == State::Running {
        return true;
    }
    let what = format!("{} edited here since the last import; changes of the wiki will be merged into them", plural(n, "page"));
    if term.can_ask() {
        let yes = term.confirm(&format!("{what}. Go on"));
        if !yes {
            term.say(&format!("{command}: not started, nothing written"));
        }
        return yes;
    }
    term.error(&what, &[("why", "nobody is there to say yes"), ("next", "the same command with --yes; nothing people wrote is lost")]);
    term.say(&format!("{command}: not started, it would merge into edited pages"));
    false
}
