//! Titles and texts as strings: made tidy, compared, put together.

use super::flow;
use super::words::{self, Words};

/// A title: first letter large, no colon or stop at the end, cut at a word if very long.
pub(crate) fn tidy(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let trimmed = joined.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '.' | ',' | ';' | '-' | '–' | '—' | '*' | '_'));
    let mut out = trimmed.to_owned();
    if let Some((at, _)) = trimmed.char_indices().nth(140) {
        let cut = trimmed[..at].rfind(' ').unwrap_or(at);
        out = format!("{}…", trimmed[..cut].trim_end_matches([',', ';', ':']));
    }
    let mut chars = out.chars();
    match chars.next() {
        Some(first) if first.is_lowercase() => first.to_uppercase().chain(chars).collect(),
        _ => out,
    }
}

/// Adds a paragraph.
pub(crate) fn append(text: &mut String, more: &str) {
    let more = more.trim();
    if more.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(more);
}

/// Titles say the same when most words of the shorter are in the longer.
pub(crate) fn similar(a: &str, b: &str, words: &Words) -> f64 {
    let set = |s: &str| -> std::collections::BTreeSet<String> {
        flow::tokenize(s, 0, &[])
            .into_iter()
            .filter(|t| t.is_word() && !words.stop.contains(&t.low))
            .map(|t| words.gerund(&t.low).map_or_else(|| words::singular(&t.low).unwrap_or(t.low.clone()), str::to_owned))
            .collect()
    };
    let (a, b) = (set(a), set(b));
    let small = a.len().min(b.len());
    if small == 0 {
        return 0.0;
    }
    let base = if small == 1 { a.len().max(b.len()) } else { small };
    #[allow(clippy::cast_precision_loss)]
    {
        a.intersection(&b).count() as f64 / base as f64
    }
}
