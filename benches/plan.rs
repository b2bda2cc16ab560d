//! Plans and applies of many resources as whole processes, beside `terraform` on the same text where it is on the PATH;
//! what is kept of them; and how long the program takes to begin.
//!
//! `cargo bench --bench plan`; with `-- small` a tenth of everything, with `-- NAME` the shapes whose names hold NAME.
#![allow(clippy::print_stdout, clippy::disallowed_methods, clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
#[path = "support/process.rs"]
mod process;
#[path = "support/shapes.rs"]
mod shapes;
#[allow(dead_code)]
#[path = "support/workspaces.rs"]
mod workspaces;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use process::{Run, median, run, run_within};
use shapes::Shape;
use workspaces::Files;

const PROV: &str = env!("CARGO_BIN_EXE_prov");
/// Resources of an account; Terraform is handed the first of them only.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
/// How long terraform may take for each step.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let tenth = if words.iter().any(|word| word == "small") { 10 } else { 1 };
    let wanted = |shape: &Shape| {
        let mut names = words.iter().filter(|word| *word != "small").peekable();
        names.peek().is_none() || names.any(|word| shape.name().contains(word.as_str()))
    };
    let terraform = Command::new("terraform").arg("version").output().is_ok();
    if !terraform {
        println!("NO terraform ON THE PATH: its figures are left out");
    }
    start(terraform);
    for shape in Shape::ALL.into_iter().filter(wanted) {
        println!("\n{}", shape.name());
        let mut points: [Vec<Run>; 3] = Default::default();
        for size in SIZES.map(|size| size / tenth) {
            let files = shape.account(size);
            let runs = with_prov(&files, size);
            points.iter_mut().zip(runs).for_each(|(points, run)| points.push(run));
            if terraform && size == SIZES[0] / tenth {
                with_terraform(&files, size);
            }
        }
        for (name, runs) in ["plan", "apply", "plan of nothing"].into_iter().zip(&points) {
            let wall = exponent(runs, |run| run.wall.as_secs_f64());
            let peak = exponent(runs, |run| run.peak as f64);
            println!(
                "  {name}: between the larger two, time grows to the power of {wall:.2}, memory {peak:.2}"
            );
        }
    }
}

/// From nothing to the first line.
fn start(terraform: bool) {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path();
    let text = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n\noutput \"a\" {\n  value = terraform_data.a.id\n}\n";
    write(directory, &vec![("main".to_owned(), text.to_owned())], "prov");
    assert!(run(&mut prov(directory, &["apply", "--auto-approve"])).success, "an account of one resource");
    println!("start");
    for arguments in
        [&["version"][..], &["--version"], &["output"], &["show"], &["state", "list"], &["check"]]
    {
        let name = format!("prov {}", arguments.join(" "));
        told(&name, median(21, || prov(directory, arguments)), 0);
    }
    if terraform {
        told("terraform version", median(5, || other(directory, &["version"])), 0);
    }
}

/// Plan, apply, and a plan that finds nothing to do.
fn with_prov(files: &Files, size: usize) -> [Run; 3] {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path();
    write(directory, files, "prov");
    let rounds = if size > 10_000 { 1 } else { 3 };
    let measured = |name: &str, rounds: usize, arguments: &[&str]| {
        let run = median(rounds, || prov(directory, arguments));
        assert!(run.success, "prov {arguments:?} of {size}");
        told(&format!("prov {name}"), run, size);
        run
    };
    let new = measured("plan", rounds, &["plan"]);
    let apply = measured("apply", 1, &["apply", "--auto-approve"]);
    let nothing = measured("plan of nothing", rounds, &["plan"]);
    measured("state list", rounds, &["state", "list"]);
    measured("show", rounds, &["show"]);
    let kept = fs::metadata(directory.join(".prov/state.db")).unwrap().len();
    println!("  {:<34} {:>29.2} KB each", "state on disk", kept as f64 / 1e3 / size as f64);
    [new, apply, nothing]
}

fn with_terraform(files: &Files, size: usize) {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path();
    write(directory, files, "tf");
    assert!(run(&mut other(directory, &["init", "-backend=false"])).success);
    let all: [(&str, &[&str]); 3] = [
        ("plan", &["plan", "-input=false"]),
        ("apply", &["apply", "-auto-approve", "-input=false"]),
        ("plan of nothing", &["plan", "-input=false"]),
    ];
    for (name, arguments) in all {
        let run = run_within(&mut other(directory, arguments), PATIENCE);
        if run.wall > PATIENCE {
            return told(&format!("terraform {name}, stopped after"), run, size);
        }
        assert!(run.success, "terraform {arguments:?} of {size}");
        told(&format!("terraform {name}"), run, size);
    }
}

fn prov(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROV);
    command.current_dir(directory).args(arguments).env("PROV_STATE_KEY", "00".repeat(32));
    command
}

fn other(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("terraform");
    command.current_dir(directory).args(arguments).env("CHECKPOINT_DISABLE", "1");
    command
}

/// Of `size` resources, or of the program itself.
fn told(name: &str, run: Run, size: usize) {
    let (wall, peak) = (run.wall.as_secs_f64() * 1e3, run.peak as f64 / 1e6);
    match size {
        0 => println!("  {name:<34} {wall:>9.1} ms {peak:>7.1} MB"),
        _ => println!(
            "  {:<34} {wall:>9.1} ms {peak:>7.1} MB {:>7.1} µs {:>6.2} KB each",
            format!("{name}, {size}"),
            wall * 1e3 / size as f64,
            peak * 1e3 / size as f64
        ),
    }
}

/// Between the larger two of the sizes, each ten times the one before.
fn exponent(runs: &[Run], of: impl Fn(&Run) -> f64) -> f64 {
    match runs {
        [.., before, last] => (of(last) / of(before)).log10(),
        _ => f64::NAN,
    }
}

fn write(directory: &Path, files: &Files, ending: &str) {
    for (path, text) in files {
        let path = directory.join(format!("{path}.{ending}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::write(directory.join(".prov-root"), "").unwrap();
}
