//! Values of a cloud's files: JSON to values and back. What is a set or a map is told by the kind's schema.

use serde_json::{Map, Value as Json};

use crate::base::Text;
use crate::base::value::{Kind, Value, ValueMap};

/// The value as JSON. Secrets are written as `(sensitive)`, unknowns as null.
pub fn to_json(value: &Value) -> Json {
    if value.secret {
        return Json::String("(sensitive)".to_owned());
    }
    match &value.kind {
        Kind::Null | Kind::Unknown(_) => Json::Null,
        Kind::Bool(truth) => Json::Bool(*truth),
        Kind::Number(number) => number_to_json(&number.to_string()),
        Kind::String(text) => Json::String(text.to_string()),
        Kind::Duration(duration) => Json::String(duration.to_string()),
        Kind::Size(size) => Json::String(size.to_string()),
        Kind::Seq(values) | Kind::Set(values) => values.iter().map(to_json).collect(),
        Kind::Map(map) => Json::Object(map_to_json(map)),
    }
}

/// The entries as a JSON object.
pub fn map_to_json(map: &ValueMap) -> Map<String, Json> {
    map.iter().map(|(name, value)| (name.to_string(), to_json(value))).collect()
}

fn number_to_json(text: &str) -> Json {
    text.parse::<serde_json::Number>().map_or_else(|_| Json::String(text.to_owned()), Json::Number)
}

/// The value JSON stands for, lists for sets. `None` for a number no value can hold.
pub fn from_json(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::NULL,
        Json::Bool(truth) => (*truth).into(),
        Json::Number(number) => Kind::Number(number.to_string().parse().ok()?).into(),
        Json::String(text) => text.as_str().into(),
        Json::Array(values) => values.iter().map(from_json).collect::<Option<Vec<_>>>()?.into(),
        Json::Object(map) => map_from_json(map)?.into(),
    })
}

/// The entries of a JSON object.
pub fn map_from_json(map: &Map<String, Json>) -> Option<ValueMap> {
    map.iter().map(|(name, json)| Some((Text::from(name.as_str()), from_json(json)?))).collect()
}
