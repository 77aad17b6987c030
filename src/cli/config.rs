//! `stepwright config`: the settings that hold, and where each value comes from.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::args::Global;
use super::term::Term;
use super::{Outcome, project};
use crate::config::Project;
use crate::lint::{self, Origin, rules};
use crate::text::yaml;
use crate::workspace::Selection;

/// Arguments of `config`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright config\n  stepwright config --show content/ops/incident.md\n  stepwright config --format json"
)]
pub struct ConfigArgs {
    /// Also the rules that hold for this page or folder, and who says so
    #[arg(long, value_name = "PATH")]
    pub show: Option<PathBuf>,
    /// Form of stdout
    #[arg(long, value_name = "NAME", default_value = "text", hide_default_value = true)]
    pub format: ConfigFormat,
}

/// Forms of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConfigFormat {
    /// YAML, with the origin of each value as a comment
    Text,
    /// One JSON document
    Json,
}

pub(super) fn run(args: &ConfigArgs, global: &Global, term: &Term) -> Outcome {
    let Some((project, _)) = project("config", global, term) else { return Outcome::Failed };
    let path = match &args.show {
        None => None,
        Some(path) => match Selection::new(&project.root, std::slice::from_ref(&global.dir.join(path))) {
            Ok(selection) => selection.first(),
            Err(path) => {
                term.error(
                    &format!("there is no {path} in {}", project.root.display()),
                    &[("next", "name a page or a folder below the settings file")],
                );
                term.say("config: not started, path missing");
                return Outcome::Failed;
            }
        },
    };
    let levels = match path.as_deref().map(|path| lint::levels(&project.settings, path)).transpose() {
        Ok(levels) => levels,
        Err(error) => {
            term.error(&error.to_string(), &[("next", "mend the glob in stepwright.yaml")]);
            term.say("config: not started");
            return Outcome::Failed;
        }
    };
    let settings = serde_json::to_value(&project.settings).unwrap_or_default();
    let lines = Lines::of(&project);
    if args.format == ConfigFormat::Json {
        let mut document = json!({"root": project.root.display().to_string(), "settings": settings, "set": lines.json(&settings)});
        if let (Some(path), Some(levels)) = (&path, &levels) {
            let rules: serde_json::Map<String, Value> = levels
                .iter()
                .map(|(name, level)| ((*name).to_owned(), json!({"level": word(level.severity), "from": level.origin.to_string()})))
                .collect();
            document["path"] = json!(path);
            document["rules"] = Value::Object(rules);
        }
        term.answer(&format!("{document:#}\n"));
        return Outcome::Fine;
    }
    let mut out = String::new();
    lines.yaml(&settings, &mut Vec::new(), &mut out);
    if let (Some(path), Some(levels)) = (&path, &levels) {
        let _ = writeln!(out, "\n# rules at {}", crate::report::text::printable(if path.is_empty() { "." } else { path }));
        for (name, level) in levels {
            let origin = match level.origin {
                Origin::Settings => lines.place(&["rules", name]),
                Origin::Override(n) => lines.place(&["overrides", &n.to_string(), "rules", name]),
                _ => level.origin.to_string(),
            };
            let _ = writeln!(out, "{:<44} # {origin}", format!("{name}: {}", word(level.severity)));
        }
    }
    term.answer(&out);
    let file = project.source.as_ref().map_or_else(|| "no stepwright.yaml, all defaults".to_owned(), |s| format!("from {}", s.path()));
    term.last(&format!("config: {file}; {} rules", rules::all().len()));
    Outcome::Fine
}

fn word(severity: Option<crate::config::Severity>) -> &'static str {
    severity.map_or("off", crate::config::Severity::word)
}

/// Where values stand in the settings file.
struct Lines<'p> {
    project: &'p Project,
    root: Option<yaml::Node>,
}

impl<'p> Lines<'p> {
    fn of(project: &'p Project) -> Self {
        Self { project, root: project.source.as_ref().map(|source| yaml::parse(source).root) }
    }

    /// `stepwright.yaml:12`, or `default`.
    fn place(&self, path: &[&str]) -> String {
        let found = self.root.as_ref().and_then(|root| root.at(path)).zip(self.project.source.as_ref());
        found.map_or_else(|| "default".to_owned(), |(node, source)| format!("{}:{}", source.path(), source.line_of(node.span.start)))
    }

    /// The settings as YAML, each scalar with its origin.
    fn yaml(&self, value: &Value, path: &mut Vec<String>, out: &mut String) {
        let Value::Object(map) = value else { return };
        for (key, value) in map {
            path.push(key.clone());
            let indent = "  ".repeat(path.len() - 1);
            match value {
                Value::Object(inner) if !inner.is_empty() => {
                    let _ = writeln!(out, "{indent}{key}:");
                    self.yaml(value, path, out);
                }
                _ => {
                    let names: Vec<&str> = path.iter().map(String::as_str).collect();
                    let _ = writeln!(out, "{:<44} # {}", format!("{indent}{key}: {}", flow(value)), self.place(&names));
                }
            }
            path.pop();
        }
    }

    /// The lines on which values are set, by key.
    fn json(&self, settings: &Value) -> Value {
        let mut set = serde_json::Map::new();
        let Value::Object(map) = settings else { return Value::Null };
        for key in map.keys() {
            let place = self.place(&[key]);
            if place != "default" {
                set.insert(key.clone(), Value::String(place));
            }
        }
        Value::Object(set)
    }
}

/// A value on one line, as YAML reads it.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if plain(text) => text.clone(),
        other => other.to_string(),
    }
}

/// True for text that needs no quotes.
fn plain(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '.' | ' ');
    let like_another = text.parse::<f64>().is_ok() || matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    text.starts_with(|c: char| c.is_alphabetic()) && text.chars().all(word) && text.trim() == text && !like_another
}
