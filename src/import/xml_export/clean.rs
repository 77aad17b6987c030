//! A byte stream made safe for the XML parser: any encoding becomes UTF-8, control characters go, and no single run of text grows beyond a limit.
//!
//! Sits between the container and the parser, so that neither a stray control character nor a gigabyte in one element can stop or fill anything.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

/// Stands at the end of a run of text that was cut. A non-character, so never part of a real page.
pub(super) const CUT: &str = "\u{fdd0}cut\u{fdd0}";

/// What had to be mended.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mended {
    /// Control characters removed.
    pub(super) controls: u64,
    /// Line of the first one, from 1.
    pub(super) first_control: u64,
    /// Byte sequences that were not text, replaced by U+FFFD.
    pub(super) garbled: u64,
    /// Line of the first one.
    pub(super) first_garbled: u64,
}

const CDATA: &[u8] = b"<![CDATA[";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    Markup,
    Cdata,
}

/// See the module.
pub(super) struct Clean<R> {
    inner: R,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    out: Vec<u8>,
    at: usize,
    state: State,
    head: Vec<u8>,
    last: Vec<u8>,
    run: u64,
    limit: u64,
    line: u64,
    ended: bool,
    /// See [`Mended`].
    pub(super) mended: Mended,
    /// Raw bytes taken so far.
    pub(super) taken: u64,
}

impl<R: Read> Clean<R> {
    /// Cleans `inner`; runs of text longer than `limit` bytes are cut.
    pub(super) fn new(inner: R, limit: u64) -> Self {
        Self {
            inner,
            decoder: None,
            raw: vec![0; 64 << 10],
            out: Vec::new(),
            at: 0,
            state: State::Text,
            head: Vec::new(),
            last: Vec::new(),
            run: 0,
            limit,
            line: 1,
            ended: false,
            mended: Mended::default(),
            taken: 0,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.at = 0;
        while self.out.is_empty() && !self.ended {
            let mut n = self.inner.read(&mut self.raw)?;
            while self.taken == 0 && n > 0 && n < 4 {
                match self.inner.read(&mut self.raw[n..])? {
                    0 => break,
                    more => n += more,
                }
            }
            if self.taken == 0 {
                let encoding = Encoding::for_bom(&self.raw[..n]).map_or(UTF_8, |(e, _)| e);
                self.decoder = Some(encoding.new_decoder_with_bom_removal());
            }
            self.taken += n as u64;
            self.ended = n == 0;
            let text = self.decode(n);
            self.pass(text.as_bytes());
        }
        Ok(())
    }

    fn decode(&mut self, n: usize) -> String {
        let mut text = String::with_capacity(n * 3 + 16);
        let Some(decoder) = self.decoder.as_mut() else { return text };
        let mut from = 0;
        loop {
            let (result, read) = decoder.decode_to_string_without_replacement(&self.raw[from..n], &mut text, n == 0);
            from += read;
            match result {
                DecoderResult::InputEmpty => return text,
                DecoderResult::OutputFull => text.reserve(n * 3 + 16),
                DecoderResult::Malformed(..) => {
                    text.push('\u{fffd}');
                    if self.mended.garbled == 0 {
                        self.mended.first_garbled = self.line + newlines(text.as_bytes());
                    }
                    self.mended.garbled += 1;
                }
            }
        }
    }

    /// Copies what may pass and follows the markup just far enough to know what is a run of text.
    fn pass(&mut self, text: &[u8]) {
        let mut from = 0;
        for (i, &b) in text.iter().enumerate() {
            if b >= 0x20 && b != b'<' && b != b'>' {
                continue;
            }
            if b < 0x20 {
                if b == b'\n' {
                    self.line += 1;
                } else if b != b'\t' && b != b'\r' {
                    self.copy(&text[from..i]);
                    from = i + 1;
                    if self.mended.controls == 0 {
                        self.mended.first_control = self.line;
                    }
                    self.mended.controls += 1;
                }
                continue;
            }
            match (self.state, b) {
                (State::Text, b'<') => {
                    self.copy(&text[from..i]);
                    self.end_run();
                    from = i;
                    self.state = State::Markup;
                }
                (State::Markup, b'>') => {
                    self.copy(&text[from..i]);
                    from = i;
                    if self.state == State::Markup || self.closes_cdata() {
                        self.end_run();
                        self.state = State::Text;
                        self.out.push(b'>');
                        from = i + 1;
                    }
                }
                (State::Cdata, b'>') => {
                    self.copy(&text[from..i]);
                    from = i;
                    if self.closes_cdata() {
                        self.end_run();
                        self.state = State::Text;
                    }
                }
                _ => {}
            }
        }
        self.copy(&text[from..]);
    }

    /// Appends to the output unless the current run is too long already.
    fn copy(&mut self, bytes: &[u8]) {
        self.remember(bytes);
        if self.run < self.limit {
            let room = usize::try_from(self.limit - self.run).unwrap_or(usize::MAX);
            self.out.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        self.run += bytes.len() as u64;
        if self.state == State::Markup && self.head == CDATA {
            self.state = State::Cdata;
        }
    }

    /// Keeps the first nine bytes of markup and the last two of anything.
    fn remember(&mut self, bytes: &[u8]) {
        if self.state == State::Markup {
            self.head.extend_from_slice(&bytes[..bytes.len().min(CDATA.len().saturating_sub(self.head.len()))]);
        }
        self.last.extend_from_slice(&bytes[bytes.len().saturating_sub(2)..]);
        let drop = self.last.len().saturating_sub(2);
        self.last.drain(..drop);
    }

    /// `]]` of its own, not the end of `<![CDATA[`… which ends in a bracket too, but only one.
    fn closes_cdata(&self) -> bool {
        self.last == b"]]" && self.run >= CDATA.len() as u64 + 2
    }

    fn end_run(&mut self) {
        if self.run > self.limit && self.state != State::Markup {
            let whole = self.out.len();
            // The cut may have gone through a character.
            let tail = whole.saturating_sub(4);
            let split = (tail..whole).rev().find(|i| self.out[*i] & 0xC0 != 0x80).filter(|i| std::str::from_utf8(&self.out[*i..]).is_err());
            self.out.truncate(split.unwrap_or(whole));
            self.out.extend_from_slice(CUT.as_bytes());
            if self.state == State::Cdata {
                self.out.extend_from_slice(b"]]");
            }
        }
        self.run = 0;
        self.head.clear();
        self.last.clear();
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|b| **b == b'\n').count() as u64
}

impl<R: Read> Read for Clean<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.len().min(buf.len());
        buf[..n].copy_from_slice(&self.out[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

impl<R: Read> BufRead for Clean<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.out.len() {
            self.refill()?;
        }
        Ok(&self.out[self.at..])
    }

    fn consume(&mut self, n: usize) {
        self.at += n;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(bytes: &[u8], limit: u64) -> (String, Mended) {
        let mut reader = Clean::new(bytes, limit);
        let mut out = String::new();
        reader.read_to_string(&mut out).unwrap();
        (out, reader.mended)
    }

    #[test]
    fn control_characters_go_and_are_counted() {
        let (text, mended) = clean(b"<a>\nx\x02y\x1c</a>", 1 << 20);
        assert_eq!(text, "<a>\nxy</a>");
        assert_eq!((mended.controls, mended.first_control), (2, 2));
    }

    #[test]
    fn other_encodings_become_utf8() {
        let utf16: Vec<u8> = "\u{feff}<a>ö</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(clean(&utf16, 99).0, "<a>ö</a>");
        let (text, mended) = clean(b"<a>\n\xf6</a>", 99);
        assert_eq!((text.as_str(), mended.garbled, mended.first_garbled), ("<a>\n\u{fffd}</a>", 1, 2));
    }

    #[test]
    fn long_runs_are_cut_and_what_follows_is_whole() {
        let long = "ä>".repeat(100);
        let text = format!("<a><![CDATA[{long}]]></a><b>{long}</b><c><![CDATA[x > y ]]></c><d>z</d>");
        let (out, _) = clean(text.as_bytes(), 50);
        assert!(out.ends_with("</b><c><![CDATA[x > y ]]></c><d>z</d>"), "{out}");
        assert!(out.contains(&format!("{CUT}]]></a><b>")), "{out}");
        assert_eq!(clean(text.as_bytes(), 1 << 20).0, text);
        let many = "<p><![CDATA[abc]]></p><q/>".repeat(50);
        assert_eq!(clean(many.as_bytes(), 20).0, many, "runs do not add up over sections");
    }
}
