//! The shape of the house: who may name whom, a word on every module, files of a size one can read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest a file may be, in lines.
const LONGEST: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(under: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut open = vec![root().join(under)];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

fn nothing(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The code of a file without comments, strings' contents aside: good enough to find paths in.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line.split("//").next().unwrap_or(line)))
}

/// The words behind `crate::` on a line, one level deep: `crate::{base, lang}` names both.
fn named(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let before = line[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &line[at + "crate::".len()..];
        let word = |text: &str| {
            text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
        };
        match rest.strip_prefix('{') {
            Some(list) => out.extend(list.trim_end_matches("};").split(',').map(word)),
            None => out.push(word(rest)),
        }
    }
    out
}

#[test]
fn each_floor_names_only_the_floors_below() {
    // Who may name whom. `main.rs` names host; `lib.rs` joins pipeline and world.
    let allowed: [(&str, &[&str]); 6] = [
        ("src/base/", &["base"]),
        ("src/lang/", &["base", "lang"]),
        ("src/engine/", &["base", "lang", "engine"]),
        ("src/pipeline", &["base", "lang", "engine", "pipeline"]),
        // The contracts of providers and state stores live in engine.
        ("src/world/", &["base", "lang", "engine", "world"]),
        ("src/host/", &["base", "lang", "engine", "pipeline", "world", "host", "Engine"]),
    ];
    let floors = ["base", "lang", "engine", "pipeline", "world", "host", "Engine", "Builder"];
    let mut wrong = Vec::new();
    for (name, text) in rust_files("src") {
        let Some((_, may)) = allowed.iter().find(|(prefix, _)| name.starts_with(prefix)) else { continue };
        for (line, code) in code(&text) {
            for floor in named(code).iter().filter(|word| floors.contains(&word.as_str())) {
                if !may.contains(&floor.as_str()) {
                    wrong.push(format!("{name}:{line}: may not name {floor}"));
                }
            }
        }
    }
    nothing(wrong);
}

#[test]
fn world_sees_only_the_contracts_of_the_engine() {
    let may = ["provider", "state", "plan"];
    let mut wrong = Vec::new();
    for (name, text) in rust_files("src/world") {
        for (line, code) in code(&text) {
            for (at, found) in code.match_indices("crate::engine::") {
                let word: String = code[at + found.len()..]
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if !may.contains(&word.as_str()) && !word.is_empty() {
                    wrong.push(format!("{name}:{line}: may not name engine::{word}"));
                }
            }
        }
    }
    nothing(wrong);
}

#[test]
fn within_lang_each_phase_sees_only_earlier_ones() {
    let order = ["syntax", "load", "functions", "resolve", "eval", "check", "lints", "ide"];
    let place = |word: &str| order.iter().position(|phase| *phase == word);
    let mut wrong = Vec::new();
    for (name, text) in rust_files("src/lang") {
        let phase = name["src/lang/".len()..].split(['/', '.']).next().unwrap();
        let Some(own) = place(phase) else { continue };
        for (line, code) in code(&text) {
            for (at, found) in code.match_indices("crate::lang::") {
                let word: String = code[at + found.len()..]
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if place(&word).is_some_and(|other| other > own) {
                    wrong.push(format!("{name}:{line}: {phase} comes before {word}"));
                }
            }
        }
    }
    nothing(wrong);
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent = |(name, text): (String, String)| {
        let first = text.lines().find(|line| !line.starts_with("#![") && !line.trim().is_empty());
        (!first.is_some_and(|line| line.starts_with("//!"))).then_some(name)
    };
    let all = ["src", "tests"].into_iter().flat_map(rust_files);
    nothing(all.filter_map(silent).collect());
}

#[test]
fn files_are_of_a_size_one_can_read() {
    let long = |(name, text): (String, String)| {
        let lines = text.lines().count();
        (lines > LONGEST).then(|| format!("{name} has {lines} lines, more than {LONGEST}"))
    };
    nothing(rust_files("src").into_iter().chain(rust_files("tests")).filter_map(long).collect());
}

#[test]
fn every_test_file_is_listed() {
    let main = fs::read_to_string(root().join("tests/suite/main.rs")).unwrap();
    let mut wrong = Vec::new();
    for entry in fs::read_dir(root().join("tests/suite")).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap();
        if module != "main" && !main.lines().any(|line| line.trim() == format!("mod {module};")) {
            wrong.push(format!("tests/suite/{module} is not listed in main.rs, so it never runs"));
        }
    }
    nothing(wrong);
}

#[test]
fn only_host_prints() {
    let mut wrong = Vec::new();
    for (name, text) in rust_files("src") {
        if name.starts_with("src/host/") {
            continue;
        }
        for word in ["clippy::print_stdout", "clippy::print_stderr"] {
            if text.contains(word) {
                wrong.push(format!("{name} allows itself {word}"));
            }
        }
    }
    nothing(wrong);
}

#[test]
fn only_world_and_host_have_effects() {
    let mut wrong = Vec::new();
    for (name, text) in rust_files("src") {
        if !["src/world/", "src/host/", "src/main.rs"].iter().any(|prefix| name.starts_with(prefix))
            && text.contains("clippy::disallowed_methods")
        {
            wrong.push(format!("{name} allows itself methods that clippy.toml denies"));
        }
    }
    nothing(wrong);
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let page = |name: &str| root().join(format!("docs/explain/{name}.md"));
    let codes: BTreeSet<&str> = prov::base::codes::ALL.iter().map(|code| code.name()).collect();
    let missing = codes.iter().filter(|name| !page(name).is_file());
    let mut wrong: Vec<String> = missing.map(|name| format!("docs/explain/{name}.md is missing")).collect();
    for entry in fs::read_dir(root().join("docs/explain")).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if !codes.contains(name) {
            wrong.push(format!("docs/explain/{name}.md explains no code"));
        }
    }
    nothing(wrong);
}
