//! Files written whole: beside first, then renamed, so that a name never holds half a file, whatever kills the run.
//!
//! The one place for this. New files get the permissions the user's umask gives (temporary files are private otherwise); files that were there keep theirs.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

/// Makes `path` hold `bytes`, making its folders. False if it already did and nothing was written.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    if std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    let file = beside(path, bytes)?;
    if let Ok(old) = std::fs::metadata(path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.persist(path).map_err(|e| e.error)?;
    Ok(true)
}

/// Where stepwright keeps what it can make again, relative to the root of a project.
pub const CACHE: &str = ".stepwright/cache";

/// Keeps a file below [`CACHE`], which git is told to leave out. What cannot be kept is made again, so nobody is told.
pub fn keep(path: &Path, bytes: &[u8]) {
    if let Some(cache) = path.ancestors().find(|a| a.ends_with(CACHE)) {
        let _ = create(&cache.join(".gitignore"), b"*\n");
    }
    let _ = replace(path, bytes);
}

/// Makes a new file, making its folders; [`io::ErrorKind::AlreadyExists`] if there is one of that name, which then stays.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    beside(path, bytes)?.persist_noclobber(path).map_err(|e| e.error)?;
    Ok(())
}

/// A temporary file in `folder` that will get an ordinary new file's permissions.
pub fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".stepwright-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn beside(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = temporary(folder)?;
    file.write_all(bytes)?;
    Ok(file)
}

/// Changes closer together than this may get the same time from the system.
pub const TICK: Duration = Duration::from_millis(20);
/// The same where the system keeps whole seconds only, or every other as FAT does.
const COARSE_TICK: Duration = Duration::from_secs(2);

/// The state of a file: it is another whenever the file changed, provided that [`unsettled`] was zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// That the file is missing, or its size, times and inode.
    pub text: String,
    /// When it last changed in any way, if it is there.
    pub changed: Option<SystemTime>,
}

impl Stamp {
    /// The state of the file or folder at a path.
    pub fn of(path: &Path) -> Self {
        match std::fs::metadata(path) {
            Ok(metadata) => {
                Self { text: format!("{} {} {}", metadata.is_dir(), metadata.len(), times(&metadata)), changed: changed(&metadata) }
            }
            Err(_) => Self { text: "missing".to_owned(), changed: None },
        }
    }
}

/// How long `moment` lies too early for a file last changed at `changed` to get another time if it changes again; zero when it would.
pub fn unsettled(changed: Option<SystemTime>, moment: SystemTime) -> Duration {
    let Some(changed) = changed else { return Duration::ZERO };
    let whole = changed.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|d| d.subsec_nanos() == 0);
    let age = moment.duration_since(changed).unwrap_or_default();
    if whole { COARSE_TICK } else { TICK }.saturating_sub(age)
}

/// The inode and its times. That of the last change cannot be set back, as that of the last writing can.
#[cfg(unix)]
fn times(metadata: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let m = metadata;
    format!("{} {}.{:09} {}.{:09}", m.ino(), m.mtime(), m.mtime_nsec(), m.ctime(), m.ctime_nsec())
}

#[cfg(not(unix))]
fn times(metadata: &std::fs::Metadata) -> String {
    format!("{:?}", changed(metadata))
}

#[cfg(unix)]
fn changed(metadata: &std::fs::Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt as _;
    let nanos = u32::try_from(metadata.ctime_nsec()).ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::new(u64::try_from(metadata.ctime()).ok()?, nanos))
}

#[cfg(not(unix))]
fn changed(metadata: &std::fs::Metadata) -> Option<SystemTime> {
    metadata.modified().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_whole_and_never_clobbered_by_create() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b.yaml");
        assert!(replace(&path, b"one").unwrap());
        assert!(!replace(&path, b"one").unwrap(), "nothing to do");
        assert_eq!(create(&path, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file stays");
    }

    #[cfg(unix)]
    #[test]
    fn new_files_are_as_open_as_any_other_and_old_ones_keep_their_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (ordinary, ours) = (dir.path().join("ordinary"), dir.path().join("ours"));
        std::fs::write(&ordinary, "x").unwrap();
        create(&ours, b"x").unwrap();
        assert_eq!(mode(&ours), mode(&ordinary));
        std::fs::set_permissions(&ours, std::fs::Permissions::from_mode(0o755)).unwrap();
        replace(&ours, b"y").unwrap();
        assert_eq!(mode(&ours), 0o755);
    }
}
