//! `stepwright serve`: live preview. A saved page is in the browser at once; the rest of the site, lint and findings follow in the background.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use clap::Args;

use super::args::Global;
use super::build::{facts, facts_of, site_settings, with_facts, write_and_keep};
use super::term::Term;
use super::{Outcome, workspace};
use crate::config::Project;
use crate::lint::{self, Request};
use crate::page::{Page, PageId};
use crate::serve::http::Preview;
use crate::serve::watch::{Asked, Watch};
use crate::serve::{Live, Note};
use crate::site::{self, Facts, SiteError, SiteSettings};
use crate::text::{Source, count};
use crate::workspace::Workspace;

/// Arguments of `serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  stepwright serve\n  stepwright serve --port 9000")]
pub struct ServeArgs {
    /// Port; the next free one if it is taken
    #[arg(long, value_name = "N", default_value_t = 8380)]
    pub port: u16,
    /// Address to answer at; anything but loopback lets others on the network read the preview
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: String,
}

/// A whole site was built, or why not.
struct Built {
    model: Option<Box<Model>>,
    files: BTreeSet<String>,
    notes: BTreeMap<String, Vec<Note>>,
    said: String,
    failure: Option<String>,
}

/// What builds need, apart from the model itself.
struct Ground {
    dir: PathBuf,
    config: Option<PathBuf>,
    now: jiff::civil::Date,
    output: PathBuf,
}

pub(super) fn run(args: &ServeArgs, global: &Global, term: &Term) -> Outcome {
    let Some((project, first)) = workspace("serve", global, term) else { return Outcome::Failed };
    let output = project.root.join(".stepwright/cache/preview");
    let live = Arc::new(Live::default());
    let preview = match Preview::bind(&args.host, args.port, output.clone(), Arc::clone(&live)) {
        Ok(preview) => preview,
        Err(error) => {
            term.error(
                &format!("cannot listen at {}:{}", args.host, args.port),
                &[("why", &error.to_string()), ("next", "choose another with --port")],
            );
            return Outcome::Failed;
        }
    };
    let paths = watched(&project, &first);
    let watch = match Watch::new(&paths, vec![output.clone(), project.root.join(&first.settings.site.output), project.root.join(".git")]) {
        Ok(watch) => watch,
        Err(error) => {
            term.error("cannot watch the files for changes", &[("why", &error.to_string())]);
            return Outcome::Failed;
        }
    };
    let ground = Ground { dir: global.dir.clone(), config: global.config.clone(), now: first.now, output };
    let mut built = build_all(&ground, Some(first), &project);
    term.say(&built.said);
    let model = built.model.take();
    publish(built, &live);
    let Some(model) = model else {
        term.last("serve: not started, the site could not be built");
        return Outcome::Failed;
    };
    term.say(&format!("serve: http://{}/   (Ctrl+C ends it)", preview.address()));
    std::thread::spawn(move || preview.run());
    follow(&ground, &watch, model, &live, term);
    Outcome::Fine
}

/// Content, settings, roles and theme.
fn watched(project: &Project, workspace: &Workspace) -> Vec<PathBuf> {
    let root = &project.root;
    let content = if workspace.settings.content.is_empty() { root.clone() } else { root.join(&workspace.settings.content) };
    let mut paths = vec![content, root.join(crate::config::FILE), root.join(crate::workspace::ROLES)];
    paths.push(root.join("themes"));
    paths.extend(parts(workspace));
    paths.extend(workspace.corpus.layout.statics.iter().map(|folder| root.join(folder)));
    paths
}

/// Files that pages take in: they lie anywhere in the repository.
fn parts(workspace: &Workspace) -> impl Iterator<Item = PathBuf> + '_ {
    workspace.corpus.parts.keys().map(|path| workspace.corpus.root.join(path))
}

/// The model a saved page is rendered with at once, and what the whole build left for that.
struct Model {
    workspace: Workspace,
    settings: SiteSettings,
    facts: Vec<Facts>,
    kept: site::Kept,
}

impl Model {
    /// Renders a page anew into the output folder; says which file that is, if it is another than before.
    fn render(&mut self, id: PageId, output: &Path) -> Result<Option<String>, SiteError> {
        let kept = &mut self.kept;
        with_facts(&self.workspace, &self.settings, &self.facts, None, |input| site::build_page(input, id, kept, output))
    }
}

/// Tells the browsers of a build.
fn publish(built: Built, live: &Live) {
    match built.failure {
        Some(why) => live.fail(why),
        None => {
            live.publish(&built.files);
            live.publish_notes(built.notes);
        }
    }
}

/// The site's settings, with drafts, and at the root of its host whatever the published site's address is.
fn preview_settings(root: &Path, workspace: &Workspace) -> SiteSettings {
    let mut settings = site_settings(root, workspace);
    settings.drafts = true;
    settings.base_url = Some("http://localhost/".to_owned());
    settings
}

/// How long at most a whole build that has ended waits to be taken in.
const BREATH: Duration = Duration::from_millis(100);

/// Follows changes until the watcher ends. Whole builds go on beside it, so that a saved page never waits for one.
fn follow(ground: &Ground, watch: &Watch, mut model: Box<Model>, live: &Live, term: &Term) {
    let (ask, asked) = channel::<()>();
    let (tell, told) = channel::<Built>();
    std::thread::scope(|scope| {
        let needed = watch.asked();
        scope.spawn(move || build_on_request(ground, &needed, &asked, &tell, term));
        // Pages saved while a whole build was under way are newer than its model.
        let mut since: BTreeSet<PathBuf> = BTreeSet::new();
        while let Some(paths) = watch.wait(BREATH) {
            while let Ok(mut built) = told.try_recv() {
                if let Some(newer) = built.model.take() {
                    let older = std::mem::replace(&mut model, newer);
                    // To let go of a large model takes longer than a page takes.
                    scope.spawn(move || drop(older));
                    for path in std::mem::take(&mut since) {
                        let id = reread(&mut model, &path);
                        built.files.extend(id.and_then(|id| model.render(id, &ground.output).ok()?));
                    }
                }
                publish(built, live);
            }
            if paths.is_empty() {
                continue;
            }
            if let [path] = paths.iter().collect::<Vec<_>>()[..] {
                show(ground, path, &mut model, live, term);
            }
            since.extend(paths);
            if ask.send(()).is_err() {
                break;
            }
        }
        drop(ask);
    });
}

/// Shows a page that was saved at once, if it is one that the model knows.
fn show(ground: &Ground, path: &Path, model: &mut Model, live: &Live, term: &Term) {
    let started = Instant::now();
    let Some(id) = reread(model, path) else { return };
    match model.render(id, &ground.output) {
        Ok(Some(file)) => {
            live.publish(&BTreeSet::from([file.clone()]));
            term.say(&format!("serve: {file}, {} ms", started.elapsed().as_millis()));
        }
        Ok(None) => {}
        Err(error) => live.fail(error.to_string()),
    }
}

/// Reads a page that exists in the model anew, and what follows from its text alone.
fn reread(model: &mut Model, path: &Path) -> Option<PageId> {
    let workspace = &mut model.workspace;
    let root = workspace.corpus.root.canonicalize().unwrap_or_else(|_| workspace.corpus.root.clone());
    let relative = path.strip_prefix(&workspace.corpus.root).or_else(|_| path.strip_prefix(&root)).ok()?;
    let name = crate::text::path::slashed(relative);
    let id = workspace.corpus.find(&name)?;
    let text = std::fs::read_to_string(path).ok()?;
    workspace.replace_page(id, Page::parse(Source::new(name, text)));
    let facts = &mut model.facts[id.index()];
    // The ages of the parts follow with the whole build.
    let Facts { step_dates, old_sections, old_steps, .. } = std::mem::replace(facts, facts_of(workspace, id));
    *facts = Facts { step_dates, old_sections, old_steps, ..facts.clone() };
    Some(id)
}

/// Builds the whole site whenever asked; requests that came in meanwhile count as one.
fn build_on_request(ground: &Ground, needed: &Asked, asked: &Receiver<()>, tell: &Sender<Built>, term: &Term) {
    while asked.recv().is_ok() {
        while asked.try_recv().is_ok() {}
        let built = match crate::config::load(&ground.dir, ground.config.as_deref(), &lint::rules::names()) {
            Ok(project) => build_all(ground, None, &project),
            Err(error) => failed(error.to_string()),
        };
        term.say(&built.said);
        for path in built.model.iter().flat_map(|model| parts(&model.workspace)) {
            // A file that cannot be watched is read again with the next build.
            let _ = needed.add(&path);
        }
        if tell.send(built).is_err() {
            return;
        }
    }
}

fn failed(why: String) -> Built {
    let said = format!("serve: {why}; the preview is as it was");
    Built { model: None, files: BTreeSet::new(), notes: BTreeMap::new(), said, failure: Some(why) }
}

fn build_all(ground: &Ground, loaded: Option<Workspace>, project: &Project) -> Built {
    let workspace = match loaded {
        Some(workspace) => workspace,
        None => match Workspace::load(project, ground.now) {
            Ok(workspace) => workspace,
            Err(error) => return failed(error.to_string()),
        },
    };
    let settings = preview_settings(&project.root, &workspace);
    let findings = lint::run(&workspace, &Request::default());
    let mut notes: BTreeMap<String, Vec<Note>> = BTreeMap::new();
    for finding in &findings {
        notes.entry(finding.path().to_owned()).or_default().push(Note {
            level: finding.severity.word().to_owned(),
            rule: finding.rule.name.to_owned(),
            line: finding.line(),
            message: finding.message.clone(),
        });
    }
    let facts = facts(&workspace);
    match write_and_keep(&workspace, &[], &settings, &facts, Some(&findings), &ground.output) {
        Ok((written, kept)) => {
            let said = format!(
                "serve: {}, {} changed, {}",
                count(workspace.corpus.pages.len(), "page"),
                written.changed,
                count(findings.len(), "finding")
            );
            let model = Some(Box::new(Model { workspace, settings, facts, kept }));
            Built { model, files: written.names, notes, said, failure: None }
        }
        Err(error) => failed(error.to_string()),
    }
}
