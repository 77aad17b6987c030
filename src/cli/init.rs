//! `stepwright init`: the first files of a docs repository, after a look at what is there.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::args::Global;
use super::term::Term;
use super::{Outcome, clock, config_failed};
use crate::blueprint::due::is_id;
use crate::config::{FILE, Severity};
use crate::init::{self, Fate, Fit, Found, Host, Plan, Wishes};
use crate::text::{count, thousands};

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright init handbook\n  stepwright init --dry-run\n  stepwright init -y --title \"Ops handbook\" --owner ops-lead --approvers @acme/ops --ci github\n\nWhat exists stays as it is; what it lacks is printed."
)]
pub struct InitArgs {
    /// Folder of the repository (default: this one); made when it is missing
    #[arg(id = "folder", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Title of the site
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Folder of the pages (default: the one that holds pages, else content)
    #[arg(long, value_name = "DIR")]
    pub content: Option<String>,
    /// Role id that answers for the first pages
    #[arg(long, value_name = "ROLE")]
    pub owner: Option<String>,
    /// Users or teams that approve changes to blueprints, for CODEOWNERS
    #[arg(long, value_name = "@NAME", value_delimiter = ',')]
    pub approvers: Vec<String>,
    /// Where CI runs (default: as files and remotes tell, else github)
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    pub ci: Vec<CiHost>,
    /// No first pages
    #[arg(long)]
    pub no_pages: bool,
    /// Say what would be written and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// Where CI runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum CiHost {
    /// GitHub
    GitHub,
    /// GitLab
    GitLab,
    /// Nowhere
    None,
}

pub(super) fn run(args: &InitArgs, global: &Global, term: &Term) -> Outcome {
    let root = args.folder.as_ref().map_or_else(|| global.dir.clone(), |d| global.dir.join(d));
    let now = match clock(global) {
        Ok(now) => now,
        Err(message) => return refuse(term, &message, "--now 2026-11-22"),
    };
    if let Some(outcome) = wrong_flags(args, &root, term) {
        return outcome;
    }
    let found = init::detect::look(&root);
    let settings = if root.join(FILE).is_file() {
        match crate::config::load(&root, None, &crate::lint::rules::names()) {
            Ok(project) => Some(project.settings),
            Err(error) => {
                config_failed("init", &error, term);
                return Outcome::Failed;
            }
        }
    } else {
        None
    };
    let asks = !args.yes && !args.dry_run && term.can_ask();
    let Some(wishes) = wishes(args, &found, asks && settings.is_none(), term) else {
        term.say("init: stopped, nothing written");
        return Outcome::Failed;
    };
    let plan = init::plan(&root, &found, settings.as_ref(), &wishes);
    let fit = match init::fit(&root, &plan, settings.as_ref(), now) {
        Ok(fit) => fit,
        Err(error) => return refuse(term, &error.to_string(), "name the folder of the pages with --content"),
    };
    term.answer(&report(&plan, fit.as_ref(), args.dry_run));
    carry_out(args, &root, &plan, asks, term)
}

fn refuse(term: &Term, message: &str, next: &str) -> Outcome {
    term.error(message, &[("next", next)]);
    term.say("init: not started");
    Outcome::Failed
}

/// Flags whose value cannot be used, before anything is read.
fn wrong_flags(args: &InitArgs, root: &Path, term: &Term) -> Option<Outcome> {
    if root.exists() && !root.is_dir() {
        return Some(refuse(term, &format!("{} is not a folder", root.display()), "name a folder, or one that init shall make"));
    }
    if let Some(owner) = args.owner.as_ref().filter(|o| !is_id(o)) {
        let message = format!("`--owner {owner}` is not a role id: lower-case letters, digits and single hyphens");
        return Some(refuse(term, &message, "--owner docs-lead"));
    }
    if let Some(bad) = args.approvers.iter().find(|a| !is_handle(a)) {
        let message = format!("`--approvers {bad}` is neither `@user`, `@team/name` nor an e-mail address");
        return Some(refuse(term, &message, "--approvers @acme/docs"));
    }
    if let Some(content) = args.content.as_ref().filter(|c| c.starts_with('/') || c.split('/').any(|p| p == "..")) {
        return Some(refuse(term, &format!("`--content {content}` leaves the repository"), "--content docs"));
    }
    None
}

fn is_handle(text: &str) -> bool {
    let mail = text.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'));
    let named = text.strip_prefix('@').is_some_and(|n| !n.is_empty());
    (mail || named) && !text.contains(char::is_whitespace)
}

/// Flags, else answers, else what the folder tells, else defaults. `None` when the person stopped.
fn wishes(args: &InitArgs, found: &Found, asks: bool, term: &Term) -> Option<Wishes> {
    let mut title = args.title.clone().or_else(|| found.title.clone()).unwrap_or_else(|| "Handbook".into());
    let mut owner = args.owner.clone().unwrap_or_else(|| "docs-lead".into());
    let mut approvers = args.approvers.clone();
    if asks && args.title.is_none() {
        title = term.ask("Title of the site", &title)?;
    }
    if asks && args.owner.is_none() {
        loop {
            owner = term.ask("Role that answers for the first pages (an id)", &owner)?;
            if is_id(&owner) {
                break;
            }
            term.say("  a role id has lower-case letters, digits and single hyphens, such as docs-lead");
            owner = "docs-lead".into();
        }
    }
    if asks && approvers.is_empty() {
        loop {
            let answer = term.ask("Who approves changes to blueprints (@user or @team/name; empty: decide later)", "")?;
            let names: Vec<&str> = answer.split([',', ' ']).filter(|a| !a.is_empty()).collect();
            let Some(wrong) = names.iter().find(|a| !is_handle(a)) else {
                approvers = names.into_iter().map(str::to_owned).collect();
                break;
            };
            term.say(&format!("  `{wrong}` is neither @user, @team/name nor an e-mail address"));
        }
    }
    let hosts = match args.ci.as_slice() {
        [] if found.hosts.is_empty() => vec![Host::GitHub],
        [] => found.hosts.clone(),
        some => some
            .iter()
            .filter_map(|h| [(CiHost::GitHub, Host::GitHub), (CiHost::GitLab, Host::GitLab)].iter().find(|p| p.0 == *h))
            .map(|p| p.1)
            .collect(),
    };
    let content = args.content.clone().or_else(|| found.content.clone()).unwrap_or_else(|| "content".into());
    let content = content.trim_start_matches("./").trim_matches('/').to_owned();
    Some(Wishes { title, content: if content == "." { String::new() } else { content }, owner, approvers, hosts, pages: !args.no_pages })
}

/// Asks where that is needed, writes, and says what came of it.
fn carry_out(args: &InitArgs, root: &Path, plan: &Plan, asks: bool, term: &Term) -> Outcome {
    let fates = |fate| plan.files.iter().filter(|f| f.fate == fate).count();
    let new = fates(Fate::Written);
    let kept = match fates(Fate::Kept) {
        0 => String::new(),
        n => format!(", {} kept as they are", thousands(n)),
    };
    if args.dry_run {
        term.last(&format!("init: would write {}{kept}; nothing written", count(new, "file")));
        return Outcome::Fine;
    }
    if new > 0 && !plan.found.empty && !args.yes && root.exists() {
        let question = format!("Write {} into {}, which is not empty", count(new, "file"), root.display());
        if !asks {
            term.error(
                &format!("{} is not empty", root.display()),
                &[
                    ("why", "files are added beside what is there; nothing is overwritten"),
                    ("next", "init --yes writes them, --dry-run only shows them"),
                ],
            );
            term.say("init: stopped, nothing written");
            return Outcome::Failed;
        }
        if !term.confirm(&question) {
            term.say("init: stopped, nothing written");
            return Outcome::Failed;
        }
    }
    match init::write(root, plan) {
        Ok(written) => {
            if written > 0 {
                let there = args.folder.as_ref().map(|f| format!("cd {}; ", f.display())).unwrap_or_default();
                let init =
                    if root.canonicalize().is_ok_and(|r| r.ancestors().any(|a| a.join(".git").exists())) { "" } else { "git init; " };
                term.say(&format!("= next: {there}{init}git add -A; stepwright check"));
            }
            term.last(&format!("init: {} written in {}{kept}", count(written, "file"), root.display()));
            Outcome::Fine
        }
        Err(error) => {
            let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            term.error(&error.to_string(), &[("why", &why), ("next", "mend that and run init again; it goes on where it stopped")]);
            term.say("init: stopped");
            Outcome::Failed
        }
    }
}

/// What was found, what fits, what is written and what stays.
fn report(plan: &Plan, fit: Option<&Fit>, dry_run: bool) -> String {
    let mut out = String::new();
    let found = match (&plan.found.generator, plan.again, plan.found.empty) {
        (_, true, _) => "a docs repository with settings; what it lacks is added".to_owned(),
        (Some((generator, sign)), ..) => format!("{} ({sign})", generator.name()),
        (None, false, true) => "an empty folder".to_owned(),
        (None, false, false) => "files, no pages".to_owned(),
    };
    let _ = writeln!(out, "{:<11} {found}", "found");
    if let Some(fit) = fit {
        out.push_str(&fit_words(fit, plan));
    }
    let width = plan.files.iter().map(|f| f.path.len()).max().unwrap_or(0).min(56);
    for (fate, heading) in
        [(Fate::Written, if dry_run { "would write" } else { "writes" }), (Fate::Kept, "keeps"), (Fate::Same, "has already")]
    {
        for (index, file) in plan.files.iter().filter(|f| f.fate == fate).enumerate() {
            let heading = if index == 0 { heading } else { "" };
            let _ = writeln!(out, "{heading:<11} {:<width$}  {}", file.path, file.about);
            if let Some(advice) = &file.advice {
                let _ = writeln!(out, "{:<11}   add by hand:", "");
                for line in advice.lines() {
                    let _ = writeln!(out, "{:<11}     {line}", "");
                }
            }
        }
    }
    out
}

fn fit_words(fit: &Fit, plan: &Plan) -> String {
    let mut out = String::new();
    let [procedures, mixed, reference, records, unsure] = fit.kinds;
    let kinds = [
        count(procedures, "procedure"),
        format!("{} mixed", thousands(mixed)),
        format!("{} reference", thousands(reference)),
        count(records, "record"),
        format!("{} unsure", thousands(unsure)),
    ];
    let _ = writeln!(out, "{:<11} {}: {}", "pages", thousands(fit.pages), kinds.join(", "));
    let links = match fit.links {
        (0, _) => "no links between pages".to_owned(),
        (all, good) => format!("{} of {} between pages lead somewhere", thousands(good), count(all, "link")),
    };
    let _ = writeln!(out, "{:<11} front matter on {} of {}; {links}", "fits", thousands(fit.front_matter), count(fit.pages, "page"));
    for read in &fit.reads {
        let _ = writeln!(out, "{:<11} {} on {}: {} ({})", "", read.name, count(read.pages, "page"), read.becomes, read.at);
    }
    let mut lines: Vec<String> = plan.found.beside.iter().map(|(folder, what)| format!("{folder}/ holds {what}: not read")).collect();
    lines.extend(fit.misfits.iter().map(|m| format!("{} on {}: {} ({})", m.name, count(m.pages, "page"), m.becomes, m.at)));
    lines.extend(plan.found.generator.as_ref().and_then(|g| g.0.unread()).map(str::to_owned));
    if lines.is_empty() {
        lines.push("nothing found".to_owned());
    }
    for (index, line) in lines.iter().enumerate() {
        let _ = writeln!(out, "{:<11} {line}", if index == 0 { "fits not" } else { "" });
    }
    for (index, (severity, rule, n)) in fit.findings.iter().enumerate() {
        let word =
            if *severity == Severity::Info { "info".to_owned() } else { format!("{}{}", severity.word(), if *n == 1 { "" } else { "s" }) };
        let _ = writeln!(out, "{:<11} {} {word} {rule}", if index == 0 { "findings" } else { "" }, thousands(*n));
    }
    if fit.findings.is_empty() {
        let _ = writeln!(out, "{:<11} none", "findings");
    }
    out
}
