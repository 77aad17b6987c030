//! Imports as a whole: killed and resumed; bodies beside the Markdown they become.

mod again;
mod history;
mod killed;
