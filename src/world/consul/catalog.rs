//! Reading the catalog for many resources with few requests: per node, or in lists where that is fewer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::client::{CONNECTIONS, Client, OPS, Txn};
use super::trouble::Trouble;
use super::wire::{CatalogService, Check, Key, Node, NodeServices, Service};

/// Up to so many nodes are read one by one, each with its services; beyond, lists may be fewer requests.
const ONE_BY_ONE: usize = 16;

/// What to read.
#[derive(Debug, Default)]
pub struct Wanted {
    nodes: BTreeSet<String>,
    services: BTreeSet<(String, String)>,
    checked: BTreeSet<(String, String)>,
    whole: BTreeSet<String>,
    shallow: BTreeSet<String>,
    keys: BTreeSet<String>,
}

/// What is there. Names and ids are found whatever their case, as Consul does.
#[derive(Debug, Default)]
pub struct View {
    nodes: HashMap<String, Node>,
    services: HashMap<String, BTreeMap<String, Service>>,
    checks: HashMap<String, Vec<Check>>,
    keys: HashMap<String, Key>,
}

fn key(name: &str) -> String {
    name.to_lowercase()
}

impl Wanted {
    /// A node's record.
    pub fn node(&mut self, node: &str) {
        self.nodes.insert(node.to_owned());
    }

    /// A service, by the name of its node and its own name, and its checks if `checked`.
    pub fn service(&mut self, node: &str, name: &str, checked: bool) {
        self.services.insert((node.to_owned(), name.to_owned()));
        if checked {
            self.checked.insert((node.to_owned(), name.to_owned()));
        }
    }

    /// A node with everything on it.
    pub fn whole(&mut self, node: &str) {
        self.whole.insert(node.to_owned());
    }

    /// A node with all its services, without checks.
    pub fn services_of(&mut self, node: &str) {
        self.shallow.insert(node.to_owned());
    }

    /// Keys, by their full names.
    pub fn keys(&mut self, keys: impl IntoIterator<Item = String>) {
        self.keys.extend(keys);
    }

    /// Reads it, in as few requests as can be.
    pub async fn load(&self, client: &Client, datacenter: Option<&str>) -> Result<View, Trouble> {
        let mut view = View::default();
        let query: Vec<(&str, &str)> = datacenter.map(|dc| ("dc", dc)).into_iter().collect();
        let of_services = self.services.iter().map(|(node, _)| node);
        let mut nodes: BTreeSet<&String> = self.nodes.iter().chain(of_services).collect();
        let names: BTreeSet<&String> = self.services.iter().map(|(_, name)| name).collect();
        let mut checked: BTreeSet<&String> = self.checked.iter().map(|(node, _)| node).collect();
        let lists = names.len() + usize::from(!self.nodes.is_empty());
        if nodes.len() > ONE_BY_ONE && lists < nodes.len() {
            self.load_lists(client, &query, &names, &mut view).await?;
            nodes.clear();
            checked.clear();
        }
        nodes.extend(self.whole.iter().chain(&self.shallow));
        checked.extend(&self.whole);
        let each = nodes.into_iter().cloned().map(|node| {
            let query = &query;
            async move {
                let found: Option<Option<NodeServices>> =
                    client.get(&["catalog", "node", &node], query).await?;
                Ok::<_, Trouble>(found.flatten().filter(|found| !found.node.node.is_empty()))
            }
        });
        let found: Vec<_> = stream::iter(each).buffer_unordered(CONNECTIONS).try_collect().await?;
        for found in found.into_iter().flatten() {
            let node = key(&found.node.node);
            let services = found.services.into_values().map(|service| (key(&service.id), service));
            view.services.insert(node.clone(), services.collect());
            view.nodes.insert(node, found.node);
        }
        let each = checked.into_iter().cloned().map(|node| {
            let query = &query;
            async move {
                let found: Option<Vec<Check>> = client.get(&["health", "node", &node], query).await?;
                Ok::<_, Trouble>((key(&node), found.unwrap_or_default()))
            }
        });
        view.checks.extend(stream::iter(each).buffer_unordered(CONNECTIONS).try_collect::<Vec<_>>().await?);
        let keys: Vec<String> = self.keys.iter().cloned().collect();
        let chunks: Vec<Vec<String>> = keys.chunks(OPS).map(<[String]>::to_vec).collect();
        let each = chunks.into_iter().map(|keys| some_keys(client, keys, datacenter));
        let found: Vec<_> = stream::iter(each).buffer_unordered(CONNECTIONS).try_collect().await?;
        view.keys.extend(found.into_iter().flatten().map(|found| (found.key.clone(), found)));
        Ok(view)
    }

    async fn load_lists(
        &self,
        client: &Client,
        query: &[(&str, &str)],
        names: &BTreeSet<&String>,
        view: &mut View,
    ) -> Result<(), Trouble> {
        if !self.nodes.is_empty() {
            let nodes: Option<Vec<Node>> = client.get(&["catalog", "nodes"], query).await?;
            view.nodes.extend(nodes.unwrap_or_default().into_iter().map(|node| (key(&node.node), node)));
        }
        for found in each::<CatalogService>(client, "catalog", "service", names, query).await? {
            let of_node = view.services.entry(key(&found.node)).or_default();
            of_node.insert(key(&found.id), found.to_service());
        }
        let names = self.checked.iter().map(|(_, name)| name).collect();
        for check in each::<Check>(client, "health", "checks", &names, query).await? {
            view.checks.entry(key(&check.node)).or_default().push(check);
        }
        Ok(())
    }
}

/// Those of the keys that exist, in one transaction; the ones that don't make it fail and are left out then.
async fn some_keys(
    client: &Client,
    mut keys: Vec<String>,
    datacenter: Option<&str>,
) -> Result<Vec<Key>, Trouble> {
    let mut pace = client.pace();
    while !keys.is_empty() {
        let ops: Vec<_> =
            keys.iter().map(|key| serde_json::json!({"KV": {"Verb": "get", "Key": key}})).collect();
        match client.txn(datacenter, serde_json::Value::from(ops).to_string().into()).await {
            Txn::Applied(results) => return Ok(results.into_iter().filter_map(|result| result.kv).collect()),
            Txn::Rejected(errors) => {
                if let Some(other) = errors.iter().find(|error| !error.what.contains("doesn't exist")) {
                    return Err(Trouble::refused(&other.what));
                }
                let missing: BTreeSet<usize> = errors.iter().map(|error| error.op).collect();
                let before = keys.len();
                let rest = keys.into_iter().enumerate().filter(|(at, _)| !missing.contains(at));
                keys = rest.map(|(_, key)| key).collect();
                if keys.len() == before {
                    return Err(Trouble::permanent("Consul names keys as missing that were not asked for"));
                }
            }
            Txn::Failed(trouble) => {
                if !pace.again(&trouble).await {
                    return Err(Trouble { uncertain: false, ..trouble });
                }
            }
        }
    }
    Ok(Vec::new())
}

/// The lists at `/v1/first/second/<name>` for all names, together.
async fn each<T: DeserializeOwned>(
    client: &Client,
    first: &str,
    second: &str,
    names: &BTreeSet<&String>,
    query: &[(&str, &str)],
) -> Result<Vec<T>, Trouble> {
    let names: Vec<String> = names.iter().map(|name| (*name).clone()).collect();
    let requests = names.into_iter().map(|name| async move {
        let found: Option<Option<Vec<T>>> = client.get(&[first, second, &name], query).await?;
        Ok::<_, Trouble>(found.flatten().unwrap_or_default())
    });
    let found: Vec<Vec<T>> = stream::iter(requests).buffer_unordered(CONNECTIONS).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

impl View {
    /// A node's record.
    pub fn node(&self, node: &str) -> Option<&Node> {
        self.nodes.get(&key(node))
    }

    /// A service.
    pub fn service(&self, node: &str, id: &str) -> Option<&Service> {
        self.services.get(&key(node))?.get(&key(id))
    }

    /// All services of a node that was read whole or one by one.
    pub fn services(&self, node: &str) -> impl Iterator<Item = &Service> {
        self.services.get(&key(node)).into_iter().flat_map(BTreeMap::values)
    }

    /// All checks of a node.
    pub fn checks(&self, node: &str) -> &[Check] {
        self.checks.get(&key(node)).map(Vec::as_slice).unwrap_or_default()
    }

    /// A key.
    pub fn kv(&self, key: &str) -> Option<&Key> {
        self.keys.get(key)
    }

    /// The checks of a service.
    pub fn checks_of(&self, node: &str, service: &str) -> Vec<&Check> {
        self.checks(node).iter().filter(|check| key(&check.service_id) == key(service)).collect()
    }
}

/// The check that every live agent keeps on its own node, and that no other node may have.
pub const SERF: &str = "serfHealth";

/// The nodes that live agents keep, lower-cased. Agents undo what others register there.
pub async fn agents(client: &Client, datacenter: Option<&str>) -> Result<BTreeSet<String>, Trouble> {
    let filter = format!("CheckID == \"{SERF}\"");
    let mut query: Vec<(&str, &str)> = datacenter.map(|dc| ("dc", dc)).into_iter().collect();
    let path = ["health", "state", "any"];
    query.push(("filter", &filter));
    let checks: Option<Vec<Check>> = match client.get(&path, &query).await {
        // An agent without filters shows all checks.
        Err(trouble) if trouble.answer.contains("filter") => {
            query.pop();
            client.get(&path, &query).await?
        }
        answer => answer?,
    };
    Ok(checks.unwrap_or_default().iter().filter(|c| c.id == SERF).map(|c| key(&c.node)).collect())
}

/// Fails if the token may not see these, given as resource and name: what is not seen is then not known to be gone.
pub async fn may_read(client: &Client, what: &[(&str, &str)]) -> Result<(), Trouble> {
    if !client.acl().await? {
        return Ok(());
    }
    let body: Vec<_> = what
        .iter()
        .map(|(resource, name)| serde_json::json!({"Resource": resource, "Access": "read", "Segment": name}))
        .collect();
    let path = ["internal", "acl", "authorize"];
    let answer: Option<Vec<Allowed>> = client.ask(reqwest::Method::POST, &path, &[], &body.into()).await?;
    match answer.unwrap_or_default().iter().zip(what).find(|(answer, _)| !answer.allow) {
        None => Ok(()),
        Some((_, (resource, name))) => Err(Trouble::permanent(format!(
            "Consul shows nothing, but this token may not read {resource} {name:?}: whether it exists is not known"
        ))
        .help(format!("give the token {resource}:read on {name:?}"))),
    }
}

#[derive(Deserialize)]
struct Allowed {
    #[serde(rename = "Allow")]
    allow: bool,
}
