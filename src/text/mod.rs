//! Text with places in it: files as read, byte spans, line/column positions, edits, and YAML with a span for every value.
//!
//! Owns everything that says *where*, and what looks like a secret. Knows nothing of pages, rules or blueprints, and never touches the disk.

pub mod date;
pub mod hash;
pub mod path;
pub mod schema;
pub mod secrets;
pub mod source;
pub mod suggest;
pub mod xml;
pub mod yaml;

pub use source::{Position, Source, Span};
pub use suggest::nearest;

/// Words that writers leave where something is still to be written.
pub const UNWRITTEN: [&str; 5] = ["TODO", "TBD", "TBC", "FIXME", "XXX"];

/// `1 page`, `2 pages`, `1,240 pages`: a count for people.
pub fn count(n: usize, noun: &str) -> String {
    let plural = match noun {
        _ if n == 1 => noun.to_owned(),
        _ if noun.ends_with('y') && !noun.trim_end_matches('y').ends_with(['a', 'e', 'o', 'u']) => {
            format!("{}ies", &noun[..noun.len() - 1])
        }
        _ => format!("{noun}s"),
    };
    format!("{} {plural}", thousands(n))
}

/// A text by its letters and digits alone, in lower case: marks and wrapping do not count.
pub fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The text on one line, cut between words at `limit` characters; an ellipsis stands for the rest.
pub fn shortened(text: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut room = limit;
    for word in text.split_whitespace() {
        let blank = usize::from(!out.is_empty());
        let length = word.chars().count() + blank;
        if length > room {
            if out.is_empty() {
                out.extend(word.chars().take(limit));
            }
            out.push_str(" …");
            break;
        }
        if blank == 1 {
            out.push(' ');
        }
        out.push_str(word);
        room -= length;
    }
    out
}

/// A number with commas from 1,000 on.
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}
