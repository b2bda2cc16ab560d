//! `data "consul_datacenters"`: all datacenters that are known.

use super::{Client, Trouble, reply, schema_of};
use crate::base::schema::{Attribute, Schema};
use crate::base::types::Type;
use crate::base::value::Value;
use crate::world::consul::values::from_list;

pub fn schema() -> Schema {
    let names = Attribute::computed(Type::list(Type::string())).docs("Their names, sorted.");
    schema_of("All datacenters that are known.", [("names", names)], [])
}

pub async fn read(client: &Client) -> Result<Value, Trouble> {
    let mut names: Vec<String> = client.get(&["catalog", "datacenters"], &[]).await?.unwrap_or_default();
    names.sort();
    Ok(reply(&schema(), &Value::NULL, [("names", from_list(&names))]))
}
