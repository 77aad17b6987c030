//! `stepwright serve`: live preview. A saved page is in the browser at once; the rest of the site, lint and findings follow in the background.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use clap::Args;

use super::args::Global;
use super::build::{site_settings, with_input, write_site};
use super::term::Term;
use super::{Outcome, workspace};
use crate::config::Project;
use crate::lint::{self, Request};
use crate::page::Page;
use crate::serve::http::Preview;
use crate::serve::watch::{Asked, Watch};
use crate::serve::{Live, Note};
use crate::site::{self, SiteSettings};
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
    workspace: Option<Box<Workspace>>,
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
    let built = build_all(&ground, Some(first), &project);
    term.say(&built.said);
    let Some(model) = take_in(built, &live) else {
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

/// The model a saved page is rendered with at once, and the settings it was built with.
struct Model {
    workspace: Box<Workspace>,
    settings: SiteSettings,
}

/// Publishes a build; gives back its model, if it has one.
fn take_in(built: Built, live: &Live) -> Option<Model> {
    match &built.failure {
        Some(why) => live.fail(why.clone()),
        None => {
            live.publish(&built.files);
            live.publish_notes(built.notes);
        }
    }
    built.workspace.map(|workspace| {
        let settings = preview_settings(&workspace.corpus.root, &workspace);
        Model { workspace, settings }
    })
}

/// The site's settings, with drafts, and at the root of its host whatever the published site's address is.
fn preview_settings(root: &Path, workspace: &Workspace) -> SiteSettings {
    let mut settings = site_settings(root, workspace);
    settings.drafts = true;
    settings.base_url = Some("http://localhost/".to_owned());
    settings
}

/// Follows changes until the watcher ends.
fn follow(ground: &Ground, watch: &Watch, mut model: Model, live: &Live, term: &Term) {
    let (ask, asked) = channel::<()>();
    let (tell, told) = channel::<Model>();
    std::thread::scope(|scope| {
        let needed = watch.asked();
        scope.spawn(move || build_on_request(ground, &needed, &asked, &tell, live, term));
        // Pages saved while a whole build was under way are newer than its model.
        let mut since: BTreeSet<PathBuf> = BTreeSet::new();
        while let Some(paths) = watch.wait() {
            while let Ok(newer) = told.try_recv() {
                model = newer;
                for path in std::mem::take(&mut since) {
                    reread(&mut model.workspace, &path);
                }
            }
            if paths.is_empty() {
                continue;
            }
            let started = Instant::now();
            if let [path] = paths.iter().collect::<Vec<_>>()[..]
                && let Some(id) = reread(&mut model.workspace, path)
            {
                match with_input(&model.workspace, &model.settings, None, |input| site::build_page(input, id, &ground.output)) {
                    Ok(Some(file)) => {
                        live.publish(&BTreeSet::from([file.clone()]));
                        term.say(&format!("serve: {file}, {} ms", started.elapsed().as_millis()));
                    }
                    Ok(None) => {}
                    Err(error) => live.fail(error.to_string()),
                }
            }
            since.extend(paths);
            if ask.send(()).is_err() {
                break;
            }
        }
        drop(ask);
    });
}

/// Parses a page that exists in the model anew.
fn reread(workspace: &mut Workspace, path: &Path) -> Option<crate::page::PageId> {
    let root = workspace.corpus.root.canonicalize().unwrap_or_else(|_| workspace.corpus.root.clone());
    let relative = path.strip_prefix(&workspace.corpus.root).or_else(|_| path.strip_prefix(&root)).ok()?;
    let name = relative.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    let id = workspace.corpus.find(&name)?;
    let text = std::fs::read_to_string(path).ok()?;
    workspace.corpus.pages[id.index()] = Page::parse(Source::new(name, text));
    workspace.corpus.load_parts();
    Some(id)
}

/// Builds the whole site whenever asked; requests that came in meanwhile count as one.
fn build_on_request(ground: &Ground, needed: &Asked, asked: &Receiver<()>, tell: &Sender<Model>, live: &Live, term: &Term) {
    while asked.recv().is_ok() {
        while asked.try_recv().is_ok() {}
        let built = match crate::config::load(&ground.dir, ground.config.as_deref(), &lint::rules::names()) {
            Ok(project) => build_all(ground, None, &project),
            Err(error) => failed(error.to_string()),
        };
        term.say(&built.said);
        for path in built.workspace.iter().flat_map(|workspace| parts(workspace)) {
            // A file that cannot be watched is read again with the next build.
            let _ = needed.add(&path);
        }
        if let Some(model) = take_in(built, live)
            && tell.send(model).is_err()
        {
            return;
        }
    }
}

fn failed(why: String) -> Built {
    let said = format!("serve: {why}; the preview is as it was");
    Built { workspace: None, files: BTreeSet::new(), notes: BTreeMap::new(), said, failure: Some(why) }
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
    match write_site(&workspace, &[], &settings, Some(&findings), &ground.output) {
        Ok(written) => {
            let said = format!(
                "serve: {}, {} changed, {}",
                count(workspace.corpus.pages.len(), "page"),
                written.changed,
                count(findings.len(), "finding")
            );
            Built { workspace: Some(Box::new(workspace)), files: written.names, notes, said, failure: None }
        }
        Err(error) => failed(error.to_string()),
    }
}
