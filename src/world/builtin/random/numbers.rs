//! `random_integer` and `random_uuid`.

use rand::RngExt;

use super::super::state_only::{Kind, complaint};
use super::{generator, int, integer, plan, schema, text};
use crate::base::effects::Entropy;
use crate::base::schema::{Attribute, Schema};
use crate::base::types::Type;
use crate::base::value::{Value, ValueMap};
use crate::engine::provider::{Complaint, PlanReply, PlanRequest};

pub(super) struct Integer;

impl Kind for Integer {
    fn name(&self) -> &'static str {
        "random_integer"
    }

    fn schema(&self) -> Schema {
        let any = || int(i64::MIN, i64::MAX);
        schema(
            "A random integer.",
            [
                ("min", Attribute::required(any()).docs("The least it may be.")),
                ("max", Attribute::required(any()).docs("The most it may be.")),
                ("seed", Attribute::optional(Type::string()).docs("Makes the result the same every time.")),
                ("result", Attribute::computed(any()).docs("The integer.")),
                ("id", Attribute::computed(Type::string()).docs("The integer as text.")),
            ],
        )
    }

    fn validate(&self, config: &Value) -> Vec<Complaint> {
        let bound = |name: &str| config.get(name).and_then(Value::as_i64);
        match (bound("min"), bound("max")) {
            (Some(min), Some(max)) if min > max => vec![complaint("min", too_small(min, max))],
            _ => Vec::new(),
        }
    }

    fn plan(&self, request: &PlanRequest) -> PlanReply {
        plan(request)
    }

    fn decide(&self, planned: &mut ValueMap, entropy: &dyn Entropy) -> Result<(), String> {
        let bound = |name: &str| integer(planned, name, i64::MIN, i64::MAX);
        let (min, max) = (bound("min")?, bound("max")?);
        if min > max {
            return Err(too_small(min, max));
        }
        let result = generator(planned, entropy)?.random_range(min..=max);
        planned.insert("result".into(), result.into());
        planned.insert("id".into(), result.to_string().into());
        Ok(())
    }

    /// `result,min,max` or `result,min,max,seed`
    fn import(&self, id: &str, _: &dyn Entropy) -> Result<ValueMap, String> {
        let mut parts = id.splitn(4, ',');
        let mut number = || parts.next()?.trim().parse::<i64>().ok();
        let (Some(result), Some(min), Some(max)) = (number(), number(), number()) else {
            return Err("the id must be `result,min,max` or `result,min,max,seed`".into());
        };
        if !(min..=max).contains(&result) {
            return Err(format!("{result} does not lie from {min} to {max}"));
        }
        Ok([
            ("result".into(), result.into()),
            ("min".into(), min.into()),
            ("max".into(), max.into()),
            ("seed".into(), parts.next().map_or(Value::NULL, Value::from)),
            ("id".into(), result.to_string().into()),
        ]
        .into())
    }
}

fn too_small(min: i64, max: i64) -> String {
    format!("min is {min} and max is {max}: min must not be greater")
}

pub(super) struct Uuid;

impl Kind for Uuid {
    fn name(&self) -> &'static str {
        "random_uuid"
    }

    fn schema(&self) -> Schema {
        schema(
            "A random UUID of version 4.",
            [
                ("result", Attribute::computed(Type::string()).docs("The UUID.")),
                ("id", Attribute::computed(Type::string()).docs("The UUID.")),
            ],
        )
    }

    fn plan(&self, request: &PlanRequest) -> PlanReply {
        plan(request)
    }

    fn decide(&self, planned: &mut ValueMap, entropy: &dyn Entropy) -> Result<(), String> {
        planned.insert("result".into(), super::uuid(entropy)?.into());
        let id = text(planned, "result").into();
        planned.insert("id".into(), id);
        Ok(())
    }

    fn import(&self, id: &str, _: &dyn Entropy) -> Result<ValueMap, String> {
        let id = uuid::Uuid::parse_str(id).map_err(|error| format!("the id must be a UUID: {error}"))?;
        let id = Value::from(id.to_string());
        Ok([("result".into(), id.clone()), ("id".into(), id)].into())
    }
}
