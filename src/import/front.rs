//! Front matter of imported pages: written as text, and merged key by key with what people made of it.
//!
//! Owns which keys an import writes. Keys and comments of people pass through untouched.

use std::fmt::Write;

/// A page's front matter as an import writes it.
#[derive(Debug, Clone, Default)]
pub struct Front {
    /// Title.
    pub title: String,
    /// Place among siblings, where the wiki's order is not that of the titles.
    pub order: Option<i64>,
    /// Tags.
    pub tags: Vec<String>,
    /// Old addresses.
    pub aliases: Vec<String>,
    /// Further keys with their values as YAML, from page properties.
    pub properties: Vec<(String, String)>,
    /// `source`, in order.
    pub source: Vec<(&'static str, String)>,
}

impl Front {
    /// The block with its lines of dashes.
    pub fn text(&self) -> String {
        let mut out = String::from("---\n");
        let _ = writeln!(out, "title: {}", scalar(&self.title));
        for (key, value) in &self.properties {
            let _ = writeln!(out, "{key}: {value}");
        }
        if let Some(order) = self.order {
            let _ = writeln!(out, "order: {order}");
        }
        list(&mut out, "tags", &self.tags);
        list(&mut out, "aliases", &self.aliases);
        out.push_str("source:\n");
        for (key, value) in &self.source {
            let _ = writeln!(out, "  {key}: {value}");
        }
        out.push_str("---\n");
        out
    }
}

fn list(out: &mut String, key: &str, values: &[String]) {
    if values.is_empty() {
        return;
    }
    let _ = writeln!(out, "{key}:");
    for value in values {
        let _ = writeln!(out, "  - {}", scalar(value));
    }
}

/// A string as a YAML scalar: plain where no reader can take it for something else, quoted otherwise.
pub fn scalar(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = text.chars().next();
    let starts = first.is_some_and(|c| c.is_alphabetic() || c == '/');
    let word = !matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n");
    let safe = text.chars().all(|c| c.is_alphanumeric() || " _-./()+?=&'".contains(c) || !c.is_ascii() && !c.is_control());
    if starts && word && safe { text } else { serde_json::Value::String(text).to_string() }
}

/// Splits a page into its front matter (with both lines of dashes) and its body.
pub fn split(text: &str) -> (&str, &str) {
    let Some(rest) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else { return ("", text) };
    let mut at = text.len() - rest.len();
    for line in rest.split_inclusive('\n') {
        at += line.len();
        if matches!(line.trim_end(), "---" | "...") {
            return text.split_at(at);
        }
    }
    ("", text)
}

/// A top-level key with its lines and the comments above it.
type Chunk<'a> = (&'a str, &'a str);

fn chunks(block: &str) -> Vec<Chunk<'_>> {
    let mut out: Vec<Chunk<'_>> = Vec::new();
    let mut start = 0;
    let mut key: Option<&str> = None;
    let mut at = 0;
    for line in block.split_inclusive('\n') {
        let begins = !line.starts_with([' ', '\t', '#', '-', '\n', '\r']) && line.contains(':');
        if begins {
            if let Some(name) = key {
                // Comments right above a key belong to it.
                let mut cut = at;
                for previous in block[start..at].split_inclusive('\n').rev() {
                    if previous.starts_with('#') { cut -= previous.len() } else { break }
                }
                out.push((name, &block[start..cut]));
                start = cut;
            }
            key = line.split(':').next().map(str::trim);
        }
        at += line.len();
    }
    if let Some(name) = key {
        out.push((name, &block[start..]));
    }
    out
}

fn inner(front: &str) -> &str {
    let body = front.strip_prefix("---\n").or_else(|| front.strip_prefix("---\r\n")).unwrap_or(front);
    let end = body.trim_end().rfind('\n').map_or(0, |i| i + 1);
    &body[..end]
}

/// Merges front matter key by key: what only one side changed counts; `source` is always the import's; of lists both sides' items are kept; where both
/// changed anything else, people win.
pub fn merge(base: &str, ours: &str, theirs: &str) -> String {
    if ours == base {
        return theirs.to_owned();
    }
    let (base, mine, new) = (chunks(inner(base)), chunks(inner(ours)), chunks(inner(theirs)));
    let find = |list: &[Chunk<'_>], key: &str| list.iter().find(|(k, _)| *k == key).map(|(_, t)| (*t).to_owned());
    let mut out = String::from("---\n");
    for (key, text) in &mine {
        let (was, is) = (find(&base, key), find(&new, key));
        let same_as_base = was.as_deref() == Some(*text);
        let merged = match (&was, is) {
            (_, Some(is)) if *key == "source" => is,
            // The import no longer writes the key, and nobody touched it here.
            (Some(_), None) if same_as_base => String::new(),
            (_, Some(is)) if same_as_base => is,
            (_, Some(is)) if matches!(*key, "tags" | "aliases") => union(text, &is, was.as_deref().unwrap_or_default()),
            _ => (*text).to_owned(),
        };
        out.push_str(&merged);
    }
    for (key, text) in &new {
        let deleted_here = find(&base, key).is_some() && *key != "source";
        if find(&mine, key).is_none() && !deleted_here {
            out.push_str(text);
        }
    }
    out.push_str("---\n");
    out
}

/// The items of `ours`, and those of `theirs` that are new since `base`. Only lists written one item a line grow; others stay as people wrote them.
fn union(ours: &str, theirs: &str, base: &str) -> String {
    let items = |t: &str| t.lines().filter_map(|l| l.trim_start().strip_prefix("- ").map(|i| i.trim().to_owned())).collect::<Vec<_>>();
    let (have, known) = (items(ours), items(base));
    if have.is_empty() {
        return ours.to_owned();
    }
    let mut out = ours.to_owned();
    for item in items(theirs) {
        if !have.contains(&item) && !known.contains(&item) {
            let _ = writeln!(out, "  - {item}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_that_could_mean_something_else_are_quoted() {
        for plain in ["Restart the relay", "/display/OPS/A+B", "Größe (neu)", "Q&A"] {
            assert_eq!(scalar(plain), plain);
        }
        for quoted in ["12", "2026-01-01", "a: b", "yes", "- x", "# x", "a #b", "", "@x", "a\"b", "[x]"] {
            assert!(scalar(quoted).starts_with('"'), "{quoted}");
            let back: String = serde_yaml::from_str(&scalar(quoted)).unwrap();
            assert_eq!(back, quoted);
        }
    }

    #[test]
    fn people_keep_what_they_wrote_and_the_import_its_source() {
        let base = "---\ntitle: A\ntags:\n  - x\nsource:\n  version: 1\n---\n";
        let ours = "---\n# checked by hand\ntitle: Better A\nowner: sre\ntags:\n  - x\n  - mine\nsource:\n  version: 1\n---\n";
        let theirs = "---\ntitle: A2\ntags:\n  - x\n  - new\naliases:\n  - /a\nsource:\n  version: 2\n---\n";
        let merged = merge(base, ours, theirs);
        assert_eq!(
            merged,
            "---\n# checked by hand\ntitle: Better A\nowner: sre\ntags:\n  - x\n  - mine\n  - new\nsource:\n  version: 2\naliases:\n  - /a\n---\n"
        );
        assert_eq!(merge(theirs, &merged, theirs), merged, "a second merge changes nothing");
        assert_eq!(split("---\na: 1\n---\nbody\n"), ("---\na: 1\n---\n", "body\n"));
    }
}
