//! `suppression-unused`, `suppression-without-reason`, `suppression-invalid`: findings about suppressions. The engine raises them, because
//! only it knows what ran and what was silenced.

use crate::config::Severity;
use crate::lint::suppress::{Suppression, fault};
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Scope};
use jiff::civil::Date;

pub(super) struct SuppressionUnused;
pub(super) struct SuppressionWithoutReason;
pub(super) struct SuppressionInvalid;

pub(in crate::lint) static UNUSED: RuleMeta = RuleMeta {
    name: "suppression-unused",
    code: "SW901",
    what: "A suppression silences nothing.",
    why: "It hides the next finding of that rule, and readers believe there is a problem.",
    how: "Take it out.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Line,
    fix: FixKind::Safe,
    on_records: true,
    bad: &["<!-- sw-ignore numbering-inconsistent: as in the form -->\n\n1. a\n2. b\n"],
    good: &["<!-- sw-ignore numbering-inconsistent: as in the form -->\n\n1. a\n3. b\n"],
    precision: "Only said of rules that ran in full in the same run.",
};

pub(in crate::lint) static WITHOUT_REASON: RuleMeta = RuleMeta {
    name: "suppression-without-reason",
    code: "SW902",
    what: "A suppression does not say why.",
    why: "Nobody can tell whether it still holds. It works all the same.",
    how: "Write the reason after a colon, or under `reason:` in the front matter.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: true,
    bad: &[
        "<!-- sw-ignore numbering-inconsistent -->\n\n1. a\n3. b\n",
        "---\nstepwright:\n  ignore:\n    - rule: numbering-inconsistent\n---\n1. a\n3. b\n",
    ],
    good: &["{/* sw-ignore numbering-inconsistent: as in the form */}\n\n1. a\n3. b\n"],
    precision: "Follows from the comment.",
};

pub(in crate::lint) static INVALID: RuleMeta = RuleMeta {
    name: "suppression-invalid",
    code: "SW903",
    what: "A suppression names a rule that does not exist, has no end, or has run out.",
    why: "It does not do what its author meant.",
    how: "Correct the name, add the end, or take it out.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Clock,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: true,
    bad: &[
        "<!-- sw-ignore numbering-inconsistant: as in the form -->\n\n1. a\n3. b\n",
        "<!-- sw-ignore-start numbering-inconsistent: as in the form -->\n\n1. a\n3. b\n",
        "---\nstepwright:\n  ignore:\n    - {rule: numbering-inconsistent, reason: old, until: 2026-01-01}\n---\n1. a\n3. b\n",
    ],
    good: &[
        "<!-- sw-ignore-start numbering-inconsistent: as in the form -->\n\n1. a\n3. b\n\n<!-- sw-ignore-end numbering-inconsistent -->\n",
        "```\n<!-- sw-ignore nothing: x -->\n```\n",
    ],
    precision: "Follows from the comment and the clock.",
};

impl Rule for SuppressionUnused {
    fn meta(&self) -> &'static RuleMeta {
        &UNUSED
    }
}

impl Rule for SuppressionWithoutReason {
    fn meta(&self) -> &'static RuleMeta {
        &WITHOUT_REASON
    }
}

impl Rule for SuppressionInvalid {
    fn meta(&self) -> &'static RuleMeta {
        &INVALID
    }
}

/// The findings about suppressions. `ran` says whether a rule ran in full, so that unused means unused.
pub(in crate::lint) fn judge(all: &[Suppression], now: Date, ran: &dyn Fn(&str) -> bool, out: &mut Vec<Finding>) {
    let names = super::names();
    for one in all {
        let at = |meta, message: String| Finding::new(meta, &one.source, one.span, message);
        if let Some((message, near)) = fault(one, &names, now) {
            let finding = at(&INVALID, message);
            out.push(match near {
                Some(near) => finding.label(format!("did you mean `{near}`?")),
                None => finding.help(Help::Next("correct it, or take it out".into())),
            });
            continue;
        }
        if one.reason.is_none() {
            let example = format!("<!-- sw-ignore {}: why this is right here -->", one.rule);
            out.push(at(&WITHOUT_REASON, format!("suppression of {} gives no reason", one.rule)).help(Help::Example(example)));
        }
        if !one.used && ran(&one.rule) {
            out.push(at(&UNUSED, format!("suppression of {} silences nothing", one.rule)).help(Help::Next("take it out".into())));
        }
    }
}
