//! What all phases say of a workspace, as one list.

use std::collections::hash_map::Entry;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::bound::{self, Bound};
use crate::base::codes::{self, Code};
use crate::base::diagnostic::{Diagnostic, Label, sort};
use crate::base::source::{FileId, Span};
use crate::lang::lints::Lints;
use crate::lang::load::Loaded;
use crate::lang::syntax::tree::{Item, Tree};
use crate::lang::syntax::{damaged, path_at};

/// The complaints of loading and parsing and those of later phases, with the levels that count for them, in the order
/// every output uses.
///
/// What is said of a piece of text that could not be parsed would be about a guess; and what it used, or declared, is
/// not known. Such complaints are left out.
pub(super) fn findings(
    loaded: &Loaded,
    lints: &Lints<'_>,
    later: impl IntoIterator<Item = Diagnostic>,
) -> Vec<Diagnostic> {
    let broken = !loaded.diagnostics.is_empty() || !loaded.syntax.is_empty();
    let mut guessed: Vec<Span> = Vec::new();
    if !loaded.syntax.is_empty() {
        for tree in loaded.modules.iter().flat_map(|module| &module.trees) {
            if let Some(errors) = loaded.syntax.get(&tree.file) {
                guessed.extend(damaged(tree, errors));
            }
        }
    }
    // What a block lacks nobody can tell while something in it can't be read.
    let blocks = loaded.modules.iter().flat_map(|module| &module.trees).flat_map(|tree| {
        let blocks = tree.body.items.iter().filter(|item| matches!(item, Item::Block(_)));
        // In offsets, as the places of complaints are by now.
        blocks.map(|block| block.range().in_file(tree.file))
    });
    let inside = |inner: Span, outer: Span| {
        outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
    };
    let unread: FxHashSet<(FileId, u32)> = match guessed.is_empty() {
        true => FxHashSet::default(),
        false => blocks
            .filter(|block| guessed.iter().any(|guess| inside(*guess, *block)))
            .map(|block| (block.file, block.start))
            .collect(),
    };
    let sound = |diagnostic: &Diagnostic| {
        let about_a_guess = diagnostic.primary.as_ref().is_some_and(|label| {
            let span = label.span;
            guessed.iter().any(|guess| inside(span, *guess))
                || (diagnostic.code == codes::MISSING_ARGUMENT && unread.contains(&(span.file, span.start)))
        }) || (broken && diagnostic.code == codes::UNUSED_DEFINITION);
        !about_a_guess
    };
    let mut all = loaded.diagnostics.clone();
    let mut files: Vec<_> = loaded.syntax.iter().collect();
    files.sort_by_key(|(file, _)| **file);
    all.extend(files.into_iter().flat_map(|(_, found)| found).cloned());
    let mut later: Vec<_> = later.into_iter().filter(sound).collect();
    placed(&mut later, loaded);
    all.extend(later);
    let mut all = lints.apply(all, loaded);
    sort(&mut all);
    // In whichever order templates were met.
    all.sort_by_key(|diagnostic| {
        let place = diagnostic.primary.as_ref().map(|label| label.span.file);
        place.filter(|file| file.is_late()).map(|file| loaded.sources.get(file).path.clone())
    });
    let mut told: Vec<Diagnostic> = Vec::with_capacity(all.len());
    let mut first: FxHashMap<(Code, Span, String), usize> = FxHashMap::default();
    for diagnostic in all {
        let Some((origin, mistake)) = origin(&diagnostic) else {
            told.push(diagnostic);
            continue;
        };
        match first.entry((diagnostic.code, origin, mistake)) {
            Entry::Vacant(entry) => {
                entry.insert(told.len());
                told.push(diagnostic);
            }
            Entry::Occupied(entry) => join(&mut told[*entry.get()], diagnostic),
        }
    }
    let mut bound = Bound::new(MOST);
    bound.keep(&mut told);
    told.extend(bound.rest());
    told
}

/// As many errors of one run are shown, and as many warnings.
const MOST: usize = 2 * bound::OF_MODULE;

/// Says of which value each complaint is, where whoever found it did not.
fn placed(all: &mut [Diagnostic], loaded: &Loaded) {
    let mut trees: FxHashMap<FileId, &Tree> = FxHashMap::default();
    for diagnostic in all.iter_mut().filter(|diagnostic| diagnostic.path.is_none()) {
        let Some(span) = diagnostic.primary.as_ref().map(|label| label.span) else { continue };
        if trees.is_empty() {
            let all = loaded.modules.iter().flat_map(|module| &module.trees);
            trees.extend(all.map(|tree| (tree.file, &**tree)));
        }
        diagnostic.path = trees.get(&span.file).and_then(|tree| path_at(tree, span.start));
    }
}

/// Where what is wrong here was declared, and what is wrong with it: all its uses are one mistake.
fn origin(diagnostic: &Diagnostic) -> Option<(Span, String)> {
    let value = || diagnostic.trace.last().map(|step| step.span).zip(diagnostic.mismatch.as_ref());
    let is = |code: Code| diagnostic.code == code;
    if is(codes::TYPE_MISMATCH) {
        return value().map(|(origin, wrong)| (origin, format!("{} {}", wrong.expected, wrong.found)));
    }
    // One value may break several bounds.
    if is(codes::CONSTRAINT_VIOLATED) {
        return value().map(|(origin, wrong)| (origin, wrong.found.clone()));
    }
    if !is(codes::UNKNOWN_ATTRIBUTE) {
        return None;
    }
    let (_, name) = diagnostic.message.rsplit_once("has no attribute ")?;
    let labelled = |text: &str| diagnostic.labels.iter().find(|label| label.text == text);
    let origin = labelled("declared here")
        .or(diagnostic.trace.last())
        .or_else(|| labelled("the variable is declared here"))?;
    Some((origin.span, name.to_owned()))
}

/// Adds another place of the same mistake.
fn join(first: &mut Diagnostic, again: Diagnostic) {
    first.labels.extend(again.primary.map(|label| Label { text: "and here".into(), ..label }));
    // A fix is for all places or for none.
    for fix in &mut first.fixes {
        fix.edits.extend(
            again.fixes.iter().filter(|other| other.title == fix.title).flat_map(|other| other.edits.clone()),
        );
    }
}
