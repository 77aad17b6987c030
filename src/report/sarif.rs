//! SARIF 2.1.0 as GitHub's code scanning reads it: one location a finding, fingerprints, rules with help; within its limit of 5,000 results.

use serde_json::{Value, json};

use super::json::Run;
use crate::config::Severity;
use crate::lint::{Confidence, Finding, RuleMeta, fingerprint, rules};

/// Results that GitHub keeps; more are dropped there in silence.
const MOST: usize = 5_000;

/// The document. When there are more findings than are kept, the most severe stay and a notification says how many were left out.
pub fn document(findings: &[Finding], run: &Run) -> Value {
    let metas: Vec<&RuleMeta> = rules::all().iter().map(|r| r.meta()).collect();
    let prints = fingerprint::of(findings);
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(findings[*i].severity));
    let results: Vec<Value> = order.iter().take(MOST).map(|i| result(&findings[*i], &prints[*i], &metas)).collect();
    let mut notes: Vec<Value> = run
        .errors
        .iter()
        .map(|(path, why)| json!({"level": "error", "message": {"text": format!("{path}: {why}")}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(path)}}}]}))
        .collect();
    if findings.len() > MOST {
        let text = format!(
            "{} of {} findings are left out, the least severe ones; stepwright lint shows all",
            findings.len() - MOST,
            findings.len()
        );
        notes.push(json!({"level": "warning", "message": {"text": text}}));
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "stepwright",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": metas.iter().map(|m| rule(m)).collect::<Vec<_>>(),
            }},
            "automationDetails": {"id": "stepwright/"},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": run.errors.is_empty(), "toolExecutionNotifications": notes}],
            "results": results,
        }],
    })
}

fn rule(meta: &RuleMeta) -> Value {
    let bad = meta.bad.first().unwrap_or(&"");
    let good = meta.good.first().unwrap_or(&"");
    json!({
        "id": meta.name,
        // Viewers show the name; an id in capitals is what they expect there.
        "name": pascal(meta.name),
        "shortDescription": {"text": cut(meta.what, 1_000)},
        "fullDescription": {"text": cut(&format!("{} {}", meta.what, meta.why), 1_000)},
        "help": {
            "text": format!("{} {}", meta.why, meta.how),
            "markdown": format!("{}\n\n{}\n\nFires on\n\n````markdown\n{bad}````\n\nSilent on\n\n````markdown\n{good}````\n", meta.why, meta.how),
        },
        "defaultConfiguration": {"level": level(meta.severity.unwrap_or(Severity::Info)), "enabled": meta.severity.is_some()},
        "properties": {
            "tags": [meta.code],
            "precision": precision(meta.confidence),
            "problem.severity": match meta.severity {
                Some(Severity::Error) => "error",
                Some(Severity::Warning) => "warning",
                _ => "recommendation",
            },
        },
    })
}

fn result(finding: &Finding, print: &str, metas: &[&RuleMeta]) -> Value {
    let start = finding.source.position(finding.span.start);
    let end = finding.source.position(finding.span.end);
    // An alert shows in a pull request only if all its lines are in the diff, so it never runs past its first line.
    let last = finding.source.line_span(start.line).map_or(end, |line| finding.source.position(line.end));
    let end = if end.line == start.line { end } else { last };
    let column = if (end.line, end.column) == (start.line, start.column) { end.column + 1 } else { end.column };
    let mut text = format!("{}.", finding.message);
    let help = finding.help.iter().map(crate::lint::Help::parts);
    for (label, fact) in finding.evidence.iter().map(|e| ("evidence", e.as_str())).chain(help) {
        text.push_str(&format!("\n{label}: {fact}"));
    }
    json!({
        "ruleId": finding.rule.name,
        "ruleIndex": metas.iter().position(|m| m.name == finding.rule.name).unwrap_or(0),
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(finding.path())},
            "region": {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": column},
        }}],
        "partialFingerprints": {"primaryLocationLineHash": print},
    })
}

fn pascal(name: &str) -> String {
    let word = |w: &str| w.chars().take(1).flat_map(char::to_uppercase).chain(w.chars().skip(1)).collect::<String>();
    name.split('-').map(word).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn precision(confidence: Confidence) -> &'static str {
    confidence.word()
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// A path as a relative URI.
fn uri(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.' | b'~');
    path.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
