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

pub(super) use unused::Referred;

/// Rules on one module. `referred` is missing where errors hide what is referred to.
pub(super) fn module(checker: &mut Checker<'_>, referred: Option<&Referred>) {
    addresses::check(checker);
    checks::check(checker);
    providers::check(checker);
    untyped::check(checker);
    defaults::check(checker);
    if let Some(referred) = referred {
        unused::check(checker.module, referred, &mut checker.diagnostics);
    }
}

/// Rules on the root module and what it is the root of.
pub(super) fn root(program: &Program, referred: Option<&Referred>, diagnostics: &mut Vec<Diagnostic>) {
    version::check(program.root(), diagnostics);
    state::check(program.root(), diagnostics);
    if referred.is_some() {
        unused::of_account(program.root(), diagnostics);
    }
}

/// Rules on the root module that need what is known of it.
pub(super) fn root_module(checker: &mut Checker<'_>) {
    outputs::check(checker);
}
