//! What several tests share: the real Consul, where the machine has it.
pub mod consul;
pub mod fake_provider;
pub mod lab;
pub mod state_contract;
