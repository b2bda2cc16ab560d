//! Variables and locals that nothing refers to; of an account, types and functions too.

use rustc_hash::FxHashSet;

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::lang::resolve::is_name;
use crate::lang::resolve::program::{ExprKind, Module, Reference};

pub(super) fn check(module: &Module, diagnostics: &mut Vec<Diagnostic>) {
    // A module with errors has references that could not be resolved: what they meant is not known.
    if module.exprs.iter().any(|expr| matches!(expr.kind, ExprKind::Error)) {
        return;
    }
    let used: FxHashSet<Reference> = module
        .exprs
        .iter()
        .filter_map(|expr| match &expr.kind {
            ExprKind::Reference(reference) => Some(*reference),
            _ => None,
        })
        .collect();
    let mut report = |what: &str, name: &str, span: Span, help: &str| {
        // What is not even a name was reported.
        if !is_name(name) {
            return;
        }
        diagnostics.push(
            Diagnostic::new(codes::UNUSED_DEFINITION, span, format!("the {what} `{name}` is never used"))
                .here("nothing refers to it")
                .help(help),
        );
    };
    for (index, variable) in module.variables.values().enumerate() {
        if !used.contains(&Reference::Variable(index as u32)) {
            report("variable", &variable.name, variable.span, "remove it, or use it");
        }
    }
    for (index, local) in module.locals.values().enumerate() {
        if !used.contains(&Reference::Local(index as u32)) {
            report("local", &local.name, local.span, "remove it, or use it");
        }
    }
}

/// What a module that others use declares may be for them; nobody uses an account.
pub(super) fn of_account(module: &Module, diagnostics: &mut Vec<Diagnostic>) {
    let provisions = !module.resources.is_empty() || !module.calls.is_empty();
    if !provisions || module.exprs.iter().any(|expr| matches!(expr.kind, ExprKind::Error)) {
        return;
    }
    for idle in &module.idle {
        diagnostics.push(
            Diagnostic::new(
                codes::UNUSED_DEFINITION,
                idle.span,
                format!("the {} `{}` is never used", idle.what, idle.name),
            )
            .here("nothing refers to it")
            .help("remove it, or use it"),
        );
    }
}
