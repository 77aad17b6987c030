//! A place for bodies between reading and converting: small exports stay in memory, large ones go to a temporary file that nobody else sees.
//!
//! Knows bytes only.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use super::archive::read_exact_at;

/// Bytes kept in memory before a file is made.
const IN_MEMORY: usize = 32 << 20;

/// Where something lies in a [`Store`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stored {
    at: u64,
    /// Its length in bytes.
    pub len: u32,
}

/// Appends and gives back; reading is possible from several threads at once.
#[derive(Default)]
pub struct Store {
    memory: Vec<u8>,
    file: Option<File>,
    len: u64,
    scratch: Option<PathBuf>,
    pending: Mutex<Vec<u8>>,
}

impl Store {
    /// A store whose file, if it needs one, is made in `scratch` (the system's temporary folder if `None`).
    pub fn new(scratch: Option<PathBuf>) -> Self {
        Self { scratch, ..Self::default() }
    }

    /// Keeps `bytes`.
    pub fn put(&mut self, bytes: &[u8]) -> io::Result<Stored> {
        let len = u32::try_from(bytes.len()).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is larger than 4 GiB"))?;
        let at = self.len;
        self.len += u64::from(len);
        if self.file.is_none() && self.memory.len() + bytes.len() > IN_MEMORY {
            let mut file = match &self.scratch {
                Some(dir) => tempfile::tempfile_in(dir)?,
                None => tempfile::tempfile()?,
            };
            file.write_all(&self.memory)?;
            self.memory = Vec::new();
            self.file = Some(file);
        }
        match &mut self.file {
            None => self.memory.extend_from_slice(bytes),
            Some(file) => {
                let pending = self.pending.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
                pending.extend_from_slice(bytes);
                if pending.len() > 1 << 20 {
                    file.seek(SeekFrom::End(0))?;
                    file.write_all(pending)?;
                    pending.clear();
                }
            }
        }
        Ok(Stored { at, len })
    }

    /// Gives back what was kept.
    pub fn get(&self, place: Stored) -> io::Result<Vec<u8>> {
        let len = place.len as usize;
        let missing = || io::Error::new(io::ErrorKind::UnexpectedEof, "the temporary file is shorter than it should be");
        let Some(file) = &self.file else {
            let from = usize::try_from(place.at).map_err(|_| missing())?;
            return self.memory.get(from..from + len).map(<[u8]>::to_vec).ok_or_else(missing);
        };
        let pending = self.pending.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let written = self.len - pending.len() as u64;
        if let Some(from) = place.at.checked_sub(written) {
            let from = usize::try_from(from).map_err(|_| missing())?;
            return pending.get(from..from + len).map(<[u8]>::to_vec).ok_or_else(missing);
        }
        drop(pending);
        let mut out = vec![0; len];
        read_exact_at(file, &mut out, place.at)?;
        Ok(out)
    }

    /// Gives back text.
    pub fn text(&self, place: Stored) -> io::Result<String> {
        let bytes = self.get(place)?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_to_disk_comes_back() {
        let mut store = Store::default();
        let big = vec![b'x'; IN_MEMORY];
        let a = store.put(b"first").unwrap();
        let b = store.put(&big).unwrap();
        let c = store.put("größe".as_bytes()).unwrap();
        assert_eq!(store.get(a).unwrap(), b"first");
        assert_eq!(store.get(b).unwrap().len(), IN_MEMORY);
        assert_eq!(store.text(c).unwrap(), "größe");
    }
}
