//! The state for people and as JSON. Secrets are left out unless they are asked for.

use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

use super::values::{Secrets, json as value_json, key, pretty};
use super::{Role, Style};
use crate::base::Text;
use crate::base::value::Value;
use crate::engine::state::{Instance, InstanceStatus, State};

/// Outputs, one per line or several, in their order.
pub fn outputs(outputs: &IndexMap<Text, Value>, style: &Style) -> String {
    let mut out = format!("{}\n", style.paint(Role::Strong, "Outputs:"));
    for (name, value) in outputs {
        out.push_str(&assignment(name, value, style));
    }
    out
}

fn assignment(name: &str, value: &Value, style: &Style) -> String {
    let lines = pretty(value, style.width.saturating_sub(name.len() + 5));
    format!("  {} = {}\n", key(name), lines.join("\n  "))
}

/// Everything: instances with their attributes, then outputs.
pub fn state(state: &State, style: &Style) -> String {
    if state.instances.is_empty() && state.outputs.is_empty() {
        return "The state is empty.\n".to_owned();
    }
    let mut out: String = state.instances.values().map(|one| instance(one, style) + "\n").collect();
    if !state.outputs.is_empty() {
        out.push_str(&outputs(&state.outputs, style));
    }
    if !state.intents.is_empty() {
        out.push_str(
            &style.paint(Role::Warning, "\nBegun and not known to have ended; the next apply finds out:\n"),
        );
        for intent in &state.intents {
            out.push_str(&format!("  {}\n", intent.address));
        }
    }
    out
}

/// One instance with its attributes; what is null is left out.
pub fn instance(instance: &Instance, style: &Style) -> String {
    let mut out = format!("{}\n", style.paint(Role::Strong, instance.address.to_string()));
    if instance.status == InstanceStatus::Tainted {
        let told = "  # its creation failed half-way; the next apply replaces it\n";
        out.push_str(&style.paint(Role::Warning, told));
    }
    let empty = Default::default();
    for (name, value) in instance.object.attributes.as_map().unwrap_or(&empty) {
        if !value.is_null() {
            out.push_str(&assignment(name, value, style));
        }
    }
    out
}

/// Everything as one document.
pub fn document(state: &State, secrets: Secrets) -> Json {
    let instances = state.instances.values().map(|instance| {
        json!({
            "address": instance.address.to_string(),
            "provider": instance.provider.to_string(),
            "schema_version": instance.schema_version,
            "tainted": instance.status == InstanceStatus::Tainted,
            "dependencies": instance.dependencies.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "attributes": value_json(&instance.object.attributes, secrets),
            "sensitive": super::values::paths(&instance.object.attributes, &|value| value.secret),
        })
    });
    let outputs: Map<_, _> = state
        .outputs
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                json!({ "value": value_json(value, secrets), "sensitive": value.has_secret() }),
            )
        })
        .collect();
    json!({
        "version": 1,
        "lineage": state.lineage.as_str(),
        "serial": state.serial,
        "instances": instances.collect::<Vec<_>>(),
        "outputs": outputs,
    })
}
