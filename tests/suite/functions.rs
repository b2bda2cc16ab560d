//! Functions through the whole language: their examples, and what is said of calls before anything runs.

use std::collections::BTreeMap;

use prov::Engine;
use prov::base::effects::Limits;
use prov::lang::eval::{Context, NoLookup, eval};
use prov::lang::functions::all;
use prov::world::files::MemoryFiles;

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

/// The reference of functions, and where it lies.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/functions.md");

/// `PROV_BLESS=1` or `make reference` writes it.
#[test]
fn the_page_is_what_the_functions_say() {
    let page = prov::host::render::functions::markdown();
    if std::env::var_os("PROV_BLESS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    assert!(std::fs::read_to_string(PAGE).unwrap() == page, "docs/functions.md: run `make reference`");
}

#[tokio::test]
async fn the_examples_of_the_page_give_what_it_says() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (mut wrong, mut counted) = (Vec::new(), 0);
    for line in page.lines() {
        let Some((call, gives)) = line.split_once("  # => ") else { continue };
        counted += 1;
        let found = evaluate(call.trim_end()).await.unwrap_or_else(|message| format!("! {message}"));
        if found != gives {
            wrong.push(format!("{call}: the page says {gives}, and it is {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counted >= all().filter(|function| !function.examples.is_empty()).count());
}

/// What `prov functions --json` consists of.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // what is not looked at has to be there all the same
struct Document {
    version: u32,
    functions: Vec<Entry>,
    left_out: Vec<LeftOut>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Entry {
    name: String,
    family: String,
    signature: String,
    parameters: Vec<Parameter>,
    variadic: Option<Parameter>,
    returns: String,
    least_arguments: usize,
    most_arguments: Option<usize>,
    known_at_apply_only: bool,
    docs: String,
    examples: Vec<Example>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Parameter {
    name: String,
    #[serde(rename = "type")]
    ty: String,
    optional: bool,
    nullable: bool,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Example {
    call: String,
    gives: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftOut {
    name: String,
    reason: String,
}

#[test]
fn the_json_has_this_shape() {
    let text = prov::host::render::functions::json(None);
    let document: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(document.version, 1);
    assert_eq!(document.functions.len(), all().count());
    for entry in &document.functions {
        let required = entry.parameters.iter().filter(|parameter| !parameter.optional).count();
        assert!(entry.least_arguments >= required, "{}", entry.name);
        assert_eq!(entry.variadic.is_none(), entry.most_arguments.is_some(), "{}", entry.name);
        assert!(entry.docs.ends_with(['.', '|']), "{}: {}", entry.name, entry.docs);
    }
    assert!(document.left_out.iter().all(|left| !left.name.is_empty() && !left.reason.is_empty()));
    let one = prov::host::render::functions::json(prov::lang::functions::find("upper"));
    let one: Document = serde_json::from_str(&one).unwrap();
    assert_eq!(one.functions.len(), 1);
}

/// What OpenTofu lists, without what it has twice.
const OF_OPENTOFU: &str = "abs abspath alltrue anytrue base64decode base64encode base64gunzip base64gzip base64sha256 \
    base64sha512 basename bcrypt can ceil chomp chunklist cidrcontains cidrhost cidrnetmask cidrsubnet cidrsubnets coalesce \
    coalescelist compact concat contains csvdecode dirname distinct element endswith ephemeralasnull file filebase64 \
    filebase64sha256 filebase64sha512 fileexists filemd5 fileset filesha1 filesha256 filesha512 flatten floor format \
    formatdate formatlist indent index issensitive join jsondecode jsonencode keys length list log lookup lower map \
    matchkeys max md5 merge min nonsensitive one parseint pathexpand plantimestamp pow range regex regexall replace reverse \
    rsadecrypt sensitive setintersection setproduct setsubtract setunion sha1 sha256 sha512 signum slice sort split \
    startswith strcontains strrev substr sum templatefile templatestring textdecodebase64 textencodebase64 timeadd timecmp \
    timestamp title tobool tolist tomap tonumber toset tostring transpose trim trimprefix trimspace trimsuffix try type upper \
    urldecode urlencode uuid uuidv5 values yamldecode yamlencode zipmap provider::terraform::decode_tfvars \
    provider::terraform::encode_expr provider::terraform::encode_tfvars";

#[test]
fn each_function_of_opentofu_is_there_or_left_out_with_a_reason() {
    use prov::lang::functions::{excluded, find, qualified};
    let there = |name: &str| find(qualified(name).unwrap_or(name)).is_some();
    let names = OF_OPENTOFU.split_whitespace();
    let missing: Vec<_> = names.filter(|name| there(name) == excluded(name).is_some()).collect();
    assert!(missing.is_empty(), "neither or both: {missing:?}");
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
