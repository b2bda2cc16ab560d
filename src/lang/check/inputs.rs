//! Sets of inputs, which are cheap to clone: most taints follow just what another one follows.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::taint::Input;

/// A set of inputs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Inputs(Option<Arc<BTreeSet<Input>>>);

impl Inputs {
    /// This one.
    pub fn of(input: Input) -> Self {
        Self(Some(Arc::new(BTreeSet::from([input]))))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// All of them, by variable and path.
    pub fn iter(&self) -> impl Iterator<Item = &Input> {
        self.0.iter().flat_map(|inputs| inputs.iter())
    }

    /// These as well.
    pub fn extend(&mut self, others: &Self) {
        match (&mut self.0, &others.0) {
            (_, None) => {}
            (None, Some(_)) => self.clone_from(others),
            (Some(own), Some(new)) => {
                if !Arc::ptr_eq(own, new) && !new.is_subset(own) {
                    Arc::make_mut(own).extend(new.iter().cloned());
                }
            }
        }
    }
}
