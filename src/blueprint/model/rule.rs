//! Rules, what they do, and messages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::shapes::{Id, RoleOrRoles, one_or_many};
use crate::blueprint::due::Due;

/// A message.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "notify")]
pub struct Notify {
    /// Role, or roles.
    #[serde(with = "one_or_many")]
    #[schemars(with = "RoleOrRoles")]
    pub to: Vec<String>,
    /// Subject.
    #[schemars(length(min = 1))]
    pub subject: String,
    /// Text (Markdown).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub message: Option<String>,
}

/// What happens when a condition comes to hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "rule")]
pub struct Rule {
    /// Identity.
    #[schemars(with = "Id")]
    pub id: String,
    /// When.
    pub when: Condition,
    /// What.
    #[schemars(length(min = 1))]
    pub then: Vec<Action>,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "action")]
pub enum Action {
    /// Gives a step to a role.
    Assign(Assign),
    /// Changes when a step is due.
    SetDue(SetDue),
    /// Opens a step again.
    Reopen(Reopen),
    /// Sends a message.
    Notify(Send),
}

/// Gives a step to a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "assign")]
pub struct Assign {
    /// Role id.
    #[schemars(with = "Id")]
    pub assign: String,
    /// Step id.
    #[schemars(with = "Id")]
    pub step: String,
}

/// Changes when a step is due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "set-due")]
pub struct SetDue {
    /// The new due rule.
    pub set_due: Due,
    /// Step id.
    #[schemars(with = "Id")]
    pub step: String,
}

/// Opens a step again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "reopen")]
pub struct Reopen {
    /// Step id.
    #[schemars(with = "Id")]
    pub reopen: String,
}

/// Sends a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "send")]
pub struct Send {
    /// The message.
    pub notify: Notify,
}
