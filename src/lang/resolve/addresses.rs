//! Addresses as `moved`, `import` and `removed` write them.

use super::Resolver;
use super::constants::string;
use super::program::Import;
use crate::base::Text;
use crate::base::address::InstanceKey;
use crate::base::source::Span;
use crate::lang::syntax::tree::{Attribute, ExprId, ExprKind, Tree};

/// One part of an address.
enum Part {
    Text(String),
    /// A key that is no literal.
    Key(ExprId),
}

impl<'a> Resolver<'a> {
    /// An `import`, whose address may have keys that are evaluated.
    pub(super) fn import_into(&mut self, tree: &'a Tree, to: &'a Attribute, id: &'a Attribute) -> Import {
        let mut pieces = vec![String::new()];
        let mut keys = Vec::new();
        for part in parts(tree, to) {
            match part {
                Part::Text(text) => pieces.last_mut().into_iter().for_each(|piece| piece.push_str(&text)),
                Part::Key(key) => {
                    keys.push(self.expr(tree, key));
                    pieces.push(String::new());
                }
            }
        }
        let pieces = pieces.into_iter().map(Text::from).collect();
        Import { to: address(tree, to), pieces, keys, id: self.expr(tree, id.value), for_each: None }
    }
}

/// An address as it is written, without what only lays it out.
pub(super) fn address(tree: &Tree, attribute: &Attribute) -> (Text, Span) {
    let text: String = parts(tree, attribute)
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => text,
            Part::Key(key) => format!("[{}]", tree.text(tree.expr(key).range)),
        })
        .collect();
    (text.into(), tree.span(tree.expr(attribute.value).range))
}

fn parts(tree: &Tree, attribute: &Attribute) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = attribute.value;
    loop {
        let expr = tree.expr(at);
        match &expr.kind {
            ExprKind::Attr { base, name, .. } => {
                parts.push(Part::Text(format!(".{}", tree.text(*name))));
                at = *base;
            }
            ExprKind::Index { base, index, .. } => {
                let key = tree.expr(*index);
                parts.push(match (&key.kind, string(tree, *index)) {
                    (ExprKind::Number, _) => Part::Text(format!("[{}]", tree.text(key.range))),
                    (_, Some(name)) => Part::Text(InstanceKey::Name(name).to_string()),
                    _ => Part::Key(*index),
                });
                at = *base;
            }
            // What is no address is reported as such.
            _ => {
                parts.push(Part::Text(tree.text(expr.range).split_whitespace().collect()));
                parts.reverse();
                return parts;
            }
        }
    }
}
