//! How often a resource or module exists: `count`, `for_each`, `enabled`, and when that has to be known.

use super::blame::Fault;
use super::facts::{Demand, Demanded};
use super::instances::Repeated;
use super::taint::Input;
use super::{Checker, Fact, Phase, Taint, accept, narrow};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
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
        self.repeated = None;
        if let Some(id) = enabled {
            let purpose = accept::Purpose::Named { name: "`enabled`".into(), declared: None };
            let fact = self.accept(id, &Type::bool(), &purpose);
            self.no_secret(id, &fact.ty, &fact.taint, "`enabled`");
            self.early(id, &fact.taint, "`enabled`", true);
            return Repetition::Enabled(fact);
        }
        if let Some(id) = count {
            let purpose = accept::Purpose::Named { name: "`count`".into(), declared: None };
            let fact = self.accept(id, &Type::int(), &purpose);
            self.no_secret(id, &fact.ty, &fact.taint, "`count`");
            self.early(id, &fact.taint, "`count`", false);
            if let Some(value) = self.constant(id).and_then(|value| value.as_i64())
                && value < 0
            {
                self.report(
                    Diagnostic::new(codes::CONSTRAINT_VIOLATED, self.span(id), "`count` can't be negative")
                        .here(format!("this is {value}")),
                );
            }
            self.repeated = Some(Repeated::new(id));
            return Repetition::Count(fact);
        }
        if let Some(id) = for_each {
            let fact = self.for_each(id, false);
            return Repetition::ForEach(fact);
        }
        Repetition::Once
    }

    /// What holds in a block because it has instances at all.
    pub(super) fn guard(
        &self,
        count: Option<ExprId>,
        for_each: Option<ExprId>,
        enabled: Option<ExprId>,
    ) -> Vec<narrow::Shown> {
        match (enabled, count.or(for_each)) {
            (Some(condition), _) => narrow::facts_of(self.module, condition).0,
            (None, Some(amount)) => narrow::where_any(self.module, amount),
            (None, None) => Vec::new(),
        }
    }

    /// `for_each` takes a map, an object or a set of texts; keys that are late are a mistake where `strict`.
    pub(super) fn for_each(&mut self, id: ExprId, strict: bool) -> Fact {
        let fact = self.infer(id);
        let ty = &fact.ty;
        let span = self.span(id);
        // The keys of a set are its elements; of anything else only the keys count.
        let keys = match ty.kind {
            TypeKind::Set(..) | TypeKind::List(..) | TypeKind::Tuple(_) | TypeKind::Any => fact.taint.flat(),
            _ => fact.taint.outline(),
        };
        self.no_secret(id, &secret_keys(ty), &keys, "`for_each`");
        self.early(id, &keys, "`for_each`", strict);
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
            TypeKind::Any => (Type::string(), Type::any()),
            TypeKind::Error => (Type::string(), Type::error()),
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
        let element = match ty.kind {
            TypeKind::Set(..) => keys.clone(),
            _ => fact.taint.element().and(&keys),
        };
        self.repeated = Some(Repeated::new(id));
        self.each = Some(Each {
            key: Fact { ty: key, taint: keys.clone() },
            value: Fact { ty: value, taint: element },
            walked: id,
        });
        Fact { ty: fact.ty, taint: keys }
    }

    /// Whether and how often something exists has to be known before it is planned.
    pub(super) fn early(&mut self, id: ExprId, taint: &Taint, what: &str, strict: bool) {
        if taint.phase < Phase::Apply {
            let span = self.span(id);
            let kind = if strict { Demanded::Early } else { Demanded::EarlyKeys };
            return self.demand(taint.follows.iter(), kind, span, what);
        }
        let fault = if what == "`for_each`" { Fault::LateKeys } else { Fault::Late };
        let to_blame = self.blame(id, fault);
        let mut diagnostic = along(too_late(self.span(to_blame), what, strict), taint);
        if diagnostic.trace.is_empty() {
            diagnostic = self.with_declaration(diagnostic, to_blame);
        }
        self.report(diagnostic);
    }

    pub(super) fn no_secret(&mut self, id: ExprId, ty: &Type, taint: &Taint, what: &str) {
        if !ty.secret {
            let span = self.span(id);
            return self.demand(taint.secrets.iter(), Demanded::Open, span, what);
        }
        let to_blame = self.blame(id, Fault::Secret);
        let diagnostic = no_secret(self.span(to_blame), what);
        let diagnostic = self.with_declaration(diagnostic, to_blame);
        self.report(diagnostic);
    }

    /// What a variable given by a caller has to be for the sake of a place in this module.
    pub(super) fn demand<'i>(
        &mut self,
        inputs: impl Iterator<Item = &'i Input>,
        kind: Demanded,
        span: Span,
        what: &str,
    ) {
        for input in inputs {
            let demand = Demand { input: input.clone(), kind, span, what: what.into(), via: Vec::new() };
            self.module_facts.demands.push(demand);
        }
    }
}

/// A set shows its elements where it names instances.
fn secret_keys(ty: &Type) -> Type {
    match &ty.kind {
        TypeKind::Set(element, _) if element.secret => ty.clone().secret(),
        _ => ty.clone(),
    }
}

pub(super) fn too_late(span: Span, what: &str, strict: bool) -> Diagnostic {
    let code = if strict { codes::UNKNOWN_TOO_LATE } else { codes::DEFERRED_INSTANCES };
    let message = match strict {
        true => format!("{what} has to be known when a plan is made, and this is known after apply"),
        false => {
            format!("{what} is known only after apply, so a plan can't say which instances there will be")
        }
    };
    let diagnostic = Diagnostic::new(code, span, message).here("known after apply");
    match strict {
        true => diagnostic.help("decide it by a variable or a constant"),
        false => diagnostic
            .note("apply runs what can be planned first, plans the rest, shows it and asks again")
            .help("to have one plan, use keys that are written down, with late values behind them"),
    }
}

pub(super) fn no_secret(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(codes::SECRET_EXPOSED, span, format!("{what} can't be secret"))
        .here("secret")
        .note("how many instances there are, and what they are called, is shown in plans and logs")
        .help("if it is no secret after all, say so: `nonsensitive(…)`")
}

/// The way a late value took, nearest first.
pub(super) fn along(mut diagnostic: Diagnostic, taint: &Taint) -> Diagnostic {
    let mut at = taint.origin.as_deref();
    while let Some(origin) = at {
        if !diagnostic.trace.iter().any(|step| step.span == origin.span) {
            diagnostic = diagnostic.step(origin.span, origin.words.to_string());
        }
        at = origin.before.as_deref();
    }
    diagnostic
}

/// `each` in a block.
pub(super) struct Each {
    pub(super) key: Fact,
    pub(super) value: Fact,
    /// What `for_each` walks.
    pub(super) walked: ExprId,
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
        let taint = match self {
            Self::Once => instance.taint,
            Self::Enabled(_) => instance.taint.and(&self.taint()),
            Self::Count(_) | Self::ForEach(_) => Taint::collection(&self.taint(), &instance.taint),
        };
        Fact { ty, taint }
    }

    pub(super) fn taint(&self) -> Taint {
        match self {
            Self::Once => Taint::default(),
            // They were reported where they are late; what depends on them is no mistake of its own.
            Self::Enabled(fact) | Self::Count(fact) | Self::ForEach(fact) => fact.taint.at_plan(),
        }
    }
}
