//! The agent's shared state: every read and write of the store passes here.

use super::journal::Journal;
use super::reply::Reply;
use super::request::{Request, Wait};
use super::store::Store;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How this agent names itself.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) node: String,
    pub(super) node_id: String,
    pub(super) datacenter: String,
    pub(super) address: SocketAddr,
    pub(super) session_ttl_min: Duration,
}

/// What all connections share.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) identity: Identity,
    state: Mutex<State>,
    /// The index of the last write; `u64::MAX` once the agent is stopping.
    changed: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    store: Store,
    journal: Option<Journal>,
    /// When sessions with a TTL end unless they are renewed.
    deadlines: HashMap<String, Instant>,
    /// Which index was current when, to know which tombstones are old.
    marks: Vec<(Instant, u64)>,
}

/// Consul waits twice the TTL, so that a holder a little late does not lose its lock.
const TTL_FACTOR: u32 = 2;
const TOMBSTONE_LIFE: Duration = Duration::from_secs(15 * 60);
const MARK_EVERY: Duration = Duration::from_secs(60);
const STOPPING: u64 = u64::MAX;

impl Server {
    pub(super) fn new(identity: Identity, store: Store, journal: Option<Journal>) -> Server {
        let (changed, _) = watch::channel(store.index());
        let state = State { store, journal, deadlines: HashMap::new(), marks: Vec::new() };
        Server { identity, state: Mutex::new(state), changed }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Performs one write, all of it or nothing, and wakes those who wait for it.
    pub(super) fn write<T, E: From<String>>(
        &self,
        write: impl FnOnce(&mut Store, u64) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut state = self.state();
        let state = &mut *state;
        let (result, line) = state.store.write(write);
        self.changed.send_if_modified(|index| {
            let stopping = *index == STOPPING;
            *index = if stopping { STOPPING } else { state.store.index() };
            !stopping
        });
        if let Some(journal) = &mut state.journal {
            journal
                .append(&line, &mut state.store)
                .map_err(|error| E::from(format!("the agent's journal can't be written: {error}")))?;
        }
        result
    }

    /// Runs what only reads, though it could write: whatever it did is taken back. It takes no index.
    pub(super) fn consult<T, E>(&self, read: impl FnOnce(&mut Store, u64) -> Result<T, E>) -> Result<T, E> {
        self.state().store.consult(read)
    }

    /// Looks at the store without waiting.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Store) -> T) -> T {
        look(&self.state().store)
    }

    /// Answers a read, once it is newer than what the reader has seen or its time is up.
    pub(super) async fn read(&self, request: &Request, read: impl Fn(&Store) -> Reply) -> Reply {
        let wait = match request.wait() {
            Ok(wait) => wait,
            Err(text) => return Reply::bad(text),
        };
        if request.has("stale") && request.has("consistent") {
            return Reply::bad("Cannot specify ?stale with ?consistent, conflicting semantics.");
        }
        self.read_after(wait, read).await
    }

    async fn read_after(&self, wait: Wait, read: impl Fn(&Store) -> Reply) -> Reply {
        let mut changed = self.changed.subscribe();
        let until = tokio::time::Instant::now() + wait.time;
        loop {
            changed.mark_unchanged();
            let reply = self.look(&read);
            if wait.index == 0 || reply.index() > wait.index || *changed.borrow() == STOPPING {
                return reply;
            }
            if !matches!(tokio::time::timeout_at(until, changed.changed()).await, Ok(Ok(()))) {
                return self.look(&read);
            }
        }
    }

    /// Lets all waiting readers go.
    pub(super) fn release_readers(&self) {
        self.changed.send_replace(STOPPING);
    }

    /// Puts off a session's end; also begins it.
    pub(super) fn renew(&self, id: &str, ttl: Duration) {
        self.state().deadlines.insert(id.to_lowercase(), Instant::now() + ttl * TTL_FACTOR);
    }

    /// Whether a key can't be locked yet, because its holder was lost a moment ago.
    pub(super) fn lock_delayed(&self, key: &str) -> bool {
        self.state().store.lock_delayed(key)
    }

    /// Ends the sessions whose time is up and forgets old tombstones. To be called a few times a second.
    pub(super) fn tidy(&self) {
        let now = Instant::now();
        let (ended, forget) = {
            let mut state = self.state();
            let State { store, deadlines, marks, .. } = &mut *state;
            deadlines.retain(|id, _| store.sessions.get(id).is_some());
            let mut ended = Vec::new();
            for session in store.sessions.values() {
                let ttl = super::duration::parse(&session.ttl).ok().and_then(|ttl| u64::try_from(ttl).ok());
                let Some(ttl) = ttl.map(Duration::from_nanos).filter(|ttl| !ttl.is_zero()) else { continue };
                // After a restart every session gets its whole time again.
                let end = *deadlines.entry(session.id.clone()).or_insert(now + ttl * TTL_FACTOR);
                if end <= now {
                    ended.push(session.id.clone());
                }
            }
            if marks.last().is_none_or(|(at, _)| now.duration_since(*at) >= MARK_EVERY) {
                marks.push((now, store.index()));
            }
            let old = marks.iter().rposition(|(at, _)| now.duration_since(*at) >= TOMBSTONE_LIFE);
            let forget = old.and_then(|last| marks.drain(..=last).next_back());
            let any = forget.filter(|(_, index)| store.tombstones.values().any(|buried| buried <= index));
            (ended, any)
        };
        for id in ended {
            // It can't fail but for the journal, and then the next write says so to somebody who asked.
            let _: Result<(), String> = self.write(|store, index| {
                store.end_session(index, &id);
                Ok(())
            });
        }
        if let Some((_, up_to)) = forget {
            let _: Result<(), String> = self.write(|store, _| {
                store.reap_tombstones(up_to);
                Ok(())
            });
        }
    }
}
