//! `stepwright blueprint diff`: what changed in the processes between two revisions, two files, or a revision and the working tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::blueprint::diff::show::{FileDiff, Paint, counts, json, markdown, text};
use crate::blueprint::diff::{Change, Risk, diff, roles_changes};
use crate::blueprint::roles::RolesFile;
use crate::blueprint::{Blueprint, EXTENSION};
use crate::cli::args::Global;
use crate::cli::term::{ERROR, PATH, Term, WARNING};
use crate::cli::{Outcome, project};
use crate::config::{Project, Settings};
use crate::history::past::Within;
use crate::history::revision::{RevisionError, common, files_at};
use crate::page::{Page, is_page};
use crate::text::{Source, count};

/// Arguments of `blueprint diff`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright blueprint diff origin/main                 this branch and what is not committed yet\n  stepwright blueprint diff v1.0 v1.1 --format markdown\n  stepwright blueprint diff old.blueprint.yaml new.blueprint.yaml --fail-on high"
)]
pub struct DiffArgs {
    /// Revision (where the branch left it) or file; the last commit if absent
    pub old: Option<String>,
    /// Revision or file; the working tree if absent
    pub new: Option<String>,
    /// Only blueprints below these folders, or these files (repeatable)
    #[arg(long, value_name = "PATH")]
    pub only: Vec<PathBuf>,
    /// Form of stdout
    #[arg(long, value_name = "NAME", default_value = "text", hide_default_value = true)]
    pub format: DiffFormat,
    /// Risk at which the exit code is 1
    #[arg(long, value_name = "RISK", default_value = "danger")]
    pub fail_on: FailOnRisk,
    /// Exit 0 also when there are changes at that level
    #[arg(long)]
    pub exit_zero: bool,
}

/// Forms of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// Aligned lines
    Text,
    /// For a pull request, with the flow before and after
    Markdown,
    /// One JSON document
    Json,
}

/// Risk at which a diff fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOnRisk {
    /// A gate is gone or can be walked around
    Danger,
    /// Work may not be done, or later, or by others
    High,
    /// More or other work
    Medium,
    /// Wording
    Low,
    /// Anything at all
    None,
}

impl From<FailOnRisk> for Risk {
    fn from(level: FailOnRisk) -> Self {
        match level {
            FailOnRisk::Danger => Self::Danger,
            FailOnRisk::High => Self::High,
            FailOnRisk::Medium => Self::Medium,
            FailOnRisk::Low => Self::Low,
            FailOnRisk::None => Self::None,
        }
    }
}

/// The files of one side.
pub(in crate::cli) type Files = BTreeMap<String, String>;

pub(super) fn run(args: &DiffArgs, global: &Global, term: &Term) -> Outcome {
    let (old, new) = match sides(args, global, term) {
        Ok(Some(sides)) => sides,
        Ok(None) => return Outcome::Failed,
        Err((message, next)) => {
            term.error(&message, &[("next", &next)]);
            term.say(&format!(
                "blueprint diff: not started, {}",
                if message.contains("common commit") { "base commit missing" } else { "nothing to compare" }
            ));
            return Outcome::Failed;
        }
    };
    let blueprints = new.keys().filter(|p| p.ends_with(EXTENSION)).count().max(1);
    let (files, broken) = compare(&old, &new);
    for (path, why) in &broken {
        term.error(&format!("{path}: {why}"), &[("next", "stepwright blueprint check   shows what is wrong with it")]);
    }
    show(&files, args.format, term);
    let risky = |f: &FileDiff| f.changes.iter().any(|c| c.risk >= args.fail_on.into());
    let failed = files.iter().any(risky) && !args.exit_zero;
    let touched = files.iter().filter(|f| !f.changes.is_empty()).count();
    let verdict = if failed || !broken.is_empty() { "fails" } else { "passes" };
    let unread = if broken.is_empty() { String::new() } else { format!(", {} not readable as blueprints", broken.len()) };
    term.last(&format!("blueprint diff: {verdict}, {} in {touched} of {}{unread}", counts(&files), count(blueprints, "blueprint")));
    if !broken.is_empty() {
        Outcome::Failed
    } else if failed {
        Outcome::Findings
    } else {
        Outcome::Fine
    }
}

/// Both sides as texts; `Ok(None)` after a message of its own, `Err` with a message and what to do.
#[allow(clippy::type_complexity)]
fn sides(args: &DiffArgs, global: &Global, term: &Term) -> Result<Option<(Files, Files)>, (String, String)> {
    let is_file = |name: &Option<String>| name.as_ref().is_some_and(|n| global.dir.join(n).is_file());
    if is_file(&args.old) || is_file(&args.new) {
        let (Some(old), Some(new)) = (&args.old, &args.new) else {
            return Err((
                "two files are needed to compare files".into(),
                "stepwright blueprint diff OLD.blueprint.yaml NEW.blueprint.yaml".into(),
            ));
        };
        let name = new.replace('\\', "/");
        let read = |path: &str| {
            let text = std::fs::read_to_string(global.dir.join(path));
            text.map_err(|e| (format!("cannot read {path} ({e})"), "name two files that exist, or two revisions".to_owned()))
        };
        return Ok(Some((Files::from([(name.clone(), read(old)?)]), Files::from([(name, read(new)?)]))));
    }
    let Some((project, _)) = project("blueprint diff", global, term) else { return Ok(None) };
    let (old, new) = match (&args.old, &args.new) {
        (Some(range), None) if range.contains("..") => {
            let (a, b) = range.split_once("..").unwrap_or((range, ""));
            (a.to_owned(), Some(b.trim_start_matches('.').to_owned()).filter(|b| !b.is_empty()))
        }
        (old, new) => (old.clone().unwrap_or_else(|| "HEAD".to_owned()), new.clone()),
    };
    let wanted = selection(&project, &global.dir, &args.only)?;
    let base = common(&project.root, &old, new.as_deref().unwrap_or("HEAD")).map_err(|e| told(&e))?;
    let within = sources(&project.settings);
    let before = files_at(&project.root, &base, &within, &wanted).map_err(|e| told(&e))?;
    let after = match &new {
        Some(revision) => files_at(&project.root, revision, &within, &wanted).map_err(|e| told(&e))?,
        None => working_tree(&project, &wanted),
    };
    Ok(Some((before, after)))
}

/// What went wrong with a revision, and what to do.
pub(in crate::cli) fn told(error: &RevisionError) -> (String, String) {
    let next = match error {
        RevisionError::NoHistory(_) => "run it inside a git repository, or name two files".to_owned(),
        RevisionError::NoSuch(name) => {
            format!("git fetch origin, or name a revision that exists instead of `{name}`; files are named with their path")
        }
        RevisionError::NoCommon { shallow: true, .. } => "git fetch --unshallow origin   (in GitHub Actions: fetch-depth: 0)".to_owned(),
        RevisionError::NoCommon { .. } => "the two share no history; name two files instead".to_owned(),
        RevisionError::Unreadable(_) => "git fsck".to_owned(),
    };
    (error.to_string(), next)
}

/// Which files matter: blueprints, the pages (for what happened beside), `roles.yaml`.
fn selection(project: &Project, dir: &Path, only: &[PathBuf]) -> Result<impl Fn(&str) -> bool + use<>, (String, String)> {
    let mut inside = Vec::new();
    for path in only {
        let full = std::path::absolute(dir.join(path)).unwrap_or_else(|_| path.clone());
        let relative = full.strip_prefix(&project.root).map(Path::to_path_buf).map_err(|_| {
            (format!("{} is not inside {}", path.display(), project.root.display()), "name a path of this repository".to_owned())
        })?;
        inside.push(relative.to_string_lossy().replace('\\', "/"));
    }
    let settings = project.settings.clone();
    Ok(move |path: &str| {
        let below = |folder: &str| folder.is_empty() || path == folder || path.strip_prefix(folder).is_some_and(|r| r.starts_with('/'));
        if path == crate::workspace::ROLES {
            return true;
        }
        let picked = inside.is_empty() || inside.iter().any(|f| below(f)) || !path.ends_with(EXTENSION);
        picked && settings.holds(path) && (path.ends_with(EXTENSION) || is_page(path))
    })
}

/// Where pages, blueprints and roles lie.
pub(in crate::cli) fn sources(settings: &Settings) -> Within {
    Within::new([settings.content.as_str(), crate::workspace::ROLES])
}

pub(in crate::cli) fn working_tree(project: &Project, wanted: &dyn Fn(&str) -> bool) -> Files {
    let mut out = Files::new();
    let top = project.root.join(&project.settings.content);
    let walk = walkdir::WalkDir::new(&top)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(crate::page::corpus::looked_into)
        .flatten()
        .map(walkdir::DirEntry::into_path);
    for path in walk.chain([project.root.join(crate::workspace::ROLES)]).filter(|p| p.is_file()) {
        let Ok(relative) = path.strip_prefix(&project.root) else { continue };
        let name = crate::text::path::slashed(relative);
        if wanted(&name)
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            out.insert(name, text);
        }
    }
    out
}

/// Every blueprint that differs, and those that cannot be read.
pub(in crate::cli) fn compare(old: &Files, new: &Files) -> (Vec<FileDiff>, Vec<(String, String)>) {
    let paths: BTreeSet<&String> =
        old.keys().chain(new.keys()).filter(|p| p.ends_with(EXTENSION) || !is_page(p) && *p != crate::workspace::ROLES).collect();
    let mut broken = Vec::new();
    let mut files: Vec<FileDiff> = Vec::new();
    let mut gone: Vec<FileDiff> = Vec::new();
    for path in paths {
        let read = |files: &Files| files.get(path).map(|text| crate::blueprint::load(&Source::new(path.as_str(), text.as_str())));
        if old.get(path) == new.get(path) {
            files.extend(read(new).and_then(|l| l.blueprint).map(|b| unchanged(path, b)));
            continue;
        }
        let (a, b) = (read(old), read(new));
        if let Some(bad) = b.as_ref().filter(|l| l.blueprint.is_none() || l.partial) {
            broken.push((path.clone(), bad.problems.first().map(|p| p.message.clone()).unwrap_or_default()));
        }
        let was_there = a.is_some();
        match (a.and_then(|l| l.blueprint), b) {
            (Some(a), None) => gone.push(removed(path, a)),
            (before, Some(loaded)) => {
                let Some(b) = loaded.blueprint else { continue };
                files.push(match before {
                    Some(a) => {
                        FileDiff { path: path.clone(), changes: diff(&a, &b), page: page_note(&b, old, new), old: Some(a), new: Some(b) }
                    }
                    None if was_there => unknown(path, b),
                    None => added(path, b),
                });
            }
            (None, None) => {}
        }
    }
    moved(&mut files, gone, old, new);
    roles(&mut files, old, new);
    broken.sort();
    broken.dedup();
    (files, broken)
}

/// Kept for what `roles.yaml` may have changed about it.
fn unchanged(path: &str, blueprint: Blueprint) -> FileDiff {
    FileDiff { path: path.to_owned(), old: Some(blueprint.clone()), new: Some(blueprint), changes: Vec::new(), page: None }
}

fn unknown(path: &str, blueprint: Blueprint) -> FileDiff {
    let what = "the old version cannot be read as a blueprint, so what changed is unknown".to_owned();
    let change = Change { risk: Risk::High, step: None, kind: "unknown", what, why: None };
    FileDiff { path: path.to_owned(), old: None, new: Some(blueprint), changes: vec![change], page: None }
}

fn added(path: &str, blueprint: Blueprint) -> FileDiff {
    let gates = blueprint.steps.iter().filter(|s| s.approval.is_some()).count();
    let what = format!("blueprint added: {}, {}", count(blueprint.steps.len(), "step"), count(gates, "approval"));
    let change = Change { risk: Risk::Medium, step: None, kind: "blueprint-added", what, why: None };
    FileDiff { path: path.to_owned(), old: None, new: Some(blueprint), changes: vec![change], page: None }
}

fn removed(path: &str, blueprint: Blueprint) -> FileDiff {
    let gates: Vec<&str> = blueprint.steps.iter().filter(|s| s.approval.is_some()).map(|s| s.id.as_str()).collect();
    let risk = if gates.is_empty() { Risk::High } else { Risk::Danger };
    let with = if gates.is_empty() { String::new() } else { format!(" with its approvals: {}", gates.join(", ")) };
    let what = format!("blueprint removed, {}{with}", count(blueprint.steps.len(), "step"));
    let change = Change { risk, step: None, kind: "blueprint-removed", what, why: None };
    FileDiff { path: path.to_owned(), old: Some(blueprint), new: None, changes: vec![change], page: None }
}

/// A file that went and one that came with the same id is the same blueprint in another place.
fn moved(files: &mut Vec<FileDiff>, gone: Vec<FileDiff>, old: &Files, new: &Files) {
    for lost in gone {
        let id = lost.old.as_ref().map(|b| b.id.clone());
        let here = files
            .iter_mut()
            .find(|f| f.changes.first().is_some_and(|c| c.kind == "blueprint-added") && f.new.as_ref().map(|b| &b.id) == id.as_ref());
        match (here, lost.old) {
            (Some(here), Some(before)) => {
                let mut changes = here.new.as_ref().map(|after| diff(&before, after)).unwrap_or_default();
                let what = format!("moved from {}", lost.path);
                changes.push(Change { risk: Risk::Low, step: None, kind: "blueprint-moved", what, why: None });
                here.page = here.new.as_ref().and_then(|b| page_note(b, old, new));
                here.changes = changes;
                here.old = Some(before);
            }
            (None, Some(before)) => files.push(removed(&lost.path, before)),
            _ => {}
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
}

fn roles(files: &mut [FileDiff], old: &Files, new: &Files) {
    let read = |files: &Files| -> Option<RolesFile> {
        let text = files.get(crate::workspace::ROLES)?;
        Some(crate::blueprint::roles::load(&Source::new(crate::workspace::ROLES, text.as_str())).file)
    };
    let (Some(a), Some(b)) = (read(old), read(new)) else { return };
    if a == b {
        return;
    }
    for file in files {
        if let Some(blueprint) = &file.new {
            let mut found = roles_changes(blueprint, &a, &b);
            found.append(&mut file.changes);
            file.changes = found;
        }
    }
}

/// Whether the page moved with its blueprint.
fn page_note(blueprint: &Blueprint, old: &Files, new: &Files) -> Option<String> {
    let path = &blueprint.source.as_ref()?.page;
    let hash =
        |files: &Files| files.get(path).map(|text| crate::blueprint::page_hash(&Page::parse(Source::new(path.as_str(), text.as_str()))));
    match (hash(old), hash(new)) {
        (Some(a), Some(b)) if a == b => Some(format!("the page did not change: {path}")),
        (Some(_), Some(_)) => Some(format!("the page changed too: {path}")),
        (None, Some(_)) => Some(format!("the page is new: {path}")),
        (Some(_), None) => Some(format!("the page is gone: {path}")),
        (None, None) => None,
    }
}

fn show(files: &[FileDiff], format: DiffFormat, term: &Term) {
    let answer = match format {
        DiffFormat::Text => {
            let styles = [PATH.render().to_string(), ERROR.render().to_string(), WARNING.render().to_string()];
            let paint = Paint { path: &styles[0], danger: &styles[1], high: &styles[2], end: "\u{1b}[0m" };
            text(files, if term.out_color { paint } else { Paint::default() })
        }
        DiffFormat::Markdown => markdown(files),
        DiffFormat::Json => format!("{:#}\n", json(files)),
    };
    term.answer(&answer);
}
