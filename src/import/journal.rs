//! The journal of a run: says before each write what will be written, so that a killed run leaves nothing that could be taken for somebody's work, and
//! after the last one what is left to take away.
//!
//! A run only adds and replaces. What stood at old places goes at its very end, once the new ledger is on disk: until then everything the next run needs to
//! decide the same way is still there. Beside the journal lies the ledger as it was before the run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::ledger::hash;

/// A file to be taken away, if it still is what it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Removal {
    /// Relative to the repository's root.
    pub path: String,
    /// Hash of its bytes.
    pub hash: String,
}

/// What a run that came to its end had left to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Ending {
    /// Hash of the new ledger.
    ledger: String,
    removals: Vec<Removal>,
}

/// See the module.
pub struct Journal {
    path: PathBuf,
    file: Option<File>,
    earlier: BTreeMap<String, Vec<String>>,
    ending: Option<Ending>,
}

impl Journal {
    /// Opens the journal at `path`, with what an interrupted run left in it.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut file = File::options().create(true).append(true).open(&path)?;
        // A last line without its end was cut by a kill; what it announced was never written.
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        let (earlier, ending) = parse(&text);
        Ok(Self { path, file: Some(file), earlier, ending })
    }

    /// Whether an interrupted run announced exactly that file.
    pub fn announced(&self, path: &str, hash: &str) -> bool {
        self.earlier.get(path).is_some_and(|h| h.iter().any(|h| h == hash))
    }

    /// Announces files, all or none.
    pub fn announce<'a>(&mut self, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> io::Result<()> {
        let text: String = files.into_iter().map(|(path, hash)| format!("{hash} {path}\n")).collect();
        self.append(&text)
    }

    /// All files are written. Once the ledger with that hash is on disk, `removals` are due.
    pub fn end(&mut self, ledger: &str, removals: &[Removal]) -> io::Result<()> {
        let mut text: String = removals.iter().map(|r| format!("- {} {}\n", r.hash, r.path)).collect();
        text.push_str(&format!(". {ledger}\n"));
        self.append(&text)?;
        self.ending = Some(Ending { ledger: ledger.to_owned(), removals: removals.to_vec() });
        Ok(())
    }

    /// What is due, if the ledger on disk is the one that the run ended with.
    pub fn due(&self, ledger: &Path) -> Option<&[Removal]> {
        let ending = self.ending.as_ref()?;
        let there = std::fs::read(ledger).is_ok_and(|bytes| hash(&bytes) == ending.ledger);
        there.then_some(ending.removals.as_slice())
    }

    /// The run came to its end.
    pub fn close(mut self) -> io::Result<()> {
        self.file = None;
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn append(&mut self, text: &str) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(text.as_bytes()),
            None => Ok(()),
        }
    }
}

fn parse(text: &str) -> (BTreeMap<String, Vec<String>>, Option<Ending>) {
    let mut earlier: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut removals = Vec::new();
    let mut ending = None;
    for line in text.split_inclusive('\n').filter_map(|l| l.strip_suffix('\n')) {
        match line.split_once(' ') {
            Some((".", ledger)) => ending = Some(Ending { ledger: ledger.to_owned(), removals: std::mem::take(&mut removals) }),
            Some(("-", rest)) => {
                removals.extend(rest.split_once(' ').map(|(hash, path)| Removal { path: path.to_owned(), hash: hash.to_owned() }));
            }
            Some((hash, path)) => earlier.entry(path.to_owned()).or_default().push(hash.to_owned()),
            None => {}
        }
    }
    (earlier, ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_what_was_announced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x/j");
        Journal::open(path.clone()).unwrap().announce([("a b.md", "h1"), ("c.md", "h2")]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 2]).unwrap();
        let again = Journal::open(path.clone()).unwrap();
        assert!(again.announced("a b.md", "h1") && !again.announced("c.md", "h2"));
        again.close().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn removals_are_due_only_under_the_ledger_they_belong_to() {
        let dir = tempfile::tempdir().unwrap();
        let (path, ledger) = (dir.path().join("j"), dir.path().join("l.yaml"));
        let removal = Removal { path: "content/old name.md".into(), hash: "h".into() };
        Journal::open(path.clone()).unwrap().end(&hash(b"new"), std::slice::from_ref(&removal)).unwrap();
        std::fs::write(&ledger, "old").unwrap();
        assert_eq!(Journal::open(path.clone()).unwrap().due(&ledger), None);
        std::fs::write(&ledger, "new").unwrap();
        assert_eq!(Journal::open(path).unwrap().due(&ledger), Some([removal].as_slice()));
    }
}
