//! Rules that look at a whole module or program: one file each.

mod outputs;
mod state;
mod unused;
mod version;

use super::Checker;
use crate::base::diagnostic::Diagnostic;
use crate::lang::resolve::program::Program;

/// Rules on one module.
pub(super) fn module(checker: &mut Checker<'_>) {
    unused::check(checker.module, &mut checker.diagnostics);
}

/// Rules on the root module and what it is the root of.
pub(super) fn root(program: &Program, diagnostics: &mut Vec<Diagnostic>) {
    version::check(program.root(), diagnostics);
    state::check(program.root(), diagnostics);
}

/// Rules on the outputs of the root module, which are shown to people.
pub(super) fn root_outputs(checker: &mut Checker<'_>) {
    outputs::check(checker);
}
