//! A hash for tables of words.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

/// Words with something about each. Nothing may be read from it in its own order. The hash is quick and needs no secret: nobody gains from
/// words that collide.
pub type WordMap<T> = HashMap<Box<str>, T, FxBuildHasher>;
