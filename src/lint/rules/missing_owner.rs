//! `missing-owner`: a procedure nobody answers for.

use super::place;
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

pub(super) struct MissingOwner;

static META: RuleMeta = RuleMeta {
    name: "missing-owner",
    code: "SW304",
    what: "A procedure has no owner: not in its front matter, not in the settings for its path, not in CODEOWNERS.",
    why: "Nobody is asked to review it and nobody is told when it goes wrong.",
    how: "Set `owner:` to a role id, or give a folder an owner under `defaults:` in stepwright.yaml.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Page,
    fix: FixKind::None,
    on_records: false,
    bad: &["---\nkind: procedure\n---\n# Deploy\n"],
    good: &[
        "---\nkind: procedure\nowner: release-lead\n---\n# Deploy\n",
        "=== stepwright.yaml\ndefaults:\n  - paths: [\"content/ops/**\"]\n    owner: ops-lead\n=== content/ops/a.md\n---\nkind: procedure\n---\n# A\n",
        "=== content/a.md\n---\nkind: procedure\n---\n# A\n=== CODEOWNERS\n/content/ @acme/docs\n",
        "---\nkind: reference\n---\n# Layout\n",
    ],
    precision: "Certain where the page is declared a procedure; where only the detector says so, confidence is medium and the finding is off by default.",
};

impl Rule for MissingOwner {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let kind = cx.workspace.kind(cx.id);
        if !kind.is_procedure() || cx.workspace.owner(cx.id).is_some() {
            return;
        }
        let owners = cx.workspace.code_owners();
        if owners.of(cx.page.path()).is_some() {
            return;
        }
        let folder = cx.page.path().rsplit_once('/').map_or(".", |(folder, _)| folder);
        let in_owners = match owners.path() {
            Some(path) => format!("no line in {path} for it"),
            None => "no CODEOWNERS".to_owned(),
        };
        let declared = matches!(kind, crate::workspace::Kind::Declared(_));
        out.push(
            Finding::new(&META, &cx.page.source, place::page(cx.page), "procedure without an owner")
                .confidence(if declared { Confidence::High } else { Confidence::Medium })
                .evidence(format!("no `owner:` here, no owner for {folder} in stepwright.yaml, {in_owners}"))
                .help(Help::Next("name a role in the front matter, or for the folder under `defaults:` in stepwright.yaml".into()))
                .help(Help::Example("owner: release-lead".into())),
        );
    }
}
