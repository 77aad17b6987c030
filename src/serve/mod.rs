//! Live preview: an HTTP server over a folder with a built site, and a watcher of the files it is made from.
//!
//! Knows nothing of how a site is built: whoever runs it publishes what changed, and the browser is told. Never prints.

pub mod http;
pub mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

/// A finding shown over its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// `error`, `warning` or `info`.
    pub level: String,
    /// Rule name.
    pub rule: String,
    /// Line, from 1.
    pub line: usize,
    /// One sentence.
    pub message: String,
}

/// What the browser is told.
#[derive(Debug, Default)]
struct State {
    version: u64,
    /// Output files that changed, with the version that changed them.
    changed: BTreeMap<String, u64>,
    /// Findings by page path.
    notes: BTreeMap<String, Vec<Note>>,
    /// Why there is no newer site.
    failure: Option<String>,
}

/// The state of the preview, shared by the builder and the server.
#[derive(Debug, Default)]
pub struct Live {
    state: Mutex<State>,
    news: Condvar,
}

/// Answer to a browser that waits.
#[derive(Debug, Serialize)]
struct News<'n> {
    version: u64,
    reload: bool,
    failure: &'n Option<String>,
    notes: &'n [Note],
}

impl Live {
    fn change(&self, update: impl FnOnce(&mut State, u64)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.version += 1;
        let version = state.version;
        update(&mut state, version);
        drop(state);
        self.news.notify_all();
    }

    /// These output files are new.
    pub fn publish(&self, files: &BTreeSet<String>) {
        self.change(|state, version| {
            state.failure = None;
            state.changed.extend(files.iter().map(|f| (f.clone(), version)));
        });
    }

    /// These are the findings now, by page path.
    pub fn publish_notes(&self, notes: BTreeMap<String, Vec<Note>>) {
        self.change(|state, _| state.notes = notes);
    }

    /// The site could not be built; the last one stays.
    pub fn fail(&self, why: String) {
        self.change(|state, _| state.failure = Some(why));
    }

    /// The newest version.
    pub fn version(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).version
    }

    /// Waits until there is something newer than `seen` (or `patience` is over) and says what, as JSON for the page at `output` made from `page`.
    pub fn wait(&self, seen: u64, output: &str, page: &str, patience: Duration) -> String {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, _) = self.news.wait_timeout_while(state, patience, |s| s.version <= seen).unwrap_or_else(PoisonError::into_inner);
        let is_new = |path: &str| state.changed.get(path).is_some_and(|v| *v > seen);
        // A style sheet or script is in every page under its new name, so the page itself is among the changed files.
        let news = News {
            version: state.version,
            reload: is_new(output),
            failure: &state.failure,
            notes: state.notes.get(page).map_or(&[], Vec::as_slice),
        };
        serde_json::to_string(&news).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_of_its_own_changes_only() {
        let live = Live::default();
        live.publish(&BTreeSet::from(["a.html".to_owned()]));
        let wait = |seen, output| live.wait(seen, output, "content/a.md", Duration::ZERO);
        assert!(wait(0, "a.html").contains("\"reload\":true"));
        assert!(wait(0, "b.html").contains("\"reload\":false"));
        assert!(wait(1, "a.html").contains("\"reload\":false"));
        live.fail("a template is broken".to_owned());
        assert!(wait(1, "a.html").contains("a template is broken"));
    }
}
