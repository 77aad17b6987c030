//! JUnit XML: one suite a page, one failed case a rule that fired there, one passing case for a page without findings.

use crate::text::xml::escaped;
use std::collections::BTreeMap;

use crate::lint::Finding;

/// The document. `pages` are all pages looked at, so that trends work.
pub fn document(findings: &[Finding], pages: &[&str]) -> String {
    let mut by_page: BTreeMap<&str, BTreeMap<&str, Vec<&Finding>>> = pages.iter().map(|p| (*p, BTreeMap::new())).collect();
    for finding in findings {
        by_page.entry(finding.path()).or_default().entry(finding.rule.name).or_default().push(finding);
    }
    let cases: usize = by_page.values().map(|rules| rules.len().max(1)).sum();
    let failures: usize = by_page.values().map(BTreeMap::len).sum();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!("<testsuites name=\"stepwright\" tests=\"{cases}\" failures=\"{failures}\" errors=\"0\">\n"));
    for (page, rules) in &by_page {
        let name = xml(page);
        out.push_str(&format!(
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"0\">\n",
            rules.len().max(1),
            rules.len()
        ));
        if rules.is_empty() {
            out.push_str(&format!("    <testcase classname=\"{name}\" name=\"stepwright\" time=\"0\"/>\n"));
        }
        for (rule, found) in rules {
            out.push_str(&format!("    <testcase classname=\"{name}\" name=\"{rule}\" time=\"0\">\n"));
            let text: Vec<String> = found.iter().map(|f| body(f)).collect();
            let worst = found.iter().map(|f| f.severity).max().map_or("", crate::config::Severity::word);
            out.push_str(&format!(
                "      <failure type=\"{worst}\" message=\"{}\">{}</failure>\n",
                xml(&found[0].message),
                xml(&text.join("\n"))
            ));
            out.push_str("    </testcase>\n");
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn body(finding: &Finding) -> String {
    let mut out = super::text::concise(finding);
    for fact in &finding.evidence {
        out.push_str(&format!("\n  evidence: {fact}"));
    }
    for help in &finding.help {
        let (label, text) = help.parts();
        out.push_str(&format!("\n  {label}: {text}"));
    }
    out
}

/// Escaped, line ends kept: attributes would turn them into blanks.
fn xml(text: &str) -> String {
    escaped(text).replace('\n', "&#10;")
}
