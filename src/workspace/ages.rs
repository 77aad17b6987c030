//! Old sections in young pages: which parts of a page nobody touched while others kept it young.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::{Kind, Workspace};
use crate::history::{Ages, Edited, PartAge};
use crate::page::front_matter::PageKind;
use crate::page::{Page, PageId};
use crate::text::{Span, date};

/// What is old on a page that is not.
#[derive(Debug, Clone)]
pub struct OldParts {
    /// Sections with words of their own, in page order.
    pub sections: Vec<OldSection>,
    /// Sections, items, rows and paragraphs: place, and day of the last change.
    pub all: Vec<(Span, Date)>,
}

/// A section whose words are older than the limit for its page.
#[derive(Debug, Clone)]
pub struct OldSection {
    /// Position of its heading in the page's headings; `None` for what stands above the first.
    pub heading: Option<usize>,
    /// The heading, or the page's title.
    pub title: String,
    /// The section, up to the next heading.
    pub span: Span,
    /// Its last change.
    pub edited: Edited,
    /// The day of it.
    pub since: Date,
    /// It holds numbered or tickable steps.
    pub steps: bool,
}

impl Workspace {
    /// How long a page's words may stay as they are without a review, in words; `None` where the settings set no limit.
    pub fn age_limit(&self, id: PageId) -> Option<&str> {
        let settings = &self.settings.freshness;
        match self.kind(id) {
            kind if kind.is_procedure() => Some(&settings.procedure_limit),
            Kind::Mixed => Some(&settings.procedure_limit),
            Kind::Declared(PageKind::Reference) | Kind::Detected(PageKind::Reference) => settings.reference_limit.as_deref(),
            _ => None,
        }
    }

    /// True if a day lies further back than a limit.
    pub fn is_past(&self, day: Date, limit: &str) -> bool {
        date::parse_interval(limit).and_then(|l| day.checked_add(l).ok()).is_some_and(|until| until < self.now)
    }

    /// Ages of the sections and steps of pages, in their order.
    pub fn ages(&self, ids: &[PageId]) -> Vec<Arc<Ages>> {
        let pages: Vec<&Page> = ids.iter().map(|id| self.corpus.page(*id)).collect();
        self.history.ages(&pages)
    }

    /// True for a page that was changed within its limit, so that nothing is said of it as a whole, and not reviewed in that time.
    fn is_young(&self, id: PageId) -> bool {
        let Some(limit) = self.age_limit(id) else { return false };
        let reviewed = self.corpus.page(id).meta.reviewed.as_ref().and_then(|r| date::parse(&r.value));
        let edited = self.page_history(id).edited.date();
        edited.is_some_and(|day| !self.is_past(day, limit)) && reviewed.is_none_or(|day| self.is_past(day, limit))
    }

    /// What is older than the limit on pages that were changed within it and not reviewed since, by page. A reviewer has read all of a page, so what
    /// a review covers is not old.
    pub fn old_parts(&self) -> BTreeMap<PageId, OldParts> {
        let young: Vec<PageId> = self.corpus.iter().map(|(id, _)| id).filter(|id| self.is_young(*id)).collect();
        let ages = self.ages(&young);
        let all = young.into_iter().zip(&ages).map(|(id, ages)| {
            let limit = self.age_limit(id).unwrap_or_default();
            let past = |p: &PartAge| p.edited.date().filter(|day| self.is_past(*day, limit)).map(|day| (p.span, day));
            (id, OldParts { sections: self.old_sections(id, ages, limit), all: ages.0.iter().filter_map(past).collect() })
        });
        all.filter(|(_, old)| !old.all.is_empty()).collect()
    }

    fn old_sections(&self, id: PageId, ages: &Ages, limit: &str) -> Vec<OldSection> {
        let page = self.corpus.page(id);
        let mut out: Vec<OldSection> = Vec::new();
        for (heading, part) in ages.sections() {
            let Some(since) = part.edited.date().filter(|day| self.is_past(*day, limit)) else { continue };
            let head = heading.map(|h| &page.body.headings[h]);
            let inside = head.map_or(part.span, |h| Span { start: h.span.end.min(part.span.end), end: part.span.end });
            if page.source.slice(inside).trim().is_empty() {
                continue;
            }
            out.push(OldSection {
                heading,
                title: head.map_or_else(|| page.title.clone(), |h| h.text.clone()),
                span: part.span,
                edited: part.edited.clone(),
                since,
                steps: ages.steps().any(|s| part.span.contains(s.span)),
            });
        }
        out.sort_by_key(|s| s.span);
        out
    }
}
