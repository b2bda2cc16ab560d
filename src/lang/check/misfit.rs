//! What is said of a value that does not fit its place.

use super::Checker;
use super::accept::{Purpose, fallback, finish, place_words};
use super::across::Instance;
use super::bounds::Known;
use crate::base::assign::{Fault, Mismatch, ValueMismatch, ValuePath, assignable};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::suggest::nearest;
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};
use crate::lang::resolve::program::{ExprId, ExprKind};

impl<'a> Checker<'a> {
    pub(super) fn broken_bound(
        &mut self,
        id: ExprId,
        wrong: &ValueMismatch,
        instance: Option<&Instance>,
        purpose: &Purpose<'_>,
        path: &ValuePath,
    ) {
        let span = self.span(id);
        let inner = ValuePath(path.0.iter().chain(&wrong.path.0).cloned().collect());
        let mut diagnostic = Diagnostic::new(
            codes::CONSTRAINT_VIOLATED,
            span,
            format!("{} {wrong}", place_words(purpose, &inner)),
        )
        .here(found_at(&wrong.path, &wrong.found.to_string()))
        .mismatch(wrong.expected.to_string(), wrong.found.to_string());
        if let TypeKind::Enum(values) = &wrong.expected.kind {
            let names: Vec<_> = values.iter().filter_map(Value::as_str).collect();
            if let Some(text) = wrong.found.as_str()
                && let Some(near) = nearest(text, names.iter().copied())
                && matches!(self.module.expr(id).kind, ExprKind::Literal(_))
            {
                let near = Value::from(near).to_string();
                diagnostic = diagnostic.replace(FixLevel::Review, format!("change it to {near}"), span, near);
            }
        }
        if let Some(alias) = &wrong.expected.alias
            && let Some(span) = alias.span
        {
            diagnostic = diagnostic.label(span, format!("`{}` is declared here", alias.name));
        }
        diagnostic = match instance {
            Some(instance) => self.of_instance(diagnostic, id, instance, &wrong.path),
            None => self.whence(diagnostic, id, &wrong.path),
        };
        let diagnostic = finish(diagnostic, purpose, &inner);
        self.report(diagnostic);
    }

    /// No value that is possible lies within the bounds.
    pub(super) fn always_outside(
        &mut self,
        id: ExprId,
        known: &Known,
        mismatch: &Mismatch,
        purpose: &Purpose<'_>,
        path: &ValuePath,
    ) {
        let secret = mismatch.found.secret;
        let found = if secret { "(sensitive)".to_owned() } else { known.words(&mismatch.expected) };
        let message =
            format!("{} is {}, and this never is", place_words(purpose, path), article(&mismatch.expected));
        let diagnostic = Diagnostic::new(codes::CONSTRAINT_VIOLATED, self.span(id), message)
            .here(format!("this is {found}"))
            .mismatch(mismatch.expected.to_string(), found);
        let diagnostic =
            match mismatch.expected.alias.as_ref().and_then(|alias| alias.span.zip(Some(&alias.name))) {
                Some((span, name)) => diagnostic.label(span, format!("`{name}` is declared here")),
                None => diagnostic,
            };
        let diagnostic = self.whence(diagnostic, id, &ValuePath::default());
        let diagnostic = finish(diagnostic, purpose, path);
        self.report(diagnostic);
    }

    pub(super) fn mismatch(
        &mut self,
        id: ExprId,
        mismatch: &Mismatch,
        purpose: &Purpose<'_>,
        path: &ValuePath,
    ) {
        let span = self.span(id);
        let text = self.text(span).to_owned();
        let inner = ValuePath(path.0.iter().chain(&mismatch.path.0).cloned().collect());
        let whole = mismatch.path.0.is_empty();
        let words = place_words(purpose, &inner);
        let (expected, found) = (&mismatch.expected, &mismatch.found);
        let mut diagnostic = match &mismatch.fault {
            Fault::Null => {
                let message = match found.kind {
                    TypeKind::Never => format!("{words} can't be null"),
                    _ => format!("{words} can't be null, and this may be"),
                };
                let diagnostic = Diagnostic::new(codes::NULL_VALUE, span, message).here(format!("`{found}`"));
                match found.kind {
                    TypeKind::Never => diagnostic,
                    _ if whole => {
                        let fallback = fallback(expected);
                        diagnostic.replace(
                            FixLevel::Review,
                            format!("give it a fallback: `?? {fallback}`"),
                            span,
                            format!("{text} ?? {fallback}"),
                        )
                    }
                    _ => diagnostic,
                }
            }
            Fault::Missing(names) => {
                let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                Diagnostic::new(
                    codes::MISSING_ARGUMENT,
                    span,
                    format!("{words} lacks {}", names.join(" and ")),
                )
                .here(format!("this is `{found}`"))
            }
            Fault::Unexpected(name) => {
                Diagnostic::new(codes::UNKNOWN_ATTRIBUTE, span, format!("{words} has no attribute `{name}`"))
            }
            Fault::Bound => Diagnostic::new(
                codes::CONSTRAINT_VIOLATED,
                span,
                format!("{words} is `{expected}`, and this is not known to be"),
            )
            .here(format!("this is `{found}`")),
            Fault::Type => {
                let message = format!("{words} is {}, and this is {}", article(expected), article(found));
                Diagnostic::new(codes::TYPE_MISMATCH, span, message).here(match self.shown(id) {
                    Some(value) => format!("this is {value}"),
                    None => found_at(&mismatch.path, &format!("`{found}`")),
                })
            }
        };
        diagnostic = diagnostic.mismatch(expected.to_string(), found.to_string());
        if mismatch.fault == Fault::Type && whole {
            diagnostic = self.conversion(diagnostic, id, mismatch, &text);
        }
        if let Fault::Bound = mismatch.fault
            && let TypeKind::Enum(values) = &expected.kind
        {
            if let Known::Values(possible) = self.known(id)
                && let Some(other) = possible.iter().find(|value| !values.contains(value))
                && !found.secret
            {
                diagnostic = diagnostic.note(format!("it may be {other}"));
            }
            let names: Vec<_> = values.iter().map(Value::to_string).collect();
            diagnostic = diagnostic
                .help(format!("state the type where the value comes from: `{}`", names.join(" | ")));
        }
        diagnostic = self.whence(diagnostic, id, &mismatch.path);
        let diagnostic = finish(diagnostic, purpose, &inner);
        self.report(diagnostic);
    }

    /// `"80"` → `80`, `x` → `tonumber(x)`.
    fn conversion(
        &mut self,
        diagnostic: Diagnostic,
        id: ExprId,
        mismatch: &Mismatch,
        text: &str,
    ) -> Diagnostic {
        let span = self.span(id);
        let literal = match &self.module.expr(id).kind {
            ExprKind::Literal(value) => Some(value.clone()),
            _ => None,
        };
        let unquoted = |value: &Value| match (&value.kind, &mismatch.expected.kind) {
            (Kind::String(text), TypeKind::Number(_)) => {
                text.parse::<crate::base::number::Number>().ok().map(|number| number.to_string())
            }
            (Kind::String(text), TypeKind::Bool) if matches!(text.as_str(), "true" | "false") => {
                Some(text.to_string())
            }
            (Kind::Number(_) | Kind::Bool(_), TypeKind::String(_)) => Some(format!("\"{value}\"")),
            _ => None,
        };
        if let Some(fixed) = literal.as_ref().and_then(unquoted) {
            return diagnostic.replace(FixLevel::Safe, format!("write {fixed}"), span, fixed.clone());
        }
        match mismatch.conversion() {
            // A text that is a number need not be an integer.
            Some(function) if literal.is_none() => diagnostic.replace(
                match &mismatch.expected.kind {
                    TypeKind::Number(number) if number.integer => FixLevel::Review,
                    _ => FixLevel::Safe,
                },
                format!("convert it: `{function}(…)`"),
                span,
                format!("{function}({text})"),
            ),
            _ => match &mismatch.expected.kind {
                TypeKind::List(element, _) | TypeKind::Set(element, _)
                    if assignable(element, &mismatch.found).is_ok() =>
                {
                    diagnostic.replace(FixLevel::Review, "put it into a list", span, format!("[{text}]"))
                }
                _ => diagnostic,
            },
        }
    }
}

/// "this is 5", or where inside of this.
fn found_at(path: &ValuePath, found: &str) -> String {
    match path.to_string().trim_start_matches('.') {
        "" => format!("this is {found}"),
        inside => format!("`{inside}` is {found}"),
    }
}

fn article(ty: &Type) -> String {
    let shown = ty.to_string();
    match shown.chars().next() {
        _ if matches!(ty.kind, TypeKind::Never) => "null".to_owned(),
        Some('a' | 'e' | 'i' | 'o' | 'u' | 'A' | 'E' | 'I' | 'O' | 'U') => format!("an `{shown}`"),
        _ => format!("a `{shown}`"),
    }
}
