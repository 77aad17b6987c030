//! The reasons for a verdict in words: which facts of the page pushed it most, and where to see them.
//!
//! Knows the features by name, groups those that show the same fact, and says each fact once. Weighs nothing itself.

use std::sync::LazyLock;

use super::Evidence;
use super::features::{View, page_features};
use super::lexicon::{T_HOW, T_PROCESS};
use super::model::{Model, Prediction};
use super::reading::{Count, Mark, Reading};
use crate::text::Span;

/// Facts that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fact {
    Numbered,
    Bullets,
    Tasks,
    Hand,
    Sentences,
    Sequence,
    Roles,
    Shell,
    Interface,
    Approvals,
    Due,
    StepHeading,
    PhaseHeading,
    BeforeHeading,
    ActingHeadings,
    Alert,
    Title,
    TableSteps,
    Duties,
    PolicyHeading,
    RecordHeading,
    ConceptHeading,
    Questions,
    Dates,
    Past,
    Tables,
    Links,
    Terms,
    Facts,
}

/// Features by the fact they show; those not listed are never told.
const SHOWN: &[(Fact, &[&str])] = &[
    (
        Fact::Numbered,
        &[
            "numbered-items",
            "numbered-longest",
            "numbered-words",
            "numbered-steps",
            "numbered-steps-share",
            "numbered-steps-tool",
            "numbered-roles",
            "numbered-not-steps",
        ],
    ),
    (Fact::Bullets, &["bullet-steps", "bullet-steps-share"]),
    (Fact::Tasks, &["tasks-open", "tasks-steps"]),
    (Fact::Hand, &["hand-numbered"]),
    (
        Fact::Sentences,
        &[
            "hard",
            "hard-share",
            "hard-share-10",
            "hard-share-20",
            "units-share",
            "hard-prose-share",
            "instructions-share",
            "steps",
            "steps-share",
            "run",
            "objects",
            "densest",
            "dense-words",
            "dense-sections",
            "soft-share",
            "able",
        ],
    ),
    (Fact::Sequence, &["sequence", "sequence-steps", "sequence-steps-share", "follow", "conditions"]),
    (Fact::Roles, &["role-share", "role-flow", "role-hand-offs", "role-ordered", "passive-by-role"]),
    (Fact::Shell, &["shell", "code-led", "code-led-tool", "commands", "code-in-list"]),
    (Fact::Interface, &["interface", "click-paths", "bold-in-steps"]),
    (Fact::Approvals, &["approvals", "approvals-in-steps"]),
    (Fact::Due, &["due"]),
    (Fact::StepHeading, &["h-step", "h-step-share", "label-steps"]),
    (Fact::PhaseHeading, &["h-phase", "h-phase-share", "h-time"]),
    (Fact::BeforeHeading, &["h-before", "h-after", "h-before-tool"]),
    (Fact::ActingHeadings, &["h-act", "h-act-share", "h-does-share", "h-gerund", "h-numbered-acts", "h-counted", "h-instruct-share"]),
    (Fact::Alert, &["alert", "alert-steps"]),
    (
        Fact::Title,
        &[
            "t-how",
            "t-process",
            "t-process-steps",
            "t-process-plain",
            "t-instruct",
            "t-joined",
            "t-act",
            "t-gerund",
            "t-sentence",
            "t-act-any",
            "t-gerund-any",
            "t-reference",
            "t-policy",
            "t-record",
            "t-record-plain",
            "t-short",
        ],
    ),
    (Fact::TableSteps, &["rows-tasks", "rows-steps-share"]),
    (Fact::Duties, &["duties", "duties-n", "capitals"]),
    (Fact::PolicyHeading, &["h-policy", "h-policy-share"]),
    (Fact::RecordHeading, &["h-record", "h-record-share", "decision"]),
    (Fact::ConceptHeading, &["h-concept", "h-concept-share", "about"]),
    (Fact::Questions, &["h-question", "questions", "faq"]),
    (Fact::Dates, &["dates", "h-dated"]),
    (Fact::Past, &["past", "past-n"]),
    (Fact::Tables, &["tables", "rows-inert", "table-words"]),
    (Fact::Links, &["links"]),
    (Fact::Terms, &["bullet-terms"]),
    (Fact::Facts, &["defines", "third", "passive", "inert-prose", "inert-share"]),
];

/// For each feature of a page, the position in [`SHOWN`] of the fact it shows.
static SLOTS: LazyLock<Vec<Option<usize>>> =
    LazyLock::new(|| page_features().map(|feature| SHOWN.iter().position(|(_, names)| names.contains(&feature.name))).collect());

/// The reasons, strongest first: those for the answer, then the strongest against it.
pub fn collect(reading: &Reading, view: &View, prediction: &Prediction, title: (&str, Span), first: Span) -> Vec<Evidence> {
    let model = Model::fitted();
    let mut pushes: Vec<(Fact, f64)> = SHOWN.iter().map(|(fact, _)| (*fact, 0.0)).collect();
    for (index, value) in prediction.values.iter().enumerate() {
        let push = model.page.push(index, *value);
        if push == 0.0 {
            continue;
        }
        if let Some(slot) = SLOTS[index] {
            pushes[slot].1 += push;
        }
    }
    let towards = prediction.page >= 0.5;
    pushes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    if !towards {
        pushes.reverse();
    }
    let teller = Teller { reading, view, title, first };
    let up = |push: f64| push > 0.0;
    let (for_it, against): (Vec<_>, Vec<_>) = pushes.into_iter().filter(|(_, p)| p.abs() > 0.08).partition(|(_, p)| up(*p) == towards);
    let told = |list: Vec<(Fact, f64)>, n: usize| list.into_iter().filter_map(|(f, p)| teller.tell(f, up(p))).take(n).collect::<Vec<_>>();
    let mut out = told(for_it, 4);
    out.extend(told(against.into_iter().rev().collect(), 1));
    // Two facts may be told in the same words (a heading that is both a step's and a phase's).
    let mut seen = std::collections::BTreeSet::new();
    out.retain(|e| seen.insert((e.text.clone(), e.span)));
    out
}

struct Teller<'a> {
    reading: &'a Reading,
    view: &'a View<'a>,
    title: (&'a str, Span),
    first: Span,
}

impl Teller<'_> {
    fn n(&self, count: Count) -> f64 {
        self.view.n(count)
    }

    /// Says a fact if the page shows it.
    fn tell(&self, fact: Fact, up: bool) -> Option<Evidence> {
        let n = |count| self.n(count);
        // What speaks for reference is told where it does, and what speaks for a procedure likewise, but for "0 of 9" of the plainest facts.
        let speaks_against = fact >= Fact::Duties;
        if fact != Fact::Title && (up == speaks_against) && !matches!(fact, Fact::Numbered | Fact::Sentences) {
            return None;
        }
        let (text, mark) = match fact {
            Fact::Numbered if n(Count::OlRole) > 0.0 => {
                (format!("{} of {} numbered items say what somebody does", n(Count::OlStep), n(Count::OlItems)), Mark::Numbered)
            }
            Fact::Numbered if n(Count::OlItems) > 0.0 => {
                (format!("{} of {} numbered items start with a verb", n(Count::OlStep), n(Count::OlItems)), Mark::Numbered)
            }
            Fact::Bullets if n(Count::UlStep) > 0.0 => {
                (format!("{} of {} bullets start with a verb", n(Count::UlStep), n(Count::UlItems)), Mark::Bullet)
            }
            Fact::Tasks if n(Count::Tasks) > 0.0 => (format!("{} to tick", plural(n(Count::Tasks), "box", "boxes")), Mark::Task),
            Fact::Hand if n(Count::HandStep) > 0.0 => {
                (format!("{} of {} hand-numbered lines are steps", n(Count::HandStep), n(Count::HandItems)), Mark::Hand)
            }
            Fact::Sentences => {
                (format!("{} of {} sentences say what to do", n(Count::Hard) + n(Count::Role), n(Count::Sentences)), Mark::Step)
            }
            Fact::Sequence if n(Count::Sequence) > 0.0 => {
                (format!("words of order (first, then, after) {}", times(n(Count::Sequence))), Mark::Step)
            }
            Fact::Roles => {
                let place = self.reading.place(Mark::Role)?;
                return Some(Evidence { text: format!("{} what a role does: '{}'", tell_n(n(Count::Role)), place.text), span: place.span });
            }
            Fact::Shell if n(Count::Shell) + n(Count::CodeLed) > 0.0 => {
                let led = n(Count::CodeLed);
                let code = plural(n(Count::Code), "block of code", "blocks of code");
                (if led > 0.0 { format!("{code}, {led} after an instruction") } else { code }, Mark::Shell)
            }
            Fact::Interface if n(Count::Interface) > 0.0 => {
                (format!("words of user interfaces (click, select, menu) {}", times(n(Count::Interface))), Mark::Step)
            }
            Fact::Approvals => return self.quoted(Mark::Approval),
            Fact::Due => return self.quoted(Mark::Due),
            Fact::StepHeading => return self.heading(Mark::StepHeading),
            Fact::PhaseHeading => return self.heading(Mark::PhaseHeading),
            Fact::BeforeHeading => return self.heading(Mark::BeforeHeading),
            Fact::PolicyHeading => return self.heading(Mark::PolicyHeading),
            Fact::RecordHeading => return self.heading(Mark::RecordHeading),
            Fact::ConceptHeading => return self.heading(Mark::ConceptHeading),
            Fact::ActingHeadings if self.view.acting_headings() > 0.0 => {
                (format!("{} of {} headings name an action", self.view.acting_headings(), self.view.headings()), Mark::StepHeading)
            }
            Fact::Alert => ("headings of an alert runbook".to_owned(), Mark::PhaseHeading),
            Fact::Title if up && self.reading.title.phrases & (T_HOW | T_PROCESS) != 0 => {
                return Some(self.title_says("is that of a procedure"));
            }
            Fact::Title if up => return Some(self.title_says("names an action")),
            // "Release team removal process" may weigh against by its other words; nobody would say it that way.
            Fact::Title if self.reading.title.phrases & (T_HOW | T_PROCESS) == 0 => {
                return Some(self.title_says("is not that of a procedure"));
            }
            Fact::TableSteps if n(Count::StepRows) > 0.0 => {
                (format!("{} of {} table rows are steps", n(Count::StepRows), n(Count::Rows)), Mark::Table)
            }
            Fact::Duties => return self.quoted(Mark::Duty),
            Fact::Questions if self.view.asking_headings() > 0.0 => {
                (format!("{} of {} headings are questions", self.view.asking_headings(), self.view.headings()), Mark::QuestionHeading)
            }
            Fact::Dates if n(Count::Dates) > 0.0 => (plural(n(Count::Dates), "date", "dates"), Mark::RecordHeading),
            Fact::Past if n(Count::Past) > 0.0 => {
                (format!("{} tell of the past", plural(n(Count::Past), "sentence", "sentences")), Mark::RecordHeading)
            }
            Fact::Tables if n(Count::TableWords) > 0.0 => {
                (format!("{:.0} % of the words stand in tables", 100.0 * n(Count::TableWords) / self.view.words().max(1.0)), Mark::Table)
            }
            Fact::Links if n(Count::LinkWords) > 0.0 => {
                (format!("{:.0} % of the words are links", 100.0 * n(Count::LinkWords) / self.view.words().max(1.0)), Mark::Term)
            }
            Fact::Terms if n(Count::UlTerm) > 0.0 => {
                (format!("{} explain a term", plural(n(Count::UlTerm), "bullet", "bullets")), Mark::Term)
            }
            Fact::Facts if n(Count::Defines) > 0.0 => {
                (format!("{} of {} sentences state facts", n(Count::Defines), n(Count::Sentences)), Mark::ConceptHeading)
            }
            _ => return None,
        };
        let place = self.reading.place(mark).or_else(|| self.reading.place(Mark::Numbered).filter(|_| mark == Mark::Step));
        Some(Evidence { text, span: place.map_or(self.first, |p| p.span) })
    }

    fn title_says(&self, what: &str) -> Evidence {
        Evidence { text: format!("title '{}' {what}", self.title.0), span: self.title.1 }
    }

    fn heading(&self, mark: Mark) -> Option<Evidence> {
        let place = self.reading.place(mark)?;
        Some(Evidence { text: format!("heading '{}'", place.text.trim()), span: place.span })
    }

    fn quoted(&self, mark: Mark) -> Option<Evidence> {
        let place = self.reading.place(mark)?;
        let at = place.step.map_or(String::new(), |n| format!(" in step {n}"));
        Some(Evidence { text: format!("'{}'{at}", place.text.to_lowercase()), span: place.span })
    }
}

fn plural(n: f64, one: &str, many: &str) -> String {
    if n < 1.5 { format!("{n} {one}") } else { format!("{n} {many}") }
}

fn times(n: f64) -> String {
    if n < 1.5 { "once".to_owned() } else { format!("{n} times") }
}

fn tell_n(n: f64) -> String {
    if n < 1.5 { "1 sentence tells".to_owned() } else { format!("{n} sentences tell") }
}
