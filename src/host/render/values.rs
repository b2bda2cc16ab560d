//! Values as JSON and as indented text, secrets left out.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::text::clean;
use crate::base::number::Number;
use crate::base::schema::BlockSchema;
use crate::base::value::{Kind, Value, ValueMap, quote};

/// The value with everything marked secret that the schema calls sensitive, so that no renderer depends on a provider
/// having marked what it sent.
pub fn marked(value: &Value, schema: &BlockSchema) -> Value {
    let Kind::Map(map) = &value.kind else { return elements(value, schema) };
    let mut out = ValueMap::new();
    for (name, inner) in map.iter() {
        let inner = match (schema.attributes.get(name), schema.blocks.get(name)) {
            (Some(attribute), _) => inner.clone().mark(attribute.sensitive && !inner.is_null()),
            (None, Some(block)) => marked_block(inner, &block.block),
            (None, None) => inner.clone(),
        };
        out.insert(name.clone(), inner);
    }
    Value { kind: Kind::Map(Arc::new(out)), secret: value.secret }
}

fn elements(value: &Value, schema: &BlockSchema) -> Value {
    let each = |values: &Arc<[Value]>| values.iter().map(|value| marked(value, schema)).collect();
    let kind = match &value.kind {
        Kind::Seq(values) => Kind::Seq(each(values)),
        Kind::Set(values) => Kind::Set(each(values)),
        _ => return value.clone(),
    };
    Value { kind, secret: value.secret }
}

/// A nested block is one object, a list or set of them, or a map of them by label.
fn marked_block(value: &Value, schema: &BlockSchema) -> Value {
    match &value.kind {
        Kind::Map(map)
            if !map
                .keys()
                .any(|key| schema.attributes.contains_key(key) || schema.blocks.contains_key(key)) =>
        {
            let each = map.iter().map(|(key, inner)| (key.clone(), marked(inner, schema)));
            Value { kind: Kind::Map(Arc::new(each.collect())), secret: value.secret }
        }
        _ => marked(value, schema),
    }
}

/// What is done with secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// Null in their place.
    Hide,
    /// As they are; only where they were asked for.
    Reveal,
}

/// As JSON: sets are arrays, durations and sizes text, what is unknown null.
pub fn json(value: &Value, secrets: Secrets) -> Json {
    if value.secret && secrets == Secrets::Hide {
        return Json::Null;
    }
    match &value.kind {
        Kind::Null | Kind::Unknown(_) => Json::Null,
        Kind::Bool(value) => (*value).into(),
        Kind::Number(number) => {
            serde_json::from_str(&number.to_string()).unwrap_or_else(|_| number.to_string().into())
        }
        Kind::String(text) => text.as_str().into(),
        Kind::Duration(duration) => duration.to_string().into(),
        Kind::Size(size) => size.to_string().into(),
        Kind::Seq(values) | Kind::Set(values) => values.iter().map(|value| json(value, secrets)).collect(),
        Kind::Map(map) => map
            .iter()
            .map(|(key, value)| (key.to_string(), json(value, secrets)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// A value of JSON: arrays are lists, objects objects.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::NULL,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => {
            number.to_string().parse::<Number>().map_or_else(|_| number.to_string().into(), Value::from)
        }
        Json::String(text) => text.as_str().into(),
        Json::Array(values) => values.iter().map(from_json).collect::<Vec<_>>().into(),
        Json::Object(entries) => {
            Value::map(entries.iter().map(|(key, value)| (key.as_str(), from_json(value))))
        }
    }
}

/// The paths of all leaves that `wanted` holds for, such as `tags["owner"]` and `subnets[0]`.
pub fn paths(value: &Value, wanted: &dyn Fn(&Value) -> bool) -> Vec<String> {
    let mut out = Vec::new();
    walk(value, String::new(), wanted, &mut out);
    out
}

fn walk(value: &Value, path: String, wanted: &dyn Fn(&Value) -> bool, out: &mut Vec<String>) {
    if wanted(value) {
        out.push(path);
        return;
    }
    match &value.kind {
        Kind::Seq(values) | Kind::Set(values) => {
            for (at, value) in values.iter().enumerate() {
                walk(value, format!("{path}[{at}]"), wanted, out);
            }
        }
        Kind::Map(map) => {
            for (name, value) in map.iter() {
                let step = if path.is_empty() { name.to_string() } else { format!("{path}{}", step(name)) };
                walk(value, step, wanted, out);
            }
        }
        _ => {}
    }
}

fn step(name: &str) -> String {
    if plain(name) { format!(".{name}") } else { format!("[{}]", quoted(name)) }
}

/// Whether a key needs no quotes.
pub fn plain(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// A key as written before `=`.
pub fn key(name: &str) -> String {
    if plain(name) { name.to_owned() } else { quoted(name) }
}

/// Text as a quoted string of the language, harmless to a terminal.
pub fn quoted(text: &str) -> String {
    let mut out = String::new();
    quote(text, &mut out).expect("writing to a string");
    clean(&out).into_owned()
}

/// On one line, harmless to a terminal.
pub fn inline(value: &Value) -> String {
    clean(&value.to_string()).into_owned()
}

/// As the language would write it, over several lines where one of `columns` is not enough. The first line has no
/// indentation, the others are relative to it.
pub fn pretty(value: &Value, columns: usize) -> Vec<String> {
    let one_line = inline(value);
    let short = one_line.len() <= columns && !matches!(&value.kind, Kind::String(text) if is_text(text));
    if value.secret || short {
        return vec![one_line];
    }
    let room = columns.saturating_sub(2);
    let mut lines = Vec::new();
    match &value.kind {
        Kind::String(text) if is_text(text) => {
            lines.push("<<-EOT".to_owned());
            lines.extend(
                text.strip_suffix('\n').unwrap_or(text).split('\n').map(|line| format!("  {}", clean(line))),
            );
            lines.push("EOT".to_owned());
        }
        Kind::Seq(values) | Kind::Set(values) => {
            let set = matches!(value.kind, Kind::Set(_));
            lines.push(if set { "toset([" } else { "[" }.to_owned());
            for value in values.iter() {
                push_indented(&mut lines, String::new(), pretty(value, room), ",");
            }
            lines.push(if set { "])" } else { "]" }.to_owned());
        }
        Kind::Map(map) => {
            lines.push("{".to_owned());
            for (name, value) in map.iter() {
                push_indented(&mut lines, format!("{} = ", key(name)), pretty(value, room), "");
            }
            lines.push("}".to_owned());
        }
        _ => lines.push(one_line),
    }
    lines
}

fn push_indented(lines: &mut Vec<String>, head: String, inner: Vec<String>, tail: &str) {
    let last = inner.len().saturating_sub(1);
    for (at, line) in inner.into_iter().enumerate() {
        let head = if at == 0 { head.as_str() } else { "" };
        let tail = if at == last { tail } else { "" };
        lines.push(format!("  {head}{line}{tail}"));
    }
}

/// Whether text is best shown line by line.
pub fn is_text(text: &str) -> bool {
    text.trim_end_matches('\n').contains('\n')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::schema::{Attribute, NestedBlock, Nesting};
    use crate::base::types::Type;

    #[test]
    fn secrets_are_found_by_mark_and_by_schema() {
        let inner = BlockSchema {
            attributes: [("token".into(), Attribute::optional(Type::string()).sensitive())]
                .into_iter()
                .collect(),
            ..BlockSchema::default()
        };
        let schema = BlockSchema {
            attributes: [
                ("password".into(), Attribute::required(Type::string()).sensitive()),
                ("name".into(), Attribute::required(Type::string())),
            ]
            .into_iter()
            .collect(),
            blocks: [(
                "auth".into(),
                NestedBlock { nesting: Nesting::List, min: 0, max: None, block: inner, docs: "".into() },
            )]
            .into_iter()
            .collect(),
        };
        let value = Value::map([
            ("password", "p".into()),
            ("name", "n".into()),
            ("auth", Value::from(vec![Value::map([("token", "t")].map(|(k, v)| (k, v.into())))])),
            ("extra", Value::from("x").mark(true)),
        ]);
        let marked = marked(&value, &schema);
        let hidden = json(&marked, Secrets::Hide);
        assert_eq!(
            hidden,
            serde_json::json!({"auth": [{"token": null}], "extra": null, "name": "n", "password": null})
        );
        assert_eq!(paths(&marked, &|v| v.secret), ["auth[0].token", "extra", "password"]);
        assert!(!inline(&marked).contains("\"t\""));
    }

    #[test]
    fn what_fits_stays_on_a_line() {
        let value = Value::map([("a", Value::from(vec![1.into(), 2.into()])), ("b c", "x\ny\n".into())]);
        assert_eq!(pretty(&value, 80), [r#"{ a = [1, 2], "b c" = "x\ny\n" }"#]);
        assert_eq!(
            pretty(&value, 10),
            ["{", "  a = [1, 2]", "  \"b c\" = <<-EOT", "    x", "    y", "  EOT", "}"]
        );
    }
}
