//! The programs in `examples/`, run as they stand: each checks what it shows.

#[path = "../../examples/config_to_struct.rs"]
mod config_to_struct;
#[path = "../../examples/custom_provider.rs"]
mod custom_provider;
#[path = "../../examples/editor_loop.rs"]
mod editor_loop;
#[path = "../../examples/host_function.rs"]
mod host_function;

#[test]
fn a_configuration_becomes_a_struct() {
    config_to_struct::main().unwrap();
}

#[test]
fn functions_come_from_the_program() {
    host_function::main().unwrap();
}

#[test]
fn a_provider_comes_from_the_program() {
    custom_provider::main().unwrap();
}

#[test]
fn an_editor_checks_as_one_types() {
    editor_loop::main().unwrap();
}

/// Every program that lies there is run above.
#[test]
fn no_example_is_forgotten() {
    let here = include_str!("examples.rs");
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".rs") {
            assert!(here.contains(&format!("examples/{name}\"]")), "{name} is never run");
        }
    }
}
