//! `config`: config entries of the kinds that route requests between services.
//!
//! The gateways' kinds are not known here, and answered as an unknown kind is.

use super::{BODY_LIMIT, elsewhere, take, unreadable};
use crate::world::agent::chain;
use crate::world::agent::decode::{self, Kind};
use crate::world::agent::duration::quoted;
use crate::world::agent::loosely;
use crate::world::agent::reply::Reply;
use crate::world::agent::request::Request;
use crate::world::agent::server::Server;
use crate::world::agent::shapes::config::shape;
use crate::world::agent::store::Store;
use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

/// Where config entries are in the store; ids are `kind/name`, the name in lower case.
pub(in crate::world::agent) const CONFIG: &str = "config";

pub(super) async fn apply(server: &Server, request: &mut Request) -> Reply {
    let body = match take(request, BODY_LIMIT, "limits").await {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let (kind, entry) = match decoded(&body) {
        Ok(decoded) => decoded,
        Err(error) => return Reply::bad(format!("Bad request: Request decoding failed: {error}")),
    };
    let expected = match request.get("cas") {
        "" => None,
        text => match super::kv::unsigned(text) {
            Ok(index) => Some(index),
            Err(reply) => return reply,
        },
    };
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    let name = entry.get("Name").and_then(Value::as_str).unwrap_or_default().to_string();
    if let Err(error) = chain::validate(&kind, &name, &entry) {
        return Reply::refused(error);
    }
    let result = server.write(|store, index| {
        let id = format!("{kind}/{}", name.to_lowercase());
        let existing = store.document(CONFIG, &id);
        let field = |name: &str| existing.and_then(|entry| entry.get(name)).and_then(Value::as_u64);
        if expected.is_some_and(|expected| field("ModifyIndex").unwrap_or(0) != expected) {
            return Ok(false);
        }
        let created = field("CreateIndex").unwrap_or(index);
        let mut entry = entry;
        entry.insert("CreateIndex".to_string(), created.into());
        entry.insert("ModifyIndex".to_string(), index.into());
        store.put_document(index, CONFIG, &id, Some(Value::Object(entry)));
        chain::check_all(store)?;
        Ok::<_, String>(true)
    });
    match result {
        Ok(done) => Reply::json(done),
        Err(error) => Reply::refused(error),
    }
}

fn decoded(body: &[u8]) -> Result<(String, Map<String, Value>), String> {
    let given = match decode::decode(body, Kind::Any)? {
        Value::Object(given) => given,
        Value::Array(_) => return Err("'' expected a map, got 'slice'".to_string()),
        other => return Err(format!("'' expected a map, got '{}'", decode::word(&other))),
    };
    let kind = given.get("Kind").or_else(|| given.get("kind"));
    let kind = match kind {
        None => return Err("Payload does not contain a kind/Kind key at the top level".to_string()),
        Some(Value::String(kind)) => kind.clone(),
        Some(_) => return Err("Kind value in payload is not a string".to_string()),
    };
    let shape = shape(&kind).ok_or_else(|| format!("invalid config entry kind: {kind}"))?;
    let Value::Object(mut entry) = loosely::decode(Value::Object(given), shape)? else {
        return Err("'' expected a map".to_string());
    };
    entry.insert("Kind".to_string(), kind.clone().into());
    if kind == "proxy-defaults" {
        entry.insert("Name".to_string(), "global".into());
    }
    settle(&kind, &mut entry);
    Ok((kind, entry))
}

/// Fills in what is always there, and leaves out what is as good as absent.
fn settle(kind: &str, entry: &mut Map<String, Value>) {
    for (name, value) in entry.iter_mut() {
        if name != "Config" {
            without_zeros(value);
        }
    }
    entry.retain(|name, value| {
        matches!(name.as_str(), "Kind" | "Name" | "Config" | "Redirect") || !is_zero(value)
    });
    match kind {
        "service-defaults" | "proxy-defaults" => {
            if let Some(Value::String(protocol)) = entry.get_mut("Protocol") {
                *protocol = protocol.to_lowercase();
            } else if kind == "service-defaults" {
                entry.insert("Protocol".to_string(), "".into());
            }
            if kind == "proxy-defaults" {
                entry.entry("Config").or_insert(Value::Null);
            }
            for name in ["MeshGateway", "Expose"] {
                entry.entry(name).or_insert_with(|| json!({}));
            }
            let paths = entry.get_mut("Expose").and_then(|expose| expose.get_mut("Paths"));
            for path in paths.and_then(Value::as_array_mut).into_iter().flatten() {
                path["ParsedFromCheck"] = false.into();
            }
        }
        "service-router" => {
            let routes = entry.entry("Routes").or_insert(Value::Null);
            for route in routes.as_array_mut().into_iter().flatten() {
                if let Some(to) = route.get_mut("Destination").and_then(Value::as_object_mut) {
                    to.entry("Namespace").or_insert_with(|| "default".into());
                }
                let methods = route.pointer_mut("/Match/HTTP/Methods").and_then(Value::as_array_mut);
                for method in methods.into_iter().flatten() {
                    *method = method.as_str().unwrap_or_default().to_uppercase().into();
                }
            }
        }
        "service-splitter" => {
            for split in entry.get_mut("Splits").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(split) = split.as_object_mut() {
                    split.entry("Weight").or_insert_with(|| 0.into());
                }
            }
        }
        _ => {}
    }
}

fn without_zeros(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(without_zeros),
        Value::Object(fields) => {
            fields.values_mut().for_each(without_zeros);
            fields.retain(|_, value| !is_zero(value) || value.is_object());
        }
        _ => {}
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0s",
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) => false,
    }
}

pub(super) async fn entry(server: &Server, request: &Request, rest: &str) -> Reply {
    let (kind, name) = rest.split_once('/').unwrap_or((rest, ""));
    let known = kind.is_empty() || shape(kind).is_some();
    if request.method == Method::DELETE {
        if kind.is_empty() || name.is_empty() {
            return Reply::error(StatusCode::NOT_FOUND, "Must provide both a kind and name to delete");
        }
        if !known {
            return Reply::bad(format!("invalid config entry kind: {kind}"));
        }
        return delete(server, request, &format!("{kind}/{}", name.to_lowercase()));
    }
    if !known {
        return Reply::refused(format!("invalid config entry kind: {kind}"));
    }
    if unreadable(server, request).is_some() {
        return Reply::refused("No path to datacenter");
    }
    if name.is_empty() {
        let prefix = if kind.is_empty() { String::new() } else { format!("{kind}/") };
        let read = |store: &Store| {
            let found = store.documents(CONFIG).filter(|(id, _)| id.starts_with(&prefix));
            let entries: Vec<&Value> = found.map(|(_, entry)| entry).collect();
            Reply::json(json!(entries)).at(store.documents_index(CONFIG))
        };
        return server.read(request, read).await;
    }
    let read = |store: &Store| {
        let found = store.document(CONFIG, &format!("{kind}/{}", name.to_lowercase()));
        let reply = found.map_or_else(
            || {
                let text = format!("Config entry not found for {} / {}", quoted(kind), quoted(name));
                Reply::error(StatusCode::NOT_FOUND, text)
            },
            |entry| Reply::json(entry.clone()),
        );
        reply.at(store.documents_index(CONFIG))
    };
    server.read(request, read).await
}

fn delete(server: &Server, request: &Request, id: &str) -> Reply {
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    let result = server.write(|store, index| {
        if store.document(CONFIG, id).is_some() {
            store.put_document(index, CONFIG, id, None);
            chain::check_all(store)?;
        }
        Ok::<_, String>(())
    });
    match result {
        Ok(()) => Reply::json(json!({})),
        Err(error) => Reply::refused(error),
    }
}
