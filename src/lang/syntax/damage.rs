//! What a syntax error costs: the argument or block it stands in, and nothing else.
//!
//! The recovered tree of a broken piece of text is a guess. What later phases say of it would be about the guess.

use super::tree::{Body, Item, Tree};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::{Span, TextRange};

/// The smallest item of a file, or of a block at its top level, around each syntax error.
pub fn damaged(tree: &Tree, errors: &[Diagnostic]) -> Vec<Span> {
    let places = errors.iter().filter_map(|error| error.primary.as_ref()).map(|label| label.span);
    let mut spans: Vec<Span> =
        places.filter(|span| span.file == tree.file).filter_map(|span| around(tree, span.range())).collect();
    spans.sort();
    spans.dedup();
    spans
}

fn around(tree: &Tree, place: TextRange) -> Option<Span> {
    let item = holder(&tree.body, place)?;
    let inner = match item {
        Item::Block(block) => holder(&block.body, place),
        _ => None,
    };
    Some(tree.span(range(inner.unwrap_or(item))))
}

fn holder(body: &Body, place: TextRange) -> Option<&Item> {
    body.items.iter().find(|item| {
        let range = range(item);
        range.start <= place.start && place.start <= range.end
    })
}

fn range(item: &Item) -> TextRange {
    match item {
        Item::Attribute(attribute) => attribute.range,
        Item::Block(block) => block.range,
        Item::Type(decl) => decl.range,
        Item::Function(decl) => decl.range,
        Item::Use(decl) => decl.range,
        Item::Error(range) => *range,
    }
}
