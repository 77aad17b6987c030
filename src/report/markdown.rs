//! A summary in Markdown for a job summary or a pull-request comment: totals, errors, the rest folded, within a budget of characters.

use std::collections::BTreeMap;

use super::Counts;
use super::budget::{code, escaped};
use crate::config::Severity;
use crate::lint::Finding;

/// Marks the comment that is updated in place.
pub const MARKER: &str = "<!-- stepwright-report -->";

/// The summary, at most `budget` bytes; says how many findings did not fit.
pub fn summary(findings: &[Finding], pages: usize, budget: usize) -> String {
    let counts = Counts::of(findings);
    let mut out = format!("{MARKER}\n### stepwright: {} in {}\n", counts.words(), crate::text::count(pages, "page"));
    // Room for the last sentence and the end of an open fold.
    let room = budget.saturating_sub(200);
    let mut left_out = 0;
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let mut rules: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in findings.iter().filter(|f| f.severity == severity) {
            rules.entry(finding.rule.name).or_default().push(finding);
        }
        for (rule, found) in rules {
            let open = if severity == Severity::Error { " open" } else { "" };
            let head = format!(
                "\n<details{open}><summary>{} <code>{rule}</code>: {}</summary>\n\n",
                severity.word(),
                crate::text::thousands(found.len())
            );
            if out.len() + head.len() > room {
                left_out += found.len();
                continue;
            }
            out.push_str(&head);
            for finding in found {
                let line = line(finding);
                if out.len() + line.len() > room {
                    left_out += 1;
                } else {
                    out.push_str(&line);
                }
            }
            out.push_str("\n</details>\n");
        }
    }
    if left_out > 0 {
        out.push_str(&format!("\n{} more did not fit; `stepwright lint` shows all.\n", crate::text::count(left_out, "finding")));
    }
    out
}

fn line(finding: &Finding) -> String {
    let facts = finding.evidence.first().map(|e| format!(" ({})", escaped(e))).unwrap_or_default();
    let place = code(&format!("{}:{}", finding.path(), finding.line()));
    format!("- {place} {}{facts}\n", escaped(&finding.message))
}
