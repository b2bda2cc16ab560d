//! State in an embedded database file: durable per commit, readable with ordinary tools, never rewritten as a whole.

use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::database::{Commit, Database};
use super::thread::{self, Command};
use crate::base::Text;
use crate::engine::state::{
    LockInfo, LockRequest, RunRecord, Sealer, State, StateChange, StateSession, StateStore, StoreError,
};

/// The state of one account in a SQLite file, by custom `.prov/state.db` in the account's directory.
pub struct SqliteStore {
    path: PathBuf,
    sealer: Arc<dyn Sealer>,
    thread: Mutex<Option<Sender<Command>>>,
}

impl SqliteStore {
    /// The state at this path. Touches nothing yet: the file, its directory and a `.gitignore` beside it are made
    /// with the first lock, and reading a state that is not there makes nothing.
    pub fn open(path: impl Into<PathBuf>, sealer: Arc<dyn Sealer>) -> Self {
        Self { path: path.into(), sealer, thread: Mutex::default() }
    }

    fn thread(&self) -> Result<Sender<Command>, StoreError> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &*thread {
            return Ok(sender.clone());
        }
        let sender = thread::start(Database::new(self.path.clone(), self.sealer.clone()))?;
        Ok(thread.insert(sender).clone())
    }
}

/// Asks the thread and waits for its answer.
async fn ask<T>(
    thread: &Sender<Command>,
    command: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Command,
) -> Result<T, StoreError> {
    let ended = || StoreError::Io("the thread that keeps the state has ended".into());
    let (reply, answer) = oneshot::channel();
    thread.send(command(reply)).map_err(|_| ended())?;
    answer.await.map_err(|_| ended())?
}

#[async_trait]
impl StateStore for SqliteStore {
    async fn read(&self) -> Result<State, StoreError> {
        ask(&self.thread()?, Command::Read).await
    }

    async fn lock(&self, request: LockRequest) -> Result<Box<dyn StateSession>, StoreError> {
        let thread = self.thread()?;
        let locked = ask(&thread, |reply| Command::Lock(request, reply)).await?;
        Ok(Box::new(Session {
            thread,
            lock: locked.info.id,
            lineage: locked.lineage,
            unchanged: Mutex::new(Some(locked.state)),
            unlocked: false,
        }))
    }

    async fn holder(&self) -> Result<Option<LockInfo>, StoreError> {
        ask(&self.thread()?, Command::Holder).await
    }

    async fn force_unlock(&self, id: &str) -> Result<(), StoreError> {
        ask(&self.thread()?, |reply| Command::ForceUnlock(id.into(), reply)).await
    }

    async fn history(&self) -> Result<Vec<RunRecord>, StoreError> {
        ask(&self.thread()?, Command::History).await
    }
}

struct Session {
    thread: Sender<Command>,
    lock: Text,
    lineage: Text,
    /// The state as it was locked, until something is committed.
    unchanged: Mutex<Option<State>>,
    unlocked: bool,
}

#[async_trait]
impl StateSession for Session {
    async fn state(&self) -> Result<State, StoreError> {
        if let Some(state) = &*self.unchanged.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(state.clone());
        }
        ask(&self.thread, Command::Read).await
    }

    async fn commit(&self, changes: Vec<StateChange>) -> Result<u64, StoreError> {
        self.unchanged.lock().unwrap_or_else(PoisonError::into_inner).take();
        let commit = Commit { lock: self.lock.clone(), lineage: self.lineage.clone(), changes };
        ask(&self.thread, |reply| Command::Commit(commit, reply)).await
    }

    async fn unlock(mut self: Box<Self>) -> Result<(), StoreError> {
        self.unlocked = true;
        ask(&self.thread, |reply| Command::Unlock(self.lock.clone(), Some(reply))).await
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.unlocked {
            // A thread that has ended has let go of the lock with it.
            let _ = self.thread.send(Command::Unlock(self.lock.clone(), None));
        }
    }
}
