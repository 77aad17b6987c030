//! When a step is shown, as rules: alternatives of conditions that all hold. Tallyfy shows every step unless a rule hides it, and a step
//! that is hidden never counts as completed; so whatever waits for a step also has to say what happens when that step is skipped.

use std::collections::BTreeSet;

use crate::blueprint::graph::Graph;
use crate::blueprint::model::{Blueprint, Condition, Field, Operator, Ref, Scalar, Test};

/// More alternatives than this for one step are no rules that people could keep.
const MOST: usize = 48;

/// One condition of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Atom {
    /// A step by position, and `completed`, `approved` or `rejected`.
    Step(usize, &'static str),
    /// A field by alias, the operation, and the value.
    Field(String, &'static str, String),
}

/// Alternatives; each is a set of conditions that all hold. None: never. An empty one: always.
pub(super) type Rules = BTreeSet<BTreeSet<Atom>>;

/// What can be said with rules, and what cannot.
pub(super) struct Shown {
    /// By step.
    pub(super) rules: Vec<Rules>,
    /// Steps whose condition can only be written in words.
    pub(super) words: BTreeSet<usize>,
}

pub(super) fn shown(b: &Blueprint) -> Shown {
    let graph = Graph::new(b);
    let conditional: BTreeSet<usize> = (0..b.steps.len()).filter(|i| b.steps[*i].when.is_some()).collect();
    let mut words: BTreeSet<usize> = BTreeSet::new();
    loop {
        let maker = Maker { b, graph: &graph, words: &words };
        let over: Vec<usize> = (0..b.steps.len()).filter(|i| maker.show(*i).is_none()).collect();
        let Some(first) = over.first() else {
            let rules = (0..b.steps.len()).filter_map(|i| maker.show(i)).collect();
            return Shown { rules, words };
        };
        let own = conditional.contains(first) && maker.when(*first, true).is_none();
        let more: Vec<usize> = if own {
            vec![*first]
        } else {
            graph.before[*first].intersection(&conditional).copied().filter(|i| !words.contains(i)).collect()
        };
        // Without conditions before it, a step has one alternative per alternative of its own.
        let more = if more.is_empty() { vec![*first] } else { more };
        words.extend(more);
    }
}

struct Maker<'a> {
    b: &'a Blueprint,
    graph: &'a Graph,
    words: &'a BTreeSet<usize>,
}

impl Maker<'_> {
    /// When the step is shown; `None` if there is no saying it.
    fn show(&self, step: usize) -> Option<Rules> {
        and(self.ready(step)?, self.when(step, true)?)
    }

    /// When everything the step waits for is settled.
    fn ready(&self, step: usize) -> Option<Rules> {
        self.graph.reduced(step).into_iter().try_fold(always(), |all, before| and(all, self.settled(before)?))
    }

    fn settled(&self, step: usize) -> Option<Rules> {
        or(self.done(step), self.skipped(step)?)
    }

    fn done(&self, step: usize) -> Rules {
        one(Atom::Step(step, if self.b.steps[step].approval.is_some() { "approved" } else { "completed" }))
    }

    fn skipped(&self, step: usize) -> Option<Rules> {
        if self.b.steps[step].when.is_none() || self.words.contains(&step) {
            return Some(Rules::new());
        }
        and(self.when(step, false)?, self.ready(step)?)
    }

    /// The step's own condition, or that it does not hold.
    fn when(&self, step: usize, holds: bool) -> Option<Rules> {
        match &self.b.steps[step].when {
            Some(when) if !self.words.contains(&step) => self.condition(when, holds),
            _ => Some(if holds { always() } else { Rules::new() }),
        }
    }

    /// Rules for a condition, or for its opposite.
    pub(super) fn condition(&self, condition: &Condition, holds: bool) -> Option<Rules> {
        let all = !matches!(condition, Condition::Any(_)) == holds;
        let start = if all { always() } else { Rules::new() };
        condition.tests().iter().try_fold(start, |sum, test| {
            let next = self.test(test, holds)?;
            if all { and(sum, next) } else { or(sum, next) }
        })
    }

    fn test(&self, test: &Test, holds: bool) -> Option<Rules> {
        match &test.reference {
            Ref::Input(id) => field(&format!("kickoff_{id}"), self.b.input(id)?, &test.operator, holds),
            Ref::Field { step, field: id } => field(&alias(step, id), self.b.step(step)?.field(id)?, &test.operator, holds),
            Ref::Outcome(step) => {
                let at = self.b.step_index(step)?;
                let (word, same) = word(&test.operator)?;
                match (word.as_str(), same == holds) {
                    ("approved", true) | ("rejected", false) if word == "approved" => Some(self.done(at)),
                    ("rejected", true) => Some(one(Atom::Step(at, "rejected"))),
                    ("approved", false) => or(one(Atom::Step(at, "rejected")), self.skipped(at)?),
                    ("rejected", false) => self.settled(at),
                    _ => None,
                }
            }
            Ref::Step(step) => {
                let at = self.b.step_index(step)?;
                let (word, same) = word(&test.operator)?;
                match (word.as_str(), same == holds) {
                    ("done", true) | ("skipped", false) => Some(self.done(at)),
                    ("done", false) | ("skipped", true) => self.skipped(at),
                    _ => None,
                }
            }
        }
    }
}

/// Rules for the condition of a blueprint's rule.
pub(super) fn of_condition(b: &Blueprint, condition: &Condition) -> Option<Rules> {
    let (graph, words) = (Graph::new(b), BTreeSet::new());
    Maker { b, graph: &graph, words: &words }.condition(condition, true)
}

/// The alias of a step's field.
pub(super) fn alias(step: &str, field: &str) -> String {
    format!("{step}__{field}")
}

/// A value as Tallyfy shows it.
pub(super) fn value(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Bool(true) => "Yes".to_owned(),
        Scalar::Bool(false) => "No".to_owned(),
        other => other.to_string(),
    }
}

/// The word a state is compared with, and whether it has to be that.
fn word(operator: &Operator) -> Option<(String, bool)> {
    match operator {
        Operator::Is(Scalar::Text(text)) => Some((text.clone(), true)),
        Operator::IsNot(Scalar::Text(text)) => Some((text.clone(), false)),
        _ => None,
    }
}

fn field(alias: &str, _: &Field, operator: &Operator, holds: bool) -> Option<Rules> {
    let atom = |operation: &'static str, value: String| Atom::Field(alias.to_owned(), operation, value);
    let any = |atoms: Vec<Atom>| Some(atoms.into_iter().map(|a| BTreeSet::from([a])).collect());
    let all = |atoms: Vec<Atom>| Some(Rules::from([atoms.into_iter().collect()]));
    // Nothing is documented as the value of these two; a rule without one never fires.
    let empty = |yes: bool| atom(if yes { "is_empty" } else { "is_not_empty" }, "any_time".to_owned());
    match (operator, holds) {
        (Operator::Is(v), true) | (Operator::IsNot(v), false) => any(vec![atom("equals", value(v))]),
        (Operator::IsNot(v), true) | (Operator::Is(v), false) => any(vec![atom("not_equals", value(v))]),
        (Operator::IsAnyOf(list), true) => any(list.iter().map(|v| atom("equals", value(v))).collect()),
        (Operator::IsAnyOf(list), false) => all(list.iter().map(|v| atom("not_equals", value(v))).collect()),
        (Operator::Contains(text), true) | (Operator::ContainsNot(text), false) => any(vec![atom("contains", text.clone())]),
        (Operator::ContainsNot(text), true) | (Operator::Contains(text), false) => any(vec![atom("not_contains", text.clone())]),
        (Operator::MoreThan(n), true) => any(vec![atom("greater_than", n.to_string())]),
        (Operator::LessThan(n), true) => any(vec![atom("less_than", n.to_string())]),
        (Operator::MoreThan(n), false) => any(vec![atom("less_than", n.to_string()), atom("equals", n.to_string()), empty(true)]),
        (Operator::LessThan(n), false) => any(vec![atom("greater_than", n.to_string()), atom("equals", n.to_string()), empty(true)]),
        (Operator::Empty(yes), holds) => any(vec![empty(*yes == holds)]),
    }
}

fn always() -> Rules {
    Rules::from([BTreeSet::new()])
}

fn one(atom: Atom) -> Rules {
    Rules::from([BTreeSet::from([atom])])
}

fn or(mut a: Rules, b: Rules) -> Option<Rules> {
    a.extend(b);
    tidy(a)
}

fn and(a: Rules, b: Rules) -> Option<Rules> {
    tidy(a.iter().flat_map(|x| b.iter().map(move |y| x.union(y).cloned().collect())).collect())
}

/// Without alternatives that ask for more than another, and those that cannot hold.
fn tidy(rules: Rules) -> Option<Rules> {
    let possible: Vec<&BTreeSet<Atom>> = rules.iter().filter(|r| !impossible(r)).collect();
    let kept: Rules = possible.iter().filter(|r| !possible.iter().any(|o| o != *r && o.is_subset(r))).map(|r| (*r).clone()).collect();
    (kept.len() <= MOST).then_some(kept)
}

fn impossible(rule: &BTreeSet<Atom>) -> bool {
    rule.iter().any(|a| match a {
        Atom::Field(alias, "equals", value) => rule.iter().any(|o| {
            matches!(o, Atom::Field(x, "equals", other) if x == alias && other != value)
                || matches!(o, Atom::Field(x, "not_equals", same) if x == alias && same == value)
        }),
        Atom::Step(step, "approved") => rule.contains(&Atom::Step(*step, "rejected")),
        _ => false,
    })
}
