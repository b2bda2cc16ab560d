//! Values of expressions that nothing has to run for.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use super::{Checker, Surroundings};
use crate::base::Text;
use crate::base::address::InstanceKey;
use crate::base::codes::{self, Code};
use crate::base::types::Type;
use crate::base::value::Value;
use crate::base::weight::{is_larger_than, weight};
use crate::lang::eval::{Context, EvalError, Kept, Lookup, eval, eval_inside, render};
use crate::lang::resolve::program::{ExprId, ExprKind, Module, Reference};

/// Locals are evaluated. What else has a value later is not known: were it an error, `try` would take it for one.
struct Constants<'a> {
    module: &'a Module,
    context: &'a Context<'a>,
    /// How many locals are being evaluated for each other, and the most that were.
    depth: Cell<u32>,
    deepest: Cell<u32>,
    /// Values that earlier evaluations have found.
    found: &'a RefCell<Locals>,
    /// A local that others use many times is evaluated once.
    known: RefCell<FxHashMap<u32, Result<Value, EvalError>>>,
}

/// What is wrong with a value, and not with a type: said only of what may be evaluated.
pub(super) const FAILURES: [Code; 6] = [
    codes::ANY_MISMATCH,
    codes::CONVERSION_FAILED,
    codes::DIVISION_BY_ZERO,
    codes::EVALUATION_FAILED,
    codes::INDEX_OUT_OF_RANGE,
    codes::MISSING_KEY,
];

/// Bytes from which on a value is not remembered.
const LARGE: u64 = 1 << 20;

/// Chains of locals longer than this are left to the plan.
const MAX_CHAIN: u32 = 32;

/// Values of locals that are constant.
#[derive(Default)]
pub(super) struct Locals {
    /// With the length of the longest chain of locals behind each, itself included.
    values: FxHashMap<u32, (Value, u32)>,
    bytes: u64,
}

impl Locals {
    /// As much is remembered of a module.
    const MOST: u64 = 64 << 20;

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether a value is remembered from now on.
    fn remember(&mut self, index: u32, value: &Value, height: u32) -> bool {
        if !value.is_wholly_known() {
            return false;
        }
        let Ok(bytes) = weight(value, LARGE) else { return false };
        if self.bytes + bytes > Self::MOST {
            return false;
        }
        self.bytes += bytes;
        self.values.insert(index, (value.clone(), height));
        true
    }
}

fn later() -> Value {
    Value::unknown(Type::any())
}

impl Lookup for Constants<'_> {
    fn variable(&self, _: u32) -> Result<Value, EvalError> {
        Ok(later())
    }
    fn local(&self, index: u32) -> Result<Value, EvalError> {
        if let Some(known) = self.known.borrow().get(&index) {
            return known.clone();
        }
        let depth = self.depth.get();
        if let Some((found, height)) = self.found.borrow().values.get(&index) {
            // What is remembered makes no chain longer than it may be: it must not matter what was asked before.
            if depth + height > MAX_CHAIN {
                return Ok(later());
            }
            self.deepest.set(self.deepest.get().max(depth + height));
            return Ok(found.clone());
        }
        if depth >= MAX_CHAIN {
            return Ok(later());
        }
        self.depth.set(depth + 1);
        let deepest = self.deepest.replace(depth + 1);
        let value = eval(self.module, self.module.locals[index as usize].value, self, self.context);
        let height = self.deepest.get() - depth;
        self.deepest.set(deepest.max(depth + height));
        self.depth.set(depth);
        match &value {
            Ok(value) if self.found.borrow_mut().remember(index, value, height) => {}
            _ => drop(self.known.borrow_mut().insert(index, value.clone())),
        }
        value
    }
    fn resource(&self, _: u32) -> Result<Value, EvalError> {
        Ok(later())
    }
    fn resource_instance(&self, _: u32, _: &InstanceKey) -> Result<Option<Value>, EvalError> {
        Ok(Some(later()))
    }
    fn call(&self, _: u32) -> Result<Value, EvalError> {
        Ok(later())
    }
    fn call_output(&self, _: u32, _: Option<&InstanceKey>, _: &Text) -> Result<Option<Value>, EvalError> {
        Ok(Some(later()))
    }
    fn each(&self) -> Option<(Value, Value)> {
        Some((later(), later()))
    }
    fn count_index(&self) -> Option<Value> {
        Some(later())
    }
    fn self_object(&self) -> Option<Value> {
        Some(later())
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
        // Most are names of locals that were looked at before, perhaps large ones.
        if let ExprKind::Reference(Reference::Local(index)) = self.module.expr(id).kind
            && let Some((value, _)) = self.constant_locals.borrow().values.get(&index)
        {
            return Some(value.clone());
        }
        let value = self.evaluated(id).ok().filter(Value::is_wholly_known);
        if value.as_ref().is_none_or(|value| !is_larger_than(value, LARGE)) {
            self.constants.insert(id, value.clone());
        }
        value
    }

    /// Why an expression whose parts are constant has no value.
    pub(super) fn failing(&self, id: ExprId) -> Option<EvalError> {
        self.evaluated(id).err()
    }

    /// Why an expression has no value, whatever those of its parts are that are not constant.
    pub(super) fn failing_whatever(&self, id: ExprId) -> Option<EvalError> {
        self.evaluated(id).err().filter(|error| FAILURES.contains(&error.code))
    }

    /// What is wrong with a call that renders a template, for variables of which perhaps only the types are known.
    pub(super) fn rendering(&self, call: ExprId, template: Value, variables: Value) -> Option<EvalError> {
        render(self.module, call, template, variables, &self.context()).err()
    }

    fn evaluated(&self, id: ExprId) -> Result<Value, EvalError> {
        let kept = Kept::default();
        let context = Context { kept: Some(&kept), ..self.context() };
        let lookup = Constants {
            module: self.module,
            context: &context,
            found: &self.constant_locals,
            depth: Cell::default(),
            deepest: Cell::default(),
            known: Default::default(),
        };
        eval_inside(self.module, id, self.bindings.len(), &lookup, &context)
    }
}
