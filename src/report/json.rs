//! Findings as JSON: our own format, schema 1. Fields may be added; removing one is a breaking change.

use serde_json::{Value, json};

use super::Counts;
use crate::lint::{Finding, fingerprint};

/// What a run knew, beside its findings.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// The day the clock rules went by.
    pub now: String,
    /// Commit id of HEAD, if there is one.
    pub head: Option<String>,
    /// `full`, `shallow` or `none`.
    pub history: &'static str,
    /// Files that could not be read: path and reason.
    pub errors: Vec<(String, String)>,
}

/// The whole document.
pub fn document(findings: &[Finding], run: &Run) -> Value {
    let counts = Counts::of(findings);
    json!({
        "schema": 1,
        "tool": "stepwright",
        "version": env!("CARGO_PKG_VERSION"),
        "now": run.now,
        "head": run.head,
        "history": run.history,
        "summary": {"errors": counts.errors, "warnings": counts.warnings, "info": counts.infos},
        "errors": run.errors.iter().map(|(path, why)| json!({"path": path, "message": why})).collect::<Vec<_>>(),
        "findings": all(findings),
    })
}

/// Findings alone, one object a line.
pub fn lines(findings: &[Finding]) -> String {
    all(findings).iter().map(|f| f.to_string() + "\n").collect()
}

/// Findings alone.
pub fn all(findings: &[Finding]) -> Vec<Value> {
    findings.iter().zip(fingerprint::of(findings)).map(|(f, print)| one(f, &print)).collect()
}

/// One finding; `print` is what it is known by in a baseline.
fn one(finding: &Finding, print: &str) -> Value {
    let start = finding.source.position(finding.span.start);
    let end = finding.source.position(finding.span.end);
    json!({
        "rule": finding.rule.name,
        "code": finding.rule.code,
        "severity": finding.severity.word(),
        "confidence": finding.confidence,
        "class": finding.rule.class,
        "scope": finding.rule.scope,
        "path": finding.path(),
        "range": {"start": {"line": start.line, "column": start.column}, "end": {"line": end.line, "column": end.column}},
        "message": finding.message,
        "label": finding.label,
        "evidence": finding.evidence,
        "help": finding.help,
        "fixable": !finding.edits.is_empty(),
        "fingerprint": print,
    })
}
