//! Which instance waits for which: the tree's references between declarations, followed from instance to instance.
//!
//! Nodes are rows, and per module instance its variables, locals, outputs and resources as a whole. A reference to one
//! instance is an edge to that row; a reference to all is an edge to the node of the whole, which has an edge to each:
//! so there are never more edges than references plus instances.

use rustc_hash::{FxHashMap, FxHashSet};

use super::world::World;
use crate::base::address::{InstanceKey, Mode, ResourceAddress};
use crate::engine::expand::{InstId, Node, NodeId, RowId};
use crate::lang::resolve::program::Reference;
use crate::lang::resolve::{Instance as Which, Use};

/// What a link stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Link {
    /// An instance of a resource.
    Row(RowId),
    /// A declaration in a module instance; for a resource all its instances.
    Declared(InstId, NodeId),
    /// An output of all instances of a call.
    Output(InstId, u32, u32),
}

/// Links and the edges between them, `(before, after)`.
pub(crate) struct Links {
    pub(crate) links: Vec<Link>,
    pub(crate) edges: Vec<(u32, u32)>,
    bases: Vec<u32>,
    joins: FxHashMap<(InstId, u32, u32), u32>,
    /// By link: what is directly before it.
    before: Vec<Vec<u32>>,
}

impl Links {
    /// Follows all references.
    pub(crate) fn new(world: &World) -> Self {
        let mut links: Vec<_> = (0..world.rows.len() as u32).map(|row| Link::Row(RowId(row))).collect();
        let mut bases = Vec::new();
        for (inst, instance) in world.instances.iter() {
            bases.push(links.len() as u32);
            let first = world.tree.id(instance.path, Node::Expand).0;
            let count = world.tree.size(instance.path);
            links.extend((first..first + count).map(|node| Link::Declared(inst, NodeId(node))));
        }
        let before = vec![Vec::new(); links.len()];
        let mut this = Self { links, edges: Vec::new(), bases, joins: FxHashMap::default(), before };
        for at in 0..this.links.len() {
            match this.links[at] {
                Link::Row(row) => this.row(world, row),
                Link::Declared(inst, node) => this.declared(world, inst, node),
                Link::Output(..) => {}
            }
        }
        for (before, after) in &this.edges {
            this.before[*after as usize].push(*before);
        }
        this
    }

    /// For a plan without steps.
    pub(crate) fn none() -> Self {
        Self {
            links: Vec::new(),
            edges: Vec::new(),
            bases: Vec::new(),
            joins: FxHashMap::default(),
            before: Vec::new(),
        }
    }

    /// The link of a declaration in a module instance.
    fn at(&self, world: &World, inst: InstId, node: Node) -> u32 {
        let path = world.instances.get(inst).path;
        let first = world.tree.id(path, Node::Expand).0;
        self.bases[inst.0 as usize] + (world.tree.id(path, node).0 - first)
    }

    fn edge(&mut self, before: u32, after: u32) {
        if before != after {
            self.edges.push((before, after));
        }
    }

    fn row(&mut self, world: &World, id: RowId) {
        let row = world.row(id);
        let (path, Node::Resource(at)) = world.tree.node(row.node) else { return };
        let uses = world.tree.resource_uses(path, at);
        let own = Reference::Resource(at);
        for found in uses.expansion.iter().chain(&uses.body).filter(|found| found.target != own) {
            self.refer(world, row.inst, row.address.key.as_ref(), found, id.0);
        }
        let gate = self.at(world, row.inst, Node::Gate);
        self.edge(gate, id.0);
        let whole = self.at(world, row.inst, Node::Resource(at));
        self.edge(id.0, whole);
    }

    fn declared(&mut self, world: &World, inst: InstId, id: NodeId) {
        let (path, node) = world.tree.node(id);
        let this = self.at(world, inst, node);
        let tree = world.tree.clone();
        let uses = &tree.path(path).uses;
        let call = tree.call_uses(path).zip(world.instances.get(inst).parent);
        let key = world.instances.get(inst).address.0.last().and_then(|step| step.key.clone());
        match node {
            Node::Gate => {
                if let Some(((_, call), (parent, _))) = call {
                    let outer = self.at(world, parent, Node::Gate);
                    self.edge(outer, this);
                    call.depends_on
                        .iter()
                        .for_each(|found| self.refer(world, parent, key.as_ref(), found, this));
                }
            }
            Node::Close => {
                let module = &tree.path(path).module;
                for at in 0..module.resources.len() as u32 {
                    let whole = self.at(world, inst, Node::Resource(at));
                    self.edge(whole, this);
                }
                let outputs = self.at(world, inst, Node::Outputs);
                self.edge(outputs, this);
                let calls: Vec<_> =
                    world.instances.get(inst).calls.iter().flat_map(|call| call.members.clone()).collect();
                for child in calls {
                    let close = self.at(world, child, Node::Close);
                    self.edge(close, this);
                }
            }
            Node::Outputs => {
                for at in 0..tree.path(path).module.outputs.len() as u32 {
                    let output = self.at(world, inst, Node::Output(at));
                    self.edge(output, this);
                }
            }
            Node::Variable(at) => {
                if let Some(((_, call), (parent, _))) = call
                    && let Some(argument) = call.arguments.get(at as usize)
                {
                    for found in argument.iter().chain(&call.expansion) {
                        self.refer(world, parent, key.as_ref(), found, this);
                    }
                }
            }
            Node::Local(at) => {
                uses.locals[at as usize].iter().for_each(|found| self.refer(world, inst, None, found, this));
            }
            Node::Output(at) => {
                uses.outputs[at as usize].iter().for_each(|found| self.refer(world, inst, None, found, this));
            }
            Node::Expand | Node::Resource(_) | Node::Provider(_) | Node::Check(_) => {}
        }
    }

    /// Adds the edges of one reference made in `inst` under `key`.
    fn refer(&mut self, world: &World, inst: InstId, key: Option<&InstanceKey>, found: &Use, after: u32) {
        let which = match &found.instance {
            Which::All => None,
            Which::EachKey | Which::CountIndex => Some(key),
            Which::Key(key) => Some(Some(key)),
        };
        match found.target {
            Reference::Variable(at) => {
                let before = self.at(world, inst, Node::Variable(at));
                self.edge(before, after);
            }
            Reference::Local(at) => {
                let before = self.at(world, inst, Node::Local(at));
                self.edge(before, after);
            }
            Reference::Resource(at) => {
                let one = which.map(|key| world.instances.get(inst).resources[at as usize].find(key));
                match one {
                    Some(Some(row)) => self.edge(row.0, after),
                    Some(None) => {}
                    None => {
                        let whole = self.at(world, inst, Node::Resource(at));
                        self.edge(whole, after);
                    }
                }
            }
            Reference::Call(at) => self.refer_call(world, inst, at, which, found, after),
            _ => {}
        }
    }

    fn refer_call(
        &mut self,
        world: &World,
        inst: InstId,
        call: u32,
        which: Option<Option<&InstanceKey>>,
        found: &Use,
        after: u32,
    ) {
        let tree = world.tree.clone();
        let path = world.instances.get(inst).path;
        let Some(child) = tree.path(path).children.get(call as usize).copied().flatten() else { return };
        let output = found.attribute.as_ref();
        let output = output.and_then(|name| tree.path(child).module.outputs.get_index_of(name));
        let of_one = |output: Option<usize>| match output {
            Some(at) => Node::Output(at as u32),
            // As a value or as something to wait for: both are over when everything in it is.
            None => Node::Close,
        };
        let members = &world.instances.get(inst).calls[call as usize];
        match which {
            Some(key) => {
                if let Some(child) = members.find(key) {
                    let before = self.at(world, child, of_one(output));
                    self.edge(before, after);
                }
            }
            None if members.members.len() == 1 => {
                let before = self.at(world, members.members[0], of_one(output));
                self.edge(before, after);
            }
            None => {
                let name = (inst, call, output.map_or(u32::MAX, |at| at as u32));
                let join = match self.joins.get(&name) {
                    Some(join) => *join,
                    None => {
                        let join = self.links.len() as u32;
                        self.links.push(Link::Output(inst, call, name.2));
                        self.before.push(Vec::new());
                        self.joins.insert(name, join);
                        for child in members.members.clone() {
                            let before = self.at(world, child, of_one(output));
                            self.edge(before, join);
                        }
                        join
                    }
                };
                self.edge(join, after);
            }
        }
    }

    /// The resources a row's declaration refers to, through values: what its state calls dependencies.
    pub(crate) fn dependencies(&self, world: &World, row: RowId) -> Vec<ResourceAddress> {
        let mut found: Vec<ResourceAddress> = Vec::new();
        let mut seen = FxHashSet::default();
        let mut open: Vec<u32> = self.before[row.0 as usize].clone();
        while let Some(link) = open.pop() {
            if !seen.insert(link) {
                continue;
            }
            match self.links[link as usize] {
                Link::Row(row) => found.push(world.row(row).address.resource.clone()),
                Link::Declared(inst, node) => match world.tree.resource(node) {
                    Some(resource) => found.push(ResourceAddress {
                        module: world.instances.get(inst).address.clone(),
                        mode: resource.key.mode,
                        kind: resource.key.kind.clone(),
                        name: resource.key.name.clone(),
                    }),
                    None => open.extend(&self.before[link as usize]),
                },
                Link::Output(..) => open.extend(&self.before[link as usize]),
            }
        }
        found.retain(|address| address.mode == Mode::Managed);
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// By resource node: whether it, or something that depends on it, is replaced by making the new object first.
pub(crate) fn create_first(world: &World, own: impl Fn(RowId) -> bool) -> Vec<bool> {
    let tree = &world.tree;
    let mut first = vec![false; tree.len()];
    for (at, row) in world.rows.iter().enumerate() {
        if own(RowId(at as u32)) {
            first[row.node.0 as usize] = true;
        }
    }
    for node in tree.graph.order().iter().rev() {
        if first[*node as usize] {
            // A gate or module that waits passes it on like a value.
            tree.graph.before(*node).for_each(|before| first[before as usize] = true);
        }
    }
    first
}
