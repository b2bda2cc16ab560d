//! Turning diagnostics, plans, state and graphs into text, JSON, SARIF, Markdown and pictures.
//!
//! Everything here is a pure function from data and a [`Style`] to text; nothing prints.

pub mod diagnostics;
pub mod functions;
pub mod graph;
pub mod plan;
pub mod state;
pub mod style;
pub mod text;
pub mod values;

pub use style::{Paths, Role, Style};
