//! Secret marks on what providers answer, and equality that does not look at marks.

use std::sync::Arc;

use crate::base::schema::{BlockSchema, Nesting};
use crate::base::value::{Kind, Value, ValueMap};

/// Marks what the schema calls sensitive, and whatever is marked in `like` at the same place: an object made of
/// secret arguments comes back from its provider as plain values.
pub(crate) fn restore(value: Value, block: &BlockSchema, like: &Value) -> Value {
    let value = by_schema(value, block);
    if like.has_secret() { copy(value, like) } else { value }
}

fn by_schema(value: Value, block: &BlockSchema) -> Value {
    let marked = block.attributes.values().any(|a| a.sensitive || a.ty.has_secret());
    if !marked && block.blocks.values().all(|nested| nested.block.attributes.is_empty()) {
        return value;
    }
    if !needs_marks(block) {
        return value;
    }
    let Kind::Map(map) = &value.kind else { return value };
    let mut map: ValueMap = (**map).clone();
    for (name, attribute) in &block.attributes {
        if (attribute.sensitive || attribute.ty.secret)
            && let Some(inner) = map.get_mut(name)
        {
            inner.secret = true;
        }
    }
    for (name, nested) in &block.blocks {
        let Some(inner) = map.get_mut(name) else { continue };
        let old = std::mem::replace(inner, Value::NULL);
        *inner = match nested.nesting {
            Nesting::Single | Nesting::Group => by_schema(old, &nested.block),
            Nesting::List | Nesting::Set | Nesting::Map => each(old, |v| by_schema(v, &nested.block)),
        };
    }
    Value { kind: Kind::Map(Arc::new(map)), secret: value.secret }
}

fn needs_marks(block: &BlockSchema) -> bool {
    block.attributes.values().any(|a| a.sensitive || a.ty.secret)
        || block.blocks.values().any(|nested| needs_marks(&nested.block))
}

fn each(value: Value, mark: impl Fn(Value) -> Value) -> Value {
    let secret = value.secret;
    let kind = match value.kind {
        Kind::Seq(values) => Kind::Seq(values.iter().cloned().map(mark).collect()),
        Kind::Set(values) => Value::set(values.iter().cloned().map(mark).collect()).kind,
        Kind::Map(map) => {
            Kind::Map(Arc::new(map.iter().map(|(k, v)| (k.clone(), mark(v.clone()))).collect()))
        }
        other => other,
    };
    Value { kind, secret }
}

fn copy(value: Value, like: &Value) -> Value {
    if !like.has_secret() {
        return value;
    }
    let secret = value.secret || like.secret;
    let kind = match (value.kind, &like.kind) {
        (Kind::Map(map), Kind::Map(likes)) => {
            let with = |(name, value): (&crate::base::Text, &Value)| {
                let value = value.clone();
                (name.clone(), likes.get(name).map_or(value.clone(), |like| copy(value, like)))
            };
            Kind::Map(Arc::new(map.iter().map(with).collect()))
        }
        (Kind::Seq(values), Kind::Seq(likes)) => {
            let with = |(at, value): (usize, &Value)| {
                likes.get(at).map_or_else(|| value.clone(), |like| copy(value.clone(), like))
            };
            Kind::Seq(values.iter().enumerate().map(with).collect())
        }
        // Elements of sets have no place to be compared at: those that are equal keep their mark.
        (Kind::Set(values), Kind::Set(likes)) => {
            let marked = |value: &Value| {
                let twin = likes.iter().find(|like| same(like, value));
                twin.cloned().unwrap_or_else(|| value.clone())
            };
            Value::set(values.iter().map(marked).collect()).kind
        }
        (kind, _) => kind,
    };
    Value { kind, secret }
}

/// Whether two values are equal but for their marks. Unknowns are equal to nothing.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Unknown(_), _) | (_, Kind::Unknown(_)) => false,
        (Kind::Seq(a), Kind::Seq(b)) => {
            Arc::ptr_eq(a, b) || a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Kind::Set(x), Kind::Set(y)) => {
            Arc::ptr_eq(x, y)
                || x.len() == y.len()
                    && (x.iter().zip(y.iter()).all(|(a, b)| same(a, b)) || {
                        // Marks take part in the order of a set.
                        x.iter().all(|a| y.iter().any(|b| same(a, b)))
                    })
        }
        (Kind::Map(a), Kind::Map(b)) => {
            Arc::ptr_eq(a, b)
                || a.len() == b.len() && a.iter().zip(b.iter()).all(|((m, a), (n, b))| m == n && same(a, b))
        }
        (a, b) => a == b,
    }
}

/// Whether an object has the same attributes: as [`same`], where an absent attribute is null.
pub(crate) fn same_object(a: &Value, b: &Value) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Map(x), Kind::Map(y)) => {
            if Arc::ptr_eq(x, y) {
                return true;
            }
            let within = |x: &ValueMap, y: &ValueMap| {
                x.iter().all(|(name, value)| same(value, y.get(name).unwrap_or(&Value::NULL)))
            };
            within(x, y) && y.iter().all(|(name, value)| x.contains_key(name) || value.is_null())
        }
        _ => same(a, b),
    }
}

/// The names of attributes that differ.
pub(crate) fn differing(a: &Value, b: &Value) -> Vec<crate::base::Text> {
    let none = ValueMap::new();
    let (x, y) = (a.as_map().unwrap_or(&none), b.as_map().unwrap_or(&none));
    let mut names: Vec<_> = x
        .keys()
        .chain(y.keys().filter(|name| !x.contains_key(*name)))
        .filter(|name| !same(x.get(*name).unwrap_or(&Value::NULL), y.get(*name).unwrap_or(&Value::NULL)))
        .cloned()
        .collect();
    names.sort();
    names
}

/// The first place where what is known in `planned` is not what came: dotted path.
pub(crate) fn contradiction(planned: &Value, actual: &Value) -> Option<String> {
    match (&planned.kind, &actual.kind) {
        (Kind::Unknown(_), _) => None,
        (Kind::Map(p), Kind::Map(a)) => p.iter().find_map(|(name, planned)| {
            let rest = contradiction(planned, a.get(name).unwrap_or(&Value::NULL))?;
            Some(if rest.is_empty() { name.to_string() } else { format!("{name}.{rest}") })
        }),
        (Kind::Seq(p), Kind::Seq(a)) if p.len() == a.len() => {
            p.iter().zip(a.iter()).enumerate().find_map(|(at, (p, a))| {
                let rest = contradiction(p, a)?;
                Some(if rest.is_empty() { at.to_string() } else { format!("{at}.{rest}") })
            })
        }
        (Kind::Set(p), Kind::Set(_)) if p.iter().any(|v| !v.is_wholly_known()) => None,
        _ => (!same(planned, actual)).then(String::new),
    }
}
