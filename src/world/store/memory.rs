//! State in memory: for tests, and for programs that keep it themselves.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use indexmap::IndexMap;

use crate::base::Text;
use crate::base::address::InstanceAddress;
use crate::base::value::Value;
use crate::engine::state::{
    Instance, Intent, LockInfo, LockRequest, RunRecord, State, StateChange, StateSession, StateStore,
    StoreError,
};

/// A state that lives as long as the program. Clones are the same store.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    lineage: Text,
    serial: u64,
    instances: Ordered<InstanceAddress, Arc<Instance>>,
    deposed: Ordered<(InstanceAddress, Text), Arc<Instance>>,
    outputs: IndexMap<Text, Value>,
    intents: Ordered<Text, Intent>,
    history: Vec<RunRecord>,
    holder: Option<LockInfo>,
}

/// A map in the order of first insertion, in which every change costs little however large it is.
struct Ordered<K, V> {
    places: HashMap<K, u64>,
    entries: BTreeMap<u64, (K, V)>,
    next: u64,
}

impl<K, V> Default for Ordered<K, V> {
    fn default() -> Self {
        Self { places: HashMap::new(), entries: BTreeMap::new(), next: 0 }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Ordered<K, V> {
    fn put(&mut self, key: K, value: V) {
        let place = *self.places.entry(key.clone()).or_insert_with(|| {
            self.next += 1;
            self.next
        });
        self.entries.insert(place, (key, value));
    }

    fn remove(&mut self, key: &K) -> Option<V> {
        self.entries.remove(&self.places.remove(key)?).map(|(_, value)| value)
    }

    fn rename(&mut self, from: &K, to: K, change: impl FnOnce(&mut V)) {
        if let Some(place) = self.places.remove(from)
            && let Some((key, value)) = self.entries.get_mut(&place)
        {
            *key = to.clone();
            change(value);
            self.places.insert(to, place);
        }
    }

    fn values(&self) -> impl Iterator<Item = &(K, V)> {
        self.entries.values()
    }
}

impl MemoryStore {
    /// An empty state.
    pub fn new() -> Self {
        Self::default()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn state(&self) -> State {
        State {
            lineage: self.lineage.clone(),
            serial: self.serial,
            instances: self.instances.values().cloned().collect(),
            deposed: self.deposed.values().cloned().collect(),
            outputs: self.outputs.clone(),
            intents: self.intents.values().map(|(_, intent)| intent.clone()).collect(),
        }
    }

    /// Whether the changes, made in order, contradict what is there.
    fn check(&self, changes: &[StateChange]) -> Result<(), StoreError> {
        let mut exists: HashMap<&InstanceAddress, bool> = HashMap::new();
        for change in changes {
            let there = |address, exists: &HashMap<_, bool>| {
                exists.get(address).copied().unwrap_or_else(|| self.instances.places.contains_key(address))
            };
            match change {
                StateChange::Put(instance) => {
                    exists.insert(&instance.address, true);
                }
                StateChange::Remove(address) => {
                    exists.insert(address, false);
                }
                StateChange::Move { from, to } if from == to => {}
                StateChange::Move { from, to } => {
                    if !there(from, &exists) {
                        let why = format!("{from} can't move to {to}: there is no such instance");
                        return Err(StoreError::Conflict(why));
                    }
                    if there(to, &exists) {
                        let why = format!("{from} can't move to {to}: there is one already");
                        return Err(StoreError::Conflict(why));
                    }
                    exists.insert(from, false);
                    exists.insert(to, true);
                }
                StateChange::Depose { address, .. } => {
                    if !there(address, &exists) {
                        return Err(StoreError::Conflict(format!("there is no {address} to replace")));
                    }
                    exists.insert(address, false);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn apply(&mut self, change: StateChange) {
        match change {
            StateChange::Intend(intent) => self.intents.put(intent.token.clone(), intent),
            StateChange::Settle(token) => {
                self.intents.remove(&token);
            }
            StateChange::Put(instance) => self.instances.put(instance.address.clone(), Arc::new(*instance)),
            StateChange::Remove(address) => {
                self.instances.remove(&address);
            }
            StateChange::Move { from, to } => {
                self.instances.rename(&from, to.clone(), |instance| Arc::make_mut(instance).address = to);
            }
            StateChange::Depose { address, token } => {
                if let Some(instance) = self.instances.remove(&address) {
                    self.deposed.put((address, token), instance);
                }
            }
            StateChange::RemoveDeposed { address, token } => {
                self.deposed.remove(&(address, token));
            }
            StateChange::Outputs(outputs) => self.outputs = outputs,
            StateChange::Record(run) => self.history.push(run),
        }
    }
}

#[async_trait]
impl StateStore for MemoryStore {
    async fn read(&self) -> Result<State, StoreError> {
        Ok(self.content().state())
    }

    async fn lock(&self, request: LockRequest) -> Result<Box<dyn StateSession>, StoreError> {
        let mut content = self.content();
        if let Some(holder) = &content.holder {
            return Err(StoreError::Locked(holder.clone()));
        }
        let id = Text::from(uuid::Uuid::new_v4().to_string());
        content.holder = Some(LockInfo {
            id: id.clone(),
            operation: request.operation,
            who: request.who,
            pid: std::process::id(),
            since: super::lock::now().map_err(|error| StoreError::Io(error.to_string()))?,
        });
        Ok(Box::new(Session { store: self.clone(), lock: id }))
    }

    async fn holder(&self) -> Result<Option<LockInfo>, StoreError> {
        Ok(self.content().holder.clone())
    }

    async fn force_unlock(&self, id: &str) -> Result<(), StoreError> {
        let mut content = self.content();
        match &content.holder {
            Some(holder) if holder.id == id => content.holder = None,
            holder => return Err(super::lock::not_held(id, holder.as_ref())),
        }
        Ok(())
    }

    async fn history(&self) -> Result<Vec<RunRecord>, StoreError> {
        Ok(self.content().history.iter().rev().cloned().collect())
    }
}

struct Session {
    store: MemoryStore,
    lock: Text,
}

#[async_trait]
impl StateSession for Session {
    async fn state(&self) -> Result<State, StoreError> {
        self.store.read().await
    }

    async fn commit(&self, changes: Vec<StateChange>) -> Result<u64, StoreError> {
        let mut content = self.store.content();
        if content.holder.as_ref().is_none_or(|holder| holder.id != self.lock) {
            return Err(StoreError::LockLost);
        }
        content.check(&changes)?;
        if content.lineage.is_empty() {
            content.lineage = uuid::Uuid::new_v4().to_string().into();
        }
        for change in changes {
            content.apply(change);
        }
        content.serial += 1;
        Ok(content.serial)
    }

    async fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        // Dropping gives it back.
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.store.content().holder.take_if(|holder| holder.id == self.lock);
    }
}
