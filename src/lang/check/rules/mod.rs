//! Rules that look at a whole module or program: one file each.

mod addresses;
mod checks;
mod defaults;
mod outputs;
mod providers;
mod state;
mod untyped;
mod unused;
mod version;

use super::Checker;
use crate::base::diagnostic::Diagnostic;
use crate::lang::resolve::program::Program;

/// Rules on one module.
pub(super) fn module(checker: &mut Checker<'_>) {
    addresses::check(checker);
    checks::check(checker);
    providers::check(checker);
    untyped::check(checker);
    defaults::check(checker);
    unused::check(checker.module, &mut checker.diagnostics);
}

/// Rules on the root module and what it is the root of.
pub(super) fn root(program: &Program, diagnostics: &mut Vec<Diagnostic>) {
    version::check(program.root(), diagnostics);
    state::check(program.root(), diagnostics);
    unused::of_account(program.root(), diagnostics);
}

/// Rules on the root module that need what is known of it.
pub(super) fn root_module(checker: &mut Checker<'_>) {
    outputs::check(checker);
}
