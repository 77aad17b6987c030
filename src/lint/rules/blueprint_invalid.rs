//! `blueprint-invalid`: what makes a blueprint unfit to rely on, from the blueprint checks.

use crate::blueprint::check::{Code, Context, Level, Problem, check};
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};
use crate::workspace::Workspace;

pub(super) struct BlueprintInvalid;

pub(super) static META: RuleMeta = RuleMeta {
    name: "blueprint-invalid",
    code: "SW204",
    what: "A blueprint or `roles.yaml` breaks its format, names something that does not exist, or contradicts itself.",
    why: "What cannot be read cannot be checked, shown or run, and a gate that guards a misspelt step guards nothing.",
    how: "Correct the line shown. The format is in the documentation; `stepwright schema blueprint` gives it to your editor.",
    severity: Some(Severity::Error),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "=== content/refund.blueprint.yaml\nblueprint: 1\nid: refund\ntitle: Refund\nsteps:\n  - id: approve\n    title: Approve the refund\n    approval: launcher\n  - id: pay\n    title: Pay the money back\n    owner: launcher\n    after: [aprove]\n",
        "=== content/refund.blueprint.yaml\nblueprint: 1\nid: refund\ntitle: Refund\nsteps:\n  - {id: pay, title: Pay, due: 2 bussines days}\n",
        "=== content/a.md\n# A\n=== roles.yaml\ncfo: {title: Chief financial officer, githb: [\"@acme/cfo\"]}\n",
    ],
    good: &[
        "=== content/refund.blueprint.yaml\nblueprint: 1\nid: refund\ntitle: Refund\nsteps:\n  - {id: approve, title: Approve the refund, approval: launcher}\n  - {id: pay, title: Pay the money back, owner: launcher, due: 2 business days}\n",
    ],
    precision: "Follows from the format; nothing is guessed but secrets, which are told by their form, as `secret-shaped-text` does: medium confidence.",
};

/// Everything the blueprint checks say about one blueprint of a workspace, warnings included. A page that changed without a step of it having moved
/// is no problem.
pub fn problems_of(workspace: &Workspace, index: usize, marks_are_errors: bool) -> Vec<Problem> {
    let mut problems = first_look(workspace, index, marks_are_errors);
    if problems.iter().any(|p| p.code == Code::Drift) && workspace.moved(index).is_some_and(|moved| moved.is_empty()) {
        problems.retain(|p| p.code != Code::Drift);
    }
    problems
}

/// [`problems_of`] where a page that changed in any word counts as moved, which is quick to tell.
pub(in crate::lint) fn first_look(workspace: &Workspace, index: usize, marks_are_errors: bool) -> Vec<Problem> {
    let corpus = &workspace.corpus;
    let exists = |path: &str| corpus.find(path).is_some() || corpus.files.contains(path) || corpus.exists(path);
    let page_hash = |path: &str| corpus.find(path).map(|id| crate::blueprint::page_hash(corpus.page(id)));
    let context = Context {
        today: Some(workspace.now),
        roles: workspace.roles.as_ref().map(|r| &r.file),
        exists: Some(&exists),
        page_hash: Some(&page_hash),
        sign_off: None,
        marks_are_errors,
    };
    check(&workspace.blueprints[index], &context)
}

impl Rule for BlueprintInvalid {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        if let Some(roles) = &workspace.roles {
            for problem in &roles.problems {
                let mut finding = Finding::new(&META, &roles.doc.source, problem.span, problem.message.clone());
                finding.label = problem.suggestion.as_ref().map(|s| format!("did you mean `{s}`?"));
                out.push(finding);
            }
        }
        for (loaded, problems) in workspace.blueprints.iter().zip(run.problems()) {
            for problem in problems.iter().filter(|p| p.level == Level::Error) {
                let mut finding = Finding::new(&META, loaded.source(), problem.span, &problem.message);
                finding.label.clone_from(&problem.label);
                if problem.code == Code::Secret {
                    finding = finding.confidence(Confidence::Medium);
                }
                let next = match problem.code {
                    Code::Secret => "take it out here and on the page, and change it: git keeps the old text",
                    _ => "correct the value; `stepwright schema blueprint` says what each key takes",
                };
                out.push(if finding.label.is_some() { finding } else { finding.help(Help::Next(next.into())) });
            }
        }
    }
}
