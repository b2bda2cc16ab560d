//! prov as a library: what goes in from Rust, what comes out as Rust, and that nothing a host does breaks it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use async_trait::async_trait;
use prov::base::codes;
use prov::base::diagnostic::Diagnostic;
use prov::base::effects::{Entry, FileError, Files};
use prov::base::schema::ProviderSchema;
use prov::base::types::Type;
use prov::engine::events::Quiet;
use prov::engine::options::PlanOptions;
use prov::engine::provider::{Connection, Provider, ProviderError};
use prov::engine::state::State;
use prov::world::files::MemoryFiles;
use prov::{Cancel, Engine, HostFunction, Inputs, Limits, Report, Serde, Value};
use serde::{Deserialize, Serialize};

use crate::support::fake_provider::Fake;
use crate::support::lab::{Lab, block};

/// Codes and messages.
fn told(report: &[Diagnostic]) -> Vec<String> {
    report.iter().map(|d| format!("{}: {}", d.code.name(), d.message)).collect()
}

fn with(function: HostFunction) -> Engine {
    Engine::builder().function(function).build().unwrap()
}

fn result(engine: &Engine, expression: &str) -> Result<String, String> {
    let source = format!("output \"x\" {{ value = {expression} }}");
    match engine.evaluate(&source, &Inputs::new()) {
        Ok(outputs) => Ok(outputs["x"].to_string()),
        Err(report) => Err(told(&report).join("; ")),
    }
}

#[test]
fn what_is_public_can_be_sent_and_shared() {
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>(_: T) {}
    shared::<Engine>();
    shared::<prov::Builder>();
    shared::<prov::Account>();
    shared::<prov::Planned>();
    shared::<prov::Outputs>();
    shared::<Inputs>();
    shared::<Report>();
    shared::<Value>();
    shared::<Type>();
    shared::<Diagnostic>();
    shared::<HostFunction>();
    shared::<Cancel>();
    shared::<Limits>();
    shared::<State>();
    shared::<prov::engine::plan::Plan>();
    shared::<prov::engine::apply::Applied>();
    shared::<prov::base::source::Sources>();
    shared::<prov::base::schema::Schemas>();
    shared::<Box<dyn Provider>>();
    shared::<Box<dyn Connection>>();
    shared::<Box<dyn Files>>();
    // What is awaited can move between threads too.
    let engine = Engine::builder().files(MemoryFiles::new([("main.prov", "")])).build().unwrap();
    let account = engine.check("");
    sent(async move { account.plan(&Inputs::new(), &State::default()).await.is_ok() });
}

#[derive(Debug, PartialEq, Deserialize)]
struct Database {
    engine: String,
    replicas: u8,
    backup: Option<std::time::Duration>,
    storage: u64,
    zones: Vec<String>,
    tags: BTreeMap<String, String>,
}

#[test]
fn outputs_become_a_struct() {
    let source = r#"
        variable "environment" { type = "staging" | "production" }
        locals { zones = ["a", "b"] }
        output "engine"   { value = "postgres" }
        output "replicas" { value = var.environment == "production" ? length(local.zones) : 0 }
        output "backup"   { value = 36h }
        output "storage"  { value = 20GiB }
        output "zones"    { value = [for z in local.zones : "eu-${z}"] }
        output "tags"     { value = { environment = var.environment } }
    "#;
    let engine = Engine::builder().build().unwrap();
    let inputs = Inputs::new().with("environment", "production");
    let database: Database = engine.evaluate(source, &inputs).unwrap().deserialize().unwrap();
    assert_eq!(
        database,
        Database {
            engine: "postgres".into(),
            replicas: 2,
            backup: Some(std::time::Duration::from_secs(36 * 3600)),
            storage: 20 << 30,
            zones: vec!["eu-a".into(), "eu-b".into()],
            tags: [("environment".into(), "production".into())].into(),
        }
    );
    let wrong = engine.evaluate(source, &Inputs::new().with("environment", "prod")).unwrap_err();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0].code, codes::CONSTRAINT_VIOLATED);
}

#[test]
fn inputs_come_from_a_struct() {
    #[derive(Serialize)]
    struct Wish {
        name: String,
        ports: Vec<u16>,
        owner: Option<String>,
    }
    let source = r#"
        variable "name"  { type = string }
        variable "ports" { type = list(int(1..65535)) }
        variable "owner" {
          type    = string
          default = "nobody"
        }
        output "all" { value = "${var.name} ${join(",", [for p in var.ports : tostring(p)])} ${var.owner}" }
    "#;
    let engine = Engine::builder().build().unwrap();
    let wish = Wish { name: "web".into(), ports: vec![80, 443], owner: None };
    let outputs = engine.evaluate(source, &Inputs::from_serialize(&wish).unwrap()).unwrap();
    assert_eq!(outputs["all"].as_str(), Some("web 80,443 nobody"));
    let zero = Wish { ports: vec![0], ..wish };
    let wrong = engine.evaluate(source, &Inputs::from_serialize(&zero).unwrap()).unwrap_err();
    assert_eq!(wrong[0].code, codes::CONSTRAINT_VIOLATED);
    assert!(Inputs::from_serialize(&7).is_err(), "only what has fields names variables");
}

#[test]
fn an_error_shows_as_lines_with_places() {
    let report = prov::evaluate::<()>("output \"a\" { value = 1 + \"x\" }\noutput \"b\" { value = nope }\n")
        .unwrap_err();
    let text = report.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("main.prov:1:26: error[type-mismatch]: "), "{text}");
    assert!(lines[1].starts_with("main.prov:2:22: error[undefined-reference]: "), "{text}");
    let error: Box<dyn std::error::Error + Send + Sync> = report.into();
    assert_eq!(error.to_string(), text);
    let misfit = prov::evaluate::<BTreeMap<String, u8>>("output \"n\" { value = 300 }").unwrap_err();
    assert!(misfit.to_string().contains("n: 300, and u8 is needed"), "{misfit}");
}

#[test]
fn evaluating_asks_no_provider_and_says_where_one_is_needed() {
    let source =
        "resource \"fake_thing\" \"a\" {\n  name = \"x\"\n}\noutput \"x\" { value = fake_thing.a.name }\n";
    let fake = Fake::default();
    let engine =
        Engine::builder().files(MemoryFiles::new([("main.prov", source)])).provider(fake).build().unwrap();
    let account = engine.check("").into_result().unwrap();
    let report = account.evaluate(&Inputs::new()).unwrap_err();
    assert_eq!(told(&report), ["unknown-too-late: fake_thing.a needs a provider, and nobody is asked here"]);
    assert!(report[0].primary.is_some());
}

#[test]
fn host_functions_state_the_types_of_rust() {
    #[derive(Serialize, Deserialize)]
    enum Tier {
        Small,
        Large,
    }
    #[derive(Serialize, Deserialize)]
    struct Team {
        name: String,
        size: u16,
        tier: Option<Tier>,
    }
    type Signature = (HostFunction, &'static str);
    let all: Vec<Signature> = vec![
        (HostFunction::pure("h::none", || 1_i64), "h::none() -> int"),
        (
            HostFunction::pure("h::text", |a: &str| a.len()),
            "h::text(value: string) -> int(0..18446744073709551615)",
        ),
        (
            HostFunction::pure("h::two", |a: String, b: f64| format!("{a}{b}")),
            "h::two(value1: string, value2: number) -> string",
        ),
        (
            HostFunction::pure("h::lists", |a: Vec<&str>, b: Option<Vec<bool>>| (b.is_some(), a.len()).0)
                .params(["names", "flags"]),
            "h::lists(names: list(string), flags?: list(bool)?) -> bool",
        ),
        (
            HostFunction::pure("h::map", |a: BTreeMap<String, i64>| {
                a.into_iter().map(|(k, v)| (k, v * 2)).collect::<BTreeMap<_, _>>()
            }),
            "h::map(value: map(int)) -> map(int)",
        ),
        (
            HostFunction::pure("h::team", |Serde(team): Serde<Team>| {
                Serde(Team { size: team.size + 1, ..team })
            }),
            "h::team(value: object({ name = string, size = int(0..65535), tier = optional(\"Small\" | \"Large\") })) -> \
             object({ name = string, size = int(0..65535), tier = optional(\"Small\" | \"Large\") })",
        ),
        (HostFunction::pure("h::any", |a: Value| a), "h::any(value: any) -> any"),
        (
            HostFunction::pure("h::fails", |a: i64| if a > 0 { Ok(a) } else { Err("too small") }),
            "h::fails(value: int) -> int",
        ),
    ];
    let mut builder = Engine::builder();
    for (function, signature) in all {
        assert_eq!(function.signature(), signature);
        builder = builder.function(function);
    }
    let engine = builder.build().unwrap();
    assert_eq!(engine.functions().count(), 8);
    for (expression, expected) in [
        ("h::none()", "1"),
        ("h::text(\"abc\")", "3"),
        ("h::two(\"a\", 1.5)", "\"a1.5\""),
        ("h::lists([\"a\"])", "false"),
        ("h::lists([\"a\"], [true])", "true"),
        ("h::lists([\"a\"], null)", "false"),
        ("h::map({ a = 1, b = 2 })", "{ a = 2, b = 4 }"),
        ("h::team({ name = \"x\", size = 7 })", "{ name = \"x\", size = 8, tier = null }"),
        ("h::team({ name = \"x\", size = 7, tier = \"Small\" }).tier", "\"Small\""),
        ("h::any([1, \"a\"])", "[1, \"a\"]"),
        ("h::fails(3) + 1", "4"),
        ("h::text([\"abcd\"]...)", "4"),
        ("try(h::fails(-1), \"instead\")", "\"instead\""),
        ("[for n in [1, 2] : h::fails(n)]", "[1, 2]"),
    ] {
        assert_eq!(result(&engine, expression), Ok(expected.to_owned()), "{expression}");
    }
}

#[test]
fn calls_of_host_functions_are_checked_like_any_other() {
    let engine = Engine::builder()
        .function(HostFunction::pure("acme::cost_center", |team: &str| format!("cc-{team}")).params(["team"]))
        .function(HostFunction::pure("acme::port", |port: u16| port))
        .function(HostFunction::pure("acme::fails", |_: i64| Err::<i64, _>("there is no such thing")))
        .build()
        .unwrap();
    for (expression, code, words) in [
        ("acme::cost_center(7)", codes::TYPE_MISMATCH, "`team` of acme::cost_center()"),
        ("acme::cost_center()", codes::WRONG_ARGUMENT_COUNT, "takes 1 argument, and 0 are given"),
        ("acme::cost_center(\"a\", \"b\")", codes::WRONG_ARGUMENT_COUNT, "takes 1 argument, and 2 are given"),
        ("acme::cost_center(team = \"a\")", codes::WRONG_ARGUMENT_COUNT, "by position"),
        ("acme::cost_centre(\"a\")", codes::UNKNOWN_FUNCTION, "acme::cost_centre"),
        ("acme::cost_center(\"a\") + 1", codes::TYPE_MISMATCH, ""),
        ("acme::port(70000)", codes::CONSTRAINT_VIOLATED, ""),
        ("acme::fails(1)", codes::EVALUATION_FAILED, "acme::fails(): there is no such thing"),
    ] {
        let report =
            engine.evaluate(&format!("output \"x\" {{ value = {expression} }}"), &Inputs::new()).unwrap_err();
        assert_eq!(report[0].code, code, "{expression}: {:?}", told(&report));
        assert!(report[0].message.contains(words), "{expression}: {:?}", told(&report));
        assert!(report[0].primary.is_some());
    }
    let near =
        engine.evaluate("output \"x\" { value = acme::cost_centre(\"a\") }", &Inputs::new()).unwrap_err();
    assert!(near[0].primary.as_ref().unwrap().text.contains("acme::cost_center"), "{near:?}");
}

#[test]
fn names_that_can_t_be_called_or_are_taken_are_refused() {
    let built = Engine::builder()
        .function(HostFunction::pure("upper", |a: String| a))
        .function(HostFunction::pure("acme::1st", || 1_i64))
        .function(HostFunction::pure("acme::a", || 1_i64))
        .function(HostFunction::pure("acme::a", || 2_i64))
        .build();
    let Err(report) = built else { panic!("these can't be called") };
    assert_eq!(
        told(&report),
        [
            "duplicate-definition: upper() is a function of the language",
            "usage: no function can be called \"acme::1st\"",
            "duplicate-definition: the function acme::a is given twice"
        ]
    );
}

#[test]
fn a_panic_of_a_host_function_is_an_error_with_a_place() {
    let engine = with(HostFunction::pure("acme::panics", |n: i64| -> i64 {
        if n > 0 {
            panic!("on purpose")
        }
        n
    }));
    let told = result(&engine, "acme::panics(1)").unwrap_err();
    assert!(told.starts_with("evaluation-failed: acme::panics(): "), "{told}");
    assert_eq!(result(&engine, "acme::panics(0)"), Ok("0".into()), "it goes on working");
    // What it states and what it gives are held against each other.
    let liar =
        HostFunction::of_values("acme::lies", [("n", Type::int())], Type::int(), |_| Ok("text".into()));
    let told = result(&with(liar), "acme::lies(1)").unwrap_err();
    assert!(told.contains("acme::lies() states int as its result"), "{told}");
}

#[test]
fn secrets_and_unknowns_pass_through_host_functions() {
    let engine = Engine::builder()
        .function(HostFunction::pure("acme::twice", |text: &str| text.repeat(2)))
        .function(HostFunction::pure("acme::fails", |text: &str| Err::<String, _>(format!("bad {text}"))))
        .build()
        .unwrap();
    let source = |call: &str| {
        format!(
            "variable \"key\" {{\n  type = secret(string)\n}}\noutput \"x\" {{\n  sensitive = true\n  value = {call}\n}}\n"
        )
    };
    let inputs = Inputs::new().with("key", "hunter2");
    let outputs = engine.evaluate(&source("acme::twice(var.key)"), &inputs).unwrap();
    assert!(outputs["x"].secret);
    assert_eq!(outputs["x"].as_str(), Some("hunter2hunter2"));
    let report = engine.evaluate(&source("acme::fails(var.key)"), &inputs).unwrap_err();
    assert!(!format!("{report} {report:?}").contains("hunter2"), "{report:?}");
}

#[test]
fn impure_functions_run_at_plan_and_once_per_run() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let function = HostFunction::impure("acme::lookup", move |key: &str| {
        counted.fetch_add(1, Ordering::SeqCst);
        format!("{key}-{}", counted.load(Ordering::SeqCst))
    });
    let source = r#"
        output "a" { value = acme::lookup("x") }
        output "b" { value = acme::lookup("x") }
        output "c" { value = acme::lookup("y") }
    "#;
    let files = MemoryFiles::new([("main.prov", source)]);
    let engine = Engine::builder().files(files).function(function.clone()).build().unwrap();
    let account = engine.check("").into_result().unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 0, "a check never runs it");
    let planned = block(account.plan(&Inputs::new(), &State::default())).unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    assert_eq!(planned.outputs()["a"], planned.outputs()["b"]);
    // A saved plan is held to what it showed, without asking again.
    let saved = planned.save().unwrap();
    let loaded = block(engine.load_plan(&saved)).unwrap();
    assert_eq!(loaded.outputs()["c"], planned.outputs()["c"]);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    // Its result is known at plan: too late for what has to be constant.
    let late = "variable \"x\" {\n  type = string\n  default = acme::lookup(\"x\")\n}\noutput \"x\" { value = var.x }\n";
    let report = with(function).evaluate(late, &Inputs::new()).unwrap_err();
    assert!(report[0].message.contains("has to be a constant"), "{report:?}");
}

#[test]
fn running_out_of_a_limit_is_an_error_with_a_place() {
    let small = Limits {
        steps: 1_000,
        total_steps: 100_000,
        heap_bytes: 64 << 10,
        total_bytes: 256 << 10,
        call_depth: 4,
        nesting: 20,
        output_bytes: 1 << 10,
        file_bytes: 4 << 10,
    };
    let text = HostFunction::pure("acme::big", || "x".repeat(10_000));
    let engine = Engine::builder().limits(small).function(text).build().unwrap();
    let deep = "fn a(n: number) -> number = n\nfn b(n: number) -> number = a(n)\nfn c(n: number) -> number = b(n)\n\
                fn d(n: number) -> number = c(n)\nfn e(n: number) -> number = d(n)\noutput \"x\" { value = e(1) }\n";
    let out = |expression: &str| format!("output \"x\" {{ value = {expression} }}\n");
    for (source, code, words) in [
        (out("[for a in range(40) : [for b in range(40) : a * b]]"), codes::LIMIT_EXCEEDED, "1000 steps"),
        (out("[for a in range(200) : range(100)]"), codes::LIMIT_EXCEEDED, "too much memory"),
        (out("join(\"\", [for a in range(300) : \"12345\"])"), codes::LIMIT_EXCEEDED, "1024 bytes"),
        (
            out("\"%{ for a in range(200) }1234567890%{ endfor }\""),
            codes::LIMIT_EXCEEDED,
            "1024 bytes in one string",
        ),
        (out("acme::big()"), codes::LIMIT_EXCEEDED, "1024 bytes in one string"),
        (deep.to_owned(), codes::LIMIT_EXCEEDED, "4 nested function calls"),
        (out(&format!("{}1{}", "[".repeat(30), "]".repeat(30))), codes::NESTING_TOO_DEEP, ""),
        (format!("# {}\n", "x".repeat(5_000)), codes::INPUT_TOO_LARGE, "4096 bytes"),
    ] {
        let report = engine.evaluate(&source, &Inputs::new()).unwrap_err();
        let shown = told(&report);
        assert!(report.iter().any(|d| d.code == code && d.message.contains(words)), "{source}: {shown:?}");
        let limit = report.iter().find(|d| d.code == code).unwrap();
        assert!(limit.primary.is_some() || code == codes::INPUT_TOO_LARGE, "{shown:?}");
    }
    // A few lines that double a value again and again.
    let doubled = |first: &str, last: &str| {
        let lines = (1..40).map(|n| format!("  a{n} = [local.a{}, local.a{}]\n", n - 1, n - 1));
        let lines: String = lines.collect();
        format!("locals {{\n  a0 = {first}\n{lines}}}\noutput \"x\" {{ value = {last} }}\n")
    };
    let report = engine.evaluate(&doubled("1", "length(local.a39)"), &Inputs::new()).unwrap_err();
    let found = report.iter().find(|d| d.code == codes::LIMIT_EXCEEDED);
    assert!(found.is_some_and(|d| d.message.contains("262144 parts")), "{:?}", told(&report));
    let report =
        engine.evaluate(&doubled("jsondecode(\"1\")", "length(local.a39)"), &Inputs::new()).unwrap_err();
    let found = report.iter().find(|d| d.code == codes::LIMIT_EXCEEDED);
    assert!(found.is_some_and(|d| d.primary.is_some()), "{:?}", told(&report));
    // Each value is small enough, and all of them together are not.
    let many: String = (0..20)
        .map(|n| format!("output \"o{n}\" {{ value = [for a in range(30) : [for b in range(15) : b]] }}\n"))
        .collect();
    let report = engine.evaluate(&many, &Inputs::new()).unwrap_err();
    let found = report.iter().find(|d| d.code == codes::LIMIT_EXCEEDED);
    assert!(found.is_some_and(|d| d.message.contains("the whole run")), "{:?}", told(&report));
    // Small ones don't count together.
    let many: String =
        (0..50).map(|n| format!("output \"o{n}\" {{ value = sum([for a in range(90) : a]) }}\n")).collect();
    assert_eq!(engine.evaluate(&many, &Inputs::new()).unwrap().len(), 50);
}

#[test]
fn a_run_takes_only_so_many_steps() {
    let limits = Limits { steps: 50_000, total_steps: 100_000, ..Limits::default() };
    let engine = Engine::builder().limits(limits).build().unwrap();
    let many = |count: usize| -> String {
        let late = "variable \"most\" {\n  type = int\n}\n".to_owned();
        (0..count).fold(late, |text, n| {
            text + &format!("output \"o{n}\" {{ value = length([for a in range(var.most) : [for b in range(1000) : b * {n}]]) }}\n")
        })
    };
    let inputs = || Inputs::new().with("most", 9);
    assert_eq!(engine.evaluate(&many(2), &inputs()).unwrap().len(), 2);
    let report = engine.evaluate(&many(20), &inputs()).unwrap_err();
    let found = report.iter().find(|d| d.code == codes::LIMIT_EXCEEDED).unwrap();
    assert_eq!(found.message, "with this, the evaluations of the whole run need more than 100000 steps");
    assert!(found.primary.is_some());
}

/// Files that ask to stop after so many reads.
struct Stopping {
    files: MemoryFiles,
    cancel: Cancel,
    left: AtomicU64,
}

impl Files for Stopping {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.cancel.cancel();
        }
        self.files.read(path)
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        self.files.list(directory)
    }
}

#[test]
fn a_check_that_is_asked_to_stop_says_that_and_nothing_else() {
    let sources = (0..20).map(|n| (format!("f{n}.prov"), format!("locals {{\n  a{n} = nope\n}}\n")));
    let cancel = Cancel::new();
    let files =
        Stopping { files: MemoryFiles::new(sources), cancel: cancel.clone(), left: AtomicU64::new(5) };
    let engine = Engine::builder().files(files).cancel(cancel).build().unwrap();
    let account = engine.check("");
    assert_eq!(
        told(account.diagnostics()),
        ["cancelled: the check was asked to stop before it was complete"]
    );
    let report = block(account.plan(&Inputs::new(), &State::default())).err().unwrap();
    assert_eq!(report[0].code, codes::CANCELLED);
}

#[test]
fn a_plan_that_is_asked_to_stop_ends_soon() {
    let cancel = Cancel::new();
    let raise = cancel.clone();
    // The first local asks to stop; the second would take millions of steps.
    let stop = HostFunction::impure("test::stop", move || {
        raise.cancel();
        1_i64
    });
    let source = r#"
        locals {
          first  = test::stop()
          second = sum([for a in range(1000) : sum([for b in range(1000) : a * b + local.first])])
        }
        output "x" { value = local.second }
    "#;
    let files = MemoryFiles::new([("main.prov", source)]);
    let engine = Engine::builder().files(files).function(stop).cancel(cancel).build().unwrap();
    let account = engine.check("").into_result().unwrap();
    let report = block(account.plan(&Inputs::new(), &State::default())).err().unwrap();
    assert_eq!(told(&report), ["cancelled: the plan was asked to stop before it was complete"]);
}

/// A provider that panics wherever it is asked to.
struct Panicking(&'static str);

#[async_trait]
impl Provider for Panicking {
    fn name(&self) -> &str {
        "fake"
    }

    fn schema(&self) -> Result<Arc<ProviderSchema>, ProviderError> {
        if self.0 == "schema" {
            panic!("on purpose")
        }
        Fake::default().schema()
    }

    async fn configure(&self, _: Value) -> Result<Arc<dyn Connection>, ProviderError> {
        panic!("on purpose")
    }
}

#[test]
fn a_panic_of_a_provider_does_not_cross_the_face() {
    let Err(report) = Engine::builder().provider(Panicking("schema")).build() else { panic!("it has none") };
    assert_eq!(report[0].code, codes::PROVIDER_CONFIGURATION);
    let source = "resource \"fake_thing\" \"a\" {\n  name = \"x\"\n}\n";
    let files = MemoryFiles::new([("main.prov", source)]);
    let engine = Engine::builder().files(files).provider(Panicking("configure")).build().unwrap();
    let account = engine.check("").into_result().unwrap();
    let report = block(account.plan(&Inputs::new(), &State::default())).err().unwrap();
    assert_eq!(report[0].code, codes::PROVIDER_CONFIGURATION, "{report:?}");
    assert!(report[0].message.contains("panicked") || report[0].notes.iter().any(|n| n.contains("panicked")));
}

#[test]
fn the_fake_provider_is_planned_with_options_as_the_command_line_does() {
    let lab = Lab::new();
    let account = block(lab.engine("resource \"fake_thing\" \"a\" {\n  name = \"x\"\n}\n")).check("");
    let options = PlanOptions { refresh: false, ..PlanOptions::default() };
    let planned = block(account.plan_with(&Inputs::new(), &options, &State::default(), &Quiet)).unwrap();
    assert_eq!(planned.plan().summary().create, 1);
}
