//! `stub-page`: a page with next to nothing on it.

use crate::config::Severity;
use crate::page::BlockKind;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

pub(super) struct StubPage;

static META: RuleMeta = RuleMeta {
    name: "stub-page",
    code: "SW507",
    what: "A page has fewer than 25 words, nothing but them, and no pages below it.",
    why: "A reader who searched for the title finds nothing.",
    how: "Write it, merge it into its neighbour, or take it out.",
    severity: Some(Severity::Info),
    confidence: Confidence::Medium,
    class: Class::Cross,
    scope: Scope::Page,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "# Rollback\n\nSee the team.\n",
    ],
    good: &[
        "=== content/ops/_index.md\n# Ops\n=== content/ops/a.md\n# A\n\nword word word word word word word word word word word word word word word word word word word word word word word word word word word word word word \n",
        "# A\n\n```sh\nmake deploy\n```\n",
    ],
    precision: "Expected, to be measured; folders' own pages, drafts and pages with code, tables, lists or images are left out.",
};

impl Rule for StubPage {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let name = cx.page.path().rsplit('/').next().unwrap_or("").to_lowercase();
        let folder = matches!(name.split('.').next(), Some("_index" | "index" | "readme"));
        if folder || cx.page.meta.draft || cx.workspace.kind(cx.id).is_record() || !cx.page.body.images.is_empty() {
            return;
        }
        let mut words = 0;
        let mut more = false;
        for block in cx.tree().iter() {
            match &block.kind {
                BlockKind::Heading(..) | BlockKind::Rule => {}
                BlockKind::Paragraph(inlines) => words += inlines.text().split_whitespace().count(),
                BlockKind::Quote(..) => words += block.text().split_whitespace().count(),
                _ => more = true,
            }
        }
        if more || words >= FEWEST {
            return;
        }
        out.push(
            Finding::new(&META, &cx.page.source, super::place::page(cx.page), format!("a page of {} and nothing else", crate::text::count(words, "word")))
                .evidence(format!("fewer than {FEWEST} words, no list, table, code or image"))
                .help(Help::Next("write it, merge it into its neighbour, or take it out".into())),
        );
    }
}

/// Words of a page that is no stub.
const FEWEST: usize = 25;
