//! Provider `random`: values that chance decides once and the state keeps, until their keepers change.
//!
//! Attributes, defaults and the shapes of results are those of hashicorp/random 3. With `seed`, results are the
//! same every time, but not the ones that provider derives from the same seed.

mod bytes;
mod numbers;
mod pet;
mod shuffle;
mod text;
mod words;

use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};

use super::state_only::{Kind, StateOnly};
use crate::base::effects::Entropy;
use crate::base::number::Number;
use crate::base::schema::{Attribute, BlockSchema, Schema};
use crate::base::types::{NumberType, Type, TypeKind};
use crate::base::value::{Value, ValueMap};
use crate::engine::plan::propose::by_schema;
use crate::engine::provider::{PlanReply, PlanRequest};

/// No result is longer, in bytes, characters, words or elements.
const LONGEST: i64 = 1 << 20;

/// The provider.
pub fn provider(entropy: Arc<dyn Entropy>) -> StateOnly {
    let kinds: Vec<Box<dyn Kind>> = vec![
        Box::new(bytes::Id),
        Box::new(bytes::Bytes),
        Box::new(numbers::Integer),
        Box::new(numbers::Uuid),
        Box::new(text::RandomText::STRING),
        Box::new(text::RandomText::PASSWORD),
        Box::new(pet::Pet),
        Box::new(shuffle::Shuffle),
    ];
    StateOnly::new("random", kinds, entropy)
}

/// A generator that nobody can guess, or the one of a seed.
fn generator(planned: &ValueMap, entropy: &dyn Entropy) -> Result<ChaCha20Rng, String> {
    let mut bytes = [0; 32];
    match planned.get("seed").and_then(Value::as_str).filter(|seed| !seed.is_empty()) {
        Some(seed) => bytes.copy_from_slice(&Sha256::digest(seed)),
        None => entropy.fill(&mut bytes).map_err(|error| error.to_string())?,
    }
    Ok(ChaCha20Rng::from_seed(bytes))
}

/// A new UUID of version 4.
pub(super) fn uuid(entropy: &dyn Entropy) -> Result<String, String> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes).map_err(|error| error.to_string())?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

/// The schema of a kind with these attributes beside its keepers. Whatever can be set forces replacement: chance has
/// decided, and nothing else would decide anew.
fn schema(docs: &str, attributes: impl IntoIterator<Item = (&'static str, Attribute)>) -> Schema {
    let keepers = Attribute::optional(Type::map(Type::string().optional()))
        .docs("Values whose change makes a new result. Those that are null do not count.");
    let all = [("keepers", keepers)].into_iter().chain(attributes).map(|(name, attribute)| {
        let settable = attribute.is_settable();
        (name.into(), if settable { attribute.forces_replacement() } else { attribute })
    });
    Schema::new(BlockSchema { attributes: all.collect(), ..BlockSchema::default() }, docs)
}

/// Keepers that differ in nulls alone are the same.
fn plan(request: &PlanRequest) -> PlanReply {
    let before = request.prior.as_ref().and_then(|prior| prior.attributes.get("keepers"));
    let after = request.config.get("keepers").unwrap_or(&Value::NULL);
    let Some(before) = before.filter(|before| kept(before).is_some() && kept(before) == kept(after)) else {
        return by_schema(request);
    };
    let mut request = request.clone();
    let mut config = request.config.as_map().cloned().unwrap_or_default();
    config.insert("keepers".into(), before.clone());
    request.config = config.into();
    let PlanReply { planned, replace } = by_schema(&request);
    let mut planned = planned.as_map().cloned().unwrap_or_default();
    planned.insert("keepers".into(), after.clone());
    PlanReply { planned: planned.into(), replace }
}

/// Keepers that count; `None` while they are not known.
fn kept(keepers: &Value) -> Option<Vec<(&str, &Value)>> {
    if !keepers.is_wholly_known() {
        return None;
    }
    let entries = keepers.as_map().into_iter().flat_map(|map| map.iter());
    Some(entries.filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.as_str(), value)).collect())
}

/// `int(low..high)`
fn int(low: i64, high: i64) -> Type {
    TypeKind::Number(NumberType { integer: true, ranges: [(Number::from(low), Number::from(high))].into() })
        .into()
}

/// An integer attribute within bounds that the schema states, too: values that were not known when it was checked
/// arrive here first.
fn integer(planned: &ValueMap, name: &str, low: i64, high: i64) -> Result<i64, String> {
    let value = planned.get(name).and_then(Value::as_i64).filter(|value| (low..=high).contains(value));
    value.ok_or_else(|| format!("{name} must be an integer from {low} to {high}"))
}

/// A length as a number of things.
fn length(planned: &ValueMap, name: &str, least: i64) -> Result<usize, String> {
    integer(planned, name, least, LONGEST).map(|length| usize::try_from(length).unwrap_or(0))
}

fn text<'a>(planned: &'a ValueMap, name: &str) -> &'a str {
    planned.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What is made of a secret is one.
fn is_secret(planned: &ValueMap, name: &str) -> bool {
    planned.get(name).is_some_and(|value| value.secret)
}

#[cfg(test)]
mod tests;
