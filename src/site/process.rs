//! The page of a blueprint: what one follows, step by step. Steps with their numbers, gates that visibly block, who, due, conditions, fields.
//!
//! Everything is said in words, with the numbers of the steps it names; nothing is computed that the blueprint does not say.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::html::{Renderer, escaped};
use super::input::Process;
use super::plan::{Place, Plan};
use super::routes;
use super::templates::glyph;
use super::trust::{State, Trust};
use super::view::{Link as ViewLink, Views};
use super::words::Words;
use crate::blueprint::due::{Anchor, Due, Offset};
use crate::blueprint::model::{
    Approval, Blocks, Blueprint, Condition, Field, FieldType, Link, Need, NoteKind, OnReject, Operator, Order, Ref, Review, Scalar, Status,
    Step, Test,
};

/// A labelled value of a step: HTML.
#[derive(Debug, Serialize)]
pub struct Fact {
    label: String,
    value: String,
}

/// A note that stands before the action.
#[derive(Debug, Serialize)]
pub struct NoteView {
    kind: &'static str,
    word: String,
    glyph: &'static str,
    /// Its first paragraph, without the tags.
    first: String,
    /// What follows.
    html: String,
}

/// One item of a step's checklist.
#[derive(Debug, Serialize)]
pub struct CheckView {
    key: String,
    letter: String,
    html: String,
    optional: bool,
    who: String,
}

/// A field of the form.
#[derive(Debug, Serialize)]
pub struct FieldView {
    key: String,
    label: String,
    kind: &'static str,
    required: bool,
    help: String,
    unit: String,
    default: String,
    options: Vec<String>,
    columns: Vec<String>,
    accept: String,
    template: Option<ViewLink>,
    min: String,
    max: String,
}

/// A step as its template sees it; texts ending in `_html` are HTML.
#[derive(Debug, Serialize)]
pub struct StepView {
    id: String,
    number: usize,
    title: String,
    gate: bool,
    stop: String,
    optional: bool,
    condition_html: String,
    repeat_html: String,
    before: Vec<NoteView>,
    after: Vec<NoteView>,
    facts: Vec<Fact>,
    text_html: String,
    result_html: String,
    checklist: Vec<CheckView>,
    fields: Vec<FieldView>,
    links: Vec<ViewLink>,
    questions: Vec<String>,
    hash: String,
}

/// Steps under one heading.
#[derive(Debug, Serialize)]
pub struct PhaseView {
    id: String,
    title: String,
    range: String,
    any: bool,
    steps: Vec<StepView>,
}

/// The whole page.
#[derive(Debug, Serialize)]
pub struct ProcessView {
    id: String,
    summary_html: String,
    count: usize,
    gates: usize,
    inputs: Vec<FieldView>,
    phases: Vec<PhaseView>,
    page: Option<ViewLink>,
    yaml_url: String,
    links: Vec<ViewLink>,
    questions: usize,
    starts: String,
}

/// Builds the view of one blueprint as it stands in `output`.
#[derive(Debug)]
pub struct Builder<'a> {
    plan: &'a Plan<'a>,
    words: &'a Words,
    renderer: Renderer<'a>,
    process: &'a Process<'a>,
    output: &'a str,
    numbers: BTreeMap<&'a str, usize>,
}

impl<'a> Builder<'a> {
    /// For the `n`th blueprint of the site.
    pub fn new(renderer: Renderer<'a>, n: usize) -> Self {
        let (plan, words) = (renderer.plan, renderer.words);
        let process = &plan.input.processes[n];
        let numbers = process.blueprint.steps.iter().enumerate().map(|(n, s)| (s.id.as_str(), n + 1)).collect();
        Self { plan, words, renderer, process, output: &plan.process_outputs[n], numbers }
    }

    fn blueprint(&self) -> &'a Blueprint {
        self.process.blueprint
    }

    /// The view.
    pub fn view(&self) -> ProcessView {
        let blueprint = self.blueprint();
        let steps: Vec<StepView> = (0..blueprint.steps.len()).map(|n| self.step(n)).collect();
        let gates = steps.iter().filter(|s| s.gate).count();
        ProcessView {
            id: blueprint.id.clone(),
            summary_html: blueprint.summary.as_deref().map(|s| self.markdown(s)).unwrap_or_default(),
            count: steps.len(),
            gates,
            inputs: blueprint.inputs.iter().map(|f| self.field("inputs", f)).collect(),
            phases: self.phases(steps),
            page: self.process.page.and_then(|id| {
                let place = self.plan.place(id)?;
                Some(ViewLink { title: self.plan.input.corpus.page(id).title.clone(), url: routes::relative(self.output, &place.output) })
            }),
            yaml_url: routes::relative(self.output, self.plan.input.corpus.inside(self.process.path)),
            links: blueprint.links.iter().filter_map(|l| self.link(l)).collect(),
            questions: blueprint.marks().count(),
            starts: blueprint.starts.as_ref().and_then(|s| s.event.clone()).unwrap_or_default(),
        }
    }

    /// Runs of steps of one phase, in the order of the file, so that numbers never jump.
    fn phases(&self, steps: Vec<StepView>) -> Vec<PhaseView> {
        let blueprint = self.blueprint();
        let mut out: Vec<PhaseView> = Vec::new();
        let mut last: Option<Option<&str>> = None;
        for (step, view) in blueprint.steps.iter().zip(steps) {
            let phase = step.phase.as_deref();
            if last != Some(phase) {
                last = Some(phase);
                let found = phase.and_then(|p| blueprint.phase(p));
                out.push(PhaseView {
                    id: format!("part-{}", out.len() + 1),
                    title: found.map_or_else(|| self.words.get("run-steps").to_owned(), |p| p.title.clone()),
                    range: String::new(),
                    any: found.and_then(|p| p.order).unwrap_or(blueprint.order) == Order::Any,
                    steps: Vec::new(),
                });
            }
            if let Some(current) = out.last_mut() {
                current.steps.push(view);
            }
        }
        if out.len() > 1 {
            for phase in &mut out {
                let (first, end) = (phase.steps.first().map_or(0, |s| s.number), phase.steps.last().map_or(0, |s| s.number));
                let key = if first == end { "run-range-one" } else { "run-range" };
                phase.range = self.words.fill(key, &[("from", &first.to_string()), ("to", &end.to_string())]);
            }
        }
        out
    }

    fn step(&self, index: usize) -> StepView {
        let step = &self.blueprint().steps[index];
        let notes = |wanted: bool| {
            let guards = |k: NoteKind| matches!(k, NoteKind::Warning | NoteKind::Danger | NoteKind::Caution);
            step.notes.iter().filter(move |n| guards(n.kind) == wanted).map(|n| self.note(n.kind, &n.text)).collect()
        };
        StepView {
            id: step.id.clone(),
            number: index + 1,
            title: step.title.clone(),
            gate: step.approval.is_some(),
            stop: step.approval.as_ref().map(|a| self.stop(a)).unwrap_or_default(),
            optional: step.optional,
            condition_html: step.when.as_ref().map(|c| self.condition_line(c, index)).unwrap_or_default(),
            repeat_html: step
                .repeat
                .as_ref()
                .map(|r| self.words.fill("run-repeat", &[("every", &r.every.to_string()), ("until", &self.step_ref(&r.until))]))
                .unwrap_or_default(),
            before: notes(true),
            after: notes(false),
            facts: self.facts(step),
            text_html: step.text.as_deref().map(|t| self.markdown(t)).unwrap_or_default(),
            result_html: step.result.as_deref().map(|t| self.inline(t)).unwrap_or_default(),
            checklist: step
                .checklist
                .iter()
                .enumerate()
                .map(|(n, c)| CheckView {
                    key: format!("{}.{}", step.id, c.id.clone().unwrap_or_else(|| (n + 1).to_string())),
                    letter: letter(n),
                    html: self.inline(&c.text),
                    optional: c.optional,
                    who: c.owner.as_deref().map(|o| self.role(o)).unwrap_or_default(),
                })
                .collect(),
            fields: step.fields.iter().map(|f| self.field(&step.id, f)).collect(),
            links: step.links.iter().filter_map(|l| self.link(l)).collect(),
            questions: step.review.iter().map(|mark| self.question(mark)).collect(),
            hash: {
                let text = serde_json::to_string(step).unwrap_or_default();
                blake3::hash(text.as_bytes()).to_hex()[..8].to_owned()
            },
        }
    }

    /// What a mark asks, with the words of the page that it asks about.
    fn question(&self, mark: &Review) -> String {
        let asks = format!("ask-{}", mark.code);
        match (&mark.note, &mark.evidence) {
            (Some(note), _) => note.clone(),
            (None, Some(evidence)) if self.words.has(&asks) => {
                self.words.fill("run-ask", &[("question", self.words.get(&asks)), ("words", evidence)])
            }
            (None, evidence) => evidence.clone().unwrap_or_else(|| self.words.get(&asks).to_owned()),
        }
    }

    fn facts(&self, step: &Step) -> Vec<Fact> {
        let words = self.words;
        let mut out = Vec::new();
        let mut push = |key: &str, value: String| out.push(Fact { label: words.get(key).to_owned(), value });
        match &step.approval {
            Some(approval) => self.approval_facts(approval, &mut push),
            None if !step.owner.is_empty() => {
                let key = if step.owner.len() > 1 && !step.everyone { "run-or" } else { "run-and" };
                push("run-who", self.roles(&step.owner, key));
            }
            None => push("run-who", escaped(words.get("no-owner"))),
        }
        if let Some(due) = &step.due {
            push("run-due", self.due(due));
        }
        if let Some(after) = step.after.as_ref().filter(|a| !a.is_empty()) {
            push("run-after", self.step_refs(after));
        } else if step.after.is_some() {
            push("run-after", escaped(words.get("run-any-time")));
        }
        let of_page = self.process.page.map(|id| &self.plan.input.facts[id.index()].old_steps);
        let hash = step.source.as_ref().and_then(|s| s.hash.as_ref());
        if let Some(since) = of_page.zip(hash).and_then(|(old, hash)| old.get(hash)) {
            push("run-unchanged", words.time(*since));
        }
        if let Some(notify) = &step.notify {
            push("run-tell", format!("{}: {}", self.roles(&notify.to, "run-and"), escaped(&notify.subject)));
        }
        out
    }

    fn approval_facts(&self, approval: &Approval, push: &mut dyn FnMut(&str, String)) {
        let words = self.words;
        let mut who = self.roles(&approval.by, if approval.need == Need::All { "run-and" } else { "run-or" });
        if let Need::Count(n) = approval.need {
            who = words.fill("run-need", &[("n", &n.to_string()), ("who", &who)]);
        }
        push("run-approver", who);
        if !approval.not_same_as.is_empty() {
            push("run-not", words.fill("run-not-who", &[("steps", &self.step_refs(&approval.not_same_as))]));
        }
        if let Blocks::Steps(steps) = &approval.blocks {
            push("run-holds", self.step_refs(steps));
        }
        push(
            "run-refused",
            match &approval.on_reject {
                OnReject::Stop => escaped(words.get("run-refused-stop")),
                OnReject::BackTo(step) => words.fill("run-refused-back", &[("step", &self.step_ref(step))]),
            },
        );
        if let Some(escalation) = &approval.escalate {
            let values = [("who", self.role(&escalation.to)), ("after", escalation.after.to_string())];
            push("run-escalates", words.fill("run-escalates-to", &[(values[0].0, &values[0].1), (values[1].0, &values[1].1)]));
        }
    }

    fn stop(&self, approval: &Approval) -> String {
        let plain: Vec<String> = approval.by.iter().map(|r| self.role_name(r)).collect();
        let who = self.joined(&plain, if approval.need == Need::All { "run-and" } else { "run-or" });
        let key = if approval.need == Need::All && approval.by.len() > 1 { "run-stop-all" } else { "run-stop" };
        self.words.fill(key, &[("who", &who)])
    }

    fn due(&self, due: &Due) -> String {
        let words = self.words;
        let anchor = match &due.anchor {
            Anchor::Available => words.get("run-available").to_owned(),
            Anchor::Start => words.get("run-start").to_owned(),
            Anchor::Step(step) => self.step_ref(step),
            Anchor::Input(field) => self.input_label(field),
            Anchor::Field { step, field } => self.field_label(step, field),
        };
        let text = match due.offset {
            Offset::After(amount) => words.fill("run-due-after", &[("amount", &amount.to_string()), ("what", &anchor)]),
            Offset::Before(amount) => words.fill("run-due-before", &[("amount", &amount.to_string()), ("what", &anchor)]),
            Offset::On => words.fill("run-due-on", &[("what", &anchor)]),
        };
        due.at.map_or(text.clone(), |at| words.fill("run-due-at", &[("when", &text), ("time", &at.to_string())]))
    }

    fn condition_line(&self, condition: &Condition, index: usize) -> String {
        let (tests, key) = match condition {
            Condition::One(test) => (std::slice::from_ref(test), "run-and"),
            Condition::All(tests) => (tests.as_slice(), "run-and"),
            Condition::Any(tests) => (tests.as_slice(), "run-or"),
        };
        let said: Vec<String> = tests.iter().map(|t| self.test(t)).collect();
        let what = self.joined(&said, key);
        match self.blueprint().steps.get(index + 1) {
            Some(next) => self.words.fill("run-only-if", &[("what", &what), ("next", &self.step_ref(&next.id))]),
            None => self.words.fill("run-only-if-last", &[("what", &what)]),
        }
    }

    fn test(&self, test: &Test) -> String {
        let (what, unit) = match &test.reference {
            Ref::Input(field) => (self.input_label(field), self.blueprint().input(field).and_then(|f| f.unit.as_deref())),
            Ref::Step(step) => (self.step_ref(step), None),
            Ref::Outcome(step) => (self.words.fill("run-outcome", &[("step", &self.step_ref(step))]), None),
            Ref::Field { step, field } => {
                let unit = self.blueprint().step(step).and_then(|s| s.field(field)).and_then(|f| f.unit.as_deref());
                (self.field_label(step, field), unit)
            }
        };
        let with_unit = |n: &serde_json::Number| unit.map_or_else(|| n.to_string(), |u| format!("{n} {}", escaped(u)));
        let (key, value) = match &test.operator {
            Operator::Is(v) => ("run-is", scalar(v)),
            Operator::IsNot(v) => ("run-is-not", scalar(v)),
            Operator::IsAnyOf(all) => ("run-is", self.joined(&all.iter().map(scalar).collect::<Vec<_>>(), "run-or")),
            Operator::Contains(v) => ("run-contains", escaped(v)),
            Operator::ContainsNot(v) => ("run-contains-not", escaped(v)),
            Operator::MoreThan(n) => ("run-more-than", with_unit(n)),
            Operator::LessThan(n) => ("run-less-than", with_unit(n)),
            Operator::Empty(true) => ("run-empty", String::new()),
            Operator::Empty(false) => ("run-filled", String::new()),
        };
        self.words.fill(key, &[("what", &what), ("value", &value)])
    }

    fn input_label(&self, field: &str) -> String {
        self.blueprint().input(field).map_or_else(|| escaped(field), |f| format!("<b>{}</b>", escaped(&f.label)))
    }

    fn field_label(&self, step: &str, field: &str) -> String {
        let label = self.blueprint().step(step).and_then(|s| s.field(field)).map_or_else(|| field.to_owned(), |f| f.label.clone());
        self.words.fill("run-field-of", &[("label", &format!("<b>{}</b>", escaped(&label))), ("step", &self.step_ref(step))])
    }

    /// A link that shows the number of the step it leads to.
    fn step_ref(&self, id: &str) -> String {
        match self.numbers.get(id) {
            Some(n) => format!("<a href=\"#step-{}\">{}</a>", escaped(id), self.words.fill("run-step", &[("n", &n.to_string())])),
            None => escaped(id),
        }
    }

    fn step_refs(&self, ids: &[String]) -> String {
        self.joined(&ids.iter().map(|s| self.step_ref(s)).collect::<Vec<_>>(), "run-and")
    }

    fn joined(&self, parts: &[String], key: &str) -> String {
        match parts.split_last() {
            None => String::new(),
            Some((only, [])) => only.clone(),
            Some((last, rest)) => format!("{} {} {last}", rest.join(", "), self.words.get(key)),
        }
    }

    /// A role's title: the blueprint's own, that of `roles.yaml`, or its id in words.
    fn role_name(&self, role: &str) -> String {
        if role == crate::blueprint::model::LAUNCHER && !self.blueprint().roles.contains_key(role) {
            return self.words.get("run-launcher").to_owned();
        }
        self.blueprint().roles.get(role).map_or_else(|| self.views().role_name(role), |r| r.title.clone())
    }

    fn views(&self) -> Views<'_> {
        Views { plan: self.plan, words: self.words }
    }

    fn role(&self, role: &str) -> String {
        let name = escaped(&self.role_name(role));
        match self.plan.role_outputs.get(role) {
            Some(to) => format!("<a href=\"{}\">{name}</a>", escaped(&routes::relative(self.output, to))),
            None => name,
        }
    }

    fn roles(&self, roles: &[String], key: &str) -> String {
        self.joined(&roles.iter().map(|r| self.role(r)).collect::<Vec<_>>(), key)
    }

    fn note(&self, kind: NoteKind, text: &str) -> NoteView {
        let id = kind.as_str();
        let glyph = if matches!(kind, NoteKind::Danger | NoteKind::Caution) { glyph("overdue") } else { "" };
        let html = self.markdown(text);
        let (first, html) = html.strip_prefix("<p>").and_then(|rest| rest.split_once("</p>")).unwrap_or(("", &html));
        NoteView { kind: id, word: self.words.get(id).to_owned(), glyph, first: first.to_owned(), html: html.trim().to_owned() }
    }

    fn link(&self, link: &Link) -> Option<ViewLink> {
        match link {
            Link::Url(url) => Some(ViewLink { title: url.title.clone(), url: url.url.clone() }),
            Link::Page(page) => self.page_link(&page.page, page.title.as_deref()),
        }
    }

    fn page_link(&self, target: &str, title: Option<&str>) -> Option<ViewLink> {
        let (path, anchor) = target.split_once('#').map_or((target, ""), |(p, a)| (p, a));
        let corpus = self.plan.input.corpus;
        let mut found = match corpus.find(path) {
            Some(id) => ViewLink { title: corpus.page(id).title.clone(), url: routes::relative(self.output, &self.plan.place(id)?.output) },
            None => ViewLink { title: path.to_owned(), url: routes::relative(self.output, self.plan.files.get(path)?) },
        };
        if let Some(title) = title {
            title.clone_into(&mut found.title);
        }
        if !anchor.is_empty() {
            found.url = format!("{}#{anchor}", found.url);
        }
        Some(found)
    }

    fn field(&self, owner: &str, field: &Field) -> FieldView {
        FieldView {
            key: format!("{owner}.{}", field.id),
            label: field.label.clone(),
            kind: field.kind.as_str(),
            required: field.required,
            help: field.help.clone().unwrap_or_default(),
            unit: field.unit.clone().unwrap_or_default(),
            default: field.default.as_ref().map(ToString::to_string).unwrap_or_default(),
            options: if field.kind == FieldType::YesNo {
                vec![self.words.get("run-yes").to_owned(), self.words.get("run-no").to_owned()]
            } else {
                field.options.clone()
            },
            columns: field.columns.clone(),
            accept: field.accept.iter().map(|a| a.trim_start_matches('.').to_uppercase()).collect::<Vec<_>>().join(", "),
            template: field.template.as_deref().and_then(|t| self.page_link(t, None)),
            min: field.min.as_ref().map(ToString::to_string).unwrap_or_default(),
            max: field.max.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }

    fn markdown(&self, text: &str) -> String {
        self.renderer.fragment(text, self.process.page, self.output, false)
    }

    /// Markdown of one paragraph, without the paragraph.
    fn inline(&self, text: &str) -> String {
        self.renderer.fragment(text, self.process.page, self.output, true)
    }
}

fn scalar(value: &Scalar) -> String {
    format!("<b>{}</b>", escaped(&value.to_string()))
}

/// a, b … z, then aa, ab …
fn letter(n: usize) -> String {
    let c = char::from(b'a' + u8::try_from(n % 26).unwrap_or(0));
    if n < 26 { c.to_string() } else { format!("{}{c}", letter(n / 26 - 1)) }
}

/// How far a blueprint can be trusted: as far as its page, unless it says itself that it is a draft or retired; alone, by its own document control.
pub fn trust(places: &[Option<Place>], now: Date, process: &Process<'_>) -> Trust {
    let control = process.blueprint.control.as_ref();
    let day = |text: &Option<String>| text.as_deref().and_then(crate::text::date::parse);
    let mut trust = match process.page.and_then(|id| places[id.index()].as_ref()) {
        Some(place) => place.trust.clone(),
        None => {
            let reviewed = control.and_then(|c| day(&c.approved));
            let every = control.and_then(|c| c.review_every).and_then(|i| crate::text::date::parse_interval(&i.to_string()));
            let due = control.and_then(|c| day(&c.review_by)).or_else(|| reviewed.zip(every).and_then(|(d, i)| d.checked_add(i).ok()));
            super::trust::from_dates(reviewed, due, now)
        }
    };
    if trust.owner.is_none() {
        trust.owner = control.and_then(|c| c.owner.clone());
    }
    match control.and_then(|c| c.status) {
        Some(Status::Retired) => trust.state = State::Retired,
        Some(Status::Draft | Status::InReview) => trust.state = State::Draft,
        _ => {}
    }
    if trust.state != State::Unknown {
        trust.reason = None;
    }
    trust
}
