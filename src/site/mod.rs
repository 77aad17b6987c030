//! The website: plan, render, write. Templates and theme; knows pages, blueprints, ages and verdicts, never how they came about.
//!
//! [`build`] is the only door. Nothing that grows with the site stands in a page, except on the few pages that list it.

pub mod assets;
pub mod chart;
pub mod feeds;
pub mod health;
pub mod highlight;
pub mod html;
pub mod html_raw;
pub mod images;
pub mod input;
pub mod math;
pub mod nav;
pub mod pages;
pub mod plan;
pub mod process;
pub mod routes;
pub mod search;
pub mod tabs;
pub mod templates;
pub mod trust;
pub mod versions;
pub mod view;
pub mod words;
pub mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use serde_json::json;

pub use input::{Edited, Facts, Finding, Input, Kind, Month, Process, SiteSettings, Suspect};
pub use write::Written;

use assets::Theme;
use nav::Trees;
use pages::{Pages, Tallies};
use plan::{Layout, Plan};
use templates::Templates;

use crate::page::{PageId, Whole};
use write::Output;

/// The site could not be made. Nothing of an older site was changed, unless the disk failed while files were moved into place.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A file of the theme cannot be used.
    #[error("{path}: {why}")]
    Theme {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// A template does not compile or cannot be rendered.
    #[error("{report}")]
    Template {
        /// Template, line, column and the line itself.
        report: String,
    },
    /// An older version has the name of something else at the root of the site.
    #[error("version {name} cannot be published: the site has something of that name already")]
    Version {
        /// The version.
        name: String,
    },
    /// A file cannot be written or copied.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: String,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
}

/// A file on its way to the disk.
enum Job {
    Put(String, Vec<u8>),
    Copy(String, PathBuf),
}

/// What a whole build leaves behind, for rendering single pages after it.
#[derive(Debug)]
pub struct Kept {
    theme: Theme,
    layout: Arc<Layout>,
    tools: Tools,
}

/// What every page of a version needs.
#[derive(Debug)]
struct Tools {
    templates: Templates,
    tallies: Tallies,
}

impl Tools {
    fn new(plan: &Plan<'_>, theme: &Theme) -> Result<Self, SiteError> {
        let templates = Templates::new(&theme.templates, &theme.origins, &theme.words, &globals(plan, theme))?;
        Ok(Self { templates, tallies: Tallies::new(plan) })
    }
}

/// Builds the site into the folder `output`.
pub fn build(input: Input<'_>, output: &Path) -> Result<Written, SiteError> {
    build_versions(&[(String::new(), input)], output).map(|(written, _)| written)
}

/// Builds a site of several versions, each with its name; the first is the current one, and the one that [`build_page`] can go on with.
pub fn build_versions(versions: &[(String, Input<'_>)], output: &Path) -> Result<(Written, Kept), SiteError> {
    let settings = versions[0].1.settings;
    let theme = assets::load(settings.theme.as_deref(), &settings.language)?;
    let mut plans: Vec<Plan<'_>> = versions.iter().map(|(_, input)| Plan::new(*input)).collect();
    let names: Vec<String> = versions.iter().map(|(name, _)| name.clone()).collect();
    if plans.len() > 1 {
        versions::tie(&mut plans, &names)?;
    }
    let tools: Vec<Tools> = plans.iter().map(|plan| Tools::new(plan, &theme)).collect::<Result<_, _>>()?;
    let mut out = Output::open(output)?;
    // Rendering uses all cores; one thread writes, because several writers in one folder only wait for each other.
    let (send, receive) = sync_channel::<Vec<Job>>(64);
    let written = std::thread::scope(|scope| {
        let writer = scope.spawn(move || -> Result<Output, SiteError> {
            for job in receive.into_iter().flatten() {
                match job {
                    Job::Put(path, bytes) => out.put(&path, &bytes)?,
                    Job::Copy(path, from) => out.copy(&path, &from)?,
                }
            }
            Ok(out)
        });
        let rendered = plans.iter().zip(&names).zip(&tools).enumerate().try_for_each(|(n, ((plan, name), tools))| {
            let folder = if n == 0 { String::new() } else { versions::folder(name) };
            render(plan, &theme, tools, &folder, &send)
        });
        drop(send);
        let out = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        rendered?;
        out.finish()
    })?;
    let layout = plans[0].layout();
    let tools = tools.into_iter().next().expect("there is a current version");
    Ok((written, Kept { theme, layout, tools }))
}

/// Renders one page of a site that is already built, and puts it in its place; says which output file changed, if one did. For live preview: lists and
/// search are left as they are until the next whole build.
pub fn build_page(input: Input<'_>, id: PageId, kept: &mut Kept, output: &Path) -> Result<Option<String>, SiteError> {
    if let Some(layout) = Arc::get_mut(&mut kept.layout) {
        layout.replace(&input, id);
    }
    let plan = Plan::again(input, &kept.layout);
    let Some(place) = plan.place(id) else { return Ok(None) };
    let trees = Trees::only(&plan, &labels(&kept.theme), place.section);
    let sizes = images::sizes_on(input.corpus, id);
    let pages = Pages { plan: &plan, words: &kept.theme.words, templates: &kept.tools.templates, trees: &trees, sizes: &sizes };
    let html = pages.page(id, &Whole::of(input.corpus, input.corpus.page(id)), place, &kept.tools.tallies)?;
    let changed = write::replace(output, &place.output, html.as_bytes())?;
    Ok(changed.then(|| place.output.clone()))
}

fn labels(theme: &Theme) -> nav::Labels {
    nav::Labels { all: theme.words.get("all-pages").to_owned(), more: theme.words.get("more-here").to_owned() }
}

/// Renders everything and sends it off. A receiver that is gone has failed and says so itself.
fn render(plan: &Plan<'_>, theme: &Theme, tools: &Tools, folder: &str, send: &SyncSender<Vec<Job>>) -> Result<(), SiteError> {
    let trees = Trees::new(plan, &labels(theme));
    let sizes = images::sizes(plan.input.corpus);
    let Tools { templates, tallies } = tools;
    let pages = &Pages { plan, words: &theme.words, templates, trees: &trees, sizes: &sizes };
    let job = |path: &str, text: String| Job::Put(format!("{folder}{path}"), text.into_bytes());
    let put = |path: &str, text: String| {
        let _ = send.send(vec![job(path, text)]);
    };
    for (path, bytes) in &theme.files {
        let _ = send.send(vec![Job::Put(format!("{folder}{path}"), bytes.clone())]);
    }
    let published: Vec<_> = plan.published().collect();
    // As many parts of the search index as there are threads at work.
    let indexes: Mutex<Vec<search::Index>> = Mutex::default();
    let free = || indexes.lock().unwrap_or_else(PoisonError::into_inner);
    let per = search::pages_in_shard(plan);
    published.par_chunks(per).enumerate().try_for_each(|(shard, chunk)| {
        let mut jobs = Vec::with_capacity(2 * per + 1);
        let mut docs = Vec::with_capacity(per);
        let part = free().pop();
        let mut part = part.unwrap_or_default();
        for (n, (id, page, place)) in chunk.iter().enumerate() {
            let whole = Whole::of(plan.input.corpus, page);
            jobs.push(job(&place.output, pages.page(*id, &whole, place, tallies)?));
            jobs.push(job(&view::markdown_output(&place.output), feeds::markdown(page, &whole)));
            docs.push(part.add(plan, shard * per + n, *id, &whole, place));
        }
        let (path, text) = part.texts(shard, &docs);
        jobs.push(job(&path, text));
        free().push(part);
        // Together: each time the writer is woken costs about as much as a file.
        let _ = send.send(jobs);
        Ok::<_, SiteError>(())
    })?;
    for (n, section) in plan.sections.iter().enumerate() {
        if section.index.is_none() {
            put(&section.output, pages.bare_section(n, tallies)?);
        }
    }
    (0..plan.input.processes.len()).into_par_iter().try_for_each(|n| {
        put(&plan.process_outputs[n], pages.process(n)?);
        Ok::<(), SiteError>(())
    })?;
    put(&plan.fixed.procedures, pages.procedures()?);
    put(&plan.fixed.all, pages.all()?);
    for (path, html) in pages.tags().into_iter().chain(pages.roles()) {
        put(&path, html?);
    }
    put(&plan.fixed.search, pages.search()?);
    put(&plan.fixed.health, pages.health(&health::view(plan, &theme.words))?);
    put("health.json", health::json_file(plan));
    put("health.csv", health::csv_file(plan));
    // Machines are sent to the current version.
    if !plan.is_old() {
        put("404.html", pages.not_found()?);
        machine_files(plan, theme, pages, &put)?;
    }
    for (path, text) in search::Index::files(indexes.into_inner().unwrap_or_else(PoisonError::into_inner), plan) {
        put(&path, text);
    }
    for (path, to) in &plan.files {
        let _ = send.send(vec![Job::Copy(format!("{folder}{to}"), plan.input.corpus.root.join(path))]);
    }
    for blueprint in &plan.input.corpus.blueprints {
        put(plan.input.corpus.inside(blueprint.path()), blueprint.text().to_owned());
    }
    Ok(())
}

fn machine_files(plan: &Plan<'_>, theme: &Theme, pages: &Pages<'_>, put: &dyn Fn(&str, String)) -> Result<(), SiteError> {
    let base = plan.input.settings.base_url.as_deref();
    if let Some(base) = base {
        put("sitemap.xml", feeds::sitemap(plan, base));
        put("feed.xml", feeds::feed(plan, &theme.words, base));
    }
    put("robots.txt", feeds::robots(base));
    put("llms.txt", feeds::llms(plan));
    let redirects = feeds::redirects(plan);
    for redirect in &redirects {
        if let Some(output) = &redirect.output {
            put(output, pages.redirect(output, &redirect.to, &redirect.title)?);
        }
    }
    if !redirects.is_empty() {
        put("_redirects", feeds::redirects_file(&redirects, &base.map_or_else(|| "/".to_owned(), pages::base_path)));
    }
    Ok(())
}

/// `site` in templates.
fn globals(plan: &Plan<'_>, theme: &Theme) -> serde_json::Value {
    let settings = plan.input.settings;
    let words = &theme.words;
    let built = match plan.input.commit {
        Some(commit) => words
            .fill("built-from", &[("date", &words.time(plan.input.now)), ("commit", &format!("<code>{}</code>", html::escaped(commit)))]),
        None => words.fill("built", &[("date", &words.time(plan.input.now))]),
    };
    let encode = |path: &str| {
        let mut out = String::new();
        routes::encode(path, &mut out);
        out
    };
    let assets: BTreeMap<String, String> =
        theme.names.iter().map(|(name, output)| (name.replace(['.', '-'], "_"), output.clone())).collect();
    json!({
        "title": settings.title,
        "description": settings.description,
        "language": settings.language,
        "direction": if is_rtl(&settings.language) { "rtl" } else { "ltr" },
        "licence": settings.licence,
        "built": built,
        "build_date": plan.input.now.to_string(),
        "as_of": words.fill("on-build-date", &[("date", &words.time(plan.input.now))]),
        "has_feed": settings.base_url.is_some() && !plan.is_old(),
        "has_tags": !plan.tagged.is_empty(),
        "has_roles": !plan.roles.is_empty(),
        "routes": {
            "home": encode(&plan.sections[0].output),
            "search": encode(&plan.fixed.search),
            "procedures": encode(&plan.fixed.procedures),
            "roles": encode(&plan.fixed.roles),
            "tags": encode(&plan.fixed.tags),
            "all": encode(&plan.fixed.all),
            "health": encode(&plan.fixed.health),
        },
        "assets": assets,
    })
}

/// Languages written from right to left.
fn is_rtl(language: &str) -> bool {
    matches!(language.split('-').next().unwrap_or(""), "ar" | "dv" | "fa" | "he" | "ku" | "ps" | "sd" | "ug" | "ur" | "yi")
}
