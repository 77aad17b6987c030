//! Finds the procedures of a page: which lists, headings, tables and sentences are steps, and which of them belong together.
//!
//! Works on the section tree. Decides *whether* something is a step; what a step holds is decided in `entry`.

use super::approval;
use super::attributes::Attribute;
use super::clause::Mood;
use super::entry::{Around, Entry, Reader, clean_role, is_pointer, tidy, troubled};
use super::flow::Flow;
use super::forms;
use super::outline::{Kind, Section};
use super::phases::{self, Whole};
use super::steps::{Gate, Note, Phase, Shape, Step};
use super::words::Words;
use crate::page::{Block, BlockKind, Inlines, List, Table};
use crate::text::Span;

/// Steps that belong together, before ids.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// Heading it stands under.
    pub(crate) heading: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) phases: Vec<Phase>,
    /// Stands before the phases rather than in one.
    pub(crate) unphased: bool,
    /// Only the form of the headings makes phases of its sections.
    pub(crate) phases_guessed: bool,
    pub(crate) any_order: bool,
    pub(crate) variant: bool,
    /// Steps come from headings, or from prose.
    pub(crate) from: From,
    /// The heading says that steps follow.
    pub(crate) announced: bool,
    /// Its headings say "Step N".
    pub(crate) labelled: bool,
    /// The procedure it is a phase of.
    pub(crate) whole: Option<Whole>,
    /// Steps of prose with a command below them.
    pub(crate) coded: usize,
    /// First number as written, for lists that go on.
    pub(crate) first: Option<u64>,
    pub(crate) last: Option<u64>,
}

/// Where a group was found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    #[default]
    List,
    Bullets,
    Table,
    Headings,
    Prose,
}

impl<'p> Reader<'p> {
    /// Every group of steps below a section, in page order.
    pub(crate) fn collect(&self, section: &Section<'p>, title: &str) -> Vec<Group> {
        let heading = section.title();
        let heading = if heading.is_empty() { title } else { heading };
        if section.level > 1
            && matches!(section.kind, Kind::Reference | Kind::Prerequisite)
            && !(section.kind == Kind::Reference && self.announced(section))
        {
            return Vec::new();
        }
        let around = Around { heading: heading.to_owned(), ..Self::section_around(section) };
        let mut own = self.own(section, &around);
        let step_heads = self.step_headings(section);
        if step_heads.iter().any(|s| *s) {
            own.extend(self.combined(section, heading, &step_heads));
            return own;
        }
        let mut below: Vec<(usize, Vec<Group>)> = Vec::new();
        for (at, child) in section.children.iter().enumerate() {
            let groups = self.collect(child, title);
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
                let entry = Self::item(item, list.start.is_some());
                for said in self.read(&entry.lead, &entry.part) {
                    let Some(gate) = approval::find(said.flow, &said.clause, self.words).filter(|g| !g.refers) else { continue };
                    let Some(by) = gate.by.as_ref().map(|b| clean_role(said.flow.slice(b), self.words)) else { continue };
                    let words = said.flow.slice(&said.clause.range).to_owned();
                    let mut step = self.step(&entry, around);
                    step.title = super::entry::tidy(&words);
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

    /// A numbered list under a sentence that says that steps follow: steps, whatever the heading is called.
    fn announced(&self, section: &Section<'p>) -> bool {
        section.own.windows(2).any(|pair| match (&pair[0].kind, &pair[1].kind) {
            (BlockKind::Paragraph(lead), BlockKind::List(list)) if list.start.is_some() => self.over(&Flow::of(lead)).1 == Some(false),
            _ => false,
        })
    }

    /// What the heading says of all steps below: a condition, an option, the role named over them.
    fn section_around(section: &Section<'p>) -> Around {
        let Some(head) = &section.head else { return Around::default() };
        let tokens = head.flow.tokens(&head.words);
        let first = tokens.first().map_or("", |t| t.low.as_str());
        Around { optional: first.starts_with("optional"), ..Around::default() }
    }

    // ---- the blocks of one section --------------------------------------------------------------------------------------------------

    fn own(&self, section: &Section<'p>, around: &Around) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut lead: Option<Flow> = None;
        let mut open = false;
        for block in &section.own {
            match &block.kind {
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
                    if let Some(step) = groups.last().filter(|_| open).and_then(|_| self.after_list(&flow, block.span, around))
                        && let Some(run) = groups.last_mut()
                    {
                        run.steps.push(step);
                    }
                    lead = Some(flow);
                }
                BlockKind::Code { .. } => {
                    if let Some(step) = groups.last_mut().and_then(|g| g.steps.last_mut()) {
                        append(&mut step.text, self.page.source.slice(block.span));
                    }
                }
                BlockKind::Quote(alert, inner) => {
                    if let Some(step) = groups.last_mut().and_then(|g| g.steps.last_mut()) {
                        let kind = if alert.is_some() { super::entry_alert(*alert) } else { "note" };
                        step.notes.push(Note { kind, text: inner.iter().map(Block::text).collect::<Vec<_>>().join("\n\n") });
                    }
                }
                _ => {}
            }
        }
        super::govern::apply(self, section, &mut groups);
        groups
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

    /// A list as steps, or nothing.
    fn list(&self, list: &'p List, lead: Option<&Flow>, section: &Section<'p>, around: &Around) -> Option<Group> {
        if matches!(section.kind, Kind::Responsibility) {
            return None;
        }
        let ordered = list.start.is_some();
        let (over, verdict) = lead.map_or_else(|| (Around::default(), None), |l| self.over(l));
        let entries: Vec<Entry<'p>> = list.items.iter().map(|i| Self::item(i, ordered)).collect();
        let tasks = entries.iter().filter(|e| e.shape == Shape::Task).count();
        if tasks * 2 > entries.len() {
            if entries.len() > 1 && entries.iter().all(|e| e.task == Some(true)) {
                return None;
            }
        } else if verdict == Some(true) && !entries.iter().any(|e| self.has_labels(e)) {
            return None;
        }
        let mut acting = 0;
        let mut stating = 0;
        let flags: Vec<bool> = entries
            .iter()
            .map(|e| {
                let said = self.read(&e.lead, &e.part);
                let acts = self.is_step(e, &said) || self.body_acts(e) || self.has_labels(e);
                let noun = said.first().is_some_and(|s| s.clause.mood == Mood::Noun);
                acting += usize::from(acts);
                stating += usize::from(!acts && !noun);
                acts
            })
            .collect();
        let total = entries.len();
        let is_tasks = tasks * 2 > total;
        let told = entries
            .iter()
            .zip(&flags)
            .any(|(e, f)| *f && self.read(&e.lead, &e.part).first().is_none_or(|s| s.clause.mood != Mood::Command));
        let enough = if is_tasks {
            true
        } else if !told {
            // Nothing but code: values, file names, options.
            false
        } else if ordered {
            acting * 2 >= total && acting > 0
        } else {
            let told = verdict == Some(false) || over.owner.is_some() || section.kind == Kind::Procedure;
            let share = if told { 7 } else { 8 };
            (told || self.likely && section.level > 0) && total > 1 && acting * 10 >= total * share
        };
        if !enough || self.links_only(&entries) {
            return None;
        }
        let around = Around {
            heading: around.heading.clone(),
            owner: over.owner.or_else(|| around.owner.clone()),
            when: over.when.or_else(|| around.when.clone()),
            optional: over.optional || around.optional,
            sub: false,
            due: over.due.or_else(|| around.due.clone()),
        };
        let lenient = ordered && acting * 3 >= total * 2 && stating * 4 <= total || is_tasks;
        let mut group = Group {
            heading: around.heading.clone(),
            any_order: !ordered && !is_tasks,
            from: if ordered { From::List } else { From::Bullets },
            first: list.items.first().and_then(|i| i.number),
            last: list.items.last().and_then(|i| i.number),
            ..Group::default()
        };
        self.fill(&mut group, &entries, &flags, lenient, &around);
        (!group.steps.is_empty()).then_some(group)
    }

    fn fill(&self, group: &mut Group, entries: &[Entry<'p>], flags: &[bool], lenient: bool, around: &Around) {
        let margin = entries.first().map_or(0, |e| self.column(e.span));
        let mut carried: Option<String> = None;
        for (entry, acts) in entries.iter().zip(flags) {
            let around = &Around { when: carried.take().or_else(|| around.when.clone()), ..around.clone() };
            carried = self.condition_for_next(entry);
            let said = self.read(&entry.lead, &entry.part);
            let noun = said.first().is_none_or(|s| matches!(s.clause.mood, Mood::Noun | Mood::Gerund | Mood::Command))
                && !entry.lead.text.trim().is_empty();
            let deeper = self.column(entry.span) > margin + 1;
            if !(*acts || lenient && noun) {
                self.passed_over(group, entry);
                continue;
            }
            if self.raise(group, entry, around) {
                continue;
            }
            let mut step = self.step(entry, around);
            if entry.shape == Shape::Ordered {
                step.item = (group.steps.len() + 1).to_string();
            }
            match group.steps.last_mut().filter(|_| deeper) {
                // Indented too little for a list in the list: the author meant sub-steps.
                Some(parent) => parent.checklist.push(step),
                None => group.steps.push(step),
            }
        }
    }

    /// "If they need access:" as the last line of an item is said of the next one.
    fn condition_for_next(&self, entry: &Entry<'p>) -> Option<String> {
        let BlockKind::Paragraph(inlines) = &entry.rest.last()?.kind else { return None };
        let flow = Flow::of(inlines);
        if !flow.text.trim_end().ends_with(':') {
            return None;
        }
        let said = self.read(&flow, &(0..flow.text.len()));
        let [only] = said.as_slice() else { return None };
        let when = only.clause.when.as_ref().filter(|_| !only.clause.trailing && matches!(only.clause.mood, Mood::Fact | Mood::Noun))?;
        Some(super::steps::one_line(flow.slice(when)).trim_end_matches(':').to_owned())
    }

    fn column(&self, span: Span) -> usize {
        self.page.source.position(span.start).column
    }

    /// An item between steps that is none: what a system does, what one will see. It is kept as text; an approval told in it counts.
    fn passed_over(&self, group: &mut Group, entry: &Entry<'p>) {
        let said = self.read(&entry.lead, &entry.part);
        let Some(step) = group.steps.last_mut() else { return };
        if self.labelled_attributes(step, &entry.lead, &entry.part) {
            return;
        }
        for s in &said {
            if step.approval.is_none()
                && let Some(gate) = approval::find(s.flow, &s.clause, self.words)
            {
                let words = s.flow.slice(&s.clause.range).to_owned();
                step.because("approval", gate.rule, &words);
                step.approval =
                    Some(Gate { by: gate.by.iter().map(|b| clean_role(s.flow.slice(b), self.words)).collect(), words, before: false });
            }
        }
        step.fields.extend(forms::blanks(entry.lead.slice(&entry.part), self.words));
        append(&mut step.text, entry.lead.slice(&entry.part));
    }

    /// Items whose parts are the steps: "The week before:" over actions, "Step 1 – …" paragraphs inside. True if raised.
    fn raise(&self, group: &mut Group, entry: &Entry<'p>, around: &Around) -> bool {
        let labels = Self::paragraphs(&entry.rest).iter().filter(|f| self.labelled(f)).count();
        if labels > 0 {
            let mut current: Option<Entry<'p>> = None;
            let mut made = Vec::new();
            for block in &entry.rest {
                if let BlockKind::Paragraph(inlines) = &block.kind {
                    let flow = Flow::of(inlines);
                    if self.labelled(&flow) {
                        made.extend(current.take());
                        current = Some(self.heading_entry(flow, block.span));
                        continue;
                    }
                }
                if let Some(open) = &mut current {
                    open.rest.push(block);
                }
            }
            made.extend(current.take());
            for e in &made {
                group.steps.push(self.step(e, around));
            }
            return true;
        }
        let said = self.read(&entry.lead, &entry.part);
        let names_time =
            said.len() == 1 && !said[0].clause.may_act() && entry.lead.text.trim_end().ends_with(':') && entry.shape != Shape::Task;
        if !names_time {
            return false;
        }
        let (over, _) = self.over(&entry.lead);
        let inner = Around {
            owner: over.owner.or_else(|| self.role_title(&entry.lead)).or_else(|| around.owner.clone()),
            due: over.due,
            when: over.when,
            ..around.clone()
        };
        let before = group.steps.len();
        for block in &entry.rest {
            if let BlockKind::List(list) = &block.kind {
                for item in &list.items {
                    let e = Self::item(item, list.start.is_some());
                    let s = self.read(&e.lead, &e.part);
                    if self.is_step(&e, &s) {
                        group.steps.push(self.step(&e, &inner));
                    }
                }
            }
        }
        group.steps.len() > before
    }

    /// "Finance:" alone names who does what follows.
    fn role_title(&self, flow: &Flow) -> Option<String> {
        let text = flow.text.trim().trim_end_matches(':');
        let tokens = super::flow::tokenize(text, 0, &[]);
        let last = tokens.last()?;
        (tokens.len() <= 5 && self.words.is_role(&last.low)).then(|| clean_role(text, self.words))
    }

    fn heading_entry(&self, flow: Flow, span: Span) -> Entry<'p> {
        let tokens = flow.tokens(&(0..flow.text.len()));
        let from = super::outline::number(&flow, &tokens, self.words).1;
        let start = tokens.get(from).map_or(0, |t| t.start);
        let part = start..flow.text.len();
        Entry { shape: Shape::Heading, span, lead: flow, part, rest: Vec::new(), task: None }
    }

    fn has_labels(&self, entry: &Entry<'p>) -> bool {
        Self::paragraphs(&entry.rest).iter().any(|f| self.labelled(f))
    }

    /// A title whose text below tells what to do.
    fn body_acts(&self, entry: &Entry<'p>) -> bool {
        let bold = entry.lead.strong.iter().any(|s| s.len() * 3 >= entry.lead.text.trim().len());
        let empty = entry.lead.text.trim().is_empty();
        if !(bold || empty) {
            return false;
        }
        let first_bad = self
            .read(&entry.lead, &entry.part)
            .first()
            .is_some_and(|s| matches!(s.clause.mood, Mood::Definition | Mood::Note(_) | Mood::Example));
        !first_bad
            && Self::paragraphs(&entry.rest).iter().any(|f| {
                self.read(f, &(0..f.text.len()))
                    .iter()
                    .any(|s| matches!(s.clause.mood, Mood::Imperative | Mood::Role | Mood::You) && s.clause.sure && !s.clause.help)
            })
    }

    /// A list of links to places on the page or elsewhere.
    fn links_only(&self, entries: &[Entry<'p>]) -> bool {
        let linked = entries
            .iter()
            .filter(|e| {
                let text = e.lead.text.trim();
                e.lead.links.iter().any(|(l, i)| {
                    let covers = l.len() + 3 >= text.len();
                    let inner = self.page.body.links.get(*i).is_some_and(|l| l.dest.starts_with('#'));
                    covers && (inner || e.shape == Shape::Bullet)
                })
            })
            .count();
        linked * 3 >= entries.len() * 2
    }

    /// A paragraph behind a list that goes on with it: a duty of a role, or what must be done in a certain case.
    fn after_list(&self, flow: &Flow, span: Span, around: &Around) -> Option<Step> {
        let said = self.read(flow, &(0..flow.text.len()));
        let mut first = said.first()?;
        let mut part = 0..flow.text.len();
        if let Mood::Note(_) = first.clause.mood
            && flow.strong.iter().any(|s| s.len() + 2 >= flow.slice(&first.clause.range).len())
        {
            // "Important: managers will need to …": the label is emphasis, the duty stands.
            part = first.clause.core..flow.text.len();
            let again = self.read(flow, &part);
            if again.first().is_some_and(|s| s.clause.mood == Mood::Role) {
                return Some(self.step(&Self::sentence(flow.clone(), part, span), around));
            }
            return None;
        }
        if first.clause.help || is_pointer(first, self.words) {
            return None;
        }
        let conditional = first.clause.when.is_some() && first.clause.mood == Mood::You;
        let failure = first.clause.when.as_ref().is_some_and(|w| troubled(flow.slice(w)));
        let ends = flow.text.trim_end().ends_with(':');
        if ends || failure {
            return None;
        }
        if !conditional {
            first = said.iter().find(|s| matches!(s.clause.mood, Mood::Role) && s.clause.sure && !s.clause.actor_guessed)?;
            let strong =
                flow.text[first.clause.range.clone()].contains("must") || flow.text[first.clause.range.clone()].contains("need to");
            if !strong {
                return None;
            }
            part = first.clause.range.start..flow.text.len();
        }
        Some(self.step(&Self::sentence(flow.clone(), part, span), around))
    }

    fn sentence(flow: Flow, part: std::ops::Range<usize>, span: Span) -> Entry<'p> {
        let start = flow.source(part.start).max(span.start);
        let end = (flow.source(part.end.saturating_sub(1)) + 1).min(span.end.max(start + 1));
        let span = Span { start, end: end.max(start) };
        Entry { shape: Shape::Prose, span, lead: flow, part, rest: Vec::new(), task: None }
    }

    // ---- tables ---------------------------------------------------------------------------------------------------------------------

    fn table(&self, table: &'p Table, around: &Around) -> Option<Group> {
        let w = self.words;
        let heads: Vec<Flow> = table.head.cells.iter().map(Flow::of).collect();
        let column = |phrases: &super::words::Phrases| {
            heads.iter().position(|h| {
                let tokens: Vec<_> = h.tokens(&(0..h.text.len())).into_iter().filter(super::flow::Token::is_word).collect();
                phrases.is(&tokens) || phrases.at(&tokens, 0).is_some() && tokens.len() <= 4
            })
        };
        let numeric = |c: usize| table.rows.iter().all(|r| r.cells.get(c).is_some_and(|x| digits(&x.text())));
        let step_column = (0..heads.len()).find(|c| {
            let tokens: Vec<_> = heads[*c].tokens(&(0..heads[*c].text.len())).into_iter().filter(super::flow::Token::is_word).collect();
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
        let typed = owner.is_some() || due.is_some() || sign.is_some() || number;
        let enough = acting * 10 >= flows.len() * if typed { 5 } else { 7 } && acting > 0;
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
                self.attribute(step, what, &flow, &(0..flow.text.len()), "column");
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

    // ---- headings -------------------------------------------------------------------------------------------------------------------

    /// For each child whether its heading is a step.
    fn step_headings(&self, section: &Section<'p>) -> Vec<bool> {
        let children = &section.children;
        let mut out = vec![false; children.len()];
        let numbers: Vec<_> = children.iter().map(|c| c.head.as_ref().and_then(|h| h.number.as_ref())).collect();
        let labelled = numbers.iter().flatten().filter(|n| n.labelled).count();
        let plain = numbers.iter().flatten().filter(|n| !n.labelled).count();
        let chapters = children
            .iter()
            .zip(&numbers)
            .filter(|(c, n)| n.is_some() && matches!(c.kind, Kind::Reference | Kind::Prerequisite | Kind::Responsibility | Kind::Procedure))
            .count();
        let acting = children
            .iter()
            .zip(&numbers)
            .filter(|(c, n)| {
                n.is_some() && (Self::head_acts(c) || c.head.as_ref().is_some_and(|h| h.clause.mood == Mood::Gerund) || self.tells(c, 4))
            })
            .count();
        for (i, child) in children.iter().enumerate() {
            let Some(number) = numbers[i] else { continue };
            let series = if number.labelled { labelled > 0 } else { plain > 1 && chapters < 2 && acting * 3 >= plain };
            let container = child.own.is_empty() && child.children.len() > 1 && !Self::head_acts(child);
            let topic = !number.labelled && !Self::head_acts(child) && self.list_steps(child) >= 3;
            out[i] = series && !container && !topic && (number.labelled || matches!(child.kind, Kind::Plain | Kind::Procedure));
        }
        if out.iter().any(|s| *s) {
            return out;
        }
        self.unnumbered(section, &mut out);
        out
    }

    /// Headings that are themselves the one action of their section.
    fn unnumbered(&self, section: &Section<'p>, out: &mut [bool]) {
        let children = &section.children;
        let real: Vec<usize> = (0..children.len()).filter(|i| matches!(children[*i].kind, Kind::Plain | Kind::Procedure)).collect();
        let mut steps = Vec::new();
        let mut support = 0;
        for i in &real {
            let child = &children[*i];
            let acting = Self::head_acts(child);
            let gerund = child.head.as_ref().is_some_and(|h| h.clause.mood == Mood::Gerund);
            let listed = self.any_steps(child);
            if (acting || gerund) && listed {
                support += 1;
            } else if (acting && !child.own.is_empty() || gerund && self.tells(child, 1)) && child.children.is_empty()
                || acting && self.tells(child, 1)
            {
                steps.push(*i);
                support += 1;
            }
        }
        // A section that only groups others says nothing for or against.
        let grouping =
            real.iter().filter(|i| !steps.contains(*i) && children[**i].own.is_empty() && self.any_steps(&children[**i])).count();
        // Headings such as "Switching teams" also name topics: alone they need nearly all to agree.
        let share = if steps.iter().any(|i| Self::head_acts(&children[*i])) { 6 } else { 8 };
        let enough =
            steps.len() + usize::from(support > steps.len()) >= 2 && support * 10 >= (real.len() - grouping.min(real.len())) * share;
        if enough {
            for i in steps {
                out[i] = true;
            }
            return;
        }
        // "How to …" over headings that name what is done next, each with a duty in its text.
        let how = section.kind == Kind::Procedure;
        if how && real.iter().all(|i| !self.any_steps(&children[*i])) {
            let told: Vec<usize> = real.iter().copied().filter(|i| self.tells(&children[*i], 4)).collect();
            if told.len() >= 2 && told.len() * 10 >= real.len() * 7 {
                for i in real {
                    out[i] = !children[i].own.is_empty();
                }
            }
        }
    }

    fn head_acts(section: &Section<'p>) -> bool {
        section.head.as_ref().is_some_and(|h| {
            h.clause.acts() && h.clause.sure && h.clause.mood == Mood::Imperative && !h.flow.text.trim_end().ends_with('?')
        })
    }

    /// Number of acting items in the ordered lists of a section's own blocks.
    fn list_steps(&self, section: &Section<'p>) -> usize {
        let mut n = 0;
        for block in &section.own {
            if let BlockKind::List(list) = &block.kind
                && list.start.is_some()
            {
                n += list.items.iter().map(|i| Self::item(i, true)).filter(|e| self.is_step(e, &self.read(&e.lead, &e.part))).count();
            }
        }
        n
    }

    /// A list or table of steps stands in a section or below it.
    fn any_steps(&self, section: &Section<'p>) -> bool {
        // Asked again at every level above: the answer is kept, or a deep page would cost a power of its depth.
        let key = std::ptr::from_ref(section) as usize;
        if let Some(known) = self.listed.borrow().get(&key) {
            return *known;
        }
        let found = self.look_for_steps(section);
        self.listed.borrow_mut().insert(key, found);
        found
    }

    fn look_for_steps(&self, section: &Section<'p>) -> bool {
        let around = Around::default();
        let own = self
            .own(section, &around)
            .iter()
            .any(|g| g.from != From::Bullets || g.steps.iter().any(|s| s.shape == Shape::Task) || g.steps.len() > 3);
        own || section.children.iter().any(|c| {
            !matches!(c.kind, Kind::Reference | Kind::Prerequisite | Kind::Responsibility)
                && (self.any_steps(c) || self.step_headings(c).iter().any(|s| *s))
        })
    }

    /// The text of a section tells somebody to do something.
    fn tells(&self, section: &Section<'p>, within: usize) -> bool {
        section.own.iter().enumerate().any(|(at, b)| match &b.kind {
            BlockKind::Paragraph(inlines) => {
                let flow = Flow::of(inlines);
                let said = self.read(&flow, &(0..flow.text.len()));
                said.iter()
                    .take(within)
                    .any(|s| (s.clause.acts() || s.clause.mood == Mood::We) && s.clause.sure && !is_pointer(s, self.words))
            }
            BlockKind::List(list) => {
                let acting = list
                    .items
                    .iter()
                    .map(|i| Self::item(i, list.start.is_some()))
                    .filter(|e| self.is_step(e, &self.read(&e.lead, &e.part)))
                    .count();
                let off = at.checked_sub(1).and_then(|i| section.own.get(i)).is_some_and(|b| match &b.kind {
                    BlockKind::Paragraph(lead) => self.over(&Flow::of(lead)).1 == Some(true),
                    _ => false,
                });
                acting * 2 > list.items.len() && !off
            }
            _ => false,
        })
    }

    /// One procedure from the headings that are steps, and the phases between them.
    fn combined(&self, section: &Section<'p>, heading: &str, step_heads: &[bool]) -> Vec<Group> {
        let mut group = Group { heading: heading.to_owned(), from: From::Headings, ..Group::default() };
        let mut apart = Vec::new();
        let mut last = 0;
        for (child, is_step) in section.children.iter().zip(step_heads) {
            if *is_step {
                let number = child.head.as_ref().and_then(|h| h.number.as_ref()).filter(|n| n.labelled).map_or(0, |n| n.path[0]);
                if number == 1 && last > 1 {
                    // "Step 1" again: another run.
                    apart.push(std::mem::replace(
                        &mut group,
                        Group { heading: heading.to_owned(), from: From::Headings, ..Group::default() },
                    ));
                }
                last = number.max(1);
                group.labelled |= number > 0;
                group.steps.extend(self.heading_step(child, heading));
                continue;
            }
            let below = self.collect(child, heading);
            for inner in below {
                let phase = group.phases.len();
                let title = if inner.heading.is_empty() { child.title().to_owned() } else { inner.heading.clone() };
                group.phases.push(Phase { title, any_order: inner.any_order });
                group.steps.extend(inner.steps.into_iter().map(|mut s| {
                    s.phase = Some(phase);
                    s
                }));
            }
        }
        if !group.steps.is_empty() {
            apart.push(group);
        }
        apart
    }

    /// The step of a heading: its text is the how-to, actions below it are sub-steps.
    fn heading_step(&self, section: &Section<'p>, over: &str) -> Option<Step> {
        let head = section.head.as_ref()?;
        let entry = Entry {
            shape: Shape::Heading,
            span: Span { start: head.at, end: section.own.last().map_or(head.end, |b| b.span.end.max(head.end)) },
            lead: head.flow.clone(),
            part: head.words.clone(),
            rest: section.own.clone(),
            task: None,
        };
        let around = Around { heading: over.to_owned(), ..Around::default() };
        let mut step = self.step(&entry, &around);
        head.title().clone_into(&mut step.heading);
        if step.title.is_empty() {
            step.title = tidy(head.title());
        }
        self.first_condition(&mut step, section);
        self.spoken_actions(&mut step, section);
        for child in section.children.iter().filter(|c| !matches!(c.kind, Kind::Reference | Kind::Responsibility)) {
            self.below_heading(&mut step, child);
        }
        Some(step)
    }

    /// "If the item is listed:" as the first sentence under a heading decides whether the step happens.
    fn first_condition(&self, step: &mut Step, section: &Section<'p>) {
        let inlines = match section.own.first().map(|b| &b.kind) {
            Some(BlockKind::Paragraph(inlines)) => inlines,
            Some(BlockKind::List(list)) if !Self::head_acts(section) => match list.items.first().and_then(crate::page::Item::lead) {
                Some(inlines) => inlines,
                None => return,
            },
            _ => return,
        };
        let flow = Flow::of(inlines);
        let said = self.read(&flow, &(0..flow.text.len()));
        let Some(first) = said.first() else { return };
        let lead = flow.text.trim_end().ends_with(':');
        let tokens = flow.tokens(&(first.clause.core..first.clause.range.end));
        let consequence = !first.clause.may_act() && self.words.may.within(&tokens);
        let told = lead || !consequence;
        let Some(when) = first.clause.when.as_ref().filter(|_| !first.clause.help && !first.clause.trailing && told) else { return };
        // "If it is older, restore from the archive instead." is a branch inside a step that has its own command.
        let branch = Self::head_acts(section) && first.clause.mood == Mood::Imperative && !lead;
        if branch
            || step.when.is_some()
            || said.len() > 1
                && matches!(first.clause.mood, Mood::Imperative)
                && section.own.len() > 1
                && !flow.text.trim_end().ends_with(':')
                && troubled(flow.slice(when))
        {
            return;
        }
        step.when = Some(super::steps::one_line(flow.slice(when)));
        step.because("when", "first sentence under the heading", flow.slice(when));
        let words = step.when.clone().unwrap_or_default();
        step.mark("condition-needs-field", "when", false, &words);
        // Said of the step, it need not be said of every sub-step again.
        for sub in &mut step.checklist {
            if sub.when.as_deref() == Some(words.as_str()) {
                sub.when = None;
                sub.marks.retain(|m| m.at != "when");
            }
        }
    }

    /// Paragraphs under a heading that each tell one action become sub-steps when there are several.
    fn spoken_actions(&self, step: &mut Step, section: &Section<'p>) {
        if !step.checklist.is_empty() {
            return;
        }
        let mut found = Vec::new();
        for block in &section.own {
            let BlockKind::Paragraph(inlines) = &block.kind else { continue };
            let flow = Flow::of(inlines);
            let said = self.read(&flow, &(0..flow.text.len()));
            let Some(first) = said.first() else { continue };
            if first.clause.acts() && first.clause.sure && !is_pointer(first, self.words) {
                let part = 0..flow.text.len();
                let around = Around { heading: step.heading.clone(), ..Around::default() };
                found.push(self.step(&Self::sentence(flow, part, block.span), &around));
            }
        }
        if found.len() > 1 {
            step.checklist = found;
        }
    }

    fn below_heading(&self, step: &mut Step, child: &Section<'p>) {
        let inner = self.collect(child, child.title());
        let steps: Vec<Step> = inner.into_iter().flat_map(|g| g.steps).collect();
        let named = Self::head_acts(child) || child.head.as_ref().is_some_and(|h| h.number.is_some() || h.clause.mood == Mood::Gerund);
        if named && steps.len() < 2 && (self.tells(child, 3) || Self::head_acts(child)) && child.children.is_empty() {
            if let Some(mut sub) = self.heading_step(child, &step.heading) {
                let deeper = std::mem::take(&mut sub.checklist);
                step.checklist.push(sub);
                step.checklist.extend(deeper);
            }
            return;
        }
        for mut sub in steps {
            let deeper = std::mem::take(&mut sub.checklist);
            step.checklist.push(sub);
            step.checklist.extend(deeper);
        }
    }

    // ---- prose ----------------------------------------------------------------------------------------------------------------------

    /// Sentences as steps, where a section has no list but tells what to do.
    fn prose(&self, section: &Section<'p>, around: &Around) -> Option<Group> {
        if matches!(section.kind, Kind::Responsibility) {
            return None;
        }
        let mut group =
            Group { heading: around.heading.clone(), from: From::Prose, announced: section.kind == Kind::Procedure, ..Group::default() };
        let mut paragraphs = 0;
        let mut telling = 0;
        for (i, block) in section.own.iter().enumerate() {
            if let (BlockKind::Code { text, .. }, Some(step)) = (&block.kind, group.steps.last_mut()) {
                if super::lead_in::is_bare(&step.title) {
                    step.title = super::lead_in::title("", Some(text), self.words).unwrap_or_else(|| std::mem::take(&mut step.title));
                }
                append(&mut step.text, self.page.source.slice(block.span));
                continue;
            }
            let BlockKind::Paragraph(inlines) = &block.kind else { continue };
            let flow = Flow::of(inlines);
            if flow.text.trim().is_empty() {
                continue;
            }
            paragraphs += 1;
            let command = section.own.get(i + 1).is_some_and(|b| matches!(b.kind, BlockKind::Code { .. }));
            if flow.text.trim_end().ends_with([':', ',']) && !command {
                continue;
            }
            let steps = self.spoken(&flow, block.span, section.kind == Kind::Procedure, around);
            telling += usize::from(!steps.is_empty());
            group.coded += usize::from(command && !steps.is_empty());
            group.steps.extend(steps);
        }
        let share = if section.kind == Kind::Procedure { 3 } else { 5 };
        (telling * 10 >= paragraphs * share && !group.steps.is_empty()).then_some(group)
    }

    /// "Reception prints a badge and the security officer checks the card": where the next doer begins.
    fn other_doers(&self, said: &super::entry::Said<'_>) -> Vec<usize> {
        let w = self.words;
        if said.clause.mood != Mood::Role {
            return Vec::new();
        }
        let tokens = said.flow.tokens(&said.clause.range);
        let verb = said.clause.verb_at.as_ref().map_or(0, |v| v.end);
        let mut out = Vec::new();
        for i in 1..tokens.len() {
            let joint = matches!(tokens[i].low.as_str(), "and" | "then" | "und" | "dann") && tokens[i].start > verb;
            if !joint || out.last() == Some(&tokens[i].start) {
                continue;
            }
            let from = i + 1 + usize::from(tokens.get(i + 1).is_some_and(|t| matches!(t.low.as_str(), "then" | "dann")));
            let Some((_, end)) = super::clause::noun_phrase(&tokens, from, w) else { continue };
            let acts = tokens.get(end).is_some_and(|t| w.third(&t.low).is_some() || w.modals.at(&tokens, end).is_some());
            let comma = i.checked_sub(1).filter(|j| tokens[*j].low == ",").map_or(tokens[i].start, |j| tokens[j].start);
            if acts && from < tokens.len() {
                out.push(comma);
            }
        }
        out
    }

    fn spoken(&self, flow: &Flow, span: Span, procedure: bool, around: &Around) -> Vec<Step> {
        let said = self.read(flow, &(0..flow.text.len()));
        // Nothing but commands, one after the other: each is a step.
        let all = procedure
            && said.len() > 1
            && said.iter().all(|s| s.clause.mood == Mood::Imperative && s.clause.sure && !is_pointer(s, self.words));
        let first_acts = said.first().is_some_and(|s| s.clause.acts() && !is_pointer(s, self.words));
        let mut out: Vec<(usize, usize)> = Vec::new();
        for (i, s) in said.iter().enumerate() {
            let c = &s.clause;
            let plain = matches!(c.mood, Mood::Imperative | Mood::Role | Mood::You) && c.sure && !c.help && !is_pointer(s, self.words);
            let own = c.when.is_some() || c.mood == Mood::Role && !c.actor_guessed;
            let opens = i == 0 && first_acts && matches!(c.mood, Mood::Imperative | Mood::Role | Mood::You);
            let later = i > 0 && (own && (first_acts || procedure) || all);
            if plain && (opens || later) {
                let mut start = c.range.start;
                for cut in self.other_doers(s) {
                    out.push((start, cut));
                    start = cut;
                }
                out.push((start, c.range.end));
            } else if let Some(last) = out.last_mut() {
                last.1 = c.range.end;
            }
        }
        out.into_iter().map(|(a, b)| self.step(&Self::sentence(flow.clone(), a..b, span), around)).collect()
    }
}

/// The list begins at 1 again.
fn restarts(group: &Group) -> bool {
    group.first.is_none_or(|n| n <= 1)
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

fn attach_facts(group: Option<&mut Group>, block: &Block, reader: &Reader<'_>) {
    if let Some(step) = group.and_then(|g| g.steps.last_mut()) {
        append(&mut step.text, reader.page.source.slice(block.span));
    }
}

pub(crate) fn append(text: &mut String, more: &str) {
    let more = more.trim();
    if more.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(more);
}

/// Titles say the same when most words of the shorter are in the longer.
pub(crate) fn similar(a: &str, b: &str, words: &Words) -> f64 {
    let set = |s: &str| -> std::collections::BTreeSet<String> {
        super::flow::tokenize(s, 0, &[])
            .into_iter()
            .filter(|t| t.is_word() && !words.stop.contains(&t.low))
            .map(|t| words.gerund(&t.low).map_or_else(|| super::words::singular(&t.low).unwrap_or(t.low.clone()), str::to_owned))
            .collect()
    };
    let (a, b) = (set(a), set(b));
    let small = a.len().min(b.len());
    if small == 0 {
        return 0.0;
    }
    let base = if small == 1 { a.len().max(b.len()) } else { small };
    #[allow(clippy::cast_precision_loss)]
    {
        a.intersection(&b).count() as f64 / base as f64
    }
}
