//! Copying attachments: streamed, never held in memory, and never over a file that people changed.

use std::collections::HashSet;
use std::io::{self, Read, Write};

use super::{Run, RunError, write_error};
use crate::import::ledger::{FileEntry, LedgerError, PageEntry, digest, hash_file, short};
use crate::import::losses::{Loss, Outcome as Lost};
use crate::import::notice::Notice;
use crate::import::package::Attachment;
use crate::text::secrets;

/// Bytes of the largest file that is looked at for secrets.
const SECRETS_IN: usize = 512 << 10;

impl Run<'_> {
    /// Copies the attachments of page `at` beside it.
    pub(super) fn files(&mut self, at: usize, earlier: Option<&PageEntry>, entry: &mut PageEntry) -> Result<(), RunError> {
        let page = &self.prepared.package.pages[at];
        let mut lost = Vec::new();
        for (i, attachment) in page.attachments.iter().enumerate() {
            let path = self.request.in_content(&self.prepared.layout.files[at][i]);
            if !attachment.is_here() {
                self.outcome.files_missing += 1;
                continue;
            }
            let before = earlier.and_then(|e| e.files.iter().find(|f| f.name == *attachment.name && f.path == path));
            match self.copy(at, attachment, &path, before.map(|f| f.hash.as_str())) {
                Ok(Copied::Whole(hash)) => {
                    self.outcome.files += 1;
                    entry.files.push(FileEntry { name: attachment.name.to_string(), path, hash });
                }
                Ok(Copied::KeptTheirs) => {
                    self.outcome.notices.push(
                        Notice::warning(format!("{path} is left as it is: people wrote or changed it"))
                            .why(format!("\"{}\" has a file of that name", page.title))
                            .next("rename the file here, then run the same command"),
                    );
                    lost.push(Loss {
                        element: "attachment".into(),
                        place: String::new(),
                        detail: attachment.name.to_string(),
                        outcome: Lost::Dropped,
                    });
                    entry.files.extend(before.cloned());
                }
                Err(CopyError::Read(why)) => {
                    self.outcome.files_missing += 1;
                    self.outcome.notices.push(
                        Notice::error(format!("{path} not written: the attachment of \"{}\" cannot be read", page.title))
                            .why(why)
                            .next("fetch the file from the wiki and put it there"),
                    );
                    lost.push(Loss {
                        element: "attachment".into(),
                        place: String::new(),
                        detail: attachment.name.to_string(),
                        outcome: Lost::Dropped,
                    });
                }
                Err(CopyError::Secret(found)) => {
                    self.outcome.held += 1;
                    let why = found.join("; ");
                    self.outcome.notices.push(
                        Notice::error(format!("{path} held back: it holds what looks like a secret"))
                            .why(why.clone())
                            .next("revoke what it opens; if it opens nothing, set `secrets: allow` for its page in the plan"),
                    );
                    lost.push(Loss {
                        element: "attachment".into(),
                        place: String::new(),
                        detail: format!("{}: {why}", attachment.name),
                        outcome: Lost::Dropped,
                    });
                }
                Err(CopyError::Ledger(error)) => return Err(error.into()),
                Err(CopyError::Write(source)) => return Err(write_error(&self.request.into.join(&path), source)),
            }
        }
        entry.files.shrink_to_fit();
        self.discard_old_files(earlier, entry);
        if !lost.is_empty() {
            self.lose(at, &lost)?;
        }
        Ok(())
    }

    fn copy(&mut self, at: usize, attachment: &Attachment, path: &str, before: Option<&str>) -> Result<Copied, CopyError> {
        let package = &self.prepared.package;
        let mut target: Option<tempfile::NamedTempFile> =
            if self.request.dry_run { None } else { Some(crate::disk::temporary(&self.temporary).map_err(CopyError::Write)?) };
        let mut hasher = blake3::Hasher::new();
        let mut failed: Option<io::Error> = None;
        // Only small texts are looked at for secrets: keys and settings are no larger.
        let looks = !self.request.allow_secrets && !self.prepared.plan.allows_secrets(&self.prepared.keys[at]);
        let mut head: Vec<u8> = Vec::new();
        let mut copy = |reader: &mut dyn Read| -> io::Result<()> {
            let mut buf = vec![0; 128 << 10];
            loop {
                let n = reader.read(&mut buf)?;
                if n == 0 {
                    return Ok(());
                }
                hasher.update(&buf[..n]);
                if looks && head.len() <= SECRETS_IN {
                    head.extend_from_slice(&buf[..n]);
                }
                if let Some(file) = &mut target
                    && let Err(error) = file.write_all(&buf[..n])
                {
                    failed = Some(error);
                    return Ok(());
                }
            }
        };
        let read = match (&attachment.entry, attachment.stored) {
            (_, Some(stored)) => package.store.get(stored).and_then(|bytes| copy(&mut bytes.as_slice())),
            (Some(name), None) => {
                let archive = &package.exports[package.pages[at].export];
                match archive.find(name) {
                    Some(entry) => archive.read(entry, |reader| copy(reader)),
                    None => Err(io::Error::new(io::ErrorKind::NotFound, "it is not in the export")),
                }
            }
            (None, None) => Err(io::Error::new(io::ErrorKind::NotFound, "it is not in the export")),
        };
        if let Some(error) = failed {
            return Err(CopyError::Write(error));
        }
        read.map_err(|e| CopyError::Read(e.to_string()))?;
        if head.len() <= SECRETS_IN
            && !head.contains(&0)
            && let Ok(text) = std::str::from_utf8(&head)
        {
            let found = secrets::find(text);
            if !found.is_empty() {
                return Err(CopyError::Secret(found.iter().take(5).map(|s| s.shown(text)).collect()));
            }
        }
        let new = short(&hasher.finalize());
        let disk = self.request.into.join(path);
        if let Ok(there) = hash_file(&disk) {
            if there == new {
                return Ok(Copied::Whole(new));
            }
            // A page that moved may leave its files where another page's go now.
            let announced = |there: &str| self.journal.as_ref().is_some_and(|j| j.announced(path, there));
            let ours = before == Some(there.as_str()) || announced(&there) || self.placed()?.contains(&digest(&[path, &there]));
            if !ours {
                return Ok(Copied::KeptTheirs);
            }
        }
        if let Some(file) = target {
            if let Some(journal) = &mut self.journal {
                journal.announce([(path, new.as_str())]).map_err(CopyError::Write)?;
            }
            if let Some(folder) = disk.parent() {
                std::fs::create_dir_all(folder).map_err(CopyError::Write)?;
            }
            file.persist(&disk).map_err(|e| CopyError::Write(e.error))?;
            self.outcome.written += 1;
        }
        Ok(Copied::Whole(new))
    }

    /// Digests of path and hash of every file that earlier imports wrote: the ledger is read through once, and only if somebody asks.
    fn placed(&self) -> Result<&HashSet<u64>, LedgerError> {
        if let Some(known) = self.placed.get() {
            return Ok(known);
        }
        let mut placed = HashSet::new();
        for page in self.prepared.ledger.pages.iter() {
            placed.extend(page?.1.files.iter().map(|f| digest(&[&f.path, &f.hash])));
        }
        Ok(self.placed.get_or_init(|| placed))
    }

    /// Files of an earlier import that the page no longer has, or has elsewhere: removed if nobody changed them.
    fn discard_old_files(&mut self, earlier: Option<&PageEntry>, entry: &PageEntry) {
        for old in earlier.map(|e| e.files.as_slice()).unwrap_or_default() {
            let still = entry.files.iter().any(|f| f.path == old.path);
            if !still && hash_file(&self.request.into.join(&old.path)).is_ok_and(|h| h == old.hash) {
                self.discard(&old.path);
            }
        }
    }
}

enum Copied {
    /// There, with this hash.
    Whole(String),
    /// Somebody else's file has the name.
    KeptTheirs,
}

enum CopyError {
    /// It holds what looks like secrets: what, where, masked.
    Secret(Vec<String>),
    Read(String),
    Write(io::Error),
    Ledger(LedgerError),
}

impl From<LedgerError> for CopyError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}
