//! A step and what it holds: checklist, notes, links.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::approval::Approval;
use super::condition::Condition;
use super::field::Field;
use super::rule::Notify;
use super::shapes::{Hash, Id, Ids, RoleOrRoles, Text, one_or_many};
use super::words::NoteKind;
use super::{Review, is_false};
use crate::blueprint::due::{Due, Repeat};

/// One thing somebody does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "step")]
pub struct Step {
    /// Identity; never changed, never used again.
    #[schemars(with = "Id")]
    pub id: String,
    /// What to do, as an imperative sentence.
    #[schemars(length(min = 1, max = 250))]
    pub title: String,
    /// Earlier ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Ids")]
    pub formerly: Vec<String>,
    /// Phase it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Id")]
    pub phase: Option<String>,
    /// Role that does it; with a list, any one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "one_or_many")]
    #[schemars(with = "RoleOrRoles")]
    pub owner: Vec<String>,
    /// Every owner has to finish it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub everyone: bool,
    /// May be skipped.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    /// Steps it waits for, instead of what `order` says; `[]` = none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Id>")]
    pub after: Option<Vec<String>>,
    /// The step exists only if this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// Again and again until another step is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// How to do it (Markdown).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub text: Option<String>,
    /// Notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub notes: Vec<Note>,
    /// Parts to tick off; all of them unless optional.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub checklist: Vec<Check>,
    /// What is recorded or handed in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub fields: Vec<Field>,
    /// Makes the step an approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Message sent when the step is finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
    /// What is true when it is done (Markdown).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub result: Option<String>,
    /// Links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub links: Vec<Link>,
    /// The part of the page it came from; written by the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<StepSource>,
    /// Open questions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub review: Vec<Review>,
}

impl Step {
    /// A step with nothing but an id and a title.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), ..Self::default() }
    }

    /// The field with this id.
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.id == id)
    }
}

/// The part of the page a step came from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "step-source")]
pub struct StepSource {
    /// Nearest heading; several joined with ` > `.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub heading: Option<String>,
    /// Place in the numbered list, e.g. `2.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)*$"), extend("x-expected" = "a place in the list such as \"2\" or \"2.1\""))]
    pub item: Option<String>,
    /// Hash of that part's text, see [`crate::blueprint::text_hash`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Hash")]
    pub hash: Option<String>,
}

/// Part of a step, to tick off.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "CheckForm", into = "CheckForm")]
pub struct Check {
    /// Identity, if something refers to it.
    pub id: Option<String>,
    /// What to do.
    pub text: String,
    /// Role that does it, if not the step's owner.
    pub owner: Option<String>,
    /// May be left.
    pub optional: bool,
}

impl Check {
    /// A plain part.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum CheckForm {
    Text(#[schemars(with = "Text")] String),
    Map(CheckMap),
}

/// The long form of a checklist entry.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "check-map")]
struct CheckMap {
    /// Identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Id")]
    id: Option<String>,
    /// What to do.
    #[schemars(length(min = 1))]
    text: String,
    /// Role that does it, if not the step's owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Id")]
    owner: Option<String>,
    /// May be left.
    #[serde(default, skip_serializing_if = "is_false")]
    optional: bool,
}

impl From<CheckForm> for Check {
    fn from(form: CheckForm) -> Self {
        match form {
            CheckForm::Text(text) => Self::new(text),
            CheckForm::Map(CheckMap { id, text, owner, optional }) => Self { id, text, owner, optional },
        }
    }
}

impl From<Check> for CheckForm {
    fn from(check: Check) -> Self {
        let Check { id, text, owner, optional } = check;
        if id.is_none() && owner.is_none() && !optional { Self::Text(text) } else { Self::Map(CheckMap { id, text, owner, optional }) }
    }
}

impl JsonSchema for Check {
    fn schema_name() -> Cow<'static, str> {
        "check".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [generator.subschema_for::<Text>(), generator.subschema_for::<CheckMap>()],
            "description": "Text, or a map when it has an id, an owner of its own, or is optional."})
    }
}

/// A link to a page of the repository or to the web.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "link")]
pub enum Link {
    /// A page of this repository.
    Page(PageLink),
    /// An address.
    Url(UrlLink),
}

/// A link to a page of the repository.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "page-link")]
pub struct PageLink {
    /// Path from the repository root, with an anchor if wanted.
    #[schemars(length(min = 1))]
    pub page: String,
    /// Words to show; the page's title otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub title: Option<String>,
}

/// A link to the web.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "url-link")]
pub struct UrlLink {
    /// Address.
    #[schemars(regex(pattern = r"^(https?://|mailto:)"), extend("x-expected" = "an address that begins with `https://`, `http://` or `mailto:`"))]
    pub url: String,
    /// Words to show.
    #[schemars(length(min = 1))]
    pub title: String,
}

impl Link {
    /// The page path or address.
    pub fn target(&self) -> &str {
        match self {
            Self::Page(link) => &link.page,
            Self::Url(link) => &link.url,
        }
    }

    /// The words to show; the target where there are none.
    pub fn label(&self) -> &str {
        match self {
            Self::Page(link) => link.title.as_deref().unwrap_or(&link.page),
            Self::Url(link) => &link.title,
        }
    }
}

/// A note shown with a step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "note")]
pub struct Note {
    /// Sort; warnings and dangers are shown before the action.
    pub kind: NoteKind,
    /// Text (Markdown).
    #[schemars(length(min = 1))]
    pub text: String,
}
