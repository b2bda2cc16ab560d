//! The `prov` command: exit status, nothing else.
fn main() {}
