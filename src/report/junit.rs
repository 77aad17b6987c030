//! JUnit XML: one suite a page, one failed case a rule that fired there, one passing case for a page without findings.
//!
//! GitLab takes files below 30 MB and of at most 250,000 XML objects. What would go beyond is left out, least severe first, and said.

use std::collections::BTreeMap;

use crate::config::Severity;
use crate::lint::Finding;
use crate::text::thousands;
use crate::text::xml::escaped;

/// Cases in one file; each is up to eight XML objects.
const MOST_CASES: usize = 20_000;
/// Bytes of all texts in one file.
const MOST_BYTES: usize = 20_000_000;
/// Findings spelled out in one case.
const MOST_IN_CASE: usize = 100;

/// All findings of one rule on one page.
struct Case<'f> {
    rule: &'static str,
    worst: Severity,
    found: Vec<&'f Finding>,
}

/// The document. `pages` are all pages looked at, so that trends work.
pub fn document(findings: &[Finding], pages: &[&str]) -> String {
    let (cases, left_out) = within_limits(cases(findings));
    let mut by_page: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (page, text) in cases {
        by_page.entry(page).or_default().push(text);
    }
    let failures: usize = by_page.values().map(Vec::len).sum();
    let failed: std::collections::BTreeSet<&str> = findings.iter().map(Finding::path).collect();
    let mut clean: Vec<&str> = pages.iter().copied().filter(|p| !failed.contains(p)).collect();
    clean.sort_unstable();
    let clean_left_out = (clean.len() + failures).saturating_sub(MOST_CASES).min(clean.len());
    clean.truncate(clean.len() - clean_left_out);
    let tests = failures + clean.len() + usize::from(left_out > 0);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!("<testsuites name=\"stepwright\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n"));
    for page in clean {
        by_page.entry(page).or_default();
    }
    for (page, cases) in &by_page {
        out.push_str(&suite(page, cases.len().max(1), cases.len(), if cases.is_empty() { passing(page) } else { cases.concat() }));
    }
    if left_out > 0 {
        let why = format!("{} findings are left out, the least severe ones; stepwright lint shows all", thousands(left_out));
        let case = format!(
            "    <testcase classname=\"stepwright\" name=\"{} findings left out\" time=\"0\">\n      <skipped message=\"{}\"/>\n    </testcase>\n",
            thousands(left_out),
            xml(&why)
        );
        out.push_str(&suite("stepwright", 1, 0, case));
    }
    out.push_str("</testsuites>\n");
    out
}

fn cases(findings: &[Finding]) -> Vec<Case<'_>> {
    let mut cases: BTreeMap<(&str, &'static str), Case<'_>> = BTreeMap::new();
    for finding in findings {
        let rule = finding.rule.name;
        let case = cases.entry((finding.path(), rule)).or_insert_with(|| Case { rule, worst: finding.severity, found: Vec::new() });
        case.worst = case.worst.max(finding.severity);
        case.found.push(finding);
    }
    cases.into_values().collect()
}

/// The cases as XML in page order, and the number of findings that did not fit.
fn within_limits(mut cases: Vec<Case<'_>>) -> (Vec<(&str, String)>, usize) {
    cases.sort_by_key(|c| std::cmp::Reverse(c.worst));
    let mut kept = Vec::new();
    let (mut left_out, mut bytes, mut full) = (0, 0, false);
    for case in &cases {
        let page = case.found[0].path();
        let text = if full { String::new() } else { failing(page, case) };
        full |= kept.len() >= MOST_CASES || bytes + text.len() > MOST_BYTES;
        if full {
            left_out += case.found.len();
        } else {
            bytes += text.len();
            kept.push((page, case.rule, text));
        }
    }
    kept.sort_unstable();
    (kept.into_iter().map(|(page, _, text)| (page, text)).collect(), left_out)
}

fn suite(name: &str, tests: usize, failures: usize, cases: String) -> String {
    let name = xml(name);
    format!("  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" time=\"0\">\n{cases}  </testsuite>\n")
}

fn passing(page: &str) -> String {
    format!("    <testcase classname=\"{}\" name=\"stepwright\" time=\"0\"/>\n", xml(page))
}

fn failing(page: &str, case: &Case<'_>) -> String {
    let mut text: Vec<String> = case.found.iter().take(MOST_IN_CASE).map(|f| body(f)).collect();
    if case.found.len() > MOST_IN_CASE {
        text.push(format!("{} more of {} on this page", thousands(case.found.len() - MOST_IN_CASE), case.rule));
    }
    format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"0\">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
        xml(page),
        case.rule,
        case.worst.word(),
        xml(&case.found[0].message),
        escaped(&text.join("\n"))
    )
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

/// Escaped for an attribute, which would turn line ends into blanks.
fn xml(text: &str) -> String {
    escaped(text).replace('\n', "&#10;")
}
