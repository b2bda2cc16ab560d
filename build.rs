//! What is embedded is embedded anew when it changes.
fn main() {
    for embedded in ["stdlib", "grammar", "docs/explain"] {
        println!("cargo::rerun-if-changed={embedded}");
    }
}
