//! Function calls, and the functions a module declares.

use std::sync::Arc;

use super::constants::FAILURES;
use super::{Checker, Fact, Phase, Taint, accept, flow};
use crate::base::Text;
use crate::base::assign::Fault;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::source::Span;
use crate::base::suggest::nearest;
use crate::base::types::{Type, TypeKind};
use crate::base::value::Value;
use crate::lang::functions::{Function, Known, Refusal, Refused};
use crate::lang::resolve::program::{Callee, ExprId, UserFunction};
use crate::lang::resolve::too_many;

impl<'a> Checker<'a> {
    /// The bodies of the functions of this module against their stated types.
    pub(super) fn functions(&mut self) {
        let module = self.module;
        for function in module.functions.values().filter(|function| function.module == module.id) {
            for param in &function.params {
                if let Some(default) = param.default {
                    let purpose = accept::Purpose::Named {
                        name: format!("the default of `{}`", param.name),
                        declared: Some(param.span),
                    };
                    self.accept(default, &param.ty, &purpose);
                }
            }
            self.bindings = function.params.iter().map(|param| Fact::known(param.ty.clone())).collect();
            let purpose = accept::Purpose::Named {
                name: format!("the result of {}()", function.name),
                declared: Some(function.returns_span),
            };
            self.accept(function.body, &function.returns, &purpose);
            self.bindings.clear();
        }
    }

    pub(super) fn call(
        &mut self,
        id: ExprId,
        callee: &Callee,
        name_span: Span,
        args: &[ExprId],
        expand: bool,
    ) -> Fact {
        match callee {
            Callee::User(function) => self.user_call(function, args, expand),
            Callee::Host(function) => self.host_call(id, function, name_span, args, expand),
            Callee::Builtin(function) => match function.name {
                "can" if args.len() != 1 || expand => {
                    self.wrong_count(function, name_span, args, 1, Some(1), args.len());
                    Fact::error()
                }
                "can" => {
                    let fact = self.quietly(args);
                    for id in args {
                        self.tried(*id, "so this is always false", false);
                    }
                    let ty = if fact.ty.secret { Type::bool().secret() } else { Type::bool() };
                    fact.with_type(ty)
                }
                "try" => self.try_call(args),
                _ => self.builtin(id, function, name_span, args, expand),
            },
        }
    }

    /// What is tried may fail: its mistakes are none.
    fn quietly(&mut self, args: &[ExprId]) -> Fact {
        let facts: Vec<_> =
            self.unheard(|this| this.perhaps(|this| args.iter().map(|id| this.infer(*id)).collect()));
        let secret = facts.iter().any(|fact| fact.ty.has_secret());
        let all = facts.iter().fold(Fact::error(), |all, fact| all.after(fact));
        Fact { ty: Type { secret, ..Type::any() }, ..all }
    }

    /// What may fail, but not because it can never be there. The last that is tried may not fail at all.
    fn tried(&mut self, id: ExprId, consequence: &str, last: bool) -> Fact {
        let before = self.diagnostics.len();
        let mut said = Vec::new();
        let fact = match last {
            true => {
                let fact = self.perhaps(|this| this.infer(id));
                said = self.diagnostics.split_off(before);
                fact
            }
            false => self.unheard(|this| {
                let fact = this.perhaps(|this| this.infer(id));
                said = this.diagnostics.split_off(before);
                fact
            }),
        };
        let never = |d: &Diagnostic| [codes::UNKNOWN_ATTRIBUTE, codes::INDEX_OUT_OF_RANGE].contains(&d.code);
        let (hopeless, others): (Vec<_>, Vec<_>) = said.into_iter().partition(never);
        if last {
            self.diagnostics.extend(others);
        }
        if let Some(fault) = hopeless.into_iter().next()
            && let Some(place) = fault.primary
        {
            let message = format!("{}, {consequence}", fault.message);
            let mut diagnostic = Diagnostic::new(codes::NEVER_SUCCEEDS, place.span, message).here(place.text);
            diagnostic.labels = fault.labels;
            diagnostic.trace = fault.trace;
            diagnostic.notes = fault.notes;
            for fix in fault.fixes {
                diagnostic = diagnostic.fix(FixLevel::Review, fix.title, fix.edits);
            }
            self.report(diagnostic);
        }
        fact
    }

    /// `lookup(object, "name", default)` where the object can't have the name.
    fn never_found(&mut self, map: ExprId, ty: &Type, key: ExprId, default: Option<ExprId>) {
        let (TypeKind::Object(object), Some(default)) = (&ty.kind, default) else { return };
        let Some(value) = self.constant(key) else { return };
        let Some(name) = value.as_str().filter(|name| !object.attributes.contains_key(*name)) else { return };
        let span = self.span(key);
        let message = format!("this object has no attribute `{name}`, so the default is always taken");
        let diagnostic =
            Diagnostic::new(codes::NEVER_SUCCEEDS, span, message).label(self.span(default), "always taken");
        let diagnostic = match nearest(name, object.attributes.keys().map(Text::as_str)) {
            Some(near) => diagnostic.here(format!("did you mean `{near}`?")).replace(
                FixLevel::Review,
                format!("change it to `{near}`"),
                span,
                format!("\"{near}\""),
            ),
            None => diagnostic.here("never there"),
        };
        let diagnostic = self.with_declaration(diagnostic, map);
        self.report(diagnostic);
    }

    fn try_call(&mut self, args: &[ExprId]) -> Fact {
        let last = args.len().saturating_sub(1);
        let consequence = |at: usize| match at < last {
            true => "so the next one is always taken",
            false => "so this is of no help",
        };
        // Behind one that is known to have a value the last is never evaluated: its values are no mistake, its types are.
        let settled = args[..last].iter().any(|id| self.constant(*id).is_some());
        let facts: Vec<Fact> = args
            .iter()
            .enumerate()
            .map(|(at, id)| {
                let before = self.diagnostics.len();
                let fact = self.tried(*id, consequence(at), at == last && at > 0);
                if settled && at == last {
                    let said = self.diagnostics.split_off(before);
                    self.diagnostics.extend(said.into_iter().filter(|said| !FAILURES.contains(&said.code)));
                }
                fact
            })
            .collect();
        let types = facts.iter().map(|fact| fact.ty.clone()).filter(|ty| !ty.is_error());
        let ty = crate::base::assign::join_all(types).unwrap_or_else(Type::any);
        let ty = if matches!(ty.kind, TypeKind::Never) && !ty.nullable { Type::any() } else { ty };
        // Whether the first has a value follows from all of it.
        let taint = match facts.as_slice() {
            [first, rest @ ..] => rest
                .iter()
                .fold(first.taint.clone(), |all, fact| all.either(&fact.taint))
                .and(&first.taint.outline()),
            [] => Taint::default(),
        };
        Fact { ty, taint }
    }

    fn user_call(&mut self, function: &Arc<UserFunction>, args: &[ExprId], expand: bool) -> Fact {
        let mut late = Fact::known(function.returns.clone());
        let mut secret = false;
        if expand {
            for id in args {
                late = late.after(&self.infer(*id));
            }
            return late;
        }
        for (param, id) in function.params.iter().zip(args) {
            let purpose = accept::Purpose::Named {
                name: format!("`{}` of {}()", param.name, function.name),
                declared: Some(param.span),
            };
            let fact = self.accept(*id, &param.ty, &purpose);
            secret |= fact.ty.has_secret();
            late = late.after(&fact);
        }
        if secret {
            late.ty = late.ty.secret();
        }
        late
    }

    /// What a call that leaves an argument out gives instead.
    pub(super) fn default(&mut self, id: ExprId, function: &UserFunction, parameter: usize) -> Fact {
        let Some(param) = function.params.get(parameter) else { return Fact::error() };
        // It fits, or that is said where it is declared.
        let secret = self.constant(id).is_some_and(|value| value.has_secret());
        Fact::known(if secret { param.ty.clone().secret() } else { param.ty.clone() })
    }

    fn builtin(
        &mut self,
        id: ExprId,
        function: &'static Function,
        name_span: Span,
        args: &[ExprId],
        expand: bool,
    ) -> Fact {
        let before = self.diagnostics.len();
        let facts: Vec<_> = args.iter().map(|id| self.infer(*id)).collect();
        let mut late = Fact { ty: Type::error(), taint: flow::of_call(function.name, &facts) };
        if function.known == Known::AtApply {
            let words = format!("{}() is known only when it is applied", function.name);
            late.taint.join(&Taint::late(Phase::Apply, name_span, words));
        }
        let mut types: Vec<_> = facts.iter().map(|fact| fact.ty.clone()).collect();
        if expand {
            match types.pop().map(|ty| ty.kind) {
                Some(TypeKind::Tuple(items)) => types.extend(items.iter().cloned()),
                Some(TypeKind::List(element, _) | TypeKind::Set(element, _)) => {
                    // How many there will be is not known: enough to satisfy the signature.
                    let (least, most) = function.arity();
                    let count = least.saturating_sub(types.len()).max(usize::from(most.is_none()));
                    types.extend(std::iter::repeat_n((*element).clone(), count));
                }
                Some(TypeKind::Any | TypeKind::Error) => return late.with_type(Type::any()),
                Some(_) => {
                    let last = args.last().map_or(name_span, |id| self.span(*id));
                    let found = facts.last().map_or_else(String::new, |fact| fact.ty.to_string());
                    self.report(
                        Diagnostic::new(codes::TYPE_MISMATCH, last, "`...` spreads a list, and this is none")
                            .here(format!("this is `{found}`"))
                            .mismatch("list", found),
                    );
                    return late;
                }
                None => {}
            }
        }
        // What `...` spreads has no places of its own.
        let constants: Vec<_> = match expand {
            true => Vec::new(),
            false => args.iter().map(|id| self.constant(*id)).collect(),
        };
        if let ("lookup", [map, key, ..], false) = (function.name, args, expand) {
            self.never_found(*map, &facts[0].ty, *key, args.get(2).copied());
        }
        match function.check_constants(&types, &constants) {
            // What is made of something that is wrong is not known.
            Ok(_) if function.is_generic() && types.iter().any(Type::is_error) => late,
            Ok(ty) if matches!(function.name, "templatefile" | "templatestring") && !expand => {
                self.check_template(id, &constants, &facts);
                late.with_type(ty)
            }
            Ok(ty) => {
                // What will fail whatever happens is said now, unless it follows from what was said of the arguments.
                let errors = self.diagnostics[before..].iter().any(Diagnostic::is_error);
                if !expand
                    && !errors
                    && constants.iter().all(Option::is_some)
                    && let Some(error) = self.failing(id)
                {
                    let at = |error: &Diagnostic| error.primary.as_ref().map(|primary| primary.span);
                    let argument = args.iter().find(|arg| at(&error) == Some(self.span(**arg)));
                    let error = match argument {
                        Some(arg) => self.with_declaration(*error, *arg),
                        None => *error,
                    };
                    self.report(error);
                    return late;
                }
                late.with_type(ty)
            }
            Err(Refusal::Count { least, most, found }) => {
                self.wrong_count(function, name_span, args, least, most, found);
                late
            }
            Err(Refusal::Argument(refused)) => {
                // A bound that types can't decide is decided by the value, now or at plan.
                if refused.fault == Fault::Bound {
                    return late.with_type(Type::any());
                }
                self.refused(id, function, name_span, (args, &types), &refused);
                late
            }
        }
    }

    /// A template that is known is read now, with the types of its variables where their values are not known.
    fn check_template(&mut self, id: ExprId, constants: &[Option<Value>], facts: &[Fact]) {
        let ([Some(template), variables], [_, fact]) = (constants, facts) else { return };
        let variables = variables.clone().unwrap_or_else(|| Value::unknown(fact.ty.clone()));
        if let Some(error) = self.rendering(id, template.clone(), variables) {
            self.report(*error);
        }
    }

    fn wrong_count(
        &mut self,
        function: &'static Function,
        name_span: Span,
        args: &[ExprId],
        least: usize,
        most: Option<usize>,
        found: usize,
    ) {
        let takes = match most {
            Some(most) if most == least => format!("{least}"),
            Some(most) => format!("{least} to {most}"),
            None => format!("at least {least}"),
        };
        let plural = if takes == "1" { "" } else { "s" };
        let given = match found {
            0 => "none is".to_owned(),
            1 => "one is".to_owned(),
            found => format!("{found} are"),
        };
        let message = format!("{}() takes {takes} argument{plural}, and {given} given", function.name);
        let spans: Vec<Span> = args.iter().map(|id| self.span(*id)).collect();
        let diagnostic = match most.and_then(|most| Some((most, spans.get(most..)?))) {
            Some((most, extra @ [first, ..])) => {
                let before = most.checked_sub(1).and_then(|at| spans.get(at));
                too_many(message, *first, extra, before.copied())
            }
            _ => {
                let names = function.params.iter().skip(found).take(least.saturating_sub(found));
                let names: Vec<_> = names.map(|param| format!("`{}`", param.name)).collect();
                let here = match names.as_slice() {
                    [] => "not complete".to_owned(),
                    [name] => format!("{name} is missing"),
                    names => format!("{} are missing", names.join(" and ")),
                };
                Diagnostic::new(codes::WRONG_ARGUMENT_COUNT, name_span, message).here(here)
            }
        };
        self.report(diagnostic.note(function.signature()).note(function.docs));
    }

    fn refused(
        &mut self,
        id: ExprId,
        function: &'static Function,
        name_span: Span,
        (args, types): (&[ExprId], &[Type]),
        refused: &Refused,
    ) {
        let at = refused
            .argument
            .map(|at| at.min(args.len().saturating_sub(1)))
            .and_then(|at| args.get(at))
            .copied();
        let span = self.span(at.unwrap_or(id));
        let code = match refused.fault {
            Fault::Null => codes::NULL_VALUE,
            Fault::Bound => codes::CONSTRAINT_VIOLATED,
            _ => codes::TYPE_MISMATCH,
        };
        let mut diagnostic = Diagnostic::new(code, span, refused.message.clone())
            .here(format!("this is `{}`", refused.found))
            .mismatch(refused.expected.clone(), refused.found.clone())
            .label(name_span, function.signature());
        if let Some(hint) = &refused.hint {
            diagnostic = diagnostic.help(hint.clone());
        }
        if refused.path.is_empty()
            && let Some(conversion) = refused.conversion
        {
            let text = format!("{conversion}({})", self.text(span));
            diagnostic =
                diagnostic.replace(FixLevel::Safe, format!("convert it: `{conversion}(…)`"), span, text);
        }
        let null = refused.argument.filter(|at| refused.fault == Fault::Null && *at < args.len());
        let fallback = null.and_then(|at| types.get(at)).and_then(|ty| match &ty.kind {
            TypeKind::Object(_) => None,
            // `f(null)` was hardly meant to be `f(null ?? "")`.
            TypeKind::Never if self.text(span) == "null" => None,
            TypeKind::Never => match refused.expected.as_str() {
                "string" => Some("\"\"".to_owned()),
                "number" | "int" => Some("0".to_owned()),
                _ => None,
            },
            _ => Some(accept::fallback(ty)),
        });
        if let Some(fallback) = fallback {
            let text = format!("{} ?? {fallback}", self.text(span));
            let title = format!("give it a fallback: `?? {fallback}`");
            diagnostic = diagnostic.replace(FixLevel::Review, title, span, text);
        }
        if let Some(at) = at {
            diagnostic = self.with_declaration(diagnostic, at);
        }
        self.report(diagnostic);
    }
}
