//! Every input that the fuzz targets found worth keeping still holds what they look for.

#[path = "../../fuzz/src/lib.rs"]
mod promises;

use std::fs;
use std::path::Path;

fn replay(target: &str, holds: fn(&str)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
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
