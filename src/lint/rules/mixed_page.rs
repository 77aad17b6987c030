//! `mixed-page`: a procedure hidden inside a page that is read for something else.

use super::place;
use crate::config::Severity;
use crate::judge::SECTION;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::page::front_matter::PageKind;
use crate::workspace::Kind;

pub(super) struct MixedPage;

static META: RuleMeta = RuleMeta {
    name: "mixed-page",
    code: "SW103",
    what: "A procedure stands as a section inside a page that is otherwise read for facts.",
    why: "Whoever needs the steps does not look for them there, and nobody reviews them as steps.",
    how: "Move the section to a page of its own with `kind: procedure`, and link to it.",
    severity: Some(Severity::Info),
    confidence: Confidence::Medium,
    class: Class::Pure,
    scope: Scope::Block,
    fix: FixKind::None,
    on_records: false,
    bad: &["---\nkind: reference\n---\n# Database\n\nThe primary holds three schemas.\n\n## Restore\n\n1. Stop the service.\n2. Copy the dump to the server.\n3. Run the restore script.\n4. Start the service.\n5. Check the log for errors.\n"],
    good: &["---\nkind: procedure\n---\n# Restore\n\n## Steps\n\n1. Stop the service.\n2. Copy the dump.\n3. Run the script.\n4. Start the service.\n"],
    precision: "That of the detector on sections: from 0.85 on, where it speaks, 27 of 32 were right on labelled pages of mixed kind and of reference.",
};

impl Rule for MixedPage {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let kind = cx.workspace.kind(cx.id);
        if !matches!(kind, Kind::Mixed | Kind::Declared(PageKind::Reference)) {
            return;
        }
        let sure: Vec<_> = cx.workspace.judgement(cx.id).sections.iter().filter(|s| s.probability >= SECTION).collect();
        // A section inside a section that was named says the same thing twice.
        let mut said_until = 0;
        for section in sure {
            let headings = &cx.page.body.headings;
            let end = headings[section.index + 1..].iter().find(|h| h.level <= headings[section.index].level);
            let end = end.map_or_else(|| cx.page.source.text().len(), |h| h.span.range().start);
            if section.span.range().start < said_until {
                continue;
            }
            said_until = end;
            let what = if kind == Kind::Mixed { "the page around it is read for facts" } else { "the page is declared `kind: reference`" };
            out.push(
                Finding::new(&META, &cx.page.source, place::first_line(cx.page, section.span), format!("section \"{}\" is a procedure, {what}", section.heading))
                    .evidence(format!("probability {:.2} for lines {} to {}", section.probability, cx.page.source.line_of(section.span.start), cx.page.source.text()[..end].trim_end().lines().count()))
                    .help(Help::Next("move it to a page of its own with `kind: procedure`, and link to it from here".into())),
            );
        }
    }
}
