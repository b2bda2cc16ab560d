//! Diagnostics as SARIF 2.1.0, for code scanning services.

use serde_json::{Value, json};

use super::place::Place;
use crate::base::codes::{ALL, Code};
use crate::base::diagnostic::{Diagnostic, FixLevel, Label, Severity};
use crate::base::source::{Sources, Span};
use crate::host::render::Style;

/// The log as text, indented, with a line break at its end.
pub fn all(diagnostics: &[Diagnostic], sources: &Sources, style: &Style) -> String {
    let rules: Vec<Code> =
        ALL.iter().copied().filter(|code| diagnostics.iter().any(|d| d.code == *code)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "prov",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
                },
            },
            "columnKind": "unicodeCodePoints",
            "results": diagnostics.iter().map(|d| result(d, &rules, sources, style)).collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.name(),
        "shortDescription": { "text": code.summary() },
        "defaultConfiguration": { "level": level(code.severity()) },
        "help": { "text": format!("prov explain {}", code.name()) },
    })
}

fn result(diagnostic: &Diagnostic, rules: &[Code], sources: &Sources, style: &Style) -> Value {
    let mut message = diagnostic.message.clone();
    if let Some(mismatch) = &diagnostic.mismatch {
        message.push_str(&format!("\nexpected: {}\nfound: {}", mismatch.expected, mismatch.found));
    }
    for extra in diagnostic.notes.iter().chain(&diagnostic.help) {
        message.push('\n');
        message.push_str(extra);
    }
    let mut result = json!({
        "ruleId": diagnostic.code.name(),
        "ruleIndex": rules.iter().position(|code| *code == diagnostic.code),
        "level": level(diagnostic.severity),
        "message": { "text": message },
        "locations": diagnostic.primary.iter().map(|label| location(label, diagnostic, sources, style)).collect::<Vec<_>>(),
    });
    let related: Vec<Value> = diagnostic
        .labels
        .iter()
        .chain(&diagnostic.trace)
        .enumerate()
        .map(|(id, label)| {
            let mut place = json!({ "id": id, "physicalLocation": physical(label.span, sources, style) });
            if !label.text.is_empty() {
                place["message"] = json!({ "text": label.text });
            }
            place
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    // What a service offers at one click has to be right without a look.
    let fixes: Vec<Value> = diagnostic
        .fixes
        .iter()
        .filter(|fix| fix.level == FixLevel::Safe)
        .map(|f| fix(f, sources, style))
        .collect();
    if !fixes.is_empty() {
        result["fixes"] = fixes.into();
    }
    result
}

fn location(label: &Label, diagnostic: &Diagnostic, sources: &Sources, style: &Style) -> Value {
    let mut location = json!({ "physicalLocation": physical(label.span, sources, style) });
    if let Some(path) = &diagnostic.path {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": path }]);
    }
    location
}

fn physical(span: Span, sources: &Sources, style: &Style) -> Value {
    let place = Place::new(span, sources, style);
    json!({ "artifactLocation": { "uri": uri(&place.file) }, "region": region(&place) })
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
        "byteOffset": place.start.byte,
        "byteLength": place.end.byte - place.start.byte,
    })
}

/// A relative reference; what a path may hold and a reference may not is escaped.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn fix(fix: &crate::base::diagnostic::Fix, sources: &Sources, style: &Style) -> Value {
    let mut changes: Vec<Value> = Vec::new();
    for edit in &fix.edits {
        let place = Place::new(edit.span, sources, style);
        let replacement =
            json!({ "deletedRegion": region(&place), "insertedContent": { "text": edit.text } });
        let uri = uri(&place.file);
        match changes.iter_mut().find(|change| change["artifactLocation"]["uri"] == uri) {
            Some(change) => {
                if let Some(all) = change["replacements"].as_array_mut() {
                    all.push(replacement);
                }
            }
            None => {
                changes.push(json!({ "artifactLocation": { "uri": uri }, "replacements": [replacement] }))
            }
        }
    }
    json!({ "description": { "text": fix.title }, "artifactChanges": changes })
}
