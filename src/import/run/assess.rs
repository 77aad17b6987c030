//! What an import would make of its macros, and which pages it would hold back: every page converted, nothing written.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::convert::{Refused, convert};
use super::pages::{BATCH, pool};
use super::report::Report;
use super::{Listener, Prepared, Request, RunError, write_error};
use crate::import::decisions::{Decision, Decisions, MacroUse};
use crate::import::ledger::LedgerError;
use crate::import::notice::{Notice, plural};

/// See the module.
#[derive(Debug, Default)]
pub struct Assessment {
    /// Macros by name.
    pub macros: Vec<MacroUse>,
    /// Losses that are not translations.
    pub losses: u64,
    /// People that pages name, by name.
    pub people: BTreeMap<String, Person>,
    /// Places of pages that look as if they held secrets.
    pub secrets: Vec<usize>,
    /// What to say about all that.
    pub notices: Vec<Notice>,
}

/// How often pages name a person, and which role stands for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Pages that mention them.
    pub pages: u64,
    /// Pages whose properties name them as owner.
    pub owns: u64,
    /// Id of the role that stands for them.
    pub role: Option<String>,
}

/// Converts every page that was chosen and counts.
pub fn assess(request: &Request<'_>, prepared: &Prepared, listener: &dyn Listener) -> Result<Assessment, RunError> {
    let roles = prepared.roles(request);
    let links = prepared.links(request);
    let mut report = Report::new(&prepared.package.store);
    let mut out = Assessment::default();
    let chosen: Vec<usize> = (0..prepared.take.len()).filter(|at| prepared.take[*at]).collect();
    let pool = pool();
    let mut done = 0u64;
    for batch in chosen.chunks(BATCH) {
        if request.stop.load(Ordering::Relaxed) {
            break;
        }
        let batch = batch.iter().map(|at| Ok((*at, prepared.former(*at)?))).collect::<Result<Vec<_>, LedgerError>>()?;
        let count = batch.len() as u64;
        let work = || batch.into_par_iter().map(|(at, former)| (at, convert(request, prepared, &links, at, former))).collect::<Vec<_>>();
        let converted = match &pool {
            Some(pool) => pool.install(work),
            None => work(),
        };
        for (at, result) in converted {
            let page = &prepared.package.pages[at];
            match result {
                Ok(converted) => {
                    let path = request.in_content(&prepared.layout.pages[at]);
                    report.add(at, page, &path, &converted.losses).map_err(|e| write_error(&request.cache(), e))?;
                    for name in converted.people.mentioned {
                        out.people.entry(name).or_default().pages += 1;
                    }
                    for name in converted.people.owning {
                        out.people.entry(name).or_default().owns += 1;
                    }
                }
                Err(Refused::Secret { found }) => {
                    out.secrets.push(at);
                    let name = format!("\"{}\" ({})", page.title, prepared.keys[at]);
                    out.notices.push(
                        Notice::warning(format!("{name} will be held back: it holds what looks like a secret")).why(found.join("; ")).next(
                            "take it out of the page and revoke it; or, if it is none, set `secrets: allow` for the page in the plan",
                        ),
                    );
                }
                Err(Refused::Failed { why, next }) => {
                    out.notices
                        .push(Notice::error(format!("\"{}\" ({}) cannot be imported: {why}", page.title, prepared.keys[at])).next(next));
                }
            }
        }
        done += count;
        listener.progress("assess", done, chosen.len() as u64, "");
    }
    for (name, person) in &mut out.people {
        person.role = roles.id(name).map(str::to_owned);
    }
    out.macros = report.macros();
    out.losses = report.lost();
    out.notices.extend(needed(&prepared.decisions, &out.macros));
    Ok(out)
}

/// How many macros lose something and wait for somebody to decide.
pub(super) fn undecided(decisions: &Decisions, found: &[MacroUse]) -> u64 {
    found.iter().filter(|f| f.loses() && decisions.of(f) == Decision::Undecided).count() as u64
}

/// Warnings about macros that are needed and do not come over.
pub(super) fn needed(decisions: &Decisions, found: &[MacroUse]) -> Vec<Notice> {
    let wanted = found.iter().filter(|f| f.gone() > 0 && decisions.of(f) == Decision::Needed);
    wanted
        .map(|f| {
            Notice::warning(format!(
                "macro {} is needed and has no translation: {} on {}",
                f.name,
                plural(f.uses, "use"),
                plural(f.pages, "page")
            ))
            .why(format!("first {}", f.first))
            .next("rebuild by hand what it did, where its marker stands; `stepwright lint` lists the markers")
        })
        .collect()
}
