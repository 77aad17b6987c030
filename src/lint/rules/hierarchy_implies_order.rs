//! `hierarchy-implies-order`: steps spread over sibling pages.

use crate::config::Severity;
use std::collections::BTreeMap;

use crate::page::PageId;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};

pub(super) struct HierarchyImpliesOrder;

static META: RuleMeta = RuleMeta {
    name: "hierarchy-implies-order",
    code: "SW113",
    what: "Three or more sibling pages are numbered in their titles and no blueprint joins them.",
    why: "Together they are one procedure; nobody sees it as a whole, and nothing keeps the order.",
    how: "Draft one blueprint for them, or give them titles that stand alone.",
    severity: Some(Severity::Info),
    confidence: Confidence::Medium,
    class: Class::Cross,
    scope: Scope::Site,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "=== content/on/a.md\n# 1. Order the laptop\n=== content/on/b.md\n# 2. Make the account\n=== content/on/c.md\n# 3. Meet the team\n",
    ],
    good: &[
        "=== content/on/a.md\n# Order the laptop\n=== content/on/b.md\n# Make the account\n=== content/on/c.md\n# Meet the team\n",
        "=== content/r/a.md\n# 2019 review\n=== content/r/b.md\n# 2020 review\n=== content/r/c.md\n# 2021 review\n",
    ],
    precision: "Expected, to be measured.",
};

impl Rule for HierarchyImpliesOrder {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        let mut folders: BTreeMap<&str, Vec<(u32, PageId)>> = BTreeMap::new();
        for (id, page) in workspace.corpus.iter() {
            let folder = page.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            if let Some(n) = number(&page.title).filter(|_| workspace.blueprints_of(id).is_empty()) {
                folders.entry(folder).or_default().push((n, id));
            }
        }
        for pages in folders.values_mut() {
            pages.sort();
            let run = (1_u32..).zip(pages.iter()).take_while(|(i, (n, _))| i == n).count();
            if run < 3 || run < pages.len() {
                continue;
            }
            let titles: Vec<&str> = pages.iter().map(|(_, id)| workspace.corpus.page(*id).title.as_str()).collect();
            let first = workspace.corpus.page(pages[0].1);
            out.push(
                Finding::new(&META, &first.source, super::place::page(first), format!("{run} sibling pages are numbered like the steps of one procedure"))
                    .evidence(titles.join(" · "))
                    .help(Help::Next("make one page or one blueprint of them, or give them titles that stand alone".into())),
            );
        }
    }
}

/// The number of a title such as `1. Order`, `2) Make`, `Step 3: Meet`.
fn number(title: &str) -> Option<u32> {
    let title = title.trim();
    let (stepped, rest) = match title.get(..5) {
        Some(word) if word.eq_ignore_ascii_case("step ") => (true, &title[5..]),
        _ => (false, title),
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let marked = rest[digits..].starts_with(['.', ')', ':', ' ']) && (stepped || rest[digits..].starts_with(['.', ')']));
    rest[..digits].parse().ok().filter(|n| marked && *n <= 99)
}
