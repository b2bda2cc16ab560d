//! Syntax trees → modules whose names point at their declarations.

pub mod program;
