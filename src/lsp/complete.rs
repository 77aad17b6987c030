//! What can be written here: front-matter keys and values, roles, pages and headings to link to, steps of a blueprint.

use lsp_types::{CompletionItem, CompletionItemKind, CompletionTextEdit, TextEdit};

use super::hover::ROLE_KEYS;
use super::place;
use super::session::page_of;
use crate::blueprint::EXTENSION;
use crate::page::corpus::Target;
use crate::page::front_matter::front_matter_schema;
use crate::page::{Page, PageId};
use crate::text::{Source, Span, path};
use crate::workspace::Workspace;

/// Most proposals in one answer; the editor asks again as the word grows.
const MOST: usize = 200;

/// One proposal.
pub(super) struct Proposal {
    label: String,
    detail: Option<String>,
    text: String,
    replace: Span,
    kind: CompletionItemKind,
}

impl Proposal {
    /// As the protocol wants it.
    pub(super) fn item(self, source: &Source, utf8: bool) -> CompletionItem {
        let edit = TextEdit { range: place::range(source, self.replace, utf8), new_text: self.text };
        CompletionItem {
            label: self.label,
            detail: self.detail,
            kind: Some(self.kind),
            // Editors match what is typed against this, not against the label.
            filter_text: Some(edit.new_text.clone()),
            text_edit: Some(CompletionTextEdit::Edit(edit)),
            ..CompletionItem::default()
        }
    }
}

/// Proposals for a place in a file.
pub(super) fn at(workspace: &Workspace, source: &Source, offset: usize) -> Vec<Proposal> {
    let text = source.text();
    let line_start = text[..offset].rfind('\n').map_or(0, |i| i + 1);
    let before = &text[line_start..offset];
    if source.path().ends_with(EXTENSION) {
        return in_blueprint(workspace, source, before, offset);
    }
    let Some(id) = page_of(workspace, source) else { return Vec::new() };
    let page = workspace.corpus.page(id);
    if in_front_matter(page, offset) {
        return front_matter(workspace, page, before, line_start, offset);
    }
    link_start(before).map(|dest| links(workspace, id, dest, offset)).unwrap_or_default()
}

/// Between the two `---` lines, also while the second is not written yet.
fn in_front_matter(page: &Page, offset: usize) -> bool {
    let text = page.source.text();
    if page.meta.span.is_empty() {
        let first = text.lines().next().unwrap_or("").trim_end() == "---";
        return first && offset > 3 && !text[..offset].contains("\n#");
    }
    let span = page.meta.span.range();
    span.start <= offset && offset <= span.end
}

fn front_matter(workspace: &Workspace, page: &Page, before: &str, line_start: usize, offset: usize) -> Vec<Proposal> {
    let Some((key, value)) = before.split_once(':') else {
        if before.starts_with([' ', '-', '#']) {
            return Vec::new();
        }
        let replace = Span::new(line_start, offset);
        let schema = &front_matter_schema()["properties"];
        let keys = schema.as_object().into_iter().flatten();
        // `source` is written by imports, never by hand.
        let missing =
            keys.filter(|(key, _)| *key != "source" && !page.meta.keys.contains_key(key.as_str()) && key.starts_with(before.trim_start()));
        return missing
            .map(|(key, about)| Proposal {
                label: key.clone(),
                detail: about["description"].as_str().map(str::to_owned),
                text: format!("{key}: "),
                replace,
                kind: CompletionItemKind::PROPERTY,
            })
            .collect();
    };
    let typed = value.rsplit(['[', ',', ' ']).next().unwrap_or("");
    let replace = Span::new(offset - typed.len(), offset);
    let key = key.trim();
    let word = |text: &str| Proposal { label: text.into(), detail: None, text: text.into(), replace, kind: CompletionItemKind::VALUE };
    match key {
        "kind" => ["procedure", "reference"].map(word).into(),
        "draft" => ["true", "false"].map(word).into(),
        "review-every" if value.trim().is_empty() => ["3 months", "6 months", "1 year", "2 years"].map(word).into(),
        "reviewed" => vec![word(&workspace.now.to_string())],
        "tags" => tags(workspace).iter().map(|t| word(t)).take(MOST).collect(),
        key if ROLE_KEYS.contains(&key) => roles(workspace, page.path(), replace),
        _ => Vec::new(),
    }
}

fn tags(workspace: &Workspace) -> std::collections::BTreeSet<String> {
    workspace.corpus.pages.iter().flat_map(|p| p.meta.tags.iter().map(|t| t.value.clone())).collect()
}

/// Roles of `roles.yaml` and of the blueprints, and owners that other files than `own` name.
fn roles(workspace: &Workspace, own: &str, replace: Span) -> Vec<Proposal> {
    let mut titles: std::collections::BTreeMap<String, Option<String>> = std::collections::BTreeMap::new();
    for page in workspace.corpus.pages.iter().filter(|p| p.path() != own) {
        titles.extend(page.meta.owner.iter().map(|o| (o.value.clone(), None)));
    }
    for blueprint in workspace.blueprints.iter().filter_map(|b| b.blueprint.as_ref()) {
        titles.extend(blueprint.roles.iter().map(|(id, role)| (id.clone(), Some(role.title.clone()))));
    }
    let bound = workspace.roles.iter().flat_map(|r| &r.file.roles);
    titles.extend(bound.map(|(id, b)| (id.clone(), b.title.clone())));
    let proposal = |(id, title): (String, Option<String>)| Proposal {
        label: id.clone(),
        detail: title,
        text: id,
        replace,
        kind: CompletionItemKind::ENUM_MEMBER,
    };
    titles.into_iter().map(proposal).collect()
}

/// What stands between `](` and the end, when that is where the place is.
fn link_start(before: &str) -> Option<&str> {
    let dest = &before[before.rfind("](")? + 2..];
    (!dest.contains([')', ' '])).then_some(dest)
}

/// Pages as seen from a page; after `#`, the headings of the page named before it.
fn links(workspace: &Workspace, from: PageId, dest: &str, offset: usize) -> Vec<Proposal> {
    let corpus = &workspace.corpus;
    if let Some((path, typed)) = dest.split_once('#') {
        let Target::Page(target, _) = corpus.resolve(from, if path.is_empty() { "#" } else { path }) else { return Vec::new() };
        let replace = Span::new(offset - typed.len(), offset);
        let heading = |h: &crate::page::Heading| Proposal {
            label: h.text.clone(),
            detail: Some(format!("#{}", h.anchor)),
            text: h.anchor.clone(),
            replace,
            kind: CompletionItemKind::REFERENCE,
        };
        return corpus.page(target).body.headings.iter().filter(|h| h.level > 1).map(heading).take(MOST).collect();
    }
    let replace = Span::new(offset - dest.len(), offset);
    let own = corpus.page(from).path();
    let wanted = dest.trim_start_matches("../").trim_start_matches("./").to_lowercase();
    let page = |page: &Page| {
        let text = path::link(own, page.path());
        let hit = wanted.is_empty() || text.to_lowercase().contains(&wanted) || page.title.to_lowercase().contains(&wanted);
        hit.then(|| Proposal {
            label: page.title.clone(),
            detail: Some(page.path().to_owned()),
            text,
            replace,
            kind: CompletionItemKind::FILE,
        })
    };
    corpus.pages.iter().filter(|p| p.path() != own).filter_map(page).take(MOST).collect()
}

/// Roles and step ids in a blueprint.
fn in_blueprint(workspace: &Workspace, source: &Source, before: &str, offset: usize) -> Vec<Proposal> {
    let Some((key, value)) = last_key(before) else { return Vec::new() };
    let typed = value.rsplit(['[', ',', ' ', '{']).next().unwrap_or("");
    let replace = Span::new(offset - typed.len(), offset);
    match key {
        "owner" | "by" | "approval" | "notify" | "assign" | "approvers" => roles(workspace, source.path(), replace),
        "after" | "blocks" | "until" | "step" => {
            let loaded = workspace.blueprints.iter().find(|b| b.source().path() == source.path());
            let steps = loaded.map(|l| l.doc.root.get("steps").map(crate::text::yaml::Node::items).unwrap_or_default()).unwrap_or_default();
            let step = |n: &crate::text::yaml::Node| {
                let id = n.get("id")?.text()?.to_owned();
                let detail = n.get("title").and_then(|t| t.text()).map(str::to_owned);
                Some(Proposal { label: id.clone(), detail, text: id, replace, kind: CompletionItemKind::REFERENCE })
            };
            steps.iter().filter_map(step).collect()
        }
        "page" => {
            let page = |p: &Page| Proposal {
                label: p.path().to_owned(),
                detail: Some(p.title.clone()),
                text: p.path().to_owned(),
                replace: Span::new(offset - value.trim_start().len(), offset),
                kind: CompletionItemKind::FILE,
            };
            workspace.corpus.pages.iter().filter(|p| p.path().contains(value.trim())).map(page).take(MOST).collect()
        }
        _ => Vec::new(),
    }
}

/// The key a value is being written for, in block or flow form, and the value so far.
fn last_key(before: &str) -> Option<(&str, &str)> {
    let (head, value) = before.rsplit_once(": ").or_else(|| before.rsplit_once(':'))?;
    // A value that closed its list or map again belongs to no key any more.
    if value.contains(']') || value.contains('}') {
        return None;
    }
    let key = head.rsplit([' ', '{', ',', '-']).next().filter(|k| !k.is_empty());
    // Keys of our own with a hyphen in them take no roles or steps.
    key.map(|k| (k, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(text: &str, path: &str) -> Vec<String> {
        let mark = text.find('‸').expect("a mark");
        let workspace = Workspace::from_example(&text.replace('‸', ""));
        let blueprint = workspace.corpus.blueprints.iter().find(|b| b.path() == path);
        let source = blueprint.or_else(|| workspace.corpus.find(path).map(|id| &workspace.corpus.page(id).source)).unwrap();
        let marked = text.split("=== ").find(|part| part.contains('‸')).unwrap();
        let offset = marked.split_once('\n').unwrap().1.find('‸').unwrap();
        assert!(mark > 0);
        at(&workspace, source, offset).into_iter().map(|p| p.text).collect()
    }

    const SITE: &str = "=== roles.yaml\nops-lead: {title: Ops lead}\n=== content/ops/b.md\n# B page\n\n## Cold start\n\n## Warm start\n";

    #[test]
    fn keys_and_values_of_front_matter() {
        let at = |front: &str| offers(&format!("{SITE}=== content/a.md\n---\ntitle: A\n{front}\n---\n# A\n"), "content/a.md");
        let keys = at("rev‸");
        assert_eq!(keys, ["reviewed: ", "reviewed-by: ", "review-every: "]);
        assert!(!at("‸").contains(&"title: ".to_owned()), "title is there already");
        assert_eq!(at("owner: o‸"), ["ops-lead"]);
        assert_eq!(at("kind: ‸"), ["procedure", "reference"]);
        assert_eq!(at("reviewed: ‸"), ["2026-11-22"]);
    }

    #[test]
    fn pages_and_headings_to_link_to() {
        let at = |body: &str| offers(&format!("{SITE}=== content/a.md\n# A\n\n{body}\n"), "content/a.md");
        assert_eq!(at("See [b](‸"), ["ops/b.md"]);
        assert_eq!(at("See [b](ops/b.md#‸)"), ["cold-start", "warm-start"]);
        assert!(at("See (‸").is_empty());
        assert!(at("See [b](ops/b.md) and ‸").is_empty());
    }

    #[test]
    fn roles_and_steps_in_blueprints() {
        let at = |line: &str| {
            let text = format!(
                "{SITE}=== content/r.blueprint.yaml\nblueprint: 1\nid: r\ntitle: R\nsteps:\n  - {{id: first, title: One}}\n  - {{id: second, title: Two}}\n{line}\n"
            );
            offers(&text, "content/r.blueprint.yaml")
        };
        assert_eq!(at("  - {id: x, title: X, owner: ‸}"), ["ops-lead"]);
        assert_eq!(at("    after: [fi‸"), ["first", "second"]);
        assert_eq!(at("  - id: x\n    approval: {by: ‸"), ["ops-lead"]);
        assert!(at("    after: [first] ‸").is_empty());
    }
}
