//! Disk, network and clock: file systems, state stores, providers.
pub mod agent;
pub mod builtin;
pub mod cloud;
pub mod consul;
pub mod store;
