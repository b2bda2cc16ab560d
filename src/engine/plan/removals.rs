//! What the state has and nothing configures any more: it is removed, or let go.

use std::sync::Arc;

use super::model::Reason;
use super::planner::Planner;
use crate::base::Text;
use crate::base::address::InstanceAddress;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::schema::Schema;
use crate::base::source::Span;
use crate::engine::expand::NodeId;
use crate::engine::state::Instance;

/// An instance or deposed object that goes.
pub(crate) struct Removal {
    pub(crate) instance: Arc<Instance>,
    pub(crate) slot: usize,
    pub(crate) schema: Arc<Schema>,
    pub(crate) declared: Option<Span>,
    pub(crate) reason: Reason,
    /// Only the state forgets it.
    pub(crate) forget: bool,
    /// The token it was deposed under, if it is not the instance's object.
    pub(crate) deposed: Option<Text>,
}

impl Planner<'_> {
    /// Finds out what goes.
    pub(crate) async fn removals(&mut self) {
        if self.request.cancel.is_cancelled() {
            return;
        }
        self.read_the_rest().await;
        if self.request.options.refresh_only {
            return;
        }
        let destroy = self.request.options.destroy;
        let instances: Vec<_> = self.instances.values().cloned().collect();
        for instance in instances {
            let address = &instance.address;
            let node = self.world.tree.find_resource(&address.resource);
            if !destroy && (self.claimed.contains(address) || self.is_unsettled(node)) {
                continue;
            }
            if !self.selection.has(node, address) {
                continue;
            }
            let reason = match node {
                _ if destroy => Reason::Destroying,
                Some(_) => Reason::KeyGone,
                None => Reason::NotConfigured,
            };
            let forget = !destroy && self.is_let_go(address);
            if !forget && let Some(diagnostic) = self.kept_by_guard(node, address) {
                self.complain(diagnostic);
                continue;
            }
            self.remove(instance, node, reason, forget, None);
        }
        let deposed: Vec<_> =
            self.deposed.iter().map(|(key, instance)| (key.clone(), instance.clone())).collect();
        for ((address, token), instance) in deposed {
            let node = self.world.tree.find_resource(&address.resource);
            if self.selection.has(node, &address) {
                self.remove(instance, node, Reason::Deposed, false, Some(token));
            }
        }
    }

    /// Whether a mistake or a deferral hides which instances of a resource there are.
    fn is_unsettled(&self, node: Option<NodeId>) -> bool {
        node.is_some_and(|node| {
            let flags = self.flags[node.0 as usize];
            flags.failed || flags.deferred
        })
    }

    /// Settles and reads back what providers made that no configured resource uses.
    async fn read_the_rest(&mut self) {
        let mut slots = Vec::new();
        let all = self.request.options.refresh_only || self.request.options.destroy;
        let tree = self.world.tree.clone();
        for (address, instance) in &self.instances {
            if all || !self.claimed.contains(address) {
                slots.push(self.connections.of_reference(&tree, &instance.provider));
            }
        }
        for instance in self.deposed.values() {
            slots.push(self.connections.of_reference(&tree, &instance.provider));
        }
        for intent in &self.request.state.intents {
            slots.push(self.connections.of_reference(&tree, &intent.provider));
        }
        slots.sort_unstable();
        slots.dedup();
        for slot in slots {
            if self.connection(slot, None).await.is_some() {
                self.refresh(slot).await;
            }
        }
    }

    fn kept_by_guard(&self, node: Option<NodeId>, address: &InstanceAddress) -> Option<Diagnostic> {
        let node = node?;
        let resource = self.world.tree.resource(node)?;
        let prevent = resource.lifecycle.prevent_destroy?;
        let (path, _) = self.world.tree.node(node);
        let insts = self.world.instances.of_path(path);
        let module = &address.resource.module;
        let own = insts.iter().find(|inst| self.world.instances.get(**inst).address == *module);
        // The module instance may be gone; any other of its kind knows the same protection.
        let inst = own.or_else(|| insts.first()).copied()?;
        self.protected(inst, Some(prevent), address, None)
    }

    fn remove(
        &mut self,
        instance: Arc<Instance>,
        node: Option<NodeId>,
        reason: Reason,
        forget: bool,
        deposed: Option<Text>,
    ) {
        let kind = &instance.address.resource.kind;
        let declared = node.and_then(|node| self.world.tree.declared(node));
        let schema = self.world.schemas.resource(kind).map(|(_, schema)| schema.clone());
        let Some(schema) = schema.or_else(|| forget.then(Arc::default)) else {
            let message = format!("{} can't be removed: no provider offers {kind}", instance.address);
            let diagnostic = Diagnostic::without_place(codes::UNKNOWN_RESOURCE_KIND, message).help(format!(
                "to let it go without removing the object: prov state rm {}",
                instance.address
            ));
            return self.complain(diagnostic);
        };
        let slot = self.connections.of_reference(&self.world.tree, &instance.provider);
        if !forget && self.connections.slots[slot].connection.is_none() {
            return;
        }
        self.removals.push(Removal { instance, slot, schema, declared, reason, forget, deposed });
    }
}
