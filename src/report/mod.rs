//! Findings as bytes: terminal text, JSON, SARIF and the rest. Takes findings, knows no rule.
