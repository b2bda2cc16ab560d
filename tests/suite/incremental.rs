//! A workspace that is edited says at every moment exactly what a check from the beginning says, in the same order.
//!
//! `PROV_EDITS=5000` makes so many edits instead of 150.

use std::collections::BTreeMap;
use std::path::Path;

use prov::Engine;
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
        let files = MemoryFiles::new(self.files.iter().map(|(path, text)| (path.clone(), text.clone())));
        let mut builder = Engine::builder().files(files);
        for provider in prov::world::registry::providers(Path::new("no-such-directory")) {
            builder = builder.provider(provider);
        }
        builder.build().unwrap()
    }
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
  value = { one = module.one.port, many = [for m in module.many : m.port] }
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
}

output "port" {
  value = var.port + 1
}

output "name" {
  value = local.shown
}

resource "terraform_data" "inner" {
  input = local.shown
}
"#,
    ),
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

fn same(workspace: &mut Workspace, name: &str, what: &str) {
    let report = workspace.check().clone();
    let whole = workspace.account();
    let texts = |sources: &prov::base::source::Sources| -> Vec<_> {
        sources.iter().map(|file| (file.path.clone(), file.text.clone())).collect()
    };
    assert_eq!(texts(&report.sources), texts(whole.sources()), "{name}: sources after {what}");
    assert_eq!(report.diagnostics, whole.diagnostics(), "{name}: after {what}");
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
            let engine = project.engine().await;
            let mut workspace = engine.workspace(project.root);
            let mut files = project.files.clone();
            same(&mut workspace, project.name, "nothing");
            for number in 0..edits * weight / 100 {
                // Now and then all is well again.
                if random.random_range(0..6) == 0 {
                    for (path, text) in &project.files {
                        workspace.edit(path, text.as_str());
                    }
                    files = project.files.clone();
                    same(&mut workspace, project.name, "mending all");
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
