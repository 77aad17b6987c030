//! Where a blueprint came from, and document control.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shapes::{Day, Hash, Id, Ids, Texts};
use super::words::Status;
use crate::blueprint::due::Interval;

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
    /// Hash of the page's text when it was last read, see [`crate::blueprint::text_hash`].
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
