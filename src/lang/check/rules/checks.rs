//! What a check reads for itself is for nobody else: where it can't be read, the rest goes on without it.

use rustc_hash::FxHashMap;

use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::lang::check::Checker;
use crate::lang::resolve::program::{CheckBlock, ExprKind, Module, Reference};
use crate::lang::resolve::uses_of_expr;

pub(super) fn check(checker: &mut Checker<'_>) {
    let module = checker.module;
    let read = |check: &CheckBlock| module.resources.get_full(check.data.as_ref()?);
    // All that is read by checks, with the places that refer to it: found together, as there may be many.
    let mut uses: FxHashMap<u32, Vec<Span>> =
        module.checks.values().filter_map(read).map(|(index, ..)| (index as u32, Vec::new())).collect();
    if uses.is_empty() {
        return;
    }
    for expr in &module.exprs {
        if let ExprKind::Reference(Reference::Resource(index)) = expr.kind
            && let Some(uses) = uses.get_mut(&index)
        {
            uses.push(expr.span);
        }
    }
    for (name, check) in &module.checks {
        let Some((index, key, resource)) = read(check) else { continue };
        let own = uses_in(module, check, Reference::Resource(index as u32));
        let inside = |place: &Span| {
            let behind = own.partition_point(|own| (own.file, own.start) <= (place.file, place.start));
            own[..behind].last().is_some_and(|own| own.file == place.file && place.end <= own.end)
        };
        let mut outside = uses[&(index as u32)].iter().copied().filter(|place| !inside(place));
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

/// Where the conditions of a check refer to something, in order.
fn uses_in(module: &Module, check: &CheckBlock, target: Reference) -> Vec<Span> {
    let mut found = Vec::new();
    for id in check.asserts.iter().flat_map(|assert| [assert.condition, assert.message]) {
        uses_of_expr(module, id, &mut |used| found.extend((used.target == target).then_some(used.span)));
    }
    found.sort_unstable_by_key(|place| (place.file, place.start));
    found
}
