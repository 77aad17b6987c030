//! The one integration binary: each module is a family of tests.

mod cli;
mod support;
