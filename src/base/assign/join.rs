//! The least type two types have in common.

use std::sync::Arc;

use super::conforms;
use crate::base::number::Number;
use crate::base::types::{
    Length, NumberType, ObjectAttribute, ObjectType, Ranges, StringType, Type, TypeKind,
};
use crate::base::value::{Kind, Value};

/// The type the members of an enum have without it: `string` for `"a" | "b"`.
pub fn enum_base(values: &[Value]) -> Type {
    values
        .iter()
        .map(type_of)
        .reduce(|a, b| join(&a, &b).unwrap_or_else(Type::any))
        .unwrap_or_else(Type::null)
}

/// The type a value is inferred to have: literals widen, sequences are tuples and maps objects.
pub fn type_of(value: &Value) -> Type {
    let ty = match &value.kind {
        Kind::Null => Type::null(),
        Kind::Bool(_) => Type::bool(),
        Kind::Number(n) if n.is_integer() => Type::int(),
        Kind::Number(_) => Type::number(),
        Kind::String(_) => Type::string(),
        Kind::Duration(_) => Type::duration(),
        Kind::Size(_) => Type::size(),
        Kind::Seq(values) => Type::tuple(values.iter().map(type_of).collect::<Vec<_>>()),
        Kind::Set(values) => {
            let secret = value.has_secret() && !value.secret;
            let any = || Type { secret, ..Type::any() };
            Type::set(join_all(values.iter().map(type_of)).unwrap_or_else(any))
        }
        Kind::Map(map) => Type::object(map.iter().map(|(name, value)| (name.clone(), type_of(value)))),
        Kind::Unknown(unknown) => unknown.ty.clone(),
    };
    Type { secret: ty.secret || value.secret, ..ty }
}

/// The least type all of these belong to; `never` for none of them, `None` when they never meet.
pub fn join_all(types: impl IntoIterator<Item = Type>) -> Option<Type> {
    types.into_iter().try_fold(TypeKind::Never.into(), |joined, ty| join(&joined, &ty))
}

/// The least type both belong to; `None` when they never meet.
///
/// ```
/// use prov::base::{assign::join, types::Type};
/// assert_eq!(join(&Type::int(), &Type::number()), Some(Type::number()));
/// assert_eq!(join(&Type::int(), &Type::null()), Some(Type::int().optional()));
/// assert_eq!(join(&Type::int(), &Type::string()), None);
/// ```
pub fn join(a: &Type, b: &Type) -> Option<Type> {
    let kind = join_kinds(&a.kind, &b.kind)?;
    let alias = match (&a.kind, &b.kind) {
        (TypeKind::Never, _) => b.alias.clone(),
        (_, TypeKind::Never) => a.alias.clone(),
        _ if a.alias == b.alias && a.kind == b.kind => a.alias.clone(),
        _ => None,
    };
    // What `any` swallows may be secret inside.
    let inner = matches!(kind, TypeKind::Any) && (a.has_secret() || b.has_secret());
    Some(Type { kind, nullable: a.nullable || b.nullable, secret: a.secret || b.secret || inner, alias })
}

fn join_kinds(a: &TypeKind, b: &TypeKind) -> Option<TypeKind> {
    use TypeKind::*;
    if a == b {
        return Some(a.clone());
    }
    Some(match (a, b) {
        (Error, _) | (_, Error) => Error,
        (Any, _) | (_, Any) => Any,
        (Never, kind) | (kind, Never) => kind.clone(),
        (Number(a), Number(b)) => {
            Number(NumberType { integer: a.integer && b.integer, ranges: join_ranges(&a.ranges, &b.ranges) })
        }
        (String(a), String(b)) => String(Arc::new(StringType {
            length: join_length(a.length, b.length),
            pattern: if a.pattern == b.pattern { a.pattern.clone() } else { None },
        })),
        (Duration(a), Duration(b)) => Duration(join_ranges(a, b)),
        (Size(a), Size(b)) => Size(join_ranges(a, b)),
        (Enum(a), Enum(b)) => {
            join_kinds(&enum_base(a).kind, &enum_base(b).kind)?;
            Enum(a.iter().chain(b.without(a)).cloned().collect())
        }
        (Enum(values), kind) | (kind, Enum(values)) => {
            // A type that has all members already is the join; bounds that exclude one are given up.
            let target: Type = kind.clone().into();
            if values.iter().all(|value| conforms(value, &target).is_ok()) {
                return Some(kind.clone());
            }
            join_kinds(&enum_base(values).kind, &unbounded(kind))?
        }
        (List(a, m), List(b, n)) => List(Arc::new(join(a, b)?), join_length(*m, *n)),
        (Set(a, m), Set(b, n)) => Set(Arc::new(join(a, b)?), join_length(*m, *n)),
        (Map(a, m), Map(b, n)) => Map(Arc::new(join(a, b)?), join_length(*m, *n)),
        (Tuple(a), Tuple(b)) => {
            if a.len() == b.len()
                && let Some(types) =
                    a.iter().zip(b.iter()).map(|(a, b)| join(a, b)).collect::<Option<Vec<_>>>()
            {
                return Some(Tuple(types.into()));
            }
            List(
                Arc::new(join_all(a.iter().chain(b.iter()).cloned())?),
                join_length(exactly(a.len()), exactly(b.len())),
            )
        }
        (Tuple(types), List(element, n)) | (List(element, n), Tuple(types)) => {
            let all = join_all(types.iter().cloned().chain([(**element).clone()]))?;
            List(Arc::new(all), join_length(exactly(types.len()), *n))
        }
        (Object(a), Object(b)) => Object(Arc::new(join_objects(a, b)?)),
        (Object(object), Map(element, n)) | (Map(element, n), Object(object)) => {
            let types = object.attributes.values().map(|attribute| attribute.ty.clone());
            let all = join_all(types.chain([(**element).clone()]))?;
            Map(Arc::new(all), join_length(exactly(object.attributes.len()), *n))
        }
        _ => return None,
    })
}

pub(super) fn unbounded(kind: &TypeKind) -> TypeKind {
    match kind {
        TypeKind::Number(n) => TypeKind::Number(NumberType { integer: n.integer, ranges: Ranges::default() }),
        TypeKind::String(_) => TypeKind::String(Arc::default()),
        TypeKind::Duration(_) => TypeKind::Duration(Ranges::default()),
        TypeKind::Size(_) => TypeKind::Size(Ranges::default()),
        kind => kind.clone(),
    }
}

fn join_objects(a: &ObjectType, b: &ObjectType) -> Option<ObjectType> {
    if a.attributes.len() != b.attributes.len() {
        return None;
    }
    let attributes = a.attributes.iter().map(|(name, left)| {
        let right = b.attributes.get(name)?;
        let default = if left.default == right.default { left.default.clone() } else { None };
        let ty = join(&left.ty, &right.ty)?;
        // A value of either type always has the attribute: defaults are filled in when it is made.
        let optional = left.optional && right.optional;
        let span = if left.span == right.span { left.span } else { None };
        let docs = if left.docs == right.docs { left.docs.clone() } else { None };
        Some((name.clone(), ObjectAttribute { ty, optional, default, span, docs }))
    });
    let name = if a.name == b.name { a.name.clone() } else { None };
    Some(ObjectType { attributes: attributes.collect::<Option<_>>()?, name })
}

pub(super) fn exactly(count: usize) -> Length {
    Length { min: count as u64, max: Some(count as u64) }
}

/// Literals widen: a join of lengths that says nothing worth saying is dropped by staying unbounded on either side.
fn join_length(a: Length, b: Length) -> Length {
    if a == Length::default() || b == Length::default() {
        return Length::default();
    }
    Length { min: a.min.min(b.min), max: a.max.zip(b.max).map(|(a, b)| a.max(b)) }
}

fn join_ranges(a: &Ranges, b: &Ranges) -> Ranges {
    if a.is_empty() || b.is_empty() {
        return Ranges::default();
    }
    merge_ranges(a.iter().chain(b.iter()).cloned().collect(), false).into()
}

/// Sorted, with what overlaps made one; of integers also what is adjacent.
pub fn merge_ranges(mut ranges: Vec<(Number, Number)>, integer: bool) -> Vec<(Number, Number)> {
    ranges.sort();
    let mut merged: Vec<(Number, Number)> = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        let one = Number::from(i64::from(integer));
        match merged.last_mut() {
            Some(last) if low <= last.1.add(&one) => last.1 = last.1.clone().max(high),
            _ => merged.push((low, high)),
        }
    }
    merged
}
