//! `roles.yaml`: who holds which role, and what the role is called in the systems that run processes.
//!
//! The only file with people in it, so that a leaver is a one-line change. Owns the file's form; that every role a blueprint names
//! exists is for `check`.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{ById, Texts};
use super::parse::salvage;
use crate::text::yaml::{self, Document, Problem};
use crate::text::{Source, schema};

/// The whole file: role id to binding.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(title = "stepwright roles", rename = "roles")]
pub struct RolesFile {
    /// Bindings by role id.
    #[schemars(with = "ById<Binding>")]
    pub roles: BTreeMap<String, Binding>,
}

/// One role.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "binding")]
pub struct Binding {
    /// Title, as shown to readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub title: Option<String>,
    /// What the role is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub about: Option<String>,
    /// People who hold it. Never published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Texts")]
    pub people: Vec<String>,
    /// Teams that hold it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Texts")]
    pub teams: Vec<String>,
    /// GitHub users and teams (`@acme/finance`), for CODEOWNERS and assignees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Texts")]
    pub github: Vec<String>,
    /// Groups in a BPMN engine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Texts")]
    pub bpmn: Vec<String>,
    /// Ids in Tallyfy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tallyfy: Option<TallyfyIds>,
}

/// What a role is in Tallyfy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "tallyfy-ids")]
pub struct TallyfyIds {
    /// Member ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<u64>,
    /// Group ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Texts")]
    pub groups: Vec<String>,
    /// Guest addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Texts")]
    pub guests: Vec<String>,
}

/// `roles.yaml` as read.
#[derive(Debug, Clone)]
pub struct LoadedRoles {
    /// What could be understood.
    pub file: RolesFile,
    /// The marked tree.
    pub doc: Document,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// Reads `roles.yaml`. Entries that are wrong are reported and left out.
pub fn load(source: &Arc<Source>) -> LoadedRoles {
    let doc = yaml::parse(source);
    let mut problems = doc.problems.clone();
    let form = super::schema::roles();
    let found = schema::check(&doc.root, form);
    let file = salvage(&doc.root, form, &found).and_then(|node| serde_json::from_value(node.to_json()).ok()).unwrap_or_default();
    problems.extend(found);
    LoadedRoles { file, doc, problems }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_entry_is_reported_and_the_others_count() {
        let source = Source::new(
            "roles.yaml",
            "cfo:\n  title: Chief financial officer\n  peple: [ada]\nBad Id: {title: x}\nlead:\n  teams: [ops]\n",
        );
        let loaded = load(&source);
        let shown: Vec<_> = loaded.problems.iter().map(|p| (p.message.as_str(), p.suggestion.as_deref())).collect();
        assert_eq!(shown[0], ("unknown key `peple`", Some("people")));
        assert!(shown[1].0.starts_with("`Bad Id` is not an id"));
        assert_eq!(loaded.file.roles.keys().collect::<Vec<_>>(), ["cfo", "lead"]);
        assert_eq!(loaded.file.roles["cfo"].title.as_deref(), Some("Chief financial officer"));
    }
}
