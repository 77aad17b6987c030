//! The navigation tree: rendered once per section (and per 40 of its children) to bytes, spliced into each page.
//!
//! A tree holds the way down to the section, its neighbours and its children, never the whole site.

use super::html::escape;
use super::plan::{Node, Plan};
use super::routes::relative;

/// Children of a section shown at once.
const CHUNK: usize = 40;
/// Sections of the top level shown beside the current one.
const TOP: usize = 16;

/// A rendered tree: its bytes, and where `aria-current` goes for each output file in it.
#[derive(Debug, Default)]
pub struct Tree {
    html: String,
    marks: Vec<(String, usize)>,
}

impl Tree {
    /// The tree with the link to `output` marked as the current page.
    pub fn with_current(&self, output: &str) -> String {
        let Some((_, at)) = self.marks.iter().find(|(o, _)| o == output) else { return self.html.clone() };
        let mut out = String::with_capacity(self.html.len() + 24);
        out.push_str(&self.html[..*at]);
        out.push_str(" aria-current=\"page\"");
        out.push_str(&self.html[*at..]);
        out
    }

    fn link(&mut self, from: &str, title: &str, output: &str) {
        self.html.push_str("<a href=\"");
        escape(&relative(from, output), &mut self.html);
        self.html.push('"');
        self.marks.push((output.to_owned(), self.html.len()));
        self.html.push('>');
        escape(title, &mut self.html);
        self.html.push_str("</a>");
    }
}

/// All trees of a site: for each section, one per chunk of its children.
#[derive(Debug)]
pub struct Trees {
    by_section: Vec<Vec<Tree>>,
    top: Vec<Tree>,
}

impl Trees {
    /// Renders them.
    pub fn new(plan: &Plan<'_>, words: &Labels) -> Self {
        use rayon::prelude::*;
        let by_section = (0..plan.sections.len())
            .into_par_iter()
            .map(|s| {
                let chunks = plan.sections[s].children.len().div_ceil(CHUNK).max(1);
                (0..chunks).map(|c| render(plan, s, c, words)).collect()
            })
            .collect();
        let top = ["x.html", "x/x.html"].iter().map(|from| render_from(plan, 0, 0, from, words)).collect();
        Self { by_section, top }
    }

    /// Only the trees a page of one section can need: its own and that of the section around it.
    pub fn only(plan: &Plan<'_>, words: &Labels, section: usize) -> Self {
        let parent = plan.sections[section].parent;
        let by_section = (0..plan.sections.len())
            .map(|s| {
                let chunks = plan.sections[s].children.len().div_ceil(CHUNK).max(1);
                if s == section || Some(s) == parent { (0..chunks).map(|c| render(plan, s, c, words)).collect() } else { Vec::new() }
            })
            .collect();
        Self { by_section, top: Vec::new() }
    }

    /// The tree of the top level, for pages that stepwright adds (none of them lies deeper than one folder).
    pub fn top(&self, output: &str) -> &Tree {
        &self.top[output.matches('/').count().min(1)]
    }

    /// The tree for a page of `section` at `position` among its children.
    pub fn of(&self, section: usize, position: Option<usize>) -> &Tree {
        let chunks = &self.by_section[section];
        &chunks[(position.unwrap_or(0) / CHUNK).min(chunks.len() - 1)]
    }
}

/// Words the tree needs.
#[derive(Debug, Clone)]
pub struct Labels {
    /// "All pages".
    pub all: String,
    /// "… and {n} more"
    pub more: String,
}

fn render(plan: &Plan<'_>, section: usize, chunk: usize, labels: &Labels) -> Tree {
    // Pages of a section all lie in its folder, so one relative form fits them all.
    render_from(plan, section, chunk, &base(plan, section), labels)
}

fn render_from(plan: &Plan<'_>, section: usize, chunk: usize, from: &str, labels: &Labels) -> Tree {
    let mut tree = Tree::default();
    let chain = plan.chain(section);
    tree.html.push_str("<ul>");
    let top = &plan.sections[0].children;
    let current_top = chain.first().copied();
    if section == 0 {
        children(plan, 0, chunk, from, labels, &mut tree);
    } else {
        let at = top.iter().position(|n| Some(*n) == current_top.map(Node::Section)).unwrap_or(0);
        let (start, end) = window(at, top.len(), TOP);
        for node in &top[start..end] {
            let (title, output) = plan.node(*node);
            tree.html.push_str("<li>");
            tree.link(from, title, output);
            if Some(*node) == current_top.map(Node::Section) {
                down(plan, &chain[1..], section, chunk, from, labels, &mut tree);
            }
            tree.html.push_str("</li>");
        }
    }
    tree.html.push_str("<li class=\"sw-all\">");
    tree.link(from, &labels.all, &plan.fixed.all);
    tree.html.push_str("</li></ul>");
    tree
}

/// The rest of the way down, then the children of the section itself.
fn down(plan: &Plan<'_>, chain: &[usize], section: usize, chunk: usize, from: &str, labels: &Labels, tree: &mut Tree) {
    tree.html.push_str("<ul>");
    match chain.split_first() {
        Some((next, rest)) => {
            tree.html.push_str("<li>");
            tree.link(from, &plan.sections[*next].title, &plan.sections[*next].output);
            down(plan, rest, section, chunk, from, labels, tree);
            tree.html.push_str("</li>");
        }
        None => children(plan, section, chunk, from, labels, tree),
    }
    tree.html.push_str("</ul>");
}

fn children(plan: &Plan<'_>, section: usize, chunk: usize, from: &str, labels: &Labels, tree: &mut Tree) {
    let all = &plan.sections[section].children;
    let start = chunk * CHUNK;
    let end = (start + CHUNK).min(all.len());
    for node in &all[start..end] {
        let (title, output) = plan.node(*node);
        tree.html.push_str(if matches!(node, Node::Section(_)) { "<li class=\"sw-folder\">" } else { "<li>" });
        tree.link(from, title, output);
        tree.html.push_str("</li>");
    }
    if all.len() > CHUNK {
        tree.html.push_str("<li class=\"sw-more\">");
        let more = labels.more.replace("{n}", &(all.len() - (end - start)).to_string());
        let output = &plan.sections[section].output;
        tree.html.push_str("<a href=\"");
        escape(&relative(from, output), &mut tree.html);
        tree.html.push_str("\">");
        escape(&more, &mut tree.html);
        tree.html.push_str("</a></li>");
    }
}

/// A file name in the folder of the section's pages.
fn base(plan: &Plan<'_>, section: usize) -> String {
    let path = &plan.sections[section].path;
    if path.is_empty() { "index.html".to_owned() } else { format!("{path}/index.html") }
}

/// `size` positions of `len` around `at`.
fn window(at: usize, len: usize, size: usize) -> (usize, usize) {
    let start = at.saturating_sub(size / 2).min(len.saturating_sub(size));
    (start, (start + size).min(len))
}
