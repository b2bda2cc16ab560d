//! `--target` and `--exclude`: which declarations, and which instances of them, a plan is about.

use crate::base::address::{InstanceAddress, ModuleAddress, ModuleStep, ResourceAddress, Target};
use crate::engine::expand::{Node, NodeId, PathId, Tree};
use crate::engine::options::PlanOptions;

/// What a plan is about.
pub(crate) struct Selection {
    targets: Vec<Target>,
    excludes: Vec<Target>,
    /// By node: something that is targeted needs it. Empty if there are no targets.
    needed: Vec<bool>,
    /// By node: it depends on something that is excluded. Empty if nothing is.
    cut_off: Vec<bool>,
}

impl Selection {
    pub(crate) fn new(tree: &Tree, options: &PlanOptions) -> Self {
        let mut needed = Vec::new();
        if !options.targets.is_empty() {
            needed = vec![false; tree.len()];
            for node in tree.graph.order().iter().rev() {
                let wanted = needed[*node as usize] || named(tree, NodeId(*node), &options.targets);
                if wanted {
                    tree.graph.before(*node).for_each(|before| needed[before as usize] = true);
                }
            }
        }
        let mut cut_off = Vec::new();
        if !options.excludes.is_empty() {
            cut_off = vec![false; tree.len()];
            for node in tree.graph.order() {
                if cut_off[*node as usize] || named(tree, NodeId(*node), &options.excludes) {
                    tree.graph.after(*node).for_each(|after| cut_off[after as usize] = true);
                }
            }
        }
        Self { targets: options.targets.clone(), excludes: options.excludes.clone(), needed, cut_off }
    }

    /// Whether everything is selected.
    pub(crate) fn is_all(&self) -> bool {
        self.targets.is_empty() && self.excludes.is_empty()
    }

    /// Whether an instance of this declaration (`None`: one that only the state knows) is selected.
    pub(crate) fn has(&self, node: Option<NodeId>, address: &InstanceAddress) -> bool {
        let at =
            |flags: &[bool]| node.is_some_and(|node| flags.get(node.0 as usize).copied().unwrap_or(false));
        let targeted = self.targets.is_empty()
            || at(&self.needed)
            || self.targets.iter().any(|target| target.covers(address));
        targeted && !at(&self.cut_off) && !self.excludes.iter().any(|target| target.covers(address))
    }

    /// Whether instances that are not known yet may be selected: those of a resource, or all in a module whose calls a
    /// node decides.
    pub(crate) fn may_have(&self, node: NodeId, tree: &Tree) -> bool {
        if self.is_all() {
            return true;
        }
        let (path, kind) = tree.node(node);
        if !matches!(kind, Node::Expand) {
            return self.may_have_of(node, tree);
        }
        let within = |inner: PathId| {
            let callers = std::iter::successors(Some(inner), |at| tree.path(*at).parent.map(|(at, _)| at));
            callers.into_iter().any(|at| at == path)
        };
        let nodes = (0..tree.len() as u32).map(NodeId);
        let resources = nodes.filter(|node| matches!(tree.node(*node).1, Node::Resource(_)));
        resources.into_iter().any(|node| within(tree.node(node).0) && self.may_have_of(node, tree))
    }

    fn may_have_of(&self, node: NodeId, tree: &Tree) -> bool {
        let at = |flags: &[bool]| flags.get(node.0 as usize).copied().unwrap_or(false);
        let targeted = self.targets.is_empty() || at(&self.needed) || named(tree, node, &self.targets);
        let excluded = address_of(tree, node)
            .is_some_and(|address| self.excludes.iter().any(|exclude| exclude.covers(&address)));
        targeted && !at(&self.cut_off) && !excluded
    }

    /// Whether a value that is known only through selected instances is worth working out to the end: an output.
    pub(crate) fn has_output(&self, node: NodeId, tree: &Tree) -> bool {
        self.is_all() || {
            // With targets an output counts if nothing it refers to was left out.
            let mut open = vec![node.0];
            let mut seen = rustc_hash::FxHashSet::default();
            while let Some(next) = open.pop() {
                if !seen.insert(next) {
                    continue;
                }
                let id = NodeId(next);
                if matches!(tree.node(id).1, Node::Resource(_)) {
                    let left_out = !self.needed.is_empty()
                        && !self.needed[next as usize]
                        && !named(tree, id, &self.targets);
                    let cut = self.cut_off.get(next as usize).copied().unwrap_or(false)
                        || named(tree, id, &self.excludes);
                    if left_out || cut {
                        return false;
                    }
                }
                open.extend(tree.graph.before(next));
            }
            true
        }
    }
}

/// Whether any target names instances of this node. Keys are left aside: they are not known yet.
fn named(tree: &Tree, node: NodeId, targets: &[Target]) -> bool {
    let Some(address) = address_of(tree, node) else { return false };
    targets.iter().any(|target| target.without_keys().covers(&address))
}

/// The instances of a resource all together, without keys.
fn address_of(tree: &Tree, node: NodeId) -> Option<InstanceAddress> {
    let resource = tree.resource(node)?;
    let steps = tree.path_names(tree.node(node).0);
    let module = ModuleAddress(steps.into_iter().map(|name| ModuleStep { name, key: None }).collect());
    let key = &resource.key;
    let address = ResourceAddress { module, mode: key.mode, kind: key.kind.clone(), name: key.name.clone() };
    Some(address.instance(None))
}
