//! Values for variables, from everywhere they can be given: which one wins, how text is read, where mistakes are shown.

use serde_json::{Value as Json, json};

use crate::cli::{Project, err, out};

const ACCOUNT: &str = r#"
variable "name" {
  type    = string
  default = "default"
}
variable "count" {
  type    = int(1..9)
  default = 1
}
variable "zones" {
  type    = list(string)
  default = []
}
variable "net" {
  type    = object({ cidr = string, open = optional(bool, false) })
  default = { cidr = "none" }
}
variable "engine" {
  type    = "postgres" | "mysql"
  default = "mysql"
}
variable "wait" {
  type    = duration
  default = 1s
}
variable "maybe" {
  type    = string?
  default = "set"
}
variable "password" {
  type      = string(length = 8..64)
  sensitive = true
  default   = "12345678"
}
output "all" {
  value = {
    name   = var.name
    count  = var.count
    zones  = var.zones
    net    = var.net
    engine = var.engine
    wait   = var.wait
    maybe  = var.maybe
  }
}
output "password" {
  sensitive = true
  value     = var.password
}
"#;

/// The values a plan sees.
fn seen(project: &Project, arguments: &[&str], environment: &[(&str, &str)]) -> Json {
    let mut command = project.command(&[&["plan", "--format", "json"], arguments].concat());
    command.envs(environment.iter().copied());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", err(&output));
    let plan: Json = serde_json::from_str(&out(&output)).unwrap();
    plan["outputs"]["all"]["after"].clone()
}

fn refused(project: &Project, arguments: &[&str]) -> String {
    let output = project.run(&[&["plan"], arguments].concat());
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", out(&output));
    err(&output)
}

#[test]
fn each_step_wins_over_the_one_before() {
    let project = Project::new(ACCOUNT);
    let env = [("PROV_VAR_name", "env")];
    let name = |arguments: &[&str]| seen(&project, arguments, &env)["name"].clone();
    assert_eq!(seen(&project, &[], &[])["name"], "default");
    assert_eq!(name(&[]), "env");
    project.write("prov.provvars", "name = \"fixed\"\n");
    assert_eq!(name(&[]), "fixed");
    project.write("prov.provvars.json", r#"{"name": "fixed json"}"#);
    assert_eq!(name(&[]), "fixed json");
    project.write("b.auto.provvars", "name = \"b\"\n");
    assert_eq!(name(&[]), "b");
    project.write("a.auto.provvars", "name = \"a\"\n");
    assert_eq!(name(&[]), "b", "by name, not by age");
    project.write("c.auto.provvars.json", r#"{"name": "c"}"#);
    assert_eq!(name(&[]), "c", "both forms in one order");
    project.write("one.provvars", "name = \"one\"\n");
    project.write("two.provvars.json", r#"{"name": "two"}"#);
    assert_eq!(name(&["--var-file", "one.provvars"]), "one");
    assert_eq!(name(&["--var-file", "one.provvars", "--var-file", "two.provvars.json"]), "two");
    assert_eq!(name(&["--var-file=two.provvars.json", "--var", "name=flag"]), "flag");
    assert_eq!(name(&["-var", "name=flag", "-var-file=one.provvars"]), "one");
    assert_eq!(name(&["--var", "name=first", "--var", "name=last"]), "last");
    // What a file does not say is left to what came before.
    project.write("two.provvars.json", r#"{"count": 7}"#);
    let both = seen(&project, &["--var-file", "two.provvars.json"], &env);
    assert_eq!((&both["name"], &both["count"]), (&json!("c"), &json!(7)));
}

#[test]
fn text_is_read_as_the_declared_type() {
    let project = Project::new(ACCOUNT);
    for (variable, text, expected) in [
        ("name", "5", json!("5")),
        ("name", "", json!("")),
        ("name", "a=b \"c\" ${d}", json!("a=b \"c\" ${d}")),
        ("count", "3", json!(3)),
        ("zones", "[\"a\", \"b\"]", json!(["a", "b"])),
        ("zones", "[]", json!([])),
        ("net", "{ cidr = \"x\" }", json!({ "cidr": "x", "open": false })),
        ("net", "{\"cidr\": \"x\", \"open\": true}", json!({ "cidr": "x", "open": true })),
        ("engine", "postgres", json!("postgres")),
        ("wait", "90s", json!("90s")),
        ("maybe", "null", Json::Null),
        ("maybe", "x", json!("x")),
    ] {
        let flag = seen(&project, &["--var", &format!("{variable}={text}")], &[]);
        assert_eq!(flag[variable], expected, "--var {variable}={text}");
        let env = seen(&project, &[], &[(&format!("PROV_VAR_{variable}"), text)]);
        assert_eq!(env[variable], expected, "PROV_VAR_{variable}={text}");
    }
    // Files say what they mean, and no text becomes a number there.
    project.write("a.auto.provvars", "zones = [\"a\"]\nnet = { cidr = \"x\" }\nwait = 2m\n");
    project.write("b.auto.provvars.json", "{\"count\": 4, \"maybe\": null, \"engine\": \"postgres\"}");
    let all = seen(&project, &[], &[]);
    assert_eq!(
        all,
        json!({ "name": "default", "count": 4, "zones": ["a"], "net": { "cidr": "x", "open": false },
            "engine": "postgres", "wait": "2m", "maybe": null })
    );
}

#[test]
fn what_is_wrong_is_shown_where_it_is_written() {
    let project = Project::new(ACCOUNT);
    for (file, text, words) in [
        (
            "x.provvars",
            "\ncuont = 3\n",
            &["x.provvars:2:1", "did you mean `count`?", "error[undeclared-variable]"][..],
        ),
        (
            "x.provvars",
            "name = 5\n",
            &["x.provvars:1:8", "error[type-mismatch]", "this is 5", "name is declared here"],
        ),
        ("x.provvars", "count = 12\n", &["x.provvars:1:9", "error[constraint-violated]", "at most 9"]),
        ("x.provvars", "net = { cdir = \"x\" }\n", &["x.provvars:1:7", "cidr"]),
        ("x.provvars", "name = \"a\"\nname = \"b\"\n", &["x.provvars:2:1", "set twice", "first set here"]),
        ("x.provvars", "name = upper(\"a\")\n", &["x.provvars:1:8", "plain values only"]),
        ("x.provvars", "name = \n", &["x.provvars:1:", "error[syntax-error]"]),
        ("x.provvars", "variable \"a\" {}\n", &["x.provvars:1:1", "holds no blocks"]),
        ("x.json", "{\n  \"cuont\": 3\n}\n", &["x.json:2:4", "did you mean `count`?"]),
        ("x.json", "{\"count\": 12}\n", &["x.json:1:11", "at most 9"]),
        ("x.json", "{\"count\": 1, \"count\": 2}\n", &["x.json:1:15", "set twice"]),
        ("x.json", "{\"count\": }\n", &["x.json:1:11", "one object of names and values"]),
        ("x.json", "[1]\n", &["x.json:1:", "one object of names and values"]),
    ] {
        project.write(file, text);
        let told = refused(&project, &["--var-file", file]);
        for word in words {
            assert!(told.contains(word), "{text:?} lacks {word:?}: {told}");
        }
        std::fs::remove_file(project.path().join(file)).unwrap();
    }
    for (arguments, words) in [
        (
            &["--var", "cuont=3"][..],
            &["there is no variable cuont, and --var sets it", "did you mean count?"][..],
        ),
        (&["--var", "nothing_like_it=3"], &["declare it: variable \"nothing_like_it\""]),
        (&["--var", "count=many"], &["<--var count>:1:1", "a plain value is needed", "int(1..9)"]),
        (&["--var", "count=12"], &["error[constraint-violated]", "--var"]),
        (&["--var", "zones=[1,"], &["<--var zones>:1:4", "`[` is never closed"]),
        (&["--var", "zones=a"], &["<--var zones>", "--var 'zones=[\"a\", \"b\"]'"]),
        (&["--var", "count"], &["write --var name=value"]),
        (&["--var-file", "nowhere.provvars"], &["error[file-unreadable]", "nowhere.provvars"]),
    ] {
        let told = refused(&project, arguments);
        for word in words {
            assert!(told.contains(word), "{arguments:?} lacks {word:?}: {told}");
        }
    }
}

#[test]
fn the_environment_may_name_what_nobody_declares() {
    let project = Project::new(ACCOUNT);
    assert_eq!(seen(&project, &[], &[("PROV_VAR_other", "x"), ("PROV_VAR_cuont", "3")])["count"], 1);
    let mut wrong = project.command(&["plan"]);
    let told = err(&wrong.env("PROV_VAR_count", "many").output().unwrap());
    assert!(told.contains("<PROV_VAR_count>:1:1"), "{told}");
}

#[test]
fn secrets_in_variable_files_are_never_shown() {
    let project = Project::new(ACCOUNT);
    // Beside a mistake, misspelt, and wrong themselves.
    let text = "password = \"hunter2-hunter2\"\ncuont    = 3\npasswrod = \"topsecret-topsecret\"\n";
    project.write("x.provvars", text);
    let told = refused(&project, &["--var-file", "x.provvars"]);
    assert!(told.contains("x.provvars:2:1") && told.contains("x.provvars:3:1"), "{told}");
    assert!(!told.contains("hunter2") && !told.contains("topsecret"), "{told}");
    project.write("x.provvars", "password = \"short\"\n");
    let told = refused(&project, &["--var-file", "x.provvars"]);
    assert!(!told.contains("short\"") && told.contains("x.provvars:1"), "{told}");
    let told = refused(&project, &["--var", "password=tiny"]);
    assert!(!told.contains("tiny"), "{told}");
    project.write("x.json", "{\"password\": \"hunter2-hunter2\", \"cuont\": 3}");
    let told = refused(&project, &["--var-file", "x.json"]);
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_validation_that_fails_shows_where_the_value_comes_from() {
    let source = "variable \"name\" {\n  type = string\n  validation {\n    condition     = var.name != \"x\"\n    \
                  error_message = \"not x\"\n  }\n}\noutput \"n\" { value = var.name }\n";
    let project = Project::new(source);
    project.write("prov.provvars", "name = \"x\"\n");
    let told = refused(&project, &[]);
    assert!(told.contains("error[validation-failed]") && told.contains("prov.provvars:1:8"), "{told}");
    let missing = Project::new(source);
    let told = refused(&missing, &[]);
    assert!(told.contains("error[input-required]") && told.contains("--var name=…"), "{told}");
}
