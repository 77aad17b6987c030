//! Hand-over: a blueprint in the form of a system that runs it, or of a sheet of paper.
//!
//! Each target is one file. What a target cannot say is never dropped in silence: it stands in the losses, and those that weaken the
//! process (a gate, a condition, a required file) fail a strict export.

mod blocks;
mod bpmn;
mod codeowners;
mod github_form;
mod how_to;
mod run_sheet;
mod tallyfy;

pub use bpmn::Dialect;

use super::model::{Blueprint, Field};
use super::roles::RolesFile;

/// What a target could not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Step id, or `None` for the whole.
    pub step: Option<String>,
    /// What was lost.
    pub what: String,
    /// What became of it.
    pub became: &'static str,
    /// It weakens the process: a gate, a condition or a required file.
    pub serious: bool,
}

/// Where a blueprint goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Markdown to tick off: an issue body, or paper.
    RunSheet,
    /// BPMN 2.0.
    Bpmn(Dialect),
    /// A GitHub issue form.
    GithubForm,
    /// schema.org HowTo as JSON-LD.
    HowTo,
    /// The draft mapping of Tallyfy.
    Tallyfy,
}

impl Target {
    /// File name ending.
    pub fn ending(self) -> &'static str {
        match self {
            Self::RunSheet => ".run-sheet.md",
            Self::Bpmn(_) => ".bpmn",
            Self::GithubForm => ".issue-form.yml",
            Self::HowTo => ".how-to.jsonld",
            Self::Tallyfy => ".tallyfy.json",
        }
    }
}

/// The text for a target, and what it could not say.
pub fn export(blueprint: &Blueprint, roles: Option<&RolesFile>, target: Target) -> (String, Vec<Loss>) {
    let names = Names { blueprint, roles };
    let mut losses = Vec::new();
    let text = match target {
        Target::RunSheet => run_sheet::write(blueprint, &names, &mut losses),
        Target::Bpmn(dialect) => bpmn::write(blueprint, &names, dialect, &mut losses),
        Target::GithubForm => github_form::write(blueprint, &names, &mut losses),
        Target::HowTo => how_to::write(blueprint, &mut losses),
        Target::Tallyfy => tallyfy::write(blueprint, &names, &mut losses),
    };
    (text, losses)
}

/// The calls that build the Tallyfy mapping, one JSON object per line.
pub fn tallyfy_calls(blueprint: &Blueprint, roles: Option<&RolesFile>) -> String {
    tallyfy::calls(blueprint, &Names { blueprint, roles })
}

/// CODEOWNERS lines for a blueprint and its page. `path` is the blueprint's from the top of the repository, `prefix` the project's folder
/// there (with a slash at the end, or empty).
pub fn codeowners(blueprint: &Blueprint, roles: Option<&RolesFile>, path: &str, prefix: &str) -> (String, Vec<Loss>) {
    let mut losses = Vec::new();
    let lines = codeowners::lines(blueprint, path, prefix, &Names { blueprint, roles }, &mut losses);
    (lines, losses)
}

/// The losses as a table for people, to stand beside the export.
pub fn losses_table(losses: &[Loss]) -> String {
    let mut out = String::from("| step | lost | what became of it |\n|---|---|---|\n");
    for loss in losses {
        let mark = if loss.serious { "**" } else { "" };
        let step = loss.step.as_ref().map_or_else(|| "-".to_owned(), |s| format!("`{s}`"));
        out.push_str(&format!("| {step} | {mark}{}{mark} | {} |\n", loss.what.replace('|', "\\|"), loss.became));
    }
    out
}

fn lose(losses: &mut Vec<Loss>, step: Option<&str>, what: impl Into<String>, became: &'static str, serious: bool) {
    losses.push(Loss { step: step.map(str::to_owned), what: what.into(), became, serious });
}

/// Titles of roles.
struct Names<'a> {
    blueprint: &'a Blueprint,
    roles: Option<&'a RolesFile>,
}

impl Names<'_> {
    fn role(&self, id: &str) -> String {
        let own = self.blueprint.roles.get(id).map(|r| r.title.clone());
        let bound = || self.roles.and_then(|f| f.roles.get(id)).and_then(|b| b.title.clone());
        own.or_else(bound).unwrap_or_else(|| id.replace('-', " "))
    }

    /// What a role is called in a BPMN engine.
    fn groups(&self, id: &str) -> Vec<String> {
        let bound = self.roles.and_then(|f| f.roles.get(id)).map(|b| b.bpmn.clone()).filter(|g| !g.is_empty());
        bound.unwrap_or_else(|| vec![id.to_owned()])
    }

    fn roles(&self, ids: &[String], joint: &str) -> String {
        ids.iter().map(|id| self.role(id)).collect::<Vec<_>>().join(joint)
    }

    /// A condition with the labels people see instead of references.
    fn condition(&self, condition: &super::model::Condition) -> String {
        use super::model::Ref;
        super::diff::condition_words_with(condition, &|reference| match reference {
            Ref::Input(field) => self.blueprint.input(field).map(|f| format!("\"{}\"", f.label)),
            Ref::Field { step, field } => self.blueprint.step(step).and_then(|s| s.field(field)).map(|f| format!("\"{}\"", f.label)),
            Ref::Outcome(step) | Ref::Step(step) => self.blueprint.step(step).map(|s| format!("\"{}\"", s.title)),
        })
    }

    /// A due rule with titles instead of ids.
    fn due(&self, due: &super::due::Due) -> String {
        use super::due::Anchor;
        let title = |id: &str| self.blueprint.step(id).map_or_else(|| id.to_owned(), |s| format!("\"{}\"", s.title));
        let anchor = match &due.anchor {
            Anchor::Available => String::new(),
            Anchor::Start => "the start".to_owned(),
            Anchor::Step(id) => title(id),
            Anchor::Input(id) => self.blueprint.input(id).map_or_else(|| id.clone(), |f| f.label.clone()),
            Anchor::Field { step, field } => {
                let label = self.blueprint.step(step).and_then(|s| s.field(field)).map(|f| f.label.clone());
                label.unwrap_or_else(|| field.clone())
            }
        };
        due.to_string().replacen(&due.anchor.to_string(), &anchor, usize::from(due.anchor != Anchor::Available))
    }
}

/// What a field takes, in brackets.
fn field_hint(field: &Field) -> String {
    let mut parts = Vec::new();
    if !field.options.is_empty() {
        parts.push(field.options.join(" / "));
    } else if !matches!(field.kind, super::model::FieldType::Text | super::model::FieldType::LongText) {
        parts.push(field.kind.to_string());
    }
    parts.extend(field.unit.clone());
    parts.extend(field.required.then(|| "required".to_owned()));
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}
