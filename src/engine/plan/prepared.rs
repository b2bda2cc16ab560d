//! A finished plan: what is shown, and what is needed to apply it.

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};

use super::links::create_first;
use super::marks;
use super::model::{Action, Change, OutputChange, Plan};
use super::planner::{Draft, Planner};
use super::removals::Removal;
use super::world::World;
use crate::base::Text;
use crate::base::address::{InstanceAddress, Mode};
use crate::base::diagnostic::Diagnostic;
use crate::base::value::Value;
use crate::engine::expand::{InstId, NodeId};
use crate::engine::provider::{Connection, Object};
use crate::engine::state::{Instance, InstanceStatus, ProviderRef, State, StateChange};

/// A finished plan.
pub struct Prepared {
    /// What is shown.
    pub plan: Plan,
    /// All outputs of the root module, with unknowns where only apply can know.
    pub outputs: IndexMap<Text, Value>,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What providers said while the plan was made, so that it can be made out again without asking.
    pub recorded: Recorded,
    pub(crate) world: World,
    pub(crate) drafts: Vec<Draft>,
    pub(crate) removals: Vec<Removal>,
    pub(crate) slots: Vec<(ProviderRef, Option<Arc<dyn Connection>>)>,
    /// What the state learns before the first effect.
    pub(crate) bookkeeping: Vec<StateChange>,
    pub(crate) open_checks: Vec<NodeId>,
    /// Outputs that are worked out to the end, by index in the root module.
    pub(crate) selected_outputs: Vec<bool>,
    /// What the state's outputs were.
    pub(crate) old_outputs: IndexMap<Text, Value>,
    /// By row: see [`Instance::create_before_destroy`].
    pub(crate) create_first: Vec<bool>,
    /// Only some of the configuration was planned.
    pub(crate) partial: bool,
}

/// What providers, and functions of the embedding program, said while a plan was made.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// Values of data sources.
    pub data: FxHashMap<InstanceAddress, Value>,
    /// What refresh found where it was not what the state says; `None` for what is gone.
    pub found: FxHashMap<InstanceAddress, Option<Object>>,
    /// What impure functions of the embedding program answered: name, arguments, answer.
    pub answers: Vec<(Text, Vec<Value>, Value)>,
}

impl Prepared {
    pub(crate) fn new(mut planner: Planner<'_>) -> Self {
        let first = create_first(&planner.world, |row| planner.draft(row).create_before_destroy);
        let create_first: Vec<bool> =
            planner.world.rows.iter().map(|row| first[row.node.0 as usize]).collect();
        for (draft, first) in planner.drafts.iter_mut().zip(&create_first) {
            if draft.action == Action::Replace && *first {
                draft.action = Action::ReplaceCreateFirst;
            }
        }
        let recorded = planner.recorded();
        let plan = planner.model();
        let selected_outputs = planner.selected_outputs();
        let outputs = planner.root_outputs();
        let bookkeeping = planner.bookkeeping(&create_first);
        let slots = planner.connections.slots.into_iter();
        Self {
            plan,
            outputs,
            recorded,
            diagnostics: planner.diagnostics,
            slots: slots.map(|slot| (slot.usage.reference, slot.connection)).collect(),
            bookkeeping,
            open_checks: planner.open_checks,
            selected_outputs,
            old_outputs: planner.request.state.outputs.clone(),
            create_first,
            partial: !planner.selection.is_all() || !planner.deferred.is_empty(),
            world: planner.world,
            drafts: planner.drafts,
            removals: planner.removals,
        }
    }
}

impl Planner<'_> {
    fn recorded(&self) -> Recorded {
        let mut found: FxHashMap<_, _> = self.gone.keys().map(|address| (address.clone(), None)).collect();
        for address in self.changed_outside.keys() {
            if let Some(instance) = self.instances.get(address) {
                found.insert(address.clone(), Some(instance.object.clone()));
            }
        }
        Recorded { data: self.data.clone(), found, answers: self.world.answers.recorded() }
    }

    fn model(&self) -> Plan {
        let mut changes = Vec::with_capacity(self.drafts.len() + self.removals.len());
        for (row, draft) in self.world.rows.iter().zip(&self.drafts) {
            let data = row.address.resource.mode == Mode::Data;
            if !draft.planned_for || (data && draft.action == Action::NoOp) {
                continue;
            }
            let declared = self.world.tree.declared(row.node);
            let before = draft.prior.as_ref().map_or(Value::NULL, |prior| prior.object.attributes.clone());
            changes.push(Change {
                address: row.address.clone(),
                owner: self.world.tree.owner(row.node),
                declared,
                provider: self.connections.slots[draft.slot].usage.reference.clone(),
                schema: draft.schema.clone(),
                action: draft.action,
                before,
                after: draft.planned.clone(),
                reasons: draft.reasons.clone(),
                moved_from: draft.moved_from.clone(),
                imported: draft.imported.clone(),
                deposed: None,
            });
        }
        for removal in &self.removals {
            let instance = &removal.instance;
            let node = self.world.tree.find_resource(&instance.address.resource);
            let owner = node.and_then(|node| self.world.tree.owner(node));
            changes.push(Change {
                address: instance.address.clone(),
                declared: removal.declared,
                owner,
                provider: instance.provider.clone(),
                schema: removal.schema.clone(),
                action: if removal.forget { Action::Forget } else { Action::Delete },
                before: instance.object.attributes.clone(),
                after: Value::NULL,
                reasons: vec![removal.reason.clone()],
                moved_from: None,
                imported: None,
                deposed: removal.deposed.clone(),
            });
        }
        let State { lineage, serial, .. } = self.request.state;
        Plan {
            lineage: lineage.clone(),
            serial: *serial,
            changes,
            drift: self.drift.clone(),
            outputs: self.output_changes(),
            deferred: self.deferred.clone(),
            recovered: self.request.state.intents.iter().map(|intent| intent.address.clone()).collect(),
            destroy: self.request.options.destroy,
        }
    }

    /// By index in the root module: whether an output is part of the plan.
    fn selected_outputs(&self) -> Vec<bool> {
        use crate::engine::expand::{Node, PathId};
        let tree = &self.world.tree;
        (0..self.world.program.root().outputs.len() as u32)
            .map(|at| {
                let node = tree.id(PathId(0), Node::Output(at));
                let flags = self.flags[node.0 as usize];
                !flags.failed && !flags.deferred && self.selection.has_output(node, tree)
            })
            .collect()
    }

    fn root_outputs(&self) -> IndexMap<Text, Value> {
        if self.request.options.destroy {
            return IndexMap::new();
        }
        let names = self.world.program.root().outputs.keys();
        let values = &self.world.instances.get(InstId(0)).outputs;
        names.zip(values).filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect()
    }

    fn output_changes(&self) -> IndexMap<Text, OutputChange> {
        let old = &self.request.state.outputs;
        let new = self.root_outputs();
        let selected = self.selected_outputs();
        let names = self.world.program.root().outputs.keys().zip(selected);
        let selected: FxHashMap<_, _> = names.collect();
        let mut changes = IndexMap::new();
        for (name, after) in &new {
            let before = old.get(name).cloned().unwrap_or(Value::NULL);
            let absent = !old.contains_key(name);
            if selected.get(name) == Some(&true) && (absent || !marks::same(&before, after)) {
                changes.insert(name.clone(), OutputChange { before, after: after.clone() });
            }
        }
        let destroy = self.request.options.destroy && self.selection.is_all();
        for (name, before) in old {
            let undeclared = !self.world.program.root().outputs.contains_key(name);
            if destroy || (undeclared && !self.request.options.destroy) {
                changes.insert(name.clone(), OutputChange { before: before.clone(), after: Value::NULL });
            }
        }
        changes
    }

    /// What the state learns before the first effect: what became of open intents, moves, what refresh found, imports,
    /// what is let go.
    fn bookkeeping(&self, create_first: &[bool]) -> Vec<StateChange> {
        let mut changes = self.recovered.clone();
        let mut gone: Vec<_> =
            self.gone.keys().map(|address| self.moved.get(address).unwrap_or(address).clone()).collect();
        gone.sort_unstable();
        changes.extend(gone.into_iter().map(StateChange::Remove));
        changes.extend(self.moves());
        let mut drifted: Vec<_> =
            self.changed_outside.keys().filter_map(|at| self.instances.get(at)).collect();
        drifted.sort_unstable_by(|a, b| a.address.cmp(&b.address));
        changes.extend(drifted.into_iter().map(|instance| StateChange::Put(Box::new((**instance).clone()))));
        for (at, draft) in self.drafts.iter().enumerate() {
            if draft.imported.is_some()
                && let Some(prior) = &draft.prior
            {
                let instance = Instance {
                    status: InstanceStatus::Ready,
                    create_before_destroy: create_first[at],
                    ..(**prior).clone()
                };
                changes.push(StateChange::Put(Box::new(instance)));
            }
        }
        let forgotten = self.removals.iter().filter(|removal| removal.forget);
        changes.extend(forgotten.map(|removal| StateChange::Remove(removal.instance.address.clone())));
        changes
    }

    /// The moves in an order in which each finds its place free.
    fn moves(&self) -> Vec<StateChange> {
        let mut open: Vec<_> = self.moved.iter().filter(|(to, _)| !self.gone.contains_key(*to)).collect();
        open.sort_unstable();
        let mut ordered = Vec::new();
        while !open.is_empty() {
            let taken: FxHashSet<_> = open.iter().map(|(_, from)| (*from).clone()).collect();
            let (free, blocked): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|(to, _)| !taken.contains(*to));
            if free.is_empty() {
                break;
            }
            ordered.extend(
                free.into_iter().map(|(to, from)| StateChange::Move { from: from.clone(), to: to.clone() }),
            );
            open = blocked;
        }
        ordered
    }
}
