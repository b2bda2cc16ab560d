//! `txn`: many operations, all or nothing.

use super::catalog::{node_id, prepared};
use super::{elsewhere, take, typed};
use crate::world::agent::decode::decode;
use crate::world::agent::duration::quoted;
use crate::world::agent::model::{Check, Entry, Node, Service};
use crate::world::agent::reply::Reply;
use crate::world::agent::request::Request;
use crate::world::agent::server::Server;
use crate::world::agent::shapes;
use crate::world::agent::store::{Op, TxnError, Verb};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Operations in one transaction.
const MAX_OPS: usize = 64;
/// Bytes of a transaction's body.
pub(super) const BODY_LIMIT: usize = 512 * 1024;

const KV_WRITES: [&str; 7] = ["set", "delete", "delete-cas", "delete-tree", "cas", "lock", "unlock"];

/// Why a transaction was not done.
enum Failure {
    Conflict(Vec<TxnError>),
    Journal(String),
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Failure::Journal(error)
    }
}

impl From<Vec<TxnError>> for Failure {
    fn from(errors: Vec<TxnError>) -> Self {
        Failure::Conflict(errors)
    }
}

pub(super) async fn transaction(server: &Server, request: &mut Request) -> Reply {
    let body = match take(request, BODY_LIMIT, "txn_max_req_len").await {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let parsed = decode(&body, shapes::TXN).and_then(|mut ops| {
        for op in ops.as_array_mut().into_iter().flatten() {
            prefer_typed_durations(op);
        }
        typed::<Vec<Given>>(ops)
    });
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return Reply::bad(format!("Failed to parse body: {error}")),
    };
    if parsed.len() > MAX_OPS {
        let text = format!("Transaction contains too many operations ({} > {MAX_OPS})", parsed.len());
        return Reply::error(StatusCode::PAYLOAD_TOO_LARGE, text);
    }
    if let Some(reply) = elsewhere(server, request.get("dc")) {
        return reply;
    }
    let given: Vec<Asked> = parsed.into_iter().filter_map(Given::asked).collect();
    let reads = !given.iter().any(Asked::writes);
    let (mut ops, mut errors) = (Vec::with_capacity(given.len()), Vec::new());
    for (op_index, asked) in given.into_iter().enumerate() {
        match asked.op(server) {
            Ok(op) => ops.push(op),
            Err(what) => errors.push(TxnError { op_index, what }),
        }
    }
    if !errors.is_empty() {
        return answer(Err(errors), reads);
    }
    let done = if reads {
        server.consult(|store, index| store.transact(index, &ops)).map_err(Failure::from)
    } else {
        server.write(|store, index| store.transact(index, &ops).map_err(Failure::from))
    };
    match done {
        Ok(results) => answer(Ok(results), reads),
        Err(Failure::Conflict(errors)) => answer(Err(errors), reads),
        Err(Failure::Journal(error)) => Reply::refused(error),
    }
}

fn answer(outcome: Result<Vec<Value>, Vec<TxnError>>, reads: bool) -> Reply {
    let (status, results, errors) = match outcome {
        Ok(results) => (StatusCode::OK, Value::Array(results), Value::Null),
        Err(errors) => {
            let errors =
                errors.into_iter().map(|error| json!({"OpIndex": error.op_index, "What": error.what}));
            (StatusCode::CONFLICT, Value::Null, errors.collect())
        }
    };
    let mut body = json!({"Results": results, "Errors": errors});
    if let (true, Some(body)) = (reads, body.as_object_mut()) {
        let meta = json!({"Index": 0, "LastContact": 0, "KnownLeader": true, "ConsistencyLevel": ""});
        body.extend(meta.as_object().cloned().unwrap_or_default());
    }
    Reply::json(body).status(status)
}

/// One operation as it is given. Of several kinds in one only the first counts.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Given {
    #[serde(rename = "KV")]
    kv: Option<GivenKv>,
    node: Option<GivenNode>,
    service: Option<GivenService>,
    check: Option<GivenCheck>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct GivenKv {
    verb: String,
    key: String,
    value: Option<String>,
    flags: u64,
    index: u64,
    session: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct GivenNode {
    verb: String,
    node: Node,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct GivenService {
    verb: String,
    node: String,
    service: Service,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct GivenCheck {
    verb: String,
    check: Check,
}

/// The one kind of operation that is asked for.
enum Asked {
    Kv(GivenKv),
    Node(GivenNode),
    Service(GivenService),
    Check(GivenCheck),
}

impl Given {
    fn asked(self) -> Option<Asked> {
        let Given { kv, node, service, check } = self;
        kv.map(Asked::Kv)
            .or_else(|| node.map(Asked::Node))
            .or_else(|| service.map(Asked::Service))
            .or_else(|| check.map(Asked::Check))
    }
}

impl Asked {
    fn writes(&self) -> bool {
        match self {
            Asked::Kv(given) => KV_WRITES.contains(&given.verb.as_str()),
            Asked::Node(GivenNode { verb, .. })
            | Asked::Service(GivenService { verb, .. })
            | Asked::Check(GivenCheck { verb, .. }) => verb != "get",
        }
    }

    /// The operation, or what can be told to be wrong with it before anything is tried.
    fn op(self, server: &Server) -> Result<Op, String> {
        match self {
            Asked::Kv(GivenKv { verb, key, value, flags, index, session }) => {
                if key.is_empty() && verb != "delete-tree" {
                    return Err("Must provide key".to_string());
                }
                if verb == "lock" && server.lock_delayed(&key) {
                    return Err(format!("failed to lock key {} due to lock delay", quoted(&key)));
                }
                let value = value.filter(|value| !value.is_empty());
                let entry = Entry { key, value, flags, session, modify_index: index, ..Entry::default() };
                Ok(Op::Kv { verb, entry })
            }
            Asked::Node(GivenNode { verb, mut node }) => {
                if verb != "get" {
                    if node.node.is_empty() {
                        return Err("Must provide node".to_string());
                    }
                    node_id(&node.id)?;
                }
                if node.datacenter.is_empty() {
                    node.datacenter = server.identity.datacenter.clone();
                }
                Ok(match known(&verb) {
                    Some(verb) => Op::Node { verb, node },
                    None => Op::Unknown { kind: "Node", verb },
                })
            }
            Asked::Service(GivenService { verb, node, service }) => {
                // What Consul 1.8.7 loses on this way, to everybody's surprise.
                let service = Service {
                    proxy: Map::new(),
                    connect: Map::new(),
                    kind: String::new(),
                    tagged_addresses: None,
                    ..service
                };
                let service = if verb == "get" { service } else { prepared(service)? };
                Ok(match known(&verb) {
                    Some(verb) => Op::Service { verb, node, service },
                    None => Op::Unknown { kind: "Service", verb },
                })
            }
            Asked::Check(GivenCheck { verb, mut check }) => {
                check.kind.clear();
                if verb != "get" && check.check_id.is_empty() {
                    check.check_id = check.name.clone();
                }
                Ok(match known(&verb) {
                    Some(verb) => Op::Check { verb, check },
                    None => Op::Unknown { kind: "Check", verb },
                })
            }
        }
    }
}

fn known(verb: &str) -> Option<Verb> {
    match verb {
        "get" => Some(Verb::Get),
        "set" => Some(Verb::Set),
        "cas" => Some(Verb::Cas),
        "delete" => Some(Verb::Delete),
        "delete-cas" => Some(Verb::DeleteCas),
        _ => None,
    }
}

/// A check's durations may be given in either of two fields; the one with the longer name wins.
fn prefer_typed_durations(op: &mut Value) {
    let Some(definition) = op.pointer_mut("/Check/Check/Definition").and_then(Value::as_object_mut) else {
        return;
    };
    for name in ["Interval", "Timeout", "DeregisterCriticalServiceAfter"] {
        if let Some(duration) = definition.remove(&format!("{name}Duration")) {
            definition.insert(name.to_string(), duration);
        }
    }
}
