//! Workflow commands that GitHub turns into annotations on a pull request.

use super::place::Place;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::source::Sources;
use crate::host::render::Style;

/// All of them, one line each.
pub fn all(diagnostics: &[Diagnostic], sources: &Sources, style: &Style) -> String {
    diagnostics.iter().map(|diagnostic| one(diagnostic, sources, style)).collect()
}

fn one(diagnostic: &Diagnostic, sources: &Sources, style: &Style) -> String {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "notice",
    };
    let mut properties = vec![("title", diagnostic.code.name().to_owned())];
    if let Some(primary) = &diagnostic.primary {
        let place = Place::new(primary.span, sources, style);
        properties.push(("file", place.file));
        properties.push(("line", place.start.line.to_string()));
        properties.push(("endLine", place.end.line.to_string()));
        // Columns of a range over several lines are not accepted.
        if place.start.line == place.end.line {
            properties.push(("col", place.start.column.to_string()));
            properties.push(("endColumn", place.end.column.to_string()));
        }
    }
    let properties: Vec<_> =
        properties.iter().map(|(name, value)| format!("{name}={}", escape(value, true))).collect();
    let mut message = diagnostic.message.clone();
    for extra in diagnostic.notes.iter().chain(&diagnostic.help) {
        message.push('\n');
        message.push_str(extra);
    }
    format!("::{command} {}::{}\n", properties.join(","), escape(&message, false))
}

fn escape(text: &str, property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}
