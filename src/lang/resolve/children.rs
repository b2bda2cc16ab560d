//! The children of an expression in the syntax tree.

use crate::lang::syntax::tree::{ExprId, ExprKind, TemplatePart, Tree};

/// Whether a part of the expression could not be parsed.
pub(super) fn has_error(tree: &Tree, id: ExprId) -> bool {
    let mut stack = vec![id];
    while let Some(id) = stack.pop() {
        let kind = &tree.expr(id).kind;
        if matches!(kind, ExprKind::Error) {
            return true;
        }
        children(kind, &mut |child| stack.push(child));
    }
    false
}

/// Calls `visit` for each expression directly below.
pub(super) fn children(kind: &ExprKind, visit: &mut impl FnMut(ExprId)) {
    match kind {
        ExprKind::Error
        | ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number
        | ExprKind::Quantity { .. }
        | ExprKind::Name
        | ExprKind::SplatItem => {}
        ExprKind::Template(template) => parts(&template.parts, visit),
        ExprKind::Tuple(items) => items.iter().copied().for_each(visit),
        ExprKind::Object(items) => items.iter().for_each(|item| {
            visit(item.key);
            visit(item.value);
        }),
        ExprKind::For(each) => {
            visit(each.collection);
            visit(each.value_expr);
            each.key_expr.into_iter().chain(each.condition).for_each(visit);
        }
        ExprKind::Attr { base, .. } => visit(*base),
        ExprKind::Index { base, index, .. } => {
            visit(*base);
            visit(*index);
        }
        ExprKind::Splat { base, each, .. } => {
            visit(*base);
            visit(*each);
        }
        ExprKind::Call(call) => {
            call.args.iter().copied().chain(call.named.iter().map(|(_, id)| *id)).for_each(visit)
        }
        ExprKind::Unary { operand, .. } => visit(*operand),
        ExprKind::Binary { left, right, .. } => {
            visit(*left);
            visit(*right);
        }
        ExprKind::Conditional { condition, then, otherwise } => {
            visit(*condition);
            visit(*then);
            visit(*otherwise);
        }
        ExprKind::Optional(inner) | ExprKind::Paren(inner) => visit(*inner),
        ExprKind::Match(parts) => {
            visit(parts.scrutinee);
            for arm in &parts.arms {
                arm.patterns.iter().copied().for_each(&mut *visit);
                visit(arm.value);
            }
        }
    }
}

fn parts(parts: &[TemplatePart], visit: &mut impl FnMut(ExprId)) {
    // Directives nest; a stack of slices instead of recursion keeps deep ones harmless.
    let mut stack = vec![parts];
    while let Some(parts) = stack.pop() {
        for part in parts {
            match part {
                TemplatePart::Literal { .. } => {}
                TemplatePart::Interpolation { expr, .. } => visit(*expr),
                TemplatePart::If { condition, then, otherwise, .. } => {
                    visit(*condition);
                    stack.push(then);
                    stack.push(otherwise);
                }
                TemplatePart::For { collection, body, .. } => {
                    visit(*collection);
                    stack.push(body);
                }
            }
        }
    }
}
