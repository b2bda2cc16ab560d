//! What parameters take: more than one type can say, such as a list or a set of strings.

use std::fmt;

use crate::base::assign::{Fault, Mismatch, PathStep, ValueMismatch, ValuePath, assignable, conforms};
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};

/// What a parameter takes.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Anything.
    Any,
    /// What a template renders: strings, numbers, bools, durations, sizes.
    Scalar,
    /// Values of a type.
    Is(fn() -> Type),
    /// Values of either type.
    Either(fn() -> Type, fn() -> Type),
    /// A list or tuple.
    Sequence,
    /// A list, tuple or set.
    Collection,
    /// A list, tuple or set whose elements have a type.
    CollectionOf(fn() -> Type),
    /// A map or object.
    Mapping,
    /// A map or object whose values have a type.
    MappingOf(fn() -> Type),
    /// What has a length.
    Countable,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Scalar => f.write_str("scalar"),
            Self::Is(ty) => ty().fmt(f),
            Self::Either(a, b) => write!(f, "{} or {}", a(), b()),
            Self::Sequence => f.write_str("list"),
            Self::Collection => f.write_str("list or set"),
            Self::CollectionOf(ty) => write!(f, "list({})", ty()),
            Self::Mapping => f.write_str("map or object"),
            Self::MappingOf(ty) => write!(f, "map({})", ty()),
            Self::Countable => f.write_str("string or collection"),
        }
    }
}

impl Shape {
    /// Whether an argument of this (not null) type may be given.
    pub(super) fn accepts(&self, ty: &Type) -> Result<(), Box<Mismatch>> {
        use TypeKind::*;
        let ty = &ty.clone().non_null();
        if matches!(ty.kind, Any | Error | Never) {
            return Ok(());
        }
        let wrong = |expected: &Type| {
            Err(Box::new(Mismatch {
                path: ValuePath::default(),
                fault: Fault::Type,
                expected: expected.clone(),
                found: ty.clone(),
            }))
        };
        let below = |step: PathStep| {
            move |mut e: Box<Mismatch>| {
                e.path.0.insert(0, step);
                e
            }
        };
        match self {
            Self::Any => Ok(()),
            Self::Scalar if ty.is_scalar() => Ok(()),
            Self::Scalar => wrong(&Type::string()),
            Self::Is(want) => assignable(&want(), ty),
            Self::Either(a, b) => assignable(&b(), ty).or_else(|_| assignable(&a(), ty)),
            Self::Sequence if matches!(ty.kind, List(..) | Tuple(_)) => Ok(()),
            Self::Collection if matches!(ty.kind, List(..) | Tuple(_) | Set(..)) => Ok(()),
            Self::Sequence | Self::Collection => wrong(&Type::list(Type::any())),
            Self::CollectionOf(want) => match &ty.kind {
                List(have, _) | Set(have, _) => assignable(&want(), have).map_err(below(PathStep::Each)),
                Tuple(types) => types
                    .iter()
                    .enumerate()
                    .try_for_each(|(at, have)| assignable(&want(), have).map_err(below(PathStep::Index(at)))),
                _ => wrong(&Type::list(want())),
            },
            Self::Mapping if matches!(ty.kind, Map(..) | Object(_)) => Ok(()),
            Self::Mapping => wrong(&Type::map(Type::any())),
            Self::MappingOf(want) => assignable(&Type::map(want()), ty),
            Self::Countable => match ty.kind {
                String(_) | List(..) | Tuple(_) | Set(..) | Map(..) | Object(_) => Ok(()),
                Enum(_) if assignable(&Type::string(), ty).is_ok() => Ok(()),
                _ => wrong(&Type::list(Type::any())),
            },
        }
    }

    /// Whether this (not null) value may be given.
    pub(super) fn takes(&self, value: &Value) -> Result<(), Box<ValueMismatch>> {
        let conform = |ty: Type| conforms(value, &ty).map(drop);
        let all = |values: &[Value], ty: Type| {
            values.iter().enumerate().try_for_each(|(at, element)| {
                conforms(element, &ty).map(drop).map_err(|mut e| {
                    e.path.0.insert(0, PathStep::Index(at));
                    e
                })
            })
        };
        if let Kind::Unknown(unknown) = &value.kind {
            return self.accepts(&unknown.ty).map_err(|e| {
                Box::new(ValueMismatch {
                    path: e.path,
                    fault: e.fault,
                    expected: e.expected,
                    found: value.clone(),
                    bound: None,
                })
            });
        }
        match (self, &value.kind) {
            (Self::Any, _) => Ok(()),
            (Self::Is(ty), _) => conform(ty()),
            (Self::Either(a, b), _) => conform(b()).or_else(|_| conform(a())),
            (Self::Sequence | Self::Collection, Kind::Seq(_)) | (Self::Collection, Kind::Set(_)) => Ok(()),
            (Self::CollectionOf(ty), Kind::Seq(values) | Kind::Set(values)) => all(values, ty()),
            (Self::CollectionOf(ty), _) => conform(Type::list(ty())),
            (Self::Mapping, Kind::Map(_)) => Ok(()),
            (Self::MappingOf(ty), _) => conform(Type::map(ty())),
            (Self::Countable, Kind::String(_) | Kind::Seq(_) | Kind::Set(_) | Kind::Map(_)) => Ok(()),
            (
                Self::Scalar,
                Kind::String(_) | Kind::Number(_) | Kind::Bool(_) | Kind::Duration(_) | Kind::Size(_),
            ) => Ok(()),
            (Self::Scalar, _) => conform(Type::string()),
            (Self::Mapping, _) => conform(Type::map(Type::any())),
            (Self::Sequence | Self::Collection | Self::Countable, _) => conform(Type::list(Type::any())),
        }
    }
}
