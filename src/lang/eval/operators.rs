//! Arithmetic, comparison and logic on values.

use super::expr::{place, wrong};
use super::{EvalError, Evaluator};
use crate::base::Text;
use crate::base::assign::type_of;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::number::Number;
use crate::base::source::Span;
use crate::base::types::Type;
use crate::base::value::{Duration, Kind, Size, Value};
use crate::lang::resolve::program::{ExprId, Operator};
use crate::lang::syntax::tree::UnaryOp;

pub(super) fn unary(op: UnaryOp, value: Value, span: Span) -> Result<Value, EvalError> {
    let secret = value.secret;
    let result = match (op, &value.kind) {
        (UnaryOp::Not, Kind::Bool(b)) => Value::from(!b),
        (UnaryOp::Not, Kind::Unknown(_)) => Value::unknown(Type::bool()),
        (UnaryOp::Negate, Kind::Number(n)) => Value::from(n.negate()),
        (UnaryOp::Negate, Kind::Duration(d)) => Kind::Duration(Duration(d.0.negate())).into(),
        (UnaryOp::Negate, Kind::Size(s)) => Kind::Size(Size(s.0.negate())).into(),
        (UnaryOp::Negate, Kind::Unknown(unknown)) => Value::unknown(unbounded(&unknown.ty)),
        (UnaryOp::Not, _) => return Err(wrong(span, "`!` takes a bool", "bool", &value)),
        (UnaryOp::Negate, _) => {
            return Err(wrong(span, "`-` takes a number, duration or size", "number", &value));
        }
    };
    Ok(result.mark(secret))
}

impl Evaluator<'_> {
    pub(super) fn binary(
        &mut self,
        op: Operator,
        op_span: Span,
        left: ExprId,
        right: ExprId,
    ) -> Result<Value, EvalError> {
        match op {
            Operator::And | Operator::Or => self.logic(op, left, right),
            Operator::Coalesce => {
                let value = self.expr(left)?;
                match &value.kind {
                    Kind::Null => Ok(self.expr(right)?.mark(value.secret)),
                    Kind::Unknown(unknown) if unknown.ty.nullable => {
                        let otherwise = self.expr(right)?;
                        let known = Value::unknown(unknown.ty.clone().non_null()).mark(value.secret);
                        self.either(known, otherwise, self.span(left))
                    }
                    _ => Ok(value),
                }
            }
            _ => {
                let a = self.expr(left)?;
                let b = self.expr(right)?;
                let spans = (self.span(left), self.span(right));
                let secret = a.secret || b.secret;
                match op {
                    Operator::Equal | Operator::NotEqual => {
                        let secret = a.has_secret() || b.has_secret();
                        self.budget.whole(spans.0, &a)?;
                        self.budget.whole(spans.1, &b)?;
                        let result = match equal(&a, &b) {
                            Some(same) => Value::from(same == (op == Operator::Equal)),
                            None => Value::unknown(Type::bool()),
                        };
                        Ok(result.mark(secret))
                    }
                    Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
                        compare(op, &a, &b, spans).map(|value| value.mark(secret))
                    }
                    _ => arithmetic(op, &a, &b, spans)
                        .map(|value| value.mark(secret))
                        .map_err(|error| place(error, op_span)),
                }
            }
        }
    }

    /// `&&` and `||`: the right side is evaluated only if it can matter.
    fn logic(&mut self, op: Operator, left: ExprId, right: ExprId) -> Result<Value, EvalError> {
        let decisive = op == Operator::Or;
        let a = self.expr(left)?;
        match a.kind {
            Kind::Bool(value) if value == decisive => return Ok(a),
            Kind::Bool(_) | Kind::Unknown(_) => {}
            _ => return Err(wrong(self.span(left), "`&&` and `||` take bools", "bool", &a)),
        }
        let b = self.expr(right)?;
        let secret = a.secret || b.secret;
        let result = match (&a.kind, &b.kind) {
            (_, Kind::Bool(value)) if *value == decisive => Value::from(decisive),
            (Kind::Bool(_), Kind::Bool(value)) => Value::from(*value),
            (_, Kind::Bool(_) | Kind::Unknown(_)) => Value::unknown(Type::bool()),
            _ => return Err(wrong(self.span(right), "`&&` and `||` take bools", "bool", &b)),
        };
        Ok(result.mark(secret))
    }
}

/// Whether two values are equal; `None` while that is not known.
pub fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (Kind::Unknown(x), Kind::Unknown(_)) if x.ty.is_error() => None,
        (Kind::Unknown(unknown), other) | (other, Kind::Unknown(unknown)) => {
            // A value that can't be null differs from null before it is known.
            (matches!(other, Kind::Null) && !unknown.ty.nullable).then_some(false)
        }
        (Kind::Seq(x), Kind::Seq(y)) => all_equal(x.len() == y.len(), x.iter().zip(y.iter())),
        (Kind::Map(x), Kind::Map(y)) => all_equal(x.keys().eq(y.keys()), x.values().zip(y.values())),
        (Kind::Set(_), Kind::Set(_)) if !a.is_wholly_known() || !b.is_wholly_known() => None,
        _ => Some(a == b),
    }
}

fn all_equal<'v>(same_shape: bool, mut pairs: impl Iterator<Item = (&'v Value, &'v Value)>) -> Option<bool> {
    if !same_shape {
        return Some(false);
    }
    let mut known = true;
    if pairs.any(|(a, b)| match equal(a, b) {
        Some(same) => !same,
        None => {
            known = false;
            false
        }
    }) {
        return Some(false);
    }
    known.then_some(true)
}

fn compare(op: Operator, a: &Value, b: &Value, spans: (Span, Span)) -> Result<Value, EvalError> {
    let order = match (&a.kind, &b.kind) {
        (Kind::Number(x), Kind::Number(y)) => x.cmp(y),
        (Kind::Duration(x), Kind::Duration(y)) => x.cmp(y),
        (Kind::Size(x), Kind::Size(y)) => x.cmp(y),
        (Kind::Unknown(_), Kind::Unknown(_) | Kind::Number(_) | Kind::Duration(_) | Kind::Size(_))
        | (Kind::Number(_) | Kind::Duration(_) | Kind::Size(_), Kind::Unknown(_)) => {
            return Ok(Value::unknown(Type::bool()));
        }
        (Kind::Number(_) | Kind::Duration(_) | Kind::Size(_), _) => {
            return Err(wrong(spans.1, "both sides of a comparison are of one kind", a.kind_name(), b));
        }
        _ => return Err(wrong(spans.0, "numbers, durations and sizes are compared", "number", a)),
    };
    Ok(Value::from(match op {
        Operator::Less => order.is_lt(),
        Operator::LessEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        _ => order.is_ge(),
    }))
}

fn unbounded(ty: &Type) -> Type {
    use crate::base::types::TypeKind;
    match &ty.kind {
        TypeKind::Duration(_) => Type::duration(),
        TypeKind::Size(_) => Type::size(),
        TypeKind::Number(number) if number.integer => Type::int(),
        _ => Type::number(),
    }
}

/// The type of a result that is not known yet; `any` where one of the operands is.
fn result_type(op: Operator, a: &Type, b: &Type) -> Type {
    let (x, y) = (quantity(a), quantity(b));
    let same = matches!((x, y), (Some(x), Some(y)) if x == y);
    let of = |unit: Unit| match unit {
        Unit::None { integer: true } => Type::int(),
        Unit::None { integer: false } => Type::number(),
        Unit::Duration => Type::duration(),
        Unit::Size => Type::size(),
    };
    let plain = |unit: Option<Unit>| matches!(unit, Some(Unit::None { .. }));
    match (op, x, y) {
        (Operator::Divide, Some(_), Some(_)) if same || plain(x) => Type::number(),
        (Operator::Divide, Some(x), Some(_)) => of(x),
        (Operator::Divide, ..) => Type::any().non_null(),
        (Operator::Multiply, Some(unit @ (Unit::Duration | Unit::Size)), _)
        | (Operator::Multiply, _, Some(unit @ (Unit::Duration | Unit::Size))) => of(unit),
        (Operator::Multiply, None, _) | (Operator::Multiply, _, None) => Type::any().non_null(),
        (_, Some(unit), None) | (_, None, Some(unit)) => match unit {
            Unit::None { .. } => Type::number(),
            unit => of(unit),
        },
        (_, None, None) => Type::any().non_null(),
        (_, Some(unit), Some(_)) if same => of(unit),
        _ => Type::number(),
    }
}

/// What a quantity counts.
#[derive(Clone, Copy, PartialEq)]
enum Unit {
    None { integer: bool },
    Duration,
    Size,
}

fn quantity(ty: &Type) -> Option<Unit> {
    use crate::base::types::TypeKind;
    let enum_base = match &ty.kind {
        TypeKind::Enum(values) => crate::base::assign::enum_base(values),
        _ => ty.clone(),
    };
    Some(match &enum_base.kind {
        TypeKind::Number(number) => Unit::None { integer: number.integer },
        TypeKind::Duration(_) => Unit::Duration,
        TypeKind::Size(_) => Unit::Size,
        _ => return None,
    })
}

fn arithmetic(op: Operator, a: &Value, b: &Value, spans: (Span, Span)) -> Result<Value, EvalError> {
    use Operator::{Add, Divide, Modulo, Multiply, Subtract};
    if a.is_unknown() || b.is_unknown() {
        return Ok(Value::unknown(result_type(op, &type_of(a), &type_of(b))));
    }
    let duration = |n: Number| Value::from(Kind::Duration(Duration(n)));
    let size = |n: Number| Value::from(Kind::Size(Size(n)));
    let number = Value::from;
    match (&a.kind, op, &b.kind) {
        (Kind::Number(x), _, Kind::Number(y)) => numbers(op, x, y, spans).map(number),
        (Kind::Duration(x), Add | Subtract | Modulo, Kind::Duration(y)) => {
            numbers(op, &x.0, &y.0, spans).map(duration)
        }
        (Kind::Size(x), Add | Subtract | Modulo, Kind::Size(y)) => numbers(op, &x.0, &y.0, spans).map(size),
        (Kind::Duration(x), Divide, Kind::Duration(y)) => numbers(op, &x.0, &y.0, spans).map(number),
        (Kind::Size(x), Divide, Kind::Size(y)) => numbers(op, &x.0, &y.0, spans).map(number),
        (Kind::Duration(x), Multiply | Divide, Kind::Number(y)) => numbers(op, &x.0, y, spans).map(duration),
        (Kind::Size(x), Multiply | Divide, Kind::Number(y)) => numbers(op, &x.0, y, spans).map(size),
        (Kind::Number(x), Multiply, Kind::Duration(y)) => numbers(op, x, &y.0, spans).map(duration),
        (Kind::Number(x), Multiply, Kind::Size(y)) => numbers(op, x, &y.0, spans).map(size),
        (Kind::Number(_) | Kind::Duration(_) | Kind::Size(_), _, _) => {
            Err(wrong(spans.1, "this does not fit the left side", a.kind_name(), b))
        }
        _ => Err(wrong(spans.0, "arithmetic is done with numbers, durations and sizes", "number", a)),
    }
}

fn numbers(op: Operator, x: &Number, y: &Number, spans: (Span, Span)) -> Result<Number, EvalError> {
    let zero =
        || Box::new(Diagnostic::new(codes::DIVISION_BY_ZERO, spans.1, "division by zero").here("this is 0"));
    match op {
        Operator::Add => Ok(x.add(y)),
        Operator::Subtract => Ok(x.subtract(y)),
        Operator::Multiply => x.multiply(y).ok_or_else(|| {
            Box::new(Diagnostic::new(codes::LIMIT_EXCEEDED, spans.0, "this product has too many digits"))
        }),
        Operator::Divide => x.divide(y).ok_or_else(zero),
        _ => x.remainder(y).ok_or_else(zero),
    }
}

/// What a scalar is as a key of an object: strings, and numbers and bools as text.
pub(super) fn key_text(value: &Value) -> Option<Text> {
    match &value.kind {
        Kind::String(text) => Some(text.clone()),
        Kind::Number(number) => Some(number.to_string().into()),
        Kind::Bool(value) => Some(if *value { "true" } else { "false" }.into()),
        _ => None,
    }
}
