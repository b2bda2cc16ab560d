//! The `consul` provider: nodes, services and keys of a real Consul, over its HTTP API.
//!
//! The way of a request: [`connection`] takes it from the engine, [`steps`] says what it means for each kind in
//! [`resources`], [`batch`] packs writes into transactions and decides what became of them, [`catalog`] reads in
//! bulk, [`client`] speaks HTTP, and [`trouble`] classifies what goes wrong.

pub mod batch;
pub mod catalog;
pub mod claims;
pub mod client;
pub mod connection;
pub mod data;
pub mod duration;
pub mod environment;
mod import;
pub mod resources;
pub mod settings;
pub mod steps;
mod tls;
pub mod trouble;
pub mod values;
pub mod wire;

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

pub use client::Patience;
pub use environment::ConsulEnvironment;

use crate::base::schema::ProviderSchema;
use crate::base::value::Value;
use crate::engine::provider::{Connection, Provider, ProviderError};

/// The provider, with the environment it was started in.
pub struct ConsulProvider {
    environment: ConsulEnvironment,
    patience: Patience,
    schema: OnceLock<Arc<ProviderSchema>>,
}

/// The `consul` provider.
pub fn provider(environment: ConsulEnvironment) -> Arc<dyn Provider> {
    Arc::new(ConsulProvider::new(environment, Patience::default()))
}

impl ConsulProvider {
    /// A provider that waits as long as `patience` says.
    pub fn new(environment: ConsulEnvironment, patience: Patience) -> Self {
        Self { environment, patience, schema: OnceLock::new() }
    }
}

/// All that the provider offers.
pub fn schema() -> ProviderSchema {
    let mut schema =
        ProviderSchema { name: "consul".into(), config: settings::schema(), ..ProviderSchema::default() };
    resources::register(&mut schema);
    data::register(&mut schema);
    schema
}

#[async_trait]
impl Provider for ConsulProvider {
    fn name(&self) -> &str {
        "consul"
    }

    fn schema(&self) -> Result<Arc<ProviderSchema>, ProviderError> {
        Ok(self.schema.get_or_init(|| schema().into()).clone())
    }

    async fn configure(&self, block: Value) -> Result<Arc<dyn Connection>, ProviderError> {
        let settings = settings::Settings::new(&block, &self.environment)?;
        let wrong = |trouble: trouble::Trouble| trouble.asked("configure the provider consul", false);
        let client = client::Client::new(&settings, self.patience).map_err(wrong)?;
        client.check_scope().await.map_err(wrong)?;
        Ok(Arc::new(connection::Consul::new(client)))
    }
}
