//! How programs are read, and where broken ones are reported.

mod formatting;
mod hostile;
pub mod reading;
mod templates;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use prov::base::diagnostic::Diagnostic;
use prov::base::effects::Limits;
use prov::base::lines::{Columns, LineIndex};
use prov::base::source::FileId;
use prov::lang::syntax::parse;

/// `line:column` of a diagnostic, both from 1, columns in characters.
pub fn place(text: &str, diagnostic: &Diagnostic) -> String {
    let span = diagnostic.primary.as_ref().expect("syntax errors have a place").span;
    let position = LineIndex::new(text).position(span.start, text, Columns::Chars);
    format!("{}:{}", position.line + 1, position.column + 1)
}

/// What is said about a text, one line each, in the order every output uses.
fn reports(text: &str) -> Vec<String> {
    let mut diagnostics = parse(FileId(0), &Arc::from(text), &Limits::default()).diagnostics;
    prov::base::diagnostic::sort(&mut diagnostics);
    diagnostics.iter().map(|d| format!("{} {} {}", place(text, d), d.code.name(), d.message)).collect()
}

struct Case {
    name: String,
    source: String,
    expected: String,
}

fn cases() -> Vec<Case> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/syntax/cases.txt"));
    let mut cases = Vec::new();
    for block in text.split("\n=== ").skip(1) {
        let (name, rest) = block.split_once('\n').unwrap();
        let (source, expected) = rest.split_once("--- ").unwrap();
        let source = source.replace("\\r\n", "\r\n");
        let source = match source.strip_suffix("«noeol»\n") {
            Some(source) => source.to_owned(),
            None => source,
        };
        cases.push(Case { name: name.into(), source, expected: expected.trim_end().into() });
    }
    cases
}

#[test]
fn every_case_reads_as_written_down() {
    let cases = cases();
    assert!(cases.len() >= 200);
    let mut wrong = Vec::new();
    for Case { name, source, expected } in &cases {
        let tree = parse(FileId(0), &Arc::from(source.as_str()), &Limits::default());
        let found = match tree.diagnostics.first() {
            None => format!("ok {}", reading::read(&tree.value)),
            Some(_) => reports(source).join("\n"),
        };
        let as_expected = match expected.strip_prefix("err ") {
            None => *expected == found,
            Some(report) => {
                tree.has_errors() && found.starts_with(&format!("{report} ")) && !found.contains('\n')
            }
        };
        if !as_expected {
            wrong.push(format!("=== {name}\n{source}expected {expected}\nfound    {found}\n"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{} cases are wrong", wrong.join("\n"), wrong.len());
}

/// The lines of a broken file on which a person sees a mistake, one entry for each mistake: its first line says so.
fn mistakes(source: &str) -> Vec<&str> {
    let first = source.lines().next().and_then(|line| line.strip_prefix("# Mistakes on lines "));
    first.expect("the first line says where the mistakes are").trim_end().split(", ").collect()
}

/// Every broken file under `tests/ui/syntax` has as many reports as it has mistakes, on their lines. Beside it stands
/// what is said, and how the rest of it is read; `PROV_BLESS=1` writes that anew.
#[test]
fn broken_files_are_reported_as_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/syntax");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "prov"));
    files.sort();
    assert!(files.len() >= 30);
    let mut wrong = Vec::new();
    for path in files {
        let source = fs::read_to_string(&path).unwrap();
        let tree = parse(FileId(0), &Arc::from(source.as_str()), &Limits::default()).value;
        let rest = reading::read(&tree).replace("; ", "\n");
        let reports = reports(&source);
        let lines: Vec<&str> = reports.iter().filter_map(|report| report.split(':').next()).collect();
        if lines != mistakes(&source) {
            wrong.push(format!(
                "=== {}\nmistakes on lines {:?}\nreports on    {lines:?}",
                path.display(),
                mistakes(&source)
            ));
        }
        let found = format!("{}\n\n{rest}\n", reports.join("\n"));
        let expected = path.with_extension("stderr");
        if std::env::var_os("PROV_BLESS").is_some() {
            fs::write(&expected, &found).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("=== {}\n{source}\n--- found\n{found}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
