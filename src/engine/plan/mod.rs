//! Checked program + state → what would change, and why.

pub mod model;
pub mod propose;

pub use model::{Action, Change, DriftedInstance, OutputChange, Plan, PlanSummary, Reason};
