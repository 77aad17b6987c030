//! What a draft is: procedures of a page, their steps, and for every value where it came from and how sure it is.

use crate::text::Span;

/// What the source of a step looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Numbered list item.
    Ordered,
    /// Bullet.
    Bullet,
    /// Task list item.
    Task,
    /// Heading.
    Heading,
    /// Table row.
    Row,
    /// Paragraph or sentence.
    Prose,
}

impl Shape {
    /// For `--explain`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ordered => "numbered item",
            Self::Bullet => "bullet",
            Self::Task => "task item",
            Self::Heading => "heading",
            Self::Row => "table row",
            Self::Prose => "sentence",
        }
    }
}

/// A doubt left for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Reason code.
    pub code: &'static str,
    /// Which part of the step.
    pub at: String,
    /// Rather a guess than a reading.
    pub low: bool,
    /// The page's words.
    pub evidence: String,
}

/// Why a value is what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// Which part.
    pub at: &'static str,
    /// Which rule.
    pub rule: String,
    /// The page's words.
    pub words: String,
}

/// A deadline in the words of the format, its anchor still a phrase of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// `3 business days`.
    pub amount: String,
    /// Before the anchor rather than after.
    pub before: bool,
    /// The page's words for the anchor.
    pub anchor: Option<String>,
    /// The anchor in the format: `start`, `inputs.x`, `steps.y`; settled when ids are known.
    pub to: String,
}

impl Due {
    /// As the format writes it.
    pub fn words(&self) -> String {
        match (self.to.as_str(), self.before) {
            ("", _) => self.amount.clone(),
            (to, true) => format!("{} before {to}", self.amount),
            (to, false) => format!("{} after {to}", self.amount),
        }
    }
}

/// A person or party named on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The page's words without article.
    pub name: String,
    /// Named by the section rather than the step.
    pub inherited: bool,
}

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Who decides; empty if the page does not say.
    pub by: Vec<String>,
    /// It holds the step itself back ("with the approval of the director, …") rather than what follows.
    pub before: bool,
    /// The page's words.
    pub words: String,
}

/// Data that a step asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The page's word for it.
    pub label: String,
    /// Field type of the format: `text`, `date`, `choice`, `file` …
    pub kind: String,
    /// The choices, for `choice`.
    pub options: Vec<String>,
}

/// A note that belongs to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// `note`, `tip`, `caution`, `warning`, `danger`.
    pub kind: &'static str,
    /// Markdown.
    pub text: String,
}

/// A step or a sub-step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Identity; settled last.
    pub id: String,
    /// Imperative sentence.
    pub title: String,
    /// Place of the item, row, heading or sentence.
    pub span: Span,
    /// Line of its first byte, from 1.
    pub line: usize,
    /// What it looks like.
    pub shape: Shape,
    /// Who does it.
    pub owner: Option<Party>,
    /// By when.
    pub due: Option<Due>,
    /// Under which condition, as the page words it.
    pub when: Option<String>,
    /// May be skipped.
    pub optional: bool,
    /// Opens with "otherwise": done where the condition of the step before does not hold.
    pub otherwise: bool,
    /// Ends with somebody's decision.
    pub approval: Option<Gate>,
    /// Sub-steps.
    pub checklist: Vec<Step>,
    /// Data to give.
    pub fields: Vec<Field>,
    /// Notes.
    pub notes: Vec<Note>,
    /// How to, as Markdown.
    pub text: String,
    /// Position of links in the page's list.
    pub links: Vec<usize>,
    /// Heading over it.
    pub heading: String,
    /// Number path in its list.
    pub item: String,
    /// Hash of its source.
    pub hash: String,
    /// Position in [`Draft::phases`].
    pub phase: Option<usize>,
    /// Doubts.
    pub marks: Vec<Mark>,
    /// Reasons.
    pub why: Vec<Why>,
}

impl Step {
    /// Adds a doubt.
    pub(crate) fn mark(&mut self, code: &'static str, at: &str, low: bool, evidence: &str) {
        if !self.marks.iter().any(|m| m.code == code && m.at == at) {
            self.marks.push(Mark { code, at: at.to_owned(), low, evidence: one_line(evidence) });
        }
    }

    /// Sets the condition, with its reason and the question where it is answered.
    pub(crate) fn wait_on(&mut self, rule: impl Into<String>, when: String) {
        self.because("when", rule, &when);
        self.mark("condition-needs-field", "when", false, &when);
        self.when = Some(when);
    }

    /// Adds a reason.
    pub(crate) fn because(&mut self, at: &'static str, rule: impl Into<String>, words: &str) {
        self.why.push(Why { at, rule: rule.into(), words: one_line(words) });
    }
}

/// White space made single, at most a sentence's length.
pub(crate) fn one_line(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match joined.char_indices().nth(160) {
        Some((at, _)) => format!("{}…", &joined[..at]),
        None => joined,
    }
}

/// A stage of a procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// The heading.
    pub title: String,
    /// Its steps may be done in any order.
    pub any_order: bool,
}

/// A procedure found on a page.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Identity of the blueprint.
    pub id: String,
    /// Title.
    pub title: String,
    /// The heading it stands under; empty when it is the whole page.
    pub heading: String,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// Phases in order.
    pub phases: Vec<Phase>,
    /// Steps may be done in any order.
    pub any_order: bool,
    /// Alternative to another procedure of the page.
    pub variant: bool,
    /// Doubts about the whole.
    pub marks: Vec<Mark>,
    /// Data and dates known before the first step.
    pub inputs: Vec<Field>,
    /// Summary, from the first paragraph.
    pub summary: String,
}
