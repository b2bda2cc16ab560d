//! Expression → fact: one function per kind.

use super::facts::Demanded;
use super::{Checker, Fact, Taint, accept, narrow};
use crate::base::Text;
use crate::base::assign::{join, type_of};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};
use crate::lang::resolve::program::{Arm, ExprId, ExprKind, Item, ItemKey, Part, Pattern};

impl<'a> Checker<'a> {
    /// The type of an expression by itself, and how late it is.
    pub(super) fn infer(&mut self, id: ExprId) -> Fact {
        let module = self.module;
        let expr = module.expr(id);
        match &expr.kind {
            ExprKind::Error => Fact::error(),
            ExprKind::Literal(value) => Fact::known(type_of(value)),
            ExprKind::Reference(reference) => {
                let fact = self.reference(*reference);
                self.narrowed(id, fact)
            }
            ExprKind::Attribute { base, name, name_span, safe } => {
                let fact = self.attribute(*base, name, *name_span, *safe);
                self.narrowed(id, fact)
            }
            ExprKind::Index { base, index } => {
                let fact = self.index(*base, *index);
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
            ExprKind::For(parts) => self.for_expr(parts),
        }
    }

    fn object(&mut self, items: &[Item]) -> Fact {
        let mut attributes: Vec<(Text, Type)> = Vec::new();
        let mut computed: Option<Type> = None;
        let mut named: Vec<(Text, Taint)> = Vec::new();
        let (mut keys, mut rest) = (Taint::default(), Taint::default());
        let mut seen: Vec<(Text, Span)> = Vec::new();
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
        let fits = match &fact.ty.kind {
            TypeKind::Enum(_) | TypeKind::String(_) | TypeKind::Number(_) | TypeKind::Bool => {
                !fact.ty.nullable
            }
            TypeKind::Any | TypeKind::Error => true,
            _ => false,
        };
        if !fits {
            self.report(
                Diagnostic::new(codes::TYPE_MISMATCH, self.span(id), "the key of an object is a text")
                    .here(format!("this is `{}`", fact.ty))
                    .mismatch("string", fact.ty.to_string()),
            );
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

    pub(super) fn repeated_key(&mut self, name: &Text, span: Span, seen: &mut Vec<(Text, Span)>) {
        if let Some((_, first)) = seen.iter().find(|(other, _)| other == name) {
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
        seen.push((name.clone(), span));
    }

    fn conditional(&mut self, condition: ExprId, then: ExprId, otherwise: ExprId) -> Fact {
        let test = self.accept(condition, &Type::bool(), &accept::Purpose::Condition);
        let (if_true, if_false) = narrow::facts_of(self.module, condition);
        let a = self.assuming(if_true, |this| this.infer(then));
        let b = self.assuming(if_false, |this| this.infer(otherwise));
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
    pub(super) fn assuming<T>(&mut self, shown: Vec<narrow::Path>, run: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.not_null.len();
        self.not_null.extend(shown);
        let result = run(self);
        self.not_null.truncate(depth);
        result
    }

    /// The fact with null taken away where a condition has shown that it is none.
    fn narrowed(&self, id: ExprId, fact: Fact) -> Fact {
        if !fact.ty.nullable || self.not_null.is_empty() || fact.ty.is_any() {
            return fact;
        }
        match narrow::path_of(self.module, id) {
            Some(path) if self.not_null.contains(&path) => {
                let ty = fact.ty.clone().non_null();
                fact.with(ty)
            }
            _ => fact,
        }
    }

    /// Two values one of which is taken, of types that have no value in common.
    pub(super) fn never_meet(&mut self, a: ExprId, a_ty: &Type, b: ExprId, b_ty: &Type, what: &str) {
        let (a_span, b_span) = (self.span(a), self.span(b));
        let mut diagnostic =
            Diagnostic::new(codes::TYPE_MISMATCH, b_span, format!("{what} have types that never meet"))
                .here(format!("this is `{b_ty}`"))
                .label(a_span, format!("this is `{a_ty}`"))
                .mismatch(a_ty.to_string(), b_ty.to_string());
        if let Some(function) = crate::base::assign::conversion(a_ty, b_ty) {
            let text = format!("{function}({})", self.text(b_span));
            diagnostic =
                diagnostic.replace(FixLevel::Review, format!("convert it: `{function}(…)`"), b_span, text);
        }
        self.report(diagnostic);
    }

    /// `wanted` is what every arm has to be, where that is known; else the arms have to agree.
    pub(super) fn match_arms(
        &mut self,
        scrutinee: ExprId,
        arms: &[Arm],
        span: Span,
        wanted: Option<accept::Wanted<'_>>,
    ) -> Fact {
        let value = self.infer(scrutinee);
        let path = narrow::path_of(self.module, scrutinee);
        let mut seen: Vec<(Value, Span)> = Vec::new();
        let mut rest: Option<Span> = None;
        let mut null_taken = false;
        let mut impossible: Vec<Diagnostic> = Vec::new();
        let mut result: Option<(ExprId, Fact)> = None;
        for arm in arms {
            let mut takes_null = false;
            for (pattern, place) in &arm.patterns {
                if let Some(first) = rest {
                    self.unreachable(*place, first);
                    continue;
                }
                match pattern {
                    Pattern::Anything => {
                        rest = Some(*place);
                        takes_null |= !null_taken;
                    }
                    Pattern::Literal(literal) => {
                        takes_null |= literal.is_null();
                        match seen.iter().find(|(other, _)| other == literal) {
                            Some((_, first)) => self.unreachable(*place, *first),
                            None => seen.push((literal.clone(), *place)),
                        }
                        impossible.extend(self.pattern(literal, *place, &value.ty, scrutinee));
                    }
                    Pattern::Range(low, high) => {
                        let low = self.pattern(low, *place, &value.ty, scrutinee);
                        impossible.extend(low.or_else(|| self.pattern(high, *place, &value.ty, scrutinee)));
                    }
                    Pattern::Constant(id) => drop(self.infer(*id)),
                }
            }
            let shown = path.clone().filter(|_| !takes_null).into_iter().collect();
            null_taken |= takes_null;
            let fact = self.assuming(shown, |this| match &wanted {
                Some(wanted) => this.accept_wanted(arm.value, wanted),
                None => this.infer(arm.value),
            });
            result = Some(match result {
                Some((first, before)) if wanted.is_some() => {
                    let secret = before.ty.has_secret() || fact.ty.has_secret();
                    let ty = if secret { before.ty.secret() } else { before.ty };
                    (first, Fact { ty, taint: before.taint.either(&fact.taint) })
                }
                None => (arm.value, fact),
                Some((first, before)) => match join(&before.ty, &fact.ty) {
                    Some(ty) => (first, Fact { ty, taint: before.taint.either(&fact.taint) }),
                    None => {
                        self.never_meet(first, &before.ty, arm.value, &fact.ty, "the arms of a match");
                        (first, Fact::error().after(&fact))
                    }
                },
            });
        }
        // What no arm takes is likely what an impossible pattern was meant to be: one report for all of it.
        let mut impossible = impossible.into_iter();
        if let Some(first) = impossible.next() {
            let others = impossible.filter_map(|other| other.primary);
            let diagnostic = others.fold(first, |all, other| all.label(other.span, "nor can it be this"));
            self.report(diagnostic);
        } else if rest.is_none() {
            self.exhaustive(scrutinee, &value.ty, &seen, null_taken, arms, span);
        }
        let result = result.map_or_else(Fact::error, |(_, fact)| fact);
        let ty = if value.ty.secret { result.ty.clone().secret() } else { result.ty.clone() };
        Fact { ty, taint: result.taint.and(&value.taint) }
    }

    fn unreachable(&mut self, span: Span, first: Span) {
        self.report(
            Diagnostic::new(codes::UNREACHABLE_ARM, span, "this arm is never reached")
                .here("already taken")
                .label(first, "by this one"),
        );
    }

    /// A pattern has to be a value the scrutinee can have.
    fn pattern(&mut self, literal: &Value, span: Span, ty: &Type, scrutinee: ExprId) -> Option<Diagnostic> {
        if ty.is_error() || ty.is_any() {
            return None;
        }
        let mismatch = crate::base::assign::conforms(literal, ty).err()?;
        if literal.is_null() {
            let message = "this is never null, so this arm is never reached";
            self.report(
                Diagnostic::new(codes::UNREACHABLE_ARM, span, message)
                    .here("never reached")
                    .label(self.span(scrutinee), format!("this is `{ty}`")),
            );
            return None;
        }
        let mut diagnostic =
            Diagnostic::new(codes::TYPE_MISMATCH, span, format!("{literal} is no value this can have"))
                .here("never equal")
                .label(self.span(scrutinee), format!("this is `{ty}`"))
                .mismatch(ty.to_string(), mismatch.found.to_string());
        if let TypeKind::Enum(values) = &ty.kind
            && let Some(text) = literal.as_str()
            && let Some(near) = crate::base::suggest::nearest(text, values.iter().filter_map(Value::as_str))
        {
            let near = Value::from(near).to_string();
            diagnostic = diagnostic.replace(FixLevel::Review, format!("change it to {near}"), span, near);
        }
        Some(diagnostic)
    }

    fn exhaustive(
        &mut self,
        scrutinee: ExprId,
        ty: &Type,
        seen: &[(Value, Span)],
        null_taken: bool,
        arms: &[Arm],
        span: Span,
    ) {
        let has = |value: &Value| seen.iter().any(|(other, _)| other == value);
        let mut missing: Vec<String> = match &ty.kind {
            TypeKind::Enum(values) => {
                values.iter().filter(|value| !has(value)).map(Value::to_string).collect()
            }
            TypeKind::Bool => [true, false]
                .into_iter()
                .filter(|value| !has(&Value::from(*value)))
                .map(|value| value.to_string())
                .collect(),
            TypeKind::Error => return,
            TypeKind::Never => Vec::new(),
            _ => vec!["_".to_owned()],
        };
        if ty.nullable && !null_taken && !ty.is_any() && !missing.iter().any(|arm| arm == "_") {
            missing.push("null".to_owned());
        }
        if missing.is_empty() {
            return;
        }
        let shown = missing.join(", ");
        let words = match missing.as_slice() {
            [one] if one == "_" => "anything else".to_owned(),
            _ => shown.clone(),
        };
        let mut diagnostic = Diagnostic::new(
            codes::MATCH_NOT_EXHAUSTIVE,
            self.span(scrutinee),
            "this match does not cover every value",
        )
        .here(format!("`{ty}`: no arm for {words}"));
        if let Some(last) = arms.last() {
            let at = self.span(last.value).after();
            let multi = self.text(span).contains('\n');
            let text = if multi { format!("\n  {shown} => null") } else { format!(", {shown} => null") };
            diagnostic = diagnostic.replace(FixLevel::Review, "add an arm", at, text);
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
                    self.assuming(if_true, |this| this.parts(then, fact));
                    self.assuming(if_false, |this| this.parts(otherwise, fact));
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
        if ty.is_error() || ty.is_any() || (ty.is_scalar() && !ty.nullable) {
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
        diagnostic = match &ty.kind {
            TypeKind::List(element, _) | TypeKind::Set(element, _) if element.is_scalar() => diagnostic
                .replace(FixLevel::Review, "join its elements", span, format!("join(\", \", {text})")),
            TypeKind::Object(object) => {
                let names: Vec<_> = object.attributes.keys().take(12).map(Text::as_str).collect();
                diagnostic.note(format!("it has the attributes {}", names.join(", ")))
            }
            _ => diagnostic.replace(FixLevel::Review, "encode it", span, format!("jsonencode({text})")),
        };
        self.report(diagnostic);
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
