//! Renames in the editor: the edits that keep links whole when pages, files or folders move.
//!
//! Works on the workspace as the editor has it; links keep the way they were written (relative or from the top, with or without `.md`).

use std::collections::BTreeMap;

use crate::blueprint::parse::Loaded;
use crate::lint::finding::Edit;
use crate::page::Page;
use crate::page::corpus::{Corpus, Target, percent_decode};
use crate::text::{Span, path};
use crate::workspace::Workspace;

/// A file or folder that moves; paths are relative to the root.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub from: String,
    pub to: String,
}

/// Edits by file as it is before the move.
pub(super) fn edits(workspace: &Workspace, moves: &[Move]) -> BTreeMap<String, Vec<Edit>> {
    let mut out: BTreeMap<String, Vec<Edit>> = BTreeMap::new();
    let corpus = &workspace.corpus;
    for (id, page) in corpus.iter() {
        let links = page.body.links.iter().map(|l| (l.dest.as_str(), l.dest_span));
        let images = page.body.images.iter().map(|i| (i.dest.as_str(), i.span));
        let mut edits = Vec::new();
        for (dest, span) in links.chain(images) {
            let target = match corpus.resolve(id, dest) {
                Target::Page(to, _) => corpus.page(to).path().to_owned(),
                Target::File(path) | Target::Folder(path) => path,
                Target::External | Target::Missing(_) => continue,
            };
            let Some(text) = rewritten(corpus, dest, (page.path(), &target), moves) else { continue };
            edits.extend(places(page, dest, span).map(|span| Edit { span, text: text.clone() }));
        }
        edits.sort_by_key(|e| e.span);
        edits.dedup();
        if !edits.is_empty() {
            out.insert(page.path().to_owned(), edits);
        }
    }
    for (index, loaded) in workspace.blueprints.iter().enumerate() {
        let page = workspace.page_of(index).map(|id| corpus.page(id).path());
        if let Some(edit) = page.and_then(|path| source_edit(loaded, &after(path, moves)?)) {
            out.entry(loaded.source().path().to_owned()).or_default().push(edit);
        }
    }
    out
}

/// The path after the moves; `None` if it stays.
fn after(path: &str, moves: &[Move]) -> Option<String> {
    moves.iter().find_map(|m| {
        let rest = path.strip_prefix(m.from.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{}{rest}", m.to))
    })
}

/// The destination as it has to be after the moves; `None` if it may stay.
fn rewritten(corpus: &Corpus, dest: &str, (from, target): (&str, &str), moves: &[Move]) -> Option<String> {
    let end = dest.find(['#', '?']).unwrap_or(dest.len());
    let (path, rest) = dest.split_at(end);
    let (from_after, target_after) = (after(from, moves), after(target, moves));
    if path.is_empty() || from_after.is_none() && target_after.is_none() {
        return None;
    }
    let (from, target) = (from_after.unwrap_or_else(|| from.to_owned()), target_after.unwrap_or_else(|| target.to_owned()));
    let full = if path.starts_with('/') { format!("/{}", corpus.inside(&target)) } else { path::relative(&from, &target) };
    let shaped = shaped(&percent_decode(path), &full);
    let dotted = if path.starts_with("./") && !shaped.starts_with('.') { format!("./{shaped}") } else { shaped };
    let text = path::destination(&dotted) + rest;
    (percent_decode(&text) != percent_decode(dest)).then_some(text)
}

/// A target in the form in which the old one was written: with its extension, as `.html`, without, or as a folder.
fn shaped(old: &str, full: &str) -> String {
    let stem = crate::page::stem(full);
    if crate::page::is_page(old) || stem.len() == full.len() {
        return full.to_owned();
    }
    if old.ends_with(".html") {
        return format!("{}.html", stem.strip_suffix(".html").unwrap_or(stem));
    }
    let slash = if old.ends_with('/') { "/" } else { "" };
    match stem.rsplit_once('/').map_or(("", stem), |(folder, name)| (folder, name)) {
        ("", "_index" | "index" | "README") => "./".to_owned(),
        (folder, "_index" | "index" | "README") => format!("{folder}{slash}"),
        _ => format!("{stem}{slash}"),
    }
}

/// Where a destination is written: in the link itself, else in the definitions of its label.
fn places(page: &Page, dest: &str, span: Span) -> impl Iterator<Item = Span> {
    let text = page.source.text();
    let at = |start: usize| Span::new(start, start + dest.len());
    let here = page.source.slice(span).rfind(dest).map(|offset| at(span.range().start + offset));
    let mut found: Vec<Span> = here.into_iter().collect();
    if found.is_empty() {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let (indent, rest) = (line.len() - line.trim_start().len(), line.trim_start());
            if let Some(label) = rest.strip_prefix('[').and_then(|r| r.find("]:")) {
                let value = rest[label + 3..].trim_start().trim_start_matches('<');
                let ends = value.get(dest.len()..).is_some_and(|r| r.is_empty() || r.starts_with(|c: char| c.is_whitespace() || c == '>'));
                if value.starts_with(dest) && ends {
                    found.push(at(start + indent + rest.len() - value.len()));
                }
            }
            start += line.len();
        }
    }
    found.into_iter()
}

/// `source: {page: …}` of a blueprint.
fn source_edit(loaded: &Loaded, page: &str) -> Option<Edit> {
    let node = loaded.doc.root.get("source")?.get("page")?;
    node.text()?;
    let plain = page.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'));
    Some(Edit { span: node.span, text: if plain { page.to_owned() } else { serde_json::Value::from(page).to_string() } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(text: &str, from: &str, to: &str) -> BTreeMap<String, String> {
        let workspace = Workspace::from_example(text);
        let all = edits(&workspace, &[Move { from: from.into(), to: to.into() }]);
        all.into_iter()
            .map(|(path, edits)| {
                let blueprint = workspace.blueprints.iter().map(Loaded::source).find(|s| s.path() == path);
                let source = blueprint.unwrap_or_else(|| &workspace.corpus.page(workspace.corpus.find(&path).unwrap()).source);
                let mut text = source.text().to_owned();
                for edit in edits.iter().rev() {
                    text.replace_range(edit.span.range(), &edit.text);
                }
                (path, text)
            })
            .collect()
    }

    #[test]
    fn links_to_a_moved_page_follow_it_as_they_were_written() {
        let text = "=== content/a.md\nSee [b](ops/b.md#x), [b](/ops/b), [b](./ops/b.html), [again][l] and [c](c.md).\n\n[l]: <ops/b.md> \"B\"\n=== content/c.md\n# C\n=== content/ops/b.md\n# B\n";
        let out = renamed(text, "content/ops/b.md", "content/it ops/restore.md");
        assert_eq!(
            out["content/a.md"],
            "See [b](it%20ops/restore.md#x), [b](/it%20ops/restore), [b](./it%20ops/restore.html), [again][l] and [c](c.md).\n\n[l]: <it%20ops/restore.md> \"B\"\n"
        );
        assert_eq!(out.len(), 1);
    }

    #[test]
    fn links_and_images_on_a_moved_page_still_lead_where_they_did() {
        let text = "=== content/ops/b.md\n# B\n\n[a](../a.md) [d](d.md) [self](b.md#x) [top](#b) ![p](p.png)\n=== content/ops/d.md\n# D\n=== content/a.md\n# A\n=== content/ops/p.png\nx\n";
        let out = renamed(text, "content/ops/b.md", "content/b.md");
        assert_eq!(out["content/ops/b.md"], "# B\n\n[a](a.md) [d](ops/d.md) [self](b.md#x) [top](#b) ![p](ops/p.png)\n");
        let out = renamed(text, "content/ops", "content/it");
        assert!(out.is_empty(), "inside a folder that moves as a whole nothing changes: {out:?}");
    }

    #[test]
    fn a_blueprint_follows_its_page() {
        let text = "=== content/b.md\n# B\n=== content/b.blueprint.yaml\nblueprint: 1\nid: b\ntitle: B\nsource: {page: content/b.md}\nsteps: [{id: x, title: X}]\n";
        let out = renamed(text, "content/b.md", "content/ops/c.md");
        assert!(out["content/b.blueprint.yaml"].contains("source: {page: content/ops/c.md}"), "{out:?}");
    }
}
