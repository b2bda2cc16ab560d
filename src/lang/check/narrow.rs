//! What conditions show: which paths are no null, and which members of an enum are left.

use std::sync::Arc;

use crate::base::Text;
use crate::base::types::{ObjectType, Type, TypeKind};
use crate::base::value::Value;
use crate::lang::functions::Function;
use crate::lang::resolve::program::{Callee, ExprId, ExprKind, Module, Operator, Reference};
use crate::lang::syntax::tree::UnaryOp;

/// A reference with attributes and literal keys behind it: what is evaluated twice to the same value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Path {
    root: Reference,
    steps: Vec<Text>,
}

/// The path an expression names, if it names one.
pub(super) fn path_of(module: &Module, id: ExprId) -> Option<Path> {
    let mut steps = Vec::new();
    let mut at = id;
    loop {
        match &module.expr(at).kind {
            ExprKind::Reference(root) => {
                steps.reverse();
                return Some(Path { root: *root, steps });
            }
            ExprKind::Attribute { base, name, .. } => {
                steps.push(name.clone());
                at = *base;
            }
            ExprKind::Index { base, index } => {
                match &module.expr(*index).kind {
                    // `x["a"]` is `x.a`.
                    ExprKind::Literal(value) => steps.push(match value.as_str() {
                        Some(name) => name.into(),
                        None => value.to_string().into(),
                    }),
                    ExprKind::Reference(reference) => steps.push(format!("[{reference:?}]").into()),
                    _ => return None,
                }
                at = *base;
            }
            _ => return None,
        }
    }
}

/// What a condition shows of a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    pub(super) path: Path,
    pub(super) only: Only,
}

/// Which values are left.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Only {
    /// Anything but null.
    NotNull,
    /// One of these; not null unless null is among them.
    These(Vec<Value>),
    /// None of these.
    Not(Vec<Value>),
}

impl Shown {
    pub(super) fn not_null(path: Path) -> Self {
        Self { path, only: Only::NotNull }
    }

    /// The type of what a path names, as far as this says something of it or of what is inside.
    pub(super) fn within(&self, path: &Path, ty: Type) -> Type {
        if self.path.root != path.root {
            return ty;
        }
        match self.path.steps.strip_prefix(path.steps.as_slice()) {
            Some(inside) => self.inside(inside, ty),
            None => ty,
        }
    }

    fn inside(&self, steps: &[Text], ty: Type) -> Type {
        let Some((first, rest)) = steps.split_first() else { return self.of(ty) };
        let TypeKind::Object(object) = &ty.kind else { return ty };
        let Some(attribute) = object.attributes.get(first) else { return ty };
        let narrowed = self.inside(rest, attribute.ty.clone());
        if narrowed == attribute.ty {
            return ty;
        }
        let mut object = ObjectType::clone(object);
        if let Some(attribute) = object.attributes.get_mut(first) {
            attribute.ty = narrowed;
        }
        Type { kind: TypeKind::Object(Arc::new(object)), alias: None, ..ty }
    }

    /// The type with only the values that are left.
    fn of(&self, mut ty: Type) -> Type {
        match &self.only {
            Only::NotNull => return ty.non_null(),
            Only::These(values) => {
                if let TypeKind::Enum(members) = &ty.kind {
                    ty = keep(&ty, members, |member| values.contains(member));
                }
                ty.nullable &= values.iter().any(Value::is_null);
            }
            Only::Not(values) => {
                if let TypeKind::Enum(members) = &ty.kind {
                    ty = keep(&ty, members, |member| !values.contains(member));
                }
                ty.nullable &= !values.iter().any(Value::is_null);
            }
        }
        ty
    }

    fn shows_not_null(&self) -> bool {
        match &self.only {
            Only::NotNull => true,
            Only::These(values) => !values.iter().any(Value::is_null),
            Only::Not(values) => values.iter().any(Value::is_null),
        }
    }
}

/// An enum with some of its members; all of them if none would be left.
fn keep(ty: &Type, members: &[Value], wanted: impl Fn(&Value) -> bool) -> Type {
    let left: Vec<Value> = members.iter().filter(|member| wanted(member)).cloned().collect();
    match left.len() {
        0 => ty.clone(),
        count if count == members.len() => ty.clone(),
        _ => Type { kind: TypeKind::Enum(left.into()), alias: None, ..ty.clone() },
    }
}

/// What holds where one of two conditions does.
fn either(a: &[Shown], b: &[Shown]) -> Vec<Shown> {
    let mut both = Vec::new();
    for left in a {
        for right in b.iter().filter(|right| right.path == left.path) {
            let only = match (&left.only, &right.only) {
                (Only::These(x), Only::These(y)) => Only::These(x.iter().chain(y).cloned().collect()),
                _ if left.shows_not_null() && right.shows_not_null() => Only::NotNull,
                _ => continue,
            };
            both.push(Shown { path: left.path.clone(), only });
        }
    }
    both
}

/// Conditions named by locals are followed so far.
const MAX_NAMES: u32 = 8;

/// What a condition shows where it holds, and where it does not.
pub(super) fn facts_of(module: &Module, condition: ExprId) -> (Vec<Shown>, Vec<Shown>) {
    shown_by(module, condition, 0)
}

fn shown_by(module: &Module, condition: ExprId, names: u32) -> (Vec<Shown>, Vec<Shown>) {
    match &module.expr(condition).kind {
        ExprKind::Binary { op: op @ (Operator::Equal | Operator::NotEqual), left, right, .. } => {
            let (subject, value) = match (literal(module, *left), literal(module, *right)) {
                (_, Some(value)) => (*left, value),
                (Some(value), _) => (*right, value),
                _ => return Default::default(),
            };
            let (equal, unequal) = compared(module, subject, value);
            match op {
                Operator::Equal => (equal, unequal),
                _ => (unequal, equal),
            }
        }
        ExprKind::Binary { op: Operator::And, left, right, .. } => {
            let (mut holds, not_left) = shown_by(module, *left, names);
            let (right, not_right) = shown_by(module, *right, names);
            holds.extend(right);
            (holds, either(&not_left, &not_right))
        }
        ExprKind::Binary { op: Operator::Or, left, right, .. } => {
            let (left, mut fails) = shown_by(module, *left, names);
            let (right, not_right) = shown_by(module, *right, names);
            fails.extend(not_right);
            (either(&left, &right), fails)
        }
        ExprKind::Unary { op: UnaryOp::Not, operand } => {
            let (a, b) = shown_by(module, *operand, names);
            (b, a)
        }
        ExprKind::Call { callee: Callee::Builtin(Function { name: "can", .. }), args, .. } => {
            (args.iter().flat_map(|id| reached(module, *id)).collect(), Vec::new())
        }
        ExprKind::Call { .. } => match tried(module, condition) {
            Some((tried, fallback)) if literal(module, fallback).and_then(Value::as_bool) == Some(false) => {
                let mut holds = shown_by(module, tried, names).0;
                holds.extend(reached(module, tried));
                (holds, Vec::new())
            }
            _ => Default::default(),
        },
        // A condition that has a name shows the same.
        ExprKind::Reference(Reference::Local(index)) if names < MAX_NAMES => {
            shown_by(module, module.locals[*index as usize].value, names + 1)
        }
        _ => Default::default(),
    }
}

/// What is shown where something has instances: where its `count` is not zero, its `for_each` not empty.
///
/// `count = var.x == null ? 0 : 1` is how a block says that it stands for an `x` that is there.
pub(super) fn where_any(module: &Module, amount: ExprId) -> Vec<Shown> {
    any_of(module, amount, 0)
}

fn any_of(module: &Module, amount: ExprId, names: u32) -> Vec<Shown> {
    match &module.expr(amount).kind {
        ExprKind::Conditional { condition, then, otherwise } => {
            let (mut holds, mut fails) = shown_by(module, *condition, names);
            holds.extend(any_of(module, *then, names));
            fails.extend(any_of(module, *otherwise, names));
            match (is_none(module, *then, names), is_none(module, *otherwise, names)) {
                (true, _) => fails,
                (_, true) => holds,
                _ => either(&holds, &fails),
            }
        }
        ExprKind::Binary { op: Operator::Coalesce, left, right, .. } if is_none(module, *right, names) => {
            let mut shown = present(module, *left);
            shown.extend(any_of(module, *left, names));
            shown
        }
        ExprKind::Call { callee: Callee::Builtin(function), args, .. }
            if KEEPS_AMOUNT.contains(&function.name) =>
        {
            args.first().map_or_else(Vec::new, |whole| any_of(module, *whole, names))
        }
        ExprKind::Call { .. } => match tried(module, amount) {
            Some((tried, fallback)) if is_none(module, fallback, names) => {
                let mut shown = reached(module, tried);
                shown.extend(any_of(module, tried, names));
                shown
            }
            _ => Vec::new(),
        },
        ExprKind::For(parts) => any_of(module, parts.collection, names),
        ExprKind::Splat { base, .. } => present(module, *base),
        ExprKind::Reference(Reference::Local(index)) if names < MAX_NAMES => {
            any_of(module, module.locals[*index as usize].value, names + 1)
        }
        _ => Vec::new(),
    }
}

/// Functions whose result is empty where their first argument is.
const KEEPS_AMOUNT: [&str; 10] =
    ["compact", "distinct", "flatten", "keys", "length", "reverse", "sort", "toset", "tomap", "values"];

/// Whether an amount is zero, or a collection without elements, as it is written.
fn is_none(module: &Module, id: ExprId, names: u32) -> bool {
    match &module.expr(id).kind {
        ExprKind::Literal(value) => {
            value.is_null() || value.as_i64() == Some(0) || value.as_slice().is_some_and(<[Value]>::is_empty)
        }
        ExprKind::Tuple(items) => items.is_empty(),
        ExprKind::Object(items) => items.is_empty(),
        ExprKind::Call { callee: Callee::Builtin(function), args, .. }
            if KEEPS_AMOUNT.contains(&function.name) =>
        {
            args.first().is_some_and(|whole| is_none(module, *whole, names))
        }
        ExprKind::Reference(Reference::Local(index)) if names < MAX_NAMES => {
            is_none(module, module.locals[*index as usize].value, names + 1)
        }
        _ => false,
    }
}

fn literal(module: &Module, id: ExprId) -> Option<&Value> {
    match &module.expr(id).kind {
        ExprKind::Literal(value) => Some(value),
        _ => None,
    }
}

/// What `try(a.b, c)` looks at, and what it falls back to.
fn tried(module: &Module, id: ExprId) -> Option<(ExprId, ExprId)> {
    match &module.expr(id).kind {
        ExprKind::Call {
            callee: Callee::Builtin(Function { name: "try", .. }), args, expand: false, ..
        } => match **args {
            [tried, fallback] => Some((tried, fallback)),
            _ => None,
        },
        _ => None,
    }
}

/// What is shown where a subject equals a constant, and where it does not.
fn compared(module: &Module, subject: ExprId, value: &Value) -> (Vec<Shown>, Vec<Shown>) {
    // `try(a.b, null) != null` is true only where `a.b` can be reached.
    if let Some((tried, fallback)) = tried(module, subject)
        && let Some(fallback) = literal(module, fallback)
    {
        let (mut equal, mut unequal) = compared(module, tried, value);
        let reached = reached(module, tried);
        return match fallback == value {
            true => {
                unequal.extend(reached);
                (Vec::new(), unequal)
            }
            false => {
                equal.extend(reached);
                (equal, Vec::new())
            }
        };
    }
    // `(x ?? "") != ""` is true of an `x` that is not null only.
    if let ExprKind::Binary { op: Operator::Coalesce, left, right, .. } = &module.expr(subject).kind
        && literal(module, *right) == Some(value)
    {
        return (Vec::new(), present(module, *left));
    }
    let whole = |only: Only| path_of(module, subject).map(|path| Shown { path, only });
    if value.is_null() {
        return (Vec::new(), present(module, subject));
    }
    let mut equal = present(module, subject);
    equal.extend(whole(Only::These(vec![value.clone()])));
    (equal, whole(Only::Not(vec![value.clone()])).into_iter().collect())
}

/// What is shown where an expression is no null: it is none and, since `a?.b` is null where `a` is, neither is what stands
/// before its `?.`.
fn present(module: &Module, id: ExprId) -> Vec<Shown> {
    let mut shown = not_null(module, id);
    let mut at = id;
    while let ExprKind::Attribute { base, safe, .. } = &module.expr(at).kind {
        if *safe {
            shown.extend(not_null(module, *base));
        }
        at = *base;
    }
    shown
}

/// What is shown where `a.b` can be evaluated: `a` is no null, and neither is all else that has to be looked into.
fn reached(module: &Module, id: ExprId) -> Vec<Shown> {
    match &module.expr(id).kind {
        ExprKind::Attribute { base, safe: false, .. } | ExprKind::Index { base, .. } => {
            let mut shown = reached(module, *base);
            shown.extend(not_null(module, *base));
            shown
        }
        ExprKind::Binary { op: Operator::And | Operator::Or | Operator::Coalesce, left, .. } => {
            reached(module, *left)
        }
        ExprKind::Binary { left, right, .. } => {
            let mut shown = reached(module, *left);
            shown.extend(reached(module, *right));
            shown
        }
        ExprKind::Unary { operand, .. } => reached(module, *operand),
        ExprKind::Conditional { condition, .. } => reached(module, *condition),
        ExprKind::Call { callee: Callee::Builtin(function), args, .. }
            if !matches!(function.name, "try" | "can") =>
        {
            args.iter().flat_map(|arg| reached(module, *arg)).collect()
        }
        _ => Vec::new(),
    }
}

fn not_null(module: &Module, id: ExprId) -> Vec<Shown> {
    path_of(module, id).map(Shown::not_null).into_iter().collect()
}
