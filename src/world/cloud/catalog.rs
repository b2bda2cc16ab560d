//! The kinds the mocked clouds offer.

use std::sync::{Arc, LazyLock};

use indexmap::IndexMap;

use crate::base::Text;

use super::declare;
use super::kind::Kind;
use crate::lang::load::stdlib_files;

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

/// The kinds declared under `stdlib/cloud`; read when first asked for, once per process.
///
/// # Errors
/// What is wrong with the declarations.
pub fn builtin() -> Result<Arc<Catalog>, String> {
    static BUILTIN: LazyLock<Result<Arc<Catalog>, String>> = LazyLock::new(|| {
        let read = |(path, text): (String, &str)| declare::read(&path, text);
        let kinds: Vec<Kind> = stdlib_files("cloud").map(read).collect::<Result<_, _>>()?;
        Ok(Arc::new(Catalog::new(kinds)))
    });
    BUILTIN.clone()
}
