//! Whoever is told how far a long piece of work is.

/// Learns how far things are.
pub trait Listener: Sync {
    /// A phase goes on: `verb`, `done` of `total` (0 if unknown), and what is in hand.
    fn progress(&self, verb: &str, done: u64, total: u64, what: &str);
    /// A phase is over.
    fn phase(&self, verb: &str, text: &str);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Listener for Silent {
    fn progress(&self, _: &str, _: u64, _: u64, _: &str) {}
    fn phase(&self, _: &str, _: &str) {}
}
