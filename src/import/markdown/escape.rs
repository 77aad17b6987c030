//! Which characters of a text would mean something in Markdown where they stand, and only those.

/// What stands around a piece of text on its line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Around {
    /// The character before it, `None` at the start of a line.
    pub(super) before: Option<char>,
    /// The character after it, `None` at the end of a line.
    pub(super) after: Option<char>,
    /// It stands in a link's text, where brackets must not close it.
    pub(super) in_link: bool,
    /// It stands inside emphasis, which its own signs must not end.
    pub(super) in_mark: bool,
}

/// True for what CommonMark calls punctuation, as far as flanking goes.
pub(super) fn is_punctuation(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_whitespace()
}

fn is_space(c: Option<char>) -> bool {
    c.is_none_or(char::is_whitespace)
}

/// True if a delimiter run between these two characters can open emphasis.
pub(super) fn opens(before: Option<char>, after: Option<char>) -> bool {
    !is_space(after) && (!after.is_some_and(is_punctuation) || is_space(before) || before.is_some_and(is_punctuation))
}

/// True if a delimiter run between these two characters can close emphasis.
pub(super) fn closes(before: Option<char>, after: Option<char>) -> bool {
    opens(after, before)
}

/// Text with what Markdown would read as markup escaped. The start of lines is [`line_start`]'s.
pub(super) fn text(text: &str, around: Around) -> String {
    let chars: Vec<char> = text.chars().collect();
    // What stands before on the line may have one too.
    let mut dollars_seen = usize::from(around.before.is_some());
    let mut out = String::with_capacity(text.len() + 8);
    for (i, c) in chars.iter().copied().enumerate() {
        let before = if i == 0 { around.before } else { Some(chars[i - 1]) };
        let after = if i + 1 == chars.len() { around.after } else { Some(chars[i + 1]) };
        let escape = match c {
            '\\' => after.is_none_or(|a| a.is_ascii_punctuation()),
            '`' => true,
            '*' | '_' => is_delimiter(&chars, i, around),
            '~' => !is_space(before) || after == Some('~'),
            '[' => around.in_link || matches!(after, Some('!' | '^')) || (before == Some('!') && chars[i..].contains(&']')),
            ']' => around.in_link || matches!(after, Some('(' | '[' | ':')),
            '<' => after.is_none_or(|a| a.is_ascii_alphabetic() || matches!(a, '/' | '!' | '?')),
            '&' => is_entity(&chars[i..]),
            '!' => after == Some('[') && i + 1 == chars.len(),
            '$' => {
                dollars_seen += 1;
                // Beside code they are those of a formula.
                dollars_seen > 1 && !is_space(before) && before != Some('`') && after != Some('`')
            }
            _ => false,
        };
        if escape {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// True if the run of signs around `i` could begin emphasis, or end one that it stands in. What can only end some, where none has begun, is harmless.
fn is_delimiter(chars: &[char], i: usize, around: Around) -> bool {
    let sign = chars[i];
    let start = chars[..i].iter().rposition(|c| *c != sign).map_or(0, |at| at + 1);
    let end = chars[i..].iter().position(|c| *c != sign).map_or(chars.len(), |n| i + n);
    let before = if start == 0 { around.before } else { Some(chars[start - 1]) };
    let after = if end == chars.len() { around.after } else { Some(chars[end]) };
    // A sign that touches one of ours would be part of it.
    if before == Some(sign) || after == Some(sign) {
        return true;
    }
    let inside_word = |c: Option<char>| sign == '_' && c.is_some_and(char::is_alphanumeric);
    let begins = opens(before, after) && !inside_word(before);
    let ends = around.in_mark && closes(before, after) && !inside_word(after);
    begins || ends
}

/// True if the text at an ampersand would be read as an entity.
fn is_entity(chars: &[char]) -> bool {
    let end = chars.iter().take(40).position(|c| *c == ';').unwrap_or(0);
    let name: String = chars.iter().take(end).skip(1).collect();
    end > 1 && (name.starts_with('#') || quick_xml::escape::resolve_html5_entity(&name).is_some())
}

/// A paragraph's line with its start escaped where it would begin another block. `first` is false for lines after a hard break.
pub(super) fn line_start(line: &str, first: bool) -> String {
    let bytes = line.as_bytes();
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let ends_or_blank = |at: usize| bytes.get(at).is_none_or(|b| *b == b' ');
    let hashes = bytes.iter().take_while(|b| **b == b'#').count();
    let only = |set: &str| !line.is_empty() && line.chars().all(|c| set.contains(c));
    let at = match bytes.first() {
        Some(b'#') if hashes <= 6 && ends_or_blank(hashes) => Some(0),
        Some(b'>') => Some(0),
        Some(b'-' | b'+' | b'*') if ends_or_blank(1) => Some(0),
        Some(b'-') if only("- ") || only("-:| ") => Some(0),
        Some(b'=') if !first && only("= ") => Some(0),
        Some(b'|') => Some(0),
        Some(b':') if ends_or_blank(1) || only("-:| ") => Some(0),
        Some(b'~') if line.starts_with("~~~") => Some(0),
        Some(b'0'..=b'9') if digits <= 9 && matches!(bytes.get(digits), Some(b'.' | b')')) && ends_or_blank(digits + 1) => Some(digits),
        Some(b'[') if line.len() > 2 && matches!(bytes[1], b' ' | b'x' | b'X') && bytes[2] == b']' => Some(0),
        _ => None,
    };
    match at {
        Some(at) => format!("{}\\{}", &line[..at], &line[at..]),
        None => line.to_owned(),
    }
}

/// Text for raw HTML.
pub(super) fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A code span.
pub(super) fn code_span(text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    // The shortest fence that does not occur inside.
    let runs: Vec<usize> = text.split(|c| c != '`').map(str::len).filter(|l| *l > 0).collect();
    let fence = "`".repeat((1..=longest + 1).find(|n| !runs.contains(n)).unwrap_or(longest + 1));
    let pad = text.starts_with('`') || text.ends_with('`') || (text.starts_with(' ') && text.ends_with(' ') && !text.trim().is_empty());
    if pad { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}

/// A path of our tree as a link destination: percent-encoded where Markdown or URLs would read it otherwise.
pub(super) fn path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            ' ' | '%' | '#' | '?' | '(' | ')' | '<' | '>' | '\\' | '"' | '|' | '&' | '*' | '_' | '`' | '[' | ']' if c != '_' => {
                encode(c, &mut out);
            }
            c if c.is_control() || c.is_whitespace() => encode(c, &mut out),
            c => out.push(c),
        }
    }
    out
}

/// An outside address as a link destination: as it is, but for what would end it early.
pub(super) fn address(url: &str) -> String {
    let mut depth = 0i32;
    let balanced = url.chars().all(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth >= 0
    }) && depth == 0;
    let mut out = String::with_capacity(url.len());
    for c in url.trim().chars() {
        match c {
            '<' | '>' | '\\' | '`' => encode(c, &mut out),
            '(' | ')' if !balanced => encode(c, &mut out),
            c if c.is_control() || c.is_whitespace() => encode(c, &mut out),
            c => out.push(c),
        }
    }
    if out.contains('&') {
        let chars: Vec<char> = out.chars().collect();
        out = chars
            .iter()
            .enumerate()
            .map(|(i, c)| if *c == '&' && is_entity(&chars[i..]) { "&amp;".to_owned() } else { c.to_string() })
            .collect();
    }
    out
}

fn encode(c: char, out: &mut String) {
    let mut buffer = [0; 4];
    for byte in c.encode_utf8(&mut buffer).bytes() {
        out.push_str(&format!("%{byte:02X}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(t: &str) -> String {
        line_start(&text(t, Around::default()), true)
    }

    #[test]
    fn only_what_means_something_is_escaped() {
        for plain in [
            "a_b_c [1] (x) 5 * 3",
            "Recon* get() and Survey_ 13, foo_(x) or 2 ** 3",
            "C:\\Users\\me",
            "1.5 GB",
            "#tag",
            "-x",
            "cost $5",
            "a < b && c > d",
            "x | y",
            "~5 min",
            "R&D; R&amp",
        ] {
            assert_eq!(escaped(plain), plain);
        }
        assert_eq!(escaped("1. a"), "1\\. a");
        assert_eq!(escaped("- a"), "\\- a");
        assert_eq!(escaped("# a"), "\\# a");
        assert_eq!(escaped("*a* _b_ `c` <d> &lt; [x](y)"), "\\*a* \\_b_ \\`c\\` \\<d> \\&lt; [x\\](y)");
        assert_eq!(escaped("\\\\server\\share"), "\\\\\\server\\share");
    }

    #[test]
    fn no_two_prices_on_a_line_become_a_formula() {
        assert_eq!(escaped("between $5 and 10$"), "between $5 and 10\\$");
        let behind = Around { before: Some('*'), ..Around::default() };
        assert_eq!((text(" or 7$)", behind), text(" or $7", behind)), (" or 7\\$)".to_owned(), " or $7".to_owned()));
    }

    #[test]
    fn inside_emphasis_its_own_signs_are_escaped() {
        let inside = |t: &str| text(t, Around { before: Some('*'), after: Some('*'), in_mark: true, ..Around::default() });
        assert_eq!(inside("a* b"), "a\\* b");
        assert_eq!(inside("a_ b"), "a\\_ b");
        assert_eq!(inside("a_b 2 * 3"), "a_b 2 * 3");
    }

    #[test]
    fn code_spans_and_destinations() {
        assert_eq!(code_span("a"), "`a`");
        assert_eq!(code_span("a`b"), "``a`b``");
        assert_eq!(code_span("`"), "`` ` ``");
        assert_eq!(path("a b/ü(1).png"), "a%20b/ü%281%29.png");
        assert_eq!(address("https://e.org/a_(b)"), "https://e.org/a_(b)");
        assert_eq!(address("https://e.org/a)b c"), "https://e.org/a%29b%20c");
    }
}
