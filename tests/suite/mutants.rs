//! Mutation test of the checker: in every file of the standard library, the accounts and the examples a token is
//! deleted, duplicated, swapped with the next or misspelt. Never a panic; few reports; the first one near.
//!
//! `PROV_MUTANTS=5000` makes so many instead of 300 and prints figures.

#![allow(clippy::print_stderr)] // figures, when they are asked for

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use prov::Engine;
use prov::base::diagnostic::Diagnostic;
use prov::base::lines::LineIndex;
use prov::world::files::MemoryFiles;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// The files of the project by path, and the roots that are checked with each.
struct Project {
    files: BTreeMap<String, String>,
}

fn read(project: &mut Project, root: &Path, directory: &str) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(root.join(directory)).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let name = format!("{directory}/{}", entry.file_name().unwrap().to_string_lossy());
        if entry.is_dir() {
            read(project, root, &name);
        } else if name.ends_with(".prov") {
            project.files.insert(name, std::fs::read_to_string(entry).unwrap());
        }
    }
}

impl Project {
    fn load() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut project = Self { files: BTreeMap::new() };
        for directory in ["accounts", "examples", "stdlib/aws", "stdlib/consul", "stdlib/platform"] {
            read(&mut project, root, directory);
        }
        project
    }

    /// The directory to check so that this file is part of what is checked.
    fn root_of(&self, file: &str) -> String {
        match file.split('/').next() {
            Some("accounts") => file.rsplit_once('/').unwrap().0.to_owned(),
            Some("examples") => file.split('/').take(2).collect::<Vec<_>>().join("/"),
            _ => file.rsplit_once('/').unwrap().0.to_owned(),
        }
    }
}

/// Byte ranges of the tokens of a text: words, numbers, strings without their insides split, single marks.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'#' => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
                continue;
            }
            c if c.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            c if c.is_ascii_alphanumeric() || c == b'_' => {
                while at < bytes.len()
                    && (bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'_' | b'-'))
                {
                    at += 1;
                }
            }
            _ => {
                at += 1;
                while !text.is_char_boundary(at) {
                    at += 1;
                }
            }
        }
        tokens.push((start, at));
    }
    tokens
}

/// The mutant and the byte it was made at.
fn mutate(text: &str, random: &mut SmallRng) -> Option<(String, usize, &'static str)> {
    let tokens = tokens(text);
    if tokens.len() < 2 {
        return None;
    }
    let pick = random.random_range(0..tokens.len() - 1);
    let (start, end) = tokens[pick];
    let token = &text[start..end];
    let (next_start, next_end) = tokens[pick + 1];
    let next = &text[next_start..next_end];
    let (mutant, what) = match random.random_range(0..4) {
        0 => (format!("{}{}", &text[..start], &text[end..]), "delete"),
        1 => (format!("{}{token}{}", &text[..end], &text[end..]), "duplicate"),
        2 => (
            format!("{}{next}{}{token}{}", &text[..start], &text[end..next_start], &text[next_end..]),
            "swap",
        ),
        _ => {
            let mut letters: Vec<char> = token.chars().collect();
            if letters.len() < 3 {
                return None;
            }
            let at = random.random_range(0..letters.len() - 1);
            letters.swap(at, at + 1);
            (format!("{}{}{}", &text[..start], letters.iter().collect::<String>(), &text[end..]), "misspell")
        }
    };
    (mutant != text).then_some((mutant, start, what))
}

async fn engine(files: &BTreeMap<String, String>) -> Engine {
    let files = MemoryFiles::new(files.iter().map(|(path, text)| (path.clone(), text.as_bytes().to_vec())));
    let scratch = Path::new("no-such-directory");
    let mut builder = Engine::builder().files(files);
    for provider in prov::world::registry::providers(scratch) {
        builder = builder.provider(provider);
    }
    builder.build().unwrap()
}

/// Lines between the mutation and the first report of the mutated file.
fn distance(
    diagnostics: &[&Diagnostic],
    sources: &prov::base::source::Sources,
    path: &str,
    at: usize,
    text: &str,
) -> Option<u32> {
    let lines = LineIndex::new(text);
    let mutated = lines.line(at as u32);
    diagnostics
        .iter()
        .flat_map(|d| d.primary.iter().chain(&d.labels))
        .filter(|label| &*sources.get(label.span.file).path == path)
        .map(|label| {
            let first = lines.line(label.span.start);
            let last = lines.line(label.span.end.min(text.len() as u32));
            if (first..=last).contains(&mutated) {
                0
            } else {
                first.abs_diff(mutated).min(last.abs_diff(mutated))
            }
        })
        .min()
}

#[test]
fn mutants_are_found_near_and_few() {
    let wanted: usize = std::env::var("PROV_MUTANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    let verbose = std::env::var_os("PROV_MUTANTS").is_some();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let project = Project::load();
    let mut random = SmallRng::seed_from_u64(2);
    let names: Vec<&String> = project.files.keys().collect();
    let (mut made, mut silent, mut near, mut reported, mut many) = (0, 0, 0, 0, 0);
    let mut slowest = Duration::ZERO;
    let shared = Arc::new(runtime.block_on(engine(&project.files)));
    for name in &names {
        let account = shared.check(&project.root_of(name));
        assert!(!account.has_errors(), "{name}: {:?}", account.diagnostics());
    }
    while made < wanted {
        let name = names[random.random_range(0..names.len())];
        let text = &project.files[name];
        let Some((mutant, at, what)) = mutate(text, &mut random) else { continue };
        made += 1;
        let mut files = project.files.clone();
        files.insert(name.clone(), mutant.clone());
        let engine = runtime.block_on(engine(&files));
        let begun = Instant::now();
        let account = engine.check(&project.root_of(name));
        slowest = slowest.max(begun.elapsed());
        let errors: Vec<&Diagnostic> = account.diagnostics().iter().filter(|d| d.is_error()).collect();
        if errors.is_empty() {
            silent += 1;
            if verbose {
                let line = mutant[..at].lines().count();
                eprintln!(
                    "silent: {what} at {name}:{line}: {}",
                    mutant.lines().nth(line.saturating_sub(1)).unwrap_or_default()
                );
            }
            continue;
        }
        reported += 1;
        if errors.len() > 3 {
            many += 1;
            if verbose {
                eprintln!("{} errors: {what} at {name}:{}", errors.len(), mutant[..at].lines().count());
                for error in &errors {
                    eprintln!("    {}: {}", error.code.name(), error.message);
                }
            }
        }
        match distance(&errors, account.sources(), name, at, &mutant) {
            Some(lines) if lines <= 2 => near += 1,
            lines => {
                if verbose {
                    eprintln!(
                        "far ({lines:?}): {what} at {name}:{}: {}",
                        mutant[..at].lines().count(),
                        errors[0].message
                    );
                }
            }
        }
    }
    if verbose {
        eprintln!(
            "{made} mutants: {reported} reported, {near} within two lines, {silent} silent, {many} with more than three errors; slowest check {slowest:?}"
        );
    }
    assert!(near * 100 >= reported * 90, "{near} of {reported} reports lie within two lines of the mutation");
    assert!(many * 100 <= reported, "{many} of {reported} mutants give more than three errors");
    assert!(reported * 100 >= made * 60, "{reported} of {made} mutants are reported");
}
