//! `attachment-missing`: images and files that a page shows or links and that are not in the repository.

use super::attachment::{is_comment, looks_like_attachment, stands_elsewhere, templated};
use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::page::corpus::Target;
use crate::page::records;
use crate::text::Span;

pub(super) struct AttachmentMissing;

static META: RuleMeta = RuleMeta {
    name: "attachment-missing",
    code: "SW405",
    what: "An image or file that a page refers to is not in the repository.",
    why: "The reader sees a broken image or downloads nothing.",
    how: "Add the file, correct the path, or take the reference out.",
    severity: Some(Severity::Error),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: false,
    bad: &["See ![plan](plan.png).\n", "=== content/ops/a.md\nFill in [the form](form.xlsx).\n=== content/form.xlsx\nx\n"],
    good: &[
        "=== content/a.md\n![plan](a/plan%20one.png) and [form](a/form.xlsx).\n=== content/a/plan one.png\nx\n=== content/a/form.xlsx\nx\n",
        "![logo](https://example.org/logo.png) ![x](data:image/png;base64,AA) `![x](y.png)`\n",
        "Write to <help@example.org>.\n",
        "[//]: a.txt> (Head)\n\nText\n[//]: a.txt> (Foot)\n",
    ],
    precision: "Follows from the files. Addresses that start at the top of a site (`/img/x.png`) count only if the content folder has that top folder, or one of the `static:` folders, since other generators keep such files elsewhere.",
};

impl Rule for AttachmentMissing {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        let corpus = &cx.workspace.corpus;
        // Its links hold where another tool puts it.
        if records::is_part(corpus.inside(cx.page.path())) {
            return;
        }
        let mut say = |dest: &str, span: Span, image: bool| {
            let Target::Missing(path) = corpus.resolve(cx.id, dest) else { return };
            if templated(dest) || cx.run.foreign_root(dest) || !(image || looks_like_attachment(&path)) || stands_elsewhere(corpus, &path) {
                return;
            }
            let what = if image { "image" } else { "file" };
            let mut finding = Finding::new(&META, &cx.page.source, span, format!("no {what} at {dest}")).evidence(format!("looked for {path}"));
            if let Some(file) = path.rsplit('/').next().filter(|n| !n.is_empty())
                && let [one] = cx.run.files_named(&path)
            {
                finding = finding.evidence(if one.ends_with(file) { format!("a file of that name is at {one}") } else { format!("{one} differs in upper and lower case, which counts here") });
            }
            if let Some(id) = cx.page.meta.origin.as_ref().and_then(|o| o.id.as_ref()) {
                finding = finding.evidence(format!("the page is {id} in the wiki"));
            }
            out.push(finding.help(Help::Next("add the file, correct the path, or take the reference out".into())));
        };
        for image in &cx.page.body.images {
            say(&image.dest, image.span, true);
        }
        for link in cx.page.body.links.iter().filter(|l| super::attachment::meant(&l.dest).is_none() && !is_comment(l)) {
            say(&link.dest, link.dest_span, false);
        }
    }
}
