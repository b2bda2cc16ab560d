//! The members of an enum: in the order they were written, and looked up in no more time where there are very many.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::value::Value;

/// As many are compared one by one, which is faster than looking them up.
const FEW: usize = 16;

/// Values without duplicates. Clones are cheap.
#[derive(Clone)]
pub struct Members(Arc<Inner>);

struct Inner {
    values: Vec<Value>,
    /// Their positions, by value; made when it is first asked for.
    sorted: OnceLock<Vec<u32>>,
}

impl Members {
    /// Whether a value is one of them.
    pub fn contains(&self, value: &Value) -> bool {
        let values = &self.0.values;
        if values.len() <= FEW {
            return values.contains(value);
        }
        let sorted = self.0.sorted.get_or_init(|| {
            let mut sorted: Vec<u32> = (0..values.len() as u32).collect();
            sorted.sort_by(|a, b| values[*a as usize].cmp(&values[*b as usize]));
            sorted
        });
        sorted.binary_search_by(|at| values[*at as usize].cmp(value)).is_ok()
    }

    /// Those that another enum does not have.
    pub fn without<'a>(&'a self, others: &'a Self) -> impl Iterator<Item = &'a Value> {
        self.iter().filter(|value| !others.contains(value))
    }
}

impl Deref for Members {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0.values
    }
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.values == other.0.values
    }
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.values.fmt(f)
    }
}

impl<V: Into<Vec<Value>>> From<V> for Members {
    fn from(values: V) -> Self {
        Self(Arc::new(Inner { values: values.into(), sorted: OnceLock::new() }))
    }
}

impl FromIterator<Value> for Members {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        values.into_iter().collect::<Vec<_>>().into()
    }
}

impl<'m> IntoIterator for &'m Members {
    type Item = &'m Value;
    type IntoIter = std::slice::Iter<'m, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
