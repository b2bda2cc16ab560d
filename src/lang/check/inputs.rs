//! Sets of inputs, which are cheap to clone: most taints follow one input, or just what another one follows.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::taint::Input;

/// A set of inputs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Inputs(Set);

#[derive(Debug, Clone, PartialEq, Default)]
enum Set {
    #[default]
    None,
    One(Input),
    /// At least two.
    Many(Arc<BTreeSet<Input>>),
}

impl Inputs {
    /// This one.
    pub fn of(input: Input) -> Self {
        Self(Set::One(input))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        matches!(self.0, Set::None)
    }

    /// All of them, by variable and path.
    pub fn iter(&self) -> impl Iterator<Item = &Input> {
        let (one, many) = match &self.0 {
            Set::None => (None, None),
            Set::One(input) => (Some(input), None),
            Set::Many(inputs) => (None, Some(&**inputs)),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// These as well.
    pub fn extend(&mut self, others: &Self) {
        if self.holds(others) {
            return;
        }
        match &mut self.0 {
            Set::None => self.clone_from(others),
            Set::One(own) => {
                self.0 = Set::Many(Arc::new(others.iter().chain([&*own]).cloned().collect()));
            }
            Set::Many(own) => Arc::make_mut(own).extend(others.iter().cloned()),
        }
    }

    fn holds(&self, others: &Self) -> bool {
        match (&self.0, &others.0) {
            (_, Set::None) => true,
            (Set::None, _) => false,
            (Set::One(own), Set::One(other)) => own == other,
            (Set::One(_), Set::Many(_)) => false,
            (Set::Many(own), Set::One(other)) => own.contains(other),
            (Set::Many(own), Set::Many(others)) => Arc::ptr_eq(own, others) || others.is_subset(own),
        }
    }
}
