//! The loss report: every loss as a line of CSV, and a table per element for people.

use std::collections::BTreeMap;
use std::io;

use crate::import::decisions::MacroUse;
use crate::import::elements::shorten;
use crate::import::losses::{Loss, Outcome};
use crate::import::notice::{count, plural};
use crate::import::package::{Beside, ImportPage};
use crate::import::store::Store;
use crate::text::secrets;

/// One row of the table: an element and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroRow {
    /// `macro info`, `comment` …
    pub element: String,
    /// What became of it.
    pub outcome: Outcome,
    /// How often.
    pub count: u64,
    /// On how many pages.
    pub pages: u64,
}

/// Bytes of the report kept in memory.
const IN_MEMORY: usize = 8 << 20;

/// How often, on how many pages, and the last of them.
#[derive(Debug, Default, Clone, Copy)]
struct Slot {
    count: u64,
    pages: u64,
    last: Option<usize>,
}

impl Slot {
    fn add(&mut self, at: Option<usize>) {
        self.count += 1;
        if at.is_some() && self.last != at {
            self.pages += 1;
            self.last = at;
        }
    }
}

/// An element: all in all, by outcome, the path of the first page with one, and the first of each outcome in words.
#[derive(Debug, Default)]
struct Element {
    all: Slot,
    by: [Slot; 4],
    first: String,
    words: [String; 4],
}

/// The pages with most to look at, of all that have something.
#[derive(Debug, Default, Clone)]
struct Worst {
    pages: u64,
    top: Vec<(String, u64)>,
    current: Option<(String, u64)>,
}

impl Worst {
    /// One more on the page at `path`. All of a page come one after the other.
    fn add(&mut self, path: &str) {
        match &mut self.current {
            Some((page, losses)) if page == path => *losses += 1,
            _ => {
                self.settle();
                self.current = Some((path.to_owned(), 1));
            }
        }
    }

    fn settle(&mut self) {
        if let Some(page) = self.current.take() {
            self.pages += 1;
            self.top.push(page);
            self.top.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            self.top.truncate(WORST);
        }
    }
}

/// Everything lost so far. Lines go to a store at once: a wiki can lose more than fits into memory.
pub(super) struct Report {
    lines: Store,
    lost: Slot,
    worst: Worst,
    table: BTreeMap<String, Element>,
}

impl Report {
    /// An empty report that keeps what it cannot hold where `store` does.
    pub(super) fn new(store: &Store) -> Self {
        Self { lines: store.another(IN_MEMORY), lost: Slot::default(), worst: Worst::default(), table: BTreeMap::new() }
    }

    /// Adds the losses of page `at`, which lies at `path`. All of a page come one after the other.
    pub(super) fn add(&mut self, at: usize, page: &ImportPage, path: &str, losses: &[Loss]) -> io::Result<()> {
        let page = (path, page.title.as_str(), page.id.as_deref().unwrap_or_default(), page.file.as_deref().unwrap_or_default());
        losses.iter().try_for_each(|loss| self.line(Some(at), page, loss))
    }

    /// Adds what an export says outside its pages.
    pub(super) fn add_beside(&mut self, beside: &Beside) -> io::Result<()> {
        self.line(None, ("", &beside.title, "", &beside.file), &beside.loss)
    }

    fn line(&mut self, at: Option<usize>, (path, title, id, file): (&str, &str, &str, &str), loss: &Loss) -> io::Result<()> {
        if !self.table.contains_key(&loss.element) {
            self.table.insert(loss.element.clone(), Element { first: path.to_owned(), ..Element::default() });
        }
        let at = at.filter(|_| !path.is_empty());
        if let Some(element) = self.table.get_mut(&loss.element) {
            element.all.add(at);
            element.by[loss.outcome as usize].add(at);
            let words = &mut element.words[loss.outcome as usize];
            if words.is_empty() && loss.outcome != Outcome::Translated {
                *words = place_and_words([path, file, title], loss);
            }
        }
        if loss.outcome == Outcome::Translated {
            return Ok(());
        }
        self.lost.add(at);
        let file_or_comment = matches!(loss.element.as_str(), "attachment" | "comment");
        if Kind::of(&loss.element, loss.outcome) == Kind::LookAt && at.is_some() && !file_or_comment {
            self.worst.add(path);
        }
        let detail = secrets::without_mail(&secrets::masked(&loss.detail));
        let mut line = csv::Writer::from_writer(Vec::new());
        line.write_record([path, title, id, file, &loss.place, &loss.element, &detail, loss.outcome.word()])?;
        let line = line.into_inner().map_err(|e| io::Error::other(e.to_string()))?;
        self.lines.put(&line).map(|_| ())
    }

    /// Losses, translations apart.
    pub(super) fn lost(&self) -> u64 {
        self.lost.count
    }

    /// The table, commonest first.
    pub(super) fn rows(&self) -> Vec<MacroRow> {
        let mut out: Vec<MacroRow> = Vec::new();
        for (element, found) in &self.table {
            let rows = Outcome::ALL.iter().zip(found.by).filter(|(_, slot)| slot.count > 0);
            out.extend(rows.map(|(o, s)| MacroRow { element: element.clone(), outcome: *o, count: s.count, pages: s.pages }));
        }
        out.sort_by(|a, b| (b.count, &a.element, a.outcome).cmp(&(a.count, &b.element, b.outcome)));
        out
    }

    /// How macros are used, by name.
    pub(super) fn macros(&self) -> Vec<MacroUse> {
        let named = self.table.iter().filter_map(|(element, found)| Some((element.strip_prefix("macro ")?, found)));
        named
            .map(|(name, found)| MacroUse {
                name: name.to_owned(),
                uses: found.all.count,
                pages: found.all.pages,
                outcomes: found.by.map(|s| s.count),
                first: found.first.clone(),
            })
            .collect()
    }

    /// One line per loss.
    pub(super) fn csv(&self, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(b"page,title,id,file,place,element,detail,outcome\n")?;
        self.lines.write_to(out)
    }

    /// For people: what to look at first, then what needs nothing.
    pub(super) fn markdown(&self, name: &str) -> String {
        let mut out = format!("# Losses of the import {name}\n\n");
        if self.table.is_empty() {
            out.push_str("Nothing was lost.\n");
            return out;
        }
        let losses = format!("{} {}", count(self.lost()), if self.lost() == 1 { "loss" } else { "losses" });
        let on = plural(self.lost.pages, "page");
        out.push_str(&format!(
            "{losses} on {on}. Each is a line of `{name}.losses.csv`: page, place, what it was, and what became of it.\n"
        ));
        let rows = self.rows();
        let of = |kind: Kind| rows.iter().filter(|r| Kind::of(&r.element, r.outcome) == kind).collect::<Vec<_>>();
        self.section(Kind::LookAt, &of(Kind::LookAt), &mut out);
        self.worst(&mut out);
        self.section(Kind::AsText, &of(Kind::AsText), &mut out);
        for kind in [Kind::OfTheWiki, Kind::Whole] {
            let listed: Vec<String> = of(kind).iter().map(|r| format!("{} ({})", r.element, count(r.count))).collect();
            let (title, why) = kind.says();
            if !listed.is_empty() {
                out.push_str(&format!("\n## {title}\n\n{why}\n\n{}.\n", listed.join(", ")));
            }
        }
        out
    }

    fn section(&self, kind: Kind, rows: &[&MacroRow], out: &mut String) {
        if rows.is_empty() {
            return;
        }
        let (title, why) = kind.says();
        out.push_str(&format!(
            "\n## {title}\n\n{why}\n\n| element | outcome | count | pages | first |\n| --- | --- | ---: | ---: | --- |\n"
        ));
        for row in rows {
            let first = self.table.get(&row.element).map_or("", |e| e.words[row.outcome as usize].as_str());
            out.push_str(&format!(
                "| {} | {} | {} | {} | {first} |\n",
                in_cell(&row.element),
                row.outcome.word(),
                count(row.count),
                count(row.pages)
            ));
        }
    }

    /// The pages with most to look at. Missing files and comments are counted by the table; no page is mended for them.
    fn worst(&self, out: &mut String) {
        let mut worst = self.worst.clone();
        worst.settle();
        if worst.top.is_empty() {
            return;
        }
        let these = if worst.pages > WORST as u64 {
            format!(" most of it is on these of {}", plural(worst.pages, "page"))
        } else {
            " it is on".to_owned()
        };
        out.push_str(&format!("\nApart from files and comments,{these}:\n\n"));
        for (path, losses) in worst.top {
            out.push_str(&format!("- `{path}`: {}\n", count(losses)));
        }
    }
}

/// Pages named in the report for people.
const WORST: usize = 10;

/// What a migration lead has to do about a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    LookAt,
    AsText,
    OfTheWiki,
    Whole,
}

impl Kind {
    fn of(element: &str, outcome: Outcome) -> Self {
        match outcome {
            Outcome::Translated => Self::Whole,
            Outcome::KeptAsText => Self::AsText,
            Outcome::Dropped if element.starts_with("macro ") => Self::OfTheWiki,
            Outcome::Marker | Outcome::Dropped => Self::LookAt,
        }
    }

    /// Heading and explanation of its table.
    fn says(self) -> (&'static str, &'static str) {
        match self {
            Self::LookAt => ("To look at", "Gone from the pages, or a marker in its place that `stepwright lint` finds."),
            Self::AsText => ("Kept as text", "All words are there; the form, the link or what the wiki did with them is not."),
            Self::OfTheWiki => ("Left out on purpose", "The website makes its own, or only the wiki could show it."),
            Self::Whole => ("Carried over whole", "Nothing is missing."),
        }
    }
}

/// Where it was and what it was, for a table: the page's path, else its file, else its title.
fn place_and_words(names: [&str; 3], loss: &Loss) -> String {
    let path = names.into_iter().find(|t| !t.is_empty()).unwrap_or_default();
    let place = loss.place.trim_end_matches(':');
    let place = if place.is_empty() { String::new() } else { format!(", {}", shorten(place, 40)) };
    let detail = secrets::without_mail(&secrets::masked(&loss.detail));
    let words = if detail.is_empty() { String::new() } else { format!(": {}", shorten(&detail, 80)) };
    format!("`{path}`{}", in_cell(&format!("{place}{words}")))
}

fn in_cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;")
}
