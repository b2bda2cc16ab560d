//! What is known of the world: the model, the contract of the stores that keep it, and the form they keep it in.

pub mod encoding;
pub mod model;
pub mod sealing;
pub mod store;

pub use encoding::Codec;
pub use model::{Instance, InstanceStatus, Intent, IntentOperation, ProviderRef, RunRecord, State};
pub use sealing::{Path, Place, Sealer};
pub use store::{LockInfo, LockRequest, StateChange, StateSession, StateStore, StoreError};
