//! Calls of functions of the embedding program.

use super::{Checker, Fact, Phase, Taint, accept};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::lang::functions::HostFunction;
use crate::lang::resolve::program::ExprId;

impl Checker<'_> {
    pub(super) fn host_call(
        &mut self,
        id: ExprId,
        function: &HostFunction,
        name_span: Span,
        args: &[ExprId],
        expand: bool,
    ) -> Fact {
        let before = self.diagnostics.len();
        let mut late = Fact::known(function.returns().clone());
        let mut secret = false;
        for (at, arg) in args.iter().enumerate() {
            let fact = match function.parameters().get(at).filter(|_| !expand) {
                Some(param) => {
                    let name = format!("`{}` of {}()", param.name, function.name());
                    self.accept(*arg, &param.ty, &accept::Purpose::Named { name, declared: None })
                }
                None => self.infer(*arg),
            };
            secret |= fact.ty.has_secret();
            late = late.after(&fact);
        }
        if secret {
            late.ty = late.ty.secret();
        }
        if !function.is_pure() {
            let why = format!("{}() runs when a plan is made", function.name());
            late.taint.join(&Taint::late(Phase::Plan, name_span, why));
        }
        let (least, most) = (function.least(), function.parameters().len());
        if !expand && (args.len() < least || args.len() > most) {
            let extra = args.get(most).map(|id| self.span(*id));
            let takes = if least == most { most.to_string() } else { format!("{least} to {most}") };
            let plural = if takes == "1" { "" } else { "s" };
            let (name, given) = (function.name(), args.len());
            self.report(
                Diagnostic::new(
                    codes::WRONG_ARGUMENT_COUNT,
                    extra.unwrap_or(name_span),
                    format!("{name}() takes {takes} argument{plural}, and {given} are given"),
                )
                .here(if extra.is_some() { "one too many" } else { "not complete" })
                .note(function.signature()),
            );
        }
        // What will fail whatever happens is said now.
        if self.diagnostics.len() == before
            && function.is_pure()
            && args.iter().all(|arg| self.constant(*arg).is_some())
            && let Some(error) = self.failing(id)
        {
            self.report(*error);
        }
        late
    }
}
