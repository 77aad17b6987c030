//! The values of a step that page and file are compared by.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::blueprint::model::{Blueprint, Step};

/// Values of a step that the page speaks about.
pub(super) const KEYS: [&str; 11] =
    ["title", "owner", "optional", "when", "due", "text", "notes", "checklist", "fields", "approval", "links"];

/// Ids of the page's draft to ids of the file.
pub(super) fn names(file: &Blueprint, draft: &Blueprint, to_draft: &[Option<usize>]) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (i, to) in to_draft.iter().enumerate() {
        if let Some(j) = to {
            out.insert(draft.steps[*j].id.clone(), file.steps[i].id.clone());
        }
    }
    out
}

/// A step as its values, with references in the file's names.
pub(super) fn values(step: &Step, renamed: &BTreeMap<String, String>) -> Map<String, Value> {
    let mut value = serde_json::to_value(step).unwrap_or_default();
    rename(&mut value, renamed);
    let Value::Object(map) = value else { return Map::new() };
    map.into_iter().filter(|(k, _)| KEYS.contains(&k.as_str())).collect()
}

pub(super) fn rename(value: &mut Value, renamed: &BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                if let (true, Value::String(text)) = (matches!(key.as_str(), "due" | "ref"), &mut *inner) {
                    *text = text.split(' ').map(|w| renamed_word(w, renamed)).collect::<Vec<_>>().join(" ");
                } else {
                    rename(inner, renamed);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|i| rename(i, renamed)),
        _ => {}
    }
}

fn renamed_word(word: &str, renamed: &BTreeMap<String, String>) -> String {
    let Some(rest) = word.strip_prefix("steps.") else { return word.to_owned() };
    let (id, field) = rest.split_once('.').map_or((rest, None), |(a, b)| (a, Some(b)));
    let id = renamed.get(id).map_or(id, String::as_str);
    field.map_or_else(|| format!("steps.{id}"), |f| format!("steps.{id}.{f}"))
}

/// All texts in a value.
pub(super) fn texts(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            out.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|i| texts(i, out)),
        Value::Object(map) => map.values().for_each(|v| texts(v, out)),
        _ => {}
    }
}

pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) fn short(text: &str) -> String {
    crate::blueprint::draft::steps::one_line(text)
}

pub(super) fn moved(key: &str, have: Option<&Value>, now: Option<&Value>) -> String {
    let small = |v: Option<&Value>| v.map(plain).filter(|t| t.len() < 60 && !t.contains('\n'));
    match (have, now, small(have), small(now)) {
        (Some(_), Some(_), Some(a), Some(b)) => format!("{key} {a} → {b}"),
        (None, Some(_), _, Some(b)) => format!("{key} {b}, new"),
        (Some(_), None, Some(a), _) => format!("{key} {a}, no longer on the page"),
        (_, None, _, _) => format!("{key}, no longer on the page"),
        _ => format!("{key} reworded"),
    }
}
