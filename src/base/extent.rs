//! How large and how deep types are when they are written out: parts that are shared count as often as they occur. All
//! that walks over types goes by this: what is too large or too deep is refused where it arises.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::types::{Type, TypeKind};

/// The most parts a type may have.
pub const MOST_PARTS: u64 = 1 << 18;

/// The most types may be in each other.
pub const MOST_LEVELS: u32 = 256;

/// A type that is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooLarge {
    /// It has more than [`MOST_PARTS`].
    Parts,
    /// It is deeper than [`MOST_LEVELS`].
    Levels,
}

impl TooLarge {
    /// In words, behind `this has a type`.
    pub fn words(self) -> String {
        match self {
            Self::Parts => format!("of more than {MOST_PARTS} parts"),
            Self::Levels => format!("of more than {MOST_LEVELS} levels"),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Extent {
    parts: u64,
    levels: u32,
}

/// The extents of types, remembered where they are worth it.
#[derive(Debug, Default)]
pub struct Extents {
    known: FxHashMap<*const (), Extent>,
    /// Keeps what is known from being dropped, so that no other type comes to lie at its place.
    held: Vec<TypeKind>,
}

/// Types of fewer parts are walked again.
const SMALL: u64 = 32;

impl Extents {
    /// Whether a type is no larger than types may be.
    ///
    /// # Errors
    /// In what it is too large. Its parts must not be.
    pub fn check(&mut self, ty: &Type) -> Result<(), TooLarge> {
        match self.of(ty) {
            Extent { levels, .. } if levels > MOST_LEVELS => Err(TooLarge::Levels),
            Extent { parts, .. } if parts > MOST_PARTS => Err(TooLarge::Parts),
            _ => Ok(()),
        }
    }

    fn of(&mut self, ty: &Type) -> Extent {
        let identity: *const () = match &ty.kind {
            TypeKind::List(element, _) | TypeKind::Set(element, _) | TypeKind::Map(element, _) => {
                let Extent { parts, levels } = self.of(element);
                return Extent { parts: parts + 1, levels: levels + 1 };
            }
            TypeKind::Tuple(types) => Arc::as_ptr(types).cast(),
            TypeKind::Object(object) => Arc::as_ptr(object).cast(),
            TypeKind::Enum(values) => return Extent { parts: 1 + values.len() as u64, levels: 1 },
            _ => return Extent { parts: 1, levels: 1 },
        };
        if let Some(known) = self.known.get(&identity) {
            return *known;
        }
        let mut extent = Extent { parts: 1, levels: 0 };
        let mut add = |inner: Extent| {
            extent.parts = extent.parts.saturating_add(inner.parts);
            extent.levels = extent.levels.max(inner.levels);
        };
        match &ty.kind {
            TypeKind::Tuple(types) => types.iter().for_each(|ty| add(self.of(ty))),
            TypeKind::Object(object) => object.attributes.values().for_each(|a| add(self.of(&a.ty))),
            _ => {}
        }
        extent.levels += 1;
        if extent.parts > SMALL {
            self.known.insert(identity, extent);
            self.held.push(ty.kind.clone());
        }
        extent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_counts_as_often_as_it_occurs() {
        let mut extents = Extents::default();
        let mut ty = Type::int();
        for _ in 0..17 {
            ty = Type::tuple([ty.clone(), ty]);
            assert_eq!(extents.check(&ty), Ok(()));
        }
        ty = Type::tuple([ty.clone(), ty]);
        assert_eq!(extents.check(&ty), Err(TooLarge::Parts));
        let mut ty = Type::int();
        for _ in 1..MOST_LEVELS {
            ty = Type::list(ty);
        }
        assert_eq!(extents.check(&ty), Ok(()));
        assert_eq!(extents.check(&Type::object([("a", ty)])), Err(TooLarge::Levels));
    }
}
