//! The functions of the language: as JSON, as a list, as a page each, and as the reference in Markdown.

use serde_json::{Value as Json, json};

use super::text::paragraph;
use super::{Role, Style};
use crate::lang::functions::{EXCLUDED, Function, Known, Param, all};

/// Of what the document of [`json`] consists.
const VERSION: u32 = 1;

/// By family, and in each by name.
fn sorted() -> Vec<&'static Function> {
    let mut functions: Vec<_> = all().collect();
    functions.sort_by_key(|function| (function.family, function.name));
    functions
}

/// All functions, or the one that is asked for, as one document.
pub fn json(only: Option<&Function>) -> String {
    let functions: Vec<_> = match only {
        Some(function) => vec![entry(function)],
        None => all().map(entry).collect(),
    };
    let left_out = EXCLUDED.iter().filter(|_| only.is_none());
    let left_out: Vec<_> = left_out.map(|(name, reason)| json!({ "name": name, "reason": reason })).collect();
    format!("{:#}\n", json!({ "version": VERSION, "functions": functions, "left_out": left_out }))
}

fn entry(function: &Function) -> Json {
    let (least, most) = function.arity();
    let parameter = |param: &Param| {
        json!({
            "name": param.name,
            "type": param.shape.to_string(),
            "optional": param.optional,
            "nullable": param.nullable,
        })
    };
    let examples = function.examples.iter().map(|(call, gives)| json!({ "call": call, "gives": gives }));
    json!({
        "name": function.name,
        "family": function.family.to_string(),
        "signature": function.signature(),
        "parameters": function.params.iter().map(parameter).collect::<Vec<_>>(),
        "variadic": function.variadic.as_ref().map(parameter),
        "returns": function.returns(),
        "least_arguments": least,
        "most_arguments": most,
        "known_at_apply_only": function.known == Known::AtApply,
        "docs": function.docs,
        "examples": examples.collect::<Vec<_>>(),
    })
}

/// A line for each, below its family.
pub fn list(style: &Style) -> String {
    let mut out = String::new();
    let mut family = None;
    for function in sorted() {
        if family.replace(function.family) != Some(function.family) {
            let gap = if out.is_empty() { "" } else { "\n" };
            out.push_str(&format!("{gap}{}\n", style.paint(Role::Strong, function.family.to_string())));
        }
        let first = function.docs.split_inclusive(". ").next().unwrap_or_default();
        out.push_str(&paragraph(&format!("  {:<18}", function.name), first.trim_end(), style.width));
    }
    out
}

/// Names of parameters, and what each takes.
fn parameters(function: &Function) -> Vec<(String, String)> {
    let words = |param: &Param, behind: &str| {
        let null = if param.nullable { ", may be null" } else { "" };
        (param.name.to_owned(), format!("{}{null}{behind}", param.shape))
    };
    let fixed = function.params.iter().map(|p| words(p, if p.optional { ", may be left out" } else { "" }));
    fixed.chain(function.variadic.iter().map(|p| words(p, ", any number of them"))).collect()
}

/// All about one.
pub fn page(function: &Function, style: &Style) -> String {
    let mut out = format!("{}\n\n", style.paint(Role::Strong, function.signature()));
    out.push_str(&paragraph("", function.docs, style.width));
    if function.known == Known::AtApply {
        out.push_str(&paragraph("", LATE, style.width));
    }
    let parameters = parameters(function);
    if !parameters.is_empty() {
        out.push_str(&format!("\n{}\n", style.paint(Role::Strong, "Parameters")));
    }
    let width = parameters.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, words) in &parameters {
        out.push_str(&paragraph(&format!("  {name:<width$}  "), words, style.width));
    }
    if !function.examples.is_empty() {
        out.push_str(&format!("\n{}\n", style.paint(Role::Strong, "Examples")));
    }
    for (call, gives) in function.examples {
        let gives = gives.replace('\n', "\n    ");
        out.push_str(&format!("  {}\n    {gives}\n", style.paint(Role::Advice, *call)));
    }
    out
}

const LATE: &str = "Its result is known only after apply.";

const INTRODUCTION: &str = "\
# Functions

<!-- Written by `make reference` from what the functions say of themselves. -->

What is built in, by family; `prov functions NAME` shows the same in a terminal, and `prov functions --json` all of it as
data. The examples are run by a test. How functions are declared, called and imported is told in
[the language](language.md#functions).
";

/// The reference.
pub fn markdown() -> String {
    let mut out = INTRODUCTION.to_owned();
    let mut family = None;
    for function in sorted() {
        if family.replace(function.family) != Some(function.family) {
            out.push_str(&format!("\n## {}\n", function.family));
        }
        out.push_str(&format!("\n### `{}`\n\n", function.name));
        out.push_str(&format!("```text\n{}\n```\n\n{}\n", function.signature(), function.docs));
        if function.known == Known::AtApply {
            out.push_str(&format!("{LATE}\n"));
        }
        let parameters = parameters(function);
        if !parameters.is_empty() {
            out.push('\n');
        }
        for (name, words) in parameters {
            out.push_str(&format!("- `{name}`: {words}\n"));
        }
        if function.examples.is_empty() {
            continue;
        }
        let width = function.examples.iter().map(|(call, _)| call.len()).max().unwrap_or_default();
        let lines = function.examples.iter().map(|(call, gives)| format!("{call:<width$}  # => {gives}\n"));
        out.push_str(&format!("\n```prov,value\n{}```\n", lines.collect::<String>()));
    }
    out.push_str("\n## Left out\n\nFunctions of Terraform or OpenTofu that do not exist here.\n\n");
    out.push_str("| Function | Why, and what instead |\n|---|---|\n");
    for (name, reason) in EXCLUDED {
        out.push_str(&format!("| `{name}` | {reason} |\n"));
    }
    out
}
