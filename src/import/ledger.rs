//! The ledger of an import: what came from where and what was written, committed with the pages, so that the next import knows.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::store::{Store, Stored};

/// State of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// Planned, not begun.
    #[default]
    Ready,
    /// Begun. Found afterwards, it means that the run was killed.
    Running,
    /// All pages are done or were left out on purpose.
    Finished,
    /// Some pages failed.
    Incomplete,
    /// Stopped by a person.
    Stopped,
    /// Nothing could be imported.
    Failed,
}

impl State {
    /// As shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::Running => "RUNNING",
            Self::Finished => "FINISHED",
            Self::Incomplete => "INCOMPLETE",
            Self::Stopped => "STOPPED",
            Self::Failed => "FAILED",
        }
    }
}

/// State of one page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageState {
    /// Not yet.
    #[default]
    Ready,
    /// Written, or already as it should be.
    Done,
    /// Left out on purpose; `why` says which.
    Skipped,
    /// Could not be imported; `why` says why.
    Failed,
    /// Changed in the wiki and here in the same place; the page here was left as it is.
    Conflict,
    /// No longer in the export; the page here was left as it is.
    Gone,
}

/// A file that belongs to a page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FileEntry {
    /// Name in the wiki.
    pub name: String,
    /// Where it was written.
    pub path: String,
    /// Hash of what was written.
    pub hash: String,
}

/// A page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct PageEntry {
    /// Title in the wiki.
    pub title: String,
    /// Parent's key, for telling whether it moved in the wiki.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Where it was written, relative to the repository root.
    pub path: String,
    /// What became of it.
    pub state: PageState,
    /// Why, for anything but done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Version in the wiki.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Hash of what the import made of it (the base of the next merge).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// Files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileEntry>,
    /// Addresses it had here before it was renamed or moved in the wiki.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
}

/// An export that was imported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct ExportEntry {
    /// Its file name.
    pub file: String,
    /// The day it was made, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
}

/// Bytes of entries kept in memory.
const ENTRIES: usize = 8 << 20;

/// Pages by key. There may be very many: what is known of each lies in a store.
pub struct Entries {
    places: BTreeMap<Box<str>, Stored>,
    store: Store,
}

impl Default for Entries {
    fn default() -> Self {
        Self::beside(&Store::default())
    }
}

impl Entries {
    /// None yet; what does not fit into memory goes where `store` puts such things.
    pub(super) fn beside(store: &Store) -> Self {
        Self { places: BTreeMap::new(), store: store.another(ENTRIES) }
    }

    /// Sets what is known of a page.
    pub fn insert(&mut self, key: &str, entry: &PageEntry) -> Result<(), LedgerError> {
        let place = self.store.keep(entry).map_err(|e| self.lost("kept in", e))?;
        match self.places.get_mut(key) {
            Some(slot) => *slot = place,
            None => {
                self.places.insert(key.into(), place);
            }
        }
        Ok(())
    }

    /// What is known of a page.
    pub fn get(&self, key: &str) -> Result<Option<PageEntry>, LedgerError> {
        self.places.get(key).map(|place| self.recall(*place)).transpose()
    }

    /// Whether a page is known.
    pub fn contains(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// All, by key.
    pub fn iter(&self) -> impl Iterator<Item = Result<(&str, PageEntry), LedgerError>> {
        self.places.iter().map(|(key, place)| Ok((&**key, self.recall(*place)?)))
    }

    /// Whether the same is known of the same pages.
    pub fn same(&self, other: &Self) -> Result<bool, LedgerError> {
        if !self.places.keys().eq(other.places.keys()) {
            return Ok(false);
        }
        for (own, its) in self.places.values().zip(other.places.values()) {
            if self.recall(*own)? != other.recall(*its)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn recall(&self, place: Stored) -> Result<PageEntry, LedgerError> {
        self.store.recall(place).map_err(|e| self.lost("read back from", e))
    }

    fn lost(&self, what: &'static str, source: io::Error) -> LedgerError {
        LedgerError::Temporary { what, folder: self.store.folder().display().to_string(), source }
    }

    /// The same pages, of which nothing can be read back.
    #[cfg(test)]
    pub(super) fn damaged(self) -> Self {
        Self { store: self.store.another(ENTRIES), ..self }
    }
}

impl std::fmt::Debug for Entries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.places.keys()).finish()
    }
}

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error as _, SerializeMap as _};
        let mut map = serializer.serialize_map(Some(self.places.len()))?;
        for (key, place) in &self.places {
            let whole = |e: LedgerError| std::error::Error::source(&e).map_or_else(|| e.to_string(), |why| format!("{e}: {why}"));
            let entry = self.recall(*place).map_err(|e| S::Error::custom(whole(e)))?;
            map.serialize_entry(&**key, &entry)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Entries;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("pages by key")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut out = Entries::default();
                while let Some((key, entry)) = map.next_entry::<String, PageEntry>()? {
                    out.insert(&key, &entry).map_err(de::Error::custom)?;
                }
                Ok(out)
            }
        }
        deserializer.deserialize_map(Read)
    }
}

/// See the module.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Ledger {
    /// Version of this format.
    pub version: u32,
    /// State.
    pub state: State,
    /// The day on which something last changed here.
    pub changed: String,
    /// Formats in words.
    pub formats: Vec<String>,
    /// Exports.
    pub exports: Vec<ExportEntry>,
    /// Folder of each space.
    pub spaces: BTreeMap<String, String>,
    /// Pages by key.
    pub pages: Entries,
}

/// A ledger that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The system refuses.
    #[error("{path} cannot be read")]
    Read {
        /// The file.
        path: String,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// Not as we write it.
    #[error("{path} is not a ledger of an import: {why}")]
    Form {
        /// The file.
        path: String,
        /// What is wrong, with line and column.
        why: String,
    },
    /// What it holds does not fit into memory, and the file for the rest fails.
    #[error("what the ledger says of a page cannot be {what} its temporary file in {folder}")]
    Temporary {
        /// What was to be done.
        what: &'static str,
        /// Where the file is.
        folder: String,
        /// The reason.
        #[source]
        source: io::Error,
    },
}

impl LedgerError {
    /// What to do about it.
    pub fn next(&self) -> Option<String> {
        match self {
            Self::Read { .. } | Self::Form { .. } => None,
            Self::Temporary { folder, .. } => {
                Some(format!("see whether the disk of {folder} is full or damaged, then the same command; what is written so far is whole"))
            }
        }
    }
}

const HEAD: &str = "# Ledger of an import: what came from where. Written by `stepwright import run`; commit it, do not edit it.\n";

impl Ledger {
    /// Reads the ledger at `path`; `None` if there is none.
    pub fn read(path: &Path) -> Result<Option<Self>, LedgerError> {
        let shown = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LedgerError::Read { path: shown, source }),
        };
        serde_yaml::from_str(&text).map(Some).map_err(|e| LedgerError::Form { path: shown, why: e.to_string() })
    }

    /// Writes its text as it is made: that of a large wiki is tens of megabytes.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.write_as(self.version, self.state, &self.changed, out)
    }

    /// Writes it as it is found while a run goes on that began on `day`.
    pub(super) fn write_running(&self, day: &str, out: &mut dyn io::Write) -> io::Result<()> {
        let (version, changed) = if self.pages.is_empty() { (1, day) } else { (self.version, self.changed.as_str()) };
        self.write_as(version, State::Running, changed, out)
    }

    fn write_as(&self, version: u32, state: State, changed: &str, out: &mut dyn io::Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Text<'a> {
            version: u32,
            state: State,
            changed: &'a str,
            formats: &'a [String],
            exports: &'a [ExportEntry],
            spaces: &'a BTreeMap<String, String>,
            pages: &'a Entries,
        }
        let Self { formats, exports, spaces, pages, .. } = self;
        out.write_all(HEAD.as_bytes())?;
        serde_yaml::to_writer(out, &Text { version, state, changed, formats, exports, spaces, pages }).map_err(io::Error::other)
    }

    /// How many pages are in each state that any is in.
    pub fn counts(&self) -> Result<BTreeMap<PageState, u64>, LedgerError> {
        let mut out = BTreeMap::new();
        for page in self.pages.iter() {
            *out.entry(page?.1.state).or_default() += 1;
        }
        Ok(out)
    }

    /// Whether another says the same.
    pub fn same(&self, other: &Self) -> Result<bool, LedgerError> {
        let Self { version, state, changed, formats, exports, spaces, pages } = self;
        let beside = (version, state, changed, formats, exports, spaces);
        let same = beside == (&other.version, &other.state, &other.changed, &other.formats, &other.exports, &other.spaces);
        Ok(same && pages.same(&other.pages)?)
    }
}

/// Hash by which written files are known again.
pub fn hash(bytes: &[u8]) -> String {
    short(&blake3::hash(bytes))
}

/// The same of a file, which may be larger than memory.
pub fn hash_file(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(path)?)?;
    Ok(short(&hasher.finalize()))
}

/// A digest of texts: among millions no two meet by chance.
pub(super) fn digest(texts: &[&str]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for text in texts {
        hasher.update(text.as_bytes()).update(&[0xff]);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(first)
}

/// A digest as ledger and journal write it.
pub fn short(digest: &blake3::Hash) -> String {
    digest.to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_comes_back_as_it_was() {
        let mut ledger = Ledger { version: 1, state: State::Finished, changed: "2026-11-22".into(), ..Ledger::default() };
        let entry = PageEntry {
            title: "A: b # c".into(),
            path: "content/ops/a.md".into(),
            state: PageState::Done,
            version: Some(3),
            ..PageEntry::default()
        };
        ledger.pages.insert("48562177", &entry).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        ledger.write(&mut file).unwrap();
        assert!(Ledger::read(file.path()).unwrap().unwrap().same(&ledger).unwrap());
        std::fs::write(file.path(), "pages: [").unwrap();
        assert!(matches!(Ledger::read(file.path()), Err(LedgerError::Form { .. })));
    }

    #[test]
    fn a_page_that_cannot_be_read_back_is_no_unknown_page() {
        let mut pages = Entries::default();
        pages.insert("1", &PageEntry { path: "content/a.md".into(), ..PageEntry::default() }).unwrap();
        let ledger = Ledger { pages: pages.damaged(), ..Ledger::default() };
        let error = ledger.pages.get("1").unwrap_err();
        let folder = std::env::temp_dir().display().to_string();
        assert!(error.to_string().contains(&folder) && error.next().unwrap().contains(&folder), "{error}");
        assert!(ledger.pages.get("2").unwrap().is_none());
        assert!(ledger.pages.iter().any(|page| page.is_err()));
        assert!(ledger.counts().is_err());
        assert!(ledger.same(&ledger).is_err());
        assert!(ledger.write(&mut Vec::new()).unwrap_err().to_string().contains(&folder));
    }
}
