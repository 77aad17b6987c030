//! schema.org HowTo as JSON-LD: gives every step an address for search and other readers. Says what, not who, when or whether.

use serde_json::{Map, Value, json};

use super::{Loss, lose};
use crate::blueprint::model::{Blueprint, FieldType, NoteKind, Step};

pub(super) fn write(b: &Blueprint, losses: &mut Vec<Loss>) -> String {
    let mut sections: Vec<(Option<&str>, Vec<Value>)> = Vec::new();
    for (i, step) in b.steps.iter().enumerate() {
        let value = one(i, step);
        match sections.last_mut() {
            Some((phase, steps)) if *phase == step.phase.as_deref() => steps.push(value),
            _ => sections.push((step.phase.as_deref(), vec![value])),
        }
    }
    let steps: Vec<Value> = sections
        .into_iter()
        .enumerate()
        .flat_map(|(n, (phase, steps))| match phase.and_then(|p| b.phase(p)) {
            Some(phase) => vec![json!({"@type": "HowToSection", "name": phase.title, "position": n + 1, "itemListElement": steps})],
            None => steps,
        })
        .collect();
    let mut how_to = Map::new();
    how_to.insert("@context".into(), "https://schema.org".into());
    how_to.insert("@type".into(), "HowTo".into());
    how_to.insert("@id".into(), format!("#{}", b.id).into());
    how_to.insert("name".into(), b.title.clone().into());
    if let Some(summary) = &b.summary {
        how_to.insert("description".into(), summary.clone().into());
    }
    if !b.tags.is_empty() {
        how_to.insert("keywords".into(), b.tags.join(", ").into());
    }
    if let Some(control) = &b.control {
        for (key, value) in [("version", &control.version), ("datePublished", &control.approved), ("expires", &control.review_by)] {
            if let Some(value) = value {
                how_to.insert(key.into(), value.clone().into());
            }
        }
    }
    how_to.insert("step".into(), steps.into());
    report(b, losses);
    format!("{:#}\n", Value::Object(how_to))
}

fn one(i: usize, step: &Step) -> Value {
    let mut parts: Vec<Value> = Vec::new();
    if let Some(text) = &step.text {
        parts.push(json!({"@type": "HowToDirection", "text": text}));
    }
    parts.extend(step.checklist.iter().map(|c| json!({"@type": "HowToDirection", "text": c.text})));
    parts.extend(step.notes.iter().filter(|n| n.kind == NoteKind::Tip).map(|n| json!({"@type": "HowToTip", "text": n.text})));
    parts.extend(step.notes.iter().filter(|n| n.kind != NoteKind::Tip).map(|n| json!({"@type": "HowToDirection", "text": n.text})));
    let mut value = json!({"@type": "HowToStep", "@id": format!("#{}", step.id), "name": step.title, "position": i + 1, "url": format!("#{}", step.id)});
    if parts.is_empty() {
        value["text"] = step.title.clone().into();
    } else {
        value["itemListElement"] = parts.into();
    }
    value
}

fn report(b: &Blueprint, losses: &mut Vec<Loss>) {
    for step in &b.steps {
        let id = Some(step.id.as_str());
        for (what, there, serious) in [
            ("approval", step.approval.is_some(), true),
            ("condition", step.when.is_some(), true),
            ("required file", step.fields.iter().any(|f| f.required && f.kind == FieldType::File), true),
            ("owner", !step.owner.is_empty(), false),
            ("due rule", step.due.is_some(), false),
            ("fields", !step.fields.is_empty(), false),
        ] {
            if there {
                lose(losses, id, what, "left out", serious);
            }
        }
    }
}
