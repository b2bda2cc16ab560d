//! Provider `null`: `null_resource`, which does nothing and is replaced when its triggers change.

use std::sync::Arc;

use super::state_only::{Kind, StateOnly};
use crate::base::effects::Entropy;
use crate::base::schema::{Attribute, BlockSchema, Schema};
use crate::base::types::Type;
use crate::base::value::ValueMap;

/// The provider.
pub fn provider(entropy: Arc<dyn Entropy>) -> StateOnly {
    StateOnly::new("null", vec![Box::new(Resource)], entropy)
}

struct Resource;

impl Kind for Resource {
    fn name(&self) -> &'static str {
        "null_resource"
    }

    fn schema(&self) -> Schema {
        let triggers = Attribute::optional(Type::map(Type::string().optional()))
            .forces_replacement()
            .docs("Values whose change makes a new object.");
        let id = Attribute::computed(Type::string()).docs("Names this object; a new one has another.");
        let attributes = [("triggers".into(), triggers), ("id".into(), id)].into_iter().collect();
        let block = BlockSchema { attributes, ..BlockSchema::default() };
        Schema::new(
            block,
            "Does nothing. New configurations prefer `terraform_data`, which keeps values, too.",
        )
    }

    fn decide(&self, planned: &mut ValueMap, entropy: &dyn Entropy) -> Result<(), String> {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes).map_err(|error| error.to_string())?;
        planned.insert("id".into(), (u64::from_le_bytes(bytes) >> 1).to_string().into());
        Ok(())
    }
}
