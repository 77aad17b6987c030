//! `broken-directive`: a page asks for a file or for tabs, and the website cannot do it.

use std::collections::BTreeSet;

use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Run, Scope};
use crate::page::corpus::Target;
use crate::page::include::{Fault, Follow};
use crate::page::{Include, Page, PageId};
use crate::site::tabs;
use crate::text::Span;
use crate::workspace::Workspace;

pub(super) struct BrokenDirective;

static META: RuleMeta = RuleMeta {
    name: "broken-directive",
    code: "SW503",
    what: "A page takes in a file that cannot be taken in, tabs have no end, or a file that pages take in has a broken link.",
    why: "The website leaves the place empty, and a reader does not see that something is missing.",
    how: "Correct the path or the part after `#`, or write the missing mark.",
    severity: Some(Severity::Error),
    confidence: Confidence::High,
    class: Class::Cross,
    scope: Scope::Line,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "=== content/a.md\n# A\n\n<!-- @include: ../snippets/gone.md -->\n",
        "=== content/a.md\n# A\n\n<!-- @include: b.md#gone -->\n=== content/b.md\n# B\n",
        "=== content/a.md\n# A\n\n<!-- @include: b.md -->\n=== content/b.md\n# B\n\n<!-- @include: a.md -->\n",
        "=== content/a.md\n# A\n\n```sh file=../x.sh#L9\n```\n=== x.sh\nls\n",
        "=== content/a.md\n# A\n\n<!-- @include: ../s.txt -->\n=== s.txt\nSee [b](b.md).\n",
        "# A\n\nText <!-- @include: b.md --> and more.\n",
        "# A\n\n<!-- @include: ../../etc/passwd -->\n",
        "# A\n\n<!-- tabs:start -->\n\n### One\n\ntext\n",
    ],
    good: &[
        "=== content/a.md\n# A\n\n<!-- @include: ../s.txt -->\n\n<!-- @include: b.md#b -->\n=== s.txt\nSee [b](content/b.md).\n=== content/b.md\n# B\n",
        "=== content/a.md\n# A\n\n```sh file=../x.sh#L1-L2 title=\"x\" {2}\n```\n=== x.sh\nls\nls -l\n",
        "# A\n\n```md\n<!-- @include: gone.md -->\n```\n\n<!-- tabs:start -->\n\n### One\n\n### Two\n\n<!-- tabs:end -->\n",
    ],
    precision: "Follows from the files.",
};

impl Rule for BrokenDirective {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        includes(cx.workspace, cx.page, out);
        let mut open: Vec<Span> = Vec::new();
        for (comment, span) in &cx.page.body.comments {
            match comment.as_str() {
                tabs::START => open.push(*span),
                tabs::END if open.pop().is_none() => out.push(unpaired(cx.page, *span)),
                _ => {}
            }
        }
        out.extend(open.into_iter().map(|span| unpaired(cx.page, span)));
    }

    fn site(&self, run: &Run<'_>, out: &mut Vec<Finding>) {
        let workspace = run.workspace;
        let corpus = &workspace.corpus;
        let parts = || corpus.parts.values().filter_map(|part| part.as_deref().ok());
        let mut prose: BTreeSet<String> = BTreeSet::new();
        for page in corpus.pages.iter().filter(|p| !p.body.includes.is_empty()) {
            prose.extend(corpus.inputs_as_markdown(page));
        }
        for part in parts().filter(|p| prose.contains(p.path())) {
            includes(workspace, part, out);
            for link in &part.body.links {
                let Target::Missing(path) = corpus.resolve_in(part.path(), PageId(0), &link.dest) else { continue };
                out.push(
                    Finding::new(&META, &part.source, link.dest_span, format!("no page at {}", link.dest))
                        .evidence(format!("looked for {path}; links are read from the folder of the file they stand in"))
                        .help(Help::Next("correct the path, or remove the link".into())),
                );
            }
        }
    }
}

/// What is wrong with the files that `page` itself names.
fn includes(workspace: &Workspace, page: &Page, out: &mut Vec<Finding>) {
    let mut follow = Follow::new(page.path());
    for include in &page.body.includes {
        if let Some(fault) = include.fault {
            out.push(
                Finding::new(&META, &page.source, include.span, "this include is not followed")
                    .evidence(fault)
                    .help(Help::Example("<!-- @include: ../snippets/restart.md -->   on a line of its own".into())),
            );
        } else if let Err(fault) = follow.check(&workspace.corpus, include) {
            out.push(told(page, include, &fault));
        }
    }
}

fn told(page: &Page, include: &Include, fault: &Fault) -> Finding {
    let next = match fault {
        Fault::Outside(_) => "name a file below the folder of stepwright.yaml; paths are read from the file they stand in, with a leading / from the content folder",
        Fault::Unusable { .. } => "correct the path; it is read from the file it stands in, with a leading / from the content folder",
        Fault::Circle(_) => "take one of these includes out",
        Fault::TooMany => "take in fewer files",
        Fault::NoPart { .. } => "name a heading's anchor for Markdown; #L3-L9 or a #region of the file for code",
    };
    let said = match fault {
        Fault::Circle(_) => "this include leads back to itself".to_owned(),
        other => other.to_string(),
    };
    let finding = Finding::new(&META, &page.source, include.span, said).help(Help::Next(next.into()));
    if let Fault::Circle(_) = fault { finding.evidence(fault.to_string()) } else { finding }
}

fn unpaired(page: &Page, span: Span) -> Finding {
    Finding::new(&META, &page.source, span, "tabs begin or end here, and the other mark is missing")
        .help(Help::Example("<!-- tabs:start --> … <!-- tabs:end -->   each on a line of its own".into()))
}
