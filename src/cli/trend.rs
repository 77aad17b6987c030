//! How many procedures were in date at the end of each of the last months: the reviews their front matter named then.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::history::{Depth, past};
use crate::page::front_matter;
use crate::site::trust::in_date;
use crate::site::{Facts, Month};
use crate::text::Source;
use crate::workspace::Workspace;

/// Months shown.
const MONTHS: usize = 12;

/// The review a page had on record.
#[derive(Debug, Clone)]
struct Review {
    reviewed: Option<String>,
    every: Option<String>,
    draft: bool,
}

/// The last months, oldest first, or the sentence that says why there are none. A page is looked for under the paths it had before as well; where it
/// was rewritten while it moved, it counts with the review it names today.
pub(super) fn months(workspace: &Workspace, facts: &[Facts]) -> Result<Vec<Month>, String> {
    match &workspace.history.depth {
        Depth::Full => {}
        Depth::Shallow => return Err("The clone is shallow, so earlier months are not known.".to_owned()),
        Depth::None(why) => return Err(format!("There is no history: {why}.")),
    }
    let followed: BTreeMap<&str, (&Facts, Review)> = workspace
        .corpus
        .iter()
        .filter(|(id, page)| facts[id.index()].kind.followed() && !page.meta.draft)
        .map(|(id, page)| (page.path(), (&facts[id.index()], review(&page.meta))))
        .collect();
    let ends = ends(workspace.now);
    let mut read = |text: &str| review(&front_matter::parse(&Source::new("", text)).0);
    let former = |path: &str| workspace.history.page(path).former.as_slice();
    let wanted: BTreeSet<&str> =
        followed.keys().flat_map(|path| std::iter::once(*path).chain(former(path).iter().map(String::as_str))).collect();
    let then = past::at_days(&workspace.corpus.root, &ends, &wanted, &mut read).map_err(|why| format!("There is no history: {why}."))?;
    let mut out = Vec::new();
    for (end, then) in ends.into_iter().zip(then) {
        let Some(then) = then else { continue };
        let mut month = Month { month: end.first_of_month(), procedures: 0, in_date: 0 };
        for (path, (facts, today)) in &followed {
            // Another page may have had this path before.
            if facts.first_seen.is_some_and(|first| first > end) {
                continue;
            }
            let seen = facts.first_seen.is_some();
            let before = std::iter::once(*path).chain(former(path).iter().map(String::as_str)).find_map(|path| then.get(path));
            let Some(review) = before.or(seen.then_some(today)).filter(|r| !r.draft) else { continue };
            month.procedures += 1;
            let every = review.every.as_ref().or(facts.review_every.as_ref());
            let fits = |(reviewed, every): (&String, &String)| in_date(reviewed, every, end);
            month.in_date += usize::from(review.reviewed.as_ref().zip(every).is_some_and(fits));
        }
        if month.procedures > 0 || !out.is_empty() {
            out.push(month);
        }
    }
    Ok(if out.len() < 2 { Vec::new() } else { out })
}

fn review(meta: &front_matter::Meta) -> Review {
    Review {
        reviewed: meta.reviewed.as_ref().map(|r| r.value.clone()),
        every: meta.review_every.as_ref().map(|e| e.value.clone()),
        draft: meta.draft,
    }
}

/// The last days of the months up to `now`, which ends the last.
fn ends(now: Date) -> Vec<Date> {
    let mut out = vec![now];
    let mut first = now.first_of_month();
    while out.len() < MONTHS {
        let Ok(end) = first.yesterday() else { break };
        out.push(end);
        first = end.first_of_month();
    }
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_end_on_their_last_day_and_today() {
        let days = ends(jiff::civil::date(2026, 3, 17));
        assert_eq!(days.len(), MONTHS);
        assert_eq!(days[9..].iter().map(ToString::to_string).collect::<Vec<_>>(), ["2026-01-31", "2026-02-28", "2026-03-17"]);
    }
}
