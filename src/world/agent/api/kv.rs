//! `kv/`: keys and values.

use super::{elsewhere, take};
use crate::world::agent::decode::base64;
use crate::world::agent::duration::quoted;
use crate::world::agent::model::Entry;
use crate::world::agent::reply::Reply;
use crate::world::agent::request::Request;
use crate::world::agent::server::Server;
use crate::world::agent::store::{KvOp, Store};
use axum::http::{Method, StatusCode};
use base64::Engine as _;
use serde_json::json;

/// Bytes a value may have.
pub(super) const VALUE_LIMIT: usize = 512 * 1024;

pub(super) async fn key(server: &Server, request: &mut Request, key: &str) -> Reply {
    let (list, keys) = (request.has("recurse"), request.has("keys"));
    match request.method {
        Method::GET => {
            if key.is_empty() && !list && !keys {
                return Reply::bad("Missing key name");
            }
            if let Some(reply) = elsewhere(server, request.get("dc")) {
                return reply;
            }
            if keys {
                let separator = request.get("separator").to_string();
                return server.read(request, |store| names(store, key, &separator)).await;
            }
            let raw = request.has("raw");
            server.read(request, |store| if list { tree(store, key) } else { one(store, key, raw) }).await
        }
        Method::PUT => put(server, request, key).await,
        _ => delete(server, request, key),
    }
}

fn one(store: &Store, key: &str, raw: bool) -> Reply {
    match store.kvs.get(key) {
        None => Reply::empty(StatusCode::NOT_FOUND).at(store.all_keys_index()),
        Some(entry) if raw => {
            // What is stored was checked when it came.
            Reply::raw(base64(entry.value.as_deref().unwrap_or_default()).unwrap_or_default())
                .at(entry.modify_index)
        }
        Some(entry) => Reply::json(json!([entry])).at(entry.modify_index),
    }
}

fn tree(store: &Store, prefix: &str) -> Reply {
    let entries: Vec<&Entry> = store.keys_under(prefix).collect();
    let reply =
        if entries.is_empty() { Reply::empty(StatusCode::NOT_FOUND) } else { Reply::json(json!(entries)) };
    reply.at(store.prefix_index(prefix))
}

/// Names only; those that go on after a separator are cut there and told once.
fn names(store: &Store, prefix: &str, separator: &str) -> Reply {
    let mut names: Vec<&str> = Vec::new();
    for entry in store.keys_under(prefix) {
        let rest = entry.key.get(prefix.len()..).unwrap_or_default();
        let cut = if separator.is_empty() { None } else { rest.find(separator) };
        let end = cut.map_or(entry.key.len(), |at| prefix.len() + at + separator.len());
        let name = entry.key.get(..end).unwrap_or_default();
        if names.last() != Some(&name) {
            names.push(name);
        }
    }
    let reply = if names.is_empty() && !prefix.is_empty() {
        Reply::empty(StatusCode::NOT_FOUND)
    } else {
        Reply::json(json!(names))
    };
    reply.at(store.prefix_index(prefix))
}

async fn put(server: &Server, request: &mut Request, key: &str) -> Reply {
    if key.is_empty() {
        return Reply::bad("Missing key name");
    }
    if let Some(reply) = conflict(request, &["cas", "acquire", "release"]) {
        return reply;
    }
    let mut entry = Entry { key: key.to_string(), ..Entry::default() };
    if request.has("flags") {
        match unsigned(request.get("flags")) {
            Ok(flags) => entry.flags = flags,
            Err(reply) => return reply,
        }
    }
    let op = if request.has("cas") {
        match unsigned(request.get("cas")) {
            Ok(index) => entry.modify_index = index,
            Err(reply) => return reply,
        }
        KvOp::Cas
    } else if request.has("acquire") {
        entry.session = request.get("acquire").to_string();
        KvOp::Lock
    } else if request.has("release") {
        entry.session = request.get("release").to_string();
        KvOp::Unlock
    } else {
        KvOp::Set
    };
    let body = match take(request, VALUE_LIMIT, "kv_max_value_size").await {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    if !body.is_empty() {
        entry.value = Some(base64::engine::general_purpose::STANDARD.encode(&body));
    }
    if op == KvOp::Lock && server.lock_delayed(key) {
        return Reply::json(false);
    }
    write(server, op, entry)
}

fn delete(server: &Server, request: &Request, key: &str) -> Reply {
    if let Some(reply) = conflict(request, &["recurse", "cas"]) {
        return reply;
    }
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    let mut entry = Entry { key: key.to_string(), ..Entry::default() };
    if request.has("recurse") {
        return write(server, KvOp::DeleteTree, entry);
    }
    if key.is_empty() {
        return Reply::bad("Missing key name");
    }
    if !request.has("cas") {
        return write(server, KvOp::Delete, entry);
    }
    match unsigned(request.get("cas")) {
        Ok(index) => entry.modify_index = index,
        Err(reply) => return reply,
    }
    write(server, KvOp::DeleteCas, entry)
}

fn write(server: &Server, op: KvOp, entry: Entry) -> Reply {
    match server.write(|store, index| store.write_key(index, op, entry)) {
        Ok(done) => Reply::json(done),
        Err(error) => Reply::refused(error),
    }
}

/// More than one of these at once means nothing.
fn conflict(request: &Request, names: &[&str]) -> Option<Reply> {
    let mut given: Vec<&str> = names.iter().copied().filter(|name| request.has(name)).collect();
    given.sort_unstable();
    let said: Vec<String> = given.iter().map(|name| format!("{name}={}", request.get(name))).collect();
    (given.len() > 1).then(|| Reply::bad(format!("Conflicting flags: {}", said.join("&"))))
}

pub(super) fn unsigned(text: &str) -> Result<u64, Reply> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().map_err(|_| {
        let why = if digits { "value out of range" } else { "invalid syntax" };
        Reply::refused(format!("strconv.ParseUint: parsing {}: {why}", quoted(text)))
    })
}
