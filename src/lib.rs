//! stepwright turns exported wiki pages into a docs repository people can trust, and the procedures in it into blueprints that can be run.
//!
//! ```text
//! export ──import──▶ Markdown + attachments ──page::Corpus──▶ workspace ──┬─▶ lint ──▶ report   (findings)
//!                                                (history, judge)         ├─▶ blueprint         (YAML beside its page)
//!                                                                         └─▶ site              (the website)
//! ```
//!
//! A page is read and parsed once per run into an immutable [`page::Page`]; everything learnt later (verdicts, ages, routes) lives in side tables keyed by
//! [`page::PageId`]. Everything that can be wrong points at a [`text::Span`].
//!
//! Who may use whom: `main → cli → {import, site, report, demo, init, lsp, workspace}`, `workspace → {lint, judge, history, blueprint, config}`, all of these `→ page → text`.
//! Never `page → lint`, `lint → site`, `import → lint`, anything `→ cli`. Only `cli/term.rs` prints, only `history/git.rs` names git2 for reading, only
//! `page/markdown.rs` names pulldown-cmark, only `site/templates.rs` names tera.

pub mod blueprint;
pub mod cli;
pub mod config;
pub mod demo;
pub mod disk;
pub mod history;
pub mod import;
pub mod init;
pub mod judge;
pub mod lint;
pub mod lsp;
pub mod page;
pub mod report;
pub mod serve;
pub mod site;
pub mod text;
pub mod workspace;
