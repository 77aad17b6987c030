//! Kinds of values: what a field can be compared with, what may stand beside it, and which of two due rules is surely the sooner.

use super::{Checker, Code, Path, at};
use crate::blueprint::due::{Anchor, Due, Offset, Unit};
use crate::blueprint::model::{Condition, Field, FieldType, Operator, Ref, Scalar, StartedBy, Test};
use crate::text::{date, nearest};

pub(super) fn run(c: &mut Checker<'_>) {
    let blueprint = c.blueprint;
    for (i, field) in blueprint.inputs.iter().enumerate() {
        field_keys(c, field, &at!["inputs", i]);
    }
    for (i, step) in c.steps() {
        for (j, field) in step.fields.iter().enumerate() {
            field_keys(c, field, &at!["steps", i, "fields", j]);
        }
        if step.approval.is_some() {
            let beside = [("owner", !step.owner.is_empty()), ("notify", step.notify.is_some()), ("optional", step.optional)];
            for (key, _) in beside.iter().filter(|(_, given)| *given) {
                let message = format!("step `{}` is an approval, so it has no `{key}:`", step.id);
                let why = if *key == "owner" { "who approves stands under `approval:`" } else { "remove it" };
                c.report_key(Code::Key, &at!["steps", i, key], message).label = Some(why.to_owned());
            }
        }
        if step.everyone && step.owner.len() < 2 {
            c.report_key(Code::Key, &at!["steps", i, "everyone"], "`everyone` needs a list of at least two owners");
        }
        if let Some(when) = &step.when {
            condition(c, when, &at!["steps", i, "when"]);
        }
        if let Some(due) = &step.due {
            anchor(c, due, &at!["steps", i, "due"]);
        }
    }
    for (i, rule) in blueprint.rules.iter().enumerate() {
        condition(c, &rule.when, &at!["rules", i, "when"]);
    }
    if let Some(starts) = &blueprint.starts {
        let needed = match starts.by {
            StartedBy::Schedule if starts.rrule.is_none() => Some("rrule"),
            StartedBy::Event if starts.event.is_none() => Some("event"),
            _ => None,
        };
        if let Some(key) = needed.filter(|_| !c.damaged(&at!["starts"])) {
            c.report(
                Code::Key,
                &at!["starts", "by"],
                format!("a run started by {} needs `{key}:`", if key == "rrule" { "a schedule" } else { "an event" }),
            );
        }
        let surplus = [
            ("rrule", starts.rrule.is_some() && starts.by != StartedBy::Schedule),
            ("event", starts.event.is_some() && starts.by != StartedBy::Event),
        ];
        for (key, _) in surplus.iter().filter(|(_, s)| *s) {
            c.report_key(Code::Key, &at!["starts", key], format!("`{key}:` does not go with `by: {}`", starts.by));
        }
    }
}

/// Keys that go with some types only.
fn field_keys(c: &mut Checker<'_>, field: &Field, path: &Path) {
    use FieldType::{Choice, Choices, File, Number, Table};
    let at = |key: &str| [path.clone(), at![key]].concat();
    let kind = field.kind;
    let keys: [(&str, bool, &[FieldType]); 7] = [
        ("options", !field.options.is_empty(), &[Choice, Choices]),
        ("columns", !field.columns.is_empty(), &[Table]),
        ("accept", !field.accept.is_empty(), &[File]),
        ("template", field.template.is_some(), &[File]),
        ("unit", field.unit.is_some(), &[Number]),
        ("min", field.min.is_some(), &[Number]),
        ("max", field.max.is_some(), &[Number]),
    ];
    for (key, given, types) in keys {
        if given && !types.contains(&kind) {
            let names: Vec<String> = types.iter().map(|t| format!("`{t}`")).collect();
            c.report_key(Code::Key, &at(key), format!("`{key}:` belongs to a field of type {}, this one is `{kind}`", names.join(" or ")));
        }
        if !given && matches!(key, "options" | "columns") && types.contains(&kind) && !c.damaged(path) {
            c.report(Code::Key, &at("type"), format!("a field of type `{kind}` needs `{key}:`"));
        }
    }
    if let (Some(min), Some(max)) =
        (field.min.as_ref().and_then(serde_json::Number::as_f64), field.max.as_ref().and_then(serde_json::Number::as_f64))
        && min > max
    {
        c.report(Code::Type, &at("min"), format!("`min` ({min}) is greater than `max` ({max})"));
    }
    if let Some(default) = &field.default {
        value_fits(c, field, default, &at("default"), "the default");
    }
}

/// A value that is compared with or filled into a field.
fn value_fits(c: &mut Checker<'_>, field: &Field, value: &Scalar, path: &Path, what: &str) {
    let wanted = match (field.kind, value) {
        (FieldType::Number, Scalar::Number(_)) | (FieldType::YesNo, Scalar::Bool(_)) => return,
        (FieldType::Number, _) => "a number",
        (FieldType::YesNo, _) => "true or false",
        (FieldType::Choice | FieldType::Choices, Scalar::Text(text)) => {
            if !field.options.contains(text) {
                let near = nearest(text, field.options.iter().map(String::as_str)).map(str::to_owned);
                let problem = c.report(
                    Code::Type,
                    path,
                    format!("`{text}` is not one of the options of `{}`: {}", field.id, field.options.join(", ")),
                );
                problem.label = near.as_ref().map(|n| format!("did you mean `{n}`?"));
                problem.suggestion = near;
            }
            return;
        }
        (FieldType::Choice | FieldType::Choices, _) => "one of the options, in quotes",
        (FieldType::Date, Scalar::Text(text)) if date::parse(text).is_some() => return,
        (FieldType::Date, _) => "a date written YYYY-MM-DD",
        (FieldType::File | FieldType::Table, _) => {
            c.report(Code::Type, path, format!("`{}` is a {}, which no value can be compared with", field.id, field.kind));
            return;
        }
        (_, Scalar::Text(_)) => return,
        _ => "text, in quotes",
    };
    c.report(Code::Type, path, format!("{what} of `{}` is `{value}`, its type `{}` wants {wanted}", field.id, field.kind));
}

fn condition(c: &mut Checker<'_>, condition: &Condition, path: &Path) {
    for (k, test) in condition.tests().iter().enumerate() {
        let place = match condition {
            Condition::One(_) => path.clone(),
            Condition::All(_) => [path.clone(), at!["all", k]].concat(),
            Condition::Any(_) => [path.clone(), at!["any", k]].concat(),
        };
        comparison(c, test, &place);
    }
}

fn comparison(c: &mut Checker<'_>, test: &Test, path: &Path) {
    let key = test.operator.key();
    let value = [path.clone(), at![key]].concat();
    let blueprint = c.blueprint;
    let field = match &test.reference {
        Ref::Input(field) => blueprint.input(field),
        Ref::Field { step, field } => blueprint.step(step).and_then(|s| s.field(field)),
        Ref::Step(_) => return words_only(c, test, &value, &["done", "skipped"], "a step"),
        Ref::Outcome(_) => return words_only(c, test, &value, &["approved", "rejected"], "an outcome"),
    };
    let Some(field) = field else { return };
    if !allowed(field.kind).contains(&key) {
        let names: Vec<String> = allowed(field.kind).iter().map(|o| format!("`{o}`")).collect();
        c.report_key(
            Code::Type,
            &value,
            format!("`{key}` does not fit `{}`, a field of type `{}`; it takes {}", field.id, field.kind, names.join(", ")),
        );
        return;
    }
    match &test.operator {
        Operator::Is(scalar) | Operator::IsNot(scalar) => value_fits(c, field, scalar, &value, "the value"),
        Operator::IsAnyOf(scalars) => {
            for (i, scalar) in scalars.iter().enumerate() {
                value_fits(c, field, scalar, &[value.clone(), at![i]].concat(), "the value");
            }
        }
        Operator::Contains(text) | Operator::ContainsNot(text) if field.kind == FieldType::Choices => {
            value_fits(c, field, &Scalar::Text(text.clone()), &value, "the value");
        }
        _ => {}
    }
}

/// Comparisons a type takes.
fn allowed(kind: FieldType) -> &'static [&'static str] {
    match kind {
        FieldType::Text | FieldType::LongText | FieldType::Email | FieldType::Url | FieldType::Person => {
            &["is", "is-not", "is-any-of", "contains", "contains-not", "empty"]
        }
        FieldType::Number => &["is", "is-not", "is-any-of", "more-than", "less-than", "empty"],
        FieldType::Choice => &["is", "is-not", "is-any-of", "empty"],
        FieldType::Choices => &["contains", "contains-not", "empty"],
        FieldType::YesNo => &["is", "is-not", "empty"],
        FieldType::Date | FieldType::Datetime => &["is", "is-not", "empty"],
        FieldType::File | FieldType::Table => &["empty"],
    }
}

fn words_only(c: &mut Checker<'_>, test: &Test, path: &Path, words: &[&str], what: &str) {
    let given: Vec<&Scalar> = match &test.operator {
        Operator::Is(s) | Operator::IsNot(s) => vec![s],
        Operator::IsAnyOf(many) => many.iter().collect(),
        other => {
            c.report_key(Code::Type, path, format!("`{}` does not fit {what}; it takes `is`, `is-not`, `is-any-of`", other.key()));
            return;
        }
    };
    for scalar in given.into_iter().filter(|s| !matches!(s, Scalar::Text(t) if words.contains(&t.as_str()))) {
        let text = scalar.to_string();
        let problem = c.report(Code::Type, path, format!("`{text}` is not something {what} can be: {}", words.join(", ")));
        problem.suggestion = nearest(&text, words.iter().copied()).map(str::to_owned);
        problem.label = problem.suggestion.as_ref().map(|s| format!("did you mean `{s}`?"));
    }
}

fn anchor(c: &mut Checker<'_>, due: &Due, path: &Path) {
    let blueprint = c.blueprint;
    let field = match &due.anchor {
        Anchor::Input(field) => blueprint.input(field),
        Anchor::Field { step, field } => blueprint.step(step).and_then(|s| s.field(field)),
        _ => None,
    };
    if let Some(field) = field.filter(|f| !matches!(f.kind, FieldType::Date | FieldType::Datetime)) {
        c.report(Code::Type, path, format!("a due rule counts from a date, `{}` is of type `{}`", field.id, field.kind));
    }
}

/// True if `a` always falls before `b`: same anchor, and the amounts leave no doubt (a business day is at least a calendar day long).
pub(in crate::blueprint) fn surely_sooner(a: &Due, b: &Due) -> bool {
    if a.anchor != b.anchor || a.anchor == Anchor::Available {
        return false;
    }
    let signed = |due: &Due| match due.offset {
        Offset::After(amount) => i64::try_from(amount.minutes()).unwrap_or(i64::MAX),
        Offset::Before(amount) => -i64::try_from(amount.minutes()).unwrap_or(i64::MAX),
        Offset::On => 0,
    };
    let business = |due: &Due| due.amount().is_some_and(|x| x.unit == Unit::BusinessDay);
    let (x, y) = (signed(a), signed(b));
    match (business(a), business(b)) {
        (true, true) | (false, false) => x < y,
        // The longer a business day turns out, the later (after) or the earlier (before) the due date.
        (true, false) => x < y && matches!(a.offset, Offset::Before(_)),
        (false, true) => x < y && !matches!(b.offset, Offset::Before(_)),
    }
}
