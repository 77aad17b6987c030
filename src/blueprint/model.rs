//! Blueprint format version 1 as types: what a `<id>.blueprint.yaml` can say, and nothing else.
//!
//! Owns the keys, their order (the order of the fields here is the order in files) and which values are short or long forms.
//! The JSON Schema is derived from these types. Knows nothing of files, spans or checks across steps.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

use super::due::{Due, Escalation, Interval, Repeat, is_id};

/// The role that needs no entry: whoever starts the run.
pub const LAUNCHER: &str = "launcher";

#[allow(clippy::trivially_copy_pass_by_ref)] // serde calls it with a reference
fn is_false(value: &bool) -> bool {
    !*value
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A procedure as data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "stepwright blueprint, version 1", rename = "blueprint")]
pub struct Blueprint {
    /// Format version.
    pub blueprint: Version,
    /// Identity; unique in the repository and equal to the file's name. Never changed.
    #[schemars(with = "Id")]
    pub id: String,
    /// Title.
    #[schemars(length(min = 1, max = 250))]
    pub title: String,
    /// What the procedure achieves, in a sentence or two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2000))]
    pub summary: Option<String>,
    /// What sort of procedure it is; for reports and icons.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: Kind,
    /// Tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Texts")]
    pub tags: Vec<String>,
    /// The page it came from; written by the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Document control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Control>,
    /// What starts a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<Starts>,
    /// Roles used here, by id; `roles.yaml` may supply them for the whole repository.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "ById<Role>")]
    pub roles: BTreeMap<String, Role>,
    /// Asked once, before the first step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub inputs: Vec<Field>,
    /// Groups of steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub phases: Vec<Phase>,
    /// `strict`: a step waits for the one before it. `any`: steps wait only for the phase before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub order: Order,
    /// The steps, in order.
    #[schemars(length(min = 1))]
    pub steps: Vec<Step>,
    /// What happens when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub rules: Vec<Rule>,
    /// Reference pages that stay pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub links: Vec<Link>,
    /// Open questions about the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub review: Vec<Review>,
    /// Step ids never to be used again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Ids")]
    pub retired: Vec<String>,
}

impl Blueprint {
    /// A blueprint with nothing but an id and a title.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), ..Self::default() }
    }

    /// The position of a step.
    pub fn step_index(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|s| s.id == id)
    }

    /// The step with this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|s| s.id == id)
    }

    /// The input with this id.
    pub fn input(&self, id: &str) -> Option<&Field> {
        self.inputs.iter().find(|f| f.id == id)
    }

    /// The phase with this id.
    pub fn phase(&self, id: &str) -> Option<&Phase> {
        self.phases.iter().find(|p| p.id == id)
    }

    /// All review marks, those of the whole first; with the step they belong to.
    pub fn marks(&self) -> impl Iterator<Item = (Option<&Step>, &Review)> {
        let own = self.review.iter().map(|r| (None, r));
        own.chain(self.steps.iter().flat_map(|s| s.review.iter().map(move |r| (Some(s), r))))
    }
}

/// Format version; there is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(1)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            1 => Ok(Self),
            n => Err(serde::de::Error::custom(format!("format version {n} is not known, this program reads 1"))),
        }
    }
}

impl JsonSchema for Version {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"const": 1, "x-expected": "the format version, `1`"})
    }
}

/// Schema of an id. Ids are plain `String`s in the types.
pub struct Id;

impl JsonSchema for Id {
    fn schema_name() -> Cow<'static, str> {
        "id".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", "maxLength": 64,
            "x-expected": "an id such as `open-ticket` (lower-case letters, digits, single hyphens)"
        })
    }
}

/// Schema of a date. Dates are plain `String`s in the types.
pub struct Day;

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "x-expected": "a date written YYYY-MM-DD"})
    }
}

/// Schema of a content hash.
pub struct Hash;

impl JsonSchema for Hash {
    fn schema_name() -> Cow<'static, str> {
        "hash".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^(blake3|sha256):[0-9a-f]{16}$", "x-expected": "a hash such as `blake3:9d5227dd0e3d5f8f`, as the tool writes it"})
    }
}

/// Schemas of inline lists.
macro_rules! list_schemas {
    ($($name:ident, $items:ty, $unique:literal, $about:literal;)*) => {$(
        #[doc = $about]
        pub struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "array", "items": generator.subschema_for::<$items>(), "minItems": 1, "uniqueItems": $unique})
            }
        }
    )*};
}

list_schemas! {
    Ids, Id, true, "Schema of a list of ids.";
    Texts, Text, true, "Schema of a list of texts.";
}

/// Schema of a map from id to `T`.
pub struct ById<T>(std::marker::PhantomData<T>);

impl<T: JsonSchema> JsonSchema for ById<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}-by-id", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "propertyNames": generator.subschema_for::<Id>(), "additionalProperties": generator.subschema_for::<T>()})
    }
}

/// Schema of a text that is not empty.
pub struct Text;

impl JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1})
    }
}

/// One id or a list of them, as `owner:` and `by:` take it.
mod one_or_many {
    use super::{Cow, Deserialize, Deserializer, Id, Ids, JsonSchema, Schema, SchemaGenerator, Serialize, Serializer, json_schema};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        One(String),
        Many(Vec<String>),
    }

    pub(super) fn serialize<S: Serializer>(ids: &[String], serializer: S) -> Result<S::Ok, S::Error> {
        match ids {
            [one] => serializer.serialize_str(one),
            many => many.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        Ok(match Form::deserialize(deserializer)? {
            Form::One(one) => vec![one],
            Form::Many(many) => many,
        })
    }

    /// Its schema.
    pub struct RoleOrRoles;

    impl JsonSchema for RoleOrRoles {
        fn schema_name() -> Cow<'static, str> {
            "role-or-roles".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            json_schema!({"anyOf": [generator.subschema_for::<Id>(), generator.subschema_for::<Ids>()]})
        }
    }
}

pub use one_or_many::RoleOrRoles;

/// Closed lists of words, spelt in kebab-case.
macro_rules! words {
    ($($(#[$outer:meta])* $name:ident, $schema:literal { $($(#[$inner:meta])* $variant:ident = $word:literal),* $(,)? })*) => {$(
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$inner])* #[serde(rename = $word)] $variant),*
        }

        impl $name {
            /// All words, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word as written in files.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $schema.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "enum": [$($word),*]})
            }
        }
    )*};
}

words! {
    /// What sort of procedure a blueprint is.
    Kind, "kind" {
        /// Standard operating procedure.
        #[default] Sop = "sop",
        /// How to do one thing.
        HowTo = "how-to",
        /// For operations, often at night.
        Runbook = "runbook",
        /// Order matters little.
        Checklist = "checklist",
    }
    /// How steps wait for each other.
    Order, "order" {
        /// Each waits for the one before.
        #[default] Strict = "strict",
        /// They wait only for the phase before.
        Any = "any",
    }
    /// State of the document.
    Status, "status" {
        /// Not for use.
        #[default] Draft = "draft",
        /// In a pull request.
        InReview = "in-review",
        /// For use.
        Approved = "approved",
        /// No longer for use.
        Retired = "retired",
    }
    /// What starts a run.
    StartedBy, "started-by" {
        /// Somebody decides to.
        #[default] Person = "person",
        /// A calendar rule.
        Schedule = "schedule",
        /// Something that happened.
        Event = "event",
    }
    /// What a field takes.
    FieldType, "field-type" {
        /// A line.
        #[default] Text = "text",
        /// Several lines.
        LongText = "long-text",
        /// A number.
        Number = "number",
        /// A day.
        Date = "date",
        /// A day and a time.
        Datetime = "datetime",
        /// One of the options.
        Choice = "choice",
        /// Any of the options.
        Choices = "choices",
        /// Yes or no.
        YesNo = "yes-no",
        /// Somebody.
        Person = "person",
        /// An e-mail address.
        Email = "email",
        /// A web address.
        Url = "url",
        /// A file to hand in.
        File = "file",
        /// Rows under named columns.
        Table = "table",
    }
    /// Sort of a note.
    NoteKind, "note-kind" {
        /// Worth knowing.
        #[default] Note = "note",
        /// Makes it easier.
        Tip = "tip",
        /// May go wrong.
        Caution = "caution",
        /// Will do harm if ignored.
        Warning = "warning",
        /// Somebody may get hurt, or data be lost for good.
        Danger = "danger",
    }
    /// How sure the drafting was. High confidence leaves no mark.
    Confidence, "confidence" {
        /// More likely wrong than right.
        #[default] Low = "low",
        /// More likely right than wrong.
        Medium = "medium",
    }
}

/// The page a blueprint came from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "source")]
pub struct Source {
    /// Path of the page from the repository root.
    #[schemars(length(min = 1))]
    pub page: String,
    /// Heading of the section, when the page holds several procedures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub heading: Option<String>,
    /// Hash of the page's text when it was last read, see [`super::text_hash`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Hash")]
    pub hash: Option<String>,
    /// Where the page was imported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Where the page of a blueprint was imported from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "origin")]
pub struct Origin {
    /// The wiki's kind.
    #[schemars(length(min = 1))]
    pub system: String,
    /// Space key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub space: Option<String>,
    /// Page id in the wiki, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub page_id: Option<String>,
    /// Version number in the wiki.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Address in the wiki.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub url: Option<String>,
}

/// Document control, in the sense of ISO 9001 7.5.2 and 7.5.3.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "control")]
pub struct Control {
    /// Document number, unique in the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub number: Option<String>,
    /// The organisation's revision label; git is the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub version: Option<String>,
    /// State; `draft` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Role that answers for the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Id")]
    pub owner: Option<String>,
    /// Roles whose pull-request approval is needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Ids")]
    pub approvers: Vec<String>,
    /// Day it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Day")]
    pub approved: Option<String>,
    /// Day it takes effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Day")]
    pub effective: Option<String>,
    /// Review interval; with `approved` gives the next review when `review-by` is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Interval")]
    pub review_every: Option<Interval>,
    /// Day by which it has to be reviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Day")]
    pub review_by: Option<String>,
    /// Classification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub classification: Option<String>,
    /// Whom or what it applies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub applies_to: Option<String>,
    /// How long filled-in runs are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Interval")]
    pub keep_records: Option<Interval>,
    /// Documents it replaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Texts")]
    pub supersedes: Vec<String>,
    /// Standards it serves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Texts")]
    pub standards: Vec<String>,
    /// State found at import; evidence only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
}

/// Approval state a wiki or an add-on had recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "imported")]
pub struct Imported {
    /// Which system.
    #[schemars(length(min = 1))]
    pub system: String,
    /// The state's name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub state: Option<String>,
    /// Who had approved (roles or groups).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Texts")]
    pub approved_by: Vec<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Day")]
    pub date: Option<String>,
}

/// What starts a run and how the run is named.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "starts")]
pub struct Starts {
    /// A person, a schedule or an event.
    pub by: StartedBy,
    /// RFC 5545 recurrence rule, with `by: schedule`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^FREQ=(HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)(;[A-Z]+=[A-Za-z0-9,+-]+)*$"), extend("x-expected" = "a recurrence rule such as `FREQ=MONTHLY;BYMONTHDAY=1`"))]
    pub rrule: Option<String>,
    /// What happened, with `by: event`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub event: Option<String>,
    /// Name of a run; `{{inputs.x}}` stands for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub name: Option<String>,
    /// IANA time zone for times of day and the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub timezone: Option<String>,
}

/// A role: what somebody is, never who.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "role")]
pub struct Role {
    /// Title.
    #[schemars(length(min = 1))]
    pub title: String,
    /// What the role is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub about: Option<String>,
}

/// A group of steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "phase")]
pub struct Phase {
    /// Identity.
    #[schemars(with = "Id")]
    pub id: String,
    /// Title.
    #[schemars(length(min = 1))]
    pub title: String,
    /// Overrides the blueprint's order inside the phase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
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
    /// Hash of that part's text, see [`super::text_hash`].
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

/// An open question the drafting left for a person. Settled by putting the value right and deleting the mark.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "review")]
pub struct Review {
    /// Id of the reason.
    #[schemars(with = "Id")]
    pub code: String,
    /// Which part of the step, e.g. `owner` or `checklist.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub at: Option<String>,
    /// How sure the drafting was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The words of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub evidence: Option<String>,
    /// For the reviewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub note: Option<String>,
}
