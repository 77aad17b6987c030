//! A small tree of elements and text, made of storage format or of HTML as wikis write it: the one shape the body readers walk.
//!
//! Knows how broken markup is mended (self-closing tags in HTML, broken CDATA, bare ampersands, unclosed and crossed tags), not what elements mean.
//! Trees are never deeper than [`MAX_DEPTH`], so that everything downstream may recurse.

use quick_xml::Reader;
use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::{BytesStart, Event};
use scraper::Html;

/// Levels of nesting kept; deeper elements are dissolved into the one at the limit, their text stays.
pub(super) const MAX_DEPTH: usize = 100;

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// An element.
    Element(Element),
    /// Text, entities resolved, blanks as written.
    Text(String),
}

/// An element.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Element {
    /// Tag name with prefix, lower case.
    pub(super) name: String,
    /// Attributes in order.
    pub(super) attributes: Vec<(String, String)>,
    /// Content.
    pub(super) children: Vec<Node>,
}

impl Element {
    /// An element of our own making.
    pub(super) fn new(name: &str, attributes: &[(&str, &str)], children: Vec<Node>) -> Self {
        let attributes = attributes.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Self { name: name.to_owned(), attributes, children }
    }

    /// An attribute's value, empty if absent.
    pub(super) fn attr(&self, name: &str) -> &str {
        self.attributes.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// An attribute's value if it is there and not blank.
    pub(super) fn some(&self, name: &str) -> Option<&str> {
        Some(self.attr(name).trim()).filter(|v| !v.is_empty())
    }

    /// True if the attribute is there, whatever its value.
    pub(super) fn has_attr(&self, name: &str) -> bool {
        self.attributes.iter().any(|(n, _)| n == name)
    }

    /// Its classes.
    pub(super) fn classes(&self) -> impl Iterator<Item = &str> {
        self.attr("class").split_ascii_whitespace()
    }

    /// True if it has the class.
    pub(super) fn has_class(&self, class: &str) -> bool {
        self.classes().any(|c| c == class)
    }

    /// Child elements.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|n| match n {
            Node::Element(e) => Some(e),
            Node::Text(_) => None,
        })
    }

    /// The first child element of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|e| e.name == name)
    }

    /// The first descendant (not itself) that fits, in document order.
    pub(super) fn find(&self, fits: &dyn Fn(&Element) -> bool) -> Option<&Element> {
        self.elements().find_map(|e| if fits(e) { Some(e) } else { e.find(fits) })
    }

    /// All text inside, as written.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.add_text(&mut out);
        out
    }

    fn add_text(&self, out: &mut String) {
        for node in &self.children {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Element(e) => e.add_text(out),
            }
        }
    }
}

/// A parsed body, and what had to be mended for it.
#[derive(Debug)]
pub(super) struct Parsed {
    /// The root: a made-up element named `root`.
    pub(super) root: Element,
    /// What was wrong with the markup, in words.
    pub(super) faults: Vec<String>,
}

/// Elements that never have content.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area" | "base" | "br" | "col" | "embed" | "hr" | "img" | "input" | "link" | "meta" | "param" | "source" | "track" | "wbr"
    )
}

/// Whether the words of what stands above it would have no place without it: a macro's body, an item, a cell.
fn holds_text(name: &str) -> bool {
    matches!(name, "ac:rich-text-body" | "ac:link-body" | "ac:task-body" | "ac:layout-cell" | "li" | "td" | "th")
}

/// Builds a tree from start and end tags in any order, with the depth held.
struct Builder {
    open: Vec<Element>,
    /// Names of elements opened below the limit, whose end tags must be swallowed.
    dissolved: Vec<String>,
    too_deep: usize,
    crossed: usize,
}

impl Builder {
    fn new() -> Self {
        Self { open: vec![Element { name: "root".to_owned(), ..Element::default() }], dissolved: Vec::new(), too_deep: 0, crossed: 0 }
    }

    fn top(&mut self) -> &mut Element {
        self.open.last_mut().expect("the root is never closed")
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Node::Text(last)) = self.top().children.last_mut() {
            last.push_str(text);
        } else {
            self.top().children.push(Node::Text(text.to_owned()));
        }
    }

    fn start(&mut self, element: Element, closed: bool) {
        if closed {
            self.top().children.push(Node::Element(element));
        } else if self.open.len() >= MAX_DEPTH + usize::from(holds_text(&element.name)) {
            self.too_deep += 1;
            // Words of dissolved elements must not run into each other.
            self.text(" ");
            self.dissolved.push(element.name);
        } else {
            self.open.push(element);
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(at) = self.dissolved.iter().rposition(|n| n == name) {
            self.text(" ");
            self.dissolved.truncate(at);
            return;
        }
        let Some(at) = self.open.iter().skip(1).rposition(|e| e.name == name) else {
            self.crossed += 1;
            return;
        };
        self.dissolved.clear();
        let keep = at + 1;
        self.crossed += self.open.len() - keep - 1;
        while self.open.len() > keep {
            self.close_one();
        }
    }

    fn close_one(&mut self) {
        if let Some(done) = self.open.pop() {
            self.top().children.push(Node::Element(done));
        }
    }

    fn finish(mut self, mut faults: Vec<String>) -> Parsed {
        while self.open.len() > 1 {
            self.crossed += 1;
            self.close_one();
        }
        if self.too_deep > 0 {
            faults.push(format!("{} elements nested more than {MAX_DEPTH} deep were dissolved, their text is kept", self.too_deep));
        }
        if self.crossed > 0 {
            faults.push(format!("{} tags are crossed or not closed", self.crossed));
        }
        Parsed { root: self.open.pop().unwrap_or_default(), faults }
    }
}

/// Parses storage format: an XML fragment without root or namespaces, with HTML's entities. Never fails.
pub(super) fn parse_storage(raw: &str) -> Parsed {
    let (clean, mut faults) = clean_storage(raw);
    let mut reader = Reader::from_str(&clean);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    config.check_comments = false;
    let mut build = Builder::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                let element = element_of(&tag);
                let void = is_void(&element.name);
                build.start(element, void);
            }
            Ok(Event::Empty(tag)) => build.start(element_of(&tag), true),
            Ok(Event::End(tag)) => {
                let name = tag.name().0.trim().to_ascii_lowercase();
                if !is_void(&name) {
                    build.end(&name);
                }
            }
            Ok(Event::Text(text)) => build.text(&text.xml10_content()),
            Ok(Event::CData(text)) => build.text(&text.xml10_content()),
            Ok(Event::GeneralRef(name)) => build.text(&entity(&name)),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                faults.push(format!("not well-formed XML ({error}); read as HTML"));
                let mut parsed = parse_html(&clean);
                faults.append(&mut parsed.faults);
                return Parsed { root: parsed.root, faults };
            }
        }
    }
    build.finish(faults)
}

fn element_of(tag: &BytesStart<'_>) -> Element {
    let attributes = tag
        .html_attributes()
        .with_checks(false)
        .filter_map(Result::ok)
        .map(|a| (a.key.0.to_ascii_lowercase(), unescape(&a.value)))
        .collect();
    Element { name: tag.name().0.to_ascii_lowercase(), attributes, children: Vec::new() }
}

/// Text with HTML's entities resolved; what is no entity stays as written.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match rest.find(';').filter(|end| *end > 1 && *end < 34 && rest[1..*end].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')) {
            Some(end) => {
                out.push_str(&entity(&rest[1..end]));
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// What `&name;` stands for; itself when nobody knows it.
fn entity(name: &str) -> String {
    let number = name.strip_prefix('#').and_then(|n| match n.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => n.parse().ok(),
    });
    if let Some(code) = number {
        let c = char::from_u32(code).filter(|c| !is_forbidden(*c));
        return c.map(String::from).unwrap_or_default();
    }
    resolve_html5_entity(name).map_or_else(|| format!("&{name};"), str::to_owned)
}

/// Control characters that XML does not allow and nobody wants to see.
fn is_forbidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')
}

/// Storage text that a parser can take: no CDATA (its text escaped instead), no control characters, no `<` that opens nothing.
fn clean_storage(raw: &str) -> (String, Vec<String>) {
    let mut faults = Vec::new();
    let mut out = String::with_capacity(raw.len() + raw.len() / 16);
    let mut rest = raw;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(inner) = rest.strip_prefix("<![CDATA[") {
            let (text, after) = cdata_end(inner);
            let text = text.replace("]]]] ><![CDATA[>", "]]>").replace("]]]]><![CDATA[>", "]]>");
            push_escaped(&mut out, &text);
            rest = after;
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '?') || rest.starts_with("<!--") {
            out.push('<');
            rest = &rest[1..];
        } else if rest[1..].starts_with("!DOCTYPE") {
            rest = rest.find('>').map_or("", |end| &rest[end + 1..]);
        } else {
            out.push_str("&lt;");
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    if out.contains(is_forbidden) {
        let n = out.chars().filter(|c| is_forbidden(*c)).count();
        out.retain(|c| !is_forbidden(c));
        faults.push(format!("{n} control characters were taken out"));
    }
    (out, faults)
}

/// The text of a CDATA section up to its end, and what follows. XML exports put the body in an outer CDATA and break every inner `]]>` by a blank, so `]] >`
/// ends a section too when an end tag (or the second half of a split section) follows.
fn cdata_end(text: &str) -> (&str, &str) {
    let mut from = 0;
    let mut fallback = None;
    while let Some(at) = text[from..].find("]]").map(|i| i + from) {
        let after = &text[at + 2..];
        // The next section began: this one must have ended at the first likely place. Also keeps the search linear.
        if fallback.is_some() && text[from..at].contains("<![CDATA[") {
            break;
        }
        if let Some(after) = after.strip_prefix('>') {
            if after.starts_with("<![CDATA[>") && text[..at].ends_with("]]") {
                from = at + 2;
                continue;
            }
            return (&text[..at], after);
        }
        if let Some(after) = after.strip_prefix(" >") {
            let next = after.trim_start();
            if next.starts_with("</ac:") || next.starts_with("</at:") || next.starts_with("</ri:") {
                return (&text[..at], after);
            }
            fallback.get_or_insert((at, at + 4));
        }
        from = at + 1;
    }
    match fallback {
        Some((end, after)) => (&text[..end], &text[after..]),
        None => (text, ""),
    }
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
}

/// Parses HTML as wikis write it: self-closing tags are expanded first. Never fails.
pub(super) fn parse_html(raw: &str) -> Parsed {
    let (expanded, dropped) = expand_self_closing(raw);
    let html = Html::parse_document(&expanded);
    let mut build = Builder::new();
    let mut faults = Vec::new();
    if dropped > 0 {
        faults.push(format!("{dropped} elements nested more than {TAG_DEPTH} deep were dissolved, their text is kept"));
    }
    // Iterative: html5ever's tree may be as deep as the input.
    let mut node = html.tree.root();
    'walk: loop {
        let mut descend = false;
        match node.value() {
            scraper::Node::Text(text) => build.text(text),
            scraper::Node::Element(e) => {
                let attributes = e.attrs().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
                let element = Element { name: e.name().to_owned(), attributes, children: Vec::new() };
                descend = node.has_children();
                build.start(element, !descend);
            }
            scraper::Node::Document | scraper::Node::Fragment => descend = node.has_children(),
            _ => {}
        }
        if descend && let Some(child) = node.first_child() {
            node = child;
            continue;
        }
        while node.next_sibling().is_none() {
            let Some(parent) = node.parent() else { break 'walk };
            node = parent;
            if let scraper::Node::Element(e) = node.value() {
                build.end(e.name());
            }
        }
        let Some(next) = node.next_sibling() else { break };
        node = next;
    }
    build.finish(faults)
}

/// Start tags beyond this depth are left out before HTML parsing, whose cost grows with depth squared.
const TAG_DEPTH: usize = 400;

/// XHTML served as HTML: `<p />` means `<p></p>`, which an HTML parser reads as an open `<p>`. Also bounds nesting; the count of tags left out is returned.
pub(super) fn expand_self_closing(raw: &str) -> (String, usize) {
    let mut out = String::with_capacity(raw.len() + raw.len() / 32);
    let mut rest = raw;
    let last = raw.rfind('>').unwrap_or(0);
    let (mut depth, mut dropped) = (0usize, 0usize);
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // No tag ends after the last `>`; without this, a file of `<a <a <a` would be searched to its end for each.
        if raw.len() - rest.len() > last {
            break;
        }
        if rest.starts_with("<!--") {
            let end = rest.find("-->").map_or(rest.len(), |e| e + 3);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let Some(tag) = tag_at(rest) else {
            out.push('<');
            rest = &rest[1..];
            continue;
        };
        let name = tag.name.to_ascii_lowercase();
        let counted = !is_void(&name) && !ends_by_itself(&name);
        let whole = &rest[..tag.len];
        rest = &rest[tag.len..];
        if tag.closing {
            if counted && depth > TAG_DEPTH {
                depth -= 1;
                out.push(' ');
                continue;
            }
            depth = depth.saturating_sub(usize::from(counted));
            out.push_str(whole);
        } else if tag.self_closing && !is_void(&name) {
            out.push_str(whole.trim_end_matches('>').trim_end_matches('/'));
            out.push_str("></");
            out.push_str(tag.name);
            out.push('>');
        } else {
            if counted {
                depth += 1;
                if depth > TAG_DEPTH {
                    dropped += 1;
                    out.push(' ');
                    continue;
                }
            }
            out.push_str(whole);
            if matches!(name.as_str(), "script" | "style" | "textarea" | "title") {
                let end = find_end_tag(rest, &name);
                out.push_str(&rest[..end]);
                rest = &rest[end..];
            }
        }
    }
    out.push_str(rest);
    (out, dropped)
}

/// Elements whose end tag HTML lets one leave out; they cannot nest in themselves without another one between.
fn ends_by_itself(name: &str) -> bool {
    matches!(
        name,
        "p" | "li" | "td" | "th" | "tr" | "dt" | "dd" | "option" | "tbody" | "thead" | "tfoot" | "colgroup" | "html" | "head" | "body"
    )
}

fn find_end_tag(text: &str, name: &str) -> usize {
    let mut from = 0;
    while let Some(at) = text[from..].find("</").map(|i| i + from) {
        let after = &text.as_bytes()[at + 2..];
        if after.len() >= name.len() && after[..name.len()].eq_ignore_ascii_case(name.as_bytes()) {
            return at;
        }
        from = at + 2;
    }
    text.len()
}

struct Tag<'t> {
    name: &'t str,
    closing: bool,
    self_closing: bool,
    /// Bytes from `<` to `>` included.
    len: usize,
}

/// The tag that starts at the `<` at the beginning of `text`.
fn tag_at(text: &str) -> Option<Tag<'_>> {
    let bytes = text.as_bytes();
    let closing = bytes.get(1) == Some(&b'/');
    let start = 1 + usize::from(closing);
    if !bytes.get(start)?.is_ascii_alphabetic() {
        return None;
    }
    let mut i = start;
    while bytes.get(i).is_some_and(|b| !b.is_ascii_whitespace() && !matches!(b, b'/' | b'>')) {
        i += 1;
    }
    let name = &text[start..i];
    // Attributes: quotes count only after `=`.
    let mut value = false;
    loop {
        match *bytes.get(i)? {
            b'>' => {
                let self_closing = bytes[i - 1] == b'/';
                return Some(Tag { name, closing, self_closing, len: i + 1 });
            }
            b'=' => value = true,
            quote @ (b'"' | b'\'') if value => {
                i += 1 + bytes[i + 1..].iter().position(|b| *b == quote)?;
                value = false;
            }
            b if b.is_ascii_whitespace() => {}
            _ if value => {
                // An unquoted value runs to a blank or `>`; a slash in it is its own.
                while bytes.get(i + 1).is_some_and(|b| !b.is_ascii_whitespace() && *b != b'>') {
                    i += 1;
                }
                value = false;
                if bytes.get(i) == Some(&b'/') && bytes.get(i + 1) == Some(&b'>') {
                    return Some(Tag { name, closing, self_closing: false, len: i + 2 });
                }
            }
            _ => {}
        }
        i += 1;
    }
}
