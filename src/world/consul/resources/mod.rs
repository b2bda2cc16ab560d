//! The resource kinds, one file each: schema, what a plan says, and the operations of a transaction that do it.

pub mod check;
pub mod keys;
pub mod node;
pub mod service;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::trouble::Trouble;
use super::values::{agrees, text, text_map};
use crate::base::schema::ProviderSchema;
use crate::base::types::{Length, StringType, Type, TypeKind};
use crate::base::value::{Value, ValueMap};
use crate::engine::provider::{Complaint, Object, PlanReply, PlanRequest};

/// What planning may know.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The provider block's datacenter.
    pub datacenter: Option<String>,
}

/// One operation of a transaction.
#[derive(Debug, Clone)]
pub struct Op {
    /// As Consul wants it.
    pub body: Json,
    /// Whether its result is listed in the answer; deletes are not.
    pub answers: bool,
}

/// Adds all kinds to the schema.
pub fn register(schema: &mut ProviderSchema) {
    for (kind, of) in [
        (node::KIND, node::schema()),
        (service::KIND, service::schema()),
        (keys::KIND, keys::schema()),
        (keys::PREFIX_KIND, keys::prefix_schema()),
    ] {
        schema.resources.insert(kind.into(), of.into());
    }
}

/// `string(length = 1..)`
pub fn name_type() -> Type {
    let length = Length { min: 1, max: None };
    TypeKind::String(StringType { length, pattern: None }.into()).into()
}

/// An object with what is kept beside its attributes.
pub fn encode(attributes: Value, kept: &impl Serialize) -> Object {
    let private = serde_json::to_vec(kept).ok().map(Into::into);
    Object { attributes, private }
}

/// What is kept beside the attributes; nothing if there is none or it is not understood.
pub fn decode<T: DeserializeOwned + Default>(object: &Object) -> T {
    let kept = object.private.as_deref().and_then(|bytes| serde_json::from_slice(bytes).ok());
    kept.unwrap_or_default()
}

/// Fails if what is there is not what was last seen. Only needed where no index tells.
pub fn refuse_change(prior: &Object, found: &Object) -> Result<(), Trouble> {
    if agrees(&prior.attributes, &found.attributes) {
        return Ok(());
    }
    Err(Trouble::conflict("someone else has changed it since it was last read"))
}

/// Sets a planned attribute that is still open.
pub fn set_if_unknown(planned: &mut Value, name: &str, value: impl FnOnce(&Value) -> Option<Value>) {
    if !planned.get(name).is_some_and(|value| value.is_unknown() || value.is_null()) {
        return;
    }
    if let Some(value) = value(planned).filter(|value| !value.is_unknown() && !value.is_null()) {
        set(planned, name, value);
    }
}

/// Sets an attribute of an object.
pub fn set(object: &mut Value, name: &str, value: Value) {
    let mut entries: ValueMap = object.as_map().cloned().unwrap_or_default();
    entries.insert(name.into(), value);
    let secret = object.secret;
    *object = Value::from(entries).mark(secret);
}

/// The datacenter: configured, else the provider's, else decided by the agent.
pub fn plan_datacenter(request: &PlanRequest, reply: &mut PlanReply, context: &Context) {
    let _ = request;
    set_if_unknown(&mut reply.planned, "datacenter", |_| context.datacenter.as_deref().map(Value::from));
}

/// The datacenter an object is in; `None` for the default.
pub fn datacenter(attributes: &Value) -> Option<String> {
    text(attributes, "datacenter").filter(|dc| !dc.is_empty())
}

/// Names go into paths: they are not empty and hold no slash or control character.
pub fn check_name(config: &Value, attribute: &str, what: &str) -> Option<Complaint> {
    let name = text(config, attribute)?;
    let message = if name.is_empty() {
        format!("{what} must not be empty")
    } else if name.contains('/') || name.chars().any(char::is_control) || matches!(name.as_str(), "." | "..")
    {
        format!("{what} must not hold slashes or control characters: {name:?}")
    } else {
        return None;
    };
    Some(Complaint { attribute: Some(attribute.into()), message })
}

/// Consul's limits on the metadata of services: 64 pairs, keys of 128 letters, digits, `-` and `_`, values of 512 bytes.
pub fn check_meta(config: &Value) -> Vec<Complaint> {
    let complain = |message| Complaint { attribute: Some("meta".into()), message };
    let Some(entries) = config.get("meta").and_then(Value::as_map) else { return Vec::new() };
    let mut complaints = Vec::new();
    if entries.len() > 64 {
        complaints.push(complain(format!(
            "Consul keeps at most 64 pairs of metadata; these are {}",
            entries.len()
        )));
    }
    for key in entries.keys() {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if key.is_empty() || key.len() > 128 || !key.chars().all(legal) {
            complaints.push(complain(format!(
                "the metadata key {key:?} is not one Consul takes: up to 128 letters, digits, `-` and `_`"
            )));
        } else if key.to_lowercase().starts_with("consul-") {
            complaints.push(complain(format!(
                "the metadata key {key:?} is Consul's own: choose one without `consul-`"
            )));
        }
    }
    for (key, value) in text_map(config, "meta") {
        if value.len() > 512 {
            complaints.push(complain(format!(
                "the metadata value of {key:?} has {} bytes; Consul keeps at most 512",
                value.len()
            )));
        }
    }
    complaints
}
