//! `stepwright schema`: the JSON Schemas editors use, from the types the program reads with.

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::Outcome;
use super::term::Term;
use crate::blueprint::schema;

/// Arguments of `schema`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright schema blueprint > blueprint-1.json\n  stepwright schema settings\n\nIn a YAML file, as its first line:\n  # yaml-language-server: $schema=../schema/blueprint-1.json"
)]
pub struct SchemaArgs {
    /// Of what
    pub name: Name,
}

/// What there is a schema of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// `*.blueprint.yaml`
    Blueprint,
    /// `roles.yaml`
    Roles,
    /// `stepwright.yaml`
    Settings,
    /// The YAML at the head of a page
    FrontMatter,
}

impl Name {
    /// The schema.
    pub fn schema(self) -> Value {
        match self {
            Self::Blueprint => schema::blueprint().clone(),
            Self::Roles => schema::roles().clone(),
            Self::Settings => schema::draft07::<crate::config::Settings>(),
            Self::FrontMatter => schema::draft07::<crate::page::front_matter::FrontMatter>(),
        }
    }
}

pub(super) fn run(args: &SchemaArgs, term: &Term) -> Outcome {
    term.answer(&format!("{:#}\n", args.name.schema()));
    Outcome::Fine
}
