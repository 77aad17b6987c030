//! `approval-in-prose`: a sign-off that only the page asks for.

use crate::config::Severity;
use std::sync::LazyLock;

use regex::Regex;

use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

pub(super) struct ApprovalInProse;

static META: RuleMeta = RuleMeta {
    name: "approval-in-prose",
    code: "SW104",
    what: "A step asks for approval or sign-off, and the page's blueprint has no approval.",
    why: "On paper somebody has to agree; in the run nobody is asked.",
    how: "Run `stepwright blueprint sync`, or add `approval:` to the step.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Block,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "=== content/a.md\n---\nkind: procedure\n---\n# Refund\n\n1. Fill in the form.\n2. Ask the finance lead for approval before you release the payment.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: Refund\nsteps:\n  - id: fill\n    title: Fill in the form\n    owner: clerk\n",
    ],
    good: &[
        "=== content/a.md\n---\nkind: procedure\n---\n# Access\n\n1. Send the request, approval takes a day.\n2. See what you get after approval.\n3. The buyer has the power to sign off.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n  - id: ok\n    title: Send it\n    owner: clerk\n",
        "=== content/a.md\n---\nkind: procedure\n---\n# Refund\n\n1. Ask the finance lead for approval.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: Refund\nsteps:\n  - id: ok\n    title: Approve\n    approval:\n      by: [finance-lead]\n",
        "=== content/a.md\n---\nkind: procedure\n---\n# Release\n\n1. Get the pull request approved by a reviewer.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsteps:\n  - id: ok\n    title: Merge\n    owner: dev\n",
    ],
    precision: "Read on drafted blueprints, where only what the draft did not turn into a gate is left. Approvals of pull requests and code, and words that only name an approval, are left out.",
};

impl Rule for ApprovalInProse {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let blueprints = cx.workspace.blueprints_of(cx.id).iter().filter_map(|at| cx.workspace.blueprints[*at].blueprint.as_ref());
        let read = cx.workspace.blueprints_of(cx.id).iter().map(|at| &cx.workspace.blueprints[*at]).find(|b| b.blueprint.is_some());
        for blueprint in blueprints {
            if blueprint.steps.iter().any(|s| s.approval.is_some()) {
                return;
            }
        }
        let Some(file) = read.map(|b| b.source().path()) else { return };
        for run in super::prose::runs(cx) {
            let Some(found) = PHRASE.find_iter(&run.text).find(|m| asks(&run.text, m.range())) else { continue };
            if CODE_REVIEW.is_match(&run.text) {
                continue;
            }
            out.push(
                Finding::new(&META, &cx.page.source, run.at(found.range()), "the page asks for an approval, its blueprint has none")
                    .evidence(format!("phrase \"{}\"", found.as_str().split_whitespace().collect::<Vec<_>>().join(" ")))
                    .help(Help::Fix(format!("stepwright blueprint sync {file}   (or add `approval: ROLE` to the step by hand)"))),
            );
        }
    }
}

/// False where the words name an approval without asking for one: "the request, approval follows", "what they get after approval", "who has the
/// power to sign off".
fn asks(text: &str, at: std::ops::Range<usize>) -> bool {
    let found = text[at.clone()].to_lowercase();
    let before = text[..at.start].to_lowercase();
    let noun = found.starts_with("request") && found.contains(',');
    let given = GIVEN.is_match(&found);
    let may = found.starts_with("sign") && before.ends_with("to ") && !["has to ", "have to ", "needs to ", "need to ", "asked to "].iter().any(|w| before.ends_with(w));
    !(noun || given || may)
}

static GIVEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:after|upon|once|without|following|pending)\s+(?:\w+\s+){0,2}(?:approval|sign-?off|sign off|authori[sz]ation|consent)$").expect("a fixed pattern")
});

static PHRASE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:(?:ask|get|obtain|request|seek|wait for|await|needs?|requires?|require)\b[^.;\n]{0,60}?\b(?:approval|sign-?off|sign off|authori[sz]ation|consent)|must (?:be )?(?:approved?|sign(?:ed)? off|authori[sz]ed?)|(?:is|are|has to be|have to be|needs to be) (?:approved|signed off|authori[sz]ed) by|signs? off)\b",
    )
    .expect("a fixed pattern")
});

static CODE_REVIEW: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:pull requests?|merge requests?|PRs?|MRs?|code review|reviewers?|LGTM|commit|patch)\b").expect("a fixed pattern"));
