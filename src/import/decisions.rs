//! What people decide about macros: one row for each, written by plan and run, edited by people in a spreadsheet or an editor, read back by the next run.
//!
//! Owns the form of that table and what "not needed" does to a page. Knows nothing of where macros come from.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use super::document::{Block, Inline, ListItem, Tab, Table};
use super::losses::{Loss, Outcome};
use super::notice::{Notice, count};

/// What a team says about a macro.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// The pages need what it did: its markers stay until somebody has rebuilt it.
    Needed,
    /// The pages can do without: no marker is left for it.
    NotNeeded,
    /// Nobody has said.
    #[default]
    Undecided,
}

impl Decision {
    /// The word in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Needed => "needed",
            Self::NotNeeded => "not needed",
            Self::Undecided => "undecided",
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().replace(['-', '_'], " ").as_str() {
            "needed" => Some(Self::Needed),
            "not needed" => Some(Self::NotNeeded),
            "undecided" | "" => Some(Self::Undecided),
            _ => None,
        }
    }
}

/// How a macro is used in an export, and what becomes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MacroUse {
    /// Its name.
    pub name: String,
    /// How often it stands on pages.
    pub uses: u64,
    /// On how many pages.
    pub pages: u64,
    /// Uses by outcome: translated, kept as text, left as marker, dropped.
    pub outcomes: [u64; 4],
    /// Path of the first page with one.
    pub first: String,
}

impl MacroUse {
    /// Some of its uses lose something.
    pub fn loses(&self) -> bool {
        self.uses > self.outcomes[Outcome::Translated as usize]
    }

    /// Uses that leave nothing of it but a marker, or nothing at all.
    pub fn gone(&self) -> u64 {
        self.outcomes[Outcome::Marker as usize] + self.outcomes[Outcome::Dropped as usize]
    }

    /// What becomes of it, in words.
    pub fn fate(&self) -> String {
        let words = Outcome::ALL.iter().zip(self.outcomes).filter(|(_, n)| *n > 0);
        let several = self.outcomes.iter().filter(|n| **n > 0).count() > 1;
        words.map(|(o, n)| if several { format!("{} {}", count(n), o.word()) } else { o.word().to_owned() }).collect::<Vec<_>>().join(", ")
    }
}

/// Decisions by macro. See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions {
    rows: BTreeMap<String, Decision>,
}

const COLUMNS: [&str; 9] = ["macro", "decision", "uses", "pages", "translated", "kept as text", "left as marker", "dropped", "first page"];

impl Decisions {
    /// Reads the table at `path`; none is no decisions. A spreadsheet may have saved it with semicolons and a byte order mark.
    pub fn read(path: &Path) -> Result<Self, Vec<Notice>> {
        let shown = path.display();
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(vec![Notice::error(format!("{shown} cannot be read")).why(error.to_string())]),
        };
        let text = super::encoding::decode_html(&bytes).text;
        let text = text.trim_start_matches('\u{feff}');
        let head = text.lines().next().unwrap_or_default();
        let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|d| head.bytes().filter(|b| b == d).count()).unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
        let place = |name: &str, row: &csv::StringRecord| row.iter().position(|c| c.trim().eq_ignore_ascii_case(name));
        let columns = reader.headers().ok().and_then(|h| Some((place(COLUMNS[0], h)?, place(COLUMNS[1], h)?)));
        let Some((name, decision)) = columns else {
            return Err(vec![
                Notice::error(format!("{shown}:1: the columns `macro` and `decision` are missing"))
                    .why("they hold what was decided about each macro")
                    .next("put the first line back, or delete the file: the next plan writes it anew, with every decision open"),
            ]);
        };
        let mut out = Self::default();
        let mut faults = Vec::new();
        for row in reader.records() {
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    faults.push(Notice::error(format!("{shown}: it is no table: {error}")));
                    break;
                }
            };
            let line = row.position().map_or(0, csv::Position::line);
            let (name, said) = (row.get(name).unwrap_or_default().trim(), row.get(decision).unwrap_or_default());
            if name.is_empty() {
                continue;
            }
            match Decision::read(said) {
                Some(decision) => {
                    out.rows.insert(name.to_owned(), decision);
                }
                None => faults.push(
                    Notice::error(format!("{shown}:{line}: `{}` is no decision about the macro {name}", said.trim()))
                        .next("write needed, not needed or undecided"),
                ),
            }
        }
        if faults.is_empty() { Ok(out) } else { Err(faults) }
    }

    /// What was decided about a macro. What comes over whole needs no decision: it is needed unless somebody says otherwise.
    pub fn of(&self, found: &MacroUse) -> Decision {
        let open = if found.loses() { Decision::Undecided } else { Decision::Needed };
        self.rows.get(&found.name).copied().unwrap_or(open)
    }

    /// Macros that nobody needs.
    pub fn not_needed(&self) -> BTreeSet<&str> {
        self.rows.iter().filter(|(_, d)| **d == Decision::NotNeeded).map(|(name, _)| name.as_str()).collect()
    }

    /// How many rows wait for somebody to decide.
    pub fn open(&self) -> u64 {
        self.rows.values().filter(|d| **d == Decision::Undecided).count() as u64
    }

    /// The table: what is open first, then by use. Decisions about macros that the export no longer has are kept at its end.
    pub fn csv(&self, found: &[MacroUse]) -> io::Result<Vec<u8>> {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(COLUMNS)?;
        for (found, decision) in self.sorted(found) {
            let [translated, text, marker, dropped] = found.outcomes.map(|n| n.to_string());
            let (uses, pages) = (found.uses.to_string(), found.pages.to_string());
            out.write_record([&found.name, decision.word(), &uses, &pages, &translated, &text, &marker, &dropped, &found.first])?;
        }
        out.into_inner().map_err(|e| io::Error::other(e.to_string()))
    }

    /// The same for reading.
    pub fn markdown(&self, name: &str, found: &[MacroUse]) -> String {
        let mut out = format!(
            "# Macros of the import {name}\n\nDecide in `{name}.macros.csv`, column `decision`: `needed` keeps a marker on the page until somebody has rebuilt what the macro did, \
             `not needed` leaves none, `undecided` is yours to settle. The next plan or run reads it.\n\n"
        );
        if found.is_empty() {
            out.push_str("No page has a macro.\n");
            return out;
        }
        out.push_str("| macro | decision | uses | pages | what becomes of it | first page |\n| --- | --- | ---: | ---: | --- | --- |\n");
        for (found, decision) in self.sorted(found) {
            let cell = |text: &str| text.replace('|', "\\|");
            let row = [&cell(&found.name), decision.word(), &count(found.uses), &count(found.pages), &found.fate(), &cell(&found.first)]
                .join(" | ");
            out.push_str(&format!("| {row} |\n"));
        }
        out
    }

    fn sorted(&self, found: &[MacroUse]) -> Vec<(MacroUse, Decision)> {
        let known: BTreeSet<&str> = found.iter().map(|f| f.name.as_str()).collect();
        let gone = self.rows.keys().filter(|name| !known.contains(name.as_str()));
        let gone = gone.map(|name| MacroUse { name: name.clone(), ..MacroUse::default() });
        let mut out: Vec<(MacroUse, Decision)> = found
            .iter()
            .map(|f| (f.clone(), self.of(f)))
            .chain(gone.map(|g| (self.rows.get(&g.name).copied().unwrap_or_default(), g)).map(|(d, g)| (g, d)))
            .collect();
        out.sort_by(|(a, x), (b, y)| {
            (a.uses == 0, *x != Decision::Undecided, b.uses, &a.name).cmp(&(b.uses == 0, *y != Decision::Undecided, a.uses, &b.name))
        });
        out
    }
}

/// Takes markers of macros that nobody needs out of a page, and leaves what they held. Losses say so.
pub(super) fn without(not_needed: &BTreeSet<&str>, blocks: Vec<Block>, losses: &mut [Loss]) -> Vec<Block> {
    let unwanted = |loss: &Loss| loss.element.strip_prefix("macro ").is_some_and(|name| not_needed.contains(name));
    for loss in losses.iter_mut().filter(|l| l.outcome == Outcome::Marker && unwanted(l)) {
        loss.outcome = Outcome::Dropped;
        loss.detail = if loss.detail.is_empty() { "not needed".to_owned() } else { format!("not needed: {}", loss.detail) };
    }
    if not_needed.is_empty() { blocks } else { pass(not_needed, blocks) }
}

fn pass(not_needed: &BTreeSet<&str>, blocks: Vec<Block>) -> Vec<Block> {
    let mut out = Vec::with_capacity(blocks.len());
    for block in blocks {
        match block {
            Block::Marker(marker) if not_needed.contains(marker.name.as_str()) => out.extend(pass(not_needed, marker.blocks)),
            Block::Marker(mut marker) => {
                marker.blocks = pass(not_needed, marker.blocks);
                out.push(Block::Marker(marker));
            }
            Block::Paragraph(content) => {
                let had = content.len();
                let content = inlines(not_needed, content);
                // A paragraph that held nothing else goes with it.
                if had == 0 || !content.iter().all(|i| matches!(i, Inline::Text(t) if t.trim().is_empty()) || matches!(i, Inline::Break)) {
                    out.push(Block::Paragraph(content));
                }
            }
            Block::Heading { level, content } => out.push(Block::Heading { level, content: inlines(not_needed, content) }),
            Block::List { start, items } => {
                let items = items.into_iter().map(|i| ListItem { blocks: pass(not_needed, i.blocks), ..i }).collect();
                out.push(Block::List { start, items });
            }
            Block::Quote(inner) => out.push(Block::Quote(pass(not_needed, inner))),
            Block::Callout { kind, title, blocks } => out.push(Block::Callout { kind, title, blocks: pass(not_needed, blocks) }),
            Block::Expand { title, blocks } => out.push(Block::Expand { title, blocks: pass(not_needed, blocks) }),
            Block::Excerpt { name, blocks, hidden } => out.push(Block::Excerpt { name, blocks: pass(not_needed, blocks), hidden }),
            Block::Tabs(tabs) => {
                out.push(Block::Tabs(tabs.into_iter().map(|t| Tab { blocks: pass(not_needed, t.blocks), ..t }).collect()));
            }
            Block::Table(table) => out.push(Block::Table(cells(not_needed, table))),
            Block::Properties(table) => out.push(Block::Properties(cells(not_needed, table))),
            other @ (Block::Code { .. } | Block::Rule | Block::Children { .. } | Block::Include { .. } | Block::Files { .. }) => {
                out.push(other);
            }
        }
    }
    out
}

fn cells(not_needed: &BTreeSet<&str>, mut table: Table) -> Table {
    for cell in table.rows.iter_mut().flatten() {
        cell.blocks = pass(not_needed, std::mem::take(&mut cell.blocks));
    }
    table
}

fn inlines(not_needed: &BTreeSet<&str>, content: Vec<Inline>) -> Vec<Inline> {
    let again = |inner| inlines(not_needed, inner);
    let kept = content.into_iter().filter(|i| !matches!(i, Inline::Marker(m) if not_needed.contains(m.name.as_str())));
    kept.map(|inline| match inline {
        Inline::Strong(inner) => Inline::Strong(again(inner)),
        Inline::Emphasis(inner) => Inline::Emphasis(again(inner)),
        Inline::Strike(inner) => Inline::Strike(again(inner)),
        Inline::Link { target, content } => Inline::Link { target, content: again(content) },
        Inline::Excerpt { name, content } => Inline::Excerpt { name, content: again(content) },
        other => other,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::document::Marker;

    fn used(name: &str, outcomes: [u64; 4]) -> MacroUse {
        MacroUse { name: name.into(), uses: outcomes.iter().sum(), pages: 1, outcomes, first: "content/ops/a.md".into() }
    }

    #[test]
    fn decisions_come_back_from_a_spreadsheet_and_faults_have_their_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("w.macros.csv");
        let found = [used("info", [9, 0, 0, 0]), used("chart", [0, 0, 3, 0]), used("jira", [0, 5, 0, 1])];
        assert_eq!(Decisions::read(&path).unwrap(), Decisions::default());
        let first = String::from_utf8(Decisions::default().csv(&found).unwrap()).unwrap();
        let lines: Vec<&str> = first.lines().skip(1).collect();
        assert_eq!(lines[0], "jira,undecided,6,1,0,5,0,1,content/ops/a.md");
        assert!(lines[1].starts_with("chart,undecided") && lines[2].starts_with("info,needed"), "{lines:?}");
        // As a German Excel saves it.
        std::fs::write(&path, format!("\u{feff}{}", first.replace(',', ";").replace("chart;undecided", "chart;Not Needed"))).unwrap();
        let read = Decisions::read(&path).unwrap();
        assert_eq!((read.of(&found[1]), read.of(&found[2])), (Decision::NotNeeded, Decision::Undecided));
        assert_eq!(read.not_needed(), ["chart"].into());
        // What the export no longer has keeps its decision.
        let less = String::from_utf8(read.csv(&found[..1]).unwrap()).unwrap();
        assert!(less.contains("chart,not needed,0,0,"), "{less}");
        std::fs::write(&path, "macro,decision\nchart,maybe\n").unwrap();
        let said = Decisions::read(&path).unwrap_err();
        assert!(said[0].what.contains(":2: `maybe` is no decision about the macro chart"), "{said:?}");
        std::fs::write(&path, "a,b\n").unwrap();
        assert!(Decisions::read(&path).unwrap_err()[0].what.contains("are missing"));
    }

    #[test]
    fn a_macro_nobody_needs_leaves_its_content_and_no_marker() {
        let text = |t: &str| Block::Paragraph(vec![Inline::Text(t.into())]);
        let marker = |name: &str, blocks| Marker { name: name.into(), parameters: Vec::new(), blocks };
        let blocks = vec![
            Block::Marker(marker("chart", vec![text("inside")])),
            Block::Marker(marker("poll", Vec::new())),
            Block::Paragraph(vec![Inline::Marker(marker("chart", Vec::new()))]),
        ];
        let loss =
            |name: &str| Loss { element: format!("macro {name}"), place: String::new(), detail: String::new(), outcome: Outcome::Marker };
        let mut losses = vec![loss("chart"), loss("poll")];
        let left = without(&["chart"].into(), blocks, &mut losses);
        assert_eq!(left, [text("inside"), Block::Marker(marker("poll", Vec::new()))]);
        assert_eq!((losses[0].outcome, losses[0].detail.as_str()), (Outcome::Dropped, "not needed"));
        assert_eq!(losses[1].outcome, Outcome::Marker);
    }
}
