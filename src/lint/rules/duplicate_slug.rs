//! `duplicate-slug`: two pages for one address.

use crate::config::Severity;
use std::collections::BTreeMap;

use crate::page::Page;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};

pub(super) struct DuplicateSlug;

static META: RuleMeta = RuleMeta {
    name: "duplicate-slug",
    code: "SW504",
    what: "Two files lead to one address on the website, or differ only in upper and lower case.",
    why: "One of them cannot be reached; where they differ in case only, one file overwrites the other on Windows and macOS.",
    how: "Rename one of the files.",
    severity: Some(Severity::Error),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Page,
    fix: FixKind::None,
    on_records: true,
    bad: &[
        "=== content/ops/Deploy.md\n# A\n=== content/ops/deploy.md\n# B\n",
        "=== content/ops/index.md\n# A\n=== content/ops/_index.md\n# B\n",
    ],
    good: &[
        "=== content/ops/deploy.md\n# A\n=== content/ops/deploys.md\n# B\n",
    ],
    precision: "Follows from the paths.",
};

impl Rule for DuplicateSlug {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        let mut by_address: BTreeMap<String, &Page> = BTreeMap::new();
        for page in &workspace.corpus.pages {
            let address = address(page.path());
            if let Some(first) = by_address.get(&address) {
                out.push(
                    Finding::new(&META, &page.source, super::place::page(page), format!("{} and {} lead to one address", first.path(), page.path()))
                        .evidence(format!("address {address} ({})", because(first.path(), page.path())))
                        .help(Help::Next("rename one of the files".into())),
                );
            } else {
                by_address.insert(address, page);
            }
        }
    }
}

/// Why two different paths are one address.
fn because(one: &str, other: &str) -> &'static str {
    if one.eq_ignore_ascii_case(other) {
        "upper and lower case do not count"
    } else if crate::page::stem(one) == crate::page::stem(other) {
        "the ending of a file does not count"
    } else {
        "a folder has one page of its own: _index, index or README"
    }
}

/// The path without its ending, in lower case; a folder's own page is the folder.
fn address(path: &str) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem).to_lowercase();
    match stem.rsplit_once('/') {
        Some((folder, "_index" | "index" | "readme")) => folder.to_owned(),
        _ => stem,
    }
}
