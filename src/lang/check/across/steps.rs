//! The way a value took across names and calls.

use super::{Across, Instance, Place};
use crate::base::Text;
use crate::base::assign::PathStep;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::lang::resolve::program::{Callee, ExprId, ExprKind, ItemKey, Module, Reference};
use crate::lang::resolve::uses_of_expr;

/// Steps a report shows.
const MAX_STEPS: usize = 16;

impl Across<'_> {
    /// Where the part of a value at a path comes from: the places it went through, nearest first.
    pub(in super::super) fn steps(&self, start: &Place, path: &[PathStep]) -> Vec<(Span, String)> {
        let mut steps: Vec<(Span, String)> = Vec::new();
        let mut rest: Vec<PathStep> = path.iter().rev().cloned().collect();
        let mut at = start.clone();
        let mut secret = false;
        while steps.len() < MAX_STEPS {
            let module = self.module(at.frame);
            let expr = module.expr(at.expr);
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
                    at = Place { expr: local.value, bound: 0, instance: None, ..at };
                }
                ExprKind::Reference(Reference::Variable(index)) => {
                    let variable = &module.variables[*index as usize];
                    secret |= variable.ty.has_secret();
                    let Some(caller) = self.frames.borrow()[at.frame].caller.clone() else {
                        let span = variable.type_span.unwrap_or(variable.span);
                        steps.push((span, format!("`var.{}` is `{}`", variable.name, variable.ty)));
                        return steps;
                    };
                    let name = &variable.name;
                    match (self.argument(at.frame, name), variable.default) {
                        (Some(argument), _) => {
                            let words = format!("given to `{name}` of module.{}", caller.call.name);
                            steps.push((self.module(argument.frame).expr(argument.expr).span, words));
                            at = argument;
                        }
                        (None, Some(default)) => at = Place { expr: default, bound: 0, instance: None, ..at },
                        (None, None) => return steps,
                    }
                }
                ExprKind::Reference(Reference::EachValue) if at.instance.is_some() => {
                    let Some(Instance { collection, key, .. }) = at.instance else { return steps };
                    rest.push(PathStep::Attribute(key));
                    at = Place { expr: collection, bound: 0, instance: None, ..at };
                }
                ExprKind::Attribute { base, name, .. } => {
                    let Some(call) = called(module, *base) else {
                        rest.push(PathStep::Attribute(name.clone()));
                        at.expr = *base;
                        continue;
                    };
                    let Some(inner) = self.enter(at.frame, call, None) else { return steps };
                    let Some(output) = self.module(inner).outputs.get(name) else { return steps };
                    let words = format!("`{name}` comes out of module.{}", module.calls[call as usize].name);
                    steps.push((output.span, words));
                    secret |= output.sensitive;
                    at = Place { frame: inner, expr: output.value, bound: 0, instance: None };
                }
                ExprKind::Index { base, index } => {
                    let key = self.value_at(&Place { expr: *index, ..at.clone() });
                    rest.push(match key.as_ref().map(|key| (key.as_str(), key.as_i64())) {
                        Some((Some(name), _)) => PathStep::Attribute(name.into()),
                        Some((_, Some(at))) if at >= 0 => PathStep::Index(at as usize),
                        _ => PathStep::Each,
                    });
                    at.expr = *base;
                }
                ExprKind::Conditional { condition, then, otherwise } => {
                    let test = self.value_at(&Place { expr: *condition, ..at.clone() });
                    match test.and_then(|value| value.as_bool()) {
                        Some(true) => at.expr = *then,
                        Some(false) => at.expr = *otherwise,
                        None => return self.ending(steps, start, &at, rest.is_empty() && !secret),
                    }
                }
                _ => match self.inside(&at, rest.last()) {
                    Some(part) => {
                        // An argument of a function has the whole path still before it.
                        if !matches!(expr.kind, ExprKind::Call { .. }) {
                            rest.pop();
                        }
                        at.expr = part;
                    }
                    None => return self.ending(steps, start, &at, rest.is_empty() && !secret),
                },
            }
        }
        steps
    }

    /// Where that which a value is made of is given in the module it all begins in, if it is made of one thing only.
    pub(in super::super) fn given(&self, place: &Place) -> Option<Place> {
        let mut at = place.clone();
        for _ in 0..MAX_STEPS {
            if at.frame == 0 {
                return Some(at);
            }
            let module = self.module(at.frame);
            let mut used = Vec::new();
            uses_of_expr(module, at.expr, &mut |found| used.push(found.target));
            used.dedup();
            let [only] = used[..] else { return None };
            at = match only {
                Reference::Variable(index) => {
                    self.argument(at.frame, module.variables.get_index(index as usize)?.0)?
                }
                Reference::Local(index) => {
                    let (_, local) = module.locals.get_index(index as usize)?;
                    Place { expr: local.value, bound: 0, instance: None, ..at }
                }
                _ => return None,
            };
        }
        None
    }

    /// The attribute of an object that is written down.
    pub(in super::super) fn element(&self, at: &Place, name: &Text) -> Option<Place> {
        if !matches!(self.module(at.frame).expr(at.expr).kind, ExprKind::Object(_)) {
            return None;
        }
        let expr = self.inside(at, Some(&PathStep::Attribute(name.clone())))?;
        Some(Place { expr, ..at.clone() })
    }

    /// The part of a constructor, or of a call that hands its arguments on.
    fn inside(&self, at: &Place, step: Option<&PathStep>) -> Option<ExprId> {
        let step = step?;
        let name = match step {
            PathStep::Attribute(name) | PathStep::Key(name) => Some(name),
            PathStep::Index(_) | PathStep::Each => None,
        };
        match &self.module(at.frame).expr(at.expr).kind {
            ExprKind::Object(items) => {
                let named = |key: &ItemKey| matches!(key, ItemKey::Name(key) if Some(key) == name);
                items.iter().find(|item| named(&item.key)).map(|item| item.value)
            }
            ExprKind::Tuple(items) => match step {
                PathStep::Index(index) => items.get(*index).copied(),
                _ => None,
            },
            ExprKind::Call { callee: Callee::Builtin(function), args, expand: false, .. }
                if function.name == "merge" =>
            {
                args.iter().rev().copied().find(|arg| {
                    let value = self.value_at(&Place { expr: *arg, ..at.clone() });
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
        start: &Place,
        at: &Place,
        shown: bool,
    ) -> Vec<(Span, String)> {
        let expr = self.module(at.frame).expr(at.expr);
        if (at.frame, at.expr) == (0, start.expr) || steps.last().is_some_and(|(span, _)| *span == expr.span)
        {
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
