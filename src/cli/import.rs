//! `stepwright import plan|run|status`: what an export holds, the import itself, and how imports stand.

mod live;
mod status;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::args::Global;
use super::term::{Bar, Term};
use super::{Outcome, clock};
use crate::import::ledger::{Ledger, PageState, State};
use crate::import::losses::Outcome as Lost;
use crate::import::notice::{Level, Notice, count, plural};
use crate::import::run::{self, LeftOut, Listener, Prepared, Request, RunError};

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
        ImportCommand::Plan(args) => plan(args, global, term),
        ImportCommand::Run(args) => import(args, global, term),
        ImportCommand::Status(args) => status::status(args, global, term),
    }
}

/// Progress as bars on a terminal, as lines elsewhere.
struct Talk<'a> {
    term: &'a Term,
    bar: Mutex<Option<Bar>>,
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
        bar.get_or_insert_with(|| self.term.bar()).show(verb, done, total, what);
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
        into,
        name: args.name.as_deref().map(crate::page::slug::ascii).filter(|n| !n.is_empty()).or_else(|| live::name(args)),
        day,
        dry_run: args.dry_run,
        allow_secrets: false,
        history: false,
        fetched: None,
        stop,
    })
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
        _ => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            let notes: Vec<(&str, &str)> = why.iter().map(|w| ("why", w.as_str())).collect();
            term.error(&error.to_string(), &notes);
            term.say(&format!("{command}: stopped, {error}"));
            Outcome::Failed
        }
    }
}

fn plan(args: &Source, global: &Global, term: &Term) -> Outcome {
    const COMMAND: &str = "import plan";
    let stop = AtomicBool::new(false);
    let Some(mut request) = request(args, global, term, &stop, COMMAND) else { return Outcome::Failed };
    let talk = Talk { term, bar: Mutex::default() };
    let _kept = match live::fetch(args, &mut request, &talk, COMMAND) {
        Ok(kept) => kept,
        Err(outcome) => return outcome,
    };
    // Planning changes nothing but the plan itself.
    let quiet = Request { dry_run: true, ..request };
    let prepared = match run::prepare(&quiet, &talk) {
        Ok(prepared) => prepared,
        Err(error) => return refused(&error, term, COMMAND),
    };
    let blocks = prepared.notices().filter(|n| n.blocks).count() as u64;
    let pages = prepared.take.iter().filter(|t| **t).count() as u64;
    let path = quiet.plan_path();
    if args.format == Format::Json {
        let notices: Vec<Value> = prepared.notices().map(notice_json).collect();
        let answer = json!({"name": quiet.name(), "formats": formats(&prepared), "made": prepared.package.made, "spaces": space_rows(&prepared).iter().map(|r| json!({
            "key": r.key, "pages": r.pages, "files": r.files, "restricted": r.restricted, "left-out": r.left_out, "target": r.target})).collect::<Vec<_>>(),
            "pages": pages, "left-out": prepared.left_out.len(), "notices": notices});
        term.answer(&format!("{answer:#}\n"));
    } else {
        term.answer(&overview(&prepared, &quiet));
        for notice in prepared.notices() {
            say(term, notice);
        }
    }
    if pages == 0 && prepared.package.pages.is_empty() {
        term.last(&format!("{COMMAND}: fails, no pages found"));
        return Outcome::Failed;
    }
    let shown = path.display().to_string();
    if args.dry_run {
        term.say(&format!("would write {shown}"));
    } else {
        let text = crate::import::plan::Plan::of(&prepared).text(&quiet.name());
        if let Err(error) = crate::disk::replace(&path, text.as_bytes()) {
            term.error(&format!("{shown} cannot be written"), &[("why", &error.to_string())]);
            term.last(&format!("{COMMAND}: stopped, the plan could not be written"));
            return Outcome::Failed;
        }
        term.say(&format!("wrote {shown}, nothing else"));
    }
    let errors = prepared.notices().filter(|n| n.level == Level::Error && !n.blocks).count() as u64;
    let warnings = prepared.notices().filter(|n| n.level == Level::Warning).count() as u64;
    let nothing = if args.dry_run { ", nothing written" } else { "" };
    if blocks > 0 {
        let verb = if blocks == 1 { "blocks" } else { "block" };
        term.last(&format!(
            "{COMMAND}: {} {verb} {}, {}{nothing}",
            plural(blocks, "conflict"),
            plural(pages, "page"),
            plural(warnings, "warning")
        ));
        return Outcome::Findings;
    }
    term.last(&format!(
        "{COMMAND}: passes, {} to import, {} left out, {}, {}{nothing}",
        plural(pages, "page"),
        count(prepared.left_out.len() as u64),
        plural(errors, "error"),
        plural(warnings, "warning")
    ));
    Outcome::Fine
}

fn formats(prepared: &Prepared) -> Vec<String> {
    let mut out = prepared.package.formats.clone();
    out.sort();
    out.dedup();
    out
}

struct SpaceRow {
    key: String,
    pages: u64,
    files: u64,
    restricted: u64,
    left_out: u64,
    target: String,
}

fn space_rows(prepared: &Prepared) -> Vec<SpaceRow> {
    let mut rows: BTreeMap<String, SpaceRow> = BTreeMap::new();
    let why: BTreeMap<usize, LeftOut> = prepared.left_out.iter().copied().collect();
    for (at, page) in prepared.package.pages.iter().enumerate() {
        let key = page.space.clone().unwrap_or_default();
        let row = rows.entry(key.clone()).or_insert_with(|| SpaceRow {
            target: prepared.folders.get(&key).cloned().unwrap_or_default(),
            key,
            pages: 0,
            files: 0,
            restricted: 0,
            left_out: 0,
        });
        row.pages += 1;
        row.files += page.attachments.len() as u64;
        row.restricted += u64::from(matches!(why.get(&at), Some(LeftOut::Restricted | LeftOut::BelowRestricted)));
        row.left_out += u64::from(why.contains_key(&at));
    }
    rows.into_values().collect()
}

fn overview(prepared: &Prepared, request: &Request<'_>) -> String {
    let package = &prepared.package;
    let bytes: u64 = package.exports.iter().map(|e| e.bytes).sum();
    let made = package.made.as_ref().map(|d| format!(", made {d}")).unwrap_or_default();
    let rows = space_rows(prepared);
    let mut out = format!("{}, {}, {}{made}\n", formats(prepared).join(" and "), size(bytes), plural(rows.len() as u64, "space"));
    let width = rows.iter().map(|r| r.key.chars().count()).max().unwrap_or(0).clamp(5, 32);
    let _ = writeln!(out, "  {:width$} {:>7} {:>7} {:>11} {:>9}  target", "", "pages", "files", "restricted", "left out");
    for row in &rows {
        let key: String = row.key.chars().take(32).collect();
        let target = if row.target.is_empty() { String::new() } else { format!("{}/{}", request.content, row.target) };
        let line = format!(
            "  {key:width$} {:>7} {:>7} {:>11} {:>9}  {target}",
            count(row.pages),
            count(row.files),
            count(row.restricted),
            count(row.left_out)
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
    if rows.len() > 1 {
        let sum = |f: fn(&SpaceRow) -> u64| count(rows.iter().map(f).sum());
        let _ = writeln!(
            out,
            "  {:width$} {:>7} {:>7} {:>11} {:>9}",
            "total",
            sum(|r| r.pages),
            sum(|r| r.files),
            sum(|r| r.restricted),
            sum(|r| r.left_out)
        );
    }
    let c = package.counts;
    let others: Vec<String> = [
        (c.versions, "earlier version"),
        (c.drafts, "draft"),
        (c.trashed, "page in the trash"),
        (c.templates, "template"),
        (c.comments, "comment"),
        (c.users, "user"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, what)| if what == "page in the trash" { format!("{} in the trash", plural(n, "page")) } else { plural(n, what) })
    .collect();
    if !others.is_empty() {
        let _ = writeln!(out, "besides: {}", others.join(", "));
    }
    out
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..10_000_000_000 => format!("{} MB", count(bytes / 1_000_000)),
        _ => format!("{} GB", count(bytes / 1_000_000_000)),
    }
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
    finish(&outcome, &request, args, term)
}

fn finish(outcome: &run::Outcome, request: &Request<'_>, args: &RunArgs, term: &Term) -> Outcome {
    let mut parts = Vec::new();
    let mut add = |n: u64, words: &str| {
        if n > 0 {
            parts.push(format!("{} {words}", count(n)));
        }
    };
    add(outcome.merged, "merged with edits made here");
    add(outcome.failed, "failed");
    add(outcome.conflicts, "in conflict");
    add(outcome.skipped, "left out");
    add(outcome.gone, "gone from the wiki");
    let rest = if parts.is_empty() { String::new() } else { format!(", {}", parts.join(", ")) };
    let dry = if request.dry_run { ", nothing written" } else { "" };
    let again = || format!("stepwright import run {}", live::arguments(&args.source));
    match outcome.state {
        State::Stopped => {
            let left = outcome.total.saturating_sub(outcome.done + outcome.failed + outcome.conflicts);
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
    let n = ledger.pages.values().filter(|e| e.state == PageState::Done && edited(&e.path, &e.hash)).count() as u64;
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
