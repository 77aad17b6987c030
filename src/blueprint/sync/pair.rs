//! Which step of one blueprint is which of another: same source, then same place with similar words, then similar words.

use crate::blueprint::draft::similar;
use crate::blueprint::model::Step;

/// Least likeness of titles at the same place, and anywhere.
const SAME_PLACE: f64 = 0.3;
const ANYWHERE: f64 = 0.5;

/// For each step of `a` its partner in `b`, one to one. A task and an approval are never the same.
pub(super) fn pairs(a: &[Step], b: &[Step]) -> Vec<Option<usize>> {
    let mut out = vec![None; a.len()];
    let mut taken = vec![false; b.len()];
    // Drafts give a decision its own step from the same words as the task before it; ids and titles tell the two apart.
    let kind = |s: &Step| s.approval.is_some() && (s.id.starts_with("approve-") || s.title.starts_with("Approve:"));
    let mut pass = |fits: &dyn Fn(&Step, &Step) -> Option<f64>| {
        let mut found: Vec<(f64, usize, usize)> = Vec::new();
        for (i, x) in a.iter().enumerate().filter(|(i, _)| out[*i].is_none()) {
            for (j, y) in b.iter().enumerate().filter(|(j, _)| !taken[*j]) {
                if kind(x) == kind(y)
                    && let Some(score) = fits(x, y)
                {
                    found.push((score, i, j));
                }
            }
        }
        // Best first; among equals the pair that keeps the order.
        found.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)).then(x.2.cmp(&y.2)));
        for (_, i, j) in found {
            if out[i].is_none() && !taken[j] {
                out[i] = Some(j);
                taken[j] = true;
            }
        }
    };
    let hash = |s: &Step| s.source.as_ref().and_then(|s| s.hash.clone());
    let place = |s: &Step| s.source.as_ref().map(|s| (s.heading.clone(), s.item.clone()));
    pass(&|x, y| (hash(x).is_some() && hash(x) == hash(y)).then(|| 1.0 + similar(&x.title, &y.title)));
    pass(&|x, y| (place(x).is_some() && place(x) == place(y)).then(|| similar(&x.title, &y.title)).filter(|s| *s >= SAME_PLACE));
    pass(&|x, y| Some(similar(&x.title, &y.title)).filter(|s| *s >= ANYWHERE));
    out
}
