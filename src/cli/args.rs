//! What can be typed: the clap definitions. Help, completions and man page come from here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// stepwright: wiki exports into docs to trust and procedures to run.
#[derive(Debug, Parser)]
#[command(
    name = "stepwright",
    version,
    max_term_width = 100,
    subcommand_required = true,
    disable_help_subcommand = false,
    infer_subcommands = false
)]
#[command(about = "Wiki exports into docs to trust and procedures to run")]
#[command(
    after_long_help = "Exit codes: 0 fine; 1 findings at or above --fail-on, an import INCOMPLETE, a plan with blocking errors, a diff at or above its level;\n2 could not do the job; 130 interrupted.\n\nEnvironment: NO_COLOR CLICOLOR_FORCE FORCE_COLOR TERM COLUMNS CI SOURCE_DATE_EPOCH STEPWRIGHT_CONFIG"
)]
pub struct Cli {
    /// Flags every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Flags every command takes, before or after its name.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Work in this folder
    #[arg(short = 'C', value_name = "DIR", global = true, default_value = ".", hide_default_value = true)]
    pub dir: PathBuf,
    /// Settings file instead of the nearest stepwright.yaml
    #[arg(long, value_name = "FILE", global = true, env = "STEPWRIGHT_CONFIG", hide_env = true)]
    pub config: Option<PathBuf>,
    /// Fix the clock: the day that clock rules go by (default: today in UTC, or SOURCE_DATE_EPOCH)
    #[arg(long, value_name = "DATE", global = true)]
    pub now: Option<String>,
    /// When to colour
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto", hide_default_value = true)]
    pub color: ColorWhen,
    /// No progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Threads to use (default: all cores)
    #[arg(long, value_name = "N", global = true)]
    pub threads: Option<usize>,
    /// Answer and errors only; twice: exit code only
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub quiet: u8,
    /// Say why pages were skipped and how long phases took
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The whole story on a built-in export: import, history, lint, blueprints, site
    Demo(super::demo::DemoArgs),
    /// What CI runs: lint, blueprint check and build in one pass
    Check(super::check::CheckArgs),
    /// Wiki exports to pages: plan, run, status
    Import(super::import::ImportArgs),
    /// The website
    Build(super::build::BuildArgs),
    /// Live preview in the browser, with findings over the page
    Serve(super::serve::ServeArgs),
    /// Findings: stale or unconverted procedures, import residue, broken links
    Lint(super::lint::LintArgs),
    /// What is what: every page with verdict, certainty and evidence
    Triage(super::triage::TriageArgs),
    /// Procedures as data: draft, keep in step, check, diff by risk, hand over
    Blueprint(super::blueprint::BlueprintArgs),
    /// Drafted or re-synced blueprints as a branch and a pull request
    Propose(super::propose::ProposeArgs),
    /// A new docs repository, or what an existing one lacks; overwrites nothing
    Init(super::init::InitArgs),
    /// What a pull request changes: new findings, the process by risk, pages without their blueprint
    Review(super::review::ReviewArgs),
    /// What is stale or due, by who answers for it
    Report(super::report::ReportArgs),
    /// JSON Schemas for editors
    Schema(super::schema::SchemaArgs),
    /// The settings that hold, and where each comes from
    Config(super::config::ConfigArgs),
    /// What a rule means
    #[command(visible_alias = "rules")]
    Rule(super::rule::RuleArgs),
    /// Findings, hovers and completion in an editor
    Lsp(super::lsp::LspArgs),
    /// What is silenced, where and why
    Suppressions(super::mend::SuppressionsArgs),
    /// Completions for a shell
    Completions(super::completions::CompletionsArgs),
}

/// Formats of the answer on stdout for findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FindingFormat {
    /// Frames with the source line
    Text,
    /// One line per finding
    Concise,
    /// One JSON document
    Json,
    /// One JSON object per line, findings only
    JsonLines,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// GitHub annotations
    Github,
    /// GitLab code quality
    Gitlab,
    /// JUnit XML
    Junit,
    /// reviewdog, one document
    Rdjson,
    /// reviewdog, one object per line
    Rdjsonl,
    /// A summary for a job or a comment
    Markdown,
}

/// Severity at which a run fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors
    Error,
    /// Warnings and errors
    Warning,
    /// Any finding
    Info,
}

impl From<FailOn> for crate::config::Severity {
    fn from(level: FailOn) -> Self {
        match level {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Info => Self::Info,
        }
    }
}
