//! Outputs of the root module are printed: a secret one has to say that it is.

use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, Edit, FixLevel};
use crate::lang::check::Checker;
use crate::lang::check::blame::Fault;

pub(super) fn check(checker: &mut Checker<'_>) {
    for (index, output) in checker.module.outputs.values().enumerate() {
        if output.sensitive || !checker.module_facts.outputs[index].ty.has_secret() {
            continue;
        }
        let value = checker.span(output.value);
        let secret = checker.blame(output.value, Fault::Secret);
        let diagnostic = Diagnostic::new(
            codes::SECRET_EXPOSED,
            checker.span(secret),
            format!("the output `{}` would show a secret", output.name),
        )
        .here("secret")
        .label(output.span, "a plain output")
        .fix(
            FixLevel::Review,
            "mark it: `sensitive = true`",
            vec![Edit { span: value.after(), text: "\n  sensitive = true".into() }],
        )
        .help("a secret that may be shown after all is `nonsensitive(…)`");
        let diagnostic = checker.with_declaration(diagnostic, secret);
        checker.report(diagnostic);
    }
}
