//! When was a page's prose last changed, in repositories of every shape.

mod reference;
mod shapes;
