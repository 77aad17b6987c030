//! `kind-mismatch`: a page in a folder for something else.

use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

pub(super) struct KindMismatch;

static META: RuleMeta = RuleMeta {
    name: "kind-mismatch",
    code: "SW602",
    what: "A page declares another kind than the settings give its path.",
    why: "Either the page is in the wrong folder or its kind is wrong; reports count it where nobody looks.",
    how: "Move the page, or correct `kind:`.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: true,
    bad: &[
        "=== stepwright.yaml\ndefaults:\n  - paths: [\"content/ref/**\"]\n    kind: reference\n=== content/ref/a.md\n---\nkind: procedure\n---\n# A\n",
    ],
    good: &[
        "=== stepwright.yaml\ndefaults:\n  - paths: [\"content/ref/**\"]\n    kind: reference\n=== content/ref/a.md\n---\nkind: reference\n---\n# A\n=== content/b.md\n---\nkind: procedure\n---\n# B\n",
    ],
    precision: "Follows from the two declarations.",
};

impl Rule for KindMismatch {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let Some(own) = &cx.page.meta.kind else { return };
        let Some(folder) = cx.workspace.path_kind(cx.page.path()).filter(|k| *k != own.value) else { return };
        out.push(
            Finding::new(&META, &cx.page.source, own.span, format!("kind is {}, the settings say {} for this path", own.value.word(), folder.word()))
                .evidence("`defaults:` in stepwright.yaml")
                .help(Help::Next("move the page, or correct its kind".into())),
        );
    }
}
