//! Macros of storage format, read by their rule in [`rules`]. What has no rule keeps its body and gets a visible marker.

use super::super::document::{Block, CalloutKind, Inline, ListItem, Marker, PageRef, Tab, Target, UserRef};
use super::super::dom::Element;
use super::super::elements::{self, Reader, shorten};
use super::super::flow::{self, Mark, Piece};
use super::super::losses::{FROZEN, Outcome};
use super::links;
use super::rules::{self, Rule};
use crate::page::corpus::percent_decode;

/// True if the macro is in the table.
pub(super) fn is_known(name: &str) -> bool {
    rules::of(name).is_some()
}

/// True for the element of a macro.
pub(super) fn is_element(element: &Element) -> bool {
    matches!(element.name.as_str(), "ac:structured-macro" | "ac:macro")
}

/// True for macros that the wiki shows as a box of their own inside a sentence.
pub(super) fn is_boxed(element: &Element) -> bool {
    let rule = rules::of(element.attr("ac:name").trim());
    matches!(rule, Some(Rule::File | Rule::Embed | Rule::Jira | Rule::Button | Rule::Profile))
}

/// A macro at hand.
struct Macro<'e> {
    name: &'e str,
    element: &'e Element,
}

impl<'e> Macro<'e> {
    fn parameters(&self) -> impl Iterator<Item = (&'e str, &'e Element)> {
        self.element.elements().filter_map(|c| match c.name.as_str() {
            "ac:parameter" => Some((c.attr("ac:name"), c)),
            "ac:default-parameter" => Some(("", c)),
            _ => None,
        })
    }

    fn parameter(&self, name: &str) -> Option<&'e Element> {
        self.parameters().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, e)| e)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.parameter(name).map(|e| e.text().trim().to_owned()).filter(|t| !t.is_empty())
    }

    fn is_true(&self, name: &str) -> bool {
        self.text(name).is_some_and(|v| v.eq_ignore_ascii_case("true"))
    }

    /// The first resource identifier of that kind in any parameter.
    fn resource(&self, names: &[&str]) -> Option<&'e Element> {
        self.parameters().find_map(|(_, e)| e.find(&|c| names.contains(&c.name.as_str())))
    }

    fn rich(&self) -> Option<&'e Element> {
        self.element.child("ac:rich-text-body")
    }

    fn plain(&self) -> Option<&'e Element> {
        self.element.child("ac:plain-text-body")
    }

    /// Parameters as a marker shows them: what they name, in short.
    fn shown(&self) -> Vec<(String, String)> {
        self.parameters()
            .filter_map(|(name, e)| {
                let name = if name.is_empty() { "value" } else { name };
                let named = e.find(&|c| c.name.starts_with("ri:")).and_then(|r| {
                    ["ri:content-title", "ri:filename", "ri:value", "ri:space-key"].iter().find_map(|a| r.some(a)).map(str::to_owned)
                });
                let text = named.unwrap_or_else(|| e.text().trim().to_owned());
                (!text.is_empty()).then(|| (name.to_owned(), shorten(&text, 300)))
            })
            .collect()
    }

    /// Blocks of the body, whatever its kind.
    fn body(&self, reader: &mut Reader<'_>) -> Vec<Block> {
        let mut pieces = Vec::new();
        for child in self.element.elements() {
            match child.name.as_str() {
                "ac:rich-text-body" => pieces.extend(reader.as_blocks(child)),
                "ac:plain-text-body" => pieces.extend(elements::code_block(child.text(), None, None)),
                _ => {}
            }
        }
        flow::blocks(pieces)
    }

    /// The body as it stands, so that it can stay inside a sentence.
    fn unwrapped(&self, reader: &mut Reader<'_>) -> Vec<Piece> {
        match self.rich() {
            Some(rich) if self.text("atlassian-macro-output-type").is_some_and(|t| t.eq_ignore_ascii_case("inline")) => {
                let blocks = reader.blocks(rich);
                match <[Block; 1]>::try_from(blocks) {
                    Ok([Block::Paragraph(content)]) => content.into_iter().map(Piece::Inline).collect(),
                    Ok([block]) => vec![Piece::Block(block)],
                    Err(blocks) => blocks.into_iter().map(Piece::Block).collect(),
                }
            }
            _ => self.body(reader).into_iter().map(Piece::Block).collect(),
        }
    }

    fn translated(&self, reader: &mut Reader<'_>) {
        reader.ctx.record(format!("macro {}", self.name), "", Outcome::Translated);
    }

    fn kept(&self, reader: &mut Reader<'_>, detail: impl Into<String>) {
        reader.ctx.record(format!("macro {}", self.name), detail, Outcome::KeptAsText);
    }
}

/// Reads a macro.
pub(super) fn read(element: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    let m = Macro { name: element.attr("ac:name").trim(), element };
    let Some(rule) = rules::of(m.name) else { return untranslated(&m, reader) };
    match rule {
        Rule::Code => code(&m, reader),
        Rule::CodeAs(language) => code_as(&m, language, reader),
        Rule::Callout(kind) => callout(&m, kind, reader),
        Rule::Expand => expand(&m, reader),
        Rule::Status => status(&m, reader),
        Rule::Anchor => anchor(&m, reader),
        Rule::Unwrap => {
            m.translated(reader);
            m.unwrapped(reader)
        }
        Rule::BodyOnly => {
            m.kept(reader, parameter_line(&m));
            m.unwrapped(reader)
        }
        Rule::Tabs => tabs(&m, reader),
        Rule::Tab => {
            m.kept(reader, parameter_line(&m));
            let Tab { name, blocks } = tab(&m, reader);
            let label = Block::Paragraph(vec![Mark::Strong.around(vec![Inline::Text(name.clone())])]);
            (!name.is_empty()).then_some(label).into_iter().chain(blocks).map(Piece::Block).collect()
        }
        Rule::Excerpt => excerpt(&m, reader),
        Rule::Properties => properties(&m, reader),
        Rule::Children => children(&m, reader),
        Rule::PageTree => page_tree(&m, reader),
        Rule::Include => include(&m, false, reader),
        Rule::ExcerptInclude => include(&m, true, reader),
        Rule::File => file(&m, reader),
        Rule::Embed => embed(&m, reader),
        Rule::Jira => jira(&m, reader),
        Rule::Profile => profile(&m, reader),
        Rule::Button => button(&m, reader),
        Rule::Diagram => diagram(&m, reader),
        Rule::Steps => steps(&m, reader),
        Rule::Formula => formula(&m, reader),
        Rule::Message => {
            let kind = message_kind(&m);
            callout(&m, kind, reader)
        }
        Rule::Files { pictures } => files(&m, pictures, reader),
        Rule::Clickable => clickable(&m, reader),
        Rule::Picture => picture(&m, reader),
        Rule::Date => date(&m, reader),
        Rule::Tasks => tasks(&m, reader),
        Rule::Quote => {
            m.translated(reader);
            let blocks = m.body(reader);
            if blocks.is_empty() { Vec::new() } else { vec![Piece::Block(Block::Quote(blocks))] }
        }
        Rule::Drop => dropped(&m, reader),
    }
}

fn parameter_line(m: &Macro<'_>) -> String {
    m.shown().into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
}

/// A macro nobody here knows: its body stays, a marker says that it was there.
fn untranslated(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let name = if m.name.is_empty() { "unnamed" } else { m.name };
    let blocks = m.body(reader);
    marker(name.to_owned(), m.shown(), blocks, reader)
}

/// A visible marker, recorded as a loss. Without content it may stand inside a sentence.
pub(super) fn marker(name: String, parameters: Vec<(String, String)>, blocks: Vec<Block>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let detail = parameters.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(", ");
    reader.ctx.record(format!("macro {name}"), detail, Outcome::Marker);
    let marker = Marker { name, parameters, blocks };
    if marker.blocks.is_empty() { vec![Piece::Inline(Inline::Marker(marker))] } else { vec![Piece::Block(Block::Marker(marker))] }
}

/// Left out: the website makes it by itself, or it only makes sense inside the wiki. A body is never left out with it.
fn dropped(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    reader.ctx.record(format!("macro {}", m.name), parameter_line(m), Outcome::Dropped);
    if m.name == "style" {
        return Vec::new();
    }
    m.body(reader).into_iter().map(Piece::Block).collect()
}

fn code(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    m.translated(reader);
    let language = if m.name == "noformat" { None } else { m.text("language").or_else(|| m.text("")) };
    let language = language.as_deref().and_then(elements::language);
    let text = match (m.plain(), m.rich()) {
        (Some(plain), _) => plain.text(),
        (None, Some(rich)) => elements::preformatted(rich),
        (None, None) => String::new(),
    };
    elements::code_block(text, language, m.text("title"))
}

fn code_as(m: &Macro<'_>, language: &str, reader: &mut Reader<'_>) -> Vec<Piece> {
    m.translated(reader);
    let text = m.plain().map(Element::text).or_else(|| m.rich().map(elements::preformatted)).or_else(|| m.text("body")).unwrap_or_default();
    elements::code_block(text, Some(language.to_owned()), m.text("title"))
}

/// A formula in a line as GitHub writes it: code between dollar signs, which readers without mathematics see as code.
fn formula(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let Some(body) = m.text("body").or_else(|| m.plain().map(|p| p.text().trim().to_owned())).filter(|b| !b.is_empty()) else {
        return untranslated(m, reader);
    };
    let body = body.strip_prefix("--uriencoded--").map(percent_decode).unwrap_or(body);
    m.kept(reader, body.clone());
    vec![Inline::Text("$".to_owned()), Inline::Code(body), Inline::Text("$".to_owned())].into_iter().map(Piece::Inline).collect()
}

fn title(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Inline> {
    m.parameter("title").map(|t| reader.inlines(t).0).unwrap_or_default()
}

fn callout(m: &Macro<'_>, kind: CalloutKind, reader: &mut Reader<'_>) -> Vec<Piece> {
    m.translated(reader);
    let title = title(m, reader);
    let mut blocks = m.body(reader);
    if let Some(footer) = m.text("footer") {
        blocks.push(Block::Paragraph(vec![Inline::Text(footer)]));
    }
    if title.is_empty() && blocks.is_empty() {
        return Vec::new();
    }
    vec![Piece::Block(Block::Callout { kind, title, blocks })]
}

/// The callout that the parameter `type` of a message names.
fn message_kind(m: &Macro<'_>) -> CalloutKind {
    match m.text("type").unwrap_or_default().to_lowercase().as_str() {
        "success" | "hint" | "tip" => CalloutKind::Tip,
        "warning" => CalloutKind::Warning,
        "error" | "danger" | "problem" => CalloutKind::Caution,
        _ => CalloutKind::Note,
    }
}

/// A body that leads somewhere: a link around its words, or after them where it is more than words.
fn clickable(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let Some(url) = m.text("link").filter(|l| l.contains("://") || l.starts_with(['/', '#'])) else { return untranslated(m, reader) };
    m.kept(reader, url.clone());
    let target = Target::Url(url);
    let mut pieces = m.unwrapped(reader);
    if let [Piece::Block(Block::Paragraph(content))] = pieces.as_mut_slice() {
        pieces = std::mem::take(content).into_iter().map(Piece::Inline).collect();
    }
    if !pieces.is_empty() && pieces.iter().all(|p| matches!(p, Piece::Inline(_))) {
        return reader.link(target, pieces);
    }
    pieces.push(Piece::Inline(Inline::Link { target, content: Vec::new() }));
    pieces
}

/// The page's files. One that picks some of them by pattern or label is not guessed at.
fn files(m: &Macro<'_>, pictures: bool, reader: &mut Reader<'_>) -> Vec<Piece> {
    if ["patterns", "labels", "include", "exclude"].iter().any(|p| m.text(p).is_some()) {
        return untranslated(m, reader);
    }
    let of = m.resource(&["ri:page", "ri:content-entity"]).and_then(links::page).or_else(|| m.text("page").map(|t| named_page(&t)));
    vec![Piece::Block(Block::Files { of, pictures })]
}

fn picture(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let Some(url) = m.text("src") else { return untranslated(m, reader) };
    m.translated(reader);
    let alt = m.text("alt").unwrap_or_default();
    vec![Piece::Inline(Inline::Image { source: Target::Url(url), alt, title: m.text("title"), width: None, caption: Vec::new() })]
}

fn date(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let Some(day) = m.text("datetime").or_else(|| m.text("date")) else { return untranslated(m, reader) };
    m.translated(reader);
    vec![Piece::Inline(Inline::Date(day.get(..10).unwrap_or(&day).to_owned()))]
}

/// A list of tasks as old wikis keep it: a line each, or a table in wiki markup whose columns its first line names.
fn tasks(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let text = m.plain().map(Element::text).unwrap_or_default();
    let mut columns: Vec<String> = Vec::new();
    let mut items = Vec::new();
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if let Some(header) = line.strip_prefix("||") {
            columns = header.trim_end_matches("||").split("||").map(|c| c.trim().to_lowercase()).collect();
            continue;
        }
        let cells: Vec<&str> = line.strip_prefix('|').map_or(vec![line], |row| row.trim_end_matches('|').split('|').collect());
        let cell = |name: &str| columns.iter().position(|c| c == name).and_then(|at| cells.get(at)).map_or("", |c| c.trim());
        let name = if columns.is_empty() || cells.len() == 1 { line } else { cell("name") };
        let mut content = vec![Inline::Text(name.to_owned())];
        if !cell("assignee").is_empty() {
            content.push(Inline::Text(" ".to_owned()));
            content.push(Inline::Mention(UserRef { id: cell("assignee").to_owned(), name: None }));
        }
        items.push(ListItem { task: Some(cell("completed") == "T"), blocks: vec![Block::Paragraph(content)] });
    }
    if items.is_empty() {
        return untranslated(m, reader);
    }
    // Priorities, locks and dates have no place in a task of Markdown.
    m.kept(reader, if columns.is_empty() { String::new() } else { format!("its table: {}", shorten(&text, 2000)) });
    let title = m.text("title").or_else(|| m.text(""));
    let heading = title.map(|t| Piece::Block(Block::Paragraph(vec![Mark::Strong.around(vec![Inline::Text(t)])])));
    heading.into_iter().chain([Piece::Block(Block::List { start: None, items })]).collect()
}

fn expand(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    m.translated(reader);
    let mut title = title(m, reader);
    let blocks = m.body(reader);
    if title.is_empty() && blocks.is_empty() {
        return Vec::new();
    }
    if title.is_empty() {
        title.push(Inline::Text(m.text("").unwrap_or_else(|| "Details".to_owned())));
    }
    vec![Piece::Block(Block::Expand { title, blocks })]
}

fn status(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    m.translated(reader);
    let Some(text) = m.text("title") else { return Vec::new() };
    let colour = m.text("colour").or_else(|| m.text("color")).unwrap_or_default().to_lowercase();
    vec![Piece::Inline(Inline::Status { text, colour })]
}

fn anchor(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    m.translated(reader);
    m.text("").or_else(|| m.text("name")).map(|name| Piece::Inline(Inline::Anchor(name))).into_iter().collect()
}

/// A tab by its name, which each of the apps has in another parameter, and its content.
fn tab(m: &Macro<'_>, reader: &mut Reader<'_>) -> Tab {
    let name = ["label", "title", "name", "tabName", ""].iter().find_map(|p| m.text(p)).unwrap_or_default();
    Tab { name, blocks: m.body(reader) }
}

/// Tabs of any app. What stands between two of them goes to the one before.
fn tabs(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let mut before = Vec::new();
    let mut tabs: Vec<Tab> = Vec::new();
    for element in m.rich().into_iter().flat_map(Element::elements) {
        let inner = Macro { name: element.attr("ac:name").trim(), element };
        if is_element(element) && rules::of(inner.name) == Some(Rule::Tab) {
            inner.translated(reader);
            tabs.push(tab(&inner, reader));
        } else {
            let blocks = flow::blocks(reader.element(element));
            tabs.last_mut().map_or(&mut before, |tab| &mut tab.blocks).extend(blocks);
        }
    }
    if tabs.is_empty() || tabs.iter().any(|t| t.name.is_empty()) {
        // Nobody could tell them apart.
        m.kept(reader, parameter_line(m));
        before.extend(tabs.into_iter().flat_map(|t| t.blocks));
    } else {
        m.translated(reader);
        before.push(Block::Tabs(tabs));
    }
    before.into_iter().map(Piece::Block).collect()
}

fn excerpt(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    m.translated(reader);
    let name = m.text("name").or_else(|| m.text("MultiExcerptName"));
    let hidden = m.is_true("hidden");
    let pieces = m.unwrapped(reader);
    if !hidden && pieces.iter().all(|p| matches!(p, Piece::Inline(_))) {
        return flow::wrap(pieces, &|content| Inline::Excerpt { name: name.clone(), content });
    }
    let blocks = flow::blocks(pieces);
    if hidden {
        reader.ctx.record("hidden excerpt", shorten(&m.rich().map(Element::text).unwrap_or_default(), 2000), Outcome::Dropped);
    }
    if blocks.is_empty() { Vec::new() } else { vec![Piece::Block(Block::Excerpt { name, blocks, hidden })] }
}

fn properties(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    m.translated(reader);
    let blocks = m.body(reader);
    blocks
        .into_iter()
        .map(|b| match b {
            Block::Table(table) => Piece::Block(Block::Properties(table)),
            other => Piece::Block(other),
        })
        .collect()
}

fn children(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    m.kept(reader, FROZEN);
    let of = m.resource(&["ri:page", "ri:content-entity"]).and_then(links::page).or_else(|| m.text("page").map(|t| named_page(&t)));
    let depth = if m.is_true("all") { 0 } else { m.text("depth").and_then(|d| d.parse().ok()).unwrap_or(1) };
    vec![Piece::Block(Block::Children { of, depth })]
}

fn page_tree(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    m.kept(reader, FROZEN);
    let named = m.resource(&["ri:page", "ri:content-entity"]).and_then(links::page);
    let of = named.or_else(|| match m.text("root").as_deref() {
        Some("@self") => None,
        Some(title) => Some(named_page(title)),
        None => Some(named_page("@home")),
    });
    vec![Piece::Block(Block::Children { of, depth: 0 })]
}

/// A page named in text: `Title` or `KEY:Title`.
fn named_page(text: &str) -> PageRef {
    match text.split_once(':') {
        Some((space, title))
            if !space.is_empty() && space.chars().all(|c| c.is_ascii_alphanumeric() || c == '~') && !title.starts_with(' ') =>
        {
            PageRef { space: Some(space.to_owned()), title: Some(title.to_owned()), ..PageRef::default() }
        }
        _ => PageRef { title: Some(text.to_owned()), ..PageRef::default() },
    }
}

/// A file named in text: `name`, `^name` or `Page^name`.
fn named_file(text: &str) -> Target {
    let (page, name) = text.split_once('^').unwrap_or(("", text));
    Target::Attachment { page: (!page.is_empty()).then(|| named_page(page)), name: name.to_owned(), id: None }
}

fn include(m: &Macro<'_>, excerpt: bool, reader: &mut Reader<'_>) -> Vec<Piece> {
    let page = m
        .resource(&["ri:page", "ri:blog-post", "ri:content-entity"])
        .and_then(links::page)
        .or_else(|| ["", "pageTitle", "page", "PageWithExcerpt"].iter().find_map(|p| m.text(p)).map(|t| named_page(&t)));
    let Some(page) = page else { return untranslated(m, reader) };
    let name = m.text("name").or_else(|| m.text("MultiExcerptName"));
    if !matches!(m.name, "include" | "excerpt-include") {
        m.kept(
            reader,
            format!("read as the excerpt {} of {}", name.as_deref().unwrap_or_default(), page.title.as_deref().unwrap_or_default()),
        );
    }
    vec![Piece::Block(Block::Include { page, excerpt, name })]
}

fn file(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let target = m
        .resource(&["ri:attachment", "ri:url"])
        .map(links::resource)
        .or_else(|| m.text("name").or_else(|| m.text("file")).map(|name| named_file(&name)));
    let Some(target) = target.filter(|t| *t != Target::Nothing) else { return untranslated(m, reader) };
    // Old exports name the page of the file in a parameter of its own.
    let target = match (target, m.parameter("page").and_then(|p| p.find(&|c| c.name == "ri:page")).and_then(links::page)) {
        (Target::Attachment { page: None, name, id }, owner @ Some(_)) => Target::Attachment { page: owner, name, id },
        (target, _) => target,
    };
    m.kept(reader, parameter_line(m));
    vec![Piece::Inline(Inline::Link { target, content: Vec::new() })]
}

fn embed(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let url = m
        .resource(&["ri:url"])
        .and_then(|r| r.some("ri:value").map(str::to_owned))
        .or_else(|| ["url", "src", "uri"].iter().find_map(|p| m.text(p)));
    let Some(url) = url else { return untranslated(m, reader) };
    m.kept(reader, url.clone());
    vec![Piece::Inline(Inline::Link { target: Target::Url(url), content: Vec::new() })]
}

fn jira(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let Some(key) = m.text("key") else { return untranslated(m, reader) };
    m.kept(reader, format!("{key}: summary and state are fetched when the page is shown"));
    vec![Piece::Inline(Inline::Link { target: Target::Issue(key.clone()), content: vec![Inline::Text(key)] })]
}

fn profile(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let user = m.resource(&["ri:user"]).map(links::user);
    m.kept(reader, user.as_ref().map(|u| u.id.clone()).unwrap_or_default());
    user.map(|u| Piece::Inline(Inline::Mention(u))).into_iter().collect()
}

fn button(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let target = m
        .resource(&["ri:page", "ri:attachment", "ri:url", "ri:content-entity"])
        .map(links::resource)
        .or_else(|| m.text("url").or_else(|| m.text("href")).map(Target::Url));
    let label = m.text("title").or_else(|| m.text("label")).or_else(|| m.text("text"));
    let Some(target) = target.filter(|t| *t != Target::Nothing) else { return untranslated(m, reader) };
    m.kept(reader, parameter_line(m));
    let content = label.map(Inline::Text).into_iter().collect();
    vec![Piece::Inline(Inline::Link { target, content })]
}

/// A diagram: the preview image that the app keeps beside its source.
fn diagram(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let Some(name) = m.text("diagramDisplayName").or_else(|| m.text("diagramName")).or_else(|| m.text("name")) else {
        return untranslated(m, reader);
    };
    let file = m.text("diagramName").or_else(|| m.text("name")).unwrap_or_else(|| name.clone());
    m.kept(reader, format!("{name}: the diagram as an image"));
    let page = m.text("pageId").filter(|_| m.name == "inc-drawio").map(|id| PageRef { id: Some(id), ..PageRef::default() });
    let source = Target::Attachment { page, name: format!("{file}.png"), id: None };
    vec![Piece::Inline(Inline::Image { source, alt: name, title: None, width: None, caption: Vec::new() })]
}

fn steps(m: &Macro<'_>, reader: &mut Reader<'_>) -> Vec<Piece> {
    m.translated(reader);
    let Some(rich) = m.rich() else { return Vec::new() };
    let is_step = |e: &&Element| e.attr("ac:name") == "ui-step";
    if !rich.elements().any(|e| is_step(&e)) {
        return reader.as_blocks(rich);
    }
    let mut items = Vec::new();
    for step in rich.elements() {
        let blocks =
            if is_step(&step) { Macro { name: "ui-step", element: step }.body(reader) } else { flow::blocks(reader.element(step)) };
        if !blocks.is_empty() {
            items.push(ListItem { task: None, blocks });
        }
    }
    if items.is_empty() { Vec::new() } else { vec![Piece::Block(Block::List { start: Some(1), items })] }
}
