//! The one Markdown writer: document blocks become CommonMark + GFM as a careful writer would type it.
//!
//! Knows nothing of the wiki's formats; asks a [`Resolver`] about other pages and records what Markdown cannot say.
//!
//! A macro without translation becomes a comment that lint finds, `<!-- stepwright:macro name="chart" type="bar" -->`, beside a line that readers see,
//! `*[Confluence macro “chart” was not translated]*`, followed by whatever content it had.

mod escape;
mod inline;
mod table;

use super::anchors::plain;
use super::document::{Block, CalloutKind, Inline, ListItem, Marker, PageRef, Tab, Target};
use super::losses::{FROZEN, Loss, Outcome};
use super::paths::{FileKind, kind_of_file};
use super::resolve::{ChildPage, Place, Resolver};
use inline::Line;

/// Pages included in included pages, at most.
const INCLUDE_DEPTH: usize = 3;

/// Writes a page's body (no front matter, no title). Ends in one newline unless it is empty.
pub fn write(blocks: &[Block], resolver: &dyn Resolver, losses: &mut Vec<Loss>) -> String {
    let shift = u8::from(has_top_heading(blocks));
    let mut writer = Writer { resolver, losses, place: String::new(), shift, including: Vec::new() };
    let text = writer.blocks(blocks);
    if text.is_empty() { text } else { text + "\n" }
}

struct Writer<'a> {
    resolver: &'a dyn Resolver,
    losses: &'a mut Vec<Loss>,
    /// The heading it is under.
    place: String,
    /// Levels added to headings: the page's title is the only heading of level 1.
    shift: u8,
    /// Pages whose content is being included.
    including: Vec<PageRef>,
}

/// True if any heading has level 1, where the page's title stands.
fn has_top_heading(blocks: &[Block]) -> bool {
    blocks.iter().any(|b| match b {
        Block::Heading { level, .. } => *level == 1,
        Block::List { items, .. } => items.iter().any(|i| has_top_heading(&i.blocks)),
        Block::Quote(blocks) | Block::Callout { blocks, .. } | Block::Expand { blocks, .. } | Block::Excerpt { blocks, .. } => {
            has_top_heading(blocks)
        }
        Block::Table(table) | Block::Properties(table) => table.rows.iter().flatten().any(|c| has_top_heading(&c.blocks)),
        Block::Tabs(tabs) => tabs.iter().any(|t| has_top_heading(&t.blocks)),
        Block::Marker(marker) => has_top_heading(&marker.blocks),
        _ => false,
    })
}

impl Writer<'_> {
    fn lose(&mut self, element: impl Into<String>, detail: impl Into<String>, outcome: Outcome) {
        self.losses.push(Loss { element: element.into(), place: self.place.clone(), detail: detail.into(), outcome });
    }

    /// Blocks with one blank line between them.
    fn blocks(&mut self, blocks: &[Block]) -> String {
        let mut parts: Vec<String> = Vec::new();
        // Two lists in a row would be read as one: every other one takes the other marker.
        let mut last_list: Option<(bool, bool)> = None;
        let mut after_rule = false;
        for block in blocks {
            let mut list = None;
            let is_rule = match block {
                Block::Rule => true,
                Block::Paragraph(content) => is_drawn_rule(content),
                _ => false,
            };
            let part = match block {
                Block::List { start, items } => {
                    let ordered = start.is_some();
                    let alternate = last_list.is_some_and(|(o, alternate)| o == ordered && !alternate);
                    list = Some((ordered, alternate));
                    self.list(*start, items, alternate)
                }
                // What stood between two rules was left out.
                _ if is_rule && after_rule => String::new(),
                _ if is_rule => "---".to_owned(),
                other => self.block(other),
            };
            if !part.is_empty() {
                last_list = list;
                after_rule = is_rule;
                parts.push(part);
            }
        }
        parts.join("\n\n")
    }

    fn block(&mut self, block: &Block) -> String {
        match block {
            Block::Heading { level, content } => self.heading(*level, content),
            Block::Paragraph(content) => self.paragraph(content),
            Block::List { start, items } => self.list(*start, items, false),
            Block::Code { language, title, text } => self.code(language.as_deref(), title.as_deref(), text),
            Block::Quote(blocks) => {
                let inner = self.blocks(blocks);
                prefixed(&inner, "> ")
            }
            Block::Callout { kind, title, blocks } => self.callout(*kind, title, blocks),
            Block::Expand { title, blocks } => self.expand(title, blocks),
            Block::Tabs(tabs) => self.tabs(tabs),
            Block::Table(table) | Block::Properties(table) => self.table(table),
            Block::Rule => "---".to_owned(),
            Block::Children { of, depth } => self.children(of.as_ref(), *depth),
            Block::Files { of, pictures } => self.files(of.as_ref(), *pictures),
            Block::Include { page, excerpt, name } => self.include(page, *excerpt, name.as_deref()),
            Block::Excerpt { hidden: true, .. } => String::new(),
            Block::Excerpt { blocks, .. } => self.blocks(blocks),
            Block::Marker(marker) => self.marker(marker),
        }
    }

    fn heading(&mut self, level: u8, content: &[Inline]) -> String {
        let mut text = self.inlines(&heading_words(content), Line::Heading).trim().to_owned();
        plain(content).trim().clone_into(&mut self.place);
        if text.is_empty() {
            return text;
        }
        // A closing run of hashes and a closing attribute block would be taken for syntax.
        if text.ends_with('#') {
            text.insert(text.len() - 1, '\\');
        }
        if text.ends_with('}')
            && let Some(at) = text.rfind('{')
        {
            text.insert(at, '\\');
        }
        format!("{} {text}", "#".repeat(usize::from((level + self.shift).clamp(1, 6))))
    }

    fn list(&mut self, start: Option<u64>, items: &[ListItem], alternate: bool) -> String {
        let tight = items.iter().all(is_tight);
        let mut parts = Vec::with_capacity(items.len());
        for (number, item) in (start.unwrap_or(1)..).zip(items) {
            let marker = match (start, alternate) {
                (Some(_), false) => format!("{number}."),
                (Some(_), true) => format!("{number})"),
                (None, false) => "-".to_owned(),
                (None, true) => "*".to_owned(),
            };
            parts.push(self.item(&marker, item, tight));
        }
        parts.join(if tight { "\n" } else { "\n\n" })
    }

    fn item(&mut self, marker: &str, item: &ListItem, tight: bool) -> String {
        let sign = match (item.task, item.blocks.first()) {
            (Some(true), Some(Block::Paragraph(_))) => "[x] ",
            (Some(false), Some(Block::Paragraph(_))) => "[ ] ",
            // Without text after it, a box would not be a task: a sign says it.
            (Some(true), _) => "☑\n\n",
            (Some(false), _) => "☐\n\n",
            (None, _) => "",
        };
        let body = if tight {
            let parts: Vec<String> = item.blocks.iter().map(|b| self.block(b)).filter(|p| !p.is_empty()).collect();
            parts.join("\n")
        } else {
            self.blocks(&item.blocks)
        };
        let body = if item.blocks.first() == Some(&Block::Rule) { body.replacen("---", "***", 1) } else { body };
        let body = format!("{sign}{body}");
        let width = marker.len() + 1;
        if body.trim().is_empty() {
            return marker.to_owned();
        }
        let indent = " ".repeat(width);
        let mut out = format!("{marker} ");
        for (i, line) in body.trim_end().split('\n').enumerate() {
            if i > 0 {
                out.push('\n');
                if !line.is_empty() {
                    out.push_str(&indent);
                }
            }
            out.push_str(line);
        }
        out
    }

    fn code(&mut self, language: Option<&str>, title: Option<&str>, text: &str) -> String {
        let mut out = String::new();
        if let Some(title) = title {
            out = self.paragraph(&[Inline::Strong(vec![Inline::Text(title.to_owned())])]);
            if text.is_empty() {
                return out;
            }
            out.push_str("\n\n");
        }
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat((longest + 1).max(3));
        out.push_str(&format!("{fence}{}\n{text}\n{fence}", language.unwrap_or("")));
        out
    }

    fn callout(&mut self, kind: CalloutKind, title: &[Inline], blocks: &[Block]) -> String {
        let word = match kind {
            CalloutKind::Note => "NOTE",
            CalloutKind::Tip => "TIP",
            CalloutKind::Important => "IMPORTANT",
            CalloutKind::Warning => "WARNING",
            CalloutKind::Caution => "CAUTION",
        };
        let title = if title.is_empty() { String::new() } else { self.paragraph(&[Inline::Strong(title.to_vec())]) };
        let body = self.blocks(blocks);
        let inner: Vec<String> = [title, body].into_iter().filter(|p| !p.is_empty()).collect();
        if inner.is_empty() {
            return String::new();
        }
        format!("> [!{word}]\n{}", prefixed(&inner.join("\n\n"), "> "))
    }

    fn expand(&mut self, title: &[Inline], blocks: &[Block]) -> String {
        let lowered = self.lower(title);
        let summary = escape::html(plain(&lowered).trim());
        let body = self.blocks(blocks);
        let body = if body.is_empty() { body } else { format!("{body}\n\n") };
        format!("<details>\n<summary>{summary}</summary>\n\n{body}</details>")
    }

    /// Tabs as the website reads them; elsewhere each stands below its name in bold.
    fn tabs(&mut self, tabs: &[Tab]) -> String {
        let mut out = String::from("<!-- tabs:start -->\n");
        for tab in tabs {
            let name = self.paragraph(&[Inline::Strong(vec![Inline::Text(tab.name.clone())])]);
            let said = tab.name.split_whitespace().collect::<Vec<_>>().join(" ").replace("--", "—");
            let body = self.blocks(&tab.blocks);
            out.push_str(&format!("\n<!-- tab:{said} -->\n{name}\n"));
            if !body.is_empty() {
                out.push_str(&format!("\n{body}\n"));
            }
        }
        out.push_str("\n<!-- tabs:end -->");
        out
    }

    fn children(&mut self, of: Option<&PageRef>, depth: u32) -> String {
        match self.resolver.children(of, depth) {
            Some(pages) => child_list(&pages, ""),
            None => {
                let name = of.and_then(|p| p.title.clone().or_else(|| p.id.clone())).unwrap_or_default();
                let why = format!("page {name} is not in the export, nor which pages are below it");
                if !self.unresolved("children", why) {
                    return String::new();
                }
                let parameters = if name.is_empty() { Vec::new() } else { vec![("page".to_owned(), name)] };
                self.marker(&Marker { name: "children".to_owned(), parameters, blocks: Vec::new() })
            }
        }
    }

    /// The files of a page: a list of links, or pictures one below the other.
    fn files(&mut self, of: Option<&PageRef>, pictures: bool) -> String {
        let macro_name = if pictures { "gallery" } else { "attachments" };
        let files = self.resolver.files(of).unwrap_or_default();
        let shown = files.iter().filter(|(path, _)| !pictures || kind_of_file(path) == Some(FileKind::Picture)).map(|(path, name)| {
            let name = escape::text(name, escape::Around { in_link: true, ..escape::Around::default() });
            let path = escape::path(path);
            if pictures { format!("![{name}]({path})") } else { format!("- [{name}]({path})") }
        });
        let shown: Vec<String> = shown.collect();
        if shown.is_empty() {
            self.lose(format!("macro {macro_name}"), "no files are known that it could show", Outcome::Dropped);
            return String::new();
        }
        self.lose(format!("macro {macro_name}"), FROZEN, Outcome::KeptAsText);
        shown.join(if pictures { "\n\n" } else { "\n" })
    }

    /// Another page's content in place, with a line that says where it comes from.
    fn include(&mut self, page: &PageRef, excerpt: bool, name: Option<&str>) -> String {
        let target = Target::Page(page.clone(), None);
        let macro_name = if excerpt { "excerpt-include" } else { "include" };
        let title = inline::name_of(&target);
        let included = if self.including.len() < INCLUDE_DEPTH { self.resolver.include(page, excerpt, name) } else { None };
        let Some(included) = included.filter(|i| !self.including.contains(&i.page)) else {
            let marked = self.unresolved(macro_name, format!("the content of {title} is not here"));
            let link = self.link_or_name(target, &title);
            let marker = Marker { name: macro_name.to_owned(), parameters: vec![("page".to_owned(), title)], blocks: Vec::new() };
            let line = self.paragraph(&[Inline::Text("See ".to_owned()), link, Inline::Text(".".to_owned())]);
            return if marked { format!("{}\n{line}", inline::comment(&marker)) } else { line };
        };
        self.lose(format!("macro {macro_name}"), format!("{title}: a copy, which does not follow changes"), Outcome::KeptAsText);
        self.including.push(included.page.clone());
        let blocks = rebase::blocks(included.blocks, &included.page);
        let body = self.blocks(&blocks);
        self.including.pop();
        let link = self.link_or_name(target, &title);
        let source = self.paragraph(&[Inline::Emphasis(vec![Inline::Text("From ".to_owned()), link])]);
        if body.is_empty() { source } else { format!("{body}\n\n{source}") }
    }

    /// Reports a macro whose content is not at hand; true when a marker has to say so in its place.
    fn unresolved(&mut self, macro_name: &str, why: String) -> bool {
        let needed = self.resolver.needs(macro_name);
        let (why, outcome) = if needed { (why, Outcome::Marker) } else { (format!("not needed: {why}"), Outcome::Dropped) };
        self.lose(format!("macro {macro_name}"), why, outcome);
        needed
    }

    /// A link to a page, or only its title where nobody knows the way.
    fn link_or_name(&self, target: Target, title: &str) -> Inline {
        match self.resolver.place(&target) {
            Place::Here { .. } | Place::Absent { .. } | Place::Unlisted { .. } | Place::Away(_) | Place::Missing { url: Some(_) } => {
                Inline::Link { target, content: Vec::new() }
            }
            Place::Missing { url: None } => Inline::Text(title.to_owned()),
        }
    }

    fn marker(&mut self, marker: &Marker) -> String {
        let name = escape::text(&marker.name, escape::Around { in_link: true, ..escape::Around::default() });
        let mut out = format!("{}\n*[Confluence macro “{name}” was not translated]*", inline::comment(marker));
        let body = self.blocks(&marker.blocks);
        if !body.is_empty() {
            out.push_str("\n\n");
            out.push_str(&body);
        }
        out
    }
}

mod rebase;

/// A heading is bold by itself: bold that covers most of its words says nothing more. A single bold word does.
fn heading_words(content: &[Inline]) -> Vec<Inline> {
    let letters = |i: &Inline| plain(std::slice::from_ref(i)).chars().filter(|c| c.is_alphanumeric()).count();
    let (strong, other): (Vec<&Inline>, Vec<&Inline>) =
        content.iter().filter(|i| !matches!(i, Inline::Code(_))).partition(|i| matches!(i, Inline::Strong(_)));
    let most = strong.into_iter().map(letters).sum::<usize>() > other.into_iter().map(letters).sum();
    if most { without_strong(content) } else { content.to_vec() }
}

fn without_strong(content: &[Inline]) -> Vec<Inline> {
    let mut out = Vec::with_capacity(content.len());
    for inline in content {
        match inline {
            Inline::Strong(inner) => out.extend(without_strong(inner)),
            Inline::Emphasis(inner) => out.push(Inline::Emphasis(without_strong(inner))),
            Inline::Link { target, content } => out.push(Inline::Link { target: target.clone(), content: without_strong(content) }),
            other => out.push(other.clone()),
        }
    }
    out
}

/// Whether a paragraph is a line that its author drew with dashes or the like.
fn is_drawn_rule(content: &[Inline]) -> bool {
    const DRAWN: usize = 8;
    let [Inline::Text(text)] = content else { return false };
    let signs = text.chars().filter(|c| !c.is_whitespace());
    text.chars().all(|c| c.is_whitespace() || matches!(c, '-' | '_' | '=' | '*' | '–' | '—' | '─')) && signs.count() >= DRAWN
}

/// True if an item needs no blank line: at most one paragraph, then lists that may follow a paragraph directly.
fn is_tight(item: &ListItem) -> bool {
    let rest = match item.blocks.as_slice() {
        [Block::Paragraph(_), rest @ ..] => rest,
        [] => return true,
        // A task's sign needs its own paragraph.
        _ if item.task.is_some() => return false,
        rest => rest,
    };
    // A list directly after another would be read as one, so one at most.
    match rest {
        [] => true,
        [Block::List { start, items }] => {
            // Blank lines in the inner list and none in the outer one would look like a slip.
            items.iter().all(is_tight)
                && start.is_none_or(|s| s == 1)
                && items.first().is_some_and(|i| matches!(i.blocks.first(), Some(Block::Paragraph(_))))
        }
        _ => false,
    }
}

/// Lines with a prefix; blank lines get it without its blank.
fn prefixed(text: &str, prefix: &str) -> String {
    text.split('\n')
        .map(|line| if line.is_empty() { prefix.trim_end().to_owned() } else { format!("{prefix}{line}") })
        .collect::<Vec<_>>()
        .join("\n")
}

fn child_list(pages: &[ChildPage], indent: &str) -> String {
    let mut lines = Vec::new();
    for page in pages {
        let title = escape::text(&page.title, escape::Around { in_link: true, ..escape::Around::default() });
        lines.push(format!("{indent}- [{title}]({})", escape::path(&page.path)));
        if !page.children.is_empty() {
            lines.push(child_list(&page.children, &format!("{indent}  ")));
        }
    }
    lines.join("\n")
}
