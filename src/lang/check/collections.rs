//! `for` expressions.

use std::collections::BTreeMap;

use super::{Checker, Fact, Taint, accept, narrow};
use crate::base::assign::join;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};
use crate::lang::resolve::program::{ExprId, ExprKind, For};

/// Loops over constants are tried if these have so many elements at most.
const MAX_WALKED: usize = 256;

/// So many shapes of elements are looked at.
const MAX_SHAPES: usize = 16;

impl<'a> Checker<'a> {
    /// `wanted` is what every element has to be, where that is known.
    pub(super) fn for_expr(&mut self, id: ExprId, parts: &For, wanted: Option<&accept::Wanted<'_>>) -> Fact {
        let collection = self.infer(parts.collection);
        let (key, value) = self.elements(parts.collection, &collection);
        // Elements that have no type in common are looked at one shape after the other.
        // Inside of such a loop they are `any`: loops in loops would multiply.
        let shapes = match value.ty.is_any() && !self.one_shape {
            true => shapes_of(&collection.ty),
            false => Vec::new(),
        };
        let outside = self.one_shape;
        self.one_shape |= !shapes.is_empty();
        let mut outline = collection.taint.outline();
        if let TypeKind::Set(..) = collection.ty.kind {
            outline.join(&collection.taint);
        }
        let reported = self.diagnostics.len();
        let mut all: Option<Fact> = None;
        let mut secret = collection.ty.secret;
        for ty in if shapes.is_empty() { vec![value.ty.clone()] } else { shapes } {
            let element = value.with(if collection.ty.secret { ty.secret() } else { ty });
            let (fact, test) = self.for_body(parts, (&key, element), wanted, &mut outline);
            secret |= test;
            all = Some(match all {
                None => fact,
                Some(before) => Fact {
                    ty: join(&before.ty, &fact.ty).unwrap_or_else(Type::any),
                    taint: before.taint.either(&fact.taint),
                },
            });
            // What is wrong for one shape is one mistake.
            if self.diagnostics.len() > reported {
                break;
            }
        }
        self.one_shape = outside;
        // What will fail whatever happens is said now: two elements of one key, or a call in the loop.
        let few = |value: &Value| match &value.kind {
            Kind::Map(map) => map.len() <= MAX_WALKED,
            _ => value.as_slice().is_some_and(|elements| elements.len() <= MAX_WALKED),
        };
        if self.diagnostics.len() == reported
            && self.constant(parts.collection).as_ref().is_some_and(few)
            && let Some(error) = self.failing_whatever(id)
        {
            self.report(*error);
        }
        // Keys that would show a secret were reported: what they name is no further mistake.
        if self.diagnostics[reported..].iter().any(|d| d.code == codes::SECRET_EXPOSED) {
            return Fact::error();
        }
        let Fact { ty, taint } = all.unwrap_or_else(Fact::error);
        let ty = match (parts.key_expr, parts.group) {
            (None, _) => Type::list(ty),
            (Some(_), false) => Type::map(ty),
            (Some(_), true) => Type::map(Type::list(ty)),
        };
        let ty = if secret { ty.secret() } else { ty };
        Fact { ty, taint: Taint::collection(&outline, &taint) }
    }

    /// What one element becomes, and whether a secret decides that it is kept.
    fn for_body(
        &mut self,
        parts: &For,
        (key, element): (&Fact, Fact),
        wanted: Option<&accept::Wanted<'_>>,
        outline: &mut Taint,
    ) -> (Fact, bool) {
        let depth = self.bindings.len();
        if parts.key.is_some() {
            self.bindings.push(key.clone());
        }
        debug_assert_eq!(
            self.bindings.len(),
            parts.value.0 as usize,
            "bindings are pushed in the order of slots"
        );
        self.bindings.push(element);
        let mut shown = Vec::new();
        let mut secret = false;
        if let Some(condition) = parts.condition {
            let test = self.accept(condition, &Type::bool(), &accept::Purpose::Condition);
            secret = test.ty.secret;
            outline.join(&test.taint);
            shown = narrow::facts_of(self.module, condition).0;
        }
        let fact = self.assuming(shown, |this| {
            if let Some(key) = parts.key_expr {
                outline.join(&this.key(key).taint);
            }
            match wanted {
                Some(wanted) => this.accept_wanted(parts.value_expr, wanted),
                None => this.infer(parts.value_expr),
            }
        });
        self.bindings.truncate(depth);
        (fact, secret)
    }

    /// A list that is written down for a set, and says the same twice.
    pub(super) fn lost_duplicates(&mut self, items: &[ExprId]) {
        let mut seen: BTreeMap<&Value, Span> = BTreeMap::new();
        let mut repeated = Vec::new();
        for id in items {
            let expr = self.module.expr(*id);
            let ExprKind::Literal(value) = &expr.kind else { continue };
            match seen.get(value) {
                Some(first) => repeated.push((expr.span, *first, value)),
                None => drop(seen.insert(value, expr.span)),
            }
        }
        for (span, first, value) in repeated {
            self.report(
                Diagnostic::new(
                    codes::LOST_DUPLICATES,
                    span,
                    format!("a set has each element once, and {value} is listed twice"),
                )
                .here("again here")
                .label(first, "first listed here")
                .help("remove one; `toset([…])` says that repetitions don't matter"),
            );
        }
    }

    /// Key and value of what is walked.
    pub(super) fn elements(&mut self, id: ExprId, collection: &Fact) -> (Fact, Fact) {
        let ty = &collection.ty;
        let any = || Type::any().non_null();
        let (key, value) = match &ty.kind {
            TypeKind::List(element, _) => (Type::int(), (**element).clone()),
            TypeKind::Set(element, _) => ((**element).clone(), (**element).clone()),
            TypeKind::Map(element, _) => (Type::string(), (**element).clone()),
            TypeKind::Tuple(types) => {
                (Type::int(), crate::base::assign::join_all(types.iter().cloned()).unwrap_or_else(Type::any))
            }
            TypeKind::Object(object) => (
                Type::string(),
                crate::base::assign::join_all(object.attributes.values().map(|a| a.ty.clone()))
                    .unwrap_or_else(Type::any),
            ),
            TypeKind::Any => (any(), Type::any()),
            TypeKind::Error | TypeKind::Never => (Type::error(), Type::error()),
            _ => {
                self.report(
                    Diagnostic::new(
                        codes::TYPE_MISMATCH,
                        self.span(id),
                        "only lists, sets, maps and objects can be walked",
                    )
                    .here(format!("this is `{ty}`"))
                    .mismatch("list", ty.to_string()),
                );
                (Type::error(), Type::error())
            }
        };
        if ty.nullable && !ty.is_any() && !ty.is_error() {
            let fallback = super::accept::fallback(ty);
            let span = self.span(id);
            let text = self.text(span).to_owned();
            let diagnostic =
                Diagnostic::new(codes::NULL_VALUE, span, "this may be null, and null can't be walked")
                    .here(format!("`{ty}`"))
                    .mismatch(ty.clone().non_null().to_string(), ty.to_string())
                    .replace(
                        crate::base::diagnostic::FixLevel::Review,
                        format!("give it a fallback: `?? {fallback}`"),
                        span,
                        format!("{text} ?? {fallback}"),
                    );
            let diagnostic = self.with_declaration(diagnostic, id);
            self.report(diagnostic);
        }
        let secret = ty.secret;
        let mark = |ty: Type| if secret { ty.secret() } else { ty };
        let (outline, element) = match ty.kind {
            TypeKind::Set(..) => (collection.taint.flat(), collection.taint.flat()),
            _ => (collection.taint.outline(), collection.taint.element()),
        };
        let value = Fact { ty: mark(value), taint: element.and(&outline) };
        (Fact { ty: mark(key), taint: outline }, value)
    }
}

/// The types of elements that have no type in common, each once; nothing if there are too many to look at.
fn shapes_of(ty: &Type) -> Vec<Type> {
    let mut shapes: Vec<Type> = Vec::new();
    let types: Vec<&Type> = match &ty.kind {
        TypeKind::Tuple(types) => types.iter().collect(),
        TypeKind::Object(object) => object.attributes.values().map(|attribute| &attribute.ty).collect(),
        _ => return shapes,
    };
    for ty in types {
        if ty.is_any() || (shapes.len() == MAX_SHAPES && !shapes.contains(ty)) {
            return Vec::new();
        }
        if !shapes.contains(ty) {
            shapes.push(ty.clone());
        }
    }
    shapes
}
