//! `stepwright build`: the website.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::args::Global;
use super::recall::{Recall, Said};
use super::term::Term;
use super::versions::Older;
use super::{Outcome, load, project};
use crate::blueprint::text_hash;
use crate::history::{Ages, Edited};
use crate::page::PageId;
use crate::page::front_matter::PageKind;
use crate::site::{self, Facts, SiteError, SiteSettings, Written};
use crate::text::count;
use crate::workspace::{Kind, Workspace};

/// Arguments of `build`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  stepwright build\n  stepwright build --output /tmp/site --base-url https://docs.example.org/handbook/"
)]
pub struct BuildArgs {
    /// Folder to write to, instead of the one in the settings
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Address the site will have, instead of the one in the settings; needed for sitemap and feed
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Render drafts as well
    #[arg(long)]
    pub drafts: bool,
}

pub(super) fn run(args: &BuildArgs, global: &Global, term: &Term) -> Outcome {
    let Some((project, now)) = project("build", global, term) else { return Outcome::Failed };
    let output = args.output.clone().unwrap_or_else(|| project.root.join(&project.settings.site.output));
    let recall = Recall::of("build", args, &[], &output, (&project, now), (global, term));
    if let Some(outcome) = recall.repeat(term) {
        return outcome;
    }
    let Some(workspace) = load("build", &project, now, term) else { return Outcome::Failed };
    let Some(older) = super::versions::load(&project, now, term) else { return Outcome::Failed };
    let mut settings = site_settings(&project.root, &workspace);
    if args.base_url.is_some() {
        settings.base_url.clone_from(&args.base_url);
    }
    settings.drafts = args.drafts;
    match write_site(&workspace, &older, &settings, None, &output) {
        Ok(written) => {
            let last =
                |written: &Written| format!("build: {}, {}", count(workspace.corpus.pages.len(), "page"), site_words(written, &output));
            recall.keep(&workspace, Said { last: last(&written.again()), ..Said::default() });
            term.last(&last(&written));
            Outcome::Fine
        }
        Err(error) => {
            site_failed(&error, term);
            term.last(&format!("build: failed; the site in {} is as it was", output.display()));
            Outcome::Failed
        }
    }
}

/// Writes the site of a workspace, its health page counting `findings` where lint ran; for `build`, `check` and `demo`.
pub(super) fn write_site(
    workspace: &Workspace,
    older: &[Older],
    settings: &SiteSettings,
    findings: Option<&[crate::lint::Finding]>,
    output: &Path,
) -> Result<Written, SiteError> {
    write_and_keep(workspace, older, settings, &facts(workspace), findings, output).map(|(written, _)| written)
}

/// [`write_site`] where the facts of the pages are at hand, for whoever goes on with single pages.
pub(super) fn write_and_keep(
    workspace: &Workspace,
    older: &[Older],
    settings: &SiteSettings,
    facts: &[Facts],
    findings: Option<&[crate::lint::Finding]>,
    output: &Path,
) -> Result<(Written, site::Kept), SiteError> {
    let now = Prepared::with(workspace, settings, Cow::Borrowed(facts), findings);
    let months = super::trend::months(workspace, facts);
    let history_gap = months.as_ref().err().map(String::as_str);
    let settings_then: Vec<SiteSettings> = older
        .iter()
        // Nobody edits what has been released.
        .map(|o| SiteSettings { base_url: settings.base_url.clone(), edit_url: None, ..site_settings(&o.root, &o.workspace) })
        .collect();
    let then: Vec<Prepared<'_>> = older.iter().zip(&settings_then).map(|(o, s)| Prepared::new(&o.workspace, s, None)).collect();
    let mut all = vec![(workspace.settings.site.version.clone(), now.input())];
    all[0].1.months = months.as_deref().unwrap_or_default();
    all[0].1.history_gap = history_gap;
    all.extend(older.iter().zip(&then).map(|(o, prepared)| {
        let gap = Some("Months are shown for the current version.");
        (o.name.clone(), site::Input { history_gap: gap, ..prepared.input() })
    }));
    site::build_versions(&all, output)
}

/// The site's input made from a workspace, for whoever builds or asks what the site would say. It has no months: only whole builds show them, and
/// they cost a walk through history.
pub(super) fn with_input<T>(
    workspace: &Workspace,
    settings: &SiteSettings,
    findings: Option<&[crate::lint::Finding]>,
    read: impl FnOnce(site::Input<'_>) -> T,
) -> T {
    with_facts(workspace, settings, &facts(workspace), findings, read)
}

/// [`with_input`] where the facts of the pages are at hand.
pub(super) fn with_facts<T>(
    workspace: &Workspace,
    settings: &SiteSettings,
    facts: &[Facts],
    findings: Option<&[crate::lint::Finding]>,
    read: impl FnOnce(site::Input<'_>) -> T,
) -> T {
    read(Prepared::with(workspace, settings, Cow::Borrowed(facts), findings).input())
}

/// What a site is made from besides the model itself.
struct Prepared<'w> {
    workspace: &'w Workspace,
    settings: &'w SiteSettings,
    facts: Cow<'w, [Facts]>,
    findings: Option<Vec<site::Finding>>,
    processes: Vec<site::Process<'w>>,
    role_titles: BTreeMap<String, String>,
}

impl<'w> Prepared<'w> {
    fn new(workspace: &'w Workspace, settings: &'w SiteSettings, findings: Option<&[crate::lint::Finding]>) -> Self {
        Self::with(workspace, settings, Cow::Owned(facts(workspace)), findings)
    }

    fn with(
        workspace: &'w Workspace,
        settings: &'w SiteSettings,
        facts: Cow<'w, [Facts]>,
        findings: Option<&[crate::lint::Finding]>,
    ) -> Self {
        let process = |(n, loaded): (usize, &'w crate::blueprint::parse::Loaded)| {
            Some(site::Process { path: loaded.source().path(), blueprint: loaded.blueprint.as_ref()?, page: workspace.page_of(n) })
        };
        Self {
            workspace,
            settings,
            facts,
            findings: findings.map(|all| all.iter().map(site_finding).collect()),
            processes: workspace.blueprints.iter().enumerate().filter_map(process).collect(),
            role_titles: role_titles(workspace),
        }
    }

    fn input(&self) -> site::Input<'_> {
        site::Input {
            corpus: &self.workspace.corpus,
            settings: self.settings,
            facts: &self.facts,
            findings: self.findings.as_deref(),
            processes: &self.processes,
            role_titles: &self.role_titles,
            months: &[],
            history_gap: None,
            now: self.workspace.now,
            commit: self.workspace.history.head.as_ref().map(|c| c.id.as_str()),
        }
    }
}

/// `32 files in public, 4 changed, 1 removed`.
pub(super) fn site_words(written: &Written, output: &Path) -> String {
    let removed = if written.removed > 0 { format!(", {} removed", written.removed) } else { String::new() };
    format!("{} in {}, {} changed{removed}", count(written.files, "file"), output.display(), written.changed)
}

/// Says why there is no site.
pub(super) fn site_failed(error: &SiteError, term: &Term) {
    let why = std::error::Error::source(error).map(ToString::to_string);
    let notes: Vec<(&str, &str)> = why.iter().map(|w| ("why", w.as_str())).collect();
    term.error(&error.to_string(), &notes);
}

fn site_finding(finding: &crate::lint::Finding) -> site::Finding {
    site::Finding {
        path: finding.path().to_owned(),
        line: finding.line(),
        rule: finding.rule.name.to_owned(),
        level: finding.severity.word().to_owned(),
        message: finding.message.clone(),
    }
}

/// The settings of the repository as the site takes them.
pub(super) fn site_settings(root: &Path, workspace: &Workspace) -> SiteSettings {
    let site = &workspace.settings.site;
    let theme = root.join("themes").join(&site.theme);
    SiteSettings {
        title: site.title.clone(),
        description: site.description.clone().unwrap_or_default(),
        language: site.language.clone(),
        base_url: site.base_url.clone(),
        edit_url: site.edit_url.clone(),
        // A folder of the built-in theme's own name overrides it file by file, like any other.
        theme: (site.theme != "default" || theme.is_dir()).then_some(theme),
        allow_html: site.allow_html,
        highlight: site.highlight,
        drafts: false,
        licence: site.licence.clone(),
    }
}

/// Titles of roles: those of `roles.yaml`, else those of the first blueprint that gives one.
pub(super) fn role_titles(workspace: &Workspace) -> BTreeMap<String, String> {
    let mut titles = BTreeMap::new();
    for blueprint in workspace.blueprints.iter().rev().filter_map(|b| b.blueprint.as_ref()) {
        titles.extend(blueprint.roles.iter().map(|(id, role)| (id.clone(), role.title.clone())));
    }
    if let Some(roles) = &workspace.roles {
        titles.extend(roles.file.roles.iter().filter_map(|(id, binding)| Some((id.clone(), binding.title.clone()?))));
    }
    titles
}

/// What is known of every page, in page order.
pub(super) fn facts(workspace: &Workspace) -> Vec<Facts> {
    let mut followed: Vec<PageId> = workspace.corpus.iter().map(|(id, _)| id).filter(|id| followed(workspace, *id)).collect();
    // Where no page has a date no step has one, and pages need not be taken apart for that.
    if followed.iter().all(|id| workspace.page_history(*id).edited.date().is_none()) {
        followed.clear();
    }
    let ages: BTreeMap<PageId, Arc<Ages>> = followed.iter().copied().zip(workspace.ages(&followed)).collect();
    let old = workspace.old_parts();
    let of = |(id, page): (PageId, &crate::page::Page)| {
        let mut facts = facts_of(workspace, id);
        if let Some(ages) = ages.get(&id) {
            facts.step_dates = ages.steps().map(|s| s.edited.date()).collect();
        }
        if let Some(old) = old.get(&id) {
            facts.old_sections = old.sections.iter().filter_map(|s| Some((s.heading?, s.since))).collect();
            if !workspace.blueprints_of(id).is_empty() {
                facts.old_steps = old.all.iter().map(|(span, day)| (text_hash(page.source.slice(*span)), *day)).collect();
            }
        }
        facts
    };
    workspace.corpus.iter().map(of).collect()
}

/// What is known of one page, without the ages of its parts, which take a look at old versions.
pub(super) fn facts_of(workspace: &Workspace, id: PageId) -> Facts {
    let history = workspace.page_history(id);
    let kind = match workspace.kind(id) {
        Kind::Declared(PageKind::Procedure) | Kind::Detected(PageKind::Procedure) => site::Kind::Procedure,
        Kind::Declared(PageKind::Reference | PageKind::Record) | Kind::Detected(PageKind::Reference | PageKind::Record) => {
            site::Kind::Reference
        }
        Kind::Mixed => site::Kind::Mixed,
        Kind::Unsure => site::Kind::Unsure,
    };
    let mut facts = Facts::unknown(kind, "");
    facts.edited = match &history.edited {
        Edited::Unknown(why) => site::Edited::Unknown(why.to_string()),
        known => known.date().map_or(site::Edited::Unknown(String::new()), site::Edited::On),
    };
    facts.first_seen = history.first.as_ref().map(|c| c.date);
    facts.authors = history.authors.iter().map(|(name, _)| name.clone()).collect();
    facts.owner = workspace.owner(id);
    facts.review_every = workspace.review_every(id);
    facts
}

/// True for pages whose steps people carry out.
fn followed(workspace: &Workspace, id: PageId) -> bool {
    matches!(workspace.kind(id), kind if kind.is_procedure() || kind == Kind::Mixed)
}
