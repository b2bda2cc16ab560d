//! Values across calls: what an expression is for one way of calling the modules it goes through, and the way its value
//! took. What nobody can know before a plan is unknown here, and whatever is made of it.

mod steps;

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use crate::base::Text;
use crate::base::address::InstanceKey;
use crate::base::assign::{Fault, ValueMismatch, conforms, narrow};
use crate::base::types::Type;
use crate::base::value::{Kind, Value};
use crate::lang::eval::{Context, EvalError, Lookup, eval, eval_inside};
use crate::lang::resolve::program::{ExprId, Module, ModuleCall, Program};

/// One module as it is called by the one before it.
#[derive(Clone)]
struct Frame<'a> {
    module: &'a Module,
    caller: Option<Caller<'a>>,
    /// Whether it certainly exists.
    certain: bool,
}

/// Who calls a module.
#[derive(Clone)]
struct Caller<'a> {
    frame: usize,
    call: &'a ModuleCall,
    /// Which instance of the call it is, where that is known.
    instance: Option<Instance>,
}

/// One of those that `for_each` makes.
#[derive(Clone)]
pub(super) struct Instance {
    collection: ExprId,
    /// `each.key`
    pub(super) key: Text,
    /// `each.value`
    value: Value,
}

/// An expression where it stands.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) frame: usize,
    pub(super) expr: ExprId,
    /// How many names are bound around it.
    pub(super) bound: usize,
    /// The instance of the block it stands in that is looked at.
    pub(super) instance: Option<Instance>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Named {
    Variable(u32),
    Local(u32),
    Output(u32),
}

/// A frame, a call in it, and the key of the instance.
type Instantiated = (usize, u32, Option<Text>);

/// Evaluates in one module and those it calls.
pub(super) struct Across<'a> {
    program: &'a Program,
    context: Context<'a>,
    frames: RefCell<Vec<Frame<'a>>>,
    called: RefCell<FxHashMap<Instantiated, usize>>,
    known: RefCell<FxHashMap<(usize, Named), Result<Value, EvalError>>>,
    depth: Cell<u32>,
}

/// Ways longer than this are left to the plan.
const MAX_DEPTH: u32 = 24;
/// So many instances of a block are looked at one by one.
const MAX_WALKED: usize = 64;

impl<'a> Across<'a> {
    pub(super) fn new(program: &'a Program, module: &'a Module, context: Context<'a>) -> Self {
        Self {
            program,
            context,
            frames: RefCell::new(vec![Frame { module, caller: None, certain: true }]),
            called: RefCell::default(),
            known: RefCell::default(),
            depth: Cell::new(0),
        }
    }

    /// The frame of a module called from this one, by the index of the call; 0 is the module it all begins in.
    fn enter(&self, frame: usize, call: u32, instance: Option<Instance>) -> Option<usize> {
        let name = (frame, call, instance.as_ref().map(|instance| instance.key.clone()));
        if let Some(known) = self.called.borrow().get(&name) {
            return Some(*known);
        }
        let block = &self.module(frame).calls[call as usize];
        let module: &'a Module = self.program.module(block.module?);
        let certain = self.is_certain(frame) && self.happens(frame, block, instance.is_some());
        let caller = Some(Caller { frame, call: block, instance });
        let mut frames = self.frames.borrow_mut();
        frames.push(Frame { module, caller, certain });
        let index = frames.len() - 1;
        self.called.borrow_mut().insert(name, index);
        Some(index)
    }

    /// The frames that a way of calls leads to: one for each instance where what `for_each` walks is known.
    pub(super) fn frames(&self, calls: &[u32]) -> Vec<usize> {
        calls.iter().fold(vec![0], |frames, call| {
            let inner = frames.into_iter().flat_map(|frame| self.instances(frame, *call));
            inner.take(MAX_WALKED).collect()
        })
    }

    fn instances(&self, frame: usize, call: u32) -> Vec<usize> {
        let walked = self.module(frame).calls[call as usize].for_each.map(|id| self.walked(frame, id));
        match walked {
            Some(all) if !all.is_empty() => {
                all.into_iter().filter_map(|instance| self.enter(frame, call, Some(instance))).collect()
            }
            _ => self.enter(frame, call, None).into_iter().collect(),
        }
    }

    /// What `for_each` walks, as far as that is known.
    fn walked(&self, frame: usize, collection: ExprId) -> Vec<Instance> {
        let Some(all) = self.value(frame, collection, 0) else { return Vec::new() };
        let instance =
            |key: &str, value: &Value| Instance { collection, key: key.into(), value: value.clone() };
        match all.as_map() {
            Some(map) => map.iter().take(MAX_WALKED).map(|(key, value)| instance(key, value)).collect(),
            None => {
                let elements = all.as_slice().unwrap_or_default().iter().take(MAX_WALKED);
                elements.filter_map(|value| Some(instance(value.as_str()?, value))).collect()
            }
        }
    }

    /// Whether a call certainly has an instance; `walked` if one of `for_each` is looked at.
    fn happens(&self, frame: usize, call: &ModuleCall, walked: bool) -> bool {
        let known = |id| self.value(frame, id, 0).filter(|value| !value.is_unknown());
        let any = |value: Value| match &value.kind {
            Kind::Map(entries) => !entries.is_empty(),
            Kind::Seq(items) | Kind::Set(items) => !items.is_empty(),
            _ => false,
        };
        let count = |value: Value| value.as_i64().is_some_and(|count| count > 0);
        call.count.is_none_or(|id| known(id).is_some_and(count))
            && call.for_each.is_none_or(|id| walked || known(id).is_some_and(any))
            && call.enabled.is_none_or(|id| known(id).is_some_and(|value| value.as_bool() == Some(true)))
    }

    /// Whether the module of a frame certainly exists.
    pub(super) fn is_certain(&self, frame: usize) -> bool {
        self.frames.borrow()[frame].certain
    }

    /// The argument that a frame's caller gives a variable.
    pub(super) fn argument(&self, frame: usize, variable: &str) -> Option<Place> {
        let Caller { frame, call, instance } = self.frames.borrow()[frame].caller.clone()?;
        let expr = call.arguments.get(variable)?.value;
        Some(Place { frame, expr, bound: 0, instance })
    }

    /// `module.a["x"].module.b.`
    pub(super) fn path(&self, frame: usize) -> String {
        let Some(Caller { frame, call, instance }) = self.frames.borrow()[frame].caller.clone() else {
            return String::new();
        };
        let key = instance.map_or_else(String::new, |instance| format!("[{}]", Value::from(instance.key)));
        format!("{}module.{}{key}.", self.path(frame), call.name)
    }

    /// Lets a variable of the module it all begins in have this value.
    pub(super) fn assume(&self, variable: u32, value: Value) {
        self.known.borrow_mut().insert((0, Named::Variable(variable)), Ok(value));
    }

    pub(super) fn module(&self, frame: usize) -> &'a Module {
        self.frames.borrow()[frame].module
    }

    /// The value of an expression, with so many names bound around it.
    pub(super) fn value(&self, frame: usize, expr: ExprId, bound: usize) -> Option<Value> {
        self.value_at(&Place { frame, expr, bound, instance: None })
    }

    /// The value of an expression where it stands.
    pub(super) fn value_at(&self, place: &Place) -> Option<Value> {
        let view = View { across: self, frame: place.frame, instance: place.instance.as_ref() };
        eval_inside(self.module(place.frame), place.expr, place.bound, &view, &self.context).ok()
    }

    /// How the value in a block with `for_each` breaks the bounds of a type, and for which instance: the first for which
    /// that can be told.
    pub(super) fn broken_for(
        &self,
        walked: ExprId,
        expr: ExprId,
        bound: usize,
        expected: &Type,
    ) -> Option<(Instance, Box<ValueMismatch>)> {
        self.walked(0, walked).into_iter().find_map(|instance| {
            let place = Place { frame: 0, expr, bound, instance: Some(instance.clone()) };
            Some((instance, breaking(&self.value_at(&place)?, expected)?))
        })
    }

    /// How the value breaks the bounds of a type, if that can be told already.
    pub(super) fn broken(
        &self,
        frame: usize,
        id: ExprId,
        bound: usize,
        expected: &Type,
    ) -> Option<Box<ValueMismatch>> {
        breaking(&self.value(frame, id, bound)?, expected)
    }

    fn named(
        &self,
        frame: usize,
        named: Named,
        ty: Type,
        find: impl FnOnce() -> Result<Value, EvalError>,
    ) -> Result<Value, EvalError> {
        if let Some(known) = self.known.borrow().get(&(frame, named)) {
            return known.clone();
        }
        if self.depth.get() >= MAX_DEPTH {
            return Ok(Value::unknown(ty));
        }
        // What depends on itself was reported, and ends here.
        self.known.borrow_mut().insert((frame, named), Ok(Value::unknown(ty)));
        self.depth.set(self.depth.get() + 1);
        let value = find();
        self.depth.set(self.depth.get() - 1);
        self.known.borrow_mut().insert((frame, named), value.clone());
        value
    }

    fn eval(&self, frame: usize, instance: Option<&Instance>, id: ExprId) -> Result<Value, EvalError> {
        eval(self.module(frame), id, &View { across: self, frame, instance }, &self.context)
    }

    /// The value of a variable.
    pub(super) fn variable(&self, frame: usize, index: u32) -> Result<Value, EvalError> {
        let Frame { module, caller, .. } = self.frames.borrow()[frame].clone();
        let variable = &module.variables[index as usize];
        let Some(caller) = caller else {
            let assumed = self.known.borrow().get(&(frame, Named::Variable(index))).cloned();
            return assumed.unwrap_or_else(|| Ok(Value::unknown(variable.ty.clone())));
        };
        self.named(frame, Named::Variable(index), variable.ty.clone(), || {
            let given = match caller.call.arguments.get(&variable.name) {
                Some(argument) => self.eval(caller.frame, caller.instance.as_ref(), argument.value)?,
                None => Value::NULL,
            };
            let value = match variable.default {
                Some(default) if given.is_null() => self.eval(frame, None, default)?,
                _ => given,
            };
            // What does not fit is reported where it is given.
            Ok(narrow(&value, &variable.ty).unwrap_or_else(|_| Value::unknown(variable.ty.clone())))
        })
    }

    fn output(&self, frame: usize, call: u32, name: &Text) -> Result<Option<Value>, EvalError> {
        let Some(inner) = self.enter(frame, call, None) else { return Ok(Some(Value::unknown(Type::any()))) };
        let Some((index, _, output)) = self.module(inner).outputs.get_full(name) else { return Ok(None) };
        let ty = output.ty.clone().unwrap_or_else(Type::any);
        self.named(inner, Named::Output(index as u32), ty, || self.eval(inner, None, output.value)).map(Some)
    }
}

/// How a value breaks the bounds of a type, if that can be told already.
fn breaking(value: &Value, expected: &Type) -> Option<Box<ValueMismatch>> {
    let wrong = conforms(value, expected).err()?;
    (wrong.fault == Fault::Bound && !wrong.found.is_unknown()).then_some(wrong)
}

/// What names stand for in one frame.
struct View<'x, 'a> {
    across: &'x Across<'a>,
    frame: usize,
    /// The instance that is looked at.
    instance: Option<&'x Instance>,
}

impl Lookup for View<'_, '_> {
    fn variable(&self, index: u32) -> Result<Value, EvalError> {
        self.across.variable(self.frame, index)
    }

    fn local(&self, index: u32) -> Result<Value, EvalError> {
        let value = self.across.module(self.frame).locals[index as usize].value;
        self.across
            .named(self.frame, Named::Local(index), Type::any(), || self.across.eval(self.frame, None, value))
    }

    fn resource(&self, _: u32) -> Result<Value, EvalError> {
        Ok(Value::unknown(Type::any()))
    }

    fn resource_instance(&self, _: u32, _: &InstanceKey) -> Result<Option<Value>, EvalError> {
        Ok(Some(Value::unknown(Type::any())))
    }

    fn call(&self, _: u32) -> Result<Value, EvalError> {
        Ok(Value::unknown(Type::any()))
    }

    fn call_output(
        &self,
        index: u32,
        _: Option<&InstanceKey>,
        output: &Text,
    ) -> Result<Option<Value>, EvalError> {
        self.across.output(self.frame, index, output)
    }

    fn each(&self) -> Option<(Value, Value)> {
        Some(match self.instance {
            Some(instance) => (instance.key.clone().into(), instance.value.clone()),
            None => (Value::unknown(Type::string()), Value::unknown(Type::any())),
        })
    }

    fn count_index(&self) -> Option<Value> {
        Some(Value::unknown(Type::int()))
    }

    fn self_object(&self) -> Option<Value> {
        Some(Value::unknown(Type::any()))
    }
}
