//! `link-to-confluence`: a link to a wiki page that was not imported.

use crate::config::Severity;
use crate::workspace::Workspace;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Scope};

pub(super) struct LinkToConfluence;

static META: RuleMeta = RuleMeta {
    name: "link-to-confluence",
    code: "SW404",
    what: "A link leads to a Confluence address that was not imported.",
    why: "It stops working on the day the wiki is switched off.",
    how: "Import that page too, or say here what it said.",
    severity: Some(Severity::Info),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Line,
    fix: FixKind::None,
    bad: &[
        "See [B](https://acme.atlassian.net/wiki/spaces/OPS/pages/99/B).\n",
        "See <https://wiki.example.org/pages/viewpage.action?pageId=99>.\n",
    ],
    good: &[
        "See [docs](https://example.org/docs/).\n",
    ],
    precision: "Addresses in the forms Confluence Server, Data Center and Cloud use: 4 of 4, all there were in five documentation trees (1,936 pages).",
};

impl Rule for LinkToConfluence {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, workspace: &Workspace, out: &mut Vec<Finding>) {
        let imported = super::wiki::Imported::of(workspace);
        for page in &workspace.corpus.pages {
            for link in &page.body.links {
                if imported.page(&link.dest).is_some() || !super::wiki::is_confluence(&link.dest) {
                    continue;
                }
                out.push(
                    Finding::new(&META, &page.source, link.dest_span, "link to a wiki page that is not here")
                        .evidence(link.dest.clone())
                        .help(Help::Next("import that page too, or say here what it said".into())),
                );
            }
        }
    }
}
