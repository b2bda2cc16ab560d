//! Text → tree, recovery and formatting in megabytes a second, beside `hcl-edit` on the same text in the same run.
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
    let speeds: Vec<f64> = runs.iter_mut().map(|run| run.print(bytes)).collect();
    println!("text → tree is {:.2} × hcl-edit", speeds[0] / speeds[1]);
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

    /// Prints median and best and answers the median.
    fn print(&mut self, bytes: usize) -> f64 {
        self.times.sort();
        let speed = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
        let (median, best) = (speed(self.times[self.times.len() / 2]), speed(self.times[0]));
        println!("{:<24} {median:>7.1} MB/s median {best:>7.1} best", self.name);
        median
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
