//! When was the prose of a page, a section, a step last changed, in repositories of every shape.

mod ages;
mod quick;
mod reference;
mod shapes;
