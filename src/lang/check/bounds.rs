//! Arithmetic on bounds: what is known of a value beyond its inferred type, through constants, `+`, `min`, `max`,
//! `length`, templates and choices.

use unicode_segmentation::UnicodeSegmentation;

use super::Checker;
use crate::base::number::Number;
use crate::base::types::{Length, Ranges, Type, TypeKind};
use crate::base::value::{Duration, Kind, Size, Value};
use crate::lang::resolve::program::{Callee, ExprId, ExprKind, Operator, Part, Reference};
use crate::lang::syntax::tree::UnaryOp;

/// What is known of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known {
    /// One of these; as many as an enum could have.
    Values(Vec<Value>),
    /// A number, duration or size between these, where they are known.
    Between(Option<Number>, Option<Number>),
    /// So many characters or elements.
    Long(Length),
    Nothing,
}

/// Values that are listed at most.
const MAX_VALUES: usize = 64;
/// Expressions are followed so deep.
const MAX_DEPTH: u32 = 32;

impl Checker<'_> {
    /// What is known of the value of an expression, null aside.
    pub(super) fn known(&mut self, id: ExprId) -> Known {
        self.unheard(|this| this.known_at(id, 0))
    }

    fn known_at(&mut self, id: ExprId, depth: u32) -> Known {
        if depth > MAX_DEPTH {
            return Known::Nothing;
        }
        let module = self.module;
        let deeper = depth + 1;
        match &module.expr(id).kind {
            ExprKind::Literal(value) if value.is_null() => Known::Values(Vec::new()),
            ExprKind::Literal(value) => Known::Values(vec![value.clone()]),
            ExprKind::Reference(Reference::Local(index)) => {
                self.known_at(module.locals[*index as usize].value, deeper)
            }
            ExprKind::Conditional { then, otherwise, .. } => {
                self.known_at(*then, deeper).or(self.known_at(*otherwise, deeper))
            }
            ExprKind::Match { arms, .. } => {
                let arms = arms.iter().map(|arm| self.known_at(arm.value, deeper));
                arms.reduce(Known::or).unwrap_or(Known::Nothing)
            }
            ExprKind::Binary { op: Operator::Coalesce, left, right, .. } => {
                self.known_at(*left, deeper).or(self.known_at(*right, deeper))
            }
            ExprKind::Binary {
                op: op @ (Operator::Add | Operator::Subtract | Operator::Multiply),
                left,
                right,
                ..
            } => {
                let (a, b) = (self.known_at(*left, deeper), self.known_at(*right, deeper));
                combined(*op, a.between(), b.between())
            }
            ExprKind::Unary { op: UnaryOp::Negate, operand } => {
                let (low, high) = self.known_at(*operand, deeper).between();
                Known::Between(high.map(|n| n.negate()), low.map(|n| n.negate()))
            }
            ExprKind::Call { callee: Callee::Builtin(function), args, expand: false, .. } => {
                match (function.name, &**args) {
                    ("min" | "max", args) => {
                        let all = args.iter().map(|arg| self.known_at(*arg, deeper).between()).collect();
                        extreme(function.name == "max", all)
                    }
                    ("length", [arg]) => {
                        self.known_at(*arg, deeper).length().map_or(Known::Nothing, |length| {
                            Known::Between(Some(length.min.into()), length.max.map(Number::from))
                        })
                    }
                    ("try" | "coalesce", args) => {
                        let all = args.iter().map(|arg| self.known_at(*arg, deeper));
                        all.reduce(Known::or).unwrap_or(Known::Nothing)
                    }
                    ("lookup", [_, _, default]) => {
                        let element = self.infer(id);
                        of_type(&element.ty).or(self.known_at(*default, deeper))
                    }
                    ("nonsensitive" | "sensitive", [arg]) => self.known_at(*arg, deeper),
                    _ => of_type(&self.infer(id).ty),
                }
            }
            ExprKind::Template(parts) => self.template(parts, deeper),
            ExprKind::Tuple(items) => exactly(items.len()),
            _ => of_type(&self.infer(id).ty),
        }
    }

    fn template(&mut self, parts: &[Part], depth: u32) -> Known {
        let (mut min, mut max) = (0u64, Some(0u64));
        for part in parts {
            let length = match part {
                Part::Literal(text) => {
                    let count = text.graphemes(true).count() as u64;
                    Length { min: count, max: Some(count) }
                }
                Part::Interpolation(id) => {
                    self.known_at(*id, depth).rendered().unwrap_or(Length { min: 0, max: None })
                }
                Part::If { .. } | Part::For { .. } => Length { min: 0, max: None },
            };
            min = min.saturating_add(length.min);
            max = max.zip(length.max).and_then(|(a, b)| a.checked_add(b));
        }
        // Characters may grow together where two parts meet.
        let seams = parts.len().saturating_sub(1) as u64;
        Known::Long(Length { min: min.saturating_sub(seams), max })
    }
}

impl Known {
    /// What is known of one of both.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Values(mut all), Self::Values(more)) => {
                for value in more {
                    if !all.contains(&value) {
                        all.push(value);
                    }
                }
                if all.len() > MAX_VALUES { Self::Nothing } else { Self::Values(all) }
            }
            (Self::Nothing, _) | (_, Self::Nothing) => Self::Nothing,
            (Self::Values(none), other) | (other, Self::Values(none)) if none.is_empty() => other,
            (a, b) => match (a.length(), b.length()) {
                (Some(a), Some(b)) => {
                    Self::Long(Length { min: a.min.min(b.min), max: a.max.zip(b.max).map(|(a, b)| a.max(b)) })
                }
                _ => {
                    let ((low, high), (from, to)) = (a.between(), b.between());
                    let low = low.zip(from).map(|(a, b)| a.min(b));
                    let high = high.zip(to).map(|(a, b)| a.max(b));
                    if low.is_none() && high.is_none() { Self::Nothing } else { Self::Between(low, high) }
                }
            },
        }
    }

    /// Between which numbers it lies.
    fn between(&self) -> (Option<Number>, Option<Number>) {
        match self {
            Self::Between(low, high) => (low.clone(), high.clone()),
            Self::Values(values) => {
                let numbers: Option<Vec<Number>> = values.iter().map(quantity).collect();
                let numbers = numbers.unwrap_or_default();
                (numbers.iter().min().cloned(), numbers.iter().max().cloned())
            }
            Self::Long(_) | Self::Nothing => (None, None),
        }
    }

    /// How long it is, as `length()` counts.
    fn length(&self) -> Option<Length> {
        match self {
            Self::Long(length) => Some(*length),
            Self::Values(values) => {
                let lengths: Option<Vec<u64>> = values.iter().map(long).collect();
                let lengths = lengths.filter(|lengths| !lengths.is_empty())?;
                Some(Length { min: lengths.iter().copied().min()?, max: lengths.iter().copied().max() })
            }
            Self::Between(..) | Self::Nothing => None,
        }
    }

    /// How long it is as part of a text.
    fn rendered(&self) -> Option<Length> {
        match self {
            Self::Values(values) if values.iter().any(|value| value.as_str().is_none()) => None,
            _ => self.length(),
        }
    }

    /// Whether a value of the type is certain not to be meant: no value that is possible lies within its bounds.
    pub(super) fn excludes(&self, expected: &Type) -> bool {
        match (self, &expected.kind) {
            (Self::Values(values), _) => {
                !values.is_empty()
                    && values.iter().all(|value| crate::base::assign::conforms(value, expected).is_err())
            }
            (_, TypeKind::Number(number)) => self.outside(&number.ranges),
            (_, TypeKind::Duration(ranges) | TypeKind::Size(ranges)) => self.outside(ranges),
            (_, TypeKind::String(string)) => self.never_so_long(string.length),
            (_, TypeKind::List(_, length) | TypeKind::Set(_, length) | TypeKind::Map(_, length)) => {
                self.never_so_long(*length)
            }
            _ => false,
        }
    }

    /// Whether every possible value is one of the type.
    pub(super) fn fits(&self, expected: &Type) -> bool {
        match self {
            Self::Values(values) => {
                !values.is_empty()
                    && values.iter().all(|value| crate::base::assign::conforms(value, expected).is_ok())
            }
            _ => false,
        }
    }

    fn outside(&self, ranges: &Ranges) -> bool {
        let (low, high) = self.between();
        !ranges.is_empty()
            && ranges.iter().all(|(min, max)| {
                low.as_ref().is_some_and(|low| low > max) || high.as_ref().is_some_and(|high| high < min)
            })
    }

    fn never_so_long(&self, wanted: Length) -> bool {
        self.length().is_some_and(|length| {
            length.max.is_some_and(|max| max < wanted.min) || wanted.max.is_some_and(|max| length.min > max)
        })
    }

    /// In words, for a value of a type: `101..110`, `at least 14 characters`.
    pub(super) fn words(&self, ty: &Type) -> String {
        let show = |number: &Number| match ty.kind {
            TypeKind::Duration(_) => Duration(number.clone()).to_string(),
            TypeKind::Size(_) => Size(number.clone()).to_string(),
            _ => number.to_string(),
        };
        match self {
            Self::Values(values) => values.iter().map(Value::to_string).collect::<Vec<_>>().join(" or "),
            Self::Between(Some(low), Some(high)) if low == high => show(low),
            Self::Between(Some(low), Some(high)) => format!("{}..{}", show(low), show(high)),
            Self::Between(Some(low), None) => format!("at least {}", show(low)),
            Self::Between(None, Some(high)) => format!("at most {}", show(high)),
            Self::Long(length) => {
                let of = if matches!(ty.kind, TypeKind::String(_)) { "characters" } else { "elements" };
                match length.max {
                    Some(max) if max == length.min => format!("{max} {of}"),
                    Some(max) => format!("{}..{max} {of}", length.min),
                    None => format!("at least {} {of}", length.min),
                }
            }
            Self::Between(None, None) | Self::Nothing => ty.to_string(),
        }
    }
}

fn of_type(ty: &Type) -> Known {
    let hull = |ranges: &Ranges| match (ranges.iter().map(|r| &r.0).min(), ranges.iter().map(|r| &r.1).max())
    {
        (Some(low), Some(high)) => Known::Between(Some(low.clone()), Some(high.clone())),
        _ => Known::Nothing,
    };
    let long =
        |length: Length| if length == Length::default() { Known::Nothing } else { Known::Long(length) };
    match &ty.kind {
        TypeKind::Enum(values) => Known::Values(values.to_vec()),
        TypeKind::Never => Known::Values(Vec::new()),
        TypeKind::Number(number) => hull(&number.ranges),
        TypeKind::Duration(ranges) | TypeKind::Size(ranges) => hull(ranges),
        TypeKind::String(string) => long(string.length),
        TypeKind::List(_, length) | TypeKind::Set(_, length) | TypeKind::Map(_, length) => long(*length),
        TypeKind::Tuple(types) => exactly(types.len()),
        _ => Known::Nothing,
    }
}

fn exactly(count: usize) -> Known {
    Known::Long(Length { min: count as u64, max: Some(count as u64) })
}

fn quantity(value: &Value) -> Option<Number> {
    match &value.kind {
        Kind::Number(number) => Some(number.clone()),
        Kind::Duration(duration) => Some(duration.0.clone()),
        Kind::Size(size) => Some(size.0.clone()),
        _ => None,
    }
}

fn long(value: &Value) -> Option<u64> {
    let count = match &value.kind {
        Kind::String(text) => text.graphemes(true).count(),
        Kind::Map(map) => map.len(),
        _ => value.as_slice()?.len(),
    };
    Some(count as u64)
}

type Interval = (Option<Number>, Option<Number>);

fn combined(op: Operator, (low, high): Interval, (from, to): Interval) -> Known {
    let (low, high) = match op {
        Operator::Add => (low.zip(from).map(|(a, b)| a.add(&b)), high.zip(to).map(|(a, b)| a.add(&b))),
        Operator::Subtract => {
            (low.zip(to).map(|(a, b)| a.subtract(&b)), high.zip(from).map(|(a, b)| a.subtract(&b)))
        }
        _ => {
            let (Some(a), Some(b), Some(c), Some(d)) = (low, high, from, to) else { return Known::Nothing };
            let corners: Option<Vec<Number>> =
                [(&a, &c), (&a, &d), (&b, &c), (&b, &d)].iter().map(|(x, y)| x.multiply(y)).collect();
            let Some(corners) = corners else { return Known::Nothing };
            (corners.iter().min().cloned(), corners.iter().max().cloned())
        }
    };
    if low.is_none() && high.is_none() { Known::Nothing } else { Known::Between(low, high) }
}

/// The least or greatest of several: bounded by any of them on one side, by all of them on the other.
fn extreme(greatest: bool, all: Vec<Interval>) -> Known {
    let lows = all.iter().map(|(low, _)| low.clone());
    let highs = all.iter().map(|(_, high)| high.clone());
    let (low, high) = if greatest {
        (lows.flatten().max(), highs.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max()))
    } else {
        (lows.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min()), highs.flatten().min())
    };
    if low.is_none() && high.is_none() { Known::Nothing } else { Known::Between(low, high) }
}
