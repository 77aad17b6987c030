//! A GitHub issue form: asks once, at the start. Has no order, no owners, no gates; says so in its first lines.

use serde_json::{Value, json};

use super::{Loss, Names, lose};
use crate::blueprint::emit::fragment;
use crate::blueprint::model::{Blueprint, Field, FieldType, Scalar};

pub(super) fn write(b: &Blueprint, names: &Names<'_>, losses: &mut Vec<Loss>) -> String {
    let mut body = vec![json!({"type": "markdown", "attributes": {"value": introduction(b)}})];
    body.extend(b.inputs.iter().map(item));
    let mut groups: Vec<(Option<&str>, Vec<usize>)> = Vec::new();
    for (i, step) in b.steps.iter().enumerate() {
        match groups.last_mut() {
            Some((phase, steps)) if *phase == step.phase.as_deref() => steps.push(i),
            _ => groups.push((step.phase.as_deref(), vec![i])),
        }
    }
    for (n, (phase, steps)) in groups.iter().enumerate() {
        let label = phase.and_then(|p| b.phase(p)).map_or("Steps", |p| p.title.as_str());
        let options: Vec<Value> = steps.iter().map(|i| json!({"label": step_label(b, *i, names)})).collect();
        body.push(json!({"type": "checkboxes", "id": format!("steps-{}", n + 1), "attributes": {"label": label, "options": options}}));
    }
    report(b, losses);
    let mut labels: Vec<String> = b.tags.clone();
    labels.push(format!("blueprint:{}", b.id));
    let form = json!({
        "name": b.title,
        "description": b.summary.clone().unwrap_or_else(|| b.title.clone()),
        "title": run_title(b),
        "labels": labels,
        "body": body,
    });
    fragment(&form, 0) + "\n"
}

/// The fixed beginning of a run's name; the title where the name begins with an answer.
fn run_title(b: &Blueprint) -> String {
    let name = b.starts.as_ref().and_then(|s| s.name.as_deref()).unwrap_or_default();
    let fixed = name.split("{{").next().unwrap_or_default();
    if fixed.trim().is_empty() { format!("{}: ", b.title) } else { fixed.to_owned() }
}

fn introduction(b: &Blueprint) -> String {
    let page = b.source.as_ref().map(|s| format!(" See {}.", s.page)).unwrap_or_default();
    format!("Steps are ticked by hand: nothing here enforces their order or holds them for an approval.{page}")
}

fn step_label(b: &Blueprint, i: usize, names: &Names<'_>) -> String {
    let step = &b.steps[i];
    let mut label = format!("{}. {}", i + 1, step.title.replace('\n', " "));
    if let Some(approval) = &step.approval {
        label.push_str(&format!(" [approval: {}]", names.roles(&approval.by, ", ")));
    } else if !step.owner.is_empty() {
        label.push_str(&format!(" [{}]", names.roles(&step.owner, ", ")));
    }
    if let Some(when) = &step.when {
        label.push_str(&format!(" (only if {})", names.condition(when)));
    }
    if step.optional {
        label.push_str(" (optional)");
    }
    label
}

fn item(field: &Field) -> Value {
    let mut attributes = serde_json::Map::new();
    attributes.insert("label".into(), field.label.clone().into());
    let hint = match field.kind {
        FieldType::Number => field.unit.clone(),
        FieldType::Date => Some("YYYY-MM-DD".to_owned()),
        FieldType::File => Some("Attach the file here.".to_owned()),
        FieldType::Table => Some(format!("One line per row: {}", field.columns.join(" | "))),
        _ => None,
    };
    if let Some(text) = field.help.clone().or(hint) {
        attributes.insert("description".into(), text.into());
    }
    let (kind, options): (&str, Option<Vec<String>>) = match field.kind {
        FieldType::Choice | FieldType::Choices => ("dropdown", Some(field.options.clone())),
        FieldType::YesNo => ("dropdown", Some(vec!["Yes".into(), "No".into()])),
        FieldType::LongText | FieldType::File | FieldType::Table => ("textarea", None),
        _ => ("input", None),
    };
    if let Some(options) = &options {
        attributes.insert("options".into(), json!(options));
        if field.kind == FieldType::Choices {
            attributes.insert("multiple".into(), true.into());
        }
    }
    if let Some(default) = &field.default {
        let word = match default {
            Scalar::Bool(true) => "Yes".to_owned(),
            Scalar::Bool(false) => "No".to_owned(),
            other => other.to_string(),
        };
        match options.and_then(|o| o.iter().position(|x| *x == word)) {
            Some(at) => attributes.insert("default".into(), at.into()),
            None => attributes.insert("value".into(), word.into()),
        };
    }
    json!({"type": kind, "id": field.id, "attributes": attributes, "validations": {"required": field.required}})
}

fn report(b: &Blueprint, losses: &mut Vec<Loss>) {
    lose(losses, None, "order of the steps", "listed in order, not enforced", false);
    for step in &b.steps {
        let id = Some(step.id.as_str());
        if step.approval.is_some() {
            lose(losses, id, "approval holds nothing back", "a box to tick", true);
        }
        if step.when.is_some() {
            lose(losses, id, "condition", "words in the label", true);
        }
        for field in step
            .fields
            .iter()
            .chain(b.inputs.iter().filter(|f| f.kind == FieldType::File && b.steps.first().is_some_and(|s| s.id == step.id)))
        {
            lose(losses, id, format!("field `{}`", field.id), "left out", field.required && field.kind == FieldType::File);
        }
        if step.due.is_some() {
            lose(losses, id, "due rule", "left out", false);
        }
        if !step.checklist.is_empty() {
            lose(losses, id, "checklist", "left out", false);
        }
    }
}
