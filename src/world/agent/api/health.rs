//! `health/`: checks, and services together with their nodes and checks.

use super::unreadable;
use crate::world::agent::model::{Check, has_meta};
use crate::world::agent::reply::Reply;
use crate::world::agent::request::Request;
use crate::world::agent::server::Server;
use crate::world::agent::store::Store;
use serde_json::json;

pub(super) async fn of_node(server: &Server, request: &Request, name: &str) -> Reply {
    if name.is_empty() {
        return Reply::bad("Missing node name");
    }
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    server.read(request, |store| checks(store, store.checks_of(name))).await
}

pub(super) async fn of_service(server: &Server, request: &Request, name: &str) -> Reply {
    if name.is_empty() {
        return Reply::bad("Missing service name");
    }
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let (meta, wanted) = (request.node_meta(), name.to_lowercase());
    let read = |store: &Store| {
        let found = store.checks.values().filter(|check| check.service_name.to_lowercase() == wanted);
        checks(store, on_nodes_with(store, &meta, found))
    };
    server.read(request, read).await
}

pub(super) async fn in_state(server: &Server, request: &Request, state: &str) -> Reply {
    if state.is_empty() {
        return Reply::bad("Missing check state");
    }
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let meta = request.node_meta();
    let read = |store: &Store| {
        let found = store.checks.values().filter(|check| state == "any" || check.status == state);
        checks(store, on_nodes_with(store, &meta, found))
    };
    server.read(request, read).await
}

fn on_nodes_with<'s>(
    store: &'s Store,
    meta: &[(String, String)],
    checks: impl Iterator<Item = &'s Check>,
) -> impl Iterator<Item = &'s Check> {
    checks.filter(move |check| {
        store.nodes.get(&check.node.to_lowercase()).is_some_and(|node| has_meta(&node.meta, meta))
    })
}

fn checks<'s>(store: &Store, checks: impl Iterator<Item = &'s Check>) -> Reply {
    let checks: Vec<Check> = checks.map(Check::with_tags).collect();
    Reply::json(json!(checks)).at_leader(store.checks.index())
}

pub(super) async fn service(server: &Server, request: &Request, name: &str) -> Reply {
    if name.is_empty() {
        return Reply::bad("Missing service name");
    }
    let passing_only = match request.get("passing") {
        "" => request.has("passing"),
        "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
        "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
        _ => return Reply::bad("Invalid value for ?passing"),
    };
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let (meta, tags) = (request.node_meta(), request.all("tag"));
    let read = |store: &Store| {
        let mut exists = false;
        let mut out = Vec::new();
        for placed in store.instances_of(name) {
            exists = true;
            let Some(node) = store.nodes.get(&placed.node.to_lowercase()) else { continue };
            if !placed.service.has_tags(&tags) || !has_meta(&node.meta, &meta) {
                continue;
            }
            let checks: Vec<Check> = store.checks_about(placed).map(Check::with_tags).collect();
            if !passing_only || checks.iter().all(|check| check.status == "passing") {
                out.push(json!({"Node": node, "Service": placed.service.with_tags(), "Checks": checks}));
            }
        }
        Reply::json(out).at_leader(store.service_index(name, exists, true))
    };
    server.read(request, read).await
}
