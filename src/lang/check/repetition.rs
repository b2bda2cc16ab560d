//! How often a resource or module exists: `count`, `for_each`, `enabled`, and when that has to be known.

use super::facts::Taint;
use super::{Checker, Fact, Phase, accept};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::types::{Type, TypeKind};
use crate::lang::resolve::program::ExprId;

impl<'a> Checker<'a> {
    /// `count`, `for_each` and `enabled`; sets what `each` and `count` are in the block.
    pub(super) fn repetition(
        &mut self,
        count: Option<ExprId>,
        for_each: Option<ExprId>,
        enabled: Option<ExprId>,
    ) -> Repetition {
        self.each = None;
        if let Some(id) = enabled {
            let purpose = accept::Purpose::Named { name: "`enabled`".into(), declared: None };
            let fact = self.accept(id, &Type::bool(), &purpose);
            self.no_secret(id, &fact, "`enabled`");
            self.early(id, &fact, "`enabled`", true);
            return Repetition::Enabled(fact);
        }
        if let Some(id) = count {
            let purpose = accept::Purpose::Named { name: "`count`".into(), declared: None };
            let fact = self.accept(id, &Type::int(), &purpose);
            self.no_secret(id, &fact, "`count`");
            self.early(id, &fact, "`count`", false);
            if let Some(value) = self.constant(id).and_then(|value| value.as_i64())
                && value < 0
            {
                self.report(
                    Diagnostic::new(codes::CONSTRAINT_VIOLATED, self.span(id), "`count` can't be negative")
                        .here(format!("this is {value}")),
                );
            }
            return Repetition::Count(fact);
        }
        if let Some(id) = for_each {
            let fact = self.for_each(id);
            return Repetition::ForEach(fact);
        }
        Repetition::Once
    }

    /// `for_each` takes a map, an object or a set of texts.
    fn for_each(&mut self, id: ExprId) -> Fact {
        let fact = self.infer(id);
        let ty = &fact.ty;
        let span = self.span(id);
        self.no_secret(id, &fact, "`for_each`");
        self.early(id, &fact, "`for_each`", false);
        let is_text = |ty: &Type| match &ty.kind {
            TypeKind::String(_) | TypeKind::Any | TypeKind::Error => true,
            TypeKind::Enum(values) => values.iter().all(|value| value.as_str().is_some()),
            _ => false,
        };
        let (key, value) = match &ty.kind {
            TypeKind::Map(element, _) => (Type::string(), (**element).clone()),
            TypeKind::Object(_) => {
                let (_, value) = self.elements(id, &fact);
                (Type::string(), value.ty)
            }
            TypeKind::Set(element, _) if is_text(element) => ((**element).clone(), (**element).clone()),
            TypeKind::Any | TypeKind::Error => (Type::string(), Type::any()),
            TypeKind::List(..) | TypeKind::Tuple(_) => {
                let text = self.text(span).to_owned();
                self.report(
                    Diagnostic::new(
                        codes::TYPE_MISMATCH,
                        span,
                        "`for_each` takes a map or a set of texts, and this is a list",
                    )
                    .here(format!("`{ty}`"))
                    .note("instances are named by keys; the place in a list changes when one before it goes")
                    .mismatch("map or set(string)", ty.to_string())
                    .replace(
                        FixLevel::Safe,
                        "make it a set: `toset(…)`",
                        span,
                        format!("toset({text})"),
                    ),
                );
                let element = super::collections_element(ty);
                (element.clone(), element)
            }
            _ => {
                self.report(
                    Diagnostic::new(codes::TYPE_MISMATCH, span, "`for_each` takes a map or a set of texts")
                        .here(format!("this is `{ty}`"))
                        .mismatch("map or set(string)", ty.to_string()),
                );
                (Type::string(), Type::error())
            }
        };
        if ty.nullable && !ty.is_any() && !ty.is_error() {
            let text = self.text(span).to_owned();
            let diagnostic =
                Diagnostic::new(codes::NULL_VALUE, span, "`for_each` can't be null, and this may be")
                    .here(format!("`{ty}`"))
                    .replace(
                        FixLevel::Review,
                        "give it a fallback: `?? {}`",
                        span,
                        format!("{text} ?? {{}}"),
                    );
            let diagnostic = self.with_declaration(diagnostic, id);
            self.report(diagnostic);
        }
        let key = Fact::known(key).at(fact.phase());
        self.each = Some((key, fact.with(value)));
        fact
    }

    /// Whether and how often something exists has to be known before it is planned.
    pub(super) fn early(&mut self, id: ExprId, fact: &Fact, what: &str, strict: bool) {
        // Values of a map may be late while its keys are early; only what decides the keys counts.
        if !fact.is_late() || self.keys_are_early(id) {
            return;
        }
        let code = if strict { codes::UNKNOWN_TOO_LATE } else { codes::DEFERRED_INSTANCES };
        let message = match strict {
            true => format!("{what} has to be known when a plan is made, and this is known after apply"),
            false => {
                format!("{what} is known only after apply, so a plan can't say which instances there will be")
            }
        };
        let mut diagnostic = Diagnostic::new(code, self.span(id), message).here("known after apply");
        if let Some((span, words)) = &fact.taint.origin {
            diagnostic = diagnostic.step(*span, words.to_string());
        }
        diagnostic = match strict {
            true => diagnostic.help("decide it by a variable or a constant"),
            false => diagnostic
                .note("apply runs what can be planned first, plans the rest, shows it and asks again")
                .help("to have one plan, use keys that are written down, with late values behind them"),
        };
        let diagnostic = self.with_declaration(diagnostic, id);
        self.report(diagnostic);
    }

    fn keys_are_early(&mut self, id: ExprId) -> bool {
        use crate::lang::resolve::program::{ExprKind, ItemKey, Reference};
        match &self.module.expr(id).kind {
            ExprKind::Object(items) => items.iter().all(|item| match &item.key {
                ItemKey::Name(_) => true,
                ItemKey::Computed(key) => {
                    let before = self.diagnostics.len();
                    let fact = self.infer(*key);
                    self.diagnostics.truncate(before);
                    !fact.is_late()
                }
            }),
            ExprKind::Reference(Reference::Local(index)) => {
                let value = self.module.locals[*index as usize].value;
                self.keys_are_early(value)
            }
            // The instances of a resource are as early as its own `for_each`.
            ExprKind::Reference(Reference::Resource(index)) => {
                !self.module_facts.resources[*index as usize].collection.is_late()
            }
            ExprKind::For(parts) => {
                let (collection, key) = (parts.collection, parts.key_expr);
                let early = self.keys_are_early(collection) || {
                    let before = self.diagnostics.len();
                    let fact = self.infer(collection);
                    self.diagnostics.truncate(before);
                    !fact.is_late()
                };
                let named = key.is_some_and(|key| match &self.module.expr(key).kind {
                    ExprKind::Reference(Reference::Binding(slot)) => Some(*slot) == parts.key,
                    _ => false,
                });
                early && named && parts.condition.is_none()
            }
            _ => false,
        }
    }

    fn no_secret(&mut self, id: ExprId, fact: &Fact, what: &str) {
        if fact.ty.secret {
            let diagnostic =
                Diagnostic::new(codes::SECRET_EXPOSED, self.span(id), format!("{what} can't be secret"))
                    .here("secret")
                    .note(
                        "how many instances there are, and what they are called, is shown in plans and logs",
                    )
                    .help("if it is no secret after all, say so: `nonsensitive(…)`");
            let diagnostic = self.with_declaration(diagnostic, id);
            self.report(diagnostic);
        }
    }
}

/// How a block is repeated.
pub(super) enum Repetition {
    Once,
    Enabled(Fact),
    Count(Fact),
    ForEach(Fact),
}

impl Repetition {
    /// What the name stands for, given one instance.
    pub(super) fn shape(&self, instance: Fact) -> Fact {
        let ty = instance.ty.clone();
        if ty.is_error() {
            return instance;
        }
        let ty = match self {
            Self::Once => ty,
            Self::Enabled(_) => ty.optional(),
            Self::Count(_) => Type::list(ty),
            Self::ForEach(_) => Type::map(ty),
        };
        instance.with_type(ty)
    }

    pub(super) fn taint(&self) -> Taint {
        match self {
            Self::Once => Taint::default(),
            Self::Enabled(fact) | Self::Count(fact) => fact.taint.clone(),
            // The keys were reported where they are late; the map as a whole is there when a plan is made.
            Self::ForEach(fact) => Taint {
                phase: fact.taint.phase.min(Phase::Plan),
                origin: None,
                variables: fact.taint.variables.clone(),
            },
        }
    }
}
