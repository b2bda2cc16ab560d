//! Text → tree, recovery and formatting in megabytes a second, beside `hcl-edit` on the same text in the same run; and
//! what doubling a text does to the time, for shapes that are hard on a parser.
//!
//! `cargo bench --bench parse`
#![allow(clippy::print_stdout, clippy::disallowed_methods, missing_docs)]

#[path = "support/corpus.rs"]
mod corpus;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prov::base::effects::Limits;
use prov::base::source::FileId;
use prov::lang::syntax;

const BYTES: usize = 4 << 20;
const ROUNDS: usize = 11;

fn main() {
    let files: Vec<Arc<str>> = corpus::Corpus::new(7).files(BYTES).into_iter().map(Arc::from).collect();
    let broken: Vec<Arc<str>> = files.iter().map(|text| Arc::from(break_some(text))).collect();
    let bytes: usize = files.iter().map(|text| text.len()).sum();
    let limits = Limits::default();
    for text in &files {
        let checked = syntax::parse(FileId(0), text, &limits);
        assert!(checked.diagnostics.is_empty(), "{:?}", checked.diagnostics[0]);
    }
    let reports: usize =
        broken.iter().map(|text| syntax::parse(FileId(0), text, &limits).diagnostics.len()).sum();
    println!("{} files, {bytes} bytes; broken: {reports} reports", files.len());

    let mut runs: Vec<Run<'_>> = vec![
        Run::new("text → tree", || {
            for text in &files {
                black_box(syntax::parse(FileId(0), text, &limits));
            }
        }),
        Run::new("hcl-edit, text → body", || {
            for text in &files {
                black_box(hcl_edit::parser::parse_body(text)).expect("the corpus is HCL");
            }
        }),
        Run::new("broken text → tree", || {
            for text in &broken {
                black_box(syntax::parse(FileId(0), text, &limits));
            }
        }),
        Run::new("format", || {
            for text in &files {
                black_box(syntax::format(FileId(0), text, &limits)).expect("no errors");
            }
        }),
    ];
    // Round by round, so that whatever else the machine does falls on all of them.
    for _ in 0..ROUNDS {
        for run in &mut runs {
            let started = Instant::now();
            (run.work)();
            run.times.push(started.elapsed());
        }
    }
    let speeds: Vec<(f64, f64)> = runs.iter_mut().map(|run| run.print(bytes)).collect();
    let (median, best) = (speeds[0].0 / speeds[1].0, speeds[0].1 / speeds[1].1);
    println!("text → tree is {median:.2} × hcl-edit by the medians, {best:.2} × by the best rounds");
    println!("\nwhat doubling a text does to the time, as an exponent: 1 doubles it");
    for (name, make) in SHAPES {
        println!("{name:<40} {:.2}", exponent(*make, &limits));
    }
}

/// What a text is called, and how one of a size is made.
type Shape = (&'static str, fn(usize) -> String);

/// Texts that are hard on a parser.
const SHAPES: &[Shape] = &[
    ("modules", |size| corpus::Corpus::new(3).files(size * 64).concat()),
    ("modules with mistakes", |size| break_some(&corpus::Corpus::new(3).files(size * 64).concat())),
    ("lists in lists, a mistake inside", |size| nested("[", "§", "]", size / 64)),
    ("objects in objects, a mistake inside", |size| nested("{a=", "1 +", "}", size / 64)),
    ("keys in keys, a mistake inside", |size| nested("{(", "= =", ")=1}", size / 128)),
    ("calls in calls, a mistake inside", |size| nested("f(a, b=", "1 2", ")", size / 64)),
    ("templates in templates, a mistake inside", |size| nested("\"${", "", "}\"", size / 64)),
    ("conditionals, the last unfinished", |size| nested("a ? b : ", "c ? d", "", size / 64)),
    ("brackets far too deep", |size| nested("[", "1", "]", size * 16)),
    ("blocks that are never closed", |size| "a {\n".repeat(size)),
    ("one list on one line", |size| format!("x = [{}]\n", "1, ".repeat(size * 16))),
    ("one sum", |size| format!("x = 1{}\n", " + 1".repeat(size * 16))),
    ("stray lines", |size| "this is no configuration\n".repeat(size)),
    ("strings that are never closed", |size| "x = \"a\n".repeat(size)),
    ("heredocs that are never closed", |size| (0..size).map(|at| format!("x = <<E{at}\n")).collect()),
    ("brackets that never close, others that do", |size| {
        format!("{}{}\n", "[".repeat(size), ")".repeat(size))
    }),
    ("lines that go on", |size| format!("x = 1\n{}", "+ 1\n".repeat(size))),
    ("comments behind what never closes", |size| "a {\n".repeat(size) + &"# nothing\n".repeat(size * 4)),
    ("blocks in blocks, a mistake inside", |size| {
        format!("{}x = = 1\n{}", "a {\n".repeat(180), "}\n".repeat(180)).repeat(size / 256)
    }),
    ("one list with a mistake in each line", |size| format!("x = [\n{}]\n", "  1 2,\n".repeat(size))),
    ("more mistakes than are shown", |size| "a\n".repeat(size * 16)),
];

fn nested(open: &str, inside: &str, close: &str, depth: usize) -> String {
    format!("x = {}{inside}{}\n", open.repeat(depth), close.repeat(depth))
}

/// The slope of the best of five times over the sizes of the texts, both as logarithms.
fn exponent(make: fn(usize) -> String, limits: &Limits) -> f64 {
    let points: Vec<(f64, f64)> = [1_024, 2_048, 4_096, 8_192]
        .into_iter()
        .map(|size| {
            let text: Arc<str> = Arc::from(make(size));
            let time = || {
                let started = Instant::now();
                black_box(syntax::parse(FileId(0), &text, limits));
                started.elapsed()
            };
            let best = (0..5).map(|_| time()).min().unwrap_or_default();
            ((text.len() as f64).ln(), best.as_secs_f64().ln())
        })
        .collect();
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let covariance: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    covariance / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>()
}

struct Run<'a> {
    name: &'static str,
    work: Box<dyn Fn() + 'a>,
    times: Vec<Duration>,
}

impl<'a> Run<'a> {
    fn new(name: &'static str, work: impl Fn() + 'a) -> Self {
        Self { name, work: Box::new(work), times: Vec::new() }
    }

    /// Prints and answers median and best.
    fn print(&mut self, bytes: usize) -> (f64, f64) {
        self.times.sort();
        let speed = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
        let (median, best) = (speed(self.times[self.times.len() / 2]), speed(self.times[0]));
        println!("{:<24} {median:>7.1} MB/s median {best:>7.1} best", self.name);
        (median, best)
    }
}

/// One mistake in about every hundredth line.
fn break_some(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.lines().enumerate() {
        let broken =
            (number % 97 == 50 && line.ends_with(|c: char| c.is_alphanumeric()) && line.contains(" = "))
                .then(|| line.replacen(" = ", " = = ", 1));
        out.push_str(broken.as_deref().unwrap_or(line));
        out.push('\n');
    }
    out
}
