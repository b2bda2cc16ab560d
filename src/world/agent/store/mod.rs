//! The agent's memory: tables that change together or not at all, under one growing index.
//!
//! It mirrors Consul's state store where that can be seen from outside: which write moves which index, what counts
//! as unchanged, what a deletion takes with it. Each write gets the next index, whether or not it changes anything.

mod catalog;
mod kv;
mod remove;
mod session;
mod table;
mod txn;

pub(super) use catalog::Registration;
pub(super) use kv::KvOp;
pub(super) use session::uuid_error;
pub(super) use txn::{Op, TxnError, Verb};

use super::model::{Check, Entry, Node, PlacedService, Session};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use table::Table;

/// A node's name and the id of something on it, both in lower case.
pub(super) type OnNode = (String, String);

#[derive(Debug, Default)]
pub(super) struct Store {
    index: u64,
    /// Whether somebody wants to know what each write changed.
    pub(super) described: bool,
    pub(super) nodes: Table<String, Node>,
    pub(super) services: Table<OnNode, PlacedService>,
    pub(super) checks: Table<OnNode, Check>,
    pub(super) kvs: Table<String, Entry>,
    /// Deleted keys and prefixes, with the index of the deletion: a blocked reader must wake up for those too.
    pub(super) tombstones: Table<String, u64>,
    pub(super) sessions: Table<String, Session>,
    /// Per service name the index of the last change to any instance, its node or its checks.
    service_indexes: Table<String, u64>,
    /// Documents of the smaller endpoints (config entries, prepared queries, intentions) by kind and id.
    pub(super) documents: Table<OnNode, Value>,
    documents_indexes: Table<String, u64>,
    /// Derived: instances by service name.
    instances: Table<(String, OnNode), ()>,
    /// Derived: node names by node id.
    node_ids: Table<String, String>,
    /// Locks lost in the open transaction, with how long they may not be taken again.
    lost_locks: Vec<(String, Duration)>,
    /// Until when a key can't be locked. Not kept over a restart.
    lock_delays: HashMap<String, Instant>,
}

/// The kind of document that a prepared query is; one that belongs to a session ends with it.
pub(super) const QUERY: &str = "query";
/// The kind of document that an intention is.
pub(super) const INTENTION: &str = "intention";

/// In `service_indexes`, the last time any service lost its last instance. No service has an empty name.
const EXTINCTION: &str = "";

/// Runs an expression for each table, the derived ones included.
macro_rules! each_table {
    ($store:expr, $table:ident => $do:expr) => {{
        let store = $store;
        {
            let $table = &mut store.nodes;
            $do;
        }
        {
            let $table = &mut store.services;
            $do;
        }
        {
            let $table = &mut store.checks;
            $do;
        }
        {
            let $table = &mut store.kvs;
            $do;
        }
        {
            let $table = &mut store.tombstones;
            $do;
        }
        {
            let $table = &mut store.sessions;
            $do;
        }
        {
            let $table = &mut store.service_indexes;
            $do;
        }
        {
            let $table = &mut store.documents;
            $do;
        }
        {
            let $table = &mut store.documents_indexes;
            $do;
        }
        {
            let $table = &mut store.instances;
            $do;
        }
        {
            let $table = &mut store.node_ids;
            $do;
        }
    }};
}

/// Runs an expression for each table that is kept on disk, with its name there.
macro_rules! each_kept_table {
    ($store:expr, ($name:ident, $table:ident) => $do:expr) => {{
        let store = $store;
        {
            let ($name, $table) = ("nodes", &mut store.nodes);
            $do;
        }
        {
            let ($name, $table) = ("services", &mut store.services);
            $do;
        }
        {
            let ($name, $table) = ("checks", &mut store.checks);
            $do;
        }
        {
            let ($name, $table) = ("kvs", &mut store.kvs);
            $do;
        }
        {
            let ($name, $table) = ("tombstones", &mut store.tombstones);
            $do;
        }
        {
            let ($name, $table) = ("sessions", &mut store.sessions);
            $do;
        }
        {
            let ($name, $table) = ("service_indexes", &mut store.service_indexes);
            $do;
        }
        {
            let ($name, $table) = ("documents", &mut store.documents);
            $do;
        }
        {
            let ($name, $table) = ("documents_indexes", &mut store.documents_indexes);
            $do;
        }
    }};
}

/// The first writes of a real agent are its own: leader, configuration, certificates. A client never sees them, and
/// no object has an index so low that it means something else (zero: absent, one: nothing yet).
const FIRST_INDEX: u64 = 10;

impl Store {
    /// An empty store.
    pub(super) fn new() -> Store {
        Store { index: FIRST_INDEX, ..Store::default() }
    }

    /// The index of the last write.
    pub(super) fn index(&self) -> u64 {
        self.index
    }

    /// Runs one write under the next index: all of it, or if it answers an error, nothing of it. The second result
    /// is the journal's line for what changed, if it is to be described.
    pub(super) fn write<T, E>(
        &mut self,
        write: impl FnOnce(&mut Store, u64) -> Result<T, E>,
    ) -> (Result<T, E>, Value) {
        self.index += 1;
        let index = self.index;
        let result = write(self, index);
        if result.is_err() {
            self.roll_back();
        }
        (result, self.commit())
    }

    /// Runs something that takes no index, and takes back whatever it did.
    pub(super) fn consult<T, E>(
        &mut self,
        read: impl FnOnce(&mut Store, u64) -> Result<T, E>,
    ) -> Result<T, E> {
        let index = self.index;
        let result = read(self, index);
        self.roll_back();
        result
    }

    fn roll_back(&mut self) {
        each_table!(&mut *self, table => table.roll_back());
        self.lost_locks.clear();
    }

    /// Makes the last write final and describes it.
    fn commit(&mut self) -> Value {
        let mut indexes = Map::new();
        let mut rows = Vec::new();
        let described = self.described;
        each_kept_table!(&mut *self, (name, table) => {
            let keys = table.commit();
            if described {
                for key in keys {
                    let row = table.get(&key);
                    rows.push(json!([name, key, row]));
                }
            }
            if table.index() > 0 {
                indexes.insert(name.to_string(), table.index().into());
            }
        });
        self.instances.commit();
        self.node_ids.commit();
        for (key, delay) in self.lost_locks.drain(..) {
            self.lock_delays.insert(key, Instant::now() + delay);
        }
        json!({"index": self.index, "indexes": indexes, "rows": rows})
    }

    /// Everything, as one journal line that makes the same store from nothing.
    pub(super) fn snapshot(&mut self) -> Value {
        let mut indexes = Map::new();
        let mut rows = Vec::new();
        each_kept_table!(&mut *self, (name, table) => {
            rows.extend(table.iter().map(|(key, row)| json!([name, key, row])));
            indexes.insert(name.to_string(), table.index().into());
        });
        json!({"index": self.index, "indexes": indexes, "rows": rows})
    }

    /// Applies a journal line; the error says what is wrong with it.
    pub(super) fn replay(&mut self, line: Value) -> Result<(), String> {
        let wrong = |what: &str| format!("the journal's line has no proper {what}");
        self.index = line.get("index").and_then(Value::as_u64).ok_or_else(|| wrong("index"))?;
        let rows = line.get("rows").and_then(Value::as_array).ok_or_else(|| wrong("rows"))?;
        for row in rows {
            let [Value::String(named), key, value] = row.as_array().map(Vec::as_slice).unwrap_or_default()
            else {
                return Err(wrong("row"));
            };
            each_kept_table!(&mut *self, (name, table) => if name == named {
                let key = serde_json::from_value(key.clone()).map_err(|error| error.to_string())?;
                if value.is_null() {
                    table.remove(&key);
                } else {
                    table.insert(key, serde_json::from_value(value.clone()).map_err(|error| error.to_string())?);
                }
            });
        }
        let indexes = line.get("indexes").and_then(Value::as_object).ok_or_else(|| wrong("indexes"))?;
        each_kept_table!(&mut *self, (name, table) => {
            if let Some(index) = indexes.get(name).and_then(Value::as_u64) {
                table.touch(index);
            }
        });
        self.commit();
        Ok(())
    }

    /// Rebuilds what is derived, after the journal was replayed.
    pub(super) fn derive(&mut self) {
        for ((node, id), placed) in self.services.iter() {
            let name = placed.service.service.to_lowercase();
            self.instances.insert((name, (node.clone(), id.clone())), ());
        }
        for node in self.nodes.values().filter(|node| !node.id.is_empty()) {
            self.node_ids.insert(node.id.to_lowercase(), node.node.to_lowercase());
        }
        self.commit();
    }

    /// The index a kind of document was last changed at.
    pub(super) fn documents_index(&self, kind: &str) -> u64 {
        self.documents_indexes.get(kind).copied().unwrap_or(0)
    }

    /// A document, if there is one.
    pub(super) fn document(&self, kind: &str, id: &str) -> Option<&Value> {
        self.documents.get(&(kind.to_string(), id.to_string()))
    }

    /// The documents of a kind, in the order of their ids.
    pub(super) fn documents(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        let from = (kind.to_string(), String::new());
        self.documents
            .range(from..)
            .take_while(move |((of, _), _)| of == kind)
            .map(|((_, id), row)| (id.as_str(), row))
    }

    /// Keeps a document, or removes it if there is none.
    pub(super) fn put_document(&mut self, index: u64, kind: &str, id: &str, document: Option<Value>) {
        let key = (kind.to_string(), id.to_string());
        match document {
            Some(document) => self.documents.insert(key, document),
            None => {
                self.documents.remove(&key);
            }
        }
        self.documents_indexes.insert(kind.to_string(), index);
    }
}
