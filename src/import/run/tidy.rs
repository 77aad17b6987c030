//! The beginning and the end of a run: the state before it is put aside, what stood at old places goes when everything new is on disk.
//!
//! A run killed in between decides the same way again: old files and the old ledger are still there.

use super::{Request, Run, RunError, write_error};
use crate::import::journal::{Journal, Removal};
use crate::import::ledger::{Ledger, LedgerError, hash_file};

impl Request<'_> {
    pub(super) fn journal_path(&self) -> std::path::PathBuf {
        self.cache().join(format!("{}.journal", self.name()))
    }

    /// The ledger as it was before a run that did not come to its end.
    fn before_path(&self) -> std::path::PathBuf {
        self.cache().join(format!("{}.before.yaml", self.name()))
    }

    /// Files put aside because another page takes their place.
    pub(super) fn aside(&self) -> std::path::PathBuf {
        self.cache().join(format!("{}.aside", self.name()))
    }

    fn temporary(&self) -> std::path::PathBuf {
        self.cache().join("tmp")
    }

    /// The ledger to go by: what the last run that came to its end left.
    pub(super) fn ledger(&self) -> Result<Ledger, RunError> {
        let before = self.before_path();
        let path = if self.journal_path().exists() && before.exists() { before } else { self.ledger_path() };
        Ok(Ledger::read(&path)?.unwrap_or_default())
    }
}

/// Finishes what a run that was killed at its very end left to do.
pub(super) fn settle(request: &Request<'_>) -> Result<(), RunError> {
    let path = request.journal_path();
    if request.dry_run || !path.exists() {
        return Ok(());
    }
    let journal = Journal::open(path.clone()).map_err(|e| write_error(&path, e))?;
    if let Some(removals) = journal.due(&request.ledger_path()).map(<[Removal]>::to_vec) {
        take_away(request, &removals);
        leave(request, journal);
    }
    Ok(())
}

fn take_away(request: &Request<'_>, removals: &[Removal]) {
    for removal in removals {
        let path = request.into.join(&removal.path);
        if hash_file(&path).is_ok_and(|hash| hash == removal.hash) {
            remove(request, &removal.path);
        }
    }
}

/// Removes a file of ours and the folders it leaves empty.
fn remove(request: &Request<'_>, relative: &str) {
    let path = request.into.join(relative);
    if std::fs::remove_file(&path).is_err() {
        return;
    }
    let mut folder = path.parent();
    while let Some(dir) = folder.filter(|d| *d != request.into && std::fs::remove_dir(d).is_ok()) {
        folder = dir.parent();
    }
}

/// Clears the cache of this import; the journal goes last but one, as it says whether the rest counts.
fn leave(request: &Request<'_>, journal: Journal) {
    let _ = std::fs::remove_dir_all(request.temporary());
    let _ = std::fs::remove_dir_all(request.aside());
    let _ = journal.close();
    let _ = std::fs::remove_file(request.before_path());
    // Empty folders of the cache are nobody's business.
    let _ = std::fs::remove_dir(request.cache());
    let _ = std::fs::remove_dir(request.into.join(".stepwright").join("cache"));
}

impl Run<'_> {
    /// Makes folders, opens the journal, and leaves word that an import runs.
    pub(super) fn begin(&mut self) -> Result<(), RunError> {
        let request = self.request;
        let _ = std::fs::remove_dir_all(&self.temporary);
        std::fs::create_dir_all(&self.temporary).map_err(|e| write_error(&self.temporary, e))?;
        let ignore = request.into.join(".stepwright").join(".gitignore");
        if !ignore.exists() {
            self.replace(&ignore, b"cache/\n").map_err(|e| write_error(&ignore, e))?;
        }
        let path = request.journal_path();
        if !path.exists() {
            let before = request.before_path();
            let text = std::fs::read(request.ledger_path()).ok();
            let kept = match &text {
                Some(text) => self.replace(&before, text).map(|_| ()),
                None => self.replace_by(&before, |out| Ledger::default().write(out)),
            };
            kept.map_err(|e| write_error(&before, e))?;
            let _ = std::fs::remove_dir_all(request.aside());
        }
        self.journal = Some(Journal::open(path.clone()).map_err(|e| write_error(&path, e))?);
        let path = request.ledger_path();
        self.replace_by(&path, |out| self.prepared.ledger.write_running(&request.day, out)).map_err(|e| write_error(&path, e))?;
        Ok(())
    }

    /// Says that a file of ours goes when everything new is on disk.
    pub(super) fn discard(&mut self, relative: &str) {
        self.discarded.insert(relative.to_owned());
    }

    /// Writes the ledger; a run that was not stopped then takes away what is no longer needed.
    pub(super) fn end(mut self, stopped: bool) -> Result<super::Outcome, RunError> {
        let path = self.request.ledger_path();
        let new = self.beside(&path, |out| self.ledger.write(out)).map_err(|e| write_error(&path, e))?;
        let removals = if stopped { Vec::new() } else { self.removals()? };
        if !stopped && let Some(journal) = &mut self.journal {
            journal.end(&new.hash, &removals).map_err(|e| write_error(&path, e))?;
        }
        new.put(&path).map_err(|e| write_error(&path, e))?;
        if stopped {
            let _ = std::fs::remove_dir_all(&self.temporary);
        } else if let Some(journal) = self.journal.take() {
            take_away(self.request, &removals);
            leave(self.request, journal);
        }
        Ok(self.outcome)
    }

    /// What was discarded and is no page's or file's place now.
    fn removals(&self) -> Result<Vec<Removal>, LedgerError> {
        if self.discarded.is_empty() {
            return Ok(Vec::new());
        }
        let base = format!(".stepwright/imports/{}/base/", self.outcome.name);
        let mut due = self.discarded.clone();
        for page in self.ledger.pages.iter() {
            let (_, entry) = page?;
            for path in entry.files.iter().map(|f| &f.path).chain([&entry.path]) {
                due.remove(path);
                due.remove(&format!("{base}{path}"));
            }
        }
        Ok(due.into_iter().filter_map(|path| Some(Removal { hash: hash_file(&self.request.into.join(&path)).ok()?, path })).collect())
    }
}
