//! Values of variables: what was given, checked against the declared type, or the default.

use super::world::{Here, World};
use crate::base::Text;
use crate::base::assign::{Fault, ValueMismatch, conforms, narrow};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::engine::expand::InstId;
use crate::lang::resolve::program::Variable;

/// A value for a variable of the root module.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The value.
    pub value: Value,
    /// Where it comes from, in words: `--var`, `prod.provvars:3`.
    pub origin: Text,
    /// Where it is written, if that may be shown.
    pub span: Option<Span>,
}

/// Where a value comes from.
enum Source {
    /// An argument of a call.
    Argument(Span),
    /// From outside: in words, and where it is written.
    Outside(Text, Option<Span>),
    /// The variable's default.
    Default(Span),
}

impl World {
    /// The value of a variable, or why it has none. Answers more than one complaint if several validations fail.
    pub(crate) fn variable(
        &self,
        inst: InstId,
        at: u32,
        given: Option<&Given>,
    ) -> Result<Value, Vec<Diagnostic>> {
        let module = self.module(inst);
        let Some((_, variable)) = module.variables.get_index(at as usize) else { return Ok(Value::NULL) };
        let subject = self.subject(inst, &variable.name);
        let (value, source) = self.raw(inst, variable, given, &subject)?;
        // What a module passes on may be wider than the parameter; what a person typed may not.
        let fit = if matches!(source, Source::Outside(..)) { conforms } else { narrow };
        let mut value = fit(&value, &variable.ty)
            .map_err(|mismatch| vec![complain(variable, &subject, &mismatch, &source)])?;
        value.secret |= variable.sensitive;
        Ok(value)
    }

    /// The validations of a variable, once its value is in place.
    pub(crate) fn validate(&self, inst: InstId, at: u32, given: Option<&Given>) -> Vec<Diagnostic> {
        let module = self.module(inst);
        let Some((_, variable)) = module.variables.get_index(at as usize) else { return Vec::new() };
        let subject = self.subject(inst, &variable.name);
        let failed = |condition| {
            let error = self.holds(inst, condition, Here::NOWHERE, &subject).err()?;
            let mut found = *error;
            let value = self.instances.get(inst).variables.get(at as usize).cloned().flatten();
            if let Some(value) = value.filter(|_| found.code == codes::VALIDATION_FAILED) {
                let value = if value.has_secret() { "(sensitive)".to_owned() } else { shown(&value) };
                found = found.note(format!("{subject} is {value}"));
            }
            Some(match self.argument_span(inst, &variable.name).or(given.and_then(|given| given.span)) {
                Some(span) => found.label(span, "the value comes from here"),
                None => found.label(variable.span, "of this variable"),
            })
        };
        variable.validations.iter().filter_map(failed).collect()
    }

    fn subject(&self, inst: InstId, name: &Text) -> String {
        let address = &self.instances.get(inst).address;
        if address.is_root() { format!("var.{name}") } else { format!("{address}.var.{name}") }
    }

    fn argument_span(&self, inst: InstId, name: &Text) -> Option<Span> {
        let (parent, _) = self.instances.get(inst).parent?;
        let (_, call) = self.tree.path(self.instances.get(inst).path).parent?;
        let module = self.module(parent);
        let (_, call) = module.calls.get_index(call as usize)?;
        call.arguments.get(name).map(|argument| module.expr(argument.value).span)
    }

    fn raw(
        &self,
        inst: InstId,
        variable: &Variable,
        given: Option<&Given>,
        subject: &str,
    ) -> Result<(Value, Source), Vec<Diagnostic>> {
        let module = self.module(inst);
        let found = match self.instances.get(inst).parent {
            None => {
                given.map(|given| (given.value.clone(), Source::Outside(given.origin.clone(), given.span)))
            }
            Some((parent, at)) => {
                let call = self.tree.path(self.instances.get(inst).path).parent.map(|(_, call)| call);
                let caller = self.module(parent);
                let call =
                    call.and_then(|call| caller.calls.get_index(call as usize).map(|(_, c)| (call, c)));
                let argument = call.and_then(|(at, call)| Some((at, call.arguments.get(&variable.name)?)));
                match argument {
                    None => None,
                    Some((call, argument)) => {
                        let keys = &self.instances.get(parent).calls[call as usize].keys;
                        let here = Here { keys: Some((keys, at)), this: None };
                        let value = self.eval(parent, argument.value, here).map_err(|mut e| {
                            e.path.get_or_insert_with(|| subject.to_owned());
                            vec![*e]
                        })?;
                        Some((value, Source::Argument(caller.expr(argument.value).span)))
                    }
                }
            }
        };
        let unset = |value: &Value| {
            value.is_null() && variable.default.is_some() && !(variable.ty.nullable && variable.nullable)
        };
        match (found, variable.default) {
            (Some((value, source)), _) if !unset(&value) => Ok((value, source)),
            (_, Some(id)) => {
                let value = self.eval(inst, id, Here::NOWHERE).map_err(|e| vec![*e])?;
                Ok((value, Source::Default(module.expr(id).span)))
            }
            (Some((value, source)), None) => Ok((value, source)),
            (None, None) => {
                let message = format!("{subject} has no value");
                let missing = Diagnostic::new(codes::INPUT_REQUIRED, variable.span, message)
                    .here(format!("needs a value: `{}`", variable.ty))
                    .at_path(subject);
                let name = &variable.name;
                Err(vec![missing.help(format!(
                    "give it one: --var {name}=…, a line {name} = … in a .provvars file, or PROV_VAR_{name}"
                ))])
            }
        }
    }
}

/// A value in a few words.
fn shown(value: &Value) -> String {
    match value.to_string() {
        text if text.chars().count() <= 40 => text,
        _ => format!("{} {}", if value.kind_name() == "object" { "an" } else { "a" }, value.kind_name()),
    }
}

fn complain(variable: &Variable, subject: &str, mismatch: &ValueMismatch, source: &Source) -> Diagnostic {
    let inside = matches!(source, Source::Argument(_) | Source::Default(_));
    let code = match mismatch.fault {
        // The checker has seen what modules give each other, except for `any`.
        Fault::Type | Fault::Null | Fault::Missing(_) | Fault::Unexpected(_) if inside => codes::ANY_MISMATCH,
        Fault::Type => codes::TYPE_MISMATCH,
        Fault::Null => codes::NULL_VALUE,
        Fault::Bound => codes::CONSTRAINT_VIOLATED,
        Fault::Missing(_) => codes::MISSING_ARGUMENT,
        Fault::Unexpected(_) => codes::UNKNOWN_ATTRIBUTE,
    };
    let path = format!("{subject}{}", mismatch.path);
    let message = format!("{path} {mismatch}");
    let declared = variable.type_span.unwrap_or(variable.span);
    let diagnostic = match source {
        Source::Argument(span) | Source::Default(span) => Diagnostic::new(code, *span, message)
            .label(declared, format!("{} is declared here", variable.name)),
        Source::Outside(_, Some(span)) => Diagnostic::new(code, *span, message)
            .here(format!("this is {}", shown(&mismatch.found)))
            .label(declared, format!("{} is declared here", variable.name)),
        Source::Outside(origin, None) => Diagnostic::new(code, declared, message)
            .here("declared here")
            .note(format!("the value comes from {origin}")),
    };
    diagnostic.at_path(path).mismatch(mismatch.expected.to_string(), mismatch.found.to_string())
}
