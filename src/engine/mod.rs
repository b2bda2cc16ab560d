//! Checked program + state → plan → state.

pub mod apply;
pub mod plan;
pub mod provider;
pub mod state;
