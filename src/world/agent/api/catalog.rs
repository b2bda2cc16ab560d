//! `catalog/`: nodes and the services on them.

use super::{BODY_LIMIT, elsewhere, take, typed, unreadable};
use crate::world::agent::decode::decode;
use crate::world::agent::loosely;
use crate::world::agent::model::{Check, Definition, Node, Service, has_meta};
use crate::world::agent::reply::Reply;
use crate::world::agent::request::Request;
use crate::world::agent::server::Server;
use crate::world::agent::shapes;
use crate::world::agent::store::{Registration, Store};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn datacenters(server: &Server) -> Reply {
    Reply::json(json!([server.identity.datacenter]))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Register {
    datacenter: String,
    #[serde(rename = "ID")]
    id: String,
    node: String,
    address: String,
    tagged_addresses: Option<BTreeMap<String, String>>,
    node_meta: Option<BTreeMap<String, String>>,
    service: Option<Service>,
    check: Option<Check>,
    checks: Vec<Check>,
    skip_node_update: bool,
}

pub(super) async fn register(server: &Server, request: &mut Request) -> Reply {
    let body = match take(request, BODY_LIMIT, "limits").await {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let decoded = decode(&body, shapes::REGISTER).and_then(typed::<Register>);
    let Register {
        datacenter,
        id,
        node,
        address,
        tagged_addresses,
        node_meta,
        service,
        check,
        mut checks,
        skip_node_update,
    } = match decoded {
        Ok(register) => register,
        Err(error) => return Reply::bad(format!("Request decode failed: {error}")),
    };
    // The datacenter in the body counts, `?dc` does not.
    if let Some(reply) = elsewhere(server, &datacenter) {
        return reply;
    }
    if node.is_empty() {
        return Reply::refused("Must provide node");
    }
    if address.is_empty() && !skip_node_update {
        return Reply::refused("Must provide address if SkipNodeUpdate is not set");
    }
    if let Err(error) = node_id(&id) {
        return Reply::refused(error);
    }
    let service = match service.map(prepared).transpose() {
        Ok(service) => service,
        Err(error) => return Reply::refused(error),
    };
    checks.extend(check);
    for check in &mut checks {
        if check.check_id.is_empty() {
            check.check_id = check.name.clone();
        }
        if check.node.is_empty() {
            check.node = node.clone();
        }
        if check.kind.is_empty() {
            check.kind = kind_of(&check.definition).to_string();
        }
    }
    let datacenter = server.identity.datacenter.clone();
    let node = Node { id, node, address, datacenter, tagged_addresses, meta: node_meta, ..Node::default() };
    let registration = Registration { node, skip_node_update, service, checks };
    match server.write(|store, index| store.register(index, registration)) {
        Ok(()) => Reply::json(true),
        Err(error) => Reply::refused(error),
    }
}

/// What kind of check a definition describes.
fn kind_of(definition: &Definition) -> &'static str {
    match definition {
        definition if definition.interval <= 0 => "",
        definition if !definition.http.is_empty() => "http",
        definition if !definition.tcp.is_empty() => "tcp",
        _ => "",
    }
}

/// A node's id is a UUID, or there is none.
pub(super) fn node_id(id: &str) -> Result<(), String> {
    let parts = id.split('-').map(str::len);
    if id.is_empty() {
        Ok(())
    } else if id.len() != 36 {
        Err("Bad node ID: uuid string is wrong length".to_string())
    } else if !parts.eq([8, 4, 4, 4, 12]) {
        Err("Bad node ID: uuid is improperly formatted".to_string())
    } else if let Some(bad) = id.chars().find(|c| !c.is_ascii_hexdigit() && *c != '-') {
        Err(format!("Bad node ID: encoding/hex: invalid byte: U+{:04X} '{bad}'", u32::from(bad)))
    } else {
        Ok(())
    }
}

/// A service with its id filled in, or what is wrong with it.
pub(super) fn prepared(mut service: Service) -> Result<Service, String> {
    if service.id.is_empty() {
        service.id = service.service.clone();
    }
    if !service.id.is_empty() && service.service.is_empty() {
        return Err("Must provide service name with ID".to_string());
    }
    if ["0.0.0.0", "::", "[::]"].contains(&service.address.as_str()) {
        return Err("Invalid service address".to_string());
    }
    if service.kind == "connect-proxy" {
        let target = service.proxy.get("DestinationServiceName").and_then(Value::as_str).unwrap_or_default();
        let mut errors = Vec::new();
        if target.trim().is_empty() {
            errors.push("Proxy.DestinationServiceName must be non-empty for Connect proxy services");
        }
        if target == "*" {
            errors.push("Proxy.DestinationServiceName must not be a wildcard for Connect proxy services");
        }
        if service.port == 0 {
            errors.push("Port must be set for a Connect proxy");
        }
        if service.connect.get("Native") == Some(&Value::Bool(true)) {
            errors.push("A Proxy cannot also be Connect Native, only typical services");
        }
        if !errors.is_empty() {
            return Err(loosely::errors(&errors));
        }
    }
    Ok(service)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Deregister {
    datacenter: String,
    node: String,
    #[serde(rename = "ServiceID")]
    service_id: String,
    #[serde(rename = "CheckID")]
    check_id: String,
}

pub(super) async fn deregister(server: &Server, request: &mut Request) -> Reply {
    let body = match take(request, BODY_LIMIT, "limits").await {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let decoded = decode(&body, shapes::DEREGISTER).and_then(typed::<Deregister>);
    let Deregister { datacenter, node, service_id, check_id } = match decoded {
        Ok(deregister) => deregister,
        Err(error) => return Reply::bad(format!("Request decode failed: {error}")),
    };
    if let Some(reply) = elsewhere(server, &datacenter) {
        return reply;
    }
    if node.is_empty() {
        return Reply::refused("Must provide node");
    }
    let result: Result<(), String> = server.write(|store, index| {
        if !service_id.is_empty() {
            store.delete_service(index, &node, &service_id);
        } else if !check_id.is_empty() {
            store.delete_check(index, &node, &check_id);
        } else {
            store.delete_node(index, &node);
        }
        Ok(())
    });
    match result {
        Ok(()) => Reply::json(true),
        Err(error) => Reply::refused(error),
    }
}

pub(super) async fn nodes(server: &Server, request: &Request) -> Reply {
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let meta = request.node_meta();
    let read = |store: &Store| {
        let nodes: Vec<&Node> = store.nodes.values().filter(|node| has_meta(&node.meta, &meta)).collect();
        Reply::json(json!(nodes)).at_leader(store.nodes.index())
    };
    server.read(request, read).await
}

pub(super) async fn services(server: &Server, request: &Request) -> Reply {
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let meta = request.node_meta();
    let read = |store: &Store| {
        let mut tags: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for ((node, _), placed) in store.services.iter() {
            if store.nodes.get(node).is_some_and(|node| has_meta(&node.meta, &meta)) {
                let own = placed.service.tags.iter().flatten().map(String::as_str);
                tags.entry(&placed.service.service).or_default().extend(own);
            }
        }
        let nodes = if meta.is_empty() { 0 } else { store.nodes.index() };
        Reply::json(json!(tags)).at_leader(store.services.index().max(nodes))
    };
    server.read(request, read).await
}

pub(super) async fn service(server: &Server, request: &Request, name: &str) -> Reply {
    if name.is_empty() {
        return Reply::bad("Missing service name");
    }
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let (meta, tags) = (request.node_meta(), request.all("tag"));
    let read = |store: &Store| {
        let mut exists = false;
        let mut instances = Vec::new();
        for placed in store.instances_of(name) {
            exists = true;
            let node = store.nodes.get(&placed.node.to_lowercase());
            if placed.service.has_tags(&tags) && node.is_some_and(|node| has_meta(&node.meta, &meta)) {
                instances.push(placed.service.beside_node(&placed.node, node));
            }
        }
        Reply::json(instances).at_leader(store.service_index(name, exists, false))
    };
    server.read(request, read).await
}

pub(super) async fn node(server: &Server, request: &Request, name: &str) -> Reply {
    on_node(server, request, name, |node, services| match node {
        None => Value::Null,
        Some(node) => {
            let by_id: Map<String, Value> =
                services.into_iter().map(|service| (service.id.clone(), json!(service))).collect();
            json!({"Node": node, "Services": by_id})
        }
    })
    .await
}

pub(super) async fn node_services(server: &Server, request: &Request, name: &str) -> Reply {
    on_node(server, request, name, |node, services| {
        let services = Some(services).filter(|services| !services.is_empty());
        json!({"Node": node, "Services": services})
    })
    .await
}

async fn on_node(
    server: &Server,
    request: &Request,
    name: &str,
    answer: impl Fn(Option<&Node>, Vec<Service>) -> Value,
) -> Reply {
    if name.is_empty() {
        return Reply::bad("Missing node name");
    }
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let read = |store: &Store| {
        let node = store.nodes.get(&name.to_lowercase()).or_else(|| store.node_by_id(name));
        let services = node.iter().flat_map(|node| store.services_of(&node.node));
        let services: Vec<Service> = services.map(|placed| placed.service.with_tags()).collect();
        let index = node.map_or(0, |_| store.nodes.index().max(store.services.index()));
        Reply::json(answer(node, services)).at_leader(index)
    };
    server.read(request, read).await
}
