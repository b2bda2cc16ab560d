//! Between the language's values and plain Rust ones.

use std::collections::BTreeMap;

use crate::base::Text;
use crate::base::value::Value;

/// The text of an attribute; `None` if it is null, unknown or absent.
pub fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// The entries of a `map(string)` attribute; null counts as empty.
pub fn text_map(object: &Value, name: &str) -> BTreeMap<String, String> {
    let entries = object.get(name).and_then(Value::as_map).into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.to_string(), value.as_str()?.to_owned()))).collect()
}

/// The elements of a `list(string)` attribute; null counts as empty.
pub fn text_list(object: &Value, name: &str) -> Vec<String> {
    let elements = object.get(name).and_then(Value::as_slice).unwrap_or_default();
    elements.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

/// The objects of a nested block.
pub fn blocks<'v>(object: &'v Value, name: &str) -> &'v [Value] {
    object.get(name).and_then(Value::as_slice).unwrap_or_default()
}

/// Null for the empty text, which is how Consul writes "none".
pub fn or_null(text: &str) -> Value {
    if text.is_empty() { Value::NULL } else { text.into() }
}

/// `{}`
pub fn empty_map() -> Value {
    crate::base::value::ValueMap::new().into()
}

/// A `map(string)`.
pub fn from_map(map: &BTreeMap<String, String>) -> Value {
    Value::map(map.iter().map(|(key, value)| (Text::from(key.as_str()), Value::from(value.as_str()))))
}

/// A `list(string)`.
pub fn from_list(list: &[String]) -> Value {
    list.iter().map(|text| Value::from(text.as_str())).collect::<Vec<_>>().into()
}

/// `base` with the secret marks that `like` has: what comes back from Consul is as secret as what went there.
pub fn marked_like(base: Value, like: &Value) -> Value {
    use crate::base::value::Kind;
    let secret = like.secret;
    let kind = match (base.kind, &like.kind) {
        (Kind::Map(map), Kind::Map(old)) => {
            let entries = map.iter().map(|(key, value)| {
                let value = value.clone();
                (
                    key.clone(),
                    match old.get(key) {
                        Some(like) => marked_like(value, like),
                        None => value,
                    },
                )
            });
            Value::map(entries).kind
        }
        (Kind::Seq(values), Kind::Seq(old)) => {
            let marked = values.iter().enumerate().map(|(at, value)| match old.get(at) {
                Some(like) => marked_like(value.clone(), like),
                None => value.clone().mark(old.iter().any(Value::has_secret)),
            });
            Value::from(marked.collect::<Vec<_>>()).kind
        }
        (kind, _) => kind,
    };
    Value { kind, secret: base.secret || secret }
}

/// Whether both are the same but for secret marks; an unknown in `planned` agrees with anything.
pub fn agrees(planned: &Value, actual: &Value) -> bool {
    use crate::base::value::Kind;
    match (&planned.kind, &actual.kind) {
        (Kind::Unknown(_), _) => true,
        (Kind::Seq(a), Kind::Seq(b)) | (Kind::Set(a), Kind::Set(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| agrees(a, b))
        }
        (Kind::Map(a), Kind::Map(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| agrees(a, b)))
        }
        (a, b) => a == b,
    }
}
