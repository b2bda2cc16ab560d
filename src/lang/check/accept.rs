//! Expressions against the type their place asks for.
//!
//! The expected type is pushed down into constructors, conditionals and `for`, so that the element at fault is named
//! rather than the whole.

use rustc_hash::FxHashMap;

use super::constructed::Constructed;
use super::secrecy::secret_as;
use super::{Checker, Fact, narrow};
use crate::base::Text;
use crate::base::assign::{Fault, PathStep, ValuePath, assignable, conforms};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::types::{ObjectType, Ranges, Type, TypeKind};
use crate::base::value::Value;
use crate::lang::resolve::program::{Callee, ExprId, ExprKind, For, Item, ItemKey, Output, Variable};

/// What a value is for: its name in messages, and where its type is stated.
#[derive(Clone)]
pub(super) enum Purpose<'p> {
    Condition,
    Message,
    Default(&'p Variable),
    Output(&'p Output),
    /// An argument of a resource, data source or provider.
    Argument {
        name: &'p str,
        of: &'p str,
    },
    /// An argument of a module call.
    Input {
        call: &'p str,
        variable: &'p Variable,
    },
    /// Anything else that has a name and perhaps a declaration.
    Named {
        name: String,
        declared: Option<Span>,
    },
}

/// A type some place asks for.
pub(super) struct Wanted<'w> {
    pub(super) ty: &'w Type,
    pub(super) purpose: &'w Purpose<'w>,
    pub(super) path: &'w ValuePath,
}

impl Purpose<'_> {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Condition => "a condition".into(),
            Self::Message => "the error message".into(),
            Self::Default(variable) => format!("the default of `{}`", variable.name),
            Self::Output(output) => format!("the output `{}`", output.name),
            Self::Argument { name, .. } => format!("`{name}`"),
            Self::Input { variable, .. } => format!("`{}`", variable.name),
            Self::Named { name, .. } => name.clone(),
        }
    }

    /// The logical path of the value.
    pub(super) fn path(&self, inner: &ValuePath) -> Option<String> {
        match self {
            Self::Input { call, variable } => Some(format!("module.{call}.var.{}{inner}", variable.name)),
            Self::Argument { name, of } => Some(format!("{of}.{name}{inner}")),
            Self::Default(variable) => Some(format!("var.{}{inner}", variable.name)),
            Self::Output(output) => Some(format!("output.{}{inner}", output.name)),
            Self::Condition | Self::Message | Self::Named { .. } => None,
        }
    }

    /// Where the type of the part at a path is stated: the nearest attribute on the way to it.
    fn declared_at(&self, path: &ValuePath) -> Option<(Span, String)> {
        let whole = self.declared().map(|(span, words)| (span, words.to_owned()));
        let ty = match self {
            Self::Default(variable) | Self::Input { variable, .. } => Some(&variable.ty),
            Self::Output(output) => output.ty.as_ref(),
            _ => None,
        };
        let inside = ty.and_then(|ty| attribute_at(ty, path));
        inside.map(|(name, span)| (span, format!("`{name}` is declared here"))).or(whole)
    }

    pub(super) fn declared(&self) -> Option<(Span, &'static str)> {
        match self {
            Self::Default(variable) => variable.type_span.map(|span| (span, "the type is stated here")),
            Self::Input { variable, .. } => {
                Some((variable.type_span.unwrap_or(variable.span), "the variable is declared here"))
            }
            Self::Named { declared, .. } => declared.map(|span| (span, "declared here")),
            _ => None,
        }
    }
}

impl<'a> Checker<'a> {
    /// Checks that an expression has a value of `expected`, and says what is known of it.
    pub(super) fn accept(&mut self, id: ExprId, expected: &Type, purpose: &Purpose<'_>) -> Fact {
        self.accept_at(id, expected, purpose, &ValuePath::default())
    }

    fn accept_at(&mut self, id: ExprId, expected: &Type, purpose: &Purpose<'_>, path: &ValuePath) -> Fact {
        let before = self.diagnostics.len();
        let fact = self.accepted(id, expected, purpose, path);
        // Whatever is wrong inside of it is wrong with this.
        if self.diagnostics.len() > before
            && let Some(path) = purpose.path(path)
        {
            let open = self.diagnostics[before..].iter_mut().filter(|diagnostic| diagnostic.path.is_none());
            open.for_each(|diagnostic| diagnostic.path = Some(path.clone()));
        }
        fact
    }

    fn accepted(&mut self, id: ExprId, expected: &Type, purpose: &Purpose<'_>, path: &ValuePath) -> Fact {
        let module = self.module;
        match (&module.expr(id).kind, &expected.kind) {
            (ExprKind::Object(items), TypeKind::Object(object)) => {
                self.constructor(id, items, (expected, object), purpose, path)
            }
            (ExprKind::Object(items), TypeKind::Map(element, _)) if constant_keys(items) => {
                let mut parts = Constructed::default();
                let mut seen = FxHashMap::default();
                for item in items {
                    let ItemKey::Name(name) = &item.key else { continue };
                    self.repeated_key(name, item.key_span, &mut seen);
                    let path = step(path, PathStep::Key(name.clone()));
                    parts.push(name.clone(), self.accept_at(item.value, element, purpose, &path));
                }
                self.counted(id, items.len(), expected, purpose, path);
                parts.fact(expected)
            }
            (ExprKind::Tuple(items), TypeKind::List(element, _) | TypeKind::Set(element, _)) => {
                let mut parts = Constructed::default();
                for (at, item) in items.iter().enumerate() {
                    let path = step(path, PathStep::Index(at));
                    parts.push(at.to_string().into(), self.accept_at(*item, element, purpose, &path));
                }
                if let TypeKind::Set(..) = expected.kind {
                    self.lost_duplicates(items);
                }
                self.counted(id, items.len(), expected, purpose, path);
                parts.fact(expected)
            }
            (ExprKind::Tuple(items), TypeKind::Tuple(types)) if items.len() == types.len() => {
                let mut parts = Constructed::default();
                for (at, (item, ty)) in items.iter().zip(types.iter()).enumerate() {
                    let path = step(path, PathStep::Index(at));
                    parts.push(at.to_string().into(), self.accept_at(*item, ty, purpose, &path));
                }
                parts.fact(expected)
            }
            (ExprKind::Conditional { condition, then, otherwise }, kind)
                if !matches!(kind, TypeKind::Any) =>
            {
                let test = self.accept(*condition, &Type::bool(), &Purpose::Condition);
                let (if_true, if_false) = narrow::facts_of(module, *condition);
                let a = self
                    .behind(*condition, true, if_true, |this| this.accept_at(*then, expected, purpose, path));
                let b = self.behind(*condition, false, if_false, |this| {
                    this.accept_at(*otherwise, expected, purpose, path)
                });
                let ty = secret_as(&secret_as(expected, &a.ty), &b.ty);
                let ty = Type { nullable: a.ty.nullable || b.ty.nullable, ..ty };
                let ty = if test.ty.secret { ty.secret() } else { ty };
                Fact { ty, taint: a.taint.either(&b.taint).and(&test.taint) }
            }
            (ExprKind::Match { scrutinee, arms }, kind) if !matches!(kind, TypeKind::Any) => {
                let wanted = Wanted { ty: expected, purpose, path };
                let fact = self.match_arms(*scrutinee, arms, self.span(id), Some(wanted));
                let ty = secret_as(expected, &fact.ty);
                fact.with_type(ty)
            }
            (
                ExprKind::Call { callee: Callee::Builtin(function), args, expand: false, .. },
                TypeKind::Object(object),
            ) if function.name == "merge" => self.merged(id, args, (expected, object), purpose, path),
            (ExprKind::For(parts), kind) => {
                let before = self.diagnostics.len();
                let inside = step(path, PathStep::Each);
                let wanted = element_of(parts, kind).map(|ty| Wanted { ty, purpose, path: &inside });
                let fact = self.for_expr(id, parts, wanted.as_ref());
                if !self.diagnostics[before..].iter().any(Diagnostic::is_error) {
                    self.fits(id, &fact, &Wanted { ty: expected, purpose, path });
                }
                fact
            }
            _ => {
                let fact = self.infer(id);
                self.fits(id, &fact, &Wanted { ty: expected, purpose, path });
                fact
            }
        }
    }

    pub(super) fn accept_wanted(&mut self, id: ExprId, wanted: &Wanted<'_>) -> Fact {
        self.accept_at(id, wanted.ty, wanted.purpose, wanted.path)
    }

    /// How many elements a constructor has, against the bounds of the type.
    fn counted(
        &mut self,
        id: ExprId,
        count: usize,
        expected: &Type,
        purpose: &Purpose<'_>,
        path: &ValuePath,
    ) {
        let (TypeKind::List(_, length) | TypeKind::Set(_, length) | TypeKind::Map(_, length)) =
            &expected.kind
        else {
            return;
        };
        let count = count as u64;
        if count < length.min || length.max.is_some_and(|max| count > max) {
            let bound = match length.max {
                Some(max) => format!("{} to {max}", length.min),
                None => format!("at least {}", length.min),
            };
            let diagnostic = Diagnostic::new(
                codes::CONSTRAINT_VIOLATED,
                self.span(id),
                format!("{} has {count} elements, and its type takes {bound}", purpose.name()),
            )
            .here(format!("{count} elements"))
            .mismatch(expected.to_string(), format!("{count} elements"));
            let diagnostic = finish(diagnostic, purpose, path);
            self.report(diagnostic);
        }
    }

    /// `{ … }` for an object type: every name has to exist there, and what is required has to be given.
    fn constructor(
        &mut self,
        id: ExprId,
        items: &[Item],
        (expected, object): (&Type, &ObjectType),
        purpose: &Purpose<'_>,
        path: &ValuePath,
    ) -> Fact {
        let mut parts = Constructed::default();
        let mut seen = FxHashMap::default();
        let mut unknown: Vec<(&Text, Span)> = Vec::new();
        let mut computed = false;
        for item in items {
            let name = match &item.key {
                ItemKey::Name(name) => name,
                ItemKey::Computed(key) => {
                    computed = true;
                    let key = self.key(*key);
                    let value = self.infer(item.value);
                    parts.push_unnamed(&key, &value);
                    continue;
                }
            };
            self.repeated_key(name, item.key_span, &mut seen);
            match object.attributes.get(name) {
                Some(attribute) => {
                    let ty = match attribute.default {
                        Some(_) => attribute.ty.clone().optional(),
                        None => attribute.ty.clone(),
                    };
                    let path = step(path, PathStep::Attribute(name.clone()));
                    parts.push(name.clone(), self.accept_at(item.value, &ty, purpose, &path));
                }
                None => {
                    self.infer(item.value);
                    unknown.push((name, item.key_span));
                }
            }
        }
        let given = |name: &Text| seen.contains_key(name);
        let mut missing: Vec<&Text> = object
            .attributes
            .iter()
            .filter(|(name, attribute)| !attribute.optional && attribute.default.is_none() && !given(name))
            .map(|(name, _)| name)
            .collect();
        for (name, span) in unknown {
            let near = self.no_such_attribute((name, span), object, given, purpose, path);
            // A misspelt name and the one it stands for are one mistake.
            missing.retain(|missing| Some(missing.as_str()) != near);
        }
        if !missing.is_empty() && !computed {
            let names: Vec<_> = missing.iter().map(|name| format!("`{name}`")).collect();
            let mut diagnostic = Diagnostic::new(
                codes::MISSING_ARGUMENT,
                self.span(id),
                format!("{} lacks {}", purpose.name(), names.join(" and ")),
            )
            .here("not complete");
            for name in &missing {
                let attribute = &object.attributes[*name];
                diagnostic = match attribute.span {
                    Some(span) => diagnostic.label(span, format!("`{name}` is `{}`", attribute.ty)),
                    None => diagnostic.note(format!("`{name}` is `{}`", attribute.ty)),
                };
            }
            let diagnostic = finish(diagnostic, purpose, path);
            self.report(diagnostic);
        }
        parts.fact(expected)
    }

    /// A value of a known type against the type expected. Bounds that can't be decided yet are left to the plan.
    pub(super) fn fits(&mut self, id: ExprId, fact: &Fact, wanted: &Wanted<'_>) {
        let Wanted { ty: expected, purpose, path } = *wanted;
        let Err(mismatch) = assignable(expected, &fact.ty) else { return };
        if mismatch.fault != Fault::Null
            && let Some(value) = self.constant(id)
        {
            match conforms(&value, expected) {
                Ok(_) => return,
                Err(wrong) if wrong.fault == Fault::Bound || mismatch.fault == Fault::Bound => {
                    return self.broken_bound(id, &wrong, None, purpose, path);
                }
                Err(_) => {}
            }
        }
        if mismatch.fault == Fault::Bound {
            if let Some((wrong, instance)) = self.broken_across(id, expected) {
                return self.broken_bound(id, &wrong, instance.as_ref(), purpose, path);
            }
            if mismatch.path.0.is_empty() {
                let known = self.known(id);
                if known.fits(&mismatch.expected) {
                    return;
                }
                if known.excludes(&mismatch.expected) {
                    return self.always_outside(id, &known, &mismatch, purpose, path);
                }
            }
            if may_still_hold(&mismatch.expected, &mismatch.found) {
                return self.defer(id, fact, wanted);
            }
        }
        self.mismatch(id, &mismatch, purpose, path);
    }
}

fn step(path: &ValuePath, step: crate::base::assign::PathStep) -> ValuePath {
    ValuePath(path.0.iter().cloned().chain([step]).collect())
}

/// What each element that a `for` makes has to be.
fn element_of<'t>(parts: &For, kind: &'t TypeKind) -> Option<&'t Type> {
    match (kind, &parts.key_expr) {
        (TypeKind::List(element, _) | TypeKind::Set(element, _), None) => Some(element),
        (TypeKind::Map(element, _), Some(_)) => match (&element.kind, parts.group) {
            (TypeKind::List(element, _) | TypeKind::Set(element, _), true) => Some(element),
            (_, false) => Some(element),
            _ => None,
        },
        _ => None,
    }
}

fn constant_keys(items: &[Item]) -> bool {
    items.iter().all(|item| matches!(item.key, ItemKey::Name(_)))
}

pub(super) fn place_words(purpose: &Purpose<'_>, path: &ValuePath) -> String {
    if path.0.is_empty() {
        purpose.name()
    } else {
        format!("`{}` of {}", path.to_string().trim_start_matches('.'), purpose.name())
    }
}

/// Adds the logical path and where the type is stated.
pub(super) fn finish(diagnostic: Diagnostic, purpose: &Purpose<'_>, path: &ValuePath) -> Diagnostic {
    let diagnostic = match purpose.path(path) {
        Some(path) => diagnostic.at_path(path),
        None => diagnostic,
    };
    let within = |inner: Span, outer: Span| {
        inner.file == outer.file && outer.start <= inner.start && inner.end <= outer.end
    };
    match purpose.declared_at(path) {
        Some((span, words)) if !diagnostic.labels.iter().any(|label| within(label.span, span)) => {
            diagnostic.label(span, words)
        }
        _ => diagnostic,
    }
}

/// The last attribute with a place of its own on the way to a part of a type.
fn attribute_at<'t>(mut ty: &'t Type, path: &ValuePath) -> Option<(&'t Text, Span)> {
    let mut last = None;
    for step in &path.0 {
        ty = match (&ty.kind, step) {
            (TypeKind::Object(object), PathStep::Attribute(name) | PathStep::Key(name)) => {
                let (name, attribute) = object.attributes.get_key_value(name)?;
                last = attribute.span.map(|span| (name, span)).or(last);
                &attribute.ty
            }
            (TypeKind::List(element, _) | TypeKind::Set(element, _) | TypeKind::Map(element, _), _) => {
                element
            }
            (TypeKind::Tuple(types), PathStep::Index(at)) => types.get(*at)?,
            _ => break,
        };
    }
    last
}

/// Whether a value of the found type can lie within the bounds of the expected one.
fn may_still_hold(expected: &Type, found: &Type) -> bool {
    let overlap = |a: &Ranges, b: &Ranges| {
        a.is_empty()
            || b.is_empty()
            || a.iter().any(|(low, high)| b.iter().any(|(l, h)| low <= h && l <= high))
    };
    let lengths = |a: crate::base::types::Length, b: crate::base::types::Length| {
        a.max.is_none_or(|max| max >= b.min) && b.max.is_none_or(|max| max >= a.min)
    };
    match (&expected.kind, &found.kind) {
        // A text that happens to be a member of an enum has to say so.
        (TypeKind::Enum(_), TypeKind::Enum(values)) => values.is_empty(),
        (TypeKind::Enum(_), _) => false,
        (_, TypeKind::Enum(values)) => values.iter().all(|value| conforms(value, expected).is_ok()),
        (TypeKind::Number(a), TypeKind::Number(b)) => overlap(&a.ranges, &b.ranges),
        (TypeKind::Duration(a), TypeKind::Duration(b)) | (TypeKind::Size(a), TypeKind::Size(b)) => {
            overlap(a, b)
        }
        (TypeKind::String(a), TypeKind::String(b)) => lengths(a.length, b.length),
        (
            TypeKind::List(_, a) | TypeKind::Set(_, a) | TypeKind::Map(_, a),
            TypeKind::List(_, b) | TypeKind::Set(_, b) | TypeKind::Map(_, b),
        ) => lengths(*a, *b),
        (TypeKind::List(_, a) | TypeKind::Set(_, a), TypeKind::Tuple(items)) => {
            a.min <= items.len() as u64 && a.max.is_none_or(|max| max >= items.len() as u64)
        }
        (TypeKind::Map(_, a), TypeKind::Object(object)) => {
            let count = object.attributes.len() as u64;
            a.min <= count && a.max.is_none_or(|max| max >= count)
        }
        _ => true,
    }
}

/// An argument to begin with, below what it takes and is for.
pub(super) fn skeleton(name: &str, ty: &Type, docs: &str) -> String {
    let dot = if docs.is_empty() { "" } else { ". " };
    format!("\n  # {ty}{dot}{docs}\n  {name} = {}", fallback(ty))
}

/// A value of the type, to begin with.
pub(super) fn fallback(ty: &Type) -> String {
    match &ty.kind {
        TypeKind::String(_) => "\"\"".into(),
        TypeKind::Number(number) => number.ranges.first().map_or("0".into(), |(low, _)| low.to_string()),
        TypeKind::Bool => "false".into(),
        TypeKind::Duration(_) => "0s".into(),
        TypeKind::Size(_) => "0B".into(),
        TypeKind::Enum(values) => values.first().map_or("null".into(), Value::to_string),
        TypeKind::List(..) | TypeKind::Set(..) | TypeKind::Tuple(_) => "[]".into(),
        TypeKind::Map(..) | TypeKind::Object(_) => "{}".into(),
        TypeKind::Any | TypeKind::Never | TypeKind::Error => "null".into(),
    }
}
