//! What a constructor that is held to a type is: of that type, as late and as secret as what went into it. And what is
//! said of names in it that the type does not have.

use std::sync::Arc;

use super::accept::{Purpose, Wanted, finish};
use super::secrecy::secret_as;
use super::{Checker, Fact, Taint};
use crate::base::Text;
use crate::base::assign::{Fault, Mismatch, ValuePath, assignable};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::suggest::{listed, nearest};
use crate::base::types::{ObjectType, Type, TypeKind};
use crate::lang::resolve::program::{ExprId, ExprKind, ItemKey};

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

impl Checker<'_> {
    /// A name in a constructor that an object type does not have. Answers the one it is taken for, which is none of those
    /// that are `given`.
    pub(super) fn no_such_attribute<'o>(
        &mut self,
        (name, span): (&Text, Span),
        object: &'o ObjectType,
        given: impl Fn(&Text) -> bool,
        purpose: &Purpose<'_>,
        path: &ValuePath,
    ) -> Option<&'o str> {
        let legal = object.attributes.keys().filter(|legal| !given(legal)).map(Text::as_str);
        let near = nearest(name, legal);
        let message = format!("{} has no attribute `{name}`", purpose.name());
        let diagnostic = Diagnostic::new(codes::UNKNOWN_ATTRIBUTE, span, message);
        let diagnostic = match near {
            Some(near) => {
                let declared = object.attributes.get(near).and_then(|attribute| attribute.span);
                let diagnostic = diagnostic.here(format!("did you mean `{near}`?")).replace(
                    FixLevel::Safe,
                    format!("change it to `{near}`"),
                    span,
                    near,
                );
                match declared {
                    Some(declared) => diagnostic.label(declared, "declared here"),
                    None => diagnostic,
                }
            }
            None => {
                let names = object.attributes.keys().map(Text::as_str);
                diagnostic.here("not an attribute of this type").note(match names.len() {
                    0 => "the type has no attributes".to_owned(),
                    _ => format!("it has {}", listed(names)),
                })
            }
        };
        let diagnostic = finish(diagnostic, purpose, path);
        self.report(diagnostic);
        near
    }

    /// `merge(…)` for an object type: what is named in an object that is written there has to exist.
    pub(super) fn merged(
        &mut self,
        id: ExprId,
        args: &[ExprId],
        (expected, object): (&Type, &ObjectType),
        purpose: &Purpose<'_>,
        path: &ValuePath,
    ) -> Fact {
        let module = self.module;
        let fact = self.infer(id);
        let before = self.diagnostics.len();
        for arg in args {
            let ExprKind::Object(items) = &module.expr(*arg).kind else { continue };
            let names = || {
                items.iter().filter_map(|item| match &item.key {
                    ItemKey::Name(name) => Some((name, item.key_span)),
                    ItemKey::Computed(_) => None,
                })
            };
            for unknown in names().filter(|(name, _)| !object.attributes.contains_key(*name)) {
                let given = |legal: &Text| names().any(|(name, _)| name == legal);
                self.no_such_attribute(unknown, object, given, purpose, path);
            }
        }
        let misspelt = self.diagnostics.len() > before;
        let lacking = |mismatch: Box<Mismatch>| matches!(mismatch.fault, Fault::Missing(_));
        if !(misspelt && assignable(expected, &fact.ty).is_err_and(lacking)) {
            self.fits(id, &fact, &Wanted { ty: expected, purpose, path });
        }
        fact
    }
}
