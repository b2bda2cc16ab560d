//! Results beside Terraform's own: `cargo test --lib differential -- --ignored`, with `terraform` on the path.
//!
//! `observed.txt` has an expression a line. Behind `~` stand those whose results differ on purpose, with the reason.

use std::io::Write;
use std::process::{Command, Stdio};

use super::encoding::json;
use super::testing::eval;

const CASES: &str = include_str!("observed.txt");

struct Case {
    source: &'static str,
    reason: Option<&'static str>,
}

fn cases() -> Vec<Case> {
    CASES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.strip_prefix("~ ") {
            Some(rest) => {
                let (source, reason) = rest.split_once(" ## ").expect("a difference has a reason");
                Case { source, reason: Some(reason) }
            }
            None => Case { source: line, reason: None },
        })
        .collect()
}

#[test]
fn every_observed_expression_ends() {
    for case in cases() {
        let _ = eval(case.source);
    }
}

#[test]
#[ignore = "needs terraform on the path"]
fn results_are_those_of_terraform() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let cases = cases();
    let mut module = "locals {\n  all = [\n".to_owned();
    for case in &cases {
        module.push_str(&format!("    try(jsonencode({}), \"!\"),\n", case.source));
    }
    module.push_str("  ]\n}\n");
    std::fs::write(directory.path().join("main.tf"), module).expect("a module");
    let console = Command::new("terraform")
        .arg("console")
        .current_dir(&directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut console = match console {
        Ok(console) => console,
        Err(error) => panic!("terraform can't be started, nothing was compared: {error}"),
    };
    console
        .stdin
        .take()
        .expect("piped")
        .write_all(b"base64encode(jsonencode(local.all))\n")
        .expect("it reads");
    let output = console.wait_with_output().expect("terraform ends");
    let text = String::from_utf8(output.stdout).expect("terraform writes UTF-8");
    let encoded = text.trim().trim_matches('"');
    let decoded = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, encoded)
        .unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
    let lines: Vec<String> = serde_json::from_slice(&decoded).expect("a list of strings");
    assert_eq!(lines.len(), cases.len());
    let mut wrong = Vec::new();
    for (case, theirs) in cases.iter().zip(lines) {
        let ours = eval(case.source).map_or_else(|_| "!".to_owned(), |value| json::encode(&value));
        match case.reason {
            None if ours != theirs => {
                wrong.push(format!("{}\n  ours   {ours}\n  theirs {theirs}", case.source))
            }
            Some(reason) if ours == theirs => {
                wrong.push(format!("{} no longer differs: {reason}", case.source))
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
