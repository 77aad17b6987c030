//! The health page: how far the procedures can be trusted, as questions with answers, charts and tables, and the same numbers as JSON and CSV.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::chart;
use super::html::escaped;
use super::input::{Edited, Kind};
use super::pages::worst_first;
use super::plan::Plan;
use super::routes;
use super::templates::glyph;
use super::trust::State;
use super::view::Views;
use super::words::Words;
use crate::page::PageId;
use crate::text::date;

/// Rows of the "worst" table before the reader is sent to the CSV file.
const WORST: usize = 20;

/// The page's view for its template.
pub fn view(plan: &Plan<'_>, words: &Words) -> Value {
    let ids = worst_first(plan);
    let as_of = match plan.input.commit {
        Some(commit) => words.fill(
            "health-as-of-commit",
            &[("date", &words.time(plan.input.now)), ("commit", &format!("<code>{}</code>", escaped(commit)))],
        ),
        None => words.fill("health-as-of", &[("date", &words.time(plan.input.now))]),
    };
    let first = [trust(plan, words, &ids), trend(plan, words), worst(plan, words, &ids)];
    let rest =
        [owners(plan, words, &ids), sections(plan, words, &ids), ages(plan, words), conversion(plan, words, &ids), findings(plan, words)];
    let parts: Vec<Value> = first.into_iter().chain(rest.into_iter().flatten()).collect();
    let data =
        words.fill("health-data", &[("json", "<a href=\"health.json\">health.json</a>"), ("csv", "<a href=\"health.csv\">health.csv</a>")]);
    json!({ "as_of": as_of, "parts": parts, "data": data })
}

/// A part: question, answer (HTML), chart (SVG, may be empty), table. `open` shows the table at once.
fn part(id: &str, question: &str, answer: &str, svg: &str, head: &[&str], rows: &[Vec<String>], open: bool) -> Value {
    json!({ "id": id, "question": question, "answer": answer, "svg": svg, "head": head, "rows": rows, "open": open })
}

fn counts(plan: &Plan<'_>, ids: &[PageId]) -> BTreeMap<State, usize> {
    let mut out = BTreeMap::new();
    for place in ids.iter().filter_map(|id| plan.place(*id)) {
        *out.entry(place.trust.state).or_default() += 1;
    }
    out
}

fn state_cell(words: &Words, state: State) -> String {
    format!(
        "<span class=\"sw-state\" data-state=\"{}\">{}{}</span>",
        state.id(),
        glyph(state.id()),
        escaped(words.get(&format!("state-{}", state.id())))
    )
}

fn trust(plan: &Plan<'_>, words: &Words, ids: &[PageId]) -> Value {
    let question = words.get("health-q-trust");
    if ids.is_empty() {
        return part("trust", question, &code_marks(words.get("health-a-trust-none")), "", &[], &[], false);
    }
    let counts = counts(plan, ids);
    let n = |s: State| counts.get(&s).copied().unwrap_or(0);
    let bars: Vec<chart::Bar> = State::COUNTED
        .iter()
        .map(|s| chart::Bar { label: words.get(&format!("state-{}", s.id())).to_owned(), value: n(*s), class: bar_class(*s) })
        .collect();
    let rows: Vec<Vec<String>> = State::COUNTED.iter().map(|s| vec![state_cell(words, *s), n(*s).to_string()]).collect();
    let answer = words.fill("health-a-trust", &[("n", &n(State::InDate).to_string()), ("all", &ids.len().to_string())]);
    part(
        "trust",
        question,
        &answer,
        &chart::bars("trust", question, &bars),
        &[words.get("col-state"), words.get("col-count")],
        &rows,
        false,
    )
}

fn bar_class(state: State) -> &'static str {
    match state {
        State::Overdue => "sw-c-late",
        State::DueSoon => "sw-c-soon",
        _ => "sw-c-rest",
    }
}

fn trend(plan: &Plan<'_>, words: &Words) -> Value {
    let question = words.get("health-q-trend");
    let months = plan.input.months;
    let (Some(first), Some(last)) = (months.first(), months.last()) else {
        let why = plan.input.history_gap.unwrap_or_else(|| words.get("health-trend-short"));
        let answer = words.fill("health-a-trend-unknown", &[("why", &escaped(why.trim_end_matches('.')))]);
        return part("trend", question, &answer, "", &[], &[], false);
    };
    let month = |d: Date| words.date(d).split_once(' ').map_or_else(String::new, |(_, m)| m.to_owned());
    let values = [
        ("now", last.in_date.to_string()),
        ("allthen", first.procedures.to_string()),
        ("all", last.procedures.to_string()),
        ("then", first.in_date.to_string()),
        ("month", month(first.month)),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let answer = words.fill("health-a-trend", &values);
    let lines = [
        chart::Line {
            label: words.get("health-trend-all").to_owned(),
            values: months.iter().map(|m| m.procedures).collect(),
            class: "sw-l-all",
        },
        chart::Line {
            label: words.get("health-trend-in-date").to_owned(),
            values: months.iter().map(|m| m.in_date).collect(),
            class: "sw-l-good",
        },
    ];
    let labels = (month(first.month), month(last.month));
    let rows: Vec<Vec<String>> = months.iter().map(|m| vec![month(m.month), m.procedures.to_string(), m.in_date.to_string()]).collect();
    let head = [words.get("col-month"), words.get("procedures"), words.get("state-in-date")];
    part("trend", question, &answer, &chart::steps("trend", question, &lines, &labels), &head, &rows, false)
}

fn page_cell(plan: &Plan<'_>, id: PageId) -> String {
    let output = plan.place(id).map_or("", |p| p.output.as_str());
    let href = escaped(&routes::relative(&plan.fixed.health, output));
    format!("<a href=\"{href}\">{}</a>", escaped(&plan.input.corpus.page(id).title))
}

fn owner_cell(plan: &Plan<'_>, words: &Words, owner: Option<&str>) -> String {
    match owner {
        None => escaped(words.get("no-owner")),
        Some(role) => {
            let name = escaped(&Views { plan, words }.role_name(role));
            plan.role_outputs
                .get(role)
                .map_or(name.clone(), |o| format!("<a href=\"{}\">{name}</a>", escaped(&routes::relative(&plan.fixed.health, o))))
        }
    }
}

fn worst(plan: &Plan<'_>, words: &Words, ids: &[PageId]) -> Value {
    let question = words.get("health-q-worst");
    let bad: Vec<PageId> = ids.iter().copied().filter(|id| plan.place(*id).is_some_and(|p| p.trust.state.urgency() > 0)).collect();
    if bad.is_empty() {
        return part("worst", question, words.get("health-a-worst-none"), "", &[], &[], true);
    }
    let rows: Vec<Vec<String>> = bad
        .iter()
        .take(WORST)
        .filter_map(|id| {
            let place = plan.place(*id)?;
            let late = place.trust.days_late.filter(|d| *d > 0).map_or_else(String::new, |d| d.to_string());
            Some(vec![
                page_cell(plan, *id),
                state_cell(words, place.trust.state),
                late,
                owner_cell(plan, words, place.trust.owner.as_deref()),
            ])
        })
        .collect();
    let answer = words.fill("health-a-worst", &[("n", &rows.len().to_string()), ("csv", "<a href=\"health.csv\">health.csv</a>")]);
    let head = [words.get("col-procedure"), words.get("col-state"), words.get("col-late"), words.get("col-owner")];
    part("worst", question, &answer, "", &head, &rows, true)
}

/// Overdue, due soon, in date and the rest.
type Split = [usize; 4];

fn split(plan: &Plan<'_>, ids: impl Iterator<Item = PageId>) -> Split {
    let mut out = [0; 4];
    for place in ids.filter_map(|id| plan.place(id)) {
        let slot = match place.trust.state {
            State::Overdue => 0,
            State::DueSoon => 1,
            State::InDate => 2,
            _ => 3,
        };
        out[slot] += 1;
    }
    out
}

fn split_rows(mut rows: Vec<(String, Split)>) -> Vec<Vec<String>> {
    // Most overdue first; names keep their order otherwise.
    rows.sort_by(|a, b| b.1[0].cmp(&a.1[0]).then(b.1[3].cmp(&a.1[3])));
    rows.into_iter().map(|(name, s)| std::iter::once(name).chain(s.iter().map(ToString::to_string)).collect()).collect()
}

fn split_head<'w>(words: &'w Words, first: &'w str) -> [&'w str; 5] {
    [words.get(first), words.get("state-overdue"), words.get("state-due-soon"), words.get("state-in-date"), words.get("health-rest")]
}

fn owners(plan: &Plan<'_>, words: &Words, ids: &[PageId]) -> Option<Value> {
    if ids.is_empty() {
        return None;
    }
    let mut by_owner: BTreeMap<Option<&str>, Vec<PageId>> = BTreeMap::new();
    for id in ids {
        let owner = plan.place(*id).and_then(|p| p.trust.owner.as_deref());
        by_owner.entry(owner).or_default().push(*id);
    }
    let orphans = by_owner.get(&None).map_or(0, Vec::len);
    let answer = if orphans == 0 {
        words.get("health-a-owner-all").to_owned()
    } else {
        words.count("health-a-owner", i64::try_from(orphans).unwrap_or(0))
    };
    let rows: Vec<(String, Split)> =
        by_owner.iter().map(|(owner, ids)| (owner_cell(plan, words, *owner), split(plan, ids.iter().copied()))).collect();
    let (none, named): (Vec<_>, Vec<_>) = rows.into_iter().enumerate().partition(|(n, _)| *n == 0 && orphans > 0);
    let mut table = split_rows(none.into_iter().map(|(_, r)| r).collect());
    table.extend(split_rows(named.into_iter().map(|(_, r)| r).collect()));
    Some(part("owners", words.get("health-q-owner"), &answer, "", &split_head(words, "col-owner"), &table, true))
}

fn sections(plan: &Plan<'_>, words: &Words, ids: &[PageId]) -> Option<Value> {
    let mut by_section: BTreeMap<usize, Vec<PageId>> = BTreeMap::new();
    for id in ids {
        if let Some(place) = plan.place(*id) {
            by_section.entry(place.section).or_default().push(*id);
        }
    }
    if by_section.len() < 2 {
        return None;
    }
    let rows = by_section
        .iter()
        .map(|(s, ids)| {
            let section = &plan.sections[*s];
            let href = escaped(&routes::relative(&plan.fixed.health, &section.output));
            let title = if *s == 0 { words.get("home") } else { section.title.as_str() };
            (format!("<a href=\"{href}\">{}</a>", escaped(title)), split(plan, ids.iter().copied()))
        })
        .collect();
    Some(part(
        "sections",
        words.get("health-q-section"),
        words.get("health-a-section"),
        "",
        &split_head(words, "col-section"),
        &split_rows(rows),
        true,
    ))
}

fn ages(plan: &Plan<'_>, words: &Words) -> Option<Value> {
    let question = words.get("health-q-age");
    let mut bins = [0usize; 6];
    for (id, ..) in plan.published() {
        for day in &plan.input.facts[id.index()].step_dates {
            let bin = match day {
                None => 5,
                Some(day) => match date::days_between(*day, plan.input.now) {
                    ..183 => 0,
                    183..366 => 1,
                    366..731 => 2,
                    731..1462 => 3,
                    _ => 4,
                },
            };
            bins[bin] += 1;
        }
    }
    let known: usize = bins[..5].iter().sum();
    if known == 0 {
        let why = plan.published().find_map(|(_, _, p)| match &p.trust.edited {
            Edited::Unknown(why) => Some(why.clone()),
            Edited::On(_) => None,
        })?;
        return Some(part("ages", question, &words.fill("health-a-age-unknown", &[("why", &escaped(&why))]), "", &[], &[], false));
    }
    let labels = ["age-6m", "age-1y", "age-2y", "age-4y", "age-old", "age-unknown"];
    let bars: Vec<chart::Bar> =
        labels.iter().zip(bins).map(|(l, value)| chart::Bar { label: words.get(l).to_owned(), value, class: "sw-c-rest" }).collect();
    let rows: Vec<Vec<String>> = labels.iter().zip(bins).map(|(l, n)| vec![escaped(words.get(l)), n.to_string()]).collect();
    let answer = words.fill("health-a-age", &[("n", &(bins[3] + bins[4]).to_string()), ("all", &known.to_string())]);
    Some(part(
        "ages",
        question,
        &answer,
        &chart::bars("ages", question, &bars),
        &[words.get("col-age"), words.get("col-count")],
        &rows,
        false,
    ))
}

fn conversion(plan: &Plan<'_>, words: &Words, ids: &[PageId]) -> Option<Value> {
    if ids.is_empty() {
        return None;
    }
    let question = words.get("health-q-done");
    let converted = ids.iter().filter(|id| has_blueprint(plan, **id)).count();
    let owned = ids.iter().filter(|id| plan.place(**id).is_some_and(|p| p.trust.owner.is_some())).count();
    let reviewed = ids.iter().filter(|id| plan.place(**id).is_some_and(|p| p.trust.reviewed.is_some())).count();
    let values = [("done-procedures", ids.len()), ("done-blueprint", converted), ("done-owned", owned), ("done-reviewed", reviewed)];
    let bars: Vec<chart::Bar> =
        values.iter().map(|(l, value)| chart::Bar { label: words.get(l).to_owned(), value: *value, class: "sw-c-rest" }).collect();
    let rows: Vec<Vec<String>> = values.iter().map(|(l, n)| vec![escaped(words.get(l)), n.to_string()]).collect();
    let unsure = plan.published().filter(|(id, ..)| plan.input.facts[id.index()].kind == Kind::Unsure).count();
    let mut answer = words.fill("health-a-done", &[("n", &converted.to_string()), ("all", &ids.len().to_string())]);
    if unsure > 0 {
        answer.push(' ');
        answer.push_str(&words.count("done-unsure", i64::try_from(unsure).unwrap_or(0)));
    }
    Some(part(
        "done",
        question,
        &answer,
        &chart::bars("done", question, &bars),
        &[words.get("col-what"), words.get("col-count")],
        &rows,
        false,
    ))
}

/// The page has a blueprint.
fn has_blueprint(plan: &Plan<'_>, id: PageId) -> bool {
    plan.processes_of.contains_key(&id)
}

fn findings(plan: &Plan<'_>, words: &Words) -> Option<Value> {
    let findings = plan.input.findings?;
    let question = words.get("health-q-findings");
    if findings.is_empty() {
        return Some(part("findings", question, words.get("health-a-findings-none"), "", &[], &[], true));
    }
    let mut by_rule: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut files = std::collections::BTreeSet::new();
    for finding in findings {
        *by_rule.entry((finding.rule.as_str(), finding.level.as_str())).or_default() += 1;
        files.insert(finding.path.as_str());
    }
    let mut rows: Vec<(usize, Vec<String>)> = by_rule
        .iter()
        .map(|((rule, level), n)| (*n, vec![format!("<code>{}</code>", escaped(rule)), escaped(level), n.to_string()]))
        .collect();
    rows.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(_, r)| r).collect();
    let answer = words.fill("health-a-findings", &[("n", &findings.len().to_string()), ("pages", &files.len().to_string())]);
    Some(part("findings", question, &answer, "", &[words.get("col-rule"), words.get("col-level"), words.get("col-findings")], &rows, true))
}

/// `` `x` `` in a message becomes code.
fn code_marks(text: &str) -> String {
    escaped(text)
        .split('`')
        .enumerate()
        .map(|(n, part)| if n % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() })
        .collect()
}

/// One page people follow, as the data files list it.
fn record(plan: &Plan<'_>, id: PageId) -> Option<Value> {
    let (page, place) = (plan.input.corpus.page(id), plan.place(id)?);
    let trust = &place.trust;
    let (edited, why) = match &trust.edited {
        Edited::On(day) => (Some(day.to_string()), None),
        Edited::Unknown(why) => (None, Some(why)),
    };
    Some(json!({
        "path": page.path(),
        "title": page.title,
        "url": place.output,
        "kind": plan.input.facts[id.index()].kind,
        "state": trust.state.id(),
        "owner": trust.owner,
        "reviewed": trust.reviewed.map(|d| d.to_string()),
        "due": trust.due.map(|d| d.to_string()),
        "days-late": trust.days_late.filter(|d| *d > 0),
        "edited": edited,
        "edited-unknown": why,
        "blueprint": has_blueprint(plan, id),
    }))
}

/// `health.json`.
pub fn json_file(plan: &Plan<'_>) -> String {
    let ids = worst_first(plan);
    let counts = counts(plan, &ids);
    let states: serde_json::Map<String, Value> =
        State::COUNTED.iter().map(|s| (s.id().to_owned(), json!(counts.get(s).copied().unwrap_or(0)))).collect();
    let months: Vec<Value> = plan
        .input
        .months
        .iter()
        .map(|m| json!({ "month": m.month.to_string(), "procedures": m.procedures, "in-date": m.in_date }))
        .collect();
    let value = json!({
        "as-of": plan.input.now.to_string(),
        "commit": plan.input.commit,
        "procedures": ids.len(),
        "states": states,
        "months": months,
        "pages": ids.iter().filter_map(|id| record(plan, *id)).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

/// `health.csv`: one line per procedure, worst first.
pub fn csv_file(plan: &Plan<'_>) -> String {
    const COLUMNS: [&str; 11] = ["path", "title", "url", "kind", "state", "owner", "reviewed", "due", "days-late", "edited", "blueprint"];
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(COLUMNS);
    for value in worst_first(plan).iter().filter_map(|id| record(plan, *id)) {
        let cells = COLUMNS.iter().map(|c| match &value[*c] {
            Value::Null => String::new(),
            Value::String(text) => guarded(text),
            other => other.to_string(),
        });
        let _ = writer.write_record(cells);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// A cell that spreadsheet programs would take for a formula is made text.
fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
