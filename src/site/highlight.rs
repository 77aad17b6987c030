//! Colours for code: text and language to HTML with a class per kind of token.
//!
//! Owns which parts of a language are told apart, and knows no colours: those are the theme's. The grammars are those of bat; the scopes they name
//! (Sublime Text's scope naming) are brought down to a handful of kinds, because a listing with many colours is harder to read, not easier.

use std::sync::LazyLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use super::html::escape;

/// Bytes of a listing above which it stays plain: nobody reads it, and grammars can be slow.
const LONGEST: usize = 64 * 1024;
/// Bytes of a line above which the listing stays plain (minified files).
const LONGEST_LINE: usize = 2_000;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// Beginnings of scopes and the class of each, the narrower before the wider; an empty class is plain text.
static KINDS: LazyLock<Vec<(Scope, &'static str)>> = LazyLock::new(|| {
    [
        ("comment", "sw-c"),
        ("punctuation.definition.comment", "sw-c"),
        ("string.unquoted", ""),
        ("meta.interpolation", ""),
        ("meta.template.expression", ""),
        ("string", "sw-s"),
        ("constant.character.escape", "sw-s"),
        ("constant", "sw-n"),
        ("variable.parameter.option", "sw-n"),
        ("variable.language", "sw-k"),
        ("keyword.operator.word", "sw-k"),
        ("keyword.operator", ""),
        ("keyword", "sw-k"),
        ("storage", "sw-k"),
        ("entity.name.tag", "sw-k"),
        ("entity.other.attribute-name", "sw-f"),
        ("entity.name", "sw-f"),
        ("support.function", "sw-f"),
        ("variable.function", "sw-f"),
        ("meta.mapping.key", "sw-f"),
        ("markup.deleted", "sw-del"),
        ("markup.inserted", "sw-ins"),
        ("markup.heading", "sw-k"),
        ("meta.diff.range", "sw-n"),
        ("meta.diff.header", "sw-c"),
    ]
    .into_iter()
    .filter_map(|(scope, class)| Some((Scope::new(scope).ok()?, class)))
    .collect()
});

/// The grammar for the language of an info string, if there is one that says more than plain text.
fn grammar(language: &str) -> Option<&'static SyntaxReference> {
    let name = match language.to_ascii_lowercase().as_str() {
        "shell" | "console" | "shellsession" | "shell-session" | "zsh" => "bash".to_owned(),
        "pwsh" | "ps" => "powershell".to_owned(),
        "csharp" | "c#" => "cs".to_owned(),
        "jsonc" | "json5" => "json".to_owned(),
        "golang" => "go".to_owned(),
        "docker" => "dockerfile".to_owned(),
        "hcl" => "tf".to_owned(),
        other => other.to_owned(),
    };
    SYNTAXES.find_syntax_by_token(&name).filter(|s| s.name != "Plain Text")
}

/// The text as lines of HTML, each with its line end and every tag closed in it; `None` where the language is not known, the text is too long, or
/// the grammar fails on it.
pub fn lines(language: &str, text: &str) -> Option<Vec<String>> {
    if text.len() > LONGEST || text.lines().any(|l| l.len() > LONGEST_LINE) {
        return None;
    }
    let mut state = ParseState::new(grammar(language)?);
    let mut stack = ScopeStack::new();
    let mut ended = String::new();
    let mut out = Vec::new();
    for line in text.split_inclusive('\n') {
        // The grammars want a line end on every line.
        let whole = if line.ends_with('\n') {
            line
        } else {
            ended.push_str(line);
            ended.push('\n');
            ended.as_str()
        };
        let mut html = Spans::default();
        let mut at = 0;
        for (to, change) in state.parse_line(whole, &SYNTAXES).ok()? {
            html.text(class(&stack), line.get(at..to.min(line.len())).unwrap_or(""));
            at = to.min(line.len());
            stack.apply(&change).ok()?;
        }
        html.text(class(&stack), &line[at..]);
        out.push(html.finish());
    }
    Some(out)
}

/// Class of what stands in these scopes: the innermost that has one decides.
fn class(stack: &ScopeStack) -> &'static str {
    stack.as_slice().iter().rev().find_map(|scope| KINDS.iter().find(|(kind, _)| kind.is_prefix_of(*scope))).map_or("", |(_, class)| class)
}

/// HTML of one line; neighbours of one class share a tag, and blanks need none.
#[derive(Default)]
struct Spans {
    out: String,
    open: &'static str,
}

impl Spans {
    fn text(&mut self, class: &'static str, text: &str) {
        if text.is_empty() {
            return;
        }
        if class != self.open && !text.trim().is_empty() {
            self.close();
            if !class.is_empty() {
                self.out.push_str("<span class=\"");
                self.out.push_str(class);
                self.out.push_str("\">");
            }
            self.open = class;
        }
        escape(text, &mut self.out);
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.out.push_str("</span>");
        }
        self.open = "";
    }

    fn finish(mut self) -> String {
        // The line end stands outside, so that a line can be marked as a whole.
        let end = self.out.ends_with('\n');
        if end {
            self.out.pop();
        }
        self.close();
        if end {
            self.out.push('\n');
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_and_every_line_stands_alone() {
        let html = lines("python", "def go(a):\n    return \"x < y\"  # why\n").unwrap();
        assert_eq!(html[0], "<span class=\"sw-k\">def </span><span class=\"sw-f\">go</span>(a):\n");
        assert!(html[1].contains("<span class=\"sw-s\">&quot;x &lt; y&quot;"), "{}", html[1]);
        assert!(html[1].ends_with("<span class=\"sw-c\"># why</span>\n"), "{}", html[1]);
        let comment = lines("c", "/* one\n two */\nint x;").unwrap();
        assert_eq!(comment[..2], ["<span class=\"sw-c\">/* one</span>\n", "<span class=\"sw-c\"> two */</span>\n"]);
        assert!(!comment[2].ends_with('\n'));
    }

    #[test]
    fn nothing_is_lost_or_added() {
        let strip = regex::Regex::new("<[^>]*>").unwrap();
        for (language, text) in [
            ("sh", "for f in *; do\n  echo \"${f%.md} \\\"q\\\"\" | sed 's/a/b/' >> out\ndone"),
            ("yaml", "a: &x [1, 'two']\nb: !tag |\n  text <b>\n"),
            ("diff", "--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n"),
            ("powershell", "Get-ChildItem -Path C:\\ | Where-Object { $_.Length -gt 1MB }\n"),
            ("rust", "fn main() { println!(\"{}\", 'ä'); }\n\n\n"),
        ] {
            let html = lines(language, text).unwrap().concat();
            let plain =
                strip.replace_all(&html, "").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
            assert_eq!(plain, text, "{language}");
            assert!(html.contains("<span"), "{language} has no colours");
        }
    }

    #[test]
    fn what_is_not_known_or_too_long_stays_plain() {
        assert!(lines("nonsense", "x").is_none() && lines("text", "x").is_none());
        assert!(lines("json", &"1,".repeat(LONGEST)).is_none());
    }
}
