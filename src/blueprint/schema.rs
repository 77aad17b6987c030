//! The JSON Schemas of blueprints and roles, from the same types as the parser.
//!
//! Draft-07, the dialect yaml-language-server supports best. Rules between keys (`options` only on a choice) are added here as
//! `if`/`then` for editors; our own checks say them in words instead. Patterns avoid look-ahead.

use std::sync::LazyLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::model::Blueprint;
use super::roles::RolesFile;

/// The schema of `*.blueprint.yaml`.
pub fn blueprint() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
        let mut schema = draft07::<Blueprint>();
        add_dependencies(&mut schema);
        schema
    });
    &SCHEMA
}

/// The schema of `roles.yaml`.
pub fn roles() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(draft07::<RolesFile>);
    &SCHEMA
}

/// The draft-07 schema of a type of ours: absent keys are absent, never `null`.
pub fn draft07<T: JsonSchema>() -> Value {
    let mut schema: Value = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>().into();
    tidy(&mut schema);
    schema
}

/// Removes what `Option` and `Default` leave behind (`null` alternatives, defaults, integer formats) and unwraps single alternatives. Where
/// a pattern has words, editors get them instead of the pattern (`patternErrorMessage` of yaml-language-server and VS Code).
fn tidy(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    map.remove("default");
    map.remove("format");
    if let (true, Some(Value::String(words))) = (map.contains_key("pattern"), map.get("x-expected")) {
        let message = format!("This has to be {words}.");
        map.insert("patternErrorMessage".to_owned(), Value::String(message));
    }
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|t| t != "null");
        if let [one] = &types[..] {
            map["type"] = one.clone();
        }
    }
    if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
        branches.retain(|b| b.get("type") != Some(&json!("null")));
        // Draft-07 ignores keywords beside `$ref`, so one with a description keeps a wrapper.
        if let [one] = &branches[..] {
            let one = one.clone();
            map.shift_remove("anyOf");
            map.insert("allOf".to_owned(), Value::Array(vec![one]));
        }
    }
    for (key, value) in map.iter_mut() {
        match (key.as_str(), value) {
            ("properties" | "definitions", Value::Object(named)) => named.values_mut().for_each(tidy),
            ("anyOf" | "allOf" | "oneOf", Value::Array(branches)) => branches.iter_mut().for_each(tidy),
            ("items" | "additionalProperties" | "propertyNames", inner) => tidy(inner),
            _ => {}
        }
    }
}

/// What may stand beside what.
fn add_dependencies(schema: &mut Value) {
    let definitions = &mut schema["definitions"];
    let absent = |key: &str| json!({"not": {"required": [key]}});
    definitions["field"]["allOf"] = json!([
        {"if": {"properties": {"type": {"enum": ["choice", "choices"]}}, "required": ["type"]}, "then": {"required": ["options"]}, "else": absent("options")},
        {"if": {"properties": {"type": {"const": "table"}}, "required": ["type"]}, "then": {"required": ["columns"]}, "else": absent("columns")},
        {"if": {"properties": {"type": {"const": "file"}}, "required": ["type"]}, "else": {"allOf": [absent("accept"), absent("template")]}},
        {"if": {"properties": {"type": {"const": "number"}}, "required": ["type"]}, "else": {"allOf": [absent("unit"), absent("min"), absent("max")]}}
    ]);
    definitions["step"]["allOf"] = json!([
        {"if": {"required": ["approval"]}, "then": {"allOf": [absent("owner"), absent("notify"), absent("optional")]}}
    ]);
    definitions["starts"]["allOf"] = json!([
        {"if": {"properties": {"by": {"const": "schedule"}}, "required": ["by"]}, "then": {"required": ["rrule"]}},
        {"if": {"properties": {"by": {"const": "event"}}, "required": ["by"]}, "then": {"required": ["event"]}}
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_format_is_described_and_none_may_be_null() {
        for schema in [blueprint(), roles()] {
            assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
            let text = schema.to_string();
            assert!(!text.contains("\"null\""), "{text}");
            for (name, definition) in schema["definitions"].as_object().unwrap() {
                for (key, value) in definition["properties"].as_object().into_iter().flatten() {
                    let told = value.get("description").is_some() || value.get("$ref").is_some() || name == "test";
                    assert!(told, "{name}.{key} has no description: {value}");
                }
            }
        }
        assert!(blueprint()["definitions"]["field"]["properties"]["default"].is_object());
        let due = &blueprint()["definitions"]["due"]["patternErrorMessage"];
        assert!(due.as_str().is_some_and(|m| m.contains("`2 business days after start`")), "{due}");
    }
}
