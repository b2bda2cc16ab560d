//! Expression → fact: one function per kind.

use rustc_hash::FxHashMap;

use super::constants::FAILURES;
use super::facts::Demanded;
use super::instances::Around;
use super::{Checker, Fact, Taint, accept, narrow};
use crate::base::Text;
use crate::base::assign::{join, type_of};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::types::{Type, TypeKind};
use crate::base::value::Kind;
use crate::lang::resolve::program::{ExprId, ExprKind, Item, ItemKey, Part, Reference};

impl<'a> Checker<'a> {
    /// The type of an expression by itself, and how late it is.
    pub(super) fn infer(&mut self, id: ExprId) -> Fact {
        let fact = self.inferred(id);
        // What is only taken from elsewhere was looked at there.
        let taken = matches!(
            self.module.expr(id).kind,
            ExprKind::Reference(
                Reference::Variable(_) | Reference::Local(_) | Reference::Resource(_) | Reference::Binding(_)
            ) | ExprKind::Attribute { .. }
                | ExprKind::Index { .. }
        );
        if taken || fact.ty.is_scalar() {
            return fact;
        }
        match self.extents.check(&fact.ty) {
            Ok(()) => fact,
            Err(too_large) => {
                let message = format!("this has a type {}", too_large.words());
                self.report(
                    Diagnostic::new(codes::LIMIT_EXCEEDED, self.span(id), message)
                        .here("too large to be checked")
                        .help("keep large data in a file, and read it with `jsondecode(file(…))`"),
                );
                Fact::error()
            }
        }
    }

    fn inferred(&mut self, id: ExprId) -> Fact {
        let module = self.module;
        let expr = module.expr(id);
        match &expr.kind {
            ExprKind::Error => Fact::error(),
            ExprKind::Literal(value) => Fact::known(type_of(value)),
            ExprKind::Default { function, parameter } => self.default(id, function, *parameter),
            ExprKind::Reference(reference) => {
                let fact = self.reference(*reference);
                self.narrowed(id, fact)
            }
            ExprKind::Attribute { base, name, name_span, safe } => {
                let fact = self.there(id, *base, |this| this.attribute(*base, name, *name_span, *safe));
                self.narrowed(id, fact)
            }
            ExprKind::Index { base, index } => {
                let fact = self.there(id, *base, |this| this.index(*base, *index));
                self.narrowed(id, fact)
            }
            ExprKind::Splat { base, slot, each } => self.splat(*base, *slot, *each),
            ExprKind::Call { callee, name_span, args, expand } => {
                self.call(id, callee, *name_span, args, *expand)
            }
            ExprKind::Unary { op, operand } => self.unary(*op, *operand),
            ExprKind::Binary { op, op_span, left, right } => self.binary(id, *op, *op_span, *left, *right),
            ExprKind::Conditional { condition, then, otherwise } => {
                self.conditional(*condition, *then, *otherwise)
            }
            ExprKind::Match { scrutinee, arms } => self.match_arms(*scrutinee, arms, expr.span, None),
            ExprKind::Template(parts) => {
                let mut fact = Fact::known(Type::string());
                self.parts(parts, &mut fact);
                fact
            }
            ExprKind::Tuple(items) => {
                let facts: Vec<_> = items.iter().map(|item| self.infer(*item)).collect();
                let types: Vec<_> = facts.iter().map(|fact| fact.ty.clone()).collect();
                Fact { ty: Type::tuple(types), taint: Taint::tuple(facts.iter().map(|fact| &fact.taint)) }
            }
            ExprKind::Object(items) => self.object(items),
            ExprKind::For(parts) => self.for_expr(id, parts, None),
        }
    }

    fn object(&mut self, items: &[Item]) -> Fact {
        let mut attributes: Vec<(Text, Type)> = Vec::new();
        let mut computed: Option<Type> = None;
        let mut named: Vec<(Text, Taint)> = Vec::new();
        let (mut keys, mut rest) = (Taint::default(), Taint::default());
        let mut seen = FxHashMap::default();
        for item in items {
            let value = self.infer(item.value);
            match &item.key {
                ItemKey::Name(name) => {
                    self.repeated_key(name, item.key_span, &mut seen);
                    named.push((name.clone(), value.taint));
                    attributes.push((name.clone(), value.ty));
                }
                ItemKey::Computed(key) => {
                    keys.join(&self.key(*key).taint);
                    rest = rest.either(&value.taint);
                    computed = Some(match computed {
                        None => value.ty,
                        Some(other) => join(&other, &value.ty).unwrap_or_else(Type::any),
                    });
                }
            }
        }
        let Some(mut element) = computed else {
            return Fact { ty: Type::object(attributes), taint: Taint::object(named) };
        };
        let rest = named.iter().fold(rest, |rest, (_, part)| rest.either(part));
        for (_, ty) in attributes {
            element = join(&element, &ty).unwrap_or_else(Type::any);
        }
        Fact { ty: Type::map(element), taint: Taint::collection(&keys, &rest) }
    }

    /// Keys of objects take strings, and numbers and bools as text.
    pub(super) fn key(&mut self, id: ExprId) -> Fact {
        let fact = self.infer(id);
        let fits = matches!(
            fact.ty.kind,
            TypeKind::Enum(_)
                | TypeKind::String(_)
                | TypeKind::Number(_)
                | TypeKind::Bool
                | TypeKind::Any
                | TypeKind::Error
        );
        // Where no value ever comes, none is wrong.
        let never = matches!(fact.ty.kind, TypeKind::Never) && !fact.ty.nullable;
        if !never && (!fits || fact.ty.nullable && !fact.ty.is_any()) {
            let (code, message) = match fits {
                true => (codes::NULL_VALUE, "the key of an object can't be null, and this may be"),
                false => (codes::TYPE_MISMATCH, "the key of an object is a text"),
            };
            let diagnostic = Diagnostic::new(code, self.span(id), message)
                .here(format!("this is `{}`", fact.ty))
                .mismatch("string", fact.ty.to_string());
            let diagnostic = self.with_declaration(diagnostic, id);
            self.report(diagnostic);
        }
        if fact.ty.secret {
            let diagnostic = Diagnostic::new(codes::SECRET_EXPOSED, self.span(id), "a secret can't be a key")
                .here("secret")
                .note("keys name instances and are shown in plans and logs");
            let diagnostic = self.with_declaration(diagnostic, id);
            self.report(diagnostic);
        } else {
            let span = self.span(id);
            self.demand(fact.taint.secrets.iter(), Demanded::Open, span, "a key");
        }
        fact
    }

    pub(super) fn repeated_key(&mut self, name: &Text, span: Span, seen: &mut FxHashMap<Text, Span>) {
        if let Some(first) = seen.get(name) {
            let diagnostic = Diagnostic::new(
                codes::DUPLICATE_DEFINITION,
                span,
                format!("the key `{name}` is given twice"),
            )
            .here("again here")
            .label(*first, "first given here")
            .help("the later one would win; remove one of them");
            self.report(diagnostic);
        }
        seen.insert(name.clone(), span);
    }

    fn conditional(&mut self, condition: ExprId, then: ExprId, otherwise: ExprId) -> Fact {
        let test = self.accept(condition, &Type::bool(), &accept::Purpose::Condition);
        let (if_true, if_false) = narrow::facts_of(self.module, condition);
        let a = self.behind(condition, true, if_true, |this| this.infer(then));
        let b = self.behind(condition, false, if_false, |this| this.infer(otherwise));
        let ty = match join(&a.ty, &b.ty) {
            Some(ty) => ty,
            None => {
                self.never_meet(then, &a.ty, otherwise, &b.ty, "the two values of a conditional");
                Type::error()
            }
        };
        let secret = test.ty.secret;
        let ty = if secret { ty.secret() } else { ty };
        Fact { ty, taint: a.taint.either(&b.taint).and(&test.taint) }
    }

    /// Runs with what a condition has shown.
    pub(super) fn assuming<T>(&mut self, shown: Vec<narrow::Shown>, run: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.shown.len();
        self.shown.extend(shown);
        let result = run(self);
        self.shown.truncate(depth);
        result
    }

    /// Looks at what is evaluated only where a condition is `wanted`. Where it is known never to be, nothing fails.
    pub(super) fn behind<T>(
        &mut self,
        condition: ExprId,
        wanted: bool,
        shown: Vec<narrow::Shown>,
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let never = self.constant(condition).and_then(|value| value.as_bool()) == Some(!wanted);
        let before = self.diagnostics.len();
        self.around.push(Around::Condition(condition, wanted));
        let result = self.assuming(shown, run);
        self.around.pop();
        if never {
            let later = self.diagnostics.split_off(before);
            self.diagnostics.extend(later.into_iter().filter(|later| !FAILURES.contains(&later.code)));
        }
        result
    }

    /// The fact without what conditions have shown that it is not.
    fn narrowed(&self, id: ExprId, fact: Fact) -> Fact {
        let narrows = matches!(fact.ty.kind, TypeKind::Enum(_) | TypeKind::Object(_)) || fact.ty.nullable;
        if self.shown.is_empty() || fact.ty.is_any() || !narrows {
            return fact;
        }
        let Some(path) = narrow::path_of(self.module, id) else { return fact };
        let ty = self.shown.iter().fold(fact.ty.clone(), |ty, shown| shown.within(&path, ty));
        Fact { ty, ..fact }
    }

    /// Two values one of which is taken, of types that have no value in common.
    pub(super) fn never_meet(&mut self, a: ExprId, a_ty: &Type, b: ExprId, b_ty: &Type, what: &str) {
        let (a_span, b_span) = (self.span(a), self.span(b));
        let mut diagnostic =
            Diagnostic::new(codes::TYPE_MISMATCH, b_span, format!("{what} have types that never meet"))
                .here(format!("this is `{b_ty}`"))
                .label(a_span, format!("this is `{a_ty}`"))
                .mismatch(a_ty.to_string(), b_ty.to_string());
        let empty = |ty: &Type| matches!(&ty.kind, TypeKind::Object(object) if object.attributes.is_empty());
        let keyed = |ty: &Type| matches!(ty.kind, TypeKind::Object(_) | TypeKind::Map(..));
        if empty(a_ty) != empty(b_ty) && keyed(a_ty) && keyed(b_ty) {
            let span = if empty(a_ty) { a_span } else { b_span };
            diagnostic = diagnostic.help("a map of whatever there is: `tomap({})`").replace(
                FixLevel::Safe,
                "make it an empty map: `tomap({})`",
                span,
                format!("tomap({})", self.text(span)),
            );
        } else if let (TypeKind::Set(..), TypeKind::Tuple(_) | TypeKind::List(..)) = (&a_ty.kind, &b_ty.kind)
        {
            let text = format!("toset({})", self.text(b_span));
            diagnostic = diagnostic.replace(FixLevel::Safe, "make it a set: `toset(…)`", b_span, text);
        } else if let Some(function) = crate::base::assign::conversion(a_ty, b_ty) {
            let text = format!("{function}({})", self.text(b_span));
            diagnostic =
                diagnostic.replace(FixLevel::Review, format!("convert it: `{function}(…)`"), b_span, text);
        }
        self.report(diagnostic);
    }

    fn parts(&mut self, parts: &[Part], fact: &mut Fact) {
        for part in parts {
            match part {
                Part::Literal(_) => {}
                Part::Interpolation(id) => {
                    let value = self.infer(*id);
                    self.rendered(*id, &value.ty);
                    fact.ty.secret |= value.ty.secret;
                    fact.taint.join(&value.taint);
                }
                Part::If { condition, then, otherwise } => {
                    let test = self.accept(*condition, &Type::bool(), &accept::Purpose::Condition);
                    fact.ty.secret |= test.ty.secret;
                    fact.taint.join(&test.taint);
                    let (if_true, if_false) = narrow::facts_of(self.module, *condition);
                    self.behind(*condition, true, if_true, |this| this.parts(then, fact));
                    self.behind(*condition, false, if_false, |this| this.parts(otherwise, fact));
                }
                Part::For { key, value, collection, body } => {
                    let items = self.infer(*collection);
                    fact.taint.join(&items.taint);
                    fact.ty.secret |= items.ty.secret;
                    let depth = self.bindings.len();
                    let (k, v) = self.elements(*collection, &items);
                    if key.is_some() {
                        self.bindings.push(k);
                    }
                    debug_assert_eq!(self.bindings.len(), value.0 as usize);
                    self.bindings.push(v);
                    self.parts(body, fact);
                    self.bindings.truncate(depth);
                }
            }
        }
    }

    /// What is part of a text has to be a scalar.
    fn rendered(&mut self, id: ExprId, ty: &Type) {
        let never = matches!(ty.kind, TypeKind::Never) && !ty.nullable;
        if ty.is_error() || ty.is_any() || never || (ty.is_scalar() && !ty.nullable) {
            return;
        }
        let span = self.span(id);
        let text = self.text(span).to_owned();
        if matches!(ty.kind, TypeKind::Never) || ty.is_scalar() {
            let diagnostic = Diagnostic::new(
                codes::NULL_VALUE,
                span,
                "this may be null, and null can't be part of a text",
            )
            .here(format!("`{ty}`"))
            .mismatch(ty.clone().non_null().to_string(), ty.to_string())
            .replace(FixLevel::Review, "give it a fallback", span, format!("{text} ?? \"\""));
            let diagnostic = self.with_declaration(diagnostic, id);
            return self.report(diagnostic);
        }
        let mut diagnostic =
            Diagnostic::new(codes::TYPE_MISMATCH, span, format!("`{ty}` can't be part of a text"))
                .here("not a scalar")
                .mismatch("string", ty.to_string());
        if let Some(opener) = self.opener(span) {
            diagnostic = diagnostic.label(opener, "only texts, numbers and the like can stand in a text");
        }
        let elements = match &ty.kind {
            TypeKind::List(element, _) | TypeKind::Set(element, _) => Some((**element).clone()),
            TypeKind::Tuple(types) => crate::base::assign::join_all(types.iter().cloned()),
            _ => None,
        };
        diagnostic = match &ty.kind {
            _ if elements.as_ref().is_some_and(|element| element.is_scalar() && !element.nullable) => {
                let joined = match elements.map(|element| element.kind) {
                    Some(TypeKind::String(_)) => format!("join(\", \", {text})"),
                    _ => format!("join(\", \", [for x in {text} : tostring(x)])"),
                };
                diagnostic.replace(FixLevel::Review, "join its elements", span, joined)
            }
            TypeKind::Object(object) => {
                let names: Vec<_> = object.attributes.keys().take(12).map(Text::as_str).collect();
                diagnostic.note(format!("it has the attributes {}", names.join(", ")))
            }
            _ => diagnostic.replace(FixLevel::Review, "encode it", span, format!("jsonencode({text})")),
        };
        let diagnostic = self.with_declaration(diagnostic, id);
        self.report(diagnostic);
    }

    /// The `${` in front of what is part of a text.
    fn opener(&self, span: Span) -> Option<Span> {
        let before = self.text(Span { start: 0, end: span.start, ..span });
        let before = before.trim_end().trim_end_matches('~');
        let end = before.len() as u32;
        before.ends_with("${").then_some(Span { start: end - 2, end, ..span })
    }

    /// The value of a constant, for messages and bounds.
    pub(super) fn shown(&mut self, id: ExprId) -> Option<String> {
        let value = self.constant(id)?;
        match value.kind {
            Kind::Map(_) | Kind::Seq(_) | Kind::Set(_) => None,
            _ => Some(value.to_string()),
        }
    }
}

impl Fact {
    /// The same taint with another type.
    pub(super) fn with_type(mut self, ty: Type) -> Self {
        self.ty = ty;
        self
    }
}
