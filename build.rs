//! What is embedded is embedded anew when it changes, and the grammar is compiled.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "it runs before there is a program")]

use std::path::Path;
use std::{env, fs};

#[path = "grammar/compile.rs"]
mod compile;

fn main() {
    for embedded in ["stdlib", "grammar", "docs/explain"] {
        println!("cargo::rerun-if-changed={embedded}");
    }
    let grammar = fs::read_to_string("grammar/prov.pest").expect("the grammar can be read");
    let reader = compile::compile(&grammar).unwrap_or_else(|errors| panic!("grammar/prov.pest:\n{errors}"));
    let target = env::var_os("OUT_DIR").expect("cargo says where to write");
    fs::write(Path::new(&target).join("reader.rs"), reader).expect("the reader can be written");
}
