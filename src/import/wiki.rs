//! Wiki markup of Confluence 2 and 3 into document blocks.
//!
//! The markup is turned into the same tree that storage format has, so that macros, links and images have one reader. Macros with a body are cut out first
//! and stand in the text as a placeholder, so that a code block may be part of a list item's line.

mod lines;

use std::collections::BTreeMap;

use super::context::BodyContext;
use super::document::Block;
use super::dom::{Element, Node};
use super::elements::{record_colours, shorten};
use super::storage;
use lines::Lines;

/// Marks the place of a macro that was cut out: `OPEN index CLOSE`.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';
/// Macros inside macros, at most; deeper ones stay text.
const DEPTH: usize = 12;
/// How far the end of a mark is looked for.
const REACH: usize = 2000;

/// Macros whose body is not markup.
const RAW: &[&str] =
    &["code", "noformat", "html", "latex", "style", "plantuml", "mermaid", "markdown", "graphviz", "javascript", "sql", "xslt"];
/// Macros that never have a body.
const BODYLESS: &[&str] = &[
    "toc",
    "children",
    "pagetree",
    "anchor",
    "include",
    "excerpt-include",
    "recently-updated",
    "contributors",
    "gallery",
    "attachments",
    "pagetreesearch",
    "livesearch",
    "status",
    "jira",
    "jiraissues",
    "widget",
    "rss",
    "userlister",
    "profile",
    "contentbylabel",
    "blog-posts",
    "space-details",
    "viewfile",
    "view-file",
    "viewpdf",
    "viewdoc",
    "viewxls",
    "viewppt",
    "search",
    "listlabels",
    "popular-labels",
    "navmap",
    "spaces",
    "create-page",
    "im",
];

/// Reads a wiki-markup body.
pub fn read(raw: &str, ctx: &mut BodyContext) -> Vec<Block> {
    let text: String = raw.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| *c != OPEN && *c != CLOSE).collect();
    let mut parser = Parser { cut: Vec::new(), coloured: Vec::new() };
    let children = parser.blocks(&text, 0);
    record_colours(&parser.coloured, ctx);
    storage::read_tree(&Element::new("root", &[], children), ctx)
}

fn node(name: &str, attributes: &[(&str, &str)], children: Vec<Node>) -> Node {
    Node::Element(Element::new(name, attributes, children))
}

fn text(t: impl Into<String>) -> Node {
    Node::Text(t.into())
}

struct Parser {
    /// What placeholders stand for.
    cut: Vec<Node>,
    /// Words whose colour was dropped.
    coloured: Vec<String>,
}

/// A macro's tag: `{name:parameters}`.
struct MacroTag<'t> {
    name: &'t str,
    parameters: &'t str,
    /// Bytes with both braces.
    len: usize,
}

/// The macro tag at the `{` that `text` begins with.
fn macro_tag(text: &str) -> Option<MacroTag<'_>> {
    let inner = text.strip_prefix('{')?;
    let end = inner.find(['}', '\n', '{'])?;
    if inner.as_bytes()[end] != b'}' {
        return None;
    }
    let (name, parameters) = inner[..end].split_once(':').unwrap_or((&inner[..end], ""));
    let word =
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    word.then_some(MacroTag { name, parameters, len: end + 2 })
}

/// Where bare `{name}` tags stand, by name.
fn bare_tags(text: &str) -> BTreeMap<&str, Vec<usize>> {
    let mut out: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, _) in text.match_indices('{') {
        if let Some(tag) = macro_tag(&text[at..])
            && tag.parameters.is_empty()
        {
            out.entry(tag.name).or_default().push(at);
        }
    }
    out
}

impl Parser {
    fn hold(&mut self, node: Node, out: &mut String) {
        out.push(OPEN);
        out.push_str(&self.cut.len().to_string());
        out.push(CLOSE);
        self.cut.push(node);
    }

    /// Text with macros and monospaced spans cut out.
    fn cut_macros(&mut self, text: &str, depth: usize) -> String {
        let closers = bare_tags(text);
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(brace) = text[at..].find('{').map(|i| i + at) {
            out.push_str(&text[at..brace]);
            at = brace;
            if out.ends_with('\\') && !out.ends_with("\\\\") {
                out.push('{');
                at += 1;
                continue;
            }
            if let Some(inner) = text[at..].strip_prefix("{{")
                && let Some(end) = inner.find("}}").filter(|e| *e > 0 && !inner[..*e].contains('\n'))
            {
                // A third brace belongs to the text.
                let end = end + inner[end + 2..].chars().take_while(|c| *c == '}').count();
                self.hold(node("code", &[], vec![self::text(unescape(&inner[..end]))]), &mut out);
                at += end + 4;
                continue;
            }
            let Some(tag) = macro_tag(&text[at..]) else {
                out.push('{');
                at += 1;
                continue;
            };
            at += tag.len;
            if matches!(tag.name, "color" | "bgcolor" | "font" | "span" | "cloak" | "lozenge") {
                if !tag.parameters.is_empty() {
                    let words = text[at..].split(&format!("{{{}}}", tag.name)).next().unwrap_or_default();
                    self.coloured.push(shorten(words, 60));
                }
                continue;
            }
            let close = closers.get(tag.name).and_then(|places| places.iter().copied().find(|p| *p >= at));
            let bodyless = BODYLESS.contains(&tag.name);
            match close.filter(|_| !bodyless && depth < DEPTH) {
                Some(end) => {
                    let body = &text[at..end];
                    let macro_node = self.macro_with_body(&tag, body, depth);
                    self.hold(macro_node, &mut out);
                    at = end + tag.name.len() + 2;
                }
                None if bodyless || !tag.parameters.is_empty() => {
                    let macro_node = Node::Element(macro_element(&tag, Vec::new()));
                    self.hold(macro_node, &mut out);
                }
                // An opening tag that nothing closes, or a word in braces.
                None if storage::knows_macro(tag.name) => {}
                None => out.push_str(&text[at - tag.len..at]),
            }
        }
        out.push_str(&text[at..]);
        out
    }

    fn macro_with_body(&mut self, tag: &MacroTag<'_>, body: &str, depth: usize) -> Node {
        if RAW.contains(&tag.name) {
            let plain = node("ac:plain-text-body", &[], vec![text(body.trim_matches('\n'))]);
            return Node::Element(macro_element(tag, vec![plain]));
        }
        let children = self.blocks(body, depth + 1);
        match tag.name {
            "table" | "table-plus" if tag.name == "table" => node("table", &[], children),
            "table-row" | "tr" => node("tr", &[], children),
            "table-cell" | "td" => node("td", &[], children),
            "th" => node("th", &[], children),
            _ => Node::Element(macro_element(tag, vec![node("ac:rich-text-body", &[], children)])),
        }
    }

    /// Blocks of markup.
    fn blocks(&mut self, raw: &str, depth: usize) -> Vec<Node> {
        let cut = self.cut_macros(raw, depth);
        let mut lines = Lines::new(self);
        for line in cut.split('\n') {
            lines.line(line);
        }
        lines.finish()
    }

    /// Inline markup.
    fn inline(&mut self, raw: &str) -> Vec<Node> {
        let chars: Vec<char> = raw.chars().collect();
        let mut out = Vec::new();
        let mut plain = String::new();
        let mut i = 0;
        while i < chars.len() {
            match self.inline_at(&chars, i) {
                Some((nodes, next)) => {
                    if !plain.is_empty() {
                        out.push(text(std::mem::take(&mut plain)));
                    }
                    out.extend(nodes);
                    i = next;
                }
                None if chars[i] == '\\' && chars.get(i + 1).is_some_and(char::is_ascii_punctuation) => {
                    plain.push(chars[i + 1]);
                    i += 2;
                }
                None => {
                    plain.push(chars[i]);
                    i += 1;
                }
            }
        }
        if !plain.is_empty() {
            out.push(text(plain));
        }
        out
    }

    /// What begins at `i`, and where it ends; `None` for a plain character.
    fn inline_at(&mut self, chars: &[char], i: usize) -> Option<(Vec<Node>, usize)> {
        let before = i.checked_sub(1).map(|b| chars[b]);
        let starts_word = before.is_none_or(|c| !c.is_alphanumeric() && c != '\\');
        match chars[i] {
            OPEN => {
                let end = position(chars, i + 1, CLOSE)?;
                let index: usize = chars[i + 1..end].iter().collect::<String>().parse().ok()?;
                let cut = self.cut.get_mut(index)?;
                Some((vec![std::mem::replace(cut, Node::Text(String::new()))], end + 1))
            }
            '\\' if chars.get(i + 1) == Some(&'\\') => Some((vec![node("br", &[], Vec::new())], i + 2)),
            '[' if chars.get(i + 1).is_some_and(|c| *c != '[') => {
                let end = position(chars, i + 1, ']')?;
                let inner: String = chars[i + 1..end].iter().collect();
                Some((self.link(inner.trim())?, end + 1))
            }
            '!' if starts_word && chars.get(i + 1).is_some_and(|c| !c.is_whitespace() && *c != '!') => {
                let end = position(chars, i + 1, '!')?;
                let inner: String = chars[i + 1..end].iter().collect();
                Some((vec![image(&inner)?], end + 1))
            }
            mark @ ('*' | '_' | '-' | '+' | '^' | '~') if starts_word || matches!(mark, '^' | '~') => {
                let end = mark_end(chars, i, mark)?;
                let inner: String = chars[i + 1..end].iter().collect();
                let name = match mark {
                    '*' => "strong",
                    '_' => "em",
                    '-' => "del",
                    '^' => "sup",
                    '~' => "sub",
                    _ => "u",
                };
                Some((vec![node(name, &[], self.inline(&inner))], end + 1))
            }
            '?' if chars.get(i + 1) == Some(&'?') => {
                let end = (i + 2..chars.len().min(i + REACH)).find(|e| chars[*e] == '?' && chars.get(e + 1) == Some(&'?'))?;
                let inner: String = chars[i + 2..end].iter().collect();
                Some((vec![node("em", &[], self.inline(&inner))], end + 2))
            }
            '(' => {
                let end = (i + 2..chars.len().min(i + 6)).find(|e| chars[*e] == ')')?;
                let sign: String = chars[i + 1..end].iter().collect();
                matches!(
                    sign.as_str(),
                    "/" | "x" | "!" | "?" | "i" | "+" | "-" | "on" | "off" | "*" | "*r" | "*g" | "*b" | "*y" | "y" | "n"
                )
                .then(|| (vec![node("ac:emoticon", &[("ac:name", &sign)], Vec::new())], end + 1))
            }
            'h' | 'f' if starts_word => bare_url(chars, i),
            _ => None,
        }
    }

    fn link(&mut self, inner: &str) -> Option<Vec<Node>> {
        let parts: Vec<&str> = inner.splitn(3, '|').collect();
        let (label, target) = match parts.as_slice() {
            [target] => (None, target.trim()),
            [label, target, ..] => (Some(label.trim()), target.trim()),
            [] => return None,
        };
        if target.is_empty() {
            return label.map(|l| self.inline(l));
        }
        let shown = |parser: &mut Self, fallback: &str| match label {
            Some(label) => parser.inline(label),
            None => vec![text(fallback)],
        };
        let lower = target.to_ascii_lowercase();
        if target.contains("://")
            || lower.starts_with("mailto:")
            || lower.starts_with("file:")
            || target.starts_with('/')
            || target.starts_with("\\\\")
        {
            let children = shown(self, target.strip_prefix("mailto:").unwrap_or(target));
            return Some(vec![node("a", &[("href", target)], children)]);
        }
        let body = |parser: &mut Self| label.map(|l| node("ac:link-body", &[], parser.inline(l)));
        if let Some(user) = target.strip_prefix('~') {
            let children = std::iter::once(node("ri:user", &[("ri:username", user)], Vec::new())).chain(body(self)).collect();
            return Some(vec![node("ac:link", &[], children)]);
        }
        let (page, file) = target.split_once('^').map_or((target, None), |(p, f)| (p, Some(f.trim())));
        let (page, anchor) = page.split_once('#').map_or((page, ""), |(p, a)| (p, a.trim()));
        let (space, title) = page.split_once(':').map_or(("", page.trim()), |(s, t)| (s.trim(), t.trim()));
        let page_node = if title.is_empty() {
            // `[KEY:]` leads to the space's first page.
            (file.is_none() && !space.is_empty()).then(|| node("ri:space", &[("ri:space-key", space)], Vec::new()))
        } else {
            let attributes: Vec<(&str, &str)> =
                [("ri:content-title", title), ("ri:space-key", space)].into_iter().filter(|(_, v)| !v.is_empty()).collect();
            Some(node("ri:page", &attributes, Vec::new()))
        };
        let mut children: Vec<Node> = match file {
            Some(file) => vec![node("ri:attachment", &[("ri:filename", file)], page_node.into_iter().collect())],
            None => page_node.into_iter().collect(),
        };
        children.extend(body(self));
        let attributes: Vec<(&str, &str)> = if anchor.is_empty() { Vec::new() } else { vec![("ac:anchor", anchor)] };
        Some(vec![node("ac:link", &attributes, children)])
    }
}

fn position(chars: &[char], from: usize, wanted: char) -> Option<usize> {
    (from..chars.len().min(from + REACH))
        .take_while(|e| chars[*e] != '\n')
        .find(|e| chars[*e] == wanted && (chars[*e - 1] != '\\' || wanted == CLOSE))
}

/// The end of a mark that opens at `i`: it must touch text inside and no letter outside.
fn mark_end(chars: &[char], i: usize, mark: char) -> Option<usize> {
    let first = *chars.get(i + 1)?;
    if first.is_whitespace() || first == mark {
        return None;
    }
    (i + 2..chars.len().min(i + REACH)).find(|e| {
        chars[*e] == mark
            && !chars[*e - 1].is_whitespace()
            && chars[*e - 1] != '\\'
            && chars.get(e + 1).is_none_or(|c| !c.is_alphanumeric() && *c != mark)
    })
}

fn bare_url(chars: &[char], i: usize) -> Option<(Vec<Node>, usize)> {
    let head: String = chars[i..chars.len().min(i + 8)].iter().collect();
    if !["http://", "https://", "ftp://"].iter().any(|s| head.starts_with(s)) {
        return None;
    }
    let mut end = i;
    while end < chars.len() && !chars[end].is_whitespace() && !matches!(chars[end], '|' | ']' | '[' | '{' | '}' | '"' | '<' | '>' | OPEN) {
        end += 1;
    }
    while end > i && matches!(chars[end - 1], '.' | ',' | ';' | ':' | '!' | '?' | ')' | '*' | '_') {
        end -= 1;
    }
    let url: String = chars[i..end].iter().collect();
    Some((vec![node("a", &[("href", &url)], vec![text(url.clone())])], end))
}

/// `file.png|width=300` as an image; `None` when it is no file.
fn image(inner: &str) -> Option<Node> {
    let (file, options) = inner.split_once('|').unwrap_or((inner, ""));
    let file = file.trim();
    if !file.contains('.') || file.ends_with('.') || file.contains(OPEN) {
        return None;
    }
    let option = |name: &str| {
        options
            .split([',', '|'])
            .find_map(|o| o.trim().strip_prefix(name).and_then(|v| v.strip_prefix('=')))
            .unwrap_or_default()
            .trim_matches('"')
    };
    let source = if file.contains("://") {
        node("ri:url", &[("ri:value", file)], Vec::new())
    } else {
        let (page, name) = file.split_once('^').map_or((None, file), |(p, n)| (Some(p), n));
        let owner = page.map(|p| node("ri:page", &[("ri:content-title", p)], Vec::new()));
        node("ri:attachment", &[("ri:filename", name)], owner.into_iter().collect())
    };
    Some(node("ac:image", &[("ac:alt", option("alt")), ("ac:title", option("title")), ("ac:width", option("width"))], vec![source]))
}

fn macro_element(tag: &MacroTag<'_>, body: Vec<Node>) -> Element {
    let mut children = Vec::new();
    for part in tag.parameters.split('|').filter(|p| !p.trim().is_empty()) {
        let (name, value) = part.split_once('=').map_or(("", part), |(n, v)| (n.trim(), v));
        children.push(node("ac:parameter", &[("ac:name", name)], vec![text(unescape(value.trim()))]));
    }
    children.extend(body);
    Element::new("ac:structured-macro", &[("ac:name", tag.name)], children)
}

/// Text with backslash escapes taken off.
fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next)) if next.is_ascii_punctuation() && *next != '\\' => {}
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::markdown;
    use crate::import::resolve::Alone;
    use proptest::prelude::*;

    fn markdown_of(raw: &str) -> String {
        let blocks = read(raw, &mut BodyContext::new("Page"));
        markdown::write(&blocks, &Alone, &mut Vec::new())
    }

    #[test]
    fn code_stays_in_its_list_item() {
        let got = markdown_of("# Run\n{code:bash}\nls -l | wc\n{code}\n# Done\n");
        assert_eq!(got, "1. Run\n\n   ```bash\n   ls -l | wc\n   ```\n\n2. Done\n");
    }

    #[test]
    fn marks_links_tables_and_escapes() {
        let got = markdown_of("h2. Use *it*\n\nSee [the site|https://e.org] and {{x_y}} \\{not\\}.\n\n||a||b||\n|1|[x|https://e.org/x]|\n");
        assert_eq!(
            got,
            "## Use **it**\n\nSee [the site](https://e.org) and `x_y` {not}.\n\n| a | b |\n| --- | --- |\n| 1 | [x](https://e.org/x) |\n"
        );
    }

    #[test]
    fn callouts_columns_and_colours() {
        let got = markdown_of("{section}{column:width=50%}\n{tip:title=Hint}\n{color:red}Mind{color} the gap\n{tip}\n{column}{section}");
        assert_eq!(got, "> [!TIP]\n> **Hint**\n>\n> Mind the gap\n");
    }

    #[test]
    fn a_link_to_a_space_leads_to_its_first_page() {
        assert_eq!(markdown_of("[OPS:]"), "OPS\n");
    }

    proptest! {
        #[test]
        fn never_panics(raw in "([ -~\n]|\\{code\\}|\\{tip\\}|\\{section\\}|\\|\\||\\* |# |\\[|é|\\{\\{|\\}\\}){0,80}") {
            markdown_of(&raw);
        }
    }
}
