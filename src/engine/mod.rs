//! Checked program + state → plan → state.

pub mod apply;
pub mod events;
pub mod expand;
pub(crate) mod faults;
pub mod graph;
pub mod guard;
pub mod options;
pub mod plan;
pub mod provider;
pub mod state;
