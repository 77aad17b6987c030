//! The Tallyfy rules, run: a small simulator of the documented meaning of visibility, and what has to hold whatever people do.
//!
//! Every step is open at once unless hidden; a hidden step never counts as completed; a rule acts when its conditions come to hold. Whether
//! a rule also acts while they go on holding is not documented, so both are tried.

use std::collections::{BTreeMap, BTreeSet};

use proptest::strategy::{Strategy, ValueTree};
use serde_json::Value;
use stepwright::blueprint::export::{Target, export, tallyfy_calls};
use stepwright::blueprint::graph::Graph;
use stepwright::blueprint::model::{Blueprint, Condition, FieldType, OnReject, Operator, Ref, Scalar, Test};
use stepwright::blueprint::{load, to_yaml};
use stepwright::text::Source;

use super::{handbook_blueprints, random};

/// A run in the simulated system.
struct Run<'a> {
    mapping: &'a Value,
    hidden: BTreeSet<String>,
    /// `completed`, `approved` or `rejected` by step.
    state: BTreeMap<String, &'static str>,
    fields: BTreeMap<String, String>,
    held: Vec<bool>,
    /// Rules act as long as their conditions hold.
    level: bool,
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

impl<'a> Run<'a> {
    fn new(mapping: &'a Value, hidden: BTreeSet<String>, fields: BTreeMap<String, String>, level: bool) -> Self {
        let held = vec![false; items(mapping, "automations").len()];
        let mut run = Self { mapping, hidden, state: BTreeMap::new(), fields, held, level };
        run.settle();
        run
    }

    fn open(&self) -> Vec<String> {
        let steps = items(self.mapping, "steps").iter().map(|s| text(s, "temp_id").to_owned());
        steps.filter(|id| !self.hidden.contains(id) && !self.state.contains_key(id)).collect()
    }

    fn holds(&self, condition: &Value) -> bool {
        let (on, operation, wanted) = (text(condition, "on"), text(condition, "operation"), text(condition, "statement"));
        assert!(!wanted.is_empty(), "a rule without a statement never fires: {condition}");
        if condition["type"] == "step" {
            return !self.hidden.contains(on) && self.state.get(on) == Some(&operation);
        }
        let value = self.fields.get(on).map_or("", String::as_str);
        let number = |t: &str| t.parse::<f64>().ok();
        match operation {
            "equals" => value == wanted,
            "not_equals" => value != wanted,
            "contains" => !value.is_empty() && value.contains(wanted),
            "not_contains" => value.is_empty() || !value.contains(wanted),
            "greater_than" => number(value).zip(number(wanted)).is_some_and(|(a, b)| a > b),
            "less_than" => number(value).zip(number(wanted)).is_some_and(|(a, b)| a < b),
            "is_empty" => value.is_empty(),
            "is_not_empty" => !value.is_empty(),
            other => panic!("no such operation: {other}"),
        }
    }

    fn act(&mut self, action: &Value) {
        let target = text(action, "target").to_owned();
        match text(action, "action_verb") {
            "show" => drop(self.hidden.remove(&target)),
            "hide" => drop(self.hidden.insert(target)),
            "reopen" => drop(self.state.remove(&target)),
            _ => {}
        }
    }

    fn settle(&mut self) {
        for _ in 0..1000 {
            let before = (self.hidden.clone(), self.state.clone(), self.held.clone());
            for (at, rule) in items(self.mapping, "automations").iter().enumerate() {
                let now = items(rule, "conditions").iter().all(|c| self.holds(c));
                if now && (self.level || !self.held[at]) {
                    for action in items(rule, "then_actions") {
                        self.act(action);
                    }
                }
                self.held[at] = now;
            }
            if before == (self.hidden.clone(), self.state.clone(), self.held.clone()) {
                return;
            }
        }
        panic!("the rules never come to rest");
    }
}

/// A small source of numbers, the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % n.max(1) as u64).unwrap()
    }
}

/// The meaning of a condition, written from the format's reference a second time.
fn meant(condition: &Condition, fields: &BTreeMap<String, String>) -> bool {
    let test = |t: &Test| {
        let name = match &t.reference {
            Ref::Input(id) => format!("kickoff_{id}"),
            Ref::Field { step, field } => format!("{step}__{field}"),
            other => panic!("not used here: {other}"),
        };
        let value = fields.get(&name).map_or("", String::as_str);
        let word = |s: &Scalar| match s {
            Scalar::Bool(yes) => if *yes { "Yes" } else { "No" }.to_owned(),
            other => other.to_string(),
        };
        let number = || value.parse::<f64>().ok();
        match &t.operator {
            Operator::Is(s) => value == word(s),
            Operator::IsNot(s) => value != word(s),
            Operator::IsAnyOf(all) => all.iter().any(|s| value == word(s)),
            Operator::MoreThan(n) => number().is_some_and(|v| v > n.as_f64().unwrap()),
            Operator::LessThan(n) => number().is_some_and(|v| v < n.as_f64().unwrap()),
            Operator::Empty(yes) => value.is_empty() == *yes,
            Operator::Contains(w) => value.contains(w.as_str()),
            Operator::ContainsNot(w) => !value.contains(w.as_str()),
        }
    };
    match condition {
        Condition::One(one) => test(one),
        Condition::All(all) => all.iter().all(test),
        Condition::Any(any) => any.iter().any(test),
    }
}

#[derive(Default)]
struct Seen {
    runs: usize,
    stopped: usize,
    sent_back: usize,
    skipped: usize,
}

fn answer(kind: FieldType, options: &[String], dice: &mut Dice) -> String {
    match kind {
        FieldType::Choice => options[dice.below(options.len())].clone(),
        FieldType::YesNo => ["Yes", "No"][dice.below(2)].to_owned(),
        FieldType::Number => ["-500", "0", "100", "101", ""][dice.below(5)].to_owned(),
        _ => "x".to_owned(),
    }
}

fn play(b: &Blueprint, seed: u64, seen: &mut Seen) {
    let (out, losses) = export(b, None, Target::Tallyfy);
    let mapping: Value = serde_json::from_str(&out).unwrap();
    let calls = tallyfy_calls(b, None);
    let hidden: BTreeSet<String> = calls
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap())
        .filter(|c| c.get("person").is_some())
        .map(|c| text(&c, "step").trim_start_matches("{{step:").trim_end_matches("}}").to_owned())
        .collect();
    let lost = |id: &str, what: &str| losses.iter().any(|l| l.step.as_deref() == Some(id) && l.what == what);
    let graph = Graph::new(b);
    let mut dice = Dice(seed);
    let fields = b.inputs.iter().map(|f| (format!("kickoff_{}", f.id), answer(f.kind, &f.options, &mut dice))).collect();
    let mut run = Run::new(&mapping, hidden, fields, seed.is_multiple_of(2));
    let mut refusals: BTreeMap<String, usize> =
        b.steps.iter().filter(|s| s.approval.is_some()).map(|s| (s.id.clone(), [0, 0, 1, 2][dice.below(4)])).collect();
    let (mut done, mut stopped, mut loose): (BTreeSet<usize>, BTreeSet<usize>, bool) = (BTreeSet::new(), BTreeSet::new(), false);
    let applies = |i: usize, fields: &BTreeMap<String, String>| {
        lost(&b.steps[i].id, "condition") || b.steps[i].when.as_ref().is_none_or(|w| meant(w, fields))
    };
    for _ in 0..500 {
        let open = run.open();
        if open.is_empty() {
            break;
        }
        let id = open[dice.below(open.len())].clone();
        let at = b.step_index(&id).unwrap();
        let step = &b.steps[at];
        assert!(applies(at, &run.fields), "{}: {id} is shown although its condition does not hold\n{}", b.id, to_yaml(b));
        for before in &graph.before[at] {
            let settled = done.contains(before) || !applies(*before, &run.fields);
            assert!(settled || loose, "{}: {id} before {}\n{}", b.id, b.steps[*before].id, to_yaml(b));
            assert!(!stopped.contains(before), "{}: {id} goes past a refusal\n{}", b.id, to_yaml(b));
        }
        for field in &step.fields {
            run.fields.insert(format!("{id}__{}", field.id), answer(field.kind, &field.options, &mut dice));
        }
        let Some(approval) = &step.approval else {
            run.state.insert(id, "completed");
            done.insert(at);
            run.settle();
            continue;
        };
        let left = refusals.get_mut(&id).unwrap();
        if *left == 0 {
            run.state.insert(id, "approved");
            done.insert(at);
        } else {
            *left -= 1;
            if let OnReject::BackTo(back) = &approval.on_reject {
                let target = b.step_index(back).unwrap();
                loose |= lost(&id, "order after a refusal");
                done.retain(|i| *i != target && !(graph.before[*i].contains(&target) && graph.before[at].contains(i)));
                seen.sent_back += 1;
            } else {
                stopped.insert(at);
                seen.stopped += 1;
            }
            run.state.insert(id, "rejected");
        }
        run.settle();
    }
    seen.runs += 1;
    for i in 0..b.steps.len() {
        if !applies(i, &run.fields) {
            seen.skipped += 1;
        } else if stopped.is_empty() {
            assert!(done.contains(&i), "{}: {} was never reached (seed {seed})\n{}", b.id, b.steps[i].id, to_yaml(b));
        }
    }
}

#[test]
fn no_run_stalls_and_no_gate_is_passed() {
    let mut seen = Seen::default();
    for (path, yaml) in handbook_blueprints() {
        let blueprint = load(&Source::new(path, yaml)).blueprint.unwrap();
        (0..40).for_each(|seed| play(&blueprint, seed, &mut seen));
    }
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..200 {
        let blueprint = random::blueprint().new_tree(&mut runner).unwrap().current();
        (0..12).for_each(|seed| play(&blueprint, seed, &mut seen));
    }
    println!("{} runs, {} ended by a refusal, {} sent back, {} steps skipped", seen.runs, seen.stopped, seen.sent_back, seen.skipped);
    assert!(seen.runs > 2000 && seen.stopped > 100 && seen.sent_back > 100 && seen.skipped > 500);
}

#[test]
fn calls_come_in_an_order_in_which_every_id_is_known() {
    for (path, yaml) in handbook_blueprints() {
        let blueprint = load(&Source::new(path, yaml)).blueprint.unwrap();
        let mut known: BTreeSet<String> = BTreeSet::from(["org".to_owned()]);
        for line in tallyfy_calls(&blueprint, None).lines() {
            let call: Value = serde_json::from_str(line).unwrap();
            let needed = call["path"].to_string() + &call["body"]["conditions"].to_string() + &call["body"]["then_actions"].to_string();
            for name in needed.split("{{").skip(1).filter_map(|p| p.split("}}").next()) {
                assert!(known.contains(name) || name.starts_with("kickoff_"), "{name} in {line}");
            }
            known.extend(call["keep"].as_object().into_iter().flatten().map(|(k, _)| k.clone()));
        }
    }
}
