//! A pull request in front of its reviewer: what it changes in the process, which findings it brings, which pages moved without their
//! blueprint, how fresh the touched pages are. As Markdown within GitHub's limits, as text, as JSON.
//!
//! Takes findings and ready-made parts; decides nothing about them.

use serde_json::{Value, json};

use super::budget::{Budget, code, escaped};
use super::{Counts, json as findings_json, text as findings_text};
use crate::config::Severity;
use crate::lint::Finding;
use crate::text::count;

/// Line by which a script finds the comment again, to change it in place.
pub const MARKER: &str = "<!-- stepwright:review -->";

/// A page and a blueprint of which only one changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpaired {
    /// The page.
    pub page: String,
    /// The blueprint.
    pub blueprint: String,
    /// True when the page changed, false when the blueprint did.
    pub page_changed: bool,
}

impl Unpaired {
    /// In words, with what to do.
    pub fn words(&self) -> String {
        if self.page_changed {
            format!("{} changed, {} did not; stepwright blueprint sync {} says whether its steps did", self.page, self.blueprint, self.page)
        } else {
            format!("{} changed, {} did not; readers of the page do not see the change", self.blueprint, self.page)
        }
    }
}

/// A page the change touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Path.
    pub path: String,
    /// Title.
    pub title: String,
    /// Address in the preview, if there is one.
    pub preview: Option<String>,
    /// What is the matter with its review, in words; `None` when nothing is.
    pub stale: Option<String>,
}

/// A risky change of a process, at its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The blueprint.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// A gate is gone or can be walked around.
    pub danger: bool,
    /// What changed, and why that matters.
    pub text: String,
}

/// Everything about one change.
#[derive(Debug, Clone)]
pub struct Review {
    /// The commit it is compared with, ten digits.
    pub base: String,
    /// Whether it may be merged as far as this report goes.
    pub passes: bool,
    /// Findings it brought.
    pub findings: Vec<Finding>,
    /// Changes of blueprints by risk as Markdown, text, JSON and one line of counts (`1 danger, 2 low`).
    pub process: Process,
    /// Changes of high risk and above, most dangerous first.
    pub notes: Vec<Note>,
    /// Pages without their blueprint, and the reverse.
    pub unpaired: Vec<Unpaired>,
    /// Pages touched, in path order.
    pub touched: Vec<Touched>,
    /// Pages removed.
    pub removed: Vec<String>,
    /// The preview's address.
    pub preview: Option<String>,
}

/// The blueprint part, made by the blueprint diff.
#[derive(Debug, Clone)]
pub struct Process {
    /// For a pull request, one part per blueprint so that the budget can cut between them.
    pub markdown: Vec<String>,
    /// For a terminal.
    pub text: String,
    /// For machines.
    pub json: Value,
    /// `1 danger, 2 low`.
    pub counts: String,
    /// Number of changes.
    pub changes: usize,
}

impl Review {
    /// `passes, 1 low in the process, 2 warnings`: the verdict and what it rests on.
    pub fn headline(&self) -> String {
        let verdict = if self.passes { "passes" } else { "fails" };
        let process = if self.process.changes == 0 {
            "the process stays as it is".to_owned()
        } else {
            format!("{} in the process", self.process.counts)
        };
        let counts = Counts::of(&self.findings);
        let findings = if counts.total() == 0 { "no new findings".to_owned() } else { format!("{} new", counts.words()) };
        format!("{verdict}, {process}, {findings}")
    }

    fn touched_words(&self) -> String {
        let removed = if self.removed.is_empty() { String::new() } else { format!(", {} removed", self.removed.len()) };
        format!("{} touched{removed}", count(self.touched.len(), "page"))
    }
}

/// Markdown of at most `limit` bytes. What does not fit is counted.
pub fn markdown(review: &Review, limit: usize) -> String {
    let mut doc = Budget::new(limit, 200);
    let mut head = format!("{MARKER}\n## stepwright: {}\n\n", review.headline());
    head.push_str(&format!("Compared with `{}`; {}.", review.base, review.touched_words()));
    if let Some(url) = &review.preview {
        head.push_str(&format!(" [Preview]({url})"));
    }
    let _ = doc.add(&format!("{head}\n"));
    if review.process.changes > 0 && doc.add("\n### What changes in the process\n\n") {
        doc.list(&review.process.markdown, |n| format!("{} more; `stepwright blueprint diff` shows them.\n", count(n, "blueprint")));
    }
    findings(&mut doc, review);
    section(&mut doc, "Pages and their blueprints", review.unpaired.iter().map(|u| format!("- {}\n", escaped(&u.words()))).collect());
    let stale = review.touched.iter().filter_map(|t| Some((t, t.stale.as_ref()?)));
    let stale = stale.map(|(t, why)| format!("- {}: {}\n", page(t), escaped(why))).collect();
    section(&mut doc, "You are already here: reviews that are due", stale);
    if review.preview.is_some() && !review.touched.is_empty() && doc.add("\n<details><summary>Touched pages</summary>\n\n") {
        let items: Vec<String> = review.touched.iter().map(|t| format!("- {}\n", page(t))).collect();
        doc.list(&items, |n| format!("- {n} more\n"));
        return doc.finish("\n</details>\n");
    }
    doc.finish("")
}

fn section(doc: &mut Budget, heading: &str, items: Vec<String>) {
    if !items.is_empty() && doc.add(&format!("\n### {heading}\n\n")) {
        doc.list(&items, |n| format!("- {n} more\n"));
    }
}

fn findings(doc: &mut Budget, review: &Review) {
    let mut items: Vec<(Severity, String)> = review.findings.iter().map(|f| (f.severity, finding(f))).collect();
    items.sort_by_key(|i| std::cmp::Reverse(i.0));
    let items: Vec<String> = items.into_iter().map(|i| i.1).collect();
    if !items.is_empty() && doc.add("\n### New findings\n\n") {
        doc.list(&items, |n| format!("- {} more: `stepwright review` shows them\n", count(n, "finding")));
    }
}

fn finding(finding: &Finding) -> String {
    let place = code(&format!("{}:{}", finding.path(), finding.line()));
    let next = finding
        .help
        .first()
        .map(crate::lint::Help::parts)
        .map(|(label, text)| format!("<br>{label}: {}", escaped(text)))
        .unwrap_or_default();
    format!("- **{}** {place} {} (`{}`){next}\n", finding.severity.word(), escaped(&finding.message), finding.rule.name)
}

fn page(touched: &Touched) -> String {
    let title = match &touched.preview {
        Some(url) => format!("[{}]({url})", escaped(&touched.title)),
        None => escaped(&touched.title),
    };
    format!("{title} ({})", code(&touched.path))
}

/// For a terminal.
pub fn text(review: &Review, look: findings_text::Look) -> String {
    let mut out = review.process.text.clone();
    out.push_str(&findings_text::findings(&review.findings, look));
    for unpaired in &review.unpaired {
        out.push_str(&format!("note: {}\n", findings_text::printable(&unpaired.words())));
    }
    for touched in &review.touched {
        if let Some(stale) = &touched.stale {
            out.push_str(&format!("note: {} is touched here: {}\n", touched.path, findings_text::printable(stale)));
        }
    }
    out
}

/// As GitHub annotations: the process first, then the findings.
pub fn annotations(review: &Review) -> String {
    let title = |n: &Note| if n.danger { "process: danger" } else { "process: high risk" };
    let notes: Vec<_> = review.notes.iter().map(|n| (n.danger, n.path.as_str(), n.line, title(n), n.text.as_str())).collect();
    super::github::commands_after(&notes, &review.findings)
}

/// For machines, schema 1.
pub fn json(review: &Review) -> Value {
    let counts = Counts::of(&review.findings);
    json!({
        "schema": 1, "tool": "stepwright", "version": env!("CARGO_PKG_VERSION"), "base": review.base, "passes": review.passes,
        "summary": {"errors": counts.errors, "warnings": counts.warnings, "info": counts.infos, "process": review.process.changes},
        "findings": findings_json::all(&review.findings),
        "process": review.process.json,
        "unpaired": review.unpaired.iter().map(|u| json!({"page": u.page, "blueprint": u.blueprint, "changed": if u.page_changed { "page" } else { "blueprint" }})).collect::<Vec<_>>(),
        "touched": review.touched.iter().map(|t| json!({"path": t.path, "title": t.title, "preview": t.preview, "stale": t.stale})).collect::<Vec<_>>(),
        "removed": review.removed,
    })
}
