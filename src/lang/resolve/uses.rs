//! What an expression refers to, found without evaluating it: the edges of the graph.

use super::program::{BlockBody, ExprId, ExprKind, ItemKey, Module, Part, Pattern, Reference};
use crate::base::Text;
use crate::base::address::InstanceKey;
use crate::base::source::Span;
use crate::base::value::Kind;

/// One use of a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// What is used.
    pub target: Reference,
    /// Which instances of it.
    pub instance: Instance,
    /// The attribute or output that is asked for, if one is.
    pub attribute: Option<Text>,
    /// The reference with index and attribute.
    pub span: Span,
}

/// Which instances a use is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Instance {
    /// All of them, or the only one.
    All,
    /// The one with the same key: `a[each.key]`.
    EachKey,
    /// The one with the same index: `a[count.index]`.
    CountIndex,
    /// This one.
    Key(InstanceKey),
}

/// Calls `visit` for every use in an expression, in source order.
pub fn uses_of_expr(module: &Module, expr: ExprId, visit: &mut dyn FnMut(Use)) {
    walk(module, expr, Context::default(), visit);
}

/// Calls `visit` for every use in a body.
pub fn uses_of_body(module: &Module, body: &BlockBody, visit: &mut dyn FnMut(Use)) {
    for argument in body.attributes.values() {
        uses_of_expr(module, argument.value, visit);
    }
    for block in &body.blocks {
        if let Some(dynamic) = &block.dynamic {
            uses_of_expr(module, dynamic.for_each, visit);
            if let Some(labels) = dynamic.labels {
                uses_of_expr(module, labels, visit);
            }
        }
        uses_of_body(module, &block.body, visit);
    }
}

/// What was seen on the way down to a reference.
#[derive(Clone, Default)]
struct Context {
    attribute: Option<Text>,
    instance: Option<Instance>,
    span: Option<Span>,
}

fn walk(module: &Module, id: ExprId, context: Context, visit: &mut dyn FnMut(Use)) {
    let expr = module.expr(id);
    let mut inner = |id: ExprId| walk(module, id, Context::default(), visit);
    match &expr.kind {
        // Defaults of parameters see constants only.
        ExprKind::Error | ExprKind::Literal(_) | ExprKind::Default { .. } => {}
        ExprKind::Reference(target) => visit(Use {
            target: *target,
            instance: context.instance.unwrap_or(Instance::All),
            attribute: context.attribute,
            span: context.span.unwrap_or(expr.span),
        }),
        ExprKind::Attribute { base, name, .. } => {
            // The attribute nearest to the reference counts, whatever is done with it.
            let span = Some(context.span.filter(|_| context.instance.is_none()).unwrap_or(expr.span));
            let context = Context { attribute: Some(name.clone()), instance: None, span };
            walk(module, *base, context, visit);
        }
        ExprKind::Index { base, index } => {
            inner(*index);
            let instance = match &module.expr(*index).kind {
                ExprKind::Reference(Reference::EachKey) => Some(Instance::EachKey),
                ExprKind::Reference(Reference::CountIndex) => Some(Instance::CountIndex),
                ExprKind::Literal(value) => match &value.kind {
                    Kind::String(name) => Some(Instance::Key(InstanceKey::Name(name.clone()))),
                    Kind::Number(number) => number
                        .as_i64()
                        .and_then(|index| u64::try_from(index).ok())
                        .map(|index| Instance::Key(InstanceKey::Index(index))),
                    _ => None,
                },
                _ => None,
            };
            let span = Some(context.span.unwrap_or(expr.span));
            // An index of something else than a resource or module is no instance.
            let direct = matches!(module.expr(*base).kind, ExprKind::Reference(_));
            let context = Context {
                attribute: context.attribute.filter(|_| direct),
                instance: instance.filter(|_| direct),
                span,
            };
            walk(module, *base, context, visit);
        }
        ExprKind::Splat { base, each, .. } => {
            inner(*each);
            walk(module, *base, Context { span: Some(expr.span), ..Context::default() }, visit);
        }
        ExprKind::Call { args, .. } => args.iter().copied().for_each(inner),
        ExprKind::Unary { operand, .. } => inner(*operand),
        ExprKind::Binary { left, right, .. } => {
            inner(*left);
            inner(*right);
        }
        ExprKind::Conditional { condition, then, otherwise } => {
            inner(*condition);
            inner(*then);
            inner(*otherwise);
        }
        ExprKind::Match { scrutinee, arms } => {
            inner(*scrutinee);
            for arm in arms {
                for (pattern, _) in &arm.patterns {
                    if let Pattern::Constant(id) = pattern {
                        inner(*id);
                    }
                }
                inner(arm.value);
            }
        }
        ExprKind::Template(parts) => walk_parts(parts, &mut inner),
        ExprKind::Tuple(items) => items.iter().copied().for_each(inner),
        ExprKind::Object(items) => {
            for item in items {
                if let ItemKey::Computed(key) = item.key {
                    inner(key);
                }
                inner(item.value);
            }
        }
        ExprKind::For(parts) => {
            inner(parts.collection);
            parts.key_expr.into_iter().for_each(&mut inner);
            inner(parts.value_expr);
            parts.condition.into_iter().for_each(&mut inner);
        }
    }
}

fn walk_parts(parts: &[Part], visit: &mut dyn FnMut(ExprId)) {
    for part in parts {
        match part {
            Part::Literal(_) => {}
            Part::Interpolation(id) => visit(*id),
            Part::If { condition, then, otherwise } => {
                visit(*condition);
                walk_parts(then, visit);
                walk_parts(otherwise, visit);
            }
            Part::For { collection, body, .. } => {
                visit(*collection);
                walk_parts(body, visit);
            }
        }
    }
}
