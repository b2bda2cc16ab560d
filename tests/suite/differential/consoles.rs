//! The two sides: what prov and what Terraform make of an expression, over the same variables and files.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine as _;
use prov::engine::state::State;
use prov::pipeline::console::Console;
use prov::world::files::MemoryFiles;
use prov::{Cancel, Engine, Inputs};

use super::generator::Forms;

/// The files beside the module.
const FILES: [(&str, &[u8]); 5] = [
    ("hello.txt", b"hello\n"),
    ("image.bin", &[0xff, 0xfe]),
    ("servers.tpl", b"%{ for s in servers ~}\nserver ${s}\n%{ endfor ~}\n"),
    ("sub/a.txt", b"a"),
    ("sub/deep/b.txt", b"b"),
];

/// Expressions Terraform is given at a time.
const BATCH: usize = 4000;

fn variables(forms: &Forms, here: bool) -> String {
    let declare = |(name, ty, default): &(&str, super::generator::Ty, &str)| {
        format!("variable \"{name}\" {{\n  type    = {}\n  default = {default}\n}}\n", ty.written(here))
    };
    forms.variables.iter().map(declare).collect()
}

/// A result as JSON, or why there is none.
pub type Outcome = Result<String, Refusal>;

/// Why prov refuses an expression: the code of the first error, and what it says.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub code: &'static str,
    pub message: String,
}

/// prov's side.
pub struct Ours(Console);

impl Ours {
    pub fn new(forms: &Forms) -> Self {
        let mut files = MemoryFiles::new(FILES);
        files.insert("main.prov", variables(forms, true));
        let engine = Engine::builder().files(files).build().unwrap();
        let console = engine.check("").console(&Inputs::new(), &State::default());
        Self(console.unwrap_or_else(|report| panic!("{report:?}")))
    }

    pub fn evaluate(&self, source: &str) -> Outcome {
        let answer = self.0.evaluate(&call(source), &Cancel::new());
        if let Some(error) = answer.report.diagnostics.iter().find(|diagnostic| diagnostic.is_error()) {
            return Err(Refusal { code: error.code.name(), message: error.message.clone() });
        }
        let value = answer.value.expect("what is not wrong has a value");
        match value.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(Refusal { code: "not-known", message: value.to_string() }),
        }
    }
}

fn call(source: &str) -> String {
    // A heredoc ends with its line.
    let end = if source.ends_with('\n') { "" } else { "\n" };
    if source.contains('\n') {
        format!("jsonencode(\n{source}{end})")
    } else {
        format!("jsonencode({source})")
    }
}

/// Terraform's side.
pub struct Theirs {
    directory: tempfile::TempDir,
    variables: String,
}

impl Theirs {
    /// `None` where it is not installed.
    pub fn new(forms: &Forms) -> Option<Self> {
        Command::new("terraform").arg("version").output().ok()?;
        let directory = tempfile::tempdir().unwrap();
        for (path, content) in FILES {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        Some(Self { directory, variables: variables(forms, false) })
    }

    /// The result of each, as JSON, `!` where it is refused.
    pub fn evaluate(&self, sources: &[&str]) -> Vec<String> {
        sources.chunks(BATCH).flat_map(|sources| self.batch(sources)).collect()
    }

    /// One run over all. Mistakes that are found before anything is evaluated fail it as a whole, so it is halved.
    fn batch(&self, sources: &[&str]) -> Vec<String> {
        if let Some(results) = self.run(sources) {
            return results;
        }
        if let [_] = sources {
            return vec!["!".to_owned()];
        }
        let broken = self.broken(sources);
        if !broken.is_empty() {
            let kept: Vec<_> = (0..sources.len()).filter(|at| !broken.contains(at)).collect();
            let sound: Vec<_> = kept.iter().map(|at| sources[*at]).collect();
            let mut results = vec!["!".to_owned(); sources.len()];
            for (at, result) in kept.into_iter().zip(self.batch(&sound)) {
                results[at] = result;
            }
            return results;
        }
        let (first, second) = sources.split_at(sources.len() / 2);
        [self.batch(first), self.batch(second)].concat()
    }

    /// Those in which `terraform validate` finds a mistake, each in a file of its own.
    fn broken(&self, sources: &[&str]) -> BTreeSet<usize> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("variables.tf"), &self.variables).unwrap();
        for (at, source) in sources.iter().enumerate() {
            let local = format!("locals {{\n  x{at} = try({}, \"!\")\n}}\n", call(source));
            std::fs::write(directory.path().join(format!("x{at}.tf")), local).unwrap();
        }
        let output =
            Command::new("terraform").args(["validate", "-json"]).current_dir(&directory).output().unwrap();
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let all = told["diagnostics"].as_array().cloned().unwrap_or_default();
        let file = |diagnostic: &serde_json::Value| {
            let name = diagnostic["range"]["filename"].as_str()?.strip_prefix('x')?.strip_suffix(".tf")?;
            name.parse().ok()
        };
        all.iter().filter(|told| told["severity"] == "error").filter_map(file).collect()
    }

    fn run(&self, sources: &[&str]) -> Option<Vec<String>> {
        let tried = sources.iter().map(|source| format!("try({}, \"!\"),\n", call(source)));
        let module = format!("{}locals {{\n  all = [\n{}]\n}}\n", self.variables, tried.collect::<String>());
        std::fs::write(self.directory.path().join("main.tf"), module).unwrap();
        let mut console = Command::new("terraform")
            .arg("console")
            .current_dir(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        console.stdin.take().unwrap().write_all(b"base64encode(jsonencode(local.all))\n").unwrap();
        let output = console.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let decoded = base64::prelude::BASE64_STANDARD.decode(text.trim().trim_matches('"')).ok()?;
        let results: Vec<String> = serde_json::from_slice(&decoded).ok()?;
        assert_eq!(results.len(), sources.len());
        Some(results)
    }

    /// The functions it has, with how many arguments each takes.
    pub fn functions(&self) -> BTreeMap<String, serde_json::Value> {
        let output = Command::new("terraform").args(["metadata", "functions", "-json"]).output().unwrap();
        let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let all = all["function_signatures"].as_object().unwrap();
        all.iter().map(|(name, signature)| (name.clone(), signature.clone())).collect()
    }
}
