//! The formatter beside `terraform fmt`, where Terraform is installed: the same bytes for every file it accepts.
//!
//! `FORMAT_FILES=20000` sets how many files are generated, `FORMAT_SEED` where to begin, `FORMAT_DIR` names a directory
//! whose `.tf` files are compared as well.

#![allow(clippy::print_stdout, clippy::print_stderr)] // figures, and what was skipped

mod generator;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use prov::base::effects::Limits;
use prov::base::source::FileId;
use prov::lang::syntax::{format, parse};

use generator::Generator;

/// Files in one run of Terraform.
const BATCH: usize = 500;

/// What Terraform makes of each text; `None` where it refuses.
fn terraform(texts: &[String]) -> Vec<Option<Vec<u8>>> {
    let directory = tempfile::tempdir().unwrap();
    let path = |at: usize| directory.path().join(format!("f{at}.tf"));
    for (at, text) in texts.iter().enumerate() {
        fs::write(path(at), text).unwrap();
    }
    let output = Command::new("terraform")
        .args(["fmt", "-no-color", "-list=false"])
        .current_dir(&directory)
        .output()
        .expect("terraform was found");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let refused: std::collections::BTreeSet<&str> = said
        .lines()
        .filter_map(|line| line.trim_start_matches(['│', '╷', '╵', ' ']).strip_prefix("on "))
        .filter_map(|rest| rest.split_once(" line ").map(|(file, _)| file))
        .collect();
    let result = |at: usize| {
        let refuses = refused.contains(format!("f{at}.tf").as_str());
        (!refuses).then(|| fs::read(path(at)).unwrap())
    };
    (0..texts.len()).map(result).collect()
}

fn installed() -> bool {
    Command::new("terraform").arg("version").output().is_ok()
}

#[derive(Default)]
struct Tally {
    accepted: usize,
    refused: usize,
    /// Terraform would not read again what it wrote, or lost a comment: the formatter keeps what is there.
    broken: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn compare(&mut self, names: &[String], texts: &[String]) {
        for (at, theirs) in terraform(texts).into_iter().enumerate() {
            let Some(theirs) = theirs else {
                self.refused += 1;
                continue;
            };
            self.accepted += 1;
            let theirs = String::from_utf8(theirs).unwrap();
            let ours = format(FileId(0), &Arc::from(texts[at].as_str()), &Limits::default());
            let name = &names[at];
            match ours {
                Err(reports) => {
                    let place = reports[0].primary.as_ref().map_or(0, |label| label.span.start as usize);
                    let around: String = texts[at][place..].chars().take(40).collect();
                    let before: String = texts[at][..place].chars().rev().take(60).collect();
                    let around = format!("{}«»{around}", before.chars().rev().collect::<String>());
                    self.wrong.push(format!("{name}: refused: {} at {around:?}", reports[0].message));
                }
                Ok(ours) if ours != theirs && is_broken(&texts[at], &theirs) => self.broken += 1,
                Ok(ours) if ours != theirs => {
                    self.wrong.push(format!("{name}:\n{}", difference(&texts[at], &theirs, &ours)));
                }
                Ok(_) => {}
            }
        }
    }

    fn end(self) {
        let Self { accepted, refused, broken, .. } = self;
        println!(
            "{accepted} files as Terraform formats them, {refused} refused, {broken} broken by Terraform"
        );
        assert!(broken * 50 <= accepted, "Terraform breaks {broken} of {accepted} files");
        let shown = self.wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n\n");
        assert!(self.wrong.is_empty(), "{shown}\n\n{} of {} files differ", self.wrong.len(), self.accepted);
    }
}

fn is_broken(source: &str, theirs: &str) -> bool {
    let read = |text: &str| parse(FileId(0), &Arc::from(text), &Limits::default());
    let (before, after) = (read(source), read(theirs));
    after.has_errors() || after.value.comments.len() < before.value.comments.len()
}

/// The lines around the first place where two layouts part.
fn difference(source: &str, theirs: &str, ours: &str) -> String {
    let (a, b): (Vec<_>, Vec<_>) = (theirs.split('\n').collect(), ours.split('\n').collect());
    let first = a.iter().zip(&b).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
    let from = first.saturating_sub(4);
    let show = |lines: &[&str]| {
        lines.iter().skip(from).take(9).map(|line| format!("  {line:?}\n")).collect::<String>()
    };
    let begin = source.split('\n').collect::<Vec<_>>();
    format!("from\n{}terraform\n{}prov\n{}", show(&begin), show(&a), show(&b))
}

#[test]
fn generated_files_are_laid_out_as_terraform_does() {
    if !installed() {
        eprintln!("SKIPPED: there is no terraform on the PATH to compare with");
        return;
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let count = number("FORMAT_FILES").unwrap_or(400);
    let seed: u64 = number("FORMAT_SEED").unwrap_or(0) as u64;
    let mut tally = Tally::default();
    for from in (0..count).step_by(BATCH) {
        let seeds: Vec<u64> = (from..count.min(from + BATCH)).map(|at| seed + at as u64).collect();
        let texts: Vec<String> = seeds.iter().map(|seed| Generator::new(*seed).file()).collect();
        let names: Vec<String> = seeds.iter().map(|seed| format!("seed {seed}")).collect();
        tally.compare(&names, &texts);
    }
    tally.end();
}

#[test]
fn files_of_a_directory_are_laid_out_as_terraform_does() {
    let Some(directory) = std::env::var_os("FORMAT_DIR") else { return };
    let mut paths = Vec::new();
    collect(Path::new(&directory), &mut paths);
    paths.sort();
    let mut tally = Tally::default();
    for paths in paths.chunks(BATCH) {
        let read = |path: &std::path::PathBuf| {
            fs::read_to_string(path).ok().map(|text| (path.display().to_string(), text))
        };
        let (names, texts): (Vec<_>, Vec<_>) = paths.iter().filter_map(read).unzip();
        tally.compare(&names, &texts);
    }
    tally.end();
}

fn collect(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "tf") {
            found.push(path);
        }
    }
}
