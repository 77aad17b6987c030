//! `broken-link`: links to pages and files of the repository that are not there.

use super::attachment::{is_comment, looks_like_attachment, made_from_another, meant, stands_elsewhere, templated};
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::page::corpus::Target;
use crate::page::records;

pub(super) struct BrokenLink;

static META: RuleMeta = RuleMeta {
    name: "broken-link",
    code: "SW501",
    what: "A link leads to a page or file that is not in the repository.",
    why: "A reader in the middle of a step lands on nothing.",
    how: "Correct the path, restore the page, or take the link away.",
    severity: Some(Severity::Error),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Line,
    fix: FixKind::Unsafe,
    on_records: false,
    bad: &["=== content/a.md\nSee [B](b.md).\n", "=== content/ops/a.md\nSee [B](../c/b.md#x).\n=== content/b.md\n# B\n", "Write to [us](ops@acme.example.org).\n"],
    good: &[
        "=== content/a.md\nSee [B](ops/b.md), [site](https://example.org/x), <ops@acme.example.org> and `[C](c.md)`.\n=== content/ops/b.md\n# B\n",
        "=== content/a.md\nSee [ops](ops/).\n=== content/ops/_index.md\n# Ops\n",
        "=== content/a.md\nKeep the [secret key](!secret-key) and [this](@theme/note).\n",
    ],
    precision: "Follows from the files; addresses with a scheme are not looked at, nor links of snippets that another tool puts into pages. Where another generator builds the repository and the link names no Markdown file, for addresses from a top folder that is not here, and on records, confidence is medium and the finding is off by default.",
};

impl Rule for BrokenLink {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let corpus = &cx.workspace.corpus;
        // Its links hold where another tool puts it.
        if records::is_part(corpus.inside(cx.page.path())) {
            return;
        }
        for link in &cx.page.body.links {
            let Target::Missing(path) = corpus.resolve(cx.id, &link.dest) else { continue };
            let meant = meant(&link.dest);
            if templated(&link.dest) || is_comment(link) || meant.is_none() && (looks_like_attachment(&path) || stands_elsewhere(corpus, &path) || made_from_another(corpus, &path)) {
                continue;
            }
            let mut finding = Finding::new(&META, &cx.page.source, link.dest_span, format!("no page at {}", link.dest));
            if let Some((what, better)) = meant {
                let next = Help::Next(format!("write {better}"));
                out.push(finding.evidence(format!("this is {what}")).help(next).edit(link.dest_span, better));
                continue;
            }
            match corpus.nearest(&path).map(crate::page::Page::path) {
                Some(near) => {
                    let better = crate::text::path::link(cx.page.path(), near);
                    finding = finding.evidence(format!("looked for {path}, nearest is {near}")).help(Help::Next(format!("write {better} if that page is meant, or remove the link")));
                }
                None => finding = finding.evidence(format!("looked for {path}")).help(Help::Next("correct the path, or remove the link".into())),
            }
            // A link that names a Markdown file is followed in the repository, whoever builds the site.
            let file = link.dest.split(['#', '?']).next().is_some_and(crate::page::is_page);
            if (!file && cx.run.built_elsewhere()) || cx.run.foreign_root(&link.dest) {
                finding = finding.confidence(Confidence::Medium);
            }
            out.push(finding);
        }
    }
}
