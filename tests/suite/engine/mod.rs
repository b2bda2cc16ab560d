//! Plans and applies, on a provider that keeps a log and fails when told to.

mod failures;
mod order;
mod plans;
mod recovery;
mod saved;
mod scale;
mod stages;
