//! What an object of a kind will be: the schema's plan, and on top the kind's own rules.

use super::Settings;
use super::shape::{all_tags, settable};
use crate::base::Text;
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Value, ValueMap};
use crate::engine::plan::propose::by_schema;
use crate::engine::provider::{Complaint, PlanReply, PlanRequest, ProviderError};
use crate::world::cloud::kind::{Kind, Moments, Scope};
use crate::world::cloud::simulator::{broken_rules, normalised, whole};

/// Complaints about a configuration that certainly breaks rules of its kind.
pub fn complaints(kind: &Kind, settings: &Settings, config: &Value) -> Result<Vec<Complaint>, ProviderError> {
    let mut values = config.as_map().cloned().unwrap_or_default();
    for (name, attribute) in &kind.schema.block.attributes {
        if let Some(default) = &attribute.default
            && values.get(name).is_none_or(Value::is_null)
        {
            values.insert(name.clone(), default.clone());
        }
    }
    let scope = Scope { object: whole(&values, kind).into(), ..not_known(settings) };
    let broken = broken_rules(kind, |on| on.create, &scope).map_err(|e| internal(kind, &e.message))?;
    Ok(broken.into_iter().map(|(_, attribute, message)| Complaint { attribute, message }).collect())
}

/// What an object will be.
pub fn plan(kind: &Kind, settings: &Settings, mut request: PlanRequest) -> Result<PlanReply, ProviderError> {
    let config = request.config.as_map().cloned().unwrap_or_default();
    let config: Value = normalised(kind, config).map_err(|e| internal(kind, &e.message))?.into();
    request.config = config;
    let mut reply = by_schema(&request);
    if let Some(prior) = request.prior.as_ref().map(|object| object.attributes.clone()) {
        let scope = Scope { object: reply.planned.clone(), prior: prior.clone(), ..not_known(settings) };
        for (name, formula) in &kind.replace {
            let holds = formula.holds(&scope).map_err(|e| internal(kind, &e))?;
            if holds == Some(true) && !reply.replace.contains(name) {
                reply.replace.push(name.clone());
            }
        }
        if reply.replace.is_empty() {
            let changed = |name: &&Text| differs(&reply.planned, &prior, name);
            let changed: Vec<Text> = settable(kind).filter(changed).cloned().collect();
            if !changed.is_empty() {
                refuse_broken(kind, &scope, |on| on.modify)?;
            }
            decide_anew(kind, &mut reply.planned, &request.config, changed);
        } else {
            // A new object takes nothing over from the one it replaces.
            request.prior = None;
            reply.planned = by_schema(&request).planned;
        }
    }
    if kind.has_tags() {
        let tags = all_tags(reply.planned.get("tags"), &settings.default_tags);
        set(&mut reply.planned, "tags_all", tags);
    }
    Ok(reply)
}

/// Whether an attribute is not what it was; marks do not count.
pub fn differs(planned: &Value, prior: &Value, name: &str) -> bool {
    let of = |values: &Value| values.get(name).cloned().unwrap_or(Value::NULL);
    let (planned, prior) = (of(planned), of(prior));
    if planned.kind == prior.kind {
        return false;
    }
    // A list of nested blocks without any is the same as none.
    let empty = |value: &Value| value.is_null() || value.as_slice().is_some_and(<[Value]>::is_empty);
    !(empty(&planned) && empty(&prior))
}

/// What the cloud decides again because something it follows from changes.
fn decide_anew(kind: &Kind, planned: &mut Value, config: &Value, changed: Vec<Text>) {
    for name in kind.follows(changed) {
        let configured = config.get(&name).is_some_and(|value| !value.is_null());
        if let Some(attribute) = kind.schema.block.attributes.get(&name)
            && attribute.is_computed()
            && !configured
        {
            set(planned, &name, Value::unknown(attribute.read_type()));
        }
    }
}

fn refuse_broken(kind: &Kind, scope: &Scope, moment: fn(Moments) -> bool) -> Result<(), ProviderError> {
    let broken = broken_rules(kind, moment, scope).map_err(|e| internal(kind, &e.message))?;
    match broken.into_iter().next() {
        Some((_, _, message)) => {
            Err(ProviderError::permanent(format!("plan a change of a {}", kind.title), message))
        }
        None => Ok(()),
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    let mut map: ValueMap = object.as_map().cloned().unwrap_or_default();
    map.insert(name.into(), value);
    *object = map.into();
}

/// What a provider can't know before it asks the cloud.
fn not_known(settings: &Settings) -> Scope {
    let any = || Value::unknown(TypeKind::Any.into());
    let text = || Value::unknown(Type::string());
    let cloud = ["account", "hash", "hex", "zone"].map(|name| (name, text()));
    let cloud = cloud.into_iter().chain([("region", settings.region.clone().into())]);
    Scope {
        object: Value::NULL,
        prior: Value::NULL,
        cloud: Value::map(cloud),
        unique: any(),
        siblings: Value::unknown(Type::list(TypeKind::Any.into())),
        value: Value::NULL,
    }
}

fn internal(kind: &Kind, message: &str) -> ProviderError {
    ProviderError::permanent(format!("apply the rules of {}", kind.name), message)
}
