//! The declared kinds, the simulator and the provider, as a user meets them.
#![allow(clippy::unwrap_used)]

use super::catalog;

#[test]
fn the_declared_kinds_are_well_formed() {
    let catalog = catalog::builtin().unwrap_or_else(|e| panic!("{e}"));
    assert!(catalog.get("aws_db_instance").is_some());
}
