//! The one integration binary: each module is a family of tests.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod action;
mod blueprint;
mod cli;
mod history;
mod import;
mod init;
mod lsp;
mod propose;
mod report;
mod review;
mod site;
mod support;
