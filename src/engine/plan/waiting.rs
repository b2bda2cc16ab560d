//! Data that is read only when something is as it shall be, however much is known of what is asked for.

use super::planner::Planner;
use crate::base::address::Mode;
use crate::engine::expand::{Node, NodeId, PathId};
use crate::lang::resolve::program::Reference;

impl Planner<'_> {
    /// Whether data waits for something that changes: a resource its own block names, anything in its `depends_on`, or
    /// what its module waits for. Through a local, a variable or an output it is the value alone that counts.
    pub(super) fn waits(&self, node: NodeId) -> bool {
        let tree = &self.world.tree;
        let (path, Node::Resource(own)) = tree.node(node) else { return false };
        let Some(resource) = tree.resource(node) else { return false };
        let of_path = tree.path(path);
        let uses = &of_path.uses.resources[own as usize];
        let is_managed = |target: &Reference| match target {
            Reference::Resource(at) => of_path.module.resources[*at as usize].key.mode == Mode::Managed,
            _ => false,
        };
        let mut named = uses.expansion.iter().chain(&uses.body).map(|used| used.target).filter(is_managed);
        let changes = |target: Reference| self.changes(path, target);
        self.is_pending(tree.id(path, Node::Gate))
            || named.any(changes)
            || resource.depends_on.iter().any(|dependency| changes(dependency.target))
    }

    /// Whether a resource changes, or something in a module.
    fn changes(&self, path: PathId, target: Reference) -> bool {
        let tree = &self.world.tree;
        match target {
            Reference::Resource(at) => self.is_pending(tree.id(path, Node::Resource(at))),
            Reference::Call(at) => {
                let child = tree.path(path).children.get(at as usize).copied().flatten();
                child.is_some_and(|child| self.is_pending(tree.id(child, Node::Close)))
            }
            _ => false,
        }
    }

    fn is_pending(&self, node: NodeId) -> bool {
        self.flags[node.0 as usize].pending
    }
}
