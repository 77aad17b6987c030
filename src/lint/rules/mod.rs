//! The rules, one file each. Adding one: write the file, add its line below; the tests at the end hold every rule to its examples.

use super::Rule;

mod attachment;
mod blueprints;
mod place;
mod prose;
mod suppressions;
mod wiki;

pub(super) use blueprint_invalid::first_look;
pub use blueprint_invalid::problems_of as blueprint_problems;
pub(super) use suppressions::judge as judge_suppressions;

/// The rule all blueprint problems are shown under.
pub fn blueprint_meta() -> &'static super::RuleMeta {
    &blueprint_invalid::META
}

/// Declares the rule modules and the static table from one list, so that forgetting one half is impossible.
macro_rules! rules {
    ($($module:ident :: $rule:ident,)*) => {
        $(mod $module;)*
        static RULES: &[&dyn Rule] = &[
            $(&$module::$rule,)*
            &suppressions::SuppressionUnused,
            &suppressions::SuppressionWithoutReason,
            &suppressions::SuppressionInvalid,
        ];
    };
}

rules! {
    procedure_shaped::ProcedureShaped,
    unconverted_procedure::UnconvertedProcedure,
    mixed_page::MixedPage,
    approval_in_prose::ApprovalInProse,
    step_without_owner::StepWithoutOwner,
    deadline_in_prose::DeadlineInProse,
    numbering_inconsistent::NumberingInconsistent,
    numbering_restarts::NumberingRestarts,
    steps_too_deep::StepsTooDeep,
    hierarchy_implies_order::HierarchyImpliesOrder,
    checklist_as_record::ChecklistAsRecord,
    blueprint_drift::BlueprintDrift,
    blueprint_orphan::BlueprintOrphan,
    blueprint_invalid::BlueprintInvalid,
    blueprint_self_approval::BlueprintSelfApproval,
    blueprint_unreviewed::BlueprintUnreviewed,
    stale_by_review::StaleByReview,
    stale_by_edit::StaleByEdit,
    stale_section::StaleSection,
    freshness_unknown::FreshnessUnknown,
    missing_owner::MissingOwner,
    missing_review_interval::MissingReviewInterval,
    review_date_invalid::ReviewDateInvalid,
    expired_marker::ExpiredMarker,
    untranslated_macro::UntranslatedMacro,
    confluence_artefact::ConfluenceArtefact,
    link_to_imported_confluence_page::LinkToImportedConfluencePage,
    link_to_confluence::LinkToConfluence,
    attachment_missing::AttachmentMissing,
    attachment_unreferenced::AttachmentUnreferenced,
    broken_link::BrokenLink,
    broken_anchor::BrokenAnchor,
    broken_directive::BrokenDirective,
    duplicate_slug::DuplicateSlug,
    duplicate_title::DuplicateTitle,
    image_without_alt::ImageWithoutAlt,
    stub_page::StubPage,
    path_not_portable::PathNotPortable,
    front_matter_invalid::FrontMatterInvalid,
    kind_mismatch::KindMismatch,
    placeholder_text::PlaceholderText,
    secret_shaped_text::SecretShapedText,
    yaml_ambiguous::YamlAmbiguous,
}

/// The detector's strongest reasons for a page, each with its line.
fn facts(cx: &super::PageContext<'_>, most: usize) -> Vec<String> {
    let evidence = &cx.workspace.judgement(cx.id).evidence;
    evidence.iter().take(most).map(|e| format!("line {}: {}", cx.page.source.line_of(e.span.start), e.text)).collect()
}

/// Every rule, in catalogue order.
pub fn all() -> &'static [&'static dyn Rule] {
    RULES
}

/// Every rule's name, for settings and suggestions.
pub fn names() -> Vec<&'static str> {
    RULES.iter().map(|r| r.meta().name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Request, run};
    use crate::workspace::Workspace;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_is_documented_and_named_once() {
        let mut names = BTreeSet::new();
        for rule in all() {
            let meta = rule.meta();
            assert!(names.insert(meta.name) && names.insert(meta.code), "{} used twice", meta.name);
            for (part, text) in [("what", meta.what), ("why", meta.why), ("how", meta.how), ("precision", meta.precision)] {
                assert!(!text.is_empty(), "{}: {part} is empty", meta.name);
            }
            assert!(!meta.bad.is_empty() && !meta.good.is_empty(), "{} needs examples", meta.name);
        }
    }

    #[test]
    fn examples_do_what_they_say() {
        let mut wrong = Vec::new();
        for rule in all() {
            let meta = rule.meta();
            let request = Request { only: vec![meta.name.to_owned()], ..Request::default() };
            for bad in meta.bad {
                let found = run(&Workspace::from_example(bad), &request);
                if found.is_empty() {
                    wrong.push(format!("{} is silent on\n{bad}", meta.name));
                }
                for finding in found {
                    // Whoever reads it must be able to act: a reason, and what to do.
                    let facts = finding.evidence.len() + usize::from(finding.label.is_some());
                    if facts + finding.help.len() == 0 {
                        wrong.push(format!("{} says neither why nor what to do: {}", meta.name, finding.message));
                    }
                }
            }
            for good in meta.good {
                if let Some(found) = run(&Workspace::from_example(good), &request).first() {
                    wrong.push(format!("{} fires on\n{good}\n{}", meta.name, found.message));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n---\n"));
    }
}
