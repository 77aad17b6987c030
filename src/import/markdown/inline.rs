//! Inline content as Markdown: marks whose delimiters really open and close, links, images, code, line breaks.

use super::super::document::{Inline, Marker, Target};
use super::super::flow;
use super::super::losses::Outcome;
use super::super::package::Attachment;
use super::super::paths::{FileKind, file_name, kind_of_file};
use super::super::resolve::Place;
use super::Writer;
use super::escape::{self, Around};
use crate::page::slug;

/// Where inline content stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// A paragraph: breaks are backslashes.
    Paragraph,
    /// A heading: one line.
    Heading,
    /// A cell of a pipe table: one line, breaks are `<br>`.
    Cell,
}

/// What a piece of inline content is part of.
#[derive(Debug, Clone, Copy, Default)]
struct Within {
    link: bool,
    mark: bool,
}

impl Within {
    fn a_mark(self) -> Self {
        Self { mark: true, ..self }
    }
}

/// A rendered piece before it is put together with its neighbours.
enum Part {
    /// Text to escape.
    Text(String),
    /// Content between delimiters.
    Marked { delimiter: &'static str, other: &'static str, tag: &'static str, inner: String },
    /// Markdown as it is.
    Raw(String),
}

impl Writer<'_> {
    /// A paragraph's lines.
    pub(super) fn paragraph(&mut self, content: &[Inline]) -> String {
        let text = self.inlines(content, Line::Paragraph);
        text.split('\n').enumerate().map(|(i, line)| escape::line_start(line, i == 0)).collect::<Vec<_>>().join("\n")
    }

    /// Inline content on one line, or on several after hard breaks.
    pub(super) fn inlines(&mut self, content: &[Inline], line: Line) -> String {
        let lowered = flow::tidy(self.lower(content));
        self.render(&lowered, line, Within::default())
    }

    /// Everything that is only text in Markdown becomes text; transparent wrappers dissolve.
    pub(super) fn lower(&mut self, content: &[Inline]) -> Vec<Inline> {
        let mut out = Vec::with_capacity(content.len());
        for (i, inline) in content.iter().enumerate() {
            match inline {
                Inline::Strong(c) => out.push(Inline::Strong(self.lower(c))),
                Inline::Emphasis(c) => out.push(Inline::Emphasis(self.lower(c))),
                Inline::Strike(c) => out.push(Inline::Strike(self.lower(c))),
                Inline::Sub(c) => out.push(Inline::Sub(self.lower(c))),
                Inline::Sup(c) => out.push(Inline::Sup(self.lower(c))),
                Inline::Excerpt { content, .. } => out.extend(self.lower(content)),
                Inline::Link { target, content } => out.push(Inline::Link { target: target.clone(), content: self.lower(content) }),
                Inline::Date(date) => out.push(Inline::Text(date.clone())),
                Inline::Emoji(emoji) => out.push(Inline::Text(emoji.clone())),
                Inline::Status { text, colour } => {
                    if !colour.is_empty() && !matches!(colour.as_str(), "grey" | "gray" | "neutral") {
                        self.lose("status colour", format!("{colour}: {text}"), Outcome::KeptAsText);
                    }
                    out.push(Inline::Strong(vec![Inline::Text(text.clone())]));
                }
                Inline::Mention(user) => {
                    let name = self.resolver.mention(user).or_else(|| user.name.clone());
                    let shown = name.unwrap_or_else(|| {
                        self.lose("mention", user.id.clone(), Outcome::KeptAsText);
                        user.id.split('@').next().unwrap_or("unknown").to_owned()
                    });
                    // The wiki draws a box around a name, so people leave out the blank that text needs.
                    let glued = |c: char| c.is_alphanumeric();
                    let before = if matches!(out.last(), Some(Inline::Text(t)) if t.ends_with(glued)) { " " } else { "" };
                    let after = match content.get(i + 1) {
                        Some(Inline::Text(t)) if t.starts_with(glued) => " ",
                        _ => "",
                    };
                    out.push(Inline::Text(format!("{before}@{shown}{after}")));
                }
                Inline::Image { caption, .. } if !caption.is_empty() => {
                    let mut image = inline.clone();
                    if let Inline::Image { caption, .. } = &mut image {
                        let words = std::mem::take(caption);
                        out.push(image);
                        out.push(Inline::Break);
                        out.push(Inline::Emphasis(self.lower(&words)));
                    }
                }
                other => out.push(other.clone()),
            }
        }
        out
    }

    fn render(&mut self, content: &[Inline], line: Line, within: Within) -> String {
        let content = move_punctuation(content.to_vec());
        let mut parts = Vec::with_capacity(content.len());
        for inline in &content {
            let part = match inline {
                Inline::Text(text) => Part::Text(text.clone()),
                Inline::Code(text) => Part::Raw(escape::code_span(text)),
                Inline::Strong(c) => {
                    Part::Marked { delimiter: "**", other: "__", tag: "strong", inner: self.render(c, line, within.a_mark()) }
                }
                Inline::Emphasis(c) => Part::Marked { delimiter: "*", other: "_", tag: "em", inner: self.render(c, line, within.a_mark()) },
                Inline::Strike(c) => {
                    Part::Marked { delimiter: "~~", other: "~~", tag: "del", inner: self.render(c, line, within.a_mark()) }
                }
                Inline::Sub(c) => Part::Raw(format!("<sub>{}</sub>", self.render(c, line, within))),
                Inline::Sup(c) => Part::Raw(format!("<sup>{}</sup>", self.render(c, line, within))),
                Inline::Link { target, content } => Part::Raw(self.link(target, content, line, within)),
                Inline::Image { source, alt, title, .. } => Part::Raw(self.image(source, alt, title.as_deref(), within)),
                Inline::Break => Part::Raw(match line {
                    Line::Paragraph => "\\\n".to_owned(),
                    Line::Heading => " ".to_owned(),
                    Line::Cell => "<br>".to_owned(),
                }),
                Inline::Anchor(_) if line == Line::Heading => continue,
                Inline::Anchor(name) => Part::Raw(format!("<a id=\"{}\"></a>", escape::html(&slug::anchor(name)).replace('"', ""))),
                Inline::Marker(marker) => Part::Raw(inline_marker(marker)),
                // Lowered before.
                _ => continue,
            };
            parts.push(part);
        }
        assemble(&parts, within)
    }

    /// A link, or what is left of it when its target is not in the export.
    fn link(&mut self, target: &Target, content: &[Inline], line: Line, within: Within) -> String {
        let place = self.resolver.place(target);
        if let (Place::Here { anchor: None, .. }, Some(asked)) = (&place, anchor_of(target)) {
            self.lose("anchor link", format!("#{asked} is not on the page it leads to"), Outcome::KeptAsText);
        }
        let (destination, title) = match &place {
            Place::Here { path, anchor, title } => {
                let anchor = anchor.as_ref().map(|a| format!("#{}", escape::path(a))).unwrap_or_default();
                let path = escape::path(path);
                // A path with a colon before any slash would be read as a scheme.
                let path = if path.split('/').next().is_some_and(|p| p.contains(':')) { format!("./{path}") } else { path };
                (Some(format!("{path}{anchor}")), title.clone())
            }
            Place::Absent { path, title } => (Some(escape::path(path)), title.clone()),
            Place::Unlisted { path, title } => {
                self.lose("attachment link", format!("{title} is not in the export"), Outcome::KeptAsText);
                (Some(escape::path(path)), title.clone())
            }
            Place::Away(url) => (Some(escape::address(url)), url.clone()),
            Place::Missing { url } => {
                let name = name_of(target);
                let element = match target {
                    Target::Attachment { .. } => "attachment link",
                    Target::Url(url) if url.contains("/download/") => "attachment link",
                    Target::Anchor(_) => "anchor link",
                    Target::Issue(_) => "",
                    _ => "page link",
                };
                if !element.is_empty() {
                    self.lose(element, format!("{name} is not in the export"), Outcome::KeptAsText);
                }
                let fallback = if matches!(target, Target::Attachment { .. }) { Some(escape::path(&place_of(target))) } else { None };
                (url.as_deref().map(escape::address).or(fallback), name)
            }
        };
        // A thumbnail that links to its own full size is just the image.
        if let ([Inline::Image { source, .. }], Place::Here { path, .. } | Place::Absent { path, .. }) = (content, &place)
            && matches!(self.resolver.place(source), Place::Here { path: image, .. } | Place::Absent { path: image, .. } if image == *path)
        {
            return self.render(content, line, within);
        }
        let text = if content.is_empty() {
            escape::text(title.trim(), Around { in_link: true, ..Around::default() })
        } else {
            self.render(content, line, Within { link: true, ..within })
        };
        let Some(destination) = destination.filter(|d| !d.is_empty()) else {
            return if content.is_empty() { escape::text(title.trim(), Around::default()) } else { self.render(content, line, within) };
        };
        let shown = if content.is_empty() { title } else { super::super::anchors::plain(content) };
        let plain_text = content.iter().all(|c| matches!(c, Inline::Text(_)));
        if plain_text && shown == destination && is_autolink(&destination) {
            return format!("<{destination}>");
        }
        if text.trim().is_empty() {
            format!("[{}]({destination})", escape::text(&name_of(target), Around { in_link: true, ..Around::default() }))
        } else {
            format!("[{text}]({destination})")
        }
    }

    fn image(&mut self, source: &Target, alt: &str, title: Option<&str>, within: Within) -> String {
        let mut alt = one_line(alt);
        let place = self.resolver.place(source);
        if let Place::Here { path, title: name, .. } | Place::Absent { path, title: name } = &place
            && kind_of_file(path) == Some(FileKind::Document)
        {
            self.lose("image", format!("{name} is no picture; the page has a link to it"), Outcome::KeptAsText);
            let shown = escape::text(if alt.is_empty() { name } else { &alt }, Around { in_link: true, ..Around::default() });
            return if within.link { shown } else { format!("[{shown}]({})", escape::path(path)) };
        }
        let destination = match place {
            Place::Here { path, .. } => escape::path(&path),
            Place::Absent { path, title } => {
                // Readers see the name in place of the picture, and know what to look for.
                if alt.is_empty() {
                    alt = title;
                }
                escape::path(&path)
            }
            Place::Unlisted { path, title } => {
                self.lose("image", format!("{title} is not in the export"), Outcome::KeptAsText);
                if alt.is_empty() {
                    alt = title;
                }
                escape::path(&path)
            }
            Place::Away(url) => escape::address(&url),
            Place::Missing { url } => {
                let name = name_of(source);
                self.lose("image", format!("{name} is not in the export"), Outcome::KeptAsText);
                if alt.is_empty() && matches!(source, Target::Attachment { .. }) {
                    alt.clone_from(&name);
                }
                url.map_or_else(|| escape::path(&place_of(source)), |u| escape::address(&u))
            }
        };
        let alt = escape::text(&alt, Around { in_link: true, ..Around::default() });
        match title.map(one_line).filter(|t| !t.is_empty()) {
            Some(title) => format!("![{alt}]({destination} \"{}\")", title.replace('\\', "\\\\").replace('"', "\\\"")),
            None => format!("![{alt}]({destination})"),
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The place on a page that a target asks for.
fn anchor_of(target: &Target) -> Option<&str> {
    match target {
        Target::Page(_, anchor) => anchor.as_deref(),
        Target::Anchor(anchor) => Some(anchor.as_str()),
        Target::Url(url) => url.split_once('#').map(|(_, fragment)| fragment),
        _ => None,
    }
    .filter(|a| !a.is_empty())
}

fn is_autolink(url: &str) -> bool {
    (url.starts_with("http://") || url.starts_with("https://")) && !url.contains([' ', '<', '>', '\\', '%'])
}

/// What a target is called when nothing else is known.
pub(super) fn name_of(target: &Target) -> String {
    match target {
        Target::Url(url) => url.clone(),
        Target::Page(page, _) => page.title.clone().or_else(|| page.file.clone()).or_else(|| page.id.clone()).unwrap_or_default(),
        Target::Attachment { name, .. } => name.clone(),
        Target::Anchor(anchor) => anchor.clone(),
        Target::Space(key) => key.clone(),
        Target::User(user) => user.name.clone().unwrap_or_else(|| user.id.split('@').next().unwrap_or_default().to_owned()),
        Target::Issue(key) => key.clone(),
        Target::Nothing => String::new(),
    }
}

/// Where a file that is not there would lie beside its page: under the name it would get.
fn place_of(target: &Target) -> String {
    match target {
        Target::Attachment { name, .. } => file_name(&Attachment { name: name.as_str().into(), ..Attachment::default() }),
        _ => name_of(target),
    }
}

/// A marker in running text: the visible words first, because a line that begins with a comment is an HTML block.
fn inline_marker(marker: &Marker) -> String {
    format!(
        "*[Confluence macro “{}” was not translated]* {}",
        escape::text(&marker.name, Around { in_link: true, ..Around::default() }),
        comment(marker)
    )
}

/// The comment that lint finds.
pub(super) fn comment(marker: &Marker) -> String {
    let mut out = format!("<!-- stepwright:macro name=\"{}\"", in_comment(&marker.name));
    for (name, value) in &marker.parameters {
        let name: String = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':')).collect();
        if !name.is_empty() {
            out.push_str(&format!(" {name}=\"{}\"", in_comment(value)));
        }
    }
    out.push_str(" -->");
    out
}

fn in_comment(text: &str) -> String {
    let text = one_line(text).replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace("--", "&#45;&#45;")
}

/// Punctuation at the edge of a mark that touches a letter outside would keep its delimiters from working: it moves out, which nobody sees.
fn move_punctuation(content: Vec<Inline>) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::with_capacity(content.len());
    let mut iter = content.into_iter().peekable();
    while let Some(mut inline) = iter.next() {
        let next = iter.peek().and_then(first_char);
        let before = out.last().and_then(last_char);
        let mut lead = String::new();
        let mut tail = String::new();
        if let Inline::Strong(c) | Inline::Emphasis(c) | Inline::Strike(c) = &mut inline {
            if before.is_some_and(char::is_alphanumeric)
                && let Some(Inline::Text(text)) = c.first_mut()
            {
                let cut = text.len() - text.trim_start_matches(escape::is_punctuation).len();
                lead = text.drain(..cut).collect();
            }
            if next.is_some_and(char::is_alphanumeric)
                && let Some(Inline::Text(text)) = c.last_mut()
            {
                tail = text.split_off(text.trim_end_matches(escape::is_punctuation).len());
            }
            c.retain(|i| !matches!(i, Inline::Text(t) if t.is_empty()));
            // Blanks may have come to the edge.
            if !lead.is_empty() || !tail.is_empty() {
                let keep = std::mem::take(c);
                if let Some(Inline::Text(text)) = keep.first()
                    && text.starts_with(' ')
                {
                    lead.push(' ');
                }
                if let Some(Inline::Text(text)) = keep.last()
                    && text.ends_with(' ')
                {
                    tail.insert(0, ' ');
                }
                *c = flow::tidy(keep);
            }
        }
        let empty = matches!(&inline, Inline::Strong(c) | Inline::Emphasis(c) | Inline::Strike(c) if c.is_empty());
        for text in [
            Some(lead).filter(|t| !t.is_empty()).map(Inline::Text),
            (!empty).then_some(inline),
            Some(tail).filter(|t| !t.is_empty()).map(Inline::Text),
        ]
        .into_iter()
        .flatten()
        {
            match (out.last_mut(), text) {
                (Some(Inline::Text(last)), Inline::Text(text)) => last.push_str(&text),
                (_, inline) => out.push(inline),
            }
        }
    }
    out
}

/// The character a piece begins with on the line, as far as emphasis cares.
fn first_char(inline: &Inline) -> Option<char> {
    match inline {
        Inline::Text(text) => text.chars().next(),
        Inline::Break => Some('\n'),
        _ => Some('*'),
    }
}

fn last_char(inline: &Inline) -> Option<char> {
    match inline {
        Inline::Text(text) => text.chars().next_back(),
        Inline::Break => Some('\n'),
        _ => Some('*'),
    }
}

fn assemble(parts: &[Part], within: Within) -> String {
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        let before = out.chars().next_back().filter(|c| *c != '\n');
        let after = parts.get(i + 1).and_then(|p| match p {
            Part::Text(text) => text.chars().next(),
            Part::Marked { delimiter, .. } => delimiter.chars().next(),
            Part::Raw(text) => text.chars().next(),
        });
        match part {
            // A line that ends here is a hard break: its backslash must not be taken for an escape.
            Part::Text(text) => out.push_str(&escape::text(text, Around { before, after, in_link: within.link, in_mark: within.mark })),
            Part::Raw(text) => out.push_str(text),
            Part::Marked { delimiter, other, tag, inner } => {
                let touches = |d: &str| out.ends_with(&d[..1]) && !out.ends_with(&format!("\\{}", &d[..1]));
                let works = |d: &str| {
                    let word_inside =
                        d.starts_with('_') && (before.is_some_and(char::is_alphanumeric) || after.is_some_and(char::is_alphanumeric));
                    escape::opens(before, inner.chars().next())
                        && escape::closes(inner.chars().next_back(), after)
                        && !touches(d)
                        && !word_inside
                        && !(inner.starts_with(&d[..1]) && inner.ends_with(&d[..1]) && d != "*" && d != "**")
                };
                match [delimiter, other].into_iter().find(|d| works(d)) {
                    Some(d) => out.push_str(&format!("{d}{inner}{d}")),
                    None => out.push_str(&format!("<{tag}>{inner}</{tag}>")),
                }
            }
        }
    }
    out
}
