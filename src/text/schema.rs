//! Holds a YAML tree against a JSON Schema and reports **every** disagreement with its place and a "did you mean".
//!
//! The schemas come from our own types (`schemars`), so this covers the keywords those produce: `type`, `properties`,
//! `required`, `additionalProperties`, `minProperties`, `maxProperties`, `propertyNames`, `items`, `minItems`, `maxItems`, `uniqueItems`, `enum`, `const`, `pattern`,
//! `minLength`, `maxLength`, `minimum`, `oneOf`/`anyOf`, `allOf`, `$ref` into the same document. A schema node may carry
//! `x-expected`, the words to use for "what would be right" where a pattern would mean nothing to a reader.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use regex::Regex;
use serde_json::Value;

use super::Span;
use super::suggest::nearest;
use super::yaml::{Kind, Node, Problem};

/// Checks `node` against `schema` (a whole schema document; `$ref`s are resolved inside it).
pub fn check(node: &Node, schema: &Value) -> Vec<Problem> {
    let mut checker = Checker { root: schema, problems: Vec::new() };
    checker.node(node, schema);
    checker.problems
}

/// The property names an object schema declares, in order.
pub fn properties(schema: &Value) -> Vec<&str> {
    schema["properties"].as_object().map(|o| o.keys().map(String::as_str).collect()).unwrap_or_default()
}

struct Checker<'s> {
    root: &'s Value,
    problems: Vec<Problem>,
}

impl<'s> Checker<'s> {
    fn resolve(&self, mut schema: &'s Value) -> &'s Value {
        for _ in 0..32 {
            match schema.get("$ref").and_then(Value::as_str) {
                Some(pointer) => match self.root.pointer(pointer.trim_start_matches('#')) {
                    Some(target) => schema = target,
                    None => return schema,
                },
                None => return schema,
            }
        }
        schema
    }

    fn report(&mut self, span: Span, message: String) {
        self.problems.push(Problem::new(span, message));
    }

    fn node(&mut self, node: &Node, schema: &'s Value) {
        let schema = self.resolve(schema);
        if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            for part in all {
                self.node(node, part);
            }
        }
        if let Some(branches) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
            self.branches(node, schema, branches);
            return;
        }
        if !type_fits(node, schema) {
            let wanted = expected(schema);
            let message = format!("{} is not {wanted}", shown(node));
            let quote = wants(schema, "string") && matches!(&node.kind, Kind::Scalar { plain: true, .. });
            self.report(node.span, if quote { format!("{message}; put it in quotes") } else { message });
            return;
        }
        match &node.kind {
            Kind::Scalar { text, .. } => self.scalar(node, text, schema),
            Kind::Seq(items) => self.list(node, items, schema),
            Kind::Map(_) => self.map(node, schema),
        }
    }

    /// Alternatives: silent if one fits; else the problems of the branch whose kind of value fits, so that a misspelt key in a
    /// long form is named instead of "no variant matched".
    fn branches(&mut self, node: &Node, schema: &'s Value, branches: &'s [Value]) {
        let mut attempts: Vec<(bool, Vec<Problem>)> = Vec::new();
        for branch in branches {
            let resolved = self.resolve(branch);
            let mut attempt = Checker { root: self.root, problems: Vec::new() };
            attempt.node(node, resolved);
            if attempt.problems.is_empty() {
                return;
            }
            let shape = resolved.get("oneOf").is_some() || resolved.get("anyOf").is_some() || type_fits(node, resolved);
            attempts.push((shape && !wants(resolved, "null"), attempt.problems));
        }
        let constants: Vec<&str> = branches.iter().filter_map(|b| self.resolve(b).get("const")).filter_map(Value::as_str).collect();
        let fitting: Vec<&Vec<Problem>> = attempts.iter().filter(|(fits, _)| *fits).map(|(_, p)| p).collect();
        if constants.len() == branches.len() {
            let text = node.text().unwrap_or_default();
            let near = nearest(text, constants.iter().copied());
            let message = format!("{} is not one of {}", shown(node), constants.join(", "));
            self.problems.push(Problem::new(node.span, message).suggest(near));
        } else if schema.get("x-expected").is_none() && !fitting.is_empty() {
            let best = fitting.iter().min_by_key(|p| p.len()).expect("not empty");
            self.problems.extend(best.iter().cloned());
        } else {
            let wanted = schema.get("x-expected").and_then(Value::as_str).map_or_else(
                || {
                    let words: Vec<String> = branches.iter().map(|b| self.resolve(b)).filter(|b| !wants(b, "null")).map(expected).collect();
                    words.join(" or ")
                },
                str::to_owned,
            );
            self.report(node.span, format!("{} is not {wanted}", shown(node)));
        }
    }

    fn scalar(&mut self, node: &Node, text: &str, schema: &'s Value) {
        if let Some(options) = schema.get("enum").and_then(Value::as_array) {
            let value = node.to_json();
            if !options.contains(&value) {
                let words: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
                let wanted = match schema.get("x-expected").and_then(Value::as_str) {
                    Some(told) => told.to_owned(),
                    None => format!("one of {}", words.join(", ")),
                };
                let message = format!("`{text}` is not {wanted}");
                self.problems.push(Problem::new(node.span, message).suggest(nearest(text, words.iter().copied())));
            }
            return;
        }
        if let Some(constant) = schema.get("const") {
            if node.to_json() != *constant {
                let message = match schema.get("x-expected").and_then(Value::as_str) {
                    Some(told) => format!("`{text}` is not {told}"),
                    None => format!("`{text}` must be {constant}"),
                };
                self.report(node.span, message);
            }
            return;
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && !matches_pattern(pattern, text)
        {
            self.report(node.span, format!("`{text}` is not {}", expected(schema)));
            return;
        }
        let length = text.chars().count() as u64;
        if let Some(min) = schema.get("minLength").and_then(Value::as_u64).filter(|min| length < *min) {
            self.report(node.span, if min == 1 { "must not be empty".to_owned() } else { format!("needs at least {min} characters") });
        }
        if let Some(max) = schema.get("maxLength").and_then(Value::as_u64).filter(|max| length > *max) {
            self.report(node.span, format!("is {length} characters long, at most {max} fit"));
        }
        if let (Some(min), Some(n)) = (schema.get("minimum").and_then(Value::as_f64), node.to_json().as_f64())
            && n < min
        {
            self.report(node.span, format!("`{text}` is less than {min}"));
        }
    }

    fn list(&mut self, node: &Node, items: &[Node], schema: &'s Value) {
        if let Some(min) = schema.get("minItems").and_then(Value::as_u64)
            && (items.len() as u64) < min
        {
            self.report(node.span, format!("needs at least {min} {}", if min == 1 { "entry" } else { "entries" }));
        }
        if schema.get("uniqueItems").and_then(Value::as_bool) == Some(true) {
            let mut seen = std::collections::BTreeSet::new();
            for item in items {
                if let Some(text) = item.text().filter(|t| !seen.insert((*t).to_owned())) {
                    self.report(item.span, format!("`{text}` is listed twice"));
                }
            }
        }
        if let Some(item_schema) = schema.get("items") {
            for item in items {
                self.node(item, item_schema);
            }
        }
    }

    fn map(&mut self, node: &Node, schema: &'s Value) {
        let known = schema.get("properties").and_then(Value::as_object);
        let rest = schema.get("additionalProperties");
        let names = schema.get("propertyNames").map(|s| self.resolve(s));
        for entry in node.entries() {
            if let Some(value_schema) = known.and_then(|k| k.get(&entry.key)) {
                self.node(&entry.value, value_schema);
                continue;
            }
            if rest == Some(&Value::Bool(false)) {
                let near = nearest(&entry.key, known.into_iter().flat_map(|k| k.keys()).map(String::as_str));
                let message = format!("unknown key `{}`", entry.key);
                self.problems.push(Problem::new(entry.key_span, message).suggest(near));
                continue;
            }
            if let Some(pattern) = names.and_then(|n| n.get("pattern")).and_then(Value::as_str)
                && !matches_pattern(pattern, &entry.key)
            {
                let wanted = expected(names.unwrap_or(&Value::Null));
                self.report(entry.key_span, format!("`{}` is not {wanted}", entry.key));
            }
            if let Some(value_schema) = rest.filter(|r| r.is_object()) {
                self.node(&entry.value, value_schema);
            }
        }
        let count = node.entries().len() as u64;
        let too_few = schema.get("minProperties").and_then(Value::as_u64).is_some_and(|min| count < min);
        let too_many = schema.get("maxProperties").and_then(Value::as_u64).is_some_and(|max| count > max);
        let unknown = rest == Some(&Value::Bool(false)) && node.entries().iter().any(|e| known.is_none_or(|k| !k.contains_key(&e.key)));
        if (too_few || too_many) && !unknown {
            self.report(
                node.span,
                format!("{} keys where there should be {}", if too_few { "too few" } else { "too many" }, expected(schema)),
            );
        }
        let required = schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if node.get(name).is_none() {
                let start = node.span.range().start;
                let place = node.entries().first().map_or(Span::new(start, start), |e| e.key_span);
                self.report(place, format!("`{name}:` is missing"));
            }
        }
    }
}

fn wants(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(many)) => many.iter().any(|t| t == name),
        _ => false,
    }
}

fn shown(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar { text, .. } if text.is_empty() => "an empty value".to_owned(),
        Kind::Scalar { text, .. } => format!("`{text}`"),
        Kind::Seq(_) => "a list".to_owned(),
        Kind::Map(_) => "a map".to_owned(),
    }
}

/// Words for what a schema node accepts.
fn expected(schema: &Value) -> String {
    if let Some(words) = schema.get("x-expected").and_then(Value::as_str) {
        return words.to_owned();
    }
    if let Some(options) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
        return format!("one of {}", words.join(", "));
    }
    for (name, words) in [
        ("string", "text"),
        ("integer", "a whole number"),
        ("number", "a number"),
        ("boolean", "true or false"),
        ("array", "a list"),
        ("object", "a map of keys and values"),
    ] {
        if wants(schema, name) {
            return words.to_owned();
        }
    }
    "accepted here".to_owned()
}

/// Patterns are compiled once per process; a pattern that does not compile matches nothing, which a test would show at once.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    static CACHE: LazyLock<Mutex<BTreeMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);
    let mut cache = CACHE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    cache.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).ok()).as_ref().is_some_and(|regex| regex.is_match(text))
}

fn type_fits(node: &Node, schema: &Value) -> bool {
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => return true,
    };
    let value = match &node.kind {
        Kind::Seq(_) => return types.contains(&"array"),
        Kind::Map(_) => return types.contains(&"object"),
        Kind::Scalar { .. } => node.to_json(),
    };
    types.iter().any(|t| match *t {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Source, yaml};
    use serde_json::json;

    fn problems(text: &str) -> Vec<(String, Option<String>)> {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["id"],
            "properties": {
                "id": {"type": "string", "pattern": "^[a-z-]+$", "x-expected": "an id such as `open-ticket`"},
                "kind": {"enum": ["sop", "runbook"]},
                "version": {"type": "string"},
                "owner": {"oneOf": [{"type": "string"}, {"type": "object", "additionalProperties": false,
                           "properties": {"role": {"type": "string"}}}]},
            }
        });
        let source = Source::new("x.yaml", text);
        check(&yaml::parse(&source).root, &schema).into_iter().map(|p| (p.message, p.suggestion)).collect()
    }

    #[test]
    fn reports_all_problems_at_once_with_suggestions() {
        let found = problems("id: Big Id\nkidn: x\nkind: runbok\nversion: 1.10\n");
        assert_eq!(
            found,
            [
                ("`Big Id` is not an id such as `open-ticket`".to_owned(), None),
                ("unknown key `kidn`".to_owned(), Some("kind".to_owned())),
                ("`runbok` is not one of sop, runbook".to_owned(), Some("runbook".to_owned())),
                ("`1.10` is not text; put it in quotes".to_owned(), None),
            ]
        );
    }

    #[test]
    fn a_misspelt_key_in_a_long_form_is_named() {
        assert_eq!(problems("id: a\nowner: {rol: x}\n"), [("unknown key `rol`".to_owned(), Some("role".to_owned()))]);
    }

    #[test]
    fn a_missing_key_is_said() {
        assert_eq!(problems("kind: sop\n"), [("`id:` is missing".to_owned(), None)]);
    }
}
