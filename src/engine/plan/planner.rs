//! The walk over the tree of declarations that makes a plan: values as soon as what they refer to is known, resources
//! in waves so that independent ones are asked about together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

use super::connect::Connections;
use super::model::{Action, Deferred, DriftedInstance, Reason};
use super::prepared::{Prepared, Recorded};
use super::removals::Removal;
use super::select::Selection;
use super::variables::Given;
use super::world::World;
use crate::base::Text;
use crate::base::address::{InstanceAddress, ModuleAddress, Target};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, sort};
use crate::base::effects::Cancel;
use crate::base::schema::Schema;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::engine::events::{Event, Events};
use crate::engine::expand::{Node, NodeId, PathId, RowId, Tree};
use crate::engine::options::PlanOptions;
use crate::engine::provider::Provider;
use crate::engine::state::{Instance, State, StateChange};
use crate::lang::functions::Answers;

/// All that a plan is made from.
pub struct Request<'a> {
    /// Providers by name.
    pub providers: &'a IndexMap<Text, Arc<dyn Provider>>,
    /// Values for variables of the root module.
    pub given: &'a FxHashMap<Text, Given>,
    /// What was asked for.
    pub options: &'a PlanOptions,
    /// The state.
    pub state: &'a State,
    /// Is told what happens.
    pub events: &'a dyn Events,
    /// Asks to stop.
    pub cancel: &'a Cancel,
    /// What providers said before, so that they are not asked again: for a plan that was saved.
    pub recorded: Option<&'a Recorded>,
}

/// What is known of a declaration besides its value.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Flags {
    /// It, or something it refers to, is wrong: nothing more is said about it.
    pub(crate) failed: bool,
    /// It, or something it refers to, can only be planned after a first stage is applied.
    pub(crate) deferred: bool,
    /// A resource that changes, or a module that holds or waits for one: data that names it is read later.
    pub(crate) pending: bool,
}

/// What is planned for a row.
pub(crate) struct Draft {
    pub(crate) schema: Arc<Schema>,
    pub(crate) slot: usize,
    /// As refreshed, at its present address.
    pub(crate) prior: Option<Arc<Instance>>,
    /// As configured; null when nothing needs it any more.
    pub(crate) config: Value,
    pub(crate) action: Action,
    pub(crate) planned: Value,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) moved_from: Option<InstanceAddress>,
    pub(crate) imported: Option<Text>,
    pub(crate) create_before_destroy: bool,
    /// Part of the plan: selected, and its planning did not fail.
    pub(crate) planned_for: bool,
    /// Its configuration has unknowns, so it is worked out again when facts are in.
    pub(crate) open: bool,
    /// A condition on it could not be decided yet.
    pub(crate) conditions_open: bool,
}

pub(crate) struct Planner<'a> {
    pub(crate) request: Request<'a>,
    pub(crate) world: World,
    pub(crate) drafts: Vec<Draft>,
    pub(crate) removals: Vec<Removal>,
    /// The instances as refreshed, under the addresses they have after moves.
    pub(crate) instances: IndexMap<InstanceAddress, Arc<Instance>>,
    /// Objects that replacements left behind.
    pub(crate) deposed: IndexMap<(InstanceAddress, Text), Arc<Instance>>,
    /// What finding out about open intents changed.
    pub(crate) recovered: Vec<StateChange>,
    /// Those that refresh found gone.
    pub(crate) gone: FxHashMap<InstanceAddress, Arc<Instance>>,
    /// New address → old.
    pub(crate) moved: FxHashMap<InstanceAddress, InstanceAddress>,
    /// Addresses of the state that belong to a row.
    pub(crate) claimed: FxHashSet<InstanceAddress>,
    pub(crate) connections: Connections,
    pub(crate) flags: Vec<Flags>,
    pub(crate) selection: Selection,
    pub(crate) imports: super::imports::Imports,
    pub(crate) drift: Vec<DriftedInstance>,
    pub(crate) changed_outside: FxHashMap<InstanceAddress, Vec<Text>>,
    pub(crate) deferred: Vec<Deferred>,
    pub(crate) data: FxHashMap<InstanceAddress, Value>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Data sources that a provider's settings need: the only ones read while all is taken down.
    pub(crate) wanted: FxHashSet<NodeId>,
    /// `check` blocks and outputs whose conditions wait for facts.
    pub(crate) open_checks: Vec<NodeId>,
}

/// Makes a plan.
///
/// # Errors
/// All that is wrong, warnings too. Everything that does not depend on a mistake was still planned, so that one run
/// reports all of them.
pub async fn plan(source: Source, request: Request<'_>) -> Result<Prepared, Vec<Diagnostic>> {
    let answers = request.recorded.map(|recorded| Answers::from_recorded(recorded.answers.iter().cloned()));
    let world = World::new(source, request.cancel, answers.unwrap_or_default()).map_err(|e| vec![*e])?;
    let mut planner = Planner::new(world, request);
    planner.prepare();
    planner.walk().await;
    planner.claims();
    planner.removals().await;
    planner.finish()
}

/// What is planned.
pub struct Source {
    /// The program.
    pub program: Arc<crate::lang::resolve::program::Program>,
    /// The schemas it was checked against.
    pub schemas: Arc<crate::base::schema::Schemas>,
    /// For functions that read files.
    pub files: Arc<dyn crate::base::effects::Files>,
    /// Bounds on evaluation.
    pub limits: crate::base::effects::Limits,
    /// What becomes of warnings.
    pub lints: Arc<crate::lang::lints::Later>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(world: World, request: Request<'a>) -> Self {
        let world_tree = world.tree.clone();
        let nodes = world.tree.len();
        let selection = Selection::new(&world.tree, request.options);
        Self {
            connections: Connections::new(&world.tree),
            flags: vec![Flags::default(); nodes],
            selection,
            world,
            drafts: Vec::new(),
            removals: Vec::new(),
            instances: request.state.instances.clone(),
            deposed: request.state.deposed.clone(),
            recovered: Vec::new(),
            gone: FxHashMap::default(),
            moved: FxHashMap::default(),
            claimed: FxHashSet::default(),
            imports: super::imports::Imports::new(&world_tree),
            wanted: wanted(&world_tree),
            drift: Vec::new(),
            changed_outside: FxHashMap::default(),
            deferred: Vec::new(),
            data: FxHashMap::default(),
            diagnostics: Vec::new(),
            open_checks: Vec::new(),
            request,
        }
    }

    /// Nothing is planned for what is configured: all goes, or only the state is brought up to date.
    pub(crate) fn is_passive(&self) -> bool {
        self.request.options.destroy || self.request.options.refresh_only
    }

    pub(super) fn prepare(&mut self) {
        self.world.instances.add(&self.world.tree, PathId(0), None, ModuleAddress::root());
        self.move_instances();
    }

    async fn walk(&mut self) {
        let tree = self.world.tree.clone();
        let mut open = tree.graph.counts_before();
        let free = (0..tree.len() as u32).filter(|node| open[*node as usize] == 0);
        let mut ready: BinaryHeap<Reverse<u32>> = free.map(Reverse).collect();
        let mut wave: Vec<NodeId> = Vec::new();
        loop {
            while let Some(Reverse(node)) = ready.pop() {
                let id = NodeId(node);
                if self.is_asked(id) {
                    wave.push(id);
                    continue;
                }
                self.value(id);
                self.release(id, &mut open, &mut ready);
            }
            if wave.is_empty() {
                return;
            }
            if self.request.cancel.is_cancelled() {
                return;
            }
            let nodes = std::mem::take(&mut wave);
            self.ask(&nodes).await;
            for node in nodes {
                self.release(node, &mut open, &mut ready);
            }
        }
    }

    /// Whether a provider is asked about the node.
    fn is_asked(&self, node: NodeId) -> bool {
        let flags = self.flags[node.0 as usize];
        matches!(self.world.tree.node(node).1, Node::Resource(_) | Node::Provider(_))
            && !flags.failed
            && !flags.deferred
    }

    async fn ask(&mut self, nodes: &[NodeId]) {
        for node in nodes {
            if let (path, Node::Provider(at)) = self.world.tree.node(*node) {
                self.configure(*node, path, at).await;
            }
        }
        let resources: Vec<_> = nodes
            .iter()
            .copied()
            .filter(|node| matches!(self.world.tree.node(*node).1, Node::Resource(_)))
            .collect();
        self.resources(&resources).await;
    }

    fn release(&mut self, node: NodeId, open: &mut [u32], ready: &mut BinaryHeap<Reverse<u32>>) {
        let tree = self.world.tree.clone();
        let own = self.flags[node.0 as usize];
        for next in tree.graph.after(node.0) {
            let flags = &mut self.flags[next as usize];
            flags.failed |= own.failed;
            flags.deferred |= own.deferred;
            flags.pending |= own.pending && matches!(tree.node(NodeId(next)).1, Node::Gate | Node::Close);
            open[next as usize] -= 1;
            if open[next as usize] == 0 {
                ready.push(Reverse(next));
            }
        }
    }

    pub(crate) fn flag(&mut self, node: NodeId) -> &mut Flags {
        &mut self.flags[node.0 as usize]
    }

    pub(crate) fn complain(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Something is wrong with this node: what builds on it is left out.
    pub(crate) fn fail(&mut self, node: NodeId, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        let found: Vec<_> = diagnostics.into_iter().collect();
        self.flag(node).failed |= found.iter().any(Diagnostic::is_error);
        let told = self.world.told(node, found);
        self.diagnostics.extend(told);
    }

    /// Which instances a node stands for is known only after apply: what builds on it is left to a later stage.
    pub(crate) fn defer(&mut self, node: NodeId, address: Target, span: Span) {
        self.flag(node).deferred = true;
        if !self.is_passive() && self.selection.may_have(node, &self.world.tree) {
            self.deferred.push(Deferred { address, span });
        }
    }

    pub(crate) fn draft(&self, row: RowId) -> &Draft {
        &self.drafts[row.0 as usize]
    }

    fn finish(mut self) -> Result<Prepared, Vec<Diagnostic>> {
        if self.request.cancel.is_cancelled() {
            // What was found until then may follow from having stopped.
            return Err(vec![stopped("the plan")]);
        }
        sort(&mut self.diagnostics);
        if self.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(self.diagnostics);
        }
        let events = self.request.events;
        let prepared = Prepared::new(self);
        events.on_event(Event::Planned { summary: prepared.plan.summary() });
        Ok(prepared)
    }
}

/// What is said of work that was asked to stop.
pub fn stopped(what: &str) -> Diagnostic {
    Diagnostic::without_place(codes::CANCELLED, format!("{what} was asked to stop before it was complete"))
        .help("nothing was changed; run it again")
}

/// What the settings of providers depend on.
fn wanted(tree: &Tree) -> FxHashSet<NodeId> {
    let mut wanted = FxHashSet::default();
    for node in tree.graph.order().iter().rev() {
        let id = NodeId(*node);
        if matches!(tree.node(id).1, Node::Provider(_)) || wanted.contains(&id) {
            wanted.extend(tree.graph.before(*node).map(NodeId));
        }
    }
    wanted
}
