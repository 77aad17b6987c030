//! `lint --stats`: how often each rule fired and how long it took, instead of the findings themselves.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::lint::Judged;
use crate::config::Severity;
use crate::lint::Finding;
use crate::text::{count, thousands};
use crate::workspace::Workspace;

/// What is counted of a rule.
#[derive(Default)]
struct Row {
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
    baselined: usize,
}

/// The table, with one line per rule that ran or whose findings are hidden, most findings first.
pub(super) fn table(judged: &Judged, workspace: &Workspace) -> String {
    let mut rows: BTreeMap<&str, Row> = judged.times.keys().map(|name| (*name, Row::default())).collect();
    for finding in &judged.findings {
        let row = rows.entry(finding.rule.name).or_default();
        match finding.severity {
            Severity::Error => row.errors += 1,
            Severity::Warning => row.warnings += 1,
            Severity::Info => row.infos += 1,
        }
    }
    let mut hidden = |findings: &[Finding], cell: fn(&mut Row) -> &mut usize| {
        for finding in findings {
            *cell(rows.entry(finding.rule.name).or_default()) += 1;
        }
    };
    hidden(&judged.suppressed, |row| &mut row.suppressed);
    hidden(&judged.baselined, |row| &mut row.baselined);
    let mut rows: Vec<(&str, Row)> = rows.into_iter().collect();
    rows.sort_by_key(|(name, row)| (std::cmp::Reverse(row.errors + row.warnings + row.infos), *name));
    let mut out =
        format!("{:<36} {:>7} {:>7} {:>7} {:>10} {:>9} {:>9}\n", "rule", "error", "warning", "info", "suppressed", "baselined", "ms");
    for (name, row) in &rows {
        let ms = judged.times.get(name).map_or(0.0, |t| t.as_secs_f64() * 1000.0);
        let _ = writeln!(
            out,
            "{name:<36} {:>7} {:>7} {:>7} {:>10} {:>9} {ms:>9.1}",
            thousands(row.errors),
            thousands(row.warnings),
            thousands(row.infos),
            thousands(row.suppressed),
            thousands(row.baselined)
        );
    }
    let unknown = workspace.corpus.iter().filter(|(id, _)| workspace.page_history(*id).edited.unknown().is_some()).count();
    let _ = writeln!(out, "edit date unknown: {} of {}", thousands(unknown), count(workspace.corpus.pages.len(), "page"));
    out
}
