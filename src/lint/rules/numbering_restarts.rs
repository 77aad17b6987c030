//! `numbering-restarts`: the count begins again in the middle of a procedure.

use crate::config::Severity;
use crate::page::{BlockKind, InlineKind};
use crate::text::Span;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

pub(super) struct NumberingRestarts;

static META: RuleMeta = RuleMeta {
    name: "numbering-restarts",
    code: "SW109",
    what: "A numbered list starts again at 1 after a figure, code block or table that stands at the outer level, in the same section.",
    why: "The author meant one list; readers see two, and \"step 4\" means two things.",
    how: "Indent what stands between the parts so that it belongs to the step before it.",
    severity: Some(Severity::Info),
    confidence: Confidence::Medium,
    class: Class::Pure,
    scope: Scope::Block,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "## Steps\n\n1. Stop it.\n2. Copy it.\n\n```sh\ncp a b\n```\n\n1. Start it.\n2. Check it.\n",
    ],
    good: &[
        "## Steps\n\n1. Stop it.\n\n   ```sh\n   cp a b\n   ```\n\n2. Start it.\n",
        "## A\n\n1. a\n2. b\n\n## B\n\n1. c\n2. d\n",
        "1. a\n2. b\n\nOn Windows instead:\n\n1. c\n2. d\n",
    ],
    precision: "Mixed in a prototype; text between the lists means they are two, and is left alone.",
};

impl Rule for NumberingRestarts {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        for window in cx.tree().windows(3) {
            let [first, between, second] = window else { continue };
            let (BlockKind::List(a), BlockKind::List(b)) = (&first.kind, &second.kind) else { continue };
            let what = match &between.kind {
                BlockKind::Code { .. } => "code block",
                BlockKind::Table(_) => "table",
                BlockKind::Paragraph(i) if matches!(i.nodes.as_slice(), [n] if matches!(n.kind, InlineKind::Image(..))) => "figure",
                _ => continue,
            };
            if a.start != Some(1) || b.start != Some(1) || a.items.is_empty() {
                continue;
            }
            let line = |span: Span| cx.page.source.line_of(span.start);
            out.push(
                Finding::new(&META, &cx.page.source, super::place::line_of(cx.page, second), format!("numbering starts again at 1 after a {what}"))
                    .evidence(format!("list of {} items on line {}, {what} on line {}, this list", a.items.len(), line(first.span), line(between.span)))
                    .help(Help::Next(format!("indent the {what} under step {}, so that the count goes on", a.items.len()))),
            );
        }
    }
}
