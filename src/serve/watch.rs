//! Waits for changes of files: gathers what editors do in one save (a temporary file, a rename, a delete) into one list of paths.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// How long nothing must happen before a save counts as over.
const QUIET: Duration = Duration::from_millis(12);

/// Watches folders and files until dropped.
#[derive(Debug)]
pub struct Watch {
    events: Receiver<notify::Result<Event>>,
    ignored: Vec<PathBuf>,
    asked: Asked,
}

/// What is watched; whoever builds adds the files that a build turned out to need.
#[derive(Debug, Clone)]
pub struct Asked(Arc<Mutex<Watched>>);

#[derive(Debug)]
struct Watched {
    /// Folders watched with all that is in them.
    folders: BTreeSet<PathBuf>,
    /// Single files, and folders that are not there yet. The folder around each is watched, because a file that an editor replaces is another file.
    single: BTreeSet<PathBuf>,
    watcher: RecommendedWatcher,
}

impl Asked {
    /// Watches one more folder or file.
    pub fn add(&self, path: &Path) -> notify::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(path)
    }
}

impl Watch {
    /// Watches everything below `paths` but not below `ignored`. Paths that do not exist are noticed when they appear, if the folder around them is
    /// there.
    pub fn new(paths: &[PathBuf], ignored: Vec<PathBuf>) -> notify::Result<Self> {
        let (send, events) = channel();
        let watcher = notify::recommended_watcher(move |event| {
            let _ = send.send(event);
        })?;
        let mut watched = Watched { folders: BTreeSet::new(), single: BTreeSet::new(), watcher };
        paths.iter().try_for_each(|path| watched.add(path))?;
        Ok(Self { events, ignored, asked: Asked(Arc::new(Mutex::new(watched))) })
    }

    /// A way to watch more.
    pub fn asked(&self) -> Asked {
        self.asked.clone()
    }

    /// Blocks until something changed, at most for `patience`; all paths touched in one go, none if nothing was. `None` when the watcher has ended.
    pub fn wait(&self, patience: Duration) -> Option<BTreeSet<PathBuf>> {
        let mut paths = BTreeSet::new();
        let mut until = Instant::now() + patience;
        loop {
            match self.events.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(event) => {
                    let touched = match event {
                        Ok(event) => self.interesting(event),
                        // The system lost count of what happened: everything may have changed.
                        Err(_) => vec![PathBuf::new()],
                    };
                    // Only what counts puts the end off: a build that writes thousands of files below a watched folder holds no save up.
                    if !touched.is_empty() {
                        until = Instant::now() + QUIET;
                    }
                    paths.extend(touched);
                }
                Err(RecvTimeoutError::Timeout) => {
                    let mut watched = self.asked.0.lock().unwrap_or_else(PoisonError::into_inner);
                    let appeared: Vec<PathBuf> = paths.iter().filter(|p| watched.single.contains(*p) && p.is_dir()).cloned().collect();
                    for folder in appeared {
                        watched.single.remove(&folder);
                        // What cannot be watched is built with the next save of something else.
                        let _ = watched.add(&folder);
                    }
                    return Some(paths);
                }
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    fn interesting(&self, event: Event) -> Vec<PathBuf> {
        if matches!(event.kind, EventKind::Access(_)) {
            return Vec::new();
        }
        let watched = self.asked.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = |p: &PathBuf| watched.single.contains(p) || watched.folders.iter().any(|f| p.starts_with(f));
        let noise = |p: &PathBuf| self.ignored.iter().any(|i| p.starts_with(i)) || is_scratch(p);
        event.paths.into_iter().filter(|p| asked(p) && !noise(p)).collect()
    }
}

impl Watched {
    fn add(&mut self, path: &Path) -> notify::Result<()> {
        if self.folders.contains(path) || self.single.contains(path) {
            return Ok(());
        }
        if path.is_dir() {
            self.watcher.watch(path, RecursiveMode::Recursive)?;
            self.folders.insert(path.to_owned());
            return Ok(());
        }
        if let Some(around) = path.parent().filter(|p| p.is_dir() && !self.folders.iter().any(|f| p.starts_with(f))) {
            self.watcher.watch(around, RecursiveMode::NonRecursive)?;
        }
        self.single.insert(path.to_owned());
        Ok(())
    }
}

/// Files that editors keep beside the one that is edited.
fn is_scratch(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.starts_with('.') || name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".tmp") || name == "4913"
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_save_is_told_while_ignored_files_go_on_changing() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("public")).unwrap();
        let watch = Watch::new(std::slice::from_ref(&root), vec![root.join("public")]).unwrap();
        let (told, ended) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let end = Instant::now() + Duration::from_secs(10);
                while !told.load(Ordering::Relaxed) && Instant::now() < end {
                    std::fs::write(root.join("public/x.html"), "x").unwrap();
                }
                ended.store(true, Ordering::Relaxed);
            });
            std::fs::write(root.join("page.md"), "# Page").unwrap();
            let mut paths = BTreeSet::new();
            while paths.is_empty() {
                paths = watch.wait(Duration::from_secs(10)).unwrap();
            }
            assert!(!ended.load(Ordering::Relaxed), "the save came only when nothing else was written any more");
            told.store(true, Ordering::Relaxed);
            assert_eq!(paths, BTreeSet::from([root.join("page.md")]));
        });
    }
}
