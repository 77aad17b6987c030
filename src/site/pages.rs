//! Renders every kind of page from the plan, through the theme's templates.

use std::collections::BTreeMap;

use serde::Serialize;

use super::SiteError;
use super::html::{Entry, Renderer, escape};
use super::input::Edited;
use super::nav::Trees;
use super::plan::{Node, Place, Plan, RoleUse};
use super::process::Builder;
use super::routes;
use super::templates::{Templates, glyph};
use super::trust::State;
use super::view::{Frame, Item, Link, PageView, Views};
use super::words::Words;
use crate::page::{PageId, Whole};

/// Everything page rendering needs.
#[derive(Debug)]
pub struct Pages<'a> {
    /// The site.
    pub plan: &'a Plan<'a>,
    /// The theme's words.
    pub words: &'a Words,
    /// Compiled templates.
    pub templates: &'a Templates,
    /// Navigation trees.
    pub trees: &'a Trees,
    /// Sizes of images.
    pub sizes: &'a BTreeMap<String, (u32, u32)>,
}

#[derive(Serialize)]
struct StateCount {
    state: &'static str,
    glyph: &'static str,
    word: String,
    count: usize,
}

#[derive(Serialize)]
struct SectionRow {
    title: String,
    url: String,
    count: String,
    states: Vec<StateCount>,
}

#[derive(Serialize)]
struct SectionView {
    states: Vec<StateCount>,
    procedures: Vec<Item>,
    pages: Vec<Item>,
    sections: Vec<SectionRow>,
}

#[derive(Serialize)]
struct HomeView {
    worst: Vec<Item>,
    next: Option<Item>,
    never: Option<Link>,
    changed: Vec<Item>,
    changed_unknown: Option<String>,
    inside: SectionView,
}

#[derive(Serialize)]
struct Group {
    title: String,
    url: Option<String>,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct ListView {
    lead: String,
    groups: Vec<Group>,
    empty: String,
    states: bool,
}

#[derive(Serialize)]
struct Context<'c> {
    frame: Frame,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<PageView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<SectionView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home: Option<HomeView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<ListView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<&'c serde_json::Value>,
}

impl Context<'_> {
    fn new(frame: Frame) -> Self {
        Self { frame, page: None, section: None, home: None, list: None, extra: None }
    }
}

/// Counts by state of the pages people follow, per section with everything inside.
fn section_counts(plan: &Plan<'_>) -> Vec<BTreeMap<State, usize>> {
    let mut counts: Vec<BTreeMap<State, usize>> = plan.sections.iter().map(|_| BTreeMap::new()).collect();
    for (id, _, place) in plan.published() {
        if plan.input.facts[id.index()].kind.followed() {
            let mut at = Some(place.section);
            while let Some(s) = at {
                *counts[s].entry(place.trust.state).or_default() += 1;
                at = plan.sections[s].parent;
            }
        }
    }
    counts
}

/// Pages of each section with everything inside.
fn section_sizes(plan: &Plan<'_>) -> Vec<usize> {
    let mut sizes = vec![0; plan.sections.len()];
    for (_, _, place) in plan.published() {
        let mut at = Some(place.section);
        while let Some(s) = at {
            sizes[s] += 1;
            at = plan.sections[s].parent;
        }
    }
    sizes
}

/// Counts that several pages show.
#[derive(Debug)]
pub struct Tallies {
    states: Vec<BTreeMap<State, usize>>,
    sizes: Vec<usize>,
}

impl Tallies {
    /// Counts once.
    pub fn new(plan: &Plan<'_>) -> Self {
        Self { states: section_counts(plan), sizes: section_sizes(plan) }
    }
}

impl Pages<'_> {
    fn views(&self) -> Views<'_> {
        Views { plan: self.plan, words: self.words }
    }

    fn tree(&self, place: &Place) -> String {
        // `a.md` beside `a/` stands one folder above the pages of its section, where the section's tree has wrong addresses.
        let in_folder = routes::folder(&place.output) == self.plan.sections[place.section].path;
        let (section, position) = if in_folder {
            (place.section, place.position)
        } else {
            let parent = self.plan.sections[place.section].parent.unwrap_or(0);
            let position = self.plan.sections[parent].children.iter().position(|n| *n == Node::Section(place.section));
            (parent, position)
        };
        self.trees.of(section, position).with_current(&place.output)
    }

    /// A content page; a section's own page gets the list of what is in it.
    pub fn page(&self, id: PageId, whole: &Whole<'_>, place: &Place, tallies: &Tallies) -> Result<String, SiteError> {
        let renderer = Renderer { plan: self.plan, words: self.words, sizes: self.sizes };
        let page = self.plan.input.corpus.page(id);
        let rendered = renderer.page(id, whole, &place.output);
        let views = self.views();
        let mut frame = views.frame(page, place);
        let contents = contents_html(&rendered.contents);
        frame.has_contents = !contents.is_empty();
        let tree = self.tree(place);
        let mut context = Context::new(frame);
        context.page = Some(views.page(id, page, place, rendered.title_anchor));
        let slots = [("body", rendered.body.as_str()), ("tree", tree.as_str()), ("contents", contents.as_str())];
        let template = match (place.position, place.section) {
            (None, 0) => {
                context.home = Some(self.home_view(&place.output, tallies));
                "home.html"
            }
            (None, section) => {
                context.section = Some(self.section_view(section, &place.output, tallies));
                "section.html"
            }
            _ => "page.html",
        };
        self.templates.render(template, &context, &slots)
    }

    /// The page of a section that has none of its own (or the home page).
    pub fn bare_section(&self, section: usize, tallies: &Tallies) -> Result<String, SiteError> {
        let s = &self.plan.sections[section];
        let title = if section == 0 { self.plan.input.settings.title.as_str() } else { s.title.as_str() };
        let mut frame = Frame::new(self.plan, &s.output, title);
        frame.has_tree = true;
        let tree = self.trees.of(section, None).with_current(&s.output);
        if section > 0 {
            frame.crumbs = self.views().crumbs(section, true, &s.output);
        }
        let mut context = Context::new(frame);
        let template = if section == 0 {
            context.home = Some(self.home_view(&s.output, tallies));
            "home.html"
        } else {
            context.section = Some(self.section_view(section, &s.output, tallies));
            "section.html"
        };
        self.templates.render(template, &context, &[("tree", &tree)])
    }

    fn states(&self, counts: &BTreeMap<State, usize>) -> Vec<StateCount> {
        State::COUNTED
            .iter()
            .filter_map(|state| {
                let count = *counts.get(state)?;
                Some(StateCount {
                    state: state.id(),
                    glyph: glyph(state.id()),
                    word: self.words.get(&format!("state-{}", state.id())).to_owned(),
                    count,
                })
            })
            .collect()
    }

    fn section_rows(&self, section: usize, output: &str, tallies: &Tallies) -> Vec<SectionRow> {
        let sections = self.plan.sections[section].children.iter().filter_map(|n| match n {
            Node::Section(s) => Some(*s),
            Node::Page(_) => None,
        });
        sections
            .map(|s| SectionRow {
                title: self.plan.sections[s].title.clone(),
                url: routes::relative(output, &self.plan.sections[s].output),
                count: self.words.count("pages-count", i64::try_from(tallies.sizes[s]).unwrap_or(0)),
                states: self.states(&tallies.states[s]),
            })
            .collect()
    }

    fn section_view(&self, section: usize, output: &str, tallies: &Tallies) -> SectionView {
        let views = self.views();
        let ids = self.plan.sections[section].children.iter().filter_map(|n| match n {
            Node::Page(id) => Some(*id),
            Node::Section(_) => None,
        });
        let (procedures, pages): (Vec<PageId>, Vec<PageId>) = ids.partition(|id| self.plan.input.facts[id.index()].kind.followed());
        SectionView {
            states: self.states(&tallies.states[section]),
            procedures: procedures.iter().map(|id| views.item(*id, output)).collect(),
            pages: pages.iter().map(|id| views.item(*id, output)).collect(),
            sections: self.section_rows(section, output, tallies),
        }
    }

    fn home_view(&self, output: &str, tallies: &Tallies) -> HomeView {
        let views = self.views();
        let worst = worst_first(self.plan);
        let next = self
            .plan
            .published()
            .filter(|(_, _, p)| p.trust.due.is_some_and(|d| d >= self.plan.input.now))
            .min_by_key(|(id, _, p)| (p.trust.due, *id));
        let mut changed: Vec<(jiff::civil::Date, PageId)> = self
            .plan
            .published()
            .filter_map(|(id, _, place)| match place.trust.edited {
                Edited::On(day) => Some((day, id)),
                Edited::Unknown(_) => None,
            })
            .collect();
        changed.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let unknown = self.plan.published().find_map(|(_, _, place)| match &place.trust.edited {
            Edited::Unknown(why) => Some(why.clone()),
            Edited::On(_) => None,
        });
        let never = tallies.states[0].get(&State::Never).copied().unwrap_or(0);
        HomeView {
            worst: worst
                .iter()
                .filter(|id| self.plan.place(**id).is_some_and(|p| p.trust.state == State::Overdue))
                .take(5)
                .map(|id| views.item(*id, output))
                .collect(),
            next: next.map(|(id, ..)| views.item(id, output)),
            never: (never > 0).then(|| Link {
                title: self.words.count("home-never", count(never)),
                url: routes::relative(output, &self.plan.fixed.health),
            }),
            changed_unknown: unknown.filter(|_| changed.is_empty()),
            changed: changed.iter().take(5).map(|(day, id)| Item { date: self.words.time(*day), ..views.item(*id, output) }).collect(),
            inside: self.section_view(self.front(), output, tallies),
        }
    }

    /// The section whose content the home page lists: the first below the root that holds more than one other section.
    fn front(&self) -> usize {
        let mut at = 0;
        while let [Node::Section(only)] = self.plan.sections[at].children[..] {
            at = only;
        }
        at
    }

    fn list_page(&self, output: &str, title: &str, crumbs: Vec<Link>, list: ListView) -> Result<String, SiteError> {
        let mut frame = Frame::new(self.plan, output, title);
        frame.crumbs = crumbs;
        let mut context = Context::new(frame);
        context.list = Some(list);
        self.added("list.html", context)
    }

    /// Renders a page that stepwright adds, with the tree of the top level.
    fn added(&self, template: &str, mut context: Context<'_>) -> Result<String, SiteError> {
        context.frame.has_tree = true;
        let tree = self.trees.top(&context.frame.path).with_current(&context.frame.path);
        self.templates.render(template, &context, &[("tree", &tree)])
    }

    fn home_crumb(&self, output: &str) -> Vec<Link> {
        self.views().crumbs(0, false, output)
    }

    /// Procedures, A to Z.
    pub fn procedures(&self) -> Result<String, SiteError> {
        let output = &self.plan.fixed.procedures;
        let ids = procedures_by_title(self.plan);
        let lead = if ids.is_empty() { String::new() } else { self.words.count("procedures-lead", count(ids.len())) };
        let items = ids.iter().map(|id| self.views().item(*id, output)).collect();
        let list = ListView {
            lead,
            groups: vec![Group { title: String::new(), url: None, items }],
            empty: self.words.get("procedures-none").to_owned(),
            states: true,
        };
        self.list_page(output, self.words.get("procedures-title"), self.home_crumb(output), list)
    }

    /// All pages by section.
    pub fn all(&self) -> Result<String, SiteError> {
        let output = &self.plan.fixed.all;
        let mut groups: Vec<Group> = self
            .plan
            .sections
            .iter()
            .map(|s| Group { title: s.title.clone(), url: Some(routes::relative(output, &s.output)), items: Vec::new() })
            .collect();
        groups[0].title.clone_from(&self.plan.input.settings.title);
        for (n, section) in self.plan.sections.iter().enumerate() {
            for node in &section.children {
                if let Node::Page(id) = node {
                    groups[n].items.push(self.views().item(*id, output));
                }
            }
        }
        groups.retain(|g| !g.items.is_empty());
        let list = ListView { lead: String::new(), groups, empty: self.words.get("section-empty").to_owned(), states: true };
        self.list_page(output, self.words.get("all-title"), self.home_crumb(output), list)
    }

    /// The page of each tag with its output, and the page of all tags.
    pub fn tags(&self) -> Vec<(String, Result<String, SiteError>)> {
        let output = &self.plan.fixed.tags;
        let crumbs_here = self.home_crumb(output);
        let rows = self.plan.tagged.iter().map(|(tag, ids)| (tag.clone(), self.plan.tag_outputs[tag].as_str(), ids.len()));
        let overview = self.overview(rows, output);
        let list = ListView { lead: String::new(), groups: overview, empty: self.words.get("tags-none").to_owned(), states: false };
        let mut out = vec![(output.clone(), self.list_page(output, self.words.get("tags-title"), crumbs_here, list))];
        for (tag, ids) in &self.plan.tagged {
            let to = &self.plan.tag_outputs[tag];
            let mut crumbs = self.home_crumb(to);
            crumbs.push(Link { title: self.words.get("tags-title").to_owned(), url: routes::relative(to, output) });
            let items = ids.iter().map(|id| self.views().item(*id, to)).collect();
            let list = ListView {
                lead: String::new(),
                groups: vec![Group { title: String::new(), url: None, items }],
                empty: String::new(),
                states: true,
            };
            out.push((to.clone(), self.list_page(to, &self.words.fill("tag-title", &[("tag", tag)]), crumbs, list)));
        }
        out
    }

    /// The page of each role with its output, and the page of all roles.
    pub fn roles(&self) -> Vec<(String, Result<String, SiteError>)> {
        let output = &self.plan.fixed.roles;
        let views = self.views();
        let rows = self.plan.roles.iter().map(|(role, used)| {
            let (title, n) = (capital(&views.role_name(role)), used.owns.len());
            (title, self.plan.role_outputs[role].as_str(), n)
        });
        let overview = self.overview(rows, output);
        let lead = if overview.is_empty() { String::new() } else { self.words.get("roles-lead").to_owned() };
        let list = ListView { lead, groups: overview, empty: self.words.get("roles-none").to_owned(), states: false };
        let mut out = vec![(output.clone(), self.list_page(output, self.words.get("roles-title"), self.home_crumb(output), list))];
        for (role, used) in &self.plan.roles {
            let to = &self.plan.role_outputs[role];
            out.push((to.clone(), self.role(role, used, to)));
        }
        out
    }

    /// The work of one role: what it approves, does, is told and owns.
    fn role(&self, role: &str, used: &RoleUse, output: &str) -> Result<String, SiteError> {
        let views = self.views();
        let mut frame = Frame::new(self.plan, output, &capital(&views.role_name(role)));
        frame.crumbs = self.home_crumb(output);
        frame.crumbs.push(Link { title: self.words.get("roles-title").to_owned(), url: routes::relative(output, &self.plan.fixed.roles) });
        let mut owns = used.owns.clone();
        sort_by_need(self.plan, &mut owns);
        let groups = [("role-approves", &used.approves), ("role-does", &used.does), ("role-told", &used.told)];
        let verbs: Vec<serde_json::Value> = groups
            .iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(key, list)| {
                let rows: Vec<_> = list.iter().map(|(p, steps)| self.role_row(*p, steps, output)).collect();
                let n: usize = list.iter().map(|(_, steps)| steps.len()).sum();
                serde_json::json!({ "title": self.words.fill(key, &[("n", &n.to_string())]), "rows": rows })
            })
            .collect();
        let extra = serde_json::json!({
            "verbs": verbs,
            "owns_title": self.words.fill("role-owns", &[("n", &owns.len().to_string())]),
            "owns": owns.iter().map(|id| views.item(*id, output)).collect::<Vec<_>>(),
        });
        let mut context = Context::new(frame);
        context.extra = Some(&extra);
        self.added("role.html", context)
    }

    /// A blueprint with links to some of its steps.
    fn role_row(&self, process: usize, steps: &[usize], output: &str) -> serde_json::Value {
        let blueprint = self.plan.input.processes[process].blueprint;
        let url = routes::relative(output, &self.plan.process_outputs[process]);
        let state = self.plan.process_trusts[process].state;
        let steps: Vec<_> = steps
            .iter()
            .map(|s| {
                let step = &blueprint.steps[*s];
                let label = self.words.fill("run-step", &[("n", &(s + 1).to_string())]);
                serde_json::json!({ "url": format!("{url}#step-{}", step.id), "label": label, "title": step.title })
            })
            .collect();
        serde_json::json!({
            "title": blueprint.title, "url": url, "steps": steps, "state": state.id(), "glyph": glyph(state.id()),
            "word": self.words.get(&format!("state-{}", state.id())),
        })
    }

    /// The page of a blueprint.
    pub fn process(&self, n: usize) -> Result<String, SiteError> {
        let process = &self.plan.input.processes[n];
        let output = &self.plan.process_outputs[n];
        let views = self.views();
        let title = self.words.fill("run-title", &[("title", &process.blueprint.title)]);
        let mut frame = Frame::new(self.plan, output, &title);
        frame.description = process.blueprint.summary.clone().unwrap_or_default();
        let renderer = Renderer { plan: self.plan, words: self.words, sizes: self.sizes };
        let view = Builder::new(renderer, n).view();
        let place = process.page.and_then(|id| self.plan.place(id));
        let mut tree = String::new();
        if let (Some(id), Some(place)) = (process.page, place) {
            frame.crumbs = views.crumbs(place.section, false, output);
            if place.position.is_none() && place.section == 0 {
                frame.crumbs.truncate(1);
            } else if place.position.is_some() {
                let title = self.plan.input.corpus.page(id).title.clone();
                frame.crumbs.push(Link { title, url: routes::relative(output, &place.output) });
            }
            if routes::folder(output) == routes::folder(&place.output) {
                frame.has_tree = true;
                tree = self.tree(place);
            }
        } else {
            frame.crumbs = self.home_crumb(output);
        }
        let trust = views.trust(&self.plan.process_trusts[n], output);
        let extra = serde_json::json!({ "process": view, "trust": trust });
        let mut context = Context::new(frame);
        context.extra = Some(&extra);
        self.templates.render("blueprint.html", &context, &[("tree", &tree)])
    }

    /// One entry per role or tag, in one group.
    fn overview<'o>(&self, rows: impl Iterator<Item = (String, &'o str, usize)>, output: &str) -> Vec<Group> {
        let items: Vec<Item> = rows
            .map(|(title, to, n)| Item {
                title,
                url: routes::relative(output, to),
                state: "plain",
                glyph: "",
                word: String::new(),
                late: String::new(),
                due: None,
                date: if n == 0 { String::new() } else { self.words.count("pages-count", count(n)) },
                owner: String::new(),
                owner_url: None,
                section: String::new(),
                procedure: false,
            })
            .collect();
        if items.is_empty() { Vec::new() } else { vec![Group { title: String::new(), url: None, items }] }
    }

    /// The search page: works as an address (`?q=`), and lists the procedures where scripts do not run.
    pub fn search(&self) -> Result<String, SiteError> {
        let output = &self.plan.fixed.search;
        let mut frame = Frame::new(self.plan, output, self.words.get("search-title"));
        frame.crumbs = self.home_crumb(output);
        let mut context = Context::new(frame);
        let items = procedures_by_title(self.plan).iter().map(|id| self.views().item(*id, output)).collect();
        context.list = Some(ListView {
            lead: String::new(),
            groups: vec![Group { title: String::new(), url: None, items }],
            empty: String::new(),
            states: true,
        });
        self.added("search.html", context)
    }

    /// The page a server shows for unknown addresses. It may be shown at any depth, so it needs the site's own address, if there is one.
    pub fn not_found(&self) -> Result<String, SiteError> {
        let mut frame = Frame::new(self.plan, "404.html", self.words.get("not-found-title"));
        frame.canonical = None;
        if let Some(base) = &self.plan.input.settings.base_url {
            frame.root = base_path(base);
        }
        self.templates.render("404.html", &Context::new(frame), &[])
    }

    /// A page at an old address.
    pub fn redirect(&self, output: &str, to: &str, title: &str) -> Result<String, SiteError> {
        let mut frame = Frame::new(self.plan, output, self.words.get("moved-title"));
        frame.canonical = self.plan.input.settings.base_url.as_deref().map(|b| routes::absolute(b, to));
        let extra = serde_json::json!({ "title": title, "url": routes::relative(output, to) });
        let mut context = Context::new(frame);
        context.extra = Some(&extra);
        self.templates.render("redirect.html", &context, &[])
    }

    /// The health page from its own view.
    pub fn health(&self, view: &serde_json::Value) -> Result<String, SiteError> {
        let output = &self.plan.fixed.health;
        let mut frame = Frame::new(self.plan, output, self.words.get("health-title"));
        frame.crumbs = self.home_crumb(output);
        let mut context = Context::new(frame);
        context.extra = Some(view);
        self.added("health.html", context)
    }
}

/// The path of an address, with a slash at its end: `https://e.org/docs` has `/docs/`.
pub fn base_path(base: &str) -> String {
    let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path).trim_matches('/');
    if path.is_empty() { "/".to_owned() } else { format!("/{path}/") }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Pages people follow, by title.
pub fn procedures_by_title(plan: &Plan<'_>) -> Vec<PageId> {
    let mut ids: Vec<PageId> =
        plan.published().filter(|(id, ..)| plan.input.facts[id.index()].kind.followed()).map(|(id, ..)| id).collect();
    ids.sort_by_cached_key(|id| (plan.input.corpus.page(*id).title.to_lowercase(), *id));
    ids
}

/// Pages people follow, those that need someone first.
pub fn worst_first(plan: &Plan<'_>) -> Vec<PageId> {
    let mut ids: Vec<PageId> =
        plan.published().filter(|(id, ..)| plan.input.facts[id.index()].kind.followed()).map(|(id, ..)| id).collect();
    sort_by_need(plan, &mut ids);
    ids
}

fn sort_by_need(plan: &Plan<'_>, ids: &mut [PageId]) {
    ids.sort_by_cached_key(|id| {
        let (urgency, late) = plan.place(*id).map_or((0, 0), |p| (p.trust.state.urgency(), p.trust.days_late.unwrap_or(i64::MIN / 2)));
        (std::cmp::Reverse(urgency), std::cmp::Reverse(late), plan.input.corpus.page(*id).title.to_lowercase(), *id)
    });
}

/// The contents of a page: level 2, with level 3 below it. Nothing for fewer than two entries.
fn contents_html(entries: &[Entry]) -> String {
    if entries.len() < 2 {
        return String::new();
    }
    let deep = entries.len() <= 40;
    let mut out = String::from("<ul>");
    let mut open = false;
    for entry in entries.iter().filter(|e| deep || e.level == 2) {
        if entry.level > 2 && !open {
            // The list goes inside the entry above it, if there is one.
            if out.ends_with("</li>") {
                out.truncate(out.len() - "</li>".len());
                out.push_str("<ul>");
            } else {
                out.push_str("<li><ul>");
            }
            open = true;
        } else if entry.level == 2 && open {
            out.push_str("</ul></li>");
            open = false;
        }
        out.push_str("<li><a href=\"#");
        escape(&entry.anchor, &mut out);
        out.push_str("\">");
        escape(&entry.text, &mut out);
        out.push_str("</a></li>");
    }
    out.push_str(if open { "</ul></li></ul>" } else { "</ul>" });
    out
}
