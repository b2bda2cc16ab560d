//! Values of expressions that nothing has to run for.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use super::instances::One;
use super::{Checker, Surroundings};
use crate::base::Text;
use crate::base::address::InstanceKey;
use crate::base::codes::{self, Code};
use crate::base::types::Type;
use crate::base::value::{Kind, Value};
use crate::base::weight::{is_larger_than, weight};
use crate::lang::eval::{Context, EvalError, Lookup, eval, eval_inside, render};
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
    known: RefCell<FxHashMap<u32, Value>>,
    /// Instances are being found, which is not done for the sake of others.
    counting: Cell<bool>,
    /// The instance that is looked at.
    one: Option<&'a One>,
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

/// Instances of more are left to the plan.
const MAX_INSTANCES: i64 = 10_000;

/// Chains of locals longer than this are left to the plan.
const MAX_CHAIN: u32 = 32;

/// Values of locals that are constant.
#[derive(Default)]
pub(super) struct Locals {
    /// With the length of the longest chain of locals behind each, itself included.
    values: FxHashMap<u32, (Value, u32)>,
    bytes: u64,
    /// The instances of resources and calls, as far as `count` and `for_each` are constant.
    instances: FxHashMap<Reference, Option<Value>>,
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

impl Constants<'_> {
    /// A list or map of instances, each of which has its values later; `None` if there is one, or it is not known which
    /// there are.
    fn instances(&self, of: Reference) -> Option<Value> {
        let (count, for_each) = repeated(self.module, of)?;
        if let Some(known) = self.found.borrow().instances.get(&of) {
            return known.clone();
        }
        if self.counting.replace(true) {
            return None;
        }
        let value = count.or(for_each).and_then(|id| eval(self.module, id, self, self.context).ok());
        self.counting.set(false);
        let instances = value.filter(Value::is_wholly_known).and_then(|value| match for_each {
            None => {
                let count = value.as_i64().filter(|count| (0..=MAX_INSTANCES).contains(count))?;
                Some(vec![later(); usize::try_from(count).ok()?].into())
            }
            Some(_) => {
                let keys: Vec<&str> = match &value.kind {
                    Kind::Map(map) => map.keys().map(Text::as_str).collect(),
                    Kind::Set(elements) => elements.iter().map(Value::as_str).collect::<Option<_>>()?,
                    _ => return None,
                };
                let few = keys.len() <= MAX_INSTANCES as usize;
                few.then(|| Value::map(keys.into_iter().map(|key| (key, later()))))
            }
        });
        self.found.borrow_mut().instances.insert(of, instances.clone());
        instances
    }

    /// One of them, later; `None` if there is no such instance.
    fn instance(&self, of: Reference, key: &InstanceKey) -> Option<Value> {
        let Some(instances) = self.instances(of) else { return Some(later()) };
        match (key, &instances.kind) {
            (InstanceKey::Index(at), Kind::Seq(all)) => {
                usize::try_from(*at).ok().and_then(|at| all.get(at)).cloned()
            }
            (InstanceKey::Name(name), Kind::Map(all)) => all.get(name).cloned(),
            _ => None,
        }
    }
}

/// `count` and `for_each` of what a reference names, where it has one of them.
pub(super) fn repeated(module: &Module, of: Reference) -> Option<(Option<ExprId>, Option<ExprId>)> {
    let (count, for_each) = match of {
        Reference::Resource(index) => {
            let resource = &module.resources[index as usize];
            (resource.count, resource.for_each)
        }
        Reference::Call(index) => {
            let call = &module.calls[index as usize];
            (call.count, call.for_each)
        }
        _ => return None,
    };
    (count.is_some() || for_each.is_some()).then_some((count, for_each))
}

impl Lookup for Constants<'_> {
    fn variable(&self, _: u32) -> Result<Value, EvalError> {
        Ok(later())
    }
    fn local(&self, index: u32) -> Result<Value, EvalError> {
        if let Some(known) = self.known.borrow().get(&index) {
            return Ok(known.clone());
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
        // A local that has no value is reported where it stands, and not wherever it is used.
        let value = eval(self.module, self.module.locals[index as usize].value, self, self.context)
            .unwrap_or_else(|_| later());
        let height = self.deepest.get() - depth;
        self.deepest.set(deepest.max(depth + height));
        self.depth.set(depth);
        if !self.found.borrow_mut().remember(index, &value, height) {
            self.known.borrow_mut().insert(index, value.clone());
        }
        Ok(value)
    }
    fn resource(&self, index: u32) -> Result<Value, EvalError> {
        Ok(self.instances(Reference::Resource(index)).unwrap_or_else(later))
    }
    fn resource_instance(&self, index: u32, key: &InstanceKey) -> Result<Option<Value>, EvalError> {
        Ok(self.instance(Reference::Resource(index), key))
    }
    fn call(&self, index: u32) -> Result<Value, EvalError> {
        Ok(self.instances(Reference::Call(index)).unwrap_or_else(later))
    }
    fn call_output(
        &self,
        index: u32,
        key: Option<&InstanceKey>,
        _: &Text,
    ) -> Result<Option<Value>, EvalError> {
        let call = Reference::Call(index);
        Ok(match key {
            Some(key) => self.instance(call, key),
            // An attribute of the whole is a key of it.
            None => self.instances(call).is_none().then(later),
        })
    }
    fn each(&self) -> Option<(Value, Value)> {
        Some(match self.one {
            Some(One::Each(key, value)) => (key.clone(), value.clone()),
            _ => (later(), later()),
        })
    }
    fn count_index(&self) -> Option<Value> {
        Some(match self.one {
            Some(One::Count(index)) => index.clone(),
            _ => later(),
        })
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

    /// The value of an expression as far as it is constant.
    pub(super) fn evaluated(&self, id: ExprId) -> Result<Value, EvalError> {
        self.evaluated_for(id, None)
    }

    /// The same in one instance of the block it stands in.
    pub(super) fn evaluated_in(&self, id: ExprId, one: &One) -> Result<Value, EvalError> {
        self.evaluated_for(id, Some(one))
    }

    fn evaluated_for(&self, id: ExprId, one: Option<&One>) -> Result<Value, EvalError> {
        self.spent.release();
        let context = Context { spent: Some(&self.spent), ..self.context() };
        let lookup = Constants {
            module: self.module,
            context: &context,
            found: &self.constant_locals,
            depth: Cell::default(),
            deepest: Cell::default(),
            known: Default::default(),
            counting: Cell::default(),
            one,
        };
        eval_inside(self.module, id, self.bindings.len(), &lookup, &context)
    }
}
