//! The provider `aws`: its configuration.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{CloudOptions, CloudProvider, Settings};
use crate::base::schema::{Attribute, BlockSchema, NestedBlock, Nesting};
use crate::base::types::{StringType, Type, TypeKind};
use crate::base::value::Value;
use crate::engine::provider::Provider;
use crate::world::cloud::catalog;

/// Where one works who does not say.
const DEFAULT_REGION: &str = "us-east-1";

/// The provider `aws` over the mocked cloud in a directory.
pub fn provider(options: CloudOptions) -> Arc<dyn Provider> {
    Arc::new(CloudProvider {
        name: "aws".into(),
        config: configuration,
        settings,
        catalog: catalog::builtin,
        options,
    })
}

fn configuration() -> BlockSchema {
    let region = StringType { pattern: Some("^[a-z]{2}(-[a-z]+)+-[0-9]$".into()), ..Default::default() };
    let secret = |docs: &str| Attribute::optional(Type::string()).sensitive().docs(docs);
    let attributes = [
        (
            "region",
            Attribute::optional(TypeKind::String(Arc::new(region)).into())
                .default(DEFAULT_REGION)
                .docs("The region objects live in."),
        ),
        (
            "profile",
            Attribute::optional(Type::string())
                .docs("Taken and not needed: the mocked cloud asks nobody who they are."),
        ),
        ("access_key", secret("Taken and not needed.")),
        ("secret_key", secret("Taken and not needed.")),
        ("token", secret("Taken and not needed.")),
    ];
    let tags = Attribute::optional(Type::map(Type::string())).docs("The tags.");
    let default_tags = NestedBlock {
        nesting: Nesting::Single,
        min: 0,
        max: Some(1),
        block: BlockSchema { attributes: IndexMap::from([("tags".into(), tags)]), blocks: IndexMap::new() },
        docs: "Tags that every object gets unless it sets them itself.".into(),
    };
    BlockSchema {
        attributes: attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect(),
        blocks: IndexMap::from([("default_tags".into(), default_tags)]),
    }
}

fn settings(config: &Value) -> Settings {
    let region = config.get("region").and_then(Value::as_str).unwrap_or(DEFAULT_REGION);
    // The block may come as one object or as a list with one.
    let block = config.get("default_tags");
    let block = block.and_then(|block| block.as_slice().map_or(Some(block), <[Value]>::first));
    let tags = block.and_then(|block| block.get("tags")).and_then(Value::as_map);
    Settings { region: region.into(), default_tags: tags.cloned().unwrap_or_default() }
}
