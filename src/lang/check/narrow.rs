//! What conditions show: which paths are no null.

use crate::base::Text;
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
                    ExprKind::Literal(value) => steps.push(value.to_string().into()),
                    ExprKind::Reference(reference) => steps.push(format!("[{reference:?}]").into()),
                    _ => return None,
                }
                at = *base;
            }
            _ => return None,
        }
    }
}

/// What is no null where a condition holds, and where it does not.
pub(super) fn facts_of(module: &Module, condition: ExprId) -> (Vec<Path>, Vec<Path>) {
    let is_null = |id: ExprId| matches!(&module.expr(id).kind, ExprKind::Literal(value) if value.is_null());
    match &module.expr(condition).kind {
        ExprKind::Binary { op: op @ (Operator::Equal | Operator::NotEqual), left, right, .. } => {
            let (subject, constant) = if is_null(*right) {
                (*left, true)
            } else if is_null(*left) {
                (*right, true)
            } else {
                (*left, false)
            };
            let paths = prefixes(module, subject);
            match (op, constant) {
                (Operator::NotEqual, true) => (paths, Vec::new()),
                (Operator::Equal, true) => (Vec::new(), paths),
                // Equal to a literal that is no null: not null either.
                (Operator::Equal, false) if matches!(module.expr(*right).kind, ExprKind::Literal(_)) => {
                    (paths, Vec::new())
                }
                _ => (Vec::new(), Vec::new()),
            }
        }
        ExprKind::Binary { op: Operator::And, left, right, .. } => {
            let (mut shown, _) = facts_of(module, *left);
            shown.extend(facts_of(module, *right).0);
            (shown, Vec::new())
        }
        ExprKind::Binary { op: Operator::Or, left, right, .. } => {
            let (_, mut shown) = facts_of(module, *left);
            shown.extend(facts_of(module, *right).1);
            (Vec::new(), shown)
        }
        ExprKind::Unary { op: UnaryOp::Not, operand } => {
            let (a, b) = facts_of(module, *operand);
            (b, a)
        }
        ExprKind::Call { callee: Callee::Builtin(Function { name: "can", .. }), args, .. } => {
            (args.iter().flat_map(|id| can_prefixes(module, *id)).collect(), Vec::new())
        }
        _ => (Vec::new(), Vec::new()),
    }
}

/// The path and, since `a?.b` is null where `a` is, what stands before its `?.`.
fn prefixes(module: &Module, id: ExprId) -> Vec<Path> {
    let mut paths: Vec<Path> = path_of(module, id).into_iter().collect();
    let mut at = id;
    while let ExprKind::Attribute { base, safe, .. } = &module.expr(at).kind {
        if *safe {
            paths.extend(path_of(module, *base));
        }
        at = *base;
    }
    paths
}

/// Where `can(a.b)` holds, `a` is no null.
fn can_prefixes(module: &Module, id: ExprId) -> Vec<Path> {
    let mut paths = Vec::new();
    let mut at = id;
    while let ExprKind::Attribute { base, safe: false, .. } | ExprKind::Index { base, .. } =
        &module.expr(at).kind
    {
        paths.extend(path_of(module, *base));
        at = *base;
    }
    paths
}
