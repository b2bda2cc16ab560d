//! `data "consul_keys"` and `data "consul_key_prefix"`: keys of the key-value store.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Client, Query, Trouble, block_of, blocks, datacenter_attribute, reply, schema_of, text};
use crate::base::schema::{Attribute, NestedBlock, Nesting, Schema};
use crate::base::types::Type;
use crate::base::value::Value;
use crate::world::consul::catalog::Wanted;
use crate::world::consul::resources::name_type;
use crate::world::consul::values::from_map;
use crate::world::consul::wire::Key;

fn named(docs: &str) -> NestedBlock {
    block_of(
        Nesting::List,
        docs,
        [
            ("name", Attribute::required(name_type()).docs("What it is called in `var`.")),
            ("path", Attribute::required(name_type()).docs("The key.")),
            ("default", Attribute::optional(Type::string()).docs("Its value where the key does not exist.")),
        ],
    )
}

fn values() -> Attribute {
    Attribute::computed(Type::map(Type::string()))
}

pub fn schema() -> Schema {
    let attributes = [("datacenter", datacenter_attribute()), ("var", values().docs("The values by name."))];
    schema_of("Keys of the key-value store.", attributes, [("key", named("A key to read."))])
}

pub fn prefix_schema() -> Schema {
    let attributes = [
        ("path_prefix", Attribute::required(name_type()).docs("What all the keys begin with.")),
        ("datacenter", datacenter_attribute()),
        ("subkeys", values().docs("Without `subkey` blocks: all values by what follows the prefix.")),
        ("var", values().docs("The values of the `subkey` blocks by name.")),
    ];
    let subkey = named("A key below the prefix to read; others are then left out.");
    schema_of("Keys below one prefix.", attributes, [("subkey", subkey)])
}

/// The text of a key's value.
fn value(key: &Key) -> String {
    let bytes = STANDARD.decode(&key.value).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The values of the blocks called `kind`, whose paths lie below `prefix`, by name.
async fn named_values(
    client: &Client,
    datacenter: &str,
    config: &Value,
    kind: &str,
    prefix: &str,
) -> Result<BTreeMap<String, String>, Trouble> {
    let path = |block: &Value| format!("{prefix}{}", text(block, "path").unwrap_or_default());
    let mut wanted = Wanted::default();
    wanted.keys(blocks(config, kind).iter().map(path));
    let view = wanted.load(client, Some(datacenter)).await?;
    let mut found = BTreeMap::new();
    for block in blocks(config, kind) {
        let path = path(block);
        let value = view.kv(&path).map(value).or_else(|| text(block, "default"));
        let value = value.ok_or_else(|| {
            Trouble::permanent(format!("the key {path:?} does not exist"))
                .help("give it a default, or write the key first")
        })?;
        found.insert(text(block, "name").unwrap_or_default(), value);
    }
    Ok(found)
}

pub async fn read(client: &Client, config: &Value) -> Result<Value, Trouble> {
    let datacenter = Query::new(client, config).await?.datacenter;
    let found = named_values(client, &datacenter, config, "key", "").await?;
    Ok(reply(&schema(), config, [("datacenter", datacenter.as_str().into()), ("var", from_map(&found))]))
}

pub async fn read_prefix(client: &Client, config: &Value) -> Result<Value, Trouble> {
    let datacenter = Query::new(client, config).await?.datacenter;
    let prefix = text(config, "path_prefix").unwrap_or_default();
    let named = named_values(client, &datacenter, config, "subkey", &prefix).await?;
    let mut all = BTreeMap::new();
    if named.is_empty() {
        let keys = below(client, Some(&datacenter), &prefix).await?;
        all = keys
            .iter()
            .filter_map(|key| Some((key.key.strip_prefix(&prefix)?.to_owned(), value(key))))
            .collect();
    }
    Ok(reply(
        &prefix_schema(),
        config,
        [("datacenter", datacenter.as_str().into()), ("subkeys", from_map(&all)), ("var", from_map(&named))],
    ))
}

/// All keys that begin with `prefix`.
pub async fn below(client: &Client, datacenter: Option<&str>, prefix: &str) -> Result<Vec<Key>, Trouble> {
    let mut query = vec![("recurse", "")];
    query.extend(datacenter.map(|dc| ("dc", dc)));
    let mut path = vec!["kv"];
    path.extend(prefix.split('/'));
    Ok(client.get(&path, &query).await?.unwrap_or_default())
}
