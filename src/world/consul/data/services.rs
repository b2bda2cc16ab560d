//! `data "consul_service"`: the instances of one service; `data "consul_services"`: the names of all.

use std::collections::BTreeMap;

use super::{
    Client, Query, Trouble, datacenter_attribute, near_attribute, node_meta_attribute, reply, schema_of,
};
use crate::base::schema::{Attribute, Schema};
use crate::base::types::Type;
use crate::base::value::Value;
use crate::world::consul::resources::name_type;
use crate::world::consul::values::{from_list, from_map, text};
use crate::world::consul::wire::CatalogService;

pub fn one_schema() -> Schema {
    let instance = Type::object([
        ("id", Type::string()),
        ("name", Type::string()),
        ("address", Type::string()),
        ("port", Type::int()),
        ("tags", Type::list(Type::string())),
        ("meta", Type::map(Type::string())),
        ("enable_tag_override", Type::bool()),
        ("node_id", Type::string()),
        ("node_name", Type::string()),
        ("node_address", Type::string()),
        ("node_meta", Type::map(Type::string())),
        ("tagged_addresses", Type::map(Type::string())),
        ("create_index", Type::int()),
        ("modify_index", Type::int()),
    ]);
    let docs = "Its instances, by node and id. The address is the node's where the service has none.";
    schema_of(
        "The instances of one service.",
        [
            ("name", Attribute::required(name_type())),
            ("tag", Attribute::optional(Type::string()).docs("Only instances with this tag.")),
            ("datacenter", datacenter_attribute()),
            ("near", near_attribute()),
            ("node_meta", node_meta_attribute()),
            ("service", Attribute::computed(Type::list(instance)).docs(docs)),
        ],
        [],
    )
}

pub async fn read_one(client: &Client, config: &Value) -> Result<Value, Trouble> {
    let query = Query::new(client, config).await?;
    let name = text(config, "name").unwrap_or_default();
    let found: Option<Vec<CatalogService>> =
        client.get(&["catalog", "service", &name], &query.pairs()).await?;
    let mut found = found.unwrap_or_default();
    if config.get("near").is_none_or(Value::is_null) {
        found.sort_by(|a, b| (&a.node, &a.id).cmp(&(&b.node, &b.id)));
    }
    let index = |index: u64| Value::from(i64::try_from(index).unwrap_or(i64::MAX));
    let instances = found.iter().map(|of| {
        let address = if of.address.is_empty() { &of.node_address } else { &of.address };
        Value::map([
            ("id", Value::from(of.id.as_str())),
            ("name", of.service.as_str().into()),
            ("address", address.as_str().into()),
            ("port", of.port.into()),
            ("tags", from_list(&of.tags)),
            ("meta", from_map(&of.meta)),
            ("enable_tag_override", of.enable_tag_override.into()),
            ("node_id", of.node_id.as_str().into()),
            ("node_name", of.node.as_str().into()),
            ("node_address", of.node_address.as_str().into()),
            ("node_meta", from_map(&of.node_meta)),
            ("tagged_addresses", from_map(&of.node_tagged_addresses)),
            ("create_index", index(of.create_index)),
            ("modify_index", index(of.modify_index)),
        ])
    });
    let instances = instances.collect::<Vec<_>>().into();
    let datacenter = query.datacenter.as_str().into();
    Ok(reply(&one_schema(), config, [("datacenter", datacenter), ("service", instances)]))
}

pub fn all_schema() -> Schema {
    let tags = Type::map(Type::list(Type::string()));
    schema_of(
        "The names of all services.",
        [
            ("datacenter", datacenter_attribute()),
            ("node_meta", node_meta_attribute()),
            ("names", Attribute::computed(Type::list(Type::string())).docs("Sorted.")),
            ("services", Attribute::computed(tags).docs("The tags of each service's instances, sorted.")),
        ],
        [],
    )
}

pub async fn read_all(client: &Client, config: &Value) -> Result<Value, Trouble> {
    let query = Query::new(client, config).await?;
    let found: Option<BTreeMap<String, Vec<String>>> =
        client.get(&["catalog", "services"], &query.pairs()).await?;
    let mut found = found.unwrap_or_default();
    found.values_mut().for_each(|tags| tags.sort());
    let names: Vec<String> = found.keys().cloned().collect();
    let services = found.iter().map(|(name, tags)| (crate::base::Text::from(name.as_str()), from_list(tags)));
    Ok(reply(
        &all_schema(),
        config,
        [
            ("datacenter", query.datacenter.as_str().into()),
            ("names", from_list(&names)),
            ("services", Value::map(services)),
        ],
    ))
}
