//! Values of expressions that nothing has to run for.

use super::{Checker, Surroundings};
use crate::base::Text;
use crate::base::address::InstanceKey;
use crate::base::value::Value;
use crate::lang::eval::{Context, EvalError, Lookup, NoLookup, eval, eval_inside, render};
use crate::lang::resolve::program::{ExprId, Module};

/// Locals are evaluated, nothing else has a value.
struct Constants<'a> {
    module: &'a Module,
    context: &'a Context<'a>,
    depth: std::cell::Cell<u32>,
    /// A local that others use many times is evaluated once.
    known: &'a ConstantLocals,
    /// Nor is one that has no value tried again.
    failed: std::cell::RefCell<rustc_hash::FxHashMap<u32, EvalError>>,
}

/// Values of locals that are constant, by index.
pub(super) type ConstantLocals = std::cell::RefCell<rustc_hash::FxHashMap<u32, Value>>;

/// Chains of locals longer than this are left to the plan.
const MAX_CHAIN: u32 = 32;

impl Lookup for Constants<'_> {
    fn variable(&self, index: u32) -> Result<Value, EvalError> {
        NoLookup.variable(index)
    }
    fn local(&self, index: u32) -> Result<Value, EvalError> {
        if let Some(known) = self.known.borrow().get(&index) {
            return Ok(known.clone());
        }
        if let Some(error) = self.failed.borrow().get(&index) {
            return Err(error.clone());
        }
        if self.depth.get() >= MAX_CHAIN {
            return NoLookup.local(index);
        }
        self.depth.set(self.depth.get() + 1);
        let value = eval(self.module, self.module.locals[index as usize].value, self, self.context);
        self.depth.set(self.depth.get() - 1);
        match &value {
            Ok(value) => drop(self.known.borrow_mut().insert(index, value.clone())),
            Err(error) => drop(self.failed.borrow_mut().insert(index, error.clone())),
        }
        value
    }
    fn resource(&self, index: u32) -> Result<Value, EvalError> {
        NoLookup.resource(index)
    }
    fn resource_instance(&self, index: u32, key: &InstanceKey) -> Result<Option<Value>, EvalError> {
        NoLookup.resource_instance(index, key)
    }
    fn call(&self, index: u32) -> Result<Value, EvalError> {
        NoLookup.call(index)
    }
    fn call_output(
        &self,
        index: u32,
        key: Option<&InstanceKey>,
        output: &Text,
    ) -> Result<Option<Value>, EvalError> {
        NoLookup.call_output(index, key, output)
    }
}

impl<'a> Checker<'a> {
    pub(super) fn context(&self) -> Context<'a> {
        let Surroundings { files, limits, cancel, .. } = *self.surroundings;
        Context { cancel, ..Context::new(files, limits, self.program, self.root_directory) }
    }

    /// The value of an expression that is constant and has one.
    pub(super) fn constant(&mut self, id: ExprId) -> Option<Value> {
        if let Some(known) = self.constants.get(&id) {
            return known.clone();
        }
        let value = self.evaluated(id).ok().filter(Value::is_wholly_known);
        self.constants.insert(id, value.clone());
        value
    }

    /// Why an expression whose parts are constant has no value.
    pub(super) fn failing(&self, id: ExprId) -> Option<EvalError> {
        self.evaluated(id).err()
    }

    /// What is wrong with a call that renders a template, for variables of which perhaps only the types are known.
    pub(super) fn rendering(&self, call: ExprId, template: Value, variables: Value) -> Option<EvalError> {
        render(self.module, call, template, variables, &self.context()).err()
    }

    fn evaluated(&self, id: ExprId) -> Result<Value, EvalError> {
        let context = self.context();
        let lookup = Constants {
            module: self.module,
            context: &context,
            depth: Default::default(),
            known: &self.constant_locals,
            failed: Default::default(),
        };
        eval_inside(self.module, id, self.bindings.len(), &lookup, &context)
    }
}
