//! What is asked for: fields and the values they hold.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::is_false;
use super::shapes::{Id, Texts};
use super::words::FieldType;

/// A piece of information that is asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "field")]
pub struct Field {
    /// Identity.
    #[schemars(with = "Id")]
    pub id: String,
    /// What people read.
    #[schemars(length(min = 1))]
    pub label: String,
    /// What it takes.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Must be filled in.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Help text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub help: Option<String>,
    /// Filled in unless changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Scalar>,
    /// What can be chosen, in order (choice, choices).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Texts")]
    pub options: Vec<String>,
    /// Column names (table).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Texts")]
    pub columns: Vec<String>,
    /// File name endings that are taken (file).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Endings")]
    pub accept: Vec<String>,
    /// Path from the repository root of the form to fill in (file).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub template: Option<String>,
    /// Unit (number).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub unit: Option<String>,
    /// Smallest value (number).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    pub min: Option<Number>,
    /// Largest value (number).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    pub max: Option<Number>,
}

/// Schema of a list of file name endings.
pub struct Endings;

impl JsonSchema for Endings {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "endings".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "array", "minItems": 1, "uniqueItems": true,
            "items": {"type": "string", "pattern": "^\\.[a-z0-9]+$", "x-expected": "a file name ending such as `.pdf`"}})
    }
}

/// A text, a number, or true or false.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// True or false; the answer of a yes-no field.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
}

impl JsonSchema for Scalar {
    fn schema_name() -> Cow<'static, str> {
        "scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"], "x-expected": "a text, a number, or true or false"})
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(true) => f.write_str("yes"),
            Self::Bool(false) => f.write_str("no"),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
