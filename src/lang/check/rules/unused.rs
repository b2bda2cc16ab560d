//! Variables and locals that nothing refers to; of an account, types and functions too.

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::lang::resolve::is_name;
use crate::lang::resolve::program::{ExprKind, Module, Reference};

/// Which variables and locals something refers to, by index.
pub(in super::super) struct Referred {
    pub(in super::super) variables: Vec<bool>,
    pub(in super::super) locals: Vec<bool>,
}

impl Referred {
    /// `None` if the module has references that could not be resolved: what they meant is not known.
    pub(in super::super) fn of(module: &Module) -> Option<Self> {
        let mut variables = vec![false; module.variables.len()];
        let mut locals = vec![false; module.locals.len()];
        for expr in &module.exprs {
            match expr.kind {
                ExprKind::Reference(Reference::Variable(index)) => variables[index as usize] = true,
                ExprKind::Reference(Reference::Local(index)) => locals[index as usize] = true,
                ExprKind::Error => return None,
                _ => {}
            }
        }
        Some(Self { variables, locals })
    }
}

pub(super) fn check(module: &Module, referred: &Referred, diagnostics: &mut Vec<Diagnostic>) {
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
    for (variable, _) in module.variables.values().zip(&referred.variables).filter(|(_, used)| !**used) {
        report("variable", &variable.name, variable.span, "remove it, or use it");
    }
    for (local, _) in module.locals.values().zip(&referred.locals).filter(|(_, used)| !**used) {
        report("local", &local.name, local.span, "remove it, or use it");
    }
}

/// What a module that others use declares may be for them; nobody uses an account.
pub(super) fn of_account(module: &Module, diagnostics: &mut Vec<Diagnostic>) {
    let provisions = !module.resources.is_empty() || !module.calls.is_empty();
    if !provisions {
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
