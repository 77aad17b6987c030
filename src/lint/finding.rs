//! What a rule says: facts first, rendering later. Humans, JSON, SARIF and the website all read the same findings.

use std::sync::Arc;

use serde::Serialize;

pub use crate::config::Severity;
use crate::text::{Source, Span};

/// How often a rule is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Worth a look when one has time.
    Low,
    /// Mostly right.
    Medium,
    /// Right at least nine times in ten.
    High,
}

impl Confidence {
    /// The word used in output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What a rule reads besides the page, which decides when its verdict may be cached and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The page and the settings.
    Pure,
    /// Other files too.
    Cross,
    /// Git history.
    History,
    /// Today's date.
    Clock,
}

/// What part of the text a finding is about, which decides whether a change touched it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One line.
    Line,
    /// One block.
    Block,
    /// The page.
    Page,
    /// Several pages.
    Site,
}

/// Whether findings of a rule can be mended by the tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FixKind {
    /// Only a person can.
    None,
    /// The change cannot alter meaning.
    Safe,
    /// The change must be asked for.
    Unsafe,
}

/// Everything fixed about a rule.
#[derive(Debug)]
pub struct RuleMeta {
    /// Kebab-case; names the defect; never reused.
    pub name: &'static str,
    /// `SWnnn`; never reused.
    pub code: &'static str,
    /// What it flags, one sentence.
    pub what: &'static str,
    /// Why that matters, one or two sentences.
    pub why: &'static str,
    /// What to do about it.
    pub how: &'static str,
    /// Default severity; `None` = off unless asked for.
    pub severity: Option<Severity>,
    /// How often it is right.
    pub confidence: Confidence,
    /// What it reads.
    pub class: Class,
    /// What its findings are about.
    pub scope: Scope,
    /// Whether it can be mended by the tool.
    pub fix: FixKind,
    /// Whether it speaks of pages that tell what was as of others: what keeps a file from being read or checked out, secrets, suppressions. Most
    /// of what else is wrong there is nobody's task any more.
    pub on_records: bool,
    /// Texts that must raise it, as small sites: one page (`page.md`), or several files each headed by `=== path`.
    pub bad: &'static [&'static str],
    /// Texts that must not raise it, same form.
    pub good: &'static [&'static str],
    /// How its precision is known.
    pub precision: &'static str,
}

/// An advice line under a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "label", content = "text", rename_all = "lowercase")]
pub enum Help {
    /// The cause.
    Why(String),
    /// A command of ours that edits files.
    Fix(String),
    /// What to type or do next.
    Next(String),
    /// How it looks when right.
    Example(String),
}

impl Help {
    /// Label and text as shown.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Why(t) => ("why", t),
            Self::Fix(t) => ("fix", t),
            Self::Next(t) => ("next", t),
            Self::Example(t) => ("example", t),
        }
    }
}

/// A change to one file that mends a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// One finding.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static RuleMeta,
    /// Severity after the settings were applied.
    pub severity: Severity,
    /// How sure this one is; the rule's own confidence unless it said less.
    pub confidence: Confidence,
    /// The file.
    pub source: Arc<Source>,
    /// Where; an empty span at offset 0 means the file as such.
    pub span: Span,
    /// What is wrong, one sentence that stands alone.
    pub message: String,
    /// Words beside the caret.
    pub label: Option<String>,
    /// The facts that made the rule speak.
    pub evidence: Vec<String>,
    /// What to do.
    pub help: Vec<Help>,
    /// Edits that mend it, all in `source`.
    pub edits: Vec<Edit>,
}

impl Finding {
    /// A finding with the rule's default severity.
    pub fn new(rule: &'static RuleMeta, source: &Arc<Source>, span: Span, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity.unwrap_or(Severity::Info),
            confidence: rule.confidence,
            source: Arc::clone(source),
            span,
            message: message.into(),
            label: None,
            evidence: Vec::new(),
            help: Vec::new(),
            edits: Vec::new(),
        }
    }

    /// Adds words beside the caret.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    /// Sets how sure this one is.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Raises or lowers the severity, before the settings have their say.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn evidence(mut self, text: impl Into<String>) -> Self {
        self.evidence.push(text.into());
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn help(mut self, help: Help) -> Self {
        self.help.push(help);
        self
    }

    /// Adds an edit.
    #[must_use]
    pub fn edit(mut self, span: Span, text: impl Into<String>) -> Self {
        self.edits.push(Edit { span, text: text.into() });
        self
    }

    /// Path of the file.
    pub fn path(&self) -> &str {
        self.source.path()
    }

    /// Line, from 1.
    pub fn line(&self) -> usize {
        self.source.line_of(self.span.start)
    }

    pub(super) fn sort_key(&self) -> (&str, Span, &str, &str) {
        (self.source.path(), self.span, self.rule.name, &self.message)
    }
}
