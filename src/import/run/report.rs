//! The loss report: every loss as a line of CSV, and a table per element for people.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::import::elements::shorten;
use crate::import::losses::{Loss, Outcome};
use crate::import::notice::{count, plural};
use crate::import::package::{Beside, ImportPage};
use crate::import::secrets;

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

#[derive(Debug)]
struct Row {
    path: String,
    title: String,
    id: String,
    file: String,
    loss: Loss,
}

/// Everything lost so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    rows: Vec<Row>,
    table: BTreeMap<(String, Outcome), (u64, BTreeSet<String>)>,
}

impl Report {
    /// Adds the losses of a page.
    pub(super) fn add(&mut self, page: &ImportPage, path: &str, losses: Vec<Loss>) {
        let id = page.id.clone().unwrap_or_default();
        for loss in losses {
            let slot = self.table.entry((loss.element.clone(), loss.outcome)).or_default();
            slot.0 += 1;
            if !path.is_empty() {
                slot.1.insert(path.to_owned());
            }
            if loss.outcome != Outcome::Translated {
                self.rows.push(Row {
                    path: path.to_owned(),
                    title: page.title.clone(),
                    id: id.clone(),
                    file: page.file.clone().unwrap_or_default(),
                    loss,
                });
            }
        }
    }

    /// Adds what an export says outside its pages.
    pub(super) fn add_beside(&mut self, beside: &Beside) {
        let Beside { file, title, loss } = beside;
        self.table.entry((loss.element.clone(), loss.outcome)).or_default().0 += 1;
        let row = Row { path: String::new(), title: title.clone(), id: String::new(), file: file.clone(), loss: loss.clone() };
        self.rows.push(row);
    }

    /// Losses, translations apart.
    pub(super) fn lost(&self) -> u64 {
        self.rows.len() as u64
    }

    /// The table, commonest first.
    pub(super) fn rows(&self) -> Vec<MacroRow> {
        let mut out: Vec<MacroRow> = self
            .table
            .iter()
            .map(|((element, outcome), (n, pages))| MacroRow {
                element: element.clone(),
                outcome: *outcome,
                count: *n,
                pages: pages.len() as u64,
            })
            .collect();
        out.sort_by(|a, b| (b.count, &a.element, a.outcome).cmp(&(a.count, &b.element, b.outcome)));
        out
    }

    /// One line per loss.
    pub(super) fn csv(&self) -> io::Result<Vec<u8>> {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(["page", "title", "id", "file", "place", "element", "detail", "outcome"])?;
        for row in &self.rows {
            let detail = secrets::without_mail(&row.loss.detail);
            let loss = &row.loss;
            out.write_record([&row.path, &row.title, &row.id, &row.file, &loss.place, &loss.element, &detail, loss.outcome.word()])?;
        }
        out.into_inner().map_err(|e| io::Error::other(e.to_string()))
    }

    /// For people: what to look at first, then what needs nothing.
    pub(super) fn markdown(&self, name: &str) -> String {
        let mut out = format!("# Losses of the import {name}\n\n");
        if self.table.is_empty() {
            out.push_str("Nothing was lost.\n");
            return out;
        }
        let pages: BTreeSet<&str> = self.rows.iter().map(|r| r.path.as_str()).filter(|p| !p.is_empty()).collect();
        let losses = format!("{} {}", count(self.lost()), if self.lost() == 1 { "loss" } else { "losses" });
        let on = plural(pages.len() as u64, "page");
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
            let first = self.rows.iter().find(|r| r.loss.element == row.element && r.loss.outcome == row.outcome);
            let first = first.map(Row::place_and_words).unwrap_or_default();
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
        let mut by_page: BTreeMap<&str, u64> = BTreeMap::new();
        for row in self.rows.iter().filter(|r| Kind::of(&r.loss.element, r.loss.outcome) == Kind::LookAt) {
            if !row.path.is_empty() && !matches!(row.loss.element.as_str(), "attachment" | "comment") {
                *by_page.entry(&row.path).or_default() += 1;
            }
        }
        let mut worst: Vec<(&str, u64)> = by_page.into_iter().collect();
        worst.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        if worst.is_empty() {
            return;
        }
        let these = if worst.len() > WORST {
            format!(" most of it is on these of {}", plural(worst.len() as u64, "page"))
        } else {
            " it is on".to_owned()
        };
        out.push_str(&format!("\nApart from files and comments,{these}:\n\n"));
        for (path, losses) in worst.into_iter().take(WORST) {
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

impl Row {
    /// Where it was and what it was, for a table.
    fn place_and_words(&self) -> String {
        let path = [&self.path, &self.file, &self.title].into_iter().find(|t| !t.is_empty()).unwrap_or(&self.path);
        let place = self.loss.place.trim_end_matches(':');
        let place = if place.is_empty() { String::new() } else { format!(", {}", shorten(place, 40)) };
        let words = if self.loss.detail.is_empty() {
            String::new()
        } else {
            format!(": {}", shorten(&secrets::without_mail(&self.loss.detail), 80))
        };
        format!("`{path}`{}", in_cell(&format!("{place}{words}")))
    }
}

fn in_cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;")
}
