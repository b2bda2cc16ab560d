//! One line each: `path:line:col: error[code]: message`.

use super::{place, severity_word};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Sources;
use crate::host::render::Style;
use crate::host::render::text::clean;

/// All of them; empty for none.
pub fn all(diagnostics: &[Diagnostic], sources: &Sources, style: &Style) -> String {
    diagnostics.iter().map(|diagnostic| one(diagnostic, sources, style) + "\n").collect()
}

/// One of them, without a line break.
pub fn one(diagnostic: &Diagnostic, sources: &Sources, style: &Style) -> String {
    let severity = severity_word(diagnostic.severity);
    let message = clean(&diagnostic.message).replace('\n', " ");
    let told = format!("{severity}[{}]: {message}", diagnostic.code.name());
    match &diagnostic.primary {
        Some(primary) => format!("{}: {told}", place::shown(primary.span, sources, style)),
        None => told,
    }
}
