//! Re-checking large workspaces after one key, in memory: how long the slowest in a hundred takes.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use prov::Engine;
use prov::world::files::MemoryFiles;

use super::process::own_peak;
use super::workspaces::Files;

/// Kinds of edits, each undone by the next edit.
const KINDS: [&str; 6] = ["inside an expression", "a name", "a default", "a type", "a brace", "a comment"];

/// Edits at random places, each followed by a check, and the edit that takes it back, followed by a check. Prints
/// median, 99th percentile and maximum over all of both, and the median and maximum by kind.
pub fn recheck(name: &str, files: &Files, edits: usize) {
    let texts: BTreeMap<String, String> =
        files.iter().map(|(path, text)| (format!("w/{path}.prov"), text.clone())).collect();
    let paths: Vec<&String> = texts.keys().collect();
    let mut builder = Engine::builder().files(MemoryFiles::new(texts.clone()));
    for provider in prov::world::registry::providers(Path::new("no-such-directory")) {
        builder = builder.provider(provider);
    }
    let engine = builder.build().unwrap_or_else(|_| panic!("these providers say what they offer"));
    let mut workspace = engine.workspace("w");
    let started = Instant::now();
    let said = workspace.check().diagnostics.len();
    let first = started.elapsed();
    let mut random = Random(17);
    let mut times: Vec<(usize, Duration)> = Vec::new();
    let mut broken = 0;
    while times.len() < 2 * edits {
        let kind = random.below(KINDS.len());
        let path = paths[random.below(paths.len())];
        let text = &texts[path];
        let Some(edited) = edited(text, kind, &mut random) else { continue };
        for text in [edited.as_str(), text] {
            workspace.edit(path, text);
            let started = Instant::now();
            let report = workspace.check();
            // The first edits also build what later ones are followed with.
            times.push((kind, started.elapsed()));
            broken += usize::from(report.diagnostics.len() != said);
        }
    }
    assert_eq!(workspace.check().diagnostics.len(), said, "all is as it was");
    let warm = times.split_off(times.len().min(20));
    let shown = |label: &str, mut times: Vec<Duration>| {
        times.sort();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        println!(
            "  {label:<24} p50 {:>6.2} ms  p99 {:>6.2} ms  max {:>6.2} ms  of {}",
            at(0.5),
            at(0.99),
            at(1.0),
            times.len()
        );
    };
    println!("{name}");
    println!("  first check {:.0} ms, {broken} checks that say something", first.as_secs_f64() * 1e3);
    shown("all", warm.iter().map(|(_, time)| *time).collect());
    for (at, kind) in KINDS.iter().enumerate() {
        let of_kind: Vec<Duration> = warm.iter().filter(|(k, _)| *k == at).map(|(_, time)| *time).collect();
        if !of_kind.is_empty() {
            shown(kind, of_kind);
        }
    }
    println!("  peak {:.0} MB, sources held in memory twice", own_peak() as f64 / 1e6);
}

/// The text after one edit of a kind; `None` if this text has no place for it.
fn edited(text: &str, kind: usize, random: &mut Random) -> Option<String> {
    let mut places = |pattern: &str| -> Option<usize> {
        let found: Vec<usize> = text.match_indices(pattern).map(|(at, _)| at).collect();
        (!found.is_empty()).then(|| found[random.below(found.len())])
    };
    let insert = |at: usize, what: &str| format!("{}{what}{}", &text[..at], &text[at..]);
    match kind {
        // Another digit, a mistyped reference, a half-written call.
        0 => Some(insert(places(" = ")? + 3, "1 + ")),
        1 => Some(insert(places("\" {\n")?, "x")),
        2 => Some(insert(places("default = ")? + 10, "null == ")),
        3 => {
            let at = places("= string\n")?;
            Some(format!("{}= number\n{}", &text[..at], &text[at + 9..]))
        }
        4 => {
            let at = places("\n}\n")?;
            Some(format!("{}\n{}", &text[..at], &text[at + 3..]))
        }
        _ => Some(insert(places("\n\n")? + 1, "# words\n")),
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound
    }
}
