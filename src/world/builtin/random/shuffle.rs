//! `random_shuffle`: a list in random order, or so many of its elements.

use rand::seq::SliceRandom;

use super::super::state_only::Kind;
use super::{LONGEST, generator, int, length, plan, schema};
use crate::base::effects::Entropy;
use crate::base::schema::{Attribute, Schema};
use crate::base::types::Type;
use crate::base::value::{Value, ValueMap};
use crate::engine::provider::{PlanReply, PlanRequest};

pub(super) struct Shuffle;

impl Kind for Shuffle {
    fn name(&self) -> &'static str {
        "random_shuffle"
    }

    fn schema(&self) -> Schema {
        let strings = || Type::list(Type::string());
        let count = "How many elements; all if not set. Beyond the length of the list, elements come again, but none \
                     much more often than another.";
        schema(
            "The elements of a list in random order.",
            [
                ("input", Attribute::required(strings()).docs("The list.")),
                ("result_count", Attribute::optional(int(0, LONGEST)).docs(count)),
                ("seed", Attribute::optional(Type::string()).docs("Makes the result the same every time.")),
                ("result", Attribute::computed(strings()).follows("input").docs("The list in random order.")),
                ("id", Attribute::computed(Type::string()).docs("Always `-`.")),
            ],
        )
    }

    fn plan(&self, request: &PlanRequest) -> PlanReply {
        plan(request)
    }

    fn decide(&self, planned: &mut ValueMap, entropy: &dyn Entropy) -> Result<(), String> {
        let mut generator = generator(planned, entropy)?;
        let input = planned.get("input").and_then(Value::as_slice).unwrap_or_default();
        let count = match planned.get("result_count") {
            Some(count) if !count.is_null() => length(planned, "result_count", 0)?,
            _ => 0,
        };
        let count = if count == 0 { input.len() } else { count };
        let mut result = Vec::with_capacity(count);
        let mut round = input.to_vec();
        while result.len() < count && !round.is_empty() {
            round.shuffle(&mut generator);
            result.extend(round.iter().take(count - result.len()).cloned());
        }
        planned.insert("result".into(), result.into());
        planned.insert("id".into(), "-".into());
        Ok(())
    }
}
