//! Findings as bytes: terminal text, JSON, SARIF and the rest. Takes findings, knows no rule.

pub mod budget;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod owners;
pub mod review;
pub mod reviewdog;
pub mod reviews;
pub mod sarif;
pub mod text;

use crate::config::Severity;
use crate::lint::Finding;

/// How many findings there are of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Infos.
    pub infos: usize,
}

impl Counts {
    /// Counts findings.
    pub fn of(findings: &[Finding]) -> Self {
        let of = |s| findings.iter().filter(|f| f.severity == s).count();
        Self { errors: of(Severity::Error), warnings: of(Severity::Warning), infos: of(Severity::Info) }
    }

    /// All of them.
    pub fn total(self) -> usize {
        self.errors + self.warnings + self.infos
    }

    /// How many are at or above a severity.
    pub fn at_least(self, severity: Severity) -> usize {
        match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.errors + self.warnings,
            Severity::Info => self.total(),
        }
    }

    /// `2 errors, 3 warnings, 1 info`; parts that are zero are left out, all zero is `0 findings`.
    pub fn words(self) -> String {
        let mut parts = Vec::new();
        if self.errors > 0 {
            parts.push(crate::text::count(self.errors, "error"));
        }
        if self.warnings > 0 {
            parts.push(crate::text::count(self.warnings, "warning"));
        }
        if self.infos > 0 {
            parts.push(format!("{} info", crate::text::thousands(self.infos)));
        }
        if parts.is_empty() { "0 findings".to_owned() } else { parts.join(", ") }
    }
}
