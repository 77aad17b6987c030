//! How an existing docs repository fits: what of its pages stepwright reads as it is, and what it would show as plain text.
//!
//! Reads a workspace; decides nothing and changes nothing. Every line of the report names a count and a place to look at.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::config::Severity;
use crate::lint;
use crate::page::Page;
use crate::page::corpus::Target;
use crate::page::front_matter::PageKind;
use crate::workspace::{Kind, Workspace};

/// A way of writing that not every tool reads.
struct Feature {
    name: &'static str,
    becomes: &'static str,
    /// stepwright shows it as it was meant.
    fits: bool,
    line: &'static str,
}

const fn reads(name: &'static str, becomes: &'static str, line: &'static str) -> Feature {
    Feature { name, becomes, fits: true, line }
}

const fn lacks(name: &'static str, becomes: &'static str, line: &'static str) -> Feature {
    Feature { name, becomes, fits: false, line }
}

/// Positions in [`FEATURES`].
const BOXES: usize = 0;
const CONTAINERS: usize = 5;

/// Looked for on lines outside code blocks.
const FEATURES: [Feature; 13] = [
    reads(
        "`:::note` boxes",
        "shown as boxes",
        r"^\s*:{3,}\s?(?:note|tip|info|warning|danger|caution|important|success|secondary|details)\b",
    ),
    reads("`!!! note` boxes", "shown as boxes", r"^\s*(?:!!!|\?\?\?\+?) \w"),
    reads("content tabs (`=== \"A\"`)", "shown as tabs", r#"^\s*===[!+]? ""#),
    reads("components (`<Tabs>`)", "taken out on MDX pages; what stands between them is shown", r"^\s*<[A-Z][A-Za-z]*[\s/>]"),
    lacks("Hugo shortcodes", "shown as written", r"\{\{[<%]"),
    lacks("`:::x` containers", "shown as text, without the box", r"^\s*:{3,}\s?[A-Za-z-]+(?:[\s\[{]|$)"),
    lacks("API directives (`::: a.b`)", "shown as written; no API pages are made", r"^\s*::: [\w]+\.[\w.]+\s*$"),
    lacks("snippet includes (`--8<--`)", "not included", r"-{1,}8<-{1,}"),
    lacks("Liquid tags", "shown as written", r"\{%-?\s*\w"),
    lacks("`[[wiki links]]`", "not links", r"(?:^|[^\]\[!`])\[\[[^\]\[]+\]\](?:[^\](]|$)"),
    lacks("attribute lists (`{: .x}`)", "shown as written", r"\{:\s*[.#\w]"),
    lacks("`[TOC]` marks", "shown as written; every page has its contents", r"^\s*\[\[?_?TOC_?\]\]?\s*$"),
    lacks("pictures of tags (`<img src={…}>`)", "not shown", r"<img[^>]*src=\{"),
];

/// Something found on some pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// What it is.
    pub name: String,
    /// Pages that have it.
    pub pages: usize,
    /// What becomes of it.
    pub becomes: String,
    /// The first place, `path:line` or `path`.
    pub at: String,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fit {
    /// Pages read.
    pub pages: usize,
    /// Procedures, mixed, reference pages, records, unsure: declared or judged.
    pub kinds: [usize; 5],
    /// Pages with YAML front matter.
    pub front_matter: usize,
    /// Links to pages and files of the repository, and how many of them lead somewhere.
    pub links: (usize, usize),
    /// Other tools' ways of writing that are shown as they were meant, by name.
    pub reads: Vec<Misfit>,
    /// What does not fit, by name.
    pub misfits: Vec<Misfit>,
    /// Findings by severity and rule, worst first.
    pub findings: Vec<(Severity, &'static str, usize)>,
}

/// Measures a workspace.
pub fn measure(workspace: &Workspace) -> Fit {
    let corpus = &workspace.corpus;
    let mut fit = Fit { pages: corpus.pages.len(), ..Fit::default() };
    let mut misfits: BTreeMap<(usize, &str), Misfit> = BTreeMap::new();
    for (id, page) in corpus.iter() {
        fit.kinds[match workspace.kind(id) {
            Kind::Declared(PageKind::Procedure) | Kind::Detected(PageKind::Procedure) => 0,
            Kind::Mixed => 1,
            Kind::Declared(PageKind::Reference) | Kind::Detected(PageKind::Reference) => 2,
            Kind::Declared(PageKind::Record) | Kind::Detected(PageKind::Record) => 3,
            Kind::Unsure => 4,
        }] += 1;
        fit.front_matter += usize::from(!page.meta.span.is_empty());
        for link in &page.body.links {
            match corpus.resolve(id, &link.dest) {
                Target::External => {}
                Target::Missing(_) => fit.links.0 += 1,
                Target::Page(..) | Target::File(_) | Target::Folder(_) => {
                    fit.links.0 += 1;
                    fit.links.1 += 1;
                }
            }
        }
        scan(page, &mut misfits);
    }
    let (reads, misfits): (Vec<_>, Vec<_>) = misfits.into_iter().partition(|((index, _), _)| *index > 0 && FEATURES[*index - 1].fits);
    fit.reads = reads.into_iter().map(|(_, m)| m).collect();
    fit.misfits = misfits.into_iter().map(|(_, m)| m).collect();
    fit.misfits.extend(other_formats(workspace));
    fit.findings = findings(workspace);
    fit
}

/// Looks for foreign ways of writing on one page; each counts once a page.
fn scan(page: &Page, misfits: &mut BTreeMap<(usize, &str), Misfit>) {
    static EXPRESSIONS: LazyLock<Vec<Regex>> =
        LazyLock::new(|| FEATURES.iter().map(|f| Regex::new(f.line).expect("a valid expression")).collect());
    let text = page.source.text();
    let mut hit = |index: usize, name: &'static str, becomes: &str, line: usize| {
        let fresh = || Misfit { name: name.into(), pages: 0, becomes: becomes.into(), at: format!("{}:{line}", page.path()) };
        misfits.entry((index, name)).or_insert_with(fresh).pages += 1;
    };
    if text.starts_with("+++") {
        hit(0, "TOML front matter", "shown as text; write it as YAML between `---` lines", 1);
    }
    let mut seen = [false; FEATURES.len()];
    let mut fence: Option<&str> = None;
    let first = page.source.line_of(page.body.start);
    for (number, line) in (first..).zip(text.get(page.body.start as usize..).unwrap_or_default().lines()) {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|m| start.starts_with(m));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        if fence.is_some() || mark.is_some() {
            continue;
        }
        let bare = without_code_spans(line);
        for (index, expression) in EXPRESSIONS.iter().enumerate() {
            // The named boxes are containers too.
            let boxed = || index == CONTAINERS && EXPRESSIONS[BOXES].is_match(&bare);
            if !seen[index] && expression.is_match(&bare) && !boxed() {
                seen[index] = true;
                hit(index + 1, FEATURES[index].name, FEATURES[index].becomes, number);
            }
        }
    }
}

/// A line with the text between backticks taken out.
fn without_code_spans(line: &str) -> String {
    if !line.contains('`') {
        return line.to_owned();
    }
    line.split('`').step_by(2).collect::<Vec<_>>().join("``")
}

/// Files that hold prose in a form that is not read.
fn other_formats(workspace: &Workspace) -> Vec<Misfit> {
    let kinds = [(".rst", "reStructuredText pages"), (".adoc", "AsciiDoc pages")];
    let of = |(ending, name): (&str, &str)| {
        let mut files = workspace.corpus.files.iter().filter(|f| f.ends_with(ending));
        let at = files.next()?.clone();
        Some(Misfit { name: name.into(), pages: 1 + files.count(), becomes: "not read; stepwright reads Markdown and MDX".into(), at })
    };
    kinds.into_iter().filter_map(of).collect()
}

fn findings(workspace: &Workspace) -> Vec<(Severity, &'static str, usize)> {
    let mut counts: BTreeMap<(std::cmp::Reverse<Severity>, &'static str), usize> = BTreeMap::new();
    for finding in lint::run(workspace, &lint::Request::default()) {
        *counts.entry((std::cmp::Reverse(finding.severity), finding.rule.name)).or_default() += 1;
    }
    counts.into_iter().map(|((severity, rule), n)| (severity.0, rule, n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, usize, String)> {
        let fit = measure(&Workspace::from_example(text));
        fit.reads.into_iter().chain(fit.misfits).map(|m| (m.name, m.pages, m.at)).collect()
    }

    #[test]
    fn foreign_ways_of_writing_are_counted_once_a_page_with_the_first_place() {
        let text = "=== content/a.md\n# A\n\n!!! note \"X\"\n    Text\n\n!!! tip\n    T\n\n{{< figure src=\"x\" >}}\n\
::: pkg.mod.Class\n=== content/b.md\n+++\ntitle = \"B\"\n+++\n\n:::warning\nNo\n:::\n=== content/c.rst\nx\n";
        assert_eq!(
            names(text),
            [
                ("`:::note` boxes".into(), 1, "content/b.md:5".into()),
                ("`!!! note` boxes".into(), 1, "content/a.md:3".into()),
                ("TOML front matter".into(), 1, "content/b.md:1".into()),
                ("Hugo shortcodes".into(), 1, "content/a.md:9".into()),
                ("API directives (`::: a.b`)".into(), 1, "content/a.md:10".into()),
                ("reStructuredText pages".into(), 1, "content/c.rst".into()),
            ]
        );
    }

    #[test]
    fn code_is_not_prose() {
        assert!(
            names("# A\n\n```\n{{< x >}}\n!!! note\n```\n\nWrite `{% raw %}` and `[[x]]` so.\n\n| a |\n| - |\n| [x][[1]] |\n").is_empty()
        );
    }

    #[test]
    fn links_and_kinds_are_counted() {
        let fit = measure(&Workspace::from_example(
            "=== content/a.md\n---\nkind: procedure\n---\n# A\n\n[b](b.md) [c](c.md) [w](https://x.example)\n=== content/b.md\n# B\n",
        ));
        assert_eq!((fit.pages, fit.front_matter, fit.links), (2, 1, (2, 1)));
        assert_eq!(fit.kinds[0], 1);
        assert!(fit.findings.iter().any(|f| f.1 == "broken-link"));
    }
}
