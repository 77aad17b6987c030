//! Tables whose rows are steps.

use super::{From, Group, append};
use crate::blueprint::draft::attributes::Attribute;
use crate::blueprint::draft::entry::{Around, Entry, Reader};
use crate::blueprint::draft::flow::{self, Flow};
use crate::blueprint::draft::steps::{Shape, Step};
use crate::blueprint::draft::words::Phrases;
use crate::page::{Inlines, Table};

impl<'p> Reader<'p> {
    pub(super) fn table(&self, table: &'p Table, around: &Around) -> Option<Group> {
        let w = self.words;
        let heads: Vec<Flow> = table.head.cells.iter().map(Flow::of).collect();
        let column = |phrases: &Phrases| {
            heads.iter().position(|h| {
                let tokens: Vec<_> = h.tokens(&(0..h.text.len())).into_iter().filter(flow::Token::is_word).collect();
                phrases.is(&tokens) || phrases.at(&tokens, 0).is_some() && tokens.len() <= 4
            })
        };
        let numeric = |c: usize| table.rows.iter().all(|r| r.cells.get(c).is_some_and(|x| digits(&x.text())));
        let step_column = (0..heads.len()).find(|c| {
            let tokens: Vec<_> = heads[*c].tokens(&(0..heads[*c].text.len())).into_iter().filter(flow::Token::is_word).collect();
            (w.columns.step.is(&tokens) || w.columns.step.at(&tokens, 0).is_some() && tokens.len() <= 5) && !numeric(*c)
        })?;
        let flows: Vec<Flow> = table.rows.iter().map(|r| r.cells.get(step_column).map_or_else(Flow::default, Flow::of)).collect();
        let acts = |f: &Flow| {
            let said = self.read(f, &(0..f.text.len()));
            said.first().is_some_and(|s| s.clause.acts() && f.text.split_whitespace().count() > 1)
        };
        let acting = flows.iter().filter(|f| acts(f)).count();
        let owner = column(&w.columns.owner).filter(|c| *c != step_column);
        let due = column(&w.columns.due).filter(|c| *c != step_column);
        let sign = column(&w.columns.approval).filter(|c| *c != step_column);
        let notes = column(&w.columns.notes).filter(|c| *c != step_column);
        let when = column(&w.columns.condition).filter(|c| *c != step_column);
        let number = (0..heads.len()).any(|c| c != step_column && !table.rows.is_empty() && numeric(c));
        // The more columns say that rows are things to do, the fewer rows must say it themselves ("Lunch with the buddy").
        let typed = [owner, due, sign].iter().flatten().count() + usize::from(number);
        let tenths = match typed {
            0 => 7,
            1 => 5,
            _ => 3,
        };
        let enough = acting * 10 >= flows.len() * tenths && acting > 0;
        if !enough || table.rows.len() < 2 || self.table_of_links(&flows) || record_of_a_run(table, &[due, sign]) {
            return None;
        }
        let mut group = Group { heading: around.heading.clone(), from: From::Table, any_order: !number, ..Group::default() };
        for (row, flow) in table.rows.iter().zip(flows) {
            let part = 0..flow.text.len();
            if flow.text.trim().is_empty() {
                continue;
            }
            let entry = Entry { shape: Shape::Row, span: row.span, lead: flow, part, rest: Vec::new(), task: None };
            let mut step = self.step(&entry, around);
            self.cells(&mut step, &row.cells, [owner, due, sign, notes, when]);
            group.steps.push(step);
        }
        Some(group)
    }

    fn cells(&self, step: &mut Step, cells: &[Inlines], [owner, due, sign, notes, when]: [Option<usize>; 5]) {
        let columns = [(owner, Attribute::Owner), (due, Attribute::Due), (sign, Attribute::Approval), (when, Attribute::Condition)];
        for (column, what) in columns {
            if let Some(cell) = column.and_then(|c| cells.get(c)) {
                let flow = Flow::of(cell);
                let read = self.attribute(step, what, &flow, &(0..flow.text.len()), "column");
                if !read && matches!(what, Attribute::Due) && flow.text.contains(char::is_alphanumeric) {
                    step.mark("due-vague", "due", true, flow.text.trim());
                }
            }
        }
        if let Some(c) = notes.and_then(|c| cells.get(c)) {
            append(&mut step.text, self.page.source.slice(c.span).trim());
        }
    }

    fn table_of_links(&self, flows: &[Flow]) -> bool {
        let inner = flows
            .iter()
            .filter(|f| {
                f.links.iter().any(|(r, i)| {
                    r.len() + 3 >= f.text.trim().len() && self.page.body.links.get(*i).is_some_and(|l| l.dest.starts_with('#'))
                })
            })
            .count();
        inner * 2 > flows.len()
    }
}

fn digits(text: &str) -> bool {
    let text = text.trim().trim_end_matches(['.', ')']);
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// A table filled in with dates: the record of one run.
fn record_of_a_run(table: &Table, columns: &[Option<usize>]) -> bool {
    let filled = table.rows.iter().filter(|r| {
        columns.iter().flatten().any(|c| {
            let text = r.cells.get(*c).map(Inlines::text).unwrap_or_default();
            let digits = text.chars().filter(char::is_ascii_digit).count();
            digits >= 5 && (text.contains('/') || text.contains('-') || text.contains("20"))
        })
    });
    filled.count() * 2 > table.rows.len()
}
