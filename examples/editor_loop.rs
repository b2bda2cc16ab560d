//! What an editor does: one buffer is checked again after every keystroke, and only what the edit touches is looked at.
//!
//! `cargo run --example editor_loop`
#![allow(clippy::print_stdout)]

use prov::Engine;
use prov::base::lines::Columns;
use prov::world::files::MemoryFiles;

const VARIABLES: &str = "variable \"region\" {\n  type    = string\n  default = \"eu\"\n}\n";
const MAIN: &str =
    "locals {\n  name = \"db-${var.region}\"\n}\n\noutput \"name\" {\n  value = local.name\n}\n";

/// Types a misspelt name, looks at what is said of it, and applies the fix that is offered.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = MemoryFiles::new([("variables.prov", VARIABLES), ("main.prov", MAIN)]);
    let engine = Engine::builder().files(files).build()?;
    let mut workspace = engine.workspace("");
    assert!(workspace.check().diagnostics.is_empty());

    // Keystroke by keystroke: a new line is typed at the end of the buffer.
    let mut buffer = MAIN.to_owned();
    for key in "output \"region\" { value = var.regoin }\n".chars() {
        buffer.push(key);
        workspace.edit("main.prov", buffer.as_str());
        println!("{key:?}: {} to say", workspace.check().diagnostics.len());
    }

    // Editors count lines and columns from 0, columns in UTF-16.
    let report = workspace.check().clone();
    let [misspelt] = &report.diagnostics[..] else { return Err("one mistake is one report".into()) };
    let place = misspelt.primary.as_ref().ok_or("it has a place")?.span;
    let source = report.sources.get(place.file);
    let start = source.lines().position(place.start, &source.text, Columns::Utf16);
    println!("{}:{}:{}: {}", source.path, start.line, start.column, misspelt.message);
    assert_eq!((&*source.path, start.line, start.column), ("main.prov", 7, 26));

    let fix = misspelt.fixes.first().ok_or("it has a fix")?;
    println!("fix: {}", fix.title);
    for edit in &fix.edits {
        buffer.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    workspace.edit("main.prov", buffer.as_str());
    assert!(workspace.check().diagnostics.is_empty());
    Ok(())
}
