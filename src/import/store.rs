//! A place for bodies between reading and converting: what fits into a budget stays in memory, the rest goes to a temporary file that nobody else sees.
//!
//! Knows bytes only.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::archive::read_exact_at;

/// Bytes of bodies kept in memory: most exports need no file, and the largest take no more than this.
const IN_MEMORY: usize = 192 << 20;
/// Memory is taken in blocks, so that it never moves and is never taken twice.
const BLOCK: usize = 1 << 20;
/// Bytes written to the file at once.
const PENDING: usize = 1 << 20;

/// Where something lies in a [`Store`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stored {
    at: u64,
    /// Its length in bytes.
    pub len: u32,
}

/// Appends and gives back; reading is possible from several threads at once.
pub struct Store {
    blocks: Vec<Vec<u8>>,
    /// Bytes in memory; what lies behind them is in the file.
    inside: u64,
    file: Option<File>,
    len: u64,
    scratch: Option<PathBuf>,
    budget: usize,
    pending: Mutex<Vec<u8>>,
}

impl Default for Store {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Store {
    /// A store whose file, if it needs one, is made in `scratch` (the system's temporary folder if `None`).
    pub fn new(scratch: Option<PathBuf>) -> Self {
        Self { blocks: Vec::new(), inside: 0, file: None, len: 0, scratch, budget: IN_MEMORY, pending: Mutex::default() }
    }

    /// An empty store that makes its file in the same place, once it holds more than `budget` bytes.
    #[must_use]
    pub fn another(&self, budget: usize) -> Self {
        Self { budget, ..Self::new(self.scratch.clone()) }
    }

    /// The folder its file lies in, if it needs one.
    pub(super) fn folder(&self) -> PathBuf {
        self.scratch.clone().unwrap_or_else(std::env::temp_dir)
    }

    /// Keeps `bytes`.
    pub fn put(&mut self, bytes: &[u8]) -> io::Result<Stored> {
        let len = u32::try_from(bytes.len()).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is larger than 4 GiB"))?;
        let at = self.len;
        if self.file.is_none() && self.len + u64::from(len) > self.budget as u64 {
            self.file = Some(match &self.scratch {
                Some(dir) => tempfile::tempfile_in(dir)?,
                None => tempfile::tempfile()?,
            });
        }
        match &mut self.file {
            None => {
                self.remember(bytes);
                self.inside += u64::from(len);
            }
            Some(file) => {
                let pending = self.pending.get_mut().unwrap_or_else(PoisonError::into_inner);
                pending.extend_from_slice(bytes);
                if pending.len() > PENDING {
                    file.seek(SeekFrom::End(0))?;
                    file.write_all(pending)?;
                    pending.clear();
                    pending.shrink_to(2 * PENDING);
                }
            }
        }
        self.len += u64::from(len);
        Ok(Stored { at, len })
    }

    fn remember(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.blocks.last().is_none_or(|b| b.len() == BLOCK) {
                self.blocks.push(Vec::with_capacity(BLOCK));
            }
            let Some(block) = self.blocks.last_mut() else { return };
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - block.len()));
            block.extend_from_slice(now);
            bytes = later;
        }
    }

    /// Gives back what was kept.
    pub fn get(&self, place: Stored) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(place.len as usize);
        let end = place.at + u64::from(place.len);
        if end > self.len {
            return Err(missing());
        }
        let mut at = place.at;
        while at < end.min(self.inside) {
            let from = usize::try_from(at).map_err(|_| missing())?;
            let block = self.blocks.get(from / BLOCK).and_then(|b| b.get(from % BLOCK..)).ok_or_else(missing)?;
            let most = usize::try_from(end.min(self.inside) - at).unwrap_or(usize::MAX);
            let part = block.get(..block.len().min(most)).filter(|p| !p.is_empty()).ok_or_else(missing)?;
            out.extend_from_slice(part);
            at += part.len() as u64;
        }
        if at == end {
            return Ok(out);
        }
        let file = self.file.as_ref().ok_or_else(missing)?;
        let pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let written = self.len - pending.len() as u64;
        // What lies on both sides of the border comes from both.
        let tail = if end > written {
            let from = usize::try_from(at.max(written) - written).map_err(|_| missing())?;
            let to = usize::try_from(end - written).map_err(|_| missing())?;
            pending.get(from..to).ok_or_else(missing)?.to_vec()
        } else {
            Vec::new()
        };
        drop(pending);
        let from = out.len();
        out.resize(place.len as usize - tail.len(), 0);
        read_exact_at(file, &mut out[from..], at - self.inside)?;
        out.extend(tail);
        Ok(out)
    }

    /// Writes everything that was kept, in order, without holding it all in memory.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut at = 0;
        while at < self.len {
            let len = u32::try_from((self.len - at).min(PENDING as u64)).unwrap_or(u32::MAX);
            out.write_all(&self.get(Stored { at, len })?)?;
            at += u64::from(len);
        }
        Ok(())
    }

    /// Keeps a value.
    pub fn keep(&mut self, value: &impl Serialize) -> io::Result<Stored> {
        self.put(&serde_json::to_vec(value)?)
    }

    /// Gives back a value.
    pub fn recall<T: DeserializeOwned>(&self, place: Stored) -> io::Result<T> {
        Ok(serde_json::from_slice(&self.get(place)?)?)
    }

    /// Gives back text.
    pub fn text(&self, place: Stored) -> io::Result<String> {
        let bytes = self.get(place)?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }
}

fn missing() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the temporary file is shorter than it should be")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_to_disk_comes_back() {
        let mut store = Store::default().another(3 << 20);
        let large: Vec<u8> = (0u32..5 << 19).map(|n| n.to_le_bytes()[1]).collect();
        let mut kept = Vec::new();
        let mut all = Vec::new();
        // In memory over several blocks, on disk, and not yet on disk.
        for bytes in [b"first".as_slice(), &large, &large, "größe".as_bytes(), &large, b"last"] {
            kept.push((store.put(bytes).unwrap(), bytes));
            all.extend_from_slice(bytes);
        }
        for (place, bytes) in &kept {
            assert!(store.get(*place).unwrap() == *bytes, "{place:?}");
        }
        assert_eq!(store.text(kept[3].0).unwrap(), "größe");
        let mut whole = Vec::new();
        store.write_to(&mut whole).unwrap();
        assert!(whole == all);
    }
}
