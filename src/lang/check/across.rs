//! Values across calls: what an expression is for one way of calling the modules it goes through, and the way its value
//! took. What nobody can know before a plan is unknown here, and whatever is made of it.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use crate::base::Text;
use crate::base::address::InstanceKey;
use crate::base::assign::{Fault, PathStep, ValueMismatch, conforms, narrow};
use crate::base::source::Span;
use crate::base::types::Type;
use crate::base::value::Value;
use crate::lang::eval::{Context, EvalError, Lookup, eval, eval_inside};
use crate::lang::resolve::program::{
    Callee, ExprId, ExprKind, ItemKey, Module, ModuleCall, Program, Reference,
};

/// One module as it is called by the one before it.
#[derive(Clone, Copy)]
struct Frame<'a> {
    module: &'a Module,
    caller: Option<(usize, &'a ModuleCall)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Named {
    Variable(u32),
    Local(u32),
    Output(u32),
}

/// Evaluates in one module and those it calls.
pub(super) struct Across<'a> {
    program: &'a Program,
    context: Context<'a>,
    frames: RefCell<Vec<Frame<'a>>>,
    called: RefCell<FxHashMap<(usize, u32), usize>>,
    known: RefCell<FxHashMap<(usize, Named), Result<Value, EvalError>>>,
    depth: Cell<u32>,
}

/// Ways longer than this are left to the plan.
const MAX_DEPTH: u32 = 24;
/// So many instances of a block are looked at one by one.
const MAX_WALKED: usize = 64;
/// Steps a report shows.
const MAX_STEPS: usize = 16;

impl<'a> Across<'a> {
    pub(super) fn new(program: &'a Program, module: &'a Module, context: Context<'a>) -> Self {
        Self {
            program,
            context,
            frames: RefCell::new(vec![Frame { module, caller: None }]),
            called: RefCell::default(),
            known: RefCell::default(),
            depth: Cell::new(0),
        }
    }

    /// The frame of a module called from this one, by the index of the call; 0 is the module it all begins in.
    pub(super) fn enter(&self, frame: usize, call: u32) -> Option<usize> {
        if let Some(known) = self.called.borrow().get(&(frame, call)) {
            return Some(*known);
        }
        let module = self.module(frame);
        let block = &module.calls[call as usize];
        let callee: &'a Module = self.program.module(block.module?);
        let mut frames = self.frames.borrow_mut();
        frames.push(Frame { module: callee, caller: Some((frame, block)) });
        let index = frames.len() - 1;
        self.called.borrow_mut().insert((frame, call), index);
        Some(index)
    }

    /// Lets a variable of the module it all begins in have this value.
    pub(super) fn assume(&self, variable: u32, value: Value) {
        self.known.borrow_mut().insert((0, Named::Variable(variable)), Ok(value));
    }

    pub(super) fn module(&self, frame: usize) -> &'a Module {
        self.frames.borrow()[frame].module
    }

    /// The value of an expression, with so many names bound around it.
    pub(super) fn value(&self, frame: usize, id: ExprId, bound: usize) -> Option<Value> {
        self.evaluated(View { across: self, frame, each: None }, id, bound)
    }

    fn evaluated(&self, view: View<'_, 'a>, id: ExprId, bound: usize) -> Option<Value> {
        eval_inside(self.module(view.frame), id, bound, &view, &self.context).ok()
    }

    /// How the value in a block with `for_each` breaks the bounds of a type, and for which key: the first for which that
    /// can be told.
    pub(super) fn broken_for(
        &self,
        walked: ExprId,
        id: ExprId,
        bound: usize,
        expected: &Type,
    ) -> Option<(Text, Box<ValueMismatch>)> {
        let all = self.value(0, walked, 0)?;
        let each: Vec<(Value, Value)> = match all.as_map() {
            Some(map) => map.iter().map(|(key, value)| (key.clone().into(), value.clone())).collect(),
            None => all.as_slice()?.iter().map(|value| (value.clone(), value.clone())).collect(),
        };
        each.into_iter().take(MAX_WALKED).find_map(|each| {
            let key = each.0.as_str()?.into();
            let value = self.evaluated(View { across: self, frame: 0, each: Some(each) }, id, bound)?;
            Some((key, breaking(&value, expected)?))
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

    fn eval(&self, frame: usize, id: ExprId) -> Result<Value, EvalError> {
        eval(self.module(frame), id, &View { across: self, frame, each: None }, &self.context)
    }

    fn variable(&self, frame: usize, index: u32) -> Result<Value, EvalError> {
        let Frame { module, caller } = self.frames.borrow()[frame];
        let variable = &module.variables[index as usize];
        let Some((outer, call)) = caller else {
            let assumed = self.known.borrow().get(&(frame, Named::Variable(index))).cloned();
            return assumed.unwrap_or_else(|| Ok(Value::unknown(variable.ty.clone())));
        };
        self.named(frame, Named::Variable(index), variable.ty.clone(), || {
            let given = match call.arguments.get(&variable.name) {
                Some(argument) => self.eval(outer, argument.value)?,
                None => Value::NULL,
            };
            let value = match variable.default {
                Some(default) if given.is_null() => self.eval(frame, default)?,
                _ => given,
            };
            // What does not fit is reported where it is given.
            Ok(narrow(&value, &variable.ty).unwrap_or_else(|_| Value::unknown(variable.ty.clone())))
        })
    }

    fn output(&self, frame: usize, call: u32, name: &Text) -> Result<Option<Value>, EvalError> {
        let Some(inner) = self.enter(frame, call) else { return Ok(Some(Value::unknown(Type::any()))) };
        let Some((index, _, output)) = self.module(inner).outputs.get_full(name) else { return Ok(None) };
        let ty = output.ty.clone().unwrap_or_else(Type::any);
        self.named(inner, Named::Output(index as u32), ty, || self.eval(inner, output.value)).map(Some)
    }

    /// Where the part of a value at a path comes from: the places it went through, nearest first.
    pub(super) fn steps(
        &self,
        frame: usize,
        id: ExprId,
        mut bound: usize,
        path: &[PathStep],
    ) -> Vec<(Span, String)> {
        let mut steps: Vec<(Span, String)> = Vec::new();
        let mut rest: Vec<PathStep> = path.iter().rev().cloned().collect();
        let (mut frame, mut at) = (frame, id);
        let mut secret = false;
        while steps.len() < MAX_STEPS {
            let module = self.module(frame);
            let expr = module.expr(at);
            match &expr.kind {
                ExprKind::Reference(Reference::Local(index)) => {
                    let local = &module.locals[*index as usize];
                    let written = module.expr(local.value);
                    if let ExprKind::Literal(value) = &written.kind
                        && !secret
                    {
                        steps.push((written.span, format!("`local.{}` is {value}", local.name)));
                        return steps;
                    }
                    steps.push((local.span, format!("`local.{}` comes from here", local.name)));
                    (at, bound) = (local.value, 0);
                }
                ExprKind::Reference(Reference::Variable(index)) => {
                    let variable = &module.variables[*index as usize];
                    secret |= variable.ty.has_secret();
                    let caller = self.frames.borrow()[frame].caller;
                    let Some((outer, call)) = caller else {
                        let span = variable.type_span.unwrap_or(variable.span);
                        steps.push((span, format!("`var.{}` is `{}`", variable.name, variable.ty)));
                        return steps;
                    };
                    match (call.arguments.get(&variable.name), variable.default) {
                        (Some(argument), _) => {
                            let words = format!("given to `{}` of module.{}", variable.name, call.name);
                            let span = self.module(outer).expr(argument.value).span;
                            steps.push((span, words));
                            (frame, at, bound) = (outer, argument.value, 0);
                        }
                        (None, Some(default)) => (at, bound) = (default, 0),
                        (None, None) => return steps,
                    }
                }
                ExprKind::Attribute { base, name, .. } => {
                    let Some(call) = called(module, *base) else {
                        rest.push(PathStep::Attribute(name.clone()));
                        at = *base;
                        continue;
                    };
                    let Some(inner) = self.enter(frame, call) else { return steps };
                    let Some(output) = self.module(inner).outputs.get(name) else { return steps };
                    let words = format!("`{name}` comes out of module.{}", module.calls[call as usize].name);
                    steps.push((output.span, words));
                    secret |= output.sensitive;
                    (frame, at, bound) = (inner, output.value, 0);
                }
                ExprKind::Index { base, index } => {
                    let key = self.value(frame, *index, bound);
                    rest.push(match key.as_ref().map(|key| (key.as_str(), key.as_i64())) {
                        Some((Some(name), _)) => PathStep::Attribute(name.into()),
                        Some((_, Some(at))) if at >= 0 => PathStep::Index(at as usize),
                        _ => PathStep::Each,
                    });
                    at = *base;
                }
                ExprKind::Conditional { condition, then, otherwise } => {
                    match self.value(frame, *condition, bound).and_then(|value| value.as_bool()) {
                        Some(true) => at = *then,
                        Some(false) => at = *otherwise,
                        None => return self.ending(steps, frame, (id, at), rest.is_empty() && !secret),
                    }
                }
                _ => match self.inside(frame, at, bound, rest.last()) {
                    Some(part) => {
                        // An argument of a function has the whole path still before it.
                        if !matches!(expr.kind, ExprKind::Call { .. }) {
                            rest.pop();
                        }
                        at = part;
                    }
                    None => return self.ending(steps, frame, (id, at), rest.is_empty() && !secret),
                },
            }
        }
        steps
    }

    /// The part of a constructor, or of a call that hands its arguments on.
    fn inside(&self, frame: usize, id: ExprId, bound: usize, step: Option<&PathStep>) -> Option<ExprId> {
        let step = step?;
        let name = match step {
            PathStep::Attribute(name) | PathStep::Key(name) => Some(name),
            PathStep::Index(_) | PathStep::Each => None,
        };
        match &self.module(frame).expr(id).kind {
            ExprKind::Object(items) => {
                let named = |key: &ItemKey| matches!(key, ItemKey::Name(key) if Some(key) == name);
                items.iter().find(|item| named(&item.key)).map(|item| item.value)
            }
            ExprKind::Tuple(items) => match step {
                PathStep::Index(at) => items.get(*at).copied(),
                _ => None,
            },
            ExprKind::Call { callee: Callee::Builtin(function), args, expand: false, .. }
                if function.name == "merge" =>
            {
                args.iter().rev().copied().find(|arg| {
                    let value = self.value(frame, *arg, bound);
                    let entries = value.as_ref().and_then(Value::as_map);
                    name.zip(entries).is_some_and(|(name, entries)| entries.contains_key(name))
                })
            }
            _ => None,
        }
    }

    /// The last step: what was written, or where it was computed.
    fn ending(
        &self,
        mut steps: Vec<(Span, String)>,
        frame: usize,
        (start, at): (ExprId, ExprId),
        shown: bool,
    ) -> Vec<(Span, String)> {
        let expr = self.module(frame).expr(at);
        if (frame, at) == (0, start) || steps.last().is_some_and(|(span, _)| *span == expr.span) {
            return steps;
        }
        match &expr.kind {
            ExprKind::Literal(value) if shown => steps.push((expr.span, format!("this is {value}"))),
            ExprKind::Error => {}
            // Already part of what is complained about.
            ExprKind::Reference(_) if steps.is_empty() => {}
            ExprKind::Reference(_) => steps.push((expr.span, "taken from here".to_owned())),
            _ => steps.push((expr.span, "made here".to_owned())),
        }
        steps
    }
}

/// How a value breaks the bounds of a type, if that can be told already.
fn breaking(value: &Value, expected: &Type) -> Option<Box<ValueMismatch>> {
    let wrong = conforms(value, expected).err()?;
    (wrong.fault == Fault::Bound && !wrong.found.is_unknown()).then_some(wrong)
}

/// The call an expression names, or one instance of.
fn called(module: &Module, id: ExprId) -> Option<u32> {
    match &module.expr(id).kind {
        ExprKind::Reference(Reference::Call(index)) => Some(*index),
        ExprKind::Index { base, .. } => match &module.expr(*base).kind {
            ExprKind::Reference(Reference::Call(index)) => Some(*index),
            _ => None,
        },
        _ => None,
    }
}

/// What names stand for in one frame.
struct View<'x, 'a> {
    across: &'x Across<'a>,
    frame: usize,
    /// Key and value of the instance that is looked at.
    each: Option<(Value, Value)>,
}

impl Lookup for View<'_, '_> {
    fn variable(&self, index: u32) -> Result<Value, EvalError> {
        self.across.variable(self.frame, index)
    }

    fn local(&self, index: u32) -> Result<Value, EvalError> {
        let value = self.across.module(self.frame).locals[index as usize].value;
        self.across
            .named(self.frame, Named::Local(index), Type::any(), || self.across.eval(self.frame, value))
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
        Some(
            self.each
                .clone()
                .unwrap_or_else(|| (Value::unknown(Type::string()), Value::unknown(Type::any()))),
        )
    }

    fn count_index(&self) -> Option<Value> {
        Some(Value::unknown(Type::int()))
    }

    fn self_object(&self) -> Option<Value> {
        Some(Value::unknown(Type::any()))
    }
}
