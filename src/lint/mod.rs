//! Findings: the rules, and the engine that runs them over a workspace and settles what is shown.
//!
//! Per-page rules run in parallel; site rules run once on the whole index. A rule sees an immutable workspace and yields facts.

pub mod baseline;
pub mod changed;
pub mod finding;
pub mod fingerprint;
pub mod fix;
pub mod measured;
pub mod rules;
mod shared;
pub mod suppress;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use globset::GlobSet;
use rayon::prelude::*;

pub use finding::{Class, Confidence, Finding, FixKind, Help, RuleMeta, Scope};
pub use shared::Run;

use crate::config::{Level, Preset, Settings, Severity};
use crate::page::{Page, PageId, Tree};
use crate::workspace::{Workspace, WorkspaceError, globs};

/// What a page rule sees.
pub struct PageContext<'w> {
    /// Everything.
    pub workspace: &'w Workspace,
    /// What the rules of this run share.
    pub run: &'w Run<'w>,
    /// The page's id.
    pub id: PageId,
    /// The page.
    pub page: &'w Page,
    tree: OnceCell<Arc<Tree>>,
}

impl<'w> PageContext<'w> {
    fn new(run: &'w Run<'w>, id: PageId) -> Self {
        let workspace = run.workspace;
        Self { workspace, run, id, page: workspace.corpus.page(id), tree: OnceCell::new() }
    }

    /// The tree of the page, parsed when the first rule asks and kept for the others. Most pages never need it: a rule that looks for words asks the
    /// text first.
    pub fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| self.page.tree())
    }
}

/// A rule: metadata, and one or both of the two hooks.
pub trait Rule: Sync {
    /// Name, documentation, defaults.
    fn meta(&self) -> &'static RuleMeta;
    /// Whether it asks when words were edited, so that it says nothing where git does not hold the whole history.
    fn asks_edits(&self) -> bool {
        self.meta().class == Class::History
    }
    /// Looks at one page.
    fn page(&self, _cx: &PageContext<'_>, _out: &mut Vec<Finding>) {}
    /// Looks at the whole site, once.
    fn site(&self, _run: &Run<'_>, _out: &mut Vec<Finding>) {}
}

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Only these rules, if any are named.
    pub only: Vec<String>,
    /// Lowest confidence to run; the preset decides when `None`.
    pub confidence: Option<Confidence>,
    /// Measure how long each rule takes.
    pub timed: bool,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Report {
    /// Findings to act on, in path and line order.
    pub findings: Vec<Finding>,
    /// Findings that people silenced.
    pub suppressed: Vec<Finding>,
    /// Every suppression, in path and line order.
    pub suppressions: Vec<suppress::Suppression>,
    /// Time spent in each rule that ran, if it was asked for. Whoever first needs the parsed page pays for the parsing.
    pub times: BTreeMap<&'static str, Duration>,
}

/// Runs every rule that is on and returns its findings in path and line order.
pub fn run(workspace: &Workspace, request: &Request) -> Vec<Finding> {
    run_all(workspace, request).findings
}

/// Runs every rule that is on; also returns what was silenced.
pub fn run_all(workspace: &Workspace, request: &Request) -> Report {
    // Whether a suppression is of use only shows when the rule it names runs.
    let on_suppressions = request.only.iter().any(|n| n.starts_with("suppression-"));
    let runs = |rule: &dyn Rule| on_suppressions || wanted(rule.meta(), workspace, request);
    let rules: Vec<&dyn Rule> = rules::all().iter().copied().filter(|r| runs(*r)).collect();
    let run = Run::new(workspace);
    let ids: Vec<(PageId, &Page)> = workspace.corpus.iter().collect();
    let clock = |times: &mut BTreeMap<&'static str, Duration>, rule: &dyn Rule, run: &mut dyn FnMut()| {
        if !request.timed {
            return run();
        }
        let started = Instant::now();
        run();
        *times.entry(rule.meta().name).or_default() += started.elapsed();
    };
    let per_page: Vec<_> = ids
        .par_iter()
        .map(|(id, page)| {
            let cx = PageContext::new(&run, *id);
            let mut out = Vec::new();
            let mut times = BTreeMap::new();
            for rule in &rules {
                clock(&mut times, *rule, &mut || rule.page(&cx, &mut out));
            }
            (out, suppress::of_page(page), times)
        })
        .collect();
    let mut findings: Vec<Finding> = Vec::new();
    let mut suppressions = Vec::new();
    let mut times: BTreeMap<&'static str, Duration> = BTreeMap::new();
    for (found, silenced, taken) in per_page {
        findings.extend(found);
        suppressions.extend(silenced);
        for (rule, time) in taken {
            *times.entry(rule).or_default() += time;
        }
    }
    for rule in &rules {
        clock(&mut times, *rule, &mut || rule.site(&run, &mut findings));
    }
    doubt_records(workspace, &mut findings);
    let mut report = silence(workspace, findings, suppressions);
    report.times = times;
    let ran = |name: &str| {
        let rule = rules::all().iter().find(|r| r.meta().name == name);
        let knows = rule.is_none_or(|r| !r.asks_edits()) || workspace.history.depth == crate::history::Depth::Full;
        knows && rules.iter().any(|r| r.meta().name == name)
    };
    rules::judge_suppressions(&report.suppressions, workspace.now, &ran, &mut report.findings);
    report.findings.retain(|f| wanted(f.rule, workspace, request));
    settle(workspace, request, &mut report.findings);
    settle(workspace, request, &mut report.suppressed);
    report
}

/// On a page that tells what was, most rules are heard only when asked for; see [`RuleMeta::on_records`]. What an import brought is still to be
/// looked through.
fn doubt_records(workspace: &Workspace, findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|f| f.confidence == Confidence::High && !f.rule.on_records) {
        let Some(id) = workspace.corpus.find(finding.path()).filter(|id| workspace.kind(*id).is_record()) else { continue };
        if workspace.corpus.page(id).meta.origin.is_none() {
            finding.confidence = Confidence::Medium;
        }
    }
}

/// Takes out what people silenced.
fn silence(workspace: &Workspace, findings: Vec<Finding>, mut suppressions: Vec<suppress::Suppression>) -> Report {
    let mut report = Report::default();
    let mut by_path: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, one) in suppressions.iter().enumerate() {
        by_path.entry(one.source.path().to_owned()).or_default().push(at);
    }
    for finding in findings {
        let near = by_path.get(finding.path()).map_or(&[][..], Vec::as_slice);
        let hit = near.iter().find(|at| suppressions[**at].silences(finding.rule.name, finding.path(), finding.span, workspace.now));
        match hit {
            Some(at) => {
                suppressions[*at].used = true;
                report.suppressed.push(finding);
            }
            None => report.findings.push(finding),
        }
    }
    report.suppressions = suppressions;
    report
}

/// Runs the rules that need nothing but the page and the settings on one page: what an editor shows while somebody types.
pub fn run_page(workspace: &Workspace, id: PageId, request: &Request) -> Vec<Finding> {
    let pure = rules::all().iter().filter(|r| r.meta().class == Class::Pure && wanted(r.meta(), workspace, request));
    let run = Run::new(workspace);
    let cx = PageContext::new(&run, id);
    let mut findings = Vec::new();
    for rule in pure {
        rule.page(&cx, &mut findings);
    }
    doubt_records(workspace, &mut findings);
    let silenced = suppress::of_page(cx.page);
    findings.retain(|f| !silenced.iter().any(|s| s.silences(f.rule.name, f.path(), f.span, workspace.now)));
    settle(workspace, request, &mut findings);
    findings
}

/// A rule runs if anything in the settings could let it speak.
fn wanted(meta: &RuleMeta, workspace: &Workspace, request: &Request) -> bool {
    if !request.only.is_empty() {
        return request.only.iter().any(|n| n == meta.name);
    }
    let settings = &workspace.settings;
    let named = settings.rules.get(meta.name).is_some_and(|l| *l != Level::Off)
        || settings.overrides.iter().any(|o| o.rules.get(meta.name).is_some_and(|l| *l != Level::Off));
    named || by_default(meta, meta.confidence, settings.preset, request).is_some()
}

/// The severity a rule has without being named in the settings; `None` when it is off.
fn by_default(meta: &RuleMeta, confidence: Confidence, preset: Preset, request: &Request) -> Option<Severity> {
    let lowest = request.confidence.unwrap_or(if preset == Preset::Strict { Confidence::Medium } else { Confidence::High });
    let severity = meta.severity.or((preset == Preset::Strict).then_some(Severity::Info))?;
    if confidence < lowest {
        return None;
    }
    Some(if preset == Preset::Import && meta.code.starts_with("SW4") { Severity::Error } else { severity })
}

/// Where the severity of a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The rule's own default.
    Default,
    /// The preset.
    Preset(Preset),
    /// `rules:` of the settings.
    Settings,
    /// The entry of `overrides:` at this position.
    Override(usize),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Preset(preset) => write!(f, "preset {}", format!("{preset:?}").to_lowercase()),
            Self::Settings => f.write_str("rules"),
            Self::Override(n) => write!(f, "overrides.{n}"),
        }
    }
}

/// What holds for a rule at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtPath {
    /// Its severity; `None` when it is off.
    pub severity: Option<Severity>,
    /// Who says so.
    pub origin: Origin,
}

/// What holds for every rule at a path of the project, by name in catalogue order.
pub fn levels(settings: &Settings, path: &str) -> Result<Vec<(&'static str, AtPath)>, WorkspaceError> {
    let globs: Vec<GlobSet> = settings.overrides.iter().map(|o| globs(&o.paths)).collect::<Result<_, _>>()?;
    let of = |meta: &'static RuleMeta| {
        if let Some((level, origin)) = named_level(settings, &globs, meta.name, path) {
            return (meta.name, AtPath { severity: level.severity(), origin });
        }
        let request = Request::default();
        let severity = by_default(meta, meta.confidence, settings.preset, &request);
        let own = by_default(meta, meta.confidence, Preset::Recommended, &request);
        let origin = if severity == own { Origin::Default } else { Origin::Preset(settings.preset) };
        (meta.name, AtPath { severity, origin })
    };
    Ok(rules::all().iter().map(|r| of(r.meta())).collect())
}

/// The level the settings name for a rule at a path: that of the last override that fits, else that of `rules:`.
fn named_level(settings: &Settings, globs: &[GlobSet], name: &str, path: &str) -> Option<(Level, Origin)> {
    let mut level = settings.rules.get(name).map(|l| (*l, Origin::Settings));
    for (n, (globs, over)) in globs.iter().zip(&settings.overrides).enumerate() {
        if let Some(l) = over.rules.get(name).filter(|_| globs.is_match(path)) {
            level = Some((*l, Origin::Override(n)));
        }
    }
    level
}

/// Gives each finding the severity the settings want at its path, drops those that are off, and sorts.
fn settle(workspace: &Workspace, request: &Request, findings: &mut Vec<Finding>) {
    findings.retain_mut(|f| match severity_at(workspace, request, f) {
        Some(severity) => {
            f.severity = severity;
            true
        }
        None => false,
    });
    findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
}

fn severity_at(workspace: &Workspace, request: &Request, finding: &Finding) -> Option<Severity> {
    let settings = &workspace.settings;
    let name = finding.rule.name;
    match named_level(settings, &workspace.override_globs, name, finding.path()) {
        Some((level, _)) => level.severity(),
        // A rule may raise its own finding above its default (a review that is late beyond the grace period).
        None if request.only.iter().any(|n| n == name) => Some(finding.severity),
        None => by_default(finding.rule, finding.confidence, settings.preset, request).map(|s| s.max(finding.severity)),
    }
}
