//! `stepwright rule`: what a rule means, from the same text as its web page.

use clap::Args;

use super::Outcome;
use super::term::Term;
use crate::lint::{RuleMeta, rules};

/// Arguments of `rule`.
#[derive(Debug, Args)]
pub struct RuleArgs {
    /// Name or code (default: list all)
    pub name: Option<String>,
}

pub(super) fn run(args: &RuleArgs, term: &Term) -> Outcome {
    let Some(wanted) = &args.name else {
        let rows: String = rules::all().iter().map(|r| line(r.meta())).collect();
        term.answer(&rows);
        return Outcome::Fine;
    };
    let found = rules::all().iter().map(|r| r.meta()).find(|m| m.name == wanted || m.code.eq_ignore_ascii_case(wanted));
    match found {
        Some(meta) => {
            term.answer(&page(meta));
            Outcome::Fine
        }
        None => {
            let near = crate::text::nearest(wanted, rules::names());
            let next = near.map_or_else(|| "stepwright rule lists all names".to_owned(), |n| format!("did you mean `{n}`?"));
            term.error(&format!("no rule is called `{wanted}`"), &[("next", &next)]);
            Outcome::Failed
        }
    }
}

fn severity(meta: &RuleMeta) -> &'static str {
    meta.severity.map_or("off", crate::config::Severity::word)
}

fn line(meta: &RuleMeta) -> String {
    format!("{} {:<36} {:<8} {}\n", meta.code, meta.name, severity(meta), meta.what)
}

fn page(meta: &RuleMeta) -> String {
    let indent =
        |text: &str| text.trim_end().lines().map(|l| format!("           {l}")).collect::<Vec<_>>().join("\n").trim_start().to_owned();
    let mut out = format!("{} ({})   {}, confidence {}\n{}\n", meta.name, meta.code, severity(meta), meta.confidence.word(), meta.what);
    for (label, text) in [
        ("why", meta.why),
        ("do", meta.how),
        ("fires on", meta.bad.first().unwrap_or(&"")),
        ("silent on", meta.good.first().unwrap_or(&"")),
        ("precision", meta.precision),
    ] {
        out.push_str(&format!("{label:<10} {}\n", indent(text)));
    }
    out.push_str(&format!(
        "{:<10} `{}: off` under `rules:` in stepwright.yaml, or <!-- sw-ignore {}: reason -->\n",
        "silence", meta.name, meta.name
    ));
    out
}
