//! The command line as people and scripts use it: the built binary in a directory of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;

/// An account that needs no other side.
const GREETING: &str = r#"
variable "name" {
  type    = string(length = 1..20)
  default = "world"
}

resource "random_pet" "visitor" {
  length = 2
}

resource "terraform_data" "greeting" {
  input = "Hello, ${var.name}, from ${random_pet.visitor.id}"
}

output "greeting" {
  value = terraform_data.greeting.output
}

output "name" {
  value = var.name
}
"#;

pub(crate) struct Project {
    home: tempfile::TempDir,
}

impl Project {
    pub(crate) fn new(text: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("main.prov"), text).unwrap();
        fs::write(home.path().join(".prov-root"), "").unwrap();
        Self { home }
    }

    pub(crate) fn path(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_prov"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("PROV_") || name.starts_with("CONSUL_") || name.contains("COLOR") {
                command.env_remove(name);
            }
        }
        // Keys of sealed secrets belong in the test's own home.
        command.env("HOME", self.path()).env("XDG_DATA_HOME", self.path().join("data"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn an_account_lives_from_plan_to_destroy() {
    let project = Project::new(GREETING);
    let plan = project.run(&["plan", "-detailed-exitcode"]);
    assert_eq!(code(&plan), 2, "{}", err(&plan));
    assert!(out(&plan).contains("Plan: 2 to create."), "{}", out(&plan));

    let apply = project.run(&["apply", "-auto-approve"]);
    assert_eq!(code(&apply), 0, "{}", err(&apply));
    assert!(out(&apply).contains("Applied: 2 created."), "{}", out(&apply));

    assert_eq!(code(&project.run(&["plan", "--detailed-exitcode"])), 0, "a second plan finds nothing to do");
    assert_eq!(out(&project.run(&["state", "list"])), "random_pet.visitor\nterraform_data.greeting\n");
    assert!(out(&project.run(&["state", "show", "terraform_data.greeting"])).contains("Hello, world"));
    assert_eq!(out(&project.run(&["output", "--raw", "name"])), "world");
    let outputs: Json = serde_json::from_str(&out(&project.run(&["output", "--json"]))).unwrap();
    assert!(outputs["greeting"]["value"].as_str().unwrap().starts_with("Hello, world, from "));
    assert!(out(&project.run(&["show"])).contains("random_pet.visitor"));
    assert!(out(&project.run(&["state", "history"])).contains("apply"));

    let update = project.run(&["apply", "--auto-approve", "-var", "name=moon"]);
    assert!(out(&update).contains("Applied: 1 updated."), "{}", out(&update));
    let destroy = project.run(&["destroy", "--auto-approve"]);
    assert!(out(&destroy).contains("Done: 2 destroyed."), "{}", out(&destroy));
    assert_eq!(out(&project.run(&["state", "list"])), "");
}

#[test]
fn variables_come_from_everywhere_and_the_last_one_wins() {
    let project = Project::new(GREETING);
    let name = |command: &mut Command| {
        let output = command.output().unwrap();
        assert_eq!(code(&output), 0, "{}", err(&output));
        let plan: Json = serde_json::from_str(&out(&output)).unwrap();
        plan["outputs"]["name"]["after"].as_str().unwrap().to_owned()
    };
    let plan = ["plan", "--format", "json"];
    assert_eq!(name(&mut project.command(&plan)), "world");
    assert_eq!(name(project.command(&plan).env("PROV_VAR_name", "env")), "env");
    project.write("prov.provvars", "name = \"fixed\"\n");
    assert_eq!(name(project.command(&plan).env("PROV_VAR_name", "env")), "fixed");
    project.write("b.auto.provvars.json", r#"{"name": "json"}"#);
    assert_eq!(name(&mut project.command(&plan)), "json");
    project.write("more.provvars", "# a file\nname = \"file\"\n");
    let file = ["plan", "--format", "json", "--var", "name=flag", "--var-file", "more.provvars"];
    assert_eq!(name(&mut project.command(&file)), "file");
    let flag = ["plan", "--format", "json", "-var-file=more.provvars", "-var", "name=flag"];
    assert_eq!(name(&mut project.command(&flag)), "flag");
}

#[test]
fn wrong_values_for_variables_are_said() {
    let project = Project::new(GREETING);
    let unknown = project.run(&["plan", "--var", "nme=x"]);
    assert_eq!(code(&unknown), 1);
    assert!(err(&unknown).contains("error[undeclared-variable]"), "{}", err(&unknown));
    assert!(err(&project.run(&["plan", "--var", "name"])).contains("--var name=value"));
    project.write("bad.provvars", "name = upper(\"x\")\n");
    let bad = err(&project.run(&["plan", "--var-file", "bad.provvars"]));
    assert!(bad.contains("plain values only") && bad.contains("bad.provvars:1:8"), "{bad}");
    project.write("bad.json", "[1]");
    assert!(
        err(&project.run(&["plan", "--var-file", "bad.json"])).contains("one object of names and values")
    );
}

#[test]
fn nothing_is_done_without_a_yes() {
    let project = Project::new(GREETING);
    let apply = project.run(&["apply"]);
    assert_eq!(code(&apply), 1);
    assert!(
        err(&apply).contains("error[input-required]") && err(&apply).contains("--auto-approve"),
        "{}",
        err(&apply)
    );
    assert_eq!(out(&project.run(&["state", "list"])), "");
}

#[test]
fn a_saved_plan_is_applied_once() {
    let project = Project::new(GREETING);
    let saved = project.run(&["plan", "-out=first.provplan"]);
    assert_eq!(code(&saved), 0, "{}", err(&saved));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(project.path().join("first.provplan")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "a saved plan holds secrets");
    }
    let shown = project.run(&["show", "first.provplan"]);
    assert!(out(&shown).contains("Plan: 2 to create."), "{} {}", out(&shown), err(&shown));
    let apply = project.run(&["apply", "first.provplan"]);
    assert_eq!(code(&apply), 0, "{}", err(&apply));
    let again = project.run(&["apply", "first.provplan"]);
    assert_eq!(code(&again), 1);
    assert!(err(&again).contains("error[stale-plan]"), "{}", err(&again));
}

#[test]
fn check_says_how_it_went_by_its_exit_status() {
    let good = Project::new(GREETING);
    assert_eq!(code(&good.run(&["check"])), 0);
    assert_eq!(code(&good.run(&["check", "nowhere"])), 2);
    assert_eq!(code(&good.run(&["check", "--nonsense"])), 2);
    assert_eq!(code(&good.run(&["plan", "--nonsense"])), 1);

    let bad = Project::new("resource \"random_pet\" \"x\" {\n  lenght = 2\n}\n");
    let concise = bad.run(&["check", "--format", "concise"]);
    assert_eq!(code(&concise), 1);
    assert!(out(&concise).starts_with("main.prov:2:3: error[unknown-attribute]: "), "{}", out(&concise));
    assert!(out(&concise).lines().count() == 1 && err(&concise).is_empty());
    for format in ["json", "sarif"] {
        serde_json::from_str::<Json>(&out(&bad.run(&["check", "--format", format]))).unwrap();
    }
    assert!(out(&bad.run(&["check", "--diff"])).contains("+  length = 2"));
    let fixed = bad.run(&["check", "--fix"]);
    assert_eq!(code(&fixed), 0, "{}", out(&fixed));
    assert!(fs::read_to_string(bad.path().join("main.prov")).unwrap().contains("length = 2"));
}

#[test]
fn events_are_numbered_lines_of_json_and_nothing_else() {
    let project = Project::new(GREETING);
    let apply = project.run(&["apply", "-json", "-auto-approve"]);
    assert_eq!(code(&apply), 0, "{}", err(&apply));
    let events: Vec<Json> = out(&apply).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (at, event) in events.iter().enumerate() {
        assert_eq!((event["v"].as_u64(), event["seq"].as_u64()), (Some(1), Some(at as u64)));
        assert!(event["time"].as_str().unwrap().ends_with('Z') && event["type"].is_string());
    }
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    for kind in ["plan", "apply_started", "step_started", "step_finished", "finished"] {
        assert!(kinds.contains(&kind), "{kind} is missing from {kinds:?}");
    }
    assert_eq!(events.last().unwrap()["complete"], true);
}

#[test]
fn colour_is_decided_by_flag_then_environment() {
    let project = Project::new("locals { a = }\n");
    let coloured = |command: &mut Command| out(&command.output().unwrap()).contains('\u{1b}');
    assert!(!coloured(&mut project.command(&["check"])), "a pipe gets no colour");
    assert!(coloured(project.command(&["check"]).env("FORCE_COLOR", "1")));
    assert!(!coloured(project.command(&["check"]).env("FORCE_COLOR", "1").env("NO_COLOR", "1")));
    assert!(coloured(project.command(&["check", "--color", "always"]).env("NO_COLOR", "1")));
    assert!(!coloured(project.command(&["check", "-no-color"]).env("FORCE_COLOR", "1")));
}

#[test]
fn the_sandbox_ends_as_its_command_ends() {
    let project = Project::new("");
    let asked = project.run(&["dev", "--", env!("CARGO_BIN_EXE_prov"), "consul", "/v1/status/leader"]);
    assert_eq!(code(&asked), 0, "{}", err(&asked));
    assert!(out(&asked).starts_with('"'));
    assert!(err(&asked).contains("sandbox"));
    assert_eq!(code(&project.run(&["dev", "--", "sh", "-c", "exit 7"])), 7);
    assert_eq!(code(&project.run(&["dev", "--", "/no/such/program"])), 1);
}

#[test]
fn misspelt_words_are_recognised() {
    let project = Project::new(GREETING);
    assert!(err(&project.run(&["aply"])).contains("'apply'"));
    assert!(err(&project.run(&["explain", "unknown-atribute"])).contains("unknown-attribute"));
    assert!(err(&project.run(&["functions", "uper"])).contains("upper"));
    project.run(&["apply", "--auto-approve"]);
    assert!(err(&project.run(&["output", "greting"])).contains("greeting"));
    assert!(err(&project.run(&["state", "show", "random_pet.visitr"])).contains("random_pet.visitor"));
}

#[test]
fn state_is_mended_by_hand() {
    let project = Project::new(GREETING);
    project.run(&["apply", "--auto-approve"]);
    let moved = project.run(&["state", "mv", "random_pet.visitor", "random_pet.guest"]);
    assert_eq!(code(&moved), 0, "{}", err(&moved));
    assert!(out(&project.run(&["state", "list"])).contains("random_pet.guest"));
    assert_eq!(code(&project.run(&["state", "mv", "random_pet.guest", "terraform_data.guest"])), 1);
    assert_eq!(code(&project.run(&["state", "rm", "random_pet.guest"])), 0);
    assert_eq!(out(&project.run(&["state", "list"])), "terraform_data.greeting\n");
    let whole: Json = serde_json::from_str(&out(&project.run(&["state", "pull"]))).unwrap();
    assert_eq!(whole["instances"].as_array().unwrap().len(), 1);
}

#[test]
fn a_new_account_is_sound() {
    let project = Project::new("");
    let init = project.run(&["init", "fresh"]);
    assert_eq!(code(&init), 0, "{}", err(&init));
    let check = project.run(&["check", "fresh"]);
    assert_eq!(code(&check), 0, "{}", out(&check));
    assert!(out(&check).contains("nothing wrong"), "{}", out(&check));
    assert_eq!(code(&project.run(&["apply", "--auto-approve", "fresh"])), 0);
    assert_eq!(code(&project.run(&["init", "fresh"])), 1, "nothing is overwritten");
}

#[test]
fn graphs_and_lists_are_printed() {
    let project = Project::new(GREETING);
    assert!(out(&project.run(&["graph"])).starts_with("<svg"));
    assert!(out(&project.run(&["graph", "--format", "dot"])).contains("n0 -> n1"));
    let all: Json =
        serde_json::from_str(&out(&project.run(&["graph", "--format", "json", "--all"]))).unwrap();
    assert!(all["nodes"].as_array().unwrap().iter().any(|node| node["address"] == "var.name"));
    let functions: Json = serde_json::from_str(&out(&project.run(&["functions", "--json"]))).unwrap();
    assert!(functions["functions"].as_array().unwrap().len() > 50);
    let schema: Json = serde_json::from_str(&out(&project.run(&["providers", "schema", "--json"]))).unwrap();
    assert!(schema["providers"]["consul"]["resources"]["consul_service"].is_object());
    assert!(out(&project.run(&["completions", "bash"])).contains("prov"));
    assert_eq!(out(&project.run(&["version"])), concat!("prov ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn sources_are_formatted_shown_or_only_looked_at() {
    let ugly = "locals {\na=1\n  long_name   = 2\n}\n";
    let neat = "locals {\n  a         = 1\n  long_name = 2\n}\n";
    let project = Project::new(ugly);
    let text = || fs::read_to_string(project.path().join("main.prov")).unwrap();
    let check = project.run(&["fmt", "-check"]);
    assert_eq!((code(&check), out(&check).as_str(), text().as_str()), (1, "main.prov\n", ugly));
    let diff = project.run(&["fmt", "--diff"]);
    assert!(out(&diff).contains("+  a         = 1") && text() == ugly, "{}", out(&diff));
    assert_eq!(code(&project.run(&["fmt"])), 0);
    assert_eq!(text(), neat);
    assert_eq!(code(&project.run(&["fmt", "--check"])), 0);
    project.write("main.prov", "locals {");
    let broken = project.run(&["fmt"]);
    assert_eq!(
        (code(&broken), text().as_str()),
        (1, "locals {"),
        "what is not understood is not moved around"
    );
    assert!(err(&broken).contains("main.prov:1:9"), "{}", err(&broken));
}
