//! `stepwright rule`: what a rule means, from the same text as its web page.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::Outcome;
use super::term::Term;
use crate::lint::{self, RuleMeta, measured, rules};
use crate::report::text as report_text;
use crate::workspace::Workspace;

/// Arguments of `rule`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  stepwright rule broken-link\n  stepwright rule\n  stepwright rule --format markdown > rules.md")]
pub struct RuleArgs {
    /// Name or code (default: list all)
    pub name: Option<String>,
    /// Form of stdout
    #[arg(long, value_name = "NAME", default_value = "text", hide_default_value = true)]
    pub format: Form,
}

/// Forms of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For reading in a terminal
    Text,
    /// One JSON array
    Json,
    /// A page
    Markdown,
}

pub(super) fn run(args: &RuleArgs, term: &Term) -> Outcome {
    let all: Vec<&'static RuleMeta> = rules::all().iter().map(|r| r.meta()).collect();
    let chosen = match &args.name {
        None => all,
        Some(wanted) => match all.iter().find(|m| m.name == wanted || m.code.eq_ignore_ascii_case(wanted)) {
            Some(meta) => vec![*meta],
            None => {
                let near = crate::text::nearest(wanted, rules::names());
                let next = near.map_or_else(|| "stepwright rule lists all names".to_owned(), |n| format!("did you mean `{n}`?"));
                term.error(&format!("no rule is called `{wanted}`"), &[("next", &next)]);
                return Outcome::Failed;
            }
        },
    };
    let text = match args.format {
        Form::Text if args.name.is_none() => chosen.iter().map(|m| line(m)).collect(),
        Form::Text => chosen.iter().map(|m| page(m)).collect(),
        Form::Json => format!("{:#}\n", chosen.iter().map(|m| document(m)).collect::<serde_json::Value>()),
        Form::Markdown => markdown(&chosen, args.name.is_none()),
    };
    term.answer(&text);
    Outcome::Fine
}

fn severity(meta: &RuleMeta) -> &'static str {
    meta.severity.map_or("off", crate::config::Severity::word)
}

fn line(meta: &RuleMeta) -> String {
    format!("{} {:<36} {:<8} {}\n", meta.code, meta.name, severity(meta), meta.what)
}

/// What lint says about the rule's first bad example.
fn message(meta: &RuleMeta) -> String {
    let Some(bad) = meta.bad.first() else { return String::new() };
    let request = lint::Request { only: vec![meta.name.to_owned()], ..lint::Request::default() };
    let found = lint::run(&Workspace::from_example(bad), &request);
    report_text::findings(found.first(), report_text::Look { color: false, width: None })
}

fn silence(meta: &RuleMeta) -> String {
    format!("`{0}: off` under `rules:` in stepwright.yaml, or `<!-- sw-ignore {0}: reason -->` before the place", meta.name)
}

fn page(meta: &RuleMeta) -> String {
    let indent =
        |text: &str| text.trim_end().lines().map(|l| format!("           {l}")).collect::<Vec<_>>().join("\n").trim_start().to_owned();
    let mut out = format!("{} ({})   {}, confidence {}\n{}\n", meta.name, meta.code, severity(meta), meta.confidence.word(), meta.what);
    for (label, text) in [
        ("why", meta.why),
        ("do", meta.how),
        ("fires on", meta.bad.first().unwrap_or(&"")),
        ("says", &message(meta)),
        ("silent on", meta.good.first().unwrap_or(&"")),
        ("precision", meta.precision),
        ("measured", &measured::words(meta.name)),
        ("silence", &silence(meta)),
    ] {
        out.push_str(&format!("{label:<10} {}\n", indent(text)));
    }
    out
}

fn document(meta: &RuleMeta) -> serde_json::Value {
    json!({
        "name": meta.name, "code": meta.code, "severity": severity(meta), "confidence": meta.confidence, "class": meta.class, "scope": meta.scope,
        "fix": meta.fix, "what": meta.what, "why": meta.why, "how": meta.how, "bad": meta.bad, "good": meta.good, "precision": meta.precision,
        "measured": measured::of(meta.name),
    })
}

/// The catalogue as a page of the website; a single rule as its part of that page.
fn markdown(chosen: &[&'static RuleMeta], whole: bool) -> String {
    let mut out = String::new();
    if whole {
        out.push_str("# Rules\n\n");
        out.push_str("Every rule with what it says and how often it is right. `stepwright rule NAME` shows the same in a terminal.\n\n");
        out.push_str("| rule | severity | confidence | right | finds |\n| --- | --- | --- | ---: | --- |\n");
        for meta in chosen {
            let right =
                measured::total(meta.name).filter(|t| t.0 > 0).map_or("–".to_owned(), |(read, right)| format!("{right} of {read}"));
            out.push_str(&format!(
                "| [{0}](#{0}) | {1} | {2} | {right} | {3} |\n",
                meta.name,
                severity(meta),
                meta.confidence.word(),
                meta.what
            ));
        }
        out.push_str("\n## How this was counted\n\n");
        out.push_str(&format!(
            "On {}, fifty findings of each rule and tree were drawn at random (all, if there were fewer) and read by one person. \
             Right is a finding that a maintainer of the page would thank us for. A rule that was wrong too often was mended and read again \
             on the same trees, which flatters it; some counts are what the mended rule left of the first draw. Most pages that \
             `procedure-shaped` and `stale-by-edit` name were judged by title, headings, evidence and a few lines. A rule of high confidence is right nine times in ten over all trees, once ten of its findings were read; \
             on a single tree it may be less. A dash: no finding was read.\n\n| tree | what it is |\n| --- | --- |\n",
            crate::text::count(measured::trees().len(), "public documentation tree")
        ));
        for tree in measured::trees() {
            out.push_str(&format!("| {} | {} |\n", tree.name, tree.about));
        }
    }
    for meta in chosen {
        let fence = |info: &str, text: &str| format!("````{info}\n{}\n````\n\n", text.trim_end());
        out.push_str(&format!(
            "\n## {}\n\n{}, {}, confidence {}. {}\n\n",
            meta.name,
            meta.code,
            severity(meta),
            meta.confidence.word(),
            meta.what
        ));
        out.push_str(&format!(
            "- Why: {}\n- Do: {}\n- Known: {}\n- Measured: {}\n\n",
            meta.why,
            meta.how,
            meta.precision,
            measured::words(meta.name)
        ));
        out.push_str("Fires on\n\n");
        out.push_str(&fence("markdown", meta.bad.first().unwrap_or(&"")));
        out.push_str("and says\n\n");
        out.push_str(&fence("text", &message(meta)));
        out.push_str("Silent on\n\n");
        out.push_str(&fence("markdown", meta.good.first().unwrap_or(&"")));
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}
