//! One item, row, heading or sentence into a step: its main clause, then owner, deadline, condition, approval, fields, notes, sub-steps.
//!
//! `title` words the step, `values` finds who, when and under which condition, `inside` reads what is nested in it, `over` what the sentence
//! above a list says of all its items, `body` keeps the how-to.

mod body;
mod inside;
mod over;
mod title;
mod values;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use super::approval;
use super::clause::{self, Clause, Mood};
use super::fields;
use super::flow::Flow;
use super::forms;
use super::group::Group;
use super::outline;
use super::steps::{Due, Shape, Step};
use super::words::Words;
use crate::page::{Block, BlockKind, Item, Page};
use crate::text::Span;
use title::is_title;
pub(crate) use values::{clean_role, settle_otherwise};

/// What a step is made from.
pub(crate) struct Entry<'p> {
    pub(crate) shape: Shape,
    pub(crate) span: Span,
    /// The first paragraph, heading text or cell.
    pub(crate) lead: Flow,
    /// Which part of the lead counts.
    pub(crate) part: Range<usize>,
    /// What else stands in it.
    pub(crate) rest: Vec<&'p Block>,
    pub(crate) task: Option<bool>,
}

/// What every step of a section shares.
#[derive(Clone, Default)]
pub(crate) struct Around {
    pub(crate) heading: String,
    /// Named by the sentence over the list or the section.
    pub(crate) owner: Option<String>,
    /// Condition over the list.
    pub(crate) when: Option<String>,
    pub(crate) optional: bool,
    /// The entry is a sub-step.
    pub(crate) sub: bool,
    /// Deadline over the list.
    pub(crate) due: Option<Due>,
}

/// Why a step waits on the condition of the sentence over its list.
pub(crate) const OVER_LIST: &str = "condition over the list";

/// Reads entries on one page.
pub(crate) struct Reader<'p> {
    pub(crate) page: &'p Page,
    pub(crate) words: &'static Words,
    /// The page is held for a procedure: bullets and sentences that tell what to do are steps.
    pub(crate) likely: bool,
    /// The page is held for a procedure, whether or not bullets and sentences are believed this time.
    pub(crate) held: bool,
    /// What was found in sections before it was their turn.
    pub(crate) ahead: RefCell<Ahead>,
}

/// Sections are asked whether they hold steps by those above them; the answers, and the steps made for them, are kept by the section's address.
#[derive(Default)]
pub(crate) struct Ahead {
    /// Which sections hold lists of steps, in them or below.
    pub(crate) listed: BTreeMap<usize, bool>,
    /// What their own blocks hold.
    pub(crate) own: BTreeMap<usize, Vec<Group>>,
}

/// A sentence with the flow it stands in.
pub(crate) struct Said<'f> {
    pub(crate) flow: &'f Flow,
    pub(crate) clause: Clause,
}

impl<'p> Reader<'p> {
    /// An item of a list as an entry.
    pub(crate) fn item(&self, item: &'p Item, ordered: bool) -> Entry<'p> {
        let (lead, skip) = match item.lead() {
            Some(inlines) => (Flow::of(inlines), 1),
            None => (Flow::default(), 0),
        };
        let boxed = lead.text.trim_start().starts_with(['🔲', '☐', '⬜', '✅', '☑', '□']);
        let shape = match (item.task, ordered) {
            (Some(_), _) => Shape::Task,
            _ if boxed => Shape::Task,
            (None, true) => Shape::Ordered,
            (None, false) => Shape::Bullet,
        };
        // "Step 2: Open the form" as the text of an item: the label is no part of it.
        let tokens = lead.tokens(&(0..lead.text.len()));
        let (number, behind) = outline::number(&lead, &tokens, self.words);
        let label = number.filter(|n| n.labelled).and_then(|_| tokens.get(behind)).map_or(0, |t| t.start);
        let part = label..lead.text.len();
        Entry { shape, span: item.span, part, rest: item.blocks.iter().skip(skip).collect(), task: item.task, lead }
    }

    /// The sentences of a flow, read.
    pub(crate) fn read<'f>(&self, flow: &'f Flow, part: &Range<usize>) -> Vec<Said<'f>> {
        flow.sentences()
            .into_iter()
            .filter(|s| s.end > part.start && s.start < part.end)
            .map(|s| s.start.max(part.start)..s.end.min(part.end))
            .map(|s| Said { flow, clause: clause::read(flow, &s, self.words) })
            .collect()
    }

    /// Paragraphs of blocks as flows, without what is nested deeper.
    pub(crate) fn paragraphs(blocks: &[&'p Block]) -> Vec<Flow> {
        blocks
            .iter()
            .filter_map(|b| match &b.kind {
                BlockKind::Paragraph(inlines) => Some(Flow::of(inlines)),
                _ => None,
            })
            .collect()
    }

    fn bullets(blocks: &[&'p Block]) -> Vec<Flow> {
        let lists = blocks.iter().filter_map(|b| match &b.kind {
            BlockKind::List(list) => Some(list),
            _ => None,
        });
        lists.flat_map(|l| l.items.iter().filter_map(Item::lead)).map(Flow::of).collect()
    }

    /// Makes the step of an entry.
    pub(crate) fn step(&self, entry: &Entry<'p>, around: &Around) -> Step {
        let bodies = Self::paragraphs(&entry.rest);
        let lead = self.read(&entry.lead, &entry.part);
        let mut body: Vec<Said<'_>> = bodies.iter().flat_map(|f| self.read(f, &(0..f.text.len()))).collect();
        // A heading that names a thing says nothing of who and when: the bullets below it do.
        let named = entry.shape == Shape::Heading && !lead.first().is_some_and(|s| s.clause.acts() && s.clause.sure);
        let bullets = if named { Self::bullets(&entry.rest).into_iter().take(2).collect() } else { Vec::new() };
        body.extend(bullets.iter().flat_map(|f| self.read(f, &(0..f.text.len()))));
        let titled = entry.shape == Shape::Heading || is_title(&entry.lead, &entry.part);
        let first = lead.first();
        let main = first
            .filter(|s| {
                s.clause.may_act()
                    || s.clause.mood == Mood::RoleMay && entry.shape == Shape::Ordered
                    || titled && !entry.lead.slice(&entry.part).is_empty()
            })
            .or_else(|| lead.iter().find(|s| s.clause.may_act()))
            .or_else(|| body.iter().find(|s| s.clause.acts()).filter(|_| first.is_some()))
            .or(first)
            .or_else(|| {
                // "Step 4:" alone: the first paragraph below says it.
                let near = body.iter().take_while(|s| std::ptr::eq(s.flow, body[0].flow));
                near.clone().find(|s| s.clause.acts()).or_else(|| near.clone().next())
            });
        let mut step = self.bare(entry, around);
        if let Some(main) = main {
            if entry.shape == Shape::Prose {
                step.line = self.page.source.line_of(main.flow.source(main.clause.core));
            }
            self.title(&mut step, main, titled, entry);
            Self::condition(&mut step, main, first, around);
            self.owner(&mut step, main, titled, &lead, &body, around);
            if let Some(when) = lead.iter().skip(1).chain(&body).filter(|_| step.when.is_none()).find_map(|s| self.skipped(s)) {
                step.wait_on("the step is skipped in a case", when);
            }
        }
        self.deadline(&mut step, main, titled, &lead, &body, around);
        self.gate(&mut step, &lead, &body, around);
        for said in lead.iter().chain(&body) {
            Self::note(&mut step, said);
            if said.clause.acts() {
                step.fields.extend(fields::find(said.flow, &said.clause, self.words));
            }
        }
        if lead.len() > 1 {
            self.labelled_attributes(&mut step, &entry.lead, &(lead[1].clause.range.start..entry.part.end));
        }
        for flow in &bodies {
            self.labelled_attributes(&mut step, flow, &(0..flow.text.len()));
        }
        for flow in [entry.lead.slice(&entry.part)].into_iter().chain(bodies.iter().map(|b| b.text.as_str())) {
            step.fields.extend(forms::blanks(flow, self.words));
        }
        self.inside(&mut step, entry, main, around.sub);
        step.optional |= around.optional;
        dedupe_fields(&mut step);
        step
    }

    fn bare(&self, entry: &Entry<'p>, around: &Around) -> Step {
        Step {
            id: String::new(),
            title: String::new(),
            span: entry.span,
            line: self.page.source.line_of(entry.span.start),
            shape: entry.shape,
            owner: None,
            due: None,
            when: None,
            optional: false,
            otherwise: self.words.otherwise.at(&entry.lead.tokens(&entry.part), 0).is_some(),
            approval: None,
            checklist: Vec::new(),
            fields: Vec::new(),
            notes: Vec::new(),
            text: String::new(),
            links: entry.lead.links.iter().map(|(_, i)| *i).collect(),
            heading: around.heading.clone(),
            item: String::new(),
            hash: crate::blueprint::text_hash(self.page.source.slice(entry.span)),
            phase: None,
            marks: Vec::new(),
            why: Vec::new(),
        }
    }

    /// True if an item tells somebody to do something: its first sentence, or a later one of its own paragraph.
    pub(crate) fn is_step(&self, entry: &Entry<'p>, said: &[Said<'_>]) -> bool {
        let Some(first) = said.first() else { return false };
        match first.clause.mood {
            // "Is the customer new? Open an account."
            Mood::Question => said.get(1).is_some_and(|s| s.clause.acts() && s.clause.sure && !is_pointer(s, self.words)),
            Mood::Note(_) | Mood::Example | Mood::Negative | Mood::Definition | Mood::Gerund => false,
            _ if first.clause.help => false,
            _ if first.clause.acts() => true,
            Mood::YouMay | Mood::RoleMay => entry.shape == Shape::Ordered,
            _ => {
                // What a system does needs a command to a person beside it.
                said.iter().skip(1).any(|s| {
                    matches!(s.clause.mood, Mood::Imperative | Mood::You | Mood::Role) && s.clause.sure && !is_pointer(s, self.words)
                }) || said.iter().any(|s| approval::find(s.flow, &s.clause, self.words).is_some_and(|g| !g.refers))
            }
        }
    }

    /// "Step N …" inside an item: the label of a step of its own.
    pub(crate) fn labelled(&self, flow: &Flow) -> bool {
        outline::is_labelled(flow, self.words)
    }
}

/// A sentence that only sends the reader elsewhere.
pub(crate) fn is_pointer(said: &Said<'_>, words: &Words) -> bool {
    let tokens = said.flow.tokens(&said.clause.range);
    let verb = said.clause.verb_at.as_ref().and_then(|v| tokens.iter().position(|t| t.start >= v.start)).unwrap_or(0);
    let refers = words.references.at(&tokens, verb).is_some();
    if words.places_below.within(&tokens) {
        return true;
    }
    // Template tags keep a link from being one; its brackets are still there.
    let linked = said.flow.slice(&said.clause.range).contains("](")
        || said.flow.links.iter().any(|(l, _)| l.start >= said.clause.range.start && l.end <= said.clause.range.end);
    refers && (linked || said.clause.verb.as_ref().is_some_and(|verb| words.pointers.contains(verb)))
}

fn dedupe_fields(step: &mut Step) {
    let mut seen = std::collections::BTreeSet::new();
    step.fields.retain(|f| seen.insert(f.label.to_lowercase()));
}
