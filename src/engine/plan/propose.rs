//! What an object will be, by its schema alone.

use crate::base::schema::{Attribute, BlockSchema, Presence};
use crate::base::value::{Value, ValueMap};
use crate::engine::provider::{PlanReply, PlanRequest};

/// Configured attributes are as configured. What the provider decides keeps its prior value, and is unknown for a new
/// object. Attributes that force replacement are reported where they change.
pub fn by_schema(request: &PlanRequest) -> PlanReply {
    let block = &request.schema.block;
    let prior = request.prior.as_ref().map(|object| &object.attributes);
    let replace = prior.map_or_else(Vec::new, |prior| {
        let changed = |name: &str, attribute: &Attribute| {
            attribute.forces_replacement && differs(name, attribute, prior, &request.config)
        };
        let names = block.attributes.iter().filter(|(name, a)| changed(name, a));
        names.map(|(name, _)| name.clone()).collect()
    });
    // A new object takes nothing over from the one it replaces.
    let kept = if replace.is_empty() { prior } else { None };
    PlanReply { planned: merge(block, kept, &request.config), replace }
}

fn differs(name: &str, attribute: &Attribute, prior: &Value, config: &Value) -> bool {
    let configured = config.get(name).filter(|value| !value.is_null()).or(attribute.default.as_ref());
    let before = prior.get(name).unwrap_or(&Value::NULL);
    match (configured, attribute.presence) {
        (None, Presence::Computed | Presence::OptionalComputed) => false,
        (None, _) => !before.is_null(),
        (Some(value), _) => value.kind != before.kind,
    }
}

/// An object of `block`: what `config` sets, defaults, then what `prior` has, then unknown.
fn merge(block: &BlockSchema, prior: Option<&Value>, config: &Value) -> Value {
    let mut planned = ValueMap::new();
    for (name, attribute) in &block.attributes {
        let configured = config.get(name).filter(|_| attribute.is_settable());
        let value = match (configured, attribute.presence) {
            (Some(value), _) if !value.is_null() => value.clone(),
            (_, Presence::Computed | Presence::OptionalComputed) => match prior.and_then(|p| p.get(name)) {
                Some(value) => value.clone(),
                None => Value::unknown(attribute.read_type()),
            },
            _ => attribute.default.clone().unwrap_or(Value::NULL),
        };
        planned.insert(name.clone(), value.mark(attribute.sensitive));
    }
    for name in block.blocks.keys() {
        planned.insert(name.clone(), config.get(name).cloned().unwrap_or(Value::NULL));
    }
    planned.into()
}
