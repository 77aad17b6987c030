//! A hash for tables of words.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Words with something about each. Nothing may be read from it in its own order.
pub type WordMap<T> = HashMap<Box<str>, T, BuildHasherDefault<WordHasher>>;

/// A quick hash for short words (a multiply and a rotation per eight bytes); nobody gains from words that collide, so it needs no secret.
#[derive(Debug, Default)]
pub struct WordHasher(u64);

impl WordHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for WordHasher {
    fn write(&mut self, mut bytes: &[u8]) {
        while let Some((word, rest)) = bytes.split_first_chunk() {
            self.add(u64::from_le_bytes(*word));
            bytes = rest;
        }
        // Of the last bytes none is left out; some come twice.
        if let (Some(head), Some(tail)) = (bytes.first_chunk(), bytes.last_chunk()) {
            self.add(u64::from(u32::from_le_bytes(*head)) | u64::from(u32::from_le_bytes(*tail)) << 32);
        } else if let [first, .., last] = bytes {
            self.add(u64::from(*first) | u64::from(bytes[bytes.len() / 2]) << 8 | u64::from(*last) << 16);
        } else if let [only] = bytes {
            self.add(u64::from(*only));
        }
    }

    /// The mark that ends a text tells texts apart that follow each other; a key is one word.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}
