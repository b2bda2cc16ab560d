//! Disk, network and clock: file systems, state stores, providers.
#![allow(clippy::disallowed_methods)] // the world is where effects live

pub mod agent;
pub mod builtin;
pub mod cloud;
pub mod consul;
pub mod entropy;
pub mod files;
pub mod registry;
pub mod store;
