//! The command line: arguments to typed requests, one file per command. Only `term.rs` prints.

pub mod args;
mod blueprint;
mod build;
mod changes;
mod check;
mod completions;
mod config;
mod demo;
mod import;
mod init;
mod lint;
mod lsp;
mod mend;
mod propose;
mod recall;
mod report;
mod review;
mod rule;
mod schema;
mod serve;
mod stats;
pub mod term;
mod trend;
mod triage;
mod triage_ask;
mod versions;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};
use jiff::civil::Date;

use args::{Cli, Command, Global};
use term::Term;

use crate::config::{ConfigError, Project};

/// How a command ended: the three exit codes scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Outcome {
    /// Fine.
    #[default]
    Fine,
    /// Findings at or above the level that fails, or work left open.
    Findings,
    /// The job could not be done.
    Failed,
    /// Interrupted by a person.
    Stopped,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        ExitCode::from(match outcome {
            Outcome::Fine => 0,
            Outcome::Findings => 1,
            Outcome::Failed => 2,
            Outcome::Stopped => 130,
        })
    }
}

/// Parses arguments and runs the command.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, arguments.len() <= 1),
    };
    let term = Term::new(&cli.global);
    if let Some(threads) = cli.global.threads {
        // The pool can be set once per process; a second run in the same process keeps the first.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    dispatch(&cli, &term).into()
}

fn dispatch(cli: &Cli, term: &Term) -> Outcome {
    match &cli.command {
        Command::Build(args) => build::run(args, &cli.global, term),
        Command::Check(args) => check::run(args, &cli.global, term),
        Command::Demo(args) => demo::run(args, &cli.global, term),
        Command::Import(args) => import::run(args, &cli.global, term),
        Command::Lint(args) => lint::run(args, &cli.global, term),
        Command::Blueprint(args) => blueprint::run(args, &cli.global, term),
        Command::Init(args) => init::run(args, &cli.global, term),
        Command::Lsp(args) => lsp::run(args, &cli.global, term),
        Command::Propose(args) => propose::run(args, &cli.global, term),
        Command::Review(args) => review::run(args, &cli.global, term),
        Command::Report(args) => report::run(args, &cli.global, term),
        Command::Schema(args) => schema::run(args, term),
        Command::Triage(args) => triage::run(args, &cli.global, term),
        Command::Serve(args) => serve::run(args, &cli.global, term),
        Command::Config(args) => config::run(args, &cli.global, term),
        Command::Rule(args) => rule::run(args, term),
        Command::Suppressions(_) => mend::suppressions(&cli.global, term),
        Command::Completions(args) => completions::run(args, term),
    }
}

/// Help that was asked for goes to stdout, anything else to stderr with exit 2.
fn usage(error: &clap::Error, bare: bool) -> ExitCode {
    let term = Term::new(&Global {
        dir: ".".into(),
        config: None,
        now: None,
        color: args::ColorWhen::Auto,
        no_progress: true,
        threads: None,
        quiet: 0,
        verbose: 0,
    });
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            term.answer(&format!("{}\n", error.render().ansi().to_string().trim_end()));
            ExitCode::SUCCESS
        }
        _ if bare => {
            term.say(&welcome());
            Outcome::Failed.into()
        }
        kind @ (ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument) => {
            let (key, what) = if kind == ErrorKind::InvalidSubcommand {
                (ContextKind::InvalidSubcommand, "command")
            } else {
                (ContextKind::InvalidArg, "flag")
            };
            let typed = match error.get(key) {
                Some(ContextValue::String(s)) => s.clone(),
                _ => String::new(),
            };
            let near = suggestion(&typed, kind == ErrorKind::InvalidSubcommand);
            let next = near.filter(|n| *n != typed).map_or_else(
                || format!("stepwright {} lists all", if what == "flag" { "help COMMAND" } else { "--help" }),
                |n| format!("did you mean `{n}`?"),
            );
            term.error(&format!("there is no {what} `{typed}`{}", if what == "flag" { " here" } else { "" }), &[("next", &next)]);
            Outcome::Failed.into()
        }
        _ => {
            term.say(error.render().ansi().to_string().trim_end());
            Outcome::Failed.into()
        }
    }
}

/// Words people try, and the command that does it.
const OTHER_WORDS: [(&str, &str); 6] =
    [("convert", "blueprint draft"), ("test", "check"), ("preview", "serve"), ("fix", "lint --fix"), ("server", "serve"), ("new", "init")];

fn suggestion(typed: &str, command: bool) -> Option<String> {
    let app = Cli::command();
    if command {
        let names: Vec<String> = app.get_subcommands().filter(|c| !c.is_hide_set()).map(|c| c.get_name().to_owned()).collect();
        let near = crate::text::nearest(typed, names.iter().map(String::as_str)).map(str::to_owned);
        return near.or_else(|| OTHER_WORDS.iter().find(|(w, _)| *w == typed).map(|(_, c)| (*c).to_owned()));
    }
    let flags: Vec<String> = app
        .get_subcommands()
        .flat_map(clap::Command::get_arguments)
        .chain(app.get_arguments())
        .filter_map(|a| a.get_long().map(|l| format!("--{l}")))
        .collect();
    crate::text::nearest(typed, flags.iter().map(String::as_str)).map(str::to_owned)
}

fn welcome() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "stepwright {version}: wiki exports into docs to trust and procedures to run\n\
         To begin:\n  \
         stepwright demo                  the whole story on a built-in export\n  \
         stepwright import plan EXPORT    what an export holds; changes nothing\n  \
         stepwright init                  a new docs repository in this folder\n\
         In a docs repository:\n  \
         check  what CI runs        lint       findings only    build  the website\n  \
         triage what is what        blueprint  draft, check     rule   what a rule means\n\
         All commands: stepwright --help        One command: stepwright help lint"
    )
}

/// The day the clock rules go by: `--now`, else `SOURCE_DATE_EPOCH`, else today in UTC.
fn clock(global: &Global) -> Result<Date, String> {
    if let Some(text) = &global.now {
        return crate::text::date::parse(text).ok_or_else(|| format!("`--now {text}` is not a date written YYYY-MM-DD"));
    }
    if let Some(epoch) = std::env::var("SOURCE_DATE_EPOCH").ok().filter(|v| !v.is_empty()) {
        let seconds = epoch.parse().map_err(|_| format!("SOURCE_DATE_EPOCH is `{epoch}`, not seconds since 1970"))?;
        let stamp = jiff::Timestamp::from_second(seconds).map_err(|_| format!("SOURCE_DATE_EPOCH is `{epoch}`, outside the calendar"))?;
        return Ok(jiff::tz::Offset::UTC.to_datetime(stamp).date());
    }
    Ok(jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date())
}

/// Settings and clock, or a message on stderr and `None`. `command` heads the last line.
fn project(command: &str, global: &Global, term: &Term) -> Option<(Project, Date)> {
    let now = match clock(global) {
        Ok(now) => now,
        Err(message) => {
            term.error(&message, &[("example", "--now 2026-11-22")]);
            term.say(&format!("{command}: not started, no clock"));
            return None;
        }
    };
    match crate::config::load(&global.dir, global.config.as_deref(), &crate::lint::rules::names()) {
        Ok(project) => Some((project, now)),
        Err(error) => {
            config_failed(command, &error, term);
            None
        }
    }
}

/// Says why the settings cannot be used.
fn config_failed(command: &str, error: &ConfigError, term: &Term) {
    match error {
        ConfigError::Invalid { file, problems } => {
            let look = crate::report::text::Look { color: term.err_color, width: term.width };
            for problem in problems {
                term.error_block(&crate::report::text::problem(file, problem, look));
            }
            term.say(&format!("{command}: not started, {error}"));
        }
        _ => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            let notes: Vec<(&str, &str)> = why.iter().map(|w| ("why", w.as_str())).collect();
            term.error(&error.to_string(), &notes);
            term.say(&format!("{command}: not started"));
        }
    }
}

/// Settings, clock and the model, or a message on stderr and `None`.
fn workspace(command: &str, global: &Global, term: &Term) -> Option<(Project, crate::workspace::Workspace)> {
    let (project, now) = project(command, global, term)?;
    let workspace = load(command, &project, now, term)?;
    Some((project, workspace))
}

/// The model, or a message on stderr and `None`.
fn load(command: &str, project: &Project, now: Date, term: &Term) -> Option<crate::workspace::Workspace> {
    match crate::workspace::Workspace::load(project, now) {
        Ok(workspace) => Some(workspace),
        Err(error) => {
            let why = std::error::Error::source(&error).map(ToString::to_string);
            let notes: Vec<(&str, &str)> = why.iter().map(|w| ("why", w.as_str())).collect();
            term.error(&error.to_string(), &notes);
            term.say(&format!("{command}: not started"));
            None
        }
    }
}
