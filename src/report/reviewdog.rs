//! reviewdog's diagnostic format, as one document or one JSON object a line, with the safe edits of findings as suggestions.

use serde_json::{Value, json};

use crate::config::Severity;
use crate::lint::{Finding, FixKind};
use crate::text::{Source, Span};

/// `rdjson`: one document.
pub fn document(findings: &[Finding]) -> Value {
    json!({"source": {"name": "stepwright"}, "diagnostics": findings.iter().map(one).collect::<Vec<_>>()})
}

/// `rdjsonl`: one finding a line.
pub fn lines(findings: &[Finding]) -> String {
    findings.iter().map(|f| one(f).to_string() + "\n").collect()
}

fn one(finding: &Finding) -> Value {
    let safe = if finding.rule.fix == FixKind::Safe { finding.edits.as_slice() } else { &[] };
    let mut message = finding.message.clone();
    for fact in finding.evidence.iter().map(String::as_str).chain(finding.help.iter().map(|h| h.parts().1)) {
        message.push('\n');
        message.push_str(fact);
    }
    json!({
        "message": message,
        "location": {"path": finding.path(), "range": range(&finding.source, finding.span)},
        "severity": match finding.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        },
        "source": {"name": "stepwright"},
        "code": {"value": finding.rule.name},
        "suggestions": safe.iter().map(|e| json!({"range": range(&finding.source, e.span), "text": e.text})).collect::<Vec<_>>(),
    })
}

/// Columns count bytes of UTF-8 in this format.
fn range(source: &Source, span: Span) -> Value {
    let at = |offset: u32| {
        let line = source.line_of(offset);
        let start = source.line_span(line).map_or(0, |l| l.start);
        json!({"line": line, "column": offset - start + 1})
    };
    json!({"start": at(span.start), "end": at(span.end)})
}
