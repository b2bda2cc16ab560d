//! What planning a new object can already know: that its name is taken, or that its node is a live agent's. Applying
//! finds out for certain; this tells the user earlier, and only if Consul can be asked quickly.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::batch::{exists, live_agent};
use super::catalog::{View, Wanted, agents};
use super::client::Client;
use super::resources::{datacenter, node, service};
use super::steps;
use super::trouble::Trouble;
use super::wire::Node;
use crate::base::value::Value;

/// A plan waits no longer than this for what it could do without.
const WAIT: Duration = Duration::from_secs(3);
/// The services of no more nodes than this are looked at.
const NODES: usize = 64;

/// What was found in the default datacenter, each read at most once; `None` where Consul could not be asked.
#[derive(Default)]
pub struct Claims {
    found: OnceCell<Option<Found>>,
    services: Mutex<BTreeMap<String, Arc<OnceCell<Option<View>>>>>,
}

struct Found {
    datacenter: String,
    agents: BTreeSet<String>,
    nodes: BTreeSet<String>,
}

async fn quickly<T>(work: impl Future<Output = Result<T, Trouble>>) -> Option<T> {
    tokio::time::timeout(WAIT, work).await.ok()?.ok()
}

impl Claims {
    async fn found(&self, client: &Client) -> Option<&Found> {
        let look = || {
            quickly(async {
                let here = client.datacenter.as_deref();
                let datacenter = client.default_datacenter().await?;
                let query: Vec<(&str, &str)> = here.map(|dc| ("dc", dc)).into_iter().collect();
                let nodes: Option<Vec<Node>> = client.get(&["catalog", "nodes"], &query).await?;
                let nodes = nodes.unwrap_or_default().iter().map(|node| node.node.to_lowercase()).collect();
                Ok(Found { datacenter, agents: agents(client, here).await?, nodes })
            })
        };
        self.found.get_or_init(look).await.as_ref()
    }

    /// The datacenter meant where none is named, if it can be known.
    pub async fn datacenter(&self, client: &Client) -> Option<String> {
        match &client.datacenter {
            Some(datacenter) => Some(datacenter.clone()),
            None => self.found(client).await.map(|found| found.datacenter.clone()),
        }
    }

    /// Fails if a new object like this can't be made.
    pub async fn check(&self, client: &Client, kind: &str, planned: &Value) -> Result<(), Trouble> {
        let Some(found) = self.found(client).await else { return Ok(()) };
        // Another datacenter is only looked at when applying.
        if datacenter(planned).is_some_and(|datacenter| datacenter != found.datacenter) {
            return Ok(());
        }
        let name = if kind == node::KIND { node::name(planned) } else { service::identity(planned).0 };
        let name = name.to_lowercase();
        if kind == service::KIND && found.agents.contains(&name) {
            return Err(live_agent(&name));
        }
        if !found.nodes.contains(&name) {
            return Ok(());
        }
        let Some(view) = self.node(client, &name, kind == service::KIND).await else { return Ok(()) };
        let view = view.get().and_then(Option::as_ref);
        match view.and_then(|view| steps::observed(kind, planned, view, &found.datacenter)) {
            Some(object) => Err(exists(kind, &object)),
            None => Ok(()),
        }
    }

    /// A node with its services; `None` if too many have been looked at already.
    async fn node(&self, client: &Client, name: &str, bounded: bool) -> Option<Arc<OnceCell<Option<View>>>> {
        let cell = {
            let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
            if bounded && services.len() >= NODES && !services.contains_key(name) {
                return None;
            }
            services.entry(name.to_owned()).or_default().clone()
        };
        let look = || {
            quickly(async {
                let mut wanted = Wanted::default();
                wanted.services_of(name);
                wanted.load(client, client.datacenter.as_deref()).await
            })
        };
        cell.get_or_init(look).await;
        Some(cell)
    }
}
