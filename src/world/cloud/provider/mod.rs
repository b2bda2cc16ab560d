//! Providers over the mocked clouds: schemas, plans, waiting and retrying. They know the seam of operations only,
//! so they would do the same over a real cloud.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use crate::base::Text;
use crate::base::schema::{BlockSchema, ProviderSchema, Schema};
use crate::base::value::{Value, ValueMap};
use crate::engine::provider::{Connection, Provider, ProviderError};

use super::api::CloudApi;
use super::catalog::Catalog;
use super::simulator::Simulator;

mod ask;
pub mod aws;
mod connection;
pub mod datadog;
pub mod pagerduty;
mod plan;
mod shape;

use connection::CloudConnection;

/// The region of services that have none.
const NOWHERE: &str = "global";

/// Where a mocked cloud lives.
#[derive(Debug, Clone)]
pub struct CloudOptions {
    /// The directory of its files: an account's `.prov/cloud`.
    pub directory: PathBuf,
}

/// A provider of the kinds whose names begin with its own.
struct CloudProvider {
    name: Text,
    config: fn() -> BlockSchema,
    settings: fn(&Value) -> Settings,
    catalog: fn() -> Result<Arc<Catalog>, String>,
    options: CloudOptions,
}

/// What a provider's configuration amounts to.
#[derive(Debug, Clone, Default)]
struct Settings {
    region: Text,
    default_tags: ValueMap,
}

impl CloudProvider {
    fn kinds(&self) -> Result<Arc<Catalog>, ProviderError> {
        (self.catalog)()
            .map_err(|e| ProviderError::permanent(format!("read the resource kinds of {}", self.name), e))
    }
}

#[async_trait]
impl Provider for CloudProvider {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(&self) -> Result<Arc<ProviderSchema>, ProviderError> {
        let catalog = self.kinds()?;
        let prefix = format!("{}_", self.name);
        let ours = catalog.kinds().filter(|kind| kind.name.starts_with(&prefix));
        Ok(Arc::new(ProviderSchema {
            name: self.name.clone(),
            config: Schema::new((self.config)(), format!("The mocked {} of this account.", self.name)),
            resources: ours.map(|kind| (kind.name.clone(), kind.schema.clone())).collect(),
            data: Default::default(),
        }))
    }

    async fn configure(&self, settings: Value) -> Result<Arc<dyn Connection>, ProviderError> {
        let catalog = self.kinds()?;
        let api: Arc<dyn CloudApi> = Arc::new(Simulator::new(&self.options.directory, catalog.clone()));
        Ok(Arc::new(CloudConnection::new(api, catalog, (self.settings)(&settings))))
    }
}
