//! `connect/intentions`: which service may talk to which.

use super::{BODY_LIMIT, elsewhere, take, unreadable};
use crate::world::agent::decode::decode;
use crate::world::agent::loosely::errors;
use crate::world::agent::reply::Reply;
use crate::world::agent::request::Request;
use crate::world::agent::server::Server;
use crate::world::agent::shapes::discovery::INTENTION as SHAPE;
use crate::world::agent::store::{INTENTION, Store, uuid_error};
use axum::http::{Method, StatusCode};
use base64::Engine as _;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub(super) async fn all(server: &Server, request: &mut Request) -> Reply {
    if request.method == Method::POST {
        return change(server, request, None).await;
    }
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let read = |store: &Store| {
        let found = sorted(store.documents(INTENTION).map(|(_, intention)| intention).collect());
        Reply::json(json!(found)).at(store.documents_index(INTENTION))
    };
    server.read(request, read).await
}

pub(super) async fn one(server: &Server, request: &mut Request, id: &str) -> Reply {
    match request.method {
        Method::PUT => change(server, request, Some(id)).await,
        Method::DELETE => delete(server, request, id),
        _ => get(server, request, id).await,
    }
}

async fn get(server: &Server, request: &Request, id: &str) -> Reply {
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    if let Some(error) = uuid_error(id) {
        return Reply::bad(format!("Bad request: failed intention lookup: {error}"));
    }
    let read = |store: &Store| match store.document(INTENTION, &id.to_lowercase()) {
        Some(intention) => Reply::json(intention.clone()),
        None => Reply::error(StatusCode::NOT_FOUND, "Intention not found"),
    };
    server.read(request, read).await
}

async fn change(server: &Server, request: &mut Request, id: Option<&str>) -> Reply {
    let body = match take(request, BODY_LIMIT, "limits").await {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let given = match decode(&body, SHAPE) {
        Ok(given) => given,
        Err(error) => return Reply::refused(format!("Failed to decode request body: {error}")),
    };
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    let new = id.is_none();
    if new && !text(&given, "ID").is_empty() {
        return Reply::refused("ID must be empty when creating a new intention");
    }
    let id = id.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_lowercase);
    if let Some(error) = uuid_error(&id) {
        return Reply::refused(format!("Intention lookup failed: failed intention lookup: {error}"));
    }
    let result = server.write(|store, index| {
        let existing = store.document(INTENTION, &id).cloned();
        if existing.is_none() && !new {
            return Err(format!("Cannot modify non-existent intention: '{id}'"));
        }
        let intention = complete(&id, &given, existing.as_ref(), index)?;
        let same = |other: &Value| SIDES.iter().all(|name| text(other, name) == text(&intention, name));
        if let Some((_, other)) =
            store.documents(INTENTION).find(|(known, other)| *known != id && same(other))
        {
            return Err(format!("duplicate intention found: {}", described(other)));
        }
        store.put_document(index, INTENTION, &id, Some(intention));
        Ok(())
    });
    match result {
        Ok(()) => Reply::json(json!({"ID": id})),
        Err(error) => Reply::refused(error),
    }
}

const SIDES: [&str; 4] = ["SourceNS", "SourceName", "DestinationNS", "DestinationName"];

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn described(intention: &Value) -> String {
    let side = |name: &str| text(intention, name);
    format!(
        "{} {}/{} => {}/{} (ID: {}, Precedence: {})",
        side("Action").to_uppercase(),
        side("SourceNS"),
        side("SourceName"),
        side("DestinationNS"),
        side("DestinationName"),
        side("ID"),
        intention.get("Precedence").and_then(Value::as_i64).unwrap_or(0)
    )
}

/// An intention with every field, or what is wrong with it.
fn complete(id: &str, given: &Value, existing: Option<&Value>, index: u64) -> Result<Value, String> {
    let or = |name: &str, default: &str| {
        let given = text(given, name);
        if given.is_empty() { default.to_string() } else { given.to_string() }
    };
    let [source_ns, source, destination_ns, destination] = [
        or("SourceNS", "default"),
        or("SourceName", ""),
        or("DestinationNS", "default"),
        or("DestinationName", ""),
    ];
    let (kind, action) = (or("SourceType", "consul"), or("Action", ""));
    let mut wrong = Vec::new();
    for (name, value) in [("SourceName", &source), ("DestinationName", &destination)] {
        if value.is_empty() {
            wrong.push(format!("{name} must be set"));
        }
    }
    for (name, value) in [
        ("SourceNS", &source_ns),
        ("SourceName", &source),
        ("DestinationNS", &destination_ns),
        ("DestinationName", &destination),
    ] {
        if value.contains('*') && value != "*" {
            wrong.push(format!("{name}: wildcard character '*' cannot be used with partial values"));
        }
    }
    if action != "allow" && action != "deny" {
        wrong.push("Action must be set to 'allow' or 'deny'".to_string());
    }
    if kind != "consul" {
        wrong.push("SourceType must be set to 'consul'".to_string());
    }
    if !wrong.is_empty() {
        return Err(errors(&wrong));
    }
    let precedence = match (source == "*", destination == "*") {
        (false, false) => 9,
        (true, false) => 8,
        (false, true) => 6,
        (true, true) => 5,
    };
    // It can't fail: the format takes any date before the year 10000.
    let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
    let kept = |name: &str| existing.and_then(|existing| existing.get(name)).cloned();
    let mut intention = json!({
        "ID": id,
        "Description": text(given, "Description"),
        "SourceNS": source_ns,
        "SourceName": source,
        "DestinationNS": destination_ns,
        "DestinationName": destination,
        "SourceType": kind,
        "Action": action,
        "DefaultAddr": text(given, "DefaultAddr"),
        "DefaultPort": given.get("DefaultPort").and_then(Value::as_i64).unwrap_or(0),
        "Meta": given.get("Meta").cloned().unwrap_or_else(|| json!({})),
        "Precedence": precedence,
    });
    let hash = Sha256::digest(intention.to_string());
    let more = json!({
        "CreatedAt": kept("CreatedAt").unwrap_or_else(|| now.clone().into()),
        "UpdatedAt": now,
        "Hash": base64::engine::general_purpose::STANDARD.encode(hash),
        "CreateIndex": kept("CreateIndex").unwrap_or_else(|| index.into()),
        "ModifyIndex": index,
    });
    if let (Some(intention), Some(more)) = (intention.as_object_mut(), more.as_object()) {
        intention.extend(more.clone());
    }
    Ok(intention)
}

fn delete(server: &Server, request: &Request, id: &str) -> Reply {
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    if let Some(error) = uuid_error(id) {
        return Reply::refused(format!("Intention lookup failed: failed intention lookup: {error}"));
    }
    let result = server.write(|store, index| {
        let key = id.to_lowercase();
        if store.document(INTENTION, &key).is_none() {
            return Err(format!("Cannot delete non-existent intention: '{id}'"));
        }
        store.put_document(index, INTENTION, &key, None);
        Ok(())
    });
    match result {
        Ok(()) => Reply::json(true),
        Err(error) => Reply::refused(error),
    }
}

/// The most exact first.
fn sorted(mut intentions: Vec<&Value>) -> Vec<&Value> {
    intentions.sort_by_key(|intention| {
        let precedence = intention.get("Precedence").and_then(Value::as_i64).unwrap_or(0);
        (-precedence, SIDES.map(|name| text(intention, name)))
    });
    intentions
}

fn about<'s>(store: &'s Store, side: &str, name: &str) -> Vec<&'s Value> {
    let fits = |intention: &&Value| [name, "*"].contains(&text(intention, side));
    sorted(store.documents(INTENTION).map(|(_, intention)| intention).filter(fits).collect())
}

/// The intentions about services, by the side they are on.
pub(super) async fn matches(server: &Server, request: &Request) -> Reply {
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    let side = match request.get("by") {
        "source" => "SourceName",
        "destination" => "DestinationName",
        "" => return Reply::refused("required query parameter 'by' not set"),
        _ => return Reply::refused("'by' parameter must be one of 'source' or 'destination'"),
    };
    let names = request.all("name");
    if names.is_empty() {
        return Reply::refused("required query parameter 'name' not set");
    }
    let read = |store: &Store| {
        let found: Map<String, Value> =
            names.iter().map(|name| (name.clone(), json!(about(store, side, name)))).collect();
        Reply::json(Value::Object(found))
    };
    server.read(request, read).await
}

/// Whether one service may talk to another. Without any intention it may: there are no ACLs here that say otherwise.
pub(super) async fn check(server: &Server, request: &Request) -> Reply {
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    let (source, destination) = (request.get("source").to_string(), request.get("destination").to_string());
    for (name, value) in [("source", &source), ("destination", &destination)] {
        if value.is_empty() {
            return Reply::refused(format!("required query parameter '{name}' not set"));
        }
    }
    let read = |store: &Store| {
        let found = about(store, "DestinationName", &destination);
        let first = found
            .into_iter()
            .find(|intention| [source.as_str(), "*"].contains(&text(intention, "SourceName")));
        Reply::json(json!({"Allowed": first.is_none_or(|intention| text(intention, "Action") == "allow")}))
    };
    server.read(request, read).await
}
