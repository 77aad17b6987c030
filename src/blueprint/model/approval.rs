//! Approvals: who decides, what waits, what a refusal does.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::is_default;
use super::shapes::{Id, Ids, RoleOrRoles, one_or_many};
use crate::blueprint::due::Escalation;

/// Somebody decides, and what it blocks waits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "ApprovalForm", into = "ApprovalForm")]
pub struct Approval {
    /// Roles that can give it; at least one.
    pub by: Vec<String>,
    /// How many of them.
    pub need: Need,
    /// What waits.
    pub blocks: Blocks,
    /// What a refusal does.
    pub on_reject: OnReject,
    /// Steps whose doer may not give it (separation of duties).
    pub not_same_as: Vec<String>,
    /// Who is asked next.
    pub escalate: Option<Escalation>,
}

impl Approval {
    /// An approval by one role with everything else as usual.
    pub fn by(role: impl Into<String>) -> Self {
        Self { by: vec![role.into()], ..Self::default() }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ApprovalForm {
    Role(String),
    Map(ApprovalMap),
}

/// The long form of an approval.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "approval-map")]
struct ApprovalMap {
    /// Role, or roles.
    #[serde(with = "one_or_many")]
    #[schemars(with = "RoleOrRoles")]
    by: Vec<String>,
    /// Any one role (default), all roles, or a number of people.
    #[serde(default, skip_serializing_if = "is_default")]
    need: Need,
    /// What waits: the rest of the steps (default), or these.
    #[serde(default, skip_serializing_if = "is_default")]
    blocks: Blocks,
    /// What a refusal does: stop the run (default), or go back to a step.
    #[serde(default, skip_serializing_if = "is_default")]
    on_reject: OnReject,
    /// Steps whose doer may not approve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Ids")]
    not_same_as: Vec<String>,
    /// Who is asked next, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    escalate: Option<Escalation>,
}

impl From<ApprovalForm> for Approval {
    fn from(form: ApprovalForm) -> Self {
        match form {
            ApprovalForm::Role(role) => Self::by(role),
            ApprovalForm::Map(ApprovalMap { by, need, blocks, on_reject, not_same_as, escalate }) => {
                Self { by, need, blocks, on_reject, not_same_as, escalate }
            }
        }
    }
}

impl From<Approval> for ApprovalForm {
    fn from(approval: Approval) -> Self {
        if let [role] = &approval.by[..]
            && approval == Approval::by(role)
        {
            return Self::Role(role.clone());
        }
        let Approval { by, need, blocks, on_reject, not_same_as, escalate } = approval;
        Self::Map(ApprovalMap { by, need, blocks, on_reject, not_same_as, escalate })
    }
}

impl JsonSchema for Approval {
    fn schema_name() -> Cow<'static, str> {
        "approval".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [generator.subschema_for::<Id>(), generator.subschema_for::<ApprovalMap>()],
            "description": "The role that approves, or a map with `by:` and more."})
    }
}

/// How many approvals are needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Need {
    /// One holder of any of the roles.
    #[default]
    Any,
    /// One holder of each role.
    All,
    /// That many people.
    Count(u32),
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::All => f.write_str("all"),
            Self::Count(n) => n.fmt(f),
        }
    }
}

impl Serialize for Need {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(n) => serializer.serialize_u32(*n),
            word => serializer.collect_str(word),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NeedForm {
    Count(u32),
    Word(String),
}

impl<'de> Deserialize<'de> for Need {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match NeedForm::deserialize(deserializer)? {
            NeedForm::Count(n) if n > 0 => Ok(Self::Count(n)),
            NeedForm::Word(word) if word == "any" => Ok(Self::Any),
            NeedForm::Word(word) if word == "all" => Ok(Self::All),
            _ => Err(serde::de::Error::custom("not `any`, `all` or a whole number")),
        }
    }
}

impl JsonSchema for Need {
    fn schema_name() -> Cow<'static, str> {
        "need".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "string", "enum": ["any", "all"]}, {"type": "integer", "minimum": 1}], "x-expected": "`any`, `all` or a whole number"})
    }
}

/// What an approval holds back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Blocks {
    /// Every later step in the file.
    #[default]
    Rest,
    /// These steps.
    Steps(Vec<String>),
}

impl Serialize for Blocks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Rest => serializer.serialize_str("rest"),
            Self::Steps(steps) => steps.serialize(serializer),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum BlocksForm {
    Word(String),
    Steps(Vec<String>),
}

impl<'de> Deserialize<'de> for Blocks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match BlocksForm::deserialize(deserializer)? {
            BlocksForm::Word(word) if word == "rest" => Ok(Self::Rest),
            BlocksForm::Word(_) => Err(serde::de::Error::custom("not `rest` or a list of step ids")),
            BlocksForm::Steps(steps) => Ok(Self::Steps(steps)),
        }
    }
}

impl JsonSchema for Blocks {
    fn schema_name() -> Cow<'static, str> {
        "blocks".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"const": "rest", "x-expected": "`rest` or a list of step ids"}, generator.subschema_for::<Ids>()]})
    }
}

/// What a refused approval does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum OnReject {
    /// Ends the run.
    #[default]
    Stop,
    /// Opens that step and every one between again, then asks again.
    BackTo(String),
}

impl Serialize for OnReject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Stop => serializer.serialize_str("stop"),
            Self::BackTo(step) => BackTo { back_to: step.clone() }.serialize(serializer),
        }
    }
}

/// Where a refused approval goes back to.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "back-to")]
struct BackTo {
    /// Step id.
    #[schemars(with = "Id")]
    back_to: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OnRejectForm {
    Word(String),
    Map(BackTo),
}

impl<'de> Deserialize<'de> for OnReject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match OnRejectForm::deserialize(deserializer)? {
            OnRejectForm::Word(word) if word == "stop" => Ok(Self::Stop),
            OnRejectForm::Word(_) => Err(serde::de::Error::custom("not `stop` or `{back-to: STEP}`")),
            OnRejectForm::Map(map) => Ok(Self::BackTo(map.back_to)),
        }
    }
}

impl JsonSchema for OnReject {
    fn schema_name() -> Cow<'static, str> {
        "on-reject".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "string", "enum": ["stop"], "x-expected": "`stop` or `{back-to: STEP}`"}, generator.subschema_for::<BackTo>()]})
    }
}
