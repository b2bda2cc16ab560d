//! Expressions over large values: prov's evaluator beside that of `hcl-rs` on the same text in the same run, and beside
//! `serde_json`, `jq` and `terraform console` where they do the same.
//!
//! `cargo bench --bench evaluate`
#![allow(clippy::print_stdout, clippy::disallowed_methods, missing_docs)]

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hcl::eval::{Context as HclContext, Evaluate};
use prov::Engine;
use prov::base::Text;
use prov::base::address::InstanceKey;
use prov::base::effects::Limits;
use prov::base::value::Value;
use prov::lang::eval::{Context, EvalError, Lookup, NoLookup, eval};
use prov::world::files::MemoryFiles;
use serde_json::{Value as Json, json};

const COUNT: usize = 100_000;
const ROUNDS: usize = 7;

/// What it is called, the expression, and whether `hcl-rs`, which has no functions, evaluates it too.
const CASES: &[(&str, &str, bool)] = &[
    ("for, a list", "[for n in var.numbers : n * 2 + 1 if n % 3 == 0]", true),
    ("for, an object", "{ for i, word in var.words : word => i }", true),
    ("for, grouped", "{ for i, word in var.words : i % 100 => word... }", true),
    ("for in for", "[for row in var.rows : [for n in row : n + 1]]", true),
    ("templates", "[for i, word in var.words : \"${i}: ${word}, ${i % 2 == 0 ? \"even\" : \"odd\"}\"]", true),
    ("one long template", "\"%{ for word in var.words }${word},\\n%{ endfor }\"", true),
    ("deep objects", "[for object in var.objects : object.a.b.c.d.e + object.f[1]]", true),
    ("splat", "var.objects[*].a.b.c", true),
    ("jsonencode", "jsonencode(var.objects)", false),
    ("jsondecode", "jsondecode(var.json)", false),
    ("regex", "[for word in var.words : regex(\"^([a-z]+)-(\\\\d+)$\", word)[1]]", false),
    (
        "replace, upper, split",
        "[for word in var.words : split(\"-\", upper(replace(word, \"o\", \"0\")))]",
        false,
    ),
    ("format", "[for i, word in var.words : format(\"%s-%05d\", word, i)]", false),
    ("sort", "sort(reverse(var.words))", false),
    ("distinct", "distinct(concat(var.words, var.words))", false),
    ("merge", "merge(var.map, { for word in var.words : word => 1 })", false),
    ("flatten", "flatten(var.rows)", false),
    ("toset, setunion", "setunion(var.words, [for word in var.words : upper(word)])", false),
    ("sha256", "[for word in var.words : sha256(word)]", false),
    ("a function of the module", "[for n in var.numbers : twice(n)]", false),
];

/// A module around an expression, quoted where it is a template.
fn module(expression: &str) -> String {
    let expression = written(expression);
    format!(
        "variable \"numbers\" {{ type = list(int) }}
variable \"words\" {{ type = list(string) }}
variable \"rows\" {{ type = list(list(int)) }}
variable \"objects\" {{ type = any }}
variable \"map\" {{ type = map(int) }}
variable \"json\" {{ type = string }}
fn twice(n: int) -> int = n * 2
output \"x\" {{ value = {expression} }}
"
    )
}

fn written(expression: &str) -> String {
    match expression.starts_with("%{") {
        true => format!("<<E\n{expression}\nE\n"),
        false => expression.to_owned(),
    }
}

/// The variables by name.
struct Given(Vec<(&'static str, Json)>);

impl Given {
    fn new() -> Self {
        let words: Vec<_> = (0..COUNT).map(|n| format!("core-{}", n * 7919 % 1_000_003)).collect();
        let rows: Vec<Vec<usize>> = (0..COUNT / 100).map(|n| (n..n + 100).collect()).collect();
        let objects: Vec<_> = (0..COUNT / 4)
            .map(|n| {
                json!({
                    "a": { "b": { "c": { "d": { "e": n } }, "name": format!("object {n}") } },
                    "f": [n, n + 1, true, null],
                    "tags": { "team": "core", "on": n % 2 == 0 },
                })
            })
            .collect();
        let map: serde_json::Map<_, _> = words.iter().map(|word| (format!("{word}-x"), json!(1))).collect();
        let text = serde_json::to_string(&objects).expect("objects are JSON");
        Self(vec![
            ("numbers", json!((0..COUNT).collect::<Vec<_>>())),
            ("words", json!(words)),
            ("rows", json!(rows)),
            ("objects", json!(objects)),
            ("map", Json::Object(map)),
            ("json", json!(text)),
        ])
    }

    fn get(&self, name: &str) -> &Json {
        &self.0.iter().find(|(other, _)| *other == name).expect("the variable is there").1
    }
}

/// Variables have values, nothing else has.
struct Variables(Vec<Value>);

impl Lookup for Variables {
    fn variable(&self, index: u32) -> Result<Value, EvalError> {
        Ok(self.0[index as usize].clone())
    }
    fn local(&self, index: u32) -> Result<Value, EvalError> {
        NoLookup.local(index)
    }
    fn resource(&self, index: u32) -> Result<Value, EvalError> {
        NoLookup.resource(index)
    }
    fn resource_instance(&self, index: u32, key: &InstanceKey) -> Result<Option<Value>, EvalError> {
        NoLookup.resource_instance(index, key)
    }
    fn call(&self, index: u32) -> Result<Value, EvalError> {
        NoLookup.call(index)
    }
    fn call_output(
        &self,
        index: u32,
        key: Option<&InstanceKey>,
        output: &Text,
    ) -> Result<Option<Value>, EvalError> {
        NoLookup.call_output(index, key, output)
    }
}

fn main() {
    let given = Given::new();
    let limits = Limits { steps: 1 << 40, heap_bytes: 4 << 30, output_bytes: 1 << 30, ..Limits::default() };
    let variables = Variables(given.0.iter().map(|(_, json)| value(json)).collect());
    let mut hcl_context = HclContext::new();
    let all: hcl::Map<String, hcl::Value> =
        given.0.iter().map(|(name, json)| ((*name).to_owned(), hcl_value(json))).collect();
    hcl_context.declare_var("var", hcl::Value::Object(all));

    println!("{:<26} {:>10} {:>10} {:>8}", "", "prov", "hcl-rs", "×");
    for (name, expression, both) in CASES {
        let files = MemoryFiles::new([("main.prov", module(expression))]);
        let account = Engine::builder().files(files.clone()).build().expect("no providers").check("");
        let errors: Vec<_> = account.diagnostics().iter().filter(|d| d.is_error()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let program = account.program().expect("it was loaded");
        let root = program.root();
        let context = Context::new(&files, &limits, program, "");
        let work = || eval(root, root.outputs["x"].value, &variables, &context).expect("it has a value");
        let parsed: Option<hcl::Expression> = both.then(|| written(expression).parse().expect("it is HCL"));
        if let Some(parsed) = &parsed {
            let theirs = parsed.evaluate(&hcl_context).expect("it has a value");
            let theirs = serde_json::to_value(&theirs).expect("a value is JSON");
            assert!(value(&theirs) == work(), "{name}: the two differ");
        }
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(timed(|| drop(black_box(work()))));
            if let Some(parsed) = &parsed {
                theirs.push(timed(|| drop(black_box(parsed.evaluate(&hcl_context)))));
            }
        }
        let ours = median(ours);
        match theirs.is_empty() {
            true => println!("{name:<26} {:>7.1} ms", milliseconds(ours)),
            false => {
                let theirs = median(theirs);
                let (ours, theirs) = (milliseconds(ours), milliseconds(theirs));
                println!("{name:<26} {ours:>7.1} ms {theirs:>7.1} ms {:>7.2}", theirs / ours);
            }
        }
    }
    json_beside_serde(&given);
    whole_processes(&given);
}

/// Bare reading and writing of the same JSON, into a tree of its own.
fn json_beside_serde(given: &Given) {
    let text = given.get("json").as_str().expect("it is a text");
    let objects = given.get("objects");
    let bytes = text.len();
    let read: Vec<_> =
        (0..ROUNDS).map(|_| timed(|| drop(black_box(serde_json::from_str::<Json>(text))))).collect();
    let write: Vec<_> =
        (0..ROUNDS).map(|_| timed(|| drop(black_box(serde_json::to_string(objects))))).collect();
    println!("\n{:.1} MB of JSON by serde_json alone:", bytes as f64 / 1e6);
    println!("{:<26} {:>7.1} ms", "write", milliseconds(median(write)));
    println!("{:<26} {:>7.1} ms", "read", milliseconds(median(read)));
}

/// The same by programs that have to be started, less their start.
fn whole_processes(given: &Given) {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, json) in &given.0 {
        std::fs::write(directory.path().join(format!("{name}.json")), json.to_string()).expect("a file");
    }
    println!("\nwhole processes, less the start of each and the reading of the same file:");
    let jq = |program: &str, file: &str| {
        process(Command::new("jq").current_dir(&directory).args(["-c", program, file]))
    };
    if Command::new("jq").arg("--version").output().is_ok() {
        for (name, program, file) in [
            ("for, a list", "[.[] | select(. % 3 == 0) | . * 2 + 1]", "numbers.json"),
            ("for, an object", "[to_entries[] | {key: .value, value: .key}] | from_entries", "words.json"),
            ("sort", "reverse | sort", "words.json"),
            ("regex", "[.[] | capture(\"^(?<a>[a-z]+)-(?<b>[0-9]+)$\").b]", "words.json"),
        ] {
            let took = jq(program, file).saturating_sub(jq("length", file));
            println!("{:<26} {:>7.1} ms", format!("jq: {name}"), milliseconds(took));
        }
    }
    let terraform = |expression: &str| {
        let loaded = "jsondecode(file(\"${path.module}/NAME.json\"))";
        let locals: String = given
            .0
            .iter()
            .map(|(name, _)| format!("  {name} = {}\n", loaded.replace("NAME", name)))
            .collect();
        let text = format!(
            "locals {{\n{locals}  x = length(jsonencode({}))\n}}\n",
            expression.replace("var.", "local.")
        );
        std::fs::write(directory.path().join("main.tf"), text).expect("a file");
        std::fs::write(directory.path().join("in"), "local.x\n").expect("a file");
        let start = || {
            let input = std::fs::File::open(directory.path().join("in")).expect("a file");
            let mut command = Command::new("terraform");
            command.current_dir(&directory).arg("console").stdin(input);
            timed_process(&mut command)
        };
        median((0..3).map(|_| start()).collect())
    };
    if Command::new("terraform").arg("version").output().is_ok() {
        for (name, expression, _) in CASES {
            let used = given.0.iter().map(|(name, _)| format!("var.{name}"));
            let used: Vec<_> = used.filter(|name| expression.contains(name.as_str())).collect();
            if expression.starts_with("%{") || expression.contains("twice") {
                continue;
            }
            let bare = terraform(&format!("[{}]", used.join(", ")));
            let took = terraform(expression).saturating_sub(bare);
            println!("{:<26} {:>7.1} ms", format!("terraform: {name}"), milliseconds(took));
        }
    }
}

/// A value of the language from JSON.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::NULL,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => {
            let number: prov::base::number::Number = number.to_string().parse().expect("JSON has numbers");
            number.into()
        }
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => items.iter().map(value).collect::<Vec<_>>().into(),
        Json::Object(map) => Value::map(map.iter().map(|(key, json)| (key.as_str(), value(json)))),
    }
}

/// A value of `hcl-rs` from JSON. Its own conversion makes objects of numbers, as these keep all their digits.
fn hcl_value(json: &Json) -> hcl::Value {
    match json {
        Json::Null => hcl::Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => number.as_u64().expect("there are small whole numbers only").into(),
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => hcl::Value::Array(items.iter().map(hcl_value).collect()),
        Json::Object(map) => {
            hcl::Value::Object(map.iter().map(|(key, json)| (key.clone(), hcl_value(json))).collect())
        }
    }
}

/// The median of three runs of a program.
fn process(command: &mut Command) -> Duration {
    median((0..3).map(|_| timed_process(command)).collect())
}

fn timed_process(command: &mut Command) -> Duration {
    timed(|| drop(command.stdout(Stdio::null()).stderr(Stdio::null()).status()))
}

fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
