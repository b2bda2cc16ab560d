//! Diagnostics as text for people, one line each, JSON, SARIF and annotations; one order for all of them.

pub mod annotations;
pub mod concise;
mod excerpt;
mod fix;
pub mod human;
pub mod json;
mod place;
pub mod sarif;

pub use fix::apply_safe;

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::source::{Sources, Span};
use crate::host::render::Style;
use crate::host::render::text::count;

/// How many of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Advice.
    pub advice: usize,
}

impl Counts {
    /// Counts them.
    pub fn of(diagnostics: &[Diagnostic]) -> Self {
        let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            advice: count(Severity::Advice),
        }
    }
}

impl std::fmt::Display for Counts {
    /// `2 errors, 1 warning`; empty when there are none.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [(self.errors, "error"), (self.warnings, "warning"), (self.advice, "hint")];
        let parts: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| count(*n, word)).collect();
        f.write_str(&parts.join(", "))
    }
}

/// `path:line:col` of a span, as in every other output.
pub fn place_of(span: Span, sources: &Sources, style: &Style) -> String {
    place::shown(span, sources, style)
}

/// The word for a severity.
pub fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "advice",
    }
}

#[cfg(test)]
mod tests;
