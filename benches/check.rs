//! `prov check` on large workspaces: cold, and beside `terraform validate` on the same text where `terraform` is on
//! the PATH; after one key; growth over doublings; and the start of the program.
//!
//! `cargo bench --bench check`; `cargo bench --bench check -- small` takes a tenth of everything.
#![allow(clippy::print_stdout, clippy::disallowed_methods, clippy::unwrap_used, missing_docs)]

#[path = "support/process.rs"]
mod process;
#[path = "support/recheck.rs"]
mod recheck;
#[path = "support/workspaces.rs"]
mod workspaces;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use process::{Run, median, run, run_within};
use workspaces::{Files, lines};

const PROV: &str = env!("CARGO_BIN_EXE_prov");
/// How long terraform may take: it needs minutes for some of the workspaces.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // A process of its own for each, so that each peak is its own.
    if let Some(at) = arguments.iter().position(|argument| argument == "--recheck") {
        return edits(arguments[at + 1].parse().unwrap(), arguments[at + 2].parse().unwrap());
    }
    let tenth = if std::env::args().any(|argument| argument == "small") { 10 } else { 1 };
    let terraform = Command::new("terraform").arg("version").output().is_ok();
    if !terraform {
        println!("NO terraform ON THE PATH: its figures are left out");
    }
    println!("{:<44} {:>9} {:>9}", "start", "wall", "peak");
    told("prov version", median(21, || command(PROV, &["version"])));
    if terraform {
        told("terraform version", median(5, || command("terraform", &["version"])));
    }
    let all: [(&str, Files); 4] = [
        ("one module, 20,000 resources, chains of 50", workspaces::one_module(20_000 / tenth, 50)),
        ("one module, 20,000 resources, one chain", workspaces::one_module(20_000 / tenth, usize::MAX)),
        ("500 modules × 60 variables", workspaces::many_modules(500 / tenth, 60)),
        ("1,000 modules, 20,000 resources", workspaces::estate(1_000 / tenth, 20)),
    ];
    for (name, files) in &all {
        println!("\n{name}: {} files, {} lines", files.len(), lines(files));
        let home = tempfile::tempdir().unwrap();
        write(&home.path().join("prov"), files, "prov");
        let directory = home.path().join("prov");
        fs::write(directory.join(".prov-root"), "").unwrap();
        let output =
            Command::new(PROV).args(["check", "--format", "concise"]).arg(&directory).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        println!(
            "  says {} lines, first: {}",
            text.lines().count(),
            text.lines().next().unwrap_or("nothing")
        );
        let prov = median(5, || {
            let mut command = command(PROV, &["check"]);
            command.arg(&directory);
            command
        });
        told("  prov check", prov);
        if terraform {
            write(&home.path().join("tf"), files, "tf");
            let at = format!("-chdir={}", home.path().join("tf").display());
            assert!(run(&mut command("terraform", &[&at, "init", "-backend=false"])).success);
            let other = run_within(&mut command("terraform", &[&at, "validate"]), PATIENCE);
            let stopped = other.wall > PATIENCE;
            assert!(other.success || stopped, "terraform does not accept the same text");
            told(if stopped { "  terraform validate, stopped after" } else { "  terraform validate" }, other);
            println!("  {:.0} × as fast", other.wall.as_secs_f64() / prov.wall.as_secs_f64());
        }
    }
    println!();
    for at in 0..EDITED {
        let this = std::env::current_exe().unwrap();
        let arguments = ["--recheck", &at.to_string(), &tenth.to_string()].map(str::to_owned);
        assert!(Command::new(this).args(arguments).status().unwrap().success());
    }
    growth("one module, chains of 50", tenth, |at| workspaces::one_module(2_500 * at, 50));
    growth("one module, one chain", tenth, |at| workspaces::one_module(2_500 * at, usize::MAX));
    growth("modules of 20 resources", tenth, |at| workspaces::estate(125 * at, 20));
}

const EDITED: usize = 5;

/// Re-checks one of the workspaces.
fn edits(at: usize, tenth: usize) {
    let (name, files) = match at {
        0 => {
            ("after one key, one module in files of 2,000 lines", workspaces::one_module(20_000 / tenth, 50))
        }
        1 => ("after one key, the same as one chain", workspaces::one_module(20_000 / tenth, usize::MAX)),
        2 => (
            "after one key, the same in files of 10,000 lines",
            workspaces::one_module_in_files_of(20_000 / tenth, 50, 10_000),
        ),
        3 => ("after one key, 500 modules × 60 variables", workspaces::many_modules(500 / tenth, 60)),
        _ => ("after one key, 1,000 modules, 20,000 resources", workspaces::estate(1_000 / tenth, 20)),
    };
    recheck::recheck(name, &files, 1_000 / tenth);
}

fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env("CHECKPOINT_DISABLE", "1");
    command
}

fn told(name: &str, run: Run) {
    let wall = run.wall.as_secs_f64() * 1e3;
    println!("{name:<44} {wall:>6.1} ms {:>6.1} MB", run.peak as f64 / 1e6);
}

fn write(directory: &Path, files: &Files, ending: &str) {
    for (path, text) in files {
        let path = directory.join(format!("{path}.{ending}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Four sizes, each twice the one before, and the exponent that fits them best.
fn growth(name: &str, tenth: usize, make: impl Fn(usize) -> Files) {
    println!("\ndoublings of {name}");
    let mut points = Vec::new();
    for at in [1, 2, 4, 8] {
        let files = make(at * 10 / tenth / 10 + usize::from(tenth > at));
        let home = tempfile::tempdir().unwrap();
        write(home.path(), &files, "prov");
        let run = median(5, || {
            let mut command = command(PROV, &["check"]);
            command.arg(home.path());
            command
        });
        let lines = lines(&files);
        told(&format!("  {lines} lines"), run);
        points.push(((lines as f64).ln(), run.wall.as_secs_f64().ln()));
    }
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let slope = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>()
        / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>();
    println!("  time grows with the lines to the power of {slope:.2}");
}
