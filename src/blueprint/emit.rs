//! The canonical YAML writer.
//!
//! Key order of the types, two-space indent, small maps on one line, a blank line between steps, and quotes wherever any YAML reader
//! (1.1 or 1.2) would see something other than the text: `yes`, dates, times, version numbers. Same value, same bytes.

use serde_json::Value;

use super::model::Blueprint;
use super::roles::RolesFile;

/// Widest line a map or list is put on.
const WIDTH: usize = 110;

/// How a blueprint is written.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Address of the schema for editors, written as a first comment line.
    pub schema_url: Option<String>,
}

/// The blueprint as canonical YAML.
pub fn to_yaml(blueprint: &Blueprint) -> String {
    to_yaml_with(blueprint, &Options::default())
}

/// The blueprint as canonical YAML, with options.
pub fn to_yaml_with(blueprint: &Blueprint, options: &Options) -> String {
    let head = options.schema_url.as_ref().map(|url| format!("# yaml-language-server: $schema={url}\n")).unwrap_or_default();
    head + &value_to_yaml(&serde_json::to_value(blueprint).expect("a blueprint has text keys only"))
}

/// `roles.yaml` as canonical YAML.
pub fn roles_to_yaml(roles: &RolesFile) -> String {
    value_to_yaml(&serde_json::to_value(roles).expect("roles have text keys only"))
}

/// One value as YAML in the house form, for whoever edits a file in place. `indent` is the column the text starts in; the first line
/// is not indented, the last one has no line end.
pub fn fragment(value: &Value, indent: usize) -> String {
    let mut writer = Writer { out: String::new() };
    match one_line(value, indent) {
        Some(line) => writer.out.push_str(&line),
        None => writer.block(value, indent, true),
    }
    writer.out.trim_end_matches('\n').to_owned()
}

/// The entries of a map one under the other, as a step stands in its list, or any other value as [`fragment`] writes it. `indent` is the
/// column the entries stand in; the first line is not indented, the last one has no line end.
pub fn entries(value: &Value, indent: usize) -> String {
    let mut writer = Writer { out: String::new() };
    match value.as_object().filter(|m| !m.is_empty()) {
        Some(_) => writer.block(value, indent, true),
        None => return fragment(value, indent),
    }
    writer.out.trim_end_matches('\n').to_owned()
}

fn value_to_yaml(value: &Value) -> String {
    let mut writer = Writer { out: String::new() };
    match value.as_object() {
        Some(map) if map.is_empty() => return "{}\n".to_owned(),
        Some(map) => {
            for (key, value) in map {
                writer.entry(key, value, 0, true);
            }
        }
        None => writer.block(value, 0, false),
    }
    writer.out
}

struct Writer {
    out: String,
}

impl Writer {
    /// `key: value` at a column; `top` keeps objects of the top level open and sets steps apart.
    fn entry(&mut self, key: &str, value: &Value, indent: usize, top: bool) {
        self.out.push_str(&scalar_text(key, false));
        self.out.push(':');
        self.value(value, indent, key.len() + 1, top, top && key == "steps");
    }

    /// What follows a key at column `indent`.
    fn value(&mut self, value: &Value, indent: usize, used: usize, open: bool, apart: bool) {
        if let Some(text) = value.as_str().filter(|t| t.contains('\n')) {
            self.out.push(' ');
            self.long_text(text, indent + 2);
            return;
        }
        let keep_open = (open && value.as_object().is_some_and(|m| m.len() > 3)) || holds_maps(value);
        if let Some(line) = one_line(value, indent + used + 1).filter(|_| !keep_open) {
            self.out.push(' ');
            self.out.push_str(&line);
            self.out.push('\n');
            return;
        }
        self.out.push('\n');
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    self.pad(indent + 2);
                    self.entry(key, value, indent + 2, false);
                }
            }
            Value::Array(items) => self.items(items, indent + 2, apart),
            _ => {}
        }
    }

    fn items(&mut self, items: &[Value], indent: usize, apart: bool) {
        for (i, item) in items.iter().enumerate() {
            if apart && i > 0 {
                self.out.push('\n');
            }
            self.pad(indent);
            self.out.push_str("- ");
            let line = one_line(item, indent + 2).filter(|_| !apart);
            match line {
                Some(line) => {
                    self.out.push_str(&line);
                    self.out.push('\n');
                }
                None => self.block(item, indent + 2, true),
            }
        }
    }

    /// A value over several lines whose first line is already begun when `begun`.
    fn block(&mut self, value: &Value, indent: usize, begun: bool) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                for (i, (key, value)) in map.iter().enumerate() {
                    if i > 0 || !begun {
                        self.pad(indent);
                    }
                    self.entry(key, value, indent, false);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (i, item) in items.iter().enumerate() {
                    if i > 0 || !begun {
                        self.pad(indent);
                    }
                    self.out.push_str("- ");
                    self.block(item, indent + 2, true);
                }
            }
            Value::String(text) if text.contains('\n') => self.long_text(text, indent),
            other => {
                self.out.push_str(&flow(other).unwrap_or_default());
                self.out.push('\n');
            }
        }
    }

    fn pad(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    /// A text of several lines: a literal block where one can hold it, else in double quotes.
    fn long_text(&mut self, text: &str, indent: usize) {
        let first = text.trim_start_matches('\n');
        let fits = !first.is_empty() && text.chars().all(|c| c == '\n' || (!c.is_control() && !is_break(c)));
        if !fits || text.split('\n').any(|line| !line.is_empty() && line.trim_matches(' ').is_empty()) {
            self.out.push_str(&double_quoted(text));
            self.out.push('\n');
            return;
        }
        let indicator = if text.starts_with([' ', '\n']) { "2" } else { "" };
        let ends = text.len() - text.trim_end_matches('\n').len();
        self.out.push('|');
        self.out.push_str(indicator);
        self.out.push_str(match ends {
            0 => "-",
            1 => "",
            _ => "+",
        });
        self.out.push('\n');
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.pad(indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }
}

/// True for a list that holds maps with more than one level, and for a list of maps at all: those stand one a line.
fn holds_maps(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().any(|i| i.is_object() || i.is_array()))
}

/// The value on one line starting at `column`, if it is small and flat enough: at most one map inside a map, no list of maps.
fn one_line(value: &Value, column: usize) -> Option<String> {
    let flat = match value {
        Value::Object(map) => {
            map.values().all(|v| !holds_maps(v) && v.as_object().is_none_or(|m| m.values().all(|v| !v.is_object() && !holds_maps(v))))
        }
        Value::Array(_) => !holds_maps(value),
        _ => true,
    };
    let line = flow(value).filter(|_| flat)?;
    let collection = matches!(value, Value::Object(_) | Value::Array(_));
    (!collection || column + line.chars().count() <= WIDTH).then_some(line)
}

/// Flow form; `None` where a text of several lines is inside.
fn flow(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(text) if text.contains('\n') => return None,
        Value::String(text) => scalar_text(text, false),
        Value::Array(items) => {
            let parts: Option<Vec<String>> = items.iter().map(flow_inner).collect();
            format!("[{}]", parts?.join(", "))
        }
        Value::Object(map) => {
            let parts: Option<Vec<String>> =
                map.iter().map(|(k, v)| Some(format!("{}: {}", scalar_text(k, true), flow_inner(v)?))).collect();
            format!("{{{}}}", parts?.join(", "))
        }
        other => other.to_string(),
    })
}

fn flow_inner(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.contains('\n') => None,
        Value::String(text) => Some(scalar_text(text, true)),
        other => flow(other),
    }
}

/// A text on one line, quoted if a reader could take it for something else.
pub fn scalar_text(text: &str, in_flow: bool) -> String {
    if plain_is_safe(text, in_flow) { text.to_owned() } else { double_quoted(text) }
}

/// Whether every YAML reader takes the bare text for the same text.
fn plain_is_safe(text: &str, in_flow: bool) -> bool {
    const WORDS: [&str; 10] = ["yes", "no", "y", "n", "on", "off", "true", "false", "null", "nan"];
    let Some(first) = text.chars().next() else { return false };
    let digits_then_word = || {
        // `3 business days`, `13 inch`: a number, a space and a letter is a text everywhere. `2026-01-02 10:00`, `1_000`, `0x1F` are not.
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.strip_prefix(' ').is_some_and(|r| r.starts_with(char::is_alphabetic))
    };
    let starts_well = first.is_alphabetic() || (first.is_ascii_digit() && digits_then_word()) || matches!(first, '/' | '(' | '$');
    starts_well
        && !WORDS.contains(&text.to_lowercase().as_str())
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.chars().any(|c| c.is_control() || is_break(c) || c == '\u{feff}')
        // A dash before a bracket is taken for the beginning of an entry.
        && !(in_flow && (text.ends_with('-') || text.contains(['[', ']', '{', '}', ',', '?', ':'])))
}

fn is_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if (c.is_control() || is_break(c) || c == '\u{feff}') && (c as u32) <= 0xffff => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_that_readers_disagree_on_are_quoted() {
        for text in [
            "yes",
            "No",
            "on",
            "2026-01-02",
            "17:00",
            "1.10",
            "0012",
            "12345e67",
            "1_000",
            "",
            " a",
            "a: b",
            "a #b",
            "- x",
            "*x",
            "null",
            "~",
            "\u{feff}x",
            "2026-01-02 10:00",
            "y",
            "@x",
            "`x`",
            "%x",
        ] {
            assert!(scalar_text(text, false).starts_with('"'), "{text}");
        }
        for text in [
            "Open the ticket",
            "3 business days after inputs.period-end at 17:00",
            "FREQ=MONTHLY;BYDAY=MO",
            "a-b",
            "it's",
            "Größe",
            "content/ops/a.md",
        ] {
            assert_eq!(scalar_text(text, false), text);
        }
        assert_eq!(scalar_text("a, b", true), "\"a, b\"");
        assert_eq!(scalar_text("a -", true), "\"a -\"");
    }

    proptest::proptest! {
        /// Whatever text a value holds, our reader gives it back, in block and in flow position.
        #[test]
        fn any_text_survives(text in "[a-z :#,\\[\\]{}'\"\\\\|>&*!%@`\u{e9}\u{2028}0-9\n\t-]{0,24}", key in "[a-z]{1,5}") {
            let value = json!({key.clone(): text.clone(), "l": [text.clone(), {"a": text.clone(), "b": [text.clone()]}], "m": {"x": {"y": text}}});
            let source = crate::text::Source::new("x.yaml", value_to_yaml(&value));
            let doc = crate::text::yaml::parse(&source);
            proptest::prop_assert!(doc.problems.is_empty(), "{:?}\n{}", doc.problems, source.text());
            proptest::prop_assert_eq!(doc.root.to_json(), value, "{}", source.text());
        }
    }

    #[test]
    fn small_maps_stand_on_one_line_and_steps_apart() {
        let value = json!({
            "blueprint": 1, "id": "x", "title": "X: the thing",
            "roles": {"cfo": {"title": "Chief"}},
            "steps": [
                {"id": "a", "title": "A", "text": "one\n\n  two\n", "checklist": ["x", {"text": "z", "optional": true}], "when": {"ref": "inputs.a", "is": "Yes"}},
                {"id": "b", "title": "B", "approval": {"by": "cfo", "on-reject": {"back-to": "a"}}, "after": []}
            ]
        });
        let expected = "blueprint: 1\nid: x\ntitle: \"X: the thing\"\nroles: {cfo: {title: Chief}}\nsteps:\n  - id: a\n    title: A\n    text: |\n      one\n\n        two\n    checklist:\n      - x\n      - {text: z, optional: true}\n    when: {ref: inputs.a, is: \"Yes\"}\n\n  - id: b\n    title: B\n    approval: {by: cfo, on-reject: {back-to: a}}\n    after: []\n";
        assert_eq!(value_to_yaml(&value), expected);
    }
}
