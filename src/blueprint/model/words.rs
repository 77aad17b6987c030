//! Closed lists of words: kinds, states, types of fields.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

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
