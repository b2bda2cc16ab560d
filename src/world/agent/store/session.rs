//! Sessions: who may hold a lock, and what becomes of the locks when the holder is gone.

use super::{QUERY, Store};
use crate::world::agent::model::Session;
use serde_json::Value;
use std::time::Duration;

/// What is wrong with an id that should be a UUID, in Consul's words.
pub(in crate::world::agent) fn uuid_error(id: &str) -> Option<String> {
    let hyphens = id.bytes().filter(|byte| *byte == b'-').count();
    let bad = id.chars().find(|c| !c.is_ascii_hexdigit() && *c != '-');
    let what = if id.len() != 36 {
        "UUID must be 36 characters".to_string()
    } else if hyphens > 4 {
        format!("UUID should have maximum of 4; {hyphens} found")
    } else if let Some(bad) = bad {
        format!("encoding/hex: invalid byte: U+{:04X} '{bad}'", u32::from(bad))
    } else {
        return None;
    };
    Some(format!("index error: {what}"))
}

impl Store {
    /// A session by its id; an error if that is no id at all.
    pub(in crate::world::agent) fn session(&self, id: &str) -> Result<Option<&Session>, String> {
        if let Some(error) = uuid_error(id) {
            return Err(format!("failed session lookup: {error}"));
        }
        Ok(self.sessions.get(&id.to_lowercase()))
    }

    /// Creates a session on a node that exists and whose named checks are not critical.
    pub(in crate::world::agent) fn create_session(
        &mut self,
        index: u64,
        mut session: Session,
    ) -> Result<(), String> {
        let node = session.node.to_lowercase();
        if self.nodes.get(&node).is_none() {
            return Err("Missing node registration".to_string());
        }
        for id in session.node_checks.iter().flatten() {
            let Some(check) = self.checks.get(&(node.clone(), id.to_lowercase())) else {
                return Err(format!("Missing check '{id}' registration"));
            };
            if check.status == "critical" {
                return Err(format!("Check '{id}' is in critical state"));
            }
        }
        session.create_index = index;
        session.modify_index = index;
        self.sessions.insert(session.id.clone(), session);
        self.sessions.touch(index);
        Ok(())
    }

    /// Ends a session: its locks are released, or their keys deleted, and can't be taken again for its lock-delay.
    pub(in crate::world::agent) fn end_session(&mut self, index: u64, id: &str) {
        let Some(session) = self.sessions.remove(&id.to_lowercase()) else { return };
        self.sessions.touch(index);
        let bound = |query: &Value| query.get("Session").and_then(Value::as_str) == Some(&session.id);
        let queries: Vec<String> =
            self.documents(QUERY).filter(|(_, query)| bound(query)).map(|(id, _)| id.to_string()).collect();
        for id in queries {
            self.put_document(index, QUERY, &id, None);
        }
        let held: Vec<_> = self.kvs.values().filter(|entry| entry.session == session.id).cloned().collect();
        let delay = Duration::from_nanos(u64::try_from(session.lock_delay).unwrap_or(0));
        for mut entry in held {
            if !delay.is_zero() {
                self.lost_locks.push((entry.key.clone(), delay));
            }
            if session.behavior == "delete" {
                self.delete_key(index, &entry.key);
            } else {
                entry.session.clear();
                self.set_key(index, entry, true);
            }
        }
    }

    pub(super) fn end_sessions_of_node(&mut self, index: u64, node: &str) {
        let node = node.to_lowercase();
        self.end_sessions(index, |session| session.node.to_lowercase() == node);
    }

    pub(super) fn end_sessions_of_check(&mut self, index: u64, node: &str, check: &str) {
        let (node, check) = (node.to_lowercase(), check.to_lowercase());
        self.end_sessions(index, |session| {
            session.node.to_lowercase() == node
                && session.node_checks.iter().flatten().any(|id| id.to_lowercase() == check)
        });
    }

    fn end_sessions(&mut self, index: u64, which: impl Fn(&Session) -> bool) {
        let ids: Vec<String> = self.sessions.values().filter(|s| which(s)).map(|s| s.id.clone()).collect();
        for id in ids {
            self.end_session(index, &id);
        }
    }
}
