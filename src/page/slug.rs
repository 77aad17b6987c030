//! Names from text: heading anchors and readable titles from file names.

/// A heading's anchor in GitHub's dialect: lower case, spaces to `-`, letters, digits, `-` and `_` kept, the rest dropped.
pub fn anchor(text: &str) -> String {
    text.trim()
        .chars()
        .flat_map(char::to_lowercase)
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

/// A title from a file path: `ops/incident-response.md` becomes `Incident response`; `ops/_index.md` becomes `Ops`.
pub fn readable(path: &str) -> String {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or(path);
    let stem = super::stem(file);
    let stem = if matches!(stem, "_index" | "index" | "README") { parts.next().unwrap_or(stem) } else { stem };
    let words = stem.replace(['-', '_'], " ");
    let mut chars = words.chars();
    chars.next().map_or(words.clone(), |first| first.to_uppercase().chain(chars).collect())
}

/// An id from words: lower-case ASCII letters and digits joined by single hyphens; transliterates other scripts. May be empty.
pub fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in deunicode::deunicode(text).chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') && c != '\'' {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_from_text() {
        assert_eq!(super::anchor("Q&A: What's *next*?"), "qa-whats-next");
        assert_eq!(super::readable("ops/incident-response.md"), "Incident response");
        assert_eq!(super::readable("content/ops/_index.md"), "Ops");
        assert_eq!(super::ascii("Übergabe – Schicht 2 (O'Neill)"), "ubergabe-schicht-2-oneill");
    }
}
