//! Words everyone speaks: sources and spans, diagnostics, addresses, types, values, schemas.
//!
//! Nothing here knows a phase, reads a file or asks the clock; the traits in [`effects`] are how the
//! floors above are handed such things.

pub mod address;
pub mod assign;
pub mod bound;
pub mod codes;
pub mod diagnostic;
pub mod effects;
pub mod extent;
pub mod levels;
pub mod lines;
pub mod members;
pub mod native;
pub mod number;
pub mod parallel;
pub mod places;
pub mod re2;
pub mod report;
pub mod schema;
pub mod source;
pub mod suggest;
pub mod types;
pub mod value;
pub mod weight;

/// Short text that is cheap to clone: names, attribute values, keys.
pub type Text = smol_str::SmolStr;
