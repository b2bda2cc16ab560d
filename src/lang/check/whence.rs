//! Where wrong values come from.

use std::rc::Rc;

use super::Checker;
use super::across::{Across, Instance, Place};
use crate::base::assign::{ValueMismatch, ValuePath};
use crate::base::diagnostic::Diagnostic;
use crate::base::types::Type;
use crate::base::value::Value;
use crate::lang::resolve::program::ExprId;

impl<'a> Checker<'a> {
    /// Evaluates across calls; what it finds is kept as long as the module is checked.
    pub(super) fn across(&self) -> Rc<Across<'a>> {
        let make = || Rc::new(Across::new(self.program, self.module, self.context()));
        self.across.get_or_init(make).clone()
    }

    /// The places the part of a value at a path went through.
    pub(super) fn whence(&self, diagnostic: Diagnostic, id: ExprId, path: &ValuePath) -> Diagnostic {
        let place = Place { frame: 0, expr: id, bound: self.bindings.len(), instance: None };
        self.whence_from(diagnostic, &place, path)
    }

    pub(super) fn whence_from(&self, diagnostic: Diagnostic, place: &Place, path: &ValuePath) -> Diagnostic {
        let steps = self.across().steps(place, &path.0);
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
    /// case also for which instance.
    pub(super) fn broken_across(
        &self,
        id: ExprId,
        expected: &Type,
    ) -> Option<(Box<ValueMismatch>, Option<Instance>)> {
        let (across, bound) = (self.across(), self.bindings.len());
        if let Some(wrong) = across.broken(0, id, bound, expected) {
            return Some((wrong, None));
        }
        let walked = self.each.as_ref()?.walked;
        across.broken_for(walked, id, bound, expected).map(|(instance, wrong)| (wrong, Some(instance)))
    }

    /// Says for which instance a value is wrong, and where it was written there.
    pub(super) fn of_instance(
        &self,
        diagnostic: Diagnostic,
        id: ExprId,
        instance: &Instance,
        path: &ValuePath,
    ) -> Diagnostic {
        let diagnostic =
            diagnostic.note(format!("where `each.key` is {}", Value::from(instance.key.clone())));
        let instance = Some(instance.clone());
        self.whence_from(
            diagnostic,
            &Place { frame: 0, expr: id, bound: self.bindings.len(), instance },
            path,
        )
    }
}
