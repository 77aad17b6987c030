//! Conditions in the words of an engine, and the variables they look at.
//!
//! Names: `inputs_<field>`, `<step>__<field>`, `outcome_<step>`, `state_<step>`, with hyphens as underscores.

use std::collections::BTreeMap;

use super::{Dialect, name};
use crate::blueprint::model::{Blueprint, Condition, FieldType, Operator, Ref, Scalar, Test};

/// Variables that conditions look at, by the step that sets them.
#[derive(Debug, Default)]
pub(super) struct Variables {
    fields: BTreeMap<String, Vec<String>>,
    states: Vec<String>,
}

impl Variables {
    pub(super) fn of(b: &Blueprint) -> Self {
        let mut out = Self::default();
        for test in b.steps.iter().filter_map(|s| s.when.as_ref()).flat_map(Condition::tests) {
            match &test.reference {
                Ref::Input(_) => {}
                Ref::Step(step) => {
                    if !out.states.contains(step) {
                        out.states.push(step.clone());
                    }
                }
                Ref::Field { step, .. } | Ref::Outcome(step) => {
                    let variables = out.fields.entry(step.clone()).or_default();
                    let variable = variable(&test.reference);
                    if !variables.contains(&variable) {
                        variables.push(variable);
                    }
                }
            }
        }
        out
    }

    pub(super) fn uses_state(&self) -> bool {
        !self.states.is_empty()
    }

    /// What to set when a step was done, or skipped.
    pub(super) fn script(&self, step: &str, done: bool) -> Option<String> {
        let mut lines: Vec<String> = Vec::new();
        if !done {
            lines.extend(self.fields.get(step).into_iter().flatten().map(|v| format!("{v} = None")));
        }
        if self.states.iter().any(|s| s == step) {
            lines.push(format!("state_{} = '{}'", name(step), if done { "done" } else { "skipped" }));
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

pub(super) fn variable(reference: &Ref) -> String {
    match reference {
        Ref::Input(field) => format!("inputs_{}", name(field)),
        Ref::Field { step, field } => format!("{}__{}", name(step), name(field)),
        Ref::Outcome(step) => format!("outcome_{}", name(step)),
        Ref::Step(step) => format!("state_{}", name(step)),
    }
}

/// The test that a gate was opened.
pub(super) fn approved(step: &str, dialect: Dialect) -> String {
    let test = Test::is(Ref::Outcome(step.to_owned()), Scalar::Text("approved".into()));
    wrap(&one(&test, false, dialect), dialect)
}

/// A condition as an expression of the engine.
pub(super) fn expression(b: &Blueprint, condition: &Condition, dialect: Dialect) -> String {
    let joint = match (condition, dialect) {
        (Condition::Any(_), Dialect::Camunda7) => " || ",
        (_, Dialect::Camunda7) => " && ",
        (Condition::Any(_), _) => " or ",
        _ => " and ",
    };
    let parts: Vec<String> = condition.tests().iter().map(|t| one(t, many(b, &t.reference), dialect)).collect();
    let joined =
        if let [only] = &parts[..] { only.clone() } else { parts.iter().map(|p| format!("({p})")).collect::<Vec<_>>().join(joint) };
    wrap(&joined, dialect)
}

/// True for a field that holds several options.
fn many(b: &Blueprint, reference: &Ref) -> bool {
    let field = match reference {
        Ref::Input(field) => b.input(field),
        Ref::Field { step, field } => b.step(step).and_then(|s| s.field(field)),
        _ => None,
    };
    field.is_some_and(|f| f.kind == FieldType::Choices)
}

fn wrap(expression: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Spiff => expression.to_owned(),
        Dialect::Camunda7 => format!("${{{expression}}}"),
        Dialect::Camunda8 => format!("={expression}"),
    }
}

fn one(test: &Test, many: bool, dialect: Dialect) -> String {
    let v = variable(&test.reference);
    let lit = |s: &Scalar| literal(s, dialect);
    let text = |s: &String| literal(&Scalar::Text(s.clone()), dialect);
    match dialect {
        Dialect::Spiff => match &test.operator {
            Operator::Is(s) => format!("{v} == {}", lit(s)),
            Operator::IsNot(s) => format!("{v} != {}", lit(s)),
            Operator::IsAnyOf(all) => format!("{v} in [{}]", all.iter().map(lit).collect::<Vec<_>>().join(", ")),
            Operator::Contains(s) => format!("{v} is not None and {} in {v}", text(s)),
            Operator::ContainsNot(s) => format!("{v} is None or {} not in {v}", text(s)),
            Operator::MoreThan(n) => format!("{v} is not None and {v} > {n}"),
            Operator::LessThan(n) => format!("{v} is not None and {v} < {n}"),
            Operator::Empty(true) => format!("{v} in (None, '', [])"),
            Operator::Empty(false) => format!("{v} not in (None, '', [])"),
        },
        Dialect::Camunda8 => match &test.operator {
            Operator::Is(s) => format!("{v} = {}", lit(s)),
            Operator::IsNot(s) => format!("{v} != {}", lit(s)),
            Operator::IsAnyOf(all) => format!("list contains([{}], {v})", all.iter().map(lit).collect::<Vec<_>>().join(", ")),
            Operator::Contains(s) => format!("{v} != null and {}({v}, {})", if many { "list contains" } else { "contains" }, text(s)),
            Operator::ContainsNot(s) => format!("{v} = null or not({}({v}, {}))", if many { "list contains" } else { "contains" }, text(s)),
            Operator::MoreThan(n) => format!("{v} != null and {v} > {n}"),
            Operator::LessThan(n) => format!("{v} != null and {v} < {n}"),
            Operator::Empty(yes) => format!("{v} {} null", if *yes { "=" } else { "!=" }),
        },
        Dialect::Camunda7 => {
            let v = format!("execution.getVariable('{v}')");
            match &test.operator {
                Operator::Is(s) => format!("{v} == {}", lit(s)),
                Operator::IsNot(s) => format!("{v} != {}", lit(s)),
                Operator::IsAnyOf(all) => all.iter().map(|s| format!("{v} == {}", lit(s))).collect::<Vec<_>>().join(" || "),
                Operator::Contains(s) => format!("{v} != null && {v}.contains({})", text(s)),
                Operator::ContainsNot(s) => format!("{v} == null || !{v}.contains({})", text(s)),
                Operator::MoreThan(n) => format!("{v} != null && {v} > {n}"),
                Operator::LessThan(n) => format!("{v} != null && {v} < {n}"),
                Operator::Empty(yes) => format!("{}empty {v}", if *yes { "" } else { "!" }),
            }
        }
    }
}

fn literal(scalar: &Scalar, dialect: Dialect) -> String {
    match (scalar, dialect) {
        (Scalar::Bool(true), Dialect::Spiff) => "True".to_owned(),
        (Scalar::Bool(false), Dialect::Spiff) => "False".to_owned(),
        (Scalar::Bool(value), _) => value.to_string(),
        (Scalar::Number(number), _) => number.to_string(),
        (Scalar::Text(text), Dialect::Camunda8) => format!("\"{}\"", escaped(text, '"')),
        (Scalar::Text(text), _) => format!("'{}'", escaped(text, '\'')),
    }
}

fn escaped(text: &str, quote: char) -> String {
    text.replace('\\', "\\\\").replace(quote, &format!("\\{quote}")).replace('\n', "\\n")
}
