//! The records the agent keeps, in the names and the order in which Consul writes them.

use super::duration;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Consul tells absent from empty in tags and metadata, so an absent one stays `None`.
pub(super) type Texts = Option<Vec<String>>;
/// See [`Texts`].
pub(super) type Meta = Option<BTreeMap<String, String>>;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Node {
    #[serde(rename = "ID")]
    pub(super) id: String,
    pub(super) node: String,
    pub(super) address: String,
    pub(super) datacenter: String,
    pub(super) tagged_addresses: Meta,
    pub(super) meta: Meta,
    pub(super) create_index: u64,
    pub(super) modify_index: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct ServiceAddress {
    pub(super) address: String,
    pub(super) port: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Weights {
    pub(super) passing: i64,
    pub(super) warning: i64,
}

/// A service instance on a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Service {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) kind: String,
    #[serde(rename = "ID")]
    pub(super) id: String,
    pub(super) service: String,
    pub(super) tags: Texts,
    pub(super) address: String,
    #[serde(skip_serializing_if = "none_or_empty")]
    pub(super) tagged_addresses: Option<BTreeMap<String, ServiceAddress>>,
    pub(super) meta: Meta,
    pub(super) port: i64,
    pub(super) weights: Option<Weights>,
    pub(super) enable_tag_override: bool,
    #[serde(serialize_with = "with_proxy_defaults", deserialize_with = "keep")]
    pub(super) proxy: Map<String, Value>,
    #[serde(serialize_with = "without_zeros", deserialize_with = "keep")]
    pub(super) connect: Map<String, Value>,
    pub(super) create_index: u64,
    pub(super) modify_index: u64,
}

/// A service with the node's name as it was spelt when the service was registered: renaming a node by another
/// spelling of its name does not touch its services.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct PlacedService {
    pub(super) node: String,
    pub(super) service: Service,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Check {
    pub(super) node: String,
    #[serde(rename = "CheckID")]
    pub(super) check_id: String,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) notes: String,
    pub(super) output: String,
    #[serde(rename = "ServiceID")]
    pub(super) service_id: String,
    pub(super) service_name: String,
    pub(super) service_tags: Texts,
    #[serde(rename = "Type")]
    pub(super) kind: String,
    pub(super) definition: Definition,
    pub(super) create_index: u64,
    pub(super) modify_index: u64,
}

/// What a check does. An outside monitor reads it; Consul itself only keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Definition {
    #[serde(
        serialize_with = "as_go_duration",
        skip_serializing_if = "is_zero",
        deserialize_with = "go_duration"
    )]
    pub(super) interval: i64,
    #[serde(
        serialize_with = "as_go_duration",
        skip_serializing_if = "is_zero",
        deserialize_with = "go_duration"
    )]
    pub(super) timeout: i64,
    #[serde(
        serialize_with = "as_go_duration",
        skip_serializing_if = "is_zero",
        deserialize_with = "go_duration"
    )]
    pub(super) deregister_critical_service_after: i64,
    #[serde(rename = "HTTP", skip_serializing_if = "String::is_empty")]
    pub(super) http: String,
    #[serde(rename = "TLSSkipVerify", skip_serializing_if = "is_false")]
    pub(super) tls_skip_verify: bool,
    #[serde(skip_serializing_if = "none_or_empty")]
    pub(super) header: Option<BTreeMap<String, Vec<String>>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) method: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) body: String,
    #[serde(rename = "TCP", skip_serializing_if = "String::is_empty")]
    pub(super) tcp: String,
}

/// A key and its value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Entry {
    pub(super) lock_index: u64,
    pub(super) key: String,
    pub(super) flags: u64,
    /// As base64, the way it travels; an empty value is `None` and reads as null.
    pub(super) value: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) session: String,
    pub(super) create_index: u64,
    pub(super) modify_index: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Session {
    #[serde(rename = "ID")]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) node: String,
    /// Nanoseconds.
    pub(super) lock_delay: i64,
    pub(super) behavior: String,
    #[serde(rename = "TTL")]
    pub(super) ttl: String,
    pub(super) node_checks: Texts,
    pub(super) service_checks: Option<Vec<Value>>,
    pub(super) create_index: u64,
    pub(super) modify_index: u64,
}

impl Service {
    /// What `catalog/service/:name` says: the node's and the service's fields in one record.
    pub(super) fn beside_node(&self, named: &str, node: Option<&Node>) -> Value {
        let node = node.cloned().unwrap_or_default();
        let mut out = json!({
            "ID": node.id,
            "Node": named,
            "Address": node.address,
            "Datacenter": node.datacenter,
            "TaggedAddresses": node.tagged_addresses,
            "NodeMeta": node.meta,
            "ServiceKind": self.kind,
            "ServiceID": self.id,
            "ServiceName": self.service,
            "ServiceTags": self.tags.clone().unwrap_or_default(),
            "ServiceAddress": self.address,
            "ServiceWeights": self.weights(),
            "ServiceMeta": self.meta.clone().unwrap_or_default(),
            "ServicePort": self.port,
            "ServiceEnableTagOverride": self.enable_tag_override,
            "ServiceProxy": proxy_with_defaults(&self.proxy),
            "ServiceConnect": kept(&self.connect),
            "CreateIndex": self.create_index,
            "ModifyIndex": self.modify_index,
        });
        if let (Some(addresses), Some(out)) = (&self.tagged_addresses, out.as_object_mut())
            && !addresses.is_empty()
        {
            out.insert("ServiceTaggedAddresses".to_string(), json!(addresses));
        }
        out
    }

    /// As read back from the catalog, where absent tags are an empty list.
    pub(super) fn with_tags(&self) -> Service {
        let mut service = self.clone();
        service.tags.get_or_insert_default();
        service
    }

    /// Its weights, which are never absent once it is registered.
    pub(super) fn weights(&self) -> Weights {
        self.weights.unwrap_or(Weights { passing: 1, warning: 1 })
    }

    /// Whether it has all these tags; case does not matter.
    pub(super) fn has_tags(&self, tags: &[String]) -> bool {
        let own = self.tags.as_deref().unwrap_or_default();
        tags.iter().all(|tag| own.iter().any(|own| own.to_lowercase() == tag.to_lowercase()))
    }
}

impl Check {
    /// As read back from the catalog, where absent tags are an empty list.
    pub(super) fn with_tags(&self) -> Check {
        let mut check = self.clone();
        check.service_tags.get_or_insert_default();
        check
    }
}

/// Whether metadata holds all these pairs.
pub(super) fn has_meta(meta: &Meta, wanted: &[(String, String)]) -> bool {
    wanted.iter().all(|(key, value)| meta.as_ref().is_some_and(|meta| meta.get(key) == Some(value)))
}

fn none_or_empty<V>(map: &Option<BTreeMap<String, V>>) -> bool {
    map.as_ref().is_none_or(BTreeMap::is_empty)
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Go leaves out what is zero.
fn kept(map: &Map<String, Value>) -> Map<String, Value> {
    let zero = |value: &Value| match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
    };
    map.iter().filter(|(_, value)| !zero(value)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn proxy_with_defaults(map: &Map<String, Value>) -> Map<String, Value> {
    let mut out = kept(map);
    for name in ["MeshGateway", "Expose"] {
        out.entry(name).or_insert_with(|| json!({}));
    }
    out
}

fn with_proxy_defaults<S: Serializer>(map: &Map<String, Value>, out: S) -> Result<S::Ok, S::Error> {
    proxy_with_defaults(map).serialize(out)
}

fn without_zeros<S: Serializer>(map: &Map<String, Value>, out: S) -> Result<S::Ok, S::Error> {
    kept(map).serialize(out)
}

/// Kept without its zeros, so that two ways to say the same are equal.
fn keep<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Map<String, Value>, D::Error> {
    Ok(kept(&Map::deserialize(from)?))
}

fn as_go_duration<S: Serializer>(nanoseconds: &i64, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&duration::format(*nanoseconds))
}

/// Either form: nanoseconds from a decoded request, text from the journal.
fn go_duration<'de, D: serde::Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    match Value::deserialize(from)? {
        Value::String(text) => duration::parse(&text).map_err(serde::de::Error::custom),
        value => Ok(value.as_i64().unwrap_or(0)),
    }
}
