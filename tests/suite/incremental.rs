//! A workspace that is edited says at every moment exactly what a check from the beginning says, in the same order.
//!
//! `PROV_EDITS=5000` makes so many edits instead of 150.

use std::collections::BTreeMap;
use std::path::Path;

use prov::Engine;
use prov::base::source::Sources;
use prov::pipeline::Workspace;
use prov::world::files::MemoryFiles;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::support::lab::block;

#[allow(dead_code)]
#[path = "../../benches/support/workspaces.rs"]
mod workspaces;

/// Texts by path, and the directory of the account.
struct Project {
    name: &'static str,
    root: &'static str,
    files: BTreeMap<String, String>,
}

impl Project {
    /// What is stored in these directories of the repository.
    fn stored(name: &'static str, root: &'static str, directories: &[&str]) -> Self {
        let mut files = BTreeMap::new();
        for directory in directories {
            read(&mut files, directory);
        }
        Self { name, root, files }
    }

    fn generated(name: &'static str, files: workspaces::Files) -> Self {
        let files = files.into_iter().map(|(path, text)| (format!("a/{path}.prov"), text)).collect();
        Self { name, root: "a", files }
    }

    fn written(name: &'static str, files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| (format!("a/{path}"), (*text).to_owned())).collect();
        Self { name, root: "a", files }
    }

    async fn engine(&self) -> Engine {
        engine(MemoryFiles::new(self.files.iter().map(|(path, text)| (path.clone(), text.clone()))))
    }
}

fn engine(files: MemoryFiles) -> Engine {
    let mut builder = Engine::builder().files(files);
    for provider in prov::world::registry::providers(Path::new("no-such-directory")) {
        builder = builder.provider(provider);
    }
    builder.build().unwrap()
}

fn read(files: &mut BTreeMap<String, String>, directory: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(root.join(directory)).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{directory}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(files, &name);
        } else if name.ends_with(".prov") {
            files.insert(name, std::fs::read_to_string(entry.path()).unwrap());
        }
    }
}

/// A small account with everything that one declaration can do to another.
const TANGLED: &[(&str, &str)] = &[
    (
        "main.prov",
        r#"use "./lib" { Port, double }

variable "zone" {
  type    = string
  default = "a"
}

variable "port" {
  type = Port
}

variable "sizes" {
  type = list(object({ name = string, size = optional(int(1..10), 3) }))
  default = [{ name = "a" }]
}

locals {
  limit  = 8
  ports  = [double(4), local.limit, var.port]
  scaled = { for s in var.sizes : s.name => s.size * local.limit }
  first  = local.ports[0]
  object = { port = local.limit, name = var.zone }
  names  = split(",", file("names.txt"))
  hello  = templatefile("hello.tftpl", { zone = var.zone, limit = local.limit })
  texts  = fileset(".", "*.txt")
}

module "one" {
  source = "./child"
  port   = local.limit
  name   = terraform_data.first.id
}

module "many" {
  source   = "./child"
  for_each = toset(["x", "y"])
  port     = each.key == "x" ? 1 : local.first
  name     = module.one.name
}

output "ports" {
  value = { one = module.one.port, many = [for m in module.many : m.port], hello = local.hello }
}

output "second_name" {
  value = "${local.names[1]} of ${length(local.texts)}"
}
"#,
    ),
    (
        "more.prov",
        r#"resource "terraform_data" "first" {
  input = local.object
}

resource "terraform_data" "second" {
  count = local.limit > 4 ? 2 : 0
  input = "${terraform_data.first.id}-${count.index}"
  lifecycle {
    precondition {
      condition     = local.object.port > 2
      error_message = "too small: ${local.scaled["a"]}"
    }
  }
}

resource "terraform_data" "third" {
  for_each = local.scaled
  input    = [each.value, terraform_data.second[0].output, module.many["x"].port]
}

output "third" {
  value = terraform_data.third["a"].id
}

moved {
  from = module.one.terraform_data.old
  to   = module.one.terraform_data.inner
}
"#,
    ),
    (
        "child/main.prov",
        r#"use "../lib" { Port }

variable "port" {
  type = Port
}

variable "name" {
  type = string
}

locals {
  shown = "${var.name}:${var.port}"
  greet = templatefile("${path.module}/hello.tftpl", { name = "x" })
}

output "port" {
  value = var.port + 1
}

output "name" {
  value = "${local.shown} ${local.greet}"
}

resource "terraform_data" "inner" {
  input = local.shown
}
"#,
    ),
    ("names.txt", "ada,grace\n"),
    ("hello.tftpl", "zone ${zone}\n%{ if limit > 4 }many%{ else }few%{ endif }\n"),
    ("child/hello.tftpl", "${name}: ${upper(name)}\n"),
    (
        "lib/main.prov",
        r#"type Port = int(1..65535)

fn double(x: number) -> number = x * 2
"#,
    ),
];

/// Text that somebody may type anywhere.
const TYPED: [&str; 24] = [
    "x",
    "1",
    "\"",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\n",
    " ",
    "=",
    ".",
    "${",
    "#",
    "/*",
    "*/",
    "<<EOT\n",
    "/// docs\n",
    "null",
    "var.zone",
    "local.limit",
    "locals {\n  extra = 1\n}\n",
    "terraform_data.first",
];

/// A text after one edit at a random place.
fn edited(text: &str, random: &mut SmallRng) -> String {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let place = |random: &mut SmallRng| places[random.random_range(0..places.len())];
    match random.random_range(0..10) {
        // A key.
        0..4 => {
            let at = place(random);
            format!("{}{}{}", &text[..at], TYPED[random.random_range(0..TYPED.len())], &text[at..])
        }
        // Backspace.
        4..6 => {
            let at = random.random_range(0..places.len().max(2) - 1);
            let end = places.get(at + 1).copied().unwrap_or(text.len());
            format!("{}{}", &text[..places[at.min(places.len() - 1)]], &text[end..])
        }
        // A word becomes another one of the same file: names, types, numbers.
        6..8 => {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let words: Vec<&str> = text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
            if words.is_empty() {
                return text.to_owned();
            }
            let mut pick = || words[random.random_range(0..words.len())];
            let (old, new) = (pick(), pick());
            let at = old.as_ptr() as usize - text.as_ptr() as usize;
            format!("{}{new}{}", &text[..at], &text[at + old.len()..])
        }
        // A paragraph goes, or comes twice.
        choice => {
            let mut paragraphs: Vec<&str> = text.split("\n\n").collect();
            let at = random.random_range(0..paragraphs.len());
            match choice {
                8 => drop(paragraphs.remove(at)),
                _ => paragraphs.insert(at, paragraphs[random.random_range(0..paragraphs.len())]),
            }
            paragraphs.join("\n\n")
        }
    }
}

/// After an edit of which files there are: one comes, goes or gets another name, or a directory does.
fn moved(files: &BTreeMap<String, String>, random: &mut SmallRng) -> BTreeMap<String, String> {
    let mut files = files.clone();
    let path = files.keys().nth(random.random_range(0..files.len())).unwrap().clone();
    let (directory, name) = path.rsplit_once('/').unwrap();
    match random.random_range(0..4) {
        0 => drop(files.remove(&path)),
        1 => {
            let text = files.remove(&path).unwrap();
            files.insert(format!("{directory}/x{name}"), text);
        }
        2 => drop(files.insert(format!("{directory}/y{name}"), files[&path].clone())),
        _ => {
            let (below, other) = (format!("{directory}/"), format!("{directory}z/"));
            files = files.into_iter().map(|(path, text)| (path.replacen(&below, &other, 1), text)).collect();
        }
    }
    files
}

/// Puts these files in the place of those that were there.
fn become_these(
    workspace: &mut Workspace,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) {
    before.keys().filter(|path| !after.contains_key(*path)).for_each(|path| workspace.close(path));
    for (path, text) in after.iter().filter(|(path, text)| before.get(*path) != Some(*text)) {
        workspace.edit(path, text.as_str());
    }
}

fn same(workspace: &mut Workspace, name: &str, what: &str) {
    let report = workspace.check().clone();
    let whole = workspace.account();
    // Templates are met in any order, and their earlier texts are kept.
    let texts = |sources: &Sources| -> Vec<_> {
        let read = sources.iter().filter(|file| !file.id.is_late());
        read.map(|file| (file.path.clone(), file.text.clone())).collect()
    };
    assert_eq!(texts(&report.sources), texts(whole.sources()), "{name}: sources after {what}");
    let mut said = report.diagnostics.clone();
    for span in said.iter_mut().flat_map(|d| d.spans_mut()).filter(|span| span.file.is_late()) {
        let file = report.sources.get(span.file);
        let same =
            whole.sources().iter().find(|other| (&other.path, &other.text) == (&file.path, &file.text));
        span.file = same.unwrap_or(file).id;
    }
    assert_eq!(said, whole.diagnostics(), "{name}: after {what}");
}

#[test]
fn an_edit_leads_to_what_a_check_from_the_beginning_says() {
    let edits: u64 = std::env::var("PROV_EDITS").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    let projects = [
        Project::written("tangled", TANGLED),
        Project::generated("one module", workspaces::one_module_in_files_of(24, 6, 60)),
        Project::generated("estate", workspaces::estate(5, 4)),
        Project::generated("modules", workspaces::many_modules(4, 6)),
        Project::stored("staging", "accounts/staging", &["accounts/staging"]),
        Project::stored("production", "accounts/production", &["accounts/production"]),
        Project::stored("fleet", "examples/fleet", &["examples/fleet"]),
    ];
    // Small ones show as much, and more of it in the same time.
    let weights = [40, 20, 15, 10, 5, 5, 5];
    block(async {
        for (project, weight) in projects.iter().zip(weights) {
            let mut random = SmallRng::seed_from_u64(edits);
            let engine = engine(MemoryFiles::default());
            let mut workspace = engine.workspace(project.root);
            let mut files = BTreeMap::new();
            for number in 0..edits * weight / 100 {
                // Now and then all is well again.
                if number == 0 || random.random_range(0..6) == 0 {
                    become_these(&mut workspace, &files, &project.files);
                    files = project.files.clone();
                    same(&mut workspace, project.name, "mending all");
                }
                if random.random_range(0..12) == 0 {
                    let after = moved(&files, &mut random);
                    become_these(&mut workspace, &files, &after);
                    files = after;
                    let paths: Vec<_> = files.keys().collect();
                    same(&mut workspace, project.name, &format!("move {number} to {paths:?}"));
                    continue;
                }
                let path = files.keys().nth(random.random_range(0..files.len())).unwrap().clone();
                let text = edited(&files[&path], &mut random);
                workspace.edit(&path, text.as_str());
                same(&mut workspace, project.name, &format!("edit {number} of {path}:\n{text}"));
                files.insert(path, text);
            }
        }
    });
}

#[test]
fn files_come_and_go() {
    let project = Project::written("tangled", TANGLED);
    block(async {
        let engine = project.engine().await;
        let mut workspace = engine.workspace(project.root);
        same(&mut workspace, "tangled", "nothing");
        workspace.edit("a/new.prov", "output \"new\" {\n  value = local.limit\n}\n");
        same(&mut workspace, "tangled", "a new file");
        assert_eq!(workspace.check().sources.iter().filter(|file| &*file.path == "a/new.prov").count(), 1);
        workspace.edit("a/other/main.prov", "output \"x\" {\n  value = nothing\n}\n");
        same(&mut workspace, "tangled", "a module nobody calls");
        workspace.edit("a/new.prov", "module \"other\" {\n  source = \"./other\"\n}\n");
        same(&mut workspace, "tangled", "a call of it");
        assert!(workspace.check().diagnostics.iter().any(|d| d.message.contains("`nothing`")));
        workspace.close("a/new.prov");
        same(&mut workspace, "tangled", "closing the new file");
        workspace.refresh();
        same(&mut workspace, "tangled", "reading all again");
    });
}

/// Reads a list, a number, a template and what files there are.
const READING: &[(&str, &str)] = &[
    (
        "main.prov",
        r#"locals {
  names = split(",", file("names.txt"))
  limit = tonumber(file("limit.txt"))
}

module "child" {
  source = "./child"
  zone   = local.names[0]
}

output "all" {
  value = {
    texts    = tonumber(length(fileset(".", "*.txt")) == 2 ? "2" : "many")
    limit    = local.limit
    greeting = module.child.greeting
  }
}
"#,
    ),
    ("names.txt", "ada,grace"),
    ("limit.txt", "4"),
    (
        "child/main.prov",
        r#"variable "zone" {
  type = string
}

output "greeting" {
  value = templatefile("hello.tftpl", { zone = var.zone })
}
"#,
    ),
    ("child/hello.tftpl", "zone ${zone}\n"),
];

#[test]
fn files_that_are_read_count() {
    let engine = engine(MemoryFiles::default());
    let mut workspace = engine.workspace("a");
    become_these(&mut workspace, &BTreeMap::new(), &Project::written("reading", READING).files);
    assert_eq!(workspace.check().diagnostics, []);
    let mut after = |path: &str, text: &str| -> Vec<&'static str> {
        workspace.edit(path, text);
        same(&mut workspace, "reading", path);
        workspace.check().diagnostics.iter().map(|d| d.code.name()).collect()
    };
    assert_eq!(after("a/limit.txt", "many"), ["conversion-failed"]);
    assert_eq!(after("a/child/hello.tftpl", "${zome}"), ["conversion-failed", "undefined-reference"]);
    assert_eq!(after("a/limit.txt", "5"), ["undefined-reference"]);
    assert_eq!(after("a/child/hello.tftpl", "${upper("), ["unclosed-delimiter"]);
    assert_eq!(after("a/more.txt", "found by its name"), ["conversion-failed", "unclosed-delimiter"]);
    assert_eq!(after("a/child/hello.tftpl", "${zone}"), ["conversion-failed"]);
    workspace.close("a/more.txt");
    assert_eq!(workspace.check().diagnostics, []);
}
