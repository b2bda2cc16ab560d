//! What several tests share: the real Consul, where the machine has it.
pub mod consul;
pub mod state_contract;
