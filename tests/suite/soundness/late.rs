//! Whatever a function gives for values that are written down, it gives for values that only apply knows.

use std::collections::BTreeMap;
use std::fmt::Write;

use prov::lang::functions;

use super::program::Program;
use super::{applied, engine};

/// Functions that take expressions, speak of marks, or read files.
const OTHERS: [&str; 6] = ["can", "issensitive", "nonsensitive", "sensitive", "templatestring", "try"];

/// The arguments of a call, as they are written.
fn arguments(call: &str) -> Option<(&str, Vec<&str>)> {
    let (name, rest) = call.split_once('(')?;
    let inner = rest.strip_suffix(')')?;
    let (mut depth, mut quoted, mut escaped, mut from) = (0, false, false, 0);
    let mut all = Vec::new();
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                all.push(inner[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    all.push(inner[from..].trim());
    all.retain(|argument| !argument.is_empty());
    let simple = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (depth == 0 && simple && !all.is_empty() && !inner.ends_with("...")).then_some((name, all))
}

#[test]
fn functions_give_late_what_they_give_early() {
    let mut text = String::new();
    let mut calls = BTreeMap::new();
    for function in functions::all().filter(|function| function.family != functions::Family::Filesystem) {
        for (call, _) in function.examples {
            let Some((name, args)) = arguments(call).filter(|(name, _)| !OTHERS.contains(name)) else {
                continue;
            };
            let key = format!("{name}_{}", calls.len());
            let late: Vec<_> =
                (0..args.len()).map(|arg| format!("terraform_data.{key}.output[{arg}]")).collect();
            writeln!(text, "resource \"terraform_data\" \"{key}\" {{\n  input = [{}]\n}}", args.join(", "))
                .unwrap();
            writeln!(text, "output \"early_{key}\" {{ value = {call} }}").unwrap();
            writeln!(text, "output \"late_{key}\" {{ value = {name}({}) }}", late.join(", ")).unwrap();
            calls.insert(key, *call);
        }
    }
    assert!(calls.len() > 150, "only {} calls", calls.len());
    let program = Program { files: vec![("main.prov".into(), text)], ..Program::default() };
    let outputs = applied(&engine(&program).check(""));
    for (key, call) in calls {
        assert_eq!(
            outputs[format!("early_{key}").as_str()],
            outputs[format!("late_{key}").as_str()],
            "{call}"
        );
    }
}
