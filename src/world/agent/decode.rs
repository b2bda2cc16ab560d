//! Reads JSON bodies as Consul's Go code does: field names ignore case, unknown fields are refused where Consul
//! refuses them, `null` means absent, and a wrong type is reported in Go's words.
//!
//! The shapes are data ([`Struct`], in `shapes`); the result is a JSON value with canonical names, from which the
//! typed requests are then made.

use super::duration;
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

/// What a field may hold.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// A text with a type of its own in Go, as far as errors name it.
    Named(&'static str),
    Flag,
    Int,
    /// Any number.
    Float,
    /// An unsigned number of 64 bits.
    Count,
    /// A Go duration, or a number of nanoseconds; becomes nanoseconds.
    Duration,
    /// Base64 of anything.
    Bytes,
    /// Any JSON.
    Any,
    List(&'static Kind),
    Table(&'static Kind),
    Record(&'static Struct),
}

/// A record's shape, with the names Go would use for it in errors.
pub(super) struct Struct {
    /// As in `Go struct field NodeService.Service.Port`.
    pub(super) name: &'static str,
    /// As in `of type structs.NodeService`.
    pub(super) type_name: &'static str,
    pub(super) fields: &'static [(&'static str, Kind)],
    /// Whether fields it does not know are passed over instead of refused.
    pub(super) lenient: bool,
}

/// Reads the first JSON value in `body`; what follows it is ignored, as Consul ignores it.
pub(super) fn decode(body: &[u8], kind: Kind) -> Result<Value, String> {
    let mut values = serde_json::Deserializer::from_slice(body).into_iter::<Value>();
    let value = match values.next() {
        None => return Err("EOF".to_string()),
        Some(Ok(value)) => value,
        Some(Err(error)) if error.is_eof() => return Err("unexpected EOF".to_string()),
        Some(Err(error)) => return Err(syntax_error(body, &error)),
    };
    Place { record: "", path: String::new() }.read(value, kind)
}

/// Where in the body we are, for messages.
struct Place {
    record: &'static str,
    path: String,
}

impl Place {
    fn read(&self, value: Value, kind: Kind) -> Result<Value, String> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        match (kind, value) {
            (Kind::Any, value) => Ok(value),
            (Kind::Text | Kind::Named(_), value @ Value::String(_))
            | (Kind::Flag, value @ Value::Bool(_)) => Ok(value),
            (Kind::Int, Value::Number(number)) => match number.as_i64() {
                Some(number) => Ok(number.into()),
                None => Err(self.mismatch(&format!("number {number}"), kind)),
            },
            (Kind::Count, Value::Number(number)) => match number.as_u64() {
                Some(number) => Ok(number.into()),
                None => Err(self.mismatch(&format!("number {number}"), kind)),
            },
            (Kind::Float, value @ Value::Number(_)) => Ok(value),
            (Kind::Duration, Value::String(text)) => duration::parse(&text).map(Value::from),
            (Kind::Duration, Value::Number(number)) => {
                Ok(number.as_i64().or_else(|| number.as_f64().map(|n| n as i64)).unwrap_or(0).into())
            }
            (Kind::Bytes, Value::String(text)) => {
                base64(&text).map(|_| Value::String(text.replace(['\r', '\n'], "")))
            }
            (Kind::List(item), Value::Array(values)) => {
                values.into_iter().map(|value| self.read(value, *item)).collect()
            }
            (Kind::Table(item), Value::Object(values)) => {
                let read = |(name, value)| self.read(value, *item).map(|value| (name, value));
                values.into_iter().map(read).collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
            (Kind::Record(shape), Value::Object(values)) => self.read_record(values, shape),
            (kind, value) => Err(self.mismatch(word(&value), kind)),
        }
    }

    fn read_record(&self, values: Map<String, Value>, shape: &'static Struct) -> Result<Value, String> {
        let mut out = Map::new();
        for (given, value) in values {
            let exact = shape.fields.iter().find(|(name, _)| *name == given);
            let found =
                exact.or_else(|| shape.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(&given)));
            match found {
                Some((name, kind)) => {
                    let path = if self.path.is_empty() {
                        (*name).to_string()
                    } else {
                        format!("{}.{name}", self.path)
                    };
                    let value = Place { record: shape.name, path }.read(value, *kind)?;
                    if !value.is_null() {
                        out.insert((*name).to_string(), value);
                    }
                }
                None if shape.lenient => {}
                None if given == "Namespace" => {
                    return Err(
                        "json: unknown field \"Namespace\" - Namespaces are a Consul Enterprise feature"
                            .to_string(),
                    );
                }
                None => return Err(format!("json: unknown field {}", duration::quoted(&given))),
            }
        }
        Ok(Value::Object(out))
    }

    fn mismatch(&self, given: &str, kind: Kind) -> String {
        let wanted = type_name(kind);
        if self.path.is_empty() {
            format!("json: cannot unmarshal {given} into Go value of type {wanted}")
        } else {
            let Place { record, path } = self;
            format!("json: cannot unmarshal {given} into Go struct field {record}.{path} of type {wanted}")
        }
    }
}

/// Decodes base64 with Go's wording of the error.
pub(super) fn base64(text: &str) -> Result<Vec<u8>, String> {
    let clean: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    // As Go does by default: stray bits after the last byte are passed over.
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&base64::alphabet::STANDARD, config).decode(&clean).map_err(|error| {
        let at = match error {
            base64::DecodeError::InvalidByte(at, _) => at,
            _ => clean.len(),
        };
        format!("illegal base64 data at input byte {at}")
    })
}

/// Go's word for a kind of JSON value.
pub(super) fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn type_name(kind: Kind) -> String {
    match kind {
        Kind::Text => "string".to_string(),
        Kind::Named(name) => name.to_string(),
        Kind::Flag => "bool".to_string(),
        Kind::Int => "int".to_string(),
        Kind::Float => "float32".to_string(),
        Kind::Count => "uint64".to_string(),
        Kind::Duration => "time.Duration".to_string(),
        Kind::Bytes => "[]uint8".to_string(),
        Kind::Any => "interface {}".to_string(),
        Kind::List(Kind::Record(shape)) if shape.type_name == "api.TxnOp" => "api.TxnOps".to_string(),
        Kind::List(item) => format!("[]{}", type_name(*item)),
        Kind::Table(item) => format!("map[string]{}", type_name(*item)),
        Kind::Record(shape) => shape.type_name.to_string(),
    }
}

/// Go's wording where the offending byte says enough, else the parser's own.
fn syntax_error(body: &[u8], error: &serde_json::Error) -> String {
    let line_start = body
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum::<usize>();
    let at = line_start + error.column().saturating_sub(1);
    let offending = body.get(at).map(|byte| match byte {
        b'\'' => "'\\''".to_string(),
        b'"' => "'\"'".to_string(),
        byte => format!("'{}'", byte.escape_ascii()),
    });
    let message = error.to_string();
    match offending {
        Some(byte) if message.starts_with("expected value") => {
            format!("invalid character {byte} looking for beginning of value")
        }
        Some(byte)
            if message.starts_with("key must be a string") || message.starts_with("trailing comma") =>
        {
            format!("invalid character {byte} looking for beginning of object key string")
        }
        Some(byte) if message.starts_with("expected `,` or `}`") => {
            format!("invalid character {byte} after object key:value pair")
        }
        Some(byte) if message.starts_with("expected `,` or `]`") => {
            format!("invalid character {byte} after array element")
        }
        _ => message,
    }
}
