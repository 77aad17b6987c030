//! What the model weighs: named numbers computed from a [`Reading`], each with the direction in which it may push.
//!
//! Counts enter as log(1+n), parts of a whole as shares (with one imaginary miss, so that one of one is not everything), words as rates per hundred.
//! Owns no weight: those are fitted by `examples/fit-detector.rs` and stand in `weights.yaml`.

use super::action::Act;
use super::lexicon::{
    H_AFTER, H_BEFORE, H_CONCEPT, H_PHASE, H_POLICY, H_RECORD, H_STEP, H_TIME, INTRO_HOW, INTRO_REFERENCE, T_FAQ, T_HOW, T_POLICY,
    T_PROCESS, T_RECORD, T_REFERENCE,
};
use super::reading::{Count, Counts, HeadingFacts, Reading, TitleFacts};

/// Which way a feature may push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Towards procedure only.
    Up,
    /// Towards reference only.
    Down,
}

/// A named number.
pub struct Feature {
    /// Name in `weights.yaml`.
    pub name: &'static str,
    /// Which way it may push.
    pub sign: Sign,
    /// Computes it.
    pub value: fn(&View) -> f64,
}

/// Weights to which regularisation draws instead of to zero, for what the labelled pages are too few to teach.
/// A list of questions and answers is read for facts, however many commands its answers hold, and the labelled product docs have none; a record of a
/// decision (Context, Decision, Status, Consequences) tells what was chosen, however many steps the choice has; and where an alert's page (Meaning, Impact,
/// Diagnosis, Mitigation) asks for anything, it does so under Diagnosis and Mitigation.
pub const PRIORS: &[(&str, f64)] = &[("faq", -1.0), ("decision", -1.0), ("of-decision", -1.0), ("alert-do", 0.5)];

/// Headings in numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headings {
    n: f64,
    step: f64,
    phase: f64,
    time: f64,
    before: f64,
    after: f64,
    concept: f64,
    policy: f64,
    record: f64,
    act: f64,
    gerund: f64,
    question: f64,
    dated: f64,
    role: f64,
    numbered: f64,
    counted: f64,
    soft: f64,
    asked: f64,
    /// Those of something that is done, in whatever way they say so.
    does: f64,
    /// Those that name a thing.
    named: f64,
}

impl Headings {
    fn add(&mut self, f: &HeadingFacts) {
        let one = |b: bool| f64::from(u8::from(b));
        let has = |class: u32| one(f.phrases & class != 0);
        self.n += 1.0;
        self.step += has(H_STEP);
        self.phase += has(H_PHASE);
        self.time += has(H_TIME);
        self.before += has(H_BEFORE);
        self.after += has(H_AFTER);
        self.concept += has(H_CONCEPT);
        self.policy += has(H_POLICY);
        self.record += has(H_RECORD);
        self.act += one(f.act == Act::Hard);
        self.gerund += one(f.gerund);
        self.question += one(f.question);
        self.dated += one(f.dated);
        self.role += one(f.role);
        self.numbered += one(f.numbered);
        self.counted += one(f.counted);
        self.soft += one(f.act == Act::Soft);
        self.does += one(does(f));
        self.named += one(names_thing(f));
        self.asked += one(f.question && f.phrases & (H_PHASE | H_TIME) == 0);
    }
}

/// A heading of something that is done: an act ("Restore", "Restoring"), a number before it, a step, a phase of work or a time.
fn does(f: &HeadingFacts) -> bool {
    f.act == Act::Hard || f.gerund || f.counted || f.phrases & (H_STEP | H_PHASE | H_TIME) != 0
}

/// "Pricing", "Permissions": a heading that names a thing and nothing else.
fn names_thing(f: &HeadingFacts) -> bool {
    !does(f) && f.act == Act::None && !f.question && f.phrases & (H_BEFORE | H_AFTER) == 0
}

/// A page, or a section with its subsections, as the features see it.
pub struct View<'r> {
    c: Counts,
    h: Headings,
    title: &'r TitleFacts,
    intro: u32,
    alert: f64,
    decision: f64,
    /// It is a page and not a section of one.
    whole: bool,
    /// The section's own heading and those it stands under; none for a page.
    own: Option<&'r HeadingFacts>,
    above: u32,
    /// The heading right above names an act or a step.
    under_act: bool,
    /// The heading right above is of something done, and so are this share of the neighbours' headings.
    under_does: bool,
    near_do: f64,
    /// At least half of the page's steps, and more than one, stand in it.
    most_steps: bool,
    /// Share of the page's words that stand in this section.
    part: f64,
    /// Instructions per sentence on the whole page.
    page_hard: f64,
    /// Share of the words in sections full of steps, how many there are, and the highest share of steps in one.
    dense_words: f64,
    dense_sections: f64,
    densest: f64,
}

impl<'r> View<'r> {
    /// The whole page.
    pub fn page(reading: &'r Reading) -> Self {
        let mut c = Counts::default();
        let mut h = Headings::default();
        for section in &reading.sections {
            c.merge(&section.counts);
            if section.heading.is_some() {
                h.add(&section.facts);
            }
        }
        let page_hard = ratio(c.get(Count::Hard) + c.get(Count::Role), c.get(Count::Sentences) + 1.0);
        let (mut dense, mut dense_sections, mut densest) = (0.0, 0.0, 0.0f64);
        for c in reading.sections.iter().map(|s| &s.counts) {
            let steps = c.get(Count::Hard) + c.get(Count::Role) + c.get(Count::StepRows);
            let share = ratio(steps, c.get(Count::Sentences) + c.get(Count::Rows) + 1.0);
            densest = densest.max(share);
            if steps >= 2.0 && share >= 0.3 {
                dense += c.get(Count::Words);
                dense_sections += 1.0;
            }
        }
        let dense_words = ratio(dense, c.get(Count::Words));
        Self {
            c,
            h,
            title: &reading.title,
            intro: reading.intro,
            alert: f64::from(reading.alert),
            decision: f64::from(reading.decision),
            whole: true,
            own: None,
            above: 0,
            under_act: false,
            under_does: false,
            near_do: 0.0,
            most_steps: false,
            part: 1.0,
            page_hard,
            dense_words,
            dense_sections,
            densest,
        }
    }

    /// A section (position in `reading.sections`) with its subsections; `page` is the view of its page.
    pub fn section(reading: &'r Reading, index: usize, page: &View<'r>) -> Self {
        let own = &reading.sections[index];
        let mut c = own.counts.clone();
        let mut h = Headings::default();
        for below in reading.sections[index + 1..].iter().take_while(|s| own.heading.is_some() && s.level > own.level) {
            c.merge(&below.counts);
            h.add(&below.facts);
        }
        let mut above = 0;
        let mut up = own.parent;
        while let Some(parent) = up {
            above |= reading.sections[parent].facts.phrases;
            up = reading.sections[parent].parent;
        }
        let part = ratio(c.get(Count::Words), page.c.get(Count::Words));
        let under = own.parent.map(|p| &reading.sections[p].facts);
        let under_act = under.is_some_and(|f| f.act == Act::Hard || f.gerund || f.phrases & H_STEP != 0);
        let steps = c.get(Count::Hard) + c.get(Count::Role) + c.get(Count::StepRows);
        let most_steps = steps >= 2.0 && steps >= page.steps() / 2.0;
        Self {
            c,
            h,
            title: &reading.title,
            intro: 0,
            alert: f64::from(reading.alert),
            decision: f64::from(reading.decision),
            whole: false,
            own: own.heading.map(|_| &own.facts),
            above,
            under_act,
            under_does: under.is_some_and(does),
            near_do: near_do(reading, index),
            most_steps,
            part,
            page_hard: page.page_hard,
            dense_words: 0.0,
            dense_sections: 0.0,
            densest: 0.0,
        }
    }

    /// Headings that name an action.
    pub fn acting_headings(&self) -> f64 {
        (self.h.act + self.h.gerund).min(self.h.n)
    }

    /// Headings that are questions.
    pub fn asking_headings(&self) -> f64 {
        self.h.question
    }

    /// Headings.
    pub fn headings(&self) -> f64 {
        self.h.n
    }

    /// Words in it.
    pub fn words(&self) -> f64 {
        self.n(Count::Words)
    }

    /// A count.
    pub fn n(&self, count: Count) -> f64 {
        self.c.get(count)
    }

    fn log(&self, count: Count) -> f64 {
        self.n(count).ln_1p()
    }

    fn share(&self, part: Count, whole: Count) -> f64 {
        ratio(self.n(part), self.n(whole) + 1.0)
    }

    /// Per hundred words, capped: a page of ten words with one hit says little.
    fn rate(&self, count: Count) -> f64 {
        (100.0 * self.n(count) / (self.words() + 30.0)).min(8.0)
    }

    fn of_sentences(&self, count: Count) -> f64 {
        self.share(count, Count::Sentences)
    }

    /// Steps of any shape: items, ticks, hand-numbered lines, table rows, sentences.
    pub fn steps(&self) -> f64 {
        self.n(Count::Hard) + self.n(Count::Role) + self.n(Count::StepRows)
    }

    fn heading_share(&self, n: f64) -> f64 {
        ratio(n, self.h.n + 1.0)
    }

    fn title_has(&self, class: u32) -> f64 {
        flag(self.title.phrases & class != 0)
    }

    /// The section's own heading is of something done.
    fn own_does(&self) -> f64 {
        flag(self.own.is_some_and(does))
    }

    fn own_has(&self, class: u32) -> f64 {
        flag(self.own.is_some_and(|o| o.phrases & class != 0))
    }

    /// Work at a tool or a list of steps: only then does the grammar of a title or heading mean anything.
    fn hands_on(&self) -> bool {
        self.n(Count::Code) > 0.0
            || self.rate(Count::CodeSpans) >= 1.0
            || self.rate(Count::Interface) >= 1.5
            || (self.n(Count::OlStep) >= 2.0 && self.share(Count::OlStep, Count::OlItems) >= 0.4)
            || self.n(Count::HandStep) >= 3.0
            || self.n(Count::TaskStep) >= 3.0
    }

    /// Something in it is asked of the reader or told of somebody, however softly.
    fn asks(&self) -> bool {
        let said = self.n(Count::Hard) + self.n(Count::Soft) + self.n(Count::Able) + self.n(Count::Role);
        said + self.n(Count::Shell) + self.n(Count::Commands) >= 1.0
    }

    /// Code, commands or words of an interface.
    fn at_tool(&self) -> bool {
        self.n(Count::Code) + self.n(Count::Commands) > 0.0 || self.rate(Count::Interface) >= 1.5
    }

    /// A page *about* something: several headings, half of them name things, and few of its sentences are steps.
    pub fn is_about(&self) -> bool {
        self.h.n >= 4.0 && 2.0 * self.h.named >= self.h.n && self.of_sentences(Count::Hard) + self.of_sentences(Count::Role) < 0.3
    }

    /// How far from work at a tool the page is, 0 to 1: no code, no interface. Titles say more there.
    fn plain(&self) -> f64 {
        let tool = self.rate(Count::CodeSpans).min(3.0) + self.rate(Count::Interface).min(5.0) / 1.5 + flag(self.n(Count::Code) > 0.0);
        1.0 - tool.min(1.0)
    }

    /// How much a page reads like a company's own (its people, approvals, alerts) and not like the docs of a product, 0 to 1. What marks a procedure in
    /// a handbook (a heading "If …", words of order) is in every page of product docs. Sections are of the page that holds them: always 1.
    pub fn in_house(&self) -> f64 {
        if !self.whole {
            return 1.0;
        }
        let people = self.rate(Count::We) + self.rate(Count::Approval).min(5.0) / 1.5 + 8.0 * self.of_sentences(Count::Role) + self.alert;
        people.min(1.0).max(self.plain())
    }

    /// A numbered list whose items are not acts of anybody.
    fn inert_items(&self) -> f64 {
        (self.n(Count::OlItems) - self.n(Count::OlStep)).max(0.0)
    }
}

/// Share of a section's neighbours (under the same heading, of the same level) whose headings are of something done, with one imaginary other.
fn near_do(reading: &Reading, index: usize) -> f64 {
    let own = &reading.sections[index];
    let near = reading
        .sections
        .iter()
        .enumerate()
        .filter(|(i, s)| *i != index && s.heading.is_some() && s.parent == own.parent && s.level == own.level);
    let (all, doing) = near.fold((0.0, 0.0), |n, (_, s)| (n.0 + 1.0, n.1 + flag(does(&s.facts))));
    ratio(doing, all + 1.0)
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn flag(b: bool) -> f64 {
    f64::from(u8::from(b))
}

macro_rules! features {
    ($($sign:ident $name:literal = |$v:ident| $value:expr;)*) => {
        &[$(Feature { name: $name, sign: Sign::$sign, value: |$v: &View| $value },)*]
    };
}

/// Features of what stands in a page or section; both models use them.
pub const CONTENT: &[Feature] = features! {
    // Lists.
    Up "numbered-items" = |v| v.log(Count::OlItems);
    Up "numbered-longest" = |v| f64::from(v.c.longest.min(20.0)).ln_1p();
    Up "numbered-words" = |v| v.share(Count::OlWords, Count::Words);
    Up "numbered-steps" = |v| v.log(Count::OlStep);
    Up "numbered-steps-share" = |v| v.share(Count::OlStep, Count::OlItems);
    Up "numbered-roles" = |v| v.log(Count::OlRole);
    Down "numbered-not-steps" = |v| if v.n(Count::OlItems) >= 3.0 && v.share(Count::OlStep, Count::OlItems) < 0.3 { v.inert_items().ln_1p() } else { 0.0 };
    Up "bullet-steps" = |v| v.log(Count::UlStep);
    Up "bullet-steps-share" = |v| v.share(Count::UlStep, Count::UlItems);
    Down "bullet-words" = |v| v.share(Count::UlWords, Count::Words);
    Down "bullet-terms" = |v| v.log(Count::UlTerm);
    Down "bullet-inert" = |v| (v.n(Count::UlItems) - v.n(Count::UlAct)).max(0.0).ln_1p();
    Up "tasks-open" = |v| v.log(Count::OpenTasks);
    Up "tasks-steps" = |v| v.log(Count::TaskStep);
    Up "hand-numbered" = |v| v.log(Count::HandStep);
    // Sentences.
    Up "hard" = |v| v.log(Count::Hard);
    Up "hard-share" = |v| v.of_sentences(Count::Hard);
    Up "hard-share-10" = |v| v.of_sentences(Count::Hard).min(0.1);
    Up "hard-share-20" = |v| (v.of_sentences(Count::Hard) - 0.2).max(0.0);
    Up "units-share" = |v| v.in_house() * v.share(Count::UnitSteps, Count::Units);
    Up "hard-prose-share" = |v| v.in_house() * v.share(Count::HardProse, Count::Prose);
    Up "instructions-share" = |v| ratio(v.n(Count::Hard) + v.n(Count::Soft), v.n(Count::Sentences) + 1.0);
    Down "soft-share" = |v| ratio(v.n(Count::Soft), v.n(Count::Hard) + v.n(Count::Soft) + 1.0);
    Up "steps" = |v| v.steps().ln_1p();
    Up "steps-share" = |v| ratio(v.steps(), v.n(Count::Sentences) + v.n(Count::Rows) + 1.0);
    Up "run" = |v| v.in_house() * f64::from(v.c.run).ln_1p();
    Up "objects" = |v| v.log(Count::Object);
    Up "sequence" = |v| v.rate(Count::Sequence).min(3.0);
    Up "sequence-steps" = |v| v.in_house() * v.log(Count::SequenceStep);
    Up "sequence-steps-share" = |v| v.in_house() * v.of_sentences(Count::SequenceStep);
    Up "able" = |v| v.in_house() * v.of_sentences(Count::Able);
    Up "conditions" = |v| v.log(Count::Condition);
    Up "follow" = |v| v.log(Count::Follow);
    Down "inert-prose" = |v| (v.n(Count::Prose) - v.n(Count::ActProse) - v.n(Count::RoleProse)).max(0.0).ln_1p();
    Down "inert-share" = |v| ratio(v.n(Count::Sentences) - v.n(Count::Hard) - v.n(Count::Role), v.n(Count::Sentences) + 3.0);
    // Roles that act, told in order; role cards and policies name duties instead.
    Up "role-share" = |v| v.of_sentences(Count::Role);
    Up "role-flow" = |v| v.log(Count::RoleFlow);
    Up "role-hand-offs" = |v| (v.n(Count::HandOff) + v.n(Count::RoleChange)).ln_1p();
    Up "role-ordered" = |v| flag(v.n(Count::OlRole) >= 2.0 && v.share(Count::OlStep, Count::OlItems) >= 0.4);
    Down "system-acts" = |v| v.log(Count::System);
    Up "passive-by-role" = |v| v.log(Count::PassiveBy);
    Up "events" = |v| v.of_sentences(Count::EventDone);
    // Commands and interfaces.
    Up "shell" = |v| v.log(Count::Shell);
    Up "commands" = |v| v.log(Count::Commands);
    Up "code-led" = |v| v.log(Count::CodeLed);
    Up "code-in-list" = |v| v.log(Count::CodeInList);
    Down "code-other" = |v| (v.n(Count::Code) - v.n(Count::Shell) - v.n(Count::CodeLed)).max(0.0).ln_1p();
    Up "interface" = |v| v.rate(Count::Interface).min(5.0);
    Up "click-paths" = |v| v.log(Count::Paths);
    Up "bold-in-steps" = |v| v.log(Count::BoldOl);
    Up "images" = |v| v.log(Count::Images);
    // Business words.
    Up "approvals" = |v| v.rate(Count::Approval).min(5.0);
    Up "approvals-in-steps" = |v| flag(v.n(Count::Approval) >= 1.0 && v.steps() >= 3.0);
    Up "due" = |v| v.rate(Count::Due);
    Up "units" = |v| v.rate(Count::Unit);
    Down "duties" = |v| v.rate(Count::Duty);
    Down "duties-n" = |v| v.log(Count::Duty);
    Down "capitals" = |v| v.log(Count::Capitals);
    Down "modals" = |v| v.rate(Count::Modal);
    Down "we" = |v| v.rate(Count::We);
    Up "you" = |v| v.rate(Count::You).min(5.0);
    // Facts.
    Down "defines" = |v| v.of_sentences(Count::Defines);
    Down "third" = |v| v.of_sentences(Count::Third);
    Down "passive" = |v| v.rate(Count::Passive);
    Down "past" = |v| v.of_sentences(Count::Past);
    Down "past-n" = |v| v.log(Count::Past);
    Down "letters" = |v| v.log(Count::Letters);
    Down "dates" = |v| v.rate(Count::Dates);
    Down "questions" = |v| v.of_sentences(Count::Question);
    Down "fields" = |v| if v.n(Count::Rows) + v.n(Count::UlTerm) >= 3.0 { v.rate(Count::Field) } else { 0.0 };
    Down "links" = |v| v.share(Count::LinkWords, Count::Words);
    Up "code-spans" = |v| v.rate(Count::CodeSpans).min(3.0);
    Down "sentence-length" = |v| ratio(v.words(), v.n(Count::Sentences) + v.n(Count::Rows) + 1.0).min(40.0);
    // Tables: rows are facts unless they are tasks.
    Down "tables" = |v| v.in_house() * v.log(Count::Tables);
    Down "rows-inert" = |v| v.in_house() * (v.n(Count::Rows) - v.n(Count::StepRows) - v.n(Count::TaskRows)).max(0.0).ln_1p();
    Down "table-words" = |v| if v.n(Count::TaskRows) >= 3.0 { 0.0 } else { v.share(Count::TableWords, Count::Words) };
    Up "rows-tasks" = |v| v.log(Count::TaskRows);
    Up "rows-steps-share" = |v| if v.n(Count::StepRows) >= 2.0 { v.share(Count::StepRows, Count::Rows) } else { 0.0 };
};

/// Features of headings below (of the page, or of the subsections).
pub const HEADINGS: &[Feature] = features! {
    Up "h-step" = |v| v.in_house() * v.h.step.ln_1p();
    Up "h-step-share" = |v| v.heading_share(v.h.step);
    Up "h-counted" = |v| if v.h.counted >= 2.0 { v.h.counted.ln_1p() } else { 0.0 };
    Up "h-instruct-share" = |v| v.heading_share(v.h.act + v.h.soft);
    Up "label-steps" = |v| v.n(Count::LabelStep).min(1.0);
    Up "h-act" = |v| v.h.act.ln_1p();
    Up "h-act-share" = |v| v.heading_share(v.h.act);
    Up "h-does-share" = |v| v.heading_share(v.h.does);
    Up "h-gerund" = |v| if v.hands_on() { v.heading_share(v.h.gerund) } else { 0.0 };
    Up "h-gerund-any" = |v| v.heading_share(v.h.gerund);
    Up "h-phase" = |v| v.in_house() * v.h.phase.ln_1p();
    Up "h-phase-share" = |v| v.in_house() * v.heading_share(v.h.phase);
    Up "h-time" = |v| v.h.time.ln_1p();
    Up "h-before" = |v| (v.h.before + v.n(Count::LabelBefore)).min(1.0);
    Up "h-after" = |v| (v.h.after + v.n(Count::LabelAfter)).min(1.0);
    Up "h-numbered-acts" = |v| if v.page_hard > 0.1 { v.h.numbered.min(v.h.act + v.h.gerund).ln_1p() } else { 0.0 };
    Down "h-concept" = |v| v.h.concept.ln_1p();
    Down "h-concept-share" = |v| v.heading_share(v.h.concept);
    Down "h-policy" = |v| v.h.policy.ln_1p();
    Down "h-policy-share" = |v| v.heading_share(v.h.policy);
    Down "h-record" = |v| v.h.record.ln_1p();
    Down "h-record-share" = |v| v.heading_share(v.h.record);
    Down "h-question" = |v| v.heading_share(v.h.question);
    Down "h-dated" = |v| v.h.dated.ln_1p();
    Down "h-role" = |v| v.h.role.ln_1p();
};

/// Features of the title.
pub const TITLE: &[Feature] = features! {
    Up "t-how" = |v| v.title_has(T_HOW);
    Up "t-process" = |v| v.title_has(T_PROCESS);
    Up "t-process-steps" = |v| v.title_has(T_PROCESS) * flag(v.steps() >= 3.0);
    Up "t-act" = |v| flag(v.hands_on() && v.title.act == Act::Hard);
    Up "t-gerund" = |v| flag(v.hands_on() && v.title.gerund);
    Up "t-sentence" = |v| flag(v.hands_on() && v.title.joined && (v.title.gerund || v.title.act == Act::Hard));
    Up "t-instruct" = |v| flag(v.hands_on() && v.title.act.is_instruction());
    Up "t-joined" = |v| flag(v.hands_on() && v.title.joined);
    Up "t-act-any" = |v| flag(v.title.act == Act::Hard);
    Up "t-gerund-any" = |v| flag(v.title.gerund);
    Down "t-reference" = |v| v.title_has(T_REFERENCE);
    Down "t-policy" = |v| v.title_has(T_POLICY);
    Down "t-record" = |v| v.in_house() * v.title_has(T_RECORD);
    Down "t-plural" = |v| flag(v.title.plural);
    Down "t-short" = |v| flag(v.title.stated && v.title.words <= 2 && v.title.act == Act::None && !v.title.gerund && v.title.phrases & (T_HOW | T_PROCESS) == 0);
};

/// Features only a page has.
pub const PAGE: &[Feature] = features! {
    Up "dense-words" = |v| v.dense_words;
    Up "dense-sections" = |v| v.dense_sections.ln_1p();
    Up "densest" = |v| v.in_house() * v.densest;
    Up "intro-how" = |v| flag(v.intro & INTRO_HOW != 0);
    Down "intro-reference" = |v| flag(v.intro & INTRO_REFERENCE != 0);
    Up "alert" = |v| flag(v.alert >= 2.0 && v.h.phase >= 1.0);
    Up "alert-steps" = |v| flag(v.alert >= 2.0 && v.h.phase >= 1.0 && (v.steps() >= 2.0 || v.n(Count::Shell) >= 1.0));
    Up "t-process-plain" = |v| v.plain() * v.title_has(T_PROCESS) * flag(v.steps() >= 3.0);
    Down "t-record-plain" = |v| v.plain() * v.title_has(T_RECORD);
    Up "h-before-tool" = |v| (1.0 - v.plain()) * (v.h.before + v.n(Count::LabelBefore)).min(1.0);
    Up "code-led-tool" = |v| (1.0 - v.plain()) * v.log(Count::CodeLed);
    Up "numbered-steps-tool" = |v| (1.0 - v.plain()) * v.share(Count::OlStep, Count::OlItems);
    Down "decision" = |v| flag(v.decision >= 3.0);
    Down "faq" = |v| flag(v.title_has(T_FAQ) > 0.0 || v.h.asked >= 4.0 && v.h.asked * 2.0 >= v.h.n);
    Down "about" = |v| flag(v.is_about());
    Down "long" = |v| (v.words() / 100.0).ln_1p();
};

/// Features only a section has: its heading, where it stands, how much of the page it is.
pub const SECTION: &[Feature] = features! {
    Up "own-step" = |v| v.own_has(H_STEP);
    Up "own-phase" = |v| v.own_has(H_PHASE);
    Up "own-time" = |v| v.own_has(H_TIME);
    Up "own-act" = |v| flag(v.own.is_some_and(|o| o.act == Act::Hard));
    Up "own-gerund" = |v| flag(v.own.is_some_and(|o| o.gerund));
    Up "own-instruct" = |v| flag(v.own.is_some_and(|o| o.act.is_instruction()));
    Up "own-act-steps" = |v| flag(v.own.is_some_and(|o| (o.act == Act::Hard || o.gerund) && v.steps() >= 2.0));
    Up "own-step-steps" = |v| v.own_has(H_STEP | H_PHASE) * flag(v.steps() >= 2.0 || v.n(Count::Shell) >= 1.0);
    Up "own-does" = |v| v.own_does();
    Up "own-does-dense" = |v| v.own_does() * flag(v.of_sentences(Count::Hard) >= 0.3);
    Up "own-does-roles" = |v| v.own_does() * (v.of_sentences(Count::Role) + v.of_sentences(Count::PassiveBy));
    Up "own-does-alone" = |v| v.own_does() * (1.0 - v.near_do);
    Up "own-act-tool" = |v| flag(v.own.is_some_and(|o| o.act == Act::Hard || o.gerund) && v.at_tool());
    Up "under-does" = |v| flag(v.under_does);
    Down "own-before" = |v| v.own_has(H_BEFORE);
    Down "own-after" = |v| v.own_has(H_AFTER);
    Down "own-concept" = |v| v.own_has(H_CONCEPT);
    Down "own-policy" = |v| v.own_has(H_POLICY);
    Down "own-record" = |v| v.own_has(H_RECORD);
    Down "own-question" = |v| flag(v.own.is_some_and(|o| o.question && o.phrases & (H_STEP | H_PHASE) == 0));
    Down "own-dated" = |v| flag(v.own.is_some_and(|o| o.dated));
    Down "own-role" = |v| flag(v.own.is_some_and(|o| o.role));
    Up "above-step" = |v| flag(v.above & (H_STEP | H_PHASE) != 0);
    Up "under-act" = |v| flag(v.under_act);
    Up "most-steps" = |v| flag(v.most_steps);
    Down "above-policy" = |v| flag(v.above & (H_POLICY | H_CONCEPT | H_RECORD) != 0);
    Up "alert-act" = |v| flag(v.alert >= 2.0 && v.own.is_some_and(|o| o.phrases & H_PHASE != 0));
    Up "alert-do" = |v| flag(v.alert >= 2.0 && v.own.is_some_and(|o| o.phrases & H_PHASE != 0) && v.asks());
    Down "alert-explains" = |v| flag(v.alert >= 2.0 && v.own.is_some_and(|o| o.phrases & H_PHASE == 0));
    Down "of-decision" = |v| flag(v.decision >= 3.0);
    Up "page-steps" = |v| v.page_hard;
    Up "part" = |v| v.part;
    Down "tiny" = |v| flag(v.words() < 12.0);
    Down "no-step" = |v| flag(v.steps() < 1.0 && v.n(Count::Shell) < 1.0);
};

/// Names and signs of the page model, in the order of [`page_values`].
pub fn page_features() -> impl Iterator<Item = &'static Feature> {
    CONTENT.iter().chain(HEADINGS).chain(TITLE).chain(PAGE)
}

/// Names and signs of the section model, in the order of [`section_values`].
pub fn section_features() -> impl Iterator<Item = &'static Feature> {
    CONTENT.iter().chain(HEADINGS).chain(TITLE).chain(SECTION)
}

/// Values of the page model's features.
pub fn page_values(view: &View, out: &mut Vec<f64>) {
    out.clear();
    out.extend(page_features().map(|f| (f.value)(view)));
}

/// Values of the section model's features.
pub fn section_values(view: &View, out: &mut Vec<f64>) {
    out.clear();
    out.extend(section_features().map(|f| (f.value)(view)));
}
