//! A draft as a blueprint of the format: roles, inputs, conditions as questions, gates as steps of their own, marks, provenance.
//!
//! What the format cannot hold as written (months in a due rule, an approver nobody named) is put as near as it goes, with a mark.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::clean_role;
use super::steps::{self, Draft, Gate, Mark, Step};
use super::wording::{append, tidy};
use super::words::{self, Words};
use crate::blueprint::due::{Amount, Anchor, Due, Offset, Unit};
use crate::blueprint::model::{
    Approval, Blueprint, Check, Condition, Confidence, Control, Field, FieldType, Imported, Link, Need, Note, NoteKind, Order, PageLink,
    Phase, Ref, Review, Role, Scalar, Source, Status, Step as ModelStep, StepSource, Test, UrlLink,
};
use crate::page::corpus::is_external;
use crate::page::{Page, slug};

/// Longest title the format takes, in characters.
const TITLE: usize = 250;

/// Key of the front matter that an import writes for pages with a workflow.
const WORKFLOW: &str = "workflow";

/// The role of an approver the page does not name.
const UNNAMED: &str = "approver";

/// Where a link from the page leads in the repository: a page path, or nothing for what is not one.
pub type Resolve<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Writes a draft in the format.
pub fn blueprint(draft: &Draft, page: &Page, resolve: Resolve<'_>) -> Blueprint {
    let mut writer = Writer {
        draft,
        page,
        words: words::of(&page.source.text()[page.body.start as usize..]),
        resolve,
        roles: BTreeMap::new(),
        questions: BTreeMap::new(),
        taken: BTreeSet::new(),
    };
    writer.blueprint()
}

struct Writer<'a> {
    draft: &'a Draft,
    page: &'a Page,
    words: &'static Words,
    resolve: Resolve<'a>,
    roles: BTreeMap<String, Role>,
    /// Conditions already asked: text to reference.
    questions: BTreeMap<String, Ref>,
    taken: BTreeSet<String>,
}

impl Writer<'_> {
    fn blueprint(&mut self) -> Blueprint {
        let draft = self.draft;
        let mut out = Blueprint::new(&draft.id, cut(&draft.title, TITLE));
        self.taken = draft.steps.iter().map(|s| s.id.clone()).collect();
        out.inputs = draft.inputs.iter().map(|f| input(&f.label, &f.kind, self.words)).collect();
        let phases = phase_ids(&draft.phases, self.words);
        out.phases = phases
            .iter()
            .zip(&draft.phases)
            .map(|(id, p)| Phase { id: id.clone(), title: p.title.clone(), order: (p.any_order && !draft.any_order).then_some(Order::Any) })
            .collect();
        out.order = if draft.any_order { Order::Any } else { Order::Strict };
        for step in &draft.steps {
            let phase = step.phase.and_then(|p| phases.get(p)).cloned();
            self.step(step, phase, &mut out);
        }
        let control = self.control();
        let owner = self.page.meta.owner.as_ref().map(|o| o.value.clone()).filter(|o| !o.trim().is_empty()).map(|o| self.role(&o));
        out.roles = std::mem::take(&mut self.roles);
        out.source = Some(Source {
            page: self.page.path().to_owned(),
            heading: Some(draft.heading.clone()).filter(|h| !h.is_empty()),
            hash: Some(crate::blueprint::text_hash(&self.page.source.text()[self.page.body.start as usize..])),
            origin: None,
        });
        out.control = Some(Control { status: Some(Status::Draft), owner, ..control });
        out.review = draft.marks.iter().map(review).collect();
        out
    }

    /// What the workflow of an imported page says of its control: who approves the document, how long it holds, where it stood. A state
    /// that was found is evidence, never an approval.
    fn control(&mut self) -> Control {
        let workflow = self.page.meta.extra.get(WORKFLOW).and_then(serde_json::Value::as_object);
        let Some(workflow) = workflow else { return Control::default() };
        let text = |key: &str| workflow.get(key).and_then(serde_json::Value::as_str).map(str::to_owned).filter(|t| !t.trim().is_empty());
        let roles = workflow.get("approvers").and_then(serde_json::Value::as_array).into_iter().flatten();
        let approvers: Vec<String> = roles.filter_map(serde_json::Value::as_str).map(|r| self.role(&r.replace('-', " "))).collect();
        let imported = text("state").map(|state| Imported {
            system: text("system").unwrap_or_else(|| "comala".to_owned()),
            state: Some(state),
            ..Imported::default()
        });
        Control { approvers, review_every: text("review-every").and_then(|t| t.parse().ok()), imported, ..Control::default() }
    }

    fn step(&mut self, step: &Step, phase: Option<String>, out: &mut Blueprint) {
        let decides = step.approval.as_ref().is_some_and(|g| is_decision(step, g));
        let mut model = ModelStep::new(&step.id, cut(&step.title, TITLE));
        model.phase.clone_from(&phase);
        if let Some(owner) = step.owner.as_ref().filter(|_| !decides) {
            (model.owner, model.everyone) = self.parties(&owner.name);
        }
        model.optional = step.optional && !decides;
        let mut extra: Vec<Mark> = Vec::new();
        if let Some(when) = &step.when {
            model.when = Some(self.condition(when, phase.as_ref(), out));
        }
        model.due = deadline(step, &mut extra);
        model.text = Some(how_to(step)).filter(|t| !t.is_empty());
        model.notes = step
            .notes
            .iter()
            .chain(step.checklist.iter().flat_map(|c| &c.notes))
            .filter(|n| !n.text.trim().is_empty())
            .map(|n| Note { kind: note_kind(n.kind), text: n.text.trim().to_owned() })
            .collect();
        let gates = gates_below(step);
        // A part that is nothing but the decision stands as a gate only.
        let is_gate = |c: &Step| gates.iter().any(|(s, g)| std::ptr::eq(*s, c) && is_decision(c, g));
        model.checklist = step.checklist.iter().filter(|c| !c.title.is_empty() && !is_gate(c)).map(|c| self.check(c, step)).collect();
        // A checklist has no form: what its parts ask for is the step's.
        let asked: Vec<_> = step.fields.iter().chain(step.checklist.iter().flat_map(|c| &c.fields)).collect();
        model.fields = fields(&asked, self.words);
        model.links = self.links(step);
        model.source = Some(StepSource {
            heading: Some(step.heading.clone()).filter(|h| !h.is_empty()),
            item: Some(step.item.clone()).filter(|i| !i.is_empty()),
            hash: Some(step.hash.clone()),
        });
        model.review = step.marks.iter().filter(|m| decides || !m.at.starts_with("approval")).chain(&extra).map(review).collect();
        for (n, sub) in step.checklist.iter().enumerate() {
            let at = format!("checklist.{}", n + 1);
            if let Some(when) = &sub.when {
                model.review.push(Review {
                    code: "condition-in-checklist".into(),
                    at: Some(at),
                    confidence: Some(Confidence::Medium),
                    evidence: Some(when.clone()),
                    note: None,
                });
            }
        }
        let gate = step.approval.clone();
        if let Some(gate) = gate.as_ref().filter(|_| decides) {
            model.approval = Some(self.approval(gate));
        }
        let when = model.when.clone();
        let source = model.source.clone();
        if let Some(gate) = gate.as_ref().filter(|g| !decides && g.before) {
            let made = self.gate_step(step, gate, phase.clone(), when.clone(), source.clone());
            out.steps.push(made);
        }
        out.steps.push(model);
        if let Some(gate) = gate.filter(|g| !decides && !g.before) {
            out.steps.push(self.gate_step(step, &gate, phase.clone(), when.clone(), source.clone()));
        }
        for (sub, gate) in gates {
            let when = match &sub.when {
                Some(own) => Some(self.condition(own, phase.as_ref(), out)),
                None => when.clone(),
            };
            let made = self.gate_step(sub, gate, phase.clone(), when, source.clone());
            out.steps.push(made);
        }
    }

    /// The decision that a step ends in, as a step of its own: the doer and the decider are not the same.
    fn gate_step(
        &mut self,
        step: &Step,
        gate: &Gate,
        phase: Option<String>,
        when: Option<Condition>,
        source: Option<StepSource>,
    ) -> ModelStep {
        let id = self.fresh(&format!("approve-{}", step.id));
        let title = if gate.by.is_empty() {
            format!("Approve: {}", step.title)
        } else {
            format!("Approve: {} ({})", step.title, gate.by.join(", "))
        };
        let mut model = ModelStep::new(id, cut(&title, TITLE));
        model.phase = phase;
        model.when = when;
        model.approval = Some(self.approval(gate));
        model.source = source;
        model.review = step.marks.iter().filter(|m| m.at.starts_with("approval")).map(review).collect();
        model
    }

    fn fresh(&mut self, base: &str) -> String {
        let mut id: String = base.chars().take(60).collect();
        id.truncate(id.trim_end_matches('-').len());
        let stem = id.clone();
        let mut n = 2;
        while !self.taken.insert(id.clone()) {
            id = format!("{stem}-{n}");
            n += 1;
        }
        id
    }

    fn approval(&mut self, gate: &Gate) -> Approval {
        let by = if gate.by.is_empty() {
            self.roles.entry(UNNAMED.to_owned()).or_insert_with(|| Role { title: "Approver (the page names none)".into(), about: None });
            vec![UNNAMED.to_owned()]
        } else {
            gate.by.iter().flat_map(|n| self.parties(n).0).collect()
        };
        let both = gate.by.iter().any(|n| self.parties(n).1);
        Approval { by, need: if both { Need::All } else { Need::Any }, ..Approval::default() }
    }

    /// The roles that a name holds, and whether all of them are meant: "the controller and the CFO" is both, "a lead or a director" either.
    fn parties(&mut self, name: &str) -> (Vec<String>, bool) {
        let mut roles: Vec<String> = Vec::new();
        for party in parties(name, self.words) {
            let role = self.role(&party);
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        let all = roles.len() > 1 && !name.split(' ').any(|w| self.words.either.contains(w));
        (roles, all)
    }

    fn role(&mut self, name: &str) -> String {
        let base = slug::ascii(name);
        let id: String = base.trim_start_matches(|c: char| !c.is_ascii_lowercase()).chars().take(60).collect();
        let id = id.trim_end_matches('-').to_owned();
        let id = if id.is_empty() { "role".to_owned() } else { id };
        // "The candidate" and "candidates" are one party.
        let one = |id: &str| {
            let (front, last) = id.rsplit_once('-').unwrap_or(("", id));
            (front.to_owned(), words::singular(last).unwrap_or_else(|| last.to_owned()))
        };
        if let Some(known) = self.roles.keys().find(|k| one(k) == one(&id)) {
            return known.clone();
        }
        self.roles.entry(id.clone()).or_insert_with(|| Role { title: tidy(name), about: None });
        id
    }

    /// A condition as a yes-no question: asked in the nearest step before that is always done, else at the start.
    fn condition(&mut self, when: &str, phase: Option<&String>, out: &mut Blueprint) -> Condition {
        let (text, holds) = match self.words.excepted(when) {
            Some(rest) => (rest, false),
            None => (when, true),
        };
        let key = text.to_lowercase();
        let reference = match self.questions.get(&key) {
            Some(known) => known.clone(),
            None => {
                let asked = self.ask(text, phase, out);
                self.questions.insert(key, asked.clone());
                asked
            }
        };
        Condition::One(Test::is(reference, Scalar::Bool(holds)))
    }

    fn ask(&mut self, text: &str, phase: Option<&String>, out: &mut Blueprint) -> Ref {
        let label = format!("{}?", cut(&tidy(text), 140));
        let base = super::step_id(text, self.words);
        // Among steps that may be done in any order, nothing is certain to come before.
        let ordered = |s: &ModelStep| match s.phase.as_ref().and_then(|p| out.phases.iter().find(|q| q.id == *p)) {
            Some(own) if own.order == Some(Order::Any) || self.draft.any_order => s.phase.as_ref() != phase,
            Some(_) => true,
            None => !self.draft.any_order || phase.is_some(),
        };
        let host = out.steps.iter().rposition(|s| s.when.is_none() && s.approval.is_none() && !s.optional && ordered(s));
        let taken: Vec<&str> = match host {
            Some(at) => out.steps[at].fields.iter().map(|f| f.id.as_str()).collect(),
            None => out.inputs.iter().map(|f| f.id.as_str()).collect(),
        };
        let mut id = if base == "outcome" { "question".to_owned() } else { base.clone() };
        let mut n = 2;
        while taken.contains(&id.as_str()) {
            id = format!("{base}-{n}");
            n += 1;
        }
        let field = Field { id: id.clone(), label, kind: FieldType::YesNo, required: true, ..Field::default() };
        match host {
            Some(at) => {
                out.steps[at].fields.push(field);
                Ref::Field { step: out.steps[at].id.clone(), field: id }
            }
            None => {
                out.inputs.push(field);
                Ref::Input(id)
            }
        }
    }

    fn check(&mut self, sub: &Step, parent: &Step) -> Check {
        let mut text = match &sub.when {
            Some(when) => format!("If {when}: {}", sub.title),
            None => sub.title.clone(),
        };
        let same = sub.owner.as_ref().map(|o| &o.name) == parent.owner.as_ref().map(|o| &o.name);
        let owner = match sub.owner.as_ref().filter(|_| !same) {
            // A part of a step has one owner; several stand in its words.
            Some(owner) if parties(&owner.name, self.words).len() > 1 => {
                text = format!("{text} ({})", owner.name);
                None
            }
            owner => owner.map(|o| self.role(&o.name)),
        };
        Check { id: None, text: cut(&text, TITLE), owner, optional: sub.optional || sub.when.is_some() }
    }

    fn links(&self, step: &Step) -> Vec<Link> {
        let mut out: Vec<Link> = Vec::new();
        for index in step.links.iter().chain(step.checklist.iter().flat_map(|c| &c.links)) {
            let Some(link) = self.page.body.links.get(*index) else { continue };
            let title = Some(link.text.trim().to_owned()).filter(|t| !t.is_empty());
            let made = if link.dest.starts_with("http://") || link.dest.starts_with("https://") {
                Some(Link::Url(UrlLink { url: link.dest.clone(), title: title.unwrap_or_else(|| link.dest.clone()) }))
            } else if is_external(&link.dest) || link.dest.starts_with('#') {
                None
            } else {
                (self.resolve)(&link.dest).map(|page| Link::Page(PageLink { page, title }))
            };
            if let Some(made) = made.filter(|m| !out.contains(m)) {
                out.push(made);
            }
        }
        out
    }
}

/// The parties that a phrase names: "the controller and the CFO" is two, "sales and marketing director" one.
fn parties(name: &str, words: &Words) -> Vec<String> {
    let tokens: Vec<&str> = name.split(' ').filter(|w| !w.is_empty()).collect();
    let joint = |w: &str| words.both.contains(w) || words.either.contains(w);
    let parts: Vec<&[&str]> = tokens.split(|w| joint(w)).collect();
    let person =
        |part: &[&str]| part.last().is_some_and(|w| words.is_role(&w.to_lowercase()) || w.len() > 1 && w.chars().all(char::is_uppercase));
    let own = |part: &[&str]| part.len() == 1 || words.determiners.contains(&part[0].to_lowercase());
    // A second name of several words without an article may share its last word with the first.
    let apart = parts.iter().all(|p| person(p)) && parts.windows(2).all(|two| own(two[1]) || two[0].len() > 1);
    if parts.len() > 1 && apart { parts.iter().map(|p| clean_role(&p.join(" "), words)).collect() } else { vec![name.to_owned()] }
}

/// The text of a step, and of its parts what their lines in the checklist do not say: commands, pictures, further sentences.
fn how_to(step: &Step) -> String {
    let mut out = step.text.trim().to_owned();
    for part in step.checklist.iter().filter(|p| !p.text.trim().is_empty()) {
        let words = part.text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if !words.contains(&part.title.to_lowercase()) {
            append(&mut out, &format!("**{}**", part.title));
        }
        append(&mut out, &part.text);
    }
    out
}

/// The step itself is the decision: its owner is the one who decides, or it says "approve" and names who.
fn is_decision(step: &Step, gate: &Gate) -> bool {
    let own = step.owner.as_ref().is_none_or(|o| gate.by.contains(&o.name));
    let rule = step.why.iter().any(|w| {
        w.at == "approval"
            && matches!(
                w.rule.as_str(),
                "a role approves"
                    | "a role decides"
                    | "an approving review"
                    | "reviews and tells whether it is approved"
                    | "the owner of the steps approves"
                    | "must be approved by a role"
            )
    });
    own && rule && !gate.by.is_empty() || own && !gate.by.is_empty() && step.owner.is_some()
}

/// Approvals told in parts of a step: a checklist cannot hold back what follows, so each becomes a gate behind the step.
fn gates_below(step: &Step) -> Vec<(&Step, &Gate)> {
    let mut known: Vec<&Gate> = step.approval.iter().collect();
    let mut out = Vec::new();
    for sub in &step.checklist {
        let Some(gate) = &sub.approval else { continue };
        if known.iter().any(|k| gate.by.is_empty() || k.by == gate.by) {
            continue;
        }
        known.push(gate);
        out.push((sub, gate));
    }
    out
}

/// The deadline of a step; where only one of its parts has one, that, with a mark.
fn deadline(step: &Step, marks: &mut Vec<Mark>) -> Option<Due> {
    if let Some(own) = &step.due {
        return due(own, marks);
    }
    let (sub, found) = step.checklist.iter().find_map(|c| c.due.as_ref().map(|d| (c, d)))?;
    marks.push(Mark { code: "due-anchor-guessed", at: "due".into(), low: false, evidence: sub.title.clone() });
    due(found, marks)
}

fn due(found: &steps::Due, marks: &mut Vec<Mark>) -> Option<Due> {
    let mut parts = found.amount.split(' ');
    let count: u32 = parts.next()?.parse().ok()?;
    let unit = parts.collect::<Vec<_>>().join(" ");
    let (count, unit) = match unit.trim_end_matches('s') {
        "minute" => (count, Unit::Minute),
        "hour" => (count, Unit::Hour),
        "day" => (count, Unit::Day),
        "business day" => (count, Unit::BusinessDay),
        "week" => (count, Unit::Week),
        long @ ("month" | "year") => {
            // Due rules have no months: their length depends on the calendar.
            marks.push(Mark {
                code: "due-anchor-guessed",
                at: "due".into(),
                low: false,
                evidence: format!("{} counted as {} days each", found.amount, if long == "month" { 30 } else { 365 }),
            });
            (count.saturating_mul(if long == "month" { 30 } else { 365 }), Unit::Day)
        }
        _ => return None,
    };
    let anchor = match found.to.split_once('.') {
        Some(("steps", id)) => Anchor::Step(id.to_owned()),
        Some(("inputs", id)) => Anchor::Input(id.to_owned()),
        _ if found.to == "start" => Anchor::Start,
        _ => Anchor::Available,
    };
    let amount = Amount::new(count, unit);
    let offset = if found.before && anchor != Anchor::Available { Offset::Before(amount) } else { Offset::After(amount) };
    Some(Due { offset, anchor, at: None })
}

fn input(label: &str, kind: &str, words: &Words) -> Field {
    Field { id: super::step_id(label, words), label: label.to_owned(), kind: field_type(kind), required: true, ..Field::default() }
}

fn fields(found: &[&steps::Field], words: &Words) -> Vec<Field> {
    let mut taken = BTreeSet::new();
    let mut labels = BTreeSet::new();
    found
        .iter()
        .filter(|f| labels.insert(f.label.to_lowercase()))
        .map(|f| {
            let base = super::step_id(&f.label, words);
            let mut id = if base == "outcome" { "outcome-noted".to_owned() } else { base.clone() };
            let mut n = 2;
            while !taken.insert(id.clone()) {
                id = format!("{base}-{n}");
                n += 1;
            }
            let mut options = f.options.clone();
            let mut seen = BTreeSet::new();
            options.retain(|o| !o.is_empty() && seen.insert(o.clone()));
            let kind = if options.is_empty() && f.kind == "choice" { FieldType::Text } else { field_type(&f.kind) };
            let options = if kind == FieldType::Choice { options } else { Vec::new() };
            Field { id, label: f.label.clone(), kind, options, ..Field::default() }
        })
        .collect()
}

fn field_type(kind: &str) -> FieldType {
    FieldType::ALL.iter().copied().find(|t| t.as_str() == kind).unwrap_or_default()
}

fn note_kind(kind: &str) -> NoteKind {
    NoteKind::ALL.iter().copied().find(|t| t.as_str() == kind).unwrap_or_default()
}

fn review(mark: &Mark) -> Review {
    Review {
        code: mark.code.to_owned(),
        at: Some(mark.at.clone()).filter(|a| !a.is_empty()),
        confidence: Some(if mark.low { Confidence::Low } else { Confidence::Medium }),
        evidence: Some(mark.evidence.clone()).filter(|e| !e.trim().is_empty()),
        note: None,
    }
}

fn phase_ids(phases: &[steps::Phase], words: &Words) -> Vec<String> {
    let mut taken = BTreeSet::new();
    phases.iter().map(|p| super::unique(&super::step_id(&p.title, words), &mut taken)).collect()
}

/// At most `max` characters, cut at a word.
fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text[..text[..at].rfind(' ').unwrap_or(at)].trim_end()).chars().take(max).collect(),
    }
}
