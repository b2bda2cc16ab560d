//! Where wrong values come from, and bounds that only a caller's values can break.

use std::rc::Rc;

use super::accept::{Purpose, place_words};
use super::across::Across;
use super::facts::Deferred;
use super::{Checker, Fact};
use crate::base::Text;
use crate::base::assign::{PathStep, ValueMismatch, ValuePath};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::types::{Type, TypeKind};
use crate::base::value::Value;
use crate::lang::resolve::program::{ExprId, ExprKind, Reference};

/// Bounds a module leaves to its callers to check; more are left to the plan.
pub(super) const MAX_DEFERRED: usize = 256;

impl<'a> Checker<'a> {
    /// Evaluates across calls; what it finds is kept as long as the module is checked.
    pub(super) fn across(&self) -> Rc<Across<'a>> {
        let make = || Rc::new(Across::new(self.program, self.module, self.context()));
        self.across.get_or_init(make).clone()
    }

    /// The places the part of a value at a path went through.
    pub(super) fn whence(&self, diagnostic: Diagnostic, id: ExprId, path: &ValuePath) -> Diagnostic {
        self.whence_from(diagnostic, id, self.bindings.len(), &path.0)
    }

    fn whence_from(&self, diagnostic: Diagnostic, id: ExprId, bound: usize, path: &[PathStep]) -> Diagnostic {
        let steps = self.across().steps(0, id, bound, path);
        let seen = |diagnostic: &Diagnostic, span| {
            diagnostic
                .primary
                .iter()
                .chain(&diagnostic.labels)
                .chain(&diagnostic.trace)
                .any(|l| l.span == span)
        };
        steps.into_iter().fold(diagnostic, |all, (span, words)| match seen(&all, span) {
            true => all,
            false => all.step(span, words),
        })
    }

    /// Where the value of an expression comes from, as far as it only goes through names.
    pub(super) fn with_declaration(&self, diagnostic: Diagnostic, id: ExprId) -> Diagnostic {
        self.whence(diagnostic, id, &ValuePath::default())
    }

    /// How a value that comes out of other modules, or of what a block walks, breaks the bounds of a type; in the latter
    /// case also for which key.
    pub(super) fn broken_across(
        &self,
        id: ExprId,
        expected: &Type,
    ) -> Option<(Box<ValueMismatch>, Option<Text>)> {
        let (across, bound) = (self.across(), self.bindings.len());
        if let Some(wrong) = across.broken(0, id, bound, expected) {
            return Some((wrong, None));
        }
        let walked = self.each.as_ref()?.walked;
        across.broken_for(walked, id, bound, expected).map(|(key, wrong)| (wrong, Some(key)))
    }

    /// Says for which key of `for_each` a value is wrong, and where it was written there.
    pub(super) fn of_instance(
        &self,
        diagnostic: Diagnostic,
        id: ExprId,
        key: &Text,
        path: &ValuePath,
    ) -> Diagnostic {
        let diagnostic = diagnostic.note(format!("where `each.key` is {}", Value::from(key.clone())));
        let (Some(each), Some(inside)) = (&self.each, self.inside_each(id)) else { return diagnostic };
        let all = [PathStep::Attribute(key.clone())].into_iter().chain(inside).chain(path.0.clone());
        self.whence_from(diagnostic, each.walked, 0, &all.collect::<Vec<_>>())
    }

    /// The path from `each.value` to what an expression names.
    fn inside_each(&self, id: ExprId) -> Option<Vec<PathStep>> {
        let mut path = Vec::new();
        let mut at = id;
        loop {
            match &self.module.expr(at).kind {
                ExprKind::Reference(Reference::EachValue) => {
                    path.reverse();
                    return Some(path);
                }
                ExprKind::Attribute { base, name, .. } => {
                    path.push(PathStep::Attribute(name.clone()));
                    at = *base;
                }
                _ => return None,
            }
        }
    }

    /// Leaves a bound to the callers, who may know the value.
    pub(super) fn defer(
        &mut self,
        id: ExprId,
        fact: &Fact,
        expected: &Type,
        purpose: &Purpose<'_>,
        path: &ValuePath,
    ) {
        let deferred = &mut self.module_facts.deferred;
        let is_root = self.module.id == self.program.root;
        if is_root || fact.taint.follows.is_empty() || deferred.len() >= MAX_DEFERRED {
            return;
        }
        deferred.push(Deferred {
            calls: Vec::new(),
            expr: id,
            bound: self.bindings.len(),
            expected: expected.clone(),
            words: place_words(purpose, path).into(),
            path: purpose.path(path).map(Into::into),
            declared: purpose.declared(),
            path_inside: path.clone(),
        });
    }

    /// The bounds a module left to its callers, with what this call gives.
    pub(super) fn deferred_of(&mut self, index: u32) {
        let Some((call, _, facts)) = self.callee(index) else { return };
        if facts.deferred.is_empty() {
            return;
        }
        let across = self.across();
        for deferred in &facts.deferred {
            let calls = [index].into_iter().chain(deferred.calls.iter().copied());
            let Some(frame) = calls.clone().try_fold(0, |frame, call| across.enter(frame, call)) else {
                continue;
            };
            let Some(wrong) = across.broken(frame, deferred.expr, deferred.bound, &deferred.expected) else {
                if self.module.id != self.program.root && self.module_facts.deferred.len() < MAX_DEFERRED {
                    let calls = calls.collect();
                    self.module_facts.deferred.push(Deferred { calls, ..deferred.clone() });
                }
                continue;
            };
            let mut steps = across.steps(frame, deferred.expr, deferred.bound, &wrong.path.0);
            // The nearest place in this module is where it can be mended: what was written, else what is given.
            let mut own: Vec<usize> = (0..steps.len()).filter(|at| self.is_own(steps[*at].0)).collect();
            let span = match own.pop() {
                Some(last) => steps.remove(last).0,
                None => call.head,
            };
            let inner = ValuePath(deferred.path_inside.0.iter().chain(&wrong.path.0).cloned().collect());
            let asked = across.module(frame).expr(deferred.expr).span;
            let mut diagnostic =
                Diagnostic::new(codes::CONSTRAINT_VIOLATED, span, format!("{} {wrong}", deferred.words))
                    .here(format!("this is {}", wrong.found))
                    .mismatch(wrong.expected.to_string(), wrong.found.to_string());
            if let Some(alias) = &wrong.expected.alias
                && let Some(span) = alias.span
            {
                diagnostic = diagnostic.label(span, format!("`{}` is declared here", alias.name));
            } else if let TypeKind::Enum(_) | TypeKind::String(_) | TypeKind::Number(_) = wrong.expected.kind
                && let Some((span, words)) = deferred.declared
            {
                diagnostic = diagnostic.label(span, words);
            }
            diagnostic = diagnostic.step(asked, "used here");
            for (span, words) in steps {
                diagnostic = diagnostic.step(span, words);
            }
            if let Some(path) = &deferred.path {
                let calls: String = calls_path(&across, &calls.collect::<Vec<_>>());
                let inside = inner.to_string();
                let path = path.strip_suffix(&deferred.path_inside.to_string()).unwrap_or(path);
                diagnostic = diagnostic.at_path(format!("{calls}{path}{inside}"));
            }
            self.report(diagnostic);
        }
    }

    fn is_own(&self, span: crate::base::source::Span) -> bool {
        self.module.files.contains(&span.file)
    }
}

/// `module.a.module.b.`
fn calls_path(across: &Across<'_>, calls: &[u32]) -> String {
    let mut text = String::new();
    let mut frame = Some(0);
    for call in calls {
        let Some(at) = frame else { break };
        text.push_str(&format!("module.{}.", across.module(at).calls[*call as usize].name));
        frame = across.enter(at, *call);
    }
    text
}
