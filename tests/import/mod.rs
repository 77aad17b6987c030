//! Imports as a whole: killed and resumed; bodies beside the Markdown they become.

mod again;
mod bodies;
mod history;
mod killed;
