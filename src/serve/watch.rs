//! Waits for changes of files: gathers what editors do in one save (a temporary file, a rename, a delete) into one list of paths.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// How long nothing must happen before a save counts as over.
const QUIET: Duration = Duration::from_millis(12);

/// Watches folders and files until dropped.
#[derive(Debug)]
pub struct Watch {
    events: Receiver<notify::Result<Event>>,
    ignored: Vec<PathBuf>,
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches everything below `paths` but not below `ignored`. Paths that do not exist are left out.
    pub fn new(paths: &[PathBuf], ignored: Vec<PathBuf>) -> notify::Result<Self> {
        let (send, events) = channel();
        let mut watcher = notify::recommended_watcher(move |event| {
            let _ = send.send(event);
        })?;
        for path in paths.iter().filter(|p| p.exists()) {
            watcher.watch(path, if path.is_dir() { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive })?;
        }
        Ok(Self { events, ignored, _watcher: watcher })
    }

    /// Blocks until something changed; all paths touched in one go. `None` when the watcher has ended.
    pub fn next(&self) -> Option<BTreeSet<PathBuf>> {
        let mut paths = BTreeSet::new();
        loop {
            let event = if paths.is_empty() {
                self.events.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                self.events.recv_timeout(QUIET)
            };
            match event {
                Ok(Ok(event)) => paths.extend(self.interesting(event)),
                // The system lost count of what happened: everything may have changed.
                Ok(Err(_)) => {
                    paths.insert(PathBuf::new());
                }
                Err(RecvTimeoutError::Timeout) => return Some(paths),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    fn interesting(&self, event: Event) -> Vec<PathBuf> {
        if matches!(event.kind, EventKind::Access(_)) {
            return Vec::new();
        }
        event.paths.into_iter().filter(|p| !self.ignored.iter().any(|i| p.starts_with(i)) && !is_scratch(p)).collect()
    }
}

/// Files that editors keep beside the one that is edited.
fn is_scratch(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.starts_with('.') || name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".tmp") || name == "4913"
}
