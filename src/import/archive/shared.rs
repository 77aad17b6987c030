//! One open file read by several readers at once, each at its own position; and what is left of a zip that was cut off.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::shown;

/// A file that several readers share, each with its own position.
#[derive(Clone)]
pub(super) struct SharedFile {
    file: Arc<File>,
    len: u64,
    at: u64,
    window: Vec<u8>,
    window_at: u64,
}

impl SharedFile {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), len, at: 0, window: Vec::new(), window_at: 0 })
    }

    pub(super) fn read_at(&self, buf: &mut [u8], at: u64) -> io::Result<usize> {
        read_at(&self.file, buf, at)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buf: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buf, at)
}

#[cfg(windows)]
fn read_at(file: &File, buf: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buf, at)
}

/// Fills `buf` from position `at`, without moving anybody's position.
pub(in crate::import) fn read_exact_at(file: &File, mut buf: &mut [u8], mut at: u64) -> io::Result<()> {
    while !buf.is_empty() {
        match read_at(file, buf, at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                buf = &mut buf[n..];
                at += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Read for SharedFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        const WINDOW: usize = 16 << 10;
        let inside = self.at.checked_sub(self.window_at).and_then(|n| usize::try_from(n).ok()).filter(|n| *n < self.window.len());
        let n = if let Some(from) = inside {
            let n = buf.len().min(self.window.len() - from);
            buf[..n].copy_from_slice(&self.window[from..from + n]);
            n
        } else if buf.len() >= WINDOW {
            self.read_at(buf, self.at)?
        } else {
            let mut window = vec![0; WINDOW];
            let got = self.read_at(&mut window, self.at)?;
            window.truncate(got);
            let n = buf.len().min(got);
            buf[..n].copy_from_slice(&window[..n]);
            (self.window, self.window_at) = (window, self.at);
            n
        };
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, pos: SeekFrom) -> io::Result<u64> {
        let to = match pos {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => self.len.checked_add_signed(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
        };
        self.at = to.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a position before the beginning"))?;
        Ok(self.at)
    }
}

pub(super) fn read_up_to(reader: &mut impl Read, buf: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buf.len() {
        match reader.read(&mut buf[got..])? {
            0 => break,
            n => got += n,
        }
    }
    Ok(got)
}

/// Whether the end-of-archive mark is there, so that the damage lies elsewhere.
pub(super) fn has_end(file: &SharedFile, bytes: u64) -> bool {
    let mut tail = vec![0; usize::try_from(bytes.min(66_000)).unwrap_or(0)];
    let got = file.read_at(&mut tail, bytes.saturating_sub(66_000)).unwrap_or(0);
    tail[..got].windows(4).any(|w| w == b"PK\x05\x06")
}

/// The last entry that begins in a cut-off zip, looked for in its last 256 MiB.
pub(super) fn last_entry(file: &SharedFile, bytes: u64) -> Option<String> {
    const CHUNK: u64 = 1 << 20;
    let mut end = bytes;
    let floor = bytes.saturating_sub(256 << 20);
    while end > floor {
        let start = end.saturating_sub(CHUNK);
        let mut chunk = vec![0; usize::try_from(end - start + 512).ok()?];
        let got = file.read_at(&mut chunk, start).ok()?;
        chunk.truncate(got);
        let found = (0..got.saturating_sub(30)).rev().find_map(|at| {
            let head = &chunk[at..];
            if !head.starts_with(b"PK\x03\x04") {
                return None;
            }
            let len = usize::from(u16::from_le_bytes([head[26], head[27]]));
            std::str::from_utf8(head.get(30..30 + len)?).ok().map(shown)
        });
        if found.is_some() || start == 0 {
            return found;
        }
        end = start;
    }
    None
}
