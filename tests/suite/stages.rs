//! `prov apply` in stages: the questions at a real terminal, and the stream of events.
//!
//! The terminal is one that Python's standard library provides. Without Python those tests say so and are passed over.

#![allow(clippy::print_stderr)] // what was skipped

use std::fs;
use std::process::Command;

use serde_json::Value as Json;

use crate::cli::{Project, err, out};

fn account() -> Project {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/stages/main.prov");
    Project::new(&fs::read_to_string(path).unwrap())
}

/// Answers each question with the next of the words behind `--`; `^C` is the key. Prints what the screen showed and how it
/// ended.
const TYPIST: &str = r#"
import os, pty, select, signal, sys, time

cut = sys.argv.index("--")
command, answers = sys.argv[1:cut], sys.argv[cut + 1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(command[0], command)
seen, looked, end = "", 0, time.time() + 60
while time.time() < end:
    if select.select([terminal], [], [], 0.2)[0]:
        try:
            more = os.read(terminal, 65536)
        except OSError:
            more = b""
        if not more:
            break
        seen += more.decode("utf-8", "replace")
    at = seen.find("goes on: ", looked)
    if at >= 0 and answers:
        looked = at + 1
        answer = answers.pop(0)
        os.write(terminal, b"\x03" if answer == "^C" else answer.encode() + b"\r")
else:
    os.kill(pid, signal.SIGKILL)
    sys.exit(f"it does not end: {seen!r}")
_, status = os.waitpid(pid, 0)
print(seen)
print("ended with", os.waitstatus_to_exitcode(status))
"#;

/// What somebody sees who answers like this.
fn answered(project: &Project, answers: &[&str]) -> Option<String> {
    let python = Command::new("python3").args(["-c", "import pty"]).output();
    if !python.is_ok_and(|output| output.status.success()) {
        eprintln!("PASSED OVER: there is no python3 to open a terminal with");
        return None;
    }
    let prov = project.command(&["apply"]);
    let mut typist = Command::new("python3");
    typist.args(["-c", TYPIST]).arg(prov.get_program()).args(prov.get_args()).arg("--").args(answers);
    for (name, value) in prov.get_envs() {
        match value {
            Some(value) => typist.env(name, value),
            None => typist.env_remove(name),
        };
    }
    typist.env("TERM", "dumb").env("NO_COLOR", "1").current_dir(project.path());
    let output = typist.output().unwrap();
    assert!(output.status.success(), "{}", err(&output));
    Some(out(&output))
}

#[test]
fn every_stage_is_asked_about() {
    let project = account();
    let Some(seen) = answered(&project, &["yes", "yes", "yes"]) else { return };
    assert_eq!(seen.matches("Apply these changes?").count(), 3, "{seen}");
    assert!(seen.contains("Applied: 5 created, in 3 stages.") && seen.contains("ended with 0"), "{seen}");
}

#[test]
fn a_no_leaves_what_was_applied() {
    let project = account();
    let Some(seen) = answered(&project, &["yes", "no"]) else { return };
    for text in [
        "Stage 1 applied: 1 created so far.",
        "Nothing more was changed.",
        "Not complete: terraform_data.server still deferred; 1 created.",
        "`prov apply` goes on from here",
        "ended with 1",
    ] {
        assert!(seen.contains(text), "{text} is not in {seen}");
    }
    assert_eq!(out(&project.run(&["state", "list"])), "terraform_data.zones\n");
    let rest = project.run(&["apply", "--auto-approve"]);
    assert!(out(&rest).contains("Applied: 4 created, in 2 stages."), "{}", out(&rest));

    let untouched = account();
    let Some(seen) = answered(&untouched, &["no"]) else { return };
    assert!(seen.contains("Nothing was changed.") && !seen.contains("Not complete"), "{seen}");
    assert!(seen.contains("ended with 1"), "{seen}");
}

#[test]
fn an_interrupt_at_a_later_question_ends_the_run() {
    let project = account();
    let Some(seen) = answered(&project, &["yes", "yes", "^C"]) else { return };
    assert!(seen.contains("Not complete: terraform_data.alarm still deferred; 3 created."), "{seen}");
    assert!(seen.contains("ended with 130"), "{seen}");
    // The lock is free again.
    let rest = project.run(&["apply", "--auto-approve"]);
    assert!(rest.status.success() && out(&rest).contains("Applied: 2 created."), "{}", err(&rest));
}

fn events(project: &Project, arguments: &[&str]) -> Vec<Json> {
    out(&project.run(arguments)).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of<'a>(events: &'a [Json], kind: &str) -> Vec<&'a Json> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

#[test]
fn events_tell_the_stages_apart() {
    let project = account();
    let told = events(&project, &["apply", "--json", "--auto-approve"]);
    let stages = of(&told, "stage_finished");
    let numbers: Vec<_> = stages.iter().map(|event| event["stage"].as_u64().unwrap()).collect();
    let created: Vec<_> = stages.iter().map(|event| event["done"]["create"].as_u64().unwrap()).collect();
    assert_eq!((numbers, created), (vec![1, 2, 3], vec![1, 2, 2]));
    assert_eq!(stages[0]["deferred"], serde_json::json!(["terraform_data.server"]));
    assert_eq!(of(&told, "plan").len(), 3);
    let [finished] = *of(&told, "finished") else { panic!("{told:#?}") };
    assert_eq!(finished, told.last().unwrap());
    assert_eq!((&finished["complete"], &finished["stages"]), (&true.into(), &3.into()));
    assert_eq!((&finished["done"]["create"], &finished["deferred"]), (&5.into(), &Json::Array(Vec::new())));
}

#[test]
fn events_tell_what_is_left() {
    let project = account();
    project.run(&["plan", "--out", "first.provplan"]);
    let told = events(&project, &["apply", "first.provplan", "--json"]);
    let finished = told.last().unwrap();
    assert_eq!((&finished["complete"], &finished["stages"]), (&true.into(), &1.into()));
    assert_eq!(finished["deferred"], serde_json::json!(["terraform_data.server"]));

    let stuck = Project::new(
        r#"
            resource "terraform_data" "a" {}
            resource "terraform_data" "b" { for_each = toset([timestamp()]) }
        "#,
    );
    let told = events(&stuck, &["apply", "--json", "--auto-approve"]);
    let codes: Vec<_> = of(&told, "diagnostic").iter().map(|d| d["diagnostic"]["code"].clone()).collect();
    assert!(codes.contains(&"keys-never-known".into()), "{codes:?}");
    let finished = told.last().unwrap();
    assert_eq!((&finished["type"], &finished["complete"]), (&"finished".into(), &false.into()));
    assert_eq!((&finished["done"]["create"], &finished["stages"]), (&1.into(), &1.into()));
    assert_eq!(finished["deferred"], serde_json::json!(["terraform_data.b"]));
}
