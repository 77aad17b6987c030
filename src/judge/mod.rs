//! Judgement: is a page, or a section of it, a procedure? Always with a probability and the evidence for it, in words and with places.
//!
//! Owns the verdict of the detector alone. What a page is *declared* to be (front matter, path rules) beats it and is combined elsewhere.
//! Knows nothing of rules, settings, git or terminals.

use crate::page::{Block, BlockKind, Page, body};
use crate::text::Span;

/// What the detector says about a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Its main purpose is that a reader carries out actions.
    Procedure,
    /// It is read for facts, rules or understanding.
    Reference,
    /// A real procedure stands beside a real body of reference text; [`Judgement::sections`] says where.
    Mixed,
    /// Not sure enough to interrupt anybody.
    Unsure,
}

impl Verdict {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Procedure => "procedure",
            Verdict::Reference => "reference",
            Verdict::Mixed => "mixed",
            Verdict::Unsure => "unsure",
        }
    }
}

/// One section (a heading and what stands under it, subsections included).
#[derive(Debug, Clone)]
pub struct SectionVerdict {
    /// Position of its heading in [`crate::page::Body::headings`].
    pub index: usize,
    /// The heading's text.
    pub heading: String,
    /// The heading's place.
    pub span: Span,
    /// Probability (0 to 1) that the section holds a procedure.
    pub probability: f64,
}

/// A reason, in words, and where to see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// E.g. `9 of 11 numbered items start with a verb`.
    pub text: String,
    /// The place that shows it best.
    pub span: Span,
}

/// The detector's answer for one page.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The answer.
    pub verdict: Verdict,
    /// Probability (0 to 1) that the page is a procedure.
    pub probability: f64,
    /// Every section with a heading, in page order, without the page's own title heading.
    pub sections: Vec<SectionVerdict>,
    /// Reasons, strongest first.
    pub evidence: Vec<Evidence>,
}

impl Judgement {
    /// Sections that hold a procedure, in page order.
    pub fn procedure_sections(&self) -> impl Iterator<Item = &SectionVerdict> {
        self.sections.iter().filter(|s| s.probability >= 0.5)
    }
}

/// Judges a page. Deterministic, no I/O.
pub fn judge(page: &Page) -> Judgement {
    let body = &page.body;
    let whole = tally(&body.blocks);
    let mut sections = Vec::new();
    for (i, block) in body.blocks.iter().enumerate() {
        let BlockKind::Heading(index, _) = block.kind else { continue };
        let heading = &body.headings[index];
        let end = body.blocks[i + 1..]
            .iter()
            .position(|b| matches!(b.kind, BlockKind::Heading(n, _) if body.headings[n].level <= heading.level))
            .map_or(body.blocks.len(), |n| i + 1 + n);
        if heading.level > 1 {
            let probability = tally(&body.blocks[i + 1..end]).probability();
            sections.push(SectionVerdict { index, heading: heading.text.clone(), span: heading.span, probability });
        }
    }
    let probability = whole.probability();
    let verdict = if probability >= 0.75 {
        Verdict::Procedure
    } else if sections.iter().any(|s| s.probability >= 0.75) {
        Verdict::Mixed
    } else if probability <= 0.25 {
        Verdict::Reference
    } else {
        Verdict::Unsure
    };
    Judgement { verdict, probability, sections, evidence: whole.evidence() }
}

/// Counts of a first, rule-like score: items of numbered and task lists against paragraphs and table rows.
#[derive(Default)]
struct Tally {
    ordered: u32,
    tasks: u32,
    code: u32,
    prose: u32,
    rows: u32,
    first: Option<Span>,
}

fn tally(blocks: &[Block]) -> Tally {
    let mut t = Tally::default();
    body::walk_all(blocks, &mut |block| match &block.kind {
        BlockKind::List(list) => {
            let tasks = list.items.iter().filter(|i| i.task.is_some()).count();
            let n = u32::try_from(list.items.len()).unwrap_or(u32::MAX);
            if list.start.is_some() && n >= 3 {
                t.ordered += n;
                t.first.get_or_insert(block.span);
            }
            t.tasks += u32::try_from(tasks).unwrap_or(u32::MAX);
        }
        BlockKind::Code { .. } => t.code += 1,
        BlockKind::Paragraph(_) => t.prose += 1,
        BlockKind::Table(table) => t.rows += u32::try_from(table.rows.len()).unwrap_or(u32::MAX),
        _ => {}
    });
    t
}

impl Tally {
    fn probability(&self) -> f64 {
        let up = f64::from(self.ordered + self.tasks) + 0.5 * f64::from(self.code);
        let down = f64::from(self.prose.saturating_sub(self.ordered + self.tasks)) + 0.5 * f64::from(self.rows);
        let x = 1.6 * up.ln_1p() - 0.8 * down.ln_1p() - 1.2;
        1.0 / (1.0 + (-x).exp())
    }

    fn evidence(&self) -> Vec<Evidence> {
        let Some(span) = self.first else { return Vec::new() };
        vec![Evidence { text: format!("{} items in numbered lists", self.ordered), span }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    #[test]
    fn steps_make_a_procedure_and_prose_does_not() {
        let judge = |text: &str| judge(&Page::parse(Source::new("p.md", text))).verdict;
        assert_eq!(
            judge("# Restore\n\n1. Stop the service.\n2. Copy the dump.\n3. Start the service.\n4. Check it.\n"),
            Verdict::Procedure
        );
        assert_ne!(judge("# About\n\nText.\n\nMore text.\n\nStill more.\n"), Verdict::Procedure);
    }
}
