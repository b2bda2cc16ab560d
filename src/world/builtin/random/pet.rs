//! `random_pet`: names that people can say.

use rand::RngExt;

use super::super::state_only::Kind;
use super::words::{ADJECTIVES, ADVERBS, ANIMALS};
use super::{generator, int, is_secret, length, plan, schema, text};
use crate::base::effects::Entropy;
use crate::base::schema::{Attribute, Schema};
use crate::base::types::Type;
use crate::base::value::{Value, ValueMap};
use crate::engine::provider::{PlanReply, PlanRequest};

pub(super) struct Pet;

impl Kind for Pet {
    fn name(&self) -> &'static str {
        "random_pet"
    }

    fn schema(&self) -> Schema {
        schema(
            "A name of random words, such as `busy-otter`.",
            [
                ("length", Attribute::optional(int(1, 1024)).default(2).docs("How many words.")),
                ("prefix", Attribute::optional(Type::string()).docs("A word before the others.")),
                (
                    "separator",
                    Attribute::optional(Type::string()).default("-").docs("What stands between words."),
                ),
                ("id", Attribute::computed(Type::string()).follows("prefix").docs("The name.")),
            ],
        )
    }

    fn plan(&self, request: &PlanRequest) -> PlanReply {
        plan(request)
    }

    fn decide(&self, planned: &mut ValueMap, entropy: &dyn Entropy) -> Result<(), String> {
        let length = length(planned, "length", 1)?;
        let mut generator = generator(planned, entropy)?;
        let prefix = Some(text(planned, "prefix")).filter(|prefix| !prefix.is_empty());
        let words = (0..length).map(|at| {
            // Adverbs before an adjective before an animal.
            let list = match length - at {
                1 => &ANIMALS,
                2 => &ADJECTIVES,
                _ => &ADVERBS,
            };
            list[generator.random_range(0..list.len())]
        });
        let name = prefix.into_iter().chain(words).collect::<Vec<_>>().join(text(planned, "separator"));
        let secret = is_secret(planned, "prefix");
        planned.insert("id".into(), Value::from(name).mark(secret));
        Ok(())
    }
}
