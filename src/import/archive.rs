//! Bounded reading of an export, zip or folder: which entries there are, and their bytes.
//!
//! Owns everything that protects against hostile containers: names that lead outside, links, bombs (counted by bytes really read, never by what headers
//! claim), broken tables of contents. Knows nothing of what the entries hold; never writes.

mod error;
mod shared;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;
use zip::result::ZipError;

use super::notice::Notice;
pub use error::ArchiveError;
pub(super) use shared::read_exact_at;
use shared::{SharedFile, has_end, last_entry, read_up_to};

/// How much is read at most. Generous for real exports, small enough for any machine.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Entries of one archive.
    pub entries: usize,
    /// Bytes of one entry that is read as a stream.
    pub entry_bytes: u64,
    /// From this many bytes on, `ratio` is looked at.
    pub ratio_from: u64,
    /// Unpacked bytes per packed byte, of one entry. Deflate reaches 1,032 at most; documents stay below 200.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { entries: 2_000_000, entry_bytes: 256 << 30, ratio_from: 64 << 20, ratio: 500 }
    }
}

/// One file of an export.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its path inside the export, `/` between parts, never leading outside.
    pub name: String,
    /// Size as the container claims it; not to be trusted.
    pub size: u64,
    packed: u64,
    at: usize,
}

enum Kind {
    Zip(Box<zip::ZipArchive<SharedFile>>),
    /// A folder; paths of files that are not its own path and their name.
    Folder(PathBuf, BTreeMap<usize, PathBuf>),
}

/// An export's container, opened.
pub struct Archive {
    /// The path as given.
    pub path: PathBuf,
    /// What was left out while listing it.
    pub notices: Vec<Notice>,
    /// Size of the zip, or of all files of the folder.
    pub bytes: u64,
    kind: Kind,
    entries: Vec<Entry>,
    limits: Limits,
}

impl Archive {
    /// Opens a zip, a folder, or a single file. For `entities.xml` its folder is opened, as attachments lie beside it.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, ArchiveError> {
        let shown = path.display().to_string();
        let meta = match std::fs::metadata(path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ArchiveError::Missing { path: shown }),
            Err(source) => return Err(ArchiveError::Unreadable { path: shown, source }),
        };
        if meta.is_dir() {
            return Self::folder(path, limits);
        }
        let mut head = [0u8; 8];
        let mut file = File::open(path).map_err(|source| ArchiveError::Unreadable { path: shown.clone(), source })?;
        let got = read_up_to(&mut file, &mut head).map_err(|source| ArchiveError::Unreadable { path: shown.clone(), source })?;
        let head = &head[..got];
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") || extension(path) == "zip" {
            return Self::zip(path, file, meta.len(), limits);
        }
        if let Some((what, next)) = foreign(head) {
            return Err(ArchiveError::Foreign { path: shown, what, next });
        }
        let is_entities = path.file_name().is_some_and(|n| n.eq_ignore_ascii_case("entities.xml"));
        match path.parent() {
            Some(parent) if is_entities => {
                let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
                Self::folder(parent, limits)
            }
            _ => Ok(Self::single(path, meta.len(), limits)),
        }
    }

    fn single(path: &Path, size: u64, limits: Limits) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut out = Self::empty(path, Kind::Folder(PathBuf::new(), BTreeMap::from([(0, path.to_path_buf())])), limits);
        out.list(vec![Entry { name, size, packed: 0, at: 0 }]);
        out
    }

    fn empty(path: &Path, kind: Kind, limits: Limits) -> Self {
        let path = path.to_path_buf();
        Self { path, notices: Vec::new(), bytes: 0, kind, entries: Vec::new(), limits }
    }

    /// Takes the entries as they were listed: sorted by name from here on; of two with one name the first counts.
    fn list(&mut self, mut entries: Vec<Entry>) {
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let path = self.path.display().to_string();
        let notices = &mut self.notices;
        entries.dedup_by(|later, first| {
            let twice = later.name == first.name;
            if twice {
                notices.push(
                    Notice::warning(format!("{} is twice in {path}; the first one counts", shown(&first.name)))
                        .why("two entries have the same name once it is made safe"),
                );
            }
            twice
        });
        if !matches!(self.kind, Kind::Zip(_)) {
            self.bytes = entries.iter().map(|e| e.size).sum();
        }
        self.entries = entries;
    }

    fn folder(root: &Path, limits: Limits) -> Result<Self, ArchiveError> {
        let mut out = Self::empty(root, Kind::Folder(PathBuf::new(), BTreeMap::new()), limits);
        let mut odd = BTreeMap::new();
        let mut entries = Vec::new();
        let walk = WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(|e| e.depth() == 0 || e.file_name() != ".git");
        for found in walk {
            let found = match found {
                Ok(found) => found,
                Err(error) if error.depth() == 0 => {
                    let source = error.into_io_error().unwrap_or_else(|| io::Error::other("a loop of links"));
                    return Err(ArchiveError::Unreadable { path: root.display().to_string(), source });
                }
                Err(error) => {
                    let at = error.path().unwrap_or(root).display().to_string();
                    out.notices.push(Notice::warning(format!("{at} is left out")).why(error.to_string()));
                    continue;
                }
            };
            let name = found.path().strip_prefix(root).unwrap_or(found.path()).to_string_lossy().replace('\\', "/");
            if found.path_is_symlink() {
                out.notices.push(
                    Notice::warning(format!("{} is left out", shown(&name)))
                        .why("it is a link to another file, and an export holds none")
                        .next("if it belongs to the export, put the file itself in its place"),
                );
                continue;
            }
            if !found.file_type().is_file() {
                continue;
            }
            if entries.len() >= limits.entries {
                let why = format!("it holds more than {} files", super::notice::count(limits.entries as u64));
                return Err(ArchiveError::Bomb { path: root.display().to_string(), why });
            }
            let size = found.metadata().map_or(0, |m| m.len());
            let at = entries.len();
            if root.join(&name) != found.path() {
                odd.insert(at, found.path().to_path_buf());
            }
            entries.push(Entry { name, size, packed: 0, at });
        }
        out.kind = Kind::Folder(root.to_path_buf(), odd);
        out.list(entries);
        Ok(out)
    }

    fn zip(path: &Path, file: File, bytes: u64, limits: Limits) -> Result<Self, ArchiveError> {
        let at = path.display().to_string();
        let shared = SharedFile::new(file).map_err(|source| ArchiveError::Unreadable { path: at.clone(), source })?;
        let mut archive = match zip::ZipArchive::new(shared.clone()) {
            Ok(archive) => archive,
            Err(ZipError::InvalidArchive(why)) => {
                let damaged = has_end(&shared, bytes);
                return Err(if damaged {
                    ArchiveError::Damaged { path: at, why: why.into_owned() }
                } else {
                    ArchiveError::CutOff { path: at, bytes, inside: last_entry(&shared, bytes) }
                });
            }
            Err(ZipError::Io(source)) => return Err(ArchiveError::Unreadable { path: at, source }),
            Err(error) => return Err(ArchiveError::Damaged { path: at, why: error.to_string() }),
        };
        if archive.len() > limits.entries {
            let why = format!("it claims {} entries", super::notice::count(archive.len() as u64));
            return Err(ArchiveError::Bomb { path: at, why });
        }
        let claimed = archive.decompressed_size().unwrap_or(0);
        if claimed > u128::from(bytes) * 200 && archive.has_overlapping_files().unwrap_or(true) {
            return Err(ArchiveError::Bomb {
                path: at,
                why: "its entries overlap, which only an archive made to fill disks does".to_owned(),
            });
        }
        let mut out = Self::empty(path, Kind::Folder(PathBuf::new(), BTreeMap::new()), limits);
        let mut listed = Vec::with_capacity(archive.len());
        for index in 0..archive.len() {
            let Ok(data) = archive.by_index_data(index) else { continue };
            if data.is_dir() {
                continue;
            }
            let raw = data.name_raw();
            let name = match std::str::from_utf8(raw) {
                Ok(name) => name.to_owned(),
                Err(_) => data.name().map_or_else(|_| String::from_utf8_lossy(raw).into_owned(), Cow::into_owned),
            };
            listed.push((name, data.size(), data.compressed_size(), index, data.is_symlink(), data.encrypted()));
        }
        listed.sort();
        out.kind = Kind::Zip(Box::new(archive));
        out.bytes = bytes;
        let mut entries = Vec::with_capacity(listed.len());
        for (raw, size, packed, at, link, encrypted) in listed {
            let left_out = |why: &str| Notice::warning(format!("{} in {} is left out", shown(&raw), path.display())).why(why);
            let Some(name) = safe_name(&raw) else {
                out.notices.push(
                    left_out("its name leads outside the archive")
                        .next("nothing was written there; an export by Confluence holds no such name"),
                );
                continue;
            };
            if link {
                out.notices.push(left_out("it is a link to another file, and an export holds none"));
            } else if encrypted {
                out.notices.push(left_out("it is encrypted").next("unpack the archive with its password and plan the folder"));
            } else {
                entries.push(Entry { name, size, packed, at });
            }
        }
        out.list(entries);
        Ok(out)
    }

    /// All files, sorted by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The file of that name.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.binary_search_by(|e| e.name.as_str().cmp(name)).ok().map(|at| &self.entries[at])
    }

    /// Names that begin with `prefix`, sorted.
    pub fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Entry> {
        let from = self.entries.partition_point(|e| e.name.as_str() < prefix);
        self.entries[from..].iter().take_while(move |e| e.name.starts_with(prefix))
    }

    /// Hands a bounded reader over `entry` to `use_it`.
    pub fn read<T>(&self, entry: &Entry, use_it: impl FnOnce(&mut dyn Read) -> io::Result<T>) -> io::Result<T> {
        let name = shown(&entry.name);
        match &self.kind {
            Kind::Folder(root, odd) => {
                let file = File::open(odd.get(&entry.at).map_or_else(|| Cow::Owned(root.join(&entry.name)), Cow::Borrowed).as_path())?;
                use_it(&mut Bounded { inner: file, name, read: 0, packed: u64::MAX, limits: self.limits })
            }
            Kind::Zip(archive) => {
                let mut own = archive.clone();
                let file = own.by_index(entry.at).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e.to_string()))?;
                use_it(&mut Bounded { inner: file, name, read: 0, packed: entry.packed, limits: self.limits })
            }
        }
    }

    /// The bytes of `entry`, at most `limit` of them; more is an error.
    pub fn bytes(&self, entry: &Entry, limit: u64) -> io::Result<Vec<u8>> {
        self.read(entry, |reader| {
            let mut out = Vec::new();
            reader.take(limit + 1).read_to_end(&mut out)?;
            if out.len() as u64 > limit {
                let why = format!("it is larger than {} MiB", limit >> 20);
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            Ok(out)
        })
    }

    /// The first bytes of `entry`.
    pub fn head(&self, entry: &Entry, bytes: u64) -> io::Result<Vec<u8>> {
        self.read(entry, |reader| {
            let mut out = Vec::new();
            reader.take(bytes).read_to_end(&mut out)?;
            Ok(out)
        })
    }
}

/// Counts what really comes out.
struct Bounded<R> {
    inner: R,
    name: String,
    read: u64,
    packed: u64,
    limits: Limits,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.read += n as u64;
        let too_dense = self.read > self.limits.ratio_from && self.packed != u64::MAX && self.read / self.packed.max(1) > self.limits.ratio;
        if too_dense || self.read > self.limits.entry_bytes {
            let why = if too_dense {
                format!("{} unpacks to more than {} times its size, which documents do not", self.name, self.limits.ratio)
            } else {
                format!("{} is larger than {} GiB", self.name, self.limits.entry_bytes >> 30)
            };
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        Ok(n)
    }
}

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// The name with `/` between parts, or `None` when it leads outside.
fn safe_name(raw: &str) -> Option<String> {
    let name = raw.replace('\\', "/");
    let drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic() && name.as_bytes().get(2) == Some(&b'/');
    if name.starts_with('/') || drive || name.contains('\0') {
        return None;
    }
    let parts: Vec<&str> = name.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    if parts.is_empty() || parts.contains(&"..") { None } else { Some(parts.join("/")) }
}

/// A name from an export as it may be shown on a terminal.
pub(super) fn shown(name: &str) -> String {
    name.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

/// What a single file is when it is no export, and what to do.
fn foreign(head: &[u8]) -> Option<(&'static str, &'static str)> {
    const OTHER: &str = "ask for a space export as XML or HTML: Space settings > Export space";
    Some(match head {
        [b'%', b'P', b'D', b'F', ..] => ("a PDF, which has lost headings, tables and links", OTHER),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => (
            "an old Word document saved by Word itself",
            "export the page from Confluence again and do not open it in Word; or ask for a space export as XML",
        ),
        [0x1F, 0x8B, ..] => ("packed with gzip", "unpack it and plan the folder"),
        [b'7', b'z', 0xBC, 0xAF, ..] => ("packed with 7-Zip", "unpack it and plan the folder"),
        [b'R', b'a', b'r', b'!', ..] => ("packed with RAR", "unpack it and plan the folder"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn zip_of(entries: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
        let file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
        let mut writer = zip::ZipWriter::new(file.reopen().unwrap());
        for (name, bytes) in entries {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
        file
    }

    #[test]
    fn names_that_lead_outside_are_left_out_and_reported() {
        let file = zip_of(&[("ok/a.html", b"a"), ("../../etc/passwd", b"x"), ("a/../../b", b"x"), ("/abs", b"x"), ("C:\\w.txt", b"x")]);
        let archive = Archive::open(file.path(), Limits::default()).unwrap();
        assert_eq!(archive.entries().iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["ok/a.html"]);
        assert_eq!(archive.notices.len(), 4);
        assert!(archive.notices[0].what.contains("is left out"));
        assert_eq!(archive.bytes(&archive.entries()[0], 10).unwrap(), b"a");
    }

    #[test]
    fn a_bomb_stops_by_bytes_really_read() {
        let file = zip_of(&[("attachments/1/1/1", &vec![0; 3 << 20]), ("b", b"b")]);
        let limits = Limits { ratio_from: 1 << 20, ..Limits::default() };
        let archive = Archive::open(file.path(), limits).unwrap();
        let error = archive.bytes(archive.find("attachments/1/1/1").unwrap(), 1 << 30).unwrap_err();
        assert!(error.to_string().contains("unpacks to more than 500 times its size"), "{error}");
        assert_eq!(archive.bytes(archive.find("b").unwrap(), 9).unwrap(), b"b");
    }

    #[test]
    fn a_cut_off_zip_says_where_it_ends() {
        let file = zip_of(&[("entities.xml", b"<x/>"), ("attachments/48562177/1/1", &[7; 5000])]);
        let bytes = std::fs::read(file.path()).unwrap();
        let cut = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
        let whole = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        std::fs::write(cut.path(), &bytes[..whole - 3]).unwrap();
        let error = Archive::open(cut.path(), Limits::default()).err().unwrap();
        assert!(error.to_string().ends_with("is cut off, its table of contents is missing"));
        assert!(error.notice().why.unwrap().contains("ends inside attachments/48562177/1/1"));
    }

    #[test]
    fn a_link_in_a_folder_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.html"), "a").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/etc", dir.path().join("link")).unwrap();
            let archive = Archive::open(dir.path(), Limits::default()).unwrap();
            assert_eq!(archive.entries().len(), 1);
            assert!(archive.notices[0].why.as_deref().unwrap().contains("link to another file"));
        }
    }

    #[test]
    fn other_files_say_what_to_ask_for() {
        let file = tempfile::Builder::new().suffix(".pdf").tempfile().unwrap();
        std::fs::write(file.path(), b"%PDF-1.7 ...").unwrap();
        let error = Archive::open(file.path(), Limits::default()).err().unwrap();
        assert!(error.notice().next.unwrap().contains("Space settings > Export space"));
    }
}
