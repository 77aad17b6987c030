//! `procedure-shaped`: a page people act on that nobody has declared to be a procedure.

use super::place;
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::page::front_matter::PageKind;
use crate::workspace::Kind;

pub(super) struct ProcedureShaped;

static META: RuleMeta = RuleMeta {
    name: "procedure-shaped",
    code: "SW101",
    what: "A page reads like a procedure and nothing says so.",
    why: "Review dates, owners and blueprints are asked of procedures only. A page nobody has declared is followed and looked after by nobody.",
    how: "Set `kind: procedure` in its front matter, or `kind: reference` if it is not one; `stepwright triage --apply` does it for all sure pages.",
    severity: Some(Severity::Info),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Page,
    fix: FixKind::Unsafe,
    on_records: false,
    bad: &["# Restore the database\n\n## Procedure\n\n1. Stop the service.\n2. Copy the dump to the server.\n3. Run the restore script.\n4. Start the service.\n5. Check the log for errors.\n6. Tell the team that it is done.\n"],
    good: &[
        "---\nkind: procedure\n---\n# Restore the database\n\n1. Stop the service.\n2. Copy the dump.\n3. Start the service.\n4. Check it.\n",
        "# Database layout\n\nThe primary holds three schemas. Each of them is owned by one team, and the replica follows within seconds.\n",
    ],
    precision: "That of the detector above its threshold for a verdict. A page of more than 2,000 words is more often a guide with procedures in it: medium confidence, off by default.",
};

impl Rule for ProcedureShaped {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        if cx.workspace.kind(cx.id) != Kind::Detected(PageKind::Procedure) {
            return;
        }
        let judgement = cx.workspace.judgement(cx.id);
        let message = format!("this page reads like a procedure (probability {:.2}), its front matter does not say so", judgement.probability);
        let mut finding = Finding::new(&META, &cx.page.source, place::page(cx.page), message);
        if let Some(words) = too_long(cx) {
            finding = finding.confidence(Confidence::Medium).evidence(format!("{} words: such a page often holds procedures instead of being one", crate::text::thousands(words)));
        }
        for fact in super::facts(cx, 4) {
            finding = finding.evidence(fact);
        }
        let (span, text) = place::new_key(cx.page, "kind: procedure");
        out.push(
            finding.edit(span, text).help(Help::Next("write `kind: procedure` into its front matter, or `kind: reference` if nobody acts on it; stepwright triage does it for many pages".into())),
        );
    }
}

/// Words of a page that may be one procedure. Of findings read on pages of up to 2,000 words nine in ten were right, of those on longer ones seven.
const LONGEST: usize = 2_000;

/// The words of a page that is too long for the detector's word to be taken.
pub(super) fn too_long(cx: &PageContext<'_>) -> Option<usize> {
    let words = cx.page.source.text()[cx.page.body.start as usize..].split_whitespace().count();
    (words > LONGEST).then_some(words)
}
