//! The static tree of module calls: its nodes are declarations, its edges references.
//!
//! Nodes of one call lie next to each other, so a node's number is found by adding, never by looking up.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::uses::{CallUses, ModuleUses, ResourceUses, Uses};
use crate::base::Text;
use crate::base::address::{Mode, ResourceAddress, Target};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::schema::Schemas;
use crate::engine::graph::{Cycle, Graph};
use crate::engine::state::ProviderRef;
use crate::lang::resolve::Use;
use crate::lang::resolve::program::{
    Module, ModuleId, Program, ProviderKey, Reference, Resource, ResourceKey,
};

/// A module at one place it is called from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PathId(pub u32);

/// A node of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// What a node stands for; numbers are indexes in the [`Module`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// How many instances the module has here.
    Expand,
    /// What the call's `depends_on` waits for.
    Gate,
    /// Everything in the module, for `depends_on = [module.x]`.
    Close,
    /// All outputs of the module.
    Outputs,
    /// A variable.
    Variable(u32),
    /// A local.
    Local(u32),
    /// An output.
    Output(u32),
    /// A resource or data source, all its instances.
    Resource(u32),
    /// A provider block.
    Provider(u32),
    /// A check.
    Check(u32),
}

/// A module at one place it is called from.
#[derive(Debug)]
pub struct Path {
    /// The module.
    pub module: Arc<Module>,
    /// Where it is called from, and by which call; `None` for the root.
    pub parent: Option<(PathId, u32)>,
    /// The module at each of its calls; `None` where it could not be loaded.
    pub children: Vec<Option<PathId>>,
    /// What its declarations refer to.
    pub uses: Arc<ModuleUses>,
    base: u32,
}

/// What does the work for a resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProviderUse {
    /// As the state records it.
    pub reference: ProviderRef,
    /// Its block; `None` for a provider without settings.
    pub node: Option<NodeId>,
}

/// The tree with its graph.
#[derive(Debug)]
pub struct Tree {
    /// All paths; callers before what they call, so the root is first.
    pub paths: Vec<Path>,
    nodes: Vec<(PathId, Node)>,
    /// Edges run from what is referred to, to what refers to it.
    pub graph: Graph,
    providers: FxHashMap<NodeId, ProviderUse>,
}

/// At most so many places may modules be called from: modules that call each other twice, twenty deep, would be a
/// million.
const MAX_PATHS: usize = 100_000;

impl Tree {
    /// The tree of a program.
    ///
    /// # Errors
    /// A cycle the checker has not seen, or more places than fit.
    pub fn build(program: &Program, schemas: &Schemas) -> Result<Self, Box<Diagnostic>> {
        let paths = paths(program)?;
        let mut nodes = Vec::new();
        for (at, path) in paths.iter().enumerate() {
            let id = PathId(at as u32);
            debug_assert_eq!(nodes.len(), path.base as usize);
            nodes.extend(path.nodes().map(|node| (id, node)));
        }
        let mut tree = Self { paths, nodes, graph: Graph::default(), providers: FxHashMap::default() };
        tree.providers = tree.find_providers(schemas);
        let edges = tree.edges();
        tree.graph = match Graph::build(tree.nodes.len(), edges) {
            Ok(graph) => graph,
            Err(Cycle(circle)) => return Err(Box::new(tree.explain(&circle))),
        };
        Ok(tree)
    }

    /// A path.
    pub fn path(&self, id: PathId) -> &Path {
        &self.paths[id.0 as usize]
    }

    /// What a node stands for.
    pub fn node(&self, id: NodeId) -> (PathId, Node) {
        self.nodes[id.0 as usize]
    }

    /// The node of a declaration.
    pub fn id(&self, path: PathId, node: Node) -> NodeId {
        self.path(path).id(node)
    }

    /// How many nodes a path has.
    pub fn size(&self, path: PathId) -> u32 {
        self.path(path).size()
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The declaration of a resource node.
    pub fn resource(&self, id: NodeId) -> Option<&Resource> {
        let (path, Node::Resource(at)) = self.node(id) else { return None };
        self.path(path).module.resources.get_index(at as usize).map(|(_, resource)| resource)
    }

    /// Whether a check reads this for itself.
    pub fn is_of_check(&self, id: NodeId) -> bool {
        let (path, Node::Resource(at)) = self.node(id) else { return false };
        let module = &self.path(path).module;
        let key = module.resources.get_index(at as usize).map(|(key, _)| key);
        key.is_some() && module.checks.values().any(|check| check.data.as_ref() == key)
    }

    /// What a resource node refers to.
    pub fn resource_uses(&self, path: PathId, at: u32) -> &ResourceUses {
        &self.path(path).uses.resources[at as usize]
    }

    /// What the call that leads to this path refers to, and where it stands; `None` for the root.
    pub fn call_uses(&self, path: PathId) -> Option<(PathId, &CallUses)> {
        let (parent, call) = self.path(path).parent?;
        Some((parent, &self.path(parent).uses.calls[call as usize]))
    }

    /// What does the work for a resource node; `None` if nobody offers its kind.
    pub fn provider(&self, id: NodeId) -> Option<&ProviderUse> {
        self.providers.get(&id)
    }

    /// The provider block with this name and alias as seen from the root.
    pub fn root_provider(&self, reference: &ProviderRef) -> Option<NodeId> {
        let key = ProviderKey { name: reference.name.clone(), alias: reference.alias.clone() };
        let at = self.paths[0].module.providers.get_index_of(&key)?;
        Some(self.id(PathId(0), Node::Provider(at as u32)))
    }

    /// The address of a node without instance keys: `module.db.local.name`.
    pub fn address(&self, id: NodeId) -> String {
        let (path, node) = self.node(id);
        let (mut address, label) = (self.path_address(path), self.label(id));
        match node {
            Node::Expand | Node::Gate | Node::Close | Node::Outputs => {}
            _ if address.is_empty() => address = label,
            _ => address = format!("{address}.{label}"),
        }
        address
    }

    /// The address of a node within its module.
    pub fn label(&self, id: NodeId) -> String {
        let (path, node) = self.node(id);
        let module = &self.path(path).module;
        fn name<K: std::fmt::Display, V>(map: &indexmap::IndexMap<K, V>, at: u32) -> String {
            map.get_index(at as usize).map(|(name, _)| name.to_string()).unwrap_or_default()
        }
        match node {
            Node::Expand | Node::Gate | Node::Close | Node::Outputs => String::new(),
            Node::Variable(at) => format!("var.{}", name(&module.variables, at)),
            Node::Local(at) => format!("local.{}", name(&module.locals, at)),
            Node::Output(at) => format!("output.{}", name(&module.outputs, at)),
            Node::Check(at) => format!("check.{}", name(&module.checks, at)),
            Node::Resource(_) => self.resource(id).map_or_else(String::new, |resource| {
                let data = if resource.key.mode == Mode::Data { "data." } else { "" };
                format!("{data}{}.{}", resource.key.kind, resource.key.name)
            }),
            Node::Provider(at) => {
                module.providers.get_index(at as usize).map_or_else(String::new, |(key, _)| {
                    let alias = key.alias.as_ref().map_or_else(String::new, |alias| format!(".{alias}"));
                    format!("provider.{}{alias}", key.name)
                })
            }
        }
    }

    /// The calls that lead to a path: `module.a.module.b`; empty for the root.
    pub fn path_address(&self, id: PathId) -> String {
        let names: Vec<_> = self.path_names(id).iter().map(|name| format!("module.{name}")).collect();
        names.join(".")
    }

    /// The names of the calls that lead to a path.
    pub fn path_names(&self, mut id: PathId) -> Vec<Text> {
        let mut names = Vec::new();
        while let Some((parent, call)) = self.path(id).parent {
            names.extend(
                self.path(parent).module.calls.get_index(call as usize).map(|(name, _)| name.clone()),
            );
            id = parent;
        }
        names.reverse();
        names
    }

    /// The nodes a reference made in `path` stands for.
    pub fn targets(&self, path: PathId, found: &Use, mut add: impl FnMut(NodeId)) {
        match found.target {
            Reference::Variable(at) => add(self.id(path, Node::Variable(at))),
            Reference::Local(at) => add(self.id(path, Node::Local(at))),
            Reference::Resource(at) => add(self.id(path, Node::Resource(at))),
            Reference::Call(at) => {
                let Some(child) = self.path(path).children.get(at as usize).copied().flatten() else {
                    return;
                };
                add(self.id(child, Node::Expand));
                let output = |name: &Text| self.path(child).module.outputs.get_index_of(name);
                match found.attribute.as_ref().map(output) {
                    Some(Some(at)) => add(self.id(child, Node::Output(at as u32))),
                    _ => add(self.id(child, Node::Outputs)),
                }
            }
            _ => {}
        }
    }

    /// As [`Tree::targets`], for `depends_on`: a module means everything in it.
    pub fn awaited(&self, path: PathId, found: &Use, mut add: impl FnMut(NodeId)) {
        match found.target {
            Reference::Call(at) => {
                let child = self.path(path).children.get(at as usize).copied().flatten();
                child.into_iter().for_each(|child| add(self.id(child, Node::Close)));
            }
            _ => self.targets(path, found, add),
        }
    }

    /// The declaration of a resource of the root module or, with steps, of a module in it.
    pub fn find_resource(&self, address: &ResourceAddress) -> Option<NodeId> {
        self.find_resource_from(PathId(0), address)
    }

    /// As [`Tree::find_resource`], with the address relative to the module at `path`.
    pub fn find_resource_from(&self, mut path: PathId, address: &ResourceAddress) -> Option<NodeId> {
        for step in address.module.0.iter() {
            let call = self.path(path).module.calls.get_index_of(&step.name)?;
            path = self.path(path).children[call]?;
        }
        let ResourceAddress { mode, kind, name, .. } = address;
        let key = ResourceKey { mode: *mode, kind: kind.clone(), name: name.clone() };
        let at = self.path(path).module.resources.get_index_of(&key)?;
        Some(self.id(path, Node::Resource(at as u32)))
    }

    fn edges(&self) -> Vec<(u32, u32)> {
        let mut edges = self.edges_of_imports();
        for (at, path) in self.paths.iter().enumerate() {
            let id = PathId(at as u32);
            let expand = path.id(Node::Expand);
            for node in path.nodes() {
                let this = path.id(node);
                let mut from = |before: NodeId| edges.push((before.0, this.0));
                let refer = |place: PathId, uses: &Uses, from: &mut dyn FnMut(NodeId)| {
                    // Whether a whole module is meant as a value or as something to wait for can't be told apart here,
                    // and waiting is always right.
                    for found in uses {
                        let whole_module =
                            matches!(found.target, Reference::Call(_)) && found.attribute.is_none();
                        if whole_module {
                            self.awaited(place, found, &mut *from)
                        }
                        self.targets(place, found, &mut *from);
                    }
                };
                match node {
                    Node::Expand => {
                        if let Some((parent, uses)) = self.call_uses(id) {
                            from(self.id(parent, Node::Expand));
                            refer(parent, &uses.expansion, &mut from);
                        }
                        continue;
                    }
                    Node::Gate => {
                        if let Some((parent, uses)) = self.call_uses(id) {
                            from(self.id(parent, Node::Gate));
                            refer(parent, &uses.depends_on, &mut from);
                        }
                    }
                    Node::Close => {
                        (0..path.module.resources.len())
                            .for_each(|at| from(path.id(Node::Resource(at as u32))));
                        path.children.iter().flatten().for_each(|child| from(self.id(*child, Node::Close)));
                        from(path.id(Node::Outputs));
                    }
                    Node::Outputs => {
                        (0..path.module.outputs.len()).for_each(|at| from(path.id(Node::Output(at as u32))));
                    }
                    Node::Variable(at) => {
                        if let Some((parent, uses)) = self.call_uses(id)
                            && let Some(uses) = uses.arguments.get(at as usize)
                        {
                            refer(parent, uses, &mut from);
                        }
                        let own = |found: &&Use| found.target != Reference::Variable(at);
                        let uses: Uses =
                            path.uses.variables[at as usize].iter().filter(own).cloned().collect();
                        refer(id, &uses, &mut from);
                    }
                    Node::Local(at) => refer(id, &path.uses.locals[at as usize], &mut from),
                    Node::Output(at) => refer(id, &path.uses.outputs[at as usize], &mut from),
                    Node::Provider(at) => refer(id, &path.uses.providers[at as usize], &mut from),
                    Node::Check(at) => refer(id, &path.uses.checks[at as usize], &mut from),
                    Node::Resource(at) => {
                        let uses = &path.uses.resources[at as usize];
                        refer(id, &uses.expansion, &mut from);
                        let other = |found: &&Use| found.target != Reference::Resource(at);
                        let body: Uses = uses.body.iter().filter(other).cloned().collect();
                        refer(id, &body, &mut from);
                        from(path.id(Node::Gate));
                        if let Some(ProviderUse { node: Some(provider), .. }) = self.providers.get(&this) {
                            from(*provider);
                        }
                    }
                }
                from(expand);
            }
        }
        edges
    }

    /// What an import says must be known when what it is for is planned.
    fn edges_of_imports(&self) -> Vec<(u32, u32)> {
        let mut edges = Vec::new();
        for (at, path) in self.paths.iter().enumerate() {
            let id = PathId(at as u32);
            for (import, uses) in path.module.imports.iter().zip(&path.uses.imports) {
                let Ok(Target::Resource(address, _)) = import.target() else { continue };
                let Some(into) = self.find_resource_from(id, &address) else { continue };
                for found in uses {
                    self.targets(id, found, |before| {
                        if before != into {
                            edges.push((before.0, into.0));
                        }
                    });
                }
            }
        }
        edges
    }

    fn find_providers(&self, schemas: &Schemas) -> FxHashMap<NodeId, ProviderUse> {
        let mut found = FxHashMap::default();
        let mut known: FxHashMap<(PathId, ProviderKey), ProviderUse> = FxHashMap::default();
        for (at, path) in self.paths.iter().enumerate() {
            let id = PathId(at as u32);
            for (at, (key, resource)) in path.module.resources.iter().enumerate() {
                let offered = match key.mode {
                    Mode::Managed => schemas.resource(&key.kind),
                    Mode::Data => schemas.data(&key.kind),
                };
                let Some((provider, _)) = offered else { continue };
                let named = resource.provider.as_ref().map(|(key, _)| key.clone());
                let key = named.unwrap_or_else(|| ProviderKey { name: provider.name.clone(), alias: None });
                let of_key = known.entry((id, key.clone())).or_insert_with(|| self.resolve(id, key));
                found.insert(path.id(Node::Resource(at as u32)), of_key.clone());
            }
        }
        found
    }

    /// Follows a provider's name outwards, through `providers = { … }` of each call.
    fn resolve(&self, mut path: PathId, mut key: ProviderKey) -> ProviderUse {
        loop {
            let here = self.path(path);
            let at = here.module.providers.get_index_of(&key);
            if let Some(at) = at {
                let node = Some(self.id(path, Node::Provider(at as u32)));
                return ProviderUse { reference: ProviderRef { name: key.name, alias: key.alias }, node };
            }
            let Some((parent, call)) = here.parent else {
                return ProviderUse {
                    reference: ProviderRef { name: key.name, alias: key.alias },
                    node: None,
                };
            };
            let call = self.path(parent).module.calls.get_index(call as usize).map(|(_, call)| call);
            if let Some((outer, _)) = call.and_then(|call| call.providers.get(&key)) {
                key = outer.clone();
            }
            path = parent;
        }
    }

    fn explain(&self, circle: &[u32]) -> Diagnostic {
        let named: Vec<_> =
            circle.iter().map(|n| self.address(NodeId(*n))).filter(|a| !a.is_empty()).collect();
        let first = named.first().cloned().unwrap_or_default();
        let drawn = named.iter().chain([&first]).map(String::as_str).collect::<Vec<_>>().join(" → ");
        let message = format!("{first} depends on itself");
        let spans: Vec<_> = circle.iter().filter_map(|n| self.declared(NodeId(*n))).collect();
        let diagnostic = match spans.first() {
            Some(span) => Diagnostic::new(codes::DEPENDENCY_CYCLE, *span, message),
            None => Diagnostic::without_place(codes::DEPENDENCY_CYCLE, message),
        };
        let labelled = spans.iter().skip(1).fold(diagnostic, |d, span| d.label(*span, "on the way round"));
        labelled.note(format!("the circle, what is needed first: {drawn}"))
    }

    /// Who owns what is declared by a node: the `metadata` around the outermost call that leads to it, since who asks
    /// for a thing owns it; else that of the module it stands in.
    pub fn owner(&self, id: NodeId) -> Option<Text> {
        let (mut path, _) = self.node(id);
        let mut owner = self.declared(id).and_then(|span| self.path(path).module.owner(span));
        while let Some((parent, call)) = self.path(path).parent {
            let module = &self.path(parent).module;
            let around = module.calls.get_index(call as usize).and_then(|(_, call)| module.owner(call.span));
            owner = around.or(owner);
            path = parent;
        }
        owner.cloned()
    }

    /// Where a node is declared.
    pub fn declared(&self, id: NodeId) -> Option<crate::base::source::Span> {
        let (path, node) = self.node(id);
        let path = self.path(path);
        let module = &path.module;
        match node {
            Node::Expand | Node::Gate | Node::Close | Node::Outputs => {
                let (parent, call) = path.parent?;
                self.path(parent).module.calls.get_index(call as usize).map(|(_, call)| call.span)
            }
            Node::Variable(at) => module.variables.get_index(at as usize).map(|(_, d)| d.span),
            Node::Local(at) => module.locals.get_index(at as usize).map(|(_, d)| d.span),
            Node::Output(at) => module.outputs.get_index(at as usize).map(|(_, d)| d.span),
            Node::Resource(at) => module.resources.get_index(at as usize).map(|(_, d)| d.span),
            Node::Provider(at) => module.providers.get_index(at as usize).map(|(_, d)| d.span),
            Node::Check(at) => module.checks.get_index(at as usize).map(|(_, d)| d.span),
        }
    }
}

impl Path {
    /// All nodes of the path in the order of their numbers.
    fn nodes(&self) -> impl Iterator<Item = Node> + use<> {
        let count = |n: usize| 0..n as u32;
        let m = &self.module;
        [Node::Expand, Node::Gate, Node::Close, Node::Outputs]
            .into_iter()
            .chain(count(m.variables.len()).map(Node::Variable))
            .chain(count(m.locals.len()).map(Node::Local))
            .chain(count(m.outputs.len()).map(Node::Output))
            .chain(count(m.resources.len()).map(Node::Resource))
            .chain(count(m.providers.len()).map(Node::Provider))
            .chain(count(m.checks.len()).map(Node::Check))
    }

    fn id(&self, node: Node) -> NodeId {
        let m = &self.module;
        let before = |groups: usize| {
            let sizes =
                [m.variables.len(), m.locals.len(), m.outputs.len(), m.resources.len(), m.providers.len()];
            4 + sizes.iter().take(groups).sum::<usize>() as u32
        };
        let offset = match node {
            Node::Expand => 0,
            Node::Gate => 1,
            Node::Close => 2,
            Node::Outputs => 3,
            Node::Variable(at) => before(0) + at,
            Node::Local(at) => before(1) + at,
            Node::Output(at) => before(2) + at,
            Node::Resource(at) => before(3) + at,
            Node::Provider(at) => before(4) + at,
            Node::Check(at) => before(5) + at,
        };
        NodeId(self.base + offset)
    }

    fn size(&self) -> u32 {
        self.nodes().count() as u32
    }
}

fn paths(program: &Program) -> Result<Vec<Path>, Box<Diagnostic>> {
    let mut uses: FxHashMap<ModuleId, Arc<ModuleUses>> = FxHashMap::default();
    let mut paths: Vec<Path> = Vec::new();
    let mut open = std::collections::VecDeque::from([(program.root, None::<(PathId, u32)>)]);
    let mut base = 0;
    while let Some((id, parent)) = open.pop_front() {
        if paths.len() >= MAX_PATHS {
            let call = |(path, at): (PathId, u32)| paths[path.0 as usize].module.calls.get_index(at as usize);
            let message = format!("modules are called from more than {MAX_PATHS} places");
            let diagnostic = match parent.and_then(call) {
                Some((_, call)) => Diagnostic::new(codes::LIMIT_EXCEEDED, call.head, message),
                None => Diagnostic::without_place(codes::LIMIT_EXCEEDED, message),
            };
            return Err(Box::new(
                diagnostic
                    .note("a module counts once for every place that any module around it is called from"),
            ));
        }
        let module = program.module(id).clone();
        let this = PathId(paths.len() as u32);
        let own = uses.entry(id).or_insert_with(|| {
            let called = |at: usize| Some(program.module(module.calls[at].module?).clone());
            Arc::new(ModuleUses::of(&module, called))
        });
        let path = Path {
            children: vec![None; module.calls.len()],
            parent,
            uses: own.clone(),
            base,
            module: module.clone(),
        };
        base += path.size();
        paths.push(path);
        if let Some((parent, call)) = parent {
            paths[parent.0 as usize].children[call as usize] = Some(this);
        }
        for (at, call) in module.calls.values().enumerate() {
            if let Some(called) = call.module {
                open.push_back((called, Some((this, at as u32))));
            }
        }
    }
    Ok(paths)
}
