//! JSON: compact, keys sorted, with `<`, `>` and `&` escaped so that it is safe inside HTML.

use std::fmt::Write;

use super::super::call::{Call, Stop, list, nfc};
use crate::base::value::{Kind, Value, ValueMap};

/// The value as JSON. Durations and sizes are strings.
pub(in super::super) fn encode(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, &mut out);
    out
}

fn write_value(value: &Value, out: &mut String) {
    match &value.kind {
        Kind::Null | Kind::Unknown(_) => out.push_str("null"),
        Kind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Kind::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Kind::String(text) => quote(text, out),
        Kind::Duration(duration) => quote(&duration.to_string(), out),
        Kind::Size(size) => quote(&size.to_string(), out),
        Kind::Seq(values) | Kind::Set(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(value, out);
            }
            out.push(']');
        }
        Kind::Map(map) => {
            out.push('{');
            for (at, (key, value)) in map.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quote(key, out);
                out.push(':');
                write_value(value, out);
            }
            out.push('}');
        }
    }
}

/// A JSON string.
pub(in super::super) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// How long a value is as JSON, at most; stops counting above a limit. Shared parts count each time they appear.
pub(super) fn length(value: &Value, most: usize) -> usize {
    let mut total = 0usize;
    let mut stack = vec![value];
    while let Some(value) = stack.pop() {
        total = total.saturating_add(match &value.kind {
            Kind::String(text) => text.len() + 2,
            Kind::Number(number) => number.digits().0.len() + 4,
            Kind::Map(map) => map.keys().map(|key| key.len() + 4).sum::<usize>() + 2,
            Kind::Seq(values) | Kind::Set(values) => values.len() + 2,
            _ => 16,
        });
        if total > most {
            break;
        }
        match &value.kind {
            Kind::Map(map) => stack.extend(map.values()),
            Kind::Seq(values) | Kind::Set(values) => stack.extend(values.iter()),
            _ => {}
        }
    }
    total
}

pub(super) fn jsonencode(call: &Call) -> Result<Value, Stop> {
    let value = call.value(0)?;
    call.fits(length(value, call.context.limits.output_bytes as usize))?;
    let text = encode(value);
    call.spend_text(text.len())?;
    Ok(text.into())
}

pub(super) fn jsondecode(call: &Call) -> Result<Value, Stop> {
    let text = call.text(0)?;
    let parsed: serde_json::Value = serde_json::from_str(text).map_err(|e| {
        // Places are harmless to show; the words of the parser speak of JSON only.
        Stop::at(0, format!("is not JSON: {e}"))
    })?;
    from_json(call, parsed)
}

fn from_json(call: &Call, json: serde_json::Value) -> Result<Value, Stop> {
    use serde_json::Value as Json;
    Ok(match json {
        Json::Null => Value::NULL,
        Json::Bool(value) => value.into(),
        Json::Number(number) => {
            let text = number.as_str();
            Value::from(
                text.parse::<crate::base::number::Number>()
                    .map_err(|_| Stop::at(0, "has a number with too many digits"))?,
            )
        }
        Json::String(text) => {
            call.spend(text.len())?;
            nfc(text).into()
        }
        Json::Array(values) => {
            call.spend_elements(values.len())?;
            list(values.into_iter().map(|value| from_json(call, value)).collect::<Result<Vec<_>, _>>()?)
        }
        Json::Object(entries) => {
            call.spend_elements(2 * entries.len())?;
            let entries =
                entries.into_iter().map(|(key, value)| Ok((nfc(key).into(), from_json(call, value)?)));
            entries.collect::<Result<ValueMap, Stop>>()?.into()
        }
    })
}
