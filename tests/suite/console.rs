//! `prov console`: what comes out of a pipe, and what the prompt offers.

use std::io::Write;
use std::process::{Output, Stdio};

use prov::engine::state::State;
use prov::world::files::MemoryFiles;
use prov::{Cancel, Engine, HostFunction, Inputs};

use crate::cli::{Project, err, out};
use crate::support::fake_provider::Fake;

const ACCOUNT: &str = r#"
variable "region" {
  type    = string
  default = "eu"
}
variable "size" {
  type = int(1..9)
}
variable "password" {
  type      = string
  sensitive = true
  default   = "hunter2"
}
fn double(n: number) -> number = n * 2
locals {
  zones = ["a", "b"]
}
resource "terraform_data" "a" {
  input = var.region
}
output "size" {
  value = var.size
}
"#;

/// What the console answers to these lines.
fn console(project: &Project, arguments: &[&str], lines: &str) -> Output {
    let mut command = project.command(&[&["console"], arguments].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_pipe_gets_a_result_for_each_complete_input() {
    let project = Project::new(ACCOUNT);
    let lines = "1 + 2\n\n# a comment\n[1,\n  2]\n:type [for z in local.zones : z]\n<<-EOT\n  hi\nEOT\nvar.region\nvar.size\n\
                 double(4)\nvar.password\n\"x${var.password}\"\nterraform_data.a.input\n:quit\nnever\n";
    let output = console(&project, &["--var", "size=3"], lines);
    assert_eq!(
        out(&output).lines().collect::<Vec<_>>(),
        [
            "3 : int",
            "[1, 2] : tuple([int, int])",
            "list(string)",
            "\"hi\\n\" : string",
            "\"eu\" : string",
            "3 : int(1..9)",
            "8 : number",
            "(sensitive) : secret(string)",
            "(sensitive) : secret(string)",
            "(known after apply) : string",
        ]
    );
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""));
    // No control characters off a terminal.
    assert!(!out(&output).contains(['\u{1b}', '\r']));
}

#[test]
fn resources_are_as_the_state_has_them() {
    let project = Project::new(ACCOUNT);
    assert!(project.run(&["apply", "--auto-approve", "--var", "size=3"]).status.success());
    let output = console(
        &project,
        &["-var=size=4"],
        "terraform_data.a.output\nterraform_data.a.id != \"\"\nvar.size\n",
    );
    assert_eq!(out(&output), "\"eu\" : string\ntrue : bool\n4 : int(1..9)\n");
    // A variable without a value is not known, and everything else is.
    assert_eq!(
        out(&console(&project, &[], "var.size\nlocal.zones[0]\n")),
        "(known after apply) : int(1..9)\n\"a\" : string\n"
    );
}

#[test]
fn what_is_wrong_points_into_what_was_typed_and_makes_the_status_1() {
    let project = Project::new(ACCOUNT);
    let output = console(&project, &[], "local.zone\n\"a\" + 1\n1 +\n\"open\nlocal.zones[7]\n:tpye 1\n[1\n");
    let told = err(&output);
    for words in [
        "<console>:1:1",
        "did you mean `local.zones`?",
        "error[type-mismatch]",
        "a value was expected behind `+`",
        "this string is never closed",
        "error[index-out-of-range]",
        "did you mean :type?",
        "`[` is never closed",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(1)));
    // What follows a mistake is answered all the same.
    let goes_on = console(&project, &[], "nope\n1\n");
    assert_eq!((out(&goes_on).as_str(), goes_on.status.code()), ("1 : int\n", Some(1)));
}

#[test]
fn it_works_without_an_account_and_not_on_a_broken_one() {
    let nowhere = Project::new("");
    std::fs::remove_file(nowhere.path().join("main.prov")).unwrap();
    let output = console(&nowhere, &[], "upper(\"x\")\nexit\n");
    assert_eq!((out(&output).as_str(), err(&output).as_str()), ("\"X\" : string\n", ""));
    let broken = Project::new("locals { a = nope }\n");
    let output = console(&broken, &[], "1\n");
    assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(1)));
    assert!(err(&output).contains("error[undefined-reference]"));
    let wrong = console(&Project::new(ACCOUNT), &["--var", "sise=1"], "1\n");
    assert!(err(&wrong).contains("did you mean size?"), "{}", err(&wrong));
}

#[test]
fn the_prompt_offers_what_can_be_written() {
    let files = MemoryFiles::new([(
        "main.prov",
        "variable \"region\" { type = string }\nvariable \"region_b\" { type = string }\n\
         locals { net = { zone = \"a\", cidr = \"b\" } }\nfn double(n: number) -> number = n * 2\n\
         resource \"fake_thing\" \"one\" { name = \"x\" }\ndata \"fake_lookup\" \"two\" { name = \"x\" }\n\
         output \"a\" { value = [var.region, var.region_b, local.net, fake_thing.one.id, data.fake_lookup.two.value] }\n",
    )]);
    let lookup = HostFunction::pure("acme::cost_center", |team: &str| team.to_owned());
    let engine = Engine::builder().files(files).provider(Fake::default()).function(lookup).build().unwrap();
    let console = engine.check("").console(&Inputs::new(), &State::default()).unwrap();
    for (text, begin, expected) in [
        ("1 + var.reg", 8, "region region_b"),
        ("va", 0, "values( var"),
        ("dou", 0, "double("),
        ("[acme::c", 1, "acme::cost_center("),
        ("local.net.", 10, "cidr zone"),
        ("(local.net).z", 12, ""),
        ("upper(fake_thing.", 17, "one"),
        ("fake_thing.one.li", 15, "link links"),
        ("data.", 5, "fake_lookup"),
        ("data.fake_lookup.", 17, "two"),
        ("data.fake_lookup.two.v", 21, "value"),
        ("path.", 5, "cwd module root"),
        ("jsonenc", 0, "jsonencode("),
        ("nope.", 5, ""),
        ("", 0, "*"),
    ] {
        let (at, candidates) = console.complete(text, text.len());
        let texts: Vec<_> = candidates.into_iter().map(|candidate| candidate.text).collect();
        match expected {
            "*" => assert!(texts.len() > 100, "everything can begin an expression"),
            _ => assert_eq!((at, texts.join(" ").as_str()), (begin, expected), "{text}"),
        }
    }
}

#[test]
fn a_long_evaluation_can_be_stopped_and_the_next_goes_on() {
    let engine = Engine::builder().build().unwrap();
    let console = engine.check("").console(&Inputs::new(), &State::default()).unwrap();
    let cancel = Cancel::new();
    cancel.cancel();
    let long = "sum([for a in range(1000) : sum([for b in range(1000) : a * b])])";
    let answer = console.evaluate(long, &cancel);
    assert_eq!(answer.report[0].code.name(), "cancelled");
    assert_eq!(console.evaluate("1 + 1", &Cancel::new()).value.unwrap().to_string(), "2");
}
