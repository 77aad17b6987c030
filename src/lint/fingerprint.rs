//! What identifies a finding across edits around it: the rule, the words of the line, the nearest heading, and which of several equal ones it is.
//!
//! No line numbers (they churn), no severity and no dates (settings and clocks change), no counts (fix one, add one must be seen).

use std::collections::BTreeMap;

use super::{Finding, Scope};

/// The fingerprints of findings, in their order: 16 hexadecimal digits each.
pub fn of(findings: &[Finding]) -> Vec<String> {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    findings
        .iter()
        .map(|finding| {
            let facts = format!("{}\u{0}{}", finding.rule.name, words(finding));
            let nth = seen.entry((finding.path().to_owned(), facts.clone())).or_default();
            let hash = blake3::hash(format!("{facts}\u{0}{nth}").as_bytes());
            *nth += 1;
            hash.to_hex()[..16].to_owned()
        })
        .collect()
}

/// The text a finding is about. Findings on a whole page are told apart by path alone, so that their text may change.
fn words(finding: &Finding) -> String {
    if matches!(finding.rule.scope, Scope::Page | Scope::Site) {
        return String::new();
    }
    let source = &finding.source;
    let line = source.line_span(finding.line()).map_or("", |span| source.slice(span));
    let before = &source.text()[..finding.span.range().start.min(source.text().len())];
    let heading = before.lines().rev().find(|l| l.starts_with('#')).unwrap_or("");
    let fold = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}\u{0}{}", fold(heading), fold(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Request, run};
    use crate::workspace::Workspace;

    fn prints(text: &str) -> Vec<String> {
        of(&run(&Workspace::from_example(text), &Request { only: vec!["broken-link".into()], ..Request::default() }))
    }

    #[test]
    fn text_moving_around_a_finding_does_not_change_it() {
        let one = prints("=== content/a.md\n## S\n\nSee [b](b.md).\n");
        assert_eq!(one, prints("=== content/a.md\nNew.\n\nLines.\n\n## S\n\nSee   [b](b.md).\n"));
        assert_ne!(one, prints("=== content/a.md\n## T\n\nSee [b](b.md).\n"));
        let two = prints("=== content/a.md\n## S\n\nSee [b](b.md).\n\nSee [b](b.md).\n");
        assert_eq!((&two[0], two.len()), (&one[0], 2));
        assert_ne!(two[0], two[1]);
    }
}
