//! Code in markup: blocks with their language, spans in a line, and what cannot be part of them.

use crate::import::document::{Block, Inline};
use crate::import::dom::{Element, Node};
use crate::import::flow::{self, Piece};

/// A code block from its text, as pieces; nothing if it is blank.
pub(in crate::import) fn code_block(text: String, language: Option<String>, title: Option<String>) -> Vec<Piece> {
    if text.trim().is_empty() && title.is_none() {
        return Vec::new();
    }
    vec![Piece::Block(Block::Code { language, title, text: clean_code(&text) })]
}

/// Code without what only exports add: carriage returns, no-break blanks, blank lines at both ends.
fn clean_code(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\u{a0}', " ").replace('\u{feff}', "");
    let mut lines: Vec<&str> = text.split('\n').collect();
    while lines.last().is_some_and(|l| l.trim().is_empty()) {
        lines.pop();
    }
    let first = lines.iter().position(|l| !l.is_empty()).unwrap_or(0);
    lines[first..].join("\n")
}

/// The text of a `pre`: line breaks are line ends.
pub(in crate::import) fn preformatted(e: &Element) -> String {
    fn add(e: &Element, out: &mut String) {
        for node in &e.children {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Element(child) if child.name == "br" => out.push('\n'),
                Node::Element(child) if matches!(child.name.as_str(), "script" | "style") => {}
                Node::Element(child) => {
                    add(child, out);
                    if matches!(child.name.as_str(), "div" | "p" | "li" | "tr") && !out.ends_with('\n') {
                        out.push('\n');
                    }
                }
            }
        }
    }
    let mut out = String::new();
    add(e, &mut out);
    out
}

/// A code span, with its outer blanks outside; blank text stays text.
pub(super) fn code_span(text: &str) -> Vec<Inline> {
    let inner: String = text.split(flow::is_blank).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    if inner.is_empty() {
        return vec![Inline::Text(text.to_owned())];
    }
    let mut out = Vec::new();
    if text.starts_with(flow::is_blank) {
        out.push(Inline::Text(" ".to_owned()));
    }
    out.push(Inline::Code(inner));
    if text.ends_with(flow::is_blank) {
        out.push(Inline::Text(" ".to_owned()));
    }
    out
}

/// Code that holds markup: the marks go outside, the text becomes code.
pub(super) fn into_code(piece: Piece) -> Vec<Piece> {
    fn one(inline: Inline) -> Vec<Inline> {
        let all = |content: Vec<Inline>| content.into_iter().flat_map(one).collect::<Vec<_>>();
        match inline {
            Inline::Text(text) => code_span(&text),
            Inline::Strong(c) => vec![Inline::Strong(all(c))],
            Inline::Emphasis(c) => vec![Inline::Emphasis(all(c))],
            Inline::Strike(c) => vec![Inline::Strike(all(c))],
            Inline::Sub(c) | Inline::Sup(c) => all(c),
            Inline::Link { target, content } => vec![Inline::Link { target, content: all(content) }],
            other => vec![other],
        }
    }
    match piece {
        Piece::Inline(inline) => one(inline).into_iter().map(Piece::Inline).collect(),
        Piece::Block(Block::Paragraph(content)) => {
            vec![Piece::Block(Block::Paragraph(content.into_iter().flat_map(one).collect()))]
        }
        block @ Piece::Block(_) => vec![block],
    }
}

/// The name Markdown highlighters know for a language as wikis spell it; `None` for plain text.
pub(in crate::import) fn language(name: &str) -> Option<String> {
    let name = name.trim().to_ascii_lowercase();
    let known = match name.as_str() {
        "" | "none" | "plain" | "text" | "plaintext" | "txt" | "nocode" | "noformat" | "plain text" => return None,
        "c#" | "cs" => "csharp",
        "c++" | "cplusplus" => "cpp",
        "f#" => "fsharp",
        "html/xml" | "html and xml" | "xhtml" => "xml",
        "js" | "jscript" => "javascript",
        "py" => "python",
        "sh" | "shell" | "console" => "bash",
        "yml" => "yaml",
        "ps" | "ps1" => "powershell",
        "rb" => "ruby",
        "obj-c" | "objective c" => "objectivec",
        "vb.net" | "visual basic" => "vb",
        "ts" => "typescript",
        other => other,
    };
    let clean: String = known.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '+' | '#' | '.')).collect();
    Some(clean).filter(|c| !c.is_empty())
}

/// Whether a link shows nothing but its own address, with or without what addresses begin with.
pub(super) fn is_own_text(url: &str, content: &[Inline]) -> bool {
    let [Inline::Text(text)] = content else { return false };
    let bare = |t: &str| {
        let t = t.trim().trim_end_matches('/');
        ["https://", "http://", "mailto:"].iter().find_map(|p| t.strip_prefix(p)).unwrap_or(t).to_lowercase()
    };
    bare(url) == bare(text)
}
