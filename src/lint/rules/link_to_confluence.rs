//! `link-to-confluence`: a link to a wiki page that was not imported.

use crate::config::Severity;
use std::collections::BTreeSet;

use crate::workspace::Workspace;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, Rule, RuleMeta, Run, Scope};

pub(super) struct LinkToConfluence;

static META: RuleMeta = RuleMeta {
    name: "link-to-confluence",
    code: "SW404",
    what: "A link leads to a Confluence address that was not imported.",
    why: "The pages around it left that wiki; the link stops working on the day it is switched off.",
    how: "Import that page too, or say here what it said.",
    severity: Some(Severity::Info),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "---\nsource: {system: confluence, id: \"1\", url: \"https://acme.atlassian.net/wiki/spaces/OPS/pages/1/A\"}\n---\n# A\n\nSee [B](https://acme.atlassian.net/wiki/spaces/OPS/pages/99/B).\n",
        "See <https://wiki.example.org/pages/viewpage.action?pageId=99>.\n",
    ],
    good: &[
        "See [docs](https://example.org/docs/).\n",
    ],
    precision: "Addresses in the forms Confluence Server, Data Center and Cloud use. Sure only where pages here were imported from the same wiki: links to other people's wikis are of medium confidence and off by default.",
};

impl Rule for LinkToConfluence {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        let imported = super::wiki::Imported::of(workspace);
        let hosts = hosts(workspace);
        for page in &workspace.corpus.pages {
            for link in &page.body.links {
                if imported.page(&link.dest).is_some() || !super::wiki::is_confluence(&link.dest) {
                    continue;
                }
                // A wiki that pages came from will be switched off; another's is a website like others.
                let ours = host(&link.dest).is_some_and(|h| hosts.contains(h));
                out.push(
                    Finding::new(&META, &page.source, link.dest_span, "link to a wiki page that is not here")
                        .confidence(if ours { Confidence::High } else { Confidence::Medium })
                        .evidence(link.dest.clone())
                        .evidence(if ours { "other pages were imported from this wiki" } else { "no page here came from this wiki" })
                        .help(Help::Next("import that page too, or say here what it said".into())),
                );
            }
        }
    }
}

/// The wikis that pages came from.
fn hosts(workspace: &Workspace) -> BTreeSet<&str> {
    workspace.corpus.pages.iter().filter_map(|p| host(p.meta.origin.as_ref()?.url.as_ref()?)).collect()
}

fn host(address: &str) -> Option<&str> {
    address.split_once("://")?.1.split(['/', '?', '#']).next()
}
