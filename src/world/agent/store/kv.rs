//! Keys and values: compare-and-set, locks held by sessions, and tombstones that wake up blocked readers.

use super::Store;
use crate::world::agent::duration::quoted;
use crate::world::agent::model::Entry;
use std::time::Instant;

/// What to do with a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::world::agent) enum KvOp {
    Set,
    Cas,
    Delete,
    DeleteCas,
    DeleteTree,
    Lock,
    Unlock,
}

impl Store {
    /// Performs one write; `false` means that its condition did not hold and nothing was done. Of `entry`, a
    /// compare-and-set reads the expected index from `modify_index`.
    pub(in crate::world::agent) fn write_key(
        &mut self,
        index: u64,
        op: KvOp,
        entry: Entry,
    ) -> Result<bool, String> {
        match op {
            KvOp::Set => {
                self.set_key(index, entry, false);
                Ok(true)
            }
            KvOp::Cas => Ok(self.set_key_if(index, entry).is_some()),
            KvOp::Delete => {
                self.delete_key(index, &entry.key);
                Ok(true)
            }
            KvOp::DeleteCas => Ok(self.delete_key_if(index, &entry.key, entry.modify_index)),
            KvOp::DeleteTree => {
                self.delete_tree(index, &entry.key);
                Ok(true)
            }
            KvOp::Lock => Ok(self.lock_key(index, entry)?.is_some()),
            KvOp::Unlock => Ok(self.unlock_key(index, entry)?.is_some()),
        }
    }

    /// Writes a key. A write that is not about the lock leaves its holder alone, and is not stopped by it.
    pub(super) fn set_key(&mut self, index: u64, mut entry: Entry, about_lock: bool) -> Entry {
        let existing = self.kvs.get(&entry.key);
        entry.create_index = existing.map_or(index, |old| old.create_index);
        if !about_lock {
            entry.session = existing.map(|old| old.session.clone()).unwrap_or_default();
        }
        if let Some(old) = existing {
            entry.modify_index = old.modify_index;
            if *old == entry {
                return entry;
            }
        }
        entry.modify_index = index;
        self.kvs.insert(entry.key.clone(), entry.clone());
        self.kvs.touch(index);
        entry
    }

    /// Compare-and-set; zero expects that there is no such key.
    pub(super) fn set_key_if(&mut self, index: u64, entry: Entry) -> Option<Entry> {
        let now = self.kvs.get(&entry.key).map_or(0, |old| old.modify_index);
        (now == entry.modify_index).then(|| self.set_key(index, entry, false))
    }

    pub(super) fn delete_key(&mut self, index: u64, key: &str) {
        if self.kvs.remove(key).is_some() {
            self.kvs.touch(index);
            self.bury(index, key);
        }
    }

    /// Deletes a key that still is as expected. One that is gone already is as good as deleted.
    pub(super) fn delete_key_if(&mut self, index: u64, key: &str, expected: u64) -> bool {
        match self.kvs.get(key) {
            Some(old) if old.modify_index != expected => false,
            _ => {
                self.delete_key(index, key);
                true
            }
        }
    }

    pub(super) fn delete_tree(&mut self, index: u64, prefix: &str) {
        let keys: Vec<String> = self.keys_under(prefix).map(|entry| entry.key.clone()).collect();
        if keys.is_empty() {
            return;
        }
        for key in keys {
            self.kvs.remove(&key);
        }
        self.kvs.touch(index);
        if !prefix.is_empty() {
            self.bury(index, prefix);
        }
    }

    /// Locks a key for a session and writes its value. `None`: another session holds it.
    pub(super) fn lock_key(&mut self, index: u64, mut entry: Entry) -> Result<Option<Entry>, String> {
        if entry.session.is_empty() {
            return Err("missing session".to_string());
        }
        if self.session(&entry.session)?.is_none() {
            return Err(format!("invalid session {}", quoted(&entry.session)));
        }
        entry.lock_index = match self.kvs.get(&entry.key) {
            None => 1,
            Some(old) if old.session == entry.session => old.lock_index,
            Some(old) if old.session.is_empty() => old.lock_index + 1,
            Some(_) => return Ok(None),
        };
        Ok(Some(self.set_key(index, entry, true)))
    }

    /// Gives up the lock on a key and writes its value. `None`: this session does not hold it.
    pub(super) fn unlock_key(&mut self, index: u64, mut entry: Entry) -> Result<Option<Entry>, String> {
        if entry.session.is_empty() {
            return Err("missing session".to_string());
        }
        match self.kvs.get(&entry.key) {
            Some(old) if old.session == entry.session => entry.lock_index = old.lock_index,
            _ => return Ok(None),
        }
        entry.session.clear();
        Ok(Some(self.set_key(index, entry, true)))
    }

    /// The entries under a prefix, in order.
    pub(in crate::world::agent) fn keys_under(&self, prefix: &str) -> impl Iterator<Item = &Entry> {
        self.kvs
            .range(prefix.to_string()..)
            .take_while(move |(key, _)| key.starts_with(prefix))
            .map(|(_, entry)| entry)
    }

    /// The index a reader of all keys waits on.
    pub(in crate::world::agent) fn all_keys_index(&self) -> u64 {
        self.kvs.index().max(self.tombstones.index())
    }

    /// The index a reader of this prefix waits on.
    pub(in crate::world::agent) fn prefix_index(&self, prefix: &str) -> u64 {
        if prefix.is_empty() {
            return self.all_keys_index();
        }
        let newest = self.keys_under(prefix).map(|entry| entry.modify_index).max();
        let buried = self
            .tombstones
            .range(prefix.to_string()..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(_, index)| *index)
            .max();
        newest.max(buried).unwrap_or_else(|| self.all_keys_index())
    }

    fn bury(&mut self, index: u64, key: &str) {
        self.tombstones.insert(key.to_string(), index);
        self.tombstones.touch(index);
    }

    /// Forgets the tombstones up to an index, so that a store with much coming and going does not grow for ever.
    pub(in crate::world::agent) fn reap_tombstones(&mut self, up_to: u64) {
        let old = self.tombstones.iter().filter(|(_, index)| **index <= up_to);
        let old: Vec<String> = old.map(|(key, _)| key.clone()).collect();
        for key in old {
            self.tombstones.remove(&key);
        }
    }

    /// Whether a key can't be locked yet, because its last holder was lost a moment ago.
    pub(in crate::world::agent) fn lock_delayed(&mut self, key: &str) -> bool {
        let now = Instant::now();
        self.lock_delays.retain(|_, until| *until > now);
        self.lock_delays.contains_key(key)
    }
}
