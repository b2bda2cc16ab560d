//! `data "consul_nodes"`: the nodes of the catalog.

use super::{
    Client, Query, Trouble, datacenter_attribute, near_attribute, node_meta_attribute, reply, schema_of,
};
use crate::base::schema::{Attribute, Schema};
use crate::base::types::Type;
use crate::base::value::Value;
use crate::world::consul::values::{from_list, from_map};
use crate::world::consul::wire::Node;

/// The type of a node as data sources show it.
pub fn node_type() -> Type {
    Type::object([
        ("id", Type::string()),
        ("name", Type::string()),
        ("address", Type::string()),
        ("datacenter", Type::string()),
        ("meta", Type::map(Type::string())),
        ("tagged_addresses", Type::map(Type::string())),
    ])
}

/// A node as data sources show it; an external node's id is its name.
pub fn node_value(node: &Node) -> Value {
    let id = if node.id.is_empty() { &node.node } else { &node.id };
    Value::map([
        ("id", Value::from(id.as_str())),
        ("name", node.node.as_str().into()),
        ("address", node.address.as_str().into()),
        ("datacenter", node.datacenter.as_str().into()),
        ("meta", from_map(&node.meta)),
        ("tagged_addresses", from_map(&node.tagged_addresses)),
    ])
}

pub fn schema() -> Schema {
    let names = || Attribute::computed(Type::list(Type::string()));
    schema_of(
        "The nodes of the catalog.",
        [
            ("datacenter", datacenter_attribute()),
            ("near", near_attribute()),
            ("node_meta", node_meta_attribute()),
            ("node_ids", names()),
            ("node_names", names()),
            ("nodes", Attribute::computed(Type::list(node_type()))),
        ],
        [],
    )
}

pub async fn read(client: &Client, config: &Value) -> Result<Value, Trouble> {
    let query = Query::new(client, config).await?;
    let mut nodes: Vec<Node> = client.get(&["catalog", "nodes"], &query.pairs()).await?.unwrap_or_default();
    if config.get("near").is_none_or(Value::is_null) {
        nodes.sort_by(|a, b| a.node.cmp(&b.node));
    }
    let ids: Vec<String> = nodes
        .iter()
        .map(|node| if node.id.is_empty() { node.node.clone() } else { node.id.clone() })
        .collect();
    let names: Vec<String> = nodes.iter().map(|node| node.node.clone()).collect();
    Ok(reply(
        &schema(),
        config,
        [
            ("datacenter", query.datacenter.as_str().into()),
            ("node_ids", from_list(&ids)),
            ("node_names", from_list(&names)),
            ("nodes", nodes.iter().map(node_value).collect::<Vec<_>>().into()),
        ],
    ))
}
