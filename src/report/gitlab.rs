//! GitLab's code quality report: a JSON array of the fields GitLab reads.

use serde_json::{Value, json};

use crate::config::Severity;
use crate::lint::{Finding, fingerprint};

/// The array. Entries with equal fingerprints would collapse, so each has the path in its own.
pub fn document(findings: &[Finding]) -> Value {
    let prints = fingerprint::of(findings);
    let entry = |(finding, print): (&Finding, String)| {
        json!({
            "description": finding.message,
            "check_name": finding.rule.name,
            "fingerprint": blake3::hash(format!("{}\u{0}{print}", finding.path()).as_bytes()).to_hex()[..32].to_owned(),
            "severity": match finding.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Info => "info",
            },
            "location": {"path": finding.path(), "lines": {"begin": finding.line()}},
        })
    };
    findings.iter().zip(prints).map(entry).collect()
}
