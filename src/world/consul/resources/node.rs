//! `consul_node`: an external node of the catalog.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

use super::{Context, Op, decode, encode, name_type, refuse_change};
use crate::base::schema::{Attribute, BlockSchema, Schema};
use crate::base::types::Type;
use crate::base::value::Value;
use crate::engine::provider::{Complaint, Object, PlanReply, PlanRequest};
use crate::world::consul::catalog::{SERF, View};
use crate::world::consul::trouble::Trouble;
use crate::world::consul::values::{empty_map, from_map, text, text_map};
use crate::world::consul::wire;

/// Its name.
pub const KIND: &str = "consul_node";

/// What is kept beside the attributes.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// The raft index it was last seen at.
    index: u64,
    /// What an update has to send again so that it is not lost.
    #[serde(skip_serializing_if = "String::is_empty")]
    id: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tagged_addresses: BTreeMap<String, String>,
}

/// Its schema.
pub fn schema() -> Schema {
    let datacenter = "Where it is registered. Default: the provider's datacenter.";
    let attributes = [
        (
            "name",
            Attribute::required(name_type())
                .forces_replacement()
                .docs("Unique in its datacenter, whatever its case."),
        ),
        ("address", Attribute::required(name_type()).docs("An IP address or host name.")),
        (
            "meta",
            Attribute::optional(Type::map(Type::string())).default(empty_map()).docs("Free-form metadata."),
        ),
        ("datacenter", Attribute::optional_computed(Type::string()).forces_replacement().docs(datacenter)),
        ("id", Attribute::computed(Type::string()).docs("Its name.")),
    ];
    let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    let docs = "A node of the catalog that runs no Consul agent: the place that external services are registered at.";
    Schema::new(BlockSchema { attributes, ..BlockSchema::default() }, docs)
        .identified_by(["name", "datacenter"])
}

/// Which node it is.
pub fn name(attributes: &Value) -> String {
    text(attributes, "name").unwrap_or_default()
}

/// Further rules.
pub fn validate(config: &Value) -> Vec<Complaint> {
    super::check_name(config, "name", "a node's name").into_iter().collect()
}

/// Fills in what is decided here.
pub fn plan(request: &PlanRequest, mut reply: PlanReply, context: &Context) -> PlanReply {
    super::plan_datacenter(request, &mut reply, context);
    super::set_if_unknown(&mut reply.planned, "id", |planned| planned.get("name").cloned());
    reply
}

/// As Consul has it.
pub fn object(found: &wire::Node) -> Object {
    let attributes = Value::map([
        ("name", Value::from(found.node.as_str())),
        ("address", Value::from(found.address.as_str())),
        ("meta", from_map(&found.meta)),
        ("datacenter", Value::from(found.datacenter.as_str())),
        ("id", Value::from(found.node.as_str())),
    ]);
    let kept = Kept {
        index: found.modify_index,
        id: found.id.clone(),
        tagged_addresses: found.tagged_addresses.clone(),
    };
    encode(attributes, &kept)
}

fn record(planned: &Value, index: u64, kept: &Kept) -> Json {
    let mut node = json!({
        "Node": name(planned),
        "Address": text(planned, "address").unwrap_or_default(),
        "Meta": text_map(planned, "meta"),
        "ModifyIndex": index,
    });
    if !kept.id.is_empty() {
        node["ID"] = json!(kept.id);
    }
    if !kept.tagged_addresses.is_empty() {
        node["TaggedAddresses"] = json!(kept.tagged_addresses);
    }
    node
}

/// The operation that makes it, unless a node of that name is there.
pub fn create(planned: &Value) -> Vec<Op> {
    let node = record(planned, 0, &Kept::default());
    vec![Op { body: json!({"Node": {"Verb": "cas", "Node": node}}), answers: true }]
}

/// The operation that changes it, unless someone else has.
pub fn update(prior: &Object, planned: &Value, view: &View) -> Result<Vec<Op>, Trouble> {
    let mut kept: Kept = decode(prior);
    if kept.index == 0 {
        let found = view.node(&name(&prior.attributes)).ok_or_else(|| Trouble::conflict("it is gone"))?;
        refuse_change(prior, &object(found))?;
        kept = decode(&object(found));
    }
    let node = record(planned, kept.index, &kept);
    Ok(vec![Op { body: json!({"Node": {"Verb": "cas", "Node": node}}), answers: true }])
}

/// The operation that removes it; refuses while anything is registered there, for it would go too. None if it is
/// gone already.
pub fn delete(prior: &Object, view: &View) -> Result<Vec<Op>, Trouble> {
    let name = name(&prior.attributes);
    let Some(found) = view.node(&name) else { return Ok(Vec::new()) };
    let services: Vec<&str> = view.services(&name).map(|service| service.id.as_str()).collect();
    if !services.is_empty() {
        let (some, more) = services.split_at(services.len().min(5));
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        return Err(Trouble::permanent(format!(
            "services that would vanish with it are registered at it: {}{more}",
            some.join(", ")
        ))
        .help("deregister them first; where they are resources of this configuration, write node = consul_node.….name so that they go before their node"));
    }
    if view.checks(&name).iter().any(|check| check.id == SERF) {
        return Err(Trouble::permanent("it is the node of a live agent")
            .help("stop that agent, or take the node out of the state with `prov state rm`"));
    }
    if let Some(check) = view.checks(&name).first() {
        return Err(Trouble::permanent(format!(
            "a check that would vanish with it is registered at it: {}",
            check.id
        ))
        .help("deregister the check first"));
    }
    let kept: Kept = decode(prior);
    let index = if kept.index == 0 {
        refuse_change(prior, &object(found))?;
        found.modify_index
    } else {
        kept.index
    };
    let node = json!({"Node": name, "ModifyIndex": index});
    Ok(vec![Op { body: json!({"Node": {"Verb": "delete-cas", "Node": node}}), answers: false }])
}
