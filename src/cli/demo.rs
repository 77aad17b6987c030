//! `stepwright demo`: the whole story on the export carried in the binary, with the same functions the other commands use.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::Outcome;
use super::args::Global;
use super::build::{site_settings, write_site};
use super::term::Term;
use crate::demo;
use crate::import::losses::Outcome as Lost;
use crate::import::run::{self, Request, Silent};
use crate::lint::{self, Finding};
use crate::report::Counts;
use crate::text::{count, thousands};
use crate::workspace::{Kind, Workspace};

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  stepwright demo\n  stepwright demo /tmp/tour")]
pub struct DemoArgs {
    /// Folder to make
    #[arg(value_name = "DIR", default_value = "stepwright-demo")]
    pub folder: PathBuf,
}

pub(super) fn run(args: &DemoArgs, global: &Global, term: &Term) -> Outcome {
    match story(args, global, term) {
        Ok(()) => Outcome::Fine,
        Err(error) => {
            let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
            let notes: Vec<(&str, &str)> = causes.iter().map(|c| ("why", c.as_str())).collect();
            term.error(&error.to_string(), &notes);
            term.last("demo: stopped");
            Outcome::Failed
        }
    }
}

fn story(args: &DemoArgs, global: &Global, term: &Term) -> Result<()> {
    let folder = global.dir.join(&args.folder);
    let now = super::clock(global).map_err(anyhow::Error::msg)?;
    clear(&folder, &args.folder)?;
    demo::unpack(&folder.join("export")).with_context(|| format!("writing the export to {}", args.folder.display()))?;
    for (path, text) in [(crate::config::FILE, demo::SETTINGS), ("roles.yaml", demo::ROLES), (".gitignore", demo::GITIGNORE)] {
        std::fs::write(folder.join(path), text).with_context(|| format!("writing {path}"))?;
    }

    let imported = import(&folder, &now.to_string())?;
    let translated: u64 = imported.macros.iter().filter(|row| row.outcome == Lost::Translated).map(|row| row.count).sum();
    let marked: u64 = imported.macros.iter().filter(|row| row.outcome == Lost::Marker).map(|row| row.count).sum();
    term.phase(
        "import",
        &format!("{} pages, {} files, {translated} macros translated, {marked} left as markers", imported.done, imported.files),
    );
    if let Some(history) = &imported.replayed {
        term.phase("history", &format!("{} commits, edits from {} to {}", thousands(history.commits), history.first, history.last));
    }

    let project = crate::config::load(&folder, None, &lint::rules::names())?;
    let mut workspace = Workspace::load(&project, now)?;
    term.phase("judge", &verdicts(&workspace));

    let drafted = super::blueprint::draft_all(&workspace)?;
    if !drafted.is_empty() {
        workspace = Workspace::load(&project, now)?;
    }
    let steps: usize = drafted.iter().map(|(_, b)| b.steps.len()).sum();
    let gates: usize = drafted.iter().flat_map(|(_, b)| &b.steps).filter(|s| s.approval.is_some()).count();
    let marks: usize = drafted.iter().map(|(_, b)| b.marks().count()).sum();
    term.phase(
        "blueprint",
        &format!("{} drafted: {steps} steps, {}, {} to settle", drafted.len(), count(gates, "approval"), count(marks, "mark")),
    );

    let findings = lint::run(&workspace, &lint::Request::default());
    term.phase("lint", &format!("{}: {}", count(findings.len(), "finding"), Counts::of(&findings).words()));
    let site = folder.join(&project.settings.site.output);
    let written = write_site(&workspace, &[], &site_settings(&project.root, &workspace), Some(&findings), &site)?;
    term.phase("site", &format!("{} in {}", count(written.files, "file"), args.folder.join(&project.settings.site.output).display()));

    term.answer(&places(&args.folder, &workspace, &drafted, &findings));
    let cd = shell_word(&args.folder.display().to_string());
    term.say(&format!("= next: cd {cd} && stepwright lint"));
    term.last(&format!(
        "demo: {} and {} in {}, {} to read",
        count(workspace.corpus.pages.len(), "page"),
        count(drafted.len(), "blueprint"),
        args.folder.display(),
        count(findings.len(), "finding")
    ));
    Ok(())
}

/// Makes the folder, or empties it if a demo of ours stands in it; anything else is left alone.
fn clear(folder: &Path, shown: &Path) -> Result<()> {
    let stamp = folder.join(demo::STAMP);
    if folder.exists() {
        let empty = std::fs::read_dir(folder).with_context(|| format!("looking into {}", shown.display()))?.next().is_none();
        if !empty && !stamp.exists() {
            bail!("{} holds something else; name another folder: stepwright demo DIR", shown.display());
        }
        if !empty {
            std::fs::remove_dir_all(folder).with_context(|| format!("removing the demo in {}", shown.display()))?;
        }
    }
    let parent = stamp.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent).with_context(|| format!("making {}", shown.display()))?;
    std::fs::write(&stamp, "stepwright demo may replace this folder\n").with_context(|| format!("writing to {}", shown.display()))
}

fn import(folder: &Path, day: &str) -> Result<run::Outcome> {
    let stop = AtomicBool::new(false);
    let request = Request {
        exports: vec![folder.join("export")],
        into: folder.to_path_buf(),
        content: "content".into(),
        name: Some(demo::NAME.into()),
        day: day.to_owned(),
        dry_run: false,
        allow_secrets: false,
        fetched: None,
        roles: Vec::new(),
        history: true,
        stop: &stop,
    };
    run::run(&request, &Silent).context("importing the export")
}

fn verdicts(workspace: &Workspace) -> String {
    let of = |wanted: fn(&Kind) -> bool| workspace.kinds.iter().filter(|k| wanted(k)).count();
    let procedures = of(|k| k.is_procedure());
    let mixed = of(|k| *k == Kind::Mixed);
    let unsure = of(|k| *k == Kind::Unsure);
    let reference = workspace.kinds.len() - procedures - mixed - unsure;
    format!("{procedures} procedures, {mixed} mixed, {reference} reference, {unsure} unsure")
}

/// Three places worth a look: an approval in a sentence, the same as a gate, and the health page.
fn places(folder: &Path, workspace: &Workspace, drafted: &[(String, crate::blueprint::Blueprint)], findings: &[Finding]) -> String {
    let mut rows: Vec<(String, &str)> = Vec::new();
    let gated = drafted.iter().filter(|(_, b)| b.steps.iter().any(|s| s.approval.is_some())).max_by_key(|(_, b)| b.steps.len());
    if let Some((path, blueprint)) = gated {
        if let Some(page) = blueprint.source.as_ref().map(|s| s.page.clone()) {
            rows.push((page, "a procedure people wrote, with an approval in a sentence"));
        }
        rows.push((path.clone(), "the same as steps, with the approval as a gate"));
    }
    if let Some(stale) = findings.iter().find(|f| f.rule.name.starts_with("stale")) {
        rows.push((format!("{}:{}", stale.path(), stale.line()), "a procedure nobody confirmed in time"));
    }
    rows.push((format!(".stepwright/imports/{}.losses.md", demo::NAME), "what the import could not carry over"));
    rows.push((
        format!("{}/index.html", workspace.settings.site.output),
        "the website; health.html there shows what is stale, worst first",
    ));
    let rows: Vec<(String, &str)> = rows.into_iter().map(|(path, what)| (folder.join(path).display().to_string(), what)).collect();
    let width = rows.iter().map(|(path, _)| path.chars().count()).max().unwrap_or(0);
    let mut out = String::from("Look at, in this order:\n");
    for (path, what) in &rows {
        out.push_str(&format!("  {path:<width$}  {what}\n"));
    }
    out
}

/// A word a shell takes as one.
fn shell_word(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
