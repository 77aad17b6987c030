//! The baseline: old findings a team has accepted, one a line, committed. It shrinks by itself and grows only on request.

use std::collections::BTreeSet;

use super::{Finding, fingerprint};
use crate::text::{Source, yaml};

/// Where it stands, relative to the repository root.
pub const FILE: &str = ".stepwright/baseline.yaml";

/// Accepted findings: path, rule and fingerprint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeSet<(String, String, String)>,
}

/// A baseline that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}:{line}: {message}")]
pub struct BaselineError {
    /// The file.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl Baseline {
    /// Reads a baseline from text.
    pub fn parse(path: &str, text: &str) -> Result<Self, BaselineError> {
        let source = Source::new(path, text);
        let doc = yaml::parse(&source);
        let fail =
            |span: crate::text::Span, message: String| BaselineError { path: path.to_owned(), line: source.line_of(span.start), message };
        if let Some(problem) = doc.problems.first() {
            return Err(fail(problem.span, problem.message.clone()));
        }
        let mut entries = BTreeSet::new();
        for node in doc.root.items() {
            let part = |key: &str| node.get(key).and_then(|n| n.text()).map(str::to_owned);
            let (Some(page), Some(rule), Some(print)) = (part("path"), part("rule"), part("print")) else {
                return Err(fail(node.span, "an entry needs `path`, `rule` and `print`".to_owned()));
            };
            entries.insert((page, rule, print));
        }
        Ok(Self { entries })
    }

    /// The baseline that accepts these findings.
    pub fn of(findings: &[Finding]) -> Self {
        let prints = fingerprint::of(findings);
        Self { entries: findings.iter().zip(prints).map(|(f, print)| key(f, print)).collect() }
    }

    /// Takes accepted findings out; returns them, and leaves in `self` only entries that matched something.
    pub fn take(&mut self, findings: &mut Vec<Finding>) -> Vec<Finding> {
        let prints = fingerprint::of(findings);
        let mut matched = BTreeSet::new();
        let mut accepted = Vec::new();
        let mut kept = Vec::new();
        for (finding, print) in findings.drain(..).zip(prints) {
            let key = key(&finding, print);
            if self.entries.contains(&key) {
                matched.insert(key);
                accepted.push(finding);
            } else {
                kept.push(finding);
            }
        }
        *findings = kept;
        self.entries = matched;
        accepted
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// As a file: sorted, one entry a line.
    pub fn to_yaml(&self) -> String {
        let mut out = String::from("# Findings accepted as they are. stepwright takes out what is mended; it never adds by itself.\n");
        if self.entries.is_empty() {
            out.push_str("[]\n");
        }
        for (path, rule, print) in &self.entries {
            out.push_str(&format!("- {{path: {}, rule: {rule}, print: \"{print}\"}}\n", serde_json::Value::from(path.as_str())));
        }
        out
    }
}

fn key(finding: &Finding, print: String) -> (String, String, String) {
    (finding.path().to_owned(), finding.rule.name.to_owned(), print)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Request, run};
    use crate::workspace::Workspace;

    #[test]
    fn accepted_findings_are_taken_out_and_mended_ones_leave_the_file() {
        let find = |text: &str| run(&Workspace::from_example(text), &Request { only: vec!["broken-link".into()], ..Request::default() });
        let old = find("=== content/a.md\n[b](b.md)\n\n[c](c.md)\n");
        let written = Baseline::of(&old).to_yaml();
        let mut baseline = Baseline::parse(FILE, &written).unwrap();
        let mut now = find("=== content/a.md\nA line.\n\n[b](b.md)\n\n[d](d.md)\n");
        let accepted = baseline.take(&mut now);
        assert_eq!((accepted.len(), now.len(), baseline.len()), (1, 1, 1));
        assert!(now[0].message.contains("d.md"));
    }
}
