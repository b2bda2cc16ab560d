//! Reads config entries, which Consul decodes in another way than everything else: names of fields ignore case and
//! underscores, a number may stand for a text, and all unknown fields are told together.

use super::decode::{Kind, Struct};
use super::duration;
use serde_json::{Map, Value};

/// A value with canonical names and without nulls; durations become texts in their one form.
pub(super) fn decode(value: Value, kind: Kind) -> Result<Value, String> {
    let mut reader = Reader::default();
    let value = reader.read(value, kind, "");
    if !reader.wrong.is_empty() {
        let count = reader.wrong.len();
        let told: Vec<String> = reader.wrong.iter().map(|wrong| format!("* {wrong}")).collect();
        return Err(format!("{count} error(s) decoding:\n\n{}", told.join("\n")));
    }
    if !reader.unknown.is_empty() {
        return Err(errors(&reader.unknown));
    }
    Ok(value)
}

/// Several errors as one text, in the form all of Consul uses.
pub(super) fn errors<T: AsRef<str>>(errors: &[T]) -> String {
    let count = if errors.len() == 1 { "1 error".to_string() } else { format!("{} errors", errors.len()) };
    let told: String = errors.iter().map(|error| format!("\n\t* {}", error.as_ref())).collect();
    format!("{count} occurred:{told}\n\n")
}

#[derive(Default)]
struct Reader {
    unknown: Vec<String>,
    wrong: Vec<String>,
}

impl Reader {
    fn read(&mut self, value: Value, kind: Kind, at: &str) -> Value {
        match (kind, value) {
            (_, Value::Null) => Value::Null,
            (Kind::Text | Kind::Named(_), Value::Number(number)) => Value::String(number.to_string()),
            (Kind::Text | Kind::Named(_), value @ Value::String(_))
            | (Kind::Flag, value @ Value::Bool(_))
            | (Kind::Int | Kind::Float | Kind::Count, value @ Value::Number(_))
            | (Kind::Any, value) => value,
            (Kind::Duration, Value::String(text)) => match duration::parse(&text) {
                Ok(nanoseconds) => Value::String(duration::format(nanoseconds)),
                Err(error) => {
                    self.wrong.push(format!("error decoding '{at}': {error}"));
                    Value::Null
                }
            },
            (Kind::Duration, Value::Number(number)) => {
                Value::String(duration::format(number.as_f64().unwrap_or(0.0) as i64))
            }
            (Kind::List(item), Value::Array(values)) => {
                let read = |(n, value)| self.read(value, *item, &format!("{at}[{n}]"));
                values.into_iter().enumerate().map(read).collect()
            }
            (Kind::Table(item), Value::Object(values)) => {
                let read = |(name, value)| {
                    let value = self.read(value, *item, &format!("{at}[{name}]"));
                    (name, value)
                };
                Value::Object(values.into_iter().map(read).collect())
            }
            (Kind::Record(shape), Value::Object(values)) => self.read_record(values, shape, at),
            (_, value) => {
                self.wrong.push(format!("'{at}' can't be made of {value}"));
                Value::Null
            }
        }
    }

    fn read_record(&mut self, values: Map<String, Value>, shape: &Struct, at: &str) -> Value {
        let mut out = Map::new();
        // Told after what is inside, and in order.
        let mut unknown = Vec::new();
        for (given, value) in values {
            let plain = given.replace('_', "");
            let path = |name: &str| if at.is_empty() { name.to_string() } else { format!("{at}.{name}") };
            match shape.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(&plain)) {
                Some((name, kind)) => {
                    let value = self.read(value, *kind, &path(name));
                    if !value.is_null() {
                        out.insert((*name).to_string(), value);
                    }
                }
                None if given == "Namespace" => unknown.push(format!(
                    "invalid config key {}, namespaces are a consul enterprise feature",
                    duration::quoted(&path(&given))
                )),
                None => unknown.push(format!("invalid config key {}", duration::quoted(&path(&given)))),
            }
        }
        unknown.sort();
        self.unknown.extend(unknown);
        Value::Object(out)
    }
}
