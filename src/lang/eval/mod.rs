//! Resolved expression → value. Knows nothing of plans: what a reference stands for is asked of a [`Lookup`];
//! plan supplies unknowns, apply supplies facts.

mod access;
mod block;
mod budget;
mod calls;
mod collections;
mod expr;
mod host;
mod operators;
mod render;
mod template;

use crate::base::Text;
use crate::base::address::InstanceKey;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::{Cancel, Files, Limits};
use crate::base::types::Type;
use crate::base::value::Value;
use crate::lang::functions::Answers;
use crate::lang::resolve::program::{ExprId, Module, Program, Templates, UserFunction};

pub use block::eval_block;
pub use budget::{Budget, Spent};
pub use operators::equal;
pub use render::render;

/// Why an expression has no value.
pub type EvalError = Box<Diagnostic>;

/// What evaluation needs besides the names.
pub struct Context<'a> {
    /// For `file()` and its kin; they read inside the module's and the root directory only.
    pub files: &'a dyn Files,
    /// Bounds.
    pub limits: &'a Limits,
    /// The modules user functions live in, by [`crate::lang::resolve::program::ModuleId`].
    pub modules: &'a [std::sync::Arc<Module>],
    /// The template files of the program.
    pub templates: &'a Templates,
    /// The directory of the root module.
    pub root_directory: &'a str,
    /// The moment and chance for `timestamp()`, `uuid()` and their kin: during apply only.
    pub moment: Option<&'a crate::lang::functions::Moment<'a>>,
    /// Asks a long evaluation to stop.
    pub cancel: Option<&'a Cancel>,
    /// What the host program's impure functions answered in this run; before a run begins, their results are unknown.
    pub answers: Option<&'a Answers>,
    /// What all evaluations of the run have spent, if that is counted.
    pub spent: Option<&'a Spent>,
}

impl<'a> Context<'a> {
    /// Before a run begins: neither moment nor impure functions, and nothing that asks to stop.
    pub fn new(
        files: &'a dyn Files,
        limits: &'a Limits,
        program: &'a Program,
        root_directory: &'a str,
    ) -> Self {
        let Program { modules, templates, .. } = program;
        Self {
            files,
            limits,
            modules,
            templates,
            root_directory,
            moment: None,
            cancel: None,
            answers: None,
            spent: None,
        }
    }
}

/// What references stand for, in one instance of one module. Indexes are those of [`Module`].
///
/// Methods that cannot answer return an error with the place of the cause (a variable whose own value failed, say).
pub trait Lookup {
    /// `var.x`
    fn variable(&self, index: u32) -> Result<Value, EvalError>;
    /// `local.x`
    fn local(&self, index: u32) -> Result<Value, EvalError>;
    /// `kind.name` with all its instances: an object; a list with `count`; a map with `for_each`; null if not enabled.
    fn resource(&self, index: u32) -> Result<Value, EvalError>;
    /// `kind.name[key]`, without building the whole collection; `None` if there is no such instance. An unknown if the
    /// instances themselves are not known.
    fn resource_instance(&self, index: u32, key: &InstanceKey) -> Result<Option<Value>, EvalError>;
    /// `module.x` with all its instances, shaped as in [`Lookup::resource`].
    fn call(&self, index: u32) -> Result<Value, EvalError>;
    /// `module.x.output` (`key` is `None`) or `module.x[key].output`; `None` if there is no such instance or output.
    fn call_output(
        &self,
        index: u32,
        key: Option<&InstanceKey>,
        output: &Text,
    ) -> Result<Option<Value>, EvalError>;
    /// `each.key`, `each.value`
    fn each(&self) -> Option<(Value, Value)> {
        None
    }
    /// `count.index`
    fn count_index(&self) -> Option<Value> {
        None
    }
    /// `self`
    fn self_object(&self) -> Option<Value> {
        None
    }
}

/// The value of an expression of `module`.
///
/// # Errors
/// With the place in the source: a value of the wrong kind where the checker could not see it, a missing key, a function
/// that refuses its argument, a limit that is exceeded.
pub fn eval(
    module: &Module,
    expr: ExprId,
    lookup: &dyn Lookup,
    context: &Context<'_>,
) -> Result<Value, EvalError> {
    let budget = Budget::new(context);
    let value = Evaluator::new(module, lookup, context, &budget).expr(expr)?;
    let span = module.expr(expr).span;
    let bytes = budget.whole(span, &value)?;
    budget.keep(span, bytes)?;
    Ok(value)
}

/// The value of an expression that stands inside loops or a function, where so many names are bound to values that are
/// not known.
///
/// # Errors
/// As [`eval`].
pub fn eval_inside(
    module: &Module,
    expr: ExprId,
    bound: usize,
    lookup: &dyn Lookup,
    context: &Context<'_>,
) -> Result<Value, EvalError> {
    let budget = Budget::new(context);
    let mut evaluator = Evaluator::new(module, lookup, context, &budget);
    evaluator.bindings = vec![Value::unknown(Type::any()); bound];
    evaluator.expr(expr)
}

/// The value of a user function for these arguments, one for each parameter and of its type.
///
/// # Errors
/// As [`eval`].
pub fn call(
    function: &UserFunction,
    arguments: Vec<Value>,
    context: &Context<'_>,
) -> Result<Value, EvalError> {
    let Some(module) = context.modules.get(function.module.0 as usize) else { return Err(not_constant()) };
    let budget = Budget::new(context);
    let mut evaluator = Evaluator::new(module, &NoLookup, context, &budget);
    evaluator.bindings = arguments;
    evaluator.expr(function.body)
}

/// One evaluation of expressions of one module.
struct Evaluator<'a> {
    module: &'a Module,
    lookup: &'a dyn Lookup,
    context: &'a Context<'a>,
    budget: &'a Budget<'a>,
    /// Values of the bindings in scope, by slot.
    bindings: Vec<Value>,
}

impl<'a> Evaluator<'a> {
    fn new(
        module: &'a Module,
        lookup: &'a dyn Lookup,
        context: &'a Context<'a>,
        budget: &'a Budget<'a>,
    ) -> Self {
        Self { module, lookup, context, budget, bindings: Vec::new() }
    }
}

/// Nothing has a value: for constants and the bodies of functions.
pub struct NoLookup;

impl Lookup for NoLookup {
    fn variable(&self, _: u32) -> Result<Value, EvalError> {
        Err(not_constant())
    }
    fn local(&self, _: u32) -> Result<Value, EvalError> {
        Err(not_constant())
    }
    fn resource(&self, _: u32) -> Result<Value, EvalError> {
        Err(not_constant())
    }
    fn resource_instance(&self, _: u32, _: &InstanceKey) -> Result<Option<Value>, EvalError> {
        Err(not_constant())
    }
    fn call(&self, _: u32) -> Result<Value, EvalError> {
        Err(not_constant())
    }
    fn call_output(&self, _: u32, _: Option<&InstanceKey>, _: &Text) -> Result<Option<Value>, EvalError> {
        Err(not_constant())
    }
}

/// The place is filled in by the evaluator, which knows the reference.
fn not_constant() -> EvalError {
    Box::new(Diagnostic::without_place(
        crate::base::codes::EVALUATION_FAILED,
        "only a constant can stand here; this refers to something that is decided later",
    ))
}
