//! `session/`: holders of locks.

use super::{BODY_LIMIT, elsewhere, take, typed, unreadable};
use crate::world::agent::decode::decode;
use crate::world::agent::duration;
use crate::world::agent::model::{Session, Texts};
use crate::world::agent::reply::Reply;
use crate::world::agent::request::Request;
use crate::world::agent::server::Server;
use crate::world::agent::shapes;
use crate::world::agent::store::Store;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const TTL_MAX: Duration = Duration::from_secs(24 * 60 * 60);
const LOCK_DELAY: i64 = 15_000_000_000;
/// Numbers below this are seconds, others nanoseconds.
const SECONDS_BELOW: i64 = 1000;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Create {
    lock_delay: Value,
    name: String,
    node: String,
    checks: Texts,
    node_checks: Texts,
    behavior: String,
    #[serde(rename = "TTL")]
    ttl: String,
}

pub(super) async fn create(server: &Server, request: &mut Request) -> Reply {
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    let body = match take(request, BODY_LIMIT, "limits").await {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    // A body is optional here.
    let decoded = if body.is_empty() { Ok(Value::Null) } else { decode(&body, shapes::SESSION) };
    let read = decoded.and_then(typed::<Create>).and_then(|create| {
        let delay = lock_delay(&create.lock_delay)?;
        Ok((create, delay))
    });
    let (Create { name, node, checks, node_checks, behavior, ttl, .. }, lock_delay) = match read {
        Ok(create) => create,
        Err(error) => return Reply::bad(format!("Request decode failed: {error}")),
    };
    let behavior = match behavior.as_str() {
        "" => "release".to_string(),
        "release" | "delete" => behavior,
        other => return Reply::refused(format!("Invalid Behavior setting '{other}'")),
    };
    let lifetime = match lifetime(&ttl, server.identity.session_ttl_min) {
        Ok(lifetime) => lifetime,
        Err(error) => return Reply::refused(error),
    };
    let id = uuid::Uuid::new_v4().to_string();
    let session = Session {
        id: id.clone(),
        name,
        node: if node.is_empty() { server.identity.node.clone() } else { node },
        lock_delay,
        behavior,
        ttl,
        node_checks: Some(checks.or(node_checks).unwrap_or_else(|| vec!["serfHealth".to_string()])),
        service_checks: None,
        ..Session::default()
    };
    match server.write(|store, index| store.create_session(index, session)) {
        Ok(()) => {
            if let Some(lifetime) = lifetime {
                server.renew(&id, lifetime);
            }
            Reply::json(json!({"ID": id}))
        }
        Err(error) => Reply::refused(error),
    }
}

/// A lock-delay in nanoseconds: a duration, a number of seconds, or a number of nanoseconds.
fn lock_delay(given: &Value) -> Result<i64, String> {
    match given {
        Value::String(text) => duration::parse(text),
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(0.0) as i64;
            Ok(if number < SECONDS_BELOW { number.saturating_mul(1_000_000_000) } else { number })
        }
        _ => Ok(LOCK_DELAY),
    }
}

/// How long a session lives without being renewed; `None` for ever.
fn lifetime(ttl: &str, least: Duration) -> Result<Option<Duration>, String> {
    if ttl.is_empty() {
        return Ok(None);
    }
    let nanoseconds =
        duration::parse(ttl).map_err(|error| format!("Session TTL '{ttl}' invalid: {error}"))?;
    if nanoseconds == 0 {
        return Ok(None);
    }
    let lifetime = u64::try_from(nanoseconds).ok().map(Duration::from_nanos);
    match lifetime.filter(|lifetime| (least..=TTL_MAX).contains(lifetime)) {
        Some(lifetime) => Ok(Some(lifetime)),
        None => {
            let least = duration::format(i64::try_from(least.as_nanos()).unwrap_or(i64::MAX));
            Err(format!("Invalid Session TTL '{nanoseconds}', must be between [{least}=24h0m0s]"))
        }
    }
}

pub(super) fn destroy(server: &Server, request: &Request, id: &str) -> Reply {
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    if id.is_empty() {
        return Reply::bad("Missing session");
    }
    let result = server.write(|store, index| {
        if store.session(id)?.is_some() {
            store.end_session(index, id);
        }
        Ok::<_, String>(())
    });
    match result {
        Ok(()) => Reply::json(true),
        Err(error) => Reply::refused(error),
    }
}

pub(super) fn renew(server: &Server, request: &Request, id: &str) -> Reply {
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    if id.is_empty() {
        return Reply::bad("Missing session");
    }
    match server.look(|store| store.session(id).map(|session| session.cloned())) {
        Err(error) => Reply::refused(error),
        Ok(None) => Reply::error(StatusCode::NOT_FOUND, format!("Session id '{id}' not found")),
        Ok(Some(session)) => {
            if let Ok(Some(lifetime)) = lifetime(&session.ttl, Duration::ZERO) {
                server.renew(id, lifetime);
            }
            Reply::json(json!([session]))
        }
    }
}

pub(super) async fn info(server: &Server, request: &Request, id: &str) -> Reply {
    if id.is_empty() {
        return Reply::bad("Missing session");
    }
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let read = |store: &Store| match store.session(id) {
        Err(error) => Reply::refused(error).unread(),
        Ok(session) => sessions(store, session.into_iter()),
    };
    server.read(request, read).await
}

pub(super) async fn list(server: &Server, request: &Request) -> Reply {
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    server.read(request, |store| sessions(store, store.sessions.values())).await
}

pub(super) async fn of_node(server: &Server, request: &Request, node: &str) -> Reply {
    if node.is_empty() {
        return Reply::bad("Missing node name");
    }
    if let Some(reply) = unreadable(server, request) {
        return reply;
    }
    let node = node.to_lowercase();
    let read =
        |store: &Store| sessions(store, store.sessions.values().filter(|s| s.node.to_lowercase() == node));
    server.read(request, read).await
}

fn sessions<'s>(store: &Store, sessions: impl Iterator<Item = &'s Session>) -> Reply {
    let sessions: Vec<&Session> = sessions.collect();
    Reply::json(json!(sessions)).at(store.sessions.index())
}
