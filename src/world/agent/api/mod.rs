//! The HTTP API: which path and method lead where, and what holds for all of them.

mod agent;
mod catalog;
mod config;
mod health;
mod intention;
mod kv;
mod query;
mod session;
mod txn;

pub(super) use config::CONFIG;

use super::reply::Reply;
use super::request::{BodyError, Request};
use super::server::Server;
use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// What a path leads to. A path that ends in `/` stands for everything below it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Endpoint {
    Acl,
    AgentMembers,
    AgentSelf,
    Datacenters,
    Deregister,
    CatalogNode,
    CatalogNodes,
    NodeServices,
    Register,
    CatalogService,
    CatalogServices,
    ConfigApply,
    ConfigEntry,
    HealthChecks,
    HealthNode,
    HealthService,
    HealthState,
    Intention,
    IntentionCheck,
    IntentionMatch,
    Intentions,
    Kv,
    Queries,
    Query,
    SessionCreate,
    SessionDestroy,
    SessionInfo,
    SessionList,
    SessionNode,
    SessionRenew,
    Leader,
    Peers,
    Txn,
}

const GET: &[Method] = &[Method::GET];
const PUT: &[Method] = &[Method::PUT];
const GET_POST: &[Method] = &[Method::GET, Method::POST];
const GET_PUT_DELETE: &[Method] = &[Method::GET, Method::PUT, Method::DELETE];
const ANY: &[Method] = &[Method::GET, Method::PUT, Method::POST, Method::DELETE];

const ROUTES: &[(&str, &[Method], Endpoint)] = &[
    ("/v1/acl/", ANY, Endpoint::Acl),
    ("/v1/agent/members", GET, Endpoint::AgentMembers),
    ("/v1/agent/self", GET, Endpoint::AgentSelf),
    ("/v1/catalog/datacenters", GET, Endpoint::Datacenters),
    ("/v1/catalog/deregister", PUT, Endpoint::Deregister),
    ("/v1/catalog/node/", GET, Endpoint::CatalogNode),
    ("/v1/catalog/nodes", GET, Endpoint::CatalogNodes),
    ("/v1/catalog/node-services/", GET, Endpoint::NodeServices),
    ("/v1/catalog/register", PUT, Endpoint::Register),
    ("/v1/catalog/service/", GET, Endpoint::CatalogService),
    ("/v1/catalog/services", GET, Endpoint::CatalogServices),
    ("/v1/config", PUT, Endpoint::ConfigApply),
    ("/v1/config/", &[Method::GET, Method::DELETE], Endpoint::ConfigEntry),
    ("/v1/connect/intentions", GET_POST, Endpoint::Intentions),
    ("/v1/connect/intentions/check", GET, Endpoint::IntentionCheck),
    ("/v1/connect/intentions/match", GET, Endpoint::IntentionMatch),
    ("/v1/connect/intentions/", GET_PUT_DELETE, Endpoint::Intention),
    ("/v1/health/checks/", GET, Endpoint::HealthChecks),
    ("/v1/health/node/", GET, Endpoint::HealthNode),
    ("/v1/health/service/", GET, Endpoint::HealthService),
    ("/v1/health/state/", GET, Endpoint::HealthState),
    ("/v1/kv/", GET_PUT_DELETE, Endpoint::Kv),
    ("/v1/query", GET_POST, Endpoint::Queries),
    ("/v1/query/", GET_PUT_DELETE, Endpoint::Query),
    ("/v1/session/create", PUT, Endpoint::SessionCreate),
    ("/v1/session/destroy/", PUT, Endpoint::SessionDestroy),
    ("/v1/session/info/", GET, Endpoint::SessionInfo),
    ("/v1/session/list", GET, Endpoint::SessionList),
    ("/v1/session/node/", GET, Endpoint::SessionNode),
    ("/v1/session/renew/", PUT, Endpoint::SessionRenew),
    ("/v1/status/leader", GET, Endpoint::Leader),
    ("/v1/status/peers", GET, Endpoint::Peers),
    ("/v1/txn", PUT, Endpoint::Txn),
];

/// Bodies that are no values and no transactions have no limit in Consul; this is far beyond any real one.
const BODY_LIMIT: usize = 16 << 20;

/// The whole API as a service.
pub(super) fn router(server: Arc<Server>) -> Router {
    Router::new().fallback(answer).with_state(server)
}

async fn answer(State(server): State<Arc<Server>>, request: axum::extract::Request) -> Response {
    let mut request = Request::new(request);
    let reply = route(&server, &mut request).await;
    let pretty = request.has("pretty");
    let head = request.method == Method::HEAD;
    let mut response = reply.into_response(pretty);
    if head {
        *response.body_mut() = axum::body::Body::empty();
    }
    response
}

async fn route(server: &Server, request: &mut Request) -> Reply {
    let page = matches!(request.method, Method::GET | Method::HEAD);
    if request.path.chars().any(|c| c.is_control() || (c.is_whitespace() && c != ' ')) {
        return Reply::empty(StatusCode::BAD_REQUEST);
    }
    if let Some(clean) = request.redirect() {
        let below = format!("{clean}/");
        let to = if ROUTES.iter().any(|(path, _, _)| *path == below) { below } else { clean };
        return Reply::redirect(request.location(&to), page);
    }
    let leads = |path: &str| match path.strip_suffix('/') {
        Some(_) => request.path.starts_with(path),
        None => request.path == path,
    };
    let Some((prefix, methods, endpoint)) = ROUTES.iter().find(|(path, _, _)| leads(path)) else {
        let below = format!("{}/", request.path);
        if ROUTES.iter().any(|(path, _, _)| *path == below) {
            return Reply::redirect(request.location(&below), page);
        }
        return Reply::empty(StatusCode::NOT_FOUND);
    };
    let allowed = methods.iter().fold("OPTIONS".to_string(), |all, method| format!("{all},{method}"));
    if request.method == Method::OPTIONS {
        return Reply::empty(StatusCode::OK).with("allow", allowed);
    }
    if !methods.contains(&request.method) {
        let text = format!("method {} not allowed", request.method);
        return Reply::error(StatusCode::METHOD_NOT_ALLOWED, text).with("allow", allowed);
    }
    let rest = request.after(prefix);
    match endpoint {
        Endpoint::Acl => Reply::error(StatusCode::UNAUTHORIZED, "ACL support disabled"),
        Endpoint::AgentMembers => agent::members(server),
        Endpoint::AgentSelf => agent::itself(server),
        Endpoint::Leader => agent::leader(),
        Endpoint::Peers => agent::peers(),
        Endpoint::Datacenters => catalog::datacenters(server),
        Endpoint::Deregister => catalog::deregister(server, request).await,
        Endpoint::CatalogNode => catalog::node(server, request, &rest).await,
        Endpoint::CatalogNodes => catalog::nodes(server, request).await,
        Endpoint::NodeServices => catalog::node_services(server, request, &rest).await,
        Endpoint::Register => catalog::register(server, request).await,
        Endpoint::CatalogService => catalog::service(server, request, &rest).await,
        Endpoint::CatalogServices => catalog::services(server, request).await,
        Endpoint::ConfigApply => config::apply(server, request).await,
        Endpoint::ConfigEntry => config::entry(server, request, &rest).await,
        Endpoint::Intention => intention::one(server, request, &rest).await,
        Endpoint::IntentionCheck => intention::check(server, request).await,
        Endpoint::IntentionMatch => intention::matches(server, request).await,
        Endpoint::Intentions => intention::all(server, request).await,
        Endpoint::Queries => query::all(server, request).await,
        Endpoint::Query => query::one(server, request, &rest).await,
        Endpoint::HealthChecks => health::of_service(server, request, &rest).await,
        Endpoint::HealthNode => health::of_node(server, request, &rest).await,
        Endpoint::HealthService => health::service(server, request, &rest).await,
        Endpoint::HealthState => health::in_state(server, request, &rest).await,
        Endpoint::Kv => kv::key(server, request, &rest).await,
        Endpoint::SessionCreate => session::create(server, request).await,
        Endpoint::SessionDestroy => session::destroy(server, request, &rest),
        Endpoint::SessionInfo => session::info(server, request, &rest).await,
        Endpoint::SessionList => session::list(server, request).await,
        Endpoint::SessionNode => session::of_node(server, request, &rest).await,
        Endpoint::SessionRenew => session::renew(server, request, &rest),
        Endpoint::Txn => txn::transaction(server, request).await,
    }
}

/// The answer to a request for another datacenter than the agent's own.
fn elsewhere(server: &Server, datacenter: &str) -> Option<Reply> {
    let here = datacenter.is_empty() || datacenter == server.identity.datacenter;
    (!here).then(|| Reply::refused("No path to datacenter"))
}

/// What every read refuses at first: another datacenter, and filters, which this agent does not have.
fn unreadable(server: &Server, request: &Request) -> Option<Reply> {
    if !request.get("filter").is_empty() {
        return Some(Reply::refused("this agent does not support ?filter").unread());
    }
    elsewhere(server, request.get("dc")).map(Reply::unread)
}

/// Takes in a body; the error is the answer.
async fn take(request: &mut Request, limit: usize, option: &str) -> Result<axum::body::Bytes, Reply> {
    if let Some(length) =
        request.content_length.filter(|length| usize::try_from(*length).is_ok_and(|l| l > limit))
    {
        return Err(Reply::too_large(Some(length), limit, option));
    }
    request.body(limit).await.map_err(|error| match error {
        BodyError::TooLarge => Reply::too_large(None, limit, option),
        BodyError::Broken => Reply::bad("the request's body broke off"),
    })
}

/// Makes a typed record of a decoded one.
fn typed<T: DeserializeOwned + Default>(value: Value) -> Result<T, String> {
    if value.is_null() {
        Ok(T::default())
    } else {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }
}
