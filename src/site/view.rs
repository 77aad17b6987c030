//! What templates see: small plain values per page. The template contract is these structs; large parts are slots.

use serde::Serialize;

use super::html::escaped;
use super::input::{Edited, Kind};
use super::plan::{Node, Place, Plan};
use super::routes;
use super::templates::glyph;
use super::trust::{State, Trust};
use super::versions::VersionLink;
use super::words::Words;
use crate::page::{Page, PageId};

/// A title with an address.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    /// Text.
    pub title: String,
    /// Relative address.
    pub url: String,
}

/// Every page: where it is and what stands around its content.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// `../` as often as needed to reach the root of the site; put before `site.routes.…` and `site.assets.…`.
    pub root: String,
    /// The output file.
    pub path: String,
    /// Title of the page.
    pub title: String,
    /// For search engines and link previews.
    pub description: String,
    /// Way down from home, without the page itself.
    pub crumbs: Vec<Link>,
    /// Full address, if the site has one.
    pub canonical: Option<String>,
    /// The page has contents (slot `contents`).
    pub has_contents: bool,
    /// The page stands in the tree (slot `tree`).
    pub has_tree: bool,
    /// The page's file in the repository.
    pub source: Option<String>,
    /// All versions of the site, the current one first; empty where there is only one.
    pub versions: Vec<VersionLink>,
    /// Name of the version that is read.
    pub version: String,
    /// It is no longer the current one.
    pub old: bool,
}

impl Frame {
    /// A frame without crumbs, contents or tree.
    pub fn new(plan: &Plan<'_>, path: &str, title: &str) -> Self {
        let versions = plan.versions.as_ref().map(|(all, here)| all.links(*here, path)).unwrap_or_default();
        // Search engines are sent to the same page of the current version.
        let canonical = plan.versions.as_ref().is_none_or(|(all, _)| all.current_has(path));
        let base = plan.input.settings.base_url.as_deref().filter(|_| canonical);
        Self {
            root: routes::root(path),
            path: path.to_owned(),
            title: title.to_owned(),
            description: String::new(),
            crumbs: Vec::new(),
            version: versions.iter().find(|v| v.here).map_or_else(String::new, |v| v.name.clone()),
            versions,
            old: plan.is_old(),
            canonical: base.map(|b| routes::absolute(b, path)),
            has_contents: false,
            has_tree: false,
            source: None,
        }
    }
}

/// The trust line.
#[derive(Debug, Clone, Serialize)]
pub struct TrustView {
    /// State id, for `data-state`.
    pub state: &'static str,
    /// Inline SVG.
    pub glyph: &'static str,
    /// The state in words; empty for a page without one.
    pub label: String,
    /// The rest of the line, each part HTML.
    pub parts: Vec<String>,
    /// Review day, for the check against the reader's clock.
    pub due: Option<String>,
}

/// A page in a list.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// Title.
    pub title: String,
    /// Relative address.
    pub url: String,
    /// State id.
    pub state: &'static str,
    /// Inline SVG; empty without a state.
    pub glyph: &'static str,
    /// State in a word.
    pub word: String,
    /// "41 days", for overdue pages.
    pub late: String,
    /// Review day, for the check against the reader's clock.
    pub due: Option<String>,
    /// "12 Oct 2026", review day or last change as the list needs it.
    pub date: String,
    /// Owner in words.
    pub owner: String,
    /// Address of the owner's page.
    pub owner_url: Option<String>,
    /// Title of its section.
    pub section: String,
    /// People follow it.
    pub procedure: bool,
}

/// A blueprint, as its page and lists point to it.
#[derive(Debug, Clone, Serialize)]
pub struct ProcessLink {
    /// Title.
    pub title: String,
    /// Relative address.
    pub url: String,
    /// "8 steps, 1 approval".
    pub what: String,
}

/// A page as its template sees it.
#[derive(Debug, Clone, Serialize)]
pub struct PageView {
    /// Anchor of the title, if the page had a heading for it.
    pub anchor: Option<String>,
    /// `procedure`, `mixed`, `reference` or `unsure`.
    pub kind: Kind,
    /// The page's blueprints, to be followed step by step.
    pub processes: Vec<ProcessLink>,
    /// Procedures that send their readers here.
    pub used_by: Vec<Item>,
    /// Tags.
    pub tags: Vec<Link>,
    /// Trust line.
    pub trust: TrustView,
    /// Previous page of the section.
    pub prev: Option<Link>,
    /// Next page of the section.
    pub next: Option<Link>,
    /// Where to edit it.
    pub edit_url: Option<String>,
    /// Its Markdown, beside it.
    pub markdown_url: String,
    /// "Last changed 3 Feb 2024 by …" as HTML.
    pub changed: Option<String>,
    /// Foreign keys of the front matter.
    pub extra: serde_json::Value,
}

/// Builds views.
#[derive(Debug, Clone, Copy)]
pub struct Views<'a> {
    /// The site.
    pub plan: &'a Plan<'a>,
    /// The theme's words.
    pub words: &'a Words,
}

impl Views<'_> {
    /// A role's title, else its id in words: `reliability-lead` is "reliability lead".
    pub fn role_name(&self, role: &str) -> String {
        self.plan.input.role_titles.get(role).cloned().unwrap_or_else(|| role.replace('-', " "))
    }

    fn role_html(&self, role: &str, output: &str) -> String {
        let name = escaped(&self.role_name(role));
        match self.plan.role_outputs.get(role) {
            Some(to) => format!("<a href=\"{}\">{name}</a>", escaped(&routes::relative(output, to))),
            None => format!("<bdi>{name}</bdi>"),
        }
    }

    /// The trust line of a page as it stands in `output`.
    pub fn trust(&self, trust: &Trust, output: &str) -> TrustView {
        let words = self.words;
        let mut parts = Vec::new();
        match (trust.reviewed, &trust.reviewed_by) {
            (Some(day), Some(by)) => {
                parts.push(words.fill("trust-reviewed-by", &[("date", &words.time(day)), ("who", &self.role_html(by, output))]));
            }
            (Some(day), None) => parts.push(words.fill("trust-reviewed", &[("date", &words.time(day))])),
            (None, _) => {}
        }
        if let (Some(suspect), Some(reviewed)) = (&trust.suspect, trust.reviewed) {
            let path = format!("<code>{}</code>", escaped(&suspect.path));
            let values = [("path", path.as_str()), ("date", &words.time(suspect.changed)), ("reviewed", &words.time(reviewed))];
            parts.push(words.fill("trust-suspect", &values));
        }
        if let Some(why) = &trust.reason {
            parts.push(words.fill("trust-reason", &[("why", &escaped(&capital(why)))]));
        }
        if let Some(due) = trust.due {
            let key = if trust.state == State::InDate { "trust-next" } else { "trust-due" };
            parts.push(words.fill(key, &[("date", &words.time(due))]));
        } else if trust.state != State::Plain {
            if let Edited::On(day) = trust.edited
                && trust.reviewed.is_none()
            {
                parts.push(words.fill("trust-last-edited", &[("date", &words.time(day))]));
            }
            parts.push(words.get("trust-no-date").to_owned());
        }
        if trust.state == State::Plain {
            parts.push(match &trust.edited {
                Edited::On(day) => words.fill("trust-edited", &[("date", &words.time(*day))]),
                Edited::Unknown(why) => words.fill("trust-edited-unknown", &[("why", &escaped(why))]),
            });
        }
        match &trust.owner {
            Some(owner) => parts.push(words.fill("trust-owner", &[("who", &self.role_html(owner, output))])),
            None => parts.push(words.get("trust-no-owner").to_owned()),
        }
        TrustView {
            state: trust.state.id(),
            glyph: glyph(trust.state.id()),
            label: self.state_line(trust),
            parts,
            due: trust.due.map(|d| d.to_string()),
        }
    }

    /// The state in words with its number of days.
    pub fn state_line(&self, trust: &Trust) -> String {
        let late = trust.days_late.unwrap_or(0);
        match trust.state {
            State::Plain => String::new(),
            State::Overdue => self.words.count("line-overdue", late),
            State::DueSoon if late == 0 => self.words.get("line-due-today").to_owned(),
            State::DueSoon => self.words.count("line-due-soon", -late),
            state => self.words.get(&format!("line-{}", state.id())).to_owned(),
        }
    }

    /// A page as an entry of a list standing in `output`.
    pub fn item(&self, id: PageId, output: &str) -> Item {
        let page = self.plan.input.corpus.page(id);
        let place = self.plan.place(id);
        let (state, late, due) = match place {
            Some(p) => (p.trust.state, p.trust.days_late.filter(|d| *d > 0), p.trust.due),
            None => (State::Plain, None, None),
        };
        let owner = self.plan.input.facts[id.index()].owner.as_deref();
        Item {
            title: page.title.clone(),
            url: place.map_or_else(String::new, |p| routes::relative(output, &p.output)),
            state: state.id(),
            glyph: glyph(state.id()),
            word: if state == State::Plain { String::new() } else { self.words.get(&format!("state-{}", state.id())).to_owned() },
            late: late.map_or_else(String::new, |d| self.words.count("days-late", d)),
            due: due.map(|d| d.to_string()),
            date: due.map_or_else(String::new, |d| self.words.time(d)),
            owner: owner.map_or_else(|| self.words.get("no-owner").to_owned(), |o| self.role_name(o)),
            owner_url: owner.and_then(|o| self.plan.role_outputs.get(o)).map(|o| routes::relative(output, o)),
            section: place.map_or_else(String::new, |p| self.plan.sections[p.section].title.clone()),
            procedure: self.plan.input.facts[id.index()].kind.followed(),
        }
    }

    /// A blueprint as a link standing in `output`.
    pub fn process(&self, n: usize, output: &str) -> ProcessLink {
        let blueprint = self.plan.input.processes[n].blueprint;
        let size = |list: usize| i64::try_from(list).unwrap_or(0);
        let gates = blueprint.steps.iter().filter(|s| s.approval.is_some()).count();
        let mut what = self.words.count("run-steps-count", size(blueprint.steps.len()));
        if gates > 0 {
            what = format!("{what}, {}", self.words.count("run-gates-count", size(gates)));
        }
        ProcessLink { title: blueprint.title.clone(), url: routes::relative(output, &self.plan.process_outputs[n]), what }
    }

    /// Frame of a content page.
    pub fn frame(&self, page: &Page, place: &Place) -> Frame {
        let mut frame = Frame::new(self.plan, &place.output, &page.title);
        frame.has_tree = true;
        frame.source = Some(page.path().to_owned());
        frame.description.clone_from(&page.body.lead);
        frame.crumbs = self.crumbs(place.section, place.position.is_none(), &place.output);
        frame
    }

    /// Home, then the sections down to `section` (without it, if it is the page itself).
    pub fn crumbs(&self, section: usize, is_index: bool, output: &str) -> Vec<Link> {
        if section == 0 && is_index {
            return Vec::new();
        }
        let mut chain = self.plan.chain(section);
        if is_index {
            chain.pop();
        }
        let home = &self.plan.sections[0].output;
        let mut out = vec![Link { title: self.words.get("home").to_owned(), url: routes::relative(output, home) }];
        out.extend(
            chain.iter().map(|s| Link {
                title: self.plan.sections[*s].title.clone(),
                url: routes::relative(output, &self.plan.sections[*s].output),
            }),
        );
        out
    }

    /// The page as its template sees it.
    pub fn page(&self, id: PageId, page: &Page, place: &Place, anchor: Option<String>) -> PageView {
        let facts = &self.plan.input.facts[id.index()];
        let (prev, next) = self.turn(place);
        PageView {
            anchor,
            kind: facts.kind,
            processes: self
                .plan
                .processes_of
                .get(&id)
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .map(|n| self.process(*n, &place.output))
                .collect(),
            used_by: self
                .plan
                .used_by
                .get(&id)
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .take(12)
                .map(|p| self.item(*p, &place.output))
                .collect(),
            tags: page
                .meta
                .tags
                .iter()
                .filter_map(|t| {
                    let output = self.plan.tag_outputs.get(&t.value)?;
                    Some(Link { title: t.value.clone(), url: routes::relative(&place.output, output) })
                })
                .collect(),
            trust: self.trust(&place.trust, &place.output),
            prev,
            next,
            edit_url: self.plan.input.settings.edit_url.as_ref().map(|pattern| {
                let mut path = String::new();
                routes::encode(page.path(), &mut path);
                pattern.replace("{path}", &path)
            }),
            markdown_url: routes::relative(&place.output, &markdown_output(&place.output)),
            changed: self.changed(&facts.edited, &facts.authors),
            extra: serde_json::Value::Object(page.meta.extra.clone()),
        }
    }

    fn changed(&self, edited: &Edited, authors: &[String]) -> Option<String> {
        let Edited::On(day) = edited else { return None };
        let time = self.words.time(*day);
        if authors.is_empty() {
            return Some(self.words.fill("last-changed", &[("date", &time)]));
        }
        let names = authors.iter().take(3).map(|a| format!("<bdi>{}</bdi>", escaped(a))).collect::<Vec<_>>().join(", ");
        let names = match authors.len().saturating_sub(3) {
            0 => names,
            more => self.words.fill("authors-more", &[("names", &names), ("n", &more.to_string())]),
        };
        Some(self.words.fill("last-changed-by", &[("date", &time), ("authors", &names)]))
    }

    /// Previous and next in the section; the section's own page comes before its first child.
    fn turn(&self, place: &Place) -> (Option<Link>, Option<Link>) {
        let section = &self.plan.sections[place.section];
        let link = |node: Node| {
            let (title, output) = self.plan.node(node);
            // The home page without a page of its own.
            let title = if title.is_empty() { self.words.get("home") } else { title };
            Link { title: title.to_owned(), url: routes::relative(&place.output, output) }
        };
        match place.position {
            None => (None, section.children.first().map(|n| link(*n))),
            Some(0) => (Some(link(Node::Section(place.section))), section.children.get(1).map(|n| link(*n))),
            Some(n) => (section.children.get(n - 1).map(|n| link(*n)), section.children.get(n + 1).map(|n| link(*n))),
        }
    }
}

/// The Markdown beside a page: `ops/a.html` has `ops/a.md`.
pub fn markdown_output(output: &str) -> String {
    format!("{}.md", output.strip_suffix(".html").unwrap_or(output))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}
