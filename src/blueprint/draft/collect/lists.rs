//! Lists as steps.

use super::{From, Group, append};
use crate::blueprint::draft::approval;
use crate::blueprint::draft::clause::Mood;
use crate::blueprint::draft::entry::{Around, Entry, Reader, Said, clean_role, is_pointer};
use crate::blueprint::draft::flow::{self, Flow};
use crate::blueprint::draft::forms;
use crate::blueprint::draft::outline::{self, Kind, Section};
use crate::blueprint::draft::steps::{Gate, Shape, Step, one_line};
use crate::page::{BlockKind, List};
use crate::text::Span;

impl<'p> Reader<'p> {
    /// A list as steps, or nothing.
    pub(super) fn list(&self, list: &'p List, lead: Option<&Flow>, section: &Section<'p>, around: &Around) -> Option<Group> {
        if matches!(section.kind, Kind::Responsibility) {
            return None;
        }
        let ordered = list.start.is_some();
        let (over, verdict) = lead.map_or_else(|| (Around::default(), None), |l| self.over(l));
        let entries: Vec<Entry<'p>> = list.items.iter().map(|i| self.item(i, ordered)).collect();
        let tasks = entries.iter().filter(|e| e.shape == Shape::Task).count();
        if tasks * 2 > entries.len() {
            if entries.len() > 1 && entries.iter().all(|e| e.task == Some(true)) {
                return None;
            }
        } else if verdict == Some(true) && !entries.iter().any(|e| self.has_labels(e)) {
            return None;
        }
        // Read once for all that is asked of them.
        let told: Vec<Vec<Said<'_>>> = entries.iter().map(|e| self.read(&e.lead, &e.part)).collect();
        let mut acting = 0;
        let mut stating = 0;
        let flags: Vec<bool> = entries
            .iter()
            .zip(&told)
            .map(|(e, said)| {
                let acts = self.is_step(e, said) || self.body_acts(e) || self.has_labels(e);
                let noun = said.first().is_some_and(|s| s.clause.mood == Mood::Noun);
                acting += usize::from(acts);
                stating += usize::from(!acts && !noun);
                acts
            })
            .collect();
        let total = entries.len();
        let is_tasks = tasks * 2 > total;
        let worded = told.iter().zip(&flags).any(|(said, f)| *f && said.first().is_none_or(|s| s.clause.mood != Mood::Command));
        let said_so = verdict == Some(false) || over.owner.is_some() || section.kind == Kind::Procedure;
        // Who hands on to whom is an order, numbered or not.
        let handed_on = !ordered && self.held && Self::by_doers(&told);
        let believed = !ordered && !said_so && self.held && (self.names_act(section) && !self.points(&told) || handed_on);
        let enough = if is_tasks {
            true
        } else if !worded {
            // Nothing but code: values, file names, options.
            false
        } else if ordered {
            acting * 2 >= total && acting > 0
        } else {
            let announced = said_so || believed;
            let share = if announced { 7 } else { 8 };
            let placed = section.level > 0 || self.page.body.headings.iter().all(|h| h.level == 1);
            (announced || self.likely && placed) && total > 1 && acting * 10 >= total * share
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
            any_order: !(ordered || is_tasks || handed_on),
            believed,
            from: if ordered { From::List } else { From::Bullets },
            first: list.items.first().and_then(|i| i.number),
            last: list.items.last().and_then(|i| i.number),
            ..Group::default()
        };
        self.fill(&mut group, entries.iter().zip(&told).zip(&flags), lenient, &around);
        (!group.steps.is_empty()).then_some(group)
    }

    /// A single bullet behind others, which another mark or a picture cut off from them.
    pub(super) fn tail(&self, list: &'p List, around: &Around) -> Option<Step> {
        let [item] = list.items.as_slice() else { return None };
        let entry = self.item(item, false);
        let acts = list.start.is_none() && self.is_step(&entry, &self.read(&entry.lead, &entry.part));
        acts.then(|| self.step(&entry, around))
    }

    /// Makes the steps of the items, each with its sentences and whether it tells somebody to do something.
    fn fill<'e>(
        &self,
        group: &mut Group,
        items: impl Iterator<Item = ((&'e Entry<'p>, &'e Vec<Said<'e>>), &'e bool)>,
        lenient: bool,
        around: &Around,
    ) where
        'p: 'e,
    {
        let mut margin = None;
        let mut carried: Option<String> = None;
        for ((entry, said), acts) in items {
            let column = self.column(entry.span);
            let margin = *margin.get_or_insert(column);
            let around = &Around { when: carried.take().or_else(|| around.when.clone()), ..around.clone() };
            carried = self.condition_for_next(entry);
            let noun = said.first().is_none_or(|s| matches!(s.clause.mood, Mood::Noun | Mood::Gerund | Mood::Command))
                && !entry.lead.text.trim().is_empty();
            let deeper = column > margin + 1;
            if !(*acts || lenient && noun) {
                self.passed_over(group, entry, said);
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
        Some(one_line(flow.slice(when)).trim_end_matches(':').to_owned())
    }

    pub(super) fn column(&self, span: Span) -> usize {
        self.page.source.position(span.start).column
    }

    /// An item between steps that is none: what a system does, what one will see. It is kept as text; an approval told in it counts.
    fn passed_over(&self, group: &mut Group, entry: &Entry<'p>, said: &[Said<'_>]) {
        let Some(step) = group.steps.last_mut() else { return };
        if self.labelled_attributes(step, &entry.lead, &entry.part) {
            return;
        }
        for s in said {
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
            when: over.when.or_else(|| self.case_title(&entry.lead)),
            ..around.clone()
        };
        let before = group.steps.len();
        for block in &entry.rest {
            if let BlockKind::List(list) = &block.kind {
                for item in &list.items {
                    let e = self.item(item, list.start.is_some());
                    let s = self.read(&e.lead, &e.part);
                    if self.is_step(&e, &s) {
                        group.steps.push(self.step(&e, &inner));
                    }
                }
            }
        }
        group.steps.len() > before
    }

    /// "For Mac users:" alone names the case in which what follows is done.
    fn case_title(&self, flow: &Flow) -> Option<String> {
        let tokens = flow.tokens(&(0..flow.text.len()));
        let words: Vec<_> = tokens.iter().filter(|t| t.is_word()).collect();
        let [first, second, .., last] = words[..] else { return None };
        let case = self.words.group_opener.contains(&first.low) && !self.words.not_groups.contains(&second.low);
        (case && words.len() <= 6 && self.words.is_role(&last.low)).then(|| one_line(flow.slice(&(second.start..last.end))))
    }

    /// "Finance:" alone names who does what follows.
    fn role_title(&self, flow: &Flow) -> Option<String> {
        let text = flow.text.trim().trim_end_matches(':');
        let tokens = flow::tokenize(text, 0, &[]);
        let (first, last) = (tokens.first()?, tokens.last()?);
        // "For Mac users:" is a case, not who does it.
        if self.words.group_opener.contains(&first.low) || self.words.conditions.at(&tokens, 0).is_some() {
            return None;
        }
        (tokens.len() <= 5 && self.words.is_role(&last.low)).then(|| clean_role(text, self.words))
    }

    fn heading_entry(&self, flow: Flow, span: Span) -> Entry<'p> {
        let tokens = flow.tokens(&(0..flow.text.len()));
        let from = outline::number(&flow, &tokens, self.words).1;
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

    /// Each item says who does what, and not all are done by the same.
    pub(super) fn by_doers(told: &[Vec<Said<'_>>]) -> bool {
        let doer = |said: &Vec<Said<'_>>| {
            let first = said.first().filter(|s| s.clause.mood == Mood::Role)?;
            first.clause.actor.as_ref().map(|a| first.flow.slice(a).to_lowercase())
        };
        let doers: Vec<String> = told.iter().filter_map(doer).collect();
        doers.len() > 2 && doers.len() * 10 >= told.len() * 7 && doers.iter().any(|d| *d != doers[0])
    }

    /// Half of the items or more send the reader elsewhere.
    fn points(&self, told: &[Vec<Said<'_>>]) -> bool {
        told.iter().filter(|said| said.last().is_some_and(|s| is_pointer(s, self.words))).count() * 2 >= told.len()
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
    pub(super) fn after_list(&self, flow: &Flow, span: Span, around: &Around) -> Option<Step> {
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
        let failure = first.clause.when.as_ref().is_some_and(|w| self.words.is_trouble(flow.slice(w)));
        let ends = flow.text.trim_end().ends_with(':');
        if ends || failure {
            return None;
        }
        if !conditional {
            first = said.iter().find(|s| matches!(s.clause.mood, Mood::Role) && s.clause.sure && !s.clause.actor_guessed)?;
            if !self.words.grammar.strict.within(&flow.tokens(&first.clause.range)) {
                return None;
            }
            part = first.clause.range.start..flow.text.len();
        }
        Some(self.step(&Self::sentence(flow.clone(), part, span), around))
    }

    pub(super) fn sentence(flow: Flow, part: std::ops::Range<usize>, span: Span) -> Entry<'p> {
        let start = flow.source(part.start).max(span.start);
        let end = (flow.source(part.end.saturating_sub(1)) + 1).min(span.end.max(start + 1));
        let span = Span { start, end: end.max(start) };
        Entry { shape: Shape::Prose, span, lead: flow, part, rest: Vec::new(), task: None }
    }
}
