//! `query`: prepared queries. They are kept and executed; templates are kept, and not rendered.

use super::{BODY_LIMIT, elsewhere, take, unreadable};
use crate::world::agent::decode::decode;
use crate::world::agent::duration;
use crate::world::agent::model::{Check, has_meta};
use crate::world::agent::reply::Reply;
use crate::world::agent::request::Request;
use crate::world::agent::server::Server;
use crate::world::agent::shapes::discovery::QUERY as SHAPE;
use crate::world::agent::store::{QUERY, Store, uuid_error};
use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

const NOT_FOUND: &str = "Query not found";

pub(super) async fn all(server: &Server, request: &mut Request) -> Reply {
    if request.method == Method::POST {
        return change(server, request, None).await;
    }
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let read = |store: &Store| {
        let queries: Vec<&Value> = store.documents(QUERY).map(|(_, query)| query).collect();
        Reply::json(json!(queries)).at_leader(store.documents_index(QUERY))
    };
    server.read(request, read).await
}

pub(super) async fn one(server: &Server, request: &mut Request, rest: &str) -> Reply {
    match (&request.method, rest.split_once('/')) {
        (&Method::PUT, _) => change(server, request, Some(rest)).await,
        (&Method::DELETE, _) => delete(server, request, rest),
        (_, Some((name, "execute"))) => execute(server, request, name).await,
        (_, Some((name, "explain"))) => explain(server, request, name).await,
        _ => get(server, request, rest).await,
    }
}

async fn get(server: &Server, request: &Request, id: &str) -> Reply {
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    if let Some(error) = uuid_error(id) {
        return Reply::refused(format!("failed prepared query lookup: {error}")).unread();
    }
    let read = |store: &Store| match store.document(QUERY, &id.to_lowercase()) {
        Some(query) => {
            let index = query.get("ModifyIndex").and_then(Value::as_u64).unwrap_or(0);
            Reply::json(json!([query])).at_leader(index)
        }
        None => Reply::error(StatusCode::NOT_FOUND, NOT_FOUND),
    };
    server.read(request, read).await
}

async fn change(server: &Server, request: &mut Request, id: Option<&str>) -> Reply {
    let body = match take(request, BODY_LIMIT, "limits").await {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let query = match decode(&body, SHAPE) {
        Ok(Value::Object(query)) => query,
        Ok(_) => Map::new(),
        Err(error) => return Reply::bad(format!("Request decode failed: {error}")),
    };
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    let own = query.get("ID").and_then(Value::as_str).unwrap_or_default();
    if id.is_none() && !own.is_empty() {
        return Reply::refused("ID must be empty when creating a new prepared query");
    }
    let new = id.is_none();
    let id = id.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_lowercase);
    if let Some(error) = uuid_error(&id) {
        return Reply::refused(format!(
            "Prepared Query lookup failed: failed prepared query lookup: {error}"
        ));
    }
    let query = complete(&id, &query);
    let result = server.write(|store, index| {
        let existing = store.document(QUERY, &id).cloned();
        if existing.is_none() && !new {
            return Err(format!("Cannot modify non-existent prepared query: '{id}'"));
        }
        validate(store, &query)?;
        let mut query = query;
        let created =
            existing.and_then(|query| query.get("CreateIndex").and_then(Value::as_u64)).unwrap_or(index);
        query["CreateIndex"] = created.into();
        query["ModifyIndex"] = index.into();
        store.put_document(index, QUERY, &id, Some(query));
        Ok(())
    });
    match result {
        Ok(()) if new => Reply::json(json!({"ID": id})),
        Ok(()) => Reply::empty(StatusCode::OK),
        Err(error) => Reply::refused(error),
    }
}

/// A query with every field, as it is read back.
fn complete(id: &str, given: &Map<String, Value>) -> Value {
    let given = Value::Object(given.clone());
    let at = |pointer: &str, default: Value| given.pointer(pointer).cloned().unwrap_or(default);
    let text = |pointer: &str| at(pointer, "".into());
    let flag = |pointer: &str| at(pointer, false.into());
    let any = |pointer: &str| at(pointer, Value::Null);
    json!({
        "ID": id,
        "Name": text("/Name"),
        "Session": text("/Session"),
        "Token": text("/Token"),
        "Template": {
            "Type": text("/Template/Type"),
            "Regexp": text("/Template/Regexp"),
            "RemoveEmptyTags": flag("/Template/RemoveEmptyTags"),
        },
        "Service": {
            "Service": text("/Service/Service"),
            "Failover": {
                "NearestN": at("/Service/Failover/NearestN", 0.into()),
                "Datacenters": any("/Service/Failover/Datacenters"),
            },
            "OnlyPassing": flag("/Service/OnlyPassing"),
            "IgnoreCheckIDs": any("/Service/IgnoreCheckIDs"),
            "Near": text("/Service/Near"),
            "Tags": any("/Service/Tags"),
            "NodeMeta": any("/Service/NodeMeta"),
            "ServiceMeta": any("/Service/ServiceMeta"),
            "Connect": flag("/Service/Connect"),
        },
        "DNS": {"TTL": text("/DNS/TTL")},
    })
}

fn text<'v>(query: &'v Value, pointer: &str) -> &'v str {
    query.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn validate(store: &Store, query: &Value) -> Result<(), String> {
    let invalid = |what: String| format!("Invalid prepared query: {what}");
    let (name, session) = (text(query, "/Name"), text(query, "/Session"));
    if text(query, "/Template/Type").is_empty() && name.is_empty() && session.is_empty() {
        return Err(invalid("Must be bound to a session".to_string()));
    }
    if text(query, "/Service/Service").is_empty() {
        return Err(invalid("Must provide a Service name to query".to_string()));
    }
    let nearest = query.pointer("/Service/Failover/NearestN").and_then(Value::as_i64).unwrap_or(0);
    if nearest < 0 {
        return Err(invalid(format!("Bad NearestN '{nearest}', must be >= 0")));
    }
    let ttl = text(query, "/DNS/TTL");
    if !ttl.is_empty() {
        let parsed =
            duration::parse(ttl).map_err(|error| invalid(format!("Bad DNS TTL '{ttl}': {error}")))?;
        if parsed < 0 {
            return Err(invalid(format!("DNS TTL '{parsed}', must be >=0")));
        }
    }
    match text(query, "/Template/Type") {
        "" | "name_prefix_match" => {}
        other => return Err(format!("failed compiling template: Bad Template.Type '{other}'")),
    }
    let other = |id: &str| id != text(query, "/ID");
    if !name.is_empty() && store.documents(QUERY).any(|(id, query)| other(id) && text(query, "/Name") == name)
    {
        return Err(format!("name '{name}' aliases an existing query name"));
    }
    if !session.is_empty() {
        if let Some(error) = uuid_error(session) {
            return Err(format!("invalid session: {error}"));
        }
        if store.sessions.get(&session.to_lowercase()).is_none() {
            return Err(format!("invalid session {}", duration::quoted(session)));
        }
    }
    Ok(())
}

fn delete(server: &Server, request: &Request, id: &str) -> Reply {
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    if let Some(error) = uuid_error(id) {
        return Reply::refused(format!(
            "Prepared Query lookup failed: failed prepared query lookup: {error}"
        ));
    }
    let result = server.write(|store, index| {
        let key = id.to_lowercase();
        if store.document(QUERY, &key).is_none() {
            return Err(format!("Cannot modify non-existent prepared query: '{id}'"));
        }
        store.put_document(index, QUERY, &key, None);
        Ok(())
    });
    match result {
        Ok(()) => Reply::empty(StatusCode::OK),
        Err(error) => Reply::refused(error),
    }
}

/// A query by id or by name.
fn find<'s>(store: &'s Store, wanted: &str) -> Option<&'s Value> {
    let by_id = store.document(QUERY, &wanted.to_lowercase());
    by_id.or_else(|| {
        store.documents(QUERY).map(|(_, query)| query).find(|query| text(query, "/Name") == wanted)
    })
}

async fn explain(server: &Server, request: &Request, name: &str) -> Reply {
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let read = |store: &Store| match find(store, name) {
        None => Reply::error(StatusCode::NOT_FOUND, NOT_FOUND),
        Some(query) => Reply::json(json!({
            "Query": query,
            "Index": 0,
            "LastContact": 0,
            "KnownLeader": true,
            "ConsistencyLevel": "leader",
        }))
        .at_leader(1),
    };
    server.read(request, read).await
}

async fn execute(server: &Server, request: &Request, name: &str) -> Reply {
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let limit = request.get("limit").parse().unwrap_or(usize::MAX);
    let limit = if limit == 0 { usize::MAX } else { limit };
    let read = |store: &Store| {
        let Some(query) = find(store, name) else {
            return Reply::error(StatusCode::NOT_FOUND, NOT_FOUND);
        };
        if !text(query, "/Template/Type").is_empty() {
            return Reply::refused("this agent does not render query templates");
        }
        Reply::json(json!({
            "Service": text(query, "/Service/Service"),
            "Nodes": matching(store, query, limit),
            "DNS": query.get("DNS"),
            "Datacenter": server.identity.datacenter,
            "Failovers": 0,
            "Index": 0,
            "LastContact": 0,
            "KnownLeader": true,
            "ConsistencyLevel": "leader",
        }))
        .at_leader(1)
    };
    server.read(request, read).await
}

/// The instances a query finds: none that is critical, and only those with what it asks for.
fn matching(store: &Store, query: &Value, limit: usize) -> Vec<Value> {
    let list = |pointer: &str| -> Vec<String> {
        let items = query.pointer(pointer).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect()
    };
    let pairs = |pointer: &str| -> Vec<(String, String)> {
        let fields = query.pointer(pointer).and_then(Value::as_object);
        let pair =
            |(name, value): (&String, &Value)| (name.clone(), value.as_str().unwrap_or_default().to_string());
        fields.into_iter().flatten().map(pair).collect()
    };
    let (unwanted, wanted): (Vec<String>, Vec<String>) =
        list("/Service/Tags").into_iter().partition(|tag| tag.starts_with('!'));
    let unwanted: Vec<String> = unwanted.iter().map(|tag| tag.trim_start_matches('!').to_string()).collect();
    let ignored = list("/Service/IgnoreCheckIDs");
    let (node_meta, service_meta) = (pairs("/Service/NodeMeta"), pairs("/Service/ServiceMeta"));
    let only_passing = query.pointer("/Service/OnlyPassing") == Some(&Value::Bool(true));
    let healthy = |check: &Check| {
        ignored.contains(&check.check_id)
            || check.status != "critical" && (!only_passing || check.status == "passing")
    };
    let found = store.instances_of(text(query, "/Service/Service")).filter_map(|placed| {
        let service = &placed.service;
        let node = store.nodes.get(&placed.node.to_lowercase())?;
        let checks: Vec<Check> = store.checks_about(placed).map(Check::with_tags).collect();
        let none_unwanted = unwanted.iter().all(|tag| !service.has_tags(std::slice::from_ref(tag)));
        let fits = service.has_tags(&wanted)
            && none_unwanted
            && has_meta(&node.meta, &node_meta)
            && has_meta(&service.meta, &service_meta)
            && checks.iter().all(healthy);
        fits.then(|| json!({"Node": node, "Service": service.with_tags(), "Checks": checks}))
    });
    found.take(limit).collect()
}
