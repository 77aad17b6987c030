//! A hash for tables of words.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Words with something about each. Nothing may be read from it in its own order.
pub type WordMap<T> = HashMap<Box<str>, T, BuildHasherDefault<WordHasher>>;

/// A quick hash for short words (a multiply and a rotation per eight bytes); nobody gains from words that collide, so it needs no secret.
#[derive(Debug, Default)]
pub struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }

    /// The mark that ends a text tells texts apart that follow each other; a key is one word.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}
