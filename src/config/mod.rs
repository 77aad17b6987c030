//! Settings of a repository (`stepwright.yaml`): typed, with defaults, unknown keys refused with a suggestion.
//!
//! Looked for from the current directory upward, not beyond the git root. No per-user file and no environment override of keys: the
//! same checkout gives the same verdict.

pub mod codeowners;
pub mod generator;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::page::corpus::Layout;
use crate::page::front_matter::PageKind;
use crate::text::yaml::{self, Problem};
use crate::text::{Source, schema};

/// The settings file's name.
pub const FILE: &str = "stepwright.yaml";

/// What a finding means for the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Should be mended.
    Warning,
    /// Must be mended; fails the run by default.
    Error,
}

impl Severity {
    /// The word used everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A rule's switch in the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not run.
    Off,
    /// Runs with severity info.
    Info,
    /// Runs with severity warning.
    Warning,
    /// Runs with severity error.
    Error,
}

impl Level {
    /// The severity, or `None` when off.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// Sets of rules to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Rules of high confidence with their default severities.
    #[default]
    Recommended,
    /// The same, with everything an import left behind as errors.
    Import,
    /// All rules, also of medium confidence.
    Strict,
}

/// Rules for some paths only; later entries win.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Override {
    /// Globs relative to the settings file.
    #[schemars(length(min = 1))]
    pub paths: Vec<String>,
    /// Rule name to level.
    #[serde(default)]
    pub rules: BTreeMap<String, Level>,
}

/// What the pages under some paths are, unless their front matter says otherwise.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PathDefaults {
    /// Globs relative to the settings file.
    #[schemars(length(min = 1))]
    pub paths: Vec<String>,
    /// Kind of these pages.
    #[serde(default)]
    pub kind: Option<PageKind>,
    /// Owner of these pages (role id).
    #[serde(default)]
    pub owner: Option<String>,
    /// Review interval of procedures among them.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[1-9][0-9]* (days?|weeks?|months?|years?)$"), extend("x-expected" = "an interval such as `6 months`, `2 weeks` or `1 year`"))]
    pub review_every: Option<String>,
}

/// How git history is read.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct HistorySettings {
    /// Commit ids (full or at least 7 digits) that never count as an edit; `.git-blame-ignore-revs` is read as well.
    pub ignore_revisions: Vec<String>,
    /// Author names or e-mail addresses whose commits never count as an edit, unless their message names a person as co-author.
    pub bots: Vec<String>,
}

/// Limits of the freshness rules.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct FreshnessSettings {
    /// Procedures whose prose nobody touched for longer, and nobody reviewed, are stale.
    #[schemars(regex(pattern = r"^[1-9][0-9]* (days?|weeks?|months?|years?)$"), extend("x-expected" = "an interval such as `18 months`"))]
    pub procedure_limit: String,
    /// The same for reference pages; absent means never.
    #[schemars(regex(pattern = r"^[1-9][0-9]* (days?|weeks?|months?|years?)$"), extend("x-expected" = "an interval such as `3 years`"))]
    pub reference_limit: Option<String>,
    /// How long after its due date a review may be late before the finding becomes an error.
    #[schemars(regex(pattern = r"^[1-9][0-9]* (days?|weeks?|months?|years?)$"), extend("x-expected" = "an interval such as `14 days`"))]
    pub grace: String,
}

impl Default for FreshnessSettings {
    fn default() -> Self {
        Self { procedure_limit: "18 months".into(), reference_limit: None, grace: "14 days".into() }
    }
}

/// An older version of the docs, published beside the current one.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VersionSettings {
    /// Its name, which is also its folder on the site.
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"), extend("x-expected" = "a version of letters, digits, dots and dashes, such as `2.1-lts`"))]
    pub name: String,
    /// Tag, branch or commit that holds it.
    #[serde(rename = "ref")]
    #[schemars(length(min = 1))]
    pub revision: String,
}

/// The website.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SiteSettings {
    /// Name shown in the header.
    pub title: String,
    /// One sentence for the home page and feed.
    pub description: Option<String>,
    /// Absolute address of the published site, with its path; needed for sitemap and feed.
    #[schemars(regex(pattern = r"^https?://\S+$"), extend("x-expected" = "an address such as `https://docs.example.org/handbook/`"))]
    pub base_url: Option<String>,
    /// Folder the site is written to.
    pub output: String,
    /// Theme folder below `themes/`; `default` is built in.
    pub theme: String,
    /// Language of the site as a BCP 47 tag.
    pub language: String,
    /// Address with `{path}` that opens a page for editing.
    pub edit_url: Option<String>,
    /// Pass raw HTML of pages through unchanged instead of sanitising it.
    pub allow_html: bool,
    /// Show code in colours.
    pub highlight: bool,
    /// Show names of people from `roles.yaml`.
    pub show_people: bool,
    /// Line at the foot of every page.
    pub licence: Option<String>,
    /// Name of the version that is checked out, shown where there are others.
    pub version: String,
    /// Older versions to publish beside it, newest first.
    pub versions: Vec<VersionSettings>,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            title: "Handbook".into(),
            description: None,
            base_url: None,
            output: "public".into(),
            theme: "default".into(),
            language: "en".into(),
            edit_url: None,
            allow_html: false,
            highlight: true,
            show_people: false,
            licence: None,
            version: "current".into(),
            versions: Vec::new(),
        }
    }
}

/// Everything in `stepwright.yaml`; every key is optional.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(title = "stepwright settings")]
pub struct Settings {
    /// Folder that holds the pages, relative to the settings file.
    pub content: String,
    /// Folders below `content` that hold the pages, where others beside them do not; all of them when none is named.
    pub folders: Vec<String>,
    /// Folders, relative to the settings file, whose files are served from the top of the site: `/img/plan.png` is `static/img/plan.png`.
    #[serde(rename = "static")]
    pub static_folders: Vec<String>,
    /// Addresses that Hugo gives the pages of a top folder, as in its own settings: `post: /:year/:month/:slug/`. Links to them are followed.
    pub permalinks: BTreeMap<String, String>,
    /// The website.
    pub site: SiteSettings,
    /// Which rules run.
    pub preset: Preset,
    /// Rule name to level.
    pub rules: BTreeMap<String, Level>,
    /// Rules for some paths.
    pub overrides: Vec<Override>,
    /// Kind, owner and review interval by path; later entries win.
    pub defaults: Vec<PathDefaults>,
    /// Limits of the freshness rules.
    pub freshness: FreshnessSettings,
    /// How git history is read.
    pub history: HistorySettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            content: "content".into(),
            folders: Vec::new(),
            static_folders: Vec::new(),
            permalinks: BTreeMap::new(),
            site: SiteSettings::default(),
            preset: Preset::default(),
            rules: BTreeMap::new(),
            overrides: Vec::new(),
            defaults: Vec::new(),
            freshness: FreshnessSettings::default(),
            history: HistorySettings::default(),
        }
    }
}

impl Settings {
    /// Where pages and files stand.
    pub fn layout(&self) -> Layout {
        let clean = |folder: &String| folder.trim_start_matches("./").trim_matches('/').to_owned();
        Layout {
            content: self.content.clone(),
            folders: self.folders.iter().map(clean).filter(|f| !f.is_empty()).collect(),
            statics: self.static_folders.iter().map(clean).filter(|f| !f.is_empty()).collect(),
            permalinks: self.permalinks.iter().map(|(s, p)| (s.trim_matches('/').to_owned(), p.clone())).collect(),
        }
    }

    /// True if a file at `path` (relative to the settings file) would be read.
    pub fn holds(&self, path: &str) -> bool {
        self.layout().holds(path)
    }
}

/// The JSON Schema of [`Settings`].
pub fn settings_schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(Settings).into());
    &SCHEMA
}

/// Settings with the folder they hold for.
#[derive(Debug, Clone)]
pub struct Project {
    /// Repository root: where the settings file stands, else the folder that was given.
    pub root: PathBuf,
    /// The settings.
    pub settings: Settings,
    /// The settings file as read, for places in messages.
    pub source: Option<Arc<Source>>,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A settings file that was named, or found, cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// As given.
        path: String,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The settings file is wrong; all problems at once.
    #[error("{} in {}", crate::text::count(problems.len(), "error"), file.path())]
    Invalid {
        /// The file.
        file: Arc<Source>,
        /// What is wrong with it.
        problems: Vec<Problem>,
    },
    /// The folder to work in does not exist.
    #[error("there is no folder {0}")]
    NoFolder(String),
}

/// Loads the settings for `dir`: from `explicit` if given, else from the nearest `stepwright.yaml` at or above `dir` within the git
/// root, else the defaults with `dir` as root. Without a settings file, `content/` is used if it is there and `dir` itself otherwise.
pub fn load(dir: &Path, explicit: Option<&Path>, rule_names: &[&str]) -> Result<Project, ConfigError> {
    if !dir.is_dir() {
        return Err(ConfigError::NoFolder(dir.display().to_string()));
    }
    let dir = dir.canonicalize().map_err(|source| ConfigError::Read { path: dir.display().to_string(), source })?;
    let file = match explicit {
        Some(path) => Some(path.to_path_buf()),
        None => find(&dir),
    };
    let Some(file) = file else {
        let mut settings = Settings::default();
        if !dir.join("content").is_dir() {
            settings.content = String::new();
        }
        return Ok(Project { root: dir, settings, source: None });
    };
    let text = std::fs::read_to_string(&file).map_err(|source| ConfigError::Read { path: file.display().to_string(), source })?;
    let name = file.file_name().map_or_else(|| FILE.to_owned(), |n| n.to_string_lossy().into_owned());
    let source = Source::new(name, text);
    let settings = parse(&source, rule_names)?;
    let root = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(&dir).to_path_buf();
    let root = root.canonicalize().unwrap_or(root);
    Ok(Project { root, settings, source: Some(source) })
}

/// Reads settings from text; every problem is reported at once.
pub fn parse(source: &Arc<Source>, rule_names: &[&str]) -> Result<Settings, ConfigError> {
    let doc = yaml::parse(source);
    let mut problems = doc.problems.clone();
    if problems.is_empty() {
        problems.extend(schema::check(&doc.root, settings_schema()));
        unknown_rules(&doc.root, rule_names, &mut problems);
    }
    if problems.is_empty() {
        match serde_json::from_value(doc.root.to_json()) {
            Ok(settings) => return Ok(settings),
            Err(error) => problems.push(Problem::new(doc.root.span, error.to_string())),
        }
    }
    problems.sort_by_key(|p| p.span);
    Err(ConfigError::Invalid { file: Arc::clone(source), problems })
}

fn unknown_rules(root: &yaml::Node, names: &[&str], problems: &mut Vec<Problem>) {
    let overrides = root.get("overrides").map(yaml::Node::items).unwrap_or_default();
    let maps = root.get("rules").into_iter().chain(overrides.iter().filter_map(|o| o.get("rules")));
    for entry in maps.flat_map(yaml::Node::entries) {
        if !names.is_empty() && !names.contains(&entry.key.as_str()) {
            let near = crate::text::nearest(&entry.key, names.iter().copied());
            problems.push(Problem::new(entry.key_span, format!("no rule is called `{}`", entry.key)).suggest(near));
        }
    }
}

/// The nearest settings file at or above `dir`, not above the root of the git repository around it.
fn find(dir: &Path) -> Option<PathBuf> {
    for folder in dir.ancestors() {
        let file = folder.join(FILE);
        if file.is_file() {
            return Some(file);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_at_once_with_place_and_suggestion() {
        let source = Source::new(FILE, "contents: docs\nrules:\n  stale-sop: error\n  broken-link: of\n");
        let Err(ConfigError::Invalid { problems, .. }) = parse(&source, &["broken-link", "stale-by-edit"]) else {
            panic!("accepted");
        };
        let said: Vec<_> =
            problems.iter().map(|p| (source.position(p.span.start).line, p.message.as_str(), p.suggestion.as_deref())).collect();
        assert_eq!(
            said,
            [
                (1, "unknown key `contents`", Some("content")),
                (3, "no rule is called `stale-sop`", None),
                (4, "`of` is not one of off, info, warning, error", Some("off")),
            ]
        );
    }

    #[test]
    fn defaults_without_a_file() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(load(dir.path(), None, &[]).unwrap().settings.content, "");
        std::fs::create_dir(dir.path().join("content")).unwrap();
        assert_eq!(load(dir.path(), None, &[]).unwrap().settings.content, "content");
        std::fs::write(dir.path().join(FILE), "content: docs\n").unwrap();
        let project = load(&dir.path().join("content"), None, &[]).unwrap();
        assert_eq!((project.settings.content.as_str(), project.root), ("docs", dir.path().canonicalize().unwrap()));
    }
}
