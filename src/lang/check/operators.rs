//! Operators.

use super::{Checker, Fact, narrow};
use crate::base::assign::join;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::types::{Type, TypeKind};
use crate::lang::resolve::program::{ExprId, ExprKind, Operator};
use crate::lang::syntax::tree::UnaryOp;

/// What arithmetic tells apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Int,
    Number,
    Duration,
    Size,
    Unknown,
}

impl<'a> Checker<'a> {
    pub(super) fn unary(&mut self, op: UnaryOp, operand: ExprId) -> Fact {
        match op {
            UnaryOp::Not => {
                let fact = self.accept(operand, &Type::bool(), &operand_of("!"));
                fact.with_type_keeping_secret(Type::bool())
            }
            UnaryOp::Negate => {
                let fact = self.infer(operand);
                let ty = match self.quantity(operand, &fact.ty, "-") {
                    Some(quantity) => quantity.ty(),
                    None => Type::error(),
                };
                fact.with_type_keeping_secret(ty)
            }
        }
    }

    pub(super) fn binary(
        &mut self,
        id: ExprId,
        op: Operator,
        op_span: Span,
        left: ExprId,
        right: ExprId,
    ) -> Fact {
        match op {
            Operator::And | Operator::Or => {
                let word = if op == Operator::And { "&&" } else { "||" };
                let a = self.accept(left, &Type::bool(), &operand_of(word));
                let (if_true, if_false) = narrow::facts_of(self.module, left);
                let shown = if op == Operator::And { if_true } else { if_false };
                let and = op == Operator::And;
                let b = self
                    .behind(left, and, shown, |this| this.accept(right, &Type::bool(), &operand_of(word)));
                both(a, &b, Type::bool())
            }
            Operator::Coalesce => self.coalesce(op_span, left, right),
            Operator::Equal | Operator::NotEqual => {
                let a = self.infer(left);
                let b = self.infer(right);
                self.comparable(id, left, &a.ty, right, &b.ty);
                // Whether something is null does not wait for what is in it.
                let is_null = |fact: &Fact| matches!(fact.ty.kind, TypeKind::Never);
                match (is_null(&a), is_null(&b)) {
                    (true, false) => nullness(&b),
                    (false, true) => nullness(&a),
                    _ => both(a, &b, Type::bool()),
                }
            }
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
                let a = self.infer(left);
                let b = self.infer(right);
                let word = self.text(op_span).to_owned();
                if let Some((x, y)) = self.quantities((left, &a.ty), (right, &b.ty), &word)
                    && !x.same_kind(y)
                {
                    self.never_meet(left, &a.ty, right, &b.ty, "the two sides of a comparison");
                }
                both(a, &b, Type::bool())
            }
            _ => self.arithmetic(op, op_span, left, right),
        }
    }

    fn coalesce(&mut self, op_span: Span, left: ExprId, right: ExprId) -> Fact {
        let a = self.infer(left);
        let b = self.perhaps(|this| this.infer(right));
        if !a.ty.nullable && !a.ty.is_any() && !a.ty.is_error() {
            let whole = Span { end: self.span(right).end, ..self.span(left) };
            let text = self.text(self.span(left)).to_owned();
            self.report(
                Diagnostic::new(
                    codes::NEVER_NULL,
                    op_span,
                    "the left side is never null, so the right side is never taken",
                )
                .here("does nothing")
                .label(self.span(left), format!("this is `{}`", a.ty))
                .replace(FixLevel::Review, "remove the fallback", whole, text),
            );
        }
        let known = a.ty.clone().non_null();
        match join(&known, &b.ty) {
            Some(ty) => {
                let ty = if a.ty.secret { ty.secret() } else { ty };
                Fact { ty, taint: a.taint.either(&b.taint).and(&a.taint.outline()) }
            }
            None => {
                self.never_meet(left, &known, right, &b.ty, "the value and its fallback");
                Fact::error().after(&a).after(&b)
            }
        }
    }

    /// `1 == "1"` is always false: the types never meet.
    fn comparable(&mut self, id: ExprId, left: ExprId, a: &Type, right: ExprId, b: &Type) {
        let is_null = |ty: &Type| matches!(ty.kind, TypeKind::Never);
        if a.is_error() || b.is_error() || a.is_any() || b.is_any() || (is_null(a) && is_null(b)) {
            return;
        }
        // `x == null` where x can't be null.
        if is_null(a) || is_null(b) {
            let (subject, ty) = if is_null(a) { (right, b) } else { (left, a) };
            if !ty.nullable {
                let word = match self.module.expr(id).kind {
                    ExprKind::Binary { op: Operator::Equal, .. } => "false",
                    _ => "true",
                };
                let null = if subject == left { right } else { left };
                let diagnostic = Diagnostic::new(
                    codes::NEVER_NULL,
                    self.span(subject),
                    format!("this is never null, so the comparison is always {word}"),
                )
                .here(format!("this is `{ty}`"))
                .label(self.span(null), "never equal");
                let diagnostic = self.with_declaration(diagnostic, subject);
                self.report(diagnostic);
            }
            return;
        }
        let empty = |ty: &Type| match &ty.kind {
            TypeKind::Tuple(types) => types.is_empty(),
            TypeKind::Object(object) => object.attributes.is_empty(),
            _ => false,
        };
        let collection = |ty: &Type| {
            matches!(
                ty.kind,
                TypeKind::List(..)
                    | TypeKind::Set(..)
                    | TypeKind::Map(..)
                    | TypeKind::Tuple(_)
                    | TypeKind::Object(_)
            )
        };
        if (empty(b) && collection(a) && !empty(a)) || (empty(a) && collection(b) && !empty(b)) {
            let subject = if empty(b) { left } else { right };
            let text = format!("length({})", self.text(self.span(subject)));
            let op = match self.module.expr(id).kind {
                ExprKind::Binary { op: Operator::NotEqual, .. } => ">",
                _ => "==",
            };
            if matches!(
                (&a.kind, &b.kind),
                (TypeKind::List(..), TypeKind::Tuple(_)) | (TypeKind::Tuple(_), TypeKind::List(..))
            ) {
                return;
            }
            let diagnostic = Diagnostic::new(
                codes::TYPE_MISMATCH,
                self.span(id),
                "these types never meet, so this is always the same",
            )
            .here("ask for the length instead")
            .replace(
                FixLevel::Safe,
                format!("write `{text} {op} 0`"),
                self.span(id),
                format!("{text} {op} 0"),
            );
            return self.report(diagnostic);
        }
        if join(&a.clone().non_null(), &b.clone().non_null()).is_none() {
            return self.never_meet(left, a, right, b, "the two sides of a comparison");
        }
        for (ty, subject, other) in [(a, left, right), (b, right, left)] {
            if let (TypeKind::Enum(_), ExprKind::Literal(literal)) = (&ty.kind, &self.module.expr(other).kind)
                && let Some(diagnostic) = self.pattern(literal, self.span(other), ty, subject)
            {
                return self.report(diagnostic);
            }
        }
    }

    fn arithmetic(&mut self, op: Operator, op_span: Span, left: ExprId, right: ExprId) -> Fact {
        let a = self.infer(left);
        let b = self.infer(right);
        let word = self.text(op_span).to_owned();
        let Some((x, y)) = self.quantities((left, &a.ty), (right, &b.ty), &word) else {
            return both(a, &b, Type::error());
        };
        let Some(result) = result_of(op, x, y) else {
            self.report(
                Diagnostic::new(
                    codes::TYPE_MISMATCH,
                    op_span,
                    format!("`{}` {word} `{}` has no meaning", a.ty, b.ty),
                )
                .here("does not fit")
                .label(self.span(left), format!("this is `{}`", a.ty))
                .label(self.span(right), format!("this is `{}`", b.ty)),
            );
            return both(a, &b, Type::error());
        };
        if op == Operator::Divide || op == Operator::Modulo {
            let zero = self.constant(right).is_some_and(|value| value.as_i64() == Some(0));
            if zero {
                self.report(
                    self.with_declaration(
                        Diagnostic::new(codes::DIVISION_BY_ZERO, self.span(right), "division by zero")
                            .here("this is 0"),
                        right,
                    ),
                );
            }
        }
        both(a, &b, result.ty())
    }

    /// What arithmetic sees in the types of both sides. Where it can use neither, that is one mistake.
    fn quantities(
        &mut self,
        (left, a): (ExprId, &Type),
        (right, b): (ExprId, &Type),
        word: &str,
    ) -> Option<(Quantity, Quantity)> {
        let (x, y) = (self.quantity(left, a, word), self.quantity(right, b, word));
        if x.is_none()
            && y.is_none()
            && let Some(second) = self.diagnostics.pop()
            && let Some(first) = self.diagnostics.pop()
        {
            let mut both = first.label(self.span(right), format!("this is `{b}`"));
            both.fixes = match (both.fixes.pop(), second.fixes.into_iter().next()) {
                (Some(one), Some(other)) => vec![one.with(other)],
                _ => Vec::new(),
            };
            self.report(both);
        }
        x.zip(y)
    }

    /// What arithmetic sees in a type; reports what it can't use.
    fn quantity(&mut self, id: ExprId, ty: &Type, word: &str) -> Option<Quantity> {
        let quantity = match &ty.kind {
            TypeKind::Error | TypeKind::Any => return Some(Quantity::Unknown),
            TypeKind::Never if !ty.nullable => return Some(Quantity::Unknown),
            TypeKind::Number(number) if number.integer => Some(Quantity::Int),
            TypeKind::Number(_) => Some(Quantity::Number),
            TypeKind::Duration(_) => Some(Quantity::Duration),
            TypeKind::Size(_) => Some(Quantity::Size),
            TypeKind::Enum(values) => match crate::base::assign::enum_base(values).kind {
                TypeKind::Number(number) => {
                    Some(if number.integer { Quantity::Int } else { Quantity::Number })
                }
                TypeKind::Duration(_) => Some(Quantity::Duration),
                TypeKind::Size(_) => Some(Quantity::Size),
                _ => None,
            },
            _ => None,
        };
        let span = self.span(id);
        if quantity.is_none() {
            let mut diagnostic = Diagnostic::new(
                codes::TYPE_MISMATCH,
                span,
                format!("`{word}` takes numbers, durations and sizes"),
            )
            .here(format!("this is `{ty}`"))
            .mismatch("number", ty.to_string());
            let literal = match &self.module.expr(id).kind {
                ExprKind::Literal(value) => value.as_str(),
                _ => None,
            };
            let number = literal.and_then(|text| text.parse::<crate::base::number::Number>().ok());
            diagnostic = match (number, &ty.kind) {
                (Some(number), _) => {
                    diagnostic.replace(FixLevel::Safe, format!("write {number}"), span, number.to_string())
                }
                (None, TypeKind::String(_)) if word == "+" => {
                    diagnostic.help("to join texts write `\"${a}${b}\"`; to add, convert with `tonumber(…)`")
                }
                (None, TypeKind::String(_)) if literal.is_none() => {
                    let text = format!("tonumber({})", self.text(span));
                    diagnostic.replace(FixLevel::Safe, "convert it: `tonumber(…)`", span, text)
                }
                _ => diagnostic,
            };
            let diagnostic = self.with_declaration(diagnostic, id);
            self.report(diagnostic);
        } else if ty.nullable {
            let text = self.text(span).to_owned();
            let fallback = super::accept::fallback(ty);
            let diagnostic = Diagnostic::new(
                codes::NULL_VALUE,
                span,
                format!("`{word}` can't take null, and this may be"),
            )
            .here(format!("`{ty}`"))
            .mismatch(ty.clone().non_null().to_string(), ty.to_string())
            .replace(
                FixLevel::Review,
                format!("give it a fallback: `?? {fallback}`"),
                span,
                format!("({text} ?? {fallback})"),
            );
            let diagnostic = self.with_declaration(diagnostic, id);
            self.report(diagnostic);
        }
        quantity
    }
}

impl Quantity {
    fn ty(self) -> Type {
        match self {
            Self::Int => Type::int(),
            Self::Number => Type::number(),
            Self::Duration => Type::duration(),
            Self::Size => Type::size(),
            Self::Unknown => Type::any().non_null(),
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Number)
    }

    fn same_kind(self, other: Self) -> bool {
        self == other
            || self == Self::Unknown
            || other == Self::Unknown
            || (self.is_number() && other.is_number())
    }
}

fn result_of(op: Operator, a: Quantity, b: Quantity) -> Option<Quantity> {
    use Quantity::{Int, Number, Unknown};
    if a == Unknown || b == Unknown {
        let other = if a == Unknown { b } else { a };
        let known = !other.is_number() && op != Operator::Divide;
        // A number times anything may be a duration; what is added to a duration is one.
        return Some(if known { other } else { Unknown });
    }
    match op {
        Operator::Add | Operator::Subtract | Operator::Modulo if a == b => Some(a),
        Operator::Add | Operator::Subtract | Operator::Modulo if a.is_number() && b.is_number() => {
            Some(Number)
        }
        Operator::Multiply if a == Int && b == Int => Some(Int),
        Operator::Multiply if a.is_number() && b.is_number() => Some(Number),
        Operator::Multiply if a.is_number() => Some(b),
        Operator::Multiply if b.is_number() => Some(a),
        // An integer quotient need not be an integer; a ratio of quantities is a number.
        Operator::Divide if a.same_kind(b) => Some(Number),
        Operator::Divide if b.is_number() => Some(a),
        _ => None,
    }
}

fn operand_of(word: &str) -> super::accept::Purpose<'static> {
    super::accept::Purpose::Named { name: format!("the operand of `{word}`"), declared: None }
}

fn both(a: Fact, b: &Fact, ty: Type) -> Fact {
    let secret = a.ty.has_secret() || b.ty.has_secret();
    let mut taint = a.taint.flat();
    taint.join(&b.taint);
    Fact { ty: if secret { ty.secret() } else { ty }, taint }
}

/// Whether a value is null: as late and as secret as its outline.
fn nullness(fact: &Fact) -> Fact {
    let ty = if fact.ty.secret { Type::bool().secret() } else { Type::bool() };
    let known_shape = fact.taint.outline();
    Fact { ty, taint: if fact.ty.is_scalar() { fact.taint.flat() } else { known_shape } }
}

impl Fact {
    pub(super) fn with_type_keeping_secret(self, ty: Type) -> Self {
        let ty = if self.ty.secret { ty.secret() } else { ty };
        Self { ty, taint: self.taint.flat() }
    }
}
