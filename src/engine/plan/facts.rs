//! What apply asks of the configuration: arguments once facts are in, and what follows from new facts.

use indexmap::IndexMap;

use super::expansion::{Late, Repetition};
use super::links::{Link, Links};
use super::planner::Draft;
use super::world::{Here, World};
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::Cancel;
use crate::base::value::Value;
use crate::engine::apply::work::Facts;
use crate::engine::expand::{Expansion, InstId, Keys, Node, NodeId, RowId};
use crate::engine::options::Moment;

/// The world while a plan is applied.
pub(crate) struct Live {
    pub(crate) world: World,
    pub(crate) drafts: Vec<Draft>,
    /// What each node of the work stands for; nodes beyond are steps without a row.
    pub(crate) links: Vec<Link>,
    pub(crate) open_checks: Vec<NodeId>,
    pub(crate) selected_outputs: Vec<bool>,
    pub(crate) old_outputs: IndexMap<Text, Value>,
    pub(crate) partial: bool,
    pub(crate) destroy: bool,
    pub(crate) touches_outputs: bool,
}

impl Live {
    fn row_of(&self, node: u32) -> Option<RowId> {
        match self.links.get(node as usize) {
            Some(Link::Row(row)) => Some(*row),
            _ => None,
        }
    }

    /// Puts facts in the place of unknown values of `for_each`.
    fn renew_keys(&mut self, inst: InstId, repetition: Repetition, keys: &Keys) -> Option<Keys> {
        let Keys::Each(old) = keys else { return None };
        if old.iter().all(|(_, value)| value.is_wholly_known()) {
            return None;
        }
        match self.world.keys(inst, repetition, "") {
            Ok(Keys::Each(new)) if new.iter().map(|(k, _)| k).eq(old.iter().map(|(k, _)| k)) => {
                Some(Keys::Each(new))
            }
            Ok(_) | Err(Late::Deferred(_) | Late::Failed(_)) => None,
        }
    }

    fn renew_row_keys(&mut self, id: RowId) {
        let row = self.world.row(id);
        let inst = row.inst;
        let tree = self.world.tree.clone();
        let (Some(resource), (_, Node::Resource(at))) = (tree.resource(row.node), tree.node(row.node)) else {
            return;
        };
        let repetition = Repetition { count: None, for_each: resource.for_each, enabled: None };
        let all = &self.world.instances.get(inst).resources[at as usize];
        let keys = all.keys.clone();
        if let Some(keys) = self.renew_keys(inst, repetition, &keys) {
            let all = &mut self.world.instances.get_mut(inst).resources[at as usize];
            *all = Expansion::new(keys, all.members.clone());
        }
    }

    fn renew_call_keys(&mut self, inst: InstId) {
        let tree = self.world.tree.clone();
        let instance = self.world.instances.get(inst);
        let (Some((parent, _)), Some((parent_path, call_at))) =
            (instance.parent, tree.path(instance.path).parent)
        else {
            return;
        };
        let Some((_, call)) = tree.path(parent_path).module.calls.get_index(call_at as usize) else { return };
        let repetition = Repetition { count: None, for_each: call.for_each, enabled: None };
        let keys = self.world.instances.get(parent).calls[call_at as usize].keys.clone();
        if let Some(keys) = self.renew_keys(parent, repetition, &keys) {
            let all = &mut self.world.instances.get_mut(parent).calls[call_at as usize];
            *all = Expansion::new(keys, all.members.clone());
        }
    }

    fn settle_value(&mut self, inst: InstId, node: Node) -> Result<(), Vec<Diagnostic>> {
        let open = |value: &Option<Value>| value.as_ref().is_some_and(|value| !value.is_wholly_known());
        match node {
            Node::Variable(at) => {
                if !open(&self.world.instances.get(inst).variables[at as usize])
                    || self.world.instances.get(inst).parent.is_none()
                {
                    return Ok(());
                }
                self.renew_call_keys(inst);
                let value = self.world.variable(inst, at, None)?;
                self.world.instances.get_mut(inst).variables[at as usize] = Some(value);
                let broken = self.world.validate(inst, at, None);
                if !broken.is_empty() {
                    return Err(broken);
                }
            }
            Node::Local(at) if open(&self.world.instances.get(inst).locals[at as usize]) => {
                let local = self.world.module(inst).locals.get_index(at as usize);
                let Some(expr) = local.map(|(_, local)| local.value) else { return Ok(()) };
                let value = self.world.eval(inst, expr, Here::NOWHERE).map_err(|e| vec![*e])?;
                self.world.instances.get_mut(inst).locals[at as usize] = Some(value);
            }
            Node::Output(at) => {
                if open(&self.world.instances.get(inst).outputs[at as usize]) {
                    let value = self.world.output(inst, at).map_err(|e| vec![*e])?;
                    self.world.set_output(inst, at, value);
                }
                if let Err(broken) = self.world.output_conditions(inst, at) {
                    // What its author does not stand by is not shown.
                    if let Some(selected) = self.selected_outputs.get_mut(at as usize)
                        && inst == InstId(0)
                    {
                        *selected = false;
                    }
                    return Err(broken);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The first argument that is not known.
fn unknown_in(config: &Value) -> Option<Text> {
    let mut entries = config.as_map()?.iter();
    entries.find(|(_, value)| !value.is_wholly_known()).map(|(name, _)| name.clone())
}

impl Facts for Live {
    fn settle(&mut self, node: u32) -> Vec<Diagnostic> {
        let Some(Link::Declared(inst, id)) = self.links.get(node as usize).copied() else {
            return Vec::new();
        };
        if self.destroy {
            return Vec::new();
        }
        let (_, declared) = self.world.tree.node(id);
        self.settle_value(inst, declared).err().unwrap_or_default()
    }

    fn arguments(&mut self, node: u32) -> Result<Value, Vec<Diagnostic>> {
        let Some(id) = self.row_of(node) else { return Ok(Value::NULL) };
        let tree = self.world.tree.clone();
        let draft = &self.drafts[id.0 as usize];
        let (open, conditions_open) = (draft.open, draft.conditions_open);
        let schema = draft.schema.clone();
        let prior = draft.prior.clone();
        if open {
            self.renew_row_keys(id);
        }
        let row = self.world.row(id);
        let Some(resource) = tree.resource(row.node) else { return Ok(Value::NULL) };
        if conditions_open {
            let subject = row.address.to_string();
            let here = self.world.here(row);
            self.world.all_hold(row.inst, &resource.lifecycle.preconditions, here, &subject)?;
        }
        if !open {
            return Ok(self.drafts[id.0 as usize].config.clone());
        }
        let config = self.world.arguments(id, &schema)?;
        if let Some(name) = unknown_in(&config) {
            let path = format!("{}.{name}", row.address);
            let place =
                resource.body.attributes.get(&name).map(|a| self.world.module(row.inst).expr(a.value).span);
            let message = format!("{path} is still not known");
            let told = Diagnostic::new(codes::UNKNOWN_TOO_LATE, place.unwrap_or(resource.span), message);
            return Err(vec![told.at_path(path).help("plan again once what it depends on exists")]);
        }
        Ok(match prior {
            Some(prior) => super::ignore::apply(
                &resource.lifecycle.ignore_changes,
                config,
                &prior.object.attributes,
                &schema,
            ),
            None => config,
        })
    }

    fn object(&mut self, node: u32, value: &Value) -> Vec<Diagnostic> {
        let Some(id) = self.row_of(node) else { return Vec::new() };
        self.world.set_row(id, value.clone());
        if !self.drafts[id.0 as usize].conditions_open {
            return Vec::new();
        }
        let tree = self.world.tree.clone();
        let row = self.world.row(id);
        let Some(resource) = tree.resource(row.node) else { return Vec::new() };
        let here = Here { this: Some(&row.value), ..self.world.here(row) };
        let subject = row.address.to_string();
        let held = self.world.all_hold(row.inst, &resource.lifecycle.postconditions, here, &subject);
        held.err().unwrap_or_default()
    }

    fn outputs(&mut self) -> Option<IndexMap<Text, Value>> {
        if !self.touches_outputs {
            return None;
        }
        if self.destroy {
            return Some(if self.partial { self.old_outputs.clone() } else { IndexMap::new() });
        }
        let root = self.world.program.root().clone();
        let values = &self.world.instances.get(InstId(0)).outputs;
        let mut outputs = IndexMap::new();
        for (at, (name, value)) in root.outputs.keys().zip(values).enumerate() {
            let known = value.as_ref().filter(|value| value.is_wholly_known() && self.selected_outputs[at]);
            let kept = known.or_else(|| self.old_outputs.get(name));
            outputs.extend(kept.map(|value| (name.clone(), value.clone())));
        }
        Some(outputs)
    }

    fn told(&self, node: u32, faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
        match self.row_of(node) {
            Some(id) => self.world.told(self.world.row(id).node, faults),
            None => faults,
        }
    }

    fn checks(&mut self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for id in std::mem::take(&mut self.open_checks) {
            let (path, node) = self.world.tree.node(id);
            if !matches!(node, Node::Check(_)) {
                continue;
            }
            for inst in self.world.instances.of_path(path).to_vec() {
                found.extend(self.world.check(inst, id).1);
            }
        }
        found
    }
}

impl Live {
    /// Nodes of the work that carry a value of their own.
    pub(crate) fn is_value(world: &World, link: Link) -> bool {
        matches!(link, Link::Declared(_, node)
            if matches!(world.tree.node(node).1, Node::Variable(_) | Node::Local(_) | Node::Output(_)))
    }

    /// The world of a plan that is about to be applied.
    pub(crate) fn new(prepared: super::prepared::Prepared, links: &Links, moment: Option<Moment>) -> Self {
        let touches_outputs = !prepared.plan.outputs.is_empty();
        let mut world = prepared.world;
        world.moment = moment;
        // What runs is finished, its values included; apply itself begins nothing new once it is asked to stop.
        world.cancel = Cancel::new();
        Self {
            world,
            drafts: prepared.drafts,
            links: links.links.clone(),
            open_checks: prepared.open_checks,
            selected_outputs: prepared.selected_outputs,
            old_outputs: prepared.old_outputs,
            partial: prepared.partial,
            destroy: prepared.plan.destroy,
            touches_outputs,
        }
    }
}
