//! The `state` block of the root module names a store that exists.

use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::suggest::nearest;
use crate::lang::resolve::program::Module;

/// Stores an account can choose.
const STORES: &[&str] = &["local"];

pub(super) fn check(module: &Module, diagnostics: &mut Vec<Diagnostic>) {
    let Some(state) = &module.settings.state else { return };
    if STORES.contains(&state.kind.as_str()) {
        return;
    }
    let diagnostic = Diagnostic::new(
        codes::INVALID_BLOCK,
        state.span,
        format!("there is no state store {:?}", state.kind.as_str()),
    );
    diagnostics.push(match nearest(&state.kind, STORES.iter().copied()) {
        Some(near) => diagnostic.here(format!("did you mean \"{near}\"?")).replace(
            FixLevel::Safe,
            format!("change it to \"{near}\""),
            state.span,
            near,
        ),
        None => diagnostic
            .here("not available")
            .note(format!("there is {}", STORES.join(", ")))
            .help("`state \"local\" {}` keeps it in `.prov/` beside the account"),
    });
}
