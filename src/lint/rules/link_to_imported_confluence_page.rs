//! `link-to-imported-confluence-page`: a link back into the wiki for a page that is here.

use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};

pub(super) struct LinkToImportedConfluencePage;

static META: RuleMeta = RuleMeta {
    name: "link-to-imported-confluence-page",
    code: "SW403",
    what: "A link leads to a wiki address whose page was imported.",
    why: "Readers leave for the old copy, which nobody keeps up to date.",
    how: "Point the link at the page here (`stepwright lint --fix`).",
    severity: Some(Severity::Warning),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Line,
    fix: FixKind::Safe,
    on_records: false,
    bad: &[
        "=== content/a.md\nSee [B](https://wiki.example.org/display/OPS/B).\n=== content/ops/b.md\n---\nsource: {system: confluence, id: \"12\", url: \"https://wiki.example.org/display/OPS/B\"}\n---\n# B\n",
        "=== content/a.md\nSee [B](https://wiki.example.org/pages/viewpage.action?pageId=12).\n=== content/ops/b.md\n---\nsource: {system: confluence, id: \"12\"}\n---\n# B\n",
    ],
    good: &[
        "=== content/a.md\nSee [B](ops/b.md).\n=== content/ops/b.md\n---\nsource: {system: confluence, id: \"12\"}\n---\n# B\n",
        "=== content/a.md\nSee [x](https://example.org/pages/viewpage.action?pageId=13).\n=== content/ops/b.md\n---\nsource: {system: confluence, id: \"12\"}\n---\n# B\n",
    ],
    precision: "Page ids and addresses as the import wrote them down.",
};

impl Rule for LinkToImportedConfluencePage {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        let imported = super::wiki::Imported::of(workspace);
        for page in &workspace.corpus.pages {
            for link in &page.body.links {
                let Some(target) = imported.page(&link.dest) else { continue };
                let target = workspace.corpus.page(target);
                let here = crate::text::path::link(page.path(), target.path());
                let mut finding = Finding::new(&META, &page.source, link.dest_span, "link into the wiki, the page is here")
                    .evidence(format!("{} is {} here", link.dest, target.path()));
                if link.dest_span == link.span {
                    finding = finding.help(Help::Next(format!("link to {here}")));
                } else {
                    finding = finding.edit(link.dest_span, here.clone()).help(Help::Fix(format!("stepwright lint --fix {}", page.path())));
                }
                out.push(finding);
            }
        }
    }
}
