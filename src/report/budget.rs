//! Markdown for places with a limit: job summaries, comments, issues. Texts of pages go in as text, never as markup.

/// Longest comment or issue GitHub takes, in characters.
pub const COMMENT_LIMIT: usize = 65_536;
/// Longest job summary GitHub takes, in bytes.
pub const SUMMARY_LIMIT: usize = 1_024 * 1_024;

/// Text of a page as Markdown text: nothing in it can close a cell, open a tag, mention a person or start a block.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A word joiner keeps `@name` from notifying somebody.
            '@' => out.push_str("@\u{2060}"),
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Text as inline code. Backticks inside get a longer fence.
pub fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A document that stops growing at its limit, counted in UTF-8 bytes so that both GitHub limits hold.
#[derive(Debug)]
pub struct Budget {
    text: String,
    limit: usize,
    reserve: usize,
}

impl Budget {
    /// An empty document of at most `limit` bytes, of which `reserve` are kept for [`Budget::finish`].
    pub fn new(limit: usize, reserve: usize) -> Self {
        Self { text: String::new(), limit, reserve }
    }

    /// Adds a part if it fits whole; false, and nothing added, if not.
    #[must_use]
    pub fn add(&mut self, part: &str) -> bool {
        let fits = self.text.len() + part.len() + self.reserve <= self.limit;
        if fits {
            self.text.push_str(part);
        }
        fits
    }

    /// Adds as many items as fit, and says how many did not.
    pub fn list(&mut self, items: &[String], rest: impl Fn(usize) -> String) {
        for (index, item) in items.iter().enumerate() {
            let more = rest(items.len() - index);
            let last = index + 1 == items.len();
            let needed = item.len() + if last { 0 } else { more.len() };
            if self.text.len() + needed + self.reserve > self.limit {
                let _ = self.add(&more);
                return;
            }
            self.text.push_str(item);
        }
    }

    /// The document with its last words, which use the reserve.
    pub fn finish(mut self, tail: &str) -> String {
        if self.text.len() + tail.len() <= self.limit {
            self.text.push_str(tail);
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_text_stays_text() {
        assert_eq!(escaped("a|b <!-- x --> @ops `c`\n# d"), "a\\|b &lt;!-- x --&gt; @\u{2060}ops \\`c\\` \\# d");
        assert_eq!(code("a `b`"), "`` a `b` ``");
    }

    #[test]
    fn a_budget_is_kept_and_the_rest_is_counted() {
        let items: Vec<String> = (0..100).map(|n| format!("- item {n:02}\n")).collect();
        let mut budget = Budget::new(200, 10);
        assert!(budget.add("# Head\n"));
        budget.list(&items, |n| format!("{n} more\n"));
        let text = budget.finish("end\n");
        assert!(text.len() <= 200 && text.ends_with("more\nend\n"), "{text}");
        let shown = text.matches("- item").count();
        assert!(text.contains(&format!("{} more", 100 - shown)));
    }
}
