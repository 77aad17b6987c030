//! Headings that are steps: "Step 2", and those that are themselves the one action of their section.

use super::{From, Group, address, append};
use crate::blueprint::draft::clause::Mood;
use crate::blueprint::draft::entry::{Around, Entry, Reader, is_pointer};
use crate::blueprint::draft::flow::Flow;
use crate::blueprint::draft::outline::{Kind, Section};
use crate::blueprint::draft::phases;
use crate::blueprint::draft::steps::{Phase, Shape, Step, one_line};
use crate::blueprint::draft::wording::tidy;
use crate::page::{BlockKind, Inlines, Item, List};
use crate::text::Span;

impl<'p> Reader<'p> {
    /// For each child whether its heading is a step.
    pub(super) fn step_headings(&self, section: &Section<'p>) -> Vec<bool> {
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
        // "Add a user" and "Delete a user", each over its list, do not become one procedure through a single heading beside them.
        let listed: Vec<&Section<'p>> = real.iter().map(|i| &children[*i]).filter(|c| self.any_steps(c)).collect();
        if steps.len() < 2 && listed.len() > 1 && phases::apart(&listed, &[], self.words) {
            return;
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

    /// "Updating the routers", "Update the routers": what stands below is how it is done.
    pub(super) fn names_act(&self, section: &Section<'p>) -> bool {
        section.head.as_ref().is_some_and(|h| {
            let gerund = h.clause.mood == Mood::Gerund && h.clause.sure;
            // "Working with the preview" stands over what can be done with it.
            let verb = h.clause.verb.as_deref().and_then(|v| self.words.base(v));
            (gerund || Self::head_acts(section)) && !verb.is_some_and(|v| self.words.phases.collections.contains(v))
        })
    }

    /// Number of acting items in the ordered lists of a section's own blocks.
    pub(super) fn list_steps(&self, section: &Section<'p>) -> usize {
        let mut n = 0;
        for block in &section.own {
            if let BlockKind::List(list) = &block.kind
                && list.start.is_some()
            {
                n += list.items.iter().map(|i| self.item(i, true)).filter(|e| self.is_step(e, &self.read(&e.lead, &e.part))).count();
            }
        }
        n
    }

    /// A list or table of steps stands in a section or below it.
    fn any_steps(&self, section: &Section<'p>) -> bool {
        // Asked again at every level above: the answer is kept, or a deep page would cost a power of its depth.
        let key = address(section);
        if let Some(known) = self.ahead.borrow().listed.get(&key) {
            return *known;
        }
        let found = self.look_for_steps(section);
        self.ahead.borrow_mut().listed.insert(key, found);
        found
    }

    fn look_for_steps(&self, section: &Section<'p>) -> bool {
        let groups = self.own(section, &self.section_around(section, section.title()));
        let own = groups
            .iter()
            .any(|g| g.from != From::Bullets || g.steps.iter().any(|s| s.shape == Shape::Task) || g.steps.len() > 3 && !g.believed);
        // A section without a title is named by what stands over it, which is not known here.
        if !section.title().is_empty() {
            self.ahead.borrow_mut().own.insert(address(section), groups);
        }
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
                    .map(|i| self.item(i, list.start.is_some()))
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
    pub(super) fn combined(&self, section: &Section<'p>, heading: &str, step_heads: &[bool]) -> Vec<Group> {
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
        // A paragraph labelled "Step 1: …" is no heading to find it by.
        let paragraph = section.level > 7 && head.title().split(' ').count() > 14;
        if paragraph { over } else { head.title() }.clone_into(&mut step.heading);
        // "**Step 3: Tell people** Write to …": what stands behind the bold title is how to do it.
        let behind = head.flow.text.get(head.words.end..).unwrap_or("");
        if behind.chars().any(char::is_alphanumeric) {
            let from = head.flow.source(head.flow.text.len() - behind.trim_start_matches(|c: char| !c.is_alphanumeric()).len());
            let mut text = self.page.source.slice(Span { start: from, end: head.end.max(from) }).to_owned();
            append(&mut text, &step.text);
            step.text = text;
        }
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
            // Items that each have their own condition are branches.
            Some(BlockKind::List(list)) if self.conditional(list) > 1 => return,
            Some(BlockKind::List(list)) if !Self::head_acts(section) => match list.items.first().and_then(Item::lead) {
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
        // "If the page is shown the server is set up": two statements without a comma tell what one will see.
        let stated = flow.tokens(when);
        let verbs = stated.iter().filter(|t| self.words.be.contains(&t.low)).count();
        let g = &self.words.grammar;
        let joins = |low: &str| low == "," || self.words.joins(low) || g.subordinate.contains(low) || g.that.contains(low);
        let joined = stated.iter().any(|t| joins(&t.low));
        if verbs > 1 && !joined && matches!(first.clause.mood, Mood::Fact | Mood::Noun | Mood::System) {
            return;
        }
        // "If it is older, restore from the archive instead." is a branch inside a step that has its own command.
        let branch = Self::head_acts(section) && first.clause.mood == Mood::Imperative && !lead;
        if branch
            || step.when.is_some()
            || said.len() > 1
                && matches!(first.clause.mood, Mood::Imperative)
                && section.own.len() > 1
                && !flow.text.trim_end().ends_with(':')
                && self.words.is_trouble(flow.slice(when))
        {
            return;
        }
        let words = one_line(flow.slice(when));
        step.wait_on("first sentence under the heading", words.clone());
        // Said of the step, it need not be said of every sub-step again.
        for sub in &mut step.checklist {
            if sub.when.as_deref() == Some(words.as_str()) {
                sub.when = None;
                sub.marks.retain(|m| m.at != "when");
            }
        }
    }

    /// How many items begin with a condition.
    fn conditional(&self, list: &List) -> usize {
        let opens = |inlines: &Inlines| {
            let flow = Flow::of(inlines);
            self.read(&flow, &(0..flow.text.len())).first().is_some_and(|s| s.clause.when.is_some() && !s.clause.trailing)
        };
        list.items.iter().filter_map(Item::lead).filter(|i| opens(i)).count()
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
            // The text of the step holds these paragraphs already.
            for part in &mut found {
                part.text.clear();
            }
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
}
