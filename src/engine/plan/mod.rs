//! Checked program + state → what would change, and why.

mod arguments;
mod claims;
mod connect;
mod expansion;
mod facts;
mod ignore;
mod imports;
mod links;
mod look;
pub(crate) mod marks;
pub mod model;
mod moves;
mod planner;
mod prepared;
pub mod propose;
mod recover;
mod removals;
mod resources;
mod select;
mod steps;
mod values;
mod variables;
mod waiting;
mod world;

pub use look::{View, look};
pub use model::{Action, Change, Deferred, DriftedInstance, OutputChange, Plan, PlanSummary, Reason};
pub use planner::{Request, Source, plan, stopped};
pub use prepared::{Prepared, Recorded};
pub use variables::Given;
