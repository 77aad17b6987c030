//! One item, row, heading or sentence into a step: its main clause, then owner, deadline, condition, approval, fields, notes, sub-steps.

use std::ops::Range;

use super::approval;
use super::clause::{self, Clause, Label, Mood};
use super::due;
use super::fields;
use super::flow::{Flow, Token};
use super::forms;
use super::outline;
use super::steps::{Due, Gate, Note, Party, Shape, Step, one_line};
use super::words::Words;
use crate::page::{Alert, Block, BlockKind, Item, List, Page};
use crate::text::Span;

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

/// Reads entries on one page.
pub(crate) struct Reader<'p> {
    pub(crate) page: &'p Page,
    pub(crate) words: &'static Words,
    /// The page is held for a procedure: bullets and sentences that tell what to do are steps.
    pub(crate) likely: bool,
    /// Which sections hold lists of steps, by address.
    pub(crate) listed: std::cell::RefCell<std::collections::BTreeMap<usize, bool>>,
}

/// A sentence with the flow it stands in.
pub(crate) struct Said<'f> {
    pub(crate) flow: &'f Flow,
    pub(crate) clause: Clause,
}

impl<'p> Reader<'p> {
    /// An item of a list as an entry.
    pub(crate) fn item(item: &'p Item, ordered: bool) -> Entry<'p> {
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
        let part = 0..lead.text.len();
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
        self.inside(&mut step, entry, main);
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

    fn title(&self, step: &mut Step, main: &Said<'_>, titled: bool, entry: &Entry<'p>) {
        let c = &main.clause;
        let lead_text = entry.lead.slice(&entry.part);
        let text = match (c.mood, &c.verb, &c.verb_at) {
            // "The laptop is prepared by IT": what is done stands in front.
            (Mood::Role, Some(verb), Some(at))
                if !self.words.verb_final && c.actor.as_ref().is_some_and(|a| a.start > at.end) && self.told_of(main).is_some() =>
            {
                let actor = c.actor.clone().unwrap_or_default();
                let behind = main.flow.text.get(actor.end..c.range.end).unwrap_or("");
                format!("{verb} {}{behind}", self.told_of(main).unwrap_or_default())
            }
            (Mood::Role | Mood::You | Mood::We | Mood::YouMay, Some(verb), Some(at))
                if self.words.base(verb).is_some() && !self.words.verb_final =>
            {
                format!("{verb}{}", &main.flow.text[at.end..c.range.end])
            }
            // "muss die Leitung den Antrag freigeben": what follows the doer, verb last.
            (Mood::Role, Some(_), Some(at))
                if self.words.verb_final && c.actor.as_ref().is_some_and(|a| a.end < at.start && at.end + 1 >= c.range.end) =>
            {
                let from = c.actor.as_ref().map_or(c.core, |a| a.end);
                main.flow.text[from..c.range.end].to_owned()
            }
            (Mood::Gerund, Some(verb), Some(at)) => format!("{verb}{}", &main.flow.text[at.end..c.range.end]),
            _ if titled => lead_text.to_owned(),
            _ => main.flow.text.get(c.core..c.range.end).unwrap_or("").to_owned(),
        };
        step.title = tidy(super::lead_in::without_run(&text));
        if super::lead_in::is_bare(&step.title) {
            let code = entry.rest.iter().find_map(|b| match &b.kind {
                BlockKind::Code { text, .. } => Some(text.as_str()),
                _ => None,
            });
            step.title =
                super::lead_in::title(main.flow.slice(&c.range), code, self.words).unwrap_or_else(|| std::mem::take(&mut step.title));
        }
        if step.title.is_empty() {
            step.title = tidy(main.flow.slice(&c.range));
        }
        if step.title.is_empty() && entry.lead.image {
            step.mark("picture-step", "title", true, "picture only");
        }
        step.because("step", format!("{}, read as {:?}", entry.shape.as_str(), c.mood), main.flow.slice(&c.range));
        if !c.may_act() {
            step.mark("step-guessed", "title", true, main.flow.slice(&c.range));
        }
    }

    /// The subject of a passive sentence: the words before "is" or "must be".
    fn told_of(&self, main: &Said<'_>) -> Option<String> {
        let c = &main.clause;
        let verb = c.verb_at.as_ref()?;
        let tokens = main.flow.tokens(&(c.core..verb.start));
        let end = (1..tokens.len()).find(|i| self.words.be.contains(&tokens[*i].low) || self.words.modals.at(&tokens, *i).is_some())?;
        let subject = main.flow.slice(&(tokens[0].start..tokens[end - 1].end));
        let mut chars = subject.chars();
        let first = chars.next().filter(|_| self.words.articles.contains(&tokens[0].low))?;
        Some(first.to_lowercase().chain(chars).collect())
    }

    fn condition(step: &mut Step, main: &Said<'_>, first: Option<&Said<'_>>, around: &Around) {
        step.optional = main.clause.optional || first.is_some_and(|f| f.clause.optional);
        if step.optional {
            step.because("optional", "the page says it may be left out", main.flow.slice(&main.clause.range));
        }
        if let Some(when) = &main.clause.when {
            step.when = Some(one_line(main.flow.slice(when)));
            step.because("when", "condition in the sentence", main.flow.slice(when));
        } else if let Some(asked) = first.filter(|f| f.clause.mood == Mood::Question && f.clause.range.end <= main.clause.range.start) {
            let words = one_line(asked.flow.slice(&asked.clause.range)).trim_end_matches('?').to_owned();
            step.because("when", "a question before the command", &words);
            step.when = Some(words);
        } else if let Some(when) = &around.when {
            step.when = Some(when.clone());
            step.because("when", "condition over the list", when);
        }
        if step.when.is_some() {
            let evidence = step.when.clone().unwrap_or_default();
            step.mark("condition-needs-field", "when", false, &evidence);
        }
    }

    fn owner(&self, step: &mut Step, main: &Said<'_>, titled: bool, lead: &[Said<'_>], body: &[Said<'_>], around: &Around) {
        let named = |s: &Said<'_>| matches!(s.clause.mood, Mood::Role | Mood::RoleMay).then(|| s.clause.actor.clone()).flatten();
        let mut from = named(main).map(|r| (main, r));
        // A title names no one; the first sentence below that does counts.
        if from.is_none() && titled {
            // A command as title has its doer in the first sentence or nowhere.
            let reach = if main.clause.acts() && main.clause.sure { 1 } else { usize::MAX };
            from = lead.iter().skip(1).chain(body.iter().take(reach)).find_map(|s| named(s).map(|r| (s, r)));
        }
        // "Print the badge. This is done by the receptionist."
        if from.is_none() && main.clause.acts() {
            let next = lead.iter().chain(body).find(|s| std::ptr::eq(s.flow, main.flow) && s.clause.range.start >= main.clause.range.end);
            from = next.filter(|s| self.same_act(s)).and_then(|s| named(s).map(|r| (s, r)));
        }
        if let Some((said, range)) = from {
            let name = clean_role(said.flow.slice(&range), self.words);
            if said.clause.actor_guessed {
                step.mark("owner-vague", "owner", false, &name);
            }
            step.because("owner", "subject of the sentence", said.flow.slice(&said.clause.range));
            step.owner = Some(Party { name, inherited: false });
        } else if let Some(name) = &around.owner {
            step.because("owner", "named over the steps", name);
            step.mark("owner-inherited", "owner", false, name);
            step.owner = Some(Party { name: name.clone(), inherited: true });
        }
    }

    /// "This is done by …", "This should be carried out by …": the subject is the act told before.
    fn same_act(&self, said: &Said<'_>) -> bool {
        let first = said.flow.tokens(&(said.clause.core..said.clause.range.end)).into_iter().next();
        first.is_some_and(|t| self.words.pronouns.contains(&t.low))
            && said.clause.verb.as_ref().is_some_and(|v| self.words.doing.contains(v))
    }

    fn deadline(&self, step: &mut Step, main: Option<&Said<'_>>, titled: bool, lead: &[Said<'_>], body: &[Said<'_>], around: &Around) {
        let main_at = main.map(|m| m.clause.range.start);
        for (i, said) in lead.iter().chain(body).enumerate() {
            let own = main.is_some_and(|m| std::ptr::eq(m.flow, said.flow)) && main_at == Some(said.clause.range.start);
            let c = &said.clause;
            let told = matches!(c.mood, Mood::Imperative | Mood::You | Mood::We | Mood::Passive) || passive_fragment(said, self.words);
            let other_party = c.mood == Mood::Role
                && step.owner.as_ref().is_none_or(|o| !said.flow.slice(&c.actor.clone().unwrap_or_default()).contains(&o.name));
            if !(own || told || titled && !other_party && !matches!(c.mood, Mood::System) || i == 0 && titled) || c.help {
                continue;
            }
            let Some(found) = due::find(said.flow, &c.range, self.words) else {
                if own
                    && self.words.vague_due.within(&said.flow.tokens(&c.range))
                    && matches!(c.mood, Mood::Imperative | Mood::Role | Mood::You)
                {
                    step.mark("due-vague", "due", true, said.flow.slice(&c.range));
                }
                continue;
            };
            let words = said.flow.slice(&found.words).to_owned();
            step.due = Some(Due {
                amount: found.amount.words(),
                before: found.side == due::Side::Before,
                anchor: found.anchor.as_ref().map(|a| said.flow.slice(a).to_owned()),
                to: String::new(),
            });
            step.because("due", "an amount counted from something", &words);
            let shorter = tidy(&step.title.replace(&words, ""));
            if step.title.contains(&words)
                && shorter.split(' ').count() > 2
                && (step.title.starts_with(&words) || step.title.ends_with(&words))
            {
                step.title = shorter;
            }
            if found.amount.range || found.anchor.is_none() && !found.explicit {
                step.mark("due-anchor-guessed", "due", false, &words);
            }
            return;
        }
        if let Some(due) = &around.due {
            step.because("due", "stands over the steps", &due.words());
            step.due = Some(due.clone());
        }
    }

    fn gate(&self, step: &mut Step, lead: &[Said<'_>], body: &[Said<'_>], around: &Around) {
        let all: Vec<&Said<'_>> = lead.iter().chain(body).collect();
        let mut best: Option<(approval::Gate, &Said<'_>)> = None;
        // In a sub-step only its own sentence counts: what follows tells of other runs.
        let reach = if around.sub { 1 } else { all.len() };
        for said in all.iter().take(reach) {
            let Some(found) = approval::find(said.flow, &said.clause, self.words) else { continue };
            let better = best
                .as_ref()
                .is_none_or(|(g, _)| g.refers && !found.refers || g.refers == found.refers && g.by.is_none() && found.by.is_some());
            if better {
                best = Some((found, said));
            }
        }
        if let Some((found, said)) = best {
            let mut by: Vec<String> = found.by.iter().map(|b| clean_role(said.flow.slice(b), self.words)).collect();
            if by.is_empty() {
                // "request approval … will be reviewed by the operations team": the reviewer of the same step.
                by.extend(all.iter().filter_map(|s| reviewer(s, self.words)).take(1));
            }
            let words = one_line(said.flow.slice(&said.clause.range));
            step.because(if found.refers { "approval-reference" } else { "approval" }, found.rule, &words);
            step.approval = Some(Gate { by, words, before: false });
            return;
        }
        // "Approve the licence" told to a named role is that role's decision.
        if let (Some(owner), Some(main)) = (&around.owner, lead.first())
            && main.clause.mood == Mood::Imperative
            && main.clause.verb.as_deref().is_some_and(|v| self.words.approve.verbs.has(v) && v != "sign")
            && !self.words.approve.ui.within(&main.flow.tokens(&main.clause.range))
        {
            let words = one_line(main.flow.slice(&main.clause.range));
            step.because("approval", "the owner of the steps approves", &words);
            step.approval = Some(Gate { by: vec![owner.clone()], words, before: false });
        }
    }

    fn note(step: &mut Step, said: &Said<'_>) {
        let kind = match said.clause.mood {
            Mood::Note(Label::Note) => "note",
            Mood::Note(Label::Tip) => "tip",
            Mood::Note(Label::Caution) => "caution",
            Mood::Note(Label::Warning) => "warning",
            Mood::Negative => "caution",
            _ => return,
        };
        let text = said.flow.slice(&(said.clause.core.min(said.clause.range.end)..said.clause.range.end)).to_owned();
        if !text.is_empty() {
            step.notes.push(Note { kind, text });
        }
    }

    /// Nested lists, code, alerts, tables inside the entry.
    fn inside(&self, step: &mut Step, entry: &Entry<'p>, main: Option<&Said<'_>>) {
        let checks = main.is_some_and(|m| {
            matches!(m.clause.verb.as_deref(), Some("verify" | "check" | "confirm" | "ensure" | "make" | "test" | "validate"))
        });
        // The sentence a list or table stands under: the last of the lead, else the one that makes the step.
        let lead_said = self.read(&entry.lead, &entry.part);
        let over = lead_said.last().or(main);
        let collects = over.is_some_and(|m| self.collects(m));
        let mut lead: Option<Flow> = None;
        let mut body = Vec::new();
        for block in &entry.rest {
            match &block.kind {
                BlockKind::List(list) => {
                    let collects =
                        lead.as_ref().map_or(collects, |l| self.read(l, &(0..l.text.len())).last().is_some_and(|s| self.collects(s)));
                    self.nested(step, list, checks, collects, lead.as_ref());
                    lead = None;
                }
                BlockKind::Quote(_, inner) if self.told_apart(step, inner) => {}
                BlockKind::Quote(alert, inner) => {
                    let text = inner.iter().map(Block::text).collect::<Vec<_>>().join("\n\n");
                    step.notes.push(Note { kind: alert_kind(*alert), text });
                }
                BlockKind::Paragraph(inlines) => {
                    let flow = Flow::of(inlines);
                    step.links.extend(flow.links.iter().map(|(_, i)| *i));
                    if !self.branch(step, &flow, block.span) {
                        body.push(*block);
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
                    body.push(*block);
                }
                _ => body.push(*block),
            }
        }
        step.text = body_text(self.page, entry, &body);
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
        let sole = step.when.as_deref() == Some(one_line(flow.slice(when)).as_str());
        if !told || sole || troubled(flow.slice(when)) || flow.text.trim_end().ends_with(':') || step.title.is_empty() {
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
    fn collects(&self, said: &Said<'_>) -> bool {
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

    fn nested(&self, step: &mut Step, list: &'p List, checks: bool, collects: bool, lead: Option<&Flow>) {
        let owner = step.owner.as_ref().map(|o| o.name.clone());
        let (mut around, kind) = lead.map_or_else(|| (Around::default(), Some(false)), |l| self.over(l));
        let duties = lead.is_some_and(|l| self.words.headings.responsibility.within(&l.tokens(&(0..l.text.len()))));
        around.heading.clone_from(&step.heading);
        around.sub = true;
        for item in &list.items {
            let entry = Self::item(item, list.start.is_some());
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
            // "Responsibilities:" over what each role does is no list of facts.
            let duty = duties && first.clause.mood == Mood::Role && first.clause.sure;
            let acts = self.is_step(&entry, &said) && (kind != Some(true) || duty);
            let asked = checks && first.clause.mood == Mood::Question;
            if collects && (!first.clause.acts() || forms::is_labelled(&entry.lead)) {
                if let Some(mut field) = forms::from_item(&text, self.words) {
                    let below = options_below(item);
                    if !below.is_empty() {
                        field.options = below;
                        "choice".clone_into(&mut field.kind);
                    }
                    step.fields.push(field);
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
                // An item that explains may hold actions of its own below it.
                for block in &item.blocks {
                    if let BlockKind::List(inner) = &block.kind
                        && first.clause.mood != Mood::Example
                    {
                        self.nested(step, inner, checks, collects, None);
                    }
                }
            }
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

    /// What the sentence over a list says about it: owner, condition, deadline; `Some(true)` if it says that no steps follow, `Some(false)`
    /// if it says that steps follow.
    pub(crate) fn over(&self, lead: &Flow) -> (Around, Option<bool>) {
        let mut around = Around::default();
        let said = self.read(lead, &(0..lead.text.len()));
        let Some(last) = said.last() else { return (around, None) };
        let tokens = lead.tokens(&last.clause.range);
        let ends = lead.slice(&last.clause.range).ends_with([':', ',', '…']) || !lead.text.trim_end().ends_with(['.', '!', '?', ')', ';']);
        let c = &last.clause;
        if ends {
            if let (Mood::Role, Some(actor), false) = (c.mood, &c.actor, c.actor_guessed) {
                around.owner = Some(clean_role(lead.slice(actor), self.words));
            } else if let Some(actor) = self.bare_duty(&tokens) {
                around.owner = Some(clean_role(lead.slice(&actor), self.words));
            }
            around.when = c.when.as_ref().filter(|_| !c.help && !c.trailing).map(|w| one_line(lead.slice(w)));
            around.optional = self.words.leads.optional.within(&tokens);
            around.due = due::find(lead, &c.range, self.words).map(|f| Due {
                amount: f.amount.words(),
                before: f.side == due::Side::Before,
                anchor: f.anchor.as_ref().map(|a| lead.slice(a).to_owned()),
                to: String::new(),
            });
        }
        let purpose = self.words.to.contains(tokens.first().map_or("", |t| t.low.as_str()))
            && tokens.get(1).is_some_and(|t| self.words.base(&t.low).is_some())
            && ends;
        let steps = self.words.leads.steps.within(&tokens) || purpose && !self.words.leads.not_steps.within(&tokens);
        let not = ends && self.words.leads.not_steps.within(&tokens);
        let verdict = match (steps, not) {
            (true, _) => Some(false),
            (false, true) => Some(true),
            _ => None,
        };
        (around, verdict)
    }

    /// "Approvers are notified by email and must:" – a role at the head and a duty at the end.
    fn bare_duty(&self, tokens: &[Token]) -> Option<Range<usize>> {
        let end = tokens.iter().rposition(Token::is_word)?;
        let duty = (end.saturating_sub(2)..=end).any(|i| self.words.modals.at(tokens, i).is_some_and(|n| i + n > end));
        let (range, _) = clause::noun_phrase(
            tokens,
            tokens.iter().position(|t| self.words.is_role(&t.low) || self.words.determiners.contains(&t.low))?,
            self.words,
        )?;
        duty.then_some(range)
    }

    /// "Step N …" inside an item: the label of a step of its own.
    pub(crate) fn labelled(&self, flow: &Flow) -> bool {
        outline::is_labelled(flow, self.words)
    }
}

/// A condition that something went wrong: trouble-shooting, not a branch.
pub(crate) fn troubled(condition: &str) -> bool {
    let low = condition.to_lowercase();
    ["fail", "error", "problem", "trouble", "issue", "stuck", "not work", "doesn't work", "goes wrong", "unable", "fehler", "problem"]
        .iter()
        .any(|w| low.contains(w))
}

/// A sentence that only sends the reader elsewhere.
pub(crate) fn is_pointer(said: &Said<'_>, words: &Words) -> bool {
    let tokens = said.flow.tokens(&said.clause.range);
    let verb = said.clause.verb_at.as_ref().and_then(|v| tokens.iter().position(|t| t.start >= v.start)).unwrap_or(0);
    let refers = words.references.at(&tokens, verb).is_some() || said.clause.verb.as_deref() == Some("consider");
    let low = said.flow.slice(&said.clause.range).to_lowercase();
    if low.contains("link below")
        || low.contains("links below")
        || low.contains("section below")
        || low.contains("sections below")
        || low.contains("steps below")
    {
        return true;
    }
    // Template tags keep a link from being one; its brackets are still there.
    let linked =
        low.contains("](") || said.flow.links.iter().any(|(l, _)| l.start >= said.clause.range.start && l.end <= said.clause.range.end);
    refers && (linked || matches!(said.clause.verb.as_deref(), Some("see" | "refer" | "read" | "learn")))
}

/// "(it) should be done no more than 12 hours before": a duty without its subject.
fn passive_fragment(said: &Said<'_>, words: &Words) -> bool {
    let tokens = said.flow.tokens(&said.clause.range);
    (1..tokens.len()).any(|i| {
        tokens[i].low == "be"
            && matches!(tokens[i - 1].low.as_str(), "should" | "must")
            && tokens.get(i + 1).is_some_and(|t| words.participle(&t.low).is_some())
    })
}

/// "… will be reviewed by the operations team".
fn reviewer(said: &Said<'_>, words: &Words) -> Option<String> {
    let tokens = said.flow.tokens(&said.clause.range);
    let by = (1..tokens.len()).find(|i| {
        words.by.contains(&tokens[*i].low) && matches!(words.participle(&tokens[*i - 1].low), Some("review" | "check" | "approve"))
    })?;
    let (range, _) = clause::noun_phrase(&tokens, by + 1, words)?;
    Some(clean_role(said.flow.slice(&range), words))
}

/// A whole paragraph in bold, or a heading: a title over the text that follows.
fn is_title(flow: &Flow, part: &Range<usize>) -> bool {
    let text = flow.slice(part);
    !text.is_empty() && flow.strong.iter().any(|s| flow.slice(s).trim_end_matches(':').len() + 2 >= text.trim_end_matches(':').len())
}

/// A role as people would list it: no article, no possessive, no count in front.
pub(crate) fn clean_role(text: &str, words: &Words) -> String {
    let text = one_line(text);
    let mut parts: Vec<&str> = text.split(' ').collect();
    while parts.len() > 1 && empty_before_role(parts[0], words) {
        parts.remove(0);
    }
    parts.join(" ").trim_matches(['*', '_', '.', ',', ':', ' ']).to_owned()
}

fn empty_before_role(word: &str, words: &Words) -> bool {
    let low = word.to_lowercase();
    // "IT service desk": capitals are a name, not the pronoun.
    let name = word.len() > 1 && word.chars().all(char::is_uppercase);
    let counted = word.bytes().all(|b| b.is_ascii_digit()) || matches!(low.as_str(), "at" | "least" | "designated" | "up");
    !name && (words.determiners.contains(&low) || counted)
}

/// A title: first letter large, no colon or stop at the end, cut at a word if very long.
pub(crate) fn tidy(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let trimmed = joined.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '.' | ',' | ';' | '-' | '–' | '—' | '*' | '_'));
    let mut out = trimmed.to_owned();
    if let Some((at, _)) = trimmed.char_indices().nth(140) {
        let cut = trimmed[..at].rfind(' ').unwrap_or(at);
        out = format!("{}…", trimmed[..cut].trim_end_matches([',', ';', ':']));
    }
    let mut chars = out.chars();
    match chars.next() {
        Some(first) if first.is_lowercase() => first.to_uppercase().chain(chars).collect(),
        _ => out,
    }
}

fn alert_kind(alert: Option<Alert>) -> &'static str {
    match alert {
        None | Some(Alert::Note) => "note",
        Some(Alert::Tip) => "tip",
        Some(Alert::Important) => "caution",
        Some(Alert::Warning) => "warning",
        Some(Alert::Caution) => "danger",
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

fn dedupe_fields(step: &mut Step) {
    let mut seen = std::collections::BTreeSet::new();
    step.fields.retain(|f| seen.insert(f.label.to_lowercase()));
}

/// The Markdown of an entry without its nested lists and notes: the how-to of the step.
fn body_text(page: &Page, entry: &Entry<'_>, blocks: &[&Block]) -> String {
    let mut parts = Vec::new();
    let lead = entry.lead.slice(&entry.part);
    // The lead is kept where the title does not say all of it.
    let sentences = entry.lead.sentences().iter().filter(|s| s.start >= entry.part.start && s.end <= entry.part.end).count();
    if entry.shape != Shape::Heading
        && !lead.is_empty()
        && (sentences > 1 || lead.chars().count() > 140 || !entry.lead.links.is_empty() || !entry.lead.code.is_empty())
    {
        let from = entry.lead.source(entry.part.start);
        let to = closed(page, entry.lead.source(entry.part.end.saturating_sub(1)) + 1);
        let first = page.source.slice(Span { start: from, end: to.max(from) });
        let whole = first_paragraph(page, entry).filter(|_| entry.shape != Shape::Prose).unwrap_or(first);
        parts.push(dedent(whole));
    }
    parts.extend(blocks.iter().map(|b| dedent_block(page, b)));
    parts.into_iter().filter(|p| !p.trim().is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Behind the marks that close what ends at a byte: the address of a link, the end of bold or code.
fn closed(page: &Page, at: u32) -> u32 {
    let rest = page.source.text().get(at as usize..).unwrap_or("");
    let marks = rest.len() - rest.trim_start_matches(['*', '_', '`']).len();
    let link = rest[marks..].strip_prefix("](").and_then(|r| r.find([')', '\n']).filter(|i| r[*i..].starts_with(')'))).map_or(0, |i| i + 3);
    at + u32::try_from(marks + link).unwrap_or(0)
}

fn first_paragraph<'a>(page: &'a Page, entry: &Entry<'_>) -> Option<&'a str> {
    // The lead's own source, marks included: from the first to the last piece of the paragraph.
    let start = entry.lead.source(0);
    let text = page.source.slice(entry.span);
    let offset = (start as usize).checked_sub(entry.span.start as usize)?;
    let rest = text.get(offset..)?;
    let end = rest.find("\n\n").unwrap_or(rest.len());
    let stop = rest[..end].match_indices('\n').find(|(i, _)| {
        let line = rest[i + 1..].trim_start();
        line.starts_with(['-', '*', '+', '`', '>', '|'])
            || line.starts_with(|c: char| c.is_ascii_digit())
                && line.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['.', ')'])
    });
    // Marks such as `**` or `[` stand just before the first text.
    let before = text[..offset].rfind([' ', '\n', '|']).map_or(offset, |i| i + 1);
    text.get(before..offset + stop.map_or(end, |(i, _)| i))
}

fn dedent_block(page: &Page, block: &Block) -> String {
    let start = block.span.start as usize;
    let column = page.source.text()[..start].rfind('\n').map_or(start, |n| start - n - 1);
    let text = page.source.slice(block.span);
    let mut lines = text.lines();
    let mut out: Vec<&str> = lines.next().into_iter().collect();
    out.extend(lines.map(|l| {
        let spaces = l.len() - l.trim_start_matches(' ').len();
        &l[spaces.min(column)..]
    }));
    out.join("\n")
}

fn dedent(text: &str) -> String {
    text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n").trim().to_owned()
}
