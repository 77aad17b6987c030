//! Changes for people: aligned text for the terminal, Markdown for pull requests, JSON for machines.

use serde_json::{Value, json};

use super::{Change, Risk};
use crate::blueprint::graph::Graph;
use crate::blueprint::model::Blueprint;

/// What changed in one file.
#[derive(Debug, Clone)]
pub struct FileDiff {
    /// Path of the blueprint (the new one, or the old one of a removed file).
    pub path: String,
    /// Before; `None` for a new file.
    pub old: Option<Blueprint>,
    /// After; `None` for a removed file.
    pub new: Option<Blueprint>,
    /// The changes, most serious first.
    pub changes: Vec<Change>,
    /// What happened to the page meanwhile, in words.
    pub page: Option<String>,
}

impl FileDiff {
    /// The most serious risk.
    pub fn risk(&self) -> Risk {
        self.changes.iter().map(|c| c.risk).max().unwrap_or(Risk::None)
    }
}

/// Styles the text is wrapped in; empty without colour.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paint<'a> {
    /// Begins a path.
    pub path: &'a str,
    /// Begins DANGER.
    pub danger: &'a str,
    /// Begins high.
    pub high: &'a str,
    /// Ends any of them.
    pub end: &'a str,
}

/// For the terminal.
pub fn text(files: &[FileDiff], paint: Paint<'_>) -> String {
    let mut out = String::new();
    for file in files.iter().filter(|f| !f.changes.is_empty()) {
        out.push_str(&format!("{}{}{}\n", paint.path, file.path, paint.end));
        let width = file.changes.iter().map(|c| subject(c).chars().count()).max().unwrap_or(0);
        for change in &file.changes {
            let begin = match change.risk {
                Risk::Danger => paint.danger,
                Risk::High => paint.high,
                _ => "",
            };
            let end = if begin.is_empty() { "" } else { paint.end };
            out.push_str(&format!("  {begin}{:<6}{end}  {:<width$}  {}\n", change.risk, subject(change), change.what));
            if let Some(why) = &change.why {
                out.push_str(&format!("  {:6}  {:width$}  {why}\n", "", ""));
            }
        }
        if let Some(page) = &file.page {
            out.push_str(&format!("  {:6}  {:width$}  {page}\n", "", ""));
        }
    }
    out
}

fn subject(change: &Change) -> &str {
    change.step.as_deref().unwrap_or("-")
}

/// For a pull request: a table per file, and the flow before and after where it changed.
pub fn markdown(files: &[FileDiff]) -> String {
    let mut out = String::new();
    for file in files.iter().filter(|f| !f.changes.is_empty()) {
        out.push_str(&format!("### `{}`\n\n| risk | step | change |\n|---|---|---|\n", file.path));
        for change in &file.changes {
            let risk = if change.risk == Risk::Danger { "**DANGER**".to_owned() } else { change.risk.to_string() };
            let step = change.step.as_ref().map_or_else(String::new, |s| format!("`{s}`"));
            let why = change.why.as_ref().map(|w| format!("<br>{}", cell(w))).unwrap_or_default();
            out.push_str(&format!("| {risk} | {step} | {}{why} |\n", cell(&change.what)));
        }
        out.push('\n');
        if let Some(page) = &file.page {
            out.push_str(&format!("{page}\n\n"));
        }
        if let (Some(old), Some(new)) = (&file.old, &file.new)
            && flow(old) != flow(new)
        {
            for (name, blueprint) in [("Before", old), ("After", new)] {
                out.push_str(&format!("<details><summary>{name}</summary>\n\n```mermaid\n{}```\n\n</details>\n\n", flow(blueprint)));
            }
        }
    }
    out
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;")
}

/// The flow as a Mermaid graph: tasks as boxes, approvals as hexagons, conditions on the arrows.
pub fn flow(blueprint: &Blueprint) -> String {
    let graph = Graph::new(blueprint);
    let mut out = String::from("flowchart TD\n");
    for (i, step) in blueprint.steps.iter().enumerate() {
        let who = if let Some(approval) = &step.approval { approval.by.join(", ") } else { step.owner.join(", ") };
        let who = if who.is_empty() { String::new() } else { format!("<br><i>{}</i>", label(&who)) };
        let (open, close) = if step.approval.is_some() { ("{{", "}}") } else { ("[", "]") };
        out.push_str(&format!("  s{i}{open}\"{}{who}\"{close}\n", label(&step.title)));
    }
    for (i, step) in blueprint.steps.iter().enumerate() {
        let arrow = match &step.when {
            Some(when) => format!("-- \"if {}\" -->", label(&super::conditions::words(when))),
            None => "-->".to_owned(),
        };
        for j in graph.reduced(i) {
            out.push_str(&format!("  s{j} {arrow} s{i}\n"));
        }
        if let Some(crate::blueprint::model::OnReject::BackTo(back)) = step.approval.as_ref().map(|a| &a.on_reject)
            && let Some(j) = blueprint.step_index(back)
        {
            out.push_str(&format!("  s{i} -. refused .-> s{j}\n"));
        }
    }
    out
}

/// A text inside the quotes of a Mermaid label: no markup, no entity, no list of its own.
fn label(text: &str) -> String {
    let mut out = String::new();
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '&' => out.push_str("#amp;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '`' => out.push_str("#96;"),
            // "1. Open" and "- open" would be read as lists, which Mermaid does not draw.
            '-' | '*' | '+' if out.is_empty() => out.push_str(&format!("#{};", u32::from(c))),
            '.' if !out.is_empty() && out.bytes().all(|b| b.is_ascii_digit()) => out.push_str("#46;"),
            c => out.push(c),
        }
    }
    out
}

/// For machines.
pub fn json(files: &[FileDiff]) -> Value {
    let count = |risk: Risk| files.iter().flat_map(|f| &f.changes).filter(|c| c.risk == risk).count();
    let summary: serde_json::Map<String, Value> = Risk::ALL.iter().map(|r| (r.as_str().to_owned(), count(*r).into())).collect();
    json!({
        "schema": 1,
        "tool": "stepwright",
        "version": env!("CARGO_PKG_VERSION"),
        "summary": summary,
        "blueprints": files.iter().filter(|f| !f.changes.is_empty()).map(|f| json!({
            "path": f.path,
            "risk": f.risk(),
            "page": f.page,
            "changes": f.changes,
        })).collect::<Vec<_>>(),
    })
}

/// `1 danger, 1 high, 1 low`; parts that are zero are left out.
pub fn counts(files: &[FileDiff]) -> String {
    let parts: Vec<String> = Risk::ALL
        .iter()
        .filter_map(|risk| {
            let n = files.iter().flat_map(|f| &f.changes).filter(|c| c.risk == *risk).count();
            let word = if *risk == Risk::None { "without effect" } else { risk.as_str() };
            (n > 0).then(|| format!("{} {word}", crate::text::thousands(n)))
        })
        .collect();
    if parts.is_empty() { "no changes".to_owned() } else { parts.join(", ") }
}
