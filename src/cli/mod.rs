//! The command line: arguments to typed requests, one file per command. Only `term.rs` prints.
