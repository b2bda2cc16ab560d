//! Functions of the embedding program: typed, checked before anything runs, and either pure or run at plan only.
//!
//! `cargo run --example host_function`
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;

use prov::engine::state::State;
use prov::world::files::MemoryFiles;
use prov::{Engine, HostFunction, Inputs, Serde};
use serde::{Deserialize, Serialize};

/// Structs go in and come out through serde.
#[derive(Serialize, Deserialize)]
struct Team {
    name: String,
    center: u32,
    on_call: Option<String>,
}

fn engine(source: &str) -> Result<Engine, prov::Report> {
    let centers = BTreeMap::from([("data", 4711), ("web", 4712)]);
    Engine::builder()
        .files(MemoryFiles::new([("main.prov", source)]))
        // Pure: the same result for the same arguments, so a check may call it and report what it refuses.
        .function(
            HostFunction::pure("acme::team", move |name: &str| match centers.get(name) {
                Some(center) => Ok(Serde(Team { name: name.to_owned(), center: *center, on_call: None })),
                None => Err(format!("there is no team {name:?}")),
            })
            .params(["name"])
            .docs("The team of this name."),
        )
        // Impure: it looks something up, so it runs when a plan is made, once for the same arguments.
        .function(HostFunction::impure("acme::next_free_port", |from: u16| from + 7))
        .build()
}

/// Checks and plans a configuration that calls the functions, then one that calls them wrongly.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = r#"
        locals { team = acme::team("data") }
        output "center" { value = "cc-${local.team.center}" }
        output "port"   { value = acme::next_free_port(8000) }
    "#;
    let engine_ = engine(source)?;
    for function in engine_.functions() {
        println!("{}", function.signature());
    }
    let account = engine_.check("").into_result()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let planned = runtime.block_on(account.plan(&Inputs::new(), &State::default()))?;
    println!("center = {}, port = {}", planned.outputs()["center"], planned.outputs()["port"]);
    assert_eq!(planned.outputs()["center"].as_str(), Some("cc-4711"));
    assert_eq!(planned.outputs()["port"].as_i64(), Some(8007));

    let wrong = r#"
        output "a" { value = acme::team(7) }
        output "b" { value = acme::team("nobody").center }
        output "c" { value = acme::team("web").centre }
    "#;
    let report = engine(wrong)?.check("").into_result().err().ok_or("this can't be right")?;
    println!("\n{report}");
    let codes: Vec<_> = report.iter().map(|diagnostic| diagnostic.code.name()).collect();
    assert_eq!(codes, ["type-mismatch", "evaluation-failed", "unknown-attribute"]);
    Ok(())
}
