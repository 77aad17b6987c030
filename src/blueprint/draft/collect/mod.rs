//! Finds the procedures of a page: which lists, headings, tables and sentences are steps, and which of them belong together.
//!
//! Works on the section tree. Decides *whether* something is a step; what a step holds is decided in `entry`. This file walks the sections
//! and their blocks; `lists`, `tables`, `headings` and `prose` each know one way in which pages tell steps.

mod headings;
mod lists;
mod prose;
mod tables;

use super::approval;
use super::clause::Mood;
use super::entry::{Around, Entry, Reader, clean_role};
use super::flow::{Flow, Token};
use super::forms;
use super::govern;
use super::group::{From, Group};
use super::outline::{self, Kind, Section};
use super::phases;
use super::steps::{Gate, Note, Shape, Step};
use super::wording::{append, tidy};
use super::words;
use crate::page::{Block, BlockKind, Item, Table};
use crate::text::Span;

impl<'p> Reader<'p> {
    /// Every group of steps below a section, in page order.
    pub(crate) fn collect(&self, section: &Section<'p>, title: &str) -> Vec<Group> {
        let heading = section.title();
        let heading = if heading.is_empty() { title } else { heading };
        let read_only = match section.kind {
            // "Equipment" may be what must be there, or a part of a checklist that is ticked like the others.
            Kind::Prerequisite => !self.ticked(section),
            Kind::Reference => !self.announced(section),
            _ => false,
        };
        if section.level > 1 && read_only {
            // "Opening a ticket" among answers to questions, and phases below "Policies", are done all the same.
            let told = |c: &Section<'p>| {
                self.names_act(c) || c.kind == Kind::Procedure || phases::is_stage(c, title, self.words) || self.announced(c)
            };
            let done = |c: &&Section<'p>| section.kind == Kind::Reference && self.held && told(c) && self.list_steps(c) > 2;
            return section.children.iter().filter(done).flat_map(|c| self.collect(c, title)).collect();
        }
        let around = self.section_around(section, heading);
        let ahead = self.ahead.borrow_mut().own.remove(&address(section));
        let mut own = ahead.unwrap_or_else(|| self.own(section, &around));
        let step_heads = self.step_headings(section);
        if step_heads.iter().any(|s| *s) {
            let mut combined = self.combined(section, heading, &step_heads);
            // "Mitigation" may tell what to do first and go on with headings.
            let before = (own.is_empty() && section.kind == Kind::Procedure && self.held).then(|| self.prose(section, &around)).flatten();
            if let (Some(before), Some(first)) = (before, combined.first_mut()) {
                first.steps.splice(0..0, before.steps);
            }
            own.extend(combined);
            return own;
        }
        let mut below: Vec<(usize, Vec<Group>)> = Vec::new();
        for (at, child) in section.children.iter().enumerate() {
            let mut groups = self.collect(child, title);
            for group in groups.iter_mut().filter(|g| g.over.is_empty() && section.level > 1) {
                section.title().clone_into(&mut group.over);
            }
            if groups.is_empty() && section.kind == Kind::Procedure && child.kind == Kind::Plain {
                self.gates_told(child, own.last_mut().or(below.iter_mut().rev().find_map(|(_, g)| g.last_mut())), &around);
            }
            if !groups.is_empty() {
                below.push((at, groups));
            }
        }
        phases::settle(section, title, &mut own, &mut below, self.words);
        if own.is_empty() && below.is_empty() && section.level > 0 || own.is_empty() && section.level == 0 && section.children.is_empty() {
            own.extend(self.prose(section, &around));
        } else if own.is_empty() && section.level > 1 {
            own.extend(self.prose(section, &around).filter(|g| g.steps.len() <= 2));
        }
        if section.kind == Kind::Procedure || phases::numbered(section) {
            let heads: Vec<_> = below.iter().map(|(at, _)| &section.children[*at]).collect();
            let firsts: Vec<_> = below.iter().filter_map(|(_, g)| g.first()).collect();
            let apart = below.iter().any(|(_, g)| g.iter().any(|g| g.variant)) || phases::apart(&heads, &firsts, self.words);
            if !apart {
                return phases::join(own, below.into_iter().flat_map(|(_, g)| g).collect(), heading);
            }
        }
        own.extend(below.into_iter().flat_map(|(_, g)| g));
        own
    }

    /// A section that tells what happens after the steps may still hold a gate: "requires approval from the team before …".
    fn gates_told(&self, section: &Section<'p>, group: Option<&mut Group>, around: &Around) {
        let Some(group) = group else { return };
        for block in &section.own {
            let BlockKind::List(list) = &block.kind else { continue };
            for item in &list.items {
                let entry = self.item(item, list.start.is_some());
                for said in self.read(&entry.lead, &entry.part) {
                    let Some(gate) = approval::find(said.flow, &said.clause, self.words).filter(|g| !g.refers) else { continue };
                    let Some(by) = gate.by.as_ref().map(|b| clean_role(said.flow.slice(b), self.words)) else { continue };
                    let words = said.flow.slice(&said.clause.range).to_owned();
                    let mut step = self.step(&entry, around);
                    step.title = tidy(&words);
                    section.title().clone_into(&mut step.heading);
                    step.approval = Some(Gate { by: vec![by], words: words.clone(), before: false });
                    step.because("approval", gate.rule, &words);
                    step.mark("review-or-approval", "approval", false, &words);
                    group.steps.push(step);
                    break;
                }
            }
        }
    }

    /// Boxes to tick that each tell what to do, on a page that is held for a procedure.
    fn ticked(&self, section: &Section<'p>) -> bool {
        let items = section.own.iter().flat_map(|block| match &block.kind {
            BlockKind::List(list) => list.items.as_slice(),
            _ => &[],
        });
        let entries: Vec<_> = items.map(|i| self.item(i, false)).collect();
        let acts = |e: &&Entry<'p>| e.shape == Shape::Task && self.is_step(e, &self.read(&e.lead, &e.part));
        self.held && entries.len() > 1 && entries.iter().filter(acts).count() == entries.len()
    }

    /// A numbered list under a sentence that says that steps follow, or one that says who does what: steps, whatever the heading is called.
    fn announced(&self, section: &Section<'p>) -> bool {
        let by_doers = |block: &&'p Block| match &block.kind {
            BlockKind::List(list) if list.start.is_some() => {
                let entries: Vec<_> = list.items.iter().map(|i| self.item(i, true)).collect();
                Self::by_doers(&entries.iter().map(|e| self.read(&e.lead, &e.part)).collect::<Vec<_>>())
            }
            _ => false,
        };
        self.held && section.own.iter().any(by_doers)
            || section.own.windows(2).any(|pair| match (&pair[0].kind, &pair[1].kind) {
                (BlockKind::Paragraph(lead), BlockKind::List(list)) if list.start.is_some() => self.over(&Flow::of(lead)).1 == Some(false),
                _ => false,
            })
    }

    /// What the heading says of all steps below: an option, the role that does them ("Steps for the scribe", "Outgoing engineer").
    fn section_around(&self, section: &Section<'p>, heading: &str) -> Around {
        let plain = Around { heading: heading.to_owned(), ..Around::default() };
        let Some(head) = &section.head else { return plain };
        let w = self.words;
        let tokens: Vec<_> = head.flow.tokens(&head.words).into_iter().filter(Token::is_word).collect();
        let first = tokens.first().map_or("", |t| t.low.as_str());
        let said = w.headings.done_by.at(&tokens, 0);
        let doer = Some(said.unwrap_or(0)).and_then(|n| {
            let (doer, last) = (tokens.get(n..).filter(|t| t.len() < 6)?, tokens.last()?);
            // Alone, a plural may be whom it is about ("New customers"), and a verb makes it an act ("Call the doctor").
            let alone = doer.len() < 4 && words::singular(&last.low).is_none() && head.clause.mood == Mood::Noun;
            let named = w.is_role(&last.low) && !w.is_thing(&last.low) && (said.is_some() || alone);
            Some(clean_role(head.flow.slice(&(doer.first()?.start..last.end)), w)).filter(|_| named)
        });
        Around { optional: first.starts_with("optional"), owner: doer, ..plain }
    }

    fn own(&self, section: &Section<'p>, around: &Around) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut lead: Option<Flow> = None;
        let mut open = false;
        // The last item of a list that ends with a colon: bullets right behind it are its own, whatever their indent.
        let mut hanging: Option<Flow> = None;
        for block in &section.own {
            match &block.kind {
                BlockKind::List(list) if list.start.is_none() && hanging.is_some() => {
                    if let (Some(step), Some(flow)) = (groups.last_mut().and_then(|g| g.steps.last_mut()), &hanging) {
                        let collects = self.read(flow, &(0..flow.text.len())).last().is_some_and(|s| self.collects(s));
                        let explained = self.nested(step, list, false, collects, None);
                        append(&mut step.text, &explained);
                    }
                    lead = None;
                }
                BlockKind::List(list) => {
                    if let Some(mut group) = self.list(list, lead.as_ref(), section, around) {
                        let starts_over = lead.as_ref().is_some_and(|l| self.over(l).1 == Some(false));
                        match groups.last_mut().filter(|g| open && g.from == group.from && !(starts_over && restarts(&group))) {
                            Some(run) => {
                                run.last = group.last;
                                run.steps.append(&mut group.steps);
                            }
                            None => groups.push(group),
                        }
                        open = true;
                        hanging =
                            list.items.last().filter(|i| list.start.is_some() && i.blocks.len() == 1).and_then(Item::lead).map(Flow::of);
                        hanging = hanging.filter(|f| f.text.trim_end().ends_with(':'));
                    } else if let Some(step) =
                        groups.last().filter(|g| open && g.from == From::Bullets).and_then(|_| self.tail(list, around))
                        && let Some(run) = groups.last_mut()
                    {
                        run.steps.push(step);
                    } else {
                        attach_facts(groups.last_mut(), block, self);
                    }
                    lead = None;
                }
                BlockKind::Table(table) => {
                    match self.table(table, around) {
                        Some(group) => groups.push(group),
                        None => self.form(table, block, lead.as_ref(), groups.last_mut().filter(|_| open)),
                    }
                    lead = None;
                }
                BlockKind::Paragraph(inlines) => {
                    let flow = Flow::of(inlines);
                    if let Some((number, step)) = self.hand_numbered(&flow, block.span, around) {
                        match groups.last_mut().filter(|g| open && g.from == From::List && g.last.is_some_and(|l| l + 1 == number)) {
                            Some(run) => {
                                run.last = Some(number);
                                run.steps.push(step);
                            }
                            None if number == 1 => groups.push(Group {
                                heading: around.heading.clone(),
                                from: From::List,
                                first: Some(1),
                                last: Some(1),
                                steps: vec![step],
                                ..Group::default()
                            }),
                            None => {}
                        }
                        open |= number == 1;
                    } else if let Some(step) = groups.last().filter(|_| open).and_then(|_| self.after_list(&flow, block.span, around))
                        && let Some(run) = groups.last_mut()
                    {
                        run.steps.push(step);
                    }
                    lead = Some(flow);
                    hanging = None;
                }
                BlockKind::Code { .. } => {
                    if let Some(step) = groups.last_mut().and_then(|g| g.steps.last_mut()) {
                        append(&mut step.text, self.page.source.slice(block.span));
                    }
                }
                BlockKind::Quote(alert, inner) => {
                    if let Some(step) = groups.last_mut().and_then(|g| g.steps.last_mut()) {
                        let kind = super::entry_alert(*alert);
                        step.notes.push(Note { kind, text: inner.iter().map(Block::text).collect::<Vec<_>>().join("\n\n") });
                    }
                }
                _ => {}
            }
        }
        govern::apply(self, section, &mut groups);
        groups
    }

    /// "3\. Create the folder": a paragraph that carries on a list, or begins one, by a number typed in front of it.
    fn hand_numbered(&self, flow: &Flow, span: Span, around: &Around) -> Option<(u64, Step)> {
        let tokens = flow.tokens(&(0..flow.text.len()));
        let (number, behind) = outline::number(flow, &tokens, self.words);
        let number = number.filter(|n| !n.labelled && n.path.len() == 1)?;
        let part = tokens.get(behind)?.start..flow.text.len();
        let said = self.read(flow, &part);
        let acts = said.first().is_some_and(|s| s.clause.acts() && s.clause.sure);
        acts.then(|| (u64::from(number.path[0]), self.step(&Self::sentence(flow.clone(), part, span), around)))
    }

    /// A table behind a list of steps that names data to give: the fields of the last step.
    fn form(&self, table: &Table, block: &Block, lead: Option<&Flow>, group: Option<&mut Group>) {
        let Some(step) = group.and_then(|g| g.steps.last_mut()) else { return };
        let title = Flow::plain(&step.title);
        let flow = lead.unwrap_or(&title);
        let told = self.read(flow, &(0..flow.text.len())).last().is_some_and(|s| self.asks_for_data(s));
        let found = forms::from_table(table, told, self.words);
        if !found.is_empty() {
            step.fields.extend(found);
            append(&mut step.text, self.page.source.slice(block.span));
        }
    }
}

/// What a section is known by while its page is read.
fn address(section: &Section<'_>) -> usize {
    std::ptr::from_ref(section) as usize
}

/// The list begins at 1 again.
fn restarts(group: &Group) -> bool {
    group.first.is_none_or(|n| n <= 1)
}

fn attach_facts(group: Option<&mut Group>, block: &Block, reader: &Reader<'_>) {
    if let Some(step) = group.and_then(|g| g.steps.last_mut()) {
        append(&mut step.text, reader.page.source.slice(block.span));
    }
}
