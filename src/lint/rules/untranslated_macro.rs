//! `untranslated-macro`: a marker of the importer is still in the page.

use crate::config::Severity;
use crate::lint::{Class, Confidence, Finding, FixKind, Help, PageContext, Rule, RuleMeta, Scope};

pub(super) struct UntranslatedMacro;

static META: RuleMeta = RuleMeta {
    name: "untranslated-macro",
    code: "SW401",
    what: "The importer left a marker where a wiki macro had no translation.",
    why: "Readers see a marker instead of a table, a chart or a list.",
    how: "Replace the marker with what the macro showed, or take it out if nobody misses it.",
    severity: Some(Severity::Error),
    confidence: Confidence::High,
    class: Class::Pure,
    scope: Scope::Block,
    fix: FixKind::None,
    on_records: false,
    bad: &[
        "# A\n\n<!-- stepwright:macro name=\"jira\" jql=\"project = OPS\" -->\n\n*Jira table, not translated*\n",
    ],
    good: &[
        "# A\n\n```\n<!-- stepwright:macro name=\"jira\" -->\n```\n",
    ],
    precision: "Our own marker, nothing is guessed.",
};

impl Rule for UntranslatedMacro {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn page(&self, cx: &PageContext<'_>, out: &mut Vec<Finding>) {
        for (comment, span) in &cx.page.body.comments {
            let Some(rest) = comment.strip_prefix("stepwright:macro ") else { continue };
            let name = value_of(rest, "name").unwrap_or("unknown");
            let mut finding = Finding::new(&META, &cx.page.source, super::place::first_line(cx.page, *span), format!("`{name}` macro not translated, readers see a marker"));
            let parameters = rest.replace(&format!("name=\"{name}\""), "");
            if !parameters.trim().is_empty() {
                finding = finding.evidence(format!("its parameters: {}", parameters.trim()));
            }
            if let Some(origin) = &cx.page.meta.origin {
                let page = origin.url.as_ref().or(origin.id.as_ref());
                if let Some(page) = page {
                    finding = finding.evidence(format!("the page in the wiki: {page}"));
                }
            }
            out.push(finding.help(Help::Next("replace the marker with what the macro showed, or take it out".into())));
        }
    }
}

/// The value of `key="…"`.
fn value_of<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let start = text.find(&format!("{key}=\""))? + key.len() + 2;
    text[start..].split('"').next()
}
