//! Expressions beside `terraform console`: the same value, or both refuse.
//!
//! `differential/written.txt` has expressions by hand, `generated.txt` those the generator made of `forms.txt`, each with
//! what Terraform gave; they are compared wherever the tests run. Where both differ on purpose, `differences.txt` says
//! why. Where Terraform is installed the record is compared with it, and expressions nobody has seen are.
//!
//! `EXPRESSIONS=20000` makes so many, `EXPRESSION_SEED=7` others. `EXPRESSION_RECORD=1` writes the results anew and makes
//! `generated.txt`; read what it wrote.

#![allow(clippy::print_stderr)] // figures, and what was skipped

mod consoles;
mod generator;
mod record;

use std::collections::{BTreeMap, BTreeSet};

use prov::lang::functions;
use serde_json::Value as Json;

use consoles::{Ours, Outcome, Theirs};
use generator::{Forms, Generator};

/// Why a generated expression may differ: headings in `differences.txt`.
const CONVERSIONS: &str = "nothing converts by itself, and types that never meet are refused";
const DECIMAL: &str = "numbers are decimal and exact, and none is a negative zero";
const SHORT: &str = "operators stop where the result is clear";
const ANY: &str = "what is decoded may be of any type, and nothing is said against it before";
const NULLS: &str = "null is never taken for a value";

/// Functions that Terraform does not have, and so says nothing about.
const ONLY_HERE: [&str; 18] = [
    "base64gunzip",
    "bytes",
    "cidrcontains",
    "days",
    "decode_tfvars",
    "encode_expr",
    "encode_tfvars",
    "gibibytes",
    "hours",
    "kibibytes",
    "mebibytes",
    "milliseconds",
    "minutes",
    "seconds",
    "tebibytes",
    "toduration",
    "tosize",
    "urldecode",
];

/// Functions whose result is another one each time, or is known while applying only.
const NOT_THE_SAME_TWICE: [&str; 4] = ["bcrypt", "plantimestamp", "timestamp", "uuid"];

fn number(name: &str, or: u64) -> u64 {
    std::env::var(name).map_or(or, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

fn shown(outcome: &Outcome) -> String {
    outcome.clone().unwrap_or_else(|_| "!".to_owned())
}

fn told(outcome: &Outcome) -> String {
    match outcome {
        Ok(value) => value.clone(),
        Err(refusal) => format!("! {}: {}", refusal.code, refusal.message),
    }
}

/// Why the two may differ here, if they do so on purpose.
fn meant(ours: &Outcome, theirs: &str, slip: bool, source: &str) -> Option<&'static str> {
    match ours {
        Ok(ours) => {
            let parse = |text| serde_json::from_str::<Json>(text).ok();
            if let (Some(ours), Some(theirs)) = (parse(ours), parse(theirs))
                && close(&ours, &theirs)
            {
                return Some(DECIMAL);
            }
            let has = |sign: &str| source.contains(sign);
            match slip && theirs == "!" {
                // What the one converts, the other tries in vain.
                false if slip && (has("try(") || has("can(")) => Some(CONVERSIONS),
                true if has("&&") || has("||") => Some(SHORT),
                true if has("decode(") || has("try(") => Some(ANY),
                _ => None,
            }
        }
        Err(refusal) if slip && theirs != "!" => match refusal.code {
            "type-mismatch" | "any-mismatch" | "unknown-attribute" => Some(CONVERSIONS),
            "null-value" => Some(NULLS),
            _ => None,
        },
        Err(_) => None,
    }
}

/// Whether two results are the same but for the last digits of numbers, also where these are part of a text.
fn close(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => same_number(&a.to_string(), &b.to_string()),
        (Json::String(a), Json::String(b)) => same_number(a, b),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| close(a, b)))
        }
        _ => a == b,
    }
}

/// A text without negative zeros.
fn positive(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("-0") {
        let alone = !after.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        out += before;
        out += if alone { "0" } else { "-0" };
        rest = after;
    }
    out + rest
}

fn same_number(a: &str, b: &str) -> bool {
    if a == positive(b) {
        return true;
    }
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => x == y && a.len().max(b.len()) > 30,
        _ => false,
    }
}

#[test]
fn results_are_as_recorded() {
    let ours = Ours::new(&Forms::read());
    let mut wrong = Vec::new();
    let mut counted = 0;
    for case in ["written.txt", "generated.txt"].into_iter().flat_map(record::same) {
        counted += 1;
        let outcome = ours.evaluate(&case.source);
        if shown(&outcome) != case.result {
            wrong.push(format!("{}\n  recorded {}\n  found    {}", case.source, case.result, told(&outcome)));
        }
    }
    assert!(wrong.is_empty(), "{} of {counted} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(counted >= 2000, "only {counted} are recorded");
}

#[test]
fn differences_that_are_meant_are_still_there() {
    let ours = Ours::new(&Forms::read());
    let mut wrong = Vec::new();
    for case in record::differences() {
        let outcome = ours.evaluate(&case.source);
        if shown(&outcome) != case.ours || case.ours == case.theirs {
            let recorded = format!("{}\n  recorded {} and {}", case.source, case.ours, case.theirs);
            wrong.push(format!("{recorded}\n  found    {}", told(&outcome)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let headings: BTreeSet<_> = record::differences().into_iter().map(|case| case.reason).collect();
    for heading in [CONVERSIONS, DECIMAL, SHORT, NULLS, ANY] {
        assert!(headings.contains(heading), "{heading}");
    }
}

/// Whether a function is called in a text.
fn calls(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_') && text[at + name.len()..].starts_with('(')
    })
}

#[test]
fn every_function_is_called() {
    let recorded: Vec<_> = ["written.txt", "generated.txt"].into_iter().flat_map(record::same).collect();
    let differences = record::differences();
    let sources = recorded.iter().filter(|case| case.result != "!").map(|case| &case.source);
    let sources: Vec<_> = sources.chain(differences.iter().map(|case| &case.source)).collect();
    let called = |name: &str| sources.iter().any(|source| calls(source, name));
    let theirs = functions::all().map(|function| function.name).filter(|name| !ONLY_HERE.contains(name));
    let missing: Vec<_> = theirs.filter(|name| !called(name) && !NOT_THE_SAME_TWICE.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_record_is_what_terraform_gives() {
    let forms = Forms::read();
    let Some(theirs) = Theirs::new(&forms) else {
        return eprintln!("SKIPPED: terraform is not installed, so the record was not compared with it");
    };
    if std::env::var_os("EXPRESSION_RECORD").is_some() {
        return record_anew(&forms, &theirs);
    }
    let same: Vec<_> = ["written.txt", "generated.txt"].into_iter().flat_map(record::same).collect();
    let differences = record::differences();
    let sources = same.iter().map(|case| &*case.source).chain(differences.iter().map(|case| &*case.source));
    let expected = same.iter().map(|case| &*case.result).chain(differences.iter().map(|case| &*case.theirs));
    let sources: Vec<_> = sources.collect();
    let found = theirs.evaluate(&sources);
    let wrong = sources.iter().zip(expected).zip(&found).filter(|((source, expected), found)| {
        // Chance and the clock are in it.
        expected != found && !NOT_THE_SAME_TWICE.iter().any(|name| calls(source, name))
    });
    let wrong: Vec<_> =
        wrong.map(|((source, e), f)| format!("{source}\n  recorded {e}\n  gives    {f}")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let missing: Vec<_> = theirs
        .functions()
        .into_keys()
        .filter(|name| !name.contains("::"))
        .filter(|name| functions::find(name).is_none() && functions::excluded(name).is_none())
        .collect();
    assert!(missing.is_empty(), "neither there nor left out: {missing:?}");
}

#[test]
fn new_expressions_give_what_terraform_gives() {
    let forms = Forms::read();
    let Some(theirs) = Theirs::new(&forms) else {
        return eprintln!("SKIPPED: terraform is not installed, so no new expressions were compared with it");
    };
    let count = number("EXPRESSIONS", 300) as usize;
    let seed = number("EXPRESSION_SEED", 1);
    let mut generator = Generator::new(&forms, seed);
    let made: Vec<_> = (0..count).map(|_| generator.make()).collect();
    let ours = Ours::new(&forms);
    let sources: Vec<_> = made.iter().map(|made| &*made.source).collect();
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (made, theirs) in made.iter().zip(theirs.evaluate(&sources)) {
        let outcome = ours.evaluate(&made.source);
        let kind = match (&outcome, &*theirs) {
            (Ok(ours), theirs) if ours == theirs => "same value",
            (Err(_), "!") => "both refuse",
            _ => match meant(&outcome, &theirs, made.slip, &made.source) {
                Some(reason) => reason,
                None => {
                    wrong.push(format!(
                        "{}\n  prov      {}\n  terraform {theirs}",
                        made.source,
                        told(&outcome)
                    ));
                    "different"
                }
            },
        };
        *tally.entry(kind).or_default() += 1;
    }
    eprintln!("{count} expressions of seed {seed}: {tally:?}");
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Writes all results anew, and the generated expressions.
fn record_anew(forms: &Forms, theirs: &Theirs) {
    let ours = Ours::new(forms);
    let write = |name: &str, text: String| std::fs::write(record::path(name), text).unwrap();
    let head = |name: &str| {
        let text = std::fs::read_to_string(record::path(name)).unwrap_or_default();
        text.lines().filter(|line| line.starts_with("# ")).map(|line| format!("{line}\n")).collect::<String>()
    };

    let same = record::same("written.txt");
    let sources: Vec<_> = same.iter().map(|case| &*case.source).collect();
    let results = theirs.evaluate(&sources);
    let lines = sources.iter().zip(&results).map(|(source, result)| record::written(source, result));
    write("written.txt", format!("{}\n{}", head("written.txt"), lines.collect::<String>()));

    let differences = record::differences();
    let sources: Vec<_> = differences.iter().map(|case| &*case.source).collect();
    let mut text = head("differences.txt");
    let mut heading = "";
    for (case, theirs) in differences.iter().zip(theirs.evaluate(&sources)) {
        if case.reason != heading {
            heading = &case.reason;
            text.push_str(&format!("\n## {heading}\n"));
        }
        let line = record::written(&case.source, &shown(&ours.evaluate(&case.source)));
        text.push_str(&format!("{} ⇎ {theirs}\n", line.trim_end_matches('\n')));
    }
    write("differences.txt", text);

    let mut generator = Generator::new(forms, 0);
    let mut seen = BTreeSet::new();
    let made: Vec<_> = (0..2400).map(|_| generator.make().source).collect();
    let made: Vec<_> = made
        .iter()
        .map(|source| &**source)
        .filter(|source| source.len() < 400 && seen.insert(*source))
        .collect();
    let results = theirs.evaluate(&made);
    let agreed =
        made.iter().zip(&results).filter(|(source, theirs)| shown(&ours.evaluate(source)) == **theirs);
    let lines: Vec<_> = agreed.map(|(source, theirs)| record::written(source, theirs)).collect();
    eprintln!("{} of {} generated expressions give the same and are recorded", lines.len(), made.len());
    write("generated.txt", format!("{}\n{}", head("generated.txt"), lines.concat()));
}
