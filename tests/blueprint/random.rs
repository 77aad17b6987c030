//! Random blueprints that pass the checks: every key of the format, in combinations nobody would write.

use proptest::prelude::*;
use stepwright::blueprint::due::{Amount, Anchor, Clock, Due, Escalation, Interval, Offset, Repeat, Unit};
use stepwright::blueprint::model::{
    Approval, Blocks, Blueprint, Check, Condition, Control, Field, FieldType, Link, Need, Note, NoteKind, Notify, OnReject, Operator,
    Order, PageLink, Phase, Ref, Review, Role, Scalar, StartedBy, Starts, Status, Step, StepSource, Test, UrlLink,
};

/// Texts that tempt a YAML reader.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("yes".to_owned()),
        Just("2026-01-02".to_owned()),
        Just("1.10".to_owned()),
        Just("17:00".to_owned()),
        Just("Größe: 3 # not a comment".to_owned()),
        Just("two\nlines\n\n  indented\n".to_owned()),
        Just("- dash".to_owned()),
        Just("{braces}, [brackets]".to_owned()),
        Just("\"quoted\" and 'so'".to_owned()),
        "[A-Za-z][A-Za-z ]{0,20}[a-z]",
    ]
}

fn line() -> impl Strategy<Value = String> {
    text().prop_map(|t| t.replace('\n', " ").trim().to_owned())
}

fn amount() -> impl Strategy<Value = Amount> {
    (1u32..40, 0usize..Unit::SHORT.len()).prop_map(|(count, unit)| Amount::new(count, Unit::SHORT[unit]))
}

fn clock() -> impl Strategy<Value = Option<Clock>> {
    prop::option::weighted(0.3, (0u8..24, 0u8..60).prop_map(|(hour, minute)| Clock { hour, minute }))
}

/// What one step is made of; indices are made to fit when the blueprint is put together.
#[derive(Debug, Clone)]
struct Draft {
    title: String,
    kind: u8,
    pick: [usize; 6],
    flags: [bool; 8],
    amount: Amount,
    at: Option<Clock>,
    words: Vec<String>,
}

fn draft() -> impl Strategy<Value = Draft> {
    (line(), 0u8..10, any::<[usize; 6]>(), any::<[bool; 8]>(), amount(), clock(), prop::collection::vec(text(), 1..4))
        .prop_map(|(title, kind, pick, flags, amount, at, words)| Draft { title, kind, pick, flags, amount, at, words })
}

fn role(n: usize) -> String {
    ["cfo", "clerk", "it-lead", "auditor"][n % 4].to_owned()
}

fn inputs() -> Vec<Field> {
    let field = |id: &str, kind| Field { id: id.into(), label: id.to_uppercase(), kind, ..Field::default() };
    vec![
        Field { required: true, options: vec!["Yes".into(), "No, never".into()], ..field("choice", FieldType::Choice) },
        Field { default: Some(Scalar::Bool(true)), ..field("admin", FieldType::YesNo) },
        field("day", FieldType::Date),
        Field { unit: Some("EUR".into()), min: Some(0.into()), ..field("amount", FieldType::Number) },
    ]
}

fn test_on_input(n: usize) -> Test {
    let reference = |id: &str| Ref::Input(id.to_owned());
    match n % 4 {
        0 => Test::is(reference("choice"), Scalar::Text("Yes".into())),
        1 => Test::is(reference("admin"), Scalar::Bool(n % 8 < 4)),
        2 => Test { reference: reference("amount"), operator: Operator::MoreThan(100.into()) },
        _ => Test { reference: reference("choice"), operator: Operator::IsNot(Scalar::Text("No, never".into())) },
    }
}

fn step(i: usize, d: &Draft, count: usize, phases: &[Phase]) -> Step {
    let id = format!("s{i}");
    let mut step = Step::new(id, &d.title);
    step.phase = (!phases.is_empty()).then(|| phases[i * phases.len() / count].id.clone());
    let earlier = |n: usize| format!("s{}", n % i.max(1));
    let gate = d.kind < 3 && i > 0;
    if gate {
        let mut approval = Approval::by(role(d.pick[0]));
        if d.flags[0] {
            approval.by.push(role(d.pick[0] + 1));
            approval.need = [Need::All, Need::Any, Need::Count(2)][d.pick[1] % 3];
        }
        if d.flags[1] && i + 1 < count {
            approval.blocks = Blocks::Steps(vec![format!("s{}", i + 1 + d.pick[1] % (count - i - 1))]);
        }
        if d.flags[2] {
            approval.not_same_as = vec![earlier(d.pick[2])];
            approval.escalate = Some(Escalation { to: role(d.pick[3]), after: d.amount });
        }
        step.approval = Some(approval);
    } else {
        step.owner = if d.flags[0] { vec![role(d.pick[0]), role(d.pick[0] + 1)] } else { vec![role(d.pick[0])] };
        step.everyone = d.flags[0] && d.flags[1];
        step.optional = d.flags[2] && d.kind > 7;
        if d.flags[6] {
            step.fields = vec![Field {
                id: "file".into(),
                label: d.words[0].clone(),
                kind: FieldType::File,
                required: d.flags[7],
                accept: vec![".pdf".into()],
                ..Field::default()
            }];
        }
    }
    if i > 0 && d.kind.is_multiple_of(3) {
        let mut after: Vec<String> = vec![earlier(d.pick[1]), earlier(d.pick[2])];
        after.sort();
        after.dedup();
        step.after = Some(if d.flags[3] { after } else { Vec::new() });
    }
    if d.flags[4] {
        let (a, b) = (test_on_input(d.pick[3]), test_on_input(d.pick[4]));
        step.when = Some(match d.pick[5] % 3 {
            0 => Condition::One(a),
            1 => Condition::All(vec![a, b]),
            _ => Condition::Any(vec![a, b]),
        });
    }
    decorate(&mut step, d, i, count);
    step
}

fn decorate(step: &mut Step, d: &Draft, i: usize, count: usize) {
    step.due = match d.pick[5] % 6 {
        0 => Some(Due { offset: Offset::After(d.amount), anchor: Anchor::Start, at: d.at }),
        1 => Some(Due { offset: Offset::Before(d.amount), anchor: Anchor::Input("day".into()), at: d.at }),
        2 => Some(Due { offset: Offset::On, anchor: Anchor::Input("day".into()), at: d.at }),
        3 => Some(Due { offset: Offset::After(d.amount), anchor: Anchor::Available, at: d.at }),
        _ => None,
    };
    if d.flags[5] {
        step.text = Some(d.words.join("\n"));
        step.notes = vec![Note { kind: NoteKind::ALL[d.pick[1] % 5], text: d.words[0].clone() }];
        step.checklist = d
            .words
            .iter()
            .enumerate()
            .map(|(j, w)| Check { id: (j == 1).then(|| "part".into()), text: w.clone(), owner: None, optional: j == 2 })
            .collect();
        step.links = vec![
            Link::Page(PageLink { page: "content/a.md#b".into(), title: None }),
            Link::Url(UrlLink { url: "https://example.org/?q=1#x".into(), title: d.title.clone() }),
        ];
        step.source =
            Some(StepSource { heading: Some("A > B".into()), item: Some("2.1".into()), hash: Some("blake3:0123456789abcdef".into()) });
    }
    if step.approval.is_none() && d.flags[7] && i + 1 < count && d.kind == 5 {
        step.repeat = Some(Repeat { every: d.amount, until: format!("s{}", count - 1) });
    }
    if step.approval.is_none() && d.kind == 4 {
        step.notify = Some(Notify { to: vec![role(1)], subject: format!("Done {{{{inputs.day}}}} {}", d.title), message: None });
    }
    if d.kind == 6 {
        step.review =
            vec![Review { code: "owner-vague".into(), at: Some("owner".into()), evidence: Some(d.words[0].clone()), ..Review::default() }];
    }
}

/// A rejection may go back only to something the gate waits for.
fn add_ways_back(blueprint: &mut Blueprint, picks: &[usize]) {
    let graph = stepwright::blueprint::graph::Graph::new(blueprint);
    for (i, pick) in picks.iter().enumerate().take(blueprint.steps.len()) {
        let before: Vec<usize> = graph.before[i].iter().copied().collect();
        let target = before.get(pick % before.len().max(1)).map(|j| blueprint.steps[*j].id.clone());
        if let (Some(approval), Some(target), true) = (&mut blueprint.steps[i].approval, target, pick.is_multiple_of(2)) {
            approval.on_reject = OnReject::BackTo(target);
        }
    }
}

/// A whole blueprint without problems of level error.
pub(crate) fn blueprint() -> impl Strategy<Value = Blueprint> {
    (prop::collection::vec(draft(), 1..9), line(), any::<[bool; 4]>(), prop::collection::vec(any::<usize>(), 9)).prop_map(
        |(drafts, title, flags, picks)| {
            let mut b = Blueprint::new("random", title);
            b.order = if flags[0] { Order::Any } else { Order::Strict };
            for id in ["cfo", "clerk", "it-lead", "auditor"] {
                b.roles.insert(id.into(), Role { title: id.to_uppercase(), about: flags[1].then(|| "on: call".into()) });
            }
            b.inputs = inputs();
            if flags[2] {
                b.phases =
                    (0..2).map(|i| Phase { id: format!("p{i}"), title: "Phase: one".into(), order: [None, Some(Order::Any)][i] }).collect();
            }
            if flags[3] {
                b.control = Some(Control {
                    number: Some("0012".into()),
                    version: Some("1.10".into()),
                    status: Some(Status::Approved),
                    owner: Some("cfo".into()),
                    approvers: vec!["cfo".into()],
                    review_every: Some(Interval(Amount::new(6, Unit::Month))),
                    keep_records: Some(Interval(Amount::new(7, Unit::Year))),
                    ..Control::default()
                });
                b.starts = Some(Starts {
                    by: StartedBy::Event,
                    event: Some("no".into()),
                    name: Some("{{inputs.day}}".into()),
                    ..Starts::default()
                });
            }
            let phases = b.phases.clone();
            b.steps = drafts.iter().enumerate().map(|(i, d)| step(i, d, drafts.len(), &phases)).collect();
            b.steps = std::mem::take(&mut b.steps);
            add_ways_back(&mut b, &picks);
            b
        },
    )
}
