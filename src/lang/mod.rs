//! Text → checked program: syntax, loading, functions, names, evaluation, checking.
pub mod check;
pub mod eval;
pub mod functions;
pub mod resolve;
pub mod syntax;
