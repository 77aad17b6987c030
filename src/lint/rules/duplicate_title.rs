//! `duplicate-title`: two pages that cannot be told apart in a list.

use crate::config::Severity;
use std::collections::BTreeMap;

use crate::page::Page;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};

pub(super) struct DuplicateTitle;

static META: RuleMeta = RuleMeta {
    name: "duplicate-title",
    code: "SW505",
    what: "Two pages of one folder have the same title.",
    why: "In the navigation and in search results nobody can tell which is the one to follow.",
    how: "Rename one, or merge them.",
    severity: Some(Severity::Info),
    confidence: Confidence::Medium,
    class: Class::Cross,
    scope: Scope::Page,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "=== content/ops/a.md\n# Deploy\n=== content/ops/b.md\n# Deploy\n",
    ],
    good: &[
        "=== content/ops/a.md\n# Deploy\n=== content/web/b.md\n# Deploy\n",
    ],
    precision: "Follows from the titles; whether both are wanted, a person says.",
};

impl Rule for DuplicateTitle {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        let mut by_title: BTreeMap<(&str, String), Vec<&Page>> = BTreeMap::new();
        for page in &workspace.corpus.pages {
            let folder = page.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            by_title.entry((folder, page.title.to_lowercase())).or_default().push(page);
        }
        for pages in by_title.values().filter(|p| p.len() > 1) {
            for page in &pages[1..] {
                out.push(
                    Finding::new(&META, &page.source, super::place::page(page), format!("title \"{}\" is that of another page in this folder", page.title))
                        .evidence(format!("{} has it too", pages[0].path()))
                        .help(Help::Next("rename one of them, or merge them".into())),
                );
            }
        }
    }
}
