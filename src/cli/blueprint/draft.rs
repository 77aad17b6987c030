//! `stepwright blueprint draft`: procedures in prose to blueprints beside their pages, with every doubt listed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::blueprint::draft::steps::{Draft, Step};
use crate::blueprint::draft::{self, json};
use crate::blueprint::{Blueprint, EXTENSION, to_yaml};
use crate::cli::args::Global;
use crate::cli::term::Term;
use crate::cli::{Outcome, workspace};
use crate::page::{Page, PageId};
use crate::text::{Source, count};
use crate::workspace::Workspace;

/// Form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DraftFormat {
    /// For people.
    Text,
    /// For scripts; writes no file.
    Json,
}

/// Arguments of `blueprint draft`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright blueprint draft content/ops/incident.md\n  stepwright blueprint draft --all --dry-run\n  stepwright blueprint draft --explain content/ops/incident.md\n  stepwright blueprint draft --format json content/ops/*.md"
)]
pub struct DraftArgs {
    /// Pages to draft from
    #[arg(required_unless_present = "all")]
    pub pages: Vec<PathBuf>,
    /// Every page that is judged a procedure and has no blueprint yet
    #[arg(long, conflicts_with = "pages")]
    pub all: bool,
    /// Show why each value is what it is
    #[arg(long)]
    pub explain: bool,
    /// Form of stdout
    #[arg(long, value_name = "NAME", default_value = "text", hide_default_value = true)]
    pub format: DraftFormat,
    /// Write no file
    #[arg(long)]
    pub dry_run: bool,
}

/// What became of a page.
struct Made {
    page: String,
    drafts: Vec<(Draft, Blueprint)>,
}

pub(super) fn run(args: &DraftArgs, global: &Global, term: &Term) -> Outcome {
    if args.format == DraftFormat::Json && !args.all {
        return loose(args, term, &global.dir);
    }
    let Some((_, workspace)) = workspace("blueprint draft", global, term) else { return Outcome::Failed };
    let Some(chosen) = choose(args, &workspace, term, &global.dir) else { return Outcome::Failed };
    let made: Vec<Made> = chosen.iter().map(|id| make(&workspace, *id)).collect();
    if args.format == DraftFormat::Json {
        let all: serde_json::Map<String, Value> =
            made.iter().map(|m| (m.page.clone(), as_json(&m.page, m.drafts.iter().map(|(d, _)| d)))).collect();
        term.answer(&format!("{:#}\n", Value::Object(all)));
        return Outcome::Fine;
    }
    show(args, &workspace, &made, term)
}

/// JSON of pages named one by one: no settings, no repository needed.
fn loose(args: &DraftArgs, term: &Term, dir: &Path) -> Outcome {
    let mut all = serde_json::Map::new();
    for path in &args.pages {
        let name = path.to_string_lossy().replace('\\', "/");
        let full = dir.join(path);
        let text = match std::fs::read(&full).map(String::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(_)) => {
                term.error(&format!("{name} is not UTF-8 text"), &[("next", "save it as UTF-8")]);
                return Outcome::Failed;
            }
            Err(error) => {
                term.error(&format!("cannot read {name}"), &[("why", &error.to_string())]);
                return Outcome::Failed;
            }
        };
        let page = Page::parse(Source::new(name.clone(), text));
        let drafts = draft::draft(&page);
        all.insert(name.clone(), as_json(&name, drafts.iter()));
    }
    term.answer(&format!("{:#}\n", Value::Object(all)));
    Outcome::Fine
}

fn as_json<'d>(page: &str, drafts: impl Iterator<Item = &'d Draft>) -> Value {
    Value::Array(drafts.map(|d| json::of_draft(d, page)).collect())
}

fn choose(args: &DraftArgs, workspace: &Workspace, term: &Term, dir: &Path) -> Option<Vec<PageId>> {
    if args.all {
        return Some(waiting(workspace));
    }
    let root = workspace.corpus.root.canonicalize().unwrap_or_else(|_| workspace.corpus.root.clone());
    let mut out = Vec::new();
    for path in &args.pages {
        let full = dir.join(path);
        let inside = full.canonicalize().ok().and_then(|f| f.strip_prefix(&root).map(Path::to_path_buf).ok());
        let relative = inside.map(|p| p.to_string_lossy().replace('\\', "/"));
        match relative.and_then(|r| workspace.corpus.find(&r)) {
            Some(id) => out.push(id),
            None => {
                let shown = path.display().to_string();
                term.error(
                    &format!("{shown} is no page of {}", workspace.corpus.root.display()),
                    &[("next", "name a Markdown file below the content folder")],
                );
                term.say("blueprint draft: not started, page missing");
                return None;
            }
        }
    }
    Some(out)
}

fn make(workspace: &Workspace, id: PageId) -> Made {
    let page = workspace.corpus.page(id);
    Made { page: page.path().to_owned(), drafts: workspace.drafts(id, page) }
}

fn show(args: &DraftArgs, workspace: &Workspace, made: &[Made], term: &Term) -> Outcome {
    let mut totals = (0, 0, 0);
    let mut failed = false;
    let mut empty = 0;
    for page in made {
        if page.drafts.is_empty() {
            empty += 1;
            term.answer(&format!("{}: no procedure found\n", page.page));
            continue;
        }
        for (draft, blueprint) in &page.drafts {
            let path = beside(&page.page, &blueprint.id);
            let verb = match save(args, workspace, &path, blueprint, term) {
                Saved::Wrote => "wrote",
                Saved::Would => "would write",
                Saved::Kept => {
                    term.warning(&format!("{path} exists and was kept"), &[("next", "stepwright blueprint sync   brings it up to date")]);
                    continue;
                }
                Saved::Failed => {
                    failed = true;
                    continue;
                }
            };
            totals = (totals.0 + 1, totals.1 + blueprint.steps.len(), totals.2 + blueprint.marks().count());
            term.answer(&format!("{verb} {path}: {}\n", summary(blueprint)));
            if args.explain {
                term.answer(&explain(draft));
            }
            term.answer(&marks(draft, blueprint));
        }
    }
    if totals.0 > 0 && !args.dry_run {
        term.answer("= next: settle and delete the marks, then commit them for review\n");
    }
    let none = if empty > 0 { format!(", {} without a procedure", count(empty, "page")) } else { String::new() };
    let committed = if args.dry_run { "nothing written" } else { "not committed" };
    term.last(&format!(
        "blueprint draft: {}, {}, {} open{none}; {committed}",
        count(totals.0, "blueprint"),
        count(totals.1, "step"),
        count(totals.2, "mark")
    ));
    if failed || totals.0 == 0 && !args.all { Outcome::Failed } else { Outcome::Fine }
}

enum Saved {
    Wrote,
    Would,
    Kept,
    Failed,
}

/// Drafts every page that is judged a procedure and has no blueprint, and writes the drafts; files that exist are kept.
pub(in crate::cli) fn draft_all(workspace: &Workspace) -> std::io::Result<Vec<(String, Blueprint)>> {
    let mut out = Vec::new();
    for id in waiting(workspace) {
        let made = make(workspace, id);
        for (_, blueprint) in made.drafts {
            let path = beside(&made.page, &blueprint.id);
            match crate::disk::create(&workspace.corpus.root.join(&path), to_yaml(&blueprint).as_bytes()) {
                Ok(()) => out.push((path, blueprint)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(out)
}

/// Pages that are judged procedures and have no blueprint yet.
fn waiting(workspace: &Workspace) -> Vec<PageId> {
    let waits = |id: &PageId| workspace.blueprints_of(*id).is_empty() && workspace.kind(*id).is_procedure();
    workspace.corpus.iter().map(|(id, _)| id).filter(waits).collect()
}

fn save(args: &DraftArgs, workspace: &Workspace, path: &str, blueprint: &Blueprint, term: &Term) -> Saved {
    let full = workspace.corpus.root.join(path);
    if full.exists() {
        return Saved::Kept;
    }
    if args.dry_run {
        return Saved::Would;
    }
    match crate::disk::create(&full, to_yaml(blueprint).as_bytes()) {
        Ok(()) => Saved::Wrote,
        Err(error) => {
            term.error(&format!("cannot write {path}"), &[("why", &error.to_string())]);
            Saved::Failed
        }
    }
}

/// The blueprint's file beside its page.
fn beside(page: &str, id: &str) -> String {
    match page.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{id}{EXTENSION}"),
        None => format!("{id}{EXTENSION}"),
    }
}

fn summary(blueprint: &Blueprint) -> String {
    let gates = blueprint.steps.iter().filter(|s| s.approval.is_some()).count();
    let due = blueprint.steps.iter().filter(|s| s.due.is_some()).count();
    let mut parts = vec![count(blueprint.steps.len(), "step")];
    if !blueprint.phases.is_empty() {
        parts.push(count(blueprint.phases.len(), "phase"));
    }
    if gates > 0 {
        parts.push(count(gates, "approval"));
    }
    if due > 0 {
        parts.push(format!("{due} due"));
    }
    parts.join(", ")
}

fn marks(draft: &Draft, blueprint: &Blueprint) -> String {
    let total = blueprint.marks().count();
    if total == 0 {
        return String::new();
    }
    let lines: BTreeMap<&str, usize> = draft.steps.iter().map(|s| (s.id.as_str(), s.line)).collect();
    let mut out = format!("marks: {total}, where the page leaves a question\n");
    for (step, mark) in blueprint.marks() {
        let id = step.map_or("", |s| s.id.as_str());
        let line = lines.get(id).or_else(|| lines.get(id.trim_start_matches("approve-"))).map_or_else(String::new, |l| format!(":{l}"));
        let evidence = mark.evidence.as_deref().unwrap_or("");
        let _ = writeln!(out, "  {line:<5} {id:<28} {:<22} \"{evidence}\"", mark.code);
    }
    out
}

fn explain(draft: &Draft) -> String {
    let mut out = String::new();
    for step in &draft.steps {
        explain_step(step, 1, &mut out);
    }
    out
}

fn explain_step(step: &Step, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    let _ = writeln!(out, "{pad}:{} {}  {}", step.line, step.id, step.title);
    for why in &step.why {
        let _ = writeln!(out, "{pad}    {:<10} {}: \"{}\"", why.at, why.rule, why.words);
    }
    for sub in &step.checklist {
        explain_step(sub, depth + 1, out);
    }
}
