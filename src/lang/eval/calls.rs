//! Function calls.

use std::sync::Arc;

use super::expr::wrong;
use super::{EvalError, Evaluator, NoLookup};
use crate::base::assign::Fault;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::types::Type;
use crate::base::value::{Kind, Value};
use crate::lang::functions::{self, Failure, Family, Function, Why};
use crate::lang::resolve::program::{Callee, ExprId, Module, UserFunction};

/// Functions that take one part of a value, or count its parts, and walk over none of them.
const REACH: [&str; 3] = ["element", "length", "lookup"];

impl Evaluator<'_> {
    pub(super) fn call(
        &mut self,
        callee: &Callee,
        name_span: Span,
        span: Span,
        args: &[ExprId],
        expand: bool,
    ) -> Result<Value, EvalError> {
        match callee {
            Callee::Builtin(function) => match function.name {
                "try" => self.try_first(args, span),
                "can" => self.can(args),
                "templatefile" | "templatestring" => self.templates(function, span, args, expand),
                _ => self.builtin(function, name_span, span, args, expand),
            },
            Callee::User(function) => self.user(function, span, args, expand),
            Callee::Host(function) => self.host(function, name_span, span, args, expand),
        }
    }

    /// Arguments by position, the last one spread out if `...` stands behind it. `None` when that is unknown.
    pub(super) fn arguments(
        &mut self,
        args: &[ExprId],
        expand: bool,
    ) -> Result<Option<Vec<Value>>, EvalError> {
        let mut values = args.iter().map(|id| self.expr(*id)).collect::<Result<Vec<_>, _>>()?;
        if expand && let Some(last) = values.pop() {
            match &last.kind {
                Kind::Seq(elements) | Kind::Set(elements) => {
                    values.extend(elements.iter().map(|element| element.clone().mark(last.secret)))
                }
                Kind::Unknown(_) => return Ok(None),
                _ => {
                    let span = args.last().map_or_else(|| self.span(args[0]), |id| self.span(*id));
                    return Err(wrong(span, "`...` spreads a list", "list", &last));
                }
            }
        }
        Ok(Some(values))
    }

    fn builtin(
        &mut self,
        function: &'static Function,
        name_span: Span,
        span: Span,
        args: &[ExprId],
        expand: bool,
    ) -> Result<Value, EvalError> {
        let Some(values) = self.arguments(args, expand)? else { return Ok(Value::unknown(Type::any())) };
        if !REACH.contains(&function.name) {
            values.iter().try_for_each(|value| self.budget.whole(span, value).map(drop))?;
        }
        let result = self.with_functions(span, |context| function.call(&values, context));
        result.map_err(|failure| self.failed(function, Some(name_span), span, args, failure))
    }

    /// Hands over what functions need besides their arguments.
    pub(super) fn with_functions<T>(&self, span: Span, run: impl FnOnce(&functions::Context<'_>) -> T) -> T {
        let budget = self.budget;
        let spend = |bytes: u64| budget.spend(span, bytes).map_err(|_| functions::Exhausted);
        run(&functions::Context {
            files: self.context.files,
            module_dir: &self.module.directory,
            root_dir: self.context.root_directory,
            limits: self.context.limits,
            spend: &spend,
            moment: self.context.moment,
        })
    }

    /// A call that failed, with the argument that is to blame.
    pub(super) fn failed(
        &self,
        function: &Function,
        name_span: Option<Span>,
        span: Span,
        args: &[ExprId],
        failure: Failure,
    ) -> EvalError {
        // An argument that came out of `...` is blamed on the list it came from.
        let at = failure.argument.map(|at| at.min(args.len().saturating_sub(1)));
        let place = at.and_then(|at| args.get(at)).map_or(span, |id| self.span(*id));
        let code = match (failure.why, function.family) {
            (Why::Limit, _) => codes::LIMIT_EXCEEDED,
            (Why::Type, _) => codes::ANY_MISMATCH,
            (Why::NoKey, _) => codes::MISSING_KEY,
            (Why::NoElement, _) => codes::INDEX_OUT_OF_RANGE,
            (Why::Conversion, _) | (Why::Value, Family::Conversion | Family::Encoding) => {
                codes::CONVERSION_FAILED
            }
            (Why::Value, _) => codes::EVALUATION_FAILED,
        };
        let diagnostic = Diagnostic::new(code, place, format!("{}(): {}", function.name, failure.message));
        Box::new(match name_span.filter(|_| place != span) {
            Some(name_span) => diagnostic.label(name_span, function.signature()),
            None => diagnostic,
        })
    }

    /// `try(a, b, …)`: the first that has a value.
    fn try_first(&mut self, args: &[ExprId], span: Span) -> Result<Value, EvalError> {
        let depth = self.bindings.len();
        let mut last = None;
        for id in args {
            match self.expr(*id) {
                Ok(value) => return Ok(value),
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => last = Some(error),
            }
            self.bindings.truncate(depth);
        }
        let diagnostic = Diagnostic::new(codes::EVALUATION_FAILED, span, "none of the arguments has a value");
        Err(Box::new(match last {
            Some(error) => diagnostic.note(format!("the last one: {}", error.message)),
            None => diagnostic,
        }))
    }

    /// `can(a)`: whether it has a value.
    fn can(&mut self, args: &[ExprId]) -> Result<Value, EvalError> {
        let depth = self.bindings.len();
        for id in args {
            match self.expr(*id) {
                Ok(value) if !value.is_wholly_known() => return Ok(Value::unknown(Type::bool())),
                Ok(_) => {}
                Err(error) if is_final(&error) => return Err(error),
                Err(_) => {
                    self.bindings.truncate(depth);
                    return Ok(false.into());
                }
            }
        }
        Ok(true.into())
    }

    fn user(
        &mut self,
        function: &Arc<UserFunction>,
        span: Span,
        args: &[ExprId],
        expand: bool,
    ) -> Result<Value, EvalError> {
        let Some(values) = self.arguments(args, expand)? else {
            return Ok(Value::unknown(function.returns.clone()));
        };
        let module = self.module_of(function, span)?;
        let mut bound = Vec::with_capacity(values.len());
        for (at, (value, parameter)) in values.into_iter().zip(&function.params).enumerate() {
            self.budget.whole(span, &value)?;
            // A value from elsewhere may be wider than the parameter.
            let value = crate::base::assign::narrow(&value, &parameter.ty).map_err(|mismatch| {
                let place = args.get(at).map_or(span, |id| self.span(*id));
                Box::new(
                    Diagnostic::new(
                        misfit(&mismatch.fault),
                        place,
                        format!("`{}` of {}() does not take this", parameter.name, function.name),
                    )
                    .mismatch(mismatch.expected.to_string(), mismatch.found.to_string())
                    .label(parameter.span, "declared here"),
                )
            })?;
            bound.push(value);
        }
        self.budget.deeper(span, || {
            let mut inner = Evaluator::new(module, &NoLookup, self.context, self.budget);
            inner.bindings = bound;
            let value = inner.expr(function.body)?;
            self.budget.whole(span, &value)?;
            // What is made as a list is the set that the function says it gives.
            crate::base::assign::narrow(&value, &function.returns).map_err(|mismatch| {
                Box::new(
                    Diagnostic::new(
                        misfit(&mismatch.fault),
                        span,
                        format!("{}() does not give what it says", function.name),
                    )
                    .mismatch(mismatch.expected.to_string(), mismatch.found.to_string())
                    .label(function.span, "declared here"),
                )
            })
        })
    }
}

/// What is said of a value that breaks the type of a parameter, which only `any` and bounds leave to evaluation.
pub(super) fn misfit(fault: &Fault) -> codes::Code {
    match fault {
        Fault::Bound => codes::CONSTRAINT_VIOLATED,
        _ => codes::ANY_MISMATCH,
    }
}

impl<'a> Evaluator<'a> {
    /// What a parameter is without an argument.
    pub(super) fn default(
        &mut self,
        function: &UserFunction,
        parameter: usize,
        span: Span,
    ) -> Result<Value, EvalError> {
        let default = function.params.get(parameter).and_then(|param| param.default);
        let Some(default) = default else { return Ok(Value::unknown(Type::error())) };
        let module = self.module_of(function, span)?;
        self.budget
            .deeper(span, || Evaluator::new(module, &NoLookup, self.context, self.budget).expr(default))
    }

    /// The module a function lives in.
    fn module_of(&self, function: &UserFunction, span: Span) -> Result<&'a Module, EvalError> {
        let module = self.context.modules.get(function.module.0 as usize);
        module.map(|module| &**module).ok_or_else(|| {
            Box::new(Diagnostic::new(
                codes::EVALUATION_FAILED,
                span,
                format!("{}() has no value here: only constants can stand here", function.name),
            ))
        })
    }
}

/// Whether an error ends the evaluation even inside `try` and `can`.
fn is_final(error: &Diagnostic) -> bool {
    error.code == codes::LIMIT_EXCEEDED || error.code == codes::CANCELLED
}
