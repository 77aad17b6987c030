//! When pages changed and who changed them: two clocks, from one walk over git. Only `git.rs` here names git2.
