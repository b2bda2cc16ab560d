//! The same content for programs: every case's JSON and SARIF fit their schemas.
#![allow(clippy::print_stderr)] // what was skipped

use std::fs;
use std::path::{Path, PathBuf};

use prov::host::render::Style;
use prov::host::render::diagnostics::sarif;
use serde_json::{Value, json};

use super::cases::cases;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn errors(validator: &jsonschema::Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_document_fits_the_schema() {
    let schema = read(&root().join("docs/diagnostics.schema.json"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut wrong = Vec::new();
    for case in cases() {
        let Some(text) = case.shown().json else { continue };
        let document: Value = serde_json::from_str(&text).unwrap();
        // What commands print are entries of such a document.
        let document = match document {
            Value::Array(diagnostics) => json!({
                "version": 1,
                "summary": { "errors": 0, "warnings": 0, "advice": 0 },
                "diagnostics": diagnostics,
            }),
            document => document,
        };
        let found = errors(&validator, &document).into_iter();
        wrong.extend(found.map(|error| format!("{}: {error}", case.path.display())));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    for bad in [json!({}), json!({ "version": 2, "summary": {}, "diagnostics": [] })] {
        assert!(!validator.is_valid(&bad), "the schema refuses nothing");
    }
}

#[test]
fn the_example_of_the_page_fits_the_schema() {
    let page = fs::read_to_string(root().join("docs/diagnostics.md")).unwrap();
    let example = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let schema = read(&root().join("docs/diagnostics.schema.json"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let found = errors(&validator, &serde_json::from_str(example).unwrap());
    assert!(found.is_empty(), "{found:?}");
}

/// What `make setup` puts there.
fn sarif_schema() -> Option<Value> {
    let target = option_env!("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let path = target.join("tools/sarif-2.1.0.json");
    if !path.exists() {
        eprintln!("skipped: no schema of SARIF at {}; `make setup` fetches it", path.display());
        return None;
    }
    Some(read(&path))
}

#[test]
fn every_log_is_sarif() {
    let Some(mut schema) = sarif_schema() else { return };
    // Their pattern is no regular expression, and prov's log names no language.
    for owner in ["run", "toolComponent"] {
        let language = schema["definitions"][owner]["properties"]["language"].as_object_mut().unwrap();
        assert!(language.remove("pattern").is_some());
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut wrong = Vec::new();
    for case in cases() {
        let Some(account) = case.check() else { continue };
        let log = sarif::all(account.diagnostics(), account.sources(), &Style::default());
        let log: Value = serde_json::from_str(&log).unwrap();
        let found = errors(&validator, &log).into_iter();
        wrong.extend(found.map(|error| format!("{}: {error}", case.path.display())));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(!validator.is_valid(&json!({ "version": "2.1.0" })), "the schema refuses nothing");
}

/// What code scanning asks for beyond the schema.
#[test]
fn every_result_has_what_services_ask_for() {
    for case in cases() {
        let Some(account) = case.check() else { continue };
        let log = sarif::all(account.diagnostics(), account.sources(), &Style::default());
        let log: Value = serde_json::from_str(&log).unwrap();
        let run = &log["runs"][0];
        for result in run["results"].as_array().unwrap() {
            let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            for location in result["locations"].as_array().unwrap() {
                let place = &location["physicalLocation"];
                let uri = place["artifactLocation"]["uri"].as_str().unwrap();
                assert!(!uri.contains([' ', '<', '>', '\\']), "{uri}");
                let region = &place["region"];
                let at = |name: &str| region[name].as_u64().unwrap();
                assert!((at("startLine"), at("startColumn")) <= (at("endLine"), at("endColumn")), "{region}");
            }
        }
    }
}

#[test]
fn the_scorecard_shows_what_prov_prints() {
    let page = fs::read_to_string(root().join("docs/diagnostics-scorecard.md")).unwrap();
    let mut shown = 0;
    for case in cases().iter().filter(|case| case.code == "twelve") {
        let name = case.path.file_stem().unwrap().to_str().unwrap();
        let marker = format!("<!-- prov {name} -->\n```text\n");
        let block = page.split(&marker).nth(1).unwrap_or_else(|| panic!("the page lacks {name}"));
        let block = block.split("\n```\n").next().unwrap();
        assert_eq!(block.trim_end(), case.shown().text.trim_end(), "`make scorecard` writes it anew");
        assert!(page.contains(&format!("<!-- terraform {name} -->")), "{name}");
        shown += 1;
    }
    assert_eq!(shown, 12);
}
