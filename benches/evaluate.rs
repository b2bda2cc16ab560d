//! Expressions → values: how many expressions are evaluated in a second, for kinds of programs, and what twice as many
//! elements do to the time.
//!
//! `cargo bench --bench evaluate`
#![allow(clippy::print_stdout, clippy::disallowed_methods, missing_docs)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use prov::{Engine, Inputs, Limits};

const ROUNDS: usize = 7;

/// What a program is called, how many expressions it evaluates for each element, and the value of its output; `@` stands
/// for the elements.
const PROGRAMS: &[(&str, usize, &str)] = &[
    ("arithmetic", 5, "sum([for x in @ : x * 2 + 1])"),
    ("conditions", 7, "length([for x in @ : x if x > 3 && x != 7])"),
    ("templates", 3, "length(join(\"\", [for x in @ : \"name-${x}.example.com\"]))"),
    ("objects", 6, "length({ for x in @ : \"k${x}\" => { a = x, b = \"c\" } })"),
    ("functions", 4, "length([for x in @ : upper(format(\"%05d\", x))])"),
    ("own functions", 4, "sum([for x in @ : double(x)])"),
    ("splats", 3, "length([for x in @ : { a = x }][*].a)"),
    ("sets", 2, "length(toset([for x in @ : x % 100]))"),
];

fn main() {
    let limits =
        Limits { steps: u64::MAX, heap_bytes: u64::MAX / 2, total_bytes: u64::MAX / 2, ..Limits::default() };
    let Ok(engine) = Engine::builder().limits(limits).build() else { return };
    println!("{:<16} {:>24} {:>10}", "program", "million expressions/s", "exponent");
    for (name, steps, value) in PROGRAMS {
        let (small, large) = (time(&engine, value, 64), time(&engine, value, 512));
        let elements = 512.0 * 1_000.0;
        let speed = elements * *steps as f64 / 1e6 / large.as_secs_f64();
        let exponent = (large.as_secs_f64() / small.as_secs_f64()).log2() / 3.0;
        println!("{name:<16} {speed:>24.1} {exponent:>10.2}");
    }
}

/// The best of some rounds over so many thousand elements.
fn time(engine: &Engine, value: &str, thousands: usize) -> Duration {
    let value = value.replace('@', "local.elements");
    let program = format!(
        "fn double(x: number) -> number = x * 2\nlocals {{\n  elements = flatten([for t in range({thousands}) : \
         [for x in range(1000) : t * 1000 + x]])\n}}\noutput \"x\" {{\n  value = {value}\n}}\n"
    );
    let bare = program.replace(&value, "length(local.elements)");
    let best = |program: &str| {
        let round = || {
            let started = Instant::now();
            let outputs = engine.evaluate(program, &Inputs::new());
            assert!(black_box(&outputs).is_ok(), "{:?}", outputs.err());
            started.elapsed()
        };
        (0..ROUNDS).map(|_| round()).min().unwrap_or_default()
    };
    // Without what it takes to make the elements.
    best(&program).saturating_sub(best(&bare)).max(Duration::from_micros(1))
}
