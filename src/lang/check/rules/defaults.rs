//! Defaults that a validation of their own variable refuses.

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::lang::check::Checker;

pub(super) fn check(checker: &mut Checker<'_>) {
    let module = checker.module;
    for (index, variable) in (0..).zip(module.variables.values()) {
        let Some(default) = variable.default.filter(|_| !variable.validations.is_empty()) else { continue };
        let Some(value) = checker.constant(default) else { continue };
        for condition in &variable.validations {
            let Some(broken) = checker.refuses_default(index, &value, condition) else { continue };
            let diagnostic = Diagnostic::new(
                codes::DEFAULT_REFUSED,
                checker.span(default),
                format!("the default of `{}` is refused: {}", variable.name, broken.words),
            )
            .here(broken.here)
            .label(checker.span(condition.condition), "this is false")
            .at_path(format!("var.{}", variable.name));
            checker.report(diagnostic);
        }
    }
}
