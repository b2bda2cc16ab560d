//! The inputs that the fuzz targets found worth keeping still hold what they look for.

#[path = "../../fuzz/src/lib.rs"]
mod promises;

use std::fs;
use std::path::Path;

/// Replays the inputs of a target; of very many an even choice, unless `PROV_REPLAY=all` asks for each.
fn replay(target: &str, holds: fn(&str)) {
    const MANY: usize = 200;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let all = std::env::var_os("PROV_REPLAY").is_some();
    let step = if all { 1 } else { paths.len().div_ceil(MANY).max(1) };
    let mut seen = 0;
    for path in paths.into_iter().step_by(step) {
        let Ok(text) = String::from_utf8(fs::read(&path).unwrap()) else { continue };
        holds(&text);
        seen += 1;
    }
    assert!(seen > 0, "nothing was replayed");
}

#[test]
fn parsing_covers_the_corpus() {
    replay("parse", promises::parse);
}

#[test]
fn formatting_twice_is_formatting_once() {
    replay("format_twice", promises::format_twice);
}

#[test]
fn formatting_keeps_the_tree() {
    replay("format_keeps", promises::format_keeps);
}

#[test]
fn evaluating_never_panics() {
    replay("evaluate", promises::evaluate);
}
