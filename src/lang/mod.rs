//! Text → checked program: syntax, loading, functions, names, evaluation, checking.
//!
//! In the order the data flows; each sees only what stands before it.

pub mod syntax;

pub mod load;

pub mod functions;

pub mod resolve;

pub mod eval;

pub mod check;

pub mod lints;
