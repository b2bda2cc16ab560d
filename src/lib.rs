//! prov: a statically typed configuration language for end-to-end provisioning.
pub mod base;
pub mod engine;
pub mod host;
pub mod lang;
pub mod world;
