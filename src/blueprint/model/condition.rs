//! References, and the tests made of them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

use super::field::Scalar;
use crate::blueprint::due::is_id;

/// What a condition or rule looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ref {
    /// `inputs.FIELD`
    Input(String),
    /// `steps.STEP`: whether the step is done.
    Step(String),
    /// `steps.STEP.FIELD`
    Field {
        /// Step id.
        step: String,
        /// Field id.
        field: String,
    },
    /// `steps.STEP.outcome`: `approved` or `rejected`.
    Outcome(String),
}

impl Ref {
    /// The step it needs, if any.
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::Input(_) => None,
            Self::Step(step) | Self::Field { step, .. } | Self::Outcome(step) => Some(step),
        }
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(field) => write!(f, "inputs.{field}"),
            Self::Step(step) => write!(f, "steps.{step}"),
            Self::Field { step, field } => write!(f, "steps.{step}.{field}"),
            Self::Outcome(step) => write!(f, "steps.{step}.outcome"),
        }
    }
}

/// Words for what a reference looks like.
pub const REF_EXPECTED: &str = "a reference such as `inputs.severity`, `steps.triage.severity` or `steps.sign-off.outcome`";

impl FromStr for Ref {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split('.').collect::<Vec<_>>()[..] {
            ["inputs", field] if is_id(field) => Ok(Self::Input(field.to_owned())),
            ["steps", step] if is_id(step) => Ok(Self::Step(step.to_owned())),
            ["steps", step, "outcome"] if is_id(step) => Ok(Self::Outcome(step.to_owned())),
            ["steps", step, field] if is_id(step) && is_id(field) => Ok(Self::Field { step: step.to_owned(), field: field.to_owned() }),
            _ => Err(format!("`{text}` is not {REF_EXPECTED}")),
        }
    }
}

impl Serialize for Ref {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Ref {
    fn schema_name() -> Cow<'static, str> {
        "ref".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        const ID: &str = "[a-z][a-z0-9]*(-[a-z0-9]+)*";
        json_schema!({"type": "string", "pattern": format!("^(inputs\\.{ID}|steps\\.{ID}(\\.{ID})?)$"), "x-expected": REF_EXPECTED})
    }
}

/// When something holds: one test, or several of which all or any must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// One test.
    One(Test),
    /// All of them.
    All(Vec<Test>),
    /// At least one of them.
    Any(Vec<Test>),
}

impl Condition {
    /// The tests, with the word that joins them (`all` for a single one).
    pub fn tests(&self) -> &[Test] {
        match self {
            Self::One(test) => std::slice::from_ref(test),
            Self::All(tests) | Self::Any(tests) => tests,
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "all-of")]
struct AllOf {
    /// Every one of these.
    #[schemars(length(min = 1))]
    all: Vec<Test>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "any-of")]
struct AnyOf {
    /// At least one of these.
    #[schemars(length(min = 1))]
    any: Vec<Test>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ConditionForm {
    All(AllOf),
    Any(AnyOf),
    One(Test),
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = match self.clone() {
            Self::One(test) => ConditionForm::One(test),
            Self::All(all) => ConditionForm::All(AllOf { all }),
            Self::Any(any) => ConditionForm::Any(AnyOf { any }),
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match ConditionForm::deserialize(deserializer)? {
            ConditionForm::All(AllOf { all }) => Self::All(all),
            ConditionForm::Any(AnyOf { any }) => Self::Any(any),
            ConditionForm::One(test) => Self::One(test),
        })
    }
}

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        "condition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [generator.subschema_for::<Test>(), generator.subschema_for::<AllOf>(), generator.subschema_for::<AnyOf>()],
            "description": "One test, or `all:` or `any:` with a list of tests."})
    }
}

/// One test: a reference and one operator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// What is looked at.
    #[serde(rename = "ref")]
    pub reference: Ref,
    /// How.
    #[serde(flatten)]
    pub operator: Operator,
}

impl Test {
    /// `reference` is `value`.
    pub fn is(reference: Ref, value: Scalar) -> Self {
        Self { reference, operator: Operator::Is(value) }
    }
}

/// How a test compares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// Equal.
    Is(Scalar),
    /// Not equal.
    IsNot(Scalar),
    /// Equal to one of these.
    IsAnyOf(Vec<Scalar>),
    /// Holds this text, or has this option chosen.
    Contains(String),
    /// Does not.
    ContainsNot(String),
    /// Greater.
    MoreThan(Number),
    /// Smaller.
    LessThan(Number),
    /// Nothing was entered (or, with false, something was).
    Empty(bool),
}

impl Operator {
    /// The key in files.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Is(_) => "is",
            Self::IsNot(_) => "is-not",
            Self::IsAnyOf(_) => "is-any-of",
            Self::Contains(_) => "contains",
            Self::ContainsNot(_) => "contains-not",
            Self::MoreThan(_) => "more-than",
            Self::LessThan(_) => "less-than",
            Self::Empty(_) => "empty",
        }
    }
}

impl JsonSchema for Test {
    fn schema_name() -> Cow<'static, str> {
        "test".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let scalar = generator.subschema_for::<Scalar>();
        json_schema!({
            "type": "object", "additionalProperties": false, "required": ["ref"], "minProperties": 2, "maxProperties": 2,
            "description": "A reference and exactly one comparison.",
            "x-expected": "one comparison beside `ref:`, such as `is: SEV1`, `more-than: 100` or `empty: false`",
            "properties": {
                "ref": generator.subschema_for::<Ref>(),
                "is": scalar, "is-not": scalar,
                "is-any-of": {"type": "array", "items": scalar, "minItems": 1},
                "contains": {"type": "string", "minLength": 1},
                "contains-not": {"type": "string", "minLength": 1},
                "more-than": {"type": "number"}, "less-than": {"type": "number"},
                "empty": {"type": "boolean"}
            }
        })
    }
}
