//! What only callers can decide: bounds of types and validations, with what a call gives.

use std::sync::Arc;

use super::accept::{Wanted, place_words};
use super::across::{Across, Place};
use super::facts::{Asked, Bound, Deferred};
use super::{Checker, Fact};
use crate::base::assign::{PathStep, ValuePath};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::types::TypeKind;
use crate::lang::resolve::program::ExprId;

/// So much a module leaves to its callers to check; the rest is left to the plan.
pub(super) const MAX_DEFERRED: usize = 256;

impl Checker<'_> {
    /// Leaves a bound to the callers, who may know the value.
    pub(super) fn defer(&mut self, id: ExprId, fact: &Fact, wanted: &Wanted<'_>) {
        let Wanted { ty: expected, purpose, path } = *wanted;
        if !fact.taint.follows_variables() {
            return;
        }
        let bound = Bound {
            expr: id,
            bound: self.bindings.len(),
            expected: expected.clone(),
            words: place_words(purpose, path).into(),
            path: purpose.path(path).map(Into::into),
            declared: purpose.declared(),
            path_inside: path.clone(),
        };
        self.leave(Deferred { calls: Vec::new(), asked: Asked::Bound(Arc::new(bound)) });
    }

    /// Leaves something to the callers. Nobody calls the root.
    fn leave(&mut self, deferred: Deferred) {
        let left = &mut self.module_facts.deferred;
        if self.module.id != self.program.root && left.len() < MAX_DEFERRED {
            left.push(deferred);
        }
    }

    /// What a called module asks of its variables, and what it and those below it left to their callers, with what this
    /// call gives.
    pub(super) fn deferred_of(&mut self, index: u32) {
        let Some((call, callee, facts)) = self.callee(index) else { return };
        // A default that is refused is the module's own mistake.
        let validated = callee.variables.values().enumerate().filter(|(_, variable)| {
            !variable.validations.is_empty() && call.arguments.contains_key(&variable.name)
        });
        let own = validated.map(|(at, _)| (&[][..], Asked::Validations(at as u32)));
        let left = facts.deferred.iter().map(|left| (&left.calls[..], left.asked.clone()));
        for (below, asked) in own.chain(left).collect::<Vec<_>>() {
            let calls: Vec<u32> = [index].iter().chain(below).copied().collect();
            let across = self.across();
            let frames = across.frames(&calls);
            let open = match &asked {
                Asked::Bound(bound) => self.bound_of(&across, &frames, bound, call.head),
                Asked::Validations(variable) => self.validations_of(&across, &frames, *variable, call.head),
            };
            if open {
                self.leave(Deferred { calls, asked });
            }
        }
    }

    /// A bound that was left to the callers, in the frames of a call. Answers whether it is still open.
    fn bound_of(&mut self, across: &Across<'_>, frames: &[usize], bound: &Bound, call: Span) -> bool {
        let broken = |frame: &usize| {
            let wrong = across.broken(*frame, bound.expr, bound.bound, &bound.expected)?;
            Some((*frame, wrong))
        };
        let Some((frame, wrong)) = frames.iter().find_map(broken) else { return true };
        let place = Place { frame, expr: bound.expr, bound: bound.bound, instance: None };
        let (span, steps) = self.to_mend(across, &place, &wrong.path.0, call);
        let asked = across.module(frame).expr(bound.expr).span;
        let mut diagnostic =
            Diagnostic::new(codes::CONSTRAINT_VIOLATED, span, format!("{} {wrong}", bound.words))
                .here(format!("this is {}", wrong.found))
                .mismatch(wrong.expected.to_string(), wrong.found.to_string());
        if let Some(alias) = &wrong.expected.alias
            && let Some(span) = alias.span
        {
            diagnostic = diagnostic.label(span, format!("`{}` is declared here", alias.name));
        } else if let TypeKind::Enum(_) | TypeKind::String(_) | TypeKind::Number(_) = wrong.expected.kind
            && let Some((span, words)) = bound.declared
        {
            diagnostic = diagnostic.label(span, words);
        }
        diagnostic = diagnostic.step(asked, "used here");
        for (span, words) in steps {
            diagnostic = diagnostic.step(span, words);
        }
        if let Some(path) = &bound.path {
            let inner = ValuePath(bound.path_inside.0.iter().chain(&wrong.path.0).cloned().collect());
            let path = path.strip_suffix(&bound.path_inside.to_string()).unwrap_or(path);
            diagnostic = diagnostic.at_path(format!("{}{path}{inner}", across.path(frame)));
        }
        self.report(diagnostic);
        false
    }

    /// Where a value that is wrong in a called module can be mended in this one, and how it got from there to its place:
    /// what was written, else what is given, else the call.
    pub(super) fn to_mend(
        &self,
        across: &Across<'_>,
        place: &Place,
        path: &[PathStep],
        call: Span,
    ) -> (Span, Vec<(Span, String)>) {
        let own = |(span, _): &(Span, String)| self.module.files.contains(&span.file);
        let mut steps = across.steps(place, path);
        if !steps.iter().any(own)
            && let Some(given) = across.given(place)
        {
            steps.push((self.span(given.expr), "made of this".to_owned()));
            steps.extend(across.steps(&given, &[]));
        }
        match steps.iter().rposition(own) {
            Some(last) => (steps.remove(last).0, steps),
            None => (call, steps),
        }
    }
}
