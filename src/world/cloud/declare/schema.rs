//! The schema of a kind: its `required`, `optional`, `optional_computed` and `computed` blocks, and `block`s with such
//! blocks inside.

use crate::base::Text;
use crate::base::schema::{Attribute, BlockSchema, NestedBlock, Nesting, Presence};
use crate::lang::syntax::tree::{Block, Body, Item};

use super::body::{Reader, Wrong};

impl Reader<'_> {
    /// The attributes and nested blocks declared in a body.
    pub(super) fn block_schema(&self, body: &Body) -> Result<BlockSchema, Wrong> {
        let mut schema = BlockSchema::default();
        for item in &body.items {
            let Item::Block(block) = item else { continue };
            let presence = match self.tree.text(block.kind) {
                "required" => Presence::Required,
                "optional" => Presence::Optional,
                "optional_computed" => Presence::OptionalComputed,
                "computed" => Presence::Computed,
                "block" => {
                    let (name, nested) = self.nested(block)?;
                    schema.blocks.insert(name, nested);
                    continue;
                }
                _ => continue,
            };
            for (name, declared) in self.attributes(&block.body)? {
                let ty = self.loose.ty(declared.value);
                let attribute = Attribute {
                    nullable: ty.nullable,
                    sensitive: ty.secret,
                    docs: self.docs(&declared.docs),
                    ..Attribute::new(
                        crate::base::types::Type { nullable: false, secret: false, ..ty },
                        presence,
                    )
                };
                if schema.attributes.insert(name.clone(), attribute).is_some() {
                    return Err(Wrong::at(declared.name, format!("{name} is declared twice")));
                }
            }
        }
        Ok(schema)
    }

    fn nested(&self, block: &Block) -> Result<(Text, NestedBlock), Wrong> {
        let name = self.label(block)?;
        let mut nested = NestedBlock {
            nesting: Nesting::List,
            min: 0,
            max: None,
            block: self.block_schema(&block.body)?,
            docs: self.docs(&block.docs),
        };
        for item in &block.body.items {
            let attribute = match item {
                Item::Attribute(attribute) => attribute,
                Item::Block(inner) if self.tree.text(inner.kind) == "defaults" => {
                    self.defaults(&inner.body, &mut nested.block)?;
                    continue;
                }
                _ => continue,
            };
            let count = |value: Option<i64>| {
                let value = value.and_then(|n| u32::try_from(n).ok());
                value.ok_or_else(|| Wrong::at(attribute.name, "a count is needed here"))
            };
            match self.tree.text(attribute.name) {
                "nesting" => {
                    nested.nesting = match self.text(attribute)?.as_str() {
                        "single" => Nesting::Single,
                        "group" => Nesting::Group,
                        "list" => Nesting::List,
                        "set" => Nesting::Set,
                        "map" => Nesting::Map,
                        _ => return Err(Wrong::at(attribute.name, "single, group, list, set or map")),
                    }
                }
                "min" => nested.min = count(self.constant(attribute)?.as_i64())?,
                "max" => nested.max = Some(count(self.constant(attribute)?.as_i64())?),
                other => return Err(Wrong::at(attribute.name, format!("a nested block has no {other}"))),
            }
        }
        Ok((name, nested))
    }
}
