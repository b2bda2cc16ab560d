//! What all phases say of a workspace, as one list.

use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, sort};
use crate::base::source::Span;
use crate::lang::load::Loaded;
use crate::lang::syntax::damaged;

/// The complaints of loading and parsing and those of later phases, in the order every output uses.
///
/// What is said of a piece of text that could not be parsed would be about a guess; and what it used, or declared, is
/// not known. Such complaints are left out.
pub(super) fn findings<'d>(loaded: &Loaded, later: impl Iterator<Item = &'d Diagnostic>) -> Vec<Diagnostic> {
    let broken = !loaded.diagnostics.is_empty() || !loaded.syntax.is_empty();
    let mut guessed: Vec<Span> = Vec::new();
    if !loaded.syntax.is_empty() {
        for tree in loaded.modules.iter().flat_map(|module| &module.trees) {
            if let Some(errors) = loaded.syntax.get(&tree.file) {
                guessed.extend(damaged(tree, errors));
            }
        }
    }
    let sound = |diagnostic: &&Diagnostic| {
        let inside = |span: Span| {
            guessed.iter().any(|d| d.file == span.file && d.start <= span.start && span.end <= d.end)
        };
        let about_a_guess = diagnostic.primary.as_ref().is_some_and(|label| inside(label.span))
            || (broken && diagnostic.code == codes::UNUSED_DEFINITION);
        !about_a_guess
    };
    let mut all = loaded.diagnostics.clone();
    let mut files: Vec<_> = loaded.syntax.iter().collect();
    files.sort_by_key(|(file, _)| **file);
    all.extend(files.into_iter().flat_map(|(_, found)| found).cloned());
    all.extend(later.filter(sound).cloned());
    sort(&mut all);
    all
}
