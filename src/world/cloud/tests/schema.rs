//! The declared kinds against the schema of the real provider.

use serde_json::Value as Json;

use super::catalog;
use crate::base::schema::{BlockSchema, Nesting, Presence};
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind as ValueKind, Value};

/// Every declared kind has exactly the real provider's attributes and nested blocks, with the same types and the same
/// say in who sets them.
#[test]
fn kinds_agree_with_the_real_provider() {
    let real: Json = serde_json::from_str(include_str!("../../../../tests/data/aws_schema.json")).unwrap();
    let catalog = catalog::builtin().unwrap_or_else(|e| panic!("{e}"));
    let mut wrong = Vec::new();
    let mut count = 0;
    for kind in catalog.kinds().filter(|kind| kind.name.starts_with("aws_")) {
        match &real["resource_schemas"][kind.name.as_str()]["block"] {
            Json::Null => wrong.push(format!("{}: the real provider has no such kind", kind.name)),
            block => compare(&kind.name, &kind.schema.block, block, &mut wrong),
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 3);
}

fn compare(path: &str, ours: &BlockSchema, real: &Json, wrong: &mut Vec<String>) {
    let empty = serde_json::Map::new();
    let attributes = real["attributes"].as_object().unwrap_or(&empty);
    let blocks = real["block_types"].as_object().unwrap_or(&empty);
    let names = ours.attributes.keys().filter(|name| !attributes.contains_key(name.as_str()));
    wrong.extend(names.map(|name| format!("{path}.{name}: the real kind has no such attribute")));
    let names = ours.blocks.keys().filter(|name| !blocks.contains_key(name.as_str()));
    wrong.extend(names.map(|name| format!("{path}.{name}: the real kind has no such block")));
    for (name, attribute) in attributes {
        let Some(declared) = ours.attributes.get(name.as_str()) else {
            wrong.push(format!("{path}.{name}: not declared"));
            continue;
        };
        let is = |mark: &str| attribute[mark].as_bool().unwrap_or(false);
        let presence = match (is("required"), is("optional"), is("computed")) {
            (true, ..) => Presence::Required,
            (_, true, true) => Presence::OptionalComputed,
            (_, true, false) => Presence::Optional,
            _ => Presence::Computed,
        };
        if declared.presence != presence {
            wrong.push(format!("{path}.{name}: {:?}, really {presence:?}", declared.presence));
        }
        if declared.sensitive != is("sensitive") {
            wrong.push(format!("{path}.{name}: sensitive is {}", declared.sensitive));
        }
        if !same(&declared.ty, &attribute["type"]) {
            wrong.push(format!("{path}.{name}: {}, really {}", declared.ty, attribute["type"]));
        }
        if declared.docs.is_empty() {
            wrong.push(format!("{path}.{name}: not documented"));
        }
    }
    for (name, block) in blocks {
        let Some(declared) = ours.blocks.get(name.as_str()) else {
            wrong.push(format!("{path}.{name}: not declared"));
            continue;
        };
        let nesting = match block["nesting_mode"].as_str() {
            Some("single") => Nesting::Single,
            Some("set") => Nesting::Set,
            _ => Nesting::List,
        };
        if declared.nesting != nesting {
            wrong.push(format!("{path}.{name}: {:?}, really {nesting:?}", declared.nesting));
        }
        let limits = (block["min_items"].as_u64().unwrap_or(0), block["max_items"].as_u64());
        if (u64::from(declared.min), declared.max.map(u64::from)) != limits {
            wrong.push(format!(
                "{path}.{name}: {:?} of them, really {limits:?}",
                (declared.min, declared.max)
            ));
        }
        compare(&format!("{path}.{name}"), &declared.block, &block["block"], wrong);
    }
}

/// Whether a type has the values of a real one, narrowed at most.
fn same(ours: &Type, real: &Json) -> bool {
    let base = |value: Option<&Value>| match value.map(|value| &value.kind) {
        Some(ValueKind::String(_)) => "string",
        Some(ValueKind::Number(_)) => "number",
        _ => "",
    };
    match (&ours.kind, real) {
        (TypeKind::String(_), Json::String(name)) => name == "string",
        (TypeKind::Number(_), Json::String(name)) => name == "number",
        (TypeKind::Bool, Json::String(name)) => name == "bool",
        (TypeKind::Enum(values), Json::String(name)) => name == base(values.first()),
        (TypeKind::List(element, _), Json::Array(parts)) => parts[0] == "list" && same(element, &parts[1]),
        (TypeKind::Set(element, _), Json::Array(parts)) => parts[0] == "set" && same(element, &parts[1]),
        (TypeKind::Map(element, _), Json::Array(parts)) => parts[0] == "map" && same(element, &parts[1]),
        (TypeKind::Object(object), Json::Array(parts)) => {
            let Some(real) = parts[1].as_object() else { return false };
            parts[0] == "object"
                && object.attributes.len() == real.len()
                && real.iter().all(|(name, ty)| {
                    object.attributes.get(name.as_str()).is_some_and(|attribute| same(&attribute.ty, ty))
                })
        }
        _ => false,
    }
}
