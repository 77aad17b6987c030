//! One import from beginning to end: read, choose, lay out, convert, write, account for everything.
//!
//! Resumable (a journal announces every write), repeatable (a ledger knows what was written), and never overwriting what people wrote. Talks to
//! whoever started it through [`Listener`]; prints nothing.

mod assess;
mod convert;
mod files;
mod packs;
mod pages;
mod prepare;
mod replay;
mod report;
mod tidy;

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::disk;

use super::journal::Journal;
use super::ledger::{Entries, ExportEntry, Ledger, LedgerError, PageEntry, PageState, State, hash, hash_file, short};
use super::links::Links;
use super::losses::{Loss, Outcome as Lost};
use super::notice::{Level, Notice, plural};

pub use super::listener::{Listener, Silent};
pub use assess::{Assessment, Person, assess};
pub use prepare::{LeftOut, Prepared, prepare};
pub use replay::{ReplayError, Replayed};
pub use report::MacroRow;

/// What to import, and where to.
pub struct Request<'a> {
    /// Exports: zips, folders, files.
    pub exports: Vec<PathBuf>,
    /// The repository's root.
    pub into: PathBuf,
    /// The content folder in it.
    pub content: String,
    /// Name of the import; from the first export if `None`.
    pub name: Option<String>,
    /// Today, `YYYY-MM-DD`.
    pub day: String,
    /// Say what would be done; write nothing.
    pub dry_run: bool,
    /// Keep pages whose text looks like a secret.
    pub allow_secrets: bool,
    /// Read earlier versions of pages too.
    pub history: bool,
    /// What was said while a wiki was read live, and which of its pages could not be read.
    pub fetched: Option<super::live::Fetched>,
    /// Roles of `roles.yaml`, and who holds them.
    pub roles: Vec<super::people::Role>,
    /// Set from outside to stop after the page in hand.
    pub stop: &'a AtomicBool,
}

impl Request<'_> {
    /// The import's name.
    pub fn name(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => self.exports.first().map_or("import".to_owned(), |p| super::sniff::name_for(p)),
        }
    }

    fn imports(&self) -> PathBuf {
        self.into.join(".stepwright").join("imports")
    }

    /// The ledger's file.
    pub fn ledger_path(&self) -> PathBuf {
        self.imports().join(format!("{}.yaml", self.name()))
    }

    /// The plan's file.
    pub fn plan_path(&self) -> PathBuf {
        self.imports().join(format!("{}.plan.yaml", self.name()))
    }

    /// The table of macros and of what was decided about them.
    pub fn macros_path(&self) -> PathBuf {
        self.imports().join(format!("{}.macros.csv", self.name()))
    }

    fn cache(&self) -> PathBuf {
        self.into.join(".stepwright").join("cache").join("imports")
    }

    /// `path` below the content folder, relative to the root.
    fn in_content(&self, path: &str) -> String {
        if self.content.is_empty() { path.to_owned() } else { format!("{}/{path}", self.content) }
    }
}

/// How an import ended.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The import's name.
    pub name: String,
    /// State.
    pub state: State,
    /// Pages by what became of them.
    pub done: u64,
    /// Pages in the export that were to be imported.
    pub total: u64,
    /// Pages left out on purpose.
    pub skipped: u64,
    /// Pages that failed.
    pub failed: u64,
    /// Pages changed on both sides.
    pub conflicts: u64,
    /// Pages no longer in the wiki.
    pub gone: u64,
    /// Pages merged with what people wrote.
    pub merged: u64,
    /// Files whose content changed on disk.
    pub written: u64,
    /// Attachments there are now.
    pub files: u64,
    /// Attachments held back because they look as if they held secrets.
    pub held: u64,
    /// Attachments named and not in the export.
    pub files_missing: u64,
    /// What was lost, per element.
    pub macros: Vec<MacroRow>,
    /// Macros nobody decided about, of those that lose something.
    pub undecided: u64,
    /// Losses that are not translations.
    pub losses: u64,
    /// Errors, warnings, remarks.
    pub notices: Vec<Notice>,
    /// The wiki's history, where it was asked for.
    pub replayed: Option<Replayed>,
}

/// The import could not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No export can be opened.
    #[error("no export can be read")]
    Exports(Vec<Notice>),
    /// Something must be decided first.
    #[error("conflicts stop the import until the plan answers them")]
    Blocked(Box<Prepared>),
    /// The ledger is damaged.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The plan is wrong.
    #[error("the plan cannot be used")]
    Plan(Vec<Notice>),
    /// The files are there, the history is not.
    #[error("the history of the pages cannot be committed")]
    Replay(#[from] ReplayError),
    /// The system refuses.
    #[error("{path} cannot be written")]
    Write {
        /// The file.
        path: String,
        /// The reason.
        #[source]
        source: io::Error,
    },
}

fn write_error(path: &Path, source: io::Error) -> RunError {
    RunError::Write { path: path.display().to_string(), source }
}

/// Runs an import.
pub fn run(request: &Request<'_>, listener: &dyn Listener) -> Result<Outcome, RunError> {
    if request.history && !request.dry_run {
        replay::possible(&request.into)?;
    }
    tidy::settle(request)?;
    let prepared = prepare(request, listener)?;
    if prepared.notices().any(|n| n.blocks) {
        return Err(RunError::Blocked(Box::new(prepared)));
    }
    let links = prepared.links(request);
    let mut outcome = Run::new(request, &prepared, listener)?.go(&links)?;
    if request.history && !request.dry_run && outcome.state != State::Stopped {
        match replay::replay(request, &prepared, &links, listener) {
            Ok(replayed) => outcome.replayed = Some(replayed),
            Err(ReplayError::Stopped) => outcome.state = State::Stopped,
            Err(ReplayError::Ledger(error)) => return Err(error.into()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(outcome)
}

/// A run in hand.
struct Run<'a> {
    request: &'a Request<'a>,
    prepared: &'a Prepared,
    listener: &'a dyn Listener,
    journal: Option<Journal>,
    ledger: Ledger,
    outcome: Outcome,
    report: report::Report,
    temporary: PathBuf,
    /// Files that go when everything new is on disk, relative to the root.
    discarded: BTreeSet<String>,
    /// What stood at the old place of a page whose place another page takes: text and base.
    aside: HashMap<usize, (Vec<u8>, String)>,
    /// What [`Run::placed`] gives.
    placed: OnceCell<HashSet<u64>>,
}

impl<'a> Run<'a> {
    fn new(request: &'a Request<'a>, prepared: &'a Prepared, listener: &'a dyn Listener) -> Result<Self, RunError> {
        let mut out = Self {
            request,
            prepared,
            listener,
            journal: None,
            ledger: Ledger::default(),
            outcome: Outcome { name: request.name(), notices: prepared.notices().cloned().collect(), ..Outcome::default() },
            report: report::Report::new(&prepared.package.store),
            temporary: request.cache().join("tmp"),
            discarded: BTreeSet::new(),
            aside: HashMap::new(),
            placed: OnceCell::new(),
        };
        out.ledger.version = 1;
        out.ledger.formats.clone_from(&prepared.package.formats);
        out.ledger.formats.sort();
        out.ledger.formats.dedup();
        out.ledger.exports = prepared
            .package
            .exports
            .iter()
            .map(|e| ExportEntry {
                file: e.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                made: prepared.package.made.clone(),
            })
            .collect();
        out.ledger.spaces.clone_from(&prepared.folders);
        if !request.dry_run {
            out.begin()?;
        }
        Ok(out)
    }

    fn stopped(&self) -> bool {
        self.request.stop.load(Ordering::Relaxed)
    }

    fn go(mut self, links: &Links<'_>) -> Result<Outcome, RunError> {
        let chosen: Vec<usize> = (0..self.prepared.package.pages.len()).filter(|at| self.prepared.take[*at]).collect();
        self.outcome.total = chosen.len() as u64;
        let mut new = Entries::beside(&self.prepared.package.store);
        self.leave_out(&mut new)?;
        self.put_aside(&chosen)?;
        self.pages(&chosen, links, &mut new)?;
        if !self.stopped() {
            self.gone(&mut new)?;
        }
        // What was not reached stays as it was known.
        for known in self.prepared.ledger.pages.iter() {
            let (key, entry) = known?;
            if !new.contains(key) {
                new.insert(key, &entry)?;
            }
        }
        self.ledger.pages = new;
        self.finish()
    }

    fn leave_out(&mut self, new: &mut Entries) -> Result<(), RunError> {
        let mut still_here = Vec::new();
        for (at, why) in &self.prepared.left_out {
            let page = &self.prepared.package.pages[*at];
            self.outcome.skipped += 1;
            let key = &self.prepared.keys[*at];
            // What an earlier import wrote of it stays known, and is not for this one to take away.
            let earlier = self.prepared.ledger.pages.get(key)?.filter(|e| !e.path.is_empty());
            let here = earlier.as_ref().filter(|e| self.request.into.join(&e.path).is_file());
            if let Some(here) = here.filter(|_| matches!(why, LeftOut::Restricted | LeftOut::BelowRestricted)) {
                still_here.push(here.path.clone());
            }
            let title = page.title.clone();
            let entry = PageEntry { title, state: PageState::Skipped, why: Some(why.why().to_owned()), ..earlier.unwrap_or_default() };
            new.insert(key, &entry)?;
            // What people chose themselves is no loss.
            if !matches!(why, LeftOut::Plan | LeftOut::DeletedHere) {
                let loss = Loss {
                    element: "page".into(),
                    place: String::new(),
                    detail: format!("left out: {}", why.why()),
                    outcome: Lost::Dropped,
                };
                self.report.add(*at, page, "", &[loss]).map_err(|e| self.no_report(e))?;
            }
        }
        if let Some(first) = still_here.first() {
            let pages = plural(still_here.len() as u64, "page");
            self.outcome.notices.push(
                Notice::warning(format!(
                    "{pages} imported earlier may be seen only by some people in the wiki now, and {} still here",
                    if still_here.len() == 1 { "is" } else { "are" }
                ))
                .why(format!("first {first}"))
                .next("delete the files here if that is meant; what was committed stays in git's history"),
            );
        }
        for beside in &self.prepared.package.beside {
            self.report.add_beside(beside).map_err(|e| self.no_report(e))?;
        }
        Ok(())
    }

    fn no_report(&self, source: io::Error) -> RunError {
        write_error(&self.csv_path(), source)
    }

    fn csv_path(&self) -> PathBuf {
        self.request.imports().join(format!("{}.losses.csv", self.outcome.name))
    }

    /// Pages the ledger knows and the export no longer holds.
    fn gone(&mut self, new: &mut Entries) -> Result<(), RunError> {
        let mut gone = Vec::new();
        for known in self.prepared.ledger.pages.iter() {
            let (key, mut entry) = known?;
            if new.contains(key) {
                continue;
            }
            if entry.path.is_empty() || !self.request.into.join(&entry.path).exists() {
                continue;
            }
            // In the wiki, and only not read this time.
            if self.request.fetched.as_ref().is_some_and(|f| f.unread.contains(key)) {
                continue;
            }
            if entry.state != PageState::Gone {
                entry.state = PageState::Gone;
                entry.why = Some("no longer in the export".to_owned());
            }
            self.outcome.gone += 1;
            gone.push(format!("{} ({})", entry.path, entry.title));
            new.insert(key, &entry)?;
        }
        if let Some(first) = gone.first() {
            let others = if gone.len() > 1 { format!(" and {}", plural(gone.len() as u64 - 1, "other")) } else { String::new() };
            self.outcome.notices.push(
                Notice::warning(format!("{} no longer in the export, left as they are", plural(gone.len() as u64, "page")))
                    .why(format!("{first}{others}; deleted, moved to another space, or restricted since"))
                    .next("delete the files if the pages are really gone"),
            );
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Outcome, RunError> {
        let stopped = self.stopped();
        let package = &self.prepared.package;
        let bad_export = self.outcome.notices.iter().any(|n| n.level == Level::Error);
        self.outcome.state = if stopped {
            State::Stopped
        } else if self.outcome.total == 0 && package.pages.is_empty() {
            State::Failed
        } else if self.outcome.failed > 0 || self.outcome.conflicts > 0 || bad_export {
            State::Incomplete
        } else {
            State::Finished
        };
        self.ledger.state = self.outcome.state;
        self.outcome.macros = self.report.rows();
        self.outcome.losses = self.report.lost();
        let found = self.report.macros();
        self.outcome.undecided = assess::undecided(&self.prepared.decisions, &found);
        self.outcome.notices.extend(assess::needed(&self.prepared.decisions, &found));
        if self.request.dry_run {
            return Ok(self.outcome);
        }
        if !stopped {
            let csv = self.csv_path();
            self.replace_by(&csv, |out| self.report.csv(out)).map_err(|e| write_error(&csv, e))?;
            let decisions = &self.prepared.decisions;
            let table = self.request.macros_path();
            let text = decisions.csv(&found).map_err(|e| write_error(&table, e))?;
            self.replace(&table, &text).map_err(|e| write_error(&table, e))?;
            let md = table.with_extension("md");
            self.replace(&md, decisions.markdown(&self.outcome.name, &found).as_bytes()).map_err(|e| write_error(&md, e))?;
            let md = self.request.imports().join(format!("{}.losses.md", self.outcome.name));
            self.replace(&md, self.report.markdown(&self.outcome.name).as_bytes()).map_err(|e| write_error(&md, e))?;
        }
        // The day alone is no change: the same export twice gives the same ledger.
        self.ledger.changed.clone_from(&self.prepared.ledger.changed);
        if !self.ledger.same(&self.prepared.ledger)? {
            self.ledger.changed.clone_from(&self.request.day);
        }
        self.end(stopped)
    }

    /// Writes a file whose name must always hold a whole file, announced first.
    fn put(&mut self, relative: &str, bytes: &[u8]) -> Result<(), RunError> {
        self.announced(relative, bytes, &[])
    }

    /// The same for a page, announced together with the base that is written after it.
    fn put_with(&mut self, relative: &str, bytes: &[u8], base: &str, base_hash: &str) -> Result<(), RunError> {
        self.announced(relative, bytes, &[(base, base_hash)])
    }

    fn announced(&mut self, relative: &str, bytes: &[u8], with: &[(&str, &str)]) -> Result<(), RunError> {
        if self.request.dry_run {
            return Ok(());
        }
        let path = self.request.into.join(relative);
        let announced = hash(bytes);
        if let Some(journal) = &mut self.journal {
            let all = [(relative, announced.as_str())].into_iter().chain(with.iter().copied());
            journal.announce(all).map_err(|e| write_error(&path, e))?;
        }
        let changed = self.replace(&path, bytes).map_err(|e| write_error(&path, e))?;
        self.outcome.written += u64::from(changed);
        Ok(())
    }

    /// Writes beside (in the cache, on the same disk) and renames.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<bool> {
        if std::fs::read(path).is_ok_and(|old| old == bytes) {
            return Ok(false);
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = disk::temporary(&self.temporary)?;
        io::Write::write_all(&mut file, bytes)?;
        file.persist(path).map_err(|e| e.error)?;
        Ok(true)
    }

    /// The same for what is too large for memory.
    fn replace_by(&self, path: &Path, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
        let beside = self.beside(path, write)?;
        beside.put(path)
    }

    /// Writes beside; what is at hand then has a hash, and may be put in its place.
    fn beside(&self, path: &Path, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<Beside> {
        let mut out = Hashed { inner: io::BufWriter::new(disk::temporary(&self.temporary)?), hasher: blake3::Hasher::new() };
        write(&mut out)?;
        let file = out.inner.into_inner().map_err(io::IntoInnerError::into_error)?;
        let hash = short(&out.hasher.finalize());
        let same = hash_file(path).is_ok_and(|old| old == hash);
        Ok(Beside { file: (!same).then_some(file), hash })
    }

    fn lose(&mut self, at: usize, losses: &[Loss]) -> Result<(), RunError> {
        let page = &self.prepared.package.pages[at];
        self.report.add(at, page, &self.request.in_content(&self.prepared.layout.pages[at]), losses).map_err(|e| self.no_report(e))
    }
}

/// A file written beside its place.
struct Beside {
    /// `None` when what stands in its place is the same.
    file: Option<tempfile::NamedTempFile>,
    hash: String,
}

impl Beside {
    fn put(self, path: &Path) -> io::Result<()> {
        let Some(file) = self.file else { return Ok(()) };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        file.persist(path).map(|_| ()).map_err(|e| e.error)
    }
}

/// Hashes what is written through it.
struct Hashed<W> {
    inner: W,
    hasher: blake3::Hasher,
}

impl<W: io::Write> io::Write for Hashed<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buf)?;
        self.hasher.update(&buf[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(folder: &Path, body: &str) {
        let text = format!(
            "<hibernate-generic><object class=\"Space\"><id name=\"id\">7</id><property name=\"key\">OPS</property></object>\
             <object class=\"BodyContent\"><id name=\"id\">51</id><property name=\"body\"><![CDATA[{body}]]></property><property name=\"content\" class=\"Page\"><id name=\"id\">1</id></property><property name=\"bodyType\">2</property></object>\
             <object class=\"Page\"><id name=\"id\">1</id><property name=\"title\">Backups</property><property name=\"space\" class=\"Space\"><id name=\"id\">7</id></property><property name=\"version\">1</property><property name=\"contentStatus\">current</property></object>\
             </hibernate-generic>"
        );
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("entities.xml"), text).unwrap();
    }

    /// Every file but those of the cache.
    fn files(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let all = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().map(|f| f.unwrap().into_path());
        let ours = all.filter(|path| path.is_file() && !path.starts_with(root.join(".stepwright/cache")));
        ours.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    }

    #[test]
    fn a_ledger_that_cannot_be_read_back_ends_the_run_with_everything_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let stop = AtomicBool::new(false);
        let request = Request {
            exports: vec![home.path().join("wiki")],
            into: home.path().join("docs"),
            content: "content".into(),
            name: Some("w".into()),
            day: "2026-11-22".into(),
            dry_run: false,
            allow_secrets: false,
            history: false,
            fetched: None,
            roles: Vec::new(),
            stop: &stop,
        };
        export(&request.exports[0], "<p>Copies are made at night.</p>");
        assert_eq!(run(&request, &Silent).unwrap().state, State::Finished);
        let before = files(&request.into);
        export(&request.exports[0], "<p>Copies are made at noon.</p>");
        let mut prepared = prepare(&request, &Silent).unwrap();
        prepared.ledger.pages = std::mem::take(&mut prepared.ledger.pages).damaged();
        // Whether it is met when the run begins, or when the first page is looked up in it.
        assert!(Run::new(&request, &prepared, &Silent).is_err());
        let dry = Request { dry_run: true, ..request };
        let links = prepared.links(&dry);
        let told = Run::new(&dry, &prepared, &Silent).unwrap().go(&links).unwrap_err();
        assert!(matches!(told, RunError::Ledger(_)), "{told}");
        assert!(files(&dry.into) == before, "something was written");
        let again = Request { dry_run: false, ..dry };
        assert_eq!(run(&again, &Silent).unwrap().state, State::Finished);
        let text = std::fs::read_to_string(again.into.join("content/ops/backups.md")).unwrap();
        assert!(text.contains("at noon"), "{text}");
    }
}
