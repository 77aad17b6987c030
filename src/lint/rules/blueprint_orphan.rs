//! `blueprint-orphan`: the link between a page and its blueprint does not lead back.

use std::collections::BTreeMap;

use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};
use crate::page::Page;
use crate::text::{letters, nearest};
use crate::workspace::Workspace;

pub(super) struct BlueprintOrphan;

static META: RuleMeta = RuleMeta {
    name: "blueprint-orphan",
    code: "SW202",
    what: "A page names a blueprint that does not exist or is made from another page, or a blueprint names a section its page no longer has.",
    why: "Readers, `blueprint sync` and the website follow these links; a link that leads elsewhere shows one process under the name of another.",
    how: "Correct `blueprint:` on the page, or `source:` in the blueprint, so that each names the other. A page that does not exist is told by `blueprint-invalid`.",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "---\nblueprint: refund\n---\n# Refund\n\n1. Pay it.\n",
        "=== content/a.md\n---\nblueprint: refund\n---\n# A\n\n1. Pay it.\n=== content/b.md\n# B\n\n1. Pay it.\n=== content/refund.blueprint.yaml\nblueprint: 1\nid: refund\ntitle: Refund\nsource:\n  page: content/b.md\nsteps:\n  - {id: pay, title: Pay it}\n",
        "=== content/a.md\n# A\n\n## Paying back\n\n1. Pay it.\n=== content/a.blueprint.yaml\nblueprint: 1\nid: a\ntitle: A\nsource:\n  page: content/a.md\n  heading: Refunds\nsteps:\n  - {id: pay, title: Pay it}\n",
    ],
    good: &[
        "=== content/a.md\n---\nblueprint: refund\n---\n# A\n\n## Paying *back*\n\n1. Pay it.\n=== content/refund.blueprint.yaml\nblueprint: 1\nid: refund\ntitle: Refund\nsource:\n  page: content/a.md\n  heading: Paying back\nsteps:\n  - {id: pay, title: Pay it}\n",
        // A line in bold serves as the heading, and the page need not name its blueprint.
        "=== content/a.md\n# A\n\n**Refunds**\n\n1. Pay it.\n=== content/refund.blueprint.yaml\nblueprint: 1\nid: refund\ntitle: Refund\nsource:\n  page: content/a.md\n  heading: Refunds\nsteps:\n  - {id: pay, title: Pay it}\n",
    ],
    precision: "Follows from the two files. A section counts as gone only if its words stand nowhere on the page.",
};

impl Rule for BlueprintOrphan {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        let mut ids: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, loaded) in workspace.blueprints.iter().enumerate() {
            ids.entry(id_of(loaded.source().path())).or_default().push(index);
        }
        for (_, page) in workspace.corpus.iter() {
            out.extend(page_names_another(workspace, page, &ids));
        }
        for index in 0..workspace.blueprints.len() {
            out.extend(section_gone(workspace, index));
        }
    }
}

/// `blueprint:` of a page leads to no blueprint, or to that of another page.
fn page_names_another(workspace: &Workspace, page: &Page, ids: &BTreeMap<&str, Vec<usize>>) -> Option<Finding> {
    let named = page.meta.blueprint.as_ref().filter(|b| !b.value.trim().is_empty())?;
    let mut elsewhere = Vec::new();
    for index in ids.get(named.value.as_str()).into_iter().flatten() {
        let of = workspace.page_of(*index).map(|p| workspace.corpus.page(p).path());
        // A blueprint whose own page is missing is an error of its own.
        if of.is_none_or(|path| path == page.path()) {
            return None;
        }
        elsewhere.extend(of.map(|path| (workspace.blueprints[*index].source().path(), path)));
    }
    let Some((file, other)) = elsewhere.first() else {
        let near = nearest(&named.value, ids.keys().copied());
        let next = near.map_or_else(
            || format!("remove `blueprint:`, or run `stepwright blueprint draft {}`", page.path()),
            |near| format!("write `blueprint: {near}`, if that is meant"),
        );
        let finding = Finding::new(&META, &page.source, named.span, format!("there is no blueprint `{}`", named.value));
        return Some(finding.help(Help::Next(next)));
    };
    let message = format!("blueprint `{}` is made from another page, {other}", named.value);
    let finding = Finding::new(&META, &page.source, named.span, message).evidence(format!("`source: page:` in {file}"));
    Some(finding.help(Help::Next(format!("name this page in {file}, or remove `blueprint:` here"))))
}

/// The id a blueprint's file name stands for.
fn id_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(crate::blueprint::EXTENSION).unwrap_or(name)
}

/// `source: heading:` of a blueprint names what the page no longer has.
fn section_gone(workspace: &Workspace, index: usize) -> Option<Finding> {
    let loaded = &workspace.blueprints[index];
    let heading = loaded.blueprint.as_ref()?.source.as_ref()?.heading.as_deref()?;
    let page = workspace.corpus.page(workspace.page_of(index)?);
    let wanted = letters(heading);
    let mut known = page.body.headings.iter().map(|h| h.text.as_str()).chain([page.title.as_str()]);
    if known.any(|h| letters(h) == wanted) || letters(page.source.text()).contains(&wanted) {
        return None;
    }
    let message = format!("{} has no section \"{heading}\"", page.path());
    let near = nearest(heading, page.body.headings.iter().map(|h| h.text.as_str()));
    let next = near.map_or_else(
        || "write the section's heading as it is now, or remove `heading:`".to_owned(),
        |near| format!("write `heading: {near}`, if that is the section now"),
    );
    Some(Finding::new(&META, loaded.source(), loaded.span(&["source", "heading"]), message).help(Help::Next(next)))
}
