//! What Confluence's classes mean in rendered pages: which macro an element was, who is mentioned, what is not content.

use super::super::document::{Block, Inline, ListItem, Marker, PageRef, Target, UserRef};
use super::super::dom::{Element, Node};
use super::super::elements::{self, Reader, shorten};
use super::super::emoji;
use super::super::flow::{self, Piece};
use super::super::losses::{FROZEN, Outcome};
use super::panels;

/// What exports say in place of a macro they cannot render.
const NOT_EXPORTED: &str = "We don't have a way to export this macro.";

/// Reads an element whose class means something; `None` leaves it to the common reader.
pub(super) fn read(e: &Element, reader: &mut Reader<'_>) -> Option<Vec<Piece>> {
    if matches!(e.name.as_str(), "p" | "div") && e.children.len() < 4 && e.text().trim() == NOT_EXPORTED {
        return Some(marker("unexported", Vec::new(), reader));
    }
    if e.name == "pre" {
        return Some(panels::pre(e, None));
    }
    if e.attributes.is_empty() {
        return None;
    }
    match e.name.as_str() {
        "img" => return image(e),
        "a" => return user_link(e).or_else(|| file_link(e, reader)),
        "ul" if e.has_class("inline-task-list") => return Some(task_list(e, reader)),
        _ => {}
    }
    not_content(e, reader)
        .or_else(|| generated(e, reader))
        .or_else(|| panels::read(e, reader))
        .or_else(|| app(e, reader))
        .or_else(|| small(e, reader))
}

fn has(e: &Element, classes: &[&str]) -> bool {
    e.classes().any(|c| classes.contains(&c))
}

/// Icons, hidden forms, scripts' containers: nothing a reader sees.
fn not_content(e: &Element, reader: &mut Reader<'_>) -> Option<Vec<Piece>> {
    if has(e, &["aui-icon", "confluence-information-macro-icon", "expand-control-icon", "jira-issue-icon", "rendericon"]) {
        return Some(Vec::new());
    }
    let hidden = e.has_class("hidden") || e.attr("style").replace(' ', "").to_ascii_lowercase().contains("display:none");
    if hidden && !has(e, &["expand-content", "expand-container"]) {
        let words = e.text();
        if !words.trim().is_empty() && e.find(&|c| c.name == "input").is_none() {
            reader.ctx.record("hidden element", shorten(words.trim(), 2000), Outcome::Dropped);
        }
        return Some(Vec::new());
    }
    None
}

/// Lists and boxes that the wiki generated when it rendered the page.
fn generated(e: &Element, reader: &mut Reader<'_>) -> Option<Vec<Piece>> {
    let is_toc = matches!(e.name.as_str(), "div" | "nav") && has(e, &["toc-macro", "toc"]);
    if is_toc || e.classes().any(|c| c.strip_prefix("rbtoc").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))) {
        return Some(dropped("toc", "", reader));
    }
    if e.classes().any(|c| c.starts_with("plugin_pagetree")) || e.has_class("pagetree") {
        return Some(page_tree(e, reader));
    }
    if has(e, &["recently-updated", "update-item"]) {
        return Some(dropped("recently-updated", &e.text(), reader));
    }
    if has(e, &["contributors", "contributorsMacro"]) {
        return Some(dropped("contributors", &e.text(), reader));
    }
    if has(e, &["create-from-template-button"]) || (e.has_class("aui-button") && e.attr("class").contains("create-from-template")) {
        return Some(dropped("create-from-template", &e.text(), reader));
    }
    if e.classes()
        .any(|c| c.starts_with("plugin_attachments") || c.starts_with("attachments-table-drop") || c == "plugin-attachments-container")
    {
        return Some(vec![Piece::Block(Block::Files { of: None, pictures: false })]);
    }
    // Kept as they were when the page was exported.
    let kept = if e.has_class("childpages-macro") {
        "children"
    } else if e.has_class("metadata-summary-macro") {
        "detailssummary"
    } else if has(e, &["content-by-label", "label-list", "labels-list", "labels-content", "label-details"]) {
        "contentbylabel"
    } else if e.has_class("profile-macro") {
        "profile"
    } else {
        return None;
    };
    reader.ctx.record(format!("macro {kept}"), "as it stood when the page was exported", Outcome::KeptAsText);
    None
}

fn dropped(name: &str, words: &str, reader: &mut Reader<'_>) -> Vec<Piece> {
    reader.ctx.record(format!("macro {name}"), shorten(words.trim(), 1000), Outcome::Dropped);
    Vec::new()
}

fn marker(name: &str, parameters: Vec<(String, String)>, reader: &mut Reader<'_>) -> Vec<Piece> {
    let detail = parameters.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(", ");
    reader.ctx.record(format!("macro {name}"), detail, Outcome::Marker);
    vec![Piece::Inline(Inline::Marker(Marker { name: name.to_owned(), parameters, blocks: Vec::new() }))]
}

/// A page tree is fetched by a script; only its root is in the page.
fn page_tree(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    let root = e.find(&|c| c.name == "input" && c.attr("name") == "rootPageId").and_then(|i| i.some("value")).filter(|v| *v != "0");
    let Some(root) = root else {
        // A nested part of one already handled, or nothing to go by.
        let words = e.text();
        return if words.trim().is_empty() && e.find(&|c| c.name == "input").is_none() {
            Vec::new()
        } else {
            marker("pagetree", Vec::new(), reader)
        };
    };
    reader.ctx.record("macro pagetree", FROZEN, Outcome::KeptAsText);
    vec![Piece::Block(Block::Children { of: Some(PageRef { id: Some(root.to_owned()), ..PageRef::default() }), depth: 0 })]
}

/// Content that apps and Jira put into pages.
fn app(e: &Element, reader: &mut Reader<'_>) -> Option<Vec<Piece>> {
    if e.has_class("ap-container") {
        let (addon, name) = app_name(e.attr("id"));
        let parameters = if addon.is_empty() { Vec::new() } else { vec![("app".to_owned(), addon)] };
        return Some(marker(&name, parameters, reader));
    }
    if has(e, &["jira-issue"]) {
        return Some(jira_issue(e, reader));
    }
    let lists = &["jira-table", "refresh-wiki", "jira-issues", "jiraissues_table", "jim-table", "refresh-module"];
    if matches!(e.name.as_str(), "div" | "table") && has(e, lists) {
        return Some(jira_list(e, reader));
    }
    if has(e, &["gliffy-container", "gliffy-macro", "drawio-macro"]) {
        let name = if e.attr("class").contains("gliffy") { "gliffy" } else { "drawio" };
        if e.find(&|c| c.name == "img").is_none() {
            return Some(marker(name, Vec::new(), reader));
        }
        reader.ctx.record(format!("macro {name}"), "the diagram as an image", Outcome::KeptAsText);
    }
    None
}

/// `ap-com.example.app__macro-key123` → (`com.example.app`, `macro-key`).
fn app_name(id: &str) -> (String, String) {
    let bare = id.strip_prefix("ap-").unwrap_or(id);
    match bare.split_once("__") {
        Some((addon, key)) => {
            let key = key.split("__").next().unwrap_or(key).trim_end_matches(|c: char| c.is_ascii_digit());
            (addon.to_owned(), key.trim_end_matches('-').to_owned())
        }
        None => (String::new(), "app".to_owned()),
    }
}

/// A Jira issue: key and link stay, its summary too where it was rendered; its state is of the day of the export.
fn jira_issue(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    let link = e.find(&|c| c.name == "a" && c.some("href").is_some());
    let key = e.some("data-jira-key").map(str::to_owned).or_else(|| link.map(|a| a.text().trim().to_owned()).filter(|t| !t.is_empty()));
    let Some(key) = key else { return marker("jira", Vec::new(), reader) };
    let status = e.find(&|c| has(c, &["jira-macro-single-issue-export-pdf", "aui-lozenge"])).map(Element::text).unwrap_or_default();
    reader.ctx.record(
        "macro jira",
        format!("{key}: summary and state are not kept up to date {}", shorten(&status, 60)),
        Outcome::KeptAsText,
    );
    let target = link.map_or_else(|| Target::Issue(key.clone()), |a| super::target(a, a.attr("href")));
    let mut out = vec![Piece::Inline(Inline::Link { target, content: vec![Inline::Text(key)] })];
    if let Some(summary) =
        e.find(&|c| c.has_class("summary")).map(|s| shorten(&s.text(), 400)).filter(|s| !s.is_empty() && !s.starts_with("Getting issue"))
    {
        out.push(Piece::Inline(Inline::Text(format!(" – {summary}"))));
    }
    out
}

fn jira_list(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    let mut out = marker("jira", Vec::new(), reader);
    let table = if e.name == "table" { Some(e) } else { e.find(&|c| c.name == "table" && c.find(&|r| r.name == "td").is_some()) };
    if let Some(table) = table {
        out.extend(reader.table(table));
    }
    out
}

/// Small things: status lozenges and the like.
fn small(e: &Element, reader: &mut Reader<'_>) -> Option<Vec<Piece>> {
    if e.has_class("status-macro") {
        let text = shorten(&e.text(), 200);
        let colour = e.classes().find_map(|c| c.strip_prefix("aui-lozenge-")).map_or("", colour_of).to_owned();
        reader.ctx.record("macro status", "", Outcome::Translated);
        return Some(if text.is_empty() { Vec::new() } else { vec![Piece::Inline(Inline::Status { text, colour })] });
    }
    if e.has_class("plugin-tabmeta-details") {
        reader.ctx.record("macro details", "", Outcome::Translated);
        let blocks = reader.blocks(e);
        return Some(
            blocks.into_iter().map(|b| if let Block::Table(t) = b { Block::Properties(t) } else { b }).map(Piece::Block).collect(),
        );
    }
    None
}

fn colour_of(class: &str) -> &'static str {
    match class {
        "success" => "green",
        "current" | "moved" => "yellow",
        "error" | "removed" => "red",
        "complete" | "inprogress" => "blue",
        "progress" | "new" => "purple",
        _ => "grey",
    }
}

/// A task list. Lists nested in it are direct children of the list: they belong to the task before them.
fn task_list(e: &Element, reader: &mut Reader<'_>) -> Vec<Piece> {
    let mut items: Vec<ListItem> = Vec::new();
    for node in &e.children {
        match node {
            Node::Element(child) if child.name == "li" => {
                let blocks = reader.blocks(child);
                if !blocks.is_empty() {
                    let task = child.some("data-inline-task-id").map(|_| child.has_class("checked"));
                    items.push(ListItem { task, blocks });
                }
            }
            Node::Element(child) => {
                let blocks = flow::blocks(reader.element(child));
                match items.last_mut() {
                    Some(last) => last.blocks.extend(blocks),
                    None => items.extend(blocks.into_iter().flat_map(items_of)),
                }
            }
            Node::Text(text) if text.trim().is_empty() => {}
            Node::Text(text) => items.push(ListItem { task: None, blocks: flow::blocks(vec![Piece::Inline(Inline::Text(text.clone()))]) }),
        }
    }
    if items.is_empty() { Vec::new() } else { vec![Piece::Block(Block::List { start: None, items })] }
}

fn items_of(block: Block) -> Vec<ListItem> {
    match block {
        Block::List { items, .. } => items,
        other => vec![ListItem { task: None, blocks: vec![other] }],
    }
}

/// A mention or a link to a person. What the exporter remarks about the account is not part of the name.
fn user_link(e: &Element) -> Option<Vec<Piece>> {
    if !has(e, &["user-mention", "confluence-userlink"]) {
        return None;
    }
    let shown = e.text();
    let mut name = shown.trim();
    for remark in ["(Unlicensed)", "(Deactivated)"] {
        name = name.strip_suffix(remark).unwrap_or(name).trim_end();
    }
    let name = name.strip_prefix('@').unwrap_or(name);
    let id = e
        .some("data-account-id")
        .or_else(|| e.some("data-username"))
        .or_else(|| e.attr("href").rsplit(['/', '~']).next().filter(|s| !s.is_empty()));
    let user = UserRef { id: id.unwrap_or_default().to_owned(), name: Some(name.to_owned()).filter(|n| !n.is_empty()) };
    Some(vec![Piece::Inline(Inline::Mention(user))])
}

/// A file shown as a card: its name is in an attribute.
fn file_link(e: &Element, reader: &mut Reader<'_>) -> Option<Vec<Piece>> {
    if !e.has_class("confluence-embedded-file") {
        return None;
    }
    let target = super::target(e, e.attr("href"));
    if e.text().trim().is_empty() && target != Target::Nothing {
        reader.ctx.record("macro view-file", e.attr("data-linked-resource-default-alias"), Outcome::KeptAsText);
        return Some(vec![Piece::Inline(Inline::Link { target, content: Vec::new() })]);
    }
    None
}

/// Emoticons become characters; images of the wiki's own skin are no content; thumbnails show the file they are made from.
fn image(e: &Element) -> Option<Vec<Piece>> {
    let src = e.attr("src");
    if e.has_class("emoticon") || src.contains("/emoticons/") || src.contains("/emoji/") {
        return Some(emoticon(e).into_iter().map(|t| Piece::Inline(Inline::Emoji(t))).collect());
    }
    if has(e, &["expand-control-image", "icon", "userLogo", "logo", "rendericon"]) || is_skin(src) {
        return Some(Vec::new());
    }
    let full = e.some("data-image-src").filter(|d| d.contains("attachments/") && !d.contains("://"));
    let address = full.or_else(|| e.some("src")).or_else(|| e.some("data-image-src"))?;
    let image = Inline::Image {
        source: super::target(e, address),
        alt: alt(e),
        title: e.some("title").map(str::to_owned),
        width: e.attr("width").trim().parse().ok(),
        caption: Vec::new(),
    };
    Some(vec![Piece::Inline(image)])
}

/// Alternative text the author wrote; exports put the file's name there when he wrote none.
fn alt(e: &Element) -> String {
    let alt = e.attr("alt").trim();
    if alt == e.attr("data-linked-resource-default-alias") { String::new() } else { alt.to_owned() }
}

fn emoticon(e: &Element) -> Option<String> {
    let fallback = e.some("data-emoji-fallback").map(emoji::unescaped).filter(|f| !f.starts_with(':'));
    let stem = e.attr("src").rsplit('/').next().and_then(|f| f.split('.').next()).unwrap_or_default();
    fallback
        .or_else(|| e.some("data-emoji-id").and_then(emoji::from_code_points))
        .or_else(|| {
            ["data-emoji-shortname", "data-emoticon-name", "alt"]
                .iter()
                .find_map(|a| e.some(a).and_then(emoji::from_name))
                .map(str::to_owned)
        })
        .or_else(|| emoji::from_name(stem).map(str::to_owned))
        .or_else(|| e.some("data-emoji-shortname").or_else(|| e.some("alt")).map(str::to_owned))
        .or_else(|| Some(format!(":{stem}:")).filter(|_| !stem.is_empty()))
}

/// Pictures of the wiki's own skin: link arrows, borders, spacers, avatars.
fn is_skin(src: &str) -> bool {
    let file = src.split('?').next().unwrap_or(src);
    let name = file.rsplit('/').next().unwrap_or(file);
    let folder = file.contains("images/icons/")
        || file.contains("images/border/")
        || file.starts_with("icons/")
        || file.contains("/icons/")
        || file.starts_with("border/");
    folder
        || name.starts_with("linkext")
        || name.starts_with("mail_small")
        || name.starts_with("bullet_blue")
        || name.starts_with("grey_arrow")
        || matches!(name, "spacer.gif" | "transparent.gif" | "rss.gif")
        || file.contains("/aa-avatar")
        || file.contains("viewavatar")
        || file.contains("secure.gravatar")
        || file.contains("favicon")
}

/// The language of a `pre`: the highlighter's brush, or a class.
pub(super) fn language_of(e: &Element) -> Option<String> {
    // Classes of highlighted words, not of languages.
    const TOKENS: &[&str] = &["keyword", "quote", "object", "comment", "tag", "macro", "block", "panel", "xml-tag"];
    let brush = |text: &str| {
        text.split(';').find_map(|p| p.trim().strip_prefix("brush:").map(|b| b.trim().to_owned())).and_then(|b| elements::language(&b))
    };
    if let Some(language) = e.some("data-syntaxhighlighter-params").and_then(brush).or_else(|| brush(e.attr("class"))) {
        return Some(language);
    }
    let named = |c: &Element| {
        c.classes()
            .filter_map(|n| n.strip_prefix("language-").or_else(|| n.strip_prefix("code-")))
            .find(|n| !TOKENS.contains(n))
            .and_then(elements::language)
    };
    named(e).or_else(|| e.elements().find_map(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_containers_name_their_macro() {
        assert_eq!(app_name("ap-com.example.plug__big-chart1234567"), ("com.example.plug".to_owned(), "big-chart".to_owned()));
        assert_eq!(app_name("x").1, "app");
    }
}
