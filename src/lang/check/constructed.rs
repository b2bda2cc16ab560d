//! What a constructor that is held to a type is: of that type, as late and as secret as what went into it.

use std::sync::Arc;

use super::secrecy::secret_as;
use super::{Fact, Taint};
use crate::base::Text;
use crate::base::types::{ObjectType, Type, TypeKind};

/// What went into a constructor.
pub(super) struct Constructed {
    parts: Vec<(Text, Fact)>,
    /// What has no name of its own.
    rest: Fact,
    secret: bool,
}

impl Default for Constructed {
    fn default() -> Self {
        Self { parts: Vec::new(), rest: Fact::error(), secret: false }
    }
}

impl Constructed {
    pub(super) fn push(&mut self, name: Text, fact: Fact) {
        self.parts.push((name, fact));
    }

    /// A value of the expected type, as secret and late as its parts.
    pub(super) fn fact(self, expected: &Type) -> Fact {
        let secret = self.secret || self.parts.iter().any(|(_, part)| part.ty.has_secret());
        let ty = if secret { self.secret_type(expected) } else { expected.clone() };
        let named = self.parts.into_iter().map(|(name, part)| (name, part.taint)).collect();
        let taint = match expected.kind {
            // Elements of a set are told apart by their values.
            TypeKind::Set(..) => Taint::object(named).flat(),
            _ => Taint::object(named).and(&self.rest.taint),
        };
        Fact { ty: ty.non_null(), taint }
    }

    /// What stands behind a key that is evaluated.
    pub(super) fn push_unnamed(&mut self, key: &Fact, value: &Fact) {
        self.rest.taint.join(&key.taint);
        self.rest.taint.join(&value.taint);
        self.secret |= key.ty.has_secret() || value.ty.has_secret();
    }

    fn secret_type(&self, expected: &Type) -> Type {
        if self.secret {
            return expected.clone().secret();
        }
        let kind = match &expected.kind {
            TypeKind::Object(object) => {
                let mut object = ObjectType::clone(object);
                for (name, part) in &self.parts {
                    if let Some(attribute) = object.attributes.get_mut(name) {
                        attribute.ty = secret_as(&attribute.ty, &part.ty);
                    }
                }
                TypeKind::Object(object.into())
            }
            TypeKind::Tuple(types) => TypeKind::Tuple(
                types.iter().zip(&self.parts).map(|(ty, (_, part))| secret_as(ty, &part.ty)).collect(),
            ),
            TypeKind::List(element, n) => TypeKind::List(self.secret_element(element), *n),
            TypeKind::Set(element, n) => TypeKind::Set(self.secret_element(element), *n),
            TypeKind::Map(element, n) => TypeKind::Map(self.secret_element(element), *n),
            _ => return expected.clone().secret(),
        };
        Type { kind, alias: None, ..expected.clone() }
    }

    fn secret_element(&self, element: &Type) -> Arc<Type> {
        Arc::new(self.parts.iter().fold(element.clone(), |ty, (_, part)| secret_as(&ty, &part.ty)))
    }
}
