//! What Consul's HTTP API says, as far as it is understood here. Fields may be missing or null.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

macro_rules! record {
    ($(#[$docs:meta])* $name:ident { $($(#[$of:meta])* $field:ident: $ty:ty = $key:literal,)* }) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$of])* #[serde(rename = $key, deserialize_with = "nullable")] pub $field: $ty,)*
        }
    };
}

record! {
    /// A node of the catalog.
    Node {
        /// Its UUID; empty for most external nodes.
        id: String = "ID",
        /// Its name.
        node: String = "Node",
        /// Its address.
        address: String = "Address",
        /// Where it is.
        datacenter: String = "Datacenter",
        /// Further addresses.
        tagged_addresses: BTreeMap<String, String> = "TaggedAddresses",
        /// Free-form metadata.
        meta: BTreeMap<String, String> = "Meta",
        /// The raft index of its last change.
        modify_index: u64 = "ModifyIndex",
    }
}

record! {
    /// A service as `catalog/node/:node` and transactions show it.
    Service {
        /// Its id, unique on its node.
        id: String = "ID",
        /// Its name.
        service: String = "Service",
        /// Tags, in order.
        tags: Vec<String> = "Tags",
        /// Its address; empty for the node's.
        address: String = "Address",
        /// Free-form metadata.
        meta: BTreeMap<String, String> = "Meta",
        /// Its port; 0 for none.
        port: i64 = "Port",
        /// How much of the traffic it gets.
        weights: Weights = "Weights",
        /// Whether others may change its tags.
        enable_tag_override: bool = "EnableTagOverride",
        /// Of mesh proxies and gateways.
        kind: String = "Kind",
        /// Of mesh proxies.
        proxy: Json = "Proxy",
        /// Of services in the mesh.
        connect: Json = "Connect",
        /// Further addresses.
        tagged_addresses: Json = "TaggedAddresses",
        /// The raft index of its last change.
        modify_index: u64 = "ModifyIndex",
    }
}

record! {
    /// A service as `catalog/service/:name` shows it: with its node.
    CatalogService {
        /// The node's UUID.
        node_id: String = "ID",
        /// The node's name.
        node: String = "Node",
        /// The node's address.
        node_address: String = "Address",
        /// Where it is.
        datacenter: String = "Datacenter",
        /// Further addresses of the node.
        node_tagged_addresses: BTreeMap<String, String> = "TaggedAddresses",
        /// The node's metadata.
        node_meta: BTreeMap<String, String> = "NodeMeta",
        /// Its id.
        id: String = "ServiceID",
        /// Its name.
        service: String = "ServiceName",
        /// Tags, in order.
        tags: Vec<String> = "ServiceTags",
        /// Its address.
        address: String = "ServiceAddress",
        /// Its metadata.
        meta: BTreeMap<String, String> = "ServiceMeta",
        /// Its port.
        port: i64 = "ServicePort",
        /// How much of the traffic it gets.
        weights: Weights = "ServiceWeights",
        /// Whether others may change its tags.
        enable_tag_override: bool = "ServiceEnableTagOverride",
        /// Of mesh proxies and gateways.
        kind: String = "ServiceKind",
        /// Of mesh proxies.
        proxy: Json = "ServiceProxy",
        /// Of services in the mesh.
        connect: Json = "ServiceConnect",
        /// Further addresses.
        tagged_addresses: Json = "ServiceTaggedAddresses",
        /// The raft index of its creation.
        create_index: u64 = "CreateIndex",
        /// The raft index of its last change.
        modify_index: u64 = "ModifyIndex",
    }
}

record! {
    /// What `catalog/node/:node` answers.
    NodeServices {
        /// The node.
        node: Node = "Node",
        /// Its services by id.
        services: BTreeMap<String, Service> = "Services",
    }
}

record! {
    /// A health check.
    Check {
        /// The node it is on.
        node: String = "Node",
        /// Its id, unique on its node.
        id: String = "CheckID",
        /// Its name.
        name: String = "Name",
        /// `passing`, `warning` or `critical`.
        status: String = "Status",
        /// For people.
        notes: String = "Notes",
        /// What the last run said.
        output: String = "Output",
        /// The service it is about; empty for the node itself.
        service_id: String = "ServiceID",
        /// The name of that service.
        service_name: String = "ServiceName",
        /// How it is made.
        definition: Definition = "Definition",
        /// The raft index of its last change.
        modify_index: u64 = "ModifyIndex",
    }
}

record! {
    /// How a check is made.
    Definition {
        /// A URL to get.
        http: String = "HTTP",
        /// A host and port to connect to.
        tcp: String = "TCP",
        /// Headers to send.
        header: BTreeMap<String, Vec<String>> = "Header",
        /// The HTTP method.
        method: String = "Method",
        /// Accept any certificate.
        tls_skip_verify: bool = "TLSSkipVerify",
        /// How often.
        interval: String = "Interval",
        /// How long one run may take.
        timeout: String = "Timeout",
        /// How long it may fail before its service is removed.
        deregister_after: String = "DeregisterCriticalServiceAfter",
    }
}

record! {
    /// A key of the key-value store.
    Key {
        /// Its full name.
        key: String = "Key",
        /// Its value in base64.
        value: String = "Value",
        /// A number kept with it.
        flags: u64 = "Flags",
        /// The raft index of its last change.
        modify_index: u64 = "ModifyIndex",
    }
}

record! {
    /// What one operation of a transaction gave; one of the fields.
    TxnResult {
        /// A key.
        kv: Option<Key> = "KV",
        /// A node.
        node: Option<Node> = "Node",
        /// A service.
        service: Option<Service> = "Service",
        /// A check.
        check: Option<Check> = "Check",
    }
}

record! {
    /// Why an operation could not be done.
    TxnError {
        /// Which one.
        op: usize = "OpIndex",
        /// Why.
        what: String = "What",
    }
}

record! {
    /// What `txn` answers.
    TxnAnswer {
        /// What was done.
        results: Vec<TxnResult> = "Results",
        /// Why nothing was.
        errors: Vec<TxnError> = "Errors",
    }
}

/// How much of the traffic a service gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Weights {
    /// While its checks pass.
    pub passing: i64,
    /// While they warn.
    pub warning: i64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { passing: 1, warning: 1 }
    }
}

impl Service {
    /// Whether it has what a transaction would silently drop: it is part of a mesh or has further addresses.
    pub fn has_more(&self) -> bool {
        !(self.kind.is_empty()
            && [&self.proxy, &self.connect, &self.tagged_addresses].iter().all(|v| blank(v)))
    }
}

impl CatalogService {
    /// Without its node.
    pub fn to_service(&self) -> Service {
        let of = self.clone();
        Service {
            id: of.id,
            service: of.service,
            tags: of.tags,
            address: of.address,
            meta: of.meta,
            port: of.port,
            weights: of.weights,
            enable_tag_override: of.enable_tag_override,
            kind: of.kind,
            proxy: of.proxy,
            connect: of.connect,
            tagged_addresses: of.tagged_addresses,
            modify_index: of.modify_index,
        }
    }
}

/// Whether nothing in it is set.
fn blank(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(value) => !value,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(values) => values.iter().all(blank),
        Json::Object(entries) => entries.values().all(blank),
    }
}
