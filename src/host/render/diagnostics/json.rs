//! Diagnostics as one JSON document. Its shape is versioned: fields may be added, never changed.

use serde::Serialize;

use super::place::Place;
use super::{Counts, severity_word};
use crate::base::diagnostic::{Diagnostic, Fix, FixLevel, Label};
use crate::base::source::{Sources, Span};
use crate::host::render::Style;

/// The version of the document's shape.
pub const VERSION: u32 = 1;

/// The document.
#[derive(Debug, Serialize)]
pub struct Document {
    version: u32,
    summary: Summary,
    diagnostics: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    advice: usize,
}

/// One diagnostic.
#[derive(Debug, Serialize)]
pub struct Entry {
    code: &'static str,
    severity: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary: Option<Labelled>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<Labelled>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trace: Vec<Labelled>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<FixEntry>,
}

#[derive(Debug, Serialize)]
struct Labelled {
    #[serde(flatten)]
    place: Place,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
}

#[derive(Debug, Serialize)]
struct FixEntry {
    title: String,
    level: &'static str,
    edits: Vec<EditEntry>,
}

#[derive(Debug, Serialize)]
struct EditEntry {
    #[serde(flatten)]
    place: Place,
    replacement: String,
}

impl Document {
    /// The document of these diagnostics.
    pub fn new(diagnostics: &[Diagnostic], sources: &Sources, style: &Style) -> Self {
        let counts = Counts::of(diagnostics);
        Self {
            version: VERSION,
            summary: Summary { errors: counts.errors, warnings: counts.warnings, advice: counts.advice },
            diagnostics: diagnostics.iter().map(|d| Entry::new(d, sources, style)).collect(),
        }
    }
}

impl Entry {
    /// The entry of one diagnostic.
    pub fn new(diagnostic: &Diagnostic, sources: &Sources, style: &Style) -> Self {
        let place = |span: Span| Place::new(span, sources, style);
        let label = |label: &Label| Labelled { place: place(label.span), text: label.text.clone() };
        let fix = |fix: &Fix| FixEntry {
            title: fix.title.clone(),
            level: match fix.level {
                FixLevel::Safe => "safe",
                FixLevel::Review => "review",
            },
            edits: fix
                .edits
                .iter()
                .map(|edit| EditEntry { place: place(edit.span), replacement: edit.text.clone() })
                .collect(),
        };
        let mismatch = diagnostic.mismatch.clone();
        Self {
            code: diagnostic.code.name(),
            severity: severity_word(diagnostic.severity),
            message: diagnostic.message.clone(),
            primary: diagnostic.primary.as_ref().map(label),
            labels: diagnostic.labels.iter().map(label).collect(),
            trace: diagnostic.trace.iter().map(label).collect(),
            path: diagnostic.path.clone(),
            expected: mismatch.as_ref().map(|m| m.expected.clone()),
            found: mismatch.map(|m| m.found),
            notes: diagnostic.notes.clone(),
            help: diagnostic.help.clone(),
            fixes: diagnostic.fixes.iter().map(fix).collect(),
        }
    }
}

/// The document as text, indented, with a line break at its end.
pub fn all(diagnostics: &[Diagnostic], sources: &Sources, style: &Style) -> String {
    let document = Document::new(diagnostics, sources, style);
    let mut text = serde_json::to_string_pretty(&document).expect("strings and numbers always serialise");
    text.push('\n');
    text
}
