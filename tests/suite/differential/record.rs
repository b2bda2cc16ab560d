//! The record: files of expressions with what came of them, an expression a line.
//!
//! `EXPRESSION ⇒ RESULT` with the result as JSON, `!` where it is refused. In the file of differences a line goes on with
//! ` ⇎ ` and Terraform's result, and stands below a line `## REASON`. `⏎` begins a new line in an expression.

use std::path::PathBuf;

/// What both give.
pub struct Same {
    pub source: String,
    pub result: String,
}

/// What the two give otherwise, on purpose.
pub struct Difference {
    pub reason: String,
    pub source: String,
    pub ours: String,
    pub theirs: String,
}

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/suite/differential").join(name)
}

fn lines(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path(name)).unwrap();
    text.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).map(str::to_owned).collect()
}

/// The expressions of a file, whose results are the same.
pub fn same(name: &str) -> Vec<Same> {
    let split = |line: String| {
        let (source, result) = line.split_once(" ⇒ ").unwrap_or_else(|| panic!("{name}: no result: {line}"));
        Same { source: source.replace('⏎', "\n"), result: result.to_owned() }
    };
    lines(name).into_iter().map(split).collect()
}

/// The differences that are meant.
pub fn differences() -> Vec<Difference> {
    let mut reason = String::new();
    let mut found = Vec::new();
    for line in lines("differences.txt") {
        if let Some(heading) = line.strip_prefix("## ") {
            reason = heading.to_owned();
            continue;
        }
        let (source, results) = line.split_once(" ⇒ ").unwrap_or_else(|| panic!("no result: {line}"));
        let (ours, theirs) = results.split_once(" ⇎ ").unwrap_or_else(|| panic!("one result: {line}"));
        found.push(Difference {
            reason: reason.clone(),
            source: source.replace('⏎', "\n"),
            ours: ours.to_owned(),
            theirs: theirs.to_owned(),
        });
    }
    found
}

/// An expression and its result, as the record has it.
pub fn written(source: &str, result: &str) -> String {
    format!("{} ⇒ {result}\n", source.replace('\n', "⏎"))
}
