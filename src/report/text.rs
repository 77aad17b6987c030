//! Findings for people: a frame with the source line and a caret, the evidence, and what to do next.

use std::collections::BTreeSet;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::config::Severity;
use crate::lint::Finding;
use crate::text::{Source, Span, yaml::Problem};

/// How to draw.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// With ANSI colours.
    pub color: bool,
    /// Columns of the terminal; `None` when piped (nothing is cut).
    pub width: Option<usize>,
}

/// Longest excerpt in lines.
const MAX_LINES: usize = 3;

/// Findings as framed blocks; the first of each rule also says why it matters.
pub fn findings<'f>(all: impl IntoIterator<Item = &'f Finding>, look: Look) -> String {
    let mut known = BTreeSet::new();
    all.into_iter().map(|f| block(f, look, known.insert(f.rule.name))).collect()
}

/// One finding as a framed block, ending with a line end.
pub fn finding(finding: &Finding, look: Look) -> String {
    block(finding, look, false)
}

fn block(finding: &Finding, look: Look, why: bool) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut notes: Vec<(&str, &str)> = finding.evidence.iter().map(|e| ("evidence", e.as_str())).collect();
    if why {
        notes.push(("why", finding.rule.why));
    }
    notes.extend(finding.help.iter().map(crate::lint::Help::parts));
    frame(level, Some(finding.rule.name), &finding.message, Some((&finding.source, finding.span)), finding.label.as_deref(), &notes, look)
}

/// A problem in a YAML file that stops the command, as a framed block.
pub fn problem(source: &Source, problem: &Problem, look: Look) -> String {
    let label = problem.suggestion.as_ref().map(|s| format!("did you mean `{s}`?"));
    frame(Level::ERROR, None, &problem.message, Some((source, problem.span)), label.as_deref(), &[], look)
}

/// `path:line:col: severity rule message`, one line.
pub fn concise(finding: &Finding) -> String {
    let at = finding.source.position(finding.span.start);
    format!("{}:{}:{}: {} {} {}", finding.path(), at.line, at.column, finding.severity.word(), finding.rule.name, finding.message)
}

fn frame(
    level: Level<'_>,
    id: Option<&str>,
    message: &str,
    place: Option<(&Source, Span)>,
    label: Option<&str>,
    notes: &[(&str, &str)],
    look: Look,
) -> String {
    let message = printable(message);
    let mut title = level.primary_title(message);
    if let Some(id) = id {
        title = title.id(id);
    }
    let mut group = Group::with_title(title);
    if let Some((source, span)) = place {
        group = match excerpt(source, span) {
            Some((text, first_line, range)) => {
                let mut annotation = AnnotationKind::Primary.span(range);
                if let Some(label) = label {
                    annotation = annotation.label(printable(label));
                }
                group
                    .element(Snippet::source(text).line_start(first_line).path(source.path().to_owned()).fold(false).annotation(annotation))
            }
            None => group.element(Origin::path(source.path().to_owned())),
        };
    }
    let gutter = place.map_or(0, |(source, span)| source.line_of(span.end).to_string().len());
    for (name, text) in notes {
        // What is copied stays in one piece.
        let taken = if ["fix", "example"].contains(name) { None } else { look.width };
        let room = taken.map(|width| width.saturating_sub(gutter + name.len() + NOTE_FRAME));
        group = group.element(Level::NOTE.with_name((*name).to_owned()).message(folded(&printable(text), room)));
    }
    let renderer = if look.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(look.width.unwrap_or(10_000));
    let mut out = renderer.render(&[group]);
    out.push('\n');
    out
}

/// Columns that the frame of a note takes besides the line number and the name: ` = name: `, and one before the edge.
const NOTE_FRAME: usize = 6;

/// Narrower than this, folding helps nobody.
const LEAST_ROOM: usize = 30;

/// A text in lines of at most `room` columns, broken between words; a longer word keeps a line of its own.
fn folded(text: &str, room: Option<usize>) -> String {
    let Some(room) = room.filter(|r| *r >= LEAST_ROOM) else { return text.to_owned() };
    let mut out = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        let width = console::measure_text_width(word);
        if column > 0 && column + 1 + width > room {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out
}

/// The lines around a span (at most three), the number of the first, and the span inside them. `None` for a file without text.
fn excerpt(source: &Source, span: Span) -> Option<(String, usize, std::ops::Range<usize>)> {
    let first = source.line_of(span.start);
    let last = source.line_of(span.end.max(span.start + 1) - 1).min(first + MAX_LINES - 1);
    let start = source.line_span(first)?;
    let end = source.line_span(last)?;
    if start.is_empty() && end.is_empty() && source.text().is_empty() {
        return None;
    }
    let text = source.slice(Span { start: start.start, end: end.end });
    let from = (span.start.max(start.start) - start.start) as usize;
    let to = (span.end.min(end.end).max(span.start) - start.start) as usize;
    // Control characters of page text must not drive the terminal; replacing them one for one keeps the offsets.
    let safe: String = text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '?' } else { c }).collect();
    let range = if safe.len() == text.len() { from.min(text.len())..to.min(text.len()) } else { 0..safe.len() };
    Some((safe, first, range))
}

/// Control characters as `\x1b`.
pub fn printable(text: &str) -> String {
    if !text.chars().any(|c| c.is_control() && c != '\n') {
        return text.to_owned();
    }
    text.chars().map(|c| if c.is_control() && c != '\n' { format!("\\x{:02x}", u32::from(c)) } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Request, run};
    use crate::workspace::Workspace;

    #[test]
    fn a_frame_shows_line_caret_evidence_and_next_step() {
        let ws = Workspace::from_example(
            "=== content/ops/incident.md\n# Incident\n\n2. Declare the severity ([SEV](../refernce/severity.md)).\n=== content/reference/severity.md\n# Severity\n",
        );
        let findings = run(&ws, &Request::default());
        let first = findings.iter().find(|f| f.rule.name == "broken-link").unwrap();
        let text = finding(first, Look { color: false, width: Some(100) });
        insta::assert_snapshot!(text, @r"
        error[broken-link]: no page at ../refernce/severity.md
         --> content/ops/incident.md:3:32
          |
        3 | 2. Declare the severity ([SEV](../refernce/severity.md)).
          |                                ^^^^^^^^^^^^^^^^^^^^^^^
          |
          = evidence: looked for content/refernce/severity.md, nearest is content/reference/severity.md
          = next: write ../reference/severity.md if that page is meant, or remove the link
        ");
    }

    #[test]
    fn notes_fit_the_terminal_and_commands_stay_whole() {
        let long = "=== content/a.md\n---\nkind: procedure\n---\n# Restore the data of a customer from the copy of last night\n\n1. Stop it.\n2. Start it.\n";
        let found = run(&Workspace::from_example(long), &Request::default());
        let first = found.iter().find(|f| f.rule.name == "unconverted-procedure").unwrap();
        let text = findings([first], Look { color: false, width: Some(60) });
        insta::assert_snapshot!(text, @r#"
        warning[unconverted-procedure]: procedure "Restore the data of a customer from the copy of last night" has no blueprint
         --> content/a.md:2:7
          |
        2 | kind: procedure
          |       ^^^^^^^^^
          |
          = evidence: no content/a.blueprint.yaml, and no other
                      blueprint names this page
          = why: As prose its steps cannot be run, its approvals
                 cannot be enforced, and a reviewer cannot see what
                 a change does to the process.
          = fix: stepwright blueprint draft content/a.md
        "#);
        let piped = findings([first], Look { color: false, width: None });
        assert!(
            piped.contains("why: As prose its steps cannot be run, its approvals cannot be enforced, and a reviewer cannot"),
            "{piped}"
        );
    }

    #[test]
    fn a_page_cannot_drive_the_terminal() {
        let ws = Workspace::from_example("=== content/a.md\nSee \u{1b}[2J [x](b.md).\n");
        let text = finding(&run(&ws, &Request::default())[0], Look { color: false, width: Some(80) });
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}
