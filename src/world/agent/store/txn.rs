//! Transactions: operations of four kinds, all or nothing. A failing one lets the rest be tried, so that all errors
//! are reported at once, and then everything is taken back.

use super::Store;
use super::catalog::on_node;
use crate::world::agent::duration::quoted;
use crate::world::agent::model::{Check, Entry, Node, Service};
use serde_json::{Value, json};

/// What a node, service or check operation does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::world::agent) enum Verb {
    Get,
    Set,
    Cas,
    Delete,
    DeleteCas,
}

/// One operation of a transaction. The index a compare-and-set expects is the record's `modify_index`.
#[derive(Clone, Debug)]
pub(in crate::world::agent) enum Op {
    Kv {
        verb: String,
        entry: Entry,
    },
    Node {
        verb: Verb,
        node: Node,
    },
    Service {
        verb: Verb,
        node: String,
        service: Service,
    },
    Check {
        verb: Verb,
        check: Check,
    },
    /// A verb nobody knows, and the kind of thing it was asked of.
    Unknown {
        kind: &'static str,
        verb: String,
    },
}

/// An operation that failed, by its place.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::world::agent) struct TxnError {
    pub(in crate::world::agent) op_index: usize,
    pub(in crate::world::agent) what: String,
}

/// What operations answer. There are fewer than operations: deletions answer none.
type Outcome = Vec<Value>;

impl Store {
    /// Performs all operations; on an error the caller takes the write back.
    pub(in crate::world::agent) fn transact(
        &mut self,
        index: u64,
        ops: &[Op],
    ) -> Result<Vec<Value>, Vec<TxnError>> {
        let (mut results, mut errors) = (Vec::new(), Vec::new());
        for (op_index, op) in ops.iter().enumerate() {
            match self.perform(index, op) {
                Ok(more) => results.extend(more),
                Err(what) => errors.push(TxnError { op_index, what }),
            }
        }
        if errors.is_empty() { Ok(results) } else { Err(errors) }
    }

    fn perform(&mut self, index: u64, op: &Op) -> Result<Outcome, String> {
        match op {
            Op::Kv { verb, entry } => self.perform_kv(index, verb, entry.clone()),
            Op::Node { verb, node } => self.perform_node(index, *verb, node.clone()),
            Op::Service { verb, node, service } => self.perform_service(index, *verb, node, service.clone()),
            Op::Check { verb, check } => self.perform_check(index, *verb, check.clone()),
            Op::Unknown { kind, verb } => Err(format!("unknown {kind} verb {}", quoted(verb))),
        }
    }

    fn perform_kv(&mut self, index: u64, verb: &str, entry: Entry) -> Result<Outcome, String> {
        let key = quoted(&entry.key);
        let existing = self.kvs.get(&entry.key).cloned();
        let stale = |what: &str| format!("failed to {what} key {key}, index is stale");
        let entry = match verb {
            "set" => self.set_key(index, entry, false),
            "cas" => self.set_key_if(index, entry).ok_or_else(|| stale("set"))?,
            "lock" => self
                .lock_key(index, entry)?
                .ok_or_else(|| format!("failed to lock key {key}, lock is already held"))?,
            "unlock" => self.unlock_key(index, entry)?.ok_or_else(|| {
                format!("failed to unlock key {key}, lock isn't held, or is held by another session")
            })?,
            "delete" => {
                self.delete_key(index, &entry.key);
                return Ok(Vec::new());
            }
            "delete-cas" => {
                let done = self.delete_key_if(index, &entry.key, entry.modify_index);
                return if done { Ok(Vec::new()) } else { Err(stale("delete")) };
            }
            "delete-tree" => {
                self.delete_tree(index, &entry.key);
                return Ok(Vec::new());
            }
            "get" => {
                let entry = existing.ok_or_else(|| format!("key {key} doesn't exist"))?;
                return Ok(vec![json!({"KV": entry})]);
            }
            "get-tree" => return Ok(self.keys_under(&entry.key).map(|entry| json!({"KV": entry})).collect()),
            "check-session" => {
                let now =
                    existing.ok_or_else(|| format!("failed to check session, key {key} doesn't exist"))?;
                if now.session != entry.session {
                    let (is, wanted) = (quoted(&now.session), quoted(&entry.session));
                    return Err(format!(
                        "failed session check for key {key}, current session {is} != {wanted}"
                    ));
                }
                now
            }
            "check-index" => {
                let now =
                    existing.ok_or_else(|| format!("failed to check index, key {key} doesn't exist"))?;
                if now.modify_index != entry.modify_index {
                    let (is, wanted) = (now.modify_index, entry.modify_index);
                    return Err(format!(
                        "failed index check for key {key}, current modify index {is} != {wanted}"
                    ));
                }
                now
            }
            "check-not-exists" => {
                return if existing.is_some() { Err(format!("key {key} exists")) } else { Ok(Vec::new()) };
            }
            verb => return Err(format!("unknown KV verb {}", quoted(verb))),
        };
        // Only the two that ask for values get them.
        Ok(vec![json!({"KV": Entry { value: None, ..entry }})])
    }

    fn perform_node(&mut self, index: u64, verb: Verb, node: Node) -> Result<Outcome, String> {
        let name = quoted(&node.node);
        let by_name = self.nodes.get(&node.node.to_lowercase());
        let existing = if node.id.is_empty() { by_name } else { self.node_by_id(&node.id) };
        let existing = existing.cloned();
        let (now, expected) = (existing.as_ref().map(|node| node.modify_index), node.modify_index);
        let node = match verb {
            Verb::Get => existing.ok_or_else(|| format!("node {name} doesn't exist"))?,
            Verb::Cas if now.unwrap_or(0) != expected => {
                return Err(format!("failed to set node {name}, index is stale"));
            }
            Verb::Set | Verb::Cas => self.ensure_node(index, node)?,
            Verb::DeleteCas if now != Some(expected) => {
                return Err(format!("failed to delete node {name}, index is stale"));
            }
            Verb::Delete | Verb::DeleteCas => {
                self.delete_node(index, &node.node);
                return Ok(Vec::new());
            }
        };
        Ok(vec![json!({"Node": node})])
    }

    fn perform_service(
        &mut self,
        index: u64,
        verb: Verb,
        node: &str,
        service: Service,
    ) -> Result<Outcome, String> {
        let (id, on) = (quoted(&service.id), quoted(node));
        let existing = self.services.get(&on_node(node, &service.id)).map(|placed| placed.service.clone());
        let (now, expected) = (existing.as_ref().map(|service| service.modify_index), service.modify_index);
        let service = match verb {
            Verb::Get => existing.ok_or_else(|| format!("service {id} on node {on} doesn't exist"))?,
            Verb::Cas if now.unwrap_or(0) != expected => {
                return Err(format!("failed to set service {id} on node {on}, index is stale"));
            }
            Verb::Set | Verb::Cas => self.ensure_service(index, node, service)?,
            Verb::DeleteCas if now != Some(expected) => {
                return Err(format!("failed to delete service {id} on node {on}, index is stale"));
            }
            Verb::Delete | Verb::DeleteCas => {
                self.delete_service(index, node, &service.id);
                return Ok(Vec::new());
            }
        };
        Ok(vec![json!({"Service": service})])
    }

    fn perform_check(&mut self, index: u64, verb: Verb, check: Check) -> Result<Outcome, String> {
        let (id, on) = (quoted(&check.check_id), quoted(&check.node));
        let existing = self.checks.get(&on_node(&check.node, &check.check_id)).cloned();
        let (now, expected) = (existing.as_ref().map(|check| check.modify_index), check.modify_index);
        let check = match verb {
            Verb::Get => existing.ok_or_else(|| format!("check {id} on node {on} doesn't exist"))?,
            Verb::Cas if now.unwrap_or(0) != expected => {
                return Err(format!("failed to set check {id} on node {on}, index is stale"));
            }
            Verb::Set => self.ensure_check(index, check)?,
            // Consul 1.8.7 forgets why a compare-and-set failed, and answers what is there: nothing, perhaps.
            Verb::Cas => match self.ensure_check(index, check).ok().or(existing) {
                Some(check) => check,
                None => return Ok(Vec::new()),
            },
            Verb::DeleteCas if now != Some(expected) => {
                return Err(format!("failed to delete check {id} on node {on}, index is stale"));
            }
            Verb::Delete | Verb::DeleteCas => {
                self.delete_check(index, &check.node, &check.check_id);
                return Ok(Vec::new());
            }
        };
        Ok(vec![json!({"Check": check})])
    }
}
