//! Variables and parameters of a type that checks nothing.

use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, Edit, FixLevel};
use crate::base::source::Span;
use crate::base::types::{Type, TypeKind};
use crate::lang::check::Checker;
use crate::lang::resolve::program::{ExprId, ExprKind, Variable};

pub(super) fn check(checker: &mut Checker<'_>) {
    let module = checker.module;
    for variable in module.variables.values() {
        match variable.type_span {
            Some(span) if has_any(&variable.ty) => stated(checker, span, &variable.name),
            None if has_any(&variable.ty) => unstated(checker, variable),
            _ => {}
        }
    }
    for function in module.functions.values().filter(|function| function.module == module.id) {
        for param in function.params.iter().filter(|param| has_any(&param.ty)) {
            let place = Span { end: function.returns_span.start, ..param.span };
            let word = any_in(checker.text(place)).map(|at| Span {
                start: place.start + at as u32,
                end: place.start + at as u32 + 3,
                ..place
            });
            report(checker, word.unwrap_or(param.span), &param.name);
        }
    }
}

fn stated(checker: &mut Checker<'_>, span: Span, name: &str) {
    // An `any` that comes with a named type is pointed at where that type is declared, if it is declared here.
    let word = any_in(checker.text(span)).map(|at| Span {
        start: span.start + at as u32,
        end: span.start + at as u32 + 3,
        ..span
    });
    report(checker, word.unwrap_or(span), name);
}

fn report(checker: &mut Checker<'_>, span: Span, name: &str) {
    checker.report(
        Diagnostic::new(codes::ANY_TYPE, span, format!("`{name}` is checked only when its value is known"))
            .here("takes anything")
            .help("state what it takes; `object({ … })` takes values that have more attributes, too"),
    );
}

/// A variable that has neither a type nor a default that tells one.
fn unstated(checker: &mut Checker<'_>, variable: &Variable) {
    let message =
        format!("`{}` states no type, so it is checked only when its value is known", variable.name);
    let diagnostic = Diagnostic::new(codes::ANY_TYPE, variable.span, message).here("takes anything");
    let guess = variable.default.and_then(|id| guessed(checker, id).map(|ty| (id, ty)));
    checker.report(match guess {
        Some((id, ty)) => diagnostic.fix(
            FixLevel::Review,
            format!("state the type: `type = {ty}`"),
            vec![Edit { span: checker.span(id).after(), text: format!("\n  type    = {ty}") }],
        ),
        None => diagnostic.help("state the type: `type = string`, or whatever it takes"),
    });
}

fn guessed(checker: &Checker<'_>, default: ExprId) -> Option<&'static str> {
    match &checker.module.expr(default).kind {
        ExprKind::Object(items) if items.is_empty() => Some("map(string)"),
        ExprKind::Tuple(items) if items.is_empty() => Some("list(string)"),
        ExprKind::Literal(value) if value.is_null() => Some("string?"),
        _ => None,
    }
}

/// Where the word stands in a type expression.
fn any_in(text: &str) -> Option<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices("any").map(|(at, _)| at).find(|at| {
        !text[..*at].ends_with(part) && !text[at + 3..].starts_with(part) && !text[..*at].ends_with('"')
    })
}

fn has_any(ty: &Type) -> bool {
    match &ty.kind {
        TypeKind::Any => true,
        TypeKind::List(ty, _) | TypeKind::Set(ty, _) | TypeKind::Map(ty, _) => has_any(ty),
        TypeKind::Tuple(types) => types.iter().any(has_any),
        // The type of a resource is its provider's to state.
        TypeKind::Object(object) => {
            object.name.is_none() && object.attributes.values().any(|attribute| has_any(&attribute.ty))
        }
        _ => false,
    }
}
