//! `unconverted-procedure`: a procedure that exists as prose only.

use super::place;
use crate::blueprint::draft;
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::page::front_matter::PageKind;
use crate::workspace::Kind;

pub(super) struct UnconvertedProcedure;

static META: RuleMeta = RuleMeta {
    name: "unconverted-procedure",
    code: "SW102",
    what: "A procedure has no blueprint.",
    why: "As prose its steps cannot be run, its approvals cannot be enforced, and a reviewer cannot see what a change does to the process.",
    how: "Draft one with `stepwright blueprint draft PAGE`, settle its marks, and propose it. Where drafting finds no steps, the finding says so: write them as a numbered list first.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Page,
    fix: FixKind::None,
    on_records: false,
    bad: &["---\nkind: procedure\n---\n# Restore\n\n1. Stop it.\n2. Start it.\n"],
    good: &[
        "=== content/a.md\n---\nkind: procedure\n---\n# A\n\n1. Stop it.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n  - id: stop\n    title: Stop it\n",
        "---\nkind: reference\n---\n# Restore\n\n1. Stop it.\n2. Start it.\n3. Check it.\n",
    ],
    precision: "Certain where the page is declared a procedure. Where only the detector says so, confidence is medium and the finding is off by default.",
};

impl Rule for UnconvertedProcedure {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let kind = cx.workspace.kind(cx.id);
        if !kind.is_procedure() || cx.page.meta.draft || has_blueprint(cx) {
            return;
        }
        let declared = matches!(kind, Kind::Declared(PageKind::Procedure));
        let place = cx.page.meta.kind.as_ref().map_or_else(|| place::page(cx.page), |k| k.span);
        let expected = cx.page.path().rsplit_once('.').map_or(cx.page.path(), |(stem, _)| stem);
        let mut finding = Finding::new(&META, &cx.page.source, place, format!("procedure \"{}\" has no blueprint", cx.page.title))
            .evidence(format!("no {expected}.blueprint.yaml, and no other blueprint names this page"));
        if !declared {
            finding = finding.confidence(Confidence::Medium);
            for fact in super::facts(cx, 3) {
                finding = finding.evidence(fact);
            }
        }
        out.push(finding.help(next(cx)));
    }
}

/// Drafting is no help where it would find nothing.
fn next(cx: &PageContext<'_>) -> Help {
    if draft::finds_steps(cx.page, cx.workspace.judgement(cx.id)) {
        return Help::Fix(format!("stepwright blueprint draft {}", cx.page.path()));
    }
    Help::Next("drafting finds no steps here: write them as a numbered list, or set `kind: reference` if nobody acts on the page".into())
}

/// A blueprint names the page, stands beside it, or is named by it.
fn has_blueprint(cx: &PageContext<'_>) -> bool {
    let named = |id: &str| {
        let file = format!("{id}{}", crate::blueprint::EXTENSION);
        cx.workspace.corpus.blueprints.iter().any(|b| b.path().rsplit('/').next() == Some(file.as_str()))
    };
    !cx.workspace.blueprints_of(cx.id).is_empty() || cx.page.meta.blueprint.as_ref().is_some_and(|b| named(&b.value))
}

#[cfg(test)]
mod tests {
    use crate::lint::{Help, Request, run};
    use crate::workspace::Workspace;

    fn next(page: &str) -> Vec<Help> {
        let request = Request { only: vec!["unconverted-procedure".to_owned()], ..Request::default() };
        run(&Workspace::from_example(page), &request).remove(0).help
    }

    #[test]
    fn drafting_is_recommended_only_where_it_finds_steps() {
        let steps = next("---\nkind: procedure\n---\n# Restore\n\n1. Stop the service.\n2. Copy the dump.\n3. Start the service.\n");
        assert!(matches!(&steps[..], [Help::Fix(command)] if command.starts_with("stepwright blueprint draft ")), "{steps:?}");
        let none = next("---\nkind: procedure\n---\n# Restore\n\nThe database team knows how this is done. It takes about an hour.\n");
        assert!(matches!(&none[..], [Help::Next(text)] if text.starts_with("drafting finds no steps")), "{none:?}");
    }
}
