//! Edits in the text of a blueprint: one value set, one key taken out, one list item added, everything else byte for byte as it was.
//!
//! Each edit is made at the place of the node, read again and compared with what it was meant to say; an edit that would change anything
//! else, or drop a comment, is refused. Knows YAML nodes, not what their values mean.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::blueprint::emit;
use crate::text::Source;
use crate::text::yaml::{self, Kind, Node};

/// One change of a file. Paths are keys and list positions from the root.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Op {
    /// Sets a key of the map at `path`, before or after the others by the order of keys given.
    Set { path: Vec<String>, key: String, value: Value, order: &'static [&'static str] },
    /// Takes a key out.
    Remove { path: Vec<String>, key: String },
    /// Adds an item to the list at `path`, behind the item at a position (at the head when `None`).
    Insert { path: Vec<String>, behind: Option<usize>, value: Value },
    /// Takes an item out of the list at `path`.
    Drop { path: Vec<String>, at: usize },
    /// Puts the items of the list at `path` in another order, each with the comments right above it.
    Reorder { path: Vec<String>, order: Vec<usize> },
}

/// Why an edit was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// A comment stands inside what would be replaced.
    #[error("a comment stands inside the value")]
    Comment,
    /// The text is written in a form that cannot be edited in place.
    #[error("the value is written in a form that cannot be edited in place")]
    Form,
}

/// Makes the edit; the new text.
pub(super) fn apply(source: &Arc<Source>, op: &Op) -> Result<String, Refused> {
    let doc = yaml::parse(source);
    if !doc.problems.is_empty() {
        return Err(Refused::Form);
    }
    let mut want = doc.root.to_json();
    change(&mut want, op).ok_or(Refused::Form)?;
    let text = match op {
        Op::Set { path, key, value, order } => set(source, find(&doc.root, path)?, key, value, order)?,
        Op::Remove { path, key } => remove(source, find(&doc.root, path)?, key)?,
        Op::Insert { path, behind, value } => insert(source, find(&doc.root, path)?, *behind, value)?,
        Op::Drop { path, at } => drop_item(source, find(&doc.root, path)?, *at)?,
        Op::Reorder { path, order } => reorder(source, find(&doc.root, path)?, order)?,
    };
    let again = yaml::parse(&Source::new(source.path(), text.clone()));
    let same = again.problems.is_empty() && sorted(&again.root.to_json()) == sorted(&want);
    let kept = comments(source.text()).iter().all(|c| comments(&text).contains(c));
    match (same, kept) {
        (true, true) => Ok(text),
        (true, false) => Err(Refused::Comment),
        _ => Err(Refused::Form),
    }
}

/// Every comment of a YAML text, roughly: what follows a `#` at a line's head or after a space. A `#` inside a text only makes us more careful.
fn comments(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|l| if l.trim_start().starts_with('#') { Some(l.trim_start()) } else { l.find(" #").map(|i| &l[i..]) })
        .collect()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            keys.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(keys.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// The same change on the value.
fn change(root: &mut Value, op: &Op) -> Option<()> {
    let (Op::Set { path, .. } | Op::Remove { path, .. } | Op::Insert { path, .. } | Op::Drop { path, .. } | Op::Reorder { path, .. }) = op;
    let mut at = root;
    for part in path {
        at = match at {
            Value::Object(map) => map.get_mut(part)?,
            Value::Array(items) => items.get_mut(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    match (op, at) {
        (Op::Set { key, value, .. }, Value::Object(map)) => {
            map.insert(key.clone(), value.clone());
        }
        (Op::Remove { key, .. }, Value::Object(map)) => {
            map.shift_remove(key)?;
        }
        (Op::Insert { behind, value, .. }, Value::Array(items)) => {
            let at = behind.map_or(0, |b| b + 1);
            (at <= items.len()).then(|| items.insert(at, value.clone()))?;
        }
        (Op::Drop { at, .. }, Value::Array(items)) => {
            (*at < items.len()).then(|| items.remove(*at))?;
        }
        (Op::Reorder { order, .. }, Value::Array(items)) => {
            let fits = order.len() == items.len() && order.iter().collect::<BTreeSet<_>>().len() == items.len();
            *items = fits.then(|| order.iter().map(|i| items.get(*i).cloned()).collect::<Option<Vec<_>>>())??;
        }
        _ => return None,
    }
    Some(())
}

fn find<'n>(root: &'n Node, path: &[String]) -> Result<&'n Node, Refused> {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    root.at(&parts).ok_or(Refused::Form)
}

/// The last visible byte of a value: the parser's ends run past comments and line ends.
fn value_end(text: &str, node: &Node) -> usize {
    let range = node.span.range();
    let slice = &text[range.clone()];
    match &node.kind {
        Kind::Map(entries) if !slice.starts_with('{') => entries.last().map_or(range.end, |e| value_end(text, &e.value)),
        Kind::Seq(items) if !slice.starts_with('[') => items.last().map_or(range.end, |i| value_end(text, i)),
        Kind::Map(_) => range.start + slice.rfind('}').map_or(slice.len(), |i| i + 1),
        Kind::Seq(_) => range.start + slice.rfind(']').map_or(slice.len(), |i| i + 1),
        Kind::Scalar { .. } => range.start + scalar_len(&text[range.start..], slice),
    }
}

/// Length of a scalar that begins at the head of `rest`; `slice` is what the parser says it covers.
fn scalar_len(rest: &str, slice: &str) -> usize {
    match rest.chars().next() {
        Some('\'') => {
            let mut at = 1;
            while let Some(i) = rest[at..].find('\'') {
                at += i + 1;
                if !rest[at..].starts_with('\'') {
                    return at;
                }
                at += 1;
            }
            slice.trim_end().len()
        }
        Some('"') => {
            let mut escaped = false;
            let closing = rest.char_indices().skip(1).find(|(_, c)| {
                let ends = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            });
            closing.map_or(slice.trim_end().len(), |(i, _)| i + 1)
        }
        Some('|' | '>') => {
            let mut lines = rest.split_inclusive('\n');
            let mut len = lines.next().map_or(0, str::len);
            let mut end = len;
            let mut indent = None;
            for line in lines {
                let spaces = line.len() - line.trim_start_matches(' ').len();
                if line.trim().is_empty() {
                    len += line.len();
                    continue;
                }
                if spaces < *indent.get_or_insert(spaces.max(1)) {
                    break;
                }
                len += line.len();
                end = len;
            }
            rest[..end].trim_end_matches('\n').len()
        }
        _ => {
            let plain = slice.find(" #").map_or(slice, |i| &slice[..i]);
            plain.trim_end().len()
        }
    }
}

fn in_flow(source: &Source, node: &Node) -> bool {
    source.slice(node.span).starts_with(['{', '['])
}

fn column(text: &str, at: usize) -> usize {
    at - text[..at].rfind('\n').map_or(0, |n| n + 1)
}

/// The end of the line on which the last visible byte before `end` stands, a comment behind it included.
fn line_end(text: &str, end: usize) -> usize {
    let visible = text[..end].trim_end().len();
    text[visible..].find('\n').map_or(text.len(), |n| visible + n)
}

/// A value inside `{…}` or `[…]`: JSON is YAML there.
fn flow_value(value: &Value) -> String {
    match value {
        Value::String(text) if !text.contains('\n') => emit::scalar_text(text, true),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            format!("[{}]", items.iter().map(flow_value).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => format!("{{{}}}", map.iter().map(|(k, v)| format!("{k}: {}", flow_value(v))).collect::<Vec<_>>().join(", ")),
        Value::Array(items) => format!("[{}]", items.iter().map(flow_value).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// `key: value` in the house form, its first line not indented, without a line end.
fn entry(key: &str, value: &Value, indent: usize) -> String {
    let map: Map<String, Value> = [(key.to_owned(), value.clone())].into_iter().collect();
    emit::entries(&Value::Object(map), indent)
}

fn replace(text: &str, range: std::ops::Range<usize>, with: &str) -> String {
    format!("{}{with}{}", &text[..range.start], &text[range.end..])
}

fn set(source: &Source, map: &Node, key: &str, value: &Value, order: &[&str]) -> Result<String, Refused> {
    let text = source.text();
    if let Some(old) = map.entry(key) {
        let from = old.key_span.range().start;
        let to = value_end(text, &old.value).max(from);
        if in_flow(source, map) {
            return Ok(replace(text, old.value.span.range().start..value_end(text, &old.value), &flow_value(value)));
        }
        return Ok(replace(text, from..to, &entry(key, value, column(text, from))));
    }
    let entries = map.entries();
    let rank = |k: &str| order.iter().position(|o| *o == k).unwrap_or(order.len());
    let behind = entries.iter().rposition(|e| rank(&e.key) <= rank(key)).or((!entries.is_empty()).then_some(0)).ok_or(Refused::Form)?;
    let anchor = &entries[behind];
    if in_flow(source, map) {
        let at = value_end(text, &anchor.value);
        return Ok(replace(text, at..at, &format!(", {key}: {}", flow_value(value))));
    }
    let indent = column(text, entries[0].key_span.range().start);
    let at = line_end(text, value_end(text, &anchor.value));
    Ok(replace(text, at..at, &format!("\n{}{}", " ".repeat(indent), entry(key, value, indent))))
}

fn remove(source: &Source, map: &Node, key: &str) -> Result<String, Refused> {
    let text = source.text();
    let entries = map.entries();
    let at = entries.iter().position(|e| e.key == key).filter(|i| *i > 0).ok_or(Refused::Form)?;
    let old = &entries[at];
    if in_flow(source, map) {
        let from = value_end(text, &entries[at - 1].value);
        return Ok(replace(text, from..value_end(text, &old.value), ""));
    }
    let from = old.key_span.range().start - column(text, old.key_span.range().start);
    let last = value_end(text, &old.value).max(from);
    let end = line_end(text, last);
    if text[last..end].contains('#') {
        return Err(Refused::Comment);
    }
    Ok(replace(text, from..(end + 1).min(text.len()), ""))
}

fn insert(source: &Source, list: &Node, behind: Option<usize>, value: &Value) -> Result<String, Refused> {
    let text = source.text();
    let Kind::Seq(items) = &list.kind else { return Err(Refused::Form) };
    if in_flow(source, list) {
        let (at, new) = match behind.and_then(|b| items.get(b)) {
            Some(item) => (value_end(text, item), format!(", {}", flow_value(value))),
            None if items.is_empty() => (list.span.range().start + 1, flow_value(value)),
            None => (list.span.range().start + 1, format!("{}, ", flow_value(value))),
        };
        return Ok(replace(text, at..at, &new));
    }
    let first = items.first().ok_or(Refused::Form)?;
    let dash = dash(text, first.span.range().start).ok_or(Refused::Form)?;
    let indent = column(text, dash);
    let apart = items.len() > 1
        && text[value_end(text, first)..dash_of(text, &items[1])?].lines().skip(1).any(|l| l.trim().is_empty() && !l.contains('-'));
    let item = format!("- {}", emit::entries(value, indent + 2));
    let pad = " ".repeat(indent);
    let gap = if apart { "\n" } else { "" };
    Ok(match behind.and_then(|b| items.get(b)) {
        Some(before) => {
            let at = line_end(text, value_end(text, before));
            replace(text, at..at, &format!("\n{gap}{pad}{item}"))
        }
        None => {
            let at = dash - indent;
            replace(text, at..at, &format!("{pad}{item}\n{gap}"))
        }
    })
}

fn drop_item(source: &Source, list: &Node, at: usize) -> Result<String, Refused> {
    let text = source.text();
    let Kind::Seq(items) = &list.kind else { return Err(Refused::Form) };
    let item = items.get(at).ok_or(Refused::Form)?;
    if in_flow(source, list) {
        let range = match (at.checked_sub(1).and_then(|i| items.get(i)), items.get(at + 1)) {
            (Some(before), _) => value_end(text, before)..value_end(text, item),
            (None, Some(next)) => item.span.range().start..next.span.range().start,
            (None, None) => item.span.range().start..value_end(text, item),
        };
        return Ok(replace(text, range, ""));
    }
    let dash = dash_of(text, item)?;
    let from = dash - column(text, dash);
    let end = line_end(text, value_end(text, item));
    Ok(replace(text, from..(end + 1).min(text.len()), ""))
}

/// Items change places; what stands between them (blank lines, comments apart from any item) stays where it is.
fn reorder(source: &Source, list: &Node, order: &[usize]) -> Result<String, Refused> {
    let text = source.text();
    let Kind::Seq(items) = &list.kind else { return Err(Refused::Form) };
    if in_flow(source, list) {
        return Err(Refused::Form);
    }
    let mut places = Vec::new();
    for item in items {
        let dash = dash_of(text, item)?;
        let pad = column(text, dash);
        let mut from = dash - pad;
        // Comments right above an item, as far in as its dash, belong to it.
        while let Some(above) = text[..from].strip_suffix('\n').map(|t| t.rfind('\n').map_or(0, |n| n + 1)) {
            let line = &text[above..from];
            if !(line.trim_start().starts_with('#') && line.len() - line.trim_start().len() == pad) {
                break;
            }
            from = above;
        }
        places.push(from..line_end(text, value_end(text, item)));
    }
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return Err(Refused::Form) };
    let mut out = text[..first.start].to_owned();
    for (at, item) in order.iter().enumerate() {
        out.push_str(&text[places.get(*item).ok_or(Refused::Form)?.clone()]);
        if let Some(next) = places.get(at + 1) {
            out.push_str(text.get(places[at].end..next.start).ok_or(Refused::Form)?);
        }
    }
    out.push_str(&text[last.end..]);
    Ok(out)
}

fn dash_of(text: &str, item: &Node) -> Result<usize, Refused> {
    dash(text, item.span.range().start).ok_or(Refused::Form)
}

/// The `-` before an item on the same line.
fn dash(text: &str, item: usize) -> Option<usize> {
    let before = text[..item].trim_end_matches(' ');
    before.ends_with('-').then(|| before.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FILE: &str = "# ours\nblueprint: 1\nid: a\ntitle: A   # kept\nsteps:\n  - id: one\n    title: 'One'  # why\n    owner: x\n\n  # between\n  - {id: two, title: Two, optional: true}\n  - id: three\n    title: Three\n    text: |-\n      A\n\n      B\n";

    fn done(op: &Op) -> String {
        apply(&Source::new("a.yaml", FILE), op).unwrap()
    }

    fn path(parts: &[&str]) -> Vec<String> {
        parts.iter().map(|p| (*p).to_owned()).collect()
    }

    const ORDER: &[&str] = &["id", "title", "owner", "optional", "due", "text"];

    #[test]
    fn only_the_place_of_the_value_changes() {
        let got = done(&Op::Set { path: path(&["steps", "0"]), key: "title".into(), value: json!("Uno"), order: ORDER });
        assert_eq!(got, FILE.replace("'One'", "Uno"));
        let got = done(&Op::Set { path: path(&["steps", "0"]), key: "due".into(), value: json!("1 day"), order: ORDER });
        assert_eq!(got, FILE.replace("    owner: x\n", "    owner: x\n    due: 1 day\n"));
        let got = done(&Op::Set { path: path(&["steps", "1"]), key: "due".into(), value: json!("1 day"), order: ORDER });
        assert_eq!(got, FILE.replace("optional: true}", "optional: true, due: 1 day}"));
        let got = done(&Op::Set { path: path(&["steps", "2"]), key: "text".into(), value: json!("C\n\nD"), order: ORDER });
        assert_eq!(got, FILE.replace("      A\n\n      B", "      C\n\n      D"));
        let got = done(&Op::Remove { path: path(&["steps", "1"]), key: "optional".into() });
        assert_eq!(got, FILE.replace(", optional: true", ""));
        let got = done(&Op::Insert { path: path(&["steps"]), behind: Some(0), value: json!({"id": "new", "title": "New"}) });
        assert_eq!(got, FILE.replace("    owner: x\n", "    owner: x\n\n  - id: new\n    title: New\n"));
    }

    #[test]
    fn items_change_places_with_their_comments_and_room_stays() {
        let got = done(&Op::Reorder { path: path(&["steps"]), order: vec![2, 0, 1] });
        let (one, two, three) = (
            "  - id: one\n    title: 'One'  # why\n    owner: x\n",
            "  # between\n  - {id: two, title: Two, optional: true}\n",
            "  - id: three\n    title: Three\n    text: |-\n      A\n\n      B\n",
        );
        assert_eq!(got, format!("# ours\nblueprint: 1\nid: a\ntitle: A   # kept\nsteps:\n{three}\n{one}{two}"));
        let refused = apply(&Source::new("a.yaml", FILE), &Op::Reorder { path: path(&["steps"]), order: vec![0, 0, 1] });
        assert_eq!(refused, Err(Refused::Form));
    }

    #[test]
    fn an_edit_that_would_drop_a_comment_is_refused() {
        let file = "id: a\nlist:\n  - x  # person\n  - y\n";
        let op = Op::Set { path: Vec::new(), key: "list".into(), value: json!(["z"]), order: &[] };
        assert_eq!(apply(&Source::new("a.yaml", file), &op), Err(Refused::Comment));
    }
}
