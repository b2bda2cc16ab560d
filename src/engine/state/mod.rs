//! What is known of the world: the model, and the contract of the stores that keep it.

pub mod model;
pub mod store;

pub use model::{Instance, InstanceStatus, Intent, IntentOperation, ProviderRef, RunRecord, State};
pub use store::{LockInfo, LockRequest, StateChange, StateSession, StateStore, StoreError};
