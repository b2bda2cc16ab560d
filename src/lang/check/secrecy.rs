//! Secrecy of types: what a value of a stated type keeps of the secrets that went into it.

use std::sync::Arc;

use super::Taint;
use super::taint::Input;
use crate::base::types::{ObjectType, Type, TypeKind};

/// The type, secret where the type a value was found to have is.
pub(super) fn secret_as(ty: &Type, found: &Type) -> Type {
    if !found.has_secret() {
        return ty.clone();
    }
    if found.secret {
        return ty.clone().secret();
    }
    let inner = |inner: &Arc<Type>, found: &Type| Arc::new(secret_as(inner, found));
    let kind = match (&ty.kind, &found.kind) {
        (TypeKind::List(a, n), TypeKind::List(b, _) | TypeKind::Set(b, _)) => TypeKind::List(inner(a, b), *n),
        (TypeKind::Set(a, n), TypeKind::List(b, _) | TypeKind::Set(b, _)) => TypeKind::Set(inner(a, b), *n),
        (TypeKind::Map(a, n), TypeKind::Map(b, _)) => TypeKind::Map(inner(a, b), *n),
        (TypeKind::Tuple(a), TypeKind::Tuple(b)) if a.len() == b.len() => {
            TypeKind::Tuple(a.iter().zip(b.iter()).map(|(a, b)| secret_as(a, b)).collect())
        }
        (TypeKind::Object(a), TypeKind::Object(b)) => {
            let mut object = ObjectType::clone(a);
            for (name, attribute) in &mut object.attributes {
                if let Some(found) = b.attributes.get(name) {
                    attribute.ty = secret_as(&attribute.ty, &found.ty);
                }
            }
            TypeKind::Object(object.into())
        }
        // Of another shape: all of it may be.
        _ => return ty.clone().secret(),
    };
    Type { kind, alias: None, ..ty.clone() }
}

/// The type of an output for a caller: secret where the inputs that its secrecy follows are.
pub(super) fn secret_for_caller(ty: &Type, taint: &Taint, given: &dyn Fn(&Input) -> Option<Type>) -> Type {
    if ty.secret {
        return ty.clone();
    }
    if let Some(input) = &taint.alias {
        return match given(input) {
            Some(found) => secret_as(ty, &found),
            None => ty.clone(),
        };
    }
    let outline = taint.own_outline();
    let deep = taint.has_parts();
    let secret = outline.secrets.iter().any(|input| {
        given(input)
            .is_some_and(|found| if input.outline || deep { found.secret } else { found.has_secret() })
    });
    if secret {
        return ty.clone().secret();
    }
    if !deep {
        return ty.clone();
    }
    let inner = |inner: &Arc<Type>| Arc::new(secret_for_caller(inner, &taint.element(), given));
    let kind = match &ty.kind {
        TypeKind::List(element, n) => TypeKind::List(inner(element), *n),
        TypeKind::Set(element, n) => TypeKind::Set(inner(element), *n),
        TypeKind::Map(element, n) => TypeKind::Map(inner(element), *n),
        TypeKind::Tuple(types) => TypeKind::Tuple(
            types
                .iter()
                .enumerate()
                .map(|(at, ty)| secret_for_caller(ty, &taint.own_part(&at.to_string().into()), given))
                .collect(),
        ),
        TypeKind::Object(object) => {
            let mut object = ObjectType::clone(object);
            for (name, attribute) in &mut object.attributes {
                attribute.ty = secret_for_caller(&attribute.ty, &taint.own_part(name), given);
            }
            TypeKind::Object(object.into())
        }
        _ => return ty.clone(),
    };
    // A type nothing in which became secret stays the one that was declared.
    if Type::from(kind.clone()).has_secret() { Type { kind, alias: None, ..ty.clone() } } else { ty.clone() }
}

/// The type of a part of a variable.
pub(super) fn type_at(ty: &Type, input: &Input) -> Type {
    let mut at = ty.clone();
    for name in input.path.iter() {
        let secret = at.secret;
        let inner = match &at.kind {
            TypeKind::Object(object) => object.attributes.get(name).map(|attribute| attribute.ty.clone()),
            TypeKind::Map(element, _) | TypeKind::List(element, _) => Some((**element).clone()),
            TypeKind::Tuple(types) => name.parse::<usize>().ok().and_then(|at| types.get(at).cloned()),
            _ => None,
        };
        let Some(inner) = inner else { return at };
        at = if secret { inner.secret() } else { inner };
    }
    at
}
