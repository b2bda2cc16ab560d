//! Module calls against the interface of what they call.

use super::{Checker, Fact, ModuleFacts, Taint, accept};
use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::suggest::{listed, nearest};
use crate::base::types::{ObjectAttribute, ObjectType, Type, TypeKind};
use crate::lang::resolve::program::{ExprId, ExprKind, Module, ModuleCall, Reference};

/// What every call takes.
const META: [&str; 4] = ["count", "for_each", "providers", "depends_on"];

impl<'a> Checker<'a> {
    pub(super) fn callee(&self, index: u32) -> Option<(&'a ModuleCall, &'a Module, &'a ModuleFacts)> {
        let call = &self.module.calls[index as usize];
        let id = call.module?;
        Some((call, self.program.module(id), self.facts.get(id.0 as usize)?))
    }

    pub(super) fn call_block(&mut self, index: u32) {
        let call = &self.module.calls[index as usize];
        self.repetition(call.count, call.for_each, call.enabled);
        let guard = self.guard(call.count, call.for_each, call.enabled);
        self.assuming(guard, |this| this.arguments_of(index));
        (self.each, self.repeated) = (None, None);
    }

    fn arguments_of(&mut self, index: u32) {
        let call = &self.module.calls[index as usize];
        self.demands_of(index);
        self.deferred_of(index);
        let Some((_, callee, _)) = self.callee(index) else {
            for argument in call.arguments.values() {
                self.infer(argument.value);
            }
            return;
        };
        let mut misspelt: Vec<Text> = Vec::new();
        for (name, argument) in &call.arguments {
            let Some(variable) = callee.variables.get(name) else {
                // A misspelt `for_each` was looked at as what it was meant to be.
                let meant = call.for_each == Some(argument.value) || call.count == Some(argument.value);
                if !meant {
                    self.infer(argument.value);
                }
                if callee.lost.may_hold(name) {
                    continue;
                }
                let unset = callee.variables.keys().filter(|name| !call.arguments.contains_key(*name));
                let near = nearest(name, unset.map(Text::as_str).chain(META));
                let mut diagnostic = Diagnostic::new(
                    codes::UNKNOWN_ATTRIBUTE,
                    argument.name_span,
                    format!("the module {:?} has no variable `{name}`", call.source),
                )
                .at_path(format!("module.{}.{name}", call.name));
                diagnostic = match near {
                    Some(near) => {
                        misspelt.push(near.into());
                        let diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
                        match callee.variables.get(near) {
                            Some(variable) => diagnostic.label(variable.span, "declared here"),
                            None => diagnostic,
                        }
                        .replace(
                            FixLevel::Safe,
                            format!("change it to `{near}`"),
                            argument.name_span,
                            near,
                        )
                    }
                    None => {
                        let names = callee.variables.keys().map(Text::as_str);
                        diagnostic.here("does not exist").note(match names.len() {
                            0 => "it has no variables".to_owned(),
                            _ => format!("its variables are {}", listed(names)),
                        })
                    }
                };
                self.report(diagnostic);
                continue;
            };
            // Null reaches a variable that has a default as "not set".
            let unset = variable.default.is_some();
            let expected = if unset { variable.ty.clone().optional() } else { variable.ty.clone() };
            let purpose = accept::Purpose::Input { call: &call.name, variable };
            self.accept(argument.value, &expected, &purpose);
            if let Some(words) = &variable.deprecated {
                self.report(
                    Diagnostic::new(codes::DEPRECATED, argument.name_span, format!("`{name}` is deprecated"))
                        .here(words.to_string())
                        .label(variable.span, "declared here"),
                );
            }
        }
        let missing: Vec<_> = callee
            .variables
            .values()
            .filter(|variable| {
                variable.default.is_none()
                    && !call.arguments.contains_key(&variable.name)
                    && !misspelt.contains(&variable.name)
            })
            .collect();
        if !missing.is_empty() {
            let names: Vec<_> = missing.iter().map(|variable| format!("`{}`", variable.name)).collect();
            let mut diagnostic = Diagnostic::new(
                codes::MISSING_ARGUMENT,
                call.head,
                format!("`module.{}` needs {}", call.name, names.join(" and ")),
            )
            .here(match names.len() {
                1 => "an argument is missing".to_owned(),
                n => format!("{n} arguments are missing"),
            });
            for variable in &missing {
                let docs = variable.docs.as_deref().map(super::blocks::first_line).unwrap_or_default();
                let docs = if docs.is_empty() { String::new() } else { format!(". {docs}") };
                diagnostic = diagnostic
                    .label(variable.span, "declared here, without a default")
                    .note(format!("`{}`: `{}`{docs}", variable.name, variable.ty));
            }
            let skeleton: String = missing
                .iter()
                .map(|variable| {
                    let docs = variable.docs.as_deref().map(super::blocks::first_line);
                    accept::skeleton(&variable.name, &variable.ty, docs.unwrap_or_default())
                })
                .collect();
            self.report(diagnostic.replace(FixLevel::Review, "add what is missing", call.insert, skeleton));
        }
    }

    /// `module.x.output` and `module.x[key].output`, without the type of all outputs together.
    pub(super) fn module_output(&mut self, base: ExprId, name: &Text, name_span: Span) -> Option<Fact> {
        let index = match &self.module.expr(base).kind {
            ExprKind::Reference(Reference::Call(index)) => *index,
            ExprKind::Index { base, .. } => match &self.module.expr(*base).kind {
                ExprKind::Reference(Reference::Call(index)) => *index,
                _ => return None,
            },
            _ => return None,
        };
        let indexed = matches!(self.module.expr(base).kind, ExprKind::Index { .. });
        let Some((call, callee, facts)) = self.callee(index) else { return Some(Fact::error()) };
        let repeated = call.count.is_some() || call.for_each.is_some();
        if repeated != indexed || call.enabled.is_some() {
            return None;
        }
        let mut late = Fact::error();
        if let ExprKind::Index { index, .. } = &self.module.expr(base).kind {
            let expected = if call.count.is_some() { Type::int() } else { Type::string() };
            let purpose =
                accept::Purpose::Named { name: format!("the key of `module.{}`", call.name), declared: None };
            late = self.accept(*index, &expected, &purpose);
        }
        let Some(at) = facts.output_names.get_index_of(name) else {
            self.no_output(call, callee, name, name_span);
            return Some(Fact::error());
        };
        if let Some(words) = callee.outputs.get(name).and_then(|output| output.deprecated.as_ref()) {
            self.report(
                Diagnostic::new(codes::DEPRECATED, name_span, format!("the output `{name}` is deprecated"))
                    .here(words.to_string()),
            );
        }
        let fact = self.output_of(index, at);
        let instances = self.instances(index);
        Some(Fact { ty: fact.ty, taint: fact.taint.and(&late.taint).and(&instances) })
    }

    fn no_output(&mut self, call: &ModuleCall, callee: &Module, name: &Text, span: Span) {
        if callee.lost.may_hold(name) {
            return;
        }
        let mut diagnostic = Diagnostic::new(
            codes::UNKNOWN_ATTRIBUTE,
            span,
            format!("the module {:?} has no output `{name}`", call.source),
        );
        diagnostic = match nearest(name, callee.outputs.keys().map(Text::as_str)) {
            Some(near) => diagnostic
                .here(format!("did you mean `{near}`?"))
                .label(callee.outputs[near].span, "declared here")
                .replace(FixLevel::Safe, format!("change it to `{near}`"), span, near),
            None => {
                let names = callee.outputs.keys().map(Text::as_str);
                let diagnostic = diagnostic.here("does not exist").note(match names.len() {
                    0 => "it has no outputs".to_owned(),
                    _ => format!("its outputs are {}", listed(names)),
                });
                match callee.variables.get(name) {
                    Some(variable) => diagnostic
                        .label(variable.span, "a variable of this name is no output")
                        .help(format!("add `output \"{name}\" {{ value = var.{name} }}` to the module")),
                    None => diagnostic,
                }
            }
        };
        self.report(diagnostic);
    }

    /// What `module.x` stands for as a whole.
    pub(super) fn call_type(&mut self, index: u32) -> Fact {
        let Some((call, _, facts)) = self.callee(index) else { return Fact::error() };
        let mut attributes = indexmap::IndexMap::with_capacity(facts.outputs.len());
        let mut parts = Vec::with_capacity(facts.outputs.len());
        for (at, name) in facts.output_names.iter().enumerate() {
            let fact = self.output_of(index, at);
            let attribute =
                ObjectAttribute { ty: fact.ty, optional: false, default: None, span: None, docs: None };
            attributes.insert(name.clone(), attribute);
            parts.push((name.clone(), fact.taint));
        }
        let object = ObjectType { attributes, name: Some(format!("module.{}", call.name).into()) };
        let ty: Type = TypeKind::Object(object.into()).into();
        let taint = Taint::object(parts);
        let instances = self.instances(index);
        match (call.count, call.for_each, call.enabled) {
            (Some(_), _, _) => Fact { ty: Type::list(ty), taint: Taint::collection(&instances, &taint) },
            (_, Some(_), _) => Fact { ty: Type::map(ty), taint: Taint::collection(&instances, &taint) },
            (_, _, Some(_)) => Fact { ty: ty.optional(), taint: taint.and(&instances) },
            _ => Fact { ty, taint },
        }
    }
}
