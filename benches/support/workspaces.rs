//! Large workspaces, the same text for prov and for Terraform: `terraform_data` and modules, nothing that needs a
//! provider to be installed.

use std::fmt::Write;

/// Files by path, without their endings; `main` of the empty directory belongs to the root module.
pub type Files = Vec<(String, String)>;

/// No file is longer, in lines.
pub const LINES: usize = 2_000;
/// Lines of one resource, with the empty one behind it.
pub const RESOURCE_LINES: usize = 11;

/// One module of so many resources, eleven lines each, in files of at most [`LINES`] lines. Each resource refers to
/// two locals and two variables, and to the one before it, in chains of `chain`.
pub fn one_module(resources: usize, chain: usize) -> Files {
    one_module_in_files_of(resources, chain, LINES)
}

/// The same with another size of files.
pub fn one_module_in_files_of(resources: usize, chain: usize, lines: usize) -> Files {
    let per_file = (lines / RESOURCE_LINES).max(1);
    let groups = resources.div_ceil(200);
    let mut head = String::new();
    for at in 0..groups {
        let _ = write!(
            head,
            "variable \"zone_{at}\" {{\n  type    = string\n  default = \"zone-{}\"\n}}\n\n\
             locals {{\n  team_{at} = \"team-{at}\"\n  tier_{at} = \"${{var.zone_{at}}}-backend\"\n}}\n\n",
            at % 3,
        );
    }
    let mut files = vec![("main".to_owned(), head)];
    for first in (0..resources).step_by(per_file) {
        let mut text = String::new();
        for at in first..(first + per_file).min(resources) {
            resource(&mut text, at, chain);
        }
        files.push((format!("part_{:05}", first / per_file), text));
    }
    files
}

fn resource(text: &mut String, at: usize, chain: usize) {
    let group = at / 200;
    let parent = match at % chain {
        0 => format!("var.zone_{group}"),
        _ => format!("terraform_data.r{:05}.id", at - 1),
    };
    let _ = write!(
        text,
        "resource \"terraform_data\" \"r{at:05}\" {{\n\
         \x20 input = {{\n\
         \x20   name   = \"service-{at}-${{var.zone_{group}}}\"\n\
         \x20   port   = {port} + 1\n\
         \x20   team   = local.team_{group}\n\
         \x20   tier   = local.tier_{group}\n\
         \x20   parent = {parent}\n\
         \x20   labels = [\"a{at}\", upper(\"b\")]\n\
         \x20 }}\n\
         }}\n\n",
        port = 1024 + at % 1000,
    );
}

/// A root that calls so many modules, each with so many variables of several types, half of them with defaults, and a
/// resource and an output.
pub fn many_modules(modules: usize, variables: usize) -> Files {
    let mut files = Files::new();
    let mut root = String::new();
    for module in 0..modules {
        let mut inside = String::new();
        let _ = write!(root, "module \"m{module:04}\" {{\n  source = \"./modules/m{module:04}\"\n");
        for at in 0..variables {
            let (ty, value) = match at % 5 {
                0 => ("string", format!("\"v{at}\"")),
                1 => ("number", at.to_string()),
                2 => ("bool", "true".to_owned()),
                3 => ("list(string)", format!("[\"a\", \"b{at}\"]")),
                _ => ("map(string)", format!("{{ a = \"x\", b = \"y{at}\" }}")),
            };
            let _ = write!(inside, "variable \"v{at:02}\" {{\n  type = {ty}\n");
            match at % 2 {
                0 => {
                    let _ = writeln!(inside, "  default = {value}");
                }
                _ => {
                    let _ = writeln!(root, "  v{at:02} = {value}");
                }
            }
            inside.push_str("}\n\n");
        }
        let used: Vec<String> = (0..variables).map(|at| format!("var.v{at:02}")).collect();
        let _ = write!(
            inside,
            "resource \"terraform_data\" \"this\" {{\n  input = [{}]\n}}\n\n\
             output \"id\" {{\n  value = terraform_data.this.id\n}}\n",
            used.join(", ")
        );
        root.push_str("}\n\n");
        files.push((format!("modules/m{module:04}/main"), inside));
    }
    push_root(&mut files, &root);
    files
}

/// A root that calls so many modules of so many resources each; each module takes an output of the one before it, in
/// chains of ten.
pub fn estate(modules: usize, resources: usize) -> Files {
    let mut files = Files::new();
    let mut root = String::new();
    for module in 0..modules {
        let parent = match module % 10 {
            0 => "\"root\"".to_owned(),
            _ => format!("module.m{:04}.last", module - 1),
        };
        let _ = write!(
            root,
            "module \"m{module:04}\" {{\n  source = \"./modules/m{module:04}\"\n  region = \"eu-{}\"\n  parent = {parent}\n  size   = {}\n}}\n\n",
            module % 4,
            1 + module % 9,
        );
        let mut inside = String::from(
            "variable \"region\" {\n  type = string\n}\n\nvariable \"parent\" {\n  type = string\n}\n\n\
             variable \"size\" {\n  type    = number\n  default = 3\n}\n\n\
             locals {\n  prefix = \"${var.region}-${var.parent}\"\n}\n\n",
        );
        for at in 0..resources {
            let before = match at {
                0 => "var.parent".to_owned(),
                _ => format!("terraform_data.r{:02}.id", at - 1),
            };
            let _ = write!(
                inside,
                "resource \"terraform_data\" \"r{at:02}\" {{\n\
                 \x20 input = {{\n\
                 \x20   name   = \"${{local.prefix}}-{at}\"\n\
                 \x20   size   = var.size + {at}\n\
                 \x20   before = {before}\n\
                 \x20   labels = {{ module = \"m{module}\", index = \"{at}\" }}\n\
                 \x20 }}\n\
                 }}\n\n",
            );
        }
        let _ = write!(
            inside,
            "output \"last\" {{\n  value = terraform_data.r{:02}.id\n}}\n",
            resources.saturating_sub(1)
        );
        files.push((format!("modules/m{module:04}/main"), inside));
    }
    push_root(&mut files, &root);
    files
}

/// The root module, cut between blocks into files of at most [`LINES`] lines.
fn push_root(files: &mut Files, root: &str) {
    let mut part = String::new();
    let mut parts = 0;
    for block in root.split_inclusive("\n}\n") {
        if part.lines().count() + block.lines().count() > LINES {
            files.push((format!("calls_{parts:03}"), std::mem::take(&mut part)));
            parts += 1;
        }
        part.push_str(block);
    }
    files.push((format!("calls_{parts:03}"), part));
}

/// How many lines all files have together.
pub fn lines(files: &Files) -> usize {
    files.iter().map(|(_, text)| text.lines().count()).sum()
}
