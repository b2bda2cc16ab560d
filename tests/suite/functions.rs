//! Functions through the whole language, beside results recorded from Terraform.
//!
//! `functions/observed.txt` has an expression a line, with its result as JSON or `!` for an error. Behind `~` stand
//! those where Terraform differs, with the reason why prov does.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use prov::Engine;
use prov::base::effects::Limits;
use prov::lang::eval::{Context, NoLookup, eval};
use prov::lang::functions::all;
use prov::world::files::MemoryFiles;

const RECORD: &str = include_str!("functions/observed.txt");

struct Case {
    source: &'static str,
    result: &'static str,
    differs: Option<&'static str>,
}

fn cases() -> Vec<Case> {
    let lines = RECORD.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let split = |line: &'static str, differs| {
        let (source, result) = line.split_once(" ⇒ ").unwrap_or_else(|| panic!("no result: {line}"));
        Case { source, result, differs }
    };
    lines
        .map(|line| match line.strip_prefix("~ ") {
            Some(rest) => {
                let (line, reason) = rest.split_once(" ## ").expect("a difference has a reason");
                split(line, Some(reason))
            }
            None => split(line, None),
        })
        .collect()
}

/// What an expression of a root module in `mod` is: its value as it shows, or the first error.
async fn evaluate(source: &str) -> Result<String, String> {
    let files = MemoryFiles::new([
        ("mod/main.prov", format!("locals {{\n  x = {source}\n}}\n").as_bytes()),
        ("mod/hello.txt", b"hello\n"),
        ("mod/image.bin", &[0xff, 0xfe]),
        ("mod/servers.tpl", b"%{ for s in servers ~}\nserver ${s}\n%{ endfor ~}\n"),
        ("mod/sub/a.txt", b"a"),
        ("mod/sub/deep/b.txt", b"b"),
    ]);
    let engine = Engine::builder().files(files.clone()).build().expect("no providers, no failures");
    let account = engine.check("mod");
    if let Some(error) = account.diagnostics().iter().find(|diagnostic| diagnostic.is_error()) {
        return Err(error.message.clone());
    }
    let program = account.program().expect("it was loaded");
    let limits = Limits::default();
    let context = Context::new(&files, &limits, program, "mod");
    let root = program.root();
    eval(root, root.locals["x"].value, &NoLookup, &context)
        .map(|value| value.to_string())
        .map_err(|e| e.message)
}

async fn as_json(source: &str) -> String {
    match evaluate(&format!("jsonencode({source})")).await {
        // It shows as a quoted string of the language.
        Ok(text) => unquote(&text),
        Err(_) => "!".to_owned(),
    }
}

fn unquote(text: &str) -> String {
    serde_json::from_str(&text.replace("$${", "${").replace("%%{", "%{"))
        .unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[tokio::test]
async fn examples_give_what_they_say() {
    let mut wrong = BTreeMap::new();
    for (source, result) in all().flat_map(|function| function.examples) {
        let found = evaluate(source).await.unwrap_or_else(|message| format!("! {message}"));
        if found != *result {
            wrong.insert(source, found);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn results_are_as_recorded() {
    let mut wrong = Vec::new();
    for case in cases() {
        let found = as_json(case.source).await;
        if found != case.result {
            wrong.push(format!("{}\n  recorded {}\n  found    {found}", case.source, case.result));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Compares the record with Terraform itself: `cargo test --test suite terraform -- --ignored`.
#[test]
#[ignore = "needs terraform on the path"]
fn the_record_is_what_terraform_gives() {
    let directory = tempfile::tempdir().unwrap();
    let cases = cases();
    let tried = cases.iter().map(|case| format!("try(jsonencode({}), \"!\"),\n", case.source));
    let module = format!("locals {{\n  all = [\n{}]\n}}\n", tried.collect::<String>());
    std::fs::write(directory.path().join("main.tf"), module).unwrap();
    let mut console = Command::new("terraform")
        .arg("console")
        .current_dir(&directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("terraform can't be started, so nothing was compared: {error}"));
    console.stdin.take().unwrap().write_all(b"base64encode(jsonencode(local.all))\n").unwrap();
    let output = console.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let decoded = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, text.trim().trim_matches('"'))
        .unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
    let theirs: Vec<String> = serde_json::from_slice(&decoded).unwrap();
    assert_eq!(theirs.len(), cases.len());
    for (case, theirs) in cases.iter().zip(theirs) {
        let same = theirs == case.result;
        assert_eq!(same, case.differs.is_none(), "{} is {theirs} in Terraform", case.source);
    }
}

/// The errors of a module before anything runs.
async fn errors(source: &str) -> Vec<String> {
    let files = MemoryFiles::new([("mod/main.prov", source)]);
    let engine = Engine::builder().files(files).build().unwrap();
    let account = engine.check("mod");
    let errors = account.diagnostics().iter().filter(|diagnostic| diagnostic.is_error());
    errors.map(|diagnostic| diagnostic.message.clone()).collect()
}

#[tokio::test]
async fn a_call_of_constants_that_fails_is_reported_before_anything_runs() {
    for (call, message) in [
        (r#"cidrsubnet("10.0.0.0/8", 40, 1)"#, "is too many: a /8 can't be longer by 40 bits"),
        (r#"regex("(", "a")"#, "is not a regular expression"),
        (r#"file("nope.txt")"#, "can't be read: it does not exist"),
        (r#"format("%d", "x")"#, "must be a whole number for `%d`"),
        (r#"lookup({ zone = "a" }, "zones")"#, "there is no attribute `zones`"),
    ] {
        let errors = errors(&format!("output \"x\" {{\n  value = {call}\n}}\n")).await;
        assert_eq!(errors.len(), 1, "{call}: {errors:?}");
        assert!(errors[0].contains(message), "{call}: {errors:?}");
    }
}

#[tokio::test]
async fn a_call_that_may_succeed_is_not_reported() {
    for value in [
        r#"[for n in [1, 2] : cidrsubnet("10.0.0.0/8", 8, n)]"#,
        r#"try(tonumber("x"), 0)"#,
        r#"can(file("nope.txt"))"#,
        r#"{ for k, v in { a = "1" } : k => tonumber(v) }"#,
        r#"regex("(\\w+)@(\\w+)", "x@y")[1]"#,
        r#"twice(2)"#,
    ] {
        let source =
            format!("fn twice(n: int) -> number = pow(n, 2)\noutput \"x\" {{\n  value = {value}\n}}\n");
        assert_eq!(errors(&source).await, Vec::<String>::new(), "{value}");
    }
}

#[tokio::test]
async fn locals_that_double_end() {
    let mut source = "locals {\n  a0 = [\"x\"]\n".to_owned();
    for at in 1..31 {
        source.push_str(
            &format!("  a{at} = [a{0}, a{0}]\n", at - 1)
                .replace("[a", "[local.a")
                .replace(", a", ", local.a"),
        );
    }
    source.push_str("  n = length(local.a30)\n}\noutput \"n\" {\n  value = local.n\n}\n");
    let started = std::time::Instant::now();
    assert_eq!(errors(&source).await, ["this has a type of more than 262144 parts"]);
    assert!(started.elapsed().as_secs() < 20);
}
