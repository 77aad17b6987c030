//! Imports as a whole: killed and resumed, from a live wiki; bodies beside the Markdown they become.

mod again;
mod beside;
mod bodies;
mod decided;
mod history;
mod hostile;
mod killed;
mod live;
mod repeat;
mod wiki;
