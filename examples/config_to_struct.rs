//! A configuration becomes a Rust struct: typed inputs in, a struct out, and errors that point into the text.
//!
//! `cargo run --example config_to_struct`
#![allow(clippy::print_stdout)]

use prov::{Engine, Inputs};
use serde::{Deserialize, Serialize};

const SOURCE: &str = r#"
variable "environment" { type = "staging" | "production" }
variable "zones"       { type = list(string, length = 1..3) }

locals {
  production = var.environment == "production"
}

output "replicas" { value = local.production ? length(var.zones) : 1 }
output "hosts"    { value = [for zone in var.zones : "db-${zone}.example.com"] }
output "backup"   { value = local.production ? 7d : 1d }
output "storage"  { value = local.production ? 100GiB : 20GiB }
"#;

/// What the program knows.
#[derive(Serialize)]
struct Request {
    environment: &'static str,
    zones: Vec<&'static str>,
}

/// What it wants to know.
#[derive(Debug, PartialEq, Deserialize)]
struct Database {
    replicas: u8,
    hosts: Vec<String>,
    backup: std::time::Duration,
    /// Sizes are read as a number of bytes.
    storage: u64,
}

/// Evaluates the configuration twice: as it should be used, and with a value that does not fit.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder().build()?;

    let request = Request { environment: "production", zones: vec!["a", "b"] };
    let database: Database = engine.evaluate(SOURCE, &Inputs::from_serialize(&request)?)?.deserialize()?;
    println!("{database:#?}");
    assert_eq!(database.replicas, 2);
    assert_eq!(database.hosts, ["db-a.example.com", "db-b.example.com"]);
    assert_eq!(database.storage, 100 << 30);

    let nowhere = Request { zones: vec![], ..request };
    let report =
        engine.evaluate(SOURCE, &Inputs::from_serialize(&nowhere)?).err().ok_or("a zone is needed")?;
    println!("\nWithout a zone:\n{report}");
    assert_eq!(report[0].code.name(), "constraint-violated");
    Ok(())
}
