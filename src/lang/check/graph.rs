//! Which declarations of a module depend on which, without evaluating anything.
//!
//! A module call is many nodes: one per argument and output, so that two modules may use each other's outputs as long
//! as no value depends on itself.

use std::collections::VecDeque;
use std::sync::Arc;

use indexmap::IndexSet;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::{ModuleFacts, Reach};
use crate::base::Text;
use crate::base::address::{Mode, ModuleAddress, ResourceAddress, Target};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::schema::Schemas;
use crate::base::source::Span;
use crate::lang::resolve::program::{
    Condition, Dependency, ExprId, Module, ProviderKey, Reference, Resource, ResourceKey,
};
use crate::lang::resolve::{Declaration, Use, uses_of_body, uses_of_expr};

/// As many places of one circle are shown.
const MOST_PLACES: usize = 1_000;

/// A declaration, by index in its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Node {
    Variable(u32),
    Local(u32),
    Resource(u32),
    /// The call itself: its `count`, `for_each`, `depends_on`.
    Call(u32),
    /// The variable of this index of the callee.
    CallInput(u32, u32),
    /// The output of this index of the callee; behind the last one, all there is in it.
    CallOutput(u32, u32),
    Output(u32),
    /// A configuration of a provider: those of the module by their index, behind them those its callers have.
    Provider(u32),
}

impl Node {
    /// The declaration that is checked at this node.
    pub(super) fn declaration(self) -> Option<Declaration> {
        match self {
            Self::Variable(index) => Some(Declaration::Variable(index)),
            Self::Local(index) => Some(Declaration::Local(index)),
            Self::Resource(index) => Some(Declaration::Resource(index)),
            Self::Call(index) => Some(Declaration::Call(index)),
            Self::Output(index) => Some(Declaration::Output(index)),
            Self::CallInput(..) | Self::CallOutput(..) | Self::Provider(_) => None,
        }
    }
}

/// Dependencies point from what is used to what uses it; weights are the places of the uses.
pub(super) struct DeclarationGraph {
    graph: DiGraph<Node, Option<Span>>,
    nodes: FxHashMap<Node, NodeIndex>,
    providers: IndexSet<ProviderKey>,
}

/// Circles, and an order that ignores them.
pub(super) struct Cycles {
    pub(super) shortest: Vec<Vec<(Node, Option<Span>)>>,
    pub(super) order: Vec<Node>,
}

impl DeclarationGraph {
    pub(super) fn of(module: &Module, facts: &[Arc<ModuleFacts>], schemas: &Schemas) -> Self {
        let providers = module.providers.keys().cloned().collect();
        let mut this = Self { graph: DiGraph::new(), nodes: FxHashMap::default(), providers };
        let interface = |call: u32| {
            let callee = module.calls[call as usize].module?;
            facts.get(callee.0 as usize)
        };
        // Nodes in the order written, so that the order of everything that follows is stable.
        for index in 0..module.variables.len() as u32 {
            this.node(Node::Variable(index));
        }
        // A value is used once it is valid: what its validations ask comes before it, and before all that is made of it.
        for (index, variable) in (0..).zip(module.variables.values()) {
            let node = this.node(Node::Variable(index));
            let own = Reference::Variable(index);
            for id in
                variable.validations.iter().flat_map(|condition| [condition.condition, condition.message])
            {
                uses_of_expr(module, id, &mut |used| {
                    if used.target != own {
                        this.used(module, facts, node, used);
                    }
                });
            }
        }
        for (index, local) in module.locals.values().enumerate() {
            let node = this.node(Node::Local(index as u32));
            this.expr(module, facts, node, local.value);
        }
        for (index, resource) in module.resources.values().enumerate() {
            let node = this.node(Node::Resource(index as u32));
            let mut add = |used: Use| this.used(module, facts, node, used);
            uses_of_body(module, &resource.body, &mut add);
            let lifecycle = &resource.lifecycle;
            let conditions = lifecycle.preconditions.iter().flat_map(|c| [c.condition, c.message]);
            let exprs = [
                resource.count,
                resource.for_each,
                lifecycle.enabled,
                lifecycle.prevent_destroy,
                lifecycle.create_before_destroy,
            ];
            for id in exprs
                .into_iter()
                .flatten()
                .chain(lifecycle.replace_triggered_by.iter().copied())
                .chain(conditions)
            {
                uses_of_expr(module, id, &mut add);
            }
            // What it is itself is there by then.
            let own = Reference::Resource(index as u32);
            let after = lifecycle.postconditions.iter().flat_map(|c| [c.condition, c.message]);
            for id in after {
                uses_of_expr(module, id, &mut |used| {
                    if used.target != own {
                        this.used(module, facts, node, used);
                    }
                });
            }
            this.depends_on(module, facts, node, &resource.depends_on);
            this.through(node, schemas, resource);
        }
        for (index, provider) in (0..).zip(module.providers.values()) {
            let node = this.node(Node::Provider(index));
            uses_of_body(module, &provider.body, &mut |used| this.used(module, facts, node, used));
        }
        for import in &module.imports {
            let Ok(Target::Resource(address, _)) = import.target() else { continue };
            let ResourceAddress { module: ModuleAddress(steps), mode, kind, name } = address;
            let found = module.resources.get_index_of(&ResourceKey { mode, kind, name });
            let Some(index) = found.filter(|_| steps.is_empty()) else { continue };
            let node = this.node(Node::Resource(index as u32));
            for id in [import.id].into_iter().chain(import.for_each).chain(import.keys.iter().copied()) {
                this.expr(module, facts, node, id);
            }
        }
        for (index, call) in module.calls.values().enumerate() {
            let at = index as u32;
            let node = this.node(Node::Call(at));
            for id in [call.count, call.for_each, call.enabled].into_iter().flatten() {
                this.expr(module, facts, node, id);
            }
            this.depends_on(module, facts, node, &call.depends_on);
            let Some(callee) = call.module.and_then(|_| interface(at)) else { continue };
            for (name, argument) in &call.arguments {
                let Some(input) = this.input_index(module, at, name, facts) else { continue };
                let input = this.node(Node::CallInput(at, input));
                this.expr(module, facts, input, argument.value);
            }
            for (output, reach) in callee.reach.iter().enumerate() {
                let output = this.node(Node::CallOutput(at, output as u32));
                this.edge(node, output, None);
                for variable in &reach.variables {
                    let input = this.node(Node::CallInput(at, *variable));
                    this.edge(input, output, None);
                }
                for inner in &reach.providers {
                    let given = call.providers.get(inner);
                    let provider = this.provider(given.map_or(inner, |(outer, _)| outer));
                    this.edge(provider, output, Some(given.map_or(call.head, |(_, span)| *span)));
                }
            }
        }
        for (index, output) in module.outputs.values().enumerate() {
            let node = this.node(Node::Output(index as u32));
            this.expr(module, facts, node, output.value);
            this.conditions(module, facts, node, &output.preconditions);
            this.depends_on(module, facts, node, &output.depends_on);
        }
        this
    }

    fn input_index(
        &self,
        module: &Module,
        call: u32,
        name: &Text,
        facts: &[Arc<ModuleFacts>],
    ) -> Option<u32> {
        let callee = module.calls[call as usize].module?;
        facts.get(callee.0 as usize)?.inputs.get(name).copied()
    }

    fn node(&mut self, node: Node) -> NodeIndex {
        let graph = &mut self.graph;
        *self.nodes.entry(node).or_insert_with(|| graph.add_node(node))
    }

    fn provider(&mut self, key: &ProviderKey) -> NodeIndex {
        let (index, _) = self.providers.insert_full(key.clone());
        self.node(Node::Provider(index as u32))
    }

    /// A resource after the configuration of its provider.
    fn through(&mut self, node: NodeIndex, schemas: &Schemas, resource: &Resource) {
        let offered = match resource.key.mode {
            Mode::Managed => schemas.resource(&resource.key.kind),
            Mode::Data => schemas.data(&resource.key.kind),
        };
        let Some((provider, _)) = offered else { return };
        let default = ProviderKey { name: provider.name.clone(), alias: None };
        let (key, span) = match &resource.provider {
            Some((key, span)) => (key, *span),
            None => (&default, resource.kind_span),
        };
        let provider = self.provider(key);
        self.edge(provider, node, Some(span));
    }

    fn edge(&mut self, from: NodeIndex, to: NodeIndex, span: Option<Span>) {
        self.graph.add_edge(from, to, span);
    }

    fn expr(&mut self, module: &Module, facts: &[Arc<ModuleFacts>], node: NodeIndex, id: ExprId) {
        uses_of_expr(module, id, &mut |used| self.used(module, facts, node, used));
    }

    fn conditions(
        &mut self,
        module: &Module,
        facts: &[Arc<ModuleFacts>],
        node: NodeIndex,
        all: &[Condition],
    ) {
        for condition in all {
            self.expr(module, facts, node, condition.condition);
            self.expr(module, facts, node, condition.message);
        }
    }

    fn depends_on(
        &mut self,
        module: &Module,
        facts: &[Arc<ModuleFacts>],
        node: NodeIndex,
        all: &[Dependency],
    ) {
        for dependency in all {
            // A module is waited for until everything in it is there.
            if let Reference::Call(call) = dependency.target {
                let from = self.node(Node::Call(call));
                self.edge(from, node, Some(dependency.span));
                let callee = module.calls[call as usize].module.and_then(|id| facts.get(id.0 as usize));
                if let Some(callee) = callee {
                    let whole = self.node(Node::CallOutput(call, callee.outputs.len() as u32));
                    self.edge(whole, node, Some(dependency.span));
                }
                continue;
            }
            let used = Use {
                target: dependency.target,
                instance: crate::lang::resolve::Instance::All,
                attribute: None,
                span: dependency.span,
            };
            self.used(module, facts, node, used);
        }
    }

    fn used(&mut self, module: &Module, facts: &[Arc<ModuleFacts>], node: NodeIndex, used: Use) {
        let target = match used.target {
            Reference::Variable(index) => Node::Variable(index),
            Reference::Local(index) => Node::Local(index),
            Reference::Resource(index) => Node::Resource(index),
            Reference::Call(call) => {
                let callee = module.calls[call as usize].module.and_then(|id| facts.get(id.0 as usize));
                let from = self.node(Node::Call(call));
                self.edge(from, node, Some(used.span));
                let Some(callee) = callee else { return };
                let named = used.attribute.as_ref().and_then(|name| callee.output_names.get_index_of(name));
                let outputs = match named {
                    Some(index) => index..index + 1,
                    None => 0..callee.outputs.len(),
                };
                for output in outputs {
                    let from = self.node(Node::CallOutput(call, output as u32));
                    self.edge(from, node, Some(used.span));
                }
                return;
            }
            _ => return,
        };
        let from = self.node(target);
        self.edge(from, node, Some(used.span));
    }

    /// Every declaration after what it depends on.
    pub(super) fn order(&self) -> Result<Vec<Node>, Cycles> {
        if let Ok(order) = petgraph::algo::toposort(&self.graph, None) {
            return Ok(order.into_iter().map(|index| self.graph[index]).collect());
        }
        let components = petgraph::algo::kosaraju_scc(&self.graph);
        let mut shortest = Vec::new();
        let mut order = Vec::new();
        // Kosaraju's components come in reverse topological order: users first.
        for component in components.iter().rev() {
            let circular = component.len() > 1 || self.graph.contains_edge(component[0], component[0]);
            if circular {
                shortest.extend(self.shortest_in(component));
            }
            order.extend(component.iter().map(|index| self.graph[*index]));
        }
        Err(Cycles { shortest, order })
    }

    /// The shortest circle in a strongly connected component, as nodes with the place where each is used by the next.
    fn shortest_in(&self, component: &[NodeIndex]) -> Option<Vec<(Node, Option<Span>)>> {
        let inside: FxHashSet<_> = component.iter().copied().collect();
        let mut best: Option<Vec<NodeIndex>> = None;
        // Each search is linear; in a large component a handful of starts is enough to find a short circle.
        for start in component.iter().copied().take(64) {
            let mut came_from: FxHashMap<NodeIndex, NodeIndex> = FxHashMap::default();
            let mut queue = VecDeque::from([start]);
            'search: while let Some(at) = queue.pop_front() {
                let mut next: Vec<_> =
                    self.graph.neighbors(at).filter(|next| inside.contains(next)).collect();
                next.sort();
                for next in next {
                    if next == start {
                        let mut path = vec![at];
                        while let Some(before) = came_from.get(path.last().unwrap_or(&at)) {
                            path.push(*before);
                        }
                        path.reverse();
                        if best.as_ref().is_none_or(|best| path.len() < best.len()) {
                            best = Some(path);
                        }
                        break 'search;
                    }
                    came_from.entry(next).or_insert_with(|| {
                        queue.push_back(next);
                        at
                    });
                }
            }
        }
        let path = best?;
        let steps = path.iter().zip(path.iter().cycle().skip(1)).map(|(from, to)| {
            let edges = self.graph.edges_connecting(*from, *to);
            (self.graph[*from], edges.filter_map(|edge| *edge.weight()).min())
        });
        Some(steps.collect())
    }

    /// One report per circle: a span per edge, and the loop drawn.
    pub(super) fn report(&self, module: &Module, cycle: &[(Node, Option<Span>)]) -> Diagnostic {
        // The steps inside a called module have no place here and are told by the names around them.
        let mut steps: Vec<(String, Option<Span>)> = Vec::new();
        for (node, span) in cycle {
            let name = name_of(module, *node);
            match (name, span) {
                (Some(name), span) => steps.push((name, *span)),
                (None, Some(span)) => {
                    if let Some(last) = steps.last_mut() {
                        last.1 = last.1.or(Some(*span));
                    }
                }
                (None, None) => {}
            }
        }
        // Edges run from what is used to its user; it is told the other way, who needs whom, from the first place on.
        steps.reverse();
        let first = (0..steps.len()).filter(|at| steps[*at].1.is_some()).min_by_key(|at| steps[*at].1);
        let user_first = |at: usize| (at + steps.len() - 1) % steps.len();
        let turn = first.map_or(0, user_first);
        steps.rotate_left(turn);
        let places: Vec<_> = steps
            .iter()
            .enumerate()
            .filter_map(|(at, (user, _))| {
                let (name, span) = &steps[(at + 1) % steps.len()];
                span.map(|span| (span, format!("`{user}` needs `{name}`")))
            })
            .collect();
        let names: Vec<_> = steps.iter().map(|(name, _)| name.clone()).collect();
        let Some(((first, words), others)) = places.split_first() else {
            return Diagnostic::without_place(
                codes::DEPENDENCY_CYCLE,
                "declarations depend on each other in a circle",
            );
        };
        let message = match names.len() {
            1 => format!("`{}` depends on itself", names[0]),
            _ => "these depend on each other in a circle".to_owned(),
        };
        let mut diagnostic = Diagnostic::new(codes::DEPENDENCY_CYCLE, *first, message).here(words.clone());
        for (span, words) in others.iter().take(MOST_PLACES) {
            diagnostic = diagnostic.label(*span, words.clone());
        }
        if let Some(more) = others.len().checked_sub(MOST_PLACES).filter(|more| *more > 0) {
            diagnostic = diagnostic.note(format!("{more} more of its places are not shown"));
        }
        diagnostic
            .note(drawn(&names))
            .help("break it: let one of them use a variable, a constant or something outside the circle")
    }

    /// For each output, what anything it depends on needs of callers; last, the same of everything in the module.
    pub(super) fn reach(&self, module: &Module) -> Vec<Reach> {
        let mut whole = Reach::default();
        let mut reach: FxHashMap<NodeIndex, Reach> = FxHashMap::default();
        let order: Vec<_> = match petgraph::algo::toposort(&self.graph, None) {
            Ok(order) => order,
            Err(_) => return vec![Reach::default(); module.outputs.len() + 1],
        };
        for index in order {
            let mut all = Reach::default();
            match self.graph[index] {
                Node::Variable(variable) => drop(all.variables.insert(variable)),
                Node::Provider(at) if at as usize >= module.providers.len() => {
                    all.providers.extend(self.providers.get_index(at as usize).cloned());
                }
                _ => {}
            }
            for before in self.graph.neighbors_directed(index, petgraph::Direction::Incoming) {
                if let Some(before) = reach.get(&before) {
                    all.extend(before);
                }
            }
            // A name for a value is nothing to wait for.
            if !matches!(self.graph[index], Node::Variable(_) | Node::Local(_) | Node::CallInput(..)) {
                whole.extend(&all);
            }
            reach.insert(index, all);
        }
        let of = |index: usize| self.nodes.get(&Node::Output(index as u32)).and_then(|node| reach.get(node));
        let outputs = (0..module.outputs.len()).map(|index| of(index).cloned().unwrap_or_default());
        outputs.chain([whole]).collect()
    }
}

fn name_of(module: &Module, node: Node) -> Option<String> {
    Some(match node {
        Node::Variable(index) => format!("var.{}", module.variables[index as usize].name),
        Node::Local(index) => format!("local.{}", module.locals[index as usize].name),
        Node::Resource(index) => {
            let key = &module.resources[index as usize].key;
            let data = if key.mode == Mode::Data { "data." } else { "" };
            format!("{data}{}.{}", key.kind, key.name)
        }
        Node::Call(index) | Node::CallOutput(index, _) => {
            format!("module.{}", module.calls[index as usize].name)
        }
        Node::CallInput(..) => return None,
        Node::Provider(index) => {
            let (key, _) = module.providers.get_index(index as usize)?;
            let alias = key.alias.iter().map(|alias| format!(".{alias}"));
            format!("provider.{}{}", key.name, alias.collect::<String>())
        }
        Node::Output(index) => format!("output.{}", module.outputs[index as usize].name),
    })
}

/// The loop as a picture.
fn drawn(names: &[String]) -> String {
    let mut text = String::new();
    for (at, name) in names.iter().enumerate() {
        let edge = if at == 0 { "┌─▶ " } else { "│   " };
        text.push_str(&format!("{edge}{name}\n"));
        text.push_str(if at + 1 < names.len() { "│     ↓\n" } else { "└─────┘" });
    }
    text
}
