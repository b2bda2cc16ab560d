//! Outputs of the root module are printed: a secret one has to say that it is.

use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::lang::check::ModuleFacts;
use crate::lang::resolve::program::Module;

pub(super) fn check(module: &Module, facts: &ModuleFacts, diagnostics: &mut Vec<Diagnostic>) {
    for (output, fact) in module.outputs.values().zip(&facts.outputs) {
        if output.sensitive || !fact.ty.has_secret() {
            continue;
        }
        let value = module.expr(output.value).span;
        diagnostics.push(
            Diagnostic::new(
                codes::SECRET_EXPOSED,
                value,
                format!("the output `{}` would show a secret", output.name),
            )
            .here("secret")
            .label(output.span, "a plain output")
            .fix(
                FixLevel::Review,
                "mark it: `sensitive = true`",
                vec![crate::base::diagnostic::Edit {
                    span: value.after(),
                    text: "\n  sensitive = true".into(),
                }],
            )
            .help("a secret that may be shown after all is `nonsensitive(…)`"),
        );
    }
}
