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
    let item = holder(tree, &tree.body, place)?;
    let inner = match item {
        Item::Block(block) => holder(tree, &block.body, place),
        _ => None,
    };
    Some(inner.unwrap_or(item).range().in_file(tree.file))
}

/// Items stand in order, but for a few that could not be understood.
const NEAR: usize = 8;

fn holder<'t>(tree: &Tree, body: &'t Body, place: TextRange) -> Option<&'t Item> {
    let behind = body.items.partition_point(|item| item.range().start <= place.start);
    // What was left out of an item stands behind it on its line.
    body.items[..behind].iter().rev().take(NEAR).find(|item| {
        let end = item.range().end;
        place.start <= end || !tree.text(TextRange::new(end, place.start)).contains('\n')
    })
}
