//! What is known of an account without asking anybody: the values of variables, what follows from them, and the objects
//! of its state. Nothing is planned, read or configured.

use std::sync::Arc;

use super::expansion::{Late, Repetition};
use super::planner::{Planner, Request, Source};
use super::world::World;
use crate::base::address::{Mode, ResourceAddress};
use crate::base::diagnostic::{Diagnostic, sort};
use crate::base::effects::Cancel;
use crate::base::value::Value;
use crate::engine::expand::instances::MAX_INSTANCES;
use crate::engine::expand::{Expansion, InstId, Node, NodeId, RowId};
use crate::lang::eval::EvalError;
use crate::lang::functions::Answers;
use crate::lang::resolve::program::{ExprId, Module};

/// An account with what is known of it.
pub struct View {
    world: World,
}

/// Looks at an account. Answers what is wrong with it as well: what depends on that is unknown in the view.
///
/// # Errors
/// The program is too large to be walked.
pub fn look(source: Source, request: Request<'_>) -> Result<(View, Vec<Diagnostic>), Box<Diagnostic>> {
    let world = World::new(source, request.cancel, Answers::new())?;
    let mut planner = Planner::new(world, request);
    planner.prepare();
    for node in planner.world.tree.graph.order().to_vec() {
        let id = NodeId(node);
        match planner.world.tree.node(id).1 {
            Node::Resource(at) => planner.look_at(id, at),
            Node::Provider(_) => {}
            _ => planner.value(id),
        }
    }
    let mut diagnostics = std::mem::take(&mut planner.diagnostics);
    sort(&mut diagnostics);
    Ok((View { world: planner.world }, diagnostics))
}

impl Planner<'_> {
    /// The instances of a resource, each as the state has it.
    fn look_at(&mut self, node: NodeId, at: u32) {
        let tree = self.world.tree.clone();
        let (path, _) = tree.node(node);
        let Some(resource) = tree.resource(node) else { return };
        let key = &resource.key;
        let schema = match key.mode {
            Mode::Managed => self.world.schemas.resource(&key.kind),
            Mode::Data => self.world.schemas.data(&key.kind),
        };
        let Some(schema) = schema.map(|(_, schema)| schema.clone()) else { return };
        let Some(slot) = tree.provider(node).map(|usage| self.connections.of_use(usage)) else { return };
        let repetition = Repetition {
            count: resource.count,
            for_each: resource.for_each,
            enabled: resource.lifecycle.enabled,
        };
        for inst in self.world.instances.of_path(path).to_vec() {
            let module = self.world.instances.get(inst).address.clone();
            let address =
                ResourceAddress { module, mode: key.mode, kind: key.kind.clone(), name: key.name.clone() };
            let keys = match self.world.keys(inst, repetition, &address.to_string()) {
                Ok(keys) if self.world.rows.len() as u64 + keys.len() <= MAX_INSTANCES => keys,
                Ok(_) | Err(Late::Deferred(_)) => continue,
                Err(Late::Failed(error)) => {
                    self.fail(node, [*error]);
                    continue;
                }
            };
            let first = self.world.rows.len() as u32;
            let count = keys.len() as u32;
            let addresses: Vec<_> = (0..count as usize).map(|n| address.instance(keys.key(n))).collect();
            let members = (first..first + count).map(RowId).collect();
            self.world.instances.get_mut(inst).resources[at as usize] = Expansion::new(keys, members);
            for (n, address) in addresses.into_iter().enumerate() {
                self.add_row(node, inst, n as u32, address, &schema, slot);
            }
        }
    }
}

impl View {
    /// The value of an expression of the root module, which `module` is with expressions added to it.
    ///
    /// # Errors
    /// As [`crate::lang::eval::eval`].
    pub fn eval(&self, module: &Arc<Module>, expr: ExprId, cancel: &Cancel) -> Result<Value, EvalError> {
        self.world.eval_added(InstId(0), module, expr, cancel)
    }
}
