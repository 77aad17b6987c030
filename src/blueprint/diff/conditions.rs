//! Conditions in words, and whether one holds whenever another does.

use crate::blueprint::model::{Condition, Operator, Ref, Scalar, Test};

/// A condition in words.
pub fn words(condition: &Condition) -> String {
    words_with(condition, &|_| None)
}

/// A condition in words, with other names for what it looks at where `name` has one.
pub fn words_with(condition: &Condition, name: &dyn Fn(&Ref) -> Option<String>) -> String {
    let tests: Vec<String> = condition.tests().iter().map(|t| test_words(t, name)).collect();
    tests.join(if matches!(condition, Condition::Any(_)) { " or " } else { " and " })
}

fn test_words(test: &Test, name: &dyn Fn(&Ref) -> Option<String>) -> String {
    let list = |values: &[Scalar]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let rest = match &test.operator {
        Operator::Is(v) => format!("is {v}"),
        Operator::IsNot(v) => format!("is not {v}"),
        Operator::IsAnyOf(v) => format!("is any of {}", list(v)),
        Operator::Contains(v) => format!("contains {v}"),
        Operator::ContainsNot(v) => format!("does not contain {v}"),
        Operator::MoreThan(n) => format!("is more than {n}"),
        Operator::LessThan(n) => format!("is less than {n}"),
        Operator::Empty(true) => "is empty".to_owned(),
        Operator::Empty(false) => "is not empty".to_owned(),
    };
    format!("{} {rest}", name(&test.reference).unwrap_or_else(|| test.reference.to_string()))
}

/// True if `new` surely holds whenever `old` does. False means: cannot be told.
pub(super) fn implies(old: &Condition, new: &Condition) -> bool {
    let alternatives = |c: &Condition| -> Vec<Vec<Test>> {
        match c {
            Condition::One(t) => vec![vec![t.clone()]],
            Condition::All(tests) => vec![tests.clone()],
            Condition::Any(tests) => tests.iter().map(|t| vec![t.clone()]).collect(),
        }
    };
    let wider = alternatives(new);
    alternatives(old).iter().all(|a| wider.iter().any(|b| b.iter().all(|need| a.iter().any(|have| test_implies(have, need)))))
}

fn test_implies(a: &Test, b: &Test) -> bool {
    if a.reference != b.reference {
        return false;
    }
    if a.operator == b.operator {
        return true;
    }
    match (&a.operator, &b.operator) {
        (Operator::Is(v), Operator::IsAnyOf(all)) => all.contains(v),
        (Operator::IsAnyOf(few), Operator::IsAnyOf(all)) => few.iter().all(|v| all.contains(v)),
        (Operator::Is(v), Operator::IsNot(w)) => v != w,
        (Operator::IsAnyOf(few), Operator::IsNot(w)) => !few.contains(w),
        (Operator::MoreThan(x), Operator::MoreThan(y)) => x.as_f64() >= y.as_f64(),
        (Operator::LessThan(x), Operator::LessThan(y)) => x.as_f64() <= y.as_f64(),
        (
            Operator::Is(_) | Operator::IsAnyOf(_) | Operator::Contains(_) | Operator::MoreThan(_) | Operator::LessThan(_),
            Operator::Empty(false),
        ) => true,
        _ => false,
    }
}
