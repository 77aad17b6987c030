//! What is shown when the pointer rests: the rule behind a finding, what a front-matter key means, who a role is, where a link leads.

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Range};

use super::session::page_of;
use crate::lint::{Finding, RuleMeta};
use crate::page::Page;
use crate::page::corpus::Target;
use crate::page::front_matter::front_matter_schema;
use crate::text::{Source, Span, count};
use crate::workspace::Workspace;

/// Keys of front matter whose value is a role.
pub(super) const ROLE_KEYS: [&str; 2] = ["owner", "reviewed-by"];

/// Markdown and the place it is about.
pub(super) fn text(workspace: &Workspace, source: &Source, shown: &[Finding], offset: usize) -> Option<(String, Span)> {
    let over = |span: Span| span.range().start <= offset && offset <= span.range().end;
    let mut parts = Vec::new();
    let mut span = None;
    for finding in shown.iter().filter(|f| over(f.span)) {
        span = span.or(Some(finding.span));
        parts.push(rule(finding.rule));
    }
    if let Some(id) = page_of(workspace, source) {
        let page = workspace.corpus.page(id);
        if let Some((about, at)) = front_matter(workspace, page, offset) {
            span = span.or(Some(at));
            parts.push(about);
        }
        if let Some(link) = page.body.links.iter().find(|l| over(l.dest_span)) {
            span = span.or(Some(link.dest_span));
            if let Target::Page(target, _) = workspace.corpus.resolve(id, &link.dest) {
                parts.push(linked(workspace, target));
            }
        }
    }
    parts.dedup();
    let all = parts.join("\n\n---\n\n");
    Some((all, span?)).filter(|(all, _)| !all.is_empty())
}

/// The answer as the protocol wants it.
pub(super) fn markdown(value: String, range: Range) -> Hover {
    Hover { contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }), range: Some(range) }
}

fn rule(meta: &RuleMeta) -> String {
    format!("**{}** ({})\n\n{}\n\nWhy: {}\n\nTo do: {}", meta.name, meta.code, meta.what, meta.why, meta.how)
}

fn front_matter(workspace: &Workspace, page: &Page, offset: usize) -> Option<(String, Span)> {
    let (key, (key_span, value_span)) =
        page.meta.keys.iter().find(|(_, (k, v))| (k.start as usize..=v.end.max(k.end) as usize).contains(&offset))?;
    if ROLE_KEYS.contains(&key.as_str()) && offset >= value_span.start as usize {
        let id = page.source.slice(*value_span).trim_matches(['"', '\'']);
        return Some((role(workspace, id)?, *value_span));
    }
    let about = front_matter_schema()["properties"][key]["description"].as_str()?;
    Some((format!("`{key}`: {about}"), *key_span))
}

/// A role in words: title, what it is for, how much it answers for.
pub(super) fn role(workspace: &Workspace, id: &str) -> Option<String> {
    let binding = workspace.roles.as_ref().and_then(|r| r.file.roles.get(id));
    let owned = workspace.corpus.iter().filter(|(page, _)| workspace.owner(*page).as_deref() == Some(id)).count();
    if binding.is_none() && owned == 0 {
        return None;
    }
    let title = binding.and_then(|b| b.title.as_deref()).unwrap_or(id);
    let about = binding.and_then(|b| b.about.as_deref()).map(|a| format!("\n\n{a}")).unwrap_or_default();
    Some(format!("**{title}** (`{id}`), owner of {}{about}", count(owned, "page")))
}

/// A page in words: title, path, owner, review.
fn linked(workspace: &Workspace, id: crate::page::PageId) -> String {
    let page = workspace.corpus.page(id);
    let owner = workspace.owner(id).map(|o| format!("\n\nOwner: `{o}`")).unwrap_or_default();
    let reviewed = page.meta.reviewed.as_ref().map(|r| format!("\n\nReviewed: {}", r.value)).unwrap_or_default();
    format!("**{}**\n\n`{}`{owner}{reviewed}", page.title, page.path())
}
