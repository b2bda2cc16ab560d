//! What becomes of warnings: allowed where they stand by a comment, or let pass, said or denied by a level.

mod allowance;
mod later;

use rustc_hash::FxHashMap;

use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, Label, Severity};
use crate::base::levels::{Level, Levels, WARNINGS};
use crate::base::source::{FileId, Span};
use crate::lang::load::Loaded;
use crate::lang::resolve::program::Module;

use allowance::Allowance;

pub use later::Later;

/// The levels that count for a run.
pub struct Lints<'a> {
    /// Of whoever runs prov: for all files, over what modules say.
    pub run: &'a Levels,
    /// Of each module, for its own files.
    modules: FxHashMap<FileId, &'a Levels>,
}

impl<'a> Lints<'a> {
    /// The levels of a run and of these modules.
    pub fn new(run: &'a Levels, modules: impl Iterator<Item = &'a Module>) -> Self {
        let of = |module: &'a Module| module.files.iter().map(|file| (*file, &module.settings.lints));
        Self { run, modules: modules.flat_map(of).collect() }
    }

    /// Takes away the warnings that are allowed and makes errors of those that are denied. Adds what is to be said of
    /// the comments that allow warnings.
    pub fn apply(&self, mut diagnostics: Vec<Diagnostic>, loaded: &Loaded) -> Vec<Diagnostic> {
        let trees = loaded.modules.iter().flat_map(|module| &module.trees);
        let mut allowances: FxHashMap<FileId, Vec<Allowance>> = trees
            .filter_map(|tree| {
                let found = allowance::all(tree, loaded.sources.get(tree.file));
                (!found.is_empty()).then_some((tree.file, found))
            })
            .collect();
        // What an error hides is not known: whether an allowance is still needed neither.
        let sound = !diagnostics.iter().any(Diagnostic::is_error);
        diagnostics.retain(|diagnostic| {
            let warning = diagnostic.severity == Severity::Warning;
            let Some(primary) = diagnostic.primary.as_ref().filter(|_| warning) else { return true };
            let Some(found) = allowances.get_mut(&primary.span.file) else { return true };
            // All of them, so that of two comments for one warning neither counts as needless.
            let takes = |allowance: &mut Allowance| allowance.takes(diagnostic.code, primary.span);
            found.iter_mut().map(takes).filter(|taken| *taken).count() == 0
        });
        for (file, found) in &allowances {
            for allowance in found {
                allowance.report(*file, &loaded.sources.get(*file).text, sound, &mut diagnostics);
            }
        }
        diagnostics.retain_mut(|diagnostic| self.level(diagnostic, &|span| loaded.sources.actual(span)));
        diagnostics
    }

    /// Gives a warning its level; `actual` is where a place is now. Answers whether it is said at all.
    fn level(&self, diagnostic: &mut Diagnostic, actual: &dyn Fn(Span) -> Span) -> bool {
        if diagnostic.severity != Severity::Warning {
            return true;
        }
        let module = diagnostic.primary.as_ref().and_then(|label| self.modules.get(&label.span.file));
        let code = diagnostic.code;
        let single = self.run.of(code).or_else(|| module.and_then(|levels| levels.of(code)));
        let (name, setting) = match single {
            Some((level, place)) if level != Level::Warn => (code.name(), Some((level, place))),
            // A level of its own is over that of all, unless whoever runs prov speaks of all.
            Some(_) => (WARNINGS, self.run.of_all()),
            None => {
                let all = self.run.of_all().or_else(|| module.and_then(|levels| levels.of_all()));
                (WARNINGS, all)
            }
        };
        match setting {
            Some((Level::Allow, _)) => false,
            Some((Level::Deny, place)) => {
                deny(diagnostic, name, place.map(actual));
                true
            }
            _ => true,
        }
    }
}

fn deny(diagnostic: &mut Diagnostic, name: &str, place: Option<Span>) {
    diagnostic.severity = Severity::Error;
    match place {
        Some(span) => {
            let text = format!("`{name}` is denied here");
            diagnostic.labels.push(Label { span, text });
        }
        None => diagnostic.notes.push(format!("a warning, made an error by `--deny {name}`")),
    }
}

/// Codes that are about allowances themselves: a comment that allows them speaks of itself.
const OF_ALLOWANCES: [codes::Code; 2] = [codes::UNNEEDED_ALLOWANCE, codes::UNKNOWN_LINT];

/// Codes of what is found out only when a plan is made or applied.
const AFTERWARDS: [codes::Code; 1] = [codes::CHECK_FAILED];
