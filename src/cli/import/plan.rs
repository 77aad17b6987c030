//! `stepwright import plan`: what an export holds, what would become of it, and what people have to decide.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};

use super::{Format, Source, Talk, live, notice_json, refused, request, say};
use crate::cli::Outcome;
use crate::cli::args::Global;
use crate::cli::term::Term;
use crate::import::decisions::{Decision, MacroUse};
use crate::import::notice::{Level, count, plural};
use crate::import::run::{self, LeftOut, Prepared, Request};

pub(super) fn plan(args: &Source, global: &Global, term: &Term) -> Outcome {
    const COMMAND: &str = "import plan";
    let stop = AtomicBool::new(false);
    let Some(mut request) = request(args, global, term, &stop, COMMAND) else { return Outcome::Failed };
    let talk = Talk { term, bar: Mutex::default() };
    let _kept = match live::fetch(args, &mut request, &talk, COMMAND) {
        Ok(kept) => kept,
        Err(outcome) => return outcome,
    };
    // Planning changes nothing but the plan itself.
    let quiet = Request { dry_run: true, ..request };
    let prepared = match run::prepare(&quiet, &talk) {
        Ok(prepared) => prepared,
        Err(error) => return refused(&error, term, COMMAND),
    };
    let found = match run::assess(&quiet, &prepared, &talk) {
        Ok(found) => found,
        Err(error) => return refused(&error, term, COMMAND),
    };
    talk.clear();
    let blocks = prepared.notices().filter(|n| n.blocks).count() as u64;
    let pages = prepared.take.iter().filter(|t| **t).count() as u64;
    let path = quiet.plan_path();
    let said = || prepared.notices().chain(&found.notices);
    if args.format == Format::Json {
        let notices: Vec<Value> = said().map(notice_json).collect();
        let answer = json!({"name": quiet.name(), "formats": formats(&prepared), "made": prepared.package.made, "spaces": space_rows(&prepared).iter().map(|r| json!({
            "key": r.key, "pages": r.pages, "files": r.files, "restricted": r.restricted, "left-out": r.left_out, "target": r.target})).collect::<Vec<_>>(),
            "pages": pages, "left-out": prepared.left_out.len(), "losses": found.losses, "held-back": found.secrets.len(),
            "people": found.people.iter().map(|(name, p)| json!({"name": name, "pages": p.pages, "owns": p.owns, "role": p.role})).collect::<Vec<_>>(),
            "macros": found.macros.iter().map(|m| macro_json(m, prepared.decisions.of(m))).collect::<Vec<_>>(), "notices": notices});
        term.answer(&format!("{answer:#}\n"));
    } else {
        term.answer(&overview(&prepared, &quiet));
        term.answer(&macros(&prepared, &found));
        term.answer(&people(&found));
        for notice in said() {
            say(term, notice);
        }
    }
    if pages == 0 && prepared.package.pages.is_empty() {
        term.last(&format!("{COMMAND}: fails, no pages found"));
        return Outcome::Failed;
    }
    let table = quiet.macros_path();
    let shown = format!("{} and {}", path.display(), table.display());
    if args.dry_run {
        term.say(&format!("would write {shown}"));
    } else {
        let text = crate::import::plan::Plan::of(&prepared, &found).text(&quiet.name());
        let written = prepared.decisions.csv(&found.macros).and_then(|csv| {
            crate::disk::replace(&path, text.as_bytes())?;
            crate::disk::replace(&table, &csv)?;
            crate::disk::replace(&table.with_extension("md"), prepared.decisions.markdown(&quiet.name(), &found.macros).as_bytes())
        });
        if let Err(error) = written {
            term.error(&format!("{shown} cannot be written"), &[("why", &error.to_string())]);
            term.last(&format!("{COMMAND}: stopped, the plan could not be written"));
            return Outcome::Failed;
        }
        term.say(&format!("wrote {shown} (.md to read), nothing else"));
        let into = args.into.as_ref().map(|into| format!(" --into {}", into.display())).unwrap_or_default();
        let name = args.name.as_ref().map(|name| format!(" --name {name}")).unwrap_or_default();
        term.say(&format!("= next: decide in both, then stepwright import run {}{into}{name}", live::arguments(args)));
    }
    let errors = said().filter(|n| n.level == Level::Error && !n.blocks).count() as u64;
    let warnings = said().filter(|n| n.level == Level::Warning).count() as u64;
    let nothing = if args.dry_run { ", nothing written" } else { "" };
    if blocks > 0 {
        let verb = if blocks == 1 { "blocks" } else { "block" };
        term.last(&format!(
            "{COMMAND}: {} {verb} {}, {}{nothing}",
            plural(blocks, "conflict"),
            plural(pages, "page"),
            plural(warnings, "warning")
        ));
        return Outcome::Findings;
    }
    term.last(&format!(
        "{COMMAND}: passes, {} to import, {} left out, {}, {}{nothing}",
        plural(pages, "page"),
        count(prepared.left_out.len() as u64),
        plural(errors, "error"),
        plural(warnings, "warning")
    ));
    Outcome::Fine
}

fn formats(prepared: &Prepared) -> Vec<String> {
    let mut out = prepared.package.formats.clone();
    out.sort();
    out.dedup();
    out
}

struct SpaceRow {
    key: String,
    pages: u64,
    files: u64,
    restricted: u64,
    left_out: u64,
    target: String,
}

fn space_rows(prepared: &Prepared) -> Vec<SpaceRow> {
    let mut rows: BTreeMap<String, SpaceRow> = BTreeMap::new();
    let why: BTreeMap<usize, LeftOut> = prepared.left_out.iter().copied().collect();
    for (at, page) in prepared.package.pages.iter().enumerate() {
        let key = page.space.clone().unwrap_or_default();
        let row = rows.entry(key.clone()).or_insert_with(|| SpaceRow {
            target: prepared.folders.get(&key).cloned().unwrap_or_default(),
            key,
            pages: 0,
            files: 0,
            restricted: 0,
            left_out: 0,
        });
        row.pages += 1;
        row.files += page.attachments.len() as u64;
        row.restricted += u64::from(matches!(why.get(&at), Some(LeftOut::Restricted | LeftOut::BelowRestricted)));
        row.left_out += u64::from(why.contains_key(&at));
    }
    rows.into_values().collect()
}

fn overview(prepared: &Prepared, request: &Request<'_>) -> String {
    let package = &prepared.package;
    let bytes: u64 = package.exports.iter().map(|e| e.bytes).sum();
    let made = package.made.as_ref().map(|d| format!(", made {d}")).unwrap_or_default();
    let rows = space_rows(prepared);
    let mut out = format!("{}, {}, {}{made}\n", formats(prepared).join(" and "), size(bytes), plural(rows.len() as u64, "space"));
    let width = rows.iter().map(|r| r.key.chars().count()).max().unwrap_or(0).clamp(5, 32);
    let _ = writeln!(out, "  {:width$} {:>7} {:>7} {:>11} {:>9}  target", "", "pages", "files", "restricted", "left out");
    for row in &rows {
        let key: String = row.key.chars().take(32).collect();
        let target = if row.target.is_empty() { String::new() } else { format!("{}/{}", request.content, row.target) };
        let line = format!(
            "  {key:width$} {:>7} {:>7} {:>11} {:>9}  {target}",
            count(row.pages),
            count(row.files),
            count(row.restricted),
            count(row.left_out)
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
    if rows.len() > 1 {
        let sum = |f: fn(&SpaceRow) -> u64| count(rows.iter().map(f).sum());
        let _ = writeln!(
            out,
            "  {:width$} {:>7} {:>7} {:>11} {:>9}",
            "total",
            sum(|r| r.pages),
            sum(|r| r.files),
            sum(|r| r.restricted),
            sum(|r| r.left_out)
        );
    }
    let c = package.counts;
    let others: Vec<String> = [
        (c.versions, "earlier version"),
        (c.drafts, "draft"),
        (c.trashed, "page in the trash"),
        (c.templates, "template"),
        (c.comments, "comment"),
        (c.users, "user"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, what)| if what == "page in the trash" { format!("{} in the trash", plural(n, "page")) } else { plural(n, what) })
    .collect();
    if !others.is_empty() {
        let _ = writeln!(out, "besides: {}", others.join(", "));
    }
    out
}

/// Macros that lose something, those first about which nobody has decided.
fn macros(prepared: &Prepared, found: &run::Assessment) -> String {
    const SHOWN: usize = 12;
    if found.macros.is_empty() {
        return String::new();
    }
    let uses: u64 = found.macros.iter().map(|m| m.uses).sum();
    let whole = found.macros.iter().filter(|m| !m.loses()).count() as u64;
    let kinds = found.macros.len() as u64;
    let mut out = format!("macros: {} of {}, {} of them come over whole\n", plural(uses, "use"), plural(kinds, "kind"), count(whole));
    let mut rows: Vec<_> = found.macros.iter().filter(|m| m.loses()).map(|m| (prepared.decisions.of(m), m)).collect();
    rows.sort_by_key(|(decision, m)| (*decision != Decision::Undecided, std::cmp::Reverse(m.uses), &m.name));
    let width = rows.iter().take(SHOWN).map(|(_, m)| m.name.chars().count()).max().unwrap_or(0).clamp(5, 32);
    for (decision, m) in rows.iter().take(SHOWN) {
        let name: String = m.name.chars().take(32).collect();
        let _ =
            writeln!(out, "  {name:width$} {:>7} on {:<10} {:10}  {}", count(m.uses), plural(m.pages, "page"), decision.word(), m.fate());
    }
    if rows.len() > SHOWN {
        let _ = writeln!(out, "  and {} more", count((rows.len() - SHOWN) as u64));
    }
    out
}

fn macro_json(m: &MacroUse, decision: Decision) -> Value {
    let [translated, text, marker, dropped] = m.outcomes;
    json!({"macro": m.name, "decision": decision.word(), "uses": m.uses, "pages": m.pages, "translated": translated, "kept-as-text": text,
        "left-as-marker": marker, "dropped": dropped, "first-page": m.first})
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..10_000_000_000 => format!("{} MB", count(bytes / 1_000_000)),
        _ => format!("{} GB", count(bytes / 1_000_000_000)),
    }
}

/// How many people pages name, and for how many of them a role stands.
fn people(found: &run::Assessment) -> String {
    let all = found.people.len() as u64;
    if all == 0 {
        return String::new();
    }
    let with_role = found.people.values().filter(|p| p.role.is_some()).count() as u64;
    let named = if all == 1 { "1 person is".to_owned() } else { format!("{} people are", count(all)) };
    format!("people: {named} named on pages, a role stands for {}; the plan lists them\n", count(with_role))
}
