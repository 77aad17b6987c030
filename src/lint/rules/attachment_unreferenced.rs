//! `attachment-unreferenced`: a file nobody shows or links.

use crate::config::Severity;
use std::collections::{BTreeMap, BTreeSet};

use crate::page::PageId;
use crate::page::corpus::Target;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};

pub(super) struct AttachmentUnreferenced;

static META: RuleMeta = RuleMeta {
    name: "attachment-unreferenced",
    code: "SW406",
    what: "A file that came with a page is referred to by no page.",
    why: "It weighs on the repository and may hold what nobody meant to publish.",
    how: "Link it or delete it.",
    severity: Some(Severity::Info),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Page,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "=== content/a.md\n---\nsource: {system: confluence, id: \"1\"}\n---\n# A\n=== content/a/plan.png\nx\n",
    ],
    good: &[
        "=== content/a.md\n---\nsource: {system: confluence, id: \"1\"}\n---\n# A\n\n![plan](a/plan.png)\n=== content/a/plan.png\nx\n",
        "=== content/a.md\n# A\n=== content/style.css\nx\n",
    ],
    precision: "Follows from the files; only files in the folder of an imported page count.",
};

impl Rule for AttachmentUnreferenced {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        let corpus = &workspace.corpus;
        let mut used: BTreeSet<String> = BTreeSet::new();
        let mut folders: BTreeMap<String, PageId> = BTreeMap::new();
        for (id, page) in corpus.iter() {
            let html = page.source.text();
            let dests = page.body.links.iter().map(|l| l.dest.as_str()).chain(page.body.images.iter().map(|i| i.dest.as_str()));
            used.extend(dests.filter_map(|d| match corpus.resolve(id, d) {
                Target::File(path) => Some(path),
                _ => None,
            }));
            // Raw HTML names files too; a file whose name stands anywhere in the page counts as used.
            if page.meta.origin.is_some() {
                folders.insert(format!("{}/", page.path().rsplit_once('.').map_or(page.path(), |(s, _)| s)), id);
            }
            let folder = page.path().rsplit_once('.').map_or(page.path(), |(s, _)| s);
            let near = corpus.files.range(format!("{folder}/")..).take_while(|f| f.starts_with(folder));
            used.extend(near.filter(|f| f.rsplit('/').next().is_some_and(|name| html.contains(name))).cloned());
        }
        for (folder, id) in &folders {
            for file in corpus.files.range(folder.clone()..).take_while(|f| f.starts_with(folder.as_str())).filter(|f| !used.contains(*f)) {
                let page = corpus.page(*id);
                out.push(
                    Finding::new(&META, &page.source, super::place::page(page), format!("nothing refers to {file}"))
                        .evidence(format!("it came with {}", page.path()))
                        .help(Help::Next("link it, or delete it".into())),
                );
            }
        }
    }
}
