//! What a check reads for itself is for nobody else: where it can't be read, the rest goes on without it.

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::lang::check::Checker;
use crate::lang::resolve::program::{CheckBlock, ExprKind, Module, Reference};
use crate::lang::resolve::uses_of_expr;

pub(super) fn check(checker: &mut Checker<'_>) {
    let module = checker.module;
    for (name, check) in &module.checks {
        let Some((index, key, resource)) = check.data.as_ref().and_then(|key| module.resources.get_full(key))
        else {
            continue;
        };
        let target = Reference::Resource(index as u32);
        let own = uses_in(module, check, target);
        let inside = |place: Span| {
            own.iter().any(|own| own.file == place.file && own.start <= place.start && place.end <= own.end)
        };
        let uses =
            module.exprs.iter().filter(|expr| matches!(expr.kind, ExprKind::Reference(to) if to == target));
        let mut outside = uses.map(|expr| expr.span).filter(|place| !inside(*place));
        let Some(first) = outside.next() else { continue };
        let message = format!("`data.{}.{}` is read by `check.{name}` for itself", key.kind, key.name);
        let mut diagnostic = Diagnostic::new(codes::UNDEFINED_REFERENCE, first, message)
            .here("not to be seen from here")
            .label(resource.span, "read here, and where it fails the rest goes on without it")
            .help("move the `data` block out of the check");
        for again in outside {
            diagnostic = diagnostic.label(again, "and here");
        }
        checker.report(diagnostic);
    }
}

/// Where the conditions of a check refer to something.
fn uses_in(module: &Module, check: &CheckBlock, target: Reference) -> Vec<Span> {
    let mut found = Vec::new();
    for id in check.asserts.iter().flat_map(|assert| [assert.condition, assert.message]) {
        uses_of_expr(module, id, &mut |used| found.extend((used.target == target).then_some(used.span)));
    }
    found
}
