//! `stepwright import status`: how the imports of a repository stand, from their ledgers.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Format, StatusArgs};
use crate::cli::Outcome;
use crate::cli::args::Global;
use crate::cli::term::Term;
use crate::import::decisions::Decisions;
use crate::import::ledger::{Ledger, PageState, State};
use crate::import::notice::{count, plural};

pub(super) fn status(args: &StatusArgs, global: &Global, term: &Term) -> Outcome {
    const COMMAND: &str = "import status";
    let into = args.into.clone().unwrap_or_else(|| global.dir.clone());
    let folder = into.join(".stepwright").join("imports");
    let wanted: Vec<String> = args.name.iter().cloned().chain(args.exports.iter().map(|p| crate::import::sniff::name_for(p))).collect();
    let mut found = Vec::new();
    let mut bad = false;
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(".yaml").filter(|n| !n.ends_with(".plan")) else { continue };
        if !wanted.is_empty() && !wanted.iter().any(|w| w == name) {
            continue;
        }
        match Ledger::read(&path) {
            Ok(Some(ledger)) => found.push((name.to_owned(), ledger)),
            Ok(None) => {}
            Err(error) => {
                bad = true;
                let why = std::error::Error::source(&error).map(ToString::to_string);
                let notes: Vec<(&str, &str)> = why.iter().map(|w| ("why", w.as_str())).collect();
                term.error(&error.to_string(), &notes);
            }
        }
    }
    let counted = |l: &Ledger, s: PageState| l.count(s) as u64;
    if args.format == Format::Json {
        let rows: Vec<Value> = found
            .iter()
            .map(|(name, l)| {
                json!({"name": name, "state": l.state.word(), "changed": l.changed, "done": counted(l, PageState::Done), "failed": counted(l, PageState::Failed),
                "skipped": counted(l, PageState::Skipped), "conflicts": counted(l, PageState::Conflict), "gone": counted(l, PageState::Gone)})
            })
            .collect();
        term.answer(&format!("{:#}\n", Value::Array(rows)));
    } else {
        let width = found.iter().map(|(n, _)| n.chars().count()).max().unwrap_or(0);
        for (name, ledger) in &found {
            let parts: Vec<String> = [
                (PageState::Done, "done"),
                (PageState::Failed, "failed"),
                (PageState::Conflict, "in conflict"),
                (PageState::Skipped, "skipped"),
                (PageState::Gone, "gone"),
            ]
            .into_iter()
            .filter(|(s, _)| *s == PageState::Done || counted(ledger, *s) > 0)
            .map(|(s, w)| format!("{} {w}", count(counted(ledger, s))))
            .collect();
            let open = Decisions::read(&folder.join(format!("{name}.macros.csv"))).map_or(0, |d| d.open());
            let open = if open > 0 { format!(", {} undecided", plural(open, "macro")) } else { String::new() };
            let state = if ledger.state == State::Running { "STOPPED" } else { ledger.state.word() };
            term.answer(&format!("{name:width$}  {state:<10}  {}  {}{open}\n", ledger.changed, parts.join(", ")));
        }
    }
    if bad {
        term.last(&format!("{COMMAND}: a ledger cannot be read"));
        return Outcome::Failed;
    }
    if found.is_empty() {
        term.error(
            "no import found",
            &[("why", &format!("there is no ledger in {}", folder.display())), ("next", "stepwright import plan EXPORT")],
        );
        term.say(&format!("{COMMAND}: nothing to show"));
        return Outcome::Failed;
    }
    let worst = found.iter().map(|(_, l)| l.state).find(|s| !matches!(s, State::Finished | State::Ready));
    let worst_word = worst.map_or("FINISHED", |s| if s == State::Running { "STOPPED" } else { s.word() });
    term.last(&format!("{COMMAND}: {}, {worst_word}", plural(found.len() as u64, "import")));
    if worst.is_some() { Outcome::Findings } else { Outcome::Fine }
}
