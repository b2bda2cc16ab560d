//! Between a cloud's descriptions and the objects the engine keeps: tags, parameters, secrets.

use crate::base::Text;
use crate::base::value::{Value, ValueMap};
use crate::world::cloud::api::Description;
use crate::world::cloud::kind::Kind;

/// The nested block with a configuration's time limits; it is never sent.
pub const TIMEOUTS: &str = "timeouts";

/// The tags of an object with those every object gets; its own win. Unknown as soon as any is.
pub fn all_tags(own: Option<&Value>, default_tags: &ValueMap) -> Value {
    match own {
        Some(own) if own.is_unknown() => own.clone(),
        own => {
            let mut all = default_tags.clone();
            let own = own.and_then(Value::as_map).cloned().unwrap_or_default();
            // A tag set to null is one that is not set.
            all.extend(own.into_iter().filter(|(_, value)| !value.is_null()));
            all.into()
        }
    }
}

/// The object of a description. What a cloud does not tell — secrets, parameters — is taken from `kept`: what was
/// planned, or last known.
pub fn object(kind: &Kind, found: &Description, kept: Option<&Value>, default_tags: &ValueMap) -> Value {
    let block = &kind.schema.block;
    let keep =
        |name: &Text| kept.and_then(|kept| kept.get(name)).filter(|value| value.is_wholly_known()).cloned();
    let mut values = ValueMap::new();
    for (name, attribute) in &block.attributes {
        let value = if name == "tags" && kind.has_tags() {
            own_tags(&found.tags, keep(name), default_tags)
        } else if name == "tags_all" && kind.has_tags() {
            found.tags.clone().into()
        } else if kind.is_parameter(name) || attribute.sensitive && attribute.is_settable() {
            keep(name).or_else(|| attribute.default.clone()).unwrap_or(Value::NULL)
        } else {
            // A change that waits for its window counts as made: it was asked for and accepted.
            let told = found.pending.get(name).or_else(|| found.attributes.get(name));
            told.cloned().unwrap_or(Value::NULL)
        };
        // What came back as it was sent keeps the marks it was sent with.
        let same = keep(name).filter(|kept| kept.kind == value.kind);
        values.insert(name.clone(), same.unwrap_or(value).mark(attribute.sensitive));
    }
    for name in block.blocks.keys() {
        let told = || found.pending.get(name).or_else(|| found.attributes.get(name)).cloned();
        let value = if name == TIMEOUTS || kind.is_parameter(name) { keep(name) } else { told() };
        values.insert(name.clone(), value.unwrap_or(Value::NULL));
    }
    values.into()
}

/// The tags of an object without those every object gets.
fn own_tags(all: &ValueMap, kept: Option<Value>, default_tags: &ValueMap) -> Value {
    let known = kept.as_ref().and_then(Value::as_map);
    let own = |(name, value): &(&Text, &Value)| {
        default_tags.get(*name) != Some(*value) || known.is_some_and(|known| known.contains_key(*name))
    };
    let own: ValueMap = all.iter().filter(own).map(|(name, value)| (name.clone(), value.clone())).collect();
    // No tags and an empty map of tags are the same to a cloud: whichever was written stays.
    match kept {
        Some(kept) if own.is_empty() && kept.as_map().is_none_or(ValueMap::is_empty) => kept,
        None if own.is_empty() => Value::NULL,
        _ => own.into(),
    }
}

/// What is sent of an object's attributes: those that may be set and are; neither tags nor time limits.
pub fn sent<'a>(kind: &'a Kind, values: &'a Value) -> impl Iterator<Item = (&'a Text, &'a Value)> {
    settable(kind).filter_map(|name| Some((name, values.get(name)?))).filter(|(_, value)| !value.is_null())
}

/// The attributes and nested blocks that are sent when they are set.
pub fn settable(kind: &Kind) -> impl Iterator<Item = &Text> {
    let block = &kind.schema.block;
    let attributes =
        block.attributes.iter().filter(|(_, attribute)| attribute.is_settable()).map(|(name, _)| name);
    let tags = kind.has_tags();
    let named = |name: &&Text| kind.assigned && **name == kind.identity;
    attributes
        .filter(move |name| !(named(name) || tags && matches!(name.as_str(), "tags" | "tags_all")))
        .chain(block.blocks.keys().filter(|name| *name != TIMEOUTS))
}
