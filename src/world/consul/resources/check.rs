//! The `check` blocks of `consul_service`. A check's status is observed, never desired: only its first one is set.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{Op, name_type};
use crate::base::schema::{Attribute, BlockSchema, NestedBlock, Nesting};
use crate::base::types::{StringType, Type, TypeKind};
use crate::base::value::Value;
use crate::engine::provider::Complaint;
use crate::world::consul::catalog::SERF;
use crate::world::consul::duration::{PATTERN, nanoseconds, same};
use crate::world::consul::values::{blocks, from_list, or_null, text, text_list};
use crate::world::consul::wire;

/// More would not fit into one transaction with their service.
const MOST: usize = 31;

/// The block.
pub fn block() -> NestedBlock {
    let string = || Attribute::optional(Type::string());
    let duration = || {
        TypeKind::String(StringType { pattern: Some(PATTERN.into()), ..StringType::default() }.into()).into()
    };
    let status = TypeKind::Enum(["passing", "warning", "critical"].map(Value::from).into());
    let attributes = [
        ("check_id", Attribute::required(name_type()).docs("Unique on the node.")),
        ("name", Attribute::required(name_type()).docs("What people call it.")),
        ("notes", string().docs("For people.")),
        (
            "status",
            Attribute::optional(status.into()).docs(
                "The status it starts with, `critical` if not set. Later ones are observed and no drift.",
            ),
        ),
        ("http", string().docs("A URL to get.")),
        ("tcp", string().docs("A `host:port` to connect to.")),
        ("method", string().docs("The HTTP method. Default: `GET`.")),
        ("tls_skip_verify", Attribute::optional(Type::bool()).default(false).docs("Accept any certificate.")),
        ("interval", Attribute::required(duration()).docs("How often it runs: `30s`.")),
        ("timeout", Attribute::required(duration()).docs("How long one run may take: `5s`.")),
        (
            "deregister_critical_service_after",
            Attribute::optional(duration()).docs("How long it may fail before its service is removed."),
        ),
    ];
    let header = [
        ("name", Attribute::required(name_type())),
        ("value", Attribute::required(Type::list(Type::string()))),
    ];
    let named = |of: Vec<(&str, Attribute)>| {
        of.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect()
    };
    let header = NestedBlock {
        nesting: Nesting::Set,
        min: 0,
        max: None,
        block: BlockSchema { attributes: named(header.into()), ..BlockSchema::default() },
        docs: "An HTTP header to send.".into(),
    };
    let blocks = [("header".into(), header)].into_iter().collect();
    NestedBlock {
        nesting: Nesting::List,
        min: 0,
        max: Some(MOST as u32),
        block: BlockSchema { attributes: named(attributes.into()), blocks },
        docs: "A health check of the service. An external monitor such as consul-esm runs it.".into(),
    }
}

/// Further rules.
pub fn validate(config: &Value) -> Vec<Complaint> {
    let complain = |message| Complaint { attribute: Some("check".into()), message };
    let mut complaints = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for check in blocks(config, "check") {
        let id = text(check, "check_id");
        let called = id.clone().unwrap_or_default();
        if let Some(id) = id {
            if id.eq_ignore_ascii_case(SERF) {
                complaints.push(complain(format!(
                    "{SERF} is the check of live agents; Consul would remove the node"
                )));
            }
            if !seen.insert(id.clone()) {
                complaints.push(complain(format!("two checks have the check_id {id:?}")));
            }
        }
        if text(check, "http").is_some() && text(check, "tcp").is_some() {
            complaints.push(complain(format!(
                "the check {called:?} sets both http and tcp; one check tests one thing"
            )));
        }
        for name in ["interval", "timeout", "deregister_critical_service_after"] {
            if let Some(duration) = text(check, name).filter(|text| nanoseconds(text).is_none()) {
                complaints.push(complain(format!(
                    "{name} of the check {called:?} is {duration:?}, which is no duration such as \"30s\""
                )));
            }
        }
    }
    complaints
}

const DURATIONS: [&str; 3] = ["interval", "timeout", "deregister_critical_service_after"];

/// What a plan says of the checks: durations stay as they were where only the spelling differs, and the status a
/// check once started with is history.
pub fn plan(planned: &Value, prior: &Value) -> Option<Value> {
    let checks = planned.get("check").and_then(Value::as_slice)?;
    let planned = checks.iter().map(|check| {
        let before = text(check, "check_id").and_then(|id| find(Some(prior), &id));
        let mut kept = check.clone();
        for name in DURATIONS {
            let (Some(old), Some(new)) = (before.and_then(|b| b.get(name)), check.get(name)) else {
                continue;
            };
            if matches!((old.as_str(), new.as_str()), (Some(old), Some(new)) if same(old, new)) {
                super::set(&mut kept, name, old.clone());
            }
        }
        if let Some(status) = before.and_then(|before| before.get("status")) {
            super::set(&mut kept, "status", status.clone());
        }
        kept
    });
    Some(planned.collect::<Vec<_>>().into())
}

/// The check of this id among the checks of a service.
pub fn find<'v>(service: Option<&'v Value>, id: &str) -> Option<&'v Value> {
    blocks(service?, "check").iter().find(|check| check.get("check_id").and_then(Value::as_str) == Some(id))
}

/// The checks as Consul has them, those known from `like` first and in its order and spelling. Others are someone
/// else's, and are only taken in if `all`.
pub fn values(found: &[&wire::Check], like: &Value, all: bool) -> Value {
    let order: BTreeMap<String, usize> = blocks(like, "check")
        .iter()
        .enumerate()
        .filter_map(|(at, c)| Some((text(c, "check_id")?, at)))
        .collect();
    let mut found: Vec<_> = found.iter().filter(|check| all || order.contains_key(&check.id)).collect();
    found.sort_by_key(|check| (order.get(&check.id).copied().unwrap_or(usize::MAX), check.id.clone()));
    found.iter().map(|check| value(check, find(Some(like), &check.id))).collect::<Vec<_>>().into()
}

fn value(found: &wire::Check, like: Option<&Value>) -> Value {
    let is = &found.definition;
    let spelled = |name: &str, text: &str| match like.and_then(|like| like.get(name)) {
        Some(old) if old.as_str().is_some_and(|old| same(old, text)) => old.clone(),
        _ if nanoseconds(text) == Some(0) && name == "deregister_critical_service_after" => Value::NULL,
        _ if text.is_empty() => "0s".into(),
        _ => text.into(),
    };
    let header = is
        .header
        .iter()
        .map(|(name, value)| Value::map([("name", Value::from(name.as_str())), ("value", from_list(value))]));
    Value::map([
        ("check_id", Value::from(found.id.as_str())),
        ("name", found.name.as_str().into()),
        ("notes", or_null(&found.notes)),
        ("status", like.and_then(|like| like.get("status")).cloned().unwrap_or(Value::NULL)),
        ("http", or_null(&is.http)),
        ("tcp", or_null(&is.tcp)),
        ("method", or_null(&is.method)),
        ("tls_skip_verify", is.tls_skip_verify.into()),
        ("interval", spelled("interval", &is.interval)),
        ("timeout", spelled("timeout", &is.timeout)),
        (
            "deregister_critical_service_after",
            spelled("deregister_critical_service_after", &is.deregister_after),
        ),
        ("header", Value::set(header.collect())),
    ])
}

fn record(node: &str, service: &str, check: &Value, status: &str, index: u64) -> Json {
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for header in blocks(check, "header") {
        let values = headers.entry(text(header, "name").unwrap_or_default()).or_default();
        values.extend(text_list(header, "value"));
    }
    let is = |name: &str| text(check, name).unwrap_or_default();
    let mut definition = json!({
        "TLSSkipVerify": check.get("tls_skip_verify").and_then(Value::as_bool).unwrap_or(false),
    });
    for (name, key) in [
        ("http", "HTTP"),
        ("tcp", "TCP"),
        ("method", "Method"),
        ("interval", "Interval"),
        ("timeout", "Timeout"),
        ("deregister_critical_service_after", "DeregisterCriticalServiceAfter"),
    ] {
        if !is(name).is_empty() {
            definition[key] = json!(is(name));
        }
    }
    if !headers.is_empty() {
        definition["Header"] = json!(headers);
    }
    json!({
        "Node": node,
        "CheckID": is("check_id"),
        "Name": is("name"),
        "Notes": is("notes"),
        "Status": status,
        "ServiceID": service,
        "Definition": definition,
        "ModifyIndex": index,
    })
}

fn set(node: &str, service: &str, check: &Value, status: &str, index: u64) -> Op {
    let check = record(node, service, check, status, index);
    Op { body: json!({"Check": {"Verb": "cas", "Check": check}}), answers: true }
}

/// The operations that make the checks of a new service.
pub fn create(node: &str, service: &str, planned: &Value) -> Vec<Op> {
    let first = |check: &Value| text(check, "status").unwrap_or_else(|| "critical".into());
    blocks(planned, "check").iter().map(|check| set(node, service, check, &first(check), 0)).collect()
}

/// The operations that turn the checks of `prior` into those planned. What is there now gives the status, which stays
/// as it is, and the index.
pub fn update(node: &str, service: &str, prior: &Value, planned: &Value, found: &[&wire::Check]) -> Vec<Op> {
    let mut ops = Vec::new();
    let now = |id: &str| found.iter().find(|check| check.id == id);
    for check in blocks(planned, "check") {
        let id = text(check, "check_id").unwrap_or_default();
        if find(Some(prior), &id) == Some(check) {
            continue;
        }
        ops.push(match now(&id) {
            Some(found) => set(node, service, check, &found.status, found.modify_index),
            None => set(node, service, check, &text(check, "status").unwrap_or_else(|| "critical".into()), 0),
        });
    }
    for check in blocks(prior, "check") {
        let id = text(check, "check_id").unwrap_or_default();
        if find(Some(planned), &id).is_none()
            && let Some(found) = now(&id)
        {
            let check = json!({"Node": node, "CheckID": id, "ModifyIndex": found.modify_index});
            ops.push(Op { body: json!({"Check": {"Verb": "delete-cas", "Check": check}}), answers: false });
        }
    }
    ops
}

/// Whether an update must know the checks as they are now.
pub fn changes(prior: &Value, planned: &Value) -> bool {
    blocks(prior, "check") != blocks(planned, "check")
}
