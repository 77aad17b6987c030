//! The loss report: every loss as a line of CSV, and a table per element for people.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::import::losses::{Loss, Outcome};
use crate::import::notice::count;
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
            slot.1.insert(path.to_owned());
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

    /// For people.
    pub(super) fn markdown(&self, name: &str) -> String {
        let mut out = format!("# Losses of the import {name}\n\n");
        if self.table.is_empty() {
            out.push_str("Nothing was lost.\n");
            return out;
        }
        out.push_str(&format!("Line by line in `{name}.losses.csv`: page, place, what it was and what became of it.\n\n"));
        out.push_str("| element | outcome | count | pages |\n| --- | --- | ---: | ---: |\n");
        for row in self.rows() {
            let element = row.element.replace('|', "\\|");
            out.push_str(&format!("| {element} | {} | {} | {} |\n", row.outcome.word(), count(row.count), count(row.pages)));
        }
        out
    }
}
