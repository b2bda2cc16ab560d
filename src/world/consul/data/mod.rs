//! The data sources, one file each for what belongs together.

mod datacenters;
mod health;
mod keys;
mod nodes;
mod services;

use crate::base::Text;
use crate::base::schema::{Attribute, BlockSchema, NestedBlock, Nesting, ProviderSchema, Schema};
use crate::base::types::Type;
use crate::base::value::Value;

pub use keys::below;

use super::client::Client;
use super::trouble::Trouble;
use super::values::{blocks, empty_map, text, text_map};

/// Adds all data sources to the schema.
pub fn register(schema: &mut ProviderSchema) {
    for (kind, of) in [
        ("consul_nodes", nodes::schema()),
        ("consul_service", services::one_schema()),
        ("consul_services", services::all_schema()),
        ("consul_service_health", health::schema()),
        ("consul_keys", keys::schema()),
        ("consul_key_prefix", keys::prefix_schema()),
        ("consul_datacenters", datacenters::schema()),
    ] {
        schema.data.insert(kind.into(), of.into());
    }
}

/// Reads a data source.
pub async fn read(client: &Client, kind: &str, config: &Value) -> Result<Value, Trouble> {
    // With ACLs on and a token that is not known, lists come back empty.
    client.acl().await?;
    match kind {
        "consul_nodes" => nodes::read(client, config).await,
        "consul_service" => services::read_one(client, config).await,
        "consul_services" => services::read_all(client, config).await,
        "consul_service_health" => health::read(client, config).await,
        "consul_keys" => keys::read(client, config).await,
        "consul_key_prefix" => keys::read_prefix(client, config).await,
        "consul_datacenters" => datacenters::read(client).await,
        _ => Err(Trouble::permanent(format!("the provider consul has no data source {kind:?}"))),
    }
}

/// A schema of attributes and blocks.
fn schema_of<const A: usize, const B: usize>(
    docs: &str,
    attributes: [(&str, Attribute); A],
    blocks: [(&str, NestedBlock); B],
) -> Schema {
    let attributes = attributes.into_iter().map(|(name, attribute)| (Text::from(name), attribute)).collect();
    let blocks = blocks.into_iter().map(|(name, block)| (Text::from(name), block)).collect();
    Schema::new(BlockSchema { attributes, blocks }, docs)
}

fn block_of<const A: usize>(nesting: Nesting, docs: &str, attributes: [(&str, Attribute); A]) -> NestedBlock {
    let attributes = attributes.into_iter().map(|(name, attribute)| (Text::from(name), attribute)).collect();
    NestedBlock {
        nesting,
        min: 0,
        max: None,
        block: BlockSchema { attributes, ..BlockSchema::default() },
        docs: docs.into(),
    }
}

/// Where a data source looks.
fn datacenter_attribute() -> Attribute {
    Attribute::optional_computed(Type::string()).docs("Where to look. Default: the provider's datacenter.")
}

/// `near` and `node_meta`, which narrow and order lists.
fn near_attribute() -> Attribute {
    Attribute::optional(Type::string())
        .docs("Sort by distance from this node; `_agent` for the one that is asked.")
}

fn node_meta_attribute() -> Attribute {
    let docs = "Only nodes with this metadata.";
    Attribute::optional(Type::map(Type::string())).default(empty_map()).docs(docs)
}

/// What narrows a query, from the arguments of a data source.
struct Query {
    datacenter: String,
    pairs: Vec<(&'static str, String)>,
}

impl Query {
    async fn new(client: &Client, config: &Value) -> Result<Self, Trouble> {
        let datacenter = match text(config, "datacenter").filter(|datacenter| !datacenter.is_empty()) {
            Some(datacenter) => datacenter,
            None => client.default_datacenter().await?,
        };
        let mut pairs = vec![("dc", datacenter.clone())];
        pairs.extend(["near", "tag"].into_iter().filter_map(|name| Some((name, text(config, name)?))));
        let meta = text_map(config, "node_meta").into_iter();
        pairs.extend(meta.map(|(key, value)| ("node-meta", format!("{key}:{value}"))));
        Ok(Self { datacenter, pairs })
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        self.pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}

/// The arguments as given, with defaults, and what was found.
fn reply<const N: usize>(schema: &Schema, config: &Value, found: [(&str, Value); N]) -> Value {
    let mut found: std::collections::BTreeMap<&str, Value> = found.into_iter().collect();
    let block = &schema.block;
    let attributes = block.attributes.iter().map(|(name, attribute)| {
        let given = config.get(name).filter(|value| !value.is_null()).cloned();
        let value = found.remove(name.as_str()).or(given).or_else(|| attribute.default.clone());
        (name.clone(), value.unwrap_or(Value::NULL))
    });
    let attributes: Vec<_> = attributes.collect();
    let nested = block.blocks.iter().map(|(name, nested)| {
        let filled = blocks(config, name).iter().map(|given| {
            let entries = nested.block.attributes.iter().map(|(name, attribute)| {
                let given = given.get(name).filter(|value| !value.is_null()).cloned();
                (name.clone(), given.or_else(|| attribute.default.clone()).unwrap_or(Value::NULL))
            });
            Value::map(entries)
        });
        (name.clone(), Value::from(filled.collect::<Vec<_>>()))
    });
    Value::map(attributes.into_iter().chain(nested))
}
