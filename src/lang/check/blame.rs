//! The smallest part of an expression that makes the whole late or secret.

use super::{Checker, Fact, Phase};
use crate::lang::resolve::program::{ExprId, ExprKind, ItemKey, Part};

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Known only after apply.
    Late,
    /// The same, where only the keys count.
    LateKeys,
    /// Secret, or something in it.
    Secret,
}

impl Checker<'_> {
    /// The part to blame; the whole if no single part is.
    pub(super) fn blame(&mut self, id: ExprId, fault: Fault) -> ExprId {
        let mut at = id;
        loop {
            let mut guilty = self.parts_of(at, fault).into_iter().filter(|part| self.shows(*part, fault));
            match (guilty.next(), guilty.next()) {
                (Some(part), None) => at = part,
                _ => return at,
            }
        }
    }

    fn shows(&mut self, id: ExprId, fault: Fault) -> bool {
        let fact = self.unheard(|this| this.infer(id));
        let late = |fact: &Fact| fact.taint.phase == Phase::Apply;
        match fault {
            Fault::Late | Fault::LateKeys => late(&fact),
            Fault::Secret => fact.ty.has_secret(),
        }
    }

    /// Parts that stand in no scope of their own.
    fn parts_of(&self, id: ExprId, fault: Fault) -> Vec<ExprId> {
        match &self.module.expr(id).kind {
            ExprKind::Tuple(items) => items.to_vec(),
            ExprKind::Object(items) => items
                .iter()
                .flat_map(|item| {
                    let key = match item.key {
                        ItemKey::Computed(key) => Some(key),
                        ItemKey::Name(_) => None,
                    };
                    [key, (fault != Fault::LateKeys).then_some(item.value)]
                })
                .flatten()
                .collect(),
            ExprKind::Conditional { condition, then, otherwise } => vec![*condition, *then, *otherwise],
            ExprKind::Binary { left, right, .. } => vec![*left, *right],
            ExprKind::Unary { operand, .. } => vec![*operand],
            ExprKind::Call { args, .. } => args.to_vec(),
            ExprKind::Template(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    Part::Interpolation(id) => Some(*id),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}
