//! The provider `pagerduty`: its configuration.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{CloudOptions, CloudProvider, NOWHERE, Settings};
use crate::base::schema::{Attribute, BlockSchema};
use crate::base::types::Type;
use crate::engine::provider::Provider;
use crate::world::cloud::catalog;

/// The provider `pagerduty` over the mocked paging service in a directory.
pub fn provider(options: CloudOptions) -> Arc<dyn Provider> {
    Arc::new(CloudProvider {
        name: "pagerduty".into(),
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
        ("token", taken(Type::string()).sensitive()),
        ("user_token", taken(Type::string()).sensitive()),
        ("service_region", taken(Type::string())),
        ("skip_credentials_validation", taken(Type::bool())),
    ];
    let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    BlockSchema { attributes, blocks: IndexMap::new() }
}
