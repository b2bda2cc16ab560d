//! Nodes, services and checks go: each takes with it what hangs on it. Removing what is not there does nothing.

use super::Store;
use super::catalog::on_node;

impl Store {
    /// Removes a node with everything on it, and ends its sessions.
    pub(in crate::world::agent) fn delete_node(&mut self, index: u64, name: &str) {
        let key = name.to_lowercase();
        let Some(node) = self.nodes.get(&key).cloned() else { return };
        let services: Vec<String> = self.services_of(&key).map(|placed| placed.service.id.clone()).collect();
        for id in services {
            self.delete_service(index, &key, &id);
        }
        let checks: Vec<String> = self.checks_of(&key).map(|check| check.check_id.clone()).collect();
        for id in checks {
            self.delete_check(index, &key, &id);
        }
        self.nodes.remove(&key);
        self.nodes.touch(index);
        if !node.id.is_empty() {
            self.node_ids.remove(&node.id.to_lowercase());
        }
        self.end_sessions_of_node(index, &key);
    }

    /// Removes a service instance and its checks.
    pub(in crate::world::agent) fn delete_service(&mut self, index: u64, node: &str, id: &str) {
        let key = on_node(node, id);
        let Some(placed) = self.services.get(&key).cloned() else { return };
        let own = |service_id: &str| service_id.to_lowercase() == key.1;
        let checks = self.checks_of(node).filter(|check| own(&check.service_id));
        let checks: Vec<String> = checks.map(|check| check.check_id.clone()).collect();
        for id in checks {
            self.delete_check(index, node, &id);
        }
        // Whether or not there were any.
        self.checks.touch(index);
        let name = placed.service.service.to_lowercase();
        self.services.remove(&key);
        self.services.touch(index);
        self.instances.remove(&(name.clone(), key));
        self.service_lost_instance(index, &name);
    }

    /// Removes a check, and ends the sessions that rely on it.
    pub(in crate::world::agent) fn delete_check(&mut self, index: u64, node: &str, id: &str) {
        let key = on_node(node, id);
        let Some(check) = self.checks.get(&key).cloned() else { return };
        if check.service_id.is_empty() {
            self.touch_services_of(index, &key.0);
            self.services.touch(index);
        } else if let Some(placed) = self.services.get(&on_node(node, &check.service_id)) {
            let name = placed.service.service.to_lowercase();
            self.service_indexes.insert(name, index);
        }
        self.checks.remove(&key);
        self.checks.touch(index);
        self.end_sessions_of_check(index, &key.0, &check.check_id);
    }
}
