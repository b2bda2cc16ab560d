//! Calls of functions of the embedding program.

use super::calls::misfit;
use super::{EvalError, Evaluator};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::value::{Kind, Value};
use crate::lang::functions::HostFunction;
use crate::lang::functions::host::HostFailure;
use crate::lang::resolve::program::ExprId;

impl Evaluator<'_> {
    pub(super) fn host(
        &mut self,
        function: &HostFunction,
        name_span: Span,
        span: Span,
        args: &[ExprId],
        expand: bool,
    ) -> Result<Value, EvalError> {
        let Some(values) = self.arguments(args, expand)? else {
            return Ok(Value::unknown(function.returns().clone()));
        };
        let value = function.call(values, self.context.answers).map_err(|failure| match failure {
            HostFailure::Argument(at, mismatch) => {
                let place = args.get(at.min(args.len().saturating_sub(1))).map_or(span, |id| self.span(*id));
                let param = function.parameters().get(at).map_or("", |param| param.name.as_str());
                let message = format!("`{param}` of {}(){} {mismatch}", function.name(), mismatch.path);
                Box::new(
                    Diagnostic::new(misfit(&mismatch.fault), place, message)
                        .mismatch(mismatch.expected.to_string(), mismatch.found.to_string())
                        .label(name_span, function.signature()),
                )
            }
            HostFailure::Failed(message) => {
                Box::new(Diagnostic::new(codes::EVALUATION_FAILED, span, message))
            }
        })?;
        self.spend_all(&value, span)?;
        Ok(value)
    }

    /// Accounts for all that a value made outside holds.
    fn spend_all(&self, value: &Value, span: Span) -> Result<(), EvalError> {
        const CELL: u64 = size_of::<Value>() as u64;
        match &value.kind {
            Kind::String(text) => self.budget.output(span, text.len()),
            Kind::Seq(values) | Kind::Set(values) => {
                self.budget.spend(span, values.len() as u64 * CELL)?;
                values.iter().try_for_each(|value| self.spend_all(value, span))
            }
            Kind::Map(map) => {
                self.budget.spend(span, map.len() as u64 * 2 * CELL)?;
                map.values().try_for_each(|value| self.spend_all(value, span))
            }
            _ => Ok(()),
        }
    }
}
