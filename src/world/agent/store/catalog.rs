//! Nodes, services and checks come in: what counts as unchanged, and which index each change moves.

use super::{EXTINCTION, OnNode, Store};
use crate::world::agent::duration::quoted;
use crate::world::agent::model::{Check, Node, PlacedService, Service, Weights};
use std::ops::Bound;

/// The body of `catalog/register`, with every name already filled in.
#[derive(Clone, Debug, Default)]
pub(in crate::world::agent) struct Registration {
    pub(in crate::world::agent) node: Node,
    pub(in crate::world::agent) skip_node_update: bool,
    pub(in crate::world::agent) service: Option<Service>,
    pub(in crate::world::agent) checks: Vec<Check>,
}

pub(super) const MISSING_NODE: &str = "Missing node registration";
pub(super) const MISSING_SERVICE: &str = "Missing service registration";
const NO_KEY: &str = "object missing primary index";

pub(super) fn on_node(node: &str, id: &str) -> OnNode {
    (node.to_lowercase(), id.to_lowercase())
}

impl Store {
    /// `catalog/register`: a node, perhaps a service on it, perhaps checks; all of it or nothing.
    pub(in crate::world::agent) fn register(
        &mut self,
        index: u64,
        request: Registration,
    ) -> Result<(), String> {
        let Registration { node, skip_node_update, service, checks } = request;
        let name = node.node.clone();
        let changes = match self.nodes.get(&name.to_lowercase()) {
            None => true,
            Some(_) if skip_node_update => false,
            Some(existing) => !same_node(existing, &node),
        };
        if changes {
            self.ensure_node(index, node).map_err(|error| format!("failed inserting node: {error}"))?;
        }
        if let Some(service) = service {
            self.ensure_service(index, &name, service)
                .map_err(|error| format!("failed inserting service: {error}"))?;
        }
        for check in checks {
            if check.node != name {
                return Err(format!(
                    "check node {} does not match node {}",
                    quoted(&check.node),
                    quoted(&name)
                ));
            }
            self.ensure_check(index, check)
                .map_err(|error| format!("failed inserting check: {error} on node {}", quoted(&name)))?;
        }
        Ok(())
    }

    /// Creates a node or replaces its record.
    pub(super) fn ensure_node(&mut self, index: u64, mut node: Node) -> Result<Node, String> {
        let key = node.node.to_lowercase();
        let mut existing = None;
        if !node.id.is_empty() {
            match self.node_by_id(&node.id).cloned() {
                Some(known) => {
                    if known.node != node.node {
                        self.refuse_taken_name(&node, false).map_err(|error| {
                            let (id, address) = (quoted(&node.id), &node.address);
                            format!("Error while renaming Node ID: {id} ({address}): {error}")
                        })?;
                        // The same node under another name.
                        self.delete_node(index, &known.node);
                    }
                    existing = Some(known);
                }
                None => self.refuse_taken_name(&node, true).map_err(|error| {
                    format!("Error while renaming Node ID: {}: {error}", quoted(&node.id))
                })?,
            }
        }
        let existing = existing.or_else(|| self.nodes.get(&key).cloned());
        node.create_index = existing.as_ref().map_or(index, |node| node.create_index);
        node.modify_index = index;
        if let Some(existing) = existing {
            if same_node(&existing, &node) {
                return Ok(existing);
            }
            if !existing.id.is_empty() && existing.id != node.id {
                self.node_ids.remove(&existing.id.to_lowercase());
            }
        }
        if !node.id.is_empty() {
            self.node_ids.insert(node.id.to_lowercase(), key.clone());
        }
        self.nodes.insert(key.clone(), node.clone());
        self.nodes.touch(index);
        self.touch_services_of(index, &key);
        Ok(node)
    }

    /// A node's name belongs to the node with another id that is alive under it.
    fn refuse_taken_name(&self, node: &Node, without_id_is_free: bool) -> Result<(), String> {
        let Some(other) = self.nodes.get(&node.node.to_lowercase()) else { return Ok(()) };
        let serf = self.checks.get(&on_node(&other.node, "serfHealth"));
        let alive = serf.is_some_and(|check| check.status != "critical");
        if node.id == other.id || !alive || (other.id.is_empty() && without_id_is_free) {
            return Ok(());
        }
        let Node { id, node: name, address, .. } = other;
        Err(format!("Node name {} is reserved by node {id} with name {name} ({address})", node.node))
    }

    pub(in crate::world::agent) fn node_by_id(&self, id: &str) -> Option<&Node> {
        self.nodes.get(self.node_ids.get(&id.to_lowercase())?)
    }

    /// Creates a service instance or replaces its record.
    pub(super) fn ensure_service(
        &mut self,
        index: u64,
        node: &str,
        mut service: Service,
    ) -> Result<Service, String> {
        let key = on_node(node, &service.id);
        if let Some(meta) = &service.meta {
            check_meta(meta).map_err(|error| {
                format!("Invalid Service Meta for node {node} and serviceID {}: {error}", service.id)
            })?;
        }
        if self.nodes.get(&key.0).is_none() {
            return Err(MISSING_NODE.to_string());
        }
        if service.id.is_empty() || service.service.is_empty() {
            return Err(format!("failed inserting service: {NO_KEY}"));
        }
        let weights = service.weights.filter(|weights| weights.passing > 0 && weights.warning >= 0);
        service.weights = Some(weights.unwrap_or(Weights { passing: 1, warning: 1 }));
        let existing = self.services.get(&key).cloned();
        service.create_index = existing.as_ref().map_or(index, |placed| placed.service.create_index);
        service.modify_index = index;
        if let Some(PlacedService { node: at, service: old }) = existing {
            service.modify_index = old.modify_index;
            if at == node && old == service {
                return Ok(service);
            }
            service.modify_index = index;
            let (was, is) = (old.service.to_lowercase(), service.service.to_lowercase());
            if was != is {
                self.instances.remove(&(was, key.clone()));
            }
        }
        let name = service.service.to_lowercase();
        self.instances.insert((name.clone(), key.clone()), ());
        self.services.insert(key, PlacedService { node: node.to_string(), service: service.clone() });
        self.services.touch(index);
        self.service_indexes.insert(name, index);
        Ok(service)
    }

    /// Creates a check or replaces its record. One that turns critical ends the sessions that rely on it.
    pub(super) fn ensure_check(&mut self, index: u64, mut check: Check) -> Result<Check, String> {
        let key = on_node(&check.node, &check.check_id);
        let existing = self.checks.get(&key).cloned();
        check.create_index = existing.as_ref().map_or(index, |old| old.create_index);
        if check.status.is_empty() {
            check.status = "critical".to_string();
        }
        if self.nodes.get(&key.0).is_none() {
            return Err(MISSING_NODE.to_string());
        }
        let mut service = None;
        if !check.service_id.is_empty() {
            let Some(placed) = self.services.get(&on_node(&check.node, &check.service_id)) else {
                return Err(MISSING_SERVICE.to_string());
            };
            check.service_name = placed.service.service.clone();
            check.service_tags = placed.service.tags.clone();
            service = Some(placed.service.service.to_lowercase());
        }
        if check.check_id.is_empty() {
            return Err(format!("failed inserting check: {NO_KEY}"));
        }
        let same = existing.as_ref().is_some_and(|old| same_check(old, &check));
        if !same {
            match service {
                Some(name) => self.service_indexes.insert(name, index),
                None => self.touch_services_of(index, &key.0),
            }
        }
        if check.status == "critical" {
            self.end_sessions_of_check(index, &key.0, &check.check_id);
        }
        // Written even if it is the same: its type may differ, which does not count as a change.
        check.modify_index = existing.filter(|_| same).map_or(index, |old| old.modify_index);
        self.checks.insert(key, check.clone());
        self.checks.touch(index);
        Ok(check)
    }

    /// A node's change shows in the health of every service on it.
    pub(super) fn touch_services_of(&mut self, index: u64, node: &str) {
        let names: Vec<String> =
            self.services_of(node).map(|placed| placed.service.service.to_lowercase()).collect();
        for name in names {
            self.service_indexes.insert(name, index);
        }
    }

    /// Moves the index of a service that lost an instance, or records its end if that was the last one.
    pub(super) fn service_lost_instance(&mut self, index: u64, name: &str) {
        if self.instances_of(name).next().is_some() {
            self.service_indexes.insert(name.to_string(), index);
        } else {
            self.service_indexes.remove(name);
            self.service_indexes.insert(EXTINCTION.to_string(), index);
        }
    }

    /// The services on a node, by id.
    pub(in crate::world::agent) fn services_of(&self, node: &str) -> impl Iterator<Item = &PlacedService> {
        let node = node.to_lowercase();
        let from = Bound::Included((node.clone(), String::new()));
        self.services
            .range((from, Bound::Unbounded))
            .take_while(move |((at, _), _)| *at == node)
            .map(|(_, placed)| placed)
    }

    /// The checks on a node, by id.
    pub(in crate::world::agent) fn checks_of(&self, node: &str) -> impl Iterator<Item = &Check> {
        let node = node.to_lowercase();
        let from = Bound::Included((node.clone(), String::new()));
        self.checks
            .range((from, Bound::Unbounded))
            .take_while(move |((at, _), _)| *at == node)
            .map(|(_, check)| check)
    }

    /// The checks that say how a service instance is: those of its node, then its own.
    pub(in crate::world::agent) fn checks_about<'s>(
        &'s self,
        placed: &'s PlacedService,
    ) -> impl Iterator<Item = &'s Check> {
        let own = placed.service.id.to_lowercase();
        let of_node = self.checks_of(&placed.node).filter(|check| check.service_id.is_empty());
        let of_service =
            self.checks_of(&placed.node).filter(move |check| check.service_id.to_lowercase() == own);
        of_node.chain(of_service)
    }

    /// The instances of a service, by node and id.
    pub(in crate::world::agent) fn instances_of(&self, name: &str) -> impl Iterator<Item = &PlacedService> {
        let name = name.to_lowercase();
        let from = (name.clone(), (String::new(), String::new()));
        self.instances
            .range(from..)
            .take_while(move |((of, _), ())| *of == name)
            .filter_map(|((_, key), ())| self.services.get(key))
    }

    /// The index a reader of this service waits on.
    pub(in crate::world::agent) fn service_index(&self, name: &str, exists: bool, with_checks: bool) -> u64 {
        let name = if exists { name.to_lowercase() } else { EXTINCTION.to_string() };
        self.service_indexes.get(&name).copied().unwrap_or_else(|| {
            let checks = if with_checks { self.checks.index() } else { 0 };
            self.nodes.index().max(self.services.index()).max(checks)
        })
    }
}

fn same_node(a: &Node, b: &Node) -> bool {
    (&a.id, &a.node, &a.address, &a.datacenter, &a.tagged_addresses, &a.meta)
        == (&b.id, &b.node, &b.address, &b.datacenter, &b.tagged_addresses, &b.meta)
}

/// Whether two checks say the same. The type is not looked at.
fn same_check(a: &Check, b: &Check) -> bool {
    Check { kind: b.kind.clone(), modify_index: b.modify_index, ..a.clone() } == *b
}

/// The limits on metadata keys and values.
fn check_meta(meta: &std::collections::BTreeMap<String, String>) -> Result<(), String> {
    if meta.len() > 64 {
        return Err("Node metadata cannot contain more than 64 key/value pairs".to_string());
    }
    for (key, value) in meta {
        let wrong = if key.is_empty() {
            "Key cannot be blank"
        } else if !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            "Key contains invalid characters"
        } else if key.len() > 128 {
            "Key is too long (limit: 128 characters)"
        } else if key.starts_with("consul-") {
            "Key prefix 'consul-' is reserved for internal use"
        } else if value.len() > 512 {
            "Value is too long (limit: 512 characters)"
        } else {
            continue;
        };
        return Err(format!("Couldn't load metadata pair ('{key}', '{value}'): {wrong}"));
    }
    Ok(())
}
