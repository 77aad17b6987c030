//! `stepwright import status`: how the imports of a repository stand, from their ledgers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Format, StatusArgs, unusable};
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
        match Ledger::read(&path).and_then(|ledger| ledger.map(|l| Ok((l.counts()?, l))).transpose()) {
            Ok(Some((counts, ledger))) => found.push((name.to_owned(), ledger, counts)),
            Ok(None) => {}
            Err(error) => {
                bad = true;
                unusable(&error, term);
            }
        }
    }
    let counted = |counts: &BTreeMap<PageState, u64>, s: PageState| counts.get(&s).copied().unwrap_or(0);
    if args.format == Format::Json {
        let rows: Vec<Value> = found
            .iter()
            .map(|(name, l, n)| {
                json!({"name": name, "state": l.state.word(), "changed": l.changed, "done": counted(n, PageState::Done), "failed": counted(n, PageState::Failed),
                "skipped": counted(n, PageState::Skipped), "conflicts": counted(n, PageState::Conflict), "gone": counted(n, PageState::Gone)})
            })
            .collect();
        term.answer(&format!("{:#}\n", Value::Array(rows)));
    } else {
        let width = found.iter().map(|(n, ..)| n.chars().count()).max().unwrap_or(0);
        for (name, ledger, counts) in &found {
            let parts: Vec<String> = [
                (PageState::Done, "done"),
                (PageState::Failed, "failed"),
                (PageState::Conflict, "in conflict"),
                (PageState::Skipped, "skipped"),
                (PageState::Gone, "gone"),
            ]
            .into_iter()
            .filter(|(s, _)| *s == PageState::Done || counted(counts, *s) > 0)
            .map(|(s, w)| format!("{} {w}", count(counted(counts, s))))
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
    let worst = found.iter().map(|(_, l, _)| l.state).find(|s| !matches!(s, State::Finished | State::Ready));
    let worst_word = worst.map_or("FINISHED", |s| if s == State::Running { "STOPPED" } else { s.word() });
    term.last(&format!("{COMMAND}: {}, {worst_word}", plural(found.len() as u64, "import")));
    if worst.is_some() { Outcome::Findings } else { Outcome::Fine }
}
