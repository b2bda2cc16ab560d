//! The provider `datadog`: its configuration.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{CloudOptions, CloudProvider, NOWHERE, Settings};
use crate::base::schema::{Attribute, BlockSchema};
use crate::base::types::Type;
use crate::engine::provider::Provider;
use crate::world::cloud::catalog;

/// The provider `datadog` over the mocked monitoring service in a directory.
pub fn provider(options: CloudOptions) -> Arc<dyn Provider> {
    Arc::new(CloudProvider {
        name: "datadog".into(),
        config: configuration,
        settings: |_| Settings { region: NOWHERE.into(), ..Settings::default() },
        catalog: catalog::builtin,
        options,
    })
}

fn configuration() -> BlockSchema {
    let taken =
        |ty: Type| Attribute::optional(ty).docs("Taken and not needed: the mock asks nobody who they are.");
    let attributes = [
        ("api_key", taken(Type::string()).sensitive()),
        ("app_key", taken(Type::string()).sensitive()),
        ("api_url", taken(Type::string())),
        ("validate", taken(Type::bool())),
    ];
    let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    BlockSchema { attributes, blocks: IndexMap::new() }
}
