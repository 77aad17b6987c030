//! Imports as a whole: killed and resumed; bodies beside the Markdown they become.

mod history;
mod killed;
