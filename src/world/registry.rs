//! The providers a program may use, by name.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::builtin;
use super::cloud::{self, CloudOptions};
use super::consul::{self, ConsulEnvironment};
use super::entropy::SystemEntropy;
use crate::base::Text;
use crate::base::effects::Entropy;
use crate::base::schema::Schemas;
use crate::engine::provider::{Provider, ProviderError};

/// Providers by name.
#[derive(Clone, Default)]
pub struct Registry {
    providers: IndexMap<Text, Arc<dyn Provider>>,
}

impl Registry {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those that need no other side: `terraform`, `null`, `random`.
    pub fn builtin(entropy: Arc<dyn Entropy>) -> Self {
        let mut registry = Self::new();
        for provider in builtin::providers(entropy) {
            registry.insert(provider);
        }
        registry
    }

    /// Adds a provider; it takes the place of one with the same name.
    pub fn insert(&mut self, provider: Arc<dyn Provider>) {
        self.providers.insert(provider.name().into(), provider);
    }

    /// The provider of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.providers.get(name)
    }

    /// All of them, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.providers.values()
    }

    /// The schemas of all of them. Fails with the first that can't state its own.
    pub fn schemas(&self) -> Result<Schemas, ProviderError> {
        let mut schemas = Vec::with_capacity(self.providers.len());
        for provider in self.iter() {
            schemas.push(provider.schema()?);
        }
        Ok(Schemas::new(schemas))
    }
}

/// Every provider that is built in, for the account in this directory: what is mocked lives in its `.prov/cloud`,
/// and Consul is where the environment says, unless a `provider` block does.
pub fn providers(account: &Path) -> Vec<Arc<dyn Provider>> {
    let mut registry = Registry::builtin(Arc::new(SystemEntropy));
    let mocked = || CloudOptions { directory: account.join(".prov/cloud") };
    registry.insert(cloud::aws::provider(mocked()));
    registry.insert(cloud::datadog::provider(mocked()));
    registry.insert(cloud::pagerduty::provider(mocked()));
    registry.insert(consul::provider(ConsulEnvironment::from_env()));
    registry.iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::world::entropy::SystemEntropy;

    #[tokio::test]
    async fn kinds_are_found_by_name() {
        let registry = Registry::builtin(Arc::new(SystemEntropy));
        let schemas = registry.schemas().unwrap();
        for (kind, provider) in
            [("terraform_data", "terraform"), ("null_resource", "null"), ("random_pet", "random")]
        {
            assert_eq!(schemas.resource(kind).unwrap().0.name, provider);
            assert!(registry.get(provider).is_some());
        }
        assert!(registry.get("no_such").is_none());
    }
}
