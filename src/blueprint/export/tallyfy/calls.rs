//! The calls that build a mapping, one JSON object per line, in order. Ids that only the server knows are `{{names}}`, kept from answers.

use serde_json::{Value, json};

use super::{Names, hidden, mapping, rules};
use crate::blueprint::model::Blueprint;

/// The lines.
pub(in crate::blueprint::export) fn calls(b: &Blueprint, names: &Names<'_>) -> String {
    let all = mapping(b, names, &mut Vec::new());
    let mut lines: Vec<Value> = Vec::new();
    let top = "/organizations/{{org}}/checklists";
    let name = b.starts.as_ref().and_then(|s| s.name.clone());
    let mut body = json!({"title": all["title"], "type": "procedure", "prerun": without(&all["kickoff_form"], &[])});
    if let Some(summary) = all.get("summary") {
        body["summary"] = summary.clone();
    }
    if let Some(name) = name {
        body["default_process_name_format"] = name.into();
    }
    lines.push(
        json!({"call": "POST", "path": top, "body": body, "keep": {"checklist": "data.id", "kickoff_*": "data.prerun[].id by alias"}}),
    );
    let empty = Vec::new();
    let items = |value: &'_ Value| value.as_array().unwrap_or(&empty).clone();
    for step in items(&all["steps"]) {
        let id = step["temp_id"].as_str().unwrap_or_default();
        // Another step may not be there yet; the server orders steps as they come.
        let body = without(&step, &["temp_id", "position", "form_fields", "deadline"]);
        lines.push(json!({"call": "POST", "path": format!("{top}/{{{{checklist}}}}/steps"), "body": body, "keep": {format!("step:{id}"): "data.id"}}));
        for field in items(&step["form_fields"]) {
            let alias = field["alias"].as_str().unwrap_or_default();
            lines.push(json!({"call": "POST", "path": format!("{top}/{{{{checklist}}}}/steps/{{{{step:{id}}}}}/captures"), "body": field, "keep": {format!("field:{alias}"): "data.id"}}));
        }
    }
    for step in items(&all["steps"]).iter().filter(|s| s.get("deadline").is_some()) {
        let id = step["temp_id"].as_str().unwrap_or_default();
        let mut deadline = step["deadline"].clone();
        if deadline["step"] != "start_run" {
            deadline["step"] = format!("{{{{step:{}}}}}", deadline["step"].as_str().unwrap_or_default()).into();
        }
        lines.push(json!({"call": "PUT", "path": format!("{top}/{{{{checklist}}}}/steps/{{{{step:{id}}}}}"), "body": {"title": step["title"], "deadline": deadline}}));
    }
    for automation in items(&all["automations"]) {
        let conditions: Vec<Value> = items(&automation["conditions"]).iter().map(condition).collect();
        let actions: Vec<Value> = items(&automation["then_actions"]).iter().map(action).collect();
        let body = json!({"automated_alias": automation["automated_alias"], "conditions": conditions, "then_actions": actions});
        lines.push(json!({"call": "POST", "path": format!("{top}/{{{{checklist}}}}/automated-actions"), "body": body}));
    }
    for step in hidden(&rules::shown(b).rules) {
        let id = &b.steps[step].id;
        lines.push(json!({"person": format!("open the step \"{}\" and switch on \"Hide by default\"", b.steps[step].title), "step": format!("{{{{step:{id}}}}}")}));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn without(value: &Value, keys: &[&str]) -> Value {
    let mut value = value.clone();
    if let Some(map) = value.as_object_mut() {
        map.retain(|key, _| !keys.contains(&key.as_str()));
    }
    value
}

fn condition(condition: &Value) -> Value {
    let on = condition["on"].as_str().unwrap_or_default();
    let (kind, id) = match (condition["type"].as_str(), on.strip_prefix("kickoff_")) {
        (Some("step"), _) => ("Step", format!("{{{{step:{on}}}}}")),
        (_, Some(_)) => ("Prerun", format!("{{{{{on}}}}}")),
        _ => ("Capture", format!("{{{{field:{on}}}}}")),
    };
    json!({"conditionable_type": kind, "conditionable_id": id, "operation": condition["operation"], "statement": condition["statement"], "logic": condition["logic"]})
}

fn action(action: &Value) -> Value {
    let mut out = without(action, &["target"]);
    out["target_step_id"] = format!("{{{{step:{}}}}}", action["target"].as_str().unwrap_or_default()).into();
    out
}
