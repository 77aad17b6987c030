//! Applies the edits that findings carry: safe ones, and unsafe ones when asked. Never two edits over the same bytes.

use std::collections::BTreeMap;

use super::finding::Edit;
use super::{Finding, FixKind};

/// A file with its new text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// Path relative to the root.
    pub path: String,
    /// The text before.
    pub before: String,
    /// The text after.
    pub after: String,
    /// Findings mended in it.
    pub findings: usize,
}

/// The files that change when everything that may be mended is. A finding is mended whole or not at all.
pub fn apply(findings: &[Finding], with_unsafe: bool) -> Vec<Fixed> {
    let mut by_file: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings.iter().filter(|f| !f.edits.is_empty()) {
        if finding.rule.fix == FixKind::Safe || with_unsafe && finding.rule.fix == FixKind::Unsafe {
            by_file.entry(finding.path()).or_default().push(finding);
        }
    }
    by_file
        .into_iter()
        .map(|(path, findings)| {
            let mut edits: Vec<&Edit> = Vec::new();
            let mut mended = 0;
            for finding in &findings {
                let free = finding.edits.iter().all(|new| edits.iter().all(|old| apart(old, new)));
                if free {
                    edits.extend(&finding.edits);
                    mended += 1;
                }
            }
            edits.sort_by_key(|e| e.span);
            let before = findings[0].source.text().to_owned();
            let mut after = String::with_capacity(before.len());
            let mut at = 0;
            for edit in edits {
                after.push_str(&before[at..edit.span.range().start]);
                after.push_str(&edit.text);
                at = edit.span.range().end;
            }
            after.push_str(&before[at..]);
            Fixed { path: path.to_owned(), before, after, findings: mended }
        })
        .collect()
}

/// Two edits that can both be made; two insertions at one place cannot, since their order would matter.
fn apart(a: &Edit, b: &Edit) -> bool {
    (a.span.end <= b.span.start || b.span.end <= a.span.start) && a.span.start != b.span.start
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Request, run};
    use crate::workspace::Workspace;

    #[test]
    fn safe_fixes_are_made_once_and_for_all() {
        let text = "# A\n\n1. a\n2. b\n2. c\n4. d\n";
        let find = |text: &str| {
            run(&Workspace::from_example(text), &Request { only: vec!["numbering-inconsistent".into()], ..Request::default() })
        };
        let fixed = apply(&find(text), false);
        assert_eq!(fixed[0].after, "# A\n\n1. a\n2. b\n3. c\n4. d\n");
        assert!(find(&fixed[0].after).is_empty());
    }

    #[test]
    fn unsafe_fixes_must_be_asked_for() {
        let text = "# A\n\nSee [roll back](#rol-back).\n\n## Roll back\n";
        let found = run(&Workspace::from_example(text), &Request { only: vec!["broken-anchor".into()], ..Request::default() });
        assert!(apply(&found, false).is_empty());
        assert!(apply(&found, true)[0].after.contains("(#roll-back)"));
    }
}
