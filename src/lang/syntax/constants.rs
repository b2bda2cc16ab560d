//! What can be read off the syntax tree alone: literals, and what is made of nothing else.

use super::tree::{ExprId, ExprKind, TemplatePart, Tree, UnaryOp};
use crate::base::Text;
use crate::base::number::Number;
use crate::base::source::TextRange;
use crate::base::value::{DURATION_UNITS, Duration, Kind, SIZE_UNITS, Size, Value, ValueMap};

/// A number literal.
pub fn number(tree: &Tree, range: TextRange) -> Option<Number> {
    tree.text(range).parse().ok()
}

/// A number with a unit.
pub fn quantity(tree: &Tree, range: TextRange, unit: TextRange) -> Option<Value> {
    let count = number(tree, TextRange::new(range.start, unit.start))?;
    let unit = tree.text(unit);
    let factor =
        |units: &[(&str, i64)]| units.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
    if let Some(nanoseconds) = factor(DURATION_UNITS) {
        return Some(Kind::Duration(Duration(count.multiply(&nanoseconds.into())?)).into());
    }
    let bytes = factor(SIZE_UNITS)?;
    Some(Kind::Size(Size(count.multiply(&bytes.into())?)).into())
}

/// The value of a string without anything to evaluate in it.
pub fn string(tree: &Tree, id: ExprId) -> Option<Text> {
    let ExprKind::Template(template) = &tree.expr(id).kind else { return None };
    match &*template.parts {
        [] => Some(Text::default()),
        [TemplatePart::Literal { value, .. }] => Some(value.clone()),
        _ => None,
    }
}

/// The value of an expression made of literals only.
pub fn constant(tree: &Tree, id: ExprId) -> Option<Value> {
    let expr = tree.expr(id);
    match &expr.kind {
        ExprKind::Null => Some(Value::NULL),
        ExprKind::Bool(value) => Some((*value).into()),
        ExprKind::Number => number(tree, expr.range).map(Value::from),
        ExprKind::Quantity { unit } => quantity(tree, expr.range, *unit),
        ExprKind::Template(_) => string(tree, id).map(Value::from),
        ExprKind::Paren(inner) => constant(tree, *inner),
        ExprKind::Unary { op: UnaryOp::Negate, operand, .. } => match constant(tree, *operand)?.kind {
            Kind::Number(n) => Some(n.negate().into()),
            Kind::Duration(d) => Some(Kind::Duration(Duration(d.0.negate())).into()),
            Kind::Size(s) => Some(Kind::Size(Size(s.0.negate())).into()),
            _ => None,
        },
        ExprKind::Tuple(items) => {
            let values = items.iter().map(|item| constant(tree, *item)).collect::<Option<Vec<_>>>()?;
            Some(values.into())
        }
        ExprKind::Object(items) => {
            let mut map = ValueMap::new();
            for item in items {
                let key = tree.expr(item.key);
                let name = match &key.kind {
                    ExprKind::Name | ExprKind::Number | ExprKind::Bool(_) | ExprKind::Null => {
                        tree.text(key.range).into()
                    }
                    _ => string(tree, item.key)?,
                };
                map.insert(name, constant(tree, item.value)?);
            }
            Some(map.into())
        }
        _ => None,
    }
}
