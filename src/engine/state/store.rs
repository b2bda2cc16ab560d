//! The contract of state stores. `tests/suite/conformance` runs against every implementation.

use async_trait::async_trait;
use indexmap::IndexMap;

use super::model::{Instance, Intent, RunRecord, State};
use crate::base::Text;
use crate::base::address::InstanceAddress;
use crate::base::value::Value;

/// Where the state of one account is kept.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// The state as it is, without a lock; an empty state where none was ever written.
    async fn read(&self) -> Result<State, StoreError>;

    /// Takes the lock and reads. Fails with [`StoreError::Locked`] while another holds it; a lock whose holder is
    /// known to be dead is taken over.
    async fn lock(&self, request: LockRequest) -> Result<Box<dyn StateSession>, StoreError>;

    /// Who holds the lock, if anybody does.
    async fn holder(&self) -> Result<Option<LockInfo>, StoreError>;

    /// Takes the lock away from its holder, whose further commits fail. `id` must be that of the present lock.
    async fn force_unlock(&self, id: &str) -> Result<(), StoreError>;

    /// The runs that changed the state, newest first.
    async fn history(&self) -> Result<Vec<RunRecord>, StoreError>;
}

/// A locked state.
#[async_trait]
pub trait StateSession: Send + Sync {
    /// The state when the lock was taken, plus what this session committed.
    async fn state(&self) -> Result<State, StoreError>;

    /// Makes changes durable, all or none; answers the new serial. Commits that arrive together share one sync.
    async fn commit(&self, changes: Vec<StateChange>) -> Result<u64, StoreError>;

    /// Gives the lock back.
    async fn unlock(self: Box<Self>) -> Result<(), StoreError>;
}

/// One change of a state. Changes of one commit apply in order. What is asked to go and is not there, is gone.
#[derive(Debug, Clone, PartialEq)]
pub enum StateChange {
    /// An effect is about to happen.
    Intend(Intent),
    /// The effect with this token has an outcome.
    Settle(Text),
    /// The instance at its address is now this.
    Put(Box<Instance>),
    /// There is no instance at this address any more.
    Remove(InstanceAddress),
    /// The instance keeps everything but its address. A conflict if there is none, or one at the new address.
    Move {
        /// From here.
        from: InstanceAddress,
        /// To here.
        to: InstanceAddress,
    },
    /// A replaced object that still has to be deleted, under the token of the intent that replaced it. A conflict if
    /// there is no instance.
    Depose {
        /// Where it was.
        address: InstanceAddress,
        /// Names it among other deposed objects of that address.
        token: Text,
    },
    /// The deposed object is gone.
    RemoveDeposed {
        /// Where it was.
        address: InstanceAddress,
        /// Its name.
        token: Text,
    },
    /// The outputs are now these.
    Outputs(IndexMap<Text, Value>),
    /// A line of history.
    Record(RunRecord),
}

/// Who asks for a lock, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockRequest {
    /// `apply`, `plan`, `state mv`.
    pub operation: Text,
    /// user@host
    pub who: Text,
}

/// A lock that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockInfo {
    /// Its id.
    pub id: Text,
    /// What for.
    pub operation: Text,
    /// user@host
    pub who: Text,
    /// The process on that host.
    pub pid: u32,
    /// Since when, RFC 3339 in UTC.
    pub since: Text,
}

/// Why a store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another run holds it.
    #[error("{} holds the lock since {} for {} (process {}, lock {})", .0.who, .0.since, .0.operation, .0.pid, .0.id)]
    Locked(LockInfo),
    /// This session's lock was taken away; nothing was written.
    #[error("the lock of this run was taken away; nothing more is written")]
    LockLost,
    /// A change contradicts the state, such as a move onto an instance; nothing of its commit was written.
    #[error("{0}")]
    Conflict(String),
    /// It is damaged, was written by a newer version, or its secrets can't be sealed or opened.
    #[error("{0}")]
    Unusable(String),
    /// The disk or network failed.
    #[error("{0}")]
    Io(String),
}
