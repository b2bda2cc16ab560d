//! `data "consul_service_health"`: the instances of a service with their nodes and checks as they are now.

use std::time::{Duration, Instant};

use serde::Deserialize;

use super::nodes::{node_type, node_value};
use super::{
    Client, Query, Trouble, datacenter_attribute, near_attribute, node_meta_attribute, reply, schema_of,
};
use crate::base::schema::{Attribute, Schema};
use crate::base::types::{StringType, Type, TypeKind};
use crate::base::value::Value;
use crate::world::consul::duration::{PATTERN, nanoseconds};
use crate::world::consul::resources::name_type;
use crate::world::consul::values::{from_list, from_map, text};
use crate::world::consul::wire::{Check, Node, Service};

pub fn schema() -> Schema {
    let service = Type::object([
        ("id", Type::string()),
        ("name", Type::string()),
        ("address", Type::string()),
        ("port", Type::int()),
        ("tags", Type::list(Type::string())),
        ("meta", Type::map(Type::string())),
    ]);
    let check = Type::object([
        ("node", Type::string()),
        ("id", Type::string()),
        ("name", Type::string()),
        ("status", Type::string()),
        ("notes", Type::string()),
        ("output", Type::string()),
        ("service_id", Type::string()),
        ("service_name", Type::string()),
    ]);
    let result = Type::object([("node", node_type()), ("service", service), ("checks", Type::list(check))]);
    let duration =
        TypeKind::String(StringType { pattern: Some(PATTERN.into()), ..StringType::default() }.into());
    schema_of(
        "The instances of a service with their nodes and checks.",
        [
            ("name", Attribute::required(name_type())),
            ("tag", Attribute::optional(Type::string()).docs("Only instances with this tag.")),
            (
                "passing",
                Attribute::optional(Type::bool())
                    .default(true)
                    .docs("Only instances all of whose checks pass."),
            ),
            (
                "wait_for",
                Attribute::optional(duration.into())
                    .docs("How long to wait for the first one that passes: `1m`."),
            ),
            ("datacenter", datacenter_attribute()),
            ("near", near_attribute()),
            ("node_meta", node_meta_attribute()),
            ("results", Attribute::computed(Type::list(result)).docs("By node and id.")),
        ],
        [],
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    node: Node,
    service: Service,
    #[serde(default)]
    checks: Option<Vec<Check>>,
}

pub async fn read(client: &Client, config: &Value) -> Result<Value, Trouble> {
    let query = Query::new(client, config).await?;
    let name = text(config, "name").unwrap_or_default();
    let passing = config.get("passing").and_then(Value::as_bool).unwrap_or(true);
    let wait = text(config, "wait_for").filter(|_| passing).and_then(|wait| nanoseconds(&wait)).unwrap_or(0);
    let wait = Duration::from_nanos(wait);
    let mut pairs = query.pairs();
    if passing {
        pairs.push(("passing", "true"));
    }
    let begun = Instant::now();
    let mut found = loop {
        let found: Option<Vec<Entry>> = client.get(&["health", "service", &name], &pairs).await?;
        let found = found.unwrap_or_default();
        if !found.is_empty() || wait.is_zero() {
            break found;
        }
        if begun.elapsed() >= wait {
            return Err(Trouble::permanent(format!(
                "no instance of {name:?} has passed its checks in {wait:?}"
            ))
            .help("look at its checks, or wait longer: wait_for"));
        }
        tokio::time::sleep(Duration::from_millis(500).min(wait)).await;
    };
    if config.get("near").is_none_or(Value::is_null) {
        found.sort_by(|a, b| (&a.node.node, &a.service.id).cmp(&(&b.node.node, &b.service.id)));
    }
    let results: Vec<Value> = found.iter().map(result).collect();
    Ok(reply(
        &schema(),
        config,
        [("datacenter", query.datacenter.as_str().into()), ("results", results.into())],
    ))
}

fn result(entry: &Entry) -> Value {
    let of = &entry.service;
    let service = Value::map([
        ("id", Value::from(of.id.as_str())),
        ("name", of.service.as_str().into()),
        ("address", of.address.as_str().into()),
        ("port", of.port.into()),
        ("tags", from_list(&of.tags)),
        ("meta", from_map(&of.meta)),
    ]);
    let checks = entry.checks.iter().flatten().map(|check| {
        Value::map([
            ("node", Value::from(check.node.as_str())),
            ("id", check.id.as_str().into()),
            ("name", check.name.as_str().into()),
            ("status", check.status.as_str().into()),
            ("notes", check.notes.as_str().into()),
            ("output", check.output.as_str().into()),
            ("service_id", check.service_id.as_str().into()),
            ("service_name", check.service_name.as_str().into()),
        ])
    });
    let checks: Vec<Value> = checks.collect();
    Value::map([("node", node_value(&entry.node)), ("service", service), ("checks", checks.into())])
}
