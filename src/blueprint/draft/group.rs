//! Steps found together on a page, before they are a draft: where they were found, and the phases they are in.
//!
//! Whether something is a step, and which steps belong together, is decided elsewhere.

use super::steps::{Phase, Step};

/// Steps that belong together, before ids.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// Heading it stands under.
    pub(crate) heading: String,
    /// The heading over that one; empty for the page's title.
    pub(crate) over: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) phases: Vec<Phase>,
    /// Stands before the phases rather than in one.
    pub(crate) unphased: bool,
    /// Only the form of the headings makes phases of its sections.
    pub(crate) phases_guessed: bool,
    pub(crate) any_order: bool,
    pub(crate) variant: bool,
    /// Steps come from headings, or from prose.
    pub(crate) from: From,
    /// The heading says that steps follow.
    pub(crate) announced: bool,
    /// Its headings say "Step N".
    pub(crate) labelled: bool,
    /// The procedure it is a phase of.
    pub(crate) whole: Option<Whole>,
    /// Bullets that only their heading, or who does them, tells from notes.
    pub(crate) believed: bool,
    /// Steps of prose with a command below them.
    pub(crate) coded: usize,
    /// First number as written, for lists that go on.
    pub(crate) first: Option<u64>,
    pub(crate) last: Option<u64>,
}

/// Where a group was found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    #[default]
    List,
    Bullets,
    Table,
    Headings,
    Prose,
}

/// The procedure that a group of steps is a phase of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Whole {
    /// Where the section over the phases begins: the same for all its phases.
    pub(crate) at: u32,
    /// Its heading; empty for the page.
    pub(crate) heading: String,
    /// Nothing but the form of the headings speaks for it.
    pub(crate) doubt: bool,
}

impl Group {
    /// Makes its own steps the first phase, unless it stands without a heading of its own.
    pub(crate) fn open_phases(&mut self) {
        if self.phases.is_empty() && !self.unphased {
            self.phases.push(Phase { title: self.heading.clone(), any_order: self.any_order });
            for step in &mut self.steps {
                step.phase = Some(0);
            }
        }
    }

    /// A single phase is none.
    pub(crate) fn close_phases(&mut self) {
        self.phases.clear();
        for step in &mut self.steps {
            step.phase = None;
        }
    }

    /// Takes another group in as a phase of this one.
    pub(crate) fn append(&mut self, mut other: Group) {
        self.open_phases();
        other.open_phases();
        let offset = self.phases.len();
        self.phases.append(&mut other.phases);
        self.steps.extend(other.steps.into_iter().map(|mut s| {
            s.phase = s.phase.map(|p| offset + p);
            s
        }));
        self.coded += other.coded;
        self.announced |= other.announced;
        self.labelled |= other.labelled;
        self.any_order &= other.any_order;
    }
}
