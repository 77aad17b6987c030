//! What readers of bodies share: the page at hand, and what they report of it.

use super::losses::{Loss, Outcome};

/// What a body reader knows about the page at hand, and what it reports back.
///
/// Losses with [`Outcome::Translated`] are the readers' count of macros that came over whole: one entry per macro met (`macro info`, …), so that the
/// per-macro table can be complete. Everything else is a loss.
#[derive(Debug, Clone, Default)]
pub struct BodyContext {
    /// The page's title: a first heading that only repeats it is left out (Word exports, old templates).
    pub title: String,
    /// The heading the reader is under, kept by the reader.
    pub place: String,
    /// What was lost, and which macros came over, in reading order.
    pub losses: Vec<Loss>,
}

impl BodyContext {
    /// A context for the page called `title`.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Records what became of something at the current place.
    pub fn record(&mut self, element: impl Into<String>, detail: impl Into<String>, outcome: Outcome) {
        self.losses.push(Loss { element: element.into(), place: self.place.clone(), detail: detail.into(), outcome });
    }
}
