//! Drafts as the JSON scripts rely on: per page a list of procedures with flat steps.

use serde_json::{Map, Value, json};

use super::steps::{Draft, Step};

/// One procedure.
pub fn of_draft(draft: &Draft, page: &str) -> Value {
    json!({
        "blueprint": 1,
        "id": draft.id,
        "title": draft.title,
        "source": {"page": page, "heading": draft.heading},
        "phases": draft.phases.iter().map(|p| &p.title).collect::<Vec<_>>(),
        "variant": draft.variant,
        "order": if draft.any_order { "any" } else { "strict" },
        "inputs": draft.inputs.iter().map(|f| json!({"id": crate::page::slug::ascii(&f.label), "label": f.label, "type": f.kind})).collect::<Vec<_>>(),
        "steps": draft.steps.iter().map(|s| step(s, "step")).collect::<Vec<_>>(),
    })
}

fn step(step: &Step, level: &str) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        if !(value.is_null() || value == json!([]) || value == json!(false)) {
            out.insert(key.to_owned(), value);
        }
    };
    put("id", json!(step.id));
    put("title", json!(step.title));
    put("line", json!(step.line));
    put("level", json!(level));
    put("owner", json!(step.owner.as_ref().map(|o| &o.name)));
    put(
        "approval",
        step.approval.as_ref().map_or(Value::Null, |g| match g.by.as_slice() {
            [] => json!({"by": Value::Null}),
            [one] => json!({"by": one}),
            many => json!({"by": many}),
        }),
    );
    put("due", json!(step.due.as_ref().map(super::steps::Due::words)));
    put("when", json!(step.when));
    put("optional", json!(step.optional));
    put("fields", json!(step.fields.iter().map(|f| json!({"label": f.label, "type": f.kind})).collect::<Vec<_>>()));
    put("review", json!(step.marks.iter().map(|m| json!({"code": m.code, "at": m.at, "evidence": m.evidence})).collect::<Vec<_>>()));
    put("checklist", Value::Array(step.checklist.iter().map(|s| self::step(s, "substep")).collect()));
    Value::Object(out)
}
