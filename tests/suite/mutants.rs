//! Mutation test of the checker: in every file of the standard library, the accounts and the examples a token is
//! deleted, duplicated, swapped with the next or misspelt. Never a panic, never more than three errors, the first one
//! within two lines, for most right at the slip. Harder slips (lines and brackets that are gone or there twice) are held to never panicking.
//!
//! `PROV_MUTANTS=5000` makes so many instead of 300 and prints figures; `PROV_SEED=7` makes others.

#![allow(clippy::print_stderr)] // figures, when they are asked for

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use prov::Engine;
use prov::base::diagnostic::Diagnostic;
use prov::base::effects::{Entry, FileError, Files};
use prov::base::lines::LineIndex;
use prov::base::source::Sources;
use prov::pipeline::Account;
use prov::world::files::MemoryFiles;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// More reports than this for one slip are a cascade.
const MOST: usize = 3;

/// Files in memory, one of which stands in another text for a while.
struct Overlay {
    files: MemoryFiles,
    mutant: Mutex<Option<(String, Arc<[u8]>)>>,
}

impl Files for Overlay {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        match &*self.mutant.lock().unwrap() {
            Some((mutated, text)) if mutated == path => Ok(text.clone()),
            _ => self.files.read(path),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        self.files.list(directory)
    }
}

/// The files of the project by path, and an engine that reads them.
struct Project {
    texts: BTreeMap<String, String>,
    overlay: Arc<Overlay>,
    engine: Engine,
}

fn read(texts: &mut BTreeMap<String, String>, root: &Path, directory: &str) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(root.join(directory)).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let name = format!("{directory}/{}", entry.file_name().unwrap().to_string_lossy());
        if entry.is_dir() {
            read(texts, root, &name);
        } else if name.ends_with(".prov") {
            texts.insert(name, std::fs::read_to_string(entry).unwrap());
        }
    }
}

impl Project {
    fn load() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut texts = BTreeMap::new();
        // Kinds of the mocked clouds are read by their own reader, which stops at the first mistake.
        for directory in ["accounts", "examples", "stdlib/aws", "stdlib/consul", "stdlib/platform"] {
            read(&mut texts, root, directory);
        }
        let files =
            MemoryFiles::new(texts.iter().map(|(path, text)| (path.clone(), text.as_bytes().to_vec())));
        let overlay = Arc::new(Overlay { files, mutant: Mutex::default() });
        let mut builder = Engine::builder().shared_files(overlay.clone());
        for provider in prov::world::registry::providers(Path::new("no-such-directory")) {
            builder = builder.provider(provider);
        }
        let engine = builder.build().unwrap();
        let project = Self { texts, overlay, engine };
        for name in project.texts.keys() {
            let account = project.engine.check(&root_of(name));
            assert!(!account.has_errors(), "{name}: {:?}", account.diagnostics());
        }
        project
    }

    /// What is said of the project with this text in the place of a file.
    fn check(&self, name: &str, mutant: &str) -> (Account, Duration) {
        *self.overlay.mutant.lock().unwrap() = Some((name.to_owned(), mutant.as_bytes().into()));
        let begun = Instant::now();
        let account = self.engine.check(&root_of(name));
        (account, begun.elapsed())
    }
}

/// The directory to check so that this file is part of what is checked.
fn root_of(file: &str) -> String {
    match file.split('/').next() {
        Some("examples") => file.split('/').take(2).collect::<Vec<_>>().join("/"),
        _ => file.rsplit_once('/').unwrap().0.to_owned(),
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

/// A text with one slip in it.
struct Mutant {
    text: String,
    /// The byte it was made at, and the end of what it touched.
    at: usize,
    end: usize,
    /// What was done.
    what: &'static str,
}

/// One token is deleted, duplicated, swapped with the next or misspelt.
fn slip(text: &str, random: &mut SmallRng) -> Option<Mutant> {
    let tokens = tokens(text);
    if tokens.len() < 2 {
        return None;
    }
    let pick = random.random_range(0..tokens.len() - 1);
    let (start, end) = tokens[pick];
    let token = &text[start..end];
    let (next_start, next_end) = tokens[pick + 1];
    let next = &text[next_start..next_end];
    let (mutant, what, end) = match random.random_range(0..4) {
        0 => (format!("{}{}", &text[..start], &text[end..]), "delete", start),
        1 => (format!("{}{token}{}", &text[..end], &text[end..]), "duplicate", end + token.len()),
        2 => (
            format!("{}{next}{}{token}{}", &text[..start], &text[end..next_start], &text[next_end..]),
            "swap",
            next_end,
        ),
        _ => {
            let mut letters: Vec<char> = token.chars().collect();
            if letters.len() < 3 {
                return None;
            }
            let at = random.random_range(0..letters.len() - 1);
            letters.swap(at, at + 1);
            let letters: String = letters.into_iter().collect();
            (format!("{}{letters}{}", &text[..start], &text[end..]), "misspell", end)
        }
    };
    (mutant != text).then_some(Mutant { text: mutant, at: start, end, what })
}

/// A line is gone, or there twice, or elsewhere; or one kind of mark is dropped wherever chance falls.
fn mess(text: &str, random: &mut SmallRng) -> Option<Mutant> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let pick = random.random_range(0..lines.len());
    let at: usize = lines[..pick].iter().map(|line| line.len()).sum();
    let (mut all, what) = (lines.clone(), ["line gone", "line twice", "line elsewhere", "marks gone", "cut"]);
    let kind = random.random_range(0..what.len());
    let text = match kind {
        0 => {
            all.remove(pick);
            all.concat()
        }
        1 => {
            all.insert(pick, lines[pick]);
            all.concat()
        }
        2 => {
            let line = all.remove(pick);
            all.insert(random.random_range(0..=all.len()), line);
            all.concat()
        }
        3 => {
            let mark = ['{', '}', '[', ']', '(', ')', '"', '=', ',', '\n', '$'][random.random_range(0..11)];
            let share = random.random_range(2..10);
            text.chars().filter(|c| *c != mark || random.random_range(0..share) > 0).collect()
        }
        _ => text.chars().take(random.random_range(0..text.len())).collect(),
    };
    Some(Mutant { text, at, end: at, what: what[kind] })
}

/// Why a slip changes nothing that could be wrong, in a word to count by.
fn why_silent(text: &str, mutant: &Mutant) -> &'static str {
    let start = text[..mutant.at].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let before = &text[start..mutant.at];
    let head = line.split_whitespace().next().unwrap_or_default();
    let quoted = before.matches('"').count() % 2 == 1;
    let number = text[mutant.at..].starts_with(|c: char| c.is_ascii_digit());
    match head {
        _ if line.trim_start().starts_with(['#', '/']) => "comments and documentation",
        "description" | "error_message" | "message" | "deprecated" => "words for people",
        "output" => "names of outputs that this root does not use",
        _ if line.contains("pattern") => "patterns that are other patterns",
        _ if quoted => "texts that may be any text",
        _ if number => "numbers that fit as well",
        _ => "the same, written otherwise",
    }
}

/// Lines between the mutation and the places of an error in the mutated file, and whether one of them touches it.
fn distance(error: &Diagnostic, sources: &Sources, path: &str, mutant: &Mutant) -> Option<(u32, bool)> {
    let (at, end) = (mutant.at as u32, mutant.end as u32);
    let lines = LineIndex::new(&mutant.text);
    let (from, to) = (lines.line(at), lines.line(end));
    let places = error.primary.iter().chain(&error.labels).map(|label| label.span);
    let inside = places.filter(|span| &*sources.get(span.file).path == path);
    let distances = inside.map(|span| {
        let (first, last) = (lines.line(span.start), lines.line(span.end.min(mutant.text.len() as u32)));
        let away = from.saturating_sub(last).max(first.saturating_sub(to));
        (away, !(span.start <= end && at <= span.end))
    });
    distances.min().map(|(lines, apart)| (lines, !apart))
}

/// What came of many mutants.
#[derive(Default)]
struct Tally {
    made: usize,
    reported: usize,
    /// The first error has a place within two lines.
    near: usize,
    /// The first error has a place on the very characters.
    touching: usize,
    cascades: Vec<String>,
    silent: BTreeMap<&'static str, usize>,
    slowest: Duration,
}

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().and_then(|n| n.parse().ok())
}

fn run(wanted: usize, make: fn(&str, &mut SmallRng) -> Option<Mutant>) -> Tally {
    let verbose = number("PROV_MUTANTS").is_some();
    let seed = number("PROV_SEED").unwrap_or(2) as u64;
    let project = Project::load();
    let mut random = SmallRng::seed_from_u64(seed);
    let names: Vec<&String> = project.texts.keys().collect();
    let mut tally = Tally::default();
    while tally.made < wanted {
        let name = names[random.random_range(0..names.len())];
        let text = &project.texts[name];
        let Some(mutant) = make(text, &mut random) else { continue };
        tally.made += 1;
        let (account, took) = project.check(name, &mutant.text);
        tally.slowest = tally.slowest.max(took);
        let errors: Vec<&Diagnostic> = account.diagnostics().iter().filter(|d| d.is_error()).collect();
        let line = text[..mutant.at].matches('\n').count() + 1;
        let shown = mutant.text.lines().nth(line - 1).unwrap_or_default();
        let place = format!("{} at {name}:{line}: {shown}", mutant.what);
        if errors.is_empty() {
            let why = why_silent(text, &mutant);
            *tally.silent.entry(why).or_default() += 1;
            if verbose {
                eprintln!("silent ({why}): {place}");
            }
            continue;
        }
        tally.reported += 1;
        if errors.len() > MOST {
            let mut report = format!("{} errors: {place}", errors.len());
            for error in &errors {
                report += &format!("\n    {}: {}", error.code.name(), error.message);
            }
            tally.cascades.push(report);
        }
        let distance = distance(errors[0], account.sources(), name, &mutant);
        tally.touching += usize::from(matches!(distance, Some((_, true))));
        match distance {
            Some((lines, _)) if lines <= 2 => tally.near += 1,
            _ if verbose => eprintln!("far ({distance:?}): {place}\n    {}", errors[0].message),
            _ => {}
        }
    }
    if verbose {
        let Tally { made, reported, near, touching, cascades, silent, slowest } = &tally;
        for cascade in cascades {
            eprintln!("{cascade}");
        }
        eprintln!(
            "seed {seed}: {made} mutants, {reported} reported, the first error within two lines for {near} and on the \
             slip itself for {touching}, {} with more than {MOST} errors; slowest check {slowest:?}",
            cascades.len()
        );
        eprintln!("{} change nothing that could be wrong: {silent:?}", made - reported);
    }
    tally
}

#[test]
fn mutants_are_found_near_and_few() {
    let Tally { made, reported, near, cascades, .. } = run(number("PROV_MUTANTS").unwrap_or(300), slip);
    assert!(near * 100 >= reported * 90, "{near} of {reported} reports lie within two lines of the mutation");
    assert!(cascades.is_empty(), "{}", cascades.join("\n"));
    assert!(reported * 100 >= made * 80, "{reported} of {made} mutants are reported");
}

#[test]
fn what_is_left_of_a_file_is_checked_whatever_is_gone() {
    let Tally { made, reported, .. } = run(number("PROV_MUTANTS").unwrap_or(300) / 2, mess);
    assert!(reported * 2 >= made, "{reported} of {made} mutants are reported");
}
