//! HCL's native syntax, rule by rule: `tests/conformance`, whose README says how its files are read.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use prov::Engine;
use prov::base::effects::Limits;
use prov::base::source::FileId;
use prov::lang::eval::{Context, NoLookup, eval};
use prov::lang::syntax::parse;
use prov::world::files::MemoryFiles;

use super::syntax::{place, reading};

struct Case {
    kind: String,
    source: String,
    expected: String,
}

struct Rule {
    words: String,
    cases: Vec<Case>,
}

fn rules(text: &str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut source: Option<(String, String)> = None;
    for line in text.lines() {
        if let Some((kind, mut collected)) = source.take() {
            match line.strip_prefix("---") {
                None => {
                    collected += &format!("{line}\n");
                    source = Some((kind, collected));
                }
                Some(expected) => {
                    let case =
                        Case { kind, source: unescaped(&collected), expected: expected.trim().to_owned() };
                    rules.last_mut().expect("a rule before its cases").cases.push(case);
                }
            }
        } else if let Some(kind) = line.strip_prefix("=== ") {
            source = Some((kind.to_owned(), String::new()));
        } else if let Some(words) = line.strip_prefix("# ") {
            rules.push(Rule { words: words.to_owned(), cases: Vec::new() });
        } else {
            assert!(line.is_empty(), "neither rule nor case: {line}");
        }
    }
    rules
}

fn unescaped(source: &str) -> String {
    let source = source.replace("\\r\n", "\r\n").replace("«bom»", "\u{FEFF}").replace("«nul»", "\0");
    source.replace("«noeol»\n", "")
}

/// The tree of a file, or the places of all reports.
fn read(source: &str) -> Result<String, String> {
    let checked = parse(FileId(0), &Arc::from(source), &Limits::default());
    let mut diagnostics = checked.diagnostics;
    if diagnostics.is_empty() {
        return Ok(reading::read(&checked.value));
    }
    prov::base::diagnostic::sort(&mut diagnostics);
    Err(diagnostics.iter().map(|diagnostic| place(source, diagnostic)).collect::<Vec<_>>().join(" "))
}

/// The value of an expression, or where it is wrong.
fn value(source: &str) -> Result<String, String> {
    let module = format!("locals {{\n  x = {source}}}\n");
    let files = MemoryFiles::new([("main.prov", module.as_bytes())]);
    let engine = Engine::builder().files(files.clone()).build().expect("no providers, no failures");
    let account = engine.check("");
    if let Some(error) = account.diagnostics().iter().find(|diagnostic| diagnostic.is_error()) {
        return Err(format!("{}: {}", place(&module, error), error.message));
    }
    let program = account.program().expect("it was loaded");
    let limits = Limits::default();
    let context = Context::new(&files, &limits, program, "");
    let root = program.root();
    eval(root, root.locals["x"].value, &NoLookup, &context)
        .map(|value| value.to_string())
        .map_err(|error| error.message)
}

/// Where the checker finds errors in a file.
fn errors(source: &str) -> String {
    let files = MemoryFiles::new([("main.prov", source.as_bytes())]);
    let engine = Engine::builder().files(files).build().expect("no providers, no failures");
    let account = engine.check("");
    let errors = account.diagnostics().iter().filter(|diagnostic| diagnostic.is_error());
    errors.map(|error| place(source, error)).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_rule_accepts_and_refuses_as_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for path in &files {
        let chapter = path.file_stem().unwrap().to_string_lossy();
        for rule in rules(&fs::read_to_string(path).unwrap()) {
            let of_kind =
                |kinds: [&str; 2]| rule.cases.iter().any(|case| kinds.contains(&case.kind.as_str()));
            if !of_kind(["reads", "is"]) || !of_kind(["refused", "denied"]) {
                wrong.push(format!(
                    "{chapter}: {}\nneeds a case that is accepted and one that is not",
                    rule.words
                ));
            }
            for Case { kind, source, expected } in &rule.cases {
                count += 1;
                let found = match kind.as_str() {
                    "reads" => read(source).unwrap_or_else(|places| format!("refused at {places}")),
                    "is" => value(source).unwrap_or_else(|error| format!("refused: {error}")),
                    "refused" => read(source).map_or_else(|places| places, |tree| format!("reads {tree}")),
                    "denied" => match read(source) {
                        Ok(_) => errors(source),
                        Err(places) => format!("refused at {places}"),
                    },
                    other => panic!("{chapter}: no kind of case: {other}"),
                };
                if found != *expected {
                    wrong.push(format!(
                        "{chapter}: {}\n=== {kind}\n{source}--- {expected}\n    {found}",
                        rule.words
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} of {count} cases are wrong", wrong.join("\n\n"), wrong.len());
    assert!(files.len() >= 9 && count >= 250, "{} files, {count} cases", files.len());
}
