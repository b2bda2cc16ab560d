//! Warnings that arise after the check, when a plan is made or applied: the levels and comments that count for them.

use super::{AFTERWARDS, Lints, allowance};
use crate::base::codes::Code;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::levels::Levels;
use crate::base::source::{FileId, Span};
use crate::lang::load::Loaded;

/// What becomes of later warnings.
#[derive(Debug, Clone, Default)]
pub struct Later {
    run: Levels,
    modules: Vec<(FileId, Levels)>,
    /// What comments allow, and where.
    allowed: Vec<(Code, Span)>,
}

impl Later {
    /// The diagnostic with the level that counts for it; `None` if it is allowed.
    pub fn judged(&self, mut diagnostic: Diagnostic) -> Option<Diagnostic> {
        if diagnostic.severity != Severity::Warning {
            return Some(diagnostic);
        }
        let place = diagnostic.primary.as_ref().map(|label| label.span);
        let covers = |(code, covered): &(Code, Span)| {
            *code == diagnostic.code
                && place.is_some_and(|place| {
                    place.file == covered.file && covered.start <= place.start && place.start <= covered.end
                })
        };
        if self.allowed.iter().any(covers) {
            return None;
        }
        let modules = self.modules.iter().map(|(file, levels)| (*file, levels)).collect();
        let lints = Lints { run: &self.run, modules };
        lints.level(&mut diagnostic, &|span| span).then_some(diagnostic)
    }
}

impl Lints<'_> {
    /// What counts for warnings that arise later.
    pub fn later(&self, loaded: &Loaded) -> Later {
        let modules = self.modules.iter().map(|(file, levels)| (*file, (*levels).clone())).collect();
        let mut allowed = Vec::new();
        for tree in loaded.modules.iter().flat_map(|module| &module.trees) {
            for allowance in allowance::all(tree, loaded.sources.get(tree.file)) {
                for code in AFTERWARDS.into_iter().filter(|code| allowance.names(*code)) {
                    allowed.push((code, allowance.covers().in_file(tree.file)));
                }
            }
        }
        Later { run: self.run.clone(), modules, allowed }
    }
}
