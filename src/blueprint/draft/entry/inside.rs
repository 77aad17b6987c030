//! What stands inside an entry: nested lists, notes, forms, branches.

use super::body::{body_text, dedent_block};
use super::{Around, Entry, Reader, Said, is_pointer};
use crate::blueprint::draft::clause::Mood;
use crate::blueprint::draft::entry_alert;
use crate::blueprint::draft::flow::Flow;
use crate::blueprint::draft::forms;
use crate::blueprint::draft::steps::{Note, Shape, Step, one_line};
use crate::page::{Block, BlockKind, Item, List};
use crate::text::Span;

impl<'p> Reader<'p> {
    /// Nested lists, code, alerts, tables inside the entry.
    pub(super) fn inside(&self, step: &mut Step, entry: &Entry<'p>, main: Option<&Said<'_>>, sub: bool) {
        let checks = main.and_then(|m| m.clause.verb.as_ref()).is_some_and(|verb| self.words.checking.contains(verb));
        // The sentence a list or table stands under: the last of the lead, else the one that makes the step.
        let lead_said = self.read(&entry.lead, &entry.part);
        let over = lead_said.last().or(main);
        let collects = over.is_some_and(|m| self.collects(m));
        let mut lead: Option<Flow> = None;
        // What explains the step, in the order of the page.
        let mut body = Vec::new();
        for block in &entry.rest {
            match &block.kind {
                BlockKind::List(list) => {
                    let collects =
                        lead.as_ref().map_or(collects, |l| self.read(l, &(0..l.text.len())).last().is_some_and(|s| self.collects(s)));
                    body.push(self.nested(step, list, checks, collects, lead.as_ref()));
                    lead = None;
                }
                BlockKind::Quote(_, inner) if self.told_apart(step, inner) => {}
                BlockKind::Quote(alert, inner) => {
                    let text = inner.iter().map(Block::text).collect::<Vec<_>>().join("\n\n");
                    step.notes.push(Note { kind: entry_alert(*alert), text });
                }
                BlockKind::Paragraph(inlines) => {
                    let flow = Flow::of(inlines);
                    step.links.extend(flow.links.iter().map(|(_, i)| *i));
                    if !self.branch(step, &flow, block.span) {
                        body.push(dedent_block(self.page, block));
                    }
                    // A picture between a sentence and its list does not part them.
                    if !flow.text.trim().is_empty() {
                        lead = Some(flow);
                    }
                }
                BlockKind::Table(table) => {
                    let told = match &lead {
                        Some(flow) => self.read(flow, &(0..flow.text.len())).last().is_some_and(|s| self.asks_for_data(s)),
                        None => over.is_some_and(|s| self.asks_for_data(s)),
                    };
                    step.fields.extend(forms::from_table(table, told, self.words));
                    body.push(dedent_block(self.page, block));
                }
                _ => body.push(dedent_block(self.page, block)),
            }
        }
        step.text = body_text(self.page, entry, sub, body);
    }

    /// A note that tells what must be done in a certain case is a sub-step, not a note.
    fn told_apart(&self, step: &mut Step, inner: &'p [Block]) -> bool {
        let [Block { kind: BlockKind::Paragraph(inlines), span }] = inner else { return false };
        let flow = Flow::of(inlines);
        let said = self.read(&flow, &(0..flow.text.len()));
        let must = said.first().is_some_and(|s| s.clause.mood == Mood::You);
        must && self.branch(step, &flow, *span)
    }

    /// "If the date was not updated, write to the team." below a step: a sub-step under its condition. Trouble-shooting stays text.
    fn branch(&self, step: &mut Step, flow: &Flow, span: Span) -> bool {
        let said = self.read(flow, &(0..flow.text.len()));
        let Some(first) = said.first() else { return false };
        let c = &first.clause;
        let Some(when) = c.when.as_ref().filter(|_| !c.trailing && !c.help) else { return false };
        let told = matches!(c.mood, Mood::Imperative | Mood::You | Mood::Role) && c.sure && !is_pointer(first, self.words);
        if self.skipped(first).is_some() {
            return false;
        }
        let sole = step.when.as_deref() == Some(one_line(flow.slice(when)).as_str());
        if !told || sole || self.words.is_trouble(flow.slice(when)) || flow.text.trim_end().ends_with(':') || step.title.is_empty() {
            return false;
        }
        let entry = Entry { shape: Shape::Prose, span, lead: flow.clone(), part: 0..flow.text.len(), rest: Vec::new(), task: None };
        let around = Around { heading: step.heading.clone(), sub: true, ..Around::default() };
        let mut sub = self.step(&entry, &around);
        sub.mark("condition-in-checklist", "when", false, flow.slice(when));
        sub.checklist.clear();
        step.checklist.push(sub);
        true
    }

    /// True for a sentence after which a list names data to give.
    pub(crate) fn collects(&self, said: &Said<'_>) -> bool {
        let f = &self.words.fields;
        let tokens = said.flow.tokens(&said.clause.range);
        let Some(verb) = said.clause.verb_at.as_ref().and_then(|v| tokens.iter().position(|t| t.start >= v.start)) else { return false };
        let lead = said.flow.slice(&said.clause.range).ends_with(':');
        // "The papers must include the following" tells what papers hold, "complete the following steps" what to do.
        let person = matches!(said.clause.mood, Mood::Imperative | Mood::You | Mood::Role | Mood::We);
        person && !f.not_over.within(&tokens) && (f.fill.at(&tokens, verb).is_some() || lead && f.fill.within(&tokens))
    }

    /// True for a sentence over a table that asks for what the table names.
    pub(crate) fn asks_for_data(&self, said: &Said<'_>) -> bool {
        let tokens = said.flow.tokens(&said.clause.range);
        self.collects(said) || said.clause.acts() && self.words.fields.over.within(&tokens) && self.words.fields.fill.within(&tokens)
    }

    /// A list inside a step: its actions become parts of the step, its data fields. Gives what is neither and explains the step, as it is
    /// written.
    pub(crate) fn nested(&self, step: &mut Step, list: &'p List, checks: bool, collects: bool, lead: Option<&Flow>) -> String {
        let owner = step.owner.as_ref().map(|o| o.name.clone());
        let (mut around, kind) = lead.map_or_else(|| (Around::default(), Some(false)), |l| self.over(l));
        let duties = lead.is_some_and(|l| self.words.headings.responsibility.within(&l.tokens(&(0..l.text.len()))));
        around.heading.clone_from(&step.heading);
        around.sub = true;
        let mut explained: Vec<String> = Vec::new();
        for item in &list.items {
            let entry = self.item(item, list.start.is_some());
            let said = self.read(&entry.lead, &entry.part);
            let Some(first) = said.first() else { continue };
            let text = entry.lead.slice(&entry.part).to_owned();
            if let Mood::Note(_) | Mood::Negative = first.clause.mood {
                Self::note(step, first);
                continue;
            }
            if self.labelled_attributes(step, &entry.lead, &entry.part) {
                continue;
            }
            if let Some(when) = self.skipped(first).filter(|_| step.when.is_none()) {
                step.wait_on("the step is skipped in a case", when);
                continue;
            }
            // "Responsibilities:" over what each role does is no list of facts.
            let duty = duties && first.clause.mood == Mood::Role && first.clause.sure;
            let acts = self.is_step(&entry, &said) && !self.refers_back(first) && (kind != Some(true) || duty);
            let asked = checks && first.clause.mood == Mood::Question;
            if collects && (!first.clause.acts() || forms::is_labelled(&entry.lead)) {
                if let Some(mut field) = forms::from_item(&text, self.words) {
                    let below = options_below(item);
                    if !below.is_empty() {
                        field.options = below;
                        "choice".clone_into(&mut field.kind);
                    }
                    step.fields.push(field);
                } else {
                    explained.push(format!("- {}", self.source_of(item)));
                }
                continue;
            }
            if acts || asked {
                let mut sub = self.step(&entry, &around);
                let deeper = std::mem::take(&mut sub.checklist);
                if sub.owner.as_ref().is_some_and(|o| o.inherited) && sub.owner.as_ref().map(|o| &o.name) == owner.as_ref() {
                    sub.owner = None;
                    sub.marks.retain(|m| m.at != "owner");
                }
                step.checklist.push(sub);
                step.checklist.extend(deeper);
            } else {
                explained.push(format!("- {}", self.source_of(item)));
                // An item that explains may hold actions of its own below it.
                for block in &item.blocks {
                    if let BlockKind::List(inner) = &block.kind
                        && first.clause.mood != Mood::Example
                    {
                        let below = self.nested(step, inner, checks, collects, None);
                        explained.extend(below.lines().map(|l| format!("  {l}")));
                    }
                }
            }
        }
        explained.join("\n")
    }

    /// The first paragraph of an item as it is written.
    fn source_of(&self, item: &Item) -> String {
        item.blocks.first().map_or_else(String::new, |b| dedent_block(self.page, b).replace('\n', "\n  "))
    }

    /// "This should be sent within a day." below a step is said of the step.
    fn refers_back(&self, said: &Said<'_>) -> bool {
        let first = said.flow.tokens(&(said.clause.core..said.clause.range.end)).into_iter().next();
        said.clause.mood == Mood::Passive && first.is_some_and(|t| self.words.pronouns.contains(&t.low))
    }
}

fn options_below(item: &Item) -> Vec<String> {
    let mut out = Vec::new();
    for block in &item.blocks {
        if let BlockKind::List(list) = &block.kind {
            out.extend(list.items.iter().filter_map(Item::lead).map(|l| one_line(&l.text())));
        }
    }
    out
}
