//! Blueprint format version 1 as types: what a `<id>.blueprint.yaml` can say, and nothing else.
//!
//! Owns the keys, their order (the order of the fields here is the order in files) and which values are short or long forms.
//! The JSON Schema is derived from these types. Knows nothing of files, spans or checks across steps.
//!
//! One file for each thing a blueprint holds; this one has the blueprint itself and what stands at its top.

mod approval;
mod condition;
mod document;
mod field;
mod rule;
mod shapes;
mod step;
mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use approval::{Approval, Blocks, Need, OnReject};
pub use condition::{Condition, Operator, REF_EXPECTED, Ref, Test};
pub use document::{Control, Imported, Origin, Source};
pub use field::{Endings, Field, Scalar};
pub use rule::{Action, Assign, Notify, Reopen, Rule, Send, SetDue};
pub use shapes::{ById, Day, Hash, Id, Ids, RoleOrRoles, Text, Texts};
pub use step::{Check, Link, Note, PageLink, Step, StepSource, UrlLink};
pub use words::{Confidence, FieldType, Kind, NoteKind, Order, StartedBy, Status};

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

impl Review {
    /// What the mark asks of a person; `None` for a code that is none of ours.
    pub fn question(&self) -> Option<&'static str> {
        QUESTIONS.iter().find(|(code, _)| *code == self.code).map(|(_, question)| *question)
    }
}

/// The codes of marks and what they ask. `content/guide/drafting.md` shows the same table.
const QUESTIONS: [(&str, &str); 14] = [
    ("step-guessed", "is this something to do at all?"),
    ("picture-step", "what does the picture show?"),
    ("owner-inherited", "does the role named over the steps do them?"),
    ("owner-vague", "which role is meant?"),
    ("condition-needs-field", "where is this question answered?"),
    ("condition-in-checklist", "should this part be a step of its own?"),
    ("due-vague", "by when?"),
    ("due-anchor-guessed", "from when does the time count?"),
    ("review-or-approval", "does the rest wait for it?"),
    ("approver-missing", "who decides?"),
    ("phases-guessed", "are these stages of one procedure?"),
    ("variant", "which way is meant?"),
    ("both-changed", "whose value holds, the page's or the blueprint's?"),
    ("step-gone", "is the step still done?"),
];
