//! Which types and values go where: the join of types, assignability between types, and values against types.

use std::fmt;

use super::Text;
use super::types::{Length, ObjectType, Ranges, Type, TypeKind};
use super::value::quote;

mod conform;
mod join;
#[cfg(test)]
mod tests;

pub use conform::{ValueMismatch, conforms, matches_pattern, narrow};
pub use join::{enum_base, join, join_all, merge_ranges, type_of};
use join::{exactly, unbounded};

/// Where inside a value: `.replicas[1].zone`. Empty for the value itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValuePath(pub Vec<PathStep>);

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathStep {
    /// `.name`
    Attribute(Text),
    /// `[0]`
    Index(usize),
    /// `["key"]`
    Key(Text),
    /// `[*]`: any element, where only types are known.
    Each,
}

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| match step {
            PathStep::Attribute(name) => write!(f, ".{name}"),
            PathStep::Index(at) => write!(f, "[{at}]"),
            PathStep::Key(key) => {
                f.write_str("[")?;
                quote(key, f)?;
                f.write_str("]")
            }
            PathStep::Each => f.write_str("[*]"),
        })
    }
}

impl ValuePath {
    fn below(mut self, step: PathStep) -> Self {
        self.0.insert(0, step);
        self
    }
}

/// What is wrong at the place a mismatch names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A different kind of value.
    Type,
    /// Null, or what may be null, where a value is needed.
    Null,
    /// The right kind, but outside (or not known to lie inside) the bounds.
    Bound,
    /// These required attributes are not there.
    Missing(Vec<Text>),
    /// An attribute the type does not have.
    Unexpected(Text),
}

/// Why a type does not fit: the innermost place where they differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// Where, from the whole.
    pub path: ValuePath,
    /// What is wrong there.
    pub fault: Fault,
    /// The type needed there.
    pub expected: Type,
    /// The type found there.
    pub found: Type,
}

impl Mismatch {
    fn new(fault: Fault, expected: &Type, found: &Type) -> Self {
        Self { path: ValuePath::default(), fault, expected: expected.clone(), found: found.clone() }
    }

    fn below(mut self: Box<Self>, step: PathStep) -> Box<Self> {
        self.path.0.insert(0, step);
        self
    }

    /// The function that turns what was found into what is needed, if there is one: `tonumber`.
    pub fn conversion(&self) -> Option<&'static str> {
        conversion(&self.expected, &self.found)
    }
}

/// The function that turns a value of type `source` into one of type `target`, if prov has one.
pub fn conversion(target: &Type, source: &Type) -> Option<&'static str> {
    let from = base_kind(source);
    Some(match (base_kind(target), from) {
        (
            TypeKind::String(_),
            TypeKind::Number(_) | TypeKind::Bool | TypeKind::Duration(_) | TypeKind::Size(_),
        ) => "tostring",
        (TypeKind::Number(n), TypeKind::Number(m)) if n.integer && !m.integer => "floor",
        (TypeKind::Number(_), TypeKind::String(_)) => "tonumber",
        (TypeKind::Number(_), TypeKind::Duration(_)) => "seconds",
        (TypeKind::Number(_), TypeKind::Size(_)) => "bytes",
        (TypeKind::Bool, TypeKind::String(_)) => "tobool",
        (TypeKind::Duration(_), TypeKind::String(_)) => "toduration",
        (TypeKind::Size(_), TypeKind::String(_)) => "tosize",
        (TypeKind::List(want, _), TypeKind::Set(have, _)) if assignable(&want, &have).is_ok() => "tolist",
        _ => return None,
    })
}

/// The kind with an enum seen as what its members are.
fn base_kind(ty: &Type) -> TypeKind {
    match &ty.kind {
        TypeKind::Enum(values) => enum_base(values).kind,
        kind => kind.clone(),
    }
}

fn within(target: &Ranges, source: &Ranges, integer: bool) -> bool {
    if target.is_empty() {
        return true;
    }
    let target = merge_ranges(target.to_vec(), integer);
    !source.is_empty()
        && source.iter().all(|(low, high)| target.iter().any(|(min, max)| min <= low && high <= max))
}

fn length_within(target: Length, source: Length) -> bool {
    source.min >= target.min && target.max.is_none_or(|max| source.max.is_some_and(|most| most <= max))
}

/// Whether every value of `source` is one of `target`; if not, the innermost place where they differ.
///
/// Objects may be wider than the target (unknown names in constructors are the checker's to find), a list goes where
/// a set is needed and an object where a map is. Secrecy does not matter here: it travels with the value. A source
/// that is of the right kind without being known to keep the target's bounds is a [`Fault::Bound`].
pub fn assignable(target: &Type, source: &Type) -> Result<(), Box<Mismatch>> {
    use TypeKind::*;
    let wrong = |fault| Err(Box::new(Mismatch::new(fault, target, source)));
    if matches!(target.kind, Any | Error) || matches!(source.kind, Any | Error) {
        return Ok(());
    }
    if matches!(source.kind, Never) {
        return if source.nullable && !target.nullable { wrong(Fault::Null) } else { Ok(()) };
    }
    let fits = match (&target.kind, &source.kind) {
        (Bool, Bool) => Ok(()),
        (Number(want), Number(have)) => {
            if want.integer && !have.integer {
                wrong(Fault::Type)
            } else if within(&want.ranges, &have.ranges, have.integer) {
                Ok(())
            } else {
                wrong(Fault::Bound)
            }
        }
        (String(want), String(have)) => {
            let pattern = want.pattern.is_none() || want.pattern == have.pattern;
            if pattern && length_within(want.length, have.length) { Ok(()) } else { wrong(Fault::Bound) }
        }
        (Duration(want), Duration(have)) | (Size(want), Size(have)) => {
            if within(want, have, false) {
                Ok(())
            } else {
                wrong(Fault::Bound)
            }
        }
        (Enum(want), Enum(have)) => match have.without(want).next() {
            None => Ok(()),
            Some(_) if assignable(&unbounded_type(&enum_base(want)), &enum_base(have)).is_ok() => {
                wrong(Fault::Bound)
            }
            Some(_) => wrong(Fault::Type),
        },
        (_, Enum(values)) => {
            let failed = values.iter().filter_map(|value| conforms(value, target).err()).map(|e| e.fault);
            match failed.max_by_key(|fault| *fault == Fault::Type) {
                None => Ok(()),
                Some(fault) => wrong(fault),
            }
        }
        (Enum(values), _) => {
            match assignable(&unbounded_type(&enum_base(values)), &source.clone().non_null()) {
                Ok(()) => wrong(Fault::Bound),
                Err(_) => wrong(Fault::Type),
            }
        }
        (List(want, m), List(have, n))
        | (Set(want, m), Set(have, n) | List(have, n))
        | (Map(want, m), Map(have, n)) => {
            assignable(want, have).map_err(|e| e.below(PathStep::Each))?;
            // A set made of a list may be shorter than it.
            let shrunk = matches!((&target.kind, &source.kind), (Set(..), List(..)));
            let have = if shrunk { Length { min: n.min.min(1), max: n.max } } else { *n };
            if length_within(*m, have) { Ok(()) } else { wrong(Fault::Bound) }
        }
        (List(want, m) | Set(want, m), Tuple(types)) => {
            for (at, ty) in types.iter().enumerate() {
                assignable(want, ty).map_err(|e| e.below(PathStep::Index(at)))?;
            }
            let max = types.len() as u64;
            let min = if matches!(target.kind, Set(..)) { max.min(1) } else { max };
            if length_within(*m, Length { min, max: Some(max) }) { Ok(()) } else { wrong(Fault::Bound) }
        }
        (Tuple(want), Tuple(have)) if want.len() == have.len() => {
            for (at, (want, have)) in want.iter().zip(have.iter()).enumerate() {
                assignable(want, have).map_err(|e| e.below(PathStep::Index(at)))?;
            }
            Ok(())
        }
        (Object(want), Object(have)) => {
            for (name, attribute) in &want.attributes {
                let Some(found) = have.attributes.get(name) else { continue };
                let found = &found.ty;
                let step = |e: Box<Mismatch>| e.below(PathStep::Attribute(name.clone()));
                if attribute.default.is_some() {
                    assignable(&attribute.ty.clone().optional(), found).map_err(step)?;
                } else {
                    assignable(&attribute.ty, found).map_err(step)?;
                }
            }
            let missing = missing(want, |name| have.attributes.contains_key(name));
            // Of what has a name of its own, such as a resource, the name says more than what is missing.
            let other = want.name.is_some() && have.name.is_some() && want.name != have.name;
            match missing.is_empty() {
                true => Ok(()),
                false if other => wrong(Fault::Type),
                false => wrong(Fault::Missing(missing)),
            }
        }
        (Map(want, m), Object(have)) => {
            for (name, attribute) in &have.attributes {
                assignable(want, &attribute.ty).map_err(|e| e.below(PathStep::Attribute(name.clone())))?;
            }
            if length_within(*m, exactly(have.attributes.len())) { Ok(()) } else { wrong(Fault::Bound) }
        }
        _ => wrong(Fault::Type),
    };
    fits?;
    if source.nullable && !target.nullable { wrong(Fault::Null) } else { Ok(()) }
}

fn unbounded_type(ty: &Type) -> Type {
    unbounded(&ty.kind).into()
}

fn missing(object: &ObjectType, has: impl Fn(&str) -> bool) -> Vec<Text> {
    let required =
        object.attributes.iter().filter(|(_, attribute)| !attribute.optional && attribute.default.is_none());
    required.map(|(name, _)| name).filter(|name| !has(name)).cloned().collect()
}
