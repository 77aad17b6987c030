//! `stepwright triage`: every page with verdict, certainty and evidence, in the order in which to work through them.
//!
//! Works in any folder of Markdown, without settings and without git. `--interactive` asks (`triage_ask.rs`). `--apply` writes `kind:` where the detector is certain and nobody has spoken.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::args::Global;
use super::term::{PATH, Term};
use super::triage_ask::{Desk, Question, walk};
use super::{Outcome, project};
use crate::history::{Ages, Edited, Unknown};
use crate::judge::{Judgement, Verdict};
use crate::page::corpus::Target;
use crate::page::front_matter::PageKind;
use crate::page::{Page, PageId};
use crate::report::text::printable;
use crate::text::{Span, count, thousands};
use crate::workspace::{Kind, Selection, Workspace};

/// Rows of the table on a terminal.
const TERMINAL_LIMIT: usize = 20;
/// At or below this a reference page is certain enough for `--apply`.
const CERTAIN_REFERENCE: f64 = 0.05;

/// Arguments of `triage`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright triage\n  stepwright triage content/ops/deploy.md\n  stepwright triage --format csv > pages.csv\n  stepwright triage --apply --dry-run\n  stepwright triage --interactive"
)]
pub struct TriageArgs {
    /// A folder of Markdown, or pages (default: everything)
    pub paths: Vec<PathBuf>,
    /// Form of stdout
    #[arg(long, value_name = "NAME", default_value = "table", hide_default_value = true)]
    pub format: TriageFormat,
    /// Rows shown (0 = all; default 20 on a terminal, all in a pipe)
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Write `kind:` into the front matter of the certain ones
    #[arg(long)]
    pub apply: bool,
    /// With --apply: say what would be written
    #[arg(long, requires = "apply")]
    pub dry_run: bool,
    /// Ask about the unsure and mixed ones, one key each, and write `kind:` at once
    #[arg(long, conflicts_with_all = ["format", "limit", "dry_run"])]
    pub interactive: bool,
}

/// Forms of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TriageFormat {
    /// For people
    Table,
    /// One row per page
    Csv,
    /// One JSON document
    Json,
}

/// A page with all that the answer says of it.
struct Entry<'w> {
    id: PageId,
    path: String,
    page: &'w Page,
    judgement: &'w Judgement,
    verdict: Verdict,
    /// "front matter" or "settings" if a person decided.
    declared: Option<&'static str>,
    inbound: usize,
    converted: bool,
    ages: Option<Arc<Ages>>,
}

pub(super) fn run(args: &TriageArgs, global: &Global, term: &Term) -> Outcome {
    if args.interactive && !term.can_ask() {
        term.error(
            "there is nobody to ask",
            &[("why", "--interactive reads keys from a terminal"), ("next", "run it in a terminal, or use --apply for the certain ones")],
        );
        term.say("triage: not started");
        return Outcome::Failed;
    }
    let folder = match args.paths.as_slice() {
        [one] if one.is_dir() => Some(one.clone()),
        _ => None,
    };
    let Some((workspace, base)) = load(folder.as_deref(), global, term) else { return Outcome::Failed };
    let selection = match Selection::new(&workspace.corpus.root, &args.paths) {
        Ok(selection) => selection,
        Err(path) => {
            term.error(&format!("there is no page or folder {path} here"), &[("next", "name a page or a folder below the settings file")]);
            term.say("triage: not started");
            return Outcome::Failed;
        }
    };
    let inbound = inbound_links(&workspace);
    let mut entries: Vec<Entry> = workspace
        .corpus
        .iter()
        .filter(|(_, page)| selection.has(page.path()))
        .map(|(id, page)| entry(&workspace, id, page, inbound[id.index()], &base))
        .collect();
    if entries.is_empty() {
        term.error(
            "there are no pages to judge",
            &[("why", "no file ending in .md was found"), ("example", "stepwright triage path/to/folder")],
        );
        term.say("triage: not started, no pages");
        return Outcome::Failed;
    }
    let tally = tally(&entries);
    find_ages(&mut entries, &workspace);
    if !args.interactive {
        show(args, &mut entries, &workspace, term);
    }
    let mut written = if args.apply { apply(&entries, &workspace, args.dry_run, term) } else { Ok("nothing written".to_owned()) };
    if args.interactive && written.is_ok() {
        written = ask(&mut entries, &workspace, term, args.apply.then_some(written.unwrap_or_default()));
    }
    let failed = written.is_err() || !workspace.corpus.unreadable.is_empty();
    for bad in &workspace.corpus.unreadable {
        term.error(&format!("{} is left out: {}", bad.path, bad.why), &[]);
    }
    term.last(&format!("triage: {tally}; {}", written.unwrap_or_else(|e| e)));
    if failed { Outcome::Failed } else { Outcome::Fine }
}

/// The model, and the prefix that printed paths leave out. A folder without settings is taken as it is, `content/` or not.
fn load(folder: Option<&Path>, global: &Global, term: &Term) -> Option<(Workspace, String)> {
    let mut global = global.clone();
    if let Some(folder) = folder {
        folder.clone_into(&mut global.dir);
    }
    let (mut project, now) = project("triage", &global, term)?;
    if folder.is_some() && project.source.is_none() {
        project.settings.content = String::new();
    }
    match Workspace::load(&project, now) {
        Ok(workspace) => {
            let inside =
                folder.and_then(|f| f.canonicalize().ok()).and_then(|f| Some(f.strip_prefix(&workspace.corpus.root).ok()?.to_path_buf()));
            let parts: Vec<String> =
                inside.iter().flat_map(|p| p.components()).map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
            let base = if parts.is_empty() { String::new() } else { format!("{}/", parts.join("/")) };
            Some((workspace, base))
        }
        Err(error) => {
            let why = std::error::Error::source(&error).map(ToString::to_string);
            let notes: Vec<(&str, &str)> = why.iter().map(|w| ("why", w.as_str())).collect();
            term.error(&error.to_string(), &notes);
            term.say("triage: not started");
            None
        }
    }
}

/// How many other pages link to each page.
fn inbound_links(workspace: &Workspace) -> Vec<usize> {
    let mut counts = vec![0; workspace.corpus.pages.len()];
    for (from, page) in workspace.corpus.iter() {
        let targets: BTreeSet<PageId> = page
            .body
            .links
            .iter()
            .filter_map(|link| match workspace.corpus.resolve(from, &link.dest) {
                Target::Page(to, _) if to != from => Some(to),
                _ => None,
            })
            .collect();
        for to in targets {
            counts[to.index()] += 1;
        }
    }
    counts
}

fn entry<'w>(workspace: &'w Workspace, id: PageId, page: &'w Page, inbound: usize, base: &str) -> Entry<'w> {
    let judgement = workspace.judgement(id);
    let (verdict, declared) = match workspace.kind(id) {
        Kind::Declared(kind) => {
            let by = if page.meta.kind.is_some() { "front matter" } else { "settings" };
            (if kind == PageKind::Procedure { Verdict::Procedure } else { Verdict::Reference }, Some(by))
        }
        _ => (judgement.verdict, None),
    };
    let path = page.path().strip_prefix(base).unwrap_or(page.path()).to_owned();
    let converted = !workspace.blueprints_of(id).is_empty();
    Entry { id, path, page, judgement, verdict, declared, inbound, converted, ages: None }
}

/// Ages of sections are looked up where somebody follows steps, and on a page asked for by name.
fn find_ages(entries: &mut [Entry<'_>], workspace: &Workspace) {
    let only = entries.len() == 1;
    let mut wanted: Vec<&mut Entry<'_>> =
        entries.iter_mut().filter(|e| only || matches!(e.verdict, Verdict::Procedure | Verdict::Mixed)).collect();
    let ids: Vec<PageId> = wanted.iter().map(|e| e.id).collect();
    for (entry, ages) in wanted.iter_mut().zip(workspace.ages(&ids)) {
        entry.ages = Some(ages);
    }
}

impl Entry<'_> {
    /// The last change below a heading, subsections included.
    fn section_edited(&self, heading: usize) -> Option<&Edited> {
        let headings = &self.page.body.headings;
        let level = headings[heading].level;
        let end = headings[heading + 1..].iter().find(|h| h.level <= level).map_or(u32::MAX, |h| h.span.start);
        self.ages.as_ref()?.newest(Span { start: headings[heading].span.start, end })
    }

    /// The section that has not changed for longest, if the page changed since: heading, line, day.
    fn oldest(&self, workspace: &Workspace) -> Option<(&str, usize, Date)> {
        let edited = workspace.page_history(self.id).edited.date()?;
        let sections = self.judgement.sections.iter().filter_map(|s| Some((s, self.section_edited(s.index)?.date()?)));
        let (section, day) = sections.min_by_key(|(s, day)| (*day, s.span)).filter(|(_, day)| *day < edited)?;
        Some((&section.heading, self.line(section.span.start), day))
    }

    fn edited(&self, workspace: &Workspace) -> (Option<String>, Option<String>) {
        let edited = &workspace.page_history(self.id).edited;
        (edited.date().map(|d| d.to_string()), edited.unknown().map(|u| u.word().to_owned()))
    }

    fn reviewed(&self) -> Option<String> {
        let text = &self.page.meta.reviewed.as_ref()?.value;
        crate::text::date::parse(text).map(|d| d.to_string())
    }

    /// How much a missed step would cost: procedures without a blueprint first, then where readers go and approvals and deadlines sit.
    fn urgency(&self) -> u32 {
        let kind = match self.verdict {
            _ if self.converted => 0,
            Verdict::Procedure => 300,
            Verdict::Mixed => 200,
            Verdict::Unsure => 100,
            Verdict::Reference => 0,
        };
        let signals = &self.judgement.signals;
        let links = u32::try_from(self.inbound.min(10)).unwrap_or(10);
        let worth = 4 * links + 2 * signals.approvals.min(10) + 2 * signals.deadlines.min(5) + signals.steps.min(10);
        if kind == 0 { 0 } else { kind + worth }
    }

    fn procedure_sections(&self) -> usize {
        self.judgement.procedure_sections().count()
    }

    fn line(&self, offset: u32) -> usize {
        self.page.source.line_of(offset)
    }

    fn evidence(&self, workspace: &Workspace) -> Vec<Value> {
        let declared = self.declared.map(|by| {
            let span = self.page.meta.kind.as_ref().map_or(0, |k| k.span.start);
            json!({"text": format!("{by} says `kind: {}`", self.verdict.as_str()), "line": self.line(span)})
        });
        let seen = self.judgement.evidence.iter().map(|e| json!({"text": e.text, "line": self.line(e.span.start)}));
        let limit = workspace.age_limit(self.id);
        let old = self.oldest(workspace).filter(|(.., day)| limit.is_some_and(|l| workspace.is_past(*day, l)));
        let old = old.zip(workspace.page_history(self.id).edited.date()).map(
            |((heading, line, day), page)| json!({"text": format!("\"{heading}\" was last changed {day}, the page {page}"), "line": line}),
        );
        declared.into_iter().chain(seen).chain(old).collect()
    }

    fn json(&self, workspace: &Workspace) -> Value {
        let (edited, unknown) = self.edited(workspace);
        let sections: Vec<Value> = self
            .judgement
            .sections
            .iter()
            .map(|s| {
                let mut value = json!({"heading": s.heading, "line": self.line(s.span.start), "probability": round(s.probability)});
                if let Some(edited) = self.section_edited(s.index) {
                    value["edited"] = json!(edited.date().map(|d| d.to_string()));
                    value["edited-unknown"] = json!(edited.unknown().map(Unknown::word));
                }
                value
            })
            .collect();
        json!({
            "path": self.path,
            "title": self.page.title,
            "verdict": self.verdict.as_str(),
            "probability": round(self.judgement.probability),
            "sections": sections,
            "evidence": self.evidence(workspace),
            "edited": edited,
            "edited-unknown": unknown,
            "reviewed": self.reviewed(),
            "owner": workspace.owner(self.id),
            "inbound": self.inbound,
            "urgency": self.urgency(),
        })
    }
}

/// Four places: more would be noise, fewer would make ties.
fn round(p: f64) -> f64 {
    (p * 10_000.0).round() / 10_000.0
}

/// `181 procedures, 21 mixed, 974 reference, 49 unsure`.
fn tally(entries: &[Entry]) -> String {
    let n = |v: Verdict| entries.iter().filter(|e| e.verdict == v).count();
    let procedures = count(n(Verdict::Procedure), "procedure");
    format!(
        "{procedures}, {} mixed, {} reference, {} unsure",
        thousands(n(Verdict::Mixed)),
        thousands(n(Verdict::Reference)),
        thousands(n(Verdict::Unsure))
    )
}

/// Where a missed step costs most comes first.
fn in_order_of_work(entries: &mut [Entry]) {
    entries.sort_by(|a, b| {
        b.urgency().cmp(&a.urgency()).then(b.judgement.probability.total_cmp(&a.judgement.probability)).then(a.path.cmp(&b.path))
    });
}

fn show(args: &TriageArgs, entries: &mut [Entry], workspace: &Workspace, term: &Term) {
    match args.format {
        TriageFormat::Json => {
            let all: Vec<Value> = entries.iter().map(|e| e.json(workspace)).collect();
            term.answer(&format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default()));
        }
        TriageFormat::Csv => term.answer(&csv(entries, workspace)),
        TriageFormat::Table => {
            in_order_of_work(entries);
            let limit = match args.limit {
                Some(0) => usize::MAX,
                Some(n) => n,
                None if term.width.is_some() => TERMINAL_LIMIT,
                None => usize::MAX,
            };
            term.answer(&table(entries, limit, workspace));
            if let [only] = &*entries {
                term.answer(&why(only, workspace));
            }
        }
    }
}

fn csv(entries: &[Entry], workspace: &Workspace) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = [
        "path",
        "title",
        "verdict",
        "probability",
        "sections",
        "evidence",
        "edited",
        "edited-unknown",
        "reviewed",
        "owner",
        "inbound",
        "urgency",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for e in entries {
        let (edited, unknown) = e.edited(workspace);
        let sections: Vec<&str> = e.judgement.procedure_sections().map(|s| s.heading.as_str()).collect();
        let evidence: Vec<&str> = e.judgement.evidence.iter().map(|e| e.text.as_str()).collect();
        rows.push([
            e.path.clone(),
            e.page.title.clone(),
            e.verdict.as_str().to_owned(),
            format!("{:.4}", e.judgement.probability),
            sections.join("; "),
            evidence.join("; "),
            edited.unwrap_or_default(),
            unknown.unwrap_or_default(),
            e.reviewed().unwrap_or_default(),
            workspace.owner(e.id).unwrap_or_default(),
            e.inbound.to_string(),
            e.urgency().to_string(),
        ]);
    }
    for row in rows {
        writer.write_record(&row).expect("writing to memory does not fail");
    }
    String::from_utf8(writer.into_inner().expect("flushing to memory does not fail")).expect("all fields are text")
}

fn table(entries: &[Entry], limit: usize, workspace: &Workspace) -> String {
    let shown = entries.len().min(limit);
    let owners: Vec<String> = entries[..shown].iter().map(|e| workspace.owner(e.id).unwrap_or_else(|| "-".to_owned())).collect();
    let owner_width = owners.iter().map(|o| o.chars().count()).max().unwrap_or(0).max(5);
    let mut out = format!("{:<9}  {}  {:<10}  {:<owner_width$}  page\n", "verdict", "prob.", "edited", "owner");
    for (e, owner) in entries[..shown].iter().zip(&owners) {
        let edited = e.edited(workspace).0.unwrap_or_else(|| "unknown".to_owned());
        let sections = if e.verdict == Verdict::Mixed {
            format!("  {} of {}", e.procedure_sections(), e.judgement.sections.len())
        } else {
            String::new()
        };
        let mark = if e.declared.is_some() { " *" } else { "" };
        let _ = writeln!(
            out,
            "{:<9}  {:>5.2}  {edited:<10}  {:<owner_width$}  {PATH}{}{PATH:#}{mark}{sections}",
            e.verdict.as_str(),
            e.judgement.probability,
            printable(owner),
            printable(&e.path)
        );
    }
    if entries[..shown].iter().any(|e| e.declared.is_some()) {
        out.push_str("* declared by people: prob. is what the detector would say\n");
    }
    if shown < entries.len() {
        let example = &entries[0].path;
        let _ =
            writeln!(out, "{} more: --limit 0    why one page: stepwright triage {}", thousands(entries.len() - shown), printable(example));
    }
    out
}

/// The reasons for one page, with places.
fn why(entry: &Entry, workspace: &Workspace) -> String {
    let mut out = String::new();
    for item in entry.evidence(workspace) {
        let _ =
            writeln!(out, "  = evidence: {}:{}  {}", printable(&entry.path), item["line"], printable(item["text"].as_str().unwrap_or("")));
    }
    for s in &entry.judgement.sections {
        let edited = entry.section_edited(s.index).map_or_else(String::new, |e| e.date().map_or("unknown".to_owned(), |d| d.to_string()));
        let _ = writeln!(out, "  {:>5.2}  {edited:<10}  :{:<4} {}", s.probability, entry.line(s.span.start), printable(&s.heading));
    }
    out
}

/// The terminal, and the files of the repository.
struct Terminal<'t> {
    term: &'t Term,
    root: &'t Path,
}

impl Desk for Terminal<'_> {
    fn show(&mut self, text: &str) {
        self.term.talk(text);
    }

    fn key(&mut self) -> Option<char> {
        self.term.key()
    }

    fn write(&mut self, page: &Page, text: &str) -> std::io::Result<()> {
        crate::disk::replace(&self.root.join(page.path()), text.as_bytes()).map(|_| ())
    }
}

/// Asks about what the detector leaves to people, most urgent first. `before` is what was written until now, in words.
fn ask(entries: &mut [Entry], workspace: &Workspace, term: &Term, before: Option<String>) -> Result<String, String> {
    in_order_of_work(entries);
    let open = entries.iter().filter(|e| e.declared.is_none() && matches!(e.verdict, Verdict::Unsure | Verdict::Mixed));
    let reason = |e: &Entry, evidence: &crate::judge::Evidence| format!("line {}: {}", e.line(evidence.span.start), evidence.text);
    let questions: Vec<Question> = open
        .map(|e| Question {
            page: e.page,
            path: &e.path,
            probability: e.judgement.probability,
            why: e.judgement.evidence.iter().map(|evidence| reason(e, evidence)).collect(),
        })
        .collect();
    let answers = walk(&questions, &mut Terminal { term, root: &workspace.corpus.root });
    let mut parts: Vec<String> = before.into_iter().collect();
    parts.push(format!("answered: {}, {} reference", count(answers.procedures, "procedure"), thousands(answers.references)));
    for (n, what) in [(answers.skipped, "skipped"), (answers.left, "left"), (answers.failed, "failed")] {
        if n > 0 {
            parts.push(format!("{} {what}", thousands(n)));
        }
    }
    let text = parts.join(", ");
    if answers.failed > 0 { Err(text) } else { Ok(text) }
}

/// Writes `kind:` where the detector is certain and neither front matter nor settings have one. `Err` when a page could not be written.
fn apply(entries: &[Entry], workspace: &Workspace, dry: bool, term: &Term) -> Result<String, String> {
    let (mut written, mut failed) = (0, 0);
    for e in entries.iter().filter(|e| e.declared.is_none()) {
        let kind = match e.verdict {
            Verdict::Procedure => "procedure",
            Verdict::Reference if e.judgement.probability <= CERTAIN_REFERENCE => "reference",
            _ => continue,
        };
        let Some(text) = with_kind(e.page, kind) else {
            term.warning(
                &format!("{} keeps its front matter as it is", e.path),
                &[("why", "it has a `kind` of another meaning, or is not plain YAML")],
            );
            continue;
        };
        let path = workspace.corpus.root.join(e.page.path());
        match if dry { Ok(false) } else { crate::disk::replace(&path, text.as_bytes()) } {
            Ok(_) => written += 1,
            Err(error) => {
                failed += 1;
                term.error(&format!("{} is not written", e.path), &[("why", &error.to_string())]);
            }
        }
    }
    let pages = count(written, "page");
    match (dry, failed) {
        (true, _) => Ok(format!("would write `kind` into {pages}; nothing written")),
        (false, 0) => Ok(format!("wrote `kind` into {pages}")),
        (false, n) => Err(format!("wrote `kind` into {pages}, {} failed", thousands(n))),
    }
}

/// The page's text with a `kind:` line, all other bytes as they were; `None` where that is not safe.
pub(super) fn with_kind(page: &Page, kind: &str) -> Option<String> {
    let text = page.source.text();
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (_, body_start) = crate::page::front_matter::parse(&page.source);
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    if body_start <= bom {
        return Some(format!("{}---{newline}kind: {kind}{newline}---{newline}{}", &text[..bom], &text[bom..]));
    }
    let block = page.source.slice(page.meta.span);
    let plain = page.meta.keys.values().all(|(key, _)| starts_line(text, key.range().start)) && !block.trim_start().starts_with(['{', '[']);
    if page.meta.keys.contains_key("kind") || !plain {
        return None;
    }
    // After the title, where people look for it; else at the top.
    let at = page.meta.title.as_ref().map_or(page.meta.span.range().start, |t| {
        let end = t.span.range().end;
        text[end..].find('\n').map_or(end, |n| end + n + 1)
    });
    let at = at.min(page.meta.span.range().end);
    Some(format!("{}kind: {kind}{newline}{}", &text[..at], &text[at..]))
}

fn starts_line(text: &str, at: usize) -> bool {
    at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn with(text: &str) -> Option<String> {
        with_kind(&Page::parse(Source::new("p.md", text)), "procedure")
    }

    #[test]
    fn kind_is_added_and_nothing_else_moves() {
        assert_eq!(with("# A\n").unwrap(), "---\nkind: procedure\n---\n# A\n");
        assert_eq!(
            with("---\ntitle: A\n# note\nweight: 3\n---\n# A\n").unwrap(),
            "---\ntitle: A\nkind: procedure\n# note\nweight: 3\n---\n# A\n"
        );
        assert_eq!(with("---\r\nweight: 3\r\n---\r\nText\r\n").unwrap(), "---\r\nkind: procedure\r\nweight: 3\r\n---\r\nText\r\n");
        assert_eq!(with("\u{feff}# A\n").unwrap(), "\u{feff}---\nkind: procedure\n---\n# A\n");
        assert_eq!(with("---\ntitle: >\n  Long\n  title\n---\n").unwrap(), "---\ntitle: >\n  Long\n  title\nkind: procedure\n---\n");
    }

    #[test]
    fn front_matter_that_is_not_plain_is_left_alone() {
        assert_eq!(with("---\nkind: page\n---\n# A\n"), None);
        assert_eq!(with("---\n{title: A}\n---\n# A\n"), None);
    }
}
