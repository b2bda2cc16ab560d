//! Declarations that have a value and no provider: calls, variables, locals, outputs, checks.

use super::expansion::{Late, Repetition};
use super::planner::Planner;
use super::world::Here;
use crate::base::address::{ModuleAddress, Target};
use crate::base::assign::{Fault, narrow};
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::engine::expand::instances::MAX_INSTANCES;
use crate::engine::expand::{Expansion, InstId, Node, NodeId, PathId};

impl Planner<'_> {
    /// Works out a node that no provider is asked about.
    pub(crate) fn value(&mut self, id: NodeId) {
        let flags = self.flags[id.0 as usize];
        if flags.failed || flags.deferred {
            return;
        }
        let (path, node) = self.world.tree.node(id);
        match node {
            Node::Expand => self.expand_module(id, path),
            Node::Variable(at) => self.variable(id, path, at),
            Node::Local(at) => self.local(id, path, at),
            Node::Output(at) => self.output(id, path, at),
            Node::Check(_) => self.check(id, path),
            Node::Gate | Node::Close | Node::Outputs | Node::Resource(_) | Node::Provider(_) => {}
        }
    }

    fn insts(&self, path: PathId) -> Vec<InstId> {
        self.world.instances.of_path(path).to_vec()
    }

    fn expand_module(&mut self, id: NodeId, path: PathId) {
        let tree = self.world.tree.clone();
        let Some((parent_path, call_at)) = tree.path(path).parent else { return };
        let Some((name, call)) = tree.path(parent_path).module.calls.get_index(call_at as usize) else {
            return;
        };
        let repetition = Repetition { count: call.count, for_each: call.for_each, enabled: call.enabled };
        for parent in self.insts(parent_path) {
            let base = self.world.instances.get(parent).address.clone();
            let subject = base.child(name.clone(), None).to_string();
            let keys = match self.world.keys(parent, repetition, &subject) {
                Ok(keys) => keys,
                Err(Late::Failed(error)) => return self.fail(id, [*error]),
                Err(Late::Deferred(span)) => {
                    self.defer(id, Target::Module(base.child(name.clone(), None)), span);
                    return;
                }
            };
            if self.world.instances.len() as u64 + keys.len() > MAX_INSTANCES {
                let message =
                    format!("{subject} brings the configuration over {MAX_INSTANCES} module instances");
                return self.fail(id, [Diagnostic::new(codes::LIMIT_EXCEEDED, call.span, message)]);
            }
            let count = keys.len() as usize;
            let add = |at: usize| {
                let address: ModuleAddress = base.child(name.clone(), keys.key(at));
                self.world.instances.add(&tree, path, Some((parent, at)), address)
            };
            let members = (0..count).map(add).collect();
            self.world.instances.get_mut(parent).calls[call_at as usize] = Expansion::new(keys, members);
        }
    }

    fn variable(&mut self, id: NodeId, path: PathId, at: u32) {
        let given = self.world.tree.path(path).module.variables.get_index(at as usize);
        let given = given.and_then(|(name, _)| self.request.given.get(name)).filter(|_| path == PathId(0));
        for inst in self.insts(path) {
            match self.world.variable(inst, at, given) {
                Ok(value) => {
                    self.world.instances.get_mut(inst).variables[at as usize] = Some(value);
                    let broken = self.world.validate(inst, at, given);
                    self.fail(id, broken);
                }
                Err(complaints) => self.fail(id, complaints),
            }
        }
    }

    fn local(&mut self, id: NodeId, path: PathId, at: u32) {
        for inst in self.insts(path) {
            let Some(expr) = self.world.module(inst).locals.get_index(at as usize).map(|(_, l)| l.value)
            else {
                continue;
            };
            match self.world.eval(inst, expr, Here::NOWHERE) {
                Ok(value) => self.world.instances.get_mut(inst).locals[at as usize] = Some(value),
                Err(error) => self.fail_value(id, inst, *error),
            }
        }
    }

    /// While everything is taken down, values that fail only because something is already gone are of no interest.
    fn fail_value(&mut self, id: NodeId, inst: InstId, error: Diagnostic) {
        if self.is_passive() {
            self.flag(id).failed = true;
            return;
        }
        let error = if error.path.is_none() {
            let address = &self.world.instances.get(inst).address;
            let label = self.world.tree.label(id);
            error.at_path(if address.is_root() { label } else { format!("{address}.{label}") })
        } else {
            error
        };
        self.fail(id, [error]);
    }

    fn output(&mut self, id: NodeId, path: PathId, at: u32) {
        for inst in self.insts(path) {
            match self.world.output(inst, at) {
                Ok(value) => self.world.set_output(inst, at, value),
                Err(error) => {
                    self.fail_value(id, inst, *error);
                    continue;
                }
            }
            if self.is_passive() {
                continue;
            }
            match self.world.output_conditions(inst, at) {
                Ok(true) => {}
                Ok(false) => self.open_checks.push(id),
                Err(broken) => self.fail(id, broken),
            }
        }
    }

    fn check(&mut self, id: NodeId, path: PathId) {
        if self.is_passive() {
            return;
        }
        for inst in self.insts(path) {
            let (open, broken) = self.world.check(inst, id);
            self.diagnostics.extend(broken);
            if open {
                self.open_checks.push(id);
            }
        }
    }
}

impl super::world::World {
    /// The value of an output.
    pub(crate) fn output(&self, inst: InstId, at: u32) -> Result<crate::base::value::Value, Box<Diagnostic>> {
        let module = self.module(inst);
        let Some((_, output)) = module.outputs.get_index(at as usize) else {
            return Ok(super::expansion::unknown());
        };
        let value = self.eval(inst, output.value, Here::NOWHERE)?;
        let Some(ty) = &output.ty else { return Ok(value.mark(output.sensitive)) };
        let value = narrow(&value, ty).map_err(|mismatch| {
            let subject = self.output_subject(inst, &output.name);
            let path = format!("{subject}{}", mismatch.path);
            let span = module.expr(output.value).span;
            let code = match mismatch.fault {
                Fault::Bound => codes::CONSTRAINT_VIOLATED,
                _ => codes::ANY_MISMATCH,
            };
            Box::new(
                Diagnostic::new(code, span, format!("{path} {mismatch}"))
                    .mismatch(mismatch.expected.to_string(), mismatch.found.to_string())
                    .at_path(path),
            )
        })?;
        Ok(value.mark(output.sensitive))
    }

    fn output_subject(&self, inst: InstId, name: &str) -> String {
        let address = &self.instances.get(inst).address;
        if address.is_root() { format!("output.{name}") } else { format!("{address}.output.{name}") }
    }

    /// Whether all conditions of an output are decided.
    pub(crate) fn output_conditions(&self, inst: InstId, at: u32) -> Result<bool, Vec<Diagnostic>> {
        let Some((_, output)) = self.module(inst).outputs.get_index(at as usize) else { return Ok(true) };
        let subject = self.output_subject(inst, &output.name);
        self.all_hold(inst, &output.preconditions, Here::NOWHERE, &subject)
    }

    /// Whether all conditions are decided; those that are broken.
    pub(crate) fn all_hold(
        &self,
        inst: InstId,
        conditions: &[crate::lang::resolve::program::Condition],
        here: Here<'_>,
        subject: &str,
    ) -> Result<bool, Vec<Diagnostic>> {
        let mut decided = true;
        let mut broken = Vec::new();
        for condition in conditions {
            match self.holds(inst, condition, here, subject) {
                Ok(known) => decided &= known.is_some(),
                Err(error) => broken.push(*error),
            }
        }
        if broken.is_empty() { Ok(decided) } else { Err(broken) }
    }

    /// Whether a check is still open; what it has to say, as warnings.
    pub(crate) fn check(&self, inst: InstId, id: NodeId) -> (bool, Vec<Diagnostic>) {
        let (_, Node::Check(at)) = self.tree.node(id) else { return (false, Vec::new()) };
        let Some((name, check)) = self.module(inst).checks.get_index(at as usize) else {
            return (false, Vec::new());
        };
        let address = &self.instances.get(inst).address;
        let subject =
            if address.is_root() { format!("check.{name}") } else { format!("{address}.check.{name}") };
        match self.all_hold(inst, &check.asserts, Here::NOWHERE, &subject) {
            Ok(decided) => (!decided, Vec::new()),
            Err(broken) => (false, self.of_check(broken)),
        }
    }

    /// What is to be said of what went wrong with a node: no check stops the rest by what it reads for itself.
    pub(crate) fn told(&self, id: NodeId, faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
        if faults.is_empty() || !self.tree.is_of_check(id) { faults } else { self.of_check(faults) }
    }

    /// What goes wrong in a check is a warning, with the level set for it.
    fn of_check(&self, faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let warning = |fault| Diagnostic { code: codes::CHECK_FAILED, severity: Severity::Warning, ..fault };
        faults.into_iter().map(warning).filter_map(|fault| self.lints.judged(fault)).collect()
    }
}
