//! `broken-anchor`: the page is there, the place on it is not.

use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};
use crate::page::corpus::Target;
use crate::page::records;
use crate::page::{Link, Page};
use crate::text::Span;

pub(super) struct BrokenAnchor;

static META: RuleMeta = RuleMeta {
    name: "broken-anchor",
    code: "SW502",
    what: "A link names a heading or anchor that its target page does not have.",
    why: "The reader lands at the top of a long page and has to search.",
    how: "Name a heading that exists.",
    severity: Some(Severity::Warning),
    confidence: Confidence::Medium,
    class: Class::Cross,
    scope: Scope::Line,
    fix: FixKind::Unsafe,
    on_records: false,
    bad: &["# A\n\nSee [roll back](#rol-back).\n\n## Roll back\n", "=== content/a.md\n[b](b.md#gone)\n=== content/b.md\n# B\n"],
    good: &[
        "# A\n\n[x](#roll-back) [y](#top) [z](#Roll_Back) [i](#here) [f](#:~:text=a)\n\n## Roll back\n\n<a id=\"here\"></a>\n",
        "=== content/a.md\n[b](b.md#b-1)\n=== content/b.md\n# B\n\n## B\n",
    ],
    precision: "Anchors are compared by letters and digits only, because generators differ in the rest; attributes of other tools can still hide an anchor, hence medium.",
};

impl Rule for BrokenAnchor {
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
            let Target::Page(id, Some(anchor)) = corpus.resolve(cx.id, &link.dest) else { continue };
            let target = corpus.page(id);
            if generated(&anchor) || has(target, &anchor) || super::attachment::templated(&link.dest) {
                continue;
            }
            let place = anchor_span(link, cx.page);
            let mut finding = Finding::new(&META, &cx.page.source, place, format!("no heading #{anchor} on {}", target.path()));
            match crate::text::nearest(&anchor, target.body.headings.iter().map(|h| h.anchor.as_str())) {
                Some(near) => finding = finding.label(format!("did you mean #{near}?")).edit(place, near),
                None => {
                    let some: Vec<String> = target.body.headings.iter().take(4).map(|h| format!("#{}", h.anchor)).collect();
                    let more = if target.body.headings.len() > 4 { ", …" } else { "" };
                    let has = if some.is_empty() { "it has no headings".to_owned() } else { format!("it has {}{more}", some.join(", ")) };
                    finding = finding.evidence(has);
                }
            }
            out.push(finding.help(Help::Next("name a heading that exists, or take the part after # out".into())));
        }
    }
}

/// Anchors that browsers and generators make themselves.
fn generated(anchor: &str) -> bool {
    let lines = anchor.strip_prefix('L').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    anchor.eq_ignore_ascii_case("top") || anchor.starts_with(":~:") || anchor.starts_with("fn") || anchor.contains('/') || anchor.contains('=') || lines
}

fn has(page: &Page, anchor: &str) -> bool {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let wanted = bare(anchor.trim_start_matches("user-content-"));
    let headings = page.body.headings.iter().flat_map(|h| [bare(&h.anchor), bare(&h.text)]);
    page.body.has_anchor(anchor) || headings.chain(page.body.html_anchors.iter().map(|a| bare(a))).any(|a| a == wanted)
}

/// The part after `#`, without it.
fn anchor_span(link: &Link, page: &Page) -> Span {
    let span = link.dest_span;
    match page.source.slice(span).rfind('#') {
        Some(at) if span != link.span => Span::new(span.range().start + at + 1, span.range().end),
        _ => span,
    }
}
