//! The plan of a site: which pages are published where, in which section, in which order, and how far each can be trusted.
//!
//! Made once, before anything is rendered; renderers only read it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use rayon::prelude::*;

use super::input::Input;
use super::routes::{self, Taken};
use super::trust::{self, Trust};
use super::versions::Versions;
use crate::page::corpus::Target;
use crate::page::{Page, PageId};

/// What stands in a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// A page.
    Page(PageId),
    /// A section inside, by position in [`Plan::sections`].
    Section(usize),
}

/// A folder that holds pages.
#[derive(Debug)]
pub struct Section {
    /// Path below the content folder; empty for the root.
    pub path: String,
    /// Its own page's title, else the folder name made readable.
    pub title: String,
    /// Its own page.
    pub index: Option<PageId>,
    /// Output file.
    pub output: String,
    /// The section around it.
    pub parent: Option<usize>,
    /// What it holds, in reading order.
    pub children: Vec<Node>,
}

/// Where a published page stands.
#[derive(Debug)]
pub struct Place {
    /// Output file.
    pub output: String,
    /// Its section; for a section's own page, that section.
    pub section: usize,
    /// Position among the section's children; `None` for the section's own page.
    pub position: Option<usize>,
    /// How far it can be trusted.
    pub trust: Trust,
}

/// Output files of the pages that stepwright adds.
#[derive(Debug)]
pub struct Fixed {
    /// Search page.
    pub search: String,
    /// Procedures A to Z.
    pub procedures: String,
    /// All pages.
    pub all: String,
    /// Roles.
    pub roles: String,
    /// Tags.
    pub tags: String,
    /// Health.
    pub health: String,
}

/// A page listed under a role or tag.
pub type Listed = BTreeMap<String, Vec<PageId>>;

/// Steps of one blueprint: its position in the input, and step positions.
pub type StepsOf = (usize, Vec<usize>);

/// What one role does.
#[derive(Debug, Default)]
pub struct RoleUse {
    /// Pages it answers for.
    pub owns: Vec<PageId>,
    /// Steps it does.
    pub does: Vec<StepsOf>,
    /// Gates it opens.
    pub approves: Vec<StepsOf>,
    /// Steps after which it is told.
    pub told: Vec<StepsOf>,
}

/// See the module: the layout of a site with the input that it was made from.
#[derive(Debug)]
pub struct Plan<'a> {
    /// What it was made from.
    pub input: Input<'a>,
    layout: Arc<Layout>,
}

impl Deref for Plan<'_> {
    type Target = Layout;

    fn deref(&self) -> &Layout {
        &self.layout
    }
}

/// What was planned. It borrows nothing, so that it can outlive the pages it was made from: the preview keeps it while one page changes.
#[derive(Debug)]
pub struct Layout {
    /// Place of each page, by page id; `None` for pages that are not published.
    pub places: Vec<Option<Place>>,
    /// Sections; the first is the root.
    pub sections: Vec<Section>,
    /// Pages that stepwright adds.
    pub fixed: Fixed,
    /// What each role does, by role id.
    pub roles: BTreeMap<String, RoleUse>,
    /// Blueprints of each page: positions in the input.
    pub processes_of: BTreeMap<PageId, Vec<usize>>,
    /// Output of each blueprint's page.
    pub process_outputs: Vec<String>,
    /// Trust of each blueprint.
    pub process_trusts: Vec<Trust>,
    /// Procedures that link to a page.
    pub used_by: BTreeMap<PageId, Vec<PageId>>,
    /// Tag → pages.
    pub tagged: Listed,
    /// Output of each role's page.
    pub role_outputs: BTreeMap<String, String>,
    /// Output of each tag's page.
    pub tag_outputs: BTreeMap<String, String>,
    /// Output of each attachment, by its path.
    pub files: BTreeMap<String, String>,
    /// Output paths in use.
    pub taken: Taken,
    /// All versions of the site and which of them this is, where there are several.
    pub versions: Option<(Arc<Versions>, usize)>,
}

/// Stems that make a page the page of its folder, best first.
const INDEX: [&str; 3] = ["_index", "index", "README"];

impl Layout {
    fn new(input: &Input<'_>) -> Self {
        let mut taken = Taken::default();
        let published: Vec<(PageId, &Page)> = input.corpus.iter().filter(|(_, p)| input.settings.drafts || !p.meta.draft).collect();
        let (mut sections, by_path) = sections(input, &published);
        let trusts: Vec<Trust> = published.par_iter().map(|(id, page)| trust::judge(page, &input.facts[id.index()], input.now)).collect();
        let mut places: Vec<Option<Place>> = (0..input.corpus.pages.len()).map(|_| None).collect();
        for ((id, page), trust) in published.iter().zip(trusts) {
            let inside = input.corpus.inside(page.path());
            let own = by_path.get(routes::stem(inside)).copied();
            let dir = by_path[routes::folder(inside)];
            let section = match own {
                Some(own) if sections[own].index == Some(*id) => own,
                _ => dir,
            };
            let is_index = sections[section].index == Some(*id);
            let wanted =
                if is_index && section == dir { join(&sections[dir].path, "index.html") } else { format!("{}.html", routes::stem(inside)) };
            let output = taken.claim(&wanted);
            places[id.index()] = Some(Place { output, section, position: None, trust });
        }
        let files = input.corpus.files.iter().map(|f| (f.clone(), taken.claim(input.corpus.inside(f)))).collect();
        for section in &mut sections {
            section.output = match section.index.and_then(|id| places[id.index()].as_ref()) {
                Some(place) => place.output.clone(),
                None => taken.claim(&join(&section.path, "index.html")),
            };
        }
        arrange(input, &published, &mut sections, &mut places);
        let fixed = Fixed {
            search: taken.claim("search.html"),
            procedures: taken.claim("procedures.html"),
            all: taken.claim("all.html"),
            roles: taken.claim("roles.html"),
            tags: taken.claim("tags.html"),
            health: taken.claim("health.html"),
        };
        let mut roles: BTreeMap<String, RoleUse> = BTreeMap::new();
        let mut tagged = Listed::new();
        for (id, page) in &published {
            if let Some(owner) = &input.facts[id.index()].owner {
                roles.entry(owner.clone()).or_default().owns.push(*id);
            }
            for tag in &page.meta.tags {
                let list = tagged.entry(tag.value.clone()).or_default();
                if list.last() != Some(id) {
                    list.push(*id);
                }
            }
        }
        role_steps(input, &mut roles);
        let role_outputs = claim_all(&mut taken, "roles", roles.keys());
        let tag_outputs = claim_all(&mut taken, "tags", tagged.keys());
        let mut processes_of: BTreeMap<PageId, Vec<usize>> = BTreeMap::new();
        let mut process_outputs = Vec::new();
        for (n, process) in input.processes.iter().enumerate() {
            let inside = input.corpus.inside(process.path);
            let stem = inside.strip_suffix(crate::blueprint::EXTENSION).unwrap_or(inside);
            process_outputs.push(taken.claim(&format!("{stem}.steps.html")));
            if let Some(page) = process.page {
                processes_of.entry(page).or_default().push(n);
            }
        }
        let used_by = used_by(input, &published);
        let process_trusts = input.processes.iter().map(|p| super::process::trust(&places, input.now, p)).collect();
        Self {
            places,
            sections,
            fixed,
            roles,
            processes_of,
            process_outputs,
            process_trusts,
            used_by,
            tagged,
            role_outputs,
            tag_outputs,
            files,
            taken,
            versions: None,
        }
    }

    /// Takes in that one page changed. What its change means for other pages (order, lists, tags, links) is left for the next whole plan.
    pub fn replace(&mut self, input: &Input<'_>, id: PageId) {
        let page = input.corpus.page(id);
        let Some(place) = &mut self.places[id.index()] else { return };
        place.trust = trust::judge(page, &input.facts[id.index()], input.now);
        let section = &mut self.sections[place.section];
        if section.index == Some(id) {
            section.title.clone_from(&page.title);
        }
    }
}

impl<'a> Plan<'a> {
    /// Plans the site. Linear in pages, apart from sorting.
    pub fn new(input: Input<'a>) -> Self {
        let layout = Arc::new(Layout::new(&input));
        Self { input, layout }
    }

    /// A plan that was made before, on the pages of now.
    pub fn again(input: Input<'a>, layout: &Arc<Layout>) -> Self {
        Self { input, layout: Arc::clone(layout) }
    }

    /// Makes it the plan of version `here` of several.
    pub fn tie(&mut self, versions: Arc<Versions>, here: usize) {
        let layout = Arc::get_mut(&mut self.layout).expect("versions are tied before anybody keeps a layout");
        layout.versions = Some((versions, here));
    }

    /// What was planned.
    pub fn layout(&self) -> Arc<Layout> {
        Arc::clone(&self.layout)
    }

    /// Published pages with their places, in path order.
    pub fn published(&self) -> impl Iterator<Item = (PageId, &'a Page, &Place)> {
        self.input.corpus.iter().zip(&self.places).filter_map(|((id, page), place)| Some((id, page, place.as_ref()?)))
    }

    /// It is a version that is no longer current.
    pub fn is_old(&self) -> bool {
        self.versions.as_ref().is_some_and(|(_, here)| *here > 0)
    }

    /// Output files of all pages that a reader can come to.
    pub fn pages_written(&self) -> impl Iterator<Item = &str> {
        let fixed = &self.fixed;
        let added = [&fixed.search, &fixed.procedures, &fixed.all, &fixed.roles, &fixed.tags, &fixed.health];
        let places = self.places.iter().flatten().map(|p| &p.output).chain(self.sections.iter().map(|s| &s.output));
        let lists = self.role_outputs.values().chain(self.tag_outputs.values()).chain(&self.process_outputs);
        places.chain(added).chain(lists).map(String::as_str)
    }

    /// Place of a page.
    pub fn place(&self, id: PageId) -> Option<&Place> {
        self.places[id.index()].as_ref()
    }

    /// Title and output of a node.
    pub fn node(&self, node: Node) -> (&str, &str) {
        match node {
            Node::Page(id) => {
                let output = self.place(id).map_or("", |p| p.output.as_str());
                (self.input.corpus.page(id).title.as_str(), output)
            }
            Node::Section(s) => (self.sections[s].title.as_str(), self.sections[s].output.as_str()),
        }
    }

    /// Sections from the root (left out) down to and including `section`.
    pub fn chain(&self, section: usize) -> Vec<usize> {
        let mut out = Vec::new();
        let mut at = Some(section);
        while let Some(s) = at.filter(|s| *s != 0) {
            out.push(s);
            at = self.sections[s].parent;
        }
        out.reverse();
        out
    }
}

/// Enters the steps of all blueprints under the roles they name.
fn role_steps(input: &Input<'_>, roles: &mut BTreeMap<String, RoleUse>) {
    fn enter(list: &mut Vec<StepsOf>, process: usize, step: usize) {
        match list.last_mut() {
            Some((last, steps)) if *last == process => steps.push(step),
            _ => list.push((process, vec![step])),
        }
    }
    for (p, process) in input.processes.iter().enumerate() {
        for (s, step) in process.blueprint.steps.iter().enumerate() {
            for role in &step.owner {
                enter(&mut roles.entry(role.clone()).or_default().does, p, s);
            }
            for role in step.approval.iter().flat_map(|a| &a.by) {
                enter(&mut roles.entry(role.clone()).or_default().approves, p, s);
            }
            for role in step.notify.iter().flat_map(|n| &n.to) {
                enter(&mut roles.entry(role.clone()).or_default().told, p, s);
            }
        }
    }
}

/// Which procedures send their readers to a page.
fn used_by(input: &Input<'_>, published: &[(PageId, &Page)]) -> BTreeMap<PageId, Vec<PageId>> {
    let mut out: BTreeMap<PageId, Vec<PageId>> = BTreeMap::new();
    for (from, page) in published.iter().filter(|(id, _)| input.facts[id.index()].kind.followed()) {
        for link in &page.body.links {
            if let Target::Page(to, _) = input.corpus.resolve(*from, &link.dest)
                && to != *from
            {
                let list = out.entry(to).or_default();
                if list.last() != Some(from) {
                    list.push(*from);
                }
            }
        }
    }
    out
}

fn claim_all<'k>(taken: &mut Taken, folder: &str, keys: impl Iterator<Item = &'k String>) -> BTreeMap<String, String> {
    keys.map(|key| {
        let slug = crate::page::slug::ascii(key);
        let slug = if slug.is_empty() { "x".to_owned() } else { slug };
        (key.clone(), taken.claim(&format!("{folder}/{slug}.html")))
    })
    .collect()
}

fn join(folder: &str, file: &str) -> String {
    if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") }
}

/// Finds the sections and their own pages: `a/_index.md`, `a/index.md`, `a/README.md`, or `a.md` beside a folder `a` without one.
fn sections(input: &Input<'_>, published: &[(PageId, &Page)]) -> (Vec<Section>, BTreeMap<String, usize>) {
    let mut by_path: BTreeMap<String, usize> = BTreeMap::from([(String::new(), 0)]);
    for (_, page) in published {
        let mut dir = routes::folder(input.corpus.inside(page.path()));
        while !by_path.contains_key(dir) {
            by_path.insert(dir.to_owned(), 0);
            dir = routes::folder(dir);
        }
    }
    // Path order puts parents before children.
    for (n, slot) in by_path.values_mut().enumerate() {
        *slot = n;
    }
    let mut own: BTreeMap<usize, (usize, PageId)> = BTreeMap::new();
    for (id, page) in published {
        let inside = input.corpus.inside(page.path());
        let stem = routes::stem(inside);
        let name = stem.rsplit('/').next().unwrap_or(stem);
        let found = match INDEX.iter().position(|i| *i == name) {
            Some(rank) => Some((by_path[routes::folder(inside)], rank)),
            None => by_path.get(stem).map(|s| (*s, INDEX.len())),
        };
        if let Some((section, rank)) = found {
            let entry = own.entry(section).or_insert((rank, *id));
            if rank < entry.0 {
                *entry = (rank, *id);
            }
        }
    }
    let sections = by_path
        .iter()
        .map(|(path, n)| {
            let index = own.get(n).map(|(_, id)| *id);
            Section {
                title: match index {
                    Some(id) => input.corpus.page(id).title.clone(),
                    None => crate::page::slug::readable(path),
                },
                index,
                output: String::new(),
                parent: (!path.is_empty()).then(|| by_path[routes::folder(path)]),
                children: Vec::new(),
                path: path.clone(),
            }
        })
        .collect();
    (sections, by_path)
}

/// Fills the sections' children, in the order people asked for, else by title.
fn arrange(input: &Input<'_>, published: &[(PageId, &Page)], sections: &mut [Section], places: &mut [Option<Place>]) {
    let key = |id: Option<PageId>, title: &str, path: &str| {
        let order = id.and_then(|id| input.corpus.page(id).meta.order).unwrap_or(i64::MAX);
        (order, title.to_lowercase(), path.to_owned())
    };
    type Key = (i64, String, String);
    let mut keyed: Vec<Vec<(Key, Node)>> = sections.iter().map(|_| Vec::new()).collect();
    for (id, page) in published {
        if let Some(place) = &places[id.index()]
            && sections[place.section].index != Some(*id)
        {
            keyed[place.section].push((key(Some(*id), &page.title, page.path()), Node::Page(*id)));
        }
    }
    for (n, section) in sections.iter().enumerate() {
        if let Some(parent) = section.parent {
            keyed[parent].push((key(section.index, &section.title, &section.path), Node::Section(n)));
        }
    }
    for (n, mut list) in keyed.into_iter().enumerate() {
        list.sort_by(|a, b| a.0.cmp(&b.0));
        for (position, (_, node)) in list.iter().enumerate() {
            if let Node::Page(id) = node
                && let Some(place) = &mut places[id.index()]
            {
                place.position = Some(position);
            }
        }
        sections[n].children = list.into_iter().map(|(_, node)| node).collect();
    }
}
